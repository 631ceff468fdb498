"""Races of the spectrograms: magnitude spectrogram, mel spectrogram, MFCC."""

from functools import partial
from typing import Any

import librosa
import numpy as np
import torch
from harness import Contestants, Race, error
from rivals import NNAUDIOS, auvux, jax, jitted, specux, without_grad
from targets import OUR_LAYER, OURS, OURS_JAX, OURS_TORCH
from workloads import TRUTH_CLIPS, Workload

import nnaudio_xp as nax
from nnaudio_xp.backends.torch import MelSpectrogram


def _errors(contestants: Contestants, truth: np.ndarray, reflected: np.ndarray) -> dict[str, float]:
    """Each contestant's distance to the truth with its own padding: all pad with zeros but specux,
    which can only reflect.
    """
    return {name: error(run(), reflected if name == "specux" else truth) for name, run in contestants.items()}


def magnitude(work: Workload) -> Race:
    """Magnitude spectrograms."""
    y, tensor, window, size = work.y, torch.from_numpy(work.y), torch.hann_window(work.n_fft), work.frames
    ours = partial(nax.spectrogram, power=1, **size)
    contestants: Contestants = {
        OURS: lambda: ours(y),
        OURS_TORCH: lambda: ours(tensor),
        "librosa": lambda: abs(librosa.stft(y, **size)),
        "torch.stft": lambda: torch.stft(tensor, **size, window=window, pad_mode="constant", return_complex=True).abs(),
    }
    for name, module in NNAUDIOS.items():
        layer = module.STFT(**size, pad_mode="constant", output_format="Magnitude", verbose=False)
        contestants[name] = without_grad(layer, tensor)
    if specux:
        contestants["specux"] = lambda: specux.stft(y, **size, output="magnitude")
    if auvux:
        native = auvux.STFT(sr=work.sr, **size, output="magnitude")
        contestants["auvux-dsp"] = lambda: native(y)
    if jax:
        contestants[OURS_JAX] = jitted(ours, y)
    errors = _errors(contestants, work.magnitudes(), work.magnitudes("reflect"))
    return Race(f"Magnitude spectrogram, {work}", contestants, errors)


def mel(work: Workload) -> Race:
    """Mel spectrograms."""
    y, tensor, window, size, bands = work.y, torch.from_numpy(work.y), torch.hann_window(work.n_fft), work.frames, work.bands
    bank = torch.from_numpy(work.bank.astype(np.float32))

    def torchaudio_formula() -> Any:
        return bank @ torch.stft(tensor, **size, window=window, pad_mode="constant", return_complex=True).abs().pow(2.0)

    contestants: Contestants = {
        OURS: lambda: nax.feature.melspectrogram(y=y, **bands),
        OURS_TORCH: lambda: nax.feature.melspectrogram(y=tensor, **bands),
        OUR_LAYER: without_grad(MelSpectrogram(**bands, pad_mode="constant"), tensor),
        "librosa": lambda: librosa.feature.melspectrogram(y=y, **bands),
        "torchaudio's formula": torchaudio_formula,
    }
    for name, module in NNAUDIOS.items():
        contestants[name] = without_grad(module.MelSpectrogram(**bands, pad_mode="constant", verbose=False), tensor)
    if specux:
        contestants["specux"] = lambda: specux.feature.melspectrogram(y, **bands)
    if auvux:
        native = auvux.MelSpectrogram(**bands)
        contestants["auvux-dsp"] = lambda: native(y)
    if jax:
        contestants[OURS_JAX] = jitted(lambda x: nax.feature.melspectrogram(y=x, **bands), y)
    errors = _errors(contestants, work.mel(), work.mel("reflect"))
    return Race(f"Mel spectrogram, {work}, {work.n_mels} bands", contestants, errors)


def mfcc(work: Workload) -> Race:
    """MFCC, with librosa in float64 as the truth."""
    y, tensor, bands = work.y, torch.from_numpy(work.y), work.bands
    contestants: Contestants = {
        OURS: lambda: nax.feature.mfcc(y=y, **bands),
        OURS_TORCH: lambda: nax.feature.mfcc(y=tensor, **bands),
        "librosa": lambda: librosa.feature.mfcc(y=y, **bands),
    }
    if auvux:
        native = auvux.MFCC(**bands)
        contestants["auvux-dsp"] = lambda: native(y)
    if specux:
        contestants["specux"] = lambda: specux.feature.mfcc(y, **bands)

    def truth(pad_mode: str) -> np.ndarray:
        return np.stack([librosa.feature.mfcc(y=clip.astype(np.float64), pad_mode=pad_mode, **bands) for clip in y[:TRUTH_CLIPS]])

    errors = _errors(contestants, truth("constant"), truth("reflect"))
    return Race(f"MFCC, {work}, 20 of {work.n_mels} bands", contestants, errors)
