"""Constant-Q and variable-Q transforms, their inverses, and bounds of what they keep:
librosa.core.constantq's, and exact ones.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from types import ModuleType
from typing import Any

from . import ops
from ._backends import at_full_precision, made_outside_graphs
from ._namespace import Array, Dtype, host, in_dtype, of_parts, result_dtype, widened
from .errors import ParameterError, as_integer, as_positive, one_of
from .geometry import signal_samples
from .kernels.constant_q import Bins, Grid, grid_of
from .kernels.multirate import ACCURACY, frame_bounds
from .pitch import estimate_tuning
from .transforms.constantq.exact import N_ITER, check_accuracy, exact_analysis, exact_plan, exact_synthesis
from .transforms.constantq.octaves import settings_of
from .transforms.constantq.recursive import griffinlim, hybrid, inverse_to_length, projected, recursive
from .transforms.griffinlim import checked_momentum, first_phases
from .transforms.inputs import signal_of, spectrum_of

METHODS = ("librosa", "exact")


@at_full_precision
def cqt(
    y: Array,
    *,
    sr: float = 22050,
    hop_length: int = 512,
    fmin: float | None = None,
    n_bins: int | None = 84,
    bins_per_octave: int = 12,
    tuning: float | None = 0.0,
    filter_scale: float = 1,
    norm: float | None = 1,
    sparsity: float = 0.01,
    window: Any = "hann",
    scale: bool = True,
    pad_mode: Any = "constant",
    res_type: str = "soxr_hq",
    dtype: Dtype = None,
    method: str = "librosa",
    accuracy: float = ACCURACY,
    power: float | None = None,
) -> Array:
    """Constant-Q transform: inner products with windowed complex exponentials as many periods long
    at every frequency.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them. The exact method takes any length; librosa's needs ``2**k``
        samples where it halves the rate k times before the top octave. Half precision is computed
        in float32.
    sr : float > 0 [Hz]
        Sampling rate.
    hop_length : int > 0
        Samples from one frame to the next. The more often it can be halved, the faster.
    fmin : float > 0 [Hz]
        Lowest centre frequency, before tuning; C1, 32.7 Hz, by default.
    n_bins : int > 0 or None
        Number of frequencies; None takes all that fit below sr / 2.
    bins_per_octave : int > 0
        Frequencies in an octave.
    tuning : float or None
        Deviation of all frequencies, in bins. None estimates each clip's own (`estimate_tuning`),
        which looks at its values: not within `jax.jit`. (librosa gives all channels of a batch one
        estimate.)
    filter_scale : float > 0
        Factor of the atoms' lengths.
    norm : float >= 0, inf, -inf or None
        The p-norm that atoms are divided by.
    sparsity : float, 0 <= sparsity < 1
        Share of each atom's spectrum, in sums of magnitudes, that is left out: of librosa's
        transform a part, not an approximation of it, of several thousandths of the maximum.
    window : str, tuple, number or callable
        As for `nnaudio_xp.filters.get_window`.
    scale : bool
        Divide each bin by the root of its atom's length, so that white noise is level.
    pad_mode : {'constant', 'edge', 'reflect', 'symmetric', 'linear_ramp', 'empty'} or callable
        As for `nnaudio_xp.stft`; the octaves are padded one by one, each at its rate.
    res_type : {'soxr_hq', 'soxr_vhq', 'soxr_mq', 'soxr_lq', 'polyphase'}
        The filter that comes before each halving of the rate.
    dtype : complex dtype (real if there is a `power`), optional
        Of the result: by default in the precision of the input. A wider one is computed in.
    method : {'librosa', 'exact'}
        librosa's numbers, which its recursion and `sparsity` take a few hundredths away from the
        definition; or the inner products with the atoms of `filters.wavelet` at the signal's own
        rate: several times faster, at any hop, and what `icqt` can invert.
    accuracy : float, 0 < accuracy < 1
        For ``method="exact"``, the share of an atom's norm that may be left out, against speed. At
        the default results are within 5e-6 of the definition; `vqt_errors` tells each bin's bound.
        `sparsity` and `res_type` are not used then.
    power : float > 0, optional
        Give magnitudes to this power instead, without storing complex numbers.

    Returns
    -------
    array [shape=(..., n_bins, time)], complex (real if there is a `power`)
        In the input's library and on its device; ``time = 1 + n // hop_length``.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, if the top bin reaches beyond sr / 2, or, for NumPy
        arrays, samples that are not finite.

    See Also
    --------
    vqt : wider bins at low frequencies, other tunings.
    icqt : an approximate inverse.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> C = nax.cqt(y)
    >>> C.shape
    (84, 44)
    >>> int(np.argmax(abs(C[:, 20])))  # A4 is 45 semitones above C1
    45
    """
    return vqt(
        y,
        sr=sr,
        hop_length=hop_length,
        fmin=fmin,
        n_bins=n_bins,
        intervals="equal",
        gamma=0,
        bins_per_octave=bins_per_octave,
        tuning=tuning,
        filter_scale=filter_scale,
        norm=norm,
        sparsity=sparsity,
        window=window,
        scale=scale,
        pad_mode=pad_mode,
        res_type=res_type,
        dtype=dtype,
        method=method,
        accuracy=accuracy,
        power=power,
    )


@at_full_precision
def vqt(
    y: Array,
    *,
    sr: float = 22050,
    hop_length: int = 512,
    fmin: float | None = None,
    n_bins: int | None = 84,
    intervals: Any = "equal",
    gamma: float | None = None,
    bins_per_octave: int = 12,
    tuning: float | None = 0.0,
    filter_scale: float = 1,
    norm: float | None = 1,
    sparsity: float = 0.01,
    window: Any = "hann",
    scale: bool = True,
    pad_mode: Any = "constant",
    res_type: str = "soxr_hq",
    dtype: Dtype = None,
    method: str = "librosa",
    accuracy: float = ACCURACY,
    power: float | None = None,
) -> Array:
    """Variable-Q transform: like `cqt`, with bands wider by `gamma`, which shortens the atoms of
    low frequencies most.

    Parameters
    ----------
    y, sr, hop_length, fmin, n_bins, tuning, filter_scale, norm, sparsity, window, scale, pad_mode, res_type, dtype, method, accuracy, power
        As for `cqt`.
    intervals : {'equal', 'pythagorean', 'ji3', 'ji5', 'ji7'} or sequence of float > 0
        As for `nnaudio_xp.interval_frequencies`.
    gamma : float >= 0 or None [Hz]
        Offset of the bandwidths, which are ``alpha * f + gamma``; None makes them proportional to
        the equivalent rectangular bandwidth of hearing, ``24.7 * alpha / 0.108``.
    bins_per_octave : int > 0
        Frequencies in an octave; ratios given as `intervals` come in their own number.

    Returns
    -------
    array [shape=(..., n_bins, time)], complex
        In the input's library and on its device.

    Raises
    ------
    ParameterError
        As `cqt` does.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> nax.vqt(y, intervals="ji5", n_bins=36).shape
    (36, 44)
    """
    power = None if power is None else as_positive("power", power)
    one_of("method", method, METHODS)
    check_accuracy(accuracy)
    grid = grid_of(sr, fmin, n_bins, intervals, gamma, bins_per_octave, filter_scale, norm, window)
    settings = settings_of(sr, hop_length, grid.bins_per_octave, sparsity, scale, pad_mode, res_type)

    def transform(clips: Array, bins: Bins, *, xp: ModuleType) -> Array:
        if method == "exact":
            plan = exact_plan(bins, sr=sr, hop_length=hop_length, scale=scale, accuracy=accuracy)
            return exact_analysis(clips, plan, pad_mode=pad_mode, power=power, xp=xp)
        return ops.to_power(recursive(clips, bins, settings, xp=xp), power, xp=xp)

    return _transformed(transform, y, grid, tuning, dtype, "complex floating" if power is None else "real floating")


@at_full_precision
def hybrid_cqt(
    y: Array,
    *,
    sr: float = 22050,
    hop_length: int = 512,
    fmin: float | None = None,
    n_bins: int | None = 84,
    bins_per_octave: int = 12,
    tuning: float | None = 0.0,
    filter_scale: float = 1,
    norm: float | None = 1,
    sparsity: float = 0.01,
    window: Any = "hann",
    scale: bool = True,
    pad_mode: Any = "constant",
    res_type: str = "soxr_hq",
    dtype: Dtype = None,
) -> Array:
    """Constant-Q magnitudes: `pseudo_cqt` where the atoms are short against the hop, `cqt` below.

    Parameters
    ----------
    y, sr, hop_length, fmin, n_bins, bins_per_octave, tuning, filter_scale, norm, sparsity, window, scale, pad_mode, res_type
        As for `cqt`. Bins whose atoms fit into less than two hops, rounded up to a power of two,
        come from `pseudo_cqt`.
    dtype : real dtype, optional
        Of the result: by default the precision of `y`. A wider one is computed in. A complex one, as
        librosa takes, stands for its parts'.

    Returns
    -------
    array [shape=(..., n_bins, time)], real
        In the input's library and on its device.

    Raises
    ------
    ParameterError
        As `cqt` does.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.hybrid_cqt(np.ones(8000, dtype=np.float32)).shape
    (84, 16)
    """
    grid = grid_of(sr, fmin, n_bins, "equal", 0, bins_per_octave, filter_scale, norm, window)
    settings = settings_of(sr, hop_length, bins_per_octave, sparsity, scale, pad_mode, res_type)
    return _transformed(partial(hybrid, settings=settings), y, grid, tuning, of_parts(dtype), "real floating")


@at_full_precision
def pseudo_cqt(
    y: Array,
    *,
    sr: float = 22050,
    hop_length: int = 512,
    fmin: float | None = None,
    n_bins: int | None = 84,
    bins_per_octave: int = 12,
    tuning: float | None = 0.0,
    filter_scale: float = 1,
    norm: float | None = 1,
    sparsity: float = 0.01,
    window: Any = "hann",
    scale: bool = True,
    pad_mode: Any = "constant",
    dtype: Dtype = None,
) -> Array:
    """Short-time Fourier magnitudes, gathered into constant-Q bins by the magnitudes of the atoms'
    spectra.

    One resolution in time and frequency for all bins: that of the longest atom, or of two hops.

    Parameters
    ----------
    y, sr, hop_length, fmin, n_bins, bins_per_octave, tuning, filter_scale, norm, sparsity, window, scale, pad_mode
        As for `cqt`.
    dtype : real dtype, optional
        Of the result: by default the precision of `y`. A wider one is computed in. A complex one, as
        librosa takes, stands for its parts'.

    Returns
    -------
    array [shape=(..., n_bins, time)], real
        In the input's library and on its device.

    Raises
    ------
    ParameterError
        As `cqt` does.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.pseudo_cqt(np.ones(8000, dtype=np.float32), fmin=220, n_bins=48).shape
    (48, 16)
    """
    grid = grid_of(sr, fmin, n_bins, "equal", 0, bins_per_octave, filter_scale, norm, window)
    settings = settings_of(sr, hop_length, bins_per_octave, sparsity, scale, pad_mode)
    return _transformed(partial(projected, settings=settings), y, grid, tuning, of_parts(dtype), "real floating")


def _transformed(transform: Callable[..., Array], y: Array, grid: Grid, tuning: float | None, dtype: Dtype, kind: str) -> Array:
    """`transform(y, bins, xp=xp)`, which has frames before bins, as (..., bin, time). A tuning of
    None is each clip's own.
    """
    xp, y = signal_of(y)
    dtype = result_dtype(dtype, kind, xp=xp)
    y = widened(y, dtype, xp=xp)
    if tuning is not None:
        values = transform(y, grid.bins(tuning), xp=xp)
    else:
        batch, n = tuple(y.shape[:-1]), y.shape[-1]
        clips = xp.reshape(y, (math.prod(batch), n))
        tunings = estimate_tuning(y=clips, sr=grid.sr, bins_per_octave=grid.bins_per_octave)
        results = [transform(clips[k, ...], grid.bins(float(tunings[k])), xp=xp) for k in range(clips.shape[0])]
        if len({result.shape for result in results}) > 1:
            raise ParameterError("n_bins=None gives clips with different tunings different numbers of bins: give n_bins, or one tuning")
        values = xp.reshape(xp.stack(results), (*batch, *results[0].shape)) if results else transform(y, grid.bins(0.0), xp=xp)
    return in_dtype(xp.matrix_transpose(values), dtype, xp=xp)


@at_full_precision
def icqt(
    C: Array,
    *,
    sr: float = 22050,
    hop_length: int = 512,
    fmin: float | None = None,
    bins_per_octave: int = 12,
    tuning: float = 0.0,
    filter_scale: float = 1,
    norm: float | None = 1,
    sparsity: float = 0.01,
    window: Any = "hann",
    scale: bool = True,
    length: int | None = None,
    res_type: str = "soxr_hq",
    dtype: Dtype = None,
    method: str = "librosa",
    n_iter: int = N_ITER,
    accuracy: float = ACCURACY,
) -> Array:
    """Inverse of `cqt`: librosa's approximate one, or the signal whose exact transform is nearest
    to `C`.

    librosa's adds up each bin's atoms, as loud as its values say. They overlap in frequency, so
    `cqt(icqt(C))` is not `C`. ``method="exact"`` gives the signal itself where bins and hop make a
    frame, but for what lies beyond its bins: see `ivqt`.

    Parameters
    ----------
    C : array [shape=(..., n_bins, time)], complex
        As `cqt` gives it.
    sr, hop_length, fmin, bins_per_octave, tuning, filter_scale, norm, sparsity, window, scale
        As for the `cqt` that made it.
    length : int > 0, optional
        Samples to give back: later ones are cut off, missing ones are zero.
    res_type : {'soxr_hq', 'soxr_vhq', 'soxr_mq', 'soxr_lq', 'polyphase'}
        The filter with which octaves are brought to the full rate.
    dtype : real dtype, optional
        Of the result: by default the precision of the input. A wider one is computed in.
    method : {'librosa', 'exact'}
        As for the `cqt` that made it. `sparsity` and `res_type` are not used by the exact one.
    n_iter, accuracy
        For ``method="exact"``, as for `ivqt`.

    Returns
    -------
    array [shape=(..., samples)], real
        ``samples`` is `length`, or ``hop_length * (time - 1)``.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> z = nax.icqt(nax.cqt(y), length=22050)
    >>> round(float(np.corrcoef(y, z)[0, 1]), 2)
    0.92
    """
    settings = settings_of(sr, hop_length, bins_per_octave, sparsity, scale, res_type=res_type)
    n_iter = as_integer("n_iter", n_iter)
    check_accuracy(accuracy)
    if one_of("method", method, METHODS) == "exact":
        return ivqt(
            C,
            sr=sr,
            hop_length=hop_length,
            fmin=fmin,
            gamma=0,
            bins_per_octave=bins_per_octave,
            tuning=tuning,
            filter_scale=filter_scale,
            norm=norm,
            window=window,
            scale=scale,
            length=length,
            n_iter=n_iter,
            accuracy=accuracy,
            dtype=dtype,
        )
    xp, C = spectrum_of(C, name="C")
    dtype = result_dtype(dtype, "real floating", xp=xp)
    C = widened(C, dtype, xp=xp)
    bins = grid_of(sr, fmin, C.shape[-2], "equal", 0, bins_per_octave, filter_scale, norm, window).bins(tuning)
    samples = _samples(C, length, settings.hop_length)
    return in_dtype(inverse_to_length(xp.matrix_transpose(C), bins, settings, samples, xp=xp), dtype, xp=xp)


def _samples(C: Array, length: int | None, hop_length: int) -> int:
    """How long the signal of a transform (..., bin, time) is to be."""
    samples = signal_samples(length, hop_length * (C.shape[-1] - 1), {"hop_length": hop_length}, given=math.prod(C.shape))
    if not samples:
        raise ParameterError("C has 1 frame, which lies in the padding altogether: it must have more, or a length must be given")
    return samples


@at_full_precision
def griffinlim_cqt(
    C: Array,
    *,
    n_iter: int = 32,
    sr: float = 22050,
    hop_length: int = 512,
    fmin: float | None = None,
    bins_per_octave: int = 12,
    tuning: float = 0.0,
    filter_scale: float = 1,
    norm: float | None = 1,
    sparsity: float = 0.01,
    window: Any = "hann",
    scale: bool = True,
    pad_mode: Any = "constant",
    res_type: str = "soxr_hq",
    dtype: Dtype = None,
    length: int | None = None,
    momentum: float = 0.99,
    init: str | None = "random",
    rng: Any = None,
    random_state: Any = None,
) -> Array:
    """Signal from constant-Q magnitudes by the fast Griffin-Lim algorithm, between `icqt` and
    `cqt`.

    Parameters
    ----------
    C : array [shape=(..., n_bins, time)], real
        Magnitudes.
    n_iter, momentum, init, rng, random_state
        As for `nnaudio_xp.griffinlim`.
    sr, hop_length, fmin, bins_per_octave, tuning, filter_scale, norm, sparsity, window, scale, pad_mode, res_type
        As for `cqt`.
    dtype, length
        As for `icqt`.

    Returns
    -------
    array [shape=(..., samples)], real
        In the input's library, device and precision.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, or a `length` that does not fit the number of frames.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> nax.griffinlim_cqt(abs(nax.cqt(y)), n_iter=4, rng=0, length=22050).shape
    (22050,)
    """
    n_iter, momentum = as_integer("n_iter", n_iter, minimum=0), checked_momentum(momentum)
    settings = settings_of(sr, hop_length, bins_per_octave, sparsity, scale, pad_mode, res_type)
    xp, C = spectrum_of(C, name="C", real=True)
    dtype = result_dtype(dtype, "real floating", xp=xp)
    C = widened(C, dtype, xp=xp)
    bins = grid_of(sr, fmin, C.shape[-2], "equal", 0, bins_per_octave, filter_scale, norm, window).bins(tuning)
    samples = _samples(C, length, settings.hop_length)
    if n_iter and 1 + samples // hop_length != C.shape[-1]:
        raise ParameterError(f"length={length!r} makes {1 + samples // hop_length} frames, not the {C.shape[-1]} of C")
    phases = first_phases(C, init, rng, random_state, xp=xp)
    magnitudes, phases = xp.matrix_transpose(C), xp.matrix_transpose(phases)
    signal = griffinlim(magnitudes, phases, bins, settings, samples, n_iter=n_iter, momentum=momentum, xp=xp)
    return in_dtype(signal, dtype, xp=xp)


@at_full_precision
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
    """Inverse of the exact variable-Q transform: the signal whose transform is nearest to `V`, by
    conjugate gradients.

    It is the signal itself where bins and hop make a frame (`vqt_frame_bounds`): frames as close as
    the shortest atoms are long, or closer. What lies below the lowest and above the highest bin is
    lost. `icqt` with ``method="exact"`` is its case of ``gamma=0``.

    Parameters
    ----------
    V : array [shape=(..., n_bins, time)], complex
        As `vqt` with ``method="exact"`` and zero padding gives it.
    sr, hop_length, fmin, intervals, gamma, bins_per_octave, tuning, filter_scale, norm, window, scale, accuracy
        As for the `vqt` that made it.
    length : int > 0, optional
        Samples to give back; ``hop_length * (time - 1)`` by default. It must have made as many
        frames.
    n_iter : int > 0
        Steps; each costs a transform and its adjoint.
    dtype : real dtype, optional
        Of the result: by default the precision of the input. A wider one is computed in.

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
    xp, V = spectrum_of(V, name="V")
    dtype = result_dtype(dtype, "real floating", xp=xp)
    V = widened(V, dtype, xp=xp)
    bins = grid_of(sr, fmin, V.shape[-2], intervals, gamma, bins_per_octave, filter_scale, norm, window).bins(tuning)
    plan = exact_plan(bins, sr=sr, hop_length=hop_length, scale=scale, accuracy=accuracy)
    samples = signal_samples(length, hop_length * (V.shape[-1] - 1), {"hop_length": hop_length}, given=math.prod(V.shape))
    if samples < 1 or 1 + samples // hop_length != V.shape[-1]:
        most = hop_length * V.shape[-1] - 1
        raise ParameterError(
            f"length={length!r} must lie within {most - hop_length + 1} … {most} to make the {V.shape[-1]} frames of the transform"
        )
    signal = exact_synthesis(xp.matrix_transpose(V), plan, length=samples, n_iter=as_integer("n_iter", n_iter), xp=xp)
    return in_dtype(signal, dtype, xp=xp)


@made_outside_graphs
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
    """How far the exact transform is from its definition: a bound for each bin, computed from the
    atoms that are really applied.

    With a_k the atom and b_k what the cascade of decimators and products makes of it,
    ``|b_k - a_k| / |a_k|``. White noise meets this error; no signal x exceeds it by more than
    ``|x| |a_k| / |<x, a_k>|``. Rounding, some 1e-7 in single precision, comes on top.

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
    bins = grid_of(sr, fmin, n_bins, intervals, gamma, bins_per_octave, filter_scale, norm, window).bins(tuning)
    return host.asarray(exact_plan(bins, sr=sr, hop_length=hop_length, scale=False, accuracy=accuracy).errors, copy=True)


@made_outside_graphs
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
    """What a transform keeps of every frequency: bounds on the energy of the coefficients of a
    sinusoid over its own.

    With G_k an atom's spectrum and j counting the multiples of sr / hop_length,
    ``sum_k |G_k(f)|**2 / hop_length`` less and plus the sums over j != 0 of
    ``|G_k(f) G_k(f + j sr / hop_length)|``, for real signals averaged over f and -f. Where the
    lower bound is positive the band comes back from `ivqt` and `icqt`, the sooner the nearer the
    two bounds; over a whole band from A to B, A and B are bounds of the frame. Where it is 0 either
    no atom reaches there or frames lie too far apart.

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
    I. Daubechies, "The wavelet transform, time-frequency localization and signal analysis", IEEE
    Trans. Information Theory 36(5), 1990.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> frequencies, lower, upper = nax.vqt_frame_bounds(hop_length=32)
    >>> kept = frequencies[lower > 0.1 * upper]
    >>> bool(kept.min() < 40), bool(kept.max() > 3900)
    (True, True)
    """
    bins = grid_of(sr, fmin, n_bins, intervals, gamma, bins_per_octave, filter_scale, norm, window).bins(tuning)
    return frame_bounds(bins, sr=float(sr), hop_length=as_integer("hop_length", hop_length), scale=scale)
