"""Batches of clips of different lengths: each clip's spectrogram is that of the clip alone, whatever
lies behind it.
"""

import importlib

import numpy as np
import pytest
from assertions import assert_close, assert_same
from examples import noise
from libraries import Backend, has_layers, require, to_numpy, wanted

import nnaudio_xp as nax

FRAMES = {"n_fft": 64, "hop_length": 20}
MEL = {"sr": 8000, "n_mels": 5, **FRAMES}
CONSTANT_Q = {"sr": 8000, "hop_length": 50, "fmin": 300.0, "n_bins": 8, "bins_per_octave": 6}
WAVELETS = {"sr": 8000, "hop_length": 20, "frequencies": (200.0, 900.0, 3000.0)}
CASES = [
    ("STFT", FRAMES),
    ("STFT", {**FRAMES, "n_fft": 65, "pad_mode": "edge", "output_format": "Magnitude"}),
    ("STFT", {**FRAMES, "pad_mode": "constant", "trainable": True}),
    ("STFT", {**FRAMES, "center": False, "freq_scale": "log", "freq_bins": 9, "fmin": 100, "fmax": 3000, "sr": 8000}),
    ("MelSpectrogram", MEL),
    ("MelSpectrogram", {**MEL, "pad_mode": "symmetric", "power": 1.0, "trainable_mel": True, "trainable_STFT": True}),
    ("Gammatonegram", {"sr": 8000, "n_bins": 5, **FRAMES}),
    ("Chroma", {"sr": 8000, "n_chroma": 5, **FRAMES}),
    ("MFCC", {**MEL, "n_mfcc": 4, "top_db": 6.0}),
    ("CFP", {"fs": 1000, "hop_length": 40, "window_size": 65, "fr": 8, "fc": 40, "tc": 1 / 300, "NumPerOct": 6}),
    ("CWT", WAVELETS),
    ("CWT", {**WAVELETS, "trainable": True, "pad_mode": "reflect", "output_format": "Magnitude"}),
    ("CWT", {**WAVELETS, "wavelet": "ricker", "pad_mode": "edge"}),
    ("SynchrosqueezedCWT", WAVELETS),
    ("CQT", CONSTANT_Q),
    ("CQT1992", {**CONSTANT_Q, "trainable_CQT": True, "pad_mode": "edge"}),
    ("CQT1992v2", {**CONSTANT_Q, "center": False, "output_format": "Complex"}),
    ("CQT2010", {**CONSTANT_Q, "pad_mode": "constant"}),
    ("CQT2010v2", {**CONSTANT_Q, "hop_length": 64, "output_format": "Phase"}),
    ("VQT", {**CONSTANT_Q, "gamma": 30.0, "pad_mode": "symmetric", "output_format": "Complex"}),
]
every = pytest.mark.parametrize(("name", "options"), CASES, ids=[f"{name}-{index}" for index, (name, _) in enumerate(CASES)])
N = 600


def lengths_for(options):
    """The whole row, the shortest that there may be, one shorter than the padding, and two more."""
    return [N, 300, 600, 555, 512] if options.get("center") is False else [N, 1, 25, 483, 300]


def ragged(lengths, dtype="float64", behind=np.nan):
    """Clips in one array, and something behind them."""
    return np.where(np.arange(N) < np.asarray(lengths)[:, None], noise(0, (len(lengths), N)), behind).astype(dtype)


@every
def test_a_clip_among_others_is_the_clip_alone(xp, as_xp, lazily, build, name, options):
    layer, lengths = build(name, **options), lengths_for(options)
    y = ragged(lengths)
    spectrogram, counts = lazily(lambda y, lengths: layer(y, lengths=lengths))(as_xp(y), as_xp(lengths))
    alone = [to_numpy(lazily(layer)(as_xp(y[clip : clip + 1, :length])))[0] for clip, length in enumerate(lengths)]
    assert_same(counts, [values.shape[1] for values in alone], xp=xp, dtype=xp.asarray([1]).dtype)
    expected = np.zeros((5, *alone[0].shape))
    for clip, values in enumerate(alone):
        expected[clip, :, : values.shape[1]] = values
    assert_same(spectrogram, expected, xp=xp, rtol=1e-9)


def test_layers_of_several_spectrograms(xp, as_xp, lazily, build):
    """All spectrograms of a clip among others are those of the clip alone, however few of its
    frames are left.
    """
    layer, lengths = build("Combined_Frequency_Periodicity", fs=1000, hop_length=40, window_size=65, fr=8, fc=40, tc=1 / 300), [N, 90, 30]
    y = ragged(lengths)
    spectrograms, counts = lazily(lambda y: layer(y, lengths=lengths))(as_xp(y))
    assert to_numpy(counts).tolist() == [13, 1, 0]
    for clip, length in enumerate(lengths[:2]):
        for together, alone in zip(spectrograms, lazily(layer)(as_xp(y[clip : clip + 1, :length])), strict=True):
            expected = np.zeros(together.shape[1:])
            expected[:, : alone.shape[-1]] = to_numpy(alone)[0]
            assert_same(together[clip, ...], expected, xp=xp, rtol=1e-9)
    assert not any(np.any(to_numpy(spectrogram)[2]) for spectrogram in spectrograms)


def test_how_lengths_come_in(backend, xp, as_xp, lazily, build):
    """As lists, NumPy's arrays and the library's own, of any integers; for (B, 1, L), and for
    several channels of a clip.
    """
    layer, lengths = build("MelSpectrogram", **MEL), [N, 25, 300]
    y = ragged(lengths)

    def spectrograms(y, lengths):
        return lazily(lambda y: layer(y, lengths=lengths))(y)

    expected, counts = map(to_numpy, spectrograms(as_xp(y), as_xp(lengths)))
    for given in (lengths, tuple(lengths), np.asarray(lengths, "uint16"), as_xp(lengths, "int32")):
        spectrogram, numbers = spectrograms(as_xp(y), given)
        assert_same(spectrogram, expected, xp=xp)
        assert_same(numbers, counts, xp=xp, dtype=xp.asarray([1]).dtype)
    assert_same(spectrograms(as_xp(y[:, None]), lengths)[0], expected, xp=xp)
    assert_same(spectrograms(as_xp(y[1]), [25])[0], expected[1:2], xp=xp)
    channels = np.stack([y, 2 * y], axis=1)
    for given in (lengths, [[length] * 2 for length in lengths]):
        spectrogram, numbers = spectrograms(as_xp(channels), given)
        assert_same(spectrogram, np.stack([expected, 4 * expected], axis=1), xp=xp)
        assert numbers.shape == np.shape(given)
    empty, none = spectrograms(as_xp(y[:0]), as_xp(np.zeros(0, int)))
    assert empty.shape == (0, *expected.shape[1:])
    assert none.shape == (0,)
    if has_layers(backend):  # the standard has no half precision
        assert spectrograms(as_xp(y, "float16"), lengths)[0].dtype == as_xp(y, "float16").dtype


# --- gradients and compilers ----------------------------------------------------------------------

DIFFERENTIABLE = [case for case in CASES if case[1].get("output_format") != "Phase"]


@pytest.mark.parametrize(("name", "options"), DIFFERENTIABLE, ids=[f"{name}-{i}" for i, (name, _) in enumerate(DIFFERENTIABLE)])
def test_gradients_are_the_clips_own(name, options):
    torch = require("torch")
    layer = getattr(importlib.import_module("nnaudio_xp.backends.torch"), name)(**options).double()
    lengths = lengths_for(options)
    y = ragged(lengths)
    together = torch.from_numpy(y).requires_grad_()
    spectrogram, _ = layer(together, lengths=torch.tensor(lengths))
    (spectrogram**2).sum().backward()
    assert all(torch.isfinite(kernel.grad).all() for kernel in layer.parameters())
    for clip, length in enumerate(lengths):
        alone = torch.from_numpy(y[clip, :length]).requires_grad_()
        (layer(alone) ** 2).sum().backward()
        assert_close(together.grad[clip, :length].numpy(), alone.grad.numpy(), rtol=1e-7, atol=1e-7 * float(together.grad.abs().max()))
        assert not together.grad[clip, length:].any()


def test_jax_traces_lengths():
    jax = require("jax")
    with Backend.JAX.configured():
        layer = importlib.import_module("nnaudio_xp.backends.jax").MelSpectrogram(**MEL)
        lengths = [N, 25, 300]
        y, sizes = Backend.JAX.from_numpy(ragged(lengths)), Backend.JAX.from_numpy(np.asarray(lengths))
        gradient = jax.jit(jax.grad(lambda y, sizes: layer(y, lengths=sizes)[0].sum()))(y, sizes)
        assert [int(np.flatnonzero(row)[-1]) for row in np.asarray(gradient)] == [length - 1 for length in lengths]
        mapped = jax.vmap(lambda y, size: layer(y, lengths=size[None])[0][0])(y, sizes)
        assert_close(np.asarray(mapped), np.asarray(layer(y, lengths=sizes)[0]), rtol=1e-10)


@pytest.mark.skipif(Backend.TORCH_FLOAT32 not in wanted(), reason="only torch's own default dtype, on the CPU")
@pytest.mark.filterwarnings("ignore:`torch.jit.script_method` is deprecated:DeprecationWarning")  # inductor's own
@pytest.mark.filterwarnings("ignore:Torchinductor does not support code generation for complex operators")  # it calls torch's FFT
@pytest.mark.parametrize(("name", "options"), [CASES[4], CASES[7], CASES[8]], ids=["MelSpectrogram", "MFCC", "CQT"])
def test_torch_compiles_and_exports_with_lengths(name, options):
    torch = require("torch")

    class Front(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = getattr(importlib.import_module("nnaudio_xp.backends.torch"), name)(**options)

        def forward(self, x, lengths):
            return self.layer(x, lengths=lengths)

    front, free = Front(), torch.export.Dim.DYNAMIC
    shorter = (torch.ones(2, 550), torch.tensor([550, 300]))
    program = torch.export.export(front, shorter, dynamic_shapes=({0: free, 1: free}, {0: free}))
    lengths = torch.tensor([N, 25, 300])
    y = torch.from_numpy(ragged(lengths.tolist(), "float32"))
    expected, numbers = front(y, lengths)
    torch._dynamo.reset()
    for run in (torch.compile(front, fullgraph=True), program.module()):
        spectrogram, counts = run(y, lengths)
        assert_close(spectrogram.detach().numpy(), expected.numpy(), rtol=1e-5)
        assert counts.tolist() == numbers.tolist()


# --- what is refused ------------------------------------------------------------------------------

REFUSED = [
    ([N, N, N], {}, r"lengths=\[600, 600, 600\] has shape \(3,\): it must be \(2,\), a length for each clip"),
    (N, {}, r"lengths=600 has shape \(\): it must be \(2,\)"),
    ([N, 1.5], {}, r"lengths=\[600, 1.5\] must hold integers"),
    ([[N], [N, 1]], {}, r"must hold integers"),
    ([N, 0], {}, r"lengths\[1\]=0 must be from 1 to 600"),
    (np.asarray([N + 1, N]), {}, r"lengths\[0\]=601 must be from 1 to 600"),
    ([N, 63], {"center": False}, r"lengths\[1\]=63 must be from 64 to 600"),
    ([N, N], {"pad_mode": "linear_ramp"}, r"pad_mode='linear_ramp' is not possible with lengths: it must be one of 'constant', "),
    ([N, N], {"pad_mode": max}, r"pad_mode=<built-in function max> is not possible with lengths"),
]


@pytest.mark.parametrize(("lengths", "options", "message"), REFUSED, ids=range(len(REFUSED)))
def test_what_is_refused(as_xp, build, lengths, options, message):
    with pytest.raises(nax.ParameterError, match=message):
        build("STFT", **FRAMES, **options)(as_xp(noise(0, (2, N))), lengths=lengths)


def test_arrays_on_the_host_are_looked_at(backend, as_xp, build_own):
    layer, y = build_own("STFT", **FRAMES), as_xp(noise(0, (2, N)))
    if backend.on_gpu:
        assert layer(y, lengths=as_xp([N, N + 5]))[1].shape == (2,)  # as if it were N: looking would make the device wait
        return
    with pytest.raises(nax.ParameterError, match=r"lengths\[1\]=605 must be from 1 to 600"):
        layer(y, lengths=as_xp([N, N + 5]))


FRAMELESS = [("iSTFT", {"n_fft": 64}), ("Griffin_Lim", {"n_fft": 64}), ("iCQT", CONSTANT_Q), ("NSGT", {"sr": 8000})]


@pytest.mark.parametrize(("name", "options"), FRAMELESS)
def test_layers_without_frames_of_waveforms(as_xp, build, name, options):
    with pytest.raises(nax.ParameterError, match=rf"{name} takes no lengths=: only layers with a frame at every hop of a waveform do"):
        build(name, **options)(as_xp(noise(0, (2, N))), lengths=[N, 9])


# --- counting -------------------------------------------------------------------------------------


@pytest.mark.parametrize("options", [{"n_fft": 64}, {"n_fft": 65, "hop_length": 7}, {"n_fft": 64, "center": False}], ids=repr)
def test_frame_counts_and_mask(xp, as_xp, lazily, options):
    lengths = [200, 65, 66, 99]
    expected = [nax.stft(noise(0, (length,)), **options).shape[-1] for length in lengths]
    counts = lazily(lambda lengths: nax.util.frame_counts(lengths, **options))(as_xp(lengths))
    assert_same(counts, expected, xp=xp, dtype=as_xp(lengths).dtype)
    mask = lazily(lambda counts: nax.util.frame_mask(counts, n_frames=max(expected)))(counts)
    assert_same(mask, np.arange(max(expected)) < np.asarray(expected)[:, None], xp=xp)


@pytest.mark.once
def test_counting_refuses():
    assert nax.util.frame_counts([63, 64], n_fft=64, center=False).tolist() == [0, 1]
    with pytest.raises(nax.ParameterError, match=r"lengths\[1\]=0 must be at least 1"):
        nax.util.frame_counts([9, 0])
    with pytest.raises(nax.ParameterError, match=r"lengths=2.5 must hold integers"):
        nax.util.frame_counts(2.5)
    with pytest.raises(nax.ParameterError, match=r"n_frames=-1 must be a non-negative integer"):
        nax.util.frame_mask([1], n_frames=-1)
