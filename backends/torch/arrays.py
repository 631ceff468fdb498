"""Small operations in the forms that all of torch's compilers and transforms take."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from nnaudio_xp import ops

from .._register import for_torch as native
from ..numpy import arrays as loops
from .ways import Way, run, shows_values, way_of


@native(ops.selected)
def selected(values: Tensor, choice: Tensor, *, xp: ModuleType) -> Tensor:
    return values[choice] if shows_values(choice) else ops.selected.portable(values, choice, xp=xp)


@native(ops.take_along)
def take_along(x: Tensor, indices: Tensor, *, xp: ModuleType) -> Tensor:
    return x.gather(-1, indices)  # take_along_dim fixes the number of samples when it is exported


@native(ops.unstack)
def unstack(x: Tensor, *, axis: int, xp: ModuleType) -> tuple[Tensor, ...]:
    return torch.unbind(x, dim=axis)  # array_api_compat's cannot be mapped by vmap


@native(ops.at_least)
def at_least(x: Tensor, floor: float | Tensor, *, xp: ModuleType) -> Tensor:
    return torch.clamp(x, min=floor)


@native(ops.at_most)
def at_most(x: Tensor, ceiling: float | Tensor, *, xp: ModuleType) -> Tensor:
    return torch.clamp(x, max=ceiling)


@native(ops.moveaxis)
def moveaxis(x: Tensor, source: Any, destination: Any, *, xp: ModuleType) -> Tensor:
    return torch.movedim(x, source, destination)  # `torch.func.vmap` has no rule for torch.moveaxis


@native(ops.running_sum)
def running_sum(x: Tensor, *, axis: int = -1, xp: ModuleType) -> Tensor:
    return torch.cumsum(x, dim=axis)  # array_api_compat's asks questions that no compiler can trace


@native(ops.placed)
def placed(values: Tensor, places: Tensor, size: int, *, xp: ModuleType) -> Tensor:
    rows = values.new_zeros((*values.shape[:-1], size + 1))
    return rows.scatter(-1, places, values)[..., :size]


@native(ops.sums_at)
def sums_at(values: Tensor, places: Tensor, size: int, *, axis: int, xp: ModuleType) -> Tensor:
    if way_of(values) is Way.LOOP and shows_values(places):
        return run(loops.sums_at, values, places, size, axis=axis)  # type: ignore[no-any-return]
    if values.is_complex():
        return torch.complex(*(sums_at(part, places, size, axis=axis, xp=xp) for part in (values.real, values.imag)))
    shape = list(values.shape)
    shape[axis] = size
    return values.new_zeros(shape).scatter_add(axis, places, values)


@native(ops.places_of)
def places_of(choice: Tensor, *, xp: ModuleType) -> Tensor:
    return torch.nonzero(choice)[:, 0]
