"""Frequency weightings: how much less of a level counts at frequencies that the ear hears less."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from functools import partial
from types import ModuleType
from typing import Any

from . import ops
from ._backends import at_full_precision, constant_in_graphs
from ._namespace import Array, Device, Dtype, as_floating, as_operand, device_of, half_by_single, host, is_array, namespace, place
from .errors import ParameterError, as_number, as_sequence, one_of
from .levels import power_to_db

LOW, HIGH = 20.598997, 12194.217
"""The poles of the C curve in Hz, which A and B have, too; and those that these have besides."""
MIDDLE_A, MIDDLE_B = (107.65265, 737.86223), (158.48932,)


DECIBELS = 10 / math.log(10)
"""Of a power that is larger by a factor of e."""


def _in_db(squares: Array, *, xp: ModuleType) -> Array:
    """Squares in decibels; nothing lies at minus infinity, with the gradient 0."""
    silent = squares <= 0
    return xp.where(silent, -xp.inf, 10.0 * xp.log10(xp.where(silent, 1.0, squares)))


def _poles(squares: Array, zeros: int, others: tuple[float, ...], *, xp: ModuleType) -> Array:
    """The curve that rises by `zeros` times 20 dB a decade from 0 Hz, less what each of its poles takes:
    the two of C twice, the others once. All in kHz.
    """
    levels, there = zeros * _in_db(squares, xp=xp), _one(squares, xp=xp)
    for corner in (LOW, HIGH, LOW, HIGH, *others):
        # beside 1 kHz, where the sum is small: no digits are lost
        levels = levels - _in_db((squares + (corner / 1000) ** 2) / (there + (corner / 1000) ** 2), xp=xp)
    return levels


def _one(like: Array, *, xp: ModuleType) -> Array:
    return xp.asarray(1.0, dtype=like.dtype, device=device_of(like))


def _curve_d(squares: Array, *, xp: ModuleType) -> Array:
    """The D curve, which has a peak at 3 kHz."""
    levels, past = _in_db(squares, xp=xp), squares - 1.0
    for corner in (0.2827, 1.16):
        levels = levels - DECIBELS * xp.log1p(past / (1 + corner**2))
    for sign, corner, width in ((1, 1.0187, 1.0396), (-1, 3.1365, 3.424)):
        # (corner**2 - squares)**2 + width**2 * squares, over what that is at 1 kHz, less 1
        rise = past * (squares + (1 - 2 * corner**2 + width**2)) / ((corner**2 - 1) ** 2 + width**2)
        levels = levels + sign * DECIBELS * xp.log1p(rise)
    return levels


def _at_1_khz(kind: str) -> float:
    """The level there, of A, B and C with the standard's gains, which it rounds; of D by its
    definition.
    """
    if kind == "D":
        peaks = [(corner**2 - 1e6) ** 2 + width**2 * 1e6 for corner, width in ((1018.7, 1039.6), (3136.5, 3424.0))]
        poles = (282.7**2 + 1e6) * (1160.0**2 + 1e6)
        return 10 * math.log10(1e6 * peaks[0] / (peaks[1] * poles)) - 40 * math.log10(8.3046305e-3)
    gain, zeros, others = {"A": (2.0, 4, MIDDLE_A), "B": (0.17, 3, MIDDLE_B), "C": (0.062, 2, ())}[kind]
    corners = sum(math.log10(1e6 + corner**2) for corner in (LOW, HIGH, LOW, HIGH, *others))
    return gain + 40 * math.log10(HIGH) + 60 * zeros - 10 * corners


def _weighted(kind: str, frequencies: Any, min_db: float | None, curve: Callable[..., Array]) -> Array:
    """A curve of the frequencies' squares in kHz, nowhere below a level."""
    xp, hertz = as_floating(frequencies, name="frequencies")
    kilohertz = hertz / 1000
    levels = _at_1_khz(kind) + curve(kilohertz * kilohertz, xp=xp)
    if min_db is not None:
        return xp.maximum(levels, as_operand(as_number("min_db", min_db), levels, xp=xp))
    ops.warn_unless(xp.all(xp.isfinite(levels)), f"{kind}_weighting: non-finite weights, of frequencies of 0 Hz; say min_db", xp=xp)
    return levels


@at_full_precision
@half_by_single
def A_weighting(frequencies: Any, *, min_db: float | None = -80.0) -> Array:
    """A-weighting: the ear at moderate levels, as noise is measured [1]_.

    Parameters
    ----------
    frequencies : number or array of any shape [Hz]
    min_db : float or None [dB]
        No weight is below this; with None that of 0 Hz is minus infinity, with a warning.

    Returns
    -------
    number or array of the same shape [dB]
        Added to a level at each frequency; about 0 at 1 kHz.

    Raises
    ------
    ParameterError
        If `frequencies` does not hold real numbers, or `min_db` is none.

    References
    ----------
    .. [1] IEC 61672-1:2013, "Electroacoustics: sound level meters", annex E.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.A_weighting([0, 100, 1000, 10000]).round(1).tolist()
    [-80.0, -19.1, 0.0, -2.5]
    """
    return _weighted("A", frequencies, min_db, partial(_poles, zeros=4, others=MIDDLE_A))


@at_full_precision
@half_by_single
def B_weighting(frequencies: Any, *, min_db: float | None = -80.0) -> Array:
    """B-weighting: between A and C, no longer in the standards.

    Parameters
    ----------
    frequencies : number or array of any shape [Hz]
    min_db : float or None [dB]
        As for `A_weighting`.

    Returns
    -------
    number or array of the same shape [dB]
        Added to a level at each frequency; about 0 at 1 kHz.

    Raises
    ------
    ParameterError
        As for `A_weighting`.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.B_weighting([0, 100, 1000, 10000]).round(1).tolist()
    [-80.0, -5.6, 0.0, -4.3]
    """
    return _weighted("B", frequencies, min_db, partial(_poles, zeros=3, others=MIDDLE_B))


@at_full_precision
@half_by_single
def C_weighting(frequencies: Any, *, min_db: float | None = -80.0) -> Array:
    """C-weighting: the ear at high levels [1]_.

    Parameters
    ----------
    frequencies : number or array of any shape [Hz]
    min_db : float or None [dB]
        As for `A_weighting`.

    Returns
    -------
    number or array of the same shape [dB]
        Added to a level at each frequency; about 0 at 1 kHz.

    Raises
    ------
    ParameterError
        As for `A_weighting`.

    References
    ----------
    .. [1] IEC 61672-1:2013, "Electroacoustics: sound level meters", annex E.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.C_weighting([0, 100, 1000, 10000]).round(1).tolist()
    [-80.0, -0.3, 0.0, -4.4]
    """
    return _weighted("C", frequencies, min_db, partial(_poles, zeros=2, others=()))


@at_full_precision
@half_by_single
def D_weighting(frequencies: Any, *, min_db: float | None = -80.0) -> Array:
    """D-weighting: the noise of aircraft (IEC 537), no longer in the standards.

    Parameters
    ----------
    frequencies : number or array of any shape [Hz]
    min_db : float or None [dB]
        As for `A_weighting`.

    Returns
    -------
    number or array of the same shape [dB]
        Added to a level at each frequency; about 0 at 1 kHz.

    Raises
    ------
    ParameterError
        As for `A_weighting`.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.D_weighting([0, 100, 1000, 10000]).round(1).tolist()
    [-80.0, -7.2, -0.0, 3.4]
    """
    return _weighted("D", frequencies, min_db, _curve_d)


@at_full_precision
@half_by_single
def Z_weighting(frequencies: Any, *, min_db: float | None = None) -> Array:
    """No weighting: 0 dB at all frequencies.

    Parameters
    ----------
    frequencies : number or array of any shape [Hz]
    min_db : float or None [dB]
        No weight is below this.

    Returns
    -------
    number or array of the same shape [dB]

    Raises
    ------
    ParameterError
        As for `A_weighting`.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.Z_weighting([0, 100, 1000, 10000]).tolist()
    [0.0, 0.0, 0.0, 0.0]
    """
    xp, hertz = as_floating(frequencies, name="frequencies")
    levels = 0.0 * xp.where(xp.isfinite(hertz), hertz, 0.0)
    return levels if min_db is None else xp.maximum(levels, as_operand(as_number("min_db", min_db), levels, xp=xp))


WEIGHTINGS: dict[str | None, Callable[..., Array]] = {
    "A": A_weighting,
    "B": B_weighting,
    "C": C_weighting,
    "D": D_weighting,
    "Z": Z_weighting,
    None: Z_weighting,
}


def frequency_weighting(frequencies: Any, *, kind: str | None = "A", **kwargs: Any) -> Array:
    """One of the weightings by its letter.

    Parameters
    ----------
    frequencies : number or array of any shape [Hz]
    kind : {'A', 'B', 'C', 'D', 'Z', None}
        In capital or small letters; None is Z.
    **kwargs
        As for `A_weighting`.

    Returns
    -------
    number or array of the same shape [dB]

    Raises
    ------
    ParameterError
        If there is no such weighting, and as for `A_weighting`.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.frequency_weighting([100, 1000], kind="c").round(1).tolist()
    [-0.3, 0.0]
    """
    letter = one_of("kind", kind.upper() if isinstance(kind, str) else kind, tuple(WEIGHTINGS))
    return WEIGHTINGS[letter](frequencies, **kwargs)


def multi_frequency_weighting(frequencies: Any, *, kinds: Iterable[str | None] = "ZAC", **kwargs: Any) -> Array:
    """Several weightings, one above the other.

    Parameters
    ----------
    frequencies : number or array of any shape [Hz]
    kinds : letters, or a sequence of what `frequency_weighting` takes
    **kwargs
        As for `A_weighting`.

    Returns
    -------
    array [shape=(len(kinds), ...)] [dB]

    Raises
    ------
    ParameterError
        As for `frequency_weighting`, and if there are no `kinds`.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.multi_frequency_weighting([100, 1000]).round(1).tolist()
    [[0.0, 0.0], [-19.1, 0.0], [-0.3, 0.0]]
    """
    curves = [frequency_weighting(frequencies, kind=kind, **kwargs) for kind in as_sequence("kinds", kinds)]
    return namespace(*curves).stack(curves, axis=0)


@at_full_precision
@half_by_single
def perceptual_weighting(S: Array, frequencies: Any, *, kind: str | None = "A", **kwargs: Any) -> Array:
    """A power spectrogram in decibels, with a weighting of its frequencies.

    Parameters
    ----------
    S : array [shape=(..., freq, time)], real
        Power.
    frequencies : array [shape=(freq,)] [Hz]
        Of its rows; numbers and NumPy's arrays go with spectrograms of all libraries.
    kind : {'A', 'B', 'C', 'D', 'Z', None}
        As for `frequency_weighting`.
    **kwargs
        As for `power_to_db`.

    Returns
    -------
    array [shape=(..., freq, time)] [dB]
        In the input's library and precision.

    Raises
    ------
    ParameterError
        If `frequencies` do not fit, and as for `power_to_db`.

    See Also
    --------
    power_to_db

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.perceptual_weighting(np.ones((2, 1)), [100.0, 1000.0]).round(1).tolist()
    [[-19.1], [0.0]]
    """
    levels = power_to_db(S, **kwargs)
    xp = namespace(levels)
    if is_array(frequencies) and namespace(frequencies) is not host:
        namespace(levels, frequencies)  # another library's are refused
        weights = xp.astype(frequency_weighting(frequencies, kind=kind), levels.dtype, copy=False)
    else:
        weights = _weights_on_host(frequencies, kind, xp, levels.dtype, device_of(levels))
    if weights.ndim != 1 or levels.ndim < 2 or weights.shape[0] != levels.shape[-2]:
        shapes = f"{tuple(weights.shape)}: S of shape {tuple(levels.shape)}"
        raise ParameterError(f"frequencies have shape {shapes} must have a row for each of them")
    return levels + xp.expand_dims(weights, axis=-1)


@constant_in_graphs
def _weights_on_host(frequencies: Any, kind: str | None, xp: ModuleType, dtype: Dtype, device: Device) -> Array:
    return place(frequency_weighting(host.asarray(frequencies), kind=kind), xp=xp, dtype=dtype, device=device)
