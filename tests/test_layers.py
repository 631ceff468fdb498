"""The layers on every array library: the numbers of the functions, nnAudio's arguments, attributes
and shapes.
"""

import copy
import importlib
import inspect
import pickle
from functools import partial

import numpy as np
import oracles
import pytest
from assertions import assert_close, assert_same
from catalogue import CONSTANT_Q_LAYERS as FAMILY
from catalogue import LAYERS, SMALL, TRAINABLE_LAYERS, TRAINED, WAVELET_LAYERS
from catalogue import layer_example as example_input
from examples import analyses, noise
from hypothesis import given
from hypothesis import strategies as st
from libraries import Backend, has_layers, to_numpy, wanted

import nnaudio_xp as nax
from nnaudio_xp import layers

EVERY = [name for name in SMALL if name not in ("NSGT", "Combined_Frequency_Periodicity")]  # which have files of their own
NAMES = [name for name in TRAINABLE_LAYERS if name not in FAMILY]
INVERSES = [name for name in EVERY if LAYERS[name].takes != "waveforms"]
ON_JAX = pytest.mark.parametrize("backend", [backend for backend in wanted() if backend is Backend.JAX], indirect=True, ids=["jax"])


def as_batch(y):
    """Waveforms as (B, L), the way the layers read them."""
    if y.ndim == 3 and y.shape[1] == 1:
        return y[:, 0]
    return y[None] if y.ndim == 1 else y


def rounding(y, n_fft):
    """What sums of `n_fft` products may be off by, for each eps: the waves' angles grow with the
    sample, and so does their error.
    """
    return 4 * n_fft * (n_fft + 4) * float(np.abs(y).max(initial=0))


def pairs(spectrum):
    return np.stack([spectrum.real, spectrum.imag], axis=-1)


# --- the functions' numbers -----------------------------------------------------------------------

scales = st.just({}) | st.fixed_dictionaries(
    {
        "freq_scale": st.sampled_from(["linear", "log", "log2"]),
        "freq_bins": st.none() | st.integers(1, 9),
        "fmin": st.just(100),
        "fmax": st.just(3000),
        "sr": st.just(8000),
    }
)


@given(example=analyses(), scale=scales, trainable=st.booleans())
def test_stft(xp, as_xp, lazily, build, example, scale, trainable):
    y, options = example
    options = {"pad_mode": "reflect", **options, **scale}
    layer = build("STFT", **options, trainable=trainable, output_format="Complex")
    expected = pairs(oracles.stft(as_batch(y), **options))
    eps = float(np.finfo("float32" if trainable else y.dtype).eps)  # kernels to be trained are held in single precision
    atol = eps * rounding(y, options["n_fft"]) if trainable or scale else None
    assert_same(lazily(layer)(as_xp(y)), expected, xp=xp, dtype=y.dtype, atol=atol)


@pytest.mark.parametrize("trainable", [False, True])
@pytest.mark.parametrize("scale", [{}, {"freq_bins": 5}, {"freq_scale": "log", "fmin": 100, "fmax": 3000, "sr": 8000}], ids=repr)
def test_stft_formats(xp, as_xp, dtype, build, scale, trainable):
    y = noise(0, (2, 200), dtype)
    if "freq_scale" in scale:
        expected = oracles.stft(y, n_fft=32, pad_mode="reflect", **scale)
    else:
        expected = oracles.stft(y, n_fft=32, pad_mode="reflect")[:, : scale.get("freq_bins")]
    tolerance = {"rtol": 2e-5} if trainable or scale else {}
    every = [build("STFT", n_fft=32, trainable=trainable, **scale, output_format=name) for name in ("Complex", "Magnitude", "Phase")]
    for layer in every:
        assert_same(layer(as_xp(y), output_format="Complex"), pairs(expected), xp=xp, dtype=dtype, **tolerance)
        assert_same(layer(as_xp(y), "Magnitude"), abs(expected), xp=xp, dtype=dtype, **tolerance)
    assert_same(every[0](as_xp(y)), pairs(expected), xp=xp, dtype=dtype, **tolerance)
    assert_same(every[1](as_xp(y)), abs(expected), xp=xp, dtype=dtype, **tolerance)
    phase = every[2](as_xp(y))
    assert_same(phase, np.angle(expected), xp=xp, dtype=dtype, atol=2 * np.pi + 0.1)
    reliable = abs(expected) > 0.01 * abs(expected).max()
    assert_close(np.exp(1j * to_numpy(phase))[reliable], np.exp(1j * np.angle(expected))[reliable], atol=1e-3, rtol=0)


@pytest.mark.parametrize("trainable", [False, True])
def test_phases_of_real_bins(xp, as_xp, build, trainable):
    """A sum of negative numbers points to pi, not to -pi; and silence to 0."""
    layer = build("STFT", n_fft=8, window="boxcar", center=False, hop_length=8, output_format="Phase", trainable=trainable)
    phase = to_numpy(layer(as_xp(np.concatenate([-np.ones(8), np.zeros(8)]))))
    assert phase[0, 0, 0] == pytest.approx(np.pi)
    assert (phase[0, :, 1] == 0).all()


MELS = [
    {"power": 1, "htk": True, "norm": None, "fmin": 100.0, "fmax": 3000.0},
    {"power": 0.7, "hop_length": 20, "win_length": 50, "window": ("kaiser", 5.0), "pad_mode": "constant"},
    {"n_fft": 65, "hop_length": 30, "center": False},
    {"hop_length": 100, "norm": np.inf},
]


@pytest.mark.parametrize("trained", [{}, TRAINED["MelSpectrogram"]], ids=["frozen", "trained"])
@pytest.mark.parametrize("options", MELS, ids=repr)
def test_melspectrogram(xp, as_xp, dtype, lazily, build, options, trained):
    y = noise(0, (3, 700), dtype)
    arguments = {"sr": 8000, "n_fft": 64, "n_mels": 5, **options}
    norm = {"norm": None} if options.get("norm") == np.inf else {"norm": options.get("norm", "slaney")}
    expected = nax.feature.melspectrogram(y=y.astype("float64"), **{"pad_mode": "reflect", **arguments, **norm})
    layer = build("MelSpectrogram", **arguments, **trained)
    assert_same(lazily(layer)(as_xp(y)), expected, xp=xp, dtype=dtype, rtol=2e-5 if trained else None)


GAMMATONES = [
    {"n_bins": 5, "power": 1, "htk": True, "norm": None, "fmin": 100.0, "fmax": 3000.0},
    {"n_fft": 65, "hop_length": 30, "center": False, "norm": "slaney"},
    {"power": 0.7, "hop_length": 20, "win_length": 50, "window": "hamming", "pad_mode": "constant", "norm": np.inf},
]


@pytest.mark.parametrize("trained", [{}, TRAINED["Gammatonegram"]], ids=["frozen", "trained"])
@pytest.mark.parametrize("options", GAMMATONES, ids=repr)
def test_gammatonegram(xp, as_xp, dtype, lazily, build, options, trained):
    y = noise(0, (3, 700), dtype)
    arguments = {"sr": 8000, "n_fft": 64, **options}
    expected = nax.gammatone(y.astype("float64"), **{"pad_mode": "reflect", "power": 2.0, "fmin": 0.0, **arguments})
    layer = build("Gammatonegram", **arguments, **trained)
    assert_same(lazily(layer)(as_xp(y)), expected, xp=xp, dtype=dtype, rtol=2e-5 if trained else None)


MFCCS = [
    {"n_mfcc": 3, "norm": None, "top_db": None, "htk": True, "power": 1.0, "pad_mode": "constant"},
    {"n_mfcc": 30, "norm": "forward", "top_db": 20.0, "hop_length": 16},
]


@pytest.mark.parametrize("trainable", [False, True])
@pytest.mark.parametrize("options", MFCCS, ids=repr)
def test_mfcc(xp, as_xp, dtype, lazily, build, options, trainable):
    y = noise(0, (3, 700), dtype)
    arguments = {"sr": 8000, "n_fft": 64, "n_mels": 6, **options}
    expected = nax.feature.mfcc(y=y.astype("float64"), **{"pad_mode": "reflect", "n_mfcc": 20, **arguments})
    layer = build("MFCC", **arguments, trainable_mel=trainable, trainable_STFT=trainable)
    assert_same(lazily(layer)(as_xp(y)), expected, xp=xp, dtype=dtype, rtol=2e-5)


def test_mfcc_levels(xp, as_xp, build):
    """`ref` and `amin`, given in any kind of number."""
    y = noise(0, (2, 700))
    mel = nax.feature.melspectrogram(y=y, sr=8000, n_fft=64, n_mels=6, pad_mode="reflect")
    for ref, amin in ((1, 1e-10), (-3.0, 1), (np.float32(0.5), np.float32(2)), (0, 0.01)):
        levels = oracles.decibels(mel, ref=float(ref), amin=float(amin), top_db=70)
        layer = build("MFCC", sr=8000, n_fft=64, n_mels=6, ref=ref, amin=amin, top_db=70)
        assert_same(layer(as_xp(y)), oracles.mfcc(levels, n_mfcc=20), xp=xp, dtype="float64")


# arguments, and whether the spectra are whole ones
SYNTHESES = [
    ({"win_length": 20, "length": 100}, False),
    ({"n_fft": 31, "hop_length": 6}, True),
    ({"hop_length": 5, "window": "hamming", "length": 11}, True),
    ({"center": False, "window": "hamming", "length": 150}, False),
]


def hermitian_half(spectrum, n_fft):
    """The half spectrum of the real part of what a whole one stands for."""
    mirrored = np.concatenate([spectrum[..., :1, :], spectrum[..., :0:-1, :]], axis=-2).conj()
    return ((spectrum + mirrored) / 2)[..., : 1 + n_fft // 2, :]


@pytest.mark.parametrize("trained", [{}, TRAINED["iSTFT"]], ids=["frozen", "trained"])
@pytest.mark.parametrize(("options", "whole"), SYNTHESES, ids=repr)
def test_istft(xp, as_xp, dtype, lazily, build, options, whole, trained):
    options = {"n_fft": 32, **options}
    length, n_fft = options.pop("length", None), options["n_fft"]
    spectrum = noise(0, (2, n_fft if whole else 1 + n_fft // 2, 9), {"float32": "complex64", "float64": "complex128"}[dtype])
    half = hermitian_half(spectrum, n_fft) if whole else spectrum
    expected = oracles.istft(half.astype("complex128"), **options, **({"length": length} if length else {}))
    layer = build("iSTFT", **options, **trained)
    tolerance = {"rtol": 2e-5} if trained else {}
    assert_same(lazily(lambda X: layer(X, None, length))(as_xp(pairs(spectrum))), expected, xp=xp, dtype=dtype, **tolerance)
    assert_same(lazily(lambda X: layer(X, not whole, length))(as_xp(spectrum)), expected, xp=xp, dtype=dtype, **tolerance)


def test_inverse_of_the_same_layer(xp, as_xp, dtype, lazily, build_own):
    y = noise(0, (2, 400), dtype)
    for options in ({"n_fft": 32}, {"n_fft": 45, "win_length": 40, "hop_length": 9, "window": "hamming"}, {"n_fft": 32, "trainable": True}):
        layer = build_own("STFT", **options)
        tolerance = {"rtol": 2e-5} if "trainable" in options else {}
        there_and_back = lazily(lambda y, layer=layer: (layer.inverse(layer(y), length=400), layer.inverse(layer(y), onesided=True)))
        full, shorter = there_and_back(as_xp(y))
        assert_same(full, y, xp=xp, dtype=dtype, **tolerance)
        shorter = to_numpy(shorter)
        assert 400 - layer.stride < shorter.shape[-1] <= 400
        assert_close(shorter, y[:, : shorter.shape[-1]], **tolerance)


SCALES = [
    {"freq_scale": "linear", "freq_bins": 20, "fmin": 0, "fmax": 4000},
    {"freq_scale": "log", "freq_bins": 40, "fmin": 80, "fmax": 4000},
]


@pytest.mark.parametrize("trained", [{}, {"trainable_window": True}], ids=["frozen", "trained"])
@pytest.mark.parametrize("scale", SCALES, ids=repr)
def test_inverse_of_other_frequency_scales(xp, as_xp, dtype, lazily, build_own, scale, trained):
    """As the function's, by the layer and by the inverse layer, from pairs and from complex
    numbers.
    """
    arguments = {"n_fft": 32, "hop_length": 8, "sr": 8000, **scale}
    spectrum = nax.stft(noise(0, (2, 300)), **arguments)
    expected = nax.istft(spectrum, length=300, **arguments)
    inverse = lazily(lambda X: build_own("iSTFT", **arguments, **trained)(X, length=300))
    values = as_xp(pairs(spectrum), dtype)
    assert_same(inverse(values), expected, xp=xp, dtype=dtype, rtol=1e-4)
    assert_same(inverse(as_xp(spectrum)), expected, xp=xp, rtol=1e-4)
    same_layers = lazily(lambda X: build_own("STFT", **arguments).inverse(X, length=300))
    assert_same(same_layers(values), expected, xp=xp, dtype=dtype, rtol=1e-4)


# --- what comes in and what comes out -------------------------------------------------------------


@pytest.mark.parametrize("trained", [False, True])
@pytest.mark.parametrize("name", EVERY)
def test_batches(xp, as_xp, lazily, build, name, trained):
    """(L), (B, L), (B, 1, L) and further axes: a clip never depends on the others."""
    layer = lazily(build(name, **SMALL[name], **(TRAINED[name] if trained else {})))
    x = example_input(name, (2, 3, 300))
    several = to_numpy(layer(as_xp(x)))
    one = x[1, 2] if name in INVERSES else x[1, 2][None]
    assert_same(layer(as_xp(x[1, 2])), to_numpy(layer(as_xp(one))), xp=xp)
    assert_close(to_numpy(layer(as_xp(one))).reshape(several.shape[2:]), several[1, 2])
    assert_close(to_numpy(layer(as_xp(x[1]))), several[1])
    if name not in INVERSES:
        assert_close(to_numpy(layer(as_xp(x[1][:, None]))), several[1])
    none = to_numpy(layer(as_xp(x[:0])))
    assert none.shape == (0, *several.shape[1:])


@pytest.mark.parametrize("trained", [False, True])
@pytest.mark.parametrize("name", EVERY)
def test_half_precision(backend, xp, as_xp, lazily, build, name, trained):
    """Computed in float32, and given back in the input's precision."""
    if not has_layers(backend):
        pytest.skip("the standard has no float16")
    layer = lazily(build(name, **SMALL[name], **(TRAINED[name] if trained else {})))
    x = example_input(name, dtype="float16")
    expected = to_numpy(layer(as_xp(x, "float32")))
    result = layer(as_xp(x))
    assert result.dtype == xp.asarray(as_xp(x)).dtype
    assert_close(to_numpy(result).astype("float32"), expected, rtol=1e-3, atol=1e-3 * abs(expected).max())


def test_what_half_precision_does_not_hold_is_infinite(backend, as_xp, build):
    if not has_layers(backend):
        pytest.skip("the standard has no float16")
    layer = build("MelSpectrogram", **SMALL["MelSpectrogram"], norm=None)
    x = 30 * example_input("MelSpectrogram", dtype="float16")
    with np.errstate(over="ignore"):
        expected, result = to_numpy(layer(as_xp(x, "float32"))).astype("float16"), to_numpy(layer(as_xp(x)))
    assert 0 < np.isinf(expected).sum() < expected.size
    assert_close(result, expected, rtol=2e-3)


@pytest.mark.parametrize("trained", [False, True])
@pytest.mark.parametrize("name", ["STFT", "MelSpectrogram", "Gammatonegram", "MFCC"])
def test_what_is_not_finite_stays_in_its_frames(as_xp, build, name, trained):
    layer = build(name, **{**SMALL[name], "hop_length": 64}, center=False, **(TRAINED[name] if trained else {}))
    options = {"output_format": "Magnitude"} if name == "STFT" else {}
    y = noise(0, (2, 640))
    for bad in (np.nan, np.inf):
        y[0, 70] = bad
        with np.errstate(invalid="ignore"):
            finite = np.isfinite(to_numpy(layer(as_xp(y), **options)))
        expected = np.ones(finite.shape, bool)
        expected[0, :, 1] = False
        assert (finite == expected).all()


@pytest.mark.parametrize("name", EVERY)
def test_lists_and_other_libraries_are_brought_in(backend, xp, build_own, name):
    if backend.library == "torch":
        pytest.skip("a torch module takes tensors")
    layer, x = build_own(name, **SMALL[name]), example_input(name, dtype="float64")
    expected = to_numpy(layer(xp.asarray(x)))
    assert_same(layer(x.tolist()), expected, xp=xp, dtype=xp.asarray([0.5]).dtype)
    assert_same(layer(x), expected, xp=xp)


# --- nnAudio's classes ----------------------------------------------------------------------------

SIGNATURES = {
    "STFT": "(n_fft=2048, win_length=None, freq_bins=None, hop_length=None, window='hann', freq_scale='no', center=True, "
    "pad_mode='reflect', iSTFT=False, fmin=50, fmax=6000, sr=22050, trainable=False, output_format='Complex', verbose=True)",
    "iSTFT": "(n_fft=2048, win_length=None, freq_bins=None, hop_length=None, window='hann', freq_scale='no', center=True, fmin=50, "
    "fmax=6000, sr=22050, trainable_kernels=False, trainable_window=False, verbose=True, refresh_win=True, n_iter=32)",
    "MelSpectrogram": "(sr=22050, n_fft=2048, win_length=None, n_mels=128, hop_length=512, window='hann', center=True, pad_mode='reflect', "
    "power=2.0, htk=False, fmin=0.0, fmax=None, norm=1, trainable_mel=False, trainable_STFT=False, verbose=True, iSTFT=False)",
    "Gammatonegram": "(sr=22050, n_fft=2048, win_length=None, n_bins=64, hop_length=512, window='hann', center=True, pad_mode='reflect', "
    "power=2.0, htk=False, fmin=0.0, fmax=None, norm=1, trainable_bins=False, trainable_STFT=False, verbose=True, iSTFT=False)",
    "Chroma": "(sr=22050, n_fft=2048, n_chroma=12, hop_length=512, window='hann', center=True, pad_mode='constant', norm=inf, "
    "tuning=0.0, win_length=None, ctroct=5.0, octwidth=2, base_c=True, power=2.0, trainable_chroma=False, trainable_STFT=False)",
    "MFCC": "(sr=22050, n_mfcc=20, norm='ortho', verbose=True, ref=1.0, amin=1e-10, top_db=80.0, *, n_fft=2048, win_length=None, "
    "n_mels=128, hop_length=512, window='hann', center=True, pad_mode='reflect', power=2.0, htk=False, fmin=0.0, fmax=None, "
    "trainable_mel=False, trainable_STFT=False, iSTFT=False)",
    "CQT1992": "(sr=22050, hop_length=512, fmin=220, fmax=None, n_bins=84, trainable_STFT=False, trainable_CQT=False, "
    "bins_per_octave=12, filter_scale=1, output_format='Magnitude', norm=1, window='hann', center=True, "
    "pad_mode='reflect', *, compat=None)",
    "CQT1992v2": "(sr=22050, hop_length=512, fmin=32.7, fmax=None, n_bins=84, bins_per_octave=12, filter_scale=1, norm=1, "
    "window='hann', center=True, pad_mode='reflect', trainable=False, output_format='Magnitude', verbose=True, *, "
    "compat=None)",
    "CQT2010": "(sr=22050, hop_length=512, fmin=32.7, fmax=None, n_bins=84, bins_per_octave=12, norm=True, basis_norm=1, "
    "window='hann', pad_mode='reflect', trainable_STFT=False, filter_scale=1, trainable_CQT=False, "
    "output_format='Magnitude', earlydownsample=True, verbose=True, *, compat=None)",
    "CQT2010v2": "(sr=22050, hop_length=512, fmin=32.7, fmax=None, n_bins=84, filter_scale=1, bins_per_octave=12, norm=True, "
    "basis_norm=1, window='hann', pad_mode='reflect', earlydownsample=True, trainable=False, "
    "output_format='Magnitude', verbose=True, *, compat=None)",
    "VQT": "(sr=22050, hop_length=512, fmin=32.7, fmax=None, n_bins=84, filter_scale=1, bins_per_octave=12, norm=True, "
    "basis_norm=1, gamma=0, window='hann', pad_mode='reflect', earlydownsample=True, trainable=False, "
    "output_format='Magnitude', verbose=True, *, compat=None)",
    "iCQT": "(sr=22050, hop_length=512, fmin=32.7, fmax=None, n_bins=84, bins_per_octave=12, filter_scale=1, norm=1, "
    "window='hann', center=True, pad_mode='reflect', n_iter=48, verbose=True)",
    "CFP": "(fr=2, fs=16000, hop_length=320, window_size=2049, fc=80, tc=0.001, g=(0.24, 0.6, 1), NumPerOct=48, *, compat=None)",
    "PCEN": "(sr=22050, hop_length=512, gain=0.98, bias=2.0, power=0.5, time_constant=0.4, eps=1e-06, max_size=1, trainable=False, "
    "n_bands=None)",
    "CWT": "(sr=22050, wavelet='morlet', scales=None, frequencies=None, n_bins=None, bins_per_octave=12, fmin=None, hop_length=1, "
    "pad_mode='constant', trainable=False, output_format='Complex', norm='l1')",
    "SynchrosqueezedCWT": "(sr=22050, wavelet='morlet', scales=None, frequencies=None, n_bins=None, bins_per_octave=32, fmin=None, "
    "hop_length=1, pad_mode='constant', trainable=False, output_format='Complex', ssq_frequencies=None, threshold=1e-05)",
    "Griffin_Lim": "(n_fft, n_iter=32, hop_length=None, win_length=None, window='hann', center=True, pad_mode='reflect', momentum=0.99, "
    "device='cpu', init='random', rng=None)",
}
SIGNATURES["CQT"] = SIGNATURES["CQT1992v2"]


@pytest.mark.parametrize("name", EVERY)
def test_signatures(build_own, name):
    signature = inspect.signature(type(build_own(name, **SMALL[name])))
    bare = [parameter.replace(annotation=inspect.Parameter.empty) for parameter in signature.parameters.values()]
    assert str(inspect.Signature(bare)) == SIGNATURES[name]
    assert inspect.getdoc(type(build_own(name, **SMALL[name]))) == inspect.getdoc(getattr(layers, name))


def test_stft_attributes(build_own):
    layer = build_own("STFT", 64, 40, None, None, "hamming", "no", False, "constant", True, sr=8000, trainable=True, output_format="Phase")
    names = "n_fft win_length freq_bins stride hop_length window freq_scale center pad_mode iSTFT pad_amount trainable output_format sr"
    values = (64, 40, 33, 10, 10, "hamming", "no", False, "constant", True, 32, True, "Phase", 8000)
    assert tuple(getattr(layer, name) for name in names.split()) == values
    assert layer.bins2freq == [k * 125 for k in range(33)]
    assert layer.bin_list == list(range(33))
    log = build_own("STFT", n_fft=64, freq_bins=4, freq_scale="log", fmin=100, fmax=1600, sr=8000)
    assert log.bins2freq == pytest.approx([100, 200, 400, 800])
    assert log.bin_list == pytest.approx([0.8, 1.6, 3.2, 6.4])
    linear = build_own("STFT", n_fft=64, freq_bins=4, freq_scale="linear", fmin=100, fmax=500, sr=8000)
    assert linear.bins2freq == pytest.approx([100, 200, 300, 400])


def test_attributes_of_the_others(build_own):
    inverse = build_own("iSTFT", 64, 40, None, 8, "hamming", trainable_window=True)
    assert (inverse.n_fft, inverse.win_length, inverse.stride, inverse.window, inverse.pad_amount) == (64, 40, 8, "hamming", 32)
    assert (inverse.center, inverse.trainable_kernels, inverse.trainable_window) == (True, False, True)
    mel = build_own("MelSpectrogram", 8000, 64, None, 5, None, power=1.0, trainable_mel=True)
    assert (mel.sr, mel.n_fft, mel.win_length, mel.n_mels, mel.stride, mel.hop_length) == (8000, 64, 64, 5, 16, 16)
    assert (mel.center, mel.pad_mode, mel.power, mel.trainable_mel, mel.trainable_STFT) == (True, "reflect", 1.0, True, False)
    ear = build_own("Gammatonegram", 8000, 64, None, 5, None, power=1.0, trainable_bins=True)
    assert (ear.n_fft, ear.n_bins, ear.stride, ear.power, ear.trainable_bins, ear.trainable_STFT) == (64, 5, 16, 1.0, True, False)
    mfcc = build_own("MFCC", 8000, 3, n_fft=64, n_mels=5, top_db=None)
    assert (mfcc.sr, mfcc.n_mfcc, mfcc.m_mfcc, mfcc.top_db, mfcc.melspec_layer.n_mels) == (8000, 3, 3, None, 5)


KERNELS = {
    "STFT": {"wsin": (9, 1, 16), "wcos": (9, 1, 16), "window_mask": (1, 16, 1), "kernel_sin_inv": (16, 1, 16, 1)},
    "iSTFT": {"kernel_sin": (16, 1, 16, 1), "kernel_cos": (16, 1, 16, 1), "window_mask": (1, 16, 1)},
    "MelSpectrogram": {"mel_basis": (5, 33)},
    "Gammatonegram": {"gammatone_basis": (5, 33)},
    "Chroma": {"chroma_basis": (5, 33)},
    "MFCC": {"amin": (1,), "ref": (1,)},
    **dict.fromkeys(FAMILY, {"lenghts": (9,), "cqt_kernels_real": (9, 1, 128), "cqt_kernels_imag": (9, 1, 128)}),
    "iCQT": {"lenghts": (9,)},
    "PCEN": dict.fromkeys(("gain", "bias", "power", "time_constant"), (9,)),
    **dict.fromkeys(WAVELET_LAYERS, dict.fromkeys(("frequencies", "bandwidths"), (9,))),
    "CFP": {"h": (50,), "freq2logfreq_matrix": (13, 21), "quef2logfreq_matrix": (13, 17)},
    "Griffin_Lim": {"w": (16,)},
}


@pytest.mark.parametrize("trained", [False, True])
@pytest.mark.parametrize("name", EVERY)
def test_kernels_can_be_looked_at(build_own, name, trained):
    layer = build_own(name, **SMALL[name], **(TRAINED[name] if trained else {}))
    for kernel, shape in KERNELS[name].items():
        values = to_numpy(getattr(layer, kernel))
        assert values.dtype == np.float32
        assert_close(values, getattr(layers, name)(**SMALL[name]).kernel(kernel).astype("float32"))
        assert values.shape == shape


def test_fourier_kernels_are_windowed_waves():
    spec = layers.STFT(n_fft=16, win_length=12, window="hamming")
    samples = oracles.window_samples("hamming", 12, 16)
    turns = 2 * np.pi * np.arange(9)[:, None] * np.arange(16) / 16
    assert_close(spec.kernel("wcos")[:, 0], samples * np.cos(turns))
    assert_close(spec.kernel("wsin")[:, 0], samples * np.sin(turns))
    assert_close(spec.kernel("window_mask")[0, :, 0], samples)


# --- an object among others -----------------------------------------------------------------------


@pytest.mark.parametrize("trained", [False, True])
@pytest.mark.parametrize("name", EVERY)
def test_copies(as_xp, build_own, name, trained):
    layer, x = build_own(name, **SMALL[name], **(TRAINED[name] if trained else {})), as_xp(example_input(name))
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer)), copy.copy(layer)):
        assert type(twin) is type(layer)
        assert repr(twin) == repr(layer)
        assert_close(to_numpy(twin(x)), to_numpy(layer(x)), rtol=0)


def test_windows_of_any_kind(as_xp, build_own):
    """Given as samples of any library, or by a function: the layer keeps the samples, and can be
    copied.
    """
    x, samples = as_xp(noise(0, (300,))), np.hanning(12)
    expected = to_numpy(build_own("STFT", n_fft=16, win_length=12, window=samples)(x))
    for window in (as_xp(samples), samples.tolist(), np.hanning, lambda n: np.hanning(n).tolist()):
        layer = pickle.loads(pickle.dumps(build_own("STFT", n_fft=16, win_length=12, window=window)))
        assert_close(to_numpy(layer(x)), expected)
    for name in (name for name in NAMES if "window" in inspect.signature(getattr(layers, name)).parameters):
        pickle.dumps(build_own(name, **SMALL[name], window=lambda n: np.hanning(n).tolist()))


@pytest.mark.parametrize("name", EVERY)
def test_representation(build_own, name):
    layer = build_own(name, **SMALL[name])
    shown = repr(layer)
    assert shown.startswith(f"{name}(")
    assert "verbose" not in shown
    for argument, value in SMALL[name].items():
        assert f"{argument}={value!r}" in shown


def test_arguments_do_not_change(build_own):
    """nnAudio's attributes can be assigned; here that would change nothing, so it fails."""
    layer = build_own("STFT", n_fft=16)
    with pytest.raises(AttributeError, match="output_format is decided when the layer is built"):
        layer.output_format = "Magnitude"
    layer.mine = 3
    assert layer.mine == 3
    with pytest.raises(AttributeError, match="nothing"):
        _ = layer.nothing


def test_arrays_are_not_assigned(backend, build_own):
    if backend.library == "torch":
        pytest.skip("a torch module assigns its own tensors")
    with pytest.raises(AttributeError, match="put it into `kernels`"):
        build_own("MelSpectrogram", **SMALL["MelSpectrogram"]).mel_basis = 0


@pytest.mark.parametrize("name", SMALL)
def test_kernels_that_follow_from_arguments_are_read_only_on_numpy(backend, build_own, name):
    if backend.library != "numpy":
        pytest.skip("NumPy alone protects arrays")
    for trained in ({}, TRAINED[name]):
        layer = build_own(name, **SMALL[name], **trained)
        for array in layer.spec.kernel_names:
            assert getattr(layer, array).flags.writeable == (array in layer.kernels)


def test_nothing_is_printed(build_own, capfd):
    for name in NAMES:
        build_own(name, **SMALL[name], **({"verbose": True} if "verbose" in inspect.signature(getattr(layers, name)).parameters else {}))
    assert capfd.readouterr() == ("", "")


# --- bad input ------------------------------------------------------------------------------------

BAD_ARGUMENTS = [
    ("STFT", {"n_fft": 0}, "n_fft=0 must be a positive integer"),
    ("STFT", {"n_fft": 16, "win_length": 17}, "win_length=17 must be at most n_fft=16"),
    ("STFT", {"n_fft": 16, "hop_length": 0}, "hop_length=0 must be a positive integer"),
    ("STFT", {"n_fft": 16, "freq_bins": 10}, "freq_bins=10 must be at most 1"),
    ("STFT", {"n_fft": 16, "freq_bins": 0}, "freq_bins=0 must be a positive integer"),
    ("STFT", {"window": "hat"}, "window='hat'"),
    ("STFT", {"n_fft": 16, "window": [1.0] * 15}, r"window has shape \(15,\): it must be \(16,\)"),
    ("STFT", {"freq_scale": "mel"}, "freq_scale='mel' must be one of 'no', 'linear', 'log', 'log2'"),
    ("STFT", {"freq_scale": "log", "fmax": 12000}, "fmax=12000 must be at most sr / 2 = 11025 Hz"),
    ("STFT", {"freq_scale": "log", "fmin": 0}, "fmin=0 must be a finite positive number"),
    ("STFT", {"freq_scale": "linear", "fmin": 300, "fmax": 200}, "fmin=300 must be below fmax=200 Hz"),
    ("STFT", {"sr": 0}, "sr=0 must be a finite positive number"),
    ("STFT", {"pad_mode": "mirror"}, "pad_mode='mirror' must be one of 'constant', "),
    ("STFT", {"output_format": "Power"}, "output_format='Power' must be one of 'Magnitude', 'Complex', 'Phase'"),
    ("iSTFT", {"n_fft": 16, "win_length": 17}, "win_length=17 must be at most n_fft=16"),
    ("iSTFT", {"hop_length": -1}, "hop_length=-1 must be a positive integer"),
    ("iSTFT", {"freq_scale": "mel"}, "freq_scale='mel' must be one of 'no', 'linear', 'log', 'log2'"),
    ("iSTFT", {"freq_scale": "log", "trainable_kernels": True}, "trainable_kernels=True: they are those of freq_scale='no', not 'log'"),
    ("Griffin_Lim", {"n_fft": 0}, "n_fft=0 must be a positive integer"),
    ("Griffin_Lim", {"n_fft": 16, "n_iter": -1}, "n_iter=-1 must be a non-negative integer"),
    ("Griffin_Lim", {"n_fft": 16, "momentum": -1}, "momentum=-1 must be a finite non-negative number"),
    ("Griffin_Lim", {"n_fft": 16, "init": "zeros"}, "init='zeros' must be one of 'random', None"),
    ("Griffin_Lim", {"n_fft": 16, "win_length": 17}, "win_length=17 must be at most n_fft=16"),
    ("iSTFT", {"window": "hat"}, "window='hat'"),
    ("MelSpectrogram", {"n_mels": 0}, "n_mels=0 must be a positive integer"),
    ("MelSpectrogram", {"power": 0}, "power=0 must be a finite positive number"),
    ("MelSpectrogram", {"norm": "area"}, "norm='area' must be one of 1, 'slaney', None, inf"),
    ("Gammatonegram", {"n_bins": 0}, "n_bins=0 must be a positive integer"),
    ("Chroma", {"n_chroma": 0}, "n_chroma=0 must be a positive integer"),
    ("Chroma", {"tuning": None}, "tuning=None must be a finite number"),
    ("Chroma", {"norm": -1}, "norm=-1 must be a non-negative number"),
    ("Gammatonegram", {"norm": 2}, "norm=2 must be one of 1, 'slaney', None, inf"),
    ("MelSpectrogram", {"fmax": 12000}, "fmax=12000 must be at most sr / 2 = 11025 Hz"),
    ("MelSpectrogram", {"sr": -1}, "sr=-1 must be a finite positive number"),
    ("MelSpectrogram", {"hop_length": 0}, "hop_length=0 must be a positive integer"),
    ("MelSpectrogram", {"pad_mode": None}, "pad_mode=None must be one of"),
    ("MFCC", {"n_mfcc": 0}, "n_mfcc=0 must be a positive integer"),
    ("MFCC", {"norm": "slaney"}, "norm='slaney' must be one of None, 'ortho', 'backward', 'forward'"),
    ("MFCC", {"amin": 0}, "amin=0 must be a finite positive number"),
    ("MFCC", {"ref": None}, "ref=None must be a finite number"),
    ("MFCC", {"top_db": -1}, "top_db=-1 must be a finite non-negative number"),
    ("PCEN", {"gain": -1}, "gain=-1 must be a finite non-negative number"),
    ("PCEN", {"bias": 0}, "bias=0.0 needs power=0"),
    ("PCEN", {"bias": 0, "power": 0, "trainable": "bias"}, "bias=0 must be a finite positive number"),
    ("PCEN", {"trainable": "eps"}, "trainable='eps' must be True"),
    ("MFCC", {"n_mels": 2.5}, "n_mels=2.5 must be a positive integer"),
]


@pytest.mark.parametrize(("name", "arguments", "message"), BAD_ARGUMENTS, ids=[f"{name}-{args}" for name, args, _ in BAD_ARGUMENTS])
def test_bad_arguments(build, name, arguments, message):
    with pytest.raises(nax.ParameterError, match=message):
        build(name, **arguments)


BAD_CALLS = [
    ("STFT", {}, np.zeros(100, "int16"), {}, "x has dtype int16: it must be floating-point .*32768"),
    ("STFT", {}, np.zeros(100, "complex64"), {}, "x has dtype complex64: it must be floating-point"),
    ("STFT", {}, np.zeros((2, 0)), {}, r"x has shape \(2, 0\): it must have at least one sample"),
    ("STFT", {}, np.zeros(()), {}, r"x has shape \(\): it must have at least one sample"),
    ("STFT", {"center": False}, np.zeros(15), {}, "x has 15 samples: with center=False it must have at least n_fft=16"),
    ("STFT", {}, np.zeros(100), {"output_format": "Power"}, "output_format='Power' must be one of 'Magnitude', 'Complex', 'Phase'"),
    ("STFT", {}, np.zeros(100), {"output_format": ""}, "output_format='' must be one of"),
    ("iSTFT", {}, np.zeros((2, 9, 7)), {}, r"X has dtype float64 and shape \(2, 9, 7\): it must be \(..., bin, time, 2\) or complex"),
    ("iSTFT", {}, np.zeros((9, 2)), {}, r"shape \(9, 2\): it must be"),
    ("iSTFT", {}, np.zeros((2, 9, 7, 2), "int32"), {}, "X has dtype int32"),
    ("iSTFT", {}, np.zeros((2, 10, 7, 2)), {}, "X has 10 bins: with n_fft=16 and onesided=None it must have 9 or 16"),
    ("iSTFT", {}, np.zeros((2, 9, 7, 2)), {"onesided": False}, "X has 9 bins: with n_fft=16 and onesided=False it must have 16"),
    ("iSTFT", {}, np.zeros((2, 16, 7, 2)), {"onesided": True}, "X has 16 bins: with n_fft=16 and onesided=True it must have 9"),
    ("iSTFT", {}, np.zeros((2, 9, 7, 2)), {"length": 0}, "length=0 must be a positive integer"),
    ("iSTFT", {"freq_scale": "log"}, np.zeros((2, 8, 7, 2)), {}, "X has 8 bins: with freq_bins=9 it must have as many"),
    ("Griffin_Lim", {}, np.zeros((2, 8, 7)), {}, "S has 8 bins: with n_fft=16 it must have 9"),
    ("Griffin_Lim", {}, np.zeros((2, 9, 7), "complex64"), {}, "S has dtype complex64: it must be real"),
    ("Griffin_Lim", {}, np.zeros((2, 9, 1)), {}, "S has 1 frame, which lies in the padding altogether"),
    ("Griffin_Lim", {}, np.zeros((2, 9, 7)), {"length": 10}, "length=10 makes 3 frames, not the 7 of S"),
    ("MelSpectrogram", {}, np.zeros(100, "int16"), {}, "x has dtype int16"),
    ("MelSpectrogram", {"center": False}, np.zeros(63), {}, "x has 63 samples: with center=False it must have at least n_fft=64"),
    ("PCEN", {}, np.zeros((2, 8, 7)), {}, "S has 8 bands: with n_bands=9 it must have as many"),
    ("MFCC", {}, np.zeros(100, "int64"), {}, "x has dtype int64"),
    ("MFCC", {"center": False}, np.zeros(63), {}, "x has 63 samples"),
]


@pytest.mark.parametrize(("name", "arguments", "x", "options", "message"), BAD_CALLS, ids=[case[-1] for case in BAD_CALLS])
def test_bad_input(as_xp, build, name, arguments, x, options, message):
    layer = build(name, **SMALL[name], **arguments)
    with pytest.raises(nax.ParameterError, match=message):
        layer(as_xp(x), **options)


def test_inverses_that_do_not_exist(as_xp, build_own):
    X = as_xp(np.zeros((1, 9, 7, 2)))
    with pytest.raises(nax.ParameterError, match="X has 5 bins"):
        build_own("STFT", n_fft=16, freq_bins=5).inverse(X[:, :5])


@pytest.mark.parametrize("name", EVERY)
def test_what_is_no_array(backend, build, name):
    layer = build(name, **SMALL[name])
    with pytest.raises(nax.ParameterError, match=r"^[xXS] (is a|has dtype)"):
        layer("song.wav" if backend is not Backend.JAX else [1, 2])


# --- pure functions of kernels --------------------------------------------------------------------


def loss(layer, kernels, x):
    return (layer.apply(kernels, x) ** 2).mean()


@ON_JAX
@pytest.mark.parametrize("name", EVERY)
def test_jax_transforms(as_xp, build_own, name):
    import jax

    layer, x = build_own(name, **SMALL[name], **TRAINED[name]), as_xp(example_input(name, (3, 300), "float64"))
    expected = to_numpy(layer(x))
    assert_close(to_numpy(jax.jit(layer.apply)(layer.kernels, x)), expected)
    assert_close(to_numpy(jax.jit(jax.vmap(layer.apply, (None, 0)))(layer.kernels, x)).reshape(expected.shape), expected)
    if not TRAINED[name]:
        return
    stacked = jax.tree.map(lambda kernel: jax.numpy.stack([kernel, kernel + 0.5]), layer.kernels)
    ensemble = to_numpy(jax.jit(jax.vmap(layer.apply, (0, None)))(stacked, x))
    assert_close(ensemble[0], expected, rtol=1e-6)
    assert abs(ensemble[1] - expected).max() > 1e-3 * abs(expected).max()


@ON_JAX
@pytest.mark.parametrize("name", TRAINABLE_LAYERS)
def test_jax_gradients_are_torchs(as_xp, build_own, name):
    torch = pytest.importorskip("torch", reason="torch, whose gradients are compared, is not installed")
    import jax

    module = getattr(importlib.import_module("nnaudio_xp.backends.torch"), name)(**SMALL[name], **TRAINED[name]).double()
    x = example_input(name, dtype="float64")
    tensor = torch.from_numpy(x).requires_grad_()
    (module(tensor) ** 2).mean().backward()

    layer = build_own(name, **SMALL[name], **TRAINED[name])
    kernels = {key: value.astype("float64") for key, value in layer.kernels.items()}
    slopes, slope = jax.jit(jax.grad(partial(loss, layer), argnums=(0, 1)))(kernels, as_xp(x))
    assert_close(to_numpy(slope), to_numpy(tensor.grad), rtol=1e-7)
    learned = dict(module.named_parameters())
    assert learned
    for key, parameter in learned.items():
        assert_close(to_numpy(slopes[key]), to_numpy(parameter.grad), rtol=1e-7)


@ON_JAX
@pytest.mark.parametrize("trained", [False, True])
@pytest.mark.parametrize("name", ["STFT", "MelSpectrogram", "Gammatonegram", "MFCC", *WAVELET_LAYERS, *FAMILY])
def test_jax_gradients_in_silence(as_xp, build_own, name, trained):
    import jax

    layer = build_own(name, **SMALL[name], **(TRAINED[name] if trained else {}))
    formats = (
        [{"output_format": kind} for kind in ("Magnitude", "Complex", "Phase")] if name in ("STFT", *WAVELET_LAYERS, *FAMILY) else [{}]
    )
    for options in formats:
        total = lambda kernels, x, options=options: layer.apply(kernels, x, **options).sum()  # noqa: E731
        slopes, slope = jax.jit(jax.grad(total, argnums=(0, 1)))(layer.kernels, as_xp(np.zeros(300)))
        assert np.isfinite(to_numpy(slope)).all()
        assert all(np.isfinite(to_numpy(value)).all() for value in slopes.values())


@ON_JAX
def test_jax_training_lowers_a_loss(as_xp, build_own):
    import jax

    layer = build_own("MelSpectrogram", **SMALL["MelSpectrogram"], trainable_mel=True)
    x, kernels = as_xp(noise(0, (2, 300), "float32")), dict(layer.kernels)
    value_and_slope = jax.jit(jax.value_and_grad(partial(loss, layer)))
    first, slopes = value_and_slope(kernels, x)
    kernels = {key: value - 1e-3 * slopes[key] / jax.numpy.linalg.norm(slopes[key]) for key, value in kernels.items()}
    assert value_and_slope(kernels, x)[0] < first
