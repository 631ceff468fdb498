"""The one way out of the core: what names an array library lives in `nnaudio_xp.backends`, and is
imported by name on first use.
"""

from __future__ import annotations

import importlib
from typing import Any


def backend_module(name: str) -> Any:
    """A module of `nnaudio_xp.backends`."""
    return importlib.import_module(f".{name}", "nnaudio_xp.backends")


def backends() -> Any:
    """The package itself."""
    return importlib.import_module("nnaudio_xp.backends")


def host_functions() -> Any:
    """What NumPy and SciPy have beyond the standard: random numbers, special windows."""
    return backend_module("_host")
