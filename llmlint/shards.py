"""The parts of a run that are linked apart from each other, by several processes where there is enough to do."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from llmlint.findings import FileError, Finding
from llmlint.loading import SHARED_BYTES
from llmlint.source import Source
from llmlint.workers import processors, share


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


Check = Callable[[Sequence[str]], Checked]

_MANY_FILES = 500

_check: Check | None = None
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
