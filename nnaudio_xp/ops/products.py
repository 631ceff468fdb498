"""Products of frames with kernels, and of spectrograms with filter banks."""

from __future__ import annotations

from types import ModuleType

from .._namespace import Array
from ..geometry import Framing
from .dispatch import operation
from .frames import framed


@operation
def correlate(x: Array, kernels: Array, framing: Framing, *, xp: ModuleType) -> Array:
    """Inner products (..., time, kernel) of the frames of a signal (..., n) with kernels (kernel,
    n_fft).
    """
    return framed(x, framing, xp=xp) @ kernels.T


@operation
def superposed(re: Array, im: Array, cosines: Array, sines: Array, *, xp: ModuleType) -> Array:
    """Sums (..., n) of waves, cosines and sines (n, wave), by their amplitudes (..., wave)."""
    return banded(re, cosines, xp=xp) + banded(im, sines, xp=xp)


@operation
def banded(values: Array, bank: Array, *, xp: ModuleType) -> Array:
    """A filter bank (bands, frequency) applied to the last axis of a spectrogram (..., time,
    frequency).
    """
    return values @ bank.T
