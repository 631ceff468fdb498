"""nnAudio's kernels of the constant-Q, which it stores as spectra or for lower rates, as kernels in time at the signal's own rate.

All of its algorithms are linear in their kernels. So what training changed in them, the difference from those that nnAudio builds, is
what is brought here, and added to the kernels of the definition: what its algorithms only approximate stays behind.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from .._namespace import Array, host
from ..errors import ParameterError
from ..kernels.constant_q import Bins, frame_length
from ..kernels.constant_q import atom_in_frame as padded

SAME_CHANGE = 3e-6
"""Largest change, relative to a kernel's greatest sample, that is a rounding: single precision, through spectra."""

_ROWS = 512
"""Rows of Fourier kernels that are multiplied at once: those of long frames fill gigabytes."""


def early_factor(*, sr: float, hop_length: int, f_top: float, q: float, n_octaves: int) -> int:
    """How much nnAudio lowers the rate before everything else."""
    by_frequency = math.ceil(math.log2(0.85 * (sr // 2) / (f_top * (1 + 0.75 / q)))) - 2
    by_hop = math.ceil(math.log2(hop_length)) - n_octaves + 1
    return int(2 ** min(max(0, by_frequency), max(0, by_hop)))


def bank(bins: Bins, rate: float) -> Array:
    """The kernels (bin, sample) that nnAudio builds for a rate, centred in the power of two that holds the longest."""
    width = frame_length(bins, rate)
    return host.stack([padded(atom, width) for atom in bins.atoms(rate)])


def pair(arrays: Mapping[str, Array], suffix: str, shape: Sequence[int]) -> Array:
    """The complex numbers of a pair of nnAudio's arrays, checked to have the shape that it gives them."""
    parts = []
    for name in (f"cqt_kernels_real{suffix}", f"cqt_kernels_imag{suffix}"):
        if name not in arrays:
            raise ParameterError(f"{name} is missing beside {', '.join(sorted(arrays))}")
        if tuple(arrays[name].shape) != tuple(shape):
            raise ParameterError(f"{name} has shape {tuple(arrays[name].shape)}: nnAudio's has {tuple(shape)}")
        parts.append(host.asarray(arrays[name], dtype=host.float64))
    return parts[0] + 1j * parts[1]


def spectral_change(arrays: Mapping[str, Array], own: Array) -> Array:
    """What training changed, in time (bin, sample), where nnAudio multiplies products with Fourier kernels by half spectra."""
    width = own.shape[-1]
    half = 1 + width // 2
    spectra = pair(arrays, "", (own.shape[0], half))
    waves = [arrays.get(name) for name in ("wcos", "wsin")]
    if any(wave is None or tuple(wave.shape) != (half, 1, width) for wave in waves):
        raise ParameterError(f"wcos and wsin must have shape {(half, 1, width)} beside half spectra")
    total = host.zeros(own.shape, dtype=host.complex128)
    for first in range(0, half, _ROWS):
        rows = slice(first, first + _ROWS)
        cosines, sines = (host.asarray(wave[rows, 0, :], dtype=host.float64) for wave in waves)  # type: ignore[index]
        total = total + spectra[:, rows] @ cosines + 1j * (spectra[:, rows] @ sines)
    upper = host.fft.fft(own)[:, :half]
    kept = host.fft.ifft(host.concat([upper, host.zeros((own.shape[0], width - half))], axis=-1))
    return change(total / width, kept)


def at_full_rate(rows: Array, factor: int, width: int) -> Array:
    """Kernels (bin, sample) of a rate lowered by a factor, interpolated within its band, centred in so many samples."""
    half, size = rows.shape[-1] // 2, rows.shape[-1] * factor
    spectra = host.fft.fft(host.fft.ifftshift(rows, axes=-1))
    between = host.zeros((rows.shape[0], size - 2 * half), dtype=host.complex128)
    samples = host.fft.fftshift(host.fft.ifft(host.concat([spectra[:, :half], between, spectra[:, half:]], axis=-1)), axes=-1)
    if size > width:
        return samples[:, (size - width) // 2 : (size + width) // 2]
    ends = host.zeros((rows.shape[0], (width - size) // 2), dtype=host.complex128)
    return host.concat([ends, samples, ends], axis=-1)


def is_rounding(change: Array, own: Array) -> bool:
    """Whether kernels (bin, sample) were changed by no more than a rounding, each seen by itself."""
    return bool(host.all(host.abs(change) <= SAME_CHANGE * host.max(host.abs(own), axis=-1, keepdims=True)))


def change(kernels: Array, own: Array) -> Array:
    """The difference of kernels (bin, sample) from a layer's own; zeros where it is but rounding."""
    return host.zeros_like(own) if is_rounding(kernels - own, own) else kernels - own
