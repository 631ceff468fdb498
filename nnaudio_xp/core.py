"""Librosa's core, for programs that say ``librosa.core.stft`` or ``librosa.core.spectrum.stft``: the
functions of this package, by the names of librosa's modules.

All of its modules hold all of these functions. This package has its own, such as
`nnaudio_xp.spectrum`, by subject.
"""

from __future__ import annotations

import sys
from types import FunctionType, ModuleType
from typing import Any

import nnaudio_xp as nax

CHAPTERS = ("audio", "constantq", "convert", "fft", "harmonic", "intervals", "notation", "pitch", "spectrum")
"""The modules of librosa's core."""


def _public() -> list[str]:
    names: list[str] = vars(nax)["__all__"]
    return names


def _find(name: str) -> Any:
    """A public function of the package."""
    if name in _public() and isinstance(value := getattr(nax, name), FunctionType):
        return value
    raise AttributeError(f"nnaudio_xp has no function {name!r}")


def __getattr__(name: str) -> Any:
    if name == "__all__":
        return [member for member in _public() if isinstance(getattr(nax, member), FunctionType)]
    return _find(name)


class _Chapter(ModuleType):
    """A module of librosa's core."""

    def __getattr__(self, name: str) -> Any:
        return __getattr__(name)

    def __dir__(self) -> list[str]:
        return sorted(__getattr__("__all__"))


for _name in CHAPTERS:
    globals()[_name] = sys.modules[f"{__name__}.{_name}"] = _Chapter(f"{__name__}.{_name}", __doc__)
