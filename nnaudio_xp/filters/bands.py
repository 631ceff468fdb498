"""Banks of filters that gather a spectrum's frequencies into bands."""

from __future__ import annotations

from types import ModuleType

from .._backends import made_outside_graphs
from .._namespace import Array, Device, Dtype, namespace, result_dtype
from ..kernels.gammatone import gammatone_bank
from ..kernels.mel import mel_bank


@made_outside_graphs
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
    """Mel filter bank: triangles whose corners are neighbouring points of the mel scale, evaluated
    at the DFT's frequencies.

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
        The scale of HTK, ``2595 * log10(1 + f / 700)``, instead of Slaney's, which is linear below
        1 kHz.
    norm : 'slaney', float > 0, inf or None
        Each band gets unit area in Hz ('slaney'), unit p-norm, or a peak of one at its centre
        frequency (None).
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


@made_outside_graphs
def gammatone(
    *,
    sr: float,
    n_fft: int,
    n_bins: int = 64,
    fmin: float = 20.0,
    fmax: float | None = None,
    htk: bool = False,
    norm: str | float | None = 1,
    dtype: Dtype = "float32",
    xp: ModuleType | None = None,
    device: Device = None,
) -> Array:
    """Gammatone filter bank: the magnitude responses of Slaney's filters of the ear [1]_, at the
    DFT's frequencies.

    Each filter is a gammatone of order four, with the bandwidth
    ``b = 1.019 * (24.7 + f / 9.26449)`` [2]_. With ``T = 1 / sr``,
    ``p = exp(T * (2j * pi * f - 2 * pi * b))`` and the four zeros
    ``z = abs(p) * (cos(2 * pi * f * T) + s * sin(2 * pi * f * T))`` for ``s = ±sqrt(3 ± 2**1.5)``,
    its gain at ``u`` on the unit circle is ``prod(abs(u - z)) / abs((u - p) * (u - conj(p)))**4``,
    over that at f. Computed in float64 and rounded once.

    Parameters
    ----------
    sr : float > 0 [Hz]
        Sampling rate.
    n_fft : int > 0
        Samples in a frame.
    n_bins : int > 0
        Number of filters.
    fmin, fmax : float, 0 <= fmin < fmax <= sr / 2 [Hz]
        Range of the centre frequencies, as for `nnaudio_xp.gammatone_frequencies`; `fmax` is sr / 2
        by default.
    htk : bool
        Centre frequencies evenly spaced on HTK's mel scale, instead of by the ear's bandwidths.
        Bandwidths remain the ear's.
    norm : {1, 'slaney', None, inf}
        A gain of ``1 / n_fft`` at the centre frequency (1), as in nnAudio and Ellis's programs
        [3]_, unit area in Hz ('slaney'), as `mel` has it, or a gain of one at the centre frequency
        (None or inf).
    dtype, xp, device
        As for `mel`.

    Returns
    -------
    array [shape=(n_bins, 1 + n_fft // 2)], real

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    References
    ----------
    .. [1] M. Slaney, "An efficient implementation of the Patterson-Holdsworth auditory filter
       bank", Apple Technical Report 35, 1993.
    .. [2] B. R. Glasberg and B. C. J. Moore, "Derivation of auditory filter shapes from
       notched-noise data", Hearing Research 47, 1990.
    .. [3] D. P. W. Ellis, "Gammatone-like spectrograms", 2009.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> bank = nax.filters.gammatone(sr=22050, n_fft=2048, n_bins=40)
    >>> bank.shape, bank.dtype
    ((40, 1025), dtype('float32'))
    """
    dtype = result_dtype(dtype, "real floating", xp=namespace(xp=xp))
    return gammatone_bank(sr=sr, n_fft=n_fft, n_bins=n_bins, fmin=fmin, fmax=fmax, htk=htk, norm=norm, xp=xp, dtype=dtype, device=device)
