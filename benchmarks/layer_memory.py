"""Peak memory of every layer beside nnAudio's, on Linux: each pass in an interpreter of its own.

`python benchmarks/layer_memory.py library layer pass` measures one.
"""

import os
import subprocess
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import harness
import torch
from layers import TOLD, arguments, caller, made, step
from rivals import nnaudio, without_grad
from targets import LAYER_MEMORY
from workloads import W1

from nnaudio_xp.backends import torch as ours

ROOMS = {"nnaudio_xp": ours, **({"nnAudio": nnaudio} if nnaudio else {})}
PASSES = ("forward", "forward and backward", "trained, forward", "trained, forward and backward")
GIVEN_BACK = {"MALLOC_MMAP_THRESHOLD_": str(2**20)}
"""For glibc: what is freed goes back at once. How much of it is kept otherwise differs from run to
run, by up to 100 MiB.
"""
TO_BUILD = 40_000
"""Samples of a first call, which imports what is imported late and builds kernels."""
FEWER_CLIPS = dict.fromkeys(("CFP", "Combined_Frequency_Periodicity"), 16)
"""Whose gradients would not fit into a small machine's memory for 64."""
LAYERS = arguments(W1)
"""What both libraries are given, and what trains all kernels."""


def example(name: str, clips: int, samples: int) -> torch.Tensor:
    """Waveforms, or spectrograms of as many."""
    frames = 1 + samples // W1.hop_length
    shape = {"iSTFT": (1025, frames, 2), "Griffin_Lim": (1025, frames)}.get(name, (samples,))
    x = torch.randn((clips, *shape), generator=torch.Generator().manual_seed(0))
    return x.abs() if name == "Griffin_Lim" else x


def peak() -> float:
    """Of this program alone, in MiB: getrusage would count its parent's."""
    return int(Path("/proc/self/status").read_text(encoding="ascii").partition("VmHWM:")[2].split()[0]) / 1024


def measured(library: str, name: str, which: str) -> float:
    """MiB that a pass takes at its peak beyond its input: results, gradients and everything
    between.
    """
    settings, training = LAYERS[name]
    layer = made(ROOMS[library], name, {**settings, **(training if which.startswith("trained") else {})})

    def run(x: torch.Tensor) -> Callable[[], Any]:
        if which.endswith("backward"):
            return step(caller(layer, name), x.requires_grad_(), layer.parameters())
        return without_grad(layer, x, **TOLD.get(name, {}))

    run(example(name, 1, TO_BUILD))()
    call = run(example(name, FEWER_CLIPS.get(name, W1.clips), W1.samples))
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak so far is forgotten
    before = peak()
    result = call()
    assert result is not None
    return peak() - before


def _answer(*which: str) -> float | None:
    """The number that a fresh interpreter prints, or None where the library lacks the layer or
    fails.
    """
    done = subprocess.run([sys.executable, __file__, *which], capture_output=True, text=True, check=False, env={**os.environ, **GIVEN_BACK})
    if done.returncode and which[0] == "nnaudio_xp":
        raise RuntimeError(done.stderr)
    return float(done.stdout.split()[-1]) if not done.returncode else None


def _shown(value: float | None) -> str:
    return "none, or fails" if value is None else f"{value:.0f}"


def layer_memory(rounds: int) -> str:
    """The table, of one round: what memory is asked for is the same in each."""
    lines = [
        f"## Peak memory of layers, {W1}",
        "",
        "| layer | pass | " + " | ".join(f"{name}, MiB" for name in ROOMS) + " | nnAudio / ours |",
    ]
    lines.append("|---" * (3 + len(ROOMS)) + "|")
    missed = []
    for name, (_, training) in LAYERS.items():
        for which in PASSES if training else PASSES[:2]:
            found = {library: _answer(library, name, which) for library in ROOMS}
            mine, theirs = found["nnaudio_xp"], found.get("nnAudio")
            assert mine is not None
            ratio = "" if theirs is None else f"{theirs / max(mine, 1):.1f}"
            lines.append("| " + " | ".join([name, which, *map(_shown, found.values()), ratio]) + " |")
            if theirs is not None and theirs > LAYER_MEMORY.above and mine > LAYER_MEMORY.share * theirs:
                missed.append(f"- MISSED: {name}, {which}: more than {LAYER_MEMORY.share:.2g} of nnAudio's {theirs:.0f} MiB")
    target = f"at most {LAYER_MEMORY.share:.2g} of nnAudio's peak wherever that is above {LAYER_MEMORY.above} MiB"
    fewer = ", ".join(f"{name} of {clips} clips" for name, clips in FEWER_CLIPS.items())
    lines += ["", f"Beyond the input; results, gradients and whatever lies between are counted. {fewer}.", ""]
    return "\n".join([*lines, *(missed or [f"- reached: {target}"])]) + "\n"


if __name__ == "__main__":
    warnings.simplefilter("ignore")  # the rivals' own
    assert harness
    print(measured(*sys.argv[1:]))
