"""Short-time spectra by the native loops: what these are told, and when they can be asked."""

from __future__ import annotations

import ctypes
import math
from ctypes import POINTER, Structure, c_float, c_int, c_ssize_t, c_void_p
from functools import cache, lru_cache
from typing import Any

import numpy as np

from nnaudio_xp.geometry import Framing

from ..numpy.blocks import once_a_constant, scratch
from . import address, declared, isa, loops

Array = np.ndarray[Any, Any]

PAD_MODES = {"constant": 0, "empty": 0, "edge": 1, "reflect": 2, "symmetric": 3, "linear_ramp": 4}
WHATS: dict[float | None, int] = {None: 0, 1: 1, 2: 2}
"""What is made of spectra, by the power: the spectra themselves, magnitudes, their squares."""

LONGEST = 2**15
"""Samples of a frame beyond which sixteen frames side by side do not fit the cache."""

FEW = 6
"""How many times larger than what is not zero in it a filter bank must be, to be multiplied band by band."""


class _Fft(Structure):
    _fields_ = [("n", c_ssize_t), ("radix", c_void_p), ("order", c_void_p), ("turns", c_void_p)]


class _Plan(Structure):
    _fields_ = [("a", _Fft), ("b", _Fft), ("outer", c_void_p), ("turns", c_void_p)]


class _Bank(Structure):
    _fields_ = [("n", c_ssize_t), ("width", c_ssize_t), ("weights", c_void_p), ("start", c_void_p), ("length", c_void_p)]


class _Analysis(Structure):
    held: tuple[Any, ...] = ()
    """What it points to."""
    _fields_ = [
        *((name, c_void_p) for name in ("plan", "bank", "x", "window")),
        *((name, c_ssize_t) for name in ("clip_step", "n_samples", "n_frames", "hop", "padding")),
        *((name, c_int) for name in ("pad_mode", "what")),
    ]


class _Rows(Structure):
    _fields_ = [("x", c_void_p), ("row", c_ssize_t), ("column", c_ssize_t)]


@cache
def _functions(library: Any) -> Any:
    """The library, its functions' arguments declared."""
    job, rows = POINTER(_Analysis), POINTER(_Rows)
    functions: dict[str, list[Any]] = {
        "scratch": [],
        "spectra": [c_ssize_t, c_ssize_t, c_void_p, c_ssize_t, c_void_p],
        "add_frames": [rows, c_void_p, c_void_p],
        "add_slopes": [c_ssize_t, c_void_p, rows, c_void_p, c_void_p],
        "add_step": [c_void_p, rows, c_float, c_void_p, c_void_p, c_void_p],
    }
    for name, arguments in functions.items():
        declared(library, name, c_ssize_t if name == "scratch" else None, c_int, job, *arguments)
    return library


def _radices(n: int) -> list[int]:
    """Factors of a length that there are passes for, the largest first; none, if it has others."""
    found = []
    for radix in (8, 7, 5, 4, 3, 2):
        while n % radix == 0 and (radix, n) != (8, 16):  # 4 * 4 is one pass less deep than 8 * 2
            found.append(radix)
            n //= radix
    return found if n == 1 else []


def _halves(n: int) -> tuple[int, int] | None:
    """A length as columns times rows, of at least 8: few passes, and rows about four times as long as
    columns, which are transformed side by side.
    """
    best = None
    for a in range(2, n // 8 + 1):
        b = n // a
        if a * b == n and _radices(a) and _radices(b):
            aim = 4 * a if n > 256 else a
            cost = len(_radices(a)) + len(_radices(b)), abs(math.log(b / aim))
            best = min(best or (cost, a, b), (cost, a, b))
    return best and best[1:]


def _turns(angles: Array) -> Array:
    """exp(-i 2 pi x)."""
    return np.exp(-2j * np.pi * angles).astype(np.complex64).reshape(-1)


class _Kept:
    """Arrays that structures point to."""

    def __init__(self) -> None:
        self._arrays: list[Array] = []

    def __call__(self, array: Array) -> int:
        self._arrays.append(array)
        return address(array)


def _fft(n: int, keep: _Kept) -> _Fft:
    radices, order, turns, stride, size = _radices(n), np.zeros(1, np.int64), [np.zeros(0, np.complex64)], 1, n
    for radix in radices[:-1]:
        order = (order[:, None] + stride * np.arange(radix)).reshape(-1)
        stride, rest = stride * radix, size // radix
        turns.append(_turns(np.outer(np.arange(rest), np.arange(1, radix)) / size))
        size = rest
    return _Fft(n, keep(np.array([*radices, 0], np.int32)), keep(order.astype(np.int32)), keep(np.concatenate(turns)))


@lru_cache(maxsize=64)
def plan(n_fft: int) -> tuple[_Plan, _Kept] | None:
    """How frames of a length are transformed; None if the loops cannot."""
    if n_fft % 2 or not 32 <= n_fft <= LONGEST or (halves := _halves(n_fft // 2)) is None:
        return None
    a, b = halves
    keep, half = _Kept(), n_fft // 2
    outer, turns = _turns(np.outer(np.arange(b), np.arange(a)) / half), _turns(np.arange(half + 1) / n_fft)
    return _Plan(_fft(a, keep), _fft(b, keep), keep(outer), keep(turns)), keep


@once_a_constant
def _banked(bank: Array) -> tuple[_Bank, Array] | None:
    """A contiguous filter bank for the loops, which points to it, and where its rows begin to be other than zero,
    and how many numbers on they end to be; None if that is most of them, which is a product for BLAS.
    """
    places = np.empty((2, len(bank)), np.int32)
    reach = declared(loops(), "reach", c_ssize_t, c_void_p, c_ssize_t, c_ssize_t, c_void_p, c_void_p)
    filled = _Bank(*bank.shape, *map(address, (bank, *places)))
    count = reach(filled.weights, *bank.shape, filled.start, filled.length)
    return None if FEW * count > bank.size else (filled, places)


@once_a_constant
def _halved(window: Array) -> Array:
    return window * np.float32(0.5)


class Loops:
    """The functions of the library for one kind of frames."""

    def __init__(self, library: Any, job: _Analysis) -> None:
        self._functions, self._job, self._isa = _functions(library), job, isa()
        self._size: int = self._functions.nnaudio_xp_scratch(self._isa, job)

    def _run(self, name: str, *arguments: Any) -> None:
        memory = scratch("native loops", (self._size,), np.float32)
        getattr(self._functions, f"nnaudio_xp_{name}")(self._isa, self._job, *arguments, address(memory))

    def write(self, first: int, last: int, out: Array) -> None:
        """Write what is made of frames first … last - 1 of all clips, one clip after the other, to the rows of an
        array.
        """
        self._run("spectra", first, last, address(out), out.strides[0] // 4)

    def add_frames(self, spectra: Array, line: Array) -> None:
        """Add the windowed frames of spectra (frame, bin) to a line of samples."""
        spectra, rows = _rows(spectra)
        self._run("add_frames", rows, address(line))

    def add_slopes(self, clip: int, window: Array, slopes: Array, line: Array) -> None:
        """Add the gradient with respect to a clip and its padding to a line, of that of what `write` wrote."""
        slopes, rows = _rows(slopes)
        self._run("add_slopes", clip, address(window), rows, address(line))

    def add_step(self, window: Array, sizes: Array, push: float, before: Array, line: Array) -> None:
        """Add a step of Griffin-Lim to a line: frames whose spectra have the sizes (frame, bin), and the phases of
        the clip's spectra less `push` times those before.
        """
        sizes, rows = _rows(sizes)
        self._run("add_step", address(window), rows, push, address(before), address(line))


def _readable(values: Array) -> Array:
    """An array in memory that C++ may read."""
    return values if values.flags.aligned else values.copy()


def _rows(values: Array) -> tuple[Array, _Rows]:
    """An array (frame, bin) in such memory, and where it lies."""
    values = _readable(values)
    return values, _Rows(address(values), *(stride // 4 for stride in values.strides))


def before_first(framing: Framing, n_frames: int) -> Array:
    """What a first step of Griffin-Lim has before it: nothing, in lanes of sixteen frames, and room to align them."""
    return np.zeros(-(-n_frames // 16) * 32 * framing.n_freqs + 16, np.float32)


def loops_over(
    x: Array, window: Array, framing: Framing, power: float | None, bank: Array | None = None, n_frames: int | None = None
) -> Loops | None:
    """The loops over the frames of signals (..., n) that are `ready`, all of them or the first ones; None where they
    cannot be used.
    """
    most = framing.n_frames(x.shape[-1])
    n_frames = most if n_frames is None else n_frames
    if not (x.dtype == window.dtype == np.float32) or power not in WHATS or not x.size or not 0 < n_frames <= most:
        return None
    library, found = loops(), plan(framing.n_fft)
    if library is None or found is None:
        return None
    banked = None
    if bank is not None:
        if bank.dtype != np.float32 or not bank.size:
            return None
        bank = np.ascontiguousarray(_readable(bank))
        banked = _banked(bank)
        if banked is None:
            return None
    n, half = x.shape[-1], _halved(window)
    clips = _readable(x).reshape(-1, n)
    job = _Analysis(
        ctypes.addressof(found[0]),
        None if banked is None else ctypes.addressof(banked[0]),
        address(clips),
        address(half),
        clips.strides[0] // 4,
        n,
        n_frames,
        framing.hop_length,
        framing.padding,
        PAD_MODES[framing.pad_mode] if framing.center else 0,
        WHATS[power],
    )
    job.held = clips, found, banked, bank, half
    return Loops(library, job)


def loops_back(spectra: Array, window: Array, framing: Framing) -> Loops | None:
    """The loops from spectra (..., frame, bin) to frames, which they window; None where they cannot be used."""
    library, found = loops(), plan(framing.n_fft)
    if library is None or found is None or (spectra.dtype, window.dtype) != (np.complex64, np.float32):
        return None
    scaled = (window / np.float64(framing.n_fft)).astype(np.float32)
    job = _Analysis(plan=ctypes.addressof(found[0]), window=address(scaled), n_frames=spectra.shape[-2], hop=framing.hop_length)
    job.held = found, scaled
    return Loops(library, job)
