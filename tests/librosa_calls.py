"""librosa's functions that this package has, with what they take: random calls of both are compared,
and both are timed on longer inputs.

Data, as `catalogue.py` is. Arguments are drawn from `POOLS` by their name, or from the row's own.
"""

import inspect
from collections.abc import Callable, Sequence
from dataclasses import KW_ONLY, dataclass, field
from types import ModuleType
from typing import Any

import numpy as np
from catalogue import find

import nnaudio_xp as nax

Inputs = dict[str, Any]
Make = Callable[[np.random.Generator, int], Inputs]
"""What makes arrays, by the names of the arguments, for a signal of so many samples."""

SR = 22050


def music(rng: np.random.Generator, n: int) -> np.ndarray:
    """A few decaying harmonic notes a second over a little noise."""
    t = np.arange(n) / SR
    y = 0.01 * rng.standard_normal(n)
    for start in np.arange(0, n / SR, 0.25):
        pitch = 220 * 2 ** (rng.integers(0, 24) / 12)
        since = np.maximum(t - start, 0)
        envelope = np.where(t >= start, np.exp(-6 * since), 0) * (1 - np.exp(-200 * since))
        y += sum(envelope * np.sin(2 * np.pi * pitch * k * since) / k for k in range(1, 5)) / 4
    return y


def signal(name: str = "y") -> Make:
    return lambda rng, n: {name: music(rng, n)}


def spectrum(name: str, n_fft: int = 2048) -> Make:
    return lambda rng, n: {name: nax.stft(music(rng, n), n_fft=n_fft)}


def magnitudes(name: str = "S", n_fft: int = 2048, power: float = 1) -> Make:
    return lambda rng, n: {name: nax.spectrogram(music(rng, n), n_fft=n_fft, power=power)}


def mel(name: str, *, decibels: bool = False) -> Make:
    def make(rng: np.random.Generator, n: int) -> Inputs:
        bands = nax.feature.melspectrogram(y=music(rng, n))
        return {name: nax.power_to_db(bands) if decibels else bands}

    return make


def constant_q(name: str) -> Make:
    return lambda rng, n: {name: nax.cqt(music(rng, n), n_bins=60)}


def cepstra(name: str) -> Make:
    return lambda rng, n: {name: nax.feature.mfcc(y=music(rng, n))}


def numbers(name: str, low: float, high: float, *, whole: bool = False) -> Make:
    def make(rng: np.random.Generator, n: int) -> Inputs:
        values = rng.uniform(low, high, max(1, n // 512))
        return {name: np.round(values).astype(int) if whole else values}

    return make


def settings(**values: Any) -> Make:
    return lambda rng, n: dict(values)


def envelope(name: str) -> Make:
    """How much louder each frame is than the one before."""

    def make(rng: np.random.Generator, n: int) -> Inputs:
        levels = nax.power_to_db(nax.feature.melspectrogram(y=music(rng, n)))
        return {name: np.maximum(0, np.diff(levels, prepend=levels[:, :1])).mean(axis=0)}

    return make


def pair(first: str, second: str) -> Make:
    """Magnitudes of two signals."""
    return lambda rng, n: {name: nax.spectrogram(music(rng, n), power=1) for name in (first, second)}


def chroma(name: str) -> Make:
    return lambda rng, n: {name: nax.feature.chroma_stft(y=music(rng, n), tuning=0.0)}


def melody(name: str) -> Make:
    """Magnitudes, and a fundamental frequency that some frames do not have."""

    def make(rng: np.random.Generator, n: int) -> Inputs:
        S = nax.spectrogram(music(rng, n), power=1)
        f0 = rng.uniform(100, 2000, S.shape[-1])
        f0[::5] = np.nan
        return {name: S, "f0": f0, "freqs": nax.fft_frequencies()}

    return make


def along(make: Make, **values: Any) -> Make:
    """What is made, with settings that every call has."""
    return lambda rng, n: make(rng, n) | values


@dataclass(frozen=True)
class Call:
    """A function by its name below both packages, what makes its arrays, and what arguments are drawn
    from where the common `POOLS` do not fit.

    `rtol` is how near double precision is to librosa's, relative to the largest number, and `single`
    how near single precision is to librosa's double, None where numbers move in steps. Where `since`
    is a release, older ones give other numbers.
    """

    name: str
    inputs: Make
    pools: dict[str, Sequence[Any]] = field(default_factory=dict)
    _: KW_ONLY
    rtol: float = 1e-10
    single: float | None = 2e-5
    since: str = ""
    speed: float = 1.0
    """How many times as fast as librosa's it is to be."""

    def __str__(self) -> str:
        return self.name

    def function(self, package: ModuleType) -> Callable[..., Any]:
        found: Callable[..., Any] = find(package, self.name)
        return found

    def choices(self, given: Inputs) -> dict[str, tuple[Sequence[Any], bool]]:
        """What each argument that is not given may be, and whether it may be left to its default."""
        parameters = inspect.signature(self.function(nax)).parameters
        pools = {name: self.pools.get(name, POOLS.get(name, ())) for name in parameters if name not in given}
        return {name: (pool, parameters[name].default is not inspect.Parameter.empty) for name, pool in pools.items() if len(pool)}

    def drawn(self, rng: np.random.Generator, given: Inputs, known: Sequence[str]) -> Inputs:
        """Arguments that both functions have; each is left to its default half of the time."""
        return {
            name: pool[rng.integers(len(pool))]
            for name, (pool, optional) in self.choices(given).items()
            if name in known and not (optional and rng.random() < 0.5)
        }

    def typical(self, rng: np.random.Generator, n: int) -> Inputs:
        """Arrays for a signal of so many samples, and the first choice of what has no default."""
        given = self.inputs(rng, n)
        return given | {name: pool[0] for name, (pool, optional) in self.choices(given).items() if not optional}


def columns(name: str, size: int, rate: int = 512) -> Make:
    """Probabilities of states, in columns that sum to 1, a column for every `rate` samples."""

    def make(rng: np.random.Generator, n: int) -> Inputs:
        values = rng.uniform(0.01, 1, (size, n // rate))
        return {name: values / values.sum(axis=0)}

    return make


def features(*names: str) -> Make:
    """Sequences of 12 features, of different lengths."""
    return lambda rng, n: {name: rng.uniform(0, 1, (12, n // 256 - index)) for index, name in enumerate(names)}


def square(name: str) -> Make:
    """Similarities of frames, some of which are not alike."""
    return lambda rng, n: {name: np.maximum(rng.uniform(-1, 1, (n // 256, n // 256)), 0)}


VOICE = {
    "fmin": (80.0, 110.0),
    "fmax": (800.0, 2000.0),
    "frame_length": (1024, 2048),
    "trough_threshold": (0.1, 0.3),
    "n_thresholds": (50, 100),
    "boltzmann_parameter": (2, 1.5),
    "resolution": (0.1, 0.3),
    "fill_na": (None, 0.0),
}
LIKELY = np.array([[0.6, 0.4, 0, 0], [0.1, 0.6, 0.3, 0], [0, 0.3, 0.6, 0.1], [0, 0, 0.4, 0.6]])
START = {"p_init": (np.array([0.7, 0.1, 0.1, 0.1]),), "p_state": (np.array([0.4, 0.3, 0.2, 0.1]),), "transition_min_prob": (None, 0.2)}
PATHS = {
    "metric": ("euclidean", "cosine"),
    "step_sizes_sigma": (np.array([[1, 1], [1, 2], [2, 1]]), np.array([[1, 1], [0, 1], [1, 0]])),
    "weights_mul": (np.array([2.0, 1, 1]),),
    "weights_add": (np.array([0.0, 0.1, 0.2]),),
    "subseq": (True, False),
    "global_constraints": (True, False),
    "return_steps": (True, False),
}
LINKS = {
    "k": (None, 3, 5),
    "width": (1, 2),
    "metric": ("euclidean", "cityblock"),
    "sym": (True, False),
    "mode": ("distance", "affinity"),
    "bandwidth": (None, 2.0, "mean_k_avg"),
    "self": (True, False),
    "sparse": (True, False),
    "axis": (-1,),
}


def neighbours(rng: np.random.Generator, n: int) -> Inputs:
    """Bands, and which frames are alike."""
    S = nax.feature.melspectrogram(y=music(rng, n))
    return {"S": S, "rec": np.where(rng.random((S.shape[1], S.shape[1])) < 0.3, rng.random((S.shape[1], S.shape[1])), 0)}


NORMS = (None, 1, 2, np.inf)
POOLS: dict[str, Sequence[Any]] = {
    "sr": (22050, 16000, 44100),
    "n_fft": (512, 1024, 600, 2048),
    "hop_length": (256, 512, 300, None),
    "win_length": (None, 400, 512),
    "window": ("hann", "hamming", "blackman", ("kaiser", 6.0), "boxcar"),
    "center": (True, False),
    "pad_mode": ("constant", "reflect", "edge"),
    "power": (1.0, 2.0),
    "htk": (True, False),
    "n_mels": (40, 64, 128),
    "fmin": (0.0, 50.0, 200.0),
    "fmax": (None, 4000.0, 7000.0),
    "tuning": (0.0, 0.25, -0.3),
    "bins_per_octave": (12, 24, 36),
    "n_bins": (24, 36, 48),
    "ref": (1.0, 0.5, np.max),
    "amin": (1e-10, 1e-5),
    "top_db": (80.0, 40.0, None),
    "norm": NORMS,
    "axis": (-1, 0),
    "length": (None, 3000),
    "n_mfcc": (13, 20),
    "dct_type": (2, 3),
    "lifter": (0, 22),
    "unicode": (True, False),
}

BANK = 1e-6
"""librosa's filter banks are rounded to single precision."""

SOXR = 2e-5
"""librosa halves the rate in single precision."""

REAL, COMPLEX = {"dtype": (None, np.float64)}, {"dtype": (None, np.complex128)}
LOW = {"hop_length": (256, 512), "fmin": (None, 33.0, 40.0), "n_bins": (24, 36), "norm": (1, 2), **COMPLEX}
NEIGHBOURS = {"pre_max": (1, 3), "post_max": (1, 2), "pre_avg": (3, 1), "post_avg": (1, 4), "delta": (0.02, 0.0), "wait": (1, 0, 4)}
FILTERS = {"norm": (None, "slaney", 1, 2)}

KEYS = ("C:maj", "F:min", "B#:maj", "E♭:dor", "F𝄪:phrygian", "Gbb:loc", "H:maj")
SVARA = {"abbr": (True, False), "octave": (True, False)}

EVENTS = np.array([3.0, 10.0, 49.0, 60.0, -1.0])
SPANS = np.array([[0.0, 1.0], [1.0, 4.0], [4.0, 9.0]])

PARTS: dict[str, Sequence[Any]] = {
    "kernel_size": (31, (13, 5), 8),
    "power": (1.0, 2.0, 0.5),
    "margin": (1.0, 2.0, (1.0, 3.0)),
    "mask": (True, False),
}

WHOLE: dict[str, Sequence[Any]] = {"window": (), "center": ()}
"""librosa 1.0 leaves the window out, and SciPy's medians are wrong where a window is more than seven
times as long as there are frames.
"""

PCEN = {"gain": (0.8,), "bias": (10,), "power": (0.25,), "time_constant": (0.06,), "max_size": (3,), "eps": (1e-3,)}
RESAMPLED = {"fix": (False,), "scale": (True,), "axis": (-1,)}
ONSETS = {"lag": (1, 2), "max_size": (1, 3), "detrend": (True, False), "aggregate": (np.median, np.max), "hop_length": (512, 256)}
TEMPI = {"hop_length": (512, 256), "win_length": (100, 384), "norm": NORMS}
CHROMA = {"n_chroma": (12, 24), "ctroct": (5.0, 4.0), "octwidth": (2, None), "base_c": (True, False), "norm": (None, 1, 2, np.inf)}
TONES = {"hop_length": (512,), "fmin": (None,), "norm": (1, np.inf), "n_octaves": (5, 6), "bins_per_octave": (36,), "threshold": (0.0,)}

BINS = nax.fft_frequencies()
OVERTONES = {"harmonics": ([1, 2, 3], [0.5, 1, 1.5]), "kind": ("linear", "nearest", "previous"), "axis": (-2,)}

CALLS = [
    Call("stft", signal(), COMPLEX),
    Call("istft", spectrum("stft_matrix"), {"n_fft": (2048, None), "win_length": (None, 1500), **REAL}, single=None),
    Call("magphase", spectrum("D")),
    Call(
        "phase_vocoder",
        along(spectrum("D", 512), rate=1.3),
        {"kind": ("linear", "nearest", "previous", "cubic"), "n_fft": (), "hop_length": ()},
        single=1e-4,
        since="1",
    ),
    Call("power_to_db", magnitudes("S", power=2)),
    Call("amplitude_to_db", magnitudes("S")),
    Call("db_to_power", mel("S_db", decibels=True), {"ref": (1.0, 0.5)}),
    Call("db_to_amplitude", mel("S_db", decibels=True), {"ref": (1.0, 0.5)}),
    Call("feature.melspectrogram", signal(), {"norm": ()}, rtol=BANK),
    Call("feature.mfcc", signal(), {"norm": ("ortho", None), "top_db": ()}, rtol=BANK, single=2e-4),
    Call("feature.inverse.mfcc_to_mel", cepstra("mfcc"), {"norm": ("ortho",), "ref": (1.0, 0.5)}, single=2e-4),
    Call("filters.mel", settings(sr=22050, n_fft=1024, dtype=np.float64), FILTERS),
    Call("filters.get_window", settings(window="hann", Nx=400), {"fftbins": (True, False)}),
    Call("filters.window_bandwidth", settings(window="hann"), {"n": (1000, 500)}),
    Call(
        "filters.window_sumsquare",
        settings(window="hann", n_frames=20, dtype=np.float64),
        {"n_fft": (1024, 2048), "win_length": (None, 512)},
    ),
    Call(
        "filters.cq_to_chroma",
        settings(n_input=84, dtype=np.float64),
        {
            "bins_per_octave": (12, 24, 36),
            "n_chroma": (12,),
            "fmin": (None, 65.0),
            "window": (),
            "base_c": (True, False),
        },
    ),
    Call("fft_frequencies", settings()),
    Call("mel_frequencies", settings(), {"fmax": (8000.0, 11025.0)}),
    Call("cqt_frequencies", settings(n_bins=60, fmin=55.0)),
    Call("hz_to_mel", numbers("frequencies", 20, 11000)),
    Call("mel_to_hz", numbers("mels", 0, 60)),
    Call("hz_to_octs", numbers("frequencies", 20, 11000)),
    Call("octs_to_hz", numbers("octs", 0, 9)),
    Call("hz_to_midi", numbers("frequencies", 20, 11000)),
    Call("midi_to_hz", numbers("notes", 10, 120)),
    Call("A4_to_tuning", numbers("A4", 400, 480)),
    Call("tuning_to_A4", numbers("tuning", -0.5, 0.5)),
    Call("frames_to_samples", numbers("frames", 0, 5000, whole=True), {"hop_length": (512, 300)}, single=None),
    Call("frames_to_time", numbers("frames", 0, 5000, whole=True), {"hop_length": (512, 300)}, single=None),
    Call("samples_to_frames", numbers("samples", 0, 5000000, whole=True), {"hop_length": (512, 300)}, single=None),
    Call("samples_to_time", numbers("samples", 0, 5000000, whole=True), single=None),
    Call("time_to_samples", numbers("times", 0, 100), single=None),
    Call("time_to_frames", numbers("times", 0, 100), {"hop_length": (512, 300)}, single=None),
    Call(
        "piptrack",
        signal(),
        {"fmin": (100.0, 150.0), "fmax": (3000.0, 4000.0), "threshold": (0.1, 0.2), "ref": (None, np.mean)},
        single=1e-3,
    ),
    Call("cqt", signal(), LOW, rtol=SOXR, single=1e-4),
    Call(
        "vqt",
        signal(),
        {**LOW, "gamma": (None, 0, 10.0), "intervals": ("equal", "pythagorean", "ji5"), "bins_per_octave": (12,)},
        rtol=SOXR,
        single=1e-4,
    ),
    Call("hybrid_cqt", signal(), LOW, rtol=SOXR, single=1e-4),
    Call("pseudo_cqt", signal(), LOW, rtol=1e-6, single=1e-4),
    Call("util.frame", signal("x"), {"frame_length": (64, 100), "hop_length": (16, 40), "axis": (-1, 0)}),
    Call("util.pad_center", signal("data"), {"size": (1_000_000, 8001, 5000), "axis": (-1,)}),
    Call("util.fix_length", signal("data"), {"size": (1_000_000, 500), "axis": (-1,)}),
    Call(
        "util.normalize",
        magnitudes("S"),
        {"norm": (*NORMS, 0, -np.inf), "axis": (0, 1, None), "threshold": (None, 1e-3), "fill": (None, False, True)},
    ),
    Call(
        "griffinlim",
        along(magnitudes(), init=None),
        {"n_iter": (2, 4), "momentum": (0.99, 0.5), "n_fft": (2048, None), "win_length": (None,), **REAL},
        single=None,
    ),
    Call(
        "icqt",
        constant_q("C"),
        {"hop_length": (512,), "fmin": (None,), "bins_per_octave": (12,), "norm": (1,), **REAL},
        rtol=SOXR,
        single=1e-4,
    ),
    Call("estimate_tuning", signal(), {"hop_length": ()}, single=None),
    Call("pitch_tuning", numbers("frequencies", 100, 3000), single=None),
    Call(
        "filters.wavelet",
        settings(freqs=np.geomspace(200, 3000, 9), dtype=np.complex128),
        {"filter_scale": (1, 0.5), "gamma": (0, 20), "pad_fft": (True, False), "norm": (1, 2, None)},
    ),
    Call("filters.wavelet_lengths", settings(freqs=np.geomspace(200, 3000, 9)), {"filter_scale": (1, 0.5), "gamma": (0, 20)}),
    Call("note_to_hz", settings(note=["A4", "C#3", "Eb5", "G-1", "B!2"])),
    Call("note_to_midi", settings(note=["A4", "C#3", "Eb5", "B!2", "F𝄪4", "G5+20"]), {"round_midi": (True, False)}),
    Call(
        "midi_to_note",
        numbers("midi", 0, 127),
        {"octave": (True, False), "cents": (False,), "key": KEYS},
    ),
    Call("hz_to_note", numbers("frequencies", 20, 11000), {"octave": (True, False), "key": KEYS}),
    Call("key_to_degrees", settings(), {"key": KEYS}),
    Call("key_to_notes", settings(), {"key": KEYS, "natural": (True, False)}),
    Call("fifths_to_note", settings(), {"unison": ("C", "F#", "Gbb"), "fifths": (-20, -1, 6, 33)}),
    Call("interval_to_fjs", settings(interval=[5 / 4, 4 / 3, 7, 25 / 14]), {"unison": ("C", "F#")}),
    Call("hz_to_fjs", settings(frequencies=[55, 66, 77]), {"fmin": (None, 33), "unison": (None, "Cb")}),
    Call("list_mela", settings()),
    Call("list_thaat", settings()),
    Call("thaat_to_degrees", settings(), {"thaat": ("bilaval", "Todi", "bhairav")}),
    Call("mela_to_degrees", settings(), {"mela": (*range(1, 74), "chalanatta")}),
    Call("mela_to_svara", settings(), {"mela": (*range(1, 74), "chalanatta"), "abbr": (True, False)}),
    Call("midi_to_svara_h", numbers("midi", 40, 90), {"Sa": (60, 62), **SVARA}),
    Call("midi_to_svara_c", numbers("midi", 40, 90), {"Sa": (60, 62), "mela": (1, 22, 72), **SVARA}),
    Call("hz_to_svara_h", numbers("frequencies", 100, 999), {"Sa": (261, 220.5), **SVARA}),
    Call("hz_to_svara_c", numbers("frequencies", 100, 999), {"Sa": (261, 220.5), "mela": (1, 72), **SVARA}),
    Call("note_to_svara_h", settings(notes=["C4", "G#4"]), {"Sa": ("C4", "Eb4"), **SVARA}),
    Call("note_to_svara_c", settings(notes=["C4", "G4"]), {"Sa": ("C4", "Eb4"), "mela": (1, 72), **SVARA}),
    Call("blocks_to_frames", numbers("blocks", 0, 99, whole=True), {"block_length": (1, 16)}),
    Call("blocks_to_samples", numbers("blocks", 0, 99, whole=True), {"block_length": (1, 16), "hop_length": (512,)}),
    Call("blocks_to_time", numbers("blocks", 0, 99, whole=True), {"block_length": (1, 16), "hop_length": (512,), "sr": (8000,)}),
    Call("interval_frequencies", settings(n_bins=30, fmin=55.0, intervals="ji7"), {"bins_per_octave": (12, 24), "sort": (True, False)}),
    Call("pythagorean_intervals", settings(), {"sort": (True, False), "bins_per_octave": (5, 12, 24)}),
    Call("plimit_intervals", settings(primes=[3, 5]), {"sort": (True, False), "bins_per_octave": (5, 12, 24)}),
    Call("yin", along(signal(), fmin=110.0, fmax=1000.0), VOICE, rtol=1e-6, single=None, since="1.0", speed=2),
    Call("pyin", along(signal(), fmin=110.0, fmax=1000.0), VOICE, rtol=1e-6, single=None, since="1.0", speed=2),
    Call("sequence.viterbi", along(columns("prob", 4), transition=LIKELY), START, single=None),
    Call("sequence.viterbi_discriminative", along(columns("prob", 4), transition=LIKELY), START, single=None),
    Call("sequence.viterbi_binary", along(columns("prob", 4), transition=np.array([[0.8, 0.2], [0.3, 0.7]])), single=None),
    Call("sequence.transition_uniform", settings(n_states=5)),
    Call("sequence.transition_loop", settings(n_states=5, prob=0.7)),
    Call("sequence.transition_cycle", settings(n_states=5, prob=[0.1, 0.2, 0.3, 0.4, 0.5])),
    Call("sequence.transition_local", settings(n_states=6, width=3), {"window": ("triangle", "ones"), "wrap": (True, False)}),
    Call("sequence.dtw", features("X", "Y"), PATHS, single=None),
    Call("sequence.dtw_backtracking", settings(steps=np.zeros((9, 9), int))),
    Call("sequence.rqa", along(square("sim"), knight_moves=False), {"gap_onset": (1, 0.2), "gap_extend": (1, 0.5)}, single=None),
    Call("segment.recurrence_matrix", along(features("data"), mode="affinity"), LINKS, single=None, since="1.0", speed=2),
    Call("segment.cross_similarity", along(features("data_ref", "data"), mode="distance"), LINKS, single=None, since="1.0", speed=2),
    Call("segment.recurrence_to_lag", square("rec"), {"pad": (True, False), "axis": (0, 1, -1)}),
    Call("segment.lag_to_recurrence", square("lag"), {"axis": (0, 1, -1)}),
    Call("segment.path_enhance", along(square("R"), n=9), {"max_ratio": (2.0, 1.5), "zero_mean": (True, False), "clip": (True, False)}),
    Call("segment.subsegment", along(features("data"), frames=np.array([4, 9])), {"axis": (-1,)}, single=None),
    Call("segment.agglomerative", along(features("data"), k=5), {"axis": (-1,)}, single=None),
    Call("filters.diagonal_filter", settings(window="hann", n=11), {"slope": (1.0, 0.5, 2.0), "zero_mean": (True, False)}),
    Call("times_like", magnitudes("X"), {"n_fft": (None, 2048), "hop_length": (256, 512)}),
    Call("samples_like", magnitudes("X"), {"n_fft": (None, 2048), "hop_length": (256, 512)}),
    Call("decompose.hpss", spectrum("S"), PARTS, speed=2),
    Call("decompose.nn_filter", neighbours, {"aggregate": (np.mean, np.median, np.average), "axis": (-1,)}),
    Call("effects.hpss", signal(), {**PARTS, **WHOLE}, single=1e-4, speed=2),
    Call("effects.harmonic", signal(), {**PARTS, **WHOLE}, single=1e-4, speed=2),
    Call("effects.percussive", signal(), {**PARTS, **WHOLE}, single=1e-4, speed=2),
    Call("effects.time_stretch", along(signal(), rate=1.3), {"n_fft": (512, 1024)}, single=1e-4, since="1"),
    Call("effects.pitch_shift", along(signal(), sr=SR, n_steps=2.5), {"scale": (True, False)}, single=1e-4, since="1"),
    Call("effects.preemphasis", signal(), {"coef": (0.5, 0.9), "zi": (0, [0.5]), "return_zf": (True, False)}),
    Call("effects.deemphasis", signal(), {"coef": (0.5, 0.9), "zi": (0, [0.5]), "return_zf": (True, False)}, single=1e-4),
    Call("effects.trim", signal(), {"top_db": (60, 20), "frame_length": (512, 1000), "hop_length": (256, 512)}, single=None),
    Call("effects.split", signal(), {"top_db": (60, 20), "frame_length": (512, 1000), "hop_length": (256, 512)}, single=None),
    Call("effects.remix", along(signal(), intervals=np.array([[1000, 1900], [100, 950]])), {"align_zeros": (True, False)}, single=None),
    Call("util.localmax", magnitudes("x"), {"axis": (0, 1)}),
    Call("util.localmin", magnitudes("x"), {"axis": (0, 1)}),
    Call("util.peak_pick", envelope("x"), {**NEIGHBOURS, "sparse": (True,), "method": ("greedy", "dp_count"), "axis": (-1,)}, single=None),
    Call("util.softmask", pair("X", "X_ref"), {"power": (1, 2.0, 0.5, np.inf), "split_zeros": (True, False)}),
    Call("util.abs2", spectrum("x"), {"dtype": (None,)}),
    Call("util.phasor", signal("angles")),
    Call("util.tiny", signal("x"), single=None),
    Call(
        "util.sync",
        mel("data"),
        {"idx": ([2, 5], [0, 3, 3, 8], [slice(3), slice(4, 6)]), "aggregate": (np.median, np.max), "axis": (-1, 0)},
    ),
    Call("util.fix_frames", numbers("frames", 0, 50, whole=True), {"x_min": (10, None), "x_max": (40,), "pad": (False,)}),
    Call(
        "util.index_to_slice",
        numbers("idx", 0, 50, whole=True),
        {"idx_min": (0, 10), "idx_max": (40,), "step": (2,), "pad": (False,)},
    ),
    Call("util.cyclic_gradient", mel("data"), {"edge_order": (1, 2), "axis": (-1, 0)}),
    Call("util.expand_to", signal("x"), {"ndim": (3, 4), "axes": (-1, 0, [1])}),
    Call("util.axis_sort", along(mel("S"), value=np.mean), {"index": (True, False), "axis": (-1, 0)}, single=None),
    Call("util.count_unique", numbers("data", 0, 9, whole=True)),
    Call("util.is_unique", numbers("data", 0, 9, whole=True)),
    Call("util.shear", mel("X"), {"factor": (1, -1, 3), "axis": (-1, 0)}),
    Call("util.stack", settings(arrays=[np.arange(6.0).reshape(2, 3)] * 2), {"axis": (0, -1, 1)}),
    Call("util.dtype_r2c", settings(d=np.float64)),
    Call("util.dtype_c2r", settings(d=np.complex128)),
    Call("util.buf_to_float", settings(x=np.arange(-50, 50, dtype=np.int16)), {"n_bytes": (1, 2, 4), "dtype": (np.float32, np.float64)}),
    Call("util.sparsify_rows", magnitudes("x"), {"quantile": (0.01, 0.1), "dtype": ()}, single=None),
    Call(
        "util.match_events",
        numbers("events_from", 0, 50),
        {"events_to": (EVENTS,), "left": (False,), "right": (False,)},
        single=None,
    ),
    Call(
        "util.match_intervals",
        settings(intervals_from=np.array([[0.0, 2.0], [3.0, 7.0]])),
        {"intervals_to": (np.array([[0.0, 1.0], [1.0, 4.0], [4.0, 9.0]]),), "strict": (True, False)},
    ),
    Call("util.valid_audio", signal()),
    Call("util.valid_int", settings(x=2.7), {"cast": (None, np.ceil)}),
    Call("util.is_positive_int", settings(x=3)),
    Call("util.valid_intervals", settings(intervals=SPANS)),
    *(Call(f"{letter}_weighting", numbers("frequencies", 20, 11000), {"min_db": (-80.0, None)}) for letter in "ABCDZ"),
    Call("frequency_weighting", numbers("frequencies", 20, 11000), {"kind": ("A", "D")}),
    Call("multi_frequency_weighting", numbers("frequencies", 20, 11000), {"kinds": ("ZAC",)}),
    Call("perceptual_weighting", along(magnitudes(power=2), frequencies=np.linspace(0, 11025, 1025)), {"kind": ("A", "C")}),
    Call("pcen", magnitudes(), {**PCEN, "axis": (-1,)}, speed=2, single=1e-3),
    Call("autocorrelate", signal(), {"max_size": (None, 100), "axis": (-1,)}),
    Call("lpc", signal(), {"order": (4, 12), "axis": (-1,)}, rtol=1e-7, single=None),
    Call("mu_compress", signal("x"), {"mu": (255, 100), "quantize": (False,)}),
    Call("mu_expand", signal("x"), {"mu": (255, 100), "quantize": (False,)}),
    Call("zero_crossings", signal(), {"pad": (True, False), "zero_pos": (True, False), "axis": (-1,)}, single=None),
    Call(
        "resample", signal(), {"orig_sr": (22050,), "target_sr": (16000, 44100), "res_type": ("soxr_hq", "polyphase", "fft"), **RESAMPLED}
    ),
    Call("get_duration", signal(), {"hop_length": (512,)}),
    Call("tone", settings(frequency=440.0, duration=0.3), {"length": (None, 900), "phi": (None, 0.3)}),
    Call("chirp", settings(fmin=110.0, fmax=880.0, duration=0.5), {"linear": (True, False), "phi": (None, 0.3), "length": ()}, rtol=1e-9),
    Call("clicks", settings(times=[0.1, 0.3]), {"click_freq": (500.0,), "click_duration": (0.05,), "hop_length": (512,)}, rtol=1e-6),
    Call("tempo_frequencies", settings(n_bins=30), {"hop_length": (256, 512)}),
    Call("fourier_tempo_frequencies", settings(), {"hop_length": (256, 512), "win_length": (100, 384)}),
    Call("onset.onset_strength", signal(), ONSETS, rtol=BANK, speed=2, single=1e-4),
    Call("onset.onset_strength_multi", signal(), {**ONSETS, "channels": ([0, 20, 60],)}, rtol=BANK, single=1e-4),
    Call(
        "onset.onset_detect",
        envelope("onset_envelope"),
        {"hop_length": (512,), "units": ("frames", "time"), "normalize": (False,)},
        single=None,
    ),
    Call("onset.onset_backtrack", envelope("energy"), {"events": (np.array([3, 5]),)}, single=None),
    Call("feature.tempogram", envelope("onset_envelope"), TEMPI, speed=2),
    Call("feature.fourier_tempogram", envelope("onset_envelope"), TEMPI),
    Call("feature.tempo", envelope("onset_envelope"), {"hop_length": (512, 256), "start_bpm": (100.0,), "std_bpm": (0.5,)}, single=None),
    Call("feature.tempogram_ratio", envelope("onset_envelope"), {**TEMPI, "window": ("hann",)}, single=None),
    Call("beat.beat_track", envelope("onset_envelope"), {"hop_length": (512,), "tightness": (50.0,), "trim": (False,)}, single=None),
    Call("beat.plp", envelope("onset_envelope"), {"hop_length": (512, 256), "win_length": (100,)}, since="1.0", single=None),
    Call("filters.chroma", settings(sr=22050, n_fft=1024, dtype=np.float64), CHROMA),
    Call("feature.chroma_stft", signal(), {**CHROMA, "norm": NORMS, "dtype": ()}, rtol=BANK, single=1e-4, speed=2),
    Call("feature.chroma_cqt", along(signal(), tuning=0.0), {**TONES, "cqt_mode": ("full",)}, rtol=SOXR, single=1e-3),
    Call("feature.chroma_vqt", along(signal(), intervals="ji5"), {**TONES, "bins_per_octave": (12,)}, rtol=SOXR, single=1e-3),
    Call("feature.chroma_cens", along(signal(), tuning=0.0), {**TONES, "win_len_smooth": (None, 9)}, single=None, rtol=SOXR),
    Call("feature.tonnetz", chroma("chroma")),
    Call("feature.spectral_centroid", signal()),
    Call("feature.spectral_bandwidth", signal(), {"p": (2, 3), "norm": (True, False)}),
    Call(
        "feature.spectral_contrast",
        signal(),
        {"n_bands": (4, 5), "quantile": (0.02, 0.1), "linear": (True, False), "fmin": (200.0,)},
        single=2e-3,
    ),
    Call("feature.spectral_rolloff", signal(), {"roll_percent": (0.85, 0.5)}, single=None),
    Call("feature.spectral_flatness", signal()),
    Call("feature.poly_features", signal(), {"order": (1, 2)}, rtol=1e-8, single=1e-3),
    Call("feature.rms", along(signal(), dtype=np.float64), {"frame_length": (1024, 2048), "hop_length": (512, 256)}),
    Call("feature.zero_crossing_rate", signal(), {"frame_length": (1024, 2048), "hop_length": (512, 256)}, single=None),
    Call(
        "feature.delta",
        cepstra("data"),
        {"width": (5, 9), "order": (1, 2), "axis": (-1,), "mode": ("interp", "nearest")},
        rtol=1e-9,
        single=1e-4,
    ),
    Call("feature.stack_memory", cepstra("data"), {"n_steps": (2, 4), "delay": (1, 3, -2)}),
    Call("interp_harmonics", along(magnitudes("x"), freqs=BINS), {**OVERTONES, "fill_value": (0, -1.0)}),
    Call("f0_harmonics", melody("x"), {**OVERTONES, "kind": ("linear",), "fill_value": (0, -1.0)}),
    Call(
        "salience",
        along(magnitudes(), freqs=BINS),
        {**OVERTONES, "filter_peaks": (True, False), "weights": (None, [1, 0.5, 0.25]), "fill_value": (0,)},
    ),
]

OTHERWISE = {
    "reassigned_spectrogram": "steps where magnitudes pass a threshold: tests of its own",
    "iirt": "tests of its own",
    "fmt": "tests of its own",
    "filters.mr_frequencies": "tests of its own",
    "filters.semitone_filterbank": "tests of its own",
    "util.find_files": "reads a folder",
    "util.interp_broadcast": "librosa 1.0's: tests of its own",
    "sequence.path_to_steps": "librosa 1.0's: tests of its own",
    "feature.hybrid_tempogram": "librosa 1.0's: by librosa's own tests",
    "feature.metrogram": "librosa 1.0's: by librosa's own tests",
    "display.cmap": "matplotlib's maps",
    "display.infer_cmap": "matplotlib's maps",
    "display.specshow": "draws",
    "display.waveshow": "draws",
    "get_samplerate": "reads a file",
    "load": "reads a file",
    "stream": "reads a file",
    "to_mono": "takes any number of signals",
    "to_multi": "takes any number of signals",
    "to_stereo": "librosa 1.0's: tests of its own",
    "decompose.decompose": "other factors of about the same error",
    "util.fill_off_diagonal": "writes to its argument and gives nothing",
    "util.nnls": "another minimiser of the same error",
    "griffinlim_cqt": "starts from random phases",
    "feature.inverse.mel_to_stft": "another minimiser of the same error",
    "feature.inverse.mel_to_audio": "starts from random phases",
    "feature.inverse.mfcc_to_audio": "starts from random phases",
    "segment.timelag_filter": "takes and gives functions",
    "filters.constant_q": "librosa 1.0 has it no more",
    "filters.constant_q_lengths": "librosa 1.0 has it no more",
}
"""What is compared with librosa in tests of its own, or not at all, and why."""
