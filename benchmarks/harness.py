"""Fair timing: one process, one thread, the contestants in turn (A B C, C B A, …), and each one's
error beside its time.

Import this module first: it limits every library to one thread before any of them is loaded.
"""

import os

for variable in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS", "SPECUX_NUM_THREADS"):
    os.environ[variable] = "1"
os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
os.environ["JAX_PLATFORMS"] = "cpu"
os.environ["NNAUDIO_DISABLE_CITATION_REMINDER"] = "1"

import contextlib
import gc
import importlib
import importlib.metadata
import io
import platform
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from targets import Target

Contestants = dict[str, Callable[[], Any]]
"""Names and calls; the first is ours, to which the others are compared."""

DISTRIBUTIONS = (
    *("nnaudio_xp", "numpy", "scipy", "torch", "jax", "librosa", "nnAudio", "nnaudio2", "specux", "auvux-dsp", "fastchroma"),
    *("PyWavelets", "ssqueezepy", "fCWT"),
)

ABSENT: list[str] = []
"""Rivals that are not installed, which every table names."""


@dataclass(frozen=True)
class Race:
    """Contestants that make the same thing, and how far each is from the truth."""

    title: str
    contestants: Contestants
    errors: dict[str, float]
    error_name: str = "relative L2 error"


@dataclass(frozen=True)
class Timing:
    """Medians over the rounds, in milliseconds."""

    cpu: float
    wall: float


def optional(name: str) -> ModuleType | None:
    """A rival, if it is installed; what it prints or warns about on import is its own affair."""
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            return importlib.import_module(name)
        except ImportError:
            ABSENT.append(name.partition(".")[0])
            return None


def _calls_to_time(contestant: Callable[[], Any]) -> int:
    """How many calls take the clocks at least 20 ms; the first call, which may build kernels, does
    not count.
    """
    contestant()
    start = time.perf_counter()
    contestant()
    return 1 + int(0.02 / (time.perf_counter() - start))


def interleaved(contestants: Contestants, rounds: int) -> dict[str, Timing]:
    """Time each contestant once a round, forwards and backwards in turn, after two calls to warm
    up.
    """
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in contestants}
    calls = {name: _calls_to_time(contestant) for name, contestant in contestants.items()}
    gc.collect()
    for turn in range(rounds):
        for name in list(contestants)[:: -1 if turn % 2 else 1]:
            cpu, wall = time.process_time(), time.perf_counter()
            for _ in range(calls[name]):
                contestants[name]()
            spent[name].append(((time.process_time() - cpu) / calls[name], (time.perf_counter() - wall) / calls[name]))
    return {name: Timing(*(1e3 * statistics.median(column) for column in zip(*times, strict=True))) for name, times in spent.items()}


def error(result: Any, truth: np.ndarray) -> float:
    """Relative L2 distance to the truth, which may be of the first clips and the first columns
    only.
    """
    values = np.asarray(result.detach() if hasattr(result, "detach") else result)
    values = values[tuple(slice(size) for size in truth.shape)]
    return float(np.linalg.norm(values - truth) / np.linalg.norm(truth))


def report(race: Race, targets: list[Target], rounds: int) -> str:
    """Run a race and write its table, the verdict on each target below it."""
    times = interleaved(race.contestants, rounds)
    base = next(iter(times.values())).cpu
    lines = [f"## {race.title}", "", f"| contestant | CPU ms | wall ms | time / ours | {race.error_name} |", "|---|---|---|---|---|"]
    for name, timing in sorted(times.items(), key=lambda item: item[1].cpu):
        lines.append(f"| {name} | {timing.cpu:.4g} | {timing.wall:.4g} | {timing.cpu / base:.2f} | {race.errors[name]:.1e} |")
    lines.append("")
    for target in targets:
        if target.ours in times and target.rival in times:
            reached = times[target.rival].cpu / times[target.ours].cpu
            verdict = "reached" if reached >= target.ratio else "MISSED"
            lines.append(f"- {verdict}: {target.ours} is {reached:.2f} times as fast as {target.rival} (target {target.ratio:.2f})")
    if ABSENT:
        lines.append(f"- left out, not installed: {', '.join(ABSENT)}")
    return "\n".join(lines) + "\n"


def machine(threads: str) -> str:
    """What ran it: processor, threads, Python and the libraries."""
    models: list[str] = []
    with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="ascii", errors="ignore") as info:
        models = [line.partition(":")[2].strip() for line in info if line.startswith("model name")]
    versions = []
    for name in DISTRIBUTIONS:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions.append(f"{name} {importlib.metadata.version(name)}")
    processor = models[0] if models else platform.processor() or platform.machine()
    return f"{processor}, {os.cpu_count()} cores, {threads}; Python {platform.python_version()}, {', '.join(versions)}"
