"""The bill of half an hour before and after `llmlint --fix --unsafe-fixes`: `python benchmarks/bill/run.py`.

Runs the program in `fernweh/` with the real SDKs against the metered API of the tests, fixes a copy of it, and runs that. Prints tokens and
dollars by bucket, and what each rule saves. Exit code 1 if an answer differs, or more of the bill is left than the goal. Needs the
`dev` extra and a POSIX system.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parents[1] / "tests"), str(HERE.parents[1])]

from metered.account import Settings  # noqa: E402
from metered.bill import Bill  # noqa: E402
from metered.runner import Outcome, Runner  # noqa: E402
from metered.server import MeteredServer  # noqa: E402

GOAL = 0.37
# The time in which the requests come: half an hour is what a bill of $4,200 a month means. The same requests in twelve hours are so far apart
# that most find nothing in the cache.
BUSY, SPARSE = 1800.0, 43_200.0
# Buckets in the order of the audit, with their share of its bill and words that only their prompts have.
BUCKETS: dict[str, tuple[float, tuple[str, ...]]] = {
    "first-time document analysis": (
        0.21,
        ("You read a contract that a partner sent", "Record this invoice, with all its pages"),
    ),
    "user chat turns": (0.10, ("You are Mira, the voice of",)),
    "repeated system prompts": (
        0.43,
        (
            "Support handbook of Fernweh",
            "You decide claims of night train",
            "Write one PostgreSQL query",
            "You translate texts of a night",
        ),
    ),
    "Opus for simple tasks": (
        0.16,
        ("Classify the ticket of a night", "Extract the fields from the ticket", "You write marketing copy"),
    ),
    "serial bulk runs": (0.10, ("Sum up the report of a train crew", "Give 3 words as tags", "A paragraph of 70 words on")),
}
# The rules with something to fix here. Each step adds one, so that what a rule saves is what those before it left.
RULES = ("LLM101", "LLM102", "LLM103", "LLM105", "LLM108", "LLM202", "LLM201", "LLM301", "LLM302")


@dataclass(frozen=True)
class Day:
    """One run of the program: how it ended and what it cost, with what llmlint said before it."""

    outcome: Outcome
    bill: Bill
    lint: Outcome | None


def bucket_of(text: str, request: Mapping[str, object]) -> str:
    """The bucket of a request, by the words of its prompt."""
    return next((name for name, (_, words) in BUCKETS.items() if any(word in text for word in words)), "other")


def run_day(
    server: MeteredServer, runner: Runner, folder: Path, select: Sequence[str] | None = None, seconds: float = BUSY
) -> Day:
    """Run the program in a new folder, fixed by the selected rules first; `select` is None for the program as it is written. `seconds` is the
    time in which the same requests come."""
    shutil.copytree(HERE / "fernweh", folder / "fernweh", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(HERE / "day.py", folder)
    lint = None
    if select is not None:
        chosen = ["--select", ",".join(select)] if select else []
        arguments = ["check", "--isolated", "--no-cache", "--fix", "--unsafe-fixes", *chosen, "fernweh"]
        lint = runner.llmlint(folder, *arguments)
    outcome = runner.program(folder / "day.py", server.environment(folder.name), [str(seconds)])
    if outcome.code:
        raise SystemExit(f"the program of {folder.name} failed:\n{outcome.err}")
    return Day(outcome, server.account(folder.name).bill, lint)


def table(before: Bill, after: Bill) -> str:
    """Requests, tokens and dollars by bucket."""
    head = f"{'bucket':30}{'requests':>9}{'audit':>7}{'before':>8}{'':>9}{'after':>9}{'left':>7}"
    head += f"   {'input':>9}{'written':>9}{'read':>10}{'output':>8}"
    lines = [head]
    old, new = before.by_bucket(), after.by_bucket()
    for name, (share, _) in BUCKETS.items():
        lines.append(_row(name, f"{share:.0%}", old.get(name, Bill()), new.get(name, Bill()), before.dollars))
    lines.append(_row("all", "100%", before, after, before.dollars))
    return "\n".join(lines)


def _row(name: str, audit: str, old: Bill, new: Bill, total: float) -> str:
    tokens = new.tokens
    left = new.dollars / old.dollars if old.dollars else 0.0
    return (
        f"{name:30}{len(old.lines):>9}{audit:>7}{old.dollars / total:>8.1%}{old.dollars:>9.4f}{new.dollars:>9.4f}{left:>7.2f}   "
        f"{tokens.input:>9,}{tokens.write:>9,}{tokens.read:>10,}{tokens.output:>8,}"
    )


def bill_of(root: Path, *, step_by_step: bool = True, seconds: float = BUSY) -> tuple[Day, Day, list[tuple[str, float]]]:
    """The day as the program is written, with all fixes that are on by default, and the dollars after each rule was added.

    `root` is an empty folder, which holds the programs afterwards; `seconds` is the time in which the requests come.
    """
    settings = Settings(latency=0.001, bucket_of=bucket_of, clock_stands_still=True)
    with MeteredServer(settings) as server, Runner() as runner, ThreadPoolExecutor(2) as pool:
        before = pool.submit(run_day, server, runner, root / "before", None, seconds)
        after = pool.submit(run_day, server, runner, root / "after", (), seconds)
        steps: list[tuple[str, Future[Day]]] = []
        for number, code in enumerate(RULES if step_by_step else ()):
            steps.append((code, pool.submit(run_day, server, runner, root / code, RULES[: number + 1], seconds)))
        return before.result(), after.result(), [(code, day.result().bill.dollars) for code, day in steps]


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("--keep", type=Path, help="a new folder to keep the program in, as written and fixed")
    parser.add_argument("--sparse", action="store_true", help="the same requests in twelve hours: no fix may raise the bill")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as temporary:
        before, after, steps = bill_of(options.keep or Path(temporary), seconds=SPARSE if options.sparse else BUSY)
    print(table(before.bill, after.bill))
    print()
    cost = before.bill.dollars
    for code, dollars in steps:
        print(
            f"{code} {(dollars - cost) / before.bill.dollars:>+8.1%} of the bill, which is then {dollars / before.bill.dollars:.3f}"
        )
        cost = dollars
    same = before.outcome.out == after.outcome.out
    share = after.bill.dollars / before.bill.dollars
    print(f"\nanswers: {'all the same' if same else 'not the same'} ({len(before.outcome.out.splitlines())} lines)")
    goal = 1.0 if options.sparse else GOAL
    print(f"the bill falls to {share:.3f} of what it was (goal {goal}); $4,200 become ${4200 * share:,.0f}")
    if after.lint is not None:
        print(after.lint.out.rstrip().rpartition("\n")[2])
    return 0 if same and share <= goal else 1


if __name__ == "__main__":
    sys.exit(main())
