"""Synchrosqueezed transforms: their definition, what they keep, ridges and components, errors."""

import itertools
import math

import numpy as np
import oracles
import pytest
from assertions import assert_close, assert_same
from catalogue import PIANO
from examples import at_most, noise, seeds
from hypothesis import given
from hypothesis import strategies as st
from libraries import Backend, require, to_numpy
from scipy import integrate

import nnaudio_xp as nax
from nnaudio_xp import layers
from nnaudio_xp.transforms.synchrosqueezing import longest_jump
from nnaudio_xp.wavelets import Derivative, wavelet_of

SR = 8000
INSIDE = slice(800, -800)


def named(value):
    """What tests are called by: a function's address is another one in each process."""
    return getattr(value, "__name__", str(value))


def snr(expected, actual):
    return 10 * math.log10(np.sum(expected**2) / np.sum((to_numpy(actual) - expected) ** 2))


def two_lines(n=8000):
    """A tone that is modulated slowly, and a linear chirp far above it, whose frequency in Hz comes too."""
    t = np.arange(n) / SR
    low = np.sin(2 * np.pi * (300 * t + 5 * np.sin(2 * np.pi * t)))
    high = 0.7 * np.cos(2 * np.pi * (1000 * t + 250 * t**2))
    return low, high, 1000 + 500 * t


# --- the definition -------------------------------------------------------------------------------

GRIDS = {
    "own": None,
    "log": np.geomspace(150.0, 4000.0, 19).tolist(),
    "linear": np.linspace(0.0, 4000.0, 21).tolist(),
    "uneven": [2000.0, 300.0, 340.0, 3900.0, 1111.0],
}


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("hop_length", [1, 4])
def test_wavelets_by_definition(backend, xp, as_xp, lazily, grid, hop_length):
    if backend is Backend.JAX and hop_length > 1:
        pytest.skip("one example of each grid is enough to compile")
    y, scales = noise(0, (90,)), [2.0, 9.5, 3.0, 14.0, 4.5, 6.5]
    own = [6.0 * SR / (2 * np.pi * scale) for scale in scales]  # within 1e-7 the peaks of the Morlet wavelet's spectra
    rows = GRIDS[grid] or own
    options = {"hop_length": hop_length, "pad_mode": "edge"}
    expected = oracles.ssq_cwt(
        y, oracles.mother("morlet"), scales, own, rows, sr=SR, reach=9, threshold=0.05, linear=grid == "linear", **options
    )
    call = lazily(lambda y: nax.ssq_cwt(y, sr=SR, scales=scales, ssq_frequencies=GRIDS[grid], threshold=0.05, **options))
    T, frequencies = call(as_xp(np.stack([y, y[::-1].copy()])))
    assert tuple(T.shape) == (2, len(rows), -(-90 // hop_length))
    assert_same(T[0, ...], expected, xp=xp, rtol=0, atol=1e-8)
    assert_same(frequencies, np.asarray(rows), xp=xp, rtol=1e-6)


@pytest.mark.parametrize("grid", GRIDS)
@pytest.mark.parametrize("n_fft", [32, 27])
def test_frames_by_definition(backend, xp, as_xp, lazily, grid, n_fft):
    if backend is Backend.JAX and n_fft == 27:
        pytest.skip("one example of each grid is enough to compile")
    y = noise(1, (120,))
    rows = GRIDS[grid] or [k * SR / n_fft for k in range(1 + n_fft // 2)]
    options = {"sr": SR, "n_fft": n_fft, "hop_length": 3, "window": "hamming", "threshold": 0.05}
    expected = oracles.ssq_stft(y, rows, linear=grid in ("own", "linear"), **options)
    T, frequencies = lazily(lambda y: nax.ssq_stft(y, ssq_frequencies=GRIDS[grid], **options))(as_xp(y))
    assert_same(T, expected, xp=xp, rtol=0, atol=1e-12)
    assert_same(frequencies, np.asarray(rows), xp=xp, rtol=1e-12)


@pytest.mark.once
@pytest.mark.parametrize("wavelet", ["morlet", "morse", ("dog", 3), "ricker"])
def test_the_derivative_of_a_wavelet(wavelet):
    shape = wavelet_of(wavelet)
    derivative, t = Derivative(shape), np.linspace(-3, 3, 13)
    slope = (shape.waveform(t + 1e-4) - shape.waveform(t - 1e-4)) / 2e-4
    assert_close(derivative.waveform(t), slope, rtol=0, atol=1e-5)
    assert derivative.is_real == shape.is_real
    assert derivative.peak > shape.peak


# --- the layer ------------------------------------------------------------------------------------

GRID = {"sr": SR, "frequencies": (3600.0, 300.0, 1100.0, 2000.0), "hop_length": 3}


def pairs(values):
    return np.stack([values.real, values.imag], axis=-1)


@pytest.mark.parametrize("trainable", [False, True], ids=["frozen", "trained"])
@pytest.mark.parametrize("options", [{}, {"wavelet": "morse", "ssq_frequencies": (200.0, 700.0, 3900.0), "threshold": 0.2}], ids=str)
def test_the_layer_has_the_functions_numbers(xp, as_xp, lazily, build, trainable, options):
    y = noise(0, (2, 300))
    T, frequencies = nax.ssq_cwt(y, **GRID, **options)
    layer = build("SynchrosqueezedCWT", **GRID, **options, trainable=trainable)
    assert_same(lazily(layer)(as_xp(y)), pairs(T), xp=xp, rtol=0, atol=1e-12)
    assert_same(layer(as_xp(y), "Magnitude"), abs(T), xp=xp, rtol=0, atol=1e-12)
    assert layers.SynchrosqueezedCWT(**GRID, **options).bins2freq == pytest.approx(frequencies.tolist(), rel=1e-12)


@pytest.mark.once
@pytest.mark.parametrize("names", [("frequencies",), ("bandwidths",), ("frequencies", "bandwidths")], ids=str)
def test_trained_rows_by_definition(names):
    """Each row with a wavelet and a scale of its own; the rows that coefficients go to stay where they were."""
    y, spec = noise(0, (300,)), layers.SynchrosqueezedCWT(**GRID, trainable=names)
    moved = {"frequencies": np.asarray([2600.0, 420.0, 900.0, 3100.0]), "bandwidths": np.asarray([1.5, 0.7, 1.0, 1.2])}
    kernels = {name: moved[name] for name in names}
    hertz, widths = kernels.get("frequencies", np.asarray(GRID["frequencies"])), kernels.get("bandwidths", np.ones(4))
    logs = np.log(np.sort(hertz))
    shares = np.interp(np.log(hertz), logs, [logs[1] - logs[0], logs[2] - logs[0], logs[3] - logs[1], logs[3] - logs[2]]) / 2
    expected = np.zeros((4, 100), complex)
    for frequency, width, share in zip(hertz, widths, shares, strict=True):
        wavelet, scale = nax.wavelets.Morlet(6.0, width), nax.wavelets.Morlet().peak * SR / (2 * math.pi * frequency)
        W, slope = (nax.cwt(y, wavelet=shape, scales=[scale], hop_length=3)[0] for shape in (wavelet, Derivative(wavelet)))
        found = -np.imag(slope / W) * SR / (2 * math.pi * scale)
        places = abs(np.log(np.maximum(found, 1e-9) / np.asarray(GRID["frequencies"])[:, None])).argmin(axis=0)
        np.add.at(expected, (places, np.arange(100)), share / wavelet.admissibility * W)
    assert_close(spec.apply(kernels, y)[0], pairs(expected), rtol=0, atol=1e-11)


@pytest.mark.once
@pytest.mark.parametrize(("center", "bandwidth"), [(6.0, 1.0), (1.0, 0.5), (0.05, 1.0), (40.0, 3.0)])
def test_the_constant_of_a_morlet_wavelet(center, bandwidth):
    wavelet = nax.wavelets.Morlet(center, bandwidth)
    low, high = wavelet.bounds
    ends = math.log(low) if low > 0 else -40.0, math.log(high)
    integral, _ = integrate.quad(lambda log: wavelet.spectrum(np.asarray(math.exp(log))), *ends, limit=500)
    assert wavelet.admissibility == pytest.approx(integral / 2, rel=1e-9)


# --- what is kept ---------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize("wavelet", ["morlet", "morse", ("paul", 6), ("bump", 5.0, 2.0)], ids=str)
@at_most(8)
@given(seed=seeds, n=st.integers(1, 300), threshold=st.sampled_from([0.0, 1e-5, 0.3, 2.0]), grid=st.sampled_from(list(GRIDS)))
def test_rows_of_wavelets_add_up_to_their_scales(wavelet, seed, n, threshold, grid):
    y, bank = noise(seed, (n,)), {"sr": SR, "wavelet": wavelet, "fmin": 300.0, "bins_per_octave": 6}
    T, _ = nax.ssq_cwt(y, threshold=threshold, ssq_frequencies=GRIDS[grid], **bank)
    expected = nax.icwt(nax.cwt(y, **bank), method="integral", **bank)
    assert_close(nax.issq_cwt(T), expected, rtol=0, atol=1e-14 * max(1, abs(expected).max()))


@pytest.mark.once
@at_most(20)
@given(
    seed=seeds, n=st.integers(40, 200), n_fft=st.integers(2, 40), window=st.sampled_from(["hann", "boxcar", ("gaussian", 5.0)]),
    threshold=st.sampled_from([0.0, 1e-5, 0.3, 2.0]), grid=st.sampled_from(list(GRIDS)), center=st.booleans(),
)  # fmt: skip
def test_rows_of_frames_add_up_to_the_signal(seed, n, n_fft, window, threshold, grid, center):
    y = noise(seed, (n,))
    T, _ = nax.ssq_stft(y, sr=SR, n_fft=n_fft, window=window, threshold=threshold, ssq_frequencies=GRIDS[grid], center=center)
    first = 0 if center else n_fft // 2
    found = nax.issq_stft(T)[: n - first]
    assert_close(found, y[first : first + found.shape[0]], rtol=0, atol=1e-13 * abs(y).max())


@pytest.mark.once
def test_rows_in_any_order_and_number():
    y, scales = noise(2, (2, 300)), np.geomspace(3, 40, 20)
    T, frequencies = nax.ssq_cwt(y, sr=SR, scales=scales)
    turned, ascending = nax.ssq_cwt(y, sr=SR, scales=scales[::-1])
    assert_close(turned[:, ::-1], T, rtol=1e-12)
    assert_close(ascending[::-1], frequencies, rtol=1e-12)
    for rows in ([0.0], [900.0], [0.0, 4000.0], [500.0, 500.0]):
        assert_close(nax.ssq_cwt(y, sr=SR, scales=scales, ssq_frequencies=rows)[0].sum(axis=1), T.sum(axis=1), rtol=1e-12)
        kept = nax.issq_stft(nax.ssq_stft(y, sr=SR, n_fft=64, ssq_frequencies=rows)[0])
        assert_close(kept[:, :300], y, rtol=1e-12)


@pytest.mark.once
def test_music_comes_back():
    soundfile = pytest.importorskip("soundfile")
    y, sr = soundfile.read(PIANO, stop=44100)
    spectrum, f = np.fft.rfft(y), np.fft.rfftfreq(y.size, 1 / sr)
    y = np.fft.irfft(np.where((f > 60) & (f < 4000), spectrum, 0), y.size)
    T, _ = nax.ssq_cwt(y, sr=sr, fmin=40, n_bins=240)
    assert snr(y, nax.issq_cwt(T)) > 55
    y = y[:6000].astype("float32")
    T, _ = nax.ssq_stft(y, sr=sr, n_fft=256)
    assert snr(y, nax.issq_stft(T)[:6000]) > 120


# --- lines ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["wavelets", "frames"])
def test_the_ridge_of_a_chirp(backend, xp, as_xp, dtype, by):
    if backend is Backend.JAX and dtype == "float64":
        pytest.skip("one precision is enough to compile")
    _, y, hertz = two_lines(4000)
    grid = {"sr": SR, "hop_length": 8}
    if by == "wavelets":
        T, frequencies = nax.ssq_cwt(as_xp(y.astype(dtype)), frequencies=np.geomspace(600, 2000, 60), **grid)
    else:
        T, frequencies = nax.ssq_stft(as_xp(y.astype(dtype)), n_fft=256, ssq_frequencies=np.arange(600, 2000, 20), **grid)
    ridge = nax.extract_ridges(T)
    expected = np.argmin(abs(np.log(to_numpy(frequencies)[:, None] / hertz[::8])), axis=0)
    assert xp.isdtype(ridge.dtype, "integral")
    off = to_numpy(ridge)[0, :500] - expected
    assert abs(off[30:-30]).max() <= 1
    T = abs(to_numpy(T)) ** 2
    near = sum(np.take_along_axis(T, to_numpy(ridge) + step, axis=0)[0, 30:470].sum() for step in (-1, 0, 1))
    assert near > 0.98 * T[:, 30:470].sum()  # nearly all that there is lies on the line


@pytest.mark.once
@pytest.mark.parametrize("by", ["wavelets", "frames"])
def test_components_part_and_come_together(by):
    low, high, _ = two_lines()
    y = low + high
    if by == "wavelets":
        T, _ = nax.ssq_cwt(y, sr=SR, fmin=60, n_bins=190)
        back = nax.issq_cwt
    else:
        T, _ = nax.ssq_stft(y, sr=SR, n_fft=400, ssq_frequencies=np.arange(0, 4000, 20))
        T, back = T[:, : y.size], nax.issq_stft
    ridges = nax.extract_ridges(T, n_ridges=2, bw=20)
    parts = back(T, ridges=ridges, bandwidth=20)
    assert parts.shape == (2, y.size)
    order = np.argsort(np.mean(ridges, axis=-1))
    for part, wave in zip(parts[order], (low, high), strict=True):
        assert snr(wave[INSIDE], part[INSIDE]) > 55
    assert snr(y[INSIDE], parts.sum(axis=0)[INSIDE]) > 60
    assert snr(y[INSIDE], back(T)[INSIDE]) > 70


def best(scores, positions, penalty):
    """The path of the largest total, among all."""
    n_rows, n = scores.shape

    def worth(path):
        return sum(scores[row, t] for t, row in enumerate(path)) - penalty * np.sum(np.diff(positions[list(path)]) ** 2)

    return max(itertools.product(range(n_rows), repeat=n), key=worth)


@pytest.mark.parametrize("frequencies", [None, [100.0, 130.0, 300.0, 900.0]])
def test_ridges_by_definition(xp, as_xp, lazily, dtype, frequencies):
    T = noise(3, (2, 4, 5), {"float32": "complex64", "float64": "complex128"}[dtype])
    T[1, :, 2] = 0
    positions = np.arange(4.0) if frequencies is None else np.log(frequencies)
    expected = np.empty((2, 2, 5), int)
    for clip in range(2):
        energy = abs(T[clip].astype("complex128")) ** 2
        scores = np.log(np.maximum(energy / energy.max(), 1e-12))
        expected[clip, 0] = best(scores, positions, 0.7)
        scores[abs(np.arange(4)[:, None] - expected[clip, 0]) <= 1] = math.log(1e-12)
        expected[clip, 1] = best(scores, positions, 0.7)
    given = frequencies if frequencies is None else as_xp(np.asarray(frequencies))
    ridges = lazily(lambda T: nax.extract_ridges(T, frequencies=given, penalty=0.7, n_ridges=2, bw=1))(as_xp(T))
    assert tuple(ridges.shape) == (2, 2, 5)
    assert xp.isdtype(ridges.dtype, "integral")
    assert np.array_equal(to_numpy(ridges), expected)
    sizes = nax.extract_ridges(as_xp(abs(T)), frequencies=frequencies, penalty=0.7, n_ridges=2, bw=1)
    assert np.array_equal(to_numpy(sizes), expected)


@pytest.mark.once
@at_most(20)
@given(seed=seeds, n_rows=st.integers(1, 70), n=st.integers(1, 12), penalty=st.sampled_from([0.0, 2.0, 9.0, 60.0, 1e4]))
def test_no_best_path_jumps_further(seed, n_rows, n, penalty):
    """Than the jumps that are looked at where rows are counted; others are where positions are given."""
    T = np.exp(4 * noise(seed, (n_rows, n)))
    T[:, ::3] = T[::-1, ::3]  # and lines that go to and fro
    some = nax.extract_ridges(T, penalty=penalty)[0]
    all_of_them = nax.extract_ridges(T, frequencies=np.exp(np.arange(n_rows) / 100), penalty=penalty * 1e4)[0]
    scores = 2 * np.log(np.maximum(T / T.max(), 1e-6))
    worth = [np.sum(np.take_along_axis(scores, path[None], axis=0)) - penalty * np.sum(np.diff(path) ** 2) for path in (some, all_of_them)]
    assert worth[0] == pytest.approx(worth[1], abs=1e-8 * (1 + abs(worth[1])))
    assert longest_jump(1000, 2.0) == 103


def test_bands_around_ridges(xp, as_xp, lazily):
    T, ridges = noise(4, (2, 7, 5), "complex128"), np.asarray([[[0, 1, 2, 3, 4]] * 2, [[6, 6, 3, 0, 0]] * 2])
    near = abs(np.arange(7)[:, None] - ridges[:, :, None, :]) <= 1
    expected = np.where(near, T[:, None].real, 0).sum(axis=-2)
    found = lazily(lambda T, ridges: nax.issq_cwt(T, ridges=ridges, bandwidth=1))(as_xp(T), as_xp(ridges))
    assert_same(found, expected, xp=xp)
    for rows in (ridges[0], ridges[0].tolist()):  # those of all clips, also NumPy's and lists
        assert_same(nax.issq_stft(as_xp(T), ridges=rows, bandwidth=1)[0, ...], expected[0], xp=xp)
    assert_same(nax.issq_cwt(as_xp(T), ridges=[[2]], bandwidth=1), T.real[:, None, 1:4].sum(axis=-2), xp=xp)
    assert_same(nax.issq_cwt(as_xp(T)), T.real.sum(axis=-2), xp=xp)


# --- silence, derivatives, errors -----------------------------------------------------------------


@pytest.mark.parametrize("function", [nax.ssq_cwt, nax.ssq_stft], ids=["wavelets", "frames"])
def test_silence_and_one_sample(xp, as_xp, function):
    options = {"frequencies": [500.0, 1000.0]} if function is nax.ssq_cwt else {"n_fft": 16}
    T, frequencies = function(as_xp(np.zeros((2, 40))), **options)
    assert_same(T, np.zeros(T.shape, "complex128"), xp=xp)
    assert not np.any(to_numpy(nax.extract_ridges(T)) >= frequencies.shape[0])
    if function is nax.ssq_cwt:
        T, _ = function(as_xp(np.ones(1)), **options)
        expected = nax.icwt(nax.cwt(np.ones(1), **options), method="integral", **options)
        assert_same(nax.issq_cwt(T), expected, xp=xp)


@pytest.mark.parametrize("function", [nax.ssq_cwt, nax.ssq_stft], ids=["wavelets", "frames"])
def test_gradients(backend, as_xp, function):
    """Those of the coefficients; also of silence they are finite."""
    if backend.library != "torch":
        pytest.skip("the table's rows test JAX")
    torch = require("torch")
    options = {"scales": [1.0, 3.0, 5.0], "hop_length": 3} if function is nax.ssq_cwt else {"n_fft": 12, "hop_length": 5}
    y = torch.asarray(noise(7, (40,))).requires_grad_()
    assert torch.autograd.gradcheck(lambda y: function(y, **options)[0], (y,))
    assert torch.autograd.gradgradcheck(lambda y: function(y, **options)[0], (y,))
    silent = torch.zeros(40, requires_grad=True)
    function(silent, **options)[0].abs().sum().backward()
    assert torch.isfinite(silent.grad).all()


BAD = [
    (nax.ssq_cwt, {"wavelet": "ricker"}, "wavelet='ricker' is real: only an analytic one, such as 'morlet', has instantaneous frequencies"),
    (nax.ssq_cwt, {"wavelet": ("dog", 3)}, r"wavelet=\('dog', 3\) is real"),
    (nax.ssq_cwt, {"scales": [3.0]}, "scales, frequencies or n_bins make 1 row: an integral over the scale needs two"),
    (nax.ssq_cwt, {"threshold": -1}, "threshold=-1 must be a finite non-negative number"),
    (nax.ssq_cwt, {"ssq_frequencies": []}, "ssq_frequencies=.* must be a sequence of one number or more"),
    (nax.ssq_cwt, {"ssq_frequencies": [0.0, 100.0, 500.0]}, "ssq_frequencies has 0 Hz among unevenly spaced frequencies"),
    (nax.ssq_cwt, {"ssq_frequencies": [-1.0, 100.0]}, r"ssq_frequencies\[0\]=-1.0 must be a finite non-negative number"),
    (nax.ssq_stft, {"ssq_frequencies": [20000.0]}, "ssq_frequencies up to 20000 Hz must be at most sr / 2 = 11025 Hz"),
    (nax.ssq_stft, {"hop_length": 0}, "hop_length=0 must be a positive integer"),
    (nax.ssq_stft, {"window": np.asarray([1.0, 0.0, 1.0]), "n_fft": 3}, "window=.* must not be 0 in its middle"),
    (nax.ssq_stft, {"n_fft": 3, "sr": 0}, "sr=0 must be a finite positive number"),
]


@pytest.mark.once
@pytest.mark.parametrize(("function", "options", "message"), BAD, ids=named)
def test_bad_input_is_named(function, options, message):
    with pytest.raises(nax.ParameterError, match=message):
        function(np.zeros(100), **options)


@pytest.mark.once
@pytest.mark.parametrize(
    ("function", "options", "message"),
    [
        (nax.extract_ridges, {"penalty": -1}, "penalty=-1 must be a finite non-negative number"),
        (nax.extract_ridges, {"n_ridges": 0}, "n_ridges=0 must be a positive integer"),
        (nax.extract_ridges, {"bw": -1}, "bw=-1 must be a non-negative integer"),
        (nax.extract_ridges, {"frequencies": [1.0, 2.0]}, r"frequencies has shape \(2,\): T has 3 rows, for which it must be \(3,\)"),
        (nax.extract_ridges, {"frequencies": [0.0, 1.0, 2.0]}, "frequencies must be positive everywhere"),
        (nax.issq_cwt, {"bandwidth": -1}, "bandwidth=-1 must be a non-negative integer"),
        (nax.issq_cwt, {"ridges": [1, 2]}, r"ridges has shape \(2,\): it must be \('ridges', 5\)"),
        (nax.issq_stft, {"ridges": np.zeros((2, 3), int)}, r"ridges has shape \(2, 3\): it must be \('ridges', 5\)"),
        (nax.issq_stft, {"ridges": [[0.5] * 5]}, "ridges=.* must hold integers"),
    ],
    ids=named,
)
def test_bad_rows_are_named(function, options, message):
    with pytest.raises(nax.ParameterError, match=message):
        function(np.ones((3, 5), complex), **options)
