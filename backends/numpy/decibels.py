"""Decibels, written over the memory of the result."""

from __future__ import annotations

from collections.abc import Sequence
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
    if np.shape(offset)[-2:] in ((), (1, 1)) and (top_db is None or (span == (-2, -1) and not isinstance(top_db, np.ndarray))):
        levels_of_clips = _natively(S, float(amin), offset, top_db)
        if levels_of_clips is not None:
            return levels_of_clips
    found = np.maximum(S, amin)
    np.log10(found, out=found)
    found *= 10
    found -= offset
    return found if top_db is None else _lifted(found, found.max(axis=span, keepdims=True), top_db, span)


def _natively(S: Array, amin: float, offset: float | Array, top_db: float | None) -> Array | None:
    """The levels of clips (..., row, column) by the native loops, each clip at most `top_db` below its own peak; None
    where these cannot be used.
    """
    write = decibels(amin) if S.ndim >= 2 and S.dtype == np.float32 else None
    if write is None:
        return None
    turned = not S.flags.c_contiguous  # as spectra are
    powers = S.swapaxes(-1, -2) if turned else S
    if not (powers.flags.c_contiguous and powers.flags.aligned):
        return None
    out, offsets = result(powers.shape, S.dtype), np.broadcast_to(offset, (*S.shape[:-2], 1, 1))

    def work(clips: Sequence[tuple[int, ...]]) -> None:
        for clip in clips:
            peak = np.float32(write(powers[clip], float(offsets[clip][0, 0]), out[clip]))
            if top_db is not None:
                _lifted(out[clip], peak, top_db, None)

    share_out(work, list(np.ndindex(S.shape[:-2])), S.size)
    return out.swapaxes(-1, -2) if turned else out


def _lifted(levels: Array, peak: Array | np.float32, top_db: float | Array, span: int | tuple[int, ...] | None) -> Array:
    """Levels of at least `top_db` below the peak along a span, or the peak of what is finite, in their own place."""
    if not np.isfinite(peak).all():
        peak = np.where(np.isfinite(levels), levels, -np.inf).max(axis=span, keepdims=True)
    return np.maximum(levels, peak - top_db, out=levels)
