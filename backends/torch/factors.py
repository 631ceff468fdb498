"""Steps towards factors that are nowhere negative: NumPy's loop on the CPU."""

from __future__ import annotations

from types import ModuleType

from torch import Tensor

from nnaudio_xp import ops

from .._register import for_torch as native
from ..numpy import factors as loops
from .ways import Way, run, way_of


@native(ops.coordinate_sweeps)
def coordinate_sweeps(x: Tensor, target: Tensor, gram: Tensor, sweeps: int, *, xp: ModuleType) -> Tensor:
    if way_of(x, target, gram) is Way.LOOP:
        rows: Tensor = run(loops.coordinate_sweeps, x, target, gram, sweeps)
    else:
        rows = ops.coordinate_sweeps.portable(x, target, gram, sweeps, xp=xp)
    return rows
