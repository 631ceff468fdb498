"""Loops that are compiled once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import jax

from nnaudio_xp import ops

from .._register import for_jax as native

Array = Any


@native(ops.iterate)
def iterate(
    step: Callable[[tuple[Array, ...], Array], tuple[Array, ...]], state: tuple[Array, ...], numbers: Sequence[float], *, xp: ModuleType
) -> tuple[Array, ...]:
    along = xp.asarray(numbers, dtype=xp.finfo(state[0].dtype).dtype)
    return jax.lax.scan(lambda state, number: (step(state, number), None), state, along)[0]


@native(ops.scan)
def scan(
    step: Callable[[Array, Array], tuple[Array, Array]], state: Array, rows: Array, *, reverse: bool = False, xp: ModuleType
) -> tuple[Array, Array]:
    return jax.lax.scan(step, state, rows, reverse=reverse)
