"""The array libraries the tests run on, the ways each is set up, and whether this machine can run
them.
"""

import contextlib
import importlib
import importlib.util
import os
from collections.abc import Iterator
from enum import Enum
from functools import cache
from types import ModuleType
from typing import Any

import array_api_compat
import numpy as np
import pytest


class Backend(Enum):
    """An array library in one configuration. The value is its name in NNAUDIO_XP_BACKENDS."""

    NUMPY = "numpy"
    NUMPY_READONLY = "numpy-readonly"  # inputs that cannot be written to: catches in-place operations
    STRICT = "array-api-strict"  # on a device that is not the default one: catches creation without device=
    STRICTEST = "array-api-strict-strictest"  # no boolean indexing, no data-dependent shapes, no fft or linalg
    TORCH_FLOAT32 = "torch"
    TORCH_FLOAT64 = "torch-float64"  # float64 as torch's default dtype: catches creation without dtype=
    JAX = "jax"
    TORCH_CUDA = "torch-cuda"
    CUPY = "cupy"

    @property
    def library(self) -> str:
        """The name of the module to import."""
        if self in (Backend.STRICT, Backend.STRICTEST):
            return "array_api_strict"
        return self.value.partition("-")[0]

    @property
    def on_gpu(self) -> bool:
        return self in (Backend.TORCH_CUDA, Backend.CUPY)

    @property
    def xp(self) -> ModuleType:
        """The namespace that array_api_compat finds for the library's arrays."""
        return array_api_compat.array_namespace(importlib.import_module("jax.numpy" if self is Backend.JAX else self.library).empty(0))

    @property
    def device(self) -> Any:
        """Where the arrays of the tests live."""
        if self.library == "array_api_strict":
            return self.xp.Device("device1")
        if self is Backend.JAX:
            return importlib.import_module("jax").devices("cpu")[0]
        if self is Backend.CUPY:
            return self.xp.cuda.Device(0)
        if self.library == "torch":
            return self.xp.device("cuda", 0) if self.on_gpu else self.xp.device("cpu")
        return "cpu"

    @contextlib.contextmanager
    def configured(self) -> Iterator[None]:
        """The library set up as this backend wants it, and as it was before afterwards."""
        library = importlib.import_module(self.library)
        with contextlib.ExitStack() as stack:
            if self is Backend.STRICTEST:
                stack.enter_context(library.ArrayAPIStrictFlags(boolean_indexing=False, data_dependent_shapes=False, enabled_extensions=()))
            elif self is Backend.JAX:
                stack.enter_context(library.enable_x64(True))
            elif self.library == "torch":
                stack.callback(library.set_default_dtype, library.get_default_dtype())
                library.set_default_dtype(library.float64 if self is Backend.TORCH_FLOAT64 else library.float32)
            stack.callback(_homes.pop, self.xp.__name__, None)
            _homes[self.xp.__name__] = self.device
            yield

    def from_numpy(self, array: np.ndarray) -> Any:
        """A copy of the array in this library, on its device."""
        if self is Backend.NUMPY_READONLY:
            copy = array.copy()
            copy.flags.writeable = False
            return copy
        return self.xp.asarray(array.copy(), device=self.device)


_homes: dict[str, Any] = {}


def home(xp: ModuleType) -> Any:
    """The device where the running test's arrays of this library live."""
    return _homes[xp.__name__] if xp.__name__ in _homes else array_api_compat.device(xp.empty(0))


def to_numpy(array: Any) -> np.ndarray:
    """A NumPy copy of an array of any library, gradients left behind."""
    if array_api_compat.is_torch_array(array):
        return array.detach().cpu().numpy().copy()
    if array_api_compat.is_cupy_array(array):
        return array.get()
    if type(array).__module__.startswith("array_api_strict"):
        array = array.to_device(importlib.import_module("array_api_strict").Device("CPU_DEVICE"))
    return np.array(array)


@cache
def why_not(backend: Backend) -> str | None:
    """Why this machine cannot run the backend; None where it can."""
    if importlib.util.find_spec(backend.library) is None:
        return f"{backend.library} is not installed"
    library = importlib.import_module(backend.library)
    if backend is Backend.TORCH_CUDA and not library.cuda.is_available():
        return "torch finds no CUDA device"
    if backend is Backend.CUPY and not library.is_available():
        return "cupy finds no CUDA device"
    return None


def require(library: str) -> ModuleType:
    """The library, for tests that take no `backend`. They are skipped where it is missing, and left
    to the run that is about it.
    """
    if Backend(library) not in wanted():
        pytest.skip(f"{library} is not among the backends of this run", allow_module_level=True)
    return pytest.importorskip(library, reason=f"{library} is not installed")


def wanted() -> list[Backend]:
    """The backends of this run: those that NNAUDIO_XP_BACKENDS names, else all; on
    NNAUDIO_XP_DEVICE (cpu or cuda), else on both.
    """
    names = os.environ.get("NNAUDIO_XP_BACKENDS", "").replace(",", " ").split()
    device = os.environ.get("NNAUDIO_XP_DEVICE")
    if device not in (None, "", "cpu", "cuda"):
        raise ValueError(f"NNAUDIO_XP_DEVICE={device!r} must be cpu or cuda")
    known = {backend.value: backend for backend in Backend}
    if unknown := sorted(set(names) - set(known)):
        raise ValueError(f"NNAUDIO_XP_BACKENDS names {', '.join(unknown)}: choose from {', '.join(known)}")
    chosen = [known[name] for name in names] or list(Backend)
    return [backend for backend in chosen if not device or backend.on_gpu == (device == "cuda")]


def has_layers(backend: Backend) -> bool:
    """Whether the library has functions bound to it, and layers of its own."""
    return backend.library != "array_api_strict"
