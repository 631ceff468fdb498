"""The layers, each described once for every library: a frozen record of nnAudio's constructor arguments, in nnAudio's order, with two
pure methods, `kernel` (a named array, built from the record) and `apply` (the transform with a mapping of named arrays).

`apply` takes the kernels that were learned or loaded; what is missing from the mapping is built from the record and kept. A frozen
layer therefore needs none, runs by FFT and gives the function's numbers; learned Fourier kernels are multiplied with the frames.
The adapters that make callables and modules of these records are in `nnaudio_xp.backends`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, ClassVar

from . import ops
from ._namespace import (
    Array,
    Device,
    Dtype,
    default_namespace,
    device_of,
    dtype_name,
    is_array,
    is_complex,
    is_floating,
    namespace,
    place,
    real_dtype,
)
from .errors import ParameterError, as_integer, as_number, as_positive, frequency_range, one_of
from .geometry import Framing, framing
from .kernels.dct import dct_matrix
from .kernels.fourier import bin_frequencies, fourier_bank, padded_window
from .kernels.gabor import GaborFrame, gabor_frame
from .kernels.mel import mel_bank
from .transforms.cepstral import cepstrum
from .transforms.decibels import decibels
from .transforms.gabor import Slicing, coefficients, signals, slicing
from .transforms.stft import fourier_products
from .windows import get_window

__all__ = ["MFCC", "NSGT", "STFT", "LayerSpec", "MelSpectrogram", "iSTFT"]

Kernels = Mapping[str, Array]
OUTPUT_FORMATS = ("Magnitude", "Complex", "Phase")


def _built(spec: LayerSpec, name: str) -> Array:
    return spec.kernel(name)


@dataclass(frozen=True)
class LayerSpec:
    """What every layer's record offers."""

    kernel_names: ClassVar[tuple[str, ...]] = ()
    """Names of the layer's own arrays, as nnAudio's checkpoints spell them."""

    def _set(self, **values: Any) -> None:
        """Replace arguments by what they stand for (a default left open, say)."""
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def learned(self) -> tuple[str, ...]:
        """Own kernels that are trained."""
        return ()

    @property
    def held(self) -> tuple[str, ...]:
        """Own kernels that `apply` uses."""
        return ()

    @property
    def children(self) -> dict[str, LayerSpec]:
        """Layers inside this one; their kernels are named ``child.kernel``."""
        return {}

    def kernel(self, name: str) -> Array:
        """One of the layer's own arrays, float64 on the host."""
        raise NotImplementedError

    def kernels(self, *, xp: ModuleType | None = None, dtype: Dtype = None, device: Device = None) -> dict[str, Array]:
        """All learned arrays, those of the layers inside included."""
        own = {name: place(self.kernel(name), xp=xp, dtype=dtype, device=device) for name in self.held if self.learned}
        for child, spec in self.children.items():
            own |= {f"{child}.{name}": array for name, array in spec.kernels(xp=xp, dtype=dtype, device=device).items()}
        return own

    def _kernel(self, name: str, kernels: Kernels, like: Array, *, xp: ModuleType) -> Array:
        """A kernel from the mapping, in the input's precision; else as the record says."""
        if name in kernels:
            return xp.astype(kernels[name], like.dtype, copy=False)
        return ops.constant(_built, spec=self, name=name, xp=xp, dtype=like.dtype, device=device_of(like))

    def apply(self, kernels: Kernels, x: Array, *, xp: ModuleType | None = None) -> Array:
        """The transform of a waveform with the given kernels."""
        raise NotImplementedError


def _below(kernels: Kernels, child: str) -> dict[str, Array]:
    """The kernels of a layer inside."""
    return {name[len(child) + 1 :]: array for name, array in kernels.items() if name.startswith(f"{child}.")}


def _clips(x: Any, *, xp: ModuleType | None) -> tuple[ModuleType, Array]:
    """Waveforms as nnAudio takes them, (L), (B, L) or (B, 1, L), as (B, L); further axes stay. In a precision that can be computed in."""
    if xp is None and not is_array(x):
        raise ParameterError(f"x is a {type(x).__name__}: it must be an array of floating-point samples")
    space = namespace(x) if xp is None else xp
    if not is_floating(x, space):
        raise ParameterError(f"x has dtype {dtype_name(x.dtype)}: it must be floating-point (16-bit PCM is brought to floats by x / 32768)")
    if x.ndim == 0 or x.shape[-1] == 0:
        raise ParameterError(f"x has shape {tuple(x.shape)}: it must have at least one sample along its last axis")
    clips = space.astype(x, real_dtype(x, space), copy=False)
    if x.ndim == 1:
        return space, space.expand_dims(clips, axis=0)
    return space, space.squeeze(clips, axis=1) if x.ndim == 3 and x.shape[1] == 1 else clips


def _returned(values: Array, like: Array, *, xp: ModuleType) -> Array:
    """The result in the precision of the input: half goes back to half."""
    return xp.astype(values, like.dtype, copy=False)


def _window_of(window: Any, win_length: int, n_fft: int) -> Any:
    """The window as the record keeps it: a name or its parameters, or samples on the host. An unknown one fails here."""
    window = default_namespace().asarray(get_window(window, win_length)) if callable(window) or is_array(window) else window
    padded_window(window=window, win_length=win_length, n_fft=n_fft)
    return window


def _angle(re: Array, im: Array, *, xp: ModuleType) -> Array:
    """Angles in radians, pi rather than -pi where im is -0; at 0 the angle and its gradient are 0."""
    silent = (re == 0) & (im == 0)
    return xp.atan2(xp.where(silent, 0.0, im + 0.0), xp.where(silent, 1.0, re))


@dataclass(frozen=True)
class STFT(LayerSpec):
    """Short-time Fourier transform with windowed cosines and sines that can be trained.

    A call takes waveforms of shape (L), (B, L) or (B, 1, L), and returns (B, freq_bins, time), or (B, freq_bins, time, 2) pairs (re, im).
    Further leading axes stay in front. A call may name its own `output_format`.

    Parameters
    ----------
    n_fft : int > 0
        Samples in a frame.
    win_length : int, optional
        Samples under the window, centred in the frame; `n_fft` by default.
    freq_bins : int, optional
        Number of frequencies; ``1 + n_fft // 2`` by default.
    hop_length : int, optional
        Samples from one frame to the next; ``win_length // 4`` by default. Also the attribute `stride`.
    window : str, tuple, number, callable or array
        As for `nnaudio_xp.filters.get_window`.
    freq_scale : {'no', 'linear', 'log', 'log2'}
        Every DFT bin, or `freq_bins` frequencies from `fmin` up to `fmax`, as for `nnaudio_xp.stft`.
    center : bool
        Whether frame t is centred on sample ``t * hop_length``.
    pad_mode : str
        How a centred signal is padded, as for `nnaudio_xp.stft`; reflected by default.
    iSTFT : bool
        Accepted for nnAudio's sake: `inverse` always works.
    fmin, fmax : float [Hz]
        Range of the linear and logarithmic scales.
    sr : float [Hz]
        Sampling rate.
    trainable : bool
        Whether `wsin` and `wcos` are trained.
    output_format : {'Complex', 'Magnitude', 'Phase'}
        What a call returns, unless it says otherwise: (re, im) pairs along a last axis, magnitudes, or angles in radians.
    verbose : bool
        Accepted for nnAudio's sake: nothing is printed.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what holds no floating-point samples.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import STFT
    >>> layer = STFT(n_fft=512, hop_length=128, output_format="Magnitude")
    >>> layer(np.zeros((2, 16000), dtype=np.float32)).shape
    (2, 257, 126)
    """

    kernel_names: ClassVar[tuple[str, ...]] = ("wsin", "wcos", "window_mask", "kernel_sin_inv", "kernel_cos_inv")

    n_fft: int = 2048
    win_length: int | None = None
    freq_bins: int | None = None
    hop_length: int | None = None
    window: Any = "hann"
    freq_scale: str = "no"
    center: bool = True
    pad_mode: Any = "reflect"
    iSTFT: bool = False
    fmin: float = 50
    fmax: float = 6000
    sr: float = 22050
    trainable: bool = False
    output_format: str = "Complex"
    verbose: bool = field(default=True, repr=False, compare=False)
    framing: Framing = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        frames, width = framing(self.n_fft, self.hop_length, self.win_length, self.center, self.pad_mode)
        one_of("output_format", self.output_format, OUTPUT_FORMATS)
        self._set(win_length=width, hop_length=frames.hop_length, framing=frames)
        self._set(freq_bins=len(self.bins2freq), window=_window_of(self.window, width, self.n_fft))

    @property
    def stride(self) -> int:
        return self.framing.hop_length

    @property
    def pad_amount(self) -> int:
        return self.n_fft // 2

    @property
    def bins2freq(self) -> list[float]:
        """Frequency of each bin in Hz."""
        return bin_frequencies(
            n_fft=self.n_fft, freq_scale=self.freq_scale, freq_bins=self.freq_bins, fmin=self.fmin, fmax=self.fmax, sr=self.sr
        )

    @property
    def bin_list(self) -> list[float]:
        """Frequency of each bin in steps of sr / n_fft."""
        return [frequency * self.n_fft / self.sr for frequency in self.bins2freq]

    @property
    def learned(self) -> tuple[str, ...]:
        return ("wsin", "wcos") if self.trainable else ()

    @property
    def held(self) -> tuple[str, ...]:
        return ("wsin", "wcos", "window_mask") if self.trainable or self.freq_scale != "no" else ("window_mask",)

    def kernel(self, name: str) -> Array:
        host = default_namespace()
        window = padded_window(window=self.window, win_length=self.win_length or self.n_fft, n_fft=self.n_fft)
        if name == "window_mask":
            return host.reshape(window, (1, -1, 1))
        if name.endswith("_inv"):
            return inverse_kernel(self.n_fft, sine="sin" in name)
        bank = fourier_bank(
            n_fft=self.n_fft,
            win_length=self.win_length or self.n_fft,
            window=self.window,
            freq_scale=self.freq_scale,
            freq_bins=self.freq_bins,
            fmin=self.fmin,
            fmax=self.fmax,
            sr=self.sr,
        )
        return host.expand_dims(bank[1 if name == "wsin" else 0, ...], axis=1)

    def _window(self, kernels: Kernels, like: Array, *, xp: ModuleType) -> Array:
        return xp.reshape(self._kernel("window_mask", kernels, like, xp=xp), (-1,))

    def _products(self, kernels: Kernels, x: Array, *, xp: ModuleType) -> tuple[Array, Array] | None:
        """Parts of the spectra by kernels that were learned or lie on another frequency scale; None where an FFT does."""
        if self.freq_scale == "no" and not ("wsin" in kernels or "wcos" in kernels):
            return None
        cosines, sines = (xp.squeeze(self._kernel(name, kernels, x, xp=xp), axis=1) for name in ("wcos", "wsin"))
        return fourier_products(x, cosines, sines, self.framing, xp=xp)

    def picture(self, kernels: Kernels, x: Array, power: float, bank: Array | None = None, *, xp: ModuleType) -> Array:
        """Magnitudes to a power, (..., time, bin), or a filter bank's sums of them."""
        products = self._products(kernels, x, xp=xp)
        if products is None:
            values = ops.spectra(x, self._window(kernels, x, xp=xp), self.framing, power=power, bank=bank, xp=xp)
            return values if bank is not None or self.freq_bins == self.framing.n_freqs else values[..., : self.freq_bins]
        re, im = products
        values = re * re + im * im if power == 2 else ops.raised(ops.magnitude(re, im, xp=xp), power, xp=xp)
        return values if bank is None else ops.banded(values, bank, xp=xp)

    def apply(self, kernels: Kernels, x: Array, output_format: str | None = None, *, xp: ModuleType | None = None) -> Array:
        """Picture (B, bin, time), with (re, im) along a fourth axis for 'Complex', of waveforms (L), (B, L) or (B, 1, L)."""
        wanted = one_of("output_format", self.output_format if output_format is None else output_format, OUTPUT_FORMATS)
        xp, clips = _clips(x, xp=xp)
        self.framing.check_length(clips.shape[-1], name="x")
        if wanted == "Magnitude":
            return _returned(xp.matrix_transpose(self.picture(kernels, clips, 1, xp=xp)), x, xp=xp)
        parts = self._products(kernels, clips, xp=xp)
        if parts is None:
            parts = ops.spectral_parts(clips, self._window(kernels, clips, xp=xp), self.framing, xp=xp)
        re, im = (xp.matrix_transpose(part[..., : self.freq_bins]) for part in parts)
        return _returned(_angle(re, im, xp=xp) if wanted == "Phase" else xp.stack([re, im], axis=-1), x, xp=xp)

    def inverse(
        self,
        kernels: Kernels,
        X: Array,
        onesided: bool | None = None,
        length: int | None = None,
        refresh_win: bool | None = None,
        *,
        xp: ModuleType | None = None,
    ) -> Array:
        """Waveforms from spectra, by the layer's own window: see `iSTFT.apply`."""
        backward = iSTFT(
            n_fft=self.n_fft,
            win_length=self.win_length,
            hop_length=self.hop_length,
            window=self.window,
            freq_scale=self.freq_scale,
            center=self.center,
            sr=self.sr,
        )
        window = {name: array for name, array in kernels.items() if name == "window_mask"}
        return backward.apply(window, X, onesided, length, refresh_win, xp=xp)


def inverse_kernel(n_fft: int, *, sine: bool) -> Array:
    """cos or sin of 2 pi n k / n_fft, (n, 1, k, 1)."""
    host = default_namespace()
    turns = host.reshape(host.arange(n_fft), (-1, 1)) * host.arange(n_fft) % n_fft
    wave = host.sin if sine else host.cos
    return host.reshape(wave(turns * (2 * math.pi / n_fft)), (n_fft, 1, n_fft, 1))


@dataclass(frozen=True)
class iSTFT(LayerSpec):
    """Inverse short-time Fourier transform, with kernels or a window that can be trained.

    A call takes spectra of shape (B, bin, time, 2), pairs (re, im), or complex (B, bin, time), and returns waveforms (B, samples). Half
    spectra and whole ones are told apart by their number of bins. A call may say `onesided`, which of them it must be, and `length`, the
    samples to give back; without it, the padding of a centred transform is cut off.

    Parameters
    ----------
    n_fft, win_length, hop_length, window, center
        As for the `STFT` to be inverted.
    freq_bins, fmin, fmax, sr
        Accepted for nnAudio's sake.
    freq_scale : {'no'}
        Only the full set of DFT bins has an inverse here.
    trainable_kernels : bool
        Whether `kernel_sin` and `kernel_cos` are trained.
    trainable_window : bool
        Whether `window_mask` is trained.
    verbose, refresh_win : bool
        Accepted for nnAudio's sake: nothing is printed, and the window's sum is always that of the frames at hand.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what is no spectrum of `n_fft` samples.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import STFT, iSTFT
    >>> x = np.random.default_rng(0).standard_normal((2, 16000))
    >>> spectrum = STFT(n_fft=512, hop_length=128)(x)
    >>> bool(np.allclose(iSTFT(n_fft=512, hop_length=128)(spectrum, length=16000), x))
    True
    """

    kernel_names: ClassVar[tuple[str, ...]] = ("kernel_sin", "kernel_cos", "window_mask")

    n_fft: int = 2048
    win_length: int | None = None
    freq_bins: int | None = None
    hop_length: int | None = None
    window: Any = "hann"
    freq_scale: str = "no"
    center: bool = True
    fmin: float = 50
    fmax: float = 6000
    sr: float = 22050
    trainable_kernels: bool = False
    trainable_window: bool = False
    verbose: bool = field(default=True, repr=False, compare=False)
    refresh_win: bool = field(default=True, repr=False, compare=False)
    framing: Framing = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        frames, width = framing(self.n_fft, self.hop_length, self.win_length, self.center, "constant")
        if self.freq_scale != "no":
            raise ParameterError(f"freq_scale={self.freq_scale!r} has no inverse: it must be 'no'")
        self._set(win_length=width, hop_length=frames.hop_length, framing=frames)
        self._set(window=_window_of(self.window, width, self.n_fft))

    @property
    def stride(self) -> int:
        return self.framing.hop_length

    @property
    def pad_amount(self) -> int:
        return self.n_fft // 2

    @property
    def learned(self) -> tuple[str, ...]:
        kernels = ("kernel_sin", "kernel_cos") if self.trainable_kernels else ()
        return (*kernels, "window_mask") if self.trainable_window else kernels

    @property
    def held(self) -> tuple[str, ...]:
        return self.kernel_names if self.trainable_kernels else ("window_mask",)

    def kernel(self, name: str) -> Array:
        if name == "window_mask":
            window = padded_window(window=self.window, win_length=self.win_length or self.n_fft, n_fft=self.n_fft)
            return default_namespace().reshape(window, (1, -1, 1))
        return inverse_kernel(self.n_fft, sine=name == "kernel_sin")

    def apply(
        self,
        kernels: Kernels,
        X: Array,
        onesided: bool | None = None,
        length: int | None = None,
        refresh_win: bool | None = None,
        *,
        xp: ModuleType | None = None,
    ) -> Array:
        """Waveforms (B, samples) from spectra (B, bin, time, 2) of (re, im) pairs, or complex ones (B, bin, time).

        Half spectra and whole ones are told apart by their number of bins; `onesided` may say which it must be. Without
        `length`, the padding of a centred transform is cut off.
        """
        xp, re, im = _parts(X, xp=xp)
        half = self.framing.n_freqs
        bins = {None: (half, self.n_fft), True: (half,), False: (self.n_fft,)}[onesided]
        if re.shape[-2] not in bins:
            wanted = " or ".join(map(str, bins))
            raise ParameterError(f"X has {re.shape[-2]} bins: with n_fft={self.n_fft} and onesided={onesided} it must have {wanted}")
        n_samples = self.framing.n_samples(re.shape[-1]) if length is None else as_integer("length", length)
        window = xp.reshape(self._kernel("window_mask", kernels, re, xp=xp), (-1,))
        re, im = xp.matrix_transpose(re), xp.matrix_transpose(im)
        if "kernel_sin" in kernels or "kernel_cos" in kernels:
            cosines, sines = (xp.reshape(self._kernel(k, kernels, re, xp=xp), (self.n_fft, -1)) for k in ("kernel_cos", "kernel_sin"))
            re, im = _whole(re, self.n_fft, 1, xp=xp), _whole(im, self.n_fft, -1, xp=xp)
            frames = (re @ cosines.T - im @ sines.T) * window / self.n_fft
            signal = ops.normalized_overlap_add(frames, window, self.framing, n_samples, xp=xp)
        else:
            re, im = _half(re, half, 1, xp=xp), _half(im, half, -1, xp=xp)
            signal = ops.synthesis(ops.to_complex(re, im, xp=xp), window, self.framing, n_samples, xp=xp)
        return signal if is_complex(X, xp) else _returned(signal, X, xp=xp)


def _parts(X: Any, *, xp: ModuleType | None) -> tuple[ModuleType, Array, Array]:
    """Real and imaginary parts of spectra given as pairs or as complex numbers."""
    if xp is None and not is_array(X):
        raise ParameterError(f"X is a {type(X).__name__}: it must be an array")
    space = namespace(X) if xp is None else xp
    if is_complex(X, space) and X.ndim >= 2:
        return space, space.real(X), space.imag(X)
    if not is_floating(X, space) or X.ndim < 3 or X.shape[-1] != 2:
        kind = f"dtype {dtype_name(X.dtype)} and shape {tuple(X.shape)}"
        raise ParameterError(f"X has {kind}: it must be (..., bin, time, 2) or complex (..., bin, time)")
    pairs = space.astype(X, real_dtype(X, space), copy=False)
    return space, pairs[..., 0], pairs[..., 1]


def _mirrored(part: Array, *, xp: ModuleType) -> Array:
    """Bins N - k in the place of bins k = 1 …, of a whole spectrum."""
    return xp.concat([part[..., :1], xp.flip(part[..., 1:], axis=-1)], axis=-1)


def _whole(part: Array, n_fft: int, sign: int, *, xp: ModuleType) -> Array:
    """A real signal's whole spectrum from its half: bin N - k is the conjugate of bin k."""
    if part.shape[-1] == n_fft:
        return part
    return xp.concat([part, sign * xp.flip(part[..., 1 : n_fft - part.shape[-1] + 1], axis=-1)], axis=-1)


def _half(part: Array, n_freqs: int, sign: int, *, xp: ModuleType) -> Array:
    """Half of a whole spectrum, made Hermitian: the signal is the real part of the whole one's."""
    if part.shape[-1] == n_freqs:
        return part
    return ((part + sign * _mirrored(part, xp=xp)) / 2)[..., :n_freqs]


def _mel_norm(norm: Any) -> Any:
    """nnAudio's spelling of a bank's norm in librosa's: 1 is unit area, infinity is none."""
    return "slaney" if norm == 1 else None if norm == math.inf else norm


@dataclass(frozen=True)
class MelSpectrogram(LayerSpec):
    """Mel spectrogram with a filter bank and Fourier kernels that can be trained.

    A call takes waveforms as `STFT` does, and returns (B, n_mels, time).

    Parameters
    ----------
    sr : float [Hz]
        Sampling rate.
    n_fft, win_length, hop_length, window, center, pad_mode
        As for `STFT`.
    n_mels : int > 0
        Number of bands.
    power : float > 0
        1 for magnitude, 2 for power.
    htk : bool
        HTK's mel scale instead of Slaney's.
    fmin, fmax : float [Hz]
        Lowest and highest corner; `fmax` is sr / 2 by default.
    norm : {1, 'slaney', None, inf}
        Unit area of each band (1 or 'slaney'), or a peak of one (None or inf).
    trainable_mel : bool
        Whether `mel_basis` is trained.
    trainable_STFT : bool
        Whether the Fourier kernels are trained.
    verbose, iSTFT : bool
        Accepted for nnAudio's sake.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what holds no floating-point samples.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import MelSpectrogram
    >>> layer = MelSpectrogram(sr=16000, n_fft=400, hop_length=160, n_mels=80)
    >>> layer(np.zeros((2, 16000), dtype=np.float32)).shape
    (2, 80, 101)
    """

    kernel_names: ClassVar[tuple[str, ...]] = ("mel_basis",)

    sr: float = 22050
    n_fft: int = 2048
    win_length: int | None = None
    n_mels: int = 128
    hop_length: int | None = 512
    window: Any = "hann"
    center: bool = True
    pad_mode: Any = "reflect"
    power: float = 2.0
    htk: bool = False
    fmin: float = 0.0
    fmax: float | None = None
    norm: Any = 1
    trainable_mel: bool = False
    trainable_STFT: bool = False
    verbose: bool = field(default=True, repr=False, compare=False)
    iSTFT: bool = False
    stft: STFT = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        as_positive("power", self.power)
        as_integer("n_mels", self.n_mels)
        frequency_range(self.fmin, self.fmax, as_positive("sr", self.sr))
        one_of("norm", self.norm, (1, "slaney", None, math.inf))
        stft = STFT(
            n_fft=self.n_fft,
            win_length=self.win_length,
            hop_length=self.hop_length,
            window=self.window,
            center=self.center,
            pad_mode=self.pad_mode,
            iSTFT=self.iSTFT,
            sr=self.sr,
            trainable=self.trainable_STFT,
            output_format="Magnitude",
        )
        self._set(stft=stft, win_length=stft.win_length, hop_length=stft.hop_length, window=stft.window)

    @property
    def children(self) -> dict[str, LayerSpec]:
        return {"stft": self.stft}

    @property
    def stride(self) -> int:
        return self.stft.stride

    @property
    def learned(self) -> tuple[str, ...]:
        return ("mel_basis",) if self.trainable_mel else ()

    @property
    def held(self) -> tuple[str, ...]:
        return ("mel_basis",)

    def kernel(self, name: str) -> Array:
        return mel_bank(
            sr=self.sr, n_fft=self.n_fft, n_mels=self.n_mels, fmin=self.fmin, fmax=self.fmax, htk=self.htk, norm=_mel_norm(self.norm)
        )

    def bands(self, kernels: Kernels, clips: Array, *, xp: ModuleType) -> Array:
        """Mel spectrogram, (B, time, band)."""
        self.stft.framing.check_length(clips.shape[-1], name="x")
        basis = self._kernel("mel_basis", kernels, clips, xp=xp)
        return self.stft.picture(_below(kernels, "stft"), clips, self.power, basis, xp=xp)

    def apply(self, kernels: Kernels, x: Array, *, xp: ModuleType | None = None) -> Array:
        """Mel spectrogram (B, n_mels, time) of waveforms (L), (B, L) or (B, 1, L)."""
        xp, clips = _clips(x, xp=xp)
        return _returned(xp.matrix_transpose(self.bands(kernels, clips, xp=xp)), x, xp=xp)


@dataclass(frozen=True)
class MFCC(LayerSpec):
    """Mel-frequency cepstral coefficients of a mel spectrogram that can be trained.

    A call takes waveforms as `STFT` does, and returns (B, n_mfcc, time).

    Parameters
    ----------
    sr : float [Hz]
        Sampling rate.
    n_mfcc : int > 0
        Number of coefficients; at most as many as mel bands come back.
    norm : {'ortho', 'backward', 'forward', None}
        Normalisation of the discrete cosine transform.
    verbose : bool
        Accepted for nnAudio's sake.
    ref : float
        The power of 0 dB.
    amin : float > 0
        Smallest power that is told apart from silence.
    top_db : float >= 0 or None [dB]
        Dynamic range of each clip.
    n_fft, win_length, n_mels, hop_length, window, center, pad_mode, power, htk, fmin, fmax, trainable_mel, trainable_STFT, iSTFT
        As for `MelSpectrogram`.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what holds no floating-point samples.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import MFCC
    >>> layer = MFCC(sr=16000, n_mfcc=13, n_fft=400, hop_length=160, n_mels=40)
    >>> layer(np.zeros((2, 16000), dtype=np.float32)).shape
    (2, 13, 101)
    """

    kernel_names: ClassVar[tuple[str, ...]] = ("amin", "ref")

    sr: float = 22050
    n_mfcc: int = 20
    norm: str | None = "ortho"
    verbose: bool = field(default=True, repr=False, compare=False)
    ref: float = 1.0
    amin: float = 1e-10
    top_db: float | None = 80.0
    n_fft: int = field(default=2048, kw_only=True)
    win_length: int | None = field(default=None, kw_only=True)
    n_mels: int = field(default=128, kw_only=True)
    hop_length: int | None = field(default=512, kw_only=True)
    window: Any = field(default="hann", kw_only=True)
    center: bool = field(default=True, kw_only=True)
    pad_mode: Any = field(default="reflect", kw_only=True)
    power: float = field(default=2.0, kw_only=True)
    htk: bool = field(default=False, kw_only=True)
    fmin: float = field(default=0.0, kw_only=True)
    fmax: float | None = field(default=None, kw_only=True)
    trainable_mel: bool = field(default=False, kw_only=True)
    trainable_STFT: bool = field(default=False, kw_only=True)
    iSTFT: bool = field(default=False, kw_only=True)
    melspec_layer: MelSpectrogram = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        as_integer("n_mfcc", self.n_mfcc)
        self._set(amin=as_positive("amin", self.amin), ref=as_number("ref", self.ref))
        if self.top_db is not None:
            as_number("top_db", self.top_db, minimum=0)
        mel = MelSpectrogram(
            sr=self.sr,
            n_fft=self.n_fft,
            win_length=self.win_length,
            n_mels=self.n_mels,
            hop_length=self.hop_length,
            window=self.window,
            center=self.center,
            pad_mode=self.pad_mode,
            power=self.power,
            htk=self.htk,
            fmin=self.fmin,
            fmax=self.fmax,
            trainable_mel=self.trainable_mel,
            trainable_STFT=self.trainable_STFT,
            iSTFT=self.iSTFT,
        )
        self._set(melspec_layer=mel, win_length=mel.win_length, hop_length=mel.hop_length, window=mel.window)
        self.kernel("dct_basis")  # an unknown norm fails here

    @property
    def children(self) -> dict[str, LayerSpec]:
        return {"melspec_layer": self.melspec_layer}

    @property
    def m_mfcc(self) -> int:
        return self.n_mfcc

    @property
    def held(self) -> tuple[str, ...]:
        return ("dct_basis",)

    def kernel(self, name: str) -> Array:
        if name == "dct_basis":
            return dct_matrix(n=self.n_mels, norm=self.norm)[: self.n_mfcc, :]
        host = default_namespace()
        return host.asarray([self.amin if name == "amin" else self.ref], dtype=host.float64)

    def apply(self, kernels: Kernels, x: Array, *, xp: ModuleType | None = None) -> Array:
        """Coefficients (B, n_mfcc, time) of waveforms (L), (B, L) or (B, 1, L)."""
        xp, clips = _clips(x, xp=xp)
        mel = self.melspec_layer.bands(_below(kernels, "melspec_layer"), clips, xp=xp)
        ref, amin = kernels.get("ref", self.ref), kernels.get("amin", self.amin)
        levels = xp.matrix_transpose(decibels(mel, ref=ref, amin=amin, top_db=self.top_db, xp=xp))
        return _returned(cepstrum(levels, self._kernel("dct_basis", kernels, clips, xp=xp), xp=xp), x, xp=xp)


@dataclass(frozen=True)
class NSGT(LayerSpec):
    """Invertible constant-Q or variable-Q transform: the layer of `nnaudio_xp.nsgt`, whose rows and frames it has.

    A call takes waveforms as `STFT` does, and returns (B, n_bins + 2, time), or (B, slices, n_bins + 2, time); for 'Complex' there are
    (re, im) pairs along a last axis. A call may name its own `output_format`. `inverse` gives the waveforms back, (B, samples), from such
    pairs or from complex numbers; it may be told the `length`.

    Parameters
    ----------
    sr : float [Hz]
        Sampling rate.
    hop_length, fmin, fmax, n_bins, bins_per_octave, gamma, window, slice_length
        As for `nnaudio_xp.nsgt`. The attribute `hop_length` is what it was decided to be.
    output_format : {'Complex', 'Magnitude', 'Phase'}
        What a call returns, unless it says otherwise: (re, im) pairs along a last axis, magnitudes, or angles in radians.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what holds no floating-point samples.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import NSGT
    >>> layer = NSGT(sr=16000, bins_per_octave=24, output_format="Magnitude")
    >>> x = np.random.default_rng(0).standard_normal((2, 16000))
    >>> layer(x).shape
    (2, 193, 448)
    >>> bool(np.allclose(layer.inverse(layer(x, "Complex"), length=16000), x))
    True
    """

    sr: float = 22050
    hop_length: int | None = None
    fmin: float | None = None
    fmax: float | None = None
    n_bins: int | None = None
    bins_per_octave: int = 12
    gamma: float | None = 0
    window: Any = "hann"
    slice_length: int | None = None
    output_format: str = "Complex"
    frame: GaborFrame = field(init=False, repr=False, compare=False)
    slices: Slicing | None = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        one_of("output_format", self.output_format, OUTPUT_FORMATS)
        frame = gabor_frame(
            sr=self.sr,
            hop_length=self.hop_length,
            fmin=self.fmin,
            fmax=self.fmax,
            n_bins=self.n_bins,
            bins_per_octave=self.bins_per_octave,
            gamma=self.gamma,
            window=self.window,
        )
        self._set(frame=frame, hop_length=frame.hop_length, slices=slicing(self.slice_length, frame.hop_length))

    @property
    def frequencies(self) -> list[float]:
        """Frequency of each row in Hz."""
        return self.frame.frequencies

    def apply(self, kernels: Kernels, x: Array, output_format: str | None = None, *, xp: ModuleType | None = None) -> Array:
        """Picture of waveforms (L), (B, L) or (B, 1, L): see the class."""
        wanted = one_of("output_format", self.output_format if output_format is None else output_format, OUTPUT_FORMATS)
        xp, clips = _clips(x, xp=xp)
        picture = coefficients(clips, self.frame, self.slices, xp=xp)
        if wanted == "Magnitude":
            return _returned(xp.abs(picture), x, xp=xp)
        re, im = xp.real(picture), xp.imag(picture)
        return _returned(_angle(re, im, xp=xp) if wanted == "Phase" else xp.stack([re, im], axis=-1), x, xp=xp)

    def inverse(self, kernels: Kernels, X: Array, length: int | None = None, *, xp: ModuleType | None = None) -> Array:
        """Waveforms (B, samples) from pairs (B, row, time, 2) or complex numbers (B, row, time), with an axis of slices in between."""
        xp, re, im = _parts(X, xp=xp)
        signal = signals(ops.to_complex(re, im, xp=xp), self.frame, self.slices, length, name="X", xp=xp)
        return signal if is_complex(X, xp) else _returned(signal, X, xp=xp)
