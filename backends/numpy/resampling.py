"""SciPy's and soxr's resamplers."""

from __future__ import annotations

from types import ModuleType

import numpy as np

from nnaudio_xp import ops

from .._register import for_numpy as native
from .rows import Array


@native(ops.by_phases)
def by_phases(x: Array, up: int, down: int, *, xp: ModuleType) -> Array:
    from scipy.signal import resample_poly  # takes half a second to import

    resampled: Array = resample_poly(x, up, down, axis=-1)
    return resampled


@native(ops.by_soxr)
def by_soxr(x: Array, orig_sr: float, target_sr: float, quality: str, *, xp: ModuleType) -> Array | None:
    try:
        import soxr
    except ImportError:
        return None
    clips = [np.ascontiguousarray(x[clip]) for clip in np.ndindex(x.shape[:-1])]
    rows = [soxr.resample(clip, orig_sr, target_sr, quality=quality) for clip in clips]
    size = rows[0].shape[-1] if rows else round(x.shape[-1] * target_sr / orig_sr)
    return np.stack(rows).reshape(*x.shape[:-1], size) if rows else np.zeros((*x.shape[:-1], size), dtype=x.dtype)
