"""Wall time of every transform on one thread and on two, in an interpreter whose environment says
nothing of threads, as most users' does; `harness` limits every library to one.
"""

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable

COUNTS = (1, 2)


def threads(rounds: int) -> str:
    """The table, from a fresh interpreter."""
    plain = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    return subprocess.run([sys.executable, __file__, str(rounds)], env=plain, stdout=subprocess.PIPE, text=True, check=True).stdout


def _transforms() -> dict[str, Callable[[], object]]:
    from workloads import W1

    import nnaudio_xp as nax

    y, sr, frames = W1.y, W1.sr, W1.frames
    some, few, length = y[:8], y[:2], y.shape[-1]
    spectrum, magnitudes = nax.stft(y, **frames), nax.spectrogram(some, power=1, **frames)
    logarithmic = {"freq_scale": "log", "sr": sr, "freq_bins": 256, **frames}
    on_log_scale, mel = nax.stft(few, **logarithmic), nax.feature.melspectrogram(y=some, **W1.bands)
    exact, gabor = nax.cqt(some, sr=sr, method="exact"), nax.nsgt(y, sr=sr)
    librosas = nax.cqt(some, sr=sr)
    return {
        "stft": lambda: nax.stft(y, **frames),
        "spectrogram": lambda: nax.spectrogram(y, **frames),
        "spectrogram, logarithmic, 8 clips": lambda: nax.spectrogram(some, **logarithmic),
        "melspectrogram": lambda: nax.feature.melspectrogram(y=y, **W1.bands),
        "mfcc": lambda: nax.feature.mfcc(y=y, **W1.bands),
        "istft": lambda: nax.istft(spectrum, length=length, **frames),
        "istft, logarithmic, 2 clips": lambda: nax.istft(on_log_scale, length=length, **logarithmic),
        "griffinlim, 8 iterations, 8 clips": lambda: nax.griffinlim(magnitudes, n_iter=8, rng=0, **frames),
        "mel_to_stft, 8 clips": lambda: nax.feature.inverse.mel_to_stft(mel, sr=sr, n_fft=W1.n_fft),
        "cqt, 8 clips": lambda: nax.cqt(some, sr=sr),
        "cqt, exact": lambda: nax.cqt(y, sr=sr, method="exact"),
        "icqt, 8 clips": lambda: nax.icqt(librosas, sr=sr, length=length),
        "icqt, exact, 8 clips": lambda: nax.icqt(exact, sr=sr, method="exact", length=length),
        "nsgt": lambda: nax.nsgt(y, sr=sr),
        "insgt": lambda: nax.insgt(gabor, sr=sr, length=length),
        "cfp, 8 clips": lambda: nax.cfp(some, sr=sr),
        "gammatone": lambda: nax.gammatone(y, sr=sr),
    }


def _table(rounds: int) -> str:
    from workloads import W1

    import nnaudio_xp as nax

    lines = [f"## 1 and 2 threads, {W1}", "", "| transform | 1 thread, wall ms | 2 threads, wall ms | ratio |", "|---|---|---|---|"]
    for name, transform in _transforms().items():
        spent: dict[int, list[float]] = {count: [] for count in COUNTS}
        warm = time.perf_counter() + 1
        while time.perf_counter() < warm:  # kernels, plans, and memory that the system has seen before
            with nax.set_num_threads(COUNTS[-1]):
                transform()
        for turn in range(rounds):
            for count in COUNTS[:: -1 if turn % 2 else 1]:
                with nax.set_num_threads(count):
                    start = time.perf_counter()
                    transform()
                    spent[count].append(time.perf_counter() - start)
        one, two = (1e3 * statistics.median(spent[count]) for count in COUNTS)
        lines.append(f"| {name} | {one:.4g} | {two:.4g} | {one / two:.2f} |")
    load = " ".join(f"{value:.1f}" for value in os.getloadavg())
    return "\n".join([*lines, "", f"- the machine's load over the last 1, 5 and 15 minutes, this benchmark's own included: {load}", ""])


if __name__ == "__main__":
    print(_table(int(sys.argv[1])), end="")
