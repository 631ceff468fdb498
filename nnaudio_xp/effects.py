"""Effects on waveforms: librosa.effects' names, keywords, defaults and numbers."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable, Sequence
from types import ModuleType
from typing import Any

from . import ops
from ._backends import at_full_precision
from ._namespace import (
    Array,
    check_on_host,
    check_signal,
    device_of,
    host,
    integer_dtype,
    is_array,
    namespace,
    place,
)
from .audio import resample
from .errors import ParameterError, as_integer, as_number, as_positive, check_size, shown
from .feature import rms
from .geometry import framing_of
from .levels import amplitude_to_db
from .spectrum import istft, phase_vocoder, stft, zero_crossings
from .transforms.aggregation import aggregator
from .transforms.inputs import signal_of
from .transforms.separation import masks
from .transforms.stft import N_ITER, FrequencyScale, analyze, synthesize
from .util.padding import fix_length

__all__ = ["deemphasis", "harmonic", "hpss", "percussive", "pitch_shift", "preemphasis", "remix", "split", "time_stretch", "trim"]

MOST_OCTAVES = 30
"""By which a pitch may be shifted: beyond what a recording holds."""


def _separated(
    y: Array,
    parts: Sequence[int],
    *,
    kernel_size: Any,
    power: Any,
    mask: bool,
    margin: Any,
    n_fft: int,
    hop_length: int | None,
    win_length: int | None,
    window: Any,
    center: bool,
    pad_mode: Any,
) -> list[Array]:
    """The harmonic part (0) or the percussive one (1) of a waveform, or both."""
    framing, width = framing_of(n_fft, hop_length, win_length, center, pad_mode)
    xp, y = signal_of(y)
    rows = analyze(y, framing, width, window, xp=xp)
    size = xp.matrix_transpose(ops.modulus(rows, xp=xp))
    found = [xp.astype(part, size.dtype, copy=False) for part in masks(size, kernel_size, power, margin, parts=parts, xp=xp)]
    # masks alone have no phases
    spectra = [ops.to_complex(part, xp.zeros_like(part), xp=xp) if mask else rows * part for part in map(xp.matrix_transpose, found)]
    return [synthesize(part, framing, width, window, y.shape[-1], scale=FrequencyScale(), n_iter=N_ITER, xp=xp) for part in spectra]


@at_full_precision
def hpss(
    y: Array,
    *,
    kernel_size: Any = 31,
    power: Any = 2.0,
    mask: bool = False,
    margin: Any = 1.0,
    n_fft: int = 2048,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = "hann",
    center: bool = True,
    pad_mode: Any = "constant",
) -> tuple[Array, Array]:
    """Part a waveform into a harmonic and a percussive one: `decompose.hpss` between `stft` and `istft`.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them.
    kernel_size, power, mask, margin
        As for `nnaudio_xp.decompose.hpss`.
    n_fft, hop_length, win_length, window, center, pad_mode
        As for `nnaudio_xp.stft`. (librosa 1.0 does without `window`.)

    Returns
    -------
    harmonic, percussive : arrays [shape=(..., n)], real
        In the input's library, device and precision (float32 for half precision). They add up to `y`
        if `margin` is 1. With `mask` they are what `istft` makes of the masks.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> harmonic, percussive = nax.effects.hpss(y)
    >>> bool(np.allclose(harmonic + percussive, y))
    True
    """
    both = _separated(
        y,
        (0, 1),
        kernel_size=kernel_size,
        power=power,
        mask=mask,
        margin=margin,
        n_fft=n_fft,
        hop_length=hop_length,
        win_length=win_length,
        window=window,
        center=center,
        pad_mode=pad_mode,
    )
    return both[0], both[1]


@at_full_precision
def harmonic(
    y: Array,
    *,
    kernel_size: Any = 31,
    power: Any = 2.0,
    mask: bool = False,
    margin: Any = 1.0,
    n_fft: int = 2048,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = "hann",
    center: bool = True,
    pad_mode: Any = "constant",
) -> Array:
    """The harmonic part of `hpss` alone.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them.
    kernel_size, power, mask, margin, n_fft, hop_length, win_length, window, center, pad_mode
        As for `hpss`.

    Returns
    -------
    array [shape=(..., n)], real
        In the input's library, device and precision (float32 for half precision).

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> nax.effects.harmonic(y, margin=3.0).shape
    (22050,)
    """
    (part,) = _separated(
        y,
        (0,),
        kernel_size=kernel_size,
        power=power,
        mask=mask,
        margin=margin,
        n_fft=n_fft,
        hop_length=hop_length,
        win_length=win_length,
        window=window,
        center=center,
        pad_mode=pad_mode,
    )
    return part


@at_full_precision
def percussive(
    y: Array,
    *,
    kernel_size: Any = 31,
    power: Any = 2.0,
    mask: bool = False,
    margin: Any = 1.0,
    n_fft: int = 2048,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = "hann",
    center: bool = True,
    pad_mode: Any = "constant",
) -> Array:
    """The percussive part of `hpss` alone.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them.
    kernel_size, power, mask, margin, n_fft, hop_length, win_length, window, center, pad_mode
        As for `hpss`.

    Returns
    -------
    array [shape=(..., n)], real
        In the input's library, device and precision (float32 for half precision).

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> nax.effects.percussive(y, margin=3.0).shape
    (22050,)
    """
    (part,) = _separated(
        y,
        (1,),
        kernel_size=kernel_size,
        power=power,
        mask=mask,
        margin=margin,
        n_fft=n_fft,
        hop_length=hop_length,
        win_length=win_length,
        window=window,
        center=center,
        pad_mode=pad_mode,
    )
    return part


@at_full_precision
def time_stretch(y: Array, *, rate: float, **kwargs: Any) -> Array:
    """Play faster or slower at the same pitch: `phase_vocoder` between `stft` and `istft`.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them.
    rate : float > 0
        Above 1 faster, below 1 slower.
    **kwargs
        Of both transforms: ``n_fft=2048``, ``hop_length``, ``win_length``, ``window``, ``center``.

    Returns
    -------
    array [shape=(..., round(n / rate))], real
        In the input's library, device and precision (float32 for half precision).

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and if nothing would be left.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> nax.effects.time_stretch(y, rate=2.0).shape
    (11025,)
    """
    rate = as_positive("rate", rate)
    check_signal(y)
    n = y.shape[-1]
    check_size("the signal", [math.prod(y.shape), 1 / rate], {"rate": rate}, given=math.prod(y.shape))
    length = round(n / rate)
    if not length:
        raise ParameterError(f"rate={rate:g} leaves nothing of {n} samples")
    return istft(phase_vocoder(stft(y, **kwargs), rate=rate), length=length, **kwargs)


@at_full_precision
def pitch_shift(
    y: Array,
    *,
    sr: float,
    n_steps: float,
    bins_per_octave: int = 12,
    res_type: str = "soxr_hq",
    scale: bool = False,
    **kwargs: Any,
) -> Array:
    """Play higher or lower at the same speed: `time_stretch`, then `resample`.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them.
    sr : float > 0 [Hz]
        Sampling rate.
    n_steps : float [steps]
        How much higher; lower if negative.
    bins_per_octave : int > 0
        Steps in an octave: 12 for semitones.
    res_type, scale
        As for `nnaudio_xp.resample`.
    **kwargs
        As for `time_stretch`.

    Returns
    -------
    array [shape=(..., n)], real
        In the input's library, device and precision (float32 for half precision).

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> shifted = nax.effects.pitch_shift(y, sr=22050, n_steps=12)
    >>> int(np.argmax(abs(np.fft.rfft(shifted))))  # as the signal lasts a second, in Hz
    880
    """
    sr, octaves = as_positive("sr", sr), as_number("n_steps", n_steps) / as_integer("bins_per_octave", bins_per_octave)
    if abs(octaves) > MOST_OCTAVES:
        raise ParameterError(f"n_steps={n_steps!r} must lie within {MOST_OCTAVES} octaves")
    check_signal(y)
    rate = 2.0**-octaves
    stretched = time_stretch(y, rate=rate, **kwargs)
    return fix_length(resample(stretched, orig_sr=sr / rate, target_sr=sr, res_type=res_type, scale=scale), size=y.shape[-1])


def _state(zi: Any, y: Array, *, xp: ModuleType) -> Array:
    """The filter's state before a signal (..., n), given as a number or as an array that goes with
    (..., 1).
    """
    if is_array(zi) and namespace(y, zi) is not host:
        state = xp.astype(zi, y.dtype, copy=False)
    else:
        numbers = check_on_host(zi, name="zi")
        if not host.isdtype(numbers.dtype, ("real floating", "integral")):
            raise ParameterError(f"zi={shown(zi)} must be a number, or an array of shape (..., 1)")
        state = place(numbers, xp=xp, dtype=y.dtype, device=device_of(y))
    shape = (*y.shape[:-1], 1)
    try:
        return xp.broadcast_to(state, shape)
    except (ValueError, RuntimeError, TypeError) as error:
        raise ParameterError(f"zi has shape {tuple(state.shape)}: it must be a number, or fit the shape {shape}") from error


def _two_samples(y: Array) -> None:
    if y.shape[-1] < 2:
        raise ParameterError("y has 1 sample: without zi at least 2 are needed")


@at_full_precision
def preemphasis(y: Array, *, coef: float = 0.97, zi: Any = None, return_zf: bool = False) -> Array | tuple[Array, Array]:
    """Emphasise high frequencies: ``y[n] - coef * y[n - 1]``.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them.
    coef : float
        0 changes nothing, 1 gives differences.
    zi : number or array [shape=(..., 1)], optional
        What is added to the first sample: ``-coef`` times the sample before it, as `return_zf` gave it for
        the block before. By default ``2 * y[0] - y[1]``, as in librosa.
    return_zf : bool
        Whether to return the state after the last sample, too: the next block's `zi`.

    Returns
    -------
    array [shape=(..., n)], real
        In the input's library, device and precision (float32 for half precision).
    zf : array [shape=(..., 1)]
        Only with `return_zf`.

    Raises
    ------
    ParameterError
        If `zi` does not fit, and for a single sample without it.

    See Also
    --------
    deemphasis : the inverse.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.effects.preemphasis(np.array([1.0, 2.0, 4.0]), coef=0.5, zi=0).tolist()
    [1.0, 1.5, 3.0]
    """
    coef = as_number("coef", coef)
    xp, y = signal_of(y)
    if zi is None:
        _two_samples(y)
        state = 2 * y[..., :1] - y[..., 1:2]
    else:
        state = _state(zi, y, xp=xp)
    emphasized = xp.concat([y[..., :1] + state, y[..., 1:] - coef * y[..., :-1]], axis=-1)
    return (emphasized, -coef * y[..., -1:]) if return_zf else emphasized


@at_full_precision
def deemphasis(y: Array, *, coef: float = 0.97, zi: Any = None, return_zf: bool = False) -> Array | tuple[Array, Array]:
    """Undo `preemphasis`: ``x[n] = y[n] + coef * x[n - 1]``.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them.
    coef : float, -1 <= coef <= 1
        That of `preemphasis`.
    zi : number or array [shape=(..., 1)], optional
        What is added to the first sample: `coef` times the output before it, as `return_zf` gave it for the
        block before; the negative of what `preemphasis` added undoes that. By default what undoes its
        default: ``-((2 - coef) * y[0] - y[1]) / (3 - coef)``.
    return_zf : bool
        Whether to return the state after the last sample, too: the next block's `zi`. (librosa's leaves its own
        default out of account.)

    Returns
    -------
    array [shape=(..., n)], real
        In the input's library, device and precision (float32 for half precision).
    zf : array [shape=(..., 1)]
        Only with `return_zf`.

    Raises
    ------
    ParameterError
        If `coef` is out of range, `zi` does not fit, and for a single sample without it.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.effects.deemphasis(np.array([1.0, 1.5, 3.0]), coef=0.5, zi=0).tolist()
    [1.0, 2.0, 4.0]
    """
    coef = as_number("coef", coef)
    if abs(coef) > 1:
        raise ParameterError(f"coef={coef!r} must lie between -1 and 1: the filter grows without bound")
    xp, y = signal_of(y)
    if zi is None:
        _two_samples(y)
        state = (y[..., 1:2] - (2 - coef) * y[..., :1]) / (3 - coef)
    else:
        state = _state(zi, y, xp=xp)
    signal = ops.leaky_sum(xp.concat([y[..., :1] + state, y[..., 1:]], axis=-1), coef, xp=xp)
    return (signal, coef * signal[..., -1:]) if return_zf else signal


def _is_loud(y: Array, top_db: Any, ref: Any, frame_length: int, hop_length: int, aggregate: Any) -> tuple[ModuleType, Array]:
    """The namespace, and which frames (time,) are less than `top_db` below the reference."""
    below, hop_length = as_number("top_db", top_db), as_integer("hop_length", hop_length)
    xp = check_signal(y)
    size = rms(y=ops.fixed(y, xp=xp), frame_length=frame_length, hop_length=hop_length)[..., 0, :]
    levels = amplitude_to_db(size, ref=ref, top_db=None)
    if levels.ndim > 1 and not callable(aggregate):
        raise ParameterError(f"aggregate={aggregate!r} must be a function, such as numpy.max")
    while levels.ndim > 1:
        levels = aggregator(aggregate, xp=xp)(levels, axis=0)
    return xp, levels > -below


@at_full_precision
def trim(
    y: Array,
    *,
    top_db: float = 60,
    ref: float | Callable[..., Any] = host.max,
    frame_length: int = 2048,
    hop_length: int = 512,
    aggregate: Callable[..., Any] = host.max,
) -> tuple[Array, Array]:
    """Cut silence off both ends.

    Frames are silent whose root mean square lies `top_db` or more below the reference. With the loudest
    frame as reference nothing of a signal is cut that is as loud, or as silent, everywhere.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform; all channels of a batch are cut at the same places.
    top_db : float [dB]
        How far below the reference silence begins; if negative, above it.
    ref : float or callable
        The reference amplitude, or a function of the levels as for `amplitude_to_db`: by default the maximum.
    frame_length : int > 0
        Samples in a frame.
    hop_length : int > 0
        Samples from one frame to the next.
    aggregate : callable
        What makes one level of those of several channels, called with ``axis=``: by default the maximum.

    Returns
    -------
    trimmed : array [shape=(..., m)]
        A part of `y`. Its size depends on values: it cannot be traced.
    index : array of integers [shape=(2,)]
        Where it begins and ends, ``trimmed = y[..., index[0] : index[1]]``; 0 and 0 where all is silent.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.concatenate([np.zeros(5120), np.ones(5120), np.zeros(5120)])
    >>> trimmed, index = nax.effects.trim(y)
    >>> index.tolist()
    [4608, 11264]
    """
    xp, loud = _is_loud(y, top_db, ref, frame_length, hop_length, aggregate)
    frames = ops.places_of(loud, xp=xp)
    start, end = (int(frames[0]), int(frames[-1]) + 1) if frames.shape[0] else (0, 0)
    index = [start * hop_length, min(end * hop_length, y.shape[-1])]
    return y[..., index[0] : index[1]], xp.asarray(index, dtype=integer_dtype(xp), device=device_of(y))


@at_full_precision
def split(
    y: Array,
    *,
    top_db: float = 60,
    ref: float | Callable[..., Any] = host.max,
    frame_length: int = 2048,
    hop_length: int = 512,
    aggregate: Callable[..., Any] = host.max,
) -> Array:
    """Where a waveform is not silent.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform; a batch is taken for the channels of one.
    top_db, ref, frame_length, hop_length, aggregate
        As for `trim`.

    Returns
    -------
    array of integers [shape=(intervals, 2)]
        The sample where each interval begins, and the one behind its end. Its size depends on values: it
        cannot be traced.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.concatenate([np.zeros(5120), np.ones(5120), np.zeros(5120), np.ones(5120)])
    >>> nax.effects.split(y).tolist()
    [[4608, 11264], [14848, 20480]]
    """
    xp, loud = _is_loud(y, top_db, ref, frame_length, hop_length, aggregate)
    silence = xp.zeros_like(loud[:1])
    framed = xp.concat([silence, loud, silence])
    edges = ops.places_of(framed[1:] != framed[:-1], xp=xp) * hop_length
    edges = xp.astype(xp.clip(edges, 0, y.shape[-1]), integer_dtype(xp), copy=False)
    return xp.reshape(edges, (-1, 2))


@at_full_precision
def remix(y: Array, intervals: Iterable[Any], *, align_zeros: bool = True) -> Array:
    """Put intervals of a waveform in another order.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them.
    intervals : iterable of pairs of integers, or array [shape=(intervals, 2)]
        The sample where each begins, and the one behind its end; what lies behind the signal is left out.
    align_zeros : bool
        Whether to move each begin and end to the nearest change of sign, of the mean of all channels, lest
        there be clicks.

    Returns
    -------
    array [shape=(..., m)]
        The intervals one after the other. Its size depends on values: it cannot be traced.

    Raises
    ------
    ParameterError
        If the intervals are not pairs of non-negative integers, or if there are none.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.array([1.0, 2.0, -3.0, -4.0, 5.0, 6.0])
    >>> nax.effects.remix(y, [(4, 6), (2, 4), (0, 2)]).tolist()
    [5.0, 6.0, -3.0, -4.0, 1.0, 2.0]
    """
    xp = check_signal(y)
    bounds = _bounds(intervals)
    if align_zeros:
        mono = xp.mean(y, axis=tuple(range(y.ndim - 1))) if y.ndim > 1 else y
        bounds = _at_crossings(bounds, ops.fixed(mono, xp=xp), xp=xp)
    return xp.concat([y[..., start:end] for start, end in zip(bounds[::2], bounds[1::2], strict=True)], axis=-1)


def _bounds(intervals: Any) -> list[int]:
    """Begin and end of all intervals, one after the other."""
    rows: Iterable[Any] = intervals
    if is_array(intervals) and intervals.ndim == 2:  # not every library's arrays can be gone through
        rows = [[intervals[row, column] for column in range(intervals.shape[1])] for row in range(intervals.shape[0])]
    try:
        pairs = [tuple(map(operator.index, interval)) for interval in rows]
    except (TypeError, ValueError):
        pairs = []
    if not pairs or any(len(pair) != 2 or min(pair) < 0 for pair in pairs):
        raise ParameterError(f"intervals={shown(intervals)} must be pairs of non-negative integers, one at least")
    return [bound for pair in pairs for bound in pair]


def _at_crossings(bounds: list[int], mono: Array, *, xp: ModuleType) -> list[int]:
    """The changes of sign of a signal, or its end, that lie nearest; the later one of two."""
    device = device_of(mono)
    crossings = ops.places_of(zero_crossings(mono), xp=xp)
    crossings = xp.concat([crossings, xp.asarray(mono.shape, dtype=crossings.dtype, device=device)])
    places = xp.asarray(bounds, dtype=crossings.dtype, device=device)
    later = xp.clip(xp.searchsorted(crossings, places), 0, crossings.shape[0] - 1)
    after, before = xp.take(crossings, later), xp.take(crossings, xp.clip(later - 1, 0, None))
    return [int(bound) for bound in xp.where(places - before < xp.abs(after - places), before, after)]
