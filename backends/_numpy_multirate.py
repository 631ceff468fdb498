"""The multirate matrix products of the constant-Q on NumPy: a clip at a time, in chunks of frames whose samples stay in the cache.

A decimator is one product of overlapping rows with a small matrix. Atoms are a staircase: the longest reach outward alone, so that the
samples far from a frame's centre are multiplied with few columns. Rows that do not overlap are read where they lie.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from types import ModuleType
from typing import Any

import numpy as np

from nnaudio_xp.kernels.multirate import ROW, Multirate, Rate

from ._numpy_folding import fold, hops_for, is_cheaper, margins
from ._numpy_rows import add_rows, rows_of, to_magnitudes
from ._numpy_threads import Block, blocks, scratch, spread

Array = np.ndarray[Any, Any]

_CHUNK = 1024
"""Frames that are worked on at once."""

_VIEW_HOP = 128
"""Samples between frames from which on steps of the staircase are read in place; closer frames are copied side by side."""

_COPIED_FRAMES = 512
"""How many frames are copied side by side at once."""

_STEP_COST = 2500
"""What a step of the staircase costs besides its multiplications, in multiplications per frame, measured at some 150 frames."""

_DECIMATED_ROWS = 2048
"""Rows of a decimator's inputs that are copied side by side at once."""


@dataclass(frozen=True)
class _Step:
    """Samples [first, last) of the atoms, which only the first columns reach: (sample, column) is the matrix."""

    first: int
    last: int
    matrix: Array


@dataclass(frozen=True)
class _Products:
    """A rate's matrices: the decimator (input, sample) and for each phase the steps of its staircase, the one of all columns first."""

    decimator: Array
    stairs: list[list[_Step]]


def _staircase(pairs: Array, widest: int) -> list[_Step]:
    """Cut atoms (sample, column), the longest first, into steps of at most `widest` samples, so that few zeros are multiplied.

    The cheapest way to each cut is found from those to the cuts before it.
    """
    used = pairs != 0
    leading = np.where(used.any(axis=1), used.shape[1] - np.argmax(used[:, ::-1], axis=1), 0)
    reached = np.minimum(np.maximum.accumulate(leading), np.maximum.accumulate(leading[::-1])[::-1])  # no dips where a sine is 0
    first, *_, last = np.flatnonzero(reached)
    cuts = sorted({*range(first, last, widest), *(first + 1 + np.flatnonzero(np.diff(reached[first : last + 1]))), last + 1})
    cheapest = [(0.0, 0)]
    for j in range(1, len(cuts)):
        ways = []
        for i in (i for i in range(j) if cuts[j] - cuts[i] <= widest):
            columns = int(reached[cuts[i] : cuts[j]].max())
            ways.append((cheapest[i][0] + _STEP_COST + (cuts[j] - cuts[i] + 4) * columns, i))
        cheapest.append(min(ways))
    chosen = [len(cuts) - 1]
    while chosen[-1]:
        chosen.append(cheapest[chosen[-1]][1])
    steps = []
    for j, i in pairwise(chosen):
        columns = int(reached[cuts[i] : cuts[j]].max())
        steps.append(_Step(int(cuts[i]), int(cuts[j]), np.ascontiguousarray(pairs[cuts[i] : cuts[j], :columns])))
    return sorted(steps, key=lambda step: -step.matrix.shape[1])


@lru_cache(maxsize=16)
def _products(plan: Multirate, dtype: Any) -> list[_Products]:
    products = []
    for rate in plan.rates:
        decimator = np.ascontiguousarray(rate.decimator().T, dtype=dtype)
        stairs = []
        for phase in range(rate.phases if rate.atoms.shape[1] else 0):
            pairs = rate.pairs(phase).transpose(2, 1, 0).reshape(rate.atoms.shape[2], -1)
            stairs.append(_staircase(pairs.astype(dtype), rate.hop if rate.hop >= _VIEW_HOP else pairs.shape[0]))
        products.append(_Products(decimator, stairs))
    return products


def _cost(plan: Multirate, products: list[_Products]) -> float:
    """Multiplications per frame for what is applied at lower rates."""
    lower = list(zip(plan.rates, products, strict=True))[1:]
    decimators = sum(product.decimator.size * plan.hop_length / rate.step / ROW for rate, product in lower)
    return decimators + sum(step.matrix.size / rate.phases for rate, product in lower for stairs in product.stairs for step in stairs)


def _level(x: Array, first: int, count: int) -> tuple[Array, range]:
    """Samples first … first + count - 1 of the signal: a view if they all lie inside it, else a copy between zeros; and where x is."""
    if first >= 0 and first + count <= x.shape[0]:
        return x[first : first + count], range(count)
    level = scratch("multirate signal", (count,), x.dtype)
    start, stop = min(max(0, -first), count), max(0, min(x.shape[0] - first, count))
    level[:start], level[stop:] = 0, 0
    level[start:stop] = x[first + start : first + stop]
    return level, range(start, stop)


def _decimated(signal: Array, inside: range, begin: int, count: int, rate: Rate, matrix: Array) -> tuple[Array, range]:
    """The next rate's samples, whole rows of them, the first made of the inputs from `begin` on; and where they may not be zero."""
    hop, n_rows, length = ROW * rate.ratio, count // ROW, matrix.shape[0]
    first = min(max(0, (inside.start - begin - length) // hop + 1), n_rows)
    last = max(first, min(n_rows, -(-(inside.stop - begin) // hop)))
    level = scratch(f"multirate {rate.step}", (n_rows, ROW), signal.dtype)
    level[:first], level[last:] = 0, 0
    for start in range(first, last, _DECIMATED_ROWS):
        stop = min(start + _DECIMATED_ROWS, last)
        inputs = scratch("multirate inputs", (stop - start, length), signal.dtype)
        inputs[...] = rows_of(signal, begin + start * hop, stop - start, length, hop)
        np.matmul(inputs, matrix, out=level[start:stop])
    return level.reshape(-1), range(first * ROW, last * ROW)


def _multiply(signal: Array, begin: int, hop: int, steps: list[_Step], out: Array) -> None:
    """Products of all frames with one phase's atoms into (time, column)."""
    n_frames, frames = out.shape[0], None
    if hop < _VIEW_HOP and n_frames > _COPIED_FRAMES:
        for start in range(0, n_frames, _COPIED_FRAMES):
            _multiply(signal, begin + start * hop, hop, steps, out[start : start + _COPIED_FRAMES])
        return
    if hop < _VIEW_HOP:
        length = max(step.last for step in steps)
        frames = scratch("multirate frames", (n_frames, length), signal.dtype)
        frames[...] = rows_of(signal, begin, n_frames, length, hop)
    for index, step in enumerate(steps):
        samples = (
            rows_of(signal, begin + step.first, n_frames, step.last - step.first, hop)
            if frames is None
            else frames[:, step.first : step.last]
        )
        columns = step.matrix.shape[1]
        if index == 0:
            np.matmul(samples, step.matrix, out=out)
        else:
            out[:, :columns] += np.matmul(samples, step.matrix, out=scratch("multirate part", (n_frames, columns), signal.dtype))


def multirate(
    x: Array, plan: Multirate, center: int, n_frames: int, *, power: float | None = None, xp: ModuleType, n_threads: int | None = None
) -> Array:
    x = np.ascontiguousarray(x)
    products = _products(plan, x.dtype)
    folds = x.dtype == np.float32 and is_cheaper(plan, _cost(plan, products))
    out = np.empty((*x.shape[:-1], n_frames, plan.n_bins), np.result_type(x.dtype, np.complex64) if power is None else x.dtype)
    n_hops, (before, behind) = hops_for(plan, n_frames), margins(plan)
    size = n_hops - before - behind if folds else plan.whole(_CHUNK)

    def work(share: Sequence[Block]) -> None:
        for clip, start, stop in share:
            picture = out[clip][start:stop]
            pairs = picture.view(x.dtype) if power is None else scratch("multirate pairs", (stop - start, 2 * plan.n_bins), x.dtype)
            if folds:
                stretch, _ = _level(x[clip], center + (start - before) * plan.hop_length, n_hops * plan.hop_length)
                fold(stretch, plan, n_hops, pairs)
                _apply(stretch, before * plan.hop_length, plan, plan.rates[0], products[0], pairs)
            else:
                _analyze(x[clip], plan, products, center + start * plan.hop_length, pairs)
            if power is not None:
                to_magnitudes(pairs.view(np.result_type(x.dtype, np.complex64)), power, picture)

    spread(work, blocks(x.shape[:-1], n_frames, size), out.size * 64, n_threads)
    return out


def _analyze(x: Array, plan: Multirate, products: list[_Products], center: int, pairs: Array) -> None:
    """One chunk of frames into (time, re and im of each bin in turn), the first centred on sample `center` and of phase 0."""
    layout = plan.layout(pairs.shape[0])
    signal, inside, above = x, range(0), 0
    for rate, (first, count), product in zip(plan.rates, layout, products, strict=True):
        if rate.ratio > 1:
            begin = first * rate.ratio - rate.reach - above
            signal, inside = _decimated(signal, inside, begin, count, rate, product.decimator)
        else:
            signal, inside = _level(x, center + first, count)
        above = first
        _apply(signal, -first, plan, rate, product, pairs)


def _apply(signal: Array, center: int, plan: Multirate, rate: Rate, products: _Products, pairs: Array) -> None:
    """One rate's atoms: sample `center` of its signal stands at the centre of the first frame."""
    columns = slice(2 * rate.bins.start, 2 * rate.bins.stop)
    for phase, steps in enumerate(products.stairs):
        _multiply(signal, center + plan.begin(rate, phase), rate.hop, steps, pairs[phase :: rate.phases, columns])


def multirate_adjoint(C: Array, plan: Multirate, center: int, n_samples: int, *, xp: ModuleType, n_threads: int | None = None) -> Array:
    real = np.empty(0, C.dtype).real.dtype
    products = _products(plan, real)
    out = np.zeros((*C.shape[:-2], n_samples), real)
    size = plan.whole(_CHUNK)

    def work(clips: Sequence[tuple[int, ...]]) -> None:
        for clip in clips:
            for _, start, stop in blocks((), C.shape[-2], size):
                first, line = _synthesize(C[clip][start:stop], plan, products, real)
                begin = center + start * plan.hop_length + first
                inside = slice(max(begin, 0), max(0, min(begin + line.shape[0], n_samples)))
                out[clip][inside] += line[inside.start - begin : inside.stop - begin]

    spread(work, list(np.ndindex(C.shape[:-2])), C.size * 64, n_threads)
    return out


def _synthesize(C: Array, plan: Multirate, products: list[_Products], dtype: Any) -> tuple[int, Array]:
    """The sum of the atoms of one chunk: where it begins, from the first frame's centre, and its samples."""
    layout = plan.layout(C.shape[0])
    signal = np.zeros(layout[-1][1], dtype)
    for index in range(len(layout) - 1, -1, -1):
        rate, first, product = plan.rates[index], layout[index][0], products[index]
        for phase, steps in enumerate(product.stairs):
            pairs = np.ascontiguousarray(C[phase :: rate.phases, rate.bins]).view(dtype)
            begin = plan.begin(rate, phase) - first
            for step in steps:
                parts = np.matmul(pairs[:, : step.matrix.shape[1]], step.matrix.T)
                add_rows(signal, begin + step.first, parts, rate.hop)
        if rate.ratio > 1:
            upper = np.zeros(layout[index - 1][1], dtype)
            parts = np.matmul(signal.reshape(-1, ROW), product.decimator.T)
            add_rows(upper, first * rate.ratio - rate.reach - layout[index - 1][0], parts, ROW * rate.ratio)
            signal = upper
    return layout[0][0], signal
