"""Mel spectrograms."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, check_signal, check_spectrum, device_of, real_dtype, result_dtype
from ..errors import ParameterError, as_integer, as_positive
from ..geometry import framing
from ..kernels.mel import mel_bank, mel_params
from .stft import analyze


def bank_for(like: Array, *, xp: ModuleType, **params: Any) -> Array:
    """The mel filter bank in a signal's library, precision and device."""
    return ops.constant(mel_bank, xp=xp, dtype=real_dtype(like, xp), device=device_of(like), **params)


def melspectrogram(
    *,
    y: Array | None = None,
    sr: float = 22050,
    S: Array | None = None,
    n_fft: int = 2048,
    hop_length: int = 512,
    win_length: int | None = None,
    window: Any = "hann",
    center: bool = True,
    pad_mode: Any = "constant",
    power: float = 2.0,
    **kwargs: Any,
) -> Array:
    """Mel-scaled spectrogram: a mel filter bank applied to ``abs(stft(y))**power``.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them. Either `y` or `S` must be given.
    sr : float > 0 [Hz]
        Sampling rate.
    S : array [shape=(..., 1 + n_fft // 2, time)], real
        A spectrogram to use instead; `n_fft` then comes from its shape.
    n_fft, hop_length, win_length, window, center, pad_mode
        As for `nnaudio_xp.stft`.
    power : float > 0
        1 for magnitude, 2 for power.
    **kwargs
        Of the bank, as for `nnaudio_xp.filters.mel`: ``n_mels=128``, ``fmin=0``, ``fmax=sr / 2``, ``htk=False``, ``norm='slaney'``,
        and ``dtype``, that of the result.

    Returns
    -------
    array [shape=(..., n_mels, time)], real
        In the input's library, device and precision.

    Raises
    ------
    ParameterError
        If neither `y` nor `S` is given, and as `stft` and `filters.mel` do.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050).astype(np.float32)
    >>> mel = nax.feature.melspectrogram(y=y, sr=22050, n_mels=40)
    >>> mel.shape, mel.dtype
    ((40, 44), dtype('float32'))
    """
    if y is None and S is None:
        raise ParameterError("y=None and S=None: one of them must be given")
    xp = check_signal(y) if S is None else check_spectrum(S, name="S", real=True)
    dtype = result_dtype(kwargs.pop("dtype", None), "real floating", xp=xp)
    params = mel_params(**kwargs)
    if S is None:
        frames, width = framing(n_fft, hop_length, win_length, center, pad_mode)
        exponent = as_positive("power", power)
        bank = bank_for(y, sr=sr, n_fft=frames.n_fft, xp=xp, **params)
        values = analyze(y, frames, width, window, power=exponent, bank=bank, xp=xp)
    else:
        n_fft = as_integer("n_fft", n_fft)
        n_fft = n_fft if 1 + n_fft // 2 == S.shape[-2] else 2 * (S.shape[-2] - 1)
        bank = bank_for(S, sr=sr, n_fft=n_fft, xp=xp, **params)
        values = ops.banded(xp.matrix_transpose(xp.astype(S, bank.dtype, copy=False)), bank, xp=xp)
    mel = xp.matrix_transpose(values)
    return mel if dtype is None else xp.astype(mel, dtype, copy=False)
