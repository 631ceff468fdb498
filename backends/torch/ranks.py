"""Running medians: NumPy's loop on the CPU, and an operator whose gradient goes to where each
median stands. Orders, and places among sorted numbers, in ONNX too.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from nnaudio_xp import ops

from .._register import for_torch as native
from ..numpy import ranks as loops
from .operators import namespace_of_torch, operator
from .ways import Way, exporting, is_wrapped, run, way_of


def _filter(x: Tensor, size: int, axis: int) -> Tensor:
    if way_of(x.detach()) is Way.LOOP:
        looped: Tensor = run(loops.median_filter, x, size, axis=axis)
        return looped
    medians: Tensor = ops.median_filter.portable(x, size, axis=axis, xp=namespace_of_torch())
    return medians


def _adjoint(grad: Tensor, x: Tensor, medians: Tensor, size: int, axis: int) -> Tensor:
    places = ops.median_places(x, medians, size, axis=axis, xp=namespace_of_torch())
    return torch.zeros_like(x).scatter_add(axis, places, grad)


def _like(x: Tensor, *others: Any) -> Tensor:
    return torch.empty_like(x)


_median = operator("median_filter", "(Tensor x, int size, int axis) -> Tensor", _filter, _like)


def _keep(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    x, ctx.size, ctx.axis = inputs
    ctx.save_for_backward(x, output)


def _backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
    x, medians = ctx.saved_tensors
    return _adjoint(grad, x, medians, ctx.size, ctx.axis), None, None


_median.register_autograd(_backward, setup_context=_keep)


@native(ops.median_filter)
def median_filter(x: Tensor, size: int, *, axis: int, xp: ModuleType) -> Tensor:
    if exporting() or (not torch.compiler.is_compiling() and is_wrapped(x)):
        portable: Tensor = ops.median_filter.portable(x, size, axis=axis, xp=xp)
        return portable
    recorded = torch.compiler.is_compiling() or (torch.is_grad_enabled() and x.requires_grad)
    medians: Tensor = _median(x, size, axis) if recorded else _filter(x, size, axis)
    return medians


@native(ops.insertion_points)
def insertion_points(edges: Tensor, values: Tensor, *, xp: ModuleType) -> Tensor:
    if exporting():  # ONNX has no search
        return torch.sum(values.unsqueeze(-1) > edges, dim=-1)
    return torch.searchsorted(edges, values.contiguous())


@native(ops.ascending)
def ascending(values: Tensor, *, xp: ModuleType) -> Tensor:
    if exporting():  # ONNX has no sort, but the n smallest
        return torch.topk(values, values.shape[0], largest=False).indices
    return torch.argsort(values)
