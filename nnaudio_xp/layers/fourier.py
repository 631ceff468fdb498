"""The short-time Fourier transform and its inverse."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, device_of, host, is_array, is_complex, on_host
from ..errors import ParameterError, as_integer, one_of
from ..geometry import Framing, framing_of, signal_samples
from ..kernels.fourier import bin_count, bin_frequencies, centered, fourier_bank, padded_window, synthesis_bank, synthesis_response, turned
from ..transforms.constants import constant_like
from ..transforms.stft import N_ITER, fourier_products, nearest_signal
from ..windows import get_window
from .arrays import Constant, Kernel, Parameter, Trainable, never, start_of, trainable_of
from .inputs import OUTPUT_FORMATS, clips_of, parts_of, returned
from .spec import Kernels, LayerSpec


def window_of(window: Any, win_length: int, n_fft: int) -> Any:
    """The window as the specification keeps it: a name or its parameters, or samples on the host.
    An unknown one fails here.
    """
    window = on_host(get_window(window, win_length), name="window") if callable(window) or is_array(window) else window
    padded_window(window=window, win_length=win_length, n_fft=n_fft)
    return window


def _angles(n_fft: int) -> Array:
    """2 pi n k / n_fft, (n, 1, k, 1)."""
    turns = host.reshape(host.arange(n_fft), (-1, 1)) * host.arange(n_fft) % n_fft
    return host.reshape(turns * (2 * math.pi / n_fft), (n_fft, 1, n_fft, 1))


def _cosines(spec: STFT | iSTFT) -> Array:
    return host.cos(_angles(spec.n_fft))


def _sines(spec: STFT | iSTFT) -> Array:
    return host.sin(_angles(spec.n_fft))


def _in_frame(spec: STFT | iSTFT) -> Array:
    """The window in its frame, (n_fft)."""
    return padded_window(window=spec.window, win_length=spec.win_length or spec.n_fft, n_fft=spec.n_fft)


def _mask(spec: STFT | iSTFT) -> Array:
    """The same as nnAudio holds it, (1, n_fft, 1)."""
    return host.reshape(_in_frame(spec), (1, -1, 1))


def _samples_of_window(spec: STFT) -> Array:
    width = spec.win_length or spec.n_fft
    return padded_window(window=spec.window, win_length=width, n_fft=width)


def _windowed_waves(spec: STFT) -> Array:
    """Cosines and sines, (2, bin, 1, n_fft)."""
    return host.expand_dims(fourier_bank(win_length=spec.win_length or spec.n_fft, window=spec.window, **spec.scale), axis=2)


def _window(spec: STFT | iSTFT, kernels: Kernels, like: Array, *, xp: ModuleType) -> Array:
    """The window in its frame, (n_fft): that of the mapping, or the specification's, which is one constant from call to
    call.
    """
    if "window_mask" in kernels:
        return xp.reshape(spec._kernel("window_mask", kernels, like, xp=xp), (-1,))
    return constant_like(_in_frame, like, xp=xp, spec=spec)


FREQUENCIES = Parameter("frequencies", lambda spec: host.asarray(spec.bins2freq, dtype=host.float64), ("trainable",))


@dataclass(frozen=True)
class STFT(LayerSpec):
    """Short-time Fourier transform with windowed cosines and sines that can be trained.

    A call takes waveforms of shape (L), (B, L) or (B, 1, L), and returns (B, freq_bins, time), or
    (B, freq_bins, time, 2) pairs (re, im). Further leading axes stay in front. A call may name its
    own `output_format`.

    With ``lengths=``, integers of shape (B), a clip ends after so many samples: the call returns
    the spectrogram, its frames those of each clip alone and zeros behind them, and the number of
    each clip's frames.

    Parameters
    ----------
    n_fft : int > 0
        Samples in a frame.
    win_length : int, optional
        Samples under the window, centred in the frame; `n_fft` by default.
    freq_bins : int, optional
        Number of frequencies; ``1 + n_fft // 2`` by default.
    hop_length : int, optional
        Samples from one frame to the next; ``win_length // 4`` by default. Also the attribute
        `stride`.
    window : str, tuple, number, callable or array
        As for `nnaudio_xp.filters.get_window`.
    freq_scale : {'no', 'linear', 'log', 'log2'}
        Every DFT bin, or `freq_bins` frequencies from `fmin` up to `fmax`, as for
        `nnaudio_xp.stft`.
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
    trainable : bool, or some of {'window', 'frequencies'}
        Whether `wsin` and `wcos` are trained; or what they are made of: the `win_length` samples of
        the window, with which the layer still runs by FFT, and the `freq_bins` frequencies in Hz.
    output_format : {'Complex', 'Magnitude', 'Phase'}
        What a call returns, unless it says otherwise: (re, im) pairs along a last axis, magnitudes,
        or angles in radians.
    verbose : bool
        Accepted for nnAudio's sake: nothing is printed.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what holds no floating-point
        samples.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import STFT
    >>> layer = STFT(n_fft=512, hop_length=128, output_format="Magnitude")
    >>> layer(np.zeros((2, 16000), dtype=np.float32)).shape
    (2, 257, 126)
    """

    arrays = (
        Kernel("wsin", lambda spec: _windowed_waves(spec)[1], ("trainable",), used=lambda spec: spec.multiplies),
        Kernel("wcos", lambda spec: _windowed_waves(spec)[0], ("trainable",), used=lambda spec: spec.multiplies),
        Kernel("window_mask", _mask, used=lambda spec: "window" not in spec.trained_parameters),
        Kernel("kernel_sin_inv", _sines, used=never),
        Kernel("kernel_cos_inv", _cosines, used=never),
        Parameter("window", _samples_of_window, ("trainable",)),
        FREQUENCIES,
        start_of(FREQUENCIES),
        Constant(
            "waves",
            lambda spec: fourier_bank(win_length=spec.n_fft, window="boxcar", **spec.scale),
            used=lambda spec: "frequencies" in spec.trained_parameters or (bool(spec.trained_parameters) and spec.freq_scale != "no"),
        ),
    )

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
    trainable: Trainable = False
    output_format: str = "Complex"
    verbose: bool = field(default=True, repr=False, compare=False)
    framing: Framing = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        framing, width = framing_of(self.n_fft, self.hop_length, self.win_length, self.center, self.pad_mode)
        one_of("output_format", self.output_format, OUTPUT_FORMATS)
        trainable = trainable_of("trainable", self.trainable, self.parameter_names)
        self._set(win_length=width, hop_length=framing.hop_length, framing=framing, trainable=trainable)
        self._set(freq_bins=bin_count(**self.scale), window=window_of(self.window, width, self.n_fft))

    @property
    def stride(self) -> int:
        return self.framing.hop_length

    @property
    def pad_amount(self) -> int:
        return self.n_fft // 2

    @property
    def bins2freq(self) -> list[float]:
        """Frequency of each bin in Hz."""
        return bin_frequencies(**self.scale)

    @property
    def bin_list(self) -> list[float]:
        """Frequency of each bin in steps of sr / n_fft."""
        return [frequency * self.n_fft / self.sr for frequency in self.bins2freq]

    @property
    def timing(self) -> tuple[Framing, int]:
        return self.framing, self.framing.padding

    @property
    def scale(self) -> dict[str, Any]:
        """The frequency scale, as the builders of kernels take it."""
        return {name: getattr(self, name) for name in ("n_fft", "freq_scale", "freq_bins", "fmin", "fmax", "sr")}

    @property
    def trained_parameters(self) -> tuple[str, ...]:
        return self.trainable if isinstance(self.trainable, tuple) else ()

    @property
    def multiplies(self) -> bool:
        """Whether frames are multiplied with kernels that are held as they are: an FFT does for the
        bins of the DFT.
        """
        return self.trainable is True or (self.freq_scale != "no" and not self.trained_parameters)

    def _made(self, kernels: Kernels, like: Array, *, xp: ModuleType) -> dict[str, Array]:
        if "window" in kernels:
            window = centered(xp.astype(kernels["window"], like.dtype, copy=False), self.n_fft, xp=xp)
        else:
            window = _window(self, kernels, like, xp=xp)
        found = {"window_mask": xp.reshape(window, (1, -1, 1))}
        if "frequencies" in kernels or not {"waves", "wcos"}.isdisjoint(self.held):
            waves = self._kernel("waves", kernels, like, xp=xp)
            cosines, sines = waves[0, ...], waves[1, ...]
            if "frequencies" in kernels:
                turns = xp.reshape(self._moved("frequencies", kernels, like, xp=xp) / self.sr, (-1, 1))
                samples = xp.arange(self.n_fft, dtype=like.dtype, device=device_of(like))
                cosines, sines = turned(cosines, sines, 2 * math.pi * turns * samples, xp=xp)
            found |= {name: xp.expand_dims(wave * window, axis=1) for name, wave in (("wcos", cosines), ("wsin", sines))}
        return found

    def _products(self, kernels: Kernels, x: Array, *, xp: ModuleType) -> tuple[Array, Array] | None:
        """Parts of the spectra by kernels that were learned or lie on another frequency scale; None
        where an FFT does.
        """
        if self.freq_scale == "no" and not ("wsin" in kernels or "wcos" in kernels):
            return None
        cosines, sines = (xp.squeeze(self._kernel(name, kernels, x, xp=xp), axis=1) for name in ("wcos", "wsin"))
        return fourier_products(x, cosines, sines, self.framing, xp=xp)

    def spectrogram(self, kernels: Kernels, x: Array, power: float, bank: Array | None = None, *, xp: ModuleType) -> Array:
        """Magnitudes to a power, (..., time, bin), or a filter bank's sums of them."""
        kernels = self.made(kernels, x, xp=xp)
        products = self._products(kernels, x, xp=xp)
        if products is None:
            values = ops.spectra(x, _window(self, kernels, x, xp=xp), self.framing, power=power, bank=bank, xp=xp)
            return values if bank is not None or self.freq_bins == self.framing.n_freqs else values[..., : self.freq_bins]
        values = ops.magnitude_to(power, *products, xp=xp)
        return values if bank is None else ops.banded(values, bank, xp=xp)

    def apply(self, kernels: Kernels, x: Array, output_format: str | None = None, *, xp: ModuleType | None = None) -> Array:
        """Spectrogram (B, bin, time), with (re, im) along a fourth axis for 'Complex', of waveforms
        (L), (B, L) or (B, 1, L).
        """
        wanted = one_of("output_format", self.output_format if output_format is None else output_format, OUTPUT_FORMATS)
        xp, clips = clips_of(x, xp=xp)
        self.framing.check_length(clips.shape[-1], name="x")
        if wanted == "Magnitude":
            return returned(xp.matrix_transpose(self.spectrogram(kernels, clips, 1, xp=xp)), x, xp=xp)
        kernels = self.made(kernels, clips, xp=xp)
        parts = self._products(kernels, clips, xp=xp)
        if parts is None:
            parts = ops.spectral_parts(clips, _window(self, kernels, clips, xp=xp), self.framing, xp=xp)
        re, im = (xp.matrix_transpose(part[..., : self.freq_bins]) for part in parts)
        return returned(ops.angle(re, im, xp=xp) if wanted == "Phase" else xp.stack([re, im], axis=-1), x, xp=xp)

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
        """Waveforms from spectra, by the layer's window and the bins that it began with: see
        `iSTFT.apply`.
        """
        backward = iSTFT(
            n_fft=self.n_fft,
            win_length=self.win_length,
            freq_bins=self.freq_bins,
            hop_length=self.hop_length,
            window=self.window,
            freq_scale=self.freq_scale,
            center=self.center,
            fmin=self.fmin,
            fmax=self.fmax,
            sr=self.sr,
        )
        xp, re, _ = parts_of(X, xp=xp)
        window = {name: array for name, array in self.made(kernels, re, xp=xp).items() if name == "window_mask"}
        return backward.apply(window, X, onesided, length, refresh_win, xp=xp)


@dataclass(frozen=True)
class iSTFT(LayerSpec):
    """Inverse short-time Fourier transform, with kernels or a window that can be trained.

    A call takes spectra of shape (B, bin, time, 2), pairs (re, im), or complex (B, bin, time), and
    returns waveforms (B, samples). Half spectra and whole ones are told apart by their number of
    bins. A call may say `onesided`, which of them it must be, and `length`, the samples to give
    back; without it, the padding of a centred transform is cut off. On linear and logarithmic
    scales the waveforms are those whose spectrograms are nearest in the least-squares sense, as for
    `nnaudio_xp.istft`.

    Parameters
    ----------
    n_fft, win_length, hop_length, window, center
        As for the `STFT` to be inverted.
    freq_scale : {'no', 'linear', 'log', 'log2'}
        As for that `STFT`.
    freq_bins, fmin, fmax, sr
        Of the linear and logarithmic scales. Every DFT bin is taken otherwise.
    trainable_kernels : bool
        Whether `kernel_sin` and `kernel_cos` are trained, which only the DFT's bins have.
    trainable_window : bool
        Whether `window_mask` is trained.
    verbose, refresh_win : bool
        Accepted for nnAudio's sake: nothing is printed, and the window's sum is always that of the
        frames at hand.
    n_iter : int > 0
        Steps of conjugate gradients on a linear or logarithmic scale.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what is no spectrum of `n_fft`
        samples.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import STFT, iSTFT
    >>> x = np.random.default_rng(0).standard_normal((2, 16000))
    >>> spectrum = STFT(n_fft=512, hop_length=128)(x)
    >>> bool(np.allclose(iSTFT(n_fft=512, hop_length=128)(spectrum, length=16000), x))
    True
    """

    arrays = (
        Kernel("kernel_sin", _sines, ("trainable_kernels",), used=lambda spec: spec.trainable_kernels),
        Kernel("kernel_cos", _cosines, ("trainable_kernels",), used=lambda spec: spec.trainable_kernels),
        Kernel("window_mask", _mask, ("trainable_window",)),
        Constant("bank", lambda spec: synthesis_bank(**spec.scale), used=lambda spec: spec.freq_scale != "no"),
        Constant("response", lambda spec: synthesis_response(**spec.scale), used=lambda spec: spec.freq_scale != "no"),
    )

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
    n_iter: int = N_ITER
    framing: Framing = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        framing, width = framing_of(self.n_fft, self.hop_length, self.win_length, self.center, "constant")
        as_integer("n_iter", self.n_iter)
        if self.freq_bins is not None:
            as_integer("freq_bins", self.freq_bins)
        n_bins = bin_count(**self.scale)
        if self.freq_scale != "no":
            self._set(freq_bins=n_bins)
            if self.trainable_kernels:
                raise ParameterError(f"trainable_kernels=True: they are those of freq_scale='no', not {self.freq_scale!r}")
        self._set(win_length=width, hop_length=framing.hop_length, framing=framing)
        self._set(trainable_kernels=bool(self.trainable_kernels), trainable_window=bool(self.trainable_window))
        self._set(window=window_of(self.window, width, self.n_fft))

    @property
    def stride(self) -> int:
        return self.framing.hop_length

    @property
    def pad_amount(self) -> int:
        return self.n_fft // 2

    @property
    def scale(self) -> dict[str, Any]:
        """The frequency scale, as the builders of kernels take it."""
        bins = None if self.freq_scale == "no" else self.freq_bins
        names = ("n_fft", "freq_scale", "fmin", "fmax", "sr")
        return {"freq_bins": bins, **{name: getattr(self, name) for name in names}}

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
        """Waveforms (B, samples) from spectra (B, bin, time, 2) of (re, im) pairs, or complex ones
        (B, bin, time).

        Half spectra and whole ones are told apart by their number of bins; `onesided` may say which
        it must be. Without `length`, the padding of a centred transform is cut off.
        """
        xp, re, im = parts_of(X, xp=xp)
        self._check_bins(re.shape[-2], onesided)
        decided_by = {"hop_length": self.hop_length, "n_fft": self.n_fft}
        n_samples = signal_samples(length, self.framing.n_samples(re.shape[-1]), decided_by, given=math.prod(re.shape))
        window = _window(self, kernels, re, xp=xp)
        re, im = xp.matrix_transpose(re), xp.matrix_transpose(im)
        if self.freq_scale != "no":
            bank, response = (self._kernel(name, kernels, re, xp=xp) for name in ("bank", "response"))
            signal = nearest_signal((re, im), window, bank, response, self.framing, n_samples, n_iter=self.n_iter, xp=xp)
        elif "kernel_sin" in kernels or "kernel_cos" in kernels:
            cosines, sines = (xp.reshape(self._kernel(k, kernels, re, xp=xp), (self.n_fft, -1)) for k in ("kernel_cos", "kernel_sin"))
            if re.shape[-1] < self.n_fft:
                cosines, sines = _folded(cosines, re.shape[-1], 1, xp=xp), _folded(sines, im.shape[-1], -1, xp=xp)
            scale = xp.expand_dims(window / self.n_fft, axis=-1)
            frames = ops.superposed(re, im, cosines * scale, sines * -scale, xp=xp)
            signal = ops.normalized_overlap_add(frames, window, self.framing, n_samples, xp=xp)
        else:
            re, im = (_half(part, self.framing.n_freqs, sign, xp=xp) for part, sign in ((re, 1), (im, -1)))
            signal = ops.synthesis(ops.to_complex(re, im, xp=xp), window, self.framing, n_samples, xp=xp)
        return signal if is_complex(X, xp) else returned(signal, X, xp=xp)

    def _check_bins(self, found: int, onesided: bool | None) -> None:
        """Raise unless spectra have as many bins as the scale, or, of the DFT's, half or all."""
        half = self.framing.n_freqs
        bins = {None: (half, self.n_fft), True: (half,), False: (self.n_fft,)}[onesided]
        if self.freq_scale != "no" and found != self.freq_bins:
            raise ParameterError(f"X has {found} bins: with freq_bins={self.freq_bins} it must have as many")
        if self.freq_scale == "no" and found not in bins:
            wanted = " or ".join(map(str, bins))
            raise ParameterError(f"X has {found} bins: with n_fft={self.n_fft} and onesided={onesided} it must have {wanted}")


def _mirrored(part: Array, *, xp: ModuleType) -> Array:
    """Bins N - k in the place of bins k = 1 …, of a whole spectrum."""
    return xp.concat([part[..., :1], xp.flip(part[..., 1:], axis=-1)], axis=-1)


def _folded(kernel: Array, n_freqs: int, sign: int, *, xp: ModuleType) -> Array:
    """Columns for half of a real signal's spectrum, of which bin N - k is the conjugate of bin
    k.
    """
    mirrored = sign * xp.flip(kernel[:, n_freqs:], axis=-1)
    return kernel[:, :n_freqs] + ops.pad(mirrored, 1, n_freqs - 1 - mirrored.shape[-1], "constant", xp=xp)


def _half(part: Array, n_freqs: int, sign: int, *, xp: ModuleType) -> Array:
    """Half of a whole spectrum, made Hermitian: the signal is the real part of the whole one's."""
    if part.shape[-1] == n_freqs:
        return part
    return ((part + sign * _mirrored(part, xp=xp)) / 2)[..., :n_freqs]
