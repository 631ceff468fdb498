"""Where the energy of a spectrogram's bins really lies: centres of gravity in frequency and time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, host, is_array, namespace
from ..geometry import Framing
from ..kernels.fourier import padded_window
from .constants import constant_like
from .stft import analyze, frame_window


@dataclass(frozen=True)
class Wanted:
    """What is asked for, and below which magnitude nothing is heard."""

    frequencies: bool
    times: bool
    least: float = 0.0


def windows_of(window: Any, win_length: int, n_fft: int, *, like: Array, xp: ModuleType) -> tuple[Array, Array, Array]:
    """A window as long as a frame, its derivative, and its product with time in samples. Made in
    float64, but for arrays of other libraries, which may have gradients.
    """
    window = window(win_length) if callable(window) else window
    if is_array(window) and namespace(window) is not host:
        samples = frame_window(window, win_length, n_fft, like=like, xp=xp)
        places = constant_like(_places, samples, xp=xp, n_fft=n_fft)
        return samples, (xp.roll(samples, -1) - xp.roll(samples, 1)) / 2, samples * places
    made = {"window": window, "win_length": win_length, "n_fft": n_fft}
    return tuple(constant_like(build, like, xp=xp, **made) for build in (padded_window, _derivative, _weighted))


def _places(*, n_fft: int) -> Array:
    """Times of a frame's samples, from its middle."""
    return host.arange(n_fft, dtype=host.float64) - (n_fft - 1) / 2


def _derivative(**made: Any) -> Array:
    samples = padded_window(**made)
    return (host.roll(samples, -1) - host.roll(samples, 1)) / 2


def _weighted(*, n_fft: int, **made: Any) -> Array:
    return padded_window(n_fft=n_fft, **made) * _places(n_fft=n_fft)


def reassigned(
    y: Array, S: Array | None, framing: Framing, windows: tuple[Array, Array, Array], wanted: Wanted, *, xp: ModuleType
) -> tuple[Array, Array, Array]:
    """By how much frequencies (in radians a sample) and times (in samples) of a signal's bins are off
    (..., time, frequency), and the magnitudes (Fulop & Fitz 2006). NaN where nothing is heard.

    With the spectra S (..., time, frequency) by the first window, if they are there already.
    """
    if S is None:
        parts = ops.by_windows(y, windows, framing, partial(_beside, wanted=wanted), xp=xp)
    else:
        others = (partial(analyze, y, framing, framing.n_fft, window) for window in windows[1:])
        parts = _beside(lambda xp: S, *others, wanted=wanted, xp=xp)
    size = framing.n_freqs
    turns, shifts, sizes = (parts[..., number * size : (number + 1) * size] for number in range(3))
    return turns, shifts, sizes


def _beside(by_window: Any, by_derivative: Any, by_time: Any, *, wanted: Wanted, xp: ModuleType) -> Array:
    """The three side by side: minus the imaginary part of one quotient, the real part of the other, and
    magnitudes. The spectra are made when they are needed.
    """
    spectrum = by_window(xp=xp)
    sizes = ops.modulus(spectrum, xp=xp)
    heard = (sizes >= wanted.least) & (sizes > 0)
    # beside directions, of size 1, no product of two small numbers vanishes
    cosines, sines = ops.directions(xp.real(spectrum), xp.imag(spectrum), sizes, xp=xp)
    safe = xp.where(heard, sizes, 1.0)
    turns = shifts = sizes
    if wanted.frequencies:
        turns = xp.where(heard, turn(by_derivative(xp=xp), cosines, sines, safe, xp=xp), math.nan)
    if wanted.times:
        other = by_time(xp=xp)
        part = xp.real(other) * cosines + xp.imag(other) * sines
        shifts = xp.where(heard, ops.quotient(part, safe, xp=xp), math.nan)
    return xp.concat([turns, shifts, sizes], axis=-1)


def turn(other: Array, cosines: Array, sines: Array, size: Array, *, xp: ModuleType) -> Array:
    """Minus the imaginary part of a spectrum divided by another, of which directions and size are given."""
    return ops.quotient(xp.real(other) * sines - xp.imag(other) * cosines, size, xp=xp)
