"""Recursive filters by SciPy, in float64, which goes through the numbers one by one."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np

from nnaudio_xp import ops

from .._register import for_numpy as native
from .blocks import scratch
from .rows import Array

_MANY = 64
"""Rows of a clip of which a step of all together costs less than all steps of one after the other."""


def _together(rows: Array, coef: Array, out: Array) -> None:
    """Write the leaky sums of rows (row, time), one time after the other, in memory that stays."""
    n_rows, n_times = rows.shape
    count = -(-n_rows * n_times // 2**20)
    for block in range(count):
        part = slice(n_rows * block // count, n_rows * (block + 1) // count)
        columns = scratch("leaky sums", (n_times, part.stop - part.start), rows.dtype)
        columns[...] = rows[part].T
        state = np.zeros(columns.shape[1])
        for column in columns:
            state *= coef[part]
            state += column
            column[:] = state
        out[part] = columns.T


@native(ops.leaky_sum)
def leaky_sum(x: Array, coef: Any, *, xp: ModuleType) -> Array:
    if x.ndim > 1 and x.shape[-2] >= _MANY:
        sums, coefs = np.empty(x.shape, x.dtype), np.broadcast_to(coef, (*x.shape[:-1], 1))
        for clip in np.ndindex(x.shape[:-2]):
            _together(x[clip], coefs[clip][:, 0].astype(np.float64), sums[clip])
        return sums
    from scipy.signal import lfilter  # takes a third of a second to import

    sums = np.empty(x.shape, x.dtype)
    if np.size(coef) == 1:
        sums[...] = lfilter([1.0], [1.0, -np.asarray(coef).item()], x) if x.size else x
        return sums
    coefs = np.broadcast_to(coef, (*x.shape[:-1], 1))
    for row in np.ndindex(x.shape[:-1]):
        sums[row] = lfilter([1.0], [1.0, -float(coefs[row][0])], x[row])
    return sums


@native(ops.zero_phase)
def zero_phase(x: Array, sections: Any, *, xp: ModuleType) -> Array:
    from scipy.signal import sosfiltfilt

    if not x.size:
        return x.copy()
    filtered: Array = sosfiltfilt(np.asarray(sections), x)
    return filtered.astype(x.dtype, copy=False)


@native(ops.band_energies)
def band_energies(signals: tuple[Array, ...], bands: tuple[ops.Band, ...], n_frames: int, *, xp: ModuleType) -> Array:
    """On one thread: SciPy's sections hold the interpreter's lock."""
    energies = np.empty((*signals[0].shape[:-1], len(bands), n_frames), signals[0].dtype)
    for number, band in enumerate(bands):
        for clip in np.ndindex(energies.shape[:-2]):
            filtered = _filtered(signals[band.signal][clip], band)
            energies[(*clip, number)] = band.gain * _sums_of_squares(filtered, band.starts(n_frames), band.width)
    return energies


def _filtered(line: Array, band: ops.Band) -> Array:
    from scipy.signal import filtfilt, sosfiltfilt

    filtered: Array = filtfilt(*band.sections, line) if band.direct else sosfiltfilt(np.asarray(band.sections), line)
    return filtered


def _sums_of_squares(line: Array, starts: Array, width: int) -> Array:
    """Of frames of a line that overlap: what lies between where any of them begins or ends is added up
    once.
    """
    ends = starts + width
    squares = np.zeros(max(line.size, int(ends[-1])) + 1, np.float64)
    np.multiply(line, line, out=squares[: line.size])
    cuts = np.unique(np.concatenate([starts, ends]))
    pieces = np.append(np.add.reduceat(squares, cuts), 0.0)
    bounds = np.stack([np.searchsorted(cuts, starts), np.searchsorted(cuts, ends)], axis=1)
    sums: Array = np.add.reduceat(pieces, bounds.ravel())[::2]
    return sums
