"""Per-channel energy normalisation: a spectrogram divided by how loud it was lately, and
compressed.
"""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, is_array, namespace
from ..errors import ParameterError, as_number, as_positive, plain, shown


def axis_of(name: str, axis: Any, S: Array) -> int:
    """The number of an axis, from the first."""
    axis = plain(axis)
    if isinstance(axis, bool) or not isinstance(axis, int) or not -S.ndim <= axis < S.ndim:
        raise ParameterError(f"{name}={shown(axis)} must be an axis of S, which has {S.ndim}")
    return int(axis % S.ndim)


def setting(name: str, value: Any, like: Array, *, xp: ModuleType, minimum: float | None = None) -> Any:
    """A number, checked; or an array that goes with another one, in its precision."""
    if not is_array(value) or (value.ndim == 0 and namespace(value) is not xp):
        return as_positive(name, value) if minimum is None else as_number(name, value, minimum=minimum)
    namespace(like, value)  # an array of another library's is refused
    value = xp.astype(value, like.dtype, copy=False)
    ops.require(xp.all(value > 0), f"{name} must be positive everywhere", xp=xp)
    return value


def along_time(b: Any, ndim: int, axis: int, *, xp: ModuleType) -> Any:
    """The share of a new frame; of an array of them the axis of time is moved to the end."""
    if isinstance(b, float) or b.ndim == 0:
        return b
    value = xp.reshape(b, ((1,) * (ndim - b.ndim) + tuple(b.shape)))
    if value.ndim != ndim or value.shape[axis] != 1:
        raise ParameterError(f"b or time_constant has shape {tuple(b.shape)}: it must have {ndim} axes at most, of size 1 along time")
    return ops.moveaxis(value, axis, -1, xp=xp)


def loudest(S: Array, max_size: int, axis: int, max_axis: int | None, *, xp: ModuleType) -> Array:
    """The largest of neighbouring bands."""
    if max_axis is not None:
        axis_of("max_axis", max_axis, S)
    if max_size == 1:
        return S
    if S.ndim == 1:
        raise ParameterError(f"max_size={max_size} needs bands: S has one dimension")
    if max_axis is None:
        if S.ndim != 2:
            raise ParameterError(f"max_size={max_size} needs max_axis, the axis of bands: S has {S.ndim} dimensions")
        max_axis = 1 - axis
    return ops.maximum_filter(S, max_size, axis=axis_of("max_axis", max_axis, S), xp=xp)


def beside(name: str, values: Any, S: Array, *, xp: ModuleType) -> Array:
    """An array of the same library, with as many axes and in the same precision."""
    namespace(S, values)
    if not is_array(values) or values.ndim != S.ndim:
        raise ParameterError(f"{name} must be an array with {S.ndim} axes, as S is")
    return xp.astype(values, S.dtype, copy=False)


def smoothing(time_constant: Any, rate: float, *, xp: ModuleType) -> Any:
    """The share of a new frame in a running mean of a time constant in seconds, at so many frames
    per second: b with ``(b / T)**2 = 1 - b``, T in frames.
    """
    frames = time_constant * rate
    if isinstance(frames, float):
        return 2 / (1 + math.sqrt(1 + 4 * frames**2))
    return 2 / (1 + xp.sqrt(1 + 4 * frames**2))


def running_mean(ref: Array, b: Any, state: Any, *, xp: ModuleType) -> Array:
    """Running means (..., time) of a spectrogram, each b of its frame and 1 - b of the mean before,
    which `state` stands for at the first frame.
    """
    share = b * ref
    return ops.leaky_sum(xp.concat([share[..., :1] + state, share[..., 1:]], axis=-1), 1 - b, xp=xp)


def normalized(S: Array, mean: Array, *, gain: Any, bias: Any, power: Any, eps: Any, xp: ModuleType) -> Array:
    """``(S / (eps + mean)**gain + bias)**power - bias**power``; its limits by log(1 + …) for a power
    of 0.
    """
    ratio = S * (mean + eps) ** -gain
    if isinstance(power, float) and power == 0:
        return xp.log1p(ratio)
    if isinstance(bias, float) and bias == 0:
        return ops.raised(ratio, power, xp=xp)
    if isinstance(power, float) and power == 0.5 and isinstance(bias, float):
        return ratio / (xp.sqrt(ratio + bias) + math.sqrt(bias))
    # as it keeps the digits of a small ratio
    return bias**power * xp.expm1(power * xp.log1p(ratio / bias))
