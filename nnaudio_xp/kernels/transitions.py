"""Matrices (from, to) of the probabilities of steps between states."""

from __future__ import annotations

import math
from typing import Any

from .._namespace import Array, as_floating, host, on_host
from ..errors import ParameterError, as_integer, check_size, is_truth, shown
from ..windows import get_window


def state_count(n_states: Any, *, minimum: int = 2) -> int:
    count = as_integer("n_states", n_states, minimum=minimum)
    check_size("the transition matrix", [count, count], {"n_states": count})
    return count


def _of_states(name: str, values: Any, count: int) -> Array:
    """A number for each state: one for all is repeated."""
    if is_truth(values) or isinstance(values, str):
        raise ParameterError(f"{name}={shown(values)} must be one number, or n_states={count} of them")
    numbers = on_host(as_floating(values, name=name)[1], name=name)
    if numbers.shape not in ((), (count,)):
        raise ParameterError(f"{name}={shown(values)} must be one number, or n_states={count} of them")
    return host.broadcast_to(numbers, (count,))


def _probabilities(values: Any, count: int) -> Array:
    prob = _of_states("prob", values, count)
    if not host.all((prob >= 0) & (prob <= 1)):
        raise ParameterError(f"prob={shown(values)} must be from 0 to 1")
    return host.reshape(prob, (-1, 1))


def uniform_transition(*, n_states: Any) -> Array:
    """All steps alike."""
    count = state_count(n_states, minimum=1)
    return host.full((count, count), 1 / count)


def loop_transition(*, n_states: Any, prob: Any) -> Array:
    """Every state stays with its probability, and goes to all others alike."""
    count = state_count(n_states)
    stay = _probabilities(prob, count)
    return host.where(host.eye(count, dtype=bool), stay, (1 - stay) / (count - 1))


def cycle_transition(*, n_states: Any, prob: Any) -> Array:
    """Every state stays with its probability, and else goes to the next."""
    count = state_count(n_states)
    stay = _probabilities(prob, count)
    return host.where(host.eye(count, dtype=bool), stay, host.where(_ahead(count) == 1, 1 - stay, 0.0))


def _ahead(count: int) -> Array:
    """How far state j lies ahead of state i, counted round."""
    states = host.arange(count)
    return (states - host.reshape(states, (-1, 1))) % count


def local_transition(*, n_states: Any, width: Any, window: Any, wrap: Any) -> Array:
    """Every state goes to those around it, as a window of its width says."""
    count = state_count(n_states)
    widths = _of_states("width", width, count)
    for value in host.unique_values(widths).tolist():
        if not (1 <= value <= count and value == math.floor(value)):
            raise ParameterError(f"width={shown(width)} must be integers from 1 to n_states={count}")
    states = host.arange(count)
    shares = host.zeros((count, count))
    for value in map(int, host.unique_values(widths).tolist()):
        samples = on_host(get_window(window, value, fftbins=False), name="window")
        padded = host.concat([samples, host.zeros(count - value)])
        # librosa centres the window among the states, then turns it by half of them: one of even width leans to a side
        turned = (_ahead(count) - count // 2 - 1 - (count - value) // 2) % count
        rows = host.reshape(host.take(padded, host.reshape(turned, (-1,))), turned.shape)
        distance = states - host.reshape(states, (-1, 1))
        near = rows if wrap else host.where(host.abs(distance) <= value // 2, rows, 0.0)
        shares = host.where(host.reshape(widths == value, (-1, 1)), near, shares)
    return shares / host.sum(shares, axis=1, keepdims=True)
