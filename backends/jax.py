"""JAX: the functions of nnaudio_xp bound to it, and the layers as callables that hold their kernels.

>>> from nnaudio_xp.backends import jax as nax
>>> nax.spectrogram([0.0] * 4096, n_fft=1024).shape
(513, 17)
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from nnaudio_xp import layers

from ._face import Room, top_level
from ._layer import ArrayLayer, InvertibleLayer, ReversibleLayer

__all__ = ["MFCC", "NSGT", "STFT", "MelSpectrogram", "iSTFT"]

_room = Room(__name__, lambda: jnp, jnp.asarray, np.asarray)
__getattr__, __dir__ = top_level(_room, __all__)


class STFT(InvertibleLayer):
    spec_class = layers.STFT
    room = _room


class iSTFT(ArrayLayer):
    spec_class = layers.iSTFT
    room = _room


class MelSpectrogram(ArrayLayer):
    spec_class = layers.MelSpectrogram
    room = _room


class MFCC(ArrayLayer):
    spec_class = layers.MFCC
    room = _room


class NSGT(ReversibleLayer):
    spec_class = layers.NSGT
    room = _room
