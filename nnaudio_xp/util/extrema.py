"""Local maxima and minima, and peaks that stand out."""

from __future__ import annotations

import math
from typing import Any

from .. import ops
from .._backends import at_full_precision
from .._namespace import Array, as_floating, check_digits, is_complex, real_dtype
from ..errors import ParameterError, as_number, one_of
from ..transforms.peaks import rising_above, standing_out
from ._checks import checked_array

METHODS = ("greedy", "dp_count", "dp_value")


def _real_rows(x: Array, name: str, axis: Any) -> tuple[Any, Array, int]:
    """The namespace, the values with `axis` last, and that axis."""
    xp, _, axis = checked_array(x, name, axis)
    check_digits(x, name=name)
    if is_complex(x, xp):
        raise ParameterError(f"{name} has a complex dtype: complex numbers have no order, take their magnitudes")
    return xp, ops.moveaxis(x, axis, -1, xp=xp), axis


@at_full_precision
def localmax(x: Array, *, axis: int = 0) -> Array:
    """Where an array has local maxima: larger than the number before, and at least as large as the
    one after.

    The first number is none, and the last is one if it is larger than the number before.

    Parameters
    ----------
    x : array [shape=(..., n, ...)], real
        Numbers.
    axis : int
        The axis along which neighbours lie.

    Returns
    -------
    boolean array [shape=(..., n, ...)]

    Raises
    ------
    ParameterError
        If `x` is complex, or has no such axis.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.localmax(np.array([1, 0, 1, 2, -1, 0, -2, 1])).tolist()
    [False, False, False, True, False, True, False, True]
    """
    xp, rows, axis = _real_rows(x, "x", axis)
    return ops.moveaxis(rising_above(rows, xp.greater, xp.greater_equal, xp=xp), -1, axis, xp=xp)


@at_full_precision
def localmin(x: Array, *, axis: int = 0) -> Array:
    """Where an array has local minima: smaller than the number before, and at most as large as the
    one after.

    The first number is none, and the last is one if it is smaller than the number before.

    Parameters
    ----------
    x : array [shape=(..., n, ...)], real
        Numbers.
    axis : int
        The axis along which neighbours lie.

    Returns
    -------
    boolean array [shape=(..., n, ...)]

    Raises
    ------
    ParameterError
        If `x` is complex, or has no such axis.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.localmin(np.array([1, 0, 1, 2, -1, 0, -2, 1])).tolist()
    [False, True, False, False, True, False, True, False]
    """
    xp, rows, axis = _real_rows(x, "x", axis)
    return ops.moveaxis(rising_above(rows, xp.less, xp.less_equal, xp=xp), -1, axis, xp=xp)


def _count(name: str, value: Any, minimum: int) -> int:
    """A number of neighbours, rounded up."""
    number = as_number(name, value, minimum=0)
    if minimum and not number > 0:
        raise ParameterError(f"{name}={value!r} must be positive")
    return math.ceil(number)


@at_full_precision
def peak_pick(
    x: Array,
    *,
    pre_max: float,
    post_max: float,
    pre_avg: float,
    post_avg: float,
    delta: float,
    wait: float,
    sparse: bool = True,
    method: str = "greedy",
    axis: int = -1,
) -> Array:
    """Pick the peaks of a signal: numbers that are the largest of their neighbours, stand out from
    the mean of these, and are not too close to each other [1]_.

    ``x[t]`` can be a peak if it is the maximum of ``x[t - pre_max : t + post_max]`` and at least
    ``mean(x[t - pre_avg : t + post_avg]) + delta``. Of those, peaks are more than `wait` apart.

    Parameters
    ----------
    x : array [shape=(..., n, ...)], real
        Signals, such as an onset envelope.
    pre_max, post_max, pre_avg, post_avg : number >= 0, those after > 0
        Neighbours before and after; fractions are rounded up.
    delta : float >= 0
        How far above the mean a peak is.
    wait : number >= 0
        Numbers that are no peak after one that is.
    sparse : bool
        Whether the indices of the peaks are returned, of a single signal; else which numbers are
        peaks.
    method : {'greedy', 'dp_count', 'dp_value'}
        Which peaks are picked of those that are too close: the earliest possible ones, as many as
        possible, or those of the largest sum.
    axis : int
        The axis of time.

    Returns
    -------
    integer array [shape=(n_peaks,)] or boolean array [shape=(..., n, ...)]
        In the input's library.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and if ``sparse=True`` is asked of several signals.

    References
    ----------
    .. [1] S. Böck, F. Krebs and M. Schedl, "Evaluating the online capabilities of onset detection
       methods", ISMIR 2012.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> x = np.array([0.0, 3.0, 0.0, 0.0, 2.0, 1.0, 0.0, 4.0])
    >>> nax.util.peak_pick(x, pre_max=1, post_max=2, pre_avg=2, post_avg=2, delta=0.5, wait=3).tolist()
    [1, 7]
    """
    before_max, before_mean = _count("pre_max", pre_max, 0), _count("pre_avg", pre_avg, 0)
    after_max, after_mean = _count("post_max", post_max, 1), _count("post_avg", post_avg, 1)
    delta, wait = as_number("delta", delta, minimum=0), _count("wait", wait, 0)
    one_of("method", method, METHODS)
    xp, rows, axis = _real_rows(x, "x", axis)
    if sparse and rows.ndim != 1:
        raise ParameterError(f"sparse={sparse!r} gives the peaks of one signal: x has shape {tuple(x.shape)}, take sparse=False")
    rows = as_floating(rows, name="x")[1]
    rows = xp.astype(rows, real_dtype(rows, xp), copy=False)
    peaks = standing_out(rows, (before_max, after_max), (before_mean, after_mean), delta, xp=xp)
    if method != "greedy":
        peaks = ops.spaced_best(peaks, xp.ones_like(rows) if method == "dp_count" else rows, wait, xp=xp)
    peaks = ops.spaced(peaks, wait, xp=xp)
    return ops.places_of(peaks, xp=xp) if sparse else ops.moveaxis(peaks, -1, axis, xp=xp)
