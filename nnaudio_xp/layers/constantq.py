"""The constant-Q family: nnAudio's classes, which differ in their arguments, their defaults and
what they call normalisation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from .._namespace import Array
from ..errors import as_integer
from ..kernels.constant_q import frame_length
from ..transforms.constantq import exact
from .arrays import Trainable
from .constantq_spec import ConstantQ, ForwardConstantQ, atom_arrays
from .spec import Kernels


@dataclass(frozen=True)
class CQT1992v2(ForwardConstantQ):
    """Constant-Q transform with kernels that can be trained.

    A call takes waveforms of shape (L), (B, L) or (B, 1, L), and returns (B, n_bins, time), or (B,
    n_bins, time, 2): pairs (re, im) for 'Complex', (cos, sin) for 'Phase'. Further leading axes
    stay in front. A call may name its own `output_format`, and a `normalization_type`: inner
    products times the roots of the atoms' lengths ('librosa', the default), as they are
    ('convolutional'), or doubled ('wrap'), which gives a sinusoid its amplitude. `inverse` goes
    back, as `iCQT` does. ``lengths=`` is for clips of different lengths, as for `STFT`.

    The lengths of the atoms are nnAudio's, ``ceil(Q sr / f)`` with
    ``Q = filter_scale / (2**(1 / bins_per_octave) - 1)``, not those of librosa 0.9 and later, which
    `nnaudio_xp.cqt` has.

    Parameters
    ----------
    sr : float [Hz]
        Sampling rate.
    hop_length : int > 0
        Samples from one frame to the next.
    fmin : float [Hz]
        Lowest centre frequency.
    fmax : float [Hz], optional
        In the place of `n_bins`, a frequency that all bins lie below: there are
        ``ceil(bins_per_octave * log2(fmax / fmin))``.
    n_bins, bins_per_octave : int > 0
        Number of bins, and of those in an octave. All lie below sr / 2.
    filter_scale : float > 0
        Shortens (below 1) or lengthens the atoms.
    norm : number, inf or None
        The p-norm that atoms are divided by; their lengths for None or 0.
    window : str, tuple, number or callable
        As for `nnaudio_xp.filters.get_window`; but ``('gaussian', decibels)`` is what it is in
        nnAudio, the fall at the ends.
    center : bool
        Whether frame t is centred on sample ``t * hop_length``; else it begins there, and is
        `kernel_width` samples long.
    pad_mode : str
        How a centred signal is padded, as for `nnaudio_xp.stft`; reflected by default.
    trainable : bool, or some of {'frequencies', 'lengths'}
        Whether `cqt_kernels_real` and `cqt_kernels_imag` are trained, each sample under the atoms;
        or what they are made of: the centre frequencies in Hz, and the lengths of the atoms in
        samples. Atoms that grow longer than `kernel_width` are cut.
    output_format : {'Magnitude', 'Complex', 'Phase'}
        What a call returns, unless it says otherwise.
    verbose : bool
        Accepted for nnAudio's sake: nothing is printed.
    compat : {'nnAudio'}, optional
        Give nnAudio 0.3.4's own numbers: they differ by 1e-8 under the root of magnitudes where
        `trainable` is True.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what holds no floating-point
        samples.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import CQT1992v2
    >>> layer = CQT1992v2(sr=16000, fmin=110.0, n_bins=48)
    >>> layer(np.zeros((2, 16000), dtype=np.float32)).shape
    (2, 48, 32)
    """

    sr: float = 22050
    hop_length: int = 512
    fmin: float = 32.70
    fmax: float | None = None
    n_bins: int = 84
    bins_per_octave: int = 12
    filter_scale: float = 1
    norm: Any = 1
    window: Any = "hann"
    center: bool = True
    pad_mode: Any = "reflect"
    trainable: Trainable = False
    output_format: str = "Magnitude"
    verbose: bool = field(default=True, repr=False, compare=False)
    compat: str | None = field(default=None, kw_only=True)

    @property
    def _norm(self) -> Any:
        return self.norm


@dataclass(frozen=True)
class CQT(CQT1992v2):
    """Constant-Q transform with kernels that can be trained: another name of `CQT1992v2`.

    Parameters
    ----------
    sr, hop_length, fmin, fmax, n_bins, bins_per_octave, filter_scale, norm, window, center, pad_mode, trainable, output_format, verbose
        As for `CQT1992v2`.
    compat : {'nnAudio'}, optional
        As for `CQT1992v2`.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what holds no floating-point
        samples.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import CQT
    >>> layer = CQT(sr=16000, fmin=110.0, n_bins=48)
    >>> layer(np.zeros((2, 16000), dtype=np.float32)).shape
    (2, 48, 32)
    """


@dataclass(frozen=True)
class CQT1992(ForwardConstantQ):
    """Constant-Q transform with the arguments of nnAudio's spectral algorithm.

    With ``normalization_type='convolutional'`` inner products are `kernel_width` times those of
    `CQT1992v2`, as in nnAudio.

    Parameters
    ----------
    sr, hop_length, fmin, fmax, n_bins, bins_per_octave, filter_scale, output_format, norm, window, center, pad_mode
        As for `CQT1992v2`.
    trainable_STFT, trainable_CQT : bool, or some of {'frequencies', 'lengths'}
        Whether the kernels are trained, or what they are made of. Here they are one product in
        time, which either of the two asks for.
    compat : {'nnAudio'}, optional
        Give nnAudio 0.3.4's own numbers: without negative frequencies, 'Phase' that of the
        conjugate. `trainable_STFT` then trains `wsin` and `wcos`, and `trainable_CQT` the spectra
        of the kernels. There is no `inverse`.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what holds no floating-point
        samples.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import CQT1992
    >>> layer = CQT1992(sr=16000, fmin=110.0, n_bins=48)
    >>> layer(np.zeros((2, 16000), dtype=np.float32)).shape
    (2, 48, 32)
    """

    arrays = atom_arrays("trainable_STFT", "trainable_CQT")

    sr: float = 22050
    hop_length: int = 512
    fmin: float = 220
    fmax: float | None = None
    n_bins: int = 84
    trainable_STFT: Trainable = False
    trainable_CQT: Trainable = False
    bins_per_octave: int = 12
    filter_scale: float = 1
    output_format: str = "Magnitude"
    norm: Any = 1
    window: Any = "hann"
    center: bool = True
    pad_mode: Any = "reflect"
    compat: str | None = field(default=None, kw_only=True)

    @property
    def _norm(self) -> Any:
        return self.norm

    @property
    def _spectrum(self) -> int:
        return self.kernel_width


class ByOctaves(ForwardConstantQ):
    """What the layers share whose arguments are those of nnAudio's algorithms by octaves."""

    norm: bool
    basis_norm: float | None
    earlydownsample: bool

    @property
    def _norm(self) -> Any:
        return self.basis_norm if self.norm else None

    @property
    def n_octaves(self) -> int:
        return math.ceil(self.n_bins / self.bins_per_octave)

    @property
    def n_filters(self) -> int:
        """Bins of an octave."""
        return min(self.bins_per_octave, self.n_bins)

    @property
    def fmin_t(self) -> float:
        """Lowest centre frequency of the top octave in Hz."""
        return self.bins.freqs[-self.n_filters]

    @property
    def n_fft(self) -> int:
        """The power of two that holds the longest atom of the top octave."""
        return frame_length(self.bins[-self.n_filters :], self.sr)

    @property
    def downsample_factor(self) -> float:
        """How much the rate is lowered before everything else: not at all."""
        return 1.0


@dataclass(frozen=True)
class CQT2010v2(ByOctaves):
    """Constant-Q transform with the arguments of nnAudio's algorithm that halves the rate from
    octave to octave.

    Parameters
    ----------
    sr, hop_length, fmin, fmax, n_bins, filter_scale, bins_per_octave, window, pad_mode, trainable, output_format
        As for `CQT1992v2`.
    norm : bool
        Whether atoms are divided by their norm; if not, by their lengths.
    basis_norm : number, inf or None
        The p-norm that it is.
    earlydownsample, verbose : bool
        Accepted for nnAudio's sake: they change no number (but see `compat`), and nothing is
        printed.
    compat : {'nnAudio'}, optional
        Give nnAudio 0.3.4's own numbers, with its half-band filters, their delays, and each
        octave's own padding. The kernels are those of the highest octave; `window`, `fmax` and
        `norm` are ignored; there is no `inverse`, and no ``lengths=``.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what holds no floating-point
        samples.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import CQT2010v2
    >>> layer = CQT2010v2(sr=16000, fmin=110.0, n_bins=48)
    >>> layer(np.zeros((2, 16000), dtype=np.float32)).shape
    (2, 48, 32)
    """

    sr: float = 22050
    hop_length: int = 512
    fmin: float = 32.70
    fmax: float | None = None
    n_bins: int = 84
    filter_scale: float = 1
    bins_per_octave: int = 12
    norm: bool = True
    basis_norm: float | None = 1
    window: Any = "hann"
    pad_mode: Any = "reflect"
    earlydownsample: bool = True
    trainable: Trainable = False
    output_format: str = "Magnitude"
    verbose: bool = field(default=True, repr=False, compare=False)
    compat: str | None = field(default=None, kw_only=True)


@dataclass(frozen=True)
class CQT2010(ByOctaves):
    """Constant-Q transform with the arguments of nnAudio's spectral algorithm that halves the rate
    from octave to octave.

    With ``normalization_type='convolutional'`` inner products are `n_fft` times those of
    `CQT1992v2`, as in nnAudio.

    Parameters
    ----------
    sr, hop_length, fmin, fmax, n_bins, bins_per_octave, window, pad_mode, filter_scale, output_format
        As for `CQT1992v2`.
    norm : bool
        Whether atoms are divided by their norm; if not, by their lengths.
    basis_norm : number, inf or None
        The p-norm that it is.
    trainable_STFT, trainable_CQT : bool, or some of {'frequencies', 'lengths'}
        Whether the kernels are trained, or what they are made of. Here they are one product in
        time, which either of the two asks for.
    earlydownsample, verbose : bool
        Accepted for nnAudio's sake: they change no number (but see `compat`), and nothing is
        printed.
    compat : {'nnAudio'}, optional
        Give nnAudio 0.3.4's own numbers, as for `CQT2010v2`. `trainable_STFT` then trains `wsin`
        and `wcos`, and `trainable_CQT` the spectra of the kernels of the highest octave.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what holds no floating-point
        samples.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import CQT2010
    >>> layer = CQT2010(sr=16000, fmin=110.0, n_bins=48)
    >>> layer(np.zeros((2, 16000), dtype=np.float32)).shape
    (2, 48, 32)
    """

    arrays = atom_arrays("trainable_STFT", "trainable_CQT")

    sr: float = 22050
    hop_length: int = 512
    fmin: float = 32.70
    fmax: float | None = None
    n_bins: int = 84
    bins_per_octave: int = 12
    norm: bool = True
    basis_norm: float | None = 1
    window: Any = "hann"
    pad_mode: Any = "reflect"
    trainable_STFT: Trainable = False
    filter_scale: float = 1
    trainable_CQT: Trainable = False
    output_format: str = "Magnitude"
    earlydownsample: bool = True
    verbose: bool = field(default=True, repr=False, compare=False)
    compat: str | None = field(default=None, kw_only=True)

    @property
    def _spectrum(self) -> int:
        return self.n_fft


@dataclass(frozen=True)
class VQT(ByOctaves):
    """Variable-Q transform: a constant-Q transform whose atoms for low frequencies are shorter.

    Parameters
    ----------
    sr, hop_length, fmin, fmax, n_bins, filter_scale, bins_per_octave, window, pad_mode, trainable, output_format
        As for `CQT1992v2`.
    norm : bool
        Whether atoms are divided by their norm; if not, by their lengths.
    basis_norm : number, inf or None
        The p-norm that it is.
    gamma : float >= 0 or None [Hz]
        What is added to each bin's bandwidth: atoms have
        ``ceil(Q sr / (f + gamma / (2**(1 / bins_per_octave) - 1)))`` samples. None for the
        equivalent rectangular bandwidth of hearing.
    earlydownsample, verbose : bool
        Accepted for nnAudio's sake: they change no number (but see `compat`), and nothing is
        printed.
    compat : {'nnAudio'}, optional
        Give nnAudio 0.3.4's own numbers, as for `CQT2010v2`. Each octave has kernels of its own,
        named `cqt_kernels_real_0`, `cqt_kernels_imag_0` and so on from the highest.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what holds no floating-point
        samples.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import VQT
    >>> layer = VQT(sr=16000, fmin=110.0, n_bins=48)
    >>> layer(np.zeros((2, 16000), dtype=np.float32)).shape
    (2, 48, 32)
    """

    sr: float = 22050
    hop_length: int = 512
    fmin: float = 32.70
    fmax: float | None = None
    n_bins: int = 84
    filter_scale: float = 1
    bins_per_octave: int = 12
    norm: bool = True
    basis_norm: float | None = 1
    gamma: float | None = 0
    window: Any = "hann"
    pad_mode: Any = "reflect"
    earlydownsample: bool = True
    trainable: Trainable = False
    output_format: str = "Magnitude"
    verbose: bool = field(default=True, repr=False, compare=False)
    compat: str | None = field(default=None, kw_only=True)

    @property
    def _gamma(self) -> float | None:
        return self.gamma


@dataclass(frozen=True)
class iCQT(ConstantQ):
    """Inverse constant-Q transform, by conjugate gradients.

    A call takes spectrograms of shape (B, n_bins, time, 2), pairs (re, im), or complex (B, n_bins,
    time), and returns the waveforms (B, samples) whose transforms, of signals with zeros around
    them (``pad_mode='constant'``), are nearest. They are the signals themselves where bins and hop
    make a frame, but for what lies below the lowest and above the highest bin: see
    `nnaudio_xp.ivqt`. A call may say `length`, the samples to give back, and the
    `normalization_type` of the spectrogram.

    Parameters
    ----------
    sr, hop_length, fmin, fmax, n_bins, bins_per_octave, filter_scale, norm, window, center
        As for the `CQT` to be inverted.
    pad_mode : str
        Accepted for the sake of nnAudio's successor: other paddings than zeros cost accuracy at the
        ends.
    n_iter : int > 0
        Steps; each costs a transform and its adjoint.
    verbose : bool
        Accepted for nnAudio's sake: nothing is printed.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what is no spectrogram of `n_bins`
        bins.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import CQT, iCQT
    >>> settings = {"hop_length": 64, "fmin": 110.0, "n_bins": 60, "pad_mode": "constant"}
    >>> x = np.sin(2 * np.pi * 440 * np.arange(11025) / 22050)
    >>> again = iCQT(**settings)(CQT(**settings)(x, output_format="Complex"), length=11025)[0]
    >>> bool(np.linalg.norm((again - x)[2000:-2000]) < 1e-2 * np.linalg.norm(x))
    True
    """

    sr: float = 22050
    hop_length: int = 512
    fmin: float = 32.70
    fmax: float | None = None
    n_bins: int = 84
    bins_per_octave: int = 12
    filter_scale: float = 1
    norm: Any = 1
    window: Any = "hann"
    center: bool = True
    pad_mode: Any = "reflect"
    n_iter: int = exact.N_ITER
    verbose: bool = field(default=True, repr=False, compare=False)

    @property
    def _norm(self) -> Any:
        return self.norm

    def __post_init__(self) -> None:
        as_integer("n_iter", self.n_iter)
        super().__post_init__()

    def apply(
        self,
        kernels: Kernels,
        X: Array,
        length: int | None = None,
        normalization_type: str = "librosa",
        *,
        xp: ModuleType | None = None,
    ) -> Array:
        """Waveforms (B, samples) from spectrograms (B, bin, time, 2) of (re, im) pairs, or complex
        ones (B, bin, time).
        """
        return self.synthesize(kernels, X, length, normalization_type, n_iter=self.n_iter, xp=xp)
