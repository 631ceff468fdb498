"""Loops as operators of torch's, which compilers take as they are, and whose gradients are loops
again.

Schemas are spelled out: PyTorch 2.4 infers none from annotations whose evaluation is postponed.
Complex numbers go in and out as pairs (re, im): compilers take none.
"""

from __future__ import annotations

from collections.abc import Callable
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from nnaudio_xp._namespace import namespace
from nnaudio_xp.kernels.plans import Plans


def namespace_of_torch() -> ModuleType:
    """What portable code is given inside operators."""
    return namespace(torch.empty(0))


def operator(name: str, schema: str, run: Callable[..., Tensor], empty: Callable[..., Tensor]) -> Any:
    """An operator of torch's that runs a function, with another that makes an empty result of the
    same shape.
    """
    made = torch.library.custom_op(f"nnaudio_xp::{name}", run, mutates_args=(), schema=schema)
    made.register_fake(empty)
    return made


def adjoint_pair(
    name: str,
    plans: Plans[Any],
    analysis: Callable[[Tensor, Any, int, int], Tensor],
    adjoint: Callable[[Tensor, Any, int, int], Tensor],
    shape: Callable[[Any, int], tuple[int, ...]],
    frames_axis: int,
) -> tuple[Any, Any]:
    """Two linear operators, each the other's gradient.

    ``analysis(x, plan, setting, n_frames)`` gives complex coefficients of signals (..., n), in the
    ``shape(plan, n_frames)``; ``adjoint(C, plan, setting, n_samples)`` gives signals. A graph holds
    a plan's name, and the plan itself as long as its gradient may be asked for.
    """

    def analyze(x: Tensor, plan: str, setting: int, n_frames: int) -> Tensor:
        return torch.view_as_real(analysis(x, plans[plan], setting, n_frames))

    def analyze_empty(x: Tensor, plan: str, setting: int, n_frames: int) -> Tensor:
        return x.new_empty((*x.shape[:-1], *shape(plans[plan], n_frames), 2))

    def synthesize(pairs: Tensor, plan: str, setting: int, n_samples: int) -> Tensor:
        return adjoint(torch.view_as_complex(pairs.contiguous()), plans[plan], setting, n_samples)

    def synthesize_empty(pairs: Tensor, plan: str, setting: int, n_samples: int) -> Tensor:
        return pairs.new_empty((*pairs.shape[:-3], n_samples))

    arguments = "str plan, SymInt setting, SymInt count"
    forward = operator(name, f"(Tensor x, {arguments}) -> Tensor", analyze, analyze_empty)
    backward = operator(f"{name}_adjoint", f"(Tensor x, {arguments}) -> Tensor", synthesize, synthesize_empty)

    def keep(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        x, ctx.plan, ctx.setting, _ = inputs
        ctx.held, ctx.n_samples = plans[ctx.plan], x.shape[-1]

    def keep_pairs(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        pairs, ctx.plan, ctx.setting, _ = inputs
        ctx.held, ctx.n_frames = plans[ctx.plan], pairs.shape[frames_axis]

    forward.register_autograd(
        lambda ctx, grad: (backward(grad, ctx.plan, ctx.setting, ctx.n_samples), None, None, None), setup_context=keep
    )
    backward.register_autograd(
        lambda ctx, grad: (forward(grad.contiguous(), ctx.plan, ctx.setting, ctx.n_frames), None, None, None), setup_context=keep_pairs
    )
    return forward, backward
