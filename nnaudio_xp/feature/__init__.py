"""Spectral features: librosa.feature's names, keywords, defaults and numbers, on any array library."""

from ..transforms.cepstral import mfcc
from ..transforms.mel import melspectrogram
from . import inverse

__all__ = ["inverse", "melspectrogram", "mfcc"]
