"""Applying fixes until nothing more can be fixed, checking each step, and writing the files once at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from llmlint.discover.write import rewritten
from llmlint.engine import Lint, Run
from llmlint.findings import Applicability, Edit, FileError, Finding
from llmlint.fixes.apply import FixOutcome, fix_texts
from llmlint.fixes.write import WriteError, replace_file, unified_diff
from llmlint.loading import LoadedFile, load_bytes

MAX_ROUNDS = 10
"""How often fixes are applied and the result is linted again; a fix may make room for another."""

_APPLICABLE = (Applicability.SAFE, Applicability.UNSAFE)

_Key = tuple[str, str, int, int]
"""What tells a finding from others in one state of the files: code, file, and where call and finding start."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A finding whose fix was left out, and why. A refused fix is a fault of its rule."""

    finding: Finding
    reason: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """The outcome of fixing: the run with the new texts, what it still finds, and how many findings were mended.

    `run.loaded` holds what is to be written for each path of `changed`. Nothing has been written yet.
    """

    run: Run
    lint: Lint
    changed: tuple[str, ...]
    fixed: int
    refused: tuple[Refusal, ...]


def fix(run: Run, lint: Lint, *, unsafe: bool | None) -> Fixed:
    """Apply the fixes of a run's findings. `unsafe`: whether unsafe ones too; None leaves that to the settings of each file."""
    start, before = run, len(lint.findings)
    fixed = 0
    refused: list[Refusal] = []
    barred: set[_Key] = set()
    for _ in range(MAX_ROUNDS):
        wanted = [finding for finding in lint.findings if _is_wanted(run, finding, unsafe) and _key(finding) not in barred]
        outcome = fix_texts(wanted, _APPLICABLE, lambda path: run.loaded[path].source.text)
        refusals = [Refusal(*pair) for pair in outcome.refused]
        if outcome.texts:
            trial, faults = _with_texts(run, outcome)
            after = trial.lint() if not faults else None
            if after is not None:
                faults = list(_not_gone(outcome, lint, after))
            if after is not None and not faults:
                barred = {_moved_key(key, outcome.edits) for key in barred | {_key(each.finding) for each in refusals}}
                refused += refusals
                run, lint, fixed = trial, after, fixed + len(outcome.fixed)
                continue
            refusals += faults
        if not refusals:
            break
        refused += refusals
        barred |= {_key(each.finding) for each in refusals}
    changed = tuple(path for path in sorted(run.loaded) if run.loaded[path].data != start.loaded[path].data)
    # A fix may mend more than the finding that brought it.
    fixed = max(fixed, before - len(lint.findings))
    return Fixed(run, lint, changed, fixed, tuple(refused))


def _is_wanted(run: Run, finding: Finding, unsafe: bool | None) -> bool:
    if finding.fix is None or finding.fix.applicability not in _APPLICABLE:
        return False
    if finding.fix.applicability is Applicability.SAFE:
        return all(edit.span.path in run.loaded for edit in finding.fix.edits)
    return run.settings.for_file(finding.call.path).unsafe_fixes if unsafe is None else unsafe
