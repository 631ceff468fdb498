"""How librosa's transforms halve the rate from octave to octave."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from ..._backends import constant_in_graphs, decided_once
from ..._namespace import Array
from ...errors import ParameterError, as_integer, as_number, as_positive, one_of, warn
from ...geometry import padding_mode
from ...kernels.constant_q import Bins
from ...kernels.resampling import RES_TYPES
from ..constants import constant_like


@dataclass(frozen=True)
class Settings:
    """What librosa's transforms share beside their bins, checked."""

    sr: float
    hop_length: int
    bins_per_octave: int
    sparsity: float
    scale: bool
    pad_mode: Any = "constant"
    res_type: Any = "soxr_hq"

    def __post_init__(self) -> None:
        if self.res_type is None:
            message = "Support for VQT with res_type=None went with librosa 1.0: pass res_type='soxr_hq', which it stood for"
            warn(message, category=FutureWarning)
            object.__setattr__(self, "res_type", "soxr_hq")
        as_positive("sr", self.sr)
        object.__setattr__(self, "hop_length", as_integer("hop_length", self.hop_length))  # a plain one, where NumPy's was given
        as_integer("bins_per_octave", self.bins_per_octave)
        if not as_number("sparsity", self.sparsity, minimum=0) < 1:
            raise ParameterError(f"sparsity={self.sparsity!r} must be below 1")
        padding_mode("pad_mode", self.pad_mode)
        one_of("res_type", self.res_type, RES_TYPES)


@dataclass(frozen=True)
class Octave:
    """Bins that share a rate: how often that was halved, what it is then, and the hop in samples of
    it.
    """

    bins: Bins
    halvings: int
    sr: float
    hop_length: int

    def matrix(self, build: Callable[..., Array], *, like: Array, xp: ModuleType, **params: Any) -> Array:
        """A kernel of this octave, in a signal's library and precision."""
        return constant_like(build, like, xp=xp, bins=self.bins, sr=self.sr, **params)


settings_of = constant_in_graphs(Settings)


@decided_once(64)
def octaves_down(bins: Bins, settings: Settings, early: int) -> tuple[Octave, ...]:
    """The octaves from the top, where `early` halvings have come before.

    The rate halves where the hop is even and the next octave stays clear of the filter's edge.
    """
    octaves = []
    stop, halvings = len(bins), early
    while stop:
        start = max(0, stop - settings.bins_per_octave)
        sr, hop_length = settings.sr / 2**halvings, settings.hop_length >> halvings
        octaves.append(Octave(bins[start:stop], halvings, sr, hop_length))
        halvings += bool(start and hop_length % 2 == 0 and bins.freqs[start - 1] <= sr / 5)
        stop = start
    return tuple(octaves)


@decided_once(64)
def octaves_up(bins: Bins, settings: Settings) -> tuple[Octave, ...]:
    """The octaves of the inverse transform, counted from the bottom; the rate halves from the top
    one as long as the hop is even.
    """
    starts = range(0, len(bins), settings.bins_per_octave)
    twos = _factors_of_two(settings.hop_length)
    halvings = [min(twos, len(starts) - 1 - octave) for octave in range(len(starts))]
    return tuple(
        Octave(bins[start : start + settings.bins_per_octave], halved, settings.sr / 2**halved, settings.hop_length >> halved)
        for start, halved in zip(starts, halvings, strict=True)
    )


@constant_in_graphs
def early_halvings(bins: Bins, settings: Settings) -> int:
    """How often the rate is halved before the top octave: its bins allow it, and the hop stays even
    for all octaves below.
    """
    n_octaves = -(-len(bins) // settings.bins_per_octave)
    possible = math.ceil(math.log2(settings.sr / 2 / bins.cutoff())) - 2
    return max(0, min(possible, _factors_of_two(settings.hop_length) - n_octaves + 1))


def _factors_of_two(number: int) -> int:
    return (number & -number).bit_length() - 1
