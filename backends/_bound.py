"""The functions of the library bound to one array library, whatever comes in."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import cache, wraps
from types import ModuleType
from typing import Any

import numpy as np

import nnaudio_xp
from nnaudio_xp._namespace import Array, is_array


class Room:
    """What a face and its layers must know of a library: its module here, its namespace, how arrays enter, and how they leave for NumPy."""

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
        """The function, with its arguments and results brought here and its new arrays made here."""
        creates = "xp" in inspect.signature(function).parameters

        @wraps(function)
        def bound(*args: Any, **kwargs: Any) -> Any:
            if creates:
                kwargs.setdefault("xp", self.xp())
            return self.brought(function(*map(self.argument, args), **{name: self.argument(value) for name, value in kwargs.items()}))

        return bound


@cache
def member(room: Room, source: ModuleType, name: str) -> Any:
    """A public name of a module: functions bound, modules as faces of their own, anything else as it is."""
    if name not in source.__all__ or name == "backends":
        raise AttributeError(f"there is no {name!r} in {source.__name__}")
    value = getattr(source, name)
    if isinstance(value, ModuleType):
        return Face(value, room)
    if not inspect.isfunction(value):
        return value
    bound = room.bind(value)
    bound.__module__, bound.__qualname__ = room.module, f"{source.__name__}.{name}".partition(".")[2]  # where pickle finds it
    return bound


class Face:
    """A module of the library, bound to a room."""

    def __init__(self, source: ModuleType, room: Room) -> None:
        self._source, self._room = source, room
        self.__doc__ = source.__doc__

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # asked by copy and pickle of a face that is not filled yet
            raise AttributeError(name)
        return member(self._room, self._source, name)

    def __dir__(self) -> list[str]:
        return list(self._source.__all__)


def top_level(room: Room, own: list[str]) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a module that is the face of the whole library, and has names of its own."""

    def getter(name: str) -> Any:
        return member(room, nnaudio_xp, name)

    def names() -> list[str]:
        return [*own, *(name for name in nnaudio_xp.__all__ if name != "backends")]

    return getter, names
