"""Frames of an array, and how many frames clips have."""

from __future__ import annotations

from typing import Any

from .. import ops
from .._backends import at_full_precision
from .._namespace import Array, as_integers, integer_dtype
from ..errors import ParameterError, as_integer, check_size
from ..geometry import framing_of
from ..transforms import lengths as clips
from ._checks import checked_array


@at_full_precision
def frame(x: Array, *, frame_length: int, hop_length: int, axis: int = -1, writeable: bool = False, subok: bool = False) -> Array:
    """Cut an array into overlapping frames.

    Parameters
    ----------
    x : array [shape=(..., n, ...)]
        What to cut.
    frame_length : int, 0 < frame_length <= n
        Samples in a frame.
    hop_length : int > 0
        Samples from one frame to the next.
    axis : int
        The axis to cut along.
    writeable : bool
        Whether a NumPy view may be written to; overlapping frames share samples.
    subok : bool
        Accepted for librosa's sake; arrays keep their library.

    Returns
    -------
    array [shape=(..., frame_length, frames, ...)] for negative `axis`, (..., frames, frame_length, ...) otherwise
        A view on libraries that have strided views (NumPy, CuPy, PyTorch). Samples after the last
        whole frame are left out.

    Raises
    ------
    ParameterError
        If the array is shorter than a frame, or on an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.frame(np.arange(7), frame_length=3, hop_length=2).tolist()
    [[0, 2, 4], [1, 3, 5], [2, 4, 6]]
    """
    xp, n, axis = checked_array(x, "x", axis)
    frame_length, hop_length = as_integer("frame_length", frame_length), as_integer("hop_length", hop_length)
    if n < frame_length:
        raise ParameterError(f"frame_length={frame_length} must be at most the {n} samples of x")
    frames = ops.frame(ops.moveaxis(x, axis, -1, xp=xp), frame_length, hop_length, xp=xp)
    last = (-1, -2) if axis < 0 else (-2, -1)
    place = (axis - 1, axis) if axis < 0 else (axis, axis + 1)
    result = ops.moveaxis(frames, last, place, xp=xp)
    return result if writeable else ops.read_only(result, xp=xp)


@at_full_precision
def frame_counts(lengths: Any, *, n_fft: int = 2048, hop_length: int | None = None, center: bool = True) -> Array:
    """Frames of clips of these lengths: what a layer called with ``lengths=`` returns beside its
    spectrogram.

    ``1 + length // hop_length`` where frames are centred and `n_fft` is even, as it is for a
    centred constant-Q; ``1 + (length - n_fft) // hop_length``, but at least 0, where they are not.

    Parameters
    ----------
    lengths : integers [shape=(...)]
        Samples of each clip: an array of any library, or a list.
    n_fft : int > 0
        Samples in a frame.
    hop_length : int > 0, optional
        Samples from one frame to the next; ``n_fft // 4`` by default.
    center : bool
        Whether frame t is centred on sample ``t * hop_length``.

    Returns
    -------
    integer array [shape=(...)]
        In the input's library; NumPy's for a list.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and on a length below 1 that is on the host.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.util.frame_counts([16000, 9000], n_fft=400, hop_length=160).tolist()
    [101, 57]
    """
    framing, _ = framing_of(n_fft, hop_length, None, center, "constant")
    xp, sizes = as_integers(lengths, name="lengths")
    sizes = xp.astype(sizes, integer_dtype(xp), copy=False)
    ops.require_between(sizes, "lengths", 1, None, xp=xp)
    return clips.frame_counts(sizes, framing, xp=xp)


@at_full_precision
def frame_mask(counts: Any, *, n_frames: int) -> Array:
    """Which frames of a spectrogram of clips of different lengths are a clip's own, and not behind
    its end.

    Parameters
    ----------
    counts : integers [shape=(...)]
        Frames of each clip: an array of any library, or a list.
    n_frames : int >= 0
        Frames of the spectrogram.

    Returns
    -------
    boolean array [shape=(..., n_frames)]
        In the input's library; NumPy's for a list.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.util.frame_mask([3, 1], n_frames=4).tolist()
    [[True, True, True, False], [True, False, False, False]]
    """
    xp, numbers = as_integers(counts, name="counts")
    n_frames = as_integer("n_frames", n_frames, minimum=0)
    check_size("the mask", [*numbers.shape, n_frames], {"n_frames": n_frames}, each=9)
    return clips.frame_mask(xp.astype(numbers, integer_dtype(xp), copy=False), n_frames, xp=xp)
