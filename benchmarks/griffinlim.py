"""The race of Griffin-Lim, where the error is the spectral convergence."""

from typing import Any

import librosa
import numpy as np
import torch
from harness import Contestants, Race
from rivals import specux
from targets import OURS, OURS_TORCH
from workloads import W1

import nnaudio_xp as nax


def torchaudio_formula(S: torch.Tensor, *, n_fft: int, hop_length: int, n_iter: int = 32, momentum: float = 0.99) -> torch.Tensor:
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


def griffinlim() -> Race:
    """32 iterations on four clips."""
    size = W1.frames
    S = np.ascontiguousarray(nax.spectrogram(W1.y[:4], power=1, **size))
    tensor = torch.from_numpy(S)
    contestants: Contestants = {
        OURS: lambda: nax.griffinlim(S, rng=0, **size),
        OURS_TORCH: lambda: nax.griffinlim(tensor, rng=0, **size),
        "librosa": lambda: librosa.griffinlim(S, **size, random_state=0),
        "torchaudio's formula": lambda: torchaudio_formula(tensor, **size),
    }
    if specux:
        contestants["specux"] = lambda: specux.griffinlim(S, **size, seed=0)

    def convergence(signal: Any) -> float:
        rebuilt = nax.spectrogram(np.asarray(signal, dtype=np.float64), power=1, **size)
        return float(np.linalg.norm(rebuilt - S) / np.linalg.norm(S))

    errors = {name: convergence(run()) for name, run in contestants.items()}
    title = f"Griffin-Lim, 32 iterations, 4 x {W1.samples:,} samples, {W1.n_fft}/{W1.hop_length}"
    return Race(title, contestants, errors, "spectral convergence")
