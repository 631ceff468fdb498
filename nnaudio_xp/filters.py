"""Filter banks and windows: librosa.filters' names, keywords and defaults, for any array library."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

from . import ops
from ._namespace import Array, Device, Dtype, host, namespace, own_dtype, place, result_dtype
from .errors import ParameterError, as_integer, as_number, as_positive, as_sequence
from .geometry import framing_of
from .kernels import constant_q as kernels
from .kernels.fourier import centered
from .kernels.gammatone import gammatone_bank
from .kernels.mel import mel_bank
from .scales import cqt_frequencies, hz_to_midi
from .util import normalize, pad_center
from .windows import get_window, window_bandwidth

__all__ = [
    "constant_q",
    "constant_q_lengths",
    "cq_to_chroma",
    "gammatone",
    "get_window",
    "mel",
    "wavelet",
    "wavelet_lengths",
    "window_bandwidth",
    "window_sumsquare",
]


def mel(
    *,
    sr: float,
    n_fft: int,
    n_mels: int = 128,
    fmin: float = 0.0,
    fmax: float | None = None,
    htk: bool = False,
    norm: str | float | None = "slaney",
    dtype: Dtype = "float32",
    xp: ModuleType | None = None,
    device: Device = None,
) -> Array:
    """Mel filter bank: triangles whose corners are neighbouring points of the mel scale, evaluated at the DFT's frequencies.

    Computed in float64 and rounded once.

    Parameters
    ----------
    sr : float > 0 [Hz]
        Sampling rate.
    n_fft : int > 0
        Samples in a frame.
    n_mels : int > 0
        Number of bands.
    fmin, fmax : float, 0 <= fmin < fmax <= sr / 2 [Hz]
        Lowest and highest corner; `fmax` is sr / 2 by default.
    htk : bool
        The scale of HTK, ``2595 * log10(1 + f / 700)``, instead of Slaney's, which is linear below 1 kHz.
    norm : 'slaney', float > 0, inf or None
        Each band gets unit area in Hz ('slaney'), unit p-norm, or a peak of one at its centre frequency (None).
    dtype : real dtype
        Of the result.
    xp : array namespace, optional
        The library of the result; NumPy by default.
    device : optional
        The device of the result.

    Returns
    -------
    array [shape=(n_mels, 1 + n_fft // 2)], real

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> bank = nax.filters.mel(sr=22050, n_fft=2048, n_mels=40)
    >>> bank.shape, bank.dtype
    ((40, 1025), dtype('float32'))
    """
    dtype = result_dtype(dtype, "real floating", xp=namespace(xp=xp))
    return mel_bank(sr=sr, n_fft=n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax, htk=htk, norm=norm, xp=xp, dtype=dtype, device=device)


def gammatone(
    *,
    sr: float,
    n_fft: int,
    n_bins: int = 64,
    fmin: float = 20.0,
    fmax: float | None = None,
    htk: bool = False,
    norm: str | float | None = 1,
    dtype: Dtype = "float32",
    xp: ModuleType | None = None,
    device: Device = None,
) -> Array:
    """Gammatone filter bank: the magnitude responses of Slaney's filters of the ear [1]_, at the DFT's frequencies.

    Each filter is a gammatone of order four, with the bandwidth ``b = 1.019 * (24.7 + f / 9.26449)`` [2]_. With ``T = 1 / sr``,
    ``p = exp(T * (2j * pi * f - 2 * pi * b))`` and the four zeros ``z = abs(p) * (cos(2 * pi * f * T) + s * sin(2 * pi * f * T))``
    for ``s = ±sqrt(3 ± 2**1.5)``, its gain at ``u`` on the unit circle is ``prod(abs(u - z)) / abs((u - p) * (u - conj(p)))**4``, over
    that at f. Computed in float64 and rounded once.

    Parameters
    ----------
    sr : float > 0 [Hz]
        Sampling rate.
    n_fft : int > 0
        Samples in a frame.
    n_bins : int > 0
        Number of filters.
    fmin, fmax : float, 0 <= fmin < fmax <= sr / 2 [Hz]
        Range of the centre frequencies, as for `nnaudio_xp.gammatone_frequencies`; `fmax` is sr / 2 by default.
    htk : bool
        Centre frequencies evenly spaced on HTK's mel scale, instead of by the ear's bandwidths. Bandwidths remain the ear's.
    norm : {1, 'slaney', None, inf}
        A gain of ``1 / n_fft`` at the centre frequency (1), as in nnAudio and Ellis's programs [3]_, unit area in Hz ('slaney'), as
        `mel` has it, or a gain of one at the centre frequency (None or inf).
    dtype, xp, device
        As for `mel`.

    Returns
    -------
    array [shape=(n_bins, 1 + n_fft // 2)], real

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    References
    ----------
    .. [1] M. Slaney, "An efficient implementation of the Patterson-Holdsworth auditory filter bank", Apple Technical Report 35, 1993.
    .. [2] B. R. Glasberg and B. C. J. Moore, "Derivation of auditory filter shapes from notched-noise data", Hearing Research 47, 1990.
    .. [3] D. P. W. Ellis, "Gammatone-like spectrograms", 2009.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> bank = nax.filters.gammatone(sr=22050, n_fft=2048, n_bins=40)
    >>> bank.shape, bank.dtype
    ((40, 1025), dtype('float32'))
    """
    dtype = result_dtype(dtype, "real floating", xp=namespace(xp=xp))
    return gammatone_bank(sr=sr, n_fft=n_fft, n_bins=n_bins, fmin=fmin, fmax=fmax, htk=htk, norm=norm, xp=xp, dtype=dtype, device=device)


def window_sumsquare(
    *,
    window: Any,
    n_frames: int,
    hop_length: int = 512,
    win_length: int | None = None,
    n_fft: int = 2048,
    dtype: Dtype = "float32",
    norm: float | None = None,
    xp: ModuleType | None = None,
    device: Device = None,
) -> Array:
    """Overlap-added squares of a window: the modulation that the inverse short-time Fourier transform divides out.

    Parameters
    ----------
    window : str, tuple, number, callable or array
        As for `get_window`.
    n_frames : int > 0
        Number of frames.
    hop_length, win_length, n_fft
        As for `nnaudio_xp.stft`.
    dtype : real dtype
        Of the result.
    norm : float or None
        Norm to which the window is brought first, as for `nnaudio_xp.util.normalize`.
    xp, device
        As for `mel`.

    Returns
    -------
    array [shape=(n_fft + hop_length * (n_frames - 1),)], real

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.filters.window_sumsquare(window="hann", n_frames=6, hop_length=2, n_fft=8)[6:-6].tolist()
    [1.5, 1.5, 1.5, 1.5, 1.5, 1.5]
    """
    framing, width = framing_of(n_fft, hop_length, win_length, False, "constant")
    count = as_integer("n_frames", n_frames)
    samples = get_window(window, width)
    own = namespace(samples)
    total = ops.window_sum(centered(normalize(samples, norm=norm), framing.n_fft, xp=own), count, framing.hop_length, xp=own)
    if own is host:
        return place(total, xp=xp, dtype=dtype, device=device)
    return total if dtype is None else own.astype(total, own_dtype(dtype, own), copy=False)


def wavelet(
    *,
    freqs: Any,
    sr: float = 22050,
    window: Any = "hann",
    filter_scale: float = 1,
    pad_fft: bool = True,
    norm: float | None = 1,
    dtype: Dtype = "complex64",
    gamma: float | None = 0,
    alpha: Any = None,
    lengths: str = "librosa",
    xp: ModuleType | None = None,
    device: Device = None,
    **kwargs: Any,
) -> tuple[Array, Array]:
    """Windowed complex exponentials, whose lengths follow their frequencies: the atoms of constant-Q and variable-Q transforms.

    Atom k is ``exp(2j * pi * f[k] * t / sr)`` for the t from ``floor(-L[k] / 2)`` to, not including, ``floor(L[k] / 2)``, under a
    periodic window of as many samples, divided by its p-norm. Computed in float64 and rounded once.

    Parameters
    ----------
    freqs : sequence of float > 0 [Hz]
        Centre frequencies, ascending.
    sr, window, filter_scale, gamma, alpha, lengths
        As for `wavelet_lengths`.
    pad_fft : bool
        Whether the atoms are centred in a power of two, or in the longest one's length.
    norm : float >= 0, inf, -inf or None
        The p-norm that atoms are divided by; None leaves the window's own peak (by nnAudio's definition, its peak over L).
    dtype : complex dtype
        Of the atoms.
    xp, device
        As for `mel`.
    **kwargs
        Of `nnaudio_xp.util.pad_center`: ``mode``, ``constant_values``.

    Returns
    -------
    filters : array [shape=(len(freqs), samples)], complex
    lengths : array [shape=(len(freqs),)], float64 [samples]
        L, not rounded by librosa's definition.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> atoms, lengths = nax.filters.wavelet(freqs=[220.0, 440.0, 880.0])
    >>> atoms.shape, lengths.round(1).tolist()
    ((3, 256), [167.0, 83.5, 41.8])
    """
    dtype = result_dtype(dtype, "complex floating", xp=namespace(xp=xp))
    sizes, _ = kernels.wavelet_lengths(freqs, sr=sr, window=window, filter_scale=filter_scale, gamma=gamma, alpha=alpha, lengths=lengths)
    atoms = kernels.atoms(freqs, sr=sr, window=window, filter_scale=filter_scale, gamma=gamma, norm=norm, alpha=alpha, lengths=lengths)
    longest = float(host.max(sizes))
    size = 2 ** math.ceil(math.log2(longest)) if pad_fft else math.ceil(longest)
    bank = host.stack([pad_center(atom.samples, size=size, **kwargs) for atom in atoms])
    return place(bank, xp=xp, dtype=dtype, device=device), place(sizes, xp=xp, device=device)


def wavelet_lengths(
    *,
    freqs: Any,
    sr: float = 22050,
    window: Any = "hann",
    filter_scale: float = 1,
    gamma: float | None = 0,
    alpha: Any = None,
    lengths: str = "librosa",
    xp: ModuleType | None = None,
    device: Device = None,
) -> tuple[Array, float]:
    """Lengths of the atoms of `wavelet`, and the frequency above which none of their main lobes reaches.

    With ``Q = filter_scale / alpha``, the length is ``Q * sr / (freqs + gamma / alpha)``.

    Parameters
    ----------
    freqs : sequence of float > 0 [Hz]
        Centre frequencies, ascending.
    sr : float > 0 [Hz]
        Sampling rate.
    window : str, tuple, number or callable
        As for `get_window`.
    filter_scale : float > 0
        Factor of all lengths: above 1 for a finer resolution in frequency, below 1 for a finer one in time.
    gamma : float >= 0 or None [Hz]
        Offset of the bandwidths, which are ``alpha * freqs + gamma``; None makes them proportional to the equivalent
        rectangular bandwidth of hearing (Glasberg & Moore, "Derivation of auditory filter shapes from notched-noise data", 1990).
    alpha : float > 0, or one for each frequency, optional
        Bandwidth over frequency; by default from the frequencies' distances. A single frequency needs it.
    lengths : {'librosa', 'nnaudio'}
        Whose definition: with r the ratio of neighbouring frequencies, alpha is ``(r**2 - 1) / (r**2 + 1)``, or nnAudio's
        ``r - 1``, which also rounds lengths up to integers.
    xp, device
        As for `mel`.

    Returns
    -------
    lengths : array [shape=(len(freqs),)], float64 [samples]
    f_cutoff : float [Hz]
        The largest of ``freqs * (1 + bandwidth / (2 * Q)) + gamma / 2``, with the window's noise bandwidth in bins.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> lengths, cutoff = nax.filters.wavelet_lengths(freqs=nax.cqt_frequencies(3, fmin=110))
    >>> lengths.round(2).tolist(), round(cutoff, 2)
    ([3474.2, 3279.2, 3095.16], 128.81)
    """
    sizes, cutoff = kernels.wavelet_lengths(
        freqs, sr=sr, window=window, filter_scale=filter_scale, gamma=gamma, alpha=alpha, lengths=lengths
    )
    return place(sizes, xp=xp, device=device), cutoff


def constant_q(
    *,
    sr: float,
    fmin: float | None = None,
    n_bins: int = 84,
    bins_per_octave: int = 12,
    window: Any = "hann",
    filter_scale: float = 1,
    pad_fft: bool = True,
    norm: float | None = 1,
    dtype: Dtype = "complex64",
    gamma: float = 0,
    lengths: str = "librosa",
    xp: ModuleType | None = None,
    device: Device = None,
    **kwargs: Any,
) -> tuple[Array, Array]:
    """Atoms of `wavelet` at equally tempered frequencies.

    Parameters
    ----------
    sr : float > 0 [Hz]
        Sampling rate.
    fmin : float > 0 [Hz]
        Lowest centre frequency; C1, 32.7 Hz, by default.
    n_bins : int > 0
        Number of atoms.
    bins_per_octave : int > 0
        Atoms in an octave.
    window, filter_scale, pad_fft, norm, dtype, gamma, lengths, xp, device, **kwargs
        As for `wavelet`.

    Returns
    -------
    filters : array [shape=(n_bins, samples)], complex
    lengths : array [shape=(n_bins,)], float64 [samples]

    Raises
    ------
    ParameterError
        On an argument outside these ranges, or if the top atom reaches beyond sr / 2.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> atoms, lengths = nax.filters.constant_q(sr=22050)
    >>> atoms.shape, lengths.shape
    ((84, 16384), (84,))
    """
    fmin = kernels.LOWEST_C if fmin is None else fmin
    grid = _tempered(sr, fmin, n_bins, bins_per_octave, window, filter_scale, lengths)
    return wavelet(
        **grid,
        sr=sr,
        window=window,
        filter_scale=filter_scale,
        pad_fft=pad_fft,
        norm=norm,
        dtype=dtype,
        gamma=gamma,
        lengths=lengths,
        xp=xp,
        device=device,
        **kwargs,
    )


def constant_q_lengths(
    *,
    sr: float,
    fmin: float,
    n_bins: int = 84,
    bins_per_octave: int = 12,
    window: Any = "hann",
    filter_scale: float = 1,
    gamma: float = 0,
    lengths: str = "librosa",
    xp: ModuleType | None = None,
    device: Device = None,
) -> Array:
    """Lengths of the atoms of `constant_q`.

    Parameters
    ----------
    sr, fmin, n_bins, bins_per_octave
        As for `constant_q`; `fmin` has no default.
    window, filter_scale, gamma, lengths, xp, device
        As for `wavelet_lengths`.

    Returns
    -------
    array [shape=(n_bins,)], float64 [samples]

    Raises
    ------
    ParameterError
        On an argument outside these ranges, or if the top atom reaches beyond sr / 2.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.filters.constant_q_lengths(sr=22050, fmin=110, n_bins=3).round(2).tolist()
    [3474.2, 3279.2, 3095.16]
    """
    grid = _tempered(sr, fmin, n_bins, bins_per_octave, window, filter_scale, lengths)
    options = {"window": window, "filter_scale": filter_scale, "gamma": gamma, "lengths": lengths}
    return wavelet_lengths(**grid, sr=sr, **options, xp=xp, device=device)[0]


def _tempered(sr: float, fmin: float, n_bins: int, bins_per_octave: int, window: Any, filter_scale: float, lengths: str) -> dict[str, Any]:
    """The frequencies of equally tempered bins and their relative bandwidth, if the top one lies below the Nyquist frequency."""
    freqs = cqt_frequencies(n_bins, fmin=fmin, bins_per_octave=bins_per_octave)
    alpha = kernels.relative_bandwidths([fmin], bins_per_octave=bins_per_octave, lengths=lengths)
    _, cutoff = kernels.wavelet_lengths(freqs, sr=sr, window=window, filter_scale=filter_scale, alpha=alpha, lengths=lengths)
    kernels.check_cutoff(cutoff, sr, n_bins)
    return {"freqs": freqs, "alpha": alpha}


def cq_to_chroma(
    n_input: int,
    *,
    bins_per_octave: int = 12,
    n_chroma: int = 12,
    fmin: float | None = None,
    window: Any = None,
    base_c: bool = True,
    dtype: Dtype = "float32",
    xp: ModuleType | None = None,
    device: Device = None,
) -> Array:
    """Matrix that folds constant-Q bins into chroma: each row adds up what is nearest to one pitch class, in all octaves.

    Parameters
    ----------
    n_input : int > 0
        Number of constant-Q bins.
    bins_per_octave : int > 0
        Bins in an octave, a multiple of `n_chroma`.
    n_chroma : int > 0
        Number of pitch classes.
    fmin : float > 0 [Hz]
        Centre frequency of the lowest bin; C1, 32.7 Hz, by default.
    window : sequence of float, optional
        Smooths each row along the bins, by convolution.
    base_c : bool
        Whether the first row is C, or A.
    dtype : real dtype
        Of the result.
    xp, device
        As for `mel`.

    Returns
    -------
    array [shape=(n_chroma, n_input)], real

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.filters.cq_to_chroma(8, bins_per_octave=4, n_chroma=4).tolist()[0]
    [1.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    """
    n_input, n_chroma = as_integer("n_input", n_input), as_integer("n_chroma", n_chroma)
    width, left = divmod(as_integer("bins_per_octave", bins_per_octave), n_chroma)
    if left:
        raise ParameterError(f"bins_per_octave={bins_per_octave!r} must be a multiple of n_chroma={n_chroma}")
    midi = float(hz_to_midi(kernels.LOWEST_C if fmin is None else as_positive("fmin", fmin))) % 12
    first = round((midi if base_c else midi - 9) * n_chroma / 12)
    classes = [((k + width // 2) // width + first) % n_chroma for k in range(n_input)]
    rows = host.asarray([[float(each == row) for each in classes] for row in range(n_chroma)], dtype=host.float64)
    dtype = result_dtype(dtype, "real floating", xp=namespace(xp=xp))
    return place(rows if window is None else _smoothed(rows, window), xp=xp, dtype=dtype, device=device)


def _smoothed(rows: Array, window: Any) -> Array:
    """Rows convolved with a window, as long as before."""
    taps = [as_number("window", weight) for weight in as_sequence("window", window)]
    last, width = len(taps) - 1, rows.shape[-1]
    padded = ops.pad(rows, last - last // 2, last // 2, "constant", xp=host)
    return sum(weight * padded[:, last - k : last - k + width] for k, weight in enumerate(taps))
