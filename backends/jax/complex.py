"""Complex numbers, made in one step."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import jax

from nnaudio_xp import ops

from .._register import for_jax as native

Array = Any


@native(ops.to_complex)
def to_complex(re: Array, im: Array, *, xp: ModuleType) -> Array:
    return jax.lax.complex(re, im)
