"""The structure of a recording: which of its frames are alike, and where its parts begin."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps
from itertools import pairwise
from typing import Any

from . import ops
from ._backends import at_full_precision, backend_module
from ._namespace import Array, check_digits, check_on_host, host, is_array, namespace
from .errors import ParameterError, as_integer, as_positive, one_of, shown
from .kernels.diagonals import diagonal_kernel

__all__ = [
    "agglomerative",
    "cross_similarity",
    "lag_to_recurrence",
    "path_enhance",
    "recurrence_matrix",
    "recurrence_to_lag",
    "subsegment",
    "timelag_filter",
]

MODES = ("connectivity", "distance", "affinity")
BANDWIDTHS = ("med_k_scalar", "mean_k", "gmean_k", "mean_k_avg", "gmean_k_avg", "mean_k_avg_and_pair")


def _neighbours() -> Any:
    return backend_module("_neighbours")


def _frames(name: str, data: Any, axis: Any = -1) -> Array:
    """Frames (time, feature) along an axis of an array."""
    array = check_on_host(data, name=name)
    if not host.isdtype(array.dtype, ("bool", "real floating", "integral")) or 0 in array.shape:
        raise ParameterError(f"{name} has shape {array.shape} and dtype {array.dtype}: it must hold real numbers")
    array = host.reshape(array, (1, -1)) if array.ndim < 2 else array
    axis = one_of("axis", axis, range(-array.ndim, array.ndim)) % array.ndim
    order = list(range(array.ndim))
    order[0], order[axis] = axis, 0
    array = host.permute_dims(array, tuple(order))
    array = host.permute_dims(array, (0, *range(array.ndim - 1, 0, -1)))  # features in librosa's order
    return host.reshape(array, (array.shape[0], -1))


def _bandwidth(value: Any, shape: tuple[int, int]) -> Any:
    """The checked bandwidth of affinities, for links (from, to)."""
    if value is None:
        return BANDWIDTHS[0]
    if isinstance(value, str):
        return one_of("bandwidth", value, BANDWIDTHS)
    if is_array(value) and value.ndim:
        array = check_on_host(value, name="bandwidth")
        if array.shape != shape or not host.all(array > 0):
            raise ParameterError(f"bandwidth of shape {array.shape} must have shape {shape} and be positive everywhere")
        return array
    return as_positive("bandwidth", value)


def recurrence_matrix(
    data: Array,
    *,
    k: int | None = None,
    width: int = 1,
    metric: Any = "euclidean",
    sym: bool = False,
    sparse: bool = False,
    mode: str = "connectivity",
    bandwidth: Any = None,
    self: bool = False,
    axis: int = -1,
    full: bool = False,
) -> Any:
    """Which frames of a sequence are alike: entry (i, j) is not zero if frame i is among the nearest
    neighbours of frame j. It runs on NumPy alone.

    Parameters
    ----------
    data : array [shape=(..., n)], real
        A sequence of features.
    k : int > 0 or None
        Neighbours of each frame; ``2 * ceil(sqrt(n - 2 * width + 1))`` by default.
    width : int, 1 <= width < (n - 1) // 2
        Frames that are less than this apart are not linked, but with `full`.
    metric : str or callable
        A metric of ``scipy.spatial.distance.cdist``.
    sym : bool
        Whether only those are linked that are among each other's neighbours.
    sparse : bool
        Whether to return a sparse matrix of SciPy's.
    mode : 'connectivity', 'distance' or 'affinity'
        Whether links are True, distances, or ``exp(-distance / bandwidth)``.
    bandwidth : None, str, float > 0 or array [shape=(n, n)]
        Of affinities. 'med_k_scalar' (the default) is the median of the distances to the k-th
        neighbours. Others take both frames of a link: the mean ('mean_k') or the geometric mean
        ('gmean_k') of these distances; the same of the mean distances to all k neighbours
        ('mean_k_avg', 'gmean_k_avg'); or the mean of these and of the distance of both
        ('mean_k_avg_and_pair').
    self : bool
        Whether frames are linked with themselves.
    axis : int
        The axis of time.
    full : bool
        Whether all frames are linked, in the modes with numbers.

    Returns
    -------
    array [shape=(n, n)], bool or float64; with `sparse` a ``scipy.sparse.csc_array``
        Frames that are the same have no link in the modes with numbers, as in librosa. In the mode
        'connectivity' neighbours are the nearest ones; librosa leaves out some of them, by the order
        in which a sort leaves equal numbers.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and where a bandwidth cannot be found.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.segment.recurrence_matrix(np.array([0.0, 5, 9, 0.1, 5.2, 9.3]), k=1).astype(int).tolist()[:2]
    [[0, 0, 0, 1, 0, 0], [0, 0, 0, 0, 1, 0]]
    """
    frames = _frames("data", data, axis)
    size = frames.shape[0]
    width = as_integer("width", width)
    if width >= (size - 1) // 2:
        raise ParameterError(f"width={width} must be less than half of the {size} frames: {(size - 1) // 2}")
    mode = one_of("mode", mode, MODES)
    count = 2 * math.ceil(math.sqrt(size - 2 * width + 1)) if k is None else as_integer("k", k)
    return _neighbours().recurrence(
        frames,
        count,
        width,
        metric,
        mode,
        _bandwidth(bandwidth, (size, size)),
        sym=bool(sym),
        own=bool(self),
        full=bool(full) and mode != "connectivity",
        sparse=bool(sparse),
    )


def cross_similarity(
    data: Array,
    data_ref: Array,
    *,
    k: int | None = None,
    metric: Any = "euclidean",
    sparse: bool = False,
    mode: str = "connectivity",
    bandwidth: Any = None,
    full: bool = False,
) -> Any:
    """Which frames of two sequences are alike: entry (i, j) is not zero if frame i of the reference is
    among the nearest to frame j. It runs on NumPy alone.

    Parameters
    ----------
    data, data_ref : array [shape=(..., n)] and [shape=(..., m)], real
        Two sequences of the same features.
    k : int > 0 or None
        Neighbours of each frame; ``2 * ceil(sqrt(m))`` by default.
    metric, sparse, mode
        As for `recurrence_matrix`.
    bandwidth
        As for `recurrence_matrix`; an array has the shape (n, m).
    full : bool
        Whether all frames are linked, in the modes with numbers. librosa links no more than n.

    Returns
    -------
    array [shape=(m, n)], bool or float64; with `sparse` a ``scipy.sparse.csc_array``
        Frames that are the same have no link in the modes with numbers, as in librosa.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and where a bandwidth cannot be found.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.segment.cross_similarity(np.array([0.1, 5.2]), np.array([0.0, 5, 9]), k=1).astype(int).tolist()
    [[1, 0], [0, 1], [0, 0]]
    """
    shapes = [check_on_host(values, name=name).shape[:-1] for name, values in (("data", data), ("data_ref", data_ref))]
    frames, reference = _frames("data", data), _frames("data_ref", data_ref)
    if frames.shape[1] != reference.shape[1] or (all(shapes) and shapes[0] != shapes[1]):
        raise ParameterError(f"data and data_ref must have the same features: they have shapes {shapes[0]} and {shapes[1]}")
    mode = one_of("mode", mode, MODES)
    size = reference.shape[0]
    count = min(size, 2 * math.ceil(math.sqrt(size))) if k is None else as_integer("k", k)
    full = bool(full) and mode != "connectivity"
    bandwidth = _bandwidth(bandwidth, (frames.shape[0], size))
    return _neighbours().similarity(frames, reference, count, metric, mode, bandwidth, full=full, sparse=bool(sparse))


def _is_sparse(matrix: Any) -> bool:
    return hasattr(matrix, "tocoo") and hasattr(matrix, "format")


def _sheared(matrix: Array, factor: int, axis: int) -> Array:
    """Lines along the other axis, each turned by `factor` places more than the one before."""
    xp = namespace(matrix)
    if axis == 0:
        return ops.turned(matrix, factor, xp=xp)
    return xp.matrix_transpose(ops.turned(xp.matrix_transpose(matrix), factor, xp=xp))


def _matrix(name: str, matrix: Any) -> Any:
    """Matrices as they are, or as NumPy's."""
    array = matrix if _is_sparse(matrix) or is_array(matrix) else check_on_host(matrix, name=name)
    if not _is_sparse(array):
        check_digits(array, name=name)
    if array.ndim < 2 or 0 in array.shape[-2:]:
        raise ParameterError(f"{name} has shape {tuple(array.shape)}: it must be a matrix")
    return array


@at_full_precision
def recurrence_to_lag(rec: Array, *, pad: bool = True, axis: int = -1) -> Array:
    """A matrix of frames that are alike, by the time between them: entry (l, j) is that of the frames j
    + l and j, counted round.

    Parameters
    ----------
    rec : array [shape=(..., n, n)] or sparse matrix of SciPy's
        Such as `recurrence_matrix` gives.
    pad : bool
        Whether n zeros are put behind, so that negative lags are not those of the beginning.
    axis : 0, 1 or -1
        The matrices' axis that stays time; the other one becomes lag.

    Returns
    -------
    array [shape=(..., 2 * n, n) with `pad`, else (..., n, n); transposed for axis=0]
        In the input's library and dtype, or its kind of sparse matrix.

    Raises
    ------
    ParameterError
        If the matrix is not square.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.segment.recurrence_to_lag(np.array([[0, 1], [2, 3]]), pad=False).tolist()
    [[0, 3], [2, 1]]
    """
    axis = one_of("axis", axis, (0, 1, -1)) % 2
    matrix = _matrix("rec", rec)
    size = matrix.shape[-1]
    if matrix.shape[-2] != size:
        raise ParameterError(f"rec has shape {tuple(matrix.shape)}: it must be square")
    if _is_sparse(matrix):
        return _neighbours().sheared(matrix, -1, axis, 2 * size if pad else size)
    if pad:
        xp = namespace(matrix)
        matrix = xp.concat([matrix, xp.zeros_like(matrix)], axis=-1 - axis)
    return _sheared(matrix, -1, axis)


@at_full_precision
def lag_to_recurrence(lag: Array, *, axis: int = -1) -> Array:
    """The inverse of `recurrence_to_lag`.

    Parameters
    ----------
    lag : array [shape=(..., 2 * n, n) or (..., n, n); transposed for axis=0] or sparse matrix of SciPy's
        As `recurrence_to_lag` gives it.
    axis : 0, 1 or -1
        The matrices' axis of time.

    Returns
    -------
    array [shape=(..., n, n)]
        In the input's library and dtype, or its kind of sparse matrix.

    Raises
    ------
    ParameterError
        If the matrix has another shape.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.segment.lag_to_recurrence(np.array([[0, 3], [2, 1]])).tolist()
    [[0, 1], [2, 3]]
    """
    axis = one_of("axis", axis, (0, 1, -1)) % 2
    matrix = _matrix("lag", lag)
    size, lags = matrix.shape[axis - 2], matrix.shape[-1 - axis]
    if lags not in (size, 2 * size):
        raise ParameterError(f"lag has shape {tuple(matrix.shape)}: it must have as many lags as frames, or twice as many")
    if _is_sparse(matrix):
        return _neighbours().first_lines(_neighbours().sheared(matrix, 1, axis, lags), axis, size)
    rec = _sheared(matrix, 1, axis)
    return rec[..., :size, :] if axis == 1 else rec[..., :size]


def timelag_filter(function: Callable[..., Any], pad: bool = True, index: int = 0) -> Callable[..., Any]:
    """A filter of matrices that works on lags rather than on frames.

    Parameters
    ----------
    function : callable
        A filter, such as ``scipy.ndimage.median_filter``.
    pad : bool
        As for `recurrence_to_lag`.
    index : int
        Which of the function's arguments is the matrix.

    Returns
    -------
    callable
        Called as the function is: the matrix goes through `recurrence_to_lag`, the result through
        `lag_to_recurrence`.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> shifted = nax.segment.timelag_filter(lambda lag: np.roll(lag, 1, axis=0))
    >>> shifted(np.eye(3)).tolist()
    [[0.0, 0.0, 0.0], [1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    place = as_integer("index", index, minimum=0)

    @wraps(function)
    def filtered(*args: Any, **kwargs: Any) -> Any:
        given = list(args)
        given[place] = recurrence_to_lag(given[place], pad=pad)
        return lag_to_recurrence(function(*given, **kwargs))

    return filtered


def path_enhance(
    R: Array,
    n: int,
    *,
    window: Any = "hann",
    max_ratio: float = 2.0,
    min_ratio: float | None = None,
    n_filters: int = 7,
    zero_mean: bool = False,
    clip: bool = True,
    **kwargs: Any,
) -> Array:
    """Smooth a matrix of similarities along diagonals of several slopes, and keep the largest: parts that
    come again, also at another tempo, stand out. It runs on NumPy alone.

    Parameters
    ----------
    R : array [shape=(..., n, m)], real
        Similarities.
    n : int > 0
        Length of the filters.
    window : str, tuple, number or callable
        As for `nnaudio_xp.filters.get_window`.
    max_ratio, min_ratio : float > 0
        The largest and the smallest ratio of tempi; the smallest is ``1 / max_ratio`` by default.
    n_filters : int > 0
        How many ratios, evenly spaced on a logarithmic scale.
    zero_mean : bool
        Whether filters sum to 0, which makes blocks fade.
    clip : bool
        Whether what is negative becomes 0.
    **kwargs
        As for ``scipy.ndimage.convolve``.

    Returns
    -------
    array [shape=(..., n, m)], real
        In the dtype of `R`.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> float(nax.segment.path_enhance(np.eye(9), 5, window="ones")[4, 4])
    1.0
    """
    largest = as_positive("max_ratio", max_ratio)
    smallest = 1 / largest if min_ratio is None else as_positive("min_ratio", min_ratio)
    if smallest > largest:
        raise ParameterError(f"min_ratio={smallest:g} must be at most max_ratio={largest:g}")
    matrix = check_on_host(R, name="R")
    if matrix.ndim < 2 or 0 in matrix.shape or not host.isdtype(matrix.dtype, ("bool", "real floating", "integral")):
        raise ParameterError(f"R has shape {matrix.shape} and dtype {matrix.dtype}: it must be a matrix of real numbers")
    kernels = []
    for exponent in host.linspace(math.log2(smallest), math.log2(largest), as_integer("n_filters", n_filters)).tolist():
        kernel = diagonal_kernel(window=window, n=n, slope=2**exponent, angle=None, zero_mean=zero_mean)
        kernels.append(host.reshape(kernel, (*[1] * (matrix.ndim - 2), *kernel.shape)))
    smooth = _neighbours().filtered(matrix, kernels, kwargs)
    return host.maximum(smooth, 0) if clip else smooth


def subsegment(data: Array, frames: Array, *, n_segments: int = 4, axis: int = -1) -> Array:
    """Divide each of some segments by `agglomerative`. It runs on NumPy alone.

    Parameters
    ----------
    data : array, real
        A sequence of features.
    frames : array [shape=(k,)], integer
        Where segments begin.
    n_segments : int > 0
        Into how many parts each is divided, if it is not shorter.
    axis : int
        The axis of time.

    Returns
    -------
    array [shape=(parts,)], integer
        Where parts begin, 0 first.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.segment.subsegment(np.array([0, 0, 5, 5, 1, 1, 7, 7]), [4], n_segments=2).tolist()
    [0, 2, 4, 6]
    """
    count, rows = as_integer("n_segments", n_segments), _frames("data", data, axis)
    given = check_on_host(frames, name="frames")
    if given.ndim != 1 or not (host.isdtype(given.dtype, "integral") or given.size == 0) or host.any(given < 0):
        raise ParameterError(f"frames={shown(frames)} must be integers that are not negative")
    size = rows.shape[0]
    edges = sorted({0, size, *(min(int(frame), size) for frame in given.tolist())})
    parts = pairwise(edges)
    return host.asarray([a + start for a, b in parts for start in _neighbours().chain_of_clusters(rows[a:b, :], min(b - a, count))])


def agglomerative(data: Array, k: int, *, clusterer: Any = None, axis: int = -1) -> Array:
    """Divide a sequence into segments within which it changes little: neighbours are united until k
    segments are left, each time those whose union adds the least to the squared distances from the
    means (Ward's method). It runs on NumPy alone.

    Parameters
    ----------
    data : array, real
        A sequence of features.
    k : int, 0 < k <= frames
        How many segments.
    clusterer : object or None
        Anything like a clustering of scikit-learn's, to use instead: it has ``fit(frames)``, and
        ``labels_`` afterwards.
    axis : int
        The axis of time.

    Returns
    -------
    array [shape=(k,)], integer
        Where segments begin, 0 first.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.segment.agglomerative(np.array([0.0, 0, 5, 5, 1, 1, 7, 7]), 4).tolist()
    [0, 2, 4, 6]
    """
    frames = _frames("data", data, axis)
    if clusterer is not None:
        clusterer.fit(frames)
        labels = host.asarray(clusterer.labels_)
        return host.concat([host.asarray([0]), 1 + host.nonzero(labels[1:] != labels[:-1])[0]])
    count = as_integer("k", k)
    if count > frames.shape[0]:
        raise ParameterError(f"k={k!r} must be at most the {frames.shape[0]} frames")
    return host.asarray(_neighbours().chain_of_clusters(frames, count))
