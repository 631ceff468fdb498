"""Looks at values, taken where they cost no synchronisation and break no graph."""

from __future__ import annotations

from types import ModuleType

from .._namespace import Array
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
