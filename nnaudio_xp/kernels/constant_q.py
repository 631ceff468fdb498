"""Constant-Q atoms: windowed complex exponentials whose lengths follow their frequencies."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from .._namespace import Array, default_namespace
from ..errors import ParameterError, as_number, as_positive, one_of
from ..windows import get_window, window_bandwidth

LENGTHS = ("librosa", "nnaudio")
LOWEST_C = 440 * 2 ** (-45 / 12)
"""C1 in Hz, where constant-Q transforms begin by default."""

ERB_OFFSET = 24.7 / 0.108
"""Hz that gamma=None adds to a relative bandwidth: the equivalent rectangular bandwidth's (Glasberg & Moore 1990)."""


class Atom(NamedTuple):
    """An atom in time: `samples[i]` (complex128, on the host) stands `start + i` samples after the frame's centre."""

    start: int
    samples: Array


def checked_frequencies(freqs: Any) -> list[float]:
    """Centre frequencies as ascending positive numbers."""
    hertz = [as_positive("freqs", frequency) for frequency in freqs]
    if not hertz or any(low > high for low, high in itertools.pairwise(hertz)):
        raise ParameterError(f"freqs={freqs!r} must be one or more frequencies in ascending order")
    return hertz


def relative_bandwidths(freqs: Any, *, bins_per_octave: int | None = None, lengths: str = "librosa") -> Array:
    """Bandwidth of each bin over its frequency, from the distance to its neighbours; a single bin's from `bins_per_octave`.

    With r the local frequency ratio of neighbours: (r² - 1) / (r² + 1) by librosa's definition, r - 1 by nnAudio's.
    """
    host = default_namespace()
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

    With Q = filter_scale / alpha: Q sr / (f + gamma / alpha), fractional by librosa's definition, rounded up by nnAudio's.
    """
    host = default_namespace()
    sr, filter_scale = as_positive("sr", sr), as_positive("filter_scale", filter_scale)
    hertz = host.asarray(checked_frequencies(freqs), dtype=host.float64)
    alpha = relative_bandwidths(freqs, lengths=lengths) if alpha is None else _checked_alpha(alpha, hertz)
    one_of("lengths", lengths, LENGTHS)
    offset = alpha * ERB_OFFSET if gamma is None else as_number("gamma", gamma, minimum=0)
    q = filter_scale / alpha
    cutoff = host.max(hertz * (1 + 0.5 * float(window_bandwidth(window)) / q) + 0.5 * offset)
    exact = q * sr / (hertz + offset / alpha)
    return host.ceil(exact) if lengths == "nnaudio" else exact, float(cutoff)


def check_cutoff(cutoff: float, sr: float, n_bins: int) -> None:
    """Raise if the main lobe of an atom reaches beyond the Nyquist frequency."""
    if cutoff > sr / 2:
        raise ParameterError(f"n_bins={n_bins} is too many: the top bin reaches up to {cutoff:.1f} Hz, beyond sr / 2 = {sr / 2:g} Hz")


def _checked_alpha(alpha: Any, hertz: Array) -> Array:
    """Relative bandwidths given as one number or one for each frequency."""
    host = default_namespace()
    values = host.asarray(alpha, dtype=host.float64)
    if values.shape not in ((), (1,), hertz.shape) or not bool(host.all(values > 0)):
        raise ParameterError(f"alpha={alpha!r} must be a positive number, or one for each of the {hertz.shape[0]} frequencies")
    return host.broadcast_to(values, hertz.shape)


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
    """The atoms of a constant-Q or variable-Q transform in float64, to be conjugated in the inner product with a signal.

    exp(2 pi i f t / sr) for t from floor(-L / 2) to, not including, floor(L / 2), under a periodic window of as many samples,
    divided by its p-norm. By nnAudio's definition without a norm (None or 0): divided by L.
    """
    sizes, _ = wavelet_lengths(freqs, sr=sr, window=window, filter_scale=filter_scale, gamma=gamma, alpha=alpha, lengths=lengths)
    return [
        _atom(frequency / sr, float(size), window, norm, lengths) for frequency, size in zip(checked_frequencies(freqs), sizes, strict=True)
    ]


def _atom(frequency: float, length: float, window: Any, norm: float | None, lengths: str) -> Atom:
    """One atom, its frequency in turns per sample."""
    host = default_namespace()
    start, stop = math.floor(-length / 2), math.floor(length / 2)
    turns = frequency * host.arange(start, stop, dtype=host.float64)
    angles = 2 * math.pi * (turns - host.round(turns))
    samples = get_window(window, stop - start)
    if lengths == "nnaudio" and not norm:
        samples = samples / length
    elif norm is not None:
        size = float(host.linalg.vector_norm(samples, ord=norm))
        samples = samples / size if size > float(host.finfo(host.float64).smallest_normal) else samples
    return Atom(start, samples * (host.cos(angles) + 1j * host.sin(angles)))
