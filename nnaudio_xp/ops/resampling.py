"""Changes of the sampling rate by any ratio."""

from __future__ import annotations

import math
from types import ModuleType

from .._namespace import Array, device_of, host, real_dtype
from ..kernels.resampling import phase_filter
from .complex import to_complex
from .constants import constant
from .dispatch import operation
from .fft import irfft, rfft
from .frames import frame, pad

LARGEST_BLOCK = 2**22
"""Numbers that are gathered at once."""


@operation
def weighted_rows(x: Array, first: Array, weights: Array, *, xp: ModuleType) -> Array:
    """For each of m rows of weights (m, taps) its sum with as many samples of x (..., n) from its
    first one on: (..., m). Indices lie within x.
    """
    taps = weights.shape[-1]
    block = max(1, LARGEST_BLOCK // max(1, taps * math.prod(x.shape[:-1])))
    rows = frame(x, taps, 1, xp=xp)
    parts = []
    for start in range(0, max(1, weights.shape[0]), block):
        part = slice(start, min(start + block, weights.shape[0]))
        parts.append(xp.sum(xp.take(rows, first[part], axis=-2) * weights[part, :], axis=-1))
    return parts[0] if len(parts) == 1 else xp.concat(parts, axis=-1)


@operation
def by_spectrum(x: Array, n_samples: int, *, xp: ModuleType) -> Array:
    """A signal (..., n) that is taken for one period, at `n_samples` points of it: its spectrum cut
    off, or followed by zeros.
    """
    n = x.shape[-1]
    shorter = min(n, n_samples)
    spectrum = rfft(x, xp=xp)[..., : shorter // 2 + 1]
    re, im = xp.real(spectrum), xp.imag(spectrum)
    if shorter % 2 == 0 and n != n_samples:  # the Nyquist frequency of the shorter one stands for both its sides
        last = xp.arange(re.shape[-1], device=device_of(x)) == shorter // 2
        weights = 1 + xp.astype(last, re.dtype) * (1.0 if n_samples < n else -0.5)
        re, im = re * weights, im * weights
    missing = n_samples // 2 - shorter // 2
    re, im = (pad(part, 0, missing, "constant", xp=xp) for part in (re, im))
    return irfft(to_complex(re, im, xp=xp), n_samples, xp=xp) * (n_samples / n)


@operation
def by_phases(x: Array, up: int, down: int, *, xp: ModuleType) -> Array:
    """A signal (..., n) at up / down times its rate, ceil(n * up / down) samples of it, as
    `scipy.signal.resample_poly` makes them.
    """
    table = constant(phase_filter, xp=xp, dtype=real_dtype(x, xp), device=device_of(x), large=True, up=up, down=down)
    reach = (table.shape[-1] - 1) // 2
    places = host.arange(-(-x.shape[-1] * up // down)) * down
    first, phase = (xp.asarray(values, device=device_of(x)) for values in (places // up, places % up))
    return weighted_rows(pad(x, reach, reach, "constant", xp=xp), first, xp.take(table, phase, axis=0), xp=xp)


@operation
def by_library(x: Array, orig_sr: float, target_sr: float, res_type: str, *, xp: ModuleType) -> Array | None:
    """What the library behind a name of `librosa.resample` makes of a signal (..., n): soxr, resampy or
    samplerate; None where it is not installed, or takes no such arrays.
    """
    return None
