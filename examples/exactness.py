"""How exact are spectrograms, beside librosa's and nnAudio's?

    python examples/exactness.py

The four signals of the paper on nnAudio (a linear and a logarithmic sweep, an impulse, a chromatic
scale on a piano) go through every transform that librosa has beside nnaudio_xp, in single
precision. Errors are distances from sums that are written from the definitions, in double
precision, relative to their size; where a sum would be no short one, from librosa's own result in
double precision.
"""

import contextlib
import io
import math
import warnings
from collections.abc import Callable
from functools import partial
from operator import attrgetter
from typing import Any

import librosa
import numpy as np
import scipy.fft
import scipy.signal
import torch
from matplotlib.figure import Figure

import nnaudio_xp as nax
from nnaudio_xp.backends import torch as nax_layers

import data
import reporting

with contextlib.redirect_stdout(io.StringIO()):
    from nnAudio import features as nnaudio_layers

SR = data.SR
FRAMES = {"n_fft": 2048, "hop_length": 512}
BINS = {"fmin": 55, "n_bins": 207, "bins_per_octave": 24}  # to 21.1 kHz, as in the paper's figures
SIGNALS = {
    "linear sweep": data.linear_sweep,
    "logarithmic sweep": data.logarithmic_sweep,
    "impulse": data.impulse,
    "chromatic scale": data.chromatic_scale,
}


# Definitions, in double precision


def centred_frames(y: np.ndarray, times: np.ndarray) -> np.ndarray:
    """The samples at these times around the middle of each frame, zero beyond the ends."""
    padded = np.pad(y.astype(np.float64), (-times[0], max(0, times[-1])))
    return np.lib.stride_tricks.sliding_window_view(padded, len(times))[: len(y) + 1 : FRAMES["hop_length"]]


def stft(y: np.ndarray) -> np.ndarray:
    """Magnitudes of sums over windowed frames."""
    n_fft = FRAMES["n_fft"]
    times = np.arange(-n_fft // 2, n_fft // 2)
    turns = np.outer(np.arange(n_fft), np.arange(n_fft // 2 + 1)) % n_fft / n_fft
    waves = scipy.signal.windows.hann(n_fft, sym=False)[:, None] * np.exp(-2j * np.pi * turns)
    frames = np.ascontiguousarray(centred_frames(y, times))
    return np.hypot(frames @ waves.real, frames @ waves.imag).T


def mel(y: np.ndarray) -> np.ndarray:
    return librosa.filters.mel(sr=SR, n_fft=FRAMES["n_fft"], dtype=np.float64) @ stft(y) ** 2


def mfcc(y: np.ndarray) -> np.ndarray:
    levels = 10 * np.log10(np.maximum(mel(y), 1e-10))
    return scipy.fft.dct(np.maximum(levels, levels.max() - 80), axis=0, norm="ortho")[:20]


def chroma(y: np.ndarray) -> np.ndarray:
    sums = librosa.filters.chroma(sr=SR, n_fft=FRAMES["n_fft"], tuning=0, dtype=np.float64) @ stft(y) ** 2
    loudest = sums.max(axis=0)
    return sums / np.where(loudest > np.finfo(np.float32).tiny, loudest, 1)


def constant_q(y: np.ndarray, *, whole_lengths: bool = False, variable: bool = False) -> np.ndarray:
    """Magnitudes of sums over windowed waves, as many periods long at every frequency: of librosa's
    lengths, or of nnAudio's, which are those of librosa before 0.9 in whole samples.
    """
    ratio = 2 ** (1 / BINS["bins_per_octave"])
    alpha = ratio - 1 if whole_lengths else (ratio**2 - 1) / (ratio**2 + 1)
    gamma = 24.7 * alpha / 0.108 if variable else 0
    rows = []
    for frequency in BINS["fmin"] * ratio ** np.arange(BINS["n_bins"]):
        length = SR / (alpha * frequency + gamma)
        length = math.ceil(length) if whole_lengths else length
        times = np.arange(math.floor(-length / 2), math.floor(length / 2))
        window = scipy.signal.windows.hann(len(times), sym=False)
        turns = np.exp(-2j * np.pi * frequency / SR * times)
        frames = centred_frames(y, times)
        wave = math.sqrt(length) / window.sum() * window * turns
        rows.append(np.hypot(frames @ wave.real, frames @ wave.imag))
    return np.stack(rows)


# What is compared

Transform = Callable[[np.ndarray], np.ndarray]


def functions(name: str, **arguments: Any) -> dict[str, Transform]:
    """Ours and librosa's of this name."""

    def of(library: Any) -> Transform:
        function = attrgetter(name)(library)
        return lambda y: magnitudes(function(y=y, **arguments))

    return {f"{library.__name__}.{name}": of(library) for library in (nax, librosa)}


def layers(name: str, **arguments: Any) -> dict[str, Transform]:
    """Ours and nnAudio's of this name."""

    def of(library: Any) -> Transform:
        def apply(y: np.ndarray) -> np.ndarray:
            with contextlib.redirect_stdout(io.StringIO()), torch.no_grad():
                return getattr(library, name)(pad_mode="constant", **arguments)(torch.from_numpy(y))[0].numpy()

        return apply

    return {f"{library} {name} (layer)": of(found) for library, found in (("nnaudio_xp", nax_layers), ("nnAudio", nnaudio_layers))}


def magnitudes(values: np.ndarray) -> np.ndarray:
    return abs(values) if np.iscomplexobj(values) else values


def exactly(name: str) -> dict[str, Transform]:
    """Ours without librosa's approximations."""
    function = getattr(nax, name)
    return {f"nnaudio_xp.{name}, exact": lambda y: function(y, sr=SR, method="exact", power=1, **BINS)}


MEL = {"sr": SR, **FRAMES}
CQT = {"sr": SR, **BINS}
Comparison = tuple[Transform, dict[str, Transform]]


def beside_double_precision(name: str, **arguments: Any) -> Comparison:
    """Ours and librosa's, and librosa's in double precision as the definition."""
    found = functions(name, **arguments)
    return lambda y: found[f"librosa.{name}"](y.astype(np.float64)), found


COMPARISONS: dict[str, Comparison] = {  # definitions, and who computes them
    "STFT": (stft, functions("stft", **FRAMES) | layers("STFT", output_format="Magnitude", **FRAMES)),
    "mel spectrogram": (mel, functions("feature.melspectrogram", **MEL) | layers("MelSpectrogram", **MEL)),
    "MFCC": (mfcc, functions("feature.mfcc", **MEL) | layers("MFCC", **MEL)),
    "chroma": (chroma, functions("feature.chroma_stft", tuning=0, **MEL)),
    "constant-Q": (constant_q, exactly("cqt") | functions("cqt", **CQT)),
    "constant-Q, nnAudio's": (
        partial(constant_q, whole_lengths=True),
        layers("CQT1992v2", **CQT) | layers("CQT2010v2", **CQT),
    ),
    "variable-Q": (partial(constant_q, variable=True), exactly("vqt") | functions("vqt", **CQT)),
    "pseudo-constant-Q*": beside_double_precision("pseudo_cqt", **CQT),
    "hybrid constant-Q*": beside_double_precision("hybrid_cqt", **CQT),
    "chroma of constant-Q*": beside_double_precision("feature.chroma_cqt", sr=SR, tuning=0),
    "semitone filters*": beside_double_precision("iirt", sr=SR),
}


# Results


def measure(signal: str, transform: str, seconds: int) -> dict[str, Any]:
    """Each contestant's error on the first seconds of a signal."""
    definition, contestants = COMPARISONS[transform]
    y = SIGNALS[signal]()[: seconds * SR]
    truth = applied(definition, y)
    errors = {name: np.linalg.norm(applied(contestant, y) - truth) / np.linalg.norm(truth) for name, contestant in contestants.items()}
    return {"errors": {name: float(error) for name, error in errors.items()}}


def applied(transform: Transform, y: np.ndarray) -> np.ndarray:
    """The spectrogram, without the warnings that nnAudio and librosa have of octaves with few
    samples.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return transform(y)


def results(runs: list[dict[str, Any]]) -> str:
    """The table of all errors, the smallest of each transform and signal in bold."""
    rows = []
    for transform, (_, contestants) in COMPARISONS.items():
        errors = {run["signal"]: run["errors"] for run in runs if run["transform"] == transform}
        for name in contestants:
            cells = [f"**{e[name]:.1e}**" if e[name] == min(e.values()) else f"{e[name]:.1e}" for e in errors.values()]
            rows.append([transform, name, *cells])
    return reporting.table(["transform", "by", *SIGNALS], rows)


def draw(seconds: int) -> Figure:
    """Ours, librosa's and the difference of both, in dB below the largest of librosa's."""
    shown = {"STFT": "librosa.stft", "mel spectrogram": "librosa.feature.melspectrogram", "constant-Q": "librosa.cqt"}
    figure = Figure((12, 6), layout="constrained")
    axes = figure.subplots(len(SIGNALS), 3 * len(shown))
    for row, (signal, make) in zip(axes, SIGNALS.items(), strict=True):
        y = make()[: seconds * SR]
        row[0].set_ylabel(signal)
        for place, (transform, name) in enumerate(shown.items()):
            contestants = COMPARISONS[transform][1]
            ours, theirs = applied(next(iter(contestants.values())), y), applied(contestants[name], y)
            factor = 10 if transform == "mel spectrogram" else 20
            columns = {f"{transform}, ours": ours, "librosa": theirs, "difference": abs(ours - theirs)}
            for ax, (title, values) in zip(row[3 * place :], columns.items(), strict=False):
                levels = factor * np.log10(np.maximum(coarse(values / theirs.max()), 1e-16))
                ax.imshow(levels, origin="lower", aspect="auto", vmin=-160, vmax=0, cmap="magma", interpolation="nearest")
                ax.set(xticks=[], yticks=[])
                if ax.get_subplotspec().is_first_row():
                    ax.set_title(title, fontsize=9)
    return figure


def coarse(values: np.ndarray) -> np.ndarray:
    """The largest values of 44 x 44 blocks, if there are more than so many rows or columns."""
    for axis in (0, 1):
        edges = np.unique(np.linspace(0, values.shape[axis], 45, dtype=int)[:-1])
        values = np.maximum.reduceat(values, edges, axis=axis)
    return values


def main() -> None:
    """Compare everything."""
    parser = reporting.parser(__doc__, seeds=1)
    args = parser.parse_args()
    if reason := data.missing():
        parser.error(reason)
    seconds = 2 if args.quick else 30
    report = reporting.Report("exactness", args)
    runs = report.run(
        measure, [{"signal": signal, "transform": transform, "seconds": seconds} for transform in COMPARISONS for signal in SIGNALS]
    )
    text = """
Distances from the definition in double precision, relative to its size; where there is a star, from librosa's own result in double
precision. The smallest are bold."""
    report.write(f"{text}\n\n{results(runs)}", draw(seconds), ["librosa", "nnAudio"])


if __name__ == "__main__":
    main()
