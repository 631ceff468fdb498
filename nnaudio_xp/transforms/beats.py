"""Beat tracking by dynamic programming, on the host.

A beat's score is how strong the onset there is, plus the best score of a beat before it, less a
penalty for how far their distance is from the tempo's (D. Ellis, "Beat tracking by dynamic
programming", Journal of New Music Research 36(1), 2007). No beat follows another within half a
period: so many frames at a time need nothing but the scores before them.
"""

from __future__ import annotations

import math

from .. import ops
from .._namespace import Array, host
from ..geometry import Framing
from .peaks import rising_above


def tracked(envelope: Array, periods: Array, tightness: float, *, trim: bool) -> Array:
    """Which frames of an envelope (n,) are beats, for periods (1,) or (n,) in frames."""
    spread = host.std(envelope, correction=1) if envelope.shape[0] > 1 else envelope[0] * 0
    scores = _smoothed(envelope / (spread + host.finfo(envelope.dtype).smallest_normal), periods)
    total, before = _accumulated(scores, periods, tightness)
    beats, place = [], _last(total)
    while place >= 0:
        beats.append(place)
        place = before[place]
    return _trimmed(scores, sorted(beats), trim=trim)


def _smoothed(envelope: Array, periods: Array) -> Array:
    """Sums of an envelope's neighbours under a bell of the width of a 32nd of the period; the first
    frame counts as 0.
    """
    n = envelope.shape[0]
    values = host.where(host.arange(n) == 0, host.zeros_like(envelope), envelope)
    if periods.shape[0] == 1:
        return _smoothed_by(values, int(periods[0]))
    by_period = {period: _smoothed_by(values, period) for period in sorted({int(period) for period in periods.tolist()})}
    return host.stack([by_period[int(period)][place] for place, period in enumerate(periods.tolist())])


def _smoothed_by(values: Array, period: int) -> Array:
    offsets = host.arange(-period, period + 1, dtype=host.float64)
    bell = host.astype(host.exp(-0.5 * (offsets * 32.0 / max(period, 1)) ** 2), values.dtype)
    around = ops.pad(values, period, period, "constant", xp=host)
    return ops.correlate(around, bell[None, :], Framing(2 * period + 1, 1, center=False), xp=host)[:, 0]


def _accumulated(scores: Array, periods: Array, tightness: float) -> tuple[Array, list[int]]:
    """The best score of a series of beats that ends on each frame, and the beat before it, -1 if there
    is none.
    """
    n, varying = scores.shape[0], periods.shape[0] > 1
    nearest, longest = max(1, round(float(host.min(periods)) / 2)), int(2 * host.max(periods))
    lags = host.arange(nearest, longest + 1)
    totals = host.full(longest, -math.inf, dtype=host.float64)
    links: list[Array] = []
    for start in range(0, n, nearest):
        frames = host.arange(start, min(start + nearest, n))
        period = (periods[frames] if varying else periods)[:, None]
        penalty = tightness * (host.log(lags) - host.log(period)) ** 2
        known = totals[frames[:, None] + longest - lags[None, :]]
        allowed = (lags >= host.round(period / 2)) & (lags <= 2 * period)
        worth = host.where(allowed, known - penalty, -math.inf)
        best = host.argmax(worth, axis=1)
        gained = host.take_along_axis(worth, best[:, None], axis=1)[:, 0]
        linked = gained > -math.inf
        found = host.astype(scores[frames] + host.where(linked, gained, 0.0), scores.dtype)
        totals = host.concat([totals, host.astype(found, host.float64)])
        links.append(host.where(linked, frames - lags[best], -1))
    before = host.concat(links)
    begun = host.cumulative_sum(host.astype(scores >= 0.01 * host.max(scores), host.int64)) > 0
    return host.astype(totals[longest:], scores.dtype), host.where(begun, before, -1).tolist()


def _last(total: Array) -> int:
    """The last local maximum of the scores that is at least half as high as their median one."""
    tops = host.nonzero(rising_above(total, host.greater, host.greater_equal, xp=host))[0]
    if not tops.shape[0]:
        return int(total.shape[0]) - 1
    high = tops[total[tops] >= 0.5 * host.median(total[tops])]
    return int(high[-1]) if high.shape[0] else int(total.shape[0]) - 1


def _trimmed(scores: Array, beats: list[int], *, trim: bool) -> Array:
    """Which frames are beats, without those before the first strong frame and behind the last one."""
    n = scores.shape[0]
    threshold = 0.0
    if trim:
        strengths = ops.pad(scores[host.asarray(beats)], 3, 3, "constant", xp=host)
        smooth = strengths[3:-1] + 0.5 * (strengths[2:-2] + strengths[4:])
        threshold = 0.5 * math.sqrt(float(host.mean(smooth**2)))
    strong = host.nonzero(scores > threshold)[0]
    chosen = [place for place in beats if strong.shape[0] and strong[0] <= place <= strong[-1]]
    places = host.arange(n)
    return host.any(places[:, None] == host.asarray(chosen, dtype=places.dtype)[None, :], axis=1)
