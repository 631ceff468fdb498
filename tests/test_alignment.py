"""Dynamic time warping and recurrence quantification: against their recursions, cell by cell, and all
paths, one by one.
"""

import itertools
import math

import numpy as np
import pytest
from assertions import assert_close
from hypothesis import given
from hypothesis import strategies as st

import nnaudio_xp as nax

pytestmark = pytest.mark.once

DEFAULT = ((1, 1), (0, 1), (1, 0))
SIZES = st.integers(1, 7)
STEPS = st.sampled_from([None, ((1, 1), (1, 2), (2, 1)), ((1, 1), (0, 1), (1, 0)), ((1, 1), (0, 2), (3, 0))])


def accumulated(C, steps, mul, add, anywhere):
    """The least cost of a path to each cell, by definition."""
    D = np.full(C.shape, math.inf)
    for i, j in np.ndindex(C.shape):
        begin = C[i, j] if i == 0 and (j == 0 or anywhere) else math.inf
        ways = [D[i - a, j - b] + m * C[i, j] + w for (a, b), m, w in zip(steps, mul, add, strict=True) if i >= a and j >= b]
        D[i, j] = min([begin, *ways])
    return D


def cost_of(path, C, steps, mul, add):
    """What a path costs, whose steps are all allowed."""
    total = C[path[0]]
    for (i, j), (k, m) in itertools.pairwise(path):
        total += min(mul[s] * C[k, m] + add[s] for s, step in enumerate(steps) if step == (k - i, m - j))
    return total


@given(seed=st.integers(0, 999), n=SIZES, m=SIZES, sizes=STEPS, weighted=st.booleans(), subseq=st.booleans())
def test_costs_and_paths(seed, n, m, sizes, weighted, subseq):
    rng = np.random.default_rng(seed)
    C = rng.random((n, m))
    steps = sizes or DEFAULT
    mul, add = (1 + rng.random(3), rng.random(3)) if weighted else (np.ones(3), np.zeros(3))
    options = {
        "C": C,
        "step_sizes_sigma": None if sizes is None else np.array(sizes),
        "subseq": subseq,
        "weights_mul": mul,
        "weights_add": add,
    }
    expected = accumulated(C, steps, mul, add, subseq)
    D, numbers = nax.sequence.dtw(backtrack=False, return_steps=True, **options)
    assert_close(D, expected)
    reachable = np.isfinite(D[-1]).any() if subseq else np.isfinite(D[-1, -1])
    if not reachable:
        with pytest.raises(nax.ParameterError, match="no path leads to the end"):
            nax.sequence.dtw(**options)
        return
    wp = nax.sequence.dtw(**options)[1]
    path = [tuple(cell) for cell in (wp[:, ::-1] if subseq and n > m else wp)[::-1].tolist()]
    assert path[0][0] == 0
    assert path[0][1] == 0 or subseq
    assert path[-1] == (n - 1, int(np.argmin(D[-1])) if subseq else m - 1)
    assert_close(np.asarray(cost_of(path, C, steps, mul, add)), expected[path[-1]], rtol=1e-12)
    start = {"start": path[-1][1]} if subseq else {}
    again = nax.sequence.dtw_backtracking(numbers, step_sizes_sigma=options["step_sizes_sigma"], subseq=subseq, **start)
    assert [tuple(cell) for cell in again[::-1].tolist()] == path


def test_sequences_of_features():
    rng = np.random.default_rng(0)
    X, Y = rng.random((3, 5)), rng.random((3, 7))
    C = abs(X[:, :, None] - Y[:, None, :]).sum(axis=0)
    assert_close(nax.sequence.dtw(X, Y, metric="cityblock")[0], nax.sequence.dtw(C=C)[0])
    longer = nax.sequence.dtw(Y, X, metric="cityblock", subseq=True)
    assert longer[0].shape == (5, 7)  # the shorter is looked for in the longer
    assert longer[1][0, 1] == 4
    assert nax.sequence.dtw(X[0], Y[0])[0].shape == (5, 7)


def test_paths_stay_within_a_band():
    C = np.ones((9, 9))
    C[0], C[:, -1] = 0, 0  # along the edges nothing costs
    around, wp = nax.sequence.dtw(C=C)
    assert around[-1, -1] == 0
    D, wp = nax.sequence.dtw(C=C, global_constraints=True, band_rad=0.25)
    assert (abs(wp[:, 0] - wp[:, 1]) < 2).all()
    assert np.isinf(D[0, 5])
    assert (C[0] == 0).all()  # the caller's costs are as they were


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "either X and Y or C must be given"),
        ({"X": np.ones((2, 3))}, "either X and Y or C must be given"),
        ({"X": np.ones((2, 3)), "Y": np.ones((3, 3))}, r"metric='euclidean' on sequences of shapes \(2, 3\) and \(3, 3\)"),
        ({"X": np.ones((2, 3)), "Y": np.ones((2, 3)), "metric": "unknown"}, "metric='unknown'"),
        ({"C": np.array([[np.nan]])}, "C has NaN"),
        ({"C": np.ones((2, 2, 2))}, r"C has shape \(2, 2, 2\)"),
        ({"C": np.ones((2, 2)), "step_sizes_sigma": [[-1, 1]]}, "must not be negative"),
        ({"C": np.ones((2, 2)), "step_sizes_sigma": [[0, 0]]}, "must not be negative, nor"),
        ({"C": np.ones((2, 2)), "step_sizes_sigma": [[1.0, 1.0]]}, r"must be integers of shape \(steps, 2\)"),
        ({"C": np.ones((2, 2)), "weights_add": [1.0]}, "weights_add=.* must have a number for each of the 3 steps"),
        ({"C": np.ones((2, 2)), "weights_mul": [np.inf] * 3}, "must be finite for one step at least"),
        ({"C": np.ones((5, 2)), "step_sizes_sigma": [[1, 1]]}, "no path leads to the end"),
    ],
)
def test_what_dtw_refuses(options, message):
    with pytest.raises(nax.ParameterError, match=message):
        nax.sequence.dtw(**options)


def test_what_backtracking_refuses():
    steps = np.zeros((3, 4), int)
    for options, message in (
        ({"start": 1}, "start=1 must be None with subseq=False"),
        ({"start": 4, "subseq": True}, "start=4 must be less than 4"),
        ({"step_sizes_sigma": [[1, 1]], "steps": steps + 9}, "steps must be numbers of the 4 steps"),
        ({"steps": steps[0]}, r"steps has shape \(4,\)"),
    ):
        with pytest.raises(nax.ParameterError, match=message):
            nax.sequence.dtw_backtracking(**{"steps": steps, **options})


@given(st.integers(1, 12), st.integers(0, 99), st.booleans())
def test_paths_as_frames_beside_frames(n, seed, inverse):
    """Frames that the path meets lie where it meets them, and those between on a line."""
    rng = np.random.default_rng(seed)
    path = np.cumsum([[2, 5], *rng.integers(0, 4, (n - 1, 2))], axis=0)
    steps = nax.sequence.path_to_steps(path, inverse=inverse)
    at, beside = path.T if inverse else path.T[::-1]
    expected = []
    for frame in range(at[0], at[-1] + 1):
        before, after = np.flatnonzero(at <= frame)[-1], np.flatnonzero(at >= frame)[0]
        share = (frame - at[before]) / (at[after] - at[before]) if at[before] < frame else 0
        expected.append(beside[before] + share * (beside[after] - beside[before]))
    assert_close(steps, np.asarray(expected, float), rtol=1e-12)


def test_paths_play_one_sound_with_the_timing_of_another(librosa):
    X, Y = (nax.feature.chroma_stft(y=nax.chirp(fmin=220, fmax=1760, duration=seconds, sr=22050)) for seconds in (1.0, 2.0))
    path = nax.sequence.dtw(X, Y)[1]
    for inverse in (False, True):
        steps = nax.sequence.path_to_steps(path, inverse=inverse)
        assert steps.shape == ((X if inverse else Y).shape[1],)
        if hasattr(librosa.sequence, "path_to_steps"):
            assert_close(steps, librosa.sequence.path_to_steps(path, inverse=inverse), rtol=1e-12)


def test_what_is_no_path():
    for path in (np.zeros((0, 2), int), np.zeros((2, 3), int), np.zeros(4, int), np.zeros((2, 2))):
        with pytest.raises(nax.ParameterError, match=r"path has shape .*: it must be pairs of integers"):
            nax.sequence.path_to_steps(path)


# --- recurrence quantification --------------------------------------------------------------------


def scores(sim, onset, extend, moves):
    """Cell by cell: what is similar adds to the best score before it; what is not costs a penalty."""
    score = np.zeros(sim.shape)
    for i, j in np.ndindex(sim.shape):
        before = [(i - a, j - b) for a, b in moves if i >= a and j >= b]
        if i == 0 or j == 0:
            score[i, j] = sim[i, j]
        elif sim[i, j] > 0:
            score[i, j] = sim[i, j] + max(score[cell] for cell in before)
        else:
            score[i, j] = max(0, *(score[cell] - (onset if sim[cell] > 0 else extend) for cell in before))
    return score


@given(seed=st.integers(0, 999), n=SIZES, m=SIZES, knight=st.booleans(), onset=st.sampled_from([0, 0.3, math.inf]))
def test_scores_and_the_best_alignment(seed, n, m, knight, onset):
    rng = np.random.default_rng(seed)
    sim = rng.random((n, m)) * (rng.random((n, m)) < 0.6)
    moves = ((1, 1), (1, 2), (2, 1)) if knight else ((1, 1),)
    score, path = nax.sequence.rqa(sim, gap_onset=onset, gap_extend=0.2, knight_moves=knight)
    assert_close(score, scores(sim, onset, 0.2, moves))
    if not len(path):
        assert score.max() == 0
        return
    assert tuple(path[-1]) == np.unravel_index(np.argmax(score), score.shape)
    assert all(tuple(step) in moves for step in np.diff(path.astype(int), axis=0).tolist())
    assert_close(nax.sequence.rqa(sim, gap_onset=onset, gap_extend=0.2, knight_moves=knight, backtrack=False), score)


def test_what_rqa_refuses():
    for options, message in (
        ({"gap_onset": -1}, "gap_onset=-1 must be a finite non-negative number"),
        ({"gap_extend": "1"}, "gap_extend='1' must be"),
        ({"sim": np.ones(3)}, r"sim has shape \(3,\)"),
    ):
        with pytest.raises(nax.ParameterError, match=message):
            nax.sequence.rqa(**{"sim": np.eye(3), **options})
