"""Gammatone filters in time, a block of the signal after the other."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, complex_dtype, device_of
from ..errors import check_size
from ..kernels.gammatone import gammatone_reach, gammatone_spectra

_AT_ONCE = 8
"""Filters whose spectra are held at a time."""


def waveforms(y: Array, *, sr: float, fmin: float, order: int, xp: ModuleType, **bank: Any) -> Array:
    """A signal (..., n) behind each filter of a bank, (..., filter, n).

    By overlap and save: of each block, the samples before which the longest response has ended.
    """
    before = gammatone_reach(sr=sr, fmin=fmin, order=order) - 1
    n_fft = 2 << (before + 1).bit_length()
    decided_by = {"n_bins": bank["n_bins"], "order": order, "fmin": fmin, "sr": sr}
    check_size("the filters", [bank["n_bins"], 1 + n_fft // 2], decided_by, each=16)
    hop, n = n_fft - before, y.shape[-1]
    n_blocks = -(-n // hop)
    blocks = ops.frame(ops.pad(y, before, n_blocks * hop - n, "constant", xp=xp), n_fft, hop, xp=xp)
    params = {"sr": sr, "fmin": fmin, "order": order, "n_fft": n_fft, **bank}
    filters = ops.constant(gammatone_spectra, xp=xp, dtype=complex_dtype(y, xp), device=device_of(y), large=True, **params)
    spectra = xp.expand_dims(ops.rfft(blocks, xp=xp), axis=-3)
    bins = filters.shape[0]
    groups = (xp.expand_dims(filters[first : min(first + _AT_ONCE, bins), :], axis=-2) for first in range(0, bins, _AT_ONCE))
    waves = xp.concat([ops.irfft(spectra * group, n_fft, xp=xp)[..., before:] for group in groups], axis=-3)
    return xp.reshape(waves, (*waves.shape[:-2], n_blocks * hop))[..., :n]
