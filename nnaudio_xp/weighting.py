"""Frequency weightings: how much less of a level counts at frequencies that the ear hears less."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from types import ModuleType
from typing import Any

from . import ops
from ._backends import at_full_precision
from ._namespace import Array, as_floating, as_operand, device_of, half_by_single, is_array, namespace
from .errors import ParameterError, as_number, as_sequence, one_of
from .levels import power_to_db

LOW, HIGH = 20.598997, 12194.217
"""The poles of the C curve in Hz, which A and B have, too; and those that these have besides."""
MIDDLE_A, MIDDLE_B = (107.65265, 737.86223), (158.48932,)


def _squares_in_db(squares: Array, *, xp: ModuleType) -> Array:
    """Squares in decibels; nothing lies at minus infinity, with the gradient 0."""
    silent = squares <= 0
    return xp.where(silent, -xp.inf, 10.0 * xp.log10(xp.where(silent, 1.0, squares)))


def _poles(squares: Array, slopes: float, others: tuple[float, ...], gain: float, *, xp: ModuleType) -> Array:
    """The curve that rises by `slopes` times 20 dB a decade from 0 Hz, less what each of its poles
    takes: the two of C twice, the others once.
    """
    levels = gain + 40.0 * math.log10(HIGH) + slopes * _squares_in_db(squares, xp=xp)
    for corner in (LOW, HIGH, LOW, HIGH, *others):
        levels = levels - 10.0 * xp.log10(squares + corner**2)
    return levels


def _curve_d(squares: Array, *, xp: ModuleType) -> Array:
    """The D curve, which has a peak at 3 kHz."""
    levels = _squares_in_db(squares, xp=xp) - 40.0 * math.log10(8.3046305e-3)
    for corner in (282.7, 1160.0):
        levels = levels - 10.0 * xp.log10(squares + corner**2)
    for sign, corner, width in ((1, 1018.7, 1039.6), (-1, 3136.5, 3424.0)):
        levels = levels + sign * 10.0 * xp.log10((corner**2 - squares) ** 2 + width**2 * squares)
    return levels


def _weighted(name: str, frequencies: Any, min_db: float | None, curve: Callable[..., Array]) -> Array:
    """A curve of the frequencies' squares, nowhere below a level."""
    xp, hertz = as_floating(frequencies, name="frequencies")
    levels = curve(hertz * hertz, xp=xp)
    if min_db is not None:
        return xp.maximum(levels, as_operand(as_number("min_db", min_db), levels, xp=xp))
    ops.warn_unless(xp.all(xp.isfinite(levels)), f"{name}: frequencies of 0 Hz have no finite weight; say min_db", xp=xp)
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
    return _weighted("A_weighting", frequencies, min_db, lambda squares, xp: _poles(squares, 2.0, MIDDLE_A, 2.0, xp=xp))


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
    return _weighted("B_weighting", frequencies, min_db, lambda squares, xp: _poles(squares, 1.5, MIDDLE_B, 0.17, xp=xp))


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
    return _weighted("C_weighting", frequencies, min_db, lambda squares, xp: _poles(squares, 1.0, (), 0.062, xp=xp))


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
    return _weighted("D_weighting", frequencies, min_db, _curve_d)


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
    return _weighted("Z_weighting", frequencies, min_db, lambda squares, xp: 0.0 * xp.where(xp.isfinite(squares), squares, 0.0))


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
