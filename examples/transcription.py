"""Which spectrogram transcribes piano best?

    python examples/transcription.py

A linear map tells from three frames of a spectrogram which of the 88 keys sound. It trains on
scores played by two soundfonts, and is tested on other composers' scores played by a third. All is
the same but the spectrogram: STFTs of linear and of logarithmic frequency, mel spectrograms and
constant-Q transforms, in 34 settings. The paper on nnAudio found a big influence of the choice; its
authors' study of it, arXiv:2001.09989, found logarithmic frequency with the longest window the
best, and 512 mel bands nearly as good.
"""

import copy
import statistics
import warnings
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import numpy as np
import torch
from matplotlib.figure import Figure
from torch import Tensor, nn
from tqdm import tqdm

from nnaudio_xp.backends.torch import CQT, STFT, MelSpectrogram

import data
import reporting

SR = data.SR
HOP = 2048
CONTEXT = 3  # frames
LOWEST_KEY, KEYS = 21, 88
BATCH = 128

# The windows, bands, bins and ranges of frequency of the scripts that nnAudio's authors published.
# The paper has 34 settings; so has this choice of them, with mel bands of up to half the window.
WINDOWS = (256, 512, 1024, 2048, 4096)
MELS = [(n_fft, bins) for n_fft in WINDOWS[1:] for bins in (128, 256, 512, 1024, 2048) if bins <= n_fft // 2]
SPECTROGRAMS = [
    *({"kind": kind, "n_fft": n_fft, "bins": n_fft // 2 + 1} for kind in ("linear", "log") for n_fft in WINDOWS),
    *({"kind": "mel", "n_fft": n_fft, "bins": bins} for n_fft, bins in MELS),
    *({"kind": "cqt", "n_fft": None, "bins": 84 * size} for size in range(1, 11)),
]
NAMES = {"linear": "linear frequency", "log": "logarithmic frequency", "mel": "mel", "cqt": "constant-Q"}
SCORES = [
    *(f"bach/bwv{number}" for number in ("269", "280", "311", "347", "144.3", "153.1", "187.7", "248.42-4")),
    *(f"haydn/opus1no1/movement{number}" for number in (1, 2, 3, 5)),
    *("haydn/opus74no1/movement2", "haydn/opus74no1/movement3", "mozart/k155/movement2", "mozart/k156/movement1"),
    *("mozart/k156/movement2", "mozart/k458/movement2", "mozart/k545/movement1_exposition", "mozart/k80/movement1"),
    *("beethoven/opus18no1/movement2", "beethoven/opus18no1/movement3", "corelli/opus3no1/1grave", "schumann_robert/opus48no2"),
]
TEST_SCORES = [  # of other composers
    *("schumann_clara/polonaise_op1n1", "schumann_clara/polonaise_op1n2", "schumann_clara/polonaise_op1n4"),
    *("schumann_clara/opus17/movement3", "joplin/maple_leaf_rag", "cpebach/h186", "schoenberg/opus19/movement2"),
    *("chopin/mazurka06-2", "schubert/Lindenbaum", "beach/prayer_of_a_tired_child", "verdi/laDonnaEMobile"),
    "handel/rinaldo/Lascia_chio_pianga",
]


# Sounds


@dataclass(frozen=True, eq=False)
class Pieces:
    """Waveforms (pieces, samples) and which keys sound in each frame (pieces, frames, keys); the
    last `tests` pieces are to test with.
    """

    waveforms: Tensor
    rolls: Tensor
    tests: int


@cache
def play(known: int, tests: int, seconds: float) -> Pieces:
    """The beginnings of `known` scores, by two soundfonts in turn, and of `tests` others by a third."""
    soundfonts = [("FluidR3", "MuseScore")[place % 2] for place in range(known)] + ["TimGM"] * tests
    pieces = [data.score(name, seconds) for name in tqdm(SCORES[:known] + TEST_SCORES[:tests], desc="scores", disable=None)]
    length = round(seconds * SR)
    waveforms = [data.render_notes(*piece, length=length) for piece in zip(pieces, soundfonts, strict=True)]
    times = torch.arange(1 + length // HOP) * (HOP / SR)
    rolls = torch.zeros(len(pieces), len(times), KEYS)
    for roll, notes in zip(rolls, pieces, strict=True):
        for onset, offset, midi, _ in notes:
            roll[(onset <= times) & (times < offset), midi - LOWEST_KEY] = 1
    return Pieces(torch.from_numpy(np.stack(waveforms)), rolls, tests)


def layer(kind: str, n_fft: int | None, bins: int) -> nn.Module:
    """A spectrogram, of magnitudes."""
    shared = {"sr": SR, "hop_length": HOP, "fmin": 50, "fmax": 6000}
    if kind == "mel":
        with warnings.catch_warnings(action="ignore", category=UserWarning):  # some bands are empty in the largest sizes
            return MelSpectrogram(n_fft=n_fft, n_mels=bins, power=1, **shared)
    if kind == "cqt":
        return CQT(sr=SR, hop_length=HOP, fmin=55, n_bins=bins, bins_per_octave=bins // 7)
    return STFT(n_fft=n_fft, freq_bins=bins, freq_scale=kind, output_format="Magnitude", **shared)


@lru_cache(maxsize=1)  # the seeds of a setting follow each other
@torch.no_grad()
def levels(pieces: Pieces, kind: str, n_fft: int | None, bins: int) -> Tensor:
    """Spectrograms (pieces, frames, bins) in levels down to 40 dB below the mean; those of the pieces
    to train with have a mean of 0 in each bin, and a variance of 1.
    """
    function = layer(kind, n_fft, bins)
    magnitudes = torch.cat([function(waveform[None]) for waveform in pieces.waveforms]).transpose(1, 2)
    known = slice(-pieces.tests)
    logarithms = torch.log(magnitudes / magnitudes[known].mean() + 0.01)
    centred = logarithms - logarithms[known].mean(dim=(0, 1))
    return centred / centred[known].std()


# Transcription


class Transcriber(nn.Module):
    """A logit for each key, by a linear map of a few frames of levels."""

    def __init__(self, bins: int) -> None:
        super().__init__()
        self.linear = nn.Linear(CONTEXT * bins, KEYS)
        nn.init.zeros_(self.linear.weight)
        nn.init.constant_(self.linear.bias, -3)  # few keys sound at a time

    def forward(self, spectrograms: Tensor, pieces: Tensor, frames: Tensor) -> Tensor:
        around = frames[..., None] + torch.arange(CONTEXT) - CONTEXT // 2
        return self.linear(spectrograms[pieces[..., None], around.clamp(0, spectrograms.shape[1] - 1)].flatten(-2))

    @torch.no_grad()
    def logits(self, spectrograms: Tensor, piece: Tensor) -> Tensor:
        """Those of all frames of a piece."""
        return self(spectrograms, piece, torch.arange(spectrograms.shape[1]))


def train(spectrograms: Tensor, rolls: Tensor, chosen: Tensor, held_out: Tensor, steps: int) -> tuple[Transcriber, float]:
    """Learn from random frames of the chosen pieces; the model, of ten on the way, and the threshold
    of its logits that are the best for the pieces held out.
    """
    model = Transcriber(spectrograms.shape[-1])
    # a step of Adam changes each weight as much: the logits by as much, however many bins there are
    optimizer = torch.optim.Adam(model.parameters(), lr=1 / model.linear.in_features, fused=True)
    schedule = torch.optim.lr_scheduler.LinearLR(optimizer, 1, 0, steps)
    best, kept = (-1.0, 0.0), model
    for step in range(1, steps + 1):
        pieces, frames = chosen[torch.randint(len(chosen), (BATCH,))], torch.randint(spectrograms.shape[1], (BATCH,))
        loss = nn.functional.binary_cross_entropy_with_logits(model(spectrograms, pieces, frames), rolls[pieces, frames])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        if step % (steps // 10) == 0:
            logits = torch.stack([model.logits(spectrograms, piece) for piece in held_out])
            reached = best_threshold(logits, rolls[held_out])
            if reached > best:
                best, kept = reached, copy.deepcopy(model)
    return kept, best[1]


def best_threshold(logits: Tensor, rolls: Tensor) -> tuple[float, float]:
    """The highest accuracy, and the logit above which keys are said to sound that gives it."""
    sounds, reached = rolls > 0, []
    for threshold in np.arange(-4, 4.1, 0.25).tolist():
        found = logits > threshold
        reached.append((float((found & sounds).sum() / (found | sounds).sum()), threshold))
    return max(reached)


def evaluate(model: Transcriber, pieces: Pieces, spectrograms: Tensor, chosen: Tensor, threshold: float) -> list[dict[str, float]]:
    """`mir_eval.multipitch.metrics` of the chosen pieces."""
    from mir_eval.multipitch import metrics

    frequencies = 440 * 2 ** ((LOWEST_KEY + np.arange(KEYS) - 69) / 12)
    times = np.arange(spectrograms.shape[1]) * (HOP / SR)
    names = ("precision", "recall", "accuracy", "e_sub", "e_miss", "e_fa", "e_tot")
    found = []
    for piece in chosen:
        rolls = pieces.rolls[piece] > 0, model.logits(spectrograms, piece) > threshold
        truth, estimate = ([frequencies[frame] for frame in roll.numpy()] for roll in rolls)
        found.append(dict(zip(names, metrics(times, truth, times, estimate), strict=False)))
    return found


def transcribe(pieces: Pieces, spectrograms: Tensor, seed: int, steps: int) -> dict[str, Any]:
    """Train on three quarters of the known pieces, hold out the others, and score the test pieces: the
    means of the metrics over them, and the accuracy of each.
    """
    torch.manual_seed(seed)
    count = len(pieces.rolls) - pieces.tests
    held_out, chosen = torch.randperm(count).tensor_split([count // 4])
    model, threshold = train(spectrograms, pieces.rolls, chosen, held_out, steps)
    tested = evaluate(model, pieces, spectrograms, torch.arange(count, len(pieces.rolls)), threshold)
    known = evaluate(model, pieces, spectrograms, held_out, threshold)
    return {
        **{name: round(statistics.mean(score[name] for score in tested), 4) for name in tested[0]},
        "accuracies": [round(score["accuracy"], 4) for score in tested],
        "held_out_accuracy": round(statistics.mean(score["accuracy"] for score in known), 4),
        "threshold": threshold,
    }


def measure(kind: str, n_fft: int | None, bins: int, seed: int, steps: int, **sizes: float) -> dict[str, Any]:
    """Transcribe by one spectrogram. It is fixed: it is made once, before the network trains."""
    pieces = play(**sizes)
    return transcribe(pieces, levels(pieces, kind, n_fft, bins), seed, steps)


# Results


Row = dict[str, Any]


def label(run: Row) -> str:
    window = "" if run["n_fft"] is None else f", window {run['n_fft']}"
    return f"{NAMES[run['kind']]}{window}, {run['bins']} bins"


def by_spectrogram(runs: list[Row]) -> list[list[Row]]:
    """The runs of each spectrogram, by seed."""
    members: dict[str, list[Row]] = {}
    for run in runs:
        members.setdefault(label(run), []).append(run)
    return list(members.values())


def mean_accuracy(members: list[Row]) -> float:
    return statistics.mean(run["accuracy"] for run in members)


def results(groups: list[list[Row]]) -> str:
    """The table, and how far the best spectrogram is ahead."""
    ranked = sorted(groups, key=mean_accuracy, reverse=True)
    best, first = ranked[0], ranked[0][0]
    header = ["spectrogram", "window", "bins", "precision", "recall", "accuracy", "total error", "accuracy, held out"]
    columns = ("precision", "recall", "accuracy", "e_tot", "held_out_accuracy")
    rows = []
    for members in groups:
        values = [reporting.spread([run[name] for run in members], scale=100) for name in columns]
        if members is best:
            values[2] = f"**{values[2]}**"
        rows.append([NAMES[members[0]["kind"]], members[0]["n_fft"] or "", members[0]["bins"], *values])
    rivals = [ranked[1], *(next(members for members in ranked if members[0]["kind"] == kind) for kind in NAMES)]
    compared = {label(rival[0]): against(best, rival) for rival in rivals if rival is not best}
    compared_header = ["spectrogram", "accuracy", "below the best, seed by seed", "pieces in which the best is better"]
    known, tests, seconds, steps = (first[name] for name in ("known", "tests", "seconds", "steps"))
    return f"""Trained on {known} scores of up to {seconds} s, played by FluidR3 and MuseScore, in {steps} steps of {BATCH} frames.
A quarter of the scores, drawn by the seed, is held out, and chooses when to stop and the threshold.
Tested on {tests} scores of other composers, played by TimGM. A frame every {1000 * HOP / SR:.0f} ms.
Spectrograms do not train, and are made once. In percent, means of the pieces; means and standard deviations over {len(best)} seeds.

{reporting.table(header, rows)}

The best is {label(first)}. The next, and the best of each other kind:

{reporting.table(compared_header, compared.values())}
"""


def against(best: list[Row], rival: list[Row]) -> list[str]:
    """How far the best spectrogram is ahead of another: a row."""
    gaps = [ours["accuracy"] - theirs["accuracy"] for ours, theirs in zip(best, rival, strict=True)]
    ours, theirs = (np.mean([run["accuracies"] for run in members], axis=0) for members in (best, rival))
    accuracies = reporting.spread([run["accuracy"] for run in rival], scale=100)
    return [label(rival[0]), accuracies, reporting.spread(gaps, scale=100), f"{(ours > theirs).sum()} of {len(ours)}"]


def draw(groups: list[list[Row]]) -> Figure:
    """Accuracy against the number of bins, a line for the sizes of each kind."""
    figure = Figure((9, 5.5), layout="constrained")
    ax = figure.subplots()
    lines: dict[str, list[list[Row]]] = {}
    for members in groups:
        kind, n_fft = members[0]["kind"], members[0]["n_fft"]
        lines.setdefault(f"mel, window {n_fft}" if kind == "mel" else NAMES[kind], []).append(members)
    for (name, line), marker in zip(lines.items(), "osv^<>D", strict=False):
        accuracies = [[100 * run["accuracy"] for run in members] for members in line]
        spreads = [statistics.stdev(values) if len(values) > 1 else 0 for values in accuracies]
        bins = [members[0]["bins"] for members in line]
        ax.errorbar(bins, [statistics.mean(values) for values in accuracies], spreads, marker=marker, capsize=2, label=name)
    ax.set_xscale("log", base=2)
    ax.xaxis.set_major_formatter("{x:.0f}")
    ax.set(xlabel="bins", ylabel="accuracy in %", ylim=(0, None))
    ax.grid(alpha=0.3)
    ax.legend()
    return figure


def main() -> None:
    """Train and test on all spectrograms."""
    parser = reporting.parser(__doc__)
    args = parser.parse_args()
    if reason := data.missing("music21", "mir_eval"):
        parser.error(reason)
    spectrograms, sizes = SPECTROGRAMS, {"known": len(SCORES), "tests": len(TEST_SCORES), "seconds": 30, "steps": 1500}
    if args.quick:
        spectrograms, sizes = SPECTROGRAMS[1:26:6], {"known": 8, "tests": 2, "seconds": 15, "steps": 300}
    report = reporting.Report("transcription", args)
    grid = [setting | sizes | {"seed": seed} for setting in spectrograms for seed in range(args.seeds)]
    groups = by_spectrogram(report.run(measure, grid))
    report.write(results(groups), draw(groups), libraries=("music21", "mir_eval"))


if __name__ == "__main__":
    main()
