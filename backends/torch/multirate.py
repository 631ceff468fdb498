"""The exact constant-Q: two linear operators, each the other's gradient."""

from __future__ import annotations

from types import ModuleType

import torch
from torch import Tensor

from nnaudio_xp import ops
from nnaudio_xp._namespace import Array
from nnaudio_xp.kernels.multirate import PLANS, MultiratePlan

from .._register import for_torch as native
from ..numpy import multirate as loops
from .operators import adjoint_pair, namespace_of_torch
from .ways import Way, run, way_of


def _analysis(x: Tensor, plan: MultiratePlan, center: int, n_frames: int) -> Tensor:
    if x.device.type != "cpu":
        return torch.complex(*ops.multirate_product_parts.portable(x, plan, center, n_frames, xp=namespace_of_torch()))
    return run(loops.multirate_products, x, plan, center, n_frames)  # type: ignore[no-any-return]


def _adjoint(C: Tensor, plan: MultiratePlan, center: int, n_samples: int) -> Tensor:
    if C.device.type != "cpu":
        return ops.multirate_adjoint.portable(C, plan, center, n_samples, xp=namespace_of_torch())  # type: ignore[no-any-return]
    return run(loops.multirate_adjoint, C, plan, center, n_samples)  # type: ignore[no-any-return]


_multirate, _multirate_adjoint = adjoint_pair(
    "multirate", PLANS, _analysis, _adjoint, shape=lambda plan, n_frames: (n_frames, plan.n_bins), frames_axis=-3
)


@native(ops.multirate_product_parts)
def multirate_product_parts(x: Tensor, plan: MultiratePlan, center: int, n_frames: int, *, xp: ModuleType) -> tuple[Tensor, Tensor]:
    way = way_of(x, opaque=True)
    if way is Way.PORTABLE:
        return ops.multirate_product_parts.portable(x, plan, center, n_frames, xp=xp)
    pairs = _multirate(x, plan.name, center, n_frames) if way is Way.OPERATOR else torch.view_as_real(_analysis(x, plan, center, n_frames))
    return pairs[..., 0], pairs[..., 1]


@native(ops.multirate_products)
def multirate_products(x: Tensor, plan: MultiratePlan, center: int, n_frames: int, *, power: float | None = None, xp: ModuleType) -> Array:
    way = way_of(x, opaque=True)
    if way is Way.PORTABLE or (power is not None and torch.compiler.is_compiling()):
        return ops.multirate_products.portable(x, plan, center, n_frames, power=power, xp=xp)
    if way is Way.LOOP:
        return run(loops.multirate_products, x, plan, center, n_frames, power=power)
    return ops.to_power(torch.view_as_complex(_multirate(x, plan.name, center, n_frames)), power, xp=xp)


@native(ops.multirate_adjoint)
def multirate_adjoint(C: Tensor, plan: MultiratePlan, center: int, n_samples: int, *, xp: ModuleType) -> Array:
    way = way_of(C, opaque=True)
    if way is Way.PORTABLE:
        return ops.multirate_adjoint.portable(C, plan, center, n_samples, xp=xp)
    if way is Way.LOOP:
        return _adjoint(C, plan, center, n_samples)
    return _multirate_adjoint(torch.view_as_real(C.resolve_conj()), plan.name, center, n_samples)
