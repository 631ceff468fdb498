"""How the time of the exact constant-Q grows: a picture."""

import statistics
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from workloads import W1

import nnaudio_xp as nax

QUESTIONS: dict[str, Sequence[Any]] = {
    "seconds": [1, 2, 5, 10, 20, 50],
    "n_bins": [12, 24, 36, 48, 60, 72, 84, 96],
    "bins_per_octave": [12, 24, 36, 48, 60],
    "hop_length": [32, 64, 128, 256, 441, 512, 1024, 2048],
}


def _milliseconds(rounds: int, seconds: float = 10, n_bins: int | None = None, bins_per_octave: int = 12, hop_length: int = 512) -> float:
    """CPU time of the magnitudes of seven octaves, unless told otherwise."""
    y = np.resize(W1.y[0], int(seconds * W1.sr))
    spent = []
    for _ in range(rounds + 1):  # the first makes the plan
        start = time.process_time()
        n_bins = 7 * bins_per_octave if n_bins is None else n_bins
        nax.cqt(y, sr=W1.sr, n_bins=n_bins, bins_per_octave=bins_per_octave, hop_length=hop_length, method="exact", power=1)
        spent.append(time.process_time() - start)
    return 1e3 * statistics.median(spent[1:])


def scaling(rounds: int, folder: Path) -> str:
    """Draw `cqt-scaling.png`, and say in a table what it shows."""
    from matplotlib.figure import Figure

    page = Figure(figsize=(12, 3), dpi=100, layout="constrained")
    lines = ["## Growth of the exact constant-Q: 10 s at 44,100 Hz, 84 bins, hop 512, but for one", "", "| | CPU ms |", "|---|---|"]
    for ax, (name, values) in zip(page.subplots(1, 4), QUESTIONS.items(), strict=True):
        times = [_milliseconds(rounds, **{name: value}) for value in values]
        ax.loglog(values, times, "o-")
        ax.set(xlabel=name, ylabel="CPU ms")
        lines += [f"| {name} = {value} | {spent:.3g} |" for value, spent in zip(values, times, strict=True)]
    folder.mkdir(parents=True, exist_ok=True)
    page.savefig(folder / "cqt-scaling.png")
    return "\n".join([*lines, ""])
