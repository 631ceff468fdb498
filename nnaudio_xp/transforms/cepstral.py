"""Cepstra: levels as sums of cosines over the bands."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, device_of
from ..errors import as_number, one_of
from ..kernels.dct import DCT_NORMS, DCT_TYPES


def checked_lifter(lifter: Any, dct_type: Any, norm: Any) -> float:
    """The lifter, if it and the cosine transform are known ones."""
    one_of("dct_type", dct_type, DCT_TYPES)
    one_of("norm", norm, DCT_NORMS)
    return as_number("lifter", lifter, minimum=0)


def lifter_weights(lifter: float, count: int) -> list[float]:
    """1 + (L / 2) sin(pi n / L) for coefficients n = 1 … count."""
    return [1 + lifter / 2 * math.sin(math.pi * n / lifter) for n in range(1, count + 1)]


def scaled_rows(values: Array, weights: list[float], *, xp: ModuleType) -> Array:
    """Rows of values (..., row, time), each times its weight."""
    return values * xp.reshape(xp.asarray(weights, dtype=values.dtype, device=device_of(values)), (-1, 1))


def cepstrum(levels: Array, matrix: Array, *, xp: ModuleType) -> Array:
    """Rows of a DCT (coefficient, band) applied to levels (..., band, time)."""
    values = xp.matrix_transpose(xp.astype(levels, matrix.dtype, copy=False))
    return xp.matrix_transpose(ops.banded(values, matrix, xp=xp))
