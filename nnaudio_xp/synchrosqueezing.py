"""Synchrosqueezed transforms, their ridges, and the components of a signal."""

from __future__ import annotations

from types import ModuleType
from typing import Any

from . import ops
from ._backends import at_full_precision, constant_in_graphs
from ._namespace import (
    Array,
    Device,
    as_floating,
    as_integers,
    check_spectrum,
    complex_dtype,
    device_of,
    host,
    integer_dtype,
    is_array,
    is_complex,
    namespace,
    place,
    real_dtype,
)
from .errors import ParameterError, as_integer, as_number, as_positive, check_size
from .geometry import framing_of, padding_mode
from .transforms.constants import constant_like
from .transforms.inputs import signal_of, spectrum_of
from .transforms.synchrosqueezing import (
    Rows,
    components,
    fourier_rows,
    longest_jump,
    ridges_of,
    row_frequencies,
    squeezed_bank,
    squeezed_frames,
    squeezed_wavelets,
)

__all__ = ["extract_ridges", "issq_cwt", "issq_stft", "ssq_cwt", "ssq_stft"]


@at_full_precision
def ssq_cwt(
    y: Array,
    *,
    sr: float = 22050,
    wavelet: Any = "morlet",
    scales: Any = None,
    frequencies: Any = None,
    n_bins: int | None = None,
    bins_per_octave: int = 32,
    fmin: float | None = None,
    hop_length: int = 1,
    pad_mode: Any = "constant",
    ssq_frequencies: Any = None,
    threshold: float = 1e-5,
) -> tuple[Array, Array]:
    r"""Synchrosqueezed wavelet transform: `nnaudio_xp.cwt` with each coefficient moved to the row of its
    instantaneous frequency, which makes sharp lines of a signal's components [1]_ [2]_.

    .. math::
        T[f, t] = \sum_{a:\, f(a, t) \approx f} w_a W[a, t], \quad
        f(a, t) = \frac{1}{2\pi} \mathrm{Im} \frac{\partial_t W[a, t]}{W[a, t]}

    with W of ``norm="l1"``, its derivative by the wavelet's own, and the weights :math:`w_a` of the
    integral over the logarithm of the scale. Nothing is lost: at every time the sum over the rows is the
    sum over the scales, whose real part is the signal (`issq_cwt`).

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them; any array library. Half precision is computed in float32.
    sr : float > 0 [Hz]
        Sampling rate.
    wavelet : str, tuple or Wavelet
        As for `nnaudio_xp.cwt`; an analytic one: ``"morlet"``, ``"morse"``, ``"paul"`` or ``"bump"``.
    scales, frequencies, n_bins, bins_per_octave, fmin, hop_length, pad_mode
        As for `nnaudio_xp.cwt`: which scales are analysed, two at least.
    ssq_frequencies : sequence of floats, 0 <= frequency <= sr / 2, optional [Hz]
        The rows' frequencies, by default those that are analysed. A coefficient goes to the nearest: by
        the difference where they are evenly spaced, by the ratio elsewhere. What lies outside of them goes
        to the first or last.
    threshold : float >= 0
        Coefficients below this share of the loudest of their clip say nothing about a frequency: they go
        to the row nearest to their scale's own.

    Returns
    -------
    T : array [shape=(..., rows, frames)], complex
        In the input's library, device and precision (complex64 for half precision). Frame t is centred on
        sample ``t * hop_length``. Derivatives are those of the coefficients: where they are moved to has
        none.
    ssq_frequencies : array [shape=(rows,)], real [Hz]
        The rows' frequencies.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, a real wavelet, or, for NumPy arrays, samples that are not
        finite.

    See Also
    --------
    extract_ridges : the lines.
    issq_cwt : signals of all rows, or of those around lines.

    References
    ----------
    .. [1] I. Daubechies, J. Lu & H.-T. Wu, "Synchrosqueezed wavelet transforms: an empirical mode
       decomposition-like tool", Appl. Comput. Harmon. Anal. 30(2), 2011.
    .. [2] G. Thakur, E. Brevdo, N. S. Fučkar & H.-T. Wu, "The synchrosqueezing algorithm for time-varying
       spectral analysis", Signal Process. 93(5), 2013.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(4000) / 8000)
    >>> T, frequencies = nax.ssq_cwt(y, sr=8000, fmin=110, n_bins=97)
    >>> T.shape, round(float(frequencies[abs(T[:, 2000]).argmax()]), 3)
    ((97, 4000), 440.0)
    >>> round(float(abs(T[:, 2000]).max()), 2)
    1.0
    """
    bank, derivative, rows = squeezed_bank(
        ssq_frequencies, threshold, sr=sr, wavelet=wavelet, scales=scales, frequencies=frequencies, n_bins=n_bins,
        bins_per_octave=bins_per_octave, fmin=fmin, hop_length=hop_length,
    )  # fmt: skip
    mode = padding_mode("pad_mode", pad_mode)
    xp, y = signal_of(y)
    T = squeezed_wavelets(y, bank, derivative, rows, sr=as_positive("sr", sr), pad_mode=mode, xp=xp)
    return T, _frequencies(rows, y, xp=xp)


def _frequencies(rows: Rows, like: Array, *, xp: ModuleType) -> Array:
    """The rows' frequencies, the caller's own."""
    return constant_like(row_frequencies, like, xp=xp, rows=rows) + 0.0


@at_full_precision
def ssq_stft(
    y: Array,
    *,
    sr: float = 22050,
    n_fft: int = 2048,
    hop_length: int = 1,
    win_length: int | None = None,
    window: Any = "hann",
    center: bool = True,
    pad_mode: Any = "constant",
    ssq_frequencies: Any = None,
    threshold: float = 1e-5,
) -> tuple[Array, Array]:
    r"""Synchrosqueezed short-time Fourier transform: `nnaudio_xp.stft` with each bin moved to the row of its
    instantaneous frequency [1]_.

    .. math:: T[f, t] = \sum_{k:\, f(k, t) \approx f} \frac{c_k}{N w_0} S[k, t] e^{2\pi i k \lfloor N/2 \rfloor / N}

    with N = `n_fft`, the window's middle :math:`w_0`, and :math:`c_k = 2` for the bins that stand for
    negative frequencies, too. The frequency is that of `nnaudio_xp.reassigned_spectrogram`, by the
    window's derivative. Phases are those in the middle of frames: the real part of the sum over all rows is
    the signal there, exactly (`issq_stft`).

    Parameters
    ----------
    y : array [shape=(..., n)], real floating-point
        Waveform, or a batch of them; any array library. Half precision is computed in float32.
    sr : float > 0 [Hz]
        Sampling rate.
    n_fft, win_length, window, center, pad_mode
        As for `nnaudio_xp.stft`; the window must not be 0 in its middle.
    hop_length : int > 0 [samples]
        Samples from one frame to the next. With 1, the default, whole signals come back, and a result is
        `n_fft` times as large as its signal: take a short one, or a larger hop to look at it.
    ssq_frequencies : sequence of floats, 0 <= frequency <= sr / 2, optional [Hz]
        The rows' frequencies, by default those of the bins; as for `ssq_cwt`.
    threshold : float >= 0
        Bins below this share of the loudest of their clip stay at their own frequency.

    Returns
    -------
    T : array [shape=(..., rows, frames)], complex
        In the input's library, device and precision (complex64 for half precision), with the derivatives
        of the coefficients.
    ssq_frequencies : array [shape=(rows,)], real [Hz]
        The rows' frequencies.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, or, for NumPy arrays, samples that are not finite.

    References
    ----------
    .. [1] T. Oberlin, S. Meignen & V. Perrier, "The Fourier-based synchrosqueezing transform", Proc. IEEE
       ICASSP, 2014.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.sin(2 * np.pi * 440 * np.arange(4000) / 8000)
    >>> T, frequencies = nax.ssq_stft(y, sr=8000, n_fft=256, ssq_frequencies=np.arange(0, 4000, 20))
    >>> T.shape, float(frequencies[abs(T[:, 2000]).argmax()])
    ((200, 4001), 440.0)
    """
    rate = as_positive("sr", sr)
    framing, width = framing_of(n_fft, as_integer("hop_length", hop_length), win_length, center, pad_mode)
    rows = fourier_rows(ssq_frequencies, threshold, n_fft=framing.n_fft, sr=rate)
    xp, y = signal_of(y)
    T = squeezed_frames(y, framing, width, window, rows, sr=rate, xp=xp)
    return T, _frequencies(rows, y, xp=xp)


@constant_in_graphs
def _placed(ridges: Any, xp: ModuleType, device: Device) -> Array:
    """Lists and NumPy's arrays of integers in another library."""
    return place(as_integers(ridges, name="ridges")[1], xp=xp, dtype=integer_dtype(xp), device=device)


def _components(T: Array, ridges: Any, bandwidth: Any) -> Array:
    """The signal of all rows, or those around ridges."""
    reach = as_integer("bandwidth", bandwidth, minimum=0)
    xp, T = spectrum_of(T, name="T")
    if ridges is None:
        return components(T, None, reach, xp=xp)
    space = namespace(ridges)
    if space is not host:
        namespace(T, ridges)
    rows = as_integers(ridges, name="ridges", like=T)[1] if space is xp else _placed(ridges, xp, device_of(T))
    batch, frames = tuple(T.shape[:-2]), T.shape[-1]
    if rows.ndim < 2 or rows.shape[-1] not in (1, frames) or rows.shape[-2] == 0 or tuple(rows.shape[:-2]) not in ((), batch):
        raise ParameterError(f"ridges has shape {tuple(rows.shape)}: it must be {(*batch, 'ridges', frames)}, as extract_ridges gives it")
    return components(T, rows, reach, xp=xp)


@at_full_precision
def issq_cwt(T: Array, *, ridges: Any = None, bandwidth: int = 25) -> Array:
    """Inverse of `ssq_cwt`: the real part of the sum over all rows, or over those around each of some
    ridges, which are the components of the signal.

    What lies well inside the band of the scales comes back, at 60 dB with 32 scales an octave, less
    exactly at the ends of a signal that is not faint there.

    Parameters
    ----------
    T : array [shape=(..., rows, frames)], complex
        As `ssq_cwt` gives it, with ``hop_length=1``; with another one, every `hop_length`-th sample comes
        back.
    ridges : array [shape=(..., ridges, frames)] or list, integer, optional
        Rows, as `extract_ridges` gives them; those of all clips, or of each. One frame stands for all.
    bandwidth : int >= 0
        Rows on either side of a ridge that belong to its component. A row that is near two ridges belongs
        to both.

    Returns
    -------
    array [shape=(..., frames) or (..., ridges, frames)], real
        The signal, or its components. In the input's library, device and precision.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, or one that does not fit the shape of `T`.

    See Also
    --------
    icwt : with ``method="integral"`` the same of `cwt`, and an exact inverse.

    References
    ----------
    I. Daubechies, J. Lu & H.-T. Wu, "Synchrosqueezed wavelet transforms: an empirical mode
    decomposition-like tool", Appl. Comput. Harmon. Anal. 30(2), 2011.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> t = np.arange(4000) / 8000
    >>> low, high = np.sin(2 * np.pi * 300 * t), np.sin(2 * np.pi * (900 * t + 400 * t**2))
    >>> T, frequencies = nax.ssq_cwt(low + high, sr=8000, fmin=100, n_bins=160)
    >>> parts = nax.issq_cwt(T, ridges=nax.extract_ridges(T, n_ridges=2))
    >>> inside = slice(500, -500)
    >>> order = np.argsort(np.abs(parts - low).max(axis=1))
    >>> [bool(np.abs(part - wave)[inside].max() < 0.03) for part, wave in zip(parts[order], (low, high))]
    [True, True]
    """
    return _components(T, ridges, bandwidth)


@at_full_precision
def issq_stft(T: Array, *, ridges: Any = None, bandwidth: int = 25) -> Array:
    """Inverse of `ssq_stft`: the real part of the sum over all rows, which is exact, or over those around
    each of some ridges, which are the components of the signal.

    Parameters
    ----------
    T : array [shape=(..., rows, frames)], complex
        As `ssq_stft` gives it, with ``hop_length=1``; with another one, every `hop_length`-th sample comes
        back.
    ridges, bandwidth
        As for `issq_cwt`.

    Returns
    -------
    array [shape=(..., frames) or (..., ridges, frames)], real
        The signal in the middle of frames, or its components there. Of `n_fft` that is even, centred
        frames are one more than samples: the last number belongs to what is behind the signal. In the
        input's library, device and precision.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, or one that does not fit the shape of `T`.

    References
    ----------
    T. Oberlin, S. Meignen & V. Perrier, "The Fourier-based synchrosqueezing transform", Proc. IEEE
    ICASSP, 2014.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> y = np.random.default_rng(0).standard_normal(1000)
    >>> T, frequencies = nax.ssq_stft(y, n_fft=128)
    >>> bool(np.allclose(nax.issq_stft(T)[:1000], y))
    True
    """
    return _components(T, ridges, bandwidth)


@at_full_precision
def extract_ridges(T: Array, *, frequencies: Any = None, penalty: float = 2.0, n_ridges: int = 1, bw: int = 25) -> Array:
    r"""Ridges of a time-frequency transform: the rows of its strongest lines, one after the other.

    A ridge r is the path that maximises

    .. math:: \sum_t \ln |T[r_t, t]|^2 - \lambda \sum_t (p_{r_t} - p_{r_{t-1}})^2

    with the `penalty` :math:`\lambda` and the rows' positions p. It is found exactly, by Viterbi's
    algorithm; then the rows around it are taken away, and the next one is found [1]_. The time grows with
    the square of the number of rows where `frequencies` are given, else with its power of 1.5. Energies of
    less than 1e-12 of a clip's largest count as that.

    Parameters
    ----------
    T : array [shape=(..., rows, frames)], complex or real
        A transform, such as `ssq_cwt`, `ssq_stft`, `cwt` or `stft`, or its magnitudes.
    frequencies : sequence or array of floats > 0, optional [shape=(rows,)]
        The rows' frequencies, or scales: positions are then their natural logarithms. By default they are
        the numbers of the rows.
    penalty : float >= 0
        How dear jumps are: the greater, the smoother a ridge. Neighbours on a grid of b rows an octave have
        a squared distance of 1 by their numbers, but of ``(ln(2) / b)**2`` by their frequencies.
    n_ridges : int > 0
        Number of ridges.
    bw : int >= 0
        Rows on either side of a ridge that no other ridge goes through.

    Returns
    -------
    array [shape=(..., n_ridges, frames)], integer
        Rows, in the input's library, as its default integers: ridges before time, where ssqueezepy has
        time before ridges.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.

    References
    ----------
    .. [1] G. Thakur, E. Brevdo, N. S. Fučkar & H.-T. Wu, "The synchrosqueezing algorithm for time-varying
       spectral analysis", Signal Process. 93(5), 2013.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> T = np.full((9, 5), 0.1)
    >>> T[[1, 1, 2, 2, 3], range(5)], T[7] = 3.0, 1.0
    >>> nax.extract_ridges(T, n_ridges=2, bw=2).tolist()
    [[1, 1, 2, 2, 3], [7, 7, 7, 7, 7]]
    """
    weight = as_number("penalty", penalty, minimum=0)
    count, reach = as_integer("n_ridges", n_ridges), as_integer("bw", bw, minimum=0)
    xp = check_spectrum(T, name="T")
    T = xp.astype(T, (complex_dtype if is_complex(T, xp) else real_dtype)(T, xp), copy=False)
    n_rows = T.shape[-2]
    check_size("the steps between rows", [n_rows, n_rows], f"T of {n_rows} rows")
    check_size("the ridges", [count, T.shape[-1]], {"n_ridges": count})
    positions = _positions(frequencies, T, xp=xp)
    furthest = longest_jump(n_rows, weight) if frequencies is None else n_rows - 1
    return ridges_of(T, positions, weight, count, reach, furthest=furthest, xp=xp)


def _positions(frequencies: Any, T: Array, *, xp: ModuleType) -> Array:
    """Where the rows lie."""
    like: dict[str, Any] = {"dtype": real_dtype(T, xp), "device": device_of(T)}
    n_rows = T.shape[-2]
    if frequencies is None:
        return xp.arange(n_rows, **like)
    space, values = as_floating(frequencies, name="frequencies")
    if tuple(values.shape) != (n_rows,):
        raise ParameterError(f"frequencies has shape {tuple(values.shape)}: T has {n_rows} rows, for which it must be {(n_rows,)}")
    if is_array(frequencies) and space is not host:
        namespace(T, frequencies)
        values = xp.astype(values, like["dtype"], copy=False)
    else:
        values = place(values, xp=xp, **like)
    ops.require(xp.all(values > 0), "frequencies must be positive everywhere: leave them out to count rows", xp=xp)
    return xp.log(values)
