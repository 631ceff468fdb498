"""Filter banks and windows: librosa.filters' names, keywords and defaults, for any array
library.
"""

from ..scales import mel_frequencies as mel_frequencies  # where programs look for it, too
from ..windows import get_window, window_bandwidth
from .atoms import constant_q, constant_q_lengths, wavelet, wavelet_lengths
from .bands import gammatone, mel
from .diagonals import diagonal_filter
from .overlap import window_sumsquare
from .pitch_classes import chroma, cq_to_chroma
from .semitones import mr_frequencies, semitone_filterbank

__all__ = [
    "chroma",
    "constant_q",
    "constant_q_lengths",
    "cq_to_chroma",
    "diagonal_filter",
    "gammatone",
    "get_window",
    "mel",
    "mr_frequencies",
    "semitone_filterbank",
    "wavelet",
    "wavelet_lengths",
    "window_bandwidth",
    "window_sumsquare",
]
