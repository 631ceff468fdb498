"""Decibels of power and amplitude, and back: against the definition, against librosa, one clip at a
time.
"""

import math

import numpy as np
import oracles
import pytest
from assertions import assert_close, assert_same
from examples import noise, spectrograms
from hypothesis import given
from hypothesis import strategies as st
from libraries import Backend, to_numpy

import nnaudio_xp as nax

REFERENCES = [1.0, 0.3, -20, np.max, np.min, np.mean]


def rounding(dtype, span=400.0):
    """Levels are differences of logarithms that go up to `span` dB; a relative error of eps is 4.3
    eps dB.
    """
    return {"rtol": 0.0, "atol": 4 * span * float(np.finfo(dtype).eps)}


@given(
    S=spectrograms(positive=True),
    ref=st.sampled_from(REFERENCES),
    amin=st.sampled_from([1e-10, 1e-3, 2.0]),
    top_db=st.sampled_from([None, 0, 20.0, 80]),
)
def test_definition_for_power(xp, as_xp, lazily, S, ref, amin, top_db):
    options = {"ref": ref, "amin": amin, "top_db": top_db}
    convert = lazily(lambda S: nax.power_to_db(S, **options))
    assert_same(convert(as_xp(S)), oracles.decibels(S.astype("float64"), **options), xp=xp, dtype=S.dtype, **rounding(S.dtype))


@given(S=spectrograms(), ref=st.sampled_from(REFERENCES), amin=st.sampled_from([1e-5, 0.1]), top_db=st.sampled_from([None, 20.0, 80]))
def test_definition_for_amplitude(xp, as_xp, lazily, S, ref, amin, top_db):
    convert = lazily(lambda S: nax.amplitude_to_db(S, ref=ref, amin=amin, top_db=top_db))
    squared = (lambda power: ref(np.sqrt(power)) ** 2) if callable(ref) else ref**2
    expected = oracles.decibels(S.astype("float64") ** 2, ref=squared, amin=amin**2, top_db=top_db)
    assert_same(convert(as_xp(S)), expected, xp=xp, dtype=S.dtype, **rounding(S.dtype))


@given(S_db=spectrograms(), ref=st.sampled_from([1.0, 0.3, 20]))
def test_definition_backwards(xp, as_xp, lazily, S_db, ref):
    S_db = np.clip(S_db, -100, 100)
    eps = float(np.finfo(S_db.dtype).eps)
    for function, step in ((nax.db_to_power, 10), (nax.db_to_amplitude, 20)):
        expected = ref * 10.0 ** (S_db.astype("float64") / step)
        convert = lazily(lambda S_db, function=function: function(S_db, ref=ref))
        assert_same(convert(as_xp(S_db)), expected, xp=xp, dtype=S_db.dtype, rtol=64 * eps, atol=0)  # exp doubles an exponent's error


@pytest.mark.parametrize("ref", [1.0, np.max])
def test_nothing_stays_nothing(xp, as_xp, ref):
    for shape in ((0,), (0, 3), (2, 3, 0)):
        assert_same(nax.power_to_db(as_xp(np.ones(shape)), ref=ref), np.ones(shape), xp=xp)


def test_there_and_back(xp, as_xp, dtype):
    power = 10.0 ** noise(0, (2, 5, 6), dtype)
    rtol = 64 * float(np.finfo(dtype).eps)
    assert_same(nax.db_to_power(nax.power_to_db(as_xp(power), ref=0.5), ref=0.5), power, xp=xp, rtol=rtol, atol=0)
    for ref in (0.5, -0.5):
        assert_same(nax.db_to_amplitude(nax.amplitude_to_db(as_xp(power), ref=ref), ref=ref), power, xp=xp, rtol=rtol, atol=0)


def test_half_precision_holds_what_comes_in_between(backend, xp, as_xp):
    """Squares of amplitudes, and the smallest power that is told apart from silence."""
    if backend.library == "array_api_strict":
        pytest.skip("the standard has no half precision")
    kinds = [xp.float16, *([xp.bfloat16] if hasattr(xp, "bfloat16") else [])]
    for kind in kinds:
        amplitudes, powers = (xp.astype(as_xp(np.array(values)), kind) for values in ([300.0, 1.0, 0.0], [1.0, 0.0]))
        for result, expected in (
            (nax.amplitude_to_db(amplitudes), [49.54, 0, -30.46]),
            (nax.power_to_db(powers, top_db=None), [0, -100]),
            (nax.db_to_power(-100 * powers), [1e-10, 1]),
        ):
            assert result.dtype == kind
            assert_close(to_numpy(xp.astype(result, xp.float32)), np.array(expected), rtol=8e-3, atol=1e-7)


# --- librosa --------------------------------------------------------------------------------------


@pytest.mark.once
@given(S=spectrograms(positive=True), ref=st.sampled_from(REFERENCES), top_db=st.sampled_from([None, 0, 20.0, 80]))
def test_like_librosa(librosa, S, ref, top_db):
    """Clip by clip, since librosa 0.11 takes its maximum over a whole batch."""
    for clip in np.ndindex(S.shape[:-2]):
        for name in ("power_to_db", "amplitude_to_db"):
            reference = (lambda x, **_: ref(x)) if callable(ref) else ref
            expected = getattr(librosa, name)(S[clip], ref=reference, top_db=top_db)
            assert_same(getattr(nax, name)(S, ref=ref, top_db=top_db)[clip], expected, xp=Backend.NUMPY.xp, **rounding(S.dtype))
    levels = np.minimum(S, 100)
    for name in ("db_to_power", "db_to_amplitude"):
        assert_same(getattr(nax, name)(levels, ref=0.7), getattr(librosa, name)(levels, ref=0.7), xp=Backend.NUMPY.xp)


def test_recording_like_librosa(librosa, recording, xp, as_xp):
    """Above the 80 dB that are kept, rounding moves no level by more than a thousandth of a
    decibel.
    """
    S = abs(librosa.stft(recording)) ** 2
    assert_same(nax.power_to_db(as_xp(S), ref=np.max), librosa.power_to_db(S, ref=np.max), xp=xp, rtol=0, atol=1e-3)


# --- axes -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("convert", [nax.power_to_db, nax.amplitude_to_db], ids=lambda function: function.__name__)
def test_a_clip_does_not_see_its_batch(xp, as_xp, convert):
    loud, soft = 10.0 ** noise(0, (5, 6)), 1e-9 * 10.0 ** noise(1, (5, 6))
    together = convert(as_xp(np.stack([loud, soft])), ref=np.max)
    assert_same(together, np.stack([to_numpy(convert(as_xp(clip), ref=np.max)) for clip in (loud, soft)]), xp=xp, rtol=0, atol=0)


@pytest.mark.parametrize(
    ("axes", "shape"),
    [("auto", (2, 1, 1)), (None, (1, 1, 1)), (-1, (2, 3, 1)), (0, (1, 3, 4)), ((0, 2), (1, 3, 1)), ((-3, -2, -1), (1, 1, 1))],
)
def test_the_peak_is_taken_over_the_axes(xp, as_xp, axes, shape):
    S = 10.0 ** (3 * noise(0, (2, 3, 4)))
    over = {"auto": (1, 2), None: (0, 1, 2)}.get(axes, axes)
    peak = S.max(axis=over, keepdims=True)
    assert peak.shape == shape
    expected = 10 * np.log10(np.maximum(S / peak, 0.01))
    assert_same(nax.power_to_db(as_xp(S), ref=np.max, top_db=20, axes=axes), expected, xp=xp, atol=1e-12)
    assert_same(
        nax.amplitude_to_db(as_xp(S), ref=np.max, top_db=40, axes=axes), 2 * np.log10(np.maximum(S / peak, 0.01)) * 10, xp=xp, atol=1e-12
    )


@pytest.mark.parametrize("axes", [None, -1, (0, 2)])
@pytest.mark.parametrize("reference", [np.median, np.mean, np.min])
def test_a_reference_is_numpys_function_on_any_library(xp, as_xp, reference, axes):
    S = 10.0 ** noise(0, (2, 3, 4))
    expected = 10 * np.log10(S / reference(S, axis=axes, keepdims=True))
    assert_same(nax.power_to_db(as_xp(S), ref=reference, top_db=None, axes=axes), expected, xp=xp, atol=1e-12)


def test_one_and_no_dimension(xp, as_xp):
    assert_same(nax.power_to_db(as_xp([1.0, 1e-9, 100.0]), ref=np.max, top_db=70), [-20.0, -70.0, 0.0], xp=xp)
    assert_same(nax.power_to_db(as_xp(100.0)), 20.0, xp=xp)


# --- references, numbers, warnings ----------------------------------------------------------------


def test_references_of_every_kind_keep_the_precision(xp, as_xp, dtype):
    S = 10.0 ** noise(0, (2, 3, 4), dtype)
    own = lambda S, axis, keepdims: xp.max(S, axis=axis, keepdims=keepdims) / 2  # noqa: E731
    for ref in (2, 2.0, -2.0, np.float64(2), np.float32(2), as_xp(2.0, dtype), as_xp(np.full((2, 1, 1), 2.0))):
        assert_same(nax.power_to_db(as_xp(S), ref=ref), oracles.decibels(S, ref=2.0), xp=xp, dtype=dtype, **rounding(dtype))
    for ref, same in ((own, lambda clip: clip.max() / 2), (np.amax, np.max), (np.amin, np.min)):
        assert_same(nax.power_to_db(as_xp(S), ref=ref), oracles.decibels(S, ref=same), xp=xp, dtype=dtype, **rounding(dtype))


@pytest.mark.once
def test_plain_numbers_are_numpys():
    for value in (100, 100.0, [100], np.int16(100), np.array([100], dtype="int32")):
        level = nax.power_to_db(value)
        assert_close(np.asarray(level), np.full(np.shape(value), 20.0))
        assert level.dtype == "float64"
    assert_close(np.asarray(nax.db_to_power(20)), 100.0)
    assert_close(np.asarray(nax.db_to_amplitude([20])), [10.0])


def test_axes_may_be_numpy_integers(xp, as_xp):
    S = as_xp(noise(0, (3, 4)) ** 2)
    for axes in (np.int64(0), (np.int64(-1),)):
        plain = 0 if np.ndim(axes) == 0 else (-1,)
        assert_same(nax.power_to_db(S, top_db=3, axes=axes), to_numpy(nax.power_to_db(S, top_db=3, axes=plain)), xp=xp, rtol=0, atol=0)


def test_complex_spectrograms_lose_their_phases_and_say_so(xp, as_xp):
    D = noise(0, (3, 4), "complex128")
    with pytest.warns(UserWarning, match=r"power_to_db was called on complex input, .* call power_to_db\(abs\(S\)\*\*2\)") as caught:
        assert_same(nax.power_to_db(as_xp(D)), oracles.decibels(abs(D)), xp=xp)
    assert caught[0].filename == __file__
    with pytest.warns(UserWarning, match=r"amplitude_to_db was called on complex input, .* call amplitude_to_db\(abs\(S\)\)"):
        assert_same(nax.amplitude_to_db(as_xp(D)), oracles.decibels(abs(D) ** 2), xp=xp)


def test_not_a_number_stays_where_it_is(xp, as_xp):
    S = 10.0 ** noise(0, (2, 3, 4))
    for bad in (math.nan, math.inf):
        broken = S.copy()
        broken[0, 1, 2] = bad
        levels, whole = to_numpy(nax.power_to_db(as_xp(broken))), oracles.decibels(S)
        assert not np.isfinite(levels[0, 1, 2])
        levels[0, 1, 2] = whole[0, 1, 2]
        assert_close(levels, whole)
    assert np.isnan(to_numpy(nax.power_to_db(as_xp(np.full((3, 4), math.nan))))).all()
