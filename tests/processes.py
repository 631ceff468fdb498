"""What runs in processes of its own: `processes.py workers`, and `processes.py train RANK FILE`
twice at a time.
"""

import sys
from pathlib import Path
from typing import Any

import numpy as np
import torch
from catalogue import LAYERS, YES, layer_example
from examples import noise
from torch.utils.data import DataLoader, Dataset

import nnaudio_xp as nax
from nnaudio_xp.backends import torch as layers

CLIPS = 4


def example(name: str) -> torch.Tensor:
    return torch.from_numpy(layer_example(name, (CLIPS, 600)))


def built(name: str, **more: Any) -> Any:
    return getattr(layers, name)(**LAYERS[name].arguments, **more)


def first(spectrograms: Any) -> Any:
    return spectrograms[0] if isinstance(spectrograms, tuple) else spectrograms


def mel(y: Any) -> Any:
    return nax.feature.melspectrogram(y=y, sr=8000, n_fft=64, hop_length=32, n_mels=5)


# --- in the workers of a data loader --------------------------------------------------------------


class Clips(Dataset[dict[str, torch.Tensor]]):
    """A clip's spectrogram by every layer and by a function of NumPy; or the clips, to be seen by
    `collated`.
    """

    def __init__(self, *, seen: bool) -> None:
        self.seen = seen
        self.layers = {name: built(name) for name, layer in LAYERS.items() if layer.able["workers"] == YES}
        self.clips = {name: example(name) for name in self.layers}
        self.long = noise(0, (CLIPS, 40_000))  # enough to be spread over threads

    def __len__(self) -> int:
        return CLIPS

    def __getitem__(self, index: int) -> dict[str, Any]:
        clips = {name: clips[index : index + 1] for name, clips in self.clips.items()}
        if not self.seen:
            return clips
        return {"function": mel(self.long[index]), **{name: first(self.layers[name](x))[0] for name, x in clips.items()}}

    def collated(self, items: list[dict[str, torch.Tensor]]) -> dict[str, torch.Tensor]:
        return {name: first(layer(torch.cat([item[name] for item in items]))) for name, layer in self.layers.items()}


def workers() -> None:
    """By threads here first, of which the workers inherit none."""
    loaded, raw = Clips(seen=True), Clips(seen=False)
    expected = {name: first(layer(loaded.clips[name])) for name, layer in loaded.layers.items()}
    options: dict[str, Any] = {"batch_size": 2, "num_workers": 2, "timeout": 60, "multiprocessing_context": "fork"}
    np.testing.assert_array_equal(np.concatenate([batch.pop("function") for batch in DataLoader(loaded, **options)]), mel(loaded.long))
    for loader in (
        DataLoader(loaded, **options),
        DataLoader(raw, collate_fn=raw.collated, **{**options, "num_workers": 1, "multiprocessing_context": "spawn"}),
    ):
        batches = list(loader)
        for name, spectrograms in expected.items():
            found = torch.cat([batch[name] for batch in batches])
            torch.testing.assert_close(found, spectrograms, rtol=1e-4, atol=1e-5 * float(spectrograms.abs().max()))


# --- trained by two processes ---------------------------------------------------------------------


class Network(torch.nn.Module):
    """A layer and something to train behind it, whether or not the layer is trained."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.spectrogram = built(name, **LAYERS[name].trained)
        self.gain = torch.nn.Parameter(torch.tensor(1.5))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.gain * first(self.spectrogram(x))


def train(rank: int, meeting: Path) -> None:
    """Half of the clips in each process, and the gradients of all of them in both."""
    torch.distributed.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=2)
    mine = slice(rank * CLIPS // 2, (rank + 1) * CLIPS // 2)
    for name in [name for name, layer in LAYERS.items() if layer.able["processes"] == YES]:
        network, x = Network(name), example(name)
        network(x).square().mean().backward()
        alone = {key: parameter.grad.clone() for key, parameter in network.named_parameters()}
        network.zero_grad()
        parallel = torch.nn.parallel.DistributedDataParallel(network)
        parallel(x[mine]).square().mean().backward()
        for key, parameter in network.named_parameters():
            atol = 1e-4 * float(alone[key].abs().max())
            assert atol > 0, f"{name}: {key}"
            torch.testing.assert_close(parameter.grad, alone[key], rtol=1e-4, atol=atol, msg=f"{name}: {key}".__add__)
    torch.distributed.destroy_process_group()


if __name__ == "__main__":
    torch.set_num_threads(1)
    if sys.argv[1] == "workers":
        workers()
    else:
        train(int(sys.argv[2]), Path(sys.argv[3]))
