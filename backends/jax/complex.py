"""Complex numbers, made in one step, and derivatives of magnitudes and quotients that are finite:
JAX's own divide by squares.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp

from nnaudio_xp import ops

from .._register import for_jax as native

Array = Any


@native(ops.to_complex)
def to_complex(re: Array, im: Array, *, xp: ModuleType) -> Array:
    return jax.lax.complex(re, im)


@native(ops.fixed)
def fixed(values: Array, *, xp: ModuleType) -> Array:
    return jax.lax.stop_gradient(values)


@native(ops.held)
def held(values: Array, quiet: Array, *, xp: ModuleType) -> Array:
    return jnp.where(quiet, jax.lax.stop_gradient(values), values)


@jax.custom_jvp
def _size(re: Array, im: Array) -> Array:
    return jnp.abs(jax.lax.complex(re, im))


@_size.defjvp
def _size_slope(values: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    size = _size(*values)
    safe = jnp.where(size == 0, 1.0, size)
    return size, values[0] / safe * tangents[0] + values[1] / safe * tangents[1]


@jax.custom_jvp
def _direction(re: Array, im: Array) -> tuple[Array, Array]:
    return ops.directions.portable(re, im, _size(re, im), xp=jnp)


def _turn(re: Array, im: Array, tangents: tuple[Array, Array]) -> Array:
    """How an angle turns; not at all where the magnitude is faint."""
    size = _size(re, im)
    heard = size >= ops.faint(size, xp=jnp)
    cosines, sines = _direction(re, im)
    return jnp.where(heard, cosines * tangents[1] - sines * tangents[0], 0.0) / jnp.where(heard, size, 1.0)


@_direction.defjvp
def _direction_slope(values: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[tuple[Array, Array], tuple[Array, Array]]:
    (cosines, sines), turn = _direction(*values), _turn(*values, tangents)
    return (cosines, sines), (-sines * turn, cosines * turn)


@jax.custom_jvp
def _angle(re: Array, im: Array) -> Array:
    return ops.angle.portable(re, im, xp=jnp)


@_angle.defjvp
def _angle_slope(values: tuple[Array, Array], tangents: tuple[Array, Array]) -> tuple[Array, Array]:
    return _angle(*values), _turn(*values, tangents)


@native(ops.magnitude)
def magnitude(re: Array, im: Array, *, xp: ModuleType) -> Array:
    return _size(re, im)


@native(ops.modulus)
def modulus(values: Array, *, xp: ModuleType) -> Array:
    return _size(values.real, values.imag) if jnp.iscomplexobj(values) else jnp.abs(values)


@native(ops.directions)
def directions(re: Array, im: Array, size: Array, *, xp: ModuleType) -> tuple[Array, Array]:
    cosines, sines = _direction(re, im)
    return cosines, sines


@native(ops.units)
def units(values: Array, *, xp: ModuleType) -> Array:
    return jax.lax.complex(*_direction(values.real, values.imag))


@native(ops.angle)
def angle(re: Array, im: Array, *, xp: ModuleType) -> Array:
    return _angle(re, im)


@native(ops.quotient)
def quotient(a: Array, b: Array, *, xp: ModuleType) -> Array:
    quiet = jnp.abs(b) < ops.faint(b, xp=jnp)
    unit = jax.lax.stop_gradient(b)
    ratio = held(a, quiet, xp=xp) / unit
    return ratio / jnp.where(quiet, 1.0, b / unit)
