"""Mel spectrograms: against the definition, against librosa, from signals and from spectrograms."""

import numpy as np
import oracles
import pytest
from assertions import assert_same
from examples import analyses, noise, spectrograms
from hypothesis import assume, given
from hypothesis import strategies as st
from libraries import Backend, to_numpy

import nnaudio_xp as nax

pytestmark = [
    pytest.mark.filterwarnings(r"ignore:n_fft=\d+ is too large"),
    pytest.mark.filterwarnings("ignore:Empty filters"),
]

BANKS = st.fixed_dictionaries(
    {"n_mels": st.integers(1, 40)},
    optional={
        "sr": st.sampled_from([8000, 44100]),
        "fmin": st.sampled_from([0, 133.3]),
        "fmax": st.sampled_from([None, 3000.0, 4000]),
        "htk": st.booleans(),
        "norm": st.sampled_from(["slaney", None]),
    },
)


def definition(y, *, bank, **options):
    return through_bank(abs(oracles.stft(y, **options)) ** 2, bank=bank, n_fft=options["n_fft"])


def through_bank(S, *, bank, n_fft):
    return oracles.mel_bank(n_fft=n_fft, **{"sr": 22050, **bank}) @ S.astype("float64")


def rounding(S, bank, dtype):
    """Errors are relative to the loudest bin and to the peaks of the triangles, which may lie
    between two bins.
    """
    peak = oracles.mel_bank(n_fft=512, **{"sr": 22050, **bank}).max()
    return {"atol": 64 * float(np.finfo(dtype).eps * peak * S.max(initial=0))}


@given(example=analyses(), bank=BANKS, power=st.sampled_from([1, 1.5, 2]))
def test_definition(xp, as_xp, lazily, example, bank, power):
    y, options = example
    options.setdefault("hop_length", 7)
    S = abs(oracles.stft(y, **options)) ** power
    expected = through_bank(S, bank=bank, n_fft=options["n_fft"])
    transform = lazily(lambda y: nax.feature.melspectrogram(y=y, power=power, **options, **bank))
    assert_same(transform(as_xp(y)), expected, xp=xp, dtype=y.dtype, **rounding(S, bank, y.dtype))


@given(S=spectrograms(9, positive=True), bank=BANKS, n_fft=st.sampled_from([16, 17, 2048]))
def test_definition_from_a_spectrogram(xp, as_xp, lazily, S, bank, n_fft):
    transform = lazily(lambda S: nax.feature.melspectrogram(S=S, n_fft=n_fft, **bank))
    expected = through_bank(S, bank=bank, n_fft=17 if n_fft == 17 else 16)  # the shape decides where the argument does not fit
    assert_same(transform(as_xp(S)), expected, xp=xp, dtype=S.dtype, **rounding(S, bank, S.dtype))


def test_a_band_hears_its_own_tone(xp, as_xp):
    centres = [oracles.mel_to_hz(oracles.hz_to_mel(4000, htk=True) * (band + 1) / 21, htk=True) for band in range(20)]
    for band in (5, 12, 19):
        y = np.sin(2 * np.pi * centres[band] * np.arange(8000) / 8000)
        mel = to_numpy(nax.feature.melspectrogram(y=as_xp(y), sr=8000, n_mels=20, htk=True, norm=None))
        assert (mel[:, 5:-5].argmax(axis=0) == band).all()


def test_float32_is_as_exact_as_it_can_be(backend, as_xp):
    """Relative error of a band <= 32 eps sqrt(the loudest band over it): rounding spreads over the
    spectrum as noise does.
    """
    y = noise(1, (4, 3000), "float32")
    options = {"n_fft": 256, "hop_length": 100}
    expected = definition(y, bank={"n_mels": 20}, **options)
    error = abs(to_numpy(nax.feature.melspectrogram(y=as_xp(y), n_mels=20, **options)) - expected)
    bound = 32 * np.finfo("float32").eps * np.sqrt(expected * expected.max(axis=-2, keepdims=True))
    assert (error <= bound).all(), f"{(error / bound).max():.2f} times the bound"


# --- librosa --------------------------------------------------------------------------------------


@pytest.mark.once
@given(example=analyses(), bank=BANKS, power=st.sampled_from([1, 1.5, 2]))
def test_like_librosa(librosa, example, bank, power):
    y, options = example
    assume(0 not in y.shape and options.get("pad_mode") != "empty")  # which librosa fills with anything
    assume(options["n_fft"] > 1)  # frames of one sample are an error there
    options.setdefault("hop_length", 7)
    expected = librosa.feature.melspectrogram(y=y, power=power, **options, **bank)
    single = rounding(abs(oracles.stft(y, **options)) ** power, bank, "float32")  # librosa rounds its bank to that, whatever the signal is
    assert_same(nax.feature.melspectrogram(y=y, power=power, **options, **bank), expected, xp=Backend.NUMPY.xp, rtol=1e-6, **single)


def test_recording_like_librosa(librosa, recording, xp, as_xp):
    for options in ({}, {"n_fft": 1024, "hop_length": 200, "n_mels": 80, "htk": True, "norm": None, "power": 1, "fmin": 30, "fmax": 8000}):
        expected = librosa.feature.melspectrogram(y=recording, **options)
        assert_same(nax.feature.melspectrogram(y=as_xp(recording), **options), expected, xp=xp)
        S = abs(librosa.stft(recording, n_fft=1024)) ** 2
        options = {key: value for key, value in options.items() if key != "power"}
        assert_same(nax.feature.melspectrogram(S=as_xp(S), **options), librosa.feature.melspectrogram(S=S, **options), xp=xp)


# --- ways to ask ----------------------------------------------------------------------------------


def test_a_spectrogram_is_preferred(xp, as_xp):
    S, y = abs(noise(0, (9, 4))), noise(1, (100,))
    assert_same(nax.feature.melspectrogram(y=as_xp(y), S=as_xp(S), n_mels=3), through_bank(S, bank={"n_mels": 3}, n_fft=16), xp=xp)


@pytest.mark.parametrize("name", ["float32", "float64"])
def test_the_results_dtype_can_be_chosen(xp, as_xp, dtype, name):
    y = noise(0, (300,), dtype)
    expected = definition(y, bank={"n_mels": 3}, n_fft=64, hop_length=512)
    for chosen in (name, getattr(xp, name), np.dtype(name)):
        mel = nax.feature.melspectrogram(y=as_xp(y), n_fft=64, n_mels=3, dtype=chosen)
        assert_same(mel, expected, xp=xp, dtype=name, rtol=1e-5)
