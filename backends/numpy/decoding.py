"""Viterbi's algorithm: all steps from one time to the next are a strided view of the values at the
first, a row for each diagonal.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from types import ModuleType

import numpy as np

from nnaudio_xp import ops
from nnaudio_xp.ops.decoding import Runs, costs_of, predecessors

from .._native import decoding
from .._register import for_numpy as native
from .blocks import share_out
from .rows import Array

_TOGETHER = 2**15
"""Steps from one time to the next that are taken at once, of as many clips as have so many."""

_FEW = 2**11
"""Steps from one time to the next of which all are looked at again to find the path, many times at
once; else those to a state of the path are, one time after the other.
"""


_FEW_CLIPS = 16
"""Clips whose paths are followed one by one, as lists: a step of NumPy's costs as much as so many."""


@native(ops.steps_in_use)
def steps_in_use(steps: Array, *, xp: ModuleType) -> Runs:
    n_states = steps.shape[-1]
    used = (steps > -np.inf).reshape(-1, n_states, n_states).any(axis=0)
    origins, targets = np.nonzero(used)
    diagonals = np.unique((origins - targets) % n_states).tolist() or [0]
    runs = [[diagonal for _, diagonal in run] for _, run in groupby(enumerate(diagonals), key=lambda pair: pair[1] - pair[0])]
    return tuple((run[0], len(run)) for run in runs)


def _forward(scores: Array, start: Array, costs: Array, runs: Runs) -> Array:
    """What the best path to each state is worth, of scores (time, state, clip) that have its shape.

    The others are (state, clip or 1) and (diagonal, state, clip or 1).
    """
    _, n_states, clips = scores.shape
    last = sum(runs[-1]) - 1
    around = np.empty((1 + (last + n_states - 1) // n_states, n_states, clips), scores.dtype)  # so often that no diagonal ends
    worth = np.empty((costs.shape[0], n_states, clips), scores.dtype)
    step = clips * scores.itemsize
    parts, row = [], 0
    for first, count in runs:
        view = np.ndarray((count, n_states, clips), scores.dtype, around.data, first * step, (step, step, scores.itemsize))
        parts.append((view, costs[row : row + count], worth[row : row + count]))
        row += count
    values = np.empty(scores.shape, scores.dtype)
    np.add(scores[0], start, out=values[0])
    for before, after, score in zip(values[:-1], values[1:], scores[1:], strict=True):
        around[...] = before
        for view, cost, out in parts:
            np.add(view, cost, out=out)
        np.maximum.reduce(worth, axis=0, out=after)
        np.add(after, score, out=after)
    return values


def _backward(values: Array, origins: Array, costs: Array) -> Array:
    """The states of the best path (clip, time), of what those to each are worth (time, state, clip) and
    the costs (state, step, clip or 1) of the steps from their origins.
    """
    n_steps, _, clips = values.shape
    ends = values[-1].argmax(axis=0)
    if origins.size > _FEW:
        return np.asarray(
            [_followed(values[..., clip], end, origins, costs[..., clip % costs.shape[-1]]) for clip, end in enumerate(ends.tolist())]
        )
    befores = np.empty((n_steps - 1, clips, len(origins)), np.int64)
    size = max(1, 2**18 // (origins.size * clips))
    for begin in range(0, n_steps - 1, size):
        block = slice(begin, min(begin + size, n_steps - 1))
        best = (values[block, origins] + costs).argmax(axis=2)
        befores[block] = np.moveaxis(origins[np.arange(len(origins))[:, None], best], 1, 2)
    if clips <= _FEW_CLIPS:
        return np.asarray([_walked(table, end) for table, end in zip(befores.swapaxes(0, 1).tolist(), ends.tolist(), strict=True)])
    states = np.empty((n_steps, clips), np.int64)
    states[-1], first = ends, np.arange(clips) * len(origins)
    for t in range(n_steps - 2, -1, -1):
        befores[t].take(first + states[t + 1], out=states[t], mode="clip")
    return states.T


def _walked(table: list[list[int]], end: int) -> list[int]:
    """A path backwards through a table (time, state) of the states before."""
    path = [end]
    for before in reversed(table):
        path.append(before[path[-1]])
    return path[::-1]


def _followed(values: Array, end: int, origins: Array, costs: Array) -> Array:
    """One clip's path, looked up state by state."""
    path = [end]
    for before in reversed(values[:-1]):
        candidates = origins[path[-1]]
        path.append(int(candidates[(before[candidates] + costs[path[-1]]).argmax()]))
    return np.asarray(path[::-1])


@native(ops.best_path)
def best_path(scores: Array, start: Array, steps: Array, runs: Runs, *, xp: ModuleType) -> tuple[Array, Array]:
    clips, n_steps, n_states = scores.shape
    origins = predecessors(runs, n_states, like=scores, xp=xp)
    lists = costs_of(steps, origins, xp=xp)
    states, totals = np.empty((clips, n_steps), np.int64), np.empty(clips, scores.dtype)
    find = decoding.best_path(origins) if n_steps else None
    if find is not None:

        def own(array: Array, clip: int) -> Array:
            return np.require(array[clip % len(array)], np.float64, ["C", "A"])

        def natively(share: Sequence[int]) -> None:
            for clip in share:
                totals[clip] = find(own(scores, clip), own(start, clip), own(lists, clip), states[clip])

        share_out(natively, range(clips), scores.size, native=True)
        return states, totals
    diagonals = np.concatenate([np.arange(first, first + count) for first, count in runs])
    along = steps[:, (diagonals[:, None] + np.arange(n_states)) % n_states, np.arange(n_states)]
    size = max(1, _TOGETHER // origins.size)

    def last(array: Array, group: slice) -> Array:
        """The clips of a group, or the one that stands for all, along the last axis, one after the other: in
        double precision, since what a path is worth grows with its length.
        """
        return np.ascontiguousarray(np.moveaxis(array if len(array) == 1 else array[group], 0, -1), np.float64)

    def work(groups: Sequence[int]) -> None:
        for first in groups:
            group = slice(first, first + size)
            values = _forward(last(scores[group], slice(None)), last(start, group), last(along, group), runs)
            totals[group] = values[-1].max(axis=0)
            states[group] = _backward(values, origins, last(lists, group))

    share_out(work, range(0, clips, size), scores.size)
    return states, totals
