"""Fundamental frequencies: the periods at which frames differ least from themselves."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial
from types import ModuleType
from typing import Any

from .. import ops
from .._backends import decided_once, host_functions
from .._namespace import Array, device_of, host
from ..errors import ParameterError, as_integer, as_number, as_positive, check_size, warn
from ..geometry import Framing, padding_mode
from ..kernels.transitions import local_transition, loop_transition
from ..ops.decoding import Runs
from .constants import constant_like
from .decoding import decoded

LEAST_LOG = math.log(2.0**-1022)
"""The logarithm of the smallest normal number, which stands for that of 0 in every precision."""


@dataclass(frozen=True)
class Periods:
    """The lags of `framing` at which periods are looked for: from `first` to `last` samples."""

    framing: Framing
    sr: float
    fmin: float
    fmax: float

    @property
    def first(self) -> int:
        return math.floor(self.sr / self.fmax)

    @property
    def last(self) -> int:
        return min(math.ceil(self.sr / self.fmin), self.framing.n_fft - 1)

    def check_length(self, n_samples: int) -> None:
        """Raise unless the signal fills at least one frame."""
        if n_samples + 2 * self.framing.padding < self.framing.n_fft:
            raise ParameterError(
                f"y has {n_samples} samples: it must have at least frame_length={self.framing.n_fft} (with center=True about half of them)"
            )


def periods_of(sr: Any, fmin: Any, fmax: Any, frame_length: Any, hop_length: Any, center: Any, pad_mode: Any) -> Periods:
    """The checked frames and lags."""
    sr, fmin, fmax = as_positive("sr", sr), as_positive("fmin", fmin), as_positive("fmax", fmax)
    n = as_integer("frame_length", frame_length)
    check_size("a frame", [n], {"frame_length": n})
    hop = max(1, n // 4) if hop_length is None else as_integer("hop_length", hop_length)
    if fmax > sr / 2:
        raise ParameterError(f"fmax={fmax!r} must be at most sr / 2 = {sr / 2:g} Hz")
    if fmin >= fmax:
        raise ParameterError(f"fmin={fmin!r} must be below fmax={fmax:g} Hz")
    if sr / fmin >= n - 1:
        raise ParameterError(
            f"fmin={fmin!r} is too low for frame_length={n} and sr={sr:g}: it must be above {sr / max(1, n - 1):g} Hz, "
            f"or frame_length at least {math.floor(sr / fmin) + 2}"
        )
    if sr / fmin >= n // 2:
        warn(
            f"With fmin={fmin:g}, sr={sr:g} and frame_length={n}, less than two periods of fmin fit into a frame, which makes pitches "
            f"inaccurate: fmin={2 * sr / n:g} or frame_length={2 * math.ceil(sr / fmin) + 1} would be better"
        )
    return Periods(Framing(n, hop, bool(center), padding_mode("pad_mode", pad_mode)), sr, fmin, fmax)


def _heard(y: Array, *, xp: ModuleType) -> Array:
    """Clips whose squares would vanish, in units of their peaks: periods do not depend on loudness."""
    peak = xp.max(ops.fixed(xp.abs(y), xp=xp), axis=-1, keepdims=True)
    least = float(xp.finfo(y.dtype).smallest_normal)
    faint = (peak > least**0.8) & (peak < least**0.25)
    return y / xp.where(faint, peak, 1.0)


def _differences(frames: Array, first: int, last: int, *, xp: ModuleType) -> Array:
    """How much frames differ from themselves, lags from `first` to `last` later, over the mean of this
    at the lags so far (..., time, lag).
    """
    products = ops.autocorrelation(frames, last + 1, xp=xp)
    begin = frames[..., :last]
    squares = ops.running_sum(begin * begin, xp=xp)
    differences = 2 * (products[..., :1] - products[..., 1:]) - squares
    lags = xp.arange(first, last + 1, dtype=frames.dtype, device=device_of(frames))
    means = ops.running_sum(differences, xp=xp)[..., first - 1 :] / lags
    return ops.quotient(differences[..., first - 1 :], means + float(xp.finfo(frames.dtype).smallest_normal), xp=xp)


def _troughs(differences: Array, *, xp: ModuleType) -> tuple[Array, Array]:
    """Which lags are local minima (..., time, lag), and how far from each the lowest point of a
    parabola through it and its neighbours lies; 0 where that is more than a lag away.
    """
    before, here, after = differences[..., :-2], differences[..., 1:-1], differences[..., 2:]
    left, right = differences[..., :-1] > differences[..., 1:], differences[..., :-1] <= differences[..., 1:]
    rising = differences[..., :1] < differences[..., 1:2]
    troughs = xp.concat([rising, left[..., :-1] & right[..., 1:], left[..., -1:]], axis=-1)
    curve, slope = after + before - 2 * here, (after - before) / 2
    near = xp.abs(slope) < xp.abs(curve)
    shift = xp.where(near, ops.quotient(-slope, xp.where(near, curve, 1.0), xp=xp), 0.0)
    edge = xp.zeros_like(differences[..., :1])
    return troughs, xp.concat([edge, shift, edge], axis=-1)


def yin_frequencies(y: Array, periods: Periods, threshold: float, *, xp: ModuleType) -> Array:
    """The frequency of each frame (..., time)."""
    found = ops.blockwise(_heard(y, xp=xp), periods.framing, partial(_first_period, periods=periods, threshold=threshold), xp=xp)
    return periods.sr / found[..., 0]


def _first_period(frames: Array, *, periods: Periods, threshold: float, xp: ModuleType) -> Array:
    """The first local minimum below the threshold, or the lowest lag if there is none (..., time,
    1).
    """
    differences = _differences(frames, periods.first, periods.last, xp=xp)
    troughs, shifts = _troughs(differences, xp=xp)
    count = differences.shape[-1]
    lags = xp.arange(count, device=device_of(frames))
    first = xp.min(xp.where(troughs & (differences < threshold), lags, count), axis=-1, keepdims=True)
    lag = xp.where(first < count, first, xp.argmin(differences, axis=-1, keepdims=True))
    return periods.first + xp.astype(lag, frames.dtype) + ops.take_along(shifts, lag, xp=xp)


@dataclass(frozen=True)
class PitchStates:
    """The states of pYIN, `bins` to a semitone from `fmin` on, each voiced or not; and what it assumes
    of thresholds, of the periods below them, and of how pitches move.

    `beta` are the parameters of the thresholds' distribution, `decay` is by what every further period
    is the less likely.
    """

    sr: float
    fmin: float
    fmax: float
    hop_length: int
    n_thresholds: int
    beta: tuple[float, float]
    decay: float
    bins: int
    max_transition_rate: float
    switch_prob: float
    no_trough_prob: float
    transition_min_prob: float

    @property
    def count(self) -> int:
        """Bins; there are twice as many states."""
        return math.floor(12 * self.bins * math.log2(self.fmax / self.fmin)) + 1

    @property
    def width(self) -> int:
        """Bins that a pitch may reach from one frame to the next, to both sides together."""
        return round(self.max_transition_rate * 12 * self.hop_length / self.sr) * self.bins + 1


@decided_once(32)
def pitch_states(
    *,
    sr: float,
    fmin: float,
    fmax: float,
    hop_length: int,
    n_thresholds: Any,
    beta_parameters: Any,
    boltzmann_parameter: Any,
    resolution: Any,
    max_transition_rate: Any,
    switch_prob: Any,
    no_trough_prob: Any,
    transition_min_prob: Any,
) -> PitchStates:
    """The states of checked frames and periods, what is assumed of them checked, too."""
    try:
        a, b = beta_parameters
    except (TypeError, ValueError) as error:
        raise ParameterError(f"beta_parameters={beta_parameters!r} must be two positive numbers") from error
    states = PitchStates(
        sr,
        fmin,
        fmax,
        hop_length,
        as_integer("n_thresholds", n_thresholds),
        (as_positive("beta_parameters", a), as_positive("beta_parameters", b)),
        as_positive("boltzmann_parameter", boltzmann_parameter),
        math.ceil(1 / _share("resolution", resolution, above=0.0)),
        as_positive("max_transition_rate", max_transition_rate),
        _share("switch_prob", switch_prob),
        _share("no_trough_prob", no_trough_prob),
        0.0 if transition_min_prob is None else as_number("transition_min_prob", transition_min_prob, minimum=0),
    )
    check_size("the steps between pitches", [2 * states.count, 2 * states.count], {"resolution": resolution, "fmin": fmin, "fmax": fmax})
    if states.width > states.count:
        raise ParameterError(
            f"max_transition_rate={max_transition_rate!r} lets pitches move within {states.width} bins from frame to frame, more than "
            f"the {states.count} from fmin={fmin:g} to fmax={fmax:g}: it must be less, or hop_length={hop_length}"
        )
    return states


def _share(name: str, value: Any, *, above: float | None = None) -> float:
    number = as_number(name, value, above=above, minimum=0)
    if number > 1:
        raise ParameterError(f"{name}={value!r} must be at most 1")
    return number


def pitch_steps(*, states: PitchStates) -> Array:
    """Logarithms of the probabilities of steps between states; minus infinity for those that do not
    count.
    """
    count, least = states.count, states.transition_min_prob
    near = local_transition(n_states=count, width=states.width, window="triangle", wrap=False)
    switch = loop_transition(n_states=2, prob=1 - states.switch_prob)
    both = host.reshape(switch, (2, 1, 2, 1)) * host.reshape(near, (1, count, 1, count))
    smallest = math.exp(LEAST_LOG)
    logs = host.log(host.reshape(both, (2 * count, 2 * count)) + smallest)
    if least == 0:
        return logs
    counts = logs >= math.log(least + smallest)
    if not host.all(host.any(counts, axis=0)):
        raise ParameterError(f"transition_min_prob={least!r} leaves no step to some pitch: it must be less")
    return host.where(counts, logs, -math.inf)


@decided_once(32)
def _runs(states: PitchStates) -> Runs:
    steps = ops.constant(pitch_steps, xp=host, dtype=host.float64, device=device_of(host.empty(0)), large=True, states=states)
    return ops.steps_in_use(steps, xp=host)


def threshold_shares(*, count: int, beta: tuple[float, float]) -> Array:
    """The probability of each threshold."""
    return host.diff(host_functions().beta_cdf(host.linspace(0, 1, count + 1), *beta))


def _observations(frames: Array, shares: Array, *, periods: Periods, states: PitchStates, xp: ModuleType) -> Array:
    """The probability of each pitch (..., time, bin)."""
    n_bins = states.count
    differences = _differences(frames, periods.first, periods.last, xp=xp)
    troughs, shifts = _troughs(differences, xp=xp)
    lags = xp.arange(differences.shape[-1], device=device_of(frames))
    lowest = xp.argmin(xp.where(troughs, differences, math.inf), axis=-1, keepdims=True)
    troughs = troughs & ((differences < 1) | (lags == lowest))  # thresholds are at most 1

    # the troughs of each frame side by side
    limit = (differences.shape[-1] + 1) // 2
    ranks = ops.running_sum(xp.astype(troughs, lags.dtype), xp=xp)
    limit = max(1, ops.largest(ranks[..., -1:], limit, xp=xp))
    lag = ops.placed(xp.broadcast_to(lags, troughs.shape), xp.where(troughs, ranks - 1, limit), limit, xp=xp)
    exists = xp.arange(limit, device=device_of(frames)) < ranks[..., -1:]
    height = xp.where(exists, ops.take_along(differences, lag, xp=xp), math.inf)
    chances = _chances(height, exists & (lag == lowest), shares, states, xp=xp)

    period = periods.first + xp.astype(lag, frames.dtype) + ops.take_along(shifts, lag, xp=xp)
    octaves = xp.log2(periods.sr / periods.fmin / period)
    bins = xp.astype(xp.clip(xp.round(12 * states.bins * octaves), 0, n_bins), lags.dtype)
    following = xp.concat([xp.where(chances > 0, bins, -1)[..., 1:], xp.full_like(bins[..., :1], -1)], axis=-1)
    last = (chances > 0) & (bins != following)  # of several in a bin the longest period counts
    return ops.placed(chances, xp.where(last, bins, n_bins), n_bins, xp=xp)


def _chances(height: Array, is_lowest: Array, shares: Array, states: PitchStates, *, xp: ModuleType) -> Array:
    """The probability that a trough (..., time, trough) is the period, over all thresholds: of those
    below a threshold, the first is the most likely, and each is `decay` times less so than the one
    before it (a Boltzmann distribution).
    """
    count = states.n_thresholds
    thresholds = xp.linspace(0, 1, count + 1, dtype=height.dtype, device=device_of(height))[1:]
    above = xp.searchsorted(thresholds, height, side="right")  # the first threshold that a trough is below
    each = xp.arange(count, device=device_of(height))
    rows = ops.moveaxis(above, -1, 0, xp=xp)
    factor = math.exp(-states.decay)

    def further(weights: Array, row: Array) -> tuple[Array, Array]:
        below = xp.expand_dims(row, axis=-1) <= each
        taken = xp.sum(xp.where(below, weights, 0.0), axis=-1)
        return xp.where(below, weights * factor, weights), taken

    start = xp.ones((*height.shape[:-1], count), dtype=height.dtype, device=device_of(height))
    rest, _ = ops.scan(further, start, rows, xp=xp)
    some = rest < 1
    weights = xp.where(some, shares * (1 - factor) / xp.where(some, 1 - rest, 1.0), 0.0)
    _, chances = ops.scan(further, weights, rows, xp=xp)
    chances = ops.moveaxis(chances, 0, -1, xp=xp)
    missed = xp.concat([xp.zeros_like(shares[:1]), ops.running_sum(shares, xp=xp)])
    none = xp.reshape(xp.take(missed, xp.reshape(above, (-1,))), above.shape)
    return chances + xp.where(is_lowest, states.no_trough_prob * none, 0.0)


def pyin_path(y: Array, periods: Periods, states: PitchStates, *, xp: ModuleType) -> tuple[Array, Array]:
    """The states of the most likely path (..., time), and the probability that a frame is voiced."""
    shares = constant_like(threshold_shares, y, xp=xp, count=states.n_thresholds, beta=states.beta)
    observed = ops.blockwise(_heard(y, xp=xp), periods.framing, partial(_observations, periods=periods, states=states), shares, xp=xp)
    voiced = xp.clip(xp.sum(observed, axis=-1, keepdims=True), 0.0, 1.0)
    unvoiced = xp.broadcast_to(_log((1 - voiced) / states.count, xp=xp), observed.shape)
    scores = xp.concat([_log(observed, xp=xp), unvoiced], axis=-1)
    start = xp.full((2 * states.count,), -math.log(2 * states.count), dtype=scores.dtype, device=device_of(scores))
    steps = constant_like(pitch_steps, y, xp=xp, large=True, states=states)
    return decoded(scores, start, steps, runs=_runs(states), xp=xp)[0], voiced[..., 0]


def _log(probabilities: Array, *, xp: ModuleType) -> Array:
    some = probabilities > 0
    return xp.where(some, xp.log(xp.where(some, probabilities, 1.0)), LEAST_LOG)


def bin_frequencies(*, states: PitchStates) -> Array:
    return states.fmin * 2 ** (host.arange(states.count, dtype=host.float64) / (12 * states.bins))
