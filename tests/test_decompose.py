"""Medians and masks, factors and neighbours against their definitions."""

import numpy as np
import pytest
from assertions import assert_close, assert_same
from examples import noise
from libraries import to_numpy

import nnaudio_xp as nax


def medians(S, size, axis):
    """Of each number's neighbours, one by one; ends are mirrored."""
    rows = np.moveaxis(S, axis, -1)
    padded = np.pad(rows, [(0, 0)] * (S.ndim - 1) + [(size // 2, size - 1 - size // 2)], mode="symmetric")
    found = [np.sort(padded[..., t : t + size], axis=-1)[..., size // 2] for t in range(rows.shape[-1])]
    return np.moveaxis(np.stack(found, axis=-1), -1, axis)


def separated(S, sizes, power, margins):
    """The masks of both parts, from powers as they are."""
    smooth = [medians(abs(S), size, axis) for size, axis in zip(sizes, (-1, -2), strict=True)]
    masks = []
    for own, other, margin in zip(smooth, smooth[::-1], margins, strict=True):
        with np.errstate(invalid="ignore"):
            mask = own > margin * other if power == np.inf else own**power / (own**power + (margin * other) ** power)
        masks.append(np.where((own == 0) & (other == 0), 0.5 * (margins == (1, 1)) * (power < np.inf), mask))
    return masks


@pytest.mark.parametrize("power", [0.5, 1, 2, 3.5, np.inf])
@pytest.mark.parametrize(("kernel_size", "margin"), [(5, 1.0), ((4, 7), 2.0), ([9, 2], (1.0, 3.0))])
def test_parts_of_a_spectrogram(xp, as_xp, dtype, power, kernel_size, margin):
    S = noise(0, (2, 9, 12), {"float32": "complex64", "float64": "complex128"}[dtype])
    S[1, :, :] = 0
    sizes, margins = (value if np.ndim(value) else (value, value) for value in (kernel_size, margin))
    expected = separated(S.astype("complex128"), sizes, power, tuple(margins))
    options = {"kernel_size": kernel_size, "power": power, "margin": margin}
    for part, mask in zip(nax.decompose.hpss(as_xp(S), **options), expected, strict=True):
        assert_same(part, S * mask, xp=xp, dtype=S.dtype.name, rtol=1e-5 if dtype == "float32" else 1e-12)
    for part, mask in zip(nax.decompose.hpss(as_xp(abs(S)), mask=True, **options), expected, strict=True):
        assert part.dtype == (xp.bool if power == np.inf else as_xp(abs(S)).dtype)
        assert_close(to_numpy(part).astype(float), mask.astype(float), rtol=1e-5 if dtype == "float32" else 1e-12)


@pytest.mark.once
@pytest.mark.parametrize("amplitude", [1e-30, 1e25])
def test_masks_do_not_depend_on_the_unit(amplitude):
    S = abs(noise(0, (9, 12), "float32"))
    for mask, expected in zip(*(nax.decompose.hpss(S * scale, power=3, mask=True) for scale in (np.float32(amplitude), 1)), strict=True):
        assert_close(mask, expected, rtol=1e-5)


@pytest.mark.once
def test_lines_and_clicks_are_parted():
    S = 0.01 * np.ones((64, 60))
    S[20, :], S[:, 30] = 1, 1
    harmonic, percussive = nax.decompose.hpss(S)
    assert harmonic[20, :25].min() > 0.99
    assert percussive[:15, 30].min() > 0.99
    assert max(harmonic[:15, 30].max(), percussive[20, :25].max()) < 0.01


@pytest.mark.once
def test_hpss_as_librosa_does(librosa):
    S = noise(0, (65, 40), "complex128")
    for ours, theirs in zip(nax.decompose.hpss(S, margin=2.0), librosa.decompose.hpss(S, margin=2.0), strict=True):
        assert_close(ours, theirs, rtol=1e-12, atol=1e-14)


# --- factors --------------------------------------------------------------------------------------


def factors(m, n, rank, batch=()):
    rng = np.random.default_rng(0)
    return rng.random((*batch, m, rank)), rng.random((rank, n))


@pytest.mark.parametrize("init", [None, "random"])
@pytest.mark.parametrize("batch", [(), (2, 3)])
def test_factors_of_a_product_are_found(xp, as_xp, dtype, init, batch):
    W, H = factors(7, 20, 3, batch)
    S = (W @ H).astype(dtype)
    components, activations = nax.decompose.decompose(as_xp(S), n_components=3, init=init, max_iter=200)
    assert components.shape == W.shape
    assert activations.shape == H.shape
    for part in (components, activations):
        assert part.dtype == as_xp(S).dtype
        assert to_numpy(part).min() >= 0
    error = np.linalg.norm(to_numpy(components) @ to_numpy(activations) - S)
    assert error < 0.02 * np.linalg.norm(S)


@pytest.mark.once
def test_the_error_is_about_that_of_scikit_learn():
    decomposition = pytest.importorskip("sklearn.decomposition")
    S = nax.spectrogram(noise(0, (20000,)), power=1, n_fft=512)
    theirs = decomposition.NMF(n_components=8, random_state=0).fit(S.T).reconstruction_err_
    components, activations = nax.decompose.decompose(S, n_components=8)
    assert np.linalg.norm(S - components @ activations) < 1.01 * theirs


@pytest.mark.once
def test_each_iteration_brings_factors_nearer():
    S = abs(noise(0, (12, 30)))
    errors = []
    for steps in (1, 5, 50):
        components, activations = nax.decompose.decompose(S, n_components=4, max_iter=steps)
        errors.append(np.linalg.norm(S - components @ activations))
    assert errors == sorted(errors, reverse=True)
    assert errors[0] > errors[2]


@pytest.mark.once
def test_sorted_by_peaks():
    W = np.zeros((9, 3))
    W[[7, 2, 5], [0, 1, 2]] = 1
    components, activations = nax.decompose.decompose(W @ factors(9, 30, 3)[1], n_components=3, sort=True)
    assert np.argmax(components, axis=0).tolist() == [2, 5, 7]
    assert_close(components @ activations, W @ factors(9, 30, 3)[1], atol=1e-3)


@pytest.mark.once
def test_seeds():
    S = abs(noise(0, (12, 30)))
    same, again, other = (nax.decompose.decompose(S, n_components=4, init="random", max_iter=2, random_state=seed)[0] for seed in (1, 1, 2))
    assert np.array_equal(same, again)
    assert not np.array_equal(same, other)


class Halves:
    """A transformer of the simplest kind."""

    def fit(self, rows):
        self.components_ = rows[:2]
        return self

    def transform(self, rows):
        return rows @ np.linalg.pinv(self.components_)

    def fit_transform(self, rows):
        return self.fit(rows).transform(rows)


@pytest.mark.once
def test_a_transformer_of_the_callers():
    S, transformer = noise(0, (2, 5, 30)), Halves()
    components, activations = nax.decompose.decompose(S, transformer=transformer)
    assert_close(components, S[..., :2])
    assert activations.shape == (2, 30)
    again = nax.decompose.decompose(S, transformer=transformer, fit=False)
    assert_close(again[1], activations)


@pytest.mark.once
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fit": False}, "fit=False needs a transformer"),
        ({"n_components": 0}, "n_components=0 must be a positive integer"),
        ({"max_iter": 0}, "max_iter=0 must be a positive integer"),
        ({"init": "zeros"}, "init='zeros' must be one of"),
        ({"solver": "mu"}, "solver: the factorization takes init, max_iter and random_state"),
        ({"random_state": "seed"}, "rng='seed' must be an integer"),
    ],
)
def test_bad_arguments_of_factorizations(options, message):
    with pytest.raises(nax.ParameterError, match=message):
        nax.decompose.decompose(abs(noise(0, (5, 9))), **options)


@pytest.mark.once
def test_bad_matrices():
    with pytest.raises(nax.ParameterError, match="S must not be negative anywhere, where it is real"):
        nax.decompose.hpss(-np.ones((5, 9)))
    for S, message in ((-np.ones((5, 9)), "S must not be negative"), (np.full((5, 9), np.nan), "S is not finite everywhere")):
        with pytest.raises(nax.ParameterError, match=message):
            nax.decompose.decompose(S)
    with pytest.raises(nax.ParameterError, match="sort=True is only possible without leading axes"):
        nax.decompose.decompose(np.ones((2, 5, 9)), sort=True)


# --- neighbours -----------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize("axis", [-1, 0])
@pytest.mark.parametrize("aggregate", [None, np.mean, np.average, np.median, np.max])
@pytest.mark.parametrize("sparse", [False, True])
def test_neighbours_are_aggregated(axis, aggregate, sparse):
    S = noise(0, (6, 2, 6), "float32")
    rec = np.where(np.random.default_rng(0).random((6, 6)) < 0.4, np.random.default_rng(1).random((6, 6)), 0)
    rec[:, 2] = 0
    expected = S.copy()
    for t in range(6):
        near = np.flatnonzero(rec[:, t])
        those = np.take(S, near, axis=axis)
        weights = {"weights": rec[near, t]} if aggregate is np.average else {}
        if near.size:
            np.moveaxis(expected, axis, 0)[t] = (aggregate or np.mean)(those, axis=axis, **weights)
    given = pytest.importorskip("scipy.sparse").csr_array(rec) if sparse else rec
    found = nax.decompose.nn_filter(S, rec=given, aggregate=aggregate, axis=axis)
    assert found.dtype == S.dtype
    assert_close(found, expected, rtol=1e-5)


@pytest.mark.once
def test_neighbours_are_those_of_the_recurrence_matrix(librosa):
    S = noise(0, (4, 60))
    rec = nax.segment.recurrence_matrix(S, k=5, sparse=True)
    assert_close(nax.decompose.nn_filter(S, k=5), nax.decompose.nn_filter(S, rec=rec))
    for aggregate in (np.average, np.median):
        expected = librosa.decompose.nn_filter(S, rec=rec, aggregate=aggregate)
        assert_close(nax.decompose.nn_filter(S, rec=rec, aggregate=aggregate), expected, rtol=1e-10)


@pytest.mark.once
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"rec": np.ones((5, 9))}, r"rec has shape \(5, 9\): it must be \(9, 9\)"),
        ({"rec": np.ones((9, 9)), "axis": 0}, r"rec has shape \(9, 9\): it must be \(5, 5\)"),
        ({"rec": np.ones((9, 9)), "axis": 2}, "axis=2 must be an integer from -2 to 1 for S"),
        ({"rec": np.ones((9, 9)), "aggregate": "mean"}, "aggregate='mean' must be a function"),
    ],
)
def test_bad_neighbours(options, message):
    with pytest.raises(nax.ParameterError, match=message):
        nax.decompose.nn_filter(np.ones((5, 9)), **options)


@pytest.mark.once
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"margin": 0.5}, "margin=0.5 must be a finite number of at least 1"),
        ({"margin": (1, 2, 3)}, r"margin=\(1, 2, 3\) must be one number, or two"),
        ({"kernel_size": 0}, "kernel_size=0 must be a positive integer"),
        ({"kernel_size": (3, 2.5)}, "kernel_size=2.5 must be a positive integer"),
        ({"power": 0}, "power=0 must be a finite positive number"),
    ],
)
def test_bad_arguments_of_hpss(options, message):
    for hpss, signal in ((nax.decompose.hpss, np.ones((5, 9))), (nax.effects.hpss, np.ones(3000))):
        with pytest.raises(nax.ParameterError, match=message):
            hpss(signal, **options)
