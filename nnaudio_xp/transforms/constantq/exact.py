"""The exact constant-Q: inner products with the atoms at the signal's own rate, by matrix products
at lower ones, and its inverse.
"""

from __future__ import annotations

from types import ModuleType
from typing import Any

from ... import ops
from ..._namespace import Array, device_of, real_dtype
from ...errors import ParameterError, as_integer, as_number
from ...kernels.constant_q import Bins
from ...kernels.multirate import MultiratePlan, constant_q_plan
from ...windows import is_samples

N_ITER = 48
"""Steps of conjugate gradients after which music is back at 60 dB where bins and hop make a frame.
"""


def check_accuracy(accuracy: Any) -> None:
    """Raise unless it is a share of atoms that can be left out."""
    if not as_number("accuracy", accuracy, above=0) < 1:
        raise ParameterError(f"accuracy={accuracy!r} must be between 0 and 1")


def exact_plan(bins: Bins, *, sr: float, hop_length: int, scale: bool, accuracy: float) -> MultiratePlan:
    """The checked plan of a transform."""
    check_accuracy(accuracy)
    if is_samples(bins.window):
        raise ParameterError(f"window={bins.window!r} must be a name, a tuple, a number or a function: the atoms differ in length")
    return constant_q_plan(bins, sr=float(sr), hop_length=as_integer("hop_length", hop_length), scale=bool(scale), accuracy=float(accuracy))


def padded_signal(y: Array, plan: MultiratePlan, pad_mode: Any, *, xp: ModuleType) -> tuple[Array, int, int]:
    """A signal (..., n) with what atoms centred on its samples reach of its padding, its first
    sample there, and its frames.
    """
    n_frames = 1 + y.shape[-1] // plan.hop_length
    if pad_mode in ("constant", "empty"):
        return y, 0, n_frames
    first, count = plan.layout(n_frames)[0]
    behind = first + count - (n_frames - 1) * plan.hop_length  # the last frame's centre, which is no symbol of a compiler's
    return ops.pad(y, -first, max(0, behind), pad_mode, xp=xp), -first, n_frames


def exact_analysis(y: Array, plan: MultiratePlan, *, pad_mode: Any = "constant", power: float | None = None, xp: ModuleType) -> Array:
    """Coefficients (..., time, bin) of y (..., n), complex or magnitudes to a power; frame t is
    centred on sample t * hop_length.
    """
    y, center, n_frames = padded_signal(y, plan, pad_mode, xp=xp)
    return ops.multirate_products(y, plan, center, n_frames, power=power, xp=xp)


def exact_synthesis(C: Array, plan: MultiratePlan, *, length: int, n_iter: int, center: int = 0, xp: ModuleType) -> Array:
    """The signal (..., length) whose coefficients are nearest to C (..., time, bin), by conjugate
    gradients on the normal equations.

    Frame 0 is centred on sample `center`. Bins are weighted by one over their gains, which makes
    the frame operator nearly flat over the band that they cover.
    """
    weights = xp.asarray([1 / gain**2 for gain in plan.gains], dtype=real_dtype(C, xp), device=device_of(C))
    n_frames = C.shape[-2]

    def back(values: Array) -> Array:
        return ops.multirate_adjoint(values * weights, plan, center, length, xp=xp)

    def normal(signal: Array) -> Array:
        return back(ops.multirate_products(signal, plan, center, n_frames, xp=xp))

    return ops.conjugate_gradients(normal, back(C), n_iter, xp=xp)
