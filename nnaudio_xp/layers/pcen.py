"""Per-channel energy normalisation with settings that can be trained."""

from __future__ import annotations

from dataclasses import dataclass
from types import ModuleType
from typing import Any

from .. import ops
from .._namespace import Array, check_spectrum, host, real_dtype
from ..errors import ParameterError, as_integer, as_number, as_positive
from ..transforms.pcen import loudest, normalized, running_mean, smoothing
from .arrays import Kernel, Trainable, trainable_of
from .inputs import returned
from .spec import Kernels, LayerSpec

LEAST = 1e-6
"""Settings that training leads below count as this."""


def _trained(name: str) -> Kernel:
    return Kernel(name, lambda spec: host.full(spec.n_bands or 1, getattr(spec, name), dtype=host.float64), ("trainable",))


@dataclass(frozen=True)
class PCEN(LayerSpec):
    """Per-channel energy normalisation: the layer of `nnaudio_xp.pcen`, a compression that can be trained
    [1]_.

    A call takes magnitudes of shape (B, band, time), such as a mel spectrogram, and returns as many
    numbers. Further leading axes stay in front.

    Parameters
    ----------
    sr : float > 0 [Hz]
        Sampling rate.
    hop_length : int > 0
        Samples between frames.
    gain, bias, power, time_constant, eps, max_size
        As for `nnaudio_xp.pcen`.
    trainable : bool, or some of {'gain', 'bias', 'power', 'time_constant'}
        Whether all four are trained, or which. They start from the arguments.
    n_bands : int > 0, optional
        Number of bands, each of which is given settings of its own; by default all share one.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what is no spectrogram of magnitudes.

    References
    ----------
    .. [1] Y. Wang et al., "Trainable frontend for robust and far-field keyword spotting", 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import PCEN, MelSpectrogram
    >>> bands = MelSpectrogram(sr=16000, n_fft=400, hop_length=160, n_mels=40, power=1)
    >>> layer = PCEN(sr=16000, hop_length=160, n_bands=40)
    >>> layer(bands(np.zeros((2, 16000), dtype=np.float32))).shape
    (2, 40, 101)
    """

    arrays = tuple(map(_trained, ("gain", "bias", "power", "time_constant")))

    sr: float = 22050
    hop_length: int = 512
    gain: float = 0.98
    bias: float = 2.0
    power: float = 0.5
    time_constant: float = 0.4
    eps: float = 1e-6
    max_size: int = 1
    trainable: Trainable = False
    n_bands: int | None = None

    def __post_init__(self) -> None:
        as_positive("sr", self.sr)
        for name in ("hop_length", "max_size"):
            as_integer(name, getattr(self, name))
        if self.n_bands is not None:
            as_integer("n_bands", self.n_bands)
        self._set(trainable=trainable_of("trainable", self.trainable, self.kernel_names))
        for name in ("gain", "bias", "power"):
            given = getattr(self, name)
            self._set(**{name: as_positive(name, given) if name in self.learned else as_number(name, given, minimum=0)})
        if self.bias == 0 and self.power:
            raise ParameterError(f"bias={self.bias} needs power=0")
        for name in ("time_constant", "eps"):
            self._set(**{name: as_positive(name, getattr(self, name))})

    def _setting(self, name: str, kernels: Kernels, like: Array, *, xp: ModuleType) -> Any:
        """An array (band, 1); or 0, which is never trained."""
        if getattr(self, name) == 0:
            return 0.0
        return ops.at_least(xp.expand_dims(self._kernel(name, kernels, like, xp=xp), axis=-1), LEAST, xp=xp)

    def apply(self, kernels: Kernels, S: Array, *, xp: ModuleType | None = None) -> Array:
        """Normalised magnitudes (B, band, time)."""
        xp = check_spectrum(S, name="S", real=True, xp=xp)
        if self.n_bands not in (None, S.shape[-2]):
            raise ParameterError(f"S has {S.shape[-2]} bands: with n_bands={self.n_bands} it must have as many")
        values = xp.astype(S, real_dtype(S, xp), copy=False)
        gain, bias, power, time_constant = (self._setting(name, kernels, values, xp=xp) for name in self.kernel_names)
        share = smoothing(time_constant, self.sr / self.hop_length, xp=xp)
        mean = running_mean(loudest(values, self.max_size, -1, -2, xp=xp), share, 1 - share, xp=xp)
        return returned(normalized(values, mean, gain=gain, bias=bias, power=power, eps=self.eps, xp=xp), S, xp=xp)
