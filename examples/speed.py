"""How fast are spectrograms, beside librosa, nnAudio and torchaudio's formula?

    python examples/speed.py

As in the paper on nnAudio, 1,770 excerpts of 80,000 samples become STFTs, mel spectrograms and
constant-Q transforms, here on every array library and device that the machine has. Contestants take
turns, batch by batch; times are medians over the batches. What has to be moved to a device and back
is timed apart, and every clock waits until the device has finished.
"""

import contextlib
import importlib
import io
import math
import os
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any

import librosa
import numpy as np
import threadpoolctl
import torch
from matplotlib.figure import Figure
from tqdm import tqdm

import nnaudio_xp as nax

import data
import reporting

with contextlib.redirect_stdout(io.StringIO()):
    from nnAudio import features as nnaudio

PATIENCE = 120  # seconds: who needs longer for all clips is timed on a part of them
FRAMES = {"n_fft": 2048, "hop_length": 512, "pad_mode": "constant"}
MEL = {"sr": data.SR, "n_mels": 128, **FRAMES}
CQT = {"sr": data.SR, "hop_length": 512, "fmin": 32.70, "n_bins": 84, "pad_mode": "constant"}
LAYERS = {  # the names that nnaudio_xp and nnAudio share, and their arguments
    "STFT": {"STFT": {"output_format": "Magnitude", **FRAMES}},
    "mel spectrogram": {"MelSpectrogram": MEL},
    "constant-Q": {"CQT1992v2": CQT, "CQT2010v2": CQT},
}
FUNCTIONS = {
    "STFT": {"librosa.stft": lambda y: abs(librosa.stft(y, **FRAMES))},
    "mel spectrogram": {"librosa.feature.melspectrogram": lambda y: librosa.feature.melspectrogram(y=y, **MEL)},
    "constant-Q": {"librosa.cqt": lambda y: abs(librosa.cqt(y, **CQT)), "nnaudio_xp.cqt": lambda y: nax.cqt(y, power=1, **CQT)},
}


@dataclass(frozen=True)
class Device:
    """Where an array library computes: how transforms and NumPy's arrays get there, how results get
    back, and how to wait for them.
    """

    library: str
    name: str
    prepare: Callable[[Any], Any]
    put: Callable[[np.ndarray], Any]
    get: Callable[[Any], np.ndarray]
    wait: Callable[[Any], object]


def devices() -> Iterator[Device]:
    """All that this machine has."""
    yield Device("numpy", "CPU", same, same, same, same)
    yield Device("torch", "CPU", same, torch.from_numpy, torch.Tensor.numpy, same)
    if torch.cuda.is_available():
        yield Device(
            "torch",
            torch.cuda.get_device_name(),
            prepare=lambda layer: layer.to("cuda"),
            put=lambda y: torch.from_numpy(y).to("cuda"),
            get=lambda S: S.cpu().numpy(),
            wait=lambda S: torch.cuda.synchronize(),
        )
    with contextlib.suppress(ImportError):
        jax = importlib.import_module("jax")
        kind = jax.devices()[0].device_kind.replace("cpu", "CPU")
        yield Device("jax", kind, lambda layer: jax.jit(layer.__call__), jax.device_put, np.asarray, jax.block_until_ready)
    with contextlib.suppress(ImportError):
        cupy = importlib.import_module("cupy")
        if cupy.is_available():
            kind = cupy.cuda.runtime.getDeviceProperties(0)["name"].decode()
            yield Device("cupy", kind, same, cupy.asarray, cupy.asnumpy, lambda S: cupy.cuda.Device().synchronize())


def same(value: Any) -> Any:
    return value


class TorchaudiosFormula(torch.nn.Module):
    """What torchaudio's layers compute; torchaudio itself is not built for every PyTorch."""

    def __init__(self, transform: str) -> None:
        super().__init__()
        self.register_buffer("window", torch.hann_window(FRAMES["n_fft"]))
        bank = torch.from_numpy(librosa.filters.mel(sr=data.SR, n_fft=FRAMES["n_fft"]))
        self.register_buffer("bank", bank if transform == "mel spectrogram" else None)

    def forward(self, y: torch.Tensor) -> torch.Tensor:
        magnitudes = torch.stft(y, window=self.window, return_complex=True, **FRAMES).abs()
        return magnitudes if self.bank is None else self.bank @ magnitudes.square()


def entries(transform: str, device: Device) -> Iterator[tuple[str, Callable[[], Any]]]:
    """Who computes a transform with a device's library, and how to make it."""
    module = importlib.import_module(f"nnaudio_xp.backends.{device.library}")
    for name, arguments in LAYERS[transform].items():
        yield f"nnaudio_xp {name}", lambda: getattr(module, name)(**arguments)  # noqa: B023
        if device.library == "torch":
            yield f"nnAudio {name}", lambda: getattr(nnaudio, name)(**arguments)  # noqa: B023
    if device.library == "torch" and transform != "constant-Q":
        yield "torchaudio's formula", lambda: TorchaudiosFormula(transform)
    if device.library == "numpy":
        for name, function in FUNCTIONS[transform].items():
            yield name, lambda: function  # noqa: B023


@dataclass
class Contestant:
    """A transform on a device, the seconds that it took to be made and compiled, and those of each
    batch that it has had: on the way to the device, there, and on the way back.
    """

    name: str
    device: Device
    transform: Callable[[Any], Any]
    making: float = 0.0
    times: list[tuple[float, float, float]] = field(default_factory=list)
    every: int = 1  # of so many batches one is timed

    def run(self, batch: np.ndarray) -> tuple[float, float, float]:
        """Transform a batch, and take the times."""
        marks = [time.perf_counter()]
        array = self.device.put(batch)
        self.device.wait(array)
        marks.append(time.perf_counter())
        with torch.no_grad():
            spectrogram = self.transform(array)
        self.device.wait(spectrogram)
        marks.append(time.perf_counter())
        self.device.get(spectrogram)
        marks.append(time.perf_counter())
        return marks[1] - marks[0], marks[2] - marks[1], marks[3] - marks[2]


def contestants(transform: str, batch: np.ndarray, n_batches: int) -> Iterator[Contestant]:
    """All of them, made and warm."""
    for device in devices():
        for name, make in entries(transform, device):
            start = time.perf_counter()
            with contextlib.redirect_stdout(io.StringIO()):
                contestant = Contestant(name, device, device.prepare(make()))
            contestant.run(batch)
            first = time.perf_counter() - start
            usual = sum(contestant.run(batch))
            contestant.making = max(0.0, first - usual)
            contestant.every = math.ceil(usual * n_batches / PATIENCE)
            yield contestant


def measure(transform: str, count: int, batch: int, threads: int) -> dict[str, Any]:
    """The times of all contestants for `count` excerpts."""
    sounds, _ = data.piano_excerpts(count)
    starts = range(0, count, batch)
    racing = list(contestants(transform, np.array(sounds[:batch]), len(starts)))
    for turn, start in enumerate(tqdm(starts, desc=transform, disable=None)):
        clips = np.array(sounds[start : start + batch])
        for contestant in racing[:: -1 if turn % 2 else 1]:
            if turn % contestant.every == 0:
                contestant.times.append(contestant.run(clips))
    found = []
    for contestant in racing:
        to, seconds, back = (len(starts) * statistics.median(column) for column in zip(*contestant.times, strict=True))
        who = {"name": contestant.name, "library": contestant.device.library, "device": contestant.device.name}
        clips_timed = min(count, batch * len(contestant.times))
        found.append(who | {"making": contestant.making, "to": to, "seconds": seconds, "back": back, "clips": clips_timed})
    return {"contestants": sorted(found, key=itemgetter("seconds"))}


def results(runs: list[dict[str, Any]]) -> str:
    """The table of all times, the fastest of each transform first."""
    header = ["transform", "by", "with", "on", "s", "/ the fastest", "to the device, s", "back, s", "to be made, s", "excerpts timed"]
    rows = []
    for run in runs:
        fastest = run["contestants"][0]["seconds"]
        for found in run["contestants"]:
            times = [f"{found[part]:.2f}" for part in ("to", "back", "making")]
            ratio = f"{found['seconds'] / fastest:.1f}"
            who = [found[part] for part in ("name", "library", "device")]
            rows.append([run["transform"], *who, f"{found['seconds']:.2f}", ratio, *times, f"{found['clips']:,}"])
    return reporting.table(header, rows)


def draw(runs: list[dict[str, Any]]) -> Figure:
    """Bars of the times, transfers in grey at their ends."""
    figure = Figure((9, 8), layout="constrained")
    axes = figure.subplots(len(runs), 1, sharex=True, height_ratios=[len(run["contestants"]) for run in runs])
    for ax, run in zip(axes, runs, strict=True):
        found = run["contestants"]
        labels = [f"{one['name']} ({one['library']}, {one['device']})" for one in found]
        colours = ["tab:orange" if one["name"].startswith("nnaudio_xp") else "tab:blue" for one in found]
        seconds = [one["seconds"] for one in found]
        ax.barh(labels, seconds, color=colours)
        bars = ax.barh(labels, [one["to"] + one["back"] for one in found], left=seconds, color="0.7")
        ax.bar_label(bars, [f"{one:.3g}" for one in seconds], padding=3)
        ax.set_title(run["transform"])
        ax.invert_yaxis()
    axes[-1].set_xlabel("seconds; grey: to the device and back")
    axes[-1].margins(x=0.1)
    return figure


def main() -> None:
    """Time everything."""
    parser = reporting.parser(__doc__, seeds=1)
    args = parser.parse_args()
    if reason := data.missing():
        parser.error(reason)
    if args.threads == 1:
        os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"  # read when JAX is imported
    size = {"count": 20, "batch": 10} if args.quick else {"count": 1770, "batch": 30}
    report = reporting.Report("speed", args)
    with nax.set_num_threads(args.threads), threadpoolctl.threadpool_limits(args.threads):
        runs = report.run(measure, [{"transform": transform, "threads": args.threads, **size} for transform in LAYERS])
    text = f"""
Seconds for {size["count"]:,} excerpts of {data.EXCERPT:,} samples, in batches of {size["batch"]}: medians over the batches, times
their number."""
    jax = ["jax"] if any(device.library == "jax" for device in devices()) else []
    report.write(f"{text}\n\n{results(runs)}", draw(runs), [*jax, "librosa", "nnAudio"])


if __name__ == "__main__":
    main()
