"""Features of features: their slopes, and what was before."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

from .. import ops
from .._backends import at_full_precision
from .._namespace import Array, as_floating, check_digits, device_of, real_dtype
from ..errors import ParameterError, as_integer, as_number, as_positive, check_size, one_of, plain
from ..geometry import PAD_MODES, Framing
from ..kernels.polynomials import slope_matrix, slope_weights
from ..transforms.constants import constant_like
from ..util._checks import checked_array

__all__ = ["delta", "stack_memory"]

MOST_SHIFTS = 64
"""Points up to which sums of shifted rows cost less than frames."""

PADDINGS = {"nearest": "edge", "mirror": "reflect", "constant": "constant", "wrap": "wrap"}
"""SciPy's names of what lies around a signal, and NumPy's."""


@at_full_precision
def delta(data: Array, *, width: int = 9, order: int = 1, axis: int = -1, mode: str = "interp", **kwargs: Any) -> Array:
    """Slopes along an axis: derivatives of the polynomials that are nearest to `width` neighbours
    of each point, a Savitzky-Golay filter [1]_.

    Parameters
    ----------
    data : array [shape=(..., n, ...)], real
        Features, such as `mfcc` gives them.
    width : odd int >= 3
        Points under a polynomial; at most n for ``mode='interp'``.
    order : int > 0
        Which derivative.
    axis : int
        The axis of time.
    mode : {'interp', 'nearest', 'mirror', 'constant', 'wrap'}
        What is done near the ends: the outermost whole polynomials are evaluated there, or the data
        goes on with its last value, its mirror image, zeros (or ``cval=``), or its other end.
    **kwargs
        As for `scipy.signal.savgol_filter`: ``polyorder``, `order` by default; ``delta``, the
        distance of points, 1 by default; ``cval``.

    Returns
    -------
    array [shape=(..., n, ...)], real
        In the input's library, device and precision.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    References
    ----------
    .. [1] A. Savitzky and M. J. E. Golay, "Smoothing and differentiation of data by simplified
       least squares procedures", Analytical Chemistry 36(8), 1964.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.feature.delta(3 * np.arange(9.0)).round(6).tolist()
    [3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0, 3.0]
    """
    xp, n, axis = checked_array(data, "data", axis)
    values = as_floating(data, name="data")[1]
    values = xp.astype(values, real_dtype(values, xp), copy=False)
    width, order = as_integer("width", width, minimum=3), as_integer("order", order)
    if width % 2 == 0:
        raise ParameterError(f"width={width} must be odd")
    given = {"polyorder": order, "delta": 1.0, "cval": 0.0, **kwargs}
    for name in set(given) - {"polyorder", "delta", "cval", "deriv"}:
        raise ParameterError(f"{name}={given[name]!r} is no argument: those are width, order, axis, mode, polyorder, delta, cval")
    degree = as_integer("polyorder", given["polyorder"], minimum=0)
    if degree >= width:
        raise ParameterError(f"polyorder={degree} must be below width={width}")
    step, cval = as_positive("delta", given["delta"]), as_number("cval", given["cval"])
    interpolates = one_of("mode", mode, ("interp", *PADDINGS)) == "interp"
    if interpolates and width > n:
        raise ParameterError(f"width={width} must be at most the {n} points of data with mode='interp'")
    half, count = width // 2, math.prod(values.shape) // max(1, n)
    settings: dict[str, Any] = {"width": width, "degree": degree, "order": order, "step": step}
    rows = ops.moveaxis(values, axis, -1, xp=xp)
    if interpolates:
        check_size("the polynomials", [half, width], {"width": width})
        first, last = (
            rows[..., part] @ constant_like(slope_matrix, values, xp=xp, **settings, points=tuple(range(*points))).T
            for part, points in ((slice(width), (-half, 0)), (slice(n - width, n), (1, half + 1)))
        )
        slopes = xp.concat([first, _slopes(rows, settings, xp=xp), last], axis=-1)
    else:
        check_size("the padded data", [count, n + width], {"width": width}, given=2 * math.prod(values.shape))
        rows = rows if mode != "constant" else rows - cval  # of a constant there is no slope
        slopes = _slopes(ops.pad(rows, half, half, PADDINGS[mode], xp=xp), settings, xp=xp)
    return ops.moveaxis(slopes, -1, axis, xp=xp)


def _slopes(rows: Array, settings: dict[str, Any], *, xp: ModuleType) -> Array:
    """Slopes in the middle of all neighbours in rows: sums of shifted rows, which cost less than
    frames as long as they are few.
    """
    width = settings["width"]
    if width > MOST_SHIFTS:
        kernel = constant_like(slope_matrix, rows, xp=xp, **settings, points=(0,))
        return ops.correlate(rows, kernel, Framing(width, 1, center=False), xp=xp)[..., 0]
    count = rows.shape[-1] - width + 1
    slopes = xp.zeros_like(rows[..., :count])
    for first, weight in enumerate(slope_weights(**settings)):
        if weight:
            slopes = slopes + rows[..., first : first + count] * weight
    return slopes


@at_full_precision
def stack_memory(data: Array, *, n_steps: int = 2, delay: int = 1, **kwargs: Any) -> Array:
    """Stack features on what they were before: ``data[..., t]``, below it ``data[..., t - delay]``,
    and so on.

    Parameters
    ----------
    data : array [shape=(..., d, time)]
        Features; a single row may be (time,).
    n_steps : int > 0
        How many times are stacked, the present one included.
    delay : int, not 0 [frames]
        From one to the next; a negative one looks into the future.
    **kwargs
        What lies before the first frame (behind the last one): ``mode='constant'`` with
        ``constant_values=0``, or 'edge', 'reflect', 'symmetric', 'wrap', 'linear_ramp', 'empty',
        'maximum', 'minimum', 'mean' or 'median', as for `numpy.pad`.

    Returns
    -------
    array [shape=(..., n_steps * d, time)]
        In the input's library, device and dtype.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and if there is no frame.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.feature.stack_memory(np.array([1, 2, 3, 4]), n_steps=3).tolist()
    [[1, 2, 3, 4], [0, 1, 2, 3], [0, 0, 1, 2]]
    """
    xp, n_frames, _ = checked_array(data, "data", -1)
    check_digits(data, name="data")
    n_steps = as_integer("n_steps", n_steps)
    size = plain(delay)
    if isinstance(size, bool) or not isinstance(size, int) or size == 0:
        raise ParameterError(f"delay={delay!r} must be an integer other than 0")
    if n_frames == 0:
        raise ParameterError(f"data has shape {tuple(data.shape)}: it must have at least one frame")
    reach = (n_steps - 1) * as_integer("delay", abs(size))
    count = math.prod(data.shape)
    check_size("the stack", [count, n_steps], {"n_steps": n_steps}, given=2 * count)
    check_size("the padded data", [count // n_frames, reach + n_frames], {"n_steps": n_steps, "delay": delay}, given=2 * count)
    rows = xp.expand_dims(data, axis=0) if data.ndim == 1 else data
    longer = _beyond(rows, reach, after=size < 0, xp=xp, **kwargs)
    starts = [reach - step * size if size > 0 else step * -size for step in range(n_steps)]
    return xp.concat([longer[..., start : start + n_frames] for start in starts], axis=-2)


def _beyond(
    rows: Array, count: int, *, after: bool, mode: Any = "constant", constant_values: Any = 0, xp: ModuleType, **others: Any
) -> Array:
    """Rows (..., time) with `count` frames more before them, or behind them."""
    for name, value in others.items():
        raise ParameterError(f"{name}={value!r} is no argument: those are mode and constant_values")
    mode = one_of("mode", mode, (*PAD_MODES, "wrap", *STATISTICS)) if not callable(mode) else mode
    value = plain(constant_values[0] if isinstance(constant_values, list | tuple) and len(constant_values) == 1 else constant_values)
    if isinstance(value, bool) or not isinstance(value, int | float | complex):
        raise ParameterError(f"constant_values={constant_values!r} must be a number")
    if mode not in STATISTICS and (mode != "constant" or value == 0):
        return ops.pad(rows, 0 if after else count, count if after else 0, mode, xp=xp)
    shape = (*rows.shape[:-1], count)
    if mode == "constant":
        margin = xp.full(shape, value, dtype=rows.dtype, device=device_of(rows))
    else:
        margin = xp.astype(xp.broadcast_to(STATISTICS[mode](rows, xp), shape), rows.dtype, copy=False)
    return xp.concat([rows, margin] if after else [margin, rows], axis=-1)


STATISTICS: dict[str, Callable[[Array, ModuleType], Array]] = {
    "maximum": lambda rows, xp: xp.max(rows, axis=-1, keepdims=True),
    "minimum": lambda rows, xp: xp.min(rows, axis=-1, keepdims=True),
    "mean": lambda rows, xp: xp.mean(rows, axis=-1, keepdims=True),
    "median": lambda rows, xp: ops.median(rows, axis=-1, keepdims=True, xp=xp),
}
"""What one number of `numpy.pad` stands for a whole row, by its name."""
