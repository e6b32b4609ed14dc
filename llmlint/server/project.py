"""One project in memory: its files as the editor has them, and what was found in them.

After a key press only the calls of the changed file are checked again, then, when nobody types, those that have to do with it: those whose last
findings rest on it, and those in files that it imports or that import it. Saving checks all calls of the project. Each check can be stopped
between two files.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from llmlint.adoption.baseline import FILE as BASELINE
from llmlint.discover.imports import Imports, import_statements
from llmlint.discover.senders import is_sender, kinds_of_origin
from llmlint.findings import FileError, Finding
from llmlint.link.program.changes import update_answers
from llmlint.link.program.program import Program
from llmlint.run.engine import Lint, Run
from llmlint.run.loading import LoadedFile, WithoutCall, load_file, load_given, load_import
from llmlint.run.shards import Checked
from llmlint.sdks import describe
from llmlint.server.lenses import Lens, lens_of

if TYPE_CHECKING:
    from llmlint.callsite import CallSite
    from llmlint.config.settings import SettingsResolver
    from llmlint.discover.project import Asked
    from llmlint.rules.registry import Rule

Stop = Callable[[], bool]

_MOST_CACHED_BYTES = 64_000_000
"""How much of the files' bytes is kept in memory: each check asks for them again."""

_MOST_READ = 10_000_000
"""Larger files are as good as empty."""


class Stopped(Exception):
    """Something newer is to be done."""


@dataclass(eq=False)
class EditorRun(Run):
    """A run that knows what the calls of files that have not changed gave: `results`, by file. The calls of `pending` files are checked.

    `with_lenses` are the files that are shown in the editor, for whose calls `lenses` are made. `now`: only the calls of
    these files are checked, although others wait (None: of all). `hasty` are files of whose findings no batch fixes were looked for.
    """

    results: dict[str, Checked] = field(default_factory=dict)
    pending: frozenset[str] = frozenset()
    with_lenses: frozenset[str] = frozenset()
    lenses: dict[str, tuple[Lens, ...]] = field(default_factory=dict)
    before: Program | None = None
    now: frozenset[str] | None = None
    hasty: frozenset[str] = frozenset()
    stop: Stop = lambda: False

    @cached_property
    def program(self) -> Program:
        return self.before or self._first_program()

    def _first_program(self) -> Program:
        program = self._new_program(self.loaded)
        program.most_cached_bytes = _MOST_CACHED_BYTES
        return program

    def with_files(self, changed: Mapping[str, LoadedFile], created: Container[str] = ()) -> EditorRun:
        """The same run with some files changed, as fixes try it."""
        run = super().with_files(changed, created)
        assert isinstance(run, EditorRun)
        touched = frozenset(changed)
        pending = touched | {path for path, checked in self.results.items() if not touched.isdisjoint(_touched(checked))}
        return replace(run, pending=self.pending | pending, results=dict(self.results), lenses={}, before=None)

    def _check_all(self) -> Iterator[Checked]:
        for path in sorted(self.loaded):
            is_due = path in self.pending or path not in self.results or (self.finds_batch_fixes and path in self.hasty)
            if is_due and (self.now is None or path in self.now):
                if self.stop():
                    raise Stopped
                self.lenses.pop(path, None)
                self.results[path] = self._check_part(self.program, [path])
                self.pending -= {path}
                self.hasty = self.hasty - {path} if self.finds_batch_fixes else self.hasty | {path}
            if path in self.results:
                yield self.results[path]

    def _check(self, path: str, site: CallSite) -> tuple[list[Finding], list[FileError]]:
        checked = super()._check(path, site)
        if path in self.with_lenses:
            with suppress(Exception):
                self.lenses[path] = (*self.lenses.get(path, ()), lens_of(site))
        return checked


def _touched(checked: Checked) -> Iterable[str]:
    return {path for finding in checked.findings for path in finding.paths()}


class Project:
    """The files below one root. Paths are absolute throughout."""

    def __init__(self, asked: Asked, settings: SettingsResolver, rules: Mapping[str, Rule], texts: Mapping[str, bytes]) -> None:
        self.root = asked.root
        self.settings = settings
        self.texts = dict(texts)
        found = [path for path in asked.found if isinstance(path, str)]
        self.run = EditorRun(settings, rules, found, {}, (), asked.root)
        self.run.disk.shows_absolute = True
        self.run.disk.given = self.texts
        self._is_project = asked.is_project
        self.is_whole = False
        self.broken: dict[str, str] = {}

    def holds(self, path: str) -> bool:
        """Whether a file is one of those that are checked."""
        return path in self._paths

    @cached_property
    def _paths(self) -> frozenset[str]:
        return frozenset(self.run.paths)

    def load(self, stop: Stop, said: Callable[[int, int], None] = lambda done, count: None) -> None:
        """Read all files, those that the editor has as it has them."""
        describe(self.settings.clients)
        loaded: list[tuple[str, object]] = []
        for number, path in enumerate(self.run.paths):
            if stop():
                raise Stopped
            if number % 200 == 0:
                said(number, len(self.run.paths))
            loaded.append((path, load_given(path, self.texts[path]) if path in self.texts else load_file(path)))
        self.broken = {path: file.message for path, file in loaded if isinstance(file, FileError) and path in self.texts}
        self.run.take(loaded)  # type: ignore[arg-type]

    def change(self, path: str, data: bytes | None) -> bool:
        """Take the text of a file as it is in the editor now, or as the disk has it (None). False where it does not parse: what was found in it
        last stays."""
        describe(self.settings.clients)
        before = self._bytes_now(path) if path in self.texts or data is not None else self._bytes_of_last_check(path)
        if data is None:
            self.texts.pop(path, None)
        else:
            self.texts[path] = data
        file = load_file(path) if data is None else load_given(path, data)
        if isinstance(file, FileError):
            self.broken[path] = file.message
            return False
        self.broken.pop(path, None)
        was = self.run.loaded.get(path)
        if not isinstance(file, LoadedFile) or was is None or was.data != file.data:
            self.run = self._run_after(path, before, file)
        return True

    def _bytes_now(self, path: str) -> bytes:
        """A file as the editor has it, or else the disk."""
        text = self.texts.get(path)
        return text if text is not None else self.run.disk.read(path, _MOST_READ) or b""

    def _bytes_of_last_check(self, path: str) -> bytes:
        """What the disk had, before it changed."""
        return self.run.loaded[path].data if path in self.run.loaded else b""

    def _run_after(self, path: str, before: bytes, file: LoadedFile | WithoutCall | None) -> EditorRun:
        """The run that follows when one file has changed, and was `before`: what was found in other files stays, and `pending` are those with
        calls that have to do with the change."""
        run, here = self.run, self._bytes_now(path)
        loaded = {name: known for name, known in run.loaded.items() if name != path}
        imported = {name: known for name, known in run.imported.items() if name != path}
        if isinstance(file, LoadedFile):
            loaded[path] = file
        kinds = kinds_of_origin(here)
        origins = run.origins | {path} if any(kinds) else run.origins - {path}
        has_new_kind = kinds != kinds_of_origin(before)
        # Most key presses leave it as it was which files send by what others hold: all files are read for the rest.
        is_as_before = not has_new_kind and not self._leads_elsewhere(path, before, here, origins)
        senders = replace(run, loaded=loaded, origins=origins).senders([path] if is_as_before else None)
        loaded |= senders
        if has_new_kind:
            senders |= {name: known for name, known in loaded.items() if is_sender(known.data)}
        if path not in loaded and path in run.imported:
            known = load_import(path, here)
            imported[path] = None if isinstance(known, FileError) else known
        touched = {name for name, checked in run.results.items() if path in _touched(checked)}
        pending = run.pending | touched | self._neighbours(path) | {path} | senders.keys()
        is_commented = isinstance(file, WithoutCall) and file.is_commented
        new = replace(
            run,
            loaded=loaded,
            imported=imported,
            pending=frozenset(pending & loaded.keys()),
            results={name: checked for name, checked in run.results.items() if name != path},
            errors=tuple(error for error in run.errors if error.path != path),
            lenses={name: known for name, known in run.lenses.items() if name not in pending},
            commented=run.commented | {path} if is_commented else run.commented - {path},
            origins=origins,
            reached=frozenset(),
            before=None,
        )
        new._sources.pop(path, None)
        new.before = self._program_after(path, before, here, new)
        return new

    def _program_after(self, path: str, before: bytes, here: bytes, new: EditorRun) -> Program:
        """The linked program of a new run: that of the last run, with one file replaced."""
        was = self.run.loaded.get(path)
        program = self.run.program.successor({path: was.data if was is not None else before}, new.load_import)
        update_answers(program, path, here)
        if path in new.loaded:
            program.add(new.loaded[path].source, new.loaded[path].facts)
        return program

    def _leads_elsewhere(self, path: str, before: bytes, here: bytes, origins: Collection[str]) -> bool:
        """Whether other imports of a file than before lead to an origin, or from it."""
        if not origins or import_statements(before) == import_statements(here):
            return False
        return path in origins or any(
            Imports(self.run.paths, {path: data}.__getitem__).leads(path, origins, 1) for data in (before, here)
        )

    def _neighbours(self, path: str) -> set[str]:
        """The files with calls that import the file, or that it imports."""
        program = self.run.program
        known = program._modules.get(path)
        found = set()
        for (importer, _, _), module in program._imports.items():
            if module is not None and (module is known or importer == path):
                found.add(importer if module is known else module.path)
        return found

    @property
    def waits(self) -> bool:
        """Whether calls wait that have to do with what has changed."""
        return bool(self.run.pending or self.run.hasty)

    def check(self, stop: Stop, now: frozenset[str] | None = None, *, hastily: bool = False) -> Lint:
        """What is found, with the calls of the files `now` checked again if they wait (None: of all that wait). `hastily`: without batch fixes,
        which take longer than all else."""
        run = self.run
        run.finds_batch_fixes = not hastily
        run.stop, run.now = stop, now if now is not None else run.pending | run.hasty
        # Whether a comment suppresses something is known once all calls have been checked.
        run.judges_comments = self._is_project and self.is_whole and not (run.pending - run.now)
        run.only_new = self._only_new()
        return run.lint()

    def check_all(self, stop: Stop) -> Lint:
        """What is found with every call checked again, from nothing but the files."""
        run = replace(
            self.run,
            results={},
            pending=frozenset(),
            before=None,
            lenses={},
            reached=frozenset(),
            stop=stop,
            now=None,
            hasty=frozenset(),
        )
        run.finds_batch_fixes = True
        run.judges_comments, run.only_new = self._is_project, self._only_new()
        lint = run.lint()
        self.run, self.is_whole = run, True
        return lint

    def _only_new(self) -> Callable[..., list[Finding]] | None:
        if not os.path.lexists(os.path.join(self.root, BASELINE)):
            return None
        from llmlint.adoption.apply import read_baseline

        baseline, _ = read_baseline(self.root)
        return None if baseline is None else lambda findings, source_of: list(baseline.new(findings, source_of)[0])
