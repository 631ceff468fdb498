"""Races of the continuous wavelet transform: many scales of a short signal, a long one, and gradients.
Errors are against the sampled definition in float64, at some of the times.
"""

import os

os.environ["SSQ_PARALLEL"] = "0"  # before ssqueezepy is imported

import numpy as np
import scipy.signal
import torch
from harness import Contestants, Race, error, optional
from targets import OURS, OURS_TORCH

import nnaudio_xp as nax

pywt, ssqueezepy, fcwt = map(optional, ("pywt", "ssqueezepy", "fcwt"))
torch.set_num_threads(1)
nax.set_num_threads(1)

MU = 6.0
SHOWN = 200
"""Times at which the long transforms are compared with their definition."""


def definition(y: np.ndarray, wavelet: nax.wavelets.Wavelet, scales: np.ndarray, times: np.ndarray, norm: str) -> np.ndarray:
    """Inner products with the sampled wavelet around some times."""
    rows = []
    for scale in scales:
        far = int(np.ceil(9 * scale))
        atom = np.conj(wavelet.waveform(np.arange(-far, far + 1) / scale)) / (scale if norm == "l1" else np.sqrt(scale))
        padded = np.pad(y.astype(np.float64), far)
        rows.append(np.lib.stride_tricks.sliding_window_view(padded, 2 * far + 1)[times] @ atom)
    return np.asarray(rows)


def former(y: np.ndarray, widths: np.ndarray) -> np.ndarray:
    """What `scipy.signal.cwt` did, before it was removed: a convolution for each width."""
    rows = np.empty((widths.size, y.size))
    for row, width in zip(rows, widths, strict=True):
        n = min(10 * width, y.size)
        t = np.arange(n) - (n - 1) / 2
        ricker = 2 / (np.sqrt(3 * width) * np.pi**0.25) * (1 - (t / width) ** 2) * np.exp(-((t / width) ** 2) / 2)
        row[:] = scipy.signal.convolve(y, ricker[::-1], mode="same")
    return rows


def ricker() -> Race:
    """The call that instruments were told apart by: 2,500 samples at widths of 1 to 199."""
    y, widths = np.random.default_rng(0).standard_normal(2500).astype(np.float32), np.arange(1, 200)
    tensor, options = torch.from_numpy(y), {"wavelet": "ricker", "scales": widths, "norm": "l2"}
    contestants: Contestants = {
        OURS: lambda: nax.cwt(y, **options),
        OURS_TORCH: lambda: nax.cwt(tensor, **options),
        "scipy.signal.cwt's algorithm": lambda: former(y.astype(np.float64), widths),
    }
    if pywt:
        for method in ("conv", "fft"):
            contestants[f"PyWavelets, {method}"] = lambda method=method: pywt.cwt(y, widths, "mexh", method=method)[0]
    truth = definition(y, nax.wavelets.Ricker(), widths, np.arange(y.size), "l2")
    errors = {name: error(run(), truth) for name, run in contestants.items()}
    return Race("Ricker wavelets, 2,500 samples, 199 scales", contestants, errors)


def morlet() -> Race:
    """100,000 samples at 200 scales: 160 MB of coefficients."""
    y = np.random.default_rng(0).standard_normal(100_000).astype(np.float32)
    scales, times = np.geomspace(4, 2000, 200), np.linspace(0, y.size - 1, SHOWN).astype(int)
    wavelet = nax.wavelets.Morlet(MU)
    tensor, options = torch.from_numpy(y), {"wavelet": wavelet, "scales": scales}
    out = np.empty((scales.size, y.size), np.complex64)
    contestants: Contestants = {
        OURS: lambda: nax.cwt(y, **options),
        OURS_TORCH: lambda: nax.cwt(tensor, **options),
        "nnaudio_xp, NumPy, out=": lambda: nax.cwt(y, out=out, **options),
    }
    if ssqueezepy:
        theirs = ssqueezepy.Wavelet(("morlet", {"mu": MU}))
        contestants["ssqueezepy"] = lambda: ssqueezepy.cwt(y, theirs, scales=scales, padtype="zero")[0]
    if pywt:
        name = f"cmor2.0-{MU / (2 * np.pi):.10f}"
        contestants["PyWavelets, fft"] = lambda: pywt.cwt(y, scales, name, method="fft")[0]
    if fcwt:
        shape = fcwt.Morlet(1.0)
        theirs_scales = fcwt.Scales(shape, fcwt.FCWT_LOGSCALES, 1000, 1, 450, scales.size)  # of its own choice
        plan = fcwt.FCWT(shape, 1, False, False)
        contestants["fCWT, its own scales, a result that stays"] = lambda _held=shape: plan.cwt(
            y, theirs_scales, out
        )  # which its plan points to
    truth = definition(y, wavelet, scales, times, "l1")

    def compared(name: str) -> float:
        if name.startswith("fCWT"):
            return np.nan
        rows = np.asarray(contestants[name]())[:, times]
        gains = np.sum(rows * truth.conj(), axis=1) / np.sum(abs(truth) ** 2, axis=1)  # each library has its own factors
        return error(rows / gains[:, None] if "nnaudio_xp" not in name else rows, truth)

    return Race("Morlet wavelets, 100,000 samples, 200 scales", contestants, {name: compared(name) for name in contestants})


def squeezing() -> Race:
    """A synchrosqueezed tone and chirp. Errors are those of the signal that the rows add up to, away from
    its ends.
    """
    t = np.arange(50_000) / 22_050
    y = (np.sin(2 * np.pi * 440 * t) + np.cos(2 * np.pi * (1000 * t + 800 * t**2))).astype(np.float32)
    scales, tensor = np.geomspace(3, 300, 160), torch.from_numpy(y)
    options = {"sr": 22_050, "wavelet": ("morlet", 2 * MU), "scales": 2 * scales}
    contestants: Contestants = {OURS: lambda: nax.ssq_cwt(y, **options)[0], OURS_TORCH: lambda: nax.ssq_cwt(tensor, **options)[0]}
    back = dict.fromkeys(contestants, nax.issq_cwt)
    if ssqueezepy:
        theirs = ssqueezepy.Wavelet(("morlet", {"mu": 2 * MU}))
        contestants["ssqueezepy"] = lambda: ssqueezepy.ssq_cwt(y, theirs, scales=2 * scales, fs=22_050, padtype="zero")[0]
        back["ssqueezepy"] = lambda T: ssqueezepy.issq_cwt(T, theirs)
    inside = slice(5_000, -5_000)
    errors = {name: error(np.asarray(back[name](run()))[inside], y[inside].astype(np.float64)) for name, run in contestants.items()}
    return Race("Synchrosqueezed Morlet wavelets, 50,000 samples, 160 scales", contestants, errors)


def training() -> Race:
    """A gradient through the transform."""
    y = torch.from_numpy(np.random.default_rng(0).standard_normal((8, 16_000)).astype(np.float32))
    scales = np.geomspace(4, 500, 80)

    def energy(x: torch.Tensor) -> torch.Tensor:
        return torch.view_as_real(nax.cwt(x, scales=scales)).square().sum()

    def both() -> torch.Tensor:
        x = y.clone().requires_grad_()
        energy(x).backward()
        return x.grad

    contestants: Contestants = {OURS_TORCH: lambda: energy(y), "forward and backward": both}
    return Race("Energy of Morlet wavelets, 8 x 16,000 samples, 80 scales", contestants, dict.fromkeys(contestants, np.nan))
