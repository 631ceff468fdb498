"""Looks at values that are on the host and not traced."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import jax
import numpy as np

from nnaudio_xp import ops

from .._register import for_jax as native
from ..numpy.checks import require_between as require_between_on_host

Array = Any


@native(ops.require_between)
def require_between(values: Array, name: str, low: int, high: int | None, *, xp: ModuleType) -> None:
    if not isinstance(values, jax.core.Tracer) and all(device.platform == "cpu" for device in values.devices()):
        require_between_on_host(np.asarray(values), name, low, high, xp=np)
