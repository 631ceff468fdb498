"""Complex numbers, their magnitudes and phases, and what has no gradient at 0.

Magnitudes, roots and quotients have slopes of about 1 / x: infinite at 0, beyond any precision near
it. Derivatives are finite all the same: that of a magnitude is a direction, or 0 at 0; what divides
by a magnitude, and a root of one, has the derivative 0 below `faint`.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from .._backends import constant_in_graphs, host_functions
from .._namespace import Array, Device, Dtype, complex_dtype, device_of, place
from .arrays import at_least
from .dispatch import operation


def faint(like: Array, *, xp: ModuleType) -> float:
    """Below which quotients and roots have the gradient 0: 2**14 smallest normal numbers,
    1.9e-34 in float32. Slopes end at 1e34, which leaves room for sums of them.
    """
    return float(xp.finfo(like.dtype).smallest_normal) * 2.0**14


@operation
def fixed(values: Array, *, xp: ModuleType) -> Array:
    """The values, as constants of derivatives."""
    return values


@operation
def held(values: Array, quiet: Array, *, xp: ModuleType) -> Array:
    """The values, fixed where it is quiet."""
    return values


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
def modulus(values: Array, *, xp: ModuleType) -> Array:
    """|values| of complex or real numbers, with gradient 0 at 0."""
    return xp.abs(values)


@operation
def directions(re: Array, im: Array, size: Array, *, xp: ModuleType) -> tuple[Array, Array]:
    """Real and imaginary part of (re + i im) / size, where size is the magnitude; 0 at 0. The
    gradient is 0 where the magnitude is faint.
    """
    safe = xp.where(size == 0, 1.0, size)
    return re / safe, im / safe


@operation
def phases(spectrum: Array, size: Array, *, xp: ModuleType) -> Array:
    """Complex numbers over their magnitudes, 1 at 0, with the gradient of `directions`."""
    cosines, sines = directions(xp.real(spectrum), xp.imag(spectrum), size, xp=xp)
    return to_complex(xp.where(size == 0, 1.0, cosines), sines, xp=xp)


@operation
def units(values: Array, *, xp: ModuleType) -> Array:
    """Complex numbers divided by their magnitudes, with the gradient of `directions`."""
    size = xp.abs(values)
    return values / (size + xp.finfo(size.dtype).smallest_normal)


@operation
def angle(re: Array, im: Array, *, xp: ModuleType) -> Array:
    """Angles in radians, pi rather than -pi where im is -0. At 0 the angle is 0; where the
    magnitude is faint its gradient is.
    """
    silent = (re == 0) & (im == 0)
    return xp.atan2(xp.where(silent, 0.0, im + 0.0), xp.where(silent, 1.0, re))


@operation
def quotient(a: Array, b: Array, *, xp: ModuleType) -> Array:
    """a / b for b that is not 0, with gradient 0 where |b| is faint."""
    return a / b


def of_own_size(re: Array, im: Array, *, xp: ModuleType) -> tuple[Array, Array, Array]:
    """Both parts divided by a number that is fixed, the larger part's magnitude, and that number:
    neither their squares nor derivatives of these vanish.
    """
    scale = at_least(fixed(xp.abs(re), xp=xp), fixed(xp.abs(im), xp=xp), xp=xp)
    scale = at_least(scale, float(xp.finfo(re.dtype).smallest_normal), xp=xp)
    return re / scale, im / scale, scale


@operation
def squared_magnitude(re: Array, im: Array, *, xp: ModuleType) -> Array:
    """|re + i im|**2."""
    return re * re + im * im


@operation
def raised(size: Array, power: float, *, xp: ModuleType) -> Array:
    """Magnitudes to a power; that of a root has the gradient 0 where they are faint."""
    if power >= 1:
        return size if power == 1 else size**power
    quiet = size < faint(size, xp=xp)
    return xp.where(quiet, fixed(size, xp=xp) ** power, xp.where(quiet, 1.0, size) ** power)


def magnitude_to(power: float, re: Array, im: Array, *, xp: ModuleType) -> Array:
    """|re + i im|**power."""
    return squared_magnitude(re, im, xp=xp) if power == 2 else raised(magnitude(re, im, xp=xp), power, xp=xp)


def to_power(spectrum: Array, power: float | None, *, xp: ModuleType) -> Array:
    """The complex spectrum itself, or its magnitude to a power."""
    if power is None:
        return spectrum
    if power == 2:
        return squared_magnitude(xp.real(spectrum), xp.imag(spectrum), xp=xp)
    return raised(modulus(spectrum, xp=xp), power, xp=xp)


@operation
def unit_phases(rng: Any, shape: tuple[int, ...], *, like: Array, xp: ModuleType) -> Array:
    """Complex numbers of magnitude 1 and random phase from a seed or NumPy generator: the same on
    every library.
    """
    return _drawn(rng, shape, xp, complex_dtype(like, xp), device_of(like))


@constant_in_graphs
def _drawn(rng: Any, shape: tuple[int, ...], xp: ModuleType, dtype: Dtype, device: Device) -> Array:
    return place(host_functions().random_phases(rng, shape), xp=xp, dtype=dtype, device=device)
