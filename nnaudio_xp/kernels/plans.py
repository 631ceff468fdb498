"""Names for plans, which stand for them in the graphs of libraries that take nothing but arrays,
numbers and text.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import Any, Generic, TypeVar
from weakref import WeakValueDictionary

T = TypeVar("T")


class Plans(Generic[T]):
    """Plans of one kind, each with a `name`. A name never means two plans.

    A plan may be forgotten while a graph still names it: the parameters, which are small, are kept
    for good, and make it again.
    """

    def __init__(self, make: Callable[..., T]) -> None:
        self._make = make
        self._numbers = itertools.count()
        self._names: dict[tuple[Any, ...], str] = {}
        self._parameters: dict[str, tuple[Any, ...]] = {}
        self._alive: WeakValueDictionary[str, T] = WeakValueDictionary()

    def give_name(self, plan: T, *parameters: Any) -> None:
        """Name a plan, which ``make(*parameters)`` makes again."""
        name = self._names.setdefault(parameters, f"{type(plan).__name__} {next(self._numbers)}")
        self._parameters[name] = parameters
        self._alive[name] = plan
        object.__setattr__(plan, "name", name)

    def __getitem__(self, name: str) -> T:
        plan = self._alive.get(name)
        return self._make(*self._parameters[name]) if plan is None else plan

    def reduced(self, plan: Any) -> tuple[Callable[..., T], tuple[Any, ...]]:
        """How pickle makes a plan again: in another process it has another name."""
        return self._make, self._parameters[plan.name]
