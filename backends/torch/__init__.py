"""PyTorch: the functions of nnaudio_xp bound to it, and the layers as modules, in the place of `nnAudio.features`.

>>> import torch
>>> from nnaudio_xp.backends.torch import MelSpectrogram
>>> layer = MelSpectrogram(sr=16000, n_fft=400, hop_length=160, n_mels=80, trainable_mel=True)
>>> layer(torch.zeros(2, 16000)).shape
torch.Size([2, 80, 101])
>>> [name for name, _ in layer.named_parameters()]
['mel_basis']
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from nnaudio_xp import layers
from nnaudio_xp._namespace import is_array
from nnaudio_xp.layers.constantq import ConstantQ

from .._bound import Room, top_level
from .module import SpecModule, xp

__all__ = [
    "CFP",
    "CQT",
    "CQT1992",
    "CQT2010",
    "MFCC",
    "NSGT",
    "STFT",
    "VQT",
    "CQT1992v2",
    "CQT2010v2",
    "Combined_Frequency_Periodicity",
    "Gammatonegram",
    "Griffin_Lim",
    "MelSpectrogram",
    "iCQT",
    "iSTFT",
]


def _asarray(value: Any) -> torch.Tensor:
    if isinstance(value, torch.Tensor):
        return value
    array = np.asarray(value)
    tensor = torch.asarray(array if array.flags.writeable else array.copy())
    return tensor if is_array(value) or not tensor.is_floating_point() else tensor.to(torch.get_default_dtype())


_room = Room(__name__, lambda: xp, _asarray, lambda tensor: tensor.detach().cpu().numpy())
__getattr__, __dir__ = top_level(_room, __all__)


class STFT(SpecModule):
    spec_class = layers.STFT

    def inverse(
        self, X: torch.Tensor, onesided: bool | None = None, length: int | None = None, refresh_win: bool | None = None
    ) -> torch.Tensor:
        """Waveforms from this layer's spectra, (B, bin, time, 2) pairs or complex (B, bin, time); see `iSTFT`."""
        assert isinstance(self.spec, layers.STFT)
        return self._run(self.spec.inverse, X, onesided, length, refresh_win)


class iSTFT(SpecModule):
    spec_class = layers.iSTFT


class Griffin_Lim(SpecModule):
    spec_class = layers.Griffin_Lim


class MelSpectrogram(SpecModule):
    spec_class = layers.MelSpectrogram


class Gammatonegram(SpecModule):
    spec_class = layers.Gammatonegram


class MFCC(SpecModule):
    spec_class = layers.MFCC


class _ConstantQ(SpecModule):
    def inverse(self, X: torch.Tensor, length: int | None = None, normalization_type: str = "librosa") -> torch.Tensor:
        """Waveforms from this layer's pictures, (B, bin, time, 2) pairs or complex (B, bin, time); see `iCQT`."""
        assert isinstance(self.spec, ConstantQ)
        return self._run(self.spec.inverse, X, length, normalization_type)


class CQT(_ConstantQ):
    spec_class = layers.CQT


class CQT1992(_ConstantQ):
    spec_class = layers.CQT1992


class CQT1992v2(_ConstantQ):
    spec_class = layers.CQT1992v2


class CQT2010(_ConstantQ):
    spec_class = layers.CQT2010


class CQT2010v2(_ConstantQ):
    spec_class = layers.CQT2010v2


class VQT(_ConstantQ):
    spec_class = layers.VQT


class iCQT(SpecModule):
    spec_class = layers.iCQT


class NSGT(SpecModule):
    spec_class = layers.NSGT

    def inverse(self, X: torch.Tensor, length: int | None = None) -> torch.Tensor:
        """Waveforms from this layer's pictures, pairs (re, im) along the last axis or complex numbers."""
        assert isinstance(self.spec, layers.NSGT)
        return self._run(self.spec.inverse, X, length)


class CFP(SpecModule):
    spec_class = layers.CFP


class Combined_Frequency_Periodicity(SpecModule):
    spec_class = layers.Combined_Frequency_Periodicity
