"""From paths to facts: read, look at the bytes, decode, scan; in several processes where there is enough to do."""

from __future__ import annotations

import os
import sys
import time
import traceback
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from operator import contains
from typing import TYPE_CHECKING, NamedTuple

from llmlint import plugins
from llmlint.discover.decode import DecodeError
from llmlint.discover.load import load
from llmlint.discover.prefilter import has_plain_call, may_hold_call, may_hold_directive
from llmlint.discover.read import MAX_READ_BYTES, read_bytes
from llmlint.discover.senders import may_serve_others
from llmlint.discover.unsupported import unsupported_calls
from llmlint.findings import FileError
from llmlint.performance.contains import Contains, contains_of
from llmlint.performance.gc_pause import without_collection
from llmlint.run.time_limit import TimeUp, time_limit, too_long
from llmlint.run.workers import processors, share
from llmlint.source import Source

if TYPE_CHECKING:
    import ast

    from llmlint.link.program.disk import Disk
    from llmlint.link.program.package_groups import PackageGroups
    from llmlint.scan.facts import GrowingFacts, ModuleFacts

ALONE_SECONDS = 1.0
"""For how long one process reads alone before it shares what is left."""

CHUNK = 256
"""How many files a worker is passed to read at a time."""

SHARED_BYTES = 1_000_000
"""From how much source on scanning is shared: two seconds of work. Starting processes and moving their results takes some of that too."""


_LARGE = 1_000_000


@dataclass(frozen=True, slots=True)
class LoadedFile:
    """A file that may hold a call: its bytes as they were read, its text, and its facts.

    `broken` says which cells of a notebook were left out, and why.
    """

    data: bytes
    source: Source
    facts: ModuleFacts | GrowingFacts
    broken: tuple[FileError, ...] = ()


@dataclass(frozen=True, slots=True)
class WithoutCall:
    """A file that cannot hold a call that is checked, but comments for llmlint (`is_commented`), calls through other libraries (how many, by their
    names), or what another file may send requests by: an address, a client."""

    is_commented: bool
    unsupported: Mapping[str, int]
    may_serve_others: bool = False


Loaded = LoadedFile | FileError | WithoutCall | None
"""What loading a file gives: None where its bytes show that it cannot hold a call, and nothing else for llmlint."""


class LoadedLater(Mapping[str, LoadedFile]):
    """Files that may hold a call, most of which are loaded once somebody asks for them. Raises KeyError for one that has changed meanwhile."""

    def __init__(self, loaded: Mapping[str, LoadedFile], others: Iterable[str]) -> None:
        self.there = dict(loaded)
        self._paths = {*loaded, *others}

    def __getitem__(self, path: str) -> LoadedFile:
        if path not in self.there:
            file = _load_anyway(path) if path in self._paths else None
            if not isinstance(file, LoadedFile):
                raise KeyError(path)
            self.there[path] = file
        return self.there[path]

    def __contains__(self, path: object) -> bool:
        return path in self._paths

    def __iter__(self) -> Iterator[str]:
        return iter(self._paths)

    def __len__(self) -> int:
        return len(self._paths)


def load_bytes(path: str, data: bytes) -> LoadedFile | FileError:
    """Decode and scan the bytes of a file, whatever they may hold."""
    loaded = _load_if(lambda tree: True, path, data)
    assert isinstance(loaded, (LoadedFile, FileError))
    return loaded


def load_import(path: str, data: bytes) -> LoadedFile | FileError:
    """The same for a file that only others are about: its facts grow with what is asked."""
    from llmlint.scan.outline import outline

    loaded = _load_by(outline, path, data)
    assert isinstance(loaded, (LoadedFile, FileError))
    return loaded


def _load_if(wanted: Callable[[ast.Module], bool], path: str, data: bytes) -> LoadedFile | FileError | None:
    """The same for files whose syntax tree is wanted, or that have none; None for others."""
    from llmlint.scan.scan import scan_if

    return _load_by(partial(scan_if, wanted), path, data)


def _load_by(
    scan: Callable[[str, str], ModuleFacts | GrowingFacts | None], path: str, data: bytes
) -> LoadedFile | FileError | None:
    from llmlint.scan.parse import ScanError

    try:
        source = load(data, path)
        try:
            with time_limit():
                facts = scan(source.text, path)
            return None if facts is None else LoadedFile(data, source, facts)
        except ScanError as error:
            return _load_sound_cells(data, source) if source.cells else FileError(path, str(error))
    except DecodeError as error:
        return FileError(path, str(error))
    except TimeUp:
        return FileError(path, too_long())
    except Exception as error:
        return internal_error(path, error)


def _load_sound_cells(data: bytes, source: Source) -> LoadedFile | FileError:
    """A notebook of which some cells are no Python: the others are looked at all the same."""
    from llmlint.discover.notebook import mask_broken_cells
    from llmlint.scan.scan import ScanError, scan

    reasons: list[str] = []

    def parses(code: str) -> bool:
        try:
            scan(code, source.path)
        except ScanError as error:
            reasons.append(str(error))
            return False
        return True

    source, cells = mask_broken_cells(source, parses)
    broken = [FileError(source.path, f"cell {cell + 1}: {reason}") for cell, reason in zip(cells, reasons, strict=True)]
    try:
        return LoadedFile(data, source, scan(source.text, source.path), tuple(broken))
    except ScanError as error:
        return FileError(source.path, str(error))


def internal_error(path: str, error: Exception) -> FileError:
    """The last resort: a fault of llmlint itself, or of a plugin, costs one file and not the run."""
    if isinstance(error, plugins.Fault):
        return FileError(path, str(error))
    frame = traceback.extract_tb(error.__traceback__)[-1]
    where = f"{os.path.basename(frame.filename)}:{frame.lineno}"
    said = " ".join(f"{type(error).__name__}: {error}".split())[:200]
    return FileError(path, f"internal error, please report it: {said} ({where})")


@without_collection()
def load_files(paths: Sequence[str]) -> list[Loaded]:
    """Load files, in the order of the paths."""
    read = _read_all(paths)
    pending = [(path, data) for path, data in zip(paths, read, strict=True) if isinstance(data, bytes)]
    # The largest first, so that no process is left alone with one at the end.
    pending.sort(key=lambda each: len(each[1]), reverse=True)
    workers = min(processors(), len(pending)) if sum(len(data) for _, data in pending) > SHARED_BYTES else 1
    if workers > 1 and sys.platform == "linux":
        # What is imported before the fork is there in every process.
        import llmlint.discover.confirm
        import llmlint.scan.outline  # noqa: F401
    scanned = share(_load_given, pending, workers, 1) if workers > 1 else map(_load_given, pending)
    by_path = dict(zip((path for path, _ in pending), scanned, strict=True))
    return [by_path[path] if isinstance(data, bytes) else data for path, data in zip(paths, read, strict=True)]


def _read_all(paths: Sequence[str]) -> list[bytes | FileError | WithoutCall | None]:
    """The bytes of each file that may hold a call."""
    read: list[bytes | FileError | WithoutCall | None] = []
    deadline = time.monotonic() + ALONE_SECONDS
    for path in paths:
        read.append(_read_candidate(path))
        if time.monotonic() > deadline:
            rest = paths[len(read) :]
            workers = min(processors(), len(rest) // CHUNK)
            read += share(_read_candidate, rest, workers, CHUNK) if workers > 1 else map(_read_candidate, rest)
            break
    return read


def _read_candidate(path: str) -> bytes | FileError | WithoutCall | None:
    data = read_bytes(path)
    if isinstance(data, FileError):
        return data
    has = contains_of(data)
    return data if may_hold_call(data, has) else _without_call(path, data, has)


def _without_call(path: str, data: bytes, has: Contains = contains) -> WithoutCall | None:
    is_commented, unsupported = may_hold_directive(data, has), unsupported_calls(path, data, has)
    serves_others = may_serve_others(data, has)
    return WithoutCall(is_commented, unsupported, serves_others) if is_commented or unsupported or serves_others else None


def load_file(path: str) -> Loaded:
    """Load one file of many."""
    data = _read_candidate(path)
    return _load_given((path, data)) if isinstance(data, bytes) else data


def _load_anyway(path: str) -> LoadedFile | FileError:
    """Load a file that is known to hold a call: that may follow from other files."""
    file = load_file(path)
    if isinstance(file, (LoadedFile, FileError)):
        return file
    data = read_bytes(path)
    return load_import(path, data) if isinstance(data, bytes) else data


class SortedOut(NamedTuple):
    """Files by what loading them gave: those that may hold a call, those that cannot (`others`), and of these and those the ones by which others may
    send requests; errors, files that have comments for llmlint and no call, and how many calls are not checked."""

    loaded: dict[str, LoadedFile]
    others: frozenset[str]
    origins: frozenset[str]
    errors: list[FileError]
    commented: frozenset[str]
    unsupported: dict[str, Mapping[str, int]]


def sort_out(files: Iterable[tuple[str, Loaded]]) -> SortedOut:
    """Put files where they belong, by what loading them gave."""
    loaded: dict[str, LoadedFile] = {}
    without: dict[str, WithoutCall | None] = {}
    errors: list[FileError] = []
    for path, file in files:
        if isinstance(file, FileError):
            errors.append(file)
        elif isinstance(file, LoadedFile):
            loaded[path] = file
            errors += file.broken
        else:
            without[path] = file
    known = {path: file for path, file in without.items() if file is not None}
    unsupported = {path: unsupported_calls(path, file.data) for path, file in loaded.items()}
    unsupported |= {path: file.unsupported for path, file in known.items()}
    return SortedOut(
        loaded,
        frozenset(without),
        frozenset(path for path, file in loaded.items() if may_serve_others(file.data))
        | frozenset(path for path, file in known.items() if file.may_serve_others),
        errors,
        frozenset(path for path, file in known.items() if file.is_commented),
        {path: counts for path, counts in unsupported.items() if counts},
    )


def load_senders(
    origins: Iterable[str], loaded: Mapping[str, LoadedFile], groups: PackageGroups, disk: Disk, among: Collection[str] | None
) -> dict[str, LoadedFile]:
    """The files among some (None: all) that may send requests by what the origins hold, beside those that are loaded."""
    if not groups.is_project:
        return {}  # Installed packages: who works on one of them lints it as a project.
    from llmlint.discover.imports import Imports
    from llmlint.discover.senders import senders
    from llmlint.link.program.program import MOST_CALLING_FILES, MOST_LINKED_BYTES

    members = {path for path in groups.files if path not in loaded and (among is None or path in among)}
    if not members:
        return {}

    def read(path: str) -> bytes:
        if path in loaded:
            return loaded[path].data
        return disk.read(path, MOST_LINKED_BYTES if path in members else MAX_READ_BYTES) or b""

    holding = {path: read(path) for path in sorted(origins)}
    # One file at a time: those of a large project take too much memory together.
    others = ((path, read(path)) for path in groups.files if path in members)
    found: dict[str, LoadedFile] = {}
    for path in senders(holding, others, Imports(groups.files, read), MOST_CALLING_FILES):
        file = load_import(path, read(path))
        if isinstance(file, LoadedFile):
            found[path] = file
    return found


def load_candidate(path: str, data: bytes) -> LoadedFile | FileError | None:
    """Load a file that its bytes let through, unless its syntax tree shows that it holds no call after all."""
    return _load_if(_second_look(data), path, data)


def load_given(path: str, data: bytes) -> Loaded:
    """Load a file whose bytes are there already."""
    return _load_given((path, data)) if may_hold_call(data) else _without_call(path, data)


def _load_given(given: tuple[str, bytes]) -> Loaded:
    """The same with facts that grow: of a file with a call, too, most functions lead nowhere near it."""
    from llmlint.scan.outline import outline_if

    path, data = given
    if len(data) > _LARGE and has_plain_call(data):
        # Of so large a file, the bodies of functions are parsed where something is asked of them.
        return load_import(path, data)
    loaded = _load_by(partial(outline_if, _second_look(data)), path, data)
    return _without_call(path, data) if loaded is None else loaded


def _second_look(data: bytes) -> Callable[[ast.Module], bool]:
    """What tells from the syntax tree of a file whether it can hold a call."""
    if has_plain_call(data):
        return lambda tree: True
    from llmlint.discover import confirm

    return confirm.may_hold_call
