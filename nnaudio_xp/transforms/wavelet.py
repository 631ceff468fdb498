"""Continuous wavelet transforms: which scales, the transform, and its inverse."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

from .. import ops
from .._backends import decided_once
from .._namespace import Array, host, is_array, is_complex, on_host
from ..errors import LISTED, ParameterError, as_integer, as_number, as_positive, as_sequence, check_octaves, check_size, one_of
from ..kernels.wavelet import Section, WaveletBank, flattening, length_of_rows, sections, trained_responses
from ..ops.wavelet import least_share, rows_at
from ..scales import note_to_hz
from ..wavelets import Morlet, Wavelet, morlet_admissibility, wavelet_of
from .constants import constant_like

NORMS = ("l1", "l2")
KINDS = ("peak", "energy")


def listed_numbers(name: str, values: Any, *, minimum: float | None = None) -> tuple[float, ...]:
    """Positive numbers, or numbers from a minimum on, one after the other."""
    if is_array(values):
        values = on_host(values, name=name)
        if values.ndim != 1:
            raise ParameterError(f"{name} has shape {tuple(values.shape)}: it must have one axis")
        if host.isdtype(values.dtype, ("real floating", "integral")):
            values = values.tolist()  # Python's numbers, of which each is quickly checked
    listed = as_sequence(name, values)
    check_size("the rows", [len(listed)], f"{name} of {len(listed)}", each=LISTED)
    if all(type(value) in (int, float) and 0 < value < math.inf for value in listed):
        return tuple(map(float, listed))
    above = 0.0 if minimum is None else None
    return tuple(as_number(f"{name}[{place}]", value, above=above, minimum=minimum) for place, value in enumerate(listed))


@decided_once(64)
def wavelet_bank(
    *,
    sr: Any,
    wavelet: Any,
    scales: Any = None,
    frequencies: Any = None,
    n_bins: Any = None,
    bins_per_octave: Any = 12,
    fmin: Any = None,
    hop_length: Any = 1,
    norm: Any = "l1",
) -> WaveletBank:
    """The checked bank of scales that were given, or of frequencies, or of a constant-Q grid of these."""
    shape, hop = wavelet_of(wavelet), as_integer("hop_length", hop_length)
    one_of("norm", norm, NORMS)
    given = {name: value for name, value in (("scales", scales), ("frequencies", frequencies)) if value is not None}
    if len(given) == 2 or (given and (n_bins is not None or fmin is not None)):
        named = ", ".join(f"{name}={value!r}" for name, value in {**given, "n_bins": n_bins, "fmin": fmin}.items() if value is not None)
        raise ParameterError(f"{named} all say which rows there are: give scales, or frequencies, or n_bins and fmin")
    rate = as_positive("sr", sr)
    as_integer("bins_per_octave", bins_per_octave)
    if scales is not None:
        sizes = listed_numbers("scales", scales)
    else:
        hertz = constant_q(rate, n_bins, bins_per_octave, fmin) if frequencies is None else listed_numbers("frequencies", frequencies)
        if max(hertz) > rate / 2:
            raise ParameterError(f"frequencies up to {max(hertz):g} Hz must be at most sr / 2 = {rate / 2:g} Hz")
        sizes = tuple(scales_at(value, shape, rate) for value in hertz)
    bank = WaveletBank(shape, sizes, norm, hop)
    longest = max(sizes)
    check_size("the longest wavelet", [longest * REACH], f"a scale of {longest:.6g} samples")
    return bank


REACH = 32.0
"""Scales that a wavelet reaches, roughly: for a first look at sizes."""


@decided_once(64)
def constant_q(sr: float, n_bins: Any, bins_per_octave: Any, fmin: Any) -> tuple[float, ...]:
    """Frequencies in Hz, ``fmin * 2**(k / bins_per_octave)``: by default all up to sr / 2."""
    per_octave = as_integer("bins_per_octave", bins_per_octave)
    low = float(note_to_hz("C1")) if fmin is None else as_positive("fmin", fmin)
    if low > sr / 2:
        raise ParameterError(f"fmin={low:g} must be at most sr / 2 = {sr / 2:g} Hz")
    count = 1 + math.floor(per_octave * math.log2(sr / 2 / low) + 1e-9) if n_bins is None else as_integer("n_bins", n_bins)
    decided = f"n_bins={n_bins}, bins_per_octave={per_octave}"
    check_size("the rows", [count], decided, each=LISTED)
    check_octaves(low, count / per_octave, decided)
    return tuple(low * 2.0 ** (k / per_octave) for k in range(count))


@decided_once(64)
def angular_frequency(wavelet: Any, kind: str) -> float:
    """Where a wavelet's spectrum peaks, or its energy has its centre, in radians per scale."""
    shape = wavelet_of(wavelet)
    return shape.peak if one_of("kind", kind, KINDS) == "peak" else shape.energy_centre


@decided_once(64)
def e_folding(wavelet: Any) -> float:
    """The time in which a wavelet's power falls by exp(-2), in scales."""
    return wavelet_of(wavelet).e_folding


def scales_at(frequencies: Array, wavelet: Wavelet, sr: float) -> Array:
    """Scales at frequencies, by the peak of the spectrum; or frequencies at scales."""
    return (wavelet.peak * sr / (2 * math.pi)) / frequencies


def trained_rows(
    y: Array,
    shortest: WaveletBank,
    longest: WaveletBank,
    pad_mode: Any,
    n_frames: int,
    *,
    scales: Array,
    bandwidths: Array | None,
    xp: ModuleType,
) -> Array:
    """The transform (..., row, n_frames) with trained wavelets, of scales (row,), and bandwidths (row,) if these
    are trained: between the shortest and the longest, for which blocks are decided.
    """

    def column(values: Array, section: Section) -> Array:
        return xp.expand_dims(rows_at(values, section.rows, xp=xp), axis=-1)

    tables = []
    for section in sections(longest, least_share(y, xp=xp)):
        widths = None if bandwidths is None else column(bandwidths, section)
        tables.append(trained_responses(column(scales, section), widths, shortest=shortest, section=section, xp=xp))
    return ops.wavelet_analysis(y, longest, pad_mode, n_frames, tables=tables, xp=xp)


def signal_of_rows(W: Array, bank: WaveletBank, *, pad_mode: Any, length: int, n_iter: int, xp: ModuleType) -> Array:
    """The signal (..., length) whose coefficients are nearest to W (..., scale, time): by the dual frame,
    then conjugate gradients for what the ends of the signal, and the hop, leave of the difference.

    Far from the ends the frame operator multiplies spectra by `density`; signals are measured in units of
    one over its root, which makes it nearly the identity where the scales keep much.
    """
    size = length_of_rows(2 * length)
    weights = constant_like(flattening, W, xp=xp, large=True, bank=bank, size=size)

    def flattened(signal: Array) -> Array:
        spectrum = ops.rfft(ops.pad(signal, 0, size - length, "constant", xp=xp), xp=xp)
        weighted = ops.to_complex(xp.real(spectrum) * weights, xp.imag(spectrum) * weights, xp=xp)
        return ops.irfft(weighted, size, xp=xp)[..., :length]

    def back(rows: Array) -> Array:
        return flattened(ops.wavelet_adjoint(rows, bank, pad_mode, length, xp=xp))

    def normal(signal: Array) -> Array:
        return back(ops.wavelet_analysis(flattened(signal), bank, pad_mode, W.shape[-1], xp=xp))

    return flattened(ops.conjugate_gradients(normal, back(W), n_iter, xp=xp))


def signal_at_once(W: Array, bank: WaveletBank, *, xp: ModuleType) -> Array:
    """The signal (..., time) as one integral of its coefficients over the logarithm of the scale."""
    weights = constant_like(integral_weights, W, xp=xp, bank=bank)
    return xp.sum((xp.real(W) if is_complex(W, xp) else W) * weights, axis=-2)


def integral_weights(*, bank: WaveletBank) -> Array:
    """What each row counts in the integral over the logarithm of the scale: its width, over the wavelet's
    constant.
    """
    if bank.n_rows < 2 or bank.wavelet.quarter_turns % 2:
        raise ParameterError(f"{bank.wavelet} at {bank.n_rows} scales: one integral needs two scales, and an even wavelet")
    scales = host.asarray(bank.scales, dtype=host.float64)
    weights = _widths(scales, xp=host) / bank.wavelet.admissibility / (scales**0.5 if bank.norm == "l2" else 1.0)
    return host.expand_dims(weights, axis=-1)


def trained_weights(frequencies: Array, wavelet: Wavelet, bandwidths: Array | None, *, xp: ModuleType) -> Array:
    """`integral_weights` (row,) of trained wavelets with ``norm="l1"``, differentiable."""
    if bandwidths is None:
        return _widths(frequencies, xp=xp) / wavelet.admissibility
    assert isinstance(wavelet, Morlet)
    return _widths(frequencies, xp=xp) / morlet_admissibility(wavelet.center, bandwidths, xp=xp)


def _widths(scales: Array, *, xp: ModuleType) -> Array:
    """Half the distances between the logarithms of the neighbours of scales, or of frequencies."""
    order = ops.ascending(scales, xp=xp)
    logs = xp.log(xp.take(scales, order))
    below, above = xp.concat([logs[:1], logs[:-1]]), xp.concat([logs[1:], logs[-1:]])
    return xp.take((above - below) / 2, ops.ascending(order, xp=xp))


def checked_rows(W: Array, bank: WaveletBank, *, name: str = "W") -> None:
    """Raise unless there is a row for each scale."""
    if W.shape[-2] != bank.n_rows:
        raise ParameterError(f"{name} has {W.shape[-2]} rows: with these arguments it must have {bank.n_rows}")


def checked_length(length: Any, n_frames: int, hop_length: int) -> int:
    """The samples of a signal that so many frames are of."""
    if length is None:
        return n_frames * hop_length
    count = as_integer("length", length)
    if -(-count // hop_length) != n_frames:
        raise ParameterError(f"length={count} has {-(-count // hop_length)} frames of hop_length={hop_length}: there are {n_frames}")
    return count
