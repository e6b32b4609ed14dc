"""Applying fixes until nothing more can be fixed, checking each step, and writing the files once at the end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from llmlint.discover.decode import DecodeError, encode
from llmlint.discover.notebook import write_notebook
from llmlint.engine import Lint, Run
from llmlint.findings import Applicability, Edit, FileError, Finding
from llmlint.fixes.apply import FixOutcome, fix_texts
from llmlint.fixes.write import WriteError, replace_file, unified_diff
from llmlint.loading import LoadedFile, load_bytes

MAX_ROUNDS = 10
"""How often fixes are applied and the result is linted again; a fix may make room for another."""

_APPLICABLE = (Applicability.SAFE, Applicability.UNSAFE)

_Key = tuple[str, str, int, str, int]
"""What tells a finding from others in one state of the files: its code, and where it and its call start."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A finding whose fix was left out, and why. A refused fix is a fault of its rule."""

    finding: Finding
    reason: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """The outcome of fixing: the run with the new texts, what it still finds, and how many findings were mended.

    `changed` maps each path to the file before and after. Nothing has been written yet.
    """

    run: Run
    lint: Lint
    changed: Mapping[str, tuple[LoadedFile, LoadedFile]]
    fixed: int
    refused: tuple[Refusal, ...]


def fix(run: Run, lint: Lint, *, unsafe: bool | None = None) -> Fixed:
    """Apply the fixes of a run's findings. `unsafe`: whether unsafe ones too; None leaves that to the settings of each file."""
    start, found, fixed = run, len(lint.findings), 0
    touched: set[str] = set()
    refused: list[Refusal] = []
    barred: set[_Key] = set()
    for _ in range(MAX_ROUNDS):
        wanted = [each for each in lint.findings if _is_wanted(run, each, unsafe) and _key(each) not in barred]
        outcome = fix_texts(wanted, _APPLICABLE, run.text)
        bad = [Refusal(*pair) for pair in outcome.refused]
        if outcome.texts:
            trial, faults = _with_fixes(run, outcome)
            after = lint if faults else trial.lint()
            faults = faults or list(_not_gone(outcome, lint, after))
            if not faults:
                refused += bad
                barred = {_moved(key, outcome.edits) for key in barred | {_key(each.finding) for each in bad}}
                touched |= outcome.texts.keys()
                run, lint, fixed = trial, after, fixed + len(outcome.fixed)
                continue
            bad += faults
        if not bad:
            break
        refused += bad
        barred |= {_key(each.finding) for each in bad}
    changed = {path: (start.file(path), run.file(path)) for path in sorted(touched)}
    # Mending one finding may mend another that has no fix of its own.
    return Fixed(run, lint, changed, max(fixed, found - len(lint.findings)), tuple(refused))


def _is_wanted(run: Run, finding: Finding, unsafe: bool | None) -> bool:
    if finding.fix is None or finding.fix.applicability not in _APPLICABLE:
        return False
    if finding.fix.applicability is Applicability.SAFE:
        return True
    return run.settings.for_file(finding.call.path).unsafe_fixes if unsafe is None else unsafe


def _with_fixes(run: Run, outcome: FixOutcome) -> tuple[Run, list[Refusal]]:
    """The run with the fixed texts, read back from the bytes that would be written; and the fixes that do not survive that."""
    files: dict[str, LoadedFile] = {}
    faults: list[Refusal] = []
    for path, text in outcome.texts.items():
        file = _rewritten(run.file(path), text, outcome.edits[path])
        if isinstance(file, LoadedFile):
            files[path] = file
        else:
            touching = (each for each in outcome.fixed if each.fix and any(edit.span.path == path for edit in each.fix.edits))
            faults += [Refusal(each, file.message) for each in touching]
    return run.with_files(files), faults


def _rewritten(file: LoadedFile, text: str, edits: Sequence[Edit]) -> LoadedFile | FileError:
    """The file after an edit that gives `text`; or why there is no such file."""
    source = file.source
    try:
        # By edits and not by the text: only they say on which side of the border between two cells a new line belongs.
        data = write_notebook(file.data, source, edits) if source.cells else encode(source, text)
    except DecodeError as error:
        return FileError(source.path, str(error))
    if data is None:
        return FileError(source.path, "it crosses cells, or a line that is not Python")
    return load_bytes(source.path, data)


def _not_gone(outcome: FixOutcome, before: Lint, after: Lint) -> Iterator[Refusal]:
    """The fixes after which the same call still has as many findings of the same rule."""

    def calls(findings: Iterable[Finding]) -> Counter[tuple[str, str, int]]:
        return Counter((each.code, each.call.path, each.call.start) for each in findings)

    fixed, old, new = calls(outcome.fixed), calls(before.findings), calls(after.findings)
    for each in outcome.fixed:
        code, path, start = each.code, each.call.path, each.call.start
        expected = old[code, path, start] - fixed[code, path, start]
        if new[code, path, _moved_offset(start, outcome.edits.get(path, ()))] > expected:
            yield Refusal(each, "the finding would still be there after its fix")


def _key(finding: Finding) -> _Key:
    return finding.code, finding.at.path, finding.at.start, finding.call.path, finding.call.start


def _moved(key: _Key, edits: Mapping[str, tuple[Edit, ...]]) -> _Key:
    code, at_path, at_start, call_path, call_start = key
    at_start = _moved_offset(at_start, edits.get(at_path, ()))
    return code, at_path, at_start, call_path, _moved_offset(call_start, edits.get(call_path, ()))


def _moved_offset(offset: int, edits: Iterable[Edit]) -> int:
    """Where what stood at an offset stands after the edits."""
    ahead = [edit for edit in edits if edit.span.end <= offset]
    return offset + sum(len(edit.text) - (edit.span.end - edit.span.start) for edit in ahead)


def write_changes(fixed: Fixed) -> list[FileError]:
    """Write every changed file, if it is still as it was when it was read; what could not be written."""
    errors = []
    for path, (before, after) in fixed.changed.items():
        try:
            replace_file(path, after.data, before.data)
        except WriteError as error:
            errors.append(FileError(path, str(error)))
    return errors


def diff(fixed: Fixed) -> str:
    """What `write_changes` would change, as a unified diff; of a notebook, one for each cell."""
    parts = []
    for path, (before, after) in fixed.changed.items():
        if not before.source.cells:
            parts.append(unified_diff(path, before.source.text, after.source.text))
            continue
        for old, new in zip(before.source.cells, after.source.cells, strict=True):
            name = f"{path}:cell {old.index + 1}"
            parts.append(unified_diff(name, before.source.text[old.start : old.end], after.source.text[new.start : new.end]))
    return "".join(parts)
