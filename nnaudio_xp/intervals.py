"""Tunings as frequency ratios: equal temperament, stacked fifths and just intonation."""

from __future__ import annotations

import math
import operator
from collections.abc import Sequence
from functools import reduce
from types import ModuleType
from typing import Any

from ._backends import made_outside_graphs
from ._namespace import Array, Device, Dtype, host, place
from .errors import LISTED, as_integer, as_number, as_positive, as_sequence, check_octaves, check_size, one_of, plain

__all__ = ["interval_frequencies", "plimit_intervals", "pythagorean_intervals"]

JUST = {"ji3": (3,), "ji5": (3, 5), "ji7": (3, 5, 7)}
INTERVALS = ("equal", "pythagorean", *JUST)

Exponents = tuple[int, ...]


@made_outside_graphs
def interval_frequencies(
    n_bins: int,
    *,
    fmin: float,
    intervals: Any,
    bins_per_octave: int = 12,
    tuning: float = 0.0,
    sort: bool = True,
    xp: ModuleType | None = None,
    dtype: Dtype = None,
    device: Device = None,
) -> Array:
    """Frequencies whose ratios to `fmin` repeat in every octave.

    Parameters
    ----------
    n_bins : int > 0
        Number of frequencies.
    fmin : float > 0, Hz
        The lowest one, before tuning.
    intervals : {'equal', 'pythagorean', 'ji3', 'ji5', 'ji7'} or sequence of float > 0
        A tuning by name (``ji5`` is just intonation with the primes 3 and 5), or the ratios of one
        octave's bins.
    bins_per_octave : int > 0, default 12
        Bins of a named tuning; ratios come in their own number.
    tuning : float, default 0.0
        Deviation of ``'equal'``, in bins; the other tunings know none.
    sort : bool, default True
        Whether the frequencies ascend; False keeps the order in which the intervals were found or
        given.
    xp, dtype, device : optional
        Library (NumPy), dtype (float64) and device of the result.

    Returns
    -------
    array of shape (n_bins,), Hz

    Raises
    ------
    ParameterError
        If an argument is out of its range.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.interval_frequencies(4, fmin=55, intervals=[1, 1.5])
    array([ 55. ,  82.5, 110. , 165. ])
    >>> nax.interval_frequencies(3, fmin=55, intervals="pythagorean", bins_per_octave=3)
    array([55.   , 61.875, 82.5  ])
    """
    n_bins, lowest = as_integer("n_bins", n_bins), as_positive("fmin", fmin)
    check_size("the frequencies", [n_bins], f"n_bins={n_bins}", each=LISTED)
    ratios = [float(ratio) for ratio in _octave(intervals, as_integer("bins_per_octave", bins_per_octave), tuning, sort)]
    check_octaves(lowest, (n_bins - 1) // len(ratios) + 1, f"n_bins={n_bins}")
    frequencies = [lowest * 2.0 ** (k // len(ratios)) * ratios[k % len(ratios)] for k in range(n_bins)]
    return place(host.asarray(sorted(frequencies) if sort else frequencies, dtype=host.float64), xp=xp, dtype=dtype, device=device)


def _octave(intervals: Any, bins_per_octave: int, tuning: float, sort: bool) -> Sequence[float]:
    """The ratios of one octave."""
    shift = as_number("tuning", tuning)
    if not isinstance(intervals, str):
        return [as_positive("intervals", ratio) for ratio in as_sequence("intervals", intervals)]
    one_of("intervals", intervals, INTERVALS)
    check_size("the intervals", [bins_per_octave], f"bins_per_octave={bins_per_octave}", each=LISTED)
    if intervals == "equal":
        return [2.0 ** ((k + shift) / bins_per_octave) for k in range(bins_per_octave)]
    ratios = _ratios((3,), _fifths(bins_per_octave)) if intervals == "pythagorean" else _just(JUST[intervals], bins_per_octave)
    return sorted(ratios) if sort else ratios


@made_outside_graphs
def pythagorean_intervals(*, bins_per_octave: int = 12, sort: bool = True, return_factors: bool = False) -> Any:
    """Ratios of stacked fifths, brought into one octave: powers of 3 over powers of 2.

    Parameters
    ----------
    bins_per_octave : int > 0, default 12
        Number of intervals.
    sort : bool, default True
        Whether they ascend; False keeps the order of the fifths.
    return_factors : bool, default False
        Give the exponents of the primes instead of the ratios.

    Returns
    -------
    NumPy array of shape (bins_per_octave,), or list of dict {prime: exponent}

    Raises
    ------
    ParameterError
        If `bins_per_octave` is no positive integer.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.pythagorean_intervals(bins_per_octave=4)
    array([1.    , 1.125 , 1.5   , 1.6875])
    >>> nax.pythagorean_intervals(bins_per_octave=3, return_factors=True)
    [{2: 0, 3: 0}, {2: -3, 3: 2}, {2: -1, 3: 1}]
    """
    return _result((3,), _fifths(as_integer("bins_per_octave", bins_per_octave)), sort, return_factors, zeros=True)


@made_outside_graphs
def plimit_intervals(*, primes: Any, bins_per_octave: int = 12, sort: bool = True, return_factors: bool = False) -> Any:
    """Just intervals of given primes that are close to one another in harmonic distance.

    A crystal grown from the unison: each step adds the neighbour of what is there that has the
    least sum of harmonic distances (the sum of log2(p) times the difference of p's exponents) to it
    (J. Tenney, "On 'crystal growth' in harmonic space", 1993-1998).

    Parameters
    ----------
    primes : int or sequence of int
        The odd primes that ratios may be made of.
    bins_per_octave : int > 0, default 12
        Number of intervals.
    sort : bool, default True
        Whether they ascend; False keeps the order of growth.
    return_factors : bool, default False
        Give the exponents of the primes instead of the ratios.

    Returns
    -------
    NumPy array of shape (bins_per_octave,), or list of dict {prime: exponent}

    Raises
    ------
    ParameterError
        If an argument is out of its range.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.plimit_intervals(primes=[3, 5], bins_per_octave=4).round(4)
    array([1.    , 1.125 , 1.3333, 1.5   ])
    >>> nax.plimit_intervals(primes=3, bins_per_octave=3, sort=False, return_factors=True)
    [{}, {2: -1, 3: 1}, {2: 2, 3: -1}]
    """
    listed = [primes] if isinstance(plain(primes), int) else as_sequence("primes", primes)
    bases = tuple(as_integer("primes", prime, minimum=3) for prime in listed)
    return _result(bases, _crystal(bases, as_integer("bins_per_octave", bins_per_octave)), sort, return_factors, zeros=False)


def _fifths(count: int) -> list[Exponents]:
    check_size("the intervals", [count], f"bins_per_octave={count}", each=LISTED)
    return [(power,) for power in range(count)]


def _just(primes: tuple[int, ...], count: int) -> list[float]:
    return _ratios(primes, _crystal(primes, count))


def _crystal(primes: tuple[int, ...], count: int) -> list[Exponents]:
    """Exponents of `count` points of the lattice that the primes span, in the order in which they
    are taken.
    """
    # each of them is the nearest of about as many neighbours to all that were taken
    check_size("the distances", [count, count, count], f"bins_per_octave={count}")
    weights = [math.log2(prime) for prime in primes]

    def distance(a: Exponents, b: Exponents) -> float:
        return round(sum(weight * abs(p - q) for weight, p, q in zip(weights, a, b, strict=True)), 6)

    origin = (0,) * len(primes)
    taken, frontier = [origin], _neighbours(origin)
    while len(taken) < count:
        best, least = frontier[0], math.inf
        for point in frontier:
            # one after the other: where two points tie, librosa lets the rounding decide, and newer
            # Pythons' sum() rounds less
            total = reduce(operator.add, (distance(point, other) for other in taken))
            tied = math.isclose(total, least, rel_tol=1e-5) and distance(point, origin) < distance(best, origin)
            if total < least or tied:
                best, least = point, total
        frontier.remove(best)
        taken.append(best)
        frontier.extend(point for point in _neighbours(best) if point not in taken and point not in frontier)
    return taken[:count]


def _neighbours(point: Exponents) -> list[Exponents]:
    """The points one step away, along each prime up and down."""
    return [(*point[:i], point[i] + step, *point[i + 1 :]) for i in range(len(point)) for step in (1, -1)]


def _octave_logs(primes: tuple[int, ...], points: list[Exponents]) -> list[tuple[float, int]]:
    """For each point the octaves above the unison, from 0 to 1, and the power of two that brings it
    there.
    """
    logs = [sum(power * math.log2(prime) for prime, power in zip(primes, point, strict=True)) for point in points]
    return [(log - math.floor(log), -math.floor(log)) for log in logs]


def _ratios(primes: tuple[int, ...], points: list[Exponents]) -> list[float]:
    return [2.0**log for log, _ in _octave_logs(primes, points)]


def _result(primes: tuple[int, ...], points: list[Exponents], sort: bool, return_factors: bool, *, zeros: bool) -> Any:
    """The ratios, or the prime factors with their exponents, those that are 0 included or not."""
    logs = _octave_logs(primes, points)
    order = sorted(range(len(points)), key=lambda i: logs[i][0]) if sort else range(len(points))
    if return_factors:
        factors = [{2: logs[i][1], **dict(zip(primes, points[i], strict=True))} for i in order]
        return [{prime: power for prime, power in each.items() if power or zeros} for each in factors]
    return host.asarray([2.0 ** logs[i][0] for i in order], dtype=host.float64)
