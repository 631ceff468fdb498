"""Every public function of arrays with typical arguments, as data: what holds for all of them is tested once, over this table."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from examples import noise

import nnaudio_xp as nax

FRAMES = {"n_fft": 64, "hop_length": 20}
MEL = {"sr": 8000, "n_mels": 8}
EAR = {"sr": 8000, "n_bins": 8, "fmin": 300}
OCTAVES = {"sr": 8000, "hop_length": 64, "fmin": 100}
COMBINED = {"sr": 640, "fr": 10, "hop_length": 20, "win_length": 50, "fc": 40, "tc": 1 / 200, "bins_per_octave": 6}  # frames as above
GABOR = {"sr": 8000, "fmin": 120, "bins_per_octave": 6}  # 31 bins


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


@dataclass(frozen=True)
class Function:
    """A call, a maker of what it is called with, and how its output's frames depend on its input's.

    `frames` is None where a frame depends on all others, else the name of the rule: 'analysis' (frames of a signal),
    'synthesis' (samples of frames), 'same' (a frame of each).
    """

    name: str
    call: Callable[[Any], Any]
    example: Callable[[tuple[int, ...]], np.ndarray]
    frames: str | None = "same"

    @property
    def n_axes(self) -> int:
        """Axes of one clip."""
        return {signal: 1, sliced: 3}.get(self.example, 2)


FUNCTIONS = [
    Function("stft", lambda y: nax.stft(y, **FRAMES), signal, "analysis"),
    Function("stft, log", lambda y: nax.stft(y, freq_scale="log", freq_bins=12, **FRAMES), signal, "analysis"),
    Function("spectrogram", lambda y: nax.spectrogram(y, **FRAMES), signal, "analysis"),
    Function("spectrogram, magnitude", lambda y: nax.spectrogram(y, power=1, **FRAMES), signal, "analysis"),
    Function("spectrogram, linear", lambda y: nax.spectrogram(y, freq_scale="linear", power=1.5, **FRAMES), signal, "analysis"),
    Function("melspectrogram", lambda y: nax.feature.melspectrogram(y=y, **MEL, **FRAMES), signal, "analysis"),
    Function("gammatone", lambda y: nax.gammatone(y, **EAR, **FRAMES), signal, "analysis"),
    Function("gammatone_filterbank", lambda y: nax.gammatone_filterbank(y, **EAR), signal, None),
    Function("mfcc", lambda y: nax.feature.mfcc(y=y, n_mfcc=5, **MEL, **FRAMES), signal, "analysis"),
    Function("melspectrogram of a picture", lambda S: nax.feature.melspectrogram(S=S, **MEL), magnitudes),
    Function("gammatone of a picture", lambda S: nax.gammatone(S=S, **EAR), magnitudes),
    Function("mfcc of levels", lambda S: nax.feature.mfcc(S=S, n_mfcc=5, lifter=3.5), levels),
    Function("power_to_db", lambda S: nax.power_to_db(S, top_db=15), magnitudes),
    Function("amplitude_to_db", lambda S: nax.amplitude_to_db(S, top_db=15), magnitudes),
    Function("db_to_power", nax.db_to_power, levels),
    Function("db_to_amplitude", nax.db_to_amplitude, levels),
    Function("magphase, magnitude", lambda D: nax.magphase(D)[0], spectrum),
    Function("magphase, phase", lambda D: nax.magphase(D)[1], spectrum),
    Function("istft", lambda D: nax.istft(D, hop_length=20), spectrum, "synthesis"),
    Function("istft, uncentred", lambda D: nax.istft(D, hop_length=20, center=False, window="hamming"), spectrum, "synthesis"),
    Function("cfp", lambda y: nax.cfp(y, g=(0.24, 2, 1.5), **COMBINED), signal, "analysis"),
    Function("cfp, cepstrum", lambda y: nax.cfp(y, g=(0, 1.5), parts=True, **COMBINED).temporal, signal, "analysis"),
    Function("istft, log", lambda D: nax.istft(D, n_fft=64, hop_length=20, freq_scale="log", n_iter=3), spectrum, None),
    Function("nsgt", lambda y: nax.nsgt(y, **GABOR), signal, None),
    Function("nsgt, sliced", lambda y: nax.nsgt(y, gamma=30, slice_length=128, **GABOR), signal, None),
    Function("insgt", lambda C: nax.insgt(C, gamma=30, **GABOR), spectrum, None),
    Function("insgt, sliced", lambda C: nax.insgt(C, slice_length=128, **GABOR), sliced, None),
    Function("griffinlim", lambda S: nax.griffinlim(S, hop_length=20, n_iter=2, init=None), magnitudes, None),
    Function("cqt", lambda y: nax.cqt(y, n_bins=33, **OCTAVES), signal, None),
    Function("cqt, tuned", lambda y: nax.cqt(y, n_bins=33, tuning=0.3, pad_mode="reflect", scale=False, **OCTAVES), signal, None),
    Function("vqt", lambda y: nax.vqt(y, n_bins=20, intervals="ji5", **OCTAVES), signal, None),
    Function("hybrid_cqt", lambda y: nax.hybrid_cqt(y, n_bins=33, **{**OCTAVES, "hop_length": 200}), signal, None),
    Function("pseudo_cqt", lambda y: nax.pseudo_cqt(y, n_bins=33, **OCTAVES), signal, None),
    Function("icqt", lambda C: nax.icqt(C, **OCTAVES), spectrum, None),
    Function("cqt, exact", lambda y: nax.cqt(y, n_bins=33, method="exact", **OCTAVES), signal, None),
    Function(
        "vqt, exact", lambda y: nax.vqt(y, n_bins=20, method="exact", pad_mode="reflect", **{**OCTAVES, "hop_length": 75}), signal, None
    ),
    Function("cqt, magnitude", lambda y: nax.cqt(y, n_bins=33, power=1, **OCTAVES), signal, None),
    Function("cqt, exact power", lambda y: nax.cqt(y, n_bins=33, method="exact", power=2, **OCTAVES), signal, None),
    Function("icqt, exact", lambda C: nax.icqt(C, method="exact", n_iter=2, **OCTAVES), spectrum, None),
    Function("ivqt", lambda V: nax.ivqt(V, n_iter=2, **OCTAVES), spectrum, None),
    Function("griffinlim_cqt", lambda C: nax.griffinlim_cqt(C, n_iter=2, init=None, **OCTAVES), magnitudes, None),
    Function("mel_to_stft", lambda M: nax.feature.inverse.mel_to_stft(M, sr=8000, n_fft=64, power=1), bands),
    Function("mfcc_to_mel", lambda C: nax.feature.inverse.mfcc_to_mel(C, n_mels=12), levels),
    Function("util.normalize", lambda S: nax.util.normalize(S, norm=2, axis=-2), levels),
    Function("util.frame", lambda y: nax.util.frame(y, frame_length=64, hop_length=20), signal, None),
    Function("util.pad_center", lambda y: nax.util.pad_center(y, size=700), signal, None),
    Function("util.fix_length", lambda y: nax.util.fix_length(y, size=700, mode="reflect"), signal, None),
]
