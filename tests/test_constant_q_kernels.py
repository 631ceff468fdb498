"""The atoms of constant-Q transforms: against their definitions, librosa's and nnAudio's, and the
filters that show them.
"""

import inspect
import math

import numpy as np
import oracles
import pytest
from assertions import assert_close, assert_same
from hypothesis import given
from hypothesis import strategies as st
from libraries import Backend

import nnaudio_xp as nax
from nnaudio_xp.kernels import constant_q as kernels

NORMS = [None, 0, 0.5, 1, 2, np.inf]
NUMPY = Backend.NUMPY.xp


@st.composite
def grids(draw):
    """Ascending frequencies in any ratios, none of which makes an atom's length a whole number,
    where rounding decides.
    """
    ratios = draw(st.lists(st.floats(1.02, 1.9), min_size=1, max_size=6))
    return [float(f) for f in draw(st.floats(40, 200)) * 1.0123456789 * np.cumprod([1, *ratios])]


OPTIONS = {
    "freqs": grids(),
    "sr": st.sampled_from([8000, 22050.0]),
    "window": st.sampled_from(["hann", "boxcar", ("kaiser", 5.0)]),
    "filter_scale": st.sampled_from([1, 0.4, 1.7]),
    "gamma": st.sampled_from([0, 12.5, None]),
}


# --- definitions ----------------------------------------------------------------------------------


@pytest.mark.once
@given(norm=st.sampled_from(NORMS), lengths=st.sampled_from(kernels.LENGTHS), **OPTIONS)
def test_atoms_are_those_of_the_definition(norm, lengths, **options):
    expected, _, starts = oracles.wavelets(norm=norm, lengths=lengths, **options)
    atoms = kernels.atoms(options.pop("freqs"), norm=norm, lengths=lengths, **options)
    assert [atom.start for atom in atoms] == starts
    for atom, samples in zip(atoms, expected, strict=True):
        assert_close(atom.samples, samples, rtol=1e-11)


@pytest.mark.once
@given(lengths=st.sampled_from(kernels.LENGTHS), pad_fft=st.booleans(), norm=st.sampled_from(NORMS[1:]), **OPTIONS)
def test_wavelets_are_atoms_in_the_middle(lengths, pad_fft, norm, **options):
    atoms, sizes, starts = oracles.wavelets(norm=norm, lengths=lengths, **options)
    bank, found = nax.filters.wavelet(pad_fft=pad_fft, norm=norm, lengths=lengths, dtype="complex128", **options)
    longest = max(sizes)
    assert bank.shape == (len(atoms), 2 ** math.ceil(math.log2(longest)) if pad_fft else math.ceil(longest))
    assert_same(found, np.array(sizes, dtype=float), xp=NUMPY, rtol=1e-11)
    for row, samples, start in zip(bank, atoms, starts, strict=True):
        before = bank.shape[1] // 2 + start if pad_fft else (bank.shape[1] - len(samples)) // 2
        assert_close(row, np.concatenate([np.zeros(before), samples, np.zeros(len(row) - before - len(samples))]), rtol=1e-11)


@pytest.mark.once
def test_bandwidths():
    """What constant-Q means: alpha is the bandwidth that reaches half-way to both neighbours, and
    the length is Q periods.
    """
    freqs = nax.cqt_frequencies(25, fmin=55, bins_per_octave=24)
    alpha = kernels.relative_bandwidths(freqs)
    assert_close(freqs[:-2] * (1 + alpha[:-2]), freqs[2:] * (1 - alpha[2:]), rtol=1e-12)
    lengths, cutoff = nax.filters.wavelet_lengths(freqs=freqs, sr=8000, filter_scale=2, gamma=3)
    assert_close(lengths * (freqs * alpha + 3), np.full(25, 2 * 8000.0), rtol=1e-12)
    assert cutoff == pytest.approx(110 * (1 + alpha[0] / 4 * nax.filters.window_bandwidth("hann")) + 1.5)


# --- librosa --------------------------------------------------------------------------------------


@pytest.mark.once
@given(pad_fft=st.booleans(), norm=st.sampled_from(NORMS), **OPTIONS)
def test_wavelets_like_librosa(librosa, pad_fft, norm, **options):
    options["freqs"] = np.array(options["freqs"])
    expected, lengths = librosa.filters.wavelet(pad_fft=pad_fft, norm=norm, **options)
    bank, found = nax.filters.wavelet(pad_fft=pad_fft, norm=norm, **options)
    assert_same(bank, expected, xp=NUMPY)
    assert_same(found, lengths, xp=NUMPY, rtol=1e-11)
    expected, cutoff = librosa.filters.wavelet_lengths(**options)
    lengths, edge = nax.filters.wavelet_lengths(**options)
    assert_same(lengths, expected, xp=NUMPY, rtol=1e-11)
    assert edge == pytest.approx(cutoff, rel=1e-11)


@pytest.mark.once
@pytest.mark.filterwarnings("ignore:.*constant_q:FutureWarning")
@pytest.mark.parametrize(
    "options",
    [
        {},
        {"fmin": 55, "n_bins": 20, "bins_per_octave": 7, "pad_fft": False, "norm": 2},
        {"fmin": 30, "window": "boxcar", "gamma": 10, "filter_scale": 0.5},
    ],
)
def test_constant_q_like_librosa(librosa, options):
    if not hasattr(librosa.filters, "constant_q"):
        pytest.skip("librosa 1.0 has no constant_q")
    expected, lengths = librosa.filters.constant_q(sr=22050, **options)
    bank, found = nax.filters.constant_q(sr=22050, **options)
    assert_same(bank, expected, xp=NUMPY)
    assert_same(found, lengths, xp=NUMPY)
    for name in ("pad_fft", "norm"):
        options.pop(name, None)
    options.setdefault("fmin", 32.7)
    expected = librosa.filters.constant_q_lengths(sr=22050, **options)
    assert_same(nax.filters.constant_q_lengths(sr=22050, **options), expected, xp=NUMPY)


@pytest.mark.once
@given(
    n_input=st.integers(1, 90),
    division=st.sampled_from([(12, 12), (36, 12), (24, 12), (12, 6), (7, 7), (10, 5)]),
    fmin=st.none() | st.floats(20, 2000),
    window=st.none() | st.lists(st.integers(1, 5).map(float), min_size=1, max_size=6),  # SciPy casts memory it has not written for integers
    base_c=st.booleans(),
)
def test_cq_to_chroma_like_librosa(librosa, n_input, division, fmin, window, base_c):
    options = {"bins_per_octave": division[0], "n_chroma": division[1], "fmin": fmin, "window": window, "base_c": base_c}
    expected = librosa.filters.cq_to_chroma(n_input, **options).astype("float32")
    assert_same(nax.filters.cq_to_chroma(n_input, **options), expected, xp=NUMPY, atol=1e-6)


@pytest.mark.once
@pytest.mark.parametrize("name", ["wavelet", "wavelet_lengths", "constant_q", "constant_q_lengths", "cq_to_chroma"])
def test_librosas_arguments(librosa, name):
    """Names, order and defaults; dtypes by name."""
    if not hasattr(librosa.filters, name):
        pytest.skip(f"librosa {librosa.__version__} has no {name}")
    theirs, ours = (inspect.signature(getattr(module, name)).parameters for module in (librosa.filters, nax.filters))
    assert [each for each in ours if each not in ("lengths", "xp", "device", "dtype")] == [each for each in theirs if each != "dtype"]
    same = [each for each in theirs if each not in ("dtype", "kwargs")]
    assert [ours[each].default for each in same] == [theirs[each].default for each in same]


# --- any library ----------------------------------------------------------------------------------


# --- what cannot be -------------------------------------------------------------------------------


@pytest.mark.once
@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: nax.filters.wavelet(freqs=[]), r"freqs=\[\] must be a sequence of one number or more"),
        (lambda: nax.filters.wavelet(freqs=440.0), "freqs=440.0 must be a sequence of one number or more"),
        (lambda: nax.filters.wavelet(freqs=[2.0, 1.0]), r"freqs=\[2.0, 1.0\] must be in ascending order"),
        (lambda: nax.filters.wavelet(freqs=[0.0, 1.0]), "freqs=0.0 must be a finite positive number"),
        (lambda: nax.filters.wavelet(freqs=[1.0, 1.0]), r"freqs=\[1.0, 1.0\] must all differ"),
        (lambda: nax.filters.wavelet(freqs=[1.0]), "a single frequency, which has no neighbours: give its relative bandwidth alpha too"),
        (lambda: nax.filters.wavelet(freqs=[1.0, 2.0], alpha=[0.1] * 3), "must be a positive number, or one for each of the 2 frequencies"),
        (lambda: nax.filters.wavelet(freqs=[1.0, 2.0], alpha=-1), "alpha=-1 must be a positive number"),
        (lambda: nax.filters.wavelet(freqs=[1.0, 2.0], sr=0), "sr=0 must be a finite positive number"),
        (lambda: nax.filters.wavelet(freqs=[1.0, 2.0], filter_scale=-1), "filter_scale=-1 must be a finite positive number"),
        (lambda: nax.filters.wavelet(freqs=[1.0, 2.0], gamma=-1), "gamma=-1 must be a finite non-negative number"),
        (lambda: nax.filters.wavelet(freqs=[1.0, 2.0], lengths="mine"), "lengths='mine' must be one of 'librosa', 'nnaudio'"),
        (lambda: nax.filters.wavelet(freqs=[1.0, 2.0], dtype="float32"), "dtype='float32' must be a complex floating dtype"),
        (lambda: nax.filters.constant_q(sr=8000), "n_bins=84 is too many: the top bin reaches up to 4122.1 Hz, beyond sr / 2 = 4000 Hz"),
        (lambda: nax.filters.cq_to_chroma(12, bins_per_octave=13), "bins_per_octave=13 must be a multiple of n_chroma=12"),
        (lambda: nax.filters.cq_to_chroma(12, window="hann"), "window='h' must be a finite number"),
        (lambda: nax.filters.cq_to_chroma(12, window=3), "window=3 must be a sequence of one number or more"),
        (lambda: nax.filters.cq_to_chroma(0), "n_input=0 must be a positive integer"),
    ],
)
def test_errors(call, message):
    with pytest.raises(nax.ParameterError, match=message):
        call()
