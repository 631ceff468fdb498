"""Pitches: spectral peaks, how far they lie from concert pitch, and the salience of pitches where
several sound.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from types import ModuleType
from typing import Any

from ._backends import at_full_precision, made_outside_graphs
from ._namespace import Array, Device, Dtype, as_floating, check_spectrum, half_by_single, host, place
from .errors import ParameterError, as_integer, as_number, as_positive
from .kernels.cfp import axes_of, frequency_bank, period_bank, row_frequencies
from .transforms.cfp import CombinedSpectrogram, checked_exponents, checked_framing, combinations, symmetric_window
from .transforms.constants import constant_like
from .transforms.inputs import signal_of, spectrogram_of
from .transforms.tuning import bin_edges, fullest_bin, peak_floor, peaks, tunings


@at_full_precision
def piptrack(
    *,
    y: Array | None = None,
    sr: float = 22050,
    S: Array | None = None,
    n_fft: int = 2048,
    hop_length: int | None = None,
    fmin: float = 150.0,
    fmax: float = 4000.0,
    threshold: float = 0.1,
    win_length: int | None = None,
    window: Any = "hann",
    center: bool = True,
    pad_mode: Any = "constant",
    ref: float | Callable[..., Array] | None = None,
) -> tuple[Array, Array]:
    """Pitches and magnitudes of spectral peaks, between the bins by a parabola through a peak and
    its two neighbours.

    Parameters
    ----------
    y : array of shape (..., n), real floating-point
        Waveform, or a batch of them. Either `y` or `S` must be given.
    sr : float > 0, Hz
        Sampling rate.
    S : array of shape (..., 1 + n_fft // 2, time)
        A spectrogram to use instead; `n_fft` then comes from its shape.
    n_fft, hop_length, win_length, window, center, pad_mode
        As for `nnaudio_xp.stft`.
    fmin, fmax : float, Hz
        Where peaks are looked for: ``fmin <= f < fmax``, at most up to sr / 2.
    threshold : float
        A peak is louder than this times the largest magnitude of its frame.
    ref : float or function, optional
        A fixed threshold instead, or a function that is called as ``ref(S, axis=-2)`` in the place
        of the maximum.

    Returns
    -------
    pitches, magnitudes : array of shape (..., 1 + n_fft // 2, time)
        In Hz, and in the unit of the spectrogram; zero where there is no peak.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 442 * np.arange(22050) / 22050)
    >>> pitches, magnitudes = nax.piptrack(y=y)
    >>> round(float(pitches[:, 20].max()), 1)
    441.9
    """
    xp, S, search = _search(
        y=y,
        sr=sr,
        S=S,
        n_fft=n_fft,
        hop_length=hop_length,
        fmin=fmin,
        fmax=fmax,
        threshold=threshold,
        win_length=win_length,
        window=window,
        center=center,
        pad_mode=pad_mode,
        ref=ref,
    )
    return peaks(S, *search, xp=xp)


def _search(
    *,
    y: Array | None,
    sr: float,
    S: Array | None,
    n_fft: int,
    hop_length: int | None = None,
    fmin: float = 150.0,
    fmax: float = 4000.0,
    threshold: float = 0.1,
    ref: Any = None,
    **framing: Any,
) -> tuple[ModuleType, Array, tuple[Any, float, float, float]]:
    """The spectrogram in which peaks are looked for; what they must exceed, the distance of its
    bins in Hz, and the range of frequencies.
    """
    sr = as_positive("sr", sr)
    low, high = as_number("fmin", fmin, minimum=0), min(as_number("fmax", fmax), sr / 2)
    options = {"win_length": None, "window": "hann", "center": True, "pad_mode": "constant", **framing}
    magnitudes = None if S is None else check_spectrum(S, name="S").abs(S)
    xp, S, n_fft = spectrogram_of(y, magnitudes, n_fft=n_fft, hop_length=hop_length, power=1, **options)
    if S.shape[-2] < 2:
        raise ParameterError(f"S has {S.shape[-2]} frequency: peaks need at least 2")
    return xp, S, (peak_floor(S, threshold, ref, xp=xp), sr / n_fft, low, high)


@at_full_precision
@half_by_single
def pitch_tuning(frequencies: Any, *, resolution: float = 0.01, bins_per_octave: int = 12) -> Array:
    """Deviation from concert pitch that most of a collection of frequencies share, in bins.

    The fullest bin of a histogram of the frequencies' deviations from equal temperament with A4 at
    440 Hz.

    Parameters
    ----------
    frequencies : number or array of any shape, Hz
        Those that are not positive do not count.
    resolution : float, 0 < resolution < 1
        Width of the histogram's bins; 0.01 is a cent with 12 bins per octave.
    bins_per_octave : int > 0

    Returns
    -------
    float or 0-d array, -0.5 <= tuning < 0.5
        In the input's library; 0, for NumPy arrays with a warning, if no frequency counts.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.pitch_tuning(nax.cqt_frequencies(24, fmin=55, tuning=0.25))
    np.float64(0.25)
    """
    xp, hertz = as_floating(frequencies, name="frequencies")
    hertz = xp.reshape(hertz, (-1,))
    edges = bin_edges(resolution, like=hertz, xp=xp)
    return fullest_bin(hertz, hertz > 0, edges, as_integer("bins_per_octave", bins_per_octave), xp=xp)


@at_full_precision
def estimate_tuning(
    *,
    y: Array | None = None,
    sr: float = 22050,
    S: Array | None = None,
    n_fft: int = 2048,
    resolution: float = 0.01,
    bins_per_octave: int = 12,
    **kwargs: Any,
) -> Array:
    """Deviation of a signal's tuning from concert pitch, in bins: `pitch_tuning` of the louder half
    of its spectral peaks.

    Every clip of a batch has its own; librosa gives all of them one number.

    Parameters
    ----------
    y : array of shape (..., n), real floating-point
        Waveform, or a batch of them. Either `y` or `S` must be given.
    sr : float > 0, Hz
        Sampling rate.
    S : array of shape (..., 1 + n_fft // 2, time)
        A spectrogram to use instead.
    n_fft : int > 0
        Samples in a frame.
    resolution, bins_per_octave
        As for `pitch_tuning`.
    **kwargs
        As for `piptrack`.

    Returns
    -------
    float or array of the batch's shape, -0.5 <= tuning < 0.5
        In the input's library; 0, for NumPy arrays with a warning, for a clip without peaks.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 446 * np.arange(22050) / 22050)
    >>> round(float(nax.estimate_tuning(y=y)), 2)
    0.21
    """
    xp, S, search = _search(y=y, sr=sr, S=S, n_fft=n_fft, **kwargs)
    edges = bin_edges(resolution, like=S, xp=xp)
    return tunings(S, *search, edges, as_integer("bins_per_octave", bins_per_octave), xp=xp)


@at_full_precision
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
) -> Array | CombinedSpectrogram:
    r"""Combined frequency and periodicity: a pitch salience that harmonics and sub-harmonics hardly
    disturb.

    A harmonic sound has its pitch's multiples in the spectrum, and its divisors in the spectrum's
    own transform, the generalised cepstrum. The product of both leaves the pitch itself (Su & Yang,
    "Combining spectral and temporal representations for multipitch estimation of polyphonic music",
    IEEE/ACM Trans. Audio, Speech and Language Processing 23(10), 2015):

    .. math:: S_0 = |X|^{g_0}, \qquad S_i = \max(0, \mathrm{Re}\, F S_{i-1})^{g_i}

    with the unitary Fourier transform F of N = int(sr / fr) points. Odd layers are cepstra, of
    which the first ``sr * tc`` points at both ends are set to zero; even ones are spectra, without
    their first ``fc / fr`` points. Triangles on a logarithmic axis bring the last of each kind to
    the same rows.

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
        Whether to return more than the combination: the magnitudes of the STFT, the last spectrum
        and the last cepstrum, on the same rows.

    Returns
    -------
    array [shape=(..., row, time)], real; with `parts`, a named tuple of four: combined, magnitudes, spectral, temporal
        In the input's library, device and precision (float32 for half precision), with
        ``time = 1 + n // hop_length`` for even N. Row k is at ``fc * 2**(k / bins_per_octave)`` Hz:
        see `cfp_frequencies`. Where two neighbouring periods are further apart than rows, some rows
        are zero. Gradients are finite, also in silence.

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
    >>> salience = nax.cfp(y)
    >>> salience.shape
    (174, 51)
    >>> float(nax.cfp_frequencies()[np.argmax(salience[:, 25])])
    160.0
    """
    axes = axes_of(sr, fr, fc, tc, bins_per_octave)
    framing = checked_framing(axes, hop_length, win_length, name="win_length")
    exponents = checked_exponents(g)
    xp, y = signal_of(y)
    window = constant_like(symmetric_window, y, xp=xp, win_length=win_length)
    banks = (constant_like(frequency_bank, y, xp=xp, axes=axes), constant_like(period_bank, y, xp=xp, axes=axes))
    found = combinations(y, window, banks, framing, axes, exponents, xp=xp)
    return found if parts else found.combined


@made_outside_graphs
def cfp_frequencies(
    *,
    fc: float = 80,
    tc: float = 1 / 1000,
    bins_per_octave: int = 48,
    xp: ModuleType | None = None,
    dtype: Dtype = None,
    device: Device = None,
) -> Array:
    """Frequencies of the rows of `cfp`: ``fc * 2**(k / bins_per_octave)``. One more, the last row's
    corner, would lie below 1 / `tc`, too.

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
