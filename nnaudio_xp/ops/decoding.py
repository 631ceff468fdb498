"""The most likely sequence of states: Viterbi's algorithm on logarithms of probabilities."""

from __future__ import annotations

import math
from types import ModuleType

from .._namespace import Array, device_of
from .dispatch import operation
from .iterate import scan

Runs = tuple[tuple[int, int], ...]
"""Which steps between states there are: (first, count) for each run of neighbouring diagonals of the
matrix. On diagonal d lie the steps to a state j from the state (j + d) modulo their number.
"""


@operation
def steps_in_use(steps: Array, *, xp: ModuleType) -> Runs:
    """The diagonals of matrices (..., from, to) that are not minus infinity everywhere, where values
    can be looked at; elsewhere all.
    """
    return ((0, steps.shape[-1]),)


def predecessors(runs: Runs, n_states: int, *, like: Array, xp: ModuleType) -> Array:
    """The states (to, step) from which each may come, in ascending order."""
    device = device_of(like)
    states = xp.arange(n_states, device=device)
    diagonals = xp.concat([first + xp.arange(count, device=device) for first, count in runs])
    return xp.sort((xp.reshape(states, (-1, 1)) + diagonals) % n_states, axis=-1)


def costs_of(steps: Array, origins: Array, *, xp: ModuleType) -> Array:
    """The logarithms (batch, to, step) of the steps to each state from its predecessors."""
    batch, n_states = steps.shape[0], steps.shape[-1]
    targets = xp.reshape(xp.arange(n_states, device=device_of(steps)), (-1, 1))
    flat = xp.take(xp.reshape(steps, (batch, -1)), xp.reshape(origins * n_states + targets, (-1,)), axis=1)
    return xp.reshape(flat, (batch, *origins.shape))


@operation
def best_path(scores: Array, start: Array, steps: Array, runs: Runs, *, xp: ModuleType) -> tuple[Array, Array]:
    """The states (batch, time) of the best path through scores (batch, time, state), and its total
    (batch,).

    A path's total is that of its scores, of its `start` (batch or 1, state), and of its `steps`
    (batch or 1, from, to), which lie on the diagonals of `runs`. Of equals the first state wins.
    """
    clips, n_steps, n_states = scores.shape
    origins = predecessors(runs, n_states, like=scores, xp=xp)
    costs = costs_of(steps, origins, xp=xp)
    whole = math.prod(origins.shape) == n_states**2

    def come_from(values: Array) -> Array:
        """What each state's predecessors are worth (batch, to or 1, step)."""
        if whole:
            return xp.expand_dims(values, axis=1)
        return xp.reshape(xp.take(values, xp.reshape(origins, (-1,)), axis=1), (values.shape[0], *origins.shape))

    def below_best(values: Array) -> tuple[Array, Array]:
        """What paths are worth less than the best, and that: sums grow with the time, and would lose digits."""
        best = xp.max(values, axis=-1, keepdims=True)
        best = xp.where(best > -math.inf, best, 0.0)
        return values - best, best

    def forward(values: Array, row: Array) -> tuple[Array, Array]:
        values, best = below_best(xp.max(come_from(values) + costs, axis=-1) + row)
        return values, xp.concat([values, best], axis=-1)

    rows = xp.permute_dims(scores, (1, 0, 2))
    first, total = below_best(rows[0, ...] + start)
    total = total[:, 0]
    if n_steps == 1:
        return xp.expand_dims(xp.argmax(first, axis=-1), axis=-1), total
    last, made = scan(forward, first, rows[1:, ...], xp=xp)
    later, total = made[..., :-1], total + xp.sum(made[..., -1], axis=0)
    state = xp.argmax(last, axis=-1)

    lists = xp.reshape(costs, (-1, costs.shape[-1]))
    offsets = xp.arange(clips, device=device_of(scores)) * n_states

    def backward(state: Array, values: Array) -> tuple[Array, Array]:
        before = xp.take(origins, state, axis=0)
        worth = xp.take(xp.reshape(values, (-1,)), xp.reshape(before + xp.expand_dims(offsets, axis=-1), (-1,)))
        worth = xp.reshape(worth, before.shape) + xp.take(lists, state if costs.shape[0] == 1 else state + offsets, axis=0)
        state = xp.take(xp.reshape(before, (-1,)), xp.argmax(worth, axis=-1) + offsets // n_states * before.shape[-1])
        return state, state

    reached = xp.concat([xp.expand_dims(first, axis=0), later[:-1, ...]], axis=0)
    _, states = scan(backward, state, reached, reverse=True, xp=xp)
    return xp.permute_dims(xp.concat([states, xp.expand_dims(state, axis=0)], axis=0), (1, 0)), total
