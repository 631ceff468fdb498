"""Onset strength."""

from __future__ import annotations

from types import ModuleType

from .. import ops
from .._namespace import Array


def rises(levels: Array, before: Array, lag: int, *, xp: ModuleType) -> Array:
    """How much higher levels (..., time) are than those of `lag` frames before, at least 0."""
    return ops.at_least(levels[..., lag:] - before[..., : max(0, before.shape[-1] - lag)], 0.0, xp=xp)


def scaled_to_one(envelope: Array, *, xp: ModuleType) -> Array:
    """An envelope (..., time) between 0 and 1."""
    envelope = envelope - xp.min(envelope, axis=-1, keepdims=True)
    return envelope / (xp.max(envelope, axis=-1, keepdims=True) + float(xp.finfo(envelope.dtype).smallest_normal))
