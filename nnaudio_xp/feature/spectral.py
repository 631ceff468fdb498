"""What librosa has in one module, librosa.feature.spectral."""

from .chroma import chroma_cens, chroma_cqt, chroma_stft, chroma_vqt, tonnetz
from .mel import melspectrogram, mfcc
from .samples import rms, zero_crossing_rate
from .statistics import poly_features, spectral_bandwidth, spectral_centroid, spectral_contrast, spectral_flatness, spectral_rolloff

__all__ = [
    "chroma_cens",
    "chroma_cqt",
    "chroma_stft",
    "chroma_vqt",
    "melspectrogram",
    "mfcc",
    "poly_features",
    "rms",
    "spectral_bandwidth",
    "spectral_centroid",
    "spectral_contrast",
    "spectral_flatness",
    "spectral_rolloff",
    "tonnetz",
    "zero_crossing_rate",
]
