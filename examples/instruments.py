"""Which instrument is it? A network that makes spectrograms of sounds, and learns from them.

    python examples/instruments.py                                   # the experiment: a table and a figure of all front ends
    python examples/instruments.py --front-end cqt --data FOLDER     # train on your own sounds: a folder for each class
    python examples/instruments.py --predict FILE --model instruments.safetensors

The experiment asks how well each front end knows 12 instruments when it has trained on sounds of
the same soundfont, and when the soundfont is new to it. `document-mel` and `document-cwt` are the
project "Audio Identification with a Neural Network": its pictures, by nnaudio_xp in the place of
librosa, its network and its learning parameters.
"""

import argparse
import copy
import itertools
import json
import statistics
import sys
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import soundfile
import torch
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor, nn
from tqdm import tqdm

import nnaudio_xp as librosa
from nnaudio_xp.backends.torch import CQT, CWT, STFT, MelSpectrogram

import data
import reporting

SR = 22050
SECONDS = 0.5
MEL = {"sr": SR, "n_fft": 512, "hop_length": 512, "n_mels": 84, "power": 1}
ROWS = {"sr": SR, "fmin": 55, "output_format": "Magnitude"}
LAYERS = {
    "stft": lambda: STFT(n_fft=512, hop_length=512, output_format="Magnitude"),
    "mel": lambda: MelSpectrogram(**MEL),
    "cqt": lambda: CQT(hop_length=512, n_bins=84, pad_mode="constant", **ROWS),
    "cwt": lambda: nn.Sequential(CWT(hop_length=64, n_bins=42, bins_per_octave=6, **ROWS), nn.AvgPool1d(8)),
    "learned": lambda: MelSpectrogram(trainable_mel=True, trainable_STFT=True, **MEL),
}
DOCUMENT = ("document-mel", "document-cwt")


# Sounds


@dataclass(frozen=True)
class Sounds:
    """Waveforms (sounds, samples) with the numbers of their classes."""

    waveforms: Tensor
    labels: Tensor
    classes: list[str]
    names: list[str]


def read_file(path: Path, seconds: float) -> Tensor:
    """The beginning of a sound file, at 22,050 Hz, with zeros behind it if it is shorter."""
    samples, _ = librosa.load(path, sr=SR, duration=seconds)
    return torch.from_numpy(librosa.util.fix_length(samples, size=round(seconds * SR)))


def read_folder(folder: Path, seconds: float) -> Sounds:
    """The sounds of a folder that has one for each class. Files that cannot be read are named and
    left out.
    """
    if not folder.is_dir():
        raise librosa.ParameterError(f"{folder} is not a folder")
    waveforms, labels, names = [], [], []
    classes = sorted(path.name for path in folder.iterdir() if path.is_dir())
    files = [path for name in classes for path in sorted((folder / name).rglob("*")) if path.is_file()]
    for path in tqdm(files, desc="sounds", disable=None):
        try:
            waveforms.append(read_file(path, seconds))
        except (soundfile.SoundFileError, OSError, librosa.ParameterError) as error:
            print(f"skipped {path}: {error}", file=sys.stderr)
            continue
        name, *_ = path.relative_to(folder).parts
        labels.append(classes.index(name))
        names.append(path.name)
    counts = np.bincount(labels, minlength=len(classes))
    if len(classes) < 2 or counts.min() < 3:
        found = ", ".join(f"{name} {count}" for name, count in zip(classes, counts, strict=True)) or "no folder"
        raise librosa.ParameterError(f"{folder} must have at least two folders with three sounds each; it has: {found}")
    return Sounds(torch.stack(waveforms), torch.tensor(labels), classes, names)


def split(sounds: Sounds, seed: int, held_out: str | None = None) -> tuple[Tensor, Tensor, Tensor]:
    """The places of the sounds to train with, to choose the best epoch by, and to test: of each
    class 64, 16 and 20 %; or test those whose file's name begins with `held_out`, and share the
    others 80 to 20.
    """
    generator = torch.Generator().manual_seed(seed)
    parts: list[list[Tensor]] = [[], [], []]
    held = torch.tensor([held_out is not None and name.startswith(held_out) for name in sounds.names])
    for label in range(len(sounds.classes)):
        ours = sounds.labels == label
        places = torch.nonzero(ours & ~held)[:, 0]
        places = places[torch.randperm(len(places), generator=generator)]
        tested = torch.nonzero(ours & held)[:, 0]
        if held_out is None:
            n_tested = max(1, round(0.2 * len(places)))
            tested, places = places[:n_tested], places[n_tested:]
        n_chosen = max(1, round(0.2 * len(places)))
        for part, chosen in zip(parts, (places[n_chosen:], places[:n_chosen], tested), strict=True):
            part.append(chosen)
    training, validation, test = (torch.cat(part) for part in parts)
    if not len(test) or set(sounds.labels[training].tolist()) != set(range(len(sounds.classes))):
        raise librosa.ParameterError(f"held_out={held_out!r} must begin the names of some sounds, but not of all of a class")
    return training, validation, test


# Networks


class Identifier(nn.Module):
    """Waveforms (B, samples) to classes: a layer's spectrogram, in levels below its loudest point,
    and a convolutional network, which keeps eleven bands of frequencies apart.
    """

    epochs = 12
    chooses_epoch = True

    def __init__(self, front_end: str, classes: int) -> None:
        super().__init__()
        self.front_end = LAYERS[front_end]()
        blocks: list[nn.Module] = [nn.BatchNorm2d(1)]
        for inputs, outputs, size in ((1, 16, 5), (16, 32, 3), (32, 64, 3)):
            convolution = nn.Conv2d(inputs, outputs, (size, 3), stride=2, padding=(size // 2, 1), bias=False)
            blocks += [convolution, nn.BatchNorm2d(outputs), nn.ReLU()]
        self.network = nn.Sequential(*blocks, nn.AdaptiveAvgPool2d((11, 1)), nn.Flatten(), nn.Dropout(0.3), nn.Linear(11 * 64, classes))

    def prepare(self, waveforms: Tensor) -> Tensor:
        """What `forward` takes, of waveforms."""
        return waveforms

    def begin(self, inputs: Tensor) -> torch.optim.Optimizer:
        """Get ready to train on these inputs."""
        groups = [{"params": self.network.parameters()}, {"params": list(self.front_end.parameters()), "lr": 0.0001}]
        return torch.optim.Adam(groups, lr=0.002)

    def forward(self, waveforms: Tensor) -> Tensor:
        spectrogram = self.front_end(waveforms).clamp(min=0)  # a learned filter can have negative weights
        loudest = spectrogram.amax(dim=(1, 2), keepdim=True).clamp(min=1e-8)
        levels = torch.log(spectrogram / loudest + 1e-4)
        return self.network(levels[:, None].to(memory_format=torch.channels_last))


class DocumentIdentifier(nn.Module):
    """The document's network on its pictures, with 128 numbers between the two linear maps in the
    place of 10,000: there are 2.6 million weights, not 200 million.
    """

    epochs = 128
    chooses_epoch = False

    def __init__(self, front_end: str, classes: int) -> None:
        super().__init__()
        self.picture = {"document-mel": mel_picture, "document-cwt": cwt_picture}[front_end]
        self.register_buffer("mean", torch.zeros(PIXELS, PIXELS))
        self.register_buffer("deviation", torch.ones(PIXELS, PIXELS))
        blocks: list[nn.Module] = []
        for inputs, outputs in ((1, 16), (16, 32)):
            blocks += [nn.Conv2d(inputs, outputs, 5, padding=2), nn.MaxPool2d(2), nn.ReLU()]
        self.network = nn.Sequential(*blocks, nn.Flatten(), nn.Linear(2 * PIXELS**2, 128), nn.Linear(128, classes))

    def prepare(self, waveforms: Tensor) -> Tensor:
        """What `forward` takes, of waveforms: pictures (B, 100, 100)."""
        pictures = torch.empty(len(waveforms), PIXELS, PIXELS)  # one by one they would lie between, and cut up, the memory of large arrays
        for place, waveform in enumerate(tqdm(waveforms, desc="pictures", disable=None)):
            pictures[place] = self.picture(waveform.numpy())
        return pictures

    def begin(self, inputs: Tensor) -> torch.optim.Optimizer:
        """Centre and normalize every pixel that varies over the inputs, and get ready to train on
        them.
        """
        self.mean, deviation = inputs.mean(dim=0), inputs.std(dim=0)
        self.deviation = torch.where(deviation > 0.001, deviation, 1.0)
        return torch.optim.SGD(self.parameters(), lr=0.001, momentum=0.9)

    def forward(self, pictures: Tensor) -> Tensor:
        normalized = (pictures - self.mean) / self.deviation
        return self.network(normalized[:, None].to(memory_format=torch.channels_last))


PIXELS = 100


def mel_picture(y: np.ndarray) -> Tensor:
    """The document's mel spectrogram, of a frame for every sample, in 100 x 100 grey pixels."""
    p = librosa.feature.melspectrogram(y=y, sr=SR, n_fft=2048, hop_length=1, n_mels=512, win_length=1024)
    return grey(librosa.power_to_db(p, ref=np.max) / 80 + 1)


def cwt_picture(y: np.ndarray) -> Tensor:
    """The document's wavelet transform, of the first 2,500 samples, in 100 x 100 grey pixels."""
    w = librosa.cwt(y[:2500], wavelet="ricker", scales=np.arange(1, 200), norm="l2")
    return grey(w / (2 * max(abs(w).max(), 1e-8)) + 0.5)


def grey(values: np.ndarray) -> Tensor:
    """Pixels that are the means of what they cover."""
    return nn.functional.adaptive_avg_pool2d(torch.from_numpy(values)[None], PIXELS)[0]


Model = Identifier | DocumentIdentifier


def identifier(front_end: str, classes: int) -> Model:
    """An untrained network with the front end of this name."""
    return (DocumentIdentifier if front_end in DOCUMENT else Identifier)(front_end, classes).to(memory_format=torch.channels_last)


# Training


def probabilities(model: nn.Module, inputs: Tensor) -> Tensor:
    """Those of the classes, for each input."""
    model.eval()
    with torch.no_grad():
        return torch.cat([model(batch).softmax(dim=-1) for batch in inputs.split(64)])


def accuracy(model: nn.Module, inputs: Tensor, labels: Tensor) -> float:
    return (probabilities(model, inputs).argmax(dim=-1) == labels).float().mean().item()


def fit(model: Model, inputs: Tensor, labels: Tensor, training: Tensor, validation: Tensor, epochs: int) -> int:
    """Train on some of the inputs, and keep the best epoch by others; or, if the model does not
    choose its epoch, train on both until all are right. Returns the number of epochs.
    """
    if not model.chooses_epoch:
        training = torch.cat([training, validation])
    optimizer = model.begin(inputs[training])
    best, kept = -1.0, {}
    for epoch in tqdm(range(1, epochs + 1), desc="epochs", leave=False, disable=None):
        model.train()
        right = 0
        for batch in training[torch.randperm(len(training))].split(32):
            logits = model(inputs[batch])
            loss = nn.functional.cross_entropy(logits, labels[batch])
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            right += int((logits.argmax(dim=-1) == labels[batch]).sum())
        if model.chooses_epoch:
            share = accuracy(model, inputs[validation], labels[validation])
            if share >= best:
                best, kept = share, copy.deepcopy(model.state_dict())
        elif right == len(training):
            return epoch
    if kept:
        model.load_state_dict(kept)
    return epochs


@dataclass(frozen=True)
class Trained:
    """A trained model, and its confusion matrix on the test sounds: rows are what they are, columns
    what they are taken for.
    """

    model: Model
    confusion: np.ndarray
    epochs: int

    @property
    def accuracy(self) -> float:
        return float(np.trace(self.confusion) / self.confusion.sum())


def train_and_test(sounds: Sounds, inputs: Tensor, front_end: str, held_out: str | None, seed: int, epochs: int | None) -> Trained:
    """Train on some of the sounds, of which `inputs` were prepared, and test on others."""
    torch.manual_seed(seed)
    n = len(sounds.classes)
    model = identifier(front_end, n)
    training, validation, test = split(sounds, seed, held_out)
    epochs = fit(model, inputs, sounds.labels, training, validation, epochs or model.epochs)
    guesses = probabilities(model, inputs[test]).argmax(dim=-1)
    confusion = torch.bincount(sounds.labels[test] * n + guesses, minlength=n * n).reshape(n, n)
    return Trained(model, confusion.numpy(), epochs)


def draw_confusion(ax: Axes, confusion: np.ndarray, classes: list[str]) -> None:
    """The confusion matrix, each row in percent of its sounds."""
    percent = 100 * confusion / np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    ax.imshow(percent, cmap="Blues", vmin=0, vmax=100)
    for row, column in np.argwhere(percent >= 0.5):
        colour = "white" if percent[row, column] > 50 else "black"
        ax.text(column, row, f"{percent[row, column]:.0f}", ha="center", va="center", color=colour, fontsize=8)
    ax.set(xticks=range(len(classes)), yticks=range(len(classes)), xlabel="taken for", ylabel="is")
    ax.set_xticklabels(classes, rotation=60, ha="right")
    ax.set_yticklabels(classes)


# The program


def train_on_folder(args: argparse.Namespace) -> None:
    """Train one front end on the sounds of a folder; write the model and its confusion matrix."""
    sounds = read_folder(args.data or data.instrument_folder(args.quick), args.seconds)
    inputs = identifier(args.front_end, len(sounds.classes)).prepare(sounds.waveforms)
    trained = train_and_test(sounds, inputs, args.front_end, args.hold_out, args.seed, args.epochs)
    folder = args.out or Path()
    folder.mkdir(parents=True, exist_ok=True)
    arguments = {"front_end": args.front_end, "classes": sounds.classes, "seconds": args.seconds}
    state = {name: values.contiguous() for name, values in trained.model.state_dict().items()}
    save_file(state, folder / "instruments.safetensors", {"arguments": json.dumps(arguments)})
    figure = Figure((8, 7), layout="constrained")
    draw_confusion(figure.subplots(), trained.confusion, sounds.classes)
    figure.savefig(folder / "confusion.png", dpi=80)
    chance = 100 / len(sounds.classes)
    print(f"{100 * trained.accuracy:.1f} % of {trained.confusion.sum()} test sounds are right (chance: {chance:.1f} %)")
    print(folder / "instruments.safetensors", folder / "confusion.png", sep="\n")


def predict(files: list[Path], model_file: Path) -> None:
    """Print the probabilities of the classes for sound files, by a saved model."""
    try:
        with safe_open(model_file, "pt") as saved:
            front_end, classes, seconds = json.loads(saved.metadata()["arguments"]).values()
            state = {name: saved.get_tensor(name) for name in saved.keys()}  # noqa: SIM118 - it is no dictionary
    except (OSError, SafetensorError, KeyError, TypeError) as error:
        raise librosa.ParameterError(f"{model_file} is not a model that --front-end has trained") from error
    model = identifier(front_end, len(classes))
    model.load_state_dict(state)
    for file in files:
        try:
            inputs = model.prepare(read_file(file, seconds)[None])
        except soundfile.SoundFileError as error:
            raise librosa.ParameterError(f"{file} cannot be read: {error}") from error
        print(file)
        for probability, name in sorted(zip(probabilities(model, inputs)[0].tolist(), classes, strict=True), reverse=True):
            print(f"{100 * probability:6.1f} %  {name}")


def experiment(args: argparse.Namespace) -> None:
    """Every front end on a random split of all sounds, and on each soundfont after training with
    the other two.
    """
    report = reporting.Report("instruments", args)
    sounds = read_folder(data.instrument_folder(args.quick), SECONDS)

    @cache
    def inputs(front_end: str) -> Tensor:
        return identifier(front_end, len(sounds.classes)).prepare(sounds.waveforms)

    def measure(front_end: str, test: str, seed: int) -> dict[str, Any]:
        held_out = None if test == "random" else test
        trained = train_and_test(sounds, inputs(front_end), front_end, held_out, seed, epochs)
        return {"accuracy": trained.accuracy, "epochs": trained.epochs, "confusion": trained.confusion.tolist()}

    epochs = 8 if args.quick else None
    tests = ["random"] if args.quick else ["random", *data.SOUNDFONTS]
    document = ["document-cwt"] if args.quick else DOCUMENT  # the pictures of the other take a fifth of a second each
    pairs = [*itertools.product(LAYERS, tests), *((front_end, "random") for front_end in document)]
    grid = [{"front_end": front_end, "test": test, "seed": seed} for front_end, test in pairs for seed in range(args.seeds)]
    runs = report.run(measure, grid)
    report.write(describe(runs), draw(runs, sounds.classes), ["librosa", "soxr"])


Runs = list[dict[str, Any]]


def accuracies(runs: Runs, front_end: str, test: str) -> list[float]:
    """In percent, of all seeds."""
    return [100 * run["accuracy"] for run in runs if (run["front_end"], run["test"]) == (front_end, test)]


def unseen(runs: Runs, front_end: str) -> list[float]:
    """The mean over the soundfonts that were left out, of each seed; nothing if none was."""
    return [statistics.mean(of_seed) for of_seed in zip(*(accuracies(runs, front_end, test) for test in data.SOUNDFONTS), strict=True)]


def describe(runs: Runs) -> str:
    """The results in words and as a table."""
    front_ends, tests = ([*dict.fromkeys(run[key] for run in runs)] for key in ("front_end", "test"))
    rows = []
    for front_end in front_ends:
        columns = [accuracies(runs, front_end, test) for test in tests]
        columns.append(unseen(runs, front_end))
        rows.append([front_end, *(reporting.spread(values) if values else "" for values in columns)])
    headings = ["random" if test == "random" else f"without {test}" for test in tests]
    epochs = [run["epochs"] for run in runs if run["front_end"] in DOCUMENT]
    return ABOUT.format(fewest=min(epochs), most=max(epochs)) + reporting.table(["front end", *headings, "mean without"], rows)


ABOUT = """Accuracy in percent on the test sounds, mean ± standard deviation over the seeds; chance is 8.3.
*random*: a fifth of all sounds, drawn. *without* a soundfont: its sounds, after training with those
of the other two.

The front ends `document-…` are the settings of "Audio Identification with a Neural Network", but
for this: the first half second of each sound, pixels that are means where matplotlib draws them,
128 numbers between the two linear maps in the place of 10,000, and training that ends when every
training picture is right: here after {fewest} to {most} of its 128 epochs.

"""


def draw(runs: Runs, classes: list[str]) -> Figure:
    """Accuracies of all front ends, and the confusions of the one that knows new soundfonts best."""
    front_ends, tests = ([*dict.fromkeys(run[key] for run in runs)] for key in ("front_end", "test"))
    figure = Figure((13, 6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for place, front_end in enumerate(front_ends):
        columns = [(x, values) for x, test in enumerate(tests) if (values := accuracies(runs, front_end, test))]
        x = [x + 0.1 * (place - len(front_ends) / 2) for x, _ in columns]
        means, deviations = ([measure(values) for _, values in columns] for measure in (statistics.mean, statistics.pstdev))
        left.errorbar(x, means, deviations, fmt="o", capsize=3, label=front_end)
    left.set(xticks=range(len(tests)), xticklabels=tests, ylabel="accuracy in percent", xlabel="tested on")
    left.legend(loc="lower left")
    left.grid(axis="y")
    best = max(LAYERS, key=lambda front_end: statistics.mean(unseen(runs, front_end) or accuracies(runs, front_end, "random")))
    of_best = [run["confusion"] for run in runs if run["front_end"] == best and (run["test"] != "random" or tests == ["random"])]
    draw_confusion(right, np.sum(of_best, axis=0), classes)
    right.set_title(f"{best}, in percent" if tests == ["random"] else f"{best}, on new soundfonts, in percent")
    return figure


def seconds(text: str) -> float:
    """The type of --seconds."""
    number = float(text)
    if not 0.1 <= number <= 60:
        raise argparse.ArgumentTypeError(f"{text} must be from 0.1 to 60")
    return number


def main() -> None:
    """Read the command line."""
    parser = reporting.parser(__doc__)
    parser.add_argument("--front-end", choices=[*LAYERS, *DOCUMENT], help="train this one on --data")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="a folder of sound files for each class (default: the rendered sounds)")
    parser.add_argument("--hold-out", metavar="PREFIX", help="test on the files whose name begins so (default: on a fifth that is drawn)")
    parser.add_argument("--seed", type=int, default=0, help="of the split, of the weights and of their training (default: 0)")
    parser.add_argument("--epochs", type=reporting.positive, metavar="N", help="default: 12; at most 128 for document-mel and document-cwt")
    parser.add_argument("--seconds", type=seconds, default=SECONDS, help=f"how much of each file is used (default: the first {SECONDS})")
    parser.add_argument("--predict", type=Path, nargs="+", metavar="FILE", help="print the probabilities of the classes for sound files")
    parser.add_argument("--model", type=Path, default="instruments.safetensors", metavar="FILE", help="of --predict (default: %(default)s)")
    args = parser.parse_args()
    if not args.front_end and (args.data or args.hold_out or args.epochs):
        parser.error("--data, --hold-out and --epochs need --front-end")
    if not (args.data or args.predict) and (reason := data.missing()):
        parser.error(reason)
    torch.set_num_threads(args.threads)
    try:
        if args.predict:
            predict(args.predict, args.model)
        elif args.front_end:
            train_on_folder(args)
        else:
            experiment(args)
    except librosa.ParameterError as error:
        parser.error(str(error))


if __name__ == "__main__":
    main()
