"""JAX: the functions of nnaudio_xp bound to it, and the layers as callables that hold their
kernels.

>>> from nnaudio_xp.backends import jax as nax
>>> nax.spectrogram([0.0] * 4096, n_fft=1024).shape
(513, 17)
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np

from .._bound import ArrayLibrary, top_level

_library = ArrayLibrary(__name__, lambda: jnp, jnp.asarray, np.asarray)
__getattr__, __dir__ = top_level(_library, "nnaudio_xp.backends._layers")
