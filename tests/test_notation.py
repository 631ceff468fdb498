"""Names of notes: by the line of fifths, against librosa, and back to numbers."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import nnaudio_xp as nax

pytestmark = pytest.mark.once

LETTERS = "CDEFGAB"
ACCIDENTALS = ["", "#", "b", "♯", "♭", "𝄪", "𝄫", "!", "n", "###", "bbb", "#b"]
SCALES = {
    "major": (0, 2, 4, 5, 7, 9, 11),
    "minor": (0, 2, 3, 5, 7, 8, 10),
    "ionian": (0, 2, 4, 5, 7, 9, 11),
    "dorian": (0, 2, 3, 5, 7, 9, 10),
    "phrygian": (0, 1, 3, 5, 7, 8, 10),
    "lydian": (0, 2, 4, 6, 7, 9, 11),
    "mixolydian": (0, 2, 4, 5, 7, 9, 10),
    "aeolian": (0, 2, 3, 5, 7, 8, 10),
    "locrian": (0, 1, 3, 5, 6, 8, 10),
}
KEYS = [f"{letter}{accidental}:{scale}" for letter, accidental, scale in itertools.product(LETTERS, ACCIDENTALS, SCALES)]
JUST = [3 / 2, 4 / 3, 5 / 4, 6 / 5, 7 / 4, 25 / 14, 16 / 11, 13 / 8, 245 / 192, 19 / 16, 23 / 16, 17 / 16, 243 / 128, 625 / 512]


# --- keys -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", SCALES)
def test_degrees_are_the_scale_above_its_tonic(scale):
    for letter, accidental in itertools.product(LETTERS, ACCIDENTALS):
        tonic = nax.note_to_midi(f"{letter}{accidental}")
        expected = [(tonic + step) % 12 for step in SCALES[scale]]
        for name in {scale, scale.removesuffix("ian"), scale[:3]}:
            degrees = nax.key_to_degrees(f"{letter.lower()}{accidental}:{name}")
            assert degrees.tolist() == expected
            assert degrees.dtype == "int64"


@pytest.mark.parametrize("scale", SCALES)
def test_notes_sound_as_they_are_numbered(scale):
    for letter, accidental in itertools.product(LETTERS, ACCIDENTALS):
        key = f"{letter}{accidental}:{scale}"
        notes = nax.key_to_notes(key)
        assert (nax.note_to_midi(notes) % 12).tolist() == list(range(12)), key
        # a scale has each letter once
        assert {notes[degree][0] for degree in nax.key_to_degrees(key)} == set(LETTERS), key
        assert not {"♯", "𝄪"} & set("".join(notes)) or not {"♭", "𝄫"} & set("".join(notes)), key


def test_keys_like_librosa(librosa):
    for key in KEYS:
        assert nax.key_to_degrees(key).tolist() == librosa.key_to_degrees(key).tolist()
        for unicode, natural in itertools.product((True, False), repeat=2):
            options = {"unicode": unicode, "natural": natural}
            assert nax.key_to_notes(key, **options) == librosa.key_to_notes(key, **options), (key, options)


def test_notes_are_the_callers_own():
    nax.key_to_notes("C:maj").clear()
    assert len(nax.key_to_notes("C:maj")) == 12
    nax.mela_to_svara(1).clear()
    nax.list_mela().clear()
    assert len(nax.mela_to_svara(1)) == 12
    assert len(nax.list_mela()) == 72


# --- fifths and just intervals --------------------------------------------------------------------


@given(letter=st.sampled_from(LETTERS), accidental=st.sampled_from(ACCIDENTALS), fifths=st.integers(-40, 40))
def test_fifths_are_seven_semitones(letter, accidental, fifths):
    unison = letter + accidental
    for unicode in (True, False):
        name = nax.fifths_to_note(unison=unison, fifths=fifths, unicode=unicode)
        assert nax.note_to_midi(name) % 12 == (nax.note_to_midi(unison) + 7 * fifths) % 12
        assert unicode or name.isascii()
    letters = "FCGDAEB"
    assert name[0] == letters[(letters.index(letter) + fifths) % 7]


@pytest.mark.parametrize("unicode", [True, False])
def test_fifths_like_librosa(librosa, unicode):
    for unison, fifths in itertools.product(["C", "F#", "Gbb", "e", "B♭3"], range(-40, 41)):
        options = {"unison": unison, "fifths": fifths, "unicode": unicode}
        assert nax.fifths_to_note(**options) == librosa.fifths_to_note(**options)


@pytest.mark.parametrize(
    ("interval", "unison", "name", "plain"),
    [
        (1, "C", "C", "C"),
        (3 / 2, "B♭", "F", "F"),
        (4 / 3, "F", "B♭", "Bb"),
        (5 / 4, "A", "C♯⁵", "C#^5"),
        (6 / 5, "A", "C₅", "C_5"),
        (25 / 14, "F#", "E²⁵₇", "E^25_7"),
        (49, "C", "G⁴⁹", "G^49"),
        (1 / 49, "C", "F₄₉", "F_49"),
        (3.0**12, "C", "C", "C"),
    ],
)
def test_just_intervals_have_names(interval, unison, name, plain):
    assert nax.interval_to_fjs(interval, unison=unison) == name
    assert nax.interval_to_fjs(interval, unison=unison, unicode=False) == plain


def test_just_intervals_like_librosa(librosa):
    known = list(named_by(librosa))
    for unison, unicode in itertools.product(["C", "F#", "Gbb"], (True, False)):
        options = {"unison": unison, "unicode": unicode}
        assert nax.interval_to_fjs(known, **options).tolist() == librosa.interval_to_fjs(known, **options).tolist()
    assert nax.interval_to_fjs(known, tolerance=1.2).tolist() == librosa.interval_to_fjs(known, tolerance=1.2).tolist()


def named_by(librosa):
    """All ratios that librosa has names for."""
    return librosa.core.intervals.INTERVALS


@given(ratio=st.sampled_from(JUST), octaves=st.integers(-5, 5), error=st.floats(-4e-7, 4e-7))
def test_octaves_inverses_and_small_errors(ratio, octaves, error):
    name = nax.interval_to_fjs(ratio)
    assert nax.interval_to_fjs(ratio * (1 + error) * 2.0**octaves) == name
    digits = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹₀₁₂₃₄₅₆₇₈₉", "₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹")
    suffix, inverse = (text.lstrip("ABCDEFG♯♭𝄪𝄫") for text in (name, nax.interval_to_fjs(1 / ratio)))
    assert sorted(inverse) == sorted(suffix.translate(digits))


def test_primes_are_those_of_the_ratio():
    for denominator, numerator in [(1, 5), (1, 13), (5, 7), (5, 13), (7, 11), (7, 17)]:
        name = nax.interval_to_fjs(numerator / denominator, unicode=False)
        assert name.lstrip("ABCDEFG#b") == f"^{numerator}" + (f"_{denominator}" if denominator > 1 else "")


@pytest.mark.parametrize("options", [{}, {"fmin": 33}, {"fmin": 33, "unison": "Cb"}, {"fmin": 55.0, "unicode": True}])
def test_just_frequencies_like_librosa(librosa, options):
    for frequencies in ([55, 66, 77], 110, np.array([[55.0], [66.0]]), nax.interval_frequencies(24, fmin=55, intervals="ji7")):
        expected = librosa.hz_to_fjs(frequencies, **options)
        found = nax.hz_to_fjs(frequencies, **options)
        assert type(found) is type(expected)
        assert np.array_equal(found, expected)


# --- numbers to names -----------------------------------------------------------------------------


@given(
    midi=st.floats(-60, 140),
    key=st.sampled_from(["C:maj", "F:min", "Eb:dor", "A:mix"]),  # none that crosses an octave by its names
    unicode=st.booleans(),
)
def test_names_say_the_number(midi, key, unicode):
    name = nax.midi_to_note(midi, cents=True, key=key, unicode=unicode)
    assert abs(nax.note_to_midi(name, round_midi=False) - midi) <= 0.005 + 1e-9
    assert nax.note_to_midi(nax.midi_to_note(midi, key=key, unicode=unicode)) == round(midi)
    hertz = nax.midi_to_hz(midi)
    assert abs(nax.note_to_midi(nax.hz_to_note(hertz, cents=True), round_midi=False) - midi) <= 0.005 + 1e-9


def test_names_like_librosa(librosa):
    shapes = (np.arange(128), np.arange(128.0).reshape(2, 64) + 0.25, [60, 61.5], range(60, 72), np.array(60), np.float32([60.5, 61.75]))
    for midi in shapes:
        for octave, key, unicode in itertools.product((True, False), ("C:maj", "F:min", "B#:maj"), (True, False)):
            options = {"octave": octave, "cents": octave, "key": key, "unicode": unicode}
            expected, found = librosa.midi_to_note(midi, **options), nax.midi_to_note(midi, **options)
            assert found.dtype == expected.dtype
            assert np.array_equal(found, expected)
    hertz = np.geomspace(20, 10000, 99)
    assert np.array_equal(nax.hz_to_note(hertz, key="F:min"), librosa.hz_to_note(hertz, key="F:min"))


@pytest.mark.parametrize("name", ["midi_to_note", "hz_to_note"])
def test_what_is_no_number_has_no_name(name):
    function = getattr(nax, name)
    for value in (math.nan, math.inf):
        assert function(value) == ""
        assert function([value, 60]).tolist()[0] == ""
    assert function([]).shape == (0,)
    assert function(np.zeros((2, 0))).dtype.kind == "U"
    assert nax.midi_to_svara_h(math.nan, Sa=60) == ""
    assert nax.midi_to_svara_c([math.inf], Sa=60, mela=1).tolist() == [""]
    assert nax.note_to_svara_h(["", "C4"], Sa="C4").tolist() == ["", "S"]


@pytest.mark.filterwarnings("ignore:divide by zero:RuntimeWarning", "ignore:invalid value:RuntimeWarning")
def test_no_frequency_has_no_name():
    assert nax.hz_to_note([0.0, -1.0, 440.0]).tolist() == ["", "", "A4"]


# --- Indian music ---------------------------------------------------------------------------------


def test_melakartas_like_librosa(librosa):
    assert nax.list_mela() == librosa.list_mela()
    assert nax.list_thaat() == librosa.list_thaat()
    for thaat in librosa.list_thaat():
        assert nax.thaat_to_degrees(thaat.upper()).tolist() == librosa.thaat_to_degrees(thaat).tolist()
    for mela in (*range(1, 73), *librosa.list_mela()):
        assert nax.mela_to_degrees(mela).tolist() == librosa.mela_to_degrees(mela).tolist()
        for abbr, unicode in itertools.product((True, False), repeat=2):
            options = {"abbr": abbr, "unicode": unicode}
            assert nax.mela_to_svara(mela, **options) == librosa.mela_to_svara(mela, **options)


def test_melakartas_are_all_choices():
    scales = [tuple(nax.mela_to_degrees(mela).tolist()) for mela in range(1, 73)]
    assert len(set(scales)) == 72
    for scale in scales:
        assert scale[0] == 0
        assert scale[4] == 7
        assert sorted(scale) == list(scale)


@pytest.mark.parametrize("mela", range(1, 73))
def test_a_raga_names_its_own_svara(mela):
    names = nax.mela_to_svara(mela, unicode=False)
    assert [names[degree][0] for degree in nax.mela_to_degrees(mela)] == list("SRGMPDN")
    assert len(set(names)) == 12


@pytest.mark.parametrize(("abbr", "octave", "unicode"), list(itertools.product((True, False), repeat=3)))
def test_svara_like_librosa(librosa, abbr, octave, unicode):
    options = {"abbr": abbr, "octave": octave, "unicode": unicode}
    midi, hertz, notes = np.arange(30, 100) + 0.25, np.geomspace(60, 2000, 60), ["C4", "G3", "D#5"]
    for mela in (1, 19, 31, 34, "chalanatta"):
        for found, expected in (
            (nax.midi_to_svara_c(midi, Sa=60, mela=mela, **options), librosa.midi_to_svara_c(midi, Sa=60, mela=mela, **options)),
            (nax.hz_to_svara_c(hertz, Sa=261, mela=mela, **options), librosa.hz_to_svara_c(hertz, Sa=261, mela=mela, **options)),
            (nax.note_to_svara_c(notes, Sa="C4", mela=mela, **options), librosa.note_to_svara_c(notes, Sa="C4", mela=mela, **options)),
        ):
            assert np.array_equal(found, expected)
    for found, expected in (
        (nax.midi_to_svara_h(midi, Sa=60, **options), librosa.midi_to_svara_h(midi, Sa=60, **options)),
        (nax.hz_to_svara_h(hertz, Sa=261, **options), librosa.hz_to_svara_h(hertz, Sa=261, **options)),
        (nax.note_to_svara_h(notes, Sa="C4", **options), librosa.note_to_svara_h(notes, Sa="C4", **options)),
        (nax.midi_to_svara_h(60, Sa=72, **options), librosa.midi_to_svara_h(60, Sa=72, **options)),
    ):
        assert np.array_equal(found, expected)


# --- what is not taken ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nax.key_to_notes("H:maj"), "key='H:maj' must be a tonic"),
        (lambda: nax.key_to_degrees("C"), "key='C' must be"),
        (lambda: nax.key_to_degrees("C:foo"), "key='C:foo' must be"),
        (lambda: nax.key_to_degrees(5), "key=5 must be"),
        (lambda: nax.midi_to_note(60, key=["C:maj"]), r"key=\['C:maj'\] must be"),
        (lambda: nax.midi_to_note(60, cents=True, octave=False), "cents=True must go with octave=True"),
        (lambda: nax.midi_to_note("C4"), "midi='C4' must hold|midi has dtype"),
        (lambda: nax.hz_to_note(["A", "B"]), "frequencies"),
        (lambda: nax.fifths_to_note(unison="X", fifths=1), "unison='X' must be a note name"),
        (lambda: nax.fifths_to_note(unison="C", fifths=1.5), "fifths=1.5 must be an integer"),
        (lambda: nax.fifths_to_note(unison="C", fifths=-(10**12)), "fifths=-1000000000000 would take"),
        (lambda: nax.interval_to_fjs(0), "interval=0.0 must be a positive just ratio"),
        (lambda: nax.interval_to_fjs(-1.5), "interval=-1.5 must be"),
        (lambda: nax.interval_to_fjs(math.sqrt(2)), "interval=1.414.* must be"),
        (lambda: nax.interval_to_fjs([1.5, math.nan]), "interval=nan must be"),
        (lambda: nax.interval_to_fjs(1.5, tolerance=0), "tolerance=0 must be"),
        (lambda: nax.interval_to_fjs(5 / 4, tolerance=1.0), "tolerance=1.0 must be larger"),
        (lambda: nax.interval_to_fjs([], unison="?"), "unison='[?]' must be"),
        (lambda: nax.hz_to_fjs([0.0, 55.0]), "lowest of frequencies=.* must be"),
        (lambda: nax.hz_to_fjs([55.0], fmin=0), "fmin=0 must be"),
        (lambda: nax.mela_to_degrees(73), "mela=73 must be from 1 to 72"),
        (lambda: nax.mela_to_degrees(0), "mela=0 must be"),
        (lambda: nax.mela_to_svara("none"), "mela='none' must be a name"),
        (lambda: nax.thaat_to_degrees("none"), "thaat='none' must be one of 'bilaval'"),
        (lambda: nax.thaat_to_degrees(3), "thaat=3 must be one of"),
        (lambda: nax.hz_to_svara_h(440, Sa=0), "Sa=0 must be"),
        (lambda: nax.note_to_svara_h("C4", Sa=""), "Sa='' must be a note name"),
        (lambda: nax.note_to_svara_c("C4", Sa=60, mela=1), "Sa=60 must be a note name"),
    ],
)
def test_bad_arguments(call, message):
    with pytest.raises(nax.ParameterError, match=message):
        call()
