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
