"""Time llmlint and ruff over one tree, in turn, and print medians and ratios.

    python benchmarks/speed.py TREE [--rounds 5]

Both run without a cache and without configuration, as whole processes, from the environment that this script runs in. The machine's
own speed drifts, so what counts is the ratio: of the two runs of each round, median over the rounds.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import statistics
import subprocess
import sys
import time

BIN = pathlib.Path(sys.executable).parent
COMMANDS = {
    "llmlint": [sys.executable, "-m", "llmlint", "--isolated", "--no-cache", "--quiet", "--exit-zero", "."],
    "ruff --select F": [str(BIN / "ruff"), "check", "--isolated", "--no-cache", "--quiet", "--exit-zero", "--select", "F", "."],
    "ruff (defaults)": [str(BIN / "ruff"), "check", "--isolated", "--no-cache", "--quiet", "--exit-zero", "."],
}


def measure(command: list[str], tree: pathlib.Path) -> tuple[float, float]:
    """Seconds of wall time, and the peak memory of the largest process in MB."""
    start = time.perf_counter()
    process = subprocess.Popen(command, cwd=tree, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    _, _, usage = os.wait4(process.pid, 0)
    return time.perf_counter() - start, usage.ru_maxrss / 1024


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=pathlib.Path)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    files = sum(1 for _ in options.tree.rglob("*.py"))
    print(f"{files:,} Python files, {options.rounds} rounds after one that does not count, {os.cpu_count()} processors")
    rounds: list[dict[str, tuple[float, float]]] = []
    for number in range(options.rounds + 1):
        taken = {name: measure(command, options.tree) for name, command in COMMANDS.items()}
        if number:
            rounds.append(taken)
    for name in COMMANDS:
        seconds = statistics.median(taken[name][0] for taken in rounds)
        ratio = statistics.median(taken["llmlint"][0] / taken[name][0] for taken in rounds)
        memory = max(taken[name][1] for taken in rounds)
        print(f"{name:16} {seconds:6.2f} s   llmlint takes {ratio:5.2f} times that   {memory:5.0f} MB")
    return 0


if __name__ == "__main__":
    sys.exit(main())
