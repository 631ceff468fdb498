"""What a layer's arrays are, declared as data: how each is made, when the layer uses it, and what
has it trained.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Any, TypeAlias

from .._namespace import Array
from ..errors import ParameterError

Trainable: TypeAlias = bool | str | Collection[str]
"""What a `trainable` argument takes: whether the kernels are trained, or which parameters behind
them.
"""

Build: TypeAlias = Callable[[Any], Array]
"""Makes an array from a layer's specification: float64, on the host."""

When: TypeAlias = Callable[[Any], bool]
"""Whether a layer with this specification uses an array."""


def always(spec: Any) -> bool:
    return True


def never(spec: Any) -> bool:
    return False


@dataclass(frozen=True)
class Kernel:
    """An array that checkpoints hold under this name; trained where one of the `switches` is True, or
    names it.

    One that is `exported` is given to `apply` in graphs that must run without this library, where
    the layer does not use it otherwise.
    """

    name: str
    build: Build
    switches: tuple[str, ...] = ()
    used: When = always
    exported: When = never

    def is_trained(self, spec: Any) -> bool:
        switched = [getattr(spec, switch) for switch in self.switches]
        return any(value is True or (isinstance(value, tuple) and self.name in value) for value in switched)

    def is_held(self, spec: Any) -> bool:
        return self.used(spec)


@dataclass(frozen=True)
class Parameter:
    """What kernels are made from: trained in their place where one of the `switches` names it, and
    held only then.
    """

    name: str
    build: Build
    switches: tuple[str, ...]

    def is_trained(self, spec: Any) -> bool:
        return any(isinstance(names := getattr(spec, switch), tuple) and self.name in names for switch in self.switches)

    def is_held(self, spec: Any) -> bool:
        return self.is_trained(spec)


@dataclass(frozen=True)
class Constant:
    """An array that is never trained, nor stored; `exported` as kernels are."""

    name: str
    build: Build
    used: When = always
    exported: When = never

    def is_trained(self, spec: Any) -> bool:
        return False

    def is_held(self, spec: Any) -> bool:
        return self.used(spec)


LayerArray: TypeAlias = Kernel | Parameter | Constant


def start_of(parameter: Parameter, used: When | None = None) -> Constant:
    """Where the specification puts a parameter, from which its moves are measured: used where it is
    trained, unless told otherwise.
    """
    return Constant(f"initial_{parameter.name}", parameter.build, parameter.is_trained if used is None else used)


def trainable_of(argument: str, value: Any, parameters: tuple[str, ...]) -> bool | tuple[str, ...]:
    """A `trainable` argument, checked: True for the kernels, the names of the parameters to be
    trained in their place, or False.
    """
    if not isinstance(value, Collection):
        return bool(value)
    names = (value,) if isinstance(value, str) else tuple(value)
    for name in names:
        if name not in parameters:
            raise ParameterError(f"{argument}={name!r} must be True (the kernels), False, or some of {', '.join(map(repr, parameters))}")
    return tuple(name for name in parameters if name in names) or False
