"""The scale transform."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from . import ops
from ._backends import at_full_precision, constant_in_graphs
from ._namespace import Array, Device, Dtype, as_floating, device_of, host, place, real_dtype
from .errors import ParameterError, as_integer, as_number, as_positive, check_size
from .transforms.vocoder import SPLINES, checked_kind, interpolated, times_made
from .util._checks import checked_array

__all__ = ["fmt"]


@at_full_precision
def fmt(
    y: Array,
    *,
    t_min: float = 0.5,
    n_fmt: int | None = None,
    kind: Any = "cubic",
    beta: float = 0.5,
    over_sample: float = 1,
    axis: int = -1,
) -> Array:
    """The fast Mellin transform: the spectrum of a signal over the logarithm of time [1]_.

    The signal is interpolated at times that grow by the same factor from one to the next, and weighted
    by ``t**beta``. With the default, the scale transform, stretching a signal changes no magnitudes.

    Parameters
    ----------
    y : array [shape=(..., n, ...)], real, n >= 3
        Signals, such as autocorrelations.
    t_min : float > 0 [samples]
        The first time; 0 itself has no logarithm.
    n_fmt : int >= 3, optional
        How many times; by default as many as keep the closest no closer than samples are.
    kind : str or int
        What lies between samples, as for `phase_vocoder`: 'linear', 'cubic', ….
    beta : float
        The weight's exponent: 1 / 2 for the scale transform, 1 for the analytic signal's, 0 for the
        Mellin transform of the signal as it is.
    over_sample : float >= 1
        Factor by which the times are denser.
    axis : int
        The axis of time.

    Returns
    -------
    array [shape=(..., 1 + n_fmt // 2, ...)], complex
        In the input's library, device and precision.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    References
    ----------
    .. [1] A. De Sena and D. Rocchesso, "A fast Mellin and scale transform", EURASIP Journal on Applied
       Signal Processing, 2007.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> t = np.arange(200)
    >>> short, long = (abs(nax.fmt(np.exp(-(((t - c) / c) ** 2)), n_fmt=512)) for c in (20, 40))
    >>> bool(abs(short / short[0] - long / long[0]).max() < 0.2)
    True
    """
    _, n, axis = checked_array(y, "y", axis)
    if n < 3:
        raise ParameterError(f"y has {n} samples along axis {axis}: at least 3 are needed")
    start, beta = as_positive("t_min", t_min), as_number("beta", beta)
    dense = as_positive("over_sample", over_sample)
    if n_fmt is None:
        if dense < 1:
            raise ParameterError(f"over_sample={over_sample!r} must be at least 1")
        step = math.log(n - 1) - math.log(n - 2)
        n_fmt = math.ceil(dense * (math.log(n - 1) - math.log(start)) / step)
        if n_fmt < 1:
            raise ParameterError(f"t_min={t_min!r} must be below the last of {n} samples")
    else:
        n_fmt = as_integer("n_fmt", n_fmt, minimum=3)
        step = (math.log(n_fmt - 1) - math.log(n_fmt - 2)) / dense
    xp, y = as_floating(y, name="y")
    ops.require_finite(y, "y", xp=xp)
    rows = ops.moveaxis(xp.astype(y, real_dtype(y, xp), copy=False), axis, -1, xp=xp)
    kind = checked_kind(kind, n, name="y")
    check_size("the result", [n_fmt, math.prod(rows.shape) / n], {"n_fmt": n_fmt, "over_sample": over_sample}, each=16)
    times = _growing(n, n_fmt, start, step, math.ceil(dense))
    weights = _weights(times, beta, xp, rows.dtype, device_of(rows))
    order = SPLINES.get(kind, kind) if isinstance(kind, str) else kind
    if isinstance(order, int) and order > 1:
        values = ops.spline(rows, times, order, xp=xp)
    else:
        values = interpolated(xp.expand_dims(rows, axis=-1), times_made(times, like=rows, xp=xp), kind, xp=xp)[..., 0]
    return ops.moveaxis(ops.rfft(values * weights, xp=xp), -1, axis, xp=xp)


@dataclass(frozen=True)
class Growing:
    """Times in a signal of n samples that grow by the same factor from one to the next, whose logarithm is
    `step`: from `start` on, `count` of them, and `beyond` more up to n.
    """

    n: int
    count: int
    start: float
    step: float
    beyond: int

    def __call__(self) -> Array:
        """The times in samples, on the host; none beyond the last sample."""
        first = (math.log(self.start) - math.log(self.n)) / self.step
        exponents = host.linspace(first, 0.0, self.count + self.beyond, endpoint=False)[: self.count]
        shares = host.clip(host.pow(host.exp(host.asarray(self.step)), exponents), self.start / self.n, (self.n - 1) / self.n)
        if (shares[1:] == shares[:-1]).any():
            raise ParameterError(f"{self.count} times from t_min={self.start} on: some of {self.n} samples are the same")
        return host.clip(shares * self.n, 0, self.n - 1)


_growing = constant_in_graphs(Growing)


@constant_in_graphs
def _weights(times: Growing, beta: float, xp: ModuleType, dtype: Dtype, device: Device) -> Array:
    """What the values at the times are multiplied with."""
    return place((times() / times.n) ** beta * (math.sqrt(times.n) / times.count), xp=xp, dtype=dtype, device=device)
