"""Arrays on different grids, brought to one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .._backends import at_full_precision
from .._namespace import Array, as_floating, counterpart, host, is_complex, namespace, real_dtype
from ..errors import ParameterError
from ..transforms.harmonics import at_frequencies, check_fill, located
from ._checks import checked_array


@at_full_precision
def interp_broadcast(
    *,
    x1: Array,
    x1_pos: Array,
    x2: Array,
    x2_pos: Array,
    interp_pos: Array | None = None,
    op: Callable[[Array, Array], Array] | None = host.multiply,
    kind: str = "linear",
    fill_value: float = 0,
    axis: int = -2,
) -> Array | tuple[Array, Array]:
    """Two arrays between their numbers at the same positions along an axis, and what an operation makes
    of both.

    Parameters
    ----------
    x1, x2 : array [shape=(..., n1, ...)], [shape=(..., n2, ...)]
        Numbers, real or complex.
    x1_pos, x2_pos : array [shape=(n1,)], [shape=(n2,)]
        Where they stand, in any unit and order.
    interp_pos : array [shape=(n,)], optional
        The positions that both are brought to; by default `x1_pos`.
    op : function of two arrays, or None
        NumPy's own (`numpy.multiply`, …) are those of the arrays' library. With None both arrays are
        returned.
    kind : {'linear', 'slinear', 'nearest', 'nearest-up', 'zero', 'previous', 'next'}
        What lies between numbers, as for `scipy.interpolate.interp1d`.
    fill_value : float
        What lies outside of all positions.
    axis : int
        The axis.

    Returns
    -------
    array [shape=(..., n, ...)], or two of them
        In the input's library, device and precision.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and if the results do not broadcast.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> two = {"x1": np.array([1.0, 2.0, 3.0]), "x1_pos": np.array([0.0, 1, 2])}
    >>> nax.util.interp_broadcast(**two, x2=np.array([0.0, 10.0]), x2_pos=np.array([0.0, 2]), axis=-1).tolist()
    [0.0, 10.0, 30.0]
    """
    check_fill(fill_value)
    xp = namespace(x1, x2)
    wanted = x1_pos if interp_pos is None else interp_pos
    given = (("x1", x1, x1_pos), ("x2", x2, x2_pos))
    first, second = (_at(name, values, places, wanted, kind, fill_value, axis) for name, values, places in given)
    if op is None:
        return first, second
    try:
        return counterpart(op, xp)(first, second)
    except (ValueError, RuntimeError, TypeError) as error:
        raise ParameterError(f"x1 and x2 become {tuple(first.shape)} and {tuple(second.shape)}: op={op!r} cannot join them") from error


def _at(name: str, x: Array, places: Any, wanted: Any, kind: str, fill_value: float, axis: int) -> Array:
    xp, n, axis = checked_array(x, name, axis)
    values = x if is_complex(x, xp) else as_floating(x, name=name)[1]
    values = values if is_complex(x, xp) else xp.astype(values, real_dtype(values, xp), copy=False)
    (_, known), (_, targets) = as_floating(places, name=f"{name}_pos"), as_floating(wanted, name="interp_pos")
    if tuple(known.shape) != (n,) or n < 2 or targets.ndim != 1:
        raise ParameterError(f"{name}_pos has shape {tuple(known.shape)}: it must be ({n},), and interp_pos one-dimensional")
    return at_frequencies(values, located(known, targets, kind, like=values, xp=xp), fill_value, axis=axis, xp=xp)
