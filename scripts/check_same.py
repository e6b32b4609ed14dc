"""Checks that findings do not depend on how they are found: `python scripts/check_same.py FOLDER_OF_REPOSITORIES... [--orders 5]`.

In each repository, `llmlint check --min-confidence low --output-format json` must print the same bytes

- in whatever order the files are checked: sorted, reversed, and shuffled by seeds,
- by one process and by two,
- without a cache, with a cold one and with a warm one.

What differs is named, with the first line that does. Exit code 1 if anything differs.
"""

from __future__ import annotations

import argparse
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import zip_longest
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from llmlint.link.program.program import Program
    from llmlint.run.engine import Run
    from llmlint.run.shards import Group

COMMAND = ["check", "--isolated", "--exit-zero", "--min-confidence", "low", "--output-format", "json"]
ORDER = "LLMLINT_CHECK_SAME_ORDER"
# Python 3.10 does not know the option, and the same error of all runs would pass for the same report.
SAFE_PATH = ["-P"] if sys.version_info >= (3, 11) else []


def in_order(paths: Iterable[str], order: int) -> list[str]:
    """The paths in one of many orders: 0 is sorted, 1 is reversed, the others are shuffled."""
    found = sorted(paths)
    if order == 1:
        found.reverse()
    elif order:
        random.Random(order).shuffle(found)
    return found


def run_in_order(order: int) -> None:
    """Be `llmlint`, with files checked in another order than the sorted one."""
    from llmlint.cli import run
    from llmlint.run.engine import Run

    check_group = Run._check_group

    def in_other_order(self: Run, program: Program, is_alone: bool, paths: Sequence[str]) -> Group:
        return check_group(self, program, is_alone, in_order(paths, order))

    Run._check_group = in_other_order  # type: ignore[method-assign]
    run()


def output(folder: Path, options: Sequence[str], order: int = 0, processors: int = 1) -> bytes:
    """What a run prints, with what it says on standard error."""
    available = sorted(os.sched_getaffinity(0))[:processors]
    process = subprocess.run(
        [sys.executable, *SAFE_PATH, __file__, *COMMAND, *options, "."],
        cwd=folder,
        env={**os.environ, ORDER: str(order)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=lambda: os.sched_setaffinity(0, available),
    )
    return process.stdout


def outputs(folder: Path, orders: int) -> Iterator[tuple[str, bytes]]:
    """What the runs print that must print the same, each with what is special about it."""
    for order in range(orders):
        yield f"order {order}", output(folder, ["--no-cache"], order)
    yield "two processes", output(folder, ["--no-cache"], processors=2)
    with tempfile.TemporaryDirectory() as cache:
        for state in ("cold", "warm"):
            yield f"{state} cache", output(folder, ["--cache-dir", cache])


def differences(folder: Path, orders: int) -> list[str]:
    found = []
    expected: bytes | None = None
    for name, printed in outputs(folder, orders):
        if expected is None:
            expected = printed
        elif printed != expected:
            lines = zip_longest(expected.splitlines(), printed.splitlines(), fillvalue=b"")
            one, other = next(pair for pair in lines if pair[0] != pair[1])
            found.append(f"{folder}: {name}\n  - {one.decode(errors='replace')}\n  + {other.decode(errors='replace')}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+", help="folders of repositories")
    parser.add_argument("--orders", type=int, default=5)
    parser.add_argument("--jobs", type=int, default=2, help="how many repositories are looked at side by side")
    options = parser.parse_args()
    repositories = sorted(each for folder in options.folders for each in folder.resolve().iterdir() if each.is_dir())
    differing = 0
    with ThreadPoolExecutor(options.jobs) as executor:
        for found in executor.map(lambda each: differences(each, options.orders), repositories):
            differing += bool(found)
            for text in found:
                print(text, flush=True)
    print(f"{len(repositories)} repositories, {options.orders + 3} runs of each: {differing} with differences")
    return int(differing > 0)


if __name__ == "__main__":
    if ORDER in os.environ:
        run_in_order(int(os.environ[ORDER]))
    sys.exit(main())
