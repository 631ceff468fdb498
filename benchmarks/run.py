"""Run the benchmarks: `python benchmarks/run.py [names] [--rounds 9] [--quick] [--out benchmarks/results]`."""

import argparse
import datetime as dt
import warnings
from functools import partial
from pathlib import Path

import harness

warnings.simplefilter("ignore")  # the rivals' deprecations

from footprint import imports, memory
from griffinlim import griffinlim
from spectra import magnitude, mel, mfcc
from training import layers, logmel
from workloads import S1, W1, W2, W3

BENCHMARKS = {
    **{f"magnitude-{work.name.lower()}": partial(magnitude, work) for work in (W1, W2, W3, S1)},
    **{f"mel-{work.name.lower()}": partial(mel, work) for work in (W1, W2, W3, S1)},
    "mfcc-w1": partial(mfcc, W1),
    "griffinlim": griffinlim,
    "logmel-training-w3": logmel,
    "layers": layers,
    "memory": memory,
    "imports": imports,
}


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
    for name in chosen.names or BENCHMARKS:
        table = BENCHMARKS[name](rounds)
        print(table, flush=True)
        if not chosen.quick:
            chosen.out.mkdir(parents=True, exist_ok=True)
            made = f"`nox -s bench -- {name} --rounds {rounds}`, {dt.date.today()}, {harness.machine()}"
            (chosen.out / f"{name}.md").write_text(f"{table}\n{made}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
