"""Fourier transforms along the last axis; products with matrices where a library has none."""

from __future__ import annotations

import math
from types import ModuleType

from .._namespace import Array, device_of, host, place, real_dtype
from ..kernels.gabor import fast_length
from .complex import to_complex
from .dispatch import operation


@operation
def rfft(x: Array, *, xp: ModuleType) -> Array:
    """Spectrum of real frames along the last axis; a matrix product where the library has no
    FFT.
    """
    return xp.fft.rfft(x, axis=-1) if _has_fft(xp) else rfft_by_product(x, xp=xp)


@operation
def irfft(spectrum: Array, n: int, *, xp: ModuleType) -> Array:
    """Real frames of length n from their spectra; the inverse of `rfft`."""
    return xp.fft.irfft(spectrum, n=n, axis=-1) if _has_fft(xp) else irfft_by_product(spectrum, n, xp=xp)


@operation
def fft(x: Array, *, xp: ModuleType) -> Array:
    """Spectrum of complex frames along the last axis; a matrix product where the library has no
    FFT.
    """
    return xp.fft.fft(x, axis=-1) if _has_fft(xp) else fft_by_product(x, xp=xp)


@operation
def ifft(spectrum: Array, *, xp: ModuleType) -> Array:
    """Complex frames from their spectra; the inverse of `fft`."""
    return xp.fft.ifft(spectrum, axis=-1) if _has_fft(xp) else ifft_by_product(spectrum, xp=xp)


@operation
def even_spectrum(half: Array, n: int, *, xp: ModuleType) -> Array:
    """Spectrum of an even sequence of n numbers along the last axis, which is real and even: the
    first 1 + n // 2 of each.
    """
    whole = xp.concat([half, xp.flip(half[..., 1 : n - n // 2], axis=-1)], axis=-1)
    return xp.real(rfft(whole, xp=xp))


@operation
def autocorrelation(frames: Array, n_lags: int, *, xp: ModuleType) -> Array:
    """Sums of the products of frames (..., n) with themselves, 0 … n_lags - 1 samples later, which do not
    reach around.
    """
    size = fast_length(frames.shape[-1] + n_lags - 1)
    blank = xp.zeros((*frames.shape[:-1], size - frames.shape[-1]), dtype=frames.dtype, device=device_of(frames))
    spectrum = rfft(xp.concat([frames, blank], axis=-1), xp=xp)
    re, im = xp.real(spectrum), xp.imag(spectrum)
    power = re * re + im * im
    return irfft(to_complex(power, xp.zeros_like(power), xp=xp), size, xp=xp)[..., :n_lags]


def _has_fft(xp: ModuleType) -> bool:
    try:
        return hasattr(xp, "fft")
    except RuntimeError:  # array-api-strict with the extension switched off
        return False


LONGEST_PRODUCT = 512
"""Points of the longest complex transform that is done by one matrix: those of whole signals would
not fit into memory.
"""


def _turns(n: int, bins: int, samples: int, *, like: Array, xp: ModuleType) -> tuple[Array, Array]:
    """cos and sin of 2 pi k m / n for the first bins k and samples m."""
    angles = host.reshape(host.arange(bins), (-1, 1)) * host.arange(samples) % n * (2 * math.pi / n)
    dtype, device = real_dtype(like, xp), device_of(like)
    return place(host.cos(angles), xp=xp, dtype=dtype, device=device), place(host.sin(angles), xp=xp, dtype=dtype, device=device)


def _factor(n: int) -> int:
    """The smaller factor of a length that is too great for one matrix; 1 where there is none, or no
    need.
    """
    return next(p for p in range(math.isqrt(n), 0, -1) if n % p == 0) if n > LONGEST_PRODUCT else 1


def rfft_by_product(x: Array, *, xp: ModuleType) -> Array:
    """Spectrum of real frames as a matrix product, or as products with the two factors of a great
    length, as `fft_by_product` has them.
    """
    n = int(x.shape[-1])  # matrices have a size, also where `torch.jit.trace` makes tensors of sizes
    if _factor(n) > 1:
        re, im = _fourier_parts(x, None, xp=xp)
        return to_complex(re[..., : 1 + n // 2], im[..., : 1 + n // 2], xp=xp)
    cos, sin = _turns(n, 1 + n // 2, n, like=x, xp=xp)
    return to_complex(x @ cos.T, -(x @ sin.T), xp=xp)


def irfft_by_product(spectrum: Array, n: int, *, xp: ModuleType) -> Array:
    """Real frames of length n from their spectra as a matrix product, or as several where one would
    be too large.
    """
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
    """Spectrum of complex frames as matrix products: of one matrix, or of two factors of a great
    length (Cooley & Tukey 1965).
    """
    return to_complex(*_fourier_parts(xp.real(x), xp.imag(x), xp=xp), xp=xp)


def ifft_by_product(spectrum: Array, *, xp: ModuleType) -> Array:
    """Complex frames from their spectra as matrix products."""
    re, im = _fourier_parts(xp.real(spectrum), -xp.imag(spectrum), xp=xp)
    return to_complex(re, -im, xp=xp) / spectrum.shape[-1]


def _fourier_parts(re: Array, im: Array | None, *, xp: ModuleType) -> tuple[Array, Array]:
    """Real and imaginary parts of spectra of complex frames, or of real ones: what records graphs
    takes no products of complex numbers.
    """
    n = int(re.shape[-1])
    p = _factor(n)
    q = n // p
    if p == 1:
        cos, sin = _turns(n, n, n, like=re, xp=xp)
        return (re @ cos, -(re @ sin)) if im is None else (re @ cos + im @ sin, im @ cos - re @ sin)

    def columns(part: Array) -> Array:
        return xp.matrix_transpose(xp.reshape(part, (*part.shape[:-1], p, q)))

    # x[q a + b] -> bins c of the p samples a, turned by b c / n -> bins d of the q samples b -> X[c
    # + p d]
    cos, sin = _turns(n, q, p, like=re, xp=xp)
    shape = re.shape
    re, im = _fourier_parts(columns(re), None if im is None else columns(im), xp=xp)
    turned = xp.matrix_transpose(re * cos + im * sin), xp.matrix_transpose(im * cos - re * sin)
    re, im = (xp.reshape(xp.matrix_transpose(part), shape) for part in _fourier_parts(*turned, xp=xp))
    return re, im
