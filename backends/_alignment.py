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
        rows, columns = costs.shape
        self.first = costs[0] if anywhere else np.where(np.arange(costs.shape[1]) == 0, costs[0], np.inf)
        rows, columns = costs.shape
        self.around = np.empty((rows + self.margin[0], columns + self.margin[1]))
        self.around[: self.margin[0]], self.around[:, : self.margin[1]] = np.inf, np.inf
        self.total = self.around[self.margin[0] :, self.margin[1] :]
        self.total[...] = costs
        self._accumulate()

    def _accumulate(self) -> None:
        """Along one diagonal (i + j constant) after the other, in the place of the costs: none of these
        depend on each other.
        """
        rows, columns = self.costs.shape
        width = self.around.shape[1]
        known, first = self.around.reshape(-1), self.first.tolist()
        groups = self._offsets(width)
        stride = max(1, width - 1)
        buffer, others_buffer = np.empty((2, min(rows, columns)))
        for diagonal in range(rows + columns - 1):
            top = max(0, diagonal - columns + 1)
            count = min(rows - 1, diagonal) - top + 1
            begin = (top + self.margin[0]) * width + diagonal - top + self.margin[1]
            end = begin + (count - 1) * stride + 1
            now, least = known[begin:end:stride], buffer[:count]
            for number, (mul, add, offset, others) in enumerate(groups):
                best = others_buffer[:count] if number else least
                one = known[begin - offset : end - offset : stride]
                for other in others:
                    one = np.minimum(one, known[begin - other : end - other : stride], out=best)
                np.add(one, now if mul == 1 and add == 0 else mul * now + add, out=best)
                if number:
                    np.minimum(least, best, out=least)
            if top == 0 and first[diagonal] < least[0]:
                least[0] = first[diagonal]
            now[...] = least

    def _offsets(self, width: int) -> list[tuple[float, float, int, list[int]]]:
        """How far before a cell, in a line of rows of that width, the steps of each weight begin."""
        offsets: dict[tuple[float, float], list[int]] = {}
        for (a, b), mul, add in zip(self.steps, self.mul, self.add, strict=True):
            if math.isfinite(mul) and math.isfinite(add):
                offsets.setdefault((mul, add), []).append(a * width + b)
        if not offsets:
            raise ParameterError("weights_mul and weights_add must be finite for one step at least")
        return [(mul, add, own[0], own[1:]) for (mul, add), own in offsets.items()]

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
    penalties = [np.where(sim[0] > 0, gap_onset, gap_extend)] * 2  # of the last two rows
    rows, columns = sim.shape
    candidates, losses = np.empty((moves, columns)), np.zeros((moves, columns))
    for i in range(1, rows):
        candidates.fill(-np.inf)
        for number, (a, b) in enumerate(_MOVES[:moves]):
            if i >= a:
                candidates[number, b:] = score[i - a, : columns - b]
                losses[number, b:] = penalties[-a][: columns - b]
        linked = sim[i, 1:] > 0
        with_gap = (candidates - losses)[:, 1:]
        best = np.where(linked, candidates[:, 1:].argmax(axis=0), with_gap.argmax(axis=0))
        score[i, 1:] = np.where(linked, candidates[:, 1:].max(axis=0) + sim[i, 1:], np.maximum(with_gap.max(axis=0), 0))
        pointers[i, 1:] = np.where(linked | (score[i, 1:] != 0), best, _NOWHERE)
        penalties = [penalties[-1], np.where(sim[i] > 0, gap_onset, gap_extend)]
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
