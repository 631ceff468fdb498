"""Loops over what is few."""

from __future__ import annotations

from types import ModuleType

import numpy as np

from nnaudio_xp import ops

from .._register import for_numpy as native
from .rows import Array


@native(ops.spaced)
def spaced(candidates: Array, wait: int, *, xp: ModuleType) -> Array:
    places, _, following = _chained(candidates, wait)
    taken, k = [], 0
    while k < len(following):
        taken.append(k)
        k = following[k]
    return _at(places[taken], candidates.shape)


@native(ops.spaced_best)
def spaced_best(candidates: Array, values: Array, wait: int, *, xp: ModuleType) -> Array:
    places, rows, following = _chained(candidates, wait)
    ends = np.searchsorted(rows, rows, side="right").tolist()
    gains = values.reshape(-1)[places].tolist()
    best, better = [0.0] * len(gains), []
    for k in reversed(range(len(gains))):
        end, after = ends[k], following[k]
        without = best[k + 1] if k + 1 < end else 0.0
        taken = gains[k] + (best[after] if after < end else 0.0)
        best[k] = max(taken, without)
        if taken > without:
            better.append(k)
    return _at(places[better], candidates.shape)


def _chained(candidates: Array, wait: int) -> tuple[Array, Array, list[int]]:
    """The places of candidates in the flattened array, their rows, and for each the number of the first
    candidate that comes more than `wait` places after it, or in a later row.
    """
    n = candidates.shape[-1]
    places = np.flatnonzero(candidates)
    rows = places // max(n, 1)
    apart = places + rows * min(wait, n)  # the next row begins more than `wait` behind the end of this one
    following: list[int] = np.searchsorted(apart, apart + min(wait, n), side="right").tolist()
    return places, rows, following


def _at(places: Array, shape: tuple[int, ...]) -> Array:
    found = np.zeros(shape, dtype=bool)
    found.reshape(-1)[places] = True
    return found
