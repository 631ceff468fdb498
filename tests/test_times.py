"""Frames, samples and seconds against their definitions and librosa."""

import math
from fractions import Fraction

import numpy as np
import pytest
from assertions import assert_close, assert_same
from hypothesis import given
from hypothesis import strategies as st
from libraries import require, to_numpy

from nnaudio_xp import times
from nnaudio_xp.errors import ParameterError
from nnaudio_xp.util import frame_counts, frame_mask

HOPS = st.integers(1, 5000)
WINDOWS = st.none() | st.integers(1, 10000)
INDICES = st.lists(st.integers(-(10**6), 10**8), min_size=1, max_size=20)


@pytest.fixture(scope="module")
def librosa():
    return pytest.importorskip("librosa")


@given(indices=INDICES, hop_length=HOPS, n_fft=WINDOWS)
def test_integers_are_exact(xp, as_xp, indices, hop_length, n_fft):
    options, offset, array = {"hop_length": hop_length, "n_fft": n_fft}, (n_fft or 0) // 2, as_xp(indices, "int64")
    samples = np.array([index * hop_length + offset for index in indices])
    assert_same(times.frames_to_samples(array, **options), samples, xp=xp)
    assert_same(times.samples_to_frames(array, **options), np.array([(index - offset) // hop_length for index in indices]), xp=xp)
    assert_same(times.samples_to_frames(times.frames_to_samples(array, **options), **options), np.array(indices), xp=xp)


@given(indices=INDICES, block_length=st.integers(1, 64), hop_length=st.integers(1, 512), sr=st.sampled_from([8000, 22050.5]))
def test_blocks_follow_one_another(xp, as_xp, indices, block_length, hop_length, sr):
    array, options = as_xp(indices, "int64"), {"block_length": block_length, "hop_length": hop_length}
    samples = [index * block_length * hop_length for index in indices]
    assert_same(times.blocks_to_frames(array, block_length=block_length), np.array([index * block_length for index in indices]), xp=xp)
    assert_same(times.blocks_to_samples(array, **options), np.array(samples), xp=xp)
    seconds = to_numpy(times.blocks_to_time(array, sr=sr, **options))
    assert_close(seconds, np.array(samples) / sr)
    assert times.blocks_to_samples(indices[0], **options) == samples[0]
    assert times.blocks_to_time(indices[0], sr=sr, **options) == samples[0] / sr


@pytest.mark.once
def test_blocks_like_librosa(librosa):
    for blocks in (0, 3, [10, 20], np.array([[1, 2]])):
        assert_close(times.blocks_to_frames(blocks, block_length=16), librosa.blocks_to_frames(blocks, block_length=16))
        options = {"block_length": 16, "hop_length": 512}
        assert_close(times.blocks_to_samples(blocks, **options), librosa.blocks_to_samples(blocks, **options))
        assert_close(times.blocks_to_time(blocks, sr=8000, **options), librosa.blocks_to_time(blocks, sr=8000, **options))
    assert times.blocks_to_samples(2.5, block_length=3, hop_length=5) == 37


@given(indices=INDICES, hop_length=HOPS, n_fft=WINDOWS, sr=st.floats(1.0, 2e5))
def test_plain_numbers_are_exact(indices, hop_length, n_fft, sr):
    options, offset = {"hop_length": hop_length, "n_fft": n_fft}, (n_fft or 0) // 2
    for index in indices:
        sample, frame = times.frames_to_samples(index, **options), times.samples_to_frames(index, **options)
        assert (type(sample), sample) == (np.int64, index * hop_length + offset)
        assert (type(frame), frame) == (np.int64, (index - offset) // hop_length)
        seconds = times.frames_to_time(index, sr=sr, **options)
        assert isinstance(seconds, np.float64)
        assert_close(np.asarray(seconds), float(Fraction(int(sample)) / Fraction(sr)), rtol=np.finfo(float).eps)
        assert times.time_to_samples(index / 7, sr=sr) == math.trunc(index / 7 * sr)
    assert_close(times.frames_to_samples(indices, **options), np.array([index * hop_length + offset for index in indices]))


def test_seconds_keep_their_precision(xp, as_xp, dtype, lazily):
    seconds = np.array([[-0.75], [0.0], [0.125], [0.3], [10.5]])
    to_samples = lazily(lambda array: times.time_to_samples(array, sr=8000))
    to_time = lazily(lambda array: times.samples_to_time(array, sr=8000))
    samples = np.array([[-6000], [0], [1000], [2400], [84000]])
    assert_same(to_samples(as_xp(seconds, dtype)), samples, xp=xp)
    assert_same(times.time_to_frames(as_xp(seconds, dtype), sr=8000, hop_length=80, n_fft=400), (samples - 200) // 80, xp=xp)
    assert_same(to_time(as_xp(samples, dtype)), samples / 8000, xp=xp, dtype=dtype)


CONVERTERS = ("frames_to_samples", "samples_to_frames", "samples_to_time", "time_to_samples", "frames_to_time", "time_to_frames")


@pytest.mark.parametrize("dtype", ["int8", "uint8", "int16", "uint16", "int32", "uint32"])
def test_small_integers_do_not_overflow(xp, as_xp, dtype):
    """Up to their largest, they give what 64 bits give."""
    values = np.array([0, 101, min(np.iinfo(dtype).max, 10**9)])
    for name in CONVERTERS:
        small, large = (getattr(times, name)(as_xp(values, kind)) for kind in (dtype, "int64"))
        assert small.dtype == large.dtype
        assert_same(small, to_numpy(large), xp=xp, dtype=small.dtype, rtol=0)
    lengths = values[1:] + 0
    assert_same(frame_counts(as_xp(lengths, dtype)), to_numpy(frame_counts(as_xp(lengths, "int64"))), xp=xp)
    assert to_numpy(frame_mask(as_xp(values[:2], dtype), n_frames=300)).sum() == 101


def test_half_precision_does_not_overflow(xp, as_xp, backend):
    if backend.library == "array_api_strict":
        pytest.skip("the standard has no half precision")
    assert_same(times.frames_to_samples(as_xp([200.0], "float16")), np.array([200 * 512]), xp=xp)
    assert_same(times.time_to_samples(as_xp([1000.0], "float16")), np.array([22050000]), xp=xp)


def test_where_integers_have_32_bits():
    """Floats are computed in floats; integers that do not fit are refused."""
    jax = require("jax")
    with jax.enable_x64(False):
        frames = jax.numpy.asarray([5_000_000])
        assert_close(np.asarray(times.frames_to_time(frames)), np.array([5_000_000 * 512 / 22050]), rtol=1e-6)
        assert_close(np.asarray(jax.jit(times.frames_to_time)(frames)), np.array([5_000_000 * 512 / 22050]), rtol=1e-6)
        assert_close(np.asarray(times.time_to_frames(jax.numpy.asarray([2e5]))), np.array([2e5 * 22050 / 512]), rtol=1e-6)
        assert_close(np.asarray(times.times_like(jax.numpy.ones((1, 3)), hop_length=2**33)), np.arange(3) * 2**33 / 22050, rtol=1e-6)
        assert times.frames_to_samples(frames - 1_000_000).tolist() == [4_000_000 * 512]
        for call, name in (
            (lambda: times.frames_to_samples(frames), "frames"),
            (lambda: times.time_to_samples(jax.numpy.asarray([1e5])), "times"),
            (lambda: times.samples_like(jax.numpy.ones((1, 3)), hop_length=2**30), "frames"),
        ):
            with pytest.raises(ParameterError, match=rf"{name}\[\d\]=.* must be from -\d+ to \d+"):
                call()
        for function in (times.frames_to_samples, times.samples_to_frames):
            with pytest.raises(ParameterError, match=r"hop_length must be below 2147483647, the largest integer of jax\.numpy"):
                function(frames, hop_length=2**33)


@pytest.mark.once
@pytest.mark.parametrize("frames", [10**18, [10**18], np.array([2**60]), np.array(-(2**60))])
def test_no_integer_is_too_long_for_64_bits_unnoticed(frames):
    with pytest.raises(ParameterError, match=r"frames(\[0\])?=.* must be from -18014398509481983 to 18014398509481983"):
        times.frames_to_samples(frames)


def test_a_frames_own_time_may_give_the_frame_before(librosa):
    """As in librosa: the quotient was rounded, and its product with the rate is cut."""
    assert times.time_to_frames(times.frames_to_time(15)) == librosa.time_to_frames(librosa.frames_to_time(15)) == 14


def test_fractions_are_truncated_after_multiplying():
    assert times.frames_to_samples(1.7) == 870
    assert times.frames_to_samples(-1.7) == -870
    assert times.samples_to_frames(1023.9) == 1
    assert times.samples_to_frames(-0.1) == -1
    assert times.time_to_samples(-0.25) == -5512


@given(
    values=st.lists(st.floats(-10, 1000), min_size=1, max_size=5), sr=st.sampled_from([8000, 22050, 44100]), hop_length=HOPS, n_fft=WINDOWS
)
def test_like_librosa(librosa, values, sr, hop_length, n_fft):
    rate, frames = {"sr": sr}, {"hop_length": hop_length, "n_fft": n_fft}
    options = {"time_to_samples": rate, "samples_to_time": rate, "frames_to_samples": frames, "samples_to_frames": frames}
    options |= {"frames_to_time": rate | frames, "time_to_frames": rate | frames}
    for name, keywords in options.items():
        for array in (np.array(values), np.array(values, dtype="int64")):
            ours, theirs = (getattr(module, name)(array, **keywords) for module in (times, librosa))
            assert ours.dtype == theirs.dtype
            assert_close(ours, theirs)
    for name, keywords in {"samples_like": frames, "times_like": rate | frames}.items():
        for X in (0, 7, np.int64(3), np.zeros((2, 5)), np.zeros((2, 5), dtype="complex64")):
            ours, theirs = (getattr(module, name)(X, **keywords) for module in (times, librosa))
            assert ours.dtype == theirs.dtype
            assert_close(ours, theirs)


def test_defaults_are_librosas(librosa):
    for name in times.__all__:
        if name.startswith("blocks_"):
            continue  # which have none
        assert_close(np.asarray(getattr(times, name)(37)), getattr(librosa, name)(37))


def test_axes_of_spectrograms(xp, as_xp, dtype):
    spectrogram = as_xp(np.zeros((2, 5, 3)), dtype)
    assert_same(times.samples_like(spectrogram, hop_length=10, n_fft=5), np.array([2, 12, 22]), xp=xp)
    assert_same(times.samples_like(spectrogram, hop_length=10, axis=1), np.array([0, 10, 20, 30, 40]), xp=xp)
    seconds = times.times_like(spectrogram, sr=100, hop_length=10, axis=-3)
    assert_same(seconds, np.array([0, 0.1]), xp=xp, dtype=seconds.dtype)
    assert xp.isdtype(seconds.dtype, "real floating")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: times.frames_to_samples(3, hop_length=0), "hop_length=0 must be a positive integer"),
        (lambda: times.samples_to_frames(3, hop_length=-512), "hop_length=-512 must be a positive integer"),
        (lambda: times.frames_to_time(3, hop_length=220.5), "hop_length=220.5 must be a positive integer"),
        (lambda: times.time_to_frames(3, hop_length="512"), "hop_length='512' must be a positive integer"),
        (lambda: times.frames_to_samples(3, n_fft=0), "n_fft=0 must be a positive integer"),
        (lambda: times.samples_to_time(3, sr=0), "sr=0 must be a finite positive number"),
        (lambda: times.time_to_samples(3, sr=-1), "sr=-1 must be a finite positive number"),
        (lambda: times.times_like(3, sr=0), "sr=0 must be a finite positive number"),
        (lambda: times.blocks_to_frames(3, block_length=0), "block_length=0 must be a positive integer"),
        (lambda: times.blocks_to_samples(3, block_length=2, hop_length=0.5), "hop_length=0.5 must be a positive integer"),
        (lambda: times.blocks_to_time("x", block_length=2, hop_length=2, sr=8000), "blocks='x' must hold real numbers"),
        (lambda: times.frames_to_samples("x"), "frames='x' must hold real numbers"),
        (lambda: times.samples_to_frames([1, [2, 3]]), "samples="),
        (lambda: times.time_to_samples(np.array([1j])), "times has dtype complex128"),
        (lambda: times.samples_like(-1), "X=-1 must be a non-negative integer"),
        (lambda: times.samples_like([1, 2]), "must be a non-negative integer"),
        (lambda: times.samples_like(np.zeros((2, 3)), axis=2), r"axis=2 must be between -2 and 1"),
        (lambda: times.times_like(np.zeros((2, 3)), axis=-3), r"axis=-3 must be"),
    ],
)
def test_bad_input(call, message):
    with pytest.raises(ParameterError, match=message):
        call()
