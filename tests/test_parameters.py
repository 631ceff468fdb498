"""The parameters behind the kernels, trained in the kernels' place: windows, frequencies, edges,
bandwidths, lengths.
"""

import copy
import importlib
from typing import Any, NamedTuple

import numpy as np
import pytest
from assertions import assert_close, assert_same
from catalogue import CONSTANT_Q_LAYERS as FAMILY
from examples import noise
from libraries import Backend, to_numpy, wanted

import nnaudio_xp as nax
from nnaudio_xp import layers
from nnaudio_xp.layers.constantq_spec import KERNELS

MEL = {"sr": 8000, "n_fft": 64, "hop_length": 32, "n_mels": 5, "fmin": 50.0}
EAR = {"sr": 8000, "n_fft": 64, "hop_length": 32, "n_bins": 5, "fmin": 300.0}
CHROMA = {"sr": 8000, "n_fft": 64, "hop_length": 32, "n_chroma": 5, "octwidth": None}
CONSTANT_Q = {"sr": 8000, "hop_length": 40, "fmin": 800.0, "n_bins": 9, "bins_per_octave": 6}
FOURIER = {"n_fft": 32, "win_length": 25, "hop_length": 8, "sr": 8000, "output_format": "Magnitude"}
LOG = {**FOURIER, "freq_scale": "log", "freq_bins": 7, "fmin": 200.0, "fmax": 3500.0}
EPS = {dtype: float(np.finfo(dtype).eps) for dtype in ("float32", "float64")}
ROUNDINGS = 64


class Kind(NamedTuple):
    """One thing that can be trained: a layer's class and arguments, the switch and what it is
    given, and the array that this makes.
    """

    name: str
    arguments: dict[str, Any]
    switch: str
    parameter: str
    array: str

    @property
    def trained(self) -> dict[str, Any]:
        return {**self.arguments, self.switch: self.parameter}

    def moved(self, start: np.ndarray) -> np.ndarray:
        """Values that another layer might have: none of them puts an edge onto a bin."""
        share = 0.04 * np.cos(3 + np.arange(start.shape[0]))
        if self.parameter == "window":
            return start**0.5 + share
        if self.array.endswith("frequencies") and self.name in ("STFT", "MelSpectrogram"):
            return start + 50 * np.sin(np.linspace(0, np.pi, start.shape[0]))  # Hz; at 0 and sr / 2 magnitudes are stationary
        if self.parameter == "tuning":
            return start + 0.3
        if self.parameter == "frequencies":
            return start * (1 + share / (4 if self.name in FAMILY else 1))
        return start * ({"bandwidths": 1.3, "lengths": 0.7}.get(self.parameter, 1.0) + share)


KINDS = {
    "window": Kind("STFT", FOURIER, "trainable", "window", "window"),
    "window, log scale": Kind("STFT", LOG, "trainable", "window", "window"),
    "frequencies": Kind("STFT", FOURIER, "trainable", "frequencies", "frequencies"),
    "frequencies, log scale": Kind("STFT", LOG, "trainable", "frequencies", "frequencies"),
    "mel, edges": Kind("MelSpectrogram", MEL, "trainable_mel", "edges", "edges"),
    "mel, edges without norm": Kind("MelSpectrogram", {**MEL, "norm": None, "htk": True}, "trainable_mel", "edges", "edges"),
    "mel, window": Kind("MelSpectrogram", MEL, "trainable_STFT", "window", "stft.window"),
    "mel, frequencies": Kind("MelSpectrogram", MEL, "trainable_STFT", "frequencies", "stft.frequencies"),
    "cepstrum, edges": Kind("MFCC", {**MEL, "n_mfcc": 4}, "trainable_mel", "edges", "melspec_layer.edges"),
    "ear, frequencies": Kind("Gammatonegram", EAR, "trainable_bins", "frequencies", "frequencies"),
    "ear, bandwidths": Kind("Gammatonegram", {**EAR, "norm": "slaney"}, "trainable_bins", "bandwidths", "bandwidths"),
    "chroma, tuning": Kind("Chroma", {**CHROMA, "tuning": 0.2}, "trainable_chroma", "tuning", "tuning"),
    "constant-Q, frequencies": Kind("CQT", {**CONSTANT_Q, "window": ("gaussian", 30)}, "trainable", "frequencies", "frequencies"),
    "constant-Q, lengths": Kind("CQT2010v2", CONSTANT_Q, "trainable", "lengths", "lengths"),
    "constant-Q, lengths, p-norm": Kind("CQT", {**CONSTANT_Q, "norm": 2, "window": ("kaiser", 5.0)}, "trainable", "lengths", "lengths"),
    "constant-Q, either switch": Kind("CQT1992", {**CONSTANT_Q, "norm": None}, "trainable_CQT", "lengths", "lengths"),
    "variable-Q, frequencies": Kind("VQT", {**CONSTANT_Q, "gamma": 30.0}, "trainable", "frequencies", "frequencies"),
}
kinds = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
TOGETHER = {
    "STFT": (LOG, {"trainable": ["frequencies", "window"]}),
    "MelSpectrogram": (MEL, {"trainable_mel": {"edges"}, "trainable_STFT": "window"}),
    "Gammatonegram": (EAR, {"trainable_bins": {"bandwidths", "frequencies"}, "trainable_STFT": True}),
    "CQT": (CONSTANT_Q, {"trainable": ("lengths", "frequencies")}),
    "CQT2010": (CONSTANT_Q, {"trainable_STFT": "lengths", "trainable_CQT": "frequencies"}),
}
together = pytest.mark.parametrize("name", TOGETHER)
ON_TORCH = pytest.mark.skipif(Backend.TORCH_FLOAT32 not in wanted(), reason="only torch's own default dtype, on the CPU")
WARNINGS = [  # torch's own
    pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning"),
    pytest.mark.filterwarnings(r"ignore:`isinstance\(treespec, LeafSpec\)` is deprecated:FutureWarning"),
    pytest.mark.filterwarnings("ignore:Torchinductor does not support code generation for complex operators"),
]


def spec_of(kind):
    return getattr(layers, kind.name)(**kind.trained)


def frozen_values(name, arguments, y):
    """What the layer gives that trains nothing, in float64; of the constant-Q, by its kernels, as
    the exact transform is none of them.
    """
    spec = getattr(layers, name)(**arguments)
    kernels = {kernel: spec.kernel(kernel) for kernel in KERNELS} if name in FAMILY else {}
    return spec.apply(kernels, y.astype("float64"), xp=Backend.NUMPY.xp)


# --- on every library -----------------------------------------------------------------------------


@kinds
def test_values_do_not_depend_on_what_is_trained(xp, as_xp, lazily, device, dtype, kind):
    y, spec = noise(0, (2, 300), dtype), spec_of(kind)
    parameters = spec.kernels(xp=xp, dtype=dtype, device=device)
    assert list(parameters) == [kind.array]
    expected = frozen_values(kind.name, kind.arguments, y)
    apply = lazily(lambda kernels, y: spec.apply(kernels, y, xp=xp))
    assert_same(apply(parameters, as_xp(y)), expected, xp=xp, dtype=dtype, rtol=ROUNDINGS * EPS[dtype])


@together
def test_several_at_once(as_xp, build, name):
    arguments, switches = TOGETHER[name]
    y = noise(0, (2, 300), "float32")
    values = to_numpy(build(name, **arguments, **switches)(as_xp(y)))
    assert_close(values, frozen_values(name, arguments, y), rtol=ROUNDINGS * EPS["float32"])


@kinds
def test_moved_parameters_make_the_same_kernels_everywhere(xp, as_xp, lazily, kind):
    """NumPy's float64 is the measure of single precision, in which phases and distances keep their
    digits.
    """
    y, spec = noise(0, (2, 300), "float32"), spec_of(kind)
    start = spec.kernels(dtype="float32")[kind.array]
    moved = {kind.array: kind.moved(start.astype("float64"))}
    expected = spec.apply(moved, y.astype("float64"), xp=Backend.NUMPY.xp)
    single = {kind.array: as_xp(moved[kind.array].astype("float32"))}
    values = lazily(lambda kernels, x: spec.apply(kernels, x, xp=xp))(single, as_xp(y))
    assert_same(values, expected, xp=xp, dtype="float32", rtol=1e-4)
    assert abs(frozen_values(kind.name, kind.arguments, y) - expected).max() > 0.01 * abs(expected).max()


def test_phases_of_thousands_of_turns(xp, as_xp):
    """They are right to single precision, also where frequencies were moved."""
    arguments = {"n_fft": 8192, "freq_scale": "log", "freq_bins": 5, "fmin": 3000.0, "fmax": 11000.0, "output_format": "Complex"}
    spec = layers.STFT(**arguments, trainable="frequencies")
    start, y = spec.kernels(dtype="float32"), noise(0, (1, 8192), "float32")
    moved = start["frequencies"] + np.float32(0.5)  # Hz
    exact = {"frequencies": spec.kernel("frequencies") + (moved - start["frequencies"]).astype("float64")}
    expected = spec.apply(exact, y.astype("float64"), xp=Backend.NUMPY.xp)
    assert_same(spec.apply({"frequencies": as_xp(moved)}, as_xp(y), xp=xp), expected, xp=xp, dtype="float32", rtol=2e-6)


def test_names_that_are_no_parameters(build):
    for name, switch, valid in (
        ("STFT", "trainable", "'window', 'frequencies'"),
        ("MelSpectrogram", "trainable_STFT", "'window', 'frequencies'"),
        ("MFCC", "trainable_mel", "'edges'"),
        ("Gammatonegram", "trainable_bins", "'frequencies', 'bandwidths'"),
        ("CQT1992", "trainable_CQT", "'frequencies', 'lengths'"),
    ):
        for given in ("kernels", ["kernels"], (7,)):
            with pytest.raises(nax.ParameterError, match=rf"{switch}=('kernels'|7) must be True .*False, or some of {valid}"):
                build(name, **{switch: given})
    with pytest.raises(nax.ParameterError, match="either the kernels are trained, or the parameters"):
        build("CQT2010", trainable_STFT=True, trainable_CQT="lengths")
    for window in (("gaussian", 30), "triang"):  # no functions of a length between integers
        with pytest.raises(nax.ParameterError, match="window"):
            build("CQT", window=window, trainable="lengths")


def test_switches_keep_their_meaning(build_own):
    for given, kept in ((0, False), (1, True), ((), False), ({"frequencies", "window"}, ("window", "frequencies"))):
        assert build_own("STFT", n_fft=16, trainable=given).trainable == kept
    assert build_own("MFCC", **MEL, trainable_STFT=["window"]).trainable_STFT == ("window",)
    assert len({layers.STFT(trainable={"window", "frequencies"}), layers.STFT(trainable=("window", "frequencies"))}) == 1


def test_arrays_can_be_looked_at(build_own):
    layer = build_own("MelSpectrogram", **MEL, trainable_mel="edges", trainable_STFT="window")
    frozen = build_own("MelSpectrogram", **MEL)
    assert_close(to_numpy(layer.mel_basis), to_numpy(frozen.mel_basis), rtol=ROUNDINGS * EPS["float32"])
    assert to_numpy(layer.edges)[[0, -1]].tolist() == [50, 4000]
    constant_q = build_own("CQT", **CONSTANT_Q, trainable={"frequencies", "lengths"})
    assert_close(to_numpy(constant_q.frequencies), constant_q.bins2freq.astype("float32"))
    assert_close(to_numpy(constant_q.lenghts), to_numpy(constant_q.lengths))


def test_the_inverse_uses_the_trained_window(as_xp, build_own):
    y = as_xp(noise(0, (1, 400), "float32"))
    layer = build_own("STFT", n_fft=32, hop_length=8, trainable="window")
    if isinstance(layer.kernels, dict):
        layer.kernels["window"] = layer.kernels["window"] ** 0.5
    else:
        layer.window.data **= 0.5
    again = to_numpy(layer.inverse(layer(y), length=400))
    assert_close(again, to_numpy(y), rtol=1e-4, atol=1e-5)


def test_edges_that_meet_or_cross(xp, as_xp):
    spec = layers.MelSpectrogram(**MEL, trainable_mel="edges")
    y = as_xp(noise(0, (1, 300), "float32"))
    for edges in ([250.0] * 7, [50, 1000, 900, 2000, 1500, 3000, 4000], [0, 125, 250, 375, 500, 625, 750]):
        values = to_numpy(spec.apply({"edges": as_xp(np.asarray(edges, "float32"))}, y, xp=xp))
        assert np.isfinite(values).all()
        assert (values >= 0).all()


# --- derivatives ----------------------------------------------------------------------------------


@ON_TORCH
@kinds
def test_gradients_are_finite_differences(kind):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    xp, spec = Backend.TORCH_FLOAT32.xp, spec_of(kind)
    y = torch.from_numpy(noise(0, (1, 150)))
    start = spec.kernels(dtype="float64")[kind.array]
    moved = torch.tensor(kind.moved(start), requires_grad=True)
    assert torch.autograd.gradcheck(lambda values: spec.apply({kind.array: values}, y, xp=xp), moved, eps=1e-5, rtol=1e-3, atol=1e-4)


@ON_TORCH
@kinds
def test_silence_has_finite_gradients(kind):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    layer = getattr(importlib.import_module("nnaudio_xp.backends.torch"), kind.name)(**kind.trained)
    pulse = torch.nn.functional.pad(torch.ones(1, 1), (150, 149))
    formats = [{"output_format": name} for name in ("Magnitude", "Complex", "Phase")] if kind.name in ("STFT", *FAMILY) else [{}]
    for signal in (torch.zeros(1, 300), pulse):
        for options in formats:
            layer.zero_grad()
            layer(signal, **options).sum().backward()
            assert all(bool(parameter.grad.isfinite().all()) for parameter in layer.parameters())


@ON_TORCH
def test_edges_on_bins_and_on_each_other_have_finite_gradients():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    layer = importlib.import_module("nnaudio_xp.backends.torch").MelSpectrogram(**MEL, trainable_mel="edges")
    for edges in ([125.0 * k for k in range(7)], [250.0] * 7, [2000, 1000, 900, 2000, 1500, 3000, 4000]):
        layer.zero_grad()
        layer.edges.data = torch.tensor(edges, dtype=torch.float32)
        layer(torch.ones(1, 300)).sum().backward()
        assert bool(layer.edges.grad.isfinite().all())


@kinds
def test_jax_differentiates_through_apply(backend, as_xp, build_own, kind):
    if backend is not Backend.JAX:
        pytest.skip("JAX alone")
    jax, torch = importlib.import_module("jax"), pytest.importorskip("torch", reason="torch is not installed")
    y = noise(0, (1, 300), "float32")
    layer = build_own(kind.name, **kind.trained)
    kernels = {kind.array: as_xp(kind.moved(to_numpy(layer.kernels[kind.array]).astype("float64")).astype("float32"))}
    ours = jax.jit(jax.grad(lambda kernels, x: (layer.apply(kernels, x) ** 2).mean()))(kernels, as_xp(y))[kind.array]
    module = getattr(importlib.import_module("nnaudio_xp.backends.torch"), kind.name)(**kind.trained)
    module.load_state_dict({kind.array: torch.tensor(to_numpy(kernels[kind.array]))})
    (module(torch.from_numpy(y)) ** 2).mean().backward()
    theirs = next(module.parameters()).grad.numpy()
    assert_close(to_numpy(ours), theirs, rtol=2e-3, atol=2e-3 * abs(theirs).max())


# --- torch's modules ------------------------------------------------------------------------------


@pytest.fixture
def torch_layers():
    if Backend.TORCH_FLOAT32 not in wanted():
        pytest.skip("only torch's own default dtype, on the CPU")
    pytest.importorskip("torch", reason="torch is not installed")
    return importlib.import_module("nnaudio_xp.backends.torch")


def moved_module(library, kind):
    """A layer whose parameter was led elsewhere."""
    torch = importlib.import_module("torch")
    layer = getattr(library, kind.name)(**kind.trained)
    with torch.no_grad():
        (parameter,) = layer.parameters()
        parameter.copy_(torch.from_numpy(kind.moved(parameter.double().numpy())))
    return layer


RATES = {"window": 0.03, "frequencies": 3.0, "edges": 5.0, "bandwidths": 8.0, "lengths": 0.5, "tuning": 0.02}
STEPS = 150


@kinds
def test_training_finds_what_made_the_target(torch_layers, kind):
    """The layer that trains comes near a layer with other parameters; a frozen one stays where it
    is.
    """
    torch = importlib.import_module("torch")
    target, layer = moved_module(torch_layers, kind), getattr(torch_layers, kind.name)(**kind.trained)
    frozen = getattr(torch_layers, kind.name)(**kind.arguments)
    x = torch.from_numpy(noise(0, (4, 400), "float32"))
    wanted_spectrogram = target(x).detach()

    def loss_of(module):
        return ((module(x) - wanted_spectrogram) ** 2).mean() / wanted_spectrogram.var()

    (wished,), (parameter,) = target.parameters(), layer.parameters()
    distance = (parameter - wished).detach().norm()
    at_rest = float(loss_of(frozen))
    optimizer = torch.optim.Adam(layer.parameters(), lr=RATES[kind.parameter])
    rates = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, STEPS)
    for _ in range(STEPS):
        optimizer.zero_grad()
        loss_of(layer).backward()
        optimizer.step()
        rates.step()
    assert float(loss_of(layer).detach()) < 0.05 * at_rest
    if kind.parameter != "window":  # magnitudes tell no window from its mirror image
        assert (parameter - wished).detach().norm() < 0.5 * distance


@kinds
def test_state_dict_copies_and_precisions(torch_layers, kind):
    torch = importlib.import_module("torch")
    x = torch.from_numpy(noise(0, (2, 300), "float32"))
    layer, again = moved_module(torch_layers, kind), getattr(torch_layers, kind.name)(**kind.trained)
    expected = layer(x).detach()
    assert list(layer.state_dict()) == [kind.array]
    again.load_state_dict(layer.state_dict())
    deep = copy.deepcopy(layer)
    for other in (again, deep):
        assert torch.equal(other(x).detach(), expected)
    frozen = getattr(torch_layers, kind.name)(**kind.arguments)
    frozen.load_state_dict(layer.state_dict())
    assert not list(frozen.parameters())
    assert_close(frozen(x).numpy(), expected.numpy(), rtol=1e-4)
    assert_close(deep.double()(x.double()).detach().numpy(), expected.numpy().astype("float64"), rtol=1e-4)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert torch.equal(layer(x).detach(), expected)


@pytest.mark.parametrize("name", ["window", "constant-Q, frequencies"])
def test_parametrizations_and_replicas(torch_layers, name):
    """What bears an argument's name, or a spec's attribute's, is a parameter like others."""
    torch, kind = importlib.import_module("torch"), KINDS[name]
    layer, x = moved_module(torch_layers, kind), torch.from_numpy(noise(0, (1, 300), "float32"))
    expected = layer(x).detach()
    replica = layer._replicate_for_data_parallel()
    setattr(replica, kind.array, getattr(layer, kind.array) * 1)
    assert torch.equal(replica(x).detach(), expected)
    torch.nn.utils.parametrize.register_parametrization(layer, kind.array, torch.nn.Identity())
    assert torch.equal(layer(x).detach(), expected)
    with pytest.raises(AttributeError, match="decided when the layer is built"):
        layer.sr = 1


@kinds
def test_trained_parameters_run_elsewhere(torch_layers, kind, tmp_path):
    """In NumPy, by the parameters where they can be trained, by the kernels that they make where
    not; and back.
    """
    pytest.importorskip("safetensors", reason="safetensors, which holds the arrays, is not installed")
    torch, numpy_layers = importlib.import_module("torch"), importlib.import_module("nnaudio_xp.backends.numpy")
    y, layer = noise(0, (2, 300), "float32"), moved_module(torch_layers, kind)
    expected = layer(torch.from_numpy(y)).detach().numpy()
    layer.save_kernels(tmp_path / "there.safetensors")
    for arguments in (kind.arguments, trained := kind.trained):
        carrier = getattr(numpy_layers, kind.name)(**arguments)
        carrier.load_kernels(tmp_path / "there.safetensors")
        assert (set(carrier.kernels) == {kind.array}) is (arguments is trained)
        assert_close(carrier(y), expected, rtol=1e-4)
    carrier.save_kernels(tmp_path / "back.safetensors")
    again = getattr(torch_layers, kind.name)(**kind.trained)
    again.load_kernels(tmp_path / "back.safetensors")
    assert torch.equal(again(torch.from_numpy(y)), layer(torch.from_numpy(y)))


def test_parameters_that_the_layer_does_not_train(torch_layers, tmp_path):
    """Kernels are made of them, unless the layer trains others of their kind."""
    pytest.importorskip("safetensors", reason="safetensors, which holds the arrays, is not installed")
    torch = importlib.import_module("torch")
    both = torch_layers.STFT(**FOURIER, trainable=("window", "frequencies"))
    both.save_kernels(tmp_path / "both.safetensors")
    one = torch_layers.STFT(**FOURIER, trainable="window")
    with pytest.raises(nax.ParameterError, match="is given frequencies: of the parameters it trains window"):
        one.load_kernels(tmp_path / "both.safetensors")
    with pytest.raises(RuntimeError, match="is given frequencies"):
        one.load_state_dict(both.state_dict())
    with pytest.raises(RuntimeError, match=r"window has shape \(24,\).* needs \(25,\)"):
        torch_layers.STFT(**FOURIER).load_state_dict({"window": torch.ones(24)})
    kernels, sharp = torch_layers.STFT(**FOURIER, trainable=True), torch_layers.STFT(**FOURIER, trainable="window")
    with torch.no_grad():
        sharp.window **= 2
    x = torch.from_numpy(noise(0, (1, 300), "float32"))
    kernels.load_state_dict(sharp.state_dict())
    assert_close(kernels(x).detach().numpy(), sharp(x).detach().numpy(), rtol=1e-4)


def several_moved(library, name):
    """A layer with several parameters, all of them led elsewhere, and waveforms."""
    torch = importlib.import_module("torch")
    arguments, switches = TOGETHER[name]
    layer = getattr(library, name)(**arguments, **switches)
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.mul_(0.99)
    return layer, torch.from_numpy(noise(0, (2, 300), "float32"))


@pytest.mark.parametrize("name", ["STFT", "MelSpectrogram", "Gammatonegram", "CQT"])
class TestGraphs:
    pytestmark = WARNINGS

    def test_compiles(self, torch_layers, name):
        torch = importlib.import_module("torch")
        layer, x = several_moved(torch_layers, name)
        torch.compiler.reset()
        compiled = torch.compile(layer, fullgraph=True, backend="aot_eager")
        assert_close(compiled(x).detach().numpy(), layer(x).detach().numpy(), rtol=1e-4)
        expected, found = (torch.autograd.grad(run(x).square().mean(), list(layer.parameters())) for run in (layer, compiled))
        for ours, theirs in zip(found, expected, strict=True):
            assert_close(ours.numpy(), theirs.numpy(), rtol=1e-3, atol=1e-3 * float(theirs.abs().max()))

    def test_exports(self, torch_layers, name):
        torch = importlib.import_module("torch")
        layer, x = several_moved(torch_layers, name)
        sizes = {0: torch.export.Dim("clips", max=64), 1: torch.export.Dim("time", min=100, max=100_000)}
        program = torch.export.export(layer, (x,), dynamic_shapes=(sizes,)).module()
        other = torch.from_numpy(noise(1, (3, 700), "float32"))
        assert_close(program(other).detach().numpy(), layer(other).detach().numpy(), rtol=1e-4)

    def test_runs_in_onnxruntime(self, torch_layers, name, tmp_path):
        for package in ("onnx", "onnxscript"):
            pytest.importorskip(package, reason=f"{package} is not installed")
        onnxruntime = pytest.importorskip("onnxruntime", reason="onnxruntime is not installed")
        torch = importlib.import_module("torch")
        layer, x = several_moved(torch_layers, name)
        torch.onnx.export(layer.eval(), (x,), dynamo=True, verbose=False).save(tmp_path / "layer.onnx")
        session = onnxruntime.InferenceSession(tmp_path / "layer.onnx")
        (result,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})
        assert_close(result, layer(x).detach().numpy(), rtol=1e-4)
