"""Mel filter banks."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

from .._backends import host_functions
from .._namespace import Array, Device, Dtype, host, place
from ..errors import ParameterError, as_integer, as_number, as_positive, check_size, frequency_range, warn
from ..scales import fft_frequencies, mel_frequencies
from .norms import p_norm


def mel_bank(
    *,
    sr: float,
    n_fft: int,
    n_mels: int = 128,
    fmin: float = 0.0,
    fmax: float | None = None,
    htk: bool = False,
    norm: str | float | None = "slaney",
    xp: ModuleType | None = None,
    dtype: Dtype = None,
    device: Device = None,
) -> Array:
    """Triangles between neighbouring points of the mel scale, (n_mels, 1 + n_fft // 2); see
    `nnaudio_xp.filters.mel`.
    """
    sr, n_fft = as_positive("sr", sr), as_integer("n_fft", n_fft)
    check_size("the filter bank", [as_integer("n_mels", n_mels), 1 + n_fft // 2], f"n_mels={n_mels}, n_fft={n_fft}")
    corners = mel_corners(sr=sr, n_mels=n_mels, fmin=fmin, fmax=fmax, htk=htk)
    bank = triangles(corners, fft_frequencies(sr=sr, n_fft=n_fft))
    if not bool(host.all(host.any(bank > 0, axis=1))):
        warn(
            f"Empty filters: n_mels={n_mels} is too many for n_fft={n_fft} at sr={sr:g}, some bands lie between two bins; "
            "use fewer, a larger n_fft or a larger fmax"
        )
    return place(scaled_triangles(bank, gaps(corners), norm, xp=host), xp=xp, dtype=dtype, device=device)


def mel_corners(*, sr: float, n_mels: int, fmin: float, fmax: float | None, htk: bool) -> Array:
    """Where the triangles begin, peak and end, (n_mels + 2,) in Hz."""
    low, high = frequency_range(fmin, fmax, sr)
    inner = mel_frequencies(as_integer("n_mels", n_mels) + 2, fmin=low, fmax=high, htk=htk)[1:-1]
    ends = host.asarray([low, high], dtype=host.float64)
    return host.concat([ends[:1], inner, ends[1:]])  # exact: a corner off by rounding would let a bin in that lies on it


def distances(corners: Array, positions: Array) -> Array:
    """How far corners lie above positions, (corner, position)."""
    return host.expand_dims(corners, axis=1) - positions


def gaps(corners: Array) -> Array:
    """How far each corner lies above the one before."""
    return corners[1:] - corners[:-1]


def triangles(corners: Array, positions: Array) -> Array:
    """Rows that rise from one corner to 1 at the next and fall to the third, taken at positions:
    (corners - 2, positions).
    """
    return triangles_between(distances(corners, positions), gaps(corners), xp=host)


def triangles_between(ramps: Array, widths: Array, *, xp: ModuleType) -> Array:
    """The triangles whose corners have these `distances` to the positions, and these `gaps`."""
    rising = -ramps[:-2, ...] / xp.expand_dims(widths[:-1], axis=1)
    falling = ramps[2:, ...] / xp.expand_dims(widths[1:], axis=1)
    lower = xp.minimum(rising, falling)
    return xp.where(lower < 0, 0.0, lower)


def check_mel_norm(name: str, norm: Any) -> None:
    """Raise unless mel bands can be scaled so."""
    if norm not in (None, "slaney", math.inf) and (isinstance(norm, str) or as_number(name, norm) <= 0):
        raise ParameterError(f"{name}={norm!r} must be 'slaney', a positive number, infinity or None")


def scaled_triangles(bank: Array, widths: Array, norm: str | float | None, *, xp: ModuleType) -> Array:
    """Triangles with these `gaps` scaled to unit area in Hz ('slaney') or unit p-norm."""
    check_mel_norm("norm", norm)
    if norm is None:
        return bank
    if norm == "slaney":
        return bank * xp.expand_dims(2 / (widths[1:] + widths[:-1]), axis=1)
    lengths = p_norm(bank, norm, 1, xp=xp)
    return bank / xp.where(lengths > 0, lengths, 1.0)


def mel_inverse(*, xp: ModuleType | None = None, dtype: Dtype = None, device: Device = None, **params: Any) -> Array:
    """The pseudo-inverse of `mel_bank`, (1 + n_fft // 2, n_mels)."""
    return place(host_functions().pseudo_inverse(mel_bank(**params)), xp=xp, dtype=dtype, device=device)


def mel_params(**kwargs: Any) -> dict[str, Any]:
    """The keyword arguments of `mel_bank` among those of a transform, unknown names refused."""
    known = ("n_mels", "fmin", "fmax", "htk", "norm")
    unknown = sorted(set(kwargs) - set(known))
    if unknown:
        name = unknown[0]
        raise ParameterError(f"{name}={kwargs[name]!r} is no parameter of a mel filter bank: those are {', '.join(known)}, dtype")
    return kwargs
