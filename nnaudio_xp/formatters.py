"""Labels of the axes of `nnaudio_xp.display`, as matplotlib asks for them."""

from __future__ import annotations

import math
import weakref
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import nnaudio_xp as nax

from ._namespace import Array, host
from .errors import ParameterError, as_integer, as_positive, one_of

try:
    from matplotlib.ticker import EngFormatter, Formatter
except ImportError as error:
    raise ImportError("pictures are drawn by matplotlib: pip install 'nnaudio_xp[cli]'") from error

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.collections import PolyCollection
    from matplotlib.lines import Line2D

__all__ = [
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
]


def _named(name: str) -> Any:
    """A function of the package that is looked up when a label needs it."""
    return getattr(nax, name)


class TimeFormatter(Formatter):
    """Seconds as times, the finer the less of them is in view.

    Parameters
    ----------
    lag : bool
        Whether the second half of the data are negative lags.
    unit : {'h', 'm', 's', 'ms', None}
        One unit whatever is in view: hours, minutes, seconds or milliseconds.

    Raises
    ------
    ParameterError
        If `unit` is none of these.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> import nnaudio_xp as nax
    >>> ax = Figure().subplots()
    >>> ax.xaxis.set_major_formatter(nax.display.TimeFormatter(unit="m"))
    >>> ax.xaxis.get_major_formatter()(125.0)
    '2:05'
    """

    def __init__(self, lag: bool = False, unit: str | None = None) -> None:
        self.lag, self.unit = lag, one_of("unit", unit, ("h", "m", "s", "ms", None))

    def __call__(self, x: float, pos: int | None = None) -> str:
        assert self.axis is not None
        last = self.axis.get_data_interval()[1]
        sign = ""
        if self.lag and x >= last / 2:
            if x > last:
                return ""
            x, sign = last - x, "-"
        return sign + self._clock(float(x))

    def _clock(self, x: float) -> str:
        low, high = self.axis.get_view_interval()  # type: ignore[union-attr]
        in_view, seconds, unit = high - low, int(x % 60), self.unit
        if unit == "h" or (unit is None and in_view > 3600):
            return f"{int(x / 3600)}:{int(x / 60 % 60):02d}:{seconds:02d}"
        if unit == "m" or (unit is None and in_view > 60):
            return f"{int(x / 60)}:{seconds:02d}"
        if unit is None:
            return f"{x:.2g}" if in_view >= 1 else f"{x:.3f}"
        return f"{x:.3g}" if unit == "s" else f"{1000 * x:.3g}"


class _Adaptive(Formatter):
    """Labels of positive numbers. Those of minor ticks are shown where less than two octaves are in
    view.
    """

    def __init__(self, major: bool = True) -> None:
        self.major = major
        self.vmin: float | None = None
        self.vmax: float | None = None

    def __call__(self, x: float, pos: int | None = None) -> str:
        if x <= 0:
            return ""
        assert self.axis is not None
        self.vmin, self.vmax = sorted(self.axis.get_view_interval())
        return self._label(float(x), pos) if self.major or self._octaves_below(4) else ""

    def _octaves_below(self, factor: float) -> bool:
        assert self.vmin is not None
        assert self.vmax is not None
        return self.vmax <= factor * max(1.0, self.vmin)

    def _label(self, x: float, pos: int | None) -> str:
        raise NotImplementedError


class LogHzFormatter(_Adaptive):
    """Frequencies on a logarithmic axis.

    Parameters
    ----------
    major : bool
        Whether the ticks are major ones; labels of others are shown where less than two octaves are
        in view.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> import nnaudio_xp as nax
    >>> ax = Figure().subplots()
    >>> ax.yaxis.set_major_formatter(nax.display.LogHzFormatter())
    >>> ax.yaxis.get_major_formatter()(440.0)
    '440'
    """

    def _label(self, x: float, pos: int | None) -> str:
        return f"{x:g}"


class AdaptiveEngFormatter(_Adaptive):
    """Frequencies with the prefixes of engineers: 1 kHz.

    Parameters
    ----------
    major : bool
        As for `LogHzFormatter`.
    **kwargs
        As for `matplotlib.ticker.EngFormatter`.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> import nnaudio_xp as nax
    >>> ax = Figure().subplots()
    >>> ax.yaxis.set_major_formatter(nax.display.AdaptiveEngFormatter(unit="Hz"))
    >>> ax.yaxis.get_major_formatter()(2000.0)
    '2 kHz'
    """

    def __init__(self, major: bool = True, **kwargs: Any) -> None:
        super().__init__(major)
        self._engineers = EngFormatter(**kwargs)

    def _label(self, x: float, pos: int | None) -> str:
        return self._engineers(x, pos)


class NoteFormatter(_Adaptive):
    """Frequencies as notes, with cents where less than an octave is in view.

    Parameters
    ----------
    octave : bool
        Whether labels tell the octave.
    major : bool
        As for `LogHzFormatter`.
    key : str
        The key whose accidentals are used.
    unicode : bool
        Whether accidentals are signs of their own, rather than ASCII letters.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.display.NoteFormatter(octave=False).octave
    False
    """

    def __init__(self, octave: bool = True, major: bool = True, key: str = "C:maj", unicode: bool = True) -> None:
        super().__init__(major)
        self.octave, self.key, self.unicode = octave, key, unicode

    def _label(self, x: float, pos: int | None) -> str:
        note: str = _named("hz_to_note")(x, octave=self.octave, cents=self._octaves_below(2), key=self.key, unicode=self.unicode)
        return note


class SvaraFormatter(_Adaptive):
    """Frequencies as svara of Hindustani music or, with a mela, of Carnatic music.

    Parameters
    ----------
    Sa : float > 0 [Hz]
        Frequency of Sa.
    octave, unicode
        As for `NoteFormatter`.
    major : bool
        As for `LogHzFormatter`.
    abbr : bool
        Whether names are a letter.
    mela : str, int or None
        The melakarta raga, by its name or number.

    Raises
    ------
    ParameterError
        If `Sa` is not a frequency.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.display.SvaraFormatter(261.0).Sa
    261.0
    """

    def __init__(
        self,
        Sa: float,
        octave: bool = True,
        major: bool = True,
        abbr: bool = False,
        mela: str | int | None = None,
        unicode: bool = True,
    ) -> None:
        super().__init__(major)
        self.Sa, self.octave, self.abbr, self.mela, self.unicode = as_positive("Sa", Sa), octave, abbr, mela, unicode

    def _label(self, x: float, pos: int | None) -> str:
        raga, name = ({}, "hz_to_svara_h") if self.mela is None else ({"mela": self.mela}, "hz_to_svara_c")
        svara: str = _named(name)(x, Sa=self.Sa, octave=self.octave, abbr=self.abbr, unicode=self.unicode, **raga)
        return svara


class FJSFormatter(_Adaptive):
    """Frequencies of just intonation in the functional just system.

    Parameters
    ----------
    fmin : float > 0 [Hz]
        The lowest frequency, whose note is `unison`.
    n_bins, bins_per_octave, intervals
        The frequencies that there are, as for `nnaudio_xp.interval_frequencies`.
    major : bool
        As for `LogHzFormatter`.
    unison : str or None
        Name of the note at `fmin`; None for the nearest one.
    unicode : bool
        As for `NoteFormatter`.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> labels = nax.display.FJSFormatter(fmin=32.7, n_bins=24, bins_per_octave=12, intervals="ji5")
    >>> labels.frequencies_.shape
    (24,)
    """

    def __init__(
        self,
        *,
        fmin: float,
        n_bins: int,
        bins_per_octave: int,
        intervals: str | Collection[float],
        major: bool = True,
        unison: str | None = None,
        unicode: bool = True,
    ) -> None:
        super().__init__(major)
        self.fmin, self.unison, self.unicode = fmin, unison, unicode
        self.intervals, self.n_bins, self.bins_per_octave = intervals, n_bins, bins_per_octave
        self.frequencies_ = nax.interval_frequencies(n_bins, fmin=fmin, intervals=intervals, bins_per_octave=bins_per_octave)

    def _label(self, x: float, pos: int | None) -> str:
        nearest = self.frequencies_[int(host.argmin(host.abs(self.frequencies_ - x)))]
        label: str = _named("hz_to_fjs")(float(nearest), fmin=self.fmin, unison=self.unison, unicode=self.unicode)
        return label


class ChromaFormatter(Formatter):
    """Numbers of pitch classes, C first, as notes.

    Parameters
    ----------
    key, unicode
        As for `NoteFormatter`.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.display.ChromaFormatter(key="F:maj").key
    'F:maj'
    """

    def __init__(self, key: str = "C:maj", unicode: bool = True) -> None:
        self.key, self.unicode = key, unicode

    def __call__(self, x: float, pos: int | None = None) -> str:
        note: str = _named("midi_to_note")(int(x), octave=False, cents=False, key=self.key, unicode=self.unicode)
        return note


class ChromaSvaraFormatter(Formatter):
    """Numbers of pitch classes, C first, as svara.

    Parameters
    ----------
    Sa : float or None
        Number of the pitch class that is Sa; None for 0.
    mela, unicode
        As for `SvaraFormatter`.
    abbr : bool
        Whether names are a letter.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.display.ChromaSvaraFormatter().Sa
    0
    """

    def __init__(self, Sa: float | None = None, mela: int | str | None = None, abbr: bool = True, unicode: bool = True) -> None:
        self.Sa, self.mela, self.abbr, self.unicode = 0 if Sa is None else Sa, mela, abbr, unicode

    def __call__(self, x: float, pos: int | None = None) -> str:
        raga, name = ({}, "midi_to_svara_h") if self.mela is None else ({"mela": self.mela}, "midi_to_svara_c")
        svara: str = _named(name)(int(x), Sa=self.Sa, octave=False, abbr=self.abbr, unicode=self.unicode, **raga)
        return svara


class ChromaFJSFormatter(Formatter):
    """Numbers of pitch classes of just intonation in the functional just system.

    Parameters
    ----------
    intervals, bins_per_octave
        As for `nnaudio_xp.interval_frequencies`; intervals that are given as numbers are as many as
        there are in an octave.
    unison : str
        Name of the first pitch class.
    unicode : bool
        As for `NoteFormatter`.

    Raises
    ------
    ParameterError
        If the intervals are neither a name nor numbers, or the first without `bins_per_octave`.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.display.ChromaFJSFormatter(intervals="ji5", bins_per_octave=12).intervals_.shape
    (12,)
    """

    def __init__(
        self, *, intervals: str | Collection[float], unison: str = "C", unicode: bool = True, bins_per_octave: int | None = None
    ) -> None:
        if not isinstance(intervals, str):
            try:
                bins_per_octave = len(intervals)
            except TypeError as error:
                raise ParameterError(f"intervals={intervals!r} must be a name, or numbers from 1 to 2") from error
        self.bins_per_octave = as_integer("bins_per_octave", bins_per_octave)
        self.unison, self.unicode, self.intervals = unison, unicode, intervals
        self.intervals_ = nax.interval_frequencies(self.bins_per_octave, fmin=1, intervals=intervals, bins_per_octave=self.bins_per_octave)

    def __call__(self, x: float, pos: int | None = None) -> str:
        interval = float(self.intervals_[int(x) % self.bins_per_octave])
        label: str = _named("interval_to_fjs")(interval, unison=self.unison, unicode=self.unicode)
        return label


class TonnetzFormatter(Formatter):
    """Numbers of the rows of `nnaudio_xp.feature.tonnetz`, as coordinates of fifths and thirds.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.display.TonnetzFormatter()(2)
    'm3$_y$'
    """

    def __call__(self, x: float, pos: int | None = None) -> str:
        circle, place = ("5", "m3", "M3")[int(x) // 2], "yx"[int(x) % 2]
        return f"{circle}$_{place}$"


class AdaptiveWaveplot:
    """What `nnaudio_xp.display.waveshow` draws: samples where few are in view, their envelope
    otherwise.

    Parameters
    ----------
    times : array [shape=(n,)] [s]
        When the samples are.
    y : array [shape=(n,)]
        Samples.
    steps : matplotlib.lines.Line2D
        Draws samples.
    envelope : matplotlib.collections.PolyCollection
        Draws the envelope.
    sr : float > 0 [Hz]
        Sampling rate.
    max_samples : int > 0
        Most samples that are drawn one by one.
    transpose : bool
        Whether time goes upwards.
    label : str or None
        What a legend says.

    Examples
    --------
    >>> import numpy as np
    >>> from matplotlib.figure import Figure
    >>> import nnaudio_xp as nax
    >>> shown = nax.display.waveshow(np.zeros(22050), ax=Figure().subplots())
    >>> bool(shown.steps.get_visible()), bool(shown.envelope.get_visible())
    (False, True)
    """

    def __init__(
        self,
        times: Array,
        y: Array,
        steps: Line2D,
        envelope: PolyCollection,
        sr: float = 22050,
        max_samples: int = 11025,
        transpose: bool = False,
        label: str | None = None,
    ) -> None:
        self.times, self.samples, self.sr, self.max_samples, self.transpose = times, y, sr, max_samples, transpose
        self._drawn = weakref.ref(steps), weakref.ref(envelope)  # both belong to their axes, which also hold this object
        self._axes: weakref.ref[Axes] | None = None
        self.cid: int | None = None
        if label is not None:
            steps.set_label(label)

    @property
    def steps(self) -> Line2D | None:
        """What draws samples; None once it is gone."""
        return self._drawn[0]()

    @property
    def envelope(self) -> PolyCollection | None:
        """What draws the envelope; None once it is gone."""
        return self._drawn[1]()

    @property
    def ax(self) -> Axes | None:
        """The axes that this is connected to."""
        return None if self._axes is None else self._axes()

    def connect(self, ax: Axes, *, signal: str = "xlim_changed") -> None:
        """Follow what is in view of the axes: their signal 'xlim_changed', or 'ylim_changed'."""
        self.disconnect()
        self._axes = weakref.ref(ax)
        self.cid = ax.callbacks.connect(signal, self.update)

    def disconnect(self, *, strict: bool = False) -> None:
        """Follow the axes no longer; with `strict` forget them, too."""
        if self.ax is not None and self.cid is not None:
            self.ax.callbacks.disconnect(self.cid)
            self.cid = None
        if strict:
            self._axes = None

    def update(self, ax: Axes) -> None:
        """Draw what fits to what is in view of the axes."""
        steps, envelope = self.steps, self.envelope
        if steps is None or envelope is None:
            return
        view = ax.viewLim
        start, end = (view.y0, view.y1) if self.transpose else (view.x0, view.x1)
        few = (end - start) * self.sr <= self.max_samples
        envelope.set_visible(not few)
        steps.set_visible(few)
        drawn = steps.get_ydata() if self.transpose else steps.get_xdata()
        if few and (start <= drawn[0] or end >= drawn[-1]):  # type: ignore[index]
            middle = (start + end) / 2 - self.max_samples / self.sr / 2
            first = int(host.searchsorted(self.times, host.asarray(middle)))
            part = slice(first, first + self.max_samples)
            steps.set_data(*(values[part] for values in self._across_and_up()))
        ax.figure.canvas.draw_idle()

    def _across_and_up(self) -> tuple[Array, Array]:
        return (self.samples, self.times) if self.transpose else (self.times, self.samples)


def octave_offset(frequency: float) -> float:
    """The factor from 1 to 2 by which a frequency is above a power of two."""
    return float(2.0 ** (math.log2(frequency) % 1))
