"""Harmonics: librosa.core.harmonic's names, keywords, defaults and numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from . import ops
from ._backends import at_full_precision, host_functions
from ._namespace import Array, as_floating, check_digits, check_on_host, device_of, host, is_array, is_complex, namespace, place, real_dtype
from .errors import ParameterError, as_sequence, one_of, warn
from .transforms.aggregation import aggregator
from .transforms.harmonics import KINDS, at_frequencies, at_own_frequencies, check_fill, located
from .transforms.peaks import rising_above
from .util._checks import checked_array
from .util.shapes import is_unique

SPLINES = ("quadratic", "cubic")
"""What SciPy interpolates, on NumPy."""

__all__ = ["f0_harmonics", "interp_harmonics", "salience"]


def _spectrum(x: Any, name: str, axis: Any, freqs: Any) -> tuple[ModuleType, Array, int, Array]:
    """The namespace of an array, its numbers in the precision to compute in, the axis of frequencies, and
    these, one for each row.
    """
    xp, n, axis = checked_array(x, name, axis)
    check_digits(x, name=name)
    values = x if is_complex(x, xp) else as_floating(x, name=name)[1]
    values = values if is_complex(x, xp) else xp.astype(values, real_dtype(values, xp), copy=False)
    space, known = as_floating(freqs, name="freqs")
    varies = known.ndim > 1 and tuple(known.shape) == tuple(x.shape)
    if (tuple(known.shape) != (n,) and not varies) or n < 2:
        raise ParameterError(f"freqs has shape {tuple(known.shape)}: it must be ({n},) or {name}'s, {tuple(x.shape)}, of two rows at least")
    if varies:
        check_on_host(x, name=name)
    if space is host and not host.all(is_unique(known, axis=axis if varies else 0)):
        warn("freqs are not unique: what lies between equal ones is not defined; leave one of them out")
    return xp, values, axis % x.ndim, known


def _multiples(harmonics: Any, like: Array) -> Array:
    """Harmonics beside frequencies, in their library."""
    numbers = host.asarray(
        [float(number) for number in (harmonics.tolist() if is_array(harmonics) else as_sequence("harmonics", harmonics))]
    )
    space = namespace(like)
    return numbers if space is host else place(numbers, xp=space, dtype=like.dtype, device=device_of(like))


@at_full_precision
def interp_harmonics(
    x: Array, *, freqs: Array, harmonics: Sequence[float], kind: str = "linear", fill_value: float = 0, axis: int = -2
) -> Array:
    """The energy at multiples of each frequency, between the rows of a spectrum.

    Parameters
    ----------
    x : array [shape=(..., frequency, time)]
        Spectrum, real or complex.
    freqs : array [shape=(frequency,) or (..., frequency, time)]
        The frequency of each row, in any unit and order; of each frame even, on NumPy.
    harmonics : numbers [shape=(k,)]
        Multiples.
    kind : {'linear', 'slinear', 'nearest', 'nearest-up', 'zero', 'previous', 'next', 'quadratic', 'cubic'}
        What lies between rows, as for `scipy.interpolate.interp1d`; splines on NumPy alone.
    fill_value : float
        What lies outside of all frequencies.
    axis : int
        The axis of frequencies.

    Returns
    -------
    array [shape=(..., k, frequency, time)]
        In the input's library, device and precision.

    Raises
    ------
    ParameterError
        If there is not a frequency for each row, or on an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.interp_harmonics(np.array([1.0, 2.0, 3.0, 4.0]), freqs=np.array([0.0, 1, 2, 3]), harmonics=[1, 2], axis=0).tolist()
    [[1.0, 2.0, 3.0, 4.0], [1.0, 3.0, 0.0, 0.0]]
    """
    check_fill(fill_value)
    xp, values, axis, known = _spectrum(x, "x", axis, freqs)
    return _at_harmonics(values, known, harmonics, kind, fill_value, axis, xp=xp)


def _at_harmonics(values: Array, known: Array, harmonics: Any, kind: Any, fill_value: float, axis: int, *, xp: ModuleType) -> Array:
    """`interp_harmonics` of what `_spectrum` gives."""
    if known.ndim > 1 or one_of("kind", kind, (*KINDS, *SPLINES)) in SPLINES:
        return _with_own_grids(values, _grids(known, values, axis), _multiples(harmonics, known), kind, fill_value, axis)
    wanted = _multiples(harmonics, known)[:, None] * known
    return at_frequencies(values, located(known, wanted, kind, like=values, xp=xp), fill_value, axis=axis, xp=xp)


def _grids(known: Array, values: Array, axis: int) -> Array:
    """Frequencies of each frame's own, for what SciPy interpolates."""
    check_on_host(values, name="x")
    return known if known.ndim > 1 else host.broadcast_to(host.reshape(known, (-1, *(1,) * (values.ndim - 1 - axis))), values.shape)


def _with_own_grids(values: Array, grids: Array, multiples: Array, kind: str, fill_value: float, axis: int) -> Array:
    """`interp_harmonics` with frequencies of each frame's own."""
    frames, grids = (ops.moveaxis(part, axis, -1, xp=host) for part in (values, grids))
    wanted = multiples[:, None] * grids[..., None, :]
    flat = (host.reshape(frames, (-1, frames.shape[-1])), host.reshape(grids, (-1, grids.shape[-1])))
    made = host_functions().interpolated_rows(*flat, host.reshape(wanted, (flat[0].shape[0], -1)), kind, fill_value)
    found = host.astype(host.reshape(made, (*frames.shape[:-1], multiples.shape[0], frames.shape[-1])), values.dtype)
    return ops.moveaxis(found, (-2, -1), (axis, axis + 1), xp=host)


@at_full_precision
def f0_harmonics(
    x: Array, *, f0: Array, freqs: Array, harmonics: Sequence[float], kind: str = "linear", fill_value: float = 0, axis: int = -2
) -> Array:
    """The energy at multiples of a fundamental frequency that changes over time.

    Parameters
    ----------
    x : array [shape=(..., frequency, time)], real
        Spectrum.
    f0 : array [shape=(..., time)]
        The fundamental frequency of each frame, in the unit of `freqs`; where it is not finite, the
        result is `fill_value`.
    freqs : array [shape=(frequency,) or (..., frequency, time)]
        The frequency of each row; of each frame even, on NumPy.
    harmonics : numbers [shape=(k,)]
        Multiples.
    kind, fill_value
        As for `interp_harmonics`.
    axis : {-2, -1}
        The axis of frequencies; time is the other one.

    Returns
    -------
    array [shape=(..., k, time)], real
        In the input's library, device and precision.

    Raises
    ------
    ParameterError
        If there is not a frequency for each row, or on an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> x = np.array([[0.0, 0.0], [1.0, 1.0], [2.0, 2.0], [3.0, 3.0]])
    >>> nax.f0_harmonics(x, f0=np.array([1.0, 1.25]), freqs=np.arange(4.0), harmonics=[1, 2]).tolist()
    [[1.0, 1.25], [2.0, 2.5]]
    """
    check_fill(fill_value)
    xp, values, axis, known = _spectrum(x, "x", axis, freqs)
    if is_complex(values, xp) or values.ndim < 2 or axis < values.ndim - 2:
        raise ParameterError(f"x has shape {tuple(x.shape)}: it must be real, and axis one of the last two")
    rows = values if axis == values.ndim - 2 else xp.matrix_transpose(values)
    _, fundamental = as_floating(f0, name="f0")
    if fundamental.ndim == 0 or fundamental.shape[-1] != rows.shape[-1]:
        raise ParameterError(f"f0 has shape {tuple(fundamental.shape)}: it must have one frequency for each of {rows.shape[-1]} frames")
    wanted = namespace(fundamental).expand_dims(fundamental, axis=-1) * _multiples(harmonics, fundamental)
    if known.ndim > 1 or one_of("kind", kind, (*KINDS, *SPLINES)) in SPLINES:
        known = _grids(known, values, axis)
        grids = xp.matrix_transpose(known) if axis == values.ndim - 2 else known
        frames = xp.matrix_transpose(rows)
        points = host.broadcast_to(wanted, (*frames.shape[:-1], wanted.shape[-1]))
        flat = [host.reshape(part, (-1, part.shape[-1])) for part in (frames, grids, points)]
        made = host_functions().interpolated_rows(*flat, kind, fill_value)
        found = host.astype(host.reshape(host.where(host.isnan(made), fill_value, made), points.shape), values.dtype)
        return xp.matrix_transpose(found) if axis == values.ndim - 2 else found
    found = at_own_frequencies(rows, located(known, wanted, kind, like=rows, xp=xp), fill_value, xp=xp)
    return found if axis == values.ndim - 2 else xp.matrix_transpose(found)


@at_full_precision
def salience(
    S: Array,
    *,
    freqs: Array,
    harmonics: Sequence[float],
    weights: Any = None,
    aggregate: Callable[..., Any] | None = None,
    filter_peaks: bool = True,
    fill_value: float = host.nan,
    kind: str = "linear",
    axis: int = -2,
) -> Array:
    """How well each frequency explains a spectrum as a fundamental: the weighted mean of the energy at its
    harmonics [1]_.

    Parameters
    ----------
    S : array [shape=(..., frequency, time)], real
        Spectrum of magnitudes.
    freqs, harmonics, kind, axis
        As for `interp_harmonics`.
    weights : numbers [shape=(k,)], optional
        The weight of each harmonic; 1 by default.
    aggregate : callable, optional
        What makes one number of all harmonics in the place of the weighted mean, called as
        ``aggregate(energies, axis=axis - 1)``.
    filter_peaks : bool
        Whether only local maxima of `S` are kept.
    fill_value : float
        What stands everywhere else.

    Returns
    -------
    array [shape=(..., frequency, time)], real
        In the input's library, device and precision.

    Raises
    ------
    ParameterError
        As `interp_harmonics` does, and if there is not a weight for each harmonic.

    References
    ----------
    .. [1] J. Salamon and E. Gómez, "Melody extraction from polyphonic music signals using pitch contour
       characteristics", IEEE Transactions on Audio, Speech, and Language Processing 20(6), 2012.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> S = np.array([[0.0], [2.0], [0.0], [1.0], [0.0]])
    >>> nax.salience(S, freqs=np.arange(5.0), harmonics=[1, 3], fill_value=0)[:, 0].tolist()
    [0.0, 1.5, 0.0, 0.5, 0.0]
    """
    check_fill(fill_value)
    xp, values, axis, known = _spectrum(S, "S", axis, freqs)
    energies = _at_harmonics(values, known, harmonics, kind, 0, axis, xp=xp)
    if aggregate is None or getattr(aggregate, "__name__", "") == "average":
        shares = xp.ones(energies.shape[axis], dtype=values.dtype, device=device_of(values))
        shares = shares if weights is None else xp.asarray(_multiples(weights, values), device=device_of(values))
        if tuple(shares.shape) != (energies.shape[axis],):
            raise ParameterError(f"weights has shape {tuple(shares.shape)}: it must have one for each of {energies.shape[axis]} harmonics")
        shares = xp.reshape(xp.astype(shares, values.dtype) / xp.sum(shares), (-1, *(1,) * (energies.ndim - axis - 1)))
        salient = xp.sum(energies * shares, axis=axis)
    else:
        salient = aggregator(aggregate, xp=xp)(energies, axis=axis)
    if not filter_peaks:
        return salient
    rows = ops.moveaxis(values, axis, -1, xp=xp)
    peaks = ops.moveaxis(rising_above(rows, xp.greater, xp.greater, xp=xp), -1, axis, xp=xp)
    return xp.where(peaks, salient, fill_value)
