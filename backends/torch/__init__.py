"""PyTorch: the functions of nnaudio_xp bound to it, and the layers as modules, in the place of
`nnAudio.features`.

>>> import torch
>>> from nnaudio_xp.backends.torch import MelSpectrogram
>>> layer = MelSpectrogram(sr=16000, n_fft=400, hop_length=160, n_mels=80, trainable_mel=True)
>>> layer(torch.zeros(2, 16000)).shape
torch.Size([2, 80, 101])
>>> [name for name, _ in layer.named_parameters()]
['mel_basis']
"""

from __future__ import annotations

from typing import Any

import torch

from nnaudio_xp._namespace import is_array, namespace

from .._bound import ArrayLibrary, numpy_array, top_level


def _asarray(value: Any, name: str) -> torch.Tensor:
    if isinstance(value, torch.Tensor):
        return value
    array = numpy_array(value, name)
    forward = all(stride >= 0 for stride in array.strides)
    tensor = torch.asarray(array if forward and array.flags.writeable else array.copy())
    return tensor if is_array(value) or not tensor.is_floating_point() else tensor.to(torch.get_default_dtype())


_library = ArrayLibrary(__name__, lambda: namespace(xp=torch), _asarray, lambda tensor: tensor.detach().cpu().numpy())
__getattr__, __dir__ = top_level(_library, "nnaudio_xp.backends.torch.module")
