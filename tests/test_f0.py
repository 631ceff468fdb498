"""YIN and pYIN: against their definitions, frame by frame, and tones whose pitch is known."""

import math

import numpy as np
import pytest
import scipy.stats
from assertions import assert_close, assert_same
from examples import noise
from hypothesis import given
from hypothesis import strategies as st
from libraries import to_numpy

import nnaudio_xp as nax

SR = 8000
VOICE = {"sr": SR, "fmin": 150, "fmax": 1500, "frame_length": 128, "hop_length": 48}
FIRST, LAST = 5, 54


def voice(n: int = 2000, hertz: float = 233.3, seed: int = 0) -> np.ndarray:
    """A tone with harmonics, that ends in noise."""
    phase = 2 * np.pi * hertz / SR * np.arange(n)
    tone = sum(np.sin(k * phase + k) / k for k in range(1, 4))
    return np.where(np.arange(n) < 0.7 * n, tone, 0) + 0.1 * noise(seed, (n,))


def normalized(frame: np.ndarray) -> np.ndarray:
    """d'(k) of the lags from `FIRST` to `LAST`."""
    longer = np.concatenate([frame, np.zeros(LAST)])
    difference = [sum((longer[j] - longer[j + k]) ** 2 for j in range(frame.size)) for k in range(1, LAST + 1)]
    return np.array([difference[k - 1] / (sum(difference[:k]) / k) if any(difference[:k]) else 0.0 for k in range(FIRST, LAST + 1)])


def troughs(values: np.ndarray) -> list[int]:
    """Local minima, the ends among them."""
    before, after = [math.inf, *values[:-1]], [*values[1:], math.inf]
    return [k for k, value in enumerate(values) if before[k] > value and (value < after[k] or (value == after[k] and k > 0))]


def refined(values: np.ndarray, k: int) -> float:
    """The lag of the lowest point of the parabola through three neighbours."""
    if not 0 < k < values.size - 1:
        return FIRST + k
    curve, slope = values[k + 1] + values[k - 1] - 2 * values[k], (values[k + 1] - values[k - 1]) / 2
    return FIRST + k + (-slope / curve if abs(slope) < abs(curve) else 0.0)


def frames(y: np.ndarray) -> list[np.ndarray]:
    padded = np.pad(y, 64)
    return [padded[start : start + 128] for start in range(0, padded.size - 127, 48)]


@pytest.mark.parametrize("threshold", [0.05, 0.3, 2.0])
def test_the_first_trough_below_the_threshold(xp, as_xp, dtype, threshold):
    y = voice().astype(dtype)
    expected = []
    for frame in frames(y.astype("float64")):
        values = normalized(frame)
        found = [k for k in troughs(values) if values[k] < threshold]
        expected.append(SR / refined(values, found[0] if found else int(np.argmin(values))))
    f0 = nax.yin(as_xp(y), trough_threshold=threshold, **VOICE)
    assert_same(f0, np.array(expected), xp=xp, dtype=dtype, rtol=1e-9 if dtype == "float64" else 1e-3)


def observed(y: np.ndarray, n_bins: int, n_thresholds: int) -> np.ndarray:
    """The probability of each pitch in each frame, threshold by threshold."""
    thresholds = np.arange(1, n_thresholds + 1) / n_thresholds
    shares = np.diff(scipy.stats.beta.cdf(np.arange(n_thresholds + 1) / n_thresholds, 2, 18))
    probabilities = np.zeros((n_bins, len(frames(y))))
    for t, frame in enumerate(frames(y)):
        values = normalized(frame)
        found = troughs(values)
        chances = dict.fromkeys(found, 0.0)
        for threshold, share in zip(thresholds, shares, strict=True):
            below = [k for k in found if values[k] < threshold]
            for place, k in enumerate(below):
                chances[k] += share * scipy.stats.boltzmann.pmf(place, 2, len(below))
            if found and not below:
                lowest = min(found, key=lambda k: values[k])
                chances[lowest] += 0.01 * share
        for k, chance in chances.items():
            pitch = round(12 * 4 * math.log2(SR / refined(values, k) / 150))
            if chance > 0 and pitch < n_bins:
                probabilities[max(0, pitch), t] = chance
    return probabilities


@pytest.mark.parametrize("least", [1e-3, None])
def test_the_likeliest_pitches(xp, as_xp, least):
    """Through all states at once, as `viterbi` finds it in a matrix."""
    y = voice()
    n_bins = math.floor(48 * math.log2(10)) + 1
    probabilities = observed(y, n_bins, 20)
    voiced = np.clip(probabilities.sum(axis=0), 0, 1)
    prob = np.concatenate([probabilities, np.broadcast_to((1 - voiced) / n_bins, probabilities.shape)])
    near = nax.sequence.transition_local(n_bins, round(20 * 12 * 48 / SR) * 4 + 1)
    steps = np.kron(nax.sequence.transition_loop(2, 0.9), near)
    states = nax.sequence.viterbi(prob, steps, transition_min_prob=least)
    options = {"n_thresholds": 20, "resolution": 0.25, "max_transition_rate": 20, "switch_prob": 0.1, "transition_min_prob": least}
    f0, flags, found = nax.pyin(as_xp(y), fill_na=None, **options, **VOICE)
    assert_same(found, voiced, xp=xp, rtol=1e-9)
    assert_same(flags, states < n_bins, xp=xp)
    assert_same(f0, 150 * 2 ** (states % n_bins / 48), xp=xp)
    assert 10 < to_numpy(flags).sum() < flags.shape[0] - 5
    filled = to_numpy(nax.pyin(as_xp(y), **options, **VOICE)[0])
    assert np.array_equal(np.isnan(filled), states >= n_bins)


@pytest.mark.once
@given(hertz=st.floats(180, 1200), seed=st.integers(0, 9))
def test_tones_have_their_pitch(hertz, seed):
    y = np.sin(2 * np.pi * hertz / SR * np.arange(4000) + seed)
    options = {"sr": SR, "fmin": 150, "fmax": 1500, "frame_length": 512}
    assert_close(nax.yin(y, **options)[4:-4], np.full(24, hertz), rtol=1e-2)
    f0, flags, chances = nax.pyin(y, **options)
    assert flags[4:-4].all()
    assert (chances[4:-4] > 0.7).all()
    assert (abs(12 * np.log2(f0[4:-4] / hertz)) < 0.25).all()


@pytest.mark.once
def test_silence_has_no_pitch():
    f0, flags, chances = nax.pyin(np.zeros(3000), **VOICE)
    assert np.isnan(f0).all()
    assert not flags.any()
    assert (chances == 0).all()
    assert_close(nax.yin(np.zeros(3000, "float32"), **VOICE), np.full(63, SR / FIRST))
    assert nax.pyin(np.zeros(300), fill_na=0.0, **VOICE)[0].tolist() == [0.0] * 7


@pytest.mark.once
def test_faint_voices_have_the_same_pitch():
    y = voice()
    for size in (1e-80, 1e-150, 1e-200):
        assert_close(nax.yin(size * y, **VOICE), nax.yin(y, **VOICE), rtol=1e-6)


@pytest.mark.once
def test_a_steep_step_in_a_narrow_frame():
    """One frame without padding; callables pad, too."""
    y = voice(128)
    assert nax.yin(y, center=False, **VOICE).shape == (1,)
    padded = nax.yin(y, pad_mode=lambda x, widths, axis, options: None, **VOICE)
    assert_close(padded, nax.yin(y, **VOICE))


@pytest.mark.once
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"fmax": 4001}, r"fmax=4001.0 must be at most sr / 2 = 4000 Hz"),
        ({"fmin": 1500}, r"fmin=1500.0 must be below fmax=1500 Hz"),
        ({"fmin": 0}, r"fmin=0 must be a finite positive number"),
        ({"fmin": 60}, r"fmin=60.0 is too low for frame_length=128 and sr=8000: .* frame_length at least 135"),
        ({"frame_length": 0}, r"frame_length=0 must be a positive integer"),
        ({"hop_length": 0}, r"hop_length=0 must be a positive integer"),
        ({"pad_mode": "unknown"}, r"pad_mode='unknown' must be one of"),
        ({"resolution": 0}, r"resolution=0 must be a finite positive number"),
        ({"resolution": 1.5}, r"resolution=1.5 must be at most 1"),
        ({"beta_parameters": 3}, r"beta_parameters=3 must be two positive numbers"),
        ({"switch_prob": 2}, r"switch_prob=2 must be at most 1"),
        ({"max_transition_rate": 1000.0}, r"max_transition_rate=1000.0 lets pitches move within .* bins"),
        ({"transition_min_prob": 0.9}, r"transition_min_prob=0.9 leaves no step to some pitch"),
        ({"fill_na": "zero"}, r"fill_na='zero' must be a number"),
        ({"center": False}, r"y has 100 samples: it must have at least frame_length=128"),
    ],
)
def test_what_is_refused(options, message):
    with pytest.raises(nax.ParameterError, match=message):
        nax.pyin(noise(0, (100,)), **{**VOICE, **options})


@pytest.mark.once
def test_frames_that_are_short_for_two_periods_are_told():
    with pytest.warns(UserWarning, match="less than two periods of fmin fit into a frame"):
        nax.yin(noise(0, (1000,)), **{**VOICE, "fmin": 100})
