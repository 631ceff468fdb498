"""Small operations."""

from __future__ import annotations

import math
from types import ModuleType

import numpy as np

from nnaudio_xp import ops

from .._register import for_numpy as native
from .rows import Array


@native(ops.selected)
def selected(values: Array, choice: Array, *, xp: ModuleType) -> Array:
    return values[choice]


@native(ops.placed)
def placed(values: Array, places: Array, size: int, *, xp: ModuleType) -> Array:
    shape = (math.prod(values.shape[:-1]), values.shape[-1])
    rows = np.zeros((shape[0], size + 1), values.dtype)
    rows[np.arange(shape[0])[:, None], places.reshape(shape)] = values.reshape(shape)
    return rows[:, :size].reshape(*values.shape[:-1], size)


@native(ops.turned)
def turned(rows: Array, factor: int, *, xp: ModuleType) -> Array:
    result = np.empty_like(rows)  # in the order of memory that they have
    size = rows.shape[-1]
    for line in range(rows.shape[-2]):
        cut = factor * line % size
        result[..., line, cut:] = rows[..., line, : size - cut]
        result[..., line, :cut] = rows[..., line, size - cut :]
    return result


@native(ops.in_rows)
def in_rows(x: Array, *, xp: ModuleType) -> Array:
    return x if x.strides[-1:] == (x.itemsize,) else np.ascontiguousarray(x)


@native(ops.largest)
def largest(values: Array, limit: int, *, xp: ModuleType) -> int:
    return int(values.max(initial=0))


@native(ops.read_only)
def read_only(view: Array, *, xp: ModuleType) -> Array:
    view.flags.writeable = False
    return view


@native(ops.median)
def median(x: Array, *, axis: int | tuple[int, ...] | None = None, keepdims: bool = False, xp: ModuleType) -> Array:
    middle: Array = np.median(x, axis=axis, keepdims=keepdims)
    return middle


@native(ops.places_of)
def places_of(choice: Array, *, xp: ModuleType) -> Array:
    return np.flatnonzero(choice)
