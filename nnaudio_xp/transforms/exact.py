"""The exact constant-Q: inner products with the atoms at the signal's own rate, by matrix products at lower ones, and its inverse."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, Dtype, check_spectrum, complex_dtype, device_of, host, real_dtype, result_dtype
from ..errors import ParameterError, as_integer, as_number
from ..kernels.constant_q import Bins, bins_below_nyquist
from ..kernels.multirate import ACCURACY, Multirate, constant_q_plan, frame_bounds
from ..windows import is_samples

N_ITER = 48
"""Steps of conjugate gradients after which music is back at 60 dB where bins and hop make a frame."""


def exact_plan(bins: Bins, *, sr: float, hop_length: int, scale: bool, accuracy: float) -> Multirate:
    """The checked plan of a transform."""
    if not as_number("accuracy", accuracy, above=0) < 1:
        raise ParameterError(f"accuracy={accuracy!r} must be between 0 and 1")
    if is_samples(bins.window):
        raise ParameterError(f"window={bins.window!r} must be a name, a tuple, a number or a function: the atoms differ in length")
    return constant_q_plan(bins, sr=float(sr), hop_length=as_integer("hop_length", hop_length), scale=bool(scale), accuracy=float(accuracy))


def padded_signal(y: Array, plan: Multirate, pad_mode: Any, *, xp: ModuleType) -> tuple[Array, int, int]:
    """A signal (..., n) with what atoms centred on its samples reach of its padding, its first sample there, and its frames."""
    n_frames = 1 + y.shape[-1] // plan.hop_length
    if pad_mode in ("constant", "empty"):
        return y, 0, n_frames
    first, count = plan.layout(n_frames)[0]
    return ops.pad(y, -first, max(0, first + count - y.shape[-1]), pad_mode, xp=xp), -first, n_frames


def exact_analysis(y: Array, plan: Multirate, *, pad_mode: Any = "constant", power: float | None = None, xp: ModuleType) -> Array:
    """Coefficients (..., time, bin) of y (..., n), complex or magnitudes to a power; frame t is centred on sample t * hop_length."""
    y, center, n_frames = padded_signal(y, plan, pad_mode, xp=xp)
    return ops.multirate(y, plan, center, n_frames, power=power, xp=xp)


def exact_synthesis(C: Array, plan: Multirate, *, length: int, n_iter: int, center: int = 0, xp: ModuleType) -> Array:
    """The signal (..., length) whose coefficients are nearest to C (..., time, bin), by conjugate gradients on the normal equations.

    Frame 0 is centred on sample `center`.
    Bins are weighted by one over their gains, which makes the frame operator nearly flat over the band that they cover.
    """
    weights = xp.asarray([1 / gain**2 for gain in plan.gains], dtype=real_dtype(C, xp), device=device_of(C))
    n_frames = C.shape[-2]

    def back(values: Array) -> Array:
        return ops.multirate_adjoint(values * weights, plan, center, length, xp=xp)

    def normal(signal: Array) -> Array:
        return back(ops.multirate(signal, plan, center, n_frames, xp=xp))

    return ops.conjugate_gradients(normal, back(C), n_iter, xp=xp)


def ivqt(
    V: Array,
    *,
    sr: float = 22050,
    hop_length: int = 512,
    fmin: float | None = None,
    intervals: Any = "equal",
    gamma: float | None = None,
    bins_per_octave: int = 12,
    tuning: float = 0.0,
    filter_scale: float = 1,
    norm: float | None = 1,
    window: Any = "hann",
    scale: bool = True,
    length: int | None = None,
    n_iter: int = N_ITER,
    accuracy: float = ACCURACY,
    dtype: Dtype = None,
) -> Array:
    """Inverse of the exact variable-Q transform: the signal whose transform is nearest to `V`, by conjugate gradients.

    It is the signal itself where bins and hop make a frame (`vqt_frame_bounds`): frames as close as the shortest atoms are long, or
    closer. What lies below the lowest and above the highest bin is lost. `icqt` with ``method="exact"`` is its case of ``gamma=0``.

    Parameters
    ----------
    V : array [shape=(..., n_bins, time)], complex
        As `vqt` with ``method="exact"`` and zero padding gives it.
    sr, hop_length, fmin, intervals, gamma, bins_per_octave, tuning, filter_scale, norm, window, scale, accuracy
        As for the `vqt` that made it.
    length : int > 0, optional
        Samples to give back; ``hop_length * (time - 1)`` by default. It must have made as many frames.
    n_iter : int > 0
        Steps; each costs a transform and its adjoint.
    dtype : real dtype, optional
        Of the result: by default the precision of the input.

    Returns
    -------
    array [shape=(..., length)], real
        In the input's library and on its device.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    References
    ----------
    K. Gröchenig, "Acceleration of the frame algorithm", IEEE Trans. Signal Processing 41(12), 1993.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(11025) / 22050)
    >>> settings = {"hop_length": 64, "fmin": 110.0, "gamma": 10.0}
    >>> z = nax.ivqt(nax.vqt(y, method="exact", n_bins=60, **settings), length=11025, **settings)
    >>> bool(np.linalg.norm((z - y)[2000:-2000]) < 1e-3 * np.linalg.norm(y))
    True
    """
    xp = check_spectrum(V, name="V")
    dtype = result_dtype(dtype, "real floating", xp=xp)
    bins = bins_below_nyquist(
        sr=sr,
        fmin=fmin,
        n_bins=V.shape[-2],
        intervals=intervals,
        bins_per_octave=bins_per_octave,
        tuning=tuning,
        window=window,
        filter_scale=filter_scale,
        gamma=gamma,
        norm=norm,
    )
    plan = exact_plan(bins, sr=sr, hop_length=hop_length, scale=scale, accuracy=accuracy)
    samples = hop_length * (V.shape[-1] - 1) if length is None else as_integer("length", length)
    if samples < 1 or 1 + samples // hop_length != V.shape[-1]:
        most = hop_length * V.shape[-1] - 1
        raise ParameterError(
            f"length={length!r} must lie within {most - hop_length + 1} … {most} to make the {V.shape[-1]} frames of the transform"
        )
    values = xp.matrix_transpose(xp.astype(V, complex_dtype(V, xp), copy=False))
    signal = exact_synthesis(values, plan, length=samples, n_iter=as_integer("n_iter", n_iter), xp=xp)
    return signal if dtype is None else xp.astype(signal, dtype, copy=False)


def vqt_errors(
    *,
    sr: float = 22050,
    hop_length: int = 512,
    fmin: float | None = None,
    n_bins: int | None = 84,
    intervals: Any = "equal",
    gamma: float | None = 0,
    bins_per_octave: int = 12,
    tuning: float = 0.0,
    filter_scale: float = 1,
    norm: float | None = 1,
    window: Any = "hann",
    accuracy: float = ACCURACY,
) -> Array:
    """How far the exact transform is from its definition: a bound for each bin, computed from the atoms that are really applied.

    With a_k the atom and b_k what the cascade of decimators and products makes of it, ``|b_k - a_k| / |a_k|``. White noise meets this
    error; no signal x exceeds it by more than ``|x| |a_k| / |<x, a_k>|``. Rounding, some 1e-7 in single precision, comes on top.

    Parameters
    ----------
    sr, hop_length, fmin, n_bins, intervals, gamma, bins_per_octave, tuning, filter_scale, norm, window, accuracy
        As for `vqt` with ``method="exact"``; ``gamma=0`` is `cqt`.

    Returns
    -------
    array [shape=(n_bins,)]
        NumPy float64. 0 for bins that are computed at the signal's own rate.

    Raises
    ------
    ParameterError
        On an argument outside `vqt`'s ranges.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> bool(nax.vqt_errors().max() < 1e-5)
    True
    """
    bins = bins_below_nyquist(
        sr=sr,
        fmin=fmin,
        n_bins=n_bins,
        intervals=intervals,
        bins_per_octave=bins_per_octave,
        tuning=tuning,
        window=window,
        filter_scale=filter_scale,
        gamma=gamma,
        norm=norm,
    )
    plan = exact_plan(bins, sr=sr, hop_length=hop_length, scale=False, accuracy=accuracy)
    return host.asarray(plan.errors, copy=True)


def vqt_frame_bounds(
    *,
    sr: float = 22050,
    hop_length: int = 512,
    fmin: float | None = None,
    n_bins: int | None = 84,
    intervals: Any = "equal",
    gamma: float | None = 0,
    bins_per_octave: int = 12,
    tuning: float = 0.0,
    filter_scale: float = 1,
    norm: float | None = 1,
    window: Any = "hann",
    scale: bool = True,
) -> tuple[Array, Array, Array]:
    """What a transform keeps of every frequency: bounds on the energy of the coefficients of a sinusoid over its own.

    With G_k an atom's spectrum and j counting the multiples of sr / hop_length, ``sum_k |G_k(f)|**2 / hop_length`` less and plus the
    sums over j != 0 of ``|G_k(f) G_k(f + j sr / hop_length)|``, for real signals averaged over f and -f. Where the lower bound is
    positive the band comes back from `ivqt` and `icqt`, the sooner the nearer the two bounds; over a whole band from A to B, A and B
    are bounds of the frame. Where it is 0 either no atom reaches there or frames lie too far apart.

    Parameters
    ----------
    sr, hop_length, fmin, n_bins, intervals, gamma, bins_per_octave, tuning, filter_scale, norm, window, scale
        As for `vqt`; ``gamma=0`` is `cqt`.

    Returns
    -------
    frequencies : array [shape=(k,)], Hz
        From 0 to sr / 2.
    lower, upper : arrays [shape=(k,)]
        The bounds there. NumPy float64, all three.

    Raises
    ------
    ParameterError
        On an argument outside `vqt`'s ranges.

    References
    ----------
    I. Daubechies, "The wavelet transform, time-frequency localization and signal analysis", IEEE Trans. Information Theory 36(5), 1990.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> frequencies, lower, upper = nax.vqt_frame_bounds(hop_length=32)
    >>> kept = frequencies[lower > 0.1 * upper]
    >>> bool(kept.min() < 40), bool(kept.max() > 3900)
    (True, True)
    """
    bins = bins_below_nyquist(
        sr=sr,
        fmin=fmin,
        n_bins=n_bins,
        intervals=intervals,
        bins_per_octave=bins_per_octave,
        tuning=tuning,
        window=window,
        filter_scale=filter_scale,
        gamma=gamma,
        norm=norm,
    )
    return frame_bounds(bins, sr=float(sr), hop_length=as_integer("hop_length", hop_length), scale=scale)
