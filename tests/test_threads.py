"""Threads: numbers never depend on how many there are, nor on who else is at work, nor on the batch
a clip comes in.
"""

import math
import multiprocessing
import os
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
from examples import noise
from libraries import require, to_numpy
from threadpoolctl import ThreadpoolController

import nnaudio_xp as nax
from nnaudio_xp import ops, threads
from nnaudio_xp._namespace import host
from nnaudio_xp.backends._blas import one_blas_thread
from nnaudio_xp.backends.numpy.blocks import share_out
from nnaudio_xp.kernels.mel import mel_inverse

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


# --- BLAS's own threads ---------------------------------------------------------------------------

BLAS = ThreadpoolController().select(user_api="blas")
blas = pytest.mark.skipif(not BLAS.lib_controllers, reason="threadpoolctl does not know this BLAS")


def blas_threads():
    return {library.num_threads for library in BLAS.lib_controllers}


PRODUCTS = {
    **FUNCTIONS,
    "mfcc, 128 bands": lambda y: nax.feature.mfcc(y=y),
    "mel_to_stft": lambda y: nax.feature.inverse.mel_to_stft(nax.feature.melspectrogram(y=y, n_mels=40, **FRAMES), n_fft=512),
    "mel_inverse": lambda y: mel_inverse(sr=22050, n_fft=2048, n_mels=128),
    "istft, logarithmic": lambda y: nax.istft(nax.stft(y, freq_scale="log", **FRAMES), freq_scale="log", length=60000, **FRAMES),
    "cqt": lambda y: nax.cqt(y),
    "icqt, exact": lambda y: nax.icqt(nax.cqt(y[0], method="exact"), method="exact", n_iter=2),
    "superposed waves": lambda y: ops.superposed(*y.reshape(2, -1, 300), *noise(1, (2, 512, 300), "float32"), xp=host),
}


@blas
@pytest.mark.once
@pytest.mark.parametrize("function", PRODUCTS.values(), ids=PRODUCTS)
def test_any_number_of_threads_of_blas_gives_the_same_bits(function):
    results = []
    for n_threads in (1, 2, 3):
        with BLAS.limit(limits=n_threads):
            results.append(function(BATCH))
    assert all(np.array_equal(results[0], other) for other in results[1:])


@blas
@pytest.mark.once
@pytest.mark.parametrize("n_threads", [1, 3])
def test_loops_hold_blas_at_one_thread(n_threads):
    seen = []

    def work(jobs):
        seen.append(blas_threads())
        if jobs[0] == "outer":
            share_out(work, ["inner"] * 3, 2**20)
            seen.append(blas_threads())

    def fail(jobs):
        raise KeyError

    with nax.set_num_threads(n_threads), BLAS.limit(limits=3):
        share_out(work, ["outer", *range(2)], 2**20)
        assert blas_threads() == {3}
        with pytest.raises(KeyError):
            share_out(fail, range(3), 2**20)
        deadline = time.monotonic() + 10
        while blas_threads() != {3} and time.monotonic() < deadline:
            time.sleep(0.01)  # the other shares may be on their way out
        assert blas_threads() == {3}
    assert seen == [{1}] * len(seen)
    assert len(seen) == (3 if n_threads == 1 else 7)


@blas
@pytest.mark.once
def test_who_leaves_last_sets_blas_back():
    """threadpoolctl lets only the thread that set OpenBLAS's number set it again."""
    inside, leave = threading.Event(), threading.Event()

    def caller():
        with one_blas_thread():
            inside.set()
            assert leave.wait(60)
            return blas_threads()

    with ThreadPoolExecutor(1) as other, BLAS.limit(limits=3):
        with one_blas_thread():
            result = other.submit(caller)
            assert inside.wait(60)
        assert blas_threads() == {1}
        leave.set()
        assert result.result() == {1}
        assert blas_threads() == {3}


@blas
@pytest.mark.once
@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="this system has no fork")
def test_a_child_forked_while_others_are_inside_is_outside():
    code = """if True:
        import multiprocessing, threading, warnings
        import numpy as np
        from threadpoolctl import ThreadpoolController
        import nnaudio_xp as nax
        from nnaudio_xp.backends._blas import one_blas_thread

        warnings.simplefilter("ignore", DeprecationWarning)  # Python's own about forks and threads
        blas = ThreadpoolController().select(user_api="blas")
        blas.limit(limits=3)

        def numbers(_):
            found = [library.num_threads for library in blas.lib_controllers]
            with one_blas_thread():
                found += [library.num_threads for library in blas.lib_controllers]
            return found + [library.num_threads for library in blas.lib_controllers]

        inside, leave = threading.Event(), threading.Event()

        def caller():
            with one_blas_thread():
                inside.set()
                leave.wait(60)

        thread = threading.Thread(target=caller)
        thread.start()
        inside.wait(60)
        with multiprocessing.get_context("fork").Pool(1) as children:
            found = children.map_async(numbers, [0]).get(timeout=60)[0]
        leave.set()
        thread.join()
        count = len(blas.lib_controllers)
        print(found == [3] * count + [1] * count + [3] * count, numbers(0) == found)
    """
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert run.stdout == "True True\n"


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
    plain = {name: value for name, value in os.environ.items() if name != "OMP_NUM_THREADS"}
    assert subprocess.run([sys.executable, "-c", code], env=plain, capture_output=True, text=True, check=True).stdout == "1\n"


@pytest.mark.once
@pytest.mark.parametrize(
    ("value", "expected"),
    [("3", 3), ("4,2", 4), (" 2 ", 2), ("16", 8), ("0", 8), ("-1", 8), ("", 8), ("many", 8), (",2", 8), (None, 8)],
)
def test_the_default_heeds_the_environment(value, expected, monkeypatch):
    monkeypatch.setattr(threads, "_bound_to", lambda: 8)
    monkeypatch.setattr(threads, "_own_quota", lambda: math.inf)
    if value is None:
        monkeypatch.delenv("OMP_NUM_THREADS")
    else:
        monkeypatch.setenv("OMP_NUM_THREADS", value)
    with nax.set_num_threads(None):
        assert nax.get_num_threads() == expected


@pytest.mark.once
@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"cpu.max": "200000 100000\n"}, 2),
        ({"cpu.max": "150000 100000\n"}, 2),
        ({"cpu.max": "10000 100000\n"}, 1),
        ({"cpu.max": "max 100000\n"}, 8),
        ({"cpu.max": "1600000 100000\n"}, 8),
        ({"cpu.max": "unreadable"}, 8),
        ({"cpu/cpu.cfs_quota_us": "300000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 3),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 8),
        ({"cpu/cpu.cfs_quota_us": "300000\n", "cpu/cpu.cfs_period_us": "0\n"}, 8),
        ({"cpu/cpu.cfs_quota_us": "300000\n"}, 8),
        ({}, 8),
    ],
)
def test_the_default_heeds_the_containers_quota(files, expected, monkeypatch, tmp_path):
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="ascii")
    quota = threads._quota(tmp_path)
    monkeypatch.setattr(threads, "_bound_to", lambda: 8)
    monkeypatch.setattr(threads, "_own_quota", lambda: quota)
    monkeypatch.delenv("OMP_NUM_THREADS")
    with nax.set_num_threads(None):
        assert nax.get_num_threads() == expected
