"""Per-channel energy normalisation: against the definition, in blocks, with arrays that are trained, and
against librosa.
"""

import importlib

import numpy as np
import pytest
from assertions import assert_close, assert_same
from examples import noise, spectrograms
from hypothesis import given
from hypothesis import strategies as st
from libraries import Backend

import nnaudio_xp as nax

SETTINGS = [
    {},
    {"gain": 0, "bias": 10.0, "power": 0.25},
    {"power": 0},
    {"bias": 0},
    {"time_constant": 0.06, "sr": 8000, "hop_length": 80, "eps": 1e-3},
    {"b": 1},
]


def defined(S, *, sr=22050, hop_length=512, gain=0.98, bias=2, power=0.5, time_constant=0.4, eps=1e-6, b=None):
    """Frame by frame, in float64."""
    frames = time_constant * sr / hop_length
    b = (np.sqrt(1 + 4 * frames**2) - 1) / (2 * frames**2) if b is None else b
    S, mean, values = S.astype("float64"), 1.0, []
    for t in range(S.shape[-1]):
        mean = (1 - b) * mean + b * S[..., t]
        ratio = S[..., t] / (eps + mean) ** gain
        values.append(np.log1p(ratio) if power == 0 else (ratio + bias) ** power - bias**power)
    return np.stack(values, axis=-1)


@pytest.mark.parametrize("options", SETTINGS, ids=str)
@given(S=spectrograms(5))
def test_definition(xp, as_xp, lazily, options, S):
    S = abs(S)
    transform = lazily(lambda S: nax.pcen(S, **options))
    atol = 8 * float(np.finfo(S.dtype).eps)  # the definition's difference of powers loses digits
    assert_same(transform(as_xp(S)), defined(S, **options), xp=xp, dtype=S.dtype, atol=atol)


def test_a_mean_of_the_loudest_of_neighbouring_bands(xp, as_xp, dtype):
    S = abs(noise(0, (2, 6, 12), dtype))
    loudest = np.stack([S[:, max(0, band - 1) : band + 2].max(axis=1) for band in range(6)], axis=1)
    expected = nax.pcen(S, ref=loudest)
    assert_same(nax.pcen(as_xp(S), max_size=3, max_axis=1), expected, xp=xp)
    assert_same(nax.pcen(as_xp(S[0]), max_size=3), expected[0], xp=xp)
    swapped = np.swapaxes(S, 1, 2)
    assert_same(nax.pcen(as_xp(swapped), max_size=3, axis=1, max_axis=-1), np.swapaxes(expected, 1, 2), xp=xp)


@pytest.mark.parametrize("axis", [-1, -2])
def test_blocks_make_the_whole(xp, as_xp, axis):
    S = abs(noise(0, (2, 70, 80)))
    first, rest = (as_xp(part) for part in np.split(S, [33], axis=axis))
    begun, state = nax.pcen(first, axis=axis, return_zf=True)
    ended, _ = nax.pcen(rest, axis=axis, zi=state, return_zf=True)
    assert_same(xp.concat([begun, ended], axis=axis), nax.pcen(S, axis=axis), xp=xp)


def test_silence_is_silent(xp, as_xp, dtype):
    assert_same(nax.pcen(as_xp(np.zeros((3, 9), dtype))), np.zeros((3, 9), dtype), xp=xp, atol=0)


def test_complex_numbers_lose_their_phases_with_a_warning(xp, as_xp):
    S = noise(0, (3, 9), "complex128")
    with pytest.warns(UserWarning, match=r"pcen was called on complex input"):
        assert_same(nax.pcen(as_xp(S)), nax.pcen(abs(S)), xp=xp)


@given(st.data())
def test_settings_of_each_band(xp, as_xp, data):
    """Arrays broadcast, and give what their numbers give."""
    S = abs(noise(0, (3, 20)))
    values = {name: np.array(data.draw(st.lists(st.floats(0.1, 2), min_size=3, max_size=3))) for name in ("gain", "bias", "power")}
    values["time_constant"] = np.array([0.05, 0.4, 2.0])
    rows = [nax.pcen(S[band], **{name: float(value[band]) for name, value in values.items()}) for band in range(3)]
    arrays = {name: as_xp(value[:, None]) for name, value in values.items()}
    assert_same(nax.pcen(as_xp(S), **arrays), np.stack(rows), xp=xp)
    scalars = {name: as_xp(value[1]) for name, value in values.items()}
    assert_same(nax.pcen(as_xp(S[1]), **scalars), rows[1], xp=xp)


@pytest.mark.parametrize("backend", [Backend.TORCH_FLOAT32], indirect=True)
def test_gradients_of_the_settings(backend, as_xp):
    torch = importlib.import_module("torch")
    S = abs(noise(0, (3, 70)))
    values = {"gain": 0.9, "bias": 1.5, "power": 0.6, "time_constant": 0.1, "eps": 1e-3}
    arrays = tuple(as_xp(np.full((3, 1), value)).requires_grad_() for value in values.values())
    assert torch.autograd.gradcheck(lambda *given: nax.pcen(as_xp(S), **dict(zip(values, given, strict=True))), arrays)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"gain": -1}, "gain=-1 must be a finite non-negative number"),
        ({"bias": -1}, "bias=-1 must be"),
        ({"power": -0.5}, "power=-0.5 must be"),
        ({"eps": 0}, "eps=0 must be a finite positive number"),
        ({"time_constant": 0}, "time_constant=0 must be"),
        ({"b": 1.5}, r"b=1.5 must lie between 0 and 1"),
        ({"max_size": 0}, "max_size=0 must be a positive integer"),
        ({"max_size": 2}, "max_size=2 needs max_axis, the axis of bands: S has 3 dimensions"),
        ({"axis": 3}, "axis=3 must be an axis of S, which has 3"),
        ({"max_axis": -4, "max_size": 2}, "max_axis=-4 must be an axis of S"),
        ({"zi": np.zeros(3)}, "zi must be an array with 3 axes"),
        ({"ref": 2.0}, "ref must be an array with 3 axes"),
        ({"gain": np.array([[-1.0], [1.0]])}, "gain must be positive everywhere"),
        ({"b": np.full((2, 9), 0.5)}, r"b or time_constant has shape \(2, 9\): it must have 3 axes at most, of size 1 along time"),
        ({"bias": 0, "power": np.full((2, 1), 0.5)}, "bias=0 needs a power that is a number"),
    ],
)
@pytest.mark.once
def test_bad_arguments(options, message):
    with pytest.raises(nax.ParameterError, match=message):
        nax.pcen(np.ones((1, 2, 9)), **options)


@pytest.mark.once
def test_bands_of_one_dimension():
    with pytest.raises(nax.ParameterError, match="max_size=2 needs bands: S has one dimension"):
        nax.pcen(np.ones(9), max_size=2)


# --- librosa --------------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize("options", SETTINGS, ids=str)
def test_like_librosa(librosa, options):
    S = abs(noise(0, (4, 50)))
    for more in ({}, {"max_size": 3}, {"axis": 0}, {"zi": np.full((4, 1), 0.3)}):
        assert_close(nax.pcen(S, **options, **more), librosa.pcen(S, **options, **more), rtol=1e-10)
    values, state = nax.pcen(S, return_zf=True, **options)
    expected, after = librosa.pcen(S, return_zf=True, **options)
    assert_close(values, expected, rtol=1e-10)
    assert_close(state, after, rtol=1e-10)
