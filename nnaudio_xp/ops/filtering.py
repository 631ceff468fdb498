"""Filters that go through a signal from its first number to its last: running maxima, and recursive
filters as products of matrices.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any

from .._backends import constant_in_graphs
from .._namespace import Array, Device, device_of, host, integer_dtype, place
from .constants import constant
from .dispatch import operation
from .frames import pad, padding_indices

BLOCK = 64
"""Numbers whose outputs follow from one product; what goes on behind them follows from what they
leave.
"""


@operation
def maximum_filter(x: Array, size: int, *, axis: int, before: int | None = None, xp: ModuleType) -> Array:
    """The largest of `size` neighbours of each number along an axis, `before` of them before it, by
    default `size // 2`: fewer at both ends. What is no number is the largest of all windows that it lies in.

    Maxima of 1, 2, 4, … neighbours are made of each other, the last one of two that overlap.
    """
    n, rest = x.shape[axis], (slice(None),) * (x.ndim - 1 - axis % x.ndim)
    places = xp.arange(n + size - 1, device=device_of(x)) - (size // 2 if before is None else before)
    rows, width = xp.take(x, padding_indices(places, n, "edge", xp=xp), axis=axis), 1

    def larger(shift: int, count: int) -> Array:
        return xp.maximum(rows[(..., slice(count), *rest)], rows[(..., slice(shift, shift + count), *rest)])

    while 2 * width <= size:
        rows, width = larger(width, n + size - 2 * width), 2 * width
    return larger(size - width, n)


@operation
def leaky_sum(x: Array, coef: Any, *, xp: ModuleType) -> Array:
    """Each number (..., n) plus `coef` times the output before it, which is 0 in the beginning. The
    coefficient is a number, or an array () or (..., 1) that has a gradient.

    Blocks are filtered by themselves. What each hands on to the next is such a sum, too, of their last
    outputs, and fades away in the block that it comes to.
    """
    return _leaky_sum(x, coef, 3, xp=xp)


def _leaky_sum(x: Array, coef: Any, levels: int, *, xp: ModuleType) -> Array:
    """With blocks of blocks on so many levels at least, and two blocks on each: one graph serves all
    lengths that need no more.
    """
    n, device = x.shape[-1], device_of(x)
    traced = not isinstance(coef, float | int)
    fading = _traced_fading(coef, xp=xp) if traced else constant(_fading, coef=coef, xp=xp, dtype=x.dtype, device=device)
    count = n // BLOCK + 2
    blocks = xp.reshape(pad(x, 0, count * BLOCK - n, "constant", xp=xp), (*x.shape[:-1], count, BLOCK))
    outputs = blocks @ xp.matrix_transpose(fading)
    if levels or n > BLOCK:
        handed = _leaky_sum(outputs[..., :-1, -1], coef**BLOCK, max(0, levels - 1), xp=xp)
        before = xp.concat([xp.zeros((*x.shape[:-1], 1), dtype=x.dtype, device=device), handed], axis=-1)
        outputs = outputs + xp.expand_dims(before, axis=-1) * (xp.matrix_transpose(fading[..., :1]) * fading[..., 1:2, :1])
    return xp.reshape(outputs, (*x.shape[:-1], count * BLOCK))[..., :n]


def _fading(*, coef: float) -> Array:
    """What is left in an output (row) of an input (column)."""
    late = host.arange(BLOCK)[:, None] - host.arange(BLOCK)[None, :]
    return host.where(late < 0, 0.0, host.asarray(coef, dtype=host.float64) ** host.where(late < 0, 0, late))


def _traced_fading(coef: Array, *, xp: ModuleType) -> Array:
    """The same, of coefficients () or (..., 1), with their gradient: powers by products, whose slopes
    are finite at 0.
    """
    step = coef if coef.ndim else xp.reshape(coef, (1,))
    powers = xp.ones_like(step)
    while powers.shape[-1] < BLOCK:
        powers, step = xp.concat([powers, powers * step], axis=-1), step * step
    places = xp.arange(BLOCK, device=device_of(coef))
    late = xp.expand_dims(places, axis=1) - places
    fading = xp.reshape(xp.take(powers, xp.reshape(xp.clip(late, 0), (-1,)), axis=-1), (*powers.shape[:-1], BLOCK, BLOCK))
    return xp.where(late < 0, xp.zeros_like(fading), fading)


@operation
def zero_phase(x: Array, sections: Any, *, xp: ModuleType) -> Array:
    """A signal (..., n) filtered by second-order sections (section, 6), forward and backward.

    `sections` are a tuple of tuples (b0, b1, b2, 1, a1, a2). As `scipy.signal.sosfiltfilt` does it: the
    signal is continued at both ends by its reflections at the end points, and each pass starts as if its
    first number had always been there.
    """
    margin = edge_length(sections)
    first, last = x[..., :1], x[..., -1:]
    before, after = (xp.flip(part, axis=-1) for part in (x[..., 1 : margin + 1], x[..., -margin - 1 : -1]))
    longer = xp.concat([2 * first - before, x, 2 * last - after], axis=-1)
    for _ in range(2):
        longer = xp.flip(_passed(longer, sections, xp=xp), axis=-1)
    return longer[..., margin : margin + x.shape[-1]]


@dataclass(frozen=True)
class Band:
    """A band of a filter bank: which signal it is heard in, its filter, and where frames lie: one every
    `hop` numbers, rounded, each `width` long.

    The filter is given by second-order sections, or, if it is `direct`, by numerator and denominator.
    """

    signal: int
    sections: tuple[tuple[float, ...], ...]
    hop: float
    width: int
    gain: float
    direct: bool = False

    @property
    def margin(self) -> int:
        """How many numbers are reflected at each end."""
        return 3 * max(map(len, self.sections)) if self.direct else edge_length(self.sections)

    def starts(self, n_frames: int) -> Array:
        """Where frames begin, on the host."""
        return host.astype(host.round(host.arange(n_frames) * self.hop), host.int64)


@operation
def band_energies(signals: tuple[Array, ...], bands: tuple[Band, ...], n_frames: int, *, xp: ModuleType) -> Array:
    """Sums of squares (..., band, frame) of signals filtered by `zero_phase`, times each band's gain. Behind
    a signal there are zeros.
    """
    rows = []
    for band in bands:
        filtered = zero_phase(signals[band.signal], band.sections, xp=xp)
        squares = filtered * filtered
        squares = pad(squares, 0, max(0, round((n_frames - 1) * band.hop) + band.width - squares.shape[-1]), "constant", xp=xp)
        places = _frame_places(band, n_frames, xp, device_of(squares))
        frames = xp.reshape(xp.take(squares, places, axis=-1), (*squares.shape[:-1], n_frames, band.width))
        rows.append(band.gain * xp.sum(frames, axis=-1))
    return xp.stack(rows, axis=-2)


@constant_in_graphs
def _frame_places(band: Band, n_frames: int, xp: ModuleType, device: Device) -> Array:
    places = host.reshape(band.starts(n_frames)[:, None] + host.arange(band.width), (-1,))
    return place(places, xp=xp, dtype=integer_dtype(xp), device=device)


def edge_length(sections: tuple[tuple[float, ...], ...]) -> int:
    """How many reflected numbers `zero_phase` adds at each end."""
    zeros, poles = (sum(section[column] == 0 for section in sections) for column in (2, 5))
    return 3 * (2 * len(sections) + 1 - min(zeros, poles))


def _passed(x: Array, sections: Any, *, xp: ModuleType) -> Array:
    """One pass, as a linear system (A, B, C, D): the states that blocks leave are a recursion of the
    same kind, a block of blocks at a time.
    """
    n, kind = x.shape[-1], {"xp": xp, "dtype": x.dtype, "device": device_of(x)}
    count = -(-n // BLOCK)
    blocks = xp.reshape(pad(x, 0, count * BLOCK - n, "constant", xp=xp), (*x.shape[:-1], count, BLOCK))
    within, entering, leaving = (
        constant(_block_matrix, sections=sections, part=part, **kind) for part in ("within", "entering", "leaving")
    )
    start = x[..., :1] * constant(_settled, sections=sections, **kind)
    left = blocks @ leaving
    states = _chained(xp.concat([xp.expand_dims(start, axis=-2), left[..., :-1, :]], axis=-2), sections, BLOCK, xp=xp)
    return xp.reshape(blocks @ within + states @ entering, (*x.shape[:-1], count * BLOCK))[..., :n]


_STEPS = 8
"""Blocks whose states follow from one product."""


def _chained(inputs: Array, sections: Any, step: int, *, xp: ModuleType) -> Array:
    """States (..., n, k), each of which is its input plus what is left of the one `step` numbers
    before.
    """
    n, k = inputs.shape[-2:]
    chain = constant(_chain_matrix, sections=sections, step=step, xp=xp, dtype=inputs.dtype, device=device_of(inputs))
    count = -(-n // _STEPS)
    missing = xp.zeros((*inputs.shape[:-2], count * _STEPS - n, k), dtype=inputs.dtype, device=device_of(inputs))
    groups = xp.reshape(xp.concat([inputs, missing], axis=-2), (*inputs.shape[:-2], count, _STEPS * k))
    states = groups @ chain
    if count > 1:
        handed = _chained(states[..., :-1, -k:], sections, step * _STEPS, xp=xp)
        before = xp.concat([xp.zeros_like(handed[..., :1, :]), handed], axis=-2)
        entering = constant(_entering_matrix, sections=sections, step=step, xp=xp, dtype=inputs.dtype, device=device_of(inputs))
        states = states + before @ entering
    return xp.reshape(states, (*inputs.shape[:-2], count * _STEPS, k))[..., :n, :]


def _system(sections: tuple[tuple[float, ...], ...]) -> tuple[Array, Array, Array, float]:
    """The cascade as state' = A state + B x, y = C state + D x; two states a section (transposed
    direct form II).
    """
    k = 2 * len(sections)
    A, B = host.zeros((k, k)), host.zeros(k)
    C, D = host.zeros(k), 1.0  # what comes into the section, of the states and of x
    for number, (b0, b1, b2, _, a1, a2) in enumerate(sections):
        first, second = 2 * number, 2 * number + 1
        out, through = b0 * C, b0 * D
        out[first] += 1.0
        A[first], B[first] = b1 * C - a1 * out, b1 * D - a1 * through
        A[second], B[second] = b2 * C - a2 * out, b2 * D - a2 * through
        A[first, second] += 1.0
        C, D = out, through
    return A, B, C, D


def _settled(*, sections: tuple[tuple[float, ...], ...]) -> Array:
    """The state that a constant signal of 1 leads to."""
    A, B, _, _ = _system(sections)
    return host.linalg.solve(host.eye(len(B)) - A, B)


def _block_matrix(*, sections: tuple[tuple[float, ...], ...], part: str) -> Array:
    """What a block's outputs take of its inputs ('within') and of the state before it ('entering'),
    and the state behind it of its inputs ('leaving'): (from, to).
    """
    A, B, C, D = _system(sections)
    powers = [host.eye(len(B))]
    for _ in range(BLOCK):
        powers.append(A @ powers[-1])
    if part == "entering":
        return host.stack([C @ power for power in powers[:BLOCK]], axis=-1)
    if part == "leaving":
        return host.stack([powers[BLOCK - 1 - sample] @ B for sample in range(BLOCK)])
    response = host.concat([host.asarray([D]), host.stack([C @ (power @ B) for power in powers[: BLOCK - 1]])])
    late = host.arange(BLOCK)[None, :] - host.arange(BLOCK)[:, None]
    return host.where(late < 0, 0.0, response[host.where(late < 0, 0, late)])


def _chain_matrix(*, sections: tuple[tuple[float, ...], ...], step: int) -> Array:
    """What states take of the inputs of those before them in a group: (from, to)."""
    powers = _powers(sections, step)
    k = powers[0].shape[0]
    nothing = host.zeros((k, k))
    return host.concat(
        [host.concat([powers[j - i].T if j >= i else nothing for j in range(_STEPS)], axis=1) for i in range(_STEPS)], axis=0
    )


def _entering_matrix(*, sections: tuple[tuple[float, ...], ...], step: int) -> Array:
    """What the states of a group take of the one before it."""
    return host.concat([power.T for power in _powers(sections, step)[1:]], axis=1)


def _powers(sections: tuple[tuple[float, ...], ...], step: int) -> list[Array]:
    A, *_ = _system(sections)
    once = host.linalg.matrix_power(A, step)
    powers = [host.eye(A.shape[0])]
    for _ in range(_STEPS):
        powers.append(once @ powers[-1])
    return powers
