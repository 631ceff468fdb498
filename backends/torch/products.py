"""Products of frames with kernels, and of spectrograms with filter banks."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from nnaudio_xp import ops
from nnaudio_xp._namespace import Array
from nnaudio_xp.geometry import Framing

from .._register import for_torch as native
from ..numpy import products as loops
from ..numpy.rows import add_rows
from .frames import pad
from .ways import Way, exporting, is_wrapped, memory, run, runs_eagerly, way_of


def _rows(x: Tensor) -> Tensor:
    return x.reshape(-1, x.shape[-1])


@native(ops.superposed)
def superposed(re: Tensor, im: Tensor, cosines: Tensor, sines: Tensor, *, xp: ModuleType) -> Array:
    if not runs_eagerly(re, im, cosines, sines):
        return ops.superposed.portable(re, im, cosines, sines, xp=xp)
    sums = (_rows(re) @ cosines.T).addmm_(_rows(im), sines.T)  # added up where they lie: frames are as large as the spectra
    return sums.view(*re.shape[:-1], cosines.shape[0])


def _convolves(x: Tensor, kernels: Tensor) -> bool:
    """Whether a convolution is cheaper, which does not lay frames side by side: on the CPU in the
    precision that it is made for.
    """
    return x.device.type == "cpu" and x.dtype == torch.float32 and not (is_wrapped(x) or is_wrapped(kernels))


_FRAMED = 2**20
"""Samples of frames that are laid side by side at once."""

_MOST_HOPS = 64
"""Hops to a kernel up to which sums over overlapping frames are cheap."""


def _convolved(clips: Tensor, kernels: Tensor, hop_length: int) -> Tensor:
    return torch.nn.functional.conv1d(clips.unsqueeze(1), kernels.unsqueeze(1), stride=hop_length).mT


class _Correlation(torch.autograd.Function):
    """A convolution whose gradients are products of matrices, which take two thirds of the time of
    PyTorch's own.
    """

    @staticmethod
    def forward(ctx: Any, clips: Tensor, kernels: Tensor, hop_length: int) -> Tensor:
        ctx.save_for_backward(clips, kernels)
        ctx.hop_length = hop_length
        return _convolved(clips, kernels, hop_length)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        clips, kernels = ctx.saved_tensors
        if torch.is_grad_enabled():  # gradients of gradients
            inputs = [tensor for tensor, needed in zip((clips, kernels), ctx.needs_input_grad, strict=False) if needed]
            found = iter(torch.autograd.grad(_convolved(clips, kernels, ctx.hop_length), inputs, grad, create_graph=True))
            return *(next(found) if needed else None for needed in ctx.needs_input_grad[:2]), None
        (n_clips, n_frames, _), length, hop = grad.shape, kernels.shape[-1], ctx.hop_length
        signal = clips.new_zeros(clips.shape) if ctx.needs_input_grad[0] else None
        slopes = torch.zeros_like(kernels) if ctx.needs_input_grad[1] else None
        size = max(1, _FRAMED // (n_clips * length))
        for start in range(0, n_frames, size):
            part = _rows(grad[:, start : start + size])
            if slopes is not None:
                frames = clips[:, start * hop :].unfold(-1, length, hop)[:, :size]
                slopes.addmm_(part.T, _rows(frames))
            if signal is not None:
                for line, rows in zip(memory(signal), memory((part @ kernels).view(n_clips, -1, length)), strict=True):
                    add_rows(line, start * hop, rows, hop)
        return signal, slopes, None


@native(ops.correlate)
def correlate(x: Tensor, kernels: Tensor, framing: Framing, *, xp: ModuleType) -> Array:
    if exporting() or _convolves(x, kernels):
        padded = pad(x, framing.padding, framing.padding, framing.pad_mode, xp=xp)
        clips = padded if x.ndim == 2 else padded.reshape(-1, padded.shape[-1])
        if runs_eagerly(x, kernels) and kernels.requires_grad and kernels.shape[-1] <= _MOST_HOPS * framing.hop_length:
            values = _Correlation.apply(clips, kernels, framing.hop_length)  # type: ignore[no-untyped-call]
        else:
            values = _convolved(clips, kernels, framing.hop_length)
        values = values.contiguous() if exporting() else values  # strides of unknown length break exports
        return values if x.ndim == 2 else values.reshape(*x.shape[:-1], *values.shape[1:])
    if way_of(x, kernels, pad_mode=framing.pad_mode) is Way.LOOP:
        return run(loops.correlate, x, kernels, framing)
    return ops.correlate.portable(x, kernels, framing, xp=xp)


@native(ops.banded)
def banded(values: Tensor, bank: Tensor, *, xp: ModuleType) -> Array:
    return run(loops.banded, values, bank) if way_of(values, bank) is Way.LOOP else values @ bank.T
