"""Every layer beside nnAudio's and nnaudio2's: forward, and forward and backward with frozen and
with trained kernels.
"""

import contextlib
import io
from collections.abc import Callable, Iterable
from typing import Any

import torch
from harness import error, interleaved
from rivals import NNAUDIOS, without_grad
from workloads import Workload

from nnaudio_xp.backends import torch as ours

LAYER_CLIPS = 4
"""Of a workload's clips: nnAudio holds gigabytes for 64."""

FEWER_CLIPS = dict.fromkeys(("CFP", "Combined_Frequency_Periodicity"), 2)
"""Where nnAudio takes half a second for one."""

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
    return layers | {"CQT2010": (octaves, spectral), "CQT1992": ({**octaves, "n_bins": 60}, spectral)}  # from 220 Hz on


def example(name: str, x: torch.Tensor, work: Workload) -> torch.Tensor:
    """What a layer is given for waveforms: these, or their spectra."""
    if name not in ("iSTFT", "Griffin_Lim"):
        return x
    return ours.STFT(**work.frames, output_format="Complex" if name == "iSTFT" else "Magnitude")(x)


def caller(layer: Callable[..., Any], name: str) -> Callable[[torch.Tensor], torch.Tensor]:
    """A layer as a function of its input alone that gives one spectrogram, the sum of several."""

    def call(x: torch.Tensor) -> torch.Tensor:
        result = layer(x, **TOLD.get(name, {}))
        return sum(result) if isinstance(result, tuple) else result  # type: ignore[return-value]

    return call


def made(package: Any, name: str, settings: dict[str, Any]) -> Any:
    with contextlib.redirect_stdout(io.StringIO()):  # nnAudio prints
        return getattr(package, name)(**settings)


def step(layer: Callable[[torch.Tensor], torch.Tensor], x: torch.Tensor, parameters: Iterable[torch.Tensor]) -> Callable[[], Any]:
    """Forward and backward to the samples and to whatever is trained."""
    leaves = [x, *parameters]

    def run() -> Any:
        for leaf in leaves:
            leaf.grad = None
        layer(x).square().mean().backward()
        return x.grad

    return run


def contestants(name: str, settings: dict[str, Any]) -> dict[str, Any]:
    """The layer of each library that can make it."""
    found = {"nnaudio_xp": made(ours, name, settings)}
    for library, package in NNAUDIOS.items():
        with contextlib.suppress(Exception):
            found[library] = made(package, name, settings)
    return found


def working(calls: dict[str, Callable[[], Any]]) -> dict[str, Callable[[], Any]]:
    """Without the rivals that today's SciPy and PyTorch, or their own code, keep from it."""
    found = {}
    for library, call in calls.items():
        with contextlib.suppress(*[Exception] if library in NNAUDIOS else []):
            call()
            found[library] = call
    return found


def forward(layers: dict[str, Any], name: str, x: torch.Tensor) -> dict[str, Callable[[], Any]]:
    return working({library: without_grad(caller(layer, name), x) for library, layer in layers.items()})


def forward_and_backward(layers: dict[str, Any], name: str, x: torch.Tensor) -> dict[str, Callable[[], Any]]:
    return working(
        {library: step(caller(layer, name), x.clone().requires_grad_(), layer.parameters()) for library, layer in layers.items()}
    )


def errors(calls: dict[str, Callable[[], Any]], ours_in_double: Callable[[], Any]) -> dict[str, str]:
    """Distances from the layer in double precision."""
    truth = ours_in_double().numpy()
    return {library: f"{error(call(), truth):.0e}" for library, call in calls.items()}


def layers(work: Workload, rounds: int) -> str:
    """The table: medians of CPU time, how often ours fits into the fastest rival's, and each one's
    error in the forward pass.
    """
    libraries = ("nnaudio_xp", *NNAUDIOS)
    times_of, errors_of = [f"{name}, ms" for name in libraries], [f"error of {name}" for name in libraries]
    titles = ["layer", "clips", "pass", *times_of, "best rival / ours", *errors_of]
    lines = [f"## Layers, some clips of {work}", "", "| " + " | ".join(titles) + " |", "|---" * len(titles) + "|"]
    for name, (settings, training) in arguments(work).items():
        clips = FEWER_CLIPS.get(name, LAYER_CLIPS)
        x = example(name, torch.from_numpy(work.y[:clips]), work)
        frozen = contestants(name, settings)
        passes = {"forward": forward(frozen, name, x), "forward and backward": forward_and_backward(frozen, name, x)}
        if training:
            passes["trained, forward and backward"] = forward_and_backward(contestants(name, {**settings, **training}), name, x)
        drawn = name == "Griffin_Lim"  # its phases
        exact = without_grad(caller(frozen["nnaudio_xp"], name), x.double())
        away = {} if drawn else errors(passes["forward"], exact)
        for title, calls in passes.items():
            times = {library: timing.cpu for library, timing in interleaved(calls, rounds).items()}
            best = min((time for library, time in times.items() if library in NNAUDIOS), default=None)
            shown = [f"{times[library]:.4g}" if library in times else "–" for library in libraries]
            ratio = "" if best is None else f"{best / times['nnaudio_xp']:.2f}"
            distances = [away.get(library, "–") for library in libraries]
            lines.append("| " + " | ".join([name, str(clips), title, *shown, ratio, *distances]) + " |")
    lines += ["", "Errors are of the forward pass, against the layer in double precision, which the tests hold to the definitions."]
    return "\n".join(lines) + "\n"
