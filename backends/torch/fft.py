"""Fourier transforms by torch, by products with matrices where exported graphs need them."""

from __future__ import annotations

from types import ModuleType

import torch
from torch import Tensor

from nnaudio_xp import ops
from nnaudio_xp._namespace import Array

from .._register import for_torch as native
from .ways import exporting


def _lacks_fft(x: Tensor, n: int) -> bool:
    """Whether a product must serve: exported graphs take lengths other than powers of two
    inexactly, and MKL takes no empty batch.
    """
    return n & (n - 1) != 0 if exporting() else x.numel() == 0


@native(ops.rfft)
def rfft(x: Tensor, *, xp: ModuleType) -> Array:
    return ops.rfft_by_product(x, xp=xp) if _lacks_fft(x, x.shape[-1]) else torch.fft.rfft(x)


@native(ops.irfft)
def irfft(spectrum: Tensor, n: int, *, xp: ModuleType) -> Array:
    return ops.irfft_by_product(spectrum, n, xp=xp) if _lacks_fft(spectrum, n) else torch.fft.irfft(spectrum, n=n)


@native(ops.fft)
def fft(x: Tensor, *, xp: ModuleType) -> Array:
    return ops.fft_by_product(x, xp=xp) if _lacks_fft(x, x.shape[-1]) else torch.fft.fft(x)


@native(ops.ifft)
def ifft(spectrum: Tensor, *, xp: ModuleType) -> Array:
    return ops.ifft_by_product(spectrum, xp=xp) if _lacks_fft(spectrum, spectrum.shape[-1]) else torch.fft.ifft(spectrum)
