"""Bands of a spectrum, clip by clip, so that only the result is as large as it is."""

from __future__ import annotations

from collections.abc import Sequence
from types import ModuleType

import numpy as np
import scipy.fft

from nnaudio_xp import ops
from nnaudio_xp.kernels.gabor import joined

from .._register import for_numpy as native
from .blocks import share_out
from .results import result
from .rows import Array


@native(ops.band_signals)
def band_signals(spectrum: Array, bins: Array, weights: Array, *, xp: ModuleType) -> Array:
    out = result((*spectrum.shape[:-1], *weights.shape), spectrum.dtype)

    def work(clips: Sequence[tuple[int, ...]]) -> None:
        for clip in clips:
            rows = spectrum[clip].take(bins).reshape(weights.shape)
            out[clip] = scipy.fft.ifft(np.multiply(rows, weights, out=rows), overwrite_x=True)

    share_out(work, list(np.ndindex(spectrum.shape[:-1])), out.size)
    return out


@native(ops.band_spectrum)
def band_spectrum(
    signals: Array,
    points: Array,
    weights: Array,
    spans: Sequence[tuple[int, int]],
    n: int,
    *,
    xp: ModuleType,
) -> Array:
    out = result((*signals.shape[:-2], n), signals.dtype)

    def work(clips: Sequence[tuple[int, ...]]) -> None:
        for clip in clips:
            values = scipy.fft.fft(signals[clip]).take(points)
            out[clip] = joined(np.multiply(values, weights, out=values), spans, n, xp=np)

    share_out(work, list(np.ndindex(signals.shape[:-2])), signals.size)
    return out
