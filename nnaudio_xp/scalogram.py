"""Continuous wavelet transforms and their inverses."""

from __future__ import annotations

import math
from types import ModuleType
from typing import Any

from . import ops
from ._backends import at_full_precision, made_outside_graphs
from ._namespace import Array, Device, Dtype, as_floating, half_by_single, host, place, widened
from .errors import ParameterError, as_integer, as_positive, one_of
from .geometry import padding_mode
from .kernels.wavelet import frame_bounds
from .transforms.inputs import checked_out, signal_of, spectrum_of
from .transforms.wavelet import (
    angular_frequency,
    checked_length,
    checked_rows,
    constant_q,
    e_folding,
    signal_at_once,
    signal_of_rows,
    wavelet_bank,
)

SPACINGS = ("constant-q", "log", "linear")


@at_full_precision
def cwt(
    y: Array,
    *,
    sr: float = 22050,
    wavelet: Any = "morlet",
    scales: Any = None,
    frequencies: Any = None,
    n_bins: int | None = None,
    bins_per_octave: int = 12,
    fmin: float | None = None,
    hop_length: int = 1,
    norm: str = "l1",
    pad_mode: Any = "constant",
    out: Array | None = None,
) -> Array:
    r"""Continuous wavelet transform: how much of a wavelet there is in a signal, at every scale and time.

    .. math:: W[a, t] = \sum_n y[n]\, \overline{\psi_a[n - tH]}, \quad \psi_a[n] = \frac1a \psi\Bigl(\frac na\Bigr)

    with H = `hop_length` and a wavelet :math:`\psi` of unit energy (`nnaudio_xp.wavelets`); with
    ``norm="l2"`` the factor is :math:`1/\sqrt a`. The sums are exact, for the smallest scales, too, whose
    sampled wavelets alias, and at both ends of the signal [1]_.

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them; any array library. Half precision is computed in float32.
    sr : float > 0 [Hz]
        Sampling rate.
    wavelet : str, tuple or Wavelet
        ``"morlet"``, ``"morse"``, ``"ricker"`` (the Mexican hat), ``"dog"`` (derivative of a Gaussian),
        ``"paul"`` or ``"bump"``; such a name with parameters, as ``("morlet", 6.0, 2.0)``; or an object of
        a class of `nnaudio_xp.wavelets`, which describe the parameters.
    scales : sequence of floats > 0, optional [samples]
        The rows' scales, as for SciPy's and PyWavelets' transforms.
    frequencies : sequence of floats, 0 < frequency <= sr / 2, optional [Hz]
        The rows' frequencies, in place of `scales`: at the peaks of the wavelets' spectra.
    n_bins : int > 0, optional
        Without `scales` and `frequencies`: the number of rows, which lie at ``fmin * 2**(k /
        bins_per_octave)``. By default all up to sr / 2.
    bins_per_octave : int > 0
        Rows from a frequency to its double.
    fmin : float > 0, optional [Hz]
        The first row's frequency; C1 (32.7 Hz) by default.
    hop_length : int > 0 [samples]
        Samples from one frame to the next: every `hop_length`-th column of the transform at each sample.
    norm : ``"l1"`` or ``"l2"``
        Whether a sinusoid's magnitude is the same at every scale, or noise's.
    pad_mode : str or function
        What is around the signal, as far as the wavelets reach: a mode of `numpy.pad` without parameters,
        such as ``"constant"`` (zeros), ``"reflect"`` or ``"edge"``.
    out : array [shape=(..., rows, frames)], optional
        Where to write the result, for libraries whose arrays can be written to.

    Returns
    -------
    array [shape=(..., rows, frames)], complex; real for a real wavelet (``"ricker"``, ``"dog"``)
        In the input's library, device and precision (complex64 or float32 for half precision). Frame t is
        centred on sample ``t * hop_length``; there are ``ceil(n / hop_length)``.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, or, for NumPy arrays, samples that are not finite.

    See Also
    --------
    icwt : the inverse.
    cwt_frequencies, cwt_scales : frequencies of scales, and scales at frequencies.
    cwt_cone : how far the ends of a signal are seen.
    ssq_cwt : the same with sharp lines.

    Notes
    -----
    The discrete wavelet transforms, of filter banks that halve the rate, are not here: PyWavelets has them.

    A complex sinusoid of amplitude 1 has magnitude ``wavelet.spectrum(wavelet.peak)`` in its row with
    ``norm="l1"``, 1.88 for the Morlet wavelet; a real one half of it, where the wavelet is analytic.

    References
    ----------
    .. [1] C. Torrence & G. P. Compo, "A practical guide to wavelet analysis", Bull. Amer. Meteor. Soc.
       79(1), 1998.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(11025) / 22050)
    >>> W = nax.cwt(y, sr=22050, fmin=55, n_bins=72, hop_length=100)
    >>> W.shape, int(abs(W[:, 55]).argmax())
    ((72, 111), 36)
    >>> nax.cwt(y[:2500], wavelet="ricker", scales=np.arange(1, 200), norm="l2").shape
    (199, 2500)
    """
    bank = wavelet_bank(
        sr=sr, wavelet=wavelet, scales=scales, frequencies=frequencies, n_bins=n_bins, bins_per_octave=bins_per_octave,
        fmin=fmin, hop_length=hop_length, norm=norm,
    )  # fmt: skip
    mode = padding_mode("pad_mode", pad_mode)
    xp, y = signal_of(y)
    n_frames = bank.n_frames(y.shape[-1])
    if out is not None:
        kind = "real floating" if bank.wavelet.is_real else "complex floating"
        out = checked_out(out, (*y.shape[:-1], bank.n_rows, n_frames), kind, xp=xp)
        y = widened(y, out.dtype, xp=xp)
    return ops.wavelet_analysis(y, bank, mode, n_frames, out=out, xp=xp)


@at_full_precision
def icwt(
    W: Array,
    *,
    sr: float = 22050,
    wavelet: Any = "morlet",
    scales: Any = None,
    frequencies: Any = None,
    n_bins: int | None = None,
    bins_per_octave: int = 12,
    fmin: float | None = None,
    hop_length: int = 1,
    norm: str = "l1",
    pad_mode: Any = "constant",
    length: int | None = None,
    method: str = "dual",
    n_iter: int = 12,
) -> Array:
    r"""Inverse of `cwt`: the signal whose coefficients are the nearest, over the frequencies that the
    scales cover.

    Parameters
    ----------
    W : array [shape=(..., rows, frames)], complex or real
        As `cwt` gives it.
    sr, wavelet, scales, frequencies, bins_per_octave, fmin, hop_length, norm, pad_mode
        As for the `cwt` that made it.
    n_bins : int > 0, optional
        As for `cwt`; by default the number of rows of `W`.
    length : int > 0, optional [samples]
        Samples of the signal, which have as many frames as `W`; by default as many as there may be.
    method : ``"dual"`` or ``"integral"``
        The dual frame, and conjugate gradients for what it leaves; or one integral over the logarithm of
        the scale, which is fast, needs ``hop_length=1``, and is right for bands well inside the scales':

        .. math:: y[t] \approx \frac{1}{C} \int \mathrm{Re}\, W[a, t] \frac{da}{a}

        (with ``norm="l1"``), by the trapezoidal rule.
    n_iter : int >= 0
        Steps of conjugate gradients: 12 bring music back at 60 dB and more. More help in double precision
        alone.

    Returns
    -------
    array [shape=(..., samples)], real
        In the input's library, device and precision.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, or one that does not fit the shape of `W`.

    See Also
    --------
    cwt_frame_bounds : which frequencies come back.

    References
    ----------
    I. Daubechies, "The wavelet transform, time-frequency localization and signal analysis", IEEE Trans.
    Information Theory 36(5), 1990.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(8000) / 22050) * np.hanning(8000)
    >>> W = nax.cwt(y, hop_length=8, fmin=110, n_bins=48)
    >>> z = nax.icwt(W, hop_length=8, fmin=110, length=8000)
    >>> bool(np.abs(z - y).max() < 1e-3)
    True
    """
    one_of("method", method, ("dual", "integral"))
    steps, mode = as_integer("n_iter", n_iter, minimum=0), padding_mode("pad_mode", pad_mode)
    if n_bins is None and scales is None and frequencies is None:
        n_bins = getattr(W, "shape", (1, 1))[-2] if getattr(W, "ndim", 0) > 1 else None
    bank = wavelet_bank(
        sr=sr, wavelet=wavelet, scales=scales, frequencies=frequencies, n_bins=n_bins, bins_per_octave=bins_per_octave,
        fmin=fmin, hop_length=hop_length, norm=norm,
    )  # fmt: skip
    xp, W = spectrum_of(W, name="W", real=bank.wavelet.is_real)
    checked_rows(W, bank)
    samples = checked_length(length, W.shape[-1], bank.hop_length)
    if method == "dual":
        return signal_of_rows(W, bank, pad_mode=mode, length=samples, n_iter=steps, xp=xp)
    if bank.hop_length > 1:
        raise ParameterError(f"hop_length={bank.hop_length} must be 1 for method='integral'; take method='dual'")
    return signal_at_once(W, bank, xp=xp)


@made_outside_graphs
def cwt_scales(
    *,
    sr: float = 22050,
    wavelet: Any = "morlet",
    n_bins: int | None = None,
    bins_per_octave: int = 12,
    fmin: float | None = None,
    fmax: float | None = None,
    spacing: str = "constant-q",
    kind: str = "peak",
    xp: ModuleType | None = None,
    dtype: Dtype = None,
    device: Device = None,
) -> Array:
    """Scales for `cwt`, in samples.

    Parameters
    ----------
    sr, wavelet, bins_per_octave
        As for `cwt`.
    n_bins : int > 0, optional
        Number of scales; needed for the spacings ``"log"`` and ``"linear"``. For ``"constant-q"`` by
        default all up to `fmax`.
    fmin : float > 0, optional [Hz]
        Frequency of the largest scale, which is the first one; C1 (32.7 Hz) by default.
    fmax : float, fmin < fmax <= sr / 2, optional [Hz]
        Highest frequency: sr / 2 by default.
    spacing : ``"constant-q"``, ``"log"`` or ``"linear"``
        `bins_per_octave` scales from a frequency to its double; or `n_bins` scales between those of `fmin`
        and `fmax`, evenly spaced by their logarithms or by themselves.
    kind : ``"peak"`` or ``"energy"``
        Whether a scale's frequency is that of the peak of the wavelet's spectrum, or the centre of its
        energy.
    xp, dtype, device : optional
        Library (NumPy), dtype (float64) and device of the result.

    Returns
    -------
    array [shape=(n_bins,)], real [samples]

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.cwt_scales(fmin=55, fmax=440, bins_per_octave=1).round(1).tolist()
    [382.8, 191.4, 95.7, 47.9]
    >>> nax.cwt_scales(fmin=55, fmax=440, n_bins=3, spacing="linear").round(1).tolist()
    [382.8, 215.3, 47.9]
    """
    rate = as_positive("sr", sr)
    unit = angular_frequency(wavelet, kind) * rate / (2 * math.pi)  # of scale times frequency
    one_of("spacing", spacing, SPACINGS)
    grid = constant_q(rate, n_bins if fmax is None or spacing != "constant-q" else None, bins_per_octave, fmin)
    low = grid[0]
    high = rate / 2 if fmax is None else as_positive("fmax", fmax)
    if not low < high <= rate / 2:
        raise ParameterError(f"fmax={high:g} must be above fmin={low:g} and at most sr / 2 = {rate / 2:g}")
    if spacing == "constant-q":
        listed = [value for value in grid if value <= high * (1 + 1e-9)]
        if n_bins is not None and fmax is not None:
            raise ParameterError(f"fmax={fmax!r} and n_bins={n_bins!r} both say where the scales end: give one of them")
        sizes = unit / host.asarray(listed)
    else:
        if n_bins is None:
            raise ParameterError(f"n_bins=None must be the number of scales with spacing={spacing!r}")
        ends = [unit / low, unit / high]
        count = as_integer("n_bins", n_bins)
        sizes = host.exp(host.linspace(math.log(ends[0]), math.log(ends[1]), count)) if spacing == "log" else host.linspace(*ends, count)
    return place(sizes, xp=xp, dtype=dtype, device=device)


@at_full_precision
@half_by_single
def cwt_frequencies(scales: Any, *, sr: float = 22050, wavelet: Any = "morlet", kind: str = "peak") -> Array:
    """Frequencies of the scales of `cwt`.

    Parameters
    ----------
    scales : array or sequence of floats > 0 [samples]
        Scales.
    sr, wavelet
        As for `cwt`.
    kind : ``"peak"`` or ``"energy"``
        That of the peak of the wavelet's spectrum, or the centre of its energy.

    Returns
    -------
    array [shape=(...,)], real [Hz]
        In the library of `scales`.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.cwt_frequencies([4.0, 8.0], sr=8000, wavelet="ricker").round(1).tolist()
    [450.2, 225.1]
    >>> nax.cwt_frequencies([4.0, 8.0], sr=8000, wavelet="ricker", kind="energy").round(1).tolist()
    [478.9, 239.4]
    """
    _, sizes = as_floating(scales, name="scales")
    return angular_frequency(wavelet, kind) * as_positive("sr", sr) / (2 * math.pi) / sizes


@at_full_precision
@half_by_single
def cwt_cone(scales: Any, *, sr: float = 22050, wavelet: Any = "morlet") -> Array:
    """Cone of influence: how far from the ends of a signal these are seen at each scale.

    It is the time in which the power of the wavelet falls by ``exp(-2)`` from its middle [1]_.

    Parameters
    ----------
    scales : array or sequence of floats > 0 [samples]
        Scales.
    sr, wavelet
        As for `cwt`.

    Returns
    -------
    array [shape=(...,)], real [s]
        In the library of `scales`. What `cwt` has nearer to an end than that depends on `pad_mode`.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    References
    ----------
    .. [1] C. Torrence & G. P. Compo, "A practical guide to wavelet analysis", Bull. Amer. Meteor. Soc.
       79(1), 1998.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.cwt_cone([10.0, 20.0], sr=1000).round(4).tolist()
    [0.0141, 0.0283]
    """
    _, sizes = as_floating(scales, name="scales")
    return sizes * (e_folding(wavelet) / as_positive("sr", sr))


@made_outside_graphs
def cwt_frame_bounds(
    *,
    sr: float = 22050,
    wavelet: Any = "morlet",
    scales: Any = None,
    frequencies: Any = None,
    n_bins: int | None = None,
    bins_per_octave: int = 12,
    fmin: float | None = None,
    hop_length: int = 1,
    norm: str = "l1",
) -> tuple[Array, Array, Array]:
    r"""What `cwt` keeps of every frequency: bounds on the energy of the coefficients of a sinusoid over its
    own.

    With G_a a scale's spectrum and j counting the multiples of sr / hop_length,
    ``sum_a |G_a(f)|**2 / hop_length`` less and plus the sums over j != 0 of
    ``|G_a(f) G_a(f + j sr / hop_length)|``, for real signals averaged over f and -f. Over a whole band from A
    to B, A and B are bounds of the frame; with ``hop_length=1`` they are one.

    Parameters
    ----------
    sr, wavelet, scales, frequencies, n_bins, bins_per_octave, fmin, hop_length, norm
        As for `cwt`.

    Returns
    -------
    frequencies : array [shape=(k,)], Hz
        From 0 to sr / 2.
    lower, upper : arrays [shape=(k,)]
        The bounds there. NumPy float64, all three.

    Raises
    ------
    ParameterError
        As `cwt` does.

    References
    ----------
    I. Daubechies, "The wavelet transform, time-frequency localization and signal analysis", IEEE Trans.
    Information Theory 36(5), 1990.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> frequencies, lower, upper = nax.cwt_frame_bounds(fmin=110, n_bins=60)
    >>> band = (frequencies > 120) & (frequencies < 3000)
    >>> bool(lower[band].min() > 0.8 * upper[band].max())
    True
    """
    bank = wavelet_bank(
        sr=sr, wavelet=wavelet, scales=scales, frequencies=frequencies, n_bins=n_bins, bins_per_octave=bins_per_octave,
        fmin=fmin, hop_length=hop_length, norm=norm,
    )  # fmt: skip
    return frame_bounds(bank, float(sr))
