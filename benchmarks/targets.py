"""What is to be reached: data for the verdicts below the tables. No test asserts a time."""

from dataclasses import dataclass

OURS, OURS_TORCH, OURS_JAX, OUR_LAYER = "nnaudio_xp, NumPy", "nnaudio_xp, PyTorch", "nnaudio_xp, JAX", "nnaudio_xp, layer"


@dataclass(frozen=True)
class Target:
    """`ours` in at most 1 / `ratio` of the time of `rival`."""

    ours: str
    rival: str
    ratio: float


SAME_ON_TORCH = Target(OURS_TORCH, OURS, 1 / 1.15)
"""The same loops run on both: tensors may cost a little dispatch and nothing else."""

TARGETS = {
    "magnitude-w1": [Target(OURS, "librosa", 2), SAME_ON_TORCH],
    "magnitude-w2": [Target(OURS, "librosa", 2), SAME_ON_TORCH],
    "magnitude-w3": [Target(OURS, "librosa", 1.7), SAME_ON_TORCH],
    "magnitude-s1": [Target(OURS, "librosa", 1.7)],
    "mel-w1": [Target(OURS, "librosa", 3), Target(OURS, "nnAudio", 15), SAME_ON_TORCH],
    "mel-w2": [Target(OURS, "librosa", 3), Target(OURS, "nnAudio", 15), SAME_ON_TORCH],
    "mel-w3": [Target(OURS, "librosa", 2), SAME_ON_TORCH],
    "mel-s1": [Target(OURS, "librosa", 3)],
    "mfcc-w1": [Target(OURS, "librosa", 2), SAME_ON_TORCH],
    "griffinlim": [Target(OURS, "librosa", 3), SAME_ON_TORCH],
    "logmel-training-w3": [
        Target(OURS_TORCH, "torch.stft", 3),
        Target(OUR_LAYER, "nnAudio", 1),
        Target(f"{OUR_LAYER}, trained", "nnAudio, trained", 1),
    ],
    "stft-layers": [Target(OUR_LAYER, "nnAudio", 1), Target(f"{OUR_LAYER}, trained", "nnAudio, trained", 1)],
}

MEMORY = 64
"""MiB beyond input and output for the mel spectrogram of ten minutes."""

IMPORT = 20
"""CPU ms that `import nnaudio_xp` may add to a bare interpreter."""
