"""One run: files in, findings out, the same for the same files in whatever order and by however many processes they were read."""

from __future__ import annotations

import datetime
from collections.abc import Callable, Collection, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from llmlint.config.settings import ConfigError, SettingsResolver
from llmlint.discover.load import load as decode
from llmlint.discover.project import Asked
from llmlint.discover.read import MAX_READ_BYTES
from llmlint.discover.walk import discover, root_of
from llmlint.findings import FileError, Finding, NewFile
from llmlint.link.program.disk import Disk
from llmlint.link.program.package_groups import PackageGroups
from llmlint.link.program.program import Program
from llmlint.performance.gc_pause import without_collection
from llmlint.rules.one_model import one_for_each_model
from llmlint.run.base_run import BaseRun
from llmlint.run.base_run import Lint as Lint
from llmlint.run.loading import (
    Loaded,
    LoadedFile,
    LoadedLater,
    internal_error,
    load_bytes,
    load_file,
    load_files,
    load_given,
    load_import,
    load_senders,
    sort_out,
)
from llmlint.run.results import FileResult, Kept, in_order
from llmlint.run.shards import Checked, FileChecked, Group, are_read_apart, check_groups, check_shards
from llmlint.run.usable_fixes import with_usable_fix
from llmlint.scan.facts import GrowingFacts, ModuleFacts
from llmlint.sdks import describe
from llmlint.source import Source
from llmlint.suppressions.comments import may_be_unused
from llmlint.suppressions.unused import Suppressions

if TYPE_CHECKING:
    from llmlint.callsite import CallSite
    from llmlint.rules.registry import Rule

OnlyNew = Callable[[Sequence[Finding], Callable[[str], Source]], Sequence[Finding]]

_BYTES_OF_FILE = 1_000  # Assumed bytes to link for an unread file: most have none.


@dataclass(eq=False)
class Run(BaseRun):
    """The files of a run, and everything that is asked about them.

    `paths` are all files that are known, `own` those of them whose findings are reported (None: of all), and `loaded` those that may hold a call.
    `origins` are those by which other files may send requests: they hold an address of an LLM API, or a client. `errors` came up while reading.
    `root` is the folder above which no import is followed;
    `imported` are files without calls of their own that imports led to, which `disk` holds, as far as they are kept; `reached` are the paths of
    all that linking has looked at. `unread` are files of several package groups, each of which is read when it is linked and let go of then;
    `holding` are the paths of those that may hold a call. `given` are files whose bytes came with the run, so that no other file can be changed.
    `commented` are files without a call that have comments for llmlint. `judges_comments`: whether comments that suppress nothing are findings,
    for which the whole project has to be known. `only_new` leaves out what a baseline has. `described` is what `describe` says of each call site
    that linting checks: plain data, as it may come from another process. `kept` is what is taken over from a run before, and `file_results` is
    what such a run can take over from this one; `are_all_wanted` says whether these hold findings that would not be shown, as a comment may be
    there to suppress them, and `leaves_results` whether it is noted what they rest on.
    """

    settings: SettingsResolver
    rules: Mapping[str, Rule]
    paths: Sequence[str]
    loaded: Mapping[str, LoadedFile]
    errors: tuple[FileError, ...]
    root: str
    today: datetime.date = field(default_factory=datetime.date.today)
    imported: dict[str, LoadedFile | None] = field(default_factory=dict)
    reached: frozenset[str] = frozenset()
    unread: Sequence[str] = ()
    holding: frozenset[str] = frozenset()
    _sources: dict[str, Source] = field(default_factory=dict)
    disk: Disk = field(default_factory=Disk)
    own: frozenset[str] | None = None
    given: frozenset[str] = frozenset()
    commented: frozenset[str] = frozenset()
    origins: frozenset[str] = frozenset()
    judges_comments: bool = True
    only_new: OnlyNew | None = None
    finds_batch_fixes: bool = True
    calls: Mapping[str, int] = field(default_factory=dict)
    unsupported: Mapping[str, Mapping[str, int]] = field(default_factory=dict)
    describe: Callable[[BaseRun, CallSite], object] | None = None
    described: Sequence[Any] = ()
    kept: Kept | None = None
    file_results: dict[str, FileResult] = field(default_factory=dict)
    are_all_wanted: bool = False
    leaves_results: bool = False

    # Reading

    def __post_init__(self) -> None:
        self._describe_clients()

    def _describe_clients(self) -> None:
        """Make the registry of SDKs that of this run's settings: another run may have been here since."""
        describe(self.settings.clients)

    @classmethod
    def of_paths(cls, paths: Iterable[str], settings: SettingsResolver, rules: Mapping[str, Rule]) -> Run:
        """A run over files and folders and nothing else of their projects."""
        paths = tuple(paths)
        asked = Asked(root_of(paths, settings.cwd), list(discover(paths, settings)))
        return cls.of_asked(asked, settings, rules)

    @classmethod
    def of_asked(
        cls,
        asked: Asked,
        settings: SettingsResolver,
        rules: Mapping[str, Rule],
        without_call: Container[str] = (),
        *,
        disk: Disk | None = None,
        is_kept: bool = True,
        given: Mapping[str, bytes] | None = None,
    ) -> Run:
        """A run over the files of one project. Files that are known to be `without_call` are not read.

        `is_kept`: whether the files are asked for again once they have been linted, as for fixes. `given` are the bytes of files that are
        linted in place of what the disk holds.
        """
        files = [path for path in asked.found if isinstance(path, str)]
        errors = [error for error in asked.found if isinstance(error, FileError)]
        disk, given = disk or Disk(), given or {}
        disk.shows_absolute = asked.is_absolute
        disk.given = {disk.absolute(path): data for path, data in given.items()}
        run = cls(settings, rules, files, {}, tuple(errors), asked.root, disk=disk, own=asked.own)
        run.given, run.judges_comments = frozenset(given), asked.is_project
        unknown = [path for path in files if path not in without_call and path not in given]
        if not is_kept and not given and are_read_apart(len(unknown)) and len(run.package_groups.by_name) > 1:
            run.unread = unknown
        else:
            run.take(
                [
                    *zip(unknown, load_files(unknown), strict=True),
                    *((path, load_given(path, data)) for path, data in given.items()),
                ]
            )
        return run

    def take(self, files: Iterable[tuple[str, Loaded]], within: Collection[str] | None = None) -> None:
        """Put files where they belong, by what loading them gave. What sends by them is looked for `within` some files (None: all)."""
        self._describe_clients()
        taken = sort_out(files)
        self.loaded = taken.loaded
        self.errors = (*self.errors, *(error for error in taken.errors if self._is_own(error.path)))
        self.commented |= taken.commented
        self.unsupported = {**self.unsupported, **taken.unsupported}
        self.origins |= taken.origins
        self.loaded |= self.senders(within if taken.origins else taken.others)
        # Files with calls that are not checked count as well: only files without any call need not be read again.
        self.holding |= self.loaded.keys() | self.commented | self.unsupported.keys() | self.origins

    def senders(self, among: Collection[str] | None) -> dict[str, LoadedFile]:
        """The files among some (None: all) that may send requests by what the origins hold, beside those that are loaded."""
        return load_senders(self.origins, self.loaded, self.package_groups, self.disk, among) if self.origins else {}

    @classmethod
    def of_bytes(cls, path: str, data: bytes, settings: SettingsResolver, rules: Mapping[str, Rule]) -> Run:
        """A run over one file whose content is given, such as standard input."""
        run = cls(settings, rules, [path], {}, (), settings.cwd, given=frozenset({path}))
        try:
            settings.for_file(path)
        except ConfigError as error:
            run.errors = tuple(error.errors)
        else:
            run.take([(path, load_bytes(path, data))])
        return run

    def with_files(self, changed: Mapping[str, LoadedFile], created: Container[str] = ()) -> Run:
        """The same run with some files changed, of which some are `created`."""
        new = [path for path in sorted(changed) if path in created and path not in self._own_paths]
        return replace(self, paths=[*self.paths, *new], loaded={**self.loaded, **changed}, leaves_results=False)

    def without_files(self, paths: Collection[str]) -> Run:
        """The same run without some files."""
        loaded = {path: file for path, file in self.loaded.items() if path not in paths}
        return replace(self, paths=[path for path in self.paths if path not in paths], loaded=loaded, leaves_results=False)

    def file(self, path: str) -> LoadedFile:
        """A file that findings or fixes are about. Raises KeyError for others."""
        file = self.loaded.get(path) or self._imported(path)
        if file is None:
            raise KeyError(path)
        return file

    def text(self, path: str) -> str:
        """What `Span` offsets of a file count in."""
        return self.source(path).text

    def source(self, path: str) -> Source:
        is_there = not isinstance(self.loaded, LoadedLater) or path in self.loaded.there or path.endswith(".ipynb")
        known = (self.loaded.get(path) if is_there else None) or self.imported.get(path)
        if known is not None:
            return known.source
        if path not in self._sources:
            data = self.disk.read(path, MAX_READ_BYTES)
            if data is None:
                raise KeyError(path)
            self._sources[path] = decode(data, path)
        return self._sources[path]

    # Asking

    @cached_property
    def package_groups(self) -> PackageGroups:
        return PackageGroups(self.paths, self.disk.absolute(self.root), self.disk)

    @cached_property
    def program(self) -> Program:
        return self._new_program(self.loaded)

    def _new_program(self, paths: Iterable[str]) -> Program:
        program = Program(self.root, self.load_import, self.package_groups, self.disk, records=self.leaves_results)
        for path in paths:
            program.add(self.loaded[path].source, self.loaded[path].facts)
        return program

    def load_import(self, path: str) -> tuple[Source, ModuleFacts | GrowingFacts] | None:
        """A file that an import leads to. If it cannot be read, what it says is not known, and that is all."""
        known = self._imported(path)
        return (known.source, known.facts) if known else None

    def _imported(self, path: str) -> LoadedFile | None:
        if path in self.loaded:
            return self.loaded[path]
        if path not in self.imported:
            data = self.disk.read(path, MAX_READ_BYTES)
            file = None if data is None else load_import(path, data)
            self.imported[path] = None if isinstance(file, FileError) else file
        return self.imported[path]

    def call_sites(self) -> Iterator[tuple[str, tuple[CallSite, ...] | FileError]]:
        """The LLM calls of each file, or why they could not be looked for."""
        from llmlint.providers import find_call_sites

        self._describe_clients()
        for path in sorted(filter(self._is_own, self.loaded)):
            try:
                yield path, tuple(site.settle() for site in find_call_sites(self.program, path))
            except Exception as error:
                yield path, internal_error(path, error)

    @without_collection()
    def lint(self) -> Lint:
        """All findings that the settings ask for and that no comment suppresses, by path, place and code."""
        self._describe_clients()
        errors, notes = list[FileError](), list[FileError]()
        found: dict[Finding, None] = {}
        commented: list[str] = []
        self.calls, self.described = {}, ()
        for checked in self._check_all():
            errors += checked.errors
            notes += checked.notes
            found |= dict.fromkeys(checked.findings)
            commented += checked.commented
            self.calls = {**self.calls, **checked.calls}
            self.described = (*self.described, *checked.described)
            self.unsupported = {**self.unsupported, **checked.unsupported}
        suppressions = Suppressions(self.source)
        kept = [each for each in found if not suppressions.hide(each) and self.is_about_own(each) and self._is_shown(each)]
        shown = list(one_for_each_model(kept))
        if self.judges_comments:
            checked_files, others = filter(self._is_own, commented), sorted(filter(self._is_own, self.commented))
            shown += suppressions.about_comments(self.settings, checked_files, others)
        shown = [with_usable_fix(finding, self.settings, self._own_paths, self._may_create) for finding in shown]
        if self.only_new is not None:
            shown = list(self.only_new(shown, self.source))
        own_errors = (error for error in errors if self._is_own(error.path))
        own_notes = (note for note in notes if self._is_own(note.path))
        return Lint(tuple(sorted(shown, key=in_order)), tuple(dict.fromkeys(own_errors)), tuple(dict.fromkeys(own_notes)))

    def _is_own(self, path: str) -> bool:
        return self.own is None or path in self.own

    def is_about_own(self, finding: Finding) -> bool:
        """Whether a finding is one of the files that the run reports on: it lies there, or something does that it rests on."""
        return self.own is None or not self.own.isdisjoint(finding.paths())

    def _check_all(self) -> Iterator[Checked]:
        """What the rules say about all calls, by package group: so memory holds what one of them reaches, and they can go side by side."""
        members: dict[str, list[str]] = {}
        for path in sorted(self.unread or self.loaded):
            members.setdefault(self.package_groups.of(path), []).append(path)
        if len(members) <= 1 and not self.unread:
            yield self._check_part(self.program, sorted(self.loaded), is_alone=False)
            return
        from llmlint.run import checking as checking  # Once, and not in each of the processes that are forked from this one.

        for checked in check_shards(self._check_package_group, list(members.values()), self._size):
            self.reached |= checked.reached
            self.holding |= checked.holding
            self.errors += tuple(error for error in checked.unreadable if self._is_own(error.path))
            self._sources |= checked.sources
            self.commented |= checked.remarked
            self.disk.learn(checked.answers)
            yield checked

    def _check_package_group(self, paths: Sequence[str]) -> Checked:
        """What the rules say about the calls of a package group; files that were not there before are not there afterwards."""
        before, imported = self.loaded, dict(self.imported)
        self.errors, errors = (), self.errors
        if self.unread:
            self.take((path, load_file(path)) for path in paths)
        own = sorted(path for path in paths if path in self.loaded)
        program = self._new_program(own)
        checked = self._check_part(program, own)
        program.close()
        places = {path for finding in checked.findings for path in finding.paths()}
        if self.unread:
            shown = {path: self.source(path) for path in places.union(checked.commented)}
            unsupported = {path: self.unsupported[path] for path in paths if path in self.unsupported}
            holding = frozenset([*own, *unsupported]) | self.commented
            checked = checked._replace(
                holding=holding, unreadable=self.errors, sources=shown, remarked=self.commented, unsupported=unsupported
            )
        else:
            imported |= {path: self.imported[path] for path in places if path in self.imported}
        self.loaded, self.imported, self.errors = before, imported, errors
        return checked

    def _check_part(self, program: Program, paths: Sequence[str], *, is_alone: bool = True) -> Checked:
        """What the rules say about the calls of some files; by one process if it `is_alone`."""
        kept = self.kept.results if self.kept is not None else {}
        commented = {path for path in paths if (kept[path].is_commented if path in kept else may_be_unused(self.text(path)))}
        self.are_all_wanted = bool(commented)
        if self.kept is not None and self.kept.are_all_wanted is not self.are_all_wanted:
            kept = {}
        files = {path: FileChecked(result.findings, result.calls) for path, result in kept.items()}
        changed = [path for path in paths if path not in kept]
        for group in check_groups(partial(self._check_group, program, is_alone), changed, is_alone):
            files |= group.files
            self.reached |= group.reached
            self.disk.learn(group.asked)
            if group.answers is not program.answers:
                program.answers.add(group.answers)
        files = {path: files[path] for path in paths}
        self.file_results |= {
            path: FileResult(each.findings, each.calls or 0, path in commented) for path, each in files.items() if each.is_sound
        }
        return Checked.of_files(files, commented, self.reached, self.disk.answers())

    def _check_group(self, program: Program, is_alone: bool, paths: Sequence[str]) -> Group:
        """The same for some of them; for none, what was looked at and asked by now."""
        if not paths and not is_alone:  # Only whole projects are taken over by later runs.
            program.note_looks()
        files = {path: self._check_file(program, path) for path in paths}
        return Group(files, frozenset(module.path for module in program.modules), program.answers, self.disk.answers())

    def _check_file(self, program: Program, path: str) -> FileChecked:
        from llmlint.run.checking import check_calls  # Not before a call is looked at: a run may take all over from one before.

        describe = partial(self.describe, self) if self.describe is not None and self._is_own(path) else None
        return check_calls(program, path, partial(self._check, path), describe)

    def _size(self, paths: Sequence[str]) -> int:
        """How many bytes are to be linked, as far as that is known yet."""
        return sum(len(self.loaded[path].data) if path in self.loaded else _BYTES_OF_FILE for path in paths)

    def _check(self, path: str, site: CallSite) -> tuple[list[Finding], list[FileError]]:
        """What the rules say about a call site; with `are_all_wanted` also what is not shown, as a comment may be there to suppress it."""
        from llmlint.run.checking import check_site, rule_context

        settings = self.settings.for_file(path)
        rules = [rule for rule in self.rules.values() if settings.is_enabled(rule.code, path)]
        context = rule_context(settings, rules, self.today, self.finds_batch_fixes, self.are_all_wanted)
        return check_site(path, site, rules, context, self._is_shown)

    def _is_shown(self, finding: Finding) -> bool:
        settings = self.settings.for_file(finding.call.path)
        if finding.confidence < settings.min_confidence:
            return False
        # A finding about a call may lie in another file, say at the constant that it uses: what is ignored there is ignored.
        with suppress(ConfigError):
            return self.settings.for_file(finding.at.path).is_enabled(finding.code, finding.at.path)
        return True

    def _may_create(self, new: NewFile) -> bool:
        """Whether a fix may create a file; never beside a text without a name."""
        known = self.loaded.get(new.path)
        if known is not None:
            return known.source.text == new.text
        return self.given != frozenset(self.paths) and self.disk.may_create(new.path, self.root, new.text)

    @cached_property
    def _own_paths(self) -> frozenset[str]:
        return frozenset(self.paths)
