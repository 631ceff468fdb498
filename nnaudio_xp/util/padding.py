"""Arrays of a wanted length."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

from .. import ops
from .._backends import at_full_precision
from .._namespace import Array, device_of
from ..errors import ParameterError, as_integer, check_size, plain
from ..geometry import padding_mode
from ._checks import checked_array


def _padded(data: Array, axis: int, before: int, after: int, mode: Any, constant_values: complex, *, xp: ModuleType) -> Array:
    if padding_mode("mode", mode) != "constant" and data.shape[axis] == 0:
        raise ParameterError(f"mode={mode!r}: there is nothing to repeat in data of shape {tuple(data.shape)}; use 'constant'")
    value = plain(constant_values)
    if not isinstance(value, int | float | complex) or (value != 0 and mode != "constant"):
        raise ParameterError(f"constant_values={constant_values!r} must be a number, and 0 but for mode='constant'")
    size = data.shape[axis] + before + after
    check_size("the array", [math.prod(data.shape) // max(1, data.shape[axis]), size], {"size": size}, given=2 * math.prod(data.shape))
    rows = ops.moveaxis(data, axis, -1, xp=xp)
    if value == 0:
        padded = ops.pad(rows, before, after, mode, xp=xp)
    else:
        sizes = [(*rows.shape[:-1], count) for count in (before, after)]
        margins = [xp.full(size, value, dtype=data.dtype, device=device_of(data)) for size in sizes]
        padded = xp.concat([margins[0], rows, margins[1]], axis=-1)
    return ops.moveaxis(padded, -1, axis, xp=xp)


@at_full_precision
def pad_center(data: Array, *, size: int, axis: int = -1, mode: Any = "constant", constant_values: complex = 0) -> Array:
    """Pad an array on both sides so that the data lies in the middle; an odd sample goes to the
    end.

    Parameters
    ----------
    data : array [shape=(..., n, ...)]
        What to pad.
    size : int >= n
        Length along `axis` afterwards.
    axis : int
        The axis to pad.
    mode : str
        As `pad_mode` of `nnaudio_xp.stft`.
    constant_values : number
        What ``mode="constant"`` pads with.

    Returns
    -------
    array [shape=(..., size, ...)]

    Raises
    ------
    ParameterError
        If `size` is smaller than the data.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.pad_center(np.ones(3), size=6).tolist()
    [0.0, 1.0, 1.0, 1.0, 0.0, 0.0]
    """
    xp, n, axis = checked_array(data, "data", axis)
    if as_integer("size", size) < n:
        raise ParameterError(f"size={size} must be at least the {n} samples of data")
    before = (size - n) // 2
    return _padded(data, axis, before, size - n - before, mode, constant_values, xp=xp)


@at_full_precision
def fix_length(data: Array, *, size: int, axis: int = -1, mode: Any = "constant", constant_values: complex = 0) -> Array:
    """Bring an array to a length: cut its end off, or pad it.

    Parameters
    ----------
    data : array [shape=(..., n, ...)]
        What to cut or pad.
    size : int >= 0
        Length along `axis` afterwards.
    axis : int
        The axis to change.
    mode : str
        As `pad_mode` of `nnaudio_xp.stft`.
    constant_values : number
        What ``mode="constant"`` pads with.

    Returns
    -------
    array [shape=(..., size, ...)]

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.fix_length(np.arange(4), size=6).tolist(), nax.util.fix_length(np.arange(4), size=2).tolist()
    ([0, 1, 2, 3, 0, 0], [0, 1])
    """
    xp, n, axis = checked_array(data, "data", axis)
    size = as_integer("size", size, minimum=0)
    if size > n:
        return _padded(data, axis, 0, size - n, mode, constant_values, xp=xp)
    return ops.moveaxis(ops.moveaxis(data, axis, -1, xp=xp)[..., :size], -1, axis, xp=xp)
