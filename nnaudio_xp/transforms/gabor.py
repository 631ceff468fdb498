"""Nonstationary Gabor transforms, of whole signals or of slices."""

from __future__ import annotations

import math
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array
from ..errors import ParameterError, as_integer, check_size
from ..geometry import signal_samples
from ..kernels.gabor import GaborFrame, fast_length


@dataclass(frozen=True)
class Slicing:
    """Slices of `length` samples, every half of it; each fades in over a quarter and out over a
    quarter, an eighth from its ends.

    Sample 0 lies `lead` samples into the first slice, where that has just faded in.
    """

    length: int

    @property
    def advance(self) -> int:
        return self.length // 2

    @property
    def lead(self) -> int:
        return self.length * 3 // 8

    @property
    def trail(self) -> int:
        """Zeros behind a signal, with which whole slices cover it, from the end of a fade to the
        beginning of another.
        """
        return self.length * 7 // 8 - 1

    def n_samples(self, count: int) -> int:
        """Samples that slices cover."""
        return count * self.advance - self.length // 4


def slicing(slice_length: Any, hop_length: int) -> Slicing | None:
    """Slices of at least the given length, in which sample 0 and all slices' beginnings lie on
    frames; None for none.
    """
    if slice_length is None:
        return None
    step, least = 8 * hop_length, as_integer("slice_length", slice_length)
    check_size("a slice", [least], {"slice_length": least})
    return Slicing(step * fast_length(-(-least // step)))


def coefficients(y: Array, gabor: GaborFrame, slices: Slicing | None, fades: Array, *, xp: ModuleType) -> Array:
    """Coefficients (..., row, frame) of signals, or (..., slice, row, frame) of slices that the
    window `fades` in and out.
    """
    if slices is None:
        return ops.gabor_analysis(y, gabor, gabor.n_frames(int(y.shape[-1])), xp=xp)
    padded = ops.pad(y, slices.lead, slices.trail, "constant", xp=xp)
    pieces = ops.frame(padded, slices.length, slices.advance, xp=xp)
    return ops.gabor_analysis(pieces * fades, gabor, slices.length // gabor.hop_length, xp=xp)


def signals(C: Array, gabor: GaborFrame, slices: Slicing | None, length: Any, *, name: str = "C", xp: ModuleType) -> Array:
    """Signals (..., length) from complex coefficients, whose shape is checked."""
    samples = signal_samples(length, 0, {}, given=math.prod(C.shape))
    if C.shape[-2] != gabor.n_rows:
        raise ParameterError(
            f"{name} has {C.shape[-2]} rows: with these arguments it must have {gabor.n_rows}, n_bins={gabor.n_bins} and two more"
        )
    if slices is None:
        signal = ops.gabor_adjoint(C, gabor, dual=True, xp=xp)
        return ops.fit_samples(signal, 0, samples or signal.shape[-1], xp=xp)
    if C.ndim < 3 or C.shape[-3] == 0 or C.shape[-1] * gabor.hop_length != slices.length:
        wanted = f"(..., slices, {gabor.n_rows}, {slices.length // gabor.hop_length})"
        raise ParameterError(f"{name} has shape {tuple(C.shape)}: for slices of {slices.length} samples it must be {wanted}")
    signal = ops.overlap_add(ops.gabor_adjoint(C, gabor, dual=True, xp=xp), slices.advance, xp=xp)
    return ops.fit_samples(signal, slices.lead, samples or slices.n_samples(C.shape[-3]), xp=xp)
