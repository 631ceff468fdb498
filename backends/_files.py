"""Sound files, read by soundfile."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from types import ModuleType
from typing import Any

import numpy as np

from nnaudio_xp.errors import ParameterError

Array = np.ndarray[Any, Any]


def _soundfile() -> ModuleType:
    try:
        import soundfile
    except ImportError as error:
        raise ImportError("sound files are read by soundfile: pip install 'nnaudio_xp[io]'") from error
    module: ModuleType = soundfile
    return module


@contextlib.contextmanager
def _opened(path: Any) -> Iterator[Any]:
    """A sound file, opened here and closed again, or the caller's own."""
    soundfile = _soundfile()
    if isinstance(path, soundfile.SoundFile):
        yield path
        return
    with soundfile.SoundFile(path) as file:
        yield file


def _place(file: Any, offset: float) -> None:
    """Go to a time, counted from the end if it is negative."""
    frame = int(abs(offset) * file.samplerate)
    if frame > file.frames:
        raise ParameterError(f"offset={offset!r} must be within the {file.frames / file.samplerate:.10g} seconds of the file")
    file.seek(frame if offset >= 0 else file.frames - frame)


def _count(file: Any, duration: float | None) -> int:
    return -1 if duration is None else int(duration * file.samplerate)


def read(path: Any, offset: float, duration: float | None, dtype: str) -> tuple[Array, int]:
    """Samples (channels, n), or (n,) of one channel, and their rate."""
    with _opened(path) as file:
        if offset:
            _place(file, offset)
        samples: Array = file.read(frames=_count(file, duration), dtype=dtype, always_2d=False).T
        return samples, file.samplerate


def chunks(path: Any, size: int, offset: float, duration: float | None, dtype: str) -> Iterator[tuple[Array, int]]:
    """Samples (channels, at most size), or (at most size,) of one channel, and their rate."""
    with _opened(path) as file:
        _place(file, offset)
        for samples in file.blocks(blocksize=size, dtype=dtype, always_2d=False, frames=_count(file, duration)):
            yield samples.T, file.samplerate


def duration_of(path: Any) -> float:
    """Seconds of a file."""
    with _opened(path) as file:
        return float(file.frames / file.samplerate)


def rate_of(path: Any) -> int:
    """The sampling rate of a file."""
    with _opened(path) as file:
        rate: int = file.samplerate
        return rate


class Resampler:
    """A sampling rate changed piece by piece, by soxr."""

    def __init__(self, orig_sr: float, target_sr: float, channels: int, dtype: str, quality: str) -> None:
        try:
            import soxr
        except ImportError as error:
            raise ImportError("streams are resampled by soxr: pip install 'nnaudio_xp[io]'") from error
        self._channels = channels
        self._stream = soxr.ResampleStream(orig_sr, target_sr, channels, dtype=dtype, quality=quality)

    def __call__(self, samples: Array, *, last: bool = False) -> Array:
        resampled: Array = self._stream.resample_chunk(np.ascontiguousarray(samples.T), last=last)
        return resampled.T
