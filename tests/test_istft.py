"""The inverse short-time Fourier transform: against the definition, against librosa, and there and
back.
"""

import numpy as np
import oracles
import pytest
from assertions import assert_close, assert_same
from examples import WINDOWS, frames, noise, seeds, syntheses
from hypothesis import assume, given
from hypothesis import strategies as st
from libraries import Backend, to_numpy

import nnaudio_xp as nax

REAL = {"complex64": "float32", "complex128": "float64"}


def rounding(spectrum, options):
    """How much a sample's numerator may be off, over what it is divided by: near the ends of
    uncentred frames that is next to nothing.
    """
    n_fft, width = options["n_fft"], options.get("win_length", options["n_fft"])
    hop, length = options.get("hop_length", max(1, width // 4)), options.get("length")
    window = oracles.window_samples(options.get("window", "hann"), width, n_fft)
    n_frames, eps = spectrum.shape[-1], float(np.finfo(spectrum.dtype).eps)
    over, squares = np.zeros(n_fft + hop * (n_frames - 1)), oracles.window_sum(window, n_frames, hop)
    for t in range(n_frames):
        over[t * hop : t * hop + n_fft] += abs(window)
    over *= 8 * eps * np.abs(spectrum).max(initial=0)
    bound = over / np.where(squares > 0, squares, 1)
    padding = n_fft // 2 if options.get("center", True) else 0
    bound = bound[padding : len(bound) - padding] if length is None else bound[padding : padding + length]
    return np.pad(bound, (0, (length or len(bound)) - len(bound)))


@given(example=syntheses())
def test_definition(xp, as_xp, lazily, example):
    spectrum, options = example
    transform = lazily(lambda spectrum: nax.istft(spectrum, **options))
    expected = oracles.istft(spectrum.astype("complex128"), **options)
    atol = rounding(spectrum, options)
    assert_same(transform(as_xp(spectrum)), expected, xp=xp, dtype=REAL[spectrum.dtype.name], atol=atol)


@pytest.mark.once
@given(example=syntheses())
def test_like_librosa(librosa, example):
    spectrum, options = example
    assume(0 not in spectrum.shape and options["n_fft"] > 1)
    options.setdefault("hop_length", max(1, options.get("win_length", options["n_fft"]) // 4))  # librosa's own default may be 0
    expected = librosa.istft(spectrum, **options)
    assert_same(nax.istft(spectrum, **options), expected, xp=Backend.NUMPY.xp, atol=rounding(spectrum, options))


@pytest.mark.parametrize("precision", ["complex64", "complex128"])
def test_there_and_back(xp, as_xp, lazily, recording, precision):
    y = recording[:30000].astype(REAL[precision])
    for options in ({}, {"n_fft": 1025, "hop_length": 256}, {"n_fft": 400, "hop_length": 160, "window": "hamming"}):
        forth_and_back = lazily(lambda y, options=options: nax.istft(nax.stft(y, **options), length=30000, **options))
        assert_same(forth_and_back(as_xp(y)), y, xp=xp)


@pytest.mark.once
@given(options=frames(), seed=seeds, extra=st.integers(0, 50))
def test_there_and_back_with_any_frames(options, seed, extra):
    """Wherever frames reach: the centred ones all samples, uncentred ones what a window sees."""
    y = noise(seed, (options["n_fft"] + extra,))
    spectrum = nax.stft(y, **options)
    again = nax.istft(spectrum, length=len(y), **options)
    options.setdefault("window", "hann")
    width = options.get("win_length", options["n_fft"])
    hop = options.get("hop_length", max(1, width // 4))
    weight = oracles.window_sum(oracles.window_samples(options["window"], width, options["n_fft"]), spectrum.shape[-1], hop)
    padding = options["n_fft"] // 2 if options.get("center", True) else 0
    seen = np.pad(weight, (0, padding + len(y)))[padding : padding + len(y)] > 1e-3
    assert_close(again[seen], y[seen], atol=1e-12)


@pytest.mark.once
def test_nearest_in_the_least_squares_sense():
    """The spectrogram of the inverse is the orthogonal projection: what is left is orthogonal to every
    spectrogram of a signal.
    """
    spectrum, y = noise(0, (33, 40), "complex128"), noise(1, (624,))
    spectrum[[0, -1]] = spectrum[[0, -1]].real
    rest = spectrum - nax.stft(nax.istft(spectrum, hop_length=16), n_fft=64, hop_length=16)
    twice = np.array([1, *[2] * 31, 1])[:, None]  # a real signal's bins stand for their mirror images too
    product = np.sum(twice * (rest * nax.stft(y, n_fft=64, hop_length=16).conj()).real)
    inside = np.sum(twice * abs(rest) ** 2)
    assert abs(product) < 1e-10 * inside


@pytest.mark.parametrize("window", WINDOWS, ids=repr)
def test_windows_in_every_form(xp, as_xp, dtype, window):
    spectrum = noise(0, (2, 9, 5), {"float32": "complex64", "float64": "complex128"}[dtype])
    samples = oracles.window_samples(window, 12, 12)
    expected = oracles.istft(spectrum.astype("complex128"), win_length=12, window=window)
    atol = rounding(spectrum, {"n_fft": 16, "win_length": 12, "window": window})
    for form in (window, samples, samples.tolist(), as_xp(samples), as_xp(samples, dtype), lambda n: samples):
        assert_same(nax.istft(as_xp(spectrum), win_length=12, window=form), expected, xp=xp, dtype=dtype, atol=atol)


def test_length_cuts_and_fills(xp, as_xp):
    spectrum = noise(0, (2, 9, 6), "complex128")
    whole = to_numpy(nax.istft(as_xp(spectrum), hop_length=4))
    assert whole.shape == (2, 20)
    assert_same(nax.istft(as_xp(spectrum), hop_length=4, length=7), whole[:, :7], xp=xp)
    longer = to_numpy(nax.istft(as_xp(spectrum), hop_length=4, length=40))
    assert_close(longer[:, :20], whole)
    assert_close(longer[:, 28:], np.zeros((2, 12)))  # the last frame ends at sample 4 * 5 + 8


def test_out_is_filled(backend, xp, as_xp, device):
    if backend is Backend.JAX:
        pytest.skip("JAX's arrays cannot be written to")
    spectrum = noise(0, (2, 9, 6), "complex64")
    for options in ({}, {"length": 17}):
        expected = nax.istft(as_xp(spectrum), **options)
        for dtype in ("float32", "float64"):
            out = xp.ones(expected.shape, dtype=getattr(xp, dtype), device=device)
            assert nax.istft(as_xp(spectrum), out=out, **options) is out
            assert_same(out, to_numpy(expected), xp=xp, dtype=dtype, rtol=1e-6)


@pytest.mark.parametrize("name", ["float32", "float64"])
def test_the_results_dtype_can_be_chosen(xp, as_xp, name):
    for precision in REAL:
        spectrum = noise(0, (9, 6), precision)
        for chosen in (name, getattr(xp, name), np.dtype(name)):
            expected = oracles.istft(spectrum.astype("complex128"))
            assert_same(nax.istft(as_xp(spectrum), dtype=chosen), expected, xp=xp, dtype=name, rtol=1e-5)


def test_real_spectrograms_are_spectra_too(xp, as_xp, dtype):
    S = noise(0, (9, 6), dtype)
    assert_same(nax.istft(as_xp(S)), oracles.istft(S.astype("complex128")), xp=xp, dtype=dtype)


def test_one_centred_frame_is_all_padding(xp, as_xp):
    assert_same(nax.istft(as_xp(np.ones((2, 9, 1), "complex64"))), np.ones((2, 0), "float32"), xp=xp)


# --- other frequency scales -----------------------------------------------------------------------

SCALES = [
    {"freq_scale": "linear", "freq_bins": 20, "fmin": 0, "fmax": 4000},
    {"freq_scale": "log", "freq_bins": 40, "fmin": 80, "fmax": 4000},
]
PIANO = {"n_fft": 512, "sr": 22050, "fmax": 11025}


def nearest(spectrum, *, n_fft, hop_length, sr, **scale):
    """The signal, padding included, whose spectrogram is nearest, bins weighted by the distance to the
    next one: dense least squares.
    """
    n_frames = spectrum.shape[-1]
    unit = np.eye(n_fft + hop_length * (n_frames - 1))
    spectrograms = oracles.stft(unit, n_fft=n_fft, hop_length=hop_length, sr=sr, center=False, window="hamming", **scale)
    weights = np.sqrt(np.diff([*oracles.frequencies(n_fft=n_fft, **scale), scale["fmax"]]))[:, None]
    matrix, wanted = ((values * weights).reshape(*values.shape[:-2], -1) for values in (spectrograms, spectrum))
    return np.linalg.lstsq(np.hstack([matrix.real, matrix.imag]).T, np.hstack([wanted.real, wanted.imag]), rcond=None)[0]


@pytest.mark.parametrize("scale", SCALES, ids=repr)
def test_nearest_on_other_scales(xp, as_xp, lazily, scale):
    """For a spectrogram that no signal has."""
    options = {"n_fft": 16, "hop_length": 4, "sr": 8000, **scale}
    spectrum = noise(0, (scale["freq_bins"], 7), "complex128")
    expected = nearest(spectrum, **options)
    inverse = lazily(lambda X, center: nax.istft(X, window="hamming", center=center, n_iter=100, **options), static_argnames="center")
    assert_same(inverse(as_xp(spectrum), center=False), expected, xp=xp, rtol=1e-6)
    assert_same(inverse(as_xp(spectrum), center=True), expected[8:-8], xp=xp, rtol=1e-6)


@pytest.mark.parametrize(
    ("scale", "decibels"),
    [
        ({"freq_scale": "linear", "fmin": 0}, 110),
        ({"freq_scale": "linear", "fmin": 0, "freq_bins": 129}, 70),
        ({"freq_scale": "log", "fmin": 20, "freq_bins": 1025}, 100),
    ],
    ids=repr,
)
def test_recording_comes_back(as_xp, lazily, recording, scale, decibels):
    """Where bins lie closer than twice the DFT's, and cover the band: in single precision."""
    y = recording[2000:10000]
    there_and_back = lazily(lambda y: nax.istft(nax.stft(y, **PIANO, **scale), length=y.shape[-1], **PIANO, **scale))
    back = to_numpy(there_and_back(as_xp(y)))
    assert 20 * np.log10(np.linalg.norm(y) / np.linalg.norm(back - y)) > decibels


@pytest.mark.once
def test_what_lies_outside_the_scale_is_lost(recording):
    """And no more than that: the default range of 50 … 6000 Hz."""
    y = recording[:22050].astype("float64")
    scale = {"n_fft": 2048, "freq_scale": "log"}
    lost = nax.istft(nax.stft(y, **scale), length=len(y), **scale) - y
    energies = abs(np.fft.rfft(lost * np.hanning(len(y)))) ** 2
    outside = np.abs(np.fft.rfftfreq(len(y), 1 / 22050) - 3025) > 2975
    assert energies[outside].sum() > 0.8 * energies.sum()


@pytest.mark.once
def test_bad_arguments_of_other_scales():
    spectrum = np.zeros((9, 4), "complex64")
    for options, message in [
        ({}, "n_fft=None must be a positive integer"),
        ({"n_fft": 16, "freq_bins": 8}, "freq_bins=8 does not fit the 9 frequencies of stft_matrix"),
        ({"n_fft": 16, "fmax": 12000}, "fmax=12000 must be at most sr / 2 = 11025 Hz"),
        ({"n_fft": 16, "n_iter": 0}, "n_iter=0 must be a positive integer"),
    ]:
        with pytest.raises(nax.ParameterError, match=message):
            nax.istft(spectrum, freq_scale="log", **options)
