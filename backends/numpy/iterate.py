"""Loops over what is few."""

from __future__ import annotations

from types import ModuleType

import numpy as np

from nnaudio_xp import ops

from .._register import for_numpy as native
from .rows import Array


@native(ops.spaced)
def spaced(candidates: Array, wait: int, *, xp: ModuleType) -> Array:
    taken = np.zeros(candidates.shape, dtype=bool)
    for clip in np.ndindex(candidates.shape[:-1]):
        free = 0
        for place in np.flatnonzero(candidates[clip]).tolist():
            if place >= free:
                taken[(*clip, place)] = True
                free = place + wait + 1
    return taken
