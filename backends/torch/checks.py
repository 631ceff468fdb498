"""Looks at values that are on the host and not traced."""

from __future__ import annotations

from types import ModuleType

from torch import Tensor

from nnaudio_xp import ops
from nnaudio_xp._namespace import host

from .._register import for_torch as native
from ..numpy.checks import require_between as require_between_on_host
from .ways import shows_values


@native(ops.require_between)
def require_between(values: Tensor, name: str, low: int, high: int | None, *, xp: ModuleType) -> None:
    if shows_values(values):
        require_between_on_host(values.detach().numpy(), name, low, high, xp=host)
