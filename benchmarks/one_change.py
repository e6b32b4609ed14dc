"""Time `llmlint FILE`, as a hook runs it, after a change of that file in a project whose other files are as they were at the last run.

    python benchmarks/one_change.py TREE [--count 20] [--seed 0]

A copy of the tree is made a repository and linted once. Then one file after another gets a new statement in the body of a function, which is
drawn from all functions of the tree, then from those of files with LLM calls, and is linted alone. Prints the processor time of whole processes
(seconds): without a cache, with nothing changed, and for the changes the median, the 90th and 95th percentile and the share of at most half a
second. `--slowest N` also prints the N slowest changes.
Processes write bytecode, whatever the environment says, as compiling llmlint each time would take half a second.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import random
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

LINT = (sys.executable, "-P", "-m", "llmlint")
_FUNCTION = re.compile(r"^([ \t]*)(?:async )?def \w+\((?:[^()]|\([^()]*\))*\)[^:\n]*:\n(?=\1([ \t]+)\S)", re.MULTILINE)
_STATEMENTS = ("changed = 1", 'print("changed")', "if True:\n{0}    pass")


def environment(folder: str) -> dict[str, str]:
    return {**os.environ, "PYTHONDONTWRITEBYTECODE": "", "PYTHONPYCACHEPREFIX": os.path.join(folder, "bytecode")}


def processor_seconds(folder: str, *arguments: str) -> float:
    silent = subprocess.DEVNULL
    top = os.path.dirname(folder)
    process = subprocess.Popen([*LINT, *arguments], cwd=folder, stdout=silent, stderr=silent, env=environment(top))
    _, _, usage = os.wait4(process.pid, 0)
    return usage.ru_utime + usage.ru_stime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("tree")
    parser.add_argument("--count", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--slowest", type=int, default=0)
    options = parser.parse_args()
    choose = random.Random(options.seed)
    with tempfile.TemporaryDirectory() as top:
        folder = os.path.join(top, "project")
        shutil.copytree(options.tree, folder, symlinks=True, ignore=shutil.ignore_patterns(".git", ".llmlint_cache"))
        os.mkdir(os.path.join(folder, ".git"))
        files = sorted(str(path.relative_to(folder)) for path in pathlib.Path(folder).rglob("*.py"))
        listed = subprocess.run(
            [*LINT, "sites", "--output-format", "json"], cwd=folder, capture_output=True, env=environment(top)
        )
        processor_seconds(folder, "--no-cache", files[0])  # So that bytecode is there.
        with_calls = sorted({site["path"] for site in json.loads(listed.stdout)["sites"]} & {*files})
        time.sleep(2.5)  # So that the files are at rest.
        print(f"{len(files)} files, {len(with_calls)} with calls")
        print(f"without a cache {processor_seconds(folder, '--no-cache', files[0]):.2f}")
        processor_seconds(folder, files[0])
        print(f"nothing changed {processor_seconds(folder, files[0]):.2f}")
        for kind, among in (("all functions", files), ("functions of files with calls", with_calls)):
            changes = [(path, at) for path in among for at in _functions(os.path.join(folder, path))]
            chosen = [choose.choice(changes) for _ in range(options.count) if changes]
            found = [(_after_change(folder, *each, choose), *each) for each in chosen]
            if found:
                found.sort()
                seconds = [each[0] for each in found]
                p90, p95 = (seconds[round(share * (len(seconds) - 1))] for share in (0.9, 0.95))
                quick = sum(each <= 0.5 for each in seconds) / len(seconds)
                print(
                    f"changed, {kind}: median {statistics.median(seconds):.2f}, p90 {p90:.2f}, p95 {p95:.2f}, at most 0.5 s: {quick:.0%}",
                    flush=True,
                )
                for spent, path, number in found[::-1][: options.slowest]:
                    print(f"  {spent:.2f} {path}, function {number}")


def _functions(path: str) -> range:
    """The numbers of the functions of a file."""
    try:
        with open(path, encoding="utf-8", newline="") as file:
            return range(len(_FUNCTION.findall(file.read())))
    except UnicodeDecodeError:
        return range(0)


def _after_change(folder: str, path: str, number: int, choose: random.Random) -> float:
    place = os.path.join(folder, path)
    with open(place, encoding="utf-8", newline="") as file:
        text = file.read()
    function = list(_FUNCTION.finditer(text))[number]
    indent = function[1] + function[2]
    statement = choose.choice(_STATEMENTS).format(indent)
    with open(place, "w", encoding="utf-8", newline="") as file:
        file.write(f"{text[: function.end()]}{indent}{statement}\n{text[function.end() :]}")
    time.sleep(0.2)
    return processor_seconds(folder, path)


if __name__ == "__main__":
    main()
