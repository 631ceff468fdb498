"""Synchrosqueezing: coefficients are moved to the rows of their instantaneous frequencies, and signals
are sums over rows.

What is moved is weighted so that the sum over all rows is the signal; where it is moved to has no
derivative. I. Daubechies, J. Lu & H.-T. Wu, "Synchrosqueezed wavelet transforms", Appl. Comput.
Harmon. Anal. 30(2), 2011; T. Oberlin, S. Meignen & V. Perrier, "The Fourier-based synchrosqueezing
transform", ICASSP 2014.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from types import ModuleType
from typing import Any

from .. import ops
from .._backends import decided_once
from .._namespace import Array, device_of, host, integer_dtype
from ..errors import ParameterError, as_number, as_positive
from ..geometry import Framing
from ..kernels.wavelet import WaveletBank, derivative_of
from ..wavelets import Wavelet
from .constants import constant_like
from .decoding import decoded
from .reassignment import turn, windows_of
from .stft import analyze
from .wavelet import integral_weights, listed_numbers, trained_weights, wavelet_bank

EVEN = 1e-4
"""The share of a step by which frequencies of a grid may be off, as those of single precision are."""
FAINTEST = 1e-12
"""The share of the loudest energy of a clip below which ridges see no difference."""


# --- which rows there are -------------------------------------------------------------------------


Grid = tuple[bool, float, float] | None
"""Whether numbers are evenly spaced by their logarithms, the first one, and the step; None for those that
are evenly spaced neither by these nor by themselves.
"""


@dataclass(frozen=True)
class Rows:
    """Frequencies of rows in Hz and their grid, and the frequencies of coefficients, which go to the row
    nearest to these if they are below a share, the `threshold`, of the loudest.
    """

    frequencies: tuple[float, ...]
    grid: Grid
    own: tuple[float, ...]
    threshold: float

    @property
    def size(self) -> int:
        return len(self.frequencies)


def _grid(frequencies: tuple[float, ...]) -> Grid:
    first, steps = frequencies[0], max(1, len(frequencies) - 1)
    linear, with_ratios = [frequency - first for frequency in frequencies], min(frequencies) > 0
    if (steps > 1 or not with_ratios) and _evenly_spaced(linear):
        return False, first, linear[-1] / steps or 1.0
    logs = [math.log(frequency / first) for frequency in frequencies] if with_ratios else linear
    return (True, first, logs[-1] / steps or 1.0) if _evenly_spaced(logs) else None


def _evenly_spaced(numbers: list[float]) -> bool:
    """Whether the numbers, of which the first is 0, are multiples of a step."""
    step = numbers[-1] / max(1, len(numbers) - 1)
    return all(abs(number - k * step) <= EVEN * abs(step) for k, number in enumerate(numbers))


@decided_once(64)
def rows_of(ssq_frequencies: Any, own: tuple[float, ...], threshold: Any, sr: float) -> Rows:
    """The checked rows: those that were given, or one for each frequency of coefficients."""
    least = as_number("threshold", threshold, minimum=0)
    frequencies = own if ssq_frequencies is None else listed_numbers("ssq_frequencies", ssq_frequencies, minimum=0)
    if ssq_frequencies is not None and max(frequencies) > sr / 2:
        raise ParameterError(f"ssq_frequencies up to {max(frequencies):g} Hz must be at most sr / 2 = {sr / 2:g} Hz")
    grid = _grid(frequencies)
    if grid is None and min(frequencies) == 0:
        raise ParameterError("ssq_frequencies has 0 Hz among unevenly spaced frequencies: none is nearest by its ratio to 0")
    return Rows(frequencies, grid, own, least)


# --- moving coefficients --------------------------------------------------------------------------


def nearest(hertz: Array, rows: Rows, *, xp: ModuleType) -> Array:
    """The numbers, as floats, of the rows nearest to frequencies: on a linear grid by their differences,
    else by their ratios.
    """
    if rows.grid is None:
        ranks = ops.insertion_points(constant_like(_edges, hertz, xp=xp, rows=rows), hertz, xp=xp)
        order = constant_like(_order, hertz, xp=xp, rows=rows)
        return xp.reshape(xp.take(order, xp.reshape(ranks, (-1,))), ranks.shape)
    logarithmic, first, step = rows.grid
    if logarithmic:
        places = xp.log(ops.at_least(hertz / first, 1e-9, xp=xp)) / step
    else:
        places = (hertz - first) / step
    return ops.at_most(ops.at_least(xp.round(places), 0.0, xp=xp), rows.size - 1.0, xp=xp)


def _edges(*, rows: Rows) -> Array:
    """Where the ratios to neighbouring frequencies are the same."""
    return host.asarray([math.sqrt(low * high) for low, high in pairwise(sorted(rows.frequencies))])


def _order(*, rows: Rows) -> Array:
    """The rows in the order of their frequencies."""
    return host.asarray(sorted(range(rows.size), key=rows.frequencies.__getitem__))


def _own_places(*, rows: Rows) -> Array:
    """The rows of coefficients whose frequency is not known."""
    return nearest(host.asarray(rows.own, dtype=host.float64), rows, xp=host)


def row_frequencies(*, rows: Rows) -> Array:
    return host.asarray(rows.frequencies, dtype=host.float64)


def squeezed(
    values: Array,
    slopes: Array,
    rows: Rows,
    own: Array,
    hertz: Callable[..., Array],
    weighted: Callable[..., Array],
    *constants: Array,
    axis: int,
    xp: ModuleType,
) -> Array:
    """What ``weighted(values, *constants, xp=)`` makes of coefficients, added up in the rows of their
    instantaneous frequencies; in their `own` rows where these are not known. Time is an axis, -1 or -2, of
    (..., coefficient, time), and 1 long in `own` and the constants, (coefficient, 1) or (1, coefficient).

    ``hertz(turns, *constants, xp=)`` makes these of minus the imaginary parts of slopes divided by values.
    """
    peaks = ops.columnwise(partial(_peaks, axis=-3 - axis), ops.fixed(values, xp=xp), axis=axis, xp=xp)
    loudest = xp.max(peaks, axis=(-2, -1), keepdims=True)
    then = partial(_squeezed, rows=rows, hertz=hertz, weighted=weighted, axis=axis)
    batch = values.shape[:-2]
    columns = [xp.broadcast_to(column, (*batch, *column.shape)) for column in (own, *constants)]
    return ops.columnwise(then, values, slopes, loudest, *columns, axis=axis, xp=xp)


def _peaks(values: Array, *, axis: int, xp: ModuleType) -> Array:
    return xp.max(ops.modulus(values, xp=xp), axis=axis, keepdims=True)


def _squeezed(
    values: Array,
    slopes: Array,
    loudest: Array,
    own: Array,
    *constants: Array,
    rows: Rows,
    hertz: Callable[..., Array],
    weighted: Callable[..., Array],
    axis: int,
    xp: ModuleType,
) -> Array:
    """At each time by itself."""
    fixed = ops.fixed(values, xp=xp)
    sizes = ops.modulus(fixed, xp=xp)
    heard = (sizes >= rows.threshold * loudest) & (sizes > 0)
    cosines, sines = ops.directions(xp.real(fixed), xp.imag(fixed), sizes, xp=xp)  # no product of small numbers vanishes
    found = hertz(turn(slopes, cosines, sines, xp.where(heard, sizes, 1.0), xp=xp), *constants, xp=xp)
    places = xp.where(heard, nearest(found, rows, xp=xp), own)
    moved = weighted(values, *constants, xp=xp)
    return ops.sums_at(moved, xp.astype(places, integer_dtype(xp)), rows.size, axis=-3 - axis, xp=xp)


# --- wavelet transforms ---------------------------------------------------------------------------


@decided_once(64)
def squeezed_bank(ssq_frequencies: Any, threshold: Any, **arguments: Any) -> tuple[WaveletBank, WaveletBank, Rows]:
    """The checked bank of scales, that of the wavelet's derivative, and the rows."""
    bank, sr = wavelet_bank(**arguments), as_positive("sr", arguments["sr"])
    if bank.wavelet.is_real:
        raise ParameterError(
            f"wavelet={arguments['wavelet']!r} is real: only an analytic one, such as 'morlet', has instantaneous frequencies"
        )
    if bank.n_rows < 2:
        raise ParameterError(f"scales, frequencies or n_bins make {bank.n_rows} row: an integral over the scale needs two")
    own = tuple(bank.wavelet.peak * sr / (2 * math.pi * scale) for scale in bank.scales)
    return bank, derivative_of(bank), rows_of(ssq_frequencies, own, threshold, sr)


def squeezed_wavelets(
    y: Array, bank: WaveletBank, derivative: WaveletBank, rows: Rows, *, sr: float, pad_mode: Any, xp: ModuleType
) -> Array:
    """Rows (..., frequency, time) of signals."""
    n_frames = bank.n_frames(y.shape[-1])
    W = ops.wavelet_analysis(y, bank, pad_mode, n_frames, xp=xp)
    slopes = ops.wavelet_analysis(ops.fixed(y, xp=xp), derivative, pad_mode, n_frames, xp=xp)
    own = xp.expand_dims(constant_like(_own_places, y, xp=xp, rows=rows), axis=-1)
    units = constant_like(_unit_frequencies, y, xp=xp, bank=bank, sr=sr)
    weights = constant_like(integral_weights, y, xp=xp, bank=bank)
    return squeezed(W, slopes, rows, own, _per_scale, _by_width, units, weights, axis=-1, xp=xp)


def squeezed_trained(
    W: Array, slopes: Array, rows: Rows, frequencies: Array, wavelet: Wavelet, bandwidths: Array | None, *, xp: ModuleType
) -> Array:
    """Rows (..., frequency, time) of the coefficients, and those of the derivative, of trained wavelets:
    of frequencies (row,) in Hz, and bandwidths (row,), if these are trained.
    """
    fixed = ops.fixed(frequencies, xp=xp)
    own, units = xp.expand_dims(nearest(fixed, rows, xp=xp), axis=-1), xp.expand_dims(fixed / wavelet.peak, axis=-1)
    weights = xp.expand_dims(trained_weights(frequencies, wavelet, bandwidths, xp=xp), axis=-1)
    return squeezed(W, slopes, rows, own, _per_scale, _by_width, units, weights, axis=-1, xp=xp)


def _per_scale(turns: Array, units: Array, _weights: Array, *, xp: ModuleType) -> Array:
    """Frequencies in Hz of radians in the time of each scale."""
    return turns * units


def _unit_frequencies(*, bank: WaveletBank, sr: float) -> Array:
    return host.reshape(sr / (2 * math.pi * host.asarray(bank.scales)), (-1, 1))


def _by_width(W: Array, _units: Array, weights: Array, *, xp: ModuleType) -> Array:
    """What each coefficient is in the integral over the logarithm of the scale."""
    return ops.to_complex(xp.real(W) * weights, xp.imag(W) * weights, xp=xp)


# --- short-time Fourier transforms ----------------------------------------------------------------


def bin_frequencies(*, n_fft: int, sr: float) -> Array:
    return host.arange(1 + n_fft // 2) * (sr / n_fft)


@decided_once(64)
def fourier_rows(ssq_frequencies: Any, threshold: Any, *, n_fft: int, sr: float) -> Rows:
    """The checked rows of a short-time Fourier transform."""
    return rows_of(ssq_frequencies, tuple(bin_frequencies(n_fft=n_fft, sr=sr).tolist()), threshold, sr)


def squeezed_frames(y: Array, framing: Framing, win_length: int, window: Any, rows: Rows, *, sr: float, xp: ModuleType) -> Array:
    """Rows (..., frequency, time) of signals."""
    samples, derivative, _ = windows_of(window, win_length, framing.n_fft, like=y, xp=xp)
    middle = samples[framing.n_fft // 2]
    ops.require(middle != 0, f"window={window!r} must not be 0 in its middle", xp=xp)
    S = analyze(y, framing, framing.n_fft, samples / middle, xp=xp)
    slopes = analyze(ops.fixed(y, xp=xp), framing, framing.n_fft, ops.fixed(derivative / middle, xp=xp), xp=xp)
    bins = constant_like(bin_frequencies, y, xp=xp, n_fft=framing.n_fft, sr=sr)
    phases = ops.unstack(constant_like(_middle_phases, y, xp=xp, n_fft=framing.n_fft), axis=0, xp=xp)
    own, *constants = (xp.expand_dims(row, axis=0) for row in (constant_like(_own_places, y, xp=xp, rows=rows), bins, *phases))
    return xp.matrix_transpose(squeezed(S, slopes, rows, own, partial(_off_bins, sr=sr), _turned_back, *constants, axis=-2, xp=xp))


def _off_bins(turns: Array, bins: Array, *_phases: Array, sr: float, xp: ModuleType) -> Array:
    """Frequencies in Hz that lie so many radians a sample above those of the bins."""
    return bins + turns * (sr / (2 * math.pi))


def _turned_back(S: Array, _bins: Array, cosines: Array, sines: Array, *, xp: ModuleType) -> Array:
    """What each bin is in the sample in the middle of the frame."""
    re, im = xp.real(S), xp.imag(S)
    return ops.to_complex(re * cosines - im * sines, im * cosines + re * sines, xp=xp)


def _middle_phases(*, n_fft: int) -> Array:
    """Cosines and sines of bins in the middle of a frame, over `n_fft`; those of bins that stand for
    negative frequencies, too, count twice.
    """
    bins = host.arange(1 + n_fft // 2)
    turns = bins * (n_fft // 2) % n_fft * (2 * math.pi / n_fft)
    count = host.where((bins == 0) | (2 * bins == n_fft), 1.0, 2.0) / n_fft
    sines = host.sin(turns) if n_fft % 2 else host.zeros(bins.shape[0])
    return host.stack([host.cos(turns) * count, sines * count])


# --- back to signals ------------------------------------------------------------------------------


def components(T: Array, ridges: Array | None, bandwidth: int, *, xp: ModuleType) -> Array:
    """The real parts of sums over rows (..., frequency, time): of all (..., time), or of those near each of
    some ridges (..., ridge, time).
    """
    values = xp.real(T)
    if ridges is None:
        return xp.sum(values, axis=-2)
    parts = [
        xp.sum(xp.where(_near(ridge, bandwidth, values, xp=xp), values, 0.0), axis=-2) for ridge in ops.unstack(ridges, axis=-2, xp=xp)
    ]
    return xp.stack(parts, axis=-2)


def _near(ridge: Array, bandwidth: int, values: Array, *, xp: ModuleType) -> Array:
    """Which rows of values (..., row, time) are at most so many from a ridge (..., time)."""
    rows = xp.reshape(xp.arange(values.shape[-2], dtype=ridge.dtype, device=device_of(values)), (-1, 1))
    return xp.abs(rows - xp.expand_dims(ridge, axis=-2)) <= bandwidth


def longest_jump(n_rows: int, penalty: float) -> int:
    """How many rows a best path may jump at once, if its jumps are counted in rows.

    With scores that differ by R at most, moving one row of a path to the middle between those before and
    after it saves the penalty times half the square of the difference of its jumps, less a half for
    rounding. In a best path this is R at most, so that jumps differ from the next by ``A = sqrt(2 R /
    penalty + 1)`` at most, and the last one, which could be left out, is smaller than that. A jump V is
    followed by others of V - A, V - 2 A, … at least: ``V**2 / (2 A)`` rows in all, of which there are
    `n_rows` - 1.
    """
    if penalty == 0:
        return n_rows - 1
    change = math.sqrt(-2 * math.log(FAINTEST) / penalty + 1)
    return min(n_rows - 1, math.floor(math.sqrt(2 * change * (n_rows - 1))))


def ridges_of(T: Array, positions: Array, penalty: float, n_ridges: int, bandwidth: int, *, furthest: int, xp: ModuleType) -> Array:
    """Rows (..., ridge, time) of the paths of most energy in T (..., row, time), one after the other, which
    jump over `furthest` rows at most.

    A path is worth the sum of the logarithms of its energies, less the penalty times the squares of its
    jumps between the rows' positions: Viterbi's algorithm finds the best.
    """
    sizes = ops.modulus(ops.fixed(T, xp=xp), xp=xp)
    loudest = xp.max(sizes, axis=(-2, -1), keepdims=True)
    shares = sizes / xp.where(loudest > 0, loudest, 1.0)
    scores = xp.log(ops.at_least(shares * shares, FAINTEST, xp=xp))
    jumps = xp.expand_dims(positions, axis=-1) - positions
    start, steps = xp.zeros_like(positions), -penalty * jumps * jumps
    count = positions.shape[0]
    runs = ((0, furthest + 1), (count - furthest, furthest)) if 2 * furthest + 1 < count else ((0, count),)
    found = []
    for _ in range(n_ridges):
        ridge, _ = decoded(xp.matrix_transpose(scores), start, steps, runs=runs, xp=xp)
        found.append(ridge)
        scores = xp.where(_near(ridge, bandwidth, scores, xp=xp), math.log(FAINTEST), scores)
    return xp.stack(found, axis=-2)
