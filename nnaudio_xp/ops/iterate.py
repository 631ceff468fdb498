"""Loops whose number of steps is known: over numbers, and over the rows of an array."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from types import ModuleType

from .._namespace import Array, device_of, integer_dtype
from .arrays import moveaxis, unstack
from .complex import fixed
from .dispatch import operation


@operation
def iterate(
    step: Callable[[tuple[Array, ...], float], tuple[Array, ...]], state: tuple[Array, ...], numbers: Sequence[float], *, xp: ModuleType
) -> tuple[Array, ...]:
    """The state after one step for each of the numbers. A library that compiles need not unroll
    them.
    """
    for number in numbers:
        state = step(state, number)
    return state


@operation
def scan(
    step: Callable[[Array, Array], tuple[Array, Array]], state: Array, rows: Array, *, reverse: bool = False, xp: ModuleType
) -> tuple[Array, Array]:
    """The state after ``state, output = step(state, row)`` for each row along the first axis, or from
    the last one on, and the outputs beside the rows that they were made of.
    """
    made = []
    for row in reversed(unstack(rows, axis=0, xp=xp)) if reverse else unstack(rows, axis=0, xp=xp):
        state, output = step(state, row)
        made.append(output)
    return state, xp.stack(made[::-1] if reverse else made, axis=0)


@operation
def spaced(candidates: Array, wait: int, *, xp: ModuleType) -> Array:
    """Of rows of candidates (..., n) the first, and each that comes more than `wait` places after the
    one before that was taken.
    """
    if candidates.shape[-1] == 0:
        return candidates
    rows = moveaxis(candidates, -1, 0, xp=xp)

    def step(left: Array, candidate: Array) -> tuple[Array, Array]:
        taken = candidate & (left == 0)
        return xp.where(taken, wait, xp.where(left > 0, left - 1, left)), taken

    left = xp.zeros(rows.shape[1:], dtype=integer_dtype(xp), device=device_of(candidates))
    return moveaxis(scan(step, left, rows, xp=xp)[1], 0, -1, xp=xp)


@operation
def spaced_best(candidates: Array, values: Array, wait: int, *, xp: ModuleType) -> Array:
    """Which candidates begin a choice of the largest sum of values from there on, more than `wait`
    apart; of two equal choices the later one.
    """
    if candidates.shape[-1] == 0:
        return candidates
    gains = moveaxis(xp.where(candidates, values, -math.inf), -1, 0, xp=xp)
    wait = min(wait, gains.shape[0])
    state = xp.zeros((*gains.shape[1:], wait + 1), dtype=gains.dtype, device=device_of(gains))

    def step(ahead: Array, gain: Array) -> tuple[Array, Array]:
        taken = ahead[..., wait] + gain
        better = taken > ahead[..., 0]
        best = xp.where(better, taken, ahead[..., 0])
        return xp.concat([xp.expand_dims(best, axis=-1), ahead[..., :-1]], axis=-1), better

    return moveaxis(scan(step, state, gains, reverse=True, xp=xp)[1], 0, -1, xp=xp)


def conjugate_gradients(normal: Callable[[Array], Array], target: Array, n_iter: int, *, xp: ModuleType) -> Array:
    """The x (..., n) with ``normal(x) = target`` for a symmetric operator that is nowhere negative,
    from 0 in `n_iter` steps.

    Lines of a batch go their own ways; one stays where it is once its residual has fallen to
    rounding. One whose squares would vanish or overflow is solved in units of its peak.
    """
    peak = xp.max(fixed(xp.abs(target), xp=xp), axis=-1, keepdims=True)
    least = float(xp.finfo(target.dtype).smallest_normal)
    unusual = ((peak > least) & (peak < least**0.25)) | (peak > least**-0.25)
    unit = xp.where(unusual, peak, 1.0)
    target = target / unit
    rounding = float(xp.finfo(target.dtype).eps) ** 2

    def inner(a: Array, b: Array) -> Array:
        return xp.sum(a * b, axis=-1, keepdims=True)

    start = inner(target, target)

    def step(state: tuple[Array, ...], _: float) -> tuple[Array, ...]:
        x, residual, direction, size = state
        left = size > rounding * start
        image = normal(direction)
        steepness = inner(direction, image)
        stride = xp.where(left, size / xp.where(left & (steepness > 0), steepness, 1.0), 0.0)
        residual = residual - stride * image
        rest = inner(residual, residual)
        turn = xp.where(left, rest / xp.where(left, size, 1.0), 0.0)
        return x + stride * direction, residual, residual + turn * direction, rest

    return iterate(step, (xp.zeros_like(target), target, target, start), [0.0] * n_iter, xp=xp)[0] * unit
