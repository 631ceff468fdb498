"""Viterbi's algorithm: NumPy's loop on the CPU."""

from __future__ import annotations

from types import ModuleType

import numpy as np
from torch import Tensor

from nnaudio_xp import ops
from nnaudio_xp.ops.decoding import Runs

from .._register import for_torch as native
from ..numpy import decoding as loops
from .ways import Way, run, shows_values, way_of


@native(ops.steps_in_use)
def steps_in_use(steps: Tensor, *, xp: ModuleType) -> Runs:
    if not shows_values(steps):
        return ops.steps_in_use.portable(steps, xp=xp)
    return loops.steps_in_use(steps.detach().numpy(), xp=np)


@native(ops.best_path)
def best_path(scores: Tensor, start: Tensor, steps: Tensor, runs: Runs, *, xp: ModuleType) -> tuple[Tensor, Tensor]:
    if way_of(scores, start, steps) is Way.LOOP:
        return run(loops.best_path, scores, start, steps, runs)  # type: ignore[no-any-return]
    return ops.best_path.portable(scores, start, steps, runs, xp=xp)
