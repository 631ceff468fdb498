"""Spectra and tempograms between their frequencies."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, as_floating, device_of, host, integer_dtype, namespace, place, real_dtype
from ..errors import ParameterError, is_truth, one_of, plain, shown

KINDS = ("linear", "slinear", "nearest", "nearest-up", "zero", "previous", "next")


@dataclass(frozen=True)
class Between:
    """Where wanted frequencies lie among given ones: the indices of those below and above, the share of
    the one above, and whether there are both.
    """

    below: Array
    above: Array
    share: Array
    inside: Array


def located(freqs: Any, wanted: Any, kind: Any, *, like: Array, xp: ModuleType) -> Between:
    """Where frequencies (...) lie among those of a spectrum (n,), in any order; such as are not finite
    count as absent. Numbers of the host are compared in float64.
    """
    kind = one_of("kind", kind, KINDS)
    (_, freqs), (_, wanted) = as_floating(freqs, name="freqs"), as_floating(wanted, name="frequencies")
    space = host if namespace(freqs) is host and namespace(wanted) is host else xp
    if space is not host:
        freqs, wanted = (_brought(values, like, xp=xp) for values in (freqs, wanted))
    found = _located(freqs, wanted, kind, xp=space)
    if space is xp and xp is not host:
        return found
    device, real, index = device_of(like), real_dtype(like, xp), integer_dtype(xp)
    return Between(
        place(found.below, xp=xp, dtype=index, device=device),
        place(found.above, xp=xp, dtype=index, device=device),
        place(found.share, xp=xp, dtype=real, device=device),
        xp.asarray(found.inside, device=device),
    )


def _brought(values: Array, like: Array, *, xp: ModuleType) -> Array:
    dtype = real_dtype(like, xp)
    if namespace(values) is host:
        return place(values, xp=xp, dtype=dtype, device=device_of(like))
    namespace(values, like)  # another library's is refused
    return xp.astype(values, dtype, copy=False)


def _located(freqs: Array, wanted: Array, kind: str, *, xp: ModuleType) -> Between:
    known = xp.isfinite(freqs)
    lined_up = xp.where(known, freqs, xp.inf)
    order = xp.argsort(lined_up)
    ordered = xp.take(lined_up, order)
    last = xp.sum(xp.astype(known, order.dtype)) - 1
    top = xp.take(ordered, xp.reshape(last, (1,)))
    flat = xp.reshape(wanted, (-1,))
    after = xp.astype(xp.searchsorted(ordered, flat), order.dtype)
    after = xp.clip(xp.minimum(after, last), 1, freqs.shape[0] - 1)
    low, high = xp.take(ordered, after - 1), xp.take(ordered, after)
    inside = (flat >= ordered[:1]) & (flat <= top)
    gap = high - low
    share = xp.where(inside & (gap > 0), (flat - low) / xp.where(gap > 0, gap, 1.0), 0.0)
    if kind not in ("linear", "slinear"):
        late = {"nearest": share > 0.5, "nearest-up": share >= 0.5, "next": share > 0}.get(kind, share >= 1)
        share = xp.astype(late, share.dtype)
    below, above = xp.take(order, after - 1), xp.take(order, after)
    return Between(*(xp.reshape(part, wanted.shape) for part in (below, above, share, inside)))


def check_fill(fill_value: Any) -> None:
    """Raise unless it is a number, which may be infinite or NaN."""
    if isinstance(fill_value, str | bytes) or is_truth(fill_value) or not isinstance(plain(fill_value), int | float):
        raise ParameterError(f"fill_value={shown(fill_value)} must be a number")


def check_frequencies(freqs: Any, x: Array) -> None:
    """Raise unless there is a frequency for each row of a spectrum (..., frequency, time), two at least."""
    shape = tuple(getattr(freqs, "shape", (len(freqs),)))
    if shape != (x.shape[-2],) or shape[0] < 2:
        raise ParameterError(
            f"freqs has shape {shape}: it must be one-dimensional, with one for each row of {tuple(x.shape)}, two at least"
        )


def at_frequencies(x: Array, places: Between, fill_value: float, *, axis: int = -2, xp: ModuleType) -> Array:
    """A spectrum (..., frequency, ...) at the same frequencies (...) in all frames: their dimensions
    come in the place of the frequency's.
    """
    axis %= x.ndim
    shape, rest = tuple(places.below.shape), x.ndim - axis - 1
    low, high = (
        xp.reshape(xp.take(x, xp.reshape(rows, (-1,)), axis=axis), (*x.shape[:axis], *shape, *x.shape[axis + 1 :]))
        for rows in (places.below, places.above)
    )
    share, inside = (xp.reshape(part, (*shape, *(1,) * rest)) for part in (places.share, places.inside))
    return xp.where(inside, low + share * (high - low), fill_value)


def at_own_frequencies(x: Array, places: Between, fill_value: float, *, xp: ModuleType) -> Array:
    """A spectrum (..., frequency, time) at frequencies (..., time, k) of each frame's own: (..., k, time)."""
    rows = xp.matrix_transpose(x)
    shape = (*rows.shape[:-1], places.below.shape[-1])
    low, high = (ops.take_along(rows, xp.broadcast_to(indices, shape), xp=xp) for indices in (places.below, places.above))
    values = low + places.share * (high - low)
    return xp.matrix_transpose(xp.where(places.inside & ~xp.isnan(values), values, fill_value))
