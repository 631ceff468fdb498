"""Every native operation against the portable one on the same arrays, and the portable ones against
the definitions.
"""

import inspect
import itertools
import re
from pathlib import Path

import numpy as np
import oracles
import pytest
from assertions import assert_close, assert_same
from examples import BATCHES, PAD_MODES, noise, precisions, seeds
from hypothesis import assume, given
from hypothesis import strategies as st
from libraries import Backend, to_numpy
from scipy.interpolate import make_interp_spline

from nnaudio_xp import backends, ops
from nnaudio_xp.errors import ParameterError
from nnaudio_xp.geometry import Framing
from nnaudio_xp.ops.dispatch import native_in

SHAPES = st.sampled_from([(1, 1), (1, 5), (4, 1), (4, 9), (5, 2), (16, 4), (17, 3), (40, 1)])  # frame or FFT length, hop


@pytest.fixture(params=["native", "portable"])
def version(request, backend):
    """Which of an operation's versions to test; where hardly any is native, they are one."""
    if request.param == "portable" and backend.library not in ("numpy", "torch", "cupy"):
        pytest.skip("nearly all operations are the portable ones")
    return request.param


def chosen(operation, version):
    return operation if version == "native" else operation.portable


# --- small operations -----------------------------------------------------------------------------


@given(seed=st.integers(0, 10**6), n=st.integers(0, 12), wait=st.integers(0, 14))
def test_spaced_places(xp, as_xp, version, seed, n, wait):
    """The best choice is looked for among all."""
    rng = np.random.default_rng(seed)
    candidates, values = rng.random((2, 3, n)) < 0.6, rng.integers(0, 5, (2, 3, n)).astype(float)
    taken, best = np.zeros(candidates.shape, dtype=bool), np.zeros(candidates.shape[:2])
    for clip in np.ndindex(2, 3):
        free, most = 0, np.zeros(n + wait + 2)
        for k in np.flatnonzero(candidates[clip]):
            if k >= free:
                taken[(*clip, k)], free = True, k + wait + 1
        for k in reversed(range(n)):
            most[k] = max(most[k + 1], most[k + wait + 1] + values[(*clip, k)] if candidates[(*clip, k)] else 0.0)
        best[clip] = most[0]
    spaced = chosen(ops.spaced, version)
    assert_same(spaced(as_xp(candidates), wait, xp=xp), taken, xp=xp)
    begun = chosen(ops.spaced_best, version)(as_xp(candidates), as_xp(values), wait, xp=xp)
    picked = to_numpy(spaced(begun, wait, xp=xp))
    assert not np.any(picked & ~candidates)
    assert_close(np.sum(values * picked, axis=-1), best)


@given(
    batch=st.sampled_from(BATCHES),
    n=st.integers(1, 9),
    before=st.integers(0, 25),
    after=st.integers(0, 25),
    mode=st.sampled_from(PAD_MODES),
    dtype=st.sampled_from(["float32", "float64", "complex64"]),
)
def test_pad(xp, as_xp, lazily, version, batch, n, before, after, mode, dtype):
    x = noise(n, (*batch, n), dtype)
    pad = lazily(lambda x: chosen(ops.pad, version)(x, before, after, mode, xp=xp))
    assert_same(pad(as_xp(x)), oracles.pad(x, before, after, mode), xp=xp, dtype=dtype)


def test_functions_pad_numpys_arrays_only(backend, xp, as_xp):
    if backend.library == "numpy":
        assert_same(ops.pad(as_xp(np.ones((2, 3))), 1, 2, lambda x, widths, axis, options: None, xp=xp)[:, 1:4], np.ones((2, 3)), xp=xp)
    else:
        with pytest.raises(
            ParameterError, match=r"pad_mode=<function .*>: a function is only possible with NumPy arrays; use a mode's name"
        ):
            ops.pad(as_xp(np.ones((2, 3))), 1, 2, lambda x, widths, axis, options: None, xp=xp)


@given(batch=st.sampled_from(BATCHES), shape=SHAPES, extra=st.integers(0, 20))
def test_frame(xp, as_xp, lazily, version, batch, shape, extra):
    length, hop = shape
    x = noise(0, (*batch, length + extra))
    frame = lazily(lambda x: chosen(ops.frame, version)(x, length, hop, xp=xp))
    assert_same(frame(as_xp(x)), oracles.frames(x, length, hop), xp=xp, rtol=0, atol=0)


@given(
    batch=st.sampled_from(BATCHES),
    shape=st.tuples(st.integers(1, 20), st.integers(1, 20)),
    size=st.integers(1, 25),
    axis=st.sampled_from([-1, -2]),
    dtype=st.sampled_from(["float32", "float64"]),
    transposed=st.booleans(),
)
def test_median_filter(backend, xp, as_xp, version, batch, shape, size, axis, dtype, transposed):
    if backend is Backend.JAX:
        pytest.skip("JAX would compile each size")
    x = noise(size, (*batch, *shape), dtype)
    before, after = size // 2, size - 1 - size // 2
    padded = np.pad(np.moveaxis(x, axis, -1), [(0, 0)] * (x.ndim - 1) + [(before, after)], mode="symmetric")
    expected = np.moveaxis(np.sort(np.lib.stride_tricks.sliding_window_view(padded, size, axis=-1))[..., size // 2], -1, axis)
    given = xp.matrix_transpose(as_xp(np.ascontiguousarray(np.swapaxes(x, -1, -2)))) if transposed else as_xp(x)
    medians = chosen(ops.median_filter, version)(given, size, axis=axis, xp=xp)
    assert_same(medians, expected, xp=xp, rtol=0, atol=0)
    places = to_numpy(ops.median_places(given, medians, size, axis=axis, xp=xp))
    assert np.array_equal(np.take_along_axis(x, places, axis=axis), expected)


def test_medians_of_long_lines_join_without_a_seam(xp, as_xp):
    x = noise(0, (3, 5000), "float32")
    padded = np.pad(x, [(0, 0), (3, 3)], mode="symmetric")
    expected = np.median(np.lib.stride_tricks.sliding_window_view(padded, 7, axis=-1), axis=-1)
    assert_same(ops.median_filter(as_xp(x), 7, axis=-1, xp=xp), expected, xp=xp, rtol=0, atol=0)


@given(seed=seeds, n=st.integers(0, 20), share=st.sampled_from([0.0, 0.3, 1.0]))
def test_places_of(xp, as_xp, version, seed, n, share):
    choice = np.random.default_rng(seed).random(n) < share
    assert to_numpy(chosen(ops.places_of, version)(as_xp(choice), xp=xp)).tolist() == np.flatnonzero(choice).tolist()


@given(seed=seeds, shape=st.tuples(st.integers(1, 4), st.integers(1, 9)), sweeps=st.integers(1, 3))
def test_coordinate_sweeps(backend, xp, as_xp, version, seed, shape, sweeps):
    if backend is Backend.JAX:
        pytest.skip("JAX would compile each shape")
    rng = np.random.default_rng(seed)
    x, factor = rng.random(shape), rng.random((6, shape[0]))
    factor[:, rng.random(shape[0]) < 0.2] = 0  # rows without a part in the products
    gram, target = factor.T @ factor, factor.T @ rng.random((6, shape[1]))
    expected = x.copy()
    for k in [*range(shape[0])] * sweeps:
        if gram[k, k]:
            expected[k] = np.maximum(expected[k] + (target[k] - gram[k] @ expected) / gram[k, k], 0)
    found = chosen(ops.coordinate_sweeps, version)(as_xp(x), as_xp(target), as_xp(gram), sweeps, xp=xp)
    assert_same(found, expected, xp=xp, rtol=1e-9)


def test_orders_and_places_among_sorted_numbers(as_xp, xp, version):
    edges, values = np.sort(noise(0, (9,))), noise(1, (3, 40))
    values[0, :9] = edges
    below = chosen(ops.insertion_points, version)(as_xp(edges), as_xp(values), xp=xp)
    assert to_numpy(below).tolist() == (values[..., None] > edges).sum(axis=-1).tolist()
    assert to_numpy(chosen(ops.ascending, version)(as_xp(values[1]), xp=xp)).tolist() == np.argsort(values[1]).tolist()


@pytest.mark.parametrize("shape", [(1, 1), (9, 4), (5, 5)])
def test_orthonormal(xp, as_xp, shape):
    columns = noise(0, shape)
    found = to_numpy(ops.orthonormal(as_xp(columns), xp=xp))
    assert_close(found.T @ found, np.eye(shape[1]), atol=1e-12)
    assert_close(np.tril(found.T @ columns, -1), np.zeros((shape[1], shape[1])), atol=1e-12)


@pytest.mark.parametrize("axis", [0, -2, -1])
def test_unstack(xp, as_xp, lazily, version, axis):
    x = noise(0, (3, 1, 2))
    parts = lazily(lambda x: chosen(ops.unstack, version)(x, axis=axis, xp=xp))(as_xp(x))
    for part, expected in zip(parts, np.moveaxis(x, axis, 0), strict=True):
        assert_same(part, expected, xp=xp, rtol=0, atol=0)


@pytest.mark.parametrize(("source", "destination"), [(0, -1), (-1, 1), ((-1, -2), (0, 1))])
def test_moveaxis(xp, as_xp, lazily, version, source, destination):
    x = noise(0, (3, 1, 2, 4))
    moved = lazily(lambda x: chosen(ops.moveaxis, version)(x, source, destination, xp=xp))(as_xp(x))
    assert_same(moved, np.moveaxis(x, source, destination), xp=xp, rtol=0, atol=0)


@given(batch=st.sampled_from(BATCHES), shape=SHAPES, n_frames=st.integers(1, 7), dtype=precisions)
def test_overlap_add(xp, as_xp, lazily, version, batch, shape, n_frames, dtype):
    length, hop = shape
    frames = noise(0, (*batch, n_frames, length), dtype)
    expected = np.zeros((*batch, length + hop * (n_frames - 1)))
    for t in range(n_frames):
        expected[..., t * hop : t * hop + length] += frames[..., t, :]
    add = lazily(lambda frames: chosen(ops.overlap_add, version)(frames, hop, xp=xp))
    assert_same(add(as_xp(frames)), expected, xp=xp, dtype=dtype)


@given(batch=st.sampled_from(BATCHES), n=st.integers(1, 20) | st.sampled_from([514, 1155]), dtype=precisions)
def test_rfft_and_back(backend, xp, as_xp, lazily, version, batch, n, dtype):
    assume(0 not in batch or (version, backend.library) != ("portable", "torch"))  # whose own FFT takes no empty batch
    x = noise(0, (*batch, 2, n), dtype)
    expected = np.fft.rfft(x.astype("float64"))
    rfft = lazily(lambda x: chosen(ops.rfft, version)(x, xp=xp))
    assert_same(rfft(as_xp(x)), expected, xp=xp, dtype=dtype)
    irfft = lazily(lambda spectrum: chosen(ops.irfft, version)(spectrum, n, xp=xp))
    precision = {"float32": "complex64", "float64": "complex128"}[dtype]
    assert_same(irfft(as_xp(expected, precision)), x, xp=xp)


@given(batch=st.sampled_from(BATCHES), n=st.integers(1, 20) | st.sampled_from([513, 1000, 1155]), dtype=precisions)
def test_fft_and_back(backend, xp, as_xp, lazily, version, batch, n, dtype):
    assume(0 not in batch or (version, backend.library) != ("portable", "torch"))
    precision = {"float32": "complex64", "float64": "complex128"}[dtype]
    x = noise(0, (*batch, 2, n), precision)
    expected = np.fft.fft(x.astype("complex128"))
    assert_same(lazily(lambda x: chosen(ops.fft, version)(x, xp=xp))(as_xp(x)), expected, xp=xp, dtype=dtype)
    assert_same(lazily(lambda X: chosen(ops.ifft, version)(X, xp=xp))(as_xp(expected, precision)), x, xp=xp, dtype=dtype)


def test_irfft_ignores_what_a_real_signal_cannot_have(xp, as_xp, version):
    """Imaginary parts of the constant, and of the highest frequency where there is one."""
    spectrum = noise(0, (5,), "complex128")
    for n in (8, 9):
        assert_same(chosen(ops.irfft, version)(as_xp(spectrum), n, xp=xp), oracles.inverse_dft(spectrum, n), xp=xp)


def test_complex_numbers(xp, as_xp, dtype, version):
    re, im = noise(0, (3, 4), dtype), noise(1, (3, 4), dtype)
    re[0, 0] = im[0, 0] = 0
    assert_same(chosen(ops.to_complex, version)(as_xp(re), as_xp(im), xp=xp), re + 1j * im, xp=xp, dtype=dtype)
    assert_same(chosen(ops.magnitude, version)(as_xp(re), as_xp(im), xp=xp), np.hypot(re, im), xp=xp)
    assert_same(chosen(ops.squared_magnitude, version)(as_xp(re), as_xp(im), xp=xp), re**2 + im**2, xp=xp)
    assert_same(chosen(ops.modulus, version)(as_xp(re + 1j * im), xp=xp), np.hypot(re, im), xp=xp)
    assert_same(chosen(ops.modulus, version)(as_xp(re), xp=xp), abs(re), xp=xp)


@pytest.mark.parametrize("size", [1, 1e-25, 1e-36])
def test_directions(xp, as_xp, dtype, version, size):
    """Of numbers whose squares vanish, of faint ones and of 0."""
    whole = noise(0, (3, 4), "complex128")
    re, im = (size * whole.real).astype(dtype), (size * whole.imag).astype(dtype)
    re[0, 0] = im[0, 0] = 0
    z = re.astype("complex128") + 1j * im.astype("float64")
    units = z / np.where(z == 0, 1, abs(z))
    parts = chosen(ops.directions, version)(as_xp(re), as_xp(im), as_xp(abs(z).astype(dtype)), xp=xp)
    for part, expected in zip(parts, (units.real, units.imag), strict=True):
        assert_same(part, expected, xp=xp, dtype=dtype)
    assert_same(chosen(ops.angle, version)(as_xp(re), as_xp(im), xp=xp), np.angle(units), xp=xp, dtype=dtype)
    if size > 1e-36:  # beside which the smallest normal number, added below, is nothing
        assert_same(chosen(ops.units, version)(as_xp(re + 1j * im), xp=xp), units, xp=xp, dtype=dtype)
    b = np.where(re == 0, 1, re).astype(dtype)
    assert_same(chosen(ops.quotient, version)(as_xp(im), as_xp(b), xp=xp), im.astype("float64") / b, xp=xp, dtype=dtype)
    for power in (0.5, 1):
        expected = abs(re).astype("float64") ** power
        assert_same(chosen(ops.raised, version)(as_xp(abs(re)), power, xp=xp), expected, xp=xp, dtype=dtype)


def test_what_is_fixed_has_its_value(xp, as_xp, version):
    values = noise(0, (3, 4))
    assert_same(chosen(ops.fixed, version)(as_xp(values), xp=xp), values, xp=xp)
    assert_same(chosen(ops.held, version)(as_xp(values), as_xp(values > 0), xp=xp), values, xp=xp)


@given(
    batch=st.sampled_from(BATCHES),
    shape=SHAPES,
    n_kernels=st.integers(1, 4),
    extra=st.integers(0, 20),
    dtype=precisions,
    center=st.booleans(),
    pad_mode=st.sampled_from(PAD_MODES),
)
def test_correlate(xp, as_xp, lazily, version, batch, shape, n_kernels, extra, dtype, center, pad_mode):
    length, hop = shape
    x, kernels = noise(0, (*batch, length + extra), dtype), noise(1, (n_kernels, length), dtype)
    padding = length // 2 if center else 0
    padded = oracles.pad(x.astype("float64"), padding, padding, pad_mode)
    expected = oracles.frames(padded, length, hop) @ kernels.T.astype("float64")
    framing = Framing(length, hop, center, pad_mode)
    correlate = lazily(lambda x, kernels: chosen(ops.correlate, version)(x, kernels, framing, xp=xp))
    assert_same(correlate(as_xp(x), as_xp(kernels)), expected, xp=xp, dtype=dtype)


@given(batch=st.sampled_from(BATCHES), n_frames=st.integers(1, 4), waves=st.integers(1, 5), n=st.integers(1, 6), dtype=precisions)
def test_superposed(xp, as_xp, lazily, version, batch, n_frames, waves, n, dtype):
    re, im = noise(0, (2, *batch, n_frames, waves), dtype)
    cosines, sines = noise(1, (2, n, waves), dtype)
    expected = np.einsum("...w,nw->...n", re, cosines, dtype="float64") + np.einsum("...w,nw->...n", im, sines, dtype="float64")
    superposed = lazily(lambda *parts: chosen(ops.superposed, version)(*parts, xp=xp))
    assert_same(superposed(as_xp(re), as_xp(im), as_xp(cosines), as_xp(sines)), expected, xp=xp, dtype=dtype)


@given(batch=st.sampled_from(BATCHES), n_rows=st.integers(1, 5), n_frames=st.integers(1, 7), dtype=precisions, seed=seeds)
def test_bands_of_spectra(xp, as_xp, lazily, version, batch, n_rows, n_frames, dtype, seed):
    """Cut apart and joined, by tables that mean nothing."""
    rng, n = np.random.default_rng(seed), 12
    precision = {"float32": "complex64", "float64": "complex128"}[dtype]
    spectrum, weights = noise(0, (*batch, n), precision), noise(1, (n_rows, n_frames), dtype)
    bins = rng.integers(n, size=n_rows * n_frames)
    signals = np.fft.ifft(spectrum[..., bins].reshape(*batch, n_rows, n_frames).astype("complex128") * weights)
    cut = lazily(lambda *arrays: chosen(ops.band_signals, version)(*arrays, xp=xp))
    assert_same(cut(as_xp(spectrum), as_xp(bins), as_xp(weights)), signals, xp=xp, dtype=dtype)

    spans = [(-3, 2), (4, 4 + n_rows), (0, 11)]
    points, duals = rng.integers(n_rows * n_frames, size=16 + n_rows), noise(2, (16 + n_rows,), dtype)
    values = np.fft.fft(signals).reshape(*batch, n_rows * n_frames)[..., points] * duals
    expected = np.zeros((*batch, n), "complex128")
    for place, j in enumerate(j for first, last in spans for j in range(first, last)):
        expected[..., j % n] += values[..., place]
    join = lazily(lambda *arrays: chosen(ops.band_spectrum, version)(*arrays, spans, n, xp=xp))
    assert_same(join(as_xp(signals, precision), as_xp(points), as_xp(duals)), expected, xp=xp, dtype=dtype)


@given(batch=st.sampled_from(BATCHES), dtype=precisions, seed=seeds)
def test_banded(xp, as_xp, lazily, version, batch, dtype, seed):
    """Rows with a single entry, many and none, in more groups than one, and a full matrix."""
    values, bank = noise(0, (*batch, 3, 20), dtype), noise(seed, (37, 20), dtype)
    bank[np.random.default_rng(seed).random(bank.shape) < 0.8] = 0
    bank[16:32] = 0
    if seed % 3 == 0:
        bank = noise(seed, bank.shape, dtype)  # without zeros
    apply = lazily(lambda values, bank: chosen(ops.banded, version)(values, bank, xp=xp))
    assert_same(apply(as_xp(values), as_xp(bank)), values.astype("float64") @ bank.T.astype("float64"), xp=xp, dtype=dtype)


@pytest.mark.parametrize("batch", BATCHES)
def test_values_at_their_places(xp, as_xp, lazily, version, batch):
    values, expected = noise(0, (*batch, 5)), np.zeros((*batch, 7))
    places = np.broadcast_to([3, 7, 0, 7, 6], values.shape)
    expected[..., [3, 0, 6]] = values[..., [0, 2, 4]]
    place = lazily(lambda values, places: chosen(ops.placed, version)(values, places, 7, xp=xp))
    assert_same(place(as_xp(values), as_xp(places.copy())), expected, xp=xp, rtol=0)


@pytest.mark.parametrize("axis", [-1, -2])
@given(batch=st.sampled_from(BATCHES), size=st.integers(1, 7), dtype=st.sampled_from(["float32", "float64", "complex64"]), seed=seeds)
def test_sums_at_places(xp, as_xp, lazily, version, axis, batch, size, dtype, seed):
    values, rng = noise(seed, (*batch, 5, 6), dtype), np.random.default_rng(seed)
    places = rng.integers(0, size, values.shape)
    shape = list(values.shape)
    shape[axis] = size
    expected = np.zeros(shape, np.result_type(dtype, "float64"))
    for index in np.ndindex(*values.shape):
        there = list(index)
        there[axis] = places[index]
        expected[tuple(there)] += values[index]
    add = lazily(lambda values, places: chosen(ops.sums_at, version)(values, places, size, axis=axis, xp=xp))
    assert_same(add(as_xp(values), as_xp(places)), expected, xp=xp, dtype=dtype)


def test_turned_rows_and_sums_so_far(xp, as_xp, version):
    rows = noise(0, (2, 4, 5))
    for factor in (-1, 2):
        expected = np.stack([np.roll(rows[:, line], factor * line, axis=-1) for line in range(4)], axis=1)
        assert_same(chosen(ops.turned, version)(as_xp(rows), factor, xp=xp), expected, xp=xp, rtol=0)
    assert_same(chosen(ops.running_sum, version)(as_xp(rows), xp=xp), np.cumsum(rows, axis=-1), xp=xp)
    assert_same(chosen(ops.in_rows, version)(as_xp(rows.T), xp=xp), rows.T, xp=xp, rtol=0)


@pytest.mark.parametrize("top_db", [None, 20.0])
def test_levels(xp, as_xp, version, dtype, top_db):
    """What is not finite neither sets the peak of its clip, nor is lifted."""
    S = abs(noise(0, (2, 3, 4), dtype))
    S[0, 1, 2], S[1, 0, 0] = np.nan, np.inf
    expected = 10 * np.log10(np.maximum(S.astype("float64"), 1e-3)) - 5
    if top_db is not None:
        for clip in expected:
            floor = clip[np.isfinite(clip)].max() - top_db
            clip[clip < floor] = floor
    assert_same(chosen(ops.levels, version)(as_xp(S), 1e-3, 5.0, top_db, (-2, -1), xp=xp), expected, xp=xp, dtype=dtype)


def test_phases(xp, as_xp, version, dtype):
    D = noise(0, (2, 5), "complex128") * np.asarray([1, 0, 1e-3, 1, 1])
    expected = np.where(D == 0, 1, D / np.where(D == 0, 1, abs(D)))
    given = as_xp(D.astype("complex64" if dtype == "float32" else "complex128"))
    assert_same(chosen(ops.phases, version)(given, xp.abs(given), xp=xp), expected, xp=xp, dtype=dtype)


@pytest.mark.parametrize("batch", BATCHES)
def test_autocorrelation(xp, as_xp, lazily, version, batch, dtype):
    frames = noise(0, (*batch, 3, 11), dtype)
    longer = np.concatenate([frames, np.zeros((*batch, 3, 6))], axis=-1).astype("float64")
    expected = np.stack([(longer[..., :11] * longer[..., lag : lag + 11]).sum(axis=-1) for lag in range(6)], axis=-1)
    run = lazily(lambda frames: chosen(ops.autocorrelation, version)(frames, 6, xp=xp))
    assert_same(run(as_xp(frames)), expected, xp=xp, dtype=dtype)


@pytest.mark.parametrize("runs", [((0, 5),), ((0, 2), (4, 1)), ((3, 1),)])
@pytest.mark.parametrize("shared", [True, False])
def test_best_path(xp, as_xp, lazily, version, runs, shared):
    """Against a matrix that has the other steps at minus infinity."""
    scores, start, steps = noise(0, (3, 6, 5)), noise(1, (3, 5)), noise(2, (1 if shared else 3, 5, 5))
    diagonals = [first + k for first, count in runs for k in range(count)]
    used = np.isin(np.subtract.outer(np.arange(5), np.arange(5)) % 5, diagonals)
    steps = np.where(used, steps, -np.inf)
    values = [scores[:, 0] + start]
    for t in range(1, 6):
        values.append((values[-1][:, :, None] + steps).max(axis=1) + scores[:, t])
    run = lazily(lambda *arrays: chosen(ops.best_path, version)(*arrays, runs, xp=xp))
    states, worth = run(as_xp(scores), as_xp(start), as_xp(steps))
    assert_same(worth, values[-1].max(axis=-1), xp=xp)
    path, clips = to_numpy(states), np.arange(3)
    total = start[clips, path[:, 0]] + sum(scores[clips, t, path[:, t]] for t in range(6))
    total += sum(np.broadcast_to(steps, (3, 5, 5))[clips, path[:, t], path[:, t + 1]] for t in range(5))
    assert_close(total, values[-1].max(axis=-1))


def test_floors_keep_what_is_no_number(xp, as_xp, dtype, version):
    x = np.array([-1.0, 0.0, 2.0, np.nan, np.inf, -np.inf], dtype)
    assert_same(chosen(ops.at_least, version)(as_xp(x), 0.5, xp=xp), np.array([0.5, 0.5, 2, np.nan, np.inf, 0.5]), xp=xp, dtype=dtype)


def test_steps_are_repeated(xp, as_xp, lazily, dtype, version):
    walk = lambda state, number: (state[0] * number + state[1], state[0])  # noqa: E731
    run = lazily(lambda x: chosen(ops.iterate, version)(walk, (x, 0 * x), [1.0, 2.0, 3.0], xp=xp))
    last, before = run(as_xp([1.0, -2.0], dtype))
    assert_same(before, [3.0, -6.0], xp=xp, dtype=dtype)
    assert_same(last, [10.0, -20.0], xp=xp, dtype=dtype)
    assert_same(chosen(ops.iterate, version)(walk, (as_xp([5.0]), as_xp([0.0])), [], xp=xp)[0], [5.0], xp=xp)


def test_rows_are_gone_through(xp, as_xp, lazily, version):
    """Forward and backward, the outputs beside their rows."""
    rows = noise(0, (4, 2, 3))
    for reverse in (False, True):
        run = lazily(lambda x, y: chosen(ops.scan, version)(lambda s, row: (s + row, s * row), x, y, reverse=reverse, xp=xp))  # noqa: B023
        last, made = run(as_xp(np.ones((2, 3))), as_xp(rows))
        order = rows[::-1] if reverse else rows
        before = 1 + np.concatenate([np.zeros((1, 2, 3)), np.cumsum(order, axis=0)[:-1]])
        assert_same(last, 1 + rows.sum(axis=0), xp=xp)
        assert_same(made, (before * order)[::-1] if reverse else before * order, xp=xp)


def test_conjugate_gradients(xp, as_xp, lazily, dtype):
    """More steps than there are unknowns change nothing; a line that needs none takes none; NaN
    stays in its line.
    """
    root = noise(0, (6, 6))
    matrix = root @ root.T + 6 * np.eye(6)
    targets = noise(1, (4, 6))
    targets[1], targets[2, 0] = 0, np.nan
    steps = lazily(lambda matrix, targets: ops.conjugate_gradients(lambda x: x @ matrix, targets, 40, xp=xp))
    found = to_numpy(steps(as_xp(matrix, dtype), as_xp(targets, dtype)))
    assert_close(found[[0, 3]], np.linalg.solve(matrix, targets[[0, 3]].T).T.astype(dtype))
    assert (found[1] == 0).all()
    assert np.isnan(found[2]).all()


def test_phases_are_the_same_everywhere(xp, as_xp, dtype, version):
    like = as_xp(np.zeros(1), dtype)
    expected = np.exp(2j * np.pi * np.random.default_rng(7).random((2, 3)))
    assert_same(chosen(ops.unit_phases, version)(7, (2, 3), like=like, xp=xp), expected, xp=xp, dtype=dtype)


def test_constants_are_kept_unless_they_cannot_be_named(xp, device):
    built = []

    def build(values):
        built.append(values)
        return np.asarray(values, dtype="float64")

    for values in ((1, 2), (1, 2), (3, 4)):
        constant = ops.constant(build, values=values, xp=xp, dtype=xp.float32, device=device)
        assert_same(constant, values, xp=xp, dtype="float32")
    assert built == [(1, 2), (3, 4)]
    for _ in range(2):
        ops.constant(build, values=[5, 6], xp=xp, dtype=xp.float32, device=device)
    assert built == [(1, 2), (3, 4), [5, 6], [5, 6]]


# --- hot loops ------------------------------------------------------------------------------------


@st.composite
def framed(draw):
    n_fft, hop = draw(SHAPES)
    center = draw(st.booleans())
    return Framing(n_fft, hop, center, draw(st.sampled_from(PAD_MODES)))


def spectrogram(spectrum, power, bank):
    values = spectrum if power is None else abs(spectrum) ** power
    return values if bank is None else values @ bank.T


@given(
    framing=framed(),
    batch=st.sampled_from(BATCHES),
    extra=st.integers(0, 50),
    power=st.sampled_from([None, 1, 2, 1.5]),
    banked=st.booleans(),
    dtype=precisions,
)
def test_spectra(xp, as_xp, lazily, version, framing, batch, extra, power, banked, dtype):
    n_fft = framing.n_fft
    x, window = noise(0, (*batch, 1 + extra if framing.center else n_fft + extra), dtype), noise(1, (n_fft,), dtype)
    bank = noise(2, (20, framing.n_freqs), dtype) if banked and power else None
    y = oracles.pad(x.astype("float64"), framing.padding, framing.padding, framing.pad_mode)
    expected = spectrogram(np.fft.rfft(oracles.frames(y, n_fft, framing.hop_length) * window), power, bank)
    given = None if bank is None else as_xp(bank)
    analyze = lazily(lambda x, window, bank: chosen(ops.spectra, version)(x, window, framing, power=power, bank=bank, xp=xp))
    assert_same(analyze(as_xp(x), as_xp(window), given), expected, xp=xp, dtype=dtype)


@given(framing=framed(), batch=st.sampled_from(BATCHES), extra=st.integers(0, 50), dtype=precisions)
def test_blockwise(xp, as_xp, lazily, version, framing, batch, extra, dtype):
    x = noise(0, (*batch, 1 + extra if framing.center else framing.n_fft + extra), dtype)
    weights = noise(1, (framing.n_fft,), dtype)
    y = oracles.pad(x.astype("float64"), framing.padding, framing.padding, framing.pad_mode)
    run = lazily(lambda x, w: chosen(ops.blockwise, version)(x, framing, lambda frames, w, *, xp: (frames * w)[..., :1], w, xp=xp))
    expected = (oracles.frames(y, framing.n_fft, framing.hop_length) * weights)[..., :1]
    assert_same(run(as_xp(x), as_xp(weights)), expected, xp=xp, dtype=dtype)


@pytest.mark.parametrize("axis", [-1, -2])
@given(batch=st.sampled_from(BATCHES), n=st.sampled_from([1, 5, 3000]), dtype=precisions)
def test_columnwise(xp, as_xp, lazily, version, axis, batch, n, dtype):
    """Columns are made in blocks; what is 1 long is the same for all."""
    shape = (*batch, 40, n) if axis == -1 else (*batch, n, 40)
    values, unit = noise(0, shape, dtype), noise(1, (*batch, 1, 1), dtype)

    def then(values, unit, *, xp):
        return xp.sum(values * unit, axis=-3 - axis, keepdims=True)

    run = lazily(lambda *arrays: chosen(ops.columnwise, version)(then, *arrays, axis=axis, xp=xp))
    expected = (values.astype("float64") * unit).sum(axis=-3 - axis, keepdims=True)
    assert_same(run(as_xp(values), as_xp(unit)), expected, xp=xp, dtype=dtype)


@given(framing=framed(), batch=st.sampled_from(BATCHES), extra=st.integers(0, 50), dtype=precisions)
def test_framewise(xp, as_xp, lazily, version, framing, batch, extra, dtype):
    def then(magnitudes, weights, *, xp):
        return magnitudes * weights, xp.sum(magnitudes, axis=-1, keepdims=True)

    n_fft = framing.n_fft
    x, window = noise(0, (*batch, 1 + extra if framing.center else n_fft + extra), dtype), noise(1, (n_fft,), dtype)
    weights = noise(2, (framing.n_freqs,), dtype)
    y = oracles.pad(x.astype("float64"), framing.padding, framing.padding, framing.pad_mode)
    magnitudes = abs(np.fft.rfft(oracles.frames(y, n_fft, framing.hop_length) * window))
    run = lazily(lambda x, window, weights: chosen(ops.framewise, version)(x, window, framing, then, weights, xp=xp))
    products, sums = run(as_xp(x), as_xp(window), as_xp(weights))
    assert_same(products, magnitudes * weights, xp=xp, dtype=dtype)
    assert_same(sums, magnitudes.sum(axis=-1, keepdims=True), xp=xp, dtype=dtype)


@given(framing=framed(), batch=st.sampled_from(BATCHES), n_frames=st.integers(1, 9), length=st.integers(1, 90), dtype=precisions)
def test_synthesis(xp, as_xp, lazily, version, framing, batch, n_frames, length, dtype):
    spectrum = noise(0, (*batch, n_frames, framing.n_freqs), {"float32": "complex64", "float64": "complex128"}[dtype])
    window = 1 + abs(noise(1, (framing.n_fft,), dtype))
    total = np.zeros((*batch, framing.span(n_frames)))
    for t in range(n_frames):
        start = t * framing.hop_length
        total[..., start : start + framing.n_fft] += np.fft.irfft(spectrum[..., t, :].astype("complex128"), n=framing.n_fft) * window
    weight = oracles.window_sum(window.astype("float64"), n_frames, framing.hop_length)
    total = (total / np.where(weight > 0, weight, 1))[..., framing.padding : framing.padding + length]
    expected = np.concatenate([total, np.zeros((*batch, length - total.shape[-1]))], axis=-1)
    synthesize = lazily(lambda spectrum, window: chosen(ops.synthesis, version)(spectrum, window, framing, length, xp=xp))
    assert_same(synthesize(as_xp(spectrum), as_xp(window)), expected, xp=xp, dtype=dtype)


@pytest.mark.parametrize("options", list(itertools.product([None, 1, 2], [False, True])), ids=str)
@pytest.mark.parametrize("n_fft", [256, 1000])
def test_blocks_join_without_a_seam(xp, as_xp, n_fft, options):
    """A signal of several blocks: native and portable versions meet at every frame, the first and
    last ones included.
    """
    power, banked = options
    if banked and power is None:
        pytest.skip("complex spectrograms go through no bank")
    hop = n_fft // 16
    framing = Framing(n_fft, hop, True, "reflect")
    x, window = noise(0, (80000,), "float32"), np.hanning(n_fft).astype("float32")
    bank = abs(noise(2, (20, framing.n_freqs), "float32")) if banked else None
    given = None if bank is None else as_xp(bank)
    here = ops.spectra(as_xp(x), as_xp(window), framing, power=power, bank=given, xp=xp)
    frames = oracles.frames(np.pad(x, n_fft // 2, mode="reflect").astype("float64"), n_fft, hop) * window
    assert here.shape[0] > 1024  # which no block exceeds
    assert_same(here, spectrogram(np.fft.rfft(frames), power, bank), xp=xp, dtype="float32", rtol=2e-5)


def test_results_go_where_they_are_wanted(backend, xp, as_xp, device, version):
    if backend is Backend.JAX:
        pytest.skip("JAX's arrays cannot be written to")
    framing, x, window = Framing(16, 4), as_xp(noise(0, (2, 50))), as_xp(np.hanning(16))
    for power, dtype in ((None, xp.complex128), (2, xp.float64), (1.5, xp.float64)):
        expected = ops.spectra(x, window, framing, power=power, xp=xp)
        out = xp.zeros(expected.shape, dtype=dtype, device=device)
        assert chosen(ops.spectra, version)(x, window, framing, power=power, out=out, xp=xp) is out
        assert_same(out, to_numpy(expected), xp=xp)
    spectrum = ops.spectra(x, window, framing, xp=xp)
    out = xp.ones((2, 60), dtype=xp.float64, device=device)
    assert chosen(ops.synthesis, version)(spectrum, window, framing, 60, out=out, xp=xp) is out
    assert_same(out, to_numpy(ops.synthesis(spectrum, window, framing, 60, xp=xp)), xp=xp)


OPERATIONS = {name: value for name, value in vars(ops).items() if hasattr(value, "portable")}


def test_native_operations_are_called_like_the_portable_ones(backend, xp):
    """Those that a library has are registered once one of its arrays was met."""
    ops.require_finite(xp.ones(1), "x", xp=xp)
    native = {name: operation.native[xp.__name__] for name, operation in OPERATIONS.items() if xp.__name__ in operation.native}
    assert bool(native) == (backend.library in ("numpy", "torch", "jax", "cupy"))
    for name, version in native.items():
        ours, theirs = (list(inspect.signature(function).parameters) for function in (OPERATIONS[name].portable, version))
        assert ours == theirs, f"{name}({', '.join(theirs)}) is not {name}({', '.join(ours)})"


@pytest.mark.once
@pytest.mark.parametrize("package", backends.NAMESPACES)
def test_native_operations_are_found_in_the_file_of_their_topic(package):
    """A misspelt one fails when its module is imported; one in a module that no topic is named
    after would never be.
    """
    folder = Path(backends.__file__).parent / package
    for path in folder.glob("*.py"):
        names = re.findall(r"^@native\(ops\.(\w+)\)", path.read_text(encoding="utf-8"), flags=re.MULTILINE)
        for name in names:
            assert OPERATIONS[name].portable.__module__ == f"nnaudio_xp.ops.{path.stem}"


@pytest.mark.once
def test_what_names_no_operation_cannot_be_registered():
    native = native_in("a library")
    with pytest.raises(AttributeError):
        native(ops.spektra)
    with pytest.raises(AttributeError):
        native(ops.window_sum)(ops.window_sum)


# --- filters --------------------------------------------------------------------------------------


@given(batch=st.sampled_from(BATCHES), n=st.integers(1, 9), size=st.integers(1, 12), axis=st.sampled_from([-1, -2]))
def test_maximum_filter(xp, as_xp, lazily, batch, n, size, axis):
    x = noise(n, (*batch, n, 3) if axis == -2 else (*batch, 3, n))
    rows = np.moveaxis(x, axis, -1)
    expected = np.stack([rows[..., max(0, t - size // 2) : t - size // 2 + size].max(axis=-1, initial=-9) for t in range(n)], axis=-1)
    larger = lazily(lambda x: ops.maximum_filter(x, size, axis=axis, xp=xp))
    assert_same(larger(as_xp(x)), np.moveaxis(expected, -1, axis), xp=xp, rtol=0, atol=0)


@pytest.mark.parametrize("coef", [0.0, 0.9, -1.0, "number", "rows"])
@given(batch=st.sampled_from(BATCHES), n=st.sampled_from([1, 2, 64, 65, 150]), dtype=precisions)
def test_leaky_sum(xp, as_xp, lazily, version, coef, batch, n, dtype):
    """With a coefficient that is the same for all rows, or an array's: one, or one for each row."""
    x = noise(n, (*batch, 3, n), dtype)
    coefs = {"number": np.array(0.7), "rows": np.array([[-0.3], [0.95], [0.0]])}.get(coef, coef)
    expected, last = np.zeros_like(x, dtype="float64"), np.zeros((*batch, 3, 1))
    for t in range(n):
        last = x[..., t : t + 1] + coefs * last
        expected[..., t : t + 1] = last
    given = coefs if isinstance(coefs, float) else as_xp(coefs.astype(dtype))
    added = lazily(lambda x: chosen(ops.leaky_sum, version)(x, given, xp=xp))
    assert_same(added(as_xp(x)), expected, xp=xp, dtype=dtype)


SECTIONS = {
    "lowpass": ((0.2, 0.3, 0.2, 1.0, -0.5, 0.1),),
    "two": ((0.1, 0.05, -0.1, 1.0, -1.6, 0.8), (0.5, 0.0, -0.5, 1.0, -0.2, 0.6)),
    "of the first order": ((0.3, 0.2, 0.0, 1.0, -0.4, 0.0),),
}


@pytest.mark.parametrize("name", SECTIONS)
@given(batch=st.sampled_from(BATCHES), n=st.sampled_from([16, 100, 700]), dtype=precisions)
def test_zero_phase(xp, as_xp, lazily, version, name, batch, n, dtype):
    sections, x = SECTIONS[name], noise(n, (*batch, n), dtype)
    filtered = lazily(lambda x: chosen(ops.zero_phase, version)(x, sections, xp=xp))(as_xp(x))
    expected = oracles.zero_phase(x, sections) if x.size else x
    assert_same(filtered, expected, xp=xp, dtype=dtype)


@pytest.mark.parametrize("order", [2, 3, 4])
@given(batch=st.sampled_from(BATCHES), n=st.integers(6, 12), dtype=precisions)
def test_spline(xp, as_xp, lazily, version, order, batch, n, dtype):
    x, times = noise(n, (*batch, n), dtype), np.linspace(0, n - 1, 17)
    columns = np.moveaxis(x.astype("float64"), -1, 0)
    expected = make_interp_spline(np.arange(n), columns, k=order)(times) if x.size else np.empty((17, *batch))
    between = lazily(lambda x: chosen(ops.spline, version)(x, lambda: times, order, xp=xp))
    assert_same(between(as_xp(x)), np.moveaxis(expected, 0, -1), xp=xp, dtype=dtype)
