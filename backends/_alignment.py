"""Alignment of two sequences, on the host: a diagonal or a row of a matrix of costs at once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from nnaudio_xp.errors import ParameterError

Array = np.ndarray[Any, Any]

Step = tuple[int, int]


def distances(a: Any, b: Any, metric: Any) -> Array:
    """The distances (n, m) of the rows of two matrices, by a metric that SciPy knows, or a function."""
    from scipy.spatial.distance import cdist

    try:
        found: Array = cdist(a, b, metric=metric)
    except (ValueError, TypeError) as error:
        raise ParameterError(f"metric={metric!r} on sequences of shapes {a.T.shape} and {b.T.shape} (feature, time): {error}") from error
    return found


class Warping:
    """Accumulated costs D of a matrix C: D[i, j] is the least of ``D[i - a, j - b] + mul * C[i, j] + add``
    over all steps (a, b), or what a path that begins there costs.
    """

    def __init__(self, costs: Array, steps: Sequence[Step], mul: Sequence[float], add: Sequence[float], anywhere: bool) -> None:
        self.costs, self.steps, self.mul, self.add = costs, steps, mul, add
        self.margin = (max(a for a, _ in steps), max(b for _, b in steps))
        self.first = costs[0] if anywhere else np.where(np.arange(costs.shape[1]) == 0, costs[0], np.inf)
        rows, columns = costs.shape
        self.around = np.full((rows + self.margin[0], columns + self.margin[1]), np.inf)
        self.total = self.around[self.margin[0] :, self.margin[1] :]
        self._accumulate()

    def _accumulate(self) -> None:
        """Along one diagonal (i + j constant) after the other: none of its costs depend on each other."""
        rows, columns = self.costs.shape
        width = self.around.shape[1]
        known, costs = self.around.reshape(-1), self.costs.reshape(-1)
        weights = dict.fromkeys(zip(self.mul, self.add, strict=True))
        groups = [
            (
                mul,
                add,
                [a * width + b for (a, b), own in zip(self.steps, zip(self.mul, self.add, strict=True), strict=True) if own == (mul, add)],
            )
            for mul, add in weights
            if math.isfinite(mul) and math.isfinite(add)
        ]
        stride, stride_costs = max(1, width - 1), max(1, columns - 1)
        candidates = np.empty(min(rows, columns))
        for diagonal in range(rows + columns - 1):
            top = max(0, diagonal - columns + 1)
            count = min(rows - 1, diagonal) - top + 1
            begin = (top + self.margin[0]) * width + diagonal - top + self.margin[1]
            span = (count - 1) * stride + 1
            here, here_costs = top * columns + diagonal - top, (count - 1) * stride_costs + 1
            now = known[begin : begin + span : stride]
            cost = costs[here : here + here_costs : stride_costs]
            for number, (mul, add, (offset, *others)) in enumerate(groups):
                best = now if number == 0 else candidates[:count]
                one = known[begin - offset : begin - offset + span : stride]
                for other in others:
                    one = np.minimum(one, known[begin - other : begin - other + span : stride], out=best)
                np.add(one, cost if mul == 1 and add == 0 else mul * cost + add, out=best)
                if number:
                    np.minimum(now, best, out=now)
            if top == 0:
                now[0] = min(now[0], self.first[diagonal])

    def _came_by(self, i: int, j: int) -> int:
        """The number of the step that leads to a cell: of equals the first."""
        least, number = (self.first[j] if i == 0 else math.inf), 0
        known, (rows, columns) = self.around, self.margin
        for index, (a, b) in enumerate(self.steps):
            cost = known.item(i + rows - a, j + columns - b) + (self.mul[index] * self.costs.item(i, j) + self.add[index])
            if cost < least:
                least, number = cost, index
        return number

    def path(self, end: Step, anywhere: bool) -> list[Step]:
        """The cells of the best path to a cell, that one first."""
        return follow(self._came_by, self.steps, end, anywhere)

    def came_by(self) -> Array:
        """The number of the step that leads to each cell."""
        least = np.full(self.costs.shape, np.inf)
        least[0] = self.first
        numbers = np.zeros(self.costs.shape, np.int32)
        rows, columns = self.margin
        with np.errstate(invalid="ignore"):
            for index, (a, b) in enumerate(self.steps):
                height, width = self.around.shape
                before = self.around[rows - a : height - a, columns - b : width - b]
                cost = before + (self.mul[index] * self.costs + self.add[index])
                better = cost < least
                np.copyto(least, cost, where=better)
                np.copyto(numbers, np.int32(index), where=better)
        return numbers


def follow(came_by: Any, steps: Sequence[Step], end: Step, anywhere: bool) -> list[Step]:
    """The cells of a path from its end back to the first row, or to the first cell."""
    i, j = end
    path = [(i, j)]
    while i > 0 if anywhere else (i, j) != (0, 0):
        a, b = steps[came_by(i, j)]
        i, j = i - a, j - b
        if i < 0 or j < 0:
            break
        path.append((i, j))
    return path


def outside_band(shape: tuple[int, int], share: float) -> Array:
    """Which cells of a matrix lie `share` of its shorter side or more off its diagonals."""
    rows, columns = shape
    radius = round(share * min(shape))
    ahead = np.arange(columns) - np.arange(rows)[:, None]
    longer = abs(rows - columns)
    above, below = (radius + longer, radius) if rows < columns else (radius, radius + longer)
    outside: Array = (ahead >= above) | (ahead <= -below)
    return outside


_NOWHERE, _BEGIN = -1, -2
_MOVES = ((1, 1), (1, 2), (2, 1))


def recurrence_scores(sim: Array, gap_onset: float, gap_extend: float, moves: int) -> tuple[Array, Array]:
    """Scores of the alignments that end in each cell, row by row, and the number of the move that
    leads there.
    """
    score = np.zeros(sim.shape, sim.dtype)
    pointers = np.full(sim.shape, _NOWHERE, np.int8)
    score[0], score[:, 0] = sim[0], sim[:, 0]
    for edge in (np.s_[0], np.s_[:, 0]):
        pointers[edge] = np.where(sim[edge] != 0, _BEGIN, _NOWHERE)
    similar = sim > 0
    penalties = np.where(similar, gap_onset, gap_extend)
    rows, columns = sim.shape
    candidates = np.empty((moves, columns))
    for i in range(1, rows):
        candidates.fill(-np.inf)
        penalty = np.zeros_like(candidates)
        for number, (a, b) in enumerate(_MOVES[:moves]):
            if i >= a:
                candidates[number, b:] = score[i - a, : columns - b]
                penalty[number, b:] = penalties[i - a, : columns - b]
        linked = similar[i, 1:]
        with_gap = (candidates - penalty)[:, 1:]
        best = np.where(linked, candidates[:, 1:].argmax(axis=0), with_gap.argmax(axis=0))
        value = np.where(linked, candidates[:, 1:].max(axis=0) + sim[i, 1:], np.maximum(with_gap.max(axis=0), 0))
        score[i, 1:] = value
        pointers[i, 1:] = np.where(linked | (score[i, 1:] != 0), best, _NOWHERE)
    return score, pointers


def recurrence_path(score: Array, pointers: Array) -> Array:
    """The cells (k, 2) of the alignment with the highest score."""
    i, j = map(int, np.unravel_index(np.argmax(score), score.shape))
    path: list[Step] = []
    while (move := pointers.item(i, j)) != _NOWHERE:
        path.append((i, j))
        if move == _BEGIN:
            break
        i, j = i - _MOVES[move][0], j - _MOVES[move][1]
    return np.asarray(path[::-1], dtype=np.uint).reshape(-1, 2)
