"""Levels of one clip: against a reference, and over a range below the peak."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, as_level
from ..errors import ParameterError, plain
from .aggregation import aggregator

Axes = int | tuple[int, ...] | str | None


def clip_axes(axes: Axes, ndim: int) -> int | tuple[int, ...] | None:
    """The axes of one clip's spectrogram: the last two, fewer if there are fewer."""
    if axes == "auto":
        return tuple(range(-min(ndim, 2), 0)) or None
    axes = tuple(map(plain, axes)) if isinstance(axes, tuple) else plain(axes)
    for axis in axes if isinstance(axes, tuple) else () if axes is None else (axes,):
        if not isinstance(axis, int) or not -ndim <= axis < ndim:
            raise ParameterError(f"axes={axes!r} must be 'auto', None, or axes of the {ndim}-dimensional array")
    return axes


def reference_level(ref: Any, S: Array, axes: int | tuple[int, ...] | None, *, xp: ModuleType) -> Array | float:
    """The reference of decibels: a number, or what a function finds in the array."""
    if not callable(ref):
        return as_level("ref", ref, S, xp=xp)
    try:
        return aggregator(ref, xp=xp)(S, axis=axes, keepdims=True)
    except TypeError as error:
        raise ParameterError(f"ref={ref!r} must take the keywords axis= and keepdims=, as numpy.max does") from error


def decibels(S: Array, *, ref: Any = 1.0, amin: float = 1e-10, top_db: float | None = 80.0, axes: Axes = "auto", xp: ModuleType) -> Array:
    """The formula of `power_to_db` on real input."""
    span = clip_axes(axes, S.ndim)
    if 0 in S.shape:
        return S
    reference = reference_level(ref, S, span, xp=xp)
    if isinstance(reference, float) and isinstance(amin, float):
        offset: Any = 10.0 * math.log10(max(reference, amin))
    else:
        offset = 10.0 * xp.log10(xp.maximum(reference, amin))
    return ops.levels(S, amin, offset, top_db, span, xp=xp)
