"""Filters along the diagonals of a matrix of similarities."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from .._backends import made_outside_graphs
from .._namespace import Array, Device, Dtype, place
from ..kernels.diagonals import diagonal_kernel


@made_outside_graphs
def diagonal_filter(
    window: Any,
    n: int,
    *,
    slope: float = 1.0,
    angle: float | None = None,
    zero_mean: bool = False,
    xp: ModuleType | None = None,
    dtype: Dtype = None,
    device: Device = None,
) -> Array:
    """A smoothing filter in two dimensions, along a line of some slope.

    A window on a diagonal, turned as an image.

    Parameters
    ----------
    window : str, tuple, number or callable
        As for `get_window`.
    n : int > 0
        Length of the window; the filter of another slope than 1 is larger.
    slope : float
        By how many rows the line falls from a column to the next.
    angle : float or None [radians]
        The line's angle to a row, in the place of `slope`: pi / 4 is slope 1.
    zero_mean : bool
        Whether the filter sums to 0, rather than to 1.
    xp, dtype, device : optional
        Library (NumPy), dtype (float64) and device of the result.

    Returns
    -------
    array [shape=(m, m)], real

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.filters.diagonal_filter("ones", 2).tolist()
    [[0.5, 0.0], [0.0, 0.5]]
    """
    return place(diagonal_kernel(window=window, n=n, slope=slope, angle=angle, zero_mean=zero_mean), xp=xp, dtype=dtype, device=device)
