"""The reassigned spectrogram."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from . import ops
from ._backends import at_full_precision
from ._namespace import Array, Dtype, device_of, of_parts, real_dtype, result_dtype, widened
from .errors import ParameterError, as_number, as_positive
from .geometry import framing_of
from .transforms.aggregation import aggregator
from .transforms.inputs import signal_of, spectrum_of
from .transforms.reassignment import Wanted, reassigned, windows_of

__all__ = ["reassigned_spectrogram"]


@at_full_precision
def reassigned_spectrogram(
    y: Array,
    *,
    sr: float = 22050,
    S: Array | None = None,
    n_fft: int = 2048,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = "hann",
    center: bool = True,
    reassign_frequencies: bool = True,
    reassign_times: bool = True,
    ref_power: float | Callable[..., Any] = 1e-6,
    fill_nan: bool = False,
    clip: bool = True,
    dtype: Dtype = None,
    pad_mode: Any = "constant",
) -> tuple[Array, Array, Array]:
    """A spectrogram whose bins are moved to where their energy lies in time and frequency [1]_ [2]_.

    With the spectra by the window, by its derivative D, and by its product with time T, the frequency
    of a bin is its own minus the imaginary part of ``D / S`` (in radians a sample), and the time its
    own plus the real part of ``T / S`` (in samples).

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them.
    sr : float > 0 [Hz]
        Sampling rate.
    S : array [shape=(..., 1 + n_fft // 2, time)], complex, optional
        ``stft(y)`` with the same arguments, if that is there already.
    n_fft, hop_length, win_length, window, center, pad_mode
        As for `nnaudio_xp.stft`.
    reassign_frequencies, reassign_times : bool
        Which of both; one at least. The other is that of the bin or frame.
    ref_power : float >= 0 or callable
        Bins of less power are not reassigned: they are NaN. A callable is called as
        ``ref_power(power, axis=(-2, -1), keepdims=True)`` for each clip by itself, or as
        ``ref_power(power)`` if it takes no such keywords.
    fill_nan : bool
        Whether these have the frequency of the bin and the time of the frame instead.
    clip : bool
        Whether frequencies are held between 0 and sr / 2, and times within the signal.
    dtype : dtype, optional
        Of the spectra: by default the precision of the input. A wider one is computed in.

    Returns
    -------
    freqs, times, mags : array [shape=(..., 1 + n_fft // 2, time)], real [Hz], [s]
        In the input's library and precision (float32 for half precision).

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and as `stft` does.

    References
    ----------
    .. [1] F. Auger and P. Flandrin, "Improving the readability of time-frequency and time-scale
       representations by the reassignment method", 1995.
    .. [2] S. A. Fulop and K. Fitz, "Algorithms for computing the time-corrected instantaneous
       frequency (reassigned) spectrogram, with applications", 2006.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 1000 * np.arange(22050) / 22050)
    >>> freqs, times, mags = nax.reassigned_spectrogram(y, sr=22050)
    >>> float(freqs[mags[:, 20].argmax(), 20].round(3))
    1000.0
    """
    rate = as_positive("sr", sr)
    if not callable(ref_power):
        ref_power = as_number("ref_power", ref_power, minimum=0)
    if not reassign_frequencies and not reassign_times:
        raise ParameterError("reassign_frequencies=False and reassign_times=False: one of them must be True")
    framing, width = framing_of(n_fft, hop_length, win_length, center, pad_mode)
    xp, y = signal_of(y)
    kind = result_dtype(of_parts(dtype), "real floating", xp=xp)
    y = widened(y, kind, xp=xp)
    framing.check_length(y.shape[-1])
    rows = None
    if S is not None:
        rows = xp.matrix_transpose(widened(spectrum_of(S, name="S")[1], kind, xp=xp))
        if rows.shape[-1] != framing.n_freqs or tuple(rows.shape[:-1]) != (*y.shape[:-1], framing.n_frames(y.shape[-1])):
            raise ParameterError(
                f"S has shape {tuple(S.shape)}: it must be that of stft(y, n_fft={n_fft}, hop_length={framing.hop_length})"
            )
    windows = windows_of(window, width, framing.n_fft, like=y, xp=xp)
    least = 0.0 if callable(ref_power) else ref_power**0.5
    wanted = Wanted(bool(reassign_frequencies), bool(reassign_times), least)
    turns, shifts, mags = reassigned(y, rows, framing, windows, wanted, xp=xp)

    like: dict[str, Any] = {"dtype": real_dtype(y, xp), "device": device_of(y)}
    bins = xp.arange(framing.n_freqs, **like) * (rate / framing.n_fft)
    first = 0.0 if framing.center else framing.n_fft // 2 / rate
    frames = xp.expand_dims(xp.arange(mags.shape[-2], **like) * (framing.hop_length / rate) + first, axis=-1)
    quiet = mags * mags < _clipwise(ref_power, mags, xp=xp) if callable(ref_power) else None
    made = []
    for asked, own, moved, unit, last in (
        (wanted.frequencies, bins, turns, rate / (2 * xp.pi), rate / 2),
        (wanted.times, frames, shifts, 1 / rate, y.shape[-1] / rate),
    ):
        values = own + moved * unit if asked else own + xp.zeros_like(mags)
        if asked and quiet is not None:
            values = xp.where(quiet, xp.nan, values)
        if asked and fill_nan:
            values = xp.where(xp.isnan(values), own, values)
        made.append(ops.at_most(ops.at_least(values, 0.0, xp=xp), last, xp=xp) if asked and clip else values)
    kind = mags.dtype if kind is None else kind
    freqs, times, sizes = (xp.matrix_transpose(xp.astype(values, kind, copy=False)) for values in (*made, mags))
    return freqs, times, sizes


def _clipwise(ref_power: Callable[..., Any], mags: Array, *, xp: Any) -> Any:
    """The reference of each clip (..., time, frequency)."""
    own, power = aggregator(ref_power, xp=xp), ops.fixed(xp.matrix_transpose(mags * mags), xp=xp)
    try:
        return own(power, axis=(-2, -1), keepdims=True)
    except TypeError:
        return own(power)
