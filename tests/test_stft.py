"""The short-time Fourier transform and its magnitudes: against the definition, against librosa, and
in every way it can be asked for.
"""

import hypothesis
import numpy as np
import oracles
import pytest
from assertions import assert_close, assert_same
from examples import BATCHES, PAD_MODES, analyses, noise, precisions, seeds
from hypothesis import given
from hypothesis import strategies as st
from libraries import Backend, to_numpy

import nnaudio_xp as nax
from nnaudio_xp.backends.numpy import STFT
from nnaudio_xp.errors import ParameterError

pytestmark = pytest.mark.filterwarnings(r"ignore:n_fft=\d+ is too large")


@given(example=analyses())
def test_definition(xp, as_xp, lazily, example):
    y, options = example
    transform = lazily(lambda y: nax.stft(y, **options))
    assert_same(transform(as_xp(y)), oracles.stft(y, **options), xp=xp, dtype=y.dtype)


@given(example=analyses(), power=st.sampled_from([0.5, 1, 1.5, 2, 3]))
def test_powers_of_the_definition(xp, as_xp, lazily, example, power):
    y, options = example
    transform = lazily(lambda y: nax.spectrogram(y, power=power, **options))
    magnitude = abs(oracles.stft(y, **options))
    # a root is as exact as the magnitude below it: d(m**p) = p m**(p - 1) dm, but never more than
    # dm**p
    atol = None if power >= 1 else magnitude.max(initial=0) ** power * (32 * float(np.finfo(y.dtype).eps)) ** power
    assert_same(transform(as_xp(y)), magnitude**power, xp=xp, dtype=y.dtype, atol=atol)


@st.composite
def scales(draw):
    fmin = draw(st.floats(1, 2000))
    options = {
        "freq_scale": draw(st.sampled_from(["linear", "log", "log2"])),
        "fmin": fmin,
        "fmax": draw(st.floats(fmin + 1, 4000)),
        "sr": 8000,
    }
    return {**options, **draw(st.just({}) | st.fixed_dictionaries({"freq_bins": st.integers(1, 9)}))}


@given(example=analyses(), scale=scales(), power=st.sampled_from([None, 1, 2]))
def test_any_frequencies(xp, as_xp, lazily, example, scale, power):
    y, options = example
    expected = oracles.stft(y, **options, **scale)
    if power is None:
        transform = lazily(lambda y: nax.stft(y, **options, **scale))
    else:
        transform = lazily(lambda y: nax.spectrogram(y, power=power, **options, **scale))
        expected = abs(expected) ** power
    # every product is a sum of n_fft terms
    bound = np.finfo(y.dtype).eps * 8 * options["n_fft"] * np.abs(y).max(initial=0)
    bound = bound * (2 * bound + 2 * options["n_fft"] * np.abs(y).max(initial=0)) if power == 2 else bound
    assert_same(transform(as_xp(y)), expected, xp=xp, dtype=y.dtype, atol=float(bound))


def test_fewer_bins(xp, as_xp, dtype):
    y = noise(0, (2, 100), dtype)
    spectrum = oracles.stft(y, n_fft=16)[..., :5, :]
    assert_same(nax.stft(as_xp(y), n_fft=16, freq_bins=5), spectrum, xp=xp, dtype=dtype)
    assert_same(nax.spectrogram(as_xp(y), n_fft=16, freq_bins=5), abs(spectrum) ** 2, xp=xp, dtype=dtype)


def test_a_sinusoid_is_where_it_should_be(xp, as_xp):
    y = np.sin(2 * np.pi * 1000 * np.arange(4000) / 8000)
    for options, index in (
        ({}, 1000 * 512 // 8000),
        ({"freq_scale": "linear", "freq_bins": 40, "fmin": 0, "fmax": 4000, "sr": 8000}, 10),
        ({"freq_scale": "log", "freq_bins": 48, "fmin": 125, "fmax": 2000, "sr": 8000}, 36),
    ):
        spectrogram = to_numpy(nax.spectrogram(as_xp(y), n_fft=512, **options))
        assert (spectrogram[:, 5:-5].argmax(axis=0) == index).all()


@pytest.mark.once
def test_a_tapered_tone_has_its_windows_gain():
    y = np.cos(2 * np.pi * 100 * np.arange(4096) / 1024)
    spectrum = nax.stft(y, n_fft=1024, hop_length=1024, center=False)
    assert_close(spectrum[100], np.full(4, 1024 / 4), rtol=1e-12)  # half the amplitude, half the window


@pytest.mark.parametrize("kind", ["stft", "spectrogram"])
def test_float32_is_as_exact_as_it_can_be(backend, as_xp, kind):
    """Error of a bin <= 4 eps times the norm of its windowed frame, as of an FFT; sqrt(n_fft) as
    much where there is only a product.
    """
    y = noise(1, (4, 3000), "float32")
    options = {"n_fft": 256, "hop_length": 100}
    expected = oracles.stft(y, **options)
    windowed = oracles.frames(oracles.pad(y, 128, 128, "constant"), 256, 100) * oracles.window_samples("hann", 256, 256)
    bound = 4 * np.finfo(np.float32).eps * np.linalg.norm(windowed, axis=-1)[..., None, :]
    bound *= np.sqrt(256) if backend is Backend.STRICTEST else 1
    if kind == "stft":
        error = abs(to_numpy(nax.stft(as_xp(y), **options)) - expected)
    else:
        error = abs(to_numpy(nax.spectrogram(as_xp(y), power=1, **options)) - abs(expected))
    assert (error <= bound).all(), f"{(error / bound).max():.2f} times the bound"


# --- librosa --------------------------------------------------------------------------------------


@pytest.mark.once
@given(example=analyses())
def test_like_librosa(librosa, example):
    y, options = example
    # librosa fills "empty" with anything, and fails at some frames of one sample
    hypothesis.assume(0 not in y.shape and options.get("pad_mode") != "empty" and options["n_fft"] > 1)
    options.setdefault("hop_length", max(1, options.get("win_length", options["n_fft"]) // 4))  # librosa's own default may be 0
    expected = librosa.stft(y, **options)
    assert_same(nax.stft(y, **options), expected, xp=Backend.NUMPY.xp)
    assert_same(nax.spectrogram(y, power=1, **options), abs(expected), xp=Backend.NUMPY.xp)


def test_recording_like_librosa(librosa, recording, xp, as_xp):
    for options in (
        {},
        {"n_fft": 1025, "hop_length": 300, "win_length": 800, "window": "blackman", "pad_mode": "reflect"},
        {"center": False},
    ):
        expected = librosa.stft(recording, **options)
        assert_same(nax.stft(as_xp(recording), **options), expected, xp=xp)
        assert_same(nax.spectrogram(as_xp(recording), **options), abs(expected) ** 2, xp=xp)


@pytest.mark.once
def test_functions_as_padding_like_librosa(librosa):
    def steps(vector, widths, axis, options):
        vector[: widths[0]], vector[len(vector) - widths[1] :] = 3, 7

    y = noise(0, (2, 300), "float32")
    assert_same(nax.stft(y, n_fft=64, pad_mode=steps), librosa.stft(y, n_fft=64, pad_mode=steps), xp=Backend.NUMPY.xp)


# --- windows --------------------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [{}, {"freq_scale": "linear", "fmin": 50, "fmax": 4000}], ids=["no", "linear"])
def test_one_window_in_every_form(xp, as_xp, dtype, scale):
    y, samples = noise(0, (2, 100), dtype), np.hanning(12)
    options = {"n_fft": 16, "win_length": 12, **scale}
    expected = oracles.stft(y, window=samples, **options)
    for window in (
        samples,
        samples.tolist(),
        as_xp(samples),
        as_xp(samples, dtype),
        np.hanning,
        lambda n: samples,
        lambda n: as_xp(samples),
    ):
        assert_same(nax.stft(as_xp(y), window=window, **options), expected, xp=xp, dtype=dtype)


@pytest.mark.parametrize(
    "window", ["hamming", ("kaiser", 8.6), 8.6, np.float32(3), ("tukey", 0.25), ("general_cosine", [0.5, 0.5])], ids=repr
)
def test_windows_by_name_and_parameters(xp, as_xp, window):
    y = noise(0, (100,))
    named = ("kaiser", float(window)) if isinstance(window, (float, np.floating)) else window
    assert_same(nax.stft(as_xp(y), n_fft=16, window=window), oracles.stft(y, n_fft=16, window=named), xp=xp)


def test_windows_of_other_libraries(backend, xp):
    """Given for NumPy's samples, to a function and to a layer: the same as NumPy's own."""
    if backend is Backend.CUPY:
        pytest.skip("CuPy's arrays never leave the GPU by themselves")
    y, samples = noise(0, (100,)), np.hanning(16)
    window = xp.asarray(samples.tolist(), dtype=xp.float64)
    assert_close(nax.stft(y, n_fft=16, window=window), nax.stft(y, n_fft=16, window=samples), rtol=0)
    layers = [STFT(n_fft=16, window=given) for given in (window, samples)]
    assert_close(layers[0](y), layers[1](y), rtol=0)


@pytest.mark.once
def test_windows_that_need_a_gradient_stay_in_their_library():
    window = pytest.importorskip("torch", reason="torch is not installed").hann_window(16).requires_grad_()
    for refused in (lambda: nax.stft(noise(0, (100,)), n_fft=16, window=window), lambda: STFT(n_fft=16, window=window)):
        with pytest.raises(ParameterError, match="window is an array of torch that cannot be brought to NumPy: .*detach"):
            refused()


def test_a_window_function_is_asked_each_time(xp, as_xp):
    y, answers = noise(0, (100,)), iter([np.ones(16), np.hanning(16)])
    window = lambda n: next(answers)  # noqa: E731
    assert_same(nax.stft(as_xp(y), n_fft=16, window=window), oracles.stft(y, n_fft=16, window=np.ones(16)), xp=xp)
    assert_same(nax.stft(as_xp(y), n_fft=16, window=window), oracles.stft(y, n_fft=16, window=np.hanning(16)), xp=xp)


# --- out, dtype -----------------------------------------------------------------------------------


def empty(xp, device, shape, dtype):
    return xp.zeros(shape, dtype=getattr(xp, dtype), device=device)


@pytest.mark.parametrize("options", [{}, {"freq_scale": "log", "freq_bins": 7}, {"freq_bins": 7}, {"center": False}], ids=repr)
def test_out_is_filled(backend, xp, as_xp, device, options):
    if backend is Backend.JAX:
        pytest.skip("JAX's arrays cannot be written to")
    y = noise(0, (2, 3, 400), "float32")
    expected = nax.stft(as_xp(y), n_fft=32, **options)
    for dtype in ("complex64", "complex128"):
        out = empty(xp, device, expected.shape, dtype)
        assert nax.stft(as_xp(y), n_fft=32, out=out, **options) is out
        assert_same(out, to_numpy(expected), xp=xp, dtype=dtype, rtol=1e-6)
    longer = empty(xp, device, (*expected.shape[:-1], expected.shape[-1] + 2), "complex64")
    result = nax.stft(as_xp(y), n_fft=32, out=longer, **options)
    assert_same(result, to_numpy(expected), xp=xp, dtype="complex64")
    assert_same(longer, np.pad(to_numpy(expected), [(0, 0)] * 3 + [(0, 2)]), xp=xp)


@pytest.mark.parametrize("name", ["complex64", "complex128"])
def test_the_results_dtype_can_be_chosen(xp, as_xp, dtype, name):
    y = noise(0, (100,), dtype)
    for chosen in (name, getattr(xp, name)):
        spectrum = nax.stft(as_xp(y), n_fft=16, dtype=chosen)
        assert_same(spectrum, oracles.stft(y, n_fft=16), xp=xp, dtype=name, rtol=1e-5)


def test_numpy_dtypes_are_understood_everywhere(xp, as_xp):
    spectrum = nax.stft(as_xp(noise(0, (100,), "float32")), n_fft=16, dtype=np.complex128)
    assert spectrum.dtype == xp.complex128


# --- magnitudes and phases ------------------------------------------------------------------------


@given(seed=seeds, batch=st.sampled_from(BATCHES), dtype=precisions, power=st.sampled_from([1, 2, 0.5]))
def test_magnitude_times_phase(xp, as_xp, lazily, seed, batch, dtype, power):
    D = noise(seed, (*batch, 3, 4), {"float32": "complex64", "float64": "complex128"}[dtype])
    D[..., 0, 0] = 0
    magnitude, phase = lazily(lambda D: nax.magphase(D, power=power))(as_xp(D))
    assert_same(magnitude, abs(D.astype("complex128")) ** power, xp=xp, dtype=dtype)
    assert_same(phase, np.where(D == 0, 1, D.astype("complex128") / np.where(D == 0, 1, abs(D))), xp=xp, dtype=dtype)


def test_phases_of_real_spectrograms(xp, as_xp, dtype):
    magnitude, phase = nax.magphase(as_xp([[-2.0, 0.0, 3.0]], dtype))
    assert_same(magnitude, [[2.0, 0.0, 3.0]], xp=xp, dtype=dtype)
    assert_same(phase, [[-1 + 0j, 1, 1]], xp=xp, dtype=dtype)


@pytest.mark.once
def test_phases_of_the_smallest_numbers():
    magnitude, phase = nax.magphase(np.full((2, 3), 1e-42j, dtype="complex64"))
    assert_close(magnitude, np.full((2, 3), 1e-42, dtype="float32"))
    assert_same(phase, np.full((2, 3), 1j), xp=Backend.NUMPY.xp, dtype="float32")


@pytest.mark.once
def test_magphase_like_librosa(librosa):
    D = noise(0, (2, 5, 6), "complex64")
    D[0, 0, 0] = 0
    for power in (1, 2):
        for ours, theirs in zip(nax.magphase(D, power=power), librosa.magphase(D, power=power), strict=True):
            assert_same(ours, theirs, xp=Backend.NUMPY.xp)


# --- short signals --------------------------------------------------------------------------------


@pytest.mark.filterwarnings("default")
def test_a_frame_longer_than_the_signal_warns_at_the_caller(xp, as_xp):
    with pytest.warns(UserWarning, match="n_fft=64 is too large for input signal of length=50: choose a smaller n_fft") as caught:
        nax.stft(as_xp(noise(0, (50,))), n_fft=64)
    assert caught[0].filename == __file__


@pytest.mark.parametrize("pad_mode", PAD_MODES)
def test_signals_of_one_sample_or_two(xp, as_xp, lazily, pad_mode):
    for n in (1, 2):
        y = noise(n, (3, n), "float32")
        transform = lazily(lambda y: nax.stft(y, n_fft=16, pad_mode=pad_mode))
        assert_same(transform(as_xp(y)), oracles.stft(y, n_fft=16, pad_mode=pad_mode), xp=xp, dtype="float32")
