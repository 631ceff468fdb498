"""Windows by name, by parameters, by function or by their samples.

The samples are those of `scipy.signal.get_window`, without the half second that importing it takes:
only windows without a closed form come from there. Formulas: F. J. Harris, "On the use of windows
for harmonic analysis with the discrete Fourier transform", Proc. IEEE 66(1), 1978; A. Nuttall,
"Some windows with very good sidelobe behavior", IEEE Trans. ASSP 29(1), 1981.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Collection, Iterable, Sequence
from functools import lru_cache, partial
from numbers import Real
from types import ModuleType
from typing import Any

from ._backends import decided_once, host_functions, made_outside_graphs
from ._namespace import Array, Device, Dtype, as_floating, half_by_single, host, is_array, namespace, place
from .errors import ParameterError, as_integer, as_number, as_positive, check_size

__all__ = ["get_window", "window_bandwidth"]


def get_window(
    window: Any,
    Nx: int,
    *,
    fftbins: bool = True,
    xp: ModuleType | None = None,
    dtype: Dtype = None,
    device: Device = None,
) -> Array:
    """A window of `Nx` samples.

    Parameters
    ----------
    window : str, tuple, float, callable or array
        A name that SciPy knows (``'hann'``, ``'hamming'``, ``'blackmanharris'``, …), a tuple of a
        name and its parameters (``('kaiser', 14.0)``, ``('tukey', 0.25)``), a number (the beta of a
        Kaiser window), a function of `Nx`, or the `Nx` samples themselves.
    Nx : int > 0, samples
    fftbins : bool, default True
        Periodic, as spectral analysis wants it; False gives the symmetric window of filter design.
        A name that ends in ``_periodic`` or ``_symmetric`` decides for itself.
    xp, dtype, device : optional
        Library (NumPy), dtype (float64) and device of a window that is built here. Samples in
        another library's array stay in it and on their device; they change their dtype if one is
        given, and gradients flow through.

    Returns
    -------
    array of shape (Nx,)

    Raises
    ------
    ParameterError
        If the window is unknown, if its parameters do not fit, or if it has not `Nx` samples.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.filters.get_window("hann", 4)
    array([0. , 0.5, 1. , 0.5])
    >>> nax.filters.get_window(("tukey", 0.5), 5, fftbins=False)
    array([0., 1., 1., 1., 0.])
    """
    Nx = as_integer("Nx", Nx)
    check_size("the window", [Nx], {"Nx": Nx})
    if callable(window):
        window = window(Nx)
    if isinstance(window, (int, float)) or (is_array(window) and window.ndim == 0):
        window = ("kaiser", as_number("window", window))
    if isinstance(window, str):
        window = (window,)
    if isinstance(window, tuple):
        return _placed(tuple(map(_plain, window)), Nx, bool(fftbins), xp, dtype, device)
    return _given(window, Nx, xp, dtype, device)


def is_samples(window: Any) -> bool:
    """Whether a window is given as its samples, which fit one length only."""
    return isinstance(window, list) or (is_array(window) and window.ndim == 1)


def window_bandwidth(window: Any, n: int = 1000) -> Any:
    """Equivalent noise bandwidth of a window, in bins: ``n * sum(w**2) / sum(w)**2``.

    Parameters
    ----------
    window : str, tuple, float, callable or array
        A window as `get_window` takes it.
    n : int > 0, samples, default 1000
        Length at which the bandwidth is measured. The windows that need no parameters have a fixed
        one, librosa's, which hardly differs; samples are measured as they are.

    Returns
    -------
    float, bins
        For samples in an array: a 0-d array, differentiable.

    Raises
    ------
    ParameterError
        If the window is unknown or its parameters do not fit.

    Examples
    --------
    >>> import nnaudio_xp as nax
    >>> nax.filters.window_bandwidth("hann")
    1.50018310546875
    >>> round(nax.filters.window_bandwidth(("kaiser", 14.0)), 4)
    2.1611
    """
    n = as_integer("n", n)
    if is_samples(window):
        return _noise_bandwidth(window)
    name = getattr(window, "__name__", window)
    if isinstance(name, str) and _canonical(name) in TABULATED:
        return _tabulated_bandwidth(_canonical(name))
    return float(_noise_bandwidth(get_window(window, n)))


@made_outside_graphs
def _placed(window: tuple[Any, ...], Nx: int, fftbins: bool, xp: ModuleType | None, dtype: Dtype, device: Device) -> Array:
    return place(_named(window, Nx, fftbins), xp=xp, dtype=dtype, device=device)


@lru_cache(maxsize=64)
def _named(window: tuple[Any, ...], Nx: int, fftbins: bool) -> Array:
    """The host's float64 samples of a named window."""
    name, *parameters = window or (None,)
    if not isinstance(name, str):
        raise _invalid(window, "does not begin with a name")
    for ending, periodic in (("_periodic", True), ("_symmetric", False)):
        if name.endswith(ending):
            name, fftbins = name.removesuffix(ending), periodic
    name = _canonical(name)
    if name not in FORMULAS:
        try:
            return host_functions().special_window(name, tuple(parameters), Nx, fftbins)
        except (TypeError, ValueError) as error:
            raise _invalid(window, f"cannot be made ({error})") from error
    formula = _formula(name, parameters, window)
    if Nx == 1:
        return host.ones(1, dtype=host.float64)
    n = Nx + fftbins
    return formula(host.arange(Nx, dtype=host.float64) - (n - 1) / 2, n, xp=host)


def _formula(name: str, parameters: Iterable[Any], window: Any) -> Callable[..., Array]:
    """The formula of a window, with its parameters."""
    try:
        inspect.signature(FORMULAS[name]).bind(None, None, *parameters, xp=None)
    except TypeError as error:
        raise _invalid(window, f"does not fit ({error})") from error
    return lambda t, n, *, xp: FORMULAS[name](t, n, *parameters, xp=xp)


def window_shape(window: Any, refused: Collection[str] | None = None) -> tuple[Any, ...]:
    """The name and the parameters of a window that is a function as well as samples; others are
    refused.
    """
    refused = MEASURED_IN_SAMPLES if refused is None else refused
    spelled = (window,) if isinstance(window, str) else ("kaiser", window) if isinstance(window, Real) else window
    name, *parameters = spelled if isinstance(spelled, tuple) and spelled else (None,)
    name = _canonical(name) if isinstance(name, str) else ""
    if name not in FORMULAS or name in refused:
        names = ", ".join(sorted(set(FORMULAS) - set(refused)))
        raise ParameterError(
            f"window={window!r} is no function: it must be a name, or a tuple of one and its parameters; those are {names}"
        )
    shape = (name, *map(_plain, parameters))
    window_at(shape, host.zeros(1))
    return shape


def window_at(shape: tuple[Any, ...], positions: Array) -> Array:
    """A `window_shape` at the host's positions from -1 to 1: what its samples become as they become
    many.
    """
    name, *parameters = shape
    many = 2**53  # beyond float64's precision
    return _formula(name, parameters, shape)((many - 1) / 2 * positions, many, xp=host)


def window_under(shape: tuple[Any, ...], positions: Array, lengths: Array, *, xp: ModuleType) -> Array:
    """Samples at positions, counted from the middle, of periodic windows of any lengths, not only
    integers; zero beside them.
    """
    name, *parameters = shape
    inside = (positions >= -lengths / 2) & (positions < lengths / 2)
    return xp.where(inside, _formula(name, parameters, shape)(xp.where(inside, positions, 0.0), lengths + 1, xp=xp), 0.0)


def _given(samples: Any, Nx: int, xp: ModuleType | None, dtype: Dtype, device: Device) -> Array:
    """A window that came as its samples."""
    if not is_array(samples):
        if not isinstance(samples, list):
            raise _invalid(samples, "is no window")
        _, samples = as_floating(samples, name="window")
    if samples.shape != (Nx,):
        raise ParameterError(f"window has shape {tuple(samples.shape)}: it must be ({Nx},)")
    own = namespace(samples)
    wanted = own if xp is None else namespace(xp=xp)
    if own is host:
        return samples if (xp, dtype, device) == (None, None, None) else place(samples, xp=wanted, dtype=dtype, device=device)
    if own is not wanted:
        raise ParameterError(f"window is an array of {own.__name__}: it must be one of {wanted.__name__} or of NumPy")
    return samples if dtype is None else own.astype(samples, dtype, copy=False)


def _plain(parameter: Any) -> Any:
    """A window's parameter as what can be hashed by its value."""
    if parameter is None or isinstance(parameter, (Real, str)):
        return parameter
    if isinstance(parameter, Iterable) and getattr(parameter, "ndim", 1) > 0:
        return tuple(as_number("window parameter", number) for number in parameter)
    return as_number("window parameter", parameter)


def _canonical(name: str) -> str:
    name = name.replace(" ", "_")
    return ALIASES.get(name, name)


def _invalid(window: Any, reason: str) -> ParameterError:
    shown = window[0] if isinstance(window, tuple) and len(window) == 1 else window
    return ParameterError(
        f"window={shown!r} {reason}: it must be a name, a tuple of a name and its parameters such as ('kaiser', 14.0), a number (a Kaiser "
        f"window's beta), a function of Nx, or Nx samples; the names are {', '.join(sorted((*FORMULAS, *SPECIAL)))}"
    )


@half_by_single
def _noise_bandwidth(samples: Any) -> Array:
    xp, w = as_floating(samples, name="window")
    return w.shape[0] * xp.sum(w**2) / xp.sum(w) ** 2


@decided_once(16)
def _tabulated_bandwidth(name: str) -> float:
    if name == "flattop":  # librosa's value is of coefficients with four decimals, and of their magnitudes
        return 2.7762255046484143
    return float(_noise_bandwidth(_named((name,), 8193, False)))


# Formulas. t: positions of the samples from the middle of the window; n: number of samples of the
# symmetric window, or an array of them.


def _general_cosine(t: Array, n: Any, coefficients: Sequence[float], *, xp: ModuleType) -> Array:
    angle = 2 * math.pi / (n - 1) * t
    return sum(as_number("coefficient", weight) * xp.cos(order * angle) for order, weight in enumerate(coefficients))


def _general_hamming(t: Array, n: Any, alpha: float, *, xp: ModuleType) -> Array:
    return _general_cosine(t, n, (as_number("alpha", alpha), 1 - alpha), xp=xp)


def _boxcar(t: Array, n: Any, *, xp: ModuleType) -> Array:
    return 0.0 * t + 1.0


def _triang(t: Array, n: Any, *, xp: ModuleType) -> Array:
    return 1 - abs(t) * 2 / (n + n % 2)


def _bartlett(t: Array, n: Any, *, xp: ModuleType) -> Array:
    return 1 - abs(t) * 2 / (n - 1)


def _barthann(t: Array, n: Any, *, xp: ModuleType) -> Array:
    x = abs(t) / (n - 1)
    return 0.62 - 0.48 * x + 0.38 * xp.cos(2 * math.pi * x)


def _bohman(t: Array, n: Any, *, xp: ModuleType) -> Array:
    x = abs(t) * 2 / (n - 1)
    return (1 - x) * xp.cos(math.pi * x) + xp.sin(math.pi * x) / math.pi


def _parzen(t: Array, n: Any, *, xp: ModuleType) -> Array:
    x = abs(t) * 2 / n
    return 2 * (1 - x) ** 3 - xp.clip(1 - 2 * x, min=0.0) ** 3


def _cosine(t: Array, n: Any, *, xp: ModuleType) -> Array:
    return xp.cos(math.pi / n * t)


def _lanczos(t: Array, n: Any, *, xp: ModuleType) -> Array:
    x = math.pi * 2 / (n - 1) * t
    return xp.where(x == 0, 1.0, xp.sin(x) / xp.where(x == 0, 1.0, x))


def _exponential(t: Array, n: Any, center: float | None = None, tau: float = 1.0, *, xp: ModuleType) -> Array:
    shift = 0.0 if center is None else as_number("center", center) - (n - 1) / 2
    return xp.exp(-abs(t - shift) / as_positive("tau", tau))


def _tukey(t: Array, n: Any, alpha: float = 0.5, *, xp: ModuleType) -> Array:
    taper = min(as_number("alpha", alpha), 1.0)
    if taper <= 0:
        return _boxcar(t, n, xp=xp)
    return xp.sin(math.pi / 2 * xp.clip((1 - abs(t) * 2 / (n - 1)) / taper, max=1.0)) ** 2


def _gaussian(t: Array, n: Any, std: float, *, xp: ModuleType) -> Array:
    return xp.exp(-0.5 * (t / as_positive("std", std)) ** 2)


def _general_gaussian(t: Array, n: Any, p: float, sig: float, *, xp: ModuleType) -> Array:
    return xp.exp(-0.5 * abs(t / as_positive("sig", sig)) ** (2 * as_number("p", p, minimum=0.0)))


def _kaiser(t: Array, n: Any, beta: float, *, xp: ModuleType) -> Array:
    """I0(z) / I0(beta) with z = beta * sqrt(1 - x²), x from -1 to 1.

    I0(z) is the mean of cosh(z * cos(angle)). The midpoint rule converges exponentially on it: this
    many points give full precision (checked up to beta = 1000). The factor exp(z) is taken out of
    the sum, and exp(z - beta) computed without cancellation.
    """
    beta = abs(as_number("beta", beta))
    points = 6 + math.ceil(2.5 * math.sqrt(beta))
    cosines = [math.cos(math.pi / 2 * (k + 0.5) / points) for k in range(points)]
    squared = (t * 2 / (n - 1)) ** 2
    root = xp.sqrt(xp.clip(1 - squared, min=float(xp.finfo(squared.dtype).smallest_normal)))  # whose gradient is finite at the ends
    mean = sum(xp.exp(beta * root * (c - 1)) + xp.exp(-beta * root * (c + 1)) for c in cosines)
    peak = sum(math.exp(beta * (c - 1)) + math.exp(-beta * (c + 1)) for c in cosines)
    return xp.exp(-beta * squared / (1 + root)) * mean / peak


FORMULAS: dict[str, Callable[..., Array]] = {
    "barthann": _barthann,
    "bartlett": _bartlett,
    "blackman": partial(_general_cosine, coefficients=(0.42, 0.50, 0.08)),
    "blackmanharris": partial(_general_cosine, coefficients=(0.35875, 0.48829, 0.14128, 0.01168)),
    "bohman": _bohman,
    "boxcar": _boxcar,
    "cosine": _cosine,
    "exponential": _exponential,
    "flattop": partial(_general_cosine, coefficients=(0.21557895, 0.41663158, 0.277263158, 0.083578947, 0.006947368)),
    "gaussian": _gaussian,
    "general_cosine": _general_cosine,
    "general_gaussian": _general_gaussian,
    "general_hamming": _general_hamming,
    "hamming": partial(_general_cosine, coefficients=(0.54, 0.46)),
    "hann": partial(_general_cosine, coefficients=(0.5, 0.5)),
    "kaiser": _kaiser,
    "lanczos": _lanczos,
    "nuttall": partial(_general_cosine, coefficients=(0.3635819, 0.4891775, 0.1365995, 0.0106411)),
    "parzen": _parzen,
    "triang": _triang,
    "tukey": _tukey,
}
MEASURED_IN_SAMPLES = {"exponential", "gaussian", "general_gaussian"}
IN_STEPS = {*MEASURED_IN_SAMPLES, "triang"}
"""Windows that are no functions of a length between two integers."""
SPECIAL = ("chebwin", "dpss", "kaiser_bessel_derived", "taylor")
ALIASES = {
    alias: name
    for name, aliases in {
        "barthann": "brthan bth",
        "bartlett": "bart brt",
        "blackman": "black blk",
        "blackmanharris": "blackharr bkh",
        "bohman": "bman bmn",
        "boxcar": "box ones rect rectangular",
        "chebwin": "cheb",
        "cosine": "halfcosine",
        "exponential": "poisson",
        "flattop": "flat flt",
        "gaussian": "gauss gss",
        "general_gaussian": "general_gauss ggs",
        "hamming": "hamm ham",
        "hann": "han",
        "kaiser": "ksr",
        "kaiser_bessel_derived": "kbd",
        "lanczos": "sinc",
        "nuttall": "nutl nut",
        "parzen": "parz par",
        "taylor": "taylorwin",
        "triang": "triangle tri",
        "tukey": "tuk",
    }.items()
    for alias in aliases.split()
}
# The windows whose bandwidth librosa has in a table, measured on 8193 symmetric samples.
TABULATED = (
    *("barthann", "bartlett", "blackman", "blackmanharris", "bohman", "boxcar", "cosine"),
    *("flattop", "hamming", "hann", "nuttall", "parzen", "triang"),
)
