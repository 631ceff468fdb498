"""Splines by SciPy, which solves a band of equations."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

import numpy as np

from nnaudio_xp import ops

from .._register import for_numpy as native
from .rows import Array


@native(ops.spline)
def spline(x: Array, times: Callable[[], Array], order: int, *, xp: ModuleType) -> Array:
    from scipy.interpolate import make_interp_spline

    n = x.shape[-1]
    if not x.size:
        return np.empty((*x.shape[:-1], len(times())), x.dtype)
    columns = x.reshape(-1, n).T.astype(np.float64)
    values = make_interp_spline(np.arange(n), columns, k=order)(times())
    return np.ascontiguousarray(values.T, dtype=x.dtype).reshape(*x.shape[:-1], -1)
