"""PyTorch's native operations.

On the CPU, tensors run through NumPy's blocked loops without a copy, on as many threads as torch is set to; the gradient is the adjoint
loop. On other devices, while a graph is exported, and wherever a window or a filter bank is trained, the portable code runs on
torch's own operations.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from types import ModuleType
from typing import Any

import torch
from torch import Tensor
from torch.utils._python_dispatch import _disable_current_modes

from nnaudio_xp import ops
from nnaudio_xp._namespace import Array
from nnaudio_xp.geometry import Framing
from nnaudio_xp.kernels.gabor import FRAMES, GaborFrame
from nnaudio_xp.kernels.multirate import PLANS, Multirate

from ..numpy import multirate as multirate_loops
from ..numpy import spectra as loops
from ..numpy.rows import add_rows

# --- which way -------------------------------------------------------------------------------------------------------------------


def exporting() -> bool:
    """Whether a graph is being recorded that must run without this library."""
    asked: Callable[[], bool] = getattr(torch.compiler, "is_exporting", torch.compiler.is_compiling)
    return asked() or torch.jit.is_tracing()  # type: ignore[attr-defined, no-untyped-call]


def _is_wrapped(x: Tensor) -> bool:
    """Whether a function transform (vmap, jvp, grad of torch.func) holds the tensor, or a forward derivative rides on it."""
    if torch.compiler.is_compiling():
        return False
    return torch._C._functorch.is_functorch_wrapped_tensor(x) or torch.autograd.forward_ad.unpack_dual(x).tangent is not None  # type: ignore[no-untyped-call]


def _loops_take(x: Tensor, framing: Framing | None, *kernels: Tensor | None) -> bool:
    """Whether NumPy's loops can take a tensor, with kernels that need no gradient."""
    return (
        x.device.type == "cpu"
        and x.dtype in (torch.float32, torch.float64, torch.complex64, torch.complex128)
        and not (framing is not None and callable(framing.pad_mode))
        and not any(kernel is not None and kernel.requires_grad and torch.is_grad_enabled() for kernel in kernels)
        and not exporting()
        and not any(_is_wrapped(tensor) for tensor in (x, *kernels) if tensor is not None)
    )


def _needs_graph(x: Tensor) -> bool:
    return torch.compiler.is_compiling() or (torch.is_grad_enabled() and x.requires_grad)


def _memory(x: Tensor | None) -> Any:
    """The tensor's memory as a NumPy array."""
    return None if x is None else x.detach().resolve_conj().resolve_neg().numpy()


# --- small operations ------------------------------------------------------------------------------------------------------------


def real_tensors() -> AbstractContextManager[Any]:
    """Where tensors are made with numbers in them, also while a graph is recorded: it stores them as constants."""
    return _disable_current_modes() if exporting() else nullcontext()


def keep(kept: Callable[..., Tensor], build: Callable[..., Any], key: Any, dtype: Any, device: Any, *, xp: ModuleType) -> Tensor:
    with torch.inference_mode(False), real_tensors():  # what is made in inference mode could never be trained through
        return kept(build, key, xp, dtype, device)


def _shows_values(x: Tensor) -> bool:
    """Whether one can look at a tensor's values without making a device wait, or breaking a graph."""
    return x.device.type == "cpu" and not (torch.compiler.is_compiling() or exporting() or _is_wrapped(x))


def require_between(values: Tensor, name: str, low: int, high: int | None, *, xp: ModuleType) -> None:
    if _shows_values(values):
        loops.require_between(values.numpy(), name, low, high)


def chosen(values: Tensor, choice: Tensor, *, xp: ModuleType) -> Tensor:
    return values[choice] if _shows_values(choice) else ops.chosen.portable(values, choice, xp=xp)


def pad(x: Tensor, before: int, after: int, mode: Any, *, xp: ModuleType) -> Array:
    if not (exporting() and mode in ("reflect", "symmetric")):
        return ops.pad.portable(x, before, after, mode, xp=xp)
    # a single mirror image: ONNX cannot wrap indices around a length that it does not know
    skip, last = int(mode == "reflect"), x.shape[-1] - 1
    left = before - 1 + skip - torch.arange(before, device=x.device)
    right = last - skip - torch.arange(after, device=x.device)
    return torch.cat([x.index_select(-1, left), x, x.index_select(-1, right)], dim=-1)


def take_along(x: Tensor, indices: Tensor, *, xp: ModuleType) -> Tensor:
    return x.gather(-1, indices)  # take_along_dim fixes the number of samples when it is exported


def unstack(x: Tensor, *, axis: int, xp: ModuleType) -> tuple[Tensor, ...]:
    return torch.unbind(x, dim=axis)  # array_api_compat's cannot be mapped by vmap


def frame(x: Tensor, frame_length: int, hop_length: int, *, xp: ModuleType) -> Tensor:
    if exporting() or _is_wrapped(x):  # ONNX cannot unfold a signal of unknown length, nor vmap its gradient
        starts = torch.arange(1 + (x.shape[-1] - frame_length) // hop_length, device=x.device) * hop_length
        return x[..., starts.unsqueeze(1) + torch.arange(frame_length, device=x.device)]
    return x.unfold(-1, frame_length, hop_length)


def at_least(x: Tensor, floor: float | Tensor, *, xp: ModuleType) -> Tensor:
    return torch.clamp(x, min=floor)


def to_complex(re: Tensor, im: Tensor, *, xp: ModuleType) -> Tensor:
    return torch.complex(re, im)


def _laid_out(values: Tensor, like: Tensor) -> Tensor:
    """Values in the order in memory of a convolution's transposed result: products of tensors in two orders cost several copies."""
    if like.ndim < 2 or values.stride() == like.stride() or not like.mT.is_contiguous():
        return values
    return values.mT.contiguous().mT


class _Hypotenuse(torch.autograd.Function):
    """sqrt(re**2 + im**2), whose gradient is 0 at 0: one pass, where masks around `torch.hypot` take six."""

    @staticmethod
    def forward(ctx: Any, re: Tensor, im: Tensor) -> Tensor:
        size = torch.hypot(re, im)
        ctx.save_for_backward(re, im, size)
        return size

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        re, im, size = ctx.saved_tensors
        slope = _laid_out(grad, re) / torch.where(size == 0, 1.0, size)
        return slope * re, slope * im


class _Square(torch.autograd.Function):
    """re**2 + im**2."""

    @staticmethod
    def forward(ctx: Any, re: Tensor, im: Tensor) -> Tensor:
        ctx.save_for_backward(re, im)
        return re * re + im * im

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor]:
        re, im = ctx.saved_tensors
        slope = _laid_out(2 * grad, re)
        return slope * re, slope * im


def _eager(*tensors: Tensor) -> bool:
    """Whether operations run one by one: nothing records a graph, and no function transform holds the tensors."""
    return not (torch.compiler.is_compiling() or exporting() or any(map(_is_wrapped, tensors)))


def squared_magnitude(re: Tensor, im: Tensor, *, xp: ModuleType) -> Array:
    if not _eager(re, im):
        return ops.squared_magnitude.portable(re, im, xp=xp)
    return _Square.apply(re, im)  # type: ignore[no-untyped-call]


def magnitude(re: Tensor, im: Tensor, *, xp: ModuleType) -> Array:
    if torch.compiler.is_compiling() or exporting():  # compilers take no complex numbers
        square = re * re + im * im
        silent = square == 0
        return torch.where(silent, 0.0, torch.sqrt(torch.where(silent, 1.0, square)))
    if not (_is_wrapped(re) or _is_wrapped(im)):
        return _Hypotenuse.apply(re, im)  # type: ignore[no-untyped-call]
    silent = (re == 0) & (im == 0)
    return torch.where(silent, 0.0, torch.hypot(torch.where(silent, 1.0, re), im))


def _rows(x: Tensor) -> Tensor:
    return x.reshape(-1, x.shape[-1])


def superposed(re: Tensor, im: Tensor, cosines: Tensor, sines: Tensor, *, xp: ModuleType) -> Array:
    if not _eager(re, im, cosines, sines):
        return ops.superposed.portable(re, im, cosines, sines, xp=xp)
    sums = (_rows(re) @ cosines.T).addmm_(_rows(im), sines.T)  # added up where they lie: frames are as large as the spectra
    return sums.view(*re.shape[:-1], cosines.shape[0])


def _convolves(x: Tensor, kernels: Tensor) -> bool:
    """Whether a convolution is cheaper, which does not lay frames side by side: on the CPU in the precision that it is made for."""
    return x.device.type == "cpu" and x.dtype == torch.float32 and not (_is_wrapped(x) or _is_wrapped(kernels))


_FRAMED = 2**20
"""Samples of frames that are laid side by side at once."""

_MOST_HOPS = 64
"""Hops to a kernel up to which sums over overlapping frames are cheap."""


def _convolved(clips: Tensor, kernels: Tensor, hop_length: int) -> Tensor:
    return torch.nn.functional.conv1d(clips.unsqueeze(1), kernels.unsqueeze(1), stride=hop_length).mT


class _Correlation(torch.autograd.Function):
    """A convolution whose gradients are products of matrices, which take two thirds of the time of PyTorch's own."""

    @staticmethod
    def forward(ctx: Any, clips: Tensor, kernels: Tensor, hop_length: int) -> Tensor:
        ctx.save_for_backward(clips, kernels)
        ctx.hop_length = hop_length
        return _convolved(clips, kernels, hop_length)

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
        clips, kernels = ctx.saved_tensors
        if torch.is_grad_enabled():  # gradients of gradients
            inputs = [tensor for tensor, needed in zip((clips, kernels), ctx.needs_input_grad, strict=False) if needed]
            found = iter(torch.autograd.grad(_convolved(clips, kernels, ctx.hop_length), inputs, grad, create_graph=True))
            return *(next(found) if needed else None for needed in ctx.needs_input_grad[:2]), None
        (n_clips, n_frames, _), length, hop = grad.shape, kernels.shape[-1], ctx.hop_length
        signal = clips.new_zeros(clips.shape) if ctx.needs_input_grad[0] else None
        slopes = torch.zeros_like(kernels) if ctx.needs_input_grad[1] else None
        size = max(1, _FRAMED // (n_clips * length))
        for start in range(0, n_frames, size):
            part = _rows(grad[:, start : start + size])
            if slopes is not None:
                frames = clips[:, start * hop :].unfold(-1, length, hop)[:, :size]
                slopes.addmm_(part.T, _rows(frames))
            if signal is not None:
                for line, rows in zip(_memory(signal), _memory((part @ kernels).view(n_clips, -1, length)), strict=True):
                    add_rows(line, start * hop, rows, hop)
        return signal, slopes, None


def correlate(x: Tensor, kernels: Tensor, framing: Framing, *, xp: ModuleType) -> Array:
    if exporting() or _convolves(x, kernels):
        padded = pad(x, framing.padding, framing.padding, framing.pad_mode, xp=xp)
        clips = padded if x.ndim == 2 else padded.reshape(-1, padded.shape[-1])
        if _eager(x, kernels) and kernels.requires_grad and kernels.shape[-1] <= _MOST_HOPS * framing.hop_length:
            values = _Correlation.apply(clips, kernels, framing.hop_length)  # type: ignore[no-untyped-call]
        else:
            values = _convolved(clips, kernels, framing.hop_length)
        values = values.contiguous() if exporting() else values  # strides of unknown length break exports
        return values if x.ndim == 2 else values.reshape(*x.shape[:-1], *values.shape[1:])
    if _loops_take(x, framing, kernels) and not _needs_graph(x):
        return torch.from_numpy(loops.correlate(_memory(x), _memory(kernels), framing, xp=xp, n_threads=torch.get_num_threads()))
    return ops.correlate.portable(x, kernels, framing, xp=xp)


def rfft(x: Tensor, *, xp: ModuleType) -> Array:
    return ops.rfft_by_product(x, xp=xp) if _lacks_fft(x, x.shape[-1]) else torch.fft.rfft(x)


def irfft(spectrum: Tensor, n: int, *, xp: ModuleType) -> Array:
    return ops.irfft_by_product(spectrum, n, xp=xp) if _lacks_fft(spectrum, n) else torch.fft.irfft(spectrum, n=n)


def fft(x: Tensor, *, xp: ModuleType) -> Array:
    return ops.fft_by_product(x, xp=xp) if _lacks_fft(x, x.shape[-1]) else torch.fft.fft(x)


def ifft(spectrum: Tensor, *, xp: ModuleType) -> Array:
    return ops.ifft_by_product(spectrum, xp=xp) if _lacks_fft(spectrum, spectrum.shape[-1]) else torch.fft.ifft(spectrum)


def _lacks_fft(x: Tensor, n: int) -> bool:
    """Whether a product must serve: exported graphs take lengths other than powers of two inexactly, and MKL takes no empty batch."""
    return n & (n - 1) != 0 if exporting() else x.numel() == 0


def unit_phases(rng: Any, shape: tuple[int, ...], *, like: Tensor, xp: ModuleType) -> Array:
    own = rng is None and not _is_wrapped(like)  # torch.manual_seed sets it
    if own or isinstance(rng, torch.Generator):
        turns = torch.rand_like(like) if own else torch.rand(shape, generator=rng, device=like.device, dtype=like.dtype)
        return torch.complex(torch.cos(2 * math.pi * turns), torch.sin(2 * math.pi * turns))
    return ops.unit_phases.portable(rng, shape, like=like, xp=xp)


def banded(values: Tensor, bank: Tensor, *, xp: ModuleType) -> Tensor:
    if _loops_take(values, None, bank) and not _needs_graph(values):
        return torch.from_numpy(loops.banded(_memory(values), _memory(bank), xp=xp, n_threads=torch.get_num_threads()))
    return values @ bank.T


# --- spectra: an operator and its gradient's -------------------------------------------------------------------------------------


# Schemas are spelled out: PyTorch 2.4 infers none from annotations whose evaluation is postponed.
_SETTINGS = "Tensor x, Tensor window, Tensor? bank, float? power, int n_fft, int hop_length, bool center, str pad_mode"


@torch.library.custom_op("nnaudio_xp::spectra", mutates_args=(), schema=f"({_SETTINGS}) -> Tensor")
def _spectra(
    x: Tensor, window: Tensor, bank: Tensor | None, power: float | None, n_fft: int, hop_length: int, center: bool, pad_mode: str
) -> Tensor:
    framing = Framing(n_fft, hop_length, center, pad_mode)
    n_threads = torch.get_num_threads()
    values = torch.from_numpy(
        loops.spectra(_memory(x), _memory(window), framing, power=power, bank=_memory(bank), xp=torch, n_threads=n_threads)
    )
    return values if power is not None else torch.view_as_real(values)  # pairs: compilers take no complex numbers


@_spectra.register_fake
def _(
    x: Tensor, window: Tensor, bank: Tensor | None, power: float | None, n_fft: int, hop_length: int, center: bool, pad_mode: str
) -> Tensor:
    framing = Framing(n_fft, hop_length, center, pad_mode)
    width = framing.n_freqs if bank is None else bank.shape[0]
    pair = () if power is not None else (2,)
    return x.new_empty((*x.shape[:-1], framing.n_frames(x.shape[-1]), width, *pair))


@torch.library.custom_op("nnaudio_xp::spectra_adjoint", mutates_args=(), schema=f"(Tensor grad, {_SETTINGS}) -> Tensor")
def _spectra_adjoint(
    grad: Tensor,
    x: Tensor,
    window: Tensor,
    bank: Tensor | None,
    power: float | None,
    n_fft: int,
    hop_length: int,
    center: bool,
    pad_mode: str,
) -> Tensor:
    framing = Framing(n_fft, hop_length, center, pad_mode)
    n_threads = torch.get_num_threads()
    slopes = _memory(grad if power is not None else torch.view_as_complex(grad))
    slope = loops.spectra_adjoint(slopes, _memory(x), _memory(window), framing, power=power, bank=_memory(bank), n_threads=n_threads)
    return torch.from_numpy(slope)


@_spectra_adjoint.register_fake
def _(
    grad: Tensor,
    x: Tensor,
    window: Tensor,
    bank: Tensor | None,
    power: float | None,
    n_fft: int,
    hop_length: int,
    center: bool,
    pad_mode: str,
) -> Tensor:
    return torch.empty_like(x, memory_format=torch.contiguous_format)


def _setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    x, window, bank, *ctx.settings = inputs
    ctx.save_for_backward(x, window, bank)


def _backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
    x, window, bank = ctx.saved_tensors
    if torch.is_grad_enabled():  # a second derivative is wanted: go through torch's own operations
        power, *framing = ctx.settings
        values = ops.spectra.portable(x, window, Framing(*framing), power=power, bank=bank, xp=_namespace())
        values = values if power is not None else torch.view_as_real(values)
        (slope,) = torch.autograd.grad(values, x, grad, create_graph=True)
    else:
        slope = _spectra_adjoint(grad.contiguous(), x, window, bank, *ctx.settings)
    return (slope, *[None] * 7)


_spectra.register_autograd(_backward, setup_context=_setup_context)


def _namespace() -> ModuleType:
    from nnaudio_xp._namespace import namespace

    return namespace(torch.empty(0))


def spectra(
    x: Tensor,
    window: Tensor,
    framing: Framing,
    *,
    power: float | None = None,
    bank: Tensor | None = None,
    out: Tensor | None = None,
    xp: ModuleType,
) -> Array:
    if not _loops_take(x, framing, window, bank):
        if bank is None or not _loops_take(x, framing, window):
            return ops.spectra.portable(x, window, framing, power=power, bank=bank, out=out, xp=xp)
        values = banded(spectra(x, window, framing, power=power, xp=xp), bank, xp=xp)  # the bank is trained
    elif _needs_graph(x):
        values = _spectra(x, window, bank, power, framing.n_fft, framing.hop_length, framing.center, framing.pad_mode)
        values = values if power is not None else torch.view_as_complex(values)
    else:
        values = torch.from_numpy(
            loops.spectra(
                _memory(x),
                _memory(window),
                framing,
                power=power,
                bank=_memory(bank),
                out=_memory(out),
                xp=xp,
                n_threads=torch.get_num_threads(),
            )
        )
        return values if out is None else out
    return values if out is None else ops.write(out, values, xp=xp)


def spectral_parts(x: Tensor, window: Tensor, framing: Framing, *, xp: ModuleType) -> tuple[Tensor, Tensor]:
    if torch.compiler.is_compiling() and _loops_take(x, framing, window):
        pair = _spectra(x, window, None, None, framing.n_fft, framing.hop_length, framing.center, framing.pad_mode)
    else:
        pair = torch.view_as_real(spectra(x, window, framing, xp=xp))
    return pair[..., 0], pair[..., 1]


def framewise(
    x: Tensor, window: Tensor, framing: Framing, then: Callable[..., tuple[Array, ...]], *kernels: Tensor, xp: ModuleType
) -> tuple[Array, ...]:
    if not _loops_take(x, framing, window, *kernels) or _needs_graph(x):
        return ops.framewise.portable(x, window, framing, then, *kernels, xp=xp)
    arrays, threads = map(_memory, kernels), torch.get_num_threads()
    values = loops.framewise(_memory(x), _memory(window), framing, then, *arrays, xp=xp, n_threads=threads)
    return tuple(map(torch.from_numpy, values))


# --- synthesis -------------------------------------------------------------------------------------------------------------------


def synthesis(spectrum: Tensor, window: Tensor, framing: Framing, length: int, *, out: Tensor | None = None, xp: ModuleType) -> Array:
    if _loops_take(spectrum, framing, window) and not _needs_graph(spectrum):
        threads = torch.get_num_threads()
        signal = loops.synthesis(_memory(spectrum), _memory(window), framing, length, out=_memory(out), xp=xp, n_threads=threads)
        return torch.from_numpy(signal) if out is None else out
    return ops.synthesis.portable(spectrum, window, framing, length, out=out, xp=xp)


def griffinlim(
    S: Tensor, phases: Tensor, window: Tensor, framing: Framing, *, n_iter: int, momentum: float, length: int, xp: ModuleType
) -> Array:
    if _loops_take(S, framing, window) and not _needs_graph(S):
        signal = loops.griffinlim(
            _memory(S),
            _memory(phases),
            _memory(window),
            framing,
            n_iter=n_iter,
            momentum=momentum,
            length=length,
            xp=xp,
            n_threads=torch.get_num_threads(),
        )
        return torch.from_numpy(signal)
    return ops.griffinlim.portable(S, phases, window, framing, n_iter=n_iter, momentum=momentum, length=length, xp=xp)


# --- atoms on several rates: two linear operators, each the other's gradient ------------------------------------------------------


@torch.library.custom_op("nnaudio_xp::multirate", mutates_args=(), schema="(Tensor x, int plan, int center, int n_frames) -> Tensor")
def _multirate(x: Tensor, plan: int, center: int, n_frames: int) -> Tensor:
    """Pairs (re, im): compilers take no complex numbers."""
    if x.device.type != "cpu":
        return torch.stack(ops.multirate_parts.portable(x, PLANS[plan], center, n_frames, xp=_namespace()), dim=-1)
    values = multirate_loops.multirate(_memory(x), PLANS[plan], center, n_frames, xp=torch, n_threads=torch.get_num_threads())
    return torch.view_as_real(torch.from_numpy(values))


@_multirate.register_fake
def _(x: Tensor, plan: int, center: int, n_frames: int) -> Tensor:
    return x.new_empty((*x.shape[:-1], n_frames, PLANS[plan].n_bins, 2))


@torch.library.custom_op(
    "nnaudio_xp::multirate_adjoint", mutates_args=(), schema="(Tensor pairs, int plan, int center, int n_samples) -> Tensor"
)
def _multirate_adjoint(pairs: Tensor, plan: int, center: int, n_samples: int) -> Tensor:
    values = torch.view_as_complex(pairs.contiguous())
    if pairs.device.type != "cpu":
        return ops.multirate_adjoint.portable(values, PLANS[plan], center, n_samples, xp=_namespace())  # type: ignore[no-any-return]
    return torch.from_numpy(
        multirate_loops.multirate_adjoint(_memory(values), PLANS[plan], center, n_samples, xp=torch, n_threads=torch.get_num_threads())
    )


@_multirate_adjoint.register_fake
def _(pairs: Tensor, plan: int, center: int, n_samples: int) -> Tensor:
    return pairs.new_empty((*pairs.shape[:-3], n_samples))


def _multirate_backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
    return _multirate_adjoint(grad, ctx.plan, ctx.center, ctx.n_samples), None, None, None


def _multirate_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    x, ctx.plan, ctx.center, _ = inputs
    ctx.n_samples = x.shape[-1]


def _multirate_adjoint_backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
    return _multirate(grad.contiguous(), ctx.plan, ctx.center, ctx.n_frames), None, None, None


def _multirate_adjoint_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    pairs, ctx.plan, ctx.center, _ = inputs
    ctx.n_frames = pairs.shape[-3]


_multirate.register_autograd(_multirate_backward, setup_context=_multirate_context)
_multirate_adjoint.register_autograd(_multirate_adjoint_backward, setup_context=_multirate_adjoint_context)


def _is_opaque(x: Tensor) -> bool:
    """Whether one operator stands for the whole transform: its constants cannot be made while a compiler traces."""
    return _loops_take(x, None) or (torch.compiler.is_compiling() and not exporting())


def multirate_parts(x: Tensor, plan: Multirate, center: int, n_frames: int, *, xp: ModuleType) -> tuple[Tensor, Tensor]:
    if not _is_opaque(x):
        return ops.multirate_parts.portable(x, plan, center, n_frames, xp=xp)
    pairs = _multirate(x, id(plan), center, n_frames)
    return pairs[..., 0], pairs[..., 1]


def multirate(x: Tensor, plan: Multirate, center: int, n_frames: int, *, power: float | None = None, xp: ModuleType) -> Array:
    if not _is_opaque(x) or (power is not None and torch.compiler.is_compiling()):
        return ops.multirate.portable(x, plan, center, n_frames, power=power, xp=xp)
    if not _needs_graph(x):
        threads = torch.get_num_threads()
        return torch.from_numpy(multirate_loops.multirate(_memory(x), plan, center, n_frames, power=power, xp=xp, n_threads=threads))
    return ops.picture(torch.view_as_complex(_multirate(x, id(plan), center, n_frames)), power, xp=xp)


def multirate_adjoint(C: Tensor, plan: Multirate, center: int, n_samples: int, *, xp: ModuleType) -> Array:
    if not _is_opaque(C):
        return ops.multirate_adjoint.portable(C, plan, center, n_samples, xp=xp)
    return _multirate_adjoint(torch.view_as_real(C.resolve_conj()), id(plan), center, n_samples)


# --- Gabor frames: two linear operators, each the other's gradient ----------------------------------------------------------------


@torch.library.custom_op("nnaudio_xp::gabor", mutates_args=(), schema="(Tensor y, int frame, int n_frames, bool dual) -> Tensor")
def _gabor(y: Tensor, frame: int, n_frames: int, dual: bool) -> Tensor:
    """Pairs (re, im): compilers take no complex numbers."""
    return torch.view_as_real(ops.gabor.portable(y, FRAMES[frame], n_frames, dual=dual, xp=_namespace()))


@_gabor.register_fake
def _(y: Tensor, frame: int, n_frames: int, dual: bool) -> Tensor:
    return y.new_empty((*y.shape[:-1], FRAMES[frame].n_rows, n_frames, 2))


@torch.library.custom_op("nnaudio_xp::gabor_adjoint", mutates_args=(), schema="(Tensor pairs, int frame, bool dual) -> Tensor")
def _gabor_adjoint(pairs: Tensor, frame: int, dual: bool) -> Tensor:
    values = torch.view_as_complex(pairs.contiguous())
    return ops.gabor_adjoint.portable(values, FRAMES[frame], dual=dual, xp=_namespace())  # type: ignore[no-any-return]


@_gabor_adjoint.register_fake
def _(pairs: Tensor, frame: int, dual: bool) -> Tensor:
    return pairs.new_empty((*pairs.shape[:-3], pairs.shape[-2] * FRAMES[frame].hop_length))


def _gabor_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    y, frame, _, ctx.dual = inputs
    ctx.frame, ctx.n_samples = FRAMES[frame], y.shape[-1]


def _gabor_backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
    return _gabor_adjoint(grad, id(ctx.frame), ctx.dual).narrow(-1, 0, ctx.n_samples), None, None, None


def _gabor_adjoint_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
    pairs, frame, ctx.dual = inputs
    ctx.frame, ctx.n_frames = FRAMES[frame], pairs.shape[-2]


def _gabor_adjoint_backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, ...]:
    return _gabor(grad.contiguous(), id(ctx.frame), ctx.n_frames, ctx.dual), None, None


_gabor.register_autograd(_gabor_backward, setup_context=_gabor_context)
_gabor_adjoint.register_autograd(_gabor_adjoint_backward, setup_context=_gabor_adjoint_context)


def gabor(y: Tensor, frame: GaborFrame, n_frames: int, *, dual: bool = False, xp: ModuleType) -> Array:
    if _needs_graph(y) and _is_opaque(y):
        return torch.view_as_complex(_gabor(y, id(frame), n_frames, dual))
    return ops.gabor.portable(y, frame, n_frames, dual=dual, xp=xp)


def gabor_adjoint(C: Tensor, frame: GaborFrame, *, dual: bool, xp: ModuleType) -> Array:
    if _needs_graph(C) and _is_opaque(C):
        return _gabor_adjoint(torch.view_as_real(C.resolve_conj()), id(frame), dual)
    return ops.gabor_adjoint.portable(C, frame, dual=dual, xp=xp)


def band_signals(spectrum: Tensor, bins: Tensor, weights: Tensor, *, xp: ModuleType) -> Array:
    if _loops_take(spectrum, None, weights) and not _needs_graph(spectrum):
        threads = torch.get_num_threads()
        return torch.from_numpy(loops.band_signals(_memory(spectrum), _memory(bins), _memory(weights), xp=xp, n_threads=threads))
    return ops.band_signals.portable(spectrum, bins, weights, xp=xp)


def band_spectrum(signals: Tensor, points: Tensor, weights: Tensor, spans: Sequence[tuple[int, int]], n: int, *, xp: ModuleType) -> Array:
    if _loops_take(signals, None, weights) and not _needs_graph(signals):
        threads = torch.get_num_threads()
        return torch.from_numpy(
            loops.band_spectrum(_memory(signals), _memory(points), _memory(weights), spans, n, xp=xp, n_threads=threads)
        )
    return ops.band_spectrum.portable(signals, points, weights, spans, n, xp=xp)
