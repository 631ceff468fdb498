"""Short-time Fourier transforms and signals from them: librosa.core.spectrum's names, keywords,
defaults and numbers.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from . import ops
from ._backends import at_full_precision
from ._namespace import (
    Array,
    Dtype,
    as_floating,
    as_level,
    check_digits,
    complex_dtype,
    device_of,
    dtype_name,
    in_dtype,
    is_array,
    is_complex,
    is_floating,
    namespace,
    result_dtype,
    widened,
)
from .errors import ParameterError, as_integer, as_number, as_positive
from .geometry import framing_of, signal_samples, spectrum_n_fft
from .transforms.aggregation import aggregator
from .transforms.griffinlim import checked_momentum, checked_samples, first_phases
from .transforms.inputs import checked_out, signal_of, spectrum_of
from .transforms.stft import N_ITER, FrequencyScale, analyze, frame_window, synthesize
from .transforms.vocoder import checked_kind, times_at_rate, times_given, vocoded
from .util._checks import checked_array


@at_full_precision
def stft(
    y: Array,
    *,
    n_fft: int = 2048,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = "hann",
    center: bool = True,
    dtype: Dtype = None,
    pad_mode: Any = "constant",
    out: Array | None = None,
    freq_scale: str = "no",
    freq_bins: int | None = None,
    fmin: float = 50,
    fmax: float = 6000,
    sr: float = 22050,
) -> Array:
    r"""Short-time Fourier transform.

    .. math:: X[k, t] = \sum_{n=0}^{N-1} w[n]\, y[tH + n]\, e^{-2\pi i \nu_k n / N}

    with N = `n_fft`, H = `hop_length`, y padded by N // 2 on both sides when `center`, and the
    phase counted from each frame's first sample. No scaling of any kind is applied.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them; any array library. Half precision is computed in float32.
    n_fft : int > 0
        Samples in a frame. Any number, odd ones too; products of small primes are fastest.
    hop_length : int > 0
        Samples from one frame to the next; `win_length // 4` by default. It may exceed `n_fft`.
    win_length : int, 0 < win_length <= n_fft
        Samples under the window, centred in the frame; `n_fft` by default.
    window : str, tuple, number, callable or array [shape=(win_length,)]
        As for `filters.get_window`. Gradients flow into an array.
    center : bool
        Whether frame t is centred on sample ``t * hop_length`` (the signal is padded) or begins
        there.
    dtype : complex dtype, optional
        Of the result: by default complex64, or complex128 for float64 input. It decides the
        precision of the arithmetic, too: complex128 of float32 samples is computed in float64, at
        two to three times the cost.
    pad_mode : {'constant', 'edge', 'reflect', 'symmetric', 'linear_ramp', 'empty'} or callable
        How a centred signal is padded, as in `numpy.pad` (zeros by default; 'empty' is zeros too).
        A callable needs NumPy arrays.
    out : complex array [shape=(..., freq, >= time)], optional
        Where to store the result, for libraries whose arrays can be written to. Its dtype takes the
        place of `dtype`.
    freq_scale : {'no', 'linear', 'log', 'log2'}
        Which frequencies to show: all DFT bins, or `freq_bins` of them on a linear or logarithmic
        grid from `fmin` up to, not including, `fmax`: ``fmin + k * (fmax - fmin) / freq_bins`` or
        ``fmin * (fmax / fmin)**(k / freq_bins)``.
    freq_bins : int > 0, optional
        Number of frequencies; ``1 + n_fft // 2`` by default.
    fmin, fmax : float, 0 <= fmin < fmax <= sr / 2 [Hz]
        Range of the linear and logarithmic scales.
    sr : float > 0 [Hz]
        Sampling rate, which only those scales need.

    Returns
    -------
    array [shape=(..., freq, time)], complex
        In the input's library and on its device.
        ``time = 1 + (n + 2 * (n_fft // 2) - n_fft) // hop_length`` when centred,
        ``1 + (n - n_fft) // hop_length`` otherwise.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, an uncentred signal shorter than a frame, or, for NumPy
        arrays, samples that are not finite. On other libraries such samples leave NaN in the frames
        that they touch.

    See Also
    --------
    spectrogram : magnitudes, at less cost.
    istft : the inverse.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> spectrum = nax.stft(y)
    >>> spectrum.shape
    (1025, 44)
    >>> int(np.argmax(abs(spectrum[:, 20])))  # 440 Hz lies in bin 440 * 2048 / 22050
    41
    """
    framing, width = framing_of(n_fft, hop_length, win_length, center, pad_mode)
    scale = FrequencyScale(freq_scale, freq_bins, fmin, fmax, sr)
    n_bins = scale.count(framing.n_fft)
    xp, y = signal_of(y)
    dtype = result_dtype(dtype, "complex floating", xp=xp)
    into = None
    if out is not None:
        shape = (*y.shape[:-1], n_bins, framing.n_frames(y.shape[-1]))
        out = checked_out(out, shape, "complex floating", longer=True, xp=xp)
        dtype = out.dtype
        into = xp.matrix_transpose(out) if freq_bins is None or freq_scale != "no" else None
    y = widened(y, dtype, xp=xp)
    spectrum = xp.matrix_transpose(analyze(y, framing, width, window, out=into, scale=scale, xp=xp))
    if out is not None:
        return out if into is not None else ops.write(out, spectrum, xp=xp)
    return in_dtype(spectrum, dtype, xp=xp)


@at_full_precision
def spectrogram(
    y: Array,
    *,
    power: float = 2.0,
    n_fft: int = 2048,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = "hann",
    center: bool = True,
    pad_mode: Any = "constant",
    freq_scale: str = "no",
    freq_bins: int | None = None,
    fmin: float = 50,
    fmax: float = 6000,
    sr: float = 22050,
) -> Array:
    """Magnitudes of the short-time Fourier transform, to a power; complex numbers are never stored.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them.
    power : float > 0
        1 for magnitude, 2 for power.
    n_fft, hop_length, win_length, window, center, pad_mode, freq_scale, freq_bins, fmin, fmax, sr
        As for `stft`.

    Returns
    -------
    array [shape=(..., freq, time)], real
        ``abs(stft(y))**power``, in the precision of `y` (float32 for half precision). The gradient
        is 0 where the spectrum is 0.

    Raises
    ------
    ParameterError
        As `stft` does.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.spectrogram(np.ones(4096, dtype=np.float32), power=1, n_fft=1024).shape
    (513, 17)
    """
    framing, width = framing_of(n_fft, hop_length, win_length, center, pad_mode)
    scale = FrequencyScale(freq_scale, freq_bins, fmin, fmax, sr)
    scale.count(framing.n_fft)
    exponent = as_positive("power", power)
    xp, y = signal_of(y)
    return xp.matrix_transpose(analyze(y, framing, width, window, power=exponent, scale=scale, xp=xp))


@at_full_precision
def istft(
    stft_matrix: Array,
    *,
    hop_length: int | None = None,
    win_length: int | None = None,
    n_fft: int | None = None,
    window: Any = "hann",
    center: bool = True,
    dtype: Dtype = None,
    length: int | None = None,
    out: Array | None = None,
    freq_scale: str = "no",
    freq_bins: int | None = None,
    fmin: float = 50,
    fmax: float = 6000,
    sr: float = 22050,
    n_iter: int = N_ITER,
) -> Array:
    """Inverse short-time Fourier transform: the signal whose spectra are nearest in the
    least-squares sense.

    Each frame is inverted, windowed and overlap-added; the sum is divided by the overlap-added
    squared window wherever that is not zero (Griffin & Lim, "Signal estimation from modified
    short-time Fourier transform", 1984). On a linear or logarithmic frequency scale, bins are
    weighted by the bands that they stand for, and the signal is found by conjugate gradients
    (Gröchenig, "Acceleration of the frame algorithm", 1993). It is the signal itself where the bins
    make a frame: where they cover all of its frequencies, no more than about ``2 sr / n_fft``
    apart. What lies outside ``fmin`` … ``fmax`` is lost, and, little by little, what lies between
    bins further apart.

    Parameters
    ----------
    stft_matrix : array [shape=(..., 1 + n_fft // 2 or freq_bins, time)], complex
        As `stft` gives it.
    hop_length, win_length, window, center
        As for the `stft` that made it; `hop_length` is `win_length // 4` by default.
    n_fft : int > 0, optional
        Samples in a frame; by default the even number that fits the shape. Other scales need it.
    dtype : real dtype, optional
        Of the result: by default the precision of the input. A wider one is computed in.
    length : int > 0, optional
        Samples to give back: later ones are cut off, missing ones are zero.
    out : array [shape=(..., samples)], real, optional
        Where to store the result. Its dtype takes the place of `dtype`.
    freq_scale, freq_bins, fmin, fmax, sr
        As for the `stft` that made it; `freq_bins` follows from the shape.
    n_iter : int > 0
        Steps that a linear or logarithmic scale takes; each costs two FFTs of twice the length for
        every frame.

    Returns
    -------
    array [shape=(..., samples)], real
        ``samples`` is `length`, or what the frames cover: ``n_fft + hop_length * (time - 1)``, less
        ``2 * (n_fft // 2)`` when centred.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.random.default_rng(0).standard_normal(8000)
    >>> z = nax.istft(nax.stft(y), length=8000)
    >>> bool(np.allclose(z, y))
    True
    """
    xp, spectrum = spectrum_of(stft_matrix, name="stft_matrix")
    dtype = result_dtype(dtype, "real floating", xp=xp)
    n_freqs, n_frames = spectrum.shape[-2:]
    scale = FrequencyScale(freq_scale, n_freqs, fmin, fmax, sr)
    if freq_bins not in (None, n_freqs):
        raise ParameterError(f"freq_bins={freq_bins!r} does not fit the {n_freqs} frequencies of stft_matrix")
    if freq_scale == "no":
        n_fft = spectrum_n_fft(n_fft, n_freqs, name="stft_matrix")
    framing, width = framing_of(n_fft, hop_length, win_length, center, "constant")
    scale.count(framing.n_fft)
    n_iter = as_integer("n_iter", n_iter)
    decided_by = {"hop_length": framing.hop_length, "n_fft": framing.n_fft}
    samples = signal_samples(length, framing.n_samples(n_frames), decided_by, given=math.prod(spectrum.shape))
    if length is not None:
        n_frames = min(n_frames, framing.frames_for(samples))
    if out is not None:
        out = checked_out(out, (*spectrum.shape[:-2], samples), "real floating", xp=xp)
        dtype = out.dtype
    rows = xp.matrix_transpose(widened(spectrum[..., :n_frames], dtype, xp=xp))
    signal = synthesize(rows, framing, width, window, samples, scale=scale, n_iter=n_iter, out=out, xp=xp)
    return signal if out is not None else in_dtype(signal, dtype, xp=xp)


@at_full_precision
def magphase(D: Array, *, power: float = 1) -> tuple[Array, Array]:
    """Split a complex spectrogram into magnitudes, to a power, and unit phases:
    ``D = magnitude * phase`` for power 1.

    Parameters
    ----------
    D : array [shape=(..., freq, time)], complex or real
        A spectrogram such as `stft` gives.
    power : float > 0
        Exponent of the magnitudes.

    Returns
    -------
    magnitude : array [shape=(..., freq, time)], real
        ``abs(D)**power``, in float32 for half precision. The gradient is 0 where D is 0.
    phase : array [shape=(..., freq, time)], complex
        ``D / abs(D)``; 1 where D is 0. The gradient is 0 where D is below some 2e-34 (float32).

    Raises
    ------
    ParameterError
        If `D` is not a floating-point array or `power` is not positive.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> magnitude, phase = nax.magphase(np.array([[3j, 0j]]))
    >>> magnitude.tolist(), phase.tolist()
    ([[3.0, 0.0]], [[1j, (1+0j)]])
    """
    exponent = as_positive("power", power)
    if not is_array(D):
        raise ParameterError(f"D is a {type(D).__name__}: it must be an array")
    xp = namespace(D)
    check_digits(D, name="D")
    if not (is_floating(D, xp) or is_complex(D, xp)):
        raise ParameterError(f"D has dtype {dtype_name(D.dtype)}: it must be floating-point")
    spectrum = xp.astype(D, complex_dtype(D, xp), copy=False)
    size = ops.modulus(spectrum, xp=xp)
    return ops.raised(size, exponent, xp=xp), ops.phases(spectrum, size, xp=xp)


@at_full_precision
def griffinlim(
    S: Array,
    *,
    n_iter: int = 32,
    hop_length: int | None = None,
    win_length: int | None = None,
    n_fft: int | None = None,
    window: Any = "hann",
    center: bool = True,
    dtype: Dtype = None,
    length: int | None = None,
    pad_mode: Any = "constant",
    momentum: float = 0.99,
    init: str | None = "random",
    rng: Any = None,
    random_state: Any = None,
) -> Array:
    """Signal from a magnitude spectrogram by the fast Griffin-Lim algorithm.

    Phases are found by going back and forth between signal and spectrogram, each time keeping the
    phases and restoring the magnitudes, with a momentum on the phases (Perraudin, Balazs &
    Søndergaard, "A fast Griffin-Lim algorithm", 2013).

    Parameters
    ----------
    S : array [shape=(..., 1 + n_fft // 2, time)], real
        Magnitudes.
    n_iter : int >= 0
        Number of iterations.
    hop_length, win_length, n_fft, window, center, length, dtype
        As for `istft`.
    pad_mode
        As for `stft`.
    momentum : float >= 0
        0 for the original algorithm; values above 1 may diverge.
    init : {'random', None}
        Start from random phases, or from phase zero.
    rng : int, numpy.random.Generator or None
        Source of the random phases: the same seed gives the same phases on every library. A
        `torch.Generator` serves tensors on its device.
    random_state : int, numpy.random.RandomState or None
        librosa 0.11's name for `rng`; an integer seeds the `RandomState` that librosa 0.11 would
        use.

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
    >>> S = nax.spectrogram(y, power=1)
    >>> z = nax.griffinlim(S, rng=0, length=22050)
    >>> bool(np.linalg.norm(nax.spectrogram(z, power=1) - S) < 0.1 * np.linalg.norm(S))
    True
    """
    n_iter, momentum = as_integer("n_iter", n_iter, minimum=0), checked_momentum(momentum)
    xp, S = spectrum_of(S, name="S", real=True)
    dtype = result_dtype(dtype, "real floating", xp=xp)
    S = widened(S, dtype, xp=xp)
    n_freqs, n_frames = S.shape[-2:]
    framing, width = framing_of(spectrum_n_fft(n_fft, n_freqs, name="S"), hop_length, win_length, center, pad_mode)
    samples = checked_samples(framing, n_frames, length, n_iter=n_iter)
    phases = first_phases(S, init, rng, random_state, xp=xp)
    signal = ops.griffinlim(
        xp.matrix_transpose(S),
        xp.matrix_transpose(phases),
        frame_window(window, width, framing.n_fft, like=S, xp=xp),
        framing,
        n_iter=n_iter,
        momentum=momentum,
        length=samples,
        xp=xp,
    )
    return in_dtype(signal, dtype, xp=xp)


@at_full_precision
def zero_crossings(
    y: Array,
    *,
    threshold: float = 1e-10,
    ref_magnitude: float | Callable[[Array], Any] | None = None,
    pad: bool = True,
    zero_pos: bool = True,
    axis: int = -1,
) -> Array:
    """Where a signal has another sign than one sample before.

    Parameters
    ----------
    y : array [shape=(..., n, ...)], real
        Signals of any library.
    threshold : float >= 0
        Magnitudes up to this one count as 0.
    ref_magnitude : float or function, optional
        What the threshold is multiplied by: a number, or a function of all magnitudes, such as
        `numpy.max`, which sees the whole batch.
    pad : bool
        What the first sample is said to be.
    zero_pos : bool
        Whether 0 has a positive sign; otherwise it has one of its own.
    axis : int
        The axis of time.

    Returns
    -------
    boolean array [shape=(..., n, ...)]
        In the input's library and on its device.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.zero_crossings(np.array([1.0, 2.0, -1.0, 0.0, 3.0, -2.0])).tolist()
    [True, False, True, True, False, True]
    """
    xp, n, axis = checked_array(y, "y", axis)
    _, values = as_floating(y, name="y")
    limit: Any = as_number("threshold", threshold, minimum=0)
    if callable(ref_magnitude):
        ref_magnitude = aggregator(ref_magnitude, xp=xp)(xp.abs(values))
    if ref_magnitude is not None:
        limit = limit * as_level("ref_magnitude", ref_magnitude, values, xp=xp)
    samples = ops.moveaxis(values, axis, -1, xp=xp)
    first = xp.full((*samples.shape[:-1], min(n, 1)), bool(pad), dtype=xp.bool, device=device_of(values))
    signs = [samples < -limit] if zero_pos else [samples < -limit, samples > limit]
    changes = [sign[..., 1:] != sign[..., :-1] for sign in signs]
    crossings = xp.concat([first, changes[0] if zero_pos else changes[0] | changes[1]], axis=-1)
    return ops.moveaxis(crossings, -1, axis, xp=xp)


@at_full_precision
def phase_vocoder(
    D: Array,
    *,
    rate: float | None = None,
    t_out: Any = None,
    kind: Any = "linear",
    hop_length: int | None = None,
    n_fft: int | None = None,
) -> Array:
    """Speed a spectrogram up or down, without changing its frequencies.

    Magnitudes are interpolated at times `rate` frames apart. From one frame of the result to the next
    a phase goes on by as much as it does in `D` from the frame before that time to the frame after it
    (Ellis, "A phase vocoder in Matlab", 2002).

    Parameters
    ----------
    D : array [shape=(..., freq, time)], complex
        Spectrogram, such as `stft` gives, with frames that overlap by three quarters or more.
    rate : float > 0
        Above 1 faster, below 1 slower. Either `rate` or `t_out` must be given.
    t_out : list or array [shape=(frames,)], 0 <= t_out < time [frames]
        The times of the result's frames, for a rate that changes. Gradients flow into an array of the
        same library as `D`; where that is not NumPy, times out of range are held to the first and the last
        frame.
    kind : str or int
        How magnitudes are interpolated, as in `scipy.interpolate.interp1d`: 'linear', 'nearest',
        'nearest-up', 'zero', 'slinear', 'quadratic', 'cubic', 'previous', 'next', or the order of a
        spline. Behind the last frame lines and splines go on, the others stay.
    hop_length, n_fft
        Of the `stft` that made `D`, as in librosa 0.11: the numbers do not depend on them.

    Returns
    -------
    array [shape=(..., freq, ceil(time / rate) or frames)], complex
        In the input's library, device and precision. Phases are added up in float64 where the library has
        it, also in single precision. Gradients are finite, also in silence.

    Raises
    ------
    ParameterError
        If not exactly one of `rate` and `t_out` is given, and on an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> D = nax.stft(y)
    >>> nax.phase_vocoder(D, rate=2.0).shape
    (1025, 22)
    """
    for name, value in (("hop_length", hop_length), ("n_fft", n_fft)):
        if value is not None:
            as_integer(name, value)
    if (rate is None) == (t_out is None):
        raise ParameterError(f"rate={rate!r} and t_out={t_out!r}: exactly one of them must be given")
    xp, spectrum = spectrum_of(D, name="D")
    kind = checked_kind(kind, spectrum.shape[-1])
    options: dict[str, Any] = {"like": spectrum, "xp": xp}
    times = times_given(t_out, spectrum.shape[-1], **options) if rate is None else times_at_rate(rate, spectrum.shape[-1], **options)
    return xp.matrix_transpose(vocoded(xp.matrix_transpose(spectrum), times, kind, xp=xp))
