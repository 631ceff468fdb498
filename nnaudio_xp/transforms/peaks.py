"""Peaks along the last axis."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from .. import ops
from .._namespace import Array, as_operand, device_of

FEW = 64
"""Neighbours up to which sums of shifted rows cost less than frames."""


def rising_above(rows: Array, before: Callable[[Array, Array], Array], after: Callable[[Array, Array], Array], *, xp: ModuleType) -> Array:
    """Where numbers compare so with the number before and the one after; the ends are repeated."""
    if rows.shape[-1] == 0:
        return xp.zeros(rows.shape, dtype=xp.bool, device=device_of(rows))
    first, last = rows[..., :1], rows[..., -1:]  # beside the ends there is the number itself
    rising = xp.concat([before(first, first), before(rows[..., 1:], rows[..., :-1])], axis=-1)
    return rising & xp.concat([after(rows[..., :-1], rows[..., 1:]), after(last, last)], axis=-1)


def _total(rows: Array, before: int, after: int, *, xp: ModuleType) -> Array:
    """Sums over `before` neighbours, the number itself and `after - 1` neighbours behind it."""
    n, width = rows.shape[-1], before + after
    longer = ops.pad(rows, before, after - 1, "constant", xp=xp)
    if width > FEW:
        return xp.sum(ops.frame(longer, width, 1, xp=xp), axis=-1)
    total = longer[..., :n]
    for first in range(1, width):  # in this order librosa's sums are met to the last digit
        total = total + longer[..., first : first + n]
    return total


def standing_out(rows: Array, most: tuple[int, int], mean: tuple[int, int], delta: float, *, xp: ModuleType) -> Array:
    """Where numbers are the largest of `most` neighbours (before, from itself on) and so far above the
    mean of others.
    """
    n = rows.shape[-1]
    most, mean = ((min(before, n), min(after, n)) for before, after in (most, mean))
    places = xp.arange(n, dtype=rows.dtype, device=device_of(rows))
    counts = xp.minimum(places, as_operand(mean[0], rows, xp=xp)) + xp.minimum(n - places, as_operand(mean[1], rows, xp=xp))
    largest = ops.maximum_filter(rows, sum(most), axis=-1, before=most[0], xp=xp)
    return (rows >= largest) & (rows >= _total(rows, *mean, xp=xp) / counts + delta)
