"""`nnaudio_xp.backends.numpy`, `.torch`, `.jax`, `.cupy`: the functions bound to one library,
whatever comes in.
"""

import copy
import importlib
import inspect
import pickle
import subprocess
import sys

import array_api_compat
import numpy as np
import pytest
from assertions import assert_close, assert_same
from catalogue import LAYERS, find, public_functions
from examples import noise
from libraries import Backend, require, to_numpy, wanted, why_not

import nnaudio_xp

LIBRARIES = ["numpy", "torch", "jax", "cupy"]


@pytest.fixture(params=[backend for backend in wanted() if backend.library in LIBRARIES], ids=lambda backend: backend.value)
def backend(request):
    """The libraries that functions are bound to."""
    if reason := why_not(request.param):
        pytest.skip(reason)
    with request.param.configured():
        yield request.param


@pytest.fixture
def bound_module(backend):
    return importlib.import_module(f"nnaudio_xp.backends.{backend.library}")


def library_of(array):
    return array_api_compat.array_namespace(array).__name__


# --- names ----------------------------------------------------------------------------------------


def test_names_are_complete(bound_module):
    expected = {*nnaudio_xp.__all__, *LAYERS} - {"backends"}
    assert set(dir(bound_module)) == set(bound_module.__all__) == expected
    assert all(getattr(bound_module, name) is not None for name in expected)
    for module in ("feature", "feature.inverse", "filters", "segment", "sequence", "util"):
        assert dir(find(bound_module, module)) == sorted(find(nnaudio_xp, module).__all__)
        assert find(bound_module, module).__doc__ == find(nnaudio_xp, module).__doc__


@pytest.mark.parametrize("name", list(public_functions()))
def test_functions_look_as_they_do_unbound(bound_module, name):
    found, function = find(bound_module, name), find(nnaudio_xp, name)
    assert found is not function
    assert str(inspect.signature(found)) == str(inspect.signature(function))  # a default that is NaN equals nothing
    assert found.__doc__ == function.__doc__
    assert found.__name__ == function.__name__
    assert found is find(bound_module, name), "the same object every time"
    assert pickle.loads(pickle.dumps(found)) is found, "so that it can be sent to another process"


def test_what_is_no_function_is_the_same(bound_module):
    assert bound_module.ParameterError is nnaudio_xp.ParameterError
    assert copy.copy(bound_module.feature).mfcc is bound_module.feature.mfcc


@pytest.mark.parametrize("name", ["nothing", "backends", "_locations"])
def test_unknown_names(bound_module, name):
    with pytest.raises(AttributeError, match=name):
        getattr(bound_module, name)
    with pytest.raises(AttributeError, match=name):
        getattr(bound_module.filters, name)


# --- what comes in --------------------------------------------------------------------------------


def own_dtype(backend, xp):
    """What the library makes of Python's floats."""
    return {"torch": "float32", "torch-float64": "float64", "torch-cuda": "float32"}.get(backend.value) or xp.asarray([0.5]).dtype


def test_lists(backend, bound_module, xp):
    y = noise(0, (2, 400))
    expected = nnaudio_xp.spectrogram(y, n_fft=32)
    dtype = own_dtype(backend, xp)
    rtol = None if dtype == "float64" else 1e-4
    here = {"device": array_api_compat.device(xp.empty(0))}
    assert_same(bound_module.spectrogram(y.tolist(), n_fft=32), expected, xp=xp, dtype=dtype, rtol=rtol, **here)
    assert_same(
        bound_module.feature.melspectrogram(y=y.tolist(), n_fft=32, sr=8000, n_mels=3), mel(y), xp=xp, dtype=dtype, rtol=rtol, **here
    )


def mel(y):
    return nnaudio_xp.feature.melspectrogram(y=y, n_fft=32, sr=8000, n_mels=3)


def test_lists_of_integers_stay_integers(bound_module):
    """2**24 + 1 is no float32."""
    samples = [0, 2**24 + 1]
    assert to_numpy(bound_module.samples_to_frames(samples, hop_length=1)).tolist() == samples


def others(backend):
    """Makers of arrays of every installed library, the backend's own included, on the CPU."""
    makers = {"numpy": np.asarray}
    for name, asarray in (("torch", "torch.from_numpy"), ("jax", "jax.numpy.asarray")):
        if why_not(Backend(name)) is None:
            module, _, function = asarray.rpartition(".")
            makers[name] = getattr(importlib.import_module(module), function)
    return makers


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_arrays_of_other_libraries(backend, bound_module, xp, dtype):
    y = noise(0, (2, 400), dtype)
    y[:] = np.round(y * 64) / 64  # numbers that JAX keeps in whichever precision it is set to
    expected = to_numpy(bound_module.stft(np.array(y), n_fft=32, window=np.hanning(32)))
    for name, asarray in others(backend).items():
        if name == "jax" and dtype == "float64" and backend is not Backend.JAX:
            continue  # which has no float64 unless it is told to
        spectrum = bound_module.stft(asarray(np.array(y)), n_fft=32, window=asarray(np.hanning(32).astype(dtype)))
        assert library_of(spectrum) == xp.__name__
        assert_close(to_numpy(spectrum), expected, rtol=1e-5)
        magnitude, phase = bound_module.magphase(asarray(np.abs(expected)))
        assert library_of(magnitude) == library_of(phase) == xp.__name__


def read_only(y):
    y.flags.writeable = False
    return y


def reversed_twice(y):
    return y[::-1].copy()[::-1]


def every_second(y):
    return np.repeat(y, 2)[::2]


def in_the_other_byte_order(y):
    return y.astype(y.dtype.newbyteorder())


UNUSUAL = [read_only, reversed_twice, every_second, in_the_other_byte_order]


@pytest.mark.parametrize("unusual", UNUSUAL, ids=lambda make: make.__name__)
def test_arrays_of_numpy_in_any_memory(backend, bound_module, xp, unusual):
    y = noise(0, (400,), "float32")
    given = unusual(y.copy())
    expected = nnaudio_xp.spectrogram(y, n_fft=32)
    assert_same(bound_module.spectrogram(given, n_fft=32), expected, xp=xp, rtol=1e-4, device=array_api_compat.device(xp.empty(0)))
    assert library_of(bound_module.stft(y, n_fft=32, window=unusual(np.hanning(32)))) == xp.__name__
    if backend.library != "torch":  # whose modules take tensors
        layer = bound_module.STFT(n_fft=32, output_format="Magnitude")
        assert_close(to_numpy(layer(given)), to_numpy(layer(y)), rtol=1e-6)


VIEWS = {
    "conjugated": lambda torch, S: torch.from_numpy(S.conj()).conj(),
    "negated": lambda torch, S: torch._neg_view(torch.from_numpy(-S)),
    "transposed": lambda torch, S: torch.from_numpy(S.T.copy()).T,
}


@pytest.mark.parametrize("view", VIEWS)
def test_views_of_pytorch(bound_module, view):
    torch = require("torch")
    S = nnaudio_xp.stft(noise(0, (400,), "float32"), n_fft=32)
    given = VIEWS[view](torch, S)
    assert_close(to_numpy(bound_module.istft(given)), nnaudio_xp.istft(S), rtol=1e-4)


@pytest.mark.parametrize("library", ["torch", "jax"])
def test_half_precision_that_numpy_lacks(bound_module, library):
    module = require(library)
    y = np.round(noise(0, (400,), "float32") * 16) / 16
    given = module.asarray(y, dtype=module.bfloat16) if library == "torch" else module.numpy.asarray(y, dtype=module.numpy.bfloat16)
    rounded = np.asarray(given.float() if library == "torch" else given.astype("float32"))
    assert_close(to_numpy(bound_module.spectrogram(given, n_fft=32)), nnaudio_xp.spectrogram(rounded, n_fft=32), rtol=1e-4)


def test_half_precision_that_numpy_has_is_kept(bound_module, xp):
    torch = require("torch")
    given = torch.zeros((2, 3), dtype=torch.float16)
    assert_same(
        bound_module.util.pad_center(given, size=5), np.zeros((2, 5)), xp=xp, dtype="float16", device=array_api_compat.device(xp.empty(0))
    )


def test_a_gradient_is_not_lost(backend, bound_module):
    torch = require("torch")
    y = torch.zeros(400, requires_grad=True)
    if backend.library == "torch":
        assert bound_module.spectrogram(y, n_fft=32).requires_grad
        return
    for call in (lambda: bound_module.stft(y), lambda: bound_module.feature.mfcc(y=y), lambda: bound_module.stft(np.zeros(400), window=y)):
        with pytest.raises(nnaudio_xp.ParameterError, match=r"(y|window) is a tensor that requires a gradient.*detach\(\) it first"):
            call()
    with pytest.raises(nnaudio_xp.ParameterError, match=r"x is a tensor that requires a gradient"):
        bound_module.STFT(n_fft=32)(y)
    with pytest.raises(nnaudio_xp.ParameterError, match=r"frames is a .*list that cannot be brought to NumPy"):
        bound_module.frames_to_samples([y[0]])


def test_traced_arrays_stay_in_their_library(backend, bound_module):
    jax = require("jax")
    for function in (lambda y: bound_module.spectrogram(y, n_fft=32), lambda y: bound_module.frames_to_time([y[0], y[1]])):
        if backend.library == "jax":
            assert np.isfinite(jax.jit(function)(jax.numpy.ones(400))).all()
        else:
            with pytest.raises(nnaudio_xp.ParameterError, match="(y|frames) is a .* that cannot be brought to NumPy: .*traced"):
                jax.jit(function)(jax.numpy.ones(400))


@pytest.mark.skipif(np.finfo(np.longdouble).bits == 64, reason="this machine has no longer floats")
@pytest.mark.parametrize("dtype", ["longdouble", "clongdouble"])
def test_digits_beyond_float64_are_not_lost(bound_module, dtype):
    S = np.ones((17, 9), dtype=dtype)
    for call in (lambda: bound_module.istft(S), lambda: bound_module.hz_to_mel(S), lambda: bound_module.hz_to_mel(list(S[0]))):
        with pytest.raises(nnaudio_xp.ParameterError, match=rf"has dtype {S.dtype.name}.*'float64'"):
            call()


def test_integers_that_do_not_fit_are_not_lost():
    jax = require("jax")
    with jax.enable_x64(False), pytest.raises(nnaudio_xp.ParameterError, match="samples holds integers that are no int32"):
        importlib.import_module("nnaudio_xp.backends.jax").samples_to_time([0, 2**31])


def test_arrays_of_anything_else(backend, bound_module):
    for y in (np.array([1.0, None]), np.array(["a", "b"]), [1.0, None], [10**30], [[1.0], [1.0, 2.0]]):
        with pytest.raises(nnaudio_xp.ParameterError, match="y (is a list|has dtype)"):
            bound_module.stft(y)
        with pytest.raises(nnaudio_xp.ParameterError, match="x (is a|has dtype)"):
            bound_module.STFT(n_fft=2)(y)


def test_numbers_and_words_are_left_alone(bound_module):
    assert bound_module.frames_to_samples(3, hop_length=np.int64(5)) == 15
    assert bound_module.hz_to_mel(np.float64(1000.0)) == nnaudio_xp.hz_to_mel(1000.0)
    assert bound_module.note_to_midi("C4") == 60
    with pytest.raises(nnaudio_xp.ParameterError, match=r"hop_length=np.int64\(0\) must be a positive integer"):
        bound_module.stft([0.0] * 99, hop_length=np.int64(0))


def test_bad_input_fails_as_it_does_unbound(bound_module):
    with pytest.raises(nnaudio_xp.ParameterError, match="y has dtype int16"):
        bound_module.stft(np.zeros(99, "int16"))
    with pytest.raises(nnaudio_xp.ParameterError, match="y is a str"):
        bound_module.stft("song.wav")


# --- what comes out -------------------------------------------------------------------------------

CREATORS = {
    "filters.mel": lambda bound_module, **options: bound_module.filters.mel(sr=8000, n_fft=32, n_mels=3, **options),
    "filters.gammatone": lambda bound_module, **options: bound_module.filters.gammatone(sr=8000, n_fft=32, n_bins=3, **options),
    "filters.get_window": lambda bound_module, **options: bound_module.filters.get_window("hamming", 16, **options),
    "filters.window_sumsquare": lambda bound_module, **options: bound_module.filters.window_sumsquare(
        window="hann", n_frames=4, n_fft=16, **options
    ),
    "fft_frequencies": lambda bound_module, **options: bound_module.fft_frequencies(sr=8000, n_fft=16, **options),
    "mel_frequencies": lambda bound_module, **options: bound_module.mel_frequencies(5, **options),
    "gammatone_frequencies": lambda bound_module, **options: bound_module.gammatone_frequencies(5, **options),
    "cqt_frequencies": lambda bound_module, **options: bound_module.cqt_frequencies(5, fmin=30, **options),
    "note_to_hz": lambda bound_module: bound_module.note_to_hz(["C4", "A4"]),
    "times_like": lambda bound_module: bound_module.times_like(7),
}


@pytest.mark.parametrize("name", CREATORS)
def test_creators_make_the_librarys_arrays(bound_module, xp, name):
    created = CREATORS[name](bound_module)
    assert library_of(created) == xp.__name__
    assert_close(to_numpy(created), CREATORS[name](nnaudio_xp), rtol=1e-5)


def test_names_of_notes_are_text(bound_module):
    assert bound_module.key_to_notes("F:maj")[10] == "B♭"
    assert bound_module.midi_to_note(60) == "C4"
    assert bound_module.note_to_svara_h(["C4", "G4"], Sa="C4").tolist() == ["S", "P"]


def test_a_creators_own_arguments(bound_module, xp):
    for dtype in ("float32", "float64"):
        bank = CREATORS["filters.mel"](bound_module, dtype=dtype)
        assert library_of(bank) == xp.__name__
        assert bank.dtype == getattr(xp, dtype)
    asked_elsewhere = CREATORS["filters.mel"](bound_module, xp=importlib.import_module("array_api_compat.numpy"))
    assert library_of(asked_elsewhere) == xp.__name__, "a bound module gives its own library's arrays"


def test_out_is_the_callers_array(backend, bound_module, xp, device):
    if backend is Backend.JAX:
        pytest.skip("JAX's arrays cannot be written to")
    y = backend.from_numpy(noise(0, (400,), "float32"))
    out = xp.zeros((17, 51), dtype=xp.complex64, device=device)
    assert bound_module.stft(y, n_fft=32, out=out) is out
    assert_close(to_numpy(out), to_numpy(bound_module.stft(y, n_fft=32)))


# --- layers ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", LAYERS)
def test_layers_are_the_librarys_own(bound_module, name):
    assert getattr(bound_module, name).__module__ == bound_module.__name__
    assert name in bound_module.__all__


ON_DEMAND = """
import sys
from nnaudio_xp.backends import numpy as nax
from nnaudio_xp.backends.numpy import spectra
nax.stft([0.0] * 4096)
print("nnaudio_xp.layers" in sys.modules, nax.STFT.__name__, "nnaudio_xp.layers" in sys.modules)
"""


@pytest.mark.once
def test_layers_are_imported_when_one_is_asked_for():
    run = subprocess.run([sys.executable, "-c", ON_DEMAND], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["False", "STFT", "True"]
