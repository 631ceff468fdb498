"""What is to be reached: data for the verdicts below the tables. No test asserts a time."""

from dataclasses import dataclass

OURS, OURS_TORCH, OURS_JAX, OUR_LAYER = "nnaudio_xp, NumPy", "nnaudio_xp, PyTorch", "nnaudio_xp, JAX", "nnaudio_xp, layer"
WITHOUT_LOOPS = "nnaudio_xp, NumPy, no native loops"
LIKE_LIBROSA = "nnaudio_xp, librosa's numbers"


@dataclass(frozen=True)
class Target:
    """`ours` in at most 1 / `ratio` of the time of `rival`."""

    ours: str
    rival: str
    ratio: float


SAME_ON_TORCH = Target(OURS_TORCH, OURS, 1 / 1.15)
"""The same loops run on both: tensors may cost a little dispatch and nothing else."""

TARGETS = {
    "stft-w1": [Target(OURS, "librosa", 2), Target(OURS, "specux", 1), SAME_ON_TORCH],
    "istft-w1": [Target(OURS, "librosa", 2), Target(OURS, "specux", 1.3), SAME_ON_TORCH],
    "magnitude-w1": [Target(OURS, "librosa", 2), Target(OURS, "specux", 1.1), SAME_ON_TORCH],
    "magnitude-w2": [Target(OURS, "librosa", 2), SAME_ON_TORCH],
    "magnitude-w3": [Target(OURS, "librosa", 1.7), Target(OURS, "specux", 1.3), SAME_ON_TORCH],
    "magnitude-s1": [Target(OURS, "librosa", 1.7)],
    "mel-w1": [Target(OURS, "librosa", 3), Target(OURS, "nnAudio", 15), Target(OURS, "specux", 1.5), SAME_ON_TORCH],
    "mel-w2": [Target(OURS, "librosa", 3), Target(OURS, "nnAudio", 15), SAME_ON_TORCH],
    "mel-w3": [Target(OURS, "librosa", 2), Target(OURS, "specux", 1.5), SAME_ON_TORCH],
    "mel-s1": [Target(OURS, "librosa", 3)],
    "mfcc-w1": [Target(OURS, "librosa", 2), Target(OURS, "specux", 1.2), SAME_ON_TORCH],
    "griffinlim": [Target(OURS, "librosa", 3), Target(OURS, "specux", 2), SAME_ON_TORCH],
    "logmel-training-w3": [
        Target(OURS_TORCH, "torch.stft", 3),
        Target(OURS_TORCH, "specux", 1.4),
        Target(OUR_LAYER, "nnAudio", 1),
        Target(f"{OUR_LAYER}, trained", "nnAudio, trained", 1),
    ],
    "cqt-w1": [
        Target(OURS, "librosa", 5),
        Target(OURS, "nnAudio CQT2010v2", 20),
        Target(OURS, "nnAudio CQT1992v2", 50),
        Target(OURS, "auvux-dsp", 1.15),
        Target(OURS, "fastchroma", 1),
        Target(OURS, "specux", 1),
        Target(LIKE_LIBROSA, "librosa", 1.5),
        SAME_ON_TORCH,
    ],
    "cqt-w2": [Target(OURS, "librosa", 4), Target(LIKE_LIBROSA, "librosa", 1.5), SAME_ON_TORCH],
    "cqt-hop64": [Target(OURS, "librosa", 10)],
    "icqt": [Target(LIKE_LIBROSA, "librosa", 2)],
    "cwt-ricker": [Target(OURS, "scipy.signal.cwt's algorithm", 15), Target(OURS, "PyWavelets, fft", 15), SAME_ON_TORCH],
    "cwt-morlet": [
        Target(OURS, "ssqueezepy", 5),
        Target(OURS, "PyWavelets, fft", 3.5),
        Target("nnaudio_xp, NumPy, out=", "fCWT, its own scales, a result that stays", 1),
        SAME_ON_TORCH,
    ],
    "ssq": [Target(OURS, "ssqueezepy", 1), SAME_ON_TORCH],
    "cwt-training": [Target("forward and backward", OURS_TORCH, 1 / 4)],
    "cqt-training": [Target("forward and backward", OURS_TORCH, 1 / 3)],
    "stft-layers": [Target(OUR_LAYER, "nnAudio", 1), Target(f"{OUR_LAYER}, trained", "nnAudio, trained", 1)],
}

MEMORY = 64
"""MiB beyond input and output for the mel spectrogram of ten minutes."""

IMPORT = 20
"""CPU ms that `import nnaudio_xp` may add to a bare interpreter."""


OWN_MEL, OWN_NUMBER = 60, 5
"""Microseconds that a mel spectrogram of 512 samples may take beside its arithmetic, and the
conversion of one number.
"""


@dataclass(frozen=True)
class Share:
    """At most this share of the rival's peak memory wherever that is above so many MiB."""

    share: float
    above: float


LAYER_MEMORY = Share(1 / 4, 1024)
