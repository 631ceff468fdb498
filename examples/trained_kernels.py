"""Do kernels that train with a network hear frequencies better than fixed ones?

    python examples/trained_kernels.py

A linear and a small convolutional model tell the frequency of a pure tone from its STFT (a window
of 64 samples), mel spectrogram or constant-Q transform. The kernels of the transform stay as they
are, or train with the model: from the same start, with the same tones in the same order, for as
many steps. In the paper on nnAudio the trained ones have the lower error in every pair.
"""

import math
import statistics
from functools import cache
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn

from nnaudio_xp.backends.torch import CQT, STFT, MelSpectrogram

import reporting

SR = 44100
SAMPLES = 8820  # 0.2 s, as in the paper
FRAMES = {"hop_length": 1024, "pad_mode": "constant"}
LAYERS = {  # kernels with peaks of 1, so that the steps of an optimizer are as large in all of them
    "stft": lambda trained: STFT(n_fft=64, output_format="Magnitude", trainable=trained, **FRAMES),
    "mel": lambda trained: MelSpectrogram(
        sr=SR, n_fft=64, n_mels=10, norm=None, trainable_mel=trained, trainable_STFT=trained, **FRAMES
    ),  # of more bands, some would have no frequency of so short a window
    "cqt": lambda trained: CQT(sr=SR, fmin=200, n_bins=82, norm=math.inf, trainable=trained, **FRAMES),
}
NAMES = {"stft": "STFT", "mel": "mel spectrogram", "cqt": "constant-Q", "linear": "linear", "conv": "convolutional"}
RATES = {"linear": 0.03, "conv": 0.003}  # of learning: with a third or three times as much, fixed kernels come out worse or as well
BATCH = 64


@cache
def tones(step: int) -> tuple[Tensor, Tensor]:
    """Pure tones of every `step` hertz from 200 to 22,050, each with a phase of its own, and their
    frequencies as shares of half the sampling rate.
    """
    frequencies = torch.arange(200, SR // 2, step, dtype=torch.float64)
    phases = torch.rand(len(frequencies), dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    return sinusoids(frequencies, phases), (frequencies / (SR / 2)).float()


def sinusoids(frequencies: Tensor, phases: Tensor) -> Tensor:
    """Frequencies in Hz, phases in turns."""
    times = torch.arange(SAMPLES, dtype=torch.float64) / SR
    turns = (torch.outer(f, times) + p[:, None] for f, p in zip(frequencies.split(512), phases.split(512), strict=True))
    return torch.cat([torch.sin(2 * torch.pi * part).float() for part in turns])


@torch.no_grad()
def applied(function: nn.Module, inputs: Tensor) -> Tensor:
    return torch.cat([function(batch) for batch in inputs.split(256)])


@cache
def fixed_spectrograms(front_end: str, step: int) -> Tensor:
    """Those of all tones, (tones, bands, frames)."""
    return applied(LAYERS[front_end](False), tones(step)[0])


class Network(nn.Module):
    """Tones, or spectrograms if the layer is an identity, to frequencies."""

    def __init__(self, layer: nn.Module, spectrograms: Tensor, model: str) -> None:
        super().__init__()
        self.layer = layer
        self.register_buffer("peaks", spectrograms.amax(dim=(0, 2))[:, None])
        _, bands, frames = spectrograms.shape
        if model == "linear":
            self.model = nn.Sequential(nn.Flatten(), nn.Linear(bands * frames, 1))
        else:
            convolutions = (nn.Conv2d(1, 8, 3), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.ReLU())
            linear = nn.Linear(8 * (bands - 4) * (frames - 4), 1)
            self.model = nn.Sequential(nn.Unflatten(1, (1, bands)), *convolutions, nn.Flatten(), linear)

    def forward(self, inputs: Tensor) -> Tensor:
        return self.model(self.layer(inputs) / self.peaks)[:, 0]


def train(network: Network, inputs: Tensor, targets: Tensor, epochs: int, rate: float) -> None:
    """Adam, whose rate falls to 0 along a cosine."""
    optimizer = torch.optim.Adam(network.parameters(), lr=rate)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, epochs * math.ceil(len(inputs) / BATCH))
    for _ in range(epochs):
        for batch in torch.randperm(len(inputs)).split(BATCH):
            loss = (network(inputs[batch]) - targets[batch]).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()


def measure(front_end: str, model: str, trained: bool, seed: int, epochs: int, step: int) -> dict[str, Any]:
    """Train one network; mean squared errors of frequencies, 1 being half the sampling rate."""
    sounds, targets = tones(step)
    spectrograms = fixed_spectrograms(front_end, step)
    torch.manual_seed(seed)
    training, test = torch.randperm(len(targets)).tensor_split([round(0.8 * len(targets))])
    network = Network(LAYERS[front_end](True) if trained else nn.Identity(), spectrograms[training], model)
    inputs = sounds if trained else spectrograms

    def errors(places: Tensor) -> Tensor:
        return (applied(network, inputs[places]) - targets[places]).square()

    found: dict[str, Any] = {"start": errors(test).mean().item()}
    train(network, inputs[training], targets[training], epochs, RATES[model])
    tested = errors(test)
    worst = tested.topk(len(test) // 100).values.sum() / tested.sum()
    found |= {"training": errors(training).mean().item(), "test": tested.mean().item()}
    found |= {"median": tested.median().item(), "worst": worst.item()}
    if model == "linear" and not trained:
        found["least_squares"] = least_squares(spectrograms / network.peaks, targets, training, test)
    if trained:
        found["far_tones"] = far_tones(spectrograms[test], applied(network.layer, sounds[test]))
        found |= picture(network.layer) if seed == 0 else {}
    return found


def least_squares(spectrograms: Tensor, targets: Tensor, training: Tensor, test: Tensor) -> float:
    """The test error of the linear model of least squares on the training tones, without what
    hardly varies among them: what training can reach with fixed kernels.
    """
    features = nn.functional.pad(spectrograms.flatten(1).double(), (0, 1), value=1.0)
    weights = torch.linalg.lstsq(features[training], targets[training, None].double(), rcond=1e-3, driver="gelsd").solution
    return ((features[test] @ weights)[:, 0] - targets[test]).square().mean().item()


def far_tones(before: Tensor, after: Tensor) -> list[float]:
    """How much of the bands' response, before and after training, is to tones that gave less than a
    hundredth of a band's peak before.
    """
    middle = before.shape[2] // 2
    before, after = before[:, :, middle].abs(), after[:, :, middle].abs()
    stray = before < 0.01 * before.amax(dim=0)
    return [round(float((response * stray).sum() / response.sum()), 4) for response in (before, after)]


def picture(layer: nn.Module) -> dict[str, list]:
    """What the figure shows of a layer: the responses of its bands to 48 tones, in dB below each
    band's largest, and a kernel.
    """
    frequencies = torch.linspace(1 / 96, 95 / 96, 48, dtype=torch.float64) * SR / 2
    if isinstance(layer, CQT):
        frequencies = 200 * 2 ** (torch.arange(0.5, 82, 82 / 48, dtype=torch.float64) / 12)
    spectrograms = applied(layer, sinusoids(frequencies, torch.zeros(48, dtype=torch.float64)))
    response = spectrograms[:, :, spectrograms.shape[2] // 2].abs().T
    power = 1 if isinstance(layer, MelSpectrogram) else 2
    levels = 10 * torch.log10((response / response.amax(dim=1, keepdim=True)).clamp(min=1e-9) ** power)
    return {"levels": levels.round().int().tolist(), "kernel": [round(value, 4) for value in kernel(layer).tolist()]}


def kernel(layer: nn.Module) -> Tensor:
    """A band's cosine, or the weights of a mel band."""
    if isinstance(layer, MelSpectrogram):
        return layer.mel_basis[5].detach()
    if isinstance(layer, CQT):
        return layer.cqt_kernels_real[36, 0, 1920:2176].detach()
    return layer.wcos[4, 0].detach()


def draw(runs: list[dict[str, Any]]) -> Figure:
    """Responses of each front end, before training and as each model has trained it, and what this
    has added to a kernel.
    """
    figure = Figure((10.5, 6), layout="constrained")
    axes = figure.subplots(len(LAYERS), 4)
    for row, (front_end, make) in zip(axes, LAYERS.items(), strict=True):
        shown = {"before": picture(make(False))}
        shown |= {NAMES[run["model"]]: run for run in runs if run["front_end"] == front_end and "levels" in run}
        for ax, (name, what) in zip(row, shown.items(), strict=False):
            ax.imshow(what["levels"], origin="lower", aspect="auto", vmin=-60, vmax=0, cmap="magma", interpolation="nearest")
            ax.set(title=f"{NAMES[front_end]}, {name}", xlabel="tones, from low to high", ylabel="band", xticks=[])
            if name != "before":
                row[3].plot(np.subtract(what["kernel"], shown["before"]["kernel"]), label=name, linewidth=1)
        row[3].set(title="added to a kernel", xlabel="frequency bin" if front_end == "mel" else "sample")
        row[3].legend(fontsize=7)
    return figure


def results(runs: list[dict[str, Any]]) -> str:
    """The table of all pairs."""
    header = ["front end", "model", "fixed", "trained", "fixed / trained", "trained lower", "best linear model of the fixed"]
    header += ["half within, Hz", "worst hundredth", "far tones"]
    rows = []
    for front_end, model in dict.fromkeys((run["front_end"], run["model"]) for run in runs):
        fixed, trained = (
            [run for run in runs if (run["front_end"], run["model"], run["trained"]) == (front_end, model, flag)] for flag in (False, True)
        )
        means = [statistics.mean(run["test"] for run in members) for members in (fixed, trained)]
        wins = sum(a["test"] > b["test"] for a, b in zip(fixed, trained, strict=True))
        halves = [statistics.mean(SR / 2 * math.sqrt(run["median"]) for run in members) for members in (fixed, trained)]
        worst = [100 * statistics.mean(run["worst"] for run in members) for members in (fixed, trained)]
        far = [100 * statistics.mean(part) for part in zip(*(run["far_tones"] for run in trained), strict=True)]
        rows.append([NAMES[front_end], NAMES[model]])
        rows[-1] += [reporting.spread([run["test"] for run in members], scale=1e6) for members in (fixed, trained)]
        rows[-1] += [f"{means[0] / means[1]:.1f}", f"{wins} of {len(fixed)}"]
        rows[-1] += [reporting.spread([run["least_squares"] for run in fixed], scale=1e6) if model == "linear" else ""]
        rows[-1] += [f"{halves[0]:.0f} → {halves[1]:.0f}", f"{worst[0]:.0f} → {worst[1]:.0f} %", f"{far[0]:.0f} → {far[1]:.0f} %"]
    return reporting.table(header, rows)


def main() -> None:
    """Run all pairs."""
    args = reporting.parser(__doc__, seeds=5).parse_args()
    report = reporting.Report("trained_kernels", args)
    size = {"epochs": 10, "step": 20} if args.quick else {"epochs": 10, "step": 2}
    grid = [
        {"front_end": front_end, "model": model, "trained": trained, "seed": seed, **size}
        for seed in range(args.seeds)
        for front_end in LAYERS
        for model in RATES
        for trained in (False, True)
    ]
    runs = report.run(measure, grid)
    n_tones = len(np.arange(200, SR // 2, size["step"]))
    text = f"""
Mean squared errors of the frequencies of test tones in millionths, where 1 is half the sampling rate, with their standard deviations
over {args.seeds} seeds; {n_tones:,} tones, 80 % of them to train, {size["epochs"]} epochs. The best linear model is that of least squares.

Half within: the median error. Worst hundredth: how much of the squared error the worst hundredth of the tones has. Far tones: how much
of the bands' response, before and after training, is to tones that gave less than a hundredth of a band's peak before."""
    report.write(f"{text}\n\n{results(runs)}", draw(runs))


if __name__ == "__main__":
    main()
