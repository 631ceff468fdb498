"""The races: who runs in each, against which truth, and what is to be reached."""

from typing import Any

import librosa
import numpy as np
import torch
from harness import OURS, OURS_TORCH, Contestants, Target, error, optional, report
from workloads import W1, W3, Workload

import nnaudio_xp as nax
from nnaudio_xp.backends.torch import STFT, MelSpectrogram

torch.set_num_threads(1)
nax.set_num_threads(1)
nnaudio, nnaudio2, specux, auvux = map(optional, ("nnAudio.features", "nnAudio2.features", "specux", "auvux.dsp"))
for rival in (specux, auvux):
    if rival:
        rival.set_num_threads(1)


def _no_grad(function: Any) -> Any:
    def call() -> Any:
        with torch.no_grad():
            return function()

    return call


def _errors(contestants: Contestants, truths: dict[str, np.ndarray]) -> dict[str, float]:
    """Each contestant's distance to the truth with its own padding: the default truth pads with zeros."""
    return {name: error(run(), truths.get(name, truths[""])) for name, run in contestants.items()}


def magnitude(work: Workload, rounds: int) -> str:
    """Magnitude spectrograms."""
    y, tensor, window = work.y, torch.from_numpy(work.y), torch.hann_window(work.n_fft)
    size = {"n_fft": work.n_fft, "hop_length": work.hop_length}
    contestants: Contestants = {
        OURS: lambda: nax.spectrogram(y, power=1, **size),
        OURS_TORCH: lambda: nax.spectrogram(tensor, power=1, **size),
        "librosa": lambda: np.abs(librosa.stft(y, **size)),
        "torch.stft": lambda: torch.stft(tensor, **size, window=window, pad_mode="constant", return_complex=True).abs(),
    }
    reflected = {}
    for name, module in (("nnAudio", nnaudio), ("nnaudio2", nnaudio2)):
        if module:
            layer = module.STFT(**size, output_format="Magnitude", verbose=False)
            contestants[name] = _no_grad(lambda layer=layer: layer(tensor))
            reflected[name] = abs(work.spectrum("reflect"))
    if specux:
        contestants["specux"] = lambda: specux.stft(y, **size, output="magnitude")
        reflected["specux"] = abs(work.spectrum("reflect"))
    errors = _errors(contestants, {"": abs(work.spectrum("constant")), **reflected})
    targets = [Target(OURS, "librosa", 2 if work is W1 else 1.7), Target(OURS_TORCH, OURS, 1 / 1.15)]
    return report(f"Magnitude spectrogram, {work}", contestants, errors, targets, rounds, "relative L2 error")


def mel(work: Workload, rounds: int) -> str:
    """Mel spectrograms."""
    y, tensor, window = work.y, torch.from_numpy(work.y), torch.hann_window(work.n_fft)
    size = {"n_fft": work.n_fft, "hop_length": work.hop_length}
    bands = {"sr": work.sr, "n_mels": work.n_mels, **size}
    bank = torch.from_numpy(work.bank.astype(np.float32))
    frozen = MelSpectrogram(**bands, pad_mode="constant")
    contestants: Contestants = {
        OURS: lambda: nax.feature.melspectrogram(y=y, **bands),
        OURS_TORCH: lambda: nax.feature.melspectrogram(y=tensor, **bands),
        "nnaudio_xp, layer": _no_grad(lambda: frozen(tensor)),
        "librosa": lambda: librosa.feature.melspectrogram(y=y, **bands),
        "torchaudio's formula": lambda: (
            bank @ torch.stft(tensor, **size, window=window, pad_mode="constant", return_complex=True).abs().pow(2.0)
        ),
    }
    reflected = {}
    for name, module in (("nnAudio", nnaudio), ("nnaudio2", nnaudio2)):
        if module:
            layer = module.MelSpectrogram(**bands, verbose=False)
            contestants[name] = _no_grad(lambda layer=layer: layer(tensor))
            reflected[name] = work.bank @ abs(work.spectrum("reflect")) ** 2
    if specux:
        contestants["specux"] = lambda: specux.feature.melspectrogram(y, **bands)
        reflected["specux"] = work.bank @ abs(work.spectrum("reflect")) ** 2
    if auvux:
        native = auvux.MelSpectrogram(**bands, pad_mode="constant")
        contestants["auvux-dsp"] = lambda: native(y)
    errors = _errors(contestants, {"": work.bank @ abs(work.spectrum("constant")) ** 2, **reflected})
    first = [Target(OURS, "librosa", 3), Target(OURS, "nnAudio", 15)] if work is W1 else []
    targets = [*first, Target(OURS_TORCH, OURS, 1 / 1.15)]
    return report(f"Mel spectrogram, {work}, {work.n_mels} bands", contestants, errors, targets, rounds, "relative L2 error")


def griffinlim(rounds: int) -> str:
    """32 iterations of Griffin-Lim on four clips, where the error is the spectral convergence."""
    size = {"n_fft": W1.n_fft, "hop_length": W1.hop_length}
    y = W1.y[:4]
    S = nax.spectrogram(y, power=1, **size)
    tensor = torch.from_numpy(np.ascontiguousarray(S))
    contestants: Contestants = {
        OURS: lambda: nax.griffinlim(S, rng=0, **size),
        OURS_TORCH: lambda: nax.griffinlim(tensor, rng=0, **size),
        "librosa": lambda: librosa.griffinlim(S, **size, random_state=0),
        "torchaudio's formula": lambda: _torchaudio_griffinlim(tensor, **size),
    }
    if specux:
        contestants["specux"] = lambda: specux.griffinlim(S, **size)

    def convergence(signal: Any) -> float:
        rebuilt = nax.spectrogram(np.asarray(signal, dtype=np.float64), power=1, **size)[..., : S.shape[-1]]
        return float(np.linalg.norm(rebuilt - S[..., : rebuilt.shape[-1]]) / np.linalg.norm(S))

    errors = {name: convergence(run()) for name, run in contestants.items()}
    targets = [Target(OURS, "librosa", 3), Target(OURS_TORCH, OURS, 1 / 1.15)]
    title = "Griffin-Lim, 32 iterations, 4 x 80,000 samples, 2048/512"
    return report(title, contestants, errors, targets, rounds, "spectral convergence")


def _torchaudio_griffinlim(S: torch.Tensor, *, n_fft: int, hop_length: int, n_iter: int = 32, momentum: float = 0.99) -> torch.Tensor:
    """The algorithm as torchaudio runs it, on torch.stft and torch.istft."""
    window, step = torch.hann_window(n_fft), momentum / (1 + momentum)
    phases = torch.polar(torch.ones_like(S), 2 * torch.pi * torch.rand(S.shape, generator=torch.Generator().manual_seed(0)))
    previous = torch.zeros_like(phases)
    for _ in range(n_iter):
        signal = torch.istft(S * phases, n_fft, hop_length, window=window)
        rebuilt = torch.stft(signal, n_fft, hop_length, window=window, return_complex=True)
        ahead, previous = rebuilt - step * previous, rebuilt
        phases = ahead / (ahead.abs() + 1e-16)
    return torch.istft(S * phases, n_fft, hop_length, window=window)


def training(rounds: int) -> str:
    """Forward and backward of a log-mel loss to the samples, and to trained kernels."""
    work = W3
    size = {"n_fft": work.n_fft, "hop_length": work.hop_length}
    bands = {"sr": work.sr, "n_mels": work.n_mels, **size}
    window, bank = torch.hann_window(work.n_fft), torch.from_numpy(work.bank.astype(np.float32))
    x = torch.from_numpy(work.y).requires_grad_()

    def backward(transform: Any) -> Any:
        def step() -> torch.Tensor:
            x.grad = None
            (transform() + 1e-6).log().sum().backward()
            assert x.grad is not None
            return x.grad

        return step

    layers = {"nnaudio_xp, layer": MelSpectrogram(**bands), "nnaudio_xp, trainable layer": MelSpectrogram(**bands, trainable_STFT=True)}
    if nnaudio:
        layers |= {
            "nnAudio": nnaudio.MelSpectrogram(**bands, verbose=False),
            "nnAudio, trainable": nnaudio.MelSpectrogram(**bands, trainable_STFT=True, verbose=False),
        }
    contestants = {
        OURS_TORCH: backward(lambda: nax.feature.melspectrogram(y=x, pad_mode="reflect", **bands)),
        "torch.stft autograd": backward(lambda: bank @ torch.stft(x, **size, window=window, return_complex=True).abs().square()),
        **{name: backward(lambda layer=layer: layer(x)) for name, layer in layers.items()},
    }
    wide = torch.from_numpy(work.y[:2].astype(np.float64)).requires_grad_()
    truth_window, truth_bank = window.double(), torch.from_numpy(work.bank)
    power = torch.stft(wide, **size, window=truth_window, return_complex=True).abs().square()
    (truth_bank @ power + 1e-6).log().sum().backward()
    assert wide.grad is not None
    errors = {name: error(run(), wide.grad.numpy()) for name, run in contestants.items()}
    targets = [
        Target(OURS_TORCH, "torch.stft autograd", 3),
        Target("nnaudio_xp, layer", "nnAudio", 1),
        Target("nnaudio_xp, trainable layer", "nnAudio, trainable", 1),
    ]
    return report(f"Log-mel, forward and backward, {work}, {work.n_mels} bands", contestants, errors, targets, rounds, "error of the gradient")


def layers(rounds: int) -> str:
    """STFT layers, frozen and trainable, forward."""
    size = {"n_fft": W1.n_fft, "hop_length": W1.hop_length, "output_format": "Magnitude"}
    tensor = torch.from_numpy(W1.y[:16])
    modules = {"nnaudio_xp, frozen": STFT(**size), "nnaudio_xp, trainable": STFT(**size, trainable=True)}
    if nnaudio:
        modules |= {
            "nnAudio, frozen": nnaudio.STFT(**size, verbose=False),
            "nnAudio, trainable": nnaudio.STFT(**size, trainable=True, verbose=False),
        }
    contestants: Contestants = {name: _no_grad(lambda module=module: module(tensor)) for name, module in modules.items()}
    errors = _errors(contestants, {"": abs(W1.spectrum("reflect"))})
    targets = [Target(f"nnaudio_xp, {kind}", f"nnAudio, {kind}", 1) for kind in ("frozen", "trainable")]
    return report("STFT layers, 16 x 80,000 samples, 2048/512", contestants, errors, targets, rounds, "relative L2 error")


RACES = {
    "magnitude-w1": lambda rounds: magnitude(W1, rounds),
    "magnitude-w3": lambda rounds: magnitude(W3, rounds),
    "mel-w1": lambda rounds: mel(W1, rounds),
    "mel-w3": lambda rounds: mel(W3, rounds),
    "griffinlim": griffinlim,
    "training": training,
    "layers": layers,
}

