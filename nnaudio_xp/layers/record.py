"""What every layer's record offers, and how waveforms and spectra come in and go out."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any, ClassVar

from .. import ops
from .._namespace import (
    Array,
    Device,
    Dtype,
    device_of,
    dtype_name,
    host,
    is_array,
    is_complex,
    is_floating,
    namespace,
    place,
    real_dtype,
)
from ..errors import ParameterError
from ..geometry import Framing
from ..transforms.lengths import clip_lengths, extended, frame_counts, within

Kernels = Mapping[str, Array]
Trainable = bool | str | Collection[str]
"""What a `trainable` argument takes: whether the kernels are trained, or the parameters behind them that are."""

SAME_KERNEL = 1e-6
"""Largest difference at which a checkpoint's kernel is the record's own."""

OUTPUT_FORMATS = ("Magnitude", "Complex", "Phase")


def trainable_of(argument: str, value: Any, parameters: tuple[str, ...]) -> bool | tuple[str, ...]:
    """A `trainable` argument, checked: True for the kernels, the names of the parameters to be trained in their place, or False."""
    if not isinstance(value, Collection):
        return bool(value)
    names = (value,) if isinstance(value, str) else tuple(value)
    for name in names:
        if name not in parameters:
            raise ParameterError(f"{argument}={name!r} must be True (the kernels), False, or some of {', '.join(map(repr, parameters))}")
    return tuple(name for name in parameters if name in names) or False


def learned_of(trainable: Trainable, kernels: tuple[str, ...]) -> tuple[str, ...]:
    """The arrays that a checked `trainable` argument asks for."""
    return trainable if isinstance(trainable, tuple) else kernels if trainable else ()


def _built(spec: LayerSpec, name: str) -> Array:
    return spec.kernel(name)


@dataclass(frozen=True)
class LayerSpec:
    """What every layer's record offers."""

    kernel_names: ClassVar[tuple[str, ...]] = ()
    """Names of the layer's own arrays, as nnAudio's checkpoints spell them."""

    parameter_names: ClassVar[tuple[str, ...]] = ()
    """Names of what kernels are made from, which can be trained in their place. ``initial_<name>`` is where the record puts one."""

    def _set(self, **values: Any) -> None:
        """Replace arguments by what they stand for (a default left open, say)."""
        for name, value in values.items():
            object.__setattr__(self, name, value)

    @property
    def learned(self) -> tuple[str, ...]:
        """Own kernels, or parameters behind them, that are trained."""
        return ()

    @property
    def held(self) -> tuple[str, ...]:
        """Own arrays that `apply` uses."""
        return ()

    @property
    def stored(self) -> tuple[str, ...]:
        """Those that are learned, and, as in nnAudio's checkpoints, other kernels beside learned ones."""
        beside = not set(self.learned).isdisjoint(self.kernel_names)
        return tuple(name for name in self.held if name in self.learned or (beside and name in self.kernel_names))

    @property
    def exported(self) -> tuple[str, ...]:
        """Own kernels that `apply` is given in a graph that must run without this library, and in no other case."""
        return ()

    @property
    def children(self) -> dict[str, LayerSpec]:
        """Layers inside this one; their kernels are named ``child.kernel``."""
        return {}

    def kernel(self, name: str) -> Array:
        """One of the layer's own arrays, float64 on the host."""
        raise NotImplementedError

    @property
    def foreign(self) -> tuple[str, ...]:
        """Names in nnAudio's checkpoints of arrays that this layer has not."""
        return ()

    def translated(self, arrays: Kernels) -> Kernels:
        """The layer's own kernels from those of a checkpoint, on the host, with some that are `foreign` among them."""
        raise NotImplementedError

    def is_own(self, name: str, value: Array) -> bool:
        """Whether an array, on the host, is the record's own, which another library rounded."""
        own = self.kernel(name)
        return bool(host.max(host.abs(value - own)) <= SAME_KERNEL * max(1.0, float(host.max(host.abs(own)))))

    def fitted(self, kernels: Kernels) -> LayerSpec:
        """The record for kernels that were loaded, on the host: they may reach where its own do not."""
        return self

    def kernels(self, *, xp: ModuleType | None = None, dtype: Dtype = None, device: Device = None) -> dict[str, Array]:
        """All learned arrays, those of the layers inside included."""
        own = {name: place(self.kernel(name), xp=xp, dtype=dtype, device=device) for name in self.stored}
        for child, spec in self.children.items():
            own |= {f"{child}.{name}": array for name, array in spec.kernels(xp=xp, dtype=dtype, device=device).items()}
        return own

    def _kernel(self, name: str, kernels: Kernels, like: Array, *, xp: ModuleType) -> Array:
        """A kernel from the mapping, in the input's precision; else as the record says."""
        if name in kernels:
            return xp.astype(kernels[name], like.dtype, copy=False)
        return ops.constant(_built, spec=self, name=name, xp=xp, dtype=like.dtype, device=device_of(like))

    def apply(self, kernels: Kernels, x: Array, *, xp: ModuleType | None = None) -> Array:
        """The transform of a waveform with the given kernels."""
        raise NotImplementedError

    # --- parameters behind the kernels ---------------------------------------------------------------------------------------------

    def made(self, kernels: Kernels, like: Array, *, xp: ModuleType) -> Kernels:
        """The mapping, and the kernels that are made from the parameters in it, differentiably, in the input's precision."""
        if not any(name in kernels for name in self.parameter_names):
            return kernels
        return {**self._made(kernels, like, xp=xp), **kernels}

    def _made(self, kernels: Kernels, like: Array, *, xp: ModuleType) -> dict[str, Array]:
        """Kernels from those parameters that are in the mapping; the others are the record's."""
        raise NotImplementedError

    def _moved(self, name: str, kernels: Kernels, like: Array, *, xp: ModuleType) -> Array:
        """How far a parameter was moved from where the record puts it, in the parameter's precision: at the start by exactly nothing.

        Kernels are made from this and from what the record builds in float64 for the start. Phases of thousands of turns and distances
        between close frequencies, computed from the parameter itself, would lose the digits that single precision lacks.
        """
        own = self._kernel(f"initial_{name}", kernels, kernels[name], xp=xp)
        return xp.astype(kernels[name] - own, like.dtype, copy=False)

    def _value(self, name: str, kernels: Kernels, like: Array, *, xp: ModuleType) -> Array:
        """A parameter in the input's precision: where the record puts it, unless it was moved."""
        own = self._kernel(f"initial_{name}", kernels, like, xp=xp)
        return own + self._moved(name, kernels, like, xp=xp) if name in kernels else own

    def settled(self, arrays: Kernels) -> dict[str, Array]:
        """Arrays on the host, with the kernels made from parameters that this record does not train in the place of these.

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

    # --- clips of different lengths ----------------------------------------------------------------------------------------------

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
        """The transform of each clip alone, zeros behind its frames, and their numbers: of waveforms that end after `lengths` samples."""
        framing, reach = self.timing
        xp, clips = clips_of(x, xp=xp)
        framing.check_length(clips.shape[-1], name="x")
        sizes = clip_lengths(lengths, clips, framing, xp=xp)
        counts = frame_counts(sizes, framing, left_out=self.edge_frames, xp=xp)
        shown = (*[slice(None)] * clips.ndim, slice(framing.n_frames(clips.shape[-1]) - 2 * self.edge_frames), ...)
        found = self.apply(kernels, extended(clips, sizes, framing, reach, xp=xp), *args, xp=xp, **kwargs)
        many = isinstance(found, tuple)
        pictures = [returned(within(counts, part[shown], axis=clips.ndim, xp=xp), x, xp=xp) for part in (found if many else [found])]
        return (tuple(pictures) if many else pictures[0]), counts


def below(kernels: Kernels, child: str) -> dict[str, Array]:
    """The kernels of a layer inside."""
    return {name[len(child) + 1 :]: array for name, array in kernels.items() if name.startswith(f"{child}.")}


def clips_of(x: Any, *, xp: ModuleType | None) -> tuple[ModuleType, Array]:
    """Waveforms as nnAudio takes them, (L), (B, L) or (B, 1, L), as (B, L); further axes stay. In a precision that can be computed in."""
    if xp is None and not is_array(x):
        raise ParameterError(f"x is a {type(x).__name__}: it must be an array of floating-point samples")
    space = namespace(x) if xp is None else xp
    if not is_floating(x, space):
        raise ParameterError(f"x has dtype {dtype_name(x.dtype)}: it must be floating-point (16-bit PCM is brought to floats by x / 32768)")
    if x.ndim == 0 or x.shape[-1] == 0:
        raise ParameterError(f"x has shape {tuple(x.shape)}: it must have at least one sample along its last axis")
    clips = space.astype(x, real_dtype(x, space), copy=False)
    if x.ndim == 1:
        return space, space.expand_dims(clips, axis=0)
    return space, space.squeeze(clips, axis=1) if x.ndim == 3 and x.shape[1] == 1 else clips


def returned(values: Array, like: Array, *, xp: ModuleType) -> Array:
    """The result in the precision of the input: half goes back to half."""
    return xp.astype(values, like.dtype, copy=False)


def parts_of(X: Any, *, xp: ModuleType | None) -> tuple[ModuleType, Array, Array]:
    """Real and imaginary parts of spectra given as pairs or as complex numbers."""
    if xp is None and not is_array(X):
        raise ParameterError(f"X is a {type(X).__name__}: it must be an array")
    space = namespace(X) if xp is None else xp
    if is_complex(X, space) and X.ndim >= 2:
        return space, space.real(X), space.imag(X)
    if not is_floating(X, space) or X.ndim < 3 or X.shape[-1] != 2:
        kind = f"dtype {dtype_name(X.dtype)} and shape {tuple(X.shape)}"
        raise ParameterError(f"X has {kind}: it must be (..., bin, time, 2) or complex (..., bin, time)")
    pairs = space.astype(X, real_dtype(X, space), copy=False)
    re, im = ops.unstack(pairs, axis=-1, xp=space)
    return space, re, im


def angle(re: Array, im: Array, *, xp: ModuleType) -> Array:
    """Angles in radians, pi rather than -pi where im is -0; at 0 the angle and its gradient are 0."""
    silent = (re == 0) & (im == 0)
    return xp.atan2(xp.where(silent, 0.0, im + 0.0), xp.where(silent, 1.0, re))
