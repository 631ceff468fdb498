"""The most likely states behind a sequence of observations."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

from .. import ops
from .._backends import at_full_precision
from .._namespace import Array, check_spectrum, device_of, is_array, namespace, on_host, place, real_dtype
from ..errors import ParameterError, as_number
from ..transforms.decoding import decoded

TOLERANCE = {"rtol": 1e-5, "atol": 1e-8}
"""How far sums of probabilities may lie from 1."""


def _observed(prob: Any) -> tuple[ModuleType, Array]:
    """Probabilities (..., state, time) in the precision to compute in."""
    xp = check_spectrum(prob, name="prob", real=True)
    return xp, xp.astype(prob, real_dtype(prob, xp), copy=False)


def _beside(name: str, values: Any, prob: Array, *shapes: tuple[int, ...], xp: ModuleType) -> Array:
    """Probabilities of one of some shapes, in the library and precision of others."""
    if is_array(values) and namespace(values) is xp:
        array = xp.astype(values, prob.dtype, copy=False)
    else:
        array = place(on_host(values, name=name), xp=xp, dtype=prob.dtype, device=device_of(prob))
    if tuple(array.shape) not in shapes:
        raise ParameterError(f"{name} has shape {tuple(array.shape)}: it must be {' or '.join(map(str, shapes))}")
    return array


def _sums_to_one(values: Array, axis: int, *, xp: ModuleType) -> Array:
    gap = xp.abs(xp.sum(values, axis=axis) - 1)
    return xp.all(gap <= TOLERANCE["atol"] + TOLERANCE["rtol"])


def _distribution(name: str, values: Any, prob: Array, *, xp: ModuleType) -> Array:
    """The probabilities of states, all alike for None."""
    n_states = prob.shape[-2]
    if values is None:
        return xp.full((n_states,), 1 / n_states, dtype=prob.dtype, device=device_of(prob))
    array = _beside(name, values, prob, (n_states,), xp=xp)
    ops.require(xp.all(array >= 0) & _sums_to_one(array, -1, xp=xp), f"{name}={values!r} must not be negative, and sum to 1", xp=xp)
    return array


def _marginals(name: str, values: Any, prob: Array, *, xp: ModuleType) -> Array:
    """The probability of each state by itself, 0.5 for None."""
    if values is None:
        return xp.full((prob.shape[-2],), 0.5, dtype=prob.dtype, device=device_of(prob))
    array = _beside(name, [values] if isinstance(values, int | float) else values, prob, (prob.shape[-2],), xp=xp)
    ops.require(xp.all((array >= 0) & (array <= 1)), f"{name}={values!r} must be from 0 to 1", xp=xp)
    return array


def _transition(values: Any, prob: Array, *shapes: tuple[int, ...], xp: ModuleType) -> Array:
    array = _beside("transition", values, prob, *shapes, xp=xp)
    ops.require(
        xp.all(array >= 0) & _sums_to_one(array, -1, xp=xp), "transition must not be negative, and each of its rows must sum to 1", xp=xp
    )
    return array


def _step_logs(transition: Array, least: float | None, *, xp: ModuleType) -> Array:
    """Logarithms of the probabilities of steps; minus infinity for those that do not count."""
    smallest = float(xp.finfo(transition.dtype).smallest_normal)
    logs = xp.log(transition + smallest)
    least = 0.0 if least is None else as_number("transition_min_prob", least, minimum=0)
    if least == 0:
        return logs
    counts = logs >= math.log(least + smallest)
    ops.require(
        xp.all(xp.any(counts, axis=-2)),
        f"transition_min_prob={least!r} leaves no step to some state: it must be at most the largest number of each column of transition",
        xp=xp,
    )
    return xp.where(counts, logs, -math.inf)


def _log(probabilities: Array, *, xp: ModuleType) -> Array:
    return xp.log(probabilities + float(xp.finfo(probabilities.dtype).smallest_normal))


def _decoded(
    scores: Array, p_init: Array, transition: Array, least: float | None, return_logp: bool, *, xp: ModuleType
) -> Array | tuple[Array, Array]:
    states, worth = decoded(xp.matrix_transpose(scores), _log(p_init, xp=xp), _step_logs(transition, least, xp=xp), xp=xp)
    return (states, worth) if return_logp else states


@at_full_precision
def viterbi(
    prob: Array, transition: Array, *, p_init: Array | None = None, return_logp: bool = False, transition_min_prob: float | None = None
) -> Array | tuple[Array, Array]:
    r"""The most likely sequence of states, given how likely each observation is in each state.

    Viterbi's algorithm [1]_ finds the states s that maximise

    .. math:: p(s_0) P(o_0 | s_0) \prod_t p(s_t | s_{t-1}) P(o_t | s_t)

    Parameters
    ----------
    prob : array [shape=(..., n_states, n_steps)], real, from 0 to 1
        The likelihood of the observation at each time, in each state.
    transition : array [shape=(n_states, n_states)], real
        The probability of the step from a state (row) to another (column); rows sum to 1.
    p_init : array [shape=(n_states,)] or None
        The probability of each state before the first observation; all alike by default.
    return_logp : bool
        Whether to return how likely the sequence is, too.
    transition_min_prob : float >= 0 or None
        Steps that are less likely than this are left out. Where this leaves few diagonals of the
        matrix, decoding takes the less time.

    Returns
    -------
    states : array [shape=(..., n_steps)], integer
        In the input's library, as its default integers (librosa: uint16).
    logp : array [shape=(...)], real
        With `return_logp`: the logarithm of the maximum, in the precision of `prob`.

    Raises
    ------
    ParameterError
        On shapes that do not fit, and, for NumPy arrays, on numbers outside these ranges.

    References
    ----------
    .. [1] Viterbi, "Error bounds for convolutional codes and an asymptotically optimum decoding
       algorithm", IEEE Trans. Information Theory 13(2), 1967.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> transition = nax.sequence.transition_loop(2, [0.7, 0.6])
    >>> prob = np.array([[0.5, 0.4, 0.1], [0.1, 0.3, 0.6]])
    >>> states, logp = nax.sequence.viterbi(prob, transition, p_init=np.array([0.6, 0.4]), return_logp=True)
    >>> states.tolist(), round(float(np.exp(logp)), 5)
    ([0, 0, 1], 0.01512)
    """
    xp, prob = _observed(prob)
    n_states = prob.shape[-2]
    transition = _transition(transition, prob, (n_states, n_states), xp=xp)
    ops.require(xp.all((prob >= 0) & (prob <= 1)), "prob must be from 0 to 1 everywhere", xp=xp)
    p_init = _distribution("p_init", p_init, prob, xp=xp)
    return _decoded(_log(prob, xp=xp), p_init, transition, transition_min_prob, return_logp, xp=xp)


@at_full_precision
def viterbi_discriminative(
    prob: Array,
    transition: Array,
    *,
    p_state: Array | None = None,
    p_init: Array | None = None,
    return_logp: bool = False,
    transition_min_prob: float | None = None,
) -> Array | tuple[Array, Array]:
    """The most likely sequence of states, given how likely each state is after each observation.

    As `viterbi`, with Bayes' rule: the likelihood of an observation is taken as ``prob / p_state``,
    which leaves out a factor that all states share.

    Parameters
    ----------
    prob : array [shape=(..., n_states, n_steps)], real, not negative
        The probability of each state at each time, such as a classifier gives; columns sum to 1.
    transition : array [shape=(n_states, n_states)], real
        The probability of the step from a state (row) to another (column); rows sum to 1.
    p_state : array [shape=(n_states,)] or None
        How likely each state is by itself; all alike by default.
    p_init, return_logp, transition_min_prob
        As for `viterbi`.

    Returns
    -------
    states : array [shape=(..., n_steps)], integer
        In the input's library, as its default integers (librosa: uint16).
    logp : array [shape=(...)], real
        With `return_logp`: the logarithm of the maximum, up to the factor that was left out.

    Raises
    ------
    ParameterError
        On shapes that do not fit, and, for NumPy arrays, on numbers outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> transition = nax.sequence.transition_loop(2, 0.9)
    >>> prob = np.array([[0.9, 0.4, 0.8, 0.1, 0.1], [0.1, 0.6, 0.2, 0.9, 0.9]])
    >>> nax.sequence.viterbi_discriminative(prob, transition).tolist()
    [0, 0, 0, 1, 1]
    """
    xp, prob = _observed(prob)
    n_states = prob.shape[-2]
    transition = _transition(transition, prob, (n_states, n_states), xp=xp)
    ops.require(
        xp.all(prob >= 0) & _sums_to_one(prob, -2, xp=xp), "prob must not be negative, and each of its columns must sum to 1", xp=xp
    )
    p_state, p_init = _distribution("p_state", p_state, prob, xp=xp), _distribution("p_init", p_init, prob, xp=xp)
    scores = _log(prob, xp=xp) - xp.reshape(_log(p_state, xp=xp), (-1, 1))
    return _decoded(scores, p_init, transition, transition_min_prob, return_logp, xp=xp)


@at_full_precision
def viterbi_binary(
    prob: Array,
    transition: Array,
    *,
    p_state: Array | None = None,
    p_init: Array | None = None,
    return_logp: bool = False,
    transition_min_prob: float | None = None,
) -> Array | tuple[Array, Array]:
    """Which of several states are active at each time, several at once or none: `viterbi_discriminative`
    for each of them, with the two states "inactive" and "active".

    Parameters
    ----------
    prob : array [shape=(n_steps,) or (..., n_states, n_steps)], real, from 0 to 1
        The probability of each state to be active at each time.
    transition : array [shape=(2, 2) or (n_states, 2, 2)], real
        The probability of the step from inactive or active (row) to inactive or active (column),
        for all states or for each; rows sum to 1.
    p_state, p_init : array [shape=(n_states,)] or None
        The probability of each state to be active, by itself and before the first observation; 0.5
        by default.
    return_logp, transition_min_prob
        As for `viterbi`.

    Returns
    -------
    states : array [shape=(..., n_states, n_steps)], integer
        1 where active. In the input's library, as its default integers (librosa: uint16).
    logp : array [shape=(..., n_states)], real
        With `return_logp`: as `viterbi_discriminative` gives it for each state.

    Raises
    ------
    ParameterError
        On shapes that do not fit, and, for NumPy arrays, on numbers outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> transition = np.array([[0.9, 0.1], [0.3, 0.7]])
    >>> prob = np.array([0.1, 0.7, 0.4, 0.3, 0.8, 0.9, 0.8, 0.2, 0.6, 0.3])
    >>> nax.sequence.viterbi_binary(prob, transition).tolist()
    [[0, 0, 0, 0, 1, 1, 1, 0, 0, 0]]
    """
    xp, prob = _observed(namespace(prob).reshape(prob, (1, -1)) if is_array(prob) and prob.ndim == 1 else prob)
    n_states = prob.shape[-2]
    transition = _transition(transition, prob, (2, 2), (n_states, 2, 2), xp=xp)
    ops.require(xp.all((prob >= 0) & (prob <= 1)), "prob must be from 0 to 1 everywhere", xp=xp)
    state, start = (_marginals(name, values, prob, xp=xp) for name, values in (("p_state", p_state), ("p_init", p_init)))
    scores = _log(_both(prob, -2, xp=xp), xp=xp) - xp.expand_dims(_log(_both(state, -1, xp=xp), xp=xp), axis=-1)
    return _decoded(scores, _both(start, -1, xp=xp), transition, transition_min_prob, return_logp, xp=xp)


def _both(active: Array, axis: int, *, xp: ModuleType) -> Array:
    """The probabilities of inactive and active along a new axis."""
    return xp.stack([1 - active, active], axis=axis)
