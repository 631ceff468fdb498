"""The constant-Q of close frames on NumPy, in single precision: products of spectra, and their
aliases folded onto the frame rate's.

One transform of a stretch of signal serves all bins that are applied at lower rates. The product of
its spectrum with an atom's is the spectrum of the bin at the signal's own rate; every hop-th sample
of the bin has the sum of the aliases for its spectrum, and this much shorter one is transformed
back. The cost hardly depends on the hop, where that of matrix products is proportional to the
frames.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import scipy.fft

from nnaudio_xp.kernels.constant_q import Atom
from nnaudio_xp.kernels.multirate import MultiratePlan, response

from .blocks import scratch
from .rows import Array

_STRETCH = 2**17
"""Samples that are transformed at once if there are as many."""

_PER_FFT, _PER_POINT, _PER_CALL = 18, 30, 75_000
"""Costs in multiplications of a matrix product: of a point of a transform per doubling, of a point
of a product, and of a call.
"""


def _doublings(n: int) -> float:
    """log2 of n, and more if it has large prime factors."""
    total, factor = 0.0, 2
    while n > 1:
        while n % factor == 0:
            n, total = n // factor, total + factor / 2
        factor += 1
    return total


def _lower(plan: MultiratePlan) -> list[tuple[int, Atom]]:
    """The atoms that are applied at lower rates, the lowest bins, with their rates' decimation."""
    return [(rate.step, atom) for rate in reversed(plan.rates[1:]) for atom in plan.bank[rate.bins]]


@lru_cache(maxsize=64)
def margins(plan: MultiratePlan) -> tuple[int, int]:
    """Hops that the atoms reach before and behind a frame's centre."""
    first = min(atom.start for atom in plan.bank)
    last = max(atom.start + atom.samples.shape[0] for atom in plan.bank)
    return -(first // plan.hop_length), -(-last // plan.hop_length)


def hops_for(plan: MultiratePlan, n_frames: int) -> int:
    """The length of a stretch in hops: the least of few that all frames fit in, or else the
    longest.
    """
    most = max(_STRETCH // plan.hop_length, 2 * sum(margins(plan)))
    needed = min(n_frames + sum(margins(plan)), most)
    quarter = 1 << max(0, (needed - 1).bit_length() - 3)
    return -(-needed // quarter) * quarter  # 4 … 8 times a power of 2: not every length of clip has its own responses


@lru_cache(maxsize=64)
def is_cheaper(plan: MultiratePlan, products: float) -> bool:
    """Whether folding takes less time on a long signal than so many multiplications per frame."""
    atoms, n_hops = _lower(plan), hops_for(plan, _STRETCH)
    points = sum(plan.hop_length / step + 2 for step, _ in atoms)
    transforms = plan.hop_length * _doublings(plan.hop_length * n_hops) + len(atoms) * _doublings(n_hops)
    stretch = n_hops * (_PER_FFT * transforms + _PER_POINT * points) + _PER_CALL * len(atoms)
    return bool(atoms) and stretch < products * (n_hops - sum(margins(plan)))


@lru_cache(maxsize=4)
def _responses(plan: MultiratePlan, n_hops: int) -> list[tuple[int, Array]]:
    responses = (response(atom, step, plan.hop_length, n_hops) for step, atom in _lower(plan))
    return [(first, rows.astype(np.complex64)) for first, rows in responses]


def fold(signal: Array, plan: MultiratePlan, n_hops: int, pairs: Array) -> None:
    """The lower rates' products (time, re and im of each bin in turn) with a stretch of signal that
    has the atoms' margins around it.
    """
    responses = _responses(plan, n_hops)
    half = scipy.fft.rfft(signal)
    zero = -min(first for first, _ in responses) * n_hops
    reach = min(zero, half.shape[0] - 1)  # less than a row if every sample has a frame
    spectrum = scratch("folding spectrum", (2 * zero,), half.dtype)
    spectrum[: zero - reach], spectrum[zero + reach :] = 0, 0
    spectrum[zero : zero + reach] = half[:reach]
    np.conjugate(half[reach:0:-1], out=spectrum[zero - reach : zero])
    points = spectrum.reshape(-1, n_hops)
    folded = scratch("folding bins", (len(responses), n_hops), half.dtype)
    for (first, rows), bin_spectrum in zip(responses, folded, strict=True):
        begin = zero // n_hops + first
        product = scratch("folding product", rows.shape, half.dtype)
        np.multiply(points[begin : begin + rows.shape[0]], rows, out=product)
        np.add.reduce(product, axis=0, out=bin_spectrum)
    before, n_frames = margins(plan)[0], pairs.shape[0]
    bins = scipy.fft.ifft(folded, axis=-1, overwrite_x=True)
    pairs.view(half.dtype)[:, : len(responses)] = bins[:, before : before + n_frames].T
