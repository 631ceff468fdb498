"""The multirate matrix products of the constant-Q on NumPy: a clip at a time, in chunks of frames whose samples stay in the cache.

A decimator is one product of overlapping rows with a small matrix. Atoms are multiplied in groups of bins, each with as many samples
of the frames as it reaches. Rows that do not overlap are read where they lie. The adjoint is made of the same products, of rows of
coefficients and of rows of the lower rate.

What is done for a chunk is laid out once, as a list of calls on the same memory, and then done for all clips: Python would else take a
fifth of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from types import ModuleType
from typing import Any

import numpy as np

from nnaudio_xp.kernels.multirate import ROW, Multirate, Rate

from ._numpy_folding import fold, hops_for, is_cheaper, margins
from ._numpy_matrices import Group, Products, cost, lead, products_of
from ._numpy_rows import rows_of, to_magnitudes
from ._numpy_threads import Block, blocks, scratch, spread

Array = np.ndarray[Any, Any]

_CHUNK = 1024
"""Frames that are worked on at once."""

_COPIED = 2**19
"""Samples that are copied side by side at once, in whole rows."""

_SMALL = 10**6
"""Multiplications up to which OpenBLAS reads matrices where they lie, on processors with AVX-512: a third faster than packed ones."""

Source = Callable[[Array], Array]
"""Where a call reads: in what it is given, or always in the same place."""

Call = Callable[[Array], object]
"""One step of the work on a chunk."""


def _rows(level: Array | None, first: int, count: int, length: int, hop: int) -> Source:
    """Rows of a level, or else of what a call is given."""
    if level is None:
        return lambda given: rows_of(given, first, count, length, hop)
    return _fixed(rows_of(level, first, count, length, hop))


def _fixed(values: Array) -> Source:
    return lambda _: values


def _set(out: Array, source: Source) -> Call:
    return lambda given: np.copyto(out, source(given))


def _clear(out: Array) -> Call:
    return lambda _: out.fill(0)


def _multiply(source: Source, matrix: Array, out: Array) -> Call:
    """A product, of as many rows at once as make it a small one."""
    count = out.shape[0]
    size = -(-count // -(-count * matrix.size // _SMALL))
    whole = count // size * size
    into, rest = out[:whole].reshape(-1, size, out.shape[1]), out[whole:]

    def multiply(given: Array) -> None:
        rows = source(given)
        np.matmul(rows[:whole].reshape(-1, size, rows.shape[1]), matrix, into)
        if whole < count:
            np.matmul(rows[whole:], matrix, rest)

    return multiply


def _multiply_and_add(source: Source, matrix: Array, out: Array) -> Call:
    part = scratch("multirate part", out.shape, out.dtype)
    multiply = _multiply(source, matrix, part)

    def multiply_and_add(given: Array) -> None:
        multiply(given)
        np.add(out, part, out)

    return multiply_and_add


def _copies(level: Array | None, first: int, hop: int, length: int, out: Array) -> Iterator[tuple[Call, Array, Array]]:
    """For as many rows, one every `hop`, as are copied at once: what copies them, where they then lie, and their part of `out`."""
    size = max(1, _COPIED // length)
    for start in range(0, out.shape[0], size):
        part = out[start : start + size]
        inputs = scratch("multirate inputs", (part.shape[0], length), out.dtype)
        yield _set(inputs, _rows(level, first + start * hop, part.shape[0], length, hop)), inputs, part


def _filter(level: Array | None, first: int, hop: int, matrix: Array, out: Array, write: Callable[..., Call]) -> Iterator[Call]:
    """Rows of samples, one every `hop`, times a matrix."""
    for copy, inputs, part in _copies(level, first, hop, matrix.shape[0], out):
        yield copy
        yield write(_fixed(inputs), matrix, part)


def _level(x: Array, first: int, count: int) -> tuple[Array, range]:
    """Samples first … first + count - 1 of the signal: a view if they all lie inside it, else a copy between zeros; and where x is."""
    if first >= 0 and first + count <= x.shape[0]:
        return x[first : first + count], range(count)
    level = scratch("multirate signal", (count,), x.dtype)
    start, stop = min(max(0, -first), count), max(0, min(x.shape[0] - first, count))
    level[:start], level[stop:] = 0, 0
    level[start:stop] = x[first + start : first + stop]
    return level, range(start, stop)


def multirate(
    x: Array, plan: Multirate, center: int, n_frames: int, *, power: float | None = None, xp: ModuleType, n_threads: int | None = None
) -> Array:
    x = np.ascontiguousarray(x)
    products, spectrum = products_of(plan, x.dtype), np.result_type(x.dtype, np.complex64)
    folds = x.dtype == np.float32 and is_cheaper(plan, cost(plan, products))
    out = np.empty((*x.shape[:-1], n_frames, plan.n_bins), spectrum if power is None else x.dtype)
    n_hops, (before, behind) = hops_for(plan, n_frames), margins(plan)
    size = n_hops - before - behind if folds else plan.whole(_CHUNK)

    def work(share: Sequence[Block]) -> None:
        done: dict[tuple[int, range], tuple[Array, list[Call]]] = {}
        stretch = (-before * plan.hop_length, n_hops * plan.hop_length)
        spans = {length: stretch if folds else plan.layout(length)[0] for length in {stop - start for _, start, stop in share}}
        for clip, start, stop in share:
            first, count = spans[stop - start]
            chunk, inside = _level(x[clip], center + start * plan.hop_length + first, count)
            if (stop - start, inside) not in done:
                pairs = scratch("multirate pairs", (stop - start, 2 * plan.n_bins), x.dtype)
                rates = products[:1] if folds else products
                done[stop - start, inside] = pairs, list(_analysis(plan, rates, first, inside, pairs))
            pairs, calls = done[stop - start, inside]
            if folds:
                fold(chunk, plan, n_hops, pairs)
            for call in calls:
                call(chunk)
            if power is None:
                out[clip][start:stop] = pairs.view(spectrum)
            else:
                to_magnitudes(pairs.view(spectrum), power, out[clip][start:stop])

    spread(work, blocks(x.shape[:-1], n_frames, size), out.size * 64, n_threads)
    return out


def _analysis(plan: Multirate, products: Sequence[Products], first: int, inside: range, pairs: Array) -> Iterator[Call]:
    """What makes `pairs`, (time, re and im of each bin in turn), of a chunk that begins `first` samples from the centre of frame 0.

    Its samples outside the range `inside` are zero.
    """
    level, above = None, first
    for rate, (start, count), product in zip(plan.rates, plan.layout(pairs.shape[0]), products, strict=False):
        if rate.ratio > 1:
            begin, hop, matrix = start * rate.ratio - rate.reach - above, ROW * rate.ratio, product.decimator
            rows = scratch(f"multirate {rate.step}", (count // ROW, ROW), pairs.dtype)
            low = min(max(0, (inside.start - begin - matrix.shape[0]) // hop + 1), rows.shape[0])
            high = max(low, min(rows.shape[0], -(-(inside.stop - begin) // hop)))
            yield from (_clear(rest) for rest in (rows[:low], rows[high:]) if rest.size)
            yield from _filter(level, begin + low * hop, hop, matrix, rows[low:high], _multiply)
            level, inside, above = rows.reshape(-1), range(low * ROW, high * ROW), start
        columns = slice(2 * rate.bins.start, 2 * rate.bins.stop)
        for phase, groups in enumerate(product.groups):
            yield from _apply(level, plan.begin(rate, phase) - above, rate.hop, groups, pairs[phase :: rate.phases, columns])


def _apply(level: Array | None, begin: int, hop: int, groups: list[Group], out: Array) -> Iterator[Call]:
    """Products of all frames, the first of them at sample `begin`, with one phase's atoms into (time, column)."""
    if not out.shape[0]:
        return
    longer = [group for group in groups if group.matrix.shape[0] > hop]
    for group in groups:
        if group not in longer:
            source = _rows(level, begin + group.first, out.shape[0], group.matrix.shape[0], hop)
            yield _multiply(source, group.matrix, out[:, group.columns])
    if not longer:
        return
    first, last = min(group.first for group in longer), max(group.last for group in longer)
    for copy, frames, part in _copies(level, begin + first, hop, last - first, out):
        yield copy
        for group in longer:
            yield _multiply(_fixed(frames[:, group.first - first : group.last - first]), group.matrix, part[:, group.columns])


def multirate_adjoint(C: Array, plan: Multirate, center: int, n_samples: int, *, xp: ModuleType, n_threads: int | None = None) -> Array:
    real = np.empty(0, C.dtype).real.dtype
    products = products_of(plan, real)
    out = np.zeros((*C.shape[:-2], n_samples), real)
    size = plan.whole(_CHUNK)

    def work(clips: Sequence[tuple[int, ...]]) -> None:
        done: dict[int, tuple[int, Array, list[Call]]] = {}
        for clip in clips:
            for _, start, stop in blocks((), C.shape[-2], size):
                if stop - start not in done:
                    done[stop - start] = _synthesis(plan, products, stop - start, real)
                first, line, calls = done[stop - start]
                pairs = np.ascontiguousarray(C[clip][start:stop]).view(real)
                for call in calls:
                    call(pairs)
                begin = center + start * plan.hop_length + first
                inside = slice(max(begin, 0), max(0, min(begin + line.shape[0], n_samples)))
                out[clip][inside] += line[inside.start - begin : inside.stop - begin]

    spread(work, list(np.ndindex(C.shape[:-2])), C.size * 64, n_threads)
    return out


def _synthesis(plan: Multirate, products: Sequence[Products], n_frames: int, dtype: Any) -> tuple[int, Array, list[Call]]:
    """The sum of one chunk's atoms: its first sample, from the centre of frame 0, its samples, and what makes them of `pairs`."""
    layout, widest = plan.layout(n_frames), max(rate.ratio for rate in plan.rates)
    level: Array | None = None
    calls: list[Call] = []
    for index in reversed(range(len(layout))):
        rate, (first, count), lower = plan.rates[index], layout[index], level
        before = lead(rate)
        level = scratch(f"multirate {rate.step}", (before + count + max(rate.hop, ROW * widest, ROW + before),), dtype)
        samples = level[before:]
        calls.append(_clear(level))
        if lower is not None:
            below, (start, length) = plan.rates[index + 1], layout[index + 1]
            hop, begin = ROW * below.ratio, start * below.ratio - below.reach - first
            n_rows = -(-((length - 1) * below.ratio + below.taps.shape[0]) // hop)
            out = samples[begin : begin + n_rows * hop].reshape(n_rows, hop)
            calls += _filter(lower, 0, ROW, products[index + 1].interpolator, out, _multiply)
        for phase, groups in enumerate(products[index].groups):
            coefficients = range(phase, n_frames, rate.phases)
            for group in groups:
                calls += _spread_atoms(samples, plan.begin(rate, phase) - first + group.first, rate, group, coefficients)
    return first, samples[:count], calls


def _spread_atoms(samples: Array, begin: int, rate: Rate, group: Group, frames: range) -> Iterator[Call]:
    """Add a group's atoms of these frames, the first at sample `begin`, times their coefficients."""
    first = 2 * rate.bins.start
    columns = slice(first + group.columns.start, first + group.columns.stop)

    def coefficients(pairs: Array) -> Array:
        return pairs[frames.start : frames.stop : frames.step, columns]

    n_columns = group.matrix.shape[1]
    before = group.comb.shape[0] // n_columns - 1
    out = rows_of(samples, begin, len(frames) + before, group.comb.shape[1], rate.hop)
    if not before:
        yield _multiply_and_add(coefficients, group.comb, out)
        return
    padded = scratch("multirate coefficients", (len(frames) + 2 * before, n_columns), samples.dtype)
    yield _clear(padded)
    yield _set(padded[before : before + len(frames)], coefficients)
    yield from _filter(padded.reshape(-1), 0, n_columns, group.comb, out, _multiply_and_add)
