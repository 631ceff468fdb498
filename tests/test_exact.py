"""The exact constant-Q and its inverse: against sums of the definition, and against the bounds that
it computes for itself.
"""

import math
import threading
import tracemalloc

import numpy as np
import oracles
import pytest
from assertions import assert_close, assert_same
from examples import BATCHES, at_most, noise, precisions, seeds
from hypothesis import given
from hypothesis import strategies as st
from libraries import Backend, require, to_numpy

import nnaudio_xp as nax
from nnaudio_xp import ops
from nnaudio_xp.backends.numpy import folding, matrices
from nnaudio_xp.kernels.constant_q import Grid
from nnaudio_xp.kernels.multirate import constant_q_plan

OVERALL, WORST = 5e-6, 2e-5
SMALL = {"sr": 8000, "fmin": 110.0, "n_bins": 36}
FRAME = {"sr": 22050, "fmin": 65.4, "hop_length": 32}


def assert_near(actual: np.ndarray, expected: np.ndarray, tolerance: float) -> None:
    """Assert the relative L2 distance."""
    distance = np.linalg.norm(actual - expected)
    assert distance <= tolerance * np.linalg.norm(expected), f"{distance / np.linalg.norm(expected):.2g} apart"


def snr(actual: np.ndarray, expected: np.ndarray) -> float:
    return float(20 * np.log10(np.linalg.norm(expected) / np.linalg.norm(actual - expected)))


def plan_of(hop_length: int, *, sr: float, fmin: float, n_bins: int, accuracy: float = 1e-6, scale: bool = False):
    bins = Grid(sr=sr, fmin=fmin, n_bins=n_bins).bins()
    return constant_q_plan(bins, sr=sr, hop_length=hop_length, scale=scale, accuracy=accuracy)


@st.composite
def analyses(draw):
    """A signal, and arguments of `vqt` that let its atoms lie on one rate or several, with samples
    on the frames or beside them.
    """
    y = noise(draw(seeds), (*draw(st.sampled_from([(), (2,), (2, 1)])), draw(st.integers(1, 3000))), draw(precisions))
    options = {
        "sr": 8000,
        "hop_length": draw(st.sampled_from([64, 128, 100, 105, 37, 250, 509])),
        "fmin": draw(st.sampled_from([70.0, 110.0, 440.0])),
        "n_bins": draw(st.integers(2, 36)),
        "bins_per_octave": draw(st.sampled_from([12, 24])),
        "gamma": draw(st.sampled_from([0, 5.0, None])),
        "filter_scale": draw(st.sampled_from([0.5, 1])),
        "window": draw(st.sampled_from(["hann", "hamming", ("kaiser", 8.0)])),
        "norm": draw(st.sampled_from([1, 2, np.inf])),
        "scale": draw(st.booleans()),
        "pad_mode": draw(st.sampled_from(["constant", "reflect", "edge"])),
    }
    return y, options


@at_most(8)
@given(example=analyses())
def test_definition(xp, as_xp, lazily, example):
    y, options = example
    actual = lazily(lambda y: nax.vqt(y, method="exact", **options))(as_xp(y))
    expected = oracles.vqt(y, **options)
    noisy = oracles.vqt(np.abs(y).max() * noise(0, (4000,)), **options)  # what is left out does not shrink where the products cancel
    atol = OVERALL * max(float(np.linalg.norm(expected)), math.sqrt(expected.size / noisy.size) * float(np.linalg.norm(noisy)))
    assert_same(actual, expected, xp=xp, dtype=y.dtype, atol=atol)
    assert np.linalg.norm(to_numpy(actual) - expected) <= atol


SR = 44100


def sweep() -> np.ndarray:
    seconds = np.arange(30000) / SR
    return np.sin(2 * np.pi * 30 * 0.1 * np.exp(seconds / 0.1))


@pytest.mark.once
@pytest.mark.parametrize("hop_length", [512, 441, 64, 25])
@pytest.mark.parametrize("sound", ["noise", "sweep", "piano"])
def test_sounds_at_default_settings(sound, hop_length, request):
    """In single precision, over all bins and in the worst."""
    y = {"noise": lambda: noise(0, (30000,)), "sweep": sweep, "piano": lambda: request.getfixturevalue("recording")[20000:60000]}[sound]()
    expected = oracles.vqt(y.astype(np.float64), sr=SR, hop_length=hop_length, fmin=32.70319566257483, n_bins=84)
    actual = nax.cqt(y.astype(np.float32), sr=SR, hop_length=hop_length, method="exact")
    assert_near(actual, expected, OVERALL)
    errors = np.linalg.norm(actual - expected, axis=1) / np.linalg.norm(expected, axis=1)
    assert errors.max() <= WORST


@pytest.mark.once
@pytest.mark.parametrize("accuracy", [1e-3, 1e-5, 1e-8, 1e-13])
def test_accuracy_is_what_was_asked_for(accuracy):
    y = noise(1, (4000,))
    expected = oracles.vqt(y, hop_length=64, **SMALL)
    assert_near(nax.cqt(y, hop_length=64, method="exact", accuracy=accuracy, **SMALL), expected, 10 * accuracy)


@pytest.mark.once
@pytest.mark.parametrize("hop_length", [64, 37])
def test_computed_errors_are_the_atoms(hop_length):
    """Impulses show the atoms that are applied."""
    options = {"sr": 8000, "fmin": 300.0, "n_bins": 20}
    plan = plan_of(hop_length, **options)
    phases = plan.phases
    reach = 1200
    applied = ops.multirate_products(np.eye(2 * reach), plan, reach - reach % hop_length, phases, xp=Backend.NUMPY.xp)
    atoms, _, starts = oracles.wavelets([300.0 * 2 ** (k / 12) for k in range(20)], sr=8000)
    for k, (atom, start) in enumerate(zip(atoms, starts, strict=True)):
        errors = []
        for phase in range(phases):
            wanted = np.zeros(2 * reach, complex)
            first = reach - reach % hop_length + phase * hop_length + start
            wanted[first : first + len(atom)] = atom.conj()
            errors.append(np.linalg.norm(applied[:, phase, k] - wanted) / np.linalg.norm(atom))
        assert_close(np.asarray(max(errors)), plan.errors[k], rtol=1e-6, atol=1e-12)
    assert_close(nax.vqt_errors(hop_length=hop_length, **options), plan.errors)


@given(seed=seeds, hop_length=st.sampled_from([64, 37, 100]), batch=st.sampled_from(BATCHES), n=st.integers(1, 900))
def test_adjoint(xp, as_xp, lazily, seed, hop_length, batch, n):
    """<A x, C> = <x, A* C>, of the native operations and of the portable ones."""
    plan = plan_of(hop_length, **SMALL)
    frames, center = 1 + n // hop_length, 5
    x, C = noise(seed, (*batch, n)), noise(seed + 1, (*batch, frames, 36), "complex128")
    for parts, back in (
        (ops.multirate_product_parts, ops.multirate_adjoint),
        (ops.multirate_product_parts.portable, ops.multirate_adjoint.portable),
    ):
        forth = lazily(lambda x, parts=parts: parts(x, plan, center, frames, xp=xp))
        re, im = map(to_numpy, forth(as_xp(x)))
        image, origin = re + 1j * im, to_numpy(lazily(lambda C, back=back: back(C, plan, center, n, xp=xp))(as_xp(C)))
        assert_close((image * C.conj()).real.sum(), (x * origin).sum(), rtol=1e-10, atol=1e-10)


@given(seed=seeds, hop_length=st.sampled_from([64, 37, 512]), power=st.sampled_from([None, 1, 2, 0.5]), dtype=precisions)
def test_native_is_portable(xp, as_xp, lazily, seed, hop_length, power, dtype):
    plan, x = plan_of(hop_length, **SMALL), as_xp(noise(seed, (2, 5000), dtype))
    re, im = lazily(lambda x: ops.multirate_product_parts.portable(x, plan, 0, 9, xp=xp))(x)
    expected = to_numpy(ops.to_power(ops.to_complex(re, im, xp=xp), power, xp=xp))
    rtol = 1e-3 if power == 0.5 else None  # a root of what cancels
    assert_same(lazily(lambda x: ops.multirate_products(x, plan, 0, 9, power=power, xp=xp))(x), expected, xp=xp, rtol=rtol)


@pytest.mark.once
@pytest.mark.parametrize(("hop_length", "folds"), [(16, True), (24, True), (512, False)])
@pytest.mark.parametrize("n", [1, 30000, 300000])
def test_close_frames_are_folded(hop_length, folds, n):
    """In single precision, in one stretch or several, with the errors of the matrix products."""
    plan = plan_of(hop_length, sr=SR, fmin=110.0, n_bins=60)
    products = matrices.products_of(plan, np.dtype("float32"))
    assert folding.is_cheaper(plan, matrices.cost(plan, products)) == folds
    x = noise(3, (n,))
    for power in (None, 1.0):
        expected = ops.multirate_products(x, plan, 7, 1 + n // hop_length, power=power, xp=Backend.NUMPY.xp)
        actual = ops.multirate_products(x.astype(np.float32), plan, 7, 1 + n // hop_length, power=power, xp=Backend.NUMPY.xp)
        assert actual.dtype == np.result_type(np.float32, np.complex64 if power is None else np.float32)
        assert_near(actual, expected, 2 * float(plan.errors.max()))


@pytest.mark.once
def test_a_frame_for_every_sample():
    y = noise(3, (3000,), "float32")
    assert_near(nax.vqt(y, hop_length=1, method="exact", **SMALL), oracles.vqt(y, hop_length=1, gamma=None, **SMALL), OVERALL)


@pytest.mark.once
@pytest.mark.parametrize(("hop_length", "phases"), [(100, 1), (75, 2), (98, 2)])
def test_linear_and_shifted_by_hops(hop_length, phases):
    x, y = noise(2, (2, 6000))

    def transform(signal):
        return nax.cqt(signal, hop_length=hop_length, method="exact", **SMALL)

    assert plan_of(hop_length, **SMALL).phases == phases
    assert_close(transform(2 * x - 3 * y), 2 * transform(x) - 3 * transform(y), rtol=1e-12)
    for hops in range(1, 9):
        shifted = transform(np.concatenate([np.zeros(hop_length * hops), x]))[:, hops:]
        assert_near(shifted, transform(x), OVERALL)
        if hops % phases == 0:  # the same atoms again
            assert_close(shifted, transform(x), rtol=1e-12)


@pytest.mark.once
def test_many_chunks_are_one(monkeypatch):
    from nnaudio_xp.backends.numpy import multirate

    y = noise(3, (40000,))
    whole = nax.cqt(y, hop_length=37, method="exact", **SMALL)
    back = nax.icqt(whole, hop_length=37, method="exact", n_iter=1, length=40000, sr=8000, fmin=110.0)
    monkeypatch.setattr(multirate, "_CHUNK", 64)
    assert_close(nax.cqt(y, hop_length=37, method="exact", **SMALL), whole, rtol=1e-12)
    assert_close(nax.icqt(whole, hop_length=37, method="exact", n_iter=1, length=40000, sr=8000, fmin=110.0), back, rtol=1e-12)


@pytest.mark.once
@pytest.mark.parametrize("kept", [0, 2**22])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_chunks_of_any_length_in_any_order(monkeypatch, kept, dtype):
    """A share of the work may begin with a short chunk, and memory is another one when a longer
    comes.
    """
    from nnaudio_xp.backends.numpy import blocks, multirate

    settings = {"hop_length": 37, "sr": 8000, "fmin": 110.0, "method": "exact"}
    y = noise(3, (3, 73 * 37), dtype)
    alone = [nax.cqt(clip, n_bins=36, **settings) for clip in y]
    monkeypatch.setattr(multirate, "_CHUNK", 64)
    monkeypatch.setattr(blocks, "_kept", threading.local())
    monkeypatch.setattr(blocks, "_MOST_KEPT", kept)
    for n_threads in (1, 2):
        with nax.set_num_threads(n_threads):
            together = nax.cqt(y, n_bins=36, **settings)
            assert_close(together, np.stack(alone))
            back = nax.icqt(together, n_iter=1, length=y.shape[-1], **settings)
            assert_close(back, np.stack([nax.icqt(C, n_iter=1, length=y.shape[-1], **settings) for C in together]))


@pytest.mark.once
@pytest.mark.parametrize("method", ["librosa", "exact"])
def test_powers(method):
    y = noise(7, (5000,))
    C = nax.cqt(y, hop_length=64, method=method, **SMALL)
    for power in (0.5, 1, 2):
        assert_close(nax.cqt(y, hop_length=64, method=method, power=power, **SMALL), abs(C) ** power)
    with pytest.raises(nax.ParameterError, match="power=0 must be a finite positive number"):
        nax.cqt(y, method=method, power=0, **SMALL)


@pytest.mark.once
def test_silence_is_zero_and_one_sample_is_an_atom():
    assert not nax.cqt(np.zeros(5000, dtype=np.float32), method="exact").any()
    C = nax.cqt(np.ones(1), method="exact", **SMALL)
    assert C.shape == (36, 1)
    assert_near(C, oracles.vqt(np.ones(1), hop_length=512, **SMALL), OVERALL)


@pytest.mark.once
def test_memory_of_ten_minutes():
    y = np.zeros(600 * SR, dtype=np.float32)
    y[::1000] = 1
    nax.cqt(y[:SR], sr=SR, method="exact")  # the plan
    tracemalloc.start()
    C = nax.cqt(y, sr=SR, method="exact")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak - C.nbytes < 64 * 2**20


def test_torch_gradients():
    torch = require("torch")
    y = torch.from_numpy(noise(4, (700,))).requires_grad_()
    options = {"hop_length": 100, "sr": 8000, "fmin": 220.0, "n_bins": 24, "method": "exact"}
    assert torch.autograd.gradcheck(lambda y: nax.cqt(y, **options), (y,), fast_mode=True)
    assert torch.autograd.gradgradcheck(lambda y: nax.cqt(y, **options).abs(), (y,), fast_mode=True)
    silent = torch.zeros(700, requires_grad=True)
    nax.cqt(silent, **options).abs().sum().backward()
    assert torch.isfinite(silent.grad).all()


# --- the inverse ----------------------------------------------------------------------------------


def in_band(y: np.ndarray, low: float, high: float, sr: float) -> np.ndarray:
    """What of a signal lies between two frequencies."""
    spectrum, frequencies = np.fft.rfft(y), np.fft.rfftfreq(len(y), 1 / sr)
    return np.fft.irfft(np.where((frequencies > low) & (frequencies < high), spectrum, 0), n=len(y))


@pytest.mark.once
def test_music_comes_back(recording):
    """In the band of the bins, where the frame bounds are near each other."""
    frequencies, lower, upper = nax.vqt_frame_bounds(n_bins=84, scale=False, **FRAME)
    low, high = 1.05 * 65.4, 0.97 * 65.4 * 2 ** (83 / 12)
    inside = (frequencies > low) & (frequencies < high)
    assert (lower[inside] > 0.1 * upper[inside]).all()
    y = in_band(recording[:30000].astype(np.float64), low, high, 22050)
    C = nax.cqt(y, n_bins=84, method="exact", **FRAME)
    assert snr(nax.icqt(C, method="exact", length=30000, **FRAME), y) >= 60
    assert snr(nax.icqt(C.astype(np.complex64), method="exact", length=30000, **FRAME), y) >= 60
    assert snr(nax.icqt(C, length=30000, **FRAME), y) < 40  # librosa's


@pytest.mark.once
def test_variable_q_comes_back():
    options = {"sr": 22050, "fmin": 65.4, "hop_length": 32, "gamma": 15.0}
    y = in_band(noise(5, (20000,)), 80, 6000, 22050) * np.hanning(20000)
    V = nax.vqt(y, n_bins=84, method="exact", **options)
    assert snr(nax.ivqt(V, length=20000, **options), y) >= 60


@pytest.mark.once
def test_tuning_of_ratios():
    """In shares of an octave of as many frequencies as there are ratios: in the transform, its
    inverse, its errors and its bounds.
    """
    ratios = {"sr": 8000, "hop_length": 64, "intervals": [1, 1.2, 1.5], "gamma": 5.0}
    tuned, shifted = {**ratios, "fmin": 110.0, "tuning": 0.4}, {**ratios, "fmin": 110.0 * 2 ** (0.4 / 3)}
    V = nax.vqt(noise(8, (4000,)), method="exact", n_bins=9, **tuned)
    assert_close(V, nax.vqt(noise(8, (4000,)), method="exact", n_bins=9, **shifted), rtol=1e-9)
    assert_close(nax.ivqt(V, n_iter=4, **tuned), nax.ivqt(V, n_iter=4, **shifted), rtol=1e-9)
    assert_close(nax.vqt_errors(n_bins=9, **tuned), nax.vqt_errors(n_bins=9, **shifted), rtol=1e-6)
    assert_close(nax.vqt_frame_bounds(n_bins=9, **tuned)[2], nax.vqt_frame_bounds(n_bins=9, **shifted)[2], rtol=1e-9)


@pytest.mark.once
@pytest.mark.parametrize("hop_length", [32, 128])
def test_frame_bounds_hold(hop_length):
    """For noise in any band, |V|² lies between lower and upper bound times |y|²."""
    options = {"sr": 8000, "fmin": 110.0, "hop_length": hop_length}
    frequencies, lower, upper = nax.vqt_frame_bounds(n_bins=48, scale=False, **options)
    for low, high in ((150, 300), (300, 1200), (1000, 1500)):
        y = in_band(noise(6, (24000,)), low, high, 8000) * np.hanning(24000)
        ratio = np.linalg.norm(nax.cqt(y, n_bins=48, method="exact", scale=False, **options)) ** 2 / np.linalg.norm(y) ** 2
        inside = (frequencies >= low) & (frequencies <= high)
        assert 0.99 * lower[inside].min() <= ratio <= 1.01 * upper[inside].max()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda y: nax.cqt(y, method="exact", accuracy=0), "accuracy=0 must be a finite positive number"),
        (lambda y: nax.cqt(y, method="exact", accuracy=2), "accuracy=2 must be between 0 and 1"),
        (lambda y: nax.cqt(y, method="exact", window=np.ones(3)), "window=array.* must be a name, a tuple, a number or a function"),
        (lambda y: nax.cqt(y, method="fast"), "method='fast' must be one of 'librosa', 'exact'"),
        (lambda y: nax.cqt(y, method="exact", n_bins=120), "Nyquist|sr / 2"),
        (lambda y: nax.cqt(y, method="exact", hop_length=0), "hop_length=0 must be a positive integer"),
        (
            lambda y: nax.ivqt(nax.cqt(y, method="exact", **SMALL), sr=8000, fmin=110.0, length=5000),
            r"length=5000 must lie within 512 … 1023 to make the 2 frames of",
        ),
        (lambda y: nax.ivqt(nax.cqt(y, method="exact", **SMALL), sr=8000, fmin=110.0, n_iter=0), "n_iter=0 must be a positive integer"),
        (lambda y: nax.vqt_errors(n_bins=0), "n_bins=0 must be a positive integer"),
        (lambda y: nax.vqt_frame_bounds(hop_length=-1), "hop_length=-1 must be a positive integer"),
    ],
)
def test_bad_input(as_xp, call, message):
    with pytest.raises(nax.ParameterError, match=message):
        call(as_xp(noise(0, (600,))))
