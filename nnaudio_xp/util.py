"""Utilities: librosa.util's names, keywords and defaults, on any array library."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

from . import ops
from ._namespace import Array, as_floating, as_integers, device_of, is_array, is_complex, namespace, real_dtype
from .errors import ParameterError, as_integer, as_positive, one_of, plain
from .geometry import framing_of, padding_mode
from .kernels.norms import p_norm
from .transforms import lengths as clips

__all__ = ["fix_length", "frame", "frame_counts", "frame_mask", "normalize", "pad_center"]


def _checked_array(data: Any, name: str, axis: Any) -> tuple[ModuleType, int, int]:
    """The array's namespace, its length along an axis that it has, and that axis."""
    if not is_array(data):
        raise ParameterError(f"{name} is a {type(data).__name__}: it must be an array")
    axis = plain(axis)
    if not isinstance(axis, int) or not -data.ndim <= axis < data.ndim:
        raise ParameterError(
            f"axis={axis!r} must be an integer from {-data.ndim} to {data.ndim - 1} for {name} of shape {tuple(data.shape)}"
        )
    return namespace(data), data.shape[axis], axis


def _padded(data: Array, axis: int, before: int, after: int, mode: Any, constant_values: complex, *, xp: ModuleType) -> Array:
    if padding_mode("mode", mode) != "constant" and data.shape[axis] == 0:
        raise ParameterError(f"mode={mode!r}: there is nothing to repeat in data of shape {tuple(data.shape)}; use 'constant'")
    value = plain(constant_values)
    if not isinstance(value, int | float | complex) or (value != 0 and mode != "constant"):
        raise ParameterError(f"constant_values={constant_values!r} must be a number, and 0 but for mode='constant'")
    rows = xp.moveaxis(data, axis, -1)
    if value == 0:
        padded = ops.pad(rows, before, after, mode, xp=xp)
    else:
        sizes = [(*rows.shape[:-1], count) for count in (before, after)]
        margins = [xp.full(size, value, dtype=data.dtype, device=device_of(data)) for size in sizes]
        padded = xp.concat([margins[0], rows, margins[1]], axis=-1)
    return xp.moveaxis(padded, -1, axis)


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
        A view on libraries that have strided views (NumPy, CuPy, PyTorch). Samples after the last whole frame are left out.

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
    xp, n, axis = _checked_array(x, "x", axis)
    frame_length, hop_length = as_integer("frame_length", frame_length), as_integer("hop_length", hop_length)
    if n < frame_length:
        raise ParameterError(f"frame_length={frame_length} must be at most the {n} samples of x")
    frames = ops.frame(xp.moveaxis(x, axis, -1), frame_length, hop_length, xp=xp)
    last = (-1, -2) if axis < 0 else (-2, -1)
    place = (axis - 1, axis) if axis < 0 else (axis, axis + 1)
    result = xp.moveaxis(frames, last, place)
    return result if writeable else ops.read_only(result, xp=xp)


def frame_counts(lengths: Any, *, n_fft: int = 2048, hop_length: int | None = None, center: bool = True) -> Array:
    """Frames of clips of these lengths: what a layer called with ``lengths=`` returns beside its picture.

    ``1 + length // hop_length`` where frames are centred and `n_fft` is even, as it is for a centred constant-Q;
    ``1 + (length - n_fft) // hop_length``, but at least 0, where they are not.

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
    ops.require_between(sizes, "lengths", 1, None, xp=xp)
    return clips.frame_counts(sizes, framing, xp=xp)


def frame_mask(counts: Any, *, n_frames: int) -> Array:
    """Which frames of a picture of clips of different lengths are a clip's own, and not behind its end.

    Parameters
    ----------
    counts : integers [shape=(...)]
        Frames of each clip: an array of any library, or a list.
    n_frames : int >= 0
        Frames of the picture.

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
    return clips.frame_mask(numbers, as_integer("n_frames", n_frames, minimum=0), xp=xp)


def pad_center(data: Array, *, size: int, axis: int = -1, mode: Any = "constant", constant_values: complex = 0) -> Array:
    """Pad an array on both sides so that the data lies in the middle; an odd sample goes to the end.

    Parameters
    ----------
    data : array [shape=(..., n, ...)]
        What to pad.
    size : int >= n
        Length along `axis` afterwards.
    axis : int
        The axis to pad.
    mode : str
        As `pad_mode` of `nnaudio_xp.stft`.
    constant_values : number
        What ``mode="constant"`` pads with.

    Returns
    -------
    array [shape=(..., size, ...)]

    Raises
    ------
    ParameterError
        If `size` is smaller than the data.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.pad_center(np.ones(3), size=6).tolist()
    [0.0, 1.0, 1.0, 1.0, 0.0, 0.0]
    """
    xp, n, axis = _checked_array(data, "data", axis)
    if as_integer("size", size) < n:
        raise ParameterError(f"size={size} must be at least the {n} samples of data")
    before = (size - n) // 2
    return _padded(data, axis, before, size - n - before, mode, constant_values, xp=xp)


def fix_length(data: Array, *, size: int, axis: int = -1, mode: Any = "constant", constant_values: complex = 0) -> Array:
    """Bring an array to a length: cut its end off, or pad it.

    Parameters
    ----------
    data : array [shape=(..., n, ...)]
        What to cut or pad.
    size : int >= 0
        Length along `axis` afterwards.
    axis : int
        The axis to change.
    mode : str
        As `pad_mode` of `nnaudio_xp.stft`.
    constant_values : number
        What ``mode="constant"`` pads with.

    Returns
    -------
    array [shape=(..., size, ...)]

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.fix_length(np.arange(4), size=6).tolist(), nax.util.fix_length(np.arange(4), size=2).tolist()
    ([0, 1, 2, 3, 0, 0], [0, 1])
    """
    xp, n, axis = _checked_array(data, "data", axis)
    size = as_integer("size", size, minimum=0)
    if size > n:
        return _padded(data, axis, 0, size - n, mode, constant_values, xp=xp)
    return xp.moveaxis(xp.moveaxis(data, axis, -1)[..., :size], -1, axis)


def normalize(
    S: Array, *, norm: float | None = math.inf, axis: int | None = 0, threshold: float | None = None, fill: bool | None = None
) -> Array:
    """Scale an array so that each slice along an axis has unit norm.

    Parameters
    ----------
    S : array [shape=(..., n, ...)]
        What to scale, real or complex.
    norm : float >= 0, inf, -inf or None
        The p-norm; inf and -inf are the largest and smallest magnitude, 0 counts what is not zero, None changes nothing.
    axis : int or None
        The axis along which the norm is taken; None takes it over the whole array.
    threshold : float > 0, optional
        Norms below this count as zero; by default the smallest normal number of the precision.
    fill : {None, False, True}
        What becomes of slices whose norm counts as zero: left as they are, set to zero, or filled to unit norm.

    Returns
    -------
    array [shape=(..., n, ...)]
        In the input's library and precision; integers become floating-point.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and for NumPy arrays on values that are not finite.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.normalize(np.array([3.0, -4.0]), norm=2).tolist()
    [0.6, -0.8]
    """
    norm, fill = plain(norm), one_of("fill", fill, (None, False, True))
    xp, _, along = _checked_array(S, "S", 0 if axis is None else axis)
    axis = None if axis is None else along
    if threshold is not None:
        as_positive("threshold", threshold)
    if norm is None or 0 in S.shape:
        return S
    if norm == 0 and fill:
        raise ParameterError("fill=True is not possible with norm=0")
    S = S if is_complex(S, xp) else as_floating(S, name="S")[1]
    ops.require_finite(S, "S", xp=xp)
    size = xp.abs(S)
    length = p_norm(size, norm, axis, xp=xp)
    dtype = real_dtype(size, xp)
    small = length < (xp.finfo(dtype).smallest_normal if threshold is None else threshold)
    scaled = S / xp.astype(xp.where(small, xp.ones_like(length), length), size.dtype, copy=False)
    if fill is None:
        return scaled
    count = math.prod(S.shape) if axis is None else S.shape[axis]
    filling = (1.0 if math.isinf(norm) else count ** (-1 / norm)) if fill else 0.0
    return xp.where(small, xp.full_like(S, filling), scaled)
