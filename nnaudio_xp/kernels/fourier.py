"""Fourier kernels: windows as long as a frame, and banks of windowed cosines and sines on any
frequency scale.
"""

from __future__ import annotations

import math
from itertools import pairwise
from types import ModuleType
from typing import Any

from .._namespace import Array, Device, Dtype, device_of, host, place
from ..errors import LISTED, ParameterError, as_integer, as_number, as_positive, check_size, frequency_range, one_of
from ..windows import get_window

FREQ_SCALES = ("no", "linear", "log", "log2")


def centered(array: Array, size: int, *, xp: ModuleType) -> Array:
    """The last axis zero-padded to `size`, the data in its middle (an odd zero goes to the end)."""
    spare = size - array.shape[-1]
    before = xp.zeros((*array.shape[:-1], spare // 2), dtype=array.dtype, device=device_of(array))
    after = xp.zeros((*array.shape[:-1], spare - spare // 2), dtype=array.dtype, device=device_of(array))
    return xp.concat([before, array, after], axis=-1) if spare else array


def padded_window(
    *, window: Any, win_length: int, n_fft: int, xp: ModuleType | None = None, dtype: Dtype = None, device: Device = None
) -> Array:
    """A periodic window of `win_length`, centred in `n_fft` points."""
    return place(centered(get_window(window, win_length), n_fft, xp=host), xp=xp, dtype=dtype, device=device)


def bin_count(*, n_fft: int, freq_scale: str, freq_bins: int | None, fmin: float, fmax: float, sr: float) -> int:
    """How many bins a Fourier bank has, its arguments checked."""
    one_of("freq_scale", freq_scale, FREQ_SCALES)
    sr = as_positive("sr", sr)
    for name, hertz in (("fmin", fmin), ("fmax", fmax)):
        as_number(name, hertz)
    count = 1 + n_fft // 2 if freq_bins is None else as_integer("freq_bins", freq_bins)
    if freq_scale == "no":
        if count > 1 + n_fft // 2:
            raise ParameterError(f"freq_bins={freq_bins!r} must be at most 1 + n_fft // 2 = {1 + n_fft // 2} with freq_scale='no'")
        return count
    check_size("the Fourier kernels", [2, count, n_fft], f"freq_bins={count}, n_fft={n_fft}")
    frequency_range(fmin, fmax, sr)
    if freq_scale != "linear":
        as_positive("fmin", fmin)
    return count


def bin_frequencies(*, n_fft: int, freq_scale: str, freq_bins: int | None, fmin: float, fmax: float, sr: float) -> list[float]:
    """Centre frequencies in Hz of a Fourier bank.

    Bin k of K lies at k sr / n_fft ('no'), fmin + k (fmax - fmin) / K ('linear') or fmin (fmax /
    fmin)**(k / K) ('log', alias 'log2'): nnAudio's grids, on which fmax itself is the first bin
    left out.
    """
    count = bin_count(n_fft=n_fft, freq_scale=freq_scale, freq_bins=freq_bins, fmin=fmin, fmax=fmax, sr=sr)
    check_size("the frequencies", [count], f"freq_bins={count}", each=LISTED)
    if freq_scale == "no":
        return [k * sr / n_fft for k in range(count)]
    low, high = frequency_range(fmin, fmax, sr)
    if freq_scale == "linear":
        return [low + k * (high - low) / count for k in range(count)]
    return [low * (high / low) ** (k / count) for k in range(count)]


def fourier_bank(
    *,
    n_fft: int,
    win_length: int,
    window: Any,
    freq_scale: str = "no",
    freq_bins: int | None = None,
    fmin: float = 50,
    fmax: float = 6000,
    sr: float = 22050,
    xp: ModuleType | None = None,
    dtype: Dtype = None,
    device: Device = None,
) -> Array:
    """Windowed cosines and sines, (2, freq_bins, n_fft): entry [0, k, n] is w[n] cos(2 pi f_k n /
    sr), entry [1, k, n] the sine.
    """
    frequencies = bin_frequencies(n_fft=n_fft, freq_scale=freq_scale, freq_bins=freq_bins, fmin=fmin, fmax=fmax, sr=sr)
    check_size("the Fourier kernels", [2, len(frequencies), n_fft], f"freq_bins={len(frequencies)}, n_fft={n_fft}")
    turns = host.reshape(host.asarray(frequencies, dtype=host.float64), (-1, 1)) / sr * host.arange(n_fft, dtype=host.float64)
    angles = 2 * math.pi * (turns - host.floor(turns))
    waves = host.stack([host.cos(angles), host.sin(angles)])
    return place(waves * padded_window(window=window, win_length=win_length, n_fft=n_fft), xp=xp, dtype=dtype, device=device)


def turned(cosines: Array, sines: Array, angles: Array, *, xp: ModuleType) -> tuple[Array, Array]:
    """Cosines and sines of the angles that they are of and further ones."""
    cos, sin = xp.cos(angles), xp.sin(angles)
    return cosines * cos - sines * sin, sines * cos + cosines * sin


def synthesis_bank(*, n_fft: int, freq_scale: str, freq_bins: int | None, fmin: float, fmax: float, sr: float) -> Array:
    """Cosines, then negative sines, (2 * freq_bins, n_fft), of a linear or logarithmic scale.

    Each is weighted by the share of the scale's range that its bin stands for, as in the sum that
    an integral over frequencies becomes.
    """
    scale: dict[str, Any] = {"n_fft": n_fft, "freq_scale": freq_scale, "freq_bins": freq_bins, "fmin": fmin, "fmax": fmax, "sr": sr}
    frequencies = bin_frequencies(**scale)
    widths = [above - below for below, above in pairwise([*frequencies, float(fmax)])]
    shares = host.reshape(host.asarray(widths, dtype=host.float64) / (float(fmax) - frequencies[0]), (-1, 1))
    cosines, sines = fourier_bank(win_length=n_fft, window="boxcar", **scale)
    return host.concat([shares * cosines, -shares * sines], axis=0)


def synthesis_response(*, n_fft: int, freq_scale: str, freq_bins: int | None, fmin: float, fmax: float, sr: float) -> Array:
    """What analysis and synthesis by a scale's bins make of a frame: the response (n_fft + 1,) of a
    filter, at multiples of 1 / (2 n_fft).

    With a_k the waves and d_k their weights, ``sum_k d_k a_k[n] conj(a_k[m])`` has the real part
    ``sum_k d_k cos(2 pi f_k (n - m) / sr)``.
    """
    bank = synthesis_bank(n_fft=n_fft, freq_scale=freq_scale, freq_bins=freq_bins, fmin=fmin, fmax=fmax, sr=sr)
    impulse = host.sum(bank[: bank.shape[0] // 2, :], axis=0)
    return host.real(host.fft.rfft(host.concat([impulse, host.zeros(1), host.flip(impulse[1:])])))
