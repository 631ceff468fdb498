"""Invertible constant-Q and variable-Q transforms by nonstationary Gabor frames."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from ._backends import at_full_precision, made_outside_graphs
from ._namespace import Array, Device, Dtype, host, place
from .errors import ParameterError, as_integer, check_size
from .kernels.gabor import density, gabor_frame, slice_window
from .transforms.constants import constant_like
from .transforms.gabor import coefficients, signals, slicing
from .transforms.inputs import signal_of, spectrum_of


@at_full_precision
def nsgt(
    y: Array,
    *,
    sr: float = 22050,
    hop_length: int | None = None,
    fmin: float | None = None,
    fmax: float | None = None,
    n_bins: int | None = None,
    bins_per_octave: int = 12,
    gamma: float | None = 0,
    window: Any = "hann",
    slice_length: int | None = None,
) -> Array:
    r"""Invertible constant-Q or variable-Q transform: a nonstationary Gabor transform.

    The spectrum is cut into overlapping bands, and each band's analytic signal is sampled every
    `hop_length` samples. With Y the DFT of the signal, zero-padded to N samples, and H =
    `hop_length`, bin k = 0 … `n_bins` - 1 is

    .. math:: C[k + 1, t] = \frac{2}{N} \sum_j g_k(j\,sr/N)\, Y[j]\, e^{2\pi i j t H / N}, \quad
        g_k(\nu) = w\Bigl(B \log_2\frac{\nu + \gamma/\alpha}{f_k + \gamma/\alpha}\Bigr),

    where :math:`f_k = f_{min} 2^{k/B}`, B = `bins_per_octave`, w is the window on [-1, 1], and
    :math:`\alpha = (4^{1/B} - 1) / (4^{1/B} + 1)`. With gamma = 0 a band reaches from one
    neighbour's centre to the other's; the last bin's upper neighbour is the Nyquist frequency where
    that is nearer. The first row is the signal below the first bin, the last row that above the
    last bin: both are real, and scaled by the root of 2 in place of 2. Nothing is lost, and `insgt`
    gives the signal back.

    A sinusoid of amplitude 1 at the centre of a bin has magnitude 1 there, and the power in a band
    is ``mean(abs(C)**2, axis=-1) / 2``, in the first and the last row, too. Phases are those of a
    convolution with the bands' impulse responses. The signal is taken as one period of a periodic
    one: pad it with zeros if its end must not be seen at its beginning.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them; any array library. Half precision is computed in float32.
    sr : float > 0 [Hz]
        Sampling rate.
    hop_length : int > 0, optional
        Samples from one frame to the next; at most sr over the width of the widest band in Hz. By
        default the greatest such number without a prime factor above 7: 18 for 12 bins per octave
        up to the Nyquist frequency, 36 for 24, as `nsgt_hop_length` tells.
    fmin : float, 0 < fmin < sr / 2 [Hz]
        Centre frequency of the first bin; C1 (32.7 Hz) by default.
    fmax : float, fmin < fmax <= sr / 2 [Hz], optional
        Highest frequency of a bin. By default there are bins all the way up to sr / 2, which keeps
        the last row narrow: where bins end earlier, that wide band asks for many more frames, in
        all rows. To see fewer bins, leave this and take the rows wanted.
    n_bins : int > 0, optional
        Number of bins, in place of `fmax`.
    bins_per_octave : int > 0
        Bins from a frequency to its double.
    gamma : float >= 0 or None [Hz]
        What is added to the bandwidths: 0 for constant Q, more for a better resolution in time at
        low frequencies; None follows the ear's bandwidth, as in librosa's `vqt`.
    window : str, tuple or number
        Shape of the bands over the logarithm of the frequency: a name, with its parameters if it
        has any, as for `filters.get_window`. ``'hann'`` has atoms that fade fast in time;
        ``'cosine'`` makes a tight frame for gamma = 0: ``sum(abs(C)**2)`` is
        ``2 / hop_length * sum(y**2)``.
    slice_length : int > 0 [samples], optional
        Transform slices of (at least) so many samples by themselves, for long signals and bounded
        delays; see Notes.

    Returns
    -------
    array [shape=(..., n_bins + 2, time) or (..., slices, n_bins + 2, time)], complex
        In the input's library and on its device. Frame t lies at sample ``t * hop_length``; their
        number, at least ``n / hop_length``, is one of which FFTs are fast. For the rows'
        frequencies see `nsgt_frequencies`.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, or, for NumPy arrays, samples that are not finite.

    See Also
    --------
    insgt : the inverse.
    nsgt_frequencies, nsgt_hop_length : frequencies and distance in time of the coefficients.
    nsgt_bounds : how much the transform can change a signal's energy.

    Notes
    -----
    With `slice_length`, S is the next multiple of ``8 * hop_length`` of which FFTs are fast. Slice
    s holds the samples from ``s * S / 2 - S * 3 / 8`` on, S of them, faded in and out by a Tukey
    window, so that the slices add up to the signal. Frame t of slice s lies at sample
    ``s * S / 2 - S * 3 / 8 + t * hop_length``. Slices should be several times longer than the
    impulse response of the lowest bin, about ``sr / (alpha * fmin + gamma)`` samples; then their
    coefficients, overlap-added, are nearly those of the whole signal.

    References
    ----------
    .. [1] P. Balazs, M. Dörfler, F. Jaillet, N. Holighaus & G. Velasco, "Theory, implementation and
       applications of nonstationary Gabor frames", J. Comput. Appl. Math. 236(6), 2011.
    .. [2] G. Velasco, N. Holighaus, M. Dörfler & T. Grill, "Constructing an invertible constant-Q
       transform with nonstationary Gabor frames", DAFx 2011.
    .. [3] N. Holighaus, M. Dörfler, G. Velasco & T. Grill, "A framework for invertible, real-time
       constant-Q transforms", IEEE Trans. ASLP 21(4), 2013.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(22050) / 22050)
    >>> C = nax.nsgt(y, sr=22050, fmin=55)
    >>> C.shape
    (94, 1225)
    >>> row = int(np.argmax(abs(C[:, 600])))
    >>> print(nax.nsgt_frequencies(sr=22050, fmin=55)[row].round(2), abs(C[row, 600]).round(2))
    440.0 1.0
    >>> bool(np.allclose(nax.insgt(C, sr=22050, fmin=55, length=22050), y))
    True
    """
    gabor = gabor_frame(
        sr=sr, hop_length=hop_length, fmin=fmin, fmax=fmax, n_bins=n_bins, bins_per_octave=bins_per_octave, gamma=gamma, window=window
    )
    slices = slicing(slice_length, gabor.hop_length)
    xp, y = signal_of(y)
    fades = None if slices is None else constant_like(slice_window, y, xp=xp, length=slices.length, large=True)
    return coefficients(y, gabor, slices, fades, xp=xp)


@at_full_precision
def insgt(
    C: Array,
    *,
    sr: float = 22050,
    hop_length: int | None = None,
    fmin: float | None = None,
    fmax: float | None = None,
    n_bins: int | None = None,
    bins_per_octave: int = 12,
    gamma: float | None = 0,
    window: Any = "hann",
    slice_length: int | None = None,
    length: int | None = None,
) -> Array:
    """Inverse of `nsgt`: the signal whose coefficients are nearest in the least-squares sense;
    exact for coefficients of a signal.

    Parameters
    ----------
    C : array [shape=(..., n_bins + 2, time) or (..., slices, n_bins + 2, time)], complex
        As `nsgt` gives it.
    sr, hop_length, fmin, bins_per_octave, gamma, window, slice_length
        As for the `nsgt` that made it.
    fmax, n_bins
        As for `nsgt`; by default the number of bins comes from the shape.
    length : int > 0, optional
        Samples to give back: later ones are cut off, missing ones are zero. By default all that the
        frames cover, the padding included.

    Returns
    -------
    array [shape=(..., samples)], real
        In the input's library, device and precision.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, or one that does not fit the shape of `C`.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.random.default_rng(0).standard_normal(20011)
    >>> options = {"sr": 16000, "bins_per_octave": 24, "gamma": 20, "slice_length": 8192}
    >>> C = nax.nsgt(y, **options)
    >>> C.shape
    (6, 193, 256)
    >>> z = nax.insgt(C, **options, length=20011)
    >>> bool(np.max(np.abs(z - y)) < 1e-12)
    True
    """
    xp, C = spectrum_of(C, name="C")
    if C.shape[-2] < 3:
        raise ParameterError(f"C has {C.shape[-2]} rows: it must have n_bins + 2, one below the first bin and one above the last")
    if n_bins is None and fmax is None:
        n_bins = C.shape[-2] - 2
    gabor = gabor_frame(
        sr=sr, hop_length=hop_length, fmin=fmin, fmax=fmax, n_bins=n_bins, bins_per_octave=bins_per_octave, gamma=gamma, window=window
    )
    slices = slicing(slice_length, gabor.hop_length)
    return signals(C, gabor, slices, length, xp=xp)


@made_outside_graphs
def nsgt_frequencies(
    *,
    sr: float = 22050,
    fmin: float | None = None,
    fmax: float | None = None,
    n_bins: int | None = None,
    bins_per_octave: int = 12,
    xp: ModuleType | None = None,
    dtype: Dtype = None,
    device: Device = None,
) -> Array:
    """Frequencies of the rows of `nsgt`: 0, then ``fmin * 2**(k / bins_per_octave)`` for bin k,
    then sr / 2.

    Parameters
    ----------
    sr, fmin, fmax, n_bins, bins_per_octave
        As for `nsgt`.
    xp, dtype, device : optional
        Library (NumPy), dtype (float64) and device of the result.

    Returns
    -------
    array [shape=(n_bins + 2,)], real [Hz]

    Raises
    ------
    ParameterError
        As `nsgt` does.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.nsgt_frequencies(sr=1000, fmin=110, bins_per_octave=1).tolist()
    [0.0, 110.0, 220.0, 440.0, 500.0]
    """
    gabor = gabor_frame(
        sr=sr, hop_length=None, fmin=fmin, fmax=fmax, n_bins=n_bins, bins_per_octave=bins_per_octave, gamma=0, window="hann"
    )
    return place(host.asarray(gabor.frequencies, dtype=host.float64), xp=xp, dtype=dtype, device=device)


@made_outside_graphs
def nsgt_hop_length(
    *,
    sr: float = 22050,
    fmin: float | None = None,
    fmax: float | None = None,
    n_bins: int | None = None,
    bins_per_octave: int = 12,
    gamma: float | None = 0,
) -> int:
    """The `hop_length` that `nsgt` takes if it is given none: `times_like` and its kin need it.

    Parameters
    ----------
    sr, fmin, fmax, n_bins, bins_per_octave, gamma
        As for `nsgt`.

    Returns
    -------
    int [samples]

    Raises
    ------
    ParameterError
        As `nsgt` does.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> hop_length = nax.nsgt_hop_length(sr=22050, bins_per_octave=24)
    >>> hop_length
    36
    >>> C = nax.nsgt(np.zeros(22050), sr=22050, bins_per_octave=24)
    >>> nax.times_like(C, sr=22050, hop_length=hop_length)[:3].round(4)
    array([0.    , 0.0016, 0.0033])
    """
    return gabor_frame(
        sr=sr, hop_length=None, fmin=fmin, fmax=fmax, n_bins=n_bins, bins_per_octave=bins_per_octave, gamma=gamma, window="hann"
    ).hop_length


@made_outside_graphs
def nsgt_bounds(
    n_samples: int,
    *,
    sr: float = 22050,
    hop_length: int | None = None,
    fmin: float | None = None,
    fmax: float | None = None,
    n_bins: int | None = None,
    bins_per_octave: int = 12,
    gamma: float | None = 0,
    window: Any = "hann",
    slice_length: int | None = None,
) -> tuple[float, float]:
    """Frame bounds of `nsgt`: A and B with ``A * sum(y**2) <= sum(abs(C)**2) <= B * sum(y**2)`` for
    every signal of a length.

    The nearer they are, the less an error in the coefficients can grow in `insgt`: at most by
    ``(B / A)**0.5``, relative to the signal.

    Parameters
    ----------
    n_samples : int > 0
        Samples of the signal.
    sr, hop_length, fmin, fmax, n_bins, bins_per_octave, gamma, window, slice_length
        As for `nsgt`.

    Returns
    -------
    lower, upper : float
        The best bounds for signals that fill all frames (with `slice_length`, `lower` is that of a
        signal inside two slices' fades).

    Raises
    ------
    ParameterError
        As `nsgt` does.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> lower, upper = nax.nsgt_bounds(22050, hop_length=16, window="cosine")
    >>> round(lower, 6), round(upper, 6)  # a tight frame: 2 / hop_length
    (0.125, 0.125)
    """
    gabor = gabor_frame(
        sr=sr, hop_length=hop_length, fmin=fmin, fmax=fmax, n_bins=n_bins, bins_per_octave=bins_per_octave, gamma=gamma, window=window
    )
    count = as_integer("n_samples", n_samples)
    check_size("the spectra", [count], f"n_samples={count}", each=64)
    slices = slicing(slice_length, gabor.hop_length)
    n_frames = gabor.n_frames(count) if slices is None else slices.length // gabor.hop_length
    factors = density(gabor, n_frames)
    return float(host.min(factors)) / (1 if slices is None else 2), float(host.max(factors))
