"""Viterbi's algorithm on batches of any shape."""

from __future__ import annotations

import math
from types import ModuleType

from .. import ops
from .._namespace import Array
from ..ops.decoding import Runs


def decoded(scores: Array, start: Array, steps: Array, *, runs: Runs | None = None, xp: ModuleType) -> tuple[Array, Array]:
    """The states (..., time) of the best path through scores (..., time, state), and what it is worth
    (...).

    All are logarithms: of the `start` in a state (..., state), and of `steps` between states (...,
    from, to), whose batches are that of the scores, or none; steps at minus infinity do not count.
    """
    batch, (n_steps, n_states) = tuple(scores.shape[:-2]), scores.shape[-2:]
    clips = math.prod(batch)

    def lined_up(values: Array, size: int) -> Array:
        """With one axis for the batch, of one if all clips share the values."""
        own = tuple(values.shape[:-size])
        shared = math.prod(own) == 1
        whole = values if shared else xp.broadcast_to(values, (*batch, *values.shape[-size:]))
        return xp.reshape(whole, (1 if shared else clips, *values.shape[-size:]))

    start, steps = lined_up(start, 1), lined_up(steps, 2)
    runs = ops.steps_in_use(steps, xp=xp) if runs is None else runs
    states, worth = ops.best_path(xp.reshape(scores, (clips, n_steps, n_states)), start, steps, runs, xp=xp)
    return xp.reshape(states, (*batch, n_steps)), xp.reshape(worth, batch)
