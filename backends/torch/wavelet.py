"""Wavelets at many scales: two linear operators, each the other's gradient, over NumPy's loops."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from nnaudio_xp import ops
from nnaudio_xp._namespace import Array
from nnaudio_xp.geometry import PAD_MODES
from nnaudio_xp.kernels.wavelet import BANKS, WaveletBank, sections
from nnaudio_xp.ops.wavelet import least_share

from .._register import for_torch as native
from ..numpy import wavelet as loops
from .operators import adjoint_pair, namespace_of_torch
from .ways import Way, exporting, run, way_of


def _analysis(y: Tensor, bank: WaveletBank, pad_mode: int, n_frames: int) -> Tensor:
    if y.device.type == "cpu":
        rows: Tensor = run(loops.wavelet_analysis, y, bank, PAD_MODES[pad_mode], n_frames)
    else:
        rows = ops.wavelet_analysis.portable(y, bank, PAD_MODES[pad_mode], n_frames, xp=namespace_of_torch())
    return torch.complex(rows, torch.zeros_like(rows)) if bank.wavelet.is_real else rows


def _adjoint(C: Tensor, bank: WaveletBank, pad_mode: int, n_samples: int) -> Tensor:
    rows = C.real.contiguous() if bank.wavelet.is_real else C
    if C.device.type == "cpu":
        return run(loops.wavelet_adjoint, rows, bank, PAD_MODES[pad_mode], n_samples)  # type: ignore[no-any-return]
    return ops.wavelet_adjoint.portable(rows, bank, PAD_MODES[pad_mode], n_samples, xp=namespace_of_torch())  # type: ignore[no-any-return]


_wavelets, _wavelets_adjoint = adjoint_pair(
    "wavelets", BANKS, _analysis, _adjoint, shape=lambda bank, n_frames: (bank.n_rows, n_frames), frames_axis=-2
)


@native(ops.wavelet_analysis)
def wavelet_analysis(
    y: Tensor,
    bank: WaveletBank,
    pad_mode: Any,
    n_frames: int,
    *,
    tables: Sequence[Tensor] | None = None,
    out: Tensor | None = None,
    xp: ModuleType,
) -> Array:
    if exporting():  # a graph serves all lengths if none of its sizes may be 1: there are two blocks or more
        longest = max(section.frames for section in sections(bank, least_share(y, xp=xp)))
        more = ops.wavelet_analysis.portable(y, bank, pad_mode, n_frames + longest, tables=tables, xp=xp)
        return more[..., :n_frames]
    way = Way.PORTABLE if tables is not None else way_of(y, out, pad_mode=pad_mode, opaque=True)
    if way is Way.LOOP:
        rows = run(loops.wavelet_analysis, y, bank, pad_mode, n_frames, out=out)
        return rows if out is None else out
    if way is Way.PORTABLE or out is not None:
        return ops.wavelet_analysis.portable(y, bank, pad_mode, n_frames, tables=tables, out=out, xp=xp)
    pairs = _wavelets(y, bank.name, PAD_MODES.index(pad_mode), n_frames)
    return pairs[..., 0] if bank.wavelet.is_real else torch.view_as_complex(pairs)


@native(ops.wavelet_adjoint)
def wavelet_adjoint(C: Tensor, bank: WaveletBank, pad_mode: Any, n_samples: int, *, xp: ModuleType) -> Array:
    way = way_of(C, opaque=True)
    if way is Way.PORTABLE:
        return ops.wavelet_adjoint.portable(C, bank, pad_mode, n_samples, xp=xp)
    if way is Way.LOOP:
        return run(loops.wavelet_adjoint, C, bank, pad_mode, n_samples)
    pairs = torch.view_as_real(C.resolve_conj()) if C.is_complex() else torch.stack((C, torch.zeros_like(C)), dim=-1)
    return _wavelets_adjoint(pairs, bank.name, PAD_MODES.index(pad_mode), n_samples)
