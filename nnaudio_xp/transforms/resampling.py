"""Changes of the sampling rate by powers of two."""

from __future__ import annotations

from types import ModuleType

from .. import ops
from .._namespace import Array, device_of
from ..geometry import Framing
from ..kernels.resampling import output_length, resampling_matrix, steps


def resampled(x: Array, up: int, down: int, *, res_type: str, xp: ModuleType) -> Array:
    """A signal (..., n) at up / down times its rate, ceil(n up / down) samples of it; one of both is 1, the other a power of two."""
    n = x.shape[-1]
    chain = steps(res_type, up, down)
    counts = [output_length(n, up, down, res_type=res_type)]
    for step in reversed(chain[1:]):
        counts.insert(0, step.inputs(counts[0]))
    for index, (step, count) in enumerate(zip(chain, counts, strict=False)):
        matrix = ops.constant(
            resampling_matrix, xp=xp, dtype=x.dtype, device=device_of(x), res_type=res_type, up=up, down=down, index=index
        )
        missing = (count - 1) // step.outputs * step.hop + 1 - x.shape[-1]
        x = ops.pad(x, 0, max(0, missing), "constant", xp=xp)
        blocks = ops.correlate(x, matrix, Framing(matrix.shape[-1], step.hop), xp=xp)
        x = xp.reshape(blocks, (*x.shape[:-1], blocks.shape[-2] * step.outputs))[..., :count]
    return ops.pad(x, 0, -(-n * up // down) - x.shape[-1], "constant", xp=xp)
