"""Spectral peaks and tuning: against librosa, against tones whose pitch is known, one clip at a time."""

import inspect

import numpy as np
import oracles
import pytest
from assertions import assert_close, assert_same
from examples import noise
from hypothesis import assume, given
from hypothesis import strategies as st
from libraries import Backend, to_numpy

import nnaudio_xp as nax

NUMPY = Backend.NUMPY.xp

PEAKS = {
    "fmin": st.sampled_from([0, 150.0, 1000]),
    "fmax": st.sampled_from([2000, 4000.0, 1e5]),
    "threshold": st.sampled_from([0, 0.1, 0.7]),
    "ref": st.sampled_from([None, np.mean, 3.0]),
}


def tones(tuning: float, n: int = 8000, sr: float = 22050) -> np.ndarray:
    """A chord as many bins of a semitone off as is said."""
    hertz = nax.midi_to_hz(np.array([57, 61, 64, 69]) + tuning)
    return np.sin(2 * np.pi * np.outer(hertz / sr, np.arange(n))).sum(axis=0)


# --- peaks -----------------------------------------------------------------------------------------------------------------------


@pytest.mark.once
@given(seed=st.integers(0, 99), dtype=st.sampled_from(["float32", "float64"]), n_fft=st.sampled_from([64, 256]), **PEAKS)
def test_peaks_like_librosa(librosa, seed, dtype, n_fft, **options):
    y = noise(seed, (2, 1000), dtype)
    for given_as in ({"y": y}, {"S": abs(librosa.stft(y, n_fft=n_fft))}):
        expected = librosa.piptrack(n_fft=n_fft, **given_as, **options)
        pitches, magnitudes = nax.piptrack(n_fft=n_fft, **given_as, **options)
        for ours, theirs in zip((pitches, magnitudes), expected, strict=True):
            assert ours.dtype == theirs.dtype == dtype
            same = (ours != 0) == (theirs != 0)
            assert same.mean() > 0.999  # rounding decides which of two equal bins is a peak
            assert_close(np.where(same, ours, 0), np.where(same, theirs, 0), rtol=1e-3 if dtype == "float32" else 1e-9)


def test_a_peak_is_the_top_of_a_parabola(xp, as_xp, dtype):
    heights = np.zeros((9, 3), dtype)
    positions, tops = np.array([3.0, 4.25, 4.75]), np.array([2.0, 1.0, 3.0])
    for t, (position, top) in enumerate(zip(positions, tops, strict=True)):
        heights[2:7, t] = np.maximum(0, top - 0.1 * (np.arange(2, 7) - position) ** 2)
    pitches, magnitudes = nax.piptrack(S=as_xp(heights), sr=1600, fmin=0, fmax=800)
    for picture, values in ((pitches, positions * 100), (magnitudes, tops)):
        expected = np.zeros((9, 3))
        expected[np.round(positions).astype(int), [0, 1, 2]] = values
        assert_same(picture, expected, xp=xp, dtype=dtype)


def test_references_of_every_kind(xp, as_xp, dtype):
    S = abs(noise(4, (9, 5), dtype))
    peaks = S.max(axis=0)
    for ref, level in ((np.max, 0.1 * peaks), (np.float32(0.5), 0.5), (lambda S, axis: 0.2 * xp.max(S, axis=axis), 0.02 * peaks)):
        _, magnitudes = nax.piptrack(S=as_xp(S), fmin=0, fmax=11025, ref=ref)
        _, expected = nax.piptrack(S=np.where(level < S, S, 0), fmin=0, fmax=11025, ref=0)
        assert_same((magnitudes != 0), expected != 0, xp=xp)


def test_peaks_of_a_batch_are_those_of_its_clips(xp, as_xp):
    y = noise(3, (2, 3, 600))
    for together, alone in zip(nax.piptrack(y=as_xp(y), n_fft=64), nax.piptrack(y=as_xp(y[1, 2]), n_fft=64), strict=True):
        assert_close(to_numpy(together)[1, 2], to_numpy(alone), rtol=1e-10)


# --- tuning ----------------------------------------------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:Trying to estimate tuning")
@given(
    hertz=st.lists(st.floats(-10, 0) | st.floats(0.01, 5000), min_size=1, max_size=20),
    resolution=st.sampled_from([0.01, 0.07]),
    bins=st.sampled_from([12, 36]),
)
def test_tuning_of_pitches(xp, as_xp, lazily, hertz, resolution, bins):
    deviations = np.array([bins * np.log2(f / 440) for f in hertz if f > 0])
    assume((abs(deviations / resolution - np.round(deviations / resolution)) > 1e-6).all())  # where rounding decides
    estimate = lazily(lambda hertz: nax.pitch_tuning(hertz, resolution=resolution, bins_per_octave=bins))
    expected = oracles.pitch_tuning(np.array(hertz), resolution=resolution, bins_per_octave=bins)
    assert_close(to_numpy(estimate(as_xp(hertz))), expected, rtol=0, atol=1e-9)


@pytest.mark.once
@pytest.mark.parametrize("tuning", [-0.31, 0.0, 0.25])
def test_tuning_like_librosa(librosa, tuning):
    y = tones(tuning)
    for options in ({}, {"bins_per_octave": 36, "resolution": 1e-3}, {"n_fft": 4096, "fmax": 1000}):
        for dtype in ("float32", "float64"):
            assert nax.estimate_tuning(y=y.astype(dtype), **options) == pytest.approx(librosa.estimate_tuning(y=y.astype(dtype), **options))
    hertz = nax.cqt_frequencies(24, fmin=55, tuning=tuning)
    assert nax.pitch_tuning(hertz) == pytest.approx(librosa.pitch_tuning(hertz))


@pytest.mark.once
def test_a_recording_like_librosa(librosa, recording):
    for options in ({}, {"bins_per_octave": 36, "resolution": 1e-3}):
        assert nax.estimate_tuning(y=recording, **options) == pytest.approx(librosa.estimate_tuning(y=recording, **options), abs=1e-6)


@pytest.mark.filterwarnings("ignore:Trying to estimate tuning")
def test_every_clip_has_its_own_tuning(xp, as_xp, lazily):
    clips = np.stack([tones(-0.3), 0.01 * tones(0.2), np.zeros(8000)])
    estimates = lazily(lambda y: nax.estimate_tuning(y=y))(as_xp(clips))
    assert_same(estimates, np.array([float(nax.estimate_tuning(y=clip)) for clip in clips]), xp=xp)
    assert_close(to_numpy(estimates), np.array([-0.3, 0.2, 0]), rtol=0, atol=0.03)
    from_spectra = lazily(lambda y: nax.estimate_tuning(S=nax.spectrogram(y, power=1)))
    assert_close(to_numpy(from_spectra(as_xp(clips))), to_numpy(estimates))


@pytest.mark.once
def test_silence_has_none():
    for estimate in (lambda: nax.estimate_tuning(y=np.zeros(4000)), lambda: nax.pitch_tuning(np.zeros(0))):
        with pytest.warns(UserWarning, match="Pass tuning=0.0"):
            assert estimate() == 0


def test_one_clip_has_one_tuning(as_xp, lazily):
    tuning = lazily(lambda y: nax.estimate_tuning(y=y))(as_xp(tones(0.1)))
    assert tuple(tuning.shape) == ()
    assert isinstance(float(tuning), float)
    assert tuple(nax.estimate_tuning(y=as_xp(np.zeros((2, 0, 3000)))).shape) == (2, 0)


# --- ways to ask -----------------------------------------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize("name", ["piptrack", "pitch_tuning", "estimate_tuning"])
def test_librosas_arguments(librosa, name):
    theirs, ours = (inspect.signature(getattr(module, name)).parameters for module in (librosa, nax))
    assert list(ours) == list(theirs)
    assert [ours[each].default for each in theirs] == [theirs[each].default for each in theirs]


@pytest.mark.once
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nax.piptrack(), "y=None and S=None: one of them must be given"),
        (lambda: nax.piptrack(S=np.ones((1, 3))), "S has 1 frequency: peaks need at least 2"),
        (lambda: nax.piptrack(S=np.ones((5, 3)), sr=0), "sr=0 must be a finite positive number"),
        (lambda: nax.piptrack(S=np.ones((5, 3)), fmin=-1), "fmin=-1 must be a finite non-negative number"),
        (lambda: nax.piptrack(S=np.ones((5, 3)), threshold="loud"), "threshold='loud' must be a finite number"),
        (lambda: nax.estimate_tuning(S=np.ones((5, 3)), resolution=0), "resolution=0 must be a finite positive number"),
        (lambda: nax.pitch_tuning([440.0], resolution=1), "resolution=1 must be below 1"),
        (lambda: nax.pitch_tuning([440.0], bins_per_octave=0), "bins_per_octave=0 must be a positive integer"),
    ],
)
def test_errors(call, message):
    with pytest.raises(nax.ParameterError, match=message):
        call()
