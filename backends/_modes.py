"""What torch may be doing around a call, asked without importing it: recording a graph, or lowering
the precision of products.
"""

from __future__ import annotations

import itertools
import sys
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")


def _called_while_tracing(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a function as torch.compiler.assume_constant_result does: it is called rather than
    looked into. That serves results that are numbers or text.
    """
    function._dynamo_marked_constant = True  # type: ignore[attr-defined]
    return function


class _Kept:
    """What graphs take for constants, each under a name of its own."""


_kept, _numbers = _Kept(), itertools.count()


@_called_while_tracing
def is_traced() -> bool:
    """Whether a compiler is looking into Python functions; it takes the answer for a constant."""
    guards = sys.modules.get("torch._guards")
    return guards is not None and guards.CompileContext.try_get() is not None


def constant_in_graphs(function: Callable[P, R]) -> Callable[P, R]:
    """A function of parameters, not of arrays that are traced, whose result is a constant in
    graphs.
    """

    @_called_while_tracing
    def keep(*args: P.args, **kwargs: P.kwargs) -> str:
        name = f"constant_{next(_numbers)}"
        setattr(_kept, name, function(*args, **kwargs))
        return name

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        if is_traced():
            name = keep(*map(_specialized, args), **{key: _specialized(value) for key, value in kwargs.items()})
            kept: R = getattr(_kept, name)
            return kept
        return function(*args, **kwargs)

    return call


def _specialized(value: Any) -> Any:
    """A number that a compiler has a symbol for as what it is now: the graph holds for that alone.
    Compilers must know the keys of dictionaries.
    """
    if isinstance(value, tuple):
        return tuple([_specialized(part) for part in value])
    return next(iter({value: None})) if isinstance(value, (int, float, str)) else value


def made_outside_graphs(function: Callable[P, R]) -> Callable[P, R]:
    """A `constant_in_graphs` whose arrays are the caller's own, to be written to."""
    made = constant_in_graphs(function)

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        return _copied(made(*args, **kwargs)) if is_traced() else made(*args, **kwargs)

    return call


def _copied(value: Any) -> Any:
    if isinstance(value, tuple):
        return tuple([_copied(part) for part in value])
    if type(value).__name__ == "ndarray":
        return value.copy()
    return value.clone() if hasattr(value, "clone") else value


DEVICES = ("cpu", "cuda", "mps", "xpu")


@_called_while_tracing
def _lowered() -> str:
    """A kind of device on which autocast is on; empty if there is none."""
    torch = sys.modules.get("torch")
    if torch is None or not hasattr(torch, "autocast") or not torch._C._is_any_autocast_enabled():
        return ""
    return next((device for device in DEVICES if torch.is_autocast_enabled(device)), "")


def at_full_precision(function: Callable[P, R]) -> Callable[P, R]:
    """The function, with autocast off within it: spectra of half precision would be worth
    nothing.
    """

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        device = _lowered()
        if not device:
            return function(*args, **kwargs)
        import torch

        with torch.autocast(device, enabled=False):
            return call(*args, **kwargs)

    return call
