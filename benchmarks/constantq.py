"""Races of the constant-Q: forward, inverse, short hops, and gradients. Errors are of magnitudes,
against the definition.
"""

from typing import Any

import librosa
import numpy as np
import torch
from harness import Contestants, Race, error
from rivals import auvux, fastchroma, nnaudio, specux, without_grad
from targets import LIKE_LIBROSA, OURS, OURS_TORCH
from workloads import TRUTH_CLIPS, W1, Workload

import nnaudio_xp as nax
from nnaudio_xp.filters import wavelet, wavelet_lengths

N_BINS, TRUTH_FRAMES = 84, 100


def definition(work: Workload, hop_length: int) -> np.ndarray:
    """Magnitudes (clip, bin, time) of the inner products with librosa's atoms at the full rate, in
    float64, of the first frames.
    """
    freqs = nax.cqt_frequencies(N_BINS, fmin=nax.note_to_hz("C1"))
    atoms, _ = wavelet(freqs=freqs, sr=work.sr, dtype="complex128")
    lengths, _ = wavelet_lengths(freqs=freqs, sr=work.sr)
    padded = np.pad(work.y[:TRUTH_CLIPS].astype(np.float64), ((0, 0), (atoms.shape[1] // 2, atoms.shape[1])))
    frames = np.lib.stride_tricks.sliding_window_view(padded, atoms.shape[1], axis=-1)[:, ::hop_length][:, :TRUTH_FRAMES]
    return np.abs(frames @ atoms.conj().T * np.sqrt(lengths)).swapaxes(-1, -2)


def constant_q(work: Workload, hop_length: int = 512, clips: int | None = None) -> Race:
    """Magnitudes of 84 bins from C1."""
    y = np.ascontiguousarray(work.y[:clips])
    tensor, size = torch.from_numpy(y), {"sr": work.sr, "hop_length": hop_length}
    contestants: Contestants = {
        OURS: lambda: nax.cqt(y, method="exact", power=1, **size),
        OURS_TORCH: lambda: nax.cqt(tensor, method="exact", power=1, **size),
        LIKE_LIBROSA: lambda: nax.cqt(y, power=1, **size),
        "librosa": lambda: abs(librosa.cqt(y, **size)),
    }
    if nnaudio and hop_length == 512 and work.clips > 1:
        for name in ("CQT1992v2", "CQT2010v2"):
            layer = getattr(nnaudio, name)(**size, pad_mode="constant", verbose=False)
            contestants[f"nnAudio {name}"] = without_grad(layer, tensor)
    if specux:
        contestants["specux"] = lambda: specux.cqt(y, **size)
    if auvux:
        native = auvux.CQT(**size, n_bins=N_BINS)
        contestants["auvux-dsp"] = lambda: native(y)
    if fastchroma and hop_length == 512:
        plan = fastchroma.CQT(**size, n_bins=N_BINS)
        contestants["fastchroma"] = lambda: [plan(clip) for clip in y]
    truth = definition(work, hop_length)
    errors = {name: error(run(), truth) for name, run in contestants.items()}
    shape = f"{len(y)} x {work.samples:,} samples at {work.sr:,} Hz, hop {hop_length}"
    return Race(f"Constant-Q magnitudes, {work.name}: {shape}, {N_BINS} bins", contestants, errors)


def inverse() -> Race:
    """librosa's approximate inverse, and ours of the exact transform beside it; the error is of the
    signal in the bins' band.
    """
    y, size = W1.y[:16], {"sr": W1.sr}
    C, exact = nax.cqt(y, **size), nax.cqt(y, method="exact", **size)
    n = W1.samples
    contestants: Contestants = {
        LIKE_LIBROSA: lambda: nax.icqt(C, length=n, **size),
        "librosa": lambda: librosa.icqt(C, length=n, **size),
        f"{OURS}, exact": lambda: nax.icqt(exact, method="exact", length=n, **size),
    }
    errors = {name: error(run(), y.astype(np.float64)) for name, run in contestants.items()}
    return Race(f"Inverse constant-Q, 16 x {n:,} samples, {N_BINS} bins, hop 512", contestants, errors, "error of the signal")


def training() -> Race:
    """The exact transform, forward alone and with the gradient of its magnitudes' sum; errors are
    against double precision.
    """
    y = torch.from_numpy(W1.y[:16])

    def magnitudes(x: torch.Tensor) -> torch.Tensor:
        return nax.cqt(x, sr=W1.sr, method="exact", power=1)  # type: ignore[return-value]

    def gradient(x: torch.Tensor) -> Any:
        x.grad = None
        magnitudes(x).sum().backward()
        return x.grad

    x, exact = y.clone().requires_grad_(), y.double()
    contestants: Contestants = {"forward and backward": lambda: gradient(x), OURS_TORCH: lambda: magnitudes(y)}
    truths = {"forward and backward": gradient(exact.clone().requires_grad_()), OURS_TORCH: magnitudes(exact)}
    errors = {name: error(run(), truths[name].numpy()) for name, run in contestants.items()}
    return Race(f"Gradient of the exact constant-Q, 16 x {W1.samples:,} samples", contestants, errors)
