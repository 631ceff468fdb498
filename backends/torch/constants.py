"""Constants that can be trained through, and are stored in recorded graphs."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

import torch
from torch import Tensor

from nnaudio_xp import ops

from .._register import for_torch as native
from .ways import MEMORY, real_tensors, shows_values


@contextmanager
def _untraced() -> Iterator[None]:
    """`torch.jit.trace` records nothing: it traces twice, and the second time constants are there
    already.
    """
    tracer: Any = torch._C  # whose setter has no type
    state = tracer._get_tracing_state()
    if state is None:
        yield
        return
    tracer._set_tracing_state(None)
    try:
        yield
    finally:
        tracer._set_tracing_state(state)


@native(ops.keep)
def keep(kept: Callable[..., Tensor], build: Callable[..., Any], key: Any, dtype: Any, device: Any, *, xp: ModuleType) -> Tensor:
    with _untraced(), torch.inference_mode(False), real_tensors():  # what is made in inference mode could never be trained through
        constant = kept(build, key, xp, dtype, device)
    held_by_numpy = constant.device.type == "cpu" and constant.dtype != torch.bfloat16
    if held_by_numpy and not hasattr(constant, MEMORY) and shows_values(constant):
        array = constant.numpy()
        array.flags.writeable = False
        setattr(constant, MEMORY, array)
    return constant
