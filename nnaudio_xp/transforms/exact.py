"""The exact constant-Q: inner products with the atoms at the signal's own rate, by matrix products at lower ones, and its inverse."""

from __future__ import annotations

from types import ModuleType

from .. import ops
from .._namespace import Array, device_of, real_dtype
from ..geometry import PadMode
from ..kernels.multirate import Multirate


def exact_analysis(y: Array, plan: Multirate, *, pad_mode: PadMode = "constant", power: float | None = None, xp: ModuleType) -> Array:
    """Coefficients (..., bin, time) of y (..., n), complex or magnitudes to a power; frame t is centred on sample t * hop_length."""
    n_frames, center = 1 + y.shape[-1] // plan.hop_length, 0
    if pad_mode not in ("constant", "empty"):
        first, count = plan.layout(-(-n_frames // plan.phases) * plan.phases)[0]
        y, center = ops.pad(y, -first, max(0, first + count - y.shape[-1]), pad_mode, xp=xp), -first
    return xp.matrix_transpose(ops.multirate(y, plan, center, n_frames, power=power, xp=xp))


def exact_synthesis(C: Array, plan: Multirate, *, length: int, n_iter: int, xp: ModuleType) -> Array:
    """The signal (..., length) whose coefficients are nearest to C (..., bin, time), by conjugate gradients on the normal equations.

    Bins are weighted by one over their gains, which makes the frame operator nearly flat over the band that the bins cover.
    """
    weights = xp.asarray([1 / gain**2 for gain in plan.gains], dtype=real_dtype(C, xp), device=device_of(C))
    C = xp.matrix_transpose(C)
    n_frames = C.shape[-2]

    def back(values: Array) -> Array:
        return ops.multirate_adjoint(values * weights, plan, 0, length, xp=xp)

    def inner(a: Array, b: Array) -> Array:
        return xp.sum(a * b, axis=-1, keepdims=True)

    def step(state: tuple[Array, ...], _: float) -> tuple[Array, ...]:
        signal, residual, direction, size = state
        image = back(ops.multirate(direction, plan, 0, n_frames, xp=xp))
        curvature = inner(direction, image)
        ahead = xp.where(curvature > 0, size / xp.where(curvature > 0, curvature, 1.0), 0.0)
        residual = residual - ahead * image
        rest = inner(residual, residual)
        turn = xp.where(size > 0, rest / xp.where(size > 0, size, 1.0), 0.0)
        return signal + ahead * direction, residual, residual + turn * direction, rest

    start = back(C)
    signal, *_ = ops.iterate(step, (xp.zeros_like(start), start, start, inner(start, start)), [0.0] * n_iter, xp=xp)
    return signal
