"""nnAudio's own algorithms for the constant-Q, by their definition and with their mistakes: the
layers with ``compat="nnAudio"``.

Kernels are built in float64 and multiply the signal at its rate, or at rates that nnAudio's filters
have halved from octave to octave.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection
from functools import partial
from types import ModuleType
from typing import Any

from ... import ops
from ..._namespace import Array, device_of, host, place
from ...errors import ParameterError, as_integer, one_of
from ...geometry import Framing
from ...transforms.stft import fourier_products
from ...windows import get_window
from .. import constantq
from ..arrays import Constant, Kernel, LayerArray
from ..constantq import ByOctaves
from ..constantq_spec import KERNELS, ForwardConstantQ
from ..spec import Kernels, LayerSpec
from .constantq import bank, early_factor, foreign_names, octave_bank, without_negative_frequencies

TAPS = 256
"""Of nnAudio's filters. It pads by 127 samples, which delays by half a sample what comes after."""

BLOCK = 32
"""Samples of a lower rate that are made at once."""

FLOOR = 1e-8
"""What nnAudio adds to squared magnitudes where `trainable` kernels are, not those of spectra."""

WAVES = ("wcos", "wsin")

# --- lower rates ----------------------------------------------------------------------------------


def _low_pass(passband: float, stopband: float) -> Array:
    """A filter (1, 1, `TAPS`) as `scipy.signal.firwin2` designs it: its gain falls in a line from
    passband to stopband, in shares of half the rate.
    """
    shares = host.reshape(host.arange(TAPS + 1) / TAPS, (-1, 1))
    gains = host.clip((stopband - shares) / (stopband - passband), 0.0, 1.0)
    weights = host.where((shares == 0) | (shares == 1), 0.5, 1.0) * gains / TAPS
    taps = host.sum(weights * host.cos(math.pi * shares * (host.arange(TAPS) - (TAPS - 1) / 2)), axis=0)
    return host.reshape(taps * get_window("hamming", TAPS, fftbins=False), (1, 1, TAPS))


def _half_band(spec: ByOctaves) -> Array:
    return _low_pass(0.5 / 1.001, 0.5 * 1.001)


def _early(spec: ByOctaves) -> Array:
    return _low_pass(1 / early_factor(spec) / 1.03, 1.03 / early_factor(spec))


def _is_early(spec: ByOctaves) -> bool:
    return early_factor(spec) > 1


def _lowered(x: Array, taps: Array, factor: int, *, xp: ModuleType) -> Array:
    """The signal (..., n) filtered by (1, 1, `TAPS`), every so many samples."""
    if x.shape[-1] < 2:
        raise ParameterError("x is too short for compat='nnAudio': nothing is left of it in the lowest octaves, where nnAudio fails")
    width, device = TAPS + factor * (BLOCK - 1), device_of(x)
    offsets = xp.arange(width, device=device) - factor * xp.reshape(xp.arange(BLOCK, device=device), (-1, 1))
    rows = xp.take(xp.reshape(taps, (-1,)), xp.reshape(xp.clip(offsets, 0, TAPS - 1), (-1,)), axis=0)
    rows = xp.where((offsets >= 0) & (offsets < TAPS), xp.reshape(rows, offsets.shape), 0.0)
    padded = ops.pad(x, 127, width - 129, "constant", xp=xp)
    blocks = ops.correlate(padded, rows, Framing(width, factor * BLOCK, center=False), xp=xp)
    count = xp.arange(1 + (x.shape[-1] - 2) // factor, device=device)  # a slice would tie exported graphs to some lengths
    return xp.take(xp.reshape(blocks, (*x.shape[:-1], -1)), count, axis=-1)


# --- arrays ---------------------------------------------------------------------------------------


def _trains(spec: ForwardConstantQ) -> bool:
    return spec.trains_kernels


def _trains_nothing(spec: ForwardConstantQ) -> bool:
    return not spec.trains_kernels


def _lengths(spec: ByOctaves) -> Array:
    return host.asarray(spec.bins.lengths(spec.sr / early_factor(spec)))


def _part_of(pair: Array, name: str) -> Array:
    return host.real(pair) if "real" in name else host.imag(pair)


def _octave_part(name: str, octave: int, spec: ByOctaves) -> Array:
    """Kernels of an octave, (filter, 1, sample); nnAudio's VQT builds them for the rate that is not
    lowered early.
    """
    own = octave_bank(spec, octave, spec.sr / 2**octave if isinstance(spec, VQT) else spec.sr / early_factor(spec))
    return host.expand_dims(_part_of(own, name), axis=1)


def _kernels(suffix: str = "", octave: int = 0) -> list[LayerArray]:
    return [Kernel(name + suffix, partial(_octave_part, name, octave), ("trainable",)) for name in KERNELS]


FILTERS = (
    Kernel("lowpass_filter", _half_band),
    Kernel("early_downsample_filter", _early, used=_is_early),
    Kernel("lenghts", _lengths),
)


def _octave_arrays(n_octaves: int) -> tuple[LayerArray, ...]:
    return (*FILTERS, *(kernel for octave in range(n_octaves) for kernel in _kernels(f"_{octave}", octave)))


def _spectral_arrays(rows: Callable[[Any], Array]) -> tuple[LayerArray, ...]:
    """Fourier kernels (frequency, 1, sample), half spectra of the kernels (filter, frequency), and
    what both are together, (2, filter, sample).
    """

    def spectra(name: str, spec: LayerSpec) -> Array:
        found = rows(spec)
        return _part_of(host.fft.fft(found)[:, : 1 + found.shape[-1] // 2], name)

    def waves(wave: Callable[[Array], Array], spec: LayerSpec) -> Array:
        width = rows(spec).shape[-1]
        turns = host.reshape(host.arange(1 + width // 2), (-1, 1, 1)) * host.arange(width) % width
        return wave(turns * (2 * math.pi / width))

    def atoms(spec: LayerSpec) -> Array:
        kept = without_negative_frequencies(rows(spec))
        return host.stack([host.real(kept), host.imag(kept)])

    return (
        Kernel("wcos", partial(waves, host.cos), ("trainable_STFT",), used=_trains),
        Kernel("wsin", partial(waves, host.sin), ("trainable_STFT",), used=_trains),
        *(Kernel(name, partial(spectra, name), ("trainable_CQT",), used=_trains) for name in KERNELS),
        Constant("atoms", atoms, used=_trains_nothing),
    )


# --- layers ---------------------------------------------------------------------------------------


class Compatible(ForwardConstantQ):
    """What the layers share."""

    compats = ("nnAudio",)

    def __post_init__(self) -> None:
        for name in self.switches:
            if isinstance(getattr(self, name), Collection):
                raise ParameterError(f"{name}={getattr(self, name)!r} must be True or False with compat='nnAudio'")
        super().__post_init__()

    @property
    def _floor(self) -> float:
        return FLOOR if self.switches == ("trainable",) and self.trains_kernels else 0.0


class CQT1992v2(Compatible, constantq.CQT1992v2):
    arrays = constantq.CQT1992v2.arrays


class CQT(CQT1992v2, constantq.CQT):
    arrays = constantq.CQT.arrays


class Own(Compatible):
    """What the layers share that do not run the exact transform."""

    def __post_init__(self) -> None:
        super().__post_init__()
        one_of("pad_mode", self.pad_mode, ("constant", "reflect"))

    def _make_plan(self) -> None:
        """There is none."""

    def fitted(self, kernels: Kernels) -> LayerSpec:
        return self

    def _magnitudes(self, kernels: Kernels, clips: Array, *, xp: ModuleType) -> Array:
        return ops.magnitude(*self._parts(kernels, clips, xp=xp), xp=xp)

    def _spectral_pair(self, kernels: Kernels, like: Array, *, xp: ModuleType) -> tuple[Array, Array]:
        """Kernels (filter, sample) that do what Fourier kernels and half spectra do one after the
        other.
        """
        if not any(name in kernels for name in (*WAVES, *KERNELS)):
            atoms = self._kernel("atoms", kernels, like, xp=xp)
            return atoms[0, ...], atoms[1, ...]
        cosines, sines = (self._kernel(name, kernels, like, xp=xp)[:, 0, :] for name in WAVES)
        real, imag = (self._kernel(name, kernels, like, xp=xp) for name in KERNELS)
        width = cosines.shape[-1]
        return (real @ cosines - imag @ sines) / width, (real @ sines + imag @ cosines) / width

    def inverse(self, kernels: Kernels, X: Array, *args: Any, **kwargs: Any) -> Array:
        raise ParameterError("compat='nnAudio' has no inverse, as nnAudio has none: build the layer without it")


class CQT1992(Own, constantq.CQT1992):
    arrays = (constantq.CQT1992.arrays[0], *_spectral_arrays(lambda spec: bank(spec.bins, spec.sr)))

    @property
    def timing(self) -> tuple[Framing, int]:
        return self.framing, self.framing.padding

    def _parts(self, kernels: Kernels, clips: Array, *, xp: ModuleType) -> tuple[Array, Array]:
        if self.center and self.pad_mode == "reflect" and clips.shape[-1] <= self.kernel_width // 2:
            raise ParameterError(f"x has {clips.shape[-1]} samples: compat='nnAudio' needs more than {self.kernel_width // 2} to reflect")
        return fourier_products(clips, *self._spectral_pair(kernels, clips, xp=xp), self.framing, xp=xp)

    def _phase(self, re: Array, im: Array, *, xp: ModuleType) -> tuple[Array, Array]:
        """That of the conjugate."""
        cosines, sines = super()._phase(re, im, xp=xp)
        return cosines, -sines


class Recursive(Own, ByOctaves):
    """What the layers share that halve the rate from octave to octave."""

    def __post_init__(self) -> None:
        self._set(fmax=None, window="hann", n_bins=as_integer("n_bins", self.n_bins))
        super().__post_init__()
        if not self.hop_length // early_factor(self) >> (self.n_octaves - 1):
            raise ParameterError(f"hop_length={self.hop_length} is too short to be halved for {self.n_octaves} octaves, as nnAudio does")

    @property
    def _norm(self) -> Any:
        return self.basis_norm

    @property
    def n_fft(self) -> int:
        return int(octave_bank(self, 0, self.sr / early_factor(self)).shape[-1])

    @property
    def fmin_t(self) -> float:
        return float(self.bins.freqs[-1] / 2 ** (1 - 1 / self.bins_per_octave))

    @property
    def downsample_factor(self) -> float:
        return float(early_factor(self))

    @property
    def timing(self) -> tuple[Framing, int]:
        raise ParameterError("compat='nnAudio' takes no lengths=: its octaves end in one place for all clips")

    def _octaves(self, kernels: Kernels, like: Array, *, xp: ModuleType) -> list[tuple[Array, Array]]:
        """Each octave's kernels (filter, sample), from the top."""
        return [self._pair(kernels, like, "", xp=xp)] * self.n_octaves

    def _pair(self, kernels: Kernels, like: Array, suffix: str, *, xp: ModuleType) -> tuple[Array, Array]:
        real, imag = (self._kernel(name + suffix, kernels, like, xp=xp)[:, 0, :] for name in KERNELS)
        return real, imag

    def _pad_mode(self, width: int, n_samples: int) -> str:
        """nnAudio pads with zeros where a low octave is too short to be reflected."""
        return "constant" if width // 2 >= n_samples else str(self.pad_mode)

    def _aligned(self, octaves: list[Array], *, xp: ModuleType) -> list[Array]:
        """Octaves (..., time, filter) with one number of frames."""
        counts = [part.shape[-2] for part in octaves]
        if any(count != counts[0] for count in counts):
            raise ParameterError(
                f"hop_length={self.hop_length} gives the octaves of this signal {min(counts)} to {max(counts)} frames: nnAudio fails there"
            )
        return octaves

    def _parts(self, kernels: Kernels, clips: Array, *, xp: ModuleType) -> tuple[Array, Array]:
        factor = early_factor(self)
        signal, hop = clips, self.hop_length // factor
        octaves: list[tuple[Array, Array]] = []
        if factor > 1:
            signal = _lowered(signal, self._kernel("early_downsample_filter", kernels, clips, xp=xp), factor, xp=xp)
        for octave, (real, imag) in enumerate(self._octaves(kernels, clips, xp=xp)):
            if octave:
                signal, hop = _lowered(signal, self._kernel("lowpass_filter", kernels, clips, xp=xp), 2, xp=xp), hop // 2
            framing = Framing(real.shape[-1], hop, pad_mode=self._pad_mode(real.shape[-1], signal.shape[-1]))
            octaves.append(fourier_products(signal, real, imag, framing, xp=xp))
        sides = (self._aligned(list(side), xp=xp)[::-1] for side in zip(*octaves, strict=True))
        re, im = (xp.concat(side, axis=-1)[..., -self.n_bins :] for side in sides)
        return re * self._level, im * self._level

    @property
    def _level(self) -> float:
        return self.downsample_factor


class CQT2010v2(Recursive, constantq.CQT2010v2):
    arrays = (*FILTERS, *_kernels())


class CQT2010(Recursive, constantq.CQT2010):
    arrays = (*FILTERS, *_spectral_arrays(lambda spec: octave_bank(spec, 0, spec.sr / early_factor(spec))))

    @property
    def _level(self) -> float:
        return 1.0

    def _octaves(self, kernels: Kernels, like: Array, *, xp: ModuleType) -> list[tuple[Array, Array]]:
        real, imag = self._spectral_pair(kernels, like, xp=xp)
        return [(real, -imag)] * self.n_octaves  # the conjugate

    def _pad_mode(self, width: int, n_samples: int) -> str:
        if self.pad_mode == "reflect" and width // 2 >= n_samples:
            raise ParameterError(f"an octave of x has {n_samples} samples: nnAudio needs more than {width // 2} to reflect")
        return str(self.pad_mode)


class VQT(Recursive, constantq.VQT):
    arrays = _octave_arrays(1)

    def __post_init__(self) -> None:
        if self.gamma is None:
            raise ParameterError("gamma=None must be a number with compat='nnAudio'")
        n_bins, per_octave = as_integer("n_bins", self.n_bins), as_integer("bins_per_octave", self.bins_per_octave)
        arrays = _octave_arrays(-(-n_bins // per_octave))
        self._set(arrays=arrays, kernel_names=tuple(array.name for array in arrays))
        super().__post_init__()

    @property
    def n_fft(self) -> int:
        last = self.n_octaves - 1
        return int(octave_bank(self, last, self.sr / 2**last).shape[-1])

    def _octaves(self, kernels: Kernels, like: Array, *, xp: ModuleType) -> list[tuple[Array, Array]]:
        return [self._pair(kernels, like, f"_{octave}", xp=xp) for octave in range(self.n_octaves)]

    def _aligned(self, octaves: list[Array], *, xp: ModuleType) -> list[Array]:
        """nnAudio interpolates between the frames of octaves that have more than others."""
        count = min(part.shape[-2] for part in octaves)
        return [_interpolated(part, count, xp=xp) for part in octaves]


def _interpolated(rows: Array, count: int, *, xp: ModuleType) -> Array:
    """So many rows in the place of (..., time, filter), where PyTorch places them: its step is in
    single precision.
    """
    whole, device = rows.shape[-2], device_of(rows)
    if whole == count:
        return rows
    step = float(host.asarray(whole, dtype=host.float32) / host.asarray(count, dtype=host.float32))
    places = host.clip(host.astype(step * (host.arange(count) + 0.5) - 0.5, host.float32), 0.0)
    first = host.astype(host.floor(places), host.int64)
    below, above = (xp.take(rows, place(host.clip(first + more, None, whole - 1), xp=xp, device=device), axis=-2) for more in (0, 1))
    share = xp.expand_dims(place(places - first, xp=xp, dtype=rows.dtype, device=device), axis=-1)
    return below * (1 - share) + above * share


@foreign_names.register
def _(spec: Compatible) -> tuple[str, ...]:
    return ()
