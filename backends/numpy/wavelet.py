"""Wavelets at many scales: blocks of the signal for each section of scales, which stay in the cache
while its rows are made of them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from types import ModuleType
from typing import Any

import numpy as np
import scipy.fft

from nnaudio_xp import ops
from nnaudio_xp.geometry import Framing
from nnaudio_xp.kernels.wavelet import Section, WaveletBank, response, sections
from nnaudio_xp.ops.wavelet import least_share
from nnaudio_xp.wavelets import NEGLIGIBLE

from .._register import for_numpy as native
from .blocks import scratch, share_out
from .clips import extended, unpadded
from .frames import pad
from .results import result
from .rows import Array

Part = tuple[tuple[int, ...], int, Array]
"""Scales that are transformed together, the first bin of their spectra, and their weights (scale, bin)."""

_CHUNK = 2**17
"""Complex numbers of the rows that are transformed together."""


@lru_cache(maxsize=16)
def _parts(bank: WaveletBank, section: Section, precision: str) -> tuple[list[Part], int, int]:
    """The spectra of a section's scales, and the bins that they lie between."""
    floor = math.exp(-NEGLIGIBLE) if precision == "d" else 1e-10
    size = max(8, _CHUNK * bank.hop_length // section.length // 8 * 8)  # eights fill vectors
    parts = []
    for start in range(0, len(section.rows), size):
        rows = section.rows[start : start + size]
        found = [response(bank, row, section.length, floor) for row in rows]
        first, last = min(low for low, _ in found), max(low + weights.size for low, weights in found)
        table = np.zeros((len(rows), last - first))
        for line, (low, weights) in zip(table, found, strict=True):
            line[low - first : low - first + weights.size] = weights
        if _halved(bank):  # the other half of a real wavelet's spectrum says nothing new
            table, first = table[:, max(0, -first) : section.length // 2 + 1 - first], max(0, first)
        else:
            table, first = _laid_out(table, first, section.length, section.length // bank.hop_length)
        parts.append((rows, first, (table / bank.hop_length).astype(precision)))
    return parts, min(first for _, first, _ in parts), max(first + table.shape[1] for _, first, table in parts)


def _halved(bank: WaveletBank) -> bool:
    """Whether rows are made from one half of their spectra."""
    return bank.wavelet.is_real and bank.hop_length == 1


def _laid_out(table: Array, first: int, length: int, short: int) -> tuple[Array, int]:
    """Weights of bins from `first` on, of at most a whole spectrum; in whole lines of a short one, where they
    are more than one.
    """
    if table.shape[1] > length:
        table, first = _lines(table, first, length).sum(axis=1), 0
    if table.shape[1] > short:
        table, first = _lines(table, first, short).reshape(table.shape[0], -1), first - first % short
    return table, first


def _lines(table: Array, first: int, size: int) -> Array:
    """Weights (row, line, bin modulo a size) of bins from `first` on, with zeros around them."""
    before = first % size
    after = -(before + table.shape[1]) % size
    return np.pad(table, ((0, 0), (before, after))).reshape(table.shape[0], -1, size)


def _bins(spectrum: Array, first: int, last: int, length: int) -> Array:
    """Bins first … last - 1 of the spectrum of a real signal, of which half is given."""
    if first >= 0 and last <= spectrum.size:
        return spectrum[first:last]
    places = np.arange(first, last) % length
    mirrored = places >= spectrum.size
    bins = spectrum[np.where(mirrored, length - places, places)]
    return np.where(mirrored, bins.conj(), bins)


def _weighted(bins: Array, table: Array, first: int, out: Array) -> None:
    """Write weighted bins, of which the first is bin `first`, into rows in which bin j is at j modulo
    their length.
    """
    size, width = out.shape[1], table.shape[1]
    start = first % size
    if width > size:
        products = np.multiply(bins, table, out=scratch("wavelet products", table.shape, out.dtype))
        products.reshape(len(out), -1, size).sum(axis=1, out=out)
        return
    cut = min(width, size - start)
    np.multiply(bins[:cut], table[:, :cut], out=out[:, start : start + cut])
    np.multiply(bins[cut:], table[:, cut:], out=out[:, : width - cut])
    out[:, width - cut : start] = 0
    out[:, start + cut :] = 0


@native(ops.wavelet_analysis)
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
    if tables is not None:
        portable: Array = ops.wavelet_analysis.portable(y, bank, pad_mode, n_frames, tables=tables, out=out, xp=xp)
        return portable
    result_type = y.dtype if bank.wavelet.is_real else np.result_type(y.dtype, np.complex64)
    if out is None:
        out = result((*y.shape[:-1], bank.n_rows, n_frames), result_type)
    share, n, origin = least_share(y, xp=np), y.shape[-1], 0
    margin = bank.padding(share)
    if callable(pad_mode):
        y, origin, pad_mode = pad(y, margin, margin, pad_mode, xp=np), margin, "constant"
    planned = sections(bank, share, n, zeros=pad_mode in ("constant", "empty") and not origin)
    framing = Framing(2 * margin, bank.hop_length, pad_mode=pad_mode)

    def work(jobs: Sequence[tuple[tuple[int, ...], Section, int]]) -> None:
        for clip, section, start in jobs:
            first = start * bank.hop_length - section.lead + origin
            block = extended(y[clip], first, first + section.length, framing)
            _block_rows(block, bank, section, out[clip][:, start : start + section.frames])

    jobs = [
        (clip, section, start) for clip in np.ndindex(y.shape[:-1]) for section in planned for start in range(0, n_frames, section.frames)
    ]
    share_out(work, jobs, out.size)
    return out


def _block_rows(block: Array, bank: WaveletBank, section: Section, out: Array) -> None:
    """Write the frames (scale, time) of one block, of a section's scales."""
    parts, low, high = _parts(bank, section, block.dtype.char)
    spectrum = scipy.fft.rfft(block.astype(np.float64))  # one for many rows: faint rows keep their digits
    bins = (_bins(spectrum, low, high, section.length) * (-1j) ** bank.wavelet.quarter_turns).astype(
        np.result_type(block.dtype, np.complex64)
    )
    lead, size = section.lead // bank.hop_length, section.length // bank.hop_length
    for rows, first, table in parts:
        spectra = scratch("wavelet rows", (len(rows), size // 2 + 1 if _halved(bank) else size), bins.dtype)
        _weighted(bins[first - low : first - low + table.shape[1]], table, first, spectra)
        if _halved(bank):
            made = scipy.fft.irfft(spectra, size, overwrite_x=True)
        else:
            made = scipy.fft.ifft(spectra, overwrite_x=True)
        kept = made[:, lead : lead + out.shape[1]]
        out[_places(rows)] = kept.real if bank.wavelet.is_real else kept


def _places(rows: tuple[int, ...]) -> slice | list[int]:
    """Rows as a slice, if they follow each other."""
    return slice(rows[0], rows[-1] + 1) if rows[-1] - rows[0] == len(rows) - 1 else list(rows)


@native(ops.wavelet_adjoint)
def wavelet_adjoint(C: Array, bank: WaveletBank, pad_mode: Any, n_samples: int, *, xp: ModuleType) -> Array:
    precision = C.real.dtype
    out = result((*C.shape[:-2], n_samples), precision)
    share = least_share(C, xp=np)
    margin = bank.padding(share)
    zeros = pad_mode in ("constant", "empty")
    planned = sections(bank, share, n_samples, zeros=zeros)
    framing = Framing(2 * margin, bank.hop_length, pad_mode=pad_mode)

    def work(clips: Sequence[tuple[int, ...]]) -> None:
        longest = max(section.length for section in planned)
        for clip in clips:
            signal = np.zeros(n_samples + 2 * margin + longest + bank.hop_length, precision)
            for section in planned:
                for start in range(0, C.shape[-1], section.frames):
                    block = _block_signal(C[clip][:, start : start + section.frames], bank, section)
                    first = start * bank.hop_length - section.lead + margin
                    reached = signal[first : first + section.length]
                    reached += block[: reached.size]
            out[clip] = signal[margin : margin + n_samples] if zeros else unpadded(signal[: n_samples + 2 * margin], n_samples, framing)

    share_out(work, list(np.ndindex(C.shape[:-2])), C.size)
    return out


def _block_signal(frames: Array, bank: WaveletBank, section: Section) -> Array:
    """The samples of one block, of the frames (scale, time) of a section's scales."""
    precision = frames.real.dtype
    parts, low, high = _parts(bank, section, precision.char)
    kind = np.result_type(precision, np.complex64)
    total = np.zeros(high - low, kind)
    lead, size = section.lead // bank.hop_length, section.length // bank.hop_length
    for rows, first, table in parts:
        given = scratch("wavelet rows", (len(rows), size), precision if _halved(bank) else kind)
        given[:, :lead], given[:, lead + frames.shape[1] :] = 0, 0
        given[:, lead : lead + frames.shape[1]] = frames[_places(rows)]
        spectra = scipy.fft.rfft(given) if _halved(bank) else scipy.fft.fft(given, overwrite_x=True)
        reached = total[first - low : first - low + table.shape[1]]
        if size < section.length or first < 0 or first + table.shape[1] > spectra.shape[1]:
            spectra = spectra[:, np.arange(first, first + table.shape[1]) % size]
        else:
            spectra = spectra[:, first : first + table.shape[1]]
        reached += np.einsum("rb,rb->b", spectra, table)
    total *= 1j**bank.wavelet.quarter_turns * bank.hop_length
    half = section.length // 2 + 1
    if _halved(bank):
        whole = np.zeros(half, kind)
        whole[low:high] = total
    else:  # the real part: bins of both signs, half of each
        line = np.zeros(section.length, kind)
        np.add.at(line, np.arange(low, high) % section.length, total)
        whole = (line + np.roll(line[::-1], 1).conj())[:half] / 2
    signal: Array = scipy.fft.irfft(whole, section.length)
    return signal
