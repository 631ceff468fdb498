"""Signals from magnitudes alone: iterates against the definition and librosa's, convergence, and
where the phases begin.
"""

import importlib
import inspect

import numpy as np
import oracles
import pytest
from assertions import assert_close, assert_same
from examples import at_most, noise, precisions, seeds
from hypothesis import given
from hypothesis import strategies as st
from libraries import Backend, require, to_numpy

import nnaudio_xp as nax

pytestmark = pytest.mark.filterwarnings(r"ignore:n_fft=\d+ is too large")


def magnitudes(seed=0, batch=(2,), dtype="float64", n_fft=32, n_frames=12):
    return abs(noise(seed, (*batch, 1 + n_fft // 2, n_frames), dtype)) + np.asarray(0.1, dtype)


def random_phases(rng, shape):
    return np.exp(2j * np.pi * rng.random(shape))


def inconsistency(S, y, **options):
    """Distance of the signal's magnitudes from those wanted, over the latter."""
    return np.linalg.norm(abs(oracles.stft(y, **options)) - S) / np.linalg.norm(S)


# --- iterates -------------------------------------------------------------------------------------


@at_most(12)
@given(
    seed=seeds,
    batch=st.sampled_from([(), (2,), (2, 1, 2)]),
    dtype=precisions,
    n_fft=st.sampled_from([16, 17, 24]),
    hop_length=st.integers(3, 8),
    momentum=st.sampled_from([0, 0.5, 0.99]),
    pad_mode=st.sampled_from(["constant", "reflect", "edge"]),
    center=st.booleans(),
    init=st.sampled_from(["random", None]),
)
def test_definition(xp, as_xp, lazily, seed, batch, dtype, n_fft, hop_length, momentum, pad_mode, center, init):
    S = magnitudes(seed, batch, dtype, n_fft, 7)
    options = {"n_fft": n_fft, "hop_length": hop_length, "momentum": momentum, "pad_mode": pad_mode, "center": center, "n_iter": 2}
    options["window"] = "hamming"  # no zero to divide by: rounding is not magnified
    phases = random_phases(np.random.default_rng(seed), S.shape) if init else np.ones(S.shape)
    expected = oracles.griffinlim(S.astype("float64"), phases, **options)
    transform = lazily(lambda S: nax.griffinlim(S, rng=seed, init=init, **options))
    # an iteration divides by magnitudes that may be small: errors grow by a factor in each
    assert_same(transform(as_xp(S)), expected, xp=xp, dtype=dtype, rtol=3000 * float(np.finfo(dtype).eps))


def test_no_iteration_is_the_inverse_transform(xp, as_xp, dtype):
    S = magnitudes(dtype=dtype)
    assert_same(nax.griffinlim(as_xp(S), n_iter=0, init=None), oracles.istft(S.astype("complex128")), xp=xp, dtype=dtype)


@pytest.mark.once
@given(n_fft=st.integers(1, 16), hop_length=st.integers(1, 16))
def test_consistent_magnitudes_and_phases_stay(n_fft, hop_length):
    """From the right phases nothing moves: those of a constant signal in a boxcar are zero."""
    S = np.zeros((1 + n_fft // 2, 5))
    S[0] = n_fft
    y = nax.griffinlim(S, init=None, n_iter=3, n_fft=n_fft, hop_length=min(hop_length, n_fft), center=False, window="boxcar")
    assert_close(y, np.ones(n_fft + 4 * min(hop_length, n_fft)))


# --- librosa --------------------------------------------------------------------------------------


def librosas_seed(librosa, seed):
    """The same generator by the name that librosa has for it: `rng` since 1.0."""
    name = "rng" if "rng" in inspect.signature(librosa.griffinlim).parameters else "random_state"
    return {name: np.random.RandomState(seed)}


@pytest.mark.once
@pytest.mark.parametrize(
    "options", [{}, {"momentum": 0}, {"init": None}, {"n_fft": 33, "hop_length": 8}, {"length": 90}, {"pad_mode": "reflect"}], ids=repr
)
def test_iterates_like_librosa(librosa, dtype, options):
    S = magnitudes(dtype=dtype)
    seed = {} if options.get("init", 0) is None else {"random_state": 3}
    expected = librosa.griffinlim(S, n_iter=4, **options, **(librosas_seed(librosa, 3) if seed else {}))
    assert_same(nax.griffinlim(S, n_iter=4, **options, **seed), expected, xp=Backend.NUMPY.xp, rtol=3000 * float(np.finfo(dtype).eps))


def test_recording_converges_as_librosas_does(librosa, recording, xp, as_xp):
    S = abs(librosa.stft(recording[:22050], n_fft=512))
    ours = to_numpy(nax.griffinlim(as_xp(S), n_iter=16, rng=np.random.RandomState(0)))
    theirs = librosa.griffinlim(S, n_iter=16, **librosas_seed(librosa, 0))
    distances = [np.linalg.norm(abs(librosa.stft(y, n_fft=512)) - S) / np.linalg.norm(S) for y in (ours, theirs)]
    assert distances[0] == pytest.approx(distances[1], rel=1e-3)
    assert ours.dtype == theirs.dtype


# --- convergence ----------------------------------------------------------------------------------


def test_without_momentum_it_never_gets_worse(xp, as_xp):
    """Griffin & Lim 1984, section III: the distance does not increase."""
    S = magnitudes(n_frames=20, batch=())
    signals = [to_numpy(nax.griffinlim(as_xp(S), n_iter=n_iter, momentum=0, rng=0)) for n_iter in (0, 1, 2, 4, 8)]
    distances = [inconsistency(S, y, n_fft=32) for y in signals]
    assert distances == sorted(distances, reverse=True)
    assert distances[-1] < 0.8 * distances[0]


def test_more_iterations_find_a_signal(xp, as_xp):
    y = np.sin(2 * np.pi * 0.05 * np.arange(2000) ** 1.1)
    S = abs(nax.stft(y, n_fft=64))
    found = to_numpy(nax.griffinlim(as_xp(S), n_iter=60, rng=0, length=2000))
    assert inconsistency(S, found, n_fft=64) < 0.1


# --- phases ---------------------------------------------------------------------------------------


def test_a_seed_means_the_same_everywhere(xp, as_xp, dtype):
    S = magnitudes(dtype=dtype)
    here = nax.griffinlim(S, n_iter=1, rng=5)
    for seed in (5, np.int64(5), np.random.default_rng(5)):
        assert_same(nax.griffinlim(as_xp(S), n_iter=1, rng=seed), here, xp=xp, rtol=3000 * float(np.finfo(dtype).eps))


def test_a_generator_goes_on_and_fresh_ones_differ(xp, as_xp):
    S, generator = magnitudes(), np.random.default_rng(5)
    first, second = (to_numpy(nax.griffinlim(as_xp(S), n_iter=1, rng=generator)) for _ in range(2))
    assert abs(first - second).max() > 0.1
    one, other = (to_numpy(nax.griffinlim(as_xp(S), n_iter=1)) for _ in range(2))
    assert abs(one - other).max() > 0.1


def test_random_state_is_librosas_old_name(xp, as_xp):
    S = magnitudes()
    expected = oracles.griffinlim(S, random_phases(np.random.RandomState(3), S.shape), n_iter=1)
    for state in (3, np.random.RandomState(3)):
        assert_same(nax.griffinlim(as_xp(S), n_iter=1, random_state=state), expected, xp=xp, rtol=1e-11)


def test_torchs_generators():
    torch = require("torch")
    S = torch.from_numpy(magnitudes())
    same = [nax.griffinlim(S, n_iter=1, rng=torch.Generator().manual_seed(seed)) for seed in (1, 1, 2)]
    assert torch.equal(same[0], same[1])
    assert not torch.allclose(same[0], same[2])


# --- what else may be said ------------------------------------------------------------------------


def test_length_and_dtype(xp, as_xp):
    S = magnitudes(dtype="float32")
    y = nax.griffinlim(as_xp(S), n_iter=2, rng=0, hop_length=8, length=90, dtype="float64")
    assert_same(
        y, oracles.griffinlim(S, random_phases(np.random.default_rng(0), S.shape), n_iter=2, hop_length=8, length=90), xp=xp, rtol=1e-3
    )


def test_much_momentum_warns(xp, as_xp):
    with pytest.warns(UserWarning, match="momentum=1.5 is above 1: the iteration may diverge; use a value up to 1") as caught:
        nax.griffinlim(as_xp(magnitudes()), n_iter=1, momentum=1.5)
    assert caught[0].filename == __file__


def test_silence_stays_silent(xp, as_xp):
    assert_same(nax.griffinlim(as_xp(np.zeros((2, 17, 6))), n_iter=3, rng=0), np.zeros((2, 40)), xp=xp)


# --- the layer ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "options", [{}, {"hop_length": 5, "win_length": 20, "window": "hamming"}, {"center": False, "momentum": 0.5}], ids=repr
)
def test_layer_is_the_function(xp, as_xp, dtype, build, options):
    S = magnitudes(dtype=dtype)
    expected = nax.griffinlim(as_xp(S), n_iter=3, rng=4, **{"pad_mode": "reflect", "hop_length": 8, **options})
    layer = build("Griffin_Lim", 32, 3, rng=4, **options)
    assert_same(layer(as_xp(S)), to_numpy(expected), xp=xp, rtol=3000 * float(np.finfo(dtype).eps))
    assert abs(to_numpy(build("Griffin_Lim", 32, 3, **options)(as_xp(S))) - to_numpy(expected)).max() > 0.1


def test_layers_length(as_xp, build_own):
    """nnAudio's: as many samples as hops."""
    S = as_xp(magnitudes())
    assert build_own("Griffin_Lim", 32, 1)(S).shape == (2, 11 * 8)
    assert build_own("Griffin_Lim", 32, 1)(S, length=91).shape == (2, 91)
    layer = build_own("Griffin_Lim", 32, 1, None, 20)
    assert (layer.hop_length, layer.win_length, layer.w.shape) == (8, 20, (20,))


def test_layers_momentum_warns_where_it_is_made(build_own):
    with pytest.warns(UserWarning, match="momentum=1.5 is above 1") as caught:
        type(build_own("Griffin_Lim", 32))(32, momentum=1.5)
    assert caught[0].filename == __file__


def test_torchs_own_seed():
    torch = require("torch")
    S, layer = torch.from_numpy(magnitudes()), importlib.import_module("nnaudio_xp.backends.torch").Griffin_Lim(32, 1)
    runs = []
    for seed in (1, 1, 2):
        torch.manual_seed(seed)
        runs.append(layer(S))
    assert torch.equal(runs[0], runs[1])
    assert not torch.allclose(runs[0], runs[2])
