"""What the layers of the constant-Q family share.

nnAudio has five algorithms for one transform; here all give the value of its definition: the inner
product with nnAudio's atoms at the signal's own rate, what its `CQT1992v2` computes. A frozen layer
runs the exact transform of `transforms.constantq.exact`, one with trained or loaded kernels
multiplies with them.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from types import ModuleType
from typing import Any, ClassVar, NamedTuple

from .. import ops
from .._namespace import Array, device_of, host, is_complex
from ..errors import LISTED, ParameterError, as_integer, as_number, as_positive, check_octaves, check_size, one_of
from ..geometry import Framing, padding_mode, signal_samples
from ..kernels.constant_q import Bins, atom_in_frame, frame_length, scaled_windows, waves
from ..kernels.fourier import turned
from ..kernels.multirate import ACCURACY, MultiratePlan, constant_q_plan
from ..transforms.constantq import exact
from ..transforms.stft import fourier_products
from ..windows import IN_STEPS, get_window, window_shape, window_under
from .arrays import Constant, Kernel, LayerArray, Parameter, always, never, start_of, trainable_of
from .inputs import OUTPUT_FORMATS, clips_of, parts_of, returned
from .spec import Kernels, LayerSpec

NORMALIZATIONS = ("librosa", "convolutional", "wrap")
KERNELS = ("cqt_kernels_real", "cqt_kernels_imag")


@dataclass(frozen=True)
class AttenuatedGaussian:
    """nnAudio's window ('gaussian', decibels): a Gaussian that falls by so much at its ends,
    whatever its length.
    """

    decibels: float

    def __call__(self, size: int) -> Array:
        return get_window(("gaussian", math.ceil(size / 2 / math.sqrt(self.decibels * math.log(10) / 10))), size)


class KernelGroup(NamedTuple):
    """Real and imaginary parts (bin, sample) of neighbouring bins' kernels, which reach so far to
    both sides of a frame's centre.
    """

    bins: slice
    real: Array
    imag: Array
    reach: int


def _lengths(spec: ConstantQ) -> Array:
    return host.asarray(spec.bins.lengths(spec.sr))


def _atoms(spec: ConstantQ) -> Array:
    """Real and imaginary parts of the kernels, (2, bin, kernel_width)."""
    rows = host.stack([atom_in_frame(atom, spec.kernel_width) for atom in spec.bins.atoms(spec.sr)])
    return host.stack([host.real(rows), host.imag(rows)])


def _part(index: int) -> Callable[[ConstantQ], Array]:
    return lambda spec: host.expand_dims(_atoms(spec)[index, ...], axis=1)


LENGTHS = Kernel("lenghts", _lengths, used=lambda spec: "lengths" not in spec.learned)


EXPORTED = tuple(Constant(name, _part(index), used=never, exported=always) for index, name in enumerate(KERNELS))
"""Kernels of a layer that has nothing to train, for graphs that must run without this library."""


def atom_arrays(*switches: str) -> tuple[LayerArray, ...]:
    """The arrays of a layer whose arguments `switches` say what is trained."""

    def trains_nothing(spec: ConstantQ) -> bool:
        return not spec.learned

    kernels = [
        Kernel(name, _part(index), switches, used=lambda spec: spec.trains_kernels, exported=trains_nothing)
        for index, name in enumerate(KERNELS)
    ]
    parameters = Parameter("frequencies", lambda spec: spec.frequencies, switches), Parameter("lengths", _lengths, switches)
    waved = Constant(
        "waves",
        lambda spec: waves(spec.bins.freqs, sr=spec.sr, width=spec.kernel_width),
        used=lambda spec: "lengths" in spec.learned,
    )
    windowed = Constant("atoms", _atoms, used=lambda spec: spec.learned == ("frequencies",))
    return (LENGTHS, *kernels, *parameters, *map(start_of, parameters), waved, windowed)


class ConstantQ(LayerSpec):
    """What the layers of the family share. The arguments are fields of each class, in its own
    order.
    """

    arrays: ClassVar[tuple[LayerArray, ...]] = (LENGTHS, *EXPORTED)

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
    compat: str | None = None
    bins: Bins
    kernel_width: int
    """Samples of the kernels, the power of two that holds the longest atom."""
    groups: tuple[slice, ...]
    """Neighbouring bins, from the lowest on, whose atoms are at least half as long as the longest
    of the group.
    """
    reaches: tuple[int, ...]
    """For each group, how far from a frame's centre its kernels are not zero."""
    plan: MultiratePlan
    """The exact transform by matrix products at lower rates, where no kernels are trained."""

    def __post_init__(self) -> None:
        self._set(**{name: trainable_of(name, getattr(self, name), self.parameter_names) for name in self.switches})
        if self.trains_kernels and any(isinstance(getattr(self, name), tuple) for name in self.switches):
            given = " and ".join(f"{name}={getattr(self, name)!r}" for name in self.switches)
            raise ParameterError(f"{given}: either the kernels are trained, or the parameters behind them")
        sr, fmin = as_positive("sr", self.sr), as_positive("fmin", self.fmin)
        self._set(hop_length=as_integer("hop_length", self.hop_length))
        per_octave = as_integer("bins_per_octave", self.bins_per_octave)
        padding_mode("pad_mode", self.pad_mode)
        one_of("output_format", self.output_format, OUTPUT_FORMATS)
        one_of("compat", self.compat, self.compats)
        if self.fmax is not None:
            octaves = math.log2(as_positive("fmax", self.fmax) / fmin)
            if octaves <= 0:
                raise ParameterError(f"fmin={self.fmin!r} must be below fmax={self.fmax!r} Hz")
            self._set(n_bins=math.ceil(per_octave * octaves))
        n_bins = as_integer("n_bins", self.n_bins)
        check_size("the bins", [max(n_bins, per_octave)], f"n_bins={n_bins}, bins_per_octave={per_octave}", each=LISTED)
        check_octaves(fmin, n_bins / per_octave, f"n_bins={n_bins}")
        freqs = tuple(fmin * 2 ** (k / per_octave) for k in range(n_bins))
        if freqs[-1] > sr / 2:
            raise ParameterError(f"n_bins={self.n_bins} is too many: the top bin lies at {freqs[-1]:.1f} Hz, beyond sr / 2 = {sr / 2:g} Hz")
        alpha = (2 ** (1 / per_octave) - 1,) * len(freqs)
        norm = atom_norm(self._norm, "basis_norm" if hasattr(self, "basis_norm") else "norm")
        bins = Bins(freqs, alpha, _window(self.window), self.filter_scale, self._gamma, norm, "nnaudio")
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

    # --- what the classes differ in ---------------------------------------------------------------

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
        """What the class multiplies its inner products with, where nnAudio takes them between
        spectra that are not divided by length.
        """
        return 1

    @property
    def _floor(self) -> float:
        """What is added to squared magnitudes."""
        return 0.0

    # --- what it is -------------------------------------------------------------------------------

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

    # --- kernels ----------------------------------------------------------------------------------

    @property
    def trains_kernels(self) -> bool:
        return any(getattr(self, name) is True for name in self.switches)

    def _made(self, kernels: Kernels, like: Array, *, xp: ModuleType) -> dict[str, Array]:
        samples = xp.arange(self.kernel_width, dtype=like.dtype, device=device_of(like)) - self.kernel_width // 2
        if "lengths" in kernels:
            sizes = xp.expand_dims(self._value("lengths", kernels, like, xp=xp), axis=1)
            odd = xp.expand_dims(self._kernel("initial_lengths", kernels, like, xp=xp) % 2, axis=1)
            window = window_under(window_shape(self.bins.window, refused=IN_STEPS), samples + odd / 2, sizes, xp=xp)
            pairs = self._kernel("waves", kernels, like, xp=xp) * scaled_windows(window, sizes, self.bins.norm, "nnaudio", xp=xp)
            found = {"lenghts": sizes[:, 0]}
        else:
            pairs, found = self._kernel("atoms", kernels, like, xp=xp), {}
        real, imag = pairs[0, ...], pairs[1, ...]
        if "frequencies" in kernels:
            turns = xp.expand_dims(self._moved("frequencies", kernels, like, xp=xp) / self.sr, axis=1)
            real, imag = turned(real, imag, 2 * math.pi * turns * samples, xp=xp)
        return {**found, **{name: xp.expand_dims(part, axis=1) for name, part in zip(KERNELS, (real, imag), strict=True)}}

    def fitted(self, kernels: Kernels) -> LayerSpec:
        """Loaded kernels may have been trained all over their width, as nnAudio does: none of their
        samples is left out.
        """
        centre = self.kernel_width // 2
        reaches = []
        for bins, reach in zip(self.groups, self.reaches, strict=True):
            used = [host.nonzero(host.any(host.asarray(kernels[name][bins, 0, :]) != 0, axis=0))[0] for name in KERNELS if name in kernels]
            ends = [end for samples in used if samples.shape[0] for end in (centre - int(samples[0]), int(samples[-1]) + 1 - centre)]
            reaches.append(max([reach, *ends]))
        if tuple(reaches) == self.reaches:
            return self
        spec = copy.copy(self)
        spec._set(reaches=tuple(reaches))
        return spec

    # --- the transform ----------------------------------------------------------------------------

    def _own(self, kernels: Kernels, like: Array, *, xp: ModuleType) -> list[KernelGroup]:
        """The kernels, each group of neighbours cut to where they are not zero."""
        real, imag = (xp.squeeze(self._kernel(name, kernels, like, xp=xp), axis=1) for name in KERNELS)
        centre = self.kernel_width // 2
        everywhere = "lengths" in kernels  # trained atoms reach as far as they please
        spans = [(slice(None), centre)] if everywhere else zip(self.groups, self.reaches, strict=True)
        cut = [(bins, slice(centre - reach, centre + reach), reach) for bins, reach in spans]
        return [KernelGroup(bins, real[bins, inside], imag[bins, inside], reach) for bins, inside, reach in cut]

    def _products(self, groups: list[KernelGroup], clips: Array, center: bool, *, xp: ModuleType) -> tuple[Array, Array]:
        """Real and imaginary parts (..., time, bin) of the products with kernels as they are: those
        that were learned or loaded.
        """
        centre, parts = self.kernel_width // 2, []
        for _, real, imag, reach in groups:
            signal = clips if center else clips[..., centre - reach : clips.shape[-1] - centre + reach]
            parts.append(fourier_products(signal, real, imag, Framing(2 * reach, self.hop_length, center, self.pad_mode), xp=xp))
        re, im = (xp.concat(side, axis=-1) for side in zip(*parts, strict=True))
        return re, im

    def _nearest(self, kernels: Kernels, parts: tuple[Array, Array], first: int, length: int, n_iter: int, *, xp: ModuleType) -> Array:
        """`exact.exact_synthesis` for kernels as they are: frame 0 of re and im (..., time, bin) is
        centred on sample `first`.
        """
        groups, centre = self._own(kernels, parts[0], xp=xp), self.kernel_width // 2
        before, span = centre - first, self.kernel_width + self.hop_length * (parts[0].shape[-2] - 1)
        gains = xp.concat([xp.sum(ops.magnitude(real, imag, xp=xp), axis=-1) for _, real, imag, _ in groups])
        weights = xp.where(gains > 0, 1 / xp.where(gains > 0, gains, 1.0) ** 2, 0.0)

        def back(re: Array, im: Array) -> Array:
            signals, weighted = [], (re * weights, im * weights)
            for bins, real, imag, reach in groups:
                rows = ops.banded(weighted[0][..., bins], real.T, xp=xp) - ops.banded(weighted[1][..., bins], imag.T, xp=xp)
                signals.append(ops.pad(ops.overlap_add(rows, self.hop_length, xp=xp), centre - reach, centre - reach, "constant", xp=xp))
            return ops.fit_samples(sum(signals[1:], signals[0]), before, length, xp=xp)

        def normal(signal: Array) -> Array:
            framed = ops.fit_samples(ops.pad(signal, before, 0, "constant", xp=xp), 0, span, xp=xp)
            return back(*self._products(groups, framed, False, xp=xp))

        return ops.conjugate_gradients(normal, back(*parts), n_iter, xp=xp)

    def _placed(self, clips: Array, *, xp: ModuleType) -> tuple[Array, int, int]:
        """The signal as the exact transform takes it, the centre of its first frame, and their
        number.
        """
        if self.center:
            return exact.padded_signal(clips, self.plan, self.pad_mode, xp=xp)
        return clips, self.kernel_width // 2, self.framing.n_frames(clips.shape[-1])

    def _magnitudes(self, kernels: Kernels, clips: Array, *, xp: ModuleType) -> Array:
        if any(name in kernels for name in KERNELS):
            return ops.magnitude(*self._parts(kernels, clips, xp=xp), xp=xp)
        signal, center, n_frames = self._placed(clips, xp=xp)
        return ops.multirate_products(signal, self.plan, center, n_frames, power=1, xp=xp)

    def _parts(self, kernels: Kernels, clips: Array, *, xp: ModuleType) -> tuple[Array, Array]:
        if any(name in kernels for name in KERNELS):
            return self._products(self._own(kernels, clips, xp=xp), clips, self.center, xp=xp)
        signal, center, n_frames = self._placed(clips, xp=xp)
        return ops.multirate_product_parts(signal, self.plan, center, n_frames, xp=xp)

    def _gain(self, kernels: Kernels, normalization_type: str, like: Array, *, xp: ModuleType) -> Any:
        """What inner products are multiplied with: a number, or one for each bin."""
        one_of("normalization_type", normalization_type, NORMALIZATIONS)
        if normalization_type == "librosa":
            return xp.sqrt(self._kernel("lenghts", kernels, like, xp=xp))
        return 2.0 if normalization_type == "wrap" else float(self._spectrum)

    def synthesize(
        self,
        kernels: Kernels,
        X: Array,
        length: int | None,
        normalization_type: str,
        *,
        n_iter: int,
        xp: ModuleType | None,
    ) -> Array:
        """Waveforms (B, length) whose transforms, padded with zeros, are nearest to X, by conjugate
        gradients.
        """
        xp, re, im = parts_of(X, xp=xp)
        kernels = self.made(kernels, re, xp=xp)
        if re.shape[-2] != self.n_bins:
            raise ParameterError(f"X has {re.shape[-2]} bins: with n_bins={self.n_bins} it must have as many")
        center = 0 if self.center else self.kernel_width // 2
        covered = self.hop_length * (re.shape[-1] - 1) + 2 * center
        samples = signal_samples(length, covered, {"hop_length": self.hop_length}, given=math.prod(re.shape))
        if samples < 1:
            raise ParameterError(f"X has {re.shape[-1]} frames: it must have at least 2, or length= be given")
        gain = self._gain(kernels, normalization_type, re, xp=xp)
        parts = (xp.matrix_transpose(re) / gain, xp.matrix_transpose(im) / gain)
        if any(name in kernels for name in KERNELS):
            signal = self._nearest(kernels, parts, center, samples, n_iter, xp=xp)
        else:
            signal = exact.exact_synthesis(ops.to_complex(*parts, xp=xp), self.plan, length=samples, n_iter=n_iter, center=center, xp=xp)
        return signal if is_complex(X, xp) else returned(signal, X, xp=xp)


class ForwardConstantQ(ConstantQ):
    """What the transforms share, but not the inverse: arrays that can be trained, a call, and a way
    back.
    """

    arrays = atom_arrays("trainable")

    @property
    def timing(self) -> tuple[Framing, int]:
        return self.framing, max(self.framing.padding, 0 if self.learned else sum(self.plan.layout(1)[0]))

    def apply(
        self,
        kernels: Kernels,
        x: Array,
        output_format: str | None = None,
        normalization_type: str = "librosa",
        *,
        xp: ModuleType | None = None,
    ) -> Array:
        """Spectrogram (B, bin, time), with a fourth axis of two for 'Complex' and 'Phase', of
        waveforms (L), (B, L) or (B, 1, L).
        """
        wanted = one_of("output_format", self.output_format if output_format is None else output_format, OUTPUT_FORMATS)
        xp, clips = clips_of(x, xp=xp)
        self.framing.check_length(clips.shape[-1], name="x")
        kernels = self.made(kernels, clips, xp=xp)
        gain = self._gain(kernels, normalization_type, clips, xp=xp)
        if wanted == "Magnitude":
            sizes = self._magnitudes(kernels, clips, xp=xp) * gain
            sizes = xp.sqrt(sizes * sizes + self._floor) if self._floor else sizes
            return returned(xp.matrix_transpose(sizes), x, xp=xp)
        parts = self._parts(kernels, clips, xp=xp)
        pair = self._phase(*parts, xp=xp) if wanted == "Phase" else [part * gain for part in parts]
        return returned(xp.stack([xp.matrix_transpose(part) for part in pair], axis=-1), x, xp=xp)

    def _phase(self, re: Array, im: Array, *, xp: ModuleType) -> tuple[Array, Array]:
        """Cosine and sine of the phase; 1 and 0, with gradient 0, where there is nothing."""
        size = ops.magnitude(re, im, xp=xp)
        cosines, sines = ops.directions(re, im, size, xp=xp)
        return xp.where(size == 0, 1.0, cosines), sines + 0.0

    def inverse(
        self,
        kernels: Kernels,
        X: Array,
        length: int | None = None,
        normalization_type: str = "librosa",
        *,
        xp: ModuleType | None = None,
    ) -> Array:
        """Waveforms (B, samples) from this layer's spectrograms, (B, bin, time, 2) pairs or complex
        (B, bin, time); see `iCQT`.
        """
        return self.synthesize(kernels, X, length, normalization_type, n_iter=exact.N_ITER, xp=xp)


def _window(window: Any) -> Any:
    """nnAudio gives a Gaussian window in dB, not in samples: its length changes from bin to bin."""
    if isinstance(window, tuple) and len(window) == 2 and window[0] == "gaussian":
        return AttenuatedGaussian(as_positive("window", window[1]))
    return window


def atom_norm(norm: Any, name: str = "norm") -> float | None:
    if norm is None or norm == math.inf:
        return None if norm is None else math.inf
    return as_number(name, norm, minimum=0) or None


def _octave_starts(lengths: Sequence[float]) -> list[int]:
    """Where to cut lengths, the longest first, so that none is below half of the first of its
    part.
    """
    starts = [0]
    for k, length in enumerate(lengths):
        if length < lengths[starts[-1]] / 2:
            starts.append(k)
    return starts
