"""Mel spectrograms."""

from __future__ import annotations

from typing import Any

from .._namespace import Array
from ..kernels.mel import mel_bank, mel_params
from .bands import band_spectrogram


def melspectrogram(
    *,
    y: Array | None = None,
    sr: float = 22050,
    S: Array | None = None,
    n_fft: int = 2048,
    hop_length: int = 512,
    win_length: int | None = None,
    window: Any = "hann",
    center: bool = True,
    pad_mode: Any = "constant",
    power: float = 2.0,
    **kwargs: Any,
) -> Array:
    """Mel-scaled spectrogram: a mel filter bank applied to ``abs(stft(y))**power``.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them. Either `y` or `S` must be given.
    sr : float > 0 [Hz]
        Sampling rate.
    S : array [shape=(..., 1 + n_fft // 2, time)], real
        A spectrogram to use instead; `n_fft` then comes from its shape.
    n_fft, hop_length, win_length, window, center, pad_mode
        As for `nnaudio_xp.stft`.
    power : float > 0
        1 for magnitude, 2 for power.
    **kwargs
        Of the bank, as for `nnaudio_xp.filters.mel`: ``n_mels=128``, ``fmin=0``, ``fmax=sr / 2``, ``htk=False``, ``norm='slaney'``,
        and ``dtype``, that of the result.

    Returns
    -------
    array [shape=(..., n_mels, time)], real
        In the input's library, device and precision.

    Raises
    ------
    ParameterError
        If neither `y` nor `S` is given, and as `stft` and `filters.mel` do.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050).astype(np.float32)
    >>> mel = nax.feature.melspectrogram(y=y, sr=22050, n_mels=40)
    >>> mel.shape, mel.dtype
    ((40, 44), dtype('float32'))
    """
    dtype = kwargs.pop("dtype", None)
    return band_spectrogram(
        mel_bank,
        {"sr": sr, **mel_params(**kwargs)},
        y,
        S,
        n_fft=n_fft,
        hop_length=hop_length,
        win_length=win_length,
        window=window,
        center=center,
        pad_mode=pad_mode,
        power=power,
        dtype=dtype,
    )
