"""Combined frequency and periodicity: pitch as what both the spectrum and its cepstrum show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from types import ModuleType
from typing import Any, NamedTuple

from .. import ops
from .._namespace import Array, Device, Dtype, check_signal, device_of, host, place, real_dtype
from ..errors import ParameterError, as_integer, as_number, as_sequence
from ..geometry import Framing
from ..kernels.cfp import CombinedAxes, frequency_bank, period_bank, row_frequencies
from ..kernels.fourier import centered
from ..windows import get_window

LOG_FLOOR = 1e-8
"""What is added below the logarithm that stands for an exponent of 0."""


class CombinedPicture(NamedTuple):
    """Pictures (..., row, time): `spectral` times `temporal`, the STFT's magnitudes, the last spectrum, and the last cepstrum."""

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
) -> CombinedPicture:
    """The pictures of a signal, given a window and the banks of frequencies and of periods."""
    unit = centered(window / xp.sqrt(xp.sum(window * window)), framing.n_fft, xp=xp)
    pictures = ops.framewise(y, unit, framing, partial(_layers, axes=axes, g=g), *banks, xp=xp)
    magnitudes, spectral, temporal = map(xp.matrix_transpose, pictures)
    return CombinedPicture(spectral * temporal, magnitudes, spectral, temporal)


def _layers(
    magnitudes: Array, frequencies: Array, periods: Array, *, axes: CombinedAxes, g: tuple[float, ...], xp: ModuleType
) -> tuple[Array, Array, Array]:
    """Rows (..., time, row) of the magnitudes, of the last spectrum and of the last cepstrum. Odd layers are cepstra."""
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
    """The first half of a sequence whose first and last `first` numbers are set to zero, and that of its even part.

    The last number set to zero is the image of number `first`, which stays: half of it is even.
    """
    if first == 0:
        return half, half
    zeros, edge, others = xp.zeros_like(half[..., :first]), half[..., first : first + 1], half[..., first + 1 :]
    return xp.concat([zeros, edge, others], axis=-1), xp.concat([zeros, edge / 2, others], axis=-1)


def cfp(
    y: Array,
    *,
    sr: float = 16000,
    hop_length: int = 320,
    win_length: int = 2049,
    fr: float = 2,
    fc: float = 80,
    tc: float = 1 / 1000,
    g: Sequence[float] = (0.24, 0.6, 1),
    bins_per_octave: int = 48,
    parts: bool = False,
) -> Array | CombinedPicture:
    r"""Combined frequency and periodicity: a pitch salience that harmonics and sub-harmonics hardly disturb.

    A harmonic sound has its pitch's multiples in the spectrum, and its divisors in the spectrum's own transform, the generalised cepstrum.
    The product of both leaves the pitch itself (Su & Yang, "Combining spectral and temporal representations for multipitch estimation of
    polyphonic music", IEEE/ACM Trans. Audio, Speech and Language Processing 23(10), 2015):

    .. math:: S_0 = |X|^{g_0}, \qquad S_i = \max(0, \mathrm{Re}\, F S_{i-1})^{g_i}

    with the unitary Fourier transform F of N = int(sr / fr) points. Odd layers are cepstra, of which the first ``sr * tc`` points at both
    ends are set to zero; even ones are spectra, without their first ``fc / fr`` points. Triangles on a logarithmic axis bring the last of
    each kind to the same rows.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them.
    sr : float > 0 [Hz]
        Sampling rate.
    hop_length : int > 0 [samples]
        From one frame to the next. Frames are centred, with zeros around the signal.
    win_length : int, 0 < win_length <= sr / fr [samples]
        Length of the symmetric Blackman-Harris window, which is scaled to unit norm.
    fr : float > 0 [Hz]
        Distance of the bins of the spectrum.
    fc : float > 2 * fr [Hz]
        Lowest frequency.
    tc : float, 2 / sr <= tc < 1 / fc [s]
        Shortest period: rows end below 1 / `tc`.
    g : sequence of at least two floats >= 0
        An exponent for each layer; 0 stands for the logarithm (of 1e-8 and more).
    bins_per_octave : int > 0
        Rows in an octave.
    parts : bool
        Whether to return more than the combination: the magnitudes of the STFT, the last spectrum and the last cepstrum, on the same rows.

    Returns
    -------
    array [shape=(..., row, time)], real; with `parts`, a named tuple of four: combined, magnitudes, spectral, temporal
        In the input's library, device and precision (float32 for half precision), with ``time = 1 + n // hop_length`` for even N. Row k is
        at ``fc * 2**(k / bins_per_octave)`` Hz: see `cfp_frequencies`. Where two neighbouring periods are further apart than rows, some
        rows are zero. Gradients are finite, also in silence.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and, for NumPy arrays, on samples that are not finite.

    See Also
    --------
    cfp_frequencies : the frequencies of the rows.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> time = np.arange(16000) / 16000
    >>> y = sum(np.sin(2 * np.pi * 160 * k * time) for k in range(1, 9))
    >>> picture = nax.cfp(y)
    >>> picture.shape
    (174, 51)
    >>> float(nax.cfp_frequencies()[np.argmax(picture[:, 25])])
    160.0
    """
    xp = check_signal(y)
    axes = CombinedAxes(sr, fr, fc, tc, bins_per_octave)
    framing = checked_framing(axes, hop_length, win_length, name="win_length")
    exponents = checked_exponents(g)
    ops.require_finite(y, "y", xp=xp)
    y = xp.astype(y, real_dtype(y, xp), copy=False)
    target: dict[str, Any] = {"xp": xp, "dtype": y.dtype, "device": device_of(y)}
    window = ops.constant(symmetric_window, win_length=win_length, **target)
    banks = (ops.constant(frequency_bank, axes=axes, **target), ops.constant(period_bank, axes=axes, **target))
    pictures = combinations(y, window, banks, framing, axes, exponents, xp=xp)
    return pictures if parts else pictures.combined


def cfp_frequencies(
    *,
    fc: float = 80,
    tc: float = 1 / 1000,
    bins_per_octave: int = 48,
    xp: ModuleType | None = None,
    dtype: Dtype = None,
    device: Device = None,
) -> Array:
    """Frequencies of the rows of `cfp`: ``fc * 2**(k / bins_per_octave)``. One more, the last row's corner, would lie below 1 / `tc`, too.

    Parameters
    ----------
    fc, tc, bins_per_octave
        As for `cfp`.
    xp, dtype, device : optional
        Library (NumPy), dtype (float64) and device of the result.

    Returns
    -------
    array [shape=(rows,)], real [Hz]

    Raises
    ------
    ParameterError
        As `cfp` does.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.cfp_frequencies(fc=100, bins_per_octave=2).round(1).tolist()
    [100.0, 141.4, 200.0, 282.8, 400.0, 565.7]
    """
    frequencies = row_frequencies(fc=fc, tc=tc, bins_per_octave=bins_per_octave)[:-1]
    return place(host.asarray(frequencies, dtype=host.float64), xp=xp, dtype=dtype, device=device)
