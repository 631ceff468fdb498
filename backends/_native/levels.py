"""Decibels by the native loops."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import c_float, c_int, c_ssize_t, c_void_p
from typing import Any

import numpy as np

from . import address, declared, isa, loops

Array = np.ndarray[Any, Any]

NORMAL = float(np.finfo(np.float32).tiny)


def decibels(amin: float) -> Callable[[Array, float, Array], float] | None:
    """What writes the decibels of powers of at least `amin`, less an offset, to an array and returns the largest,
    no number if one is not finite; None where the loops cannot be used. Both arrays are contiguous, in single
    precision.
    """
    library = loops()
    if library is None or amin < NORMAL:
        return None
    function = declared(library, "levels", c_float, c_int, c_void_p, c_ssize_t, c_float, c_float, c_void_p)

    def write(powers: Array, offset: float, out: Array) -> float:
        peak: float = function(isa(), address(powers), powers.size, amin, offset, address(out))
        return peak

    return write
