"""JAX: the functions of nnaudio_xp bound to it, and the layers as callables that hold their
kernels.

>>> from nnaudio_xp.backends import jax as nax
>>> nax.spectrogram([0.0] * 4096, n_fft=1024).shape
(513, 17)
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from nnaudio_xp.errors import ParameterError

from .._bound import ArrayLibrary, numpy_array, top_level


def _asarray(value: Any, name: str) -> jax.Array:
    if isinstance(value, jax.Array):
        return value
    if isinstance(value, list) and any(isinstance(item, jax.Array) for item in value):  # which may be traced
        return jnp.asarray(value)
    array = numpy_array(value, name)
    made = jnp.asarray(array)
    if array.dtype.kind in "iu" and array.size and made.dtype != array.dtype:
        limits = jnp.iinfo(made.dtype)
        if array.min() < limits.min or array.max() > limits.max:
            raise ParameterError(f"{name} holds integers that are no {made.dtype.name}: set jax_enable_x64, or give floats")
    return made


_library = ArrayLibrary(__name__, lambda: jnp, _asarray, np.asarray)
__getattr__, __dir__ = top_level(_library, "nnaudio_xp.backends._layers")
