"""Axes of the combined frequency and periodicity, and the banks that bring both of them to one
logarithmic frequency axis.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import count, takewhile

from .._backends import decided_once
from .._namespace import Array, host
from ..errors import LISTED, ParameterError, as_integer, as_positive, check_size
from .mel import triangles


def row_frequencies(*, fc: float, tc: float, bins_per_octave: int) -> list[float]:
    """Frequencies in Hz from `fc` on and below 1 / `tc`: those of the rows, and one more as the
    last row's corner.
    """
    low, high, per_octave = as_positive("fc", fc), 1 / as_positive("tc", tc), as_integer("bins_per_octave", bins_per_octave)
    octaves = math.log2(high) - math.log2(low)
    check_size("the rows", [max(0.0, octaves * per_octave)], f"bins_per_octave={per_octave}, fc={fc!r}, tc={tc!r}", each=LISTED)
    frequencies = list(takewhile(lambda hertz: hertz < high, (low * 2 ** (k / per_octave) for k in count())))
    if len(frequencies) < 2:
        raise ParameterError(f"tc={tc!r} is too long: 1 / tc must be more than an octave / {per_octave} above fc={fc!r} Hz")
    return frequencies


@dataclass(frozen=True)
class CombinedAxes:
    """Bins of a spectrum, bins of its cepstrum, and the rows of the result, from `fc` up to 1 /
    `tc`, `bins_per_octave` in an octave.
    """

    sr: float
    fr: float
    fc: float
    tc: float
    bins_per_octave: int

    def __post_init__(self) -> None:
        sr, fr, tc = as_positive("sr", self.sr), as_positive("fr", self.fr), as_positive("tc", self.tc)
        if 1 / tc > sr / 2:
            raise ParameterError(f"tc={self.tc!r} must be at least 2 / sr = {2 / sr:g} seconds")
        check_size("the bins", [sr / fr], f"sr={sr:g}, fr={fr:g}", each=LISTED)
        rows = row_frequencies(fc=self.fc, tc=tc, bins_per_octave=self.bins_per_octave)
        if self.n_periods > self.n_fft // 2:
            raise ParameterError(f"fc={self.fc!r} must be above 2 * fr = {2 * fr:g} Hz: longer periods do not fit half of sr / fr samples")
        decided_by = f"bins_per_octave={self.bins_per_octave}, sr={sr:g}, fr={fr:g}"
        check_size("the filter banks", [len(rows), self.n_frequencies + self.n_periods], decided_by)

    @property
    def n_fft(self) -> int:
        """Samples of a frame."""
        return int(self.sr / self.fr)

    @property
    def n_frequencies(self) -> int:
        """Bins of the spectrum that the rows are made of."""
        return min(round(1 / self.tc / self.fr) + 1, self.n_fft // 2)

    @property
    def n_periods(self) -> int:
        """Bins of the cepstrum that the rows are made of."""
        return round(self.sr / self.fc) + 1

    @property
    def first_frequency(self) -> int:
        """The first bin of a spectrum that is not set to zero."""
        return round(self.fc / self.fr)

    @property
    def first_period(self) -> int:
        """The first bin of a cepstrum that is not set to zero."""
        return round(self.sr * self.tc)

    @property
    def frequencies(self) -> list[float]:
        """Bins of the spectrum in Hz, as Su and Yang's programs place them: n_fft // 2 of them from
        0 up to sr / 2 itself.
        """
        return [self.sr / 2 * k / (self.n_fft // 2 - 1) for k in range(self.n_frequencies)]

    @property
    def periods(self) -> list[float]:
        """Bins of the cepstrum in seconds."""
        return [k / self.sr for k in range(self.n_periods)]

    @property
    def corners(self) -> list[float]:
        """Row k is a triangle over corners k, k + 1 and k + 2, in Hz."""
        below = self.fc * 2 ** (-1 / self.bins_per_octave)
        return [below, *row_frequencies(fc=self.fc, tc=self.tc, bins_per_octave=self.bins_per_octave)]


axes_of = decided_once(16)(CombinedAxes)


def frequency_bank(*, axes: CombinedAxes) -> Array:
    """Rows from bins of a spectrum, (rows, n_frequencies). One whose corners are nearest to one and
    the same bin is that bin.
    """
    corners = host.asarray(axes.corners, dtype=host.float64)
    nearest = host.reshape(host.asarray([round(hertz / axes.fr) for hertz in axes.corners]), (-1, 1))
    wide = triangles(corners, host.asarray(axes.frequencies, dtype=host.float64))
    narrow = host.astype(host.arange(axes.n_frequencies) == nearest[:-2, :], host.float64)
    return host.where(nearest[:-2, :] == nearest[2:, :], narrow, wide)


def period_bank(*, axes: CombinedAxes) -> Array:
    """Rows from bins of a cepstrum, (rows, n_periods): bin k is at sr / k Hz. Rows between two of
    them stay empty.
    """
    hertz = host.asarray([math.inf, *(axes.sr / k for k in range(1, axes.n_periods))], dtype=host.float64)
    return triangles(host.asarray(axes.corners, dtype=host.float64), hertz)
