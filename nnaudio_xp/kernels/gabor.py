"""Nonstationary Gabor frames of constant or variable Q: bands of a real signal's spectrum, and the
tables that cut and join them.

P. Balazs, M. Dörfler, F. Jaillet, N. Holighaus & G. Velasco, "Theory, implementation and
applications of nonstationary Gabor frames", J. Comput. Appl. Math. 236(6), 2011. Every band is
sampled at least as densely as its width asks for (the painless case), so that the frame operator
only multiplies the spectrum, and is inverted by a division.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from types import ModuleType
from typing import Any

from .._backends import decided_once
from .._namespace import Array, device_of, host
from ..errors import LISTED, ParameterError, as_integer, as_number, as_positive, check_size, frequency_range
from ..scales import note_to_hz
from ..windows import window_at, window_shape
from .plans import Plans

ERB_WIDTH, ERB_SLOPE = 24.7, 0.108
"""The ear's bandwidth at 0 Hz, and its growth with the frequency (Glasberg & Moore 1990)."""


def is_fast(n: int) -> bool:
    """Whether FFTs of this length are fast: it has no prime factor above 7."""
    for prime in (2, 3, 5, 7):
        while n % prime == 0:
            n //= prime
    return n == 1


def fast_length(n: int) -> int:
    """The next length from n on of which FFTs are fast."""
    while not is_fast(n):
        n += 1
    return n


@dataclass(frozen=True)
class GaborFrame:
    """Row k = 1 … n_bins: the band around f = fmin 2**((k - 1) / B); row 0: what is below; the last
    row: what is above.

    At frequency v, a band is weighted with the window at log2((v + s) / (f + s)) over the distance
    in octaves to its neighbour, with s = gamma / alpha. The rows at the ends are flat on their far
    side, and symmetric about 0 Hz and the Nyquist frequency. Bands may reach over these, too: bins
    of a spectrum of n samples are counted on a line, where bin j + n is bin j again.
    """

    sr: float
    fmin: float
    n_bins: int
    bins_per_octave: int
    gamma: float
    window: tuple[Any, ...]
    hop_length: int = 1
    name: str = field(init=False, repr=False, compare=False)
    """What stands for it in graphs."""

    def __post_init__(self) -> None:
        FRAMES.give_name(self, self.sr, self.fmin, self.n_bins, self.bins_per_octave, self.gamma, self.window, self.hop_length)

    def __reduce__(self) -> tuple[Any, ...]:
        return FRAMES.reduced(self)

    @property
    def n_rows(self) -> int:
        return self.n_bins + 2

    @property
    def shift(self) -> float:
        return self.gamma / relative_bandwidth(self.bins_per_octave)

    @property
    def slopes(self) -> list[tuple[float, float]]:
        """Octaves over which each row's window falls, below and above its centre. The last bin's
        neighbour is no higher than sr / 2.
        """
        step = 1 / self.bins_per_octave
        last = min(step, math.log2(self.sr / 2 / self.fmin) - (self.n_bins - 1) * step)
        return [(math.inf, step), *[(step, step)] * (self.n_bins - 1), (step, last), (last, math.inf)]

    @property
    def centres(self) -> list[float]:
        """Frequencies in Hz at which the rows' windows peak, or begin to be flat."""
        bins = [self.fmin * 2.0 ** ((row - 1) / self.bins_per_octave) for row in range(self.n_bins + 1)]
        return [*bins, bins[-1] * 2.0 ** self.slopes[-1][0]]

    @property
    def frequencies(self) -> list[float]:
        """What the rows stand for, in Hz."""
        return [0.0, *self.centres[1:-1], self.sr / 2]

    @property
    def edges(self) -> list[tuple[float, float]]:
        """Frequencies in Hz between which each row's window lies."""
        points = [centre + self.shift for centre in self.centres]
        bands = [(point * 2.0**-below, point * 2.0**above) for point, (below, above) in zip(points, self.slopes, strict=True)]
        (_, first), *inner, (last, _) = [(low - self.shift, high - self.shift) for low, high in bands]
        return [(-first, first), *inner, (last, self.sr - last)]

    @property
    def longest_hop(self) -> int:
        """Samples from frame to frame at which the widest band is still sampled densely enough."""
        return math.floor(self.sr / max(high - low for low, high in self.edges))

    def n_frames(self, n_samples: int) -> int:
        """Frames of a signal, after padding to a length of which FFTs are fast."""
        return fast_length(-(-n_samples // self.hop_length))

    def supports(self, n: int) -> list[tuple[int, int]]:
        """Each row's first bin in a spectrum of n samples, and the one behind its last: the bins
        between its edges, if any.

        A bin that is on an edge but for rounding is outside.
        """
        ends = [(math.floor(low * n / self.sr + 1e-9) + 1, math.ceil(high * n / self.sr - 1e-9)) for low, high in self.edges]
        return [(first, max(first, last)) for first, last in ends]

    def layers(self, n: int) -> list[list[int]]:
        """The rows that are not empty, in layers in which none overlap, by where they end."""
        supports = self.supports(n)
        layers: list[list[int]] = []
        for row in sorted((row for row, (first, last) in enumerate(supports) if first < last), key=supports.__getitem__):
            free = (layer for layer in layers if supports[layer[-1]][1] <= supports[row][0])
            layer = next(free, None)
            if layer is None:
                layers.append([row])
            else:
                layer.append(row)
        return sorted(layers, key=lambda layer: supports[layer[-1]][1])


FRAMES = Plans(GaborFrame)


def relative_bandwidth(bins_per_octave: int) -> float:
    """librosa's alpha: bandwidth over centre frequency of neighbours' distance."""
    squared = math.pow(4, 1 / bins_per_octave)
    return (squared - 1) / (squared + 1)


@decided_once(64)
def gabor_frame(
    *, sr: Any, hop_length: Any, fmin: Any, fmax: Any, n_bins: Any, bins_per_octave: Any, gamma: Any, window: Any
) -> GaborFrame:
    """The checked frame, with defaults filled in: bins up to the Nyquist frequency, and the longest
    hop whose FFTs are fast.
    """
    sr = as_positive("sr", sr)
    lowest = float(note_to_hz("C1")) if fmin is None else fmin
    as_positive("fmin", lowest)
    low, high = frequency_range(lowest, fmax, sr)
    per_octave = as_integer("bins_per_octave", bins_per_octave)
    check_size("an octave", [per_octave], f"bins_per_octave={per_octave}", each=LISTED)
    if fmax is not None and n_bins is not None:
        raise ParameterError(f"fmax={fmax!r} and n_bins={n_bins!r} both say where the bins end: give one of them")
    most = math.ceil(per_octave * math.log2(sr / 2 / low))
    count = min(most, 1 + math.floor(per_octave * math.log2(high / low) + 1e-9)) if n_bins is None else as_integer("n_bins", n_bins)
    if count > most:
        raise ParameterError(f"n_bins={count} must be at most {most}: the bins lie below sr / 2 = {sr / 2:g} Hz")
    check_size("the rows", [count], f"bins_per_octave={per_octave}, n_bins={count}", each=LISTED)
    width = ERB_WIDTH * relative_bandwidth(per_octave) / ERB_SLOPE if gamma is None else as_number("gamma", gamma, minimum=0)
    gabor = GaborFrame(sr, low, count, per_octave, width, window_shape(window))
    longest = gabor.longest_hop
    if longest < 1 or max(high for _, high in gabor.edges) > sr:
        raise ParameterError(f"gamma={gamma!r} makes a band as wide as all frequencies together: it must be smaller")
    hop = next(n for n in range(longest, 0, -1) if is_fast(n)) if hop_length is None else as_integer("hop_length", hop_length)
    if hop > longest:
        raise ParameterError(f"hop_length={hop} must be at most {longest}: the widest band needs that many frames")
    return replace(gabor, hop_length=hop)


# --- tables, for a signal of n = n_frames * hop_length samples ------------------------------------


def _response(gabor: GaborFrame, n: int, rows: Array, bins: Array) -> Array:
    """A row's factor for a bin of the spectrum of n samples: its window, times 2, or 2**0.5 where
    frequencies of both signs are in it.
    """

    def of_row(values: Sequence[float]) -> Array:
        return host.take(host.asarray(values, dtype=host.float64), rows)

    ends = (rows == 0) | (rows == gabor.n_rows - 1)
    frequencies = bins * (gabor.sr / n)
    folded = host.where(rows == 0, abs(frequencies), host.minimum(frequencies, gabor.sr - frequencies))
    quotients = (host.where(ends, folded, frequencies) + gabor.shift) / (of_row(gabor.centres) + gabor.shift)
    octaves = host.log2(host.maximum(quotients, 1e-300))
    below, above = zip(*gabor.slopes, strict=True)
    places = octaves / host.where(octaves < 0, of_row(below), of_row(above))
    first, last = zip(*gabor.supports(n), strict=True)
    inside = (of_row(first) <= bins) & (bins < of_row(last))
    values = window_at(gabor.window, host.clip(places, -1.0, 1.0)) * host.where(ends, math.sqrt(2), 2.0)
    return host.where(inside, values, 0.0)


def _rows_of_bins(gabor: GaborFrame, n_frames: int) -> tuple[Array, Array]:
    """Row and bin of every place in the rows' spectra (row, n_frames), flattened. From a row's
    first bin on, bin j is at j mod n_frames.
    """
    starts = [first for first, _ in gabor.supports(gabor.hop_length * n_frames)]
    first = host.reshape(host.asarray(starts, dtype=host.int64), (-1, 1))
    bins = first + (host.arange(n_frames) - first) % n_frames
    return host.repeat(host.arange(gabor.n_rows), n_frames), host.reshape(bins, (-1,))


def band_bins(*, gabor: GaborFrame, n_frames: int) -> Array:
    """Which bins of a spectrum the rows' spectra are made of, flattened."""
    _, bins = _rows_of_bins(gabor, n_frames)
    return bins % (gabor.hop_length * n_frames)


def band_weights(*, gabor: GaborFrame, n_frames: int, dual: bool) -> Array:
    """The windows over `band_bins`, (row, n_frames), scaled so that a sinusoid of amplitude 1 has
    magnitude 1 at the window's peak.

    Or the dual windows.
    """
    weights = _windows(gabor, n_frames, *_rows_of_bins(gabor, n_frames), dual) / gabor.hop_length
    return host.reshape(weights, (gabor.n_rows, n_frames))


@decided_once(64)
def layer_spans(gabor: GaborFrame, n: int) -> tuple[tuple[int, int], ...]:
    """The first bin of each layer of rows, and the one behind its last."""
    supports = gabor.supports(n)
    return tuple((supports[layer[0]][0], supports[layer[-1]][1]) for layer in gabor.layers(n))


def _layered(gabor: GaborFrame, n: int) -> tuple[Array, Array]:
    """Row and bin of every point of every layer, one layer after the other; between two rows there
    are points of neither.
    """
    supports = gabor.supports(n)
    rows, bins = [], []
    for layer, (first, last) in zip(gabor.layers(n), layer_spans(gabor, n), strict=True):
        starts = host.asarray([*(supports[row][0] for row in layer), last], dtype=host.int64)
        rows.append(host.repeat(host.asarray(layer, dtype=host.int64), starts[1:] - starts[:-1]))
        bins.append(host.arange(first, last))
    return host.concat(rows), host.concat(bins)


def joined(values: Array, spans: Sequence[tuple[int, int]], n: int, *, xp: ModuleType) -> Array:
    """Spectra (..., n): the sum of layers (..., points), given one after the other, each over its
    span of bins, by where these end.
    """
    origin = min(0, *(first for first, _ in spans))

    def blank(size: int) -> Array:
        return xp.zeros((*values.shape[:-1], size), dtype=values.dtype, device=device_of(values))

    line, start = blank(0), 0
    for first, last in spans:
        layer = values[..., start : start + last - first]
        line = xp.concat([blank(first - origin), layer], axis=-1) + xp.concat([line, blank(last - origin - line.shape[-1])], axis=-1)
        start += last - first
    negative, positive = line[..., :-origin], line[..., -origin:]
    return xp.concat([positive, blank(n - positive.shape[-1])], axis=-1) + xp.concat([blank(n + origin), negative], axis=-1)


def density(gabor: GaborFrame, n_frames: int) -> Array:
    """What the frame operator multiplies each bin of a real signal's spectrum with."""
    n = gabor.hop_length * n_frames
    squares = joined(_response(gabor, n, *_layered(gabor, n)) ** 2, layer_spans(gabor, n), n, xp=host)
    return (squares + host.flip(host.roll(squares, -1))) / (2 * gabor.hop_length)


def layer_points(*, gabor: GaborFrame, n_frames: int) -> Array:
    """Where each layer's points lie in the spectra (row, n_frames) of the rows, flattened."""
    rows, bins = _layered(gabor, gabor.hop_length * n_frames)
    return rows * n_frames + bins % n_frames


def layer_weights(*, gabor: GaborFrame, n_frames: int, dual: bool) -> Array:
    """The windows over `layer_points`, or the dual windows."""
    return _windows(gabor, n_frames, *_layered(gabor, gabor.hop_length * n_frames), dual)


def _windows(gabor: GaborFrame, n_frames: int, rows: Array, bins: Array, dual: bool) -> Array:
    n = gabor.hop_length * n_frames
    values = _response(gabor, n, rows, bins)
    return values / host.take(density(gabor, n_frames), bins % n) if dual else values


def slice_window(*, length: int) -> Array:
    """A Tukey window over the middle three quarters of a slice: it rises over the first of them,
    falls over the last.

    At distances of half a slice, such windows add up to 1.
    """
    distance = abs(host.arange(length, dtype=host.float64) + 0.5 - length / 2)
    return host.cos(math.pi / 2 * host.clip((distance - length / 8) / (length / 4), 0.0, 1.0)) ** 2
