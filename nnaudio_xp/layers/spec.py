"""What every layer's specification offers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import ModuleType
from typing import Any, ClassVar

from .. import ops
from .._namespace import Array, Device, Dtype, device_of, host, place
from ..errors import ParameterError
from ..geometry import Framing
from ..transforms.lengths import clip_lengths, extended, frame_counts, within
from .arrays import Constant, Kernel, LayerArray, Parameter
from .inputs import clips_of, returned

Kernels = Mapping[str, Array]
"""A layer's arrays by their names; those of a layer inside it are named ``child.array``."""


def _built(spec: LayerSpec, name: str) -> Array:
    return spec.kernel(name)


@dataclass(frozen=True)
class LayerSpec:
    """What every layer's specification offers. Its fields are the constructor's arguments; `arrays`
    says the rest.
    """

    arrays: ClassVar[tuple[LayerArray, ...]] = ()
    """The layer's own arrays."""
    kernel_names: ClassVar[tuple[str, ...]] = ()
    """Names of the kernels among them, as nnAudio's checkpoints spell them."""
    parameter_names: ClassVar[tuple[str, ...]] = ()
    """Names of the parameters among them, of which kernels are made."""
    switches: ClassVar[tuple[str, ...]] = ()
    """The arguments that say what is trained."""
    compats: ClassVar[tuple[str | None, ...]] = (None,)
    """What an argument `compat` may be; `layers.nnaudio` has classes for other values."""

    def __init_subclass__(cls) -> None:
        cls.kernel_names = tuple(array.name for array in cls.arrays if isinstance(array, Kernel))
        cls.parameter_names = tuple(array.name for array in cls.arrays if isinstance(array, Parameter))
        cls.switches = tuple(dict.fromkeys(switch for array in cls.arrays if not isinstance(array, Constant) for switch in array.switches))

    def _set(self, **values: Any) -> None:
        """Replace arguments by what they stand for (a default left open, say)."""
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @cached_property
    def learned(self) -> tuple[str, ...]:
        """Own arrays that are trained."""
        return tuple(array.name for array in self.arrays if array.is_trained(self))

    @cached_property
    def held(self) -> tuple[str, ...]:
        """Own arrays that `apply` uses."""
        return tuple(array.name for array in self.arrays if array.is_held(self))

    @cached_property
    def stored(self) -> tuple[str, ...]:
        """Those that are trained, and, as in nnAudio's checkpoints, other kernels beside trained
        ones.
        """
        beside = not set(self.learned).isdisjoint(self.kernel_names)
        return tuple(name for name in self.held if name in self.learned or (beside and name in self.kernel_names))

    @cached_property
    def exported(self) -> tuple[str, ...]:
        """Own arrays that `apply` is given in a graph that must run without this library, and in
        no other case.
        """
        return tuple(array.name for array in self.arrays if not isinstance(array, Parameter) and array.exported(self))

    @property
    def children(self) -> dict[str, LayerSpec]:
        """Layers inside this one."""
        return {}

    def kernel(self, name: str) -> Array:
        """One of the layer's own arrays, float64 on the host."""
        return next(array for array in self.arrays if array.name == name).build(self)

    def fitted(self, kernels: Kernels) -> LayerSpec:
        """The specification for kernels that were loaded, on the host: they may reach where its own
        do not.
        """
        return self

    def kernels(self, *, xp: ModuleType | None = None, dtype: Dtype = None, device: Device = None) -> dict[str, Array]:
        """All trained arrays, and those that are stored beside them, those of the layers inside
        included.
        """
        own = {name: place(self.kernel(name), xp=xp, dtype=dtype, device=device) for name in self.stored}
        for child, spec in self.children.items():
            own |= {f"{child}.{name}": array for name, array in spec.kernels(xp=xp, dtype=dtype, device=device).items()}
        return own

    def _kernel(self, name: str, kernels: Kernels, like: Array, *, xp: ModuleType) -> Array:
        """A kernel from the mapping, in the input's precision; else as the specification says."""
        if name in kernels:
            return xp.astype(kernels[name], like.dtype, copy=False)
        return ops.constant(_built, spec=self, name=name, xp=xp, dtype=like.dtype, device=device_of(like))

    def apply(self, kernels: Kernels, x: Array, *, xp: ModuleType | None = None) -> Array:
        """The transform of a waveform with the given kernels."""
        raise NotImplementedError

    # --- parameters behind the kernels ------------------------------------------------------------

    def made(self, kernels: Kernels, like: Array, *, xp: ModuleType) -> Kernels:
        """The mapping, and the kernels that are made from the parameters in it, differentiably, in
        the input's precision.
        """
        if not any(name in kernels for name in self.parameter_names):
            return kernels
        return {**self._made(kernels, like, xp=xp), **kernels}

    def _made(self, kernels: Kernels, like: Array, *, xp: ModuleType) -> dict[str, Array]:
        """Kernels from those parameters that are in the mapping; the others are the
        specification's.
        """
        raise NotImplementedError

    def _moved(self, name: str, kernels: Kernels, like: Array, *, xp: ModuleType) -> Array:
        """How far a parameter was moved from where the specification puts it, in its own precision:
        at the start by exactly nothing.

        Kernels are made from this and from what the specification builds in float64 for the start.
        Phases of thousands of turns and distances between close frequencies, computed from the
        parameter itself, would lose the digits that single precision lacks.
        """
        own = self._kernel(f"initial_{name}", kernels, kernels[name], xp=xp)
        return xp.astype(kernels[name] - own, like.dtype, copy=False)

    def _value(self, name: str, kernels: Kernels, like: Array, *, xp: ModuleType) -> Array:
        """A parameter in the input's precision: where the specification puts it, unless it was
        moved.
        """
        own = self._kernel(f"initial_{name}", kernels, like, xp=xp)
        return own + self._moved(name, kernels, like, xp=xp) if name in kernels else own

    def settled(self, arrays: Kernels) -> dict[str, Array]:
        """Arrays on the host, with the kernels made from parameters that this specification does
        not train in the place of these.

        So layers that only run what was trained make their kernels once.
        """
        own = {name: array for name, array in arrays.items() if "." not in name}
        given = [name for name in self.parameter_names if name in own and name not in self.learned]
        if given and any(name in self.parameter_names for name in self.learned):
            raise ParameterError(
                f"{type(self).__name__} is given {', '.join(given)}: of the parameters it trains {', '.join(self.learned)}"
            )
        for name in given:
            if own[name].shape != self.kernel(name).shape:
                raise ParameterError(f"{name} has shape {tuple(own[name].shape)}: {self!r} needs {self.kernel(name).shape}")
        if given:
            wide = self.made(own, host.empty(0, dtype=host.float64), xp=host)
            kept = {name: array for name, array in wide.items() if name not in given}
            own = {name: host.astype(array, own[given[0]].dtype, copy=False) for name, array in kept.items()}
        for child, spec in self.children.items():
            own |= {f"{child}.{name}": array for name, array in spec.settled(below(arrays, child)).items()}
        return own

    # --- clips of different lengths ---------------------------------------------------------------

    edge_frames: ClassVar[int] = 0
    """How many frames the layer leaves out at each end."""

    @property
    def timing(self) -> tuple[Framing, int]:
        """Where the frames lie, and how many samples behind a clip its last ones see."""
        raise ParameterError(f"{type(self).__name__} takes no lengths=: only layers with a frame at every hop of a waveform do")

    def call(self, kernels: Kernels, x: Array, *args: Any, lengths: Any = None, xp: ModuleType | None = None, **kwargs: Any) -> Any:
        """What a call of the layer gives: `apply`, or `ragged` where there are lengths."""
        if lengths is None:
            return self.apply(kernels, x, *args, xp=xp, **kwargs)
        return self.ragged(kernels, x, lengths, *args, xp=xp, **kwargs)

    def ragged(
        self, kernels: Kernels, x: Array, lengths: Any, *args: Any, xp: ModuleType | None = None, **kwargs: Any
    ) -> tuple[Any, Array]:
        """The transform of each clip alone, zeros behind its frames, and their numbers: of
        waveforms that end after `lengths` samples.
        """
        framing, reach = self.timing
        xp, clips = clips_of(x, xp=xp)
        framing.check_length(clips.shape[-1], name="x")
        sizes = clip_lengths(lengths, clips, framing, xp=xp)
        counts = frame_counts(sizes, framing, left_out=self.edge_frames, xp=xp)
        shown = (*[slice(None)] * clips.ndim, slice(framing.n_frames(clips.shape[-1]) - 2 * self.edge_frames), ...)
        found = self.apply(kernels, extended(clips, sizes, framing, reach, xp=xp), *args, xp=xp, **kwargs)
        many = isinstance(found, tuple)
        found = [returned(within(counts, part[shown], axis=clips.ndim, xp=xp), x, xp=xp) for part in (found if many else [found])]
        return (tuple(found) if many else found[0]), counts


def below(kernels: Kernels, child: str) -> dict[str, Array]:
    """The kernels of a layer inside."""
    return {name[len(child) + 1 :]: array for name, array in kernels.items() if name.startswith(f"{child}.")}
