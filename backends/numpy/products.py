"""Products of frames with kernels, and of magnitudes with filter banks, without what is zero in
these.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

import numpy as np

from nnaudio_xp import ops
from nnaudio_xp.geometry import Framing

from .._register import for_numpy as native
from .blocks import Block, blocks_of, once_a_constant, scratch, share_out
from .clips import block_frames, frames_of, ready
from .results import result
from .rows import Array, is_small, multiply, reached, span

_BAND_ROWS = 16
"""Rows of a filter bank multiplied at once, over the columns that are not zero in any of them."""

_WIDE_COLUMNS = 256
"""Columns up to which a matrix that is one group, as of cosines or of a fit, is multiplied in double precision: that takes
little beside what made the values, and leaves nothing of the rounding of sums that cancel.
"""

Groups = list[tuple[slice, slice, Array]]


@once_a_constant
def column_groups(bank: Array) -> Groups:
    """A bank (bands, frequency) in groups of rows, each with the columns it does not leave empty
    and its product matrix.
    """
    n_bands, n_freqs = bank.shape
    used = np.zeros((-(-n_bands // _BAND_ROWS) * _BAND_ROWS, n_freqs), bool)
    np.not_equal(bank, 0, out=used[:n_bands])
    spans = map(span, np.any(used.reshape(-1, _BAND_ROWS, n_freqs), axis=1))
    groups: Groups = []
    for first, columns in zip(range(0, n_bands, _BAND_ROWS), spans, strict=True):
        rows = slice(first, min(first + _BAND_ROWS, n_bands))
        if groups and groups[-1][1] == columns:  # those of a matrix without zeros are one
            rows = slice(groups.pop()[0].start, rows.stop)
        groups.append((rows, columns, bank[rows, columns].T))
    if len(groups) == 1 and n_freqs <= _WIDE_COLUMNS:
        ((rows, columns, matrix),) = groups
        return [(rows, columns, matrix.astype(np.float64))]
    return groups


def multiply_bands(values: Array, groups: Groups, out: Array) -> None:
    for rows, columns, matrix in groups:
        np.matmul(values[:, columns], matrix, out=out[:, rows])


@native(ops.banded)
def banded(values: Array, bank: Array, *, xp: ModuleType) -> Array:
    out = result((*values.shape[:-1], bank.shape[0]), np.result_type(values, bank))
    groups = column_groups(bank)

    def work(clips: Sequence[tuple[int, ...]]) -> None:
        for clip in clips:
            multiply_bands(values[clip], groups, out[clip])

    share_out(work, list(np.ndindex(values.shape[:-2])), values.size * max(1, bank.shape[0] // _BAND_ROWS))
    return out


@native(ops.correlate)
def correlate(x: Array, kernels: Array, framing: Framing, *, xp: ModuleType) -> Array:
    x, framing = ready(x, framing)
    n_frames = framing.n_frames(x.shape[-1])
    size = block_frames(framing, n_frames)
    out = result((*x.shape[:-1], n_frames, kernels.shape[0]), np.result_type(x, kernels))
    inside, matrix = slice(None), kernels.T
    if is_small(kernels):  # a large one is not worth looking through, nor copying
        inside = reached(kernels)
        matrix = np.ascontiguousarray(matrix[inside])

    def work(share: Sequence[Block]) -> None:
        block = scratch("frames", (size, matrix.shape[0]), x.dtype)  # BLAS takes no overlapping rows
        for clip, start, stop in share:
            np.copyto(block[: stop - start], frames_of(x[clip], framing, start, stop)[:, inside])
            for call in multiply(block[: stop - start], matrix, out[clip][start:stop]):
                call()

    share_out(work, blocks_of(x.shape[:-1], n_frames, size), out.size * framing.n_fft)
    return out
