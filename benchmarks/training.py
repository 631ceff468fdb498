"""Races of what a network is trained through: gradients of a log-mel loss, and layers with frozen
and trained kernels.
"""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from harness import Contestants, Race, error
from rivals import NNAUDIOS, auvux, specux, without_grad
from targets import OUR_LAYER, OURS_TORCH
from workloads import TRUTH_CLIPS, W1, W3

import nnaudio_xp as nax
from nnaudio_xp.backends.torch import STFT, MelSpectrogram

FLOOR = 1e-6


def logmel() -> Race:
    """Forward and backward of a log-mel loss to the samples, and to trained kernels."""
    work = W3
    size, bands = work.frames, work.bands
    x = torch.from_numpy(work.y).requires_grad_()

    def formula(y: torch.Tensor) -> torch.Tensor:
        bank = torch.from_numpy(work.bank).to(y.dtype)
        window = torch.hann_window(work.n_fft, dtype=y.dtype)
        return bank @ torch.stft(y, **size, window=window, return_complex=True).abs().square()

    def gradient(transform: Callable[[torch.Tensor], torch.Tensor], y: torch.Tensor = x) -> Callable[[], torch.Tensor]:
        def step() -> torch.Tensor:
            y.grad = None
            (transform(y) + FLOOR).log().sum().backward()
            assert y.grad is not None
            return y.grad

        return step

    layers: dict[str, Any] = {
        OURS_TORCH: lambda y: nax.feature.melspectrogram(y=y, pad_mode="reflect", **bands),
        OUR_LAYER: MelSpectrogram(**bands),
        f"{OUR_LAYER}, trained": MelSpectrogram(**bands, trainable_STFT=True),
        "torch.stft": formula,
    }
    for name, module in NNAUDIOS.items():
        layers[name] = module.MelSpectrogram(**bands, verbose=False)
        layers[f"{name}, trained"] = module.MelSpectrogram(**bands, trainable_STFT=True, verbose=False)
    if specux:
        layers["specux"] = lambda y: specux.feature.melspectrogram(y, **bands)
    if auvux:
        layers["auvux-dsp"] = auvux.MelSpectrogram(**bands, pad_mode="reflect")
    contestants = {name: gradient(layer) for name, layer in layers.items()}
    truth = gradient(formula, torch.from_numpy(work.y[:TRUTH_CLIPS].astype(np.float64)).requires_grad_())().numpy()
    errors = {name: error(run(), truth) for name, run in contestants.items()}
    return Race(f"Log-mel, forward and backward, {work}, {work.n_mels} bands", contestants, errors, "error of the gradient")


def stft_layers() -> Race:
    """STFT layers, frozen and trainable, forward."""
    size = {**W1.frames, "output_format": "Magnitude"}
    tensor = torch.from_numpy(W1.y[:16])
    modules: dict[str, Any] = {OUR_LAYER: STFT(**size), f"{OUR_LAYER}, trained": STFT(**size, trainable=True)}
    for name, module in NNAUDIOS.items():
        modules[name] = module.STFT(**size, verbose=False)
        modules[f"{name}, trained"] = module.STFT(**size, trainable=True, verbose=False)
    contestants: Contestants = {name: without_grad(layer, tensor) for name, layer in modules.items()}
    truth = W1.magnitudes("reflect")
    errors = {name: error(run(), truth) for name, run in contestants.items()}
    return Race(f"STFT layers, forward, 16 x {W1.samples:,} samples, {W1.n_fft}/{W1.hop_length}", contestants, errors)
