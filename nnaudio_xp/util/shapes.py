"""Arrays of another shape or order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import ops
from .._backends import at_full_precision, host_functions
from .._namespace import Array, as_floating, check_digits, device_of, host, is_array, is_complex, namespace
from ..errors import ParameterError, as_integer, as_number, plain, shown
from ..transforms.aggregation import aggregator
from ._checks import checked_array


@at_full_precision
def expand_to(x: Array, *, ndim: int, axes: int | Sequence[int]) -> Array:
    """Give an array more dimensions, of size 1, so that it broadcasts against a larger one.

    Parameters
    ----------
    x : array [shape=(...)]
        What to expand.
    ndim : int >= x.ndim
        Number of dimensions afterwards.
    axes : int or sequence of int
        Where the dimensions of `x` stand among them.

    Returns
    -------
    array
        A view where the library has views.

    Raises
    ------
    ParameterError
        If there are not as many axes as dimensions, or too few dimensions are asked for.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.expand_to(np.ones(3), ndim=4, axes=-2).shape
    (1, 1, 3, 1)
    """
    if not is_array(x):
        raise ParameterError(f"x is a {type(x).__name__}: it must be an array")
    places = [plain(axes)] if isinstance(plain(axes), int) else [plain(axis) for axis in axes]  # type: ignore[union-attr]
    if len(places) != x.ndim:
        raise ParameterError(f"axes={axes!r} must have one axis for each dimension of x, which has shape {tuple(x.shape)}")
    if as_integer("ndim", ndim, minimum=0) < x.ndim:
        raise ParameterError(f"ndim={ndim} must be at least the {x.ndim} dimensions of x")
    if not all(isinstance(axis, int) and -ndim <= axis < ndim for axis in places):
        raise ParameterError(f"axes={axes!r} must be integers from {-ndim} to {ndim - 1}")
    shape = [1] * ndim
    for axis, size in zip(places, x.shape, strict=True):
        shape[axis] = size
    return namespace(x).reshape(x, tuple(shape))


@at_full_precision
def axis_sort(S: Array, *, axis: int = -1, index: bool = False, value: Callable[..., Any] | None = None) -> Array | tuple[Array, Array]:
    """Sort the columns or rows of a matrix, by default by where each has its largest number.

    Parameters
    ----------
    S : array [shape=(d, n)]
        What to sort.
    axis : int
        The axis whose slices are sorted: -1 sorts columns, 0 rows.
    index : bool
        Whether the order is returned, too.
    value : callable, optional
        What slices are sorted by, called as ``value(S, axis=1 - axis)``: `numpy.argmax` by default.

    Returns
    -------
    array [shape=(d, n)]
        The sorted matrix.
    integer array [shape=(n,)], only with `index`
        The order.

    Raises
    ------
    ParameterError
        If `S` is no matrix.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.axis_sort(np.array([[0, 2, 1], [3, 1, 0]])).tolist()
    [[2, 1, 0], [1, 0, 3]]
    """
    xp, _, axis = checked_array(S, "S", axis)
    if S.ndim != 2:
        raise ParameterError(f"S has shape {tuple(S.shape)}: it must be a matrix")
    axis %= 2
    keys = aggregator(host.argmax if value is None else value, xp=xp)(S, axis=1 - axis)
    order = xp.argsort(keys, stable=True)
    ordered = xp.take(S, order, axis=axis)
    return (ordered, order) if index else ordered


@at_full_precision
def cyclic_gradient(data: Array, *, edge_order: int = 1, axis: int = -1) -> Array:
    """Slopes of a periodic function: half the difference of both neighbours, around the ends.

    Parameters
    ----------
    data : array [shape=(..., n, ...)]
        One period.
    edge_order : {1, 2}
        Taken for librosa's sake: a period has no edges.
    axis : int
        The axis along which it is periodic.

    Returns
    -------
    array [shape=(..., n, ...)]
        In the input's library and precision.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.cyclic_gradient(np.array([0.0, 1.0, 4.0, 1.0])).tolist()
    [0.0, 2.0, 0.0, -2.0]
    """
    xp, _, axis = checked_array(data, "data", axis)
    check_digits(data, name="data")
    if as_integer("edge_order", edge_order) > 2:
        raise ParameterError(f"edge_order={edge_order!r} must be 1 or 2")
    values = data if is_complex(data, xp) else as_floating(data, name="data")[1]
    return (xp.roll(values, -1, axis=axis) - xp.roll(values, 1, axis=axis)) / 2


def fill_off_diagonal(x: Array, *, radius: float, value: float = 0) -> None:
    """Set the numbers of a matrix that lie far from its diagonal, in place (Sakoe and Chiba's
    band [1]_).

    Parameters
    ----------
    x : array [shape=(n, m)]
        The matrix, which is written to.
    radius : float
        Half the width of the band that is left, as a share of the smaller of n and m.
    value : number
        What is written outside.

    Raises
    ------
    ParameterError
        If `x` is no matrix, or cannot be written to.

    References
    ----------
    .. [1] H. Sakoe and S. Chiba, "Dynamic programming algorithm optimization for spoken word
       recognition", IEEE Transactions on Acoustics, Speech, and Signal Processing 26(1), 1978.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> x = np.ones((4, 4), dtype=int)
    >>> nax.util.fill_off_diagonal(x, radius=0.25)
    >>> x.tolist()
    [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
    """
    xp, _, _ = checked_array(x, "x", -1)
    if x.ndim != 2:
        raise ParameterError(f"x has shape {tuple(x.shape)}: it must be a matrix")
    ops.require_writable(x, "x", xp=xp)
    rows, columns = x.shape
    reach = round(as_number("radius", radius) * min(rows, columns))
    shift = abs(rows - columns)
    above, below = (reach + shift, reach) if rows < columns else (reach, reach + shift)
    places = xp.arange(columns, device=device_of(x)) - xp.arange(rows, device=device_of(x))[:, None]
    outside = (places >= above) | (places <= -below)
    ops.write(x, xp.where(outside, xp.asarray(as_number("value", value), dtype=x.dtype, device=device_of(x)), x), xp=xp)


@at_full_precision
def shear(X: Array, *, factor: int = 1, axis: int = -1) -> Array:
    """Shift each column of a matrix by `factor` more than the one before, around the ends.

    Parameters
    ----------
    X : array [shape=(n, m)] or sparse array of SciPy's
        What to shear.
    factor : int
        By how much more each column is shifted.
    axis : int
        The axis along which the shift grows: -1 shifts columns, 0 rows.

    Returns
    -------
    array or sparse array [shape=(n, m)]
        In the input's library and dtype.

    Raises
    ------
    ParameterError
        If `X` is no matrix, or `factor` no integer.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.shear(np.eye(3, dtype=int), factor=-1).tolist()
    [[1, 1, 1], [0, 0, 0], [0, 0, 0]]
    """
    step = plain(factor)
    if isinstance(step, bool) or not isinstance(step, int):
        raise ParameterError(f"factor={shown(factor)} must be an integer")
    if hasattr(X, "tocsc"):
        if len(X.shape) != 2:
            raise ParameterError(f"X has shape {X.shape}: it must be a matrix")
        return host_functions().sheared(X, step, axis)
    xp, _, axis = checked_array(X, "X", axis)
    if X.ndim != 2:
        raise ParameterError(f"X has shape {tuple(X.shape)}: it must be a matrix")
    columns = X if axis % 2 else xp.matrix_transpose(X)
    sheared = ops.turned(xp.matrix_transpose(columns), step, xp=xp)
    return xp.matrix_transpose(sheared) if axis % 2 else sheared


def stack(arrays: Sequence[Array], *, axis: int = 0) -> Array:
    """Stack arrays along a new axis.

    Parameters
    ----------
    arrays : sequence of array [shape=(...)]
        Of one library and one shape.
    axis : int
        Where the new axis stands. If it comes first, numbers along it lie side by side in memory,
        as the channels of a sample do in audio files.

    Returns
    -------
    array
        In the inputs' library, of a dtype that holds all of them.

    Raises
    ------
    ParameterError
        If the shapes differ, or there is no array.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.stack([np.ones(3), np.zeros(3)], axis=-1).shape
    (3, 2)
    """
    parts = list(arrays)
    if not parts or not all(map(is_array, parts)):
        raise ParameterError("arrays must be a sequence of one array or more")
    if len(shapes := {tuple(part.shape) for part in parts}) > 1:
        raise ParameterError(f"arrays have the shapes {sorted(shapes)}: they must have one")
    xp = namespace(*parts)
    place, ndim = plain(axis), parts[0].ndim + 1
    if isinstance(place, bool) or not isinstance(place, int) or not -ndim <= place < ndim:
        raise ParameterError(f"axis={axis!r} must be an integer from {-ndim} to {ndim - 1}")
    if place % ndim:
        return xp.stack(parts, axis=place)
    # flat ones, since NumPy keeps the memory order of matrices
    turned = [xp.reshape(xp.permute_dims(part, tuple(range(part.ndim))[::-1]), (-1,)) for part in parts]
    stacked = xp.reshape(xp.stack(turned, axis=-1), (*parts[0].shape[::-1], len(parts)))
    return xp.permute_dims(stacked, tuple(range(ndim))[::-1])


def count_unique(data: Array, *, axis: int = -1) -> Array:
    """How many different numbers each slice along an axis has.

    Parameters
    ----------
    data : array [shape=(..., n, ...)]
        Numbers.
    axis : int
        The axis along which they are counted.

    Returns
    -------
    integer array [shape=(...)]
        In the input's library.

    Raises
    ------
    ParameterError
        If there is no such axis.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.count_unique(np.array([[1, 2, 1], [3, 3, 3]])).tolist()
    [2, 1]
    """
    xp, n, axis = checked_array(data, "data", axis)
    ordered = xp.sort(ops.moveaxis(data, axis, -1, xp=xp), axis=-1, stable=False)
    changes = xp.sum(xp.astype(ordered[..., 1:] != ordered[..., :-1], xp.int64), axis=-1)
    return changes + min(n, 1)


def is_unique(data: Array, *, axis: int = -1) -> Array:
    """Whether all numbers of each slice along an axis are different.

    Parameters
    ----------
    data : array [shape=(..., n, ...)]
        Numbers.
    axis : int
        The axis along which they are compared.

    Returns
    -------
    boolean array [shape=(...)]
        In the input's library.

    Raises
    ------
    ParameterError
        If there is no such axis.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.is_unique(np.array([[1, 2, 3], [3, 3, 3]])).tolist()
    [True, False]
    """
    return count_unique(data, axis=axis) == checked_array(data, "data", axis)[1]
