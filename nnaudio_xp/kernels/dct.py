"""Discrete cosine transforms as matrices."""

from __future__ import annotations

import math
from types import ModuleType

from .._namespace import Array, Device, Dtype, host, place
from ..errors import ParameterError, check_size, one_of

DCT_TYPES = (1, 2, 3, 4)
DCT_NORMS = (None, "ortho", "backward", "forward")


def _period(dct_type: int, n: int) -> int:
    """The product of an unnormalised transform and its inverse is this multiple of the identity."""
    return 2 * max(1, n - 1) if dct_type == 1 else 2 * n


def _cosines(dct_type: int, n: int) -> Array:
    """The unnormalised transform of SciPy's definition: 2 cos at every entry, halved where a sample
    has no mirror image.
    """
    shift_out, shift_in = {1: (0, 0), 2: (0, 1), 3: (1, 0), 4: (1, 1)}[dct_type]
    rows = host.reshape(2 * host.arange(n) + shift_out, (-1, 1))
    columns = 2 * host.arange(n) + shift_in
    matrix = 2 * host.cos(math.pi / (2 * _period(dct_type, n)) * (rows * columns % (4 * _period(dct_type, n))))
    alone = {1: (0, n - 1), 3: (0,)}.get(dct_type, ())
    weight = host.asarray([0.5 if k in alone else 1.0 for k in range(n)], dtype=host.float64)
    return matrix * weight


def dct_matrix(
    *,
    n: int,
    dct_type: int = 2,
    norm: str | None = "ortho",
    inverse: bool = False,
    xp: ModuleType | None = None,
    dtype: Dtype = None,
    device: Device = None,
) -> Array:
    """The (n, n) matrix of a discrete cosine transform of type 1 to 4, or of its inverse, as
    `scipy.fft.dct` and `idct` define them.

    Examples
    --------
    >>> dct_matrix(n=2, norm=None).round(3).tolist()
    [[2.0, 2.0], [1.414, -1.414]]
    """
    one_of("dct_type", dct_type, DCT_TYPES)
    one_of("norm", norm, DCT_NORMS)
    check_size("the cosines", [n, n], f"n_mels={n}")
    if n == 1 and dct_type == 1:
        raise ParameterError("dct_type=1 needs at least two points to transform: use type 2 or 3 for one")
    kind = {2: 3, 3: 2}.get(dct_type, dct_type) if inverse and norm != "ortho" else dct_type
    matrix = _cosines(kind, n)
    if norm == "ortho":
        # row and column weights that make the transform a rotation
        ends = {1: (0, n - 1), 2: (0,), 3: (0,), 4: ()}[dct_type]
        root = host.asarray([math.sqrt(0.5) if k in ends else 1.0 for k in range(n)], dtype=host.float64)
        rows = host.reshape(root, (-1, 1)) if dct_type in (1, 2) else 1.0
        columns = {1: 1 / root, 3: 1 / root}.get(dct_type, 1.0)
        matrix = matrix * rows * columns / math.sqrt(_period(dct_type, n))
        matrix = host.matrix_transpose(matrix) if inverse else matrix
    elif inverse != (norm == "forward"):
        matrix = matrix / _period(dct_type, n)
    return place(matrix, xp=xp, dtype=dtype, device=device)
