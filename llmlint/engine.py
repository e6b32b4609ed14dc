"""One run: files in, findings out, the same for the same files in whatever order and by however many processes they were read."""

from __future__ import annotations

import datetime
import os
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial

from llmlint import unused_suppression
from llmlint.callsite import CallSite
from llmlint.catalog import Catalog
from llmlint.config import ConfigError, Settings, SettingsResolver
from llmlint.discover.decode import load as decode
from llmlint.discover.read import MAX_READ_BYTES
from llmlint.discover.walk import discover
from llmlint.findings import Applicability, FileError, Finding, Fix
from llmlint.garbage import without_collection
from llmlint.link.disk import Disk
from llmlint.link.program import Program
from llmlint.loading import LoadedFile, internal_error, load_bytes, load_files, load_import
from llmlint.parts import Checked, check_parts
from llmlint.placing import Lint as Lint
from llmlint.placing import Placing
from llmlint.providers import find_call_sites
from llmlint.rules.registry import Rule, RuleContext
from llmlint.rules.related import with_chain
from llmlint.scan.facts import GrowingFacts, ModuleFacts
from llmlint.source import Source
from llmlint.unused_suppression import Suppressions


@dataclass(eq=False)
class Run(Placing):
    """The files of a run, and everything that is asked about them.

    `paths` are all files that were looked at, `loaded` those of them that may hold a call. `errors` came up while reading.
    `root` is the folder above which no import is followed; `imported` are files without calls of their own that imports led to, which
    `disk` holds, as far as they are kept; `reached` are the paths of all that linking has looked at.
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
    _sources: dict[str, Source] = field(default_factory=dict)
    disk: Disk = field(default_factory=Disk)

    # Reading

    @classmethod
    def of_paths(cls, paths: Iterable[str], settings: SettingsResolver, rules: Mapping[str, Rule]) -> Run:
        """A run over files and folders."""
        paths = tuple(paths)
        return cls.of_found(paths, list(discover(paths, settings)), settings, rules)

    @classmethod
    def of_found(
        cls,
        paths: Iterable[str],
        found: Sequence[str | FileError],
        settings: SettingsResolver,
        rules: Mapping[str, Rule],
        without_call: Container[str] = (),
    ) -> Run:
        """A run over what was discovered below `paths`. Files that are known to be `without_call` are not read."""
        files = [path for path in found if isinstance(path, str)]
        errors = [error for error in found if isinstance(error, FileError)]
        loaded: dict[str, LoadedFile] = {}
        unknown = [path for path in files if path not in without_call]
        for path, file in zip(unknown, load_files(unknown), strict=True):
            if isinstance(file, FileError):
                errors.append(file)
            elif file is not None:
                loaded[path] = file
                errors += file.broken
        return cls(settings, rules, files, loaded, tuple(errors), _root_of(tuple(paths), settings.cwd))

    @classmethod
    def of_bytes(cls, path: str, data: bytes, settings: SettingsResolver, rules: Mapping[str, Rule]) -> Run:
        """A run over one file whose content is given, such as standard input."""
        file = load_bytes(path, data)
        errors: list[FileError] = []
        loaded: dict[str, LoadedFile] = {}
        try:
            settings.for_file(path)
        except ConfigError as error:
            errors.append(FileError(error.path, error.message))
        else:
            if isinstance(file, FileError):
                errors.append(file)
            else:
                loaded[path] = file
                errors += file.broken
        return cls(settings, rules, [path], loaded, tuple(errors), settings.cwd)

    def with_files(self, changed: Mapping[str, LoadedFile]) -> Run:
        """The same run with some files changed."""
        return replace(self, loaded={**self.loaded, **changed})

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
        known = self.loaded.get(path) or self.imported.get(path)
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
    def program(self) -> Program:
        return self._new_program()

    def _new_program(self) -> Program:
        program = Program(self.root, self._load_import, self.paths, self.disk)
        for file in self.loaded.values():
            program.add(file.source, file.facts)
        return program

    def _load_import(self, path: str) -> tuple[Source, ModuleFacts | GrowingFacts] | None:
        """A file that an import leads to. If it cannot be read, what it says is not known, and that is all."""
        known = self._imported(path)
        return (known.source, known.facts) if known else None

    def _imported(self, path: str) -> LoadedFile | None:
        if path not in self.imported:
            data = self.disk.read(path, MAX_READ_BYTES)
            file = None if data is None else load_import(path, data)
            self.imported[path] = None if isinstance(file, FileError) else file
        return self.imported[path]

    def call_sites(self) -> Iterator[tuple[str, tuple[CallSite, ...] | FileError]]:
        """The LLM calls of each file, or why they could not be looked for."""
        return self._call_sites(self.program, sorted(self.loaded))

    def _call_sites(self, program: Program, paths: Iterable[str]) -> Iterator[tuple[str, tuple[CallSite, ...] | FileError]]:
        for path in paths:
            try:
                yield path, find_call_sites(program, path)
            except Exception as error:
                yield path, internal_error(path, error)

    @without_collection()
    def lint(self) -> Lint:
        """All findings that the settings ask for and that no comment suppresses, by path, place and code."""
        errors: list[FileError] = []
        found: dict[Finding, None] = {}
        sound: list[str] = []
        for checked in self._check_all():
            errors += checked.errors
            found |= dict.fromkeys(checked.findings)
            sound += checked.sound
        suppressions = Suppressions(self.source)
        kept = [finding for finding in found if not suppressions.hide(finding)]
        shown = [self._with_usable_fix(finding) for finding in kept if self._is_shown(finding)]
        for path in sound:
            is_on = partial(self.settings.for_file(path).is_enabled, path=path)
            if is_on(unused_suppression.CODE):
                shown += suppressions.unused(path, is_on)
        return Lint(tuple(sorted(shown, key=_order)), tuple(dict.fromkeys(errors)))

    def _check_all(self) -> Iterator[Checked]:
        """What the rules say about all calls, by parts that share nothing: so memory holds what one part reaches, and parts can go side by side."""
        parts: dict[str, list[str]] = {}
        # A program without modules: each part makes its own.
        bare = Program(self.root, files=self.paths, disk=self.disk)
        for path in sorted(self.loaded):
            parts.setdefault(bare.family(path), []).append(path)
        if len(parts) <= 1:
            yield self._check_part(self.program, sorted(self.loaded))
            return
        for checked in check_parts(self._check_alone, list(parts.values()), self._size):
            self.reached |= checked.reached
            self.disk.learn(checked.answers)
            yield checked

    def _check_alone(self, paths: Sequence[str]) -> Checked:
        known = dict(self.imported)
        program = self._new_program()
        checked = self._check_part(program, paths)
        program.close()
        self.imported = known | {path: self.imported[path] for path in checked.places() if path in self.imported}
        return checked

    def _check_part(self, program: Program, paths: Sequence[str]) -> Checked:
        """What the rules say about the calls of some files."""
        errors: list[FileError] = []
        found: list[Finding] = []
        sound: list[str] = []
        for path, sites in self._call_sites(program, paths):
            if isinstance(sites, FileError):
                errors.append(sites)
                continue
            results = [result for site in sites for result in self._check(path, site)]
            faults = [result for result in results if isinstance(result, FileError)]
            errors += faults
            found += [result for result in results if isinstance(result, Finding)]
            if not faults:
                sound.append(path)
        found = list(dict.fromkeys(found))
        for index, finding in enumerate(found):
            try:
                found[index] = with_chain(program, finding) if self._is_shown(finding) else finding
            except Exception as error:
                errors.append(internal_error(finding.call.path, error))
        self.reached |= {module.path for module in program.modules}
        return Checked(errors, found, sound, self.reached, self.disk.answers())

    def _size(self, paths: Sequence[str]) -> int:
        return sum(len(self.loaded[path].data) for path in paths)

    def _check(self, path: str, site: CallSite) -> Iterator[Finding | FileError]:
        settings = self.settings.for_file(path)
        rules = [rule for rule in self.rules.values() if settings.is_enabled(rule.code, path)]
        context = self._context(settings, rules)
        for rule in rules:
            try:
                yield from rule.check(site, context)
            except Exception as error:
                yield internal_error(path, error)

    def _context(self, settings: Settings, rules: Sequence[Rule]) -> RuleContext:
        thresholds = settings.thresholds
        codes = frozenset(rule.code for rule in rules)
        return RuleContext(Catalog.bundled(), self.today, thresholds.cache_margin, thresholds.min_fan_out, codes)

    def _settings_of(self, path: str) -> Settings | None:
        try:
            return self.settings.for_file(path)
        except ConfigError:
            return None

    def _is_shown(self, finding: Finding) -> bool:
        settings = self.settings.for_file(finding.call.path)
        if finding.confidence < settings.min_confidence:
            return False
        # A finding about a call may lie in another file, say at the constant that it uses: what is ignored there is ignored.
        there = self._settings_of(finding.at.path)
        return there is None or there.is_enabled(finding.code, finding.at.path)

    def _with_usable_fix(self, finding: Finding) -> Finding:
        """The finding, with a fix that must not be applied marked as one to be made by hand.

        That is a fix that the settings forbid, or that reaches into a file which is not part of this run.
        """
        fix = finding.fix
        if fix is None or fix.applicability is Applicability.DISPLAY_ONLY:
            return finding
        is_allowed = self.settings.for_file(finding.call.path).is_fixable(finding.code)
        if is_allowed and all(edit.span.path in self._own_paths for edit in fix.edits):
            return finding
        return replace(finding, fix=Fix(Applicability.DISPLAY_ONLY, fix.message, fix.edits))

    @cached_property
    def _own_paths(self) -> frozenset[str]:
        return frozenset(self.paths)


def _order(finding: Finding) -> tuple[object, ...]:
    return finding.at.path, finding.at.start, finding.code, finding.at.end, finding.call.path, finding.call.start, finding.message


def _root_of(paths: Sequence[str], cwd: str) -> str:
    """The working directory where all paths lie below it, else the deepest folder that holds them all."""
    absolute = [os.path.normpath(os.path.join(cwd, path)) for path in paths]
    if all(os.path.join(path, "").startswith(os.path.join(cwd, "")) for path in absolute):
        return cwd
    try:
        return os.path.commonpath([path if os.path.isdir(path) else os.path.dirname(path) for path in absolute])
    except ValueError:
        return cwd
