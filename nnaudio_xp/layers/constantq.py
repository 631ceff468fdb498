"""The constant-Q family. nnAudio has five algorithms for one transform; here all give the value of its definition.

That is the inner product with nnAudio's atoms at the signal's own rate, what its `CQT1992v2` computes. The classes differ in the order
of their arguments, their defaults and what they call normalisation. A frozen layer runs the exact transform of `transforms.exact`, one
with learned or loaded kernels multiplies with them.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from types import ModuleType
from typing import Any, ClassVar, NamedTuple

from .. import ops
from .._namespace import Array, device_of, host, is_complex
from ..errors import ParameterError, as_integer, as_number, as_positive, one_of
from ..geometry import Framing, padding_mode
from ..kernels.constant_q import Atom, Bins, frame_length, waves
from ..kernels.constant_q import atom_in_frame as padded
from ..kernels.constant_q import scaled_windows as normalized
from ..kernels.fourier import turned
from ..kernels.multirate import ACCURACY, Multirate, constant_q_plan
from ..transforms.constantq import exact
from ..transforms.stft import fourier_products
from ..windows import IN_STEPS, get_window, window_shape, window_under
from . import checkpoints
from .record import OUTPUT_FORMATS, Kernels, LayerSpec, Trainable, clips_of, learned_of, parts_of, returned, trainable_of

NORMALIZATIONS = ("librosa", "convolutional", "wrap")
KERNELS = ("cqt_kernels_real", "cqt_kernels_imag")


@dataclass(frozen=True)
class AttenuatedGaussian:
    """nnAudio's window ('gaussian', decibels): a Gaussian that falls by so much at its ends, whatever its length."""

    decibels: float

    def __call__(self, size: int) -> Array:
        return get_window(("gaussian", math.ceil(size / 2 / math.sqrt(self.decibels * math.log(10) / 10))), size)


class Group(NamedTuple):
    """Real and imaginary parts (bin, sample) of neighbouring bins' kernels, which reach so far to both sides of a frame's centre."""

    bins: slice
    real: Array
    imag: Array
    reach: int


class ConstantQ(LayerSpec):
    """What the layers of the family share. The arguments are fields of each class, in its own order."""

    kernel_names: ClassVar[tuple[str, ...]] = ("lenghts", *KERNELS)
    parameter_names: ClassVar[tuple[str, ...]] = ("frequencies", "lengths")
    switches: ClassVar[tuple[str, ...]] = ("trainable",)
    """Arguments that say what is trained."""

    sr: float
    hop_length: int
    fmin: float
    fmax: float | None
    n_bins: int
    bins_per_octave: int
    filter_scale: float
    window: Any
    pad_mode: Any
    output_format: str = "Complex"
    center: bool = True
    bins: Bins
    kernel_width: int
    """Samples of the kernels, the power of two that holds the longest atom."""
    groups: tuple[slice, ...]
    """Neighbouring bins, from the lowest on, whose atoms are at least half as long as the longest of the group."""
    reaches: tuple[int, ...]
    """For each group, how far from a frame's centre its kernels are not zero."""
    plan: Multirate
    """The exact transform by matrix products at lower rates, where no kernels are trained."""

    def __post_init__(self) -> None:
        self._set(**{name: trainable_of(name, getattr(self, name), self.parameter_names) for name in self.switches})
        if self._trains_kernels and any(isinstance(getattr(self, name), tuple) for name in self.switches):
            given = " and ".join(f"{name}={getattr(self, name)!r}" for name in self.switches)
            raise ParameterError(f"{given}: either the kernels are trained, or the parameters behind them")
        sr, fmin = as_positive("sr", self.sr), as_positive("fmin", self.fmin)
        self._set(hop_length=as_integer("hop_length", self.hop_length))
        per_octave = as_integer("bins_per_octave", self.bins_per_octave)
        padding_mode("pad_mode", self.pad_mode)
        one_of("output_format", self.output_format, OUTPUT_FORMATS)
        if self.fmax is not None:
            octaves = math.log2(as_positive("fmax", self.fmax) / fmin)
            if octaves <= 0:
                raise ParameterError(f"fmin={self.fmin!r} must be below fmax={self.fmax!r} Hz")
            self._set(n_bins=math.ceil(per_octave * octaves))
        freqs = tuple(fmin * 2 ** (k / per_octave) for k in range(as_integer("n_bins", self.n_bins)))
        if freqs[-1] > sr / 2:
            raise ParameterError(f"n_bins={self.n_bins} is too many: the top bin lies at {freqs[-1]:.1f} Hz, beyond sr / 2 = {sr / 2:g} Hz")
        alpha = (2 ** (1 / per_octave) - 1,) * len(freqs)
        bins = Bins(freqs, alpha, _window(self.window), self.filter_scale, self._gamma, _atom_norm(self._norm), "nnaudio")
        get_window(bins.window, 16)  # an unknown one fails here
        if "lengths" in self.learned:
            window_shape(bins.window, refused=IN_STEPS)
        lengths = bins.lengths(sr)
        starts = _octave_starts(lengths)
        groups = tuple(slice(start, stop) for start, stop in pairwise([*starts, len(lengths)]))
        width = frame_length(bins, sr)
        self._set(bins=bins, kernel_width=width, groups=groups)
        self._set(reaches=tuple(min(math.ceil(lengths[start] / 2), width // 2) for start in starts))
        self._make_plan()

    def _make_plan(self) -> None:
        if not self.learned:
            plan = constant_q_plan(self.bins, sr=float(self.sr), hop_length=self.hop_length, scale=False, accuracy=ACCURACY)
            self._set(plan=plan)

    def __getstate__(self) -> dict[str, Any]:
        return {name: value for name, value in self.__dict__.items() if name != "plan"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self._set(**state)
        self._make_plan()

    # --- what the classes differ in ----------------------------------------------------------------------------------------------

    @property
    def _gamma(self) -> float | None:
        """Hz that each bandwidth exceeds a share of the frequency."""
        return 0

    @property
    def _norm(self) -> Any:
        """The p-norm that atoms are divided by."""
        raise NotImplementedError

    @property
    def _spectrum(self) -> int:
        """What the class multiplies its inner products with, where nnAudio takes them between spectra that are not divided by length."""
        return 1

    # --- what it is --------------------------------------------------------------------------------------------------------------

    @property
    def frequencies(self) -> Array:
        """Centre frequency of each bin in Hz, in NumPy's float64."""
        return host.asarray(self.bins.freqs)

    @property
    def bins2freq(self) -> Array:
        return self.frequencies

    @property
    def framing(self) -> Framing:
        return Framing(self.kernel_width, self.hop_length, self.center, self.pad_mode)

    @property
    def timing(self) -> tuple[Framing, int]:
        return self.framing, max(self.framing.padding, 0 if self.learned else sum(self.plan.layout(1)[0]))

    # --- kernels -----------------------------------------------------------------------------------------------------------------

    @property
    def _trains_kernels(self) -> bool:
        return any(getattr(self, name) is True for name in self.switches)

    @property
    def learned(self) -> tuple[str, ...]:
        chosen = {name for switch in self.switches for name in learned_of(getattr(self, switch), KERNELS)}
        return tuple(name for name in (*KERNELS, *self.parameter_names) if name in chosen)

    @property
    def held(self) -> tuple[str, ...]:
        if self._trains_kernels:
            return self.kernel_names
        start = tuple(f"initial_{name}" for name in self.learned)
        fixed = ("waves",) if "lengths" in self.learned else ("lenghts", "atoms") if self.learned else ("lenghts",)
        return (*self.learned, *start, *fixed)

    @property
    def exported(self) -> tuple[str, ...]:
        return () if self.learned else KERNELS

    def kernel(self, name: str) -> Array:
        if name.endswith("frequencies"):
            return self.frequencies
        if name == "lenghts" or name.endswith("lengths"):
            return host.asarray(self.bins.lengths(self.sr))
        if name == "waves":
            return waves(self.bins.freqs, sr=self.sr, width=self.kernel_width)
        if name == "atoms":
            return host.stack([host.squeeze(self.kernel(part), axis=1) for part in KERNELS])
        part = host.real if name == "cqt_kernels_real" else host.imag
        rows = [padded(Atom(atom.start, part(atom.samples)), self.kernel_width) for atom in self.bins.atoms(self.sr)]
        return host.expand_dims(host.stack(rows), axis=1)

    def _made(self, kernels: Kernels, like: Array, *, xp: ModuleType) -> dict[str, Array]:
        samples = xp.arange(self.kernel_width, dtype=like.dtype, device=device_of(like)) - self.kernel_width // 2
        if "lengths" in kernels:
            sizes = xp.expand_dims(self._value("lengths", kernels, like, xp=xp), axis=1)
            odd = xp.expand_dims(self._kernel("initial_lengths", kernels, like, xp=xp) % 2, axis=1)
            window = window_under(window_shape(self.bins.window, refused=IN_STEPS), samples + odd / 2, sizes, xp=xp)
            pairs = self._kernel("waves", kernels, like, xp=xp) * normalized(window, sizes, self.bins.norm, "nnaudio", xp=xp)
            found = {"lenghts": sizes[:, 0]}
        else:
            pairs, found = self._kernel("atoms", kernels, like, xp=xp), {}
        real, imag = pairs[0, ...], pairs[1, ...]
        if "frequencies" in kernels:
            turns = xp.expand_dims(self._moved("frequencies", kernels, like, xp=xp) / self.sr, axis=1)
            real, imag = turned(real, imag, 2 * math.pi * turns * samples, xp=xp)
        return {**found, **{name: xp.expand_dims(part, axis=1) for name, part in zip(KERNELS, (real, imag), strict=True)}}

    def is_own(self, name: str, value: Array) -> bool:
        own = self.kernel(name)
        return checkpoints.is_rounding(value - own, own)

    def fitted(self, kernels: Kernels) -> LayerSpec:
        """Loaded kernels may have been trained all over their width, as nnAudio does: none of their samples is left out."""
        centre = self.kernel_width // 2
        reaches = []
        for bins, reach in zip(self.groups, self.reaches, strict=True):
            used = [host.nonzero(host.any(host.asarray(kernels[name][bins, 0, :]) != 0, axis=0))[0] for name in KERNELS if name in kernels]
            ends = [end for samples in used if samples.shape[0] for end in (centre - int(samples[0]), int(samples[-1]) + 1 - centre)]
            reaches.append(max([reach, *ends]))
        if tuple(reaches) == self.reaches:
            return self
        record = copy.copy(self)
        record._set(reaches=tuple(reaches))
        return record

    def _translated(self, change: Array) -> Kernels:
        """The kernels of the definition and what training changed, (bin, sample)."""
        own = {name: self.kernel(name) for name in self.kernel_names}
        parts = zip(KERNELS, (host.real(change), host.imag(change)), strict=True)
        return own | {name: own[name] + host.expand_dims(part, axis=1) for name, part in parts}

    # --- the transform -----------------------------------------------------------------------------------------------------------

    def _own(self, kernels: Kernels, like: Array, *, xp: ModuleType) -> list[Group]:
        """The kernels, each group of neighbours cut to where they are not zero."""
        real, imag = (xp.squeeze(self._kernel(name, kernels, like, xp=xp), axis=1) for name in KERNELS)
        centre = self.kernel_width // 2
        everywhere = "lengths" in kernels  # trained atoms reach as far as they please
        spans = [(slice(None), centre)] if everywhere else zip(self.groups, self.reaches, strict=True)
        cut = [(bins, slice(centre - reach, centre + reach), reach) for bins, reach in spans]
        return [Group(bins, real[bins, inside], imag[bins, inside], reach) for bins, inside, reach in cut]

    def _products(self, groups: list[Group], clips: Array, center: bool, *, xp: ModuleType) -> tuple[Array, Array]:
        """Real and imaginary parts (..., time, bin) of the products with kernels as they are: those that were learned or loaded."""
        centre, parts = self.kernel_width // 2, []
        for _, real, imag, reach in groups:
            signal = clips if center else clips[..., centre - reach : clips.shape[-1] - centre + reach]
            parts.append(fourier_products(signal, real, imag, Framing(2 * reach, self.hop_length, center, self.pad_mode), xp=xp))
        re, im = (xp.concat(side, axis=-1) for side in zip(*parts, strict=True))
        return re, im

    def _nearest(self, kernels: Kernels, parts: tuple[Array, Array], first: int, length: int, n_iter: int, *, xp: ModuleType) -> Array:
        """`exact.exact_synthesis` for kernels as they are: frame 0 of re and im (..., time, bin) is centred on sample `first`."""
        groups, centre = self._own(kernels, parts[0], xp=xp), self.kernel_width // 2
        before, span = centre - first, self.kernel_width + self.hop_length * (parts[0].shape[-2] - 1)
        gains = xp.concat([xp.sum(ops.magnitude(real, imag, xp=xp), axis=-1) for _, real, imag, _ in groups])
        weights = xp.where(gains > 0, 1 / xp.where(gains > 0, gains, 1.0) ** 2, 0.0)

        def back(re: Array, im: Array) -> Array:
            signals, weighted = [], (re * weights, im * weights)
            for bins, real, imag, reach in groups:
                rows = weighted[0][..., bins] @ real - weighted[1][..., bins] @ imag
                signals.append(ops.pad(ops.overlap_add(rows, self.hop_length, xp=xp), centre - reach, centre - reach, "constant", xp=xp))
            return ops.fit_samples(sum(signals[1:], signals[0]), before, length, xp=xp)

        def normal(signal: Array) -> Array:
            framed = ops.fit_samples(ops.pad(signal, before, 0, "constant", xp=xp), 0, span, xp=xp)
            return back(*self._products(groups, framed, False, xp=xp))

        return ops.conjugate_gradients(normal, back(*parts), n_iter, xp=xp)

    def _placed(self, clips: Array, *, xp: ModuleType) -> tuple[Array, int, int]:
        """The signal as the exact transform takes it, the centre of its first frame, and their number."""
        if self.center:
            return exact.padded_signal(clips, self.plan, self.pad_mode, xp=xp)
        return clips, self.kernel_width // 2, self.framing.n_frames(clips.shape[-1])

    def _magnitudes(self, kernels: Kernels, clips: Array, *, xp: ModuleType) -> Array:
        if any(name in kernels for name in KERNELS):
            return ops.magnitude(*self._parts(kernels, clips, xp=xp), xp=xp)
        signal, center, n_frames = self._placed(clips, xp=xp)
        return ops.multirate(signal, self.plan, center, n_frames, power=1, xp=xp)

    def _parts(self, kernels: Kernels, clips: Array, *, xp: ModuleType) -> tuple[Array, Array]:
        if any(name in kernels for name in KERNELS):
            return self._products(self._own(kernels, clips, xp=xp), clips, self.center, xp=xp)
        signal, center, n_frames = self._placed(clips, xp=xp)
        return ops.multirate_parts(signal, self.plan, center, n_frames, xp=xp)

    def _gain(self, kernels: Kernels, normalization_type: str, like: Array, *, xp: ModuleType) -> Any:
        """What inner products are multiplied with: a number, or one for each bin."""
        one_of("normalization_type", normalization_type, NORMALIZATIONS)
        if normalization_type == "librosa":
            return xp.sqrt(self._kernel("lenghts", kernels, like, xp=xp))
        return 2.0 if normalization_type == "wrap" else float(self._spectrum)

    def apply(
        self,
        kernels: Kernels,
        x: Array,
        output_format: str | None = None,
        normalization_type: str = "librosa",
        *,
        xp: ModuleType | None = None,
    ) -> Array:
        """Picture (B, bin, time), with a fourth axis of two for 'Complex' and 'Phase', of waveforms (L), (B, L) or (B, 1, L)."""
        wanted = one_of("output_format", self.output_format if output_format is None else output_format, OUTPUT_FORMATS)
        xp, clips = clips_of(x, xp=xp)
        self.framing.check_length(clips.shape[-1], name="x")
        kernels = self.made(kernels, clips, xp=xp)
        gain = self._gain(kernels, normalization_type, clips, xp=xp)
        if wanted == "Magnitude":
            return returned(xp.matrix_transpose(self._magnitudes(kernels, clips, xp=xp) * gain), x, xp=xp)
        parts = self._parts(kernels, clips, xp=xp)
        pair = _directions(*parts, xp=xp) if wanted == "Phase" else [part * gain for part in parts]
        return returned(xp.stack([xp.matrix_transpose(part) for part in pair], axis=-1), x, xp=xp)

    def inverse(
        self,
        kernels: Kernels,
        X: Array,
        length: int | None = None,
        normalization_type: str = "librosa",
        *,
        xp: ModuleType | None = None,
        n_iter: int = exact.N_ITER,
    ) -> Array:
        """Waveforms (B, length) whose transforms, padded with zeros, are nearest to X: see `iCQT`."""
        xp, re, im = parts_of(X, xp=xp)
        kernels = self.made(kernels, re, xp=xp)
        if re.shape[-2] != self.n_bins:
            raise ParameterError(f"X has {re.shape[-2]} bins: with n_bins={self.n_bins} it must have as many")
        center = 0 if self.center else self.kernel_width // 2
        samples = self.hop_length * (re.shape[-1] - 1) + 2 * center if length is None else as_integer("length", length)
        if samples < 1:
            raise ParameterError(f"X has {re.shape[-1]} frames: it must have at least 2, or length= be given")
        gain = self._gain(kernels, normalization_type, re, xp=xp)
        parts = (xp.matrix_transpose(re) / gain, xp.matrix_transpose(im) / gain)
        if any(name in kernels for name in KERNELS):
            signal = self._nearest(kernels, parts, center, samples, n_iter, xp=xp)
        else:
            signal = exact.exact_synthesis(ops.to_complex(*parts, xp=xp), self.plan, length=samples, n_iter=n_iter, center=center, xp=xp)
        return signal if is_complex(X, xp) else returned(signal, X, xp=xp)


def _window(window: Any) -> Any:
    """nnAudio gives a Gaussian window in dB, not in samples: its length changes from bin to bin."""
    if isinstance(window, tuple) and len(window) == 2 and window[0] == "gaussian":
        return AttenuatedGaussian(as_positive("window", window[1]))
    return window


def _atom_norm(norm: Any) -> float | None:
    if norm is None or norm == math.inf:
        return None if norm is None else math.inf
    return as_number("norm", norm, minimum=0) or None


def _octave_starts(lengths: Sequence[float]) -> list[int]:
    """Where to cut lengths, the longest first, so that none is below half of the first of its part."""
    starts = [0]
    for k, length in enumerate(lengths):
        if length < lengths[starts[-1]] / 2:
            starts.append(k)
    return starts


def _directions(re: Array, im: Array, *, xp: ModuleType) -> tuple[Array, Array]:
    """Cosine and sine of the phase; 1 and 0, with gradient 0, where there is nothing."""
    size = ops.magnitude(re, im, xp=xp)
    silent = size == 0
    safe = xp.where(silent, 1.0, size)
    return xp.where(silent, 1.0, re / safe), xp.where(silent, 0.0, im / safe)


@dataclass(frozen=True)
class CQT1992v2(ConstantQ):
    """Constant-Q transform with kernels that can be trained.

    A call takes waveforms of shape (L), (B, L) or (B, 1, L), and returns (B, n_bins, time), or (B, n_bins, time, 2): pairs (re, im) for
    'Complex', (cos, sin) for 'Phase'. Further leading axes stay in front. A call may name its own `output_format`, and a
    `normalization_type`: inner products times the roots of the atoms' lengths ('librosa', the default), as they are ('convolutional'), or
    doubled ('wrap'), which gives a sinusoid its amplitude. `inverse` goes back, as `iCQT` does. ``lengths=`` is for clips of different
    lengths, as for `STFT`.

    The lengths of the atoms are nnAudio's, ``ceil(Q sr / f)`` with ``Q = filter_scale / (2**(1 / bins_per_octave) - 1)``, not those of
    librosa 0.9 and later, which `nnaudio_xp.cqt` has.

    Parameters
    ----------
    sr : float [Hz]
        Sampling rate.
    hop_length : int > 0
        Samples from one frame to the next.
    fmin : float [Hz]
        Lowest centre frequency.
    fmax : float [Hz], optional
        In the place of `n_bins`, a frequency that all bins lie below: there are ``ceil(bins_per_octave * log2(fmax / fmin))``.
    n_bins, bins_per_octave : int > 0
        Number of bins, and of those in an octave. All lie below sr / 2.
    filter_scale : float > 0
        Shortens (below 1) or lengthens the atoms.
    norm : number, inf or None
        The p-norm that atoms are divided by; their lengths for None or 0.
    window : str, tuple, number or callable
        As for `nnaudio_xp.filters.get_window`; but ``('gaussian', decibels)`` is what it is in nnAudio, the fall at the ends.
    center : bool
        Whether frame t is centred on sample ``t * hop_length``; else it begins there, and is `kernel_width` samples long.
    pad_mode : str
        How a centred signal is padded, as for `nnaudio_xp.stft`; reflected by default.
    trainable : bool, or some of {'frequencies', 'lengths'}
        Whether `cqt_kernels_real` and `cqt_kernels_imag` are trained, each sample under the atoms; or what they are made of: the centre
        frequencies in Hz, and the lengths of the atoms in samples. Atoms that grow longer than `kernel_width` are cut.
    output_format : {'Magnitude', 'Complex', 'Phase'}
        What a call returns, unless it says otherwise.
    verbose : bool
        Accepted for nnAudio's sake: nothing is printed.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what holds no floating-point samples.

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

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what holds no floating-point samples.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import CQT
    >>> layer = CQT(sr=16000, fmin=110.0, n_bins=48)
    >>> layer(np.zeros((2, 16000), dtype=np.float32)).shape
    (2, 48, 32)
    """


@dataclass(frozen=True)
class CQT1992(ConstantQ):
    """Constant-Q transform with the arguments of nnAudio's spectral algorithm.

    With ``normalization_type='convolutional'`` inner products are `kernel_width` times those of `CQT1992v2`, as in nnAudio.

    Parameters
    ----------
    sr, hop_length, fmin, fmax, n_bins, bins_per_octave, filter_scale, output_format, norm, window, center, pad_mode
        As for `CQT1992v2`.
    trainable_STFT, trainable_CQT : bool, or some of {'frequencies', 'lengths'}
        Whether the kernels are trained, or what they are made of. Here they are one product in time, which either of the two asks for.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what holds no floating-point samples.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import CQT1992
    >>> layer = CQT1992(sr=16000, fmin=110.0, n_bins=48)
    >>> layer(np.zeros((2, 16000), dtype=np.float32)).shape
    (2, 48, 32)
    """

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
    switches: ClassVar[tuple[str, ...]] = ("trainable_STFT", "trainable_CQT")

    @property
    def _norm(self) -> Any:
        return self.norm

    @property
    def _spectrum(self) -> int:
        return self.kernel_width

    @property
    def foreign(self) -> tuple[str, ...]:
        return ("wsin", "wcos")

    def translated(self, arrays: Kernels) -> Kernels:
        return self._translated(checkpoints.spectral_change(arrays, checkpoints.bank(self.bins, self.sr)))


class ByOctaves(ConstantQ):
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

    # --- nnAudio's checkpoints -----------------------------------------------------------------------------------------------------

    @property
    def foreign(self) -> tuple[str, ...]:
        return ("lowpass_filter", "early_downsample_filter", "wsin", "wcos")

    @property
    def _highest(self) -> float:
        """What nnAudio takes for the highest centre frequency: not the last bin's where there is less than an octave."""
        steps = (self.n_bins - 1) % self.bins_per_octave
        return float(self.fmin * 2 ** (self.n_octaves - 1 + steps / self.bins_per_octave))

    def _octave(self, octave: int, rate: float) -> Array:
        """The kernels that nnAudio builds for an octave, 0 at the top, at a rate: always with a Hann window."""
        step = 2 ** (1 / self.bins_per_octave)
        lowest = self._highest / 2**octave * step / 2
        freqs = tuple(lowest * step**k for k in range(self.n_filters))
        alpha = self.bins.alpha[:1] * len(freqs)
        return checkpoints.bank(replace(self.bins, freqs=freqs, alpha=alpha, window="hann", norm=_atom_norm(self.basis_norm)), rate)

    @property
    def _early_factor(self) -> int:
        if not self.earlydownsample:
            return 1
        q = self.filter_scale / self.bins.alpha[0]
        return checkpoints.early_factor(sr=self.sr, hop_length=self.hop_length, f_top=self._highest, q=q, n_octaves=self.n_octaves)

    def _changes(self, arrays: Kernels) -> list[Array]:
        """What training changed in each octave's kernels (bin, sample) at its rate: nnAudio trains those of the top one for all."""
        own = self._octave(0, self.sr / self._early_factor)
        return [checkpoints.change(checkpoints.pair(arrays, "", (own.shape[0], 1, own.shape[1]))[:, 0, :], own)] * self.n_octaves

    def translated(self, arrays: Kernels) -> Kernels:
        if tuple(arrays["lenghts"].shape if "lenghts" in arrays else ()) != (self.n_bins,):
            raise ParameterError(f"lenghts is missing or has not the shape ({self.n_bins},): the checkpoint has another number of bins")
        changes = self._changes(arrays)
        if not any(bool(host.any(change != 0)) for change in changes):
            return self._translated(host.zeros((self.n_bins, self.kernel_width)))
        factors = [self._early_factor * 2**octave for octave in range(self.n_octaves)]
        rows = [checkpoints.at_full_rate(change, factor, self.kernel_width) for change, factor in zip(changes, factors, strict=True)]
        return self._translated(host.concat(rows[::-1])[-self.n_bins :, :])


@dataclass(frozen=True)
class CQT2010v2(ByOctaves):
    """Constant-Q transform with the arguments of nnAudio's algorithm that halves the rate from octave to octave.

    Parameters
    ----------
    sr, hop_length, fmin, fmax, n_bins, filter_scale, bins_per_octave, window, pad_mode, trainable, output_format
        As for `CQT1992v2`.
    norm : bool
        Whether atoms are divided by their norm; if not, by their lengths.
    basis_norm : number, inf or None
        The p-norm that it is.
    earlydownsample, verbose : bool
        Accepted for nnAudio's sake: they change no number, and nothing is printed.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what holds no floating-point samples.

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
    earlydownsample: bool = field(default=True, repr=False, compare=False)
    trainable: Trainable = False
    output_format: str = "Magnitude"
    verbose: bool = field(default=True, repr=False, compare=False)


@dataclass(frozen=True)
class CQT2010(ByOctaves):
    """Constant-Q transform with the arguments of nnAudio's spectral algorithm that halves the rate from octave to octave.

    With ``normalization_type='convolutional'`` inner products are `n_fft` times those of `CQT1992v2`, as in nnAudio.

    Parameters
    ----------
    sr, hop_length, fmin, fmax, n_bins, bins_per_octave, window, pad_mode, filter_scale, output_format
        As for `CQT1992v2`.
    norm : bool
        Whether atoms are divided by their norm; if not, by their lengths.
    basis_norm : number, inf or None
        The p-norm that it is.
    trainable_STFT, trainable_CQT : bool, or some of {'frequencies', 'lengths'}
        Whether the kernels are trained, or what they are made of. Here they are one product in time, which either of the two asks for.
    earlydownsample, verbose : bool
        Accepted for nnAudio's sake: they change no number, and nothing is printed.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what holds no floating-point samples.

    Examples
    --------
    >>> import numpy as np
    >>> from nnaudio_xp.backends.numpy import CQT2010
    >>> layer = CQT2010(sr=16000, fmin=110.0, n_bins=48)
    >>> layer(np.zeros((2, 16000), dtype=np.float32)).shape
    (2, 48, 32)
    """

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
    earlydownsample: bool = field(default=True, repr=False, compare=False)
    verbose: bool = field(default=True, repr=False, compare=False)
    switches: ClassVar[tuple[str, ...]] = ("trainable_STFT", "trainable_CQT")

    @property
    def _spectrum(self) -> int:
        return self.n_fft

    def _changes(self, arrays: Kernels) -> list[Array]:
        return [checkpoints.spectral_change(arrays, self._octave(0, self.sr / self._early_factor))] * self.n_octaves


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
        What is added to each bin's bandwidth: atoms have ``ceil(Q sr / (f + gamma / (2**(1 / bins_per_octave) - 1)))`` samples. None for
        the equivalent rectangular bandwidth of hearing.
    earlydownsample, verbose : bool
        Accepted for nnAudio's sake: they change no number, and nothing is printed.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what holds no floating-point samples.

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
    earlydownsample: bool = field(default=True, repr=False, compare=False)
    trainable: Trainable = False
    output_format: str = "Magnitude"
    verbose: bool = field(default=True, repr=False, compare=False)

    @property
    def _gamma(self) -> float | None:
        return self.gamma

    @property
    def foreign(self) -> tuple[str, ...]:
        octaves = [f"{name}_{octave}" for octave in range(self.n_octaves) for name in KERNELS]
        return (*super().foreign, *octaves)

    def _changes(self, arrays: Kernels) -> list[Array]:
        """Every octave has its own kernels, built for the rate without early downsampling."""
        changes = []
        for octave in range(self.n_octaves):
            own = self._octave(octave, self.sr / 2**octave)
            changes.append(checkpoints.change(checkpoints.pair(arrays, f"_{octave}", (own.shape[0], 1, own.shape[1]))[:, 0, :], own))
        return changes


@dataclass(frozen=True)
class iCQT(ConstantQ):
    """Inverse constant-Q transform, by conjugate gradients.

    A call takes pictures of shape (B, n_bins, time, 2), pairs (re, im), or complex (B, n_bins, time), and returns the waveforms
    (B, samples) whose transforms, of signals with zeros around them (``pad_mode='constant'``), are nearest. They are the signals themselves
    where bins and hop make a frame, but for what lies below the lowest and above the highest bin: see `nnaudio_xp.ivqt`. A call may say
    `length`, the samples to give back, and the `normalization_type` of the picture.

    Parameters
    ----------
    sr, hop_length, fmin, fmax, n_bins, bins_per_octave, filter_scale, norm, window, center
        As for the `CQT` to be inverted.
    pad_mode : str
        Accepted for the sake of nnAudio's successor: other paddings than zeros cost accuracy at the ends.
    n_iter : int > 0
        Steps; each costs a transform and its adjoint.
    verbose : bool
        Accepted for nnAudio's sake: nothing is printed.

    Raises
    ------
    ParameterError
        On an argument outside these ranges, and when called with what is no picture of `n_bins` bins.

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

    kernel_names: ClassVar[tuple[str, ...]] = ("lenghts",)
    parameter_names: ClassVar[tuple[str, ...]] = ()
    switches: ClassVar[tuple[str, ...]] = ()

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

    @property
    def timing(self) -> tuple[Framing, int]:
        return super(ConstantQ, self).timing

    def __post_init__(self) -> None:
        as_integer("n_iter", self.n_iter)
        super().__post_init__()

    def apply(  # type: ignore[override]
        self,
        kernels: Kernels,
        X: Array,
        length: int | None = None,
        normalization_type: str = "librosa",
        *,
        xp: ModuleType | None = None,
    ) -> Array:
        """Waveforms (B, samples) from pictures (B, bin, time, 2) of (re, im) pairs, or complex ones (B, bin, time)."""
        return self.inverse(kernels, X, length, normalization_type, xp=xp, n_iter=self.n_iter)
