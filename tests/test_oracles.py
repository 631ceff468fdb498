"""The oracles themselves, against NumPy and SciPy: they judge all else."""

import numpy as np
import oracles
import pytest
import scipy.fft
import scipy.signal
from assertions import assert_close
from hypothesis import given
from hypothesis import strategies as st

pytestmark = pytest.mark.once
RNG = np.random.default_rng(0)


@given(
    mode=st.sampled_from(["constant", "edge", "reflect", "symmetric", "linear_ramp"]),
    n=st.integers(1, 12),
    before=st.integers(0, 40),
    after=st.integers(0, 40),
)
def test_padding_is_numpys(mode, n, before, after):
    x = RNG.standard_normal((2, n))
    assert_close(oracles.pad(x, before, after, mode), np.pad(x, ((0, 0), (before, after)), mode=mode))


@given(n_fft=st.integers(1, 20), hop_length=st.integers(1, 25), win_length=st.integers(1, 20))
def test_fourier_sums_are_numpys_transform(n_fft, hop_length, win_length):
    y = RNG.standard_normal((2, 60))
    win_length = min(win_length, n_fft)
    spectrum = oracles.stft(y, n_fft=n_fft, hop_length=hop_length, win_length=win_length, center=False)
    windowed = oracles.frames(y, n_fft, hop_length) * oracles.window_samples("hann", win_length, n_fft)
    assert_close(spectrum, np.swapaxes(np.fft.rfft(windowed), -1, -2))
    assert_close(oracles.inverse_dft(np.swapaxes(spectrum, -1, -2), n_fft), windowed)


def test_the_inverse_is_an_inverse():
    y = RNG.standard_normal(100)
    for n_fft, hop_length in ((16, 4), (15, 5)):
        spectrum = oracles.stft(y, n_fft=n_fft, hop_length=hop_length)
        assert_close(oracles.istft(spectrum, n_fft=n_fft, hop_length=hop_length, length=100), y)


def test_consistent_phases_stay_where_they_are():
    y = RNG.standard_normal(64)
    spectrum = oracles.stft(y, n_fft=16)
    again = oracles.griffinlim(abs(spectrum), spectrum / abs(spectrum), n_iter=2, momentum=0.5)
    assert_close(again, y)


@pytest.mark.parametrize("norm", [None, "backward", "ortho", "forward"])
@pytest.mark.parametrize("dct_type", [1, 2, 3, 4])
def test_cosine_sums_are_scipys(dct_type, norm):
    x = RNG.standard_normal((2, 7, 3))
    assert_close(oracles.dct(x, dct_type=dct_type, norm=norm), scipy.fft.dct(x, type=dct_type, norm=norm, axis=-2))


@pytest.mark.parametrize("norm", [0, 0.5, 1, 2, 3, np.inf, -np.inf])
def test_norms_are_numpys(norm):
    x = RNG.standard_normal(9)
    assert_close(np.asarray(oracles.vector_norm(x, norm), dtype=float), np.linalg.norm(x, ord=norm))
