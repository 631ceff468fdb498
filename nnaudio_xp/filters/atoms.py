"""Atoms of constant-Q and variable-Q transforms."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

from .._backends import made_outside_graphs
from .._namespace import Array, Device, Dtype, host, namespace, place, result_dtype
from ..errors import check_size
from ..kernels import constant_q as kernels
from ..scales import cqt_frequencies
from ..util import pad_center


@made_outside_graphs
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
    """Windowed complex exponentials, whose lengths follow their frequencies: the atoms of
    constant-Q and variable-Q transforms.

    Atom k is ``exp(2j * pi * f[k] * t / sr)`` for the t from ``floor(-L[k] / 2)`` to, not
    including, ``floor(L[k] / 2)``, under a periodic window of as many samples, divided by its
    p-norm. Computed in float64 and rounded once.

    Parameters
    ----------
    freqs : sequence of float > 0 [Hz]
        Centre frequencies, ascending.
    sr, window, filter_scale, gamma, alpha, lengths
        As for `wavelet_lengths`.
    pad_fft : bool
        Whether the atoms are centred in a power of two, or in the longest one's length.
    norm : float >= 0, inf, -inf or None
        The p-norm that atoms are divided by; None leaves the window's own peak (by nnAudio's
        definition, its peak over L).
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
    check_size("the atoms", [len(atoms), size], f"{len(atoms)} frequencies, atoms of up to {size} samples", each=16)
    bank = host.stack([pad_center(atom.samples, size=size, **kwargs) for atom in atoms])
    return place(bank, xp=xp, dtype=dtype, device=device), place(sizes, xp=xp, device=device)


@made_outside_graphs
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
    """Lengths of the atoms of `wavelet`, and the frequency above which none of their main lobes
    reaches.

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
        Factor of all lengths: above 1 for a finer resolution in frequency, below 1 for a finer one
        in time.
    gamma : float >= 0 or None [Hz]
        Offset of the bandwidths, which are ``alpha * freqs + gamma``; None makes them proportional
        to the equivalent rectangular bandwidth of hearing (Glasberg & Moore, "Derivation of
        auditory filter shapes from notched-noise data", 1990).
    alpha : float > 0, or one for each frequency, optional
        Bandwidth over frequency; by default from the frequencies' distances. A single frequency
        needs it.
    lengths : {'librosa', 'nnaudio'}
        Whose definition: with r the ratio of neighbouring frequencies, alpha is
        ``(r**2 - 1) / (r**2 + 1)``, or nnAudio's ``r - 1``, which also rounds lengths up to
        integers.
    xp, device
        As for `mel`.

    Returns
    -------
    lengths : array [shape=(len(freqs),)], float64 [samples]
    f_cutoff : float [Hz]
        The largest of ``freqs * (1 + bandwidth / (2 * Q)) + gamma / 2``, with the window's noise
        bandwidth in bins.

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


@made_outside_graphs
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
    gamma: float | None = 0,
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


@made_outside_graphs
def constant_q_lengths(
    *,
    sr: float,
    fmin: float,
    n_bins: int = 84,
    bins_per_octave: int = 12,
    window: Any = "hann",
    filter_scale: float = 1,
    gamma: float | None = 0,
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
    """The frequencies of equally tempered bins and their relative bandwidth, if the top one lies
    below the Nyquist frequency.
    """
    freqs = cqt_frequencies(n_bins, fmin=fmin, bins_per_octave=bins_per_octave)
    alpha = kernels.relative_bandwidths([fmin], bins_per_octave=bins_per_octave, lengths=lengths)
    _, cutoff = kernels.wavelet_lengths(freqs, sr=sr, window=window, filter_scale=filter_scale, alpha=alpha, lengths=lengths)
    kernels.check_cutoff(cutoff, sr, n_bins)
    return {"freqs": freqs, "alpha": alpha}
