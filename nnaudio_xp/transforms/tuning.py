"""Spectral peaks, and the deviation from equal temperament that most of them share."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, as_level, device_of
from ..errors import ParameterError, as_number, check_size
from ..scales import hz_to_octs
from .aggregation import aggregator


def peak_floor(S: Array, threshold: float, ref: Any, *, xp: ModuleType) -> Any:
    """What a peak must exceed, broadcasting against the spectrogram."""
    if ref is None:
        return xp.max(S, axis=-2, keepdims=True) * as_number("threshold", threshold)
    if not callable(ref):
        return as_level("ref", ref, S, xp=xp)
    level = aggregator(ref, xp=xp)(S, axis=-2) * as_number("threshold", threshold)
    return xp.expand_dims(level, axis=-2) if level.ndim < S.ndim else level


def rows_between(n_bins: int, spacing: float, fmin: float, fmax: float) -> slice:
    """The rows of a spectrogram with bins `spacing` Hz apart in which peaks and both of their
    neighbours lie; two at least.
    """
    first = min(max(0, math.floor(fmin / spacing) - 2), n_bins - 2)
    return slice(first, max(first + 2, min(n_bins, math.ceil(fmax / spacing) + 2)))


def _rows_of(floor: Any, rows: slice, n_bins: int) -> Any:
    """Those rows of a floor that has a value for each."""
    return floor[..., rows, :] if getattr(floor, "ndim", 0) >= 2 and floor.shape[-2] == n_bins else floor


def are_peaks(below: Array, middle: Array, above: Array, floor: Any, bins: Array, spacing: float, fmin: float, fmax: float) -> Array:
    """Which values are louder than the floor and the row below, and no softer than the row above,
    in the range of frequencies.
    """
    inside = (bins * spacing >= fmin) & (bins * spacing < fmax)
    return (floor < middle) & (middle > below) & (middle >= above) & inside


def parabola(below: Array, middle: Array, above: Array, *, xp: ModuleType) -> tuple[Array, Array]:
    """How many bins from the middle of three bins a parabola through them has its peak, and how
    much higher that is.
    """
    slope, curve = (above - below) / 2, above + below - 2 * middle
    near = xp.abs(slope) < xp.abs(curve)  # else the parabola's peak is more than a bin away
    shift = xp.where(near, ops.quotient(-slope, xp.where(near, curve, 1.0), xp=xp), 0.0)
    return shift, 0.5 * slope * shift


def bin_numbers(first: int, count: int, like: Array, *, xp: ModuleType) -> Array:
    """Numbers of bins (count, 1)."""
    return first + xp.reshape(xp.arange(count, dtype=like.dtype, device=device_of(like)), (-1, 1))


def peaks(S: Array, floor: Any, spacing: float, fmin: float, fmax: float, *, xp: ModuleType) -> tuple[Array, Array]:
    """Interpolated frequencies and heights of the local maxima of a spectrogram with bins `spacing`
    Hz apart.
    """
    n_bins = S.shape[-2]
    rows = rows_between(n_bins, spacing, fmin, fmax)
    floor, S = _rows_of(floor, rows, n_bins), S[..., rows, :]
    edge = xp.zeros_like(S[..., :1, :])
    shift, rise = (xp.concat([edge, inner, edge], axis=-2) for inner in parabola(S[..., :-2, :], S[..., 1:-1, :], S[..., 2:, :], xp=xp))
    below, above = xp.concat([S[..., :1, :], S[..., :-1, :]], axis=-2), xp.concat([S[..., 1:, :], edge], axis=-2)
    bins = bin_numbers(rows.start, S.shape[-2], S, xp=xp)
    peak = are_peaks(below, S, above, floor, bins, spacing, fmin, fmax)
    found = (xp.where(peak, (bins + shift) * spacing, 0.0), xp.where(peak, S + rise, 0.0))

    def blank(size: int) -> Array:
        return xp.zeros((*S.shape[:-2], size, S.shape[-1]), dtype=S.dtype, device=device_of(S))

    pitches, heights = (xp.concat([blank(rows.start), values, blank(n_bins - rows.stop)], axis=-2) for values in found)
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
    below = xp.searchsorted(xp.sort(deviation, stable=False), edges)
    best = xp.take(edges, xp.reshape(xp.argmax(below[1:] - below[:-1]), (1,)), axis=0)
    ops.warn_unless(xp.any(counts), "Trying to estimate tuning where nothing is heard: it is taken as 0. Pass tuning=0.0 to say so", xp=xp)
    return xp.where(xp.any(counts), best, 0.0)[0]


def tunings(S: Array, floor: Any, spacing: float, fmin: float, fmax: float, edges: Array, bins_per_octave: int, *, xp: ModuleType) -> Array:
    """For each clip of a spectrogram (..., frequency, time) the fullest bin of those peaks that are
    at least as loud as their median. Parabolas are laid through the peaks alone.
    """
    rows = rows_between(S.shape[-2], spacing, fmin, fmax)
    inner = slice(rows.start + 1, rows.stop - 1)
    S = ops.fixed(S, xp=xp)
    below, middle, above = (S[..., inner.start + step : inner.stop + step, :] for step in (-1, 0, 1))
    bins = bin_numbers(inner.start, middle.shape[-2], S, xp=xp)
    peak = are_peaks(below, middle, above, _rows_of(floor, inner, S.shape[-2]), bins, spacing, fmin, fmax)
    batch, count, shape = tuple(S.shape[:-2]), math.prod(S.shape[:-2]), peak.shape[-2:]
    clips = [xp.reshape(each, (count, *shape)) for each in (peak, below, middle, above)]
    numbers = xp.matrix_transpose(xp.broadcast_to(bins, shape))
    found = xp.zeros(0, dtype=edges.dtype, device=device_of(edges))
    for clip in range(count):
        chosen, *values = (xp.matrix_transpose(each[clip, ...]) for each in clips)
        number, *heard = (ops.selected(each, chosen, xp=xp) for each in (numbers, *values))
        shift, rise = parabola(*heard, xp=xp)
        hertz, heights = (xp.reshape(each, (-1,)) for each in ((number + shift) * spacing, heard[1] + rise))
        loud = (hertz > 0) & (heights >= _median(heights, hertz > 0, xp=xp))
        found = xp.concat([found, xp.reshape(fullest_bin(hertz, loud, edges, bins_per_octave, xp=xp), (1,))])
    return xp.reshape(found, batch) if batch else found[0]


def _median(values: Array, counts: Array, *, xp: ModuleType) -> Array:
    """The median of those values (n,) that count."""
    ordered = xp.sort(xp.where(counts, values, math.inf), stable=False)
    ordered = xp.concat([ordered, xp.asarray([math.inf], dtype=values.dtype, device=device_of(values))])  # the median of none
    number = xp.sum(xp.astype(counts, xp.int64))
    middle = xp.stack([ops.at_least(number - 1, 0, xp=xp) // 2, number // 2])
    return xp.mean(xp.take(ordered, middle, axis=0))
