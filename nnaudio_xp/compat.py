"""Librosa's name for this package, in programs that cannot be edited."""

from __future__ import annotations

import contextlib
import importlib
import pkgutil
import sys
from collections.abc import Iterator, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType, TracebackType
from typing import Any

import nnaudio_xp as nax

from .core import CHAPTERS, _spectrogram
from .errors import ParameterError

__all__ = ["install_librosa"]

RELEASE = "1.0.0"  # of librosa, whose names, defaults and numbers are followed
PLACES = {
    "librosa": "nnaudio_xp",
    "librosa.core": "nnaudio_xp",
    **{f"librosa.core.{name}": "nnaudio_xp" for name in CHAPTERS},
    "librosa.feature.spectral": ".feature.spectral",
    "librosa.feature.rhythm": ".feature.rhythm",
    "librosa.feature.utils": ".feature.utils",
    "librosa.util.matching": ".util",
    "librosa.util.utils": ".util",
    "librosa.util.exceptions": ".errors",
}
"""Librosa's module -> ours, where the name differs. Librosa's core is what stands at the top here; the
chapters have librosa's names.
"""


class _Joined(ModuleType):
    """A module of librosa's name: the public names of one of ours, then those of librosa's own."""

    def __init__(self, name: str, ours: ModuleType, theirs: ModuleType | None) -> None:
        super().__init__(name, ours.__doc__)
        self._ours, self._theirs = ours, theirs
        self.__file__ = ours.__file__
        self.__path__: list[str] = []

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            return [member for member in dir(self) if not member.startswith("_")]
        if name in self._ours.__all__:
            value = getattr(self._ours, name)
            if not isinstance(value, ModuleType):  # modules stand where librosa has them
                return value
        if self._theirs is not None and hasattr(self._theirs, name):
            return getattr(self._theirs, name)
        raise AttributeError(f"{self.__name__} is nnaudio_xp here, which has no {name!r}")

    def __dir__(self) -> list[str]:
        ours = [name for name in self._ours.__all__ if not isinstance(getattr(self._ours, name), ModuleType)]
        return sorted({*vars(self), *ours, *getattr(self._theirs, "__all__", ())})


class _Finder(MetaPathFinder, Loader):
    """Finds the modules of an installation, and nothing else of librosa's name."""

    def __init__(self, modules: dict[str, ModuleType]) -> None:
        self._modules = modules

    def find_spec(self, fullname: str, path: Sequence[str] | None = None, target: ModuleType | None = None) -> ModuleSpec | None:
        if fullname.partition(".")[0] != "librosa":
            return None
        if fullname not in self._modules:
            raise ModuleNotFoundError(f"librosa is nnaudio_xp here, which has no {fullname}", name=fullname)
        return ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec: ModuleSpec) -> None:
        """Python's own, which `exec_module` replaces."""

    def exec_module(self, module: ModuleType) -> None:
        name = module.__name__
        sys.modules[name] = self._modules[name]


def _imported() -> dict[str, ModuleType]:
    """What is imported under librosa's name."""
    return {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "librosa"}


def _librosas_own() -> dict[str, ModuleType]:
    """All modules of the installed librosa, and every name in them, which it would look up under
    its own name when first used; empty without librosa.
    """
    try:
        librosa = importlib.import_module("librosa")
    except ModuleNotFoundError as error:
        if error.name != "librosa":
            raise
        return {}
    if librosa.__name__ != "librosa":  # another module was given its name
        return {}
    for module in pkgutil.walk_packages(getattr(librosa, "__path__", []), "librosa."):
        with contextlib.suppress(ImportError):  # it may need what is not installed
            importlib.import_module(module.name)
    modules = _imported()
    for found in modules.values():
        for name in getattr(found, "__all__", ()):
            with contextlib.suppress(AttributeError, ImportError):
                vars(found)[name] = getattr(found, name)
    return modules


def _chapters(module: ModuleType, name: str) -> Iterator[tuple[str, ModuleType]]:
    """The public modules below a module, by librosa's names for them."""
    for member in module.__all__:
        value = getattr(module, member) if module is nax else vars(module).get(member)  # labels need matplotlib
        if isinstance(value, ModuleType) and member not in ("backends", "compat"):
            yield f"{name}.{member}", value
            yield from _chapters(value, f"{name}.{member}")


def _modules(theirs: dict[str, ModuleType]) -> dict[str, ModuleType]:
    """What each of librosa's names means: a chapter of ours itself, unless librosa's own adds to
    it.
    """
    chapters = dict(_chapters(nax, "librosa"))
    places = {name: importlib.import_module(place, nax.__name__) for name, place in PLACES.items()}
    joined = {
        name: ours if ours in chapters.values() and not theirs else _Joined(name, ours, theirs.get(name))
        for name, ours in {**chapters, **places}.items()
    }
    vars(joined["librosa.core.spectrum"])["_spectrogram"] = _spectrogram
    return {**theirs, **joined}


class install_librosa:
    """Let `import librosa` mean this package, for good or as a context manager for a block.

    Programs that say ``import librosa``, ``from librosa.util import normalize`` or
    ``librosa.feature.mfcc`` get the functions and modules of this package themselves, not copies.
    Modules that imported librosa before keep what they have, which goes on working.

    Parameters
    ----------
    fallback : bool
        Whether what is missing here comes from the installed librosa, if there is one. Librosa's
        own functions go on calling each other. Without, a missing function is an `AttributeError`
        and a missing module a `ModuleNotFoundError`.

    Notes
    -----
    ``librosa.LibrosaError`` is `ParameterError`, and librosa's own errors are caught as such, too.
    ``librosa.__version__`` is the installed librosa's with `fallback`, otherwise "1.0.0", whose
    names and numbers this package has. The method ``uninstall()`` undoes the installation, as the
    end of the block does; a librosa that was imported for `fallback` stays imported.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> with nax.compat.install_librosa():
    ...     from librosa.feature import melspectrogram
    >>> melspectrogram is nax.feature.melspectrogram
    True
    """

    def __init__(self, fallback: bool = False) -> None:
        self._fallback = fallback
        if _installed:
            _installed[-1]._leave()
        try:
            self._enter()
            _installed.append(self)
        finally:
            if self not in _installed and _installed:
                _installed[-1]._enter()

    def uninstall(self) -> None:
        """Let librosa's name mean what it meant before."""
        if self not in _installed:
            return
        last = _installed[-1] is self
        _installed.remove(self)
        if last:
            self._leave()
            if _installed:
                _installed[-1]._enter()

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.uninstall()

    def _enter(self) -> None:
        # also without fallback, for those who have imported it: it could not find its own names later
        own = _librosas_own() if self._fallback or "librosa" in sys.modules else {}
        theirs = own if self._fallback else {}
        self._before = _imported()
        modules = _modules(theirs)
        self._finder = _Finder(modules)
        self._added: list[tuple[ModuleType, str]] = []
        for name, module in modules.items():
            if isinstance(module, _Joined):
                module.__spec__ = self._finder.find_spec(name)
                module.__package__ = name
            parent, _, child = name.rpartition(".")
            if parent and isinstance(modules[parent], _Joined):
                setattr(modules[parent], child, module)
            elif parent and not hasattr(modules[parent], child):  # a chapter of ours, until the end
                setattr(modules[parent], child, module)
                self._added.append((modules[parent], child))
        for name in ("librosa", "librosa.util.exceptions"):
            vars(modules[name])["LibrosaError"] = ParameterError
        vars(modules["librosa"])["__version__"] = getattr(theirs.get("librosa"), "__version__", RELEASE)
        self._error = getattr(theirs.get("librosa.util.exceptions"), "ParameterError", None)
        if self._error:
            self._error.__bases__ += (ParameterError,)  # so that who catches ours catches librosa's
        for name in self._before:
            del sys.modules[name]
        sys.modules.update(modules)
        sys.meta_path.insert(0, self._finder)

    def _leave(self) -> None:
        sys.meta_path.remove(self._finder)
        for name in _imported():
            del sys.modules[name]
        sys.modules.update(self._before)
        for module, name in self._added:
            vars(module).pop(name, None)
        if self._error:
            self._error.__bases__ = self._error.__bases__[:-1]


_installed: list[install_librosa] = []
