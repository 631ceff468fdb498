"""Results in the caller's memory: what functions write to, and what they refuse before any work."""

import numpy as np
import pytest
from assertions import assert_same
from examples import noise
from libraries import Backend, require, to_numpy

import nnaudio_xp as nax

Y = noise(0, (400,), "float32")
WRITERS = {
    "stft": lambda y, out: nax.stft(y, n_fft=32, out=out),
    "istft": lambda y, out: nax.istft(nax.stft(y, n_fft=32), out=out),
    "cwt": lambda y, out: nax.cwt(y, scales=[2.0, 5.0], out=out),
    "to_mono": lambda y, out: nax.to_mono(y, out=out),
    "to_stereo": lambda y, out: nax.to_stereo(left=y, right=y, out=out),
    "to_multi": lambda y, out: nax.to_multi(y, y, out=out),
}
write_with = pytest.mark.parametrize("write", WRITERS.values(), ids=WRITERS)


def refused(message):
    return pytest.raises(nax.ParameterError, match=rf"\bout\b.*{message}")


@write_with
def test_out_is_filled_and_given_back(backend, xp, as_xp, device, write):
    y = as_xp(Y)
    expected = write(y, None)
    out = xp.zeros(expected.shape, dtype=expected.dtype, device=device)
    if backend is Backend.JAX:
        with refused("cannot be written to"):
            write(y, out)
        return
    assert write(y, out) is out
    assert_same(out, to_numpy(expected), xp=xp)


@write_with
@pytest.mark.once
def test_what_is_read_only_is_refused(write):
    out = np.zeros_like(write(Y, None))
    out.flags.writeable = False
    with refused("cannot be written to"):
        write(Y, out)
    with refused("must be"):
        write(Y, out.tolist())


@write_with
@pytest.mark.once
def test_tensors_without_a_place_for_each_value_are_refused(write):
    torch = require("torch")
    y = torch.asarray(Y)
    expected = write(y, None)
    with refused("cannot be written to"):
        write(y, expected.new_zeros((1,) * expected.ndim).expand(expected.shape))
    leaf = torch.zeros_like(expected).requires_grad_()
    with refused("cannot be written to"):
        write(y, leaf)
    with torch.no_grad():
        assert write(y, leaf) is leaf
    torch.testing.assert_close(leaf.detach(), expected)


def test_the_band_of_a_matrix(backend, xp, device):
    x = xp.ones((3, 4), dtype=xp.float32, device=device)
    if backend is Backend.JAX:
        with pytest.raises(nax.ParameterError, match="x=.*cannot be written to"):
            nax.util.fill_off_diagonal(x, radius=0.25)
        return
    nax.util.fill_off_diagonal(x, radius=0.25)
    expected = np.ones((3, 4), "float32")
    nax.util.fill_off_diagonal(expected, radius=0.25)
    assert expected.sum() < 12
    assert_same(x, expected, xp=xp)
