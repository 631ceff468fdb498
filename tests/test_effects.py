"""Effects: what they are for, their definitions, and librosa's numbers."""

import numpy as np
import pytest
from assertions import assert_close, assert_same
from examples import noise
from libraries import to_numpy

import nnaudio_xp as nax
from nnaudio_xp import effects

SR = 8000


def tone(hertz: float, seconds: float = 1.0) -> np.ndarray:
    return np.sin(2 * np.pi * hertz * np.arange(int(SR * seconds)) / SR)


def pitch(y: np.ndarray) -> float:
    """Of the loudest bin of the whole spectrum."""
    return float(np.argmax(abs(np.fft.rfft(y * np.hanning(len(y)))))) * SR / len(y)


# --- harmonic and percussive ----------------------------------------------------------------------


def test_parts_add_up_to_the_signal(xp, as_xp, dtype):
    y = noise(0, (2, 3000), dtype)
    options = {"n_fft": 256, "kernel_size": (5, 9)}
    harmonic, percussive = effects.hpss(as_xp(y), **options)
    assert_same(harmonic + percussive, y, xp=xp, rtol=1e-5 if dtype == "float32" else 1e-10)
    assert_same(effects.harmonic(as_xp(y), **options), to_numpy(harmonic), xp=xp, rtol=0, atol=0)
    assert_same(effects.percussive(as_xp(y), **options), to_numpy(percussive), xp=xp, rtol=0, atol=0)


@pytest.mark.once
def test_tones_and_clicks_are_parted():
    clicks = np.zeros(SR)
    clicks[1000::2000] = 10
    harmonic, percussive = effects.hpss(tone(440) + clicks, n_fft=512)
    inside = slice(1500, -1500)
    assert np.corrcoef(harmonic[inside], tone(440)[inside])[0, 1] > 0.98
    assert np.corrcoef(percussive[inside], clicks[inside])[0, 1] > 0.9


@pytest.mark.once
def test_the_window_is_that_of_both_transforms():
    """librosa 1.0 leaves it out."""
    y, options = noise(0, (3000,)), {"n_fft": 256, "kernel_size": 5}
    framing = {"n_fft": 256, "window": "hamming"}
    expected = nax.istft(nax.decompose.hpss(nax.stft(y, **framing), kernel_size=5)[0], length=3000, **framing)
    assert_close(effects.harmonic(y, window="hamming", **options), expected, rtol=1e-10)
    assert abs(effects.harmonic(y, **options) - expected).max() > 1e-3


@pytest.mark.once
@pytest.mark.parametrize("options", [{}, {"mask": True}, {"margin": (1.0, 3.0), "kernel_size": (13, 30), "n_fft": 511, "hop_length": 100}])
def test_hpss_as_librosa_does(librosa, options):
    y = noise(0, (2, 6000))
    for ours, theirs in zip(effects.hpss(y, **options), librosa.effects.hpss(y, **options), strict=True):
        assert_close(ours, theirs, rtol=1e-10, atol=1e-12)


# --- time and pitch -------------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.5, 1, 1.3])
def test_another_speed_at_the_same_pitch(xp, as_xp, rate):
    y = np.stack([tone(440), tone(1000)])
    slower = effects.time_stretch(as_xp(y), rate=rate, n_fft=512)
    assert slower.shape == (2, round(SR / rate))
    for row, hertz in zip(to_numpy(slower), (440, 1000), strict=True):
        assert abs(pitch(row) - hertz) < 3
        assert abs(row[2000:4000]).max() == pytest.approx(1, abs=0.2)


@pytest.mark.once
def test_the_same_speed_is_the_same_signal():
    y = noise(0, (5000,))
    assert_close(effects.time_stretch(y, rate=1), y, rtol=1e-8, atol=1e-10)


@pytest.mark.once
@pytest.mark.parametrize(
    ("rate", "message"), [(0, "rate=0 must be"), (1e9, "rate=1e.09 leaves nothing of 9 samples"), (1e-12, "rate=1e-12 would")]
)
def test_bad_rates(rate, message):
    with pytest.raises(nax.ParameterError, match=message):
        effects.time_stretch(np.ones(9), rate=rate, n_fft=4)


@pytest.mark.parametrize(("n_steps", "bins_per_octave"), [(5, 12), (-7, 24)])
def test_another_pitch_at_the_same_speed(xp, as_xp, n_steps, bins_per_octave):
    y = np.stack([tone(440), tone(1000)])
    shifted = effects.pitch_shift(as_xp(y), sr=SR, n_steps=n_steps, bins_per_octave=bins_per_octave, n_fft=512)
    assert shifted.shape == y.shape
    for row, hertz in zip(to_numpy(shifted), (440, 1000), strict=True):
        assert abs(pitch(row) / hertz - 2 ** (n_steps / bins_per_octave)) < 0.005


@pytest.mark.once
def test_pitch_shift_as_librosa_does(librosa):
    y = noise(0, (4000,))
    if librosa.__version__ < "1":
        pytest.skip("librosa 0.11 ends time stretches in another way")
    options = {"sr": SR, "n_steps": 2.5, "n_fft": 512}
    assert_close(effects.pitch_shift(y, **options), librosa.effects.pitch_shift(y, **options), rtol=1e-10, atol=1e-10)


@pytest.mark.once
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_steps": np.inf}, "n_steps=inf must be a finite number"),
        ({"n_steps": 400}, "n_steps=400 must lie within 30 octaves"),
        ({"n_steps": 1, "bins_per_octave": 0}, "bins_per_octave=0 must be a positive integer"),
        ({"n_steps": 1, "res_type": "best"}, "res_type='best' must be"),
    ],
)
def test_bad_shifts(options, message):
    with pytest.raises(nax.ParameterError, match=message):
        effects.pitch_shift(np.ones(900), sr=SR, n_fft=64, **options)


# --- emphasis -------------------------------------------------------------------------------------


@pytest.mark.parametrize("zi", [None, 0.3, [[0.1], [-0.2]]])
def test_differences(xp, as_xp, dtype, zi):
    y = noise(0, (2, 50), dtype)
    before = 2 * y[:, :1] - y[:, 1:2] if zi is None else np.broadcast_to(np.asarray(zi), (2, 1))
    expected = y + np.concatenate([before, -0.9 * y[:, :-1]], axis=-1)
    given = as_xp(np.asarray(zi)) if isinstance(zi, list) else zi
    found, state = effects.preemphasis(as_xp(y), coef=0.9, zi=given, return_zf=True)
    assert_same(found, expected, xp=xp, dtype=dtype)
    assert_same(state, -0.9 * y[:, -1:], xp=xp, dtype=dtype)


@pytest.mark.parametrize("coef", [0.97, 0.5, 0, -1])
@pytest.mark.parametrize("n", [2, 63, 64, 65, 5000])
def test_each_output_is_fed_back(xp, as_xp, dtype, coef, n):
    y = noise(0, (2, n), dtype)
    expected, last = np.empty((2, n)), np.array([0.1, -0.2])
    for t in range(n):
        last = expected[:, t] = y[:, t] + coef * last if t else y[:, t] + last
    found, state = effects.deemphasis(as_xp(y), coef=coef, zi=as_xp(np.array([[0.1], [-0.2]])), return_zf=True)
    rtol = 1e-4 if dtype == "float32" else 1e-11
    assert_same(found, expected, xp=xp, dtype=dtype, rtol=rtol)
    assert_same(state, coef * expected[:, -1:], xp=xp, dtype=dtype, rtol=rtol)


@pytest.mark.parametrize("zi", [None, 0.3])
def test_emphasis_is_undone(xp, as_xp, zi):
    y = noise(0, (2, 3, 400))
    assert_same(effects.deemphasis(effects.preemphasis(as_xp(y), zi=zi), zi=None if zi is None else -zi), y, xp=xp, rtol=1e-10)


@pytest.mark.once
@pytest.mark.parametrize("first", [1, 20])
@pytest.mark.parametrize(
    ("effect", "zi"), [(effects.preemphasis, 0), (effects.deemphasis, 0), (effects.preemphasis, None), (effects.deemphasis, None)]
)
def test_blocks_join_without_a_seam(effect, zi, first):
    y = noise(0, (2, 50))
    state, parts = zi, []
    for block in np.split(y, [first + 1], axis=-1):
        part, state = effect(block, zi=state, return_zf=True)
        parts.append(part)
    assert_close(np.concatenate(parts, axis=-1), effect(y, zi=zi), rtol=1e-12)


@pytest.mark.once
def test_emphasis_as_librosa_does(librosa):
    y = noise(0, (2, 3000))
    for options in ({}, {"coef": 0.5}, {"zi": [[0.5], [1.0]]}):
        for effect in ("preemphasis", "deemphasis"):
            found, expected = (getattr(package.effects, effect)(y, return_zf=True, **options) for package in (nax, librosa))
            for ours, theirs in zip(found, expected, strict=True):
                assert_close(ours, theirs, rtol=1e-10, atol=1e-10)


@pytest.mark.once
@pytest.mark.parametrize(
    ("y", "options", "message"),
    [
        (np.ones(1), {}, "y has 1 sample: without zi"),
        (np.ones((2, 9)), {"zi": [1, 2, 3]}, r"zi has shape \(3,\): it must be a number, or fit the shape \(2, 1\)"),
        (np.ones(9), {"zi": "0"}, "zi='0' must be a number"),
    ],
)
@pytest.mark.parametrize("effect", [effects.preemphasis, effects.deemphasis])
def test_bad_states(effect, y, options, message):
    with pytest.raises(nax.ParameterError, match=message):
        effect(y, **options)


@pytest.mark.once
def test_what_grows_is_refused():
    with pytest.raises(nax.ParameterError, match="coef=1.01 must lie between -1 and 1"):
        effects.deemphasis(np.ones(9), coef=1.01)


# --- silence --------------------------------------------------------------------------------------


def gaps(*shape: int) -> np.ndarray:
    """Sound in samples 2048 … 6144 and 10240 … 12288 of 16384, in the last channel."""
    y = np.zeros((*shape, 16384))
    for first, last in ((2048, 6144), (10240, 12288)):
        y[..., first:last] = 1
    if shape:
        y[:-1] = 0
    return y


@pytest.mark.parametrize("shape", [(), (2,)])
def test_silence_is_found(xp, as_xp, shape):
    y = as_xp(gaps(*shape))
    options = {"frame_length": 512, "hop_length": 256}
    intervals = effects.split(y, **options)
    assert xp.isdtype(intervals.dtype, "integral")
    assert to_numpy(intervals).tolist() == [[2048, 6400], [10240, 12544]]  # a frame more, which the last samples reach into
    trimmed, index = effects.trim(y, **options)
    assert to_numpy(index).tolist() == [2048, 12544]
    assert_same(trimmed, gaps(*shape)[..., 2048:12544], xp=xp, rtol=0, atol=0)


def test_levels_of_channels_are_aggregated(as_xp):
    y = as_xp(gaps(2))
    assert effects.split(y, ref=1.0, aggregate=np.min).shape == (0, 2)
    assert to_numpy(effects.trim(y, ref=1.0, aggregate=np.min)[1]).tolist() == [0, 0]
    assert effects.split(y, ref=1.0, aggregate=np.max).shape == (2, 2)
    middle = [to_numpy(effects.split(y, ref=1.0, aggregate=aggregate)).tolist() for aggregate in (np.median, np.mean)]
    assert middle[0] == middle[1]  # of two


@pytest.mark.once
@pytest.mark.parametrize("top_db", [60, 20, -10])
@pytest.mark.parametrize("ref", [1.0, np.max])
def test_trim_and_split_as_librosa_do(librosa, top_db, ref):
    y = noise(0, (2, 30000)) * np.repeat([1e-4, 1, 1e-2, 2, 0, 1e-3], 5000)
    options = {"top_db": top_db, "ref": ref, "hop_length": 300, "frame_length": 1000}
    assert np.array_equal(effects.split(y, **options), librosa.effects.split(y, **options))
    for ours, theirs in zip(effects.trim(y, **options), librosa.effects.trim(y, **options), strict=True):
        assert np.array_equal(ours, theirs)


@pytest.mark.once
def test_channels_need_a_function():
    with pytest.raises(nax.ParameterError, match="aggregate='max' must be a function"):
        effects.split(np.ones((2, 4000)), aggregate="max")


# --- remixes --------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", [(), (2,)])
def test_intervals_in_another_order(xp, as_xp, channels):
    y = np.broadcast_to(np.arange(1.0, 11), (*channels, 10)) * np.repeat([1, -1, 1, -1, 1], 2)
    expected = y[..., [4, 5, 0, 1, 8, 9]]
    for intervals in ([(4, 6), (0, 2), (8, 10)], np.array([[4, 6], [0, 2], [8, 10]]), as_xp(np.array([[4, 6], [0, 2], [8, 10]]))):
        for align_zeros in (False, True):
            assert_same(effects.remix(as_xp(y), intervals, align_zeros=align_zeros), expected, xp=xp, rtol=0, atol=0)


@pytest.mark.once
def test_ends_move_to_the_nearest_change_of_sign():
    y = np.array([1, 1, 1, 1, -1, -1, -1, -1, 1, 1.0])
    assert effects.remix(y, [(3, 9)]).tolist() == y[4:10].tolist()  # of 8 and the end at 10 the later one
    assert effects.remix(y, iter([(5, 7), (0, 2)])).tolist() == y[4:8].tolist() + y[0:4].tolist()


@pytest.mark.once
def test_remix_as_librosa_does(librosa):
    y = noise(0, (2, 4000))
    intervals = np.sort(np.random.default_rng(0).integers(0, 4000, (30, 2)), axis=1)
    assert np.array_equal(effects.remix(y, intervals), librosa.effects.remix(y, intervals))


@pytest.mark.once
@pytest.mark.parametrize("intervals", [[], [(0.5, 2)], [(1, 2, 3)], [(-1, 2)], [3], 3])
def test_bad_intervals(intervals):
    with pytest.raises(nax.ParameterError, match="intervals=.* must be pairs of non-negative integers, one at least"):
        effects.remix(np.ones(10), intervals)
