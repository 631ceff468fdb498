"""Slopes of features and what was before them: against their definitions, SciPy and librosa."""

import inspect

import numpy as np
import pytest
import scipy.signal
from assertions import assert_close, assert_same
from examples import noise
from hypothesis import given
from hypothesis import strategies as st

import nnaudio_xp as nax

MODES = ["interp", "nearest", "mirror", "constant", "wrap"]
PADDINGS = ["constant", "edge", "reflect", "symmetric", "wrap", "linear_ramp", "maximum", "minimum", "mean", "median"]


@given(
    width=st.sampled_from([3, 5, 9, 11]),
    order=st.integers(1, 2),
    degree=st.none() | st.integers(0, 2),
    mode=st.sampled_from(MODES),
    axis=st.sampled_from([0, -1]),
    step=st.sampled_from([1.0, 0.5]),
    cval=st.sampled_from([0.0, 2.0]),
)
def test_slopes_like_scipy(xp, as_xp, lazily, width, order, degree, mode, axis, step, cval):
    data = noise(0, (11, 2, 12), "float64")
    others = {"delta": step, "cval": cval, "polyorder": order if degree is None else degree}
    expected = scipy.signal.savgol_filter(data, width, deriv=order, axis=axis, mode=mode, **others)
    transform = lazily(lambda data: nax.feature.delta(data, width=width, order=order, axis=axis, mode=mode, **others))
    assert_same(transform(as_xp(data)), expected, xp=xp, rtol=1e-11)


@pytest.mark.parametrize("mode", MODES)
def test_wide_windows(xp, as_xp, dtype, mode):
    """Wider than sums of shifted rows are worth, and than the data where it goes on."""
    data = noise(0, (2, 100), dtype)
    for width in (81, *([121] if mode != "interp" else [])):
        expected = scipy.signal.savgol_filter(data.astype("float64"), width, polyorder=1, deriv=1, mode=mode)
        assert_same(nax.feature.delta(as_xp(data), width=width, mode=mode), expected, xp=xp, dtype=dtype)


def test_slopes_of_a_polynomial_are_its_derivatives(xp, as_xp, dtype):
    times = np.arange(20.0)
    data = np.stack([0 * times + 3, 2 * times, times**2]).astype(dtype)
    expected = np.stack([0 * times, 0 * times + 2, 2 * times])
    assert_same(nax.feature.delta(as_xp(data), polyorder=2), expected, xp=xp, dtype=dtype)


@pytest.mark.parametrize("mode", PADDINGS)
@pytest.mark.parametrize(("n_steps", "delay"), [(2, 1), (4, 3), (3, -2), (1, 5), (3, 9)])
def test_memory_by_definition(xp, as_xp, lazily, dtype, mode, n_steps, delay):
    data = noise(0, (2, 3, 7), dtype)
    reach = (n_steps - 1) * abs(delay)
    padded = np.pad(
        data, [(0, 0), (0, 0), (reach, reach) if mode != "linear_ramp" else (reach * (delay > 0), reach * (delay < 0))], mode=mode
    )
    start = reach if mode != "linear_ramp" else reach * (delay > 0)
    expected = np.concatenate([padded[..., start - step * delay : start - step * delay + 7] for step in range(n_steps)], axis=-2)
    transform = lazily(lambda data: nax.feature.stack_memory(data, n_steps=n_steps, delay=delay, mode=mode))
    assert_same(transform(as_xp(data)), expected, xp=xp)


def test_memory_of_a_row_of_integers(xp, as_xp):
    stacked = nax.feature.stack_memory(as_xp(np.arange(5)), n_steps=3, delay=-1, constant_values=-1)
    assert_same(stacked, np.array([[0, 1, 2, 3, 4], [1, 2, 3, 4, -1], [2, 3, 4, -1, -1]]), xp=xp)


@pytest.mark.once
def test_like_librosa(librosa):
    data = noise(0, (4, 30), "float32")
    for options in ({}, {"width": 5, "order": 2}, {"mode": "nearest", "axis": 0}):
        found = nax.feature.delta(data, **options)
        assert found.dtype == "float32"
        assert_close(found, librosa.feature.delta(data, **options), rtol=1e-5)
    for options in ({}, {"n_steps": 3, "delay": -4, "mode": "edge"}, {"constant_values": 2}):
        assert np.array_equal(nax.feature.stack_memory(data, **options), librosa.feature.stack_memory(data, **options))


@pytest.mark.once
@pytest.mark.parametrize("name", ["delta", "stack_memory"])
def test_librosas_arguments(librosa, name):
    theirs, ours = (inspect.signature(getattr(module.feature, name)).parameters for module in (librosa, nax))
    assert list(ours) == list(theirs)
    assert [ours[each].default for each in theirs] == [theirs[each].default for each in theirs]


DATA = np.ones((2, 8))


@pytest.mark.once
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nax.feature.delta(DATA), "width=9 must be at most the 8 points of data with mode='interp'"),
        (lambda: nax.feature.delta(DATA, width=4), "width=4 must be odd"),
        (lambda: nax.feature.delta(DATA, width=1), "width=1 must be an integer of at least 3"),
        (lambda: nax.feature.delta(DATA, width=3, order=0), "order=0 must be a positive integer"),
        (lambda: nax.feature.delta(DATA, width=3, order=3), "polyorder=3 must be below width=3"),
        (lambda: nax.feature.delta(DATA, width=3, mode="fold"), "mode='fold' must be one of 'interp', 'nearest'"),
        (lambda: nax.feature.delta(DATA, width=3, deltas=2), "deltas=2 is no argument"),
        (lambda: nax.feature.delta([1.0, 2.0]), "data is a list: it must be an array"),
        (lambda: nax.feature.stack_memory(DATA, n_steps=0), "n_steps=0 must be a positive integer"),
        (lambda: nax.feature.stack_memory(DATA, delay=0), "delay=0 must be an integer other than 0"),
        (lambda: nax.feature.stack_memory(DATA, mode="fold"), "mode='fold' must be one of 'constant', 'edge'"),
        (lambda: nax.feature.stack_memory(DATA[:, :0]), r"data has shape \(2, 0\): it must have at least one frame"),
    ],
)
def test_errors(call, message):
    with pytest.raises(nax.ParameterError, match=message):
        call()
