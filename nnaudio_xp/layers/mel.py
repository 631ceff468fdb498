"""The mel spectrogram and its cepstrum."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from .._namespace import Array, host
from ..errors import as_integer, as_number, as_positive
from ..kernels.dct import dct_matrix
from ..kernels.mel import distances, gaps, mel_bank, mel_corners, scaled_triangles, triangles_between
from ..scales import fft_frequencies
from ..transforms.cepstral import cepstrum
from ..transforms.decibels import decibels
from ..transforms.lengths import within
from .arrays import Constant, Kernel, Trainable, never
from .bands import BandSpectrogram, bank_arrays
from .fourier import STFT
from .inputs import clips_of, returned
from .spec import Kernels, LayerSpec, below

LEAST_GAP = 1e-2
"""Hz between neighbouring edges: those that training leads past each other count as so far apart.
"""


def _mel_norm(norm: Any) -> Any:
    """nnAudio's spelling of a bank's norm in librosa's: 1 is unit area, infinity is none."""
    return "slaney" if norm == 1 else None if norm == math.inf else norm


def _scale(spec: MelSpectrogram) -> dict[str, Any]:
    return {name: getattr(spec, name) for name in ("sr", "n_mels", "fmin", "fmax", "htk")}


def _bank(spec: MelSpectrogram) -> Array:
    return mel_bank(n_fft=spec.n_fft, norm=_mel_norm(spec.norm), **_scale(spec))


def _edges(spec: MelSpectrogram) -> Array:
    return mel_corners(**_scale(spec))


def _distances(spec: MelSpectrogram) -> Array:
    return distances(_edges(spec), fft_frequencies(sr=spec.sr, n_fft=spec.n_fft))


@dataclass(frozen=True)
class MelSpectrogram(BandSpectrogram):
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
    trainable_mel : bool or {'edges'}
        Whether `mel_basis` is trained; or the ``n_mels + 2`` frequencies in Hz between which its
        triangles lie.
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
    >>> from nnaudio_xp.backends.numpy import MelSpectrogram
    >>> layer = MelSpectrogram(sr=16000, n_fft=400, hop_length=160, n_mels=80)
    >>> layer(np.zeros((2, 16000), dtype=np.float32)).shape
    (2, 80, 101)
    """

    arrays = bank_arrays("mel_basis", _bank, "trainable_mel", {"edges": _edges}, distances=_distances, gaps=lambda spec: gaps(_edges(spec)))

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
    trainable_mel: Trainable = False
    trainable_STFT: Trainable = False
    verbose: bool = field(default=True, repr=False, compare=False)
    iSTFT: bool = False
    stft: STFT = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        as_integer("n_mels", self.n_mels)
        super().__post_init__()

    def _made(self, kernels: Kernels, like: Array, *, xp: ModuleType) -> dict[str, Array]:
        moved = self._moved("edges", kernels, like, xp=xp)
        ramps = self._kernel("distances", kernels, like, xp=xp) + xp.expand_dims(moved, axis=1)
        widths = xp.clip(self._kernel("gaps", kernels, like, xp=xp) + gaps(moved), min=LEAST_GAP)
        return {"mel_basis": scaled_triangles(triangles_between(ramps, widths, xp=xp), widths, _mel_norm(self.norm), xp=xp)}


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
        On an argument outside these ranges, and when called with what holds no floating-point
        samples.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import MFCC
    >>> layer = MFCC(sr=16000, n_mfcc=13, n_fft=400, hop_length=160, n_mels=40)
    >>> layer(np.zeros((2, 16000), dtype=np.float32)).shape
    (2, 13, 101)
    """

    arrays = (
        Kernel("amin", lambda spec: host.asarray([spec.amin], dtype=host.float64), used=never),
        Kernel("ref", lambda spec: host.asarray([spec.ref], dtype=host.float64), used=never),
        Constant("dct_basis", lambda spec: dct_matrix(n=spec.n_mels, norm=spec.norm)[: spec.n_mfcc, :]),
    )

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
    trainable_mel: Trainable = field(default=False, kw_only=True)
    trainable_STFT: Trainable = field(default=False, kw_only=True)
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
        self._set(trainable_mel=mel.trainable_mel, trainable_STFT=mel.trainable_STFT)
        self.kernel("dct_basis")  # an unknown norm fails here

    @property
    def children(self) -> dict[str, LayerSpec]:
        return {"melspec_layer": self.melspec_layer}

    @property
    def m_mfcc(self) -> int:
        return self.n_mfcc

    def apply(self, kernels: Kernels, x: Array, *, xp: ModuleType | None = None) -> Array:
        """Coefficients (B, n_mfcc, time) of waveforms (L), (B, L) or (B, 1, L)."""
        xp, clips = clips_of(x, xp=xp)
        mel = self.melspec_layer.bands(below(kernels, "melspec_layer"), clips, xp=xp)
        return returned(self._coefficients(kernels, mel, xp=xp), x, xp=xp)

    def _coefficients(self, kernels: Kernels, mel: Array, *, xp: ModuleType) -> Array:
        """Coefficients (..., n_mfcc, time) of mel bands (..., time, band)."""
        ref, amin = kernels.get("ref", self.ref), kernels.get("amin", self.amin)
        levels = xp.matrix_transpose(decibels(mel, ref=ref, amin=amin, top_db=self.top_db, xp=xp))
        return cepstrum(levels, self._kernel("dct_basis", kernels, mel, xp=xp), xp=xp)

    def ragged(
        self, kernels: Kernels, x: Array, lengths: Any, *args: Any, xp: ModuleType | None = None, **kwargs: Any
    ) -> tuple[Array, Array]:
        """The mel bands behind a clip are silenced first: none of them may be the loudest, below
        which `top_db` reaches.
        """
        xp, clips = clips_of(x, xp=xp)
        mel, counts = self.melspec_layer.ragged(below(kernels, "melspec_layer"), clips, lengths, xp=xp)
        coefficients = self._coefficients(kernels, xp.matrix_transpose(mel), xp=xp)
        return returned(within(counts, coefficients, axis=clips.ndim, xp=xp), x, xp=xp), counts
