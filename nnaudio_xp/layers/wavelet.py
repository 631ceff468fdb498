"""The continuous wavelet transform."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, host, is_array, on_host
from ..errors import ParameterError, one_of
from ..geometry import Framing, padding_mode
from ..kernels.wavelet import WaveletBank, resized
from ..ops.wavelet import LEAST_SHARE
from ..transforms.wavelet import scales_at, trained_rows, wavelet_bank
from ..wavelets import Morlet
from .arrays import Constant, Kernel, Trainable, trainable_of
from .inputs import OUTPUT_FORMATS, clips_of, returned
from .spec import Kernels, LayerSpec

FREEDOM = 2.0
"""The factor by which wavelets may grow or shrink while they are trained, for which blocks and bins are decided."""
FARTHEST = 64.0
"""The factor by which those that are loaded may."""


def _frequencies(spec: CWT) -> Array:
    return scales_at(host.asarray(spec.bank.scales), spec.bank.wavelet, float(spec.sr))  # the formula is its own inverse


def _bandwidths(spec: CWT) -> Array:
    wavelet = spec.bank.wavelet
    if not isinstance(wavelet, Morlet):
        raise ParameterError(f"wavelet={spec.wavelet!r} has no bandwidths that can be trained: only 'morlet' has")
    return host.full(spec.bank.n_rows, wavelet.bandwidth, dtype=host.float64)


def _is_morlet(spec: CWT) -> bool:
    return isinstance(spec.bank.wavelet, Morlet)


def _plain(values: Any) -> Any:
    """What was given, arrays and lists as tuples."""
    if is_array(values):
        values = on_host(values, name="values").tolist()
    return tuple(values) if isinstance(values, list) else values


@dataclass(frozen=True)
class CWT(LayerSpec):
    """Continuous wavelet transform with frequencies and bandwidths that can be trained: the layer of
    `nnaudio_xp.cwt`, whose rows and frames it has.

    A call takes waveforms as `STFT` does, and returns (B, rows, time); for 'Complex' there are (re, im)
    pairs along a last axis, with im = 0 for a real wavelet. A call may name its own `output_format`.

    Parameters
    ----------
    sr : float > 0 [Hz]
        Sampling rate.
    wavelet, scales, frequencies, n_bins, bins_per_octave, fmin, hop_length, norm, pad_mode
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
    norm: str = "l1"
    pad_mode: Any = "constant"
    trainable: Trainable = False
    output_format: str = "Complex"
    bank: WaveletBank = field(init=False, repr=False, compare=False)
    shortest: WaveletBank = field(init=False, repr=False, compare=False)
    longest: WaveletBank = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        one_of("output_format", self.output_format, OUTPUT_FORMATS)
        padding_mode("pad_mode", self.pad_mode)
        names = ("wavelet", "scales", "frequencies")
        self._set(**{name: _plain(getattr(self, name)) for name in names})
        rows = {name: getattr(self, name) for name in ("n_bins", "bins_per_octave", "fmin", *names)}
        bank = wavelet_bank(sr=self.sr, hop_length=self.hop_length, norm=self.norm, **rows)
        self._set(bank=bank, trainable=trainable_of("trainable", self.trainable, self.kernel_names))
        self._make_room(host.ones(bank.n_rows))
        if not _is_morlet(self):
            if isinstance(self.trainable, tuple) and "bandwidths" in self.trainable:
                raise ParameterError(f"trainable={self.trainable!r}: wavelet={self.wavelet!r} has no bandwidths, only 'morlet' has")
            self._set(trainable=("frequencies",) if self.trainable else False)
        if self.learned:
            self._check_padding()

    def _check_padding(self) -> None:
        if self.pad_mode == "linear_ramp":
            raise ParameterError("pad_mode='linear_ramp' ends where wavelets do: with trained ones it must be another mode")

    @property
    def bins2freq(self) -> list[float]:
        """Frequency of each row in Hz, before training."""
        return [float(value) for value in _frequencies(self)]

    @property
    def timing(self) -> tuple[Framing, int]:
        return Framing(1, self.bank.hop_length, True, self.pad_mode), self.longest.padding(LEAST_SHARE)

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
        mode, n_frames = padding_mode("pad_mode", self.pad_mode), self.bank.n_frames(clips.shape[-1])
        if not any(name in kernels for name in self.kernel_names):
            return ops.wavelet_analysis(clips, self.bank, mode, n_frames, xp=xp)
        self._check_padding()
        scales = scales_at(self._value("frequencies", kernels, clips, xp=xp), self.bank.wavelet, float(self.sr))
        widths = self._value("bandwidths", kernels, clips, xp=xp) if "bandwidths" in kernels else None
        return trained_rows(clips, self.shortest, self.longest, mode, n_frames, scales=scales, bandwidths=widths, xp=xp)

    def apply(self, kernels: Kernels, x: Array, output_format: str | None = None, *, xp: ModuleType | None = None) -> Array:
        """Coefficients of waveforms (L), (B, L) or (B, 1, L): see the class."""
        wanted = one_of("output_format", self.output_format if output_format is None else output_format, OUTPUT_FORMATS)
        xp, clips = clips_of(x, xp=xp)
        values = self._rows(kernels, clips, xp=xp)
        if wanted == "Magnitude":
            return returned(ops.modulus(values, xp=xp), x, xp=xp)
        re, im = (values, xp.zeros_like(values)) if self.bank.wavelet.is_real else (xp.real(values), xp.imag(values))
        return returned(ops.angle(re, im, xp=xp) if wanted == "Phase" else xp.stack([re, im], axis=-1), x, xp=xp)
