"""Matrices of the probabilities of steps between states."""

from __future__ import annotations

from collections.abc import Iterable
from types import ModuleType
from typing import Any

from .._backends import made_outside_graphs
from .._namespace import Array, Device, Dtype, place
from ..kernels.transitions import cycle_transition, local_transition, loop_transition, uniform_transition


@made_outside_graphs
def transition_uniform(n_states: int, *, xp: ModuleType | None = None, dtype: Dtype = None, device: Device = None) -> Array:
    """Every state goes to every state with the same probability.

    Parameters
    ----------
    n_states : int > 0
        The number of states.
    xp, dtype, device : optional
        Library (NumPy), dtype (float64) and device of the result.

    Returns
    -------
    array [shape=(n_states, n_states)], real
        The probability of the step from a state (row) to another (column).

    Raises
    ------
    ParameterError
        If `n_states` is not a positive integer.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.sequence.transition_uniform(2).tolist()
    [[0.5, 0.5], [0.5, 0.5]]
    """
    return place(uniform_transition(n_states=n_states), xp=xp, dtype=dtype, device=device)


@made_outside_graphs
def transition_loop(
    n_states: int, prob: float | Iterable[float], *, xp: ModuleType | None = None, dtype: Dtype = None, device: Device = None
) -> Array:
    """Every state stays with probability `prob`, and goes to all others alike.

    Parameters
    ----------
    n_states : int > 1
        The number of states.
    prob : float or n_states of them, from 0 to 1
        The probability to stay, for all states or for each.
    xp, dtype, device : optional
        As for `transition_uniform`.

    Returns
    -------
    array [shape=(n_states, n_states)], real
        The probability of the step from a state (row) to another (column).

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.sequence.transition_loop(3, [0.5, 1, 0]).tolist()
    [[0.5, 0.25, 0.25], [0.0, 1.0, 0.0], [0.5, 0.5, 0.0]]
    """
    return place(loop_transition(n_states=n_states, prob=prob), xp=xp, dtype=dtype, device=device)


@made_outside_graphs
def transition_cycle(
    n_states: int, prob: float | Iterable[float], *, xp: ModuleType | None = None, dtype: Dtype = None, device: Device = None
) -> Array:
    """Every state stays with probability `prob`, and else goes to the next; the last to the first.

    Parameters
    ----------
    n_states : int > 1
        The number of states.
    prob : float or n_states of them, from 0 to 1
        The probability to stay, for all states or for each.
    xp, dtype, device : optional
        As for `transition_uniform`.

    Returns
    -------
    array [shape=(n_states, n_states)], real
        The probability of the step from a state (row) to another (column).

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.sequence.transition_cycle(3, 0.75).tolist()
    [[0.75, 0.25, 0.0], [0.0, 0.75, 0.25], [0.25, 0.0, 0.75]]
    """
    return place(cycle_transition(n_states=n_states, prob=prob), xp=xp, dtype=dtype, device=device)


@made_outside_graphs
def transition_local(
    n_states: int,
    width: int | Iterable[int],
    *,
    window: Any = "triangle",
    wrap: bool = False,
    xp: ModuleType | None = None,
    dtype: Dtype = None,
    device: Device = None,
) -> Array:
    """Every state goes to those around it, with probabilities in the shape of a window.

    Parameters
    ----------
    n_states : int > 1
        The number of states.
    width : int or n_states of them, from 1 to n_states
        How many states a window spans, for all states or for each. Some windows are zero at both
        ends.
    window : str, tuple, number or callable
        As for `nnaudio_xp.filters.get_window`.
    wrap : bool
        Whether the first state follows the last one.
    xp, dtype, device : optional
        As for `transition_uniform`.

    Returns
    -------
    array [shape=(n_states, n_states)], real
        The probability of the step from a state (row) to another (column).

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.sequence.transition_local(3, 3, window="ones", wrap=False).round(2).tolist()
    [[0.5, 0.5, 0.0], [0.33, 0.33, 0.33], [0.0, 0.5, 0.5]]
    """
    return place(local_transition(n_states=n_states, width=width, window=window, wrap=wrap), xp=xp, dtype=dtype, device=device)
