"""Mel filter banks."""

from __future__ import annotations

import warnings
from types import ModuleType
from typing import Any

from .._namespace import Array, Device, Dtype, default_namespace, place
from ..errors import ParameterError, as_integer, as_number, as_positive, frequency_range
from ..scales import fft_frequencies, mel_frequencies


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
    """Triangles between neighbouring points of the mel scale, (n_mels, 1 + n_fft // 2); see `nnaudio_xp.filters.mel`."""
    host = default_namespace()
    sr, n_fft, n_mels = as_positive("sr", sr), as_integer("n_fft", n_fft), as_integer("n_mels", n_mels)
    low, high = frequency_range(fmin, fmax, sr)
    inner = mel_frequencies(n_mels + 2, fmin=low, fmax=high, htk=htk)[1:-1]
    corners = host.asarray([low, high], dtype=host.float64)
    points = host.concat([corners[:1], inner, corners[1:]])  # exact: a corner off by rounding would let a bin in that lies on it
    bank = triangles(points, fft_frequencies(sr=sr, n_fft=n_fft))
    if not bool(host.all(host.any(bank > 0, axis=1))):
        warnings.warn(
            f"Empty filters: n_mels={n_mels} is too many for n_fft={n_fft} at sr={sr:g}, some bands lie between two bins; "
            "use fewer, a larger n_fft or a larger fmax",
            stacklevel=3,
        )
    return place(_normalized(bank, points, norm), xp=xp, dtype=dtype, device=device)


def triangles(points: Array, positions: Array) -> Array:
    """Rows that rise from points[k] to 1 at points[k + 1] and fall to points[k + 2], taken at positions: (points - 2, positions)."""
    host = default_namespace()
    widths = points[1:] - points[:-1]
    ramps = host.reshape(points, (-1, 1)) - positions
    rising = -ramps[:-2, ...] / host.reshape(widths[:-1], (-1, 1))
    falling = ramps[2:, ...] / host.reshape(widths[1:], (-1, 1))
    return host.maximum(0.0, host.minimum(rising, falling))


def _normalized(bank: Array, points: Array, norm: str | float | None) -> Array:
    """Rows scaled to unit area in Hz ('slaney') or unit p-norm."""
    host = default_namespace()
    if norm is None:
        return bank
    if norm == "slaney":
        return bank * host.reshape(2 / (points[2:] - points[:-2]), (-1, 1))
    if isinstance(norm, str) or (norm != float("inf") and as_number("norm", norm) <= 0):
        raise ParameterError(f"norm={norm!r} must be 'slaney', a positive number, infinity or None")
    lengths = host.linalg.vector_norm(bank, axis=1, ord=norm, keepdims=True)
    return bank / host.where(lengths > 0, lengths, 1.0)


def mel_inverse(*, xp: ModuleType | None = None, dtype: Dtype = None, device: Device = None, **params: Any) -> Array:
    """The pseudo-inverse of `mel_bank`, (1 + n_fft // 2, n_mels)."""
    return place(default_namespace().linalg.pinv(mel_bank(**params)), xp=xp, dtype=dtype, device=device)


def mel_params(**kwargs: Any) -> dict[str, Any]:
    """The keyword arguments of `mel_bank` among those of a transform, unknown names refused."""
    known = ("n_mels", "fmin", "fmax", "htk", "norm")
    unknown = sorted(set(kwargs) - set(known))
    if unknown:
        name = unknown[0]
        raise ParameterError(f"{name}={kwargs[name]!r} is no parameter of a mel filter bank: those are {', '.join(known)}, dtype")
    return kwargs
