"""What a spectrum's shape comes to in a few numbers for each frame: where its energy lies, how
widely, how evenly.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from .. import ops
from .._backends import at_full_precision, decided_once
from .._namespace import Array, as_floating, device_of, host, is_array, namespace, on_host, place, widened
from ..errors import ParameterError, as_integer, as_number, as_positive
from ..kernels.polynomials import polynomial_fit
from ..scales import fft_frequencies
from ..transforms.constants import constant_like
from ..transforms.decibels import decibels
from ..transforms.inputs import spectrogram_of


def _frames(y: Array | None, S: Array | None, *, power: float = 1, **framing: Any) -> tuple[ModuleType, Array, int]:
    """The namespace, the spectrogram (..., time, frequency), whose values are not negative, and the
    samples in a frame.
    """
    xp, values, n_fft = spectrogram_of(y, S, power=power, **framing)
    if S is not None:
        ops.require_between(values, "S", 0, None, xp=xp)
    return xp, xp.matrix_transpose(values), n_fft


def _frequencies(freq: Any, frames: Array, *, sr: float, n_fft: int, xp: ModuleType) -> Array:
    """The frequencies of spectra (..., time, frequency): (frequency,), or those of each frame."""
    if freq is None:
        return constant_like(fft_frequencies, frames, xp=xp, sr=sr, n_fft=n_fft)
    space, hertz = as_floating(freq, name="freq")
    if space is host and xp is not host:
        hertz = place(hertz, xp=xp, dtype=frames.dtype, device=device_of(frames))
    namespace(hertz, frames)  # those of another library are refused
    hertz = xp.astype(hertz, frames.dtype, copy=False)
    rows, n_frames = frames.shape[-1], frames.shape[-2]
    if hertz.ndim == 1 and hertz.shape[0] == rows:
        return hertz
    if hertz.ndim < 2 or tuple(hertz.shape[-2:]) != (rows, n_frames):
        raise ParameterError(f"freq has shape {tuple(hertz.shape)}: it must be ({rows},) or (..., {rows}, {n_frames})")
    return xp.matrix_transpose(hertz)


def _shares(values: Array, total: Array, *, xp: ModuleType) -> Array:
    """Sums over frequency as shares of the total; those of silence are what they are."""
    silent = total < float(xp.finfo(total.dtype).smallest_normal)
    return ops.quotient(values, xp.where(silent, 1.0, total), xp=xp)


def _centroids(frames: Array, hertz: Array, *, xp: ModuleType) -> Array:
    """The mean frequencies (..., time, 1) of spectra."""
    if hertz.ndim == 1:
        sums = ops.banded(frames, xp.stack([hertz, xp.ones_like(hertz)]), xp=xp)
        return _shares(sums[..., :1], sums[..., 1:], xp=xp)
    return _shares(xp.sum(frames * hertz, axis=-1, keepdims=True), xp.sum(frames, axis=-1, keepdims=True), xp=xp)


@at_full_precision
def spectral_centroid(
    *,
    y: Array | None = None,
    sr: float = 22050,
    S: Array | None = None,
    n_fft: int = 2048,
    hop_length: int | None = 512,
    freq: Array | None = None,
    win_length: int | None = None,
    window: Any = "hann",
    center: bool = True,
    pad_mode: Any = "constant",
) -> Array:
    r"""Mean frequency of each frame, weighted by magnitude.

    .. math:: c_t = \sum_k f_k S_{kt} \Big/ \sum_k S_{kt}

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them. Either `y` or `S` must be given.
    sr : float > 0 [Hz]
        Sampling rate.
    S : array [shape=(..., d, time)], real
        A magnitude spectrogram to use instead.
    n_fft, hop_length, win_length, window, center, pad_mode
        As for `nnaudio_xp.stft`.
    freq : array [shape=(d,) or (..., d, time)], optional [Hz]
        The frequencies of `S`, or those of each frame; by default the DFT's.

    Returns
    -------
    array [shape=(..., 1, time)], real [Hz]
        In the input's library, device and precision (librosa: float64). 0 in silence.

    Raises
    ------
    ParameterError
        If neither `y` nor `S` is given, on an argument outside these ranges, and on negative
        magnitudes that are on the host.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> float(nax.feature.spectral_centroid(y=y, sr=22050)[0, 20].round())
    440.0
    """
    sr = as_positive("sr", sr)
    framing = {"n_fft": n_fft, "hop_length": hop_length, "win_length": win_length, "window": window, "center": center, "pad_mode": pad_mode}
    xp, frames, n_fft = _frames(y, S, **framing)
    hertz = _frequencies(freq, frames, sr=sr, n_fft=n_fft, xp=xp)
    return xp.matrix_transpose(_centroids(frames, hertz, xp=xp))


@at_full_precision
def spectral_bandwidth(
    *,
    y: Array | None = None,
    sr: float = 22050,
    S: Array | None = None,
    n_fft: int = 2048,
    hop_length: int | None = 512,
    win_length: int | None = None,
    window: Any = "hann",
    center: bool = True,
    pad_mode: Any = "constant",
    freq: Array | None = None,
    centroid: Array | None = None,
    norm: bool = True,
    p: float = 2,
) -> Array:
    r"""How far the frequencies of each frame lie from their centroid.

    .. math:: b_t = \Big(\sum_k S_{kt} |f_k - c_t|^p\Big)^{1/p}

    Parameters
    ----------
    y, sr, S, n_fft, hop_length, win_length, window, center, pad_mode, freq
        As for `spectral_centroid`.
    centroid : array [shape=(..., 1, time)], optional [Hz]
        Centroids; by default those of `spectral_centroid`.
    norm : bool
        Whether each frame is divided by its sum first.
    p : float > 0
        The exponent.

    Returns
    -------
    array [shape=(..., 1, time)], real [Hz]
        In the input's library, device and precision (librosa: float64). 0 in silence.

    Raises
    ------
    ParameterError
        As `spectral_centroid` does.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.feature.spectral_bandwidth(S=np.ones((3, 1)), freq=np.array([100.0, 200.0, 300.0])).round(1).tolist()
    [[81.6]]
    """
    sr, p = as_positive("sr", sr), as_positive("p", p)
    framing = {"n_fft": n_fft, "hop_length": hop_length, "win_length": win_length, "window": window, "center": center, "pad_mode": pad_mode}
    xp, frames, n_fft = _frames(y, S, **framing)
    hertz = _frequencies(freq, frames, sr=sr, n_fft=n_fft, xp=xp)
    if centroid is None:
        middle = _centroids(frames, hertz, xp=xp)
    else:
        middle = xp.matrix_transpose(_like(centroid, "centroid", frames, xp=xp))
    away = ops.raised(xp.abs(hertz - middle), p, xp=xp)
    spread = xp.sum(frames * away, axis=-1, keepdims=True)
    if norm:
        spread = _shares(spread, xp.sum(frames, axis=-1, keepdims=True), xp=xp)
    return xp.matrix_transpose(ops.raised(spread, 1 / p, xp=xp))


def _like(values: Any, name: str, frames: Array, *, xp: ModuleType) -> Array:
    """An argument (..., row, time) that belongs to spectra (..., time, frequency)."""
    _, array = as_floating(values, name=name)
    namespace(array, frames)
    if array.ndim < 2 or array.shape[-1] != frames.shape[-2]:
        raise ParameterError(f"{name} has shape {tuple(array.shape)}: it must be (..., 1, {frames.shape[-2]})")
    return xp.astype(array, frames.dtype, copy=False)


@at_full_precision
def spectral_contrast(
    *,
    y: Array | None = None,
    sr: float = 22050,
    S: Array | None = None,
    n_fft: int = 2048,
    hop_length: int | None = 512,
    win_length: int | None = None,
    window: Any = "hann",
    center: bool = True,
    pad_mode: Any = "constant",
    freq: Array | None = None,
    fmin: float = 200.0,
    n_bands: int = 6,
    quantile: float = 0.02,
    linear: bool = False,
) -> Array:
    """Difference between the peaks and the valleys of each octave, in decibels [1]_.

    Bands lie between 0, `fmin`, ``2 * fmin``, ``4 * fmin`` … Hz, the last one open above. Peaks and
    valleys are the means of the highest and the lowest `quantile` of a band's magnitudes, of one at
    least, in decibels with a range of 80 dB in each clip.

    Parameters
    ----------
    y, sr, S, n_fft, hop_length, win_length, window, center, pad_mode
        As for `spectral_centroid`.
    freq : array [shape=(d,)], optional [Hz]
        The frequencies of `S`, each above the one before; by default the DFT's. Their values decide
        the shapes within.
    fmin : float > 0 [Hz]
        Where the first octave begins.
    n_bands : int > 0
        Number of octaves; the last one begins below sr / 2.
    quantile : float, 0 < quantile < 1
        Share of a band's bins in its peaks, and in its valleys.
    linear : bool
        Differences of magnitudes instead of levels.

    Returns
    -------
    array [shape=(..., n_bands + 1, time)], real [dB]
        In the input's library, device and precision (librosa: float64).

    Raises
    ------
    ParameterError
        If neither `y` nor `S` is given, on an argument outside these ranges, and if a band has no
        frequency.

    References
    ----------
    .. [1] D.-N. Jiang et al., "Music type classification by spectral contrast feature", IEEE
       International Conference on Multimedia and Expo, 2002.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> contrast = nax.feature.spectral_contrast(y=y)
    >>> contrast.shape, int(contrast[:, 20].argmax())  # the band from 400 to 800 Hz
    ((7, 44), 2)
    """
    sr, fmin, n_bands = as_positive("sr", sr), as_positive("fmin", fmin), as_integer("n_bands", n_bands)
    quantile = _share("quantile", quantile)
    if n_bands > 1000 or fmin * 2.0 ** (n_bands - 1) >= sr / 2:
        raise ParameterError(f"fmin={fmin!r}, n_bands={n_bands!r}: the last octave must begin below sr / 2 = {sr / 2:g} Hz")
    framing = {"n_fft": n_fft, "hop_length": hop_length, "win_length": win_length, "window": window, "center": center, "pad_mode": pad_mode}
    xp, values, n_fft = spectrogram_of(y, S, power=1, **framing)
    frames = xp.matrix_transpose(values)
    valleys, peaks = [], []
    for first, stop, count in _octaves(freq, sr, n_fft, frames.shape[-1], fmin, n_bands, quantile):
        ordered = xp.sort(frames[..., first:stop], axis=-1, stable=False)
        valleys.append(xp.mean(ordered[..., :count], axis=-1))
        peaks.append(xp.mean(ordered[..., stop - first - count :], axis=-1))
    valley, peak = xp.stack(valleys, axis=-2), xp.stack(peaks, axis=-2)
    return peak - valley if linear else decibels(peak, xp=xp) - decibels(valley, xp=xp)


def _share(name: str, value: Any) -> float:
    number = as_number(name, value)
    if not 0 < number < 1:
        raise ParameterError(f"{name}={value!r} must be above 0 and below 1")
    return number


@decided_once(64)
def _octaves(freq: Any, sr: float, n_fft: int, n_rows: int, fmin: float, n_bands: int, quantile: float) -> list[tuple[int, int, int]]:
    """The first bin of each band, the one behind its last, and how many make its peaks.

    A band begins one bin below its lower edge; its last bin is the next band's, too, and left out.
    """
    hertz = fft_frequencies(sr=sr, n_fft=n_fft) if freq is None else on_host(as_floating(freq, name="freq")[1], name="freq")
    if tuple(hertz.shape) != (n_rows,) or bool(host.any(hertz[1:] <= hertz[:-1])):
        raise ParameterError(f"freq of shape {tuple(hertz.shape)} must be {n_rows} frequencies, each above the one before")
    edges = [0.0, *(fmin * 2.0**k for k in range(n_bands + 1))]
    lowest, behind = (
        host.searchsorted(hertz, host.asarray(part), side=side).tolist() for part, side in ((edges[:-1], "left"), (edges[1:], "right"))
    )
    bands = []
    for k in range(n_bands + 1):
        first, stop = max(0, lowest[k] - (k > 0)), n_rows if k == n_bands else behind[k]
        kept = stop - (k < n_bands)
        if lowest[k] >= behind[k] or kept <= first:
            raise ParameterError(f"fmin={fmin:g}, n_bands={n_bands}: too few frequencies lie between {edges[k]:g} and {edges[k + 1]:g} Hz")
        bands.append((first, kept, max(1, round(quantile * (stop - first)))))
    return bands


@at_full_precision
def spectral_rolloff(
    *,
    y: Array | None = None,
    sr: float = 22050,
    S: Array | None = None,
    n_fft: int = 2048,
    hop_length: int | None = 512,
    win_length: int | None = None,
    window: Any = "hann",
    center: bool = True,
    pad_mode: Any = "constant",
    freq: Array | None = None,
    roll_percent: float = 0.85,
) -> Array:
    """Frequency below which, itself included, a share of the magnitudes of each frame lies.

    Parameters
    ----------
    y, sr, S, n_fft, hop_length, win_length, window, center, pad_mode, freq
        As for `spectral_centroid`; frequencies lie in ascending order.
    roll_percent : float, 0 < roll_percent < 1
        The share.

    Returns
    -------
    array [shape=(..., 1, time)], real [Hz]
        In the input's library, device and precision (librosa: float64). The lowest frequency in
        silence; infinite where a magnitude is NaN. It moves in steps, and has no gradient.

    Raises
    ------
    ParameterError
        As `spectral_centroid` does.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> float(nax.feature.spectral_rolloff(y=y, sr=22050)[0, 20].round(1))
    452.2
    """
    sr, share = as_positive("sr", sr), _share("roll_percent", roll_percent)
    framing = {"n_fft": n_fft, "hop_length": hop_length, "win_length": win_length, "window": window, "center": center, "pad_mode": pad_mode}
    xp, frames, n_fft = _frames(y, S, **framing)
    hertz = _frequencies(freq, frames, sr=sr, n_fft=n_fft, xp=xp)
    below = ops.running_sum(frames, xp=xp)
    reached = below >= share * below[..., -1:]
    return xp.matrix_transpose(xp.min(xp.where(reached, hertz, xp.inf), axis=-1, keepdims=True))


@at_full_precision
def spectral_flatness(
    *,
    y: Array | None = None,
    S: Array | None = None,
    n_fft: int = 2048,
    hop_length: int | None = 512,
    win_length: int | None = None,
    window: Any = "hann",
    center: bool = True,
    pad_mode: Any = "constant",
    amin: float = 1e-10,
    power: float = 2.0,
) -> Array:
    """Geometric over arithmetic mean of each frame's powers: 1 for a flat spectrum, near 0 for a
    tone [1]_.

    Parameters
    ----------
    y, S, n_fft, hop_length, win_length, window, center, pad_mode
        As for `spectral_centroid`.
    amin : float > 0
        Smaller powers count as this.
    power : float > 0
        The exponent of magnitudes.

    Returns
    -------
    array [shape=(..., 1, time)], real
        In the input's library, device and precision.

    Raises
    ------
    ParameterError
        As `spectral_centroid` does.

    References
    ----------
    .. [1] S. Dubnov, "Generalization of spectral flatness measure for non-Gaussian linear
       processes", IEEE Signal Processing Letters 11(8), 2004.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.feature.spectral_flatness(S=np.array([[1.0, 1.0], [1.0, 8.0]])).round(3).tolist()
    [[1.0, 0.246]]
    """
    amin, power = as_positive("amin", amin), as_positive("power", power)
    framing = {"n_fft": n_fft, "hop_length": hop_length, "win_length": win_length, "window": window, "center": center, "pad_mode": pad_mode}
    xp, frames, _ = _frames(y, S, power=power, **framing)
    powers = ops.at_least(frames if S is None else ops.raised(frames, power, xp=xp), amin, xp=xp)
    geometric = xp.exp(xp.mean(xp.log(powers), axis=-1, keepdims=True))
    return xp.matrix_transpose(geometric / xp.mean(powers, axis=-1, keepdims=True))


@at_full_precision
def poly_features(
    *,
    y: Array | None = None,
    sr: float = 22050,
    S: Array | None = None,
    n_fft: int = 2048,
    hop_length: int | None = 512,
    win_length: int | None = None,
    window: Any = "hann",
    center: bool = True,
    pad_mode: Any = "constant",
    order: int = 1,
    freq: Array | None = None,
) -> Array:
    """Coefficients of the polynomial of frequency that is nearest to each frame, in the
    least-squares sense.

    Parameters
    ----------
    y, sr, S, n_fft, hop_length, win_length, window, center, pad_mode, freq
        As for `spectral_centroid`; `S` may be negative.
    order : int >= 0
        Degree of the polynomial, below the number of frequencies.

    Returns
    -------
    array [shape=(..., order + 1, time)], real
        The coefficient of the highest power first. In the input's library, device and precision
        (librosa: float64). Powers for which a frame has too few different frequencies are left
        out.

    Raises
    ------
    ParameterError
        If neither `y` nor `S` is given, or on an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> S = 3 + 2 * np.array([[0.0], [1.0], [2.0], [3.0]])
    >>> nax.feature.poly_features(S=S, freq=np.arange(4.0)).round(6).tolist()
    [[2.0], [3.0]]
    """
    sr, order = as_positive("sr", sr), as_integer("order", order, minimum=0)
    framing = {"n_fft": n_fft, "hop_length": hop_length, "win_length": win_length, "window": window, "center": center, "pad_mode": pad_mode}
    xp, values, n_fft = spectrogram_of(y, S, power=1, **framing)
    frames = xp.matrix_transpose(values)
    if order >= frames.shape[-1]:
        raise ParameterError(f"order={order} must be below the {frames.shape[-1]} frequencies")
    precision = freq.dtype if freq is not None and is_array(freq) and freq.ndim > 1 else None
    wide = widened(frames, precision, xp=xp)
    hertz = _frequencies(freq, wide, sr=sr, n_fft=n_fft, xp=xp)
    if freq is None or (hertz.ndim == 1 and namespace(freq) is host):
        fit = constant_like(_polynomial_bank, frames, xp=xp, sr=sr, n_fft=n_fft, order=order, freq=freq)
    else:
        hertz = xp.reshape(xp.reshape(hertz, (-1,)), hertz.shape)  # side by side, whose sums are rounded alike in any batch
        fit = polynomial_fit(hertz, order, xp=xp)
    if fit.ndim == 2:
        return xp.matrix_transpose(ops.banded(frames, fit, xp=xp))
    coefficients = xp.sum(fit * xp.expand_dims(wide, axis=-2), axis=-1)
    return xp.matrix_transpose(xp.astype(coefficients, frames.dtype, copy=False))


def _polynomial_bank(*, sr: float, n_fft: int, order: int, freq: Any) -> Array:
    hertz = fft_frequencies(sr=sr, n_fft=n_fft) if freq is None else host.asarray(freq, dtype=host.float64)
    return polynomial_fit(hertz, order, xp=host)
