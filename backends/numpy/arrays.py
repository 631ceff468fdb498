"""Small operations."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import ModuleType

import numpy as np

from nnaudio_xp import ops

from .._register import for_numpy as native
from .blocks import Block, blocks_of, share_out
from .rows import Array

_TOGETHER = 2**15
"""Numbers whose sums are made at once: few enough for the cache."""


@native(ops.selected)
def selected(values: Array, choice: Array, *, xp: ModuleType) -> Array:
    return values[choice]


@native(ops.placed)
def placed(values: Array, places: Array, size: int, *, xp: ModuleType) -> Array:
    shape = (math.prod(values.shape[:-1]), values.shape[-1])
    rows = np.zeros((shape[0], size + 1), values.dtype)
    rows[np.arange(shape[0])[:, None], places.reshape(shape)] = values.reshape(shape)
    return rows[:, :size].reshape(*values.shape[:-1], size)


@native(ops.sums_at)
def sums_at(values: Array, places: Array, size: int, *, axis: int, xp: ModuleType) -> Array:
    lines, spots = np.moveaxis(values, axis, -2), np.moveaxis(places, axis, -2)
    *batch, n, columns = lines.shape
    out = np.empty((*batch, size, columns), values.dtype)
    width = max(1, _TOGETHER // max(n, size))
    parts = [np.real, np.imag] if out.dtype.kind == "c" else [np.real]

    def work(blocks: Sequence[Block]) -> None:
        for clip, first, last in blocks:
            there, found = spots[clip][:, first:last], lines[clip][:, first:last]
            bins = (there * (last - first) + np.arange(last - first)).reshape(-1)
            for part in parts:
                sums = np.bincount(bins, part(found).reshape(-1), size * (last - first))
                part(out[clip])[:, first:last] = sums.reshape(size, -1)

    share_out(work, blocks_of(tuple(batch), columns, width), values.size)
    return np.moveaxis(out, -2, axis)


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
