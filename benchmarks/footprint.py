"""What a use costs beside time: peak memory on a ten-minute file (on Linux), and the time to
import. Each in fresh interpreters.
"""

import statistics
import subprocess
import sys

from targets import IMPORT, MEMORY

_MEMORY = """
import contextlib, io, warnings
from pathlib import Path
warnings.simplefilter("ignore")
import harness
import numpy as np
with contextlib.redirect_stdout(io.StringIO()):
    {setup}

def peak():  # of this program alone: getrusage would count its parent's
    return int(Path("/proc/self/status").read_text().partition("VmHWM:")[2].split()[0]) / 1024

samples = np.random.default_rng(0).standard_normal(600 * 44_100, dtype=np.float32)
y = samples[:100_000]
{call}  # imports and kernels
y = samples
Path("/proc/self/clear_refs").write_text("5")  # the peak so far is forgotten
before = peak()
result = {call}
print(peak() - before - 4 * 128 * (1 + samples.size // 512) / 2**20)
"""

_TORCH = """import torch
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    """
_OURS = "nnaudio_xp"
_MEL = {
    _OURS: ("import nnaudio_xp as nax; nax.set_num_threads(1)", "nax.feature.melspectrogram(y=y, sr=44_100)"),
    "librosa": ("import librosa", "librosa.feature.melspectrogram(y=y, sr=44_100)"),
    "torch.stft": (
        _TORCH + "window, bank = torch.hann_window(2048), torch.ones(128, 1025)",
        "bank @ torch.stft(torch.from_numpy(y), 2048, 512, window=window, return_complex=True).abs().square()",
    ),
    "nnAudio": (
        _TORCH + "from nnAudio.features import MelSpectrogram; mel = MelSpectrogram(sr=44_100, verbose=False)",
        "mel(torch.from_numpy(y))",
    ),
    "specux": ("import specux", "specux.feature.melspectrogram(y, sr=44_100)"),
    "auvux-dsp": ("import auvux.dsp; auvux.dsp.set_num_threads(1)", "auvux.dsp.mel_spectrogram(y, sr=44_100)"),
}

_IMPORTS = (
    "pass",
    "import nnaudio_xp",
    "import numpy",
    "import librosa",
    "import specux",
    "import auvux.dsp",
    "import torch",
    "import nnAudio.features",
)


def _answer(script: str) -> float | None:
    """The number that a fresh interpreter prints, or None if it lacks a library."""
    done = subprocess.run([sys.executable, "-c", script], cwd=sys.path[0], capture_output=True, text=True, check=False)
    if "ModuleNotFoundError" in done.stderr:
        return None
    if done.returncode:
        raise RuntimeError(done.stderr)
    return float(done.stdout.split()[-1])


def _medians(scripts: dict[str, str], rounds: int) -> dict[str, float]:
    """The medians of interleaved rounds, of the scripts whose libraries are installed."""
    answers = [{name: _answer(script) for name, script in scripts.items()} for _ in range(rounds)]
    return {name: statistics.median(answer[name] or 0 for answer in answers) for name in scripts if answers[0][name] is not None}


def _verdict(value: float, target: float, unit: str) -> str:
    return f"- {'reached' if value <= target else 'MISSED'}: {_OURS} takes {value:.1f} {unit} (target {target})"


def memory(rounds: int) -> str:
    """Peak memory of a mel spectrogram of ten minutes, beyond input and output."""
    scripts = {name: _MEMORY.format(setup=setup, call=call) for name, (setup, call) in _MEL.items()}
    found = _medians(scripts, min(rounds, 3))
    lines = ["## Peak memory of a mel spectrogram, W2: ten minutes at 44,100 Hz, 2048/512", ""]
    lines += ["| contestant | MiB beyond input and output |", "|---|---|"]
    lines += [f"| {name} | {value:.0f} |" for name, value in sorted(found.items(), key=lambda item: item[1])]
    return "\n".join([*lines, "", _verdict(found[_OURS], MEMORY, "MiB")]) + "\n"


def imports(rounds: int) -> str:
    """CPU time of a fresh interpreter that imports a library, beyond that of one that imports
    nothing.
    """
    clock = "import time as _t, contextlib as _c, io as _i\nwith _c.redirect_stdout(_i.StringIO()):\n    {}\nprint(1e3 * _t.process_time())"
    found = _medians({statement: clock.format(statement) for statement in _IMPORTS}, rounds)
    bare = found.pop("pass")
    lines = ["## Import, in fresh interpreters", "", f"| statement | CPU ms beyond bare Python ({bare:.0f} ms) |", "|---|---|"]
    lines += [f"| `{statement}` | {value - bare:.0f} |" for statement, value in sorted(found.items(), key=lambda item: item[1])]
    return "\n".join([*lines, "", _verdict(found[f"import {_OURS}"] - bare, IMPORT, "ms")]) + "\n"
