"""Fourier transforms by SciPy."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import numpy as np
import scipy.fft

from nnaudio_xp import ops
from nnaudio_xp.kernels.gabor import fast_length

from .._register import for_numpy as native
from .rows import Array


def _along(transform: Callable[..., Array], x: Array, **options: Any) -> Array:
    """A transform of SciPy's, row by row: it rounds rows that it takes together in another way than
    one alone.
    """
    if x.ndim == 1 or not x.size:
        return transform(x, **options)
    rows = [transform(row, **options) for row in x.reshape(-1, x.shape[-1])]
    return np.stack(rows).reshape(*x.shape[:-1], -1)


@native(ops.rfft)
def rfft(x: Array, *, xp: ModuleType) -> Array:
    return _along(scipy.fft.rfft, x)


@native(ops.irfft)
def irfft(spectrum: Array, n: int, *, xp: ModuleType) -> Array:
    return _along(scipy.fft.irfft, spectrum, n=n)


@native(ops.fft)
def fft(x: Array, *, xp: ModuleType) -> Array:
    return _along(scipy.fft.fft, x)


@native(ops.ifft)
def ifft(spectrum: Array, *, xp: ModuleType) -> Array:
    return _along(scipy.fft.ifft, spectrum)


@native(ops.even_spectrum)
def even_spectrum(half: Array, n: int, *, xp: ModuleType) -> Array:
    """Rows are taken together, which are the blocks of `framewise`: these depend on nothing but a
    clip's shape.
    """
    if n % 2:
        return ops.even_spectrum.portable(half, n, xp=xp)  # type: ignore[no-any-return]
    spectrum: Array = scipy.fft.dct(half, type=1)
    return spectrum


@native(ops.autocorrelation)
def autocorrelation(frames: Array, n_lags: int, *, xp: ModuleType) -> Array:
    """Rows are taken together, as in `even_spectrum`."""
    size = fast_length(frames.shape[-1] + n_lags - 1)
    spectrum = scipy.fft.rfft(frames, size)
    power = spectrum.real**2 + spectrum.imag**2
    products: Array = scipy.fft.irfft(power, size)[..., :n_lags]
    return products
