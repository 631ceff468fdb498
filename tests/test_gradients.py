"""Derivatives: torch's against finite differences, first and second ones, backward and forward;
silence.
"""

import warnings

import numpy as np
import pytest
from assertions import assert_close
from catalogue import CONSTANT_Q_LAYERS, LAYERS, WAVELET_LAYERS, layer_example
from examples import PAD_MODES, noise
from libraries import Backend, require, to_numpy

import nnaudio_xp as nax
from nnaudio_xp import ops
from nnaudio_xp.geometry import Framing
from nnaudio_xp.layers.inputs import OUTPUT_FORMATS

torch = require("torch")
layers = pytest.importorskip("nnaudio_xp.backends.torch")
pytestmark = [
    pytest.mark.filterwarnings("ignore:Empty filters"),
    pytest.mark.filterwarnings(r"ignore:n_fft=\d+ is too large"),
    pytest.mark.filterwarnings("ignore:`torch.jit.script` is deprecated"),  # which torch's forward derivatives use
]

FRAMES = {"n_fft": 8, "hop_length": 3}
MEL = {"sr": 8000, "n_mels": 3}

ANALYSES = {
    "stft": lambda y, **options: nax.stft(y, **FRAMES, **options),
    "stft, odd": lambda y, **options: nax.stft(y, n_fft=7, hop_length=9, **options),
    "stft, log": lambda y, **options: nax.stft(y, freq_scale="log", freq_bins=3, **FRAMES, **options),
    "power": lambda y, **options: nax.spectrogram(y, **FRAMES, **options),
    "magnitude": lambda y, **options: nax.spectrogram(y, power=1, **FRAMES, **options),
    "between": lambda y, **options: nax.spectrogram(y, power=1.5, **FRAMES, **options),
    "log magnitude": lambda y, **options: nax.spectrogram(y, power=1, freq_scale="linear", freq_bins=3, **FRAMES, **options),
    "mel": lambda y, **options: nax.feature.melspectrogram(y=y, **MEL, **FRAMES, **options),
    "gammatone": lambda y, **options: nax.gammatone(y, sr=8000, n_bins=3, **FRAMES, **options),
    "mfcc": lambda y, **options: nax.feature.mfcc(y=y, n_mfcc=2, top_db=5, **MEL, **FRAMES, **options),
}
LINEAR = {"freq_scale": "linear", "fmin": 0, "fmax": 11025}  # solved to rounding in fewer steps than are taken
SYNTHESES = {
    "istft": (lambda D, **options: nax.istft(D, hop_length=3, **options), noise(0, (5, 4), "complex128")),
    "istft, length": (lambda D, **options: nax.istft(D, n_fft=9, hop_length=3, length=20, **options), noise(0, (5, 3), "complex128")),
    "istft, linear": (lambda D, **options: nax.istft(D, n_fft=8, hop_length=3, **LINEAR, **options), noise(0, (5, 4), "complex128")),
    "griffinlim": (lambda S, **options: nax.griffinlim(S, hop_length=3, n_iter=3, rng=0, **options), 1 + abs(noise(0, (5, 4)))),
    "mel_to_stft": (lambda M, **options: nax.feature.inverse.mel_to_stft(M, sr=8000, n_fft=8), 1 + abs(noise(0, (2, 4)))),
    "mfcc_to_mel": (lambda C, **options: nax.feature.inverse.mfcc_to_mel(C, n_mels=4, lifter=5), noise(0, (3, 4))),
}
OCTAVES = {"sr": 800, "hop_length": 4, "fmin": 60, "bins_per_octave": 3}
CONSTANT_Q = {
    "cqt": (lambda y: nax.cqt(y, n_bins=6, **OCTAVES), noise(1, (2, 30))),
    "cqt, reflected": (lambda y: nax.cqt(y, n_bins=7, pad_mode="reflect", scale=False, **OCTAVES), noise(1, (30,))),
    "vqt": (lambda y: nax.vqt(y, n_bins=4, gamma=9, **OCTAVES), noise(2, (30,))),
    "hybrid_cqt": (lambda y: nax.hybrid_cqt(y, n_bins=6, **{**OCTAVES, "hop_length": 32}), noise(3, (70,))),
    "pseudo_cqt": (lambda y: nax.pseudo_cqt(y, n_bins=4, **OCTAVES), noise(4, (30,))),
    "icqt": (lambda C: nax.icqt(C, **OCTAVES), noise(5, (6, 4), "complex128")),
    "icqt, length": (lambda C: nax.icqt(C, length=9, **OCTAVES), noise(5, (2, 5, 4), "complex128")),
    "griffinlim_cqt": (lambda C: nax.griffinlim_cqt(C, n_iter=2, rng=0, **OCTAVES), 1 + abs(noise(6, (4, 4)))),
}
analyses = pytest.mark.parametrize("analyze", ANALYSES.values(), ids=ANALYSES)
syntheses = pytest.mark.parametrize(("synthesize", "example"), SYNTHESES.values(), ids=SYNTHESES)


def wanted(values):
    return torch.tensor(values, requires_grad=True)


# --- torch against finite differences -------------------------------------------------------------


@pytest.mark.parametrize("pad_mode", PAD_MODES)
@analyses
def test_signals(analyze, pad_mode):
    """Signals longer than the padding, and a batch of shorter ones."""
    for shape in ((17,), (2, 5)):
        assert torch.autograd.gradcheck(lambda y: analyze(y, pad_mode=pad_mode), wanted(noise(1, shape)))


@analyses
def test_signals_twice_and_forward(analyze):
    y = wanted(noise(1, (2, 13)))
    assert torch.autograd.gradgradcheck(lambda y: analyze(y, pad_mode="reflect"), y)
    assert torch.autograd.gradcheck(analyze, y, check_forward_ad=True, check_batched_grad=True)


@analyses
def test_windows(analyze):
    y, window = wanted(noise(1, (17,))), wanted(1 + noise(2, (6,)) ** 2)
    assert torch.autograd.gradcheck(lambda y, window: analyze(y, win_length=6, window=window), (y, window))
    assert torch.autograd.gradcheck(lambda window: analyze(y.detach(), win_length=6, window=window), window)


@syntheses
def test_spectrograms(synthesize, example):
    assert torch.autograd.gradcheck(synthesize, wanted(example))


@pytest.mark.parametrize("name", ["istft", "istft, length", "mfcc_to_mel"])
def test_spectrograms_twice_and_forward(name):
    synthesize, example = SYNTHESES[name]
    assert torch.autograd.gradgradcheck(synthesize, wanted(example), fast_mode=True)
    assert torch.autograd.gradcheck(synthesize, wanted(example), check_forward_ad=True)


@pytest.mark.parametrize(("transform", "example"), CONSTANT_Q.values(), ids=CONSTANT_Q)
def test_constant_q(transform, example):
    assert torch.autograd.gradcheck(transform, wanted(example))


@pytest.mark.parametrize("name", ["cqt, reflected", "icqt"])
def test_constant_q_twice_and_forward(name):
    transform, example = CONSTANT_Q[name]
    assert torch.autograd.gradgradcheck(transform, wanted(example), fast_mode=True)
    assert torch.autograd.gradcheck(transform, wanted(example), check_forward_ad=True, check_batched_grad=True)


@pytest.mark.parametrize("name", ["istft", "istft, linear", "griffinlim"])
def test_synthesis_windows(name):
    synthesize, example = SYNTHESES[name]
    assert torch.autograd.gradcheck(lambda window: synthesize(torch.from_numpy(example), window=window), wanted(1 + noise(2, (8,)) ** 2))


def test_decibels():
    S = wanted(abs(noise(0, (2, 3, 4))))
    for options in ({}, {"top_db": 3.0}, {"ref": lambda S, axis, keepdims: S.mean(dim=axis, keepdim=keepdims)}):
        assert torch.autograd.gradcheck(lambda S, options=options: nax.power_to_db(S, **options), S)
        assert torch.autograd.gradcheck(lambda S, options=options: nax.amplitude_to_db(S, **options), S)
    assert torch.autograd.gradcheck(nax.db_to_power, S)
    assert torch.autograd.gradcheck(nax.db_to_amplitude, S)
    ref = wanted(np.array(0.5))
    assert torch.autograd.gradcheck(lambda ref: nax.power_to_db(S.detach(), ref=ref), ref)


def test_the_rest():
    D = wanted(noise(0, (3, 4), "complex128"))
    assert torch.autograd.gradcheck(nax.magphase, D)
    x = wanted(noise(0, (3, 7)))
    for norm in (1, 2, 3.0, np.inf):
        assert torch.autograd.gradcheck(lambda x, norm=norm: nax.util.normalize(x, norm=norm, axis=-1), x)
    assert torch.autograd.gradcheck(lambda x: nax.util.frame(x, frame_length=3, hop_length=2), x)
    for mode in PAD_MODES:
        assert torch.autograd.gradcheck(lambda x, mode=mode: nax.util.pad_center(x, size=20, mode=mode), x)
        assert torch.autograd.gradcheck(lambda x, mode=mode: nax.util.fix_length(x, size=20, mode=mode), x)


def test_float32_gradients_are_as_exact_as_results():
    """Several blocks of frames, backward through the loop that is the adjoint of the forward
    one.
    """
    y, options = noise(0, (2, 60000)), {"n_fft": 512, "hop_length": 100, "pad_mode": "reflect"}
    weights = torch.from_numpy(noise(1, (2, 257, 601)))
    slopes = []
    for dtype in (torch.float32, torch.float64):
        signal = torch.tensor(y, dtype=dtype, requires_grad=True)
        (nax.spectrogram(signal, power=1, **options) * weights.to(dtype)).sum().backward()
        slopes.append(signal.grad.numpy())
    assert_close(slopes[0], slopes[1])


# --- silence --------------------------------------------------------------------------------------


@pytest.mark.parametrize("frozen", [True, False], ids=["loops", "graph"])
@pytest.mark.parametrize("power", [0.5, 1, 1.5, 2, None])
def test_silence_has_the_gradient_zero(power, frozen):
    """|X|**p has none at 0 for p <= 1: zero is taken, on every path."""
    y = torch.zeros(2, 40, dtype=torch.float64, requires_grad=True)
    window = torch.hann_window(8, dtype=torch.float64, requires_grad=not frozen)
    for options in ({}, {"freq_scale": "linear", "freq_bins": 3}):
        if power is None:
            values = nax.power_to_db(nax.spectrogram(y, window=window, **FRAMES, **options))
        else:
            values = nax.spectrogram(y, power=power, window=window, **FRAMES, **options)
        (slope,) = torch.autograd.grad(values.sum(), y)
        assert_close(slope.numpy(), np.zeros((2, 40)))
    for values in (
        nax.hybrid_cqt(y, n_bins=6, **{**OCTAVES, "hop_length": 32}),
        nax.feature.melspectrogram(y=y, power=power or 1, window=window, **MEL, **FRAMES),
        nax.feature.mfcc(y=y, window=window, **MEL, **FRAMES),
    ):
        (slope,) = torch.autograd.grad(values.sum(), y)
        assert_close(slope.numpy(), np.zeros((2, 40)))


def test_silent_spectrograms_have_finite_gradients():
    S = torch.zeros(2, 5, 4, dtype=torch.float64, requires_grad=True)
    (slope,) = torch.autograd.grad(nax.griffinlim(S, hop_length=3, n_iter=3, rng=0).sum(), S)
    assert torch.isfinite(slope).all()
    D = torch.zeros(2, 5, 4, dtype=torch.complex128, requires_grad=True)
    for power in (0.5, 1, 2):
        (slope,) = torch.autograd.grad(nax.magphase(D, power=power)[0].sum(), D)
        assert_close(slope.numpy(), np.zeros((2, 5, 4), complex))


@pytest.mark.parametrize("n_iter", [1, 4])
@pytest.mark.parametrize("sound", ["constant", "fading", "silent"])
def test_phases_of_what_vanishes_have_finite_gradients(sound, n_iter):
    """Frames and bands of a spectrogram that are silent, or down to the smallest numbers."""
    n = torch.arange(4096)
    y = {"constant": torch.ones(4096), "fading": torch.from_numpy(noise(0, (4096,), "float32")) * torch.exp(-n / 20), "silent": 0.0 * n}[
        sound
    ]
    S = nax.spectrogram(y, n_fft=512, power=1).requires_grad_()
    C = abs(nax.cqt(y, n_bins=12, fmin=400, hop_length=256)).requires_grad_()
    D = nax.stft(y, n_fft=512).requires_grad_()
    for given, values in (
        (S, nax.griffinlim(S, n_iter=n_iter, rng=0)),
        (C, nax.griffinlim_cqt(C, fmin=400, hop_length=256, n_iter=n_iter, rng=0)),
        (D, torch.view_as_real(nax.magphase(D)[1])),
    ):
        (slope,) = torch.autograd.grad(values.square().mean(), given)
        assert torch.isfinite(slope).all()


FORMATS = [
    (name, trained, output)
    for name, layer in LAYERS.items()
    if name != "Chroma"  # which brings frames to unit norm: single precision's powers vanish, and their slopes are 0
    for trained in ((False, True) if layer.trained else (False,))
    for output in (OUTPUT_FORMATS if name in ("STFT", "NSGT", *WAVELET_LAYERS, *CONSTANT_Q_LAYERS) and name != "iCQT" else (None,))
]


@pytest.mark.parametrize(("name", "trained", "output"), FORMATS)
def test_layers_of_faint_sounds(name, trained, output):
    """Gradients by input and kernels are finite; those by the input in float32 are near those in
    float64.
    """
    layer = getattr(layers, name)(**LAYERS[name].arguments, **(LAYERS[name].trained if trained else {}))
    kernels = [kernel for kernel in layer.parameters() if kernel.requires_grad]
    x = layer_example(name, (1, 200), "float64")
    for amplitude in (1e-10, 1e-20, 1e-30, 1e-38, 1e-42, 0.0):
        slopes = []
        for dtype in (torch.float32, torch.float64):
            given = torch.tensor(amplitude * x, dtype=dtype, requires_grad=True)
            found = layer(given, *([output] if output else []))
            parts = found if isinstance(found, tuple) else (found,)
            total = sum((part * torch.from_numpy(noise(k, part.shape)).to(dtype)).sum() for k, part in enumerate(parts))
            slope, *others = torch.autograd.grad(total, (given, *kernels))
            assert all(torch.isfinite(values).all() for values in (slope, *others))
            slopes.append(slope.numpy())
        if amplitude >= 1e-30:
            assert_close(*slopes, rtol=1e-2)


# --- JAX ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("power", [0.5, 1, 2])
def test_jax_at_silence(power):
    jax = pytest.importorskip("jax", reason="jax is not installed")
    with Backend.JAX.configured():
        slope = jax.grad(lambda y: nax.spectrogram(y, power=power, **FRAMES).sum())(Backend.JAX.from_numpy(np.zeros(40)))
        assert_close(to_numpy(slope), np.zeros(40))


# --- torch's other ways ---------------------------------------------------------------------------


@analyses
def test_function_transforms(analyze):
    y, tangent = torch.from_numpy(noise(0, (3, 17))), torch.from_numpy(noise(1, (3, 17)))
    together = analyze(y)
    primal, slope = torch.func.jvp(analyze, (y,), (tangent,))
    assert_close(primal.numpy(), together.numpy(), rtol=1e-10)
    step = 1e-6
    expected = (analyze(y + step * tangent) - analyze(y - step * tangent)) / (2 * step)
    assert_close(slope.numpy(), expected.numpy(), rtol=1e-6)
    size = lambda y: analyze(y).abs().sum()  # noqa: E731
    slopes = torch.func.vmap(torch.func.grad(size))(y)
    for clip, expected in zip(y, slopes, strict=True):
        alone = clip.clone().requires_grad_()
        size(alone).backward()
        assert_close(expected.numpy(), alone.grad.numpy(), rtol=1e-10)


@pytest.mark.parametrize("hop_length", [1, 3, 16, 40])
@pytest.mark.parametrize("blocks", ["one", "many"])
def test_trained_kernels_in_single_precision(hop_length, blocks, monkeypatch):
    """First and second derivatives of products with kernels, by the samples and by the kernels,
    like those in double precision.
    """
    from nnaudio_xp.backends.torch import products

    monkeypatch.setattr(products, "_FRAMED", {"one": products._FRAMED, "many": 100}[blocks])

    def slopes(dtype):
        x, kernels = (torch.from_numpy(values).to(dtype).requires_grad_() for values in (noise(0, (2, 3, 90)), noise(1, (5, 16))))
        values = ops.correlate(x, kernels, Framing(16, hop_length, True, "reflect"), xp=Backend.TORCH_FLOAT32.xp)
        first = torch.autograd.grad(values.sin().sum(), (x, kernels), retain_graph=True)
        again = torch.autograd.grad(values.sin().sum(), (x, kernels), create_graph=True)
        second = torch.autograd.grad(sum(slope.square().sum() for slope in again), (x, kernels))
        return [values.detach(), *first, *(slope.detach() for slope in again), *second]

    for single, double in zip(slopes(torch.float32), slopes(torch.float64), strict=True):
        assert_close(single.numpy(), double.numpy(), rtol=1e-5)


def same_when_compiled(function, **options):
    torch.compiler.reset()
    y = torch.from_numpy(noise(0, (2, 40), "float32"))
    here, there = y.clone().requires_grad_(), y.clone().requires_grad_()
    expected = function(here)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dynamo's, about graph breaks and other libraries' caches
        compiled = torch.compile(function, backend="aot_eager", **options)
        assert_close(compiled(y).numpy(), expected.detach().numpy(), rtol=1e-5)
        compiled(there).abs().sum().backward()
    expected.abs().sum().backward()
    assert_close(there.grad.numpy(), here.grad.numpy(), rtol=1e-4)


def test_compiled():
    same_when_compiled(ANALYSES["mfcc"])


def test_compiled_constant_q():
    """librosa's octaves have different numbers of bins, whose making the compiler traces."""
    same_when_compiled(lambda y: nax.cqt(y, sr=8000, fmin=440.0, n_bins=14, hop_length=16))


@pytest.mark.parametrize("amplitude", [1, 1e-25, 1e-36])
def test_compiled_magnitudes_and_angles_of_faint_numbers(amplitude):
    """A graph takes no complex numbers, and squares of the parts vanish."""
    xp = Backend.TORCH_FLOAT32.xp

    def both(y):
        re, im = amplitude * y[:, ::2], amplitude * y[:, 1::2]
        return torch.cat([ops.magnitude(re, im, xp=xp) / amplitude, ops.angle(re, im, xp=xp)])

    same_when_compiled(both)


@pytest.mark.parametrize("name", ["stft", "stft, odd", "power", "magnitude", "between"])
def test_compiled_as_one_graph(name):
    """Where no kernel has to be made on the way: with the window given as samples. (Layers hold
    theirs.)
    """
    window = torch.hann_window(7 if name == "stft, odd" else 8)
    same_when_compiled(lambda y: ANALYSES[name](y, window=window), fullgraph=True)
