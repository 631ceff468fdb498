"""Races of the spectrograms: complex spectrum and its inverse, magnitude spectrogram, mel spectrogram,
MFCC; and magnitudes of frames of any size, as a picture.
"""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import librosa
import numpy as np
import torch
from harness import Contestants, Race, error, interleaved
from rivals import NNAUDIOS, auvux, jax, jitted, specux, without_grad
from targets import OUR_LAYER, OURS, OURS_JAX, OURS_TORCH, WITHOUT_LOOPS
from workloads import TRUTH_CLIPS, W1, Workload

import nnaudio_xp as nax
from nnaudio_xp.backends.torch import MelSpectrogram


def _errors(contestants: Contestants, truth: np.ndarray, reflected: np.ndarray) -> dict[str, float]:
    """Each contestant's distance to the truth with its own padding: all pad with zeros but specux,
    which can only reflect.
    """
    return {name: error(run(), reflected if name == "specux" else truth) for name, run in contestants.items()}


def without_loops(function: Callable[..., Any], y: Any) -> Callable[[], Any]:
    """The same in NumPy and SciPy alone."""

    def call() -> Any:
        with nax.set_native_loops(False):
            return function(y)

    return call


def complex_spectrum(work: Workload) -> Race:
    """Short-time Fourier transforms."""
    y, tensor, window, size = work.y, torch.from_numpy(work.y), torch.hann_window(work.n_fft), work.frames
    ours = partial(nax.stft, **size)
    contestants: Contestants = {
        OURS: lambda: ours(y),
        WITHOUT_LOOPS: without_loops(ours, y),
        OURS_TORCH: lambda: ours(tensor),
        "librosa": lambda: librosa.stft(y, **size),
        "torch.stft": lambda: torch.stft(tensor, **size, window=window, pad_mode="constant", return_complex=True),
    }
    if specux:
        contestants["specux"] = lambda: specux.stft(y, **size)
    errors = _errors(contestants, work.spectrum(), work.spectrum("reflect"))
    return Race(f"Short-time Fourier transform, {work}", contestants, errors)


def inverse_spectrum(work: Workload) -> Race:
    """Signals from spectra."""
    y, window, size = work.y, torch.hann_window(work.n_fft), work.frames
    D, length = nax.stft(y, **size), work.samples
    tensor = torch.from_numpy(D)
    ours = partial(nax.istft, length=length, **size)
    contestants: Contestants = {
        OURS: lambda: ours(D),
        WITHOUT_LOOPS: without_loops(ours, D),
        OURS_TORCH: lambda: ours(tensor),
        "librosa": lambda: librosa.istft(D, length=length, **size),
        "torch.istft": lambda: torch.istft(tensor, length=length, window=window, **size),
    }
    if specux:
        contestants["specux"] = lambda: specux.istft(D, length=length, **size)
    truth = y[:TRUTH_CLIPS].astype(np.float64)
    errors = {name: error(run(), truth) for name, run in contestants.items()}
    return Race(f"Inverse short-time Fourier transform, {work}", contestants, errors)


def magnitude(work: Workload, *, nnaudios: bool = True) -> Race:
    """Magnitude spectrograms; those of nnAudio, by convolutions, if they are wanted."""
    y, tensor, window, size = work.y, torch.from_numpy(work.y), torch.hann_window(work.n_fft), work.frames
    ours = partial(nax.spectrogram, power=1, **size)
    contestants: Contestants = {
        OURS: lambda: ours(y),
        WITHOUT_LOOPS: without_loops(ours, y),
        OURS_TORCH: lambda: ours(tensor),
        "librosa": lambda: abs(librosa.stft(y, **size)),
        "torch.stft": lambda: torch.stft(tensor, **size, window=window, pad_mode="constant", return_complex=True).abs(),
    }
    for name, module in NNAUDIOS.items() if nnaudios else ():
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


SIZES = [256, 400, 512, 800, 1024, 1600, 2048, 4096, 8192, 16384]


def sizes(rounds: int, folder: Path) -> str:
    """Draw `fft-sizes.png`: the time of a frame's magnitudes beside its size; and say it in a table."""
    from matplotlib.figure import Figure

    times: dict[str, list[float]] = {}
    for n_fft in SIZES:
        work = Workload(f"{n_fft}", 8, W1.samples, W1.sr, n_fft, n_fft // 4, 0)
        race = magnitude(work, nnaudios=False)
        frames = work.clips * (1 + work.samples // work.hop_length)
        for name, timing in interleaved(race.contestants, rounds).items():
            times.setdefault(name, []).append(1e3 * timing.cpu / frames)
    figure = Figure(figsize=(7, 4.5), dpi=100, layout="constrained")
    ax = figure.subplots()
    for name, spent in times.items():
        ax.loglog(SIZES, spent, "o-", label=name)
    ax.set(xlabel="samples of a frame", ylabel="CPU microseconds for a frame")
    ax.legend()
    folder.mkdir(parents=True, exist_ok=True)
    figure.savefig(folder / "fft-sizes.png")
    head = f"## Magnitudes, CPU microseconds for a frame of n_fft samples, 8 x {W1.samples:,} samples, a hop of a quarter"
    lines = [head, "", f"| n_fft | {' | '.join(times)} |", "|---" * (1 + len(times)) + "|"]
    lines += [f"| {n_fft} | {' | '.join(f'{spent[k]:.3g}' for spent in times.values())} |" for k, n_fft in enumerate(SIZES)]
    return "\n".join([*lines, ""])
