"""The matrices of the constant-Q's products on NumPy, for each rate: decimators, atoms as staircases, and what their adjoints take."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np

from nnaudio_xp.kernels.multirate import ROW, Multirate, Rate

from ._numpy_rows import Array

VIEW_HOP = 128
"""Samples between frames from which on steps of the staircase are read in place; closer frames are copied side by side."""

_STEP_COST = 2500
"""What a step of the staircase costs besides its multiplications, in multiplications per frame, measured at some 150 frames."""


@dataclass(frozen=True)
class Step:
    """Samples [first, last) of the atoms, which only the first columns reach: (sample, column) is the matrix."""

    first: int
    last: int
    matrix: Array


@dataclass(frozen=True)
class Products:
    """A rate's matrices."""

    decimator: Array
    """(sample of the rate above, sample)"""
    interpolator: Array
    """The adjoint's (sample, sample of the rate above), from `lead` samples before the first on."""
    stairs: list[list[Step]]
    """For each phase the steps of its atoms' staircase, the one of all columns first."""
    combs: list[Array]
    """The adjoint's for each phase, (frame and column, sample): from all frames that reach a hop's samples to these. For close frames."""


def _staircase(pairs: Array, widest: int) -> list[Step]:
    """Cut atoms (sample, column), the longest first, into steps of at most `widest` samples, so that few zeros are multiplied.

    The cheapest way to each cut is found from those to the cuts before it.
    """
    used = pairs != 0
    leading = np.where(used.any(axis=1), used.shape[1] - np.argmax(used[:, ::-1], axis=1), 0)
    reached = np.minimum(np.maximum.accumulate(leading), np.maximum.accumulate(leading[::-1])[::-1])  # no dips where a sine is 0
    first, *_, last = np.flatnonzero(reached)
    cuts = sorted({*range(first, last, widest), *(first + 1 + np.flatnonzero(np.diff(reached[first : last + 1]))), last + 1})
    cheapest = [(0.0, 0)]
    for j in range(1, len(cuts)):
        ways = []
        for i in (i for i in range(j) if cuts[j] - cuts[i] <= widest):
            columns = int(reached[cuts[i] : cuts[j]].max())
            ways.append((cheapest[i][0] + _STEP_COST + (cuts[j] - cuts[i] + 4) * columns, i))
        cheapest.append(min(ways))
    chosen = [len(cuts) - 1]
    while chosen[-1]:
        chosen.append(cheapest[chosen[-1]][1])
    steps = []
    for j, i in pairwise(chosen):
        columns = int(reached[cuts[i] : cuts[j]].max())
        steps.append(Step(int(cuts[i]), int(cuts[j]), np.ascontiguousarray(pairs[cuts[i] : cuts[j], :columns])))
    return sorted(steps, key=lambda step: -step.matrix.shape[1])


def lead(rate: Rate) -> int:
    """Samples that reach those of the rate above from the left."""
    return int(rate.taps.shape[0]) // rate.ratio + 1


def _interpolator(rate: Rate) -> Array:
    lags = np.arange(ROW * rate.ratio) - rate.ratio * np.arange(-lead(rate), ROW)[:, None]
    return np.where((lags >= 0) & (lags < rate.taps.shape[0]), rate.taps[np.clip(lags, 0, rate.taps.shape[0] - 1)], 0)


def _comb(pairs: Array, hop: int) -> Array:
    """Atoms (sample, column), cut into hops, the last hop first: the oldest frame reaches with its atoms' ends."""
    hops = -(-pairs.shape[0] // hop)
    padded = np.zeros((hops * hop, pairs.shape[1]), pairs.dtype)
    padded[: pairs.shape[0]] = pairs
    return np.ascontiguousarray(padded.reshape(hops, hop, -1)[::-1].swapaxes(1, 2).reshape(-1, hop))


@lru_cache(maxsize=16)
def products_of(plan: Multirate, dtype: Any) -> list[Products]:
    products = []
    for rate in plan.rates:
        phases = range(rate.phases if rate.atoms.shape[1] else 0)
        pairs = [rate.pairs(phase).transpose(2, 1, 0).reshape(rate.atoms.shape[2], -1).astype(dtype) for phase in phases]
        stairs = [_staircase(atoms, rate.hop if rate.hop >= VIEW_HOP else atoms.shape[0]) for atoms in pairs]
        combs = [_comb(atoms, rate.hop) for atoms in pairs] if rate.hop < VIEW_HOP else []
        decimator = np.ascontiguousarray(rate.decimator().T, dtype=dtype)
        products.append(Products(decimator, _interpolator(rate).astype(dtype), stairs, combs))
    return products


def cost(plan: Multirate, products: list[Products]) -> float:
    """Multiplications per frame for what is applied at lower rates."""
    lower = list(zip(plan.rates, products, strict=True))[1:]
    decimators = sum(product.decimator.size * plan.hop_length / rate.step / ROW for rate, product in lower)
    return decimators + sum(step.matrix.size / rate.phases for rate, product in lower for stairs in product.stairs for step in stairs)
