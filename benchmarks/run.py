"""Run the benchmarks: `python benchmarks/run.py [names] [--rounds 9] [--out benchmarks/results]`."""

import argparse
import datetime
import warnings
from pathlib import Path

import harness

warnings.simplefilter("ignore")  # the rivals' deprecations

from footprint import footprint
from races import RACES

BENCHMARKS = {**RACES, "footprint": footprint}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=f"which to run, of {', '.join(BENCHMARKS)}; all by default")
    parser.add_argument("--rounds", type=int, default=9, help="rounds of which the median is taken (9)")
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results", help="folder of the written tables")
    chosen = parser.parse_args()
    if unknown := set(chosen.names) - set(BENCHMARKS):
        parser.error(f"there is no benchmark {', '.join(sorted(unknown))}; there are {', '.join(BENCHMARKS)}")
    chosen.out.mkdir(parents=True, exist_ok=True)
    for name in chosen.names or BENCHMARKS:
        table = BENCHMARKS[name](chosen.rounds)
        print(table, flush=True)
        made = f"`nox -s bench -- {name} --rounds {chosen.rounds}`, {datetime.date.today()}, {harness.machine()}"
        (chosen.out / f"{name}.md").write_text(f"{table}\n{made}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
