"""Wavelets: by name, by name and parameters, or as objects of the classes here.

Each has unit energy, and its Fourier transform in closed form. C. Torrence & G. P. Compo, "A
practical guide to wavelet analysis", Bull. Amer. Meteor. Soc. 79(1), 1998 (Morlet, Paul,
derivatives of a Gaussian); J. M. Lilly & S. C. Olhede, "Generalized Morse wavelets as a superfamily
of analytic wavelets", IEEE Trans. Signal Process. 60(11), 2012.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from types import ModuleType
from typing import Any, ClassVar

from ._namespace import Array, as_floating, device_of, host
from .errors import ParameterError, as_integer, as_positive

__all__ = ["Bump", "DerivativeOfGaussian", "Morlet", "Morse", "Paul", "Ricker", "Wavelet"]

NEGLIGIBLE = 40.0
"""Where a spectrum is below exp(-40) of its peak, double precision holds nothing of it."""


def _power_times(omega: Array, exponent: float, decay: Callable[[Array], Array], log_gain: float, *, xp: ModuleType) -> Array:
    """``exp(log_gain) * omega**exponent * exp(-decay(omega))`` for positive omega, 0 for others; with a
    gradient that is finite, and no number that overflows.
    """
    positive = omega > 0
    safe = xp.where(positive, omega, 1.0)
    return xp.where(positive, xp.exp(log_gain + exponent * xp.log(safe) - decay(safe)), 0.0)


def _times(t: Any) -> Array:
    return host.asarray(as_floating(t, name="t")[1], dtype=host.float64)


@dataclass(frozen=True)
class Wavelet(ABC):
    r"""A wavelet psi of unit energy, by its Fourier transform
    :math:`\hat\psi(\omega) = \int \psi(t) e^{-i\omega t} dt`.

    Times are in scales, and angular frequencies in radians per scale.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> [isinstance(wavelet(), nax.wavelets.Wavelet) for wavelet in (nax.wavelets.Morlet, nax.wavelets.Paul)]
    [True, True]
    """

    is_real: ClassVar[bool] = False
    """Whether the waveform is real; that of the others has no, or hardly any, negative frequencies."""
    quarter_turns: ClassVar[int] = 0
    """How often i is a factor of the spectrum, which is real otherwise."""

    @abstractmethod
    def spectrum(self, omega: Array, *, xp: ModuleType = host) -> Array:
        """The Fourier transform, real, without its factor ``1j**quarter_turns``, at angular
        frequencies, in an array library.
        """

    @property
    @abstractmethod
    def bounds(self) -> tuple[float, float]:
        """Angular frequencies outside which nothing of the spectrum is left in double precision."""

    @property
    @abstractmethod
    def peak(self) -> float:
        """The angular frequency at which the spectrum is the largest."""

    @property
    def e_folding(self) -> float:
        """The time in which the power of the waveform falls by ``exp(-2)`` from its middle: how far a
        jump is seen [1]_.
        """
        times = host.linspace(0, reach(self, 1e-3), 4097)
        power = abs(self.waveform(times)) ** 2
        return float(times[int(host.argmax(host.astype(power < math.exp(-2) * power[0], host.int64)))])

    @property
    def energy_centre(self) -> float:
        """The mean angular frequency of the spectrum's energy, of positive frequencies."""
        omega = host.linspace(0, self.bounds[1], 2**14 + 1)
        energy = self.spectrum(omega) ** 2
        return float(host.sum(omega * energy) / host.sum(energy))

    @property
    def admissibility(self) -> float:
        """The integral of the spectrum over the logarithm of the frequency: what a signal is multiplied by
        when coefficients are integrated over the logarithm of the scale, of the real part of an analytic
        wavelet half as much.
        """
        low = math.log(self.peak) - NEGLIGIBLE
        logs = low + (math.log(self.bounds[1]) - low) * host.arange(2**16 + 1) / 2**16
        total = float(host.sum(self.spectrum(host.exp(logs)))) * float(logs[1] - logs[0])
        sign = -1.0 if self.quarter_turns == 2 else 1.0
        return sign * total if self.is_real else total / 2

    def waveform(self, t: Any) -> Array:
        """The wavelet itself at times: an array of NumPy's, real or complex."""
        times = _times(t)
        low, high = self.bounds
        far = float(host.max(abs(times), initial=0)) + reach(self, 1e-15)
        count = 2 * math.ceil((high - low) * far / (2 * math.pi)) + 64
        omega = low + (high - low) * host.arange(count + 1) / count
        values = self.spectrum(omega) * ((high - low) / count / (2 * math.pi)) * 1j**self.quarter_turns
        flat = host.reshape(times, (-1,))
        parts = [host.exp(1j * host.reshape(flat[k : k + 256], (-1, 1)) * omega) @ values for k in range(0, flat.shape[0], 256)]
        found = host.reshape(host.concat(parts) if parts else host.zeros(0, dtype=host.complex128), times.shape)
        return host.real(found) if self.is_real else found


@dataclass(frozen=True)
class Morlet(Wavelet):
    r"""A complex exponential under a Gaussian, with the term that makes its mean 0.

    .. math:: \psi(t) = C e^{-t^2 / 2\sigma^2} \bigl(e^{i\mu t} - e^{-\sigma^2\mu^2/2}\bigr)

    Parameters
    ----------
    center : float > 0
        mu, the angular frequency in radians per scale.
    bandwidth : float > 0
        sigma, the standard deviation of the Gaussian in scales. Frequencies are resolved the better
        the longer it is.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> round(nax.wavelets.Morlet(5).peak, 6)
    5.0
    """

    center: float = 6.0
    bandwidth: float = 1.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "center", as_positive("center", self.center))
        object.__setattr__(self, "bandwidth", as_positive("bandwidth", self.bandwidth))

    def spectrum(self, omega: Array, *, xp: ModuleType = host) -> Array:
        return morlet_spectrum(omega, self.center, self.bandwidth, exp=math.exp, xp=xp)

    @property
    def bounds(self) -> tuple[float, float]:
        width = math.sqrt(2 * NEGLIGIBLE) / self.bandwidth
        return (
            (min(-width, self.center - width), self.center + width)
            if self.center < 2 * width
            else (self.center - width, self.center + width)
        )

    @property
    def peak(self) -> float:
        found = self.center
        for _ in range(200):  # a contraction: omega * (1 - exp(-sigma² mu omega)) = mu
            found = self.center / -math.expm1(-(self.bandwidth**2) * self.center * found)
        return found

    @property
    def e_folding(self) -> float:
        return math.sqrt(2) * self.bandwidth

    @property
    def admissibility(self) -> float:
        widths = host.asarray([self.bandwidth], dtype=host.float64)
        return float(morlet_admissibility(self.center, widths, xp=host)[0])

    def waveform(self, t: Any) -> Array:
        times = _times(t)
        mean = math.exp(-((self.bandwidth * self.center) ** 2) / 2)
        gain = morlet_gain(self.center, self.bandwidth, exp=math.exp)
        return gain * host.exp(-((times / self.bandwidth) ** 2) / 2) * (host.exp(1j * self.center * times) - mean)


def morlet_gain(center: Any, bandwidth: Any, *, exp: Callable[[Any], Any]) -> Any:
    """The factor that gives a Morlet wavelet unit energy, of numbers or of arrays."""
    square = (center * bandwidth) ** 2
    return (math.sqrt(math.pi) * bandwidth * (1 + exp(-square) - 2 * exp(-0.75 * square))) ** -0.5


def morlet_spectrum(omega: Array, center: Any, bandwidth: Any, *, exp: Callable[[Any], Any], xp: ModuleType) -> Array:
    """A Morlet wavelet's spectrum; its parameters may be arrays, of which `exp` takes exponentials."""
    gain = morlet_gain(center, bandwidth, exp=exp) * bandwidth * math.sqrt(2 * math.pi)
    mean = exp(-((bandwidth * center) ** 2) / 2)
    return gain * (xp.exp(-((bandwidth * (omega - center)) ** 2) / 2) - mean * xp.exp(-((bandwidth * omega) ** 2) / 2))


def morlet_admissibility(center: float, bandwidths: Array, *, xp: ModuleType) -> Array:
    """`Wavelet.admissibility` of Morlet wavelets of some bandwidths (row,).

    With x, the frequency times the bandwidth, and a, the centre's, the integrand is ``exp(-(x - a)**2 / 2)
    (1 - exp(-a x)) / x``. Where x is the softplus of z, it falls quickly at both ends of the line, and equal
    steps of z are exact to rounding.
    """
    a = xp.expand_dims(center * bandwidths, axis=-1)
    z = a + xp.arange(-100, 19, dtype=bandwidths.dtype, device=device_of(bandwidths)) / 2
    decay = xp.exp(xp.where(z > 0, -z, z))  # whose slope at 0 is that of one side, not abs's 0
    x = xp.log1p(decay) + xp.where(z > 0, z, 0.0) + 1e-30  # not 0 where runtimes without log1p round to 1
    slope = xp.where(z > 0, 1.0, decay) / (1 + decay)
    total = xp.sum(xp.exp(-((x - a) ** 2) / 2) * -xp.expm1(-a * x) / x * slope, axis=-1) / 2
    return morlet_gain(center, bandwidths, exp=xp.exp) * bandwidths * math.sqrt(math.pi / 2) * total


@dataclass(frozen=True)
class Morse(Wavelet):
    r"""Generalized Morse wavelet, analytic.

    .. math:: \hat\psi(\omega) = C \omega^\beta e^{-\omega^\gamma}, \quad \omega > 0

    Parameters
    ----------
    gamma : float > 0
        3 makes it the most symmetric (Airy wavelets).
    beta : float > 0
        The greater, the more oscillations: ``sqrt(beta * gamma)`` is their number times pi.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> round(nax.wavelets.Morse(gamma=3, beta=24).peak, 6)
    2.0
    """

    gamma: float = 3.0
    beta: float = 20.0

    def __post_init__(self) -> None:
        object.__setattr__(self, "gamma", as_positive("gamma", self.gamma))
        object.__setattr__(self, "beta", as_positive("beta", self.beta))

    def spectrum(self, omega: Array, *, xp: ModuleType = host) -> Array:
        moment = (2 * self.beta + 1) / self.gamma
        log_gain = (math.log(2 * math.pi * self.gamma) + moment * math.log(2) - math.lgamma(moment)) / 2
        return _power_times(omega, self.beta, lambda x: x**self.gamma, log_gain, xp=xp)

    @property
    def bounds(self) -> tuple[float, float]:
        top = self.peak
        while self.beta * math.log(top / self.peak) - top**self.gamma + self.peak**self.gamma > -NEGLIGIBLE:
            top *= 1.02
        return 0.0, top

    @property
    def peak(self) -> float:
        return float((self.beta / self.gamma) ** (1 / self.gamma))


@dataclass(frozen=True)
class Paul(Wavelet):
    r"""Paul wavelet, analytic, short in time.

    .. math:: \psi(t) = C (1 - it)^{-(m + 1)}, \quad \hat\psi(\omega) \propto \omega^m e^{-\omega}, \quad \omega > 0

    Parameters
    ----------
    order : int > 0
        m, the order.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.wavelets.Paul(4).peak
    4.0
    """

    order: int = 4

    def __post_init__(self) -> None:
        object.__setattr__(self, "order", as_integer("order", self.order))

    @property
    def _morse(self) -> Morse:
        return Morse(1.0, float(self.order))

    def spectrum(self, omega: Array, *, xp: ModuleType = host) -> Array:
        return self._morse.spectrum(omega, xp=xp)

    @property
    def bounds(self) -> tuple[float, float]:
        return self._morse.bounds

    @property
    def peak(self) -> float:
        return float(self.order)

    def waveform(self, t: Any) -> Array:
        times = _times(t)
        m = self.order
        log_gain = ((2 * m + 1) * math.log(2) - math.log(2 * math.pi) - math.lgamma(2 * m + 1)) / 2 + math.lgamma(m + 1)
        return math.exp(log_gain) * (1 - 1j * times) ** -(m + 1)


@dataclass(frozen=True)
class DerivativeOfGaussian(Wavelet):
    r"""Derivative of a Gaussian, real.

    .. math:: \psi(t) = \frac{(-1)^{m+1}}{\sqrt{\Gamma(m + 1/2)}} \frac{d^m}{dt^m} e^{-t^2/2}

    Parameters
    ----------
    order : int > 0
        m, the order of the derivative; 2 is the `Ricker` wavelet.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.wavelets.DerivativeOfGaussian(4).peak
    2.0
    """

    is_real: ClassVar[bool] = True
    order: int = 2

    def __post_init__(self) -> None:
        object.__setattr__(self, "order", as_integer("order", self.order))

    @property
    def quarter_turns(self) -> int:  # type: ignore[override]
        return (3 * self.order + 2) % 4

    def spectrum(self, omega: Array, *, xp: ModuleType = host) -> Array:
        log_gain = (math.log(2 * math.pi) - math.lgamma(self.order + 0.5)) / 2
        half = _power_times(xp.abs(omega), self.order, lambda x: x * x / 2, log_gain, xp=xp)
        return xp.where(omega < 0, -half, half) if self.order % 2 else half

    @property
    def bounds(self) -> tuple[float, float]:
        top = math.sqrt(self.order) + math.sqrt(2 * NEGLIGIBLE)
        return -top, top

    @property
    def peak(self) -> float:
        return math.sqrt(self.order)

    @property
    def e_folding(self) -> float:
        return math.sqrt(2)

    def waveform(self, t: Any) -> Array:
        times = _times(t)
        before, polynomial = host.zeros_like(times), host.ones_like(times)  # Hermite's, by their recursion
        for degree in range(self.order):
            before, polynomial = polynomial, times * polynomial - degree * before
        return polynomial * host.exp(-(times**2) / 2) * -math.exp(-math.lgamma(self.order + 0.5) / 2)


@dataclass(frozen=True)
class Ricker(DerivativeOfGaussian):
    r"""Ricker wavelet, or Mexican hat, real: that of SciPy's former ``signal.ricker``.

    .. math:: \psi(t) = \frac{2}{\sqrt3\,\pi^{1/4}} (1 - t^2) e^{-t^2/2}

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.wavelets.Ricker().waveform(0.0).round(6).item()
    0.867325
    """

    order: int = field(default=2, init=False)


@dataclass(frozen=True)
class Bump(Wavelet):
    r"""Bump wavelet, analytic, with a spectrum between two frequencies alone.

    .. math:: \hat\psi(\omega) = C \exp\Bigl(1 - \frac{1}{1 - ((\omega - \mu)/\sigma)^2}\Bigr), \quad |\omega - \mu| < \sigma

    Parameters
    ----------
    center : float > 0
        mu, the angular frequency in radians per scale.
    width : float, 0 < width <= center
        sigma, half the width of the spectrum.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.wavelets.Bump().bounds
    (4.4, 5.6)
    """

    center: float = 5.0
    width: float = 0.6

    def __post_init__(self) -> None:
        object.__setattr__(self, "center", as_positive("center", self.center))
        object.__setattr__(self, "width", as_positive("width", self.width))
        if self.width > self.center:
            raise ParameterError(f"width={self.width} must be at most center={self.center}: a wavelet has no frequency 0")

    def spectrum(self, omega: Array, *, xp: ModuleType = host) -> Array:
        gain = math.sqrt(2 * math.pi / (self.width * _bump_energy()))
        place = (omega - self.center) / self.width
        inside = xp.abs(place) < 1
        left = 1 - xp.where(inside, place, 0.0) ** 2
        return xp.where(inside, gain * xp.exp(1 - 1 / left), 0.0)

    @property
    def bounds(self) -> tuple[float, float]:
        return self.center - self.width, self.center + self.width

    @property
    def peak(self) -> float:
        return self.center


@lru_cache
def _bump_energy() -> float:
    """The integral of ``exp(2 - 2 / (1 - x²))`` from -1 to 1, to double precision."""
    x = host.arange(1, 4096) / 2048 - 1
    return float(host.sum(host.exp(2 - 2 / (1 - x * x)))) / 2048


@dataclass(frozen=True)
class Derivative(Wavelet):
    """The derivative of a wavelet by time, in scales. It has its own energy."""

    wavelet: Wavelet

    @property
    def is_real(self) -> bool:  # type: ignore[override]
        return self.wavelet.is_real

    @property
    def quarter_turns(self) -> int:  # type: ignore[override]
        return (self.wavelet.quarter_turns + 1) % 4

    def spectrum(self, omega: Array, *, xp: ModuleType = host) -> Array:
        return omega * self.wavelet.spectrum(omega, xp=xp)

    @property
    def bounds(self) -> tuple[float, float]:
        return self.wavelet.bounds

    @property
    def peak(self) -> float:
        omega = host.linspace(*self.bounds, 2**16 + 1)
        return abs(float(omega[int(host.argmax(abs(self.spectrum(omega))))]))


SLOWEST = 2.0**14
"""Scales after which a waveform is cut off that is still above the limit."""


@lru_cache(maxsize=256)
def reach(wavelet: Wavelet, share: float) -> float:
    """The time after which the waveform stays below a share of its maximum, which may be as low as
    the precision of its computation allows.
    """
    low, high = wavelet.bounds
    count: int = 1 << math.ceil(math.log2((high - low) * 2 * SLOWEST / (2 * math.pi)))
    omega = low + (math.pi / SLOWEST) * host.arange(count)
    size = abs(host.fft.fft(wavelet.spectrum(omega)))
    size = host.maximum(size, host.concat([size[:1], host.flip(size[1:])]))[: count // 2]
    step = 2 * SLOWEST / count
    above = host.nonzero(size > share * host.max(size))[0]
    return float(int(above[-1]) + 1) * step


NAMES: dict[str, Callable[..., Wavelet]] = {
    "morlet": Morlet,
    "morse": Morse,
    "gmw": Morse,
    "ricker": Ricker,
    "mexh": Ricker,
    "dog": DerivativeOfGaussian,
    "paul": Paul,
    "bump": Bump,
}


def wavelet_of(wavelet: Any) -> Wavelet:
    """A wavelet given by its name, a tuple of name and parameters, or itself."""
    if isinstance(wavelet, Wavelet):
        return wavelet
    name, *parameters = (
        (wavelet,) if isinstance(wavelet, str) else tuple(wavelet) if isinstance(wavelet, tuple | list) and wavelet else (None,)
    )
    if not isinstance(name, str) or name.lower() not in NAMES:
        raise ParameterError(
            f"wavelet={wavelet!r} must be one of {', '.join(map(repr, NAMES))}, a tuple of one and its parameters, or a Wavelet"
        )
    try:
        return NAMES[name.lower()](*parameters)
    except TypeError:
        raise ParameterError(f"wavelet={wavelet!r} has parameters that {NAMES[name.lower()].__name__} does not take") from None
