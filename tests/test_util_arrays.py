"""Utilities for arrays, against their definitions written as loops."""

import numpy as np
import pytest
from assertions import assert_close, assert_same
from examples import noise, seeds
from hypothesis import given
from hypothesis import strategies as st
from libraries import Backend, to_numpy

import nnaudio_xp as nax


@given(seed=seeds, n=st.integers(0, 12))
def test_local_extrema(xp, as_xp, seed, n):
    x = np.random.default_rng(seed).integers(0, 4, (2, n)).astype(float)
    largest = np.zeros(x.shape, dtype=bool)
    for row in range(2):
        for k in range(1, n):
            largest[row, k] = x[row, k] > x[row, k - 1] and (k + 1 == n or x[row, k] >= x[row, k + 1])
    assert_same(nax.util.localmax(as_xp(x), axis=-1), largest, xp=xp)
    assert_same(nax.util.localmin(as_xp(-x), axis=-1), largest, xp=xp)


def picked(x, pre_max, post_max, pre_avg, post_avg, delta, wait):
    """Peaks one after the other."""
    peaks, free = np.zeros(len(x), dtype=bool), 0
    for t in range(len(x)):
        most = max(x[max(0, t - pre_max) : t + post_max])
        mean = np.mean(x[max(0, t - pre_avg) : t + post_avg])
        if t >= free and x[t] == most and x[t] >= mean + delta:
            peaks[t], free = True, t + wait + 1
    return peaks


sizes = st.integers(0, 5)


@given(seed=seeds, n=st.integers(1, 30), pre_max=sizes, pre_avg=sizes, wait=sizes, delta=st.sampled_from([0.0, 0.5]))
def test_peaks_in_turn(xp, as_xp, seed, n, pre_max, pre_avg, wait, delta):
    x = np.random.default_rng(seed).integers(0, 9, (2, n)) / 8
    options = {"pre_max": pre_max, "post_max": 2, "pre_avg": pre_avg, "post_avg": 4, "delta": delta, "wait": wait}
    expected = np.stack([picked(row, **options) for row in x])
    assert_same(nax.util.peak_pick(as_xp(x), sparse=False, **options), expected, xp=xp)
    assert np.array_equal(np.flatnonzero(expected[0]), np.asarray(nax.util.peak_pick(x[0], **options)))


@pytest.mark.once
@given(seed=seeds, wait=st.integers(0, 4))
def test_the_best_peaks(seed, wait):
    """No other choice of candidates that far apart is worth more."""
    x = np.random.default_rng(seed).integers(1, 9, 12) / 4
    free = {"pre_max": 0, "post_max": 1, "pre_avg": 0, "post_avg": 1, "delta": 0, "wait": wait}
    for method, worth in (("dp_count", np.ones(12)), ("dp_value", x)):
        chosen = nax.util.peak_pick(x, method=method, **free)
        assert np.all(np.diff(chosen) > wait)
        best = np.zeros(13 + wait)
        for t in range(11, -1, -1):
            best[t] = max(best[t + 1], best[t + wait + 1] + worth[t])
        assert_close(worth[chosen].sum(), best[0])


@pytest.mark.parametrize("power", [0.5, 1, 2, 40])
def test_masks(xp, as_xp, power):
    X, rest = abs(noise(0, (3, 40))), abs(noise(1, (3, 40)))
    expected = X**power / (X**power + rest**power)
    for scale in (1, 1e-250, 1e250):
        assert_same(nax.util.softmask(as_xp(scale * X), as_xp(scale * rest), power=power), expected, xp=xp, rtol=1e-12)
    both = as_xp(np.zeros(2))
    assert_same(nax.util.softmask(both, both, power=power, split_zeros=True), np.full(2, 0.5), xp=xp)
    assert_same(nax.util.softmask(both, both, power=power), np.zeros(2), xp=xp)
    assert_same(nax.util.softmask(as_xp(X), as_xp(rest), power=np.inf), rest < X, xp=xp)


@pytest.mark.parametrize("aggregate", [None, np.mean, np.median, np.max, np.min, np.std, np.sum])
def test_segments(xp, as_xp, aggregate):
    data = noise(0, (2, 3, 11))
    own = aggregate or np.mean
    expected = np.stack([own(data[..., first:last], axis=-1) for first, last in ((0, 2), (2, 7), (7, 11))], axis=-1)
    assert_same(nax.util.sync(as_xp(data), [2, 7], aggregate=aggregate), expected, xp=xp)
    assert_same(nax.util.sync(as_xp(data), [slice(0, 2), slice(2, 7), slice(7, 11)], aggregate=aggregate), expected, xp=xp)
    assert_same(nax.util.sync(as_xp(data), [2, 7], aggregate=aggregate, pad=False), expected[..., 1:2], xp=xp)


def test_frames_are_sorted_and_within(backend, xp, as_xp):
    if backend is Backend.STRICTEST:
        pytest.skip("the size of the result depends on values")
    assert_same(nax.util.fix_frames(as_xp([30, 10, 10, 70]), x_max=50), np.array([0, 10, 30, 50]), xp=xp)
    with pytest.raises(nax.ParameterError, match="must not be negative"):
        nax.util.fix_frames(as_xp([3, -1]))


def test_non_negative_solutions(as_xp):
    """The gradient is 0 where the solution is not, and points outwards where it is."""
    A, B = noise(0, (9, 5)), noise(1, (2, 9, 4))
    X = to_numpy(nax.util.nnls(as_xp(A), as_xp(B)))
    slope = A.T @ (A @ X - B)
    assert X.min() >= 0
    assert slope.min() > -1e-3
    assert abs(slope * X).max() < 1e-3


@given(seed=seeds)
@pytest.mark.once
def test_matches_are_the_nearest(seed):
    rng = np.random.default_rng(seed)
    ours, others = rng.integers(0, 30, 6) + 0.5, rng.permutation(30)[:8].astype(float)
    matched = others[nax.util.match_events(ours, others)]
    assert np.array_equal(abs(matched - ours), abs(others[:, None] - ours).min(axis=0))
    spans, queries = (np.sort(rng.permutation(30)[:8].reshape(4, 2), axis=1).astype(float) for _ in range(2))
    for query, match in zip(queries, nax.util.match_intervals(queries, spans, strict=False), strict=True):
        common = np.minimum(query[1], spans[:, 1]) - np.maximum(query[0], spans[:, 0])
        whole = np.maximum(query[1], spans[:, 1]) - np.minimum(query[0], spans[:, 0])
        share = common / whole
        assert share[match] == share.max() if common.max() >= 0 else common[match] == common.max()


@pytest.mark.once
def test_what_is_refused():
    for call, message in (
        (lambda: nax.util.peak_pick(np.ones((2, 3)), pre_max=1, post_max=1, pre_avg=1, post_avg=1, delta=0, wait=0), "sparse=True"),
        (lambda: nax.util.peak_pick(np.ones(3), pre_max=1, post_max=0, pre_avg=1, post_avg=1, delta=0, wait=0), "post_max=0"),
        (lambda: nax.util.softmask(np.ones(3), -np.ones(3)), "must not be negative"),
        (lambda: nax.util.softmask(np.ones(3), np.ones(2)), "X_ref has shape"),
        (lambda: nax.util.sync(np.ones(9), ["a"]), "idx="),
        (lambda: nax.util.match_intervals(np.array([[0, 1]]), np.array([[3, 4]])), "overlaps none"),
        (lambda: nax.util.match_events([1.0], []), "events_to="),
        (lambda: nax.util.expand_to(np.ones((2, 3)), ndim=3, axes=0), "axes=0"),
        (lambda: nax.util.valid_audio(np.array([1, 2])), "dtype int64"),
        (lambda: nax.util.valid_intervals(np.array([[2, 1]])), "end before"),
        (lambda: nax.util.dtype_r2c("nothing"), "dtype='nothing'"),
    ):
        with pytest.raises(nax.ParameterError, match=message):
            call()


@pytest.mark.once
def test_stacked_channels_lie_side_by_side():
    parts = [np.arange(6.0).reshape(2, 3), -np.arange(6.0).reshape(2, 3)]
    for axis in (0, 1, 2, -1, -3):
        stacked = nax.util.stack(parts, axis=axis)
        assert np.array_equal(stacked, np.stack(parts, axis=axis))
        assert stacked.flags["F_CONTIGUOUS" if axis in (0, -3) else "C_CONTIGUOUS"]
