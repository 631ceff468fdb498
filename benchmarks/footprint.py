"""What a use costs beside time: peak memory on a ten-minute file, and the time to import. Each is measured in fresh interpreters."""

import statistics
import subprocess
import sys

MEMORY_TARGET = 64  # MiB beyond input and output
IMPORT_TARGET = 20  # ms

_MEL = """
import resource
import numpy as np
import nnaudio_xp as nax

nax.set_num_threads(1)
y = np.random.default_rng(0).standard_normal(600 * 44_100, dtype=np.float32)
nax.feature.melspectrogram(y=y[:100_000], sr=44_100)  # imports and kernels
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
mel = nax.feature.melspectrogram(y=y, sr=44_100)
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print((after - before) / 1024 - mel.nbytes / 2**20)
"""

_IMPORT = """
import time
start = time.process_time()
import nnaudio_xp
print(1e3 * (time.process_time() - start))
"""


def _measured(script: str, runs: int) -> float:
    answers = [subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout for _ in range(runs)]
    return statistics.median(map(float, answers))


def footprint(rounds: int) -> str:
    """Memory and import time, with the verdict on each."""
    beyond, importing = _measured(_MEL, 3), _measured(_IMPORT, rounds)
    rows = [
        ("peak memory of mel on W2 beyond input and output, MiB", beyond, MEMORY_TARGET),
        ("`import nnaudio_xp`, CPU ms", importing, IMPORT_TARGET),
    ]
    lines = ["## Memory and import", "", "| what | measured | target | |", "|---|---|---|---|"]
    lines += [f"| {what} | {value:.1f} | {target} | {'reached' if value <= target else 'MISSED'} |" for what, value, target in rows]
    return "\n".join(lines) + "\n"
