"""Where the search for a signal by its magnitudes begins, and what is asked of it."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from .. import ops
from .._backends import host_functions
from .._namespace import Array
from ..errors import ParameterError, as_number, one_of, warn
from ..geometry import Framing, signal_samples

INITS = ("random", None)


def checked_momentum(momentum: Any) -> float:
    """The momentum of a fast Griffin-Lim iteration."""
    number = as_number("momentum", momentum, minimum=0)
    if number > 1:
        warn("momentum={:g} is above 1: the iteration may diverge; use a value up to 1", number)
    return number


def first_phases(magnitudes: Array, init: str | None, rng: Any, random_state: Any, *, xp: ModuleType) -> Array:
    """Unit phases for a spectrogram of magnitudes: random ones from a source that goes by librosa's
    new or old name, or ones.
    """
    one_of("init", init, INITS)
    if random_state is not None:
        if rng is not None:
            raise ParameterError(f"rng={rng!r} and random_state={random_state!r} are the same argument: give rng alone")
        rng = host_functions().random_state(random_state)
    if init is None:
        return ops.to_complex(xp.ones_like(magnitudes), xp.zeros_like(magnitudes), xp=xp)
    return ops.unit_phases(rng, tuple(magnitudes.shape), like=magnitudes, xp=xp)


def checked_samples(framing: Framing, n_frames: int, length: int | None, *, n_iter: int) -> int:
    """Samples of the signal of a spectrogram with so many frames, which must have as many."""
    decided_by = {"hop_length": framing.hop_length, "n_fft": framing.n_fft}
    samples = signal_samples(length, framing.n_samples(n_frames), decided_by, given=n_frames * framing.n_freqs)
    if samples == 0:
        raise ParameterError(
            f"S has {n_frames} frame, which lies in the padding altogether: it must have more, or be made with center=False"
        )
    if n_iter and framing.n_frames(samples) != n_frames:
        raise ParameterError(f"length={length!r} makes {framing.n_frames(samples)} frames, not the {n_frames} of S")
    return samples
