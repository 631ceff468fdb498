"""What frames of samples come to without a spectrum: their level, and how often they change sign."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from .. import ops
from .._backends import at_full_precision
from .._namespace import Array, Dtype, check_spectrum, host, in_dtype, is_complex, real_dtype
from ..errors import ParameterError, as_integer
from ..geometry import Framing, framing_of
from ..spectrum import zero_crossings
from ..transforms.aggregation import aggregator
from ..transforms.constants import constant_like
from ..transforms.inputs import signal_of, widened_input


@at_full_precision
def rms(
    *,
    y: Array | None = None,
    S: Array | None = None,
    frame_length: int = 2048,
    hop_length: int = 512,
    center: bool = True,
    pad_mode: Any = "constant",
    dtype: Dtype = None,
) -> Array:
    """Root of the mean square of each frame, of samples or, by Parseval's theorem, of a
    spectrogram.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them. Either `y` or `S` must be given; `y` is used if both are.
    S : array [shape=(..., 1 + frame_length // 2, time)]
        A magnitude or complex spectrogram, of which the window should be constant.
    frame_length : int > 0
        Samples in a frame.
    hop_length : int > 0
        Samples from one frame to the next.
    center, pad_mode
        Whether and how the waveform is padded, as for `nnaudio_xp.stft`.
    dtype : real dtype, optional
        Of the result: by default the precision of the input (librosa: float32). A wider one is
        computed in.

    Returns
    -------
    array [shape=(..., 1, time)], real
        In the input's library and on its device.

    Raises
    ------
    ParameterError
        If neither `y` nor `S` is given, if `frame_length` does not fit the frequencies of `S`, or
        on an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> float(nax.feature.rms(y=y)[0, 20].round(3))
    0.707
    """
    framing = _framing(frame_length, hop_length, center, pad_mode)
    y, S, dtype = widened_input(y, None if y is not None else S, dtype, real=False)
    if y is not None:
        xp, y = signal_of(y)
        framing.check_length(y.shape[-1])
        padded = ops.pad(y, framing.padding, framing.padding, framing.pad_mode, xp=xp)
        mean = constant_like(_mean, y, xp=xp, n=framing.n_fft)
        squares = ops.correlate(padded * padded, mean, Framing(framing.n_fft, framing.hop_length, center=False), xp=xp)
    else:
        xp, squares = _parseval(S, framing.n_fft)
    return in_dtype(xp.matrix_transpose(ops.raised(squares, 0.5, xp=xp)), dtype, xp=xp)


def _framing(frame_length: Any, hop_length: Any, center: Any, pad_mode: Any) -> Framing:
    hop_length = as_integer("hop_length", hop_length)
    return framing_of(as_integer("frame_length", frame_length), hop_length, None, center, pad_mode)[0]


def _mean(*, n: int) -> Array:
    return host.full((1, n), 1 / n, dtype=host.float64)


def _parseval(S: Array, frame_length: int) -> tuple[ModuleType, Array]:
    """The mean squares (..., time, 1) of frames with this spectrogram."""
    xp = check_spectrum(S, name="S")
    if S.shape[-2] != 1 + frame_length // 2:
        even = 2 * (S.shape[-2] - 1)
        raise ParameterError(f"frame_length={frame_length} must be {even} or {even + 1} for the {S.shape[-2]} frequencies of S")
    if is_complex(S, xp):
        power = ops.squared_magnitude(xp.real(S), xp.imag(S), xp=xp)
    else:
        S = xp.astype(S, real_dtype(S, xp), copy=False)
        power = S * S
    weights = constant_like(_bin_weights, power, xp=xp, n=frame_length)
    return xp, ops.banded(xp.matrix_transpose(power), weights, xp=xp)


def _bin_weights(*, n: int) -> Array:
    """How often each bin of a half spectrum counts, (1, 1 + n // 2): once if it has no mirror
    image.
    """
    twice = host.full(1 + n // 2, 2 / n**2, dtype=host.float64)
    alone = [0, n // 2] if n % 2 == 0 else [0]
    return host.asarray([[weight / 2 if k in alone else weight for k, weight in enumerate(twice.tolist())]])


@at_full_precision
def zero_crossing_rate(y: Array, *, frame_length: int = 2048, hop_length: int = 512, center: bool = True, **kwargs: Any) -> Array:
    """Share of each frame's samples whose sign is another than that of the sample before.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them.
    frame_length : int > 0
        Samples in a frame.
    hop_length : int > 0
        Samples from one frame to the next.
    center : bool
        Whether frame t is centred on sample ``t * hop_length``; the signal's first and last sample
        are repeated around it.
    **kwargs
        As for `nnaudio_xp.zero_crossings`, with ``pad=False`` by default; `axis` is the frames'.

    Returns
    -------
    array [shape=(..., 1, time)], real
        In the input's library, device and precision (librosa: float64). It moves in steps, and has
        no gradient.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050 + 1)
    >>> float(nax.feature.zero_crossing_rate(y)[0, 20].round(3))  # 880 / 22050
    0.04
    """
    framing = _framing(frame_length, hop_length, center, "edge")
    xp, y = signal_of(y)
    framing.check_length(y.shape[-1])
    padded = ops.pad(y, framing.padding, framing.padding, framing.pad_mode, xp=xp)
    options = {name: value for name, value in kwargs.items() if name not in ("axis", "pad")}
    if callable(reference := options.get("ref_magnitude")):  # it sees frames, as librosa's does
        frames = xp.matrix_transpose(ops.frame(padded, framing.n_fft, framing.hop_length, xp=xp))
        options["ref_magnitude"] = aggregator(reference, xp=xp)(xp.abs(frames))
    crossings = zero_crossings(padded, pad=False, **options)
    counts = ops.running_sum(xp.astype(crossings, xp.int32), xp=xp)
    last = framing.n_fft - 1
    n_frames, hop = framing.n_frames(y.shape[-1]), framing.hop_length
    inside = counts[..., last::hop][..., :n_frames] - counts[..., ::hop][..., :n_frames]
    rate = xp.astype(inside + int(bool(kwargs.get("pad", False))), y.dtype) / framing.n_fft
    return xp.expand_dims(rate, axis=-2)
