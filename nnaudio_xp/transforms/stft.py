"""The short-time Fourier transform, its inverse, and its magnitudes."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import (
    Array,
    Dtype,
    check_signal,
    check_spectrum,
    complex_dtype,
    device_of,
    dtype_name,
    is_array,
    is_complex,
    is_floating,
    namespace,
    on_host,
    place,
    real_dtype,
    result_dtype,
)
from ..errors import ParameterError, as_integer, as_positive, warn
from ..geometry import Framing, framing_of, spectrum_n_fft
from ..kernels.fourier import bin_frequencies, centered, fourier_bank, padded_window, synthesis_bank, synthesis_response
from ..windows import get_window

N_ITER = 32
"""Steps of conjugate gradients after which music is back to rounding where a linear scale's bins and the hop make a frame."""


def frame_window(window: Any, win_length: int, n_fft: int, *, like: Array, xp: ModuleType) -> Array:
    """A window as long as a frame, in the signal's precision; gradients flow into a window given as an array."""
    dtype, device = real_dtype(like, xp), device_of(like)
    if callable(window):
        window = window(win_length)  # asked each time: it may answer differently
    if is_array(window) and not isinstance(window, str):
        samples = get_window(window, win_length)
        if is_complex(samples, namespace(samples)):
            raise ParameterError(f"window has dtype {dtype_name(samples.dtype)}: it must be real")
        if namespace(samples) is xp:
            return centered(xp.astype(samples, dtype), n_fft, xp=xp)
        return centered(place(on_host(samples, name="window"), xp=xp, dtype=dtype, device=device), n_fft, xp=xp)
    return ops.constant(padded_window, window=window, win_length=win_length, n_fft=n_fft, xp=xp, dtype=dtype, device=device)


def fourier_products(x: Array, cosines: Array, sines: Array, framing: Framing, *, xp: ModuleType) -> tuple[Array, Array]:
    """Real and imaginary parts (..., time, bin) of the frames' products with windowed cosines and sines (bin, n_fft)."""
    products = ops.correlate(x, xp.concat([cosines, -sines]), framing, xp=xp)
    re, im = ops.unstack(xp.reshape(products, (*products.shape[:-1], 2, cosines.shape[0])), axis=-2, xp=xp)
    return re, im


@dataclass(frozen=True)
class FrequencyScale:
    """Which frequencies a Fourier picture shows: every DFT bin ('no'), or a linear or logarithmic grid."""

    freq_scale: str = "no"
    freq_bins: int | None = None
    fmin: float = 50
    fmax: float = 6000
    sr: float = 22050

    def frequencies(self, n_fft: int) -> list[float]:
        return bin_frequencies(
            n_fft=n_fft, freq_scale=self.freq_scale, freq_bins=self.freq_bins, fmin=self.fmin, fmax=self.fmax, sr=self.sr
        )

    def arguments(self, n_fft: int) -> dict[str, Any]:
        """What the builders of kernels take."""
        return {"n_fft": n_fft, **asdict(self)}


def analyze(
    y: Array,
    framing: Framing,
    win_length: int,
    window: Any,
    *,
    power: float | None = None,
    bank: Array | None = None,
    out: Array | None = None,
    scale: FrequencyScale | None = None,
    xp: ModuleType,
) -> Array:
    """The checked signal's spectra, frames before frequencies: (..., time, frequency) or, with a bank, (..., time, band)."""
    if framing.center and framing.n_fft > y.shape[-1]:
        warn(f"n_fft={framing.n_fft} is too large for input signal of length={y.shape[-1]}: choose a smaller n_fft")
    framing.check_length(y.shape[-1])
    ops.require_finite(y, "y", xp=xp)
    y = xp.astype(y, real_dtype(y, xp), copy=False)
    if scale is None or scale.freq_scale == "no":
        values = ops.spectra(
            y, frame_window(window, win_length, framing.n_fft, like=y, xp=xp), framing, power=power, bank=bank, out=out, xp=xp
        )
        return values if scale is None or scale.freq_bins is None else values[..., : scale.freq_bins]
    waves = ops.constant(
        fourier_bank,
        win_length=framing.n_fft,
        window="boxcar",
        **scale.arguments(framing.n_fft),
        xp=xp,
        dtype=y.dtype,
        device=device_of(y),
    )
    kernels = waves * frame_window(window, win_length, framing.n_fft, like=y, xp=xp)
    re, im = fourier_products(y, kernels[0, ...], kernels[1, ...], framing, xp=xp)
    values = ops.to_complex(re, im, xp=xp) if power is None else ops.magnitude_to(power, re, im, xp=xp)
    return values if out is None else ops.write(out, values, xp=xp)


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

    with N = `n_fft`, H = `hop_length`, y padded by N // 2 on both sides when `center`, and the phase counted from each frame's
    first sample. No scaling of any kind is applied.

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
        Whether frame t is centred on sample ``t * hop_length`` (the signal is padded) or begins there.
    dtype : complex dtype, optional
        Of the result: by default complex64, or complex128 for float64 input.
    pad_mode : {'constant', 'edge', 'reflect', 'symmetric', 'linear_ramp', 'empty'} or callable
        How a centred signal is padded, as in `numpy.pad` (zeros by default; 'empty' is zeros too). A callable needs NumPy arrays.
    out : complex array [shape=(..., freq, >= time)], optional
        Where to store the result, for libraries whose arrays can be written to.
    freq_scale : {'no', 'linear', 'log', 'log2'}
        Which frequencies to show: all DFT bins, or `freq_bins` of them on a linear or logarithmic grid from `fmin` up to, not
        including, `fmax`: ``fmin + k * (fmax - fmin) / freq_bins`` or ``fmin * (fmax / fmin)**(k / freq_bins)``.
    freq_bins : int > 0, optional
        Number of frequencies; ``1 + n_fft // 2`` by default.
    fmin, fmax : float, 0 <= fmin < fmax <= sr / 2 [Hz]
        Range of the linear and logarithmic scales.
    sr : float > 0 [Hz]
        Sampling rate, which only those scales need.

    Returns
    -------
    array [shape=(..., freq, time)], complex
        In the input's library and on its device. ``time = 1 + (n + 2 * (n_fft // 2) - n_fft) // hop_length`` when centred,
        ``1 + (n - n_fft) // hop_length`` otherwise.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, an uncentred signal shorter than a frame, or, for NumPy arrays, samples that are not
        finite. On other libraries such samples leave NaN in the frames that they touch.

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
    xp = check_signal(y)
    dtype = result_dtype(dtype, "complex floating", xp=xp)
    framing, width = framing_of(n_fft, hop_length, win_length, center, pad_mode)
    scale = FrequencyScale(freq_scale, freq_bins, fmin, fmax, sr)
    n_bins = len(scale.frequencies(framing.n_fft))
    into = None
    if out is not None:
        shape = (*y.shape[:-1], n_bins, framing.n_frames(y.shape[-1]))
        out = _checked_out(out, shape, "complex floating", longer=True, xp=xp)
        into = xp.matrix_transpose(out) if freq_bins is None or freq_scale != "no" else None
    spectrum = xp.matrix_transpose(analyze(y, framing, width, window, out=into, scale=scale, xp=xp))
    if out is not None:
        return out if into is not None else ops.write(out, spectrum, xp=xp)
    return spectrum if dtype is None else xp.astype(spectrum, dtype, copy=False)


def _checked_out(out: Array, shape: tuple[int, ...], kind: str, *, longer: bool = False, xp: ModuleType) -> Array:
    """The part of the caller's array that the result fills: all of it, unless it may be longer."""
    if not is_array(out) or namespace(out) is not xp or not xp.isdtype(out.dtype, kind):
        raise ParameterError(f"out={type(out).__name__} must be a {kind} array of the input's library")
    if tuple(out.shape) == shape:
        return out
    if not longer or tuple(out.shape[:-1]) != shape[:-1] or out.shape[-1] < shape[-1]:
        raise ParameterError(f"out has shape {tuple(out.shape)}: it must be {shape}{', or longer along the last axis' * longer}")
    return out[..., : shape[-1]]


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
    """Magnitudes of the short-time Fourier transform, to a power; the complex picture is never stored.

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
        ``abs(stft(y))**power``, in the precision of `y` (float32 for half precision). The gradient is 0 where the spectrum is 0.

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
    xp = check_signal(y)
    framing, width = framing_of(n_fft, hop_length, win_length, center, pad_mode)
    scale = FrequencyScale(freq_scale, freq_bins, fmin, fmax, sr)
    scale.frequencies(framing.n_fft)
    return xp.matrix_transpose(analyze(y, framing, width, window, power=as_positive("power", power), scale=scale, xp=xp))


def nearest_signal(
    parts: tuple[Array, Array],
    window: Array,
    bank: Array,
    response: Array,
    framing: Framing,
    length: int,
    *,
    n_iter: int,
    xp: ModuleType,
) -> Array:
    """The signal (..., length) whose picture on another frequency scale is nearest to re and im (..., time, bin), by conjugate gradients.

    Analysis and synthesis by the scale's `synthesis_bank` are one filter in each frame, of the given `synthesis_response`. Signals are
    measured in units of the overlap-added squared window, where `synthesis` divides by it; an even response then needs a single step.
    """
    n_fft, hop = framing.n_fft, framing.hop_length
    weight = ops.window_sum(window, parts[0].shape[-2], hop, xp=xp)
    covered = weight > xp.finfo(weight.dtype).smallest_normal
    unit = xp.where(covered, 1 / xp.sqrt(xp.where(covered, weight, 1.0)), 0.0)

    def back(rows: Array) -> Array:
        return ops.overlap_add(rows * window, hop, xp=xp) * unit

    def normal(signal: Array) -> Array:
        spectrum = ops.rfft(ops.pad(ops.frame(signal * unit, n_fft, hop, xp=xp) * window, 0, n_fft, "constant", xp=xp), xp=xp)
        filtered = ops.to_complex(xp.real(spectrum) * response, xp.imag(spectrum) * response, xp=xp)
        return back(ops.irfft(filtered, 2 * n_fft, xp=xp)[..., :n_fft])

    signal = ops.conjugate_gradients(normal, back(xp.concat(parts, axis=-1) @ bank), n_iter, xp=xp)
    return ops.fit_samples(signal * unit, framing.padding, length, xp=xp)


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
    """Inverse short-time Fourier transform: the signal whose spectra are nearest in the least-squares sense.

    Each frame is inverted, windowed and overlap-added; the sum is divided by the overlap-added squared window wherever that is not
    zero (Griffin & Lim, "Signal estimation from modified short-time Fourier transform", 1984). On a linear or logarithmic frequency
    scale, bins are weighted by the bands that they stand for, and the signal is found by conjugate gradients (Gröchenig,
    "Acceleration of the frame algorithm", 1993). It is the signal itself where the bins make a frame: where they cover all of its
    frequencies, no more than about ``2 sr / n_fft`` apart. What lies outside ``fmin`` … ``fmax`` is lost, and, little by little, what lies
    between bins further apart.

    Parameters
    ----------
    stft_matrix : array [shape=(..., 1 + n_fft // 2 or freq_bins, time)], complex
        As `stft` gives it.
    hop_length, win_length, window, center
        As for the `stft` that made it; `hop_length` is `win_length // 4` by default.
    n_fft : int > 0, optional
        Samples in a frame; by default the even number that fits the shape. Other scales need it.
    dtype : real dtype, optional
        Of the result: by default the precision of the input.
    length : int > 0, optional
        Samples to give back: later ones are cut off, missing ones are zero.
    out : array [shape=(..., samples)], real, optional
        Where to store the result.
    freq_scale, freq_bins, fmin, fmax, sr
        As for the `stft` that made it; `freq_bins` follows from the shape.
    n_iter : int > 0
        Steps that a linear or logarithmic scale takes; each costs two FFTs of twice the length for every frame.

    Returns
    -------
    array [shape=(..., samples)], real
        ``samples`` is `length`, or what the frames cover: ``n_fft + hop_length * (time - 1)``, less ``2 * (n_fft // 2)`` when
        centred.

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
    xp = check_spectrum(stft_matrix, name="stft_matrix")
    dtype = result_dtype(dtype, "real floating", xp=xp)
    n_freqs, n_frames = stft_matrix.shape[-2:]
    scale = FrequencyScale(freq_scale, n_freqs, fmin, fmax, sr)
    if freq_bins not in (None, n_freqs):
        raise ParameterError(f"freq_bins={freq_bins!r} does not fit the {n_freqs} frequencies of stft_matrix")
    if freq_scale == "no":
        n_fft = spectrum_n_fft(n_fft, n_freqs, name="stft_matrix")
    framing, width = framing_of(n_fft, hop_length, win_length, center, "constant")
    scale.frequencies(framing.n_fft)
    n_iter = as_integer("n_iter", n_iter)
    samples = as_integer("length", length, minimum=0) if length else framing.n_samples(n_frames)
    if length:
        n_frames = min(n_frames, framing.frames_for(samples))
    if out is not None:
        out = _checked_out(out, (*stft_matrix.shape[:-2], samples), "real floating", xp=xp)
    spectrum = xp.astype(stft_matrix[..., :n_frames], complex_dtype(stft_matrix, xp), copy=False)
    kernel = frame_window(window, width, framing.n_fft, like=stft_matrix, xp=xp)
    spectrum = xp.matrix_transpose(spectrum)
    if freq_scale == "no":
        signal = ops.synthesis(spectrum, kernel, framing, samples, out=out, xp=xp)
    else:
        place_of: dict[str, Any] = {"xp": xp, "dtype": kernel.dtype, "device": device_of(kernel), **scale.arguments(framing.n_fft)}
        bank, response = ops.constant(synthesis_bank, **place_of), ops.constant(synthesis_response, **place_of)
        parts = xp.real(spectrum), xp.imag(spectrum)
        signal = nearest_signal(parts, kernel, bank, response, framing, samples, n_iter=n_iter, xp=xp)
        signal = signal if out is None else ops.write(out, signal, xp=xp)
    return signal if dtype is None or out is not None else xp.astype(signal, dtype, copy=False)


def magphase(D: Array, *, power: float = 1) -> tuple[Array, Array]:
    """Split a complex picture into magnitudes, to a power, and unit phases: ``D = magnitude * phase`` for power 1.

    Parameters
    ----------
    D : array [shape=(..., freq, time)], complex or real
        A picture such as `stft` gives.
    power : float > 0
        Exponent of the magnitudes.

    Returns
    -------
    magnitude : array [shape=(..., freq, time)], real
        ``abs(D)**power``.
    phase : array [shape=(..., freq, time)], complex
        ``D / abs(D)``; 1 where D is 0.

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
    if not (is_floating(D, xp) or is_complex(D, xp)):
        raise ParameterError(f"D has dtype {dtype_name(D.dtype)}: it must be floating-point")
    spectrum, size = xp.astype(D, complex_dtype(D, xp), copy=False), xp.abs(D)
    silent = size == 0
    divisor = xp.where(silent, 1.0, size)  # of real numbers: a quotient of complex ones fails at the smallest
    phase = ops.to_complex(xp.where(silent, 1.0, xp.real(spectrum) / divisor), xp.imag(spectrum) / divisor, xp=xp)
    return ops.raised(size, exponent, xp=xp), phase
