"""The same call on librosa and here, with arguments drawn from the signatures."""

import inspect
import warnings
from typing import Any

import numpy as np
import pytest
from assertions import assert_close
from catalogue import find, public_functions
from examples import at_most, seeds
from hypothesis import given
from librosa_calls import CALLS, OTHERWISE, Call

import nnaudio_xp as nax

pytestmark = [pytest.mark.once, pytest.mark.filterwarnings("ignore")]

LENGTHS = (3000, 6500, 9000)


def doubled(value: Any) -> Any:
    """Arrays of single precision in double."""
    single = isinstance(value, np.ndarray) and value.dtype.name in ("float32", "complex64")
    return value.astype(np.result_type(value, np.float64)) if single else value


def narrowed(value: Any) -> Any:
    double = isinstance(value, np.ndarray) and value.dtype.name in ("float64", "complex128")
    return value.astype("float32" if value.dtype.kind == "f" else "complex64") if double else value


def outcome(function: Any, arguments: dict[str, Any]) -> Any:
    """What a call gives, or the error that it raises."""
    try:
        return function(**arguments)
    except Exception as error:  # noqa: BLE001 - librosa's errors of every kind are its answer
        return error


def assert_equal(ours: Any, theirs: Any, rtol: float) -> None:
    """Arrays to a share of their largest number, anything else exactly."""
    if isinstance(theirs, tuple | list) and not all(np.isscalar(part) for part in theirs):
        assert len(ours) == len(theirs)
        for our, their in zip(ours, theirs, strict=True):
            assert_equal(our, their, rtol)
        return
    theirs = theirs.toarray() if hasattr(theirs, "toarray") else np.asarray(theirs)
    ours = ours.toarray() if hasattr(ours, "toarray") else np.asarray(ours)
    if theirs.dtype.kind not in "fc":
        assert np.array_equal(ours, theirs)
        return
    assert ours.shape == theirs.shape
    peak = float(np.max(np.abs(theirs), where=np.isfinite(theirs), initial=0.0))
    assert_close(ours.astype(theirs.dtype), theirs, rtol=rtol, atol=rtol * peak)


def has(package: Any, name: str) -> bool:
    try:
        find(package, name)
    except AttributeError:
        return False
    return True


def test_every_function_of_librosas_is_compared(librosa):
    names = {name for name in public_functions() if has(librosa, name)} | set(OTHERWISE)
    assert sorted([*(call.name for call in CALLS), *OTHERWISE]) == sorted(names)


@pytest.mark.parametrize("call", CALLS, ids=str)
@at_most(24)
@given(seed=seeds)
def test_the_same_as_librosa(librosa, call: Call, seed: int):
    """In double precision; and in single precision, near to librosa's double."""
    if call.since and librosa.__version__ < call.since:
        pytest.skip(f"librosa {librosa.__version__} gives other numbers")
    rng = np.random.default_rng(seed)
    given_arrays = call.inputs(rng, LENGTHS[rng.integers(len(LENGTHS))])
    theirs, ours = call.function(librosa), call.function(nax)
    options = call.drawn(rng, given_arrays, list(inspect.signature(theirs).parameters))
    single = call.single is not None and rng.random() < 0.3
    arrays = {name: narrowed(value) if single else value for name, value in given_arrays.items()}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = outcome(theirs, {name: doubled(value) for name, value in arrays.items()} | options)
        found = outcome(ours, arrays | options)
    if isinstance(expected, librosa.ParameterError):
        assert isinstance(found, nax.ParameterError), f"{options} are refused by librosa: {expected}"
    elif not isinstance(expected, Exception):
        assert not isinstance(found, Exception), f"{options}: {found!r}"
        assert_equal(found, expected, call.single if single else call.rtol)
