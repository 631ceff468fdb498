"""Steps towards factors that are nowhere negative, in place."""

from __future__ import annotations

from types import ModuleType

import numpy as np

from nnaudio_xp import ops

from .._blas import one_blas_thread
from .._register import for_numpy as native
from .rows import Array


@native(ops.coordinate_sweeps)
def coordinate_sweeps(x: Array, target: Array, gram: Array, sweeps: int, *, xp: ModuleType) -> Array:
    x = np.array(x, order="C")
    move = np.empty_like(x[0])
    sizes = np.diagonal(gram).copy()
    used = np.flatnonzero(sizes >= np.finfo(x.dtype).tiny)
    sizes[sizes < np.finfo(x.dtype).tiny] = 1
    wanted, weights = target / sizes[:, None], gram / sizes[:, None]
    np.fill_diagonal(weights, 0)
    with one_blas_thread():
        for k in [*used] * sweeps:
            np.dot(weights[k], x, out=move)
            np.subtract(wanted[k], move, out=move)
            np.maximum(move, 0, out=x[k])
    return x
