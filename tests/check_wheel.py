"""What cibuildwheel runs where a wheel is installed: its native loops are there, and right."""

import os
import sys

import numpy as np

import nnaudio_xp as nax

os.environ["NNAUDIO_XP_NATIVE"] = "require"
y, window = np.random.default_rng(0).standard_normal(20000, dtype=np.float32), np.hanning(401)[:-1]
found = nax.stft(y, n_fft=400, hop_length=160, center=False)
expected = np.fft.rfft(np.lib.stride_tricks.sliding_window_view(y, 400)[::160] * window).T
error = np.linalg.norm(found - expected) / np.linalg.norm(expected)
sys.stdout.write(f"{nax.get_native_loops()}: relative error {error:.2g}\n")
sys.exit(not error < 2e-7)
