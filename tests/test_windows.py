"""Windows against SciPy's, librosa's bandwidths and their definitions."""

import subprocess
import sys

import numpy as np
import pytest
from assertions import assert_close, assert_same
from hypothesis import given
from hypothesis import strategies as st
from libraries import Backend, require

from nnaudio_xp import windows
from nnaudio_xp.errors import ParameterError

SPECS = [
    *windows.TABULATED,
    *("exponential", "lanczos", "tukey"),
    *(("exponential", None, 30.0), ("tukey", 0.1), ("tukey", 0), ("tukey", 3.0)),
    *(("gaussian", 7), ("general gaussian", 1.5, 20.0), ("general_hamming", 0.7), ("general cosine", [0.4, 0.3, -0.2, 0.1])),
    *(("kaiser", 0), ("kaiser", 5.5), ("kaiser", -8.6), ("kaiser", 14.0), ("ksr", 50.0), 3, 8.6, np.float32(12)),
]
FROM_SCIPY = ["taylor", ("taylor", 4, 30, False), ("chebwin", 80), ("dpss", 2.5)]
NEEDS_PARAMETERS = {
    "general_cosine": ([0.5, 0.5],),
    "general_gaussian": (1.5, 20.0),
    **dict.fromkeys(("gaussian", "general_hamming", "kaiser", "kaiser_bessel_derived"), (0.6,)),
    "chebwin": (80,),
}


@pytest.fixture(scope="module")
def scipy_windows():
    return pytest.importorskip("scipy.signal.windows")


@pytest.fixture(scope="module")
def librosa():
    return pytest.importorskip("librosa")


@pytest.mark.parametrize("spec", SPECS + FROM_SCIPY, ids=repr)
@pytest.mark.parametrize("fftbins", [True, False])
def test_like_scipy(scipy_windows, spec, fftbins):
    for length in (6, 7, 8, 9, 10, 11, 12, 13, 400, 1001, 2048):
        expected = scipy_windows.get_window(spec, length, fftbins=fftbins)
        assert_close(windows.get_window(spec, length, fftbins=fftbins), expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("spec", SPECS, ids=repr)
def test_shortest_windows_like_scipy(scipy_windows, spec):
    for length in (1, 2, 3, 4, 5):
        assert_close(windows.get_window(spec, length), scipy_windows.get_window(spec, length), rtol=0, atol=1e-14)


def test_decay_from_any_centre(scipy_windows):
    for spec in (("exponential", 7.0, 3), ("poisson", 0)):
        assert_close(windows.get_window(spec, 32), scipy_windows.get_window(spec, 32), rtol=0, atol=1e-14)


@pytest.mark.parametrize("alias", sorted(windows.ALIASES))
def test_aliases_like_scipy(scipy_windows, alias):
    spec = (alias, *NEEDS_PARAMETERS.get(windows.ALIASES[alias], ()))
    assert_close(windows.get_window(spec, 64, fftbins=False), scipy_windows.get_window(spec, 64, fftbins=False), rtol=0, atol=1e-14)


def test_names_with_spaces_and_endings():
    assert_close(windows.get_window(("kaiser bessel derived_symmetric", 3.0), 8), windows.get_window(("kbd", 3.0), 8, fftbins=False))
    assert_close(windows.get_window("hann_symmetric", 9), windows.get_window("hann", 9, fftbins=False))
    assert_close(windows.get_window("hann_periodic", 9, fftbins=False), windows.get_window("hann", 9))


@given(beta=st.floats(0, 1000), length=st.integers(3, 500))
def test_kaiser_is_a_ratio_of_bessel_functions(beta, length):
    i0e = pytest.importorskip("scipy.special").i0e
    x = np.linspace(-1, 1, length)
    root = np.sqrt((1 - x) * (1 + x))
    expected = np.exp(-beta * x**2 / (1 + root)) * i0e(beta * root) / i0e(beta)
    roundings = 32 + beta  # of an exponent as large as beta
    assert_close(windows.get_window(("kaiser", beta), length, fftbins=False), expected, rtol=roundings * np.finfo(float).eps)


@given(length=st.integers(2, 300), spec=st.sampled_from(windows.TABULATED))
def test_symmetry(length, spec):
    symmetric, periodic = windows.get_window(spec, length + 1, fftbins=False), windows.get_window(spec, length)
    assert_close(symmetric, np.flip(symmetric), rtol=0, atol=0)
    assert_close(periodic, symmetric[:-1], rtol=0, atol=0)


def test_named_windows_go_where_they_are_wanted(xp, device, dtype):
    here = windows.get_window("hann", 31)
    assert_same(here, here, xp=Backend.NUMPY.xp, dtype="float64")
    for spec in ("hann", lambda n: windows.get_window("hann", n), lambda n: here.tolist(), here, here.tolist()):
        there = windows.get_window(spec, 31, xp=xp, dtype=getattr(xp, dtype), device=device)
        assert_same(there, here.astype(dtype), xp=xp, device=device, rtol=0, atol=0)


def test_arrays_pass_untouched(xp, as_xp, dtype):
    samples = as_xp(np.linspace(0, 1, 5), dtype)
    assert windows.get_window(samples, 5) is samples
    assert windows.get_window(lambda n: samples, 5) is samples
    assert_same(windows.get_window(samples, 5, xp=xp, dtype=xp.float64), np.linspace(0, 1, 5).astype(dtype).astype("float64"), xp=xp)


def test_gradients_reach_the_samples():
    torch = require("torch")
    samples = torch.linspace(0, 1, 5, dtype=torch.float32, requires_grad=True)
    windows.get_window(samples, 5, dtype=torch.float64).square().sum().backward()
    assert_close(samples.grad.numpy(), 2 * samples.detach().numpy())
    weights = samples.detach().double().requires_grad_()
    assert torch.autograd.gradcheck(windows.window_bandwidth, weights)


def test_a_result_is_the_callers_own():
    windows.get_window("hann", 8)[:] = 7
    assert windows.get_window("hann", 8)[4] == 1


def test_lists_are_parameters_too():
    assert_close(windows.get_window(("general_cosine", np.array([0.5, 0.5])), 8), windows.get_window("hann", 8))
    assert_close(windows.get_window(("kaiser", np.array(5.0)), 8), windows.get_window(5, 8))


def test_named_windows_do_not_import_scipy():
    code = "import sys, nnaudio_xp.windows as w; w.get_window(('kaiser', 5), 9); w.window_bandwidth('hann'); print('scipy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "False\n"


def test_bandwidths_like_librosa(librosa):
    table = dict(librosa.filters.WINDOW_BANDWIDTHS)
    names = [name for name in table if isinstance(name, str)]
    assert {*windows.TABULATED} <= {*names}
    for spec in (*names, "lanczos", ("kaiser", 14.0), 8.6, ("gaussian", 100.0), ("general_cosine", (0.2, 0.5, 0.3, 0.2)), np.hamming):
        assert_close(np.asarray(windows.window_bandwidth(spec)), librosa.filters.window_bandwidth(spec), rtol=1e-12)


def test_bandwidth_of_samples(xp, as_xp, dtype):
    samples = np.hanning(1000)
    expected = 1000 * np.sum(samples**2) / np.sum(samples) ** 2
    assert_same(windows.window_bandwidth(as_xp(samples, dtype)), expected, xp=xp, dtype=dtype)
    assert isinstance(windows.window_bandwidth(("tukey", 0.3), n=64), float)
    assert windows.window_bandwidth(("tukey", 0.3), n=64) != windows.window_bandwidth(("tukey", 0.3))


def test_bandwidth_of_a_function_with_a_known_name(scipy_windows):
    assert windows.window_bandwidth(scipy_windows.hann) == windows.window_bandwidth("hann")


@pytest.mark.parametrize(
    ("window", "length", "message"),
    [
        ("hanning", 8, r"window='hanning' cannot be made .*the names are barthann, .*dpss.* tukey"),
        ("", 8, "window='' cannot be made"),
        ("kaiser", 8, r"window='kaiser' does not fit \(missing a required argument: 'beta'\)"),
        (("hann", 3), 8, r"window=\('hann', 3\) does not fit"),
        ("dpss", 8, "window='dpss' cannot be made"),
        (("taylor", "a"), 8, "cannot be made"),
        (("kbd", 3.0), 8, "cannot be made .*symmetric"),
        (("kaiser", "a"), 8, "beta='a' must be a finite number"),
        (("kaiser", {"a"}), 8, "window parameter='a' must be a finite number"),
        (("kaiser", object()), 8, "window parameter=<object"),
        (("gaussian", 0), 8, "std=0 must be a finite positive number"),
        (("exponential", None, -1.0), 8, "tau=-1.0 must be a finite positive number"),
        (("general_gaussian", -1, 2), 8, "p=-1 must be a finite non-negative number"),
        (float("nan"), 8, "window=nan must be a finite number"),
        (None, 8, "window=None is no window"),
        ({}, 8, "window={} is no window"),
        ((), 8, r"window=\(\) does not begin with a name"),
        ((1.0, 2.0), 2, r"window=\(1.0, 2.0\) does not begin with a name"),
        (["kaiser", 5], 2, r"window=\['kaiser', 5\] must hold real numbers"),
        (np.ones(7), 8, r"window has shape \(7,\): it must be \(8,\)"),
        (np.ones((1, 8)), 8, r"window has shape \(1, 8\): it must be \(8,\)"),
        (lambda n: np.ones(n + 1), 8, r"window has shape \(9,\): it must be \(8,\)"),
        ("hann", 0, "Nx=0 must be a positive integer"),
        ("hann", 2.5, "Nx=2.5 must be a positive integer"),
    ],
)
def test_bad_input(window, length, message):
    with pytest.raises(ParameterError, match=message):
        windows.get_window(window, length)


def test_bad_input_in_any_library(backend, xp, as_xp):
    with pytest.raises(ParameterError, match=r"window has shape \(7,\): it must be \(8,\)"):
        windows.get_window(as_xp(np.ones(7)), 8)
    if backend.library != "numpy":
        with pytest.raises(ParameterError, match="it must be one of array_api_compat.numpy or of NumPy"):
            windows.get_window(as_xp(np.ones(8)), 8, xp=Backend.NUMPY.xp)


def test_bad_bandwidths():
    with pytest.raises(ParameterError, match="n=0 must be a positive integer"):
        windows.window_bandwidth("hann", n=0)
    with pytest.raises(ParameterError, match="window='nope' cannot be made"):
        windows.window_bandwidth("nope")


# --- windows as functions -------------------------------------------------------------------------

SHAPES = [name for name in windows.FORMULAS if name not in windows.MEASURED_IN_SAMPLES and not name.startswith("general")]


@pytest.mark.once
@pytest.mark.parametrize("name", SHAPES)
def test_a_windows_function_is_the_limit_of_its_samples(name):
    window = ("kaiser", 5.0) if name == "kaiser" else name
    many = 2**16 + 1
    shape = windows.window_at(windows.window_shape(window), np.linspace(-1, 1, many))
    assert_close(shape, windows.get_window(window, many, fftbins=False), rtol=0, atol=4 / many)


@pytest.mark.once
def test_windows_as_functions_are_spelled_in_many_ways():
    assert windows.window_shape(4) == windows.window_shape(("ksr", np.float64(4))) == ("kaiser", 4)
    assert windows.window_shape("han") == ("hann",)
    for window in ("hat", ("gaussian", 3.0), "dpss", ([1], 2), [1.0, 2.0], (), None, np.hanning):
        with pytest.raises(ParameterError, match=r"is no function: it must be a name, or a tuple of one .* barthann, .* tukey"):
            windows.window_shape(window)
