"""Chroma: the energies of pitch classes."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, host
from ..geometry import Framing
from ..kernels.chroma import chroma_distances, chroma_octaves, chroma_weights, chroma_widths
from ..windows import get_window
from .constants import constant_like

STEPS = (0.4, 0.2, 0.1, 0.05)
"""Shares of a frame's energy at which the quantized chroma of Müller and Ewert takes a step."""


def _octaves(*, sr: float, n_fft: int) -> Array:
    return chroma_octaves(sr=sr, n_fft=n_fft)[:-1]


def tuned_bank(tuning: Array, like: Array, *, sr: float, n_fft: int, n_chroma: int, shape: dict[str, Any], xp: ModuleType) -> Array:
    """The chroma filter banks (..., n_chroma, frequency) of clips with tunings (...): made where
    they are used, without a look at the tunings' values.
    """
    distances, widths = (
        constant_like(build, like, xp=xp, sr=sr, n_fft=n_fft, n_chroma=n_chroma) for build in (chroma_distances, chroma_widths)
    )
    octaves = constant_like(_octaves, like, xp=xp, sr=sr, n_fft=n_fft)
    tuning = xp.astype(xp.reshape(tuning, (*like.shape[:-2], 1, 1)), distances.dtype, copy=False)
    return chroma_weights(distances, octaves, widths, tuning, **shape, xp=xp)


def smoothing_kernel(*, window: Any, length: int) -> Array:
    """A symmetric window of unit sum, two longer than the frames that it spans, in a row."""
    samples = host.flip(get_window(window, length + 2, fftbins=False))
    return host.expand_dims(samples / host.sum(samples), axis=0)


def quantized(shares: Array, *, xp: ModuleType) -> Array:
    """How many of the steps shares exceed, over their number."""
    return sum(xp.astype(shares > step, shares.dtype) for step in STEPS) / len(STEPS)


def smoothed(values: Array, kernel: Array, *, xp: ModuleType) -> Array:
    """Rows convolved with a kernel (1, n) along time, with zeros around them."""
    length = kernel.shape[-1]
    padded = ops.pad(values, length - 1 - length // 2, length // 2, "constant", xp=xp)
    return ops.correlate(padded, kernel, Framing(length, 1, center=False), xp=xp)[..., 0]
