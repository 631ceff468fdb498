"""A layer's specification as a callable of an array library: it holds the arrays that were trained
or loaded, and nothing else.
"""

from __future__ import annotations

import inspect
import os
from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from nnaudio_xp import ops
from nnaudio_xp._namespace import Array
from nnaudio_xp.layers import LayerSpec, nnaudio

from . import _kernel_files
from ._bound import ArrayLibrary


def refuse_argument(layer: Any, name: str) -> None:
    """Raise if an attribute that is to be set is an argument of the layer's, and no array that it
    trains.
    """
    if name in layer.__signature__.parameters and name not in layer.spec.learned:
        raise AttributeError(f"{name} is decided when the layer is built: build another one")


def described(cls: Any) -> None:
    """Give a class the signature and the documentation of its specification."""
    if "spec_class" in cls.__dict__:
        cls.__signature__ = inspect.signature(cls.spec_class)
        cls.__doc__ = cls.spec_class.__doc__


def methods_of(spec_class: type[LayerSpec], module: str, run: Callable[[str], Callable[..., Any]]) -> dict[str, Any]:
    """The body of a class that is made for a specification: what it is, and its `inverse`, if it
    has one, which ``run(name)`` makes.
    """
    body: dict[str, Any] = {"spec_class": spec_class, "__module__": module}
    own = getattr(spec_class, "inverse", None)
    if own is None:
        return body
    inverse = run("inverse")
    parameters = [value for name, value in inspect.signature(own).parameters.items() if name not in ("kernels", "xp")]
    inverse.__name__, inverse.__qualname__, inverse.__doc__ = "inverse", f"{spec_class.__name__}.inverse", own.__doc__
    inverse.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    return {**body, "inverse": inverse}


class ArrayLayer:
    """A transform with its kernels: call it with a waveform.

    Attributes
    ----------
    spec : LayerSpec
        The constructor's arguments; each is an attribute of the layer, too.
    kernels : dict of str to array
        Arrays that are trained or were loaded. A layer without any uses the FFT.
    """

    spec_class: ClassVar[type[LayerSpec]]
    library: ClassVar[ArrayLibrary]

    def __init_subclass__(cls) -> None:
        described(cls)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.spec = nnaudio.specification(self.spec_class, *args, **kwargs)
        self.kernels = self.spec.kernels(xp=self.library.xp(), dtype="float32")

    def apply(self, kernels: dict[str, Array], x: Array, *args: Any, **kwargs: Any) -> Array:
        """The transform as a pure function of kernels and waveform: what `jax.grad` and `jax.jit`
        take.
        """
        return self.spec.call(kernels, self.library.asarray(x, "x"), *args, xp=self.library.xp(), **kwargs)

    def __call__(self, x: Array, *args: Any, **kwargs: Any) -> Any:
        return self.apply(self.kernels, x, *args, **kwargs)

    def save_kernels(self, path: str | os.PathLike[str]) -> None:
        """Write the layer's kernels to a safetensors file."""
        _kernel_files.save(path, self.spec, {name: self.library.to_numpy(array) for name, array in self.kernels.items()})

    def load_kernels(self, path: str | os.PathLike[str]) -> None:
        """Take kernels from a safetensors file, whichever library wrote it; one that does not fit
        the layer is a `ParameterError`.
        """
        loaded = _kernel_files.load(path, self.spec)
        self.kernels |= {name: self.library.asarray(array, name) for name, array in loaded.items()}
        self.spec = self.spec.fitted({name: self.library.to_numpy(array) for name, array in self.kernels.items()})

    def __getattr__(self, name: str) -> Any:
        spec = self.__dict__.get("spec")
        if spec is None or name.startswith("__"):
            raise AttributeError(name)
        if name in self.kernels:
            return self.kernels[name]
        if name in spec.kernel_names:
            made = spec.made(self.kernels, next(iter(self.kernels.values()), None), xp=self.library.xp())
            found = made[name] if name in made else self.library.asarray(spec.kernel(name).astype(np.float32), name)
            return ops.read_only(found, xp=self.library.xp())  # written to, it would change nothing
        return getattr(spec, name)

    def __setattr__(self, name: str, value: Any) -> None:
        refuse_argument(self, name)
        if name in getattr(self.__dict__.get("spec"), "kernel_names", ()) or name in self.__dict__.get("kernels", ()):
            raise AttributeError(f"{name} is an array of the layer's: put it into `kernels`")
        super().__setattr__(name, value)

    def __repr__(self) -> str:
        return repr(self.spec)


def layer_class(library: ArrayLibrary, spec_class: type[LayerSpec]) -> type[ArrayLayer]:
    """The class of callables that a library has for a specification."""

    def run(name: str) -> Callable[..., Any]:
        def method(self: ArrayLayer, X: Array, *args: Any, **kwargs: Any) -> Any:
            return getattr(self.spec, name)(self.kernels, library.asarray(X, "X"), *args, xp=library.xp(), **kwargs)

        return method

    return type(spec_class.__name__, (ArrayLayer,), {**methods_of(spec_class, library.module, run), "library": library})
