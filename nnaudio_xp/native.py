"""Whether the loops in C++ are used on the CPU, where they were built."""

from __future__ import annotations

from types import TracebackType

from ._backends import backend_module
from .errors import ParameterError

__all__ = ["get_native_loops", "set_native_loops"]

_wanted = True


def wanted() -> bool:
    """Whether they are switched on."""
    return _wanted


def get_native_loops() -> str:
    """The instruction set that the loops in C++ use, or why there are none.

    Returns
    -------
    str
        'AVX-512', 'AVX2', 'NEON', or 'none: ' and the reason.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> with nax.set_native_loops(False):
    ...     nax.get_native_loops()
    'none: set_native_loops(False)'
    """
    if not _wanted:
        return "none: set_native_loops(False)"
    description: str = backend_module("_native").describe()
    return description


class set_native_loops:
    """Switch the loops in C++ on or off, for good or as a context manager for a block.

    Without them, or where they were not built, NumPy and SciPy do the work: the same to rounding.

    Parameters
    ----------
    use : bool
        Whether to use them where they can be.

    Raises
    ------
    ParameterError
        If `use` is neither True nor False.

    Examples
    --------
    >>> import numpy as np
    >>> import nnaudio_xp as nax
    >>> with nax.set_native_loops(False):
    ...     nax.stft(np.ones(64, dtype=np.float32), n_fft=32).shape
    (17, 9)
    """

    def __init__(self, use: bool) -> None:
        global _wanted
        if not isinstance(use, bool):
            raise ParameterError(f"use={use!r} must be True or False")
        self._before, _wanted = _wanted, use

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        global _wanted
        _wanted = self._before
