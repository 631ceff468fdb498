"""What layers of a filter bank on a spectrogram share."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any, ClassVar

from .._namespace import Array
from ..errors import as_positive, frequency_range, one_of
from ..geometry import Framing
from . import checkpoints
from .fourier import STFT
from .record import Kernels, LayerSpec, Trainable, below, clips_of, learned_of, returned, trainable_of


class BandSpectrogram(LayerSpec):
    """A spectrogram by Fourier kernels, and a filter bank: the layer's own kernel. The arguments are fields of each class."""

    switch: ClassVar[str]
    """The argument that says whether the bank is trained."""
    fixed: ClassVar[tuple[str, ...]]
    """What a bank is made of besides its parameters, where those are trained."""

    sr: float
    n_fft: int
    win_length: int | None
    hop_length: int | None
    window: Any
    center: bool
    pad_mode: Any
    power: float
    fmin: float
    fmax: float | None
    norm: Any
    trainable_STFT: Trainable
    iSTFT: bool
    stft: STFT

    def __post_init__(self) -> None:
        as_positive("power", self.power)
        frequency_range(self.fmin, self.fmax, as_positive("sr", self.sr))
        one_of("norm", self.norm, (1, "slaney", None, math.inf))
        trainable = trainable_of(self.switch, getattr(self, self.switch), self.parameter_names)
        within = trainable_of("trainable_STFT", self.trainable_STFT, STFT.parameter_names)
        self._set(**{self.switch: trainable, "trainable_STFT": within})
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
    def timing(self) -> tuple[Framing, int]:
        return self.stft.timing

    @property
    def learned(self) -> tuple[str, ...]:
        return learned_of(getattr(self, self.switch), self.kernel_names)

    @property
    def held(self) -> tuple[str, ...]:
        trainable = getattr(self, self.switch)
        return (*trainable, *self.fixed) if isinstance(trainable, tuple) else self.kernel_names

    def is_own(self, name: str, value: Array) -> bool:
        own = self.kernel(name)
        return checkpoints.is_rounding(value - own, own)

    def bands(self, kernels: Kernels, clips: Array, *, xp: ModuleType) -> Array:
        """Sums of the bands, (B, time, band)."""
        self.stft.framing.check_length(clips.shape[-1], name="x")
        bank = self._kernel(self.kernel_names[0], self.made(kernels, clips, xp=xp), clips, xp=xp)
        return self.stft.picture(below(kernels, "stft"), clips, self.power, bank, xp=xp)

    def apply(self, kernels: Kernels, x: Array, *, xp: ModuleType | None = None) -> Array:
        """Picture (B, band, time) of waveforms (L), (B, L) or (B, 1, L)."""
        xp, clips = clips_of(x, xp=xp)
        return returned(xp.matrix_transpose(self.bands(kernels, clips, xp=xp)), x, xp=xp)
