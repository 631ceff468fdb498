"""Constant-Q atoms: windowed complex exponentials whose lengths follow their frequencies."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, NamedTuple

from .._backends import constant_in_graphs, decided_once, host_functions
from .._namespace import Array, host
from ..errors import LISTED, MOST, ParameterError, as_integer, as_number, as_positive, as_sequence, check_size, one_of, plain
from ..intervals import interval_frequencies
from ..windows import get_window, window_bandwidth
from .norms import check_norm, p_norm

LENGTHS = ("librosa", "nnaudio")
LOWEST_C = 440 * 2 ** (-45 / 12)
"""C1 in Hz, where constant-Q transforms begin by default."""

LEAST_SAMPLES = 32
"""Samples that one product with a synthesis matrix makes at least: short hops are made several at a
time.
"""

ERB_OFFSET = 24.7 / 0.108
"""Hz that gamma=None adds to a relative bandwidth: the equivalent rectangular bandwidth's (Glasberg
& Moore 1990).
"""


class Atom(NamedTuple):
    """An atom in time: `samples[i]` (complex128, on the host) stands `start + i` samples after the
    frame's centre.
    """

    start: int
    samples: Array


ATOM = 64
"""Bytes for each sample of an atom: it is complex, and is held by itself, in a frame, and spectra of
both.
"""


def checked_frequencies(freqs: Any) -> list[float]:
    """Centre frequencies as ascending positive numbers."""
    hertz = [as_positive("freqs", frequency) for frequency in as_sequence("freqs", freqs)]
    if any(low > high for low, high in itertools.pairwise(hertz)):
        raise ParameterError(f"freqs={freqs!r} must be in ascending order")
    return hertz


def relative_bandwidths(freqs: Any, *, bins_per_octave: int | None = None, lengths: str = "librosa") -> Array:
    """Bandwidth of each bin over its frequency, from the distance to its neighbours; a single bin's
    from `bins_per_octave`.

    With r the local frequency ratio of neighbours: (r² - 1) / (r² + 1) by librosa's definition, r -
    1 by nnAudio's.
    """
    one_of("lengths", lengths, LENGTHS)
    octaves = host.log2(host.asarray(checked_frequencies(freqs), dtype=host.float64))
    if octaves.shape[0] == 1:
        if bins_per_octave is None:
            raise ParameterError(f"freqs={freqs!r} is a single frequency, which has no neighbours: give its relative bandwidth alpha too")
        steps = host.asarray([1 / bins_per_octave], dtype=host.float64)
    else:
        gaps = octaves[1:] - octaves[:-1]
        if not bool(host.all(gaps > 0)):
            raise ParameterError(f"freqs={freqs!r} must all differ: neighbours at no distance have no bandwidth")
        steps = host.concat([gaps[:1], (gaps[1:] + gaps[:-1]) / 2, gaps[-1:]])
    if lengths == "nnaudio":
        return 2.0**steps - 1
    return (4.0**steps - 1) / (4.0**steps + 1)


def wavelet_lengths(
    freqs: Any,
    *,
    sr: float,
    window: Any = "hann",
    filter_scale: float = 1,
    gamma: float | None = 0,
    alpha: Any = None,
    lengths: str = "librosa",
) -> tuple[Array, float]:
    """Length of each atom in samples, and the frequency above which no atom's main lobe reaches.

    With Q = filter_scale / alpha: Q sr / (f + gamma / alpha), fractional by librosa's definition,
    rounded up by nnAudio's.
    """
    hertz = checked_frequencies(freqs)
    widths = _widths(hertz, alpha, lengths)
    sizes, cutoff = _lengths(hertz, widths, sr=sr, window=window, filter_scale=filter_scale, gamma=gamma, lengths=lengths)
    return host.asarray(sizes, dtype=host.float64), cutoff


def _lengths(
    hertz: Sequence[float],
    widths: Sequence[float],
    *,
    sr: float,
    window: Any,
    filter_scale: float,
    gamma: float | None,
    lengths: str,
) -> tuple[list[float], float]:
    """`wavelet_lengths` of frequencies and their relative bandwidths, in Python's numbers, which
    compilers take for constants.
    """
    sr, filter_scale = as_positive("sr", sr), as_positive("filter_scale", filter_scale)
    one_of("lengths", lengths, LENGTHS)
    fixed = None if gamma is None else as_number("gamma", gamma, minimum=0)
    bandwidth = float(window_bandwidth(window))
    sizes, edges = [], []
    for frequency, width in zip(hertz, widths, strict=True):
        offset = width * ERB_OFFSET if fixed is None else fixed
        q = filter_scale / width
        edges.append(frequency * (1 + 0.5 * bandwidth / q) + 0.5 * offset)
        sizes.append(q * sr / (frequency + offset / width))
    if not max(sizes) <= MOST:
        raise ParameterError(f"filter_scale={filter_scale:g}, sr={sr:g} and the lowest frequency make atoms of {max(sizes):g} samples")
    return [float(math.ceil(size)) for size in sizes] if lengths == "nnaudio" else sizes, max(edges)


def check_cutoff(cutoff: float, sr: float, n_bins: int) -> None:
    """Raise if the main lobe of an atom reaches beyond the Nyquist frequency."""
    if cutoff > sr / 2:
        raise ParameterError(f"n_bins={n_bins} is too many: the top bin reaches up to {cutoff:.1f} Hz, beyond sr / 2 = {sr / 2:g} Hz")


def _widths(hertz: list[float], alpha: Any, lengths: str) -> list[float]:
    """Relative bandwidths given as one number or one for each frequency, or by default those
    between the frequencies.
    """
    if alpha is None:
        return [float(width) for width in relative_bandwidths(hertz, lengths=lengths)]
    values = host.asarray(alpha, dtype=host.float64)
    if values.shape not in ((), (1,), (len(hertz),)) or not bool(host.all(values > 0)):
        raise ParameterError(f"alpha={alpha!r} must be a positive number, or one for each of the {len(hertz)} frequencies")
    return [float(width) for width in host.broadcast_to(values, (len(hertz),))]


def atoms(
    freqs: Sequence[float],
    *,
    sr: float,
    window: Any = "hann",
    filter_scale: float = 1,
    gamma: float | None = 0,
    norm: float | None = 1,
    alpha: Any = None,
    lengths: str = "librosa",
) -> list[Atom]:
    """The atoms of a constant-Q or variable-Q transform in float64, to be conjugated in the inner
    product with a signal.

    exp(2 pi i f t / sr) for t from floor(-L / 2) to, not including, floor(L / 2), under a periodic
    window of as many samples, divided by its p-norm. By nnAudio's definition without a norm (None
    or 0): divided by L.
    """
    hertz = checked_frequencies(freqs)
    widths = _widths(hertz, alpha, lengths)
    sizes, _ = _lengths(hertz, widths, sr=sr, window=window, filter_scale=filter_scale, gamma=gamma, lengths=lengths)
    decided_by = f"{len(hertz)} bins from {hertz[0]:g} Hz on, filter_scale={filter_scale:g}, sr={sr:g}"
    check_size("the atoms", [math.fsum(sizes)], decided_by, each=ATOM)
    return [_atom(frequency / sr, size, window, norm, lengths) for frequency, size in zip(hertz, sizes, strict=True)]


def _atom(frequency: float, length: float, window: Any, norm: float | None, lengths: str) -> Atom:
    """One atom, its frequency in turns per sample."""
    start, stop = math.floor(-length / 2), math.floor(length / 2)
    turns = frequency * host.arange(start, stop, dtype=host.float64)
    angles = 2 * math.pi * (turns - host.round(turns))
    samples = scaled_windows(get_window(window, stop - start), length, norm, lengths, xp=host)
    return Atom(start, samples * (host.cos(angles) + 1j * host.sin(angles)))


def scaled_windows(samples: Array, length: Any, norm: float | None, lengths: str, *, xp: ModuleType) -> Array:
    """Windows (..., sample) divided by their p-norm; by nnAudio's definition without one, by their
    lengths.
    """
    if lengths == "nnaudio" and not norm:
        return samples / length
    if norm is None:
        return samples
    size = p_norm(xp.abs(samples), norm, -1, xp=xp)
    return samples / xp.where(size > float(xp.finfo(size.dtype).smallest_normal), size, 1.0)


def waves(freqs: Sequence[float], *, sr: float, width: int) -> Array:
    """Cosines and sines (2, bin, width) on all of a frame, from its centre at width // 2, that are
    windowed in atoms.
    """
    rows = host.stack([_atom(frequency / sr, width, "boxcar", None, "librosa").samples for frequency in freqs])
    return host.stack([host.real(rows), host.imag(rows)])


# --- the bins of a transform ----------------------------------------------------------------------


@dataclass(frozen=True)
class Bins:
    """The bins of a constant-Q or variable-Q transform: their centre frequencies in Hz, and how
    their atoms are made.
    """

    freqs: tuple[float, ...]
    alpha: tuple[float, ...]
    window: Any = "hann"
    filter_scale: float = 1
    gamma: float | None = 0
    norm: float | None = 1
    convention: str = "librosa"
    """Whose definition of lengths, one of `LENGTHS`."""

    def __len__(self) -> int:
        return len(self.freqs)

    @constant_in_graphs
    def __getitem__(self, part: slice) -> Bins:
        return replace(self, freqs=self.freqs[part], alpha=self.alpha[part])

    def _shape(self) -> dict[str, Any]:
        return {"window": self.window, "filter_scale": self.filter_scale, "gamma": self.gamma, "lengths": self.convention}

    @constant_in_graphs
    def lengths(self, sr: float) -> list[float]:
        """Samples under each atom, not rounded by librosa's definition."""
        return _lengths(self.freqs, self.alpha, sr=sr, **self._shape())[0]

    def cutoff(self) -> float:
        """The frequency in Hz above which no atom's main lobe reaches."""
        return _lengths(self.freqs, self.alpha, sr=1.0, **self._shape())[1]

    def atoms(self, sr: float) -> list[Atom]:
        return atoms(self.freqs, sr=sr, norm=self.norm, alpha=self.alpha, **self._shape())


@dataclass(frozen=True)
class Grid:
    """The arguments that decide about a transform's bins, except their tuning, in the order in
    which librosa's signatures have them.
    """

    sr: float
    fmin: float | None = None
    n_bins: int | None = 84
    intervals: Any = "equal"
    gamma: float | None = 0
    bins_per_octave: int = 12
    filter_scale: float = 1
    norm: float | None = 1
    window: Any = "hann"

    def __post_init__(self) -> None:
        as_positive("sr", self.sr)
        as_positive("filter_scale", self.filter_scale)
        if self.fmin is not None:
            as_positive("fmin", self.fmin)
        if self.n_bins is not None:
            as_integer("n_bins", self.n_bins)
        if self.gamma is not None:
            as_number("gamma", self.gamma, minimum=0)
        if self.norm is not None:
            object.__setattr__(self, "norm", plain(self.norm))
            check_norm(self.norm)
        as_integer("bins_per_octave", self.bins_per_octave)
        if not isinstance(self.intervals, str):  # ratios, which come in their own number
            ratios = tuple(as_sequence("intervals", self.intervals))
            object.__setattr__(self, "intervals", ratios)
            object.__setattr__(self, "bins_per_octave", len(ratios))

    @decided_once(64)
    def bins(self, tuning: float = 0.0) -> Bins:
        """The bins, checked to lie below the Nyquist frequency; all that do for `n_bins=None`."""
        sr, lowest, per_octave = float(self.sr), float(LOWEST_C if self.fmin is None else self.fmin), int(self.bins_per_octave)
        lowest *= 2 ** (as_number("tuning", tuning) / per_octave)
        if lowest >= sr / 2:
            raise ParameterError(f"fmin={self.fmin!r}, tuned to {lowest:g} Hz, must be below sr / 2 = {sr / 2:g} Hz")
        check_size("an octave", [per_octave], f"bins_per_octave={per_octave}", each=LISTED)
        most = math.ceil(per_octave * math.log2(sr / lowest)) if self.n_bins is None else int(self.n_bins)
        grid = interval_frequencies(most, fmin=lowest, intervals=self.intervals, bins_per_octave=per_octave)
        freqs = tuple(float(frequency) for frequency in grid)
        if self.n_bins is None:
            freqs = freqs[: self._count_below(sr / 2, freqs)]
        bins = self._made(freqs, relative_bandwidths(freqs, bins_per_octave=per_octave))
        check_cutoff(bins.cutoff(), sr, len(bins))
        return bins

    def _made(self, freqs: Sequence[float], alpha: Any) -> Bins:
        """Bins at frequencies, of relative bandwidths."""
        widths = tuple(float(width) for width in alpha)
        return Bins(tuple(freqs), widths, self.window, self.filter_scale, self.gamma, self.norm)

    def _count_below(self, nyquist: float, freqs: Sequence[float]) -> int:
        """How many bins, from the lowest, stay below the Nyquist frequency if each is as wide as
        the distance to the one before.
        """
        pairs = [freqs[:2], *itertools.pairwise(freqs)]
        widths = [relative_bandwidths(pair, bins_per_octave=self.bins_per_octave)[:1] for pair in pairs]
        edges = [self._made([frequency], width).cutoff() for frequency, width in zip(freqs, widths, strict=True)]
        count = next((k for k, edge in enumerate(edges) if edge >= nyquist), len(edges))
        if not count:
            raise ParameterError(
                f"fmin={freqs[0]:g} is too high: even the lowest bin reaches up to {edges[0]:.1f} Hz, beyond {nyquist:g} Hz"
            )
        return count


grid_of = decided_once(64)(Grid)


# --- librosa's transform: products with spectra ---------------------------------------------------


@constant_in_graphs
def frame_length(bins: Bins, sr: float) -> int:
    """The power of two, 2 at least, that holds the longest atom."""
    n_fft = 1 << max(1, math.ceil(math.log2(max(bins.lengths(sr)))))
    check_size("the atoms in frames", [len(bins), n_fft], f"{len(bins)} bins from {bins.freqs[0]:g} Hz on at {sr:g} Hz", each=16)
    return n_fft


def sparse_spectra(bins: Bins, sr: float, n_fft: int, sparsity: float) -> Array:
    """Spectra (bins, 1 + n_fft // 2) of the atoms, each times its length over n_fft, without the
    small values that make up a share.

    That share, `sparsity`, is of the sum of magnitudes. Which values it takes depends on rounding,
    and one more or less shows in the fourth decimal: so atoms and spectra are rounded where librosa
    rounds them.
    """
    rows = host.astype(host.stack([atom_in_frame(atom, n_fft) for atom in bins.atoms(sr)]), host.complex64)
    scale = host.reshape(host.asarray(bins.lengths(sr)) / n_fft, (-1, 1))
    spectra = host_functions().single_fft(host.astype(rows, host.complex128) * scale)[:, : 1 + n_fft // 2]
    sizes = host.abs(spectra)
    ordered = host.sort(sizes, axis=1)
    shares = host.cumulative_sum(ordered / host.sum(sizes, axis=1, keepdims=True), axis=1)
    dropped = host.sum(host.astype(shares < sparsity, host.int64), axis=1, keepdims=True)
    least = host.take_along_axis(ordered, host.minimum(dropped, n_fft // 2), axis=1)
    return host.where(sizes >= least, spectra, 0.0)


def atom_in_frame(atom: Atom, n_fft: int) -> Array:
    """The atom in a frame, whose centre is at n_fft // 2."""
    before = n_fft // 2 + atom.start
    after = n_fft - before - atom.samples.shape[0]
    return host.concat([host.zeros(before), atom.samples, host.zeros(after)])


def analysis_matrix(*, bins: Bins, sr: float, n_fft: int, sparsity: float, gains: tuple[float, ...]) -> Array:
    """The matrix (2 bins, n_fft) that does to a frame what its spectrum's product with the sparse
    spectra does.

    Real parts come first, then imaginary parts; each bin is multiplied by its gain.
    """
    spectra = sparse_spectra(bins, sr, n_fft, sparsity)
    atoms = host.fft.fft(host.astype(spectra, host.complex128), n=n_fft) * host.reshape(host.asarray(gains), (-1, 1))
    return host.concat([host.real(atoms), host.imag(atoms)])


def synthesis_matrix(*, bins: Bins, sr: float, n_fft: int, hop_length: int, sparsity: float, gains: tuple[float, ...]) -> Array:
    """The matrix (samples, frames x 2 bins) that makes overlap-added frames of real parts and,
    after them, imaginary parts.

    A frame is the inverse transform of the conjugate sparse spectra, each divided by the sum of its
    squared magnitudes and multiplied by its gain. The samples are those of one or more hops, the
    first of them at the middle of the middle frame.
    """
    spectra = host.astype(sparse_spectra(bins, sr, n_fft, sparsity), host.complex128)
    weights = host.asarray(gains) / host.sum(host.abs(spectra) ** 2, axis=1) / n_fft
    mirrored = [1.0 if k in (0, n_fft / 2) else 2.0 for k in range(1 + n_fft // 2)]
    atoms = host.fft.fft(spectra * host.asarray(mirrored), n=n_fft) * host.reshape(weights, (-1, 1))
    pairs = host.concat([host.real(atoms), host.imag(atoms)])
    hops = -(-LEAST_SAMPLES // hop_length)
    reach = hops + -(-n_fft // (2 * hop_length))
    samples = host.reshape(host.arange(hops * hop_length), (-1, 1)) + n_fft // 2
    at = samples - host.arange(-reach, reach) * hop_length
    inside = (at >= 0) & (at < n_fft)
    values = host.take(pairs, host.reshape(host.where(inside, at, 0), (-1,)), axis=1)
    overlapped = host.where(inside, host.reshape(values, (-1, *at.shape)), 0.0)
    return host.reshape(host.permute_dims(overlapped, (1, 2, 0)), (at.shape[0], -1))


def magnitude_matrix(*, bins: Bins, sr: float, n_fft: int, sparsity: float, gains: tuple[float, ...]) -> Array:
    """Magnitudes (bins, 1 + n_fft // 2) of the sparse spectra, each bin multiplied by its gain."""
    sizes = host.abs(sparse_spectra(bins, sr, n_fft, sparsity))
    return host.astype(sizes, host.float64) * host.reshape(host.asarray(gains), (-1, 1))
