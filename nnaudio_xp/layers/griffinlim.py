"""Waveforms from magnitudes alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, check_spectrum, host, real_dtype
from ..errors import ParameterError, as_integer, one_of
from ..geometry import Framing, framing_of
from ..kernels.fourier import centered
from ..transforms.griffinlim import INITS, checked_momentum, checked_samples, first_phases
from ..windows import get_window
from .arrays import Kernel
from .fourier import window_of
from .inputs import returned
from .spec import Kernels, LayerSpec


@dataclass(frozen=True)
class Griffin_Lim(LayerSpec):
    """Waveforms from magnitudes by the fast Griffin-Lim algorithm: the layer of
    `nnaudio_xp.griffinlim`.

    A call takes magnitudes of shape (B, 1 + n_fft // 2, time), and returns waveforms (B, samples),
    as many as frames cover without the padding: ``hop_length * (time - 1)`` for an even `n_fft`.
    Further leading axes stay in front. A call may say the `length` instead.

    Parameters
    ----------
    n_fft : int > 0
        Samples in a frame.
    n_iter : int >= 0
        Number of iterations.
    hop_length : int, optional
        Samples from one frame to the next; ``n_fft // 4`` by default.
    win_length, window, center, pad_mode
        As for the `STFT` that made the magnitudes.
    momentum : float >= 0
        0 for the original algorithm; values above 1 may diverge.
    device : str
        Accepted for nnAudio's sake: waveforms are made where the magnitudes are.
    init : {'random', None}
        Start from random phases, or from phase zero.
    rng : int, numpy.random.Generator or None
        Source of the random phases: the same seed gives the same phases on every library, in every
        call. None draws others each time; PyTorch draws them by its own generator, which
        ``torch.manual_seed`` sets.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what is no spectrogram of
        magnitudes.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import STFT, Griffin_Lim
    >>> x = np.sin(2 * np.pi * 440 * np.arange(16000) / 16000)
    >>> magnitudes_of = STFT(n_fft=512, output_format="Magnitude")
    >>> magnitudes = magnitudes_of(x)
    >>> again = Griffin_Lim(n_fft=512, rng=0)(magnitudes)
    >>> again.shape, bool(np.linalg.norm(magnitudes_of(again) - magnitudes) < 0.1 * np.linalg.norm(magnitudes))
    ((1, 16000), True)
    """

    arrays = (Kernel("w", lambda spec: host.asarray(get_window(spec.window, spec.win_length))),)

    n_fft: int
    n_iter: int = 32
    hop_length: int | None = None
    win_length: int | None = None
    window: Any = "hann"
    center: bool = True
    pad_mode: Any = "reflect"
    momentum: float = 0.99
    device: Any = field(default="cpu", repr=False, compare=False)
    init: str | None = "random"
    rng: Any = None
    framing: Framing = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        as_integer("n_iter", self.n_iter, minimum=0)
        one_of("init", self.init, INITS)
        momentum = checked_momentum(self.momentum)
        n_fft = as_integer("n_fft", self.n_fft)
        hop_length = max(1, n_fft // 4) if self.hop_length is None else self.hop_length
        framing, width = framing_of(n_fft, hop_length, self.win_length, self.center, self.pad_mode)
        self._set(win_length=width, hop_length=framing.hop_length, framing=framing, momentum=momentum)
        self._set(window=window_of(self.window, width, n_fft))

    def apply(self, kernels: Kernels, S: Array, length: int | None = None, *, xp: ModuleType | None = None) -> Array:
        """Waveforms (B, samples) from magnitudes (B, bin, time)."""
        xp = check_spectrum(S, name="S", real=True, xp=xp)
        n_freqs, n_frames = S.shape[-2:]
        if n_freqs != self.framing.n_freqs:
            raise ParameterError(f"S has {n_freqs} bins: with n_fft={self.n_fft} it must have {self.framing.n_freqs}")
        samples = checked_samples(self.framing, n_frames, length, n_iter=self.n_iter)
        magnitudes = xp.astype(S, real_dtype(S, xp), copy=False)
        signal = ops.griffinlim(
            xp.matrix_transpose(magnitudes),
            xp.matrix_transpose(first_phases(magnitudes, self.init, self.rng, None, xp=xp)),
            centered(self._kernel("w", kernels, magnitudes, xp=xp), self.n_fft, xp=xp),
            self.framing,
            n_iter=self.n_iter,
            momentum=self.momentum,
            length=samples,
            xp=xp,
        )
        return returned(signal, S, xp=xp)
