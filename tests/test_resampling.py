"""Changes of rate by powers of two: soxr's and SciPy's numbers, and the filters behind them."""

import math

import numpy as np
import oracles
import pytest
from assertions import assert_close, assert_same
from examples import noise
from hypothesis import given
from hypothesis import strategies as st
from libraries import Backend, to_numpy

from nnaudio_xp.errors import ParameterError
from nnaudio_xp.kernels import resampling as kernels
from nnaudio_xp.transforms.resampling import resampled

RATES = [*[(1, factor) for factor in (2, 4, 8, 16, 32, 256)], *[(factor, 1) for factor in (2, 4, 8, 16, 32, 64)]]


@given(
    batch=st.sampled_from([(), (2,), (2, 0)]),
    n=st.integers(1, 130),
    rates=st.sampled_from([(1, 2), (1, 8), (2, 1), (4, 1)]),
    dtype=st.sampled_from(["float32", "float64"]),
)
def test_definition(xp, as_xp, lazily, batch, n, rates, dtype):
    """One step: the sum over the filter's taps."""
    x = noise(0, (*batch, n), dtype)
    up, down = rates
    taps = kernels.taps(kernels.steps("polyphase", up, down)[0])
    result = lazily(lambda x: resampled(x, up, down, res_type="polyphase", xp=xp))(as_xp(x))
    assert_same(result, oracles.resampled(x.astype("float64"), up, down, taps), xp=xp, dtype=dtype)


@pytest.mark.once
@pytest.mark.parametrize("res_type", kernels.RES_TYPES)
@pytest.mark.parametrize(("up", "down"), RATES)
@pytest.mark.parametrize("n", [1, 2, 31, 1000, 3001])
def test_like_librosa(librosa, res_type, up, down, n):
    """Every quality, the first and last samples included. soxr computes all but the best in single
    precision.
    """
    x = noise(n, (n,))
    expected = librosa.resample(x, orig_sr=down, target_sr=up, res_type=res_type, fix=up == 1)
    rounding = {"soxr_hq": 5e-7, "soxr_lq": 2e-6, "soxr_mq": 1e-6, "soxr_vhq": 1e-8, "polyphase": 1e-14}[res_type]
    assert_close(resampled(x, up, down, res_type=res_type, xp=Backend.NUMPY.xp), expected, rtol=0, atol=rounding * abs(x).max())


@pytest.mark.once
@pytest.mark.parametrize("res_type", kernels.QUALITIES)
@pytest.mark.parametrize(("up", "down"), RATES)
def test_tones_pass_up_to_the_edge_and_no_further(res_type, up, down):
    passband = kernels.QUALITIES[res_type].passband
    floor = {"soxr_lq": 1e-5, "soxr_mq": 1e-5, "soxr_hq": 1e-6, "soxr_vhq": 1e-8}[res_type]
    for turns, level in ((0.99 * passband / (2 * down), 1), (0.501 / down, 0)):  # per sample; the second is an alias, or none
        if up > 1 and not level:
            continue
        x = np.cos(2 * math.pi * turns * np.arange(1200 * down))
        y = resampled(x, up, down, res_type=res_type, xp=Backend.NUMPY.xp)
        inside = slice(300 * up, 900 * up)
        ideal = level * np.cos(2 * math.pi * turns * down / up * np.arange(len(y)))
        assert_close(y[inside], ideal[inside], rtol=0, atol=floor)


def test_every_library_agrees(xp, as_xp, lazily, dtype):
    x = noise(1, (2, 700), dtype)
    for up, down in [(1, 2), (1, 8), (4, 1), (16, 1)]:
        here = resampled(x, up, down, res_type="soxr_hq", xp=Backend.NUMPY.xp)
        there = lazily(lambda x, up=up, down=down: resampled(x, up, down, res_type="soxr_hq", xp=xp))(as_xp(x))
        assert_same(there, here, xp=xp, dtype=dtype, rtol=64 * np.finfo(dtype).eps)


def test_the_same_rate_changes_nothing(xp, as_xp):
    x = noise(1, (3, 10))
    assert np.array_equal(to_numpy(resampled(as_xp(x), 1, 1, res_type="soxr_hq", xp=xp)), x)


@pytest.mark.once
def test_unknown_filters():
    with pytest.raises(ParameterError, match="res_type='fft' must be one of 'soxr_hq', 'soxr_lq', 'soxr_mq', 'soxr_vhq', 'polyphase'"):
        resampled(np.zeros(4), 1, 2, res_type="fft", xp=Backend.NUMPY.xp)
