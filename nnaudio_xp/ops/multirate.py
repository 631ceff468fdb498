"""Inner products with long atoms, taken at lower rates: the exact constant-Q and its adjoint."""

from __future__ import annotations

from collections.abc import Iterator
from types import ModuleType
from typing import Any

from .._namespace import Array, device_of, host, real_dtype
from ..geometry import Framing
from ..kernels.multirate import ROW, MultiratePlan, Rate
from .complex import magnitude_to, to_complex
from .constants import constant
from .dispatch import operation
from .frames import excerpt, overlap_add
from .products import correlate


@operation
def multirate_products(x: Array, plan: MultiratePlan, center: int, n_frames: int, *, power: float | None = None, xp: ModuleType) -> Array:
    """Inner products (..., time, bin) of x (..., n), zeros around it, with a plan's atoms: frame t
    is centred on sample center + t * hop.

    Complex, or magnitudes to a power.
    """
    re, im = multirate_product_parts(x, plan, center, n_frames, xp=xp)
    if power is None:
        return to_complex(re, im, xp=xp)
    return magnitude_to(power, re, im, xp=xp)


@operation
def multirate_product_parts(x: Array, plan: MultiratePlan, center: int, n_frames: int, *, xp: ModuleType) -> tuple[Array, Array]:
    """Real and imaginary parts of `multirate_products`."""
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
def multirate_adjoint(C: Array, plan: MultiratePlan, center: int, n_samples: int, *, xp: ModuleType) -> Array:
    """The sum (..., n) of a plan's atoms with complex coefficients (..., time, bin): the real part
    of the adjoint.
    """
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


def _decimator(rate: Rate) -> Array:
    return rate.decimator()


def _pairs(rate: Rate, phase: int) -> Array:
    pairs = rate.pairs(phase)
    return host.reshape(pairs, (-1, pairs.shape[-1]))


def _rates(
    plan: MultiratePlan, n_frames: int, like: Array, *, xp: ModuleType
) -> Iterator[tuple[Rate, int, int, Array, list[tuple[int, Array]]]]:
    """Each rate with its first sample, their number, its decimator, and for each phase the first
    sample of its frames and its atoms.
    """
    place_of: dict[str, Any] = {"xp": xp, "dtype": real_dtype(like, xp), "device": device_of(like)}
    for rate, (first, count) in zip(plan.rates, plan.layout(n_frames), strict=True):
        decimator = constant(_decimator, rate=rate, **place_of)
        phases = range(rate.phases if rate.atoms.shape[1] else 0)
        atoms = [(plan.begin(rate, phase) - first, constant(_pairs, rate=rate, phase=phase, **place_of)) for phase in phases]
        yield rate, first, count, decimator, atoms


def _products(x: Array, kernels: Array, hop_length: int, *, xp: ModuleType) -> Array:
    return correlate(x, kernels, Framing(kernels.shape[-1], hop_length, center=False), xp=xp)


def _added(total: Array | None, part: Array, begin: int, count: int, *, xp: ModuleType) -> Array:
    """A part that begins inside a line of `count` zeros, or added to what lies there."""
    line = excerpt(part, -begin, count, xp=xp)
    return line if total is None else total + line
