"""Small things that the standard has no word for, or that libraries do differently."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

from .._namespace import Array, device_of
from .dispatch import operation


@operation
def selected(values: Array, choice: Array, *, xp: ModuleType) -> Array:
    """The selected values (n,), in their order, where shapes may depend on values; elsewhere all,
    with zeros for the others.
    """
    return xp.where(choice, values, 0.0)


@operation
def at_least(x: Array, floor: float | Array, *, xp: ModuleType) -> Array:
    """x, or the floor where that is larger; NaN stays NaN."""
    return xp.maximum(x, floor)


@operation
def at_most(x: Array, ceiling: float, *, xp: ModuleType) -> Array:
    """x, or the ceiling where that is smaller; NaN stays NaN."""
    return xp.minimum(x, ceiling)


@operation
def median(x: Array, *, axis: int | tuple[int, ...] | None = None, keepdims: bool = False, xp: ModuleType) -> Array:
    """The number in the middle of all along an axis, or some, or the mean of both."""
    axes = range(x.ndim) if axis is None else (axis,) if isinstance(axis, int) else axis
    reduced = {place % x.ndim for place in axes}
    kept = [place for place in range(x.ndim) if place not in reduced]
    n = math.prod([x.shape[place] for place in reduced])  # compilers take no generator here
    rows = xp.reshape(xp.permute_dims(x, (*kept, *reduced)), (*(x.shape[place] for place in kept), n))
    ordered = xp.sort(rows, axis=-1)
    middle = xp.mean(ordered[..., (n - 1) // 2 : n // 2 + 1], axis=-1)
    return xp.reshape(middle, tuple(1 if place in reduced else size for place, size in enumerate(x.shape))) if keepdims else middle


@operation
def take_along(x: Array, indices: Array, *, xp: ModuleType) -> Array:
    """Samples of each row of x (..., n) by non-negative indices of its own (..., m)."""
    return xp.take_along_axis(x, indices, axis=-1)


@operation
def turned(rows: Array, factor: int, *, xp: ModuleType) -> Array:
    """Rows (..., n), each turned round by `factor` places more than the one before."""
    count, size = rows.shape[-2:]
    turns = factor * xp.reshape(xp.arange(count, device=device_of(rows)), (-1, 1))
    places = (xp.arange(size, device=device_of(rows)) - turns) % size
    return take_along(rows, xp.broadcast_to(places, rows.shape), xp=xp)


@operation
def in_rows(x: Array, *, xp: ModuleType) -> Array:
    """The same numbers, those of the last axis side by side in memory, where sums depend on it: NumPy
    adds such rows pair by pair, but others one number after the other, which loses digits.
    """
    return x


@operation
def running_sum(x: Array, *, axis: int = -1, xp: ModuleType) -> Array:
    """The sums of all numbers so far along an axis."""
    return xp.cumulative_sum(x, axis=axis)


@operation
def placed(values: Array, places: Array, size: int, *, xp: ModuleType) -> Array:
    """Rows (..., size) with each value (..., n) at its place, and zero elsewhere. No two share a place,
    but for those at `size`, which are left out.
    """
    columns = xp.arange(size, device=device_of(values))
    row = xp.zeros((*values.shape[:-1], size), dtype=values.dtype, device=device_of(values))
    for value, place in zip(unstack(values, axis=-1, xp=xp), unstack(places, axis=-1, xp=xp), strict=True):
        row = xp.where(xp.expand_dims(place, axis=-1) == columns, xp.expand_dims(value, axis=-1), row)
    return row


@operation
def sums_at(values: Array, places: Array, size: int, *, axis: int, xp: ModuleType) -> Array:
    """Sums of the values, real or complex, that share a place from 0 to size - 1 along one of the last two
    axes, which is `size` long then; zeros where there are none. Places are integers of the same shape.
    """
    rows = [xp.sum(xp.where(places == place, values, 0.0), axis=axis) for place in range(size)]
    return xp.stack(rows, axis=axis)


@operation
def largest(values: Array, limit: int, *, xp: ModuleType) -> int:
    """The largest of integers from 0 to a limit where a look at values costs nothing; else the limit."""
    return limit


@operation
def unstack(x: Array, *, axis: int, xp: ModuleType) -> tuple[Array, ...]:
    """All slices along an axis. Their gradients are written once; those of slices by index, each
    padded with zeros, are added up.
    """
    parts: tuple[Array, ...] = xp.unstack(x, axis=axis)
    return parts


@operation
def moveaxis(x: Array, source: Any, destination: Any, *, xp: ModuleType) -> Array:
    """The standard's moveaxis, which not all libraries can map over a batch."""
    return xp.moveaxis(x, source, destination)


@operation
def places_of(choice: Array, *, xp: ModuleType) -> Array:
    """Where a line (n,) is true, from the first such place on: their number depends on values."""
    whole = xp.astype(choice, xp.int32)
    return xp.argsort(whole, descending=True, stable=True)[: int(xp.sum(whole))]


@operation
def write(out: Array, value: Array, *, xp: ModuleType) -> Array:
    """Store a result in the caller's array, and give that back."""
    out[...] = value
    return out


@operation
def read_only(view: Array, *, xp: ModuleType) -> Array:
    """A view that cannot be written to, where a library has such."""
    return view
