"""BLAS at one thread: in the loops, whose threads are ours, and wherever numbers must not depend on
how many there are.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from threadpoolctl import OpenBLASController, ThreadpoolController

Limit = tuple[Any, int]
"""A library, and how many threads it had."""

_libraries: tuple[list[Any], list[Any]] | None = None
_inside = 0
_shared_limits: list[Limit] = []
_lock = threading.Lock()


def _forget() -> None:
    """A forked child has none of the threads that were inside, nor their locks."""
    global _inside, _lock
    _lock, _inside = threading.Lock(), 0
    _restore(_shared_limits)


def _found() -> tuple[list[Any], list[Any]]:
    """The BLAS libraries whose setting is each thread's own, and those whose setting all threads
    share. PyTorch's own is none of them: it is part of PyTorch.
    """
    global _libraries
    if _libraries is None:
        found = ThreadpoolController().select(user_api="blas").lib_controllers
        own = [library for library in found if library.internal_api == "mkl" or getattr(library, "threading_layer", None) == "openmp"]
        _libraries = own, [library for library in found if library not in own]
    return _libraries


def _limit(libraries: list[Any]) -> list[Limit]:
    limits = [(library, before) for library in libraries if (before := library.num_threads) and before > 1]
    _set([(library, 1) for library, _ in limits])
    return limits


def _restore(limits: list[Limit]) -> None:
    _set(limits)
    limits.clear()


def _set(limits: list[Limit]) -> None:
    """threadpoolctl lets one thread alone set OpenBLAS's number; here the last of several threads
    sets back what the first one set.
    """
    if limits:
        OpenBLASController.clear_controlling_thread(force=True)
        for library, number in limits:
            library.set_num_threads(number)
        OpenBLASController.clear_controlling_thread(force=True)


@contextmanager
def one_blas_thread() -> Iterator[None]:
    """Within the block, BLAS starts no threads; of a setting that all threads share, until the last
    of them is out. That costs some 10 µs.
    """
    global _inside
    own, shared = _found()
    with _lock:
        if not _inside:
            _shared_limits.extend(_limit(shared))
        _inside += 1
    before = _limit(own)
    try:
        yield
    finally:
        _restore(before)
        with _lock:
            _inside -= 1
            if not _inside:
                _restore(_shared_limits)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
