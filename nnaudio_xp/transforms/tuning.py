"""Spectral peaks, and how far their pitches lie from concert pitch."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, as_floating, as_level, check_signal, check_spectrum, counterpart, device_of, namespace
from ..errors import ParameterError, as_integer, as_number, as_positive
from ..geometry import framing_of
from ..scales import hz_to_octs
from .stft import analyze


def piptrack(
    *,
    y: Array | None = None,
    sr: float = 22050,
    S: Array | None = None,
    n_fft: int = 2048,
    hop_length: int | None = None,
    fmin: float = 150.0,
    fmax: float = 4000.0,
    threshold: float = 0.1,
    win_length: int | None = None,
    window: Any = "hann",
    center: bool = True,
    pad_mode: Any = "constant",
    ref: float | Callable[..., Array] | None = None,
) -> tuple[Array, Array]:
    """Pitches and magnitudes of spectral peaks, between the bins by a parabola through a peak and its two neighbours.

    Parameters
    ----------
    y : array of shape (..., n), real floating-point
        Waveform, or a batch of them. Either `y` or `S` must be given.
    sr : float > 0, Hz
        Sampling rate.
    S : array of shape (..., 1 + n_fft // 2, time)
        A spectrogram to use instead; `n_fft` then comes from its shape.
    n_fft, hop_length, win_length, window, center, pad_mode
        As for `nnaudio_xp.stft`.
    fmin, fmax : float, Hz
        Where peaks are looked for: ``fmin <= f < fmax``, at most up to sr / 2.
    threshold : float
        A peak is louder than this times the largest magnitude of its frame.
    ref : float or function, optional
        A fixed threshold instead, or a function that is called as ``ref(S, axis=-2)`` in the place of the maximum.

    Returns
    -------
    pitches, magnitudes : array of shape (..., 1 + n_fft // 2, time)
        In Hz, and in the unit of the spectrogram; zero where there is no peak.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 442 * np.arange(22050) / 22050)
    >>> pitches, magnitudes = nax.piptrack(y=y)
    >>> round(float(pitches[:, 20].max()), 1)
    441.9
    """
    if y is None and S is None:
        raise ParameterError("y=None and S=None: one of them must be given")
    sr = as_positive("sr", sr)
    if S is None:
        xp = check_signal(y)
        framing, width = framing_of(n_fft, hop_length, win_length, center, pad_mode)
        picture = xp.matrix_transpose(analyze(y, framing, width, window, power=1, xp=xp))
    else:
        xp = check_spectrum(S, name="S")
        picture = xp.abs(S)
    if picture.shape[-2] < 2:
        raise ParameterError(f"S has {picture.shape[-2]} frequency: peaks need at least 2")
    floor = _floor(picture, threshold, ref, xp=xp)
    size = n_fft if 1 + as_integer("n_fft", n_fft) // 2 == picture.shape[-2] else 2 * (picture.shape[-2] - 1)
    low, high = as_number("fmin", fmin, minimum=0), min(as_number("fmax", fmax), sr / 2)
    return _peaks(picture, floor, sr / size, low, high, xp=xp)


def _floor(S: Array, threshold: float, ref: Any, *, xp: ModuleType) -> Any:
    """What a peak must exceed, broadcasting against the spectrogram."""
    if ref is None:
        return xp.max(S, axis=-2, keepdims=True) * as_number("threshold", threshold)
    if not callable(ref):
        return as_level("ref", ref, S, xp=xp)
    level = counterpart(ref, xp)(S, axis=-2) * as_number("threshold", threshold)
    return xp.expand_dims(level, axis=-2) if level.ndim < S.ndim else level


def _peaks(S: Array, floor: Any, spacing: float, fmin: float, fmax: float, *, xp: ModuleType) -> tuple[Array, Array]:
    """Interpolated frequencies and heights of the local maxima of a spectrogram with bins `spacing` Hz apart."""
    n_bins = S.shape[-2]
    first = min(max(0, math.floor(fmin / spacing) - 2), n_bins - 2)  # peaks and both of their neighbours lie in these rows
    rows = slice(first, max(first + 2, min(n_bins, math.ceil(fmax / spacing) + 2)))
    if getattr(floor, "ndim", 0) >= 2 and floor.shape[-2] == n_bins:
        floor = floor[..., rows, :]
    S = S[..., rows, :]
    edge = xp.zeros_like(S[..., :1, :])
    below, above = S[..., :-2, :], S[..., 2:, :]
    slope, curve = (above - below) / 2, above + below - 2 * S[..., 1:-1, :]
    near = xp.abs(slope) < xp.abs(curve)  # else the parabola's peak is more than a bin away
    shift = xp.where(near, -slope / xp.where(near, curve, 1.0), 0.0)
    rise = xp.concat([edge, 0.5 * slope * shift, edge], axis=-2)
    shift = xp.concat([edge, shift, edge], axis=-2)

    loud = xp.where(floor < S, S, 0.0)
    left = xp.concat([loud[..., :1, :], loud[..., :-1, :]], axis=-2)
    right = xp.concat([loud[..., 1:, :], edge], axis=-2)
    bins = first + xp.reshape(xp.arange(S.shape[-2], dtype=S.dtype, device=device_of(S)), (-1, 1))
    inside = (bins * spacing >= fmin) & (bins * spacing < fmax)
    peak = (loud > left) & (loud >= right) & inside
    found = (xp.where(peak, (bins + shift) * spacing, 0.0), xp.where(peak, S + rise, 0.0))

    def blank(size: int) -> Array:
        return xp.zeros((*S.shape[:-2], size, S.shape[-1]), dtype=S.dtype, device=device_of(S))

    pitches, heights = (xp.concat([blank(first), values, blank(n_bins - rows.stop)], axis=-2) for values in found)
    return pitches, heights


def pitch_tuning(frequencies: Any, *, resolution: float = 0.01, bins_per_octave: int = 12) -> Array:
    """Deviation from concert pitch that most of a collection of frequencies share, in bins.

    The fullest bin of a histogram of the frequencies' deviations from equal temperament with A4 at 440 Hz.

    Parameters
    ----------
    frequencies : number or array of any shape, Hz
        Those that are not positive do not count.
    resolution : float, 0 < resolution < 1
        Width of the histogram's bins; 0.01 is a cent with 12 bins per octave.
    bins_per_octave : int > 0

    Returns
    -------
    float or 0-d array, -0.5 <= tuning < 0.5
        In the input's library; 0, for NumPy arrays with a warning, if no frequency counts.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.pitch_tuning(nax.cqt_frequencies(24, fmin=55, tuning=0.25))
    np.float64(0.25)
    """
    xp, hertz = as_floating(frequencies, name="frequencies")
    hertz = xp.reshape(hertz, (-1,))
    edges = _edges(resolution, like=hertz, xp=xp)
    return _fullest(hertz, hertz > 0, edges, as_integer("bins_per_octave", bins_per_octave), xp=xp)


def _edges(resolution: float, *, like: Array, xp: ModuleType) -> Array:
    count = 1 + math.ceil(1 / as_number("resolution", resolution, above=0.0))
    if not resolution < 1:
        raise ParameterError(f"resolution={resolution!r} must be below 1")
    return xp.linspace(-0.5, 0.5, count, dtype=like.dtype, device=device_of(like))


def _fullest(hertz: Array, counts: Array, edges: Array, bins_per_octave: int, *, xp: ModuleType) -> Array:
    """The left edge of the fullest bin of deviations from equal temperament, over the frequencies (n,) that count."""
    bins = bins_per_octave * hz_to_octs(xp.where(counts, hertz, 440.0)) % 1.0
    deviation = xp.where(counts, xp.where(bins >= 0.5, bins - 1.0, bins), 1.0)  # 1 lies beyond the last edge
    below = xp.searchsorted(xp.sort(deviation), edges)
    best = xp.take(edges, xp.reshape(xp.argmax(below[1:] - below[:-1]), (1,)), axis=0)
    ops.warn_unless(xp.any(counts), "Trying to estimate tuning where nothing is heard: it is taken as 0. Pass tuning=0.0 to say so", xp=xp)
    return xp.where(xp.any(counts), best, 0.0)[0]


def estimate_tuning(
    *,
    y: Array | None = None,
    sr: float = 22050,
    S: Array | None = None,
    n_fft: int = 2048,
    resolution: float = 0.01,
    bins_per_octave: int = 12,
    **kwargs: Any,
) -> Array:
    """Deviation of a signal's tuning from concert pitch, in bins: `pitch_tuning` of the louder half of its spectral peaks.

    Every clip of a batch has its own; librosa gives all of them one number.

    Parameters
    ----------
    y : array of shape (..., n), real floating-point
        Waveform, or a batch of them. Either `y` or `S` must be given.
    sr : float > 0, Hz
        Sampling rate.
    S : array of shape (..., 1 + n_fft // 2, time)
        A spectrogram to use instead.
    n_fft : int > 0
        Samples in a frame.
    resolution, bins_per_octave
        As for `pitch_tuning`.
    **kwargs
        As for `piptrack`.

    Returns
    -------
    float or array of the batch's shape, -0.5 <= tuning < 0.5
        In the input's library; 0, for NumPy arrays with a warning, for a clip without peaks.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 446 * np.arange(22050) / 22050)
    >>> round(float(nax.estimate_tuning(y=y)), 2)
    0.21
    """
    pitches, magnitudes = piptrack(y=y, sr=sr, S=S, n_fft=n_fft, **kwargs)
    xp = namespace(pitches)
    edges = _edges(resolution, like=pitches, xp=xp)
    bins_per_octave = as_integer("bins_per_octave", bins_per_octave)
    batch, size = tuple(pitches.shape[:-2]), pitches.shape[-2] * pitches.shape[-1]
    pitches, magnitudes = (xp.reshape(each, (math.prod(batch), size)) for each in (pitches, magnitudes))
    tunings = xp.zeros(0, dtype=edges.dtype, device=device_of(edges))
    for clip in range(pitches.shape[0]):
        peaks = pitches[clip, ...] > 0
        hertz, heights = (ops.chosen(values[clip, ...], peaks, xp=xp) for values in (pitches, magnitudes))
        found = hertz > 0
        loud = found & (heights >= _median(heights, found, xp=xp))
        tunings = xp.concat([tunings, xp.reshape(_fullest(hertz, loud, edges, bins_per_octave, xp=xp), (1,))])
    return xp.reshape(tunings, batch) if batch else tunings[0]


def _median(values: Array, counts: Array, *, xp: ModuleType) -> Array:
    """The median of those values (n,) that count."""
    ordered = xp.sort(xp.where(counts, values, math.inf))
    ordered = xp.concat([ordered, xp.asarray([math.inf], dtype=values.dtype, device=device_of(values))])  # the median of none
    number = xp.sum(xp.astype(counts, xp.int64))
    middle = xp.stack([xp.maximum(number - 1, 0) // 2, number // 2])
    return xp.mean(xp.take(ordered, middle, axis=0))
