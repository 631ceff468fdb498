"""The functions of the library bound to one array library, whatever comes in."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from types import ModuleType
from typing import Any

import nnaudio_xp
from nnaudio_xp._namespace import Array, is_array


class Room:
    """What a face and its layers must know of a library: its namespace, how arrays enter, and how they leave for NumPy."""

    def __init__(self, xp: Callable[[], ModuleType], asarray: Callable[[Any], Array], to_numpy: Callable[[Array], Any]) -> None:
        self.xp, self.asarray, self.to_numpy = xp, asarray, to_numpy

    def brought(self, value: Any) -> Any:
        """Arrays and lists of numbers as this library's arrays; anything else as it is."""
        numbers = isinstance(value, list) and value and not any(isinstance(item, str) for item in value)
        return self.asarray(value) if numbers or is_array(value) else value

    def bind(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """The function, with its arguments brought here and its new arrays made here."""
        creates = "xp" in inspect.signature(function).parameters

        @wraps(function)
        def bound(*args: Any, **kwargs: Any) -> Any:
            if creates:
                kwargs.setdefault("xp", self.xp())
            return function(*map(self.brought, args), **{name: self.brought(value) for name, value in kwargs.items()})

        return bound

    def member(self, source: ModuleType, name: str) -> Any:
        """A public name of a module: functions bound, modules as faces of their own, anything else as it is."""
        if name not in source.__all__ or name == "backends":
            raise AttributeError(f"there is no {name!r} in {source.__name__}")
        value = getattr(source, name)
        if isinstance(value, ModuleType):
            return Face(value, self)
        return self.bind(value) if inspect.isfunction(value) else value


class Face:
    """A module of the library, bound to a room."""

    def __init__(self, source: ModuleType, room: Room) -> None:
        self._source, self._room = source, room
        self.__doc__ = source.__doc__

    def __getattr__(self, name: str) -> Any:
        return self._room.member(self._source, name)

    def __dir__(self) -> list[str]:
        return list(self._source.__all__)


def top_level(room: Room) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """`__getattr__` and `__dir__` of a module that is the face of the whole library."""

    def getter(name: str) -> Any:
        return room.member(nnaudio_xp, name)

    def names() -> list[str]:
        return [name for name in nnaudio_xp.__all__ if name != "backends"]

    return getter, names
