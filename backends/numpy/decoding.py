"""Viterbi's algorithm: all steps from one time to the next are a strided view of the values at the
first, a row for each diagonal.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import groupby
from types import ModuleType

import numpy as np

from nnaudio_xp import ops
from nnaudio_xp.ops.decoding import Runs, costs_of, predecessors

from .._register import for_numpy as native
from .blocks import share_out
from .rows import Array

_TOGETHER = 2**15
"""Steps from one time to the next that are taken at once, of as many clips as have so many."""

_AT_ONCE = 2**21
"""Steps in all for which a table of the states before is made at once, rather than looked up one
after the other.
"""


@native(ops.steps_in_use)
def steps_in_use(steps: Array, *, xp: ModuleType) -> Runs:
    n_states = steps.shape[-1]
    used = (steps > -np.inf).reshape(-1, n_states, n_states).any(axis=0)
    origins, targets = np.nonzero(used)
    diagonals = np.unique((origins - targets) % n_states).tolist() or [0]
    runs = [[diagonal for _, diagonal in run] for _, run in groupby(enumerate(diagonals), key=lambda pair: pair[1] - pair[0])]
    return tuple((run[0], len(run)) for run in runs)


def _forward(scores: Array, start: Array, steps: Array, runs: Runs) -> Array:
    """What the best path to each state is worth (time, clip, state), of scores (clip, time,
    state).
    """
    clips, n_steps, n_states = scores.shape
    diagonals = np.concatenate([np.arange(first, first + count) for first, count in runs])
    targets = np.arange(n_states)
    costs = steps[:, (diagonals[:, None] + targets) % n_states, targets]
    worth = np.empty((clips, diagonals.size, n_states), scores.dtype)
    turns = -(-(diagonals[-1] + n_states) // n_states)
    before = np.empty((clips, turns, n_states), scores.dtype)  # the values again and again, so that no diagonal ends
    parts, row = [], 0
    for first, count in runs:
        strides = (before.strides[0], before.itemsize, before.itemsize)
        view = np.ndarray((clips, count, n_states), before.dtype, before.data, first * before.itemsize, strides)
        parts.append((view, costs[:, row : row + count], worth[:, row : row + count]))
        row += count
    values = np.empty((n_steps, clips, n_states), scores.dtype)
    now = scores.swapaxes(0, 1)
    np.add(now[0], start, out=values[0])
    for last, following, score in zip(values[:-1], values[1:], now[1:], strict=True):
        before[...] = last[:, None]
        for view, cost, out in parts:
            np.add(view, cost, out=out)
        np.maximum.reduce(worth, axis=1, out=following)
        np.add(following, score, out=following)
    return values


def _backward(values: Array, origins: Array, costs: Array) -> Array:
    """The states of one clip's best path, from what the paths to each are worth (time, state)."""
    path = [int(values[-1].argmax())]
    if (len(values) - 1) * origins.size <= _AT_ONCE:
        table = np.take_along_axis(origins[None], (values[:-1][:, origins] + costs).argmax(axis=2)[..., None], axis=2)[..., 0]
        for row in reversed(table.tolist()):
            path.append(row[path[-1]])
    else:
        for row in reversed(values[:-1]):
            candidates = origins[path[-1]]
            path.append(int(candidates[(row[candidates] + costs[path[-1]]).argmax()]))
    return np.asarray(path[::-1])


@native(ops.best_path)
def best_path(scores: Array, start: Array, steps: Array, runs: Runs, *, xp: ModuleType) -> tuple[Array, Array]:
    clips, n_steps, n_states = scores.shape
    origins = predecessors(runs, n_states, like=scores, xp=xp)
    costs = costs_of(steps, origins, xp=xp)
    states, totals = np.empty((clips, n_steps), np.int64), np.empty(clips, scores.dtype)
    size = max(1, _TOGETHER // math.prod(origins.shape))

    def work(groups: Sequence[int]) -> None:
        for first in groups:
            group = slice(first, first + size)
            shared = slice(None) if len(steps) == 1 else group
            values = _forward(scores[group], start if len(start) == 1 else start[group], steps[shared], runs)
            totals[group] = values[-1].max(axis=-1)
            for clip in range(first, min(first + size, clips)):
                states[clip] = _backward(values[:, clip - first], origins, costs[0 if len(costs) == 1 else clip])

    share_out(work, range(0, clips, size), scores.size)
    return states, totals
