"""Padding and frames, in the forms that exported graphs take."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from nnaudio_xp import ops
from nnaudio_xp._namespace import Array

from .._register import for_torch as native
from .ways import exporting, is_wrapped


@native(ops.pad)
def pad(x: Tensor, before: int, after: int, mode: Any, *, xp: ModuleType) -> Array:
    """While graphs are recorded, sizes are symbols, of which nothing is asked: not whether there is
    a margin, and for ONNX, which cannot wrap indices around them, not how often it is mirrored.
    """
    n = x.shape[-1]
    exported, compiled = exporting(), torch.compiler.is_compiling()
    if exported and mode in ("reflect", "symmetric"):
        skip = int(mode == "reflect")
        left, right = before - 1 + skip - _count(before, x), n - 1 - skip - _count(after, x)
    elif compiled and not exported and mode in ("edge", "reflect", "symmetric"):
        left, right = (ops.padding_indices(_count(amount, x) + first, n, mode, xp=xp) for amount, first in ((before, -before), (after, n)))
    elif compiled and not exported and mode in ("constant", "empty"):
        return torch.cat([x.new_zeros((*x.shape[:-1], before)), x, x.new_zeros((*x.shape[:-1], after))], dim=-1)
    else:
        return ops.pad.portable(x, before, after, mode, xp=xp)
    return torch.cat([x.index_select(-1, left), x, x.index_select(-1, right)], dim=-1)


def _count(amount: int, like: Tensor) -> Tensor:
    return torch.arange(amount, device=like.device)


@native(ops.frame)
def frame(x: Tensor, frame_length: int, hop_length: int, *, xp: ModuleType) -> Tensor:
    if exporting() or is_wrapped(x):  # ONNX cannot unfold a signal of unknown length, nor vmap its gradient
        starts = torch.arange(1 + (x.shape[-1] - frame_length) // hop_length, device=x.device) * hop_length
        return x[..., starts.unsqueeze(1) + torch.arange(frame_length, device=x.device)]
    return x.unfold(-1, frame_length, hop_length)
