"""CuPy: the functions of nnaudio_xp bound to it, and the layers as callables that hold their
kernels.

>>> from nnaudio_xp.backends import cupy as nax
>>> nax.spectrogram([0.0] * 4096, n_fft=1024).shape
(513, 17)
"""

from __future__ import annotations

from typing import Any

import cupy

from nnaudio_xp._namespace import dtype_name, namespace

from .._bound import ArrayLibrary, numpy_array, top_level


def _asarray(value: Any, name: str) -> Any:
    if isinstance(value, cupy.ndarray):
        return value
    plain = getattr(value, "is_cuda", False) and not (value.requires_grad or value.is_conj() or value.is_neg())
    if plain and hasattr(cupy, dtype_name(value.dtype)):  # PyTorch's: without a copy
        return cupy.asarray(value)
    return cupy.asarray(numpy_array(value, name))


_library = ArrayLibrary(__name__, lambda: namespace(xp=cupy), _asarray, cupy.asnumpy)
__getattr__, __dir__ = top_level(_library, "nnaudio_xp.backends._layers")
