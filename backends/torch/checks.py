"""Looks at tensors, and at values that are on the host and not traced."""

from __future__ import annotations

from types import ModuleType

import torch
from torch import Tensor

from nnaudio_xp import ops
from nnaudio_xp._namespace import host
from nnaudio_xp.errors import ParameterError

from .._register import for_torch as native
from ..numpy.checks import require_between as require_between_on_host
from .ways import shows_values


@native(ops.require_between)
def require_between(values: Tensor, name: str, low: int, high: int | None, *, xp: ModuleType) -> None:
    if shows_values(values):
        require_between_on_host(values.detach().numpy(), name, low, high, xp=host)


@native(ops.require_writable)
def require_writable(x: Tensor, name: str, *, xp: ModuleType) -> None:
    if x.requires_grad and x.is_leaf and torch.is_grad_enabled():
        raise ParameterError(f"{name} requires a gradient: a leaf of the graph cannot be written to outside torch.no_grad()")
    if any(stride == 0 and size > 1 for stride, size in zip(x.stride(), x.shape, strict=True)):
        raise ParameterError(f"{name} has strides {x.stride()}: it cannot be written to, for several of its values share one place")
