"""Viterbi's algorithm by the native loops."""

from __future__ import annotations

from collections.abc import Callable
from ctypes import c_double, c_ssize_t, c_void_p
from typing import Any

import numpy as np

from ..numpy.blocks import scratch
from . import address, declared, loops

Array = np.ndarray[Any, Any]

MOST = 2**12
"""Steps from one time to the next up to which they are taken one by one; more are many at once for NumPy."""


def best_path(origins: Array) -> Callable[[Array, Array, Array, Array], float] | None:
    """What writes the states of one clip's best path to an array and returns its worth, from scores (time,
    state), where it starts, and the costs (state, step) of steps from the origins (state, step); None where the
    loops cannot be used. All but the states are in double precision and contiguous.
    """
    library = loops()
    if library is None or not 0 < origins.size <= MOST:
        return None
    function = declared(library, "best_path", c_double, *[c_void_p] * 4, *[c_ssize_t] * 3, *[c_void_p] * 2)
    found = np.ascontiguousarray(origins, np.int64)
    n_states, n_steps = found.shape

    def run(scores: Array, start: Array, costs: Array, path: Array) -> float:
        n_times = len(scores)
        worth = scratch("worth", (n_times * n_states,), np.float64)
        total: float = function(*map(address, (scores, start, found, costs)), n_times, n_states, n_steps, address(worth), address(path))
        return total

    return run
