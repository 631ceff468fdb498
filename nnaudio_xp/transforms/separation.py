"""Masks that part a spectrogram into what lasts and what is short."""

from __future__ import annotations

import math
from collections.abc import Sequence
from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array
from ..errors import ParameterError, as_integer, as_number, shown


def pair(name: str, value: Any) -> tuple[Any, Any]:
    """One setting for both parts, or one for each."""
    if not isinstance(value, tuple | list):
        return value, value
    if len(value) != 2:
        raise ParameterError(f"{name}={shown(value)} must be one number, or two: for the harmonic and the percussive part")
    return value[0], value[1]


def masks(S: Array, kernel_size: Any, power: Any, margin: Any, *, parts: Sequence[int] = (0, 1), xp: ModuleType) -> list[Array]:
    """Masks of the harmonic part (0) and the percussive one (1) of magnitudes (..., frequency, time).

    Medians along time leave what lasts, medians along frequency what is short and broad.
    """
    sizes = [as_integer("kernel_size", size) for size in pair("kernel_size", kernel_size)]
    margins = [as_number("margin", value, minimum=1) for value in pair("margin", margin)]
    exponent = checked_exponent(power)
    smooth = [ops.median_filter(S, size, axis=axis, xp=xp) for size, axis in zip(sizes, (-1, -2), strict=True)]
    split = margins == [1, 1]

    def mask(part: int) -> Array:
        other = smooth[1 - part]
        return soft_mask(smooth[part], other if split else other * margins[part], exponent, split_zeros=split, xp=xp)

    return [mask(part) for part in parts]


def checked_exponent(power: Any) -> float:
    """A positive exponent, which may be infinite."""
    return math.inf if power == math.inf else as_number("power", power, above=0)


def soft_mask(X: Array, reference: Array, power: float, *, split_zeros: bool, xp: ModuleType) -> Array:
    """X**power / (X**power + reference**power), where both are below the smallest normal number 0 or,
    with `split_zeros`, one half; for an infinite power whether X is larger.

    It does not depend on the unit of both, which is the larger of them: powers neither vanish nor
    overflow. Its gradient is 0 where both are faint.
    """
    if power == math.inf:
        return reference < X
    unit = ops.fixed(xp.maximum(X, reference), xp=xp)
    silent = unit < float(xp.finfo(unit.dtype).smallest_normal)
    quiet = unit < ops.faint(unit, xp=xp)
    unit = xp.where(silent, xp.ones_like(unit), unit)
    share, rest = (_raised(ops.held(values, quiet, xp=xp) / unit, power, xp=xp) for values in (X, reference))
    whole = xp.where(silent, xp.ones_like(unit), share + rest)
    return xp.where(silent, xp.full_like(unit, 0.5 if split_zeros else 0.0), share / whole)


def _raised(values: Array, power: float, *, xp: ModuleType) -> Array:
    return values * values if power == 2 else ops.raised(values, power, xp=xp)
