"""Filters along the diagonals of a matrix."""

from __future__ import annotations

import math
from typing import Any

from .._backends import host_functions
from .._namespace import Array, host, on_host
from ..errors import as_integer, as_number, check_size
from ..windows import get_window


def diagonal_kernel(*, window: Any, n: Any, slope: Any, angle: Any, zero_mean: Any) -> Array:
    """A window on the diagonal, turned to an angle: none of it is negative, and it sums to 1, or to 0
    with `zero_mean`.
    """
    count = as_integer("n", n)
    check_size("the filter", [2 * count, 2 * count], {"n": count})
    slope = as_number("slope", slope)
    turn = math.atan(slope) if angle is None else as_number("angle", angle)
    samples = on_host(get_window(window, count, fftbins=False), name="window")
    kernel = host.where(host.eye(count, dtype=bool), samples, 0.0)
    if not math.isclose(turn, math.pi / 4, rel_tol=1e-5, abs_tol=1e-8):
        kernel = host_functions().rotated(kernel, 45 - math.degrees(turn))
    kernel = host.maximum(kernel, 0.0)
    kernel = kernel / host.sum(kernel)
    return kernel - host.mean(kernel) if zero_mean else kernel
