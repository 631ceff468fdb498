"""Norms."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

from .._namespace import Array
from ..errors import ParameterError


def check_norm(norm: Any) -> None:
    """Raise unless there is such a norm."""
    if isinstance(norm, bool) or not isinstance(norm, int | float) or not (norm >= 0 or norm == -math.inf):
        raise ParameterError(f"norm={norm!r} must be a non-negative number, infinity, minus infinity or None")


def p_norm(size: Array, norm: Any, axis: int | None, *, peak: Array | None = None, xp: ModuleType) -> Array:
    """The p-norm of magnitudes, axes kept; a root of sums in units of their peak, which may be
    given.
    """
    check_norm(norm)
    if abs(norm) == math.inf:
        return (xp.max if norm > 0 else xp.min)(size, axis=axis, keepdims=True)
    if norm == 0:
        return xp.sum(xp.astype(size > 0, size.dtype), axis=axis, keepdims=True)
    if peak is None:
        peak = xp.max(size, axis=axis, keepdims=True)  # taken out, so that powers neither overflow nor vanish
    silent = peak == 0
    ratios = xp.where(silent, 1.0, size) / xp.where(silent, 1.0, peak)
    return peak * xp.sum(ratios**norm, axis=axis, keepdims=True) ** (1 / norm)
