"""The layers as PyTorch modules: nnAudio's numbers and checkpoints, gradients, precisions, and all
that is done with a module.
"""

import copy
import importlib
import io
import os
import pickle
import subprocess
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
from assertions import assert_close
from catalogue import COMBINED_LAYERS, CONSTANT_Q_LAYERS, LAYERS, SMALL, TRAINABLE_LAYERS, TRAINED, WAVELET_LAYERS
from catalogue import layer_example as example
from examples import noise
from libraries import Backend, to_numpy, wanted, why_not

import nnaudio_xp as nax

torch = pytest.importorskip("torch", reason="torch is not installed")
layers = importlib.import_module("nnaudio_xp.backends.torch")

EVERY = list(SMALL)
OWN = ["Chroma", "CWT", "PCEN", "SynchrosqueezedCWT"]  # which nnAudio has not
NAMES = [name for name in TRAINABLE_LAYERS if name not in (*CONSTANT_Q_LAYERS, *OWN)]
INVERSES = [name for name in EVERY if LAYERS[name].takes == "spectra"]
MEL, EAR, CONSTANT_Q, COMBINED = (SMALL[name] for name in ("MelSpectrogram", "Gammatonegram", "CQT", "CFP"))
KINDS = [  # every switch that makes something trainable
    ("STFT", "trainable", ["wsin", "wcos"]),
    ("iSTFT", "trainable_kernels", ["kernel_sin", "kernel_cos"]),
    ("iSTFT", "trainable_window", ["window_mask"]),
    ("MelSpectrogram", "trainable_mel", ["mel_basis"]),
    ("MelSpectrogram", "trainable_STFT", ["stft.wsin", "stft.wcos"]),
    ("Gammatonegram", "trainable_bins", ["gammatone_basis"]),
    ("Gammatonegram", "trainable_STFT", ["stft.wsin", "stft.wcos"]),
    ("Chroma", "trainable_chroma", ["chroma_basis"]),
    ("Chroma", "trainable_STFT", ["stft.wsin", "stft.wcos"]),
    ("MFCC", "trainable_mel", ["melspec_layer.mel_basis"]),
    ("PCEN", "trainable", ["gain", "bias", "power", "time_constant"]),
    *((name, "trainable", ["frequencies", "bandwidths"]) for name in WAVELET_LAYERS),
    ("MFCC", "trainable_STFT", ["melspec_layer.stft.wsin", "melspec_layer.stft.wcos"]),
    *((name, "trainable", ["cqt_kernels_real", "cqt_kernels_imag"]) for name in ("CQT", "CQT1992v2", "CQT2010v2", "VQT")),
    *(
        (name, switch, ["cqt_kernels_real", "cqt_kernels_imag"])
        for name in ("CQT1992", "CQT2010")
        for switch in ("trainable_STFT", "trainable_CQT")
    ),
]
EPS = float(torch.finfo(torch.float32).eps)


@pytest.fixture(autouse=True, params=[backend for backend in wanted() if backend.library == "torch"], ids=lambda backend: backend.value)
def backend(request):
    """Torch with each default dtype and on each device."""
    if reason := why_not(request.param):
        pytest.skip(reason)
    with request.param.configured():
        yield request.param


def stacked(module, args, spectrograms):
    """What a layer returns, several spectrograms as one."""
    return torch.stack(spectrograms, dim=-1) if isinstance(spectrograms, tuple) else spectrograms


def built(name, **arguments):
    layer = getattr(layers, name)(**arguments)
    layer.register_forward_hook(stacked)
    return layer


@pytest.fixture
def make(device):
    """A function that builds a layer on the device."""
    return lambda name, **arguments: built(name, **arguments).to(device)


# --- beside nnAudio -------------------------------------------------------------------------------


@pytest.fixture(params=["nnAudio", "nnAudio2"])
def nnaudio(request, backend, monkeypatch):
    """The original, and its successor."""
    if backend is not Backend.TORCH_FLOAT32:
        pytest.skip("nnAudio is compared in its own precision, on the CPU")
    monkeypatch.setenv("NNAUDIO_DISABLE_CITATION_REMINDER", "1")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # its own
        return pytest.importorskip(f"{request.param}.features", reason=f"{request.param} is not installed")


def assert_alike(ours, theirs, terms):
    """Assert that results agree to single precision, each being a sum of so many terms."""
    ours, theirs = to_numpy(ours).astype("float64"), to_numpy(theirs).astype("float64")
    assert_close(ours, theirs, rtol=1e-5, atol=EPS * terms * abs(theirs).max())


STFTS = [
    {"n_fft": 64},
    {"n_fft": 64, "win_length": 40, "hop_length": 7, "window": "hamming"},
    {"n_fft": 63, "hop_length": 20, "pad_mode": "constant", "window": ("kaiser", 5.0)},
    {"n_fft": 64, "center": False, "freq_bins": 20},
    {"n_fft": 64, "freq_scale": "linear", "freq_bins": 24, "fmin": 50, "fmax": 3000, "sr": 8000},
    {"n_fft": 64, "freq_scale": "log", "freq_bins": 24, "fmin": 50, "fmax": 3000, "sr": 8000},
    {"n_fft": 64, "freq_scale": "log2", "fmin": 100, "fmax": 4000, "sr": 8000, "win_length": 50},
]


@pytest.mark.parametrize("trainable", [False, True], ids=["frozen", "trainable"])
@pytest.mark.parametrize("options", STFTS, ids=repr)
def test_stft_is_nnaudios(nnaudio, options, trainable):
    x = torch.from_numpy(noise(0, (3, 400), "float32"))
    theirs = nnaudio.STFT(**options, trainable=trainable, verbose=False)
    ours = layers.STFT(**options, trainable=trainable, verbose=False)
    assert ours.bins2freq == pytest.approx(theirs.bins2freq)
    assert ours.bin_list == pytest.approx(theirs.bin_list)
    for name in ("n_fft", "stride", "center", "pad_mode", "pad_amount", "window", "win_length", "iSTFT", "trainable"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert_alike(ours(x), theirs(x), 64)
    magnitude = to_numpy(ours(x, output_format="Magnitude"))
    floor = 1e-8 * trainable  # which nnAudio adds below the roots that it trains
    assert_alike(torch.from_numpy(np.sqrt(magnitude**2 + floor)), theirs(x, output_format="Magnitude"), 64)
    phases = [to_numpy(layer(x, output_format="Phase"))[magnitude > 0.1 * magnitude.max()] for layer in (ours, theirs)]
    assert_close(np.exp(1j * phases[0]), np.exp(1j * phases[1]), rtol=0, atol=1e-4)
    for kernel in ("wsin", "wcos", "window_mask"):
        assert_close(to_numpy(getattr(ours, kernel)), to_numpy(getattr(theirs, kernel)), rtol=0, atol=4 * EPS)


MELS = [
    {},
    {"power": 1.0, "htk": True, "norm": None, "fmin": 100.0, "fmax": 3000.0},
    {"power": 0.5, "win_length": 50, "window": "hamming", "pad_mode": "constant", "norm": np.inf},
    {"center": False, "hop_length": 10, "n_fft": 80},
]


@pytest.mark.parametrize("trained", [{}, {"trainable_mel": True}, {"trainable_STFT": True}], ids=repr)
@pytest.mark.parametrize("options", MELS, ids=repr)
def test_melspectrogram_is_nnaudios(nnaudio, options, trained):
    x = torch.from_numpy(noise(0, (3, 400), "float32"))
    theirs = nnaudio.MelSpectrogram(**{**MEL, **options}, **trained, verbose=False)
    ours = layers.MelSpectrogram(**{**MEL, **options}, **trained, verbose=False)
    for name in ("stride", "center", "pad_mode", "n_fft", "power", "trainable_mel", "trainable_STFT"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert_alike(ours(x), theirs(x), 80)
    assert_close(to_numpy(ours.mel_basis), to_numpy(theirs.mel_basis))


GAMMATONES = [
    {},
    {"power": 1.0, "fmin": 100.0, "fmax": 3000.0},
    {"power": 0.5, "win_length": 50, "window": "hamming", "pad_mode": "constant"},
    {"center": False, "hop_length": 10, "n_fft": 80},
]


@pytest.mark.parametrize("trained", [{}, {"trainable_bins": True}, {"trainable_STFT": True}], ids=repr)
@pytest.mark.parametrize("options", GAMMATONES, ids=repr)
def test_gammatonegram_is_nnaudios(nnaudio, options, trained):
    x = torch.from_numpy(noise(0, (3, 400), "float32"))
    theirs = nnaudio.Gammatonegram(**{**EAR, **options}, **trained, verbose=False)
    ours = layers.Gammatonegram(**{**EAR, **options}, **trained, verbose=False)
    for name in ("stride", "center", "pad_mode", "n_fft", "power", "trainable_bins", "trainable_STFT"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert_alike(ours(x), theirs(x), 80)
    assert_close(to_numpy(ours.gammatone_basis), to_numpy(theirs.gammatone_basis))


def test_gammatonegram_of_the_recording_is_nnaudios(nnaudio, recording):
    """With all defaults."""
    x = torch.from_numpy(recording)
    assert_alike(layers.Gammatonegram()(x), nnaudio.Gammatonegram(verbose=False)(x), 80)


MFCCS = [{}, {"n_mfcc": 3, "top_db": None, "ref": 5.0}, {"top_db": 3.0, "amin": 1e-3, "htk": True, "power": 1.0}]


@pytest.mark.parametrize("options", MFCCS, ids=repr)
def test_mfcc_is_nnaudios(nnaudio, options):
    x = torch.from_numpy(noise(0, (3, 400), "float32"))
    theirs = nnaudio.MFCC(**MEL, **options, verbose=False)
    ours = layers.MFCC(**MEL, **options, verbose=False)
    for name in ("top_db", "n_mfcc", "m_mfcc"):
        assert getattr(ours, name) == getattr(theirs, name), name
    assert_alike(ours(x), theirs(x), 64)


@pytest.mark.parametrize("options", [{}, {"hop_length": 20, "window": "hamming"}, {"center": False}], ids=repr)
def test_istft_is_nnaudios(nnaudio, options):
    X = torch.from_numpy(noise(0, (2, 33, 9, 2), "float32"))
    whole = torch.from_numpy(noise(0, (2, 64, 9, 2), "float32"))
    inner = slice(16, -16)  # nnAudio leaves what next to no window covers as it is
    theirs, ours = nnaudio.iSTFT(n_fft=64, **options, verbose=False), layers.iSTFT(n_fft=64, **options)
    for trained in ({}, {"trainable_kernels": True}, {"trainable_window": True}):
        ours = layers.iSTFT(n_fft=64, **options, **trained)
        assert_alike(ours(X, onesided=True)[:, inner], theirs(X, onesided=True)[:, inner], 64)
        assert_alike(ours(X)[:, inner], theirs(X, onesided=True)[:, inner], 64)
        assert_alike(ours(whole)[:, inner], theirs(whole)[:, inner], 64)
        assert_alike(ours(X, True, 100)[:, inner], theirs(X, True, 100)[:, inner], 64)
    both = [module.STFT(n_fft=64, **options, iSTFT=True, verbose=False) for module in (layers, nnaudio)]
    assert_alike(both[0].inverse(X)[:, inner], both[1].inverse(X)[:, inner], 64)


# --- checkpoints ----------------------------------------------------------------------------------


def changed(state):
    """A state dict with other numbers in it."""
    generator = torch.Generator().manual_seed(0)
    return {name: value * (1 + 0.2 * torch.rand(value.shape, generator=generator)) for name, value in state.items()}


def of_nnaudio(nnaudio, name, trained):
    return getattr(nnaudio, name)(**SMALL[name], **(TRAINED[name] if trained else {}), verbose=False)


@pytest.mark.parametrize("trained", [False, True], ids=["frozen", "trained"])
@pytest.mark.parametrize("name", NAMES)
def test_nnaudios_checkpoints(nnaudio, name, trained):
    """Loaded strictly, they give nnAudio's output: trained there or here, with its initial kernels
    or others.
    """
    theirs = of_nnaudio(nnaudio, name, trained)
    x = torch.from_numpy(example(name))
    half = {"onesided": True} if name == "iSTFT" else {}
    for arguments in ({}, TRAINED[name]):
        ours = getattr(layers, name)(**SMALL[name], **arguments)
        assert str(ours.load_state_dict(theirs.state_dict())) == "<All keys matched successfully>"
        assert bool(ours.state_dict()) == bool(arguments), "what is the layer's own is not stored"
        assert_alike(ours(x, **half), theirs(x, **half), 200)
        other = of_nnaudio(nnaudio, name, trained)
        other.load_state_dict(changed(theirs.state_dict()))
        ours.load_state_dict(other.state_dict())
        assert_alike(ours(x, **half), other(x, **half), 200)
        again = getattr(layers, name)(**SMALL[name], **arguments)
        again.load_state_dict(ours.state_dict())
        assert torch.equal(again(x, **half), ours(x, **half))
        ours.load_state_dict(theirs.state_dict())
        assert_alike(ours(x, **half), theirs(x, **half), 200)


@pytest.mark.parametrize(("name", "kernel"), [("MelSpectrogram", "mel_basis"), ("Gammatonegram", "gammatone_basis")])
def test_banks_that_were_trained_a_little(make, device, name, kernel):
    """Whatever the size of their numbers, what is no rounding is learned."""
    layer, x = make(name, **SMALL[name]), torch.from_numpy(example(name)).to(device)
    before, bank = layer(x), getattr(layer, kernel)
    layer.load_state_dict({kernel: bank * (1 + 1e-7)})
    assert torch.equal(layer(x), before)
    layer.load_state_dict({kernel: bank * (1 + 1e-4)})
    assert_close(to_numpy(layer(x)), to_numpy(before) * (1 + 1e-4))
    assert not torch.equal(layer(x), before)


def test_nnaudios_checkpoints_with_an_inverse(nnaudio):
    theirs = nnaudio.STFT(n_fft=16, iSTFT=True, verbose=False)
    state = changed(theirs.state_dict()) | {name: value for name, value in theirs.state_dict().items() if name.endswith("_inv")}
    theirs.load_state_dict(state)
    X = torch.from_numpy(noise(0, (2, 9, 20, 2), "float32"))
    for arguments in ({}, {"iSTFT": True}, {"trainable": True}):
        ours = layers.STFT(n_fft=16, **arguments)
        ours.load_state_dict(state)
        assert_alike(ours.inverse(X), theirs.inverse(X), 100)


@pytest.mark.parametrize("name", ["STFT", "iSTFT", "MelSpectrogram", "Gammatonegram"])
def test_nnaudio_loads_ours(nnaudio, name):
    ours = getattr(layers, name)(**SMALL[name], **TRAINED[name])
    theirs = of_nnaudio(nnaudio, name, trained=True)
    assert set(ours.state_dict()) == set(theirs.state_dict())
    assert set(dict(ours.named_parameters())) == set(dict(theirs.named_parameters()))
    ours.load_state_dict(changed(ours.state_dict()))
    theirs.load_state_dict(ours.state_dict())
    x, half = torch.from_numpy(example(name)), {"onesided": True} if name == "iSTFT" else {}
    assert_alike(ours(x, **half), theirs(x, **half), 200)


def test_names_of_the_mfccs_kernels(nnaudio):
    ours = layers.MFCC(**MEL, **TRAINED["MFCC"])
    theirs = nnaudio.MFCC(**MEL, **TRAINED["MFCC"], verbose=False)
    assert set(dict(ours.named_parameters())) == set(dict(theirs.named_parameters()))
    assert set(theirs.state_dict()) - set(ours.state_dict()) == {"amin", "ref"}  # which are arguments


@pytest.mark.parametrize("name", EVERY)
def test_frozen_layers_store_nothing(make, name):
    layer = make(name, **SMALL[name])
    assert not layer.state_dict()
    assert not list(layer.parameters())
    layer.load_state_dict({})


@pytest.mark.parametrize(("name", "switch", "kernels"), KINDS)
def test_what_is_trained_is_a_parameter(make, name, switch, kernels):
    layer = make(name, **SMALL[name], **{switch: True})
    assert sorted(key for key, _ in layer.named_parameters()) == sorted(kernels)
    assert set(kernels) <= set(layer.state_dict())
    assert all(parameter.dtype == torch.float32 for parameter in layer.parameters())


@pytest.mark.parametrize("name", EVERY)
def test_state_dicts_through_a_file(make, device, name):
    layer = make(name, **SMALL[name], **TRAINED[name])
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.mul_(1.25)
    file = io.BytesIO()
    torch.save(layer.state_dict(), file)
    file.seek(0)
    state = torch.load(file, weights_only=True, map_location=device)
    x = torch.from_numpy(example(name)).to(device)
    for arguments in (TRAINED[name], {}):
        again = make(name, **SMALL[name], **arguments)
        again.load_state_dict(state)
        assert_close(to_numpy(again(x)), to_numpy(layer(x)), rtol=1e-6)


def test_checkpoints_that_do_not_fit(make):
    layer = make("STFT", n_fft=16)
    with pytest.raises(RuntimeError, match=r"wsin has shape \(9, 1, 8\): STFT\(.*\) needs \(9, 1, 16\)"):
        layer.load_state_dict({"wsin": torch.zeros(9, 1, 8)})
    with pytest.raises(RuntimeError, match=r'Unexpected key.* "mel_basis"'):
        layer.load_state_dict({"mel_basis": torch.zeros(3)})
    with pytest.raises(RuntimeError, match=r'Missing key.* "wsin", "wcos"'):
        make("STFT", n_fft=16, trainable=True).load_state_dict({})


@pytest.mark.parametrize("trained", [False, True], ids=["frozen", "trained"])
@pytest.mark.parametrize("name", EVERY)
def test_copies(make, device, name, trained):
    layer = make(name, **SMALL[name], **(TRAINED[name] if trained else {}))
    if not trained and layer.kernel_names:
        kernels = {
            "STFT": "wcos",
            "iSTFT": "kernel_cos",
            "MelSpectrogram": "mel_basis",
            "Gammatonegram": "gammatone_basis",
            **dict.fromkeys(COMBINED_LAYERS, "h"),
            "Griffin_Lim": "w",
            "Chroma": "chroma_basis",
            "PCEN": "gain",
            **dict.fromkeys(WAVELET_LAYERS, "frequencies"),
        }
        kernel = {**kernels, "MFCC": "melspec_layer.mel_basis"}.get(name, "lenghts")
        own = layer.get_submodule(kernel.rpartition(".")[0])
        layer.load_state_dict({kernel: 1.5 * getattr(own, kernel.rpartition(".")[2])}, strict=False)
    x = torch.from_numpy(example(name)).to(device)
    expected = layer(x)
    file = io.BytesIO()
    torch.save(layer, file)
    file.seek(0)
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer)), torch.load(file, weights_only=False)):
        assert torch.equal(twin(x), expected)
        assert repr(twin) == repr(layer)
        for parameter in twin.parameters():
            parameter.data.zero_()
    assert torch.equal(layer(x), expected), "copies share nothing"


# --- precisions and devices -----------------------------------------------------------------------


def reference(name, x):
    """The functions' numbers in float64."""
    x = x.astype("float64")
    if name == "iSTFT":
        return nax.istft(x[..., 0] + 1j * x[..., 1])
    if name == "Chroma":
        return nax.feature.chroma_stft(y=x, tuning=0.0, **SMALL["Chroma"])
    if name == "CWT":
        W = nax.cwt(x, **SMALL["CWT"])
        return np.stack([W.real, W.imag], axis=-1)
    if name == "PCEN":
        return nax.pcen(x, sr=8000, hop_length=80)
    if name == "STFT":
        spectrum = nax.stft(x, n_fft=16, pad_mode="reflect")
        return np.stack([spectrum.real, spectrum.imag], axis=-1)
    if name == "Gammatonegram":
        return nax.gammatone(x, pad_mode="reflect", power=2.0, fmin=0.0, **EAR)
    transform = {"MelSpectrogram": nax.feature.melspectrogram, "MFCC": nax.feature.mfcc}[name]
    return transform(y=x, pad_mode="reflect", **MEL)


@pytest.mark.parametrize("name", [*NAMES, *(name for name in OWN if name != "SynchrosqueezedCWT")])  # whose rows precision decides
def test_float64_is_exact(make, device, name):
    """Whatever the layer was cast to before: frozen kernels are made anew, not rounded twice."""
    x = example(name, dtype="float64")
    for cast in ("float", "double", "half", "bfloat16"):
        layer = getattr(make(name, **SMALL[name]), cast)()
        assert_close(to_numpy(layer(torch.from_numpy(x).to(device))), reference(name, x))
        single = layer(torch.from_numpy(x).to(device, torch.float32))
        assert single.dtype == torch.float32
        assert_close(to_numpy(single), reference(name, x), rtol=2e-5)
        back = layer.half().float()
        assert torch.equal(back(torch.from_numpy(x).to(device, torch.float32)), single)


@pytest.mark.parametrize("name", EVERY)
def test_moving_between_precisions(make, device, name):
    """The input decides, and a frozen layer is what it was when it comes back."""
    double = torch.from_numpy(example(name, dtype="float64")).to(device)
    expected = make(name, **SMALL[name])(double)
    assert expected.dtype == torch.float64
    layer = make(name, **SMALL[name])
    for dtype in (torch.float64, torch.float16, torch.bfloat16, torch.float32):
        assert layer.to(dtype) is layer
        assert_close(to_numpy(layer(double)), to_numpy(expected))
        assert_close(to_numpy(layer(double.float())), to_numpy(expected).astype("float32"), rtol=1e-4)


@pytest.mark.parametrize("trained", [False, True], ids=["frozen", "trained"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize("name", EVERY)
def test_half_precision(make, device, name, dtype, trained):
    x = torch.from_numpy(example(name)).to(device, dtype)
    layer = make(name, **SMALL[name], **(TRAINED[name] if trained else {}))
    expected = to_numpy(layer(x.float()))
    for cast in (layer, layer.to(dtype)):
        result = cast(x)
        assert result.dtype == dtype
        assert_close(to_numpy(result.float()), expected, rtol=0, atol=(4 if trained else 1) * torch.finfo(dtype).eps * abs(expected).max())


@pytest.mark.parametrize("trained", [False, True], ids=["frozen", "trained"])
@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16], ids=str)
@pytest.mark.parametrize("name", EVERY)
def test_autocast_changes_nothing(make, device, name, dtype, trained):
    layer = make(name, **SMALL[name], **(TRAINED[name] if trained else {}))
    x = torch.from_numpy(example(name)).to(device)
    expected = layer(x)
    with torch.autocast(device.type, dtype=dtype):
        assert torch.equal(layer(x), expected)
        assert layer(x.to(dtype)).dtype == dtype


@pytest.mark.parametrize("trained", [False, True], ids=["frozen", "trained"])
@pytest.mark.parametrize("name", EVERY)
def test_meta_device(make, device, name, trained):
    """Shapes without numbers, and numbers where a layer comes back from there."""
    arguments = {**SMALL[name], **(TRAINED[name] if trained else {})}
    x = torch.from_numpy(example(name)).to(device)
    layer = make(name, **arguments)
    with torch.device("meta"):
        shadow = built(name, **arguments)
    assert all(tensor.is_meta for tensor in [*shadow.parameters(), *shadow.buffers()])
    assert shadow(x.to("meta")).shape == layer(x).shape
    shadow.to_empty(device=device).load_state_dict(layer.state_dict())
    assert torch.equal(shadow(x), layer(x))


@pytest.mark.parametrize("trained", [False, True], ids=["frozen", "trained"])
@pytest.mark.parametrize("name", EVERY)
def test_made_on_the_meta_device_and_loaded(make, device, name, trained):
    """As large models are loaded: tensors are assigned, and what no state dict holds is rebuilt;
    also in a graph.
    """
    arguments = {**SMALL[name], **(TRAINED[name] if trained else {})}
    layer, x = make(name, **arguments), torch.from_numpy(example(name)).to(device)
    with torch.device("meta"):
        shadow, traced = (torch.nn.Sequential(getattr(layers, name)(**arguments)) for _ in range(2))
    if trained and LAYERS[name].trained:
        with pytest.raises(nax.ParameterError, match="has no numbers yet: load a state dict"):
            shadow(x)
    for module in (shadow, traced):
        module.load_state_dict(torch.nn.Sequential(layer).state_dict(), assign=True)
    torch.compiler.reset()
    for run in (shadow, torch.compile(traced, fullgraph=True, backend="eager")):
        assert_close(to_numpy(stacked(run, (x,), run(x))), to_numpy(layer(x)), rtol=1e-4)


@pytest.mark.parametrize("trained", [False, True], ids=["frozen", "trained"])
@pytest.mark.parametrize("name", EVERY)
def test_one_graph_serves_all_sizes(backend, device, name, trained):
    """The second, in which torch makes symbols of the sizes that have changed."""
    if backend is not Backend.TORCH_FLOAT32 or name == "NSGT":
        pytest.skip("once is enough" if name != "NSGT" else "without slices a graph serves one length")
    layer = getattr(layers, name)(**SMALL[name], **(TRAINED[name] if trained else {}))
    torch.compiler.reset()
    counters = importlib.import_module("torch._dynamo.utils").counters
    run, before = torch.compile(layer, fullgraph=True, backend="eager"), counters["stats"]["unique_graphs"]
    for step in range(4):
        x = torch.from_numpy(example(name, (2 + step, 600 + 30 * step))).to(device)
        assert_close(to_numpy(stacked(run, (x,), run(x))), to_numpy(stacked(layer, (x,), layer(x))), rtol=1e-4)
    assert counters["stats"]["unique_graphs"] - before <= 2


def test_default_device():
    """Layers are made on torch's default device, and checkpoints compared on the host wherever that
    is.
    """
    state = layers.STFT(n_fft=16, trainable=True).state_dict()
    with torch.device("meta"):
        assert layers.STFT(n_fft=16).window_mask.is_meta
        layers.STFT(n_fft=16).load_state_dict(state)


def test_windows_of_torch(make, device):
    x = torch.from_numpy(noise(0, (2, 200))).to(device)
    expected = make("STFT", n_fft=16)(x)
    for window in (torch.hann_window(16, dtype=torch.float64), lambda n: torch.hann_window(n, dtype=torch.float64)):
        assert_close(to_numpy(make("STFT", n_fft=16, window=window)(x)), to_numpy(expected))


# --- gradients ------------------------------------------------------------------------------------

CHECKED = [
    ("STFT", {"n_fft": 8}),
    ("STFT", {"n_fft": 7, "win_length": 6, "output_format": "Magnitude", "pad_mode": "constant"}),
    ("STFT", {"n_fft": 8, "output_format": "Phase", "freq_scale": "linear", "freq_bins": 3, "fmin": 500, "fmax": 3000, "sr": 8000}),
    ("STFT", {"n_fft": 8, "freq_scale": "log", "freq_bins": 3, "fmin": 500, "fmax": 3000, "sr": 8000, "output_format": "Magnitude"}),
    ("iSTFT", {"n_fft": 8}),
    ("iSTFT", {"n_fft": 7, "hop_length": 2, "window": "hamming"}),
    ("MelSpectrogram", {"sr": 8000, "n_fft": 8, "n_mels": 2, "hop_length": 4}),
    ("Gammatonegram", {"sr": 8000, "n_fft": 8, "n_bins": 2, "hop_length": 4, "norm": None}),
    ("MelSpectrogram", {"sr": 8000, "n_fft": 8, "n_mels": 2, "hop_length": 3, "power": 1.0, "htk": True}),
    ("MelSpectrogram", {"sr": 8000, "n_fft": 8, "n_mels": 2, "hop_length": 3, "power": 0.5, "pad_mode": "constant"}),
    *(
        ("CQT", {"sr": 8, "fmin": 1.0, "n_bins": 3, "bins_per_octave": 2, "hop_length": 3, "output_format": k})
        for k in ("Magnitude", "Phase")
    ),
    ("VQT", {"sr": 8, "fmin": 1.0, "n_bins": 3, "bins_per_octave": 2, "hop_length": 3, "gamma": 0.5, "output_format": "Complex"}),
    ("iCQT", {"sr": 8, "fmin": 1.0, "n_bins": 3, "bins_per_octave": 2, "hop_length": 3, "n_iter": 2}),
    ("CFP", {"fs": 40, "fr": 2.5, "hop_length": 6, "window_size": 9, "fc": 6, "tc": 0.05, "g": (0.24, 1.5, 2), "NumPerOct": 3}),
    ("MFCC", {"sr": 8, "n_fft": 8, "n_mels": 3, "n_mfcc": 2, "hop_length": 4, "top_db": 30.0}),
    *(
        (name, {"sr": 8, "frequencies": (1.0, 2.5), "hop_length": 3, "output_format": k})
        for name in WAVELET_LAYERS
        for k in ("Magnitude", "Phase", "Complex")
    ),
]


def short_example(name, options):
    shape = (2, options["n_bins"] if name == "iCQT" else 1 + options["n_fft"] // 2, 4, 2) if name in INVERSES else (2, 17)
    return noise(3, shape)


@pytest.mark.parametrize("trained", [False, True], ids=["frozen", "trained"])
@pytest.mark.parametrize(("name", "options"), CHECKED, ids=repr)
def test_gradients(make, device, name, options, trained):
    """First and second derivatives by the input and by every trained kernel, against
    differences.
    """
    layer = make(name, **options, **(TRAINED[name] if trained else {})).double()
    kernels = dict(layer.named_parameters())
    x = torch.from_numpy(short_example(name, options)).to(device).requires_grad_()

    def run(x, *values):
        return torch.func.functional_call(layer, dict(zip(kernels, values, strict=True)), (x,))

    values = [parameter.detach().clone().requires_grad_() for parameter in kernels.values()]
    assert torch.autograd.gradcheck(run, (x, *values), fast_mode=True)
    assert torch.autograd.gradgradcheck(run, (x, *values), fast_mode=True, atol=1e-4)


@pytest.mark.parametrize("name", EVERY)
def test_frozen_and_trained_gradients_agree(make, device, name):
    slopes = []
    for arguments in ({}, TRAINED[name]):
        x = torch.from_numpy(example(name, dtype="float64")).to(device).requires_grad_()
        (make(name, **SMALL[name], **arguments)(x) ** 2).sum().backward()
        slopes.append(to_numpy(x.grad))
    assert_close(slopes[1], slopes[0], rtol=1e-4)


@pytest.mark.parametrize("trained", [False, True], ids=["frozen", "trained"])
@pytest.mark.parametrize(
    ("name", "options"),
    [
        *(("STFT", {"n_fft": 16, "output_format": kind}) for kind in ("Magnitude", "Complex", "Phase")),
        ("STFT", {"n_fft": 16, "freq_scale": "log", "output_format": "Magnitude"}),
        *(("MelSpectrogram", {**MEL, "power": power}) for power in (0.5, 1.0, 1.5, 2.0)),
        *(("Gammatonegram", {**EAR, "power": power}) for power in (0.5, 1.0, 2.0)),
        ("MFCC", MEL),
        ("MFCC", {**MEL, "top_db": None, "power": 1.0}),
        *(("CQT", {**CONSTANT_Q, "output_format": kind}) for kind in ("Magnitude", "Complex", "Phase")),
        *((name, {**SMALL[name], "output_format": kind}) for name in WAVELET_LAYERS for kind in ("Magnitude", "Complex", "Phase")),
        *(("CFP", {**COMBINED, "g": g}) for g in ((0.24, 0.6, 1), (0, 0, 0.5, 1))),
    ],
    ids=repr,
)
def test_gradients_in_silence(make, device, name, options, trained):
    """Finite everywhere, where nnAudio's are NaN."""
    layer = make(name, **options, **(TRAINED[name] if trained else {}))
    half_silent = noise(0, (400,), "float32")
    half_silent[200:] = 0
    for y in (np.zeros((2, 400), "float32"), half_silent):
        x = torch.from_numpy(y).to(device).requires_grad_()
        layer.zero_grad()
        layer(x).sum().backward()
        assert x.grad.isfinite().all()
        assert all(parameter.grad.isfinite().all() for parameter in layer.parameters())


def test_gradients_of_empty_spectra(make, device):
    for trained in ({}, TRAINED["iSTFT"]):
        X = torch.zeros(2, 9, 8, 2, device=device, dtype=torch.float32, requires_grad=True)
        make("iSTFT", n_fft=16, **trained)(X).sum().backward()
        assert X.grad.isfinite().all()


@pytest.mark.parametrize(("name", "switch", "kernels"), [kind for kind in KINDS if kind[0] != "SynchrosqueezedCWT"])  # which jumps
def test_training_lowers_a_loss(make, device, name, switch, kernels):
    layer = make(name, **SMALL[name], **{switch: True})
    x = torch.from_numpy(example(name)).to(device)
    with torch.no_grad():
        target = 1.2 * make(name, **SMALL[name])(x) + 0.1
    start = {key: value.detach().clone() for key, value in layer.named_parameters()}
    optimizer = torch.optim.Adam(layer.parameters(), lr=1e-3 * min(float(value.abs().max()) for value in start.values()))
    losses = []
    for _ in range(5):
        optimizer.zero_grad()
        loss = ((layer(x) - target) ** 2).mean()
        loss.backward()
        optimizer.step()
        losses.append(float(loss.detach()))
    assert losses[-1] < losses[0]
    assert all(not torch.equal(value, start[key]) for key, value in layer.named_parameters())
    assert sorted(start) == sorted(kernels)


@pytest.mark.parametrize("precision", [torch.float32, torch.float64], ids=str)
@pytest.mark.parametrize("name", [name for name in EVERY if name not in (*COMBINED_LAYERS, "PCEN", *WAVELET_LAYERS)])
def test_training_after_inference_mode(make, device, name, precision):
    """What inference mode made and kept can be trained through."""
    arguments = {**SMALL[name], "window": ("kaiser", 3.0)}  # a window that no other test has made
    x = torch.from_numpy(example(name)).to(device, precision)
    with torch.inference_mode():
        layer = make(name, **arguments)
        layer(x)
    for trained in ({}, TRAINED[name]):
        made = make(name, **arguments, **trained)
        with torch.inference_mode():
            made(x)
        inputs = x.clone().requires_grad_()
        made(inputs).sum().backward()
        assert inputs.grad.isfinite().all()


# --- among torch's tools --------------------------------------------------------------------------


@pytest.mark.parametrize("trained", [False, True], ids=["frozen", "trained"])
@pytest.mark.parametrize("name", EVERY)
def test_function_transforms(make, device, name, trained):
    """torch.func: a batch by vmap, an ensemble of kernels by vmap, and the same gradient by
    grad.
    """
    layer = make(name, **SMALL[name], **(TRAINED[name] if trained else {}))
    x = torch.from_numpy(example(name)).to(device)
    assert_close(to_numpy(torch.func.vmap(layer)(x)).reshape(layer(x).shape), to_numpy(layer(x)), rtol=1e-5)
    slope = torch.func.grad(lambda x: (layer(x) ** 2).sum())(x)
    inputs = x.clone().requires_grad_()
    (layer(inputs) ** 2).sum().backward()
    assert_close(to_numpy(slope), to_numpy(inputs.grad), rtol=1e-4)
    if layer.state_dict():
        states = {key: torch.stack([value, 2 * value]).detach() for key, value in layer.named_parameters()}
        both = torch.func.vmap(lambda state: torch.func.functional_call(layer, state, (x,)))(states)
        assert_close(to_numpy(both[0]), to_numpy(layer(x)), rtol=1e-5)
        layer.load_state_dict({key: value[1] for key, value in states.items()}, strict=False)
        assert_close(to_numpy(both[1]), to_numpy(layer(x)), rtol=1e-5)


def test_parametrized_kernels(make, device):
    """torch.nn.utils.parametrize: a filter bank kept from falling below zero."""
    layer = make("MelSpectrogram", **MEL, trainable_mel=True)
    x = torch.from_numpy(noise(0, (2, 200), "float32")).to(device)
    torch.nn.utils.parametrize.register_parametrization(layer, "mel_basis", torch.nn.ReLU())
    expected = layer(x)
    with torch.no_grad():
        layer.parametrizations.mel_basis.original.sub_(1)
    assert expected.abs().max() > 0
    assert layer(x).abs().max() == 0


def test_replicas(make, device):
    """What torch.nn.DataParallel makes of a module: copies whose parameters are plain
    attributes.
    """
    layer = make("MelSpectrogram", **MEL, trainable_mel=True)
    x = torch.from_numpy(noise(0, (2, 200), "float32")).to(device)
    replica = layer._replicate_for_data_parallel()
    replica.mel_basis = 2 * layer.mel_basis
    assert_close(to_numpy(replica(x)), to_numpy(2 * layer(x)), rtol=1e-6)


COMPILING_COMES_FIRST = """
import torch
from nnaudio_xp.backends.torch import MFCC, iSTFT
compiled = torch.compile(MFCC(sr=8000, n_fft=64, hop_length=32, n_mels=5), fullgraph=True, backend="eager")
assert compiled(torch.zeros(2, 300)).shape == (2, 5, 10)
torch.compile(iSTFT(n_fft=64), fullgraph=True, backend="eager")(torch.zeros(2, 33, 9, 2))
"""


def test_a_layer_may_be_compiled_before_it_ever_ran(backend):
    if backend is not Backend.TORCH_FLOAT32:
        pytest.skip("once is enough")
    run = subprocess.run([sys.executable, "-c", COMPILING_COMES_FIRST], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


def test_a_module_takes_tensors(make):
    with pytest.raises(nax.ParameterError, match="x is a ndarray: a module takes tensors"):
        make("STFT", n_fft=16)(np.zeros(100))


def succeed(*arguments):
    """Whether processes that run `processes.py` do, all at a time."""
    command = [sys.executable, Path(__file__).parent / "processes.py"]
    runs = [subprocess.Popen([*command, *more], stderr=subprocess.PIPE, text=True) for more in arguments]
    problems = [run.communicate(timeout=180)[1] for run in runs]
    assert not any(run.returncode for run in runs), "".join(problems)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system cannot fork")
def test_workers_of_a_data_loader(backend):
    """In a process of its own, where no other library's threads are forked."""
    if backend is not Backend.TORCH_FLOAT32:
        pytest.skip("worker processes run NumPy and the CPU's layers: once is enough")
    succeed(["workers"])


def test_two_processes_train_every_layer(backend, tmp_path):
    if backend is not Backend.TORCH_FLOAT32 or not torch.distributed.is_available():
        pytest.skip("once is enough, where torch has torch.distributed")
    succeed(*(["train", rank, tmp_path / "meet"] for rank in "01"))


def test_a_change_of_a_frozen_layers_buffer_acts_until_the_precision_changes():
    """As the documentation says: it is the specification's kernel that is made anew."""
    layer, x = layers.MelSpectrogram(**MEL), torch.from_numpy(noise(0, (1, 200), "float32"))
    layer.mel_basis.zero_()
    layer.stft.wsin.zero_()  # made when it is asked for
    assert layer(x).abs().max() == 0
    assert not layer.state_dict()
    assert_close(layer.double()(x.double()).numpy(), layers.MelSpectrogram(**MEL).double()(x.double()).numpy())
