"""Decibels."""

from __future__ import annotations

from types import ModuleType

from .._namespace import Array
from .arrays import at_least
from .dispatch import operation


@operation
def levels(
    S: Array,
    amin: float | Array,
    offset: float | Array,
    top_db: float | Array | None,
    span: int | tuple[int, ...] | None,
    *,
    xp: ModuleType,
) -> Array:
    """Decibels of powers of at least `amin`, less an offset, and at most `top_db` below the peak of all
    that lie along the axes of a `span`.
    """
    found = 10.0 * xp.log10(at_least(S, amin, xp=xp)) - offset
    if top_db is None:
        return found
    # a frame that is not finite neither sets the peak of its clip nor is lifted by it
    peak = xp.max(xp.where(xp.isfinite(found), found, -xp.inf), axis=span, keepdims=True)
    return xp.maximum(found, peak - top_db)
