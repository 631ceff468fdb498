"""Every claim of the capability table, seen to hold; the layers' compilation and export have their own file, test_export.py."""

import importlib

import numpy as np
import pytest
from assertions import assert_close
from capabilities import FUNCTION_COLUMNS, FUNCTIONS, LAYER_COLUMNS, LAYER_LIMITS, LAYERS, SEEDED, YES
from examples import noise
from libraries import Backend, to_numpy

CLAIMED = [pytest.param(entry, id=entry.name) for entry in FUNCTIONS]


def having(capability):
    """The transforms for which the table claims it."""
    return [pytest.param(entry, id=entry.name) for entry in FUNCTIONS if entry.able[capability] == YES]


def lacking(capability):
    """Those for which it gives a reason instead."""
    return [pytest.param(entry, id=entry.name) for entry in FUNCTIONS if entry.able[capability] != YES]


@pytest.mark.once
def test_every_entry_is_decided():
    for entry in FUNCTIONS:
        assert tuple(entry.able) == FUNCTION_COLUMNS
    assert set(LAYER_LIMITS) == set(LAYERS)
    assert all(tuple(limits) == LAYER_COLUMNS for limits in LAYER_LIMITS.values())


@pytest.mark.parametrize("entry", CLAIMED)
def test_runs_on_every_backend(entry, as_xp, xp):
    result = entry.call(as_xp(noise(0, (2, 300)), "float32"))
    assert importlib.import_module("array_api_compat").array_namespace(result) is xp
    assert np.isfinite(to_numpy(result)).all()


@pytest.mark.parametrize("entry", having("float16"))
def test_half_precision_is_widened(entry, backend, as_xp):
    half = as_xp(noise(0, (300,)), "float32")
    if backend.library == "array_api_strict":
        pytest.skip("array-api-strict has no half precision")
    half = half.to(importlib.import_module("torch").float16) if backend.library == "torch" else half.astype("float16")
    assert np.isfinite(to_numpy(entry.call(half))).all()


@pytest.mark.parametrize("entry", having("gradient"))
def test_torch_gradient(entry, backend, as_xp):
    if backend.library != "torch":
        pytest.skip("PyTorch's own way of differentiating")
    x = as_xp(noise(0, (300,)), "float64").requires_grad_()
    result = entry.call(x)
    (result.abs() if result.is_complex() else result).sum().backward()
    assert np.isfinite(to_numpy(x.grad)).all()
    assert np.abs(to_numpy(x.grad)).max() > 0


def _loss(entry):
    jnp = importlib.import_module("jax.numpy")
    return lambda x: jnp.sum(jnp.abs(entry.call(x)))


@pytest.mark.parametrize("entry", having("jit"))
def test_jax_gradient_compiled(entry, backend, as_xp):
    if backend.library != "jax":
        pytest.skip("JAX's own transformations")
    jax = importlib.import_module("jax")
    x = as_xp(noise(0, (300,)), "float64")
    assert np.isfinite(to_numpy(jax.jit(jax.grad(_loss(entry)))(x))).all()


def mapped(entry, backend, x):
    """The call on each row by itself, as the library's own vmap makes it of the call on one."""
    if backend.library not in ("jax", "torch"):
        pytest.skip("only JAX and PyTorch map functions")
    room = importlib.import_module("jax" if backend.library == "jax" else "torch.func")
    return to_numpy(room.vmap(entry.call)(x))


@pytest.mark.parametrize("entry", having("vmap"))
def test_vmap(entry, backend, as_xp):
    x = as_xp(noise(0, (3, 300)), "float64")
    np.testing.assert_allclose(mapped(entry, backend, x), to_numpy(entry.call(x)), atol=1e-10)


@pytest.mark.parametrize("entry", lacking("vmap"))
def test_vmap_draws_the_same_phases_for_all(entry, backend, as_xp):
    x = as_xp(np.stack([noise(0, (300,))] * 2), "float64")
    rows, batch = mapped(entry, backend, x), to_numpy(entry.call(x))
    assert entry.able["vmap"] == SEEDED
    np.testing.assert_allclose(rows[0], rows[1], atol=1e-10)
    assert np.abs(batch[0] - batch[1]).max() > 0.01


def whole_graph(entry):
    """The function as one graph of torch's, or an error where that cannot be."""
    torch = importlib.import_module("torch")
    torch._dynamo.reset()
    return torch.compile(entry.call, fullgraph=True, backend="aot_eager")


@pytest.mark.filterwarnings("ignore:Dynamo detected a call to a `functools.lru_cache`")  # array_api_compat's, which remembers classes
@pytest.mark.parametrize("entry", CLAIMED)
def test_torch_compile(entry, backend, as_xp):
    if backend is not Backend.TORCH_FLOAT32:
        pytest.skip("PyTorch's own compiler, once")
    x = as_xp(noise(0, (300,)), "float32")
    if entry.able["compile"] == YES:
        expected = to_numpy(entry.call(x))  # first: no compiler can trace the search for torch's operations
        assert_close(to_numpy(whole_graph(entry)(x)), expected, rtol=1e-5)
    else:
        with pytest.raises(importlib.import_module("torch._dynamo.exc").TorchDynamoException):
            whole_graph(entry)(x)
