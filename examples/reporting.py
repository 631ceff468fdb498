"""What the examples share: their common arguments, runs that are not done twice, and the table and
the figure of the results.

    parser = reporting.parser(__doc__, seeds=3)
    args = parser.parse_args()
    report = reporting.Report("speed", args)
    runs = report.run(measure, [{"n_fft": n_fft, "seed": seed} for n_fft in (512, 1024) for seed in range(args.seeds)])
    report.write(reporting.table(("n_fft", "error"), ...), figure)

`measure(n_fft=..., seed=...)` returns a dictionary; `runs` is a list of dictionaries with both.
"""

import argparse
import importlib.metadata
import json
import os
import platform
import shlex
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any, NoReturn

import torch
from matplotlib.figure import Figure
from tqdm import tqdm

FULL_SIZE = Path(__file__).parent / "results"


def positive(text: str) -> int:
    """The type of an argument that counts."""
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} must be a positive integer")
    return number


class Parser(argparse.ArgumentParser):
    """An error is one line; --quick takes one seed."""

    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: error: {message}\n")

    def parse_args(self, *args: Any, **kwargs: Any) -> argparse.Namespace:
        parsed = super().parse_args(*args, **kwargs)
        parsed.seeds = parsed.seeds or (1 if parsed.quick else self.seeds)
        return parsed


def parser(description: str, seeds: int = 3) -> Parser:
    """A parser with the arguments of all examples: --quick, --seeds, --threads and --out."""
    made = Parser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    made.seeds = seeds
    made.add_argument("--quick", action="store_true", help="a small size that shows that everything runs, in half a minute")
    made.add_argument("--seeds", type=positive, metavar="N", help=f"repeat with the seeds 0 to N - 1 (default: {seeds}, with --quick 1)")
    made.add_argument("--threads", type=positive, default=1, metavar="N", help="threads of PyTorch (default: 1)")
    made.add_argument("--out", type=Path, metavar="FOLDER", help="where results go (default: examples/results; of --quick a new folder)")
    return made


class Report:
    """The results of one example: a line of JSON for every finished run, a table and a figure.

    Parameters
    ----------
    name : str
        The files' name before the dot.
    args : argparse.Namespace
        The arguments that `parser` adds.
    """

    def __init__(self, name: str, args: argparse.Namespace) -> None:
        torch.set_num_threads(args.threads)
        self.folder = args.out or (Path(tempfile.mkdtemp(prefix=f"{name}-")) if args.quick else FULL_SIZE)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.seconds = 0.0

    def path(self, suffix: str) -> Path:
        """The file of the results with this suffix."""
        return self.folder / f"{self.name}{suffix}"

    def run(self, measure: Callable[..., dict[str, Any]], grid: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
        """`measure(**settings)` for all settings of the grid that no earlier run has measured; the
        settings and the results of all, in the grid's order.
        """
        lines = self.path(".jsonl")
        stored = [json.loads(line) for line in lines.read_text("utf-8").splitlines()] if lines.exists() else []
        done = {json.dumps(line["settings"], sort_keys=True): line for line in stored}
        runs = []
        for settings in tqdm(list(grid), desc=self.name, disable=None):
            key = json.dumps(settings, sort_keys=True)
            if key not in done:
                start = time.process_time()
                measured = measure(**settings)
                done[key] = {"settings": settings, "measured": measured, "seconds": round(time.process_time() - start, 3)}
                with lines.open("a", encoding="utf-8") as file:
                    file.write(json.dumps(done[key]) + "\n")
            self.seconds += done[key]["seconds"]
            runs.append(done[key]["settings"] | done[key]["measured"])
        return runs

    def write(self, text: str, figure: Figure | None = None, libraries: Sequence[str] = ()) -> None:
        """Write the text in Markdown, below how it was made, and the figure, and print where they
        are.
        """
        figure_line = ""
        if figure is not None:
            figure.savefig(self.path(".png"), dpi=80)
            figure_line = f"![{self.name}]({self.name}.png)\n\n"
        self.path(".md").write_text(f"# {self.name}\n\n{self._how(libraries)}\n\n{figure_line}{text.strip()}\n", encoding="utf-8")
        print(self.path(".md"))

    def _how(self, libraries: Sequence[str]) -> str:
        versions = [f"{name} {importlib.metadata.version(name)}" for name in ("nnaudio_xp", "torch", "numpy", *libraries)]
        command = shlex.join(["python", f"examples/{Path(sys.argv[0]).name}", *sys.argv[1:]])
        return (
            f"`{command}`: {self.seconds / 60:.1f} minutes of processor time on {processor()}, {torch.get_num_threads()} of "
            f"{os.cpu_count()} threads; Python {platform.python_version()}, {', '.join(versions)}."
        )


def processor() -> str:
    """The processor's name, as far as the system tells."""
    cpuinfo = Path("/proc/cpuinfo")
    lines = cpuinfo.read_text("utf-8").splitlines() if cpuinfo.exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def table(header: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """A table in Markdown."""
    lines = [header, ["--"] * len(header), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


def spread(values: Sequence[float], digits: int = 1, scale: float = 1) -> str:
    """Mean and standard deviation of values, each multiplied by `scale`."""
    values = [scale * value for value in values]
    if len(values) == 1:
        return f"{values[0]:.{digits}f}"
    return f"{statistics.mean(values):.{digits}f} ± {statistics.stdev(values):.{digits}f}"
