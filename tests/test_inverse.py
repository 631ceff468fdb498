"""From mel spectrograms and cepstral coefficients back to spectra and signals."""

import numpy as np
import oracles
import pytest
import scipy.optimize
from assertions import assert_close, assert_same
from examples import noise, pictures
from hypothesis import given
from hypothesis import strategies as st
from libraries import Backend, require, to_numpy

import nnaudio_xp as nax

inverse = nax.feature.inverse

pytestmark = [pytest.mark.filterwarnings(r"ignore:n_fft=\d+ is too large"), pytest.mark.filterwarnings("ignore:Empty filters")]

BANK = {"sr": 8000, "n_fft": 64}


@given(M=pictures(6, positive=True), power=st.sampled_from([1, 2.0]), norm=st.sampled_from(["slaney", None]))
def test_no_solution_is_nearer(xp, as_xp, lazily, M, power, norm):
    """SciPy's exact solver comes no more than a hundredth closer."""
    bank = oracles.mel_bank(n_mels=6, norm=norm, **BANK)
    transform = lazily(lambda M: inverse.mel_to_stft(M, power=power, norm=norm, **BANK))
    S = transform(as_xp(M))
    assert_same(S, to_numpy(S), xp=xp, dtype=M.dtype)
    found = to_numpy(S).astype("float64")
    assert found.shape == (*M.shape[:-2], 33, M.shape[-1])
    assert (found >= 0).all()
    for clip in np.ndindex(M.shape[:-2]):
        best = np.array([scipy.optimize.nnls(bank, column)[1] for column in M[clip].T])
        distance = np.linalg.norm(bank @ found[clip] ** power - M[clip], axis=0)
        assert (distance <= best + 1e-2 * np.linalg.norm(M[clip], axis=0)).all()


@pytest.mark.once
@pytest.mark.parametrize("options", [{}, {"power": 1, "htk": True, "norm": None, "fmin": 100, "fmax": 3000}], ids=repr)
def test_as_near_as_librosas(librosa, recording, options):
    """Two solutions of many: they meet the mel spectrogram equally well."""
    bank = {key: value for key, value in options.items() if key != "power"}
    M = librosa.feature.melspectrogram(y=recording[:8000], sr=22050, **options)
    power, size = options.get("power", 2), np.linalg.norm(M)
    distances = []
    for found in (inverse.mel_to_stft(M, **options), librosa.feature.inverse.mel_to_stft(M, **options)):
        assert found.dtype == "float32"
        assert (found >= 0).all()
        distances.append(np.linalg.norm(librosa.feature.melspectrogram(S=found**power, **bank) - M) / size)
    assert distances[0] < max(1.1 * distances[1], 1e-3)


def test_a_bank_that_loses_nothing_is_inverted(xp, as_xp):
    """Bands of one bin each: every bin but the unheard ones comes back."""
    S = abs(noise(0, (9, 4)))
    bank = {"sr": 16, "n_fft": 16, "n_mels": 7, "norm": None, "htk": True}
    M = oracles.mel_bank(**bank) @ S**2
    heard = oracles.mel_bank(**bank).any(axis=0)
    n_mels = bank.pop("n_mels")
    again = to_numpy(inverse.mel_to_stft(as_xp(M), **bank))
    assert n_mels == 7
    assert_close(again[heard], S[heard], rtol=1e-6)
    assert_close(again[~heard], 0 * S[~heard])


# --- signals ---------------------------------------------------------------------------------------------------------------------


def test_audio_is_the_chain_of_its_parts(xp, as_xp, lazily, dtype):
    M = abs(noise(0, (2, 6, 9), dtype))
    options = {"n_fft": 64, "hop_length": 16, "pad_mode": "reflect", "n_iter": 2, "rng": 3}
    chain = lazily(lambda M: nax.griffinlim(inverse.mel_to_stft(M, sr=8000, n_fft=64, htk=True), **options))
    audio = lazily(lambda M: inverse.mel_to_audio(M, sr=8000, htk=True, **options))
    assert_same(audio(as_xp(M)), to_numpy(chain(as_xp(M))), xp=xp, dtype=dtype)
    mfcc = noise(1, (2, 5, 9), dtype)
    mel = {"n_mels": 6, "lifter": 3.5, "ref": 0.5}
    chain = lazily(lambda mfcc: inverse.mel_to_audio(inverse.mfcc_to_mel(mfcc, **mel), sr=8000, **options))
    audio = lazily(lambda mfcc: inverse.mfcc_to_audio(mfcc, **mel, sr=8000, **options))
    assert_same(audio(as_xp(mfcc)), to_numpy(chain(as_xp(mfcc))), xp=xp, dtype=dtype)


@pytest.mark.once
def test_a_melody_survives(recording):
    """From 13 coefficients and from 64 bands: the mel spectrogram of what comes back is the one that was put in."""
    y, options = recording[:22050], {"n_fft": 1024, "hop_length": 256}
    M = nax.feature.melspectrogram(y=y, n_mels=64, **options)
    again = inverse.mel_to_audio(M, n_iter=24, rng=0, length=len(y), **options)
    assert again.shape == y.shape
    distance = np.linalg.norm(nax.feature.melspectrogram(y=again, n_mels=64, **options) - M) / np.linalg.norm(M)
    assert distance < 0.2
    mfcc = nax.feature.mfcc(y=y, n_mels=64, **options)
    assert inverse.mfcc_to_audio(mfcc, n_mels=64, n_iter=2, rng=0, length=len(y), **options).shape == y.shape


def test_roots_of_silence_have_a_gradient():
    torch = require("torch")
    M = torch.zeros(6, 3, dtype=torch.float64, requires_grad=True)
    inverse.mel_to_stft(M, **BANK).sum().backward()
    assert torch.isfinite(M.grad).all()


@pytest.mark.once
def test_like_librosa_from_numpy(librosa):
    assert_same(
        inverse.mfcc_to_mel(np.zeros((5, 3), "float32"), n_mels=8),
        librosa.feature.inverse.mfcc_to_mel(np.zeros((5, 3), "float32"), n_mels=8),
        xp=Backend.NUMPY.xp,
    )


@pytest.mark.once
def test_bands_that_are_not_there():
    assert inverse.mel_to_stft(np.ones((6, 3)), n_mels=6, **BANK).shape == (33, 3)
    with pytest.raises(nax.ParameterError, match="n_mels=8 must be the 6 of M, or left out"):
        inverse.mel_to_stft(np.ones((6, 3)), n_mels=8, **BANK)
