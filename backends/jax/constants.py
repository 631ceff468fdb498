"""Constants made outside of what is traced."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import jax

from nnaudio_xp import ops

from .._register import for_jax as native

Array = Any


@native(ops.keep)
def keep(kept: Callable[..., Array], build: Callable[..., Array], key: Any, dtype: Any, device: Any, *, xp: ModuleType) -> Array:
    with jax.ensure_compile_time_eval():  # a traced array must not outlive its trace
        return kept(build, key, xp, dtype, device)
