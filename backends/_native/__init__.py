"""Loops in C++ for the CPU, in a library that is built where there is a compiler: NumPy arrays and
CPU tensors of PyTorch share them. Everything works without it.

NNAUDIO_XP_NATIVE=no leaves it alone, NNAUDIO_XP_NATIVE=require fails where it cannot be loaded.
"""

from __future__ import annotations

import ctypes
import os
from functools import cache
from pathlib import Path
from typing import Any

from nnaudio_xp import native

ABI = 3
"""What the library must call itself: the number changes with the functions and structures that it is
called with.
"""

_PATH = Path(__file__).with_name("_loops.dll" if os.name == "nt" else "_loops.so")
_SETS = {512: "AVX-512", 256: "AVX2", 128: "NEON"}


@cache
def _loaded() -> tuple[Any, int, str]:
    """The library, the instruction set that it is to use, and why there is none of these."""
    wanted = os.environ.get("NNAUDIO_XP_NATIVE", "")
    if wanted == "no":
        return None, 0, "NNAUDIO_XP_NATIVE=no"
    found: tuple[Any, int, str] = _opened(_PATH)
    if wanted == "require" and found[2]:
        raise ImportError(f"NNAUDIO_XP_NATIVE=require, but there are no native loops: {found[2]}")
    return found


def _opened(path: Path) -> tuple[Any, int, str]:
    try:
        loops = ctypes.CDLL(str(path))
        abi, isa = loops.nnaudio_xp_abi(), loops.nnaudio_xp_isa()
    except (OSError, AttributeError) as error:
        return None, 0, f"{path.name} was not built" if not path.exists() else f"{path.name} cannot be loaded: {error}"
    if abi != ABI:
        return None, 0, f"{path.name} is of another version: abi {abi}, not {ABI}"
    return loops, isa, "" if isa else "this processor has neither AVX2 nor NEON"


def loops() -> Any | None:
    """The library, unless there is none or it is switched off."""
    found, isa, _ = _loaded()
    return found if isa and native.wanted() else None


@cache
def declared(library: Any, name: str, result: Any, *arguments: Any) -> Any:
    """A function of the library that has been told what it takes and gives."""
    function = getattr(library, f"nnaudio_xp_{name}")
    function.argtypes, function.restype = arguments, result
    return function


def isa() -> int:
    """The bits of the vectors that it uses."""
    return _loaded()[1]


def describe() -> str:
    """The instruction set of the native loops, or why there are none."""
    _, isa, problem = _loaded()
    return f"none: {problem}" if problem else _SETS[isa]


def address(array: Any) -> int:
    """Where an array's numbers begin."""
    if array.size and array.flags.carray:  # contiguous and to be written to: ctypes may look itself, in a third of the time
        return ctypes.addressof(ctypes.c_char.from_buffer(array))
    where: int = array.__array_interface__["data"][0]
    return where
