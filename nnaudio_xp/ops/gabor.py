"""Coefficients of nonstationary Gabor frames, and signals from them."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

from .._namespace import Array, complex_dtype, device_of, real_dtype
from ..kernels.gabor import GaborFrame, band_bins, band_weights, joined, layer_points, layer_spans, layer_weights
from .complex import to_complex
from .constants import constant
from .dispatch import operation
from .fft import fft, ifft, irfft
from .frames import pad


@operation
def gabor_analysis(y: Array, gabor: GaborFrame, n_frames: int, *, dual: bool = False, xp: ModuleType) -> Array:
    """Inner products (..., row, n_frames) of signals (..., n), zeros behind them, with the atoms of
    a Gabor frame or of its dual.
    """
    bins, weights = _tables(y, (band_bins, band_weights), gabor=gabor, n_frames=n_frames, dual=dual, xp=xp)
    padded = pad(y, 0, n_frames * gabor.hop_length - y.shape[-1], "constant", xp=xp)
    return band_signals(fft(xp.astype(padded, complex_dtype(y, xp)), xp=xp), bins, weights, xp=xp)


@operation
def gabor_adjoint(C: Array, gabor: GaborFrame, *, dual: bool, xp: ModuleType) -> Array:
    """The real part of the adjoint of `gabor_analysis`: signals (..., n_frames * hop_length). That
    of the dual is the inverse.
    """
    n_frames = int(C.shape[-1])  # tables have a size, also where `torch.jit.trace` makes tensors of sizes
    n = n_frames * gabor.hop_length
    points, weights = _tables(C, (layer_points, layer_weights), gabor=gabor, n_frames=n_frames, dual=dual, xp=xp)
    spectrum = band_spectrum(C, points, weights, layer_spans(gabor, n), n, xp=xp)

    def folded(part: Array, sign: int) -> Array:  # a bin comes from bands of both its signs
        mirrored = xp.concat([part[..., :1], xp.flip(part[..., 1:], axis=-1)], axis=-1)
        return ((part + sign * mirrored) / 2)[..., : n // 2 + 1]

    return irfft(to_complex(folded(xp.real(spectrum), 1), folded(xp.imag(spectrum), -1), xp=xp), n, xp=xp)


@operation
def band_signals(spectrum: Array, bins: Array, weights: Array, *, xp: ModuleType) -> Array:
    """Signals (..., row, time) of bands of spectra (..., n): each row's spectrum is a choice of
    bins (flat), times weights (row, time).
    """
    parts = (xp.take(part, bins, axis=-1) for part in (xp.real(spectrum), xp.imag(spectrum)))
    re, im = (xp.reshape(part, (*part.shape[:-1], *weights.shape)) * weights for part in parts)
    return ifft(to_complex(re, im, xp=xp), xp=xp)


@operation
def band_spectrum(signals: Array, points: Array, weights: Array, spans: Sequence[tuple[int, int]], n: int, *, xp: ModuleType) -> Array:
    """Spectra (..., n) of bands' signals (..., row, time): layers of points of the rows' spectra
    (flat), times weights, `joined`.
    """
    rows = fft(signals, xp=xp)

    def layered(part: Array) -> Array:
        flat = xp.reshape(part, (*part.shape[:-2], part.shape[-2] * part.shape[-1]))
        return joined(xp.take(flat, points, axis=-1) * weights, spans, n, xp=xp)

    return to_complex(layered(xp.real(rows)), layered(xp.imag(rows)), xp=xp)


def _tables(like: Array, builders: tuple[Any, Any], *, dual: bool, xp: ModuleType, **size: Any) -> tuple[Array, Array]:
    """A table of indices and one of weights, of a Gabor frame or its dual."""
    where: dict[str, Any] = {"xp": xp, "device": device_of(like), "large": True, **size}
    index = xp.arange(0, device=device_of(like)).dtype
    return constant(builders[0], dtype=index, **where), constant(builders[1], dtype=real_dtype(like, xp), dual=dual, **where)
