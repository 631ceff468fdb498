"""The operations the array API standard lacks: a portable version of each, and the choice of a native one.

Small ones (`pad`, `frame`, `overlap_add`, …) and the hot loops that carry nearly all the time (`spectra`, `synthesis`, `griffinlim`).
A room in `nnaudio_xp.backends` may offer a native version with the same name and signature; the portable one is what
every other library runs, and what a native one is tested against. Frames are the last axis but one inside: (..., time, frequency).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, wraps
from types import ModuleType
from typing import Any, ParamSpec, Protocol, TypeVar

from ._backends import backends, host_functions
from ._namespace import Array, Device, Dtype, complex_dtype, device_of, host, place, real_dtype
from .errors import ParameterError
from .geometry import Framing
from .kernels.gabor import GaborFrame, band_bins, band_weights, joined, layer_points, layer_spans, layer_weights
from .kernels.multirate import ROW, Multirate, Rate

P = ParamSpec("P")
R = TypeVar("R")


class Operation(Protocol[P, R]):
    """An operation: called, it runs the native version if its namespace has one; `portable` always runs the standard one."""

    portable: Callable[P, R]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...


_native: dict[str, ModuleType | None] = {}


def _native_ops(xp: ModuleType) -> ModuleType | None:
    if xp.__name__ not in _native:
        _native[xp.__name__] = backends().native_ops(xp.__name__)
    return _native[xp.__name__]


def operation(portable: Callable[P, R]) -> Operation[P, R]:
    """Make a portable function an operation: it is called with `xp=`, which decides whether a native version takes over."""
    name = portable.__name__

    @wraps(portable)
    def choose(*args: P.args, **kwargs: P.kwargs) -> R:
        native: Callable[P, R] = getattr(_native_ops(kwargs["xp"]), name, portable)  # type: ignore[arg-type]
        return native(*args, **kwargs)

    choose.portable = portable  # type: ignore[attr-defined]
    return choose  # type: ignore[return-value]


# --- constants -------------------------------------------------------------------------------------------------------------------


def _built(build: Callable[..., Array], params: tuple[tuple[str, Any], ...], xp: ModuleType, dtype: Dtype, device: Device) -> Array:
    return place(build(**dict(params)), xp=xp, dtype=dtype, device=device)


_kept, _kept_large = lru_cache(maxsize=128)(_built), lru_cache(maxsize=16)(_built)


def constant(build: Callable[..., Array], *, xp: ModuleType, dtype: Dtype, device: Device, large: bool = False, **params: Any) -> Array:
    """`build(**params)`, made in float64 on the host, then kept where it is used. Unhashable parameters (a window array) are built anew.

    Of `large` ones, as large as a signal or a picture, only a few are kept.
    """
    key = tuple(params.items())
    try:
        hash(key)
    except TypeError:
        return place(build(**params), xp=xp, dtype=dtype, device=device)
    return keep(_kept_large if large else _kept, build, key, dtype, device, xp=xp)


@operation
def keep(kept: Callable[..., Array], build: Callable[..., Array], key: Any, dtype: Dtype, device: Device, *, xp: ModuleType) -> Array:
    """Look a constant up. A room whose library traces must not let a traced array into the store."""
    return kept(build, key, xp, dtype, device)


# --- small operations ------------------------------------------------------------------------------------------------------------


@operation
def require_finite(x: Array, name: str, *, xp: ModuleType) -> None:
    """Raise on NaN or infinity where that costs no synchronisation (NumPy); nothing elsewhere."""


@operation
def warn_unless(fine: Array, message: str, *, xp: ModuleType) -> None:
    """Warn where a look at a value costs no synchronisation (NumPy); nothing elsewhere."""


@operation
def require_between(values: Array, name: str, low: int, high: int | None, *, xp: ModuleType) -> None:
    """Raise on integers outside a range where that costs no synchronisation (they are on the host, and not traced); nothing elsewhere."""


@operation
def chosen(values: Array, choice: Array, *, xp: ModuleType) -> Array:
    """The chosen values (n,), in their order, where shapes may depend on values; elsewhere all, with zeros for the others."""
    return xp.where(choice, values, 0.0)


def padding_indices(positions: Array, n: Any, mode: str, *, xp: ModuleType) -> Array:
    """Which sample stands at each position, for the modes that repeat samples: inside [0, n), n or several of them, that of its place."""
    if mode == "edge":
        return xp.clip(positions, 0, n - 1)
    period = 2 * n if mode == "symmetric" else xp.clip(2 * (n - 1), 1) if hasattr(n, "shape") else max(1, 2 * (n - 1))
    phase = positions % period
    return xp.where(phase < n, phase, period - phase - int(mode == "symmetric"))


def _margin(x: Array, amount: int, mode: str, after: bool, *, xp: ModuleType) -> Array:
    n, device = x.shape[-1], device_of(x)
    if mode in ("constant", "empty"):
        return xp.zeros((*x.shape[:-1], amount), dtype=x.dtype, device=device)
    if mode == "linear_ramp":
        edge = x[..., n - 1 :] if after else x[..., :1]
        rise = xp.arange(amount, dtype=x.dtype, device=device) / amount
        return edge * (xp.flip(rise) if after else rise)
    first = n if after else -amount
    positions = xp.arange(amount, device=device) + first
    return xp.take(x, padding_indices(positions, n, mode, xp=xp), axis=-1)


@operation
def pad(x: Array, before: int, after: int, mode: Any, *, xp: ModuleType) -> Array:
    """numpy.pad along the last axis, for the modes of `geometry.PAD_MODES`; signals shorter than the padding repeat."""
    if callable(mode):
        raise ParameterError(f"pad_mode={mode!r}: a function is only possible with NumPy arrays; use a mode's name")
    margins = [_margin(x, amount, mode, end, xp=xp) if amount else None for amount, end in ((before, False), (after, True))]
    parts = [part for part in (margins[0], x, margins[1]) if part is not None]
    return xp.concat(parts, axis=-1) if len(parts) > 1 else x


@operation
def take_along(x: Array, indices: Array, *, xp: ModuleType) -> Array:
    """Samples of each row of x (..., n) by non-negative indices of its own (..., m)."""
    return xp.take_along_axis(x, indices, axis=-1)


@operation
def unstack(x: Array, *, axis: int, xp: ModuleType) -> tuple[Array, ...]:
    """All slices along an axis. Their gradients are written once; those of slices by index, each padded with zeros, are added up."""
    parts: tuple[Array, ...] = xp.unstack(x, axis=axis)
    return parts


@operation
def frame(x: Array, frame_length: int, hop_length: int, *, xp: ModuleType) -> Array:
    """Overlapping frames (..., time, frame_length) of a signal (..., n)."""
    n_frames = 1 + (x.shape[-1] - frame_length) // hop_length
    pieces = -(-frame_length // hop_length)
    device = device_of(x)
    if pieces > 16:  # a short hop: one gather is cheaper than many slices
        starts = xp.reshape(xp.arange(n_frames, device=device) * hop_length, (-1, 1))
        indices = xp.reshape(starts + xp.arange(frame_length, device=device), (-1,))
        return xp.reshape(xp.take(x, indices, axis=-1), (*x.shape[:-1], n_frames, frame_length))
    # cut into hops: frame t is hops t … t + pieces - 1 side by side
    missing = max(0, (n_frames + pieces - 1) * hop_length - x.shape[-1])
    longer = xp.concat([x, xp.zeros((*x.shape[:-1], missing), dtype=x.dtype, device=device)], axis=-1) if missing else x
    hops = xp.reshape(longer[..., : (n_frames + pieces - 1) * hop_length], (*x.shape[:-1], n_frames + pieces - 1, hop_length))
    return xp.concat([hops[..., j : j + n_frames, :] for j in range(pieces)], axis=-1)[..., :frame_length]


@operation
def overlap_add(frames: Array, hop_length: int, *, xp: ModuleType) -> Array:
    """Sum of frames (..., time, n) laid `hop_length` apart, of length n + hop_length * (time - 1)."""
    *batch, n_frames, length = frames.shape
    like: dict[str, Any] = {"dtype": frames.dtype, "device": device_of(frames)}
    pieces = -(-length // hop_length)
    if blank := pieces * hop_length - length:
        frames = xp.concat([frames, xp.zeros((*batch, n_frames, blank), **like)], axis=-1)

    def laid(j: int, piece: Array) -> Array:
        before, after = (xp.zeros((*batch, k, hop_length), **like) for k in (j, pieces - 1 - j))
        return xp.concat([before, piece, after], axis=-2)

    first, *others = unstack(xp.reshape(frames, (*batch, n_frames, pieces, hop_length)), axis=-2, xp=xp)
    hops = laid(0, first)
    for j, piece in enumerate(others, start=1):
        hops = hops + laid(j, piece)
    return xp.reshape(hops, (*batch, (n_frames + pieces - 1) * hop_length))[..., : length + hop_length * (n_frames - 1)]


def _has_fft(xp: ModuleType) -> bool:
    try:
        return hasattr(xp, "fft")
    except RuntimeError:  # array-api-strict with the extension switched off
        return False


LONGEST_PRODUCT = 512
"""Points of the longest complex transform that is done by one matrix: those of whole signals would not fit into memory."""


def _turns(n: int, bins: int, samples: int, *, like: Array, xp: ModuleType) -> tuple[Array, Array]:
    """cos and sin of 2 pi k m / n for the first bins k and samples m."""
    angles = host.reshape(host.arange(bins), (-1, 1)) * host.arange(samples) % n * (2 * math.pi / n)
    dtype, device = real_dtype(like, xp), device_of(like)
    return place(host.cos(angles), xp=xp, dtype=dtype, device=device), place(host.sin(angles), xp=xp, dtype=dtype, device=device)


def _factor(n: int) -> int:
    """The smaller factor of a length that is too great for one matrix; 1 where there is none, or no need."""
    return next(p for p in range(math.isqrt(n), 0, -1) if n % p == 0) if n > LONGEST_PRODUCT else 1


def rfft_by_product(x: Array, *, xp: ModuleType) -> Array:
    """Spectrum of real frames as a matrix product, or as products with the two factors of a great length, as `fft_by_product` has them."""
    n = x.shape[-1]
    if _factor(n) > 1:
        re, im = _fourier_parts(x, None, xp=xp)
        return to_complex(re[..., : 1 + n // 2], im[..., : 1 + n // 2], xp=xp)
    cos, sin = _turns(n, 1 + n // 2, n, like=x, xp=xp)
    return to_complex(x @ cos.T, -(x @ sin.T), xp=xp)


def irfft_by_product(spectrum: Array, n: int, *, xp: ModuleType) -> Array:
    """Real frames of length n from their spectra as a matrix product, or as several where one would be too large."""
    re, im = xp.real(spectrum), xp.imag(spectrum)
    if n > LONGEST_PRODUCT:
        beyond = slice(1, n - n // 2)
        re = xp.concat([re, xp.flip(re[..., beyond], axis=-1)], axis=-1)
        conjugate = xp.concat([-im, xp.flip(im[..., beyond], axis=-1)], axis=-1)
        return _fourier_parts(re, conjugate, xp=xp)[0] / n
    cos, sin = _turns(n, 1 + n // 2, n, like=spectrum, xp=xp)
    twice = xp.asarray([1.0, *[2.0] * ((n - 1) // 2), *[1.0] * (1 - n % 2)], dtype=cos.dtype, device=device_of(cos)) / n
    return (re * twice) @ cos - (im * twice) @ sin


def fft_by_product(x: Array, *, xp: ModuleType) -> Array:
    """Spectrum of complex frames as matrix products: of one matrix, or of two factors of a great length (Cooley & Tukey 1965)."""
    return to_complex(*_fourier_parts(xp.real(x), xp.imag(x), xp=xp), xp=xp)


def _fourier_parts(re: Array, im: Array | None, *, xp: ModuleType) -> tuple[Array, Array]:
    """Real and imaginary parts of spectra of complex frames, or of real ones: what records graphs takes no products of complex numbers."""
    n = re.shape[-1]
    p = _factor(n)
    q = n // p
    if p == 1:
        cos, sin = _turns(n, n, n, like=re, xp=xp)
        return (re @ cos, -(re @ sin)) if im is None else (re @ cos + im @ sin, im @ cos - re @ sin)

    def columns(part: Array) -> Array:
        return xp.matrix_transpose(xp.reshape(part, (*part.shape[:-1], p, q)))

    # x[q a + b] -> bins c of the p samples a, turned by b c / n -> bins d of the q samples b -> X[c + p d]
    cos, sin = _turns(n, q, p, like=re, xp=xp)
    shape = re.shape
    re, im = _fourier_parts(columns(re), None if im is None else columns(im), xp=xp)
    turned = xp.matrix_transpose(re * cos + im * sin), xp.matrix_transpose(im * cos - re * sin)
    re, im = (xp.reshape(xp.matrix_transpose(part), shape) for part in _fourier_parts(*turned, xp=xp))
    return re, im


def ifft_by_product(spectrum: Array, *, xp: ModuleType) -> Array:
    """Complex frames from their spectra as matrix products."""
    re, im = _fourier_parts(xp.real(spectrum), -xp.imag(spectrum), xp=xp)
    return to_complex(re, -im, xp=xp) / spectrum.shape[-1]


@operation
def rfft(x: Array, *, xp: ModuleType) -> Array:
    """Spectrum of real frames along the last axis; a matrix product where the library has no FFT."""
    return xp.fft.rfft(x, axis=-1) if _has_fft(xp) else rfft_by_product(x, xp=xp)


@operation
def irfft(spectrum: Array, n: int, *, xp: ModuleType) -> Array:
    """Real frames of length n from their spectra; the inverse of `rfft`."""
    return xp.fft.irfft(spectrum, n=n, axis=-1) if _has_fft(xp) else irfft_by_product(spectrum, n, xp=xp)


@operation
def fft(x: Array, *, xp: ModuleType) -> Array:
    """Spectrum of complex frames along the last axis; a matrix product where the library has no FFT."""
    return xp.fft.fft(x, axis=-1) if _has_fft(xp) else fft_by_product(x, xp=xp)


@operation
def ifft(spectrum: Array, *, xp: ModuleType) -> Array:
    """Complex frames from their spectra; the inverse of `fft`."""
    return xp.fft.ifft(spectrum, axis=-1) if _has_fft(xp) else ifft_by_product(spectrum, xp=xp)


@operation
def even_spectrum(half: Array, n: int, *, xp: ModuleType) -> Array:
    """Spectrum of an even sequence of n numbers along the last axis, which is real and even: the first 1 + n // 2 of each."""
    whole = xp.concat([half, xp.flip(half[..., 1 : n - n // 2], axis=-1)], axis=-1)
    return xp.real(rfft(whole, xp=xp))


@operation
def to_complex(re: Array, im: Array, *, xp: ModuleType) -> Array:
    """re + i im."""
    dtype = complex_dtype(re, xp)
    return xp.astype(re, dtype) + xp.astype(im, dtype) * 1j


@operation
def magnitude(re: Array, im: Array, *, xp: ModuleType) -> Array:
    """|re + i im|, with gradient 0 at 0."""
    return xp.abs(to_complex(re, im, xp=xp))


@operation
def squared_magnitude(re: Array, im: Array, *, xp: ModuleType) -> Array:
    """|re + i im|**2."""
    return re * re + im * im


def magnitude_to(power: float, re: Array, im: Array, *, xp: ModuleType) -> Array:
    """|re + i im|**power."""
    return squared_magnitude(re, im, xp=xp) if power == 2 else raised(magnitude(re, im, xp=xp), power, xp=xp)


@operation
def at_least(x: Array, floor: float, *, xp: ModuleType) -> Array:
    """x, or the floor where that is larger; NaN stays NaN."""
    return xp.maximum(x, floor)


@operation
def correlate(x: Array, kernels: Array, framing: Framing, *, xp: ModuleType) -> Array:
    """Inner products (..., time, kernel) of the frames of a signal (..., n) with kernels (kernel, n_fft)."""
    return _framed(x, framing, xp=xp) @ kernels.T


@operation
def superposed(re: Array, im: Array, cosines: Array, sines: Array, *, xp: ModuleType) -> Array:
    """Sums (..., n) of waves, cosines and sines (n, wave), by their amplitudes (..., wave)."""
    return re @ cosines.T + im @ sines.T


@operation
def unit_phases(rng: Any, shape: tuple[int, ...], *, like: Array, xp: ModuleType) -> Array:
    """Complex numbers of magnitude 1 and random phase from a seed or NumPy generator: the same on every library."""
    phases = host_functions().random_phases(rng, shape)
    return place(phases, xp=xp, dtype=complex_dtype(like, xp), device=device_of(like))


@operation
def iterate(
    step: Callable[[tuple[Array, ...], float], tuple[Array, ...]], state: tuple[Array, ...], numbers: Sequence[float], *, xp: ModuleType
) -> tuple[Array, ...]:
    """The state after one step for each of the numbers. A library that compiles need not unroll them."""
    for number in numbers:
        state = step(state, number)
    return state


def conjugate_gradients(normal: Callable[[Array], Array], target: Array, n_iter: int, *, xp: ModuleType) -> Array:
    """The x (..., n) with ``normal(x) = target`` for a symmetric operator that is nowhere negative, from 0 in `n_iter` steps.

    Lines of a batch go their own ways; one stays where it is once its residual has fallen to rounding.
    """
    rounding = float(xp.finfo(target.dtype).eps) ** 2

    def inner(a: Array, b: Array) -> Array:
        return xp.sum(a * b, axis=-1, keepdims=True)

    start = inner(target, target)

    def step(state: tuple[Array, ...], _: float) -> tuple[Array, ...]:
        x, residual, direction, size = state
        left = size > rounding * start
        image = normal(direction)
        steepness = inner(direction, image)
        stride = xp.where(left, size / xp.where(left & (steepness > 0), steepness, 1.0), 0.0)
        residual = residual - stride * image
        rest = inner(residual, residual)
        turn = xp.where(left, rest / xp.where(left, size, 1.0), 0.0)
        return x + stride * direction, residual, residual + turn * direction, rest

    return iterate(step, (xp.zeros_like(target), target, target, start), [0.0] * n_iter, xp=xp)[0]


@operation
def write(out: Array, value: Array, *, xp: ModuleType) -> Array:
    """Store a result in the caller's array, and give that back."""
    try:
        out[...] = value
    except TypeError as error:
        raise ParameterError(f"out={type(out).__name__}: this library's arrays cannot be written to; leave out=None") from error
    return out


@operation
def read_only(view: Array, *, xp: ModuleType) -> Array:
    """A view that cannot be written to, where a library has such."""
    return view


# --- hot loops -------------------------------------------------------------------------------------------------------------------


def picture(spectrum: Array, power: float | None, *, xp: ModuleType) -> Array:
    """The complex spectrum itself, or its magnitude to a power."""
    if power is None:
        return spectrum
    if power == 2:
        return squared_magnitude(xp.real(spectrum), xp.imag(spectrum), xp=xp)
    return raised(xp.abs(spectrum), power, xp=xp)


@operation
def raised(size: Array, power: float, *, xp: ModuleType) -> Array:
    """Magnitudes to a power, with gradient 0 at 0, where that of a root is infinite."""
    if power >= 1:
        return size if power == 1 else size**power
    silent = size == 0
    return xp.where(silent, 0.0, xp.where(silent, 1.0, size) ** power)


def _framed(x: Array, framing: Framing, *, xp: ModuleType) -> Array:
    return frame(pad(x, framing.padding, framing.padding, framing.pad_mode, xp=xp), framing.n_fft, framing.hop_length, xp=xp)


@operation
def spectra(
    x: Array,
    window: Array,
    framing: Framing,
    *,
    power: float | None = None,
    bank: Array | None = None,
    out: Array | None = None,
    xp: ModuleType,
) -> Array:
    """Frames of x (..., n) -> window -> spectrum -> complex, or magnitude to a power -> optional filter bank (bands, frequency).

    Returns (..., time, frequency or bands), stored in `out` if given.
    """
    values = picture(rfft(_framed(x, framing, xp=xp) * window, xp=xp), power, xp=xp)
    values = values if bank is None else banded(values, bank, xp=xp)
    return values if out is None else write(out, values, xp=xp)


@operation
def spectral_parts(x: Array, window: Array, framing: Framing, *, xp: ModuleType) -> tuple[Array, Array]:
    """Real and imaginary parts of `spectra`."""
    spectrum = spectra(x, window, framing, xp=xp)
    return xp.real(spectrum), xp.imag(spectrum)


@operation
def framewise(
    x: Array, window: Array, framing: Framing, then: Callable[..., tuple[Array, ...]], *kernels: Array, xp: ModuleType
) -> tuple[Array, ...]:
    """What `then(magnitudes, *kernels, xp=)` makes of the magnitudes (..., time, frequency) of `spectra`, of each frame by itself."""
    return then(spectra(x, window, framing, power=1, xp=xp), *kernels, xp=xp)


@operation
def banded(values: Array, bank: Array, *, xp: ModuleType) -> Array:
    """A filter bank (bands, frequency) applied to the last axis of a picture (..., time, frequency)."""
    return values @ bank.T


def window_sum(window: Array, n_frames: int, hop_length: int, *, xp: ModuleType) -> Array:
    """Overlap-added squares of a window."""
    squares = xp.broadcast_to(xp.reshape(window * window, (1, -1)), (n_frames, window.shape[-1]))
    return overlap_add(squares, hop_length, xp=xp)


def fit_samples(signal: Array, padding: int, length: int, *, xp: ModuleType) -> Array:
    """Cut `padding` samples off the front and bring the rest to `length`, with zeros where there is nothing."""
    available = signal.shape[-1] - padding
    if length <= available:
        return signal[..., padding : padding + length]
    return pad(signal[..., padding:], 0, length - available, "constant", xp=xp)


@operation
def synthesis(spectrum: Array, window: Array, framing: Framing, length: int, *, out: Array | None = None, xp: ModuleType) -> Array:
    """The signal (..., length) whose spectra (..., time, frequency) are nearest in the least-squares sense.

    Windowed overlap-add divided by the overlap-added squared window (Griffin & Lim 1984, eq. 6), where that is not zero.
    """
    frames = irfft(spectrum, framing.n_fft, xp=xp) * window
    signal = normalized_overlap_add(frames, window, framing, length, xp=xp)
    return signal if out is None else write(out, signal, xp=xp)


def normalized_overlap_add(frames: Array, window: Array, framing: Framing, length: int, *, xp: ModuleType) -> Array:
    """Overlap-added windowed frames over the overlap-added squared window, the padding cut off, `length` samples long."""
    weight = window_sum(window, frames.shape[-2], framing.hop_length, xp=xp)
    safe = xp.where(weight > xp.finfo(weight.dtype).smallest_normal, weight, 1.0)
    return fit_samples(overlap_add(frames, framing.hop_length, xp=xp) / safe, framing.padding, length, xp=xp)


@operation
def griffinlim(
    S: Array, phases: Array, window: Array, framing: Framing, *, n_iter: int, momentum: float, length: int, xp: ModuleType
) -> Array:
    """Fast Griffin-Lim (Perraudin, Balazs & Søndergaard 2013) on magnitudes (..., time, frequency) from unit phases of that shape.

    By real and imaginary parts: what records graphs takes few sums of complex numbers.
    """
    tiny = xp.finfo(S.dtype).smallest_normal

    def signal(re: Array, im: Array) -> Array:
        return synthesis(to_complex(re, im, xp=xp), window, framing, length, xp=xp)

    def step(state: tuple[Array, ...], push: float) -> tuple[Array, ...]:
        re, im, re_before, im_before = state
        re_now, im_now = spectral_parts(signal(re, im), window, framing, xp=xp)
        re, im = re_now - re_before * push, im_now - im_before * push
        scale = S / (magnitude(re, im, xp=xp) + tiny)
        return re * scale, im * scale, re_now, im_now

    re, im = S * xp.real(phases), S * xp.imag(phases)
    pushes = [0.0, *[momentum / (1 + momentum)] * n_iter][:n_iter]  # the first pass has nothing before it
    re, im, *_ = iterate(step, (re, im, xp.zeros_like(re), xp.zeros_like(im)), pushes, xp=xp)
    return signal(re, im)


# --- atoms on several rates ------------------------------------------------------------------------------------------------------


def _decimator(rate: Rate) -> Array:
    return rate.decimator()


def _pairs(rate: Rate, phase: int) -> Array:
    pairs = rate.pairs(phase)
    return host.reshape(pairs, (-1, pairs.shape[-1]))


def _rates(
    plan: Multirate, n_frames: int, like: Array, *, xp: ModuleType
) -> Iterator[tuple[Rate, int, int, Array, list[tuple[int, Array]]]]:
    """Each rate with its first sample, their number, its decimator, and for each phase the first sample of its frames and its atoms."""
    place_of: dict[str, Any] = {"xp": xp, "dtype": real_dtype(like, xp), "device": device_of(like)}
    for rate, (first, count) in zip(plan.rates, plan.layout(n_frames), strict=True):
        decimator = constant(_decimator, rate=rate, **place_of)
        phases = range(rate.phases if rate.atoms.shape[1] else 0)
        atoms = [(plan.begin(rate, phase) - first, constant(_pairs, rate=rate, phase=phase, **place_of)) for phase in phases]
        yield rate, first, count, decimator, atoms


@operation
def multirate_parts(x: Array, plan: Multirate, center: int, n_frames: int, *, xp: ModuleType) -> tuple[Array, Array]:
    """Real and imaginary parts of `multirate`."""
    whole = plan.whole(n_frames)
    signal, above = x, 0
    pieces: list[Array] = []
    for rate, first, count, decimator, atoms in _rates(plan, whole, x, xp=xp):
        if rate.ratio > 1:
            signal = signal[..., first * rate.ratio - rate.reach - above :]
            rows = _products(signal, decimator, ROW * rate.ratio, xp=xp)[..., : count // ROW, :]
            signal = xp.reshape(rows, (*x.shape[:-1], count))
        else:
            signal = excerpt(x, center + first, count, xp=xp)
        above = first
        if atoms:
            products = [_products(signal[..., begin:], bank, rate.hop, xp=xp)[..., : whole // rate.phases, :] for begin, bank in atoms]
            pairs = xp.reshape(xp.stack(products, axis=-2), (*x.shape[:-1], whole, 2, rate.atoms.shape[1]))
            pieces.insert(0, pairs)
    parts = xp.concat(pieces, axis=-1)[..., :n_frames, :, :]
    return parts[..., 0, :], parts[..., 1, :]


@operation
def multirate(x: Array, plan: Multirate, center: int, n_frames: int, *, power: float | None = None, xp: ModuleType) -> Array:
    """Inner products (..., time, bin) of x (..., n), zeros around it, with a plan's atoms: frame t is centred on sample center + t * hop.

    Complex, or magnitudes to a power.
    """
    re, im = multirate_parts(x, plan, center, n_frames, xp=xp)
    if power is None:
        return to_complex(re, im, xp=xp)
    return magnitude_to(power, re, im, xp=xp)


def _products(x: Array, kernels: Array, hop_length: int, *, xp: ModuleType) -> Array:
    return correlate(x, kernels, Framing(kernels.shape[-1], hop_length, center=False), xp=xp)


def excerpt(x: Array, first: int, count: int, *, xp: ModuleType) -> Array:
    """Samples first … first + count - 1 of x (..., n), with zeros before and behind it."""
    before, after = min(max(0, -first), count), min(max(0, first + count - x.shape[-1]), count)
    inside = x[..., max(0, first) : max(0, first) + count - before - after]
    return pad(inside, before, after, "constant", xp=xp)


@operation
def multirate_adjoint(C: Array, plan: Multirate, center: int, n_samples: int, *, xp: ModuleType) -> Array:
    """The sum (..., n) of a plan's atoms with complex coefficients (..., time, bin): the real part of the adjoint of `multirate`."""
    n_frames = C.shape[-2]
    whole = plan.whole(n_frames)
    batch = C.shape[:-2]
    missing = xp.zeros((*batch, whole - n_frames, C.shape[-1]), dtype=C.dtype, device=device_of(C))
    C = xp.concat([C, missing], axis=-2) if whole > n_frames else C
    signal: Array | None = None
    steps = list(_rates(plan, whole, C, xp=xp))
    for index in range(len(steps) - 1, -1, -1):
        rate, first, count, decimator, atoms = steps[index]
        chosen = xp.reshape(C[..., rate.bins], (*batch, whole // rate.phases, rate.phases, rate.atoms.shape[1]))
        for phase, (begin, bank) in enumerate(atoms):
            values = chosen[..., phase, :]
            frames = xp.concat([xp.real(values), xp.imag(values)], axis=-1) @ bank
            signal = _added(signal, overlap_add(frames, rate.hop, xp=xp), begin, count, xp=xp)
        if signal is not None and rate.ratio > 1:
            rows = xp.reshape(signal, (*batch, count // ROW, ROW)) @ decimator
            above, upper = steps[index - 1][1:3]
            risen = overlap_add(rows, ROW * rate.ratio, xp=xp)
            signal = excerpt(risen, above - (first * rate.ratio - rate.reach), upper, xp=xp)
    return excerpt(signal, -center - steps[0][1], n_samples, xp=xp)


def _added(total: Array | None, part: Array, begin: int, count: int, *, xp: ModuleType) -> Array:
    """A part that begins inside a line of `count` zeros, or added to what lies there."""
    line = excerpt(part, -begin, count, xp=xp)
    return line if total is None else total + line


def _tables(like: Array, builders: tuple[Any, Any], *, dual: bool, xp: ModuleType, **size: Any) -> tuple[Array, Array]:
    """A table of indices and one of weights, of a Gabor frame or its dual."""
    where: dict[str, Any] = {"xp": xp, "device": device_of(like), "large": True, **size}
    index = xp.arange(0, device=device_of(like)).dtype
    return constant(builders[0], dtype=index, **where), constant(builders[1], dtype=real_dtype(like, xp), dual=dual, **where)


@operation
def gabor(y: Array, frame: GaborFrame, n_frames: int, *, dual: bool = False, xp: ModuleType) -> Array:
    """Inner products (..., row, n_frames) of signals (..., n), zeros behind them, with the atoms of a frame or of its dual."""
    bins, weights = _tables(y, (band_bins, band_weights), frame=frame, n_frames=n_frames, dual=dual, xp=xp)
    padded = pad(y, 0, n_frames * frame.hop_length - y.shape[-1], "constant", xp=xp)
    return band_signals(fft(xp.astype(padded, complex_dtype(y, xp)), xp=xp), bins, weights, xp=xp)


@operation
def gabor_adjoint(C: Array, frame: GaborFrame, *, dual: bool, xp: ModuleType) -> Array:
    """The real part of the adjoint of `gabor`: signals (..., n_frames * hop_length). The dual frame's inverts `gabor`."""
    n_frames = C.shape[-1]
    n = n_frames * frame.hop_length
    points, weights = _tables(C, (layer_points, layer_weights), frame=frame, n_frames=n_frames, dual=dual, xp=xp)
    spectrum = band_spectrum(C, points, weights, layer_spans(frame, n), n, xp=xp)

    def folded(part: Array, sign: int) -> Array:  # a bin comes from bands of both its signs
        mirrored = xp.concat([part[..., :1], xp.flip(part[..., 1:], axis=-1)], axis=-1)
        return ((part + sign * mirrored) / 2)[..., : n // 2 + 1]

    return irfft(to_complex(folded(xp.real(spectrum), 1), folded(xp.imag(spectrum), -1), xp=xp), n, xp=xp)


@operation
def band_signals(spectrum: Array, bins: Array, weights: Array, *, xp: ModuleType) -> Array:
    """Signals (..., row, time) of bands of spectra (..., n): each row's spectrum is a choice of bins (flat), times weights (row, time)."""
    parts = (xp.take(part, bins, axis=-1) for part in (xp.real(spectrum), xp.imag(spectrum)))
    re, im = (xp.reshape(part, (*part.shape[:-1], *weights.shape)) * weights for part in parts)
    return ifft(to_complex(re, im, xp=xp), xp=xp)


@operation
def band_spectrum(signals: Array, points: Array, weights: Array, spans: Sequence[tuple[int, int]], n: int, *, xp: ModuleType) -> Array:
    """Spectra (..., n) of bands' signals (..., row, time): layers of points of the rows' spectra (flat), times weights, `joined`."""
    rows = fft(signals, xp=xp)

    def layered(part: Array) -> Array:
        flat = xp.reshape(part, (*part.shape[:-2], part.shape[-2] * part.shape[-1]))
        return joined(xp.take(flat, points, axis=-1) * weights, spans, n, xp=xp)

    return to_complex(layered(xp.real(rows)), layered(xp.imag(rows)), xp=xp)
