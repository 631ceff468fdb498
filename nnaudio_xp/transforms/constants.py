"""What is made of parameters, beside the signal that meets it."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, device_of, real_dtype


def constant_like(build: Callable[..., Array], like: Array, *, xp: ModuleType, large: bool = False, **params: Any) -> Array:
    """`build(**params)`, a real array, on the device of another one and in the precision that this one is computed in."""
    return ops.constant(build, xp=xp, dtype=real_dtype(like, xp), device=device_of(like), large=large, **params)
