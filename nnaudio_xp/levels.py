"""Power and amplitude to decibels and back."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from ._backends import at_full_precision
from ._namespace import Array, as_floating, check_digits, half_by_single, is_array, is_complex, namespace, power_of
from .errors import as_number, as_positive, warn
from .transforms.decibels import Axes, clip_axes, decibels, reference_level


def _checked(amin: Any, top_db: Any) -> tuple[float, float | None]:
    return as_positive("amin", amin), None if top_db is None else as_number("top_db", top_db, minimum=0)


def _real(S: Any, name: str, remedy: str) -> tuple[ModuleType, Array]:
    """The input as real numbers; a complex spectrogram loses its phases, with a warning that says
    how to avoid it.
    """
    if is_array(S) and is_complex(S, xp := namespace(S)):
        check_digits(S, name="S")
        warn(f"{name} was called on complex input, whose phases it discards: call {name}({remedy}) to say so")
        return xp, xp.abs(S)
    return as_floating(S, name="S")


@at_full_precision
@half_by_single
def power_to_db(S: Array, *, ref: Any = 1.0, amin: float = 1e-10, top_db: float | None = 80.0, axes: Axes = "auto") -> Array:
    """Power to decibels: ``10 * log10(S / ref)``, at least `amin`, at most `top_db` below the peak.

    Parameters
    ----------
    S : array [shape=(...)], real
        Power, such as a power spectrogram (..., freq, time). Numbers and integers become float64.
    ref : float or callable
        The power of 0 dB. A callable is called as ``ref(S, axis=axes, keepdims=True)``: `numpy.max`
        gives the peak of each clip, on every array library.
    amin : float > 0
        Smallest power that is told apart from silence.
    top_db : float >= 0 or None [dB]
        Dynamic range: what lies further below the peak is lifted to ``peak - top_db``; None for no
        limit.
    axes : 'auto', None, int or tuple of int
        Axes over which peak and reference are taken: by default the last two, so that a clip never
        depends on its batch. None takes them over the whole array.

    Returns
    -------
    array [shape=(...)], real [dB]
        In the input's library and precision; half precision is computed in float32. NaN stays NaN
        where it is, and nowhere else (but a callable `ref` sees it).

    Raises
    ------
    ParameterError
        If `amin` is not positive, `top_db` is negative, or a callable `ref` takes no ``axis`` and
        ``keepdims``.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.power_to_db(np.array([1.0, 10.0, 100.0, 0.0])).tolist()
    [0.0, 10.0, 20.0, -60.0]
    >>> nax.power_to_db(np.array([1.0, 10.0, 100.0]), ref=np.max).tolist()
    [-20.0, -10.0, 0.0]
    """
    amin, top_db = _checked(amin, top_db)
    xp, power = _real(S, "power_to_db", "abs(S)**2")
    return decibels(power, ref=ref, amin=amin, top_db=top_db, axes=axes, xp=xp)


@at_full_precision
@half_by_single
def amplitude_to_db(S: Array, *, ref: Any = 1.0, amin: float = 1e-5, top_db: float | None = 80.0, axes: Axes = "auto") -> Array:
    """Amplitude to decibels: ``20 * log10(abs(S) / ref)``, at least `amin`, at most `top_db` below
    the peak.

    Parameters
    ----------
    S : array [shape=(...)], real
        Amplitude, such as a magnitude spectrogram (..., freq, time).
    ref : float or callable
        The amplitude of 0 dB, or a function of `S` as for `power_to_db`.
    amin : float > 0
        Smallest amplitude that is told apart from silence.
    top_db, axes
        As for `power_to_db`.

    Returns
    -------
    array [shape=(...)], real [dB]
        In the input's library and precision; half precision is computed in float32.

    Raises
    ------
    ParameterError
        As `power_to_db` does.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.amplitude_to_db(np.array([1.0, 10.0, -100.0])).tolist()
    [0.0, 20.0, 40.0]
    """
    amin, top_db = _checked(amin, top_db)
    xp, values = _real(S, "amplitude_to_db", "abs(S)")
    amplitude = xp.abs(values)
    reference = reference_level(ref, amplitude, clip_axes(axes, amplitude.ndim), xp=xp)
    return decibels(amplitude * amplitude, ref=reference * reference, amin=amin * amin, top_db=top_db, axes=axes, xp=xp)


@at_full_precision
@half_by_single
def db_to_power(S_db: Array, *, ref: float = 1.0) -> Array:
    """Decibels to power: ``ref * 10**(S_db / 10)``.

    Parameters
    ----------
    S_db : array [shape=(...)], real [dB]
        Levels.
    ref : float
        The power of 0 dB.

    Returns
    -------
    array [shape=(...)], real
        In the input's library and precision. Half precision is computed in float32, and what it
        does not hold then is infinite.

    Raises
    ------
    ParameterError
        If `S_db` does not hold real numbers.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.db_to_power(np.array([0.0, 10.0, 20.0])).tolist()
    [1.0, 10.0, 100.0]
    """
    xp, levels = as_floating(S_db, name="S_db")
    return as_number("ref", ref) * power_of(10.0, levels * 0.1, xp=xp)


@at_full_precision
@half_by_single
def db_to_amplitude(S_db: Array, *, ref: float = 1.0) -> Array:
    """Decibels to amplitude: ``abs(ref) * 10**(S_db / 20)``.

    Parameters
    ----------
    S_db : array [shape=(...)], real [dB]
        Levels.
    ref : float
        The amplitude of 0 dB.

    Returns
    -------
    array [shape=(...)], real
        In the input's library and precision. Half precision is computed in float32, and what it
        does not hold then is infinite.

    Raises
    ------
    ParameterError
        If `S_db` does not hold real numbers.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.db_to_amplitude(np.array([0.0, 20.0, 40.0])).tolist()
    [1.0, 10.0, 100.0]
    """
    xp, levels = as_floating(S_db, name="S_db")
    return abs(as_number("ref", ref)) * power_of(10.0, levels * 0.05, xp=xp)
