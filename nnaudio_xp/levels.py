"""Power and amplitude to decibels and back, and levels beside how loud it was lately."""

from __future__ import annotations

from functools import partial
from types import ModuleType
from typing import Any

from . import ops
from ._backends import at_full_precision
from ._namespace import Array, as_floating, check_digits, half_by_single, is_array, is_complex, namespace, power_of, real_dtype
from .errors import ParameterError, as_integer, as_number, as_positive, warn
from .transforms.decibels import Axes, clip_axes, decibels, reference_level
from .transforms.pcen import along_time, axis_of, beside, loudest, normalized, running_mean, setting, smoothing


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


@at_full_precision
def pcen(
    S: Array,
    *,
    sr: float = 22050,
    hop_length: int = 512,
    gain: Any = 0.98,
    bias: Any = 2,
    power: Any = 0.5,
    time_constant: Any = 0.400,
    eps: Any = 1e-6,
    b: Any = None,
    max_size: int = 1,
    ref: Array | None = None,
    axis: int = -1,
    max_axis: int | None = None,
    zi: Array | None = None,
    return_zf: bool = False,
) -> Array | tuple[Array, Array]:
    """Per-channel energy normalisation: ``(S / (eps + M)**gain + bias)**power - bias**power``, where M
    is the running mean of each band [1]_.

    The mean is ``M[t] = (1 - b) * M[t - 1] + b * ref[t]``. It suppresses what stays and emphasises what
    begins.

    Parameters
    ----------
    S : array [shape=(..., freq, time)], real, non-negative
        Magnitudes, such as a mel spectrogram. Complex numbers lose their phases, with a warning.
    sr : float > 0 [Hz]
        Sampling rate.
    hop_length : int > 0
        Samples between frames.
    gain : float >= 0
        How much of the mean is divided by; about 1.
    bias, power : float >= 0
        The compression. With a power of 0 it is ``log(1 + S / (eps + M)**gain)``.
    time_constant : float > 0 [s]
        Of the running mean.
    eps : float > 0
        Keeps the mean away from 0.
    b : float, 0 <= b <= 1
        The mean's share of a new frame; by default that of the time constant.
    max_size : int > 0
        How many neighbouring bands the mean is taken of the loudest of; 1 for each band by itself.
    ref : array [shape=(..., freq, time)], optional
        What the mean is taken of, instead of `S`.
    axis, max_axis : int
        The axes of time and of bands.
    zi : array [shape=(..., freq, 1)], optional
        The mean's state before the first frame, as `return_zf` gave it for the block before; by default
        that of a mean of 1.
    return_zf : bool
        Whether to return the state behind the last frame, too: the next block's `zi`.

    Returns
    -------
    array [shape=(..., freq, time)], real
        In the input's library, device and precision (float32 for half precision).
    zf : array [shape=(..., freq, 1)]
        Only with `return_zf`.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Notes
    -----
    `gain`, `bias`, `power`, `time_constant`, `eps` and `b` may be arrays of positive numbers that
    broadcast against `S`, such as (freq, 1), and have gradients.

    References
    ----------
    .. [1] Y. Wang et al., "Trainable frontend for robust and far-field keyword spotting", 2017.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.pcen(np.array([[0.0, 1.0, 1.0, 1.0]]), b=0.5, zi=np.zeros((1, 1)))[0].round(3).tolist()
    [0.0, 0.579, 0.409, 0.358]
    """
    max_size = as_integer("max_size", max_size)
    rate = as_positive("sr", sr) / as_integer("hop_length", hop_length)
    xp, S = _real(S, "pcen", "abs(D)")
    axis = axis_of("axis", axis, S)
    S = xp.astype(S, real_dtype(S, xp), copy=False)
    gain, bias, power = (setting(name, value, S, xp=xp, minimum=0) for name, value in (("gain", gain), ("bias", bias), ("power", power)))
    eps, time_constant = (setting(name, value, S, xp=xp) for name, value in (("eps", eps), ("time_constant", time_constant)))
    b = smoothing(time_constant, rate, xp=xp) if b is None else setting("b", b, S, xp=xp, minimum=0)
    if isinstance(b, float) and b > 1:
        raise ParameterError(f"b={b!r} must lie between 0 and 1")
    if not isinstance(power, float) and isinstance(bias, float) and bias == 0:
        raise ParameterError("bias=0 needs a power that is a number, not an array")
    ref = loudest(S, max_size, axis, max_axis, xp=xp) if ref is None else beside("ref", ref, S, xp=xp)
    share = along_time(b, S.ndim, axis, xp=xp)
    state = 1 - share if zi is None else ops.moveaxis(beside("zi", zi, S, xp=xp), axis, -1, xp=xp)
    mean = running_mean(ops.moveaxis(ref, axis, -1, xp=xp), share, state, xp=xp)
    formula = partial(normalized, gain=gain, bias=bias, power=power, eps=eps)
    beside_mean = S, ops.moveaxis(mean, -1, axis, xp=xp)
    if S.ndim > 1 and all(isinstance(value, float) for value in (gain, bias, power, eps)):
        values = ops.columnwise(formula, *beside_mean, axis=-2, xp=xp)
    else:
        values = formula(*beside_mean, xp=xp)
    return (values, ops.moveaxis((1 - share) * mean[..., -1:], -1, axis, xp=xp)) if return_zf else values
