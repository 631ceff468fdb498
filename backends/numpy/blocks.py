"""Work in shares: the loops over clips and blocks, on as many threads as the process may use, and
the memory that they work in.
"""

from __future__ import annotations

import math
import os
import threading
import weakref
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from functools import wraps
from typing import Any, TypeVar

import numpy as np

from nnaudio_xp.threads import get_num_threads

from .._blas import one_blas_thread

R = TypeVar("R")

Block = tuple[tuple[int, ...], int, int]
"""The index of a clip, and the first and last (not included) frame."""

_pool: ThreadPoolExecutor | None = None


def _forget_pool() -> None:
    global _pool
    _pool = None


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget_pool)  # a forked child has none of its parent's threads


_FEW = 2**11
"""Samples whose products BLAS takes at one thread by itself: OpenBLAS those of up to 2**18
multiplications.
"""


def share_out(work: Callable[[Sequence[Any]], None], jobs: Sequence[Any], samples: int, *, native: bool = False) -> None:
    """Run `work` on shares of the jobs, on several threads if there is enough to do. BLAS
    starts none of its own below them; `native` work calls neither it nor NumPy's functions.
    """
    global _pool
    count = min(len(jobs), max(1, samples // 2**17))
    count = count if count <= 1 else min(count, get_num_threads())

    def quietly(share: Sequence[Any]) -> None:
        if native:
            work(share)
            return
        # infinities of tensors, which NumPy's own signals have not
        with np.errstate(all="ignore"), one_blas_thread() if samples >= _FEW else nullcontext():
            work(share)

    if count <= 1:
        quietly(jobs)
        return
    if _pool is None:
        _pool = ThreadPoolExecutor(thread_name_prefix="nnaudio_xp", max_workers=os.cpu_count())
    shares = [jobs[len(jobs) * k // count : len(jobs) * (k + 1) // count] for k in range(count)]
    waiting = [_pool.submit(quietly, share) for share in shares[1:]]
    quietly(shares[0])
    for share in waiting:
        share.result()


def blocks_of(batch: tuple[int, ...], n_frames: int, size: int) -> list[Block]:
    """Every clip's frames in blocks of a size that depends on nothing but the clip's shape."""
    return [(clip, start, min(start + size, n_frames)) for clip in np.ndindex(batch) for start in range(0, n_frames, size)]


_MOST_KEPT = 2**22
"""Bytes of one scratch array that are kept from call to call."""

_kept = threading.local()


def scratch(name: str, shape: tuple[int, ...], dtype: Any) -> np.ndarray[Any, Any]:
    """An array that holds what was left there under this name in this thread: fresh pages cost more
    than writing on them.
    """
    size, precision = math.prod(shape), np.dtype(dtype)
    buffers: dict[tuple[str, str], np.ndarray[Any, Any]] = _kept.__dict__.setdefault("buffers", {})
    buffer = buffers.get((name, precision.char))
    if buffer is None or buffer.size < size:
        buffer = np.empty(size, precision)
        if buffer.nbytes > _MOST_KEPT:
            return buffer.reshape(shape)
        buffers[name, precision.char] = buffer
    return buffer[:size].reshape(shape)


def once_a_constant(make: Callable[[np.ndarray[Any, Any]], R]) -> Callable[[np.ndarray[Any, Any]], R]:
    """Keep what a function makes of an array that cannot be written to, as long as the array lives."""
    known: dict[int, tuple[weakref.ref[np.ndarray[Any, Any]], R]] = {}  # by the arrays' `id`

    @wraps(make)
    def made(array: np.ndarray[Any, Any]) -> R:
        if array.flags.writeable:
            return make(array)
        entry = known.get(id(array))
        if entry is not None and entry[0]() is array:
            return entry[1]
        result = make(array)
        known[id(array)] = weakref.ref(array), result
        for dead in [key for key, (other, _) in list(known.items()) if other() is None]:
            known.pop(dead, None)
        return result

    return made
