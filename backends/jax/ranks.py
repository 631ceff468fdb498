"""Running medians, whose derivatives are those of the numbers that they are: through the network
that finds them they would take minutes to compile.
"""

from __future__ import annotations

from functools import partial
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp

from nnaudio_xp import ops

from .._register import for_jax as native

Array = Any


@partial(jax.custom_jvp, nondiff_argnums=(1, 2))
def _median(x: Array, size: int, axis: int) -> Array:
    return ops.median_filter.portable(x, size, axis=axis, xp=jnp)


@_median.defjvp
def _slope(size: int, axis: int, values: tuple[Array], tangents: tuple[Array]) -> tuple[Array, Array]:
    medians = _median(values[0], size, axis)
    places = ops.median_places(values[0], medians, size, axis=axis, xp=jnp)
    return medians, jnp.take_along_axis(tangents[0], places, axis=axis)


@native(ops.median_filter)
def median_filter(x: Array, size: int, *, axis: int, xp: ModuleType) -> Array:
    return _median(x, size, axis)
