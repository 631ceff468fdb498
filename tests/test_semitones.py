"""The filter bank of semitones: tones in their bands, the definition band by band, and librosa."""

import numpy as np
import oracles
import pytest
from assertions import assert_close, assert_same
from examples import noise
from libraries import Backend, to_numpy

import nnaudio_xp as nax

BANDS = {"center_freqs": [200.0, 500.0, 1500.0], "sample_rates": [2000.0, 4000.0, 8000.0]}


def defined(y, width, hop):
    """Signals at the rates of bands, filtered, squared, and added up in frames; 8000 Hz, centred."""
    y = np.pad(y, width // 2)
    n_frames = 1 + (len(y) - width) // hop
    bank, rates = nax.filters.semitone_filterbank(flayout="sos", **BANDS)
    rows = []
    for sections, rate in zip(bank, rates, strict=True):
        factor = 8000 / rate
        line = oracles.zero_phase(nax.resample(y, orig_sr=8000, target_sr=rate), sections) ** 2
        starts = [round(t * hop / factor) for t in range(n_frames)]
        rows.append([factor * line[start : start + round(width / factor)].sum() for start in starts])
    return np.array(rows)


@pytest.mark.parametrize(("width", "hop"), [(200, 50), (101, 33), (64, 100)])
def test_definition(xp, as_xp, backend, width, hop):
    """On other libraries than NumPy by the closed form of the resampler."""
    y = noise(0, (700,))
    found = nax.iirt(as_xp(y), sr=8000, win_length=width, hop_length=hop, **BANDS)
    expected = defined(y, width, hop)
    assert_same(found, expected, xp=xp, rtol=1e-9 if backend.library == "numpy" else 1e-3, atol=1e-5 * expected.max())


def test_a_tone_is_in_its_semitone(xp, as_xp):
    for note in (48, 69, 100):
        y = np.sin(2 * np.pi * nax.midi_to_hz(note) * np.arange(22050) / 22050)
        energies = to_numpy(nax.iirt(as_xp(y)))
        assert energies.shape == (85, 44)
        assert energies[:, 20].argmax() == note - 24
        assert_close(energies[note - 24, 20], 1024.0, rtol=0.25)  # half of as many samples, less the ripple of two passes


@pytest.mark.once
def test_frequencies_and_rates():
    frequencies, rates = nax.filters.mr_frequencies(0.5)
    assert_close(frequencies, 440 * 2 ** ((np.arange(85) + 24.5 - 69) / 12), rtol=1e-12)
    assert [int((rates == rate).sum()) for rate in (882, 4410, 22050)] == [36, 34, 15]


@pytest.mark.once
@pytest.mark.parametrize("ftype", ["ellip", "butter", "cheby1", "cheby2"])
def test_filters_pass_and_stop(ftype):
    """Within a decibel in a band's width, below -50 dB beyond twice that."""
    (sections,), _ = nax.filters.semitone_filterbank(center_freqs=[440], sample_rates=[4410], flayout="sos", Q=20, ftype=ftype)

    def gain(hertz):
        z = np.exp(-2j * np.pi * hertz / 4410)
        b, a = (sections[:, part] @ [1, z, z * z] for part in (slice(0, 3), slice(3, 6)))
        return 20 * np.log10(abs(np.prod(b / a)))

    for hertz in (440 - 11, 440, 440 + 11):
        assert -1.001 < gain(hertz) < 0.001
    for hertz in (440 - 22.1, 440 + 22.1, 100, 2000):
        assert gain(hertz) < -49.9


@pytest.mark.once
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"flayout": "zpk"}, "flayout='zpk' must be one of 'ba', 'sos'"),
        ({"win_length": 0}, "win_length=0 must be a positive integer"),
        ({"hop_length": 0}, "hop_length=0 must be a positive integer"),
        ({"center": False}, "y has 40 samples: with center=False it must have at least win_length=2048"),
        ({"center": False, "win_length": 30}, r"y is too short: at 882 Hz at least \d+ samples are filtered"),
        ({"center_freqs": [100.0]}, "sample_rates=None: center_freqs and sample_rates are given together"),
        ({"center_freqs": [100.0], "sample_rates": [1.0, 2.0]}, "a rate belongs to each frequency"),
        ({"center_freqs": [500.0], "sample_rates": [1000.0]}, "all bands must lie between 0 and half of their sample_rates"),
        ({"ftype": "bessel"}, "ftype='bessel' must be one of"),
        ({"Q": 0}, "Q=0 must be a finite positive number"),
    ],
)
def test_bad_arguments(options, message):
    with pytest.raises(nax.ParameterError, match=message):
        nax.iirt(noise(0, (40,)), **options)


@pytest.mark.parametrize("backend", [Backend.TORCH_FLOAT32], indirect=True)
def test_numerators_and_denominators_are_numpys(as_xp):
    with pytest.raises(nax.ParameterError, match="flayout='ba': numerators and denominators filter NumPy's arrays alone; use 'sos'"):
        nax.iirt(as_xp(noise(0, (900,))), sr=8000, flayout="ba", **BANDS)


@pytest.mark.once
@pytest.mark.parametrize("flayout", ["sos", "ba"])
def test_like_librosa(librosa, flayout):
    y = noise(0, (9000,))
    for options in ({}, {"center": False, "win_length": 1000, "hop_length": 300, "tuning": 0.3}):
        found = nax.iirt(y, flayout=flayout, **options)
        assert_close(found, librosa.iirt(y, flayout=flayout, **options), rtol=1e-8, atol=1e-10 * found.max())
    for ours, theirs in zip(
        nax.filters.semitone_filterbank(tuning=0.1)[0], librosa.filters.semitone_filterbank(tuning=0.1)[0], strict=True
    ):
        for part, expected in zip(ours, theirs, strict=True):
            assert_close(part, expected, rtol=1e-10)
