"""The fundamental frequency of a single voice: YIN and pYIN."""

from __future__ import annotations

import math
from typing import Any

from ._backends import at_full_precision
from ._namespace import Array
from .errors import ParameterError, as_positive, is_truth, shown
from .transforms.constants import constant_like
from .transforms.f0 import bin_frequencies, periods_of, pitch_states, pyin_path, yin_frequencies
from .transforms.inputs import signal_of


@at_full_precision
def yin(
    y: Array,
    *,
    fmin: float,
    fmax: float,
    sr: float = 22050,
    frame_length: int = 2048,
    hop_length: int | None = None,
    trough_threshold: float = 0.1,
    center: bool = True,
    pad_mode: Any = "constant",
) -> Array:
    r"""Fundamental frequency of each frame, by the YIN algorithm.

    A sound repeats after a period. YIN looks for the lag at which a frame, zeros behind it, differs
    least from itself, relative to the mean of these differences d at the lags so far:

    .. math:: d(k) = \sum_j (x_j - x_{j+k})^2, \qquad d'(k) = \frac{d(k)}{\frac{1}{k} \sum_{j=1}^k d(j)}

    It takes the first local minimum below a threshold, or the lowest point if there is none, and
    brings it between the samples by a parabola [1]_.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them.
    fmin : float > sr / (frame_length - 1) [Hz]
        Lowest frequency. Frames should hold two periods of it: there is a warning if they do not.
    fmax : float, fmin < fmax <= sr / 2 [Hz]
        Highest frequency.
    sr : float > 0 [Hz]
        Sampling rate.
    frame_length : int > 0 [samples]
        Length of a frame.
    hop_length : int > 0 [samples]
        From one frame to the next; ``frame_length // 4`` by default.
    trough_threshold : float > 0
        Below it, a local minimum is a period.
    center, pad_mode
        As for `nnaudio_xp.stft`.

    Returns
    -------
    array [shape=(..., time)], real [Hz]
        In the input's library and precision (float32 for half precision; librosa: float64). There is
        a number for every frame, voiced or not.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and, for NumPy arrays, on samples that are not finite.

    References
    ----------
    .. [1] de Cheveigné & Kawahara, "YIN, a fundamental frequency estimator for speech and music",
       J. Acoust. Soc. Am. 111(4), 2002.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 220 * np.arange(22050) / 22050)
    >>> nax.yin(y, fmin=100, fmax=1000)[5:8].round().tolist()
    [220.0, 220.0, 220.0]
    """
    periods = periods_of(sr, fmin, fmax, frame_length, hop_length, center, pad_mode)
    threshold = as_positive("trough_threshold", trough_threshold)
    xp, y = signal_of(y)
    periods.check_length(y.shape[-1])
    return yin_frequencies(y, periods, threshold, xp=xp)


@at_full_precision
def pyin(
    y: Array,
    *,
    fmin: float,
    fmax: float,
    sr: float = 22050,
    frame_length: int = 2048,
    hop_length: int | None = None,
    n_thresholds: int = 100,
    beta_parameters: tuple[float, float] = (2, 18),
    boltzmann_parameter: float = 2,
    resolution: float = 0.1,
    max_transition_rate: float = 35.92,
    switch_prob: float = 0.01,
    no_trough_prob: float = 0.01,
    fill_na: Any = math.nan,
    center: bool = True,
    pad_mode: Any = "constant",
    transition_min_prob: float | None = 1e-4,
) -> tuple[Array, Array, Array]:
    """Fundamental frequency of each frame, and whether it is voiced, by probabilistic YIN.

    YIN's periods for all thresholds, weighted with how likely these are, are the observations of
    pitches; the most likely path through them is found as `nnaudio_xp.sequence.viterbi` does, where
    each pitch may be voiced or not [1]_. The first of the periods below a threshold is the most
    likely, the others by a Boltzmann distribution, as in the authors' software.

    Parameters
    ----------
    y, fmin, fmax, sr, frame_length, hop_length, center, pad_mode
        As for `yin`.
    n_thresholds : int > 0
        Thresholds, evenly spaced up to 1.
    beta_parameters : two floats > 0
        Parameters of the beta distribution of the thresholds.
    boltzmann_parameter : float > 0
        How much shorter periods are preferred.
    resolution : float, 0 < resolution <= 1 [semitones]
        Width of the bins of pitch.
    max_transition_rate : float > 0 [octaves per second]
        How fast pitches may move.
    switch_prob : float from 0 to 1
        The probability to become voiced or unvoiced from one frame to the next.
    no_trough_prob : float from 0 to 1
        The probability of the lowest period at thresholds that no period is below.
    fill_na : float or None
        The frequency of unvoiced frames; None for the most likely one.
    transition_min_prob : float >= 0 or None
        Steps between pitches that are less likely than this are left out, which takes less time.

    Returns
    -------
    f0 : array [shape=(..., time)], real [Hz]
        In the input's library and precision (float32 for half precision; librosa: float64).
    voiced_flag : array [shape=(..., time)], bool
        Whether the frame is voiced.
    voiced_prob : array [shape=(..., time)], real
        The probability that it is, before its neighbours are looked at.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and, for NumPy arrays, on samples that are not finite.

    References
    ----------
    .. [1] Mauch & Dixon, "pYIN: a fundamental frequency estimator using probabilistic threshold
       distributions", ICASSP 2014.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 220 * np.arange(22050) / 22050)
    >>> y[11025:] = 0
    >>> f0, voiced_flag, voiced_prob = nax.pyin(y, fmin=110, fmax=880)
    >>> f0[5:8].round(1).tolist(), voiced_flag[[5, 40]].tolist()
    ([220.0, 220.0, 220.0], [True, False])
    """
    periods = periods_of(sr, fmin, fmax, frame_length, hop_length, center, pad_mode)
    states = pitch_states(
        sr=periods.sr,
        fmin=periods.fmin,
        fmax=periods.fmax,
        hop_length=periods.framing.hop_length,
        n_thresholds=n_thresholds,
        beta_parameters=beta_parameters,
        boltzmann_parameter=boltzmann_parameter,
        resolution=resolution,
        max_transition_rate=max_transition_rate,
        switch_prob=switch_prob,
        no_trough_prob=no_trough_prob,
        transition_min_prob=transition_min_prob,
    )
    xp, y = signal_of(y)
    periods.check_length(y.shape[-1])
    path, voiced_prob = pyin_path(y, periods, states, xp=xp)
    frequencies = constant_like(bin_frequencies, y, xp=xp, states=states)
    voiced_flag = path < states.count
    f0 = xp.reshape(xp.take(frequencies, xp.reshape(path % states.count, (-1,))), path.shape)
    return f0 if fill_na is None else xp.where(voiced_flag, f0, _filling(fill_na)), voiced_flag, voiced_prob


def _filling(value: Any) -> float:
    """A number, also one that is none."""
    if is_truth(value) or not isinstance(value, int | float):
        raise ParameterError(f"fill_na={shown(value)} must be a number, NaN or None")
    return float(value)
