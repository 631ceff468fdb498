"""The continuous wavelet transform, and its synchrosqueezed form."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, host, is_array, on_host
from ..errors import ParameterError, one_of
from ..geometry import Framing, padding_mode
from ..kernels.wavelet import WaveletBank, derivative_of, resized
from ..ops.wavelet import LEAST_SHARE
from ..transforms.synchrosqueezing import Rows, squeezed_bank, squeezed_trained, squeezed_wavelets
from ..transforms.wavelet import scales_at, trained_rows, wavelet_bank
from ..wavelets import Morlet
from .arrays import Constant, Kernel, Trainable, trainable_of
from .inputs import OUTPUT_FORMATS, clips_of, returned
from .spec import Kernels, LayerSpec

FREEDOM = 2.0
"""The factor by which wavelets may grow or shrink while they are trained, for which blocks and bins are decided."""
FARTHEST = 64.0
"""The factor by which those that are loaded may."""


def _frequencies(spec: WaveletLayer) -> Array:
    return scales_at(host.asarray(spec.bank.scales), spec.bank.wavelet, float(spec.sr))  # the formula is its own inverse


def _bandwidths(spec: WaveletLayer) -> Array:
    wavelet = spec.bank.wavelet
    if not isinstance(wavelet, Morlet):
        raise ParameterError(f"wavelet={spec.wavelet!r} has no bandwidths that can be trained: only 'morlet' has")
    return host.full(spec.bank.n_rows, wavelet.bandwidth, dtype=host.float64)


def _is_morlet(spec: WaveletLayer) -> bool:
    return isinstance(spec.bank.wavelet, Morlet)


def _plain(values: Any) -> Any:
    """What was given, arrays and lists as tuples."""
    if is_array(values):
        values = on_host(values, name="values").tolist()
    return tuple(values) if isinstance(values, list) else values


@dataclass(frozen=True)
class WaveletLayer(LayerSpec):
    """What the layers of wavelets have in common: their rows, and how these are trained."""

    arrays = (
        Kernel("frequencies", _frequencies, ("trainable",), used=lambda spec: "frequencies" in spec.learned),
        Kernel("bandwidths", _bandwidths, ("trainable",), used=lambda spec: "bandwidths" in spec.learned),
        # where values that are loaded begin, also in a layer that trains nothing
        Constant("initial_frequencies", _frequencies),
        Constant("initial_bandwidths", _bandwidths, used=_is_morlet),
    )

    sr: float = 22050
    wavelet: Any = "morlet"
    scales: Any = None
    frequencies: Any = None
    n_bins: int | None = None
    bins_per_octave: int = 12
    fmin: float | None = None
    hop_length: int = 1
    pad_mode: Any = "constant"
    trainable: Trainable = False
    output_format: str = "Complex"
    bank: WaveletBank = field(init=False, repr=False, compare=False)
    shortest: WaveletBank = field(init=False, repr=False, compare=False)
    longest: WaveletBank = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        one_of("output_format", self.output_format, OUTPUT_FORMATS)
        padding_mode("pad_mode", self.pad_mode)
        self._set(**{name: _plain(getattr(self, name)) for name in ("wavelet", "scales", "frequencies")})
        bank = self._checked_bank()
        self._set(bank=bank, trainable=trainable_of("trainable", self.trainable, self.kernel_names))
        self._make_room(host.ones(bank.n_rows))
        if not _is_morlet(self):
            if isinstance(self.trainable, tuple) and "bandwidths" in self.trainable:
                raise ParameterError(f"trainable={self.trainable!r}: wavelet={self.wavelet!r} has no bandwidths, only 'morlet' has")
            self._set(trainable=("frequencies",) if self.trainable else False)
        if self.learned:
            self._check_padding()

    def _checked_bank(self) -> WaveletBank:
        """The wavelets of the arguments."""
        raise NotImplementedError

    def _grid(self) -> dict[str, Any]:
        """The arguments that say which wavelets there are."""
        names = ("sr", "wavelet", "scales", "frequencies", "n_bins", "bins_per_octave", "fmin", "hop_length")
        return {name: getattr(self, name) for name in names}

    def _check_padding(self) -> None:
        if self.pad_mode == "linear_ramp":
            raise ParameterError("pad_mode='linear_ramp' ends where wavelets do: with trained ones it must be another mode")

    @property
    def bins2freq(self) -> list[float]:
        """Frequency of each row in Hz, before training."""
        return [float(value) for value in _frequencies(self)]

    @property
    def timing(self) -> tuple[Framing, int]:
        return Framing(1, self.bank.hop_length, True, self.pad_mode), self._padding()

    def _padding(self) -> int:
        """Samples of padding that the wavelets may reach."""
        return self.longest.padding(LEAST_SHARE)

    def _make_room(self, factors: Array) -> None:
        """Decide for wavelets so many times as long as those of the arguments, and for these."""
        self._set(shortest=resized(self.bank, (host.minimum(factors, 1.0) / FREEDOM).tolist()))
        self._set(longest=resized(self.bank, (host.maximum(factors, 1.0) * FREEDOM).tolist()))

    def fitted(self, kernels: Kernels) -> LayerSpec:
        """Loaded wavelets that leave little of the room are given more."""
        factors = host.ones(self.bank.n_rows)
        if "frequencies" in kernels:
            factors = factors * _frequencies(self) / kernels["frequencies"]
        if "bandwidths" in kernels:
            factors = factors * kernels["bandwidths"] / _bandwidths(self)
        factors = host.clip(host.where(factors > 0, factors, 1.0), 1 / FARTHEST, FARTHEST)
        if host.all((factors < FREEDOM**0.5) & (factors > FREEDOM**-0.5)):
            return self
        spec = copy.copy(self)
        spec._make_room(factors)
        return spec

    def _rows(self, kernels: Kernels, clips: Array, *, xp: ModuleType) -> Array:
        """The transform (..., rows, time)."""
        frames = padding_mode("pad_mode", self.pad_mode), self.bank.n_frames(clips.shape[-1])
        if not any(name in kernels for name in self.kernel_names):
            return self._frozen_rows(clips, *frames, xp=xp)
        self._check_padding()
        frequencies = self._value("frequencies", kernels, clips, xp=xp)
        bandwidths = self._value("bandwidths", kernels, clips, xp=xp) if "bandwidths" in kernels else None
        return self._trained_rows(clips, *frames, frequencies, bandwidths, xp=xp)

    def _frozen_rows(self, clips: Array, pad_mode: Any, n_frames: int, *, xp: ModuleType) -> Array:
        raise NotImplementedError

    def _trained_rows(
        self, clips: Array, pad_mode: Any, n_frames: int, frequencies: Array, bandwidths: Array | None, *, xp: ModuleType
    ) -> Array:
        raise NotImplementedError

    def apply(self, kernels: Kernels, x: Array, output_format: str | None = None, *, xp: ModuleType | None = None) -> Array:
        """Coefficients of waveforms (L), (B, L) or (B, 1, L): see the class."""
        wanted = one_of("output_format", self.output_format if output_format is None else output_format, OUTPUT_FORMATS)
        xp, clips = clips_of(x, xp=xp)
        values = self._rows(kernels, clips, xp=xp)
        if wanted == "Magnitude":
            return returned(ops.modulus(values, xp=xp), x, xp=xp)
        re, im = (values, xp.zeros_like(values)) if self.bank.wavelet.is_real else (xp.real(values), xp.imag(values))
        return returned(ops.angle(re, im, xp=xp) if wanted == "Phase" else xp.stack([re, im], axis=-1), x, xp=xp)


@dataclass(frozen=True)
class CWT(WaveletLayer):
    """Continuous wavelet transform with frequencies and bandwidths that can be trained: the layer of
    `nnaudio_xp.cwt`, whose rows and frames it has.

    A call takes waveforms as `STFT` does, and returns (B, rows, time); for 'Complex' there are (re, im)
    pairs along a last axis, with im = 0 for a real wavelet. A call may name its own `output_format`.

    Parameters
    ----------
    sr : float > 0 [Hz]
        Sampling rate.
    wavelet, scales, frequencies, n_bins, bins_per_octave, fmin, hop_length, pad_mode, norm
        As for `nnaudio_xp.cwt`. The attribute `bins2freq` has the rows' frequencies.
    trainable : bool, or some of {'frequencies', 'bandwidths'}
        Whether each row's frequency in Hz is trained, or its bandwidth, the standard deviation of a Morlet
        wavelet's Gaussian in scales; or, True, what the wavelet has of the two. They start from the
        arguments. A row's scale is ``peak * sr / (2 pi frequency)``, with the peak of the wavelet that was
        given.
    output_format : {'Complex', 'Magnitude', 'Phase'}
        What a call returns, unless it says otherwise: (re, im) pairs along a last axis, magnitudes,
        or angles in radians.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what holds no floating-point
        samples.

    Notes
    -----
    Wavelets in samples may grow to twice their first length, or shrink to half of it, while they are trained:
    the blocks that the signal is cut into are decided once, for these. Beyond that they are cut off, unless
    they are loaded from a state dict or a file, which decides anew.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import CWT
    >>> layer = CWT(sr=16000, fmin=100, n_bins=48, hop_length=160, output_format="Magnitude")
    >>> layer(np.zeros((2, 16000), dtype=np.float32)).shape
    (2, 48, 100)
    """

    norm: str = "l1"

    def _checked_bank(self) -> WaveletBank:
        return wavelet_bank(**self._grid(), norm=self.norm)

    def _frozen_rows(self, clips: Array, pad_mode: Any, n_frames: int, *, xp: ModuleType) -> Array:
        return ops.wavelet_analysis(clips, self.bank, pad_mode, n_frames, xp=xp)

    def _trained_rows(
        self, clips: Array, pad_mode: Any, n_frames: int, frequencies: Array, bandwidths: Array | None, *, xp: ModuleType
    ) -> Array:
        wavelets = {"scales": scales_at(frequencies, self.bank.wavelet, float(self.sr)), "bandwidths": bandwidths}
        return trained_rows(clips, self.shortest, self.longest, pad_mode, n_frames, **wavelets, xp=xp)


@dataclass(frozen=True)
class SynchrosqueezedCWT(WaveletLayer):
    """Synchrosqueezed wavelet transform with frequencies and bandwidths that can be trained: the layer of
    `nnaudio_xp.ssq_cwt`, whose rows and frames it has.

    A call takes waveforms as `STFT` does, and returns (B, rows, time); for 'Complex' there are (re, im)
    pairs along a last axis. A call may name its own `output_format`. `nnaudio_xp.issq_cwt` makes signals of
    the rows.

    Parameters
    ----------
    sr : float > 0 [Hz]
        Sampling rate.
    wavelet, scales, frequencies, n_bins, bins_per_octave, fmin, hop_length, pad_mode
        As for `nnaudio_xp.ssq_cwt`: which wavelets there are.
    trainable : bool, or some of {'frequencies', 'bandwidths'}
        As for `CWT`. Where coefficients are moved to has no derivative: gradients are those of the
        coefficients, and of their weights in the sum.
    output_format : {'Complex', 'Magnitude', 'Phase'}
        What a call returns, unless it says otherwise: (re, im) pairs along a last axis, magnitudes,
        or angles in radians.
    ssq_frequencies : sequence of floats, 0 <= frequency <= sr / 2, optional [Hz]
        The frequencies of the rows, which training does not change: by default those of the wavelets
        before training. The attribute `bins2freq` has them.
    threshold : float >= 0
        As for `nnaudio_xp.ssq_cwt`.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, a real wavelet, and when called with what holds no
        floating-point samples.

    Notes
    -----
    Trained wavelets have room as those of `CWT` do.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import SynchrosqueezedCWT
    >>> layer = SynchrosqueezedCWT(sr=8000, fmin=110, n_bins=97, output_format="Magnitude")
    >>> T = layer(np.sin(2 * np.pi * 440 * np.arange(4000) / 8000))
    >>> T.shape, round(layer.bins2freq[int(T[0, :, 2000].argmax())], 3)
    ((1, 97, 4000), 440.0)
    """

    bins_per_octave: int = 32
    ssq_frequencies: Any = None
    threshold: float = 1e-5
    derivative: WaveletBank = field(init=False, repr=False, compare=False)
    slopes: tuple[WaveletBank, WaveletBank] = field(init=False, repr=False, compare=False)
    rows: Rows = field(init=False, repr=False, compare=False)

    def _checked_bank(self) -> WaveletBank:
        self._set(ssq_frequencies=_plain(self.ssq_frequencies))
        bank, derivative, rows = squeezed_bank(self.ssq_frequencies, self.threshold, **self._grid())
        self._set(derivative=derivative, rows=rows)
        return bank

    @property
    def bins2freq(self) -> list[float]:
        """Frequency of each row in Hz."""
        return list(self.rows.frequencies)

    def _make_room(self, factors: Array) -> None:
        super()._make_room(factors)
        self._set(slopes=(derivative_of(self.shortest), derivative_of(self.longest)))

    def _padding(self) -> int:
        return max(super()._padding(), self.slopes[1].padding(LEAST_SHARE))

    def _frozen_rows(self, clips: Array, pad_mode: Any, n_frames: int, *, xp: ModuleType) -> Array:
        return squeezed_wavelets(clips, self.bank, self.derivative, self.rows, sr=float(self.sr), pad_mode=pad_mode, xp=xp)

    def _trained_rows(
        self, clips: Array, pad_mode: Any, n_frames: int, frequencies: Array, bandwidths: Array | None, *, xp: ModuleType
    ) -> Array:
        wavelet = self.bank.wavelet
        scales = scales_at(frequencies, wavelet, float(self.sr))
        W = trained_rows(clips, self.shortest, self.longest, pad_mode, n_frames, scales=scales, bandwidths=bandwidths, xp=xp)
        fixed = None if bandwidths is None else ops.fixed(bandwidths, xp=xp)
        known = ops.fixed(clips, xp=xp), *self.slopes, pad_mode, n_frames
        slopes = trained_rows(*known, scales=ops.fixed(scales, xp=xp), bandwidths=fixed, xp=xp)
        return squeezed_trained(W, slopes, self.rows, frequencies, wavelet, bandwidths, xp=xp)
