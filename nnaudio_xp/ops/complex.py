"""Complex numbers, their magnitudes, and powers of these."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from .._backends import constant_in_graphs, host_functions
from .._namespace import Array, Device, Dtype, complex_dtype, device_of, place
from .dispatch import operation


@operation
def to_complex(re: Array, im: Array, *, xp: ModuleType) -> Array:
    """re + i im."""
    dtype = complex_dtype(re, xp)
    return xp.astype(re, dtype) + xp.astype(im, dtype) * 1j


@operation
def magnitude(re: Array, im: Array, *, xp: ModuleType) -> Array:
    """|re + i im|, with gradient 0 at 0."""
    return xp.abs(to_complex(re, im, xp=xp))


@operation
def squared_magnitude(re: Array, im: Array, *, xp: ModuleType) -> Array:
    """|re + i im|**2."""
    return re * re + im * im


@operation
def raised(size: Array, power: float, *, xp: ModuleType) -> Array:
    """Magnitudes to a power, with gradient 0 at 0, where that of a root is infinite."""
    if power >= 1:
        return size if power == 1 else size**power
    silent = size == 0
    return xp.where(silent, 0.0, xp.where(silent, 1.0, size) ** power)


def magnitude_to(power: float, re: Array, im: Array, *, xp: ModuleType) -> Array:
    """|re + i im|**power."""
    return squared_magnitude(re, im, xp=xp) if power == 2 else raised(magnitude(re, im, xp=xp), power, xp=xp)


def to_power(spectrum: Array, power: float | None, *, xp: ModuleType) -> Array:
    """The complex spectrum itself, or its magnitude to a power."""
    if power is None:
        return spectrum
    if power == 2:
        return squared_magnitude(xp.real(spectrum), xp.imag(spectrum), xp=xp)
    return raised(xp.abs(spectrum), power, xp=xp)


@operation
def unit_phases(rng: Any, shape: tuple[int, ...], *, like: Array, xp: ModuleType) -> Array:
    """Complex numbers of magnitude 1 and random phase from a seed or NumPy generator: the same on
    every library.
    """
    return _drawn(rng, shape, xp, complex_dtype(like, xp), device_of(like))


@constant_in_graphs
def _drawn(rng: Any, shape: tuple[int, ...], xp: ModuleType, dtype: Dtype, device: Device) -> Array:
    return place(host_functions().random_phases(rng, shape), xp=xp, dtype=dtype, device=device)
