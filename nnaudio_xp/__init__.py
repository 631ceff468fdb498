"""Audio time-frequency transforms on any array library: librosa's names, keywords, defaults and
numbers.

>>> import numpy as np
>>> import nnaudio_xp as nax
>>> nax.stft(np.zeros(22050, dtype=np.float32)).shape
(1025, 44)

Importing the package imports no array library: each function's module is imported when the function
is first used. The list of public names is the stub beside this file, `__init__.pyi`.
"""

import ast
import importlib
from pathlib import Path

__version__ = "0.1.0"

if not (Path(__file__).parent / "backends").is_dir():  # a checkout, imported from where it lies: the folder stands beside this one
    __path__.append(str(Path(__file__).parent.parent))


def _locations() -> dict[str, tuple[str, str | None]]:
    """Public name -> (module, name in it), read from the stub's import statements; no name for a
    submodule.
    """
    places: dict[str, tuple[str, str | None]] = {}
    for statement in ast.parse((Path(__file__).parent / "__init__.pyi").read_text(encoding="utf-8")).body:
        if isinstance(statement, ast.ImportFrom) and statement.module:
            for alias in statement.names:
                submodule = statement.module == __name__
                places[alias.name] = (f"{__name__}.{alias.name}", None) if submodule else (statement.module, alias.name)
    return places


_LOCATIONS = _locations()
__all__ = sorted(_LOCATIONS.keys() - {"core"})  # which has nothing of its own


def __getattr__(name: str) -> object:
    if name not in _LOCATIONS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, attribute = _LOCATIONS[name]
    found = importlib.import_module(module)
    value = getattr(found, attribute) if attribute else found
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted([*__all__, *globals()])
