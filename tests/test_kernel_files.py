"""Kernels that were trained with one library, run by another."""

import importlib
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from assertions import assert_close
from catalogue import LAYERS, TRAINABLE_LAYERS, layer_example
from examples import noise
from libraries import require

import nnaudio_xp as nax

pytest.importorskip("safetensors", reason="safetensors, which holds the kernels, is not installed")
numpy_layers = importlib.import_module("nnaudio_xp.backends.numpy")

DATA = Path(__file__).parent / "data"
ARGUMENTS = {"sr": 8000, "n_fft": 64, "hop_length": 32, "n_mels": 5}
TRAINED = {**ARGUMENTS, "trainable_mel": True, "trainable_STFT": True}
ROUNDINGS = 64 * float(np.finfo(np.float32).eps)

WITHOUT_TORCH = """
import sys


class NoTorch:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ImportError(name)


sys.meta_path.insert(0, NoTorch())
import importlib, json
import numpy as np
library, layers = sys.argv[1:]
for name, arguments, path in json.loads(layers):
    layer = getattr(importlib.import_module("nnaudio_xp.backends." + library), name)(**arguments)
    layer.load_kernels(path + ".safetensors")
    example = np.load(path + ".npz")
    largest = abs(example["expected"]).max()
    np.testing.assert_allclose(layer(example["x"]), example["expected"], rtol=1e-5, atol=1e-5 * largest, err_msg=name)
assert "torch" not in sys.modules
"""


def assert_run_without_torch(library, layers):
    """Assert that layers, (name, arguments, path of kernels and example), give there what they
    gave.
    """
    command = [sys.executable, "-c", WITHOUT_TORCH, library, json.dumps(layers)]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


@pytest.fixture
def waveforms():
    return noise(0, (2, 400)).astype(np.float32)


@pytest.fixture
def trained(tmp_path, waveforms):
    """A torch layer after a step of training, the file of its kernels, and what it gives."""
    torch = require("torch")
    layer = importlib.import_module("nnaudio_xp.backends.torch").MelSpectrogram(**TRAINED)
    x = torch.from_numpy(waveforms)
    optimizer = torch.optim.SGD(layer.parameters(), lr=1e-3)
    layer(x).mean().backward()
    optimizer.step()
    layer.save_kernels(tmp_path / "mel.safetensors")
    return tmp_path / "mel.safetensors", layer(x).detach().numpy()


@pytest.mark.parametrize("library", ["numpy", "jax", "torch"])
def test_trained_kernels_run_elsewhere(library, trained, waveforms):
    pytest.importorskip(library, reason=f"{library} is not installed")
    path, expected = trained
    layer = importlib.import_module(f"nnaudio_xp.backends.{library}").MelSpectrogram(**ARGUMENTS)
    x = importlib.import_module("torch").from_numpy(waveforms) if library == "torch" else waveforms
    untrained = np.asarray(layer(x))
    layer.load_kernels(path)
    assert_close(np.asarray(layer(x)), expected, rtol=ROUNDINGS)
    assert np.abs(untrained - expected).max() > 1e-4 * np.abs(expected).max()


def learned(name, precision="float32"):
    """A layer of torch's whose kernels have all learned something, and an example for it."""
    torch = require("torch")
    layer = getattr(importlib.import_module("nnaudio_xp.backends.torch"), name)(**LAYERS[name].arguments, **LAYERS[name].trained)
    layer.to(getattr(torch, precision))
    with torch.no_grad():
        for parameter in layer.parameters():
            parameter.mul_(1 + 0.1 * torch.rand(parameter.shape, generator=torch.Generator().manual_seed(0)))
    x = layer_example(name, dtype=precision)
    return layer, x, layer(torch.from_numpy(x)).detach().numpy()


@pytest.mark.parametrize("library", ["numpy", "jax"])
def test_every_layer_runs_without_torch(library, tmp_path):
    pytest.importorskip(library, reason=f"{library} is not installed")
    for name in TRAINABLE_LAYERS:
        layer, x, expected = learned(name)
        layer.save_kernels(tmp_path / f"{name}.safetensors")
        np.savez(tmp_path / f"{name}.npz", x=x, expected=expected)
    assert_run_without_torch(library, [(name, LAYERS[name].arguments, str(tmp_path / name)) for name in TRAINABLE_LAYERS])


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("name", TRAINABLE_LAYERS)
def test_there_and_back(name, precision, tmp_path):
    """Every layer's kernels from torch to NumPy and from there to torch again, trained or frozen,
    without a rounding.
    """
    torch = require("torch")
    layer, x, expected = learned(name, precision)
    layer.save_kernels(tmp_path / "there.safetensors")
    small, trained = LAYERS[name].arguments, LAYERS[name].trained
    carrier = getattr(numpy_layers, name)(**small)
    carrier.load_kernels(tmp_path / "there.safetensors")
    assert set(carrier.kernels) == set(layer.state_dict())
    assert_close(carrier(x), expected)
    carrier.save_kernels(tmp_path / "back.safetensors")
    build = getattr(importlib.import_module("nnaudio_xp.backends.torch"), name)
    for target in (build(**small, **trained), build(**small)):
        target.to(getattr(torch, precision)).load_kernels(tmp_path / "back.safetensors")
        assert_close(target(torch.from_numpy(x)).detach().numpy(), expected)


@pytest.mark.once
def test_runs_without_torch():
    """Kernels that torch trained, and what it gave with them, lie beside the tests: made by
    tests/data/train.py.
    """
    assert_run_without_torch("numpy", [("MelSpectrogram", ARGUMENTS, str(DATA / "trained_mel"))])


@pytest.mark.once
def test_round_trip_in_numpy(tmp_path, waveforms):
    layer = numpy_layers.MelSpectrogram(**TRAINED)
    layer.kernels["mel_basis"] = layer.kernels["mel_basis"] * 2
    layer.save_kernels(tmp_path / "mel.safetensors")
    other = numpy_layers.MelSpectrogram(**ARGUMENTS)
    other.load_kernels(tmp_path / "mel.safetensors")
    np.testing.assert_array_equal(other(waveforms), layer(waveforms))


@pytest.mark.once
def test_files_that_do_not_fit(tmp_path):
    numpy_layers.MelSpectrogram(**TRAINED).save_kernels(tmp_path / "mel.safetensors")
    with pytest.raises(nax.ParameterError, match="no kernel of STFT"):
        numpy_layers.STFT(n_fft=64).load_kernels(tmp_path / "mel.safetensors")
    with pytest.raises(nax.ParameterError, match="has shape"):
        numpy_layers.MelSpectrogram(**{**ARGUMENTS, "n_mels": 6}).load_kernels(tmp_path / "mel.safetensors")
    (tmp_path / "text.safetensors").write_text("no tensors here")
    with pytest.raises(nax.ParameterError, match="no safetensors file"):
        numpy_layers.STFT(n_fft=64).load_kernels(tmp_path / "text.safetensors")
