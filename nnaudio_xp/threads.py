"""How many threads the hot loops may use on the CPU. Numbers never depend on it."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from types import TracebackType

from .errors import as_integer

__all__ = ["get_num_threads", "set_num_threads"]

_chosen: int | None = None
_here: ContextVar[int | None] = ContextVar("nnaudio_xp_threads", default=None)


def _bound_to() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _asked_for() -> float:
    """The first number of OMP_NUM_THREADS, which may hold one for each level of nesting."""
    try:
        number = int(os.environ.get("OMP_NUM_THREADS", "").partition(",")[0])
    except ValueError:
        return math.inf
    return number if number > 0 else math.inf


def _quota(root: Path) -> float:
    """How many processors' time a container may use: what control groups, version 2 or 1, say."""
    try:
        quota, period = (root / "cpu.max").read_text(encoding="ascii").split()
    except (OSError, ValueError):
        try:
            quota, period = ((root / "cpu" / f"cpu.cfs_{name}_us").read_text(encoding="ascii") for name in ("quota", "period"))
        except (OSError, ValueError):
            return math.inf
    try:
        processors = int(quota) / int(period)
    except (ValueError, ZeroDivisionError):  # "max" is no limit
        return math.inf
    return processors if processors > 0 else math.inf  # nor is -1


@cache
def _own_quota() -> float:
    return _quota(Path("/sys/fs/cgroup"))


def _available() -> int:
    return math.ceil(min(_bound_to(), _asked_for(), _own_quota()))


def get_num_threads() -> int:
    """The number of threads the CPU loops use: what was set, else the smallest of the processors
    that the process may run on, the container's quota and the environment's OMP_NUM_THREADS.

    Returns
    -------
    int

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.get_num_threads() >= 1
    True
    """
    return _here.get() or _chosen or _available()


@contextmanager
def threads_of_caller(n: int) -> Iterator[None]:
    """Within the block and this thread, as many as a library that has a setting of its own says."""
    token = _here.set(n)
    try:
        yield
    finally:
        _here.reset(token)


class set_num_threads:
    """Set the number of threads of the CPU loops, for good or as a context manager for a block.

    PyTorch tensors follow `torch.set_num_threads` instead.

    Parameters
    ----------
    n : int > 0 or None
        How many threads; None for the default, which `get_num_threads` describes.

    Raises
    ------
    ParameterError
        If `n` is neither a positive integer nor None.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> with nax.set_num_threads(1):
    ...     nax.get_num_threads()
    1
    """

    def __init__(self, n: int | None) -> None:
        global _chosen
        self._before = _chosen
        _chosen = None if n is None else as_integer("n", n)

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        global _chosen
        _chosen = self._before
