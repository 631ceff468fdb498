"""Every layer beside nnAudio's and nnaudio2's: forward, and forward and backward with frozen and with trained kernels."""

import contextlib
import io
from collections.abc import Callable, Iterable
from typing import Any

import torch
from harness import error, interleaved
from rivals import NNAUDIOS, without_grad
from workloads import Workload

from nnaudio_xp.backends import torch as ours

LAYER_CLIPS = 16
"""Of a workload's clips: nnAudio holds gigabytes for 64."""

FEWER_CLIPS = dict.fromkeys(("CQT1992", "CQT2010"), 1)
"""Where nnAudio takes minutes for one pass."""

TOLD = {"iSTFT": {"onesided": True}}
"""What a layer is called with besides its input."""


def arguments(work: Workload) -> dict[str, tuple[dict[str, Any], dict[str, Any]]]:
    """For each layer what both libraries are given, and what trains all kernels."""
    frames, sr = work.frames, work.sr
    trained = {"trainable_STFT": True}
    layers: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
        "STFT": ({**frames, "output_format": "Magnitude"}, {"trainable": True}),
        "MelSpectrogram": ({"sr": sr, **frames, "n_mels": work.n_mels}, {**trained, "trainable_mel": True}),
        "MFCC": ({"sr": sr, **frames, "n_mels": work.n_mels, "n_mfcc": 20}, {**trained, "trainable_mel": True}),
        "Gammatonegram": ({"sr": sr, **frames}, {**trained, "trainable_bins": True}),
        "iSTFT": (frames, {"trainable_kernels": True, "trainable_window": True}),
        "Griffin_Lim": (frames, {}),
        **dict.fromkeys(("CFP", "Combined_Frequency_Periodicity"), ({"fs": sr, "hop_length": work.hop_length}, {})),
    }
    octaves = {"sr": sr, "hop_length": work.hop_length}
    spectral = {**trained, "trainable_CQT": True}
    layers |= dict.fromkeys(("CQT", "CQT1992v2", "CQT2010v2", "VQT"), (octaves, {"trainable": True}))
    return layers | {"CQT2010": (octaves, spectral), "CQT1992": ({**octaves, "fmin": 32.7}, spectral)}  # its own default is too high


def example(name: str, x: torch.Tensor, work: Workload) -> torch.Tensor:
    """What a layer is given for waveforms: these, or their spectra."""
    if name not in ("iSTFT", "Griffin_Lim"):
        return x
    return ours.STFT(**work.frames, output_format="Complex" if name == "iSTFT" else "Magnitude")(x)


def caller(layer: Callable[..., Any], name: str) -> Callable[[torch.Tensor], torch.Tensor]:
    """A layer as a function of its input alone, the first of several pictures."""

    def call(x: torch.Tensor) -> torch.Tensor:
        result = layer(x, **TOLD.get(name, {}))
        return result[0] if isinstance(result, tuple) else result  # type: ignore[no-any-return]

    return call


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


def works(call: Callable[[], Any]) -> bool:
    """Whether a rival can do what it is asked for, with today's SciPy and PyTorch."""
    with contextlib.suppress(Exception):
        call()
        return True
    return False


def contestants(name: str, settings: dict[str, Any], x: torch.Tensor) -> dict[str, Any]:
    """The layer of each library that has it and can run it."""
    having = {"nnaudio_xp": ours} | {
        library: room for library, room in NNAUDIOS.items() if works(lambda room=room: made(room, name, settings))
    }
    layers = {library: made(room, name, settings) for library, room in having.items()}
    return {
        library: layer for library, layer in layers.items() if library not in NNAUDIOS or works(without_grad(caller(layer, name), x[:1]))
    }


def passes(name: str, settings: dict[str, Any], training: dict[str, Any], x: torch.Tensor) -> dict[str, dict[str, Callable[[], Any]]]:
    """What is timed of a layer, by the libraries that can do it."""
    frozen, learned = contestants(name, settings, x), contestants(name, {**settings, **training}, x)

    def both(layers: dict[str, Any]) -> dict[str, Callable[[], Any]]:
        return {library: step(caller(layer, name), x.clone().requires_grad_(), layer.parameters()) for library, layer in layers.items()}

    found = {"forward": {library: without_grad(caller(layer, name), x) for library, layer in frozen.items()}}
    found["forward and backward"] = both(frozen)
    return {**found, "trained, forward and backward": both(learned)} if training else found


def errors(name: str, settings: dict[str, Any], x: torch.Tensor) -> dict[str, str]:
    """Distances from the layer in double precision; none where phases are drawn."""
    if name == "Griffin_Lim":
        return {}
    layers = contestants(name, settings, x)
    with torch.no_grad():
        truth = caller(layers["nnaudio_xp"], name)(x.double()).numpy()
        return {library: f"{error(caller(layer, name)(x), truth):.0e}" for library, layer in layers.items()}


def layers(work: Workload, rounds: int) -> str:
    """The table: medians of CPU time, how often ours fits into the fastest rival's, and each one's error in the forward pass."""
    rooms = ("nnaudio_xp", *NNAUDIOS)
    titles = ["layer", "clips", "pass", *(f"{name}, ms" for name in rooms), "best rival / ours", *(f"error of {name}" for name in rooms)]
    lines = [f"## Layers, some clips of {work}", "", "| " + " | ".join(titles) + " |", "|---" * len(titles) + "|"]
    for name, (settings, training) in arguments(work).items():
        clips = FEWER_CLIPS.get(name, LAYER_CLIPS)
        x = example(name, torch.from_numpy(work.y[:clips]), work)
        away = errors(name, settings, x)
        for title, asked in passes(name, settings, training, x).items():
            calls = {library: call for library, call in asked.items() if library not in NNAUDIOS or works(call)}
            times = {library: timing.cpu for library, timing in interleaved(calls, rounds).items()}
            best = min((time for library, time in times.items() if library in NNAUDIOS), default=None)
            shown = [f"{times[library]:.4g}" if library in times else "–" for library in rooms]
            ratio = "" if best is None else f"{best / times['nnaudio_xp']:.2f}"
            lines.append("| " + " | ".join([name, str(clips), title, *shown, ratio, *(away.get(library, "–") for library in rooms)]) + " |")
    lines += ["", "Errors are of the forward pass, against the layer in double precision, which the tests hold to the definitions."]
    return "\n".join(lines) + "\n"
