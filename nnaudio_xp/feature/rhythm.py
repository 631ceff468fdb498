"""Rhythm: librosa.feature.rhythm's names, keywords, defaults and numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

from .. import onset, ops
from .._backends import at_full_precision
from .._namespace import Array, as_floating, check_spectrum, device_of, host, is_complex, namespace, real_dtype
from ..errors import ParameterError, as_integer, as_positive
from ..kernels.norms import check_norm
from ..scales import fourier_tempo_frequencies, tempo_frequencies
from ..spectrum import stft
from ..times import time_to_frames
from ..transforms.aggregation import aggregator
from ..transforms.harmonics import at_frequencies, at_own_frequencies, check_fill, check_frequencies, located
from ..transforms.norms import by_peak, to_unit_norm
from ..transforms.tempograms import likeliest, local_autocorrelation, prior_of

__all__ = ["fourier_tempogram", "hybrid_tempogram", "metrogram", "tempo", "tempogram", "tempogram_ratio"]

METERS = (4, 8 / 3, 3, 2, 4 / 3, 3 / 2, 1, 2 / 3, 3 / 4, 1 / 2, 1 / 3, 3 / 8, 1 / 4)
"""Multiples of a tempo that metres make of it (Prockup et al. 2015)."""

DIVISIONS = (1 / 3, 1 / 4, 1 / 5, 1 / 7)


def _envelope(y: Array | None, sr: float, onset_envelope: Array | None, hop_length: int) -> tuple[ModuleType, Array]:
    """The onset strength that was given, or that of a waveform."""
    strength = onset.given_strength(y, onset_envelope, sr=sr, hop_length=hop_length)
    xp, values = as_floating(strength, name="onset_envelope")
    if values.ndim == 0 or values.shape[-1] == 0:
        raise ParameterError(f"onset_envelope has shape {tuple(values.shape)}: it must have at least one frame")
    return xp, xp.astype(values, real_dtype(values, xp), copy=False)


@at_full_precision
def tempogram(
    *,
    y: Array | None = None,
    sr: float = 22050,
    onset_envelope: Array | None = None,
    hop_length: int = 512,
    win_length: int = 384,
    center: bool = True,
    window: Any = "hann",
    norm: float | None = math.inf,
) -> Array:
    """Local autocorrelation of the onset strength: which periods it has around each frame [1]_.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them. Either `y` or `onset_envelope` must be given.
    sr : float > 0 [Hz]
        Sampling rate.
    onset_envelope : array [shape=(..., time)], real
        Onset strength to use instead.
    hop_length : int > 0
        Samples from one frame to the next.
    win_length : int > 0 [frames]
        Frames that are correlated.
    center : bool
        Whether these are centred; the envelope then falls to 0 at both ends.
    window : str, tuple, number, callable or array
        As for `nnaudio_xp.stft`.
    norm : float >= 0, inf, -inf or None
        The p-norm to which each frame is brought.

    Returns
    -------
    array [shape=(..., win_length, time)], real
        At lags from 0 on, in the input's library, device and precision.

    Raises
    ------
    ParameterError
        If neither `y` nor `onset_envelope` is given, or on an argument outside these ranges.

    References
    ----------
    .. [1] P. Grosche, M. Müller and F. Kurth, "Cyclic tempogram: a mid-level tempo representation for
       music signals", ICASSP 2010.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> envelope = np.zeros(200)
    >>> envelope[::20] = 1
    >>> tempogram = nax.feature.tempogram(onset_envelope=envelope)
    >>> tempogram.shape, int(tempogram[1:, 100].argmax()) + 1
    ((384, 200), 20)
    """
    as_positive("sr", sr)
    hop_length, win_length = as_integer("hop_length", hop_length), as_integer("win_length", win_length)
    if norm is not None:
        check_norm(norm)
    xp, envelope = _envelope(y, sr, onset_envelope, hop_length)
    lags = local_autocorrelation(envelope, win_length=win_length, center=bool(center), window=window, unit_norm=norm is not None, xp=xp)
    return xp.matrix_transpose(to_unit_norm(lags, norm, -1, xp=xp))


@at_full_precision
def fourier_tempogram(
    *,
    y: Array | None = None,
    sr: float = 22050,
    onset_envelope: Array | None = None,
    hop_length: int = 512,
    win_length: int = 384,
    center: bool = True,
    window: Any = "hann",
) -> Array:
    """Short-time Fourier transform of the onset strength, frame by frame [1]_.

    Parameters
    ----------
    y, sr, onset_envelope, hop_length
        As for `tempogram`.
    win_length : int > 0 [frames]
        Frames that are transformed.
    center, window
        As for `nnaudio_xp.stft`.

    Returns
    -------
    array [shape=(..., 1 + win_length // 2, time)], complex
        At the tempos of `fourier_tempo_frequencies`, in the input's library, device and precision.

    Raises
    ------
    ParameterError
        As `tempogram` does.

    References
    ----------
    .. [1] P. Grosche, M. Müller and F. Kurth, "Cyclic tempogram: a mid-level tempo representation for
       music signals", ICASSP 2010.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.feature.fourier_tempogram(onset_envelope=np.ones(100), win_length=64).shape
    (33, 101)
    """
    as_positive("sr", sr)
    hop_length, win_length = as_integer("hop_length", hop_length), as_integer("win_length", win_length)
    _, envelope = _envelope(y, sr, onset_envelope, hop_length)
    return stft(envelope, n_fft=win_length, hop_length=1, center=center, window=window)


@at_full_precision
def tempo(
    *,
    y: Array | None = None,
    sr: float = 22050,
    onset_envelope: Array | None = None,
    tg: Array | None = None,
    hop_length: int = 512,
    start_bpm: float = 120,
    std_bpm: float = 1.0,
    ac_size: float = 8.0,
    max_tempo: float | None = 320.0,
    aggregate: Callable[..., Any] | None = host.mean,
    prior: Any = None,
) -> Array:
    """Estimate the tempo: the period at which the tempogram, weighted by how usual it is, is the
    largest.

    Parameters
    ----------
    y, sr, onset_envelope, hop_length
        As for `tempogram`.
    tg : array [shape=(..., lag, time)], real, optional
        A tempogram to use instead.
    start_bpm : float > 0 [beats per minute]
        The most usual tempo.
    std_bpm : float > 0 [octaves]
        How far tempos usually lie from it.
    ac_size : float > 0 [s]
        Length of the frames of the tempogram.
    max_tempo : float > 0 or None [beats per minute]
        The fastest one.
    aggregate : callable or None
        What makes one frame of all, called as ``aggregate(tg, axis=-1, keepdims=True)``; None gives the
        tempo of each frame.
    prior : object with ``logpdf``, optional
        Another distribution of tempos, such as SciPy's, in the place of `start_bpm` and `std_bpm`.

    Returns
    -------
    array [shape=(..., 1) or (..., time)], real [beats per minute]
        In the input's library and precision.

    Raises
    ------
    ParameterError
        As `tempogram` does, and on an argument outside these ranges.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> y = nax.clicks(times=[k / 2 for k in range(20)])
    >>> nax.feature.tempo(y=y).round(1).tolist()
    [117.5]
    """
    start_bpm, std_bpm, hop_length = (
        as_positive("start_bpm", start_bpm),
        as_positive("std_bpm", std_bpm),
        as_integer("hop_length", hop_length),
    )
    rate, ac_size = as_positive("sr", sr), as_positive("ac_size", ac_size)
    if max_tempo is not None:
        as_positive("max_tempo", max_tempo)
    if tg is None:
        win_length = int(time_to_frames(ac_size, sr=rate, hop_length=hop_length))
        tg = tempogram(y=y, sr=sr, onset_envelope=onset_envelope, hop_length=hop_length, win_length=win_length)
    xp, values = as_floating(tg, name="tg")
    if values.ndim < 2:
        raise ParameterError(f"tg has shape {tuple(values.shape)}: it must be (..., lag, time)")
    if aggregate is not None:
        values = aggregator(aggregate, xp=xp)(values, axis=-1, keepdims=True)
    bpm = tempo_frequencies(values.shape[-2], hop_length=hop_length, sr=rate)
    best = likeliest(values, prior_of(bpm, start_bpm, std_bpm, max_tempo, prior), xp=xp)
    tempos = xp.asarray(bpm, dtype=values.dtype, device=device_of(values))
    return xp.reshape(xp.take(tempos, xp.reshape(best, (-1,))), best.shape)


@at_full_precision
def tempogram_ratio(
    *,
    y: Array | None = None,
    sr: float = 22050,
    onset_envelope: Array | None = None,
    tg: Array | None = None,
    bpm: Array | None = None,
    hop_length: int = 512,
    win_length: int = 384,
    start_bpm: float = 120,
    std_bpm: float = 1.0,
    max_tempo: float | None = 320.0,
    freqs: Array | None = None,
    factors: Any = None,
    aggregate: Callable[..., Any] | None = None,
    prior: Any = None,
    center: bool = True,
    window: Any = "hann",
    kind: str = "linear",
    fill_value: float = 0,
    norm: float | None = math.inf,
) -> Array:
    """A tempogram at multiples of the tempo: how rhythm divides the beat [1]_.

    Parameters
    ----------
    y, sr, onset_envelope, hop_length, win_length, center, window, norm
        As for `tempogram`.
    tg : array [shape=(..., lag, time)], real, optional
        A tempogram to use instead.
    bpm : array [shape=(..., time)], optional [beats per minute]
        The tempo of each frame; estimated by `tempo` if it is not given.
    start_bpm, std_bpm, max_tempo, prior
        As for `tempo`.
    freqs : array [shape=(lag,)], optional [beats per minute]
        Tempos of `tg`; those of `tempo_frequencies` by default.
    factors : numbers [shape=(k,)], optional
        Multiples of the tempo; thirteen of usual metres by default.
    aggregate : callable, optional
        What makes one number of all frames, called as ``aggregate(tgr, axis=-1)``.
    kind : {'linear', 'slinear', 'nearest', 'nearest-up', 'zero', 'previous', 'next'}
        How numbers between those of the tempogram are made.
    fill_value : float
        What stands beyond them.

    Returns
    -------
    array [shape=(..., k, time) or (..., k)], real
        In the input's library, device and precision.

    Raises
    ------
    ParameterError
        As `tempogram` and `tempo` do, and on an argument outside these ranges.

    References
    ----------
    .. [1] M. Prockup et al., "Modeling genre with musical attributes", ISMIR 2015; G. Peeters,
       "Rhythm classification using spectral rhythm patterns", ISMIR 2005.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> y = nax.clicks(times=[k / 2 for k in range(8)])
    >>> nax.feature.tempogram_ratio(y=y).shape
    (13, 156)
    """
    check_fill(fill_value)
    as_integer("win_length", win_length)
    if norm is not None:
        check_norm(norm)
    if tg is None:
        options = {"hop_length": hop_length, "win_length": win_length, "center": center, "window": window, "norm": norm}
        tg = tempogram(y=y, sr=sr, onset_envelope=onset_envelope, **options)
    xp, values = as_floating(tg, name="tg")
    values = xp.astype(values, real_dtype(values, xp), copy=False)
    if freqs is None:
        freqs = tempo_frequencies(values.shape[-2], sr=sr, hop_length=hop_length)
    if bpm is None:
        shape = {"start_bpm": start_bpm, "std_bpm": std_bpm, "max_tempo": max_tempo, "prior": prior}
        tempos = tempo(sr=sr, tg=values, hop_length=hop_length, aggregate=None, **shape)
    else:
        tempos = xp.astype(as_floating(bpm, name="bpm")[1], values.dtype)
    check_frequencies(freqs, values)
    multiples = xp.asarray(METERS if factors is None else factors, dtype=values.dtype, device=device_of(values))
    places = located(freqs, xp.expand_dims(tempos, axis=-1) * multiples, kind, like=values, xp=xp)
    ratios = at_own_frequencies(values, places, fill_value, xp=xp)
    return ratios if aggregate is None else aggregator(aggregate, xp=xp)(ratios, axis=-1)


@at_full_precision
def metrogram(
    *,
    tg: Array,
    freqs: Array,
    factors: Any = None,
    aggregate: Callable[..., Any] | None = host.sum,
    kind: str = "linear",
    fill_value: float = 0,
) -> Array:
    """How metrical each tempo is: a tempogram times itself at subdivisions of the tempo.

    Parameters
    ----------
    tg : array [shape=(..., tempo, time)], real
        A tempogram.
    freqs : array [shape=(tempo,)] [beats per minute]
        Its tempos.
    factors : numbers [shape=(k,)], optional
        Multiples of each tempo; 1/3, 1/4, 1/5 and 1/7 by default.
    aggregate : callable or None
        What makes one number of the products at all tempos, called as ``aggregate(product, axis=-2)``: the sum by
        default. None keeps them.
    kind, fill_value
        As for `tempogram_ratio`.

    Returns
    -------
    array [shape=(..., k, time) or (..., k, tempo, time)], real
        In the input's library, device and precision.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.feature.metrogram(tg=np.ones((20, 3)), freqs=np.arange(1, 21)).shape
    (4, 3)
    """
    check_fill(fill_value)
    xp = check_spectrum(tg, name="tg")
    values = tg if is_complex(tg, xp) else xp.astype(tg, real_dtype(tg, xp), copy=False)
    check_frequencies(freqs, values)
    (_, tempos), multiples = as_floating(freqs, name="freqs"), DIVISIONS if factors is None else factors
    space = namespace(tempos)
    wanted = space.asarray(multiples, dtype=tempos.dtype, device=device_of(tempos))[:, None] * tempos
    multiples = at_frequencies(values, located(tempos, wanted, kind, like=values, xp=xp), fill_value, xp=xp)
    product = multiples * xp.expand_dims(values, axis=-3)
    return product if aggregate is None else aggregator(aggregate, xp=xp)(product, axis=-2)


@at_full_precision
def hybrid_tempogram(
    *,
    y: Array | None = None,
    sr: float = 22050,
    onset_envelope: Array | None = None,
    hop_length: int = 512,
    win_length: int = 384,
    center: bool = True,
    window: Any = "hann",
    **kwargs: Any,
) -> Array:
    """The geometric mean of the Fourier tempogram, which has multiples of a tempo, and the
    autocorrelation's, which has fractions: what both have is the tempo.

    Parameters
    ----------
    y, sr, onset_envelope, hop_length, win_length, center, window
        As for `tempogram`.
    **kwargs
        ``kind='linear'`` and ``fill_value=0``, as for `tempogram_ratio`.

    Returns
    -------
    array [shape=(..., 1 + win_length // 2, time)], real
        At the tempos of `fourier_tempo_frequencies`, in the input's library, device and precision.

    Raises
    ------
    ParameterError
        As `tempogram` does.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.feature.hybrid_tempogram(onset_envelope=np.ones(100), win_length=64).shape
    (33, 100)
    """
    fill_value, kind = kwargs.pop("fill_value", 0.0), kwargs.pop("kind", "linear")
    if unknown := set(kwargs) - {"bounds_error", "copy", "axis", "assume_sorted"}:
        raise ParameterError(f"{sorted(unknown)} are no arguments of hybrid_tempogram: it takes kind and fill_value")
    xp, envelope = _envelope(y, sr, onset_envelope, as_integer("hop_length", hop_length))
    envelope, unit = by_peak(envelope, xp=xp)
    options: dict[str, Any] = {"sr": sr, "hop_length": hop_length, "win_length": win_length, "center": center, "window": window}
    spectra = xp.abs(fourier_tempogram(onset_envelope=envelope, **options))
    lags = tempogram(onset_envelope=envelope, **options)
    wanted = fourier_tempo_frequencies(sr=sr, hop_length=hop_length, win_length=win_length)
    given = tempo_frequencies(lags.shape[-2], sr=sr, hop_length=hop_length)[1:]
    check_frequencies(given, lags[..., 1:, :])
    rows = at_frequencies(lags[..., 1:, :], located(given, wanted, kind, like=lags, xp=xp), fill_value, xp=xp)
    frames = min(spectra.shape[-1], rows.shape[-1])
    hybrid = ops.raised(ops.at_least(spectra[..., :frames] * xp.abs(rows[..., :frames]), 0.0, xp=xp), 0.5, xp=xp)
    return hybrid * xp.expand_dims(unit, axis=-1) ** 0.5
