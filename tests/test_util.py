"""Framing, padding, cutting and normalising: against the definitions and against librosa, along any
axis of any array.
"""

import numpy as np
import oracles
import pytest
from assertions import assert_close, assert_same
from examples import PAD_MODES, noise, precisions, seeds
from hypothesis import given
from hypothesis import strategies as st
from libraries import Backend, require, to_numpy

import nnaudio_xp as nax

util = nax.util

SHAPE = (5, 6, 7)
axes = st.integers(-3, 2)


@st.composite
def framings(draw):
    axis = draw(axes)
    return {"axis": axis, "frame_length": draw(st.integers(1, SHAPE[axis])), "hop_length": draw(st.integers(1, 9))}


@given(options=framings(), dtype=st.sampled_from(["float32", "float64", "complex64", "int32"]))
def test_frames(xp, as_xp, lazily, options, dtype):
    x = (10 * noise(0, SHAPE)).astype(dtype)
    axis, length, hop = options["axis"], options["frame_length"], options["hop_length"]
    starts = range(0, SHAPE[axis] - length + 1, hop)
    pieces = [np.take(x, range(start, start + length), axis=axis) for start in starts]
    expected = np.stack(pieces, axis=axis)
    cut = lazily(lambda x: util.frame(x, **options))
    assert_same(cut(as_xp(x)), expected, xp=xp, rtol=0, atol=0)


@pytest.mark.once
@given(options=framings())
def test_frames_like_librosa(librosa, options):
    x = noise(0, SHAPE)
    assert_same(util.frame(x, **options), librosa.util.frame(x, **options), xp=Backend.NUMPY.xp, rtol=0, atol=0)


@pytest.mark.once
def test_frames_are_views():
    x = np.zeros(10)
    view = util.frame(x, frame_length=4, hop_length=2)
    assert np.shares_memory(view, x)
    with pytest.raises(ValueError, match="read-only"):
        view[0, 0] = 1
    util.frame(x, frame_length=4, hop_length=2, writeable=True)[2, 0] = 1
    assert np.argwhere(view).tolist() == [[0, 1], [2, 0]]  # sample 2 is in both frames


@given(size=st.integers(7, 30), axis=axes, mode=st.sampled_from(PAD_MODES), dtype=precisions)
def test_padding_to_the_centre(xp, as_xp, lazily, size, axis, mode, dtype):
    x = noise(0, SHAPE, dtype)
    before = (size - SHAPE[axis]) // 2
    along = oracles.pad(np.moveaxis(x, axis, -1).astype("float64"), before, size - SHAPE[axis] - before, mode)
    center = lazily(lambda x: util.pad_center(x, size=size, axis=axis, mode=mode))
    assert_same(center(as_xp(x)), np.moveaxis(along, -1, axis), xp=xp, dtype=dtype)


@given(size=st.integers(0, 30), axis=axes, mode=st.sampled_from(PAD_MODES), dtype=precisions)
def test_fixed_lengths(xp, as_xp, lazily, size, axis, mode, dtype):
    x = noise(0, SHAPE, dtype)
    along = np.moveaxis(x, axis, -1).astype("float64")
    expected = along[..., :size] if size <= SHAPE[axis] else oracles.pad(along, 0, size - SHAPE[axis], mode)
    fix = lazily(lambda x: util.fix_length(x, size=size, axis=axis, mode=mode))
    assert_same(fix(as_xp(x)), np.moveaxis(expected, -1, axis), xp=xp, dtype=dtype)


@pytest.mark.parametrize("mode", ["constant", "edge", "reflect"])
def test_any_numbers_can_be_padded(xp, as_xp, mode):
    for dtype in ("int32", "complex64"):
        x = (10 * noise(0, (2, 5))).astype(dtype)
        for function, widths in ((util.pad_center, (2, 3)), (util.fix_length, (0, 5))):
            expected = np.pad(x, ((0, 0), widths), mode=mode)
            assert_same(function(as_xp(x), size=10, mode=mode), expected, xp=xp, rtol=0, atol=0)


@pytest.mark.parametrize("value", [-1, 2.5, np.nan, np.float32(0.5)])
def test_padding_with_another_number(xp, as_xp, value):
    x = noise(0, (2, 5), "float32")
    for function, width in ((util.pad_center, (2, 3)), (util.fix_length, (0, 5))):
        for axis in (0, -1):
            expected = np.pad(np.moveaxis(x, -1, axis), [width, (0, 0)][:: 1 if axis == 0 else -1], constant_values=value)
            padded = function(as_xp(np.moveaxis(x, -1, axis)), size=10, axis=axis, constant_values=value)
            assert_same(padded, expected, xp=xp, rtol=0, atol=0)
    with pytest.raises(nax.ParameterError, match="must be a number, and 0 but for mode='constant'"):
        util.fix_length(as_xp(x), size=10, mode="edge", constant_values=value)


def test_nothing_can_be_padded_with_zeros(xp, as_xp):
    assert_same(util.pad_center(as_xp(np.zeros((2, 0))), size=3), np.zeros((2, 3)), xp=xp)


@pytest.mark.once
@given(size=st.integers(7, 20), axis=axes)
def test_lengths_like_librosa(librosa, size, axis):
    x = noise(0, SHAPE)
    assert_close(util.pad_center(x, size=size, axis=axis), librosa.util.pad_center(x, size=size, axis=axis), rtol=0, atol=0)
    for n in (size, 3):
        assert_close(util.fix_length(x, size=n, axis=axis), librosa.util.fix_length(x, size=n, axis=axis), rtol=0, atol=0)


# --- normalize ------------------------------------------------------------------------------------

NORMS = [np.inf, -np.inf, 0, 0.5, 1, 2, 3.0]


@given(
    seed=seeds,
    dtype=st.sampled_from(["float32", "float64", "complex64"]),
    norm=st.sampled_from(NORMS),
    axis=axes,
    threshold=st.sampled_from([None, 0.8, 1e3]),
    fill=st.sampled_from([None, False, True]),
)
def test_norms(xp, as_xp, lazily, seed, dtype, norm, axis, threshold, fill):
    S = noise(seed, SHAPE, dtype)
    S[:, 0, 0] = 0
    if norm == 0 and fill:
        return
    options = {"norm": norm, "axis": axis, "threshold": threshold, "fill": fill}
    limits = {} if threshold is None else {"threshold": threshold}
    double = S.astype("complex128" if S.dtype.kind == "c" else "float64")
    expected = np.apply_along_axis(oracles.scaled, axis, double, norm, fill=fill, **limits)
    scale = lazily(lambda S: util.normalize(S, **options))
    assert_same(scale(as_xp(S)), expected, xp=xp, dtype=S.dtype)


@pytest.mark.once
@given(norm=st.sampled_from(NORMS), axis=axes, fill=st.sampled_from([None, False, True]), threshold=st.sampled_from([None, 0.8]))
def test_norms_like_librosa(librosa, norm, axis, fill, threshold):
    S = noise(1, SHAPE, "float32")
    S[:, 0, 0] = 0
    if norm == 0 and fill:
        return
    options = {"norm": norm, "axis": axis, "fill": fill, "threshold": threshold}
    assert_same(util.normalize(S, **options), librosa.util.normalize(S, **options), xp=Backend.NUMPY.xp)


def test_the_norm_of_everything(xp, as_xp):
    S = noise(0, SHAPE)
    assert_same(util.normalize(as_xp(S), norm=2, axis=None), S / np.sqrt((S**2).sum()), xp=xp)
    assert_same(util.normalize(as_xp(S)), S / abs(S).max(axis=0), xp=xp)
    assert util.normalize(x := as_xp(S), norm=None) is x
    assert_same(util.normalize(as_xp(S[:0])), S[:0], xp=xp)


def test_norms_neither_overflow_nor_vanish(xp, as_xp):
    for scale in (1e30, 1e-30):
        S = scale * noise(0, (5, 3))
        assert_same(util.normalize(as_xp(S, "float32"), norm=2), S / np.linalg.norm(S, axis=0), xp=xp, dtype="float32")


def test_numpy_scalars_are_arguments_too(xp, as_xp):
    S = as_xp(noise(0, SHAPE), "float32")
    for norm in (2, 1):
        plain = util.normalize(S, norm=norm, axis=1, fill=True)
        for scalar in (np.int64(norm), np.float32(norm)):
            assert_same(util.normalize(S, norm=scalar, axis=np.int64(1), fill=np.True_), to_numpy(plain), xp=xp, rtol=0, atol=0)


def test_integers_become_floats(xp, as_xp):
    S = util.normalize(as_xp([[3, 0], [-4, 0]]), norm=2)
    assert_close(to_numpy(S).astype("float64"), np.array([[0.6, 0], [-0.8, 0]]), rtol=1e-6)


@pytest.mark.parametrize("norm", [np.inf, 1, 2, 3])
def test_norms_have_gradients_at_silence(norm):
    torch = require("torch")
    S = torch.tensor([[1.0, 0.0], [2.0, 0.0]], dtype=torch.float64, requires_grad=True)
    util.normalize(S, norm=norm).sum().backward()
    assert torch.isfinite(S.grad).all()


@pytest.mark.once
@pytest.mark.parametrize(
    "options",
    [{}, {"ext": "WAV"}, {"ext": ["wav", "txt"], "case_sensitive": True}, {"recurse": False}, {"limit": 2, "offset": 1}, {"offset": -1}],
    ids=str,
)
def test_files_by_the_ends_of_their_names(librosa, tmp_path, options):
    for name in ("a.wav", "b.WAV", "c.txt", "d.flac", "e", "sub/f.ogg", "sub/g.wav", "sub/h.wav/i.mp3"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    kind = {name: value for name, value in options.items() if name not in ("limit", "offset")}
    expected = [path for path in librosa.util.find_files(str(tmp_path), **kind) if not path.endswith("h.wav")]  # a folder
    chosen = expected[options.get("offset", 0) :][: options.get("limit")]
    assert nax.util.find_files(tmp_path, **options) == chosen


@pytest.mark.once
def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(nax.ParameterError, match="directory='.*nowhere' must be a folder"):
        nax.util.find_files(tmp_path / "nowhere")
