"""Filter banks and windows: librosa.filters' names, keywords and defaults, for any array library."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from . import ops
from ._namespace import Array, Device, Dtype, default_namespace, namespace, own_dtype, place, result_dtype
from .errors import as_integer
from .geometry import framing
from .kernels.fourier import centered
from .kernels.mel import mel_bank
from .util import normalize
from .windows import get_window, window_bandwidth

__all__ = ["get_window", "mel", "window_bandwidth", "window_sumsquare"]


def mel(
    *,
    sr: float,
    n_fft: int,
    n_mels: int = 128,
    fmin: float = 0.0,
    fmax: float | None = None,
    htk: bool = False,
    norm: str | float | None = "slaney",
    dtype: Dtype = "float32",
    xp: ModuleType | None = None,
    device: Device = None,
) -> Array:
    """Mel filter bank: triangles whose corners are neighbouring points of the mel scale, evaluated at the DFT's frequencies.

    Computed in float64 and rounded once.

    Parameters
    ----------
    sr : float > 0 [Hz]
        Sampling rate.
    n_fft : int > 0
        Samples in a frame.
    n_mels : int > 0
        Number of bands.
    fmin, fmax : float, 0 <= fmin < fmax <= sr / 2 [Hz]
        Lowest and highest corner; `fmax` is sr / 2 by default.
    htk : bool
        The scale of HTK, ``2595 * log10(1 + f / 700)``, instead of Slaney's, which is linear below 1 kHz.
    norm : 'slaney', float > 0, inf or None
        Each band gets unit area in Hz ('slaney'), unit p-norm, or a peak of one at its centre frequency (None).
    dtype : real dtype
        Of the result.
    xp : array namespace, optional
        The library of the result; NumPy by default.
    device : optional
        The device of the result.

    Returns
    -------
    array [shape=(n_mels, 1 + n_fft // 2)], real

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> bank = nax.filters.mel(sr=22050, n_fft=2048, n_mels=40)
    >>> bank.shape, bank.dtype
    ((40, 1025), dtype('float32'))
    """
    dtype = result_dtype(dtype, "real floating", xp=namespace(xp=xp))
    return mel_bank(sr=sr, n_fft=n_fft, n_mels=n_mels, fmin=fmin, fmax=fmax, htk=htk, norm=norm, xp=xp, dtype=dtype, device=device)


def window_sumsquare(
    *,
    window: Any,
    n_frames: int,
    hop_length: int = 512,
    win_length: int | None = None,
    n_fft: int = 2048,
    dtype: Dtype = "float32",
    norm: float | None = None,
    xp: ModuleType | None = None,
    device: Device = None,
) -> Array:
    """Overlap-added squares of a window: the modulation that the inverse short-time Fourier transform divides out.

    Parameters
    ----------
    window : str, tuple, number, callable or array
        As for `get_window`.
    n_frames : int > 0
        Number of frames.
    hop_length, win_length, n_fft
        As for `nnaudio_xp.stft`.
    dtype : real dtype
        Of the result.
    norm : float or None
        Norm to which the window is brought first, as for `nnaudio_xp.util.normalize`.
    xp, device
        As for `mel`.

    Returns
    -------
    array [shape=(n_fft + hop_length * (n_frames - 1),)], real

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.filters.window_sumsquare(window="hann", n_frames=6, hop_length=2, n_fft=8)[6:-6].tolist()
    [1.5, 1.5, 1.5, 1.5, 1.5, 1.5]
    """
    frames, width = framing(n_fft, hop_length, win_length, False, "constant")
    count = as_integer("n_frames", n_frames)
    samples = get_window(window, width)
    own = namespace(samples)
    total = ops.window_sum(centered(normalize(samples, norm=norm), frames.n_fft, xp=own), count, frames.hop_length, xp=own)
    if own is default_namespace():
        return place(total, xp=xp, dtype=dtype, device=device)
    return total if dtype is None else own.astype(total, own_dtype(dtype, own), copy=False)
