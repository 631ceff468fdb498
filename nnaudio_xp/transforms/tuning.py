"""Spectral peaks, and the deviation from equal temperament that most of them share."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, as_level, counterpart, device_of
from ..errors import ParameterError, as_number, check_size
from ..scales import hz_to_octs


def peak_floor(S: Array, threshold: float, ref: Any, *, xp: ModuleType) -> Any:
    """What a peak must exceed, broadcasting against the spectrogram."""
    if ref is None:
        return xp.max(S, axis=-2, keepdims=True) * as_number("threshold", threshold)
    if not callable(ref):
        return as_level("ref", ref, S, xp=xp)
    level = counterpart(ref, xp)(S, axis=-2) * as_number("threshold", threshold)
    return xp.expand_dims(level, axis=-2) if level.ndim < S.ndim else level


def peaks(S: Array, floor: Any, spacing: float, fmin: float, fmax: float, *, xp: ModuleType) -> tuple[Array, Array]:
    """Interpolated frequencies and heights of the local maxima of a spectrogram with bins `spacing`
    Hz apart.
    """
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
    shift = xp.where(near, ops.quotient(-slope, xp.where(near, curve, 1.0), xp=xp), 0.0)
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


def bin_edges(resolution: float, *, like: Array, xp: ModuleType) -> Array:
    """Edges of a histogram of deviations from -0.5 to 0.5."""
    width = as_number("resolution", resolution, above=0.0)
    if not width < 1:
        raise ParameterError(f"resolution={resolution!r} must be below 1")
    check_size("the histogram", [1 / width], f"resolution={resolution!r}")
    count = 1 + math.ceil(1 / width)
    return xp.linspace(-0.5, 0.5, count, dtype=like.dtype, device=device_of(like))


def fullest_bin(hertz: Array, counts: Array, edges: Array, bins_per_octave: int, *, xp: ModuleType) -> Array:
    """The left edge of the fullest bin of deviations from equal temperament, over the frequencies
    (n,) that count.
    """
    bins = bins_per_octave * hz_to_octs(xp.where(counts, hertz, 440.0)) % 1.0
    deviation = xp.where(counts, xp.where(bins >= 0.5, bins - 1.0, bins), 1.0)  # 1 lies beyond the last edge
    below = xp.searchsorted(xp.sort(deviation), edges)
    best = xp.take(edges, xp.reshape(xp.argmax(below[1:] - below[:-1]), (1,)), axis=0)
    ops.warn_unless(xp.any(counts), "Trying to estimate tuning where nothing is heard: it is taken as 0. Pass tuning=0.0 to say so", xp=xp)
    return xp.where(xp.any(counts), best, 0.0)[0]


def tunings(pitches: Array, magnitudes: Array, edges: Array, bins_per_octave: int, *, xp: ModuleType) -> Array:
    """For each clip of peaks (..., frequency, time) the fullest bin of those at least as loud as
    their median.
    """
    batch, size = tuple(pitches.shape[:-2]), pitches.shape[-2] * pitches.shape[-1]
    pitches, magnitudes = (xp.reshape(each, (math.prod(batch), size)) for each in (pitches, magnitudes))
    found = xp.zeros(0, dtype=edges.dtype, device=device_of(edges))
    for clip in range(pitches.shape[0]):
        peaks = pitches[clip, ...] > 0
        hertz, heights = (ops.selected(values[clip, ...], peaks, xp=xp) for values in (pitches, magnitudes))
        heard = hertz > 0
        loud = heard & (heights >= _median(heights, heard, xp=xp))
        found = xp.concat([found, xp.reshape(fullest_bin(hertz, loud, edges, bins_per_octave, xp=xp), (1,))])
    return xp.reshape(found, batch) if batch else found[0]


def _median(values: Array, counts: Array, *, xp: ModuleType) -> Array:
    """The median of those values (n,) that count."""
    ordered = xp.sort(xp.where(counts, values, math.inf))
    ordered = xp.concat([ordered, xp.asarray([math.inf], dtype=values.dtype, device=device_of(values))])  # the median of none
    number = xp.sum(xp.astype(counts, xp.int64))
    middle = xp.stack([ops.at_least(number - 1, 0, xp=xp) // 2, number // 2])
    return xp.mean(xp.take(ordered, middle, axis=0))
