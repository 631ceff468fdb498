"""Spectral features: librosa.feature's names, keywords, defaults and numbers, on any array
library.
"""

from . import inverse
from .spectral import melspectrogram, mfcc

__all__ = ["inverse", "melspectrogram", "mfcc"]
