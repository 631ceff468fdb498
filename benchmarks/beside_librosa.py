"""Every function that librosa has, too, beside it: 30 s of one recording, 16 shorter clips, the most
memory, and the first call of a fresh interpreter. The calls are those of `tests/librosa_calls.py`.
"""

import contextlib
import os
import pickle
import subprocess
import sys
import tempfile
import tracemalloc
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import harness
import numpy as np

sys.path.append(str(Path(__file__).parents[1] / "tests"))
import librosa
from librosa_calls import CALLS, SR, Call, Inputs

import nnaudio_xp as nax

LONG, SHORT, CLIPS = 30 * SR, 4 * SR, 16
NOISE = 1.1
"""What a function may take of librosa's time, or memory, before the table says that it takes more."""
SMALL = 2**22
"""Memory, in bytes, that does not grow with the signal: what the loops work in."""


def single(value: Any) -> Any:
    """Arrays in single precision, as people's recordings are."""
    double = isinstance(value, np.ndarray) and value.dtype.name in ("float64", "complex128")
    return value.astype("float32" if value.dtype.kind == "f" else "complex64") if double else value


def one(call: Call) -> Inputs:
    return {name: single(value) for name, value in call.typical(np.random.default_rng(0), LONG).items()}


def batch(call: Call) -> Inputs | None:
    """The arrays of the clips on top of each other; None where there are none."""
    made = [call.typical(np.random.default_rng(seed), SHORT) for seed in range(CLIPS)]
    stacked = {name for name, value in made[0].items() if isinstance(value, np.ndarray) and value.ndim and value.dtype.kind in "fc"}
    return (
        {name: single(np.stack([clip[name] for clip in made])) if name in stacked else value for name, value in made[0].items()}
        if stacked
        else None
    )


def contestants(call: Call, given: Inputs) -> harness.Contestants:
    ours, theirs = call.function(nax), call.function(librosa)
    return {"ours": lambda: ours(**given), "librosa": lambda: theirs(**given)}


def distance(ours: Any, theirs: Any) -> float:
    """The largest difference, relative to the largest number; of the first of several results."""
    if isinstance(ours, tuple):
        return max(distance(*pair) for pair in zip(ours, theirs, strict=True))
    with contextlib.suppress(TypeError, ValueError):
        ours, theirs = np.asarray(ours, dtype=complex), np.asarray(theirs, dtype=complex)
        held = np.isfinite(theirs)
        return float(np.max(abs(ours - theirs), where=held, initial=0) / max(np.max(abs(theirs), where=held, initial=0), 1e-30))
    return 0.0 if np.array_equal(ours, theirs) else np.inf


def peak(run: Callable[[], Any]) -> int:
    """The most memory of NumPy's arrays, in bytes, that a call holds at once beyond its arguments."""
    tracemalloc.start()
    run()
    held = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return held


FIRST = """
import importlib, pickle, sys, time

given = pickle.load(open(sys.argv[3], "rb"))
start = time.perf_counter()
function = importlib.import_module(sys.argv[1])
for part in sys.argv[2].split("."):
    function = getattr(function, part)
function(**given)
print(time.perf_counter() - start)
"""


def first(call: Call, given: Inputs) -> list[float]:
    """Milliseconds of import and first call in a fresh interpreter, here and in librosa: the smallest
    of three.
    """
    with tempfile.NamedTemporaryFile() as file:
        pickle.dump(given, file)
        file.flush()
        commands = [[sys.executable, "-W", "ignore", "-c", FIRST, package, call.name, file.name] for package in ("nnaudio_xp", "librosa")]
        rounds = [[subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout for command in commands] for _ in range(3)]
    return [1e3 * min(map(float, seconds)) for seconds in zip(*rounds, strict=True)]


def row(call: Call, rounds: int) -> tuple[str, list[float], bool]:
    """A line of the table; librosa's time in units of ours; and whether ours holds more memory."""
    cells, ratios, held = [f"`{call}`"], [], [0, 0]
    for given in (one(call), batch(call)):
        pair = contestants(call, given) if given else {}
        try:
            error = distance(*(run() for run in pair.values())) if pair else 0
        except Exception:  # noqa: BLE001 - librosa's own limits: not all of its functions take batches
            pair = {}
        if not pair:
            cells += ["", "", "", ""]
            continue
        ours, theirs = (timing.cpu for timing in harness.interleaved(pair, rounds).values())
        cells += [f"{ours:.4g}", f"{theirs:.4g}", f"{theirs / ours:.2f}", f"{error:.0e}"]
        ratios.append(theirs / ours)
        held = held if any(held) else [peak(run) for run in pair.values()]
    starts = first(call, one(call))
    cells += [f"{size / 2**20:.3g}" for size in held] + [f"{start:.0f}" for start in starts]
    return f"| {' | '.join(cells)} |", [*ratios, starts[1] / starts[0]], held[0] > NOISE * held[1] + SMALL


def beside_librosa(rounds: int) -> str:
    """The table, and what is slower than librosa or misses its target."""
    warnings.simplefilter("ignore")
    head = [
        "function",
        "30 s: ours, CPU ms",
        "librosa",
        "ratio",
        "distance",
        f"{CLIPS} clips: ours",
        "librosa",
        "ratio",
        "distance",
        "peak memory: ours, MiB",
        "librosa",
        "first call: ours, ms",
        "librosa",
    ]
    lines = [f"## Beside librosa {librosa.__version__}", "", f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    verdicts = []
    wanted = os.environ.get("NNAUDIO_XP_CALLS", "").split()
    for call in CALLS:
        if wanted and call.name not in wanted:
            continue
        text, ratios, larger = row(call, rounds)
        lines.append(text)
        if larger:
            verdicts.append(f"- MORE MEMORY: `{call}`")
        if min(ratios) < 1 / NOISE:
            verdicts.append(f"- SLOWER: `{call}`, {', '.join(f'{ratio:.2f}' for ratio in ratios)} times as fast as librosa")
        elif call.speed > 1:
            reached = "reached" if ratios[0] >= call.speed else "MISSED"
            verdicts.append(f"- {reached}: `{call}` is {ratios[0]:.2f} times as fast as librosa (target {call.speed:g})")
    return "\n".join([*lines, "", *verdicts, ""])
