"""Padding by functions, and frames as views."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from nnaudio_xp import ops

from .._register import for_numpy as native
from .rows import Array


@native(ops.pad)
def pad(x: Array, before: int, after: int, mode: Any, *, xp: ModuleType) -> Array:
    if callable(mode):
        return np.pad(x, [(0, 0)] * (x.ndim - 1) + [(before, after)], mode=mode)
    if mode == "constant" and (before or after):
        longer = np.empty((*x.shape[:-1], before + x.shape[-1] + after), x.dtype)
        longer[..., :before], longer[..., before + x.shape[-1] :] = 0, 0
        longer[..., before : before + x.shape[-1]] = x
        return longer
    padded: Array = ops.pad.portable(x, before, after, mode, xp=xp)
    return padded


@native(ops.frame)
def frame(x: Array, frame_length: int, hop_length: int, *, xp: ModuleType) -> Array:
    return np.lib.stride_tricks.sliding_window_view(x, frame_length, axis=-1, writeable=True)[..., ::hop_length, :]
