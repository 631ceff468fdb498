"""The rooms of the array libraries: everything that names one lives here, and nowhere else.

``from nnaudio_xp.backends import numpy as nax`` (or torch, cupy, jax) gives the functions and layers bound to that library.
"""

import importlib
from types import ModuleType

if __name__ != "nnaudio_xp.backends":
    raise ImportError(f"import this package as nnaudio_xp.backends, not as {__name__}: otherwise every class would exist twice")

__all__ = ["cupy", "jax", "numpy", "torch"]

_NATIVE = {
    "array_api_compat.numpy": "nnaudio_xp.backends.numpy.spectra",
    "array_api_compat.torch": "nnaudio_xp.backends.torch.spectra",
    "array_api_compat.cupy": "nnaudio_xp.backends.cupy.frames",
    "jax.numpy": "nnaudio_xp.backends.jax.iterate",
}


def native_ops(library: str) -> ModuleType | None:
    """The module of native operations for a namespace's name, or None if that library has none."""
    return importlib.import_module(_NATIVE[library]) if library in _NATIVE else None
