"""Short-time Fourier analysis, and the signal that fits given spectra best."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, device_of, dtype_name, is_array, is_complex, namespace, on_host, place, real_dtype
from ..errors import ParameterError, warn
from ..geometry import Framing
from ..kernels.fourier import bin_count, centered, fourier_bank, padded_window, synthesis_bank, synthesis_response
from ..windows import get_window
from .constants import constant_like

N_ITER = 32
"""Steps of conjugate gradients after which music is back to rounding where a linear scale's bins
and the hop make a frame.
"""


def frame_window(window: Any, win_length: int, n_fft: int, *, like: Array, xp: ModuleType) -> Array:
    """A window as long as a frame, in the signal's precision; gradients flow into a window given as
    an array.
    """
    if callable(window):
        window = window(win_length)  # asked each time: it may answer differently
    if is_array(window) and not isinstance(window, str):
        samples = get_window(window, win_length)
        if is_complex(samples, namespace(samples)):
            raise ParameterError(f"window has dtype {dtype_name(samples.dtype)}: it must be real")
        dtype, device = real_dtype(like, xp), device_of(like)
        if namespace(samples) is xp:
            return centered(xp.astype(samples, dtype), n_fft, xp=xp)
        return centered(place(on_host(samples, name="window"), xp=xp, dtype=dtype, device=device), n_fft, xp=xp)
    return constant_like(padded_window, like, xp=xp, window=window, win_length=win_length, n_fft=n_fft)


def fourier_products(x: Array, cosines: Array, sines: Array, framing: Framing, *, xp: ModuleType) -> tuple[Array, Array]:
    """Real and imaginary parts (..., time, bin) of the frames' products with windowed cosines and
    sines (bin, n_fft).
    """
    products = ops.correlate(x, xp.concat([cosines, -sines]), framing, xp=xp)
    re, im = ops.unstack(xp.reshape(products, (*products.shape[:-1], 2, cosines.shape[0])), axis=-2, xp=xp)
    return re, im


@dataclass(frozen=True)
class FrequencyScale:
    """Which frequencies a spectrogram shows: every DFT bin ('no'), or a linear or logarithmic
    grid.
    """

    freq_scale: str = "no"
    freq_bins: int | None = None
    fmin: float = 50
    fmax: float = 6000
    sr: float = 22050

    def count(self, n_fft: int) -> int:
        """How many they are, the arguments checked."""
        return bin_count(**self.arguments(n_fft))

    def arguments(self, n_fft: int) -> dict[str, Any]:
        """What the builders of kernels take."""
        return {"n_fft": n_fft, **vars(self)}


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
    """The spectra of a signal, frames before frequencies: (..., time, frequency) or, with a bank,
    (..., time, band).
    """
    if framing.center and framing.n_fft > y.shape[-1]:
        warn("n_fft={} is too large for input signal of length={}: choose a smaller n_fft", framing.n_fft, y.shape[-1])
    framing.check_length(y.shape[-1])
    samples = frame_window(window, win_length, framing.n_fft, like=y, xp=xp)
    if scale is None or scale.freq_scale == "no":
        values = ops.spectra(y, samples, framing, power=power, bank=bank, out=out, xp=xp)
        return values if scale is None or scale.freq_bins is None else values[..., : scale.freq_bins]
    waves = constant_like(fourier_bank, y, xp=xp, win_length=framing.n_fft, window="boxcar", **scale.arguments(framing.n_fft))
    kernels = waves * samples
    re, im = fourier_products(y, kernels[0, ...], kernels[1, ...], framing, xp=xp)
    values = ops.to_complex(re, im, xp=xp) if power is None else ops.magnitude_to(power, re, im, xp=xp)
    return values if out is None else ops.write(out, values, xp=xp)


def synthesize(
    spectrum: Array,
    framing: Framing,
    win_length: int,
    window: Any,
    length: int,
    *,
    scale: FrequencyScale,
    n_iter: int,
    out: Array | None = None,
    xp: ModuleType,
) -> Array:
    """The signal (..., length) whose spectra are nearest to complex ones (..., time, frequency)."""
    samples = frame_window(window, win_length, framing.n_fft, like=spectrum, xp=xp)
    if scale.freq_scale == "no":
        return ops.synthesis(spectrum, samples, framing, length, out=out, xp=xp)
    arguments = scale.arguments(framing.n_fft)
    bank, response = (constant_like(build, samples, xp=xp, **arguments) for build in (synthesis_bank, synthesis_response))
    parts = xp.real(spectrum), xp.imag(spectrum)
    signal = nearest_signal(parts, samples, bank, response, framing, length, n_iter=n_iter, xp=xp)
    return signal if out is None else ops.write(out, signal, xp=xp)


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
    """The signal (..., length) whose spectra on another frequency scale are nearest to re and im
    (..., time, bin), by conjugate gradients.

    Analysis and synthesis by the scale's `synthesis_bank` are one filter in each frame, of the
    given `synthesis_response`. Signals are measured in units of the overlap-added squared window,
    where `synthesis` divides by it; an even response then needs a single step.
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

    signal = ops.conjugate_gradients(normal, back(ops.banded(xp.concat(parts, axis=-1), bank.T, xp=xp)), n_iter, xp=xp)
    return ops.fit_samples(signal * unit, framing.padding, length, xp=xp)
