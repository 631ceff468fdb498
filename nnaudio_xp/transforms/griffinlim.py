"""Signals from magnitudes alone."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from .. import ops
from .._backends import host_functions
from .._namespace import Array, Dtype, check_spectrum, real_dtype, result_dtype
from ..errors import ParameterError, as_integer, as_number, one_of, warn
from ..geometry import Framing, framing_of, spectrum_n_fft
from .stft import frame_window

INITS = ("random", None)


def checked_momentum(momentum: Any) -> float:
    """The momentum of a fast Griffin-Lim iteration."""
    number = as_number("momentum", momentum, minimum=0)
    if number > 1:
        warn(f"momentum={number:g} is above 1: the iteration may diverge; use a value up to 1")
    return number


def first_phases(magnitudes: Array, init: str | None, rng: Any, random_state: Any, *, xp: ModuleType) -> Array:
    """Unit phases for a picture of magnitudes: random ones from a source that goes by librosa's new or old name, or ones."""
    one_of("init", init, INITS)
    if random_state is not None:
        if rng is not None:
            raise ParameterError(f"rng={rng!r} and random_state={random_state!r} are the same argument: give rng alone")
        rng = host_functions().random_state(random_state)
    if init is None:
        return ops.to_complex(xp.ones_like(magnitudes), xp.zeros_like(magnitudes), xp=xp)
    return ops.unit_phases(rng, tuple(magnitudes.shape), like=magnitudes, xp=xp)


def checked_samples(framing: Framing, n_frames: int, length: int | None, *, n_iter: int) -> int:
    """Samples of the signal of a picture with so many frames, which must have as many."""
    samples = as_integer("length", length) if length else framing.n_samples(n_frames)
    if samples == 0:
        raise ParameterError(
            f"S has {n_frames} frame, which lies in the padding altogether: it must have more, or be made with center=False"
        )
    if n_iter and framing.n_frames(samples) != n_frames:
        raise ParameterError(f"length={length!r} makes {framing.n_frames(samples)} frames, not the {n_frames} of S")
    return samples


def griffinlim(
    S: Array,
    *,
    n_iter: int = 32,
    hop_length: int | None = None,
    win_length: int | None = None,
    n_fft: int | None = None,
    window: Any = "hann",
    center: bool = True,
    dtype: Dtype = None,
    length: int | None = None,
    pad_mode: Any = "constant",
    momentum: float = 0.99,
    init: str | None = "random",
    rng: Any = None,
    random_state: Any = None,
) -> Array:
    """Signal from a magnitude spectrogram by the fast Griffin-Lim algorithm.

    Phases are found by going back and forth between signal and picture, each time keeping the phases and restoring the magnitudes,
    with a momentum on the phases (Perraudin, Balazs & Søndergaard, "A fast Griffin-Lim algorithm", 2013).

    Parameters
    ----------
    S : array [shape=(..., 1 + n_fft // 2, time)], real
        Magnitudes.
    n_iter : int >= 0
        Number of iterations.
    hop_length, win_length, n_fft, window, center, length, dtype
        As for `istft`.
    pad_mode
        As for `stft`.
    momentum : float >= 0
        0 for the original algorithm; values above 1 may diverge.
    init : {'random', None}
        Start from random phases, or from phase zero.
    rng : int, numpy.random.Generator or None
        Source of the random phases: the same seed gives the same phases on every library. A `torch.Generator` serves tensors on its
        device.
    random_state : int, numpy.random.RandomState or None
        librosa 0.11's name for `rng`; an integer seeds the `RandomState` that librosa 0.11 would use.

    Returns
    -------
    array [shape=(..., samples)], real
        In the input's library, device and precision.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, or a `length` that does not fit the number of frames.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> S = nax.spectrogram(y, power=1)
    >>> z = nax.griffinlim(S, rng=0, length=22050)
    >>> bool(np.linalg.norm(nax.spectrogram(z, power=1) - S) < 0.1 * np.linalg.norm(S))
    True
    """
    xp = check_spectrum(S, name="S", real=True)
    dtype = result_dtype(dtype, "real floating", xp=xp)
    n_iter, momentum = as_integer("n_iter", n_iter, minimum=0), checked_momentum(momentum)
    n_freqs, n_frames = S.shape[-2:]
    frame_length = spectrum_n_fft(n_fft, n_freqs, name="S")
    framing, width = framing_of(frame_length, hop_length, win_length, center, pad_mode)
    samples = checked_samples(framing, n_frames, length, n_iter=n_iter)
    magnitudes = xp.astype(S, real_dtype(S, xp), copy=False)
    phases = first_phases(magnitudes, init, rng, random_state, xp=xp)
    signal = ops.griffinlim(
        xp.matrix_transpose(magnitudes),
        xp.matrix_transpose(phases),
        frame_window(window, width, framing.n_fft, like=magnitudes, xp=xp),
        framing,
        n_iter=n_iter,
        momentum=momentum,
        length=samples,
        xp=xp,
    )
    return signal if dtype is None else xp.astype(signal, dtype, copy=False)
