"""JAX's native operations: constants made outside of what is traced, and loops that are compiled once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import jax

Array = Any


def keep(kept: Callable[..., Array], build: Callable[..., Array], key: Any, dtype: Any, device: Any, *, xp: ModuleType) -> Array:
    with jax.ensure_compile_time_eval():  # a traced array must not outlive its trace
        return kept(build, key, xp, dtype, device)


def iterate(
    step: Callable[[tuple[Array, ...], Array], tuple[Array, ...]], state: tuple[Array, ...], numbers: Sequence[float], *, xp: ModuleType
) -> tuple[Array, ...]:
    along = xp.asarray(numbers, dtype=xp.finfo(state[0].dtype).dtype)
    return jax.lax.scan(lambda state, number: (step(state, number), None), state, along)[0]
