"""The gammatone spectrogram."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import ModuleType
from typing import Any, ClassVar

from .._namespace import Array
from ..errors import as_integer
from ..kernels.gammatone import bandwidths, gammatone_bank, gammatone_gains
from ..kernels.mel import distances
from ..scales import fft_frequencies, gammatone_frequencies
from .bands import BandSpectrogram
from .fourier import STFT
from .record import Kernels, Trainable


@dataclass(frozen=True)
class Gammatonegram(BandSpectrogram):
    """Gammatone spectrogram with a filter bank and Fourier kernels that can be trained.

    A call takes waveforms as `STFT` does, and returns (B, n_bins, time).

    Parameters
    ----------
    sr : float [Hz]
        Sampling rate.
    n_fft, win_length, hop_length, window, center, pad_mode
        As for `STFT`.
    n_bins : int > 0
        Number of filters.
    power : float > 0
        1 for magnitude, 2 for power.
    htk : bool
        Centre frequencies evenly spaced on HTK's mel scale, instead of by the ear's bandwidths.
    fmin, fmax : float [Hz]
        Range of the centre frequencies; `fmax` is sr / 2 by default.
    norm : {1, 'slaney', None, inf}
        A gain of ``1 / n_fft`` at the centre frequency (1), unit area in Hz ('slaney'), or a gain of one (None or inf).
    trainable_bins : bool, or some of {'frequencies', 'bandwidths'}
        Whether `gammatone_basis` is trained; or the centre frequencies in Hz, and the bandwidths in Hz, 1.019 times the ear's at the start.
    trainable_STFT : bool, or some of {'window', 'frequencies'}
        Whether the Fourier kernels are trained, or what they are made of: as for `STFT`.
    verbose, iSTFT : bool
        Accepted for nnAudio's sake.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what holds no floating-point samples.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import Gammatonegram
    >>> layer = Gammatonegram(sr=16000, n_fft=400, hop_length=160, n_bins=40)
    >>> layer(np.zeros((2, 16000), dtype=np.float32)).shape
    (2, 40, 101)
    """

    kernel_names: ClassVar[tuple[str, ...]] = ("gammatone_basis",)
    parameter_names: ClassVar[tuple[str, ...]] = ("frequencies", "bandwidths")
    switch: ClassVar[str] = "trainable_bins"
    fixed: ClassVar[tuple[str, ...]] = ("initial_frequencies", "initial_bandwidths", "distances")

    sr: float = 22050
    n_fft: int = 2048
    win_length: int | None = None
    n_bins: int = 64
    hop_length: int | None = 512
    window: Any = "hann"
    center: bool = True
    pad_mode: Any = "reflect"
    power: float = 2.0
    htk: bool = False
    fmin: float = 0.0
    fmax: float | None = None
    norm: Any = 1
    trainable_bins: Trainable = False
    trainable_STFT: Trainable = False
    verbose: bool = field(default=True, repr=False, compare=False)
    iSTFT: bool = False
    stft: STFT = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        as_integer("n_bins", self.n_bins)
        super().__post_init__()

    def kernel(self, name: str) -> Array:
        scale: dict[str, Any] = {"fmin": self.fmin, "fmax": self.sr / 2 if self.fmax is None else self.fmax, "htk": self.htk}
        if name == "gammatone_basis":
            return gammatone_bank(sr=self.sr, n_fft=self.n_fft, n_bins=self.n_bins, norm=self.norm, **scale)
        centres = gammatone_frequencies(self.n_bins, **scale)
        if name == "distances":
            return distances(centres, fft_frequencies(sr=self.sr, n_fft=self.n_fft))
        return bandwidths(centres) if name.endswith("bandwidths") else centres

    def _made(self, kernels: Kernels, like: Array, *, xp: ModuleType) -> dict[str, Array]:
        centres, widths = (self._value(name, kernels, like, xp=xp) for name in self.parameter_names)
        above = self._kernel("distances", kernels, like, xp=xp)
        if "frequencies" in kernels:
            above = above + xp.expand_dims(self._moved("frequencies", kernels, like, xp=xp), axis=1)
        bank = gammatone_gains(above, centres, widths, sr=self.sr, n_fft=self.n_fft, norm=self.norm, xp=xp)
        return {"gammatone_basis": bank}
