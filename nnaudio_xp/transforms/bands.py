"""Spectrograms through a bank of filters."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, Dtype, check_signal, check_spectrum, device_of, real_dtype, result_dtype
from ..errors import ParameterError, as_integer, as_positive
from ..geometry import framing_of
from .stft import analyze


def bank_for(build: Callable[..., Array], like: Array, *, xp: ModuleType, **params: Any) -> Array:
    """A filter bank in a signal's library, precision and device."""
    return ops.constant(build, xp=xp, dtype=real_dtype(like, xp), device=device_of(like), **params)


def band_spectrogram(
    build: Callable[..., Array],
    params: Mapping[str, Any],
    y: Array | None,
    S: Array | None,
    *,
    n_fft: int,
    hop_length: int,
    win_length: int | None,
    window: Any,
    center: bool,
    pad_mode: Any,
    power: float,
    dtype: Dtype,
) -> Array:
    """``bank @ abs(stft(y))**power``, or ``bank @ S``, where the bank (bands, frequency) is built of `params` and the frame length."""
    if y is None and S is None:
        raise ParameterError("y=None and S=None: one of them must be given")
    xp = check_signal(y) if S is None else check_spectrum(S, name="S", real=True)
    dtype = result_dtype(dtype, "real floating", xp=xp)
    if S is None:
        framing, width = framing_of(n_fft, hop_length, win_length, center, pad_mode)
        exponent = as_positive("power", power)
        bank = bank_for(build, y, n_fft=framing.n_fft, xp=xp, **params)
        values = analyze(y, framing, width, window, power=exponent, bank=bank, xp=xp)
    else:
        n_fft = as_integer("n_fft", n_fft)
        n_fft = n_fft if 1 + n_fft // 2 == S.shape[-2] else 2 * (S.shape[-2] - 1)
        bank = bank_for(build, S, n_fft=n_fft, xp=xp, **params)
        values = ops.banded(xp.matrix_transpose(xp.astype(S, bank.dtype, copy=False)), bank, xp=xp)
    bands = xp.matrix_transpose(values)
    return bands if dtype is None else xp.astype(bands, dtype, copy=False)
