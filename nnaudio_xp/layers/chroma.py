"""Chroma of a spectrogram."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from .._namespace import Array, host
from ..errors import as_integer, as_number
from ..kernels.chroma import chroma_bank, chroma_distances, chroma_octaves, chroma_shape, chroma_weights, chroma_widths
from ..kernels.norms import check_norm
from ..transforms.norms import to_unit_norm
from .arrays import Trainable
from .bands import BankSpectrogram, bank_arrays
from .fourier import STFT
from .inputs import clips_of, returned
from .spec import Kernels


def _shape(spec: Chroma) -> dict[str, Any]:
    return chroma_shape(ctroct=spec.ctroct, octwidth=spec.octwidth, base_c=spec.base_c)


def _bank(spec: Chroma) -> Array:
    return chroma_bank(sr=spec.sr, n_fft=spec.n_fft, n_chroma=spec.n_chroma, tuning=spec.tuning, **_shape(spec))


def _tuning(spec: Chroma) -> Array:
    return host.asarray([spec.tuning], dtype=host.float64)


@dataclass(frozen=True)
class Chroma(BankSpectrogram):
    """Chroma with a filter bank and Fourier kernels that can be trained: the energy of each pitch
    class, as `nnaudio_xp.feature.chroma_stft` gives it.

    A call takes waveforms as `STFT` does, and returns (B, n_chroma, time).

    Parameters
    ----------
    sr : float [Hz]
        Sampling rate.
    n_fft, hop_length, window, center, pad_mode, win_length
        As for `STFT`; signals are padded with zeros by default.
    n_chroma : int > 0
        Number of pitch classes.
    norm : float >= 0, inf, -inf or None
        The p-norm to which each frame is brought; None leaves frames as they are.
    tuning : float [pitch classes]
        Deviation from A4 at 440 Hz.
    ctroct, octwidth, base_c
        As for `nnaudio_xp.filters.chroma`.
    power : float > 0
        1 for magnitude, 2 for power.
    trainable_chroma : bool or {'tuning'}
        Whether `chroma_basis` is trained; or the tuning.
    trainable_STFT : bool, or some of {'window', 'frequencies'}
        Whether the Fourier kernels are trained, or what they are made of: as for `STFT`.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what holds no floating-point
        samples.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import Chroma
    >>> layer = Chroma(sr=16000, n_fft=1024, hop_length=160)
    >>> layer(np.zeros((2, 16000), dtype=np.float32)).shape
    (2, 12, 101)
    """

    arrays = bank_arrays(
        "chroma_basis",
        _bank,
        "trainable_chroma",
        {"tuning": _tuning},
        distances=lambda spec: chroma_distances(sr=spec.sr, n_fft=spec.n_fft, n_chroma=spec.n_chroma),
        octaves=lambda spec: chroma_octaves(sr=spec.sr, n_fft=spec.n_fft)[:-1],
        widths=lambda spec: chroma_widths(sr=spec.sr, n_fft=spec.n_fft, n_chroma=spec.n_chroma),
    )

    sr: float = 22050
    n_fft: int = 2048
    n_chroma: int = 12
    hop_length: int | None = 512
    window: Any = "hann"
    center: bool = True
    pad_mode: Any = "constant"
    norm: float | None = math.inf
    tuning: float = 0.0
    win_length: int | None = None
    ctroct: float = 5.0
    octwidth: float | None = 2
    base_c: bool = True
    power: float = 2.0
    trainable_chroma: Trainable = False
    trainable_STFT: Trainable = False
    stft: STFT = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        as_integer("n_chroma", self.n_chroma)
        as_number("tuning", self.tuning)
        _shape(self)
        if self.norm is not None:
            check_norm(self.norm)
        super().__post_init__()

    def apply(self, kernels: Kernels, x: Array, *, xp: ModuleType | None = None) -> Array:
        """Chroma (B, n_chroma, time) of waveforms (L), (B, L) or (B, 1, L)."""
        xp, clips = clips_of(x, xp=xp)
        chroma = to_unit_norm(xp.matrix_transpose(self.bands(kernels, clips, xp=xp)), self.norm, -2, xp=xp)
        return returned(chroma, x, xp=xp)

    def _made(self, kernels: Kernels, like: Array, *, xp: ModuleType) -> dict[str, Array]:
        distances, octaves, widths = (self._kernel(name, kernels, like, xp=xp) for name in ("distances", "octaves", "widths"))
        tuning = self._value("tuning", kernels, like, xp=xp)
        return {"chroma_basis": chroma_weights(distances, octaves, widths, tuning, **_shape(self), xp=xp)}
