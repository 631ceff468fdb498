"""What a call costs before any work is done: spectrograms of a few frames, conversions of one
number.
"""

from collections.abc import Callable
from typing import Any

import harness
import librosa
import numpy as np
import scipy.fft
import torch
from targets import OUR_LAYER, OURS, OURS_TORCH, OWN_MEL, OWN_NUMBER

import nnaudio_xp as nax
from nnaudio_xp.backends.torch import MelSpectrogram

BARE = "FFT and product alone"
MEL: dict[str, Any] = {"sr": 16_000, "n_fft": 400, "hop_length": 160, "n_mels": 80}


def bare_mel(y: np.ndarray) -> Callable[[], np.ndarray]:
    """The arithmetic of a mel spectrogram, its frames and kernels given."""
    n_fft, hop = MEL["n_fft"], MEL["hop_length"]
    padded = np.pad(y, n_fft // 2)
    frames = np.lib.stride_tricks.sliding_window_view(padded, n_fft)[::hop]
    window = nax.filters.get_window("hann", n_fft, dtype="float32")
    bank = nax.filters.mel(sr=MEL["sr"], n_fft=n_fft, n_mels=MEL["n_mels"]).T

    def call() -> np.ndarray:
        spectrum = scipy.fft.rfft(frames * window)
        return (spectrum.real**2 + spectrum.imag**2) @ bank

    return call


def mel(n: int) -> harness.Contestants:
    y = np.random.default_rng(0).standard_normal(n, dtype=np.float32)
    tensor, layer = torch.from_numpy(y), MelSpectrogram(**MEL)
    return {
        OURS: lambda: nax.feature.melspectrogram(y=y, **MEL),
        OURS_TORCH: lambda: nax.feature.melspectrogram(y=tensor, **MEL),
        OUR_LAYER: lambda: layer(tensor),
        "librosa": lambda: librosa.feature.melspectrogram(y=y, **MEL),
        BARE: bare_mel(y),
    }


NUMBERS: dict[str, harness.Contestants] = {
    "frames_to_time(3)": {OURS: lambda: nax.frames_to_time(3), "librosa": lambda: librosa.frames_to_time(3)},
    "time_to_frames(1.5)": {OURS: lambda: nax.time_to_frames(1.5), "librosa": lambda: librosa.time_to_frames(1.5)},
    "hz_to_mel(440.0)": {OURS: lambda: nax.hz_to_mel(440.0), "librosa": lambda: librosa.hz_to_mel(440.0)},
    "hz_to_midi(440.0)": {OURS: lambda: nax.hz_to_midi(440.0), "librosa": lambda: librosa.hz_to_midi(440.0)},
    "midi_to_hz(69)": {OURS: lambda: nax.midi_to_hz(69), "librosa": lambda: librosa.midi_to_hz(69)},
}


def overhead(rounds: int) -> str:
    """Microseconds of a call, and of those what is not arithmetic."""
    lines = ["## Cost of a call", "", "| call | contestant | wall us | own us |", "|---|---|---|---|"]
    verdicts = []
    for n in (512, 1760):
        times = {name: 1e3 * timing.wall for name, timing in harness.interleaved(mel(n), rounds).items()}
        lines += [f"| mel of {n} samples | {name} | {time:.1f} | {time - times[BARE]:.1f} |" for name, time in times.items()]
        if n == 512:
            own = times[OURS] - times[BARE]
            verdicts.append(f"- {'reached' if own <= OWN_MEL else 'MISSED'}: {own:.1f} us of our own for a mel (target {OWN_MEL})")
    for call, contestants in NUMBERS.items():
        times = {name: 1e3 * timing.wall for name, timing in harness.interleaved(contestants, rounds).items()}
        lines += [f"| {call} | {name} | {time:.2f} | {time:.2f} |" for name, time in times.items()]
        verdicts.append(f"- {'reached' if times[OURS] <= OWN_NUMBER else 'MISSED'}: {times[OURS]:.2f} us for {call} (target {OWN_NUMBER})")
    return "\n".join([*lines, "", *verdicts, ""])
