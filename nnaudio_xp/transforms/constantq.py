"""Constant-Q and variable-Q transforms as librosa computes them: octave by octave, from the top, at half the rate each time."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, Dtype, check_signal, check_spectrum, complex_dtype, device_of, real_dtype, result_dtype
from ..errors import ParameterError, as_integer, as_number, as_positive, one_of, warn
from ..geometry import Framing, padding_mode
from ..kernels.constant_q import Bins, analysis_matrix, bins_below_nyquist, bins_in_octave, frame_length, magnitude_matrix, synthesis_matrix
from ..kernels.multirate import ACCURACY
from ..kernels.resampling import RES_TYPES
from .exact import N_ITER, exact_analysis, exact_plan, ivqt
from .griffinlim import checked_momentum, first_phases
from .resampling import resampled
from .stft import frame_window
from .tuning import estimate_tuning

METHODS = ("librosa", "exact")


@dataclass(frozen=True)
class Settings:
    """What the transforms of this module share beside their bins, checked."""

    sr: float
    hop_length: int
    bins_per_octave: int
    sparsity: float
    scale: bool
    pad_mode: Any = "constant"
    res_type: Any = "soxr_hq"

    def __post_init__(self) -> None:
        if self.res_type is None:
            message = "Support for VQT with res_type=None went with librosa 1.0: pass res_type='soxr_hq', which it stood for"
            warn(message, FutureWarning)
            object.__setattr__(self, "res_type", "soxr_hq")
        as_positive("sr", self.sr)
        object.__setattr__(self, "hop_length", as_integer("hop_length", self.hop_length))  # a plain one, where NumPy's was given
        as_integer("bins_per_octave", self.bins_per_octave)
        if not as_number("sparsity", self.sparsity, minimum=0) < 1:
            raise ParameterError(f"sparsity={self.sparsity!r} must be below 1")
        padding_mode("pad_mode", self.pad_mode)
        one_of("res_type", self.res_type, RES_TYPES)


@dataclass(frozen=True)
class Octave:
    """Bins that share a rate: how often that was halved, what it is then, and the hop in samples of it."""

    bins: Bins
    halvings: int
    sr: float
    hop_length: int

    def matrix(self, build: Callable[..., Array], *, like: Array, xp: ModuleType, **params: Any) -> Array:
        """A kernel of this octave, in a signal's library and precision."""
        dtype, device = real_dtype(like, xp), device_of(like)
        return ops.constant(build, bins=self.bins, sr=self.sr, xp=xp, dtype=dtype, device=device, **params)


def octaves_down(bins: Bins, settings: Settings, early: int) -> list[Octave]:
    """The octaves from the top, where `early` halvings have come before.

    The rate halves where the hop is even and the next octave stays clear of the filter's edge.
    """
    octaves = []
    stop, halvings = len(bins), early
    while stop:
        start = max(0, stop - settings.bins_per_octave)
        sr, hop_length = settings.sr / 2**halvings, settings.hop_length >> halvings
        octaves.append(Octave(bins[start:stop], halvings, sr, hop_length))
        halvings += bool(start and hop_length % 2 == 0 and bins.freqs[start - 1] <= sr / 5)
        stop = start
    return octaves


def octaves_up(bins: Bins, settings: Settings) -> list[Octave]:
    """The octaves of the inverse transform, counted from the bottom; the rate halves from the top one as long as the hop is even."""
    starts = range(0, len(bins), settings.bins_per_octave)
    twos = _factors_of_two(settings.hop_length)
    halvings = [min(twos, len(starts) - 1 - octave) for octave in range(len(starts))]
    return [
        Octave(bins[start : start + settings.bins_per_octave], halved, settings.sr / 2**halved, settings.hop_length >> halved)
        for start, halved in zip(starts, halvings, strict=True)
    ]


def early_halvings(bins: Bins, settings: Settings) -> int:
    """How often the rate is halved before the top octave: its bins allow it, and the hop stays even for all octaves below."""
    n_octaves = -(-len(bins) // settings.bins_per_octave)
    room = math.ceil(math.log2(settings.sr / 2 / bins.cutoff())) - 2
    return max(0, min(room, _factors_of_two(settings.hop_length) - n_octaves + 1))


def _factors_of_two(number: int) -> int:
    return (number & -number).bit_length() - 1


def recursive(y: Array, bins: Bins, settings: Settings, *, xp: ModuleType) -> Array:
    """The transform (..., time, bin), complex."""
    early = early_halvings(bins, settings)
    if y.shape[-1] < 2**early:
        raise ParameterError(
            f"y has {y.shape[-1]} samples: they are halved {early} times before the top octave, so there must be at least {2**early} "
            "(method='exact' takes any length)"
        )
    y = resampled(y, 1, 2**early, res_type=settings.res_type, xp=xp)
    halved = early
    responses: list[Array] = []
    for octave in octaves_down(bins, settings, early):
        if octave.halvings > halved:
            halved, y = octave.halvings, resampled(y, 1, 2, res_type=settings.res_type, xp=xp)
        # librosa's resampling multiplies by sqrt(2) each time, and so do its filters after the top octave
        gain = 2 ** (halved - early / 2)
        lengths = octave.bins.lengths(settings.sr / 2**early)
        gains = [gain / math.sqrt(length) if settings.scale else gain * 2 ** (early / 2) for length in lengths]
        n_fft = frame_length(octave.bins, octave.sr)
        matrix = octave.matrix(analysis_matrix, n_fft=n_fft, gains=tuple(gains), sparsity=settings.sparsity, like=y, xp=xp)
        responses.insert(0, ops.correlate(y, matrix, Framing(n_fft, octave.hop_length, True, settings.pad_mode), xp=xp))
    n_frames = min(response.shape[-2] for response in responses)
    halves = [(response[..., :n_frames, :], response.shape[-1] // 2) for response in responses]
    re = xp.concat([response[..., :count] for response, count in halves], axis=-1)
    im = xp.concat([response[..., count:] for response, count in halves], axis=-1)
    return ops.to_complex(re, im, xp=xp)


def projected(y: Array, bins: Bins, settings: Settings, *, xp: ModuleType) -> Array:
    """Magnitudes (..., time, bin) of short-time spectra, weighted with the magnitudes of the atoms' spectra."""
    hop_length = settings.hop_length
    n_fft = max(frame_length(bins, settings.sr), 2 ** (1 + math.ceil(math.log2(hop_length))))
    gains = [1 / math.sqrt(n_fft) if settings.scale else math.sqrt(length / n_fft) for length in bins.lengths(settings.sr)]
    everything = Octave(bins, 0, settings.sr, hop_length)
    bank = everything.matrix(magnitude_matrix, n_fft=n_fft, gains=tuple(gains), sparsity=settings.sparsity, like=y, xp=xp)
    window = frame_window("hann", n_fft, n_fft, like=y, xp=xp)
    return ops.spectra(y, window, Framing(n_fft, hop_length, True, settings.pad_mode), power=1, bank=bank, xp=xp)


def hybrid(y: Array, bins: Bins, settings: Settings, *, xp: ModuleType) -> Array:
    """Magnitudes (..., time, bin): projected where an atom's frame is shorter than two hops, recursive below."""
    count = sum(2 ** math.ceil(math.log2(length)) >= 2 * settings.hop_length for length in bins.lengths(settings.sr))
    parts = [xp.abs(recursive(y, bins[:count], settings, xp=xp))] if count else []
    parts += [projected(y, bins[count:], settings, xp=xp)] if count < len(bins) else []
    n_frames = min(part.shape[-2] for part in parts)
    return xp.concat([part[..., :n_frames, :] for part in parts], axis=-1)


def inverse(C: Array, bins: Bins, settings: Settings, *, xp: ModuleType) -> Array:
    """The signal (..., hop_length * (time - 1)) of a transform (..., time, bin)."""
    re, im, start = xp.real(C), xp.imag(C), 0
    signals = []
    for octave in octaves_up(bins, settings):
        stop = start + len(octave.bins)
        pairs = xp.concat([re[..., start:stop], im[..., start:stop]], axis=-1)
        signal = overlapped(pairs, octave, settings, xp=xp)
        signals.append(resampled(signal, 2**octave.halvings, 1, res_type=settings.res_type, xp=xp))
        start = stop
    return sum(signals[1:], signals[0])


def overlapped(pairs: Array, octave: Octave, settings: Settings, *, xp: ModuleType) -> Array:
    """An octave's signal at its own rate, from real and imaginary parts (..., time, 2 bins): frames added, over their number."""
    *batch, n_frames, width = pairs.shape
    n_fft, hop_length = frame_length(octave.bins, octave.sr), octave.hop_length
    gains = [n_fft / (math.sqrt(length) if settings.scale else length) for length in octave.bins.lengths(settings.sr)]
    matrix = octave.matrix(
        synthesis_matrix, n_fft=n_fft, hop_length=hop_length, gains=tuple(gains), sparsity=settings.sparsity, like=pairs, xp=xp
    )
    framing = Framing(matrix.shape[-1], matrix.shape[0] // hop_length * width)
    blocks = ops.correlate(xp.reshape(pairs, (*batch, n_frames * width)), matrix, framing, xp=xp)
    hops = xp.reshape(blocks, (*batch, blocks.shape[-2] * blocks.shape[-1] // hop_length, hop_length))[..., : n_frames - 1, :]
    return xp.reshape(hops / _overlaps(n_frames, n_fft, hop_length, like=hops, xp=xp), (*batch, (n_frames - 1) * hop_length))


def _overlaps(n_frames: int, n_fft: int, hop_length: int, *, like: Array, xp: ModuleType) -> Array:
    """How many frames lie over each sample from the first one's middle to the last one's: (n_frames - 1, hop_length), at least 1."""
    device = device_of(like)
    hop = xp.reshape(xp.arange(n_frames - 1, dtype=like.dtype, device=device), (-1, 1))
    position = xp.arange(hop_length, device=device) + n_fft // 2
    last = xp.minimum(hop + xp.astype(position // hop_length, like.dtype), n_frames - 1)
    before = xp.maximum(hop + xp.astype((position - n_fft) // hop_length, like.dtype), -1)
    return xp.maximum(last - before, 1)


def _for_each_tuning(
    transform: Callable[[Array, float], Array], y: Array, tuning: float | None, settings: Settings, *, xp: ModuleType
) -> Array:
    """`transform(y, tuning)`, or of each clip with its own estimate."""
    ops.require_finite(y, "y", xp=xp)
    y = xp.astype(y, real_dtype(y, xp), copy=False)
    if tuning is not None:
        return transform(y, tuning)
    batch, n = tuple(y.shape[:-1]), y.shape[-1]
    clips = xp.reshape(y, (math.prod(batch), n))
    tunings = estimate_tuning(y=clips, sr=settings.sr, bins_per_octave=settings.bins_per_octave)
    results = [transform(clips[k, ...], float(tunings[k])) for k in range(clips.shape[0])]
    if not results:
        return transform(y, 0.0)
    if len({result.shape for result in results}) > 1:
        raise ParameterError("n_bins=None gives clips with different tunings different numbers of bins: give n_bins, or one tuning")
    return xp.reshape(xp.stack(results), (*batch, *results[0].shape))


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
    """Constant-Q transform: inner products with windowed complex exponentials as many periods long at every frequency.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them. The exact method takes any length; librosa's needs ``2**k`` samples where it halves the rate k times
        before the top octave. Half precision is computed in float32.
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
        Deviation of all frequencies, in bins. None estimates each clip's own (`estimate_tuning`), which looks at its values: not
        within `jax.jit`. (librosa gives all channels of a batch one estimate.)
    filter_scale : float > 0
        Factor of the atoms' lengths.
    norm : float >= 0, inf, -inf or None
        The p-norm that atoms are divided by.
    sparsity : float, 0 <= sparsity < 1
        Share of each atom's spectrum, in sums of magnitudes, that is left out: of librosa's transform a part, not an approximation
        of it, of several thousandths of the maximum.
    window : str, tuple, number or callable
        As for `nnaudio_xp.filters.get_window`.
    scale : bool
        Divide each bin by the root of its atom's length, so that white noise is level.
    pad_mode : {'constant', 'edge', 'reflect', 'symmetric', 'linear_ramp', 'empty'} or callable
        As for `nnaudio_xp.stft`; the octaves are padded one by one, each at its rate.
    res_type : {'soxr_hq', 'soxr_vhq', 'soxr_mq', 'soxr_lq', 'polyphase'}
        The filter that comes before each halving of the rate.
    dtype : complex dtype (real if there is a `power`), optional
        Of the result: by default in the precision of the input.
    method : {'librosa', 'exact'}
        librosa's numbers, which its recursion and `sparsity` take a few hundredths away from the definition; or the inner products
        with the atoms of `filters.wavelet` at the signal's own rate: several times faster, at any hop, and what `icqt` can invert.
    accuracy : float, 0 < accuracy < 1
        For ``method="exact"``, the share of an atom's norm that may be left out, against speed. At the default results are within
        5e-6 of the definition; `vqt_errors` tells each bin's bound. `sparsity` and `res_type` are not used then.
    power : float > 0, optional
        Give magnitudes to this power instead, without storing complex numbers.

    Returns
    -------
    array [shape=(..., n_bins, time)], complex (real if there is a `power`)
        In the input's library and on its device; ``time = 1 + n // hop_length``.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, if the top bin reaches beyond sr / 2, or, for NumPy arrays, samples that are not finite.

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
    """Variable-Q transform: like `cqt`, with bands wider by `gamma`, which shortens the atoms of low frequencies most.

    Parameters
    ----------
    y, sr, hop_length, fmin, n_bins, tuning, filter_scale, norm, sparsity, window, scale, pad_mode, res_type, dtype, method, accuracy, power
        As for `cqt`.
    intervals : {'equal', 'pythagorean', 'ji3', 'ji5', 'ji7'} or sequence of float > 0
        As for `nnaudio_xp.interval_frequencies`.
    gamma : float >= 0 or None [Hz]
        Offset of the bandwidths, which are ``alpha * f + gamma``; None makes them proportional to the equivalent rectangular
        bandwidth of hearing, ``24.7 * alpha / 0.108``.
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
    xp = check_signal(y)
    power = None if power is None else as_positive("power", power)
    dtype = result_dtype(dtype, "complex floating" if power is None else "real floating", xp=xp)
    one_of("method", method, METHODS)
    intervals, bins_per_octave = bins_in_octave(intervals, bins_per_octave)
    settings = Settings(sr, hop_length, bins_per_octave, sparsity, scale, pad_mode, res_type)

    def transform(clips: Array, tuning: float) -> Array:
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
        if method == "exact":
            plan = exact_plan(bins, sr=sr, hop_length=hop_length, scale=scale, accuracy=accuracy)
            return exact_analysis(clips, plan, pad_mode=pad_mode, power=power, xp=xp)
        return ops.picture(recursive(clips, bins, settings, xp=xp), power, xp=xp)

    V = xp.matrix_transpose(_for_each_tuning(transform, y, tuning, settings, xp=xp))
    return V if dtype is None else xp.astype(V, dtype, copy=False)


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
        As for `cqt`. Bins whose atoms fit into less than two hops, rounded up to a power of two, come from `pseudo_cqt`.
    dtype : real dtype, optional
        Of the result: by default the precision of `y`.

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
    grid = {"fmin": fmin, "n_bins": n_bins, "filter_scale": filter_scale, "norm": norm, "window": window}
    settings = Settings(sr, hop_length, bins_per_octave, sparsity, scale, pad_mode, res_type)
    return _magnitudes(hybrid, y, grid, tuning, settings, dtype)


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
    """Short-time Fourier magnitudes, gathered into constant-Q bins by the magnitudes of the atoms' spectra.

    One resolution in time and frequency for all bins: that of the longest atom, or of two hops.

    Parameters
    ----------
    y, sr, hop_length, fmin, n_bins, bins_per_octave, tuning, filter_scale, norm, sparsity, window, scale, pad_mode
        As for `cqt`.
    dtype : real dtype, optional
        Of the result: by default the precision of `y`.

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
    grid = {"fmin": fmin, "n_bins": n_bins, "filter_scale": filter_scale, "norm": norm, "window": window}
    settings = Settings(sr, hop_length, bins_per_octave, sparsity, scale, pad_mode)
    return _magnitudes(projected, y, grid, tuning, settings, dtype)


def _magnitudes(
    picture: Callable[..., Array], y: Array, grid: dict[str, Any], tuning: float | None, settings: Settings, dtype: Dtype
) -> Array:
    """A real picture (..., bin, time) of a signal that is still to be checked, at equally tempered frequencies."""
    xp = check_signal(y)
    dtype = result_dtype(dtype, "real floating", xp=xp)

    def transform(clips: Array, tuning: float) -> Array:
        return picture(clips, _tempered_bins(settings, tuning=tuning, **grid), settings, xp=xp)

    C = xp.matrix_transpose(_for_each_tuning(transform, y, tuning, settings, xp=xp))
    return C if dtype is None else xp.astype(C, dtype, copy=False)


def _tempered_bins(settings: Settings, **grid: Any) -> Bins:
    """Bins of a constant-Q transform."""
    return bins_below_nyquist(sr=settings.sr, bins_per_octave=settings.bins_per_octave, intervals="equal", gamma=0, **grid)


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
    """Inverse of `cqt`: librosa's approximate one, or the signal whose exact transform is nearest to `C`.

    librosa's adds up each bin's atoms, as loud as its values say. They overlap in frequency, so `cqt(icqt(C))` is not `C`.
    ``method="exact"`` gives the signal itself where bins and hop make a frame, but for what lies beyond its bins: see `ivqt`.

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
        Of the result: by default the precision of the input.
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
    xp = check_spectrum(C, name="C")
    dtype = result_dtype(dtype, "real floating", xp=xp)
    settings = Settings(sr, hop_length, bins_per_octave, sparsity, scale, res_type=res_type)
    grid = {"fmin": fmin, "n_bins": C.shape[-2], "filter_scale": filter_scale, "norm": norm, "window": window}
    bins = _tempered_bins(settings, tuning=tuning, **grid)
    samples = _samples(C, length, settings.hop_length)
    values = xp.matrix_transpose(xp.astype(C, complex_dtype(C, xp), copy=False))
    signal = _inverse_to_length(values, bins, settings, samples, xp=xp)
    return signal if dtype is None else xp.astype(signal, dtype, copy=False)


def _samples(C: Array, length: int | None, hop_length: int) -> int:
    """How long the signal of a transform (..., bin, time) is to be."""
    samples = as_integer("length", length) if length else hop_length * (C.shape[-1] - 1)
    if not samples:
        raise ParameterError("C has 1 frame, which lies in the padding altogether: it must have more, or a length must be given")
    return samples


def _inverse_to_length(C: Array, bins: Bins, settings: Settings, samples: int, *, xp: ModuleType) -> Array:
    """The inverse of a transform (..., time, bin), of the frames that reach into so many samples."""
    frames = math.ceil((samples + max(bins.lengths(settings.sr))) / settings.hop_length)
    C = C[..., : min(frames, C.shape[-2]), :]
    if C.shape[-2] == 1:
        return xp.zeros((*C.shape[:-2], samples), dtype=real_dtype(C, xp), device=device_of(C))
    return ops.fit_samples(inverse(C, bins, settings, xp=xp), 0, samples, xp=xp)


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
    """Signal from constant-Q magnitudes by the fast Griffin-Lim algorithm, between `icqt` and `cqt`.

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
    xp = check_spectrum(C, name="C", real=True)
    dtype = result_dtype(dtype, "real floating", xp=xp)
    n_iter, momentum = as_integer("n_iter", n_iter, minimum=0), checked_momentum(momentum)
    settings = Settings(sr, hop_length, bins_per_octave, sparsity, scale, pad_mode, res_type)
    grid = {"fmin": fmin, "n_bins": C.shape[-2], "filter_scale": filter_scale, "norm": norm, "window": window}
    bins = _tempered_bins(settings, tuning=tuning, **grid)
    samples = _samples(C, length, settings.hop_length)
    if n_iter and 1 + samples // hop_length != C.shape[-1]:
        raise ParameterError(f"length={length!r} makes {1 + samples // hop_length} frames, not the {C.shape[-1]} of C")
    magnitudes = xp.astype(C, real_dtype(C, xp), copy=False)
    phases = xp.matrix_transpose(first_phases(magnitudes, init, rng, random_state, xp=xp))
    magnitudes = xp.matrix_transpose(magnitudes)
    tiny = xp.finfo(magnitudes.dtype).smallest_normal

    def step(state: tuple[Array, ...], push: float) -> tuple[Array, ...]:
        phases, previous = state
        signal = _inverse_to_length(magnitudes * phases, bins, settings, samples, xp=xp)
        rebuilt = recursive(signal, bins, settings, xp=xp)
        ahead = rebuilt - previous * push
        return ahead / (xp.abs(ahead) + tiny), rebuilt

    phases, _ = ops.iterate(step, (phases, xp.zeros_like(phases)), [momentum / (1 + momentum)] * n_iter, xp=xp)
    signal = _inverse_to_length(magnitudes * phases, bins, settings, samples, xp=xp)
    return signal if dtype is None else xp.astype(signal, dtype, copy=False)
