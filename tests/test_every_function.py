"""What every function owes its callers: their library, device and precision, their batch, their
memory, honest numbers and slopes.
"""

import importlib
import importlib.util
import subprocess
import sys
import warnings
from collections.abc import Iterator
from functools import partial

import catalogue
import numpy as np
import pytest
from assertions import assert_close, assert_same
from catalogue import (
    COLUMNS,
    CONVERTERS,
    DRAWINGS,
    FRAMES,
    FUNCTIONS,
    LAYER_COLUMNS,
    LAYERS,
    MAKERS,
    NUMBERS,
    ON_GRID,
    ON_HOST,
    SETTINGS,
    TRANSFORMS,
    YES,
    Converter,
    Maker,
    Transform,
    public_functions,
    signal,
    similarities,
    sliced,
)
from examples import noise
from libraries import Backend, to_numpy, wanted

import nnaudio_xp as nax
from nnaudio_xp import layers

COMPLEX = {"float16": "complex64", "float32": "complex64", "float64": "complex128"}


def each(functions, *libraries):
    """A test of each of the functions; only on the backends of some libraries, or on single
    backends, if there are any.
    """
    if not libraries:
        return pytest.mark.parametrize("function", functions, ids=str)
    backends = [backend for backend in wanted() if backend in libraries or backend.library in libraries]
    cases = [pytest.param(backend, function, id=f"{backend.value}-{function}") for backend in backends for function in functions]
    return pytest.mark.parametrize(("backend", "function"), cases, indirect=["backend"])


def having(capability):
    """The transforms for which the table claims it."""
    return [function for function in TRANSFORMS if function.able[capability] == YES]


BATCHED = [function for function in TRANSFORMS if function.batched]
SEEDED = [function for function in TRANSFORMS if function.able["vmap"] == catalogue.SEEDED]


@pytest.fixture
def called(lazily):
    """The call of a row, compiled on JAX where the table says that it compiles."""
    return lambda function: lazily(function.call) if function.able["jit"] == YES else function.call


def example(function: catalogue.OfArrays, batch: tuple[int, ...], dtype: str = "float64") -> np.ndarray:
    values = function.of(batch)
    return values.astype(COMPLEX[dtype] if values.dtype.kind == "c" else dtype)


# --- the table ------------------------------------------------------------------------------------


@pytest.mark.once
def test_the_table_is_complete():
    """Every public function has a row, and every layer; nothing else has."""
    assert {function.name for function in FUNCTIONS} == set(public_functions())
    assert set(LAYERS) == {name for name in layers.__all__ if isinstance(getattr(layers, name), type)} - {"LayerSpec"}


@pytest.mark.once
def test_every_row_is_decided():
    names = [str(function) for function in FUNCTIONS]
    assert len(names) == len(set(names))
    assert all(set(function.limits) <= set(COLUMNS) for function in TRANSFORMS)
    assert all(set(layer.limits) <= set(LAYER_COLUMNS) for layer in LAYERS.values())


# --- libraries, precisions and batches ------------------------------------------------------------


@each(TRANSFORMS)
def test_every_library_agrees_with_numpy(xp, as_xp, called, dtype, function):
    """In values, shape and dtype; and float32 with float64."""
    values = example(function, (2,), dtype)
    here = function.call(values)
    assert np.isfinite(here).all()
    assert here.dtype == (COMPLEX[dtype] if here.dtype.kind == "c" else dtype)
    rtol = 1000 * float(np.finfo(dtype).eps)  # two roundings, which iterations and exponents magnify
    assert_same(called(function)(as_xp(values)), here, xp=xp, rtol=rtol)
    assert_close(here.astype(np.result_type(here, "float64")), function.call(example(function, (2,))), rtol=rtol)


@each([function for function in TRANSFORMS if function.takes_dtype])
def test_the_dtype_of_the_result_decides_the_arithmetic(backend, xp, as_xp, lazily, function):
    """A wider one is computed in, as if the input had been wide; a narrower one is rounded to."""
    values = example(function, (2,), "float32")
    wide = values.astype(np.result_type(values, "float64"))
    expected = function.call(wide)
    asked = lazily(lambda array: function.call(array, dtype=expected.dtype.name))
    assert_same(asked(as_xp(values)), expected, xp=xp, rtol=1000 * float(np.finfo("float64").eps))
    if backend is not Backend.JAX:  # which would compile once more
        narrow = COMPLEX["float32"] if expected.dtype.kind == "c" else "float32"
        rounded = to_numpy(function.call(as_xp(wide))).astype(narrow)
        assert_same(function.call(as_xp(wide), dtype=narrow), rounded, xp=xp, rtol=0, atol=0)


@each(having("float16"))
def test_half_precision_is_computed_in_float32(backend, xp, as_xp, called, function):
    if backend.library == "array_api_strict":
        pytest.skip("the standard has no half precision")
    if function.widens:
        values = function.of((2,)).astype("float16")
        assert_same(called(function)(as_xp(values)), function.call(values.astype("float32")), xp=xp, rtol=1e-4)
        return
    for scale in (1, 300):  # whose squares half precision does not hold
        values = (scale * function.of((2,))).astype("float16")
        with np.errstate(over="ignore"):  # infinite, if it holds the result no more
            result, expected = called(function)(as_xp(values)), function.call(values.astype("float64")).astype("float16")
        assert_same(result, expected, xp=xp, rtol=1e-3, atol=1e-6)


@each(BATCHED)
def test_a_batch_is_its_clips(backend, xp, as_xp, called, function):
    """On JAX, also: compiled it gives what it gives uncompiled."""
    values = example(function, (2, 1, 3))
    together = called(function)(as_xp(values))
    alone = [to_numpy(function.call(as_xp(values[clip]))) for clip in np.ndindex(2, 1, 3)]
    exact = {"rtol": 0.0, "atol": 0.0} if backend.library == "numpy" else {"rtol": 1e-10}
    assert_same(together, np.reshape(np.stack(alone), (2, 1, 3, *alone[0].shape)), xp=xp, **exact)


@each([function for function in TRANSFORMS if not function.joint])
def test_no_clips_make_no_clips(xp, as_xp, called, function):
    alone = function.call(example(function, (), "float32"))
    assert_same(called(function)(as_xp(example(function, (2, 0), "float32"))), np.empty((2, 0, *alone.shape), alone.dtype), xp=xp)


# --- memory ---------------------------------------------------------------------------------------


@each(BATCHED)
def test_memory_in_any_order(xp, as_xp, called, function):
    """Transposed, reversed and broadcast arrays are arrays."""
    values = example(function, (2, 1, 3))
    expected = function.call(values)
    swapped = xp.permute_dims(as_xp(np.swapaxes(values, 0, -1)), (values.ndim - 1, *range(1, values.ndim - 1), 0))
    flipped = xp.flip(as_xp(values[..., ::-1]), axis=-1)
    for array in (swapped, flipped):
        assert_same(called(function)(array), expected, xp=xp, rtol=1e-10)
    repeated = xp.broadcast_to(as_xp(values[:1]), values.shape)
    assert_same(called(function)(repeated), np.broadcast_to(expected[:1], expected.shape), xp=xp, rtol=1e-10)


@pytest.mark.once
@pytest.mark.parametrize("function", [partial(nax.lpc, order=4), partial(nax.util.normalize, norm=2, axis=-1)])
def test_sums_over_interleaved_channels_keep_single_precisions_digits(function):
    """Files hold the samples of channels side by side, and NumPy adds such numbers one by one."""
    channels = np.cumsum(noise(0, (2, 2**16), "float32"), axis=-1)
    assert np.array_equal(function(np.asfortranarray(channels))[0], function(channels[0]))


@each(TRANSFORMS)
def test_the_input_is_left_alone_and_the_result_is_the_callers_own(backend, as_xp, function):
    """It is no cached kernel, nor the input; views say that they are."""
    if backend is Backend.JAX:
        pytest.skip("JAX's arrays are never written to")
    values = example(function, (2,))
    given = as_xp(values)
    first = function.call(given)
    assert np.array_equal(to_numpy(given), values)
    if function.name in ("util.frame", "effects.trim"):
        return
    kept = to_numpy(first)
    first[...] = 7
    assert np.array_equal(to_numpy(given), values)
    assert np.array_equal(to_numpy(function.call(given)), kept)


# --- what is not a number -------------------------------------------------------------------------


def reached(function: Transform, position: int, size: int) -> np.ndarray:
    """Which of `size` positions along the last axis of a result an input sample or frame
    reaches.
    """
    n_fft, hop = FRAMES["n_fft"], FRAMES["hop_length"]
    before = n_fft // 2 if function.options.get("center", True) else 0
    at = np.arange(size)
    if function.frames == "analysis":
        return (at * hop - before <= position) & (position < at * hop - before + n_fft)
    if function.frames == "synthesis":
        first = position * hop - before
        return (first <= at) & (at < first + n_fft)
    return at == position


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@each([function for function in TRANSFORMS if function.frames])
def test_what_is_not_a_number_stays_in_its_frames(backend, as_xp, called, function, bad):
    """Every number that a bad sample has touched shows it, and no other number changes. NumPy's
    signals are refused instead.
    """
    values = function.of((2,)) * np.linspace(0.5, 1, function.of(()).shape[-1])  # the peak is elsewhere
    where = values.shape[-1] // 3
    whole = function.call(values)
    values[0, ..., where] = bad
    with warnings.catch_warnings():
        if backend.library in ("numpy", "array_api_strict"):
            warnings.simplefilter("ignore", RuntimeWarning)  # NumPy's arithmetic speaks up by itself
        if backend.library == "numpy" and (function.frames == "analysis" or function.name == "util.normalize"):
            with pytest.raises(ValueError, match=r"(y|S) is not finite everywhere: (y|S)\[0, .*\] is (nan|inf|-inf)"):
                function.call(as_xp(values))
            return
        result = to_numpy(called(function)(as_xp(values)))
    touched = reached(function, where, result.shape[-1])
    assert not np.isfinite(result[0, ..., touched]).any()
    assert_close(result[0, ..., ~touched], whole[0, ..., ~touched], rtol=1e-10)
    assert_close(result[1], whole[1], rtol=1e-10)


# --- gradients ------------------------------------------------------------------------------------


def score(result, weights):
    """A number that depends on all of a result: not on the modulus alone, as a phase has 1
    everywhere.
    """
    return (abs(result + weights) ** 2 * weights).sum()


def torch_gradient(function, values, weights):
    """The direction of steepest ascent, by PyTorch."""
    values.requires_grad_()
    score(function.call(values), weights).backward()
    return to_numpy(values.grad)


@each(having("gradient"), "torch")
def test_torch_gradients_are_slopes(as_xp, function):
    """Along one direction, against the difference quotient of NumPy's numbers."""
    values, direction, weights, expected = slope(function)
    gradient = torch_gradient(function, as_xp(values), as_xp(weights))
    assert abs(gradient).max() > 0
    assert_close(np.asarray((gradient.conj() * direction).sum().real), expected, rtol=1e-5)


def slope(function):
    """Where and in which direction a function is differentiated, the weights of its score, and the
    score's difference quotient.
    """
    values, direction = function.of((2,)), function.of((3,))[1:] / 100
    weights = np.random.default_rng(0).standard_normal(function.call(values).shape)
    step = 1e-5
    after, before = (score(function.call(values + signed * direction), weights) for signed in (step, -step))
    return values, direction, weights, (after - before) / (2 * step)


@each(having("gradient"), "jax")
def test_jax_gradients_are_slopes(as_xp, function):
    """Forward and backward, compiled; and the gradient is PyTorch's, number by number."""
    jax = importlib.import_module("jax")
    values, direction, weights, expected = slope(function)

    def scored(x):
        return score(function.call(x), weights)

    def both(x, direction):
        return jax.jvp(scored, (x,), (direction,))[1], jax.grad(scored)(x)

    derived = jax.jit(both) if function.able["jit"] == YES else both
    forward, gradient = (np.asarray(result) for result in derived(as_xp(values), as_xp(direction)))
    # JAX's gradient of a complex variable is the conjugate of the direction of steepest ascent
    for actual in (forward, (gradient * direction).sum().real):
        assert_close(np.asarray(actual, dtype=float), expected, rtol=1e-5)
    if importlib.util.find_spec("torch"):
        torch = importlib.import_module("torch")
        assert_close(gradient.conj(), torch_gradient(function, torch.from_numpy(values), torch.from_numpy(weights)), rtol=1e-9)


FAINT = {"float32": (1e-10, 1e-20, 1e-30, 1e-38, 1e-42, 0.0), "float64": (1e-160, 1e-300, 1e-310, 0.0)}
"""Amplitudes of a recording that fades: squares of most vanish."""

LOGARITHM = [function for function in TRANSFORMS if function.name == "cfp" and 0 in function.options["g"]]
"""What adds a number to magnitudes, beside which those of float32 vanish before those of
float64.
"""


SQUARES = [function for function in TRANSFORMS if function.name in ("feature.chroma_stft", "feature.rms")]
"""What divides by powers, or takes their roots: those of float32 vanish."""


def linear_score(result, weights):
    """A number whose slopes by the parts of a result are of the size of 1."""
    return sum((part * weights).sum() for part in ((result.real, result.imag) if "complex" in str(result.dtype) else (result,)))


def check_faint_gradients(function, gradient):
    """That gradients are finite at all amplitudes, and those of float32 near those of float64 where
    slopes have not grown beyond it.

    ``gradient(values, weights)`` takes and gives NumPy's arrays.
    """
    values = function.of((1,))
    weights = np.random.default_rng(0).standard_normal(function.call(values).shape)
    for dtype, amplitudes in FAINT.items():
        for amplitude in amplitudes:
            found = gradient((amplitude * values).astype(COMPLEX[dtype] if values.dtype.kind == "c" else dtype), weights.astype(dtype))
            assert np.isfinite(found).all(), f"not finite at {amplitude} in {dtype}"
            if dtype == "float32" and amplitude >= 1e-30 and function not in (*LOGARITHM, *SQUARES):
                expected = gradient(amplitude * values, weights)
                assert_close(found, expected, rtol=0.1)  # random phases and iterations magnify rounding


@pytest.mark.parametrize("way", ["backward", "vmap"])
@each(having("gradient"), "torch")
def test_torch_gradients_of_faint_sounds(as_xp, function, way):
    """By the loops and their adjoints, and by what runs under function transforms."""
    if way == "vmap" and function.able["vmap"] != YES:
        pytest.skip(function.able["vmap"])
    call = importlib.import_module("torch.func").vmap(function.call) if way == "vmap" else function.call

    def gradient(values, weights):
        values = as_xp(values).requires_grad_()
        linear_score(call(values), as_xp(weights)).backward()
        return to_numpy(values.grad)

    check_faint_gradients(function, gradient)


DIVIDING = (
    "spectrogram, magnitude",
    "magphase, phase",
    "phase_vocoder",
    "decompose.hpss, percussive mask",
    "griffinlim",
    "griffinlim_cqt",
    "icqt, exact",
    "cfp",
    "piptrack, pitches",
    "util.normalize",
)
"""One for each way in which something is divided by what may vanish: each costs two compilations."""


@each([function for function in TRANSFORMS if str(function) in DIVIDING], "jax")
def test_jax_gradients_of_faint_sounds(as_xp, function):
    jax = importlib.import_module("jax")
    compiled = jax.jit(jax.grad(lambda values, weights: linear_score(function.call(values), weights)))
    check_faint_gradients(function, lambda values, weights: to_numpy(compiled(as_xp(values), as_xp(weights))))


@each([function for function in TRANSFORMS if function.able["gradient"] != YES], "jax", "torch")
def test_without_a_gradient_there_is_none(backend, as_xp, function):
    values = as_xp(example(function, (2,)))
    if backend.library == "torch":
        assert not function.call(values.requires_grad_()).requires_grad
    else:
        jax = importlib.import_module("jax")
        slopes = jax.grad(lambda x: function.call(x).sum())
        assert not (jax.jit(slopes) if function.able["jit"] == YES else slopes)(values).any()


@each(having("gradient"), "torch")
def test_inference_mode_leaves_nothing_behind_that_cannot_be_trained(as_xp, function):
    torch = importlib.import_module("torch")
    values = as_xp(example(function, (2,)))
    with torch.inference_mode():
        expected = to_numpy(function.call(values))
    trained = values.clone().requires_grad_()
    result = function.call(trained)
    assert_close(to_numpy(result), expected, rtol=1e-10)
    result.abs().sum().backward()
    assert torch.isfinite(trained.grad).all()


# --- transformations ------------------------------------------------------------------------------


def mapped(function, backend, values):
    """The call on each clip by itself, as the library's own vmap makes it of the call on one."""
    if backend is Backend.JAX:
        jax = importlib.import_module("jax")
        return to_numpy(jax.jit(jax.vmap(function.call))(values))
    return to_numpy(importlib.import_module("torch.func").vmap(function.call)(values))


@pytest.mark.filterwarnings(r"ignore:torch.searchsorted\(\). input value tensor is non-contiguous")  # torch's own under vmap
@each(having("vmap"), "jax", "torch")
def test_maps_over_clips(backend, as_xp, called, function):
    values = as_xp(example(function, (2,)))
    assert_close(mapped(function, backend, values), to_numpy(called(function)(values)), rtol=1e-10)


@each(SEEDED, "jax", "torch")
def test_mapped_clips_start_from_the_same_phases(backend, as_xp, called, function):
    values = as_xp(np.stack([example(function, ())] * 2))
    rows, batch = mapped(function, backend, values), to_numpy(called(function)(values))
    assert_close(rows[0], rows[1], rtol=1e-10)
    assert abs(batch[0] - batch[1]).max() > 0.01


def compiled(call, backend="aot_eager"):
    """The call as one graph of torch's, or an error where that cannot be."""
    torch = importlib.import_module("torch")
    torch.compiler.reset()
    return torch.compile(call, fullgraph=True, backend=backend)


def graphs():
    """How many graphs torch has compiled."""
    return importlib.import_module("torch._dynamo.utils").counters["stats"]["unique_graphs"]


def sized(function: Transform, step: int) -> np.ndarray:
    """An example for another number of clips, each a little longer."""
    values = example(function, (2 + step,), "float32")
    if function.of is similarities:  # square ones
        return np.resize(values, (2 + step, 9 + step, 9 + step))
    axis = -3 if function.of is sliced else -1
    longer = np.concatenate([values] * 3, axis=axis)
    size = values.shape[axis] + 23 * step if function.of is signal else 2 * values.shape[axis] + step
    return np.take(longer, np.arange(size), axis=axis)


@each([function for function in having("jit") if function.able["compile"] != ON_GRID], Backend.TORCH_FLOAT32)
def test_torch_compiles_one_graph(as_xp, function):
    values = as_xp(example(function, (2,), "float32"))
    assert_close(to_numpy(compiled(function.call)(values)), to_numpy(function.call(values)), rtol=1e-4)


@each(having("compile"), Backend.TORCH_FLOAT32)
def test_one_graph_serves_all_sizes(as_xp, function):
    """The second, in which torch makes symbols of the sizes that have changed."""
    run = compiled(function.call, backend="eager")
    before = graphs()
    for step in range(4):
        values = as_xp(sized(function, step))
        assert_close(to_numpy(run(values)), to_numpy(function.call(values)), rtol=1e-4)
    assert graphs() - before <= 2


DIRECT = [
    function
    for function in having("compile")
    if function.name in ("stft", "feature.mfcc", "pseudo_cqt", "cfp") or "exact" in function.variant
]


@each(DIRECT, Backend.TORCH_FLOAT32)
def test_arguments_may_be_symbols(as_xp, function):
    """With dynamic=True, in which torch makes symbols of the numbers among the arguments, too."""
    torch = importlib.import_module("torch")
    torch.compiler.reset()
    run = torch.compile(function.call, fullgraph=True, backend="eager", dynamic=True)
    values = as_xp(example(function, (2,), "float32"))
    assert_close(to_numpy(run(values)), to_numpy(function.call(values)), rtol=1e-4)


@each([function for function in CONVERTERS if function.elementwise], Backend.TORCH_FLOAT32)
def test_torch_compiles_conversions(as_xp, function: Converter):
    values = as_xp(NUMBERS, "int64" if function.integers else "float32")
    assert_close(to_numpy(compiled(function.call)(values)), to_numpy(function.call(values)), rtol=1e-6)


@each(MAKERS, Backend.TORCH_FLOAT32)
def test_what_is_made_in_a_graph_is_the_callers_own(xp, as_xp, function: Maker):
    make = function.call

    def doubled(number):
        made = make(xp=xp)
        made *= 2
        return made * number

    run, one = compiled(doubled), as_xp(np.ones(1))
    expected = 2 * to_numpy(make(xp=xp))
    for _ in range(2):
        assert_close(to_numpy(run(one)), expected, rtol=1e-6)


COLD = """
import torch, nnaudio_xp as nax

y = torch.randn(2, 1000)
for call in (
    lambda y: nax.stft(y, n_fft=64),
    lambda y: nax.feature.mfcc(y=y, sr=8000, n_fft=64, n_mels=8, n_mfcc=5),
    lambda y: nax.cqt(y, sr=8000, fmin=200, n_bins=12),
    lambda y: nax.cqt(y, sr=8000, fmin=200, n_bins=12, method="exact"),
    lambda y: nax.nsgt(y, sr=8000, fmin=200),
    lambda y: nax.power_to_db(y * y) + nax.filters.get_window("hann", 1000, xp=torch, dtype="float32"),
):
    compiled = torch.compile(call, fullgraph=True, backend="aot_eager")(y)
    torch.testing.assert_close(compiled, call(y))
"""


@pytest.mark.parametrize("backend", [backend for backend in wanted() if backend is Backend.TORCH_FLOAT32], indirect=True)
def test_torch_compiles_what_never_ran(backend):
    """In a fresh process, without a warning."""
    run = subprocess.run([sys.executable, "-W", "error::UserWarning", "-c", COLD], capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stderr


# --- mixed precision ------------------------------------------------------------------------------


def within_autocast(call, values, dtype):
    torch = importlib.import_module("torch")
    with torch.autocast("cpu", dtype=getattr(torch, dtype)):
        return call(values)


@pytest.mark.filterwarnings(r"ignore:torch.searchsorted\(\). input value tensor is non-contiguous")  # torch's own under vmap
@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
@each(TRANSFORMS, Backend.TORCH_FLOAT32)
def test_autocast_changes_nothing(as_xp, function, dtype):
    """Neither numbers nor dtypes nor slopes, also on torch's own operations, which vmap runs."""
    torch = importlib.import_module("torch")
    values = as_xp(example(function, (2,), "float32"))
    assert torch.equal(within_autocast(function.call, values, dtype), function.call(values))
    if function.able["vmap"] == YES:
        mapped = torch.func.vmap(function.call)
        assert torch.equal(within_autocast(mapped, values, dtype), mapped(values))
    if function.able["gradient"] == YES:
        slopes = []
        for run in (function.call, lambda x: within_autocast(function.call, x, dtype)):
            trained = values.clone().requires_grad_()
            run(trained).abs().sum().backward()
            slopes.append(trained.grad)
        assert torch.equal(*slopes)


@each(CONVERTERS, Backend.TORCH_FLOAT32)
def test_autocast_changes_no_conversion(as_xp, function: Converter):
    torch = importlib.import_module("torch")
    values = as_xp(NUMBERS, "int64" if function.integers else "float32")
    found, expected = within_autocast(function.call, values, "bfloat16"), function.call(values)
    assert found.dtype == expected.dtype
    assert torch.equal(found, expected)


# --- functions of numbers -------------------------------------------------------------------------


@each(CONVERTERS)
def test_numbers_of_every_library(xp, as_xp, lazily, dtype, function: Converter):
    """The same numbers as from NumPy, in the array's library and precision, on its device, in its
    shape.
    """
    kinds = ["int64"] if function.integers else [dtype, "int64"]
    for kind in kinds:
        values = NUMBERS.astype(kind)
        here = function.call(values)
        own = xp.asarray(1.0).dtype if here.dtype.kind == "f" and (function.counts or kind == "int64") else here.dtype
        assert_same(lazily(function.call)(as_xp(values)), here, xp=xp, dtype=own)
        if function.elementwise:
            assert here.shape == values.shape
            for part in ((0, 0), (slice(0),)):
                assert_same(lazily(function.call)(as_xp(values[part])), here[part], xp=xp, dtype=own)


@each([function for function in CONVERTERS if not function.integers and not function.name.endswith("_weighting")])
def test_numbers_of_half_precision_are_rounded_once(backend, as_xp, lazily, function: Converter):
    """They are computed in a precision that holds what comes in between; but levels, which cancel near
    0 dB.
    """
    if backend.library == "array_api_strict":
        pytest.skip("the standard has no half precision")
    for scale in (1, 100, 1000):
        values = (scale * NUMBERS).astype("float16")
        with np.errstate(over="ignore"):  # infinite, if half precision does not hold the result
            result = to_numpy(lazily(function.call)(as_xp(values)))
            expected = function.call(values.astype("float64")).astype(result.dtype)
        assert_close(result, expected, rtol=1e-3 if result.dtype == "float16" else None, atol=0)


@pytest.mark.once
@each([function for function in CONVERTERS if function.elementwise])
def test_plain_numbers_and_lists(function: Converter):
    values = NUMBERS.astype(int) if function.integers else NUMBERS
    expected = function.call(values)
    assert_close(function.call(values.tolist()), expected, rtol=0)
    for index in np.ndindex(values.shape):
        number = function.call(values[index].item())
        assert isinstance(number, np.generic)
        assert number == expected[index]


# --- functions that make arrays -------------------------------------------------------------------


@each(MAKERS)
def test_arrays_are_made_where_they_are_asked_for(xp, device, dtype, function: Maker):
    """The same numbers as NumPy's, rounded once."""
    here = function.call()
    assert here.dtype == (function.dtype or "float64")
    assert_same(function.call(xp=xp, device=device), here, xp=xp, rtol=0, atol=0)
    if function.dtype:
        double, name = ("complex128", COMPLEX[dtype]) if here.dtype.kind == "c" else ("float64", dtype)
        expected = function.call(dtype=double).astype(name)
        for asked in (name, getattr(xp, name), np.dtype(name)):
            assert_same(function.call(xp=xp, device=device, dtype=asked), expected, xp=xp, rtol=0, atol=0)


@each(MAKERS)
def test_what_is_made_is_the_callers_own(backend, xp, device, function: Maker):
    if backend is Backend.JAX:
        pytest.skip("JAX's arrays are never written to")
    first = function.call(xp=xp, device=device)
    kept = to_numpy(first)
    first[...] = 7
    assert np.array_equal(to_numpy(function.call(xp=xp, device=device)), kept)


# --- functions of NumPy's arrays alone ------------------------------------------------------------


@pytest.mark.once
@each(ON_HOST)
def test_the_host_leaves_its_input_alone(function):
    values = function.of(())
    given = values.copy()
    first, again = (function.call(given) for _ in range(2))
    assert np.array_equal(given, values)
    first, again = (result.toarray() if hasattr(result, "toarray") else np.asarray(result) for result in (first, again))
    assert first.dtype == again.dtype
    assert np.array_equal(first, again)


@each([*ON_HOST, *DRAWINGS], "array_api_strict", "jax", "torch")
def test_the_host_refuses_other_libraries(as_xp, function):
    with pytest.raises(nax.ParameterError, match="is an array of .*: this function runs on NumPy alone"):
        function.call(as_xp(function.of(())))


# --- functions of settings ------------------------------------------------------------------------


@pytest.mark.once
@each(SETTINGS)
def test_settings_give_the_same_again(function):
    """Whatever was written into what they gave before."""

    if function.options.get("path"):
        pytest.importorskip("soundfile", reason="soundfile, which reads the recording, is not installed")

    def copies(result):
        result = tuple(result) if isinstance(result, Iterator) else result
        return [np.array(part) for part in (result if isinstance(result, tuple) else (result,))]

    first = function.call()
    kept = copies(first)
    for part in first if isinstance(first, tuple) else (first,):
        if isinstance(part, np.ndarray):
            part[...] = 7
    for again, before in zip(copies(function.call()), kept, strict=True):
        assert np.array_equal(again, before)
