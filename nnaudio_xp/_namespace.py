"""Which array library an input belongs to, and how to make arrays there.

The only importer of array_api_compat. NumPy is the default for plain scalars and for creators
called without `xp`.
"""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable
from functools import wraps
from numbers import Real
from types import ModuleType
from typing import Any, ParamSpec, TypeAlias, TypeVar

import array_api_compat
import array_api_compat.numpy

from ._backends import decided_once
from .errors import MOST, ParameterError, as_number, shown

P = ParamSpec("P")
R = TypeVar("R")

Array: TypeAlias = Any
"""An array of any library that follows the standard."""

Dtype: TypeAlias = Any
Device: TypeAlias = Any

host: ModuleType = array_api_compat.numpy
"""NumPy: where kernels are built in float64, and where plain numbers live."""

HOST_INTEGER = host.__array_namespace_info__().default_dtypes()["integral"]

LONG_DTYPES = ("float80", "float96", "float128", "float256", "complex160", "complex192", "complex256", "complex512")

DOUBLES = ("float64", "complex128")

size_of = array_api_compat.size


def device_of(array: Array) -> Device:
    """The device of an array, in its library's words."""
    try:
        return array.device
    except (AttributeError, TypeError):  # none, or a tracer's
        return array_api_compat.device(array)


def moved(array: Array, device: Device) -> Array:
    """The array on a device of its library."""
    return array if device_of(array) == device else array_api_compat.to_device(array, device)


@decided_once(16)
def _wrapped(xp: ModuleType) -> ModuleType:
    return array_api_compat.array_namespace(xp.empty(0))


@decided_once(64)
def _space_of_class(kind: type) -> ModuleType | None:
    """The namespace of a class of arrays if its library makes such with `empty`; None if it is not
    known by its class.
    """
    make = getattr(sys.modules.get(kind.__module__.partition(".")[0]), "empty", None)
    made = None if make is None else make(0)
    return array_api_compat.array_namespace(made) if made is not None and issubclass(kind, type(made)) else None


def _space_of(value: Any) -> ModuleType | None:
    """The namespace of an array; None for anything else."""
    kind = type(value)
    if kind.__module__ == "builtins":
        return None
    known = _space_of_class(kind)  # first: compilers cannot trace how array_api_compat finds it
    if known is None and array_api_compat.is_array_api_obj(value):
        return array_api_compat.array_namespace(value)
    return known


def is_array(value: Any) -> bool:
    """Whether a value is an array of a library that follows the standard."""
    return _space_of(value) is not None


def is_writable(array: Array) -> bool:
    """Whether an array is not read-only, as all of some libraries are."""
    return array_api_compat.is_writeable_array(array) and not array_api_compat.is_jax_array(array)  # tracers pass the first test


def namespace(*arrays: Any, xp: ModuleType | None = None) -> ModuleType:
    """The namespace the arrays share: `xp` if given, NumPy if there is no array among them."""
    if xp is not None:
        return _wrapped(xp)
    spaces = [space for space in map(_space_of, arrays) if space is not None]
    if not spaces:
        return host
    if any(space is not spaces[0] for space in spaces):
        kinds = ", ".join(sorted({f"{type(array).__module__}.{type(array).__qualname__}" for array in arrays if is_array(array)}))
        raise ParameterError(f"arrays of several libraries ({kinds}) cannot be mixed: bring them to one first")
    return spaces[0]


def counterpart(function: Callable[..., Any], xp: ModuleType) -> Callable[..., Any]:
    """The library's own function where NumPy's max, mean, … is given; else the function itself."""
    name = getattr(function, "__name__", "")
    if xp is host or getattr(function, "__module__", None) != host.ndarray.__module__:
        return function
    own: Callable[..., Any] = getattr(xp, {"amax": "max", "amin": "min"}.get(name, name), function)
    return own


@decided_once(256)
def dtype_name(dtype: Dtype) -> str:
    """A dtype's short name, the same for every library: 'float32', 'int16', …"""
    name = dtype if isinstance(dtype, str) else getattr(dtype, "name", None) or getattr(dtype, "__name__", None) or str(dtype)
    short: str = name.rpartition(".")[2]
    return {"float": "float64", "complex": "complex128"}.get(short, short)


def own_dtype(dtype: Dtype, xp: ModuleType) -> Dtype:
    """A dtype given by name, or as another library's, in this library's words."""
    own = getattr(xp, dtype_name(dtype), dtype)
    try:
        xp.isdtype(own, "numeric")
    except (TypeError, ValueError, AttributeError) as error:
        raise ParameterError(f"dtype={dtype!r} must be a dtype, such as 'float32'") from error
    return own


def result_dtype(dtype: Dtype, kind: str, *, xp: ModuleType) -> Dtype:
    """The dtype asked of a result, in this library's words and checked to be of a kind of the
    standard's; None stays None.
    """
    if dtype is None:
        return None
    own = own_dtype(dtype, xp)
    if not xp.isdtype(own, kind):
        raise ParameterError(f"dtype={dtype!r} must be a {kind} dtype")
    return own


def of_parts(dtype: Dtype) -> Dtype:
    """The real dtype of a complex number's parts, which stands for the precision of magnitudes;
    anything else as it is.
    """
    return {"complex64": "float32", "complex128": "float64"}.get("" if dtype is None else dtype_name(dtype), dtype)


def in_dtype(values: Array, dtype: Dtype, *, xp: ModuleType) -> Array:
    """A result in the dtype that was asked of it, as `result_dtype` gives it: None leaves it as it
    is.
    """
    return values if dtype is None else xp.astype(values, dtype, copy=False)


def widened(values: Array, dtype: Dtype, *, xp: ModuleType) -> Array:
    """An input in the precision to compute in where a dtype is asked of the result, as
    `result_dtype` gives it: one that is wider widens it, any other leaves it as it is.
    """
    if dtype is None or dtype_name(dtype) not in DOUBLES:
        return values
    return xp.astype(values, xp.complex128 if is_complex(values, xp) else xp.float64, copy=False)


def integer_dtype(xp: ModuleType) -> Dtype:
    """A library's default integers, the widest that it has: JAX's depend on a setting."""
    return HOST_INTEGER if xp is host else xp.__array_namespace_info__().default_dtypes()["integral"]


@decided_once(256)
def _is_of_kind(dtype: Dtype, kind: str, xp: ModuleType) -> bool:
    return bool(xp.isdtype(dtype, kind))


def is_floating(array: Array, xp: ModuleType) -> bool:
    return _is_of_kind(array.dtype, "real floating", xp)


def is_complex(array: Array, xp: ModuleType) -> bool:
    return _is_of_kind(array.dtype, "complex floating", xp)


def check_digits(array: Array, *, name: str) -> None:
    """Raise on floats of more than 64 bits: nothing here computes in them."""
    short = dtype_name(array.dtype)
    if short in LONG_DTYPES:
        raise ParameterError(f"{name} has dtype {short}, whose digits would be lost: bring it to 'float64' or 'complex128'")


def is_double(array: Array, xp: ModuleType) -> bool:
    """Whether the array holds 64-bit numbers (float64 or complex64's big sister, complex128)."""
    return dtype_name(array.dtype) in DOUBLES


def is_half(array: Array) -> bool:
    """Whether the array holds floats of 16 bits."""
    return dtype_name(array.dtype) in ("float16", "bfloat16")


def half_by_single(function: Callable[P, R]) -> Callable[P, R]:
    """A function of one array of numbers first of all: it computes half precision in float32, and
    gives half precision, in which what lies beyond its range is infinite.
    """
    first = next(iter(inspect.signature(function).parameters))

    @wraps(function)
    def call(*args: P.args, **kwargs: P.kwargs) -> R:
        values: Any = args[0] if args else kwargs.get(first)
        if not (is_array(values) and is_half(values)):
            return function(*args, **kwargs)
        xp = namespace(values)
        single = xp.astype(values, xp.float32)
        result: Any = function(single, *args[1:], **kwargs) if args else function(**{**kwargs, first: single})  # type: ignore[arg-type, call-arg]
        returned: R = xp.astype(result, values.dtype)
        return returned

    return call


def real_dtype(array: Array, xp: ModuleType) -> Dtype:
    """The real dtype to compute in: float64 for float64 and complex128 input, else float32 (half
    precision is widened).
    """
    return xp.float64 if is_double(array, xp) else xp.float32


def complex_dtype(array: Array, xp: ModuleType) -> Dtype:
    """The complex dtype of the same precision as `real_dtype`."""
    return xp.complex128 if is_double(array, xp) else xp.complex64


def on_host(array: Array, *, name: str) -> Array:
    """An array of any library as NumPy's."""
    try:
        return host.asarray(array)
    except (RuntimeError, TypeError) as error:  # on another device, or with a gradient that would be lost
        raise ParameterError(f"{name} is an array of {type(array).__module__} that cannot be brought to NumPy: {error}") from error


def check_on_host(values: Any, *, name: str) -> Array:
    """NumPy's arrays and lists as NumPy's, for what runs nowhere else; other libraries' arrays, which
    nothing copies silently, are refused.
    """
    if is_array(values) and namespace(values) is not host:
        library = type(values).__module__.partition(".")[0]
        raise ParameterError(f"{name} is an array of {library}: this function runs on NumPy alone, bring the array to NumPy first")
    try:
        return host.asarray(values)
    except (RuntimeError, TypeError, ValueError) as error:  # ragged lists, and arrays in them that do not come to NumPy
        raise ParameterError(f"{name}={shown(values)} must be an array") from error


def place(array: Array, *, xp: ModuleType | None = None, dtype: Dtype = None, device: Device = None) -> Array:
    """A copy of a host array (built in float64 by NumPy) in the wanted library, precision and
    device.
    """
    if xp is None or xp is host:
        return host.asarray(array, dtype=None if dtype is None else own_dtype(dtype, host), copy=True)
    xp = namespace(xp=xp)
    # rounding happens on the host: a device may have no float64
    dtype = own_dtype(array.dtype if dtype is None else dtype, xp)
    rounded = host.asarray(array, dtype=getattr(host, dtype_name(dtype), host.float32), copy=True)
    return xp.asarray(rounded, dtype=dtype, device=device)


def as_operand(number: float, like: Array, *, xp: ModuleType) -> Array | float:
    """A number that goes with an array into a function of two arrays, which compilers take as an
    array.
    """
    return number if xp is host else xp.asarray(number, dtype=like.dtype, device=device_of(like))


def power_of(base: float, exponents: Array, *, xp: ModuleType) -> Array:
    """A number to the power of each exponent: laid out as these, which torch's compilers take for
    granted and torch's power of a bare number is not.
    """
    return base**exponents if xp is host else xp.pow(as_operand(base, exponents, xp=xp), exponents)


def is_plain(values: Any) -> bool:
    """Whether values are one number, of Python's or of NumPy's widest, which float64 holds: such
    need no questions.
    """
    kind = type(values)
    return kind is float or kind is host.float64 or (kind in (int, host.int64) and -MOST < values < MOST)


def as_floating(values: Any, *, name: str, xp: ModuleType | None = None) -> tuple[ModuleType, Array]:
    """Numbers of any kind as floating-point arrays: what the conversions between scales take.

    Floating arrays pass untouched. Python numbers, lists and integer arrays become float64 (the
    library's own float for integer arrays that are not NumPy's).
    """
    if xp is None and is_plain(values):
        return host, host.float64(values)
    if is_array(values):
        space = namespace(values, xp=xp)
        check_digits(values, name=name)
        if is_floating(values, space):
            return space, values
        if space.isdtype(values.dtype, "integral"):
            wide = space.float64 if space is host else space.asarray(1.0).dtype
            return space, space.astype(values, wide)
        raise ParameterError(f"{name} has dtype {dtype_name(values.dtype)}: it must hold real numbers")
    try:
        array = host.asarray(values)
    except (ValueError, TypeError, RuntimeError) as error:  # ragged lists, and arrays in them that do not come to NumPy
        raise ParameterError(f"{name}={shown(values)} must hold real numbers") from error
    if not host.isdtype(array.dtype, ("integral", "real floating")):
        raise ParameterError(f"{name}={shown(values)} must hold real numbers")
    check_digits(array, name=name)
    array = host.astype(array, host.float64)
    return (host, array) if xp is None else (namespace(xp=xp), place(array, xp=xp))


def as_integers(values: Any, *, name: str, like: Array = None, xp: ModuleType | None = None) -> tuple[ModuleType, Array]:
    """Integers as an array: lists and NumPy's arrays as NumPy's, on the host; others as they are,
    which are of `xp` if `like` is.
    """
    if like is not None and isinstance(values, type(like)):  # no compiler can trace the questions below
        space, array = namespace(values) if xp is None else xp, values
    elif _space_of(values) not in (None, host):
        space, array = namespace(values), values
    else:
        space = host
        try:
            array = space.asarray(values)
        except (ValueError, TypeError, RuntimeError) as error:  # ragged lists, and arrays in them that do not come to NumPy
            raise ParameterError(f"{name}={shown(values)} must hold integers") from error
    if not space.isdtype(array.dtype, "integral"):
        raise ParameterError(f"{name}={shown(values)} must hold integers")
    return space, array


def as_level(name: str, value: Any, like: Array, *, xp: ModuleType) -> Array | float:
    """The magnitude of a number, or of an array in the precision of another."""
    if isinstance(value, Real) or not is_array(value):
        return abs(as_number(name, value))
    namespace(like, value)  # an array of another library's is refused
    return xp.astype(xp.abs(value), like.dtype, copy=False)


def check_signal(y: Any, *, name: str = "y", xp: ModuleType | None = None) -> ModuleType:
    """The namespace of a waveform, after checking that it is an array of real floating-point
    samples, time last.
    """
    if not is_array(y):
        raise ParameterError(f"{name} is a {type(y).__name__}: it must be an array of floating-point samples, such as a NumPy array")
    space = namespace(y, xp=xp)
    check_digits(y, name=name)
    if not is_floating(y, space):
        raise ParameterError(
            f"{name} has dtype {dtype_name(y.dtype)}: it must hold real floating-point samples "
            "(bring 16-bit PCM to floats by dividing by 32768: y.astype('float32') / 32768)"
        )
    if y.ndim == 0 or y.shape[-1] == 0:
        raise ParameterError(f"{name} has shape {tuple(y.shape)}: it must have at least one sample along its last axis")
    return space


def check_spectrum(spectrum: Any, *, name: str, real: bool = False, xp: ModuleType | None = None) -> ModuleType:
    """The namespace of a spectrogram of shape (..., frequency, time), after checking that it is
    one, and a real one if need be.
    """
    if xp is None and not is_array(spectrum):
        raise ParameterError(f"{name} is a {type(spectrum).__name__}: it must be an array of shape (..., frequency, time)")
    space = namespace(spectrum) if xp is None else xp
    check_digits(spectrum, name=name)
    if not (is_floating(spectrum, space) or (is_complex(spectrum, space) and not real)):
        needed = "real floating-point, such as abs(stft(y))" if real else "floating-point"
        raise ParameterError(f"{name} has dtype {dtype_name(spectrum.dtype)}: it must be {needed}")
    if spectrum.ndim < 2 or spectrum.shape[-1] == 0 or spectrum.shape[-2] == 0:
        raise ParameterError(f"{name} has shape {tuple(spectrum.shape)}: it must be (..., frequency, time), neither of them empty")
    return space
