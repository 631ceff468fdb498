"""nnAudio 0.3.4 and nnAudio2 as installed, and what stands in for them: class by class, how far
results agree, or why they do not.
"""

import contextlib
import importlib
import inspect
import io
import math
import operator
import re
import warnings
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from catalogue import COMBINED_LAYERS, CONSTANT_Q_LAYERS
from examples import noise
from libraries import Backend, wanted

torch = pytest.importorskip("torch", reason="torch is not installed")
features = importlib.import_module("nnaudio_xp.backends.torch")

pytestmark = pytest.mark.skipif(Backend.TORCH_FLOAT32 not in wanted(), reason="nnAudio is compared in its own precision, on the CPU")

ROUNDING = 3e-6
"""Relative distance of results in single precision, each a sum of thousands of products."""
FLOOR = "nnAudio adds 1e-8 under the square root of what is trained"
NORM = "nnAudio ignores MFCC's norm: it always takes 'ortho'"
INVERSE = "nnAudio's inverse of another frequency scale is none"
HALF_SPECTRA = "nnAudio's spectral kernels leave out what lies at negative frequencies"
CONJUGATE = "the sign of the imaginary part: nnAudio's is that of the conjugate"
OCTAVES = "nnAudio's half-band filters, and their half sample of delay from octave to octave"
EARLY = "nnAudio lowers the rate early and loses a factor of the root of two"
GAMMAS = "with gamma=0 alone nnAudio2's VQT is its CQT1992v2; with another, nnAudio's octaves"
CENTRES = "nnAudio leaves out the first row, and a frequency or period that lies on the centre of a row"
IGNORED = "nnAudio ignores a Gammatonegram's htk and norm"
OCTAVE_OFF = "nnAudio lowers the rate early and takes atoms that are an octave too high"


@dataclass(frozen=True)
class Row:
    """One set of arguments: what a call is given besides the input, how far apart results are,
    relative to nnAudio's, and whose.

    Without a reason that is a bound. With one it is what was measured, which must be seen again
    within a factor of two.
    """

    name: str
    arguments: dict[str, Any] = field(default_factory=dict)
    call: dict[str, Any] = field(default_factory=dict)
    apart: float = ROUNDING
    reason: str = ""
    packages: tuple[str, ...] = ("nnAudio", "nnAudio2")


def rows(name: str, *settings: dict[str, Any], **limits: Any) -> list[Row]:
    return [Row(name, arguments, **limits) for arguments in settings]


FOURIER = {"n_fft": 512, "hop_length": 128}
SCALE = {"sr": 8000, "freq_bins": 84, "fmin": 60, "fmax": 3800}
FULL = {**FOURIER, "sr": 8000, "fmin": 20, "fmax": 4000}
WHOLE = {"onesided": True, "length": 8000}
MEL = {"sr": 8000, "n_fft": 512, "hop_length": 128, "n_mels": 24}
EAR = {"sr": 8000, "n_fft": 512, "hop_length": 128, "n_bins": 24}
COMBINED = {"fs": 44100, "fr": 4, "hop_length": 512, "fc": 55, "tc": 1 / 2000, "g": [0.24, 0.6, 1, 0.5]}
ORIGINAL, SUCCESSOR = ("nnAudio",), ("nnAudio2",)
LONG = {"sr": 8000, "hop_length": 64, "fmin": 110.0, "n_bins": 48}
PHASES = {"call": {"output_format": "Phase"}, "apart": 1e-4}  # of next to nothing they are anything
FORMATS = [{"output_format": kind} for kind in ("Complex", "Magnitude")]
TYPES = [{"normalization_type": kind} for kind in ("librosa", "convolutional", "wrap")]

TABLE = [
    *rows("STFT", {}, FOURIER, {**FOURIER, "freq_bins": 100}, {**FOURIER, "center": False}, {**FOURIER, "pad_mode": "constant"}),
    *rows("STFT", *({**FOURIER, "window": window} for window in ("hamming", "boxcar", ("kaiser", 5.0)))),
    *rows("STFT", {"n_fft": 512, "win_length": 400}, {"n_fft": 511, "hop_length": 100}),
    *rows("STFT", *({**FOURIER, **SCALE, "freq_scale": scale} for scale in ("linear", "log", "log2")), apart=3e-5),
    *rows("STFT", {**FOURIER, "trainable": True}, {**FOURIER, **SCALE, "freq_scale": "log", "trainable": True}, apart=3e-5),
    *rows("STFT", {**FOURIER, "output_format": "Magnitude"}, {"n_fft": 2048, "output_format": "Magnitude"}),
    *rows("STFT", {**FOURIER, "output_format": "Magnitude", "trainable": True}, apart=3e-5),
    *(Row("STFT", FOURIER, call) for call in FORMATS),
    Row("STFT", FOURIER, **PHASES),
    *rows(
        "iSTFT",
        {},
        FOURIER,
        {**FOURIER, "window": "hamming"},
        {**FOURIER, "trainable_kernels": True},
        call=WHOLE,
    ),
    *rows("iSTFT", {**FOURIER, "trainable_window": True}, {"n_fft": 1024}, call={"onesided": True}),
    *rows("MelSpectrogram", {}, MEL, {**MEL, "htk": True}, {**MEL, "norm": None}, {**MEL, "norm": math.inf}),
    *rows("MelSpectrogram", *({**MEL, "power": power} for power in (0.5, 1.0, 3.0)), {**MEL, "win_length": 400, "window": "hamming"}),
    *rows("MelSpectrogram", {**MEL, "fmin": 100.0, "fmax": 3000.0}, {**MEL, "center": False}, {**MEL, "pad_mode": "constant"}),
    *rows("MelSpectrogram", {**MEL, "trainable_mel": True}, {**MEL, "trainable_STFT": True}, apart=3e-5),
    *rows("MFCC", {}, MEL, {**MEL, "n_mfcc": 8}, {**MEL, "ref": 5.0, "top_db": 30.0}, {**MEL, "top_db": None, "amin": 1e-3}),
    *rows("MFCC", {**MEL, "trainable_mel": True, "trainable_STFT": True}, apart=3e-5),
    *rows("Gammatonegram", {}, EAR, {**EAR, "fmin": 100.0, "fmax": 3000.0}, {**EAR, "center": False}, {**EAR, "pad_mode": "constant"}),
    *rows("Gammatonegram", *({**EAR, "power": power} for power in (0.5, 1.0, 3.0)), {**EAR, "win_length": 400, "window": "hamming"}),
    *rows("Gammatonegram", {**EAR, "trainable_bins": True}, {**EAR, "trainable_STFT": True}, apart=3e-5),
    *(Row(name, LONG, call) for name in ("CQT", "CQT1992v2") for call in [*FORMATS, *TYPES]),
    *(Row(name, LONG, **PHASES) for name in ("CQT", "CQT1992v2")),
    *rows("CQT1992v2", *({**LONG, **changed} for changed in ({"norm": 2}, {"norm": 0}, {"window": "hamming"}, {"center": False}))),
    *rows(
        "CQT1992v2",
        {**LONG, "bins_per_octave": 24},
        {**LONG, "filter_scale": 0.5},
        {**LONG, "fmax": 1500.0},
        {**LONG, "pad_mode": "constant"},
    ),
    *rows("CQT", {**LONG, "trainable": True}, {"sr": 44100}, {"hop_length": 441}),
    *(Row("CQT1992", LONG, call, 7e-5, HALF_SPECTRA) for call in FORMATS),
    Row("CQT1992", LONG, {"output_format": "Phase"}, 1.4, CONJUGATE),
    *rows("CQT2010v2", {**LONG, "pad_mode": "constant"}, apart=0.005, reason=OCTAVES),
    *rows("CQT2010", {**LONG, "pad_mode": "constant"}, apart=0.005, reason=OCTAVES),
    *rows("VQT", {**LONG, "pad_mode": "constant"}, apart=0.005, reason=OCTAVES, packages=ORIGINAL),
    *rows("VQT", LONG, {**LONG, "pad_mode": "constant"}, {"sr": 44100}, packages=SUCCESSOR),
    *rows("VQT", {**LONG, "gamma": 10, "pad_mode": "constant"}, apart=0.013, reason=GAMMAS),
    *rows("CQT2010", LONG, call={"output_format": "Complex"}, apart=1.4, reason=CONJUGATE),
    *rows("CQT2010v2", {"sr": 44100}, apart=0.3, reason=EARLY),
    *rows("CQT2010", {"sr": 44100}, apart=0.4, reason=EARLY),
    *rows("VQT", {"sr": 44100}, apart=0.7, reason=OCTAVE_OFF, packages=ORIGINAL),
    *rows("VQT", {"sr": 44100, "gamma": 10}, apart=0.7, reason=OCTAVE_OFF),
    *rows("Gammatonegram", {**EAR, "htk": True}, apart=0.3, reason=IGNORED),
    *rows("Gammatonegram", {**EAR, "norm": "slaney"}, apart=1.3, reason=IGNORED),
    *rows("Gammatonegram", {**EAR, "norm": None}, apart=511.0, reason=IGNORED),
    *rows("CFP", {}, apart=0.3, reason=CENTRES),
    *rows("Combined_Frequency_Periodicity", {}, apart=0.03, reason=CENTRES),
    *(row for name in COMBINED_LAYERS for row in rows(name, COMBINED, apart=0.025, reason=CENTRES)),
    *rows("MFCC", {**MEL, "norm": None}, apart=5.0, reason=NORM),
    *rows(
        "STFT", {"n_fft": 64, "sr": 8000, "output_format": "Magnitude", "trainable": True}, call={"silent": True}, apart=1.0, reason=FLOOR
    ),
    *rows("iSTFT", {**FULL, "freq_scale": "log"}, call=WHOLE, apart=1.3, reason=INVERSE, packages=ORIGINAL),
    *rows("iSTFT", {**FULL, "freq_scale": "linear"}, call=WHOLE, apart=3.3, reason=INVERSE, packages=ORIGINAL),
]
AGREE, DIFFER = (
    [
        pytest.param(package, row, id=f"{package}-{row.name}-{row.arguments}-{row.call}")
        for row in TABLE
        for package in row.packages
        if bool(row.reason) == differ
    ]
    for differ in (False, True)
)


def installed(package: str) -> Any:
    """nnAudio's classes; they warn as they are imported, and print."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        return pytest.importorskip(f"{package}.features", reason=f"{package} is not installed")


def made(library: Any, row: Row) -> Any:
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        return getattr(library, row.name)(**row.arguments)


@pytest.fixture(autouse=True)
def older_scipy(monkeypatch):
    """The one name that nnAudio looks for where SciPy no longer has it."""
    signal = importlib.import_module("scipy.signal")
    monkeypatch.setattr(signal, "blackmanharris", signal.windows.blackmanharris, raising=False)


@pytest.fixture
def original():
    return installed("nnAudio")


def distance(actual: Any, expected: Any) -> float:
    actual, expected = (values.detach().numpy().astype("float64") for values in (actual, expected))
    assert actual.shape == expected.shape
    return float(np.linalg.norm(actual - expected) / np.linalg.norm(expected))


def waveforms(length: int = 20000) -> Any:
    return torch.from_numpy(noise(0, (2, length), "float32"))


def example(row: Row) -> tuple[Any, dict[str, Any]]:
    """What both are given: waveforms, or the spectra of some, and the rest of the call."""
    call = dict(row.call)
    if call.pop("silent", False):
        return torch.zeros(2, 1000), call
    if row.name != "iSTFT":
        return waveforms(40000 if row.arguments in ({}, {"sr": 44100}) else 20000), call
    spectrum = {name: value for name, value in row.arguments.items() if not name.startswith("trainable")}
    return features.STFT(**spectrum)(waveforms(8000)), call


def results(original: Any, row: Row) -> tuple[Any, Any]:
    x, call = example(row)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # nnAudio's
        found = [made(library, row)(x, **call) for library in (features, original)]
    ours, theirs = (torch.stack(spectrograms) if isinstance(spectrograms, tuple) else spectrograms for spectrograms in found)
    return ours, theirs


@pytest.mark.parametrize(("package", "row"), AGREE)
def test_agreement(package, row):
    ours, theirs = results(installed(package), row)
    if row.call.get("output_format") == "Phase" and row.name == "STFT":
        ours, theirs = (torch.stack([torch.cos(values), torch.sin(values)], dim=-1) for values in (ours, theirs))
    assert distance(ours, theirs) < row.apart


@pytest.mark.parametrize(("package", "row"), DIFFER)
def test_difference(package, row):
    ours, theirs = results(installed(package), row)
    assert row.apart / 2 < distance(ours, theirs) < row.apart * 2


def test_every_class_has_rows(original):
    """Of each package; Griffin_Lim, and the iCQT that only nnAudio2 has, have tests of their own
    below.
    """
    for package, apart in (("nnAudio", {"Griffin_Lim"}), ("nnAudio2", {"Griffin_Lim", "iCQT"})):
        rows = {row.name for row in TABLE if package in row.packages}
        assert rows == modules(installed(package)) - apart


def modules(library: Any) -> set[str]:
    """The transforms that a package's users build."""
    return {name for name, value in vars(library).items() if is_module(value)} - {"STFTBase"}


def is_module(value: Any) -> bool:
    return inspect.isclass(value) and issubclass(value, torch.nn.Module)


def test_inverse_constant_q_comes_nearer():
    """Than nnAudio2's, which solves for another transform, that of a signal inside the band."""
    time = torch.arange(8000) / 8000
    y = torch.hann_window(8000) * sum(torch.sin(2 * math.pi * hertz * time) for hertz in (220, 700, 1300)).unsqueeze(0)
    spectrograms = features.CQT(**LONG)(y, output_format="Complex")
    ours, theirs = (made(library, Row("iCQT", LONG))(spectrograms, length=8000) for library in (features, installed("nnAudio2")))
    assert distance(ours, y) < 1e-3
    assert 0.03 < distance(theirs, y) < 0.1


def test_inverse_of_another_scale_is_one_here(original):
    """Where bins cover the band, `INVERSE` is nnAudio's error alone; nnAudio2 refuses."""
    row = Row("iSTFT", {**FULL, "freq_scale": "linear", "fmin": 0}, WHOLE)
    ours, theirs = results(original, row)
    assert distance(ours, waveforms(8000)) < 1e-4
    assert distance(theirs, waveforms(8000)) > 0.5
    with pytest.raises(RuntimeError, match="only supported for freq_scale='no'"):
        results(installed("nnAudio2"), row)


def test_griffin_lim_runs_again(original):
    """nnAudio's fails with every PyTorch since 2.0."""
    magnitudes = features.STFT(**FOURIER, output_format="Magnitude")(waveforms(8000))
    with pytest.raises(RuntimeError):
        original.Griffin_Lim(512)(magnitudes)
    again = features.Griffin_Lim(512, rng=0)(magnitudes)
    assert again.shape == (2, 128 * (magnitudes.shape[-1] - 1))
    assert distance(features.STFT(**FOURIER, output_format="Magnitude")(again), magnitudes) < 0.3


# --- what a class looks like ----------------------------------------------------------------------

SMALL = {
    "STFT": {"n_fft": 64, "freq_bins": 33, "iSTFT": True},
    "iSTFT": {"n_fft": 64},
    "Griffin_Lim": {"n_fft": 64},
    **dict.fromkeys(("MelSpectrogram", "MFCC"), {"sr": 8000, "n_fft": 64, "n_mels": 5}),
    "Gammatonegram": {"sr": 8000, "n_fft": 64, "n_bins": 5},
    **dict.fromkeys(CONSTANT_Q_LAYERS, LONG),
}
ELSEWHERE = {
    "basis": "kernels in another form: cqt_kernels_real, cqt_kernels_imag",
    "bins2freq": "frequencies of the FFT below a constant-Q: here those of its bins",
    "cqt_kernels_real": "at the signal's own rate, not of spectra or of one octave",
    "cqt_kernels_imag": "at the signal's own rate, not of spectra or of one octave",
    "wsin": "there is no Fourier transform below",
    "wcos": "there is no Fourier transform below",
    "lowpass_filter": "there are no octaves",
    "early_downsample_filter": "there are no octaves",
    "earlydownsample": "as given: it changes no number",
    "padding": "a module that pads",
    **{f"cqt_kernels_{part}_{octave}": "kernels of an octave" for part in ("real", "imag") for octave in range(4)},
}
"""Attributes of nnAudio's constant-Q classes that are missing here or say something else, and why.
"""


def parameters(layer: Any) -> list[tuple[str, Any]]:
    """Positional arguments and their defaults."""
    found = inspect.signature(layer).parameters.values()
    return [(p.name, p.default) for p in found if p.kind is p.POSITIONAL_OR_KEYWORD]


@pytest.mark.parametrize("package", ["nnAudio", "nnAudio2"])
@pytest.mark.parametrize("name", SMALL)
def test_arguments_their_order_and_defaults(package, name):
    theirs = parameters(getattr(installed(package), name))
    assert parameters(getattr(features, name))[: len(theirs)] == theirs


def is_same(ours: Any, theirs: Any) -> bool:
    if ours is None or isinstance(theirs, torch.nn.Module):
        return type(ours).__name__ == type(theirs).__name__
    if isinstance(theirs, (list, np.ndarray, torch.Tensor)):
        return np.shape(ours) == np.shape(theirs) and bool(np.allclose(np.asarray(ours), np.asarray(theirs), rtol=1e-5, atol=1e-6))
    return bool(ours == theirs)


@pytest.mark.parametrize("name", SMALL)
def test_attributes(original, name):
    row = Row(name, SMALL[name])
    ours, theirs = made(features, row), made(original, row)
    names = {*vars(theirs), *dict(theirs.named_buffers(recurse=False)), *dict(theirs.named_children())} - {"training"}
    public = {attribute for attribute in names if not attribute.startswith("_")}
    differ = {attribute for attribute in public if not is_same(getattr(ours, attribute, None), getattr(theirs, attribute))}
    assert differ <= (set(ELSEWHERE) if "Q" in name else set())


@pytest.mark.parametrize("name", SMALL)
def test_state_dicts(original, name):
    """Every key of nnAudio's is taken; what a frozen layer stores is nothing."""
    row = Row(name, SMALL[name])
    ours, theirs = made(features, row), made(original, row)
    assert str(ours.load_state_dict(theirs.state_dict())) == "<All keys matched successfully>"
    assert not ours.state_dict()


def test_helpers_are_in_the_table_of_the_documentation():
    """All that can be imported besides classes is named there, and what is told instead exists."""
    page = Path(__file__).parents[1] / "docs" / "from-nnaudio.md"
    if not page.exists():
        pytest.skip("the documentation is not here")
    table = page.read_text(encoding="utf-8").partition("## Helpers")[2]
    rows = [line.split("|")[1:3] for line in table.splitlines() if line.startswith("| `")]
    listed = {name for helpers, _ in rows for name in re.findall(r"`(\w+)`", helpers)}
    for package in ("nnAudio", "nnAudio2"):
        installed(package)
        parts = [importlib.import_module(f"{package}.{part}") for part in ("features", "utils", "librosa_functions")]
        helpers = {name for part in parts for name, value in vars(part).items() if getattr(value, "__module__", "").startswith(package)}
        assert {name for name in helpers if not is_module(getattr(parts[0], name))} == listed
    for name in {name for _, here in rows for name in re.findall(r"`nax\.([\w.]+)", here)}:
        operator.attrgetter(name)(features)


# --- the way nnAudio is used ----------------------------------------------------------------------


class Network(torch.nn.Module):
    """A spectrogram with a log-frequency scale in front of two convolutions and a linear layer."""

    def __init__(self, library: Any, n_bins: int = 48) -> None:
        super().__init__()
        with contextlib.redirect_stdout(io.StringIO()):
            self.spectrogram = library.STFT(
                sr=8000, n_fft=256, freq_bins=n_bins, fmin=50, fmax=3500, freq_scale="log", pad_mode="constant",
                output_format="Magnitude", trainable=True,
            )  # fmt: skip
        self.along_frequency = torch.nn.Conv2d(1, 4, (16, 1), (4, 1))
        self.along_time = torch.nn.Conv2d(4, 8, (1, 5))
        self.head = torch.nn.LazyLinear(3)

    def forward(self, x: Any) -> Any:
        z = torch.log(self.spectrogram(x) + 1e-6).unsqueeze(1)
        z = self.along_time(self.along_frequency(z).relu()).relu()
        return self.head(z.flatten(1)).sigmoid()


def test_a_network_with_another_import(original):
    """The same outputs from the same checkpoint, the same gradients, and a step that lowers the
    loss.
    """
    torch.manual_seed(0)
    x, labels = waveforms(2000), torch.tensor([[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]])
    theirs, ours = Network(original), Network(features)
    theirs(x), ours(x)
    ours.load_state_dict(theirs.state_dict())
    losses = []
    for network in (theirs, ours):
        losses.append(torch.nn.functional.binary_cross_entropy(network(x), labels))
        losses[-1].backward()
    assert losses[1].item() == pytest.approx(losses[0].item(), rel=1e-5)
    for (name, mine), other in zip(ours.named_parameters(), theirs.parameters(), strict=True):
        assert distance(mine.grad, other.grad) < 1e-2, name
    torch.optim.SGD(ours.parameters(), lr=1e-3).step()
    assert torch.nn.functional.binary_cross_entropy(ours(x), labels) < losses[1]
