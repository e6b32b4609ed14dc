"""What a later run can take over from one where a few files have changed: what was found about each file's calls, and on which files that rests.

What was found about the calls of a file rests on functions and other pieces of files, and on what was asked about the program
(`link/program/answers.py`). So a file's calls are looked at again where one of those has changed or the answer to one of those questions, and
where anything else has changed, all calls are: other files than before, settings, a data file. What stands behind a function that has changed
only moves (`link/program/looks.py`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, Any

from llmlint.cache.asked import Files, RecordingDisk, stamp_of, still_holds
from llmlint.cache.changed import Changes, Stale
from llmlint.cache.records import from_record, to_record
from llmlint.discover.project import Asked
from llmlint.discover.read import read_bytes
from llmlint.findings import FileError
from llmlint.link.program.answers import Answers, Question
from llmlint.link.program.changes import stale_answers
from llmlint.link.program.program import MOST_LINKED_BYTES
from llmlint.run.engine import Run
from llmlint.run.loading import LoadedLater, load_files
from llmlint.run.results import FileResult, Kept, RulesLater
from llmlint.source import Span
from llmlint.suppressions.comments import may_be_unused

if TYPE_CHECKING:
    from llmlint.config.settings import SettingsResolver
    from llmlint.rules.registry import Rule

_MOST_CHANGED = 20
"""Beyond that, most is looked at again anyway."""


def parts_of(run: Run, files: Files) -> dict[str, Any] | None:
    """What a run leaves to the next one, as JSON; None where it is linked in parts, or by paths that are not below the working directory."""
    if run.unread or not run.package_groups.is_project or any(map(os.path.isabs, files.paths)):
        return None
    with_calls = sorted(run.loaded)
    if any(path not in run.file_results for path in with_calls):
        return None
    answers = run.program.answers
    known = set(files.paths)
    functions = answers.functions()
    looks = {path: look for path, look in answers.looks.items() if path in known}
    answers.looks = {path: look.with_text(partial(run.text, path), functions.get(path, ())) for path, look in looks.items()}
    if any(stamp_of(path) != files.stamps[path] for path in answers.looks):
        return None  # Changed meanwhile: what was read now may be other text than what was looked at.
    return {
        "stamps": files.stamp_digest(),
        "contents": {path: (files.content(path) or "")[:32] for path in files.paths},
        "answers": answers.record(),
        "results": {path: _result_record(run.file_results[path]) for path in with_calls},
        "are all wanted": run.are_all_wanted,
        "commented": sorted(run.commented),
        "unsupported": run.unsupported,
        "holding": sorted(run.holding),
        "origins": sorted(run.origins),
    }


def relink(
    asked: Asked,
    files: Files,
    settings: SettingsResolver,
    rules: Callable[[], Mapping[str, Rule]],
    disk: RecordingDisk,
    parts: dict[str, Any],
    record: dict[str, Any],
) -> Run | None:
    """A run that takes over from the one that left its `parts` what has not changed; None where it cannot. Raises errors of all kinds where
    these parts were made by somebody else."""
    contents = parts["contents"]
    if contents.keys() != set(files.paths) or record["errors"]:
        return None
    changed = [path for path in files.paths if (files.content(path) or "")[:32] != contents[path]]
    if not 0 < len(changed) <= _MOST_CHANGED or not still_holds(record["asked"]):
        return None
    data = {path: read_bytes(path) for path in changed}
    answers = Answers.of_record(parts["answers"])
    within = {path for path in files.paths if path in data or path not in parts["results"]}
    run = _run_over(
        asked, settings, RulesLater(rules), disk, changed, {path for path in parts["origins"] if path not in data}, within
    )
    if not run.loaded.keys() <= data.keys() | parts["results"].keys():
        return None  # A file sends requests to an address that is new.
    if run.errors and any(error.path in data for error in run.errors):
        return None
    run.program.answers = answers
    before = parts["results"]
    stale: set[Question] = set()
    for path, each in data.items():
        if isinstance(each, FileError) or path.endswith(".ipynb"):
            return None
        # Of a file without calls, linking reads no more.
        stale |= stale_answers(run.program, path, each if path in run.loaded else each[:MOST_LINKED_BYTES])
    others = {path for path in changed if (path in before) is not (path in run.loaded)}
    changes = Changes(answers, run.load_import, changed, others)
    affected = changes.affected(stale)
    answers.forget(stale, affected)
    same = [path for path in before if path not in data]
    kept = {}
    for path in before.keys() - affected - others:
        with suppress(Stale):
            kept[path] = _result(before[path], changes.place_now)
    for path in data.keys() & kept.keys():
        kept[path] = kept[path]._replace(is_commented=may_be_unused(run.text(path)))
    run.kept = Kept(kept, answers, bool(parts["are all wanted"]))
    run.program.expect(same, run.load_import)
    run.loaded = LoadedLater(run.loaded, same)
    run.commented |= {path for path in parts["commented"] if path not in data}
    run.holding |= {path for path in parts["holding"] if path not in data}
    unsupported = {path: counts for path, counts in parts["unsupported"].items() if path not in data}
    run.unsupported = {**unsupported, **run.unsupported}
    return run


def _run_over(
    asked: Asked,
    settings: SettingsResolver,
    rules: Mapping[str, Rule],
    disk: RecordingDisk,
    changed: Sequence[str],
    origins: Collection[str],
    others: Collection[str],
) -> Run:
    """A run over the files of one project of which only those that have changed are read now, and those of the `others`, which had no calls, that
    send requests by what these hold."""
    files = [path for path in asked.found if isinstance(path, str)]
    errors = tuple(error for error in asked.found if isinstance(error, FileError))
    disk.shows_absolute = asked.is_absolute
    run = Run(settings, rules, files, {}, errors, asked.root, disk=disk, own=asked.own)
    run.leaves_results = True
    run.judges_comments, run.origins = asked.is_project, frozenset(origins)
    run.take(zip(changed, load_files(changed), strict=True), others)
    return run


def _result_record(result: FileResult) -> list[Any]:
    return [list(map(to_record, result.findings)), result.calls, result.is_commented]


def _result(record: list[Any], move: Callable[[Span], Span]) -> FileResult:
    findings, calls, is_commented = record
    return FileResult(tuple(from_record(finding, move) for finding in findings), int(calls), bool(is_commented))
