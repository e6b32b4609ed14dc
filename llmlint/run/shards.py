"""What several processes do where there is enough to do: parts of a run that are linked apart from each other, and files of one part."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Container, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from llmlint.findings import FileError, Finding
from llmlint.link.program.answers import Answers
from llmlint.run.loading import SHARED_BYTES
from llmlint.run.workers import processors, share
from llmlint.source import Source


class Checked(NamedTuple):
    """What the rules say about the calls of one part.

    `commented` are the files that could be looked at to the end and that have comments which may suppress findings, `reached` those that
    linking has looked at, and `answers` what the disk was asked meanwhile. Where the files of the part were read for it alone, `holding` are
    those that may hold a call, `unreadable` came up while reading, `sources` are those that are still needed, `remarked` those without a
    call that have comments for llmlint, and `unsupported` are calls that are not checked. `calls` counts the calls that were checked, by path.
    `notes` are the files that were not checked to the end.
    `described` is what `Run.describe` said of each call site.
    """

    errors: list[FileError]
    findings: list[Finding]
    commented: list[str]
    reached: frozenset[str]
    answers: Any
    holding: frozenset[str] = frozenset()
    unreadable: tuple[FileError, ...] = ()
    sources: Mapping[str, Source] = {}
    remarked: frozenset[str] = frozenset()
    calls: Mapping[str, int] = {}
    unsupported: Mapping[str, Mapping[str, int]] = {}
    notes: tuple[FileError, ...] = ()
    described: Sequence[Any] = ()

    @classmethod
    def of_files(
        cls, files: Mapping[str, FileChecked], commented: Container[str], reached: frozenset[str], answers: object
    ) -> Checked:
        """What was found in the files of a part, in their order."""
        every = files.values()
        return cls(
            [error for each in every for error in each.errors],
            list(dict.fromkeys(finding for each in every for finding in each.findings)),
            [path for path, each in files.items() if each.is_sound and path in commented],
            reached,
            answers,
            calls={path: each.calls for path, each in files.items() if each.calls is not None},
            described=[said for each in every for said in each.described],
            notes=tuple(note for each in every for note in each.notes),
        )


class FileChecked(NamedTuple):
    """What the rules say about the calls of one file, how many were checked (None where they could not be looked for), what went wrong, and
    whether all of them were (`is_whole`); `notes` and `described` as in `Checked`."""

    findings: tuple[Finding, ...]
    calls: int | None
    errors: tuple[FileError, ...] = ()
    notes: tuple[FileError, ...] = ()
    described: tuple[Any, ...] = ()
    is_whole: bool = True

    @property
    def is_sound(self) -> bool:
        return self.is_whole and not self.errors and not self.notes


class Group(NamedTuple):
    """What the rules say about some files. Of no files: the files that linking has looked at by now, and what the program and the disk were
    asked."""

    files: Mapping[str, FileChecked]
    reached: frozenset[str]
    answers: Answers
    asked: Any


Check = Callable[[Sequence[str]], Checked]

CheckGroup = Callable[[Sequence[str]], Group]

_MANY_FILES = 500
_ALONE_SECONDS = 0.6
"""For how long one process links a project alone before it shares what is left with others, which know what it has found out by then."""
_GROUPS = 3
"""How many groups of files there are for each process."""

_check: Check | None = None
_check_group: CheckGroup | None = None
"""What a worker does; it has it from the process that it was forked from."""


def are_read_apart(count: int) -> bool:
    """Whether the processes that link so many files also read them. Below this count, start-up and fork cost dominate."""
    return count > _MANY_FILES and (sys.platform == "linux" or processors() == 1)


def check_shards(check: Check, parts: Sequence[Sequence[str]], size: Callable[[Sequence[str]], int]) -> Iterator[Checked]:
    """`map(check, parts)`. Processes are only ever forked for it: what they need is too much to be sent."""
    global _check
    workers = min(processors(), len(parts))
    if workers == 1 or sys.platform != "linux" or sum(map(size, parts)) < SHARED_BYTES:
        yield from map(check, parts)
        return
    # The largest first, so that no process is left alone with one at the end.
    order = sorted(range(len(parts)), key=lambda number: size(parts[number]), reverse=True)
    _check = check
    try:
        results = dict(zip(order, share(_check_in_worker, [parts[number] for number in order], workers, 1), strict=True))
    finally:
        _check = None
    for number in range(len(parts)):
        yield results[number]


def _check_in_worker(paths: Sequence[str]) -> Checked:
    assert _check is not None
    return _check(paths)


def check_groups(check: CheckGroup, paths: Sequence[str], is_alone: bool) -> Iterator[Group]:
    """`check` of all files, in one group or in several. Processes are only ever forked for it."""
    global _check_group
    is_alone = is_alone or processors() == 1 or sys.platform != "linux"
    end = time.process_time() + _ALONE_SECONDS
    done = 0
    files: dict[str, FileChecked] = {}
    while done < len(paths) and (is_alone or len(paths) - done < 2 or time.process_time() < end):
        files |= check([paths[done]]).files
        done += 1
    rest = paths[done:]
    yield check(())._replace(files=files)
    workers = min(processors(), len(rest))
    groups = [rest[first :: workers * _GROUPS] for first in range(min(len(rest), workers * _GROUPS))]
    _check_group = check
    try:
        if groups:
            yield from share(_check_group_in_worker, groups, workers, 1)
    finally:
        _check_group = None


def _check_group_in_worker(paths: Sequence[str]) -> Group:
    assert _check_group is not None
    files = _check_group(paths).files
    return _check_group(())._replace(files=files)
