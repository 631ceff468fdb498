"""Fair timing: one process, one thread, the contestants in turn (A B C, C B A, …), and each one's error beside its time.

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

Contestants = dict[str, Callable[[], Any]]

OURS, OURS_TORCH, OURS_JAX = "nnaudio_xp, NumPy", "nnaudio_xp, PyTorch", "nnaudio_xp, JAX"

DISTRIBUTIONS = ("nnaudio_xp", "numpy", "scipy", "torch", "jax", "librosa", "nnAudio", "nnaudio2", "specux", "auvux-dsp")

ABSENT: list[str] = []
"""Rivals that are not installed, which every table names."""


@dataclass(frozen=True)
class Target:
    """What is to be reached: `ours` in at most 1 / `ratio` of the time of `rival`."""

    ours: str
    rival: str
    ratio: float


AS_FAST_ON_TORCH = Target(OURS_TORCH, OURS, 1 / 1.15)
"""The same loops run on both, so tensors may cost a little dispatch and nothing else."""


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


def interleaved(contestants: Contestants, rounds: int) -> dict[str, Timing]:
    """Time each contestant once a round, forwards and backwards in turn, after one call to warm up."""
    spent: dict[str, list[tuple[float, float]]] = {name: [] for name in contestants}
    for contestant in contestants.values():
        contestant()
    gc.collect()
    for turn in range(rounds):
        for name in list(contestants)[:: -1 if turn % 2 else 1]:
            cpu, wall = time.process_time(), time.perf_counter()
            contestants[name]()
            spent[name].append((time.process_time() - cpu, time.perf_counter() - wall))
    return {name: Timing(*(1e3 * statistics.median(column) for column in zip(*times, strict=True))) for name, times in spent.items()}


def error(result: Any, truth: np.ndarray) -> float:
    """Relative L2 distance to the truth, which may be of the first clips and the first columns only."""
    values = np.asarray(result.detach() if hasattr(result, "detach") else result)
    values = values[tuple(slice(size) for size in truth.shape)]
    return float(np.linalg.norm(values - truth) / np.linalg.norm(truth))


def report(
    title: str,
    contestants: Contestants,
    errors: dict[str, float],
    targets: list[Target],
    rounds: int,
    error_name: str = "relative L2 error",
) -> str:
    """Run a race and write its table, the verdict on each target below it."""
    times = interleaved(contestants, rounds)
    base = next(iter(times.values())).cpu
    lines = [f"## {title}", "", f"| contestant | CPU ms | wall ms | time / ours | {error_name} |", "|---|---|---|---|---|"]
    for name, timing in sorted(times.items(), key=lambda item: item[1].cpu):
        shown = f"{errors[name]:.1e}" if name in errors else ""
        lines.append(f"| {name} | {timing.cpu:.4g} | {timing.wall:.4g} | {timing.cpu / base:.2f} | {shown} |")
    lines.append("")
    for target in targets:
        if target.ours in times and target.rival in times:
            reached = times[target.rival].cpu / times[target.ours].cpu
            verdict = "reached" if reached >= target.ratio else "MISSED"
            lines.append(f"- {verdict}: {target.ours} is {reached:.2f} times as fast as {target.rival} (target {target.ratio:.2f})")
    if ABSENT:
        lines.append(f"- left out, not installed: {', '.join(ABSENT)}")
    return "\n".join(lines) + "\n"


def machine() -> str:
    """What ran it: processor, Python and the libraries."""
    models: list[str] = []
    with contextlib.suppress(OSError), open("/proc/cpuinfo", encoding="ascii", errors="ignore") as info:
        models = [line.partition(":")[2].strip() for line in info if line.startswith("model name")]
    versions = []
    for name in DISTRIBUTIONS:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            versions.append(f"{name} {importlib.metadata.version(name)}")
    processor = models[0] if models else platform.processor() or platform.machine()
    return f"{processor}, {os.cpu_count()} cores, one thread; Python {platform.python_version()}, {', '.join(versions)}"
