"""The gammatone spectrogram."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from .._namespace import Array
from ..errors import as_integer
from ..kernels.gammatone import bandwidths, gammatone_bank, gammatone_gains
from ..kernels.mel import distances
from ..scales import fft_frequencies, gammatone_frequencies
from .arrays import Trainable
from .bands import BandSpectrogram, bank_arrays
from .fourier import STFT
from .spec import Kernels


def _scale(spec: Gammatonegram) -> dict[str, Any]:
    return {"fmin": spec.fmin, "fmax": spec.sr / 2 if spec.fmax is None else spec.fmax, "htk": spec.htk}


def _bank(spec: Gammatonegram) -> Array:
    return gammatone_bank(sr=spec.sr, n_fft=spec.n_fft, n_bins=spec.n_bins, norm=spec.norm, **_scale(spec))


def _centres(spec: Gammatonegram) -> Array:
    return gammatone_frequencies(spec.n_bins, **_scale(spec))


def _bandwidths(spec: Gammatonegram) -> Array:
    return bandwidths(_centres(spec))


def _distances(spec: Gammatonegram) -> Array:
    return distances(_centres(spec), fft_frequencies(sr=spec.sr, n_fft=spec.n_fft))


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
        A gain of ``1 / n_fft`` at the centre frequency (1), unit area in Hz ('slaney'), or a gain
        of one (None or inf).
    trainable_bins : bool, or some of {'frequencies', 'bandwidths'}
        Whether `gammatone_basis` is trained; or the centre frequencies in Hz, and the bandwidths in
        Hz, 1.019 times the ear's at the start.
    trainable_STFT : bool, or some of {'window', 'frequencies'}
        Whether the Fourier kernels are trained, or what they are made of: as for `STFT`.
    verbose, iSTFT : bool
        Accepted for nnAudio's sake.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what holds no floating-point
        samples.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import Gammatonegram
    >>> layer = Gammatonegram(sr=16000, n_fft=400, hop_length=160, n_bins=40)
    >>> layer(np.zeros((2, 16000), dtype=np.float32)).shape
    (2, 40, 101)
    """

    arrays = bank_arrays(
        "gammatone_basis", _bank, "trainable_bins", {"frequencies": _centres, "bandwidths": _bandwidths}, distances=_distances
    )

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

    def _made(self, kernels: Kernels, like: Array, *, xp: ModuleType) -> dict[str, Array]:
        centres, widths = (self._value(name, kernels, like, xp=xp) for name in self.parameter_names)
        above = self._kernel("distances", kernels, like, xp=xp)
        if "frequencies" in kernels:
            above = above + xp.expand_dims(self._moved("frequencies", kernels, like, xp=xp), axis=1)
        bank = gammatone_gains(above, centres, widths, sr=self.sr, n_fft=self.n_fft, norm=self.norm, xp=xp)
        return {"gammatone_basis": bank}
