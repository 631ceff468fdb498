"""The native loops: as exact as the others, the same bits whatever comes with a frame, and nothing
but slower without them.
"""

import multiprocessing
import os
import subprocess
import sys

import numpy as np
import oracles
import pytest
from assertions import assert_close
from examples import noise
from libraries import require

import nnaudio_xp as nax
from nnaudio_xp import ops
from nnaudio_xp._namespace import host
from nnaudio_xp.backends import _native
from nnaudio_xp.backends._native import fourier
from nnaudio_xp.backends.numpy.spectra import spectra_adjoint
from nnaudio_xp.errors import ParameterError
from nnaudio_xp.geometry import PAD_MODES, Framing

pytestmark = pytest.mark.once

needs_the_library = pytest.mark.skipif(_native.loops() is None, reason=f"native loops: {nax.get_native_loops()}")

SIZES = [32, 36, 40, 56, 64, 112, 160, 250, 256, 400, 512, 882, 1000, 1024, 2048, 2400, 4096, 8192]
OTHERS = [1, 2, 16, 30, 31, 34, 98, 257, 2 * 11 * 16, 2**16]
NARROWER = [256] if _native.loops() is not None and _native.isa() == 512 else []


def hann(n):
    return (0.5 - 0.5 * np.cos(2 * np.pi * np.arange(n) / n)).astype("float32")


def bank_of(n_bands, n_freqs):
    """Bands that overlap, of several widths, and one of zeros."""
    bank = np.zeros((n_bands, n_freqs), "float32")
    for band in range(1, n_bands):
        bank[band, band : band + 1 + band % 5] = 0.5 + band
    return bank


def run(x, framing, *, power=None, bank=None, out=None):
    return ops.spectra(x, hann(framing.n_fft), framing, power=power, bank=bank, out=out, xp=host)


def back(spectra, framing):
    return ops.synthesis(spectra, hann(framing.n_fft), framing, framing.n_samples(spectra.shape[-2]), xp=host)


def slopes(x, grad, framing, *, power=None, bank=None):
    return spectra_adjoint(grad, x, hann(framing.n_fft), framing, power=power, bank=bank, xp=host)


def spectra_of(seed, batch, framing, n_frames):
    return noise(seed, (*batch, n_frames, framing.n_freqs), "complex64")


def is_native(x, framing, *, power=None, bank=None):
    return fourier.loops_over(x, hann(framing.n_fft), framing, power, bank) is not None


RESULTS = {
    "spectra": lambda x, framing: run(x, framing),
    "magnitudes": lambda x, framing: run(x, framing, power=1),
    "powers": lambda x, framing: run(x, framing, power=2),
    "roots": lambda x, framing: run(x, framing, power=0.5),
    "bands": lambda x, framing: run(x, framing, power=1, bank=bank_of(12, framing.n_freqs)),
    "dense bands": lambda x, framing: run(x, framing, power=2, bank=np.ones((12, framing.n_freqs), "float32")),
}
WAYS_BACK = {
    "synthesis": lambda x, framing: back(run(x, framing), framing),
    "slopes of spectra": lambda x, framing: slopes(x, run(x, framing), framing),
    "slopes of magnitudes": lambda x, framing: slopes(x, run(x, framing, power=1), framing, power=1),
    "slopes of powers": lambda x, framing: slopes(x, run(x, framing, power=2), framing, power=2),
    "slopes of bands": lambda x, framing: slopes(
        x, run(x, framing, power=1)[..., :12], framing, power=1, bank=bank_of(12, framing.n_freqs)
    ),
    "griffinlim": lambda x, framing: ops.griffinlim(
        run(x, framing, power=1),
        np.ones_like(run(x, framing)),
        hann(framing.n_fft),
        framing,
        n_iter=3,
        momentum=0.9,
        length=x.shape[-1],
        xp=host,
    ),
}
results = pytest.mark.parametrize("result", RESULTS.values(), ids=RESULTS)
ways_back = pytest.mark.parametrize("way_back", WAYS_BACK.values(), ids=WAYS_BACK)
both_ways = pytest.mark.parametrize("result", (RESULTS | WAYS_BACK).values(), ids=RESULTS | WAYS_BACK)


# --- the numbers ----------------------------------------------------------------------------------


@needs_the_library
@pytest.mark.parametrize("n_fft", SIZES)
def test_error(n_fft):
    """Relative to the norm: of spectra and magnitudes at most 1.5e-7, of squares twice that."""
    framing, window = Framing(n_fft, n_fft // 4 + 3, True, "reflect"), hann(n_fft).astype("float64")
    x = noise(n_fft, (3, 5 * n_fft + 17), "float32")
    assert is_native(x, framing)
    frames = oracles.frames(oracles.pad(x.astype("float64"), n_fft // 2, n_fft // 2, "reflect"), n_fft, framing.hop_length)
    expected = np.fft.rfft(frames * window)
    for power, values, limit in ((None, expected, 1.5e-7), (1, abs(expected), 1.5e-7), (2, abs(expected) ** 2, 3e-7)):
        assert np.linalg.norm(run(x, framing, power=power) - values) <= limit * np.linalg.norm(values)


@pytest.mark.parametrize("n", [1, 2, 5, 63, 64, 200])
@pytest.mark.parametrize("pad_mode", PAD_MODES)
def test_margins(pad_mode, n):
    """Of clips shorter and longer than the padding, at hops shorter and longer than frames."""
    x = noise(n, (2, n), "float32")
    for hop in (1, 7, 64, 100):
        framing = Framing(64, hop, True, pad_mode)
        frames = oracles.frames(oracles.pad(x.astype("float64"), 32, 32, pad_mode), 64, hop)
        assert_close(run(x, framing), np.fft.rfft(frames * hann(64)), atol=1e-6 * 64)


@pytest.mark.parametrize("n_fft", [400, 2048])
@pytest.mark.parametrize("exponent", [-36, -30, -24, -18, -9, 0, 15, 18, 30, 35])
def test_magnitudes_of_any_level(n_fft, exponent):
    x, framing = (noise(1, (2, 4 * n_fft)) * 10.0**exponent).astype("float32"), Framing(n_fft, n_fft // 2)
    with nax.set_native_loops(False):
        expected = abs(run(x.astype("float64"), framing))
    for bank in (None, bank_of(12, framing.n_freqs)):
        values = expected if bank is None else expected @ bank.T.astype("float64")
        found = run(x, framing, power=1, bank=bank)
        assert np.linalg.norm((found - values) / 10.0**exponent) <= 3e-7 * np.linalg.norm(values / 10.0**exponent)


def test_silence_is_silent():
    for result in (RESULTS | WAYS_BACK).values():
        assert not result(np.zeros((2, 9000), "float32"), Framing(512, 128)).any()


@results
@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_what_is_no_number_fills_its_frames_and_no_others(result, bad):
    x, framing = noise(0, (2, 9000), "float32"), Framing(256, 64, False)
    clean = result(x, framing)
    x[1, 4000] = bad
    found = result(x, framing)
    reached = [t for t in range(framing.n_frames(9000)) if 64 * t <= 4000 < 64 * t + 256]
    spoiled = ~np.isfinite(found[1, reached])
    assert spoiled.all() if np.isnan(bad) else spoiled.any(axis=-1).all()
    others = np.delete(found[1], reached, axis=0), np.delete(clean[1], reached, axis=0)
    assert np.array_equal(*others)
    assert np.array_equal(found[0], clean[0])


@needs_the_library
@pytest.mark.parametrize("n_fft", SIZES)
def test_error_of_the_way_back(n_fft):
    """At most 5e-7 of the norm."""
    framing = Framing(n_fft, n_fft // 4 + 1, True, "reflect")
    x, spectra = noise(n_fft, (2, 5 * n_fft), "float32"), spectra_of(1, (2,), framing, 21)
    assert fourier.loops_back(spectra, hann(n_fft), framing) is not None
    bank = bank_of(12, framing.n_freqs)
    n_frames = framing.n_frames(x.shape[-1])
    cases = [lambda kind: back(spectra.astype(f"complex{2 * kind}"), framing)]
    for power, banked in ((None, None), (1, None), (2, None), (1, bank)):
        width = framing.n_freqs if banked is None else len(banked)
        grad = spectra_of(2, (2,), framing, n_frames) if power is None else noise(2, (2, n_frames, width), "float32")
        kinds = "complex" if power is None else "float"

        def case(kind, grad=grad, power=power, banked=banked, kinds=kinds):
            kernels = None if banked is None else banked.astype(f"float{kind}")
            size = 2 * kind if kinds == "complex" else kind
            return slopes(x.astype(f"float{kind}"), grad.astype(f"{kinds}{size}"), framing, power=power, bank=kernels)

        cases.append(case)
    for case in cases:
        expected = case(64)
        assert np.linalg.norm(case(32) - expected) <= 5e-7 * np.linalg.norm(expected)


@ways_back
@pytest.mark.parametrize("exponent", [-30, -22, -12, 0, 12, 18])
def test_ways_back_of_any_level(way_back, exponent):
    """A power of two, so that nothing is rounded otherwise; slopes of powers are squares."""
    x, framing = noise(1, (2, 3000), "float32"), Framing(256, 64, True, "reflect")
    if way_back is WAYS_BACK["slopes of powers"] and abs(exponent) > 8:
        pytest.skip("their numbers leave the format")
    scale = np.float32(2.0 ** round(exponent * 3.32))
    expected, found = way_back(x, framing), way_back(x * scale, framing)
    degree = 3 if way_back is WAYS_BACK["slopes of powers"] else 1
    assert_close(found / scale**degree, expected, rtol=1e-5, atol=1e-6 * float(abs(expected).max()))


@ways_back
def test_what_is_no_number_stays_in_its_frames(way_back):
    x, framing = noise(0, (2, 9000), "float32"), Framing(256, 64)
    clean = way_back(x, framing)
    x[1, 4000] = np.nan
    found = way_back(x, framing)
    assert np.array_equal(found[0], clean[0])
    if way_back is WAYS_BACK["slopes of spectra"]:  # which depend on the slopes alone
        return
    reach = 256 * (4 if way_back is WAYS_BACK["griffinlim"] else 1)
    assert np.isnan(found[1, 4000 - 63 : 4000 + 63]).all()
    assert np.isfinite(found[1, : 4000 - reach]).all()
    assert np.isfinite(found[1, 4000 + reach :]).all()


# --- the same bits --------------------------------------------------------------------------------


@needs_the_library
@pytest.mark.parametrize("result", [result for name, result in RESULTS.items() if name != "dense bands"])  # which BLAS multiplies
@pytest.mark.parametrize("n_fft", [400, 512, 882])
def test_a_frame_has_the_same_bits_wherever_it_lies(result, n_fft):
    """Alone or with others, faint ones and loud ones among them."""
    hop = n_fft // 4
    x = noise(0, (1, n_fft + 70 * hop), "float32")
    x[:, : 30 * hop] *= np.float32(1e-22)
    x[:, 50 * hop :] *= np.float32(1e19)
    framing = Framing(n_fft, hop, False)
    whole = result(x, framing)
    for t in (0, 1, 15, 16, 29, 33, 49, 70):
        assert np.array_equal(result(x[:, t * hop :], framing), whole[:, t:])
        assert np.array_equal(result(x[:, t * hop : t * hop + n_fft], framing), whole[:, t : t + 1])


@both_ways
def test_threads_and_batches_change_no_bit(result):
    x, framing = noise(0, (2, 3, 60000), "float32"), Framing(512, 100, True, "reflect")
    found = []
    for n_threads in (1, 2, 5):
        with nax.set_num_threads(n_threads):
            found.append(result(x, framing))
    assert np.array_equal(found[0], found[1])
    assert np.array_equal(found[0], found[2])
    for index in np.ndindex(2, 3):
        assert np.array_equal(result(x[index], framing), found[0][index])


@pytest.mark.skipif(not NARROWER, reason="this processor has one instruction set that the loops know")
@both_ways
def test_instruction_sets_change_no_bit(result, monkeypatch):
    x, framing = noise(0, (2, 30000), "float32"), Framing(400, 160, True, "reflect")
    expected = result(x, framing)
    for bits in NARROWER:
        monkeypatch.setattr(fourier, "isa", lambda bits=bits: bits)
        assert np.array_equal(result(x, framing), expected)


@needs_the_library
@pytest.mark.parametrize("bad", [None, np.nan, -np.inf])
@pytest.mark.parametrize("n_states", [1, 2, 13, 60])
def test_best_paths_have_the_same_bits_without_them(n_states, bad):
    scores, start = noise(0, (3, 200, n_states), "float32"), noise(1, (1, n_states), "float32")
    scores[:, :, -1] = scores[:, :, 0]  # of equals the first wins
    steps = noise(2, (1, n_states, n_states), "float32")
    steps[0, :, -1], steps[0, -1] = steps[0, :, 0], steps[0, 0]
    if bad is not None:
        scores[1, 100, n_states // 2] = bad
    runs = ops.steps_in_use(steps, xp=host)
    states, totals = ops.best_path(scores, start, steps, runs, xp=host)
    with nax.set_native_loops(False):
        expected, sums = ops.best_path(scores, start, steps, runs, xp=host)
    assert np.array_equal(states, expected)
    assert np.array_equal(totals, sums, equal_nan=True)


@needs_the_library
@pytest.mark.parametrize("spread", [1e-3, 0.4, 80])
def test_error_of_decibels(spread):
    """At most one unit in the last place."""
    powers = np.exp(np.random.default_rng(0).uniform(-spread, spread, (3, 200, 500))).astype("float32")
    expected = 10 * np.log10(powers.astype("float64"))
    found = nax.power_to_db(powers, amin=1e-37, top_db=None)
    assert (abs(found - expected) <= np.spacing(abs(expected).astype("float32"))).all()


@pytest.mark.parametrize("shape", [(1,), (2, 3), (2, 7, 5), (2, 3, 4, 40)])
@pytest.mark.parametrize("top_db", [None, 20])
def test_decibels_like_those_without_them(shape, top_db):
    """Of any memory and length, with what is not finite among them."""
    powers = noise(0, shape, "float32") ** 2
    powers.flat[0], powers.flat[-1] = 0, powers.max()
    spoiled = powers.copy()
    spoiled.flat[[powers.size // 2, powers.size // 3]] = np.nan, np.inf
    for S in (powers, spoiled, powers.T, np.repeat(powers, 2, axis=-1)[..., ::2], powers.swapaxes(0, -1).copy().swapaxes(0, -1)):
        references = {} if S is spoiled else {"ref": np.max}
        for options in ({}, references, {"ref": 2.0, "amin": 1e-3}, {"amin": 1e-40}, {"axes": None}, {"axes": -1}):
            with nax.set_native_loops(False):
                expected = nax.power_to_db(S, top_db=top_db, **options)
            assert_close(nax.power_to_db(S, top_db=top_db, **options), expected, rtol=1e-6, atol=1e-5)


# --- any memory -----------------------------------------------------------------------------------


@both_ways
def test_arrays_that_lie_in_memory_in_any_way(result):
    framing, base = Framing(64, 16, True, "reflect"), noise(0, (4, 1000), "float32")
    raw = np.zeros(base.nbytes + 1, "uint8")
    unaligned = np.frombuffer(raw.data, "float32", base.size, 1).reshape(base.shape)
    unaligned[...] = base
    fields = np.zeros(base.shape, [("flag", "u1"), ("value", "f4")])
    fields["value"] = base
    read_only = base.copy()
    read_only.flags.writeable = False
    wide = np.zeros((8, 3000), "float32")
    wide[::-2, 500:2500:2] = base
    expected = result(base, framing)
    for x in (unaligned, fields["value"], read_only, wide[::-2, 500:2500:2], np.asfortranarray(base), base.astype(">f4").astype("f4")):
        assert np.array_equal(result(x, framing), expected)
    assert np.array_equal(result(base[::-1], framing), expected[::-1])
    assert np.array_equal(
        result(base.reshape(2, 2, 1000).swapaxes(0, 1), framing), expected.reshape(2, 2, *expected.shape[1:]).swapaxes(0, 1)
    )
    assert np.array_equal(result(np.broadcast_to(base[0], (3, 1000)), framing), np.broadcast_to(expected[0], (3, *expected.shape[1:])))


@pytest.mark.parametrize("power", [None, 1])
def test_results_go_to_memory_of_any_kind(power):
    x, framing = noise(0, (3, 1000), "float32"), Framing(64, 16)
    expected = run(x, framing, power=power)
    wider = {"complex64": "complex128", "float32": "float64"}[expected.dtype.name]
    for out in (
        np.zeros_like(expected),
        np.zeros(expected.shape, wider),
        np.zeros(expected.shape[::-1], expected.dtype).T,
        np.zeros((*expected.shape[:-1], 2 * expected.shape[-1]), expected.dtype)[..., ::2],
    ):
        assert run(x, framing, power=power, out=out) is out
        assert np.array_equal(out, expected)
    locked = np.zeros_like(expected)
    locked.flags.writeable = False
    with pytest.raises(ValueError, match="read-only"):
        run(x, framing, power=power, out=locked)


def test_spectra_that_lie_in_memory_in_any_way():
    framing = Framing(64, 16)
    base = spectra_of(0, (3,), framing, 20)
    raw = np.zeros(base.nbytes + 1, "uint8")
    unaligned = np.frombuffer(raw.data, "complex64", base.size, 1).reshape(base.shape)
    unaligned[...] = base
    wide = np.zeros((3, 50, 80), "complex64")
    wide[:, 40::-2, 3:69:2][:, :20] = base
    expected = back(base, framing)
    for spectra in (unaligned, wide[:, 40::-2, 3:69:2][:, :20], np.asfortranarray(base), base.mT.copy().mT):
        assert np.array_equal(back(spectra, framing), expected)


def test_tensors_share_the_loops():
    torch = require("torch")
    x = noise(0, (2, 5000), "float32")
    for n_fft in (256, 400):
        found = nax.stft(torch.from_numpy(x), n_fft=n_fft)
        assert np.array_equal(found.numpy(), nax.stft(x, n_fft=n_fft))


# --- with and without -----------------------------------------------------------------------------


@needs_the_library
def test_what_the_loops_take():
    x = noise(0, (2, 3000), "float32")
    assert all(is_native(x, Framing(n_fft, 100)) for n_fft in SIZES)
    assert not any(is_native(x, Framing(n_fft, 100)) for n_fft in OTHERS)
    assert not is_native(x.astype("float64"), Framing(512, 100))
    assert not is_native(x, Framing(512, 100), power=1.5)
    assert not is_native(x[:0], Framing(512, 100))


@both_ways
@pytest.mark.parametrize("n_fft", [*OTHERS, 256])
def test_the_same_without_them_to_rounding(result, n_fft):
    x, framing = noise(0, (2, 3000), "float32"), Framing(n_fft, 100 + n_fft // 4, True, "reflect")
    with nax.set_native_loops(False):
        assert nax.get_native_loops() == "none: set_native_loops(False)"
        assert _native.loops() is None
        expected = result(x, framing)
    atol = 1e-6 * float(abs(expected).max(initial=0)) if result is not RESULTS["roots"] else 1e-3 * float(expected.max())
    assert_close(result(x, framing), expected, rtol=1e-4, atol=atol)


def test_the_switch_takes_true_or_false():
    for use in (None, 1, "no"):
        with pytest.raises(ParameterError, match=rf"use={use!r} must be True or False"):
            nax.set_native_loops(use)


def printed(code, **environment):
    """What a process prints that has nothing but this to say about native loops."""
    inherited = {name: value for name, value in os.environ.items() if name != "NNAUDIO_XP_NATIVE"}
    command = [sys.executable, "-c", f"import nnaudio_xp as nax\n{code}"]
    run = subprocess.run(command, env=inherited | environment, capture_output=True, text=True, check=False)
    return run.stdout + run.stderr


def test_the_environment_decides():
    assert printed("print(nax.get_native_loops())", NNAUDIO_XP_NATIVE="no") == "none: NNAUDIO_XP_NATIVE=no\n"
    found = printed("print(nax.get_native_loops())")
    required = printed("print(nax.get_native_loops())", NNAUDIO_XP_NATIVE="require")
    if found.startswith("none: "):
        assert f"ImportError: NNAUDIO_XP_NATIVE=require, but there are no native loops: {found[6:].strip()}" in required
    else:
        assert required == found


def test_a_library_that_cannot_be_used_says_why(tmp_path, monkeypatch):
    assert _native._opened(tmp_path / "_loops.so")[2] == "_loops.so was not built"
    broken = tmp_path / "broken.so"
    broken.write_bytes(b"no library")
    assert _native._opened(broken)[2].startswith("broken.so cannot be loaded: ")
    if _native.loops() is not None:
        monkeypatch.setattr(_native, "ABI", _native.ABI + 1)
        assert _native._opened(_native._PATH)[2].endswith(f" is of another version: abi {_native.ABI - 1}, not {_native.ABI}")


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system has no fork")
def test_forked_children_work():
    code = """
import multiprocessing, warnings
import numpy as np
warnings.simplefilter("ignore", DeprecationWarning)
nax.set_num_threads(2)
y = np.random.default_rng(0).standard_normal((4, 100000)).astype("float32")
expected = nax.stft(y)
with multiprocessing.get_context("fork").Pool(2) as children:
    print(all(np.array_equal(expected, result) for result in children.map_async(nax.stft, [y, y]).get(timeout=60)))
"""
    assert printed(code) == "True\n"
