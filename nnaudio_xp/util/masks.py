"""Masks of one part of a spectrogram against another."""

from __future__ import annotations

from .. import ops
from .._backends import at_full_precision
from .._namespace import Array, as_floating, is_array, is_floating, namespace, real_dtype
from ..errors import ParameterError
from ..transforms.separation import checked_exponent, soft_mask


@at_full_precision
def softmask(X: Array, X_ref: Array, *, power: float = 1, split_zeros: bool = False) -> Array:
    """A soft mask: ``X**power / (X**power + X_ref**power)``, without overflow or underflow.

    Parameters
    ----------
    X : array [shape=(...)], real, >= 0
        The part that the mask is to keep.
    X_ref : array [shape=(...)], real, >= 0
        The rest, of the same shape.
    power : float > 0 or infinity
        The larger, the harder the mask; an infinite one gives ``X > X_ref``.
    split_zeros : bool
        Whether the mask is one half, not 0, where both are below the smallest normal number.

    Returns
    -------
    array [shape=(...)], real between 0 and 1, or boolean
        In the input's library and precision; whole numbers count as float32.

    Raises
    ------
    ParameterError
        If the shapes differ, `power` is not positive, or one of NumPy's numbers is negative.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.softmask(np.array([1.0, 3.0, 0.0]), np.array([1.0, 1.0, 0.0])).tolist()
    [0.5, 0.75, 0.0]
    """
    for name, values in (("X", X), ("X_ref", X_ref)):
        if not is_array(values):
            raise ParameterError(f"{name} is a {type(values).__name__}: it must be an array")
    xp = namespace(X, X_ref)
    if tuple(X.shape) != tuple(X_ref.shape):
        raise ParameterError(f"X_ref has shape {tuple(X_ref.shape)}: it must be that of X, {tuple(X.shape)}")
    exponent = checked_exponent(power)
    narrow = xp.float32 if not is_floating(X, xp) else X.dtype
    X, X_ref = (as_floating(values, name=name)[1] for name, values in (("X", X), ("X_ref", X_ref)))
    ops.require(xp.all(X >= 0) & xp.all(X_ref >= 0), "X and X_ref must not be negative", xp=xp)
    dtype = real_dtype(xp.astype(X, narrow, copy=False), xp)
    X, X_ref = (xp.astype(values, dtype, copy=False) for values in (X, X_ref))
    mask = soft_mask(X, X_ref, exponent, split_zeros=bool(split_zeros), xp=xp)
    return mask if xp.isdtype(mask.dtype, "bool") else xp.astype(mask, narrow, copy=False)
