"""Combined frequency and periodicity."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import ModuleType
from typing import ClassVar

from .._namespace import Array, host
from ..errors import as_integer, as_positive, one_of
from ..geometry import Framing
from ..kernels.cfp import CombinedAxes, frequency_bank, period_bank
from ..transforms.cfp import CombinedSpectrogram, checked_exponents, checked_framing, combinations, symmetric_window
from .arrays import Kernel
from .inputs import clips_of, returned
from .spec import Kernels, LayerSpec


@dataclass(frozen=True)
class CombinedSpec(LayerSpec):
    """What both layers share: nnAudio's arguments, attributes and arrays."""

    arrays = (
        Kernel("h", lambda spec: symmetric_window(win_length=spec.window_size)),
        Kernel("freq2logfreq_matrix", lambda spec: frequency_bank(axes=spec.axes)),
        Kernel("quef2logfreq_matrix", lambda spec: period_bank(axes=spec.axes)),
    )

    fr: float = 2
    fs: float = 16000
    hop_length: int = 320
    window_size: int = 2049
    fc: float = 80
    tc: float = 1 / 1000
    g: Sequence[float] = (0.24, 0.6, 1)
    NumPerOct: int = 48
    compat: str | None = field(default=None, kw_only=True)
    axes: CombinedAxes = field(init=False, repr=False, compare=False)
    framing: Framing = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        one_of("compat", self.compat, self.compats)
        as_positive("fs", self.fs)
        as_integer("NumPerOct", self.NumPerOct)
        axes = CombinedAxes(self.fs, self.fr, self.fc, self.tc, self.NumPerOct)
        framing = checked_framing(axes, self.hop_length, self.window_size, name="window_size")
        self._set(axes=axes, framing=framing, g=checked_exponents(self.g))

    # --- attributes of nnAudio's ------------------------------------------------------------------

    @property
    def N(self) -> int:
        """Samples of a frame."""
        return self.axes.n_fft

    @property
    def f(self) -> Array:
        """Bins of the spectrum in Hz, in NumPy's float64."""
        return host.asarray(self.axes.frequencies)

    @property
    def q(self) -> Array:
        """Bins of the cepstrum in seconds, in NumPy's float64."""
        return host.asarray(self.axes.periods)

    @property
    def frequencies(self) -> Array:
        """Frequency of each row in Hz, in NumPy's float64."""
        return host.asarray(self.axes.corners[1:-1])

    @property
    def NumofLayer(self) -> int:
        return len(self.g)

    @property
    def pad_value(self) -> int:
        return self.N - self.window_size

    @property
    def tc_idx(self) -> int:
        return self.axes.first_period

    @property
    def fc_idx(self) -> int:
        return self.axes.first_frequency

    @property
    def HighFreqIdx(self) -> int:
        return self.axes.n_frequencies

    @property
    def HighQuefIdx(self) -> int:
        return self.axes.n_periods

    @property
    def timing(self) -> tuple[Framing, int]:
        return self.framing, self.framing.padding

    # --- the transform ----------------------------------------------------------------------------

    def spectrograms(self, kernels: Kernels, x: Array, *, xp: ModuleType | None) -> CombinedSpectrogram:
        """All spectrograms of waveforms (L), (B, L) or (B, 1, L)."""
        xp, clips = clips_of(x, xp=xp)
        window, frequencies, periods = (self._kernel(name, kernels, clips, xp=xp) for name in self.kernel_names)
        found = combinations(clips, window, (frequencies, periods), self.framing, self.axes, tuple(self.g), xp=xp)
        return CombinedSpectrogram(*(returned(part, x, xp=xp) for part in found))


@dataclass(frozen=True)
class CFP(CombinedSpec):
    """Combined frequency and periodicity: the layer of `nnaudio_xp.cfp`.

    A call takes waveforms as `STFT` does, and returns (B, row, time). Row k is at
    ``fc * 2**(k / NumPerOct)`` Hz: the attribute `frequencies`.

    Parameters
    ----------
    fr : float [Hz]
        Distance of the bins of the spectrum.
    fs : float [Hz]
        Sampling rate.
    hop_length : int > 0 [samples]
        From one frame to the next.
    window_size : int, 0 < window_size <= fs / fr [samples]
        Length of the Blackman-Harris window.
    fc : float > 2 * fr [Hz]
        Lowest frequency.
    tc : float, 2 / fs <= tc < 1 / fc [s]
        Shortest period: rows end below 1 / `tc`.
    g : sequence of at least two floats >= 0
        An exponent for each layer; 0 stands for the logarithm.
    NumPerOct : int > 0
        Rows in an octave.
    compat : {'nnAudio'}, optional
        Give nnAudio 0.3.4's own numbers: the first row is zero, and a period that lies on the
        centre of a row does not count there.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what holds no floating-point
        samples.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import CFP
    >>> layer = CFP(fs=16000, hop_length=160)
    >>> layer(np.zeros((2, 16000), dtype=np.float32)).shape
    (2, 174, 101)
    """

    def apply(self, kernels: Kernels, x: Array, *, xp: ModuleType | None = None) -> Array:
        """Spectrogram (B, row, time) of waveforms (L), (B, L) or (B, 1, L)."""
        return self.spectrograms(kernels, x, xp=xp).combined


@dataclass(frozen=True)
class Combined_Frequency_Periodicity(CombinedSpec):
    """Combined frequency and periodicity with what it is made of: `nnaudio_xp.cfp` with its parts,
    without the first and the last frame.

    A call takes waveforms as `STFT` does, and returns four spectrograms (B, row, time - 2),
    nnAudio's Z, tfrL0, tfrLF and tfrLQ: the product of the last two, the magnitudes of the STFT,
    the last spectrum, and the last cepstrum.

    Parameters
    ----------
    fr, fs, hop_length, window_size, fc, tc, g, NumPerOct, compat
        As for `CFP`.

    Raises
    ------
    ParameterError
        As `CFP` does.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import Combined_Frequency_Periodicity
    >>> Z, tfrL0, tfrLF, tfrLQ = Combined_Frequency_Periodicity()(np.zeros((2, 16000), dtype=np.float32))
    >>> Z.shape
    (2, 174, 49)
    """

    edge_frames: ClassVar[int] = 1

    def apply(self, kernels: Kernels, x: Array, *, xp: ModuleType | None = None) -> tuple[Array, Array, Array, Array]:
        """Four spectrograms (B, row, time - 2) of waveforms (L), (B, L) or (B, 1, L)."""
        combined, magnitudes, spectral, temporal = (part[..., 1:-1] for part in self.spectrograms(kernels, x, xp=xp))
        return combined, magnitudes, spectral, temporal
