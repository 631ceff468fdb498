"""Least squares by polynomials, and the slopes of these."""

from __future__ import annotations

import math
from types import ModuleType

from .._backends import decided_once
from .._namespace import Array, host


def polynomial_fit(positions: Array, order: int, *, xp: ModuleType) -> Array:
    """The matrix (..., order + 1, n) that takes values at positions (..., n) to the coefficients of
    the polynomial nearest to them, the highest power first.

    By polynomials that are orthogonal at these positions (Forsythe 1957), each known by its values
    and by its coefficients: no matrix is inverted that could be nearly singular. Where there are
    too few different positions for a power, its polynomial is left out.
    """
    unit = xp.max(xp.abs(positions), axis=-1, keepdims=True)
    unit = xp.where(unit == 0, 1.0, unit)
    points = positions / unit
    one, nothing = xp.ones_like(points), xp.zeros_like(points)
    rounding = (points.shape[-1] * float(xp.finfo(points.dtype).eps)) ** 2

    def dot(a: Array, b: Array) -> Array:
        return xp.sum(a * b, axis=-1, keepdims=True)

    values, before = one, nothing
    powers, powers_before = [one[..., :1]], [nothing[..., :1]]  # coefficients of both polynomials, the constant first
    size, size_before = dot(one, one), one[..., :1]
    least = rounding * size
    rows = [nothing] * (order + 1)
    for degree in range(order + 1):
        known = size > least
        share = xp.where(known, values, 0.0) / xp.where(known, size, 1.0)
        rows = [row + share * power for row, power in zip(rows, powers, strict=False)] + rows[degree + 1 :]
        centre, ratio = dot(points * values, share), size / size_before
        values, before = (points - centre) * values - ratio * before, values
        zero = nothing[..., :1]
        terms = zip([zero, *powers], [*powers, zero], [*powers_before, zero, zero], strict=False)
        powers, powers_before = [up - centre * same - ratio * old for up, same, old in terms], powers
        size, size_before = dot(values, values), xp.where(size == 0, 1.0, size)
    return xp.stack([rows[power] / unit**power for power in range(order, -1, -1)], axis=-2)


def slope_matrix(*, width: int, degree: int, order: int, step: float, points: tuple[int, ...]) -> Array:
    """The matrix (point, width) that takes `width` values, `step` apart, to a derivative of the
    polynomial nearest to them, at points counted from the middle one.
    """
    half = width // 2
    fit = polynomial_fit(host.arange(-half, half + 1, dtype=host.float64), degree, xp=host)
    places = host.asarray(points, dtype=host.float64)
    rows = host.zeros((len(points), width), dtype=host.float64)
    for power in range(order, degree + 1):
        factor = math.perm(power, order) / step**order
        rows = rows + factor * host.expand_dims(places ** (power - order), axis=1) * fit[degree - power, :]
    return rows


@decided_once(64)
def slope_weights(width: int, degree: int, order: int, step: float) -> list[float]:
    """The row of `slope_matrix` for the middle point."""
    weights: list[float] = slope_matrix(width=width, degree=degree, order=order, step=step, points=(0,))[0, :].tolist()
    return weights
