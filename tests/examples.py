"""What hypothesis draws: signals and spectrograms of any batch shape and precision, and the arguments
of short-time analyses.
"""

from typing import Any

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st

BATCHES = [(), (2,), (2, 1, 3), (0,)]
PAD_MODES = ["constant", "edge", "reflect", "symmetric", "linear_ramp", "empty"]
WINDOWS = ["hann", "boxcar", ("kaiser", 5.0), ("tukey", 0.25), "bartlett"]

batches = st.sampled_from(BATCHES)
precisions = st.sampled_from(["float32", "float64"])
seeds = st.integers(0, 2**32 - 1)


def at_most(n: int) -> settings:
    """As many examples as others, but no more than this: for a reference that takes long."""
    return settings(max_examples=min(n, settings().max_examples))


def noise(seed: int, shape: tuple[int, ...], dtype: str = "float64", scale: float = 1.0) -> np.ndarray:
    """Samples of a normal distribution; for a complex dtype, of two."""
    rng = np.random.default_rng(seed)
    samples = scale * rng.standard_normal(shape)
    return (samples + 1j * scale * rng.standard_normal(shape) if dtype.startswith("complex") else samples).astype(dtype)


@st.composite
def frames(draw: st.DrawFn, n_fft: int = 24) -> dict[str, Any]:
    """n_fft, hop_length, win_length, window and center, each present or left to its default, n_fft
    at most the given one.
    """
    n_fft = draw(st.integers(1, n_fft))
    options = {
        "hop_length": draw(st.none() | st.integers(1, n_fft + 8)),
        "win_length": draw(st.none() | st.integers(1, n_fft)),
        "window": draw(st.sampled_from(WINDOWS)),
        "center": draw(st.booleans()),
    }
    return {"n_fft": n_fft, **{name: value for name, value in options.items() if value is not None}}


@st.composite
def signals(draw: st.DrawFn, shortest: int = 1, longest: int = 60) -> np.ndarray:
    """A signal or a batch of them, loud or soft."""
    shape = (*draw(batches), draw(st.integers(shortest, longest)))
    return noise(draw(seeds), shape, draw(precisions), 10.0 ** draw(st.integers(-3, 3)))


@st.composite
def analyses(draw: st.DrawFn) -> tuple[np.ndarray, dict[str, Any]]:
    """A signal and arguments of `stft` that fit it. Some signals are shorter than their padding."""
    options = draw(frames())
    if options["center"]:
        options["pad_mode"] = draw(st.sampled_from(PAD_MODES))
    shortest = 1 if options["center"] else options["n_fft"]
    return draw(signals(shortest, shortest + 60)), options


@st.composite
def spectrograms(draw: st.DrawFn, bands: int | None = None, *, positive: bool = False) -> np.ndarray:
    """A real spectrogram (..., band, time) or a batch of them; of the given number of bands."""
    shape = (*draw(batches), bands or draw(st.integers(1, 12)), draw(st.integers(1, 7)))
    values = noise(draw(seeds), shape, draw(precisions), 10.0 ** draw(st.integers(-3, 3)))
    return abs(values) if positive else values


@st.composite
def syntheses(draw: st.DrawFn) -> tuple[np.ndarray, dict[str, Any]]:
    """A complex spectrum and arguments of `istft` that fit it."""
    options = draw(frames())
    shape = (*draw(batches), 1 + options["n_fft"] // 2, draw(st.integers(1, 7)))
    dtype = draw(st.sampled_from(["complex64", "complex128"]))
    length = draw(st.none() | st.integers(1, 80))
    return noise(draw(seeds), shape, dtype), {**options, **({"length": length} if length else {})}
