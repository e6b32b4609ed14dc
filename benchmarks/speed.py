"""Time llmlint against other linters, and print medians, ratios and memory.

    python benchmarks/speed.py TREE [--rounds 5]                          one tree, with what is installed here
    python benchmarks/speed.py [--rounds 5] [--home FOLDER] [--growth]    everything, from pinned packages

With a TREE, llmlint and ruff run from the environment that this script runs in. Without one, two trees of pinned wheels are downloaded, and
llmlint, ruff, semgrep and trainlab-optimize are installed into environments of their own below `--home`, where all of it stays for the
next time; a tool that cannot be installed is named and left out. Then starts, an editor's re-lint, and with `--growth` (1.5 GB of copies)
trees from 1,000 to 100,000 files are timed too.

All run as whole processes and without configuration; without a cache, except where it says warm. The machine's own speed drifts, so what
counts is the ratio: of the two runs of each round, median over the rounds. Memory is the peak over all processes together, measured in a
run of its own.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile

import trees
from measure import Command, Result, in_turn, peak_memory, seconds
from tools import ROOT, Tools

BIN = pathlib.Path(sys.executable).parent
GROWTH = (1_000, 10_000, 100_000)

GOALS = {
    "plain": [("llmlint, cold", "ruff --select F", 0.4), ("llmlint, warm", "ruff --select F", 1.5)],
    "dense": [
        ("llmlint, cold", "ruff (defaults)", 1.0),
        ("llmlint, cold", "trainlab-optimize", 0.4),
        ("llmlint, warm", "ruff --select F", 1.5),
    ],
}
"""What llmlint is to take at most, as a multiple of what another takes on the same tree (on two processors)."""

NO_CALL = '"""Adds."""\n\n\ndef add(a, b):\n    return a + b\n'
THREE_CALLS = (
    '"""Answers questions."""\n\nimport anthropic\n\nclient = anthropic.Anthropic()\nBOOK = "'
    + "Answer from this handbook, and from nothing else. " * 200
    + '"\n\n'
    + "".join(
        f"\n\ndef answer_{number}(question):\n    return client.messages.create(\n"
        '        model="claude-haiku-5-5",\n        max_tokens=300,\n        system=BOOK,\n'
        '        messages=[{"role": "user", "content": question}],\n    )\n'
        for number in range(3)
    )
)


def padded(text: str, lines: int) -> str:
    """A program made longer by functions without calls."""
    number = 0
    while text.count("\n") < lines:
        text += f"\n\ndef helper_{number}(items, limit={number}):\n    total = [item for item in items if item > limit]\n"
        text += "    for index, item in enumerate(total):\n        print(index, item)\n    return total\n"
        number += 1
    return text


def show(results: dict[str, Result], base: str) -> None:
    for name, result in results.items():
        memory = "" if result.memory is None else f"{result.memory:8,.0f} MB"
        print(f"  {name:20} {result.median:7.2f} s   {result.ratio(results[base]):6.2f} x {base}{memory}")


def compare(tree: pathlib.Path, name: str, tools: Tools, rounds: int) -> None:
    print(f"\n{name}: {trees.described(tree)}", flush=True)
    results = in_turn(dict(tools.linting(tree)), rounds, memory=True)
    show(results, "ruff --select F" if "ruff --select F" in results else "llmlint, cold")
    for own, other, goal in GOALS[name]:
        if own in results and other in results:
            ratio = results[own].ratio(results[other])
            print(f"  goal: {own} at most {goal} x {other}: {ratio:.2f}, {'met' if ratio <= goal else 'missed'}")


def starts(tools: Tools, rounds: int, folder: pathlib.Path) -> None:
    (folder / "small.py").write_text(NO_CALL)
    (folder / "calls.py").write_text(padded(THREE_CALLS, 300))
    python, llmlint = tools.bin("llmlint", "python"), tools.bin("llmlint", "llmlint")
    check = [llmlint, "--isolated", "--no-cache", "--quiet", "--exit-zero"]
    results = in_turn(
        {
            "python -c pass": Command([python, "-c", "pass"], folder),
            "a small file": Command([*check, "small.py"], folder),
            "import libcst": Command([python, "-c", "import libcst"], folder),
            "three calls": Command([*check, "calls.py"], folder),
            "llmlint --help": Command([llmlint, "--help"], folder),
        },
        max(rounds, 15),
    )
    print("\nStarts, whole processes:")
    for name, result in results.items():
        print(f"  {name:20} {result.median * 1000:7.0f} ms")
    more = statistics.median(
        own - base for own, base in zip(results["a small file"].times, results["python -c pass"].times, strict=True)
    )
    times = results["three calls"].ratio(results["import libcst"])
    print(
        f"  goal: a small file at most 60 ms more than python -c pass: {more * 1000:.0f}, {'met' if more <= 0.06 else 'missed'}"
    )
    print(f"  goal: three calls at most 2 x import libcst: {times:.2f}, {'met' if times <= 2 else 'missed'}")


def editor(tools: Tools, folder: pathlib.Path) -> None:
    path = folder / "editor.py"
    path.write_text(padded(THREE_CALLS, 1000))
    command = [tools.bin("llmlint", "python"), str(ROOT / "benchmarks" / "editor.py"), "--once", str(path)]
    taken = [float(line) for line in subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()]
    median = statistics.median(taken)
    print(f"\nRe-lint of a 1,000-line file after a key press: median {median * 1000:.0f} ms, worst {max(taken) * 1000:.0f} ms")
    print(f"  goal: at most 100 ms: {'met' if median <= 0.1 else 'missed'}")


def growth(tools: Tools, home: pathlib.Path, bases: list[pathlib.Path]) -> None:
    print("\nGrowth, cold, copies with changed content, less the time of a start:", flush=True)
    tree = home / "growth"
    command = Command([tools.bin("llmlint", "llmlint"), "--isolated", "--quiet", "--exit-zero", "--no-cache", "."], tree)
    shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir()
    start = statistics.median(seconds(command) for _ in range(5))
    smallest = 0.0
    for count in GROWTH:
        trees.copies(bases, count, tree)
        seconds(command)
        taken = statistics.median(seconds(command) for _ in range(3)) - start
        per_file = taken / count
        smallest = smallest or per_file
        memory = peak_memory(command)
        print(
            f"  {count:8,} files {taken:8.2f} s   {per_file * 1e6:6.0f} µs a file, {per_file / smallest:.2f} times that of the smallest"
            + ("" if memory is None else f"   {memory:,.0f} MB"),
            flush=True,
        )
    shutil.rmtree(tree)


def one_tree(tree: pathlib.Path, rounds: int) -> None:
    """llmlint and ruff as they are installed here."""
    ruff = [str(BIN / "ruff"), "check", "--isolated", "--no-cache", "--quiet", "--exit-zero"]
    llmlint = [sys.executable, "-m", "llmlint", "--isolated", "--quiet", "--exit-zero"]
    with tempfile.TemporaryDirectory() as cache:
        commands = {
            "llmlint": Command([*llmlint, "--no-cache", "."], tree),
            "llmlint, warm": Command([*llmlint, "--cache-dir", cache, "."], tree),
            "ruff --select F": Command([*ruff, "--select", "F", "."], tree),
            "ruff (defaults)": Command([*ruff, "."], tree),
        }
        print(f"{trees.described(tree)}, {rounds} rounds after one that does not count, {os.cpu_count()} processors", flush=True)
        results = in_turn(commands, rounds, memory=True)
    for name, result in results.items():
        memory = "" if result.memory is None else f"   {result.memory:5.0f} MB"
        print(f"{name:16} {result.median:6.2f} s   llmlint takes {results['llmlint'].ratio(result):5.2f} times that{memory}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree", type=pathlib.Path, nargs="?")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--home", type=pathlib.Path, default=pathlib.Path(tempfile.gettempdir()) / "llmlint-benchmarks")
    parser.add_argument("--growth", action="store_true")
    options = parser.parse_args()
    if options.tree is not None:
        one_tree(options.tree, options.rounds)
        return 0
    home: pathlib.Path = options.home.resolve()
    home.mkdir(parents=True, exist_ok=True)
    bases = {name: trees.unpacked(name, home) for name in trees.TREES}
    tools = Tools(home)
    if "llmlint" in tools.missing:
        print(f"llmlint cannot be installed: {tools.missing['llmlint']}", file=sys.stderr)
        return 2
    print(f"{options.rounds} rounds after one that does not count, {os.cpu_count()} processors, Python {sys.version.split()[0]}")
    for name, why in tools.missing.items():
        print(f"{name} cannot be installed here and is left out: {why}")
    for name, tree in bases.items():
        compare(tree, name, tools, options.rounds)
    with tempfile.TemporaryDirectory() as folder:
        starts(tools, options.rounds, pathlib.Path(folder))
        editor(tools, pathlib.Path(folder))
    if options.growth:
        growth(tools, home, list(bases.values()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
