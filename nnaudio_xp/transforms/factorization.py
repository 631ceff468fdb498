"""Non-negative matrix factorization."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from .. import ops
from .._backends import constant_in_graphs, host_functions
from .._namespace import Array, Device, Dtype, device_of, place

SPARE, PASSES, SWEEPS = 10, 6, 2
"""More directions than wanted, and products with the matrix, by which the largest ones are nearly found
(Halko, Martinsson & Tropp, "Finding structure with randomness", 2011); and how often each factor is
gone through in an iteration.
"""


INITS = (None, "nndsvda", "random")


def factorized(V: Array, rank: int, *, init: str | None, rng: Any, n_iter: int, xp: ModuleType) -> tuple[Array, Array]:
    """W (m, rank) and H (rank, n), nowhere negative, of which the product is near to V (m, n).

    Rows of one factor, then of the other, are set to what is best while all else stays (Cichocki & Phan,
    "Fast local algorithms for large scale nonnegative matrix and tensor factorizations", 2009).
    """
    W, H = _random_factors(V, rank, rng, xp=xp) if init == "random" or rank > min(V.shape) else _leading_factors(V, rank, rng, xp=xp)

    def step(state: tuple[Array, ...], _: float) -> tuple[Array, ...]:
        rows, columns = state
        rows = ops.coordinate_sweeps(rows, columns @ V.T, columns @ columns.T, SWEEPS, xp=xp)
        return rows, ops.coordinate_sweeps(columns, rows @ V, rows @ rows.T, SWEEPS, xp=xp)

    rows, columns = ops.iterate(step, (W.T, H), [0.0] * n_iter, xp=xp)
    return rows.T, columns


def _random_factors(V: Array, rank: int, rng: Any, *, xp: ModuleType) -> tuple[Array, Array]:
    """Random factors of the matrix's size."""
    m, n = V.shape
    numbers = xp.abs(_numbers(rng, (m + n, rank), xp, V.dtype, device_of(V))) * xp.sqrt(xp.mean(V) / rank)
    return numbers[:m, :], numbers[m:, :].T


def _leading_factors(V: Array, rank: int, rng: Any, *, xp: ModuleType) -> tuple[Array, Array]:
    """The larger one of the positive and the negative part of each of the leading singular vectors, with
    the matrix's mean where they are 0 (Boutsidis & Gallopoulos, "SVD based initialization", 2008).
    """
    m, n = V.shape
    basis = _numbers(rng, (n, min(rank + SPARE, m, n)), xp, V.dtype, device_of(V))
    for _ in range(PASSES):
        basis = ops.orthonormal(V.T @ (V @ basis), xp=xp)
    right = basis[:, :rank]
    left = V @ right
    sizes = xp.sqrt(xp.sum(left * left, axis=0))
    least = float(xp.finfo(V.dtype).smallest_normal)
    left = left / xp.clip(sizes, least, None)
    sides = [(xp.clip(sign * left, 0, None), xp.clip(sign * right, 0, None)) for sign in (1, -1)]
    lengths = [[xp.sqrt(xp.sum(part * part, axis=0)) for part in side] for side in sides]
    weights = [a * b for a, b in lengths]
    positive = weights[0] >= weights[1]
    scale = xp.sqrt(sizes * xp.maximum(*weights))
    mean, rounding = xp.mean(V), float(xp.finfo(V.dtype).eps)

    def factor(k: int) -> Array:
        part, length = (xp.where(positive, options[0][k], options[1][k]) for options in (sides, lengths))
        part = part * (scale / xp.clip(length, least, None))
        return xp.where(part > rounding * mean, part, mean)

    return factor(0), factor(1).T


@constant_in_graphs
def _numbers(rng: Any, shape: tuple[int, ...], xp: ModuleType, dtype: Dtype, device: Device) -> Array:
    return place(host_functions().random_numbers(rng, shape), xp=xp, dtype=dtype, device=device)
