"""The backends of the array libraries: everything that names one lives here, and nowhere else.

``from nnaudio_xp.backends import numpy as nax`` (or torch, cupy, jax) gives the functions and
layers bound to that library.
"""

import importlib
import pkgutil

if __name__ != "nnaudio_xp.backends":
    raise ImportError(f"import this package as nnaudio_xp.backends, not as {__name__}: otherwise every class would exist twice")

__all__ = ["cupy", "jax", "numpy", "torch"]

NAMESPACES = {"numpy": "array_api_compat.numpy", "torch": "array_api_compat.torch", "cupy": "array_api_compat.cupy", "jax": "jax.numpy"}
"""Each backend's package here, and the name of the namespace that its arrays have."""


def load_operations(library: str) -> None:
    """Import the native operations of a namespace's library: the modules of its package that are
    named as topics of `nnaudio_xp.ops`.
    """
    from nnaudio_xp import ops

    topics = {module.name for module in pkgutil.iter_modules(ops.__path__)}
    for package in [name for name, namespace in NAMESPACES.items() if namespace == library]:
        path = importlib.import_module(f"{__name__}.{package}").__path__
        for topic in sorted(topics & {module.name for module in pkgutil.iter_modules(path)}):
            importlib.import_module(f"{__name__}.{package}.{topic}")
