"""Frames as views."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import cupy

from nnaudio_xp import ops

from .._register import for_cupy as native

Array = Any


@native(ops.frame)
def frame(x: Array, frame_length: int, hop_length: int, *, xp: ModuleType) -> Array:
    n_frames = 1 + (x.shape[-1] - frame_length) // hop_length
    shape = (*x.shape[:-1], n_frames, frame_length)
    strides = (*x.strides[:-1], x.strides[-1] * hop_length, x.strides[-1])
    return cupy.lib.stride_tricks.as_strided(x, shape, strides)
