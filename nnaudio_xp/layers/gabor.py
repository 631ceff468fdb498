"""The invertible constant-Q layer."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, is_complex
from ..errors import one_of
from ..kernels.gabor import GaborFrame, gabor_frame, slice_window
from ..transforms.gabor import Slicing, coefficients, signals, slicing
from .arrays import Constant
from .inputs import OUTPUT_FORMATS, clips_of, parts_of, returned
from .spec import Kernels, LayerSpec


@dataclass(frozen=True)
class NSGT(LayerSpec):
    """Invertible constant-Q or variable-Q transform: the layer of `nnaudio_xp.nsgt`, whose rows and
    frames it has.

    A call takes waveforms as `STFT` does, and returns (B, n_bins + 2, time), or (B, slices, n_bins
    + 2, time); for 'Complex' there are (re, im) pairs along a last axis. A call may name its own
    `output_format`. `inverse` gives the waveforms back, (B, samples), from such pairs or from
    complex numbers; it may be told the `length`.

    Parameters
    ----------
    sr : float [Hz]
        Sampling rate.
    hop_length, fmin, fmax, n_bins, bins_per_octave, gamma, window, slice_length
        As for `nnaudio_xp.nsgt`. The attribute `hop_length` is what it was decided to be.
    output_format : {'Complex', 'Magnitude', 'Phase'}
        What a call returns, unless it says otherwise: (re, im) pairs along a last axis, magnitudes,
        or angles in radians.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what holds no floating-point
        samples.

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

    arrays = (Constant("slice_window", lambda spec: slice_window(length=spec.slices.length), used=lambda spec: spec.slices is not None),)

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
        gabor = gabor_frame(
            sr=self.sr,
            hop_length=self.hop_length,
            fmin=self.fmin,
            fmax=self.fmax,
            n_bins=self.n_bins,
            bins_per_octave=self.bins_per_octave,
            gamma=self.gamma,
            window=self.window,
        )
        self._set(frame=gabor, hop_length=gabor.hop_length, slices=slicing(self.slice_length, gabor.hop_length))

    @property
    def frequencies(self) -> list[float]:
        """Frequency of each row in Hz."""
        return self.frame.frequencies

    def apply(self, kernels: Kernels, x: Array, output_format: str | None = None, *, xp: ModuleType | None = None) -> Array:
        """Coefficients of waveforms (L), (B, L) or (B, 1, L): see the class."""
        wanted = one_of("output_format", self.output_format if output_format is None else output_format, OUTPUT_FORMATS)
        xp, clips = clips_of(x, xp=xp)
        fades = self._kernel("slice_window", kernels, clips, xp=xp) if self.slices else None
        values = coefficients(clips, self.frame, self.slices, fades, xp=xp)
        if wanted == "Magnitude":
            return returned(ops.modulus(values, xp=xp), x, xp=xp)
        re, im = xp.real(values), xp.imag(values)
        return returned(ops.angle(re, im, xp=xp) if wanted == "Phase" else xp.stack([re, im], axis=-1), x, xp=xp)

    def inverse(self, kernels: Kernels, X: Array, length: int | None = None, *, xp: ModuleType | None = None) -> Array:
        """Waveforms (B, samples) from pairs (B, row, time, 2) or complex numbers (B, row, time),
        with an axis of slices in between.
        """
        xp, re, im = parts_of(X, xp=xp)
        signal = signals(ops.to_complex(re, im, xp=xp), self.frame, self.slices, length, name="X", xp=xp)
        return signal if is_complex(X, xp) else returned(signal, X, xp=xp)
