"""Running medians, and places among sorted numbers."""

from __future__ import annotations

from types import ModuleType

from .._namespace import Array, device_of
from ..kernels.networks import running_rank
from .dispatch import operation
from .frames import padding_indices


def mirrored_places(first: int, count: int, n: int, *, like: Array, xp: ModuleType) -> Array:
    """Which of n numbers stand at positions first … first + count - 1, those outside mirrored with
    the ends repeated.
    """
    return padding_indices(xp.arange(count, device=device_of(like)) + first, n, "symmetric", xp=xp)


@operation
def median_filter(x: Array, size: int, *, axis: int, xp: ModuleType) -> Array:
    """The median of `size` neighbours of each number along the last axis (-1) or the last but one
    (-2), `size // 2` of them before it; of an even number of neighbours the upper one.

    Both ends are mirrored. What is no number is the median of all windows that it lies in.
    """
    n, network = x.shape[axis], running_rank(size, size // 2)
    groups = -(-n // network.group)
    rows = xp.take(x, mirrored_places(-(size // 2), groups * network.group + size - 1, n, like=x, xp=xp), axis=axis)
    rest = (slice(None),) * (-1 - axis)
    reach = (groups - 1) * network.group + 1
    slots = [rows[(..., slice(first, first + reach, network.group), *rest)] for first in range(network.inputs)]
    slots += slots[:1] * (network.slots - network.inputs)
    for larger, a, b, target in network.steps:
        slots[target] = (xp.maximum if larger else xp.minimum)(slots[a], slots[b])
    medians = xp.stack([slots[result] for result in network.results], axis=axis)
    whole = (*x.shape[:axis], groups * network.group, *x.shape[x.ndim + axis + 1 :])
    return xp.reshape(medians, whole)[(..., slice(0, n), *rest)]


def median_places(x: Array, medians: Array, size: int, *, axis: int, xp: ModuleType) -> Array:
    """Where along the axis each of the running medians stands; its own place where it is no
    number.
    """
    n = x.shape[axis]
    trailing = (1,) * (-1 - axis)
    places = xp.broadcast_to(xp.reshape(mirrored_places(0, n, n, like=x, xp=xp), (-1, *trailing)), x.shape)
    for offset in range(size):
        there = mirrored_places(offset - size // 2, n, n, like=x, xp=xp)
        places = xp.where(xp.take(x, there, axis=axis) == medians, xp.reshape(there, (-1, *trailing)), places)
    return places


@operation
def insertion_points(edges: Array, values: Array, *, xp: ModuleType) -> Array:
    """How many of some ascending numbers are below each value."""
    return xp.searchsorted(edges, values)


@operation
def ascending(values: Array, *, xp: ModuleType) -> Array:
    """The places of numbers along one axis, in the order of these."""
    return xp.argsort(values)
