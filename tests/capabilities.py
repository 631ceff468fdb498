"""What runs where: data that the tests go through and the documentation prints, so that neither can say what the other does not.

An empty string claims that it works; anything else is the reason why it does not. Every entry runs on NumPy, PyTorch, CuPy, JAX and
array-api-strict: the tests of each transform see to that.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import nnaudio_xp as nax

YES = ""
BUILDS = "constants are built with NumPy on the way, which breaks the graph; compile the layer"
SEEDED = "starts from random phases that are drawn on the host"

FUNCTION_COLUMNS = ("gradient", "jit", "compile", "vmap", "float16")
LAYER_COLUMNS = ("gradient", "compile", "export", "onnx", "float16", "autocast", "copies", "workers", "processes")


@dataclass(frozen=True)
class Entry:
    """One transform: how to call it on a waveform, and what can be done with it."""

    name: str
    call: Callable[[Any], Any]
    able: dict[str, str]


def _entry(name: str, call: Callable[[Any], Any], **limits: str) -> Entry:
    return Entry(name, call, {column: {"compile": BUILDS, **limits}.get(column, YES) for column in FUNCTION_COLUMNS})


OCTAVES = {"sr": 8000, "hop_length": 64, "fmin": 200}


def _rebuilt(y: Any, **scale: Any) -> Any:
    return nax.istft(nax.stft(y, n_fft=64, **scale), n_fft=64, length=y.shape[-1], **scale)


FUNCTIONS = [
    _entry("stft", lambda y: nax.stft(y, n_fft=64)),
    _entry("istft", _rebuilt),
    _entry("istft(freq_scale='log')", lambda y: _rebuilt(y, freq_scale="log")),
    _entry("spectrogram", lambda y: nax.spectrogram(y, n_fft=64)),
    _entry("spectrogram(freq_scale='log')", lambda y: nax.spectrogram(y, n_fft=64, freq_scale="log", freq_bins=20)),
    _entry("griffinlim", lambda y: nax.griffinlim(nax.spectrogram(y, power=1, n_fft=64), n_iter=2, rng=0), vmap=SEEDED),
    _entry("cqt", lambda y: nax.cqt(y, n_bins=24, **OCTAVES)),
    _entry("cqt(method='exact')", lambda y: nax.cqt(y, n_bins=24, method="exact", **OCTAVES)),
    _entry("vqt", lambda y: nax.vqt(y, n_bins=24, **OCTAVES)),
    _entry("hybrid_cqt", lambda y: nax.hybrid_cqt(y, n_bins=24, **{**OCTAVES, "hop_length": 256})),
    _entry("pseudo_cqt", lambda y: nax.pseudo_cqt(y, n_bins=24, **OCTAVES)),
    _entry("icqt", lambda y: nax.icqt(nax.cqt(y, n_bins=24, **OCTAVES), **OCTAVES)),
    _entry("ivqt", lambda y: nax.ivqt(nax.vqt(y, n_bins=24, method="exact", **OCTAVES), n_iter=2, **OCTAVES)),
    _entry(
        "griffinlim_cqt",
        lambda y: nax.griffinlim_cqt(nax.pseudo_cqt(y, n_bins=24, **OCTAVES), n_iter=2, rng=0, **OCTAVES),
        vmap=SEEDED,
    ),
    _entry(
        "cfp",
        lambda y: nax.cfp(y, sr=640, fr=10, hop_length=20, win_length=50, fc=40, tc=1 / 200, g=(0.24, 1, 1), bins_per_octave=6),
        compile=YES,
    ),
    _entry("nsgt", lambda y: nax.nsgt(y, sr=8000, fmin=200)),
    _entry("insgt", lambda y: nax.insgt(nax.nsgt(y, sr=8000, fmin=200), sr=8000, fmin=200, length=y.shape[-1])),
    _entry("gammatone", lambda y: nax.gammatone(y, n_fft=64, hop_length=32, n_bins=4)),
    _entry("gammatone_filterbank", lambda y: nax.gammatone_filterbank(y, sr=8000, n_bins=4, fmin=300)),
    _entry("power_to_db", lambda y: nax.power_to_db(y * y), compile=YES),
    _entry("feature.melspectrogram", lambda y: nax.feature.melspectrogram(y=y, n_fft=64, hop_length=32, n_mels=4)),
    _entry("feature.mfcc", lambda y: nax.feature.mfcc(y=y, n_fft=64, hop_length=32, n_mels=4)),
    _entry(
        "feature.inverse.mel_to_stft",
        lambda y: nax.feature.inverse.mel_to_stft(nax.feature.melspectrogram(y=y, n_fft=64, hop_length=32, n_mels=4), n_fft=64),
    ),
]

CONSTANT_Q = {"sr": 8000, "hop_length": 40, "fmin": 800.0, "n_bins": 9, "bins_per_octave": 6}
COMBINED = {"fr": 10, "fs": 640, "hop_length": 20, "window_size": 50, "fc": 40, "tc": 1 / 200, "NumPerOct": 6}
LAYERS = {
    "STFT": {"n_fft": 64, "output_format": "Magnitude"},
    "iSTFT": {"n_fft": 64},
    "Griffin_Lim": {"n_fft": 64, "n_iter": 2, "init": None},
    "MelSpectrogram": {"sr": 8000, "n_fft": 64, "hop_length": 32, "n_mels": 4},
    "Gammatonegram": {"sr": 8000, "n_fft": 64, "hop_length": 32, "n_bins": 4},
    "MFCC": {"sr": 8000, "n_fft": 64, "hop_length": 32, "n_mels": 4, "n_mfcc": 3},
    "CFP": COMBINED,
    "Combined_Frequency_Periodicity": COMBINED,
    "NSGT": {"sr": 8000, "fmin": 200},
    **dict.fromkeys(("CQT", "CQT1992", "CQT1992v2", "CQT2010", "CQT2010v2", "VQT", "iCQT"), CONSTANT_Q),
}
TRAINED: dict[str, dict[str, bool]] = {
    **dict.fromkeys(LAYERS, {}),
    "STFT": {"trainable": True},
    "iSTFT": {"trainable_kernels": True, "trainable_window": True},
    **dict.fromkeys(("MelSpectrogram", "MFCC"), {"trainable_mel": True, "trainable_STFT": True}),
    "Gammatonegram": {"trainable_bins": True, "trainable_STFT": True},
    **dict.fromkeys(("CQT", "CQT1992v2", "CQT2010v2", "VQT"), {"trainable": True}),
    **dict.fromkeys(("CQT1992", "CQT2010"), {"trainable_CQT": True}),
}
"""What trains all kernels of a layer, if it has any."""
LAYER_LIMITS: dict[str, dict[str, str]] = {name: dict.fromkeys(LAYER_COLUMNS, YES) for name in LAYERS}
LAYER_LIMITS["NSGT"] |= dict.fromkeys(("export", "onnx"), "yes with `slice_length`; otherwise tables are of the length of one export")
