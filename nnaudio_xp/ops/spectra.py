"""The hot loops of the short-time Fourier transform: analysis, synthesis, and back and forth
between both.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import ModuleType

from .._namespace import Array
from ..geometry import Framing
from .arrays import write
from .complex import directions, magnitude, to_complex, to_power
from .dispatch import operation
from .fft import irfft, rfft
from .frames import framed, normalized_overlap_add
from .iterate import iterate
from .products import banded


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
    """Frames of x (..., n) -> window -> spectrum -> complex, or magnitude to a power -> optional
    filter bank (bands, frequency).

    Returns (..., time, frequency or bands), stored in `out` if given.
    """
    values = to_power(rfft(framed(x, framing, xp=xp) * window, xp=xp), power, xp=xp)
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
    """What `then(magnitudes, *kernels, xp=)` makes of the magnitudes (..., time, frequency) of
    `spectra`, of each frame by itself.
    """
    return then(spectra(x, window, framing, power=1, xp=xp), *kernels, xp=xp)


@operation
def blockwise(x: Array, framing: Framing, then: Callable[..., Array], *kernels: Array, xp: ModuleType) -> Array:
    """What `then(frames, *kernels, xp=)` makes of the frames (..., time, sample), of each by itself."""
    return then(framed(x, framing, xp=xp), *kernels, xp=xp)


@operation
def columnwise(then: Callable[..., Array], *arrays: Array, axis: int, xp: ModuleType) -> Array:
    """What `then(*arrays, xp=)` makes of complex and real arrays (..., frequency, time), or the other way
    round, of each time by itself. Time is an axis, -1 or -2, which is 1 long in what is the same for all.
    """
    return then(*arrays, xp=xp)


@operation
def by_windows(x: Array, windows: tuple[Array, ...], framing: Framing, then: Callable[..., Array], *, xp: ModuleType) -> Array:
    """What `then(*spectra, xp=)` makes of the `spectra` (..., time, frequency) by several windows, of each
    frame by itself. They come as functions, ``spectrum(xp=)``, and are made when they are needed.
    """
    return then(*(partial(spectra, x, window, framing) for window in windows), xp=xp)


@operation
def synthesis(spectrum: Array, window: Array, framing: Framing, length: int, *, out: Array | None = None, xp: ModuleType) -> Array:
    """The signal (..., length) whose spectra (..., time, frequency) are nearest in the
    least-squares sense.

    Windowed overlap-add divided by the overlap-added squared window (Griffin & Lim 1984, eq. 6),
    where that is not zero.
    """
    frames = irfft(spectrum, framing.n_fft, xp=xp) * window
    signal = normalized_overlap_add(frames, window, framing, length, xp=xp)
    return signal if out is None else write(out, signal, xp=xp)


@operation
def griffinlim(
    S: Array, phases: Array, window: Array, framing: Framing, *, n_iter: int, momentum: float, length: int, xp: ModuleType
) -> Array:
    """Fast Griffin-Lim (Perraudin, Balazs & Søndergaard 2013) on magnitudes (..., time, frequency)
    from unit phases of that shape.

    By real and imaginary parts: what records graphs takes few sums of complex numbers.
    """

    def signal(re: Array, im: Array) -> Array:
        return synthesis(to_complex(re, im, xp=xp), window, framing, length, xp=xp)

    def step(state: tuple[Array, ...], push: float) -> tuple[Array, ...]:
        re, im, re_before, im_before = state
        re_now, im_now = spectral_parts(signal(re, im), window, framing, xp=xp)
        re, im = re_now - re_before * push, im_now - im_before * push
        cosines, sines = directions(re, im, magnitude(re, im, xp=xp), xp=xp)
        return S * cosines, S * sines, re_now, im_now

    re, im = S * xp.real(phases), S * xp.imag(phases)
    pushes = [0.0, *[momentum / (1 + momentum)] * n_iter][:n_iter]  # the first pass has nothing before it
    re, im, *_ = iterate(step, (re, im, xp.zeros_like(re), xp.zeros_like(im)), pushes, xp=xp)
    return signal(re, im)
