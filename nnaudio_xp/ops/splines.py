"""Splines through numbers at 0, 1, …."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType

from .._backends import constant_in_graphs, host_functions
from .._namespace import Array, Device, Dtype, device_of, integer_dtype, place
from ..errors import check_size
from .constants import constant
from .dispatch import operation
from .resampling import weighted_rows


@operation
def spline(x: Array, times: Callable[[], Array], order: int, *, xp: ModuleType) -> Array:
    """The spline of an order through the numbers of each row (..., n), at the times (m,) that are
    made on the host: (..., m).
    """
    n = x.shape[-1]
    check_size("the spline's coefficients", [n, n], f"a spline through {n} numbers")
    coefficients = x @ constant(_coefficients, n=n, order=order, xp=xp, dtype=x.dtype, device=device_of(x), large=True)
    first, weights = _weights(times, n, order, xp, x.dtype, device_of(x))
    return weighted_rows(coefficients, first, weights, xp=xp)


def _coefficients(*, n: int, order: int) -> Array:
    """(number, coefficient)"""
    return host_functions().spline_coefficients(n, order).T


@constant_in_graphs
def _weights(times: Callable[[], Array], n: int, order: int, xp: ModuleType, dtype: Dtype, device: Device) -> tuple[Array, Array]:
    first, weights = host_functions().spline_weights(times(), n, order)
    return place(first, xp=xp, dtype=integer_dtype(xp), device=device), place(weights, xp=xp, dtype=dtype, device=device)
