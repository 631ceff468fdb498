"""Constants that nobody writes to: what loops find out about them stays true."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from nnaudio_xp import ops

from .._register import for_numpy as native
from .rows import Array


@native(ops.keep)
def keep(kept: Callable[..., Array], build: Callable[..., Any], key: Any, dtype: Any, device: Any, *, xp: ModuleType) -> Array:
    constant = kept(build, key, xp, dtype, device)
    constant.flags.writeable = False
    return constant
