"""Decibels, written over the memory of the result."""

from __future__ import annotations

from types import ModuleType

import numpy as np

from nnaudio_xp import ops

from .._register import for_numpy as native
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
    found = np.maximum(S, amin)
    np.log10(found, out=found)
    found *= 10
    found -= offset
    if top_db is None:
        return found
    peak = found.max(axis=span, keepdims=True)
    if not np.isfinite(peak).all():
        peak = np.where(np.isfinite(found), found, -np.inf).max(axis=span, keepdims=True)
    np.maximum(found, peak - top_db, out=found)
    return found
