"""Combined frequency and periodicity: spectra and cepstra of spectra in turn, brought to the same
rows.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from types import ModuleType
from typing import Any, NamedTuple

from .. import ops
from .._namespace import Array
from ..errors import ParameterError, as_integer, as_number, as_sequence
from ..geometry import Framing
from ..kernels.cfp import CombinedAxes
from ..kernels.fourier import centered
from ..windows import get_window

LOG_FLOOR = 1e-8
"""What is added below the logarithm that stands for an exponent of 0."""


class CombinedSpectrogram(NamedTuple):
    """Spectrograms (..., row, time): `spectral` times `temporal`, the STFT's magnitudes, the last
    spectrum, and the last cepstrum.
    """

    combined: Array
    magnitudes: Array
    spectral: Array
    temporal: Array


def checked_exponents(g: Sequence[float]) -> tuple[float, ...]:
    """At least one exponent for a spectrum and one for a cepstrum."""
    exponents = tuple(as_number("g", exponent, minimum=0) for exponent in as_sequence("g", g))
    if len(exponents) < 2:
        raise ParameterError(f"g={g!r} must have at least two exponents: a spectrum's and a cepstrum's")
    return exponents


def checked_framing(axes: CombinedAxes, hop_length: Any, win_length: Any, *, name: str) -> Framing:
    """Centred frames of sr / fr samples, which the window must fit."""
    if as_integer(name, win_length) > axes.n_fft:
        raise ParameterError(f"{name}={win_length!r} must be at most sr / fr = {axes.n_fft}")
    return Framing(axes.n_fft, as_integer("hop_length", hop_length))


def symmetric_window(*, win_length: int) -> Array:
    return get_window("blackmanharris", win_length, fftbins=False)


def combinations(
    y: Array, window: Array, banks: tuple[Array, Array], framing: Framing, axes: CombinedAxes, g: tuple[float, ...], *, xp: ModuleType
) -> CombinedSpectrogram:
    """The spectrograms of a signal, given a window and the banks of frequencies and of periods."""
    unit = centered(window / xp.sqrt(xp.sum(window * window)), framing.n_fft, xp=xp)
    rows = ops.framewise(y, unit, framing, partial(_layers, axes=axes, g=g), *banks, xp=xp)
    magnitudes, spectral, temporal = map(xp.matrix_transpose, rows)
    return CombinedSpectrogram(spectral * temporal, magnitudes, spectral, temporal)


def _layers(
    magnitudes: Array, frequencies: Array, periods: Array, *, axes: CombinedAxes, g: tuple[float, ...], xp: ModuleType
) -> tuple[Array, Array, Array]:
    """Rows (..., time, row) of the magnitudes, of the last spectrum and of the last cepstrum. Odd
    layers are cepstra.
    """
    firsts = (axes.first_frequency, axes.first_period)
    even = _compressed(magnitudes, g[0], xp=xp)
    latest = [even, even]
    for layer, exponent in enumerate(g[1:], start=1):
        unitary = ops.even_spectrum(even, axes.n_fft, xp=xp) / math.sqrt(axes.n_fft)
        compressed = _compressed(unitary, exponent, xp=xp)
        latest[layer % 2], even = _cut(compressed, firsts[layer % 2], xp=xp)
    spectra = (ops.banded(values[..., : axes.n_frequencies], frequencies, xp=xp) for values in (magnitudes, latest[0]))
    return *spectra, ops.banded(latest[1][..., : axes.n_periods], periods, xp=xp)


def _compressed(values: Array, exponent: float, *, xp: ModuleType) -> Array:
    """What is positive, to a power; its logarithm in place of the power of 0."""
    positive = ops.at_least(values, 0.0, xp=xp)
    return xp.log(positive + LOG_FLOOR) if exponent == 0 else ops.raised(positive, exponent, xp=xp)


def _cut(half: Array, first: int, *, xp: ModuleType) -> tuple[Array, Array]:
    """The first half of a sequence whose first and last `first` numbers are set to zero, and that
    of its even part.

    The last number set to zero is the image of number `first`, which stays: half of it is even.
    """
    if first == 0:
        return half, half
    zeros, edge, others = xp.zeros_like(half[..., :first]), half[..., first : first + 1], half[..., first + 1 :]
    return xp.concat([zeros, edge, others], axis=-1), xp.concat([zeros, edge / 2, others], axis=-1)
