"""Utilities: librosa.util's names, keywords and defaults, on any array library."""

from . import exceptions as exceptions  # other names of what stands elsewhere
from . import utils as utils
from .checks import is_positive_int, valid_audio, valid_int
from .extrema import localmax, localmin, peak_pick
from .files import find_files
from .frames import frame, frame_counts, frame_mask
from .interpolation import interp_broadcast
from .masks import softmask
from .matrices import nnls, sparsify_rows
from .norms import normalize
from .numbers import abs2, buf_to_float, dtype_c2r, dtype_r2c, phasor, tiny
from .padding import fix_length, pad_center
from .segments import fix_frames, index_to_slice, match_events, match_intervals, sync, valid_intervals
from .shapes import axis_sort, count_unique, cyclic_gradient, expand_to, fill_off_diagonal, is_unique, shear, stack

__all__ = [
    "abs2",
    "axis_sort",
    "buf_to_float",
    "count_unique",
    "cyclic_gradient",
    "dtype_c2r",
    "dtype_r2c",
    "expand_to",
    "fill_off_diagonal",
    "find_files",
    "fix_frames",
    "fix_length",
    "frame",
    "frame_counts",
    "frame_mask",
    "index_to_slice",
    "interp_broadcast",
    "is_positive_int",
    "is_unique",
    "localmax",
    "localmin",
    "match_events",
    "match_intervals",
    "nnls",
    "normalize",
    "pad_center",
    "peak_pick",
    "phasor",
    "shear",
    "softmask",
    "sparsify_rows",
    "stack",
    "sync",
    "tiny",
    "valid_audio",
    "valid_int",
    "valid_intervals",
]
