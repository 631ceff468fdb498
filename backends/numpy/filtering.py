"""Recursive filters by SciPy, in float64, which goes through the numbers one by one."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from nnaudio_xp import ops

from .._register import for_numpy as native
from .rows import Array


@native(ops.leaky_sum)
def leaky_sum(x: Array, coef: Any, *, xp: ModuleType) -> Array:
    from scipy.signal import lfilter  # takes a third of a second to import

    sums = np.empty(x.shape, x.dtype)
    if np.size(coef) == 1:
        sums[...] = lfilter([1.0], [1.0, -np.asarray(coef).item()], x) if x.size else x
        return sums
    coefs = np.broadcast_to(coef, (*x.shape[:-1], 1))
    for row in np.ndindex(x.shape[:-1]):
        sums[row] = lfilter([1.0], [1.0, -float(coefs[row][0])], x[row])
    return sums


@native(ops.zero_phase)
def zero_phase(x: Array, sections: Any, *, xp: ModuleType) -> Array:
    from scipy.signal import sosfiltfilt

    if not x.size:
        return x.copy()
    filtered: Array = sosfiltfilt(np.asarray(sections), x)
    return filtered.astype(x.dtype, copy=False)
