"""Learned kernels in safetensors files: written by one library, read by any other."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

import numpy as np

from nnaudio_xp.errors import ParameterError
from nnaudio_xp.layers import LayerSpec


def _safetensors() -> Any:
    try:
        import safetensors.numpy
    except ImportError as error:
        raise ImportError("kernels are stored in safetensors files: pip install 'nnaudio_xp[io]'") from error
    return safetensors


def save(path: str | os.PathLike[str], spec: LayerSpec, kernels: Mapping[str, np.ndarray[Any, Any]]) -> None:
    """Write arrays, with the layer's name and arguments beside them for people to read."""
    arrays = {name: np.ascontiguousarray(array) for name, array in kernels.items()}
    _safetensors().numpy.save_file(arrays, path, metadata={"layer": repr(spec)})


def all_names(spec: LayerSpec) -> set[str]:
    """Names of the arrays of a layer and of those inside it."""
    inside = {f"{child}.{name}" for child, below in spec.children.items() for name in all_names(below)}
    return {*spec.kernel_names, *spec.parameter_names, *inside}


def load(path: str | os.PathLike[str], spec: LayerSpec) -> dict[str, np.ndarray[Any, Any]]:
    """Read arrays that the layer has, in the shapes that it has them; kernels in the place of
    parameters that it does not train.
    """
    safetensors = _safetensors()
    try:
        arrays: dict[str, np.ndarray[Any, Any]] = safetensors.numpy.load_file(path)
    except safetensors.SafetensorError as error:
        raise ParameterError(f"{os.fspath(path)!r} is no safetensors file: {error}") from error
    for name, array in arrays.items():
        if name not in all_names(spec):
            raise ParameterError(f"{os.fspath(path)!r} holds {name!r}, which is no kernel of {type(spec).__name__}")
        check_shape(name, array.shape, spec)
    return spec.settled(arrays)


def check_shape(name: str, shape: Any, spec: LayerSpec) -> None:
    *inside, own = name.split(".")
    for child in inside:
        spec = spec.children[child]
    expected = spec.kernel(own).shape
    if tuple(shape) != tuple(expected):
        raise ParameterError(f"{name} has shape {tuple(shape)}: {spec!r} needs {tuple(expected)}")
