"""Chroma and tonal centroids: against their definitions, against librosa, one clip at a time."""

import inspect
import math

import numpy as np
import pytest
import scipy.signal
from assertions import assert_close, assert_same
from examples import noise
from hypothesis import given
from hypothesis import strategies as st
from libraries import to_numpy

import nnaudio_xp as nax

CHROMA = {"sr": 8000, "n_fft": 128}


def unit(values: np.ndarray, norm: float) -> np.ndarray:
    """Columns of unit norm; those of silence as they are."""
    lengths = np.linalg.norm(values, ord=norm, axis=-2, keepdims=True)
    return values / np.where(lengths < np.finfo(np.float64).tiny, 1, lengths)


def bank(*, sr, n_fft, n_chroma=12, tuning=0.0, ctroct=5.0, octwidth=2, norm=2, base_c=True) -> np.ndarray:
    """Ellis's weights, one by one."""
    octaves = [math.log2(16 * k * sr / n_fft / (440 * 2 ** (tuning / n_chroma))) for k in range(1, n_fft // 2 + 2)]
    octaves = [octaves[0] - 1.5, *octaves]
    weights = np.zeros((n_chroma, 1 + n_fft // 2))
    for k in range(1 + n_fft // 2):
        width = max(1, n_chroma * (octaves[k + 1] - octaves[k]))
        for c in range(n_chroma):
            half = round(n_chroma / 2)
            away = (n_chroma * octaves[k] - c + half) % n_chroma - half
            weights[c, k] = math.exp(-((2 * away / width) ** 2) / 2)
    weights = weights if norm is None else unit(weights, norm)
    if octwidth is not None:
        weights = weights * np.exp(-(((np.array(octaves[:-1]) - ctroct) / octwidth) ** 2) / 2)
    return np.roll(weights, -3 * (n_chroma // 12) if base_c else 0, axis=0)


def chord(tuning: float, n: int = 8000, sr: float = 22050) -> np.ndarray:
    hertz = nax.midi_to_hz(np.array([57, 61, 64, 69]) + tuning)
    return np.sin(2 * np.pi * np.outer(hertz / sr, np.arange(n))).sum(axis=0)


# --- filters --------------------------------------------------------------------------------------


@given(
    n_fft=st.sampled_from([3, 64, 127]),
    n_chroma=st.sampled_from([5, 12, 24]),
    tuning=st.sampled_from([0.0, 0.3, -2.5]),
    octwidth=st.sampled_from([None, 0.5]),
    norm=st.sampled_from([None, 1, 2, math.inf]),
    base_c=st.booleans(),
)
def test_filters_by_definition(xp, device, **options):
    filters = nax.filters.chroma(sr=8000, **options, dtype="float64", xp=xp, device=device)
    assert_same(filters, bank(sr=8000, **options), xp=xp, rtol=1e-10)


@pytest.mark.once
@pytest.mark.parametrize("options", [{}, {"n_chroma": 36, "tuning": 0.2}, {"octwidth": None, "norm": 1}, {"norm": None, "base_c": False}])
def test_filters_like_librosa(librosa, options):
    expected = librosa.filters.chroma(sr=22050, n_fft=2048, dtype=np.float64, **options)
    assert_close(nax.filters.chroma(sr=22050, n_fft=2048, dtype="float64", **options), expected, rtol=1e-10)
    assert nax.filters.chroma(sr=22050, n_fft=2048).dtype == "float32"


# --- chroma of spectrograms -----------------------------------------------------------------------


@pytest.mark.parametrize("norm", [math.inf, 2, None])
@pytest.mark.parametrize("tuning", [0.0, 0.25])
def test_chroma_by_definition(xp, as_xp, lazily, dtype, norm, tuning):
    y = noise(0, (2, 700), dtype)
    S = nax.spectrogram(y.astype("float64"), n_fft=128, hop_length=50)
    raw = bank(**CHROMA, tuning=tuning) @ S
    transform = lazily(lambda y: nax.feature.chroma_stft(y=y, hop_length=50, norm=norm, tuning=tuning, **CHROMA))
    assert_same(
        transform(as_xp(y)), raw if norm is None else unit(raw, norm), xp=xp, dtype=dtype, rtol=1e-5 if dtype == "float32" else 1e-12
    )


def test_every_clip_is_tuned_by_itself(xp, as_xp, lazily):
    """The bank that is made where the tuning is known only then is the one of that tuning."""
    clips = np.stack([chord(-0.3), 0.01 * chord(0.2)])
    found = lazily(lambda y: nax.feature.chroma_stft(y=y))(as_xp(clips))
    alone = [nax.feature.chroma_stft(y=clip, tuning=float(nax.estimate_tuning(S=nax.spectrogram(clip, hop_length=512)))) for clip in clips]
    assert_same(found, np.stack(alone), xp=xp, rtol=1e-10)


@pytest.mark.once
def test_a_recording_like_librosa(librosa, recording):
    for options in ({}, {"n_chroma": 24, "norm": 1}, {"tuning": 0.1, "octwidth": None}, {"n_fft": 4096, "base_c": False, "norm": None}):
        expected = librosa.feature.chroma_stft(y=recording, **options)
        found = nax.feature.chroma_stft(y=recording, **options)
        assert found.dtype == "float32"
        assert_close(found, expected, rtol=1e-4)


def test_silence_has_no_pitch_class(xp, as_xp):
    y = as_xp(np.zeros((2, 3000), dtype="float32"))
    for call, options in ((nax.feature.chroma_stft, {}), (nax.feature.chroma_cqt, {"fmin": 200, "n_octaves": 2})):
        chroma = to_numpy(call(y=y, sr=8000, hop_length=64, tuning=0.0, **options))
        assert chroma.shape[:2] == (2, 12)
        assert not chroma.any()


# --- chroma of the constant-Q ---------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.filterwarnings("ignore:n_fft=")
def test_constant_q_like_librosa(librosa, recording):
    """Frames that are nearly silent are divided by nearly nothing."""
    y = recording[:30000]
    calls = [("chroma_cqt", {}), ("chroma_cqt", {"cqt_mode": "hybrid", "norm": 2, "bins_per_octave": None, "threshold": 0.01})]
    calls += [("chroma_cqt", {"window": [0.5, 1, 0.5], "n_octaves": 5, "fmin": 60.0, "n_chroma": 6, "tuning": 0.3})]
    calls += [("chroma_vqt", {"intervals": "ji5", "bins_per_octave": 24}), ("chroma_vqt", {"intervals": [1, 1.25, 1.5], "gamma": 5})]
    calls += [("tonnetz", {}), ("tonnetz", {"n_chroma": 36})]
    for name, options in calls:
        expected = getattr(librosa.feature, name)(y=y, **options)
        assert_close(getattr(nax.feature, name)(y=y, **options), expected, rtol=0, atol=2e-3)


@pytest.mark.once
@pytest.mark.parametrize("options", [{}, {"win_len_smooth": 4, "norm": 1}, {"win_len_smooth": None, "norm": None}])
def test_quantized_chroma(librosa, options):
    C = abs(noise(0, (36, 60))) ** 3
    expected = librosa.feature.chroma_cens(C=C, **options)
    assert_close(nax.feature.chroma_cens(C=C, **options), expected, rtol=1e-10)


def test_smoothing_by_definition(xp, as_xp):
    C = abs(noise(1, (2, 12, 20))) ** 3
    shares = unit(C, 1)
    steps = sum((shares > step) / 4 for step in (0.4, 0.2, 0.1, 0.05))
    window = scipy.signal.get_window("hann", 7, fftbins=False)
    rows = [np.convolve(row, window / window.sum(), mode="same") for row in steps.reshape(-1, 20)]
    found = nax.feature.chroma_cens(C=as_xp(C), bins_per_octave=12, win_len_smooth=5)
    assert_same(found, unit(np.reshape(rows, C.shape), 2), xp=xp)


@pytest.mark.parametrize("n_chroma", [12, 7])
def test_tonal_centroids_by_definition(xp, as_xp, dtype, n_chroma):
    chroma = abs(noise(0, (2, n_chroma, 5), dtype))
    expected = np.zeros((2, 6, 5))
    for pair, (turn, radius) in enumerate([(7 / 6, 1), (3 / 2, 1), (2 / 3, 0.5)]):
        for c in range(n_chroma):
            angle = math.pi * turn * c * 12 / n_chroma
            expected[:, 2 * pair] += radius * math.sin(angle) * unit(chroma.astype("float64"), 1)[:, c]
            expected[:, 2 * pair + 1] += radius * math.cos(angle) * unit(chroma.astype("float64"), 1)[:, c]
    assert_same(nax.feature.tonnetz(chroma=as_xp(chroma)), expected, xp=xp, dtype=dtype)


# --- the layer ------------------------------------------------------------------------------------


def test_the_layer_is_the_function(as_xp, build):
    y = noise(0, (2, 2000), "float32")
    options = {"sr": 8000, "n_fft": 256, "hop_length": 100, "n_chroma": 24, "norm": 2, "tuning": 0.3, "octwidth": None}
    expected = nax.feature.chroma_stft(y=y, **options)
    assert_close(to_numpy(build("Chroma", **options)(as_xp(y))), expected, rtol=1e-5)


# --- ways to ask ----------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize("name", ["chroma_stft", "chroma_cqt", "chroma_vqt", "chroma_cens", "tonnetz"])
def test_librosas_arguments(librosa, name):
    theirs, ours = (inspect.signature(getattr(module.feature, name)).parameters for module in (librosa, nax))
    assert list(ours) == list(theirs)
    assert [ours[each].default for each in theirs] == [theirs[each].default for each in theirs]


@pytest.mark.once
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nax.feature.chroma_stft(), "y=None and S=None: one of them must be given"),
        (lambda: nax.feature.chroma_cqt(), "y=None and C=None: one of them must be given"),
        (lambda: nax.feature.chroma_vqt(intervals="ji3"), "y=None and V=None: one of them must be given"),
        (lambda: nax.feature.tonnetz(), "y=None and chroma=None: one of them must be given"),
        (lambda: nax.feature.chroma_stft(S=np.ones((5, 3)), n_chroma=0), "n_chroma=0 must be a positive integer"),
        (lambda: nax.feature.chroma_stft(S=np.ones((5, 3)), fmin=3), "fmin=3 is no parameter of a chroma filter bank"),
        (lambda: nax.feature.chroma_stft(S=np.ones((5, 3)), octwidth=0), "octwidth=0 must be a finite positive number"),
        (lambda: nax.feature.chroma_stft(S=np.ones((5, 3)), norm=-1), "norm=-1 must be a non-negative number"),
        (lambda: nax.feature.chroma_cqt(y=np.ones(9), n_chroma=24), "bins_per_octave=36 must be a multiple of n_chroma=24"),
        (lambda: nax.feature.chroma_cqt(y=np.ones(9), cqt_mode="half"), "cqt_mode='half' must be one of 'full', 'hybrid'"),
        (lambda: nax.feature.chroma_cens(C=np.ones((36, 3)), win_len_smooth=0), "win_len_smooth=0 must be a positive integer"),
        (lambda: nax.filters.chroma(sr=8000, n_fft=64, tuning="high"), "tuning='high' must be a finite number"),
    ],
)
def test_errors(call, message):
    with pytest.raises(nax.ParameterError, match=message):
        call()
