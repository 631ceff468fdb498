"""Changes of the sampling rate by powers of two."""

from __future__ import annotations

from types import ModuleType

from .. import ops
from .._namespace import Array
from ..geometry import Framing
from ..kernels.resampling import output_length, resampling_matrix, steps
from .constants import constant_like


def resampled(x: Array, up: int, down: int, *, res_type: str, xp: ModuleType) -> Array:
    """A signal (..., n) at up / down times its rate, ceil(n up / down) samples of it; one of both
    is 1, the other a power of two.
    """
    n = x.shape[-1]
    chain = steps(res_type, up, down)
    counts = [output_length(n, up, down, res_type=res_type)]
    for step in reversed(chain[1:]):
        counts.insert(0, step.inputs(counts[0]))
    for index, (step, count) in enumerate(zip(chain, counts, strict=False)):
        matrix = constant_like(resampling_matrix, x, xp=xp, res_type=res_type, up=up, down=down, index=index)
        missing = (count - 1) // step.outputs * step.hop + 1 - x.shape[-1]
        x = ops.pad(x, 0, max(0, missing), "constant", xp=xp)
        blocks = ops.correlate(x, matrix, Framing(matrix.shape[-1], step.hop), xp=xp)
        x = xp.reshape(blocks, (*x.shape[:-1], blocks.shape[-2] * step.outputs))[..., :count]
    return ops.pad(x, 0, -(-n * up // down) - x.shape[-1], "constant", xp=xp)
