"""Gabor frames: two linear operators, each the other's gradient, and NumPy's loops over the
bands.
"""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

import torch
from torch import Tensor

from nnaudio_xp import ops
from nnaudio_xp._namespace import Array
from nnaudio_xp.kernels.gabor import FRAMES, GaborFrame

from .._register import for_torch as native
from ..numpy import gabor as loops
from .operators import adjoint_pair, namespace_of_torch
from .ways import Way, run, way_of


def _analysis(y: Tensor, gabor: GaborFrame, dual: int, n_frames: int) -> Tensor:
    return ops.gabor_analysis.portable(y, gabor, n_frames, dual=bool(dual), xp=namespace_of_torch())  # type: ignore[no-any-return]


def _adjoint(C: Tensor, gabor: GaborFrame, dual: int, n_samples: int) -> Tensor:
    signal: Tensor = ops.gabor_adjoint.portable(C, gabor, dual=bool(dual), xp=namespace_of_torch())
    return signal.narrow(-1, 0, n_samples)


_gabor, _gabor_adjoint = adjoint_pair(
    "gabor", FRAMES, _analysis, _adjoint, shape=lambda gabor, n_frames: (gabor.n_rows, n_frames), frames_axis=-2
)


@native(ops.gabor_analysis)
def gabor_analysis(y: Tensor, gabor: GaborFrame, n_frames: int, *, dual: bool = False, xp: ModuleType) -> Array:
    if way_of(y, opaque=True) is not Way.OPERATOR:
        return ops.gabor_analysis.portable(y, gabor, n_frames, dual=dual, xp=xp)
    return torch.view_as_complex(_gabor(y, gabor.name, int(dual), n_frames))


@native(ops.gabor_adjoint)
def gabor_adjoint(C: Tensor, gabor: GaborFrame, *, dual: bool, xp: ModuleType) -> Array:
    if way_of(C, opaque=True) is not Way.OPERATOR:
        return ops.gabor_adjoint.portable(C, gabor, dual=dual, xp=xp)
    return _gabor_adjoint(torch.view_as_real(C.resolve_conj()), gabor.name, int(dual), C.shape[-1] * gabor.hop_length)


@native(ops.band_signals)
def band_signals(spectrum: Tensor, bins: Tensor, weights: Tensor, *, xp: ModuleType) -> Array:
    if way_of(spectrum, weights) is not Way.LOOP:
        return ops.band_signals.portable(spectrum, bins, weights, xp=xp)
    return run(loops.band_signals, spectrum, bins, weights)


@native(ops.band_spectrum)
def band_spectrum(signals: Tensor, points: Tensor, weights: Tensor, spans: Sequence[tuple[int, int]], n: int, *, xp: ModuleType) -> Array:
    if way_of(signals, weights) is not Way.LOOP:
        return ops.band_spectrum.portable(signals, points, weights, spans, n, xp=xp)
    return run(loops.band_spectrum, signals, points, weights, spans, n)
