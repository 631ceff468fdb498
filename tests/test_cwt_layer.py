"""The layer of the continuous wavelet transform: the function's numbers, and what training does to its rows."""

import copy
import importlib
import math
import pickle

import numpy as np
import oracles
import pytest
from assertions import assert_close, assert_same
from examples import noise
from libraries import Backend, require, to_numpy, wanted

import nnaudio_xp as nax
from nnaudio_xp import layers

LIMITS = {"float32": 1e-5, "float64": 1e-12}
GRID = {"sr": 8000, "frequencies": (3600.0, 300.0, 1100.0, 2000.0)}
CASES = [
    {"hop_length": 5},
    {"norm": "l2", "pad_mode": "reflect"},
    {"wavelet": ("morlet", 2.0, 1.5), "hop_length": 4},
    {"wavelet": ("morlet", 40.0)},
    {"wavelet": "morse"},
    {"wavelet": "ricker", "hop_length": 3},
    {"wavelet": ("dog", 1), "norm": "l2"},
    {"wavelet": ("paul", 8), "hop_length": 8},
    {"wavelet": ("bump", 5.0, 1.5), "hop_length": 8},
]
MOVED = {"frequencies": [3100.0, 420.0, 900.0, 2600.0], "bandwidths": [1.5, 0.7, 1.0, 1.2]}
ON_TORCH = pytest.mark.skipif(Backend.TORCH_FLOAT32 not in wanted(), reason="only torch's own default dtype, on the CPU")


def pairs(values):
    return np.stack([values.real, values.imag if np.iscomplexobj(values) else 0 * values], axis=-1)


def layer_of_torch(**options):
    return importlib.import_module("nnaudio_xp.backends.torch").CWT(**options)


# --- on every library -----------------------------------------------------------------------------


@pytest.mark.parametrize("trainable", [False, True], ids=["frozen", "trained"])
@pytest.mark.parametrize("options", CASES, ids=str)
def test_the_functions_numbers(backend, xp, as_xp, dtype, lazily, build, options, trainable):
    """Exactly, where nothing is trained; to the rounding of the wavelets' spectra, where values are those of
    the start.
    """
    if backend is Backend.JAX and options != CASES[0] and options != CASES[5]:
        pytest.skip("two examples are enough to compile")
    y = noise(0, (2, 300), dtype)
    expected = nax.cwt(y.astype("float64"), **GRID, **options)
    layer = build("CWT", **GRID, **options, trainable=trainable)
    assert_same(lazily(layer)(as_xp(y)), pairs(expected), xp=xp, dtype=dtype, rtol=0, atol=LIMITS[dtype] * abs(expected).max())
    if not trainable and backend is not Backend.JAX:
        assert_close(to_numpy(layer(as_xp(y))), pairs(to_numpy(nax.cwt(as_xp(y), **GRID, **options))), rtol=0)


@pytest.mark.parametrize("trainable", [False, True], ids=["frozen", "trained"])
def test_formats(xp, as_xp, build, trainable):
    y = noise(0, (2, 300))
    W = nax.cwt(y, hop_length=5, **GRID)
    for wanted_format, expected in (("Magnitude", abs(W)), ("Phase", np.angle(W)), ("Complex", pairs(W))):
        options = {"hop_length": 5, "trainable": trainable, **GRID}
        assert_same(build("CWT", **options, output_format=wanted_format)(as_xp(y)), expected, xp=xp, rtol=1e-9)
        assert_same(build("CWT", **options)(as_xp(y), wanted_format), expected, xp=xp, rtol=1e-9)


@pytest.mark.parametrize("norm", ["l1", "l2"])
@pytest.mark.parametrize("names", [("frequencies",), ("bandwidths",), ("frequencies", "bandwidths")], ids=str)
def test_moved_rows_are_rows_of_other_wavelets(backend, xp, as_xp, lazily, names, norm):
    """By the definition, each row with a wavelet and a scale of its own."""
    if backend is Backend.JAX and norm == "l2":
        pytest.skip("one example is enough to compile")
    y, options = noise(0, (1, 300)), {"hop_length": 3, "norm": norm}
    spec = layers.CWT(**GRID, **options, trainable=names)
    kernels = {name: np.asarray(MOVED[name]) for name in names}
    rows = lazily(lambda kernels, y: spec.apply(kernels, y, xp=xp))({name: as_xp(array) for name, array in kernels.items()}, as_xp(y))
    hertz = kernels.get("frequencies", np.asarray(GRID["frequencies"]))
    scales = nax.wavelets.Morlet().peak * 8000 / (2 * math.pi * hertz)
    for row, (scale, width) in enumerate(zip(scales, kernels.get("bandwidths", np.ones(4)), strict=True)):
        expected = oracles.cwt(y[0], oracles.mother("morlet", 6.0, width), [scale], reach=14, **options)
        assert_close(to_numpy(rows)[0, row], pairs(expected)[0], rtol=0, atol=1e-10)


@pytest.mark.once
@pytest.mark.parametrize("wavelet", ["ricker", ("dog", 3), "morse", ("paul", 8), ("bump", 5.0, 1.5)], ids=str)
def test_moved_frequencies_of_other_wavelets(wavelet):
    y, options = noise(0, (1, 300)), {"hop_length": 4, "wavelet": wavelet}
    spec = layers.CWT(**GRID, **options, trainable="frequencies")
    rows = spec.apply({"frequencies": np.asarray(MOVED["frequencies"])}, y)
    assert_close(rows, pairs(nax.cwt(y, sr=8000, frequencies=MOVED["frequencies"], **options)), rtol=0, atol=1e-10)


@pytest.mark.once
@pytest.mark.parametrize("wavelet", ["morlet", "ricker"])
def test_room_for_wavelets_that_grow_or_shrink(wavelet):
    """To twice their length, or half of it, there is room; what is loaded beyond it is decided for anew."""
    y, options = noise(0, (1, 3000)), {"sr": 8000, "wavelet": wavelet}
    spec = layers.CWT(**options, frequencies=(100.0, 1900.0), trainable=True)
    for factor, enough in ((1.95, True), (0.52, True), (40.0, False), (0.03, False)):
        frequencies = np.minimum(spec.kernel("frequencies") / factor, 4000.0)
        expected = pairs(nax.cwt(y, frequencies=frequencies, **options))
        kernels = {"frequencies": frequencies, "bandwidths": np.ones(2)}
        given = {name: kernels[name] for name in spec.learned}
        limit = 1e-12 * abs(expected).max()
        assert (abs(spec.apply(given, y) - expected).max() < limit) or not enough
        assert_close(spec.fitted(given).apply(given, y), expected, rtol=0, atol=limit)
    assert spec.fitted({"frequencies": np.asarray([90.0, 2000.0])}) is spec


def test_attributes(build_own):
    for trained in (False, True):
        layer = build_own("CWT", **GRID, trainable=trained)
        assert layer.bins2freq == pytest.approx(GRID["frequencies"], rel=1e-12)
        assert_close(to_numpy(layer.frequencies), np.asarray(GRID["frequencies"], "float32"))
        assert to_numpy(layer.bandwidths).tolist() == [1.0] * 4
        assert layer.trainable is trained
    assert build_own("CWT", **GRID, wavelet="ricker", trainable=True).trainable == ("frequencies",)
    assert layers.CWT(scales=np.asarray([1.0, 2.0])) == layers.CWT(scales=[1, 2])
    assert hash(layers.CWT(wavelet=["morlet", 5.0])) == hash(layers.CWT(wavelet=("morlet", 5.0)))


# --- training -------------------------------------------------------------------------------------


@ON_TORCH
@pytest.mark.parametrize(
    "options", [{}, {"norm": "l2", "pad_mode": "reflect", "hop_length": 3}, {"wavelet": "ricker"}, {"wavelet": "morse"}], ids=str
)
def test_gradients(options):
    torch = require("torch")
    layer = layer_of_torch(sr=8000, frequencies=(3500.0, 900.0), **options, trainable=True).double()
    names = [name for name, _ in layer.named_parameters()]
    y = torch.asarray(noise(1, (1, 20))).requires_grad_()

    def run(y, *values):
        return torch.func.functional_call(layer, dict(zip(names, values, strict=True)), (y,))

    values = [parameter.detach().clone().mul_(1.01).requires_grad_() for parameter in layer.parameters()]
    assert names == (["frequencies"] if "wavelet" in options else ["frequencies", "bandwidths"])
    assert torch.autograd.gradcheck(run, (y, *values), eps=1e-5, rtol=1e-4, atol=1e-6)
    assert torch.autograd.gradgradcheck(run, (y, *values), fast_mode=True, atol=1e-4)


@ON_TORCH
def test_training_finds_frequencies_and_bandwidths():
    torch = require("torch")
    grid = {"sr": 8000, "hop_length": 8, "output_format": "Magnitude"}
    wished = layer_of_torch(**grid, frequencies=(800.0, 2100.0), wavelet=("morlet", 6.0, 1.4))
    layer = layer_of_torch(**grid, frequencies=(760.0, 2200.0), trainable=("frequencies", "bandwidths"))
    x = torch.asarray(noise(2, (4, 1000), "float32"))
    target = wished(x)
    optimizer = torch.optim.Adam([{"params": [layer.frequencies], "lr": 5.0}, {"params": [layer.bandwidths], "lr": 0.02}])
    rates = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, 150)
    for _ in range(150):
        optimizer.zero_grad()
        (layer(x) - target).square().mean().backward()
        optimizer.step()
        rates.step()
    assert_close(layer.frequencies.detach().numpy(), np.asarray([800.0, 2100.0], "float32"), rtol=5e-3)
    assert_close(layer.bandwidths.detach().numpy(), np.asarray([1.4, 1.4], "float32"), rtol=2e-2)


@ON_TORCH
@pytest.mark.parametrize("trained", [True, "frequencies", "bandwidths"])
def test_what_was_trained_is_carried_on(trained, tmp_path):
    """By state dicts and files, to layers that train it and to those that do not, and to NumPy's."""
    torch = require("torch")
    pytest.importorskip("safetensors", reason="safetensors, which holds the arrays, is not installed")
    y = noise(3, (2, 400), "float32")
    layer, x = layer_of_torch(**GRID, trainable=trained), torch.asarray(y)
    with torch.no_grad():
        for name, parameter in layer.named_parameters():
            parameter.copy_(torch.asarray(MOVED[name]))
    expected = layer(x).detach()
    layer.save_kernels(tmp_path / "cwt.safetensors")
    for options in ({"trainable": trained}, {}):
        again = layer_of_torch(**GRID, **options)
        again.load_state_dict(layer.state_dict())
        assert list(again.state_dict()) == list(layer.state_dict())
        for twin in (again, copy.deepcopy(again), pickle.loads(pickle.dumps(again))):
            assert torch.equal(twin(x).detach(), expected)
        assert_close(again.double()(x.double()).detach().numpy(), expected.numpy().astype("float64"), rtol=0, atol=1e-5)
        carrier = importlib.import_module("nnaudio_xp.backends.numpy").CWT(**GRID, **options)
        carrier.load_kernels(tmp_path / "cwt.safetensors")
        assert_close(carrier(y), expected.numpy(), rtol=0, atol=1e-5)


# --- bad arguments --------------------------------------------------------------------------------

BAD = [
    ({"trainable": "scales"}, "trainable='scales' must be True .*, or some of 'frequencies', 'bandwidths'"),
    ({"trainable": "bandwidths", "wavelet": "paul"}, "wavelet='paul' has no bandwidths, only 'morlet' has"),
    ({"trainable": True, "pad_mode": "linear_ramp"}, "pad_mode='linear_ramp' ends where wavelets do"),
    ({"output_format": "Power"}, "output_format='Power' must be one of 'Magnitude', 'Complex', 'Phase'"),
    ({"wavelet": "haar"}, "wavelet='haar' must be one of 'morlet'"),
    ({"pad_mode": "mirror"}, "pad_mode='mirror' must be one of"),
    ({"scales": [1.0], "n_bins": 3}, "all say which rows there are"),
    ({"frequencies": [20000.0]}, "frequencies up to 20000 Hz must be at most sr / 2"),
    ({"scales": np.ones((2, 2))}, r"scales\[0\]=.* must be"),
    ({"hop_length": 0}, "hop_length=0 must be a positive integer"),
]


@pytest.mark.once
@pytest.mark.parametrize(("options", "message"), BAD, ids=str)
def test_bad_arguments_are_named(options, message):
    with pytest.raises(nax.ParameterError, match=message):
        layers.CWT(**options)


@pytest.mark.once
def test_what_is_not_there():
    numpy_layers = importlib.import_module("nnaudio_xp.backends.numpy")
    with pytest.raises(nax.ParameterError, match="wavelet='ricker' has no bandwidths that can be trained"):
        _ = numpy_layers.CWT(wavelet="ricker", scales=[2.0]).bandwidths
    with pytest.raises(nax.ParameterError, match="output_format='Power' must be one of"):
        numpy_layers.CWT(scales=[2.0])(np.zeros(30), "Power")
