"""The frame of the tests itself: a comparison that cannot fail, or a backend that is not what it
says, would hide everything else.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from assertions import assert_close, assert_same
from libraries import Backend, why_not

HERE = Path(__file__).parent


def test_arrays_go_and_come_back(xp, as_xp, to_numpy, device, dtype):
    values = np.linspace(-1, 1, 7)
    assert_same(as_xp(values, dtype), values.astype(dtype), xp=xp, device=device)
    np.testing.assert_array_equal(to_numpy(as_xp(values, dtype)), values.astype(dtype))


@pytest.mark.parametrize(
    ("actual", "options", "message"),
    [
        (np.array([1.0, 2.0, 4.5]), {}, r"1 of 3 elements differ; the worst, at \(2,\)"),
        (np.array([1.0, 2.0, np.nan]), {}, "1 of 3 elements differ"),
        (np.array([1.0, 2.0, 4.0 + 1e-9]), {}, "1 of 3 elements differ"),
        (np.array([1.0, 2.0, 4.0], dtype=np.float32), {}, "dtype float32, expected float64"),
        (np.array([1.0, 2.0, 4.0]), {"dtype": "float32"}, "dtype float64, expected float32"),
        (np.array([[1.0, 2.0, 4.0]]), {}, r"shape \(1, 3\), expected \(3,\)"),
        (np.array([1.0, 2.0, 4.0]), {"device": "gpu"}, "on device 'cpu', expected 'gpu'"),
        ([1.0, 2.0, 4.0], {}, "a list is no array"),
    ],
)
def test_a_difference_is_found(actual, options, message):
    with pytest.raises(AssertionError, match=message):
        assert_same(actual, [1.0, 2.0, 4.0], xp=Backend.NUMPY.xp, **options)


@pytest.mark.parametrize("backend", [one for one in Backend if one.library != "numpy"], ids=lambda one: one.value, indirect=True)
def test_another_library_is_found(backend):
    with pytest.raises(AssertionError, match=r"is not array_api_compat\.numpy"):
        assert_same(backend.from_numpy(np.zeros(2)), np.zeros(2), xp=Backend.NUMPY.xp)


def test_tolerances_follow_the_precision_and_the_largest_value():
    assert_close(np.array([1e-7, 1.0], dtype=np.float32), [0.0, 1.0])
    with pytest.raises(AssertionError, match=r"worst, at \(0,\)"):
        assert_close(np.array([1e-7, 1.0]), [0.0, 1.0])
    assert_same(np.array([1 + 1j], dtype=np.complex64), np.array([1 + 1j]), xp=Backend.NUMPY.xp, dtype="float32")


@pytest.mark.parametrize("chosen", list(Backend), ids=lambda backend: backend.value)
def test_a_backend_leaves_no_trace(chosen):
    if reason := why_not(chosen):
        pytest.skip(reason)

    def settings():
        library = sys.modules[chosen.library]
        look = {"torch": "get_default_dtype", "array_api_strict": "get_array_api_strict_flags"}.get(chosen.library)
        return getattr(library, look)() if look else getattr(getattr(library, "config", None), "jax_enable_x64", None)

    before = settings()
    with pytest.raises(KeyError), chosen.configured():
        raise KeyError
    assert settings() == before


@pytest.mark.parametrize("backend", [Backend.NUMPY_READONLY], indirect=True)
def test_readonly_catches_in_place(backend):
    array = backend.from_numpy(np.zeros(3))
    with pytest.raises(ValueError, match="read-only"):
        array += 1


def test_lazily_compiles_on_jax_only(backend, as_xp, lazily):
    seen = []
    lazily(lambda x: seen.append(type(x)) or x)(as_xp(np.zeros(3)))
    assert ("Tracer" in seen[0].__name__) == (backend is Backend.JAX)


def run_pytest(folder: Path, body: str, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A run of the tests in `body` with this conftest.py."""
    for name in ("conftest.py", "libraries.py"):
        (folder / name).write_text((HERE / name).read_text(encoding="utf-8"), encoding="utf-8")
    (folder / "test_one.py").write_text(body, encoding="utf-8")
    variables = {**os.environ, "NNAUDIO_XP_BACKENDS": "numpy", "NNAUDIO_XP_DEVICE": "", "NNAUDIO_XP_SHARE": "", **environment}
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    return subprocess.run(command, cwd=folder, env=variables, capture_output=True, text=True, check=False)


@pytest.mark.once
@pytest.mark.parametrize(
    ("body", "backends", "code"),
    [
        ("def test_it(): pass", "numpy", pytest.ExitCode.OK),
        ("def test_it(): assert False", "numpy", pytest.ExitCode.TESTS_FAILED),
        ("import pytest\ndef test_it(): pytest.skip('no reason')", "numpy", pytest.ExitCode.NO_TESTS_COLLECTED),
        ("", "numpy", pytest.ExitCode.NO_TESTS_COLLECTED),
        ("def test_it(): pass", "numpi", pytest.ExitCode.USAGE_ERROR),
    ],
    ids=["passes", "fails", "all-skipped", "empty", "unknown-backend"],
)
def test_a_run_that_tests_nothing_fails(tmp_path, body, backends, code):
    run = run_pytest(tmp_path, body, NNAUDIO_XP_BACKENDS=backends)
    assert run.returncode == code, run.stdout + run.stderr


@pytest.mark.once
def test_shares_are_drawn_by_seed(tmp_path):
    """The same for the same seed, in every process; another one for another."""
    body = "import pytest\n@pytest.mark.parametrize('n', range(400))\ndef test_it(n): pass"
    shares = {}
    for seed, options in (("one", ["--collect-only"]), ("two", ["--collect-only"]), ("one", ["-vv", "-n2"])):
        run = run_pytest(tmp_path, body, *options, NNAUDIO_XP_SHARE="1/4", NNAUDIO_XP_SEED=seed)
        assert run.returncode == 0, run.stdout + run.stderr
        drawn = set(re.findall(r"test_it\[(\d+)\]", run.stdout))
        assert shares.setdefault(seed, drawn) == drawn
    assert all(60 < len(drawn) < 140 for drawn in shares.values())
    assert shares["one"] != shares["two"]
