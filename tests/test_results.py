"""Memory of results that are gone serves the next ones, never two at once."""

import gc
import pickle
import threading

import numpy as np
import pytest
from examples import noise
from libraries import require

import nnaudio_xp as nax
from nnaudio_xp.backends.numpy.results import LARGER, SMALLEST, pool, result
from nnaudio_xp.errors import ParameterError

pytestmark = pytest.mark.once

Y = noise(0, (4, 2**20), "float32")


@pytest.fixture(autouse=True)
def _empty_pool():
    with nax.set_pool_limit(0):
        pass


def kept():
    return sum(memory.nbytes for memory in pool._free)


def where(array):
    return array.__array_interface__["data"][0]


def test_memory_is_used_again_once_no_array_has_it():
    first = nax.stft(Y)
    place, part = where(first), first[0, :10]
    del first
    assert kept() == 0
    assert where(nax.stft(Y)) != place
    del part
    assert kept() >= Y.size * 8
    again = nax.stft(Y)
    assert where(again) == place


def test_results_that_live_keep_their_numbers():
    expected = abs(nax.stft(Y[0]))
    found = []
    for _ in range(3):
        found.append(nax.spectrogram(Y, power=1))
        nax.spectrogram(-Y, power=2)
        nax.stft(Y)
    for values in found:
        np.testing.assert_allclose(values[0], expected, rtol=1e-3, atol=1e-3)
    assert len({where(values) for values in found}) == 3


def test_tensors_keep_their_memory():
    torch = require("torch")
    found = nax.stft(torch.from_numpy(Y))
    place, expected = found.data_ptr(), found.clone()
    assert where(nax.stft(Y)) != place
    assert torch.equal(found, expected)
    del found
    assert nax.stft(torch.from_numpy(Y)).data_ptr() == place


def test_the_limit_bounds_what_is_kept():
    size = 2 * SMALLEST
    for limit, most in ((0, 0), (size - 1, 0), (3 * size, 3)):
        with nax.set_pool_limit(limit):
            arrays = [result((size,), "uint8") for _ in range(5)]
            del arrays
            assert kept() == most * size
    with nax.set_pool_limit(size):
        assert kept() == size
    assert nax.get_pool_limit() == 2**27
    for bad in (-1, 0.5, None):
        with pytest.raises(ParameterError, match="limit="):
            nax.set_pool_limit(bad)


def test_memory_goes_to_results_of_about_its_size():
    size = 2 * SMALLEST
    place = where(result((size,), "uint8"))
    assert where(result((int(size / LARGER) - 1,), "uint8")) != place
    assert where(result((size // 8,), "complex64")) == place
    assert where(result((size // 8 + 1,), "complex64")) != place


def test_arrays_are_like_any_other():
    found = result((3, SMALLEST), "float32")
    found[...] = 1
    assert found.flags.carray
    assert type(found) is np.ndarray
    assert np.array_equal(pickle.loads(pickle.dumps(found)), found)


def test_threads_and_collections_never_share_memory():
    mistakes = []

    def work(number):
        for turn in range(100):
            values = result((SMALLEST // 4 + number,), "float32")
            values[::1000] = number
            cycle = [values]
            cycle.append(cycle)
            del cycle
            if turn % 10 == 0:
                gc.collect()
            mistakes.extend(values[::1000][values[::1000] != number])
            del values

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not mistakes
