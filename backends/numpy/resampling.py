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


def _soxr(clip: Array, orig_sr: float, target_sr: float, res_type: str) -> Array:
    import soxr

    resampled: Array = soxr.resample(np.ascontiguousarray(clip), orig_sr, target_sr, quality=res_type)
    return resampled


def _samplerate(clip: Array, orig_sr: float, target_sr: float, res_type: str) -> Array:
    import samplerate

    resampled: Array = samplerate.resample(clip, target_sr / orig_sr, res_type)
    return resampled


def _resampy(clip: Array, orig_sr: float, target_sr: float, res_type: str) -> Array:
    import resampy

    resampled: Array = resampy.resample(clip, orig_sr, target_sr, filter=res_type)
    return resampled


LIBRARIES = {"soxr": _soxr, "sinc": _samplerate, "kaiser": _resampy}
"""What resamples, by the first part of its name for a filter."""


@native(ops.by_library)
def by_library(x: Array, orig_sr: float, target_sr: float, res_type: str, *, xp: ModuleType) -> Array | None:
    change = LIBRARIES[res_type.partition("_")[0]]
    clips = x.reshape(-1, x.shape[-1]) if x.size else np.zeros((1, x.shape[-1]), dtype=x.dtype)
    try:
        rows = np.stack([change(clip, orig_sr, target_sr, res_type) for clip in clips])
    except ImportError:
        return None
    return rows[: len(clips) if x.size else 0].reshape(*x.shape[:-1], rows.shape[-1])
