"""Memory of large results, used again once the arrays that had it are gone: a system takes longer
to hand out fresh pages than the transforms take to fill them.
"""

from __future__ import annotations

import math
import threading
from typing import Any

import numpy as np

from nnaudio_xp.memory import get_pool_limit

from .rows import Array

SMALLEST = 2**22
"""Bytes from which memory is kept: allocators keep less by themselves."""

LARGER = 5 / 4
"""How many times larger than a result the memory may be that it is given."""


class _Pool:
    """Memory that is free: the least recently freed comes first."""

    def __init__(self) -> None:
        self._lock, self._free = threading.Lock(), list[Array]()

    def take(self, size: int) -> Array:
        """Memory of at least so many bytes."""
        with self._lock:
            fitting = [k for k, memory in enumerate(self._free) if size <= memory.nbytes <= LARGER * size]
            if fitting:
                return self._free.pop(min(fitting, key=lambda k: self._free[k].nbytes))
        return np.empty(size, np.uint8)

    def give_back(self, memory: Array) -> None:
        # never waits: a garbage collection may call this in a thread that has the lock
        if self._lock.acquire(blocking=False):
            try:
                self._free.append(memory)
                self._drop_beyond(get_pool_limit())
            finally:
                self._lock.release()

    def drop_beyond(self, limit: int) -> None:
        with self._lock:
            self._drop_beyond(limit)

    def _drop_beyond(self, limit: int) -> None:
        while sum(memory.nbytes for memory in self._free) > limit:
            self._free.pop(0)


pool = _Pool()


class _Lent:
    """What an array is based on that has memory of the pool; this goes back with the last such
    array.
    """

    def __init__(self, memory: Array) -> None:
        self._memory, self._pool, self.__array_interface__ = memory, pool, memory.__array_interface__

    def __del__(self) -> None:
        self._pool.give_back(self._memory)


def result(shape: tuple[int, ...], dtype: Any) -> Array:
    """An array to be filled."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    if not SMALLEST <= size <= get_pool_limit():
        return np.empty(shape, dtype)
    array: Array = np.asarray(_Lent(pool.take(size)))[:size].view(dtype).reshape(shape)
    return array
