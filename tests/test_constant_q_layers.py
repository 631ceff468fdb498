"""The layers of the constant-Q family: their definition, nnAudio's numbers where it is right, its
checkpoints, and their inverse.
"""

import contextlib
import importlib
import io
import warnings

import numpy as np
import oracles
import pytest
from assertions import assert_close, assert_same
from catalogue import CONSTANT_Q_LAYERS as FAMILY
from catalogue import TRAINED
from examples import noise
from libraries import Backend, to_numpy, wanted

import nnaudio_xp as nax

BY_OCTAVES = ["CQT2010", "CQT2010v2", "VQT"]
SMALL = {"sr": 8000, "hop_length": 50, "fmin": 300.0, "n_bins": 10, "bins_per_octave": 6}
EXACT = 1e-5  # what the exact transform may leave out of an atom, and single precision
ON_TORCH = pytest.mark.skipif(Backend.TORCH_FLOAT32 not in wanted(), reason="only torch's own default dtype, on the CPU")


def pairs(values):
    return np.stack([values.real, values.imag], axis=-1)


def atoms_norm(name, norm):
    """The arguments by which a class takes the norm of its atoms."""
    return {"norm": bool(norm), "basis_norm": norm} if name in BY_OCTAVES else {"norm": norm}


def gains(layer, lengths, normalization_type):
    """What the inner products are multiplied with."""
    unit = layer.kernel_width if type(layer).__name__ == "CQT1992" else layer.n_fft if type(layer).__name__ == "CQT2010" else 1
    return {"librosa": np.sqrt(lengths)[:, None], "convolutional": unit, "wrap": 2}[normalization_type]


# --- the definition -------------------------------------------------------------------------------

OPTIONS = [
    {},
    {"pad_mode": "constant", "norm": 2, "hop_length": 33},
    {"window": "hamming", "norm": None, "filter_scale": 0.7},
    {"hop_length": 200, "norm": np.inf, "window": ("kaiser", 5.0)},
    {"center": False},
    {"gamma": 20.0},
]


@pytest.mark.parametrize("trained", [False, True], ids=["frozen", "trained"])
@pytest.mark.parametrize("options", OPTIONS, ids=repr)
@pytest.mark.parametrize("name", FAMILY)
def test_definition(xp, as_xp, dtype, build, name, options, trained):
    if ("gamma" in options and name != "VQT") or ("center" in options and name in BY_OCTAVES):
        pytest.skip(f"{name} has no such argument")
    y = noise(0, (2, 700), dtype)
    expected, lengths = oracles.nnaudio_constant_q(y.astype("float64"), **{**SMALL, **options})
    arguments = {**SMALL, **options, **(atoms_norm(name, options["norm"]) if "norm" in options else {})}
    layer = build(name, **arguments, **(TRAINED[name] if trained else {}), output_format="Complex")
    expected = expected * np.sqrt(lengths)[:, None]
    assert_same(layer(as_xp(y)), pairs(expected), xp=xp, dtype=dtype, rtol=EXACT)
    assert_same(layer(as_xp(y), output_format="Magnitude"), abs(expected), xp=xp, dtype=dtype, rtol=EXACT)
    phase = to_numpy(layer(as_xp(y), "Phase"))
    loud = abs(expected) > 0.1 * abs(expected).max()
    assert phase.shape == (*expected.shape, 2)
    assert_close(phase[loud], pairs(expected / abs(expected))[loud], rtol=0, atol=20 * EXACT)


@pytest.mark.parametrize("trained", [False, True], ids=["frozen", "trained"])
@pytest.mark.parametrize("name", FAMILY)
def test_normalizations(xp, as_xp, build_own, name, trained):
    y = noise(0, (1, 700))
    values, lengths = oracles.nnaudio_constant_q(y, **SMALL)
    layer = build_own(name, **SMALL, **(TRAINED[name] if trained else {}))
    for kind in ("librosa", "convolutional", "wrap"):
        expected = abs(values) * gains(layer, lengths, kind)
        assert_same(layer(as_xp(y), normalization_type=kind), expected, xp=xp, dtype="float64", rtol=EXACT)


@pytest.mark.parametrize("name", FAMILY)
def test_a_sinusoid_has_its_amplitude(as_xp, build, name):
    layer = build(name, **SMALL)
    frequency = 300 * 2 ** (4 / 6)
    spectrogram = to_numpy(layer(as_xp(np.sin(2 * np.pi * frequency * np.arange(4000) / 8000)), normalization_type="wrap"))
    assert_close(spectrogram[0, 4, 20:-20], np.ones(spectrogram.shape[2] - 40), rtol=1e-3)


@pytest.mark.parametrize("name", FAMILY)
def test_the_reflection_of_short_signals_repeats(xp, as_xp, build, name):
    for samples in (1, 2, 60):
        y = noise(0, (1, samples))
        values, lengths = oracles.nnaudio_constant_q(y, **SMALL)
        expected = abs(values) * np.sqrt(lengths)[:, None]
        for arguments in ({}, TRAINED[name]):
            atol = EXACT * np.sqrt(lengths.max()) * abs(y).max()  # what repeats so soon hardly reaches a bin
            assert_same(build(name, **SMALL, **arguments)(as_xp(y)), expected, xp=xp, dtype="float64", rtol=EXACT, atol=atol)


@pytest.mark.parametrize("name", FAMILY)
def test_numpy_numbers_are_numbers(xp, as_xp, build, name):
    y = as_xp(noise(0, (1, 700), "float32"))
    numpys = {key: np.int64(value) if isinstance(value, int) else np.float64(value) for key, value in SMALL.items()}
    assert_same(build(name, **numpys)(y), to_numpy(build(name, **SMALL)(y)), xp=xp, rtol=0, atol=0)


def test_highest_frequency(build_own):
    for name in FAMILY:
        layer = build_own(name, **{**SMALL, "fmax": 2000.0})
        assert layer.n_bins == len(layer.frequencies) == 17
        assert layer.frequencies[-1] < 2000 <= layer.frequencies[-1] * 2 ** (1 / 6)


def test_attributes(build_own):
    layer = build_own("CQT", 8000, 50, 300.0, None, 10, 6, 1, 1, "hann", True, "constant", False, "Complex")
    assert (layer.sr, layer.hop_length, layer.fmin, layer.n_bins, layer.bins_per_octave) == (8000, 50, 300.0, 10, 6)
    assert (layer.center, layer.pad_mode, layer.trainable, layer.output_format, layer.norm) == (True, "constant", False, "Complex", 1)
    assert layer.kernel_width == 256
    assert_close(layer.frequencies, 300 * 2 ** (np.arange(10) / 6))
    assert_close(layer.bins2freq, layer.frequencies)
    assert_close(to_numpy(layer.lenghts), np.ceil(8000 / layer.frequencies / (2 ** (1 / 6) - 1)).astype("float32"))
    octaves = build_own("CQT2010v2", **SMALL)
    assert (octaves.n_octaves, octaves.n_filters, octaves.n_fft, octaves.downsample_factor) == (2, 6, 256, 1)
    assert octaves.fmin_t == pytest.approx(300 * 2 ** (4 / 6))


BAD = [
    ("CQT1992", {}, "n_bins=84 is too many: the top bin lies at 26579.5 Hz, beyond sr / 2 = 11025 Hz"),  # nnAudio's default raises too
    ("CQT", {"fmin": 0}, "fmin=0 must be a finite positive number"),
    ("CQT", {"fmax": 30.0}, "fmin=32.7 must be below fmax=30.0 Hz"),
    ("CQT", {"n_bins": 0}, "n_bins=0 must be a positive integer"),
    ("CQT", {"hop_length": 0}, "hop_length=0 must be a positive integer"),
    ("CQT", {"bins_per_octave": 0}, "bins_per_octave=0 must be a positive integer"),
    ("CQT", {"filter_scale": 0}, "filter_scale=0 must be a finite positive number"),
    ("CQT", {"norm": -1}, "norm=-1 must be a finite non-negative number"),
    ("CQT", {"window": "hat"}, "window='hat'"),
    ("CQT", {"pad_mode": "mirror"}, "pad_mode='mirror' must be one of"),
    ("CQT", {"output_format": "Power"}, "output_format='Power' must be one of 'Magnitude', 'Complex', 'Phase'"),
    ("VQT", {"gamma": -1}, "gamma=-1 must be a finite non-negative number"),
    ("iCQT", {"n_iter": 0}, "n_iter=0 must be a positive integer"),
]


@pytest.mark.parametrize(("name", "arguments", "message"), BAD, ids=[f"{name}-{arguments}" for name, arguments, _ in BAD])
def test_bad_arguments(build, name, arguments, message):
    with pytest.raises(nax.ParameterError, match=message):
        build(name, **arguments)


def test_bad_calls(as_xp, build):
    with pytest.raises(nax.ParameterError, match="x has 255 samples: with center=False it must have at least n_fft=256"):
        build("CQT", **SMALL, center=False)(as_xp(np.zeros(255)))
    with pytest.raises(nax.ParameterError, match="normalization_type='none' must be one of 'librosa', 'convolutional', 'wrap'"):
        build("CQT", **SMALL)(as_xp(np.zeros(500)), normalization_type="none")
    with pytest.raises(nax.ParameterError, match="X has 9 bins: with n_bins=10 it must have as many"):
        build("iCQT", **SMALL)(as_xp(np.zeros((9, 5, 2))))
    with pytest.raises(nax.ParameterError, match="X has 1 frames: it must have at least 2, or length= be given"):
        build("iCQT", **SMALL)(as_xp(np.zeros((10, 1, 2))))


# --- back to the waveform -------------------------------------------------------------------------

DENSE = {"sr": 8000, "hop_length": 16, "fmin": 100.0, "n_bins": 60, "pad_mode": "constant"}


@pytest.mark.parametrize("center", [True, False])
@pytest.mark.parametrize("normalization_type", ["librosa", "convolutional", "wrap"])
def test_inverse(as_xp, lazily, build_own, normalization_type, center):
    """A tone inside the band comes back, by `iCQT` and by the layer itself, from pairs and from
    complex numbers.
    """
    arguments = {**DENSE, "center": center, "filter_scale": 0.5}
    y = np.sin(2 * np.pi * 700 * np.arange(4096) / 8000) * np.hanning(4096)
    layer, inverse = build_own("CQT", **arguments), build_own("iCQT", **arguments)
    X = lazily(lambda y: layer(y, "Complex", normalization_type))(as_xp(y))
    inner = slice(1024, -1024)
    by_inverse = lazily(lambda X: inverse(X, 4096, normalization_type))
    by_layer = lazily(lambda X: layer.inverse(X, length=4096, normalization_type=normalization_type))
    whole = to_numpy(X)
    for back in (by_inverse(X), by_layer(X), by_inverse(as_xp(whole[..., 0] + 1j * whole[..., 1]))):
        assert back.shape == (1, 4096)
        assert_close(to_numpy(back)[0, inner], y[inner], rtol=0, atol=2e-3)
    assert lazily(inverse)(X).shape[-1] <= 4096


@pytest.mark.parametrize(("center", "trainable"), [(True, True), (False, True), (True, "lengths"), (True, "frequencies")])
def test_inverse_of_trained_kernels(backend, as_xp, lazily, build_own, center, trainable):
    """By the kernels themselves: the constant-Q's own give what it gives, and others the signal
    that they saw.
    """
    arguments = {**DENSE, "center": center, "filter_scale": 0.5}
    y = np.sin(2 * np.pi * 700 * np.arange(2000) / 8000) * np.hanning(2000)
    frozen, trained = build_own("CQT", **arguments), build_own("CQT", **arguments, trainable=trainable)
    X = lazily(lambda y: frozen(y, "Complex"))(as_xp(y))
    expected = to_numpy(lazily(lambda X: frozen.inverse(X, length=1900))(X))
    assert_close(to_numpy(lazily(lambda X: trained.inverse(X, length=1900))(X)), expected, rtol=0, atol=1e-5 * np.abs(expected).max())
    if backend.library != "torch" and trainable is True:
        tripled = {name: 3 * kernel if name != "lenghts" else kernel for name, kernel in trained.kernels.items()}
        back = lazily(lambda kernels, X: trained.spec.inverse(kernels, X, 1900, xp=trained.library.xp()))(tripled, 3 * X)
        assert_close(to_numpy(back), expected, rtol=0, atol=1e-5 * np.abs(expected).max())


# --- beside nnAudio -------------------------------------------------------------------------------

LONG = {"sr": 8000, "hop_length": 64, "fmin": 110.0, "n_bins": 48}
NNAUDIOS = {
    "CQT": [{}, {"norm": 2, "window": "hamming", "pad_mode": "constant"}, {"window": ("gaussian", 60.0), "norm": 0}, {"center": False}],
    "CQT1992v2": [{"bins_per_octave": 24, "filter_scale": 0.5}, {"fmax": 1500.0}],
}
SPECTRAL = 2e-4  # the half spectra of nnAudio's CQT1992 leave out what lies at negative frequencies
HALVED = 0.05  # the half-band filters of its CQT2010, at their worst for white noise


@pytest.fixture
def nnaudio():
    if Backend.TORCH_FLOAT32 not in wanted():
        pytest.skip("only torch's own default dtype, on the CPU")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own
        return pytest.importorskip("nnAudio.features", reason="nnAudio is not installed")


def original(nnaudio, name, **arguments):
    """nnAudio's layer, which prints and warns."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        return getattr(nnaudio, name)(**arguments)


def ours(name, **arguments):
    return getattr(importlib.import_module("nnaudio_xp.backends.torch"), name)(**arguments)


def waves(shape=(2, 20000)):
    return importlib.import_module("torch").from_numpy(noise(0, shape, "float32"))


def distance(a, b):
    """Relative to the second."""
    a, b = (values.detach().numpy().astype("float64") for values in (a, b))
    assert a.shape == b.shape
    return np.linalg.norm(a - b) / np.linalg.norm(b)


@ON_TORCH
@pytest.mark.parametrize(("name", "options"), [(name, options) for name, cases in NNAUDIOS.items() for options in cases], ids=repr)
def test_direct_transforms_are_nnaudios(nnaudio, name, options):
    theirs = original(nnaudio, name, **LONG, **options)
    for arguments in ({}, {"trainable": True}):
        layer = ours(name, **LONG, **options, **arguments)
        assert layer.kernel_width == theirs.kernel_width
        np.testing.assert_allclose(layer.frequencies, theirs.frequencies)
        for kind in ("librosa", "convolutional", "wrap"):
            for form in ("Magnitude", "Complex", "Phase"):
                assert distance(layer(waves(), form, kind), theirs(waves(), form, kind)) < EXACT
        for kernel in ("lenghts", "cqt_kernels_real", "cqt_kernels_imag"):
            assert_close(to_numpy(getattr(layer, kernel)), to_numpy(getattr(theirs, kernel)), rtol=1e-5)


@ON_TORCH
@pytest.mark.parametrize("kind", ["librosa", "convolutional", "wrap"])
def test_spectral_transform_is_nnaudios_but_for_its_phase(nnaudio, kind):
    layer, theirs = ours("CQT1992", **LONG), original(nnaudio, "CQT1992", **LONG)
    for form in ("Magnitude", "Complex"):
        assert distance(layer(waves(), form, kind), theirs(waves(), form, kind)) < SPECTRAL
    flipped = theirs(waves(), "Phase", kind) * importlib.import_module("torch").tensor([1.0, -1.0])
    assert distance(layer(waves(), "Phase", kind), flipped) < 100 * SPECTRAL


@ON_TORCH
@pytest.mark.parametrize("name", BY_OCTAVES)
def test_transforms_by_octaves_are_nearly_nnaudios(nnaudio, name):
    """Magnitudes, where it does not lower the rate early, and where its frames come out even."""
    theirs = original(nnaudio, name, **LONG, earlydownsample=False, pad_mode="constant")
    layer = ours(name, **LONG, pad_mode="constant")
    for kind in ("librosa", "convolutional", "wrap"):
        assert distance(layer(waves(), "Magnitude", kind), theirs(waves(), "Magnitude", kind)) < HALVED


WRONG = [
    ("VQT", {"sr": 44100}, 0.5),  # an octave off
    ("CQT2010v2", {"sr": 44100}, 0.3),  # larger by the root of two
    ("CQT2010", {"sr": 44100}, 0.2),  # smaller by it
    ("CQT2010v2", {"sr": 22050, "hop_length": 441}, None),  # fails
    ("VQT", {"sr": 22050, "hop_length": 441}, 0.1),  # interpolates
    ("CQT2010v2", {"sr": 22050, "n_bins": 7, "fmin": 220.0}, 1.0),  # other frequencies
]


@ON_TORCH
@pytest.mark.parametrize(("name", "options", "error"), WRONG, ids=repr)
def test_where_nnaudio_is_wrong(nnaudio, name, options, error):
    """The value is that of its own `CQT1992v2`, which its faster classes are far from."""
    x = waves((1, 40000))
    truth = original(nnaudio, "CQT1992v2", **options)(x, "Complex")
    layer = ours(name, **options)
    assert distance(layer(x, "Complex"), truth) < EXACT
    assert bool((ours(name, **options, earlydownsample=False)(x, "Complex") == layer(x, "Complex")).all())
    theirs = original(nnaudio, name, **options)
    if error is None:
        with pytest.raises(RuntimeError):
            theirs(x)
    else:
        magnitudes = theirs(x), (truth**2).sum(-1).sqrt()
        shared = min(values.shape[-1] for values in magnitudes)
        assert distance(*(values[..., :shared] for values in magnitudes)) > error


# --- checkpoints ----------------------------------------------------------------------------------


def changed(state, *, everywhere=False):
    """A state dict with other kernels in it: rows scaled, or every sample of the kernels'
    widths.
    """
    torch = importlib.import_module("torch")
    generator = torch.Generator().manual_seed(0)
    factors = {}
    for name, value in state.items():
        if "cqt_kernels" not in name:
            factors[name] = value
        elif everywhere:
            factors[name] = value + 0.1 * value.abs().max() * torch.randn(value.shape, generator=generator)
        else:
            rows = 1 + 0.5 * torch.rand(value.shape[0], generator=torch.Generator().manual_seed(1))
            factors[name] = value * rows.reshape(-1, *[1] * (value.ndim - 1))
    return factors


@ON_TORCH
@pytest.mark.parametrize("name", FAMILY)
def test_nnaudios_initial_kernels_are_dropped(nnaudio, name):
    for options in ({}, {"sr": 44100, "hop_length": 512, "n_bins": 50}, {"n_bins": 7, "fmin": 440.0}):
        arguments = {**LONG, **options}
        state = original(nnaudio, name, **arguments).state_dict()
        for switch in ({}, TRAINED[name]):
            layer = ours(name, **arguments, **switch)
            assert str(layer.load_state_dict(state)) == "<All keys matched successfully>"
            assert set(layer.state_dict()) == ({"lenghts", "cqt_kernels_real", "cqt_kernels_imag"} if switch else set())
            assert distance(layer(waves()), ours(name, **arguments)(waves())) < EXACT


@ON_TORCH
@pytest.mark.parametrize("everywhere", [False, True], ids=["rows", "everywhere"])
@pytest.mark.parametrize(("name", "tolerance"), [("CQT", EXACT), ("CQT1992v2", EXACT), ("CQT1992", SPECTRAL)])
def test_nnaudios_trained_kernels(nnaudio, name, tolerance, everywhere):
    """Adopted, on the whole of their width, by frozen layers and by trainable ones, and handed
    on.
    """
    theirs = original(nnaudio, name, **LONG)
    theirs.load_state_dict(changed(theirs.state_dict(), everywhere=everywhere))
    for switch in ({}, TRAINED[name]):
        layer = ours(name, **LONG, **switch)
        layer.load_state_dict(theirs.state_dict())
        assert {"cqt_kernels_real", "cqt_kernels_imag"} <= set(layer.state_dict())
        assert distance(layer(waves()), theirs(waves())) < tolerance
        again = ours(name, **LONG, **switch)
        again.load_state_dict(layer.state_dict(), strict=bool(switch))
        assert distance(again(waves()), layer(waves())) < 1e-6


@ON_TORCH
@pytest.mark.parametrize("name", BY_OCTAVES)
def test_nnaudios_trained_octaves(nnaudio, name):
    """Kernels of the top octave, trained for all octaves, become kernels of the signal's own
    rate.
    """
    arguments = {**LONG, "pad_mode": "constant"}
    theirs = original(nnaudio, name, **arguments, earlydownsample=False)
    before = theirs(waves())
    theirs.load_state_dict(changed(theirs.state_dict()))
    layer = ours(name, **arguments, earlydownsample=False)
    layer.load_state_dict(theirs.state_dict())
    assert set(layer.state_dict()) == {"cqt_kernels_real", "cqt_kernels_imag"}
    assert distance(theirs(waves()), before) > 0.2
    assert distance(layer(waves()), theirs(waves())) < HALVED


@ON_TORCH
@pytest.mark.parametrize("name", ["CQT", "CQT1992v2"])
def test_nnaudio_loads_ours(nnaudio, name):
    layer, theirs = ours(name, **LONG, trainable=True), original(nnaudio, name, **LONG, trainable=True)
    layer.load_state_dict(changed(layer.state_dict()))
    assert str(theirs.load_state_dict(layer.state_dict())) == "<All keys matched successfully>"
    assert distance(layer(waves(), "Complex"), theirs(waves(), "Complex")) < EXACT


@ON_TORCH
def test_checkpoints_that_do_not_fit(nnaudio):
    for name in FAMILY:
        state = original(nnaudio, name, **LONG).state_dict()
        with pytest.raises(RuntimeError, match="shape"):
            ours(name, **{**LONG, "n_bins": 30}).load_state_dict(state)
        for kernel in [key for key in state if key.startswith("cqt_kernels_imag")]:
            del state[kernel]
        with pytest.raises(RuntimeError, match="cqt_kernels_imag"):
            ours(name, **LONG, **TRAINED[name]).load_state_dict(state)


@pytest.mark.parametrize("name", FAMILY)
def test_loaded_kernels_count_on_their_whole_width(as_xp, build_own, name, tmp_path):
    """Where a layer's own kernels are zero, too; in the files that every library reads."""
    pytest.importorskip("safetensors", reason="safetensors, which holds the kernels, is not installed")
    carrier = getattr(importlib.import_module("nnaudio_xp.backends.numpy"), name)(**SMALL, **TRAINED[name])
    kernels = {key: noise(0, carrier.kernels[key].shape, "float32") for key in ("cqt_kernels_real", "cqt_kernels_imag")}
    carrier.kernels |= kernels
    carrier.save_kernels(tmp_path / "dense.safetensors")
    y = noise(1, (1, 700))
    rows = oracles.frames(oracles.pad(y, 128, 128, "reflect"), 256, 50)
    re, im = (rows @ kernels[key][:, 0, :].T for key in kernels)
    for switch in ({}, TRAINED[name]):
        layer = build_own(name, **SMALL, **switch)
        layer.load_kernels(tmp_path / "dense.safetensors")
        spectrogram = to_numpy(layer(as_xp(y), "Complex", "wrap"))
        assert_close(spectrogram, 2 * np.stack([re, -im], axis=-1).swapaxes(1, 2), rtol=1e-5)
