"""How many threads the hot loops may use on the CPU. Numbers never depend on it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from types import TracebackType

from .errors import as_integer

__all__ = ["get_num_threads", "set_num_threads"]

_chosen: int | None = None
_here: ContextVar[int | None] = ContextVar("nnaudio_xp_threads", default=None)


def _available() -> int:
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def get_num_threads() -> int:
    """The number of threads the CPU loops use: what was set, else as many as the process may run
    on.

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
        How many threads; None for as many as the process may run on, the default.

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
