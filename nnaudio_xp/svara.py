"""The notes of Indian music: the svara of Hindustani thaats and of Carnatic melakarta ragas.

All in twelve semitones of equal temperament above a freely chosen Sa.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

from ._backends import decided_once, made_outside_graphs
from ._namespace import Array, host
from .errors import ParameterError, as_integer, as_number, as_positive, shown
from .notation import written
from .scales import hz_to_midi, note_to_midi

__all__ = [
    "hz_to_svara_c",
    "hz_to_svara_h",
    "list_mela",
    "list_thaat",
    "mela_to_degrees",
    "mela_to_svara",
    "midi_to_svara_c",
    "midi_to_svara_h",
    "note_to_svara_c",
    "note_to_svara_h",
    "thaat_to_degrees",
]

# S. Bhagyalekshmy, "Ragas in Carnatic music", 1990, in librosa's spelling
_NAMES = """
kanakangi ratnangi ganamurthi vanaspathi manavathi tanarupi
senavathi hanumathodi dhenuka natakapriya kokilapriya rupavathi
gayakapriya vakulabharanam mayamalavagaula chakravakom suryakantham hatakambari
jhankaradhwani natabhairavi keeravani kharaharapriya gaurimanohari varunapriya
mararanjini charukesi sarasangi harikambhoji dheerasankarabharanam naganandini
yagapriya ragavardhini gangeyabhushani vagadheeswari sulini chalanatta
salagam jalarnavam jhalavarali navaneetham pavani raghupriya
gavambodhi bhavapriya subhapanthuvarali shadvidhamargini suvarnangi divyamani
dhavalambari namanarayani kamavardhini ramapriya gamanasrama viswambhari
syamalangi shanmukhapriya simhendramadhyamam hemavathi dharmavathi neethimathi
kanthamani rishabhapriya latangi vachaspathi mechakalyani chitrambari
sucharitra jyotisvarupini dhatuvardhini nasikabhushani kosalam rasikapriya
""".split()  # noqa: SIM905 - a line for each choice of Ri and Ga

MELAKARTAS = {name: number for number, name in enumerate(_NAMES, 1)}

# Each of the ten is the scale of a melakarta.
THAATS = {
    "bilaval": 29,
    "khamaj": 28,
    "kafi": 22,
    "asavari": 20,
    "bhairavi": 8,
    "kalyan": 65,
    "marva": 53,
    "poorvi": 51,
    "todi": 45,
    "bhairav": 15,
}

HINDUSTANI = ("Sa", "re", "Re", "ga", "Ga", "ma", "Ma", "Pa", "dha", "Dha", "ni", "Ni")

LOWERED = str.maketrans("123", "₁₂₃")

ABOVE, BELOW = "\N{COMBINING DOT ABOVE}", "\N{COMBINING DOT BELOW}"


@made_outside_graphs
def list_thaat() -> list[str]:
    """Names of the ten thaats, the parent scales of Hindustani music.

    Returns
    -------
    list of str

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.list_thaat()[:3]
    ['bilaval', 'khamaj', 'kafi']
    """
    return list(THAATS)


@made_outside_graphs
def list_mela() -> dict[str, int]:
    """Names of the 72 melakartas, the parent ragas of Carnatic music, with their numbers.

    Returns
    -------
    dict of str to int

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.list_mela()["mechakalyani"]
    65
    """
    return dict(MELAKARTAS)


@made_outside_graphs
def thaat_to_degrees(thaat: str) -> Array:
    """Semitones above Sa of the seven svara of a thaat.

    Parameters
    ----------
    thaat : str
        One of `list_thaat`, in letters of either case.

    Returns
    -------
    NumPy array of shape (7,), semitones

    Raises
    ------
    ParameterError
        If there is no such thaat.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.thaat_to_degrees("todi")
    array([ 0,  1,  3,  6,  7,  8, 11])
    """
    return host.asarray(_degrees(_scale_of(thaat)))


@made_outside_graphs
def mela_to_degrees(mela: str | int) -> Array:
    """Semitones above Sa of the seven svara of a melakarta raga.

    Sa and Pa stay. Ri and Ga are two of four semitones, Dha and Ni are two of four others, and Ma
    is one of two: 6 * 6 * 2 ragas, numbered in the order of these choices, where that of Dha and Ni
    changes first and that of Ma last.

    Parameters
    ----------
    mela : str or int
        One of `list_mela`, in letters of either case, or its number from 1 to 72.

    Returns
    -------
    NumPy array of shape (7,), semitones

    Raises
    ------
    ParameterError
        If there is no such melakarta.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.mela_to_degrees("kanakangi")
    array([0, 1, 2, 5, 7, 8, 9])
    >>> nax.mela_to_degrees(65)
    array([ 0,  2,  4,  6,  7,  9, 11])
    """
    return host.asarray(_degrees(_number(mela)))


@made_outside_graphs
def mela_to_svara(mela: str | int, *, abbr: bool = True, unicode: bool = True) -> list[str]:
    """Names of the twelve semitones above Sa in a melakarta raga.

    Some semitones have two names: Ri₂ is Ga₁, Ri₃ is Ga₂, Dha₂ is Ni₁ and Dha₃ is Ni₂. The raga's
    own svara have their names in it; the others are named so that no Ri follows a Ga, and no Dha a
    Ni.

    Parameters
    ----------
    mela : str or int
        One of `list_mela`, or its number from 1 to 72.
    abbr : bool, default True
        Whether names are their first letters: R for Ri.
    unicode : bool, default True
        Whether numbers are lowered: R₁ instead of R1.

    Returns
    -------
    list of 12 str

    Raises
    ------
    ParameterError
        If there is no such melakarta.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> " ".join(nax.mela_to_svara(36))
    'S R₁ R₂ R₃ G₃ M₁ M₂ P D₁ D₂ D₃ N₃'
    >>> " ".join(nax.mela_to_svara("kanakangi", abbr=False, unicode=False))
    'Sa Ri1 Ga1 Ga2 Ga3 Ma1 Ma2 Pa Dha1 Ni1 Ni2 Ni3'
    """
    return list(_svara(_number(mela), bool(abbr), bool(unicode)))


@made_outside_graphs
def midi_to_svara_h(midi: Any, *, Sa: float, abbr: bool = True, octave: bool = True, unicode: bool = True) -> Any:
    """Hindustani svara of MIDI note numbers.

    Parameters
    ----------
    midi : number, list or NumPy array of any shape, semitones
        The steps above `Sa` are rounded, halves to the even one.
    Sa : float, semitones
    abbr : bool, default True
        Whether names are their first letters: S for Sa.
    octave : bool, default True
        Mark the octave above that from `Sa` on, and the one below. Others have no mark.
    unicode : bool, default True
        Marks are dots, above or below the first letter. False gives ' and , after the name.

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
    >>> nax.midi_to_svara_h(65, Sa=60)
    'm'
    >>> nax.midi_to_svara_h([60, 61, 62], Sa=67, unicode=False)
    array(['m,', 'M,', 'P,'], dtype='<U2')
    """
    return written(midi, _speller(as_number("Sa", Sa), _hindustani(abbr), octave, unicode), name="midi")


@made_outside_graphs
def hz_to_svara_h(frequencies: Any, *, Sa: float, abbr: bool = True, octave: bool = True, unicode: bool = True) -> Any:
    """Hindustani svara nearest to frequencies in Hz.

    Parameters
    ----------
    frequencies : number, list or NumPy array of any shape, Hz
    Sa : float > 0, Hz
    abbr, octave, unicode : bool, default True
        As in `midi_to_svara_h`.

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
    >>> nax.hz_to_svara_h([220, 440, 880], Sa=440, unicode=False)
    array(['S,', 'S', "S'"], dtype='<U2')
    """
    return written(frequencies, _speller(_midi_of_hz(Sa), _hindustani(abbr), octave, unicode), name="frequencies", by=hz_to_midi)


@made_outside_graphs
def note_to_svara_h(notes: Any, *, Sa: str, abbr: bool = True, octave: bool = True, unicode: bool = True) -> Any:
    """Hindustani svara of note names.

    Parameters
    ----------
    notes : str or iterable of str
        Names as `note_to_midi` reads them.
    Sa : str
        The name of a note; its cents are rounded.
    abbr, octave, unicode : bool, default True
        As in `midi_to_svara_h`.

    Returns
    -------
    str, or NumPy array of str
        An empty one for an empty one.

    Raises
    ------
    ParameterError
        If a name cannot be read.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.note_to_svara_h(["C4", "G4", "C5"], Sa="C5", unicode=False)
    array(['S,', 'P,', 'S'], dtype='<U2')
    """
    return midi_to_svara_h(note_to_midi(notes, round_midi=False), Sa=_midi_of_note(Sa), abbr=abbr, octave=octave, unicode=unicode)


@made_outside_graphs
def midi_to_svara_c(midi: Any, *, Sa: float, mela: int | str, abbr: bool = True, octave: bool = True, unicode: bool = True) -> Any:
    """Carnatic svara of MIDI note numbers, as a melakarta raga names them.

    Parameters
    ----------
    midi : number, list or NumPy array of any shape, semitones
        The steps above `Sa` are rounded, halves to the even one.
    Sa : float, semitones
    mela : str or int
        One of `list_mela`, or its number from 1 to 72.
    abbr : bool, default True
        Whether names are their first letters: R₁ for Ri₁.
    octave : bool, default True
        Mark the octave above that from `Sa` on, and the one below. Others have no mark.
    unicode : bool, default True
        Numbers are lowered, and marks are dots, above or below the first letter. False gives plain
        numbers, and ' and , after the name.

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
    >>> nax.midi_to_svara_c([60, 61, 62, 63], Sa=60, mela="chalanatta")
    array(['S', 'R₁', 'R₂', 'R₃'], dtype='<U2')
    """
    return written(midi, _speller(as_number("Sa", Sa), mela_to_svara(mela, abbr=abbr, unicode=unicode), octave, unicode), name="midi")


@made_outside_graphs
def hz_to_svara_c(frequencies: Any, *, Sa: float, mela: int | str, abbr: bool = True, octave: bool = True, unicode: bool = True) -> Any:
    """Carnatic svara nearest to frequencies in Hz, as a melakarta raga names them.

    Parameters
    ----------
    frequencies : number, list or NumPy array of any shape, Hz
    Sa : float > 0, Hz
    mela : str or int
        One of `list_mela`, or its number from 1 to 72.
    abbr, octave, unicode : bool, default True
        As in `midi_to_svara_c`.

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
    >>> nax.hz_to_svara_c([220, 466, 493], Sa=440, mela=1, abbr=False, unicode=False)
    array(['Sa,', 'Ri1', 'Ga1'], dtype='<U3')
    """
    names = mela_to_svara(mela, abbr=abbr, unicode=unicode)
    return written(frequencies, _speller(_midi_of_hz(Sa), names, octave, unicode), name="frequencies", by=hz_to_midi)


@made_outside_graphs
def note_to_svara_c(notes: Any, *, Sa: str, mela: str | int, abbr: bool = True, octave: bool = True, unicode: bool = True) -> Any:
    """Carnatic svara of note names, as a melakarta raga names them.

    Parameters
    ----------
    notes : str or iterable of str
        Names as `note_to_midi` reads them.
    Sa : str
        The name of a note; its cents are rounded.
    mela : str or int
        One of `list_mela`, or its number from 1 to 72.
    abbr, octave, unicode : bool, default True
        As in `midi_to_svara_c`.

    Returns
    -------
    str, or NumPy array of str
        An empty one for an empty one.

    Raises
    ------
    ParameterError
        If a name cannot be read, or there is no such melakarta.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.note_to_svara_c(["C5", "D5", "G5"], Sa="C5", mela=1)
    array(['S', 'G₁', 'P'], dtype='<U2')
    """
    midi = note_to_midi(notes, round_midi=False)
    return midi_to_svara_c(midi, Sa=_midi_of_note(Sa), mela=mela, abbr=abbr, octave=octave, unicode=unicode)


def _number(mela: str | int) -> int:
    """The number of a melakarta."""
    if isinstance(mela, str):
        named = MELAKARTAS.get(mela.lower())
        if named is None:
            raise ParameterError(f"mela={mela!r} must be a name that list_mela() has, or a number from 1 to {len(MELAKARTAS)}")
        return named
    number = as_integer("mela", mela)
    if number > len(MELAKARTAS):
        raise ParameterError(f"mela={mela!r} must be from 1 to {len(MELAKARTAS)}")
    return number


def _scale_of(thaat: Any) -> int:
    """The number of the melakarta of the same scale."""
    number = THAATS.get(thaat.lower()) if isinstance(thaat, str) else None
    if number is None:
        raise ParameterError(f"thaat={shown(thaat)} must be one of {', '.join(map(repr, THAATS))}")
    return number


@decided_once(512)
def _svara(number: int, abbr: bool, unicode: bool) -> list[str]:
    _, ri, ga, _, _, dha, ni = _degrees(number)
    names = ["Sa", "Ri1", "Ga1" if ga == 2 else "Ri2", "Ri3" if ri == 3 else "Ga2", "Ga3", "Ma1", "Ma2"]
    names += ["Pa", "Dha1", "Ni1" if ni == 9 else "Dha2", "Dha3" if dha == 10 else "Ni2", "Ni3"]
    if abbr:
        names = [name[0] + name[-1] * name[-1].isdigit() for name in names]
    return [name.translate(LOWERED) for name in names] if unicode else names


@decided_once(128)
def _degrees(number: int) -> list[int]:
    ma, lower, upper = (number - 1) // 36, (number - 1) // 6 % 6, (number - 1) % 6
    ri_ga, dha_ni = list(combinations(range(1, 5), 2)), list(combinations(range(8, 12), 2))
    return [0, *ri_ga[lower], 5 + ma, 7, *dha_ni[upper]]


def _hindustani(abbr: bool) -> Sequence[str]:
    return [name[0] for name in HINDUSTANI] if abbr else HINDUSTANI


def _midi_of_hz(Sa: float) -> float:
    return float(hz_to_midi(as_positive("Sa", Sa)))


def _midi_of_note(Sa: Any) -> float:
    if not (isinstance(Sa, str) and Sa):
        raise ParameterError(f"Sa={shown(Sa)} must be a note name, such as 'C4'")
    return float(note_to_midi(Sa))


def _speller(Sa: float, names: Sequence[str], octave: bool, unicode: bool) -> Callable[[float], str]:
    """What names a MIDI number by its steps above Sa."""

    def spell(midi: float) -> str:
        if not math.isfinite(midi):
            return ""
        height, step = divmod(round(midi - Sa), 12)
        name = names[step]
        if not octave or height not in (-1, 1):
            return name
        return name[0] + (ABOVE if height > 0 else BELOW) + name[1:] if unicode else name + ("'" if height > 0 else ",")

    return spell
