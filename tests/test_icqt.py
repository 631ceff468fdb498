"""icqt and griffinlim_cqt with librosa's numbers: beside librosa, by the definition of its frames,
and as signals.
"""

import inspect
import math

import numpy as np
import oracles
import pytest
from assertions import assert_close, assert_same
from examples import noise
from hypothesis import given
from hypothesis import strategies as st
from libraries import Backend, to_numpy

import nnaudio_xp as nax

pytestmark = pytest.mark.filterwarnings(r"ignore:n_fft=\d+ is too large")  # librosa's

NUMPY = Backend.NUMPY.xp
CLOSE = 2e-6
"""Of the maximum: soxr computes in single precision."""


def assert_like(actual, expected, *, xp=NUMPY, dtype="float32", atol=CLOSE):
    """Assert librosa's numbers, in our own precision (librosa's are always in double)."""
    assert_same(actual, expected, xp=xp, dtype=dtype, rtol=0, atol=atol * float(abs(expected).max(initial=0)))


def spectrogram(seed: int, *shape: int, dtype: str = "complex64") -> np.ndarray:
    return noise(seed, shape, dtype)


# --- librosa --------------------------------------------------------------------------------------


@st.composite
def requests(draw):
    """A transform and arguments that fit it."""
    sr, fmin = draw(st.sampled_from([8000, 22050, 44100.0])), draw(st.sampled_from([None, 80, 131.7]))
    bins_per_octave = draw(st.sampled_from([1, 5, 12, 24]))
    octaves = draw(st.integers(1, min(5, int(math.log2(0.35 * sr / (fmin or 33))))))
    n_bins = max(1, octaves * bins_per_octave - draw(st.integers(0, bins_per_octave - 1)))
    options = {
        "hop_length": draw(st.sampled_from([32, 64, 100, 441, 512, 777])),
        "tuning": draw(st.sampled_from([0.0, 0.3])),
        "filter_scale": draw(st.sampled_from([1, 0.5])),
        "norm": draw(st.sampled_from([1, 2.0, np.inf])),
        "sparsity": draw(st.sampled_from([0.01, 0, 0.2])),
        "window": draw(st.sampled_from(["hann", "hamming", ("kaiser", 5.0)])),
        "scale": draw(st.booleans()),
        "length": draw(st.none() | st.integers(500, 9000)),
        "res_type": draw(st.sampled_from(["soxr_hq", "soxr_vhq", "soxr_mq", "polyphase"])),
    }
    C = spectrogram(draw(st.integers(0, 99)), *draw(st.sampled_from([(), (2,)])), n_bins, draw(st.integers(2, 12)), dtype="complex128")
    return C, {"sr": sr, "fmin": fmin, "bins_per_octave": bins_per_octave, **options}


@pytest.mark.once
@given(request=requests())
def test_like_librosa(librosa, request):
    C, options = request
    assert_like(nax.icqt(C, **options), librosa.icqt(C, **options), dtype="float64")


@pytest.mark.once
@pytest.mark.parametrize("sr", [16000, 22050, 44100, 48000])
def test_default_settings_at_usual_rates(librosa, sr):
    """The first and last samples included."""
    y = noise(sr, (2, sr + 17), "float32")
    C = librosa.cqt(y, sr=sr)
    for length in (None, y.shape[-1], 5000):
        assert_like(nax.icqt(C, sr=sr, length=length), librosa.icqt(C, sr=sr, length=length))


def test_a_recording_like_librosa(librosa, recording, xp, as_xp, lazily):
    C = librosa.cqt(recording)
    transform = lazily(lambda C: nax.icqt(C, length=len(recording)))
    assert_like(transform(as_xp(C)), librosa.icqt(C, length=len(recording)), xp=xp)


@pytest.mark.once
@pytest.mark.parametrize("name", ["icqt", "griffinlim_cqt"])
def test_librosas_arguments(librosa, name):
    theirs, ours = (inspect.signature(getattr(module, name)).parameters for module in (librosa, nax))
    common = [each for each in theirs if each not in ("random_state", "rng")]
    assert [each for each in ours if each in common] == common
    assert [ours[each].default for each in common] == [theirs[each].default for each in common]
    assert "random_state" in ours or name == "icqt"


# --- definition -----------------------------------------------------------------------------------


@given(
    n_frames=st.integers(2, 9),
    hop_length=st.sampled_from([1, 7, 32, 100, 300]),
    gaps=st.booleans(),
    scale=st.booleans(),
    dtype=st.sampled_from(["complex64", "complex128"]),
)
def test_one_octave_is_a_sum_of_frames(xp, as_xp, lazily, n_frames, hop_length, gaps, scale, dtype):
    """Inverse spectra of the sum over k of conj(A[k]) C[k, t] over A[k]'s energy, averaged where
    they overlap, zero where none is.
    """
    freqs = [(1800 if gaps else 700) * 2 ** (k / 5) for k in range(5)]
    atoms, lengths, starts = oracles.wavelets(freqs, sr=8000)
    n_fft = 2 ** math.ceil(math.log2(max(lengths)))
    spectra = np.zeros((5, 1 + n_fft // 2), dtype=complex)
    for row, samples, length, start in zip(spectra, atoms, lengths, starts, strict=True):
        at = n_fft // 2 + start + np.arange(len(samples))
        row[:] = [samples * length / n_fft @ np.exp(-2j * math.pi * f * at / n_fft) for f in range(1 + n_fft // 2)]
    C = spectrogram(n_frames, 2, 5, n_frames, dtype=dtype)
    weights = n_fft / np.sqrt(lengths) if scale else n_fft / np.array(lengths)
    weights = weights / np.sum(abs(spectra) ** 2, axis=1)
    projected = np.einsum("kf,k,bkt->bft", spectra.conj(), weights, C)
    expected = oracles.istft(projected, n_fft=n_fft, hop_length=hop_length, window="boxcar")
    transform = lazily(lambda C: nax.icqt(C, sr=8000, hop_length=hop_length, fmin=freqs[0], bins_per_octave=5, scale=scale, sparsity=0))
    precision = {"complex64": "float32", "complex128": "float64"}[dtype]
    assert_same(transform(as_xp(C)), expected, xp=xp, dtype=precision, rtol=0, atol=CLOSE * abs(expected).max())


@pytest.mark.parametrize("hop_length", [512, 300, 64])
def test_a_tone_comes_back(as_xp, lazily, hop_length):
    y = np.sin(2 * np.pi * nax.midi_to_hz(69) / 22050 * np.arange(30000))
    options = {"hop_length": hop_length, "fmin": 110, "bins_per_octave": 24}
    there_and_back = lazily(lambda y: nax.icqt(nax.cqt(y, n_bins=96, **options), length=30000, **options))
    z = to_numpy(there_and_back(as_xp(y)))
    assert np.linalg.norm((z - y)[3000:-3000]) < 0.05 * np.linalg.norm(y)


def test_linear(as_xp, lazily):
    C, D = spectrogram(0, 30, 9, dtype="complex128"), spectrogram(1, 30, 9, dtype="complex128")
    together, *apart = (to_numpy(lazily(nax.icqt)(as_xp(each))) for each in (2 * C - 3 * D, C, D))
    assert_close(together, 2 * apart[0] - 3 * apart[1], rtol=1e-11)


# --- Griffin-Lim ----------------------------------------------------------------------------------


def seeded(librosa, seed):
    """The argument with which this version of librosa draws the same phases, in both packages."""
    return {"random_state" if librosa.__version__.startswith("0.") else "rng": seed}


@pytest.mark.once
@pytest.mark.parametrize(
    "options", [{}, {"momentum": 0.5, "scale": False, "norm": 2}, {"length": 8100, "hop_length": 200, "pad_mode": "edge"}]
)
def test_griffinlim_like_librosa(librosa, options):
    y = noise(5, (8000,), "float32")
    shape = {each: options[each] for each in ("scale", "norm", "hop_length") if each in options}
    magnitudes = abs(nax.cqt(y, n_bins=60, **shape))
    for start in ({"init": None}, seeded(librosa, 7)):
        for n_iter in (0, 1, 3):
            expected = librosa.griffinlim_cqt(magnitudes, n_iter=n_iter, **options, **start)
            ours = nax.griffinlim_cqt(magnitudes, n_iter=n_iter, **options, **start)
            assert_like(ours, expected, atol=2e-5)  # phases of what is nearly silent are rounding


def test_iterations_bring_magnitudes_closer(as_xp, lazily):
    y = sum(np.sin(2 * np.pi * nax.midi_to_hz(midi) / 22050 * np.arange(12000)) for midi in (57, 64, 69))
    magnitudes = abs(nax.cqt(y, fmin=110, n_bins=40))
    errors = []
    for n_iter in (0, 8):
        found = lazily(lambda C, n_iter=n_iter: nax.griffinlim_cqt(C, fmin=110, n_iter=n_iter, rng=0, length=12000))
        z = to_numpy(found(as_xp(magnitudes)))
        errors.append(np.linalg.norm(abs(nax.cqt(z, fmin=110, n_bins=40)) - magnitudes) / np.linalg.norm(magnitudes))
    assert errors[1] < 0.6 * errors[0]


def test_the_same_seed_gives_the_same_signal(xp, as_xp):
    magnitudes = abs(spectrogram(0, 24, 5, dtype="complex128"))
    first, again, other = (to_numpy(nax.griffinlim_cqt(as_xp(magnitudes), n_iter=2, rng=seed)) for seed in (1, 1, 2))
    assert np.array_equal(first, again)
    assert not np.allclose(first, other)
    assert_close(first, nax.griffinlim_cqt(magnitudes, n_iter=2, rng=1), rtol=1e-9)


def test_silence_stays_silent(xp, as_xp):
    assert not to_numpy(nax.griffinlim_cqt(as_xp(np.zeros((24, 5))), n_iter=2, rng=0)).any()


def test_much_momentum_warns(xp, as_xp):
    with pytest.warns(UserWarning, match="momentum=1.5 is above 1") as caught:
        nax.griffinlim_cqt(as_xp(np.ones((12, 3))), n_iter=1, momentum=1.5)
    assert caught[0].filename == __file__


# --- ways to ask ----------------------------------------------------------------------------------


def test_lengths(xp, as_xp):
    C = spectrogram(0, 2, 30, 6)
    whole = to_numpy(nax.icqt(as_xp(C)))
    assert whole.shape == (2, 5 * 512)
    longer = to_numpy(nax.icqt(as_xp(C), length=3000))
    assert_close(longer, np.concatenate([whole, np.zeros((2, 3000 - 2560), "float32")], axis=-1))
    assert not to_numpy(nax.icqt(nax.cqt(as_xp(noise(0, (3, 20)))), length=20)).any()  # a single frame, nothing but padding


def test_the_results_dtype_can_be_chosen(xp, as_xp):
    """A wider one is computed in."""
    C = spectrogram(0, 12, 4)
    expected = to_numpy(nax.icqt(as_xp(C.astype("complex128"))))
    for spelled in ("float64", xp.float64, np.dtype("float64")):
        assert_same(nax.icqt(as_xp(C), dtype=spelled), expected, xp=xp)
    magnitudes = abs(C)
    assert_same(
        nax.griffinlim_cqt(as_xp(magnitudes), n_iter=1, init=None, dtype="float64"),
        to_numpy(nax.griffinlim_cqt(as_xp(magnitudes.astype("float64")), n_iter=1, init=None)),
        xp=xp,
    )


@pytest.mark.once
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nax.icqt([0]), "C is a list"),
        (lambda: nax.icqt(np.zeros((12, 3), int)), "C has dtype int64"),
        (lambda: nax.icqt(np.zeros((12, 0))), r"C has shape \(12, 0\)"),
        (lambda: nax.icqt(np.zeros((12, 1))), "C has 1 frame, which lies in the padding altogether: it must have more, or a length"),
        (lambda: nax.icqt(np.zeros((12, 3)), length=-1), "length=-1 must be a positive integer"),
        (lambda: nax.icqt(np.zeros((120, 3))), "n_bins=120 is too many: the top bin reaches up to"),
        (lambda: nax.icqt(np.zeros((12, 3)), res_type="fft"), "res_type='fft' must be one of 'soxr_hq'"),
        (lambda: nax.icqt(np.zeros((12, 3)), dtype="complex64"), "dtype='complex64' must be a real floating dtype"),
        (lambda: nax.griffinlim_cqt(np.zeros((12, 3), complex)), "C has dtype complex128: it must be real"),
        (lambda: nax.griffinlim_cqt(np.zeros((12, 3)), length=5000), "length=5000 makes 10 frames, not the 3 of C"),
        (lambda: nax.griffinlim_cqt(np.zeros((12, 3)), n_iter=-1), "n_iter=-1 must be a non-negative integer"),
        (lambda: nax.griffinlim_cqt(np.zeros((12, 3)), momentum=-1), "momentum=-1 must be a finite non-negative number"),
        (lambda: nax.griffinlim_cqt(np.zeros((12, 3)), init="zeros"), "init='zeros' must be one of 'random', None"),
        (lambda: nax.griffinlim_cqt(np.zeros((12, 3)), rng=1, random_state=1), "rng=1 and random_state=1 are the same argument"),
    ],
)
def test_errors(call, message):
    with pytest.raises(nax.ParameterError, match=message):
        call()
