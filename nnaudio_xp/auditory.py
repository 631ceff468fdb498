"""What the ear's filters hear: gammatone spectrograms, and the gammatone filter bank itself."""

from __future__ import annotations

from functools import partial
from typing import Any

from ._backends import at_full_precision
from ._namespace import Array, Dtype
from .errors import as_integer, as_positive, frequency_range
from .kernels.gammatone import gammatone_bank
from .transforms.constants import constant_like
from .transforms.gammatone import waveforms
from .transforms.inputs import signal_of, spectrogram_of


@at_full_precision
def gammatone(
    y: Array | None = None,
    *,
    sr: float = 22050,
    S: Array | None = None,
    n_fft: int = 2048,
    hop_length: int | None = 512,
    win_length: int | None = None,
    window: Any = "hann",
    center: bool = True,
    pad_mode: Any = "constant",
    power: float = 1.0,
    n_bins: int = 64,
    fmin: float = 20.0,
    fmax: float | None = None,
    htk: bool = False,
    norm: str | float | None = 1,
    dtype: Dtype = None,
) -> Array:
    """Gammatone spectrogram: the magnitudes of gammatone filters applied to
    ``abs(stft(y))**power``.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them. Either `y` or `S` must be given.
    sr : float > 0 [Hz]
        Sampling rate.
    S : array [shape=(..., 1 + n_fft // 2, time)], real
        A spectrogram to use instead; `n_fft` then comes from its shape.
    n_fft, hop_length, win_length, window, center, pad_mode
        As for `nnaudio_xp.stft`.
    power : float > 0
        1 for magnitude, 2 for power.
    n_bins, fmin, fmax, htk, norm
        As for `nnaudio_xp.filters.gammatone`.
    dtype : real dtype, optional
        Of the result: by default the precision of the input. A wider one is computed in.

    Returns
    -------
    array [shape=(..., n_bins, time)], real
        In the input's library, device and precision.

    Raises
    ------
    ParameterError
        If neither `y` nor `S` is given, and as `stft` and `filters.gammatone` do.

    See Also
    --------
    gammatone_filterbank : the waveforms themselves, at the signal's rate.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050).astype(np.float32)
    >>> S = nax.gammatone(y, sr=22050, n_bins=40)
    >>> S.shape, S.dtype
    ((40, 44), dtype('float32'))
    """
    _, bands, _ = spectrogram_of(
        y,
        S,
        n_fft=n_fft,
        hop_length=hop_length,
        win_length=win_length,
        window=window,
        center=center,
        pad_mode=pad_mode,
        power=power,
        bank=partial(constant_like, gammatone_bank, sr=sr, n_bins=n_bins, fmin=fmin, fmax=fmax, htk=htk, norm=norm),
        dtype=dtype,
    )
    return bands


@at_full_precision
def gammatone_filterbank(
    y: Array,
    *,
    sr: float = 22050,
    n_bins: int = 64,
    fmin: float = 20.0,
    fmax: float | None = None,
    htk: bool = False,
    order: int = 4,
) -> Array:
    """Waveforms of a bank of gammatone filters: what each place of the ear's basilar membrane
    hears.

    The impulse response of the filter at f is
    ``t**(order - 1) * exp(-2 * pi * b * t) * cos(2 * pi * f * t)`` with
    ``b = 1.019 * (24.7 + f / 9.26449)`` for t = 0, 1 / sr, … [1]_, scaled to a gain of one at f. It
    is causal, and cut where its envelope has fallen below 2**-53 of the peak.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them.
    sr : float > 0 [Hz]
        Sampling rate.
    n_bins : int > 0
        Number of filters.
    fmin, fmax : float, 0 <= fmin < fmax <= sr / 2 [Hz]
        Range of the centre frequencies, as for `nnaudio_xp.gammatone_frequencies`; `fmax` is sr / 2
        by default.
    htk : bool
        Centre frequencies evenly spaced on HTK's mel scale, instead of by the ear's bandwidths.
    order : int > 0
        Order of the filters; 4 is the ear's.

    Returns
    -------
    array [shape=(..., n_bins, n)], real
        In the input's library, device and precision.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    See Also
    --------
    gammatone : magnitudes in frames.

    References
    ----------
    .. [1] R. D. Patterson et al., "An efficient auditory filterbank based on the gammatone
       function", 1987.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> waves = nax.gammatone_filterbank(y, sr=22050, n_bins=40)
    >>> waves.shape
    (40, 22050)
    >>> loudest = abs(waves[:, -1000:]).max(axis=-1).argmax()
    >>> nax.gammatone_frequencies(40, fmax=11025)[loudest].round(1)
    np.float64(416.5)
    """
    rate, order = as_positive("sr", sr), as_integer("order", order)
    low, high = frequency_range(fmin, fmax, rate)
    n_bins = as_integer("n_bins", n_bins)
    xp, y = signal_of(y)
    return waveforms(y, sr=rate, n_bins=n_bins, fmin=low, fmax=high, htk=bool(htk), order=order, xp=xp)
