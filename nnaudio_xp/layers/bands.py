"""What layers of a filter bank on a spectrogram share."""

from __future__ import annotations

import math
from collections.abc import Callable
from types import ModuleType
from typing import Any

from .._namespace import Array
from ..errors import as_positive, frequency_range, one_of
from ..geometry import Framing
from .arrays import Constant, Kernel, Parameter, Trainable, start_of, trainable_of
from .fourier import STFT
from .inputs import clips_of, returned
from .spec import Kernels, LayerSpec, below


def bank_arrays(
    bank: str, build: Callable[[Any], Array], switch: str, parameters: dict[str, Callable[[Any], Array]], **others: Callable[[Any], Array]
) -> tuple[Kernel | Parameter | Constant, ...]:
    """A filter bank, the parameters behind it, and what else it is made of where those are trained;
    each by what builds it.
    """

    def trains_bank(spec: Any) -> bool:
        return not trains_parameters(spec)

    def trains_parameters(spec: Any) -> bool:
        return isinstance(getattr(spec, switch), tuple)

    declared = [Parameter(name, builder, (switch,)) for name, builder in parameters.items()]
    starts = [start_of(parameter, trains_parameters) for parameter in declared]
    constants = [Constant(name, builder, trains_parameters) for name, builder in others.items()]
    return (Kernel(bank, build, (switch,), used=trains_bank), *declared, *starts, *constants)


class BankSpectrogram(LayerSpec):
    """A spectrogram by Fourier kernels, and a filter bank: the layer's own kernel. The arguments
    are fields of each class.
    """

    sr: float
    n_fft: int
    win_length: int | None
    hop_length: int | None
    window: Any
    center: bool
    pad_mode: Any
    power: float
    trainable_STFT: Trainable
    iSTFT: bool = False
    stft: STFT

    def __post_init__(self) -> None:
        as_positive("power", self.power)
        as_positive("sr", self.sr)
        (switch,) = self.switches
        trainable = trainable_of(switch, getattr(self, switch), self.parameter_names)
        within = trainable_of("trainable_STFT", self.trainable_STFT, STFT.parameter_names)
        self._set(**{switch: trainable, "trainable_STFT": within})
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

    def bands(self, kernels: Kernels, clips: Array, *, xp: ModuleType) -> Array:
        """Sums of the bands, (B, time, band)."""
        self.stft.framing.check_length(clips.shape[-1], name="x")
        bank = self._kernel(self.kernel_names[0], self.made(kernels, clips, xp=xp), clips, xp=xp)
        return self.stft.spectrogram(below(kernels, "stft"), clips, self.power, bank, xp=xp)

    def apply(self, kernels: Kernels, x: Array, *, xp: ModuleType | None = None) -> Array:
        """Spectrogram (B, band, time) of waveforms (L), (B, L) or (B, 1, L)."""
        xp, clips = clips_of(x, xp=xp)
        return returned(xp.matrix_transpose(self.bands(kernels, clips, xp=xp)), x, xp=xp)


class BandSpectrogram(BankSpectrogram):
    """One whose bands lie between two frequencies."""

    fmin: float
    fmax: float | None
    norm: Any

    def __post_init__(self) -> None:
        frequency_range(self.fmin, self.fmax, as_positive("sr", self.sr))
        one_of("norm", self.norm, (1, "slaney", None, math.inf))
        super().__post_init__()
