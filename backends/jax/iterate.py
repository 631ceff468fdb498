"""JAX's native operations: constants made outside of what is traced, and loops that are compiled once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

import jax
import numpy as np

from ..numpy import spectra as loops

Array = Any


def keep(kept: Callable[..., Array], build: Callable[..., Array], key: Any, dtype: Any, device: Any, *, xp: ModuleType) -> Array:
    with jax.ensure_compile_time_eval():  # a traced array must not outlive its trace
        return kept(build, key, xp, dtype, device)


def require_between(values: Array, name: str, low: int, high: int | None, *, xp: ModuleType) -> None:
    if not isinstance(values, jax.core.Tracer) and all(device.platform == "cpu" for device in values.devices()):
        loops.require_between(np.asarray(values), name, low, high)


def to_complex(re: Array, im: Array, *, xp: ModuleType) -> Array:
    return jax.lax.complex(re, im)


def iterate(
    step: Callable[[tuple[Array, ...], Array], tuple[Array, ...]], state: tuple[Array, ...], numbers: Sequence[float], *, xp: ModuleType
) -> tuple[Array, ...]:
    along = xp.asarray(numbers, dtype=xp.finfo(state[0].dtype).dtype)
    return jax.lax.scan(lambda state, number: (step(state, number), None), state, along)[0]
