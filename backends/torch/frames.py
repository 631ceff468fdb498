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
    if torch.compiler.is_compiling() and not exporting() and mode in ("constant", "empty"):  # without asking whether there is a margin
        margins = [x.new_zeros((*x.shape[:-1], amount)) for amount in (before, after)]
        return torch.cat([margins[0], x, margins[1]], dim=-1)
    if not (exporting() and mode in ("reflect", "symmetric")):
        return ops.pad.portable(x, before, after, mode, xp=xp)
    # a single mirror image: ONNX cannot wrap indices around a length that it does not know
    skip, last = int(mode == "reflect"), x.shape[-1] - 1
    left = before - 1 + skip - torch.arange(before, device=x.device)
    right = last - skip - torch.arange(after, device=x.device)
    return torch.cat([x.index_select(-1, left), x, x.index_select(-1, right)], dim=-1)


@native(ops.frame)
def frame(x: Tensor, frame_length: int, hop_length: int, *, xp: ModuleType) -> Tensor:
    if exporting() or is_wrapped(x):  # ONNX cannot unfold a signal of unknown length, nor vmap its gradient
        starts = torch.arange(1 + (x.shape[-1] - frame_length) // hop_length, device=x.device) * hop_length
        return x[..., starts.unsqueeze(1) + torch.arange(frame_length, device=x.device)]
    return x.unfold(-1, frame_length, hop_length)
