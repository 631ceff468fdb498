"""Checks of what users have: waveforms and whole numbers."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from .. import ops
from .._namespace import check_signal
from ..errors import ParameterError, is_truth, plain, shown


def valid_audio(y: Any) -> bool:
    """Check a waveform: an array of finite floating-point samples, with one dimension at least.

    Parameters
    ----------
    y : array [shape=(..., n)]
        What may be a waveform.

    Returns
    -------
    bool
        True.

    Raises
    ------
    ParameterError
        If it is none. Only NumPy's samples are looked at.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.valid_audio(np.zeros(100))
    True
    """
    ops.require_finite(y, "y", xp=check_signal(y))
    return True


def valid_int(x: Any, *, cast: Callable[[float], float] | None = None) -> int:
    """A number as an integer.

    Parameters
    ----------
    x : number
        What to cast.
    cast : callable, optional
        How: `math.floor` by default.

    Returns
    -------
    int

    Raises
    ------
    ParameterError
        If `cast` cannot be called, or `x` is no number.

    Examples
    --------
    >>> import math
    >>> import nnaudio_xp as nax
    >>> nax.util.valid_int(2.5), nax.util.valid_int(2.5, cast=math.ceil)
    (2, 3)
    """
    if cast is not None and not callable(cast):
        raise ParameterError(f"cast={shown(cast)} must be a function")
    try:
        return int((math.floor if cast is None else cast)(x))
    except (TypeError, ValueError, OverflowError) as error:
        raise ParameterError(f"x={shown(x)} must be a finite number") from error


def is_positive_int(x: Any) -> bool:
    """Whether a value is an integer above zero.

    Parameters
    ----------
    x : object
        Anything.

    Returns
    -------
    bool

    Raises
    ------
    ParameterError
        Never.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.util.is_positive_int(3), nax.util.is_positive_int(3.0)
    (True, False)
    """
    value = plain(x)
    return isinstance(value, int) and not is_truth(value) and value > 0
