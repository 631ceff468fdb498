"""Non-negative least squares."""

from __future__ import annotations

import itertools
import math
from types import ModuleType

from .. import ops
from .._namespace import Array

ITERATIONS = 100


def nonnegative_solution(values: Array, bank: Array, start: Array, *, n_iter: int = ITERATIONS, xp: ModuleType) -> Array:
    """Non-negative x (..., time, frequency) that minimises the error of ``x @ bank.T`` against
    values (..., time, band).

    Accelerated projected gradients (Beck & Teboulle, "A fast iterative shrinkage-thresholding
    algorithm", 2009). With the magnitudes M of a bank's entries, diag(MᵀM 1) bounds BᵀB, so every
    frequency has its own step and narrow bands converge as fast as wide.
    """
    transposed = xp.matrix_transpose(bank)
    sizes = xp.abs(bank)
    bound = xp.sum(xp.sum(sizes, axis=1, keepdims=True) * sizes, axis=0)
    step = xp.where(bound > 0, 1 / xp.where(bound > 0, bound, 1.0), 0.0)

    def improve(state: tuple[Array, ...], push: float) -> tuple[Array, ...]:
        x, ahead = state
        residual = ops.banded(ahead, bank, xp=xp) - values
        update = xp.clip(ahead - ops.banded(residual, transposed, xp=xp) * step, 0, None)
        return update, update + (update - x) * push

    paces = [1.0]
    for _ in range(n_iter):
        paces.append((1 + math.sqrt(1 + 4 * paces[-1] ** 2)) / 2)
    pushes = [(last - 1) / pace for last, pace in itertools.pairwise(paces)]
    start = xp.clip(start, 0, None)
    return ops.iterate(improve, (start, start), pushes, xp=xp)[0]
