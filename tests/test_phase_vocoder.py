"""The phase vocoder against its definition, and what it is for: another speed at the same pitch."""

import numpy as np
import pytest
from assertions import assert_close, assert_same
from examples import noise

import nnaudio_xp as nax


def vocoded(D: np.ndarray, times: np.ndarray) -> np.ndarray:
    """Frame by frame, in double precision."""
    n = D.shape[-1]
    out = np.empty((*D.shape[:-1], len(times)), "complex128")
    phase = np.angle(D[..., int(times[0])])
    for k, time in enumerate(times):
        before = int(time)
        after = min(before + 1, n - 1)
        start = max(min(before, n - 2), 0)
        size = abs(D[..., start]) + (time - start) * (abs(D[..., min(start + 1, n - 1)]) - abs(D[..., start]))
        out[..., k] = size * np.exp(1j * phase)
        phase = phase + np.angle(D[..., after]) - np.angle(D[..., before])
    return out


@pytest.mark.parametrize("rate", [0.3, 1, 1.7, 20])
@pytest.mark.parametrize("shape", [(5, 1), (2, 5, 2), (5, 12)])
def test_definition(xp, as_xp, dtype, rate, shape):
    D = noise(0, shape, {"float32": "complex64", "float64": "complex128"}[dtype])
    expected = vocoded(D.astype("complex128"), np.arange(0, shape[-1], rate))
    assert_same(nax.phase_vocoder(as_xp(D), rate=rate), expected, xp=xp, dtype=D.dtype.name, rtol=1e-5 if dtype == "float32" else 1e-12)


def test_times_one_by_one(xp, as_xp):
    D, times = noise(0, (5, 12), "complex128"), np.array([0.25, 0.5, 3, 3, 7.75, 11.5])
    for given in (times, times.tolist(), as_xp(times)):
        assert_same(nax.phase_vocoder(as_xp(D), t_out=given), vocoded(D, times), xp=xp, rtol=1e-12)


@pytest.mark.parametrize("kind", ["linear", "nearest", "nearest-up", "zero", "slinear", "quadratic", "cubic", "previous", "next", 0, 1, 4])
def test_magnitudes_are_interpolated_as_scipy_does(kind):
    interpolate = pytest.importorskip("scipy.interpolate")
    D, times = noise(0, (3, 8), "complex128"), np.array([0, 0.5, 1.2, 2.5, 4, 6.9, 7])
    expected = interpolate.interp1d(np.arange(8), abs(D), kind=kind)(times)
    found = nax.phase_vocoder(D, t_out=times, kind=kind) / np.exp(1j * np.angle(vocoded(D, times)))
    assert_close(found.real, expected, rtol=1e-12)
    assert_close(found.imag, 0 * expected, atol=1e-12)


@pytest.mark.parametrize("rate", [0.6, 1.4])
def test_as_librosa_does(librosa, rate):
    """Release 0.11 ends with a frame of silence, 1.0 goes on with the last one."""
    D = nax.stft(noise(0, (8000,)), n_fft=512)
    ours, theirs = nax.phase_vocoder(D, rate=rate), librosa.phase_vocoder(D, rate=rate)
    inside = int((D.shape[-1] - 1) / rate)
    assert_close(ours[..., :inside], theirs[..., :inside], rtol=1e-10)


@pytest.mark.once
def test_a_tone_keeps_its_pitch_for_long():
    """Single precision keeps the phases of many frames."""
    t = np.arange(60 * 8000) / 8000
    D = nax.stft(np.sin(2 * np.pi * 1000.3 * t), n_fft=256)
    double, single = (nax.phase_vocoder(D.astype(dtype), rate=0.9) for dtype in ("complex128", "complex64"))
    assert_close(single, double, rtol=1e-4)


@pytest.mark.once
def test_what_stft_was_given_changes_nothing():
    D = noise(0, (5, 9), "complex128")
    for name in ("hop_length", "n_fft"):
        assert np.array_equal(nax.phase_vocoder(D, rate=2, **{name: 64}), nax.phase_vocoder(D, rate=2))


@pytest.mark.once
def test_times_that_go_back_are_warned_of():
    with pytest.warns(UserWarning, match="t_out is not monotonic"):
        nax.phase_vocoder(noise(0, (5, 9), "complex128"), t_out=[3, 2])


@pytest.mark.once
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "rate=None and t_out=None: exactly one of them must be given"),
        ({"rate": 1, "t_out": [0]}, r"rate=1 and t_out=\[0\]: exactly one of them must be given"),
        ({"rate": 0}, "rate=0 must be a finite positive number"),
        ({"rate": 1e-12}, "rate=1e-12 would take"),
        ({"t_out": []}, r"t_out=\[\] must be one-dimensional real numbers, one at least"),
        ({"t_out": [[0]]}, "must be one-dimensional"),
        ({"t_out": [0, 9]}, "t_out must lie from 0 up to, not including, the 9 frames of D: it has 0 and 9"),
        ({"t_out": [-0.5]}, "t_out must lie from 0"),
        ({"rate": 1, "kind": "smooth"}, "kind='smooth' must be one of"),
        ({"rate": 1, "kind": -1}, "kind=-1 must be one of"),
        ({"rate": 1, "kind": 9}, "kind=9 needs at least 10 frames: D has 9"),
    ],
)
def test_bad_arguments(options, message):
    with pytest.raises(nax.ParameterError, match=message):
        nax.phase_vocoder(noise(0, (5, 9), "complex128"), **options)


def test_times_are_trained(backend, as_xp):
    """By the slopes of magnitudes between frames."""
    if backend.library != "torch":
        pytest.skip("one library shows it")
    D = noise(0, (5, 9), "complex128")
    times = as_xp(np.array([0.5, 2.25, 6.5])).requires_grad_()
    abs(nax.phase_vocoder(as_xp(D), t_out=times)).sum().backward()
    assert_close(times.grad.numpy(), np.diff(abs(D), axis=-1)[:, [0, 2, 6]].sum(axis=0), rtol=1e-10)
