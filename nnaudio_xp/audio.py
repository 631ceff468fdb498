"""Recordings: from files, their rate, their channels."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

from . import ops
from ._backends import at_full_precision, file_functions
from ._namespace import Array, Device, Dtype, check_signal, dtype_name, host, namespace, place, real_dtype
from .errors import ParameterError, as_integer, as_number, as_positive, one_of
from .kernels.resampling import QUALITIES
from .transforms.inputs import checked_out
from .transforms.resampling import FOURIER, HELD, OTHERS, to_rate
from .util._checks import checked_array
from .util.padding import fix_length

__all__ = ["get_duration", "get_samplerate", "load", "resample", "stream", "to_mono", "to_multi", "to_stereo"]

RES_TYPES = (*QUALITIES, "polyphase", *FOURIER, *HELD, *OTHERS)


@at_full_precision
def resample(
    y: Array,
    *,
    orig_sr: float,
    target_sr: float,
    res_type: str = "soxr_hq",
    fix: bool = True,
    scale: bool = False,
    axis: int = -1,
    **kwargs: Any,
) -> Array:
    """Change the sampling rate of a signal.

    Parameters
    ----------
    y : array [shape=(..., n, ...)], real floating-point
        Waveform, or a batch of them.
    orig_sr, target_sr : float > 0 [Hz]
        The rate of `y`, and the one that is wanted.
    res_type : str
        How. 'soxr_vhq', 'soxr_hq', 'soxr_mq', 'soxr_lq': a sharp filter, by the library soxr for NumPy's
        arrays where it is installed, otherwise by the same filters in closed form (see Notes).
        'polyphase': `scipy.signal.resample_poly`, for whole rates. 'fft' or 'scipy': by the spectrum
        of the whole signal, which is taken for periodic. 'linear', 'zero_order_hold': without a
        filter. 'soxr_qq', and the filters of resampy and samplerate ('kaiser_best', 'kaiser_fast',
        'sinc_best', 'sinc_medium', 'sinc_fastest'): by those libraries alone.
    fix : bool
        Whether the result has exactly ``ceil(n * target_sr / orig_sr)`` samples.
    scale : bool
        Whether the result is scaled to the energy of `y`: by ``sqrt(orig_sr / target_sr)``.
    axis : int
        The axis of time.
    **kwargs
        As for `util.fix_length`, with `fix`.

    Returns
    -------
    array [shape=(..., n * target_sr / orig_sr, ...)]
        In the input's library, device and precision (float32 for half precision).

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Notes
    -----
    The closed form runs on all libraries, and has gradients. At ratios of powers of two it is
    within 3e-7 of soxr's maximum; at others within 3e-3 for noise, whose energy near the
    Nyquist frequency soxr's steps let through otherwise, and 1e-5 below 0.9 of that frequency.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> nax.resample(y, orig_sr=22050, target_sr=16000).shape
    (16000,)
    """
    orig_sr, target_sr = as_positive("orig_sr", orig_sr), as_positive("target_sr", target_sr)
    one_of("res_type", res_type, RES_TYPES)
    _, _, axis = checked_array(y, "y", axis)
    xp = check_signal(y)
    ops.require_finite(y, "y", xp=xp)
    if orig_sr == target_sr:
        return xp.astype(y, real_dtype(y, xp), copy=False)
    if res_type == "polyphase" and (orig_sr != int(orig_sr) or target_sr != int(target_sr)):
        raise ParameterError(f"orig_sr={orig_sr!r} and target_sr={target_sr!r} must be whole for res_type='polyphase'")
    ratio = target_sr / orig_sr
    rows = xp.astype(ops.moveaxis(y, axis, -1, xp=xp), real_dtype(y, xp), copy=False)
    made = to_rate(rows, orig_sr, target_sr, res_type, xp=xp)
    if fix:
        made = fix_length(made, size=math.ceil(rows.shape[-1] * ratio), **kwargs)
    if scale:
        made = made / math.sqrt(ratio)
    return ops.moveaxis(made, -1, axis, xp=xp)


def _file_dtype(dtype: Dtype) -> str:
    if dtype_name(dtype) not in ("float32", "float64"):
        raise ParameterError(f"dtype={dtype!r} must be 'float32' or 'float64'")
    return dtype_name(dtype)


def load(
    path: Any,
    *,
    sr: float | None = 22050,
    mono: bool = True,
    offset: float = 0.0,
    duration: float | None = None,
    dtype: Dtype = "float32",
    res_type: str = "soxr_hq",
    xp: ModuleType | None = None,
    device: Device = None,
) -> tuple[Array, float]:
    """Read a sound file.

    Parameters
    ----------
    path : str, path, file object or soundfile.SoundFile
        What soundfile can read: WAV, FLAC, Ogg, MP3, … Needs the extra ``[io]``.
    sr : float > 0 or None [Hz]
        The rate that the samples are brought to, by `resample`; None for the file's own.
    mono : bool
        Whether channels are averaged.
    offset : float [s]
        Where to begin; from the end of the file if negative.
    duration : float >= 0 or None [s]
        How much is read; None for all.
    dtype : {'float32', 'float64'}
        Precision of the samples.
    res_type : str
        As for `resample`.
    xp, device
        The library and the device that the samples are brought to: NumPy by default. They are read,
        mixed and resampled by NumPy, so that they are the same everywhere.

    Returns
    -------
    y : array [shape=(n,) or (channels, n)]
        Samples.
    sr : float [Hz]
        Their rate.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.
    ImportError
        If soundfile is not installed.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> y, sr = nax.load("tests/data/piano.flac", duration=1.0)  # doctest: +SKIP
    >>> y.shape, sr  # doctest: +SKIP
    ((22050,), 22050)
    """
    precision, rate = _file_dtype(dtype), None if sr is None else as_positive("sr", sr)
    one_of("res_type", res_type, RES_TYPES)
    start, length = as_number("offset", offset), None if duration is None else as_number("duration", duration, minimum=0)
    samples, native = file_functions().read(path, start, length, precision)
    if mono and samples.ndim > 1:
        samples = to_mono(samples) if samples.shape[-1] else samples[0, :]
    if rate is not None and rate != native and samples.shape[-1]:
        samples = resample(samples, orig_sr=native, target_sr=rate, res_type=res_type)
    return samples if xp is None and device is None else place(samples, xp=xp, device=device), native if sr is None else sr


def stream(
    path: Any,
    *,
    block_length: int,
    frame_length: int,
    hop_length: int,
    sr: float | None = None,
    mono: bool = True,
    offset: float = 0.0,
    duration: float | None = None,
    fill_value: float | None = None,
    res_type: str = "soxr_hq",
    dtype: Dtype = "float32",
    xp: ModuleType | None = None,
    device: Device = None,
) -> Iterator[Array]:
    """Read a sound file block by block: each has `block_length` whole frames, and begins where the
    next frame after the block before begins.

    Transforms of blocks, with ``center=False``, are those of the whole file side by side.

    Parameters
    ----------
    path : str, path, file object or soundfile.SoundFile
        As for `load`.
    block_length : int > 0
        Frames in a block.
    frame_length, hop_length : int > 0
        Samples in a frame, and from one frame to the next.
    sr : float > 0 or None [Hz]
        The rate of the samples; None for the file's own. Another one needs soxr.
    mono, offset, duration, dtype, res_type, xp, device
        As for `load`; `res_type` is one of soxr's.
    fill_value : float or None
        What the last block is filled up with; None leaves it as short as it is.

    Yields
    ------
    array [shape=(n,) or (channels, n)]
        Blocks of ``(block_length - 1) * hop_length + frame_length`` samples.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.
    ImportError
        If soundfile, or soxr where it is needed, is not installed.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> blocks = nax.stream("a.wav", block_length=64, frame_length=2048, hop_length=512)  # doctest: +SKIP
    >>> [nax.stft(y, center=False).shape[-1] for y in blocks]  # doctest: +SKIP
    [64, 64, 23]
    """
    counts = [
        as_integer(name, value)
        for name, value in (("block_length", block_length), ("frame_length", frame_length), ("hop_length", hop_length))
    ]
    precision, rate = _file_dtype(dtype), None if sr is None else as_positive("sr", sr)
    one_of("res_type", res_type, tuple(QUALITIES))
    start, length = as_number("offset", offset), None if duration is None else as_number("duration", duration, minimum=0)
    if fill_value is not None:
        as_number("fill_value", fill_value)
    pieces = _pieces(path, counts[0] * counts[2], rate, bool(mono), start, length, precision, res_type)
    blocks = _blocks(pieces, (counts[0] - 1) * counts[2] + counts[1], counts[0] * counts[2], fill_value)
    return (block if xp is None and device is None else place(block, xp=xp, device=device) for block in blocks)


def _pieces(
    path: Any, size: int, sr: float | None, mono: bool, offset: float, duration: float | None, dtype: str, res_type: str
) -> Iterator[Array]:
    """Samples as they are read, at the wanted rate."""
    files, change = file_functions(), None
    for samples, native in files.chunks(path, size, offset, duration, dtype):
        piece = to_mono(samples) if mono and samples.ndim > 1 else samples
        if sr is not None and sr != native:
            change = change or files.Resampler(native, sr, 1 if piece.ndim == 1 else piece.shape[0], dtype, res_type)
            piece = change(piece)
        yield piece
    if change is not None:
        yield change(piece[..., :0], last=True)


def _blocks(pieces: Iterator[Array], size: int, step: int, fill_value: float | None) -> Iterator[Array]:
    """Blocks of so many samples, `step` from one to the next; the rest at the end."""
    held: Array | None = None
    for piece in pieces:
        held = piece if held is None else host.concat([held, piece], axis=-1)
        while held.shape[-1] >= size:
            yield host.asarray(held[..., :size], copy=True)
            held = held[..., step:]
    while held is not None and held.shape[-1]:
        block = held[..., :size]
        if fill_value is not None and block.shape[-1] < size:
            block = fix_length(block, size=size, constant_values=fill_value)
        yield host.asarray(block, copy=True)
        held = held[..., step:]


def get_duration(
    *,
    y: Array | None = None,
    sr: float = 22050,
    S: Array | None = None,
    n_fft: int = 2048,
    hop_length: int = 512,
    center: bool = True,
    path: Any = None,
    filename: Any = None,
) -> float:
    """Seconds of a signal, of what a spectrogram was made of, or of a sound file.

    Parameters
    ----------
    y : array [shape=(..., n)]
        Waveform.
    sr : float > 0 [Hz]
        Its rate.
    S : array [shape=(..., time)]
        A spectrogram, or anything with frames, instead.
    n_fft, hop_length, center
        How `S` was made.
    path : str, path, file object or soundfile.SoundFile
        A sound file instead, whose own rate counts.
    filename : optional
        librosa 0.11's name of `path`.

    Returns
    -------
    float [s]

    Raises
    ------
    ParameterError
        If none of them is given.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.get_duration(y=np.zeros(11025), sr=22050)
    0.5
    """
    file = filename if path is None else path
    if file is not None:
        return float(file_functions().duration_of(file))
    rate, n_fft, hop_length = as_positive("sr", sr), as_integer("n_fft", n_fft), as_integer("hop_length", hop_length)
    if y is not None:
        return float(y.shape[-1] / rate)
    if S is None:
        raise ParameterError("y=None, S=None and path=None: one of them must be given")
    samples = n_fft + hop_length * (S.shape[-1] - 1) - (2 * (n_fft // 2) if center else 0)
    return float(samples / rate)


def get_samplerate(path: Any) -> float:
    """The sampling rate of a sound file.

    Parameters
    ----------
    path : str, path, file object or soundfile.SoundFile
        As for `load`.

    Returns
    -------
    int [Hz]

    Raises
    ------
    ImportError
        If soundfile is not installed.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.get_samplerate("tests/data/piano.flac")  # doctest: +SKIP
    22050
    """
    rate: float = file_functions().rate_of(path)
    return rate


def _mixed(signals: Sequence[Array], pad: bool, *, channels: bool) -> tuple[ModuleType, list[Array], int]:
    """The namespace of signals, these in a dtype that holds all of them, and the samples of what they
    are mixed to.
    """
    if not signals:
        raise ParameterError("signals must hold one signal at least")
    xp = namespace(*signals)
    for signal in signals:
        ops.require_finite(signal, "y", xp=check_signal(signal))
    sizes = [signal.shape[-1] for signal in signals]
    dtype = xp.result_type(*signals)
    size = max(sizes) if pad else min(sizes)
    if channels and len({tuple(signal.shape[:-1]) for signal in signals}) > 1:
        raise ParameterError(f"signals have shapes {[tuple(signal.shape) for signal in signals]}: with downmix=False channels must agree")
    return xp, [xp.astype(fix_length(signal, size=size), dtype, copy=False) for signal in signals], size


def _in_one(signal: Array, norm: bool, *, xp: ModuleType) -> Array:
    """All channels of a signal as one."""
    axes = tuple(range(signal.ndim - 1))
    return (xp.mean if norm else xp.sum)(signal, axis=axes) if axes else signal


def _given_back(values: Array, out: Array | None, *, xp: ModuleType) -> Array:
    if out is None:
        return values
    checked_out(out, tuple(values.shape), "numeric", xp=xp)
    if xp.result_type(out, values) != out.dtype:
        raise ParameterError(f"out has dtype {dtype_name(out.dtype)}: it must hold {dtype_name(values.dtype)}")
    return ops.write(out, values, xp=xp)


@at_full_precision
def to_mono(*signals: Array, pad: bool = True, norm: bool = True, out: Array | None = None) -> Array:
    """One channel of all channels of one signal or of several.

    Parameters
    ----------
    *signals : arrays [shape=(..., n)], real floating-point
        Waveforms, channels first.
    pad : bool
        Whether shorter signals are followed by zeros; else longer ones are cut off.
    norm : bool
        Whether they are averaged; else added up.
    out : array [shape=(n,)], optional
        What the result is written to.

    Returns
    -------
    array [shape=(n,)]
        In the inputs' library.

    Raises
    ------
    ParameterError
        If there is no signal, or one is none.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.to_mono(np.array([[1.0, 2.0], [3.0, 6.0]])).tolist()
    [2.0, 4.0]
    """
    xp, fitted, _ = _mixed(signals, pad, channels=False)
    total = sum((_in_one(signal, norm, xp=xp) for signal in fitted[1:]), _in_one(fitted[0], norm, xp=xp))
    if out is None and len(fitted) == 1 and fitted[0].ndim == 1:
        return xp.asarray(total, copy=True)
    return _given_back(total / len(fitted) if norm and len(fitted) > 1 else total, out, xp=xp)


@at_full_precision
def to_stereo(
    *, left: Array | None, right: Array | None, downmix: bool = True, pad: bool = True, norm: bool = True, out: Array | None = None
) -> Array:
    """Two channels of one or two signals.

    Parameters
    ----------
    left, right : arrays [shape=(..., n)] or None
        What is heard on either side; None for nothing.
    downmix : bool
        Whether each signal becomes one channel; else signals of two channels keep them, and are mixed.
    pad, norm
        As for `to_mono`.
    out : array [shape=(2, n)], optional
        What the result is written to.

    Returns
    -------
    array [shape=(2, n)]

    Raises
    ------
    ParameterError
        If both are None, or with ``downmix=False`` one has neither one nor two channels.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.to_stereo(left=np.array([1.0, 2.0]), right=None).tolist()
    [[1.0, 2.0], [0.0, 0.0]]
    """
    given = [signal for signal in (left, right) if signal is not None]
    xp, fitted, _ = _mixed(given, pad, channels=False)
    silence = xp.zeros_like(fitted[0])
    sides = (fitted[0] if left is not None else silence, fitted[-1] if right is not None else silence)
    if downmix:
        return _given_back(xp.stack([_in_one(side, norm, xp=xp) for side in sides]), out, xp=xp)
    for name, side in zip(("left", "right"), sides, strict=True):
        if side.ndim > 2 or (side.ndim == 2 and side.shape[0] != 2):
            raise ParameterError(f"{name} has shape {tuple(side.shape)}: with downmix=False it must be (n,) or (2, n)")
    first, second = (xp.stack([side, xp.zeros_like(side)]) if side.ndim == 1 else side for side in sides)
    total = first + (xp.flip(second, axis=0) if sides[1].ndim == 1 else second)
    return _given_back(total / 2 if norm and len(given) == 2 else total, out, xp=xp)


@at_full_precision
def to_multi(*signals: Array, downmix: bool = True, pad: bool = True, norm: bool = True, out: Array | None = None) -> Array:
    """Several signals as channels of one, or mixed channel by channel.

    Parameters
    ----------
    *signals : arrays [shape=(..., n)], real floating-point
        Waveforms, channels first.
    downmix : bool
        Whether each signal becomes a channel; else all have the same channels, which are mixed.
    pad, norm
        As for `to_mono`.
    out : array, optional
        What the result is written to.

    Returns
    -------
    array [shape=(signals, n) or (..., n)]

    Raises
    ------
    ParameterError
        If there is no signal, or with ``downmix=False`` their channels differ.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.to_multi(np.ones(2), np.zeros((2, 3))).tolist()
    [[1.0, 1.0, 0.0], [0.0, 0.0, 0.0]]
    """
    xp, fitted, _ = _mixed(signals, pad, channels=not downmix)
    if downmix:
        return _given_back(xp.stack([_in_one(signal, norm, xp=xp) for signal in fitted]), out, xp=xp)
    total = sum(fitted[1:], fitted[0])
    return _given_back(total / len(fitted) if norm else total, out, xp=xp)
