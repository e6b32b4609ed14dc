"""Programs under tests/programs: each runs against the metered API as it is written, is fixed by llmlint, and runs again.

A program is a file `CODE/NAME.py` or a folder `CODE/NAME/` with a `main.py`. Comments at its top say what must hold beside the same output and
a lower bill:

    # expects: bill at most 0.5        (of what it was before the fix)
    # expects: same bill               (the fix only tidies up)
    # expects: fails before with 404   (the program as written ends with an error that names this)
    # options: --min-confidence low    (for llmlint)

The texts of `tests/programs/texts` lie beside each program when it runs.
"""

from __future__ import annotations

import re
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from metered.account import Account
from metered.bill import Bill
from metered.runner import Outcome, Runner
from metered.server import MeteredServer

PROGRAMS = Path(__file__).parents[1] / "programs"
TEXTS = PROGRAMS / "texts"
_EXPECTS = re.compile(r"# expects: (?:bill at most (?P<share>[\d.]+)|(?P<same>same bill)|fails before with (?P<failure>\w+))")


@dataclass(frozen=True, slots=True)
class Program:
    """A program that a rule's fix is tried on; where `code` is empty, the safe fixes of all rules are. `share` is how much of the bill
    may be left (1: just less); None where it stays the same.

    `failure` is what the output of the program as written must name when it ends with an error. `options` are for llmlint.
    """

    code: str
    name: str
    path: Path
    share: float | None
    failure: str | None
    options: tuple[str, ...]

    @property
    def id(self) -> str:
        return f"{self.code}-{self.name}"


@dataclass(frozen=True, slots=True)
class Measured:
    """A program before and after: how it ended, its bill, what llmlint said, and its files after the fix by relative path."""

    before: Outcome
    after: Outcome
    bill_before: Bill
    bill_after: Bill
    lint: Outcome
    fixed: dict[str, str]
    changed: tuple[str, ...]


def find_programs(root: Path = PROGRAMS) -> list[Program]:
    found = []
    for folder in sorted(root.glob("llm*")):
        for path in sorted(folder.iterdir()):
            main = path / "main.py" if path.is_dir() else path
            if main.suffix == ".py" and main.is_file():
                found.append(_program(folder.name.upper(), path, main))
    return found


def find_bills(root: Path = PROGRAMS / "bills") -> list[Program]:
    """Programs whose bill no fix may raise. Their first line says which: `# fixes: safe`, or `# fixes: LLM105 unsafe`."""
    found = []
    for path in sorted(root.glob("*.py")):
        match = re.match(r"# fixes: (?:safe|(LLM\d+) unsafe)\n", path.read_text(encoding="utf-8"))
        if match is None:
            raise ValueError(f"{path}: the first line does not say which fixes are applied")
        found.append(Program(match[1] or "", path.stem, path, None, None, ()))
    return found


def measure(program: Program, runner: Runner, server: MeteredServer, folder: Path) -> Measured:
    """Run, fix, run again; `folder` is empty and holds both copies afterwards."""
    before, after = _copy(program, folder / "before"), _copy(program, folder / "after")
    names = [f"{program.id}-before", f"{program.id}-after"]

    def run(path: Path, name: str) -> tuple[Outcome, Account]:
        return runner.program(path, server.environment(name)), server.account(name)

    def fix_and_run() -> tuple[Outcome, tuple[Outcome, Account]]:
        chosen = ("--unsafe-fixes", "--select", program.code) if program.code else ()
        arguments = ("check", "--isolated", "--no-cache", "--fix", *chosen, *program.options, ".")
        lint = runner.llmlint(after.parent, *arguments)
        return lint, run(after, names[1])

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.submit(run, before, names[0]), pool.submit(fix_and_run)
        (outcome_before, account_before), (lint, (outcome_after, account_after)) = first.result(), second.result()
    fixed = _sources(after.parent)
    changed = tuple(name for name, text in _sources(before.parent).items() if fixed.get(name) != text)
    return Measured(outcome_before, outcome_after, account_before.bill, account_after.bill, lint, fixed, changed)


def _program(code: str, path: Path, main: Path) -> Program:
    share: float | None = 1.0
    failure = None
    options: tuple[str, ...] = ()
    for line in main.read_text(encoding="utf-8").splitlines():
        if line.startswith("# options: "):
            options = tuple(line.removeprefix("# options: ").split())
        elif line.startswith("# expects:"):
            match = _EXPECTS.fullmatch(line)
            if match is None:
                raise ValueError(f"{main}: {line!r} is not a known expectation")
            share = None if match["same"] else float(match["share"] or 1)
            failure = match["failure"]
        else:
            break
    return Program(code, path.stem, path, share, failure, options)


def _copy(program: Program, folder: Path) -> Path:
    """The program in a folder of its own; its main file."""
    if program.path.is_dir():
        shutil.copytree(program.path, folder, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        folder.mkdir(parents=True)
        shutil.copy(program.path, folder / "main.py")
    for text in TEXTS.iterdir():
        shutil.copy(text, folder)
    return folder / "main.py"


def _sources(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): path.read_bytes().decode() for path in sorted(folder.rglob("*.py"))}
