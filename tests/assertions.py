"""Comparisons that assert and return nothing."""

from types import ModuleType
from typing import Any

import array_api_compat
import numpy as np
from libraries import home, to_numpy

from nnaudio_xp._namespace import dtype_name

MULTIPLES_OF_EPS = 32


def assert_same(
    actual: Any,
    expected: Any,
    *,
    xp: ModuleType,
    rtol: float | None = None,
    atol: float | None = None,
    dtype: Any = None,
    device: Any = None,
) -> None:
    """Assert that an array has the namespace `xp`, the device, the dtype, the shape and the values
    of what was expected.

    `expected` is NumPy's, often a float64 reference. `dtype` (a name or a dtype; by default the
    reference's own) names the precision that the array must have: for a complex reference, float32
    stands for complex64. `device` defaults to the one that the running test's fixtures put arrays
    on.

    The rule for values: |actual - expected| <= atol + rtol * |expected|, where rtol defaults to 32
    eps of the array's precision and atol to rtol times the greatest finite magnitude of the
    reference, since errors of sums and transforms scale with the largest term rather than with each
    result. Integers and booleans are equal exactly. NaN and infinities must stand in the same
    places.
    """
    expected = np.asarray(expected)
    name = _precision(dtype_name(expected.dtype if dtype is None else dtype), expected)
    assert array_api_compat.is_array_api_obj(actual), f"a {type(actual).__name__} is no array"
    assert array_api_compat.array_namespace(actual) is xp, f"{array_api_compat.array_namespace(actual).__name__} is not {xp.__name__}"
    where = home(xp) if device is None else device
    assert array_api_compat.device(actual) == where, f"on device {array_api_compat.device(actual)!r}, expected {where!r}"
    assert dtype_name(actual.dtype) == name, f"dtype {dtype_name(actual.dtype)}, expected {name}"
    assert tuple(actual.shape) == expected.shape, f"shape {tuple(actual.shape)}, expected {expected.shape}"
    assert_close(to_numpy(actual), expected, rtol=rtol, atol=atol)


def assert_close(actual: np.ndarray, expected: Any, *, rtol: float | None = None, atol: float | None = None) -> None:
    """Assert the values of a NumPy array by the rule of `assert_same`."""
    expected = np.asarray(expected)
    assert actual.shape == expected.shape, f"shape {actual.shape}, expected {expected.shape}"
    exact = actual.dtype.kind not in "fc"
    if rtol is None:
        rtol = 0.0 if exact else MULTIPLES_OF_EPS * float(np.finfo(actual.dtype).eps)
    if atol is None:
        atol = 0.0 if exact else rtol * float(np.max(np.abs(expected), where=np.isfinite(expected), initial=0.0))
    agrees = np.isclose(actual, expected, rtol=rtol, atol=atol, equal_nan=True)
    assert agrees.all(), _worst(actual, expected, agrees, rtol, atol)


def _precision(name: str, expected: np.ndarray) -> str:
    return {"float32": "complex64", "float64": "complex128"}.get(name, name) if expected.dtype.kind == "c" else name


def _worst(actual: np.ndarray, expected: np.ndarray, agrees: np.ndarray, rtol: float, atol: float) -> str:
    with np.errstate(invalid="ignore"):
        error = np.where(agrees, -1.0, np.nan_to_num(np.abs(actual - expected), nan=np.inf))
    index = tuple(int(i) for i in np.unravel_index(np.argmax(error), error.shape))
    return (
        f"{np.count_nonzero(~agrees)} of {agrees.size} elements differ; the worst, at {index}: {actual[index]!r}, "
        f"expected {expected[index]!r}, error {error[index]:.3g} (rtol={rtol:.3g}, atol={atol:.3g})"
    )
