"""The short-time Fourier transform in blocks that stay in the cache: analysis, its adjoint,
synthesis, Griffin-Lim.

Touching fresh memory is the dearest thing on a CPU, so a clip is taken in blocks of frames whose
spectra fit the cache, with scratch that is used again, and only results are written out. Blocks
depend on the shape of a clip alone, never on the batch or on the number of threads: results are the
same bit for bit. CPU tensors of PyTorch run through the same loops without a copy.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from types import ModuleType

import numpy as np
import scipy.fft

from nnaudio_xp import ops
from nnaudio_xp._namespace import host
from nnaudio_xp.geometry import Framing

from .._native import fourier
from .._register import for_numpy as native
from .blocks import Block, blocks_of, scratch, share_out
from .clips import block_frames, frame_spectra, frames_of, overlap_buffer, ready, unbuffered, unpadded
from .products import Groups, column_groups, multiply_bands
from .results import result
from .rows import Array, add_rows, to_magnitudes


def _number(clip: tuple[int, ...], batch: tuple[int, ...]) -> int:
    """How many clips are before one."""
    return int(np.ravel_multi_index(clip, batch)) if batch else 0


def _frame_by_frame(x: Array, window: Array, framing: Framing, power: float | None, size: int) -> Callable[[Block, Array], None]:
    """What writes the spectra of a block of at most `size` frames, or their magnitudes to a power, to an array."""
    batch, n_frames = x.shape[:-1], framing.n_frames(x.shape[-1])
    made = 1 if power is not None and power != 2 else power
    loops = fourier.loops_over(x, window, framing, made)
    dtype = x.dtype if power is not None else np.result_type(x.dtype, np.complex64)

    def natively(block: Block, out: Array) -> None:
        assert loops is not None
        clip, start, stop = block
        rows = out if out.flags.carray and out.dtype == dtype else scratch("rows", (size, framing.n_freqs), dtype)[: stop - start]
        first = n_frames * _number(clip, batch) + start
        loops.write(first, first + stop - start, rows)
        if power is not None and made != power:
            np.power(rows, power, out=rows)
        if rows is not out:
            out[...] = rows

    def in_steps(block: Block, out: Array) -> None:
        clip, start, stop = block
        spectrum = frame_spectra(x[clip], window, framing, start, stop, scratch("windowed", (size, framing.n_fft), x.dtype))
        if power is None:
            out[...] = spectrum
        else:
            to_magnitudes(spectrum, power, out)

    return in_steps if loops is None else natively


@native(ops.spectra)
def spectra(
    x: Array,
    window: Array,
    framing: Framing,
    *,
    power: float | None = None,
    bank: Array | None = None,
    out: Array | None = None,
    xp: ModuleType,
) -> Array:
    x, framing = ready(x, framing)
    n_frames = framing.n_frames(x.shape[-1])
    width = framing.n_freqs if bank is None else bank.shape[0]
    dtype = x.dtype if power is not None else np.result_type(x.dtype, np.complex64)
    if out is None:
        out = result((*x.shape[:-1], n_frames, width), dtype)
    cost = n_frames * framing.n_fft * math.prod(x.shape[:-1])
    loops = fourier.loops_over(x, window, framing, power, bank) if out.flags.carray and out.dtype == dtype else None
    if loops is not None:
        rows = out.reshape(-1, width)
        share_out(lambda share: loops.write(share[0], share[-1] + 1, rows[share[0] :]), range(len(rows)), cost, native=True)
        return out
    size = block_frames(framing, n_frames)
    frame_by_frame = _frame_by_frame(x, window, framing, power, size)
    groups = None if bank is None else column_groups(bank)

    def work(share: Sequence[Block]) -> None:
        for block in share:
            clip, start, stop = block
            if groups is None:
                frame_by_frame(block, out[clip][start:stop])
            else:
                values = scratch("values", (size, framing.n_freqs), x.dtype)[: stop - start]
                frame_by_frame(block, values)
                multiply_bands(values, groups, out[clip][start:stop])

    share_out(work, blocks_of(x.shape[:-1], n_frames, size), cost)
    return out


@native(ops.framewise)
def framewise(
    x: Array,
    window: Array,
    framing: Framing,
    then: Callable[..., tuple[Array, ...]],
    *kernels: Array,
    xp: ModuleType,
) -> tuple[Array, ...]:
    x, framing = ready(x, framing)
    n_frames = framing.n_frames(x.shape[-1])
    nothing = then(np.empty((0, framing.n_freqs), x.dtype), *kernels, xp=host)
    out = tuple(result((*x.shape[:-1], n_frames, part.shape[-1]), part.dtype) for part in nothing)
    size = block_frames(framing, n_frames)
    frame_by_frame = _frame_by_frame(x, window, framing, 1, size)

    def work(share: Sequence[Block]) -> None:
        for block in share:
            clip, start, stop = block
            rows = scratch("values", (size, framing.n_freqs), x.dtype)[: stop - start]
            frame_by_frame(block, rows)
            for whole, part in zip(out, then(rows, *kernels, xp=host), strict=True):
                whole[clip][start:stop] = part

    share_out(work, blocks_of(x.shape[:-1], n_frames, size), n_frames * framing.n_fft * math.prod(x.shape[:-1]))
    return out


@native(ops.blockwise)
def blockwise(x: Array, framing: Framing, then: Callable[..., Array], *kernels: Array, xp: ModuleType) -> Array:
    x, framing = ready(x, framing)
    n_frames = framing.n_frames(x.shape[-1])
    nothing = then(np.empty((0, framing.n_fft), x.dtype), *kernels, xp=host)
    out = result((*x.shape[:-1], n_frames, nothing.shape[-1]), nothing.dtype)

    def work(share: Sequence[Block]) -> None:
        for clip, start, stop in share:
            out[clip][start:stop] = then(frames_of(x[clip], framing, start, stop), *kernels, xp=host)

    share_out(work, blocks_of(x.shape[:-1], n_frames, block_frames(framing, n_frames)), n_frames * framing.n_fft * math.prod(x.shape[:-1]))
    return out


_COLUMNS = 2**15
"""Numbers of each array of which columns are made together: few enough for the cache."""


@native(ops.columnwise)
def columnwise(then: Callable[..., Array], *arrays: Array, axis: int, xp: ModuleType) -> Array:
    *batch, _, _ = arrays[0].shape
    n_columns = arrays[0].shape[axis]

    def block(array: Array, start: int, stop: int) -> Array:
        """The columns of (..., frequency, time), or the other way round, that are not the same for all."""
        if array.shape[axis] != n_columns:
            return array
        return array[..., start:stop] if axis == -1 else array[..., start:stop, :]

    nothing = then(*(block(np.zeros(array.shape[-2:], array.dtype), 0, 0) for array in arrays), xp=host)
    shape = list(nothing.shape)
    shape[axis] = n_columns
    out = result((*batch, *shape), nothing.dtype)

    def work(share: Sequence[Block]) -> None:
        for clip, start, stop in share:
            block(out[clip], start, stop)[...] = then(*(block(array[clip], start, stop) for array in arrays), xp=host)

    size = max(1, _COLUMNS // max(1, arrays[0].shape[-3 - axis]))
    share_out(work, blocks_of(tuple(batch), n_columns, size), arrays[0].size * len(arrays))
    return out


@native(ops.by_windows)
def by_windows(x: Array, windows: tuple[Array, ...], framing: Framing, then: Callable[..., Array], *, xp: ModuleType) -> Array:
    x, framing = ready(x, framing)
    n_frames, precision = framing.n_frames(x.shape[-1]), np.result_type(x.dtype, np.complex64)
    nothing = then(*(lambda xp: np.empty((0, framing.n_freqs), precision) for _ in windows), xp=host)
    out = result((*x.shape[:-1], n_frames, nothing.shape[-1]), nothing.dtype)
    size = block_frames(framing, n_frames)

    def work(share: Sequence[Block]) -> None:
        windowed = scratch("windowed", (size, framing.n_fft), x.dtype)
        for clip, start, stop in share:

            def spectrum(window: Array, *, xp: ModuleType, block: Block = (clip, start, stop)) -> Array:
                return frame_spectra(x[block[0]], window, framing, block[1], block[2], windowed)

            out[clip][start:stop] = then(*(partial(spectrum, window) for window in windows), xp=host)

    cost = len(windows) * n_frames * framing.n_fft * math.prod(x.shape[:-1])
    share_out(work, blocks_of(x.shape[:-1], n_frames, size), cost)
    return out


def _power(size: Array, power: float, where: Array) -> Array:
    """Magnitudes to a power; 0 elsewhere."""
    return np.power(size, power, out=np.zeros_like(size), where=where)


def _slope(spectrum: Array, power: float, grad: Array) -> Array:
    """Gradient of |X|**power / power with respect to X, times `grad`: finite everywhere, as
    `ops.magnitude` and `ops.raised` say. The spectrum is used up.
    """
    if power == 2:
        return np.multiply(spectrum, grad, out=spectrum)
    size = np.abs(spectrum)
    with np.errstate(over="ignore", invalid="ignore"):
        scale = np.divide(1, size, out=np.zeros_like(size), where=size > 0) if power == 1 else _power(size, power - 2, size > 0)
        scale *= grad
        fits = np.isfinite(np.sum(scale))
    if fits:
        return np.multiply(spectrum, scale, out=spectrum)
    turned = spectrum.view(size.dtype).reshape(*size.shape, 2) / np.where(size == 0, 1, size)[..., None]  # at most 1
    heard = size >= ops.faint(size, xp=host) if power < 1 else size > 0
    turned *= (grad * _power(size, power - 1, heard))[..., None]
    return turned.reshape(size.shape[0], -1).view(spectrum.dtype)


def spectra_adjoint(
    grad: Array, x: Array, window: Array, framing: Framing, *, power: float | None, bank: Array | None, xp: ModuleType
) -> Array:
    """Gradient of `spectra` with respect to x. Spectra are computed again, block by block, rather
    than kept.
    """
    x = np.ascontiguousarray(x)
    slope = result(x.shape, x.dtype)
    scaled = window * (framing.n_fft / 2 * (power or 1))
    loops = fourier.loops_over(x, window, framing, power, bank)
    back = (scaled / framing.n_fft).astype(x.dtype)
    groups = None if bank is None or loops else column_groups(bank.T)

    def work(clips: Sequence[tuple[int, ...]]) -> None:
        for clip in clips:
            buffer = overlap_buffer(framing, grad.shape[-2], x.dtype)
            if loops is not None:
                loops.add_slopes(_number(clip, x.shape[:-1]), back, grad[clip], buffer)
            else:
                _add_slopes(grad[clip], x[clip], window, scaled, framing, power, groups, buffer)
            slope[clip] = unpadded(buffer, x.shape[-1], framing)

    share_out(work, list(np.ndindex(x.shape[:-1])), x.size)
    return slope


def _add_slopes(
    grad: Array, x: Array, window: Array, scaled: Array, framing: Framing, power: float | None, groups: Groups | None, buffer: Array
) -> None:
    """Add the gradient with respect to one clip and its padding to a buffer."""
    n_frames = grad.shape[0]
    size = block_frames(framing, n_frames)
    single = [0, framing.n_freqs - 1] if framing.n_fft % 2 == 0 else [0]  # bins without a mirror image
    windowed = scratch("windowed", (size, framing.n_fft), x.dtype)
    for start in range(0, n_frames, size):
        stop = min(start + size, n_frames)
        slope = grad[start:stop]
        if power is not None:
            if groups is not None:
                unbanded = scratch("values", (size, framing.n_freqs), x.dtype)[: stop - start]
                multiply_bands(slope, groups, unbanded)
                slope = unbanded
            slope = _slope(frame_spectra(x, window, framing, start, stop, windowed), power, slope)
        else:
            slope = slope.copy()
        slope[:, single] *= 2
        frames = scipy.fft.irfft(slope, n=framing.n_fft, overwrite_x=True)
        with unbuffered():
            frames *= scaled
        add_rows(buffer, start * framing.hop_length, frames, framing.hop_length)


def _inverse_weight(window: Array, framing: Framing, n_frames: int) -> Array:
    """One over the overlap-added squared window; 1 where that is zero."""
    hop, overlapping = framing.hop_length, -(-framing.n_fft // framing.hop_length)
    few = min(n_frames, 2 * overlapping + 1)  # between both ends the weight repeats itself every hop
    weight = ops.window_sum(window, few, hop, xp=host)
    inverse = 1 / np.where(weight > np.finfo(weight.dtype).tiny, weight, 1)
    begin, end = np.split(inverse, [overlapping * hop])
    return np.concatenate([begin, np.tile(end[:hop], n_frames - few), end])


def _adder(spectrum: Array, window: Array, framing: Framing) -> Callable[[Array, Array], None]:
    """What overlap-adds the windowed frames of one clip's spectra, such as these, to a buffer."""
    loops = fourier.loops_back(spectrum, window, framing)
    if loops is not None:
        return loops.add_frames

    def add(spectrum: Array, buffer: Array) -> None:
        size = block_frames(framing, spectrum.shape[0])
        for start in range(0, spectrum.shape[0], size):
            frames = scipy.fft.irfft(spectrum[start : start + size], n=framing.n_fft)
            with unbuffered():
                frames *= window
            add_rows(buffer, start * framing.hop_length, frames, framing.hop_length)

    return add


def _fit(buffer: Array, inverse_weight: Array, framing: Framing, n_frames: int, out: Array) -> None:
    """Write the normalised signal between the margins, with zeros where no frame reaches."""
    kept = slice(framing.padding, min(framing.padding + out.shape[-1], framing.span(n_frames)))
    count = max(0, kept.stop - kept.start)
    np.multiply(buffer[kept], inverse_weight[kept], out=out[:count])
    out[count:] = 0


@native(ops.synthesis)
def synthesis(
    spectrum: Array,
    window: Array,
    framing: Framing,
    length: int,
    *,
    out: Array | None = None,
    xp: ModuleType,
) -> Array:
    *batch, n_frames, _ = spectrum.shape
    if out is None:
        out = result((*batch, length), window.dtype)
    inverse_weight, add = _inverse_weight(window, framing, n_frames), _adder(spectrum, window, framing)

    def work(clips: Sequence[tuple[int, ...]]) -> None:
        buffer = overlap_buffer(framing, n_frames, window.dtype)
        for clip in clips:
            buffer[:] = 0
            add(spectrum[clip], buffer)
            _fit(buffer, inverse_weight, framing, n_frames, out[clip])

    share_out(work, list(np.ndindex(*batch)), spectrum.size)
    return out


@native(ops.griffinlim)
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
) -> Array:
    if callable(framing.pad_mode) and framing.center:
        signal: Array = ops.griffinlim.portable(S, phases, window, framing, n_iter=n_iter, momentum=momentum, length=length, xp=xp)
        return signal
    out = result((*S.shape[:-2], length), S.dtype)
    n_frames, push = S.shape[-2], momentum / (1 + momentum)
    inverse_weight = _inverse_weight(window, framing, n_frames)

    def work(clips: Sequence[tuple[int, ...]]) -> None:
        buffer = overlap_buffer(framing, n_frames, S.dtype)
        for clip in clips:
            estimate = S[clip] * phases[clip]
            buffer[:] = 0
            _adder(estimate, window, framing)(estimate, buffer)
            _fit(buffer, inverse_weight, framing, n_frames, out[clip])
            step = _stepper(out[clip], estimate, np.ascontiguousarray(S[clip]), window, framing, push)
            for _ in range(n_iter):
                buffer[:] = 0
                step(buffer)
                _fit(buffer, inverse_weight, framing, n_frames, out[clip])

    share_out(work, list(np.ndindex(S.shape[:-2])), S.size * 8)
    return out


def _stepper(signal: Array, estimate: Array, S: Array, window: Array, framing: Framing, push: float) -> Callable[[Array], None]:
    """What overlap-adds the next frames of one clip to a buffer, from the signal that it finds in its place:
    with the magnitudes S, and the phases of its spectra, less `push` times those before. The estimate is used up.
    """
    n_frames = S.shape[0]
    loops = fourier.loops_over(signal, window, framing, None, n_frames=n_frames)
    if loops is not None:
        before, back = fourier.before_first(framing, n_frames), (window / framing.n_fft).astype(window.dtype)
        return partial(loops.add_step, back, S, push, before)
    size = block_frames(framing, n_frames)
    tiny, previous, add = np.finfo(S.dtype).tiny, np.zeros_like(estimate), _adder(estimate, window, framing)

    def step(buffer: Array) -> None:
        windowed, weight = scratch("windowed", (size, framing.n_fft), S.dtype), scratch("values", (size, S.shape[1]), S.dtype)
        for start in range(0, n_frames, size):
            stop = min(start + size, n_frames)
            rebuilt = frame_spectra(signal, window, framing, start, stop, windowed)
            ahead, before = estimate[start:stop], previous[start:stop]
            np.multiply(before, S.dtype.type(-push), out=ahead)
            ahead += rebuilt
            before[:] = rebuilt
            scale = np.abs(ahead, out=weight[: stop - start])
            scale += tiny
            np.divide(S[start:stop], scale, out=scale)
            ahead *= scale
        add(estimate, buffer)

    return step
