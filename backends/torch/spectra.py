"""The short-time Fourier transform: NumPy's loops, and an operator whose gradient is the adjoint
loop.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from nnaudio_xp import ops
from nnaudio_xp._namespace import Array
from nnaudio_xp.geometry import Framing

from .._register import for_torch as native
from ..numpy import spectra as loops
from .operators import namespace_of_torch, operator
from .products import banded
from .ways import Way, run, way_of

_SETTINGS = "Tensor x, Tensor window, Tensor? bank, float? power, int n_fft, int hop_length, bool center, str pad_mode"


def _analyze(x: Tensor, window: Tensor, bank: Tensor | None, power: float | None, *framing: Any) -> Tensor:
    values: Tensor = run(loops.spectra, x, window, Framing(*framing), power=power, bank=bank)
    return values if power is not None else torch.view_as_real(values)


def _analyze_empty(x: Tensor, window: Tensor, bank: Tensor | None, power: float | None, *settings: Any) -> Tensor:
    framing = Framing(*settings)
    width = framing.n_freqs if bank is None else bank.shape[0]
    pair = () if power is not None else (2,)
    return x.new_empty((*x.shape[:-1], framing.n_frames(x.shape[-1]), width, *pair))


def _adjoint(grad: Tensor, x: Tensor, window: Tensor, bank: Tensor | None, power: float | None, *framing: Any) -> Tensor:
    slopes = grad if power is not None else torch.view_as_complex(grad)
    slope: Tensor = run(loops.spectra_adjoint, slopes, x, window, Framing(*framing), power=power, bank=bank)
    return slope


def _adjoint_empty(grad: Tensor, x: Tensor, *settings: Any) -> Tensor:
    return torch.empty_like(x, memory_format=torch.contiguous_format)


_spectra = operator("spectra", f"({_SETTINGS}) -> Tensor", _analyze, _analyze_empty)
_spectra_adjoint = operator("spectra_adjoint", f"(Tensor grad, {_SETTINGS}) -> Tensor", _adjoint, _adjoint_empty)


def _keep(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    x, window, bank, *ctx.settings = inputs
    ctx.save_for_backward(x, window, bank)


def _backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
    x, window, bank = ctx.saved_tensors
    if torch.is_grad_enabled():  # a second derivative is wanted: go through torch's own operations
        power, *framing = ctx.settings
        values = ops.spectra.portable(x, window, Framing(*framing), power=power, bank=bank, xp=namespace_of_torch())
        values = values if power is not None else torch.view_as_real(values)
        (slope,) = torch.autograd.grad(values, x, grad, create_graph=True)
    else:
        slope = _spectra_adjoint(grad.contiguous(), x, window, bank, *ctx.settings)
    return (slope, *[None] * 7)


_spectra.register_autograd(_backward, setup_context=_keep)


def _recorded(x: Tensor, window: Tensor, framing: Framing, *, power: float | None = None, bank: Tensor | None = None) -> Tensor:
    """The operator; pairs (re, im) for no power."""
    values: Tensor = _spectra(x, window, bank, power, framing.n_fft, framing.hop_length, framing.center, framing.pad_mode)
    return values


@native(ops.spectra)
def spectra(
    x: Tensor,
    window: Tensor,
    framing: Framing,
    *,
    power: float | None = None,
    bank: Tensor | None = None,
    out: Tensor | None = None,
    xp: ModuleType,
) -> Array:
    way = way_of(x, window, bank, pad_mode=framing.pad_mode)
    if way is Way.LOOP:
        values = run(loops.spectra, x, window, framing, power=power, bank=bank, out=out)
        return values if out is None else out
    if way is Way.OPERATOR:
        values = _recorded(x, window, framing, power=power, bank=bank)
        values = values if power is not None else torch.view_as_complex(values)
    elif bank is not None and way_of(x, window, pad_mode=framing.pad_mode) is not Way.PORTABLE:  # the bank is trained
        values = banded(spectra(x, window, framing, power=power, xp=xp), bank, xp=xp)
    else:
        return ops.spectra.portable(x, window, framing, power=power, bank=bank, out=out, xp=xp)
    return values if out is None else ops.write(out, values, xp=xp)


@native(ops.spectral_parts)
def spectral_parts(x: Tensor, window: Tensor, framing: Framing, *, xp: ModuleType) -> tuple[Tensor, Tensor]:
    if way_of(x, window, pad_mode=framing.pad_mode) is Way.OPERATOR:
        pair = _recorded(x, window, framing)
    else:
        pair = torch.view_as_real(spectra(x, window, framing, xp=xp))
    return pair[..., 0], pair[..., 1]


@native(ops.framewise)
def framewise(
    x: Tensor, window: Tensor, framing: Framing, then: Callable[..., tuple[Array, ...]], *kernels: Tensor, xp: ModuleType
) -> tuple[Array, ...]:
    looped = way_of(x, window, *kernels, pad_mode=framing.pad_mode) is Way.LOOP
    values: tuple[Array, ...] = (
        run(loops.framewise, x, window, framing, then, *kernels)
        if looped
        else ops.framewise.portable(x, window, framing, then, *kernels, xp=xp)
    )
    return values


@native(ops.blockwise)
def blockwise(x: Tensor, framing: Framing, then: Callable[..., Array], *kernels: Tensor, xp: ModuleType) -> Array:
    if way_of(x, *kernels, pad_mode=framing.pad_mode) is Way.LOOP:
        return run(loops.blockwise, x, framing, then, *kernels)
    return ops.blockwise.portable(x, framing, then, *kernels, xp=xp)


@native(ops.columnwise)
def columnwise(then: Callable[..., Array], *arrays: Tensor, axis: int, xp: ModuleType) -> Array:
    if all(way_of(array) is Way.LOOP for array in arrays):
        return run(loops.columnwise, then, *arrays, axis=axis)
    return ops.columnwise.portable(then, *arrays, axis=axis, xp=xp)


@native(ops.synthesis)
def synthesis(spectrum: Tensor, window: Tensor, framing: Framing, length: int, *, out: Tensor | None = None, xp: ModuleType) -> Array:
    if way_of(spectrum, window, pad_mode=framing.pad_mode) is not Way.LOOP:
        return ops.synthesis.portable(spectrum, window, framing, length, out=out, xp=xp)
    signal = run(loops.synthesis, spectrum, window, framing, length, out=out)
    return signal if out is None else out


@native(ops.griffinlim)
def griffinlim(
    S: Tensor, phases: Tensor, window: Tensor, framing: Framing, *, n_iter: int, momentum: float, length: int, xp: ModuleType
) -> Array:
    if way_of(S, window, pad_mode=framing.pad_mode) is not Way.LOOP:
        return ops.griffinlim.portable(S, phases, window, framing, n_iter=n_iter, momentum=momentum, length=length, xp=xp)
    return run(loops.griffinlim, S, phases, window, framing, n_iter=n_iter, momentum=momentum, length=length)
