"""Chroma filter banks: what gathers a spectrum's frequencies into pitch classes."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

from .._namespace import Array, Device, Dtype, host, place
from ..errors import LISTED, ParameterError, as_integer, as_number, as_positive, check_size, one_of
from ..scales import hz_to_octs
from .norms import check_norm, p_norm

REACH = 2.0
"""Standard deviations between a filter's centre and the next one's, where bins are close."""


def chroma_octaves(*, sr: float, n_fft: int) -> Array:
    """Octaves of the DFT's bins above A0 of 440 Hz / 16, one more than there are: (2 + n_fft //
    2,).

    Bin 0 is put 1.5 octaves below the first: half an octave from it in pitch class, and broad.
    """
    n_bins = 2 + as_integer("n_fft", n_fft) // 2
    check_size("the filter bank", [n_bins], f"n_fft={n_fft}", each=LISTED)
    octaves = hz_to_octs(host.arange(1, n_bins, dtype=host.float64) * (as_positive("sr", sr) / n_fft))
    return host.concat([octaves[:1] - 1.5, octaves])


def chroma_distances(*, sr: float, n_fft: int, n_chroma: int) -> Array:
    """How far each bin lies above each pitch class in A440, in pitch classes, the octaves folded:
    (n_chroma, 1 + n_fft // 2).
    """
    n_chroma = as_integer("n_chroma", n_chroma)
    octaves = chroma_octaves(sr=sr, n_fft=n_fft)[:-1]
    check_size("the filter bank", [n_chroma, octaves.shape[0]], f"n_chroma={n_chroma}, n_fft={n_fft}")
    classes = host.expand_dims(host.arange(n_chroma, dtype=host.float64), axis=1)
    return _folded(n_chroma * octaves - classes, n_chroma, xp=host)


def chroma_widths(*, sr: float, n_fft: int, n_chroma: int) -> Array:
    """How far each bin lies below the next one, in pitch classes, at least one: (1 + n_fft // 2,)."""
    octaves = chroma_octaves(sr=sr, n_fft=n_fft)
    return host.maximum(n_chroma * (octaves[1:] - octaves[:-1]), host.asarray(1.0))


def _folded(distances: Array, n_chroma: int, *, xp: ModuleType) -> Array:
    """Distances in pitch classes by the nearest way around the octave."""
    half = round(n_chroma / 2)
    return distances - n_chroma * xp.floor((distances + half) / n_chroma)


def chroma_weights(
    distances: Array,
    octaves: Array,
    widths: Array,
    tuning: Any,
    *,
    ctroct: float,
    octwidth: float | None,
    norm: float | None,
    base_c: bool,
    xp: ModuleType,
) -> Array:
    """Gaussians around the pitch classes (..., n_chroma, bin), for a tuning that is a number or an
    array (..., 1, 1); differentiable with respect to it.
    """
    n_chroma = distances.shape[0]
    away = _folded(distances - tuning, n_chroma, xp=xp) * (REACH / widths)
    bank = xp.exp(-0.5 * away * away)
    if norm is not None:
        length = p_norm(bank, norm, -2, xp=xp)
        bank = bank / xp.where(length > 0, length, 1.0)
    if octwidth is not None:
        above = (octaves - tuning / n_chroma - ctroct) / octwidth
        bank = bank * xp.exp(-0.5 * above * above)
    lowest = 3 * (n_chroma // 12) if base_c else 0
    return xp.concat([bank[..., lowest:, :], bank[..., :lowest, :]], axis=-2) if lowest else bank


def chroma_bank(
    *,
    sr: float,
    n_fft: int,
    n_chroma: int = 12,
    tuning: float = 0.0,
    ctroct: float = 5.0,
    octwidth: float | None = 2,
    norm: float | None = 2,
    base_c: bool = True,
    xp: ModuleType | None = None,
    dtype: Dtype = None,
    device: Device = None,
) -> Array:
    """The bank (n_chroma, 1 + n_fft // 2) of `nnaudio_xp.filters.chroma`."""
    shape = chroma_shape(ctroct=ctroct, octwidth=octwidth, norm=norm, base_c=base_c)
    distances = chroma_distances(sr=sr, n_fft=n_fft, n_chroma=n_chroma)
    octaves = chroma_octaves(sr=sr, n_fft=n_fft)[:-1]
    widths = chroma_widths(sr=sr, n_fft=n_fft, n_chroma=n_chroma)
    bank = chroma_weights(distances, octaves, widths, as_number("tuning", tuning), **shape, xp=host)
    return place(bank, xp=xp, dtype=dtype, device=device)


def chroma_shape(*, ctroct: Any = 5.0, octwidth: Any = 2, norm: Any = 2, base_c: Any = True, **unknown: Any) -> dict[str, Any]:
    """The arguments that give the filters their shape, checked."""
    for name, value in unknown.items():
        raise ParameterError(f"{name}={value!r} is no parameter of a chroma filter bank: those are ctroct, octwidth, base_c, dtype")
    if norm is not None:
        check_norm(norm)
    return {
        "ctroct": as_number("ctroct", ctroct),
        "octwidth": None if octwidth is None else as_positive("octwidth", octwidth),
        "norm": norm,
        "base_c": one_of("base_c", base_c, (False, True)),
    }


def tonal_axes(*, n_chroma: int) -> Array:
    """Where pitch classes lie in the circles of fifths, minor and major thirds: sines and cosines
    in turn, (6, n_chroma).
    """
    semitones = host.arange(n_chroma, dtype=host.float64) * (12 / n_chroma)
    rows = []
    for speed, radius in ((7 / 6, 1.0), (3 / 2, 1.0), (2 / 3, 0.5)):
        angles = semitones * (math.pi * speed)
        rows += [radius * host.sin(angles), radius * host.cos(angles)]
    return host.stack(rows)
