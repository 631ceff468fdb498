"""Two sequences beside each other: dynamic time warping, and recurrence quantification."""

from __future__ import annotations

import math
from typing import Any

from .._backends import backend_module
from .._namespace import Array, check_on_host, host
from ..errors import ParameterError, as_integer, as_number, shown

DEFAULT_STEPS = ((1, 1), (0, 1), (1, 0))


def _alignment() -> Any:
    return backend_module("_alignment")


def _frames(name: str, values: Any) -> Array:
    """A sequence (feature, ..., time) as a matrix (time, feature)."""
    array = check_on_host(values, name=name)
    if array.ndim == 0:
        raise ParameterError(f"{name}={values!r} must be a sequence (feature, time)")
    array = host.reshape(array, (1, -1)) if array.ndim == 1 else array
    array = host.permute_dims(array, (array.ndim - 1, *range(array.ndim - 2, -1, -1)))  # features in librosa's order
    return host.reshape(array, (array.shape[0], -1))


def _steps(step_sizes_sigma: Any) -> list[tuple[int, int]]:
    """Steps (rows, columns) of a path."""
    array = check_on_host(step_sizes_sigma, name="step_sizes_sigma")
    if array.ndim != 2 or array.shape[0] == 0 or array.shape[1] != 2 or not host.isdtype(array.dtype, "integral"):
        raise ParameterError(f"step_sizes_sigma={shown(step_sizes_sigma)} must be integers of shape (steps, 2)")
    if host.any(array < 0) or not host.all(host.any(array > 0, axis=1)):
        raise ParameterError(f"step_sizes_sigma={shown(step_sizes_sigma)} must not be negative, nor (0, 0)")
    return [(a, b) for a, b in array.tolist()]


def _weights(name: str, values: Any, count: int, default: float) -> list[float]:
    if values is None:
        return [default] * count
    array = check_on_host(values, name=name)
    if array.shape != (count,):
        raise ParameterError(f"{name}={shown(values)} must have a number for each of the {count} steps")
    return [float(value) for value in array.tolist()]


def dtw(
    X: Array | None = None,
    Y: Array | None = None,
    *,
    C: Array | None = None,
    metric: Any = "euclidean",
    step_sizes_sigma: Array | None = None,
    weights_add: Array | None = None,
    weights_mul: Array | None = None,
    subseq: bool = False,
    backtrack: bool = True,
    global_constraints: bool = False,
    band_rad: float = 0.25,
    return_steps: bool = False,
) -> Any:
    r"""Dynamic time warping: the path through a matrix of costs that aligns two sequences best.

    The accumulated cost of a path to a cell is the least over the steps (a, b) that lead there:

    .. math:: D_{ij} = \min_{a, b}\; D_{i-a, j-b} + w^{mul}_{ab} C_{ij} + w^{add}_{ab}

    as Müller describes it in "Fundamentals of Music Processing", chapter 3. It runs on NumPy alone.

    Parameters
    ----------
    X, Y : array [shape=(..., n)] and [shape=(..., m)]
        Two sequences of features; a vector is a sequence of numbers. Either both or `C` must be given.
    C : array [shape=(n, m)]
        Costs to use instead.
    metric : str or callable
        The cost of two frames: a metric of ``scipy.spatial.distance.cdist``.
    step_sizes_sigma : array [shape=(steps, 2)], integer
        The steps (rows, columns) of a path; (1, 1), (0, 1) and (1, 0) by default.
    weights_add, weights_mul : array [shape=(steps,)]
        What is added to the cost of a cell that is reached by each step, and what it is multiplied
        with; 0 and 1 by default.
    subseq : bool
        Whether the shorter sequence may lie anywhere within the longer one. The matrix is transposed
        if `X` is the longer.
    backtrack : bool
        Whether to return the path.
    global_constraints : bool
        Whether paths are kept near the diagonal.
    band_rad : float >= 0
        How near, as a share of the shorter sequence.
    return_steps : bool
        Whether to return by which step each cell is reached.

    Returns
    -------
    D : array [shape=(n, m)], float64
        Accumulated costs.
    wp : array [shape=(k, 2)], integer
        With `backtrack`: the path's cells, from its end to its beginning.
    steps : array [shape=(n, m)], int32
        With `return_steps`: numbers of steps. With `step_sizes_sigma` they count the three default
        steps before these, as librosa's do.

    Raises
    ------
    ParameterError
        On arguments that do not fit, costs that are NaN, and if no path leads to the end.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> D, wp = nax.sequence.dtw(np.array([0.0, 1, 3]), np.array([0.0, 0, 1, 3]))
    >>> float(D[-1, -1]), wp.tolist()
    (0.0, [[2, 3], [1, 2], [0, 1], [0, 0]])
    """
    steps, mul, add = _weighted_steps(step_sizes_sigma, weights_mul, weights_add)
    radius = as_number("band_rad", band_rad, minimum=0)
    costs, swapped = _costs(X, Y, C, metric, subseq)
    if global_constraints:
        outside = _alignment().outside_band(costs.shape, radius)
        costs = host.where(outside, host.inf, costs)
    warping = _alignment().Warping(costs, steps, mul, add, bool(subseq))
    result = [warping.total]
    if backtrack:
        path = host.asarray(_path(warping, bool(subseq)))
        result.append(host.flip(path, axis=1) if swapped else path)
    if return_steps:
        result.append(warping.came_by())
    return result[0] if len(result) == 1 else tuple(result)


def _weighted_steps(sizes: Any, weights_mul: Any, weights_add: Any) -> tuple[list[tuple[int, int]], list[float], list[float]]:
    """Steps with what costs are multiplied with and what is added: librosa's come first, without effect
    beside others.
    """
    steps = list(DEFAULT_STEPS) if sizes is None else _steps(sizes)
    mul, add = _weights("weights_mul", weights_mul, len(steps), 1.0), _weights("weights_add", weights_add, len(steps), 0.0)
    if sizes is None:
        return steps, mul, add
    never = [host.inf] * len(DEFAULT_STEPS)
    return [*DEFAULT_STEPS, *steps], [*never, *mul], [*never, *add]


def _costs(X: Any, Y: Any, C: Any, metric: Any, subseq: bool) -> tuple[Array, bool]:
    """The matrix of costs, and whether the columns of a path through it are to be swapped."""
    if (C is None) == (X is None and Y is None) or (C is None and (X is None or Y is None)):
        raise ParameterError("either X and Y or C must be given")
    if C is None:
        a, b = _frames("X", X), _frames("Y", Y)
        costs = _alignment().distances(a, b, metric)
        swapped = bool(subseq) and a.shape[0] > b.shape[0]
        costs = costs.T if swapped else costs
    else:
        costs = check_on_host(C, name="C")
        costs = host.reshape(costs, (1, -1)) if costs.ndim < 2 else costs
        swapped = bool(subseq) and costs.shape[0] > costs.shape[-1]
    if costs.ndim != 2 or 0 in costs.shape or not host.isdtype(costs.dtype, ("bool", "real floating", "integral")):
        raise ParameterError(f"C has shape {costs.shape} and dtype {costs.dtype}: it must be a matrix of real numbers")
    costs = host.ascontiguousarray(costs, dtype=host.float64)
    if host.isnan(host.min(costs)):
        raise ParameterError("C has NaN: costs must be numbers")
    return costs, swapped


def _path(warping: Any, anywhere: bool) -> list[tuple[int, int]]:
    """The cells of the best path to the last row or cell."""
    total = warping.total
    rows, columns = total.shape
    end = (rows - 1, int(host.argmin(total[-1, :])) if anywhere else columns - 1)
    if host.isinf(total[end]):
        raise ParameterError("no path leads to the end with these steps: allow others, or a wider band")
    path: list[tuple[int, int]] = warping.path(end, anywhere)
    if not anywhere and path[-1] != (0, 0):
        raise ParameterError("no path leads from the beginning to the end with these steps: subseq=True may find one that begins later")
    return path


def dtw_backtracking(steps: Array, *, step_sizes_sigma: Array | None = None, subseq: bool = False, start: int | None = None) -> Array:
    """The path of `dtw` back from a cell, by the steps that it returns. It runs on NumPy alone.

    Parameters
    ----------
    steps : array [shape=(n, m)], integer
        As `dtw` returns them.
    step_sizes_sigma : array [shape=(steps, 2)], integer
        As for `dtw`.
    subseq : bool
        Whether the path ends in the first row, rather than in the first cell.
    start : int, 0 <= start < m
        With `subseq`: the column of the last row in which to begin; by default the last one.

    Returns
    -------
    array [shape=(k, 2)], integer
        The path's cells, from its end to its beginning.

    Raises
    ------
    ParameterError
        If `start` is given without `subseq`, or lies outside.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> D, steps = nax.sequence.dtw(np.array([0.0, 1, 3]), np.array([0.0, 0, 1, 3]), backtrack=False, return_steps=True)
    >>> nax.sequence.dtw_backtracking(steps).tolist()
    [[2, 3], [1, 2], [0, 1], [0, 0]]
    """
    if not subseq and start is not None:
        raise ParameterError(f"start={start!r} must be None with subseq=False")
    numbers = check_on_host(steps, name="steps")
    if numbers.ndim != 2 or 0 in numbers.shape or not host.isdtype(numbers.dtype, "integral"):
        raise ParameterError(f"steps has shape {numbers.shape} and dtype {numbers.dtype}: it must be a matrix of integers")
    sizes = list(DEFAULT_STEPS) if step_sizes_sigma is None else [*DEFAULT_STEPS, *_steps(step_sizes_sigma)]
    if not (host.min(numbers) >= 0 and host.max(numbers) < len(sizes)):
        raise ParameterError(f"steps must be numbers of the {len(sizes)} steps")
    column = numbers.shape[1] - 1 if start is None else as_integer("start", start, minimum=0)
    if column >= numbers.shape[1]:
        raise ParameterError(f"start={start!r} must be less than {numbers.shape[1]}")
    return host.asarray(_alignment().follow(numbers.item, sizes, (numbers.shape[0] - 1, column), bool(subseq)))


def path_to_steps(path: Array, *, inverse: bool = False) -> Array:
    """The frames of one sequence that the frames of the other lie at along a path: times at which
    `nnaudio_xp.phase_vocoder` plays the first with the timing of the second. It runs on NumPy alone.

    Parameters
    ----------
    path : array [shape=(k, 2)], integer
        Cells, as `dtw` returns them.
    inverse : bool
        Whether to give frames of the second sequence for those of the first.

    Returns
    -------
    array [shape=(n,)], float64
        For each frame of the second sequence from the first that the path meets to the last: the frame of
        the first beside it; of several, the last in the path's order, and between those that the path
        skips, the linear interpolation.

    Raises
    ------
    ParameterError
        If `path` is no list of pairs of integers.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.sequence.path_to_steps(np.array([[2, 4], [1, 2], [1, 1], [0, 0]])).tolist()
    [0.0, 1.0, 1.0, 1.5, 2.0]
    """
    cells = check_on_host(path, name="path")
    if cells.ndim != 2 or cells.shape[0] == 0 or cells.shape[1] != 2 or not host.isdtype(cells.dtype, "integral"):
        raise ParameterError(f"path has shape {cells.shape} and dtype {cells.dtype}: it must be pairs of integers (k, 2)")
    at, beside = (cells[:, 0], cells[:, 1]) if inverse else (cells[:, 1], cells[:, 0])
    order = host.argsort(at, kind="stable")
    return host.interp(host.arange(host.min(at), host.max(at) + 1), at[order], beside[order])


def rqa(sim: Array, *, gap_onset: Any = 1, gap_extend: Any = 1, knight_moves: bool = True, backtrack: bool = True) -> Any:
    """Recurrence quantification: the alignment of two sequences along which they are most similar.

    Similarities add up along diagonals of a matrix; cells that are not similar cost a penalty, and an
    alignment whose score falls to 0 begins anew [1]_. It runs on NumPy alone.

    Parameters
    ----------
    sim : array [shape=(n, m)], real, not negative
        Similarities, such as `nnaudio_xp.segment.recurrence_matrix` or `cross_similarity` gives.
    gap_onset, gap_extend : float >= 0
        What the first and every further cell of a gap cost; infinity allows none.
    knight_moves : bool
        Whether an alignment may move by (1, 2) and (2, 1), too, besides (1, 1).
    backtrack : bool
        Whether to return the path.

    Returns
    -------
    score : array [shape=(n, m)]
        The score of the best alignment that ends in each cell, in the dtype of `sim`.
    path : array [shape=(k, 2)], unsigned integer
        With `backtrack`: the cells of the best of all. In the second column librosa takes some moves
        by (2, 1) for moves by (1, 2), and leaves the matrix; here they are what they are.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    References
    ----------
    .. [1] Serrà, Serra & Andrzejak, "Cross recurrence quantification for cover song identification",
       New Journal of Physics 11, 2009.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> score, path = nax.sequence.rqa(np.eye(4))
    >>> float(score.max()), path.tolist()
    (4.0, [[0, 0], [1, 1], [2, 2], [3, 3]])
    """
    onset, extend = _penalty("gap_onset", gap_onset), _penalty("gap_extend", gap_extend)
    similarities = check_on_host(sim, name="sim")
    if similarities.ndim != 2 or 0 in similarities.shape or not host.isdtype(similarities.dtype, ("bool", "real floating", "integral")):
        raise ParameterError(f"sim has shape {similarities.shape} and dtype {similarities.dtype}: it must be a matrix of real numbers")
    score, pointers = _alignment().recurrence_scores(similarities, onset, extend, 3 if knight_moves else 1)
    return (score, _alignment().recurrence_path(score, pointers)) if backtrack else score


def _penalty(name: str, value: Any) -> float:
    """A number that is not negative; it may be infinite."""
    return math.inf if value == math.inf else as_number(name, value, minimum=0)
