"""NumPy: the functions of nnaudio_xp bound to it, and the layers as callables that hold their
kernels.

>>> from nnaudio_xp.backends import numpy as nax
>>> nax.spectrogram([0.0] * 4096, n_fft=1024).shape
(513, 17)
"""

from __future__ import annotations

import numpy as np

from nnaudio_xp._namespace import namespace

from .._bound import ArrayLibrary, numpy_array, top_level

_library = ArrayLibrary(__name__, lambda: namespace(xp=np), numpy_array, np.asarray)
__getattr__, __dir__ = top_level(_library, "nnaudio_xp.backends._layers")
