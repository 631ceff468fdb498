"""The multirate matrix products of the constant-Q on NumPy: a clip at a time, in chunks of frames
whose samples stay in the cache.

A decimator is one product of overlapping rows with a small matrix. Atoms are multiplied in groups
of bins, each with as many samples of the frames as it reaches. The adjoint is made of the same
products, of rows of coefficients and of rows of the lower rate.

What is done for a chunk is laid out once, as a list of calls on the same memory, and then done for
all clips: Python would else take a fifth of the time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from types import ModuleType

import numpy as np

from nnaudio_xp import ops
from nnaudio_xp.kernels.multirate import ROW, MultiratePlan

from .._register import for_numpy as native
from .blocks import Block, blocks_of, scratch, share_out
from .folding import fold, hops_for, is_cheaper, margins
from .matrices import AtomGroup, Products, cost, lead, products_of
from .results import result
from .rows import Array, Call, multiply, rows_of, to_magnitudes

_CHUNK, _SAMPLES = 1024, 2**19
"""Frames that are worked on at once, or fewer if they have more samples."""

_COPIED = 2**19
"""Samples that are copied side by side at once, in whole rows."""


def _chunk(plan: MultiratePlan) -> int:
    return plan.whole(min(_CHUNK, max(1, _SAMPLES // plan.hop_length)))


def _inside(line: Array, begin: int, count: int) -> range:
    """Those of so many samples from `begin` on, which may lie outside of a line, that it has."""
    stop = max(0, min(line.shape[0] - begin, count))
    return range(min(max(0, -begin), stop), stop)


def _load(line: Array, begin: int, inside: range, level: Array) -> None:
    """Copy samples of a line from `begin` on, between zeros."""
    level[: inside.start], level[inside.stop :] = 0, 0
    level[inside.start : inside.stop] = line[begin + inside.start : begin + inside.stop]


def _multiply_and_add(rows: Array, matrix: Array, out: Array) -> Iterator[Call]:
    part = scratch("multirate part", out.shape, out.dtype)
    yield from multiply(rows, matrix, part)
    yield partial(np.add, out, part, out)


def _clear(out: Array) -> Call:
    return partial(out.fill, 0)


def _copies(level: Array, first: int, hop: int, length: int, out: Array) -> Iterator[tuple[Call, Array, Array]]:
    """For as many rows, one every `hop`, as are copied at once: what copies them, where they then
    lie, and their part of `out`.
    """
    size = max(1, _COPIED // length)
    for start in range(0, out.shape[0], size):
        part = out[start : start + size]
        rows = scratch("multirate rows", (part.shape[0], length), out.dtype)
        yield partial(np.copyto, rows, rows_of(level, first + start * hop, part.shape[0], length, hop)), rows, part


def _filter(level: Array, first: int, hop: int, matrix: Array, out: Array, write: Callable[..., Iterator[Call]]) -> Iterator[Call]:
    """Rows of samples, one every `hop`, times a matrix."""
    for copy, rows, part in _copies(level, first, hop, matrix.shape[0], out):
        yield copy
        yield from write(rows, matrix, part)


@native(ops.multirate_products)
def multirate_products(x: Array, plan: MultiratePlan, center: int, n_frames: int, *, power: float | None = None, xp: ModuleType) -> Array:
    x = np.ascontiguousarray(x)
    products, spectrum = products_of(plan, x.dtype), np.result_type(x.dtype, np.complex64)
    folds = x.dtype == np.float32 and is_cheaper(plan, cost(plan, products))
    out = result((*x.shape[:-1], n_frames, plan.n_bins), spectrum if power is None else x.dtype)
    n_hops, (before, behind) = hops_for(plan, n_frames), margins(plan)
    size = n_hops - before - behind if folds else _chunk(plan)

    def work(share: Sequence[Block]) -> None:
        done: dict[tuple[int, range], tuple[Array, Array, list[Call]]] = {}
        stretch = (-before * plan.hop_length, n_hops * plan.hop_length)
        spans = {length: stretch if folds else plan.layout(length)[0] for length in {stop - start for _, start, stop in share}}
        for clip, start, stop in share:
            first, count = spans[stop - start]
            begin = center + start * plan.hop_length + first
            inside = _inside(x[clip], begin, count)
            if (stop - start, inside) not in done:
                level = scratch("multirate signal", (count,), x.dtype)
                pairs = scratch("multirate pairs", (stop - start, 2 * plan.n_bins), x.dtype)
                rates = products[:1] if folds else products
                done[stop - start, inside] = level, pairs, list(_analysis(plan, rates, first, level, inside, pairs))
            level, pairs, calls = done[stop - start, inside]
            _load(x[clip], begin, inside, level)
            if folds:
                fold(level, plan, n_hops, pairs)
            for call in calls:
                call()
            if power is None:
                out[clip][start:stop] = pairs.view(spectrum)
            else:
                to_magnitudes(pairs.view(spectrum), power, out[clip][start:stop])

    share_out(work, blocks_of(x.shape[:-1], n_frames, size), out.size * 64)
    return out


@native(ops.multirate_product_parts)
def multirate_product_parts(x: Array, plan: MultiratePlan, center: int, n_frames: int, *, xp: ModuleType) -> tuple[Array, Array]:
    values = multirate_products(x, plan, center, n_frames, xp=xp)
    return values.real, values.imag


def _analysis(plan: MultiratePlan, products: Sequence[Products], first: int, level: Array, inside: range, pairs: Array) -> Iterator[Call]:
    """What makes `pairs`, (time, re and im of each bin in turn), of a chunk that begins `first`
    samples from the centre of frame 0.

    Its samples outside the range `inside` are zero.
    """
    above = first
    for rate, (start, count), product in zip(plan.rates, plan.layout(pairs.shape[0]), products, strict=False):
        if rate.ratio > 1:
            begin, hop, matrix = start * rate.ratio - rate.reach - above, ROW * rate.ratio, product.decimator
            rows = scratch(f"multirate {rate.step}", (count // ROW, ROW), pairs.dtype)
            low = min(max(0, (inside.start - begin - matrix.shape[0]) // hop + 1), rows.shape[0])
            high = max(low, min(rows.shape[0], -(-(inside.stop - begin) // hop)))
            yield from (_clear(rest) for rest in (rows[:low], rows[high:]) if rest.size)
            yield from _filter(level, begin + low * hop, hop, matrix, rows[low:high], multiply)
            level, inside, above = rows.reshape(-1), range(low * ROW, high * ROW), start
        columns = slice(2 * rate.bins.start, 2 * rate.bins.stop)
        for phase, groups in enumerate(product.groups):
            yield from _apply(level, plan.begin(rate, phase) - above, rate.hop, groups, pairs[phase :: rate.phases, columns])


def _apply(level: Array, begin: int, hop: int, groups: list[AtomGroup], out: Array) -> Iterator[Call]:
    """Products of all frames, the first of them at sample `begin`, with one phase's atoms into
    (time, column).
    """
    longer = []
    for group in groups:
        if group.matrix.shape[0] > hop:
            longer.append(group)
        else:  # rows that do not overlap are read where they lie
            rows = rows_of(level, begin + group.first, out.shape[0], group.matrix.shape[0], hop)
            yield from multiply(rows, group.matrix, out[:, group.columns])
    if not longer:
        return
    first, last = min(group.first for group in longer), max(group.last for group in longer)
    for copy, frames, part in _copies(level, begin + first, hop, last - first, out):
        yield copy
        for group in longer:
            yield from multiply(frames[:, group.first - first : group.last - first], group.matrix, part[:, group.columns])


@native(ops.multirate_adjoint)
def multirate_adjoint(C: Array, plan: MultiratePlan, center: int, n_samples: int, *, xp: ModuleType) -> Array:
    real = np.empty(0, C.dtype).real.dtype
    products = products_of(plan, real)
    out = result((*C.shape[:-2], n_samples), real)
    size = _chunk(plan)

    def work(clips: Sequence[tuple[int, ...]]) -> None:
        done: dict[int, tuple[Array, int, Array, list[Call]]] = {}
        for clip in clips:
            signal, made = out[clip], 0
            for _, start, stop in blocks_of((), C.shape[-2], size):
                if stop - start not in done:
                    pairs = scratch("multirate pairs", (stop - start, 2 * plan.n_bins), real)
                    done[stop - start] = pairs, *_synthesis(plan, products, pairs)
                pairs, first, line, calls = done[stop - start]
                np.copyto(pairs.view(C.dtype), C[clip][start:stop])
                for call in calls:
                    call()
                begin = center + start * plan.hop_length + first
                begun, ended = (min(max(edge, 0), n_samples) for edge in (begin, begin + line.shape[0]))
                shared = min(max(begun, made), ended)
                signal[made:begun] = 0
                signal[begun:shared] += line[begun - begin : shared - begin]
                signal[shared:ended] = line[shared - begin : ended - begin]
                made = max(made, ended)
            signal[made:] = 0

    share_out(work, list(np.ndindex(C.shape[:-2])), C.size * 64)
    return out


def _synthesis(plan: MultiratePlan, products: Sequence[Products], pairs: Array) -> tuple[int, Array, list[Call]]:
    """The sum of one chunk's atoms: its first sample, from the centre of frame 0, its samples, and
    what makes them of `pairs`.
    """
    layout, widest = plan.layout(pairs.shape[0]), max(rate.ratio for rate in plan.rates)
    level: Array | None = None
    calls: list[Call] = []
    for index in reversed(range(len(layout))):
        rate, (first, count), lower = plan.rates[index], layout[index], level
        before = lead(rate)
        level = scratch(f"multirate {rate.step}", (before + count + max(rate.hop, ROW * widest, ROW + before),), pairs.dtype)
        samples = level[before:]
        calls.append(_clear(level))
        if lower is not None:
            below, (start, length) = plan.rates[index + 1], layout[index + 1]
            hop, begin = ROW * below.ratio, start * below.ratio - below.reach - first
            n_rows = -(-((length - 1) * below.ratio + below.taps.shape[0]) // hop)
            out = samples[begin : begin + n_rows * hop].reshape(n_rows, hop)
            calls += _filter(lower, 0, ROW, products[index + 1].interpolator, out, multiply)
        columns = slice(2 * rate.bins.start, 2 * rate.bins.stop)
        for phase, groups in enumerate(products[index].groups):
            coefficients, begin = pairs[phase :: rate.phases, columns], plan.begin(rate, phase) - first
            for group in groups:
                calls += _spread_atoms(samples, begin + group.first, rate.hop, group.comb, coefficients[:, group.columns])
    return first, samples[:count], calls


def _spread_atoms(samples: Array, begin: int, hop: int, comb: Array, coefficients: Array) -> Iterator[Call]:
    """Add a group's atoms, one every `hop` samples, the first at sample `begin`, times their
    coefficients (time, column).
    """
    count, n_columns = coefficients.shape
    before = comb.shape[0] // n_columns - 1
    out = rows_of(samples, begin, count + before, comb.shape[1], hop)
    if not before:
        yield from _multiply_and_add(coefficients, comb, out)
        return
    padded = scratch("multirate coefficients", (count + 2 * before, n_columns), samples.dtype)
    yield _clear(padded)
    yield partial(np.copyto, padded[before : before + count], coefficients)
    yield from _filter(padded.reshape(-1), 0, n_columns, comb, out, _multiply_and_add)
