"""Whether an array of a checkpoint is a layer's own, which another library made and rounded."""

from __future__ import annotations

from functools import singledispatch

from ..._namespace import Array, host
from ..bands import BandSpectrogram
from ..cfp import CombinedSpec
from ..constantq_spec import KERNELS, ConstantQ
from ..spec import LayerSpec
from .constantq import SAME_CHANGE, is_rounding
from .recursive import WAVES, Own

SAME_KERNEL = 1e-6
"""Largest difference at which a kernel is the specification's own."""


@singledispatch
def is_own(spec: LayerSpec, name: str, value: Array) -> bool:
    """Whether an array, on the host, is the one that a specification has under this name."""
    own = spec.kernel(name)
    return bool(host.max(host.abs(value - own)) <= SAME_KERNEL * max(1.0, float(host.max(host.abs(own)))))


@is_own.register(BandSpectrogram)
@is_own.register(ConstantQ)
def _(spec: LayerSpec, name: str, value: Array) -> bool:
    own = spec.kernel(name)
    return is_rounding(value - own, own)


@is_own.register
def _(spec: Own, name: str, value: Array) -> bool:
    """Rows of sines, and parts of spectra, may be zero but for a rounding."""
    if name in WAVES:
        return is_own.dispatch(LayerSpec)(spec, name, value)
    if not name.startswith(KERNELS):
        return is_own.dispatch(ConstantQ)(spec, name, value)
    real, imag = (spec.kernel(name.replace("imag", part).replace("real", part)) for part in ("real", "imag"))
    sizes = host.max(host.abs(real + 1j * imag), axis=-1, keepdims=True)
    return bool(host.all(host.abs(value - spec.kernel(name)) <= SAME_CHANGE * sizes))


@is_own.register
def _(spec: CombinedSpec, name: str, value: Array) -> bool:
    """nnAudio leaves the first row of its matrices empty, and bins that lie on the centre of a row
    out of it.
    """
    if name == "h":
        return is_own.dispatch(LayerSpec)(spec, name, value)
    own = spec.kernel(name)
    first = host.expand_dims(host.arange(own.shape[0]) == 0, axis=1)
    left_out = (value == 0) & (first | (own > 1 - SAME_KERNEL))
    return bool(host.all(left_out | (host.abs(value - own) <= SAME_KERNEL)))
