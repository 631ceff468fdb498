"""Spectral features: librosa.feature's names, keywords, defaults and numbers, on any array library."""

from . import inverse
from ..transforms.cepstral import mfcc
from ..transforms.mel import melspectrogram

__all__ = ["inverse", "melspectrogram", "mfcc"]
