"""Utilities: librosa.util's names, keywords and defaults, on any array library."""

from .frames import frame, frame_counts, frame_mask
from .norms import normalize
from .padding import fix_length, pad_center

__all__ = ["fix_length", "frame", "frame_counts", "frame_mask", "normalize", "pad_center"]
