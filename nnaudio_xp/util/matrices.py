"""Matrices: fewer entries, and non-negative solutions."""

from __future__ import annotations

from typing import Any

from .. import ops
from .._backends import at_full_precision, host_functions
from .._namespace import Array, Dtype, as_floating, check_on_host, host, is_array, is_complex, namespace, own_dtype, real_dtype
from ..errors import ParameterError, as_number
from ..transforms.nonnegative import nonnegative_solution

MANY = 500
"""Steps of the iteration for any matrix."""


def sparsify_rows(x: Any, *, quantile: float = 0.01, dtype: Dtype = None) -> Any:
    """A sparse matrix without the smallest entries of each row.

    Parameters
    ----------
    x : array [shape=(n, m)] or [shape=(m,)]
        A matrix, NumPy's.
    quantile : float in [0, 1)
        The share of a row's absolute sum that may be left out.
    dtype : dtype, optional
        Of the result; by default that of `x`.

    Returns
    -------
    scipy.sparse.csr_array [shape=(n, m)]

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.sparsify_rows(np.array([[1.0, 50.0, 49.0]]), quantile=0.05).toarray().tolist()
    [[0.0, 50.0, 49.0]]
    """
    matrix = check_on_host(x, name="x")
    if matrix.ndim not in (1, 2):
        raise ParameterError(f"x has shape {matrix.shape}: it must be a matrix or a row")
    if not 0 <= as_number("quantile", quantile) < 1:
        raise ParameterError(f"quantile={quantile!r} must be at least 0 and below 1")
    rows = host.reshape(matrix, (-1, matrix.shape[-1]))
    sizes = host.abs(rows)
    ordered = host.sort(sizes, axis=1, stable=False)  # a twentieth of the time
    whole = host.sum(sizes, axis=1, keepdims=True)
    left_out = host.cumulative_sum(ordered / host.where(whole > 0, whole, 1), axis=1) < quantile
    first = host.take_along_axis(ordered, host.argmin(left_out, axis=1)[:, None], axis=1)
    kept = host.where(sizes >= first, rows, host.zeros_like(rows))
    return host_functions().sparse_rows(host.astype(kept, rows.dtype if dtype is None else own_dtype(dtype, host)))


@at_full_precision
def nnls(A: Array, B: Array, **kwargs: Any) -> Array:
    """Non-negative least squares: X without negative entries that minimises ``norm(A @ X - B)``.

    Parameters
    ----------
    A : array [shape=(m, n)], real
        The matrix.
    B : array [shape=(..., m, N)] or [shape=(m,)], real
        What is to be met.
    **kwargs
        For NumPy's arrays, as for `scipy.optimize.fmin_l_bfgs_b`, which solves several columns;
        other libraries take 500 steps of accelerated projected gradients, and no arguments.

    Returns
    -------
    array [shape=(..., n, N)] or [shape=(n,)], real, >= 0
        In the library and precision of `A`.

    Raises
    ------
    ParameterError
        If the shapes do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.util.nnls(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([2.0, -1.0])).tolist()
    [2.0, 0.0]
    """
    if not is_array(A) or not is_array(B):
        raise ParameterError("A and B must be arrays")
    xp = namespace(A, B)
    if is_complex(A, xp) or is_complex(B, xp):
        raise ParameterError("A and B must be real")
    if A.ndim != 2 or B.ndim == 0 or B.shape[-2 if B.ndim > 1 else -1] != A.shape[0]:
        raise ParameterError(f"B has shape {tuple(B.shape)}: it must be (..., m, N) or (m,) for A of shape (m, n) = {tuple(A.shape)}")
    A, B = as_floating(A, name="A")[1], as_floating(B, name="B")[1]
    dtype = real_dtype(A, xp)
    columns = B if B.ndim > 1 else xp.expand_dims(B, axis=-1)
    A_wide, columns = xp.astype(A, dtype, copy=False), xp.astype(columns, dtype, copy=False)
    if xp is host:
        X = host_functions().nonnegative_columns(A_wide, columns, kwargs)
    else:
        if kwargs:
            raise ParameterError(f"{', '.join(kwargs)}: SciPy's arguments, which only NumPy's arrays take")
        values = xp.matrix_transpose(columns)
        start = xp.zeros_like(ops.banded(values, xp.matrix_transpose(A_wide), xp=xp))
        X = xp.matrix_transpose(nonnegative_solution(values, A_wide, start, n_iter=MANY, xp=xp))
    return xp.astype(X if B.ndim > 1 else X[..., 0], A.dtype, copy=False)
