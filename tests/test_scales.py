"""The scales against their formulas, against librosa, and back and forth."""

import math
from fractions import Fraction

import numpy as np
import pytest
from assertions import assert_close, assert_same
from hypothesis import given
from hypothesis import strategies as st
from libraries import require

from nnaudio_xp import scales
from nnaudio_xp.errors import ParameterError

HZ = np.array([1.0, 27.5, 100.0, 440.0, 999.0, 1000.0, 1001.0, 6400.0, 22050.0])
SMALL = np.array([-12.5, -1.0, 0.0, 0.25, 3.0, 11.0])  # octaves, semitones, tunings


def slaney_mel(hertz):
    return hertz * 3 / 200 if hertz < 1000 else 15 + 27 * math.log(hertz / 1000) / math.log(6.4)


def slaney_hz(mel):
    return mel * 200 / 3 if mel < 15 else 1000 * math.exp((mel - 15) * math.log(6.4) / 27)


# name, options, argument, definition
CONVERTERS = [
    ("hz_to_mel", {}, np.array([-5.0, 0.0, *HZ]), slaney_mel),
    ("hz_to_mel", {"htk": True}, np.array([0.0, *HZ]), lambda f: 2595 * math.log10(1 + f / 700)),
    ("mel_to_hz", {}, np.array([-1.0, 0.0, 3.5, 15.0, 16.0, 42.0, 60.0]), slaney_hz),
    ("mel_to_hz", {"htk": True}, np.array([0.0, 100.0, 2595.0]), lambda m: 700 * (10 ** (m / 2595) - 1)),
    ("hz_to_octs", {}, HZ, lambda f: math.log2(f / 27.5)),
    ("hz_to_octs", {"tuning": 0.3, "bins_per_octave": 24}, HZ, lambda f: math.log2(f / 27.5) - 0.3 / 24),
    ("octs_to_hz", {}, SMALL, lambda o: 27.5 * 2**o),
    ("octs_to_hz", {"tuning": 0.3, "bins_per_octave": 24}, SMALL, lambda o: 27.5 * 2 ** (o + 0.3 / 24)),
    ("hz_to_midi", {}, HZ, lambda f: 69 + 12 * math.log2(f / 440)),
    ("midi_to_hz", {}, SMALL, lambda m: 440 * 2 ** ((m - 69) / 12)),
    ("A4_to_tuning", {}, HZ, lambda f: 12 * math.log2(f / 440)),
    ("A4_to_tuning", {"bins_per_octave": 24}, HZ, lambda f: 24 * math.log2(f / 440)),
    ("tuning_to_A4", {}, SMALL, lambda t: 440 * 2 ** (t / 12)),
    ("tuning_to_A4", {"bins_per_octave": 36}, SMALL, lambda t: 440 * 2 ** (t / 36)),
]
converters = pytest.mark.parametrize(("name", "options", "values", "definition"), CONVERTERS)
INVERSES = [("hz_to_mel", "mel_to_hz"), ("hz_to_octs", "octs_to_hz"), ("hz_to_midi", "midi_to_hz"), ("A4_to_tuning", "tuning_to_A4")]


@pytest.fixture(scope="module")
def librosa():
    return pytest.importorskip("librosa")


@converters
def test_formula_on_arrays(xp, as_xp, dtype, lazily, name, options, values, definition):
    expected = np.array([[definition(value)] for value in values])
    convert = lazily(lambda array: getattr(scales, name)(array, **options))
    assert_same(convert(as_xp(values[:, None], dtype)), expected, xp=xp, dtype=dtype)


@converters
def test_formula_on_plain_numbers(name, options, values, definition):
    for value in values.tolist():
        result = getattr(scales, name)(value, **options)
        assert isinstance(result, np.float64)
        assert_close(np.asarray(result), definition(value), atol=1e-13)
    assert_close(getattr(scales, name)(values.tolist(), **options), [definition(value) for value in values])


@converters
def test_like_librosa(librosa, name, options, values, definition):
    assert_close(getattr(scales, name)(values, **options), getattr(librosa, name)(values, **options))


@converters
def test_integers_become_floats(xp, as_xp, name, options, values, definition):
    integers = np.unique(np.trunc(values)).astype("int64")
    integers = integers[integers > 0]
    expected = np.array([definition(int(value)) for value in integers])
    default = np.float64 if xp.__name__.endswith("numpy") else as_xp(1.0).dtype if xp.__name__ == "jax.numpy" else xp.asarray(1.0).dtype
    assert_same(getattr(scales, name)(as_xp(integers), **options), expected, xp=xp, dtype=default)


@converters
def test_gradients_are_those_of_the_formula(name, options, values, definition):
    torch = require("torch")
    x = torch.tensor(values, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: getattr(scales, name)(x, **options), x)


@pytest.mark.parametrize(("there", "back"), INVERSES)
@given(hertz=st.floats(1e-2, 1e6))
def test_there_and_back(there, back, hertz):
    result = getattr(scales, back)(getattr(scales, there)(hertz))
    assert_close(np.asarray(result), hertz, rtol=256 * np.finfo(float).eps)


@given(
    letter=st.sampled_from("CDEFGABcdefgab"),
    signs=st.text("#♯𝄪b♭!𝄫♮", max_size=4),
    octave=st.none() | st.integers(-3, 12),
    cents=st.integers(-120, 120),
)
def test_notes_like_librosa(librosa, letter, signs, octave, cents):
    note = f"{letter}{signs}" + (f"{octave}{cents:+d}" if octave is not None else "")
    assert scales.note_to_midi(note) == librosa.note_to_midi(note)
    assert_close(np.asarray(scales.note_to_midi(note, round_midi=False)), librosa.note_to_midi(note, round_midi=False))
    assert_close(np.asarray(scales.note_to_hz(note, round_midi=True)), librosa.note_to_hz(note, round_midi=True))


@pytest.mark.parametrize(
    ("note", "midi"),
    [("C", 12), ("c4", 60), ("B♯3", 60), ("C!!♭𝄫5", 67), ("G𝄪6", 93), ("Bb-1", 10), ("En4", 64), ("F♮+4", 65), ("D4+250", 64.5)],
)
def test_note_numbers(note, midi):
    assert scales.note_to_midi(note, round_midi=False) == midi
    assert scales.note_to_hz(note) == scales.midi_to_hz(midi)
    rounded = scales.note_to_midi(note)
    assert type(rounded) is int
    assert rounded == round(midi)


def test_many_notes_at_once():
    assert_close(scales.note_to_midi([["C4", "D4+60"], ["A0", "B-1"]]), np.array([[60, 63], [21, 11]]))
    assert_close(scales.note_to_midi(np.array(["C4", "D4"])), np.array([60, 62]))
    assert_close(scales.note_to_midi(note for note in ("C4", "")), np.array([60, np.nan]))
    assert_close(scales.note_to_hz(("A4", "A5+100"), round_midi=False), 440.0 * np.array([1, 2 * 2 ** (1 / 12)]))


@pytest.mark.parametrize("n_fft", [1, 2, 5, 400, 2048])
@pytest.mark.parametrize("sr", [49, 22050, 11025.5])
def test_fft_frequencies_are_rounded_once(sr, n_fft):
    exact = [float(k * Fraction(sr) / n_fft) for k in range(1 + n_fft // 2)]
    assert_close(scales.fft_frequencies(sr=sr, n_fft=n_fft), exact, rtol=np.finfo(float).eps, atol=0)
    if n_fft % 2 == 0:
        assert scales.fft_frequencies(sr=sr, n_fft=n_fft)[-1] == sr / 2


@given(
    n_mels=st.integers(1, 200),
    n_fft=st.integers(1, 4096),
    sr=st.sampled_from([8000, 16000, 22050, 44100]),
    fmin=st.floats(1, 500),
    tuning=st.floats(-1, 1),
)
def test_creators_like_librosa(librosa, n_mels, n_fft, sr, fmin, tuning):
    assert_close(scales.fft_frequencies(sr=sr, n_fft=n_fft), librosa.fft_frequencies(sr=sr, n_fft=n_fft))
    for htk in (False, True):
        options = {"fmin": fmin, "fmax": sr / 2, "htk": htk}
        assert_close(scales.mel_frequencies(n_mels, **options), librosa.mel_frequencies(n_mels, **options))
    options = {"fmin": fmin, "bins_per_octave": 36, "tuning": tuning}
    assert_close(scales.cqt_frequencies(n_mels, **options), librosa.cqt_frequencies(n_mels, **options))


def test_creators_default_to_librosas(librosa):
    assert_close(scales.fft_frequencies(), librosa.fft_frequencies())
    assert_close(scales.mel_frequencies(), librosa.mel_frequencies())
    assert_close(scales.cqt_frequencies(84, fmin=32.7), librosa.cqt_frequencies(84, fmin=32.7))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: scales.hz_to_mel("A4"), "frequencies='A4' must hold real numbers"),
        (lambda: scales.hz_to_mel(np.array([1j])), "frequencies has dtype complex128"),
        (lambda: scales.mel_to_hz(np.array([True])), "mels has dtype bool"),
        (lambda: scales.hz_to_midi([1, "x"]), r"frequencies=\[1, 'x'\] must hold real numbers"),
        (lambda: scales.midi_to_hz("A4"), "notes='A4'"),
        (lambda: scales.hz_to_octs(440, bins_per_octave=0), "bins_per_octave=0 must be a positive integer"),
        (lambda: scales.octs_to_hz(1, tuning=math.nan), "tuning=nan must be a finite number"),
        (lambda: scales.A4_to_tuning(440, bins_per_octave=1.5), "bins_per_octave=1.5 must be a positive integer"),
        (lambda: scales.tuning_to_A4(0, bins_per_octave=-1), "bins_per_octave=-1 must be a positive integer"),
        (lambda: scales.note_to_midi("H4"), "note='H4' must be a letter"),
        (lambda: scales.note_to_midi(["A4", "A4+"]), r"note='A4\+' must be"),
        (lambda: scales.note_to_midi(60), "note=60 must be a note name"),
        (lambda: scales.note_to_hz("A4 "), "note='A4 ' must be"),
        (lambda: scales.fft_frequencies(sr=0), "sr=0 must be a finite positive number"),
        (lambda: scales.fft_frequencies(n_fft=0), "n_fft=0 must be a positive integer"),
        (lambda: scales.fft_frequencies(dtype=2.0), "dtype=2.0 must be a dtype"),
        (lambda: scales.mel_frequencies(0), "n_mels=0 must be a positive integer"),
        (lambda: scales.mel_frequencies(fmin=-1), "fmin=-1 must be a finite non-negative number"),
        (lambda: scales.mel_frequencies(fmin=100, fmax=50), "fmax=50 must be a finite number above 100"),
        (lambda: scales.gammatone_frequencies(0), "n_bins=0 must be a positive integer"),
        (lambda: scales.gammatone_frequencies(fmin=100, fmax=50), "fmax=50 must be a finite number above 100"),
        (lambda: scales.cqt_frequencies(0, fmin=1), "n_bins=0 must be a positive integer"),
        (lambda: scales.cqt_frequencies(1, fmin=0), "fmin=0 must be a finite positive number"),
        (lambda: scales.cqt_frequencies(1, fmin=1, tuning="a"), "tuning='a' must be a finite number"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ParameterError, match=message):
        call()


def test_bad_input_in_any_library(as_xp):
    with pytest.raises(ParameterError, match="frequencies has dtype complex64: it must hold real numbers"):
        scales.hz_to_mel(as_xp([1j], "complex64"))
