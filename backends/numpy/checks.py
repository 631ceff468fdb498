"""Looks at values, which cost nothing here."""

from __future__ import annotations

from types import ModuleType

import numpy as np

from nnaudio_xp import ops
from nnaudio_xp.errors import ParameterError, warn

from .._register import for_numpy as native
from .rows import Array


@native(ops.require_finite)
def require_finite(x: Array, name: str, *, xp: ModuleType) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        total = x.sum()  # one fast pass: any NaN or infinity survives a sum; only an overflow needs the second look
    if not np.isfinite(total) and not np.isfinite(x).all():
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(x))[0])
        raise ParameterError(f"{name} is not finite everywhere: {name}[{', '.join(map(str, index))}] is {x[index]}")


@native(ops.require)
def require(fine: Array, message: str, *, xp: ModuleType) -> None:
    if not fine:
        raise ParameterError(message)


@native(ops.warn_unless)
def warn_unless(fine: Array, message: str, *, xp: ModuleType) -> None:
    if not fine:
        warn(message)


@native(ops.require_between)
def require_between(values: Array, name: str, low: int, high: int | None, *, xp: ModuleType) -> None:
    outside = (values < low) | (high is not None and values > high)
    if outside.any():
        index = tuple(int(i) for i in np.argwhere(outside)[0]) if outside.ndim else ()
        place = f"[{', '.join(map(str, index))}]" if index else ""
        wanted = f"at least {low}" if high is None else f"from {low} to {high}"
        raise ParameterError(f"{name}{place}={values[index]} must be {wanted}")
