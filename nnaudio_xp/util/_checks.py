"""What the functions of this folder ask of an array."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from .._namespace import is_array, namespace
from ..errors import ParameterError, plain


def checked_array(data: Any, name: str, axis: Any) -> tuple[ModuleType, int, int]:
    """The array's namespace, its length along an axis that it has, and that axis."""
    if not is_array(data):
        raise ParameterError(f"{name} is a {type(data).__name__}: it must be an array")
    axis = plain(axis)
    if isinstance(axis, bool) or not isinstance(axis, int) or not -data.ndim <= axis < data.ndim:
        raise ParameterError(
            f"axis={axis!r} must be an integer from {-data.ndim} to {data.ndim - 1} for {name} of shape {tuple(data.shape)}"
        )
    return namespace(data), data.shape[axis], axis
