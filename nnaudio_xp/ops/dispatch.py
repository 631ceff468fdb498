"""What an operation is: a portable function, and the native versions that backends have of it.

A backend registers a native version by reference, ``@native(ops.spectra)``, so that a misspelt name
fails when it is imported, and the types of both are compared. The modules of a backend's versions
are imported when an operation first meets arrays of its library.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import ParamSpec, Protocol, TypeVar

from .._backends import backends, constant_in_graphs

P = ParamSpec("P")
R = TypeVar("R")


class Operation(Protocol[P, R]):
    """Called with ``xp=``, it runs the native version of that library, or the portable one where
    there is none.
    """

    portable: Callable[P, R]
    native: dict[str, Callable[P, R]]

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R: ...


_loaded: set[str] = set()


@constant_in_graphs
def load(library: str) -> None:
    """Import the native versions of a library, given by the name of its namespace, if there are
    any.
    """
    if library not in _loaded:
        backends().load_operations(library)
        _loaded.add(library)


def operation(portable: Callable[P, R]) -> Operation[P, R]:
    """Make a portable function an operation."""
    versions: dict[str, Callable[P, R]] = {}

    @wraps(portable)
    def choose(*args: P.args, **kwargs: P.kwargs) -> R:
        library: str = kwargs["xp"].__name__  # type: ignore[attr-defined]
        if library not in _loaded:
            load(library)
        return versions.get(library, portable)(*args, **kwargs)

    choose.portable, choose.native = portable, versions  # type: ignore[attr-defined]
    return choose  # type: ignore[return-value]


def native_in(library: str) -> Callable[[Operation[P, R]], Callable[[Callable[P, R]], Callable[P, R]]]:
    """The decorator that registers a library's native versions, each with its operation."""

    def native(operation: Operation[P, R]) -> Callable[[Callable[P, R]], Callable[P, R]]:
        def register(version: Callable[P, R]) -> Callable[P, R]:
            operation.native[library] = version
            return version

        return register

    return native
