"""Signals that are made, coded, and predicted from their past."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

from . import ops
from ._backends import at_full_precision, host_functions, made_outside_graphs
from ._namespace import (
    Array,
    Device,
    Dtype,
    as_floating,
    check_digits,
    check_on_host,
    check_signal,
    device_of,
    host,
    integer_dtype,
    is_complex,
    place,
    real_dtype,
)
from .errors import ParameterError, as_integer, as_number, as_positive, check_size
from .kernels.gabor import fast_length
from .times import frames_to_samples, time_to_samples
from .transforms.norms import by_peak
from .util._checks import checked_array

__all__ = ["autocorrelate", "chirp", "clicks", "lpc", "mu_compress", "mu_expand", "tone"]


def _samples(length: Any, duration: Any, sr: float) -> int:
    """How many samples a signal has."""
    if length is None and duration is None:
        raise ParameterError("length=None and duration=None: one of them must be given")
    seconds = 0.0 if duration is None else as_number("duration", duration, minimum=0)
    count = int(seconds * sr) if length is None else as_integer("length", length)
    check_size("the signal", [count], {"length": length, "duration": duration})
    return count


@made_outside_graphs
def tone(
    frequency: float,
    *,
    sr: float = 22050,
    length: int | None = None,
    duration: float | None = None,
    phi: float | None = None,
    xp: ModuleType | None = None,
    dtype: Dtype = "float64",
    device: Device = None,
) -> Array:
    """A pure tone: ``cos(2 * pi * frequency * n / sr + phi)``.

    Parameters
    ----------
    frequency : float [Hz]
        Its frequency.
    sr : float > 0 [Hz]
        Sampling rate.
    length : int > 0, optional [samples]
        How long it is.
    duration : float >= 0, optional [s]
        The same in seconds, if `length` is not given.
    phi : float, optional [radians]
        Phase of the first sample; -pi / 2 by default: a sine.
    xp, dtype, device
        Where the signal is made: a float64 array of NumPy's by default.

    Returns
    -------
    array [shape=(length,)]

    Raises
    ------
    ParameterError
        If neither `length` nor `duration` is given, or on an argument outside these ranges.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.tone(1, sr=4, length=4).round(6).tolist()
    [0.0, 1.0, 0.0, -1.0]
    """
    turns, rate = as_number("frequency", frequency), as_positive("sr", sr)
    n = host.arange(_samples(length, duration, rate), dtype=host.float64)
    start = -math.pi / 2 if phi is None else as_number("phi", phi)
    return place(host.cos(2 * math.pi * turns * n / rate + start), xp=xp, dtype=dtype, device=device)


@made_outside_graphs
def chirp(
    *,
    fmin: float,
    fmax: float,
    sr: float = 22050,
    length: int | None = None,
    duration: float | None = None,
    linear: bool = False,
    phi: float | None = None,
    xp: ModuleType | None = None,
    dtype: Dtype = "float64",
    device: Device = None,
) -> Array:
    """A sweep from one frequency to another.

    With T its duration, the phase is ``2 * pi * (fmin * t + (fmax - fmin) * t**2 / (2 * T))`` if it
    is linear, otherwise ``2 * pi * fmin * T / log(fmax / fmin) * ((fmax / fmin)**(t / T) - 1)``.

    Parameters
    ----------
    fmin, fmax : float > 0 [Hz]
        Frequencies at its beginning and end.
    sr : float > 0 [Hz]
        Sampling rate.
    length : int > 0, optional [samples]
        How long it is.
    duration : float >= 0, optional [s]
        The same in seconds, if `length` is not given.
    linear : bool
        Whether the frequency grows by the same amount in equal times; else by the same factor.
    phi : float, optional [radians]
        Phase of the first sample; -pi / 2 by default: a sine.
    xp, dtype, device
        Where the signal is made: a float64 array of NumPy's by default.

    Returns
    -------
    array [shape=(length,)]

    Raises
    ------
    ParameterError
        If neither `length` nor `duration` is given, or on an argument outside these ranges.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.chirp(fmin=110, fmax=880, duration=1).shape
    (22050,)
    """
    low, high, rate = as_positive("fmin", fmin), as_positive("fmax", fmax), as_positive("sr", sr)
    count = _samples(length, duration, rate)
    whole = count / rate if length is not None else as_number("duration", duration)
    t = host.arange(count, dtype=host.float64) / rate
    start = -math.pi / 2 if phi is None else as_number("phi", phi)
    if linear or low == high:
        cycles = low * t + (0.5 * (high - low) / whole if count else 0.0) * t * t
    else:
        octaves = math.log(high / low)
        cycles = low * whole / octaves * (host.exp(octaves * (t / whole)) - 1)
    return place(host.cos(2 * math.pi * cycles + start), xp=xp, dtype=dtype, device=device)


@made_outside_graphs
def clicks(
    *,
    times: Any = None,
    frames: Any = None,
    sr: float = 22050,
    hop_length: int = 512,
    click_freq: float = 1000.0,
    click_duration: float = 0.1,
    click: Any = None,
    length: int | None = None,
    xp: ModuleType | None = None,
    dtype: Dtype = "float32",
    device: Device = None,
) -> Array:
    """A track of clicks at given times, such as beats.

    Parameters
    ----------
    times : numbers [shape=(k,)], optional [s]
        When clicks begin: a list or NumPy's array.
    frames : integers [shape=(k,)], optional
        The same in frames, if `times` is not given.
    sr : float > 0 [Hz]
        Sampling rate.
    hop_length : int > 0
        Samples from one frame to the next.
    click_freq : float > 0 [Hz]
        Frequency of the click, which decays by 10 octaves.
    click_duration : float > 0 [s]
        Its length.
    click : array [shape=(..., n)], optional
        Another click, NumPy's.
    length : int > 0, optional [samples]
        Length of the track; by default to the end of the last click.
    xp, dtype, device
        Where the track is made: a float32 array of NumPy's by default.

    Returns
    -------
    array [shape=(..., length)]

    Raises
    ------
    ParameterError
        If neither `times` nor `frames` is given, or on an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.clicks(times=[0.0, 0.5], sr=8, click=np.ones(2), length=8).tolist()
    [1.0, 1.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0]
    """
    if times is None and frames is None:
        raise ParameterError("times=None and frames=None: one of them must be given")
    rate, hop_length = as_positive("sr", sr), as_integer("hop_length", hop_length)
    if times is not None:
        positions = time_to_samples(check_on_host(times, name="times"), sr=rate)
    else:
        positions = frames_to_samples(check_on_host(frames, name="frames"), hop_length=hop_length)
    freq, seconds = as_positive("click_freq", click_freq), as_positive("click_duration", click_duration)
    if click is None:
        count = int(rate * seconds)
        n = host.arange(count, dtype=host.float64)
        sound = 2.0 ** (-10 * n / max(1, count - 1)) * host.sin(2 * math.pi * freq / rate * n)
    else:
        sound = check_on_host(click, name="click")
        ops.require_finite(sound, "click", xp=check_signal(sound, name="click"))
    starts = [int(start) for start in host.reshape(positions, (-1,)).tolist()]
    if length is None and not starts:
        raise ParameterError("length=None: without a click the track has no length")
    size = max(starts) + sound.shape[-1] if length is None else as_integer("length", length)
    check_size("the track", [size], {"length": length})
    return place(host_functions().placed(sound, starts, size), xp=xp, dtype=dtype, device=device)


@at_full_precision
def mu_compress(x: Array, *, mu: float = 255, quantize: bool = True) -> Array:
    """Code samples by the mu-law of telephony (ITU-T G.711):
    ``sign(x) * log(1 + mu * abs(x)) / log(1 + mu)``.

    Parameters
    ----------
    x : array [shape=(...)], real from -1 to 1
        Samples, or a number.
    mu : float > 0
        How much quiet sounds are raised.
    quantize : bool
        Whether the result is one of ``1 + mu`` whole numbers.

    Returns
    -------
    array [shape=(...)]
        From -1 to 1 in the input's precision (float32 for half precision), or with `quantize`
        integers around 0.

    Raises
    ------
    ParameterError
        If `mu` is not positive, or a sample of NumPy's lies outside the range.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.mu_compress(np.array([-1.0, -0.01, 0.0, 0.5, 1.0])).tolist()
    [-128, -29, 0, 112, 127]
    """
    rise = as_positive("mu", mu)
    xp, values = as_floating(x, name="x")
    ops.require(xp.all(xp.abs(values) <= 1), "x must lie between -1 and 1", xp=xp)
    values = xp.astype(values, real_dtype(values, xp), copy=False)
    size = xp.log1p(rise * xp.abs(values)) / math.log1p(rise)
    coded = xp.where(values < 0, -size, size)
    if not quantize:
        return coded
    steps = host.linspace(-1, 1, int(1 + rise), endpoint=True)
    edges = steps if xp is host else place(steps, xp=xp, dtype=coded.dtype, device=device_of(coded))
    places = xp.searchsorted(edges, xp.reshape(coded, (-1,)), side="left")
    return xp.reshape(xp.astype(places, integer_dtype(xp)), coded.shape) - int(rise + 1) // 2


@at_full_precision
def mu_expand(x: Array, *, mu: float = 255.0, quantize: bool = True) -> Array:
    """Decode samples coded by the mu-law: ``sign(x) / mu * ((1 + mu)**abs(x) - 1)``.

    Parameters
    ----------
    x : array [shape=(...)], real
        What `mu_compress` gives, or a number.
    mu, quantize
        As for `mu_compress`.

    Returns
    -------
    array [shape=(...)], real from -1 to 1
        In the input's precision (float32 for half precision); whole numbers become floats.

    Raises
    ------
    ParameterError
        If `mu` is not positive, or a number of NumPy's lies outside the range.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.mu_expand(np.array([-128, 0, 127])).round(3).tolist()
    [-1.0, 0.0, 0.957]
    """
    rise = as_positive("mu", mu)
    xp, values = as_floating(x, name="x")
    values = xp.astype(values, real_dtype(values, xp), copy=False)
    coded = values * (2.0 / (1 + rise)) if quantize else values
    size = xp.abs(coded)
    ops.require(xp.all(size <= 1), "x must lie within the range of mu_compress", xp=xp)
    size = xp.expm1(size * math.log1p(rise)) / rise
    return xp.where(coded < 0, -size, size)


@at_full_precision
def autocorrelate(y: Array, *, max_size: int | None = None, axis: int = -1) -> Array:
    """Autocorrelation: sums of the products of a signal with itself delayed, by its spectrum.

    Parameters
    ----------
    y : array [shape=(..., n, ...)], real or complex
        Signals.
    max_size : int > 0, optional
        Number of delays, n at most, and by default.
    axis : int
        The axis of time.

    Returns
    -------
    array [shape=(..., max_size, ...)]
        For a delay k the sum over t of ``y[t + k] * conj(y[t])``, in the input's library and
        precision.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.autocorrelate(np.array([1.0, 2.0, 3.0])).round(6).tolist()
    [14.0, 8.0, 3.0]
    """
    xp, n, axis = checked_array(y, "y", axis)
    check_digits(y, name="y")
    size = n if max_size is None else min(n, as_integer("max_size", max_size))
    if n == 0:
        raise ParameterError(f"y has shape {tuple(y.shape)}: it must have at least one sample along axis {axis}")
    rows = ops.moveaxis(y, axis, -1, xp=xp)
    parts = (xp.real(rows), xp.imag(rows)) if is_complex(y, xp) else (as_floating(rows, name="y")[1],)
    dtype = parts[0].dtype
    period = fast_length(2 * n - 1)
    longer = [ops.pad(xp.astype(part, real_dtype(part, xp), copy=False), 0, period - n, "constant", xp=xp) for part in parts]
    spectra = [ops.rfft(part, xp=xp) for part in longer]
    power = sum(ops.squared_magnitude(xp.real(spectrum), xp.imag(spectrum), xp=xp) for spectrum in spectra)
    real = ops.irfft(ops.to_complex(power, xp.zeros_like(power), xp=xp), period, xp=xp)[..., :size]
    if len(parts) == 1:
        return ops.moveaxis(xp.astype(real, dtype, copy=False), -1, axis, xp=xp)
    re, im = spectra
    cross = ops.irfft(im * xp.conj(re) - re * xp.conj(im), period, xp=xp)[..., :size]
    return ops.moveaxis(ops.to_complex(real, cross, xp=xp), -1, axis, xp=xp)


@at_full_precision
def lpc(y: Array, *, order: int, axis: int = -1) -> Array:
    """Linear prediction: the filter that makes the error of predicting samples from those before, and
    after, the smallest, by Burg's method [1]_.

    Parameters
    ----------
    y : array [shape=(..., n, ...)], real floating-point
        Signals.
    order : int > 0, below n
        Samples that one is predicted from.
    axis : int
        The axis of time.

    Returns
    -------
    array [shape=(..., order + 1, ...)]
        The coefficients of the error filter, 1 first, in the input's library and precision.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    References
    ----------
    .. [1] L. Marple, "A new autoregressive spectrum analysis algorithm", IEEE Transactions on
       Acoustics, Speech, and Signal Processing 28(4), 1980.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.lpc(0.5 ** np.arange(20), order=1).round(3).tolist()
    [1.0, -0.8]
    """
    xp = check_signal(y)
    _, n, axis = checked_array(y, "y", axis)
    ops.require_finite(y, "y", xp=xp)
    if not as_integer("order", order) < n:
        raise ParameterError(f"order={order} must be below the {n} samples of y")
    rows = ops.moveaxis(xp.astype(y, real_dtype(y, xp), copy=False), axis, -1, xp=xp)
    return ops.moveaxis(xp.astype(_burg(rows, order, xp=xp), y.dtype, copy=False), -1, axis, xp=xp)


def _burg(rows: Array, order: int, *, xp: ModuleType) -> Array:
    """Error filters (..., order + 1), by Levinson's recursion on reflections that are chosen for the
    errors of both directions.
    """

    def total(values: Array) -> Array:
        return xp.sum(values, axis=-1, keepdims=True)

    rows, _ = by_peak(ops.in_rows(rows, xp=xp), xp=xp)  # filters do not depend on the unit
    least = float(xp.finfo(rows.dtype).smallest_normal)
    ahead, behind = rows[..., 1:], rows[..., :-1]
    filters = xp.ones_like(rows[..., :1])
    for _ in range(order):
        energy = total(ahead * ahead + behind * behind)  # not by Marple's recursion, which loses single precision's digits
        reflection = -2 * total(behind * ahead) / (energy + least)
        longer = ops.pad(filters, 0, 1, "constant", xp=xp)
        filters = longer + reflection * xp.flip(longer, axis=-1)
        ahead, behind = ahead + reflection * behind, behind + reflection * ahead
        ahead, behind = ahead[..., 1:], behind[..., :-1]
    return filters
