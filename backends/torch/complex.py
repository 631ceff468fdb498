"""Complex numbers by their parts, and magnitudes whose gradients are written in one pass."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from nnaudio_xp import ops
from nnaudio_xp._namespace import Array, namespace
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


def _multiplied(fresh: Tensor, factor: Tensor) -> Tensor:
    """A product, in the memory of the first factor unless a graph is recorded, or gradients of many
    results are computed at once.
    """
    many = is_wrapped(factor) or torch._C._functorch.is_legacy_batchedtensor(factor)
    return fresh * factor if many or torch.is_grad_enabled() else fresh.mul_(factor)


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
        safe, grad = torch.where(size == 0, 1.0, size), _laid_out(grad, re)
        return _multiplied(re / safe, grad), _multiplied(im / safe, grad)


class _Modulus(torch.autograd.Function):
    """|z| of complex numbers: torch's own gradient is no number where |z|**2 has none."""

    @staticmethod
    def forward(ctx: Any, z: Tensor) -> Tensor:
        size = torch.abs(z)
        ctx.save_for_backward(z, size)
        return size

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Tensor:
        z, size = ctx.saved_tensors
        turned = torch.view_as_real(z) / torch.where(size == 0, 1.0, size).unsqueeze(-1)
        return torch.view_as_complex(_multiplied(turned, grad.unsqueeze(-1)))


class _Directions(torch.autograd.Function):
    """(re, im) / size, size being their magnitude."""

    @staticmethod
    def forward(ctx: Any, re: Tensor, im: Tensor, size: Tensor) -> tuple[Tensor, Tensor]:
        cosines, sines = ops.directions.portable(re, im, size, xp=namespace(re))
        ctx.save_for_backward(cosines, sines, size)
        return cosines, sines

    @staticmethod
    def backward(ctx: Any, by_cosine: Tensor, by_sine: Tensor) -> tuple[Tensor, Tensor, None]:
        cosines, sines, size = ctx.saved_tensors
        turn = torch.addcmul(cosines * by_sine, sines, by_cosine, value=-1) / _steep(size)
        return (sines * turn).neg_(), cosines * turn, None


def _steep(size: Tensor) -> Tensor:
    """Magnitudes to divide by: what is divided by a faint one is 0."""
    return torch.where(size < ops.faint(size, xp=namespace(size)), math.inf, size)


class _Angle(torch.autograd.Function):
    """The angle of re + i im."""

    @staticmethod
    def forward(ctx: Any, re: Tensor, im: Tensor) -> Tensor:
        ctx.save_for_backward(re, im)
        angle: Tensor = ops.angle.portable(re, im, xp=namespace(re))
        return angle

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        re, im = ctx.saved_tensors
        size: Tensor = magnitude(re, im, xp=namespace(re))
        cosines, sines = directions(re, im, size, xp=namespace(re))
        turn = grad / _steep(size)
        return (sines * turn).neg_(), cosines * turn


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
        re, im, scale = ops.of_own_size(re, im, xp=xp)
        square = re * re + im * im
        silent = square == 0
        return torch.where(silent, 0.0, scale * torch.sqrt(torch.where(silent, 1.0, square)))
    if not (is_wrapped(re) or is_wrapped(im)):
        return _Hypotenuse.apply(re, im)  # type: ignore[no-untyped-call]
    silent = (re == 0) & (im == 0)
    return torch.where(silent, 0.0, torch.hypot(torch.where(silent, 1.0, re), im))


@native(ops.modulus)
def modulus(values: Tensor, *, xp: ModuleType) -> Array:
    if not values.is_complex() or exporting():
        return torch.abs(values)
    if runs_eagerly(values):
        return _Modulus.apply(values)  # type: ignore[no-untyped-call]
    return magnitude(torch.real(values), torch.imag(values), xp=xp)


@native(ops.fixed)
def fixed(values: Tensor, *, xp: ModuleType) -> Tensor:
    if values.is_complex() and exporting():  # ONNX detaches real numbers alone
        return torch.complex(values.real.detach(), values.imag.detach())
    return values.detach()


@native(ops.held)
def held(values: Tensor, quiet: Tensor, *, xp: ModuleType) -> Tensor:
    return torch.where(quiet, values.detach(), values)


def _heard(re: Tensor, im: Tensor, *, xp: ModuleType) -> tuple[Tensor, Tensor, Tensor]:
    """Both parts in units of their own size, fixed where they are faint; and where both are 0."""
    a, b, scale = ops.of_own_size(re, im, xp=xp)
    quiet = scale < ops.faint(scale, xp=xp)
    return held(a, quiet, xp=xp), held(b, quiet, xp=xp), (re == 0) & (im == 0)


@native(ops.directions)
def directions(re: Tensor, im: Tensor, size: Tensor, *, xp: ModuleType) -> tuple[Tensor, Tensor]:
    if runs_eagerly(re, im, size):
        parts: tuple[Tensor, Tensor] = _Directions.apply(re, im, size)  # type: ignore[no-untyped-call]
        return parts
    a, b, silent = _heard(re, im, xp=xp)
    length = torch.sqrt(torch.where(silent, 1.0, a * a + b * b))
    return a / length, b / length


@native(ops.units)
def units(values: Tensor, *, xp: ModuleType) -> Tensor:
    re, im = torch.real(values), torch.imag(values)
    return torch.complex(*directions(re, im, magnitude(re, im, xp=xp), xp=xp))


@native(ops.angle)
def angle(re: Tensor, im: Tensor, *, xp: ModuleType) -> Array:
    if runs_eagerly(re, im):
        return _Angle.apply(re, im)  # type: ignore[no-untyped-call]
    a, b, silent = _heard(re, im, xp=xp)
    return torch.atan2(torch.where(silent, 0.0, b + 0.0), torch.where(silent, 1.0, a))


@native(ops.quotient)
def quotient(a: Tensor, b: Tensor, *, xp: ModuleType) -> Array:
    quiet = b.abs() < ops.faint(b, xp=xp)
    return held(a, quiet, xp=xp) / held(b, quiet, xp=xp)


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
