"""Threads: numbers never depend on how many there are, nor on who else is at work, nor on the batch
a clip comes in.
"""

import multiprocessing
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from examples import noise
from libraries import require, to_numpy

import nnaudio_xp as nax

FRAMES = {"n_fft": 512, "hop_length": 128}
BATCH = noise(0, (2, 3, 60000), "float32")

FUNCTIONS = {
    "stft": lambda y: nax.stft(y, **FRAMES),
    "odd stft": lambda y: nax.stft(y, n_fft=501, hop_length=77, pad_mode="reflect"),
    "magnitude": lambda y: nax.spectrogram(y, power=1, **FRAMES),
    "log spectrogram": lambda y: nax.spectrogram(y, freq_scale="log", freq_bins=40, **FRAMES),
    "mel": lambda y: nax.feature.melspectrogram(y=y, n_mels=40, **FRAMES),
    "mfcc": lambda y: nax.feature.mfcc(y=y, n_mels=40, **FRAMES),
    "there and back": lambda y: nax.istft(nax.stft(y, **FRAMES), length=60000, **FRAMES),
    "nsgt, there and back": lambda y: nax.insgt(nax.nsgt(y, fmin=500), fmin=500, length=60000),
    "cfp": lambda y: nax.cfp(y, fr=4, bins_per_octave=24),
    "griffinlim": lambda y: nax.griffinlim(nax.spectrogram(y, power=1, **FRAMES), init=None, n_iter=2, **FRAMES),
}
functions = pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)


@pytest.mark.once
@functions
def test_any_number_of_threads_gives_the_same_bits(function):
    results = []
    for n_threads in (1, 2, 3, 7):
        with nax.set_num_threads(n_threads):
            results.append(function(BATCH))
    assert all(np.array_equal(results[0], other) for other in results[1:])
    assert any(thread.name.startswith("nnaudio_xp") for thread in threading.enumerate())  # they were at work


@pytest.mark.once
@functions
def test_a_clip_gives_the_same_bits_in_any_batch(function):
    together = function(BATCH)
    for i, j in np.ndindex(2, 3):
        assert np.array_equal(together[i, j], function(BATCH[i, j]))
    assert np.array_equal(together, function(BATCH.reshape(6, -1)).reshape(together.shape))


@functions
def test_torch_tensors_run_through_the_same_loops(function):
    torch = require("torch")
    here, before = function(BATCH), torch.get_num_threads()
    try:
        results = []
        for n_threads in (1, 2):
            torch.set_num_threads(n_threads)
            results.append(to_numpy(function(torch.from_numpy(BATCH))))
        np.testing.assert_allclose(results[0], here, rtol=1e-5, atol=1e-5 * abs(here).max())
        assert np.array_equal(*results)
    finally:
        torch.set_num_threads(before)


@pytest.mark.once
@functions
def test_many_callers_at_once(function):
    """Kernels are made once and the pool is shared: whoever comes first, all get the same."""
    expected = function(BATCH)
    with ThreadPoolExecutor(4) as callers, nax.set_num_threads(3):
        results = list(callers.map(function, [BATCH] * 8))
    assert all(np.array_equal(expected, result) for result in results)


@pytest.mark.once
@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system has no fork")
def test_a_forked_child_starts_its_own_threads():
    """In a process of its own: other libraries' threads do not survive a fork."""
    code = """if True:
        import multiprocessing, warnings
        import numpy as np
        import nnaudio_xp as nax

        warnings.simplefilter("ignore", DeprecationWarning)  # Python's own about forks and threads
        nax.set_num_threads(2)
        y = np.random.default_rng(0).standard_normal((4, 100000))
        expected = nax.stft(y)
        with multiprocessing.get_context("fork").Pool(2) as children:
            results = children.map_async(nax.stft, [y, y]).get(timeout=60)
        print(all(np.array_equal(expected, result) for result in results))
    """
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert run.stdout == "True\n"


# --- the setting ----------------------------------------------------------------------------------


@pytest.mark.once
def test_a_setting_holds_for_a_block_or_for_good():
    before = nax.get_num_threads()
    with nax.set_num_threads(5):
        assert nax.get_num_threads() == 5
        with nax.set_num_threads(None):
            assert nax.get_num_threads() >= 1
        assert nax.get_num_threads() == 5
        with pytest.raises(KeyError), nax.set_num_threads(2):
            raise KeyError
        assert nax.get_num_threads() == 5
    assert nax.get_num_threads() == before
    nax.set_num_threads(3)
    assert nax.get_num_threads() == 3
    nax.set_num_threads(None)
    assert nax.get_num_threads() == before


@pytest.mark.once
@pytest.mark.parametrize("n", [0, -1, 1.5, "two", True])
def test_bad_numbers_change_nothing(n):
    with nax.set_num_threads(4):
        with pytest.raises(nax.ParameterError, match=f"n={n!r} must be a positive integer"):
            nax.set_num_threads(n)
        assert nax.get_num_threads() == 4


@pytest.mark.once
@pytest.mark.skipif(not hasattr(__import__("os"), "sched_setaffinity"), reason="this system does not bind processes to cores")
def test_the_default_is_what_the_process_may_use():
    code = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))}); import nnaudio_xp; print(nnaudio_xp.get_num_threads())"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "1\n"
