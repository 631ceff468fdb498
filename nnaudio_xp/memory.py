"""How much memory of results that are gone is kept for the next ones."""

from __future__ import annotations

from types import TracebackType

from ._backends import backend_module
from .errors import as_integer

__all__ = ["get_pool_limit", "set_pool_limit"]

_limit = 2**27


def get_pool_limit() -> int:
    """The bytes of freed results that are kept for the next ones at most.

    Returns
    -------
    int [bytes]

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.get_pool_limit() // 2**20
    128
    """
    return _limit


class set_pool_limit:
    """Set how much memory of freed results is kept for the next ones, for good or as a context
    manager for a block.

    NumPy arrays and CPU tensors of PyTorch of 4 MiB and more, such as spectrograms, get memory that
    an earlier result had, once nothing refers to that: the system's fresh pages would cost up to
    half of the time of a transform. The process holds at most so much more than it uses.

    Parameters
    ----------
    limit : int >= 0 [bytes]
        The most that is kept; 0 keeps nothing, and what is kept beyond the limit is freed now.

    Raises
    ------
    ParameterError
        If `limit` is no non-negative integer.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> with nax.set_pool_limit(0):
    ...     nax.get_pool_limit()
    0
    """

    def __init__(self, limit: int) -> None:
        self._before = _limit
        _set(as_integer("limit", limit, minimum=0))

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        _set(self._before)


def _set(limit: int) -> None:
    global _limit
    _limit = limit
    backend_module("numpy.results").pool.drop_beyond(limit)
