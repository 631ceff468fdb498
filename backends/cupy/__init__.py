"""CuPy: the functions of nnaudio_xp bound to it, and the layers as callables that hold their kernels.

>>> from nnaudio_xp.backends import cupy as nax
>>> nax.spectrogram([0.0] * 4096, n_fft=1024).shape
(513, 17)
"""

from __future__ import annotations

import cupy

from nnaudio_xp import layers
from nnaudio_xp._namespace import namespace

from .._bound import Room, top_level
from .._layers import ArrayLayer, InvertibleLayer

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

_room = Room(__name__, lambda: namespace(xp=cupy), cupy.asarray, cupy.asnumpy)
__getattr__, __dir__ = top_level(_room, __all__)


class STFT(InvertibleLayer):
    spec_class = layers.STFT
    room = _room


class iSTFT(ArrayLayer):
    spec_class = layers.iSTFT
    room = _room


class Griffin_Lim(ArrayLayer):
    spec_class = layers.Griffin_Lim
    room = _room


class MelSpectrogram(ArrayLayer):
    spec_class = layers.MelSpectrogram
    room = _room


class Gammatonegram(ArrayLayer):
    spec_class = layers.Gammatonegram
    room = _room


class MFCC(ArrayLayer):
    spec_class = layers.MFCC
    room = _room


class CQT(InvertibleLayer):
    spec_class = layers.CQT
    room = _room


class CQT1992(InvertibleLayer):
    spec_class = layers.CQT1992
    room = _room


class CQT1992v2(InvertibleLayer):
    spec_class = layers.CQT1992v2
    room = _room


class CQT2010(InvertibleLayer):
    spec_class = layers.CQT2010
    room = _room


class CQT2010v2(InvertibleLayer):
    spec_class = layers.CQT2010v2
    room = _room


class VQT(InvertibleLayer):
    spec_class = layers.VQT
    room = _room


class iCQT(ArrayLayer):
    spec_class = layers.iCQT
    room = _room


class NSGT(InvertibleLayer):
    spec_class = layers.NSGT
    room = _room


class CFP(ArrayLayer):
    spec_class = layers.CFP
    room = _room


class Combined_Frequency_Periodicity(ArrayLayer):
    spec_class = layers.Combined_Frequency_Periodicity
    room = _room
