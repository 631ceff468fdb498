"""Small operations."""

from __future__ import annotations

from types import ModuleType

import numpy as np

from nnaudio_xp import ops

from .._register import for_numpy as native
from .rows import Array


@native(ops.selected)
def selected(values: Array, choice: Array, *, xp: ModuleType) -> Array:
    return values[choice]


@native(ops.read_only)
def read_only(view: Array, *, xp: ModuleType) -> Array:
    view.flags.writeable = False
    return view


@native(ops.median)
def median(x: Array, *, axis: int | None = None, keepdims: bool = False, xp: ModuleType) -> Array:
    middle: Array = np.median(x, axis=axis, keepdims=keepdims)
    return middle
