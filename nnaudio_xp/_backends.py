"""The one way out of the core: what names an array library lives in `nnaudio_xp.backends`, and is
imported by name on first use.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def backend_module(name: str) -> Any:
    """A module of `nnaudio_xp.backends`."""
    return importlib.import_module(f".{name}", "nnaudio_xp.backends")


def backends() -> Any:
    """The package itself."""
    return importlib.import_module("nnaudio_xp.backends")


def host_functions() -> Any:
    """What NumPy and SciPy have beyond the standard: random numbers, special windows."""
    return backend_module("_host")


def file_functions() -> Any:
    """What reads sound files."""
    return backend_module("_files")


def constant_in_graphs(function: Callable[P, R]) -> Callable[P, R]:
    """A function of parameters, not of arrays: compilers that trace Python call it rather than look
    inside, and take what it gives for a constant.
    """
    marked: Callable[P, R] = backend_module("_modes").constant_in_graphs(function)
    return marked


def made_outside_graphs(function: Callable[P, R]) -> Callable[P, R]:
    """What every public function is that makes arrays of parameters: `constant_in_graphs`, its
    result the caller's own.
    """
    decorated: Callable[P, R] = backend_module("_modes").made_outside_graphs(function)
    return decorated


def at_full_precision(function: Callable[P, R]) -> Callable[P, R]:
    """What every public function of arrays is: it computes as it does outside of the mixed
    precision that a caller's library may be set to.
    """
    decorated: Callable[P, R] = backend_module("_modes").at_full_precision(function)
    return decorated


def decided_once(maxsize: int) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Keep what a function makes of its parameters, if they can be hashed; a constant in graphs."""

    def decorated(function: Callable[P, R]) -> Callable[P, R]:
        kept = lru_cache(maxsize=maxsize, typed=True)(function)

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> R:
            try:
                return kept(*args, **kwargs)  # type: ignore[arg-type]
            except TypeError:  # they cannot be hashed
                return function(*args, **kwargs)

        return constant_in_graphs(call)

    return decorated
