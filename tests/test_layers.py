"""The layers on every array library: the numbers of the functions, nnAudio's arguments, attributes and shapes."""

import copy
import importlib
import inspect
import pickle
from functools import partial

import numpy as np
import oracles
import pytest
from assertions import assert_close, assert_same
from examples import analyses, noise, syntheses
from hypothesis import given
from hypothesis import strategies as st
from libraries import Backend, to_numpy, wanted

import nnaudio_xp as nax
from nnaudio_xp import layers

NAMES = ["STFT", "iSTFT", "MelSpectrogram", "MFCC"]
SMALL = {"STFT": {"n_fft": 16}, "iSTFT": {"n_fft": 16}} | dict.fromkeys(["MelSpectrogram", "MFCC"], {"sr": 8000, "n_fft": 64, "n_mels": 5})
TRAINED = {
    "STFT": {"trainable": True},
    "iSTFT": {"trainable_kernels": True, "trainable_window": True},
    "MelSpectrogram": {"trainable_mel": True, "trainable_STFT": True},
    "MFCC": {"trainable_mel": True, "trainable_STFT": True},
}
ON_JAX = pytest.mark.parametrize("backend", [backend for backend in wanted() if backend is Backend.JAX], indirect=True, ids=["jax"])


def has_face(backend):
    return backend.library != "array_api_strict"


@pytest.fixture
def build(backend, device):
    """A function that makes a layer as the library's users do; of the bare record where a library has no room of its own."""

    def layer(name, *args, **kwargs):
        if not has_face(backend):
            record = getattr(layers, name)(*args, **kwargs)
            return partial(record.apply, record.kernels(xp=backend.xp, device=device))
        made = getattr(importlib.import_module(f"nnaudio_xp.backends.{backend.library}"), name)(*args, **kwargs)
        return made.to(device) if backend.library == "torch" else made

    return layer


@pytest.fixture
def face(backend, build):
    """`build`, for what only layers of a library's own face have."""
    if not has_face(backend):
        pytest.skip(f"{backend.library} has no layers of its own")
    return build


def as_batch(y):
    """Waveforms as (B, L), the way the layers read them."""
    if y.ndim == 3 and y.shape[1] == 1:
        return y[:, 0]
    return y[None] if y.ndim == 1 else y


def rounding(y, n_fft):
    """What sums of `n_fft` products may be off by, with kernels of single precision."""
    return 8 * n_fft * float(np.finfo(np.float32).eps) * float(np.abs(y).max(initial=0))


def pairs(spectrum):
    return np.stack([spectrum.real, spectrum.imag], axis=-1)


# --- the functions' numbers ------------------------------------------------------------------------------------------------------

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
    atol = rounding(y, options["n_fft"]) if trainable else None
    rtol = 1e-5 if trainable else None
    if scale and not trainable:
        atol = rounding(y, options["n_fft"]) * np.finfo(y.dtype).eps / np.finfo(np.float32).eps
    assert_same(lazily(layer)(as_xp(y)), expected, xp=xp, dtype=y.dtype, rtol=rtol, atol=atol)


@pytest.mark.parametrize("trainable", [False, True])
@pytest.mark.parametrize("scale", [{}, {"freq_bins": 5}, {"freq_scale": "log", "fmin": 100, "fmax": 3000, "sr": 8000}], ids=repr)
def test_stft_formats(xp, as_xp, dtype, build, scale, trainable):
    y = noise(0, (2, 200), dtype)
    expected = oracles.stft(y, n_fft=32, pad_mode="reflect", **scale)
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
    {},
    {"power": 1, "htk": True, "norm": None, "fmin": 100.0, "fmax": 3000.0},
    {"power": 0.7, "hop_length": 20, "win_length": 50, "window": ("kaiser", 5.0), "pad_mode": "constant"},
    {"center": False, "norm": np.inf},
    {"n_fft": 65, "norm": "slaney"},
]


@pytest.mark.parametrize("trained", [{}, {"trainable_mel": True}, {"trainable_STFT": True}], ids=repr)
@pytest.mark.parametrize("options", MELS, ids=repr)
def test_melspectrogram(xp, as_xp, dtype, lazily, build, options, trained):
    y = noise(0, (3, 700), dtype)
    arguments = {"sr": 8000, "n_fft": 64, "n_mels": 5, **options}
    norm = {"norm": None} if options.get("norm") == np.inf else {"norm": options.get("norm", "slaney")}
    expected = nax.feature.melspectrogram(y=y.astype("float64"), **{"pad_mode": "reflect", **arguments, **norm})
    layer = build("MelSpectrogram", **arguments, **trained)
    assert_same(lazily(layer)(as_xp(y)), expected, xp=xp, dtype=dtype, rtol=2e-5 if trained else None)


MFCCS = [
    {},
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
    for ref, amin in ((1, 1e-10), (-3.0, 1), (np.float32(0.5), np.float32(2)), (0, 5)):
        levels = oracles.decibels(mel, ref=float(ref), amin=float(amin), top_db=70)
        layer = build("MFCC", sr=8000, n_fft=64, n_mels=6, ref=ref, amin=amin, top_db=70)
        assert_same(layer(as_xp(y)), oracles.mfcc(levels, n_mfcc=20), xp=xp, dtype="float64")


@given(example=syntheses(), trained=st.booleans(), whole=st.booleans(), as_complex=st.booleans())
def test_istft(xp, as_xp, lazily, build, example, trained, whole, as_complex):
    spectrum, options = example
    length, n_fft = options.pop("length", None), options["n_fft"]
    expected = nax.istft(spectrum.astype("complex128"), length=length, **options)
    layer = build("iSTFT", **options, **(TRAINED["iSTFT"] if trained else {}))
    if whole:
        upper = spectrum[..., 1 : (n_fft + 1) // 2, :].conj()
        edges = [0, n_fft // 2] if n_fft % 2 == 0 else [0]
        spectrum[..., edges, :] = spectrum[..., edges, :].real
        spectrum = np.concatenate([spectrum, upper[..., ::-1, :]], axis=-2)
    X = spectrum if as_complex else pairs(spectrum)
    transform = lazily(lambda X: layer(X, length=length))
    # a sample is a sum of n_fft terms over a sum of squares, which is near nothing at the ends of uncentred frames
    weight = oracles.istft(np.ones_like(spectrum[..., : 1 + n_fft // 2, :1].real), **options) if False else None
    assert weight is None
    dtype = {"complex64": "float32", "complex128": "float64"}[spectrum.dtype.name]
    scale = 1e-3 if dtype == "float32" or trained else 1e-10
    assert_same(transform(as_xp(X)), expected, xp=xp, dtype=dtype, rtol=scale, atol=scale * max(1, abs(expected).max(initial=0)))
