"""Every public function and every layer with small typical arguments, and what can be done with
each.

This is data: the tests go through it and the documentation prints it, so that neither can say what
the other does not. In `able`, an empty string claims that something works; anything else is the
reason why it does not. Every row runs on NumPy, PyTorch, CuPy, JAX and array-api-strict, but for
those of `ON_HOST`.
"""

import functools
import inspect
from collections.abc import Callable, Iterator
from dataclasses import KW_ONLY, dataclass, field
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
from examples import noise

import nnaudio_xp as nax

YES = ""
PIANO = str(Path(__file__).parent / "data" / "piano.flac")


def public_functions(module: ModuleType = nax, prefix: str = "") -> Iterator[str]:
    """Dotted names of all functions of the package and of its public modules, but for the backends,
    which bind these functions.
    """
    for name in module.__all__:
        value = getattr(module, name)
        if isinstance(value, ModuleType) and name != "backends":
            yield from public_functions(value, f"{prefix}{name}.")
        elif inspect.isfunction(value):
            yield prefix + name


def find(root: Any, dotted: str) -> Any:
    """What a dotted name means below a module."""
    return functools.reduce(getattr, dotted.split("."), root)


# --- functions ------------------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Function:
    """A public function, by its dotted name, and typical arguments; `variant` tells the rows of one
    function apart.

    `part` is the number of the result that is looked at, of a function that returns several.
    """

    name: str
    options: dict[str, Any] = field(default_factory=dict)
    variant: str = ""
    _: KW_ONLY
    part: int | None = None

    def __str__(self) -> str:
        return f"{self.name}, {self.variant}" if self.variant else self.name

    @cached_property
    def call(self) -> Callable[..., Any]:
        """The function with these arguments, given the others."""
        function, options, part = find(nax, self.name), self.options, self.part

        def call(*args: Any, **kwargs: Any) -> Any:
            result = function(*args, **kwargs, **options)
            return result if part is None else result[part]

        return call


# --- functions of signals, spectra and features ---------------------------------------------------

COLUMNS = ("gradient", "jit", "compile", "vmap", "float16")

BY_CLIPS = "clips are taken one after the other: a graph for each number of them"
BY_LENGTH = "padded to a length of which FFTs are fast: a graph for each length, but with `slice_length`"
BY_FFT = "padded to a length of which FFTs are fast: a graph for each length"
BY_SEGMENTS = "segments are constants: a graph for each number of frames"
BY_RATE = "where samples lie is a constant: a graph for each length"
BY_CHANNELS = "signals are mixed: a graph for each number of them"
JOINT = "all clips together have one result"
PHASES_KEPT = "only phases are kept of the largest numbers"
ON_GRID = "what lies on a grid is looked up on the host, which torch does not compile"
BY_RATES = "frames lie at the rates of bands, as constants: a graph for each length"
BY_SHAPE = "the phases of a seed are a constant: a graph for each shape"
BY_TIMES = "the times of the result's frames are a constant: a graph for each number of frames"
COMPLEX = "takes complex numbers, which have no half precision"
DTYPE_PASSED_ON = ("feature.melspectrogram", "feature.mfcc", "feature.chroma_stft", "feature.inverse.mfcc_to_audio")
SEEDED = "starts from random phases that are drawn on the host"
BY_STEPS = "states are followed one after the other: a graph for each number of frames"
STEPS = "the result moves in steps"
SUMS = "probabilities of half precision do not sum to 1"
VALUES = "the size of the result depends on values"
BY_VALUE = {"jit": VALUES, "compile": VALUES, "vmap": VALUES}
NUMPY_ALONE = "runs on NumPy alone"


def signal(batch: tuple[int, ...]) -> np.ndarray:
    return noise(0, (*batch, 600))


def spectrum(batch: tuple[int, ...]) -> np.ndarray:
    return noise(1, (*batch, 33, 9), "complex128")


def sliced(batch: tuple[int, ...]) -> np.ndarray:
    return noise(1, (*batch, 3, 33, 16), "complex128")


def magnitudes(batch: tuple[int, ...]) -> np.ndarray:
    return 0.1 + abs(noise(2, (*batch, 33, 9)))


def bands(batch: tuple[int, ...]) -> np.ndarray:
    return 0.1 + abs(noise(3, (*batch, 8, 9)))


def levels(batch: tuple[int, ...]) -> np.ndarray:
    return 10 * noise(4, (*batch, 8, 9))


def likelihoods(batch: tuple[int, ...]) -> np.ndarray:
    values = 0.1 + abs(noise(5, (*batch, 4, 9)))
    return values / values.sum(axis=-2, keepdims=True)


def similarities(batch: tuple[int, ...]) -> np.ndarray:
    return abs(noise(6, (*batch, 9, 9)))


def moves(batch: tuple[int, ...]) -> np.ndarray:
    return np.zeros((*batch, 5, 5), "int32")


def pulses(batch: tuple[int, ...]) -> np.ndarray:
    return 0.1 + abs(noise(7, (*batch, 40)))


def lags(batch: tuple[int, ...]) -> np.ndarray:
    return 0.1 + abs(noise(8, (*batch, 16, 9)))


def small(batch: tuple[int, ...]) -> np.ndarray:
    return noise(5, (*batch, 40)) / 8


@dataclass(frozen=True, eq=False)
class OfArrays(Function):
    """A function of arrays: what makes an example for a batch of clips, and the argument's name if
    it must be given by name.
    """

    _: KW_ONLY
    of: Callable[[tuple[int, ...]], np.ndarray]
    keyword: str = ""

    @cached_property
    def call(self) -> Callable[..., Any]:
        call, keyword = super().call, self.keyword
        return (lambda array, **others: call(**{keyword: array}, **others)) if keyword else call


@dataclass(frozen=True, eq=False)
class Transform(OfArrays):
    """A function of any library's arrays, and its limits.

    `frames` says how the output's frames depend on the input's: 'analysis' (frames of a signal),
    'synthesis' (samples of frames), 'same' (a frame of each), or '' where a frame depends on all
    others, and where it does not show what is no number. `widens` says whether half precision is
    computed in single precision, and gives it; else it is kept. `joint` says whether all clips
    together have one result.
    """

    _: KW_ONLY
    frames: str = ""
    widens: bool = True
    joint: bool = False
    limits: dict[str, str] = field(default_factory=dict)

    @cached_property
    def able(self) -> dict[str, str]:
        """Of compilation it says whether one graph serves any number of clips, of any length."""
        usual = {"float16": COMPLEX if self.of in (spectrum, sliced) else YES}
        return {column: {**usual, **self.limits}.get(column, YES) for column in COLUMNS}

    @property
    def batched(self) -> bool:
        """Whether a batch gives what its clips give: random phases are others for each clip of a
        batch.
        """
        return not self.joint and self.able["vmap"] != SEEDED

    @property
    def takes_dtype(self) -> bool:
        """Whether the dtype of its result can be asked for."""
        return self.name in DTYPE_PASSED_ON or "dtype" in inspect.signature(find(nax, self.name)).parameters


FRAMES = {"n_fft": 64, "hop_length": 20}
MEL = {"sr": 8000, "n_mels": 8}
REASSIGNED: dict[str, Any] = {"sr": 8000, "ref_power": 0, **FRAMES}
MUSIC: dict[str, Any] = {"sr": 8000}
SEMITONES = {"sr": 8000, "res_type": "polyphase", "win_length": 64, "center_freqs": [300.0, 800.0], "sample_rates": [4000.0, 8000.0]}
EAR = {"sr": 8000, "n_bins": 8, "fmin": 300}
OCTAVES = {"sr": 8000, "hop_length": 64, "fmin": 100}
COMBINED = {"sr": 640, "fr": 10, "hop_length": 20, "win_length": 50, "fc": 40, "tc": 1 / 200, "bins_per_octave": 6}  # frames as above
SHIFT: dict[str, Any] = {"sr": 8000, **FRAMES}
FACTORS = {
    "gradient": "no gradient flows through the iterations",
    "vmap": "the factors are those of all clips together",
    "compile": "the first factors are made of a constant: a graph for each shape",
}
NMF: dict[str, Any] = {"n_components": 3, "max_iter": 3}
WIENER = {"power": 1.5, "margin": (1.0, 2.0), "mask": True}
SCALES = {"sr": 8000, "fmin": 200, "bins_per_octave": 8, "hop_length": 3}
GABOR = {"sr": 8000, "fmin": 120, "bins_per_octave": 6}  # 31 bins
VOICE = {"sr": 8000, "fmin": 400, "fmax": 3000, "frame_length": 64, "hop_length": 20}
WORTH: dict[str, Any] = {"return_logp": True}
BANDED = np.array([[0.6, 0.4, 0, 0], [0.1, 0.6, 0.3, 0], [0, 0.3, 0.6, 0.1], [0, 0, 0.4, 0.6]])
PHASES: dict[str, Any] = {"hop_length": 20, "n_iter": 2}
EXACT = {"method": "exact", **OCTAVES}
DRAWN = {"vmap": SEEDED, "compile": BY_SHAPE}

GRID = {"compile": ON_GRID}
ROWS = [float(k) for k in range(8)]

TRANSFORMS = [
    Transform("stft", FRAMES, of=signal, frames="analysis"),
    Transform("stft", {"freq_scale": "log", "freq_bins": 12, **FRAMES}, "log", of=signal, frames="analysis"),
    Transform("spectrogram", FRAMES, of=signal, frames="analysis"),
    Transform("spectrogram", {"power": 1, **FRAMES}, "magnitude", of=signal, frames="analysis"),
    Transform("spectrogram", {"freq_scale": "linear", "power": 1.5, **FRAMES}, "linear", of=signal, frames="analysis"),
    Transform("reassigned_spectrogram", REASSIGNED, "frequencies", part=0, of=signal, frames="analysis"),
    Transform("reassigned_spectrogram", REASSIGNED, "times", part=1, of=signal, frames="analysis"),
    Transform("reassigned_spectrogram", {**REASSIGNED, "reassign_times": False}, "magnitudes", part=2, of=signal, frames="analysis"),
    Transform("magphase", {}, "magnitude", part=0, of=spectrum, frames="same"),
    Transform("magphase", {}, "phase", part=1, of=spectrum, frames="same"),
    Transform("istft", {"hop_length": 20}, of=spectrum, frames="synthesis"),
    Transform("istft", {"hop_length": 20, "center": False, "window": "hamming"}, "not centred", of=spectrum, frames="synthesis"),
    Transform("istft", {"freq_scale": "log", "n_iter": 3, **FRAMES}, "log", of=spectrum),
    Transform("griffinlim", {"init": None, **PHASES}, of=magnitudes),
    Transform("onset.onset_strength", {"n_mels": 8, **MUSIC, **FRAMES}, of=signal, keyword="y"),
    Transform("onset.onset_strength", {"max_size": 3, "lag": 2, "detrend": True}, "of levels", of=levels, keyword="S", widens=True),
    Transform("onset.onset_strength_multi", {"channels": [0, 3, 8]}, of=levels, keyword="S", limits={"compile": BY_SEGMENTS}),
    Transform("feature.tempogram", {"win_length": 16}, of=pulses, keyword="onset_envelope"),
    Transform("feature.fourier_tempogram", {"win_length": 16}, of=pulses, keyword="onset_envelope"),
    Transform("feature.hybrid_tempogram", {"win_length": 16}, of=pulses, keyword="onset_envelope", limits=GRID),
    Transform(
        "feature.tempo",
        {"sr": 8000, "hop_length": 400, "ac_size": 1.0},
        of=pulses,
        keyword="onset_envelope",
        limits={"gradient": STEPS, "compile": ON_GRID},
    ),
    Transform(
        "feature.tempogram_ratio",
        {"sr": 8000, "hop_length": 400, "factors": [0.5, 1, 2]},
        of=lags,
        keyword="tg",
        limits=GRID,
    ),
    Transform(
        "feature.metrogram",
        {"freqs": [20.0 * k for k in range(1, 17)], "factors": [0.5, 0.25]},
        of=lags,
        keyword="tg",
        limits=GRID,
    ),
    Transform(
        "beat.plp",
        {"win_length": 16, "sr": 8000, "hop_length": 400},
        of=pulses,
        keyword="onset_envelope",
        limits={"gradient": PHASES_KEPT, "compile": ON_GRID},
    ),
    Transform("interp_harmonics", {"freqs": ROWS, "harmonics": [0.5, 1, 2.5]}, of=levels, limits=GRID),
    Transform(
        "f0_harmonics",
        {"freqs": ROWS, "f0": [1.0 + k / 7 for k in range(9)], "harmonics": [0.5, 1, 2.5]},
        of=levels,
        limits=GRID,
    ),
    Transform("salience", {"freqs": ROWS, "harmonics": [1, 2, 3], "fill_value": 0}, of=bands, limits=GRID),
    Transform("phase_vocoder", {"rate": 0.8}, of=spectrum, limits={"compile": BY_TIMES}),
    Transform("phase_vocoder", {"rate": 1.5, "kind": "cubic"}, "cubic", of=spectrum, limits={"compile": BY_TIMES}),
    Transform("griffinlim", {"rng": 0, **PHASES}, "random phases", of=magnitudes, limits=DRAWN),
    Transform("feature.melspectrogram", {**MEL, **FRAMES}, of=signal, keyword="y", frames="analysis"),
    Transform("feature.melspectrogram", MEL, "of a spectrogram", of=magnitudes, keyword="S", frames="same"),
    Transform("feature.mfcc", {"n_mfcc": 5, **MEL, **FRAMES}, of=signal, keyword="y", frames="analysis"),
    Transform("feature.mfcc", {"n_mfcc": 5, "lifter": 3.5}, "of levels", of=levels, keyword="S", frames="same"),
    Transform("feature.chroma_stft", {"tuning": 0.1, "octwidth": None, **MUSIC, **FRAMES}, of=signal, keyword="y", frames="analysis"),
    Transform("feature.chroma_stft", MUSIC, "tuned", of=magnitudes, keyword="S", limits={"compile": BY_CLIPS}),
    Transform("feature.chroma_cqt", {"tuning": 0.0, "n_octaves": 3, **OCTAVES}, of=signal, keyword="y"),
    Transform("feature.chroma_vqt", {"intervals": "ji5"}, of=magnitudes, keyword="V", frames="same"),
    Transform("feature.chroma_cens", {"win_len_smooth": 5}, of=magnitudes, keyword="C", limits={"gradient": STEPS}),
    Transform("feature.tonnetz", of=bands, keyword="chroma", frames="same"),
    Transform("feature.spectral_centroid", {**MUSIC, **FRAMES}, of=signal, keyword="y", frames="analysis"),
    Transform("feature.spectral_bandwidth", {"p": 3, **MUSIC, **FRAMES}, of=signal, keyword="y", frames="analysis"),
    Transform("feature.spectral_contrast", {"n_bands": 3, "quantile": 0.2, **MUSIC}, of=magnitudes, keyword="S"),
    Transform("feature.spectral_rolloff", MUSIC, of=magnitudes, keyword="S", limits={"gradient": STEPS}),
    Transform("feature.spectral_flatness", FRAMES, of=signal, keyword="y", frames="analysis"),
    Transform("feature.poly_features", {"order": 2, **MUSIC}, of=magnitudes, keyword="S", frames="same"),
    Transform("feature.rms", {"frame_length": 64, "hop_length": 20}, of=signal, keyword="y", frames="analysis"),
    Transform("feature.rms", {"frame_length": 64}, "of a spectrogram", of=spectrum, keyword="S", frames="same"),
    Transform("feature.zero_crossing_rate", {"frame_length": 64, "hop_length": 20}, of=signal, limits={"gradient": STEPS}),
    Transform("feature.delta", {"width": 5}, of=levels),
    Transform("feature.delta", {"width": 5, "order": 2, "mode": "wrap"}, "around the end", of=levels),
    Transform("feature.stack_memory", {"n_steps": 3, "delay": -2, "mode": "reflect"}, of=levels, widens=False),
    Transform("feature.inverse.mel_to_stft", {"sr": 8000, "n_fft": 64, "power": 1}, of=bands, frames="same"),
    Transform("feature.inverse.mfcc_to_mel", {"n_mels": 12}, of=levels, frames="same"),
    Transform("feature.inverse.mel_to_audio", {"sr": 8000, "n_fft": 64, "rng": 0, **PHASES}, of=bands, limits=DRAWN),
    Transform("feature.inverse.mfcc_to_audio", {"n_mels": 12, "sr": 8000, "n_fft": 64, "rng": 0, **PHASES}, of=levels, limits=DRAWN),
    Transform("gammatone", {**EAR, **FRAMES}, of=signal, frames="analysis"),
    Transform("gammatone", EAR, "of a spectrogram", of=magnitudes, keyword="S", frames="same"),
    Transform("gammatone_filterbank", EAR, of=signal),
    Transform("iirt", SEMITONES, of=signal, limits={"compile": BY_RATES}),
    Transform("cqt", {"n_bins": 33, **OCTAVES}, of=signal),
    Transform("cqt", {"n_bins": 33, "tuning": 0.3, "pad_mode": "reflect", "scale": False, **OCTAVES}, "tuned", of=signal),
    Transform("cqt", {"n_bins": 33, "power": 1, **OCTAVES}, "magnitude", of=signal),
    Transform("cqt", {"n_bins": 33, **EXACT}, "exact", of=signal),
    Transform("cqt", {"n_bins": 33, "power": 2, **EXACT}, "exact power", of=signal),
    Transform("vqt", {"n_bins": 20, "intervals": "ji5", **OCTAVES}, of=signal),
    Transform("vqt", {"n_bins": 20, "pad_mode": "reflect", **EXACT, "hop_length": 75}, "exact", of=signal),
    Transform("hybrid_cqt", {"n_bins": 33, **OCTAVES, "hop_length": 200}, of=signal),
    Transform("pseudo_cqt", {"n_bins": 33, **OCTAVES}, of=signal),
    Transform("icqt", OCTAVES, of=spectrum),
    Transform("icqt", {"n_iter": 2, **EXACT, "fmin": 115}, "exact", of=spectrum),
    Transform("ivqt", {"n_iter": 2, **OCTAVES}, of=spectrum),
    Transform("griffinlim_cqt", {"n_iter": 2, "init": None, **OCTAVES}, of=magnitudes),
    Transform("griffinlim_cqt", {"n_iter": 2, "rng": 0, **OCTAVES}, "random phases", of=magnitudes, limits=DRAWN),
    Transform("nsgt", GABOR, of=signal, limits={"compile": BY_LENGTH}),
    Transform("nsgt", {"gamma": 30, "slice_length": 128, **GABOR}, "sliced", of=signal),
    Transform("insgt", {"gamma": 30, **GABOR}, of=spectrum, limits={"compile": BY_LENGTH}),
    Transform("insgt", {"slice_length": 128, **GABOR}, "sliced", of=sliced),
    Transform("cwt", {**SCALES, "pad_mode": "reflect"}, of=signal),
    Transform("cwt", {"wavelet": ("dog", 1), "scales": [1.5, 6.0, 3.0], "norm": "l2"}, "real", of=signal),
    Transform("icwt", {**SCALES, "n_bins": 33, "n_iter": 3}, of=spectrum, limits={"compile": BY_FFT}),
    Transform("icwt", {**SCALES, "n_bins": 33, "hop_length": 1, "method": "integral"}, "integral", of=spectrum),
    Transform("ssq_cwt", {**SCALES, "pad_mode": "reflect", "threshold": 1e-3}, part=0, of=signal),
    Transform("ssq_cwt", {**SCALES, "ssq_frequencies": [3500.0, 300.0, 900.0]}, "unordered rows", part=0, of=signal),
    Transform("ssq_stft", {**FRAMES, "sr": 8000, "window": "hamming"}, part=0, of=signal),
    Transform("issq_cwt", of=spectrum),
    Transform("issq_stft", {"ridges": [[5], [20]], "bandwidth": 4}, of=spectrum),
    Transform("cfp", {"g": (0.24, 2, 1.5), **COMBINED}, of=signal, frames="analysis"),
    Transform("cfp", {"g": (0, 1.5), "parts": True, **COMBINED}, "cepstrum", part=3, of=signal, frames="analysis"),
    Transform("decompose.decompose", NMF, "components", part=0, of=magnitudes, joint=True, limits=FACTORS),
    Transform("decompose.decompose", {"sort": False, **NMF}, "activations", part=1, of=magnitudes, joint=True, limits=FACTORS),
    Transform("decompose.hpss", {"kernel_size": 5}, "harmonic", part=0, of=spectrum),
    Transform("decompose.hpss", {"kernel_size": (3, 4), **WIENER}, "percussive mask", part=1, of=magnitudes),
    Transform("effects.hpss", {"kernel_size": 5, **FRAMES}, part=1, of=signal),
    Transform("effects.harmonic", {"kernel_size": 5, "margin": 2.0, **FRAMES}, of=signal),
    Transform("effects.percussive", {"kernel_size": 5, **FRAMES}, of=signal),
    Transform("effects.time_stretch", {"rate": 1.3, **FRAMES}, of=signal, limits={"compile": BY_TIMES}),
    Transform("effects.pitch_shift", {"n_steps": 3, "res_type": "linear", **SHIFT}, of=signal, limits={"compile": BY_TIMES}),
    Transform("effects.preemphasis", of=signal),
    Transform("effects.deemphasis", {"coef": 0.9}, of=signal),
    Transform(
        "effects.trim", {"top_db": 300, "frame_length": 64, "hop_length": 20}, part=0, of=signal, joint=True, widens=False, limits=BY_VALUE
    ),
    Transform("effects.remix", {"intervals": [[300, 600], [0, 300]]}, of=signal, joint=True, widens=False, limits=BY_VALUE),
    Transform("piptrack", {"sr": 8000, **FRAMES}, "pitches", part=0, of=signal, keyword="y"),
    Transform("piptrack", {"sr": 8000}, "magnitudes of a spectrogram", part=1, of=magnitudes, keyword="S"),
    Transform("estimate_tuning", {"sr": 8000, **FRAMES}, of=signal, keyword="y", limits={"gradient": STEPS, "compile": BY_CLIPS}),
    Transform("yin", VOICE, of=signal),
    Transform("pyin", {"fill_na": None, **VOICE}, "pitches", part=0, of=signal, limits={"gradient": STEPS, "compile": BY_STEPS}),
    Transform("pyin", VOICE, "probabilities", part=2, of=signal, limits={"gradient": STEPS, "compile": BY_STEPS}),
    Transform("sequence.viterbi", {"transition": np.full((4, 4), 0.25), **WORTH}, part=1, of=likelihoods, limits={"compile": BY_STEPS}),
    Transform(
        "sequence.viterbi_discriminative",
        {"transition": BANDED, "transition_min_prob": 0.2, **WORTH},
        part=1,
        of=likelihoods,
        limits={"compile": BY_STEPS, "float16": SUMS},
    ),
    Transform(
        "sequence.viterbi_binary", {"transition": np.full((2, 2), 0.5), **WORTH}, part=1, of=likelihoods, limits={"compile": BY_STEPS}
    ),
    Transform("segment.recurrence_to_lag", of=similarities, widens=False),
    Transform("segment.lag_to_recurrence", {"axis": 0}, of=similarities, widens=False),
    Transform("resample", {"orig_sr": 16000, "target_sr": 12000, "res_type": "polyphase"}, of=signal, limits={"compile": BY_RATE}),
    Transform("resample", {"orig_sr": 16000, "target_sr": 21000, "res_type": "fft"}, "fft", of=signal, limits={"compile": BY_RATE}),
    Transform("resample", {"orig_sr": 16000, "target_sr": 7500.5, "res_type": "linear"}, "linear", of=signal, limits={"compile": BY_RATE}),
    Transform("to_mono", {}, of=signal, joint=True, limits={"vmap": JOINT, "compile": BY_CHANNELS}, widens=False),
    Transform("to_multi", {}, of=signal, joint=True, limits={"vmap": JOINT, "compile": BY_CHANNELS}, widens=False),
    Transform("mu_compress", {"quantize": False}, of=small),
    Transform("mu_expand", {}, of=levels),
    Transform("autocorrelate", {"max_size": 20}, of=signal, widens=False, limits={"compile": BY_FFT}),
    Transform("lpc", {"order": 4}, of=signal, widens=False),
    Transform("fmt", {"n_fmt": 40}, of=levels, limits={"compile": BY_TIMES}),
    Transform("fmt", {"kind": "linear", "axis": -2}, "linear", of=levels, limits={"compile": BY_TIMES}),
    Transform("power_to_db", {"top_db": 15}, of=magnitudes, frames="same", widens=False),
    Transform("amplitude_to_db", {"top_db": 15}, of=magnitudes, frames="same", widens=False),
    Transform("db_to_power", of=levels, frames="same", widens=False),
    Transform("db_to_amplitude", of=levels, frames="same", widens=False),
    Transform(
        "perceptual_weighting", {"frequencies": [100.0 * k for k in range(33)], "top_db": 15}, of=magnitudes, frames="same", widens=False
    ),
    Transform("pcen", {"sr": 8000, "max_size": 3, "max_axis": -2}, of=magnitudes),
    Transform("pcen", {"axis": -2, "power": 0, "return_zf": True}, "down the bands", part=0, of=magnitudes),
    Transform("util.normalize", {"norm": 2, "axis": -2}, of=levels, frames="same", widens=False),
    Transform("util.abs2", of=levels, frames="same", widens=False),
    Transform("util.abs2", {}, "complex", of=spectrum, frames="same"),
    Transform("util.phasor", of=levels, frames="same"),
    Transform("util.sync", {"idx": [2, 5]}, of=levels, widens=False, limits={"compile": BY_SEGMENTS}),
    Transform("util.sync", {"idx": [2, 5], "aggregate": np.median}, "medians", of=levels, widens=False, limits={"compile": BY_SEGMENTS}),
    Transform("util.cyclic_gradient", of=levels, widens=False),
    Transform("util.frame", {"frame_length": 64, "hop_length": 20}, of=signal, widens=False),
    Transform("util.pad_center", {"size": 700}, of=signal, widens=False),
    Transform("util.fix_length", {"size": 700, "mode": "reflect"}, of=signal, widens=False),
]

# --- functions of numbers -------------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Converter(Function):
    """A function of numbers, lists and arrays of any shape that gives an array of the same library.

    `elementwise` says whether it gives a number for each; `integers` whether it takes nothing else;
    `counts` whether it goes through integers: then floats come out in the library's default
    precision, whatever came in.
    """

    _: KW_ONLY
    elementwise: bool = True
    integers: bool = False
    counts: bool = False


PICKED = {"pre_max": 1, "post_max": 2, "pre_avg": 2, "post_avg": 2, "delta": 0.1, "wait": 1}
NUMBERS = np.array([[1.0, 3.0, 7.25], [11.0, 12.0, 40.0]])
"""What all of them are tested with, integers among them."""

CONVERTERS = [
    *(Converter(name) for name in ("hz_to_mel", "mel_to_hz", "hz_to_octs", "octs_to_hz", "hz_to_midi", "midi_to_hz")),
    *(Converter(name) for name in ("A4_to_tuning", "tuning_to_A4")),
    *(Converter(name, {"hop_length": 3}) for name in ("frames_to_samples", "samples_to_frames", "time_to_frames")),
    *(Converter(name) for name in ("samples_to_time", "time_to_samples")),
    *(Converter(f"{letter}_weighting") for letter in "ABCDZ"),
    Converter("frequency_weighting", {"kind": "d", "min_db": None}),
    Converter("multi_frequency_weighting", elementwise=False),
    Converter("frames_to_time", counts=True),
    Converter("cwt_frequencies", {"wavelet": "paul", "kind": "energy"}),
    Converter("cwt_cone", {"wavelet": "bump"}),
    Converter("blocks_to_frames", {"block_length": 3}),
    Converter("blocks_to_samples", {"block_length": 3, "hop_length": 2}),
    Converter("blocks_to_time", {"block_length": 3, "hop_length": 2, "sr": 8000}, counts=True),
    Converter("pitch_tuning", elementwise=False),
    Converter("samples_like", elementwise=False),
    Converter("times_like", elementwise=False, counts=True),
    Converter("zero_crossings", elementwise=False),
    Converter("util.localmax", elementwise=False),
    Converter("util.localmin", {"axis": -1}, elementwise=False),
    Converter("util.peak_pick", {**PICKED, "sparse": False}, elementwise=False),
    Converter("util.peak_pick", {**PICKED, "sparse": False, "method": "dp_value"}, "best", elementwise=False),
    Converter("util.axis_sort", elementwise=False),
    Converter("util.count_unique", elementwise=False),
    Converter("util.is_unique", elementwise=False),
    Converter("util.expand_to", {"ndim": 3, "axes": (0, 2)}, elementwise=False),
    Converter("util.shear", elementwise=False),
    Converter("util.frame_counts", {"hop_length": 3}, integers=True),
    Converter("util.frame_mask", {"n_frames": 20}, elementwise=False, integers=True),
]


# --- functions that make arrays -------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class Maker(Function):
    """A function that makes an array in the library and on the device that are asked for, and in
    the dtype, of which it has a default.

    One without a default takes no dtype: it gives float64.
    """

    _: KW_ONLY
    dtype: str | None = "float64"


ATOMS: dict[str, Any] = {"sr": 8000, "fmin": 800, "n_bins": 5}
CENTRES: dict[str, Any] = {"sr": 8000, "freqs": [400.0, 500.0, 800.0]}

MAKERS = [
    Maker("fft_frequencies", {"n_fft": 64}),
    Maker("tempo_frequencies", {"n_bins": 5}),
    Maker("fourier_tempo_frequencies", {"win_length": 8}),
    Maker("mel_frequencies", {"n_mels": 5}),
    Maker("gammatone_frequencies", {"n_bins": 5}),
    Maker("cqt_frequencies", {"n_bins": 5, "fmin": 30}),
    Maker("interval_frequencies", {"n_bins": 5, "fmin": 30, "intervals": "ji5"}),
    Maker("nsgt_frequencies", GABOR),
    Maker("cfp_frequencies", {"bins_per_octave": 2}),
    Maker("cwt_scales", {"sr": 8000, "fmin": 300, "n_bins": 4}),
    Maker("sequence.transition_uniform", {"n_states": 3}),
    Maker("sequence.transition_loop", {"n_states": 3, "prob": 0.6}),
    Maker("sequence.transition_cycle", {"n_states": 3, "prob": 0.6}),
    Maker("sequence.transition_local", {"n_states": 5, "width": 3}),
    Maker("tone", {"frequency": 440.0, "length": 9}),
    Maker("chirp", {"fmin": 110.0, "fmax": 880.0, "length": 9}),
    Maker("clicks", {"times": [0.0, 0.25], "sr": 16, "click_duration": 0.2}, dtype="float32"),
    Maker("filters.get_window", {"window": "hamming", "Nx": 8}),
    Maker("filters.window_sumsquare", {"window": "hann", "n_frames": 3, "hop_length": 4, "n_fft": 16}, dtype="float32"),
    Maker("filters.mel", {"sr": 8000, "n_fft": 64, "n_mels": 5}, dtype="float32"),
    Maker("filters.gammatone", {"sr": 8000, "n_fft": 64, "n_bins": 5}, dtype="float32"),
    Maker("filters.chroma", {"sr": 8000, "n_fft": 64, "n_chroma": 5}, dtype="float32"),
    Maker("filters.diagonal_filter", {"window": "hann", "n": 5, "slope": 2}),
    Maker("filters.cq_to_chroma", {"n_input": 24}, dtype="float32"),
    Maker("filters.constant_q", ATOMS, "atoms", part=0, dtype="complex64"),
    Maker("filters.constant_q", ATOMS, "lengths", part=1, dtype=None),
    Maker("filters.constant_q_lengths", ATOMS, dtype=None),
    Maker("filters.wavelet", CENTRES, "atoms", part=0, dtype="complex64"),
    Maker("filters.wavelet", CENTRES, "lengths", part=1, dtype=None),
    Maker("filters.wavelet_lengths", CENTRES, part=0, dtype=None),
]


# --- functions of NumPy's arrays alone ------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class OnHost(OfArrays):
    """A function that runs on NumPy alone, and refuses other arrays."""

    able = dict.fromkeys(COLUMNS, NUMPY_ALONE)


def events(batch: tuple[int, ...]) -> np.ndarray:
    return np.array([1.0, 3.0, 7.0])


def stretches(batch: tuple[int, ...]) -> np.ndarray:
    return np.array([[3.0, 5.0], [1.0, 4.0]])


ON_HOST = [
    OnHost("beat.beat_track", {"sr": 8000, "hop_length": 400}, part=1, of=pulses, keyword="onset_envelope"),
    OnHost("util.match_events", {"events_to": [0.0, 2.0, 6.0]}, of=events),
    OnHost("util.match_intervals", {"intervals_to": np.array([[0, 2], [1, 3], [4, 5]])}, of=stretches),
    OnHost("util.sparsify_rows", {"quantile": 0.1}, of=stretches),
    OnHost("midi_to_note", of=events),
    OnHost("hz_to_note", {"cents": True}, of=events),
    OnHost("interval_to_fjs", of=events),
    OnHost("hz_to_fjs", of=events),
    OnHost("midi_to_svara_h", {"Sa": 0}, of=events),
    OnHost("midi_to_svara_c", {"Sa": 0, "mela": 22}, of=events),
    OnHost("hz_to_svara_h", {"Sa": 2}, of=events),
    OnHost("hz_to_svara_c", {"Sa": 2, "mela": 22}, of=events),
    OnHost("util.buf_to_float", of=lambda batch: np.arange(6, dtype="int16")),
    OnHost("decompose.nn_filter", {"rec": np.ones((9, 9))}, of=magnitudes),
    OnHost("sequence.dtw", {"Y": noise(7, (4, 7))}, part=0, of=lambda batch: noise(8, (*batch, 4, 9))),
    OnHost("sequence.dtw_backtracking", of=moves),
    OnHost("sequence.path_to_steps", of=lambda batch: np.array([[2, 4], [1, 2], [1, 1], [0, 0]])),
    OnHost("sequence.rqa", {"backtrack": False}, of=similarities),
    OnHost("segment.recurrence_matrix", of=levels),
    OnHost("segment.cross_similarity", {"data_ref": noise(7, (8, 7))}, of=levels),
    OnHost("segment.path_enhance", {"n": 5}, of=similarities),
    OnHost("segment.subsegment", {"frames": [4]}, of=levels),
    OnHost("segment.agglomerative", {"k": 3}, of=levels),
]


DRAWINGS = [OnHost(f"display.{name}", of=events) for name in ("cmap", "infer_cmap", "waveshow")]
DRAWINGS.append(OnHost("display.specshow", of=stretches))
"""What gives no arrays, but what matplotlib draws."""


# --- functions of settings ------------------------------------------------------------------------

SETTINGS = [
    Function("get_num_threads"),
    Function("get_native_loops"),
    Function("get_pool_limit"),
    Function("effects.split", {"y": np.repeat([0.0, 1.0, 0.0, 1.0], 2048)}),
    Function("note_to_hz", {"note": ["A4", "C#3"]}),
    Function("note_to_midi", {"note": "A4"}),
    Function("note_to_svara_h", {"notes": ["A4", "C#3"], "Sa": "C3"}),
    Function("note_to_svara_c", {"notes": ["A4", "C#3"], "Sa": "C3", "mela": 22}),
    Function("key_to_degrees", {"key": "A:min"}),
    Function("key_to_notes", {"key": "A:min"}),
    Function("fifths_to_note", {"unison": "C", "fifths": 7}),
    Function("list_mela"),
    Function("list_thaat"),
    Function("mela_to_degrees", {"mela": 22}),
    Function("mela_to_svara", {"mela": 22}),
    Function("thaat_to_degrees", {"thaat": "todi"}),
    Function("pythagorean_intervals", {"bins_per_octave": 5}),
    Function("plimit_intervals", {"primes": [3, 5], "bins_per_octave": 5}),
    Function("filters.mr_frequencies", {"tuning": 0.3}),
    Function("filters.semitone_filterbank", {"center_freqs": [300.0], "sample_rates": [4000.0], "flayout": "sos"}),
    Function("filters.window_bandwidth", {"window": "hann"}),
    Function("extract_ridges", {"T": np.eye(5), "n_ridges": 2, "bw": 1}),
    Function("to_stereo", {"left": np.ones(3), "right": None}),
    Function("get_duration", {"y": np.zeros(22050)}),
    Function("get_samplerate", {"path": PIANO}),
    Function("load", {"path": PIANO, "duration": 0.01}),
    Function("stream", {"path": PIANO, "block_length": 1, "frame_length": 64, "hop_length": 64, "duration": 0.005}),
    Function("onset.onset_detect", {"onset_envelope": np.array([0.0, 3.0, 0.0, 0.0, 5.0, 0.0])}),
    Function("onset.onset_backtrack", {"events": [3], "energy": np.array([1.0, 0.5, 4.0, 5.0])}),
    Function("util.fix_frames", {"frames": [7, 3, 3]}),
    Function("util.index_to_slice", {"idx": [3, 7]}),
    Function("util.fill_off_diagonal", {"x": np.ones((3, 4)), "radius": 0.25}),
    Function("util.nnls", {"A": np.eye(2), "B": np.array([2.0, -1.0])}),
    Function("util.find_files", {"directory": str(Path(PIANO).parent)}),
    Function("util.interp_broadcast", {"x1": np.arange(3.0), "x1_pos": [0, 1, 2], "x2": np.ones(2), "x2_pos": [0, 3], "axis": 0}),
    Function("util.softmask", {"X": np.arange(3.0), "X_ref": np.ones(3)}),
    Function("util.stack", {"arrays": [np.ones(3), np.zeros(3)]}),
    Function("util.tiny", {"x": 1.0}),
    Function("util.dtype_r2c", {"d": "float32"}),
    Function("util.dtype_c2r", {"d": "complex64"}),
    Function("util.is_positive_int", {"x": 3}),
    Function("util.valid_int", {"x": 2.5}),
    Function("util.valid_audio", {"y": np.zeros(3)}),
    Function("util.valid_intervals", {"intervals": np.array([[0, 1]])}),
    Function("vqt_errors", {"n_bins": 20, **OCTAVES}),
    Function("vqt_frame_bounds", {"n_bins": 20, **OCTAVES}),
    Function("cwt_frame_bounds", {**SCALES, "n_bins": 9}),
    Function("nsgt_bounds", {"n_samples": 600, **GABOR}),
    Function("nsgt_hop_length", GABOR),
]
"""What takes and gives no arrays but NumPy's."""

DECORATORS = [Function("segment.timelag_filter", {"function": abs})]
"""What takes and gives functions."""

FUNCTIONS = [*TRANSFORMS, *CONVERTERS, *MAKERS, *ON_HOST, *DRAWINGS, *SETTINGS, *DECORATORS]


# --- layers ---------------------------------------------------------------------------------------

LAYER_COLUMNS = ("gradient", "compile", "export", "onnx", "float16", "autocast", "copies", "workers", "processes")

FRAMES_FIXED = "for one number of frames: blocks of them are a constant"
SLICED = "with `slice_length`; otherwise tables are of the length of one export"

IN_BLOCKS = "with lengths that are `Dim.DYNAMIC`; a `Dim` with a name makes one length of them"


@dataclass(frozen=True)
class Layer:
    """Small arguments of a layer, what trains all of its kernels, if it has any, what it takes, and
    limits.

    It takes 'waveforms', 'spectra' as pairs of real numbers, or 'magnitudes'; those of 9 bins, with
    these arguments.
    """

    arguments: dict[str, Any]
    trained: dict[str, bool] = field(default_factory=dict)
    takes: str = "waveforms"
    limits: dict[str, str] = field(default_factory=dict)

    @property
    def able(self) -> dict[str, str]:
        return {column: self.limits.get(column, YES) for column in LAYER_COLUMNS}


MEL_LAYER = {"sr": 8000, "n_fft": 64, "hop_length": 32, "n_mels": 5}
CHROMA_LAYER = {"sr": 8000, "n_fft": 64, "hop_length": 32, "n_chroma": 5, "octwidth": None}
EAR_LAYER = {"sr": 8000, "n_fft": 64, "hop_length": 32, "n_bins": 5}
CONSTANT_Q = {"sr": 8000, "hop_length": 64, "fmin": 800.0, "n_bins": 9, "bins_per_octave": 6}
COMBINED_LAYER = {"fr": 10, "fs": 640, "hop_length": 20, "window_size": 50, "fc": 40, "tc": 1 / 200, "g": (0.5, 1.0, 1.5), "NumPerOct": 6}
WAVELET_LAYERS = ("CWT", "SynchrosqueezedCWT")
MEL_TRAINED = {"trainable_mel": True, "trainable_STFT": True}

LAYERS = {
    "STFT": Layer({"n_fft": 16}, {"trainable": True}),
    "iSTFT": Layer({"n_fft": 16}, {"trainable_kernels": True, "trainable_window": True}, "spectra"),
    "Griffin_Lim": Layer({"n_fft": 16, "n_iter": 2, "window": "hamming", "init": None}, takes="magnitudes"),
    "MelSpectrogram": Layer(MEL_LAYER, MEL_TRAINED),
    "Gammatonegram": Layer(EAR_LAYER, {"trainable_bins": True, "trainable_STFT": True}),
    "MFCC": Layer(MEL_LAYER, MEL_TRAINED),
    "Chroma": Layer(CHROMA_LAYER, {"trainable_chroma": True, "trainable_STFT": True}),
    "PCEN": Layer(
        {"sr": 8000, "hop_length": 80, "n_bands": 9}, {"trainable": True}, "magnitudes", {"export": FRAMES_FIXED, "onnx": FRAMES_FIXED}
    ),
    **dict.fromkeys(
        WAVELET_LAYERS,
        Layer(
            {"sr": 8000, "fmin": 500.0, "n_bins": 9, "bins_per_octave": 4, "hop_length": 8},
            {"trainable": True},
            limits={"export": IN_BLOCKS, "onnx": IN_BLOCKS},
        ),
    ),
    "CFP": Layer(COMBINED_LAYER),
    "Combined_Frequency_Periodicity": Layer(COMBINED_LAYER),
    "NSGT": Layer({"sr": 8000, "fmin": 200}, limits={"export": SLICED, "onnx": SLICED}),
    "CQT": Layer(CONSTANT_Q, {"trainable": True}),
    "CQT1992": Layer(CONSTANT_Q, {"trainable_CQT": True}),
    "CQT1992v2": Layer(CONSTANT_Q, {"trainable": True}),
    "CQT2010": Layer(CONSTANT_Q, {"trainable_CQT": True}),
    "CQT2010v2": Layer(CONSTANT_Q, {"trainable": True}),
    "VQT": Layer(CONSTANT_Q, {"trainable": True}),
    "iCQT": Layer({**CONSTANT_Q, "n_iter": 2}, takes="spectra"),
}
SMALL = {name: layer.arguments for name, layer in LAYERS.items()}
TRAINED = {name: layer.trained for name, layer in LAYERS.items()}
COMBINED_LAYERS = [name for name, layer in LAYERS.items() if layer.arguments is COMBINED_LAYER]
CONSTANT_Q_LAYERS = [name for name, layer in LAYERS.items() if layer.arguments is CONSTANT_Q]
TRAINABLE_LAYERS = [name for name, layer in LAYERS.items() if layer.trained]


def layer_example(name: str, shape: tuple[int, ...] = (2, 200), dtype: str = "float32") -> np.ndarray:
    """What a layer takes: waveforms of a shape, or spectra with a frame for every ten samples of
    these.
    """
    takes, frames = LAYERS[name].takes, (*shape[:-1], 9, shape[-1] // 10)
    if takes == "waveforms":
        return noise(0, shape, dtype)
    return noise(0, (*frames, 2), dtype) if takes == "spectra" else (0.1 + abs(noise(0, frames))).astype(dtype)
