"""The frames of one clip, a block at a time: views of its samples wherever they lie inside it,
windowed, transformed, added up again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from typing import Any

import numpy as np
import scipy.fft

from nnaudio_xp import ops
from nnaudio_xp.geometry import Framing

from .blocks import scratch
from .frames import pad
from .rows import Array, rows_of

_BLOCK_SAMPLES = 2**19
"""Samples in the frames of one block: 2 MiB of float32, about a second-level cache; smaller ones
cost more calls than they save misses.
"""


_FEW_FRAMES = 4
"""Frame lengths under which a copy of all frames' samples costs less than a look at where they lie.
"""


def block_frames(framing: Framing, n_frames: int) -> int:
    """Frames of one block."""
    return min(n_frames, max(16, min(1024, _BLOCK_SAMPLES // framing.n_fft)))


def ready(x: Array, framing: Framing) -> tuple[Array, Framing]:
    """The clips, each in contiguous memory, and a padding that `extended` knows."""
    if callable(framing.pad_mode) and framing.center:
        x = pad(x, framing.padding, framing.padding, framing.pad_mode, xp=np)
        framing = replace(framing, center=False)
    return x if x.strides[-1] == x.itemsize else np.ascontiguousarray(x), framing


def _ramp(positions: Array, n: int, padding: int) -> Array:
    """How much of the edge is left at positions before or behind a clip of n samples: nothing at
    the end of the padding.
    """
    left: Array = 1 - np.maximum(-positions, positions - (n - 1)) / max(1, padding)
    return left


def _outside(clip: Array, first: int, last: int, framing: Framing) -> Array | float:
    """The padding at positions first … last - 1, before or behind the clip."""
    n, mode = clip.shape[-1], framing.pad_mode
    if mode in ("constant", "empty"):
        return 0.0
    if mode in ("reflect", "symmetric"):
        skip = int(mode == "symmetric")
        mirror = -skip if first < 0 else 2 * (n - 1) + skip
        begin, end = mirror - first, mirror - last
        if begin < n and end >= -1:  # a single image, which costs no table of indices
            return clip[begin : end if end >= 0 else None : -1]
    positions = np.arange(first, last)
    if mode == "linear_ramp":
        faded: Array = clip[np.clip(positions, 0, n - 1)] * _ramp(positions, n, framing.padding).astype(clip.dtype)
        return faded
    return clip[ops.padding_indices(positions, n, mode, xp=np)]


def extended(clip: Array, first: int, last: int, framing: Framing) -> Array:
    """Samples first … last - 1 of the padded clip, counted from the clip's own first sample."""
    begin = min(max(first, 0), last)
    end = max(min(last, clip.shape[-1]), begin)
    samples = scratch("extended", (last - first,), clip.dtype)
    samples[: begin - first] = _outside(clip, first, begin, framing)
    samples[begin - first : end - first] = clip[begin:end]
    samples[end - first :] = _outside(clip, end, last, framing)
    return samples


def frames_of(clip: Array, framing: Framing, start: int, stop: int) -> Array:
    """Frames start … stop - 1 of one clip: a view wherever they lie inside it."""
    first = start * framing.hop_length - framing.padding
    last = first + framing.span(stop - start)
    if first < 0 or last > clip.shape[-1]:
        clip, first = extended(clip, first, last, framing), 0
    return rows_of(clip, first, stop - start, framing.n_fft, framing.hop_length)


@contextmanager
def unbuffered() -> Iterator[None]:
    """For products of rows with one window: NumPy's iterator would first copy the rows, and the
    window for each of them, to its buffer.
    """
    with np.errstate():  # also restores the size of the buffer
        np.setbufsize(16)
        yield


def windowed_frames(clip: Array, window: Array, framing: Framing, start: int, stop: int, out: Array) -> Array:
    """Frames start … stop - 1 of one clip, windowed. Those that reach into the padding are made by
    themselves: the rest is not copied.
    """
    inside = -(-framing.padding // framing.hop_length)
    behind = (clip.shape[-1] + framing.padding - framing.n_fft) // framing.hop_length + 1
    cuts = [start, min(max(inside, start), stop), min(max(behind, inside, start), stop), stop]
    if framing.hop_length * (stop - start) <= _FEW_FRAMES * framing.n_fft:
        cuts = [start, stop]
    with unbuffered():
        for first, last in pairwise(cuts):
            if first < last:
                np.multiply(frames_of(clip, framing, first, last), window, out=out[first - start : last - start])
    return out[: stop - start]


def frame_spectra(clip: Array, window: Array, framing: Framing, start: int, stop: int, windowed: Array) -> Array:
    """Spectra (frame, bin) of frames start … stop - 1 of one clip: the first step of all loops, in
    scratch memory `windowed`.
    """
    spectrum: Array = scipy.fft.rfft(windowed_frames(clip, window, framing, start, stop, windowed))
    return spectrum


def overlap_buffer(framing: Framing, n_frames: int, dtype: Any) -> Array:
    """Zeros for overlap-adding: the frames' span, rounded up to whole hops."""
    pieces = -(-framing.n_fft // framing.hop_length)
    return np.zeros((n_frames + pieces - 1) * framing.hop_length, dtype=dtype)


def unpadded(buffer: Array, n: int, framing: Framing) -> Array:
    """The adjoint of padding: what fell on the margins goes back to the samples they were made
    of.
    """
    padding, mode = framing.padding, framing.pad_mode
    reach = n + 2 * padding
    if buffer.size < reach:
        buffer = np.concatenate([buffer, np.zeros(reach - buffer.size, buffer.dtype)])
    inside = buffer[padding : padding + n].copy()
    if padding and mode not in ("constant", "empty"):
        for first, margin in ((-padding, buffer[:padding]), (n, buffer[padding + n : reach])):
            positions = np.arange(first, first + padding)
            ramp = mode == "linear_ramp"
            shares = margin * _ramp(positions, n, padding) if ramp else margin
            indices = ops.padding_indices(positions, n, "edge" if ramp else mode, xp=np)
            np.add.at(inside, indices, shares.astype(inside.dtype))
    return inside
