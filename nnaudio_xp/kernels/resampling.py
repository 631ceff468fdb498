"""Resampling by powers of two, with the numbers of soxr and of scipy.signal.resample_poly, as
chains of FIR filters.

soxr's filters are sincs under Kaiser windows, whose parameters were read off impulse responses of
soxr 1.1: these filters repeat it to 3e-7 of the maximum, the noise of its single precision. It
takes 2**k to 1 in k - 1 steps by a short half-band filter and a last one by a sharp filter, and 1
to 2**k in a sharp step by 2 or 4 and a wide one by the rest. Filters are centred: no delay. Every
step begins at the signal's first sample, so what the filter before it rings ahead of that is lost;
what it rings behind the end is not.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import NamedTuple, TypeVar

from .._backends import decided_once
from .._namespace import Array, host
from ..errors import one_of
from ..windows import get_window

T = TypeVar("T")

BLOCK = 48
"""Least number of samples that a product with a Toeplitz matrix gives: fewer copy more of the
signal, more multiply more zeros.
"""

HALF_BANDS = {
    8: (0.311546524, -0.0873449177, 0.0368144585, -0.0151892046, 0.00545408556, -0.00156438626, 0.000318165759, -3.47994492e-05),
    9: (
        *(0.312270348, -0.0892215171, 0.039139704, -0.0172505585, 0.00685894402),
        *(-0.00230450496, 0.000609637405, -0.00011323804, 1.1197770e-05),
    ),
    11: (
        *(0.313335883751, -0.092035886806, 0.042765154284, -0.020673566147, 0.009422531424, -0.003856330994),
        *(0.001363470685, -0.000398740097, 0.000090586299, -0.000014285531, 0.000001183455),
    ),
    12: (
        *(0.313739299181, -0.093118219296, 0.044205057527, -0.022103912006, 0.010574730157, -0.004627669840),
        *(0.001793630226, -0.000596181996, 0.000163147598, -0.000034555786, 0.000005061883, -0.000000387701),
    ),
}
"""Weights at distances 1, 3, 5, … of the filters of the first steps down, by their number; 1/2 at 0
and 0 at other even distances.
"""


class Quality(NamedTuple):
    """How soxr filters at one of its qualities."""

    passband: float
    """Edge of the passband, as a share of the lower Nyquist frequency, which is where the stopband
    begins.
    """

    betas: tuple[float, ...]
    """Of the sharp filter's Kaiser window, in a chain of 1, 2, … steps."""

    halves: tuple[int, ...]
    """Taps on each side of the sharp filter at a ratio of 2, in a chain of 1, 2, … steps."""

    wide: tuple[float, int, int]
    """Of the wide filter: beta, and the input samples on each side behind a step by 2 and by 4."""

    half_bands: tuple[int, ...]
    """The half-band filters of chains of 2, 3, … steps."""


QUALITIES = {
    "soxr_hq": Quality(
        passband=0.913743647,
        betas=(13.04004, 13.7112, 14.10419, 14.38318, 14.59968, 14.77663, 14.92629, 15.05596, 15.17037, 15.27272),
        halves=(194, 204, 210, 214, 216, 220, 222, 224, 224, 226),
        wide=(14.05864, 9, 6),
        half_bands=(8, 8, 9),
    ),
    "soxr_lq": Quality(
        passband=1385 / 2048,
        betas=(10.42775, 11.09934, 11.49232, 11.77120, 11.98755, 12.16436, 12.31386, 12.44339, 12.55765, 12.65986),
        halves=(42, 44, 46, 48, 48, 48, 50, 50, 50, 50),
        wide=(11.28464, 7, 5),
        half_bands=(8,),
    ),
    "soxr_mq": Quality(
        passband=0.915881042,
        betas=(10.36267, 11.0306, 11.42168, 11.69932, 11.91477, 12.09086, 12.23979, 12.36883, 12.48268, 12.58454),
        halves=(158, 168, 174, 178, 182, 184, 186, 188, 190, 192),
        wide=(11.28464, 7, 5),
        half_bands=(8,),
    ),
    "soxr_vhq": Quality(
        passband=0.911328318,
        betas=(18.4335, 19.11122, 19.50805, 19.78977, 20.00839, 20.18708, 20.3382, 20.46915, 20.58467, 20.68803),
        halves=(266, 276, 282, 286, 288, 290, 294, 294, 296, 298),
        wide=(19.60633, 12, 9),
        half_bands=(11, 12),
    ),
}
RES_TYPES = (*QUALITIES, "polyphase")


@dataclass(frozen=True)
class Step:
    """A change of rate by up / down: the sum over n of ``up * h[down * m - up * n] * x[n]`` for
    every m.

    h is sin(pi cutoff k) / (pi k) for k up to `half` under a Kaiser window; with beta zero, a
    half-band filter.
    """

    up: int
    down: int
    half: int
    cutoff: float = 0.5
    beta: float = 0.0
    beyond: float = 0.5
    """How much further than `half` the Kaiser window reaches; without that (0), the taps are
    brought to sum 1, as SciPy does.
    """

    @property
    def outputs(self) -> int:
        """Samples made at once."""
        return -(-BLOCK // self.up) * self.up

    @property
    def hop(self) -> int:
        """Samples used up for these."""
        return self.outputs * self.down // self.up

    @property
    def reach(self) -> int:
        """Samples needed before and behind the first of a block."""
        return (self.half + (self.outputs - 1) * self.down) // self.up

    def inputs(self, outputs: int) -> int:
        """How many samples bear on so many of the result."""
        return ((outputs - 1) * self.down + self.half) // self.up + 1


def _entry(table: tuple[T, ...], index: int) -> T:
    """An entry of a table whose last one serves all that follow."""
    return table[min(index, len(table) - 1)]


@decided_once(64)
def steps(res_type: str, up: int, down: int) -> tuple[Step, ...]:
    """The steps that change a rate by up : 1 or 1 : down, powers of two."""
    one_of("res_type", res_type, RES_TYPES)
    factor = max(up, down)
    if factor == 1:
        return ()
    if res_type == "polyphase":
        return (Step(up, down, half=10 * factor, cutoff=1 / factor, beta=5.0, beyond=0.0),)
    quality = QUALITIES[res_type]

    def sharp(up: int, down: int, count: int) -> Step:
        ratio = max(up, down)
        beta, half = _entry(quality.betas, count - 1), _entry(quality.halves, count - 1)
        return Step(up, down, half=half * ratio // 2, cutoff=(1 + quality.passband) / (2 * ratio), beta=beta)

    if down > 1:
        before = down.bit_length() - 2
        half_band = Step(1, 2, half=2 * _entry(quality.half_bands, before - 1) - 1)
        return (*[half_band] * before, sharp(1, 2, before + 1))
    if up <= 4:
        return (sharp(up, 1, 1),)
    first = 2 if up == 8 else 4
    rest = up // first
    beta, *reaches = quality.wide
    cutoff = (2 - (1 - quality.passband) / first) / (2 * rest)
    return (sharp(first, 1, 2), Step(rest, 1, half=int(reaches[first // 4]) * rest, cutoff=cutoff, beta=beta))


def output_length(n: int, up: int, down: int, *, res_type: str) -> int:
    """Samples that the steps make of n: soxr rounds, which librosa makes up for with a zero, and
    SciPy rounds up.
    """
    return -(-n * up // down) if res_type == "polyphase" else (2 * n * up + down) // (2 * down)


def taps(step: Step) -> Array:
    """The filter h of a step, from -half to half."""
    if not step.beta:
        odd = [value for weight in HALF_BANDS[(step.half + 1) // 2] for value in (weight, 0.0)][:-1]
        return host.asarray([*reversed(odd), 0.5, *odd], dtype=host.float64)
    k = host.arange(-step.half, step.half + 1, dtype=host.float64)
    sinc = host.sin(math.pi * step.cutoff * k) / host.where(k == 0, 1.0, math.pi * k)
    sinc = host.where(k == 0, step.cutoff, sinc)
    if step.beyond:  # by half a tap: the window is sampled twice as densely, between its ends
        return sinc * get_window(("kaiser", step.beta), 4 * step.half + 3, fftbins=False)[1::2]
    weights = sinc * get_window(("kaiser", step.beta), 2 * step.half + 1, fftbins=False)
    return weights / host.sum(weights)


def resampling_matrix(*, res_type: str, up: int, down: int, index: int) -> Array:
    """The Toeplitz matrix (outputs, 2 reach + 1) of one step: its products with a frame of the
    signal, centred on the first.
    """
    return _toeplitz(steps(res_type, up, down)[index])


def _toeplitz(step: Step) -> Array:
    m = host.reshape(host.arange(step.outputs), (-1, 1))
    k = m * step.down - host.arange(-step.reach, step.reach + 1) * step.up
    used = host.abs(k) <= step.half
    h = step.up * taps(step)
    values = host.take(h, host.reshape(host.where(used, k + step.half, 0), (-1,)))
    return host.where(used, host.reshape(values, k.shape), 0.0)


@decided_once(64)
def changed_band(res_type: str, ratio: float) -> Step:
    """The sharp step 1 : 2 before interpolation to any rate, `ratio` times the signal's: what that
    does not hold is stopped.
    """
    quality, share = QUALITIES[one_of("res_type", res_type, tuple(QUALITIES))], min(1.0, ratio)
    return Step(2, 1, half=math.ceil(quality.halves[0] / share), cutoff=share * (1 + quality.passband) / 4, beta=quality.betas[0])


def changed_band_matrix(*, res_type: str, ratio: float) -> Array:
    """Its Toeplitz matrix."""
    return _toeplitz(changed_band(res_type, ratio))


WIDE_HALF, WIDE_PHASES = 13, 4096
"""Samples on each side of an interpolated one, which are twice as many as the signal's; and the points
between samples at which the weights are known.
"""


def wide_weights() -> Array:
    """Weights (phase, sample) of the neighbours of a point in a signal that is empty above half its
    Nyquist frequency: a sinc under a Kaiser window that lets no image above -180 dB through.
    """
    offsets = host.arange(1 - WIDE_HALF, WIDE_HALF + 1) - host.arange(WIDE_PHASES + 1)[:, None] / WIDE_PHASES
    sinc = host.sin(math.pi * offsets) / host.where(offsets == 0, 1.0, math.pi * offsets)
    at = host.abs(offsets) / WIDE_HALF * WIDE_PHASES
    samples = get_window(("kaiser", WIDE_BETA), 2 * WIDE_PHASES + 1, fftbins=False)[WIDE_PHASES:]
    below = host.astype(host.clip(host.floor(at), None, WIDE_PHASES - 1), host.int64)
    window = host.take(samples, host.reshape(below, (-1,))), host.take(samples, host.reshape(below + 1, (-1,)))
    low, high = (host.reshape(part, at.shape) for part in window)
    return host.where(offsets == 0, 1.0, sinc) * (low + (high - low) * (at - below))


WIDE_BETA = 18.9


def positions(*, n: int, ratio: float, oversampling: int) -> Array:
    """Where samples of the new rate lie among those of the old one."""
    return host.arange(n, dtype=host.float64) * (oversampling / ratio)


def phase_filter(*, up: int, down: int) -> Array:
    """Weights (phase, sample) of `scipy.signal.resample_poly`: sample m of the result lies on phase
    m * down % up.
    """
    half = 10 * max(up, down)
    h = up * taps(Step(up, down, half=half, cutoff=1 / max(up, down), beta=5.0, beyond=0.0))
    reach = half // up + 1
    k = host.arange(up)[:, None] - host.arange(-reach, reach + 1) * up
    used = host.abs(k) <= half
    return host.where(used, host.reshape(host.take(h, host.reshape(host.where(used, k + half, 0), (-1,))), k.shape), 0.0)
