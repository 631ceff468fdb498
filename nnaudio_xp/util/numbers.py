"""Numbers: their dtypes, magnitudes and phases."""

from __future__ import annotations

import sys
from types import ModuleType
from typing import Any

from .. import ops
from .._backends import at_full_precision
from .._namespace import (
    Array,
    Dtype,
    as_floating,
    check_digits,
    check_on_host,
    dtype_name,
    half_by_single,
    host,
    in_dtype,
    is_array,
    is_complex,
    namespace,
    own_dtype,
    real_dtype,
    result_dtype,
    widened,
)
from ..errors import ParameterError, as_integer, shown

TO_COMPLEX = {"float32": "complex64", "float64": "complex128"}
TO_REAL = {"complex64": "float32", "complex128": "float64"}


def _library_of(dtype: Dtype) -> ModuleType:
    """The namespace of a dtype's library: NumPy's own serve JAX and CuPy, too."""
    library = sys.modules.get(type(dtype).__module__.partition(".")[0])
    return host if library is None or not hasattr(library, dtype_name(dtype)) else library


def _changed(d: Dtype, default: Dtype, table: dict[str, str], kept: tuple[str, ...]) -> Dtype:
    if not isinstance(d, str) and not hasattr(d, "dtype") and dtype_name(d) in ("int", "bool"):
        d = host.dtype(d)
    own_dtype(d, host)
    library, name = _library_of(d), dtype_name(d)
    if name in kept:
        chosen = name
    else:
        chosen = table.get(name, dtype_name(default))
    found = getattr(library, chosen)
    return host.dtype(found) if library is host or isinstance(found, type) else found


def dtype_r2c(d: Dtype, *, default: Dtype = "complex64") -> Dtype:
    """The complex dtype of a real one's precision.

    Parameters
    ----------
    d : dtype
        Of any library, or a name. Complex dtypes stay as they are.
    default : complex dtype
        What stands for dtypes that have no such counterpart.

    Returns
    -------
    dtype
        In the same library's words; NumPy's for a name.

    Raises
    ------
    ParameterError
        If it is no dtype.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.dtype_r2c(np.float32), nax.util.dtype_r2c(np.int16)
    (dtype('complex64'), dtype('complex64'))
    """
    return _changed(d, default, TO_COMPLEX, tuple(TO_REAL))


def dtype_c2r(d: Dtype, *, default: Dtype = "float32") -> Dtype:
    """The real dtype of a complex one's parts.

    Parameters
    ----------
    d : dtype
        Of any library, or a name. Real floating dtypes stay as they are.
    default : real dtype
        What stands for dtypes that have no such counterpart.

    Returns
    -------
    dtype
        In the same library's words; NumPy's for a name.

    Raises
    ------
    ParameterError
        If it is no dtype.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.dtype_c2r(np.complex128), nax.util.dtype_c2r(np.int16)
    (dtype('float64'), dtype('float32'))
    """
    return _changed(d, default, TO_REAL, ("float16", *TO_COMPLEX))


def tiny(x: Any) -> Any:
    """The smallest normal number of an array's precision, below which it holds fewer digits.

    Parameters
    ----------
    x : array or number
        Real or complex; whole numbers count as single precision.

    Returns
    -------
    float
        A number of NumPy's in that precision; Python's for arrays of other libraries.

    Raises
    ------
    ParameterError
        If `x` is no number.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> float(nax.util.tiny(np.ones(2, dtype=np.float32)))
    1.1754943508222875e-38
    """
    if not is_array(x):
        try:
            x = host.asarray(x)
        except (TypeError, ValueError, RuntimeError) as error:
            raise ParameterError(f"x={shown(x)} must be an array or a number") from error
        if not host.isdtype(x.dtype, ("numeric", "bool")):
            raise ParameterError(f"x={shown(x)} must be an array or a number")
    xp = namespace(x)
    floating = xp.isdtype(x.dtype, ("real floating", "complex floating"))
    least = xp.finfo(x.dtype if floating else xp.float32).smallest_normal
    return least if xp is host else float(least)


@at_full_precision
@half_by_single
def abs2(x: Array, dtype: Dtype = None) -> Array:
    """Squared magnitude, without the root that ``abs(x)**2`` takes.

    Parameters
    ----------
    x : array [shape=(...)], real or complex
        Or a number.
    dtype : real dtype, optional
        Of the result; by default the precision of `x`.

    Returns
    -------
    array [shape=(...)], real
        In the input's library.

    Raises
    ------
    ParameterError
        If `x` holds no numbers.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.abs2(np.array([3 + 4j, -2])).tolist()
    [25.0, 4.0]
    """
    if isinstance(x, complex):
        x = host.complex128(x)
    if is_array(x):
        x = widened(x, result_dtype(dtype, "real floating", xp=namespace(x)), xp=namespace(x))
    if is_array(x) and is_complex(x, xp := namespace(x)):
        check_digits(x, name="x")
        squares = ops.squared_magnitude(xp.real(x), xp.imag(x), xp=xp)
    elif is_array(x) and namespace(x).isdtype(x.dtype, "integral"):
        xp, squares = namespace(x), x * x
    else:
        xp, values = as_floating(x, name="x")
        squares = values * values
    return in_dtype(squares, result_dtype(dtype, "real floating", xp=xp), xp=xp)


@at_full_precision
def phasor(angles: Array, *, mag: Array | None = None) -> Array:
    """Complex numbers of these phases: ``mag * exp(1j * angles)``.

    Parameters
    ----------
    angles : array [shape=(...)], real [radians]
        Phases, or a number.
    mag : array or number, optional
        Magnitudes, 1 by default.

    Returns
    -------
    array [shape=(...)], complex
        In the input's library and precision.

    Raises
    ------
    ParameterError
        If `angles` holds no real numbers.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.phasor(np.array([0.0, np.pi / 2]), mag=2.0).round(6).tolist()
    [(2+0j), 2j]
    """
    xp, values = as_floating(angles, name="angles")
    values = xp.astype(values, real_dtype(values, xp), copy=False)
    turns = ops.to_complex(xp.cos(values), xp.sin(values), xp=xp)
    if mag is None:
        return turns
    magnitudes = as_floating(mag, name="mag")[1] if is_array(mag) or isinstance(mag, list) else mag
    return turns * (xp.astype(magnitudes, values.dtype, copy=False) if is_array(magnitudes) else magnitudes)


@at_full_precision
def buf_to_float(x: Any, *, n_bytes: int = 2, dtype: Dtype = "float32") -> Array:
    """Whole numbers of a sound file as samples between -1 and 1.

    Parameters
    ----------
    x : integer array [shape=(n,)] or bytes
        Little-endian whole numbers of `n_bytes`, or NumPy's array whose memory holds such.
    n_bytes : {1, 2, 4}
        Bytes of a sample.
    dtype : real dtype
        Of the result.

    Returns
    -------
    array [shape=(n,)]
        NumPy's: divided by ``2**(8 * n_bytes - 1)``.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.buf_to_float(np.array([0, 16384, -32768], dtype=np.int16)).tolist()
    [0.0, 0.5, -1.0]
    """
    if as_integer("n_bytes", n_bytes) not in (1, 2, 4):
        raise ParameterError(f"n_bytes={n_bytes!r} must be 1, 2 or 4")
    wanted = result_dtype(dtype, "real floating", xp=host)
    samples = host.frombuffer(check_on_host(x, name="x") if is_array(x) else x, f"<i{n_bytes}")
    return host.astype(samples, wanted) / host.asarray(2.0 ** (8 * n_bytes - 1), dtype=wanted)
