"""Fixtures that run a test on every array library, and the guard against a run that tests nothing.

NNAUDIO_XP_BACKENDS=torch,jax and NNAUDIO_XP_DEVICE=cpu choose the backends (`libraries.Backend` has
their names). A backend that is named must be able to run; without a choice, those that this machine
cannot run are skipped with their reason.

NNAUDIO_XP_SHARE=1/8 runs a drawn share of the tests: another one for every NNAUDIO_XP_SEED, which
is any text and by default today's date.
"""

import datetime as dt
import hashlib
import importlib
import os
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import hypothesis
import numpy as np
import pytest
from libraries import Backend, has_layers, to_numpy, wanted, why_not

from nnaudio_xp import layers

# The code is the same on every library: most examples run on NumPy, and the fewest on JAX, which
# compiles each new shape.
few, many = (25, 500) if Backend.NUMPY in wanted() else (3, 8) if wanted() == [Backend.JAX] else (8, 100)
hypothesis.settings.register_profile(
    "nnaudio_xp",
    deadline=None,  # the first example of a jitted function compiles
    derandomize=bool(os.environ.get("CI")),
    max_examples=few,
    suppress_health_check=[hypothesis.HealthCheck.function_scoped_fixture],  # the fixtures here hold no state between examples
)
hypothesis.settings.register_profile("thorough", hypothesis.settings.get_profile("nnaudio_xp"), max_examples=many)
hypothesis.settings.load_profile("nnaudio_xp")

os.environ.setdefault("OMP_NUM_THREADS", "1")  # before PyTorch and BLAS are loaded: on busy cores threads wait longer than they work
os.environ.setdefault("JAX_DISABLE_MOST_OPTIMIZATIONS", "1")  # the arrays here are small: compiling for them takes longer than all else

count = pytest.StashKey[Any]()


def pytest_configure(config: pytest.Config) -> None:
    os.environ.setdefault("NNAUDIO_XP_SEED", dt.date.today().isoformat())  # before the workers start, which must draw the same tests
    compiled = tempfile.TemporaryDirectory()  # Numba crashes where two processes compile one function of librosa's
    config.add_cleanup(compiled.cleanup)
    os.environ["NUMBA_CACHE_DIR"] = compiled.name
    config.stash[count] = Count()
    config.pluginmanager.register(config.stash[count])
    if Backend.JAX in wanted():
        compiled = tempfile.TemporaryDirectory()  # of this process alone: JAX's files are no place for two to meet
        config.add_cleanup(compiled.cleanup)
        os.environ |= {"JAX_COMPILATION_CACHE_DIR": compiled.name, "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0"}
    if os.environ.get("NNAUDIO_XP_BACKENDS"):
        reasons = [f"{backend.value}: {reason}" for backend in wanted() if (reason := why_not(backend))]
        if reasons:
            raise pytest.UsageError(f"NNAUDIO_XP_BACKENDS names what cannot run here: {'; '.join(reasons)}")


def pytest_report_header() -> list[str]:
    """What has to be set to repeat this run."""
    lines = [f"backends: {', '.join(backend.value for backend in wanted())}"]
    if share() < 1:
        lines.append(f"drawn: NNAUDIO_XP_SHARE={share()} NNAUDIO_XP_SEED={os.environ['NNAUDIO_XP_SEED']}")
    return lines


def share() -> Fraction:
    return Fraction(os.environ.get("NNAUDIO_XP_SHARE") or 1)


def drawn(item: pytest.Item) -> bool:
    """Whether a test is in the share. Its name and the seed decide, so that adding a test changes
    nothing for the others.
    """
    digest = hashlib.sha256(f"{os.environ['NNAUDIO_XP_SEED']} {item.nodeid}".encode()).digest()
    return int.from_bytes(digest[:8]) < share() * 2**64


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the tests marked `once` to the run that has the numpy backend among its own, and those
    that are not drawn to other runs.
    """
    once_is_now = Backend.NUMPY in wanted()
    chosen, left_out = [], []
    for item in items:
        (chosen if drawn(item) and (once_is_now or not item.get_closest_marker("once")) else left_out).append(item)
    items[:] = chosen
    config.hook.pytest_deselected(items=left_out)


class Count:
    """Counts the tests that ran, in this process or in its workers."""

    def __init__(self) -> None:
        self.tests_run = 0

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.tests_run += report.when == "call" and not report.skipped


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """A run in which every test was skipped has tested nothing: it fails like one that found no
    tests.
    """
    if exitstatus == pytest.ExitCode.OK and not session.config.stash[count].tests_run and not session.config.option.collectonly:
        session.exitstatus = pytest.ExitCode.NO_TESTS_COLLECTED


@pytest.fixture(params=wanted(), ids=lambda backend: backend.value)
def backend(request: pytest.FixtureRequest) -> Iterator[Backend]:
    """Each array library in turn, set up, and set back after the test."""
    if reason := why_not(request.param):
        pytest.skip(reason)
    with request.param.configured():
        yield request.param


@pytest.fixture(autouse=True, scope="module")
def compiled_code() -> Iterator[None]:
    """JAX keeps what it has compiled, for every shape: that of all modules together is more memory
    than a process may map.

    What is needed again is read from files.
    """
    yield
    if Backend.JAX in wanted() and why_not(Backend.JAX) is None:
        importlib.import_module("jax").clear_caches()


@pytest.fixture
def xp(backend: Backend) -> ModuleType:
    """The library's namespace, as array_api_compat gives it."""
    return backend.xp


@pytest.fixture
def device(backend: Backend) -> Any:
    """The device the test's arrays live on: a value for `device=`."""
    return backend.device


@pytest.fixture(params=["float32", "float64"])
def dtype(request: pytest.FixtureRequest) -> str:
    """The name of a real dtype, the same in every library: `getattr(xp, dtype)`,
    `array.astype(dtype)`, `as_xp(array, dtype)`.
    """
    return request.param


@pytest.fixture
def as_xp(backend: Backend) -> Callable[..., Any]:
    """A function that copies a NumPy array (or a list) to the library, in its own dtype or the
    named one.
    """

    def convert(array: Any, dtype: str | None = None) -> Any:
        return backend.from_numpy(np.asarray(array, dtype=dtype))

    return convert


@pytest.fixture(name="to_numpy")
def to_numpy_fixture() -> Callable[[Any], np.ndarray]:
    """A function that copies an array of any library to NumPy."""
    return to_numpy


@pytest.fixture
def lazily(backend: Backend) -> Callable[..., Callable[..., Any]]:
    """A function that gives `jax.jit(function, **options)` on JAX and the function itself
    elsewhere.
    """

    def compiled(function: Callable[..., Any], **options: Any) -> Callable[..., Any]:
        return importlib.import_module("jax").jit(function, **options) if backend is Backend.JAX else function

    return compiled


@pytest.fixture
def build(backend: Backend, device: Any) -> Callable[..., Any]:
    """A function that makes a layer as the library's users do; of the bare specification where a
    library has no layers of its own.
    """

    def layer(name: str, *args: Any, **kwargs: Any) -> Any:
        if not has_layers(backend):
            spec = importlib.import_module("nnaudio_xp.layers.nnaudio").specification(getattr(layers, name), *args, **kwargs)
            return partial(spec.call, spec.kernels(xp=backend.xp, device=device))
        made = getattr(importlib.import_module(f"nnaudio_xp.backends.{backend.library}"), name)(*args, **kwargs)
        return made.to(device) if backend.library == "torch" else made

    return layer


@pytest.fixture
def build_own(backend: Backend, build: Callable[..., Any]) -> Callable[..., Any]:
    """`build`, for what only classes of a library's own have."""
    if not has_layers(backend):
        pytest.skip(f"{backend.library} has no layers of its own")
    return build


@pytest.fixture(scope="session")
def librosa() -> ModuleType:
    """What the functions are named after, and must agree with."""
    return pytest.importorskip("librosa", reason="librosa is not installed")


@pytest.fixture(scope="session")
def recording() -> np.ndarray:
    """Three seconds of a piano at 22,050 Hz, in float32."""
    soundfile = pytest.importorskip("soundfile", reason="soundfile, which reads the recording, is not installed")
    samples, _ = soundfile.read(Path(__file__).parent / "data" / "piano.flac", dtype="float32", stop=3 * 22050)
    return samples
