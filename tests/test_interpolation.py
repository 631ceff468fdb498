"""Arrays brought to one grid, against SciPy's interpolation."""

import numpy as np
import pytest
import scipy.interpolate
from assertions import assert_same
from examples import noise
from libraries import Backend

import nnaudio_xp as nax

KINDS = ["linear", "slinear", "nearest", "nearest-up", "zero", "previous", "next"]


def between(x, places, wanted, kind, fill_value, axis):
    return scipy.interpolate.interp1d(places, x, kind=kind, axis=axis, bounds_error=False, fill_value=fill_value)(wanted)


@pytest.mark.parametrize("kind", KINDS)
def test_definition(xp, as_xp, kind):
    x1, x2 = noise(0, (2, 5, 3)), noise(1, (7, 1))
    places1, places2, wanted = np.array([0.0, 1.5, 2.0, 4.0, 8.0]), np.array([6.0, 5.0, 1.0, 0.0, 2.0, 3.0, 7.0]), np.linspace(-1, 9, 13)
    given = {"x1": as_xp(x1), "x1_pos": places1, "x2": as_xp(x2), "x2_pos": places2, "kind": kind, "fill_value": 0.5}
    for positions, options in ((wanted, {"interp_pos": wanted}), (places1, {})):
        first, second = (between(x, places, positions, kind, 0.5, -2) for x, places in ((x1, places1), (x2, places2)))
        assert_same(nax.util.interp_broadcast(**given, **options), first * second, xp=xp)
        assert_same(nax.util.interp_broadcast(**given, **options, op=lambda a, b: a - b), first - second, xp=xp)
        for found, expected in zip(nax.util.interp_broadcast(**given, **options, op=None), (first, second), strict=True):
            assert_same(found, expected, xp=xp)


def test_axes_and_precision(xp, as_xp, dtype):
    x, places = noise(0, (4, 6), dtype), np.arange(6.0)
    found = nax.util.interp_broadcast(
        x1=as_xp(x), x1_pos=as_xp(places), x2=as_xp(x), x2_pos=as_xp(places), interp_pos=as_xp(places[1:4] + 0.25), axis=-1, op=np.add
    )
    assert_same(found, 2 * (0.75 * x[:, 1:4] + 0.25 * x[:, 2:5]), xp=xp, dtype=dtype)


@pytest.mark.parametrize("backend", [Backend.NUMPY], indirect=True)
@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"x1_pos": [0, 1]}, r"x1_pos has shape \(2,\): it must be \(3,\)"),
        ({"x2": np.ones((4, 3))}, r"x1 and x2 become \(3, 2\) and \(3, 3\): op=.* cannot join them"),
        ({"kind": "cubic"}, "kind='cubic' must be one of"),
        ({"axis": 2}, "axis=2 must be an integer from -2 to 1"),
        ({"fill_value": "extrapolate"}, "fill_value='extrapolate' must be a number"),
    ],
)
def test_bad_arguments(backend, options, message):
    given = {"x1": np.ones((3, 2)), "x1_pos": [0, 1, 2], "x2": np.ones((4, 2)), "x2_pos": [0, 1, 2, 3]}
    with pytest.raises(nax.ParameterError, match=message):
        nax.util.interp_broadcast(**{**given, **options})
