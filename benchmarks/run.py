"""Run the benchmarks:
`python benchmarks/run.py [names] [--rounds 9] [--quick] [--out benchmarks/results]`.

Each runs in an interpreter of its own: memory that one left to the allocator must not be another's
time.
"""

import argparse
import datetime as dt
import multiprocessing
import warnings
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import harness

warnings.simplefilter("ignore")  # the rivals' deprecations

from beside_librosa import beside_librosa
from constantq import constant_q, inverse, training
from footprint import imports, memory
from griffinlim import griffinlim
from layer_memory import layer_memory
from layers import layers
from overhead import overhead
from scaling import scaling
from spectra import complex_spectrum, inverse_spectrum, magnitude, mel, mfcc, sizes
from targets import TARGETS
from threads import threads
from training import logmel, stft_layers
from wavelets import morlet, ricker, squeezing
from wavelets import training as wavelet_training
from workloads import S1, W1, W2, W3

RACES = {
    "stft-w1": partial(complex_spectrum, W1),
    "istft-w1": partial(inverse_spectrum, W1),
    **{f"magnitude-{work.name.lower()}": partial(magnitude, work) for work in (W1, W2, W3, S1)},
    **{f"mel-{work.name.lower()}": partial(mel, work) for work in (W1, W2, W3, S1)},
    "mfcc-w1": partial(mfcc, W1),
    "griffinlim": griffinlim,
    "logmel-training-w3": logmel,
    "stft-layers": stft_layers,
    "cqt-w1": partial(constant_q, W1),
    "cqt-w2": partial(constant_q, W2),
    "cqt-hop64": partial(constant_q, W1, hop_length=64, clips=16),
    "icqt": inverse,
    "cqt-training": training,
    "cwt-ricker": ricker,
    "cwt-morlet": morlet,
    "cwt-training": wavelet_training,
    "ssq": squeezing,
}
OTHERS = {
    "memory": memory,
    "layer-memory": layer_memory,
    "imports": imports,
    "overhead": overhead,
    "threads": threads,
    "librosa": beside_librosa,
    **{f"layers-{work.name.lower()}": partial(layers, work) for work in (W1, W3)},
}
PICTURES = {"cqt-scaling": scaling, "fft-sizes": sizes}
BENCHMARKS = [*RACES, *OTHERS, *PICTURES]


def table(name: str, rounds: int, folder: Path) -> str:
    if name in PICTURES:
        return PICTURES[name](rounds, folder)
    return harness.report(RACES[name](), TARGETS[name], rounds) if name in RACES else OTHERS[name](rounds)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"which to run, of {', '.join(BENCHMARKS)}; all by default")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of which the median is taken (9)")
    parser.add_argument("--quick", action="store_true", help="a look, not a measurement: 3 rounds, nothing written")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results", help="folder of the written tables")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    rounds = 3 if chosen.quick else chosen.rounds
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn"), max_tasks_per_child=1) as fresh:
        for name in chosen.names or BENCHMARKS:
            text = fresh.submit(table, name, rounds, chosen.out).result()
            print(text, flush=True)
            if not chosen.quick:
                chosen.out.mkdir(parents=True, exist_ok=True)
                count = "1 and 2 threads" if name == "threads" else "one thread"
                made = f"`nox -s bench -- {name} --rounds {rounds}`, {dt.date.today()}, {harness.machine(count)}"
                (chosen.out / f"{name}.md").write_text(f"{text}\n{made}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
