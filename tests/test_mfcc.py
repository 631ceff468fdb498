"""Mel-frequency cepstral coefficients: against the definition, against librosa, and back to mel."""

import numpy as np
import oracles
import pytest
import scipy.fft
from assertions import assert_same
from examples import noise, spectrograms
from hypothesis import given
from hypothesis import strategies as st
from libraries import Backend, to_numpy

import nnaudio_xp as nax
from nnaudio_xp.kernels.dct import dct_matrix

TRANSFORMS = {"dct_type": st.sampled_from([1, 2, 3, 4]), "norm": st.sampled_from([None, "backward", "ortho", "forward"])}
LIFTERS = [0, 22, 3.5, 13]


@pytest.mark.once
@given(n=st.integers(2, 30), inverse=st.booleans(), **TRANSFORMS)
def test_matrices_are_scipys_transforms(n, inverse, dct_type, norm):
    transform = scipy.fft.idct if inverse else scipy.fft.dct
    expected = transform(np.eye(n), type=dct_type, norm=norm, axis=0)
    assert_same(dct_matrix(n=n, dct_type=dct_type, norm=norm, inverse=inverse), expected, xp=Backend.NUMPY.xp)


@given(levels=spectrograms(11), n_mfcc=st.integers(1, 15), lifter=st.sampled_from(LIFTERS), **TRANSFORMS)
def test_definition_from_levels(xp, as_xp, lazily, levels, n_mfcc, lifter, dct_type, norm):
    options = {"n_mfcc": n_mfcc, "lifter": lifter, "dct_type": dct_type, "norm": norm}
    transform = lazily(lambda S: nax.feature.mfcc(S=S, **options))
    assert_same(transform(as_xp(levels)), oracles.mfcc(levels.astype("float64"), **options), xp=xp, dtype=levels.dtype)


@pytest.mark.parametrize("backend", [Backend.NUMPY, Backend.TORCH_FLOAT32], indirect=True)
def test_sums_of_levels_are_rounded_once(xp, as_xp):
    levels = noise(2, (128, 50), "float32") * 5 - 40
    expected = oracles.mfcc(levels.astype("float64"), n_mfcc=20)
    assert_same(nax.feature.mfcc(S=as_xp(levels), n_mfcc=20), expected, xp=xp, dtype="float32", rtol=1.2e-7, atol=1.2e-7 * 40)


@pytest.mark.parametrize("top_db", [80.0, 15, None])
def test_definition_from_signals(xp, as_xp, lazily, dtype, top_db):
    y = noise(0, (2, 700), dtype) * np.geomspace(1, 1e-6, 700).astype(dtype)
    options = {"n_fft": 128, "hop_length": 50}
    S = oracles.mel_bank(sr=8000, n_fft=128, n_mels=12, htk=True, norm=None) @ abs(oracles.stft(y, **options)) ** 2
    expected = oracles.mfcc(oracles.decibels(S, top_db=top_db), n_mfcc=5)
    transform = lazily(lambda y: nax.feature.mfcc(y=y, sr=8000, n_mfcc=5, n_mels=12, htk=True, mel_norm=None, top_db=top_db, **options))
    assert_same(transform(as_xp(y)), expected, xp=xp, dtype=dtype)


def test_a_clip_does_not_see_its_batch(xp, as_xp):
    loud, soft = noise(0, (3000,)), 1e-7 * noise(1, (3000,))
    together = nax.feature.mfcc(y=as_xp(np.stack([loud, soft])), n_fft=1024, n_mels=20)
    alone = [to_numpy(nax.feature.mfcc(y=as_xp(clip), n_fft=1024, n_mels=20)) for clip in (loud, soft)]
    assert_same(together, np.stack(alone), xp=xp)


# --- librosa --------------------------------------------------------------------------------------


@pytest.mark.once
@given(
    levels=spectrograms(11),
    n_mfcc=st.integers(1, 11),
    lifter=st.sampled_from(LIFTERS),
    **{**TRANSFORMS, "dct_type": st.sampled_from([1, 2, 3])},
)
def test_like_librosa(librosa, levels, n_mfcc, lifter, dct_type, norm):
    options = {"n_mfcc": n_mfcc, "lifter": lifter, "dct_type": dct_type, "norm": norm}
    if levels.size:
        assert_same(nax.feature.mfcc(S=levels, **options), librosa.feature.mfcc(S=levels, **options), xp=Backend.NUMPY.xp)


def test_recording_like_librosa(librosa, recording, xp, as_xp):
    """Within a thousandth of a decibel in every band, and so in the coefficients of a rotation."""
    for options in ({}, {"n_mfcc": 13, "n_fft": 1024, "hop_length": 256, "n_mels": 40, "lifter": 22, "mel_norm": None, "dct_type": 3}):
        expected = librosa.feature.mfcc(y=recording, **options)
        atol = 1e-3 * (1 + options.get("lifter", 0) / 2)
        assert_same(nax.feature.mfcc(y=as_xp(recording), **options), expected, xp=xp, rtol=0, atol=atol)


# --- back to mel ----------------------------------------------------------------------------------


@given(levels=spectrograms(11), n_mfcc=st.integers(2, 11), lifter=st.sampled_from(LIFTERS), ref=st.sampled_from([1.0, 0.1]), **TRANSFORMS)
def test_missing_coefficients_are_zero(xp, as_xp, lazily, levels, n_mfcc, lifter, ref, dct_type, norm):
    levels = np.clip(levels, -20, 20)
    options = {"lifter": lifter, "dct_type": dct_type, "norm": norm}
    coefficients = to_numpy(nax.feature.mfcc(S=levels, n_mfcc=n_mfcc, **options))
    kept = oracles.mfcc(levels.astype("float64"), n_mfcc=n_mfcc, dct_type=dct_type, norm=norm)
    whole = np.concatenate([kept, np.zeros((*kept.shape[:-2], 11 - n_mfcc, kept.shape[-1]))], axis=-2)
    back = 10.0 ** (scipy.fft.idct(whole, type=dct_type, norm=norm, axis=-2) / 10) * ref
    transform = lazily(lambda mfcc: nax.feature.inverse.mfcc_to_mel(mfcc, n_mels=11, ref=ref, **options))
    # decibels become exponents, whose errors are relative ones: 300 dB at most, times ln(10) / 10
    assert_same(transform(as_xp(coefficients)), back, xp=xp, dtype=levels.dtype, rtol=2000 * float(np.finfo(levels.dtype).eps))


def test_more_coefficients_than_bands(xp, as_xp):
    mfcc = noise(0, (12, 4))
    expected = 10.0 ** (scipy.fft.idct(mfcc[:8], norm="ortho", axis=0) / 10)
    assert_same(nax.feature.inverse.mfcc_to_mel(as_xp(mfcc), n_mels=8), expected, xp=xp)


@pytest.mark.once
def test_back_like_librosa(librosa):
    mfcc = noise(0, (2, 9, 5), "float32")
    for options in ({}, {"n_mels": 30, "dct_type": 3, "norm": None, "ref": 0.5}, {"lifter": 22}):
        assert_same(
            nax.feature.inverse.mfcc_to_mel(mfcc, **options),
            librosa.feature.inverse.mfcc_to_mel(mfcc, **options),
            xp=Backend.NUMPY.xp,
            rtol=1e-5,
        )


def test_a_lifter_that_lost_coefficients_warns(xp, as_xp):
    """Lifter 2 multiplies the third coefficient by 1 + sin(3 pi / 2) = 0."""
    levels = noise(0, (5, 4))
    mfcc = nax.feature.mfcc(S=as_xp(levels), lifter=2)
    with pytest.warns(UserWarning, match="lifter=2 has set coefficients to zero, where they stay: choose another lifter") as caught:
        mel = nax.feature.inverse.mfcc_to_mel(mfcc, n_mels=5, lifter=2)
    assert caught[0].filename == __file__
    kept = scipy.fft.dct(levels, norm="ortho", axis=0) * np.array([1, 1, 0, 1, 1])[:, None]
    assert_same(mel, 10.0 ** (scipy.fft.idct(kept, norm="ortho", axis=0) / 10), xp=xp)
