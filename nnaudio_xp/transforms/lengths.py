"""Clips of different lengths in one array: each has its own padding, and nothing of what lies
behind it.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, as_integers, device_of, moved, place
from ..errors import ParameterError
from ..geometry import Framing

ZEROS = ("constant", "empty")
REPEATS = ("edge", "reflect", "symmetric")


def clip_lengths(lengths: Any, clips: Array, framing: Framing, *, xp: ModuleType) -> Array:
    """The lengths of clips (..., n), beside them: one for each along their first axes, checked if
    they are on the host.
    """
    space, given = as_integers(lengths, name="lengths", like=clips, xp=xp)
    batch, n = tuple(clips.shape[:-1]), clips.shape[-1]
    if given.ndim == 0 or tuple(given.shape) != batch[: given.ndim]:
        raise ParameterError(f"lengths={lengths!r} has shape {tuple(given.shape)}: it must be {batch}, a length for each clip")
    ops.require_between(given, "lengths", 1 if framing.center else framing.n_fft, n, xp=space)
    device = device_of(clips)
    dtype = xp.arange(0, device=device).dtype
    if space is not xp:
        return place(given, xp=xp, dtype=dtype, device=device)
    sizes = xp.clip(xp.astype(moved(given, device), dtype, copy=False), 1)
    return xp.where(sizes > n, n, sizes)


def extended(clips: Array, lengths: Array, framing: Framing, reach: int, *, xp: ModuleType) -> Array:
    """Each clip (..., n) with `reach` samples of its own padding behind it, or zeros as far as n.

    A transform that pads this as the framing says pads the front as that of the clip alone: the
    same samples are there.
    """
    mode, n = framing.pad_mode if framing.center else "constant", clips.shape[-1]
    if mode not in (*ZEROS, *REPEATS):
        raise ParameterError(f"pad_mode={mode!r} is not possible with lengths: it must be one of {', '.join(map(repr, ZEROS + REPEATS))}")
    positions = xp.arange(n if mode in ZEROS else n + reach, device=device_of(clips))
    ends = xp.reshape(lengths, (*lengths.shape, *[1] * (clips.ndim - lengths.ndim)))
    if mode in ZEROS:
        return xp.where(positions < ends, clips, 0.0)
    sources = ops.padding_indices(positions, ends, mode, xp=xp)
    return ops.take_along(clips, xp.broadcast_to(sources, (*clips.shape[:-1], n + reach)), xp=xp)


def frame_counts(lengths: Array, framing: Framing, *, left_out: int = 0, xp: ModuleType) -> Array:
    """The frames in clips of these lengths, some left out at each end."""
    return xp.clip(framing.n_frames(lengths) - 2 * left_out, 0)


def frame_mask(counts: Array, n_frames: int, *, xp: ModuleType) -> Array:
    """Which of `n_frames` frames are among the first `counts`, (..., time)."""
    return xp.arange(n_frames, device=device_of(counts)) < xp.expand_dims(counts, axis=-1)


def within(counts: Array, values: Array, *, axis: int, xp: ModuleType) -> Array:
    """Values of clips, their frames along an axis: zeros from frame number `counts` on."""
    n_frames = values.shape[axis]
    inside = frame_mask(counts, n_frames, xp=xp)
    before, after = axis - counts.ndim, values.ndim - axis - 1
    return xp.where(xp.reshape(inside, (*counts.shape, *[1] * before, n_frames, *[1] * after)), values, 0.0)
