"""Make trained_mel.safetensors and trained_mel.npz: a mel layer after a few steps of training in
PyTorch, and what it then gives.

`python tests/data/train.py`, with torch and safetensors installed.
"""

from pathlib import Path

import numpy as np
import torch

from nnaudio_xp.backends.torch import MelSpectrogram

HERE = Path(__file__).parent

torch.manual_seed(0)
x = torch.randn(2, 400)
layer = MelSpectrogram(sr=8000, n_fft=64, hop_length=32, n_mels=5, trainable_mel=True, trainable_STFT=True)
optimizer = torch.optim.SGD(layer.parameters(), lr=1e-3)
for _ in range(5):
    optimizer.zero_grad()
    layer(x).mean().backward()
    optimizer.step()
layer.save_kernels(HERE / "trained_mel.safetensors")
np.savez(HERE / "trained_mel.npz", x=x.numpy(), expected=layer(x).detach().numpy())
