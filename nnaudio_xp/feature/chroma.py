"""Chroma: the energies of pitch classes, and tonal centroids."""

from __future__ import annotations

import math
from collections.abc import Collection
from functools import partial
from types import ModuleType
from typing import Any

from .. import ops
from .._backends import at_full_precision
from .._namespace import Array, in_dtype
from ..constantq import cqt, hybrid_cqt, vqt
from ..errors import ParameterError, as_integer, as_number, as_positive, as_sequence, one_of
from ..filters.pitch_classes import cq_to_chroma
from ..kernels.chroma import chroma_bank, chroma_shape, tonal_axes
from ..kernels.norms import check_norm
from ..pitch import estimate_tuning
from ..transforms.chroma import quantized, smoothed, smoothing_kernel, tuned_bank
from ..transforms.constants import constant_like
from ..transforms.inputs import spectrogram_of, spectrum_of, widened_input
from ..transforms.norms import to_unit_norm


@at_full_precision
def chroma_stft(
    *,
    y: Array | None = None,
    sr: float = 22050,
    S: Array | None = None,
    norm: float | None = math.inf,
    n_fft: int = 2048,
    hop_length: int | None = 512,
    win_length: int | None = None,
    window: Any = "hann",
    center: bool = True,
    pad_mode: Any = "constant",
    tuning: float | None = None,
    n_chroma: int = 12,
    **kwargs: Any,
) -> Array:
    """Chroma of a power spectrogram: the energy of each pitch class, of all octaves together [1]_.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them. Either `y` or `S` must be given.
    sr : float > 0 [Hz]
        Sampling rate.
    S : array [shape=(..., 1 + n_fft // 2, time)], real
        A power spectrogram to use instead; `n_fft` then comes from its shape.
    norm : float >= 0, inf, -inf or None
        The p-norm to which each frame is brought; None leaves frames as they are.
    n_fft, hop_length, win_length, window, center, pad_mode
        As for `nnaudio_xp.stft`.
    tuning : float or None [pitch classes]
        Deviation from A4 at 440 Hz. None estimates that of each clip (`estimate_tuning`); librosa
        gives all clips of a batch one estimate.
    n_chroma : int > 0
        Number of pitch classes.
    **kwargs
        Of the bank, as for `nnaudio_xp.filters.chroma`: ``ctroct=5``, ``octwidth=2``,
        ``base_c=True``, and ``dtype``, that of the result: a wider one than the input's is computed
        in.

    Returns
    -------
    array [shape=(..., n_chroma, time)], real
        In the input's library, device and precision. Silent frames are 0.

    Raises
    ------
    ParameterError
        If neither `y` nor `S` is given, or on an argument outside these ranges.

    References
    ----------
    .. [1] D. P. W. Ellis, "Chroma feature analysis and synthesis", 2007.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> chroma = nax.feature.chroma_stft(y=y, tuning=0.0)
    >>> chroma.shape
    (12, 44)
    >>> int(np.argmax(chroma[:, 20]))  # A is the tenth of the pitch classes from C
    9
    """
    sr, n_chroma = as_positive("sr", sr), as_integer("n_chroma", n_chroma)
    y, S, dtype = widened_input(y, S, kwargs.pop("dtype", None))
    shape = chroma_shape(**kwargs)
    _checked_norm(norm)
    spectrogram = partial(
        spectrogram_of,
        y,
        S,
        n_fft=n_fft,
        hop_length=hop_length,
        win_length=win_length,
        window=window,
        center=center,
        pad_mode=pad_mode,
        power=2,
    )
    if tuning is not None:
        bank = partial(constant_like, chroma_bank, sr=sr, n_chroma=n_chroma, tuning=as_number("tuning", tuning), **shape)
        xp, chroma, _ = spectrogram(bank=bank)
    else:
        xp, power, n_fft = spectrogram()
        found = estimate_tuning(S=power, sr=sr, n_fft=n_fft, bins_per_octave=n_chroma)
        chroma = tuned_bank(found, power, sr=sr, n_fft=n_fft, n_chroma=n_chroma, shape=shape, xp=xp) @ power
    return in_dtype(to_unit_norm(chroma, norm, -2, xp=xp), dtype, xp=xp)


def _checked_norm(norm: Any) -> None:
    if norm is not None:
        check_norm(norm)


def _fold(**params: Any) -> Array:
    """The matrix of `cq_to_chroma` in full precision."""
    return cq_to_chroma(**params, dtype="float64")


def _folded(magnitudes: Array, threshold: float | None, norm: float | None, *, xp: ModuleType, **params: Any) -> Array:
    """Chroma (..., pitch class, time) of magnitudes (..., bin, time) on a logarithmic scale."""
    matrix = constant_like(_fold, magnitudes, xp=xp, n_input=magnitudes.shape[-2], **params)
    chroma = xp.matrix_transpose(ops.banded(xp.matrix_transpose(magnitudes), matrix, xp=xp))
    if threshold is not None:
        chroma = xp.where(chroma < threshold, 0.0, chroma)
    return to_unit_norm(chroma, norm, -2, xp=xp)


@at_full_precision
def chroma_cqt(
    *,
    y: Array | None = None,
    sr: float = 22050,
    C: Array | None = None,
    hop_length: int = 512,
    fmin: float | None = None,
    norm: float | None = math.inf,
    threshold: float | None = 0.0,
    tuning: float | None = None,
    n_chroma: int = 12,
    n_octaves: int = 7,
    window: Any = None,
    bins_per_octave: int | None = 36,
    cqt_mode: str = "full",
) -> Array:
    """Chroma of a constant-Q transform: the magnitudes nearest to each pitch class, of all octaves
    together.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them. Either `y` or `C` must be given.
    sr : float > 0 [Hz]
        Sampling rate.
    C : array [shape=(..., n_bins, time)], real
        Magnitudes of a constant-Q transform to use instead.
    hop_length : int > 0
        Samples from one frame to the next.
    fmin : float > 0 [Hz]
        Centre frequency of the lowest bin; C1, 32.7 Hz, by default.
    norm : float >= 0, inf, -inf or None
        The p-norm to which each frame is brought; None leaves frames as they are.
    threshold : float or None
        What is below it, before that, becomes 0.
    tuning : float or None [bins]
        Deviation from concert pitch. None estimates that of each clip, which looks at its values:
        not within `jax.jit`.
    n_chroma : int > 0
        Number of pitch classes.
    n_octaves : int > 0
        Octaves above `fmin`.
    window : sequence of float, optional
        Smooths the pitch classes' edges: as for `nnaudio_xp.filters.cq_to_chroma`.
    bins_per_octave : int > 0 or None
        Bins in an octave of the transform, a multiple of `n_chroma`; None takes that itself.
    cqt_mode : {'full', 'hybrid'}
        Whether `cqt` or `hybrid_cqt` is used.

    Returns
    -------
    array [shape=(..., n_chroma, time)], real
        In the input's library, device and precision. Silent frames are 0.

    Raises
    ------
    ParameterError
        If neither `y` nor `C` is given, or on an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> chroma = nax.feature.chroma_cqt(y=y, tuning=0.0)
    >>> chroma.shape, int(np.argmax(chroma[:, 20]))
    ((12, 44), 9)
    """
    n_chroma, n_octaves = as_integer("n_chroma", n_chroma), as_integer("n_octaves", n_octaves)
    per_octave = n_chroma if bins_per_octave is None else as_integer("bins_per_octave", bins_per_octave)
    if per_octave % n_chroma:
        raise ParameterError(f"bins_per_octave={bins_per_octave!r} must be a multiple of n_chroma={n_chroma}")
    transform = hybrid_cqt if one_of("cqt_mode", cqt_mode, ("full", "hybrid")) == "hybrid" else partial(cqt, power=1)
    tuning = None if tuning is None else as_number("tuning", tuning)
    settings: dict[str, Any] = {"sr": as_positive("sr", sr), "hop_length": as_integer("hop_length", hop_length), "fmin": _lowest(fmin)}
    threshold = None if threshold is None else as_number("threshold", threshold)
    _checked_norm(norm)
    if C is None:
        if y is None:
            raise ParameterError("y=None and C=None: one of them must be given")
        C = transform(y, n_bins=n_octaves * per_octave, bins_per_octave=per_octave, tuning=tuning, **settings)
    xp, C = spectrum_of(C, name="C", real=True)
    return _folded(C, threshold, norm, xp=xp, bins_per_octave=per_octave, n_chroma=n_chroma, fmin=settings["fmin"], window=window)


def _lowest(fmin: Any) -> float | None:
    return None if fmin is None else as_positive("fmin", fmin)


@at_full_precision
def chroma_vqt(
    *,
    y: Array | None = None,
    sr: float = 22050,
    V: Array | None = None,
    hop_length: int = 512,
    fmin: float | None = None,
    intervals: str | Collection[float],
    norm: float | None = math.inf,
    threshold: float | None = 0.0,
    n_octaves: int = 7,
    bins_per_octave: int = 12,
    gamma: float | None = 0,
) -> Array:
    """Chroma of a variable-Q transform, which may have other intervals than equal ones: a pitch
    class for each bin of an octave.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them. Either `y` or `V` must be given.
    sr : float > 0 [Hz]
        Sampling rate.
    V : array [shape=(..., n_bins, time)], real
        Magnitudes of a variable-Q transform to use instead.
    hop_length : int > 0
        Samples from one frame to the next.
    fmin : float > 0 [Hz]
        Centre frequency of the lowest bin; C1, 32.7 Hz, by default.
    intervals : str or sequence of float
        As for `nnaudio_xp.interval_frequencies`.
    norm, threshold
        As for `chroma_cqt`.
    n_octaves : int > 0
        Octaves above `fmin`.
    bins_per_octave : int > 0
        Bins in an octave; as many as there are `intervals`, if these are given as numbers.
    gamma : float >= 0 or None [Hz]
        What is added to each bandwidth: as for `nnaudio_xp.vqt`.

    Returns
    -------
    array [shape=(..., bins_per_octave, time)], real
        In the input's library, device and precision. Silent frames are 0.

    Raises
    ------
    ParameterError
        If neither `y` nor `V` is given, or on an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> nax.feature.chroma_vqt(y=y, intervals="ji5", bins_per_octave=24).shape
    (24, 44)
    """
    per_octave = as_integer("bins_per_octave", bins_per_octave)
    per_octave = per_octave if isinstance(intervals, str) else len(as_sequence("intervals", intervals))
    n_octaves, gamma = as_integer("n_octaves", n_octaves), None if gamma is None else as_number("gamma", gamma, minimum=0)
    settings: dict[str, Any] = {"sr": as_positive("sr", sr), "hop_length": as_integer("hop_length", hop_length), "fmin": _lowest(fmin)}
    threshold = None if threshold is None else as_number("threshold", threshold)
    _checked_norm(norm)
    if V is None:
        if y is None:
            raise ParameterError("y=None and V=None: one of them must be given")
        grid: dict[str, Any] = {"n_bins": n_octaves * per_octave, "bins_per_octave": per_octave, "intervals": intervals, "gamma": gamma}
        V = vqt(y, power=1, **grid, **settings)
    xp, V = spectrum_of(V, name="V", real=True)
    return _folded(V, threshold, norm, xp=xp, bins_per_octave=per_octave, n_chroma=per_octave, fmin=settings["fmin"])


@at_full_precision
def chroma_cens(
    *,
    y: Array | None = None,
    sr: float = 22050,
    C: Array | None = None,
    hop_length: int = 512,
    fmin: float | None = None,
    tuning: float | None = None,
    n_chroma: int = 12,
    n_octaves: int = 7,
    bins_per_octave: int | None = 36,
    cqt_mode: str = "full",
    window: Any = None,
    norm: float | None = 2,
    win_len_smooth: int | None = 41,
    smoothing_window: Any = "hann",
) -> Array:
    """Chroma energy normalized statistics: `chroma_cqt` in shares of each frame, which are
    quantized and smoothed along time, and so do not depend on loudness and articulation [1]_.

    A share counts a quarter for each of 0.4, 0.2, 0.1 and 0.05 that it exceeds: the result moves in
    steps, and has no gradient.

    Parameters
    ----------
    y, sr, C, hop_length, fmin, tuning, n_chroma, n_octaves, bins_per_octave, cqt_mode, window
        As for `chroma_cqt`.
    norm : float >= 0, inf, -inf or None
        The p-norm to which each frame is brought in the end; None leaves frames as they are.
    win_len_smooth : int > 0 or None [frames]
        Length of the window that smooths, its zeros at both ends not counted; None for none.
    smoothing_window : str, tuple or number
        As for `nnaudio_xp.filters.get_window`.

    Returns
    -------
    array [shape=(..., n_chroma, time)], real
        In the input's library, device and precision.

    Raises
    ------
    ParameterError
        As `chroma_cqt` does, and on an argument outside these ranges.

    References
    ----------
    .. [1] M. Müller and S. Ewert, "Chroma Toolbox: MATLAB implementations for extracting variants
       of chroma-based audio features", ISMIR 2011.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> nax.feature.chroma_cens(y=y, tuning=0.0).shape
    (12, 44)
    """
    length = None if win_len_smooth is None else as_integer("win_len_smooth", win_len_smooth)
    _checked_norm(norm)
    chroma = chroma_cqt(
        y=y,
        sr=sr,
        C=C,
        hop_length=hop_length,
        fmin=fmin,
        norm=1,
        tuning=tuning,
        n_chroma=n_chroma,
        n_octaves=n_octaves,
        window=window,
        bins_per_octave=bins_per_octave,
        cqt_mode=cqt_mode,
    )
    xp, chroma = spectrum_of(chroma, name="C", real=True)
    energies = quantized(chroma, xp=xp)
    if length is not None:
        kernel = constant_like(smoothing_kernel, energies, xp=xp, window=smoothing_window, length=length)
        energies = smoothed(energies, kernel, xp=xp)
    return to_unit_norm(energies, norm, -2, xp=xp)


@at_full_precision
def tonnetz(*, y: Array | None = None, sr: float = 22050, chroma: Array | None = None, **kwargs: Any) -> Array:
    """Tonal centroids: where the pitch classes of each frame have their centre in the circles of
    fifths, minor thirds and major thirds [1]_.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them. Either `y` or `chroma` must be given.
    sr : float > 0 [Hz]
        Sampling rate.
    chroma : array [shape=(..., n_chroma, time)], real
        Energies of pitch classes from C on to use instead.
    **kwargs
        As for `chroma_cqt`, which is used without `chroma`.

    Returns
    -------
    array [shape=(..., 6, time)], real
        In the input's library, device and precision: x and y in each of the circles, of radius 1, 1
        and 1/2.

    Raises
    ------
    ParameterError
        If neither `y` nor `chroma` is given, and as `chroma_cqt` does.

    References
    ----------
    .. [1] C. Harte, M. Sandler and M. Gasser, "Detecting harmonic change in musical audio", ACM
       Workshop on Audio and Music Computing Multimedia, 2006.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> chroma = np.zeros((12, 1))
    >>> chroma[[0, 6, 9]] = 1  # C, F sharp and A
    >>> abs(nax.feature.tonnetz(chroma=chroma)[:, 0]).round(6).tolist()
    [0.333333, 0.0, 0.333333, 0.0, 0.0, 0.5]
    """
    as_positive("sr", sr)
    if chroma is None:
        if y is None:
            raise ParameterError("y=None and chroma=None: one of them must be given")
        chroma = chroma_cqt(y=y, sr=sr, **kwargs)
    xp, chroma = spectrum_of(chroma, name="chroma", real=True)
    axes = constant_like(tonal_axes, chroma, xp=xp, n_chroma=chroma.shape[-2])
    shares = to_unit_norm(chroma, 1, -2, xp=xp)
    return xp.matrix_transpose(ops.banded(xp.matrix_transpose(shares), axes, xp=xp))
