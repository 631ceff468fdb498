"""The layers with ``compat="nnAudio"``: nnAudio 0.3.4's own numbers, its mistakes among them."""

import contextlib
import copy
import importlib
import io
import math
import pickle
import warnings

import numpy as np
import oracles
import pytest
import scipy.signal
from assertions import assert_close, assert_same
from catalogue import COMBINED_LAYERS, TRAINED
from examples import noise
from libraries import Backend, to_numpy, wanted

import nnaudio_xp as nax

AS_NEAR = 1e-5
"""Largest distance from nnAudio's results, relative to their maximum."""
ON_TORCH = pytest.mark.skipif(Backend.TORCH_FLOAT32 not in wanted(), reason="nnAudio is compared in its own precision, on the CPU")

FAMILY = ["CQT", "CQT1992", "CQT1992v2", "CQT2010", "CQT2010v2", "VQT"]
BY_OCTAVES = FAMILY[3:]
SMALL = {"sr": 8000, "hop_length": 64, "fmin": 110.0, "n_bins": 48}
NOTES = {"sr": 22050, "hop_length": 256, "fmin": 27.5, "n_bins": 309, "bins_per_octave": 36}  # Basic Pitch's
FORMATS = ("Magnitude", "Complex", "Phase")

ARGUMENTS = [
    {},
    {"pad_mode": "constant"},
    {"n_bins": 7},
    {"n_bins": 50, "bins_per_octave": 24, "filter_scale": 0.5},
    {"fmax": 1000.0},
    {"window": "hamming"},
]
ATOMS = [{"norm": 2}, {"norm": 0}, {"hop_length": 100}, {"center": False}]
OCTAVES = [
    {"norm": False},
    {"basis_norm": 2},
    {"basis_norm": 0},
    {"basis_norm": math.inf},
    {"sr": 44100, "hop_length": 512},
    {"sr": 44100, "hop_length": 512, "earlydownsample": False},
    {"sr": 96000, "hop_length": 1024, "n_bins": 84},
]
GAMMAS = [{"gamma": 10}, {"sr": 44100, "hop_length": 512, "gamma": 10}, {"hop_length": 100}, {"sr": 48000, "hop_length": 441}]
CASES = [
    *((name, arguments) for name in FAMILY for arguments in ARGUMENTS),
    *((name, arguments) for name in FAMILY[:3] for arguments in ATOMS),
    *((name, arguments) for name in BY_OCTAVES for arguments in OCTAVES),
    *(("VQT", arguments) for arguments in GAMMAS),
    *((name, TRAINED[name]) for name in FAMILY),
    ("CQT1992", {"trainable_STFT": True}),
]


@pytest.fixture(autouse=True)
def older_scipy(monkeypatch):
    """The one name that nnAudio looks for where SciPy no longer has it."""
    monkeypatch.setattr(scipy.signal, "blackmanharris", scipy.signal.windows.blackmanharris, raising=False)


@pytest.fixture
def features():
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        return pytest.importorskip("nnAudio.features", reason="nnAudio is not installed")


def original(features, name, **arguments):
    """nnAudio's layer, which prints."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        return getattr(features, name)(**arguments)


def of_library(library, name, **arguments):
    return getattr(importlib.import_module(f"nnaudio_xp.backends.{library}"), name)(**arguments, compat="nnAudio")


def both(features, library, name, arguments, x, *call):
    """Results for waveforms of NumPy's, in NumPy's arrays: ours and nnAudio's."""
    torch = importlib.import_module("torch")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = original(features, name, **arguments)(torch.from_numpy(x), *call)
    ours = of_library(library, name, **arguments)(torch.from_numpy(x) if library == "torch" else x, *call)
    return tuple(np.stack([to_numpy(part) for part in (found if isinstance(found, tuple) else [found])]) for found in (ours, theirs))


def distance(ours, theirs):
    """Largest difference, relative to the maximum."""
    assert ours.shape == theirs.shape
    return float(np.abs(ours - theirs).max() / np.abs(theirs).max())


def waves(length=20000):
    return noise(0, (2, length), "float32")


LIBRARIES = pytest.mark.parametrize("library", ["numpy", "torch"])


@ON_TORCH
@LIBRARIES
@pytest.mark.parametrize(("name", "arguments"), CASES, ids=repr)
def test_agreement(features, library, name, arguments):
    assert distance(*both(features, library, name, {**SMALL, **arguments}, waves())) < AS_NEAR


@ON_TORCH
@LIBRARIES
@pytest.mark.parametrize("normalization", ["librosa", "convolutional", "wrap"])
@pytest.mark.parametrize("name", FAMILY)
def test_formats(features, library, name, normalization):
    """Directions are compared as far as there is something that has one."""
    found = {kind: both(features, library, name, SMALL, waves(), kind, normalization) for kind in FORMATS}
    sizes = found["Magnitude"][1][..., None] / found["Magnitude"][1].max()
    found["Phase"] = tuple(directions * sizes for directions in found["Phase"])
    assert max(distance(*pair) for pair in found.values()) < AS_NEAR


@ON_TORCH
@LIBRARIES
@pytest.mark.parametrize("kind", ["Magnitude", "Complex"])
def test_notes(features, library, recording, kind):
    """Two seconds of a piano, whose lowest octaves are shorter than half of their kernels."""
    assert distance(*both(features, library, "CQT2010v2", NOTES, recording[: 2 * 22050 - 256], kind)) < AS_NEAR


@ON_TORCH
@LIBRARIES
@pytest.mark.parametrize("name", ["CQT2010v2", "VQT"])
def test_short_signals(features, library, name):
    """nnAudio pads some octaves with zeros, and others with reflections."""
    for length in (600, 1100):
        assert distance(*both(features, library, name, SMALL, waves(length))) < AS_NEAR


@ON_TORCH
@LIBRARIES
@pytest.mark.parametrize("name", ["CQT", "CQT2010v2", "VQT"])
def test_silence(features, library, name):
    for switch, silent in (({}, 0.0), ({"trainable": True}, 1e-4)):
        ours, theirs = both(features, library, name, {**SMALL, **switch}, np.zeros((1, 5000), dtype="float32"))
        assert_close(ours, theirs, atol=1e-9)
        assert np.allclose(ours, silent, rtol=1e-5)


@ON_TORCH
@LIBRARIES
@pytest.mark.parametrize("arguments", [{}, {"fs": 44100, "fr": 4, "hop_length": 512, "fc": 55, "tc": 1 / 2000}], ids=repr)
@pytest.mark.parametrize("name", COMBINED_LAYERS)
def test_combined(features, library, name, arguments):
    """On the whole: the power of 0.24 magnifies roundings where there is next to nothing."""
    for ours, theirs in zip(*both(features, library, name, arguments, waves()), strict=True):
        assert np.linalg.norm(ours - theirs) < AS_NEAR * np.linalg.norm(theirs)
        assert not ours[:, 0, :].any()


# --- training and checkpoints ---------------------------------------------------------------------


def trained(module):
    """A state dict of nnAudio's with kernels that something was done to."""
    torch = importlib.import_module("torch")
    torch.manual_seed(0)
    kernels = ("cqt_kernels", "wsin", "wcos")
    return {
        name: value + 0.1 * value.abs().max() * torch.rand_like(value) if name.startswith(kernels) else value
        for name, value in module.state_dict().items()
    }


@ON_TORCH
@pytest.mark.parametrize("name", FAMILY)
def test_checkpoints(features, name):
    """nnAudio's give its numbers, in layers that are trained and in others; what they hand on is
    nnAudio's.
    """
    torch = importlib.import_module("torch")
    x, untrained, theirs = torch.from_numpy(waves()), original(features, name, **SMALL), original(features, name, **SMALL)
    theirs.load_state_dict(trained(theirs))
    expected = theirs(x, "Complex").detach().numpy()
    assert distance(untrained(x, "Complex").detach().numpy(), expected) > 0.01
    for switch in ({}, TRAINED[name]):
        layer = of_library("torch", name, **SMALL, **switch)
        assert str(layer.load_state_dict(untrained.state_dict())) == "<All keys matched successfully>"
        assert set(layer.state_dict()) == (set(theirs.state_dict()) if switch else set())
        assert str(layer.load_state_dict(theirs.state_dict())) == "<All keys matched successfully>"
        assert distance(layer(x, "Complex").detach().numpy(), expected) < AS_NEAR
    again = original(features, name, **SMALL)
    assert str(again.load_state_dict(layer.state_dict())) == "<All keys matched successfully>"


@ON_TORCH
@pytest.mark.parametrize("name", ["CQT1992", "CQT2010", "CQT2010v2"])
def test_gradients(features, name):
    """Those of nnAudio's kernels, and of the signal."""
    torch = importlib.import_module("torch")
    slopes = []
    for layer in (of_library("torch", name, **SMALL, **TRAINED[name]), original(features, name, **SMALL, **TRAINED[name])):
        x = torch.from_numpy(waves(5000)).requires_grad_()
        layer(x, "Complex").square().sum().backward()
        slopes.append({"x": x.grad.numpy()} | {key: value.grad.numpy() for key, value in layer.named_parameters()})
    ours, theirs = slopes
    assert ours.keys() == theirs.keys()
    assert max(distance(ours[key], theirs[key]) for key in ours) < AS_NEAR


@pytest.mark.parametrize("name", FAMILY[1:])
def test_kernels_go_from_library_to_library(as_xp, build_own, name, tmp_path):
    pytest.importorskip("safetensors", reason="safetensors, which holds the kernels, is not installed")
    carrier = of_library("numpy", name, **SMALL, **TRAINED[name])
    before = carrier(waves(3000), "Complex")
    carrier.kernels |= {key: 1.5 * value for key, value in carrier.kernels.items() if key.startswith("cqt_kernels_real")}
    carrier.save_kernels(tmp_path / "kernels.safetensors")
    layer = build_own(name, **SMALL, **TRAINED[name], compat="nnAudio")
    layer.load_kernels(tmp_path / "kernels.safetensors")
    assert distance(to_numpy(layer(as_xp(waves(3000)), "Complex")), carrier(waves(3000), "Complex")) < AS_NEAR
    assert distance(before, carrier(waves(3000), "Complex")) > 0.01


# --- on every library -----------------------------------------------------------------------------


def halved(y):
    """nnAudio's way to half the rate, by SciPy's design of its filter."""
    taps = scipy.signal.firwin2(256, [0, 0.5 / 1.001, 0.5 * 1.001, 1], [1, 1, 0, 0])
    return np.stack([np.convolve(np.pad(row, 127), taps, mode="valid")[::2] for row in y])


@pytest.mark.parametrize("trainable", [False, True])
@pytest.mark.parametrize("name", ["CQT2010v2", "VQT", "CQT2010"])
def test_definition(xp, as_xp, build, dtype, name, trainable):
    """The top octave's kernels, at rates halved from octave to octave; in the classes without
    spectra to rounding.
    """
    y = noise(0, (2, 3000), dtype)
    signal, octaves = y.astype("float64"), []
    for octave in range(4):
        arguments = {"sr": 8000, "hop_length": 64 // 2**octave, "fmin": 880.0, "n_bins": 12}
        octaves.append(oracles.nnaudio_constant_q(signal, **arguments)[0])
        signal = halved(signal)
    expected = np.concatenate(octaves[::-1], axis=-2)
    expected = np.stack([expected.real, -expected.imag if name == "CQT2010" else expected.imag], axis=-1)
    layer = build(name, **SMALL, **(TRAINED[name] if trainable else {}), compat="nnAudio", output_format="Complex")
    unit = 256 if name == "CQT2010" else 1  # products of spectra are not divided by their length
    rtol = 1e-3 if name == "CQT2010" else 1e-6 if trainable else None  # negative frequencies; kernels held in single precision
    assert_same(layer(as_xp(y), normalization_type="convolutional"), unit * expected, xp=xp, dtype=dtype, rtol=rtol)


@pytest.mark.parametrize("name", FAMILY)
def test_objects(as_xp, build_own, name):
    layer, x = build_own(name, **SMALL, compat="nnAudio"), as_xp(waves(3000))
    assert repr(layer).startswith(f"{name}(")
    assert "compat='nnAudio'" in repr(layer)
    assert layer.compat == "nnAudio"
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert type(twin) is type(layer)
        assert_close(to_numpy(twin(x)), to_numpy(layer(x)), rtol=0)


def test_early_downsampling_makes_another_layer(as_xp, build):
    """Though it does not elsewhere: nothing is kept for one that the other would take."""
    x = as_xp(waves(5000))
    ours = [to_numpy(build("CQT2010v2", sr=44100, earlydownsample=early, compat="nnAudio")(x)) for early in (True, False, True)]
    assert distance(ours[0], ours[1]) > 0.1
    assert_close(ours[2], ours[0], rtol=0)


@ON_TORCH
@pytest.mark.parametrize("arguments", [{}, {"n_bins": 7}, {"sr": 44100, "hop_length": 512}, {"fmax": 1000.0}], ids=repr)
@pytest.mark.parametrize("name", BY_OCTAVES)
def test_attributes(features, name, arguments):
    ours, theirs = of_library("torch", name, **{**SMALL, **arguments}), original(features, name, **{**SMALL, **arguments})
    for attribute in ("n_fft", "fmin_t", "n_octaves", "downsample_factor", "n_bins"):
        assert getattr(ours, attribute) == pytest.approx(getattr(theirs, attribute)), attribute
    assert ours.frequencies == pytest.approx(theirs.frequencies)
    assert {key: value.shape for key, value in theirs.state_dict().items()} == {
        key: getattr(ours, key).shape for key in theirs.state_dict()
    }


# --- what nnAudio cannot do -----------------------------------------------------------------------

REFUSED = [
    ("CQT2010v2", {"compat": "librosa"}, "compat='librosa' must be one of 'nnAudio'"),
    ("CFP", {"compat": "librosa"}, "compat='librosa' must be one of 'nnAudio'"),
    ("CQT2010v2", {"pad_mode": "edge"}, "pad_mode='edge' must be one of 'constant', 'reflect'"),
    ("CQT2010v2", {"hop_length": 4}, "hop_length=4 is too short to be halved for 4 octaves"),
    ("CQT2010v2", {"trainable": "lengths"}, "trainable='lengths' must be True or False"),
    ("VQT", {"gamma": None}, "gamma=None must be a number"),
    ("CFP", {"g": (0, 1)}, "g=.* must begin with a positive exponent"),
]


@pytest.mark.parametrize(("name", "arguments", "message"), REFUSED, ids=repr)
def test_arguments_that_are_refused(build, name, arguments, message):
    small = {} if name == "CFP" else SMALL
    with pytest.raises(nax.ParameterError, match=message):
        build(name, **{**small, "compat": "nnAudio", **arguments})


CALLS = [
    ("CQT2010v2", {"hop_length": 100}, 3000, "hop_length=100 gives the octaves of this signal 31 to 32 frames"),
    ("CQT2010", {}, 600, "an octave of x has 75 samples"),
    ("CQT1992", {}, 600, "x has 600 samples: compat='nnAudio' needs more than 1024 to reflect"),
    ("CQT2010v2", {}, 4, "x is too short"),
]


@pytest.mark.parametrize(("name", "arguments", "length", "message"), CALLS, ids=repr)
def test_signals_that_are_refused(as_xp, build, name, arguments, length, message):
    with pytest.raises(nax.ParameterError, match=message):
        build(name, **{**SMALL, **arguments}, compat="nnAudio")(as_xp(waves(length)))


def test_what_nnaudio_has_not(as_xp, build_own):
    layer = build_own("CQT2010v2", **SMALL, compat="nnAudio")
    with pytest.raises(nax.ParameterError, match="has no inverse"):
        layer.inverse(as_xp(np.zeros((1, 48, 5, 2))))
    with pytest.raises(nax.ParameterError, match="takes no lengths="):
        layer(as_xp(waves(3000)), lengths=[3000, 2000])
