"""Arrays made from parameters, for use with a signal."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, device_of, real_dtype


def constant_like(build: Callable[..., Array], like: Array, *, xp: ModuleType, large: bool = False, **params: Any) -> Array:
    """The real array that `build(**params)` makes, on the device of another array, in the precision
    in which that is computed.
    """
    return ops.constant(build, xp=xp, dtype=real_dtype(like, xp), device=device_of(like), large=large, **params)
