"""Small operations."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import jax.numpy as jnp

from nnaudio_xp import ops

from .._register import for_jax as native

Array = Any


@native(ops.placed)
def placed(values: Array, places: Array, size: int, *, xp: ModuleType) -> Array:
    rows = jnp.zeros((*values.shape[:-1], size), dtype=values.dtype)
    return jnp.put_along_axis(rows, places, values, axis=-1, inplace=False, mode="drop")


@native(ops.sums_at)
def sums_at(values: Array, places: Array, size: int, *, axis: int, xp: ModuleType) -> Array:
    own = list(jnp.indices(values.shape, sparse=True))
    own[axis] = places
    shape = list(values.shape)
    shape[axis] = size
    return jnp.zeros(shape, dtype=values.dtype).at[tuple(own)].add(values)
