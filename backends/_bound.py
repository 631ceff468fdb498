"""The functions and layers of the library, bound to one array library, whatever comes in."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
import sys
from collections.abc import Callable
from functools import cache, wraps
from types import ModuleType
from typing import Any

import numpy as np

import nnaudio_xp
from nnaudio_xp._namespace import Array, is_array


class ArrayLibrary:
    """What bound modules and layers must know of a library: its module here, its namespace, how
    arrays enter, how they leave for NumPy.
    """

    def __init__(
        self, module: str, xp: Callable[[], ModuleType], asarray: Callable[[Any], Array], to_numpy: Callable[[Array], Any]
    ) -> None:
        self.module, self.xp, self.asarray, self.to_numpy = module, xp, asarray, to_numpy

    def brought(self, value: Any) -> Any:
        """Arrays as this library's; anything else, NumPy's plain numbers too, as it is."""
        return self.asarray(value) if is_array(value) and not isinstance(value, np.generic) else value

    def argument(self, value: Any) -> Any:
        """Arrays and lists of numbers as this library's arrays; anything else as it is."""
        numbers = isinstance(value, list) and value and not any(isinstance(item, str) for item in value)
        return self.asarray(value) if numbers else self.brought(value)

    def bind(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with its arguments and results brought here and its new arrays made
        here.
        """
        creates = "xp" in inspect.signature(function).parameters

        @wraps(function)
        def bound(*args: Any, **kwargs: Any) -> Any:
            if creates:
                kwargs.setdefault("xp", self.xp())
            return self.brought(function(*map(self.argument, args), **{name: self.argument(value) for name, value in kwargs.items()}))

        return bound


@cache
def member(library: ArrayLibrary, source: ModuleType, name: str) -> Any:
    """A public name of a module: functions bound, modules as bound modules, anything else as it
    is.
    """
    if name not in source.__all__ or name == "backends":
        raise AttributeError(f"there is no {name!r} in {source.__name__}")
    value = getattr(source, name)
    if isinstance(value, ModuleType):
        return BoundModule(value, library)
    if not inspect.isfunction(value):
        return value
    bound = library.bind(value)
    path = f"{source.__name__}.{name}".partition(".")[2]
    bound.__module__, bound.__qualname__ = library.module, path  # where pickle finds it
    return bound


class BoundModule:
    """A module of the library, bound to an array library."""

    def __init__(self, source: ModuleType, library: ArrayLibrary) -> None:
        self._source, self._library = source, library
        self.__doc__ = source.__doc__

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # asked by copy and pickle of a module that is not filled yet
            raise AttributeError(name)
        return member(self._library, self._source, name)

    def __dir__(self) -> list[str]:
        return list(self._source.__all__)


def layer_names() -> list[str]:
    """The layers that every library has."""
    return [name for name in importlib.import_module("nnaudio_xp.layers").__all__ if name != "LayerSpec"]


def top_level(library: ArrayLibrary, adapter: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a library's module here: the functions bound to it, and the
    layers.

    A layer's class is made when it is asked for, by `layer_class` of the module `adapter`.
    """
    everything: ModuleType = nnaudio_xp
    inside = {module.name for module in pkgutil.iter_modules(getattr(sys.modules[library.module], "__path__", []))}

    def getter(name: str) -> Any:
        if name == "__all__":
            return names()
        # asked for a module inside that is not imported yet, it must not import the layers to say no
        if name in everything.__all__ or name in inside or name.startswith("_") or name not in layer_names():
            return member(library, everything, name)
        made = importlib.import_module(adapter).layer_class(library, getattr(importlib.import_module("nnaudio_xp.layers"), name))
        return vars(sys.modules[library.module]).setdefault(name, made)

    def names() -> list[str]:
        return [*layer_names(), *(name for name in everything.__all__ if name != "backends")]

    return getter, names
