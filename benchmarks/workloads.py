"""The signals that are raced on, and the truth in float64."""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
import soundfile

import nnaudio_xp as nax

RECORDING = Path(__file__).parent.parent / "tests" / "data" / "piano.flac"
TRUTH_CLIPS, TRUTH_FRAMES = 2, 1001


@dataclass(frozen=True)
class Workload:
    """Clips of the piano recording, each from its own place and with a little noise, and a frame
    size.
    """

    name: str
    clips: int
    samples: int
    sr: int
    n_fft: int
    hop_length: int
    n_mels: int

    def __str__(self) -> str:
        return f"{self.name}: {self.clips} x {self.samples:,} samples at {self.sr:,} Hz, {self.n_fft}/{self.hop_length}"

    @property
    def frames(self) -> dict[str, int]:
        return {"n_fft": self.n_fft, "hop_length": self.hop_length}

    @property
    def bands(self) -> dict[str, int]:
        return {"sr": self.sr, "n_mels": self.n_mels, **self.frames}

    @cached_property
    def y(self) -> np.ndarray:
        rng = np.random.default_rng(0)
        piano, _ = soundfile.read(RECORDING, dtype="float32")
        starts = rng.integers(0, piano.size, self.clips)
        noise = rng.standard_normal((self.clips, self.samples), dtype=np.float32)
        return np.stack([np.resize(np.roll(piano, -start), self.samples) for start in starts]) + np.float32(0.01) * noise

    def magnitudes(self, pad_mode: str = "constant") -> np.ndarray:
        """The absolute values of `spectrum`."""
        return abs(self.spectrum(pad_mode))

    def spectrum(self, pad_mode: str = "constant") -> np.ndarray:
        """The definition in float64: (clip, frequency, time) of the first clips and frames."""
        padding = self.n_fft // 2
        padded = np.pad(self.y[:TRUTH_CLIPS].astype(np.float64), ((0, 0), (padding, padding)), mode=pad_mode)  # type: ignore[call-overload]
        frames = np.lib.stride_tricks.sliding_window_view(padded, self.n_fft, axis=-1)[:, :: self.hop_length][:, :TRUTH_FRAMES]
        window = 0.5 - 0.5 * np.cos(2 * np.pi * np.arange(self.n_fft) / self.n_fft)
        return np.fft.rfft(frames * window, axis=-1).swapaxes(-1, -2)

    @cached_property
    def bank(self) -> np.ndarray:
        """The mel filter bank in float64."""
        return nax.filters.mel(sr=self.sr, n_fft=self.n_fft, n_mels=self.n_mels, dtype="float64")

    def mel(self, pad_mode: str = "constant") -> np.ndarray:
        """The mel spectrogram's definition in float64."""
        return self.bank @ self.magnitudes(pad_mode) ** 2


W1 = Workload("W1", 64, 80_000, 44_100, 2048, 512, 128)
W2 = Workload("W2", 1, 600 * 44_100, 44_100, 2048, 512, 128)
W3 = Workload("W3", 16, 160_000, 16_000, 400, 160, 80)
S1 = Workload("S1", 1, 22_050, 22_050, 2048, 512, 128)
