"""Looks at arrays, and at values where that costs no synchronisation and breaks no graph."""

from __future__ import annotations

from types import ModuleType

from .._namespace import Array, is_writable
from ..errors import ParameterError
from .dispatch import operation


@operation
def require_finite(x: Array, name: str, *, xp: ModuleType) -> None:
    """Raise on NaN or infinity where that costs no synchronisation (NumPy); nothing elsewhere."""


@operation
def require(fine: Array, message: str, *, xp: ModuleType) -> None:
    """Raise where a look at a value costs no synchronisation (NumPy); nothing elsewhere."""


@operation
def warn_unless(fine: Array, message: str, *, xp: ModuleType) -> None:
    """Warn where a look at a value costs no synchronisation (NumPy); nothing elsewhere."""


@operation
def require_between(values: Array, name: str, low: int, high: int | None, *, xp: ModuleType) -> None:
    """Raise on integers outside a range where that costs no synchronisation (they are on the host,
    and not traced); nothing elsewhere.
    """


@operation
def require_writable(x: Array, name: str, *, xp: ModuleType) -> None:
    """Raise unless a result can be stored in an array."""
    if not is_writable(x):
        raise ParameterError(f"{name}={type(x).__name__}: this array cannot be written to, it is read-only or its library's arrays all are")
