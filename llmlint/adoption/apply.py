"""Baselines and suppressing comments in a run: what is left when a baseline is applied, and how both are written."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from llmlint.adoption.baseline import FILE, Baseline, BaselineError, fingerprints
from llmlint.console import write
from llmlint.findings import FileError
from llmlint.report.terminal import visible
from llmlint.run.base_run import BaseRun, Lint

if TYPE_CHECKING:
    from collections.abc import Sequence

    from llmlint.findings import Finding
    from llmlint.run.engine import Run


def read_baseline(root: str) -> tuple[Baseline | None, list[FileError]]:
    """The baseline of a project, and why it cannot be used."""
    try:
        return Baseline.read(root), []
    except BaselineError as error:
        return None, [FileError(os.path.relpath(os.path.join(root, FILE)), str(error))]


def without_known(lint: Lint, run: BaseRun, baseline: Baseline, *, says_stale: bool) -> Lint:
    """What was found less what the baseline has. `says_stale`: whether entries that nothing has any more are named on standard error."""
    new, stale = baseline.new(lint.findings, run.source)
    if stale and says_stale:
        entries = "1 entry is" if len(stale) == 1 else f"{len(stale)} entries are"
        write(
            f"warning: {visible(os.path.relpath(baseline.path))}: {entries} not found any more: run `llmlint baseline`\n",
            sys.stderr,
        )
    return Lint(tuple(new), lint.errors, lint.notes)


def update_baseline(run: Run, lint: Lint, *, takes_new: bool) -> tuple[str, list[FileError]]:
    """Write the baseline of a run over a whole project. One that is there only loses entries, unless new ones are asked for."""
    try:
        known = Baseline.read(run.root)
    except BaselineError as error:
        return "", [FileError(os.path.relpath(os.path.join(run.root, FILE)), str(error))]
    found = fingerprints(lint.findings, run.root, run.source)
    new, stale = known.match(found) if known is not None else ([], [])
    left = set() if takes_new else set(new)
    baseline = Baseline(run.root, (each for number, each in enumerate(found) if number not in left))
    try:
        baseline.write()
    except OSError as error:
        return "", [FileError(os.path.relpath(baseline.path), error.strerror or str(error))]
    said = [f"{len(baseline.entries)} in {os.path.relpath(baseline.path)}"]
    said += [f"{len(stale)} removed"] if stale else []
    said += [f"{len(new)} new " + ("added" if takes_new else "left out (--add takes them in)")] if new else []
    return ", ".join(said) + "\n", []


def add_comments(run: Run, lint: Lint, reason: str) -> tuple[int, list[FileError], Run, Sequence[Finding]]:
    """Add comments that suppress all that was found: how many findings that holds for, what went wrong, the run over the files with these
    comments, and the findings that are left in it."""
    from llmlint.adoption.add_ignores import with_comments
    from llmlint.run.fixing import apply_once, write_changes

    left, errors = lint.findings, list[FileError]()
    # Of two findings about one model one is told. Where a comment suppresses it, it is the other.
    for _ in range(2):
        commented, _ = with_comments(left, reason, run.source)
        fixed, failed = write_changes(apply_once(run, commented))
        errors += failed
        is_settled = {(each.code, each.message) for each in fixed.lint.findings} <= {(each.code, each.message) for each in left}
        run, left = fixed.run, fixed.lint.findings
        if failed or is_settled:
            break
    return max(len(lint.findings) - len(left), 0), errors, run, left
