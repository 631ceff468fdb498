"""The one error for bad input, the checks that raise it, and how to warn.

Every check names the argument, shows its value and says what would be valid. Checks look at
parameters, shapes and dtypes, never at sample values: looking at values would synchronise a GPU and
break a traced graph.
"""

from __future__ import annotations

import math
import operator
import sys
import warnings
from collections.abc import Collection, Sequence
from typing import Any

from ._backends import constant_in_graphs

__all__ = ["ParameterError"]

LARGEST = 2**32
"""Bytes that arrays may take whose size the arguments decide, not the signal: more than any filter
bank, window or kernel that is in use, and less than what most machines have.
"""

LISTED = 128
"""Bytes for each number that Python handles one by one: a float, its place in a list, and again in
what is made of it.
"""

MOST = 2**53
"""The largest integer: up to there, floats hold all of them."""


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


@constant_in_graphs
def warn(message: str, *values: Any, category: type[Warning] = UserWarning) -> None:
    """Warn of the line that called this package: the nearest one outside of it, however many
    functions lie between. A message that `values` stand in is a template: compilers may have
    symbols for these.
    """
    frame, level = sys._getframe(1), 2
    while frame.f_back and str(frame.f_globals.get("__name__")).partition(".")[0] == __package__:
        frame, level = frame.f_back, level + 1
    warnings.warn(message.format(*values) if values else message, category, stacklevel=level)


def shown(value: Any) -> str:
    """The value as messages show it; Python writes out no integer of more than 4300 digits."""
    try:
        return repr(value)
    except ValueError:
        return "(more than 4300 digits)"


def is_truth(value: Any) -> bool:
    """Whether a value is True or False, of Python or of an array library: these are no numbers."""
    if isinstance(value, (int, float, str)):  # no compiler can ask its symbols for attributes
        return isinstance(value, bool)
    return str(getattr(value, "dtype", "")).rpartition(".")[2] == "bool"


def as_integer(name: str, value: Any, *, minimum: int = 1) -> int:
    """The value as a Python int of at least `minimum`."""
    try:
        integer = operator.index(value)
    except TypeError:
        integer = minimum - 1
    if integer < minimum or is_truth(value):
        kind = {0: "a non-negative integer", 1: "a positive integer"}.get(minimum, f"an integer of at least {minimum}")
        raise ParameterError(f"{name}={shown(value)} must be {kind}")
    if integer > MOST:
        raise ParameterError(f"{name}={shown(value)} must be at most {MOST}")
    return integer


def check_size(what: str, shape: Sequence[float], decided_by: str | dict[str, Any], *, each: int = 8, given: int = 0) -> None:
    """Raise if an array would be larger than `LARGEST`, before it is made; the message says what
    decided that, in words or by the arguments, which compilers may have symbols for.

    `each` is the bytes of a number; an array may always have as many numbers as the caller's own,
    `given`.
    """
    count = 1.0
    for size in shape:
        count *= size
    if not each * count <= LARGEST and not count <= given:
        if not isinstance(decided_by, str):
            decided_by = ", ".join(f"{name}={shown(value)}" for name, value in decided_by.items())
        sizes = " x ".join(f"{size:.10g}" for size in shape)
        raise ParameterError(
            f"{decided_by} would take {each * count / 1e9:.3g} GB for {what} ({sizes}): at most {LARGEST / 1e9:.2g} GB can be asked for"
        )


def check_octaves(lowest: float, octaves: float, decided_by: str) -> None:
    """Raise if the frequency so many octaves above the lowest is none that a float can hold."""
    if not abs(math.log2(lowest) + octaves) < 1000:
        raise ParameterError(f"{decided_by} would reach {octaves:g} octaves above {lowest:g} Hz: no float holds such frequencies")


def as_positive(name: str, value: Any) -> float:
    """The value as a float above zero."""
    return as_number(name, value, above=0.0)


def as_number(name: str, value: Any, *, above: float | None = None, minimum: float | None = None) -> float:
    """The value as a finite float, above or at least a bound where one is given."""
    try:
        number = float("nan") if isinstance(value, str | bytes) or is_truth(value) else float(value)
    except (TypeError, ValueError, OverflowError):
        number = float("nan")
    kind = "a finite number"
    if above is not None:
        kind = "a finite positive number" if above == 0 else f"a finite number above {above:g}"
    elif minimum is not None:
        kind = "a finite non-negative number" if minimum == 0 else f"a finite number of at least {minimum:g}"
    finite = number - number == 0
    if not finite or (above is not None and number <= above) or (minimum is not None and number < minimum):
        raise ParameterError(f"{name}={shown(value)} must be {kind}")
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
    if not any(own is option or (own == option and isinstance(own, type(option)) and not isinstance(own, bool)) for option in allowed):
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
