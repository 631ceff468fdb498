"""Complex numbers, written once."""

from __future__ import annotations

from types import ModuleType

import numpy as np

from nnaudio_xp import ops

from .._register import for_numpy as native
from .results import result
from .rows import Array


@native(ops.to_complex)
def to_complex(re: Array, im: Array, *, xp: ModuleType) -> Array:
    values = result(re.shape, np.result_type(re.dtype, np.complex64))
    values.real, values.imag = re, im
    return values


@native(ops.phases)
def phases(spectrum: Array, size: Array, *, xp: ModuleType) -> Array:
    silent = None if size.all() else size == 0
    safe = size if silent is None else np.where(silent, size.dtype.type(1), size)
    out = np.empty_like(spectrum)
    np.divide(spectrum.real, safe, out=out.real)
    np.divide(spectrum.imag, safe, out=out.imag)
    if silent is not None:
        out[silent] = 1
    return out


@native(ops.raised)
def raised(size: Array, power: float, *, xp: ModuleType) -> Array:
    return size if power == 1 else size**power
