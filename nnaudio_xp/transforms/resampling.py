"""Changes of the sampling rate: by powers of two, as the constant-Q needs them, and by any ratio."""

from __future__ import annotations

import math
from types import ModuleType

from .. import ops
from .._namespace import Array, device_of, host, real_dtype
from ..errors import ParameterError
from ..geometry import Framing
from ..kernels.resampling import (
    QUALITIES,
    WIDE_HALF,
    WIDE_PHASES,
    Step,
    changed_band,
    changed_band_matrix,
    output_length,
    positions,
    resampling_matrix,
    steps,
    wide_weights,
)
from .constants import constant_like

FOURIER, HELD = ("fft", "scipy"), ("linear", "zero_order_hold")
OTHERS = ("soxr_qq", "kaiser_best", "kaiser_fast", "sinc_best", "sinc_medium", "sinc_fastest")
"""What only other libraries have."""


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
        x = _stepped(x, step, matrix, count, xp=xp)
    return ops.pad(x, 0, -(-n * up // down) - x.shape[-1], "constant", xp=xp)


def _stepped(x: Array, step: Step, matrix: Array, count: int, *, xp: ModuleType) -> Array:
    """So many samples behind one step."""
    missing = (count - 1) // step.outputs * step.hop + 1 - x.shape[-1]
    x = ops.pad(x, 0, max(0, missing), "constant", xp=xp)
    blocks = ops.correlate(x, matrix, Framing(matrix.shape[-1], step.hop), xp=xp)
    return xp.reshape(blocks, (*x.shape[:-1], blocks.shape[-2] * step.outputs))[..., :count]


def to_rate(x: Array, orig_sr: float, target_sr: float, res_type: str, *, xp: ModuleType) -> Array:
    """A signal (..., n) at another rate, ceil(n * target_sr / orig_sr) samples of it or, as soxr and
    SciPy have it, a few less or more.
    """
    ratio = target_sr / orig_sr
    n_samples = math.ceil(x.shape[-1] * ratio)
    if res_type in FOURIER:
        return ops.by_spectrum(x, n_samples, xp=xp)
    if res_type == "polyphase":
        up, down = (int(rate) // math.gcd(int(target_sr), int(orig_sr)) for rate in (target_sr, orig_sr))
        return ops.by_phases(x, up, down, xp=xp)
    if res_type in HELD:
        return _held(x, ratio, n_samples, res_type, xp=xp)
    made = ops.by_library(x, orig_sr, target_sr, res_type, xp=xp)
    if made is not None:
        return made
    if res_type not in QUALITIES:
        needed = {"soxr": "soxr", "sinc": "samplerate"}.get(res_type.partition("_")[0], "resampy")
        raise ParameterError(
            f"res_type={res_type!r} is a filter of {needed}'s, which takes NumPy's arrays where it is installed: use 'soxr_hq'"
        )
    factor = max(ratio, 1 / ratio)
    if factor == 2 ** round(math.log2(factor)):
        return resampled(x, max(1, round(ratio)), max(1, round(1 / ratio)), res_type=res_type, xp=xp)
    return _in_between(x, ratio, n_samples, res_type, xp=xp)


def _in_between(x: Array, ratio: float, n_samples: int, res_type: str, *, xp: ModuleType) -> Array:
    """At any ratio: twice the rate by a sharp filter, then between these samples by a wide one."""
    step, n = changed_band(res_type, ratio), x.shape[-1]
    matrix = constant_like(changed_band_matrix, x, xp=xp, res_type=res_type, ratio=ratio)
    behind = math.ceil(step.half / 2) + WIDE_HALF
    dense = _stepped(ops.pad(x, 0, behind, "constant", xp=xp), step, matrix, 2 * n + WIDE_HALF, xp=xp)
    dense = ops.pad(dense, WIDE_HALF - 1, WIDE_HALF, "constant", xp=xp)
    places = positions(n=n_samples, ratio=ratio, oversampling=2)
    whole = host.floor(places)
    phases = (places - whole) * WIDE_PHASES
    below = host.clip(host.floor(phases), None, WIDE_PHASES - 1)
    first, phase = (xp.asarray(host.astype(values, host.int64), device=device_of(x)) for values in (whole, below))
    rest = xp.asarray(host.astype(phases - below, host.float64)[:, None], dtype=real_dtype(x, xp), device=device_of(x))
    table = constant_like(wide_weights, x, xp=xp)
    low, high = xp.take(table, phase, axis=0), xp.take(table, phase + 1, axis=0)
    return ops.weighted_rows(dense, first, low + (high - low) * rest, xp=xp)


def _held(x: Array, ratio: float, n_samples: int, res_type: str, *, xp: ModuleType) -> Array:
    """Straight lines between samples, or the last one held; the end is repeated."""
    places = positions(n=n_samples, ratio=ratio, oversampling=1)
    whole = host.floor(places)
    rest = (places - whole if res_type == "linear" else whole * 0)[:, None]
    weights = xp.asarray(host.concat([1 - rest, rest], axis=1), dtype=real_dtype(x, xp), device=device_of(x))
    first = xp.asarray(host.astype(whole, host.int64), device=device_of(x))
    return ops.weighted_rows(ops.pad(x, 0, 1, "edge", xp=xp), first, weights, xp=xp)
