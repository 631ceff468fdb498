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
from nnaudio_xp._namespace import Array, dtype_name, is_array
from nnaudio_xp.errors import ParameterError

NUMERIC = "biufcV"
"""Kinds of NumPy's dtypes that hold numbers: JAX's bfloat16 counts as 'V'."""


def numpy_array(value: Any, name: str) -> Any:
    """An array of any library, or a list of numbers, as NumPy's, in the machine's byte order.

    Floats that NumPy does not have are widened. Raises if a gradient or digits would be lost.
    """
    if getattr(value, "requires_grad", False):
        raise ParameterError(f"{name} is a tensor that requires a gradient, which would be lost: detach() it first")
    try:
        if hasattr(value, "resolve_conj"):  # PyTorch's views that are conjugated or negated when read
            value = value.resolve_conj().resolve_neg().cpu()
            value = value if hasattr(np, dtype_name(value.dtype)) else value.float()
        elif type(value).__module__.startswith("cupy"):
            value = value.get()
        array = np.asarray(value)
    except (RuntimeError, TypeError, ValueError) as error:
        kind, reason = f"{type(value).__module__}.{type(value).__qualname__}", str(error).partition("\n")[0]
        raise ParameterError(f"{name} is a {kind} that cannot be brought to NumPy: {reason}") from error
    if array.dtype.char in "gG":
        raise ParameterError(f"{name} has dtype {array.dtype.name}, whose digits would be lost: bring it to 'float64' or 'complex128'")
    if array.dtype.kind == "V" and array.dtype.names is None:  # JAX's bfloat16, which NumPy does not compute with
        return array.astype(np.float32)
    if array.dtype.kind not in NUMERIC:
        raise ParameterError(f"{name} has dtype {array.dtype.name}: it must hold numbers")
    return array.astype(array.dtype.newbyteorder("="), copy=False)


class ArrayLibrary:
    """What bound modules and layers must know of a library: its module here, its namespace, how
    arrays enter, how they leave for NumPy.
    """

    def __init__(
        self, module: str, xp: Callable[[], ModuleType], asarray: Callable[[Any, str], Array], to_numpy: Callable[[Array], Any]
    ) -> None:
        self.module, self.xp, self.asarray, self.to_numpy = module, xp, asarray, to_numpy

    def brought(self, value: Any) -> Any:
        """Arrays of numbers as this library's; anything else, NumPy's plain numbers and its texts
        too, as it is.
        """
        return self.asarray(value, "the result") if _is_numeric_array(value) else value

    def argument(self, name: str, value: Any) -> Any:
        """Arrays and lists of numbers as this library's arrays; anything else as it is, and `out`,
        which is written to.
        """
        return self.asarray(value, name) if name != "out" and _holds_numbers(value) else value

    def bind(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with its arguments and results brought here and its new arrays made
        here.
        """
        parameters = list(inspect.signature(function).parameters)
        creates = "xp" in parameters

        @wraps(function)
        def bound(*args: Any, **kwargs: Any) -> Any:
            if creates:
                kwargs.setdefault("xp", self.xp())
            named = {name: self.argument(name, value) for name, value in kwargs.items()}
            return self.brought(function(*map(self.argument, parameters, args), *args[len(parameters) :], **named))

        return bound


def _holds_numbers(value: Any) -> bool:
    """Whether a value is an array or a list of numbers: functions name what is wrong with
    others.
    """
    if not isinstance(value, list):
        return _is_numeric_array(value)
    try:
        return bool(value) and np.asarray(value).dtype.kind in NUMERIC
    except (RuntimeError, TypeError, ValueError):
        return any(map(is_array, value))  # with a gradient, say; else the list is ragged


def _is_numeric_array(value: Any) -> bool:
    return is_array(value) and not isinstance(value, np.generic) and getattr(value.dtype, "kind", "f") in NUMERIC


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
