"""Where frames lie: the integers of a short-time analysis, decided before any array is touched."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

from .errors import ParameterError, as_integer, check_size

PadMode = Literal["constant", "edge", "reflect", "symmetric", "linear_ramp", "empty"]
PAD_MODES = ("constant", "edge", "reflect", "symmetric", "linear_ramp", "empty")


@dataclass(frozen=True)
class Framing:
    """Frames of `n_fft` samples, one every `hop_length`, over a signal padded by `n_fft // 2` on
    both sides when centred.

    Frame t covers the samples from `t * hop_length - padding` on.
    """

    n_fft: int
    hop_length: int
    center: bool = True
    pad_mode: Any = "constant"

    @property
    def padding(self) -> int:
        """Samples added at each end."""
        return self.n_fft // 2 if self.center else 0

    @property
    def n_freqs(self) -> int:
        """Bins of a real signal's spectrum."""
        return 1 + self.n_fft // 2

    def n_frames(self, n_samples: int) -> int:
        """Whole frames in a signal, the padding included."""
        return 1 + (n_samples + 2 * self.padding - self.n_fft) // self.hop_length

    def span(self, n_frames: int) -> int:
        """Samples that the frames cover, the padding included."""
        return self.n_fft + self.hop_length * (n_frames - 1)

    def n_samples(self, n_frames: int) -> int:
        """Samples that overlap-added frames give back, the padding cut off."""
        return self.span(n_frames) - 2 * self.padding

    def frames_for(self, n_samples: int) -> int:
        """Frames that reach into the first `n_samples` samples."""
        return -(-(n_samples + 2 * self.padding) // self.hop_length)

    def check_length(self, n_samples: int, *, name: str = "y") -> None:
        """Raise unless the signal fills at least one frame, which a centred one always does."""
        if not self.center and self.n_frames(n_samples) < 1:
            raise ParameterError(
                f"{name} has {n_samples} samples: with center=False it must have at least n_fft={self.n_fft} (or use center=True)"
            )


def framing_of(n_fft: Any, hop_length: Any, win_length: Any, center: Any, pad_mode: Any) -> tuple[Framing, int]:
    """The checked framing and window length: `win_length` defaults to `n_fft`, `hop_length` to
    `win_length // 4`.
    """
    n_fft = as_integer("n_fft", n_fft)
    check_size("a frame", [n_fft], {"n_fft": n_fft})
    width = n_fft if win_length is None else as_integer("win_length", win_length)
    if width > n_fft:
        raise ParameterError(f"win_length={win_length!r} must be at most n_fft={n_fft}")
    hop = max(1, width // 4) if hop_length is None else as_integer("hop_length", hop_length)
    return Framing(n_fft, hop, bool(center), padding_mode("pad_mode", pad_mode)), width


def signal_samples(length: Any, default: int, decided_by: dict[str, Any], *, given: int) -> int:
    """The samples of a signal that is made of an array of `given` numbers: `length`, or as many as
    its frames make where that is None.
    """
    samples = default if length is None else as_integer("length", length)
    check_size("the signal", [samples], decided_by if length is None else {"length": length}, given=2 * given)
    return samples


def spectrum_n_fft(n_fft: Any, n_freqs: int, *, name: str) -> int:
    """The frame length of a half spectrum with `n_freqs` bins: the even one that fits unless
    given.
    """
    even = max(1, 2 * (n_freqs - 1))
    if n_fft is None:
        return even
    if 1 + as_integer("n_fft", n_fft) // 2 != n_freqs:
        raise ParameterError(f"n_fft={n_fft!r} does not fit the {n_freqs} frequencies of {name}: it must be {even} or {2 * n_freqs - 1}")
    return int(n_fft)


def padding_mode(name: str, mode: Any) -> Any:
    """The mode of a padding, if it is a known one."""
    if not (callable(mode) or (isinstance(mode, str) and mode in PAD_MODES)):
        raise ParameterError(f"{name}={mode!r} must be one of {', '.join(map(repr, PAD_MODES))}, or a function that numpy.pad takes")
    return mode
