"""Banks of wavelets at many scales: which bins of a spectrum each one weights, and the sections of
scales that are transformed in blocks of one length.

A scale of a wavelet is a filter that is zero after some time, to working precision. Scales of about
the same reach share blocks of the signal, long enough that little of them is overlap, and short
enough for the cache. The sampled wavelet's spectrum is its transform's, repeated at every multiple
of the sampling rate and added up (Poisson), which matters for the smallest scales.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from types import ModuleType
from typing import Any

from .._backends import decided_once
from .._namespace import Array, device_of, host
from ..errors import check_size
from ..wavelets import NEGLIGIBLE, Derivative, Morlet, Wavelet, morlet_spectrum, reach
from .plans import Plans

LONGEST_IN_CACHE = 2**15
"""Samples of the longest block that stays in a second-level cache with what is made of it."""
SUMMED = 1e-12
"""Below this, what is cut off of a waveform that fades slowly would add up to more than a rounding."""
LEAST_KEPT = 0.1
"""The share of the most that the scales keep of any frequency, above which the inverse evens them out: less
would magnify what they hardly see.
"""
LARGEST_TABLE = 2**20
"""Weights of a section that are read quickly again and again."""
FORWARD = 4.0
"""What a sample of a block costs to read and to transform, in units of one of a row's."""


@decided_once(1024)
def length_of_rows(n: int) -> int:
    """The next length from n on without a prime factor above 5, of which many rows at once are transformed
    fast.
    """
    best = 1 << max(0, n - 1).bit_length()
    fives = 1
    while fives < best:
        threes = fives
        while threes < best:
            best = min(best, threes << max(0, -(-n // threes) - 1).bit_length())
            threes *= 3
        fives *= 5
    return best


@dataclass(frozen=True)
class Section:
    """Some scales, and the blocks in which they are transformed: of `length` samples each, the first
    frame `lead` samples after its beginning, and `frames` of them.
    """

    rows: tuple[int, ...]
    length: int
    lead: int
    frames: int


@dataclass(frozen=True)
class WaveletBank:
    """A wavelet at scales, in samples, with ``1 / scale`` ("l1") or its root ("l2") as its factor, every
    `hop_length` samples.
    """

    wavelet: Wavelet
    scales: tuple[float, ...]
    norm: str = "l1"
    hop_length: int = 1
    name: str = field(init=False, repr=False, compare=False)
    """What stands for it in graphs."""

    def __post_init__(self) -> None:
        BANKS.give_name(self, self.wavelet, self.scales, self.norm, self.hop_length)

    def __reduce__(self) -> tuple[Any, ...]:
        return BANKS.reduced(self)

    @cached_property
    def _hash(self) -> int:
        return hash((self.wavelet, self.scales, self.norm, self.hop_length))

    def __hash__(self) -> int:  # there may be hundreds of scales, and a look-up at every call
        return self._hash

    @property
    def n_rows(self) -> int:
        return len(self.scales)

    def n_frames(self, n_samples: int) -> int:
        """Every `hop_length`-th sample is the middle of a frame, from the first one on."""
        return -(-n_samples // self.hop_length)

    def reaches(self, share: float) -> list[int]:
        """Samples to either side after which each scale's wavelet is below a share of its maximum,
        rounded up to whole frames.
        """
        return _reaches(self, share)

    def padding(self, share: float) -> int:
        """Samples of padding that the scales reach."""
        return max(self.reaches(share))


BANKS = Plans(WaveletBank)


@decided_once(64)
def _reaches(bank: WaveletBank, share: float) -> list[int]:
    far = reach(bank.wavelet, share) * (1.2 if share < SUMMED else 1)
    return [bank.hop_length * math.ceil((far * scale + 1) / bank.hop_length) for scale in bank.scales]


def _block(reached: int, shares: Sequence[float], hop: int, n_samples: int | None, single: int) -> tuple[float, int, int]:
    """The cost of a frame, or of a signal whose length is known, in arbitrary units, and the length and
    frames of a block, for the cheapest block of scales of one reach: one as long as the signal, or
    shorter ones. `shares` are the scales' of the spectrum.
    """

    def cost(length: int, frames: int) -> float:
        short, weights = length // hop, sum(shares) * length
        spill = 1.5 if length > LONGEST_IN_CACHE else 1.0
        forward = spill * FORWARD * length * math.log2(length)
        inverse = (1.5 if short > LONGEST_IN_CACHE else 1.0) * short * math.log2(max(2, short)) + 4 * short
        work = forward + len(shares) * inverse + (4.0 if hop > 1 else 1.0) * weights * (2.0 if weights > LARGEST_TABLE else 1.0)
        return work / frames if n_samples is None else work * -(-n_samples // (frames * hop))

    sizes = [hop * length_of_rows(-(-int(k * max(reached, 128)) // hop)) for k in (2.5, 3, 4, 6, 8, 12, 16, 32)]
    choices = [(size, (size - 2 * reached) // hop) for size in sizes if size // hop > 2 * (reached // hop)]
    if n_samples is not None:
        whole = hop * length_of_rows(-(-single // hop))
        choices = [choice for choice in choices if choice[0] < whole]
        choices.append((whole, -(-n_samples // hop)))
    return min((cost(length, frames), length, frames) for length, frames in choices)


@decided_once(64)
def sections(bank: WaveletBank, share: float, n_samples: int | None = None, zeros: bool = False) -> tuple[Section, ...]:
    """The scales in sections, by their reach: for signals of any length, or, the cheapest for those of
    one, for which `zeros` says that there is nothing around it.
    """
    reaches, hop = bank.reaches(share), bank.hop_length
    order = sorted(range(bank.n_rows), key=lambda row: (reaches[row], row))
    low, high = bank.wavelet.bounds
    shares = [min(1.0, (high - low) / (2 * math.pi * scale)) for scale in bank.scales]

    def planned(rows: Sequence[int]) -> tuple[float, Section]:
        far = reaches[rows[-1]]
        single = 0 if n_samples is None else n_samples + far * (1 if zeros else 2)
        cost, length, frames = _block(far, [shares[row] for row in rows], hop, n_samples, single)
        alone = n_samples is not None and frames * hop >= n_samples
        return cost, Section(tuple(sorted(rows)), length, 0 if alone and zeros else far, frames)

    octaves: list[list[int]] = []
    for row in order:
        if octaves and reaches[row] < 2 * reaches[octaves[-1][0]]:
            octaves[-1].append(row)
        else:
            octaves.append([row])
    merged: list[tuple[list[int], float, Section]] = []
    for rows in octaves:
        merged.append((rows, *planned(rows)))
        while len(merged) > 1:
            (first, cost, _), (second, more, _) = merged[-2:]
            together = planned(first + second)
            if together[0] > cost + more:
                break
            merged[-2:] = [(first + second, *together)]
    return tuple(section for _, _, section in merged)


# --- spectra --------------------------------------------------------------------------------------


def gain(scale: Any, norm: str) -> Any:
    """The factor of a spectrum at a scale: that of the waveform times the scale."""
    return scale**0.5 if norm == "l2" else 1.0


def _band(bank: WaveletBank, row: int, length: int) -> tuple[int, int]:
    """The first bin of a scale's spectrum, and the one behind its last: counted on a line, on which
    bin j + length is bin j again.
    """
    unit = length / (2 * math.pi * bank.scales[row])
    low, high = bank.wavelet.bounds
    return math.ceil(low * unit), math.floor(high * unit) + 1


def response(bank: WaveletBank, row: int, length: int, floor: float) -> tuple[int, Array]:
    """The spectrum of a scale's sampled wavelet without its quarter turns: the first bin and the weights,
    of those above a share of the largest. They are at most as many as bins of the spectrum.
    """
    first, last = _band(bank, row, length)
    scale = bank.scales[row]
    omega = host.arange(first, last) * (2 * math.pi * scale / length)
    weights = bank.wavelet.spectrum(omega) * gain(scale, bank.norm)
    if last - first > length:  # what lies beyond the sampling rate comes back below it
        places = host.arange(first, last) % length
        return 0, host.bincount(places, weights=weights, minlength=length)
    held = host.nonzero(abs(weights) > floor * host.max(abs(weights), initial=0.0))[0]
    if held.shape[0] == 0:
        return 0, host.zeros(1)
    return first + int(held[0]), weights[int(held[0]) : int(held[-1]) + 1]


def responses(*, bank: WaveletBank, section: Section) -> Array:
    """Spectra (row, bin) of a section's wavelets over all bins of its blocks."""
    table = host.zeros((len(section.rows), section.length))
    for place, row in enumerate(section.rows):
        first, weights = response(bank, row, section.length, math.exp(-NEGLIGIBLE))
        table[place, host.arange(first, first + weights.shape[0]) % section.length] = weights
    return table


def resized(bank: WaveletBank, factors: Sequence[float]) -> WaveletBank:
    """A bank of wavelets so many times as long as another one's."""
    scales = tuple(scale * factor for scale, factor in zip(bank.scales, factors, strict=True))
    return WaveletBank(bank.wavelet, scales, bank.norm, bank.hop_length)


def derivative_of(bank: WaveletBank) -> WaveletBank:
    """A bank of another one's wavelets' derivatives."""
    return WaveletBank(Derivative(bank.wavelet), bank.scales, bank.norm, bank.hop_length)


@decided_once(64)
def trained_lines(shortest: WaveletBank, section: Section, widths: bool) -> list[tuple[slice, int, int]]:
    """Neighbouring rows of a section, with the bins as far as their spectra may reach while they are trained:
    the first, and how often the section's length. `widths` says whether bandwidths are.
    """
    low, high = shortest.wavelet.bounds
    low = -high if widths else min(low, 0.0)  # longer wavelets begin above
    ends = []
    for row in section.rows:
        unit = section.length / (2 * math.pi * shortest.scales[row])
        ends.append((math.floor(low * unit), math.ceil(high * unit) + 1))
    lines, start = [], 0
    for _, group in itertools.groupby(ends, lambda end: (end[1] - end[0]) // section.length):
        together = list(group)
        first = min(first for first, _ in together)
        turns = -(-(max(last for _, last in together) - first) // section.length)
        lines.append((slice(start, start + len(together)), first, turns))
        start += len(together)
    return lines


def trained_responses(scales: Array, bandwidths: Array | None, *, shortest: WaveletBank, section: Section, xp: ModuleType) -> Array:
    """`responses` in any array library, with gradients: of scales (row, 1), and bandwidths (row, 1) of Morlet
    wavelets, if these are trained. No wavelet is shorter than the bank's.

    Spectra are evaluated on a line of bins, and those a multiple of the section's length apart are added up.
    """
    parts = []
    for rows, first, turns in trained_lines(shortest, section, bandwidths is not None):
        sizes = scales[rows, :]
        bins = first + xp.arange(turns * section.length, dtype=scales.dtype, device=device_of(scales))
        omega = bins * (sizes * (2 * math.pi / section.length))
        weights = _trained_spectrum(shortest.wavelet, omega, None if bandwidths is None else bandwidths[rows, :], xp=xp)
        line = xp.reshape(weights * gain(sizes, shortest.norm), (-1, turns, section.length))
        parts.append(xp.roll(xp.sum(line, axis=1), first % section.length, axis=-1))
    return xp.concat(parts, axis=0) if len(parts) > 1 else parts[0]


def _trained_spectrum(wavelet: Wavelet, omega: Array, bandwidths: Array | None, *, xp: ModuleType) -> Array:
    """A wavelet's spectrum, with bandwidths if these are trained, at any frequencies."""
    if bandwidths is not None:
        if isinstance(wavelet, Derivative):
            return omega * _trained_spectrum(wavelet.wavelet, omega, bandwidths, xp=xp)
        assert isinstance(wavelet, Morlet)
        return morlet_spectrum(omega, wavelet.center, bandwidths, exp=xp.exp, xp=xp)
    low, high = wavelet.bounds
    inside = (omega >= low) & (omega <= high)  # powers of what lies far beyond would overflow
    return xp.where(inside, wavelet.spectrum(xp.where(inside, omega, wavelet.peak), xp=xp), 0.0)


def density(bank: WaveletBank, size: int) -> Array:
    """What all scales together keep of the energy of a sinusoid at each bin of the spectrum of a real
    signal of `size` samples, half of it.
    """
    kept, _ = _energies(bank, size)
    return _one_sided(kept, size) / bank.hop_length


def flattening(*, bank: WaveletBank, size: int) -> Array:
    """One over the root of `density`, where the scales keep much; hardly more where they keep little."""
    kept = density(bank, size)
    return (kept + LEAST_KEPT * host.max(kept)) ** -0.5


def _energies(bank: WaveletBank, size: int, count: int = 1) -> tuple[Array, Array]:
    """At each of `size` bins the sum of the scales' squares, and of their products with what the hop folds
    onto it, of `count` bins.
    """
    kept, aliased = host.zeros(size), host.zeros(size)
    for row in range(bank.n_rows):
        first, weights = response(bank, row, size, math.exp(-NEGLIGIBLE))
        gain = host.zeros(size)
        gain[host.arange(first, first + weights.shape[0]) % size] = abs(weights)
        kept += gain**2
        if count > 1:
            everywhere = host.tile(host.sum(host.reshape(gain, (-1, count)), axis=0), (size // count,))
            aliased += gain * (everywhere - gain)
    return kept, aliased


def _one_sided(values: Array, size: int) -> Array:
    """The mean over f and -f, for f from 0 to sr / 2."""
    return (values + host.roll(host.flip(values), 1))[: size // 2 + 1] / 2


def frame_bounds(bank: WaveletBank, sr: float) -> tuple[Array, Array, Array]:
    """Frequencies in Hz from 0 to sr / 2, and there the bounds of `nnaudio_xp.cwt_frame_bounds`."""
    hop = bank.hop_length
    count = 2 * -(-bank.padding(1e-6) // hop)
    size = count * hop
    check_size("the bounds", [size], f"hop_length={hop}, scales up to {max(bank.scales):g}")
    kept, aliased = _energies(bank, size, count if hop > 1 else 1)
    lower, upper = _one_sided(kept - aliased, size) / hop, _one_sided(kept + aliased, size) / hop
    return host.arange(size // 2 + 1) * (sr / size), host.maximum(lower, 0.0), upper
