"""Wavelets at many scales, and signals from their coefficients."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType
from typing import Any

from .._namespace import Array, complex_dtype, device_of, host, real_dtype
from ..kernels.wavelet import Section, WaveletBank, responses, sections
from .arrays import write
from .complex import to_complex
from .constants import constant
from .dispatch import operation
from .fft import fft, ifft
from .frames import fit_samples, frame, overlap_add, pad, unpadded

LEAST_SHARE = 3e-15
"""The share of a wavelet's maximum below which nothing of it counts in any precision."""


def least_share(like: Array, *, xp: ModuleType) -> float:
    """The share of a wavelet's maximum below which nothing of it counts in an array's precision."""
    return max(float(xp.finfo(like.dtype).eps) / 100, LEAST_SHARE)


@operation
def wavelet_analysis(
    y: Array,
    bank: WaveletBank,
    pad_mode: Any,
    n_frames: int,
    *,
    tables: Sequence[Array] | None = None,
    out: Array | None = None,
    xp: ModuleType,
) -> Array:
    """Inner products (..., scale, n_frames) of padded signals (..., n) with a bank's wavelets; real for a
    real wavelet. `tables` holds the spectra of the sections' wavelets where these are trained.
    """
    share = least_share(y, xp=xp)
    margin = bank.padding(share)
    padded = pad(y, margin, margin, pad_mode, xp=xp)
    parts: list[Array] = []
    order: list[int] = []
    for place, section in in_order(sections(bank, share)):
        table = _table(y, bank, section, xp=xp) if tables is None else tables[place]
        parts.append(_section_rows(padded, table, bank, section, margin, n_frames, xp=xp))
        order += section.rows
    rows = xp.concat(parts, axis=-2) if len(parts) > 1 else parts[0]
    rows = _sorted_rows(rows, order, xp=xp)
    return rows if out is None else write(out, rows, xp=xp)


def in_order(planned: Sequence[Section]) -> list[tuple[int, Section]]:
    """Sections with their places, by their first row."""
    return sorted(enumerate(planned), key=lambda item: item[1].rows)


def _sorted_rows(rows: Array, order: Sequence[int], *, xp: ModuleType) -> Array:
    """Rows that come in this order, in their own."""
    if list(order) == sorted(order):
        return rows
    back = sorted(range(len(order)), key=order.__getitem__)
    return rows_at(rows, back, axis=-2, xp=xp)


def rows_at(rows: Array, places: Sequence[int], *, axis: int = -1, xp: ModuleType) -> Array:
    """What lies along an axis at these places."""
    index = xp.arange(0, device=device_of(rows)).dtype
    return xp.take(rows, constant(_listed, xp=xp, dtype=index, device=device_of(rows), places=tuple(places)), axis=axis)


def _listed(*, places: tuple[int, ...]) -> Array:
    return host.asarray(places)


def _table(like: Array, bank: WaveletBank, section: Section, *, xp: ModuleType) -> Array:
    return constant(responses, xp=xp, dtype=real_dtype(like, xp), device=device_of(like), large=True, bank=bank, section=section)


def _turned(spectrum: Array, quarters: int, *, xp: ModuleType) -> Array:
    """A spectrum times a power of i."""
    re, im = xp.real(spectrum), xp.imag(spectrum)
    return (spectrum, to_complex(-im, re, xp=xp), to_complex(-re, -im, xp=xp), to_complex(im, -re, xp=xp))[quarters % 4]


def _section_rows(padded: Array, table: Array, bank: WaveletBank, section: Section, margin: int, n_frames: int, *, xp: ModuleType) -> Array:
    """Rows (..., row, n_frames) of a section."""
    hop, length, lead = bank.hop_length, section.length, section.lead
    count, short = n_frames // section.frames + 1, length // hop  # always more frames than needed: one way for all lengths, in graphs
    needed = (count - 1) * section.frames * hop + length
    signal = pad(padded[..., margin - lead :], 0, needed, "constant", xp=xp)[..., :needed]
    blocks = frame(signal, length, section.frames * hop, xp=xp)
    spectrum = _turned(fft(xp.astype(blocks, complex_dtype(blocks, xp)), xp=xp), -bank.wavelet.quarter_turns, xp=xp)

    def folded(part: Array) -> Array:  # every hop-th sample: what lies a multiple of the new rate apart is one
        rows = xp.expand_dims(part, axis=-2) * table
        return rows if hop == 1 else xp.sum(xp.reshape(rows, (*rows.shape[:-1], hop, short)), axis=-2) / hop

    rows = ifft(to_complex(folded(xp.real(spectrum)), folded(xp.imag(spectrum)), xp=xp), xp=xp)
    inside = (xp.real(rows) if bank.wavelet.is_real else rows)[..., lead // hop : lead // hop + section.frames]
    *batch, _, n_rows, _ = inside.shape
    order = (*range(len(batch)), inside.ndim - 2, inside.ndim - 3, inside.ndim - 1)
    lined = xp.reshape(xp.permute_dims(inside, order), (*batch, n_rows, count * section.frames))
    return lined[..., :n_frames]


@operation
def wavelet_adjoint(C: Array, bank: WaveletBank, pad_mode: Any, n_samples: int, *, xp: ModuleType) -> Array:
    """The real part of the adjoint of `wavelet_analysis`: signals (..., n_samples)."""
    share = least_share(C, xp=xp)
    margin, total = bank.padding(share), None
    for section in sections(bank, share):
        part = _section_signal(C, _table(C, bank, section, xp=xp), bank, section, margin, n_samples + 2 * margin, xp=xp)
        total = part if total is None else total + part
    return unpadded(total, margin, n_samples, pad_mode, xp=xp)


def _section_signal(C: Array, table: Array, bank: WaveletBank, section: Section, margin: int, n_samples: int, *, xp: ModuleType) -> Array:
    """The padded signals (..., n_samples) of a section's rows."""
    hop, length, lead = bank.hop_length, section.length, section.lead
    n_frames, short = C.shape[-1], length // hop
    count = -(-n_frames // section.frames)
    rows = C if len(section.rows) == bank.n_rows else rows_at(C, section.rows, axis=-2, xp=xp)
    if not xp.isdtype(rows.dtype, "complex floating"):
        rows = xp.astype(rows, complex_dtype(rows, xp))

    def spectra(part: Array) -> Array:
        padded = pad(part, 0, count * section.frames - n_frames, "constant", xp=xp)
        blocks = xp.reshape(padded, (*part.shape[:-1], count, section.frames))
        blocks = xp.permute_dims(blocks, (*range(part.ndim - 2), part.ndim - 1, part.ndim - 2, part.ndim))
        return pad(blocks, lead // hop, short - lead // hop - section.frames, "constant", xp=xp)

    spectrum = fft(to_complex(spectra(xp.real(rows)), spectra(xp.imag(rows)), xp=xp), xp=xp)

    def weighted(part: Array) -> Array:
        repeated = part if hop == 1 else xp.concat([part] * hop, axis=-1)
        return xp.sum(repeated * table, axis=-2)

    total = _turned(to_complex(weighted(xp.real(spectrum)), weighted(xp.imag(spectrum)), xp=xp), bank.wavelet.quarter_turns, xp=xp)
    signal = overlap_add(xp.real(ifft(total, xp=xp)), section.frames * hop, xp=xp)
    before = pad(signal, margin - lead, 0, "constant", xp=xp)
    return fit_samples(before, 0, n_samples, xp=xp)
