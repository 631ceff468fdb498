"""Running medians: networks of minima and maxima on blocks that stay in the cache."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

import numpy as np

from nnaudio_xp import ops
from nnaudio_xp.kernels.networks import Network, running_rank

from .._register import for_numpy as native
from .blocks import scratch, share_out
from .rows import Array

_GROUPS, _SLOT = 64, 2**14
"""Groups of windows in a block, and numbers in one of its slots: 64 KiB of float32, some 60 slots
for windows of 31.
"""

Job = tuple[tuple[int, ...], slice, slice]
"""The index of a clip, groups of windows, and lines along which the medians run."""


@native(ops.median_filter)
def median_filter(x: Array, size: int, *, axis: int, xp: ModuleType) -> Array:
    network = running_rank(size, size // 2)
    out = np.empty_like(x)
    lines, results = (array if axis == -2 else array.swapaxes(-1, -2) for array in (x, out))  # windows run along the last axis but one
    *batch, n, count = lines.shape
    jobs = list(_jobs(tuple(batch), -(-n // network.group), count))

    def work(share: Sequence[Job]) -> None:
        for clip, groups, across in share:
            _medians(lines[clip][:, across], results[clip][:, across], size, network, groups)

    share_out(work, jobs, 8 * x.size)
    return out


def _jobs(batch: tuple[int, ...], groups: int, count: int) -> list[Job]:
    height = -(-groups // -(-groups // _GROUPS))
    width = max(1, min(count, _SLOT // height))
    return [
        (clip, slice(first, min(first + height, groups)), slice(across, across + width))
        for clip in np.ndindex(batch)
        for first in range(0, groups, height)
        for across in range(0, count, width)
    ]


def _medians(lines: Array, out: Array, size: int, network: Network, groups: slice) -> None:
    """Medians of some groups of windows of lines (position, line)."""
    group, width, height = network.group, lines.shape[1], groups.stop - groups.start
    first = groups.start * group - size // 2
    rows = scratch("rows", ((height + (size - 2) // group + 1) * group, width), lines.dtype)
    _copy(lines, first, rows)
    folded = rows.reshape(-1, group, width)
    spare = scratch("slots", (network.slots - network.inputs, height, width), lines.dtype)
    slots = [folded[k // group : k // group + height, k % group] for k in range(network.inputs)] + list(spare)
    for larger, a, b, target in network.steps:
        (np.maximum if larger else np.minimum)(slots[a], slots[b], out=slots[target])
    for k, result in enumerate(network.results):
        part = out[groups.start * group + k : groups.stop * group : group]
        part[...] = slots[result][: part.shape[0]]


def _copy(lines: Array, first: int, rows: Array) -> None:
    """Positions from the first on, those outside mirrored."""
    n, last = lines.shape[0], first + rows.shape[0]
    begin, end = min(max(first, 0), last), max(min(last, n), 0)
    rows[begin - first : end - first] = lines[begin:end]
    for margin, start in ((rows[: begin - first], first), (rows[end - first :], end)):
        margin[...] = lines[ops.padding_indices(np.arange(start, start + margin.shape[0]), n, "symmetric", xp=np)]
