"""Gammatone filters: their gains at the DFT's frequencies, and their impulse responses."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

from .._namespace import Array, Device, Dtype, default_namespace, place
from ..errors import as_integer, as_positive, frequency_range, one_of
from ..scales import ERB_HZ, ERB_QUALITY, fft_frequencies, gammatone_frequencies

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
    """Gains of Slaney's gammatones at the DFT's frequencies, (n_bins, 1 + n_fft // 2); see `nnaudio_xp.filters.gammatone`."""
    host = default_namespace()
    rate, n_fft = as_positive("sr", sr), as_integer("n_fft", n_fft)
    one_of("norm", norm, GAMMATONE_NORMS)
    low, high = frequency_range(fmin, fmax, rate)
    centres = host.reshape(gammatone_frequencies(n_bins, fmin=low, fmax=high, htk=htk), (-1, 1))
    bank = _gains(fft_frequencies(sr=rate, n_fft=n_fft), centres, rate) / _gains(centres, centres, rate)
    if norm == 1:
        bank = bank / n_fft
    elif norm == "slaney":  # the integral of (1 + ((f - centre) / b)**2)**-2 over f is pi b / 2
        bank = bank * 2 / (math.pi * bandwidths(centres))
    return place(bank, xp=xp, dtype=dtype, device=device)


def _gains(hertz: Array, centres: Array, sr: float) -> Array:
    """|H| at frequencies in Hz, but for a factor: four real zeros and a pair of poles, four times (Slaney 1993, section 3)."""
    host = default_namespace()
    radius, angle = host.exp(-2 * math.pi / sr * bandwidths(centres)), 2 * math.pi / sr * centres
    at, pole = host.exp(2j * math.pi / sr * hertz), radius * host.exp(1j * angle)
    gains = host.abs((at - pole) * (at - host.conj(pole))) ** -4
    for zero in ZEROS:
        gains = gains * host.abs(at - radius * (host.cos(angle) + zero * host.sin(angle)))
    return gains


def _envelope(elapsed: Array, order: int) -> Array:
    """elapsed**(order - 1) * exp(-elapsed), with a peak of one."""
    host, power = default_namespace(), order - 1
    return (elapsed / power * host.exp(1 - elapsed / power)) ** power if power else host.exp(-elapsed)


def gammatone_reach(*, sr: float, fmin: float, order: int) -> int:
    """Samples of the impulse response whose centre frequency is `fmin`, the longest of a bank."""
    power, decay = order - 1, 2.0 * order
    for _ in range(30):  # to the fixed point, where the envelope is SILENCE
        decay = power * (1 + math.log(decay / max(power, 1))) - math.log(SILENCE)
    return 1 + math.ceil(decay * sr / (2 * math.pi * float(bandwidths(fmin))))


def gammatone_responses(*, sr: float, n_bins: int, fmin: float, fmax: float | None, htk: bool, order: int) -> Array:
    """Impulse responses (n_bins, samples); see `nnaudio_xp.gammatone_filterbank`."""
    host = default_namespace()
    low, high = frequency_range(fmin, fmax, sr)
    centres = host.reshape(gammatone_frequencies(n_bins, fmin=low, fmax=high, htk=htk), (-1, 1))
    seconds = host.arange(gammatone_reach(sr=sr, fmin=low, order=order), dtype=host.float64) / sr
    elapsed = 2 * math.pi * bandwidths(centres) * seconds
    waves = host.exp(2j * math.pi * centres * seconds)
    responses = _envelope(elapsed, order) * host.real(waves)
    return responses / host.abs(host.sum(responses * host.conj(waves), axis=-1, keepdims=True))


def gammatone_spectra(*, n_fft: int, **params: Any) -> Array:
    """Spectra (n_bins, 1 + n_fft // 2) of `gammatone_responses`."""
    return default_namespace().fft.rfft(gammatone_responses(**params), n=n_fft)
