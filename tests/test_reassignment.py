"""Reassigned spectrograms: of signals whose place is known, against the definition, and librosa."""

import numpy as np
import oracles
import pytest
from assertions import assert_close, assert_same
from examples import noise
from libraries import to_numpy

import nnaudio_xp as nax

FRAMES = {"n_fft": 64, "hop_length": 20}


def defined(y, sr, n_fft, hop_length, center=True):
    """By the three spectra, in float64."""
    window = oracles.window_samples("hann", n_fft, n_fft)
    slope = (np.roll(window, -1) - np.roll(window, 1)) / 2
    spectra = [
        oracles.stft(y, n_fft=n_fft, hop_length=hop_length, window=samples, center=center)
        for samples in (window, slope, window * (np.arange(n_fft) - (n_fft - 1) / 2))
    ]
    bins = np.arange(n_fft // 2 + 1)[:, None] * sr / n_fft
    frames = (np.arange(spectra[0].shape[-1]) * hop_length + (0 if center else n_fft // 2)) / sr
    return bins - (spectra[1] / spectra[0]).imag * sr / (2 * np.pi), frames + (spectra[2] / spectra[0]).real / sr, abs(spectra[0])


@pytest.mark.parametrize("center", [True, False])
def test_definition(xp, as_xp, lazily, center):
    y = noise(0, (2, 500))
    call = lazily(lambda y: nax.reassigned_spectrogram(y, sr=8000, ref_power=0, clip=False, center=center, **FRAMES))
    for found, expected in zip(call(as_xp(y)), defined(y, 8000, center=center, **FRAMES), strict=True):
        assert_same(found, expected, xp=xp, rtol=1e-9)


def test_a_sinusoid_has_its_frequency_and_a_click_its_time(xp, as_xp, dtype):
    n = np.arange(2000)
    y = np.cos(2 * np.pi * 1234.5 * n / 8000).astype(dtype)
    freqs, _, mags = (np.asarray(part) for part in nax.reassigned_spectrogram(y, sr=8000, n_fft=256))
    loud = mags > 0.3 * mags.max()
    loud[:, [0, 1, -2, -1]] = False  # which see where it begins and ends
    assert_close(freqs[loud], np.full(loud.sum(), 1234.5), rtol=0, atol=0.5)
    click = np.zeros(2000, dtype)
    click[1010] = 1
    _, times, mags = nax.reassigned_spectrogram(click, sr=8000, n_fft=256)
    loud = mags > 0.3 * mags.max()
    assert_close(times[loud], np.full(loud.sum(), 1010.5 / 8000), rtol=1e-4)


def test_what_is_not_heard(xp, as_xp):
    """It is no number, or where its bin is."""
    y = noise(0, (2, 500))
    y[0, 200:400] = 0
    power = abs(nax.stft(y, **FRAMES)) ** 2
    for ref_power, quiet in ((0, power == 0), (100.0, power < 100), (np.max, power < power.max(axis=(-2, -1), keepdims=True))):
        freqs, times, mags = nax.reassigned_spectrogram(as_xp(y), sr=8000, ref_power=ref_power, **FRAMES)
        assert_same(xp.isnan(freqs), quiet, xp=xp)
        assert_same(xp.isnan(times), quiet, xp=xp)
        assert_same(mags, power**0.5, xp=xp)
        filled, when, _ = nax.reassigned_spectrogram(as_xp(y), sr=8000, ref_power=ref_power, fill_nan=True, **FRAMES)
        own = np.broadcast_to(nax.fft_frequencies(sr=8000, n_fft=64)[:, None], quiet.shape)
        assert_same(filled, np.where(quiet, own, np.nan_to_num(to_numpy(freqs))), xp=xp)
        own = np.broadcast_to(np.minimum(np.arange(quiet.shape[-1]) * 20, 500) / 8000, quiet.shape)
        assert_same(when, np.where(quiet, own, np.nan_to_num(to_numpy(times))), xp=xp)


def test_one_of_both(xp, as_xp):
    y = as_xp(noise(0, (500,)))
    freqs, times, mags = nax.reassigned_spectrogram(y, sr=8000, **FRAMES)
    assert_same(nax.reassigned_spectrogram(y, sr=8000, reassign_times=False, **FRAMES)[0], to_numpy(freqs), xp=xp)
    assert_same(nax.reassigned_spectrogram(y, sr=8000, reassign_frequencies=False, **FRAMES)[1], to_numpy(times), xp=xp)
    assert_same(
        nax.reassigned_spectrogram(y, sr=8000, reassign_frequencies=False, **FRAMES)[0],
        np.broadcast_to(nax.fft_frequencies(sr=8000, n_fft=64)[:, None], mags.shape),
        xp=xp,
    )


def test_of_a_spectrogram_and_by_a_window_that_is_an_array(xp, as_xp):
    y = as_xp(noise(0, (2, 500)))
    expected = nax.reassigned_spectrogram(y, sr=8000, **FRAMES)
    of_spectra = nax.reassigned_spectrogram(y, sr=8000, S=nax.stft(y, **FRAMES), **FRAMES)
    window = nax.filters.get_window("hann", 64)
    for found in (
        of_spectra,
        nax.reassigned_spectrogram(y, sr=8000, window=as_xp(window), **FRAMES),
        nax.reassigned_spectrogram(y, sr=8000, window=lambda n: window, **FRAMES),
    ):
        for part, same in zip(found, expected, strict=True):
            assert_same(part, to_numpy(same), xp=xp, rtol=1e-9)


@pytest.mark.once
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ref_power": -1}, "ref_power=-1 must be a finite non-negative number"),
        ({"reassign_times": False, "reassign_frequencies": False}, "one of them must be True"),
        ({"S": np.zeros((33, 3), complex)}, r"S has shape \(33, 3\): it must be that of stft\(y, n_fft=64, hop_length=20\)"),
        ({"sr": 0}, "sr=0 must be a finite positive number"),
    ],
)
def test_bad_arguments(options, message):
    with pytest.raises(nax.ParameterError, match=message):
        nax.reassigned_spectrogram(np.zeros(500), **{**FRAMES, **options})


@pytest.mark.once
@pytest.mark.filterwarnings("ignore:invalid value", "ignore:divide by zero", "ignore:'where' used")  # librosa's own
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"n_fft": 63, "win_length": 50, "window": "hamming"},
        {"center": False, "fill_nan": True},
        {"clip": False, "ref_power": 0, "pad_mode": "reflect"},
        {"ref_power": lambda power: 0.1 * power.max()},
    ],
    ids=lambda options: "-".join(options) or "usual",
)
def test_like_librosa(librosa, options):
    y = noise(0, (900,)) * np.linspace(1, 0, 900)
    ours = nax.reassigned_spectrogram(y, **{**FRAMES, **options})
    for found, expected in zip(ours, librosa.reassigned_spectrogram(y=y, **{**FRAMES, **options}), strict=True):
        assert_close(found, expected, rtol=1e-9)
