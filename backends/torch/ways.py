"""How an operation on tensors is carried out.

On the CPU, tensors run through NumPy's blocked loops without a copy, on as many threads as torch is
set to. Where a gradient is recorded, or a compiler traces, such a loop is an operator of torch's,
whose gradient is another loop. On other devices, while a graph is recorded that must run without
this library, and wherever a window or a filter bank is trained, the portable code runs on torch's
own operations.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from enum import Enum, auto
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import _disable_current_modes

from nnaudio_xp._namespace import host
from nnaudio_xp.threads import threads_of_caller


class Way(Enum):
    """One of the ways of this module."""

    LOOP = auto()
    OPERATOR = auto()
    PORTABLE = auto()


_is_exporting: Callable[[], bool] = getattr(torch.compiler, "is_exporting", torch.compiler.is_compiling)


def exporting() -> bool:
    """Whether a graph is being recorded that must run without this library."""
    return _is_exporting() or torch.jit.is_tracing()  # type: ignore[attr-defined, no-untyped-call]


def is_wrapped(x: Tensor) -> bool:
    """Whether a function transform (vmap, jvp, grad of torch.func) holds the tensor, or a forward
    derivative rides on it.
    """
    if torch.compiler.is_compiling():
        return False
    if torch._C._functorch.is_functorch_wrapped_tensor(x):
        return True
    forward = torch.autograd.forward_ad
    return forward._current_level >= 0 and forward.unpack_dual(x).tangent is not None  # type: ignore[no-untyped-call]


def runs_eagerly(*tensors: Tensor) -> bool:
    """Whether operations run one by one: nothing records a graph, and no function transform holds
    the tensors.
    """
    return not (torch.compiler.is_compiling() or exporting() or any(map(is_wrapped, tensors)))


def shows_values(x: Tensor) -> bool:
    """Whether one can look at a tensor's values without making a device wait, or breaking a
    graph.
    """
    return x.device.type == "cpu" and runs_eagerly(x)


def _is_readable(x: Tensor, kernels: list[Tensor]) -> bool:
    """Whether loops can read a tensor's memory, with kernels that need no gradient."""
    return (
        x.device.type == "cpu"
        and x.dtype in (torch.float32, torch.float64, torch.complex64, torch.complex128)
        and not any(kernel.requires_grad and torch.is_grad_enabled() for kernel in kernels)
        and (torch.compiler.is_compiling() or not any(map(is_wrapped, (x, *kernels))))
    )


def way_of(x: Tensor, *kernels: Tensor | None, pad_mode: Any = None, opaque: bool = False) -> Way:
    """The way of an operation on a tensor, with kernels.

    An `opaque` one is an operator wherever a compiler traces: its constants cannot be made there.
    """
    if exporting() or callable(pad_mode):
        return Way.PORTABLE
    if not (opaque and torch.compiler.is_compiling()) and not _is_readable(x, [kernel for kernel in kernels if kernel is not None]):
        return Way.PORTABLE
    recorded = torch.compiler.is_compiling() or (torch.is_grad_enabled() and x.requires_grad)
    return Way.OPERATOR if recorded else Way.LOOP


MEMORY = "_nnaudio_xp_memory"
"""The attribute with which a constant remembers its memory as an array that cannot be written
to.
"""


def memory(x: Tensor) -> Any:
    """The tensor's memory as a NumPy array."""
    if (known := getattr(x, MEMORY, None)) is not None:
        return known
    if x.requires_grad or x.is_conj() or x.is_neg():
        x = x.detach().resolve_conj().resolve_neg()
    return x.numpy()


def run(loop: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """Run a loop of NumPy's on the memory of the tensors among its arguments; what it gives are
    tensors again.
    """
    arrays = [memory(value) if isinstance(value, Tensor) else value for value in args]
    named = {name: memory(value) if isinstance(value, Tensor) else value for name, value in kwargs.items()}
    with threads_of_caller(torch.get_num_threads()):
        found = loop(*arrays, **named, xp=host)
    return tuple(map(torch.from_numpy, found)) if isinstance(found, tuple) else torch.from_numpy(found)


def real_tensors() -> AbstractContextManager[Any]:
    """Where tensors are made with numbers in them, also while a graph is recorded: it stores them
    as constants.
    """
    return _disable_current_modes() if exporting() else nullcontext()
