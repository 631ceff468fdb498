"""The scale transform: against the definition with SciPy's interpolation, scale, and librosa."""

import numpy as np
import pytest
import scipy.interpolate
from assertions import assert_close, assert_same
from examples import noise

import nnaudio_xp as nax

KINDS = ["cubic", "linear", "quadratic", "nearest", "nearest-up", "previous", "next", "zero", "slinear", 5]


def defined(y, t_min=0.5, n_fmt=None, kind="cubic", beta=0.5, over_sample=1):
    """Times by a loop; the values between samples are SciPy's."""
    n = y.shape[-1]
    factor = (n - 1) / (n - 2) if n_fmt is None else ((n_fmt - 1) / (n_fmt - 2)) ** (1 / over_sample)
    if n_fmt is None:
        n_fmt = int(np.ceil(over_sample * np.log((n - 1) / t_min) / np.log(factor)))
    count = n_fmt + int(np.ceil(over_sample))
    times = np.array([n * (n / t_min) ** (k / count - 1) for k in range(n_fmt)])
    times = np.clip(times, t_min, n - 1)
    values = scipy.interpolate.interp1d(np.arange(n), y, kind=kind)(times)
    return np.fft.rfft(values * (times / n) ** beta * np.sqrt(n) / n_fmt)


@pytest.mark.parametrize("kind", KINDS)
def test_definition(xp, as_xp, lazily, kind):
    y, options = noise(0, (2, 40)), {"t_min": 0.6, "kind": kind}
    transform = lazily(lambda y: nax.fmt(y, **options))
    assert_same(transform(as_xp(y)), defined(y, **options), xp=xp, rtol=1e-10)


@pytest.mark.parametrize("options", [{"n_fmt": 64}, {"n_fmt": 31, "beta": 0, "t_min": 3}, {"over_sample": 2.5, "beta": 1}], ids=str)
def test_how_many_times(xp, as_xp, options):
    y = noise(0, (3, 40))
    assert_same(nax.fmt(as_xp(y), **options), defined(y, **options), xp=xp, rtol=1e-10)


def test_axes_and_precision(xp, as_xp, dtype):
    y = noise(0, (2, 30, 3), dtype)
    expected = nax.fmt(np.moveaxis(y, 1, -1).astype("float64"))
    assert_same(nax.fmt(as_xp(y), axis=1), np.moveaxis(expected, -1, 1), xp=xp, dtype=dtype, rtol=1e-4 if dtype == "float32" else 1e-11)


@pytest.mark.once
def test_scale_changes_no_magnitudes():
    def bump(n):
        return np.exp(-(((np.arange(n) - 0.3 * n) / (0.06 * n)) ** 2)) / np.sqrt(n)

    short, long = (abs(nax.fmt(bump(n), t_min=n / 300, n_fmt=1000)) for n in (300, 600))
    assert_close(long, short, rtol=0, atol=0.01 * short.max())


@pytest.mark.once
@pytest.mark.parametrize(
    ("n", "options", "message"),
    [
        (2, {}, "y has 2 samples along axis -1: at least 3 are needed"),
        (9, {"t_min": 0}, "t_min=0 must be a finite positive number"),
        (9, {"t_min": 9}, "t_min=9 must be below the last of 9 samples"),
        (9, {"n_fmt": 2}, "n_fmt=2 must be an integer of at least 3"),
        (9, {"over_sample": 0.5}, "over_sample=0.5 must be at least 1"),
        (9, {"kind": "septic"}, "kind='septic' must be one of"),
        (3, {}, "kind='cubic' needs at least 4 samples: y has 3"),
        (9, {"t_min": 7.9999999, "n_fmt": 300, "kind": "linear"}, "300 times from t_min=7.9999999 on: some of 9 samples are the same"),
        (9, {"axis": 1}, "axis=1 must be an integer from -1 to 0"),
    ],
)
def test_bad_arguments(n, options, message):
    with pytest.raises(nax.ParameterError, match=message):
        nax.fmt(np.ones(n), **options)


@pytest.mark.once
@pytest.mark.parametrize("kind", KINDS)
def test_like_librosa(librosa, kind):
    y = noise(0, (2, 50))
    for options in ({}, {"n_fmt": 100, "over_sample": 2}, {"t_min": 1.3, "beta": 1.0}):
        assert_close(nax.fmt(y, kind=kind, **options), librosa.fmt(y, kind=kind, **options), rtol=1e-9)
