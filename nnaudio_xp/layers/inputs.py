"""How waveforms and spectra come into a layer, and how they go out."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, check_digits, dtype_name, is_array, is_complex, is_floating, namespace, real_dtype
from ..errors import ParameterError

OUTPUT_FORMATS = ("Magnitude", "Complex", "Phase")


def clips_of(x: Any, *, xp: ModuleType | None) -> tuple[ModuleType, Array]:
    """Waveforms as nnAudio takes them, (L), (B, L) or (B, 1, L), as (B, L); further axes stay. In a
    precision that can be computed in.
    """
    if xp is None and not is_array(x):
        raise ParameterError(f"x is a {type(x).__name__}: it must be an array of floating-point samples")
    space = namespace(x) if xp is None else xp
    check_digits(x, name="x")
    if not is_floating(x, space):
        raise ParameterError(f"x has dtype {dtype_name(x.dtype)}: it must be floating-point (16-bit PCM is brought to floats by x / 32768)")
    if x.ndim == 0 or x.shape[-1] == 0:
        raise ParameterError(f"x has shape {tuple(x.shape)}: it must have at least one sample along its last axis")
    clips = space.astype(x, real_dtype(x, space), copy=False)
    if x.ndim == 1:
        return space, clips[None, ...]
    return space, space.squeeze(clips, axis=1) if x.ndim == 3 and x.shape[1] == 1 else clips


def returned(values: Array, like: Array, *, xp: ModuleType) -> Array:
    """The result in the precision of the input: half goes back to half."""
    return xp.astype(values, like.dtype, copy=False)


def parts_of(X: Any, *, xp: ModuleType | None) -> tuple[ModuleType, Array, Array]:
    """Real and imaginary parts of spectra given as pairs or as complex numbers."""
    if xp is None and not is_array(X):
        raise ParameterError(f"X is a {type(X).__name__}: it must be an array")
    space = namespace(X) if xp is None else xp
    check_digits(X, name="X")
    if is_complex(X, space) and X.ndim >= 2:
        return space, space.real(X), space.imag(X)
    if not is_floating(X, space) or X.ndim < 3 or X.shape[-1] != 2:
        kind = f"dtype {dtype_name(X.dtype)} and shape {tuple(X.shape)}"
        raise ParameterError(f"X has {kind}: it must be (..., bin, time, 2) or complex (..., bin, time)")
    pairs = space.astype(X, real_dtype(X, space), copy=False)
    re, im = ops.unstack(pairs, axis=-1, xp=space)
    return space, re, im
