"""Librosa's pictures: `specshow` and `waveshow`, with the axes and labels of librosa 1.0, drawn by
matplotlib on axes of the caller's.

A new kind of axis is a row of `COORDINATES`, one of `_SCALES` if it is not linear, and one of
`_ticks`. Matplotlib is imported when something is drawn, or a formatter is looked up.
"""

from __future__ import annotations

import importlib
import math
import re
import weakref
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import nnaudio_xp as nax

from ._namespace import Array, as_floating, check_on_host, check_signal, host
from .errors import ParameterError, as_integer, as_number, as_positive, one_of, warn
from .kernels.constant_q import LOWEST_C

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.collections import QuadMesh
    from matplotlib.colors import Colormap

FORMATTERS = (
    "AdaptiveEngFormatter",
    "AdaptiveWaveplot",
    "ChromaFJSFormatter",
    "ChromaFormatter",
    "ChromaSvaraFormatter",
    "FJSFormatter",
    "LogHzFormatter",
    "NoteFormatter",
    "SvaraFormatter",
    "TimeFormatter",
    "TonnetzFormatter",
)
"""What stands in a module that matplotlib must be there for."""

__all__ = ["cmap", "infer_cmap", "specshow", "waveshow"]  # what is found without matplotlib


def _matplotlib(module: str) -> Any:
    """A module of matplotlib's."""
    try:
        return importlib.import_module(f"matplotlib.{module}")
    except ImportError as error:
        raise ImportError("pictures are drawn by matplotlib: pip install 'nnaudio_xp[cli]'") from error


def _formatters() -> Any:
    """The module of the labels, which needs matplotlib."""
    return importlib.import_module(".formatters", __package__)


def __getattr__(name: str) -> Any:
    if name not in FORMATTERS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(_formatters(), name)


# --- what stands where ----------------------------------------------------------------------------


@dataclass(frozen=True)
class _Settings:
    """What the axes of a picture depend on; the meanings are those of `specshow`."""

    sr: float = 22050
    hop_length: int = 512
    n_fft: int | None = None
    win_length: int | None = None
    fmin: float | None = None
    fmax: float | None = None
    tuning: float = 0.0
    bins_per_octave: int = 12
    key: str = "C:maj"
    Sa: float | None = None
    mela: str | int | None = None
    thaat: str | None = None
    htk: bool = False
    unicode: bool = True
    intervals: str | Collection[float] | None = None
    unison: str | None = None

    @property
    def lowest(self) -> float:
        """The lowest frequency of constant-Q axes."""
        return LOWEST_C if self.fmin is None else self.fmin

    @property
    def spacing(self) -> str | Collection[float]:
        """The intervals, which some axes need."""
        if self.intervals is None:
            raise ParameterError("intervals=None: this axis needs them, as nnaudio_xp.interval_frequencies does")
        return self.intervals


def _below_nyquist(frequencies: Array, settings: _Settings) -> Array:
    if frequencies[-1] > settings.sr / 2:
        warn("the axis goes beyond the Nyquist frequency: sr, fmin or bins_per_octave may not be those of the data")
    return frequencies


def _linear(n: int, settings: _Settings) -> Array:
    return nax.fft_frequencies(sr=settings.sr, n_fft=2 * (n - 1) if settings.n_fft is None else settings.n_fft)


def _mel(n: int, settings: _Settings) -> Array:
    highest = settings.sr / 2 if settings.fmax is None else settings.fmax
    return nax.mel_frequencies(n, fmin=settings.fmin or 0.0, fmax=highest, htk=settings.htk)


def _constant_q(n: int, settings: _Settings) -> Array:
    per_octave = settings.bins_per_octave
    grid = nax.cqt_frequencies(n, fmin=settings.lowest, bins_per_octave=per_octave, tuning=settings.tuning)
    return _below_nyquist(grid, settings)


def _variable_q(n: int, settings: _Settings) -> Array:
    per_octave = settings.bins_per_octave
    grid = nax.interval_frequencies(n, fmin=settings.lowest, intervals=settings.spacing, bins_per_octave=per_octave)
    return _below_nyquist(grid, settings)


def _chroma(n: int, settings: _Settings) -> Array:
    return host.arange(n) * (12.0 / settings.bins_per_octave)


def _times(n: int, settings: _Settings) -> Array:
    return nax.frames_to_time(host.arange(n), sr=settings.sr, hop_length=settings.hop_length)


def _numbers(n: int, settings: _Settings) -> Array:
    return host.arange(n)


def _tempo(n: int, settings: _Settings) -> Array:
    """Those of lags of 1, 2, … frames."""
    return nax.tempo_frequencies(n + 1, sr=settings.sr, hop_length=settings.hop_length)[1:]


def _fourier_tempo(n: int, settings: _Settings) -> Array:
    window = 2 * (n - 1) if settings.win_length is None else settings.win_length
    return nax.fourier_tempo_frequencies(sr=settings.sr, hop_length=settings.hop_length, win_length=window)


Coordinates = Callable[[int, _Settings], Array]

LINEAR, LOG = ("linear", "fft", "hz", "oct3"), ("log", "fft_note", "fft_svara", "log_oct3")
MEL = ("mel", "mel_oct3")
CONSTANT_Q = ("cqt", "cqt_hz", "cqt_note", "cqt_svara", "cqt_oct3")
VARIABLE_Q = ("vqt_hz", "vqt_note", "vqt_fjs", "vqt_oct3")
CHROMA = ("chroma", "chroma_h", "chroma_c", "chroma_fjs")
UNITS = {"h": "hours", "m": "minutes", "s": "seconds", "ms": "milliseconds"}
TIMES, LAGS = ("time", *UNITS), ("lag", *(f"lag_{unit}" for unit in UNITS))
TEMPI = ("tempo", "fourier_tempo")
COORDINATES: dict[str | None, Coordinates] = {
    **dict.fromkeys((*LINEAR, *LOG), _linear),
    **dict.fromkeys(MEL, _mel),
    **dict.fromkeys(CONSTANT_Q, _constant_q),
    **dict.fromkeys(VARIABLE_Q, _variable_q),
    **dict.fromkeys(CHROMA, _chroma),
    **dict.fromkeys((*TIMES, *LAGS), _times),
    "tempo": _tempo,
    "fourier_tempo": _fourier_tempo,
    **dict.fromkeys(("chroma_fjs", "tonnetz", "frames", "off", "none", None), _numbers),
}
"""Where the rows or columns of each kind of axis stand."""

ALIKE = (("linear", "fft", "hz", "fft_note", "fft_svara", "oct3"), CHROMA, CONSTANT_Q[1:], VARIABLE_Q, TIMES, LAGS)
"""Kinds of axes that are the same but for their labels; each is the same as itself."""


def _coordinates(given: Any, name: str, kind: str | None, n: int, settings: _Settings) -> Array:
    if given is None:
        return COORDINATES[kind](n, settings)
    coordinates = check_on_host(given, name=name)
    if coordinates.shape not in ((n,), (n + 1,)):
        raise ParameterError(f"{name} has shape {coordinates.shape}: it must hold {n} numbers, or {n + 1} edges")
    return coordinates


SCALES: dict[str | None, dict[str, Any]] = {
    **{kind: {"value": "symlog", "base": 2, "linthresh": 1000.0} for kind in MEL},
    **{kind: {"value": "symlog", "base": 2, "linthresh": 2 * LOWEST_C, "linscale": 0.5} for kind in LOG},
    **{kind: {"value": "log", "base": 2} for kind in (*CONSTANT_Q, *VARIABLE_Q, *TEMPI)},
}
"""Arguments of `set_xscale` or `set_yscale` of the kinds of axes that are not linear."""


# --- ticks ----------------------------------------------------------------------------------------

SEMITONES = tuple(2.0 ** (k / 12) for k in range(1, 12))
THIRDS = tuple(digits * 10.0**power for power in range(1, 6) for digits in (1, 1.25, 1.6, 2, 2.5, 3.15, 4, 5, 6.3, 8))[5:]
"""Preferred frequencies, three in an octave (IEC 61260), from 31.5 Hz to 800 kHz."""


def _ticks(axis: Axis, kind: str | None, settings: _Settings, coordinates: Array) -> None:
    """Locators, formatters and the title of one axis."""
    ticker, labels = _matplotlib("ticker"), _formatters()
    if kind in (*TIMES, *LAGS):
        _time_ticks(axis, str(kind), ticker, labels)
    elif kind in (*CHROMA, "tonnetz"):
        _chroma_ticks(axis, str(kind), settings, ticker, labels)
    elif kind in ("cqt_hz", "cqt_note", "cqt_svara", "fft_note", "fft_svara", *VARIABLE_Q[:3]):
        _pitch_ticks(axis, str(kind), settings, len(coordinates), ticker, labels)
    elif str(kind).endswith("oct3"):
        first = 5 if kind == "mel_oct3" else 0
        axis.set_major_locator(ticker.FixedLocator(THIRDS[first::3]))
        axis.set_major_formatter(labels.AdaptiveEngFormatter(unit="Hz"))
        axis.set_minor_locator(ticker.FixedLocator(THIRDS))
        axis.set_minor_formatter(labels.AdaptiveEngFormatter(major=False, unit="Hz"))
        axis.set_label_text("Frequency")
    elif kind in TEMPI:
        axis.set_major_formatter(ticker.ScalarFormatter())
        axis.set_major_locator(ticker.LogLocator(base=2.0))
        axis.set_label_text("BPM")
    elif kind in ("mel", "log", "linear", "hz", "fft"):
        axis.set_major_formatter(ticker.ScalarFormatter())
        if kind in ("mel", "log"):
            axis.set_major_locator(ticker.SymmetricalLogLocator(axis.get_transform()))
        axis.set_label_text("Hz")
    elif kind == "frames":
        axis.set_label_text("Frames")
    else:
        axis.set_label_text("")
        axis.set_ticks([])


def _time_ticks(axis: Axis, kind: str, ticker: Any, labels: Any) -> None:
    lag, unit = kind in LAGS, kind.removeprefix("lag_")
    title = "Lag" if lag else "Time"
    axis.set_major_formatter(labels.TimeFormatter(lag=lag, unit=unit if unit in UNITS else None))
    axis.set_major_locator(ticker.MaxNLocator(prune=None, steps=[1, 1.5, 5, 6, 10]))
    axis.set_label_text(f"{title} ({UNITS[unit]})" if unit in UNITS else title)


def _chroma_ticks(axis: Axis, kind: str, settings: _Settings, ticker: Any, labels: Any) -> None:
    title, octaves, degrees = "Pitch class", True, host.arange(12)
    if kind == "tonnetz":
        formatter, title, octaves, degrees = labels.TonnetzFormatter(), "Tonnetz", False, host.arange(6)
    elif kind == "chroma":
        formatter = labels.ChromaFormatter(key=settings.key, unicode=settings.unicode)
        degrees = _named("key_to_degrees")(settings.key)
    elif kind == "chroma_fjs":
        formatter, octaves, degrees = _fjs_classes(settings, labels), False, _fjs_degrees(settings)
    else:
        mela = settings.mela if kind == "chroma_c" else None
        formatter, title = labels.ChromaSvaraFormatter(Sa=settings.Sa, mela=mela, unicode=settings.unicode), "Svara"
        if kind == "chroma_c":
            degrees = _named("mela_to_degrees")(settings.mela)
        elif settings.thaat is not None:
            degrees = _named("thaat_to_degrees")(settings.thaat)
        degrees = (degrees + (settings.Sa or 0)) % 12
    axis.set_major_formatter(formatter)
    places = host.reshape(12.0 * host.arange(10)[:, None] + degrees, (-1,)) if octaves else degrees
    axis.set_major_locator(ticker.FixedLocator(places))
    axis.set_label_text(title)


def _fjs_classes(settings: _Settings, labels: Any) -> Any:
    unison = settings.unison
    if unison is None:
        unison = _named("hz_to_note")(settings.lowest, octave=False, cents=False)
    return labels.ChromaFJSFormatter(
        intervals=settings.spacing, unison=unison, unicode=settings.unicode, bins_per_octave=settings.bins_per_octave
    )


def _fjs_degrees(settings: _Settings) -> Array:
    """The pitch classes that have ticks: the seven simplest where there are many."""
    per_octave = settings.bins_per_octave
    if not isinstance(settings.spacing, str) or per_octave <= 7:
        return host.arange(per_octave)
    grid: dict[str, Any] = {"fmin": 1, "intervals": settings.spacing, "bins_per_octave": per_octave}
    simplest = nax.interval_frequencies(7, sort=False, **grid)
    everything = nax.interval_frequencies(per_octave, **grid)
    return host.argmin(host.abs(simplest[:, None] - everything), axis=1)


def _pitch_ticks(axis: Axis, kind: str, settings: _Settings, n: int, ticker: Any, labels: Any) -> None:
    """An octave from one major tick to the next, and minor ones at the notes between."""
    family, _, unit = kind.partition("_")
    titles = {"hz": "Hz", "note": "Note", "svara": "Svara", "fjs": "Note"}
    first = settings.Sa if unit == "svara" else settings.lowest if family == "vqt" else LOWEST_C
    offset = labels.octave_offset(as_positive("Sa", first))

    def labelled(major: bool) -> Any:
        if unit == "hz":
            return labels.LogHzFormatter(major=major)
        if unit == "note":
            return labels.NoteFormatter(key=settings.key, major=major, unicode=settings.unicode)
        if unit == "svara":
            return labels.SvaraFormatter(Sa=settings.Sa, mela=settings.mela, major=major, unicode=settings.unicode)
        grid = {"fmin": settings.lowest, "n_bins": n, "bins_per_octave": settings.bins_per_octave, "intervals": settings.spacing}
        return labels.FJSFormatter(unison=settings.unison, major=major, unicode=settings.unicode, **grid)

    octaves = ticker.LogLocator(base=2.0, subs=(1.0,) if kind == "cqt_hz" else (offset,))
    notes = ticker.LogLocator(base=2.0, subs=[(1.0 if kind == "fft_note" else offset) * step for step in SEMITONES])
    if kind == "fft_note":
        octaves = ticker.SymmetricalLogLocator(axis.get_transform())
    elif kind == "fft_svara":
        octaves = ticker.SymmetricalLogLocator(axis.get_transform(), subs=[offset])
    elif kind == "vqt_fjs":
        count = n * 12 // settings.bins_per_octave
        notes = ticker.FixedLocator(nax.interval_frequencies(count, fmin=settings.lowest, intervals=settings.spacing, bins_per_octave=12))
    elif family == "vqt":
        notes = ticker.LogLocator(base=2.0, subs=nax.interval_frequencies(12, fmin=offset, intervals=settings.spacing, bins_per_octave=12))
    axis.set_major_formatter(labelled(True))
    axis.set_major_locator(octaves)
    axis.set_minor_formatter(labelled(False))
    axis.set_minor_locator(notes)
    axis.set_label_text(titles[unit])


def _named(name: str) -> Any:
    """A function of the package that is looked up when an axis needs it."""
    return getattr(nax, name)


# --- what the colours say -------------------------------------------------------------------------

_NUMBER = r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"
_LEVELS = re.compile(rf"(dBFS|dB)(?:\[(?:(power)(?:,({_NUMBER}))?|({_NUMBER}))\])?")


def _decibels(data: Array, vscale: str, top_db: float | None) -> Array:
    """Levels as 'dB', 'dBFS', 'dB[power]', 'dB[0.5]' or 'dB[power,0.5]' say."""
    found = _LEVELS.fullmatch(vscale)
    if not found:
        raise ParameterError(f"vscale={vscale!r} must be 'dB', 'dBFS', 'dB[power]', 'dB[0.1]', 'phase', 'dphase', 'dphase_t' or None")
    mode, power, *references = found.groups()
    reference = next((float(number) for number in references if number), None)
    if mode == "dBFS" and reference is not None:
        raise ParameterError(f"vscale={vscale!r} must have no reference: that of dBFS is the peak of the data")
    size = host.abs(data)
    ref = float(host.max(size)) if mode == "dBFS" else 1.0 if reference is None else reference
    return (nax.power_to_db if power else nax.amplitude_to_db)(size, ref=ref, top_db=top_db)


def _phase_steps(data: Array, axis: int, across: Array, along: Array) -> Array:
    """By how much phases go on along an axis, beyond what the frequency of their row asks for: from
    -pi to pi.
    """
    steps = host.diff(host.unwrap(host.angle(data), axis=axis), axis=axis, prepend=0.0)
    gaps = host.diff(along, prepend=0.0)
    expected = across[:, None] * gaps if axis == -1 else gaps[:, None] * across
    return (steps - 2 * math.pi * expected + math.pi) % (2 * math.pi) - math.pi


def _valued(data: Array, vscale: str | None, top_db: float | None, x: Array, y: Array) -> Array:
    """The data as `vscale` wants to see them."""
    if vscale is None:
        return data
    if vscale == "phase":
        return host.angle(data)
    if vscale == "dphase":
        return _phase_steps(data, -1, y, x)
    return _phase_steps(data, 0, x, y) if vscale == "dphase_t" else _decibels(data, vscale, top_db)


def _colormap(colours: Any) -> Any:
    """A colormap, which may be given by its name."""
    return _matplotlib("pyplot").get_cmap(colours)


def infer_cmap(
    data: Array,
    *,
    robust: bool = True,
    cmap_seq: str | Colormap = "magma",
    cmap_bool: str | Colormap = "gray_r",
    cmap_div: str | Colormap = "coolwarm",
    div_thresh: float = 0.0,
) -> Colormap:
    """Choose a colormap: one of two colours for truth values, one with a middle where numbers lie on
    both sides of it, otherwise one from dark to bright.

    Parameters
    ----------
    data : array of NumPy's
        What is to be drawn; infinities and NaN do not count.
    robust : bool
        Whether the lowest and the highest 2 % do not count, either.
    cmap_seq, cmap_bool, cmap_div : str or matplotlib.colors.Colormap
        The colormaps from dark to bright, of truth values, and with a middle.
    div_thresh : float
        The middle.

    Returns
    -------
    matplotlib.colors.Colormap

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.display.infer_cmap(np.arange(-5.0, 5.0)).name, nax.display.infer_cmap(np.arange(5.0)).name
    ('coolwarm', 'magma')
    """
    as_number("div_thresh", div_thresh)
    values = check_on_host(data, name="data")
    if values.dtype.kind == "b":
        return _colormap(cmap_bool)  # type: ignore[no-any-return]
    finite = values[host.isfinite(values)]
    lowest, highest = host.percentile(finite, [2, 98] if robust else [0, 100])
    return _colormap(cmap_div if lowest < div_thresh < highest else cmap_seq)  # type: ignore[no-any-return]


def cmap(data: Array, **kwargs: Any) -> Colormap:
    """The name of `infer_cmap` in librosa before 1.0.

    Parameters
    ----------
    data, **kwargs
        As for `infer_cmap`.

    Returns
    -------
    matplotlib.colors.Colormap

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> nax.display.cmap(np.array([True, False])).name
    'gray_r'
    """
    return infer_cmap(data, **kwargs)


def _colours(data: Array, options: dict[str, Any], cmap_seq: Any, cmap_bool: Any, cmap_div: Any, div_thresh: float) -> None:
    """Add a colormap to the options of a mesh, and the norm that goes with it."""
    colors = _matplotlib("colors")
    chosen = infer_cmap(data, cmap_seq=cmap_seq, cmap_bool=cmap_bool, cmap_div=cmap_div, div_thresh=div_thresh)
    options["cmap"] = chosen
    if chosen == _colormap(cmap_div) and "norm" not in options:
        limits = {name: options.pop(name, None) for name in ("vmin", "vmax")}
        options["norm"] = colors.TwoSlopeNorm(vcenter=div_thresh, **limits)
    elif data.dtype.kind == "b":
        options.setdefault("norm", colors.BoundaryNorm(boundaries=[0, 0.5, 1], ncolors=chosen.N))


# --- pictures -------------------------------------------------------------------------------------


def _axes(ax: Axes | None) -> Axes:
    """The caller's axes, or matplotlib's current ones."""
    if ax is None:
        return _matplotlib("pyplot").gca()  # type: ignore[no-any-return]
    if not isinstance(ax, _matplotlib("axes").Axes):
        raise ParameterError(f"ax is a {type(ax).__name__}: it must be matplotlib's Axes, or None for the current ones")
    return ax  # type: ignore[no-any-return]


def specshow(
    data: Array,
    *,
    x_coords: Array | None = None,
    y_coords: Array | None = None,
    x_axis: str | None = None,
    y_axis: str | None = None,
    vscale: str | None = None,
    sr: float = 22050,
    hop_length: int = 512,
    n_fft: int | None = None,
    win_length: int | None = None,
    fmin: float | None = None,
    fmax: float | None = None,
    tempo_min: float | None = 16,
    tempo_max: float | None = 480,
    tuning: float = 0.0,
    bins_per_octave: int = 12,
    key: str = "C:maj",
    Sa: float | None = None,
    mela: str | int | None = None,
    thaat: str | None = None,
    auto_aspect: bool = True,
    htk: bool = False,
    unicode: bool = True,
    intervals: str | Sequence[float] | None = None,
    unison: str | None = None,
    top_db: float | None = 80.0,
    cmap_seq: str | Colormap = "magma",
    cmap_bool: str | Colormap = "gray_r",
    cmap_div: str | Colormap = "coolwarm",
    cmap_cyclic: str | Colormap = "twilight_shifted",
    div_thresh: float = 0.0,
    ax: Axes | None = None,
    **kwargs: Any,
) -> QuadMesh:
    """Draw a spectrogram, chromagram or another matrix with labelled axes.

    Parameters
    ----------
    data : array of NumPy's [shape=(rows, columns)]
        What is drawn, the first row at the bottom.
    x_coords, y_coords : array [shape=(n,) or (n + 1,)], optional
        Where columns and rows stand, or their edges; by default what the axes say.
    x_axis, y_axis : str or None
        What columns and rows are. Frequencies of an FFT: 'linear', 'hz', 'fft', 'log', 'fft_note',
        'fft_svara', 'oct3', 'log_oct3'; mel bands: 'mel', 'mel_oct3'; a constant-Q: 'cqt_hz',
        'cqt_note', 'cqt_svara', 'cqt_oct3'; a variable-Q: 'vqt_hz', 'vqt_note', 'vqt_fjs',
        'vqt_oct3'; pitch classes: 'chroma', 'chroma_h', 'chroma_c', 'chroma_fjs', 'tonnetz'; times:
        'time', 'h', 'm', 's', 'ms', and 'lag', 'lag_h', …; tempi: 'tempo', 'fourier_tempo'; numbers:
        'frames'; no labels: 'off', 'none', None.
    vscale : str or None
        What of the data is drawn: 'dB', 'dB[power]', 'dB[0.5]' and 'dB[power,0.5]' (with a
        reference), 'dBFS' and 'dBFS[power]' (relative to the peak), 'phase', its differences along
        time 'dphase' and frequency 'dphase_t'; None for the data themselves.
    sr, hop_length, n_fft, win_length, fmin, fmax, tuning, bins_per_octave, htk, intervals
        Those that the data were made with.
    tempo_min, tempo_max : float > 0 or None [BPM]
        The range of tempi in view.
    key, unison, unicode, Sa, mela, thaat
        How notes are written: as for `NoteFormatter`, `FJSFormatter` and `SvaraFormatter`; the
        pitch class of Sa for 'chroma_h' and 'chroma_c'; `thaat` says which svara have ticks.
    auto_aspect : bool
        Whether two axes of one kind and range get one scale.
    top_db : float >= 0 or None [dB]
        Dynamic range of levels.
    cmap_seq, cmap_bool, cmap_div, div_thresh
        As for `infer_cmap`, which chooses unless `cmap` is given.
    cmap_cyclic : str or matplotlib.colors.Colormap
        The colormap of phases.
    ax : matplotlib.axes.Axes or None
        Where it is drawn; None for pyplot's current axes.
    **kwargs
        As for `matplotlib.axes.Axes.pcolormesh`.

    Returns
    -------
    matplotlib.collections.QuadMesh

    Raises
    ------
    ParameterError
        On an unknown kind of axis or an argument outside these ranges.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> import nnaudio_xp as nax
    >>> ax = Figure().subplots()
    >>> S = nax.feature.melspectrogram(y=np.random.default_rng(0).standard_normal(22050))
    >>> mesh = nax.display.specshow(S, x_axis="time", y_axis="mel", vscale="dB[power]", ax=ax)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('Time', 'Hz')
    """
    values = check_on_host(data, name="data")
    if values.ndim != 2 or not values.size:
        raise ParameterError(f"data has shape {values.shape}: it must be a matrix")
    for name, number in (("tuning", tuning), ("div_thresh", div_thresh)):
        as_number(name, number)
    limits = {"fmin": fmin, "fmax": fmax, "tempo_min": tempo_min, "tempo_max": tempo_max, "Sa": Sa, "top_db": top_db}
    for name, limit in limits.items():
        if limit is not None:
            as_number(name, limit, minimum=0)
    for name, count in (("n_fft", n_fft), ("win_length", win_length), ("mela", None if isinstance(mela, str) else mela)):
        if count is not None:
            as_integer(name, count)
    kinds: dict[str, str | None] = {name: one_of(name, kind, tuple(COORDINATES)) for name, kind in (("x_axis", x_axis), ("y_axis", y_axis))}
    settings = _Settings(
        sr=as_positive("sr", sr),
        hop_length=as_integer("hop_length", hop_length),
        n_fft=n_fft,
        win_length=win_length,
        fmin=fmin,
        fmax=fmax,
        tuning=tuning,
        bins_per_octave=as_integer("bins_per_octave", bins_per_octave),
        key=key,
        Sa=Sa,
        mela=mela,
        thaat=thaat,
        htk=htk,
        unicode=unicode,
        intervals=intervals,
        unison=unison,
    )
    y = _coordinates(y_coords, "y_coords", kinds["y_axis"], values.shape[0], settings)
    x = _coordinates(x_coords, "x_coords", kinds["x_axis"], values.shape[1], settings)
    values = _valued(values, vscale, top_db, x, y)
    if values.dtype.kind == "c":
        warn("data are complex: their magnitudes are drawn (or say vscale='dB' or 'phase')")
        values = host.abs(values)
    if vscale is not None:
        phases = "phase" in vscale
        kwargs.setdefault("cmap", cmap_cyclic if phases else cmap_seq)
        if phases:
            kwargs = {"vmin": -math.pi, "vmax": math.pi, **kwargs}
    elif "cmap" not in kwargs:
        _colours(values, kwargs, cmap_seq, cmap_bool, cmap_div, div_thresh)
    axes = _axes(ax)
    mesh = axes.pcolormesh(x, y, values, **{"rasterized": True, "edgecolors": "None", "shading": "auto", **kwargs})
    if ax is None:
        _matplotlib("pyplot").sci(mesh)
    for side, kind, coordinates in (("x", x_axis, x), ("y", y_axis, y)):
        if kind in TEMPI:
            getattr(axes, f"set_{side}lim")(tempo_min, tempo_max)
        if kind in SCALES:
            getattr(axes, f"set_{side}scale")(**SCALES[kind])
        _ticks(getattr(axes, f"{side}axis"), kind, settings, coordinates)
    alike = x_axis is not None and (x_axis == y_axis or any({x_axis, y_axis} <= set(kinds) for kinds in ALIKE))
    if auto_aspect and alike and x_axis not in ("off", "none", "cqt") and axes.get_xlim() == axes.get_ylim():
        axes.set_aspect("equal")
    return mesh


_shown: weakref.WeakKeyDictionary[Any, list[Any]] = weakref.WeakKeyDictionary()
"""What follows the view of axes, as long as these live: matplotlib holds it weakly."""


def waveshow(
    y: Array,
    *,
    sr: float = 22050,
    max_points: int = 11025,
    axis: str | None = "time",
    offset: float = 0.0,
    marker: Any = "",
    where: str = "post",
    label: str | None = None,
    transpose: bool = False,
    mask: Any = None,
    ax: Axes | None = None,
    invert: bool = False,
    invert_color: Any = None,
    **kwargs: Any,
) -> Any:
    """Draw a waveform: its envelope, and its samples once few enough are in view.

    Parameters
    ----------
    y : array of NumPy's [shape=(n,) or (2, n)]
        Samples; of two channels the left one goes upwards, the right one downwards.
    sr : float > 0 [Hz]
        Sampling rate.
    max_points : int > 0
        Most samples that are drawn one by one, and most points of the envelope, or nearly.
    axis : {'time', 'h', 'm', 's', 'ms', 'lag', 'lag_h', …, 'off', 'none', None}
        How times are labelled.
    offset : float [s]
        Time of the first sample.
    marker, where
        Of samples, as for `matplotlib.axes.Axes.step`.
    label : str or None
        What a legend says.
    transpose : bool
        Whether time goes upwards.
    mask : array of bool [shape=(n,)], optional
        Where the envelope is drawn.
    ax : matplotlib.axes.Axes or None
        Where it is drawn; None for pyplot's current axes.
    invert : bool
        Whether the background has the colour, and the waveform `invert_color`.
    invert_color
        A colour of matplotlib's; that of the background by default.
    **kwargs
        As for `matplotlib.axes.Axes.fill_between` and `step`: ``color``, ``alpha``, …

    Returns
    -------
    nnaudio_xp.display.AdaptiveWaveplot
        Follows what is in view of the axes.

    Raises
    ------
    ParameterError
        On an argument outside these ranges.
    ImportError
        If matplotlib is not installed.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> import nnaudio_xp as nax
    >>> ax = Figure().subplots()
    >>> shown = nax.display.waveshow(np.sin(np.arange(22050.0)), ax=ax)
    >>> ax.get_xlabel()
    'Time'
    """
    as_number("offset", offset)
    check_signal(y)
    samples = check_on_host(y, name="y")
    points, rate = as_integer("max_points", max_points), as_positive("sr", sr)
    one_of("axis", axis, (*TIMES, *LAGS, "off", "none", None))
    if samples.ndim > 2:
        raise ParameterError(f"y has shape {samples.shape}: it must be (n,) or (2, n)")
    channels = samples if samples.ndim == 2 else samples[None]
    axes = _axes(ax)
    hop = max(1, channels.shape[-1] // points)
    count = channels.shape[-1] // hop
    peaks = host.max(host.abs(host.reshape(channels[:, : count * hop], (-1, count, hop))), axis=-1)
    times = offset + as_floating(nax.samples_like(channels, hop_length=1), name="y")[1] / rate
    across, up = (channels[0, :points], times[:points]) if transpose else (times[:points], channels[0, :points])
    (steps,) = axes.step(across, up, marker=marker, where=where, **kwargs)  # type: ignore[arg-type]
    kwargs.setdefault("color", steps.get_color())
    shown = None if mask is None else host.asarray(mask, dtype=bool)[: count * hop : hop]
    fill = axes.fill_betweenx if transpose else axes.fill_between
    envelope = fill(times[: count * hop : hop], -peaks[-1], peaks[0], step=where, where=shown, **kwargs)  # type: ignore[arg-type]
    follow = _formatters().AdaptiveWaveplot
    plot = follow(times, channels[0], steps, envelope, sr=rate, max_samples=points, transpose=transpose, label=label)
    _shown.setdefault(axes, []).append(plot)
    plot.connect(axes, signal="ylim_changed" if transpose else "xlim_changed")
    plot.update(axes)
    if invert:
        colour = axes.patch.get_facecolor() if invert_color is None else invert_color
        axes.patch.set_facecolor(steps.get_color())
        steps.set_color(colour)
        envelope.set_color(colour)
    _ticks(axes.yaxis if transpose else axes.xaxis, axis, _Settings(), times)
    return plot
