"""What the core needs of the host beyond the array API standard: NumPy's random numbers, and what
SciPy has.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from nnaudio_xp.errors import ParameterError

from ._blas import one_blas_thread

Array = np.ndarray[Any, Any]


def special_window(name: str, params: tuple[Any, ...], Nx: int, fftbins: bool) -> Array:
    """The float64 window that SciPy has under this name; ValueError or TypeError if it has none or
    the parameters do not fit.
    """
    from scipy.signal.windows import get_window  # takes half a second to import: only for those who use such a window

    window: Array = get_window((name, *params), Nx, fftbins=fftbins)
    return window


def beta_cdf(values: Any, a: float, b: float) -> Array:
    """The cumulative distribution of Beta(a, b)."""
    from scipy.special import betainc  # what scipy.stats would call, whose import takes long

    shares: Array = betainc(a, b, np.asarray(values))
    return shares


def rotated(matrix: Any, degrees: float) -> Array:
    """A matrix as an image, turned, by splines of the fifth order."""
    from scipy.ndimage import rotate

    turned: Array = rotate(np.asarray(matrix), degrees, order=5, prefilter=False)
    return turned


def single_fft(rows: Any) -> Array:
    """Spectra (rows, n), complex64, of host arrays, rounded as SciPy rounds."""
    import scipy.fft

    spectra: Array = scipy.fft.fft(np.asarray(rows, dtype=np.complex64), axis=1)
    return spectra


def pseudo_inverse(matrix: Any) -> Array:
    """The pseudo-inverse (column, row) of a host array."""
    with one_blas_thread():
        inverse: Array = np.linalg.pinv(matrix)
    return inverse


def spline_matrix(times: Any, n: int, order: int) -> Array:
    """Interpolating splines through n numbers at 0, 1, …, each of which is 1 at one of them, at some
    times: (time, number).
    """
    from scipy.interpolate import make_interp_spline

    splines: Array = make_interp_spline(np.arange(n), np.eye(n), k=order)(times)
    return splines


def is_sparse(matrix: Any) -> bool:
    """Whether a matrix is one of SciPy's sparse ones."""
    import scipy.sparse

    return bool(scipy.sparse.issparse(matrix))


def sparse_columns(matrix: Any) -> Any:
    """A matrix, sparse or not, as SciPy's compressed columns."""
    import scipy.sparse

    return scipy.sparse.csc_array(matrix)


def neighbour_means(near: Any, rows: Any, weighted: bool) -> Array:
    """For each column of a sparse matrix the mean of the rows (row, number) that are not 0 in it; where
    there are none the row of the same place.
    """
    weights = near.astype(np.result_type(rows.dtype, np.float32))
    if not weighted:
        weights.data[:] = 1
    total = np.asarray(weights.sum(axis=0)).reshape(-1, 1)
    alone = np.diff(near.indptr)[:, None] == 0
    means: Array = np.where(alone, rows, (weights.T @ rows) / np.where(alone, 1, total))
    return means


def random_state(seed: Any) -> Any:
    """The generator that an integer stood for before NumPy had generators; other seeds as they
    are.
    """
    return np.random.RandomState(seed) if isinstance(seed, int | np.integer) else seed


def random_numbers(rng: Any, shape: tuple[int, ...]) -> Array:
    """Normally distributed numbers from an integer seed, a Generator, a RandomState, or fresh entropy
    for None.
    """
    if not isinstance(rng, np.random.RandomState):
        try:
            rng = np.random.default_rng(rng)
        except (TypeError, ValueError) as error:
            raise ParameterError(f"rng={rng!r} must be an integer, a numpy.random.Generator or None") from error
    numbers: Array = rng.standard_normal(shape)
    return numbers


def random_phases(rng: Any, shape: tuple[int, ...]) -> Array:
    """exp(2 pi i u), u uniform from an integer seed, a Generator, a RandomState, NumPy's global
    state, or fresh entropy for None.
    """
    if isinstance(rng, np.random.RandomState) or rng is np.random:
        uniform = rng.random_sample(shape)
    else:
        try:
            uniform = np.random.default_rng(rng).random(shape)
        except (TypeError, ValueError) as error:
            raise ParameterError(f"rng={rng!r} must be an integer, a numpy.random.Generator or None") from error
    phases: Array = np.exp(2j * np.pi * uniform)
    return phases


def sparse_rows(matrix: Any) -> Any:
    """A matrix as SciPy's sparse array of compressed rows."""
    import scipy.sparse

    return scipy.sparse.csr_array(matrix)


def sheared(matrix: Any, step: int, axis: int) -> Any:
    """A sparse matrix whose columns (axis -1) or rows (axis 0) are each shifted by `step` more than
    the one before, around the ends, in its own format.
    """
    entries = matrix.tocoo()
    rows, columns = entries.coords
    size = matrix.shape[0 if axis else 1]
    places = (columns, (rows + step * columns) % size) if axis else ((columns + step * rows) % size, rows)
    return type(matrix)(type(entries)((entries.data, places[::-1]), shape=matrix.shape).asformat(matrix.format))


def nonnegative_columns(A: Array, B: Array, options: dict[str, Any]) -> Array:
    """Non-negative X (..., n, N) with ``A @ X`` nearest to B (..., m, N): a single column by active
    sets, several by L-BFGS-B from the least-squares solution.
    """
    import scipy.optimize

    if B.shape[-1] == 1 and B.ndim == 2 and not options:
        column: Array = scipy.optimize.nnls(A, B[:, 0])[0][:, None]
        return column
    if B.ndim > 2:
        clips = [nonnegative_columns(A, clip, options) for clip in B.reshape(-1, *B.shape[-2:])]
        return (
            np.stack(clips).reshape(*B.shape[:-2], A.shape[1], B.shape[-1]) if clips else np.zeros((*B.shape[:-2], A.shape[1], B.shape[-1]))
        )
    start = np.clip(np.linalg.pinv(A) @ B, 0, None)
    size = float(B.size)

    def error(flat: Array) -> tuple[float, Array]:
        missing = A @ flat.reshape(start.shape) - B
        return 0.5 / size * float(np.vdot(missing, missing)), (A.T @ missing / size).astype(np.float64).ravel()

    settings = {"m": A.shape[1], "bounds": [(0, None)] * start.size, **options}
    found: Array = scipy.optimize.fmin_l_bfgs_b(error, start.astype(np.float64).ravel(), **settings)[0]
    return found.reshape(start.shape)


def placed(sound: Array, starts: list[int], size: int) -> Array:
    """A track of so many samples with a sound wherever it begins."""
    track = np.zeros((*sound.shape[:-1], size))
    for start in starts:
        if start < size:
            track[..., start : start + sound.shape[-1]] += sound[..., : size - start]
    return track


def band_filter(low: tuple[float, float], edges: tuple[float, float], ripple: float, attenuation: float, kind: str, layout: str) -> Any:
    """The recursive filter of least order that passes what lies between the first frequencies, relative to
    Nyquist's, and stops what lies outside the second ones.
    """
    from scipy.signal import iirdesign

    return iirdesign(low, edges, ripple, attenuation, analog=False, ftype=kind, output=layout)


def spline_coefficients(n: int, order: int) -> Array:
    """The coefficients (coefficient, number) of interpolating splines through n numbers at 0, 1, …."""
    from scipy.interpolate import make_interp_spline

    coefficients: Array = make_interp_spline(np.arange(n), np.eye(n), k=order).c
    return coefficients


def spline_weights(times: Any, n: int, order: int) -> tuple[Array, Array]:
    """At each time the first of the coefficients that reach there, and the weights (time, order + 1) of
    all that do.
    """
    from scipy.interpolate import BSpline, make_interp_spline

    knots = make_interp_spline(np.arange(n), np.zeros(n), k=order).t
    weights = BSpline.design_matrix(times, knots, order)
    return weights.indices[:: order + 1].astype(np.int64), weights.data.reshape(-1, order + 1)


def interpolated_rows(rows: Array, grids: Array, wanted: Array, kind: str, fill_value: float) -> Array:
    """Rows (m, n) between their own grids (m, n), of which what is not finite does not count, at wanted
    points (m, k).
    """
    from scipy.interpolate import interp1d

    made = np.full(wanted.shape, fill_value, dtype=np.result_type(rows, np.float32))
    for place, (row, grid) in enumerate(zip(rows, grids, strict=True)):
        known = np.isfinite(grid)
        if known.sum() > 1:
            made[place] = interp1d(grid[known], row[known], kind=kind, bounds_error=False, fill_value=fill_value)(wanted[place])
    return made
