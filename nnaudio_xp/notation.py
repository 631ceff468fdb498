"""Names of notes: spelled for a key, along the line of fifths, and of just intervals.

A name is a place on the line of fifths, … B♭ F C G D A E B F♯ …, where C is 0: seven steps up add a
sharp. A key of n sharps (of -n flats) has the seven notes from n - 1 to n + 5.
"""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Callable
from fractions import Fraction
from numbers import Real
from typing import Any

from ._backends import decided_once, made_outside_graphs
from ._namespace import Array, as_floating, check_on_host, host, size_of
from .errors import MOST, ParameterError, as_integer, as_positive, check_size, shown
from .scales import ACCIDENTALS, NOTE, hz_to_midi

__all__ = [
    "fifths_to_note",
    "hz_to_fjs",
    "hz_to_note",
    "interval_to_fjs",
    "key_to_degrees",
    "key_to_notes",
    "midi_to_note",
]

LETTERS = "FCGDAEB"
"""In the order of fifths."""

SCALES = {"maj": 0, "min": -3, "ion": 0, "dor": -2, "phr": -4, "lyd": 1, "mix": -1, "aeo": -3, "loc": -5}
"""How many fifths above its tonic each scale has the tonic of the major scale of the same notes."""

_KEY = re.compile(
    rf"(?P<letter>[A-Ga-g])(?P<accidentals>[{''.join(ACCIDENTALS)}]*):"
    r"(?P<scale>(maj|min)(or)?|(ion|dor|phryg|lyd|mixolyd|aeol|locr)(ian)?|phr|mix|aeo|loc)"
)

G_FLAT, A_SHARP = -6, 10
"""The ends of the twelve notes of keys with few flats and with few sharps."""

MOST_FIFTHS = 32

JUST = {
    71: "1",
    6: "5 25",
    4: "125",
    3: "7",
    2: "7/5 11 13 17 35 49 625",
    1: "11/5 11/7 13/5 13/7 17/5 19 23 25/7 49/5 55 65 77 85 91 175 245",
    0: "17/7 19/5 95 119",
}
"""The just intervals that have a name: each of these ratios, and one over it, with up to so many
fifths, up or down. They contain what `plimit_intervals` finds for the primes up to 23.
"""

NEAR = 1e-6
"""How far from its ratio an interval may be; the ratios are sixty times as far from each other."""

RAISED, LOWERED = (str.maketrans("0123456789", digits) for digits in ("⁰¹²³⁴⁵⁶⁷⁸⁹", "₀₁₂₃₄₅₆₇₈₉"))


@made_outside_graphs
def key_to_degrees(key: str) -> Array:
    """Pitch classes of a key's scale, from its tonic on.

    Parameters
    ----------
    key : str
        A tonic with any number of accidentals, as `note_to_midi` reads them, a colon, and
        ``major``, ``minor``, ``ionian``, ``dorian``, ``phrygian``, ``lydian``, ``mixolydian``,
        ``aeolian`` or ``locrian``. ``maj`` and ``min``, modes without ``ian`` and their first three
        letters do as well: ``'C:maj'``, ``'E♭:dorian'``, ``'F##:phr'``.

    Returns
    -------
    NumPy array of shape (7,), semitones above C
        From 0 to 11.

    Raises
    ------
    ParameterError
        If the key cannot be read.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.key_to_degrees("A:min")
    array([ 9, 11,  0,  2,  4,  5,  7])
    >>> nax.key_to_degrees("E♭:dor")
    array([ 3,  5,  6,  8, 10,  0,  1])
    """
    return host.asarray(_degrees(key))


@made_outside_graphs
def key_to_notes(key: str, *, unicode: bool = True, natural: bool = False) -> list[str]:
    """Names of the twelve pitch classes as a key spells them.

    A key whose tonic has sharps spells all notes with sharps, one whose tonic has flats all with
    flats; of the others those with flats in their signature use flats. The tonic of a mode is here
    that of the major scale of the same notes. The twelve names are neighbours on the line of
    fifths: from F to A♯, or further up to the key's last sharp; or from B down to G♭, or further
    down to the key's last flat.

    Parameters
    ----------
    key : str
        As `key_to_degrees` reads it.
    unicode : bool, default True
        Accidentals ♯, 𝄪, ♭, 𝄫 and ♮. False gives #, ##, b, bb and n.
    natural : bool, default False
        Put a natural sign behind the bare letters of notes that are not in the key's scale.

    Returns
    -------
    list of 12 str
        The first one sounds as C does.

    Raises
    ------
    ParameterError
        If the key cannot be read.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> " ".join(nax.key_to_notes("F:min"))
    'C D♭ D E♭ E F G♭ G A♭ A B♭ B'
    >>> " ".join(nax.key_to_notes("G#:maj", unicode=False, natural=True))
    'B# C# Dn D# En E# F# F## G# An A# Bn'
    """
    return list(_names(key, bool(unicode), bool(natural)))


@made_outside_graphs
def fifths_to_note(*, unison: str, fifths: int, unicode: bool = True) -> str:
    """Name of the note so many fifths above another.

    Parameters
    ----------
    unison : str
        The name of a note, as `note_to_midi` reads it; without its octave.
    fifths : int
        Down if negative. Twelve of them make another name: B♯ is not C.
    unicode : bool, default True
        Accidentals ♯, 𝄪, ♭ and 𝄫. False gives #, ##, b and bb.

    Returns
    -------
    str

    Raises
    ------
    ParameterError
        If an argument is out of its range.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.fifths_to_note(unison="C", fifths=6)
    'F♯'
    >>> nax.fifths_to_note(unison="Eb", fifths=11, unicode=False)
    'G#'
    """
    return _above(unison, as_integer("fifths", fifths, minimum=-MOST), unicode)


@made_outside_graphs
def midi_to_note(midi: Any, *, octave: bool = True, cents: bool = False, key: str = "C:maj", unicode: bool = True) -> Any:
    """Names of MIDI note numbers.

    `note_to_midi` reads them as the same numbers (with ``round_midi=False`` to the cent), unless
    `key` calls a C B♯ or a B C♭, whose octave is that of the sound, as in librosa. librosa 1.0
    gives some numbers below 0 the octave above, and drops fractions of cents that come of rounding:
    60.29 is ``'C4+28'`` there and ``'C4+29'`` here.

    Parameters
    ----------
    midi : number, list or NumPy array of any shape, semitones
        Rounded, halves to the even one.
    octave : bool, default True
        Whether names have their octave: 60 is ``'C4'``.
    cents : bool, default False
        Whether names have the deviation in cents: 60.1 is ``'C4+10'``. Needs the octave.
    key : str, default 'C:maj'
        A key that spells the notes, as in `key_to_notes`.
    unicode : bool, default True
        Accidentals ♯, 𝄪, ♭ and 𝄫. False gives #, ##, b and bb.

    Returns
    -------
    str, or NumPy array of str of the same shape
        An empty one for what is infinite or NaN.

    Raises
    ------
    ParameterError
        If an argument is out of its range, or an array is not NumPy's.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.midi_to_note(37)
    'C♯2'
    >>> nax.midi_to_note(104.7, cents=True)
    'A7-30'
    >>> nax.midi_to_note([60, 61, 63], key="F:min", octave=False)
    array(['C', 'D♭', 'E♭'], dtype='<U2')
    """
    return written(midi, _speller(octave, cents, key, unicode), name="midi")


@made_outside_graphs
def hz_to_note(frequencies: Any, *, octave: bool = True, cents: bool = False, key: str = "C:maj", unicode: bool = True) -> Any:
    """Names of the notes nearest to frequencies in Hz, in equal temperament with A4 at 440 Hz.

    Parameters
    ----------
    frequencies : number, list or NumPy array of any shape, Hz
    octave, cents, key, unicode : optional
        As in `midi_to_note`.

    Returns
    -------
    str, or NumPy array of str of the same shape

    Raises
    ------
    ParameterError
        If an argument is out of its range, or an array is not NumPy's.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.hz_to_note(440.0)
    'A4'
    >>> nax.hz_to_note([32, 64], cents=True)
    array(['C1-38', 'C2-38'], dtype='<U5')
    """
    return written(frequencies, _speller(octave, cents, key, unicode), name="frequencies", by=hz_to_midi)


@made_outside_graphs
def interval_to_fjs(interval: Any, *, unison: str = "C", tolerance: float = 65.0 / 63, unicode: bool = True) -> Any:
    """Names of just intervals in the Functional Just System [1]_.

    The name is that of the note that the fewest fifths, up or down, bring within `tolerance` of the
    interval. The primes above 3 follow: those of the numerator raised, those of the denominator
    lowered.

    Parameters
    ----------
    interval : number, list or NumPy array of any shape, > 0
        Ratios of frequencies, within a millionth of some that `plimit_intervals` finds for the
        primes up to 23, or of their inverses, or of up to 71 fifths either way; in any octave.
    unison : str, default 'C'
        The name of the interval 1, as `note_to_midi` reads it.
    tolerance : float > 0, default 65 / 63
        A ratio. One that no 32 fifths keep is refused; librosa names the note 32 fifths up.
    unicode : bool, default True
        Accidentals ♯, 𝄪, ♭ and 𝄫, raised and lowered digits. False gives #, ##, b, bb, ^ and _.

    Returns
    -------
    str, or NumPy array of str of the same shape

    Raises
    ------
    ParameterError
        If an interval is not such a ratio, another argument is out of its range, or an array is
        not NumPy's.

    References
    ----------
    .. [1] https://misotanni.github.io/fjs/en/index.html

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.interval_to_fjs(5 / 4, unison="A")
    'C♯⁵'
    >>> nax.interval_to_fjs(25 / 14, unison="F#", unicode=False)
    'E^25_7'
    >>> nax.interval_to_fjs([3 / 2, 4 / 3, 5 / 3])
    array(['G', 'F', 'A⁵'], dtype='<U2')
    """
    most = abs(math.log2(as_positive("tolerance", tolerance)))
    _above(unison, 0, unicode)  # whether it can be read, also where there is no interval

    def name(ratio: float) -> str:
        primes = _primes_of(ratio)
        suffixes = _suffix(primes.numerator, "^", RAISED, unicode) + _suffix(primes.denominator, "_", LOWERED, unicode)
        return _above(unison, _fifths_near(ratio, most, tolerance), unicode) + suffixes

    return written(interval, name, name="interval")


@made_outside_graphs
def hz_to_fjs(frequencies: Any, *, fmin: float | None = None, unison: str | None = None, unicode: bool = False) -> Any:
    """Names of the frequencies of a just scale in the Functional Just System: those of their
    intervals above `fmin`, as `interval_to_fjs` gives them.

    Parameters
    ----------
    frequencies : number, list or NumPy array of any shape, Hz
    fmin : float > 0, Hz, optional
        By default the lowest of the frequencies.
    unison : str, optional
        The name of `fmin`; by default the one that `hz_to_note` gives it.
    unicode : bool, default False
        Accidentals ♯, 𝄪, ♭ and 𝄫, raised and lowered digits. False gives #, ##, b, bb, ^ and _.

    Returns
    -------
    str, or NumPy array of str of the same shape

    Raises
    ------
    ParameterError
        If a frequency is in no such scale, another argument is out of its range, or an array is not
        NumPy's.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.hz_to_fjs(66, fmin=55, unicode=True)
    'C₅'
    >>> nax.hz_to_fjs([55, 66, 77])
    array(['A', 'C_5', 'D#^7_5'], dtype='<U6')
    """
    _, hertz = as_floating(check_on_host(frequencies, name="frequencies"), name="frequencies")
    if fmin is None and size_of(hertz):
        fmin = as_positive("the lowest of frequencies", host.min(hertz))
    lowest = 1.0 if fmin is None else as_positive("fmin", fmin)
    if unison is None:
        unison = hz_to_note(lowest, octave=False, unicode=False)
    intervals = hertz / lowest
    return interval_to_fjs(float(intervals) if isinstance(frequencies, Real) else intervals, unison=unison, unicode=unicode)


def written(values: Any, spell: Callable[[float], str], *, name: str, by: Callable[[Any], Any] | None = None) -> Any:
    """The names of numbers, after a conversion of these: text for a number, and an array of texts
    for lists and NumPy's arrays.
    """
    if isinstance(values, Real):
        number = as_floating(values, name=name)[1]
        return spell(float(number if by is None else by(number)))
    numbers = as_floating(check_on_host(values, name=name), name=name)[1]
    names = [spell(float(number)) for number in host.reshape(numbers if by is None else by(numbers), (-1,))]
    return host.reshape(host.asarray(names, dtype=str), numbers.shape)


def _speller(octave: bool, cents: bool, key: str, unicode: bool) -> Callable[[float], str]:
    """What names a MIDI number."""
    if cents and not octave:
        raise ParameterError(f"cents={cents!r} must go with octave=True: cents follow the octave")
    names = _names(key, bool(unicode), natural=False)

    def spell(midi: float) -> str:
        if not math.isfinite(midi):
            return ""
        number = round(midi)
        height = f"{number // 12 - 1}" if octave else ""
        return names[number % 12] + height + (f"{round(100 * (midi - number)):+d}" if cents else "")

    return spell


def _read(key: Any) -> tuple[int, int, int]:
    """A key's tonic, its number of sharps, and the tonic whose accidentals decide how it is
    spelled.
    """
    parts = _KEY.fullmatch(key) if isinstance(key, str) else None
    if not parts:
        raise ParameterError(f"key={shown(key)} must be a tonic, a colon and a scale, such as 'C:maj', 'A♭:min' or 'F#:dorian'")
    tonic, scale = _place(parts), parts["scale"][:3]
    signature = tonic + SCALES[scale]
    return tonic, signature, tonic if scale == "min" else signature


@decided_once(512)
def _degrees(key: str) -> list[int]:
    tonic, signature, _ = _read(key)
    above = sorted(7 * (place - tonic) % 12 for place in _scale(signature))
    return [(7 * tonic + semitones) % 12 for semitones in above]


@decided_once(512)
def _names(key: str, unicode: bool, natural: bool) -> list[str]:
    _, signature, named = _read(key)
    names = []
    for place in sorted(_chromatic(signature, named), key=lambda place: 7 * place % 12):
        foreign = natural and place in range(-1, 6) and place not in _scale(signature)
        names.append(_spelled(place, unicode) + (("♮" if unicode else "n") if foreign else ""))
    return names


def _scale(signature: int) -> range:
    return range(signature - 1, signature + 6)


def _chromatic(signature: int, named: int) -> range:
    """The twelve places of a key's notes."""
    accidentals = _accidentals(named)
    beyond = 7 * max(abs(accidentals) - 1, 0)  # tonics of several accidentals are spelled as those of one, all notes with the others added
    if accidentals > 0 or (accidentals == 0 and signature >= 0):
        highest = max(A_SHARP + beyond, _scale(signature)[-1])
        return range(highest - 11, highest + 1)
    lowest = min(G_FLAT - beyond, _scale(signature)[0])
    return range(lowest, lowest + 12)


def _place(parts: re.Match[str]) -> int:
    """The place of a note on the line of fifths."""
    return LETTERS.index(parts["letter"].upper()) - 1 + 7 * sum(ACCIDENTALS[sign] for sign in parts["accidentals"])


def _accidentals(place: int) -> int:
    """Sharps, or -flats."""
    return (place + 1) // 7


def _spelled(place: int, unicode: bool, *, doubles_first: bool = False) -> str:
    """The name of a place on the line of fifths; librosa has both orders of accidentals."""
    letter, count = LETTERS[(place + 1) % 7], _accidentals(place)
    if not unicode:
        return letter + ("#" if count > 0 else "b") * abs(count)
    single, double = ("♯", "𝄪") if count > 0 else ("♭", "𝄫")
    parts = [single * (abs(count) % 2), double * (abs(count) // 2)]
    return letter + "".join(reversed(parts) if doubles_first else parts)


def _above(unison: Any, fifths: int, unicode: bool) -> str:
    parts = NOTE.fullmatch(unison) if isinstance(unison, str) else None
    if not parts:
        raise ParameterError(f"unison={shown(unison)} must be a note name, such as 'C' or 'B♭'")
    check_size("the name", [abs(fifths) / 7], f"fifths={fifths}")
    return _spelled(_place(parts) + fifths, unicode, doubles_first=True)


def _fifths_near(ratio: float, most: float, tolerance: float) -> int:
    """The fewest fifths that are within so many octaves of a ratio, up before down."""
    for fifths in (signed for count in range(MOST_FIFTHS) for signed in (count, -count)):
        left = ratio / 3.0**fifths
        if abs(math.log2(math.ldexp(left, -round(math.log2(left))))) <= most:
            return fifths
    raise ParameterError(f"tolerance={tolerance!r} must be larger: no {MOST_FIFTHS} fifths are as near to interval={ratio!r}")


def _primes_of(ratio: float) -> Fraction:
    """A just interval's primes above 3."""
    ratios, primes = _just_intervals()
    if 0 < ratio < math.inf:
        folded = 2 * math.frexp(ratio)[0]
        nearest = bisect_left(ratios, folded - NEAR)
        if abs(ratios[nearest] - folded) <= NEAR:
            return primes[nearest]
    raise ParameterError(f"interval={ratio!r} must be a positive just ratio, such as 3 / 2, of primes up to 23 in small powers")


@decided_once(1)
def _just_intervals() -> tuple[list[float], list[Fraction]]:
    """The just intervals from 1 to 2, and their primes above 3."""
    known = {2.0: Fraction(1)}
    for most, ratios in JUST.items():
        for ratio in map(Fraction, ratios.split()):
            for primes in (ratio, 1 / ratio):
                known |= {2 * math.frexp(primes * Fraction(3) ** fifths)[0]: primes for fifths in range(-most, most + 1)}
    return sorted(known), [known[ratio] for ratio in sorted(known)]


def _suffix(number: int, mark: str, digits: dict[int, int], unicode: bool) -> str:
    if number == 1:
        return ""
    return f"{number}".translate(digits) if unicode else f"{mark}{number}"
