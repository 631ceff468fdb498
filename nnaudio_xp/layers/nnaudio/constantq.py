"""nnAudio's kernels of the constant-Q, which it stores as spectra or for lower rates, as kernels in
time at the signal's own rate.

All of its algorithms are linear in their kernels. So what training changed in them, the difference
from those that nnAudio builds, is what is brought here, and added to the kernels of the definition:
what its algorithms only approximate stays behind.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import singledispatch

from ..._namespace import Array, host
from ...errors import ParameterError
from ...kernels.constant_q import Bins, atom_in_frame, frame_length
from ..constantq import CQT1992, CQT2010, VQT, ByOctaves
from ..constantq_spec import KERNELS, ConstantQ, atom_norm
from ..spec import Kernels, LayerSpec

SAME_CHANGE = 3e-6
"""Largest change, relative to a kernel's greatest sample, that is a rounding: single precision,
through spectra.
"""

_ROWS = 512
"""Rows of Fourier kernels that are multiplied at once: those of long frames fill gigabytes."""


def early_factor(spec: ByOctaves) -> int:
    """How much nnAudio lowers the rate before everything else."""
    if not spec.earlydownsample:
        return 1
    q = spec.filter_scale / spec.bins.alpha[0]
    by_frequency = math.ceil(math.log2(0.85 * (spec.sr // 2) / (_highest(spec) * (1 + 0.75 / q)))) - 2
    by_hop = math.ceil(math.log2(spec.hop_length)) - spec.n_octaves + 1
    return int(2 ** min(max(0, by_frequency), max(0, by_hop)))


def bank(bins: Bins, rate: float) -> Array:
    """The kernels (bin, sample) that nnAudio builds for a rate, centred in the power of two that
    holds the longest.
    """
    width = frame_length(bins, rate)
    return host.stack([atom_in_frame(atom, width) for atom in bins.atoms(rate)])


def pair(arrays: Mapping[str, Array], suffix: str, shape: Sequence[int]) -> Array:
    """The complex numbers of a pair of nnAudio's arrays, checked to have the shape that it gives
    them.
    """
    parts = []
    for name in (f"cqt_kernels_real{suffix}", f"cqt_kernels_imag{suffix}"):
        if name not in arrays:
            raise ParameterError(f"{name} is missing beside {', '.join(sorted(arrays))}")
        if tuple(arrays[name].shape) != tuple(shape):
            raise ParameterError(f"{name} has shape {tuple(arrays[name].shape)}: nnAudio's has {tuple(shape)}")
        parts.append(host.asarray(arrays[name], dtype=host.float64))
    return parts[0] + 1j * parts[1]


def spectral_change(arrays: Mapping[str, Array], own: Array) -> Array:
    """What training changed, in time (bin, sample), where nnAudio multiplies products with Fourier
    kernels by half spectra.
    """
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
    return change(total / width, without_negative_frequencies(own))


def without_negative_frequencies(rows: Array) -> Array:
    """What products with the half spectra of kernels (bin, sample) see of them."""
    half = 1 + rows.shape[-1] // 2
    return host.fft.ifft(host.concat([host.fft.fft(rows)[:, :half], host.zeros((rows.shape[0], rows.shape[-1] - half))], axis=-1))


def at_full_rate(rows: Array, factor: int, width: int) -> Array:
    """Kernels (bin, sample) of a rate lowered by a factor, interpolated within its band, centred in
    so many samples.
    """
    half, size = rows.shape[-1] // 2, rows.shape[-1] * factor
    spectra = host.fft.fft(host.fft.ifftshift(rows, axes=-1))
    between = host.zeros((rows.shape[0], size - 2 * half), dtype=host.complex128)
    samples = host.fft.fftshift(host.fft.ifft(host.concat([spectra[:, :half], between, spectra[:, half:]], axis=-1)), axes=-1)
    if size > width:
        return samples[:, (size - width) // 2 : (size + width) // 2]
    ends = host.zeros((rows.shape[0], (width - size) // 2), dtype=host.complex128)
    return host.concat([ends, samples, ends], axis=-1)


def is_rounding(change: Array, own: Array) -> bool:
    """Whether kernels (bin, sample) were changed by no more than a rounding, each seen by
    itself.
    """
    return bool(host.all(host.abs(change) <= SAME_CHANGE * host.max(host.abs(own), axis=-1, keepdims=True)))


def change(kernels: Array, own: Array) -> Array:
    """The difference of kernels (bin, sample) from a layer's own; zeros where it is but
    rounding.
    """
    return host.zeros_like(own) if is_rounding(kernels - own, own) else kernels - own


# --- which arrays of a checkpoint are others, and what becomes of them ----------------------------


@singledispatch
def foreign_names(spec: LayerSpec) -> tuple[str, ...]:
    """Names in nnAudio's checkpoints of arrays that a layer has not."""
    return ()


@foreign_names.register
def _(spec: CQT1992) -> tuple[str, ...]:
    return ("wsin", "wcos")


@foreign_names.register
def _(spec: ByOctaves) -> tuple[str, ...]:
    return ("lowpass_filter", "early_downsample_filter", "wsin", "wcos")


@foreign_names.register
def _(spec: VQT) -> tuple[str, ...]:
    octaves = [f"{name}_{octave}" for octave in range(spec.n_octaves) for name in KERNELS]
    return (*foreign_names.dispatch(ByOctaves)(spec), *octaves)


@singledispatch
def translated(spec: LayerSpec, arrays: Kernels) -> Kernels:
    """A layer's own kernels from those of a checkpoint, on the host, with some of `foreign_names`
    among them.
    """
    raise NotImplementedError


@translated.register
def _(spec: CQT1992, arrays: Kernels) -> Kernels:
    return _with_change(spec, spectral_change(arrays, bank(spec.bins, spec.sr)))


@translated.register
def _(spec: ByOctaves, arrays: Kernels) -> Kernels:
    if tuple(arrays["lenghts"].shape if "lenghts" in arrays else ()) != (spec.n_bins,):
        raise ParameterError(f"lenghts is missing or has not the shape ({spec.n_bins},): the checkpoint has another number of bins")
    changes = _changes(spec, arrays)
    if not any(bool(host.any(change != 0)) for change in changes):
        return _with_change(spec, host.zeros((spec.n_bins, spec.kernel_width)))
    factors = [early_factor(spec) * 2**octave for octave in range(spec.n_octaves)]
    rows = [at_full_rate(change, factor, spec.kernel_width) for change, factor in zip(changes, factors, strict=True)]
    return _with_change(spec, host.concat(rows[::-1])[-spec.n_bins :, :])


def _with_change(spec: ConstantQ, change: Array) -> Kernels:
    """The kernels of the definition and what training changed, (bin, sample)."""
    own = {name: spec.kernel(name) for name in spec.kernel_names}
    parts = zip(KERNELS, (host.real(change), host.imag(change)), strict=True)
    return own | {name: own[name] + host.expand_dims(part, axis=1) for name, part in parts}


# --- nnAudio's octaves ----------------------------------------------------------------------------


def _highest(spec: ByOctaves) -> float:
    """What nnAudio takes for the highest centre frequency: not the last bin's where there is less
    than an octave.
    """
    steps = (spec.n_bins - 1) % spec.bins_per_octave
    return float(spec.fmin * 2 ** (spec.n_octaves - 1) * 2 ** (steps / spec.bins_per_octave))


def octave_bank(spec: ByOctaves, octave: int, rate: float) -> Array:
    """The kernels that nnAudio builds for an octave, 0 at the top, at a rate: always with a Hann
    window.
    """
    lowest = _highest(spec) / 2 ** (1 - 1 / spec.bins_per_octave) / 2**octave
    freqs = tuple(lowest * 2 ** (k / spec.bins_per_octave) for k in range(spec.n_filters))
    alpha = spec.bins.alpha[:1] * len(freqs)
    return bank(replace(spec.bins, freqs=freqs, alpha=alpha, window="hann", norm=atom_norm(spec.basis_norm)), rate)


@singledispatch
def _changes(spec: ByOctaves, arrays: Kernels) -> list[Array]:
    """What training changed in each octave's kernels (bin, sample) at its rate: nnAudio trains
    those of the top one for all.
    """
    own = octave_bank(spec, 0, spec.sr / early_factor(spec))
    return [change(pair(arrays, "", (own.shape[0], 1, own.shape[1]))[:, 0, :], own)] * spec.n_octaves


@_changes.register
def _(spec: CQT2010, arrays: Kernels) -> list[Array]:
    return [spectral_change(arrays, octave_bank(spec, 0, spec.sr / early_factor(spec)))] * spec.n_octaves


@_changes.register
def _(spec: VQT, arrays: Kernels) -> list[Array]:
    """Every octave has its own kernels, built for the rate without early downsampling."""
    changes = []
    for octave in range(spec.n_octaves):
        own = octave_bank(spec, octave, spec.sr / 2**octave)
        changes.append(change(pair(arrays, f"_{octave}", (own.shape[0], 1, own.shape[1]))[:, 0, :], own))
    return changes
