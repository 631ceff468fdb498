"""The torch layers compiled, exported, and run by onnxruntime, with any number of clips and
samples.
"""

import importlib

import catalogue
import numpy as np
import pytest
from assertions import assert_close
from examples import noise
from libraries import Backend, wanted

import nnaudio_xp as nax

torch = pytest.importorskip("torch", reason="torch is not installed")
layers = importlib.import_module("nnaudio_xp.backends.torch")

pytestmark = [
    pytest.mark.skipif(Backend.TORCH_FLOAT32 not in wanted(), reason="only torch's own default dtype, on the CPU"),
    # torch's own; any other warning fails the test
    pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning"),  # inductor uses it
    pytest.mark.filterwarnings(r"ignore:`isinstance\(treespec, LeafSpec\)` is deprecated:FutureWarning"),  # the ONNX exporter does
    pytest.mark.filterwarnings("ignore:Torchinductor does not support code generation for complex operators"),  # it calls torch's FFT
]

MEL = {"sr": 8000, "n_fft": 80, "hop_length": 40, "n_mels": 6}
EAR = {"sr": 8000, "n_fft": 80, "hop_length": 40, "n_bins": 6, "power": 1.0}
CONSTANT_Q = {"sr": 8000, "hop_length": 40, "fmin": 800.0, "n_bins": 9, "bins_per_octave": 6}
COMBINED = {"fr": 10, "fs": 640, "hop_length": 20, "window_size": 50, "fc": 40, "tc": 1 / 200, "g": (0.5, 1, 1.5), "NumPerOct": 6}
WAVELETS = {"sr": 8000, "frequencies": (300.0, 700.0, 1500.0, 3000.0), "hop_length": 10}
SLICED = {"sr": 8000, "fmin": 300.3, "bins_per_octave": 6, "slice_length": 128}
WHOLE = {**SLICED, "slice_length": None}
LAYERS = {
    "complex": ("STFT", {"n_fft": 64, "hop_length": 16}),
    "magnitude": ("STFT", {"n_fft": 64, "win_length": 48, "output_format": "Magnitude"}),
    "phase": ("STFT", {"n_fft": 64, "output_format": "Phase", "pad_mode": "constant"}),
    "log scale": ("STFT", {"n_fft": 64, "freq_scale": "log", "freq_bins": 10, "output_format": "Magnitude"}),
    "trainable": ("STFT", {"n_fft": 64, "trainable": True, "output_format": "Magnitude"}),
    "mel": ("MelSpectrogram", MEL),
    "mel, trainable": ("MelSpectrogram", {**MEL, "trainable_mel": True, "trainable_STFT": True}),
    "gammatone": ("Gammatonegram", EAR),
    "gammatone, trainable": ("Gammatonegram", {**EAR, "trainable_bins": True, "trainable_STFT": True}),
    "mfcc": ("MFCC", {**MEL, "n_mfcc": 4}),
    "constant-Q": ("CQT", CONSTANT_Q),
    "constant-Q, complex": ("CQT1992v2", {**CONSTANT_Q, "output_format": "Complex", "pad_mode": "constant"}),
    "constant-Q, phase": ("CQT2010", {**CONSTANT_Q, "output_format": "Phase"}),
    "constant-Q, not centred": ("CQT1992", {**CONSTANT_Q, "hop_length": 30, "filter_scale": 0.5, "center": False}),
    "constant-Q, trainable": ("CQT2010v2", {**CONSTANT_Q, "trainable": True}),
    "variable-Q": ("VQT", {**CONSTANT_Q, "gamma": 30.0}),
    "constant-Q, nnAudio's numbers": ("CQT2010v2", {**CONSTANT_Q, "compat": "nnAudio"}),
    "variable-Q, nnAudio's numbers": ("VQT", {**CONSTANT_Q, "compat": "nnAudio"}),
    "slices": ("NSGT", SLICED),
    "slices, magnitude": ("NSGT", {**SLICED, "slice_length": 256, "hop_length": 8, "output_format": "Magnitude"}),
    "slices, phase": ("NSGT", {**SLICED, "gamma": 30.0, "output_format": "Phase"}),
    "slices, inverse": ("NSGT.inverse", SLICED),
    "wavelets": ("CWT", WAVELETS),
    "wavelets, phase": ("CWT", {**WAVELETS, "norm": "l2", "pad_mode": "reflect", "output_format": "Phase"}),
    "wavelets, real": ("CWT", {**WAVELETS, "wavelet": "ricker", "output_format": "Magnitude"}),
    "wavelets, trainable": ("CWT", {**WAVELETS, "hop_length": 1, "trainable": True}),
    "wavelets, synchrosqueezed": ("SynchrosqueezedCWT", WAVELETS),
    "wavelets, synchrosqueezed, trainable": ("SynchrosqueezedCWT", {**WAVELETS, "trainable": True, "output_format": "Magnitude"}),
    "combined": ("CFP", COMBINED),
    "combined, by products with factors": ("CFP", {**COMBINED, "fs": 6000, "tc": 1 / 300}),
    "inverse": ("iSTFT", {"n_fft": 64}),
    "inverse, n_fft not a power of two": ("iSTFT", {"n_fft": 60}),
    "inverse, log scale": ("iSTFT", {"n_fft": 64, "freq_scale": "log", "sr": 22050, "n_iter": 2}),
    "phases found": ("Griffin_Lim", {"n_fft": 64, "n_iter": 2, "window": "hamming", "init": None}),
    "chroma": ("Chroma", {"sr": 8000, "n_fft": 80, "hop_length": 40}),
    "inverse constant-Q": ("iCQT", {**CONSTANT_Q, "n_iter": 2}),
    "inverse constant-Q, not centred": ("iCQT", {**CONSTANT_Q, "n_iter": 1, "center": False}),
    "inverse, trainable": ("iSTFT", {"n_fft": 64, "trainable_kernels": True}),
}
CASES = [pytest.param(*case, id=name) for name, case in LAYERS.items()]
INVERSES = ("iSTFT", "iCQT", "Griffin_Lim")
SPECTRAL = (*INVERSES, "PCEN")
"""What takes spectra."""

ROUNDINGS = 64 * float(torch.finfo(torch.float32).eps)  # a runtime sums in its own order
AMPLIFIED = {"Griffin_Lim": 8, "iCQT": 64, "CFP": 256}  # slopes divide by magnitudes, products of signals, and powers that may be small


class Inverse(torch.nn.Module):
    """A layer's way back."""

    def __init__(self, layer):
        super().__init__()
        self.layer = layer

    def forward(self, X):
        return self.layer.inverse(X)


def built(name, arguments):
    name, _, inverse = name.partition(".")
    layer = getattr(layers, name)(**arguments)
    return (Inverse(layer) if inverse else layer).eval()


def example(name, arguments, clips, length):
    """Waveforms of `length` hundred samples, or spectra of as many frames or slices."""
    if name == "NSGT.inverse":
        return layers.NSGT(**arguments)(example("NSGT", arguments, clips, length))
    bins = arguments["n_bins"] if name == "iCQT" else 1 + arguments.get("n_fft", 0) // 2
    bins = arguments.get("n_bands", bins)
    if name in ("Griffin_Lim", "PCEN"):
        return torch.from_numpy(0.1 + abs(noise(0, (clips, bins, 5 * length))).astype(np.float32))
    shape = (clips, bins, 5 * length, 2) if name in INVERSES else (clips, 100 * length)
    return torch.from_numpy(noise(0, shape).astype(np.float32))


def dynamic(name):
    """Any number of clips, and of samples or frames."""
    if name in catalogue.WAVELET_LAYERS:  # whose blocks named sizes make multiples of
        return (dict.fromkeys((0, 1), torch.export.Dim.DYNAMIC),)
    time = torch.export.Dim("time", min=2 if name in (*SPECTRAL, "NSGT.inverse") else 100, max=100_000)
    return ({0: torch.export.Dim("clips", min=1, max=64), 2 if name in SPECTRAL else 1: time},)


def assert_layers_agree(actual, expected, *, phase=False):
    actual, expected = np.asarray(actual), expected.detach().numpy()
    if phase:  # angles of next to nothing are anything, and pi is -pi
        actual, expected = np.exp(1j * actual), np.exp(1j * expected)
        assert np.quantile(np.abs(actual - expected), 0.9) < 1e-4
    else:
        assert_close(actual, expected, rtol=ROUNDINGS)


def in_onnxruntime(layer, x, shapes, other, folder):
    """What a layer that was exported with one input gives for another."""
    for package in ("onnx", "onnxscript"):
        pytest.importorskip(package, reason=f"{package} is not installed")
    onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
    torch.onnx.export(layer, (x,), dynamic_shapes=shapes, dynamo=True, verbose=False).save(folder / "layer.onnx")
    session = onnxruntime.InferenceSession(folder / "layer.onnx")
    (result,) = session.run(None, {session.get_inputs()[0].name: other.numpy()})
    return result


def test_table_claims_all_of_it():
    """Every layer is here but one that gives four spectrograms, which test_cfp.py has, and one that is
    exported for one number of frames.
    """
    here = {name.partition(".")[0] for name, _ in LAYERS.values()}
    assert set(catalogue.LAYERS) - here == {"Combined_Frequency_Periodicity", "PCEN"}
    able = {
        (name, column): catalogue.LAYERS[name].able[column] == catalogue.YES for name in here for column in ("compile", "export", "onnx")
    }
    limited = {(name, column) for name in ("NSGT", *catalogue.WAVELET_LAYERS) for column in ("export", "onnx")}
    assert {key for key, yes in able.items() if not yes} == limited  # without slices, see below; with named sizes


@pytest.mark.parametrize(("name", "arguments"), CASES)
def test_compiles_without_graph_breaks(name, arguments):
    layer, x = built(name, arguments), example(name, arguments, 2, 4)
    phase = arguments.get("output_format") == "Phase"
    torch._dynamo.reset()
    runs = []
    for run in (torch.compile(layer, fullgraph=True), layer):
        inputs = x.clone().requires_grad_()
        layer.zero_grad()
        result = run(inputs)
        result.sum().backward()
        runs.append((result, [inputs.grad, *(parameter.grad for parameter in layer.parameters())]))
    (compiled, slopes), (eager, expected_slopes) = runs
    assert_layers_agree(compiled.detach(), eager, phase=phase)
    if not phase:
        for slope, expected in zip(slopes, expected_slopes, strict=True):
            assert_close(slope.numpy(), expected.numpy(), rtol=AMPLIFIED.get(name, 1) * ROUNDINGS)


@pytest.mark.parametrize(("name", "arguments"), CASES)
def test_exports_with_dynamic_shapes(name, arguments):
    layer = built(name, arguments)
    program = torch.export.export(layer, (example(name, arguments, 2, 4),), dynamic_shapes=dynamic(name)).module()
    other = example(name, arguments, 3, 7)
    assert_layers_agree(program(other).detach(), layer(other), phase=arguments.get("output_format") == "Phase")


@pytest.mark.filterwarnings("ignore::torch.jit.TracerWarning")  # sizes that are checked, and those of constants
@pytest.mark.filterwarnings("ignore:`torch.jit.trace(_method)?` is deprecated:DeprecationWarning")
@pytest.mark.parametrize(("name", "arguments"), CASES)
def test_traces_with_any_shape(name, arguments):
    """By `torch.jit.trace`, which traces twice and compares."""
    layer, other = built(name, arguments), example(name, arguments, 3, 7)
    traced = torch.jit.trace(layer, (example(name, arguments, 2, 4),))
    assert_layers_agree(traced(other).detach(), layer(other), phase=arguments.get("output_format") == "Phase")


def test_random_phases_are_drawn_in_the_graph():
    """Others in each run, but for those of a seed, which are drawn on the host: for one shape, and
    not while compiling.
    """
    arguments = {"n_fft": 64, "n_iter": 2}
    S = example("Griffin_Lim", arguments, 2, 4)
    drawn = torch.export.export(layers.Griffin_Lim(**arguments), (S,), dynamic_shapes=dynamic("Griffin_Lim")).module()
    longer = example("Griffin_Lim", arguments, 3, 7)
    assert drawn(longer).shape == layers.Griffin_Lim(**arguments)(longer).shape
    assert (drawn(longer) - drawn(longer)).abs().max() > 0.1
    seeded = layers.Griffin_Lim(**arguments, rng=3)
    assert_layers_agree(torch.export.export(seeded, (S,)).module()(S), seeded(S))


def test_exporting_functions_leaves_nothing_behind():
    """Constants that were first made in a trace are its own."""

    class Mel(torch.nn.Module):
        def forward(self, y):
            return nax.feature.melspectrogram(y=y, sr=8000, n_fft=80, n_mels=7)

    y = torch.from_numpy(noise(0, (2, 500), "float32"))
    program = torch.export.export(Mel(), (y,)).module()
    assert_layers_agree(program(y), Mel()(y))


@pytest.mark.parametrize(("name", "arguments"), CASES)
def test_runs_in_onnxruntime(name, arguments, tmp_path):
    layer, other = built(name, arguments), example(name, arguments, 3, 7)
    result = in_onnxruntime(layer, example(name, arguments, 2, 4), dynamic(name), other, tmp_path)
    assert_layers_agree(result, layer(other), phase=arguments.get("output_format") == "Phase")


@pytest.mark.parametrize("name", ["NSGT", "NSGT.inverse"])
def test_whole_signals_are_compiled_and_exported_for_their_length(name, tmp_path):
    layer, x = built(name, WHOLE), example(name, WHOLE, 2, 4)
    torch._dynamo.reset()
    compiled = torch.compile(layer, fullgraph=True)
    for signals in (x, example(name, WHOLE, 3, 7)):
        assert_layers_agree(compiled(signals), layer(signals))
    clips = ({0: torch.export.Dim("clips", min=1, max=64)},)
    other = example(name, WHOLE, 3, 4)
    assert_layers_agree(torch.export.export(layer, (x,), dynamic_shapes=clips).module()(other), layer(other))
    assert_layers_agree(in_onnxruntime(layer, x, clips, other, tmp_path), layer(other))
