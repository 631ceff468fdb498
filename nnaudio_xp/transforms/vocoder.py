"""The phase vocoder: spectra at other times than those they were measured at."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from .. import ops
from .._backends import constant_in_graphs, decided_once, host_functions
from .._namespace import (
    Array,
    Device,
    Dtype,
    check_on_host,
    device_of,
    host,
    integer_dtype,
    is_array,
    is_floating,
    namespace,
    place,
    real_dtype,
)
from ..errors import ParameterError, as_positive, check_size, shown, warn

SPLINES = {"quadratic": 2, "cubic": 3}
KINDS = ("linear", "nearest", "nearest-up", "zero", "slinear", "quadratic", "cubic", "previous", "next")


@dataclass(frozen=True)
class Times:
    """Times in frames, counted from 0 and not whole: the frames before them, and how far they lie
    behind these; and what they are on the host, by their rate or one by one, if they are there.
    """

    before: Array
    past: Array
    known: Any


def times_at_rate(rate: Any, n_frames: int, *, like: Array, xp: ModuleType) -> Times:
    """Every `rate` frames."""
    rate = as_positive("rate", rate)
    given = math.prod(like.shape)
    check_size("the spectrogram", [given / n_frames, n_frames / rate], {"rate": rate}, each=16, given=given)
    return Times(*_evenly(rate, n_frames, xp, real_dtype(like, xp), device_of(like)), rate)


@constant_in_graphs
def _evenly(rate: float, n_frames: int, xp: ModuleType, dtype: Dtype, device: Device) -> tuple[Array, Array]:
    return _split(host.arange(0.0, n_frames, rate), xp, dtype, device)


def _split(times: Array, xp: ModuleType, dtype: Dtype, device: Device) -> tuple[Array, Array]:
    """Host numbers as whole frames and what is left of them, which is rounded once."""
    whole = host.floor(times)
    return (
        place(host.astype(whole, host.int64), xp=xp, dtype=integer_dtype(xp), device=device),
        place(times - whole, xp=xp, dtype=dtype, device=device),
    )


def times_given(t_out: Any, n_frames: int, *, like: Array, xp: ModuleType) -> Times:
    """The caller's times: numbers of the host are looked at; those of other libraries are held
    between the first and the last frame.
    """
    if is_array(t_out) and namespace(t_out) is not host:
        namespace(like, t_out)  # another library's is refused
        if t_out.ndim != 1 or 0 in t_out.shape:
            raise ParameterError(f"t_out has shape {tuple(t_out.shape)}: it must be one-dimensional, and not empty")
        times = xp.astype(t_out, t_out.dtype if is_floating(t_out, xp) else real_dtype(like, xp), copy=False)
        whole = xp.clip(xp.floor(ops.fixed(times, xp=xp)), 0, n_frames - 1)
        return Times(xp.astype(whole, integer_dtype(xp)), xp.astype(times - whole, real_dtype(like, xp), copy=False), None)
    times = check_on_host(t_out, name="t_out")
    if times.ndim != 1 or not times.size or not host.isdtype(times.dtype, ("real floating", "integral")):
        raise ParameterError(f"t_out={shown(t_out)} must be one-dimensional real numbers, one at least")
    if not ((times >= 0) & (times < n_frames)).all():
        raise ParameterError(
            f"t_out must lie from 0 up to, not including, the {n_frames} frames of D: it has {times.min()} and {times.max()}"
        )
    if (times[1:] < times[:-1]).any():
        warn("t_out is not monotonic; phase estimation may be unstable")
    times = host.astype(times, host.float64)
    return Times(*_split(times, xp, real_dtype(like, xp), device_of(like)), times)


def times_made(times: Callable[[], Array], *, like: Array, xp: ModuleType) -> Times:
    """Numbers that are made on the host, and lie between the first frame and the last."""
    return Times(*_placed(times, xp, real_dtype(like, xp), device_of(like)), None)


@constant_in_graphs
def _placed(times: Callable[[], Array], xp: ModuleType, dtype: Dtype, device: Device) -> tuple[Array, Array]:
    return _split(times(), xp, dtype, device)


def vocoded(rows: Array, times: Times, kind: Any, *, xp: ModuleType) -> Array:
    """Spectra (..., time, frequency) at the given times.

    Magnitudes are interpolated. From each frame of the result to the next, a phase goes on by as much
    as from the frame before its time to the frame after (Ellis, "A phase vocoder in Matlab", 2002).
    """
    if 0 in rows.shape[:-2]:
        return _lines(rows, times, kind, xp=xp)
    shape = (*rows.shape[:-2], times.before.shape[0], 1)
    before, past = (xp.broadcast_to(xp.reshape(values, (-1, 1)), shape) for values in (times.before, times.past))

    def some(rows: Array, before: Array, past: Array, *, xp: ModuleType) -> Array:
        first = (0,) * (rows.ndim - 2)  # all clips have the same times
        return _lines(rows, Times(before[(*first, slice(None), 0)], past[(*first, slice(None), 0)], times.known), kind, xp=xp)

    return ops.columnwise(some, rows, before, past, axis=-1, xp=xp)


def _lines(rows: Array, times: Times, kind: Any, *, xp: ModuleType) -> Array:
    """Spectra of some frequencies, as `vocoded` has them."""
    re, im = xp.real(rows), xp.imag(rows)
    angles = ops.angle(re, im, xp=xp)
    turns = xp.concat([angles[..., 1:, :] - angles[..., :-1, :], xp.zeros_like(angles[..., :1, :])], axis=-2)
    first = xp.take(angles, times.before[:1], axis=-2)
    phases = summed_phases(xp.concat([first, xp.take(turns, times.before[:-1], axis=-2)], axis=-2), xp=xp)
    sizes = interpolated(ops.modulus(rows, xp=xp), times, kind, xp=xp)
    return ops.to_complex(sizes * xp.cos(phases), sizes * xp.sin(phases), xp=xp)


@decided_once(16)
def _widest(xp: ModuleType) -> Dtype:
    """The widest real numbers of a library: JAX's depend on a setting."""
    dtypes = xp.__array_namespace_info__().dtypes(kind="real floating")
    return dtypes.get("float64", dtypes["float32"])


def summed_phases(turns: Array, *, xp: ModuleType) -> Array:
    """Sums of phases from the first frame on, in float64 where there is such, less whole turns: those
    of long clips are large numbers.
    """
    total = ops.running_sum(xp.astype(turns, _widest(xp), copy=False), axis=-2, xp=xp)
    whole = xp.round(ops.fixed(total, xp=xp) / (2 * math.pi))
    return xp.astype(total - whole * (2 * math.pi), turns.dtype, copy=False)


def interpolated(rows: Array, times: Times, kind: Any, *, xp: ModuleType) -> Array:
    """Rows (..., time, frequency) between frames; behind the last one lines go on, and steps stay."""
    n, before, past = rows.shape[-2], times.before, xp.reshape(times.past, (-1, 1))
    order = SPLINES.get(kind, kind)
    if isinstance(order, int) and order > 1:
        return spline_matrix(times, n, order, like=rows, xp=xp) @ rows
    if kind in ("linear", "slinear", 1):
        start = xp.clip(before, 0, max(n - 2, 0))
        here, there = (xp.take(rows, frames, axis=-2) for frames in (start, xp.clip(start + 1, 0, n - 1)))
        return here + (past + xp.reshape(xp.astype(before - start, past.dtype), (-1, 1))) * (there - here)
    late = {"nearest": times.past > 0.5, "nearest-up": times.past >= 0.5, "next": times.past > 0}.get(kind, times.past < 0)
    return xp.take(rows, xp.clip(before + xp.astype(late, before.dtype), 0, n - 1), axis=-2)


def checked_kind(kind: Any, n_frames: int, *, name: str = "D") -> Any:
    """A kind of interpolation that SciPy knows: a name, or the order of a spline."""
    order = SPLINES.get(kind, kind) if isinstance(kind, str) else kind
    if not (isinstance(order, int) and not isinstance(order, bool) and order >= 0) and order not in KINDS:
        raise ParameterError(f"kind={kind!r} must be one of {', '.join(map(repr, KINDS))}, or the order of a spline")
    if isinstance(order, int) and order > 1 and n_frames <= order:
        what = "frames" if name == "D" else "samples"
        raise ParameterError(f"kind={kind!r} needs at least {order + 1} {what}: {name} has {n_frames}")
    return "zero" if order == 0 else kind


def spline_matrix(times: Times, n: int, order: int, *, like: Array, xp: ModuleType) -> Array:
    """The matrix (time, frame) by which a spline through all frames is evaluated."""
    if times.known is None:
        raise ParameterError("t_out is on no host: a spline can only be evaluated at times that are NumPy's numbers or a list")
    count = times.before.shape[0]
    check_size("the spline's matrix", [count, n], f"a spline through {n} frames, evaluated {count} times,")
    return _spline_matrix(times.known, n, order, xp, real_dtype(like, xp), device_of(like))


@constant_in_graphs
def _spline_matrix(known: Any, n: int, order: int, xp: ModuleType, dtype: Dtype, device: Device) -> Array:
    times = host.arange(0.0, n, known) if isinstance(known, float) else known
    return place(host_functions().spline_matrix(times, n, order), xp=xp, dtype=dtype, device=device)
