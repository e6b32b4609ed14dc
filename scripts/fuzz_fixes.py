"""Fixes oddly written programs and checks that none is broken: `python scripts/fuzz_fixes.py --count 2000` (some minutes).

Each program (see `fuzz_programs`) is one file; `--fix --unsafe-fixes` runs over many at once. What is checked: nothing is refused and no
error comes up; the file compiles as before, keeps its encoding, line ends, form feeds, comments, and the lines that no fix may touch;
nothing fixable is left and a second fix changes nothing; the patch of `--diff` gives the same bytes; and the program, run before and after
with a stand-in for the SDK, sends the same texts. Prints each fault with the number of its program; exit code 1 if there is one.
"""

from __future__ import annotations

import argparse
import ast
import os
import re
import subprocess
import sys
import tempfile
import warnings
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import libcst
from fuzz_programs import program
from fuzz_stand_in import Request, requests_of
from libcst import matchers

from llmlint.config.settings import SettingsResolver
from llmlint.discover.load import load
from llmlint.findings import Applicability
from llmlint.rules.registry import known_rules
from llmlint.run.engine import Run
from llmlint.run.fixing import Fixed, fix, patch, write_changes

CHUNK = 50
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_LINE_END = re.compile(r"\r\n|\r|\n")


@dataclass
class Tally:
    """What was seen over all programs."""

    programs: int = 0
    changed: int = 0
    ran: int = 0
    applied: Counter[str] = field(default_factory=Counter)
    left: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)


def compiles(data: bytes) -> bool:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            compile(data, "<program>", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
        except SyntaxError:
            return False
    return True


def comments(text: str) -> Counter[str]:
    found = matchers.findall(libcst.parse_module(text), matchers.Comment())
    return Counter(each.value.rstrip() for each in found if isinstance(each, libcst.Comment))


def kept_lines(data: bytes) -> list[bytes]:
    """The lines that no fix may touch: those that start with a name for it."""
    return [line for line in _LINE.findall(data) if re.match(rb"[\s\f]*keep_\d", line)]


def faults_of_text(name: str, old: bytes, new: bytes) -> Iterator[str]:
    """What is wrong with a fixed file, as its bytes tell."""
    before, after = load(old, name), load(new, name)
    if (before.encoding, before.has_bom) != (after.encoding, after.has_bom):
        yield f"was {before.encoding}, and is {after.encoding}"
    try:
        lost = comments(before.text) - comments(after.text)
    except libcst.ParserSyntaxError as error:
        yield f"does not parse: {error.message}"
        return
    if lost:
        yield f"lost comments: {dict(lost)}"
    if name.endswith(".ipynb"):
        return
    if compiles(old) and not compiles(new):
        yield "does not compile any more"
    if kept_lines(old) != kept_lines(new):
        yield "changed a line that is none of its business"
    if set(_LINE_END.findall(after.text)) - set(_LINE_END.findall(before.text)):
        yield "has line ends that it had not"
    if before.text.count("\f") != after.text.count("\f"):
        yield "lost or won a form feed"
    if before.text[-1:].isspace() != after.text[-1:].isspace():
        yield "lost or won its final newline"


def faults_of_requests(old: list[Request], new: list[Request], codes: set[str]) -> Iterator[str]:
    """Whether other texts are sent than before. A rule that reorders a prompt may change the order of its words, and no more."""
    if "LLM102" in codes:
        old, new = ([each.shuffled() for each in requests] for requests in (old, new))
    for before, after in zip(sorted(old), sorted(new), strict=False):
        if before != after:
            yield f"sends another text: {before.difference(after)}"
            return
    if len(old) != len(new):
        yield f"sent {len(old)} requests, and sends {len(new)}"


def patched(folder: Path, data: bytes) -> dict[str, bytes]:
    """What `git apply` makes of the files, which stay as they are."""
    with tempfile.TemporaryDirectory() as copy:
        for file in folder.iterdir():
            (Path(copy) / file.name).write_bytes(file.read_bytes())
        command = ["git", "apply", "-p0", "--whitespace=nowarn"]
        env = {**os.environ, "GIT_CEILING_DIRECTORIES": str(Path(copy).parent)}
        if data:
            subprocess.run(command, input=data, cwd=copy, check=True, env=env)
        return {file.name: file.read_bytes() for file in Path(copy).iterdir()}


_RUNS = 5


def fixed_run() -> tuple[Run, Fixed]:
    """One `--fix --unsafe-fixes` over the working directory, up to the writing."""
    run = Run.of_paths(["."], SettingsResolver(".", {"min-confidence": "low"}, True, known=known_rules()), known_rules())
    return run, fix(run, run.lint(), unsafe=True)


def is_fixable(applicability: Applicability) -> bool:
    return applicability is not Applicability.DISPLAY_ONLY


def check_chunk(seeds: Iterable[int], tally: Tally) -> None:
    """Write the programs of some seeds into the working directory, fix them, and check what became of them."""
    programs = {each.name: each.data for each in map(program, seeds)}
    for name, data in programs.items():
        Path(name).write_bytes(data)
    run, fixed = fixed_run()
    faults = [(each.path, each.message) for each in (*run.errors, *fixed.lint.errors)]
    faults += [(each.finding.at.path, f"{each.finding.code} was refused: {each.reason}") for each in fixed.refused]
    faults += [(each.at.path, f"{each.code} is left after all rounds") for each in fixed.unfinished]
    expected = patched(Path(), patch(fixed))
    _, errors = write_changes(fixed)
    faults += [(each.path, each.message) for each in errors]
    codes = {path: {each.code for each in fixed.applied if path in each.paths} for path in fixed.changed}
    for name, old in programs.items():
        new = Path(name).read_bytes()
        if new != expected[name]:
            faults.append((name, "the patch gives other bytes"))
        if (new != old) != (name in fixed.changed):
            faults.append((name, "was changed, or left, against what was said"))
        if new == old:
            continue
        tally.changed += 1
        problems = list(faults_of_text(name, old, new))
        if not problems and name.endswith(".py") and compiles(old):
            tally.ran += 1
            before, after = requests_of(old, name), requests_of(new, name)
            if isinstance(before, str):
                problems = [f"does not run to begin with: {before}"]
            elif isinstance(after, str):
                problems = [f"does not run any more: {after}"]
            else:
                problems = list(faults_of_requests(before, after, codes[name]))
        faults += [(name, problem) for problem in problems]
    # What a fix brings to light is reported, and left to the next run: fixing comes to rest after a few.
    for _ in range(_RUNS):
        _, again = fixed_run()
        if not again.changed:
            break
        write_changes(again)
    left = (each for each in again.lint.findings if each.fix and is_fixable(each.fix.applicability))
    faults += [(each.at.path, f"{each.code} can still be fixed") for each in left]
    tally.programs += len(programs)
    tally.applied.update(each.code for each in fixed.applied)
    tally.left.update(each.code for each in fixed.lint.findings)
    tally.faults += [f"{path}: {message}" for path, message in sorted(set(faults))]
    beside = set(os.listdir()) - programs.keys() - fixed.created.keys()
    tally.faults += [f"{name}: was left behind" for name in sorted(beside)]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=2000, help="how many programs [default: 2000]")
    parser.add_argument("--first", type=int, default=0, help="the number of the first [default: 0]")
    parser.add_argument("--keep", metavar="FOLDER", help="write programs with a fault there, as they were and as they became")
    options = parser.parse_args()
    keep = Path(options.keep).resolve() if options.keep else None
    home = os.getcwd()
    tally = Tally()
    seeds = range(options.first, options.first + options.count)
    for start in range(0, len(seeds), CHUNK):
        known = len(tally.faults)
        with tempfile.TemporaryDirectory() as folder:
            os.chdir(folder)
            check_chunk(seeds[start : start + CHUNK], tally)
            if keep:
                keep.mkdir(parents=True, exist_ok=True)
                for name in {fault.partition(":")[0] for fault in tally.faults[known:]}:
                    (keep / name).write_bytes(program(int(re.sub(r"\D", "", name))).data)
                    (keep / f"{name}.fixed").write_bytes(Path(name).read_bytes())
            os.chdir(home)
        print(*tally.faults[known:], sep="\n", end="\n" if tally.faults[known:] else "", flush=True)
    print(f"{tally.programs} programs, {tally.changed} changed, {tally.ran} of these run before and after")
    print(f"fixed: {dict(sorted(tally.applied.items()))}; left: {dict(sorted(tally.left.items()))}")
    print(f"{len(tally.faults)} faults")
    return 1 if tally.faults else 0


if __name__ == "__main__":
    sys.exit(main())
