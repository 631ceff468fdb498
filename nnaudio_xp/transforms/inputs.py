"""How arrays enter a transform: checked, and in the precision to compute in."""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import (
    Array,
    Dtype,
    as_floating,
    check_signal,
    check_spectrum,
    complex_dtype,
    in_dtype,
    is_array,
    namespace,
    real_dtype,
    result_dtype,
    widened,
)
from ..errors import ParameterError, as_integer, as_positive
from ..geometry import framing_of
from .stft import analyze


def signal_of(y: Any) -> tuple[ModuleType, Array]:
    """The namespace of a waveform, and its samples (..., n) in the precision to compute in."""
    xp = check_signal(y)
    ops.require_finite(y, "y", xp=xp)
    return xp, xp.astype(y, real_dtype(y, xp), copy=False)


def spectrum_of(S: Any, *, name: str, real: bool = False) -> tuple[ModuleType, Array]:
    """The namespace of a spectrogram (..., frequency, time), and its complex values (or `real`
    ones) in the precision to compute in.
    """
    xp = check_spectrum(S, name=name, real=real)
    return xp, xp.astype(S, (real_dtype if real else complex_dtype)(S, xp), copy=False)


def widened_input(y: Array | None, S: Array | None, dtype: Dtype, *, real: bool = True) -> tuple[Array | None, Array | None, Dtype]:
    """A waveform or a spectrogram in the precision to compute in where a dtype is asked of the
    result, and that dtype, checked.
    """
    if S is not None:
        if is_array(S) and namespace(S).isdtype(S.dtype, "integral"):
            S = as_floating(S, name="S")[1]
        xp = check_spectrum(S, name="S", real=real)
        dtype = result_dtype(dtype, "real floating", xp=xp)
        return y, widened(S, dtype, xp=xp), dtype
    if y is None:
        raise ParameterError("y=None and S=None: one of them must be given")
    xp = check_signal(y)
    dtype = result_dtype(dtype, "real floating", xp=xp)
    return widened(y, dtype, xp=xp), None, dtype


def spectrogram_of(
    y: Array | None,
    S: Array | None,
    *,
    n_fft: int,
    hop_length: int | None,
    win_length: int | None,
    window: Any,
    center: bool,
    pad_mode: Any,
    power: float,
    bank: Callable[..., Array] | None = None,
    dtype: Dtype = None,
) -> tuple[ModuleType, Array, int]:
    """The spectrogram that a feature is computed from: its namespace, its real values (...,
    frequency, time), and the samples in a frame.

    It is `S` if that is given: `n_fft` is kept if it fits the number of frequencies, and follows
    from that number if not. Else it is ``abs(stft(y))**power``. With `bank`, which is called as
    ``bank(array, n_fft=n_fft, xp=xp)`` and builds a filter bank for that array, the values are
    (..., band, time), and those of all frequencies are not stored.
    """
    exponent = as_positive("power", power)
    y, S, dtype = widened_input(y, S, dtype)
    if S is not None:
        for name, value in (("hop_length", hop_length), ("win_length", win_length)):
            if value is not None:
                as_integer(name, value)
        xp, S = spectrum_of(S, name="S", real=True)
        n_fft = as_integer("n_fft", n_fft)
        n_fft = n_fft if 1 + n_fft // 2 == S.shape[-2] else 2 * (S.shape[-2] - 1)
        if bank is not None:
            S = xp.matrix_transpose(ops.banded(xp.matrix_transpose(S), bank(S, n_fft=n_fft, xp=xp), xp=xp))
        return xp, in_dtype(S, dtype, xp=xp), n_fft
    framing, width = framing_of(n_fft, hop_length, win_length, center, pad_mode)
    xp, y = signal_of(y)
    rows = None if bank is None else bank(y, n_fft=framing.n_fft, xp=xp)
    S = xp.matrix_transpose(analyze(y, framing, width, window, power=exponent, bank=rows, xp=xp))
    return xp, in_dtype(S, dtype, xp=xp), framing.n_fft


def checked_out(out: Array, shape: tuple[int, ...], kind: str, *, longer: bool = False, xp: ModuleType) -> Array:
    """The part of the caller's array that the result fills: all of it, unless it may be longer."""
    if not is_array(out) or namespace(out) is not xp or not xp.isdtype(out.dtype, kind):
        raise ParameterError(f"out={type(out).__name__} must be a {kind} array of the input's library")
    ops.require_writable(out, "out", xp=xp)
    if tuple(out.shape) == shape:
        return out
    if not longer or tuple(out.shape[:-1]) != shape[:-1] or out.shape[-1] < shape[-1]:
        raise ParameterError(f"out has shape {tuple(out.shape)}: it must be {shape}{', or longer along the last axis' * longer}")
    return out[..., : shape[-1]]
