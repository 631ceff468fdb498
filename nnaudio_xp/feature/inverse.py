"""From features back to spectra and signals: librosa.feature.inverse on any array library."""

from __future__ import annotations

from typing import Any

from .. import ops
from .._backends import at_full_precision
from .._namespace import Array, Dtype, result_dtype, widened
from ..errors import ParameterError, as_integer, as_positive, warn
from ..kernels.dct import dct_matrix
from ..kernels.mel import mel_bank, mel_inverse, mel_params
from ..levels import db_to_power
from ..spectrum import griffinlim
from ..transforms.cepstral import cepstrum, checked_lifter, lifter_weights, scaled_rows
from ..transforms.constants import constant_like
from ..transforms.inputs import spectrum_of
from ..transforms.nonnegative import nonnegative_solution

__all__ = ["mel_to_audio", "mel_to_stft", "mfcc_to_audio", "mfcc_to_mel"]

LEAST_WEIGHT = 1e-12


@at_full_precision
def mel_to_stft(M: Array, *, sr: float = 22050, n_fft: int = 2048, power: float = 2.0, **kwargs: Any) -> Array:
    """Magnitudes of a short-time Fourier transform from a mel spectrogram, by non-negative least
    squares.

    Parameters
    ----------
    M : array [shape=(..., n_mels, time)], real
        Mel spectrogram, as `melspectrogram` gives it.
    sr : float > 0 [Hz]
        Sampling rate.
    n_fft : int > 0
        Samples in a frame.
    power : float > 0
        The exponent with which `M` was made.
    **kwargs
        Of the bank, as for `nnaudio_xp.filters.mel`: ``fmin``, ``fmax``, ``htk``, ``norm``.

    Returns
    -------
    array [shape=(..., 1 + n_fft // 2, time)], real
        Magnitudes whose mel spectrogram is nearest to `M`. Far more unknowns than equations: one
        solution of many, near the one of least norm. After 100 steps of the iteration, noise meets
        `M` to rounding, music to some 1e-4 of the norm, and a few pure tones to 1e-3.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> mel = nax.feature.melspectrogram(y=np.random.default_rng(0).standard_normal(8000))
    >>> S = nax.feature.inverse.mel_to_stft(mel)
    >>> again = nax.feature.melspectrogram(S=S**2)
    >>> bool(np.allclose(again, mel, rtol=1e-2))
    True
    """
    exponent = as_positive("power", power)
    xp, M = spectrum_of(M, name="M", real=True)
    params = {"n_mels": M.shape[-2], **mel_params(**kwargs), "sr": sr, "n_fft": as_integer("n_fft", n_fft)}
    if params["n_mels"] != M.shape[-2]:
        raise ParameterError(f"n_mels={params['n_mels']!r} must be the {M.shape[-2]} of M, or left out")
    bank, inverse = (constant_like(build, M, xp=xp, **params) for build in (mel_bank, mel_inverse))
    values = xp.matrix_transpose(M)
    S = xp.matrix_transpose(nonnegative_solution(values, bank, ops.banded(values, inverse, xp=xp), xp=xp))
    return ops.raised(S, 1 / exponent, xp=xp)


@at_full_precision
def mel_to_audio(
    M: Array,
    *,
    sr: float = 22050,
    n_fft: int = 2048,
    hop_length: int | None = None,
    win_length: int | None = None,
    window: Any = "hann",
    center: bool = True,
    pad_mode: Any = "constant",
    power: float = 2.0,
    n_iter: int = 32,
    length: int | None = None,
    dtype: Dtype = None,
    rng: Any = None,
    **kwargs: Any,
) -> Array:
    """Signal from a mel spectrogram: `mel_to_stft`, then `nnaudio_xp.griffinlim`.

    Parameters
    ----------
    M : array [shape=(..., n_mels, time)], real
        Mel spectrogram.
    sr, n_fft, power, **kwargs
        As for `mel_to_stft`.
    hop_length, win_length, window, center, pad_mode, n_iter, length, dtype, rng
        As for `nnaudio_xp.griffinlim`.

    Returns
    -------
    array [shape=(..., samples)], real
        In the input's library, device and precision.

    Raises
    ------
    ParameterError
        As `mel_to_stft` and `griffinlim` do.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> mel = nax.feature.melspectrogram(y=np.random.default_rng(0).standard_normal(8000))
    >>> nax.feature.inverse.mel_to_audio(mel, n_iter=4, rng=0, length=8000).shape
    (8000,)
    """
    xp, M = spectrum_of(M, name="M", real=True)
    M = widened(M, result_dtype(dtype, "real floating", xp=xp), xp=xp)
    return griffinlim(
        mel_to_stft(M, sr=sr, n_fft=n_fft, power=power, **kwargs),
        n_iter=n_iter,
        hop_length=hop_length,
        win_length=win_length,
        n_fft=n_fft,
        window=window,
        center=center,
        dtype=dtype,
        length=length,
        pad_mode=pad_mode,
        rng=rng,
    )


@at_full_precision
def mfcc_to_mel(
    mfcc: Array, *, n_mels: int = 128, dct_type: int = 2, norm: str | None = "ortho", ref: float = 1.0, lifter: float = 0
) -> Array:
    """Mel power spectrogram from cepstral coefficients: the inverse DCT, with missing coefficients
    zero, out of decibels.

    Parameters
    ----------
    mfcc : array [shape=(..., n_mfcc, time)], real
        Coefficients, as `mfcc` gives them.
    n_mels : int > 0
        Number of mel bands.
    dct_type, norm, lifter
        With which the coefficients were made.
    ref : float
        The power of 0 dB.

    Returns
    -------
    array [shape=(..., n_mels, time)], real
        In the input's library, device and precision.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Warns
    -----
    UserWarning
        If the `lifter` had set coefficients to zero: they stay zero.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.feature.inverse.mfcc_to_mel(np.zeros((20, 5)), n_mels=40).shape
    (40, 5)
    """
    n_mels, lifter = as_integer("n_mels", n_mels), checked_lifter(lifter, dct_type, norm)
    xp, mfcc = spectrum_of(mfcc, name="mfcc", real=True)
    count = min(n_mels, mfcc.shape[-2])
    coefficients = mfcc[..., :count, :]
    if lifter > 0:
        weights = lifter_weights(lifter, count)
        if min(map(abs, weights)) < LEAST_WEIGHT:
            warn("lifter={:g} has set coefficients to zero, where they stay: choose another lifter", lifter)
        inverse = [1 / weight if abs(weight) >= LEAST_WEIGHT else 0.0 for weight in weights]
        coefficients = scaled_rows(coefficients, inverse, xp=xp)
    matrix = constant_like(dct_matrix, mfcc, xp=xp, n=n_mels, dct_type=dct_type, norm=norm, inverse=True)
    return db_to_power(cepstrum(coefficients, matrix[:, :count], xp=xp), ref=ref)


@at_full_precision
def mfcc_to_audio(
    mfcc: Array,
    *,
    n_mels: int = 128,
    dct_type: int = 2,
    norm: str | None = "ortho",
    ref: float = 1.0,
    lifter: float = 0,
    **kwargs: Any,
) -> Array:
    """Signal from cepstral coefficients: `mfcc_to_mel`, then `mel_to_audio`.

    Parameters
    ----------
    mfcc : array [shape=(..., n_mfcc, time)], real
        Coefficients.
    n_mels, dct_type, norm, ref, lifter
        As for `mfcc_to_mel`.
    **kwargs
        As for `mel_to_audio`.

    Returns
    -------
    array [shape=(..., samples)], real
        In the input's library, device and precision.

    Raises
    ------
    ParameterError
        As `mfcc_to_mel` and `mel_to_audio` do.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> coefficients = nax.feature.mfcc(y=np.random.default_rng(0).standard_normal(8000))
    >>> nax.feature.inverse.mfcc_to_audio(coefficients, n_iter=2, rng=0, length=8000).shape
    (8000,)
    """
    xp, mfcc = spectrum_of(mfcc, name="mfcc", real=True)
    mfcc = widened(mfcc, result_dtype(kwargs.get("dtype"), "real floating", xp=xp), xp=xp)
    mel = mfcc_to_mel(mfcc, n_mels=n_mels, dct_type=dct_type, norm=norm, ref=ref, lifter=lifter)
    return mel_to_audio(mel, **kwargs)
