"""Mel-frequency cepstral coefficients."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, check_spectrum, device_of, real_dtype
from ..errors import as_integer, as_number, one_of
from ..kernels.dct import DCT_NORMS, DCT_TYPES, dct_matrix
from .decibels import decibels
from .mel import melspectrogram


def lifter_weights(lifter: float, count: int) -> list[float]:
    """1 + (L / 2) sin(pi n / L) for coefficients n = 1 … count."""
    return [1 + lifter / 2 * math.sin(math.pi * n / lifter) for n in range(1, count + 1)]


def scaled_rows(picture: Array, weights: list[float], *, xp: ModuleType) -> Array:
    """Rows of a picture (..., row, time), each times its weight."""
    return picture * xp.reshape(xp.asarray(weights, dtype=picture.dtype, device=device_of(picture)), (-1, 1))


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
    """Mel-frequency cepstral coefficients: the first `n_mfcc` rows of the DCT of a mel spectrogram in decibels.

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
    n_mfcc = as_integer("n_mfcc", n_mfcc)
    lifter = as_number("lifter", lifter, minimum=0)
    one_of("dct_type", dct_type, DCT_TYPES)
    one_of("norm", norm, DCT_NORMS)
    if top_db is not None:
        as_number("top_db", top_db, minimum=0)
    if S is None:
        mel = melspectrogram(y=y, sr=sr, norm=mel_norm, **kwargs)
        xp = check_spectrum(mel, name="S")
        S = decibels(mel, top_db=top_db, xp=xp)
    else:
        xp = check_spectrum(S, name="S", real=True)
    matrix = ops.constant(dct_matrix, n=S.shape[-2], dct_type=dct_type, norm=norm, xp=xp, dtype=real_dtype(S, xp), device=device_of(S))
    coefficients = cepstrum(S, matrix[: min(n_mfcc, S.shape[-2]), :], xp=xp)
    if lifter == 0:
        return coefficients
    return scaled_rows(coefficients, lifter_weights(lifter, coefficients.shape[-2]), xp=xp)


def cepstrum(levels: Array, matrix: Array, *, xp: ModuleType) -> Array:
    """Rows of a DCT (coefficient, band) applied to levels (..., band, time)."""
    product = xp.matrix_transpose(xp.astype(levels, matrix.dtype, copy=False)) @ matrix.T
    return xp.matrix_transpose(product)
