"""The command `nnaudio-xp`: pictures of audio files, and what is installed.

Whatever the user can put right is one line on standard error and exit status 2.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import platform
import sys
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, BinaryIO, NoReturn, TextIO

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
  ffmpeg -i film.mkv -f wav - | nnaudio-xp plot - -o film.png
"""

PICTURE_FORMATS = (".png", ".jpg", ".pdf", ".svg")  # matplotlib writes more, which its list says

OPTIONS = {
    "n_fft": (int, "samples per frame (default: 2048)"),
    "hop_length": (int, "samples from one frame to the next (default: 512; for cwt and ssq less where the signal is short)"),
    "freq_bins": (int, "rows of logstft (default: n_fft // 2 + 1)"),
    "n_mels": (int, "mel bands of mel and mfcc (default: 128)"),
    "n_mfcc": (int, "coefficients of mfcc (default: 20)"),
    "n_bins": (int, "bins of cqt, vqt, cwt and ssq (default: all up to half the sampling rate)"),
    "bins_per_octave": (int, "bins per octave of cqt, vqt, cwt and ssq (default: 24)"),
    "fmin": (float, "lowest frequency (default: 50 for logstft, 0 for mel and mfcc, C1 = 32.7 for cqt, vqt, cwt and ssq)"),
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
        self.exit(2, f"{self.prog}: error: {_one_line(message)} (see {self.prog} --help)\n")

    def _print_message(self, message: str, file: Any = None) -> None:
        _say(message, file or sys.stderr)


def _one_line(text: str) -> str:
    """The text, with escapes in the place of line ends and of all else that cannot be shown."""
    return "".join(letter if letter.isprintable() else letter.encode("unicode_escape").decode() for letter in text)


def _say(text: str, stream: TextIO | None) -> None:
    """Write to a stream that may be closed, and may lack letters: those are escaped.

    A reader that has gone wants no more, which is no error.
    """
    if stream is None:
        return
    encoding = stream.encoding or "utf-8"
    try:
        stream.write(text.encode(encoding, errors="backslashreplace").decode(encoding))
        stream.flush()
    except OSError as error:
        with open(os.devnull, "w") as nowhere:  # where Python writes the rest when the process ends
            os.dup2(nowhere.fileno(), stream.fileno())
        if not isinstance(error, BrokenPipeError) and stream is not sys.stderr:
            raise CommandError(f"cannot write to standard output: {error.strerror}") from error


def _transforms(text: str) -> list[str]:
    """The transforms in a comma-separated list, 'all' for every one."""
    names = list(plots.TRANSFORMS) if text == "all" else text.split(",")
    for name in names:
        if name not in plots.TRANSFORMS:
            raise argparse.ArgumentTypeError(f"unknown transform {name!r}: choose from {', '.join(plots.TRANSFORMS)} or all")
    return names


def _audio(text: str) -> Path | None:
    """The audio file; None for standard input. A file of the name - can be given as ./-."""
    return None if text == "-" else Path(text)


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
    plot.add_argument("file", type=_audio, help="the audio file, or - for standard input")
    names = ", ".join(plots.TRANSFORMS)
    plot.add_argument(
        "-t", "--transform", type=_transforms, default=["mel"], metavar="NAME[,NAME...]", help=f"{names} or all (default: mel)"
    )
    plot.add_argument(
        "-o",
        "--output",
        type=Path,
        metavar="PICTURE",
        help=f"{', '.join(PICTURE_FORMATS)} or what else matplotlib writes (default: the file's name with .png, here; stdin.png for -)",
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


def _named(file: Path | None) -> str:
    return "standard input" if file is None else str(file)


def _opened(file: Path | None) -> BinaryIO:
    """The bytes of a file, from where they can be read in any order: those of a pipe are read as a
    whole.
    """
    if file is None:
        if sys.stdin is None:
            raise CommandError("standard input is closed: it must be an audio file")
        stream = os.fdopen(os.dup(sys.stdin.fileno()), "rb")
    else:
        stream = file.open("rb")
    if stream.seekable():
        return stream
    with stream:
        if stream.isatty():
            raise CommandError(f"{_named(file)} is a terminal: it must be an audio file")
        content = stream.read()
    if not content:
        raise CommandError(f"{_named(file)} is empty: it must be an audio file")
    return io.BytesIO(content)


def _read(file: Path | None, *, offset: float, duration: float | None) -> tuple[Array, int]:
    """The samples of a stretch of an audio file, its channels averaged, and its sampling rate."""
    soundfile = _require("soundfile")
    start = as_number("offset", offset, minimum=0)
    length = None if duration is None else as_positive("duration", duration)
    try:
        if file and file.is_dir():
            raise CommandError(f"{file} is a directory: it must be an audio file")
        with _opened(file) as stream, soundfile.SoundFile(stream) as audio:
            sr = audio.samplerate
            audio.seek(round(min(start * sr, audio.frames)))
            count = -1 if length is None else round(min(length * sr, audio.frames))
            channels = audio.read(count, dtype="float32", always_2d=True)
    except OSError as error:
        raise CommandError(f"cannot read {_named(file)}: {error.strerror or error}") from error
    except (soundfile.SoundFileError, TypeError) as error:  # the latter for .raw, which has no header
        raise CommandError(f"cannot read {_named(file)}: not an audio file of a known format, or broken") from error
    if not len(channels):
        where = f" from {start:g} s on" if start else ""
        raise CommandError(f"{_named(file)} holds no samples{where}")
    return channels.mean(axis=1, dtype="float64").astype("float32"), sr


def _check_format(output: Path) -> None:
    """Raise unless matplotlib writes what the name says."""
    kinds = _require("matplotlib.backend_bases").FigureCanvasBase.get_supported_filetypes()
    formats = list(dict.fromkeys([*PICTURE_FORMATS, *(f".{kind}" for kind in sorted(kinds))]))
    if output.suffix.lower() not in formats:
        raise CommandError(f"cannot write {output}: its name must end in one of {', '.join(formats)}")


def _check_apart(output: Path, file: Path | None) -> None:
    """Raise if the picture would replace the audio."""
    try:
        audio = os.stat(sys.stdin.fileno() if file is None else file)
        same = os.path.samestat(audio, output.stat())
    except (OSError, AttributeError):  # one of them is not there, or standard input is closed
        return
    if same:
        raise CommandError(f"cannot write {output}: it is the audio file; say with -o where the picture goes")


def _plot(arguments: argparse.Namespace) -> str:
    _require("matplotlib.figure")
    file: Path | None = arguments.file
    name = "stdin" if file is None else file.name
    if arguments.output:
        _check_format(arguments.output)
    output = arguments.output or Path(f"{Path(name).stem}.png")
    _check_apart(output, file)
    y, sr = _read(file, offset=arguments.offset, duration=arguments.duration)
    options = {name: value for name in OPTIONS if (value := getattr(arguments, name)) is not None}
    title = name.encode(errors="replace").decode()  # bytes that are no text become question marks, which every font has
    figure = plots.figure(y, sr=sr, transforms=arguments.transform, title=title, offset=arguments.offset, **options)
    picture = io.BytesIO()
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message="Glyph")  # the file's name may use a script that the font lacks
            figure.savefig(picture, format=output.suffix[1:].lower())
        output.write_bytes(picture.getbuffer())
    except OSError as error:
        raise CommandError(f"cannot write {output}: {error.strerror or error}") from error
    except RuntimeError as error:  # a format may need a program that is missing
        raise CommandError(f"cannot write {output}: {error}") from error
    return f"wrote {_one_line(str(output.resolve()))}"


def _backends(arguments: argparse.Namespace) -> str:
    _inventory = backend_module("_inventory")
    found = _inventory.inventory()
    width = max(len(library.version) for library in found)
    lines = [f"nnaudio_xp {nax.__version__}, Python {platform.python_version()}, {platform.system()} {platform.machine()}"]
    lines += [f"{library.name:<7}{library.version:<{width + 2}}{library.problem or ', '.join(library.devices)}" for library in found]
    lines.append(f"native loops: {nax.get_native_loops()}")
    return "\n".join([*lines, f"default: {_inventory.DEFAULT}, for audio files, lists and numbers; an array stays in its own library"])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (default: the process's own), and return its exit
    status.
    """
    parser = _parser()
    failure = ""
    with warnings.catch_warnings(record=True) as caught:
        try:
            chosen = parser.parse_args(arguments)
            _say(f"{chosen.run(chosen)}\n", sys.stdout)
        except (CommandError, ParameterError) as error:
            failure = str(error)
    for message in dict.fromkeys(str(warning.message) for warning in caught):
        _say(f"{parser.prog}: warning: {_one_line(message)}\n", sys.stderr)
    if failure:
        _say(f"{parser.prog}: error: {_one_line(failure)}\n", sys.stderr)
    return 2 if failure else 0
