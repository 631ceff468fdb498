"""Continuous wavelet transforms: their definition, grids of scales, the inverse, derivatives, errors."""

import math
import pickle

import numpy as np
import oracles
import pytest
import scipy.signal
from assertions import assert_close, assert_same
from catalogue import PIANO
from examples import at_most, noise, seeds
from hypothesis import given
from hypothesis import strategies as st
from libraries import Backend, require, to_numpy

import nnaudio_xp as nax
from nnaudio_xp.wavelets import wavelet_of

LIMITS = {"float32": 1e-6, "float64": 1e-12}
WAVELETS = {  # how far each reaches, in scales, to double precision
    ("morlet",): 9,
    ("morlet", 2.0, 1.5): 13,
    ("morse", 3.0, 20.0): 44,
    ("ricker",): 10,
    ("dog", 1): 10,
    ("dog", 6): 11,
    ("paul", 6): 250,
    ("bump", 5.0, 3.0): 450,
}
DECAYING = [wavelet for wavelet, reach in WAVELETS.items() if reach < 20]
MODES = ["constant", "reflect", "edge", "symmetric", "linear_ramp"]


def relative_error(actual, expected):
    return np.linalg.norm(to_numpy(actual).astype(np.result_type(expected)) - expected) / np.linalg.norm(expected)


def snr(expected, actual):
    return 10 * math.log10(np.sum(expected**2) / np.sum((to_numpy(actual) - expected) ** 2))


def in_band(n, sr, low, high, seed=5):
    """Noise between two frequencies, louder at the low ones."""
    spectrum, f = np.fft.rfft(noise(seed, (n,))), np.fft.rfftfreq(n, 1 / sr)
    return np.fft.irfft(np.where((f > low) & (f < high), spectrum / np.maximum(f, 1), 0), n)


# --- the definition -------------------------------------------------------------------------------


@pytest.mark.parametrize("wavelet", WAVELETS, ids=str)
@pytest.mark.parametrize("hop_length", [1, 4])
def test_the_definition(xp, as_xp, dtype, wavelet, hop_length):
    """The smallest scales, whose samples alias, among them, and both ends of the signal."""
    y, scales = noise(0, (90,), dtype), [0.6, 4.0, 1.0, 9.5, 2.3]
    psi = oracles.mother(*wavelet)
    expected = oracles.cwt(y.astype("float64"), psi, scales, reach=WAVELETS[wavelet], hop_length=hop_length)
    W = nax.cwt(as_xp(y), wavelet=wavelet, scales=scales, hop_length=hop_length)
    kind = {"float32": "complex64", "float64": "complex128"}[dtype] if np.iscomplexobj(expected) else dtype
    assert_same(W, expected.astype(kind), xp=xp, rtol=0, atol=LIMITS[dtype] * abs(expected).max(), dtype=dtype)
    for row, wanted in zip(to_numpy(W), expected, strict=True):
        assert relative_error(row, wanted) < 20 * LIMITS[dtype]


@pytest.mark.once
@pytest.mark.parametrize("pad_mode", MODES)
@at_most(6)
@given(st.sampled_from(DECAYING), st.sampled_from(["l1", "l2"]), st.integers(1, 5), st.integers(1, 70), seeds)
def test_what_is_around_the_signal(pad_mode, wavelet, norm, hop_length, n, seed):
    y = noise(seed, (n,))
    scales = np.random.default_rng(seed).uniform(0.7, 12, 4).tolist()
    options = {"hop_length": hop_length, "norm": norm, "pad_mode": pad_mode}
    margin = None
    if pad_mode == "linear_ramp":  # whose slope depends on its length
        bank = nax.transforms.wavelet.wavelet_bank(sr=22050, wavelet=wavelet, scales=scales, hop_length=hop_length)
        margin = bank.padding(3e-15)
    expected = oracles.cwt(y, oracles.mother(*wavelet), scales, reach=WAVELETS[wavelet], margin=margin, **options)
    W = nax.cwt(y, wavelet=wavelet, scales=scales, **options)
    assert_close(W, expected, rtol=0, atol=1e-12 * max(1, abs(y).max()))


@pytest.mark.once
@pytest.mark.parametrize("hop_length", [1, 7])
def test_blocks_join_without_a_seam(hop_length):
    """Long signals are cut into blocks, of another length for each group of scales."""
    y, scales = noise(1, (40000,)), np.geomspace(2, 300, 24)
    W = nax.cwt(y, scales=scales, hop_length=hop_length)
    psi = oracles.mother("morlet")
    for row in (0, 9, 16, 23):
        atom = np.conj(psi(np.arange(-3000, 3001) / scales[row])) / scales[row]
        expected = scipy.signal.fftconvolve(y, atom[::-1], mode="same")[::hop_length]
        assert_close(W[row], expected, rtol=0, atol=1e-11)


@pytest.mark.once
def test_faint_rows_keep_their_digits():
    """A tone 100 dB below another: rounding is relative to each row."""
    t = np.arange(20000) / 8000
    y = (np.sin(2 * np.pi * 200 * t) + 1e-5 * np.sin(2 * np.pi * 3000 * t)) * np.hanning(20000)
    grid = {"sr": 8000, "wavelet": ("morlet", 12.0), "frequencies": [3000.0, 200.0]}
    single, exact = (nax.cwt(y.astype("float32").astype(dtype), **grid) for dtype in ("float32", "float64"))
    assert abs(exact[0]).max() < 1e-4 * abs(exact[1]).max()
    assert relative_error(single[0], exact[0]) < 1e-4
    assert relative_error(single[1], exact[1]) < 1e-6


@pytest.mark.once
def test_scipys_former_transform():
    """Its wavelets were cut off after five scales, and centred between samples for even lengths."""
    y = noise(3, (501,))
    for width in (4.1, 9.3):
        n = 10 * math.ceil(width) + 1
        t = np.arange(n) - (n - 1) / 2
        ricker = 2 / (math.sqrt(3 * width) * math.pi**0.25) * (1 - (t / width) ** 2) * np.exp(-((t / width) ** 2) / 2)
        former = np.convolve(y, ricker, mode="same")
        ours = nax.cwt(y, wavelet="ricker", scales=[width], norm="l2")[0]
        assert_close(ours, former, rtol=0, atol=1e-4 * abs(former).max())


@pytest.mark.once
@pytest.mark.parametrize("wavelet", WAVELETS, ids=str)
def test_a_wavelet_is_what_books_say(wavelet):
    shape, psi = wavelet_of(wavelet), oracles.mother(*wavelet)
    t = np.linspace(-4, 4, 33)
    assert_close(shape.waveform(t), psi(t), rtol=0, atol=1e-12)
    fine = np.linspace(-40, 40, 16001)
    at = np.asarray([0.7, shape.peak])
    spectrum = np.exp(-1j * np.outer(at, fine)) @ psi(fine) * (fine[1] - fine[0])
    tolerance = 1e-9 if WAVELETS[wavelet] < 20 else 1e-4  # the integral ends where the wavelet does not
    assert_close(shape.spectrum(at) * 1j**shape.quarter_turns, spectrum, rtol=0, atol=tolerance)
    omega = np.linspace(*shape.bounds, 400001)
    assert omega[np.argmax(abs(shape.spectrum(omega)))] == pytest.approx(
        math.copysign(shape.peak, omega[np.argmax(abs(shape.spectrum(omega)))]), abs=1e-3
    )
    assert pickle.loads(pickle.dumps(shape)) == shape


# --- scales and frequencies -----------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize("wavelet", ["morlet", "morse", "ricker", "paul", "bump"])
def test_a_sinusoid_is_loudest_at_its_frequency(wavelet):
    sr, frequency = 8000, 500
    y = np.sin(2 * np.pi * frequency * np.arange(8000) / sr)
    frequencies = frequency * 2.0 ** (np.arange(-8, 9) / 24)
    W = abs(nax.cwt(y, sr=sr, wavelet=wavelet, frequencies=frequencies))[:, 3000:5000].max(axis=1)
    assert W.argmax() == 8
    shape = wavelet_of(wavelet)
    assert W[8] == pytest.approx(shape.spectrum(np.asarray(shape.peak)) * (1 if shape.is_real else 0.5), rel=1e-3)


@pytest.mark.once
def test_grids():
    scales = nax.cwt_scales(sr=8000, fmin=100, n_bins=25)
    frequencies = nax.cwt_frequencies(scales, sr=8000)
    assert_close(frequencies, 100 * 2 ** (np.arange(25) / 12), rtol=1e-12)
    y = noise(4, (300,))
    assert_close(nax.cwt(y, sr=8000, fmin=100, n_bins=25), nax.cwt(y, sr=8000, scales=scales), rtol=1e-12)
    assert nax.cwt(y, sr=8000, fmin=100).shape[0] == 1 + math.floor(12 * math.log2(40))  # all up to sr / 2
    spaced = {
        spacing: nax.cwt_scales(sr=8000, fmin=100, fmax=1000, n_bins=5, spacing=spacing, kind="energy") for spacing in ("log", "linear")
    }
    assert_close(np.diff(np.log(spaced["log"])), np.full(4, np.log(0.1) / 4), rtol=1e-12)
    assert_close(np.diff(spaced["linear"]), np.full(4, np.ptp(spaced["linear"]) / -4), rtol=1e-12)
    for values in spaced.values():
        assert_close(nax.cwt_frequencies(values, sr=8000, kind="energy")[[0, -1]], np.asarray([100.0, 1000.0]), rtol=1e-12)


@pytest.mark.once
@pytest.mark.parametrize(("wavelet", "time"), [("morlet", 2**0.5), ("ricker", 2**0.5), (("paul", 4), (math.exp(0.4) - 1) ** 0.5)])
def test_cones_of_influence(wavelet, time):
    """Torrence & Compo's e-folding times; a jump at the end of the signal falls by exp(-2) in power there."""
    assert_close(nax.cwt_cone(np.asarray([50.0]), sr=100, wavelet=wavelet), np.asarray([time * 0.5]), rtol=1e-3)


# --- back to signals ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options", [{}, {"hop_length": 4}, {"wavelet": "morse"}, {"wavelet": "ricker", "norm": "l2"}, {"pad_mode": "reflect"}], ids=str
)
def test_the_inverse(backend, xp, as_xp, lazily, options):
    if backend is Backend.JAX and options:
        pytest.skip("one example is enough to compile")
    y = in_band(6000, 8000, 150, 700)
    grid = {"sr": 8000, "fmin": 100, "n_bins": 48, **options}
    z = lazily(lambda W: nax.icwt(W, length=6000, **grid))(nax.cwt(as_xp(y), **grid))
    assert snr(y, z) > (30 if "pad_mode" in options else 60)  # this noise is as loud at its ends, which reflections double


@pytest.mark.once
def test_music_comes_back():
    soundfile = pytest.importorskip("soundfile")
    y, sr = soundfile.read(PIANO, stop=44100)
    spectrum, f = np.fft.rfft(y), np.fft.rfftfreq(y.size, 1 / sr)
    y = np.fft.irfft(np.where((f > 60) & (f < 4000), spectrum, 0), y.size)
    grid = {"sr": sr, "fmin": 50, "n_bins": 80}
    W = nax.cwt(y, **grid)
    assert snr(y, nax.icwt(W, **grid)) > 60
    assert snr(y, nax.icwt(W, method="integral", **grid)) > 30


@pytest.mark.once
def test_frame_bounds():
    """Between them lies what a sinusoid keeps of its energy, and nothing else."""
    grid = {"sr": 8000, "fmin": 200, "n_bins": 36, "hop_length": 6}
    frequencies, lower, upper = nax.cwt_frame_bounds(**grid)
    for frequency in (300, 500, 900, 1300):
        y = np.sin(2 * np.pi * frequency * np.arange(8000) / 8000) * np.hanning(8000)
        kept = np.sum(abs(nax.cwt(y, **grid)) ** 2) / np.sum(y**2)
        near = abs(frequencies - frequency) < 60
        assert 0.999 * lower[near].min() < kept < 1.001 * upper[near].max()
    _, lower, upper = nax.cwt_frame_bounds(**{**grid, "hop_length": 1})
    assert_close(lower, upper, rtol=1e-9)


# --- memory, derivatives, errors ------------------------------------------------------------------


@pytest.mark.once
def test_the_shape_of_the_callers_memory():
    with pytest.raises(nax.ParameterError, match=r"out has shape \(2, 2, 120\): it must be \(2, 1, 120\)"):
        nax.cwt(noise(6, (2, 120)), scales=[2.0], out=np.zeros((2, 2, 120), "complex128"))


@pytest.mark.parametrize("wavelet", ["morlet", ("dog", 1)], ids=str)
@pytest.mark.parametrize("pad_mode", MODES)
def test_the_gradient_is_the_adjoint(backend, xp, as_xp, wavelet, pad_mode):
    if backend.library != "torch":
        pytest.skip("torch's operators are tested; others differentiate the portable code")
    torch = require("torch")
    y = torch.asarray(noise(7, (40,))).requires_grad_()
    options = {"wavelet": wavelet, "scales": [1.0, 4.0], "hop_length": 3, "pad_mode": pad_mode}
    assert torch.autograd.gradcheck(lambda y: nax.cwt(y, **options), (y,))
    assert torch.autograd.gradgradcheck(lambda y: nax.cwt(y, **options), (y,))


@pytest.mark.once
def test_silence_and_one_sample():
    assert not nax.cwt(np.zeros(50), scales=[1.0, 30.0]).any()
    assert_close(nax.cwt(np.ones(1), wavelet="ricker", scales=[3.0], norm="l2"), np.asarray([[0.8673250706 / 3**0.5]]), rtol=1e-9)


BAD = [
    ({"wavelet": "haar"}, "wavelet='haar' must be one of 'morlet'"),
    ({"wavelet": ("morlet", -1.0)}, "center=-1.0 must be a finite positive number"),
    ({"wavelet": ("ricker", 2)}, r"wavelet=\('ricker', 2\) has parameters that Ricker does not take"),
    ({"wavelet": ("bump", 1.0, 2.0)}, "width=2.0 must be at most center=1.0"),
    ({"wavelet": ("paul", 2.5)}, "order=2.5 must be a positive integer"),
    ({"scales": []}, "scales=.* must be a sequence of one number or more"),
    ({"scales": [1.0, 0.0]}, r"scales\[1\]=0.0 must be a finite positive number"),
    ({"scales": np.ones((2, 2))}, r"scales has shape \(2, 2\): it must have one axis"),
    ({"scales": [1.0], "n_bins": 3}, "all say which rows there are"),
    ({"frequencies": [5000.0], "sr": 8000}, "frequencies up to 5000 Hz must be at most sr / 2 = 4000 Hz"),
    ({"fmin": 100, "n_bins": 100, "sr": 8000}, "must be at most sr / 2 = 4000 Hz"),
    ({"norm": "l3"}, "norm='l3' must be one of 'l1', 'l2'"),
    ({"hop_length": 0}, "hop_length=0 must be a positive integer"),
    ({"pad_mode": "mirror"}, "pad_mode='mirror' must be one of"),
    ({"scales": [1e12]}, "a scale of 1e"),
    ({"n_bins": 10**12, "fmin": 1e-3}, "would take"),
]


@pytest.mark.once
@pytest.mark.parametrize(("options", "message"), BAD, ids=str)
def test_bad_input_is_named(options, message):
    with pytest.raises(nax.ParameterError, match=message):
        nax.cwt(np.zeros(100), **options)


@pytest.mark.once
def test_bad_inverses_are_named():
    W = nax.cwt(np.zeros(100), scales=[1.0, 2.0], hop_length=3)
    for options, message in (
        ({"scales": [1.0]}, "W has 2 rows: with these arguments it must have 1"),
        ({"scales": [1.0, 2.0], "hop_length": 3, "length": 200}, "length=200 has 67 frames of hop_length=3: there are 34"),
        ({"scales": [1.0, 2.0], "hop_length": 3, "method": "integral"}, "hop_length=3 must be 1 for method='integral'"),
        ({"scales": [1.0, 2.0], "method": "fast"}, "method='fast' must be one of 'dual', 'integral'"),
        ({"scales": [1.0, 2.0], "n_iter": -1}, "n_iter=-1 must be"),
    ):
        with pytest.raises(nax.ParameterError, match=message):
            nax.icwt(W, **options)
