"""The matrices of the constant-Q's products on NumPy, for each rate: decimators, atoms in groups,
and what their adjoints take.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

from nnaudio_xp.kernels.multirate import ROW, MultiratePlan, Rate

from .rows import Array, reached

GROUP = 8
"""Bins whose atoms are multiplied at once: more multiply more zeros, fewer cost BLAS more time
each.
"""


@dataclass(frozen=True)
class AtomGroup:
    """Samples [first, last) of a rate's frames and the atoms of some bins, which reach no further:
    (sample, column) is the matrix.
    """

    first: int
    last: int
    columns: slice
    matrix: Array
    comb: Array
    """The adjoint's (frame and column, sample): from all frames that reach a hop's samples to
    these.
    """


@dataclass(frozen=True)
class Products:
    """A rate's matrices."""

    decimator: Array
    """(sample of the rate above, sample)"""
    interpolator: Array
    """The adjoint's (sample, sample of the rate above), from `lead` samples before the first on."""
    groups: list[list[AtomGroup]]
    """For each phase the atoms, those of the lowest bins first."""


def _groups(pairs: Array, hop: int) -> list[AtomGroup]:
    """Cut atoms (sample, column) into groups of columns, so that few zeros are multiplied: the
    lower bins' are longer.
    """
    groups = []
    for start in range(0, pairs.shape[1], 2 * GROUP):
        columns = slice(start, start + 2 * GROUP)
        samples = reached(pairs[:, columns].T)
        matrix = np.ascontiguousarray(pairs[samples, columns])
        groups.append(AtomGroup(samples.start, samples.stop, columns, matrix, _comb(matrix, hop)))
    return groups


def lead(rate: Rate) -> int:
    """Samples that reach those of the rate above from the left."""
    return int(rate.taps.shape[0]) // rate.ratio + 1


def _interpolator(rate: Rate) -> Array:
    lags = np.arange(ROW * rate.ratio) - rate.ratio * np.arange(-lead(rate), ROW)[:, None]
    return np.where((lags >= 0) & (lags < rate.taps.shape[0]), rate.taps[np.clip(lags, 0, rate.taps.shape[0] - 1)], 0)


def _comb(matrix: Array, hop: int) -> Array:
    """Atoms (sample, column), cut into hops, the last hop first: the oldest frame reaches with its
    atoms' ends.
    """
    hops = -(-matrix.shape[0] // hop)
    width = min(hop, matrix.shape[0])
    padded = np.zeros((hops * width, matrix.shape[1]), matrix.dtype)
    padded[: matrix.shape[0]] = matrix
    return np.ascontiguousarray(padded.reshape(hops, width, -1)[::-1].swapaxes(1, 2).reshape(-1, width))


@lru_cache(maxsize=16)
def products_of(plan: MultiratePlan, dtype: Any) -> list[Products]:
    products = []
    for rate in plan.rates:
        phases = range(rate.phases if rate.atoms.shape[1] else 0)
        pairs = [rate.pairs(phase).transpose(2, 1, 0).reshape(rate.atoms.shape[2], -1).astype(dtype) for phase in phases]
        decimator = np.ascontiguousarray(rate.decimator().T, dtype=dtype)
        products.append(Products(decimator, _interpolator(rate).astype(dtype), [_groups(atoms, rate.hop) for atoms in pairs]))
    return products


def cost(plan: MultiratePlan, products: list[Products]) -> float:
    """Multiplications per frame for what is applied at lower rates."""
    lower = list(zip(plan.rates, products, strict=True))[1:]
    decimators = sum(product.decimator.size * plan.hop_length / rate.step / ROW for rate, product in lower)
    return decimators + sum(group.matrix.size / rate.phases for rate, product in lower for groups in product.groups for group in groups)
