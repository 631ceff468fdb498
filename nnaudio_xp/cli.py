"""The command `nnaudio-xp`: pictures of audio files, and what is installed.

Whatever the user can put right is one line on standard error and exit status 2.
"""

from __future__ import annotations

import argparse
import importlib
import platform
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import nnaudio_xp as nax

from . import plots
from ._backends import backend_module
from ._namespace import Array
from .errors import ParameterError, as_number, as_positive

PLOT_HELP = """\
examples:
  nnaudio-xp plot song.wav --transform mel -o mel.png
  nnaudio-xp plot song.flac --transform stft,mel,mfcc --offset 30 --duration 10 -o song.pdf
  nnaudio-xp plot song.ogg --transform logstft --n-fft 8192 --fmin 30 --fmax 4000
"""

PICTURE_FORMATS = (".png", ".jpg", ".pdf", ".svg")

OPTIONS = {
    "n_fft": (int, "samples per frame (default: 2048)"),
    "hop_length": (int, "samples from one frame to the next (default: 512)"),
    "freq_bins": (int, "rows of logstft (default: n_fft // 2 + 1)"),
    "n_mels": (int, "mel bands of mel and mfcc (default: 128)"),
    "n_mfcc": (int, "coefficients of mfcc (default: 20)"),
    "n_bins": (int, "bins of cqt and vqt (default: all up to half the sampling rate)"),
    "bins_per_octave": (int, "bins per octave of cqt and vqt (default: 24)"),
    "fmin": (float, "lowest frequency (default: 50 for logstft, 0 for mel and mfcc, C1 = 32.7 for cqt and vqt)"),
    "fmax": (float, "highest frequency of logstft, mel and mfcc (default: half the sampling rate)"),
    "gamma": (float, "bandwidth that vqt adds to each bin (default: as hearing does)"),
}
"""What the user may say about the transforms: the options of `nnaudio_xp.plots.TRANSFORMS`, with
their type and meaning.
"""


class CommandError(Exception):
    """What went wrong, in one line for the user."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message} (see {self.prog} --help)\n")


def _transforms(text: str) -> list[str]:
    """The transforms in a comma-separated list, 'all' for every one."""
    names = list(plots.TRANSFORMS) if text == "all" else text.split(",")
    for name in names:
        if name not in plots.TRANSFORMS:
            raise argparse.ArgumentTypeError(f"unknown transform {name!r}: choose from {', '.join(plots.TRANSFORMS)} or all")
    return names


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="nnaudio-xp", description="Time-frequency pictures of audio files.")
    parser.add_argument("--version", action="version", version=f"nnaudio-xp {nax.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="command")

    plot = commands.add_parser(
        "plot",
        help="draw transforms of an audio file",
        description="Draw transforms of an audio file (WAV, FLAC, OGG, MP3, ...), on NumPy. Several channels are averaged to one.",
        epilog=PLOT_HELP,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    plot.set_defaults(run=_plot)
    plot.add_argument("file", type=Path, help="the audio file")
    names = ", ".join(plots.TRANSFORMS)
    plot.add_argument(
        "-t", "--transform", type=_transforms, default=["mel"], metavar="NAME[,NAME...]", help=f"{names} or all (default: mel)"
    )
    plot.add_argument(
        "-o", "--output", type=Path, metavar="PICTURE", help=f"{', '.join(PICTURE_FORMATS)} (default: the file's name with .png, here)"
    )
    plot.add_argument("--offset", type=float, default=0.0, metavar="SECONDS", help="where to start (default: 0)")
    plot.add_argument("--duration", type=float, metavar="SECONDS", help="how much to draw (default: to the end)")
    options = plot.add_argument_group("options of the transforms")
    for name, (kind, meaning) in OPTIONS.items():
        options.add_argument(f"--{name.replace('_', '-')}", type=kind, metavar="HZ" if kind is float else "N", help=meaning)

    backends = commands.add_parser(
        "backends",
        help="list the array libraries installed here",
        description="List the array libraries that nnaudio-xp runs on: which are installed, their versions and the devices they find.",
        epilog="example:\n  nnaudio-xp backends",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    backends.set_defaults(run=_backends)
    return parser


def _require(module: str) -> Any:
    """A module of the extra `cli`."""
    try:
        return importlib.import_module(module)
    except (ImportError, OSError) as error:
        name = module.partition(".")[0]
        raise CommandError(f"this command needs {name} ({error}): pip install 'nnaudio_xp[cli]'") from error


def _read(path: Path, *, offset: float, duration: float | None) -> tuple[Array, int]:
    """The samples of a stretch of an audio file, its channels averaged, and its sampling rate."""
    soundfile = _require("soundfile")
    start = as_number("offset", offset, minimum=0)
    length = None if duration is None else as_positive("duration", duration)
    if path.is_dir():
        raise CommandError(f"{path} is a directory: it must be an audio file")
    try:
        with path.open("rb") as stream, soundfile.SoundFile(stream) as audio:
            sr = audio.samplerate
            first = min(round(start * sr), audio.frames)
            audio.seek(first)
            channels = audio.read(-1 if length is None else round(length * sr), dtype="float32", always_2d=True)
    except OSError as error:
        raise CommandError(f"cannot read {path}: {error.strerror or error}") from error
    except soundfile.SoundFileError as error:
        raise CommandError(f"cannot read {path}: not an audio file of a known format, or broken") from error
    if not len(channels):
        where = f" from {start:g} s on" if start else ""
        raise CommandError(f"{path} holds no samples{where}")
    return channels.mean(axis=1), sr


def _shown(path: Path) -> str:
    """A path as text that any stream and font takes: bytes that are no text become question
    marks.
    """
    return str(path).encode(errors="replace").decode()


def _plot(arguments: argparse.Namespace) -> str:
    _require("matplotlib.figure")
    y, sr = _read(arguments.file, offset=arguments.offset, duration=arguments.duration)
    output = arguments.output or Path(f"{arguments.file.stem}.png")
    if output.suffix.lower() not in PICTURE_FORMATS:
        raise CommandError(f"cannot write {output}: its name must end in one of {', '.join(PICTURE_FORMATS)}")
    options = {name: value for name in OPTIONS if (value := getattr(arguments, name)) is not None}
    figure = plots.figure(
        y, sr=sr, transforms=arguments.transform, title=_shown(Path(arguments.file.name)), offset=arguments.offset, **options
    )
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph")  # the file's name may use a script that the font lacks
            figure.savefig(output)
    except OSError as error:
        raise CommandError(f"cannot write {output}: {error.strerror or error}") from error
    return f"wrote {_shown(output.resolve())}"


def _backends(arguments: argparse.Namespace) -> str:
    _inventory = backend_module("_inventory")
    found = _inventory.inventory()
    width = max(len(library.version) for library in found)
    lines = [f"nnaudio_xp {nax.__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"]
    lines += [f"{library.name:<7}{library.version:<{width + 2}}{library.problem or ', '.join(library.devices)}" for library in found]
    return "\n".join([*lines, f"default: {_inventory.DEFAULT}, for audio files, lists and numbers; an array stays in its own library"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (default: the process's own), and return its exit
    status.
    """
    parser = _parser()
    chosen = parser.parse_args(arguments)
    with warnings.catch_warnings(record=True) as caught:
        try:
            result, status = chosen.run(chosen), 0
        except (CommandError, ParameterError) as error:
            result, status = f"{parser.prog}: error: {error}", 2
    for message in dict.fromkeys(str(warning.message) for warning in caught):
        print(f"{parser.prog}: warning: {message}", file=sys.stderr)
    print(result, file=sys.stderr if status else sys.stdout)
    return status
