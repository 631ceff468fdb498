"""Every layer beside nnAudio's and nnaudio2's: forward, and forward and backward with frozen and with trained kernels."""

import contextlib
import io
from collections.abc import Callable, Iterable
from typing import Any

import torch
from harness import error, interleaved
from rivals import NNAUDIOS, without_grad
from workloads import W1, Workload

from nnaudio_xp.backends import torch as ours

LAYER_CLIPS = 16
"""Of a workload's clips: nnAudio holds gigabytes for 64."""


def arguments(work: Workload) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """For each layer what both libraries are given, and what trains all kernels."""
    frames, sr = work.frames, work.sr
    trained = {"trainable_STFT": True}
    layers: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "STFT": ({**frames, "output_format": "Magnitude"}, {"trainable": True}),
        "MelSpectrogram": ({"sr": sr, **frames, "n_mels": work.n_mels}, {**trained, "trainable_mel": True}),
        "MFCC": ({"sr": sr, **frames, "n_mels": work.n_mels, "n_mfcc": 20}, {**trained, "trainable_mel": True}),
        "Gammatonegram": ({"sr": sr, **frames}, {**trained, "trainable_bins": True}),
    }
    if work is W1:
        settings = {"sr": sr, "hop_length": work.hop_length}
        layers |= {name: (settings, {"trainable": True}) for name in ("CQT1992v2", "CQT2010v2", "VQT")}
    return layers


def made(room: Any, name: str, settings: dict[str, Any]) -> Any:
    with contextlib.redirect_stdout(io.StringIO()):  # nnAudio prints
        return getattr(room, name)(**settings)


def step(layer: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor, parameters: Iterable[torch.Tensor]) -> Callable[[], Any]:
    """Forward and backward to the samples and to whatever is trained."""
    leaves = [x, *parameters]

    def run() -> Any:
        for leaf in leaves:
            leaf.grad = None
        layer(x).square().mean().backward()
        return x.grad

    return run


def layers(work: Workload, rounds: int) -> str:
    """The table: medians of CPU time, how often ours fits into the fastest rival's, and each one's error in the forward pass."""
    x = torch.from_numpy(work.y[:LAYER_CLIPS])
    rooms = {"nnaudio_xp": ours, **NNAUDIOS}
    lines = [
        f"## Layers, {LAYER_CLIPS} of {work}",
        "",
        "| "
        + " | ".join(["layer", "pass", *(f"{name}, ms" for name in rooms), "best rival / ours", *(f"error of {name}" for name in rooms)])
        + " |",
        "|---" * (3 + 2 * len(rooms)) + "|",
    ]
    for name, (settings, training) in arguments(work).items():
        frozen = {library: made(room, name, settings) for library, room in rooms.items()}
        learned = {library: made(room, name, {**settings, **training}) for library, room in rooms.items()}
        with torch.no_grad():
            truth = frozen["nnaudio_xp"](x.double()).numpy()
            errors = {library: error(layer(x), truth) for library, layer in frozen.items()}
        passes = {
            "forward": {library: without_grad(layer, x) for library, layer in frozen.items()},
            "forward and backward": {
                library: step(layer, x.clone().requires_grad_(), layer.parameters()) for library, layer in frozen.items()
            },
            "trained, forward and backward": {
                library: step(layer, x.clone().requires_grad_(), layer.parameters()) for library, layer in learned.items()
            },
        }
        for title, contestants in passes.items():
            times = [timing.cpu for timing in interleaved(contestants, rounds).values()]
            cells = [*(f"{milliseconds:.4g}" for milliseconds in times), f"{min(times[1:]) / times[0]:.2f}"]
            lines.append("| " + " | ".join([name, title, *cells, *(f"{value:.0e}" for value in errors.values())]) + " |")
    lines += ["", "Errors are of the forward pass, against the layer in double precision, which the tests hold to the definitions."]
    return "\n".join(lines) + "\n"
