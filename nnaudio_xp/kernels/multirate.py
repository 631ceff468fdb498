"""A bank of long band-limited atoms, rewritten for signals of lower rates: the plan of the exact
constant-Q transform.

The signal passes through a cascade of decimators. An atom whose spectrum lies in the band of the
cascade down to one sample in D needs only a D-th of its samples there: with h the cascade's impulse
response, those b[m] for which sum_m b[m] h[n - m D] is nearest to the atom a[n] in the
least-squares sense. What the decimators do to amplitude and phase is thereby undone, and what
remains is not an estimate but computed: the distance |a - sum_m b[m] h[. - m D]| / |a|, the largest
error relative to the signal under the atom.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Any

from .._backends import decided_once
from .._namespace import Array, host
from ..errors import check_size
from ..windows import get_window
from .constant_q import ATOM, Atom, Bins
from .gabor import fast_length
from .plans import Plans
from .resampling import Step, taps

ACCURACY = 1e-6
"""Share of an atom's norm that may be left out. Music is then within 1e-6 of the definition, and
its quietest bins within 2e-5.
"""

MOST_ALLOWED, EVEN_STEP = 5, 16
"""How often the accuracy may be left out at the first lower rates at most, and the decimation at
which it may once.

It falls as the square of the rate: the highest bins, with little of music's energy above them, save
the most work; what would be left out of the lowest are loud partials.
"""

FIRST_RATIOS, RATIOS = (4, 3, 5, 2, 7), (2, 3)
"""By how much the first decimator, which has the most samples to make, and the others may lower the
rate, the best first.

Larger steps would keep samples on the frames at more hops, but bins at higher rates than they need:
a few sets of atoms cost less.
"""

EDGE = 0.44
"""How far an atom's spectrum may reach at a lower rate, in cycles per sample; what lies beyond must
be below the accuracy.
"""

ALIASED = 0.1
"""Share of the energy that may be left out of an atom that images behind a decimator may have; the
rest is for what is out of reach.
"""

MAX_PHASES = 16
"""How many sets of atoms a rate may need where its samples do not fall on all frames."""

GUARD = 8
"""Samples of the lower rate kept beyond an atom's ends, where the fit dies away."""

TRIM = 0.1
"""Share of the accuracy that may be cut from either end of a fitted atom."""

ROW = 16
"""Samples of the lower rate that one row of the decimator's matrix product gives."""


@dataclass(frozen=True, eq=False)
class Rate:
    """One sampling rate of the cascade and the atoms that are applied there. Sample m stands at m *
    step of the signal's own samples.
    """

    step: int
    ratio: int
    taps: Array
    """The symmetric decimator from the rate above, float64."""
    bins: slice
    hop: int
    """Samples of this rate from one frame to the next of the same phase."""
    start: int
    """Where atoms begin, in samples of this rate from the one at or before a frame's centre."""
    atoms: Array
    """(phase, bin, sample), complex128: frame t has phase t % len(atoms)."""

    @property
    def phases(self) -> int:
        return int(self.atoms.shape[0])

    @property
    def reach(self) -> int:
        """Samples of the rate above on either side that one sample is made of."""
        return int(self.taps.shape[0]) // 2

    def decimator(self) -> Array:
        """The matrix (ROW, inputs) of a row of samples from those of the rate above; the first
        input is `reach` before the first sample.
        """
        rows = []
        for i in range(ROW):
            before, after = i * self.ratio, (ROW - 1 - i) * self.ratio
            rows.append(host.concat([host.zeros(before), self.taps, host.zeros(after)]))
        return host.stack(rows)

    def pairs(self, phase: int) -> Array:
        """The conjugated atoms of a phase as real numbers, (2, bin, sample): what a signal is
        multiplied with for re and im.
        """
        atoms = self.atoms[phase, ...]
        return host.stack([host.real(atoms), -host.imag(atoms)])


@dataclass(frozen=True, eq=False)
class MultiratePlan:
    """Atoms on one or more rates, the signal's own first, for frames every `hop_length` samples."""

    hop_length: int
    n_bins: int
    rates: tuple[Rate, ...]
    errors: Array
    """For each bin the distance of the atom that is applied from the one asked for, relative to its
    norm.
    """
    bank: tuple[Atom, ...] = ()
    """The atoms asked for, at the signal's own rate."""
    gains: tuple[float, ...] = ()
    """For each bin the sum of its atom's magnitudes, which is what a sinusoid of amplitude 2 at its
    frequency gives.
    """

    name: str = ""
    """What stands for the plan in graphs, if `constant_q_plan` made it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return PLANS.reduced(self)

    @property
    def phases(self) -> int:
        """Frames after which every rate has its samples in the same place under a frame again."""
        return max(rate.phases for rate in self.rates)

    def whole(self, n_frames: int) -> int:
        """So many frames, or the few more that make all phases equally many."""
        return -(-n_frames // self.phases) * self.phases

    def begin(self, rate: Rate, phase: int) -> int:
        """The first sample of a rate under the first frame of a phase, counted from the centre of
        frame 0.
        """
        return phase * self.hop_length // rate.step + rate.start

    def layout(self, n_frames: int) -> list[tuple[int, int]]:
        """For each rate its first sample, counted from the centre of frame 0, and how many its
        `whole` frames need.
        """
        n_frames = self.whole(n_frames)
        spans: list[tuple[int, int]] = []
        below: Rate | None = None
        for rate in reversed(self.rates):
            needed = []
            if rate.atoms.shape[1]:
                needed.append((rate.start, (n_frames - 1) * self.hop_length // rate.step + rate.start + rate.atoms.shape[2]))
            if below:
                first, count = spans[-1]
                needed.append((first * below.ratio - below.reach, (first + count - 1) * below.ratio + below.reach + 1))
            first, last = min(start for start, _ in needed), max(stop for _, stop in needed)
            rows = -(-(last - first) // ROW)
            spans.append((first, rows * ROW if rate.ratio > 1 else last - first))
            below = rate
        return spans[::-1]


@lru_cache(maxsize=32)
def side_lobes(window: Any, accuracy: float) -> float:
    """Bins (cycles per length of the window) above which a window's spectrum holds less than
    `accuracy` of its norm.
    """
    length, oversampling = 2048, 16
    samples = get_window(window, length)
    spectrum = host.abs(host.fft.rfft(samples, n=length * oversampling)) ** 2
    tails = host.flip(host.cumulative_sum(host.flip(spectrum)))
    heard = host.nonzero(tails > accuracy**2 * 2 * tails[0])[0]
    last = int(heard[-1]) + 1
    return last / oversampling if last < length * oversampling // 4 else math.inf


def _allowed(accuracy: float, step: int) -> float:
    """What may be left out of an atom at a rate."""
    return accuracy * min(MOST_ALLOWED, (EVEN_STEP / step) ** 2)


def _lowpass(passed: float, stopped: float, attenuation: float) -> Array:
    """A linear-phase low-pass of unit gain by Kaiser's formulas, band edges in cycles per sample,
    attenuation in dB.
    """
    half = math.ceil((attenuation - 8) / (2.285 * 4 * math.pi * (stopped - passed)))
    return taps(Step(1, 1, half, cutoff=passed + stopped, beta=0.1102 * (attenuation - 8.7), beyond=0.0))


def _decimator(atom: Atom, above: int, ratio: int, attenuation: float, allowed: float) -> Array:
    """The shortest low-pass behind which the images of an atom, the highest that follows, are
    small; `above` is the step before it.

    A band about frequency 0 has its images stopped, by as much as the attenuation. Side lobes above
    it have theirs let through the more the further up they are, where they are the weaker.
    """
    energy = host.abs(host.fft.fft(atom.samples)) ** 2
    frequencies = host.fft.fftfreq(energy.shape[0]) * above
    held = host.abs(frequencies) < EDGE / ratio
    energy, frequencies = energy[held] / host.sum(energy), frequencies[held]

    def images(decimator: Array) -> float:
        """Their share of the energy."""
        half = decimator.shape[0] // 2
        shifts = host.arange(ratio)[:, None] / ratio
        angles = 2 * math.pi * (frequencies + shifts)[..., None] * host.arange(-half, half + 1)
        gains = (host.cos(angles) @ decimator) ** 2
        return float(host.sum(energy * (1 - gains[0, :] / host.sum(gains, axis=0))))

    for tenths in range(1, 11):
        passed = EDGE * tenths / (10 * ratio)
        decimator = _lowpass(passed, 1 / ratio - passed, attenuation)
        if images(decimator) <= ALIASED * allowed**2:
            break
    return decimator


def _ratio(hop_length: int, step: int) -> int:
    """The next decimator's ratio: one that keeps samples on the frames if there is such."""
    ratios = FIRST_RATIOS if step == 1 else RATIOS
    rest = hop_length // step if hop_length % step == 0 else 1
    return next((ratio for ratio in ratios if rest % ratio == 0), ratios[0])


def _steps(hop_length: int, lowest: float) -> list[int]:
    """Decimation of each rate of a cascade, as far down as the lowest frequency, in cycles per
    sample, lies in the pass band.
    """
    steps = [1]
    while True:
        step = steps[-1] * _ratio(hop_length, steps[-1])
        if lowest * step > EDGE or step // math.gcd(step, hop_length) > MAX_PHASES:
            return steps
        steps.append(step)


def _trimmed(samples: Array, share: float) -> Array:
    """Rows of samples with zeros at either end where these hold no more than a share of the
    norm.
    """
    power = host.abs(samples) ** 2
    rising, falling = host.cumulative_sum(power, axis=-1), host.flip(host.cumulative_sum(host.flip(power, axis=-1), axis=-1), axis=-1)
    heard = share**2 * rising[..., -1:]
    return host.where((rising > heard) & (falling > heard), samples, 0.0)


def _around(values: Array, first: int, n: int) -> Array:
    """Rows of values laid from index `first` on around a circle of n."""
    rest = host.zeros((*values.shape[:-1], n - values.shape[-1]), dtype=values.dtype)
    return host.roll(host.concat([values, rest], axis=-1), first, axis=-1)


def response(atom: Atom, step: int, hop_length: int, n_hops: int) -> tuple[int, Array]:
    """What a signal's spectrum of n_hops * hop_length points is multiplied with for an atom that is
    applied at a lower rate.

    Complex128 rows of n_hops points, and the index of the first row, negative: all frequencies that
    the lower rate holds. The sum over the rows is the spectrum of the products with the atom every
    `hop_length` samples, whose aliases fold onto each other.
    """
    size = n_hops * hop_length
    half = size // (2 * step)
    rows = -(-half // n_hops)
    indices = host.arange(-rows * n_hops, rows * n_hops)
    spectrum = host.take(host.fft.fft(_around(atom.samples, atom.start, size)), indices % size)
    return -rows, host.reshape(host.where(host.abs(indices) < half, host.conj(spectrum) / hop_length, 0.0), (2 * rows, n_hops))


@dataclass(frozen=True, eq=False)
class _Fit:
    """What atoms are fitted to at one rate."""

    step: int
    start: int
    length: int
    response: Array
    """The cascade's spectrum."""
    delays: Array
    """(phase, frequency): what an atom's spectrum is multiplied with for each phase."""

    @cached_property
    def total(self) -> Array:
        """fold(H**2)"""
        return self.folded(self.response**2)

    def folded(self, spectra: Array) -> Array:
        """The spectra of every step-th sample, times `step`."""
        return host.sum(host.reshape(spectra, (*spectra.shape[:-1], self.step, -1)), axis=-2)

    def __call__(self, atom: Atom, accuracy: float) -> tuple[Array, float]:
        """The samples b (phase, sample) of the lower rate, B = fold(A H) / fold(H**2); and the
        largest distance that remains.
        """
        size = self.response.shape[0]
        target = host.fft.fft(_around(atom.samples, atom.start, size)) * self.delays
        around = host.fft.ifft(self.folded(target * self.response) / self.total)
        samples = _trimmed(host.roll(around, -self.start, axis=-1)[:, : self.length], TRIM * accuracy)
        reached = self.response * host.tile(host.fft.fft(_around(samples, self.start, size // self.step)), (1, self.step))
        missing = host.linalg.vector_norm(target - reached, axis=-1) / host.linalg.vector_norm(target, axis=-1)
        return samples, float(host.max(missing))


def _fit(bank: Sequence[Atom], cascade: Array, step: int, hop_length: int) -> _Fit:
    """For atoms with `step // gcd(step, hop_length)` phases at a lower rate."""
    ends = [(atom.start, atom.start + atom.samples.shape[0] + step - 1) for atom in bank]
    start = min(first for first, _ in ends) // step - GUARD
    length = max(last for _, last in ends) // step + 1 + GUARD - start
    half = cascade.shape[0] // 2
    size = fast_length(2 * (max(-start, start + length) + -(-half // step))) * step
    shifts = [phase * hop_length % step for phase in range(step // math.gcd(step, hop_length))]
    turns = host.asarray(shifts)[:, None] * host.arange(size) % size / size
    response = host.real(host.fft.fft(_around(cascade, -half, size)))
    return _Fit(step, start, length, response, host.exp(-2j * math.pi * turns))


def _cascaded(cascade: Array, decimator: Array, spacing: int) -> Array:
    """Impulse response at the signal's own rate of a cascade followed by a decimator whose taps lie
    `spacing` samples apart.
    """
    spread = host.reshape(host.concat([decimator[:, None], host.zeros((decimator.shape[0], spacing - 1))], axis=1), (-1,))
    size = cascade.shape[0] + spread.shape[0] - 1
    product = host.fft.rfft(cascade, n=size) * host.fft.rfft(spread, n=size)
    return host.fft.irfft(product, n=size)[: size - spacing + 1]


def _atoms_at(bank: Sequence[Atom], cascade: Array, step: int, hop_length: int, accuracy: float) -> tuple[int, Array, list[float]]:
    """Start, atoms (phase, bin, sample) and errors of the bins of one rate."""
    if not bank:
        return 0, host.zeros((1, 0, 0), dtype=host.complex128), []
    if step == 1:
        start = min(atom.start for atom in bank)
        size = max(atom.start + atom.samples.shape[0] for atom in bank) - start
        return start, host.stack([_around(atom.samples, atom.start - start, size) for atom in bank])[None, ...], [0.0] * len(bank)
    fit = _fit(bank, cascade, step, hop_length)
    fits = [fit(atom, accuracy) for atom in bank]
    return fit.start, host.stack([samples for samples, _ in fits], axis=1), [missing for _, missing in fits]


def _distributed(bank: Sequence[Atom], freqs: Sequence[float], steps: Sequence[int], window: Any, accuracy: float) -> list[int]:
    """The step of the lowest rate on which each atom's spectrum fits, with the side lobes that
    matter there.
    """

    def fits(atom: Atom, frequency: float, step: int) -> bool:
        lobes = side_lobes(window, _allowed(accuracy, step))
        return bool((frequency + lobes / atom.samples.shape[0]) * step <= EDGE)

    own = [max([1, *(step for step in steps[1:] if fits(atom, frequency, step))]) for atom, frequency in zip(bank, freqs, strict=True)]
    return list(accumulate(own, min))  # no bin at a lower rate than the one below it


def multirate_plan(bank: Sequence[Atom], freqs: Sequence[float], hop_length: int, window: Any, accuracy: float) -> MultiratePlan:
    """Distribute atoms, lowest bins first, over rates. `freqs` are in cycles per sample.

    The decimators' stop band lies 20 dB below the accuracy: partials that are louder than all that
    a bin holds have images there.
    """
    attenuation = max(60.0, 20 - 20 * math.log10(accuracy))
    steps = _steps(hop_length, min(freqs))
    own = _distributed(bank, freqs, steps, window, accuracy)
    rates: list[Rate] = []
    errors: list[float] = []
    cascade, above = host.ones(1, dtype=host.float64), 1
    for step in steps[: steps.index(own[0]) + 1]:
        ratio, decimator = step // above, host.ones(1, dtype=host.float64)
        if ratio > 1:
            highest = bank[max(k for k, own_step in enumerate(own) if own_step >= step)]
            decimator = _decimator(highest, above, ratio, attenuation, _allowed(accuracy, step))
            cascade = _cascaded(cascade, decimator, above)
        bins = slice(own.index(step), own.index(step) + own.count(step)) if step in own else slice(0, 0)
        start, atoms, remaining = _atoms_at(bank[bins], cascade, step, hop_length, accuracy)
        phases = atoms.shape[0]
        rates.append(Rate(step, ratio, decimator, bins, phases * hop_length // step, start, atoms))
        errors, above = remaining + errors, step
    return MultiratePlan(hop_length, len(bank), tuple(rates), host.asarray(errors, dtype=host.float64), tuple(bank))


def _scaled_atoms(bins: Bins, sr: float, scale: bool) -> list[Atom]:
    """The atoms of a transform, times the square roots of their lengths if `scale`."""
    factors = [math.sqrt(length) if scale else 1.0 for length in bins.lengths(sr)]
    return [Atom(atom.start, atom.samples * factor) for atom, factor in zip(bins.atoms(sr), factors, strict=True)]


@decided_once(16)
def constant_q_plan(bins: Bins, *, sr: float, hop_length: int, scale: bool = True, accuracy: float = ACCURACY) -> MultiratePlan:
    """The plan of a constant-Q or variable-Q transform."""
    bank = _scaled_atoms(bins, sr, scale)
    plan = multirate_plan(bank, [frequency / sr for frequency in bins.freqs], hop_length, bins.window, accuracy)
    named = replace(plan, gains=tuple(float(host.linalg.vector_norm(atom.samples, ord=1)) for atom in bank))
    PLANS.give_name(named, bins, sr, hop_length, scale, accuracy)
    return named


def _planned(bins: Bins, sr: float, hop_length: int, scale: bool, accuracy: float) -> MultiratePlan:
    return constant_q_plan(bins, sr=sr, hop_length=hop_length, scale=scale, accuracy=accuracy)


PLANS = Plans(_planned)


def frame_bounds(bins: Bins, *, sr: float, hop_length: int, scale: bool) -> tuple[Array, Array, Array]:
    """Frequencies in Hz from 0 to sr / 2, and there the bounds of `nnaudio_xp.vqt_frame_bounds`."""
    bank = _scaled_atoms(bins, sr, scale)
    longest = max(atom.samples.shape[0] for atom in bank)
    count = 2 * -(-2 * longest // (2 * hop_length))
    size = count * hop_length
    check_size("the bounds", [size], f"hop_length={hop_length}, atoms of {longest} samples", each=ATOM)
    kept, aliased = host.zeros(size), host.zeros(size)
    for atom in bank:
        gain = host.abs(host.fft.fft(atom.samples, n=size))
        everywhere = host.tile(host.sum(host.reshape(gain, (hop_length, count)), axis=0), (hop_length,))
        kept, aliased = kept + gain**2, aliased + gain * (everywhere - gain)

    def one_sided(values: Array) -> Array:
        """The mean over f and -f, for f from 0 to sr / 2."""
        return (values + host.roll(host.flip(values), 1))[: size // 2 + 1] / (2 * hop_length)

    frequencies = host.arange(size // 2 + 1) * (sr / size)
    return frequencies, host.maximum(one_sided(kept - aliased), 0.0), one_sided(kept + aliased)
