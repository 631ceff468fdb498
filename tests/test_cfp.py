"""Combined frequency and periodicity against its definition, beside nnAudio's, and its layers."""

import importlib
import inspect
import warnings

import numpy as np
import oracles
import pytest
from assertions import assert_close, assert_same
from catalogue import COMBINED as SMALL
from catalogue import COMBINED_LAYERS, LAYERS
from examples import noise
from libraries import Backend, has_layers, to_numpy, wanted

import nnaudio_xp as nax
from nnaudio_xp import layers

CASES = [
    {"g": (0.24, 0.6, 1)},
    {"g": (0.3, 0)},
    {"g": (0, 0.5, 0, 1), "hop_length": 33, "win_length": 64},
    {"g": [1, 2, 0.5, 1, 0.7], "sr": 650, "win_length": 33, "bins_per_octave": 2},  # an odd number of points
    {"g": (0.24, 0.6, 1), "fr": 9.7, "fc": 35, "bins_per_octave": 24},  # rows narrower than a bin
    {"g": (0.5, 1.5), "tc": 1 / 320, "fc": 21},  # up to half the rate
]
SMALL_LAYER = {name: value for name, value in LAYERS["CFP"].arguments.items() if name != "g"}
each_layer = pytest.mark.parametrize("name", COMBINED_LAYERS)


def distance(actual, expected):
    """Relative, over the whole spectrogram."""
    expected = np.asarray(expected)
    return np.linalg.norm(to_numpy(actual) - expected) / np.linalg.norm(expected)


def accuracy(dtype, g):
    """What a root, or the logarithm of 1e-8 and more, makes of a rounding of zero."""
    eps = float(np.finfo(dtype).eps)
    return 100 * (1e8 * eps if 0 in g[1:] else eps ** min(1, *g[1:]))


# --- the definition -------------------------------------------------------------------------------


@pytest.mark.parametrize("options", CASES, ids=repr)
def test_parts(xp, as_xp, dtype, lazily, options):
    if 0 in options["g"][1:] and dtype == "float32":
        pytest.skip("the logarithm of a rounding is anything")
    y = noise(0, (2, 250), dtype)
    expected = oracles.cfp(y, **{**SMALL, **options})
    found = lazily(lambda y: nax.cfp(y, parts=True, **{**SMALL, **options}))(as_xp(y))
    combined = lazily(lambda y: nax.cfp(y, **{**SMALL, **options}))(as_xp(y))
    for actual, values in ((combined, expected[0]), *zip(found, expected, strict=True)):
        assert_same(actual, values, xp=xp, dtype=dtype, rtol=accuracy(dtype, options["g"]))
    assert found._fields == ("combined", "magnitudes", "spectral", "temporal")


@pytest.mark.once
@pytest.mark.parametrize("options", [{}, *({**SMALL, **case} for case in CASES)], ids=repr)
def test_banks(options):
    arguments = {"sr": 16000, "fr": 2, "fc": 80, "tc": 1 / 1000, "bins_per_octave": 48} | options
    axes = {name: arguments[name] for name in ("sr", "fr", "fc", "tc", "bins_per_octave")}
    expected = oracles.cfp_banks(**axes)
    spec = layers.CFP(
        **{{"sr": "fs", "bins_per_octave": "NumPerOct"}.get(name, name): value for name, value in axes.items()}, window_size=1
    )
    for name, bank in zip(spec.kernel_names[1:], expected, strict=True):
        assert_close(spec.kernel(name), bank, atol=1e-11)
    frequencies = nax.cfp_frequencies(**{name: axes[name] for name in ("fc", "tc", "bins_per_octave")})
    assert_close(frequencies, [axes["fc"] * 2 ** (k / axes["bins_per_octave"]) for k in range(len(expected[0]))])
    assert_close(spec.frequencies, frequencies)


@pytest.mark.once
def test_the_first_row_shows_its_frequency():
    """And the rows of its octaves: a period of whole samples counts whole."""
    time = np.arange(16000) / 16000
    for hertz in (80, 160, 320, 640):
        tone = sum(np.sin(2 * np.pi * hertz * k * time) for k in range(1, 9))
        assert nax.cfp_frequencies()[np.argmax(nax.cfp(tone)[:, 25])] == hertz


@pytest.mark.parametrize("g", [(0.24, 0.6, 1), (0, 0, 0.5, 1)], ids=repr)
def test_silence(backend, as_xp, g):
    """Numbers and gradients are finite, in it and next to it."""
    y = noise(0, (2, 400))
    y[0] = 0
    y[1, 200:] = 0
    assert np.isfinite(to_numpy(nax.cfp(as_xp(y), g=g, **SMALL))).all()
    if backend.library == "torch":
        x = as_xp(y).requires_grad_()
        nax.cfp(x, g=g, **SMALL).sum().backward()
        assert np.isfinite(to_numpy(x.grad)).all()
    if backend is Backend.JAX:
        import jax

        slope = jax.jit(jax.grad(lambda y: nax.cfp(y, g=g, **SMALL).sum()))(as_xp(y))
        assert np.isfinite(to_numpy(slope)).all()


@pytest.mark.parametrize("options", [{"g": (0.24, 2, 1.5)}, {"g": (0, 1.5)}], ids=repr)
def test_gradients(backend, options):
    if backend is not Backend.TORCH_FLOAT32:
        pytest.skip("PyTorch's own way of differentiating, once")
    import torch

    y = torch.from_numpy(noise(1, (45,))).requires_grad_()
    assert torch.autograd.gradcheck(lambda y: nax.cfp(y, **SMALL, **options), y)
    assert torch.autograd.gradgradcheck(lambda y: nax.cfp(y, **SMALL, **options), y, fast_mode=True, atol=1e-4)


# --- nnAudio --------------------------------------------------------------------------------------


@pytest.fixture(params=["nnAudio", "nnAudio2"])
def nnaudio(request, backend, monkeypatch):
    """The original with the one name in SciPy that is gone, and its successor."""
    if backend is not Backend.TORCH_FLOAT32:
        pytest.skip("nnAudio is compared in its own precision, on the CPU")
    signal = importlib.import_module("scipy.signal")
    monkeypatch.setattr(signal, "blackmanharris", signal.windows.blackmanharris, raising=False)
    monkeypatch.setenv("NNAUDIO_DISABLE_CITATION_REMINDER", "1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own, and its division by zero
        yield pytest.importorskip(f"{request.param}.features", reason=f"{request.param} is not installed")


ARGUMENTS = [
    {},
    {"fs": 44100, "fr": 4, "hop_length": 512, "fc": 55, "tc": 1 / 2000, "g": [0.24, 0.6, 1, 0.5]},
    {"g": [0.3, 0.8], "fr": 5, "window_size": 1000, "NumPerOct": 24},
]
ATTRIBUTES = "N NumofLayer tc_idx fc_idx HighFreqIdx HighQuefIdx pad_value window_size hop_length"


@pytest.mark.filterwarnings("ignore:stft with return_complex=False is deprecated")
@pytest.mark.parametrize("arguments", ARGUMENTS, ids=repr)
def test_is_nnaudios(nnaudio, arguments):
    """Row by row to single precision, but for the first, and for those at whose centre a whole
    number of samples is the period.
    """
    import torch

    modules = importlib.import_module("nnaudio_xp.backends.torch")
    x = torch.from_numpy(noise(0, (2, 16000), "float32"))
    octave = arguments.get("NumPerOct", 48)
    differing = [0, octave, 2 * octave, 3 * octave] if "fs" not in arguments else [0]
    for name in COMBINED_LAYERS:
        with np.errstate(divide="ignore"):
            theirs = getattr(nnaudio, name)(**arguments)
        ours = getattr(modules, name)(**arguments)
        assert [getattr(ours, attribute) for attribute in ATTRIBUTES.split()] == [getattr(theirs, a) for a in ATTRIBUTES.split()]
        assert list(ours.g) == theirs.g
        assert_close(ours.f, theirs.f)
        assert_close(ours.q, theirs.q)
        spectrograms = zip(*((result if isinstance(result, tuple) else (result,)) for result in (ours(x), theirs(x))), strict=True)
        for our, their in spectrograms:
            agreeing = np.delete(np.arange(our.shape[1]), differing)
            assert distance(our[:, agreeing], their[:, agreeing]) < 5e-6
        for kernel in ours.kernel_names:
            our, their = (to_numpy(getattr(layer, kernel)) for layer in (ours, theirs))
            rows = np.delete(np.arange(our.shape[0]), differing) if our.ndim == 2 else slice(None)
            assert_close(our[rows], their[rows], rtol=0, atol=1e-6)
            assert our.ndim == 1 or (their[0] == 0).all()
        assert str(ours.load_state_dict(theirs.state_dict())) == "<All keys matched successfully>"
        assert not ours.state_dict(), "nnAudio's own arrays are not taken"


@pytest.mark.filterwarnings("ignore:stft with return_complex=False is deprecated")
def test_what_nnaudio_leaves_out(nnaudio):
    """The size of the difference, over noise: a third of the spectrogram."""
    import torch

    x = torch.from_numpy(noise(0, (2, 16000), "float32"))
    with np.errstate(divide="ignore"):
        theirs = nnaudio.CFP()
    ours = importlib.import_module("nnaudio_xp.backends.torch").CFP()
    assert distance(theirs(x), ours(x)) == pytest.approx(0.3, abs=0.05)


def test_signatures_are_nnaudios(nnaudio):
    for name in COMBINED_LAYERS:
        ours, theirs = (
            [
                (p.name, tuple(p.default) if isinstance(p.default, list) else p.default)
                for p in inspect.signature(cls).parameters.values()
                if p.name != "compat"
            ]
            for cls in (getattr(layers, name), getattr(nnaudio, name))
        )
        assert ours == theirs


# --- layers ---------------------------------------------------------------------------------------


def several(result):
    return result if isinstance(result, tuple) else (result,)


@each_layer
def test_layers_are_the_function(xp, as_xp, dtype, lazily, build, name):
    x = noise(0, (3, 2, 300), dtype)
    expected = nax.cfp(x.astype("float64"), parts=True, g=(0.24, 1, 1.5), **SMALL)
    wanted = expected[:1] if name == "CFP" else [spectrogram[..., 1:-1] for spectrogram in expected]
    layer = lazily(build(name, **SMALL_LAYER, g=[0.24, 1, 1.5]))
    for batch in (x, x[:, 0], x[:, :1], x[0, 0]):
        clips = (
            {3: (slice(None), slice(None)), 2: (slice(None), 0), 1: (slice(1), 0)}[batch.ndim]
            if batch.shape[1:2] != (1,)
            else (slice(None), 0)
        )
        for actual, spectrogram in zip(several(layer(as_xp(batch))), wanted, strict=True):
            assert_same(actual, spectrogram[clips], xp=xp, dtype=dtype, rtol=100 * float(np.finfo(dtype).eps))


@each_layer
def test_half_precision(backend, as_xp, build, name):
    if not has_layers(backend):
        pytest.skip("the standard has no float16")
    x = as_xp(noise(0, (2, 300)), "float16")
    assert {str(spectrogram.dtype) for spectrogram in several(build(name, **SMALL_LAYER)(x))} == {str(x.dtype)}


def test_loaded_arrays_are_used(build_own, as_xp):
    """A window and banks that are not the layer's own."""
    x, layer = as_xp(noise(0, (2, 300), "float32")), build_own("CFP", **SMALL_LAYER)
    spec = layers.CFP(**SMALL_LAYER)
    arrays = {name: 2 * spec.kernel(name).astype("float32") for name in spec.kernel_names}
    expected = 4 * to_numpy(layer(x))  # a window's norm is its own
    if hasattr(layer, "state_dict"):
        import torch

        layer.load_state_dict({name: torch.from_numpy(array) for name, array in arrays.items()})
    else:
        layer.kernels = {name: as_xp(array) for name, array in arrays.items()}
    assert_close(to_numpy(layer(x)), expected, rtol=1e-4)


BAD = [
    ({"fs": 0}, "fs=0 must be a finite positive number"),
    ({"fr": -1}, "fr=-1 must be a finite positive number"),
    ({"hop_length": 0}, "hop_length=0 must be a positive integer"),
    ({"window_size": 65}, "window_size=65 must be at most sr / fr = 64"),
    ({"fc": 20}, r"fc=20 must be above 2 \* fr = 20 Hz"),
    ({"fc": 0}, "fc=0 must be a finite positive number"),
    ({"tc": 1 / 400}, "tc=0.0025 must be at least 2 / sr = 0.003125 seconds"),
    ({"tc": 1 / 41}, r"tc=0.024\d* is too long: 1 / tc must be more than an octave / 6 above fc=40 Hz"),
    ({"NumPerOct": 0}, "NumPerOct=0 must be a positive integer"),
    ({"g": 0}, "g=0 must be a sequence of one number or more"),
    ({"g": [1]}, r"g=\[1\] must have at least two exponents"),
    ({"g": [1, -1]}, "g=-1 must be a finite non-negative number"),
]


@each_layer
@pytest.mark.parametrize(("arguments", "message"), BAD, ids=repr)
def test_bad_arguments(build, name, arguments, message):
    with pytest.raises(nax.ParameterError, match=message):
        build(name, **{**SMALL_LAYER, **arguments})


@pytest.mark.parametrize(("arguments", "message"), [({"win_length": 65}, "win_length=65 must be at most"), ({"g": ()}, "g=")], ids=repr)
def test_bad_arguments_of_the_function(as_xp, arguments, message):
    with pytest.raises(nax.ParameterError, match=message):
        nax.cfp(as_xp(noise(0, (300,))), **{**SMALL, **arguments})


# --- graphs ---------------------------------------------------------------------------------------


@pytest.mark.skipif(Backend.TORCH_FLOAT32 not in wanted(), reason="only torch's own default dtype, on the CPU")
@pytest.mark.filterwarnings(r"ignore:`isinstance\(treespec, LeafSpec\)` is deprecated:FutureWarning")  # the ONNX exporter does
def test_four_spectrograms_in_graphs(tmp_path):
    """nnAudio's arguments: frames of 8000 points, where its own graph is off by a tenth.
    test_export.py has the other layer.
    """
    torch = pytest.importorskip("torch", reason="torch is not installed")
    layer = importlib.import_module("nnaudio_xp.backends.torch").Combined_Frequency_Periodicity().eval()
    x, other = (torch.from_numpy(noise(0, shape, "float32")) for shape in ((2, 4000), (3, 7000)))
    expected = [to_numpy(spectrogram) for spectrogram in layer(other.double())]

    def assert_right(spectrograms):
        for actual, spectrogram in zip(spectrograms, expected, strict=True):
            assert distance(actual, spectrogram) < 1e-5

    torch._dynamo.reset()
    assert_right(torch.compile(layer, fullgraph=True, backend="aot_eager")(other))
    shapes = ({0: torch.export.Dim("clips", min=1, max=64), 1: torch.export.Dim("time", min=1000, max=10**7)},)
    program = torch.export.export(layer, (x,), dynamic_shapes=shapes)
    assert_right(program.module()(other))
    for package in ("onnx", "onnxscript"):
        pytest.importorskip(package, reason=f"{package} is not installed")
    onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    torch.onnx.export(layer, (x,), dynamic_shapes=shapes, dynamo=True, verbose=False).save(tmp_path / "layer.onnx")
    assert (tmp_path / "layer.onnx").stat().st_size < 2**21
    session = onnxruntime.InferenceSession(tmp_path / "layer.onnx")
    assert_right([torch.from_numpy(spectrogram) for spectrogram in session.run(None, {session.get_inputs()[0].name: other.numpy()})])
