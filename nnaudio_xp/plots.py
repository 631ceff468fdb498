"""Pictures of the transforms, drawn with matplotlib: seconds across, hertz or coefficients upwards,
decibels as colours.

A new transform is one function that computes a `Picture`, and one row of `TRANSFORMS`. Matplotlib
is imported when a picture is drawn.
"""

from __future__ import annotations

import inspect
import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import nnaudio_xp as nax

from . import ops
from ._namespace import Array, check_signal, device_of, namespace
from .errors import ParameterError, as_number, as_positive, one_of
from .kernels.constant_q import LOWEST_C

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import QuadMesh
    from matplotlib.figure import Figure

__all__ = ["TRANSFORMS", "Picture", "draw", "figure"]

DYNAMIC_RANGE = 80.0  # decibels below the loudest point that still have a colour
MOST_CELLS = 2048  # along either axis: about the pixels there are, so finer pictures are averaged
SHAPELESS = 1e-3  # decibels: cepstral coefficients of silence are this small, and rounding

ROUND_HERTZ = [mantissa * 10.0**exponent for exponent in range(5) for mantissa in (1, 2, 5)]
MEL_HERTZ = [hertz for hertz in ROUND_HERTZ if hertz >= 200]  # the mel scale has no room for more at its linear end


@dataclass(frozen=True)
class Picture:
    """One transform of one signal, with all that drawing it needs.

    Attributes
    ----------
    title, unit : str
        What the picture and its colours show.
    values : array, shape=(rows, frames)
    rows : sequence of float, length=rows
        What each row stands for: its centre frequency in Hz, or its number. Evenly spaced on
        `scale`.
    scale : {'linear', 'log', 'mel', 'number'}
        The vertical axis.
    hop_length : int
        Samples from one frame to the next; frame 0 is centred on sample 0.
    limits : tuple of float
        The values that get the first and the last colour.
    """

    title: str
    values: Array
    rows: Sequence[float]
    scale: Literal["linear", "log", "mel", "number"]
    hop_length: int
    limits: tuple[float, float] = (-DYNAMIC_RANGE, 0.0)
    unit: str = "Level (dB, loudest = 0)"
    colours: str = "magma"


def _decibels(power: Array) -> Array:
    """Decibels relative to the loudest point; silence lies at the bottom of the range."""
    loudest = float(namespace(power).max(power))
    return nax.power_to_db(power / (loudest or 1.0), amin=10 ** (-DYNAMIC_RANGE / 10), top_db=None)


def _stft(y: Array, *, sr: float, n_fft: int = 2048, hop_length: int = 512) -> Picture:
    power = nax.spectrogram(y, n_fft=n_fft, hop_length=hop_length)
    return Picture("STFT", _decibels(power), nax.fft_frequencies(sr=sr, n_fft=n_fft).tolist(), "linear", hop_length)


def _logstft(
    y: Array,
    *,
    sr: float,
    n_fft: int = 2048,
    hop_length: int = 512,
    freq_bins: int | None = None,
    fmin: float = 50.0,
    fmax: float | None = None,
) -> Picture:
    fmax = sr / 2 if fmax is None else fmax
    power = nax.spectrogram(y, n_fft=n_fft, hop_length=hop_length, freq_scale="log", freq_bins=freq_bins, fmin=fmin, fmax=fmax, sr=sr)
    bins = power.shape[-2]
    rows = [fmin * (fmax / fmin) ** (k / bins) for k in range(bins)]
    return Picture("Log-frequency STFT", _decibels(power), rows, "log", hop_length)


def _mel(
    y: Array, *, sr: float, n_fft: int = 2048, hop_length: int = 512, n_mels: int = 128, fmin: float = 0.0, fmax: float | None = None
) -> Picture:
    power = nax.feature.melspectrogram(y=y, sr=sr, n_fft=n_fft, hop_length=hop_length, n_mels=n_mels, fmin=fmin, fmax=fmax)
    # a filter rises from the centre of the one below and falls to the centre of the one above
    _, *centres, _ = nax.mel_frequencies(n_mels + 2, fmin=fmin, fmax=sr / 2 if fmax is None else fmax).tolist()
    return Picture("Mel spectrogram", _decibels(power), centres, "mel", hop_length)


def _mfcc(
    y: Array,
    *,
    sr: float,
    n_mfcc: int = 20,
    n_fft: int = 2048,
    hop_length: int = 512,
    n_mels: int = 128,
    fmin: float = 0.0,
    fmax: float | None = None,
) -> Picture:
    values = nax.feature.mfcc(y=y, sr=sr, n_mfcc=n_mfcc, n_fft=n_fft, hop_length=hop_length, n_mels=n_mels, fmin=fmin, fmax=fmax)
    xp = namespace(values)
    # coefficients 0 and 1 are loudness and tilt, far larger than those of the finer shape: they may
    # leave the range of colours
    largest = float(xp.max(xp.abs(values[min(2, values.shape[0] - 1) :, :])))
    if largest < SHAPELESS:
        values, largest = xp.zeros_like(values), 1.0
    return Picture("MFCC", values, range(values.shape[0]), "number", hop_length, (-largest, largest), "Coefficient (dB)", "RdBu_r")


def _cqt(
    y: Array, *, sr: float, hop_length: int = 512, fmin: float = LOWEST_C, n_bins: int | None = None, bins_per_octave: int = 24
) -> Picture:
    values = nax.cqt(y, sr=sr, hop_length=hop_length, fmin=fmin, n_bins=n_bins, bins_per_octave=bins_per_octave, method="exact")
    return _constant_q("Constant-Q transform", values, fmin, bins_per_octave, hop_length)


def _vqt(
    y: Array,
    *,
    sr: float,
    hop_length: int = 512,
    fmin: float = LOWEST_C,
    n_bins: int | None = None,
    bins_per_octave: int = 24,
    gamma: float | None = None,
) -> Picture:
    values = nax.vqt(
        y, sr=sr, hop_length=hop_length, fmin=fmin, n_bins=n_bins, bins_per_octave=bins_per_octave, gamma=gamma, method="exact"
    )
    return _constant_q("Variable-Q transform", values, fmin, bins_per_octave, hop_length)


def _cwt(
    y: Array, *, sr: float, hop_length: int | None = None, fmin: float = LOWEST_C, n_bins: int | None = None, bins_per_octave: int = 24
) -> Picture:
    hop_length = _short_hop(y) if hop_length is None else hop_length
    values = nax.cwt(y, sr=sr, hop_length=hop_length, fmin=fmin, n_bins=n_bins, bins_per_octave=bins_per_octave)
    return _constant_q("Continuous wavelet transform", values, fmin, bins_per_octave, hop_length)


def _ssq(
    y: Array, *, sr: float, hop_length: int | None = None, fmin: float = LOWEST_C, n_bins: int | None = None, bins_per_octave: int = 24
) -> Picture:
    hop_length = _short_hop(y) if hop_length is None else hop_length
    values, _ = nax.ssq_cwt(y, sr=sr, hop_length=hop_length, fmin=fmin, n_bins=n_bins, bins_per_octave=bins_per_octave)
    return _constant_q("Synchrosqueezed wavelet transform", values, fmin, bins_per_octave, hop_length)


def _short_hop(y: Array) -> int:
    """As many frames as a picture may have columns, where the signal is short: wavelets are."""
    hop: int = max(1, min(512, math.ceil(y.shape[0] / MOST_CELLS)))
    return hop


def _constant_q(title: str, values: Array, fmin: float, bins_per_octave: int, hop_length: int) -> Picture:
    rows = nax.cqt_frequencies(values.shape[0], fmin=fmin, bins_per_octave=bins_per_octave).tolist()
    return Picture(title, _decibels(namespace(values).abs(values) ** 2), rows, "log", hop_length)


TRANSFORMS: dict[str, Callable[..., Picture]] = {
    "stft": _stft,
    "logstft": _logstft,
    "mel": _mel,
    "mfcc": _mfcc,
    "cqt": _cqt,
    "vqt": _vqt,
    "cwt": _cwt,
    "ssq": _ssq,
}
"""Name -> the function that computes its picture: `(y, *, sr, **options) -> Picture`, with a
default for every option.
"""


def _options(transform: str) -> set[str]:
    """The names of a transform's options."""
    return inspect.signature(TRANSFORMS[one_of("transform", transform, TRANSFORMS)]).parameters.keys() - {"y", "sr"}


def _check_options(options: dict[str, Any], transforms: Sequence[str]) -> None:
    """Raise unless every option is one of some transform's."""
    if unknown := options.keys() - set().union(*map(_options, transforms)):
        raise ParameterError(f"{min(unknown)} is not an option of {', '.join(transforms)}")


def _at_full_scale(y: Array) -> Array:
    """One channel scaled to a peak of 1, so that nothing below depends on how loud it is; silence
    stays silence. In float64 where the device has it: the rounding of float32 would show in silent
    parts of the picture.
    """
    xp = check_signal(y)
    if y.ndim != 1:
        raise ParameterError(f"y has shape {tuple(y.shape)}: a picture shows one channel, of shape (samples,)")
    peak = float(xp.max(xp.abs(y)))
    if not math.isfinite(peak):
        ops.require_finite(y, "y", xp=xp)  # which says where, on NumPy
        raise ParameterError("y is not finite everywhere: a picture needs finite samples")
    if "float64" in xp.__array_namespace_info__().dtypes(kind="real floating", device=device_of(y)):
        y = xp.astype(y, xp.float64, copy=False)
    return y / (peak or 1.0)


def _edges(centres: Sequence[float]) -> list[float]:
    """Where the cells around the centres meet."""
    if len(centres) == 1:
        return [centres[0] - 0.5, centres[0] + 0.5]
    middles = [(low + high) / 2 for low, high in itertools.pairwise(centres)]
    return [2 * centres[0] - middles[0], *middles, 2 * centres[-1] - middles[-1]]


def _averaged(values: Array, edges: list[float]) -> tuple[Array, list[float]]:
    """The cells along the first axis and their edges, neighbours averaged until there are at most
    `MOST_CELLS`.
    """
    count = values.shape[0]
    group = math.ceil(count / MOST_CELLS)
    if group == 1:
        return values, edges
    xp = namespace(values)
    whole = count - count % group
    means = xp.mean(xp.reshape(values[:whole, :], (whole // group, group, -1)), axis=1)
    if whole < count:
        means = xp.concat([means, xp.mean(values[whole:, :], axis=0, keepdims=True)], axis=0)
    return means, [*edges[:count:group], edges[-1]]


def _set_frequency_axis(ax: Axes, scale: str, low: float, high: float) -> None:
    from matplotlib.ticker import EngFormatter, FixedLocator, MaxNLocator, NullLocator

    if scale == "mel":
        ax.set_yscale("function", functions=(nax.hz_to_mel, nax.mel_to_hz))
    else:
        ax.set_yscale(scale)
    if scale != "linear":
        hertz = MEL_HERTZ if scale == "mel" else ROUND_HERTZ
        few = sum(low <= tick <= high for tick in hertz) < 3
        ax.yaxis.set_major_locator(FixedLocator(MaxNLocator(5).tick_values(low, high) if few else hertz))
        ax.yaxis.set_minor_locator(NullLocator())
    ax.yaxis.set_major_formatter(EngFormatter(sep=""))
    ax.set_ylim(max(low, 0.0), high)
    ax.set_ylabel("Frequency (Hz)")


def _set_number_axis(ax: Axes, low: float, high: float) -> None:
    from matplotlib.ticker import MaxNLocator

    ax.yaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
    ax.set_ylim(low, high)
    ax.set_ylabel("Coefficient")


def draw(ax: Axes, y: Array, *, sr: float, transform: str = "mel", offset: float = 0.0, **options: Any) -> QuadMesh:
    """Draw one transform of a signal, with its axes and its colour bar.

    The data coordinates are seconds and hertz (or coefficient numbers) whatever the scale of the
    axis, so a pitch curve or an onset can be drawn on top. A picture of more than 2048 frames or
    rows is averaged to at most that many. The signal is scaled to a peak of 1 first, so that a
    quiet one has the picture of a loud one; silence has one colour. Everything is computed in
    float64 where the device has it.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where to draw.
    y : array, shape=(samples,)
        The signal, of any array library.
    sr : number > 0 [Hz]
        Sampling rate.
    transform : {'stft', 'logstft', 'mel', 'mfcc', 'cqt', 'vqt', 'cwt', 'ssq'}
        What to draw: a name in `TRANSFORMS`.
    offset : number [s]
        The time of the first sample.
    **options
        Of the transform: `hop_length` for all of them, by default 512, and for 'cwt' and 'ssq' less where
        a signal is short; `n_fft` for all but 'cqt', 'vqt', 'cwt' and 'ssq'; `fmin` for all but
        'stft'; `fmax` for 'logstft', 'mel' and 'mfcc'; `freq_bins` for 'logstft'; `n_mels` for
        'mel' and 'mfcc'; `n_mfcc` for 'mfcc'; `n_bins` (by default all up to sr / 2) and
        `bins_per_octave` for 'cqt', 'vqt', 'cwt' and 'ssq'; `gamma` for 'vqt'.

    Returns
    -------
    matplotlib.collections.QuadMesh
        What was drawn.

    Raises
    ------
    ParameterError
        If `y` is not one channel of floating-point samples, or an argument is outside what the
        transform accepts.

    Examples
    --------
    >>> import math
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().subplots()
    >>> tone = np.sin(2 * math.pi * 440 / 22050 * np.arange(22050))
    >>> mesh = nax.plots.draw(ax, tone, sr=22050, transform="logstft")
    >>> ax.get_ylabel()
    'Frequency (Hz)'
    """
    _check_options(options, [transform])
    sr, start = as_positive("sr", sr), as_number("offset", offset)
    picture = TRANSFORMS[transform](_at_full_scale(y), sr=sr, **options)
    xp = namespace(picture.values)
    rows = _edges(picture.rows)
    times = [start + (frame - 0.5) * picture.hop_length / sr for frame in range(picture.values.shape[1] + 1)]
    values, row_edges = _averaged(picture.values, rows)
    columns, time_edges = _averaged(xp.matrix_transpose(values), times)

    low, high = picture.limits
    cells = xp.matrix_transpose(columns).tolist()  # a nested list is how any library's array, on any device, reaches matplotlib
    mesh = ax.pcolormesh(time_edges, row_edges, cells, vmin=low, vmax=high, cmap=picture.colours, shading="flat", rasterized=True)
    if picture.scale == "number":
        _set_number_axis(ax, rows[0], rows[-1])
    else:
        _set_frequency_axis(ax, picture.scale, rows[0], rows[-1])
    ax.set_xlim(start, start + y.shape[0] / sr)
    ax.set_xlabel("Time (s)")
    ax.set_title(picture.title)
    ax.figure.colorbar(mesh, ax=ax, label=picture.unit, pad=0.02, extend="both" if low == -high else "min")
    return mesh


def figure(y: Array, *, sr: float, transforms: Sequence[str] = ("mel",), title: str = "", offset: float = 0.0, **options: Any) -> Figure:
    """Draw several transforms of a signal, one panel each.

    Parameters
    ----------
    y : array, shape=(samples,)
        The signal, of any array library.
    sr : number > 0 [Hz]
        Sampling rate.
    transforms : sequence of {'stft', 'logstft', 'mel', 'mfcc', 'cqt', 'vqt', 'cwt', 'ssq'}
        What to draw: names in `TRANSFORMS`.
    title : str
        A line above all panels.
    offset : number [s]
        The time of the first sample.
    **options
        As in `draw`. Each transform is given those of the options that it has; every option must be
        one of some transform's.

    Returns
    -------
    matplotlib.figure.Figure
        The figure, which belongs to no window: save it with `savefig`, or return it from a
        notebook's cell.

    Raises
    ------
    ParameterError
        As `draw` does, and if there is no transform or an option belongs to none of them.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> noise = np.random.default_rng(0).standard_normal(22050)
    >>> panels = nax.plots.figure(noise, sr=22050, transforms=["stft", "mfcc"], n_mfcc=13)
    >>> [ax.get_title() for ax in panels.axes if ax.get_title()]
    ['STFT', 'MFCC']
    """
    from matplotlib.figure import Figure

    if not transforms:
        raise ParameterError(f"transforms={transforms!r} must name at least one of {', '.join(TRANSFORMS)}")
    _check_options(options, transforms)
    columns = math.ceil(math.sqrt(len(transforms)))
    lines = math.ceil(len(transforms) / columns)
    page = Figure(figsize=(7.5 * columns, 4.2 * lines), dpi=120, layout="constrained")
    for place, name in enumerate(transforms, start=1):
        own = {option: value for option, value in options.items() if option in _options(name)}
        draw(page.add_subplot(lines, columns, place), y, sr=sr, transform=name, offset=offset, **own)
    page.suptitle(title, parse_math=False)  # a file name may hold dollar signs, which are no formula
    return page
