"""The mel spectrogram and its cepstrum."""

from __future__ import annotations

from functools import partial
from typing import Any

from .._backends import at_full_precision
from .._namespace import Array, check_spectrum, in_dtype
from ..errors import as_integer, as_number, as_positive
from ..kernels.dct import dct_matrix
from ..kernels.mel import check_mel_norm, mel_bank, mel_params
from ..transforms.cepstral import cepstrum, checked_lifter, lifter_weights, scaled_rows
from ..transforms.constants import constant_like
from ..transforms.decibels import decibels
from ..transforms.inputs import spectrogram_of, widened_input


@at_full_precision
def melspectrogram(
    *,
    y: Array | None = None,
    sr: float = 22050,
    S: Array | None = None,
    n_fft: int = 2048,
    hop_length: int | None = 512,
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
        Of the bank, as for `nnaudio_xp.filters.mel`: ``n_mels=128``, ``fmin=0``, ``fmax=sr / 2``,
        ``htk=False``, ``norm='slaney'``, and ``dtype``, that of the result: a wider one than the input's is
        computed in.

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
    _, bands, _ = spectrogram_of(
        y,
        S,
        n_fft=n_fft,
        hop_length=hop_length,
        win_length=win_length,
        window=window,
        center=center,
        pad_mode=pad_mode,
        power=power,
        bank=partial(constant_like, mel_bank, sr=sr, **mel_params(**kwargs)),
        dtype=dtype,
    )
    return bands


@at_full_precision
def mfcc(
    *,
    y: Array | None = None,
    sr: float = 22050,
    S: Array | None = None,
    n_mfcc: int = 20,
    dct_type: int = 2,
    norm: str | None = "ortho",
    lifter: float = 0,
    mel_norm: str | float | None = "slaney",
    top_db: float | None = 80.0,
    **kwargs: Any,
) -> Array:
    """Mel-frequency cepstral coefficients: the first `n_mfcc` rows of the DCT of a mel spectrogram
    in decibels.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them. Either `y` or `S` must be given.
    sr : float > 0 [Hz]
        Sampling rate.
    S : array [shape=(..., n_mels, time)], real [dB]
        A mel spectrogram in decibels to use instead.
    n_mfcc : int > 0
        Number of coefficients; at most as many as mel bands come back.
    dct_type : {1, 2, 3, 4}
        Type of the discrete cosine transform.
    norm : {'ortho', 'backward', 'forward', None}
        Its normalisation, as for `scipy.fft.dct`.
    lifter : float >= 0
        L > 0 multiplies coefficient n (counted from 1) by ``1 + (L / 2) * sin(pi * n / L)``.
    mel_norm : 'slaney', float or None
        `norm` of the mel filter bank.
    top_db : float >= 0 or None [dB]
        Dynamic range of each clip, as for `power_to_db`.
    **kwargs
        As for `melspectrogram`.

    Returns
    -------
    array [shape=(..., n_mfcc, time)], real
        In the input's library, device and precision.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and as `melspectrogram` does.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> nax.feature.mfcc(y=y, sr=22050, n_mfcc=13).shape
    (13, 44)
    """
    n_mfcc, lifter = as_integer("n_mfcc", n_mfcc), checked_lifter(lifter, dct_type, norm)
    as_positive("sr", sr)
    check_mel_norm("mel_norm", mel_norm)
    if top_db is not None:
        as_number("top_db", top_db, minimum=0)
    y, S, dtype = widened_input(y, S, kwargs.pop("dtype", None))
    if S is not None:
        xp = check_spectrum(S, name="S", real=True)
    else:
        mel = melspectrogram(y=y, sr=sr, norm=mel_norm, **kwargs)
        xp = check_spectrum(mel, name="S")
        S = decibels(mel, top_db=top_db, xp=xp)
    matrix = constant_like(dct_matrix, S, xp=xp, n=S.shape[-2], dct_type=dct_type, norm=norm)
    coefficients = cepstrum(S, matrix[: min(n_mfcc, S.shape[-2]), :], xp=xp)
    if lifter:
        coefficients = scaled_rows(coefficients, lifter_weights(lifter, coefficients.shape[-2]), xp=xp)
    return in_dtype(coefficients, dtype, xp=xp)
