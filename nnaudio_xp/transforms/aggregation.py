"""NumPy's functions of many numbers, on any library."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import counterpart, host


def aggregator(function: Callable[..., Any], *, xp: ModuleType) -> Callable[..., Any]:
    """The library's own form of NumPy's mean, max, median, …; any other function as it is."""
    if function is host.median:  # which the standard does not have, and PyTorch defines otherwise
        return partial(ops.median, xp=xp)
    return counterpart(function, xp)
