"""A pytest plugin that has all that the native loops make of frames made once more, in another
process, by a library of another compiler or for another processor: a bit that differs is an error.
`nox -s compilers` runs it.

NNAUDIO_XP_ANOTHER is the command of that process: another_library.cpp, compiled, and the library.
"""

import ctypes
import os
import shlex
import subprocess
import sys
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np

from nnaudio_xp.backends._native import address, fourier

natively = fourier.Loops.write
process = subprocess.Popen(shlex.split(os.environ["NNAUDIO_XP_ANOTHER"]), stdin=subprocess.PIPE, stdout=subprocess.PIPE)
lock = threading.Lock()
calls = 0


def pointers(kind: Any) -> Iterator[int]:
    """Where a structure has pointers."""
    for name, field in kind._fields_:
        offset = getattr(kind, name).offset
        if issubclass(field, ctypes.Structure):
            yield from (offset + inner for inner in pointers(field))
        elif field is ctypes.c_void_p:
            yield offset


def parts(held: Any) -> Iterator[Any]:
    """The structures and arrays that a job holds."""
    if isinstance(held, ctypes.Structure | np.ndarray):
        yield held
    else:
        for part in vars(held).values() if hasattr(held, "__dict__") else held or ():
            yield from parts(part)


def image(job: Any) -> tuple[bytearray, list[int]]:
    """All memory of a job, itself first, with offsets in the place of addresses, and where these are."""
    copy = type(job).from_buffer_copy(job)
    copy.clip_step = job.held[0].shape[-1]  # clips lie side by side there
    memory, places, slots = bytearray(), {}, []
    for part in (copy, *parts(job.held)):
        if isinstance(part, ctypes.Structure):
            slots += [len(memory) + offset for offset in pointers(type(part))]
            where, content = ctypes.addressof(part), bytes(part)
        else:
            where, content = address(part), part.tobytes()
        places[where] = len(memory)
        memory += content + bytes(-len(content) % 64)
    slots = [slot for slot in slots if any(memory[slot : slot + 8])]
    for slot in slots:
        target = int.from_bytes(memory[slot : slot + 8], sys.byteorder)
        start = max(where for where in places if where <= target)  # of the array that it points to, or into
        memory[slot : slot + 8] = (places[start] + target - start).to_bytes(8, sys.byteorder)
    return memory, slots


def made_again(job: Any, first: int, last: int, row: int) -> np.ndarray:
    """The floats that the other library writes."""
    memory, slots = image(job)
    call = np.array([len(memory), len(slots), first, last, row], np.int64)
    with lock:
        process.stdin.write(call.tobytes() + memory + np.array(slots, np.int64).tobytes())
        process.stdin.flush()
        found = process.stdout.read(4 * (last - first) * row)
    return np.frombuffer(found, np.float32).reshape(-1, row)


def write(self: fourier.Loops, first: int, last: int, out: np.ndarray) -> None:
    """What `Loops.write` does, with both."""
    global calls
    natively(self, first, last, out)
    expected = np.ascontiguousarray(out[: last - first]).view(np.float32)
    found = made_again(self._job, first, last, expected.shape[1])
    same = (found.view(np.int32) == expected.view(np.int32)) | (np.isnan(found) & np.isnan(expected))
    if not same.all():
        raise AssertionError(f"{(~same).sum()} of {same.size} floats have other bits")
    calls += 1


fourier.Loops.write = write


def pytest_terminal_summary(terminalreporter: Any) -> None:
    terminalreporter.write_line(f"{calls} calls of the native loops have the same bits by {process.args[-1]}")


def pytest_unconfigure() -> None:
    process.communicate()
