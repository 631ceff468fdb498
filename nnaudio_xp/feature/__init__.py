"""Spectral features: librosa.feature's names, keywords, defaults and numbers, on any array
library.
"""

from . import inverse
from .spectral import (
    chroma_cens,
    chroma_cqt,
    chroma_stft,
    chroma_vqt,
    melspectrogram,
    mfcc,
    poly_features,
    rms,
    spectral_bandwidth,
    spectral_centroid,
    spectral_contrast,
    spectral_flatness,
    spectral_rolloff,
    tonnetz,
    zero_crossing_rate,
)
from .utils import delta, stack_memory

__all__ = [
    "chroma_cens",
    "chroma_cqt",
    "chroma_stft",
    "chroma_vqt",
    "delta",
    "inverse",
    "melspectrogram",
    "mfcc",
    "poly_features",
    "rms",
    "spectral_bandwidth",
    "spectral_centroid",
    "spectral_contrast",
    "spectral_flatness",
    "spectral_rolloff",
    "stack_memory",
    "tonnetz",
    "zero_crossing_rate",
]
