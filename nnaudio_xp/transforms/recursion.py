"""Recursive filters of the first order, as products of matrices."""

from __future__ import annotations

from types import ModuleType

from .. import ops
from .._namespace import Array, device_of, host
from .constants import constant_like

BLOCK = 64
"""Samples whose outputs follow from one product; what goes on behind them follows from their last
output.
"""


def leaky_sum(x: Array, coef: float, *, xp: ModuleType) -> Array:
    """Each sample (..., n) plus `coef` times the output before it, which is 0 in the beginning.

    Blocks are filtered by themselves. What each hands on to the next is such a sum, too, of their last
    outputs, and fades away in the block that it comes to.
    """
    n = x.shape[-1]
    fading = constant_like(_fading, x, xp=xp, coef=coef, n=BLOCK)
    count = -(-n // BLOCK)
    blocks = xp.reshape(ops.pad(x, 0, count * BLOCK - n, "constant", xp=xp), (*x.shape[:-1], count, BLOCK))
    outputs = ops.banded(blocks, fading, xp=xp)
    if count > 1:
        handed = leaky_sum(outputs[..., :-1, -1], coef**BLOCK, xp=xp)
        before = xp.concat([xp.zeros((*x.shape[:-1], 1), dtype=x.dtype, device=device_of(x)), handed], axis=-1)
        outputs = outputs + xp.expand_dims(before, axis=-1) * (coef * fading[:, 0])
    return xp.reshape(outputs, (*x.shape[:-1], count * BLOCK))[..., :n]


def _fading(*, coef: float, n: int) -> Array:
    """What is left in an output (row) of an input (column)."""
    late = host.arange(n)[:, None] - host.arange(n)[None, :]
    return host.where(late < 0, 0.0, host.asarray(coef, dtype=host.float64) ** host.where(late < 0, 0, late))
