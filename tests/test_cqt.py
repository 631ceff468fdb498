"""cqt, vqt, hybrid_cqt and pseudo_cqt with librosa's numbers: beside librosa, by the definition of
its products, and as transforms.
"""

import inspect
import math
import warnings
from functools import partial

import numpy as np
import oracles
import pytest
from assertions import assert_close, assert_same
from examples import PAD_MODES, noise
from hypothesis import given
from hypothesis import strategies as st
from libraries import Backend, to_numpy

import nnaudio_xp as nax
from nnaudio_xp.kernels.constant_q import Grid
from nnaudio_xp.transforms.constantq.octaves import Settings, early_halvings, octaves_down

pytestmark = pytest.mark.filterwarnings(r"ignore:n_fft=\d+ is too large")  # librosa's

NUMPY = Backend.NUMPY.xp
NAMES = ["cqt", "vqt", "hybrid_cqt", "pseudo_cqt"]
CLOSE = 2e-6
"""Of the maximum: soxr computes in single precision, and so does librosa for single precision."""


def assert_like(actual, expected, *, xp=NUMPY):
    """Assert librosa's numbers, dtype and shape."""
    assert_same(actual, expected, xp=xp, rtol=0, atol=CLOSE * float(abs(expected).max(initial=0)))


@st.composite
def requests(draw, *, name="vqt"):
    """A signal and arguments that fit it.

    In double precision: librosa adds up thousands of numbers in single. The top bin lies below 0.7
    of the Nyquist frequency: above, librosa 0.11 halves the rate too early.
    """
    sr, fmin = draw(st.sampled_from([8000, 22050, 44100.0])), draw(st.sampled_from([None, 80, 131.7]))
    bins_per_octave = draw(st.sampled_from([5, 12, 24]))
    octaves = draw(st.integers(1, min(5, int(math.log2(0.35 * sr / (fmin or 33))))))
    options = {
        "hop_length": draw(st.sampled_from([32, 64, 100, 128, 441, 512, 777])),
        "n_bins": max(1, octaves * bins_per_octave - draw(st.integers(0, bins_per_octave - 1))),
        "tuning": draw(st.sampled_from([0.0, 0.3, -0.5])),
        "filter_scale": draw(st.sampled_from([1, 0.5])),
        "norm": draw(st.sampled_from([1, 2.0, np.inf])),
        "sparsity": draw(st.sampled_from([0.01, 0.2])),
        "window": draw(st.sampled_from(["hann", "hamming", ("kaiser", 5.0)])),
        "scale": draw(st.booleans()),
        "pad_mode": draw(st.sampled_from(["constant", "edge", "symmetric", "linear_ramp"])),  # librosa's reflection of the last frame slips
    }
    if name != "pseudo_cqt":
        options["res_type"] = draw(st.sampled_from(["soxr_hq", "soxr_vhq", "soxr_mq", "polyphase"]))
    if name == "vqt":
        options |= {"gamma": draw(st.sampled_from([None, 0, 9.5])), "intervals": draw(st.sampled_from(["equal", "ji5", "pythagorean"]))}
    y = noise(draw(st.integers(0, 99)), (*draw(st.sampled_from([(), (2,)])), draw(st.integers(3000, 6000))))
    return y, {"sr": sr, "fmin": fmin, "bins_per_octave": bins_per_octave, **options}


# --- librosa --------------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize("name", NAMES)
@given(data=st.data())
def test_like_librosa(librosa, name, data):
    y, options = data.draw(requests(name=name))
    assert_like(getattr(nax, name)(y, **options), getattr(librosa, name)(y, **options))


@pytest.mark.parametrize(("name", "options"), [("cqt", {}), ("vqt", {}), ("hybrid_cqt", {}), ("pseudo_cqt", {"fmin": 130.8, "n_bins": 60})])
def test_a_recording_like_librosa(librosa, recording, xp, as_xp, lazily, name, options):
    transform = lazily(lambda y: getattr(nax, name)(y, **options))
    assert_like(transform(as_xp(recording)), getattr(librosa, name)(recording, **options), xp=xp)


@pytest.mark.once
@pytest.mark.parametrize("sr", [16000, 22050, 44100, 48000, 96000])
@pytest.mark.parametrize("name", NAMES)
def test_default_settings_at_usual_rates(librosa, name, sr):
    """The first and last frames included."""
    y = noise(sr, (sr + 17,), "float32")
    assert_like(getattr(nax, name)(y, sr=sr), getattr(librosa, name)(y, sr=sr))


@pytest.mark.once
@pytest.mark.parametrize("n", [1, 2, 10, 127, 1000, 20001])
def test_any_length_like_librosa(librosa, n):
    y = noise(n, (n,), "float32")
    for name in NAMES:
        if name != "hybrid_cqt" or n > 3:  # librosa takes no signal shorter than its first halvings
            assert_like(getattr(nax, name)(y), getattr(librosa, name)(y))


@pytest.mark.once
def test_reflection_like_librosa(librosa):
    y = noise(0, (5003,))  # a multiple of the hop meets a slip of librosa in the last frame
    assert_like(nax.cqt(y, pad_mode="reflect"), librosa.cqt(y, pad_mode="reflect"))


@pytest.mark.once
def test_many_halvings_before_the_top_octave(librosa):
    """Early downsampling by 2, 4, 8 and 16, with and without scaling."""
    y = noise(0, (30000,), "float32")
    for fmin, n_bins in ((440, 12), (220, 12), (110, 12), (65.4, 24)):
        for scale in (True, False):
            options = {"sr": 22050, "fmin": fmin, "n_bins": n_bins, "scale": scale, "hop_length": 512}
            assert_like(nax.cqt(y, **options), librosa.cqt(y, **options))


@pytest.mark.once
def test_tuning_and_intervals_like_librosa(librosa, recording):
    for name in NAMES:
        assert_like(getattr(nax, name)(recording, tuning=None, n_bins=60), getattr(librosa, name)(recording, tuning=None, n_bins=60))
    options = {"intervals": [1, 1.2, 1.5, 1.8], "n_bins": 22, "gamma": 5}
    assert_like(nax.vqt(recording, **options), librosa.vqt(recording, **options))


@pytest.mark.once
@pytest.mark.parametrize("name", NAMES)
def test_as_many_bins_as_there_are(librosa, name):
    y = noise(0, (4000,))
    if librosa.__version__.startswith("0."):
        pytest.skip("librosa 0.11 needs n_bins")
    for options in ({}, {"bins_per_octave": 24, "fmin": 300.0, "sr": 16000}, {"filter_scale": 0.5, "window": "hamming"}):
        assert_like(getattr(nax, name)(y, n_bins=None, **options), getattr(librosa, name)(y, n_bins=None, **options))


@pytest.mark.once
@pytest.mark.parametrize("name", NAMES)
def test_librosas_arguments(librosa, name):
    """Names, order and defaults; what is only here comes last."""
    theirs, ours = (inspect.signature(getattr(module, name)).parameters for module in (librosa, nax))
    assert list(ours)[: len(theirs)] == list(theirs)
    assert [ours[each].default for each in theirs] == [theirs[each].default for each in theirs]


# --- definition -----------------------------------------------------------------------------------


@given(
    n=st.integers(1, 300),
    hop_length=st.integers(1, 90),
    gamma=st.sampled_from([0, 20.0]),
    norm=st.sampled_from([1, 2]),
    scale=st.booleans(),
    dtype=st.sampled_from(["float32", "float64"]),
    pad_mode=st.sampled_from(PAD_MODES),
)
def test_one_octave_is_a_product_of_spectra(xp, as_xp, lazily, n, hop_length, gamma, norm, scale, dtype, pad_mode):
    """C[k, t] = sqrt(L) / N * sum over f from 0 to N / 2 of A[k, f] Y[f, t], A the atoms' spectra
    times sqrt(L), without a sparsity.
    """
    y = noise(n, (n,), dtype)
    freqs = [700 * 2 ** (k / 5) for k in range(5)]
    atoms, lengths, starts = oracles.wavelets(freqs, sr=8000, gamma=gamma, norm=norm)
    n_fft = 2 ** math.ceil(math.log2(max(lengths)))
    rows = np.zeros((5, n_fft), dtype=complex)
    for row, samples, length, start in zip(rows, atoms, lengths, starts, strict=True):
        row[n_fft // 2 + start : n_fft // 2 + start + len(samples)] = samples * length / n_fft / (math.sqrt(length) if scale else 1)
    spectra = np.array([[row @ np.exp(-2j * math.pi * f * np.arange(n_fft) / n_fft) for f in range(1 + n_fft // 2)] for row in rows])
    expected = spectra @ oracles.stft(y, n_fft=n_fft, hop_length=hop_length, window="boxcar", pad_mode=pad_mode)
    options = {"sr": 8000, "hop_length": hop_length, "fmin": 700, "n_bins": 5, "bins_per_octave": 5, "gamma": gamma, "norm": norm}
    transform = lazily(lambda y: nax.vqt(y, scale=scale, pad_mode=pad_mode, sparsity=0, **options))
    largest = n_fft * abs(rows).sum(axis=1).max() * abs(y).max()
    assert_same(transform(as_xp(y)), expected, xp=xp, dtype=dtype, rtol=0, atol=2e-7 * largest)


@pytest.mark.parametrize("method", ["cqt", "vqt"])
def test_a_tone_is_loudest_in_its_bin(xp, as_xp, method):
    """As large as half its amplitude times the root of the atom's length."""
    sr, freqs = 22050, nax.cqt_frequencies(60, fmin=65.4)
    lengths, _ = nax.filters.wavelet_lengths(freqs=freqs, sr=sr, gamma=None if method == "vqt" else 0)
    for k in (10, 29, 55):
        y = np.sin(2 * math.pi * freqs[k] / sr * np.arange(sr))
        spectrogram = abs(to_numpy(getattr(nax, method)(as_xp(y), sr=sr, fmin=65.4, n_bins=60)))[:, 12:30]
        assert (spectrogram.argmax(axis=0) == k).all()
        assert_close(spectrogram[k], np.full(18, math.sqrt(lengths[k]) / 2), rtol=0.03)


@pytest.mark.parametrize("method", ["cqt", "hybrid_cqt", "pseudo_cqt"])
def test_numpy_integers_are_integers(xp, as_xp, method):
    y, transform = as_xp(noise(0, (6000,))), getattr(nax, method)
    plain = {"hop_length": 64, "n_bins": 24, "bins_per_octave": 12}
    numpys = {name: np.int64(value) for name, value in plain.items()}
    C = transform(y, fmin=1500, **numpys)
    assert_same(C, to_numpy(transform(y, fmin=1500, **plain)), xp=xp, rtol=0, atol=0)
    if method == "cqt":
        again = nax.icqt(C, fmin=1500, hop_length=np.int64(64), length=np.int64(6000))
        assert_same(again, to_numpy(nax.icqt(C, fmin=1500, hop_length=64, length=6000)), xp=xp, rtol=0, atol=0)


def test_a_shift_by_hops_shifts_the_frames(xp, as_xp):
    y, shift = np.zeros(16384), 4
    y[6000:8000] = noise(2, (2000,))
    first, second = (to_numpy(nax.cqt(as_xp(np.roll(y, samples)), fmin=220, n_bins=40)) for samples in (0, shift * 512))
    assert_close(second[:, shift:], first[:, :-shift], rtol=0, atol=1e-9 * abs(first).max())


def test_linear(xp, as_xp):
    x, y = noise(0, (3000,)), noise(1, (3000,))
    together, *apart = (to_numpy(nax.vqt(as_xp(signal), n_bins=40, hop_length=200)) for signal in (2 * x - 3 * y, x, y))
    assert_close(together, 2 * apart[0] - 3 * apart[1], rtol=1e-11)


def test_silence(xp, as_xp, dtype):
    for name in NAMES:
        spectrogram = to_numpy(getattr(nax, name)(as_xp(np.zeros((2, 600), dtype)), n_bins=30, fmin=1500))
        assert spectrogram.shape == (2, 30, 2)
        assert not spectrogram.any()


@pytest.mark.once
def test_atoms_shorter_than_a_sample():
    """librosa finds no length for their transforms; the least is two samples."""
    assert np.isfinite(nax.vqt(noise(0, (600,)), sr=44100, filter_scale=0.01)).all()


# --- octaves --------------------------------------------------------------------------------------


def plan(*, sr=22050, hop_length=512, fmin=None, n_bins=84, bins_per_octave=12):
    bins = Grid(sr=sr, fmin=fmin, n_bins=n_bins, bins_per_octave=bins_per_octave).bins()
    settings = Settings(sr, hop_length, bins_per_octave, 0.01, True)
    early = early_halvings(bins, settings)
    return early, [octave.halvings for octave in octaves_down(bins, settings, early)]


@pytest.mark.once
@pytest.mark.parametrize(
    ("options", "early", "halvings"),
    [
        ({}, 0, [0, 1, 2, 3, 4, 5, 6]),
        ({"sr": 44100}, 1, [1, 2, 3, 4, 5, 6, 7]),
        ({"sr": 96000}, 2, [2, 3, 4, 5, 6, 7, 8]),
        ({"hop_length": 441}, 0, [0] * 7),
        ({"hop_length": 500}, 0, [0, 1, 2, 2, 2, 2, 2]),  # 250, 125
        ({"n_bins": 24}, 5, [5, 6]),
        ({"n_bins": 30}, 4, [4, 5, 6]),
        ({"fmin": 40.0, "n_bins": 96}, 0, [0, 0, 1, 2, 3, 4, 5, 6]),  # the octave below the top reaches up to 0.45 of its Nyquist frequency
    ],
)
def test_when_the_rate_halves(options, early, halvings):
    assert plan(**options) == (early, halvings)


# --- ways to ask ----------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:Trying to estimate tuning")
def test_every_clip_is_tuned_by_itself(xp, as_xp):
    """librosa tunes a whole batch at once."""
    clips = np.stack([np.sin(2 * math.pi * hertz / 4000 * np.arange(8000)) for hertz in (447, 435, 0)])
    for name in ("vqt", "pseudo_cqt"):
        function = partial(getattr(nax, name), sr=4000, n_bins=18, fmin=220)
        together = function(as_xp(clips.reshape(3, 1, -1)), tuning=None)
        alone = [function(as_xp(clip), tuning=float(nax.estimate_tuning(y=clip, sr=4000))) for clip in clips]
        assert_same(together, np.stack([to_numpy(each) for each in alone])[:, None], xp=xp, rtol=1e-9)
        assert tuple(function(as_xp(np.zeros((0, 600))), tuning=None).shape) == (0, 18, 2)


def test_the_results_dtype_can_be_chosen(xp, as_xp, dtype):
    """A wider one is computed in, a narrower one is rounded to."""
    y = noise(0, (2000,), dtype)
    few = {"n_bins": 14, "fmin": 2500}  # of two octaves
    for name, chosen in (("cqt", "complex64"), ("vqt", "complex128"), ("hybrid_cqt", "float64"), ("pseudo_cqt", "float32")):
        wide = y.astype("float64") if chosen in ("complex128", "float64") else y
        expected = to_numpy(getattr(nax, name)(as_xp(wide), **few))
        for spelled in (chosen, getattr(xp, chosen), np.dtype(chosen)):
            assert_same(getattr(nax, name)(as_xp(y), **few, dtype=spelled), expected.astype(chosen), xp=xp)


@pytest.mark.once
def test_a_function_pads():
    def halved_edges(vector, widths, _axis, _options):
        vector[: widths[0]] = vector[widths[0]] / 2
        vector[-widths[1] :] = vector[-widths[1] - 1] / 2

    y = noise(0, (3000,), "float32")
    assert_close(nax.cqt(y, n_bins=30, pad_mode=halved_edges)[:, 3], nax.cqt(y, n_bins=30)[:, 3], rtol=1)
    with pytest.raises(AssertionError):
        assert_close(nax.cqt(y, n_bins=30, pad_mode=halved_edges), nax.cqt(y, n_bins=30), rtol=1e-3)


@pytest.mark.once
def test_bins_up_to_the_nyquist_frequency():
    """All that fit, and not one more."""
    y = np.zeros(2000)
    for name in NAMES:
        n_bins = getattr(nax, name)(y, n_bins=None, sr=8000).shape[0]
        assert n_bins == 83
        with pytest.raises(
            nax.ParameterError, match=r"n_bins=84 is too many: the top bin reaches up to 412\d.\d Hz, beyond sr / 2 = 4000 Hz"
        ):
            getattr(nax, name)(y, n_bins=n_bins + 1, sr=8000)


@pytest.mark.once
def test_clips_that_hold_different_numbers_of_bins():
    """At this rate a bin more fits if the tuning is low."""
    clips = np.stack([np.sin(2 * math.pi * 440 * 2 ** (bins / 12) / 8300 * np.arange(6000)) for bins in (0.4, -0.4)])
    counts = [nax.cqt(clip, sr=8300, n_bins=None, tuning=None).shape[0] for clip in clips]
    assert counts == [83, 84]
    with pytest.raises(nax.ParameterError, match="n_bins=None gives clips with different tunings different numbers of bins: give n_bins"):
        nax.cqt(clips, sr=8300, n_bins=None, tuning=None)


@pytest.mark.once
def test_as_short_as_librosa_takes(librosa):
    """44,100 Hz are halved five times before the top of these octaves."""
    y, options = noise(0, (32,)), {"sr": 44100, "n_bins": 36}
    assert_like(nax.cqt(y, **options), librosa.cqt(y, **options))
    with pytest.raises(librosa.ParameterError):
        librosa.cqt(y[:31], **options)
    with pytest.raises(nax.ParameterError, match="y has 31 samples: .* at least 32"):
        nax.cqt(y[:31], **options)
    assert nax.cqt(y[:1], method="exact", **options).shape == (36, 1)


@pytest.mark.once
def test_no_filter_means_the_best_as_in_old_librosa():
    y = noise(0, (3000,))
    with pytest.warns(FutureWarning, match="pass res_type='soxr_hq'") as caught:
        C = nax.cqt(y, res_type=None)
    assert caught[0].filename == __file__
    assert np.array_equal(C, nax.cqt(y))


@pytest.mark.once
def test_nothing_warns():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for name in NAMES:
            getattr(nax, name)(np.ones(31))


@pytest.mark.once
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"sr": 0}, "sr=0 must be a finite positive number"),
        ({"hop_length": 0}, "hop_length=0 must be a positive integer"),
        ({"hop_length": 2.5}, "hop_length=2.5 must be a positive integer"),
        ({"fmin": -1}, "fmin=-1 must be a finite positive number"),
        ({"fmin": 12000}, "fmin=12000, tuned to 12000 Hz, must be below sr / 2 = 11025 Hz"),
        ({"fmin": 10900, "n_bins": None}, "fmin=10900 is too high: even the lowest bin reaches up to 11"),
        ({"n_bins": 0}, "n_bins=0 must be a positive integer"),
        ({"bins_per_octave": 0}, "bins_per_octave=0 must be a positive integer"),
        ({"tuning": "flat"}, "tuning='flat' must be a finite number"),
        ({"filter_scale": 0}, "filter_scale=0 must be a finite positive number"),
        ({"sparsity": 1}, "sparsity=1 must be below 1"),
        ({"sparsity": -0.1}, "sparsity=-0.1 must be a finite non-negative number"),
        ({"window": "round"}, "window='round'"),
        ({"pad_mode": "wrap"}, "pad_mode='wrap' must be one of"),
        ({"res_type": "kaiser_best"}, "res_type='kaiser_best' must be one of 'soxr_hq', 'soxr_lq', 'soxr_mq', 'soxr_vhq', 'polyphase'"),
        ({"dtype": "int32"}, "dtype='int32' must be a"),
        ({"method": "fast"}, "method='fast' must be one of 'librosa'"),
        ({"intervals": "just"}, "intervals='just' must be one of"),
        ({"intervals": 1.5}, "intervals=1.5 must be a sequence of one number or more"),
        ({"gamma": -1}, "gamma=-1 must be a finite non-negative number"),
    ],
)
def test_errors(options, message):
    for name in NAMES:
        if set(options) <= set(inspect.signature(getattr(nax, name)).parameters):
            with pytest.raises(nax.ParameterError, match=message):
                getattr(nax, name)(np.zeros(600), **options)


@pytest.mark.once
@pytest.mark.parametrize("name", NAMES)
def test_what_is_no_signal(name):
    function = getattr(nax, name)
    for bad, message in (
        ([0.0], "y is a list"),
        (np.zeros(3, int), "y has dtype int64"),
        (np.zeros((2, 0)), r"y has shape \(2, 0\)"),
        (np.array([0.0, np.nan]), r"y is not finite everywhere: y\[1\] is nan"),
    ):
        with pytest.raises(nax.ParameterError, match=message):
            function(bad)
