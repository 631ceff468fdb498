"""Complex numbers by their parts, and magnitudes whose gradients are written in one pass."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from nnaudio_xp import ops
from nnaudio_xp._namespace import Array
from nnaudio_xp.errors import ParameterError

from .._register import for_torch as native
from .ways import exporting, is_wrapped, runs_eagerly


@native(ops.to_complex)
def to_complex(re: Tensor, im: Tensor, *, xp: ModuleType) -> Tensor:
    return torch.complex(re, im)


def _laid_out(values: Tensor, like: Tensor) -> Tensor:
    """Values in the order in memory of a convolution's transposed result: products of tensors in
    two orders cost several copies.
    """
    if like.ndim < 2 or values.stride() == like.stride() or not like.mT.is_contiguous():
        return values
    return values.mT.contiguous().mT


class _Hypotenuse(torch.autograd.Function):
    """sqrt(re**2 + im**2), whose gradient is 0 at 0: one pass, where masks around `torch.hypot`
    take six.
    """

    @staticmethod
    def forward(ctx: Any, re: Tensor, im: Tensor) -> Tensor:
        size = torch.hypot(re, im)
        ctx.save_for_backward(re, im, size)
        return size

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        re, im, size = ctx.saved_tensors
        slope = _laid_out(grad, re) / torch.where(size == 0, 1.0, size)
        return slope * re, slope * im


class _Square(torch.autograd.Function):
    """re**2 + im**2."""

    @staticmethod
    def forward(ctx: Any, re: Tensor, im: Tensor) -> Tensor:
        ctx.save_for_backward(re, im)
        return re * re + im * im

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        re, im = ctx.saved_tensors
        slope = _laid_out(2 * grad, re)
        return slope * re, slope * im


@native(ops.squared_magnitude)
def squared_magnitude(re: Tensor, im: Tensor, *, xp: ModuleType) -> Array:
    if not runs_eagerly(re, im):
        return ops.squared_magnitude.portable(re, im, xp=xp)
    return _Square.apply(re, im)  # type: ignore[no-untyped-call]


@native(ops.magnitude)
def magnitude(re: Tensor, im: Tensor, *, xp: ModuleType) -> Array:
    if torch.compiler.is_compiling() or exporting():  # compilers take no complex numbers
        square = re * re + im * im
        silent = square == 0
        return torch.where(silent, 0.0, torch.sqrt(torch.where(silent, 1.0, square)))
    if not (is_wrapped(re) or is_wrapped(im)):
        return _Hypotenuse.apply(re, im)  # type: ignore[no-untyped-call]
    silent = (re == 0) & (im == 0)
    return torch.where(silent, 0.0, torch.hypot(torch.where(silent, 1.0, re), im))


@native(ops.unit_phases)
def unit_phases(rng: Any, shape: tuple[int, ...], *, like: Tensor, xp: ModuleType) -> Array:
    own = rng is None and not is_wrapped(like)  # torch.manual_seed sets it
    if own or isinstance(rng, torch.Generator):
        turns = torch.rand_like(like) if own else torch.rand(shape, generator=rng, device=like.device, dtype=like.dtype)
        return torch.complex(torch.cos(2 * math.pi * turns), torch.sin(2 * math.pi * turns))
    if torch.compiler.is_compiling() and not isinstance(rng, int):
        raise ParameterError(
            f"rng={rng!r} cannot be drawn from in a compiled graph: give an integer, or None for torch.manual_seed's numbers"
        )
    return ops.unit_phases.portable(rng, shape, like=like, xp=xp)
