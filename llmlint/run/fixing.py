"""Applying fixes until nothing more can be fixed, checking each step, and writing the files once at the end."""

from __future__ import annotations

import contextlib
import os
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from llmlint.discover.decode import DecodeError, encode
from llmlint.discover.notebook import write_notebook
from llmlint.discover.walk import LEADS_OUT
from llmlint.files.regular import Enclosure
from llmlint.findings import Applicability, AppliedFix, Edit, FileError, Finding
from llmlint.fixes.apply import FixOutcome, fix_texts
from llmlint.fixes.leftovers import remove_leftovers
from llmlint.fixes.patch import readable_diff, unified_diff
from llmlint.fixes.write import Replacement, WriteError, held_signals, replace_files
from llmlint.run.engine import Lint, Run
from llmlint.run.loading import LoadedFile, load_bytes
from llmlint.source import Source

MAX_PASSES = 10
"""How often fixes are applied and the result is linted again; a fix may make room for another. What is left then is said."""

_APPLICABLE = (Applicability.SAFE, Applicability.UNSAFE)

_LINE_END = re.compile(r"\r\n|\r|\n")

_Key = tuple[str, str, int, str, int]
"""What tells a finding from others in one state of the files: its code, and where it and its call start."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A finding whose fix was left out, and why. A refused fix is a fault of its rule."""

    finding: Finding
    reason: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """The outcome of fixing: the run with the new texts, what it still finds, and how many findings were fixed.

    Only findings of the first report are fixed. `found` is how many they were, `gone` counts those that no longer hold after the fixes
    of others, and `appeared` are those that only hold after fixes: they are reported, for the next run to fix. `changed` maps each path
    to the file before and after; `created` are new files. `unfinished` are findings with a fix that was not applied, as fixing did not
    come to rest within `MAX_PASSES`. Nothing has been written yet.
    """

    run: Run
    lint: Lint
    changed: Mapping[str, tuple[LoadedFile, LoadedFile]]
    created: Mapping[str, LoadedFile]
    found: int
    fixed: int
    gone: int
    appeared: tuple[Finding, ...]
    applied: tuple[AppliedFix, ...]
    refused: tuple[Refusal, ...]
    unfinished: tuple[Finding, ...]


def fix(run: Run, lint: Lint, *, unsafe: bool | None = None) -> Fixed:
    """Apply the fixes of a run's findings. `unsafe`: whether unsafe ones too; None leaves that to the settings of each file."""
    start, found = run, len(lint.findings)
    asked = Counter(map(_key, lint.findings))
    offered = Counter(_key(each) for each in lint.findings if _is_wanted(run, each, unsafe))
    touched: set[str] = set()
    created: dict[str, LoadedFile] = {}
    applied: list[AppliedFix] = []
    refused: list[Refusal] = []
    barred: set[_Key] = set()
    states = {_state(start, start, touched)}
    wanted = _wanted(run, lint, unsafe, barred, offered)
    for _ in range(MAX_PASSES):
        if not wanted:
            break
        outcome = fix_texts(wanted, _APPLICABLE, run.text)
        bad = [Refusal(*pair) for pair in outcome.refused]
        if outcome.texts:
            trial, faults = _with_fixes(run, outcome)
            state = _state(start, trial, touched | outcome.texts.keys())
            if not faults and state in states:
                faults = [Refusal(each, "it would undo another fix") for each in outcome.fixed]
            after = lint if faults else trial.lint()
            faults = faults or list(_faults_of(outcome, lint, after))
            if not faults:
                barred = {_moved(key, outcome.edits) for key in barred | {_key(each.finding) for each in bad}}
                touched |= outcome.texts.keys()
                created |= {
                    path: trial.file(path) for path in outcome.created if not start.disk.is_file(start.disk.absolute(path))
                }
                states.add(state)
                applied += (_applied(run, each) for each in outcome.fixed)
                done = Counter(map(_key, outcome.fixed))
                asked, offered = (_moved_keys(keys - done, outcome.edits) for keys in (asked, offered))
                run, lint = trial, after
            else:
                bad += faults
                barred |= {_key(each.finding) for each in bad}
        else:
            barred |= {_key(each.finding) for each in bad}
        refused += bad
        wanted = _wanted(run, lint, unsafe, barred, offered)
    changed = {path: (start.file(path), run.file(path)) for path in sorted(touched - created.keys())}
    created = {path: run.file(path) for path in sorted(created)}
    counts = Counter(map(_key, lint.findings))
    gone = found - len(applied) - (asked & counts).total()
    appeared = tuple(each for each in lint.findings if _key(each) not in asked)
    return Fixed(
        run, lint, changed, created, found, len(applied), max(0, gone), appeared, tuple(applied), tuple(refused), tuple(wanted)
    )


def _applied(run: Run, finding: Finding) -> AppliedFix:
    message = finding.fix.message if finding.fix is not None else ""
    at = finding.at
    return AppliedFix(finding.code, message, at.path, run.source(at.path).location(at.start), _paths_of(finding))


def apply_once(run: Run, findings: Sequence[Finding]) -> Fixed:
    """Apply the given fixes, and no others."""
    outcome = fix_texts([_adapted(run, each, _real_names(run)) for each in findings], _APPLICABLE, run.text)
    trial, faults = _with_fixes(run, outcome)
    refused = [*(Refusal(*pair) for pair in outcome.refused), *faults]
    if faults or not outcome.texts:
        return Fixed(run, run.lint(), {}, {}, len(findings), 0, 0, (), (), tuple(refused), ())
    changed = {path: (run.file(path), trial.file(path)) for path in sorted(outcome.texts)}
    applied = tuple(_applied(run, each) for each in outcome.fixed)
    return Fixed(trial, trial.lint(), changed, {}, len(findings), len(applied), 0, (), applied, tuple(refused), ())


def _state(start: Run, run: Run, paths: Iterable[str]) -> frozenset[tuple[str, bytes]]:
    """What tells a state of the files from others: those that differ from the start."""

    def at_start(path: str) -> bytes | None:
        with contextlib.suppress(KeyError):  # One that a fix has created.
            return start.file(path).data
        return None

    return frozenset((path, run.file(path).data) for path in paths if run.file(path).data != at_start(path))


def _wanted(run: Run, lint: Lint, unsafe: bool | None, barred: set[_Key], offered: Counter[_Key]) -> list[Finding]:
    """The findings whose fixes are to be applied, each with edits that suit the files: those that the first report offered."""
    wanted = [
        each for each in lint.findings if _is_wanted(run, each, unsafe) and _key(each) not in barred and offered[_key(each)] > 0
    ]
    names = _real_names(run)
    return [_adapted(run, each, names) for each in wanted]


def _real_names(run: Run) -> dict[str, str]:
    """Of files that the run knows by several names (symbolic links), the name to edit for each of the others."""
    by_place: dict[str, list[str]] = {}
    known = {path: file for path, file in (run.imported | dict(run.loaded)).items() if file is not None}
    for path in sorted(known):
        by_place.setdefault(os.path.realpath(path), []).append(path)
    names: dict[str, str] = {}
    for place, paths in by_place.items():
        best = next((path for path in paths if os.path.abspath(path) == place), paths[0])
        names |= {path: best for path in paths if path != best and known[path].data == known[best].data}
    return names


def _adapted(run: Run, finding: Finding, names: Mapping[str, str]) -> Finding:
    """The finding with a fix that edits files under the given names, and whose lines end as the others of the file do."""
    fix = finding.fix
    if fix is None:
        return finding
    edits = []
    for edit in fix.edits:
        path = names.get(edit.span.path, edit.span.path)
        edits.append(Edit(replace(edit.span, path=path), with_line_ends(edit.text, run.file(edit.span.path).source)))
    # Two names of one file give the same edit twice.
    return replace(finding, fix=replace(fix, edits=tuple(dict.fromkeys(edits))))


def with_line_ends(text: str, source: Source) -> str:
    """A text with the line ends of a file. To Python it says the same: in a string, too, each of them reads as `\\n`."""
    if "\r" not in text and "\r" not in source.text:
        return text
    known = frozenset(_LINE_END.findall(source.text))
    return _LINE_END.sub(lambda match: match[0] if match[0] in known else source.newline, text)


def _is_wanted(run: Run, finding: Finding, unsafe: bool | None) -> bool:
    if finding.fix is None or finding.fix.applicability not in _APPLICABLE or not finding.fix.edits:
        return False
    if run.given and not finding.fix.paths() <= run.given:
        return False  # A filter changes its text and nothing else.
    if finding.fix.applicability is Applicability.SAFE:
        return True
    return run.settings.for_file(finding.call.path).unsafe_fixes if unsafe is None else unsafe


def _with_fixes(run: Run, outcome: FixOutcome) -> tuple[Run, list[Refusal]]:
    """The run with the fixed texts, read back from the bytes that would be written; and the fixes that do not survive that."""
    files: dict[str, LoadedFile] = {}
    faults: list[Refusal] = []
    others = _real_names(run)
    for path, text in outcome.texts.items():
        file = _rewritten(run.file(path), text, outcome.edits[path])
        if isinstance(file, LoadedFile):
            files[path] = file
            # The file under its other names has changed with it.
            copies = {name: load_bytes(name, file.data) for name, real in others.items() if real == path}
            files |= {name: copy for name, copy in copies.items() if isinstance(copy, LoadedFile)}
        else:
            faults += [Refusal(each, file.message) for each in outcome.fixed if path in _paths_of(each)]
    for path, text in outcome.created.items():
        file = load_bytes(path, text.encode())
        if isinstance(file, LoadedFile):
            files[path] = file
        else:
            faults += [Refusal(each, f"{path}: {file.message}") for each in outcome.fixed if path in _paths_of(each)]
    return run.with_files(files, outcome.created), faults


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


def _faults_of(outcome: FixOutcome, before: Lint, after: Lint) -> Iterator[Refusal]:
    """The fixes after which the same call still has as many findings of the same rule, or after which a rule fails."""

    def calls(findings: Iterable[Finding]) -> dict[tuple[str, str, int], list[Finding]]:
        found: dict[tuple[str, str, int], list[Finding]] = {}
        for each in findings:
            found.setdefault((each.code, each.call.path, each.call.start), []).append(each)
        return found

    failed = {error.path for error in set(after.errors) - set(before.errors)}
    fixed, old, new = calls(outcome.fixed), calls(before.findings), calls(after.findings)
    for each in outcome.fixed:
        code, path, start = each.code, each.call.path, each.call.start
        expected = len(old[code, path, start]) - len(fixed[code, path, start])
        left = new.get((code, path, _moved_offset(start, outcome.edits.get(path, ()))), [])
        if failed & {path, *_paths_of(each)}:
            yield Refusal(each, "the fixed code could not be checked")
        elif len(left) > expected and not all(_is_another(other, each, outcome.edits) for other in left):
            yield Refusal(each, "the finding would still be there after its fix")


def _is_another(left: Finding, fixed: Finding, edits: Mapping[str, tuple[Edit, ...]]) -> bool:
    """Whether what is left is not the finding that was fixed, but lies elsewhere in text that was there before: one mark of several."""
    path, shift = left.at.path, 0
    if any(edit.span == fixed.at for edit in edits.get(path, ())) and left.message != fixed.message:
        return True  # What it points at was replaced: the successor of a model that is gone may be a premium model, too.
    if path == fixed.at.path and left.at.start == _moved_offset(fixed.at.start, edits.get(path, ())):
        return False
    for edit in edits.get(path, ()):
        start = edit.span.start + shift
        if left.at.start < start + len(edit.text) and start < left.at.end:
            return False
        shift += len(edit.text) - (edit.span.end - edit.span.start)
    return True


def _paths_of(finding: Finding) -> frozenset[str]:
    """The files that the fix of a finding changes or creates."""
    return finding.fix.paths() if finding.fix else frozenset()


def _key(finding: Finding) -> _Key:
    return finding.code, finding.at.path, finding.at.start, finding.call.path, finding.call.start


def _moved(key: _Key, edits: Mapping[str, tuple[Edit, ...]]) -> _Key:
    code, at_path, at_start, call_path, call_start = key
    at_start = _moved_offset(at_start, edits.get(at_path, ()))
    return code, at_path, at_start, call_path, _moved_offset(call_start, edits.get(call_path, ()))


def _moved_keys(keys: Counter[_Key], edits: Mapping[str, tuple[Edit, ...]]) -> Counter[_Key]:
    moved: Counter[_Key] = Counter()
    for key, number in keys.items():
        moved[_moved(key, edits)] += number
    return moved


def _moved_offset(offset: int, edits: Iterable[Edit]) -> int:
    """Where what stood at an offset stands after the edits."""
    ahead = [edit for edit in edits if edit.span.end <= offset]
    return offset + sum(len(edit.text) - (edit.span.end - edit.span.start) for edit in ahead)


def write_changes(fixed: Fixed) -> tuple[Fixed, list[FileError]]:
    """Write every changed file that is still as it was when it was read, and every new one, and say which could not be written.

    Files that one fix changed are written together or not at all, and a new file with the first of those whose fixes need it.
    Returns what holds then: with the files that were not written as they were. Ctrl-C and `kill` are held back while files that
    belong together are written, and stop what comes after.
    """
    run = fixed.run
    folders = {os.path.dirname(path) for path in run.paths}
    remove_leftovers(sorted(folders | {os.path.dirname(os.path.realpath(path)) for path in fixed.changed}))
    enclosure = Enclosure(run.disk.absolute(run.root))
    errors: list[FileError] = []
    failed: set[str] = set()
    created: dict[str, LoadedFile] = {}
    with held_signals() as is_asked_to_stop:
        for group in _groups(fixed):
            if is_asked_to_stop():
                break
            needed = {path for each in fixed.applied if each.paths & set(group) for path in each.paths & fixed.created.keys()}
            new = {path: fixed.created[path] for path in sorted(needed - created.keys())}
            # Discovery passes over such links; but one may have come since.
            outside = next((path for path in (*new, *group) if not enclosure.holds(os.path.realpath(path))), None)
            if outside is not None:
                failed |= set(group)
                errors.append(FileError(outside, LEADS_OUT))
                continue
            try:
                # New ones first, so that nobody imports a module that is not there yet.
                replace_files([*(Replacement(path, file.data, None) for path, file in new.items()), *_replacements(fixed, group)])
                created |= new
            except WriteError as error:
                failed |= set(group)
                errors.append(FileError(error.path, f"{error} ({_left_out(fixed, group, error.path)})"))
    if not failed:
        return fixed, errors
    changed = {path: files for path, files in fixed.changed.items() if path not in failed}
    run = run.without_files(fixed.created.keys() - created.keys()).with_files(
        {path: before for path, (before, _) in fixed.changed.items() if path in failed}
    )
    lost = [each for each in fixed.applied if each.paths & failed]
    applied = tuple(each for each in fixed.applied if not each.paths & failed)
    count = fixed.fixed - len(lost)
    lint = run.lint()
    # What only holds after fixes that were not written has not appeared.
    left = set(lint.findings)
    appeared = tuple(each for each in fixed.appeared if each in left)
    gone = max(0, fixed.found - count - len(lint.findings) + len(appeared))
    fixed = replace(fixed, run=run, lint=lint, changed=changed, created=created)
    return replace(fixed, fixed=count, gone=gone, appeared=appeared, applied=applied), errors


def _replacements(fixed: Fixed, paths: Iterable[str]) -> Iterator[Replacement]:
    for path in paths:
        before, after = fixed.changed[path]
        yield Replacement(path, after.data, before.data)


def _groups(fixed: Fixed) -> list[list[str]]:
    """The changed files, those together that a fix changed together."""
    groups: list[set[str]] = []
    for paths in {each.paths.intersection(fixed.changed) for each in fixed.applied}:
        joined = paths.union(*(group for group in groups if group & paths))
        groups = [*(group for group in groups if not group & paths), set(joined)]
    return sorted(sorted(group) for group in groups)


def _left_out(fixed: Fixed, group: Sequence[str], path: str) -> str:
    codes = ", ".join(sorted({each.code for each in fixed.applied if each.paths & set(group)}))
    others = ", ".join(each for each in group if each != path)
    return f"the fix of {codes} was left out" + (f", in {others} too" if others else "")


def patch(fixed: Fixed) -> bytes:
    """What `write_changes` would change, to the byte: a unified diff for `patch -p0` or `git apply -p0`."""
    changed = [unified_diff(path, before.data, after.data) for path, (before, after) in fixed.changed.items()]
    return b"".join([*changed, *(unified_diff(path, None, file.data) for path, file in fixed.created.items())])


def diff(fixed: Fixed) -> str:
    """What `write_changes` would change, for people to read: of a notebook, the code of each cell that changes."""
    parts: list[str] = []
    for path, (before, after) in fixed.changed.items():
        if not before.source.cells:
            parts.append(readable_diff(path, before.source.text, after.source.text))
            continue
        for old, new in zip(before.source.cells, after.source.cells, strict=True):
            name = f"{path}:cell {old.index + 1}"
            parts.append(readable_diff(name, before.source.text[old.start : old.end], after.source.text[new.start : new.end]))
    parts += (readable_diff(path, None, file.source.text) for path, file in fixed.created.items())
    return "".join(parts)
