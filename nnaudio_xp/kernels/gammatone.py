"""Gammatone filters: their gains at the DFT's frequencies, and their impulse responses."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

from .._namespace import Array, Device, Dtype, host, place
from ..errors import as_integer, as_positive, check_size, frequency_range, one_of
from ..scales import ERB_HZ, ERB_QUALITY, fft_frequencies, gammatone_frequencies
from .mel import distances

GAMMATONE_NORMS = (1, "slaney", None, math.inf)
BANDWIDTH_IN_ERB = 1.019
"""The b of a gammatone of order 4 whose equivalent rectangular bandwidth is that of the ear."""

ZEROS = tuple(sign * math.sqrt(3 + slant * 2**1.5) for sign in (1, -1) for slant in (1, -1))
SILENCE = 2.0**-53
"""Impulse responses are cut where their envelope has fallen to this share of its peak."""


def bandwidths(centres: Any) -> Any:
    """The b of the gammatones of centre frequencies in Hz."""
    return BANDWIDTH_IN_ERB * (ERB_HZ + centres / ERB_QUALITY)


def gammatone_bank(
    *,
    sr: float,
    n_fft: int,
    n_bins: int = 64,
    fmin: float = 20.0,
    fmax: float | None = None,
    htk: bool = False,
    norm: str | float | None = 1,
    xp: ModuleType | None = None,
    dtype: Dtype = None,
    device: Device = None,
) -> Array:
    """Gains of Slaney's gammatones at the DFT's frequencies, (n_bins, 1 + n_fft // 2); see
    `nnaudio_xp.filters.gammatone`.
    """
    rate, n_fft = as_positive("sr", sr), as_integer("n_fft", n_fft)
    one_of("norm", norm, GAMMATONE_NORMS)
    low, high = frequency_range(fmin, fmax, rate)
    check_size("the filter bank", [as_integer("n_bins", n_bins), 1 + n_fft // 2], f"n_bins={n_bins}, n_fft={n_fft}")
    centres = gammatone_frequencies(n_bins, fmin=low, fmax=high, htk=htk)
    above = distances(centres, fft_frequencies(sr=rate, n_fft=n_fft))
    bank = gammatone_gains(above, centres, bandwidths(centres), sr=rate, n_fft=n_fft, norm=norm, xp=host)
    return place(bank, xp=xp, dtype=dtype, device=device)


def gammatone_gains(
    above: Array, centres: Array, widths: Array, *, sr: float, n_fft: int, norm: str | float | None, xp: ModuleType
) -> Array:
    """The bank of filters of these centre frequencies and `bandwidths` in Hz, so far above the
    DFT's, (filter, bin).

    Four real zeros and a pair of poles, four times (Slaney 1993, section 3). A squared distance on
    the plane, of exp(i u) from r exp(i v), is (1 - r)**2 + 4 r sin((u - v) / 2)**2: a form that
    keeps its digits where they are close.
    """
    centres, widths = xp.expand_dims(centres, axis=1), xp.expand_dims(widths, axis=1)
    decay, angle = 2 * math.pi / sr * widths, 2 * math.pi / sr * centres
    radius, short = xp.exp(-decay), -xp.expm1(-decay)
    turn = -math.pi / sr * above

    def to_poles(half: Any) -> Array:
        return (short**2 + 4 * radius * xp.sin(half) ** 2) * (short**2 + 4 * radius * xp.sin(angle + half) ** 2)

    def to_zero(half: Any, factor: float) -> Array:
        zero = radius * (xp.cos(angle) + factor * xp.sin(angle))
        rest = xp.where(zero > 0, short + radius * (2 * xp.sin(angle / 2) ** 2 - factor * xp.sin(angle)), 1 + zero)  # 1 - abs(zero)
        return rest**2 + 4 * xp.where(zero > 0, zero * xp.sin(angle / 2 + half) ** 2, -zero * xp.cos(angle / 2 + half) ** 2)

    centre, squares = xp.zeros_like(angle), xp.ones_like(turn)
    for factor in ZEROS:
        squares = squares * to_zero(turn, factor) / to_zero(centre, factor)
    roots = xp.sqrt(xp.clip(squares, min=float(xp.finfo(squares.dtype).smallest_normal)))  # whose gradient is finite
    gains = (to_poles(centre) / to_poles(turn)) ** 2 * roots
    if norm == 1:
        return gains / n_fft
    # the integral of (1 + ((f - centre) / b)**2)**-2 over f is pi b / 2
    return gains * 2 / (math.pi * widths) if norm == "slaney" else gains


def _envelope(elapsed: Array, order: int) -> Array:
    """elapsed**(order - 1) * exp(-elapsed), with a peak of one."""
    power = order - 1
    return (elapsed / power * host.exp(1 - elapsed / power)) ** power if power else host.exp(-elapsed)


def gammatone_reach(*, sr: float, fmin: float, order: int) -> int:
    """Samples of the impulse response whose centre frequency is `fmin`, the longest of a bank."""
    power, decay = order - 1, 2.0 * order
    for _ in range(30):  # to the fixed point, where the envelope is SILENCE
        decay = power * (1 + math.log(decay / max(power, 1))) - math.log(SILENCE)
    return 1 + math.ceil(decay * sr / (2 * math.pi * float(bandwidths(fmin))))


def gammatone_responses(*, sr: float, n_bins: int, fmin: float, fmax: float | None, htk: bool, order: int) -> Array:
    """Impulse responses (n_bins, samples); see `nnaudio_xp.gammatone_filterbank`."""
    low, high = frequency_range(fmin, fmax, sr)
    centres = host.reshape(gammatone_frequencies(n_bins, fmin=low, fmax=high, htk=htk), (-1, 1))
    seconds = host.arange(gammatone_reach(sr=sr, fmin=low, order=order), dtype=host.float64) / sr
    elapsed = 2 * math.pi * bandwidths(centres) * seconds
    waves = host.exp(2j * math.pi * centres * seconds)
    responses = _envelope(elapsed, order) * host.real(waves)
    return responses / host.abs(host.sum(responses * host.conj(waves), axis=-1, keepdims=True))


def gammatone_spectra(*, n_fft: int, **params: Any) -> Array:
    """Spectra (n_bins, 1 + n_fft // 2) of `gammatone_responses`."""
    return host.fft.rfft(gammatone_responses(**params), n=n_fft)
