"""Statistics of spectra and of samples: against their definitions, against librosa."""

import inspect
import itertools

import numpy as np
import oracles
import pytest
from assertions import assert_close, assert_same
from examples import noise
from libraries import Backend, to_numpy

import nnaudio_xp as nax

NUMPY = Backend.NUMPY.xp
FREQ = np.sort(abs(noise(7, (33,)))) * 4000
VARYING = np.sort(abs(noise(8, (2, 33, 9))), axis=-2) * 4000


def magnitudes(dtype="float64"):
    S = abs(noise(2, (2, 33, 9), dtype))
    S[:, :, 4] = 0
    return S


def columns(S, freq):
    """Every frame with its frequencies."""
    hertz = np.broadcast_to(freq[:, None] if freq.ndim == 1 else freq, S.shape)
    for clip, frame in np.ndindex(S.shape[0], S.shape[-1]):
        yield clip, frame, S[clip, :, frame].astype("float64"), hertz[clip, :, frame]


def by_frame(S, freq, function):
    rows = np.zeros((S.shape[0], np.size(function(S[0, :, 0], FREQ)), S.shape[-1]))
    for clip, frame, values, hertz in columns(S, freq):
        rows[clip, :, frame] = function(values, hertz)
    return rows


def centroid(values, hertz):
    return sum(values * hertz) / (sum(values) or 1)


def bandwidth(values, hertz, p=2, norm=True):
    middle = centroid(values, hertz)
    spread = sum(value * abs(f - middle) ** p for value, f in zip(values, hertz, strict=True))
    return (spread / ((sum(values) or 1) if norm else 1)) ** (1 / p)


def rolloff(values, hertz, share=0.85):
    total = 0.0
    for value, f in zip(values, hertz, strict=True):
        total += value
        if total >= share * values.sum() * (1 - 1e-12):
            return f
    return hertz[0]


DEFINITIONS = {
    "centroid": ("spectral_centroid", {}, centroid),
    "bandwidth": ("spectral_bandwidth", {}, bandwidth),
    "bandwidth, cubes": ("spectral_bandwidth", {"p": 3}, lambda values, hertz: bandwidth(values, hertz, 3)),
    "bandwidth, roots": ("spectral_bandwidth", {"p": 0.5, "norm": False}, lambda values, hertz: bandwidth(values, hertz, 0.5, False)),
    "rolloff": ("spectral_rolloff", {"roll_percent": 0.4}, lambda values, hertz: rolloff(values, hertz, 0.4)),
    "mean": ("poly_features", {"order": 0}, lambda values, hertz: values.mean()),
    "line": ("poly_features", {}, lambda values, hertz: np.polyfit(hertz, values, 1)),
    "parabola": ("poly_features", {"order": 2}, lambda values, hertz: np.polyfit(hertz, values, 2)),
}


@pytest.mark.parametrize("freq", [FREQ, VARYING], ids=["fixed", "varying"])
@pytest.mark.parametrize(("name", "options", "definition"), DEFINITIONS.values(), ids=DEFINITIONS)
def test_by_definition(xp, as_xp, lazily, name, options, definition, freq):
    S = magnitudes()
    transform = lazily(lambda S, freq: getattr(nax.feature, name)(S=S, freq=freq, **options))
    expected = by_frame(S, freq, definition)
    found = transform(as_xp(S), as_xp(freq))
    for row in range(expected.shape[1]):  # of coefficients each has its size
        assert_same(found[:, row : row + 1, :], expected[:, row : row + 1], xp=xp, rtol=1e-9)


@pytest.mark.parametrize("name", sorted({name for name, _, _ in DEFINITIONS.values()}))
def test_frequencies_of_the_dft(xp, as_xp, name):
    S = magnitudes("float32")
    expected = getattr(nax.feature, name)(S=S.astype("float64"), sr=8000, freq=nax.fft_frequencies(sr=8000, n_fft=64))
    assert_same(getattr(nax.feature, name)(S=as_xp(S), sr=8000), expected, xp=xp, dtype="float32", rtol=1e-5)


def test_given_centroids(xp, as_xp):
    S, middle = magnitudes(), np.full((2, 1, 9), 700.0)
    expected = by_frame(S, FREQ, lambda values, hertz: np.sqrt(sum(values * (hertz - 700) ** 2) / (sum(values) or 1)))
    assert_same(nax.feature.spectral_bandwidth(S=as_xp(S), freq=as_xp(FREQ), centroid=as_xp(middle)), expected, xp=xp)


@pytest.mark.parametrize("linear", [False, True])
@pytest.mark.parametrize("quantile", [0.02, 0.3])
def test_contrast_by_definition(xp, as_xp, linear, quantile):
    S, freq, edges = magnitudes() + 0.01, np.linspace(0, 4000, 33), [0, 500, 1000, 2000]
    lowest, highest = np.zeros((2, 3, 9)), np.zeros((2, 3, 9))
    for band in range(3):
        inside = [k for k in range(33) if edges[band] <= freq[k] <= edges[band + 1]]
        inside = inside if band == 0 else [inside[0] - 1, *inside]
        inside = [*inside, *range(inside[-1] + 1, 33)] if band == 2 else inside
        count = max(1, round(quantile * len(inside)))
        ordered = np.sort(S[:, inside if band == 2 else inside[:-1]], axis=1)
        lowest[:, band], highest[:, band] = ordered[:, :count].mean(axis=1), ordered[:, -count:].mean(axis=1)
    expected = highest - lowest if linear else oracles.decibels(highest) - oracles.decibels(lowest)
    options = {"sr": 8000, "fmin": 500, "n_bands": 2, "quantile": quantile, "linear": linear}
    assert_same(nax.feature.spectral_contrast(S=as_xp(S), **options), expected, xp=xp)
    assert_same(nax.feature.spectral_contrast(S=as_xp(S), freq=freq, **options), expected, xp=xp)


@pytest.mark.parametrize("power", [2.0, 1, 0.5])
def test_flatness_by_definition(xp, as_xp, dtype, power):
    S = magnitudes(dtype)
    powers = np.maximum(S.astype("float64") ** power, 1e-3)
    expected = np.exp(np.log(powers).mean(axis=-2, keepdims=True)) / powers.mean(axis=-2, keepdims=True)
    assert_same(nax.feature.spectral_flatness(S=as_xp(S), power=power, amin=1e-3), expected, xp=xp, dtype=dtype)


# --- samples --------------------------------------------------------------------------------------

FRAMINGS = [(64, 20, True, "constant"), (51, 60, True, "reflect"), (16, 5, False, "constant"), (32, 8, True, "linear_ramp")]


@pytest.mark.parametrize(("length", "hop", "center", "pad_mode"), FRAMINGS)
def test_levels_by_definition(xp, as_xp, lazily, dtype, length, hop, center, pad_mode):
    y = noise(0, (2, 300), dtype)
    padding = length // 2 if center else 0
    frames = oracles.frames(oracles.pad(y.astype("float64"), padding, padding, pad_mode), length, hop)
    expected = np.sqrt((frames**2).mean(axis=-1))[:, None]
    transform = lazily(lambda y: nax.feature.rms(y=y, frame_length=length, hop_length=hop, center=center, pad_mode=pad_mode))
    assert_same(transform(as_xp(y)), expected, xp=xp, dtype=dtype)


@pytest.mark.parametrize("length", [64, 65])
def test_levels_of_spectra_are_those_of_samples(xp, as_xp, length):
    y = noise(0, (2, 300))
    spectrum = nax.stft(y, n_fft=length, hop_length=20, window="boxcar")
    expected = nax.feature.rms(y=y, frame_length=length, hop_length=20)
    for S in (spectrum, abs(spectrum)):
        assert_same(nax.feature.rms(S=as_xp(S), frame_length=length), expected, xp=xp)


SIGNS = [
    {},
    {"threshold": 0.5},
    {"zero_pos": False, "threshold": 0.5},
    {"ref_magnitude": np.max, "threshold": 0.2},
    {"ref_magnitude": np.median, "threshold": 0.2},
    {"ref_magnitude": 2.0},
]


def crossings(y, threshold=1e-10, zero_pos=True, ref_magnitude=None):
    reference = 1 if ref_magnitude is None else ref_magnitude(abs(y)) if callable(ref_magnitude) else ref_magnitude
    signs = [0 if abs(sample) <= threshold * reference else np.sign(sample) for sample in y]
    signs = [1 if sign == 0 and zero_pos else sign for sign in signs]
    return [before != after for before, after in itertools.pairwise(signs)]


@pytest.mark.parametrize("options", SIGNS)
@pytest.mark.parametrize("pad", [True, False])
def test_crossings_by_definition(xp, as_xp, lazily, options, pad):
    y = np.round(noise(0, (60,)), 1)
    expected = np.array([pad, *crossings(y, **options)])
    assert_same(lazily(lambda y: nax.zero_crossings(y, pad=pad, **options))(as_xp(y)), expected, xp=xp)
    columns = lazily(lambda y: nax.zero_crossings(y, pad=pad, axis=0, **options))(as_xp(y[:, None]))
    assert_same(columns, expected[:, None], xp=xp)


@pytest.mark.parametrize("options", SIGNS)
@pytest.mark.parametrize(("length", "hop", "center"), [(64, 20, True), (15, 7, False), (20, 30, True)])
def test_rates_by_definition(xp, as_xp, lazily, dtype, options, length, hop, center):
    y = np.round(noise(0, (300,), dtype), 1)
    padding = length // 2 if center else 0
    frames = oracles.frames(oracles.pad(y, padding, padding, "edge"), length, hop)
    if callable(options.get("ref_magnitude")):
        options = {**options, "ref_magnitude": options["ref_magnitude"](abs(frames))}
    expected = np.array([[sum(crossings(frame, **options)) / length for frame in frames]])
    transform = lazily(lambda y: nax.feature.zero_crossing_rate(y, frame_length=length, hop_length=hop, center=center, **options))
    assert_same(transform(as_xp(y)), expected, xp=xp, dtype=dtype)


# --- librosa --------------------------------------------------------------------------------------


@pytest.mark.once
def test_a_recording_like_librosa(librosa, recording):
    names = ["spectral_centroid", "spectral_bandwidth", "spectral_rolloff", "spectral_flatness", "poly_features", "rms"]
    for name in [*names, "zero_crossing_rate", "spectral_contrast"]:
        found, expected = (getattr(module.feature, name)(y=recording.astype("float64")) for module in (nax, librosa))
        assert_close(found, expected, rtol=1e-6 if name == "rms" else 1e-9)  # librosa's is float32
        assert getattr(nax.feature, name)(y=recording).dtype == "float32"


@pytest.mark.once
@pytest.mark.parametrize("name", ["spectral_centroid", "spectral_bandwidth", "spectral_contrast", "spectral_rolloff", "spectral_flatness"])
def test_librosas_arguments(librosa, name):
    theirs, ours = (inspect.signature(getattr(module.feature, name)).parameters for module in (librosa, nax))
    assert list(ours) == list(theirs)
    assert [ours[each].default for each in theirs] == [theirs[each].default for each in theirs]


# --- ways to ask ----------------------------------------------------------------------------------

S = np.ones((5, 3))


@pytest.mark.once
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nax.feature.spectral_centroid(), "y=None and S=None: one of them must be given"),
        (lambda: nax.feature.spectral_centroid(S=-S), r"S\[0, 0\]=-1.0 must be at least 0"),
        (lambda: nax.feature.spectral_centroid(S=S, freq=np.ones(4)), r"freq has shape \(4,\): it must be \(5,\) or \(..., 5, 3\)"),
        (lambda: nax.feature.spectral_bandwidth(S=S, p=0), "p=0 must be a finite positive number"),
        (lambda: nax.feature.spectral_bandwidth(S=S, centroid=np.ones((1, 2))), r"centroid has shape \(1, 2\): it must be \(..., 1, 3\)"),
        (lambda: nax.feature.spectral_rolloff(S=S, roll_percent=1), "roll_percent=1 must be above 0 and below 1"),
        (lambda: nax.feature.spectral_contrast(S=S, n_bands=0), "n_bands=0 must be a positive integer"),
        (lambda: nax.feature.spectral_contrast(S=S, n_bands=7), "the last octave must begin below sr / 2 = 11025 Hz"),
        (lambda: nax.feature.spectral_contrast(S=S), "too few frequencies lie between 0 and 200 Hz"),
        (lambda: nax.feature.spectral_contrast(S=S, freq=np.ones(5)), "must be 5 frequencies, each above the one before"),
        (lambda: nax.feature.spectral_contrast(S=S, quantile=0), "quantile=0 must be above 0 and below 1"),
        (lambda: nax.feature.spectral_flatness(S=S, amin=0), "amin=0 must be a finite positive number"),
        (lambda: nax.feature.poly_features(S=S, order=5), "order=5 must be below the 5 frequencies"),
        (lambda: nax.feature.rms(S=S), "frame_length=2048 must be 8 or 9 for the 5 frequencies of S"),
        (lambda: nax.feature.rms(y=np.ones(9), center=False), "n_fft=2048"),
        (lambda: nax.feature.zero_crossing_rate(np.ones(9), threshold=-1), "threshold=-1 must be a finite non-negative number"),
        (lambda: nax.zero_crossings(np.ones(9), axis=1), "axis=1 must be an integer from -1 to 0"),
    ],
)
def test_errors(call, message):
    with pytest.raises(nax.ParameterError, match=message):
        call()


def test_too_few_frequencies_for_a_power(xp, as_xp):
    """What they cannot tell is left out: a line through two places, a constant through one."""
    freq = np.array([[1.0, 2.0], [1.0, 2.0], [1.0, 5.0], [1.0, 5.0]])
    values = np.array([[0.0, 1.0], [2.0, 1.0], [4.0, 7.0], [6.0, 7.0]])
    fit = to_numpy(nax.feature.poly_features(S=as_xp(values), freq=as_xp(freq), order=2))
    assert_close(fit, np.array([[0.0, 0.0], [0.0, 2.0], [3.0, -3.0]]), rtol=1e-9)
