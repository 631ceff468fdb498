"""Onsets: librosa.onset's names, keywords, defaults and numbers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from . import ops
from ._backends import at_full_precision
from ._namespace import Array, as_floating, as_integers, device_of, host, is_array, is_complex, namespace, real_dtype
from .errors import ParameterError, as_integer, as_positive, one_of, warn
from .feature.mel import melspectrogram
from .levels import power_to_db
from .times import frames_to_samples, frames_to_time
from .transforms.onsets import rises, scaled_to_one
from .util.extrema import peak_pick
from .util.segments import sync

__all__ = ["onset_backtrack", "onset_detect", "onset_strength", "onset_strength_multi"]

UNITS = ("frames", "samples", "time")


@at_full_precision
def onset_strength(
    *,
    y: Array | None = None,
    sr: float = 22050,
    S: Array | None = None,
    lag: int = 1,
    max_size: int = 1,
    ref: Array | None = None,
    detrend: bool = False,
    center: bool = True,
    feature: Callable[..., Array] | None = None,
    aggregate: Callable[..., Any] | bool | None = None,
    **kwargs: Any,
) -> Array:
    """How strongly sounds begin in each frame: the mean over frequency of how much louder a frame is
    than the one `lag` frames before [1]_ [2]_.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them. Either `y` or `S` must be given.
    sr : float > 0 [Hz]
        Sampling rate.
    S : array [shape=(..., frequency, time)], real [dB]
        A spectrogram on a logarithmic scale of loudness to use instead.
    lag : int > 0
        Frames between those that are compared.
    max_size : int > 0
        Bands over which the maximum of the frame before is taken, which vibrato does not exceed; 1 for
        none.
    ref : array [shape=(..., frequency, time)], optional
        What frames are compared with in the place of `S`.
    detrend : bool
        Whether slow changes are filtered out.
    center : bool
        Whether the result is moved by half a frame, to where frames are centred.
    feature : callable, optional
        What makes `S`, called as ``feature(y=y, sr=sr, n_fft=n_fft, hop_length=hop_length, **kwargs)``;
        `feature.melspectrogram` up to ``sr / 2`` by default.
    aggregate : callable, optional
        What makes one number of all bands: the mean by default, as for `util.sync`.
    **kwargs
        ``n_fft=2048``, ``hop_length=512``, and what `feature` takes.

    Returns
    -------
    array [shape=(..., time)], real
        In the input's library, device and precision.

    Raises
    ------
    ParameterError
        If neither `y` nor `S` is given, or on an argument outside these ranges.

    References
    ----------
    .. [1] J. P. Bello et al., "A tutorial on onset detection in music signals", IEEE Transactions on
       Speech and Audio Processing 13(5), 2005.
    .. [2] S. Böck and G. Widmer, "Maximum filter vibrato suppression for onset detection", DAFx 2013.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> y = nax.clicks(times=[0.5, 1.0], length=44100)
    >>> envelope = nax.onset.onset_strength(y=y)
    >>> envelope.shape, sorted(envelope.argsort()[-2:].tolist())
    ((87,), [22, 44])
    """
    if aggregate is False:
        raise ParameterError("aggregate=False: bands must be made one number, take onset_strength_multi to keep them")
    options: dict[str, Any] = {"lag": lag, "max_size": max_size, "ref": ref, "detrend": detrend, "center": center}
    return onset_strength_multi(y=y, sr=sr, S=S, feature=feature, aggregate=aggregate, channels=None, **options, **kwargs)[..., 0, :]


@at_full_precision
def onset_strength_multi(
    *,
    y: Array | None = None,
    sr: float = 22050,
    S: Array | None = None,
    n_fft: int = 2048,
    hop_length: int = 512,
    lag: int = 1,
    max_size: int = 1,
    ref: Array | None = None,
    detrend: bool = False,
    center: bool = True,
    feature: Callable[..., Array] | None = None,
    aggregate: Any = None,
    channels: Sequence[int] | Sequence[slice] | None = None,
    **kwargs: Any,
) -> Array:
    """How strongly sounds begin in each frame, in several ranges of frequency.

    Parameters
    ----------
    y, sr, S, lag, max_size, ref, detrend, center, feature
        As for `onset_strength`.
    n_fft, hop_length
        Samples in a frame, and from one frame to the next.
    aggregate : callable or False, optional
        As for `onset_strength`; False keeps all bands.
    channels : sequence of int or slice, optional
        Boundaries between the ranges, or the ranges, as for `util.sync`; one range by default.
    **kwargs
        For `feature`.

    Returns
    -------
    array [shape=(..., ranges, time)], real
        In the input's library, device and precision.

    Raises
    ------
    ParameterError
        As `onset_strength` does.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> y = nax.clicks(times=[0.5, 1.0], length=44100)
    >>> nax.onset.onset_strength_multi(y=y, channels=[0, 32, 64, 96, 128]).shape
    (4, 87)
    """
    rate, n_fft, hop_length = as_positive("sr", sr), as_integer("n_fft", n_fft), as_integer("hop_length", hop_length)
    lag, max_size = as_integer("lag", lag), as_integer("max_size", max_size)
    if S is None:
        if y is None:
            raise ParameterError("y=None and S=None: one of them must be given")
        if feature is None:
            feature, kwargs = melspectrogram, {"fmax": 0.5 * rate, **kwargs}
        made = feature(y=y, sr=sr, n_fft=n_fft, hop_length=hop_length, **kwargs)
        S = power_to_db(namespace(made).abs(made))
    xp, levels = _levels(S, "S")
    before = levels if max_size == 1 else ops.maximum_filter(levels, max_size, axis=-2, xp=xp)
    if ref is not None:
        _, before = _levels(ref, "ref")
        if tuple(before.shape) != tuple(levels.shape):
            raise ParameterError(f"ref has shape {tuple(ref.shape)}: it must be that of S, {tuple(S.shape)}")
    envelope = rises(levels, before, lag, xp=xp)
    if aggregate is None or callable(aggregate):
        segments = [slice(None)] if channels is None else channels
        envelope = sync(envelope, segments, aggregate=aggregate, pad=channels is None, axis=-2)
    shift = lag + (n_fft // (2 * hop_length) if center else 0)
    envelope = ops.pad(envelope, shift, 0, "constant", xp=xp)
    if detrend:
        envelope = ops.leaky_sum(envelope - ops.pad(envelope, 1, 0, "constant", xp=xp)[..., : envelope.shape[-1]], 0.99, xp=xp)
    return envelope[..., : levels.shape[-1]] if center else envelope


def _levels(S: Any, name: str) -> tuple[Any, Array]:
    """The namespace of a spectrogram, and its numbers with two dimensions at least."""
    if is_array(S) and is_complex(S, namespace(S)):
        warn(f"{name} is complex: its phases are discarded, give abs({name}) to say so")
        S = namespace(S).abs(S)
    xp, values = as_floating(S, name=name)
    values = xp.astype(values, real_dtype(values, xp), copy=False)
    return xp, values if values.ndim > 1 else xp.reshape(values, (1, -1))


def given_strength(
    y: Array | None, onset_envelope: Array | None, *, sr: float, hop_length: int, aggregate: Callable[..., Any] | None = None
) -> Array:
    """The onset strength that was given, or that of a waveform."""
    if onset_envelope is not None:
        return onset_envelope
    if y is None:
        raise ParameterError("y=None and onset_envelope=None: one of them must be given")
    return onset_strength(y=y, sr=sr, hop_length=hop_length, aggregate=aggregate)


def in_units(frames: Array, units: str, *, sr: float, hop_length: int) -> Array:
    """Frames in one of `UNITS`."""
    if units == "samples":
        return frames_to_samples(frames, hop_length=hop_length)
    return frames_to_time(frames, sr=sr, hop_length=hop_length) if units == "time" else frames


def onset_detect(
    *,
    y: Array | None = None,
    sr: float = 22050,
    onset_envelope: Array | None = None,
    hop_length: int = 512,
    backtrack: bool = False,
    energy: Array | None = None,
    units: str = "frames",
    normalize: bool = True,
    sparse: bool = True,
    **kwargs: Any,
) -> Array:
    """Find onsets: peaks of the onset strength.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform. Either `y` or `onset_envelope` must be given.
    sr : float > 0 [Hz]
        Sampling rate.
    onset_envelope : array [shape=(..., time)], real
        Onset strength to use instead.
    hop_length : int > 0
        Samples from one frame to the next.
    backtrack : bool
        Whether onsets are moved back to the minimum before them, as `onset_backtrack` does.
    energy : array [shape=(time,)], optional
        Where such minima are looked for; the onset strength by default.
    units : {'frames', 'samples', 'time'}
        What onsets are counted in.
    normalize : bool
        Whether the envelope is brought to the range from 0 to 1.
    sparse : bool
        Whether onsets of one signal are listed; else which frames are onsets.
    **kwargs
        Of the peaks, as for `util.peak_pick`: by default 30 ms before it a peak is the maximum, 100 ms
        before and after it it lies above the mean by 0.07, and peaks are 30 ms apart.

    Returns
    -------
    array [shape=(onsets,)] or boolean array [shape=(..., time)]
        In the input's library. No onsets if the envelope is 0 everywhere, or not finite.

    Raises
    ------
    ParameterError
        If neither `y` nor `onset_envelope` is given, or on an argument outside these ranges.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> y = nax.clicks(times=[0.5, 1.0], length=44100)
    >>> nax.onset.onset_detect(y=y).tolist()
    [22, 44]
    """
    rate, hop_length, units = as_positive("sr", sr), as_integer("hop_length", hop_length), one_of("units", units, UNITS)
    strength = given_strength(y, onset_envelope, sr=sr, hop_length=hop_length)
    if backtrack and not sparse:
        raise ParameterError(f"sparse={sparse!r}: onsets are moved back only where they are listed")
    xp, envelope = as_floating(strength, name="onset_envelope")
    usual = {"pre_max": 0.03 * rate // hop_length, "post_max": 1, "pre_avg": 0.1 * rate // hop_length}
    usual |= {"post_avg": 0.1 * rate // hop_length + 1, "wait": 0.03 * rate // hop_length, "delta": 0.07}
    heard = xp.all(xp.isfinite(envelope)) & xp.any(envelope != 0)
    if normalize:
        envelope = scaled_to_one(envelope, xp=xp)
    envelope = xp.where(heard, envelope, xp.zeros_like(envelope))
    peaks = peak_pick(envelope, sparse=False, **{**usual, **kwargs}) & heard
    if not sparse:
        return peaks
    if peaks.ndim != 1:
        raise ParameterError(f"sparse={sparse!r} lists the onsets of one signal: the envelope has shape {tuple(envelope.shape)}")
    onsets = xp.nonzero(peaks)[0]
    if backtrack and onsets.shape[0]:
        onsets = onset_backtrack(onsets, envelope if energy is None else energy)
    return in_units(onsets, units, sr=rate, hop_length=hop_length)


def onset_backtrack(events: Any, energy: Array) -> Array:
    """Move events back to the nearest minimum of the energy before them.

    Parameters
    ----------
    events : integers [shape=(k,)]
        Frames of events, such as onsets.
    energy : array [shape=(time,) or (1, time)], real
        What has minima, such as the root-mean-square energy.

    Returns
    -------
    integer array [shape=(k,)]
        In the energy's library: the last frame that is at most as loud as the one before and softer
        than the one after, 0 if there is none.

    Raises
    ------
    ParameterError
        If `energy` is that of several clips, or `events` are no integers.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.onset.onset_backtrack(np.array([3, 6]), np.array([0.0, 1.0, 0.5, 4.0, 2.0, 1.0, 5.0])).tolist()
    [2, 5]
    """
    xp, values = as_floating(energy, name="energy")
    if values.ndim == 0 or any(size != 1 for size in values.shape[:-1]):
        raise ParameterError(f"energy has shape {tuple(values.shape)}: it must be of one clip")
    values = xp.reshape(values, (-1,))
    places = as_integers(events, name="events", xp=xp)[1]
    places = places if is_array(events) else xp.asarray(host.asarray(places), device=device_of(values))
    low = (values[1:-1] <= values[:-2]) & (values[1:-1] < values[2:])
    first = xp.zeros(1, dtype=places.dtype, device=device_of(values))
    minima = xp.concat([first, xp.astype(xp.nonzero(low)[0] + 1, places.dtype)])
    last = xp.searchsorted(minima, places, side="right") - 1
    return xp.take(minima, xp.where(last < 0, xp.zeros_like(last), last))
