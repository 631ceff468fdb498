"""Mel filter banks and window sums: against the definition, against librosa, in every library."""

import numpy as np
import oracles
import pytest
from assertions import assert_close, assert_same
from hypothesis import assume, given
from hypothesis import strategies as st
from libraries import Backend

import nnaudio_xp as nax

mel, window_sumsquare = nax.filters.mel, nax.filters.window_sumsquare

BANKS = {
    "sr": st.sampled_from([8000, 22050, 44100.0]),
    "n_fft": st.integers(1, 600),
    "n_mels": st.integers(1, 60),
    "fmin": st.sampled_from([0, 31.25, 300]),
    "fmax": st.sampled_from([None, 3000, 4000.0]),
    "htk": st.booleans(),
}
NORMS = ["slaney", None, 1, 2.0, 0.5, np.inf]


@pytest.mark.once
@pytest.mark.filterwarnings("ignore:Empty filters")
@given(norm=st.sampled_from(NORMS), **BANKS)
def test_mel_definition(norm, **options):
    expected, triangles = oracles.mel_bank(norm=norm, **options), oracles.mel_bank(norm=None, **options)
    assume((triangles.max(axis=1, initial=0) > 0.01).all() or norm in ("slaney", None))  # a norm of rounding alone means nothing
    assert_same(mel(norm=norm, dtype="float64", **options), expected, xp=Backend.NUMPY.xp, rtol=1e-11)
    assert_same(mel(norm=norm, **options), expected, xp=Backend.NUMPY.xp, dtype="float32")


@pytest.mark.once
@pytest.mark.filterwarnings("ignore:Empty filters")
@given(norm=st.sampled_from(["slaney", None]), **BANKS)
def test_mel_like_librosa(librosa, norm, **options):
    assert_same(mel(norm=norm, **options), librosa.filters.mel(norm=norm, **options), xp=Backend.NUMPY.xp)


@pytest.mark.once
@pytest.mark.parametrize("norm", NORMS, ids=str)
def test_mel_norms_like_librosa(librosa, norm):
    for options in ({"sr": 22050, "n_fft": 2048}, {"sr": 16000, "n_fft": 400, "n_mels": 20, "htk": True, "fmax": 7600}):
        assert_same(mel(norm=norm, **options), librosa.filters.mel(norm=norm, **options), xp=Backend.NUMPY.xp)


@pytest.mark.once
def test_a_bin_on_the_last_corner_is_outside():
    """At sr / 2 a triangle is zero, not what rounding leaves of it, which a norm would make one."""
    with pytest.warns(UserWarning, match="Empty filters: n_mels=6 is too many for n_fft=4 at sr=8000, .* use fewer, a larger n_fft or"):
        bank = mel(sr=8000, n_fft=4, n_mels=6, norm=1)
    assert_close(bank[-1], np.zeros(3, "float32"))


@st.composite
def sums(draw):
    n_fft = draw(st.integers(1, 16))
    return {
        "window": draw(st.sampled_from(["hann", ("kaiser", 4.0), "hamming"])),
        "n_frames": draw(st.integers(1, 9)),
        "hop_length": draw(st.integers(1, 20)),
        "n_fft": n_fft,
        "win_length": draw(st.none() | st.integers(1, n_fft)),
        "norm": draw(st.sampled_from([None, 1, 2, np.inf])),
    }


@pytest.mark.once
@given(options=sums())
def test_window_sums(options):
    n_fft, width, norm = options["n_fft"], options["win_length"] or options["n_fft"], options["norm"]
    samples = oracles.window_samples(options["window"], width, width)
    samples = samples if norm is None else oracles.scaled(samples, norm)
    expected = oracles.window_sum(oracles.window_samples(samples, width, n_fft), options["n_frames"], options["hop_length"])
    assert_same(window_sumsquare(**options, dtype="float64"), expected, xp=Backend.NUMPY.xp)


@pytest.mark.once
@given(options=sums())
def test_window_sums_like_librosa(librosa, options):
    assert_same(window_sumsquare(**options), librosa.filters.window_sumsquare(**options), xp=Backend.NUMPY.xp)


def test_window_sums_in_any_library(xp, as_xp, device, dtype):
    samples = np.hanning(8)
    expected = oracles.window_sum(samples, 5, 3)
    options = {"n_frames": 5, "hop_length": 3, "n_fft": 8, "dtype": dtype}
    assert_same(window_sumsquare(window=samples, xp=xp, device=device, **options), expected, xp=xp, dtype=dtype)
    assert_same(window_sumsquare(window=as_xp(samples), **options), expected, xp=xp, dtype=dtype)
