"""NumPy's native operations: frames as views, and hot loops over blocks that stay in the cache.

Touching fresh memory is the dearest thing on a CPU, so a clip is taken in blocks of frames whose spectra fit the cache, with scratch
that is used again, and only results are written out. Blocks depend on the shape of a clip alone, never on the batch or on the number
of threads: results are the same bit for bit. CPU tensors of PyTorch run through the same loops without a copy.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np
import scipy.fft

from nnaudio_xp import ops
from nnaudio_xp._namespace import host
from nnaudio_xp.errors import ParameterError
from nnaudio_xp.geometry import Framing
from nnaudio_xp.kernels.gabor import joined
from nnaudio_xp.kernels.multirate import Multirate

from .blocks import Block, blocks, scratch, spread
from .multirate import multirate as multirate  # noqa: PLC0414 - a native operation, too
from .multirate import multirate_adjoint as multirate_adjoint  # noqa: PLC0414
from .rows import add_rows, is_small, multiply, reached, rows_of, to_magnitudes

Array = np.ndarray[Any, Any]

_BLOCK_SAMPLES = 2**19
"""Samples in the frames of one block: 2 MiB of float32, about a second-level cache; smaller ones cost more calls than they save misses."""

_BAND_ROWS = 16
"""Rows of a filter bank multiplied at once, over the columns that are not zero in any of them."""


# --- small operations ------------------------------------------------------------------------------------------------------------


def require_finite(x: Array, name: str, *, xp: ModuleType) -> None:
    with np.errstate(over="ignore", invalid="ignore"):
        total = x.sum()  # one fast pass: any NaN or infinity survives a sum; only an overflow needs the second look
    if not np.isfinite(total) and not np.isfinite(x).all():
        index = tuple(int(i) for i in np.argwhere(~np.isfinite(x))[0])
        raise ParameterError(f"{name} is not finite everywhere: {name}[{', '.join(map(str, index))}] is {x[index]}")


def warn_unless(fine: Array, message: str, *, xp: ModuleType) -> None:
    if not fine:
        warnings.warn(message, stacklevel=5)


def require_between(values: Array, name: str, low: int, high: int | None, *, xp: ModuleType | None = None) -> None:
    outside = np.argwhere((values < low) | (high is not None and values > high))
    if outside.size:
        index = tuple(int(i) for i in outside[0])
        raise ParameterError(
            f"{name}[{', '.join(map(str, index))}]={values[index]} must be {f'at least {low}' if high is None else f'from {low} to {high}'}"
        )


def chosen(values: Array, choice: Array, *, xp: ModuleType) -> Array:
    return values[choice]


def pad(x: Array, before: int, after: int, mode: Any, *, xp: ModuleType) -> Array:
    if callable(mode):
        return np.pad(x, [(0, 0)] * (x.ndim - 1) + [(before, after)], mode=mode)
    padded: Array = ops.pad.portable(x, before, after, mode, xp=xp)
    return padded


def frame(x: Array, frame_length: int, hop_length: int, *, xp: ModuleType) -> Array:
    return np.lib.stride_tricks.sliding_window_view(x, frame_length, axis=-1, writeable=True)[..., ::hop_length, :]


def read_only(view: Array, *, xp: ModuleType) -> Array:
    view.flags.writeable = False
    return view


def _along(transform: Callable[..., Array], x: Array, **options: Any) -> Array:
    """A transform of SciPy's, row by row: it rounds rows that it takes together in another way than one alone."""
    if x.ndim == 1 or not x.size:
        return transform(x, **options)
    rows = [transform(row, **options) for row in x.reshape(-1, x.shape[-1])]
    return np.stack(rows).reshape(*x.shape[:-1], -1)


def rfft(x: Array, *, xp: ModuleType) -> Array:
    return _along(scipy.fft.rfft, x)


def irfft(spectrum: Array, n: int, *, xp: ModuleType) -> Array:
    return _along(scipy.fft.irfft, spectrum, n=n)


def fft(x: Array, *, xp: ModuleType) -> Array:
    return _along(scipy.fft.fft, x)


def ifft(spectrum: Array, *, xp: ModuleType) -> Array:
    return _along(scipy.fft.ifft, spectrum)


def even_spectrum(half: Array, n: int, *, xp: ModuleType) -> Array:
    """Rows are taken together, which are the blocks of `framewise`: these depend on nothing but a clip's shape."""
    if n % 2:
        return ops.even_spectrum.portable(half, n, xp=xp)  # type: ignore[no-any-return]
    spectrum: Array = scipy.fft.dct(half, type=1)
    return spectrum


def to_complex(re: Array, im: Array, *, xp: ModuleType) -> Array:
    values = np.empty(re.shape, np.result_type(re.dtype, np.complex64))
    values.real, values.imag = re, im
    return values


def raised(size: Array, power: float, *, xp: ModuleType) -> Array:
    return size if power == 1 else size**power


def multirate_parts(x: Array, plan: Multirate, center: int, n_frames: int, *, xp: ModuleType) -> tuple[Array, Array]:
    values = multirate(x, plan, center, n_frames, xp=xp)
    return values.real, values.imag


# --- frames, one block at a time -------------------------------------------------------------------------------------------------


def _block_frames(framing: Framing, n_frames: int) -> int:
    return min(n_frames, max(16, min(1024, _BLOCK_SAMPLES // framing.n_fft)))


def _ready(x: Array, framing: Framing) -> tuple[Array, Framing]:
    """The clips, each in contiguous memory, and a padding that `_extended` knows."""
    if callable(framing.pad_mode) and framing.center:
        x = pad(x, framing.padding, framing.padding, framing.pad_mode, xp=np)
        framing = replace(framing, center=False)
    return x if x.strides[-1] == x.itemsize else np.ascontiguousarray(x), framing


def _ramp(positions: Array, n: int, padding: int) -> Array:
    """How much of the edge is left at positions before or behind a clip of n samples: nothing at the end of the padding."""
    left: Array = 1 - np.maximum(-positions, positions - (n - 1)) / max(1, padding)
    return left


def _outside(clip: Array, first: int, last: int, framing: Framing) -> Array | float:
    """The padding at positions first … last - 1, before or behind the clip."""
    n, mode = clip.shape[-1], framing.pad_mode
    if mode in ("constant", "empty"):
        return 0.0
    positions = np.arange(first, last)
    if mode == "linear_ramp":
        faded: Array = clip[np.clip(positions, 0, n - 1)] * _ramp(positions, n, framing.padding).astype(clip.dtype)
        return faded
    return clip[ops.padding_indices(positions, n, mode, xp=np)]


def _extended(clip: Array, first: int, last: int, framing: Framing) -> Array:
    """Samples first … last - 1 of the padded clip, counted from the clip's own first sample."""
    begin = min(max(first, 0), last)
    end = max(min(last, clip.shape[-1]), begin)
    samples = scratch("extended", (last - first,), clip.dtype)
    samples[: begin - first] = _outside(clip, first, begin, framing)
    samples[begin - first : end - first] = clip[begin:end]
    samples[end - first :] = _outside(clip, end, last, framing)
    return samples


def _frames(clip: Array, framing: Framing, start: int, stop: int) -> Array:
    """Frames start … stop - 1 of one clip: a view wherever they lie inside it."""
    first = start * framing.hop_length - framing.padding
    last = first + framing.span(stop - start)
    if first < 0 or last > clip.shape[-1]:
        clip, first = _extended(clip, first, last, framing), 0
    return rows_of(clip, first, stop - start, framing.n_fft, framing.hop_length)


@contextmanager
def _unbuffered() -> Iterator[None]:
    """For products of rows with one window: NumPy's iterator would first copy the rows, and the window for each of them, to its buffer."""
    with np.errstate():  # also restores the size of the buffer
        np.setbufsize(16)
        yield


def _windowed(clip: Array, window: Array, framing: Framing, start: int, stop: int, out: Array) -> Array:
    """Frames start … stop - 1 of one clip, windowed. Those that reach into the padding are made by themselves: the rest is not copied."""
    inside = -(-framing.padding // framing.hop_length)
    behind = (clip.shape[-1] + framing.padding - framing.n_fft) // framing.hop_length + 1
    cuts = [start, min(max(inside, start), stop), min(max(behind, inside, start), stop), stop]
    with _unbuffered():
        for first, last in pairwise(cuts):
            if first < last:
                np.multiply(_frames(clip, framing, first, last), window, out=out[first - start : last - start])
    return out[: stop - start]


def _buffer(framing: Framing, n_frames: int, dtype: Any) -> Array:
    """Zeros for overlap-adding: the frames' span, rounded up to whole hops."""
    pieces = -(-framing.n_fft // framing.hop_length)
    return np.zeros((n_frames + pieces - 1) * framing.hop_length, dtype=dtype)


# --- spectra and their adjoint ---------------------------------------------------------------------------------------------------


def _bands(bank: Array) -> list[tuple[slice, slice, Array]]:
    """A bank (bands, frequency) in groups of rows, each with the columns it does not leave empty and its product matrix."""
    groups = []
    for first in range(0, bank.shape[0], _BAND_ROWS):
        rows = bank[first : first + _BAND_ROWS]
        columns = reached(rows)
        groups.append((slice(first, first + rows.shape[0]), columns, rows[:, columns].T))
    return groups


def _multiply_bands(values: Array, groups: list[tuple[slice, slice, Array]], out: Array) -> None:
    for rows, columns, matrix in groups:
        np.matmul(values[:, columns], matrix, out=out[:, rows])


def banded(values: Array, bank: Array, *, xp: ModuleType, n_threads: int | None = None) -> Array:
    out = np.empty((*values.shape[:-1], bank.shape[0]), np.result_type(values, bank))
    groups = _bands(bank)

    def work(clips: Sequence[tuple[int, ...]]) -> None:
        for clip in clips:
            _multiply_bands(values[clip], groups, out[clip])

    spread(work, list(np.ndindex(values.shape[:-2])), values.size, n_threads)
    return out


def correlate(x: Array, kernels: Array, framing: Framing, *, xp: ModuleType, n_threads: int | None = None) -> Array:
    x, framing = _ready(x, framing)
    n_frames = framing.n_frames(x.shape[-1])
    size = _block_frames(framing, n_frames)
    out = np.empty((*x.shape[:-1], n_frames, kernels.shape[0]), np.result_type(x, kernels))
    inside, matrix = slice(None), kernels.T
    if is_small(kernels):  # a large one is not worth looking through, nor copying
        inside = reached(kernels)
        matrix = np.ascontiguousarray(matrix[inside])

    def work(blocks: Sequence[Block]) -> None:
        block = scratch("frames", (size, matrix.shape[0]), x.dtype)  # BLAS takes no overlapping rows
        for clip, start, stop in blocks:
            np.copyto(block[: stop - start], _frames(x[clip], framing, start, stop)[:, inside])
            for call in multiply(block[: stop - start], matrix, out[clip][start:stop]):
                call()

    spread(work, blocks(x.shape[:-1], n_frames, size), out.size * framing.n_fft, n_threads)
    return out


def spectra(
    x: Array,
    window: Array,
    framing: Framing,
    *,
    power: float | None = None,
    bank: Array | None = None,
    out: Array | None = None,
    xp: ModuleType,
    n_threads: int | None = None,
) -> Array:
    x, framing = _ready(x, framing)
    n_frames = framing.n_frames(x.shape[-1])
    width = framing.n_freqs if bank is None else bank.shape[0]
    if out is None:
        dtype = x.dtype if power is not None else np.result_type(x.dtype, np.complex64)
        out = np.empty((*x.shape[:-1], n_frames, width), dtype)
    groups = None if bank is None else _bands(bank)
    size = _block_frames(framing, n_frames)

    def work(blocks: Sequence[Block]) -> None:
        windowed = scratch("windowed", (size, framing.n_fft), x.dtype)
        values = scratch("values", (size, framing.n_freqs), x.dtype) if groups else None
        for clip, start, stop in blocks:
            rows = stop - start
            spectrum = scipy.fft.rfft(_windowed(x[clip], window, framing, start, stop, windowed))
            if power is None:
                out[clip][start:stop] = spectrum
            elif groups is None:
                to_magnitudes(spectrum, power, out[clip][start:stop])
            else:
                assert values is not None
                to_magnitudes(spectrum, power, values[:rows])
                _multiply_bands(values[:rows], groups, out[clip][start:stop])

    spread(work, blocks(x.shape[:-1], n_frames, size), out.shape[-2] * framing.n_fft * math.prod(x.shape[:-1]), n_threads)
    return out


def framewise(
    x: Array,
    window: Array,
    framing: Framing,
    then: Callable[..., tuple[Array, ...]],
    *kernels: Array,
    xp: ModuleType,
    n_threads: int | None = None,
) -> tuple[Array, ...]:
    x, framing = _ready(x, framing)
    n_frames = framing.n_frames(x.shape[-1])
    nothing = then(np.empty((0, framing.n_freqs), x.dtype), *kernels, xp=host)
    out = tuple(np.empty((*x.shape[:-1], n_frames, part.shape[-1]), part.dtype) for part in nothing)
    size = _block_frames(framing, n_frames)

    def work(blocks: Sequence[Block]) -> None:
        windowed = scratch("windowed", (size, framing.n_fft), x.dtype)
        values = scratch("values", (size, framing.n_freqs), x.dtype)
        for clip, start, stop in blocks:
            rows = values[: stop - start]
            to_magnitudes(scipy.fft.rfft(_windowed(x[clip], window, framing, start, stop, windowed)), 1, rows)
            for whole, part in zip(out, then(rows, *kernels, xp=host), strict=True):
                whole[clip][start:stop] = part

    spread(work, blocks(x.shape[:-1], n_frames, size), n_frames * framing.n_fft * math.prod(x.shape[:-1]), n_threads)
    return out


def _slope(spectrum: Array, power: float, grad: Array) -> Array:
    """Gradient of |X|**power / power with respect to X (0 where X is 0), times `grad`. The spectrum is used up."""
    if power != 2:
        size = np.abs(spectrum)
        grad = grad * np.power(size, power - 2, out=size, where=size > 0)
    return np.multiply(spectrum, grad, out=spectrum)


def spectra_adjoint(
    grad: Array, x: Array, window: Array, framing: Framing, *, power: float | None, bank: Array | None, n_threads: int | None
) -> Array:
    """Gradient of `spectra` with respect to x. Spectra are computed again, block by block, rather than kept."""
    x = np.ascontiguousarray(x)
    n, n_frames, hop = x.shape[-1], grad.shape[-2], framing.hop_length
    result = np.empty_like(x)
    groups = None if bank is None else _bands(bank.T)
    size = _block_frames(framing, n_frames)
    scaled = window * (framing.n_fft / 2 * (power or 1))
    single = [0, framing.n_freqs - 1] if framing.n_fft % 2 == 0 else [0]  # bins without a mirror image

    def work(clips: Sequence[tuple[int, ...]]) -> None:
        windowed = scratch("windowed", (size, framing.n_fft), x.dtype)
        spread = np.empty((size, framing.n_freqs), x.dtype) if groups else None
        for clip in clips:
            buffer = _buffer(framing, n_frames, x.dtype)
            for start in range(0, n_frames, size):
                stop = min(start + size, n_frames)
                slope = grad[clip][start:stop]
                if power is not None:
                    if groups is not None and spread is not None:
                        _multiply_bands(slope, groups, spread[: stop - start])
                        slope = spread[: stop - start]
                    slope = _slope(scipy.fft.rfft(_windowed(x[clip], window, framing, start, stop, windowed)), power, slope)
                else:
                    slope = slope.copy()
                slope[:, single] *= 2
                frames = scipy.fft.irfft(slope, n=framing.n_fft, overwrite_x=True)
                with _unbuffered():
                    frames *= scaled
                add_rows(buffer, start * hop, frames, hop)
            result[clip] = _unpadded(buffer, n, framing)

    spread(work, list(np.ndindex(x.shape[:-1])), x.size, n_threads)
    return result


def _unpadded(buffer: Array, n: int, framing: Framing) -> Array:
    """The adjoint of padding: what fell on the margins goes back to the samples they were made of."""
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


# --- synthesis -------------------------------------------------------------------------------------------------------------------


def _inverse_weight(window: Array, framing: Framing, n_frames: int) -> Array:
    """One over the overlap-added squared window; 1 where that is zero."""
    weight = _buffer(framing, n_frames, window.dtype)
    squares = window * window
    size = _block_frames(framing, n_frames)
    for start in range(0, n_frames, size):
        rows = min(size, n_frames - start)
        add_rows(weight, start * framing.hop_length, np.broadcast_to(squares, (rows, framing.n_fft)), framing.hop_length)
    return 1 / np.where(weight > np.finfo(weight.dtype).tiny, weight, 1)


def _synthesize(spectrum: Array, window: Array, framing: Framing, buffer: Array, inverse_weight: Array) -> None:
    """Overlap-add one clip's frames into the buffer and normalise it."""
    buffer[:] = 0
    size = _block_frames(framing, spectrum.shape[0])
    for start in range(0, spectrum.shape[0], size):
        frames = scipy.fft.irfft(spectrum[start : start + size], n=framing.n_fft)
        with _unbuffered():
            frames *= window
        add_rows(buffer, start * framing.hop_length, frames, framing.hop_length)
    buffer *= inverse_weight


def _fit(buffer: Array, framing: Framing, n_frames: int, out: Array) -> None:
    """Copy the signal between the margins, with zeros where no frame reaches."""
    kept = buffer[framing.padding : min(framing.padding + out.shape[-1], framing.span(n_frames))]
    out[: kept.size] = kept
    out[kept.size :] = 0


def synthesis(
    spectrum: Array,
    window: Array,
    framing: Framing,
    length: int,
    *,
    out: Array | None = None,
    xp: ModuleType,
    n_threads: int | None = None,
) -> Array:
    *batch, n_frames, _ = spectrum.shape
    if out is None:
        out = np.empty((*batch, length), window.dtype)
    inverse_weight = _inverse_weight(window, framing, n_frames)

    def work(clips: Sequence[tuple[int, ...]]) -> None:
        buffer = _buffer(framing, n_frames, window.dtype)
        for clip in clips:
            _synthesize(spectrum[clip], window, framing, buffer, inverse_weight)
            _fit(buffer, framing, n_frames, out[clip])

    spread(work, list(np.ndindex(*batch)), spectrum.size, n_threads)
    return out


def griffinlim(
    S: Array,
    phases: Array,
    window: Array,
    framing: Framing,
    *,
    n_iter: int,
    momentum: float,
    length: int,
    xp: ModuleType,
    n_threads: int | None = None,
) -> Array:
    if callable(framing.pad_mode) and framing.center:
        signal: Array = ops.griffinlim.portable(S, phases, window, framing, n_iter=n_iter, momentum=momentum, length=length, xp=xp)
        return signal
    out = np.empty((*S.shape[:-2], length), S.dtype)
    inverse_weight = _inverse_weight(window, framing, S.shape[-2])

    def work(clips: Sequence[tuple[int, ...]]) -> None:
        for clip in clips:
            _griffinlim_clip(np.ascontiguousarray(S[clip]), phases[clip], window, framing, inverse_weight, n_iter, momentum, out[clip])

    spread(work, list(np.ndindex(S.shape[:-2])), S.size * 8, n_threads)
    return out


def _griffinlim_clip(
    S: Array, phases: Array, window: Array, framing: Framing, inverse_weight: Array, n_iter: int, momentum: float, out: Array
) -> None:
    """All iterations of one clip in its own frames: the padding, the window and the phases are applied in place."""
    n_frames = S.shape[0]
    size = _block_frames(framing, n_frames)
    step = S.dtype.type(-momentum / (1 + momentum))
    tiny = np.finfo(S.dtype).tiny
    estimate = S * phases
    previous = np.zeros_like(estimate)
    buffer = _buffer(framing, n_frames, S.dtype)
    windowed = np.empty((size, framing.n_fft), S.dtype)
    weight = np.empty((size, S.shape[1]), S.dtype)
    for _ in range(n_iter):
        _synthesize(estimate, window, framing, buffer, inverse_weight)
        _fit(buffer, framing, n_frames, out)
        for start in range(0, n_frames, size):
            stop = min(start + size, n_frames)
            rebuilt = scipy.fft.rfft(_windowed(out, window, framing, start, stop, windowed))
            ahead, before = estimate[start:stop], previous[start:stop]
            np.multiply(before, step, out=ahead)
            ahead += rebuilt
            before[:] = rebuilt
            scale = np.abs(ahead, out=weight[: stop - start])
            scale += tiny
            np.divide(S[start:stop], scale, out=scale)
            ahead *= scale
    _synthesize(estimate, window, framing, buffer, inverse_weight)
    _fit(buffer, framing, n_frames, out)


# --- bands of a spectrum: clip by clip, so that only the result is as large as it is ---------------------------------------------


def band_signals(spectrum: Array, bins: Array, weights: Array, *, xp: ModuleType, n_threads: int | None = None) -> Array:
    out = np.empty((*spectrum.shape[:-1], *weights.shape), spectrum.dtype)

    def work(clips: Sequence[tuple[int, ...]]) -> None:
        for clip in clips:
            rows = spectrum[clip].take(bins).reshape(weights.shape)
            out[clip] = scipy.fft.ifft(np.multiply(rows, weights, out=rows), overwrite_x=True)

    spread(work, list(np.ndindex(spectrum.shape[:-1])), out.size, n_threads)
    return out


def band_spectrum(
    signals: Array,
    points: Array,
    weights: Array,
    spans: Sequence[tuple[int, int]],
    n: int,
    *,
    xp: ModuleType,
    n_threads: int | None = None,
) -> Array:
    out = np.empty((*signals.shape[:-2], n), signals.dtype)

    def work(clips: Sequence[tuple[int, ...]]) -> None:
        for clip in clips:
            values = scipy.fft.fft(signals[clip]).take(points)
            out[clip] = joined(np.multiply(values, weights, out=values), spans, n, xp=np)

    spread(work, list(np.ndindex(signals.shape[:-2])), signals.size, n_threads)
    return out
