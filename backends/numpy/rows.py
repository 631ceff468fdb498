"""Overlapping rows of a line of samples: read without a copy, multiplied, added up again, and the
magnitudes of their spectra.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]

Call = Callable[[], object]
"""One step of some work, on memory that is always the same."""

_SMALL, _FEWEST = 10**6, 16
"""Multiplications up to which OpenBLAS reads matrices where they lie, on processors with AVX-512: a
third faster than packed ones; and how few rows are worth a product of their own.
"""


def rows_of(line: Array, first: int, count: int, length: int, hop: int) -> Array:
    """A view (row, sample) of rows of `length` samples, one every `hop`, the first at `first`."""
    step = line.itemsize
    return np.ndarray((count, length), line.dtype, line.data, first * step, (hop * step, step))  # as_strided without its cost


def reached(rows: Array) -> slice:
    """The columns from the first to the last that any row does not leave zero; one, if all do."""
    return span(np.any(rows, axis=0))


def span(used: Array) -> slice:
    """The places from the first to the last that is true; one, if none is."""
    first = int(used.argmax())
    return slice(first, used.size - int(used[::-1].argmax())) if used[first] else slice(0, 1)


def is_small(matrix: Array) -> bool:
    return matrix.size * _FEWEST <= _SMALL


def multiply(rows: Array, matrix: Array, out: Array) -> Iterator[Call]:
    """A product: with a small matrix, of as many rows at once as make it a small one."""
    count, length = rows.shape
    if not count or not matrix.size:
        return
    size = -(-count // -(-count * matrix.size // _SMALL)) if is_small(matrix) else count
    whole = count // size * size
    yield partial(np.matmul, rows[:whole].reshape(-1, size, length), matrix, out[:whole].reshape(-1, size, out.shape[1]))
    if whole < count:
        yield partial(np.matmul, rows[whole:], matrix, out[whole:])


def add_rows(line: Array, first: int, rows: Array, hop: int) -> None:
    """Add rows (row, sample) to a line, the first at `first`, one every `hop` samples: all at once
    where they do not overlap.

    Few rows that overlap much are added one by one.
    """
    count, length = rows.shape
    if -(-length // hop) > count:
        for row in range(count):
            start = first + row * hop
            line[start : start + length] += rows[row]
        return
    for offset in range(0, length, hop):
        part = rows[:, offset : offset + hop]
        target = rows_of(line, first + offset, count, part.shape[1], hop)
        target += part


def to_magnitudes(spectrum: Array, power: float, out: Array) -> None:
    """Magnitudes of complex numbers (row, column) to a power. The numbers are used up."""
    if power == 2:
        parts = spectrum.view(spectrum.real.dtype)
        np.multiply(parts, parts, out=parts)
        np.add(parts[:, 0::2], parts[:, 1::2], out=out)
        return
    np.abs(spectrum, out=out)
    if power != 1:
        np.power(out, power, out=out)
