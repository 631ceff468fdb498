"""Frames, samples and seconds.

Converters take plain numbers, lists and arrays: an array gives one of the same library and device,
a plain number a NumPy scalar. Frames and samples come out as integers of the library's default
type, seconds as floats. Where that type has 32 bits (JAX's, unless ``jax_enable_x64`` is set),
samples from 2**31 on are refused, if their values are known: not while JAX traces.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from . import ops
from ._backends import at_full_precision, decided_once
from ._namespace import Array, Dtype, as_floating, device_of, half_by_single, host, integer_dtype, is_array, is_plain, namespace, real_dtype
from .errors import ParameterError, as_integer, as_positive, check_size

__all__ = [
    "blocks_to_frames",
    "blocks_to_samples",
    "blocks_to_time",
    "frames_to_samples",
    "frames_to_time",
    "samples_like",
    "samples_to_frames",
    "samples_to_time",
    "time_to_frames",
    "time_to_samples",
    "times_like",
]


@at_full_precision
def frames_to_samples(frames: Any, *, hop_length: int = 512, n_fft: int | None = None) -> Array:
    """Sample indices of frames: ``frames * hop_length``, plus ``n_fft // 2`` where `n_fft` is
    given.

    Parameters
    ----------
    frames : number or array of any shape, frames
    hop_length : int > 0, samples, default 512
    n_fft : int > 0, samples, optional
        Gives the middle of frames that were cut without centring (``center=False``).

    Returns
    -------
    integer or integer array of the same shape, samples
        Fractional frames are truncated after multiplying.

    Raises
    ------
    ParameterError
        If an argument is out of its range.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.frames_to_samples(3)
    np.int64(1536)
    >>> nax.frames_to_samples([0, 1, 2], hop_length=100, n_fft=2048)
    array([1024, 1124, 1224])
    """
    hop_length, offset = as_integer("hop_length", hop_length), _offset(n_fft)
    xp, numbers = _exact(frames, name="frames")
    _check_fits(xp, hop_length=hop_length, n_fft=offset)
    return _multiplied(numbers, hop_length, offset, name="frames", xp=xp)


@at_full_precision
def samples_to_frames(samples: Any, *, hop_length: int = 512, n_fft: int | None = None) -> Array:
    """Frames that begin at or just before sample indices:
    ``floor((samples - offset) / hop_length)``.

    The offset is ``n_fft // 2`` where `n_fft` is given, else 0.

    Parameters
    ----------
    samples : number or array of any shape, samples
    hop_length : int > 0, samples, default 512
    n_fft : int > 0, samples, optional
        Counts frames that were cut without centring (``center=False``) by their middle. Samples
        before the first middle give negative frames.

    Returns
    -------
    integer or integer array of the same shape, frames

    Raises
    ------
    ParameterError
        If an argument is out of its range.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.samples_to_frames([0, 511, 512, 22050])
    array([ 0,  0,  1, 43])
    """
    hop_length, offset = as_integer("hop_length", hop_length), _offset(n_fft)
    xp, numbers = _exact(samples, name="samples")
    return _frames_before(numbers, hop_length, offset, xp=xp)


@at_full_precision
@half_by_single
def samples_to_time(samples: Any, *, sr: float = 22050) -> Array:
    """Seconds of sample indices: ``samples / sr``.

    Parameters
    ----------
    samples : number or array of any shape, samples
    sr : float > 0, Hz, default 22050

    Returns
    -------
    float or floating array of the same shape, seconds

    Raises
    ------
    ParameterError
        If an argument is out of its range.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.samples_to_time([0, 4000, 8000], sr=16000)
    array([0.  , 0.25, 0.5 ])
    """
    _, numbers = as_floating(samples, name="samples")
    return numbers / as_positive("sr", sr)


@at_full_precision
def time_to_samples(times: Any, *, sr: float = 22050) -> Array:
    """Sample indices of times in seconds: ``times * sr``, truncated.

    Parameters
    ----------
    times : number or array of any shape, seconds
    sr : float > 0, Hz, default 22050

    Returns
    -------
    integer or integer array of the same shape, samples

    Raises
    ------
    ParameterError
        If an argument is out of its range.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.time_to_samples([0.0, 0.25, 1.0])
    array([    0,  5512, 22050])
    """
    rate = as_positive("sr", sr)
    xp, seconds = _floats(times, name="times")
    return _multiplied(seconds, rate, 0, name="times", xp=xp)


@at_full_precision
def frames_to_time(frames: Any, *, sr: float = 22050, hop_length: int = 512, n_fft: int | None = None) -> Array:
    """Seconds of frames: those of the samples that `frames_to_samples` gives.

    Parameters
    ----------
    frames : number or array of any shape, frames
    sr : float > 0, Hz, default 22050
    hop_length : int > 0, samples, default 512
    n_fft : int > 0, samples, optional
        Gives the middle of frames that were cut without centring (``center=False``).

    Returns
    -------
    float or floating array of the same shape, seconds

    Raises
    ------
    ParameterError
        If an argument is out of its range.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.frames_to_time([0, 1, 2], sr=16000, hop_length=160)
    array([0.  , 0.01, 0.02])
    """
    return _seconds(frames, as_integer("hop_length", hop_length), _offset(n_fft), sr, name="frames")


@at_full_precision
def time_to_frames(times: Any, *, sr: float = 22050, hop_length: int = 512, n_fft: int | None = None) -> Array:
    """Frames at times in seconds: those of the samples that `time_to_samples` gives.

    Parameters
    ----------
    times : number or array of any shape, seconds
    sr : float > 0, Hz, default 22050
    hop_length : int > 0, samples, default 512
    n_fft : int > 0, samples, optional
        Counts frames that were cut without centring (``center=False``) by their middle.

    Returns
    -------
    integer or integer array of the same shape, frames
        As in librosa, a frame's own time may give the frame before it, where its product with `sr`
        is rounded down: ``time_to_frames(frames_to_time(15))`` is 14.

    Raises
    ------
    ParameterError
        If an argument is out of its range.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.time_to_frames([0.0, 0.5, 1.0], sr=16000, hop_length=160)
    array([  0,  50, 100])
    """
    rate, hop_length, offset = as_positive("sr", sr), as_integer("hop_length", hop_length), _offset(n_fft)
    xp, seconds = _floats(times, name="times")
    samples = xp.trunc(seconds * rate) if _is_narrow(xp) else _multiplied(seconds, rate, 0, name="times", xp=xp)
    return _frames_before(samples, hop_length, offset, xp=xp)


@at_full_precision
def blocks_to_frames(blocks: Any, *, block_length: int) -> Array:
    """First frames of the blocks of a stream: ``blocks * block_length``.

    Parameters
    ----------
    blocks : number or array of any shape, blocks
    block_length : int > 0, frames

    Returns
    -------
    integer or integer array of the same shape, frames
        Fractional blocks are truncated after multiplying; librosa gives fractional frames.

    Raises
    ------
    ParameterError
        If an argument is out of its range.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.blocks_to_frames([0, 1, 2], block_length=16)
    array([ 0, 16, 32])
    """
    return _blocks_times(blocks, as_integer("block_length", block_length))


@at_full_precision
def blocks_to_samples(blocks: Any, *, block_length: int, hop_length: int) -> Array:
    """First samples of the blocks of a stream: ``blocks * block_length * hop_length``.

    Parameters
    ----------
    blocks : number or array of any shape, blocks
    block_length : int > 0, frames
    hop_length : int > 0, samples

    Returns
    -------
    integer or integer array of the same shape, samples
        Fractional blocks are truncated after multiplying.

    Raises
    ------
    ParameterError
        If an argument is out of its range.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.blocks_to_samples([0, 1, 2], block_length=16, hop_length=512)
    array([    0,  8192, 16384])
    """
    return _blocks_times(blocks, _samples_in_block(block_length, hop_length))


@at_full_precision
def blocks_to_time(blocks: Any, *, block_length: int, hop_length: int, sr: float) -> Array:
    """Seconds at which the blocks of a stream begin: those of the samples that `blocks_to_samples`
    gives.

    Parameters
    ----------
    blocks : number or array of any shape, blocks
    block_length : int > 0, frames
    hop_length : int > 0, samples
    sr : float > 0, Hz

    Returns
    -------
    float or floating array of the same shape, seconds

    Raises
    ------
    ParameterError
        If an argument is out of its range.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.blocks_to_time([0, 1, 2], block_length=10, hop_length=160, sr=16000)
    array([0. , 0.1, 0.2])
    """
    return _seconds(blocks, _samples_in_block(block_length, hop_length), 0, sr, name="blocks")


@at_full_precision
def samples_like(X: Any, *, hop_length: int = 512, n_fft: int | None = None, axis: int = -1) -> Array:
    """Sample indices of the frames of a feature matrix.

    Parameters
    ----------
    X : array, or int >= 0
        The feature matrix, or its number of frames.
    hop_length : int > 0, samples, default 512
    n_fft : int > 0, samples, optional
        Gives the middle of frames that were cut without centring (``center=False``).
    axis : int, default -1
        The axis of `X` along which frames lie.

    Returns
    -------
    integer array of shape (frames,), samples
        In the library and on the device of `X`.

    Raises
    ------
    ParameterError
        If an argument is out of its range.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.samples_like(np.zeros((128, 3)))
    array([   0,  512, 1024])
    >>> nax.samples_like(4, hop_length=100)
    array([  0, 100, 200, 300])
    """
    return frames_to_samples(_frames_of(X, axis), hop_length=hop_length, n_fft=n_fft)


@at_full_precision
def times_like(X: Any, *, sr: float = 22050, hop_length: int = 512, n_fft: int | None = None, axis: int = -1) -> Array:
    """Seconds of the frames of a feature matrix.

    Parameters
    ----------
    X : array, or int >= 0
        The feature matrix, or its number of frames.
    sr : float > 0, Hz, default 22050
    hop_length : int > 0, samples, default 512
    n_fft : int > 0, samples, optional
        Gives the middle of frames that were cut without centring (``center=False``).
    axis : int, default -1
        The axis of `X` along which frames lie.

    Returns
    -------
    floating array of shape (frames,), seconds
        In the library and on the device of `X`: float64 for NumPy, the library's default float
        elsewhere.

    Raises
    ------
    ParameterError
        If an argument is out of its range.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.times_like(3, sr=16000, hop_length=160)
    array([0.  , 0.01, 0.02])
    """
    return frames_to_time(_frames_of(X, axis), sr=sr, hop_length=hop_length, n_fft=n_fft)


def _frames_of(X: Any, axis: int) -> Array:
    """The numbers of the frames of a feature matrix, or of so many."""
    xp, device, n_frames = host, None, X
    if is_array(X) and X.ndim > 0:
        if not -X.ndim <= as_integer("axis", axis, minimum=-X.ndim) < X.ndim:
            raise ParameterError(f"axis={axis!r} must be between {-X.ndim} and {X.ndim - 1} for X of shape {tuple(X.shape)}")
        xp, device, n_frames = namespace(X), device_of(X), X.shape[axis]
    n_frames = as_integer("X", n_frames, minimum=0)
    check_size("the frames", [n_frames], {"X": n_frames}, given=n_frames if is_array(X) else 0)
    return xp.arange(n_frames, dtype=integer_dtype(xp), device=device)


def _samples_in_block(block_length: int, hop_length: int) -> int:
    return as_integer("block_length", block_length) * as_integer("hop_length", hop_length)


def _blocks_times(blocks: Any, step: int) -> Array:
    xp, numbers = _exact(blocks, name="blocks")
    _check_fits(xp, block_length=step)
    return _multiplied(numbers, step, 0, name="blocks", xp=xp)


def _seconds(values: Any, step: int, offset: int, sr: float, *, name: str) -> Array:
    """The seconds of so many steps of samples after an offset."""
    xp, numbers = _exact(values, name=name)
    if _is_narrow(xp):
        samples = xp.trunc(_floats(numbers, name=name)[1] * float(step) + float(offset))
    else:
        samples = _multiplied(numbers, step, offset, name=name, xp=xp)
    return samples_to_time(samples, sr=sr)


def _offset(n_fft: int | None) -> int:
    return 0 if n_fft is None else as_integer("n_fft", n_fft) // 2


def _exact(values: Any, *, name: str) -> tuple[ModuleType, Array]:
    """Numbers as floats, integer arrays as integers: a library's default float may not hold every
    sample of a long recording.
    """
    if not is_plain(values) and is_array(values) and (xp := namespace(values)).isdtype(values.dtype, "integral"):
        return xp, xp.astype(values, integer_dtype(xp))
    return _floats(values, name=name)


def _floats(values: Any, *, name: str) -> tuple[ModuleType, Array]:
    """Numbers as floats that hold counts of samples: half precision ends at 65504."""
    xp, numbers = as_floating(values, name=name)
    return (xp, numbers) if is_plain(numbers) else (xp, xp.astype(numbers, real_dtype(numbers, xp), copy=False))


def _most(xp: ModuleType) -> int:
    """The largest sample index of a library."""
    return _largest(integer_dtype(xp), xp)


@decided_once(16)
def _largest(dtype: Dtype, xp: ModuleType) -> int:
    return int(xp.iinfo(dtype).max)


def _is_narrow(xp: ModuleType) -> bool:
    """Whether the indices of a library's samples end within a day of audio, as 32-bit integers do:
    they are then counted in floats where the result is none of them.
    """
    return _most(xp) < 2**32


def _check_fits(xp: ModuleType, **arguments: int) -> None:
    """Raise on a number of samples that is no integer of the library's."""
    for name, value in arguments.items():
        if value > _most(xp):
            raise ParameterError(f"{name} must be below {_most(xp)}, the largest integer of {xp.__name__}")


def _multiplied(numbers: Array, factor: float, offset: int, *, name: str, xp: ModuleType) -> Array:
    """``numbers * factor + offset`` as integers, refused where these cannot hold it, if the values
    can be looked at.
    """
    most = _most(xp)
    if is_plain(numbers) and -most < numbers * factor + offset < most:
        return xp.int64(numbers * factor + offset)
    ops.require_between(numbers, name, -int(most // factor), int((most - offset) // factor), xp=xp)
    return xp.astype(numbers * factor + offset, integer_dtype(xp))


def _frames_before(samples: Array, hop_length: int, offset: int, *, xp: ModuleType) -> Array:
    """The frames that begin at or just before samples."""
    _check_fits(xp, hop_length=hop_length, n_fft=offset)
    if is_plain(samples) and -_most(xp) < samples < _most(xp):
        return xp.int64((samples - offset) // hop_length)
    return xp.astype((samples - offset) // hop_length, integer_dtype(xp))
