"""Segments between boundaries, and what matches what."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from .._backends import at_full_precision, constant_in_graphs
from .._namespace import Array, check_digits, check_on_host, device_of, host, integer_dtype, is_array, namespace
from ..errors import ParameterError, as_integer, is_truth, shown
from ..transforms.aggregation import aggregator
from ._checks import checked_array

BLOCK = 2**20
"""Pairs of intervals that are compared at once."""


def _places(frames: Any) -> tuple[ModuleType, Array]:
    """Frame numbers of any kind, as an array of one dimension."""
    xp = namespace(frames) if is_array(frames) else host
    try:
        places = frames if is_array(frames) else host.asarray(frames)
    except (ValueError, TypeError) as error:
        raise ParameterError(f"frames={shown(frames)} must hold frame numbers") from error
    if places.ndim != 1 or not xp.isdtype(places.dtype, ("integral", "real floating")):
        raise ParameterError(f"frames={shown(frames)} must be a row of frame numbers")
    return xp, places


def fix_frames(frames: Any, *, x_min: int | None = 0, x_max: int | None = None, pad: bool = True) -> Array:
    """Frame numbers in order, each once, within a range, and with its ends if wanted.

    Parameters
    ----------
    frames : integers >= 0 [shape=(n,)]
        An array of any library, or a list. Its size decides how large the result is: the function
        cannot be compiled.
    x_min, x_max : int >= 0 or None
        The range; None for no end.
    pad : bool
        Whether frames outside the range are brought to its ends, which are added; else they are left
        out.

    Returns
    -------
    integer array [shape=(m,)]
        In the input's library; NumPy's for a list.

    Raises
    ------
    ParameterError
        If a frame is negative, or on an argument outside these ranges.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.util.fix_frames([30, 10, 10, 70], x_max=50).tolist()
    [0, 10, 30, 50]
    >>> nax.util.fix_frames([30, 10, 10, 70], x_max=50, pad=False).tolist()
    [10, 30]
    """
    xp, places = _places(frames)
    low, high = (None if value is None else as_integer(name, value, minimum=0) for name, value in (("x_min", x_min), ("x_max", x_max)))
    if bool(xp.any(places < 0)):
        raise ParameterError(f"frames={shown(frames)} must not be negative")
    ends = [value for value in (low, high) if value is not None]
    places = xp.astype(places, integer_dtype(xp))
    if pad and ends:
        within = xp.clip(places, low, high)
        places = xp.concat([xp.asarray(ends, dtype=places.dtype, device=device_of(places)), within])
    if low is not None:
        places = places[places >= low]
    if high is not None:
        places = places[places <= high]
    return xp.sort(xp.unique_values(places))


def index_to_slice(
    idx: Any, *, idx_min: int | None = None, idx_max: int | None = None, step: int | None = None, pad: bool = True
) -> list[slice]:
    """The slices between boundaries.

    Parameters
    ----------
    idx : integers >= 0 [shape=(n,)]
        Boundaries, as for `fix_frames`.
    idx_min, idx_max, pad
        As `x_min`, `x_max` and `pad` of `fix_frames`.
    step : int or None
        The step of the slices.

    Returns
    -------
    list of slice
        From each boundary to the next.

    Raises
    ------
    ParameterError
        As `fix_frames` does.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.util.index_to_slice([3, 7], idx_min=0, idx_max=10)
    [slice(0, 3, None), slice(3, 7, None), slice(7, 10, None)]
    """
    for name, value in (("idx_min", idx_min), ("idx_max", idx_max), ("step", step)):
        if value is not None:
            as_integer(name, value, minimum=int(name == "step"))
    if isinstance(idx, list | tuple) and not idx:
        idx = host.zeros(0, dtype=host.int64)
    places = fix_frames(idx, x_min=idx_min, x_max=idx_max, pad=pad).tolist()
    return [slice(first, last, step) for first, last in itertools.pairwise(places)]


@at_full_precision
def sync(data: Array, idx: Any, *, aggregate: Callable[..., Any] | None = None, pad: bool = True, axis: int = -1) -> Array:
    """One number for each segment, such as the mean of a feature between beats.

    Parameters
    ----------
    data : array [shape=(..., n, ...)]
        Features.
    idx : integers [shape=(k,)] or list of slice
        Boundaries between segments, or the segments themselves.
    aggregate : callable, optional
        What makes one number of many, called as ``aggregate(segment, axis=axis)``: the mean by
        default. NumPy's mean, median, max, min, sum, std and var serve all libraries.
    pad : bool
        Whether the first and the last segment reach to the ends of the data.
    axis : int
        The axis of time.

    Returns
    -------
    array [shape=(..., segments, ...)]
        In the input's library and dtype.

    Raises
    ------
    ParameterError
        If `idx` is neither, or there is no segment.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.sync(np.arange(6.0), [2, 4]).tolist()
    [0.5, 2.5, 4.5]
    """
    xp, n, axis = checked_array(data, "data", axis)
    check_digits(data, name="data")
    parts = _segments(idx, n, pad)
    axis = axis % data.ndim
    combine = aggregator(host.mean if aggregate is None else aggregate, xp=xp)
    whole = xp.isdtype(data.dtype, ("integral", "bool"))
    values = xp.astype(data, xp.float64 if xp is host else xp.asarray(1.0).dtype) if whole and xp is not host else data
    leading = (slice(None),) * axis
    made = [combine(values[(*leading, part, ...)], axis=axis) for part in parts]
    return xp.stack([xp.astype(number if is_array(number) else xp.asarray(number), data.dtype, copy=False) for number in made], axis=axis)


@constant_in_graphs
def _segments(idx: Any, n: int, pad: bool) -> list[slice]:
    """The segments of n frames that boundaries or slices mean."""
    if isinstance(idx, Sequence) and len(idx) and all(isinstance(part, slice) for part in idx):
        return list(idx)
    places = idx if is_array(idx) else list(idx)
    if not is_array(idx) and not all(hasattr(place, "__index__") and not is_truth(place) for place in places):
        raise ParameterError(f"idx={shown(idx)} must hold slices or integers")
    parts = index_to_slice(places, idx_min=0, idx_max=n, pad=pad)
    if not parts:
        raise ParameterError(f"idx={shown(idx)} must have two boundaries at least, or pad=True")
    return parts


def valid_intervals(intervals: Any) -> bool:
    """Check intervals: rows of a start and an end that is not before it.

    Parameters
    ----------
    intervals : array [shape=(n, 2)]
        Starts and ends, in any unit.

    Returns
    -------
    bool
        True.

    Raises
    ------
    ParameterError
        If the shape is another, or an interval ends before it starts.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.valid_intervals(np.array([[0, 2], [2, 5]]))
    True
    """
    if not is_array(intervals) or intervals.ndim != 2 or intervals.shape[-1] != 2:
        raise ParameterError(f"intervals={shown(intervals)} must be an array of shape (n, 2)")
    xp = namespace(intervals)
    if bool(xp.any(intervals[:, 0] > intervals[:, 1])):
        raise ParameterError(f"intervals={shown(intervals)} must not end before they start")
    return True


def match_intervals(intervals_from: Any, intervals_to: Any, strict: bool = True) -> Array:
    """For each interval the one of others that it overlaps most: that of the largest Jaccard
    index, the length of the intersection over that of the union.

    Parameters
    ----------
    intervals_from : array [shape=(n, 2)]
        Intervals to be matched, NumPy's.
    intervals_to : array [shape=(m, 2)]
        Intervals to choose from.
    strict : bool
        Whether each must have a match; else one without takes the nearest.

    Returns
    -------
    integer array [shape=(n,)]
        Rows of `intervals_to`.

    Raises
    ------
    ParameterError
        If there are none, an interval ends before it starts, or with `strict` one overlaps no other.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.match_intervals(np.array([[3, 5], [1, 4]]), np.array([[0, 2], [1, 3], [4, 5]])).tolist()
    [2, 1]
    """
    ours, others = check_on_host(intervals_from, name="intervals_from"), check_on_host(intervals_to, name="intervals_to")
    for name, values in (("intervals_from", ours), ("intervals_to", others)):
        if len(values) == 0:
            raise ParameterError(f"{name}={shown(values)} must hold an interval")
        valid_intervals(values)
    rows = max(1, BLOCK // len(others))
    matches = [_overlapping(ours[first : first + rows], others) for first in range(0, len(ours), rows)]
    best, lonely = (host.concat(parts) for parts in zip(*matches, strict=True))
    if strict and bool(host.any(lonely)):
        raise ParameterError(f"intervals_from[{int(host.argmax(lonely))}] overlaps none of intervals_to: take strict=False for the nearest")
    return host.astype(best, host.uint32)


def _overlapping(ours: Array, others: Array) -> tuple[Array, Array]:
    """The interval that each overlaps most, or else the nearest, and which overlap none."""
    common = host.minimum(ours[:, 1:], others[None, :, 1]) - host.maximum(ours[:, :1], others[None, :, 0])
    whole = host.maximum(ours[:, 1:], others[None, :, 1]) - host.minimum(ours[:, :1], others[None, :, 0])
    share = host.where(common < 0, -1.0, common / host.where(whole > 0, whole, 1))
    lonely = host.max(share, axis=1) < 0
    return host.where(lonely, host.argmax(common, axis=1), host.argmax(share, axis=1)), lonely


def match_events(events_from: Any, events_to: Any, left: bool = True, right: bool = True) -> Array:
    """For each event the nearest of others.

    Parameters
    ----------
    events_from : numbers [shape=(n,)]
        Events to be matched, a list or NumPy's.
    events_to : numbers [shape=(m,)]
        Events to choose from.
    left, right : bool
        Whether an event may be matched with one before it, and with one after it.

    Returns
    -------
    integer array [shape=(n,)]
        Indices into `events_to`; of two that are as near, the one after.

    Raises
    ------
    ParameterError
        If there are no events, or one has no match on the side that it may have.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.util.match_events([1.0, 4.0], [0.0, 3.0, 5.0]).tolist()
    [0, 2]
    >>> nax.util.match_events([1.0, 4.0], [0.0, 3.0, 5.0], left=False).tolist()
    [1, 2]
    """
    ours, others = check_on_host(events_from, name="events_from"), check_on_host(events_to, name="events_to")
    for name, values in (("events_from", ours), ("events_to", others)):
        if values.ndim != 1 or len(values) == 0:
            raise ParameterError(f"{name}={shown(values)} must be a row of events")
    order = host.argsort(others, stable=True)
    ordered = others[order]
    after = host.searchsorted(ordered, ours)
    same = (after < len(others)) & (ordered[host.clip(after, None, len(others) - 1)] == ours)
    can_follow, can_lead = (after < len(others)) & bool(right), (after > 0) & bool(left)
    for name, missing in (("left=False", not left), ("right=False", not right)):
        if missing and bool(host.any(~(same | can_follow | can_lead))):
            raise ParameterError(f"{name}: events_from[{int(host.argmax(~(same | can_follow | can_lead)))}] has no match on the other side")
    following, leading = host.clip(after, None, len(others) - 1), host.clip(after - 1, 0, None)
    nearer = can_lead & ~same & (~can_follow | (ours - ordered[leading] < ordered[following] - ours))
    return host.astype(order[host.where(nearer, leading, following)], host.int32)
