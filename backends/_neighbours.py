"""Frames that resemble each other, on the host: nearest neighbours, matrices of them, and runs of
frames.
"""

from __future__ import annotations

import heapq
from typing import Any

import numpy as np
import scipy.sparse

from nnaudio_xp.errors import ParameterError

from ._alignment import distances

Array = np.ndarray[Any, Any]
Sparse = Any

_BLOCK = 2**18
"""Distances that are held at once."""

_METRICS = {"l1": "cityblock", "manhattan": "cityblock", "l2": "euclidean"}
"""scikit-learn's names for what SciPy calls otherwise."""


def nearest(data: Array, reference: Array, count: int, metric: Any, *, others: bool) -> tuple[Array, Array]:
    """The `count` rows of `reference` that are nearest to each row of `data`, nearest first, and how far
    they are; with `others` none is its own neighbour.
    """
    rows = max(1, _BLOCK // len(reference))
    indices, lengths = np.empty((len(data), count), np.int64), np.empty((len(data), count))
    for start in range(0, len(data), rows):
        block = slice(start, start + rows)
        found = distances(data[block], reference, _METRICS.get(metric, metric) if isinstance(metric, str) else metric)
        if others:
            own = np.arange(len(found))
            found[own, start + own] = np.inf
        near = np.argpartition(found, count - 1, axis=1)[:, :count]
        far = np.take_along_axis(found, near, axis=1)
        order = np.argsort(far, axis=1, kind="stable")
        indices[block] = np.take_along_axis(near, order, axis=1)
        lengths[block] = np.take_along_axis(far, order, axis=1)
    return indices, lengths


def _linked(near: Array, far: Array, counts: Array, k: int, size: int, mode: str, own: bool) -> Sparse:
    """The graph of the first `k` neighbours that count, with links to themselves if frames have an `own`
    one, which is -1 instead of the distance 0.
    """
    if mode != "connectivity":
        counts &= far > 0  # as for librosa, frames that are the same are not linked
    counts &= np.cumsum(counts, axis=1) <= k
    rows, _ = np.nonzero(counts)
    values = np.ones(len(rows)) if mode == "connectivity" else far[counts]
    columns = near[counts]
    if own and mode != "distance":
        diagonal = np.arange(len(near))
        rows, columns = np.concatenate([rows, diagonal]), np.concatenate([columns, diagonal])
        values = np.concatenate([values, np.full(len(near), 1.0 if mode == "connectivity" else -1.0)])
    return scipy.sparse.csr_array((values, (rows, columns)), shape=(len(near), size))


def _finished(links: Sparse, mode: str, bandwidth: Any, k: int, sparse: bool) -> Any:
    """The graph (to, from) in its mode."""
    links.sort_indices()
    if mode == "connectivity":
        links = links.astype(bool)
    elif mode == "affinity":
        links.data = np.maximum(links.data, 0)
        far = np.divide(links.data, _bandwidths(links, bandwidth, k), out=np.zeros_like(links.data), where=links.data > 0)
        links.data = np.exp(-far)
    turned = scipy.sparse.csc_array(links.T)
    return turned if sparse else turned.toarray()


def recurrence(
    data: Array, k: int, width: int, metric: Any, mode: str, bandwidth: Any, *, sym: bool, own: bool, full: bool, sparse: bool
) -> Any:
    """Which frames (time, feature) are among each other's nearest."""
    size = len(data)
    near, far = nearest(data, data, size - 1 if full else min(size - 1, k + 2 * width), metric, others=True)
    counts = np.ones(near.shape, bool) if full else np.abs(near - np.arange(size)[:, None]) >= width
    links = _linked(near, far, counts, size if full else k, size, mode, own)
    if sym:
        links = scipy.sparse.csr_array(links.minimum(links.T))
    return _finished(links, mode, bandwidth, k, sparse)


def similarity(data: Array, reference: Array, k: int, metric: Any, mode: str, bandwidth: Any, *, full: bool, sparse: bool) -> Any:
    """Which frames of a reference are among the nearest to each frame."""
    size = len(reference)
    near, far = nearest(data, reference, size if full else min(size, k), metric, others=False)
    links = _linked(near, far, np.ones(near.shape, bool), size, size, mode, own=False)
    return _finished(links, mode, bandwidth, k, sparse)


def _bandwidths(links: Sparse, bandwidth: Any, k: int) -> float | Array:
    """What distances are divided by: one number, or one for each link."""
    starts, rows = links.indptr[:-1], np.repeat(np.arange(links.shape[0]), np.diff(links.indptr))
    if isinstance(bandwidth, np.ndarray):
        own: Array = bandwidth[rows, links.indices]
        return own
    if isinstance(bandwidth, float):
        return bandwidth
    order = np.lexsort((links.data, rows))
    ordered = links.data[order]
    counts = np.minimum(np.diff(links.indptr), k)
    some = counts > 0
    if bandwidth == "med_k_scalar":
        if not some.any():
            raise ParameterError("bandwidth='med_k_scalar' cannot be found where nothing is linked")
        return float(np.median(ordered[(starts + counts - 1)[some]]))
    if not some.all():
        raise ParameterError(f"bandwidth={bandwidth!r} cannot be found: frame {int(np.argmin(some))} is linked to none")
    if bandwidth.startswith(("mean_k_avg", "gmean_k_avg")):
        first = np.arange(len(ordered)) - starts[rows] < counts[rows]
        scale = np.bincount(rows, ordered * first, len(starts)) / counts
    else:
        scale = ordered[starts + counts - 1]
    here, there = scale[rows], scale[links.indices]
    if bandwidth.startswith("gmean"):
        geometric: Array = np.sqrt(here * there)
        return geometric
    mean: Array = (here + there + links.data) / 3 if bandwidth.endswith("pair") else (here + there) / 2
    return mean


def sheared(matrix: Sparse, factor: int, axis: int, size: int) -> Sparse:
    """A sparse matrix, `size` long across `axis`, whose lines along the other axis are turned by `factor`
    more from one to the next.
    """
    points = matrix.tocoo()
    places = [points.row, points.col]
    places[1 - axis] = (places[1 - axis] + factor * places[axis].astype(np.int64)) % size
    shape = list(matrix.shape)
    shape[1 - axis] = size
    kind = scipy.sparse.coo_array if isinstance(matrix, scipy.sparse.sparray) else scipy.sparse.coo_matrix
    return kind((points.data, tuple(places)), shape=tuple(shape)).asformat(matrix.format)


def first_lines(matrix: Sparse, axis: int, count: int) -> Sparse:
    """The first lines of a sparse matrix across an axis."""
    short = matrix.tocsr()[:count] if axis == 1 else matrix.tocsc()[:, :count]
    return short.asformat(matrix.format)


def filtered(matrix: Array, kernels: list[Array], options: dict[str, Any]) -> Array:
    """The largest of the convolutions of a matrix with some kernels."""
    from scipy.ndimage import convolve

    try:
        best: Array = convolve(matrix, kernels[0], **options)
        for kernel in kernels[1:]:
            np.maximum(best, convolve(matrix, kernel, **options), out=best)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ParameterError(f"scipy.ndimage.convolve does not take {options}: {error}") from error
    return best


def chain_of_clusters(data: Array, count: int) -> list[int]:
    """The first frames of `count` runs of frames (time, feature): the two neighbours whose union adds the
    least to the squared distances from the means are united, over and over (Ward's method).
    """
    size = len(data)
    means, weights = list(data.astype(np.float64)), [1] * size
    before, after = list(range(-1, size - 1)), [*range(1, size), -1]
    firsts, alive = list(range(size)), [True] * size
    steps = np.diff(data.astype(np.float64), axis=0)
    heap = [(gain / 2, right, right - 1) for right, gain in enumerate(np.sum(steps * steps, axis=1).tolist(), start=1)]
    heapq.heapify(heap)
    for _ in range(size - count):
        while True:
            _, one, other = heapq.heappop(heap)
            if alive[one] and alive[other]:
                break
        left, right = (one, other) if firsts[one] < firsts[other] else (other, one)
        new = len(means)
        weight = weights[left] + weights[right]
        mean = (weights[left] * means[left] + weights[right] * means[right]) / weight
        alive[left] = alive[right] = False
        ends = (before[left], after[right])
        means.append(mean)
        weights.append(weight)
        firsts.append(firsts[left])
        alive.append(True)
        before.append(ends[0])
        after.append(ends[1])
        for end, links in zip(ends, (after, before), strict=True):
            if end >= 0:
                links[end] = new
                gap = mean - means[end]
                heapq.heappush(heap, (float(gap @ gap) * weight * weights[end] / (weight + weights[end]), new, end))
    return sorted(first for first, lives in zip(firsts, alive, strict=True) if lives)
