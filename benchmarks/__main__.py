"""`python -m benchmarks [PART …]`: measures and prints one table of figures; writes nothing else."""

from __future__ import annotations

import argparse
import os
import platform
from collections.abc import Sequence

from benchmarks.parts import PARTS, Figure, Sizes


def main(arguments: Sequence[str] | None = None) -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"of {', '.join(PARTS)}; all without it")
    parser.add_argument("--rows", type=int, default=Sizes.rows, help="most rows that are loaded")
    parser.add_argument("--runs", type=int, default=Sizes.runs, help="repetitions of what is noisy")
    parser.add_argument("--seconds", type=int, default=Sizes.seconds, help="how long calls are counted")
    chosen = parser.parse_args(arguments)
    unknown = [name for name in chosen.parts if name not in PARTS]
    if unknown:
        parser.error(f"there is no part {unknown[0]}; there are {', '.join(PARTS)}")
    sizes = Sizes(chosen.rows, chosen.runs, chosen.seconds)
    print(f"{os.cpu_count()} cores, Python {platform.python_version()}, {platform.system()}\n")
    print("| what | measured | bar |\n| --- | ---: | ---: |")
    for name in chosen.parts or PARTS:
        for figure in PARTS[name](sizes):
            print(_line(figure), flush=True)


def _line(figure: Figure) -> str:
    return f"| {figure.what} | {figure.value} | {figure.bar} |"


if __name__ == "__main__":
    main()
