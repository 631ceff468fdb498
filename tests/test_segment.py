"""Structure: neighbours by sorting all distances, lags cell by cell, clusters by all unions."""

import itertools
import math

import numpy as np
import pytest
import scipy.ndimage
import scipy.sparse
from assertions import assert_close, assert_same
from examples import noise
from hypothesis import given
from hypothesis import strategies as st

import nnaudio_xp as nax

once = pytest.mark.once

N, K = 13, 3


def features(seed: int, n: int = N) -> np.ndarray:
    return np.random.default_rng(seed).random((4, n))


def linked(data, reference, k, *, own_width=0):
    """Distances (to, from) of each frame's k nearest, which lie `own_width` or more apart; NaN for the
    others.
    """
    found = np.full((reference.shape[1], data.shape[1]), np.nan)
    for j in range(data.shape[1]):
        distances = {i: math.dist(reference[:, i], data[:, j]) for i in range(reference.shape[1]) if abs(i - j) >= own_width}
        for i in sorted(distances, key=distances.get)[:k]:
            found[i, j] = distances[i]
    return found


BANDWIDTHS = {
    "med_k_scalar": lambda last, mean, d: np.full(d.shape, np.median(last)),
    "mean_k": lambda last, mean, d: (last[:, None] + last) / 2,
    "gmean_k": lambda last, mean, d: np.sqrt(last[:, None] * last),
    "mean_k_avg": lambda last, mean, d: (mean[:, None] + mean) / 2,
    "gmean_k_avg": lambda last, mean, d: np.sqrt(mean[:, None] * mean),
    "mean_k_avg_and_pair": lambda last, mean, d: (mean[:, None] + mean + d) / 3,
}


@once
@pytest.mark.parametrize("sparse", [False, True])
@pytest.mark.parametrize("width", [1, 3])
@pytest.mark.parametrize("own", [False, True])
def test_nearest_neighbours(width, own, sparse):
    data = features(width)
    expected = linked(data, data, K, own_width=width)
    options = {"k": K, "width": width, "self": own, "sparse": sparse}
    links, distances, affinities = (nax.segment.recurrence_matrix(data, mode=mode, **options) for mode in nax.segment.MODES)
    if sparse:
        assert all(isinstance(matrix, scipy.sparse.csc_array) for matrix in (links, distances, affinities))
        links, distances, affinities = (matrix.toarray() for matrix in (links, distances, affinities))
    assert links.dtype == bool
    assert np.array_equal(links, ~np.isnan(expected) | (own * np.eye(N, dtype=bool)))
    assert_close(distances, np.nan_to_num(expected))
    if not own:
        assert_close(affinities, np.nan_to_num(np.exp(-expected / np.median(np.nanmax(expected, axis=0)))))
    else:
        assert (np.diag(affinities) == 1).all()


@once
@pytest.mark.parametrize("bandwidth", BANDWIDTHS)
def test_bandwidths(bandwidth):
    data = features(5)
    distances = linked(data, data, K, own_width=1)
    scale = BANDWIDTHS[bandwidth](np.nanmax(distances, axis=0), np.nanmean(distances, axis=0), distances)
    found = nax.segment.recurrence_matrix(data, k=K, mode="affinity", bandwidth=bandwidth)
    assert_close(found, np.nan_to_num(np.exp(-distances / scale)), rtol=1e-12)
    whole = nax.segment.recurrence_matrix(data, k=K, mode="affinity", bandwidth=bandwidth, full=True)
    assert ((whole > 0) == ~np.eye(N, dtype=bool)).all()
    assert_close(nax.segment.recurrence_matrix(data, k=K, mode="affinity", bandwidth=0.5), np.nan_to_num(np.exp(-distances / 0.5)))
    each = 0.1 + np.random.default_rng(0).random((N, N))
    assert_close(nax.segment.recurrence_matrix(data, k=K, mode="affinity", bandwidth=each), np.nan_to_num(np.exp(-distances / each.T)))


@once
def test_mutual_neighbours():
    data = features(6)
    links = nax.segment.recurrence_matrix(data, k=K)
    assert np.array_equal(nax.segment.recurrence_matrix(data, k=K, sym=True), links & links.T)
    assert np.array_equal(nax.segment.recurrence_matrix(data.T, k=K, axis=0), links)


@once
def test_neighbours_in_a_reference():
    data, reference = features(1), features(2, 9)
    expected = linked(data, reference, K)
    assert np.array_equal(nax.segment.cross_similarity(data, reference, k=K), ~np.isnan(expected))
    assert_close(nax.segment.cross_similarity(data, reference, k=K, mode="distance"), np.nan_to_num(expected))
    assert_close(nax.segment.cross_similarity(data, reference, k=K, mode="distance", full=True), linked(data, reference, 9))
    affinities = nax.segment.cross_similarity(data, reference, k=K, mode="affinity", sparse=True)
    assert_close(affinities.toarray(), np.nan_to_num(np.exp(-expected / np.median(np.nanmax(expected, axis=0)))))
    assert nax.segment.cross_similarity(data, reference).sum() == 6 * N  # 2 * ceil(sqrt(9))


@once
def test_many_frames_are_taken_in_blocks():
    data = features(0, 1500)
    links = nax.segment.recurrence_matrix(data, k=2, mode="distance")
    for j in (0, 700, 1499):
        distances = np.sqrt(((data - data[:, j : j + 1]) ** 2).sum(axis=0))
        nearest = np.argsort(distances)[1:3]
        assert np.array_equal(np.flatnonzero(links[:, j]), np.sort(nearest))
        assert_close(links[nearest, j], distances[nearest])


# --- lags -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("pad", [True, False])
@pytest.mark.parametrize("axis", [0, 1, -1])
def test_lags(xp, as_xp, pad, axis):
    rec = noise(0, (2, 5, 5))
    lags = 10 if pad else 5
    expected = np.zeros((2, lags, 5))
    for lag, j in np.ndindex(lags, 5):
        row = (lag + j) % lags
        if row < 5:
            expected[:, lag, j] = rec[:, j, row] if axis == 0 else rec[:, row, j]
    found = nax.segment.recurrence_to_lag(as_xp(rec), pad=pad, axis=axis)
    assert_same(found, expected.swapaxes(1, 2) if axis == 0 else expected, xp=xp, rtol=0)
    assert_same(nax.segment.lag_to_recurrence(found, axis=axis), rec, xp=xp, rtol=0)


@once
@pytest.mark.parametrize("kind", [scipy.sparse.csr_array, scipy.sparse.csc_matrix, scipy.sparse.lil_array])
@pytest.mark.parametrize("pad", [True, False])
@pytest.mark.parametrize("axis", [0, -1])
def test_lags_of_sparse_matrices(kind, pad, axis):
    dense = noise(0, (6, 6)) * (noise(1, (6, 6)) > 0)
    lag = nax.segment.recurrence_to_lag(kind(dense), pad=pad, axis=axis)
    assert isinstance(lag, kind)
    assert np.array_equal(lag.toarray(), nax.segment.recurrence_to_lag(dense, pad=pad, axis=axis))
    rec = nax.segment.lag_to_recurrence(lag, axis=axis)
    assert isinstance(rec, kind)
    assert np.array_equal(rec.toarray(), dense)


@once
def test_filters_of_lags():
    rec = noise(0, (8, 8))
    median = nax.segment.timelag_filter(scipy.ndimage.median_filter)
    expected = nax.segment.lag_to_recurrence(scipy.ndimage.median_filter(nax.segment.recurrence_to_lag(rec), size=(1, 3)))
    assert np.array_equal(median(rec, size=(1, 3)), expected)
    second = nax.segment.timelag_filter(lambda number, matrix: number * matrix, pad=False, index=1)
    assert_close(second(2, rec), 2 * rec)
    assert second.__name__ == "<lambda>"


# --- filters --------------------------------------------------------------------------------------


@once
@pytest.mark.parametrize("slope", [0.5, 1.0, 2.0])
def test_filters_smooth_along_diagonals(slope):
    kernel = nax.filters.diagonal_filter("hann", 15, slope=slope)
    assert_close(kernel.sum(), 1.0)
    assert (kernel >= 0).all()
    rows, columns = np.indices(kernel.shape) - (kernel.shape[0] - 1) / 2
    along, both, across = ((kernel * product).sum() for product in (columns**2, columns * rows, rows**2))
    assert abs(math.atan2(2 * both, along - across) / 2 - math.atan(slope)) < 0.02  # the principal axis
    flat = nax.filters.diagonal_filter("hann", 15, slope=slope, zero_mean=True)
    assert abs(flat.sum()) < 1e-12
    assert_close(nax.filters.diagonal_filter("hann", 15, angle=math.atan(slope)), kernel)


@once
def test_paths_are_the_largest_of_several_filters():
    R = np.maximum(noise(0, (20, 17)), 0)
    ratios = 2.0 ** np.linspace(-0.5, 0.5, 3)
    kernels = [nax.filters.diagonal_filter("hamming", 7, slope=ratio, zero_mean=True) for ratio in ratios]
    expected = np.max([scipy.ndimage.convolve(R, kernel, mode="constant") for kernel in kernels], axis=0)
    options = {"window": "hamming", "max_ratio": 2**0.5, "n_filters": 3, "zero_mean": True, "mode": "constant"}
    assert_close(nax.segment.path_enhance(R, 7, clip=False, **options), expected, rtol=1e-12)
    assert_close(nax.segment.path_enhance(R, 7, **options), np.maximum(expected, 0), rtol=1e-12)
    assert nax.segment.path_enhance(R.astype("float32"), 7, **options).dtype == "float32"


# --- clusters -------------------------------------------------------------------------------------


def united(data, count):
    """Where `count` segments begin, by trying all unions of neighbours each time."""
    segments = [[t] for t in range(data.shape[1])]

    def spread(members):
        part = data[:, members]
        return ((part - part.mean(axis=1, keepdims=True)) ** 2).sum()

    while len(segments) > count:
        gains = [spread(a + b) - spread(a) - spread(b) for a, b in itertools.pairwise(segments)]
        best = int(np.argmin(gains))
        segments[best : best + 2] = [segments[best] + segments[best + 1]]
    return [members[0] for members in segments]


@once
@given(seed=st.integers(0, 99), n=st.integers(1, 20), share=st.floats(0.01, 1))
def test_segments_change_little(seed, n, share):
    data = features(seed, n)
    count = math.ceil(share * n)
    assert nax.segment.agglomerative(data, count).tolist() == united(data, count)
    assert nax.segment.agglomerative(data.T, count, axis=0).tolist() == united(data, count)


@once
def test_segments_within_segments():
    data = features(3, 30)
    expected = [begin + part for begin, end in ((0, 9), (9, 11), (11, 30)) for part in united(data[:, begin:end], min(3, end - begin))]
    assert nax.segment.subsegment(data, [9, 11, 40], n_segments=3).tolist() == expected


@once
def test_other_clusterings():
    class Halves:
        def fit(self, frames):
            self.labels_ = np.arange(len(frames)) // 5

    assert nax.segment.agglomerative(features(0, 12), 3, clusterer=Halves()).tolist() == [0, 5, 10]


# --- what is refused ------------------------------------------------------------------------------


@once
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda s, x: s.recurrence_matrix(x, width=6), "width=6 must be less than half of the 13 frames"),
        (lambda s, x: s.recurrence_matrix(x, mode="other"), "mode='other' must be one of"),
        (lambda s, x: s.recurrence_matrix(x, k=0), "k=0 must be a positive integer"),
        (lambda s, x: s.recurrence_matrix(x, metric="other"), "metric='other'"),
        (lambda s, x: s.recurrence_matrix(x, bandwidth="other"), "bandwidth='other' must be one of"),
        (lambda s, x: s.recurrence_matrix(x, bandwidth=-1.0), "bandwidth=-1.0 must be a finite positive number"),
        (lambda s, x: s.recurrence_matrix(x, bandwidth=np.zeros((N, N))), r"bandwidth of shape \(13, 13\) must .* be positive everywhere"),
        (lambda s, x: s.recurrence_matrix(0 * x, mode="affinity"), "cannot be found where nothing is linked"),
        (lambda s, x: s.recurrence_matrix(0 * x, mode="affinity", bandwidth="mean_k"), "frame 0 is linked to none"),
        (lambda s, x: s.recurrence_matrix(x, axis=2), "axis=2 must be one of"),
        (lambda s, x: s.cross_similarity(x, x[:3]), "must have the same features"),
        (lambda s, x: s.recurrence_to_lag(x), r"rec has shape \(4, 13\): it must be square"),
        (lambda s, x: s.recurrence_to_lag(x[:, :4], axis=2), "axis=2 must be one of"),
        (lambda s, x: s.lag_to_recurrence(x), r"lag has shape \(4, 13\): it must have as many lags as frames"),
        (lambda s, x: s.timelag_filter(abs, index=-1), "index=-1 must be a non-negative integer"),
        (lambda s, x: s.path_enhance(x, 3, min_ratio=3), "min_ratio=3 must be at most max_ratio=2"),
        (lambda s, x: s.path_enhance(x, 3, mode="other"), "scipy.ndimage.convolve does not take"),
        (lambda s, x: s.subsegment(x, [-1]), "frames=.* must be integers that are not negative"),
        (lambda s, x: s.agglomerative(x, 14), "k=14 must be at most the 13 frames"),
    ],
)
def test_what_is_refused(call, message):
    with pytest.raises(nax.ParameterError, match=message):
        call(nax.segment, features(0))
