"""Decibels, written over the memory of the result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType

import numpy as np

from nnaudio_xp import ops

from .._native.levels import decibels
from .._register import for_numpy as native
from .blocks import share_out
from .results import result
from .rows import Array


@native(ops.levels)
def levels(
    S: Array,
    amin: float | Array,
    offset: float | Array,
    top_db: float | Array | None,
    span: int | tuple[int, ...] | None,
    *,
    xp: ModuleType,
) -> Array:
    if S.ndim == 0 or np.ndim(amin) or np.ndim(offset) > S.ndim or np.result_type(S, offset) != S.dtype:
        portable: Array = ops.levels.portable(S, amin, offset, top_db, span, xp=xp)
        return portable
    by_clip = S.ndim >= 2 and (top_db is None or span == (-2, -1)) and S.dtype == np.float32 and np.ndim(offset) == np.ndim(top_db) == 0
    write = decibels(float(amin), float(offset)) if by_clip else None
    columns = write and not S.flags.c_contiguous  # as transposed spectra are
    ordered = S.swapaxes(-1, -2) if columns else S
    if write is not None and ordered.flags.c_contiguous and ordered.flags.aligned:
        found = _levels_of_clips(ordered, None if top_db is None else float(top_db), write)
        return found.swapaxes(-1, -2) if columns else found
    found = np.maximum(S, amin)
    np.log10(found, out=found)
    found *= 10
    found -= offset
    return found if top_db is None else _lifted(found, found.max(axis=span, keepdims=True), top_db, span)


def _levels_of_clips(S: Array, top_db: float | None, write: Callable[[Array, Array], float]) -> Array:
    out = result(S.shape, S.dtype)

    def work(clips: Sequence[tuple[int, ...]]) -> None:
        for clip in clips:
            peak = np.float32(write(S[clip], out[clip]))
            if top_db is not None:
                _lifted(out[clip], peak, top_db, None)

    share_out(work, list(np.ndindex(S.shape[:-2])), S.size)
    return out


def _lifted(levels: Array, peak: Array | np.float32, top_db: float | Array, span: int | tuple[int, ...] | None) -> Array:
    """Levels of at least `top_db` below the peak along a span, or the peak of what is finite, in their own place."""
    if not np.isfinite(peak).all():
        peak = np.where(np.isfinite(levels), levels, -np.inf).max(axis=span, keepdims=True)
    return np.maximum(levels, peak - top_db, out=levels)
