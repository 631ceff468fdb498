"""The one error for bad input, the checks that raise it, and how to warn.

Every check names the argument, shows its value and says what would be valid. Checks look at
parameters, shapes and dtypes, never at sample values: looking at values would synchronise a GPU and
break a traced graph.
"""

from __future__ import annotations

import operator
import sys
import warnings
from collections.abc import Collection
from typing import Any

__all__ = ["ParameterError"]


class ParameterError(ValueError):
    """An argument is outside what the function accepts.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> try:
    ...     nax.frames_to_samples(3, hop_length=0)
    ... except nax.ParameterError as error:
    ...     print(error)
    hop_length=0 must be a positive integer
    """


def warn(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn of the line that called this package: the nearest one outside of it, however many
    functions lie between.
    """
    frame, level = sys._getframe(1), 2
    while frame.f_back and str(frame.f_globals.get("__name__")).partition(".")[0] == __package__:
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=level)


def as_integer(name: str, value: Any, *, minimum: int = 1) -> int:
    """The value as a Python int of at least `minimum`."""
    try:
        integer = operator.index(value)
    except TypeError:
        integer = minimum - 1
    if integer < minimum or isinstance(value, bool):
        kind = {0: "a non-negative integer", 1: "a positive integer"}.get(minimum, f"an integer of at least {minimum}")
        raise ParameterError(f"{name}={value!r} must be {kind}")
    return integer


def as_positive(name: str, value: Any) -> float:
    """The value as a float above zero."""
    return as_number(name, value, above=0.0)


def as_number(name: str, value: Any, *, above: float | None = None, minimum: float | None = None) -> float:
    """The value as a finite float, above or at least a bound where one is given."""
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError):
        number = float("nan")
    kind = "a finite number"
    if above is not None:
        kind = "a finite positive number" if above == 0 else f"a finite number above {above:g}"
    elif minimum is not None:
        kind = "a finite non-negative number" if minimum == 0 else f"a finite number of at least {minimum:g}"
    finite = number - number == 0
    if not finite or (above is not None and number <= above) or (minimum is not None and number < minimum):
        raise ParameterError(f"{name}={value!r} must be {kind}")
    return number


def as_sequence(name: str, values: Any) -> list[Any]:
    """The values one by one; one at least."""
    try:
        listed = list(values)
    except TypeError:
        listed = []
    if not listed:
        raise ParameterError(f"{name}={values!r} must be a sequence of one number or more")
    return listed


def one_of(name: str, value: Any, allowed: Collection[Any]) -> Any:
    """The value, if it is among `allowed`; a scalar of NumPy's counts as Python's."""
    own = plain(value)
    if not any(own is option or (isinstance(own, type(option)) and own == option) for option in allowed):
        raise ParameterError(f"{name}={value!r} must be one of {', '.join(repr(option) for option in allowed)}")
    return own


def plain(value: Any) -> Any:
    """Python's own number or text where NumPy's scalar was given."""
    if isinstance(value, (int, float, str)):  # no compiler can ask its symbols for attributes
        return value
    return value.item() if getattr(value, "shape", None) == () else value


def frequency_range(fmin: Any, fmax: Any, sr: float, *, minimum: float = 0.0) -> tuple[float, float]:
    """The checked pair `minimum <= fmin < fmax <= sr / 2`, with `fmax=None` standing for the
    Nyquist frequency.
    """
    low = as_number("fmin", fmin, minimum=minimum)
    high = sr / 2 if fmax is None else as_number("fmax", fmax)
    if high > sr / 2:
        raise ParameterError(f"fmax={fmax!r} must be at most sr / 2 = {sr / 2:g} Hz")
    if low >= high:
        raise ParameterError(f"fmin={fmin!r} must be below fmax={high:g} Hz")
    return low, high
