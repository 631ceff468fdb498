"""Frequency weightings: the standard's table, the definitions as products, and librosa."""

import numpy as np
import pytest
from assertions import assert_close, assert_same
from examples import noise
from libraries import to_numpy

import nnaudio_xp as nax

THIRD_OCTAVES = 1000 * 10.0 ** np.array([-1.7, -1.0, -0.3, 0.0, 0.3, 1.0, 1.3])
TABLE = {  # IEC 61672-1, table 3, rounded to tenths
    "A": [-50.5, -19.1, -3.2, 0.0, 1.2, -2.5, -9.3],
    "C": [-6.2, -0.3, 0.0, 0.0, -0.2, -4.4, -11.2],
}
KINDS = ["A", "B", "C", "D", "Z"]


def transfer(kind, f):
    """The gains of the analogue filters, as products of distances to their poles and zeros."""
    s = 2j * np.pi * f
    low, high, w = 2 * np.pi * 20.598997, 2 * np.pi * 12194.217, 2 * np.pi
    gain = {
        "A": lambda: s**4 / ((s + low) ** 2 * (s + w * 107.65265) * (s + w * 737.86223) * (s + high) ** 2),
        "B": lambda: s**3 / ((s + low) ** 2 * (s + w * 158.48932) * (s + high) ** 2),
        "C": lambda: s**2 / ((s + low) ** 2 * (s + high) ** 2),
        "D": lambda: (
            s
            * ((w * 1018.7) ** 2 - (w * f) ** 2 + 1j * w**2 * 1039.6 * f)
            / ((s + w * 282.7) * (s + w * 1160) * ((w * 3136.5) ** 2 - (w * f) ** 2 + 1j * w**2 * 3424 * f))
        ),
    }[kind]
    return abs(gain())


@pytest.mark.once
@pytest.mark.parametrize("kind", ["A", "C"])
def test_the_standards_table(kind):
    assert_close(nax.frequency_weighting(THIRD_OCTAVES, kind=kind), TABLE[kind], rtol=0, atol=0.06)


@pytest.mark.parametrize("kind", ["A", "B", "C", "D"])
def test_definition(xp, as_xp, dtype, kind):
    """Up to a gain, that of an analogue filter."""
    f = np.geomspace(10, 20000, 40).astype(dtype)
    levels = 20 * np.log10(transfer(kind, f.astype("float64")))
    found = nax.frequency_weighting(as_xp(f), kind=kind, min_db=None)
    assert_same(found - found[20], levels - levels[20], xp=xp, dtype=dtype, rtol=0, atol=500 * np.finfo(dtype).eps)


@pytest.mark.parametrize("kind", KINDS)
def test_silence(backend, as_xp, xp, kind):
    """At 0 Hz it is the least level, or minus infinity with a warning where that can be seen."""
    f = as_xp(np.array([0.0, 1000.0]))
    assert to_numpy(nax.frequency_weighting(f, kind=kind, min_db=-30))[0] == (0 if kind == "Z" else -30)
    if kind != "Z" and backend.library == "numpy":
        with pytest.warns(UserWarning, match=f"{kind}_weighting: non-finite weights, of frequencies of 0 Hz; say min_db"):
            assert nax.frequency_weighting(f, kind=kind, min_db=None)[0] == -np.inf
    if kind == "Z":
        assert_same(nax.Z_weighting(f, min_db=3), np.full(2, 3.0), xp=xp)


def test_several(xp, as_xp):
    f = noise(0, (2, 5)) ** 2 * 1000
    expected = np.stack([nax.Z_weighting(f), nax.A_weighting(f), nax.C_weighting(f)])
    assert_same(nax.multi_frequency_weighting(as_xp(f)), expected, xp=xp)
    assert_same(nax.multi_frequency_weighting(as_xp(f), kinds=[None, "a", "C"]), expected, xp=xp)


def test_perceptual_weighting(xp, as_xp, dtype):
    S = noise(0, (2, 5, 3), dtype) ** 2
    f = [0.0, 100.0, 1000.0, 3000.0, 20000.0]
    expected = nax.power_to_db(S, top_db=40) + nax.A_weighting(f)[:, None].astype(dtype)
    for frequencies in (f, np.array(f), as_xp(np.array(f))):
        assert_same(nax.perceptual_weighting(as_xp(S), frequencies, top_db=40), expected, xp=xp)


@pytest.mark.once
def test_bad_arguments():
    with pytest.raises(nax.ParameterError, match="kind='E' must be one of 'A', 'B', 'C', 'D', 'Z', None"):
        nax.frequency_weighting([1.0], kind="e")
    with pytest.raises(nax.ParameterError, match=r"kinds='' must be a sequence"):
        nax.multi_frequency_weighting([1.0], kinds="")
    with pytest.raises(nax.ParameterError, match=r"frequencies have shape \(2,\): S of shape \(3, 4\) must have a row for each of them"):
        nax.perceptual_weighting(np.ones((3, 4)), [1.0, 2.0])
    with pytest.raises(nax.ParameterError, match="min_db='low' must be a finite number"):
        nax.A_weighting([1.0], min_db="low")


@pytest.mark.once
@pytest.mark.parametrize("kind", KINDS)
def test_like_librosa(librosa, kind):
    f = np.geomspace(1, 30000, 50)
    for options in ({}, {"min_db": -20}, {"min_db": None}):
        assert_close(nax.frequency_weighting(f, kind=kind, **options), librosa.frequency_weighting(f, kind=kind, **options), rtol=1e-12)
    S = noise(0, (50, 7)) ** 2
    ours = nax.perceptual_weighting(S, f, kind=kind, ref=np.max, top_db=60)
    assert_close(ours, librosa.perceptual_weighting(S, f, kind=kind, ref=np.max, top_db=60), rtol=1e-10)
