"""Arrays of unit norm."""

from __future__ import annotations

import math

from .. import ops
from .._backends import at_full_precision
from .._namespace import Array, as_floating, check_digits, is_complex, is_half
from ..errors import ParameterError, as_positive, one_of, plain
from ..transforms.norms import to_unit_norm
from ._checks import checked_array


@at_full_precision
def normalize(
    S: Array, *, norm: float | None = math.inf, axis: int | None = 0, threshold: float | None = None, fill: bool | None = None
) -> Array:
    """Scale an array so that each slice along an axis has unit norm.

    Parameters
    ----------
    S : array [shape=(..., n, ...)]
        What to scale, real or complex.
    norm : float >= 0, inf, -inf or None
        The p-norm; inf and -inf are the largest and smallest magnitude, 0 counts what is not zero,
        None changes nothing.
    axis : int or None
        The axis along which the norm is taken; None takes it over the whole array.
    threshold : float > 0, optional
        Norms below this count as zero; by default the smallest normal number of the precision.
    fill : {None, False, True}
        What becomes of slices whose norm counts as zero: left as they are, set to zero, or filled
        to unit norm.

    Returns
    -------
    array [shape=(..., n, ...)]
        In the input's library and precision (half precision is computed in float32); integers become
        floating-point. The gradient is 0 where the norm is below some 2e-34 (float32).

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
    xp, _, along = checked_array(S, "S", 0 if axis is None else axis)
    axis = None if axis is None else along
    if threshold is not None:
        as_positive("threshold", threshold)
    check_digits(S, name="S")
    if norm is None or 0 in S.shape:
        return S
    if norm == 0 and fill:
        raise ParameterError("fill=True is not possible with norm=0")
    S = S if is_complex(S, xp) else as_floating(S, name="S")[1]
    ops.require_finite(S, "S", xp=xp)
    given = S
    S = xp.astype(S, xp.float32) if is_half(S) else S
    if threshold is None and is_half(given):
        threshold = float(xp.finfo(given.dtype).smallest_normal)
    return xp.astype(to_unit_norm(S, norm, axis, threshold=threshold, fill=fill, xp=xp), given.dtype, copy=False)
