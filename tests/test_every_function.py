"""What every function owes its callers: their library, device and precision, their batch, their memory, and honest numbers."""

import warnings

import array_api_compat
import numpy as np
import pytest
from assertions import assert_close, assert_same
from functions import FUNCTIONS, Function
from libraries import Backend, to_numpy

functions = pytest.mark.parametrize("function", FUNCTIONS, ids=lambda function: function.name)
COMPLEX = {"float16": "complex64", "float32": "complex64", "float64": "complex128"}


def example(function: Function, batch: tuple[int, ...], dtype: str) -> np.ndarray:
    values = function.example(batch)
    return values.astype(COMPLEX[dtype] if values.dtype.kind == "c" else dtype)


@functions
def test_every_library_agrees_with_numpy(xp, as_xp, lazily, dtype, function):
    """In values, shape and dtype; and float32 with float64."""
    values = example(function, (2,), dtype)
    here = function.call(values)
    assert here.dtype == (COMPLEX[dtype] if here.dtype.kind == "c" else dtype)
    rtol = 1000 * float(np.finfo(dtype).eps)  # two roundings, which iterations and exponents magnify
    assert_same(lazily(function.call)(as_xp(values)), here, xp=xp, rtol=rtol)
    assert_close(here.astype(np.result_type(here, "float64")), function.call(example(function, (2,), "float64")), rtol=rtol)


@functions
def test_a_batch_is_its_clips(backend, xp, as_xp, function):
    values = example(function, (2, 1, 3), "float64")
    together = function.call(as_xp(values))
    alone = [to_numpy(function.call(as_xp(values[clip]))) for clip in np.ndindex(2, 1, 3)]
    exact = {"rtol": 0.0, "atol": 0.0} if backend.library == "numpy" else {"rtol": 1e-10}
    assert_same(together, np.reshape(np.stack(alone), (2, 1, 3, *alone[0].shape)), xp=xp, **exact)


@functions
def test_no_clips_make_no_clips(xp, as_xp, lazily, function):
    alone = function.call(example(function, (), "float32"))
    assert_same(lazily(function.call)(as_xp(example(function, (2, 0), "float32"))), np.empty((2, 0, *alone.shape), alone.dtype), xp=xp)


@functions
def test_memory_in_any_order(xp, as_xp, function):
    """Transposed, reversed and broadcast arrays are arrays."""
    values = example(function, (2, 3), "float64")
    expected = function.call(values)
    swapped = xp.permute_dims(as_xp(np.swapaxes(values, 0, -1)), (values.ndim - 1, *range(1, values.ndim - 1), 0))
    flipped = xp.flip(as_xp(values[..., ::-1]), axis=-1)
    for array in (swapped, flipped):
        assert_same(function.call(array), expected, xp=xp, rtol=1e-10)
    repeated = xp.broadcast_to(as_xp(values[:1]), values.shape)
    assert_same(function.call(repeated), np.broadcast_to(expected[:1], expected.shape), xp=xp, rtol=1e-10)


@functions
def test_the_input_is_left_alone(xp, as_xp, function):
    values = example(function, (2,), "float64")
    given = as_xp(values)
    function.call(given)
    assert np.array_equal(to_numpy(given), values)


@functions
def test_results_can_be_written_to(backend, as_xp, function):
    """What comes back is the caller's own, and not a cached kernel or the input; views say that they are."""
    if backend is Backend.JAX or function.name == "util.frame":
        pytest.skip("JAX's arrays are never written to, and frames are views")
    values = example(function, (2,), "float64")
    given = as_xp(values)
    first = function.call(given)
    kept = to_numpy(first)
    first[...] = 7
    assert np.array_equal(to_numpy(given), values)
    assert np.array_equal(to_numpy(function.call(given)), kept)


@functions
def test_half_precision_is_computed_in_float32(backend, xp, as_xp, function):
    if backend.library == "array_api_strict":
        pytest.skip("the standard has no half precision")
    values = function.example((2,))
    if values.dtype.kind == "c":
        pytest.skip("there is no complex half precision")
    half = as_xp(values, "float16")
    result = function.call(half)
    if function.name.startswith(("util", "power_to", "amplitude_to", "db_to")):
        expected = function.call(values.astype("float16").astype("float64")).astype("float16")
        assert_same(result, expected, xp=xp, rtol=2e-2)  # elementwise functions and cuts stay in the precision they are given
    else:
        assert_same(result, function.call(values.astype("float16").astype("float32")), xp=xp, rtol=1e-4)


# --- what is not a number --------------------------------------------------------------------------------------------------------


def reached(function: Function, position: int, shape: tuple[int, ...]) -> np.ndarray:
    """Which positions along the last axis of a result an input sample or frame reaches, the frames being `functions.FRAMES`."""
    n_fft, hop = 64, 20
    at = np.arange(shape[-1])
    if function.frames == "analysis":
        return (at * hop - n_fft // 2 <= position) & (position < at * hop + n_fft // 2)
    if function.frames == "synthesis":
        first = position * hop - (0 if "uncentred" in function.name else n_fft // 2)
        return (first <= at) & (at < first + n_fft)
    return at == position


@pytest.mark.parametrize("bad", [np.nan, np.inf])
@pytest.mark.parametrize("function", [function for function in FUNCTIONS if function.frames], ids=lambda function: function.name)
def test_what_is_not_a_number_stays_in_its_frames(backend, as_xp, lazily, function, bad):
    """Every number that a bad sample has touched shows it, and no other number changes. NumPy's signals are refused instead."""
    values = function.example((2,)) * np.linspace(0.5, 1, function.example(()).shape[-1])  # the peak is elsewhere
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
        result = to_numpy(lazily(function.call)(as_xp(values)))
    touched = reached(function, where, result.shape)
    assert not np.isfinite(result[0, ..., touched]).any()
    assert_close(result[0, ..., ~touched], whole[0, ..., ~touched], rtol=1e-10)
    assert_close(result[1], whole[1], rtol=1e-10)


# --- tracing ---------------------------------------------------------------------------------------------------------------------


@functions
def test_jax_maps_over_clips(function):
    jax = pytest.importorskip("jax", reason="jax is not installed")
    with Backend.JAX.configured():
        values = Backend.JAX.from_numpy(example(function, (3,), "float64"))
        mapped = jax.jit(jax.vmap(function.call))(values)
        assert_close(to_numpy(mapped), to_numpy(function.call(values)), rtol=1e-10)


def unmapped(function: Function) -> object:
    """What torch cannot map over, as a test that has to fail."""
    moves = function.name in ("util.frame", "util.pad_center", "util.fix_length")
    return pytest.param(
        function, marks=pytest.mark.xfail(reason="torch.func.vmap has no rule for moveaxis") if moves else (), id=function.name
    )


@functions
def test_jax_gradients_are_slopes(function):
    """Along one direction, against the difference quotient of NumPy's numbers."""
    jax = pytest.importorskip("jax", reason="jax is not installed")
    values, direction = function.example((2,)), function.example((3,))[1:] / 100
    weights = np.random.default_rng(0).standard_normal(function.call(values).shape)

    def score(result):
        return (abs(result + weights) ** 2 * weights).sum()  # not of the modulus alone: a phase has 1 everywhere

    step = 1e-5
    expected = (score(function.call(values + step * direction)) - score(function.call(values - step * direction))) / (2 * step)
    with Backend.JAX.configured():
        _, slope = jax.jvp(lambda x: score(function.call(x)), (values,), (direction,))
        gradient = jax.jit(jax.grad(lambda x: score(function.call(x))))(Backend.JAX.from_numpy(values))
    # JAX's gradient of a complex variable is the conjugate of the direction of steepest ascent
    for actual in (slope, (np.asarray(gradient) * direction).sum().real):
        assert_close(np.asarray(actual, dtype=float), expected, rtol=1e-5)


@pytest.mark.parametrize("function", [unmapped(function) for function in FUNCTIONS])
def test_torch_maps_over_clips(function):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    values = torch.from_numpy(example(function, (3,), "float64"))
    assert_close(torch.func.vmap(function.call)(values).numpy(), function.call(values).numpy(), rtol=1e-10)


@functions
def test_inference_mode_leaves_nothing_behind_that_cannot_be_trained(function):
    torch = pytest.importorskip("torch", reason="torch is not installed")
    values = torch.from_numpy(example(function, (2,), "float64"))
    with torch.inference_mode():
        expected = function.call(values).numpy()
    trained = values.clone().requires_grad_()
    result = function.call(trained)
    assert_close(result.detach().numpy(), expected, rtol=1e-10)
    result.abs().sum().backward()
    assert torch.isfinite(trained.grad).all()


@pytest.mark.once
def test_the_table_is_complete():
    """Every public function that takes an array is in it."""
    import nnaudio_xp as nax

    listed = " ".join(function.name for function in FUNCTIONS)
    for module in (nax, nax.feature, nax.feature.inverse, nax.util):
        for name in getattr(module, "__all__", ()):
            function = getattr(module, name)
            takes_arrays = callable(function) and "array [" in (function.__doc__ or "").partition("Returns")[0]
            assert not takes_arrays or name in listed or name.endswith("_to_audio"), f"{module.__name__}.{name} is not in the table"
    assert array_api_compat.is_numpy_array(FUNCTIONS[0].example(()))
