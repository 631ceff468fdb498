"""Gammatone banks, spectrograms and filter banks: against the definition, SciPy and nnAudio, from
signals and from spectrograms.
"""

import contextlib
import io
import warnings

import numpy as np
import oracles
import pytest
import scipy.signal
from assertions import assert_close, assert_same
from examples import analyses, noise, spectrograms
from hypothesis import given
from hypothesis import strategies as st
from libraries import Backend, to_numpy

import nnaudio_xp as nax

pytestmark = pytest.mark.filterwarnings(r"ignore:n_fft=\d+ is too large")

RANGES = {
    "sr": st.sampled_from([8000, 22050, 44100.0]),
    "n_bins": st.integers(1, 40),
    "fmin": st.sampled_from([0, 31.25, 300]),
    "fmax": st.sampled_from([None, 3000, 4000.0]),
    "htk": st.booleans(),
}
CANCELLED = 5e-11
"""Relative error of the oracle's gains: near the unit circle's 1 its poles and zeros are
differences of next to equal numbers.
"""
NORMS = st.sampled_from([1, "slaney", None, np.inf])


# --- the bank -------------------------------------------------------------------------------------


@pytest.mark.once
@given(n_fft=st.integers(1, 600), norm=NORMS, **RANGES)
def test_bank_definition(n_fft, norm, **options):
    expected = oracles.gammatone_bank(n_fft=n_fft, norm=norm, **options)
    bank = nax.filters.gammatone(n_fft=n_fft, norm=norm, dtype="float64", **options)
    assert_same(bank, expected, xp=Backend.NUMPY.xp, rtol=CANCELLED, atol=0.0)
    assert_same(nax.filters.gammatone(n_fft=n_fft, norm=norm, **options), expected, xp=Backend.NUMPY.xp, dtype="float32", atol=0.0)


@pytest.mark.once
@pytest.mark.parametrize("package", ["nnAudio", "nnAudio2"])
@pytest.mark.parametrize("options", [{}, {"fmin": 0.0, "n_bins": 30}, {"fmin": 300, "fmax": 5000, "n_bins": 100}], ids=repr)
def test_bank_is_nnaudios(monkeypatch, package, options):
    monkeypatch.setenv("NNAUDIO_DISABLE_CITATION_REMINDER", "1")
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        theirs = pytest.importorskip(f"{package}.librosa_functions", reason=f"{package} is not installed")
    expected = theirs.get_gammatone(22050, 512, **options)
    assert_same(nax.filters.gammatone(sr=22050, n_fft=512, **options), expected, xp=Backend.NUMPY.xp, atol=0.0)


@pytest.mark.once
def test_norms():
    options = {"sr": 22050, "n_fft": 2048, "n_bins": 20, "fmin": 300, "fmax": 8000, "dtype": "float64"}
    peaks = nax.filters.gammatone(norm=None, **options).max(axis=-1)
    assert (peaks <= 1 + 1e-3).all()  # no bin is far from a centre, and the top lies next to it
    assert (peaks > 0.98).all()
    assert_close(nax.filters.gammatone(norm=1, **options).max(axis=-1) * 2048, peaks)
    areas = nax.filters.gammatone(norm="slaney", **options).sum(axis=-1) * 22050 / 2048
    assert_close(areas, np.ones(20), rtol=0.02)


@pytest.mark.once
@given(**{name: values for name, values in RANGES.items() if name != "sr"})
def test_frequencies(n_bins, fmin, fmax, htk):
    top = fmax or 11025
    expected = oracles.gammatone_frequencies(n_bins=n_bins, fmin=fmin, fmax=top, htk=htk)
    actual = nax.gammatone_frequencies(n_bins, fmin=fmin, fmax=top, htk=htk)
    assert_same(actual, np.asarray(expected), xp=Backend.NUMPY.xp, rtol=1e-12, atol=1e-9)
    assert actual[0] == pytest.approx(fmin)


# --- the spectrogram ------------------------------------------------------------------------------


@given(example=analyses(), norm=NORMS, power=st.sampled_from([1, 1.5, 2]))
def test_definition(xp, as_xp, lazily, example, norm, power):
    y, options = example
    options.setdefault("hop_length", 7)
    bank = {"sr": 8000, "n_bins": 9, "fmin": 100, "norm": norm}
    expected = oracles.gammatone_bank(n_fft=options["n_fft"], **bank) @ abs(oracles.stft(y, **options)) ** power
    transform = lazily(lambda y: nax.gammatone(y, power=power, **options, **bank))
    assert_same(transform(as_xp(y)), expected, xp=xp, dtype=y.dtype, rtol=max(CANCELLED, 32 * float(np.finfo(y.dtype).eps)))


@given(S=spectrograms(9, positive=True), n_fft=st.sampled_from([16, 17, 2048]))
def test_definition_from_a_spectrogram(xp, as_xp, lazily, S, n_fft):
    bank = oracles.gammatone_bank(sr=8000, n_bins=6, fmin=20, n_fft=17 if n_fft == 17 else 16)
    transform = lazily(lambda S: nax.gammatone(S=S, sr=8000, n_bins=6, n_fft=n_fft))
    rtol = max(CANCELLED, 32 * float(np.finfo(S.dtype).eps))
    assert_same(transform(as_xp(S)), bank @ S.astype("float64"), xp=xp, dtype=S.dtype, rtol=rtol)


@pytest.mark.parametrize("name", ["float32", "float64"])
def test_the_results_dtype_can_be_chosen(xp, as_xp, dtype, name):
    y = noise(0, (300,), dtype)
    expected = nax.gammatone(y.astype("float64"), n_fft=64, n_bins=3)
    assert_same(nax.gammatone(as_xp(y), n_fft=64, n_bins=3, dtype=name), expected, xp=xp, dtype=name, rtol=1e-5)


# --- the filter bank ------------------------------------------------------------------------------


@given(
    n=st.integers(1, 300),
    batch=st.sampled_from([(), (2,), (2, 1, 3), (0,)]),
    order=st.integers(1, 6),
    fmin=st.sampled_from([0, 100]),
    htk=st.booleans(),
)
def test_filterbank_definition(xp, as_xp, lazily, dtype, n, batch, **options):
    y = noise(n, (*batch, n), dtype)
    options |= {"sr": 2000, "n_bins": 3}
    transform = lazily(lambda y: nax.gammatone_filterbank(y, **options))
    expected = oracles.gammatone_filterbank(y.astype("float64"), **options)
    # an FFT spreads its rounding over the block as noise does
    assert_same(transform(as_xp(y)), expected, xp=xp, dtype=dtype, atol=32 * float(np.finfo(dtype).eps) * np.abs(y).max(initial=0))


def test_filterbank_of_many_blocks(xp, as_xp):
    """Longer than a block, at its multiples and next to them, against SciPy's direct convolution
    with the response to an impulse.
    """
    options = {"sr": 2000, "n_bins": 4, "fmin": 300}
    impulse = np.zeros(2000)
    impulse[0] = 1
    responses = nax.gammatone_filterbank(impulse, **options)
    y = noise(0, (1500,))
    for n in (411, 412, 413, 1500):
        expected = np.stack([scipy.signal.convolve(y[:n], response, method="direct")[:n] for response in responses])
        assert_same(nax.gammatone_filterbank(as_xp(y[:n]), **options), expected, xp=xp)


@pytest.mark.once
@pytest.mark.parametrize("order", [1, 2, 4, 7])
def test_filterbank_like_scipy(order):
    """Whose responses have the same shape, and a gain that is one but for what negative frequencies
    add.
    """
    centres = nax.gammatone_frequencies(10, fmin=200, fmax=8000)
    impulse = np.zeros(600)
    impulse[0] = 1
    responses = nax.gammatone_filterbank(impulse, sr=22050, n_bins=10, fmin=200, fmax=8000, order=order)
    for centre, response in zip(centres, responses, strict=True):
        theirs, _ = scipy.signal.gammatone(centre, "fir", order=order, numtaps=600, fs=22050)
        assert_close(response / np.linalg.norm(response), theirs / np.linalg.norm(theirs))
        if order > 1:
            assert_close(response, theirs, rtol=0.05)


def test_a_tone_passes_its_filter_with_a_gain_of_one(xp, as_xp):
    options = {"sr": 8000, "n_bins": 5, "fmin": 200}
    for row, centre in enumerate(nax.gammatone_frequencies(5, fmin=200, fmax=4000)):
        t = np.arange(4000) / 8000
        waves = to_numpy(nax.gammatone_filterbank(as_xp(np.exp(2j * np.pi * centre * t).real), **options))
        quadrature = to_numpy(nax.gammatone_filterbank(as_xp(np.exp(2j * np.pi * centre * t).imag), **options))
        levels = np.hypot(waves, quadrature)[:, 2000:]
        assert_close(levels[row], np.ones(2000), rtol=1e-9)
        assert (levels[np.arange(5) != row] < 0.6).all()


@pytest.mark.once
def test_filterbank_is_causal_and_steady():
    """What comes later changes nothing before it, and a delayed signal gives delayed waveforms."""
    y, options = noise(0, (3000,)), {"sr": 4000, "n_bins": 3, "fmin": 100}
    whole = nax.gammatone_filterbank(y, **options)
    assert_close(nax.gammatone_filterbank(y[:700], **options), whole[:, :700])
    delayed = nax.gammatone_filterbank(np.concatenate([np.zeros(77), y]), **options)
    assert_close(delayed[:, 77:], whole)


@pytest.mark.once
def test_gradients_in_silence():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    for transform in (nax.gammatone, lambda y: nax.gammatone_filterbank(y).abs(), lambda y: nax.gammatone(y, power=0.5)):
        y = torch.zeros(3000, requires_grad=True)
        transform(y).sum().backward()
        assert y.grad.isfinite().all()


@pytest.mark.once
def test_filterbank_gradients():
    torch = pytest.importorskip("torch", reason="torch is not installed")
    y = torch.tensor(noise(1, (2, 40)), requires_grad=True)
    transform = lambda y: nax.gammatone_filterbank(y, sr=2000, n_bins=2, fmin=300)  # noqa: E731
    assert torch.autograd.gradcheck(transform, y, fast_mode=True)
    assert torch.autograd.gradgradcheck(transform, y, fast_mode=True)


# --- bad input ------------------------------------------------------------------------------------

BAD = [
    ({"sr": 0}, "sr=0 must be a finite positive number"),
    ({"n_bins": 0}, "n_bins=0 must be a positive integer"),
    ({"fmin": -1}, "fmin=-1 must be a finite non-negative number"),
    ({"fmin": 5000, "fmax": 4000}, "fmin=5000 must be below fmax=4000 Hz"),
    ({"fmax": 12000}, "fmax=12000 must be at most sr / 2 = 11025 Hz"),
]


@pytest.mark.parametrize(("options", "message"), [*BAD, ({"norm": 2}, "norm=2 must be one of 1, 'slaney', None, inf")], ids=repr)
def test_bad_input(as_xp, options, message):
    with pytest.raises(nax.ParameterError, match=message):
        nax.gammatone(as_xp(noise(0, (3000,))), **options)
    with pytest.raises(nax.ParameterError, match=message):
        nax.filters.gammatone(**{"sr": 22050, "n_fft": 512, **options})


@pytest.mark.parametrize(("options", "message"), [*BAD, ({"order": 0}, "order=0 must be a positive integer")], ids=repr)
def test_bad_input_to_the_filterbank(as_xp, options, message):
    with pytest.raises(nax.ParameterError, match=message):
        nax.gammatone_filterbank(as_xp(noise(0, (3000,))), **options)


def test_nothing_given():
    with pytest.raises(nax.ParameterError, match="y=None and S=None: one of them must be given"):
        nax.gammatone()
    with pytest.raises(nax.ParameterError, match="y is a list"):
        nax.gammatone_filterbank([0.0, 1.0])
