"""Nonstationary Gabor transforms: their definition, perfect reconstruction at every length, frame
bounds, slices, derivatives, errors.
"""

import copy
import importlib
import math
import pickle
import re
from functools import partial
from itertools import pairwise

import numpy as np
import oracles
import pytest
from assertions import assert_close, assert_same
from examples import BATCHES, noise, precisions, seeds
from hypothesis import given
from hypothesis import strategies as st
from libraries import Backend, require, to_numpy

import nnaudio_xp as nax
from nnaudio_xp import layers
from nnaudio_xp.kernels.gabor import fast_length, gabor_frame

LIMITS = {"float32": 1e-6, "float64": 1e-12}
SMALL = {"sr": 8000, "fmin": 300.3, "bins_per_octave": 6}
WINDOWS = {
    "hann": lambda u: math.cos(math.pi / 2 * u) ** 2,
    "cosine": lambda u: math.cos(math.pi / 2 * u),
    "hamming": lambda u: 0.54 + 0.46 * math.cos(math.pi * u),
    ("tukey", 0.4): lambda u: math.sin(math.pi / 2 * min(1, (1 - abs(u)) / 0.4)) ** 2,
}
NOT_FRAMES = ("exponential", "gaussian", "general_gaussian")

gammas = st.sampled_from([0, 7.5, 60, None])


@st.composite
def settings(draw):
    """Arguments of a transform whose products, where a library has no FFT, stay small."""
    sr = draw(st.sampled_from([8000, 16000, 22050, 44100.0]))
    options = {"sr": sr, "bins_per_octave": draw(st.integers(12, 48)), "gamma": draw(gammas)}
    options |= draw(st.sampled_from([{}, {"fmin": 20.0}, {"fmin": 440, "n_bins": 30}, {"fmin": 100, "fmax": sr / 2}, {"fmax": 3000}]))
    return options | draw(st.sampled_from([{}, {"hop_length": 1}, {"window": "cosine"}, {"window": ("kaiser", 4.0)}]))


def relative_error(actual, expected):
    return np.linalg.norm(to_numpy(actual).astype("float64") - expected) / np.linalg.norm(expected)


def energy(values):
    return np.sum(np.abs(to_numpy(values)) ** 2)


def hop_of(options):
    """The hop that a transform with these arguments takes."""
    ours = {name: value for name, value in options.items() if name not in ("window", "hop_length")}
    return options.get("hop_length") or nax.nsgt_hop_length(**ours)


def whole(options, n_frames):
    """A number of samples that fills the frames."""
    return hop_of(options) * fast_length(n_frames)


# --- what it is -----------------------------------------------------------------------------------


@given(
    batch=st.sampled_from(BATCHES),
    n=st.integers(1, 150),
    gamma=st.sampled_from([0, 7.5, 60]),
    window=st.sampled_from(list(WINDOWS)),
    ending=st.sampled_from([(1, 1), (9, 1), (20, 2), (22, 4), (23, 1), (23, 6)]),  # n_bins, hop_length: a last row of any width
    dtype=precisions,
    seed=seeds,
)
def test_definition(xp, as_xp, lazily, batch, n, gamma, window, ending, dtype, seed):
    """Every coefficient is the inner product with its atom."""
    y = noise(seed, (*batch, n), dtype)
    options = {**SMALL, "gamma": gamma} | dict(zip(("n_bins", "hop_length"), ending, strict=True))
    n_frames = fast_length(-(-n // options["hop_length"]))
    expected = oracles.nsgt(y.astype("float64"), n_frames=n_frames, window=WINDOWS[window], **options)
    transform = lazily(lambda y: nax.nsgt(y, window=window, **options))
    atol = 512 * float(np.finfo(dtype).eps) * float(np.abs(y).max(initial=0))  # steep slopes magnify how a logarithm was rounded
    assert_same(transform(as_xp(y)), expected, xp=xp, dtype=dtype, atol=atol)


@pytest.mark.once
def test_librosas_variable_q_follows_the_ear():
    """gamma = 24.7 alpha / 0.108, as in librosa's vqt."""
    squared = 4 ** (1 / 24)
    y, options = noise(0, (3000,)), {"sr": 16000, "bins_per_octave": 24}
    gamma = 24.7 * (squared - 1) / (squared + 1) / 0.108
    assert_close(nax.nsgt(y, gamma=None, **options), nax.nsgt(y, gamma=gamma, **options))


@pytest.mark.parametrize("gamma", [0, 20])
@pytest.mark.parametrize("bins_per_octave", [12, 36])
def test_a_tone_has_its_amplitude_and_phase_in_its_bin(as_xp, lazily, bins_per_octave, gamma):
    options = {"sr": 22050, "bins_per_octave": bins_per_octave, "gamma": gamma}
    frequencies = nax.nsgt_frequencies(sr=22050, bins_per_octave=bins_per_octave)
    hop = hop_of(options)
    n, row = whole(options, 22050 // hop), 1 + 4 * bins_per_octave
    frequency = round(frequencies[row] * n / 22050) * 22050 / n  # periodic
    t = np.arange(n) / 22050
    C = to_numpy(lazily(lambda y: nax.nsgt(y, **options))(as_xp(0.3 * np.cos(2 * np.pi * frequency * t + 1))))
    assert_close(C[row], 0.3 * np.exp(2j * np.pi * frequency * t[::hop] + 1j), rtol=2e-3)
    assert (abs(C).argmax(axis=0) == row).all()


@pytest.mark.parametrize("gamma", [0, 100])
def test_the_first_and_last_rows_are_real_signals(as_xp, lazily, gamma):
    """Scaled by power: a constant of 1 has the power of a sinusoid of amplitude 2**0.5."""
    options = {**SMALL, "gamma": gamma}
    n = whole(options, 60)
    transform = lazily(lambda y: nax.nsgt(y, **options))
    C = to_numpy(transform(as_xp(noise(0, (2, n)))))
    assert abs(C[:, [0, -1]].imag).max() < 1e-14
    ends = np.stack([np.ones(n), np.resize([1.0, -1.0], n)])  # 0 Hz and the Nyquist frequency
    C = to_numpy(transform(as_xp(ends)))
    assert_close(abs(C[[0, 1], [0, -1]]), np.full((2, C.shape[-1]), math.sqrt(2)))


@pytest.mark.parametrize(("window", "decay"), [("hann", 1e-5), ("cosine", 2e-3)])
@pytest.mark.parametrize("gamma", [0, 300])
def test_atoms_fade(as_xp, lazily, window, decay, gamma):
    """Also at the ends, where a window that broke off would ring on and on."""
    options = {**SMALL, "window": window, "gamma": gamma}
    click = np.zeros(whole(options, 2048))
    click[0] = 1
    C = abs(to_numpy(lazily(lambda y: nax.nsgt(y, **options))(as_xp(click))))
    middle = C.shape[-1] // 2
    assert (C[:, middle - 100 : middle + 100].max(axis=-1) < decay * C.max(axis=-1)).all()


def test_power_of_the_bands(xp, as_xp):
    """The sum over the rows of mean(|C|²) / 2 is the signal's power, for a tight frame."""
    y = noise(0, (2, whole(SMALL, 100)))
    C = to_numpy(nax.nsgt(as_xp(y), window="cosine", **SMALL))
    assert_close((abs(C) ** 2).mean(axis=-1).sum(axis=-1) / 2, (y**2).mean(axis=-1))


def test_frequencies_and_times(xp, as_xp, device):
    expected = [0, *(110 * 2 ** (k / 3) for k in range(13)), 2000]
    for limit in ({}, {"n_bins": 13}, {"fmax": expected[-2]}):
        options = {"sr": 4000, "fmin": 110, "bins_per_octave": 3, **limit}
        assert_same(nax.nsgt_frequencies(**options, xp=xp, dtype=xp.float32, device=device), expected, xp=xp, dtype="float32")
        assert nax.nsgt(as_xp(noise(0, (900,))), **options).shape == (15, fast_length(math.ceil(900 / hop_of(options))))
    assert len(nax.nsgt_frequencies(sr=4000, fmin=125, bins_per_octave=1)) == 2 + 4  # no bin at 2000 Hz itself, where the last row is


@pytest.mark.once
def test_the_default_hop_is_the_longest():
    for options in (SMALL, {"bins_per_octave": 24, "gamma": None}, {"sr": 44100, "fmax": 5000}, {"n_bins": 1, "fmin": 5000}):
        hop = hop_of(options)
        longer = next(n for n in range(hop + 1, 2 * hop + 2) if fast_length(n) == n)
        y = noise(0, (hop * 5,))
        assert nax.nsgt(y, hop_length=hop, **options).shape[-1] == 5
        with pytest.raises(nax.ParameterError, match=rf"hop_length={longer} must be at most \d+: the widest band needs that many frames"):
            nax.nsgt(y, hop_length=longer, **options)


# --- and back -------------------------------------------------------------------------------------


@given(n=st.integers(1, 400), batch=st.sampled_from([(), (2,), (2, 1, 3)]), options=settings(), dtype=precisions, seed=seeds)
def test_reconstruction(xp, as_xp, lazily, n, batch, options, dtype, seed):
    y = noise(seed, (*batch, n), dtype)
    C = lazily(lambda y: nax.nsgt(y, **options))(as_xp(y))
    bins = {"n_bins": C.shape[-2] - 2} if seed % 2 and "fmax" not in options else {}
    z = lazily(lambda C: nax.insgt(C, **{**options, **bins}, length=n))(C)
    assert z.dtype == as_xp(y).dtype
    assert tuple(z.shape) == y.shape
    assert relative_error(z, y) < LIMITS[dtype]


@pytest.mark.once
@given(
    n=st.integers(1, 60),
    bins_per_octave=st.integers(1, 5),
    fmin=st.floats(1, 3000),
    gamma=st.floats(0, 5000),
    hop_length=st.sampled_from([None, 1]),
    seed=seeds,
)
def test_reconstruction_from_wide_bands(n, bins_per_octave, fmin, gamma, hop_length, seed):
    """Bands that reach over 0 Hz, over the Nyquist frequency, or over both."""
    y = noise(seed, (n,))
    options = {"sr": 8000, "bins_per_octave": bins_per_octave, "fmin": fmin, "gamma": gamma, "hop_length": hop_length}
    try:
        C = nax.nsgt(y, **options)
    except nax.ParameterError as error:
        assert "makes a band as wide as all frequencies together" in str(error)  # noqa: PT017
        assert gamma > 500
        return
    lower, upper = nax.nsgt_bounds(n, **options)
    assert lower * energy(y) * (1 - 1e-12) <= energy(C) <= upper * energy(y) * (1 + 1e-12)
    assert relative_error(nax.insgt(C, **options, length=n), y) < 1e-12


@given(n=st.integers(1, 1500), slice_length=st.integers(1, 600), options=settings(), dtype=precisions, seed=seeds)
def test_reconstruction_from_slices(as_xp, lazily, n, slice_length, options, dtype, seed):
    y = noise(seed, (2, n), dtype)
    options |= {"slice_length": slice_length}
    z = lazily(lambda y: nax.insgt(nax.nsgt(y, **options), **options, length=n))(as_xp(y))
    assert tuple(z.shape) == y.shape
    assert relative_error(z, y) < LIMITS[dtype]


@pytest.mark.parametrize(("n", "sliced"), [(50021, {}), (65536, {"slice_length": 16384})], ids=["whole", "sliced"])
def test_reconstruction_of_long_signals(as_xp, lazily, dtype, n, sliced):
    y = noise(0, (n,), dtype)
    for options in (sliced, {"sr": 44100, "bins_per_octave": 36, "gamma": None, **sliced}):
        z = lazily(lambda y, options=options: nax.insgt(nax.nsgt(y, **options), **options, length=n))(as_xp(y))
        assert relative_error(z, y) < LIMITS[dtype]


@pytest.mark.once
@pytest.mark.parametrize("window", sorted(set(nax.windows.FORMULAS) - set(NOT_FRAMES) - {"general_cosine", "general_hamming", "kaiser"}))
def test_reconstruction_with_every_window(window):
    y = noise(0, (700,))
    for options in (SMALL, {**SMALL, "gamma": 50}):
        assert relative_error(nax.insgt(nax.nsgt(y, window=window, **options), window=window, **options, length=700), y) < 1e-12


@pytest.mark.once
def test_reconstruction_of_music(recording):
    for options in ({}, {"bins_per_octave": 48, "gamma": 10}, {"slice_length": 32768}):
        z = nax.insgt(nax.nsgt(recording, **options), **options, length=recording.size)
        assert z.dtype == np.float32
        assert relative_error(z, recording.astype("float64")) < 1e-6


def test_lengths(xp, as_xp, lazily):
    """More or less than there was; and all that the frames cover."""
    y = noise(0, (500,))
    for sliced in ({}, {"slice_length": 128}):
        C = nax.nsgt(as_xp(y), **SMALL, **sliced)
        for n in (1, 499, 501, 3000):
            expected = np.concatenate([y, np.zeros(3000)])[:n]
            inverse = lazily(lambda C, sliced=sliced, n=n: nax.insgt(C, **SMALL, **sliced, length=n))
            assert_same(inverse(C), expected, xp=xp, atol=1e-13)
        z = nax.insgt(C, **SMALL, **sliced)
        assert z.shape[-1] >= 500
        assert_close(to_numpy(z), np.concatenate([y, np.zeros(z.shape[-1] - 500)]), atol=1e-13)


def test_the_nearest_coefficients(xp, as_xp, lazily, dtype):
    """There and back is the orthogonal projection onto the coefficients of signals: twice is
    once, and the rest is orthogonal.
    """
    options = {**SMALL, "hop_length": 6}
    D = noise(0, (25, 20), {"float32": "complex64", "float64": "complex128"}[dtype])
    project = lazily(lambda C: nax.nsgt(nax.insgt(C, **options), **options))
    once = project(as_xp(D))
    assert_same(project(once), to_numpy(once), xp=xp, rtol=200 * float(np.finfo(dtype).eps))
    other = to_numpy(nax.nsgt(as_xp(noise(1, (120,), dtype)), **options))
    product = np.vdot(other, D - to_numpy(once)).real / np.linalg.norm(other) / np.linalg.norm(D)
    assert abs(product) < 100 * float(np.finfo(dtype).eps)


def test_a_tight_frames_inverse_is_its_adjoint(as_xp, lazily):
    """<nsgt(y), D> = 2 / hop <y, insgt(D)>, of real parts."""
    options = {**SMALL, "window": "cosine", "hop_length": 5}
    y, D = noise(0, (150,)), noise(1, (25, 30), "complex128")
    forth, back = lazily(lambda y: nax.nsgt(y, **options)), lazily(lambda D: nax.insgt(D, **options))
    assert np.vdot(D, to_numpy(forth(as_xp(y)))).real == pytest.approx(2 / 5 * y @ to_numpy(back(as_xp(D))), rel=1e-12)


# --- what an analysis must be ---------------------------------------------------------------------


def test_linear(xp, as_xp, lazily, dtype):
    a, b = noise(0, (2, 321), dtype), noise(1, (2, 321), dtype)
    for options in ({**SMALL, "gamma": 20}, {**SMALL, "slice_length": 80}):
        transform = lazily(lambda y, options=options: nax.nsgt(y, **options))
        together = transform(as_xp(a)) * 2.5 - transform(as_xp(b))
        scale = float(abs(to_numpy(together)).max())
        assert_same(transform(as_xp(2.5 * a - b)), to_numpy(together), xp=xp, atol=64 * float(np.finfo(dtype).eps) * scale)


@pytest.mark.parametrize("frames", [1, 7])
def test_shifts_in_time(xp, as_xp, frames):
    hop = hop_of(SMALL)
    y = noise(0, (whole(SMALL, 64),))
    C = to_numpy(nax.nsgt(as_xp(y), **SMALL))
    assert_same(nax.nsgt(as_xp(np.roll(y, frames * hop)), **SMALL), np.roll(C, frames, axis=-1), xp=xp, rtol=1e-11)


@pytest.mark.once
@given(n=st.integers(1, 300), options=settings(), slice_length=st.none() | st.integers(1, 200), seed=seeds)
def test_bounds_hold(n, options, slice_length, seed):
    y = noise(seed, (n,))
    options |= {} if slice_length is None else {"slice_length": slice_length}
    lower, upper = nax.nsgt_bounds(n, **options)
    ratio = energy(nax.nsgt(y, **options)) / energy(y)
    assert 0 < lower * (1 - 1e-12) <= ratio <= upper * (1 + 1e-12)


@pytest.mark.parametrize("options", [{**SMALL}, {**SMALL, "gamma": 40}, {**SMALL, "window": "hamming"}, {**SMALL, "fmax": 2000}], ids=repr)
def test_bounds_are_attained(as_xp, lazily, options):
    """By the tones to which the frame is most and least sensitive."""
    n = whole(options, 50)
    tones = np.cos(2 * np.pi * np.outer(np.arange(1 + n // 2), np.arange(n)) / n)
    ratios = (abs(to_numpy(lazily(lambda y: nax.nsgt(y, **options))(as_xp(tones)))) ** 2).sum(axis=(1, 2)) / (tones**2).sum(axis=1)
    assert_close(np.array([ratios.min(), ratios.max()]), nax.nsgt_bounds(n, **options), rtol=1e-10)


@pytest.mark.once
@given(n=st.integers(1, 300), options=settings(), seed=seeds)
def test_tight_frames_keep_the_energy(n, options, seed):
    options |= {"gamma": 0, "window": "cosine"}
    y, hop = noise(seed, (n,)), hop_of(options)
    assert energy(nax.nsgt(y, **options)) == pytest.approx(2 / hop * energy(y), rel=1e-12)
    assert nax.nsgt_bounds(n, **options) == pytest.approx((2 / hop, 2 / hop), rel=1e-12)


# --- slices ---------------------------------------------------------------------------------------


def test_slices_add_up_to_the_whole(as_xp):
    """Overlap-added by their place in time, long slices' coefficients are nearly those of the whole
    signal.
    """
    options = {**SMALL, "hop_length": 8}
    y = noise(0, (6000,)) * np.hanning(6000)
    slices = to_numpy(nax.nsgt(as_xp(y), slice_length=2048, **options))
    together = np.zeros((slices.shape[-2], (len(slices) + 1) * 128), complex)
    for s, C in enumerate(slices):
        together[:, 128 * s : 128 * s + 256] += C
    expected = nax.nsgt(y, **options)[:, :750]
    lead = 2048 * 3 // 8 // 8
    assert np.linalg.norm(together[:, lead : lead + 750] - expected) < 1e-2 * np.linalg.norm(expected)


def test_slices_know_nothing_of_what_comes_later(xp, as_xp, lazily):
    y = noise(0, (2000,))
    transform = lazily(lambda y: nax.nsgt(y, slice_length=320, **SMALL))
    C = to_numpy(transform(as_xp(y)))
    assert_same(transform(as_xp(y[:1000]))[:5, ...], C[:5], xp=xp, rtol=1e-12)


@pytest.mark.once
def test_slices_are_bounded():
    """One more slice for every half of a slice's length, whatever the length of the signal."""
    shapes = [nax.nsgt(np.zeros(n), slice_length=1000, **{**SMALL, "hop_length": 5}).shape for n in (1, 250, 251, 10_250)]
    assert shapes == [(count, 25, 200) for count in (1, 1, 2, 21)]


# --- derivatives ----------------------------------------------------------------------------------


@pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated")  # which torch's forward derivatives use
@pytest.mark.parametrize("sliced", [{}, {"slice_length": 24}], ids=["whole", "sliced"])
@pytest.mark.parametrize("gamma", [0, 300])
def test_torch_gradients(gamma, sliced):
    torch = require("torch")
    options = {"sr": 8000, "fmin": 900, "bins_per_octave": 2, "gamma": gamma, "hop_length": 2, **sliced}
    y = torch.tensor(noise(0, (2, 11)), requires_grad=True)
    C = nax.nsgt(y.detach(), **options).requires_grad_()
    for function, x in ((lambda y: nax.nsgt(y, **options), y), (lambda C: nax.insgt(C, **options, length=13), C)):
        assert torch.autograd.gradcheck(function, x, check_forward_ad=True, check_batched_grad=True, fast_mode=x is C)
        assert torch.autograd.gradgradcheck(function, x, fast_mode=True)


def test_jax_gradients_agree_with_torch():
    jax, torch = pytest.importorskip("jax", reason="jax is not installed"), require("torch")
    y, options = noise(0, (3, 300)), {**SMALL, "gamma": 30}
    masked = lambda y: nax.insgt(nax.nsgt(y, **options) * abs(nax.nsgt(y, **options)), **options)  # noqa: E731
    there = torch.tensor(y, requires_grad=True)
    (masked(there) ** 2).sum().backward()
    with Backend.JAX.configured():
        each = jax.vmap(jax.grad(lambda y: (masked(y) ** 2).sum()))
        assert_close(to_numpy(jax.jit(each)(Backend.JAX.from_numpy(y))), there.grad.numpy(), rtol=1e-10)


# --- the layer ------------------------------------------------------------------------------------


@pytest.fixture
def build(backend, device):
    """A function that makes a layer and its inverse as users do; of the bare specification where a
    library has no layers of its own.
    """

    def layer(**arguments):
        if backend.library == "array_api_strict":
            spec = layers.NSGT(**arguments)
            return partial(spec.apply, {}), partial(spec.inverse, {})
        made = importlib.import_module(f"nnaudio_xp.backends.{backend.library}").NSGT(**arguments)
        made = made.to(device) if backend.library == "torch" else made
        return made, made.inverse

    return layer


@pytest.mark.parametrize("sliced", [{}, {"slice_length": 128}], ids=["whole", "sliced"])
def test_layers_have_the_functions_numbers(xp, as_xp, dtype, lazily, build, sliced):
    y, options = noise(0, (2, 500), dtype), {**SMALL, "gamma": 30, **sliced}
    C = nax.nsgt(y, **options)
    for kind, expected in (("Complex", np.stack([C.real, C.imag], axis=-1)), ("Magnitude", abs(C))):
        layer = lazily(build(**options, output_format=kind)[0])
        assert_same(layer(as_xp(y)), expected, xp=xp, dtype=dtype, rtol=200 * float(np.finfo(dtype).eps))
        assert_same(layer(as_xp(y[:, None, :])), to_numpy(layer(as_xp(y))), xp=xp)
        assert_close(to_numpy(layer(as_xp(y[1]))), to_numpy(layer(as_xp(y)))[1:], atol=200 * float(np.finfo(dtype).eps))
    phase = to_numpy(build(**options)[0](as_xp(y), "Phase"))
    loud = abs(C) > 0.1 * abs(C).max()
    assert_close(np.exp(1j * phase[loud]), C[loud] / abs(C[loud]), rtol=1e-4)


@pytest.mark.parametrize("sliced", [{}, {"slice_length": 128}], ids=["whole", "sliced"])
def test_layers_give_the_signal_back(xp, as_xp, dtype, lazily, build, sliced):
    y = noise(0, (2, 500), dtype)
    layer, inverse = build(**SMALL, **sliced)
    again = lazily(lambda y: inverse(layer(y), length=500))(as_xp(y))
    assert again.dtype == as_xp(y).dtype
    assert relative_error(again, y) < LIMITS[dtype]
    assert relative_error(lazily(lambda y: inverse(nax.nsgt(y, **SMALL, **sliced), 500))(as_xp(y)), y) < LIMITS[dtype]


def test_layers_know_what_they_are(backend, build):
    if backend.library == "array_api_strict":
        pytest.skip("has no layers of its own")
    layer, _ = build(**SMALL, output_format="Magnitude")
    assert layer.hop_length == hop_of(SMALL)
    assert layer.frequencies == pytest.approx(nax.nsgt_frequencies(**SMALL).tolist())
    assert "NSGT(sr=8000, hop_length=10, fmin=300.3" in repr(layer)
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert repr(twin) == repr(layer)


def test_layers_refuse_what_functions_do(as_xp, build):
    for wrong in ({"output_format": "Power"}, {"gamma": -1}, {"hop_length": 100}, {"slice_length": 0}):
        with pytest.raises(nax.ParameterError, match=f"{next(iter(wrong))}="):
            build(**{**SMALL, **wrong})
    layer, inverse = build(**SMALL)
    for X, message in ((np.zeros((1, 24, 9, 2)), "X has 24 rows"), (np.zeros((25, 2)), r"X has dtype float64 and shape \(25, 2\)")):
        with pytest.raises(nax.ParameterError, match=message):
            inverse(as_xp(X))
    with pytest.raises(nax.ParameterError, match="x has dtype int16"):
        layer(as_xp(np.zeros(100, "int16")))


@pytest.mark.once
@pytest.mark.parametrize("sliced", [{}, {"slice_length": 128}], ids=["whole", "sliced"])
def test_torch_layers_store_nothing(sliced):
    pytest.importorskip("torch", reason="torch is not installed")
    assert not importlib.import_module("nnaudio_xp.backends.torch").NSGT(**SMALL, **sliced).state_dict()


# --- what is refused ------------------------------------------------------------------------------

REFUSED = {
    "fmin=4000 must be below fmax=4000 Hz": {"fmin": 4000},
    "fmin=0 must be a finite positive number": {"fmin": 0},
    "fmax=5000 must be at most sr / 2 = 4000 Hz": {"fmax": 5000},
    "fmax=2000 and n_bins=4 both say where the bins end": {"fmax": 2000, "n_bins": 4},
    "n_bins=24 must be at most 23: the bins lie below sr / 2 = 4000 Hz": {"n_bins": 24},
    "n_bins=0 must be a positive integer": {"n_bins": 0},
    "bins_per_octave=0 must be a positive integer": {"bins_per_octave": 0},
    "gamma=-1 must be a finite non-negative number": {"gamma": -1},
    "gamma=90000.0 makes a band as wide as all frequencies together": {"gamma": 9e4},
    "hop_length=0 must be a positive integer": {"hop_length": 0},
    "slice_length=0 must be a positive integer": {"slice_length": 0},
    "sr=0 must be a finite positive number": {"sr": 0},
    "window='hat' is no function": {"window": "hat"},
    "window=('gaussian', 4) is no function": {"window": ("gaussian", 4)},
    "window=[1, 2] is no function": {"window": [1, 2]},
    "window=() is no function": {"window": ()},
    "window=('tukey', 1, 2) does not fit": {"window": ("tukey", 1, 2)},
}


@pytest.mark.once
@pytest.mark.parametrize("message", REFUSED)
def test_arguments_are_checked(message):
    options = {**SMALL, **REFUSED[message]}
    for call in (
        lambda: nax.nsgt(np.zeros(100), **options),
        lambda: nax.insgt(np.zeros((3, 25, 10)), **options),
        lambda: nax.nsgt_bounds(100, **options),
    ):
        with pytest.raises(nax.ParameterError, match=re.escape(message)):
            call()


@pytest.mark.once
def test_shapes_are_checked():
    with pytest.raises(nax.ParameterError, match="C has 2 rows: it must have n_bins"):
        nax.insgt(np.zeros((2, 10)))
    with pytest.raises(nax.ParameterError, match="C has 24 rows: with these arguments it must have 12, n_bins=10 and two more"):
        nax.insgt(np.zeros((24, 10)), n_bins=10)
    with pytest.raises(nax.ParameterError, match=r"C has shape \(24, 10\): for slices of 96 samples it must be \(..., slices, 24, 16\)"):
        nax.insgt(np.zeros((24, 10)), **SMALL, slice_length=80)
    with pytest.raises(nax.ParameterError, match=r"C has shape \(3, 24, 10\): for slices of 96 samples it must be"):
        nax.insgt(np.zeros((3, 24, 10)), **SMALL, slice_length=80)
    with pytest.raises(nax.ParameterError, match="y has dtype int64"):
        nax.nsgt(np.zeros(10, dtype=np.int64))
    with pytest.raises(nax.ParameterError, match="length=0 must be a positive integer"):
        nax.insgt(np.zeros((24, 10)), **SMALL, length=0)
    with pytest.raises(nax.ParameterError, match=r"y is not finite everywhere: y\[1\] is nan"):
        nax.nsgt(np.array([0.0, np.nan]), **SMALL)


# --- what it is built of --------------------------------------------------------------------------


@pytest.mark.once
@given(n=st.integers(1, 5000), options=settings())
def test_layers_hold_every_band_once(n, options):
    frame = gabor_frame(**{"hop_length": None, "fmin": None, "fmax": None, "n_bins": None, "window": "hann", **options})
    supports = frame.supports(n)
    layers = frame.layers(n)
    assert sorted(row for layer in layers for row in layer) == [row for row, (first, last) in enumerate(supports) if first < last]
    for layer in layers:
        assert all(supports[row][1] <= supports[after][0] for row, after in pairwise(layer))
    assert max(last - first for first, last in supports) <= max(1, -(-n // frame.hop_length))


@pytest.mark.once
@given(n=st.integers(1, 10**6))
def test_fast_lengths(n):
    from scipy.fft import next_fast_len

    fast = fast_length(n)
    assert n <= fast <= next_fast_len(n, real=True)  # which knows no factors 7
    assert max((p for p in range(2, 12) if fast % p == 0), default=1) <= 10
    rest = fast
    for prime in (2, 3, 5, 7):
        while rest % prime == 0:
            rest //= prime
    assert rest == 1
