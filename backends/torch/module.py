"""A layer's specification as a PyTorch module: what is trained is a parameter, the rest follows the
module around and is not stored.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Callable
from typing import Any, ClassVar

import torch
from torch import Tensor, nn

from nnaudio_xp._namespace import namespace
from nnaudio_xp.errors import ParameterError
from nnaudio_xp.layers import LayerSpec, nnaudio
from nnaudio_xp.ops import dispatch

from .. import _kernel_files
from .._bound import ArrayLibrary
from .._layers import described, methods_of, refuse_argument
from .._modes import at_full_precision, constant_in_graphs
from .ways import exporting, real_tensors

xp = namespace(xp=torch)
dispatch.load(xp.__name__)  # now: no compiler can trace the search for torch's operations


def _on_host(tensor: Tensor) -> Any:
    return tensor.detach().cpu().double().numpy()


def _as_numpy(tensor: Tensor) -> Any:
    """In the tensor's precision, where NumPy has it."""
    tensor = tensor.detach().cpu()
    return (tensor if tensor.dtype == torch.float64 else tensor.float()).numpy()


class SpecModule(nn.Module):
    """The adapter: `forward` is the specification's `apply`."""

    spec_class: ClassVar[type[LayerSpec]]
    library: ClassVar[ArrayLibrary]

    def __init_subclass__(cls) -> None:
        described(cls)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()
        self._build(nnaudio.specification(self.spec_class, *args, **kwargs))

    def _build(self, spec: LayerSpec) -> None:
        self.spec = spec
        self._adopted: set[str] = set()
        for name, inner in spec.children.items():
            child_class = getattr(importlib.import_module(self.library.module), type(inner).__name__)
            child = child_class.__new__(child_class)
            nn.Module.__init__(child)
            child._build(inner)
            self._modules[name] = child
        for name in spec.held:
            value = self._fresh(name, torch.float32)
            if name in spec.learned:
                self._parameters[name] = nn.Parameter(value)
            else:
                self._hold(name, value, stored=name in spec.stored)

    def _hold(self, name: str, value: Tensor, *, stored: bool) -> None:
        """Hold a tensor that moves with the module: register_buffer refuses names that
        `__getattr__` answers to.
        """
        self._buffers[name] = value
        (self._non_persistent_buffers_set.discard if stored else self._non_persistent_buffers_set.add)(name)

    @constant_in_graphs
    def _fresh(self, name: str, dtype: torch.dtype, device: torch.device | None = None) -> Tensor:
        """A kernel as the specification says."""
        return torch.from_numpy(self.spec.kernel(name)).to(dtype).to(device or torch.empty(0).device)

    def _is_frozen(self, name: str) -> bool:
        """Whether a kernel is the specification's own: neither trained nor loaded."""
        return name in self._buffers and name not in self._adopted

    # --- calling ----------------------------------------------------------------------------------

    def kernels(self, dtype: torch.dtype, device: torch.device | None = None) -> dict[str, Tensor]:
        """Named arrays for `apply`: the trained and loaded ones, and the others where they are held
        in the precision asked for. Those without numbers are filled for use on a device.
        """
        found: dict[str, Tensor] = {}
        for name, child in self.named_children():
            if isinstance(child, SpecModule):
                found |= {f"{name}.{inner}": tensor for inner, tensor in child.kernels(dtype, device).items()}
        for name in (*self.spec.held, *sorted(self._adopted)):
            tensor = getattr(self, name)  # not always where it was put: it may be parametrized, or a replica's
            if tensor.is_meta and device is not None and device.type != "meta":
                tensor = self._filled(name, tensor, device)
            if tensor.dtype == dtype or not self._is_frozen(name):
                found[name] = tensor
        if exporting():
            found |= {name: self._in_graph(name, dtype) for name in self.spec.exported if name not in found}
        return found

    def _filled(self, name: str, shadow: Tensor, device: torch.device) -> Tensor:
        """A kernel of a module that was made on the meta device: what no state dict has brought
        follows from the specification.
        """
        if not self._is_frozen(name):
            raise ParameterError(f"{name} has no numbers yet: load a state dict with assign=True, or move the module by to_empty first")
        tensor = self._fresh(name, shadow.dtype, device)
        if not torch.compiler.is_compiling():
            self._buffers[name] = tensor
        return tensor

    def _in_graph(self, name: str, dtype: torch.dtype) -> Tensor:
        """A kernel to be stored in the graph that is recorded: a tensor with numbers, as which it
        is not made while recording.
        """
        device = next(tensor.device for tensor in self._buffers.values() if tensor is not None)
        with real_tensors():
            return self._fresh(name, dtype, device)

    @at_full_precision
    def _run(self, function: Callable[..., Tensor], x: Tensor, *args: Any, **kwargs: Any) -> Tensor:
        if not isinstance(x, Tensor):
            raise ParameterError(f"x is a {type(x).__name__}: a module takes tensors, such as torch.as_tensor(x)")
        dtype = torch.float64 if x.dtype in (torch.float64, torch.complex128) else torch.float32
        return function(self.kernels(dtype, x.device), x, *args, xp=xp, **kwargs)

    def forward(self, x: Tensor, *args: Any, **kwargs: Any) -> Any:
        return self._run(self.spec.call, x, *args, **kwargs)

    # --- moving, saving, loading ------------------------------------------------------------------

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> SpecModule:
        before = {name: buffer for name, buffer in self._buffers.items() if buffer is not None}
        super()._apply(fn, recurse)  # type: ignore[no-untyped-call]
        for name, old in before.items():
            new = self._buffers[name]
            assert new is not None
            if (new.dtype != old.dtype or old.is_meta) and self._is_frozen(name):  # exact in the new precision, not rounded twice
                self._buffers[name] = self._fresh(name, new.dtype, new.device)
        return self

    def _adopt(self, name: str, value: Tensor) -> None:
        """Hold a kernel that a checkpoint brought, in place of the specification's own."""
        like = next(tensor for tensor in [*self._buffers.values(), *self._parameters.values()] if tensor is not None)
        self._hold(name, value.detach().to(like.device, like.dtype).clone(), stored=True)
        self._adopted.add(name)

    def _translate(self, state_dict: dict[str, Any], prefix: str, error_msgs: list[str]) -> None:
        """Put the layer's own kernels in the place of those that nnAudio stores otherwise."""
        foreign = nnaudio.foreign_names(self.spec)
        if not any(prefix + name in state_dict for name in foreign):
            return
        names = [name for name in {*self.spec.kernel_names, *foreign} if prefix + name in state_dict]
        arrays = {name: state_dict.pop(prefix + name).detach().cpu().float().numpy() for name in names}
        try:
            translated = nnaudio.translated(self.spec, arrays)
        except ParameterError as error:
            error_msgs.append(f"{prefix}: {error}" if prefix else str(error))
            translated = {name: self.spec.kernel(name) for name in self.spec.kernel_names}
        state_dict |= {prefix + name: torch.from_numpy(array) for name, array in translated.items()}

    def _settle(self, state_dict: dict[str, Any], prefix: str, error_msgs: list[str]) -> None:
        """Put kernels in the place of parameters that this layer does not train."""
        names = [name for name in self.spec.parameter_names if prefix + name in state_dict]
        if not set(names) <= set(self.spec.learned):
            arrays = {name: _as_numpy(state_dict.pop(prefix + name)) for name in names}
            try:
                state_dict |= {prefix + name: torch.from_numpy(array) for name, array in self.spec.settled(arrays).items()}
            except ParameterError as error:
                error_msgs.append(str(error))

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """nnAudio's checkpoints hold every kernel: those that are the specification's own are
        dropped, others are adopted.
        """
        self._translate(state_dict, prefix, error_msgs)
        self._settle(state_dict, prefix, error_msgs)
        for name in self.spec.kernel_names:
            if prefix + name not in state_dict or name in self._parameters or name in self._adopted:
                continue
            value = state_dict.pop(prefix + name)
            shape = self.spec.kernel(name).shape
            if value.shape != shape:
                error_msgs.append(f"{prefix}{name} has shape {tuple(value.shape)}: {self.spec!r} needs {shape}")
            elif not nnaudio.is_own(self.spec, name, _on_host(value)):
                self._adopt(name, value)
            if name in self._buffers and name not in self._non_persistent_buffers_set:
                state_dict[prefix + name] = self._buffers[name]
        super()._load_from_state_dict(state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs)
        used = {name: getattr(self, name) for name in self.spec.learned} | {name: getattr(self, name) for name in self._adopted}
        self.spec = self.spec.fitted({name: _on_host(tensor) for name, tensor in used.items() if not tensor.is_meta})

    def save_kernels(self, path: str | os.PathLike[str]) -> None:
        """Write the trained and loaded kernels to a safetensors file, which layers of every library
        read.
        """
        _kernel_files.save(path, self.spec, {name: _as_numpy(tensor) for name, tensor in self.state_dict().items()})

    def load_kernels(self, path: str | os.PathLike[str]) -> None:
        """Take kernels from a safetensors file, whichever library wrote it; one that does not fit
        the layer is a `ParameterError`.
        """
        loaded = {name: torch.from_numpy(array) for name, array in _kernel_files.load(path, self.spec).items()}
        self.load_state_dict(loaded, strict=False)

    # --- looking ----------------------------------------------------------------------------------

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            spec = self.__dict__.get("spec")
            if spec is None or name.startswith("_") or name in spec.learned:  # what is trained is no argument, also where it was taken away
                raise
        if name in spec.kernel_names and name not in spec.held:  # built to be looked at
            found = self.kernels(torch.float32)
            made = spec.made(found, next(iter(found.values()), None), xp=xp)
            return made[name] if name in made else self._fresh(name, torch.float32)
        return getattr(spec, name)

    def __setattr__(self, name: str, value: Any) -> None:
        refuse_argument(self, name)
        super().__setattr__(name, value)

    def extra_repr(self) -> str:
        return repr(self.spec).partition("(")[2][:-1]


def layer_class(library: ArrayLibrary, spec_class: type[LayerSpec]) -> type[SpecModule]:
    """The class of modules for a specification."""

    def run(name: str) -> Callable[..., Any]:
        def method(self: SpecModule, X: Tensor, *args: Any, **kwargs: Any) -> Any:
            return self._run(getattr(self.spec, name), X, *args, **kwargs)

        return method

    return type(spec_class.__name__, (SpecModule,), {**methods_of(spec_class, library.module, run), "library": library})
