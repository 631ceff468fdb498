"""Signals as such: their rate, their channels."""

from __future__ import annotations

import math
from typing import Any

from . import ops
from ._backends import at_full_precision
from ._namespace import Array, check_signal, real_dtype
from .errors import ParameterError, as_positive, one_of
from .kernels.resampling import QUALITIES
from .transforms.resampling import FOURIER, HELD, to_rate
from .util._checks import checked_array
from .util.padding import fix_length

__all__ = ["resample"]

RES_TYPES = (*QUALITIES, "polyphase", *FOURIER, *HELD)


@at_full_precision
def resample(
    y: Array,
    *,
    orig_sr: float,
    target_sr: float,
    res_type: str = "soxr_hq",
    fix: bool = True,
    scale: bool = False,
    axis: int = -1,
    **kwargs: Any,
) -> Array:
    """Change the sampling rate of a signal.

    Parameters
    ----------
    y : array [shape=(..., n, ...)], real floating-point
        Waveform, or a batch of them.
    orig_sr, target_sr : float > 0 [Hz]
        The rate of `y`, and the one that is wanted.
    res_type : str
        How. 'soxr_vhq', 'soxr_hq', 'soxr_mq', 'soxr_lq': a sharp filter, by the library soxr for NumPy's
        arrays where it is installed, otherwise by the same filters in closed form (see Notes).
        'polyphase': `scipy.signal.resample_poly`, for whole rates. 'fft' or 'scipy': by the spectrum
        of the whole signal, which is taken for periodic. 'linear', 'zero_order_hold': without a
        filter.
    fix : bool
        Whether the result has exactly ``ceil(n * target_sr / orig_sr)`` samples.
    scale : bool
        Whether the result is scaled to the energy of `y`: by ``sqrt(orig_sr / target_sr)``.
    axis : int
        The axis of time.
    **kwargs
        As for `util.fix_length`, with `fix`.

    Returns
    -------
    array [shape=(..., n * target_sr / orig_sr, ...)]
        In the input's library, device and precision.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Notes
    -----
    The closed form runs on all libraries, and has gradients. At ratios of powers of two it is
    within 3e-7 of soxr's maximum; at others within 3e-3 for noise, whose energy near the
    Nyquist frequency soxr's steps let through otherwise, and 1e-5 below 0.9 of that frequency.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> nax.resample(y, orig_sr=22050, target_sr=16000).shape
    (16000,)
    """
    orig_sr, target_sr = as_positive("orig_sr", orig_sr), as_positive("target_sr", target_sr)
    check_res_type(res_type)
    _, _, axis = checked_array(y, "y", axis)
    xp = check_signal(y)
    ops.require_finite(y, "y", xp=xp)
    if orig_sr == target_sr:
        return y
    if res_type == "polyphase" and (orig_sr != int(orig_sr) or target_sr != int(target_sr)):
        raise ParameterError(f"orig_sr={orig_sr!r} and target_sr={target_sr!r} must be whole for res_type='polyphase'")
    ratio = target_sr / orig_sr
    rows = xp.astype(ops.moveaxis(y, axis, -1, xp=xp), real_dtype(y, xp), copy=False)
    made = to_rate(rows, orig_sr, target_sr, res_type, xp=xp)
    if fix:
        made = fix_length(made, size=math.ceil(rows.shape[-1] * ratio), **kwargs)
    if scale:
        made = made / math.sqrt(ratio)
    return ops.moveaxis(xp.astype(made, y.dtype, copy=False), -1, axis, xp=xp)


def check_res_type(res_type: Any) -> None:
    """Raise on names that other libraries have for their filters, and say what to use."""
    if isinstance(res_type, str) and res_type.startswith(("kaiser", "sinc")):
        raise ParameterError(f"res_type={res_type!r} is a filter of resampy or samplerate: use 'soxr_hq' or 'polyphase'")
    one_of("res_type", res_type, RES_TYPES)
