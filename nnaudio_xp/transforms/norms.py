"""Slices of an array brought to unit norm."""

from __future__ import annotations

import math
from types import ModuleType

from .. import ops
from .._namespace import Array
from ..kernels.norms import p_norm


def by_peak(rows: Array, *, xp: ModuleType) -> tuple[Array, Array]:
    """Rows (..., n) in units of their peaks, and these; as they are, without a gradient, where they are
    faint.
    """
    peak = ops.fixed(xp.max(xp.abs(rows), axis=-1, keepdims=True), xp=xp)
    quiet = peak < ops.faint(rows, xp=xp)
    unit = xp.where(quiet, xp.ones_like(peak), peak)
    return ops.held(rows, quiet, xp=xp) / unit, unit


def to_unit_norm(
    S: Array, norm: float | None, axis: int | None, *, threshold: float | None = None, fill: bool | None = None, xp: ModuleType
) -> Array:
    """The formula of `util.normalize` in single or double precision: slices whose norm is below a
    threshold, by default the smallest normal number, stay as they are, or are filled.
    """
    if norm is None or 0 in S.shape:
        return S
    if axis in (-1, S.ndim - 1):
        S = ops.in_rows(S, xp=xp)
    size = ops.modulus(S, xp=xp)
    peak = ops.fixed(xp.max(size, axis=axis, keepdims=True), xp=xp)  # a norm in its units does not depend on it
    length = p_norm(ops.held(size, peak < ops.faint(size, xp=xp), xp=xp), norm, axis, peak=peak, xp=xp)
    small = length < (float(xp.finfo(size.dtype).smallest_normal) if threshold is None else threshold)
    scaled = ops.quotient(S, xp.astype(xp.where(small, xp.ones_like(length), length), size.dtype, copy=False), xp=xp)
    if fill is None:
        return scaled
    count = math.prod(S.shape) if axis is None else S.shape[axis]
    filling = (1.0 if abs(norm) == math.inf else count ** (-1 / norm)) if fill else 0.0
    return xp.where(small, xp.full_like(S, filling), scaled)
