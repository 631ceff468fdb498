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


def _spectrogram(*, y: Any = None, S: Any = None, n_fft: int = 2048, hop_length: int = 512, power: float = 1, **kwargs: Any) -> Any:
    """Magnitudes of a signal, or those that are given, and the samples in a frame: librosa's function for
    its own features, which published programs call, too.
    """
    if S is None:
        return nax.spectrogram(y, n_fft=n_fft, hop_length=hop_length, power=power, **kwargs), n_fft
    return S, n_fft if 1 + n_fft // 2 == S.shape[-2] else 2 * (S.shape[-2] - 1)


def _find(name: str) -> Any:
    """A public function of the package, or the private one that programs call."""
    if name == "_spectrogram":
        return _spectrogram
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
