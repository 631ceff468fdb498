"""Padding, cutting into frames, and adding frames up again. Frames are the last axis but one: (...,
time, sample).
"""

from __future__ import annotations

from itertools import pairwise
from types import ModuleType
from typing import Any

from .._namespace import Array, device_of, host, is_array, is_half
from ..errors import ParameterError
from ..geometry import Framing
from .arrays import unstack
from .dispatch import operation


def padding_indices(positions: Array, n: Any, mode: str, *, xp: ModuleType) -> Array:
    """Which sample stands at each position, for the modes that repeat samples: inside [0, n), n or
    several of them, that of its place.
    """
    if mode == "wrap":
        return positions % n
    if mode == "edge":
        inside = xp.where(positions < 0, 0, positions)
        beyond = inside - (n - 1)
        return inside - xp.where(beyond > 0, beyond, 0)  # no compiler can ask whether a symbol of `clip` is a number
    period = 2 * n if mode == "symmetric" else xp.clip(2 * (n - 1), 1) if is_array(n) else max(1, 2 * (n - 1))
    phase = positions % period
    return xp.where(phase < n, phase, period - phase - int(mode == "symmetric"))


def _margin(x: Array, amount: int, mode: str, after: bool, *, xp: ModuleType) -> Array:
    n, device = x.shape[-1], device_of(x)
    if mode in ("constant", "empty"):
        return xp.zeros((*x.shape[:-1], amount), dtype=x.dtype, device=device)
    if mode == "linear_ramp":
        edge = x[..., n - 1 :] if after else x[..., :1]
        rise = xp.arange(amount, dtype=xp.float32 if is_half(x) else x.dtype, device=device) / amount
        ramp = edge * (xp.flip(rise) if after else rise)
        return xp.astype(ramp, x.dtype) if is_half(x) else ramp
    first = n if after else -amount
    positions = xp.arange(amount, device=device) + first
    return xp.take(x, padding_indices(positions, n, mode, xp=xp), axis=-1)


@operation
def pad(x: Array, before: int, after: int, mode: Any, *, xp: ModuleType) -> Array:
    """numpy.pad along the last axis, for the modes of `geometry.PAD_MODES` and 'wrap'; signals
    shorter than the padding repeat.
    """
    if callable(mode):
        raise ParameterError(f"pad_mode={mode!r}: a function is only possible with NumPy arrays; use a mode's name")
    margins = [_margin(x, amount, mode, end, xp=xp) if amount else None for amount, end in ((before, False), (after, True))]
    parts = [part for part in (margins[0], x, margins[1]) if part is not None]
    return xp.concat(parts, axis=-1) if len(parts) > 1 else x


def unpadded(x: Array, before: int, n: int, mode: str, *, xp: ModuleType) -> Array:
    """The adjoint of `pad`, which added `before` samples and as many behind: signals (..., n), on whose
    samples falls what was made of them.
    """
    signal = x[..., before : before + n]
    if mode in ("constant", "empty") or not before:
        return signal
    for first, margin in ((-before, x[..., :before]), (n, x[..., before + n :])):
        if mode == "linear_ramp":
            rise = xp.arange(before, dtype=x.dtype, device=device_of(x)) / before
            margin = margin * (rise if first < 0 else xp.flip(rise))  # noqa: PLW2901
        sources = padding_indices(host.arange(first, first + before), n, "edge" if mode == "linear_ramp" else mode, xp=host)
        turns = host.nonzero(host.diff(sources, n=2))[0] + 2
        for start, stop in pairwise([0, *turns.tolist(), before]):
            signal = signal + _returned(margin[..., start:stop], sources[start:stop], n, xp=xp)
    return signal


def _returned(run: Array, sources: Array, n: int, *, xp: ModuleType) -> Array:
    """A run of samples that stand for sources one after the other, or for one, at the places of these."""
    low, high = int(host.min(sources)), int(host.max(sources))
    if low == high:
        run = xp.sum(run, axis=-1, keepdims=True)
    elif sources[0] > sources[1]:
        run = xp.flip(run, axis=-1)
    return pad(run, low, n - 1 - high, "constant", xp=xp)


@operation
def frame(x: Array, frame_length: int, hop_length: int, *, xp: ModuleType) -> Array:
    """Overlapping frames (..., time, frame_length) of a signal (..., n)."""
    n_frames = 1 + (x.shape[-1] - frame_length) // hop_length
    pieces = -(-frame_length // hop_length)
    device = device_of(x)
    if pieces > 16:  # a short hop: one gather is cheaper than many slices
        starts = xp.reshape(xp.arange(n_frames, device=device) * hop_length, (-1, 1))
        indices = xp.reshape(starts + xp.arange(frame_length, device=device), (-1,))
        return xp.reshape(xp.take(x, indices, axis=-1), (*x.shape[:-1], n_frames, frame_length))
    # cut into hops: frame t is hops t … t + pieces - 1 side by side
    missing = max(0, (n_frames + pieces - 1) * hop_length - x.shape[-1])
    longer = xp.concat([x, xp.zeros((*x.shape[:-1], missing), dtype=x.dtype, device=device)], axis=-1) if missing else x
    hops = xp.reshape(longer[..., : (n_frames + pieces - 1) * hop_length], (*x.shape[:-1], n_frames + pieces - 1, hop_length))
    return xp.concat([hops[..., j : j + n_frames, :] for j in range(pieces)], axis=-1)[..., :frame_length]


def framed(x: Array, framing: Framing, *, xp: ModuleType) -> Array:
    return frame(pad(x, framing.padding, framing.padding, framing.pad_mode, xp=xp), framing.n_fft, framing.hop_length, xp=xp)


@operation
def overlap_add(frames: Array, hop_length: int, *, xp: ModuleType) -> Array:
    """Sum of frames (..., time, n) laid `hop_length` apart, of length n + hop_length * (time -
    1).
    """
    *batch, n_frames, length = frames.shape
    like: dict[str, Any] = {"dtype": frames.dtype, "device": device_of(frames)}
    pieces = -(-length // hop_length)
    if blank := pieces * hop_length - length:
        frames = xp.concat([frames, xp.zeros((*batch, n_frames, blank), **like)], axis=-1)

    def laid(j: int, piece: Array) -> Array:
        before, after = (xp.zeros((*batch, k, hop_length), **like) for k in (j, pieces - 1 - j))
        return xp.concat([before, piece, after], axis=-2)

    first, *others = unstack(xp.reshape(frames, (*batch, n_frames, pieces, hop_length)), axis=-2, xp=xp)
    hops = laid(0, first)
    for j, piece in enumerate(others, start=1):
        hops = hops + laid(j, piece)
    return xp.reshape(hops, (*batch, (n_frames + pieces - 1) * hop_length))[..., : length + hop_length * (n_frames - 1)]


def window_sum(window: Array, n_frames: int, hop_length: int, *, xp: ModuleType) -> Array:
    """Overlap-added squares of a window."""
    squares = xp.broadcast_to(xp.reshape(window * window, (1, -1)), (n_frames, window.shape[-1]))
    return overlap_add(squares, hop_length, xp=xp)


def fit_samples(signal: Array, padding: int, length: int, *, xp: ModuleType) -> Array:
    """Cut `padding` samples off the front and bring the rest to `length`, with zeros where there is
    nothing.
    """
    available = signal.shape[-1] - padding
    if length <= available:
        return signal[..., padding : padding + length]
    return pad(signal[..., padding:], 0, length - available, "constant", xp=xp)


def normalized_overlap_add(frames: Array, window: Array, framing: Framing, length: int, *, xp: ModuleType) -> Array:
    """Overlap-added windowed frames over the overlap-added squared window, the padding cut off,
    `length` samples long.
    """
    weight = window_sum(window, frames.shape[-2], framing.hop_length, xp=xp)
    safe = xp.where(weight > xp.finfo(weight.dtype).smallest_normal, weight, 1.0)
    return fit_samples(overlap_add(frames, framing.hop_length, xp=xp) / safe, framing.padding, length, xp=xp)


def excerpt(x: Array, first: int, count: int, *, xp: ModuleType) -> Array:
    """Samples first … first + count - 1 of x (..., n), with zeros before and behind it."""
    before, after = min(max(0, -first), count), min(max(0, first + count - x.shape[-1]), count)
    inside = x[..., max(0, first) : max(0, first) + count - before - after]
    return pad(inside, before, after, "constant", xp=xp)
