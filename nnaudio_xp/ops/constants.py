"""Arrays that depend on parameters alone: made once, kept where they are used."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from types import ModuleType
from typing import Any

from .._backends import constant_in_graphs
from .._namespace import Array, Device, Dtype, place
from .dispatch import operation


def _built(build: Callable[..., Array], key: Any, xp: ModuleType, dtype: Dtype, device: Device) -> Array:
    params, _ = key
    return place(build(**dict(params)), xp=xp, dtype=dtype, device=device)


_kept, _kept_large = lru_cache(maxsize=128)(_built), lru_cache(maxsize=16)(_built)


@constant_in_graphs
def constant(build: Callable[..., Array], *, xp: ModuleType, dtype: Dtype, device: Device, large: bool = False, **params: Any) -> Array:
    """`build(**params)`, made in float64 on the host, then kept where it is used. Unhashable
    parameters (a window array) are built anew.

    Of `large` ones, as large as a signal or a spectrogram, only a few are kept.
    """
    key = tuple(params.items()), tuple(map(type, params.values()))  # True is no 1 where that is checked
    try:
        hash(key)
    except TypeError:
        return place(build(**params), xp=xp, dtype=dtype, device=device)
    return keep(_kept_large if large else _kept, build, key, dtype, device, xp=xp)


@operation
def keep(kept: Callable[..., Array], build: Callable[..., Array], key: Any, dtype: Dtype, device: Device, *, xp: ModuleType) -> Array:
    """Look a constant up. A backend whose library traces must not let a traced array into the
    store.
    """
    return kept(build, key, xp, dtype, device)
