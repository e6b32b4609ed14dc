"""A run through the cache: what it found is remembered together with all that it rests on, and recalled where nothing of that has changed.

A run rests on the files that it looked at, on what linking asked of the disk besides (`RecordingDisk`), and on the settings of each folder.
That the files are the same is told by their stamps (size, times, inode), and where these differ by their content, so that a cache that
was carried to another checkout is of use. A stamp counts only where the file had been at rest for a while before the run, as a
second change within one tick of the clock would not show in it.

Besides, one table says of each file whether it holds no call: where a run is not the same as one before, those files are not read again. Where
only a few files have changed, what was found about calls that do not rest on them is taken over (`parts.py`).
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from llmlint import plugins
from llmlint.cache.asked import Files, RecordingDisk, content_of, still_holds, together
from llmlint.cache.records import from_record, to_record
from llmlint.cache.store import Cache, digest_of, environment
from llmlint.config.settings import ConfigError, SettingsResolver
from llmlint.discover.decode import DecodeError
from llmlint.discover.load import load
from llmlint.discover.read import read_bytes
from llmlint.findings import FileError, Finding
from llmlint.run.base_run import BaseRun, Lint
from llmlint.source import Source

if TYPE_CHECKING:
    from llmlint.discover.project import Asked
    from llmlint.rules.registry import Rule
    from llmlint.run.engine import Run

    Rules = Callable[[], Mapping[str, Rule]]

MOST_FILES = 200_000
"""How many files the table holds; beyond that those that were not seen for longest go."""

_TABLE = "files"


@dataclass
class Remembered(BaseRun):
    """A run that was not made anew: its errors, and the texts in which its findings lie."""

    settings: SettingsResolver
    paths: Sequence[str]
    errors: tuple[FileError, ...]
    sources: Mapping[str, Source]
    own: frozenset[str] | None = None
    calls: Mapping[str, int] = field(default_factory=dict)
    unsupported: Mapping[str, Mapping[str, int]] = field(default_factory=dict)

    def source(self, path: str) -> Source:
        return self.sources[path]


@dataclass(frozen=True, slots=True)
class Checked:
    """What a run found, `is_new` where it was made now. `remember` writes it to the cache, which can wait until the user has seen it."""

    run: Run | Remembered
    lint: Lint
    remember: Callable[[], None]
    is_new: bool = False


def check(
    asked: Asked,
    settings: SettingsResolver,
    rules: Rules,
    cache: Cache,
    options: Iterable[object] = (),
    *,
    is_kept: bool = False,
) -> Checked:
    """Lint the files of a project, or recall what that gave. `options` are those of the command line that decide about findings; `is_kept` is
    whether the files are asked for again once they have been linted.

    `rules` gives the rules; it is called only where something has to be found anew, as importing them takes longer than to recall.
    """
    files = Files([path for path in asked.found if isinstance(path, str)])
    return _Check(asked, files, settings, rules, cache, options, is_kept).run()


def _nothing() -> None:
    pass


class _Check:
    """One run, with the names under which the cache has it and the table."""

    def __init__(
        self,
        asked: Asked,
        files: Files,
        settings: SettingsResolver,
        rules: Rules,
        cache: Cache,
        options: Iterable[object],
        is_kept: bool,
    ) -> None:
        self.asked, self.found, self.files, self.is_kept = asked, asked.found, files, is_kept
        self.settings, self.rules, self.cache = settings, rules, cache
        self.environment = digest_of([*environment(), settings.clients, *plugins.identity()])
        today = datetime.date.today().isoformat()
        self.name = "run-" + digest_of([self.environment, settings.cwd, asked.root, asked.is_project, list(options), today])
        self.parts_name = self.name.replace("run-", "parts-", 1)
        self._settings_names: dict[int, str] = {}

    def run(self) -> Checked:
        record = self.cache.read(self.name)
        is_same = isinstance(record, dict) and record.get("stamps") == self.files.stamp_digest()
        if not is_same:
            self.files.table = self._table()
        if isinstance(record, dict) and (is_same or record.get("contents") == self.files.content_digest()):
            try:
                remembered, findings = self._recall(record)
            except (KeyError, IndexError, TypeError, ValueError, AttributeError):
                pass  # Changed, or never ours.
            else:
                remember = _nothing if is_same else partial(self._refresh, record)
                return Checked(remembered, Lint(findings, ()), remember)
        found_again = self._relink(record) if isinstance(record, dict) and not self.is_kept else None
        if found_again is not None:
            return found_again
        # What is recalled needs none of the machinery that finds something.
        from llmlint.run.engine import Run

        disk = RecordingDisk(self.files)
        known = self.files.without_call()
        # All of the project is remembered, whichever of its files this run reports on.
        asked, rules = self.asked._replace(own=None), self.rules()
        run = Run.of_asked(asked, self.settings, rules, known, disk=disk, is_kept=self.is_kept)
        run.leaves_results = True
        lint = run.lint()
        return self._checked(run, lint, partial(self._remember, run, lint, run.errors, disk))

    def _relink(self, record: dict[str, Any]) -> Checked | None:
        """What is found where all that has changed since a run are a few files: for most calls, what was found then."""
        parts = self.cache.read(self.parts_name)
        if not isinstance(parts, dict) or parts.get("stamps") != record.get("stamps"):
            return None
        from llmlint.cache.parts import relink

        disk = RecordingDisk(self.files)
        try:
            if self._has_other_settings(record):
                return None
            run = relink(self.asked._replace(own=None), self.files, self.settings, self.rules, disk, parts, record)
            lint = run.lint() if run is not None else None
        except (KeyError, IndexError, TypeError, ValueError, AttributeError):
            return None  # Changed meanwhile, or never ours.
        if run is None or lint is None or lint.errors:
            return None
        return self._checked(run, lint, partial(self._remember, run, lint, run.errors, disk, record))

    def _checked(self, run: Run, lint: Lint, remember: Callable[[], None]) -> Checked:
        """What this run reports of all that was found."""
        own = self.asked.own
        if own is None:
            return Checked(run, lint, remember, is_new=True)
        run.own, run.errors = own, self._own_errors(run.errors)
        findings = tuple(finding for finding in lint.findings if not own.isdisjoint(finding.paths()))
        return Checked(run, Lint(findings, self._own_errors(lint.errors), self._own_errors(lint.notes)), remember, is_new=True)

    def _own_errors(self, errors: Iterable[FileError]) -> tuple[FileError, ...]:
        """The errors that this run reports: in its own files, and in what was named."""
        own = self.asked.own
        named = {error for error in self.found if isinstance(error, FileError)}
        return tuple(error for error in errors if own is None or error.path in own or error in named)

    # Recalling

    def _recall(self, record: dict[str, Any]) -> tuple[Remembered, tuple[Finding, ...]]:
        """Raises ValueError where the record does not hold any more, and all kinds of errors where it was made by somebody else."""
        if self._has_other_settings(record) or not still_holds(record["asked"]):
            raise ValueError("something has changed")
        own = self.asked.own
        found = map(from_record, record["findings"])
        findings = tuple(finding for finding in found if own is None or not own.isdisjoint(finding.paths()))
        needed = {path for finding in findings for path in finding.paths()}
        sources = {path: _source(path, content) for path, content in record["sources"].items() if path in needed}
        if any(path not in sources for finding in findings for path in finding.paths()):
            raise ValueError("a text is missing")
        errors = [error for error in self.found if isinstance(error, FileError)]
        errors += self._own_errors(FileError(str(path), str(message)) for path, message in record["errors"])
        calls = {str(path): int(count) for path, count in record["calls"].items()}
        unsupported = {
            str(path): {str(name): int(count) for name, count in counts.items()} for path, counts in record["unsupported"].items()
        }
        return Remembered(self.settings, self.files.paths, tuple(errors), sources, self.asked.own, calls, unsupported), findings

    def _has_other_settings(self, record: dict[str, Any]) -> bool:
        names = record["settings names"]
        return any(self._settings_name(folder) != names[index] for folder, index in record["settings"].items())

    def _settings_name(self, folder: str) -> str:
        """One name for the settings that hold in a folder, the same for the same settings."""
        try:
            settings = self.settings.for_file(os.path.join(folder, "_"))
        except ConfigError as error:
            return digest_of([error.path, error.message])
        if id(settings) not in self._settings_names:
            self._settings_names[id(settings)] = digest_of([_plain(settings)])
        return self._settings_names[id(settings)]

    # Remembering

    def _remember(
        self, run: Run, lint: Lint, errors: Sequence[FileError], disk: RecordingDisk, before: Mapping[str, Any] | None = None
    ) -> None:
        """Write a run to the cache. `before` is the record of the run from which it took most over, and on what that rests this one does."""
        holding = {*run.holding, *(error.path for error in errors)}
        resting = self.files.resting()
        self._write_table(holding, resting)
        # What failed inside of llmlint may go well the next time.
        is_sound = not lint.errors and not lint.notes and not any(error.message.startswith("internal error") for error in errors)
        # A plugin that could not be loaded now may be repaired by then, and what is wrong with it is told in each run.
        is_sound = is_sound and not plugins.errors()
        asked = disk.record()
        if not is_sound or len(resting) < len(self.files.paths) or asked is None:
            return
        if before is not None:
            asked = together(before["asked"], asked)
        of_settings = {folder: self._settings_name(folder) for folder in {*_folders(run), *(before or {}).get("settings", ())}}
        names = sorted(set(of_settings.values()))
        found = {error for error in self.found if isinstance(error, FileError)}
        record = {
            "stamps": self.files.stamp_digest(),
            "contents": self.files.content_digest(),
            "asked": asked,
            "settings": {folder: names.index(name) for folder, name in of_settings.items()},
            "settings names": names,
            "errors": [[error.path, error.message] for error in errors if error not in found],
            "calls": {path: count for path, count in run.calls.items() if count},
            "unsupported": run.unsupported,
            "findings": list(map(to_record, lint.findings)),
            "sources": {path: content_of(path) for finding in lint.findings for path in finding.paths()},
        }
        self.cache.write(self.name, record)
        from llmlint.cache.parts import parts_of

        parts = parts_of(run, self.files)
        if parts is not None:
            self.cache.write(self.parts_name, parts)

    def _refresh(self, record: dict[str, Any]) -> None:
        """Put down the new stamps of files whose content is the same."""
        resting = self.files.resting()
        holding = {path for path, row in self.files.table.items() if not row[2]}
        self._write_table(holding, resting & self.files.table.keys())
        if len(resting) == len(self.files.paths):
            self.cache.write(self.name, {**record, "stamps": self.files.stamp_digest()})
            parts = self.cache.read(self.parts_name)
            if isinstance(parts, dict) and parts.get("stamps") == record["stamps"]:
                self.cache.write(self.parts_name, {**parts, "stamps": self.files.stamp_digest()})

    # The table

    def _table(self) -> dict[str, list[Any]]:
        document = self.cache.read(_TABLE)
        if not isinstance(document, dict) or document.get("environment") != self.environment:
            return {}
        rows = document.get("files")
        if not isinstance(rows, dict) or not all(isinstance(row, list) and len(row) == 3 for row in rows.values()):
            return {}
        return rows

    def _write_table(self, holding: set[str], resting: Iterable[str]) -> None:
        rows = dict(self.files.table)
        for path in sorted(resting):
            # To the end: what is seen last stays longest.
            rows.pop(path, None)
            rows[path] = [self.files.stamps[path], self.files.content(path), path not in holding]
        if rows == self.files.table:
            return
        for path in list(rows)[: max(0, len(rows) - MOST_FILES)]:
            del rows[path]
        self.cache.write(_TABLE, {"environment": self.environment, "files": rows})


def _folders(run: Run) -> set[str]:
    """The folders whose settings a run has asked for: those of files that may hold calls, and of files in which findings may lie."""
    return {os.path.dirname(path) for path in [*run.holding, *run.reached]}


def _source(path: str, content: str) -> Source:
    """The text of a file that a finding lies in. Raises ValueError where it is not what it was."""
    data = read_bytes(path)
    if isinstance(data, FileError) or content_of(path) != content:
        raise ValueError("the file has changed")
    if path.endswith(".ipynb"):
        # Cells that are no Python are left out, which takes a scan.
        from llmlint.run.loading import LoadedFile, load_bytes

        file = load_bytes(path, data)
        if not isinstance(file, LoadedFile):
            raise ValueError(file.message)
        return file.source
    try:
        return load(data, path)
    except DecodeError as error:
        raise ValueError(str(error)) from None


def _plain(value: object) -> object:
    """Settings as JSON can hold them, sets in order."""
    if isinstance(value, frozenset):
        return sorted(map(str, value))
    if isinstance(value, (tuple, list)):
        return [_plain(each) for each in value]
    return value
