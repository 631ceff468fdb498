"""Decoding of states: against all paths, one by one; matrices of steps; what is refused."""

import itertools
import math

import numpy as np
import pytest
from assertions import assert_close, assert_same
from hypothesis import given
from hypothesis import strategies as st
from libraries import Backend, to_numpy

import nnaudio_xp as nax
from nnaudio_xp import ops

NUMPY = Backend.NUMPY.xp


def best_of_all(prob, transition, p_init):
    """The likeliest of all sequences of states, and the logarithm of its probability."""
    n_states, n_steps = prob.shape

    def worth(path):
        total = math.log(p_init[path[0]]) + sum(math.log(prob[state, t]) for t, state in enumerate(path))
        return total + sum(math.log(transition[step]) for step in itertools.pairwise(path))

    return max((worth(path), path) for path in itertools.product(range(n_states), repeat=n_steps))


def drawn(seed: int, n_states: int, n_steps: int, batch: tuple[int, ...] = ()):
    rng = np.random.default_rng(seed)
    prob, transition, p_init = (0.05 + rng.random(shape) for shape in ((*batch, n_states, n_steps), (n_states, n_states), (n_states,)))
    return prob / prob.sum(axis=-2, keepdims=True), transition / transition.sum(axis=1, keepdims=True), p_init / p_init.sum()


@pytest.mark.parametrize(("n_states", "n_steps"), [(2, 1), (3, 5)])
def test_no_sequence_is_likelier(xp, as_xp, n_states, n_steps):
    prob, transition, p_init = drawn(n_states * n_steps, n_states, n_steps, (2,))
    states, logp = nax.sequence.viterbi(as_xp(prob), as_xp(transition), p_init=as_xp(p_init), return_logp=True)
    expected = [best_of_all(clip, transition, p_init) for clip in prob]
    assert np.array_equal(to_numpy(states), [path for _, path in expected])
    assert_same(logp, np.array([worth for worth, _ in expected]), xp=xp)
    assert np.array_equal(to_numpy(nax.sequence.viterbi(as_xp(prob), as_xp(transition), p_init=as_xp(p_init))), to_numpy(states))


def test_long_sequences_keep_their_states(backend, as_xp, lazily):
    """What a path is worth grows with its length: in single precision its digits would be lost."""
    n_steps = 20000 if backend.library in ("numpy", "torch") else 2000
    prob = (1 + np.random.default_rng(0).random((40, n_steps))).astype("float32")
    prob /= prob.sum(axis=0)
    transition = nax.sequence.transition_local(40, 7)
    expected, worth = nax.sequence.viterbi(prob.astype("float64"), transition, return_logp=True)
    decode = lazily(lambda prob: nax.sequence.viterbi(prob, transition, return_logp=True))
    states, logp = decode(as_xp(prob))
    assert np.array_equal(to_numpy(states), expected)
    assert float(logp) == pytest.approx(float(worth), rel=1e-5)


def test_classifiers_are_divided_by_how_likely_states_are(as_xp):
    prob, transition, p_init = drawn(7, 3, 5)
    p_state = np.array([0.5, 0.3, 0.2])
    states, logp = nax.sequence.viterbi_discriminative(as_xp(prob), as_xp(transition), p_state=p_state, p_init=p_init, return_logp=True)
    worth, path = best_of_all(prob / p_state[:, None], transition, p_init)
    assert tuple(to_numpy(states)) == path
    assert_close(to_numpy(logp), np.array(worth))


def test_binary_states_are_decoded_one_by_one(as_xp):
    prob = np.random.default_rng(3).random((2, 3, 6))
    transition = np.array([[[0.9, 0.1], [0.3, 0.7]], [[0.5, 0.5], [0.2, 0.8]], [[0.6, 0.4], [0.4, 0.6]]])
    p_state, p_init = np.array([0.5, 0.3, 0.8]), np.array([0.4, 0.2, 0.5])
    states, logp = nax.sequence.viterbi_binary(as_xp(prob), as_xp(transition), p_state=p_state, p_init=p_init, return_logp=True)
    for clip, state in np.ndindex(2, 3):
        both = np.stack([1 - prob[clip, state], prob[clip, state]]) / np.array([[1 - p_state[state]], [p_state[state]]])
        worth, path = best_of_all(both, transition[state], np.array([1 - p_init[state], p_init[state]]))
        assert tuple(to_numpy(states)[clip, state]) == path
        assert_close(to_numpy(logp)[clip, state], np.array(worth), atol=1e-13)
    alone = nax.sequence.viterbi_binary(as_xp(prob[0, 0]), as_xp(transition[0]))
    assert tuple(alone.shape) == (1, 6)


@pytest.mark.once
@given(seed=st.integers(0, 99), width=st.integers(1, 6), wrap=st.booleans(), least=st.sampled_from([None, 1e-3, 0.15]))
def test_steps_that_do_not_count_are_not_taken(seed, width, wrap, least):
    """As if they had no probability: diagonals without a step are left out, the others are taken."""
    prob, _, p_init = drawn(seed, 9, 12, (2,))
    transition = nax.sequence.transition_local(9, width, window="ones", wrap=wrap)
    sparse = nax.sequence.viterbi(prob, transition, p_init=p_init, transition_min_prob=least, return_logp=True)
    whole = nax.sequence.viterbi(prob, transition, p_init=p_init, return_logp=True)
    for ours, theirs in zip(sparse, whole, strict=True):
        assert np.array_equal(ours, theirs)


@pytest.mark.once
def test_diagonals_in_use():
    steps = np.where(abs(np.subtract.outer(np.arange(8), np.arange(8))) <= 1, 0.0, -np.inf)
    assert ops.steps_in_use(steps, xp=NUMPY) == ((0, 2), (7, 1))
    assert ops.steps_in_use(np.zeros((2, 8, 8)), xp=NUMPY) == ((0, 8),)


@pytest.mark.once
def test_many_steps_are_followed_one_by_one():
    """A long sequence of many states, whose table of states before would be large."""
    rng = np.random.default_rng(0)
    prob, transition = rng.random((60, 700)), nax.sequence.transition_local(60, 9)
    states, logp = nax.sequence.viterbi(prob, transition, return_logp=True)
    smallest = np.finfo(float).tiny
    steps = np.log(transition + smallest)[states[:-1], states[1:]].sum()
    total = steps + np.log(prob[states, np.arange(700)]).sum() - math.log(60)
    assert_close(logp, np.asarray(total))
    assert (np.abs(np.diff(states)) <= 4).all()


@pytest.mark.once
def test_rows_of_transitions_sum_to_one():
    for made in (
        nax.sequence.transition_uniform(5),
        nax.sequence.transition_loop(5, [0, 0.2, 0.5, 0.9, 1]),
        nax.sequence.transition_cycle(5, 0.3),
        nax.sequence.transition_local(5, [1, 2, 3, 4, 5], window="triangle"),
        nax.sequence.transition_local(5, 3, window="hann", wrap=True),
    ):
        assert made.shape == (5, 5)
        assert (made >= 0).all()
        assert_close(made.sum(axis=1), np.ones(5))
    assert np.array_equal(np.diag(nax.sequence.transition_loop(5, [0, 0.2, 0.5, 0.9, 1])), [0, 0.2, 0.5, 0.9, 1])
    cycle = nax.sequence.transition_cycle(4, 0.25)
    assert all(cycle[i, (i + 1) % 4] == 0.75 for i in range(4))


@pytest.mark.once
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s, p, t: s.viterbi(p, t[:2]), r"transition has shape \(2, 3\): it must be \(3, 3\)"),
        (lambda s, p, t: s.viterbi(p, 2 * t), r"transition must not be negative, and each of its rows must sum to 1"),
        (lambda s, p, t: s.viterbi(p + 1, t), r"prob must be from 0 to 1"),
        (lambda s, p, t: s.viterbi(p, t, p_init=np.array([1.0, 0])), r"p_init has shape \(2,\)"),
        (lambda s, p, t: s.viterbi(p, t, p_init=np.array([1.0, 1, 0])), r"p_init=.* must not be negative, and sum to 1"),
        (lambda s, p, t: s.viterbi(p, t, transition_min_prob=0.9), r"transition_min_prob=0.9 leaves no step to some state"),
        (lambda s, p, t: s.viterbi(p, t, transition_min_prob=-1), r"transition_min_prob=-1 must be a finite non-negative number"),
        (lambda s, p, t: s.viterbi_discriminative(p / 2, t), r"each of its columns must sum to 1"),
        (lambda s, p, t: s.viterbi_discriminative(p, t, p_state=np.ones(3)), r"p_state=.* must not be negative, and sum to 1"),
        (lambda s, p, t: s.viterbi_binary(p, t), r"transition has shape \(3, 3\): it must be \(2, 2\) or \(3, 2, 2\)"),
        (lambda s, p, t: s.viterbi_binary(p, np.eye(2), p_init=np.full(3, 2.0)), r"p_init=.* must be from 0 to 1"),
        (lambda s, p, t: s.transition_loop(1, 0.5), r"n_states=1 must be an integer of at least 2"),
        (lambda s, p, t: s.transition_cycle(3, [0.5, 0.5]), r"prob=.* must be one number, or n_states=3 of them"),
        (lambda s, p, t: s.transition_loop(3, 1.5), r"prob=1.5 must be from 0 to 1"),
        (lambda s, p, t: s.transition_local(3, 4), r"width=4 must be integers from 1 to n_states=3"),
        (lambda s, p, t: s.transition_local(3, [1, 2]), r"width=.* must be one number, or n_states=3 of them"),
    ],
)
def test_what_is_refused(call, message):
    prob, transition, _ = drawn(0, 3, 5)
    with pytest.raises(nax.ParameterError, match=message):
        call(nax.sequence, prob, transition)
