"""The requests of a whole program, and those that a piece of its code makes, itself and through the functions that it calls."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from llmlint.callsite import Request
from llmlint.link.names.index import ModuleIndex
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program
from llmlint.link.program.tests import is_test_file
from llmlint.providers import find_call_sites
from llmlint.sdks import GATES
from llmlint.source import Span

_MOST_FILES = 100
_MOST_IMPORTED = 1000


@dataclass(frozen=True, slots=True)
class Below:
    """A request with the calls that lead to it, from the LLM call outwards, the last of which stands in the piece of code."""

    request: Request
    spans: tuple[Span, ...]


class _Place(NamedTuple):
    """Where one of the spans of a request is: its call or a step to it."""

    span: Span
    request: int
    number: int


_FOUND: Memo[Span, tuple[Below, ...] | None] = Memo()
_REQUESTS: Memo[str, tuple[Request, ...] | None] = Memo()
_IMPORTED: Memo[str, tuple[Request, ...] | None] = Memo()
_PLACES: Memo[str, list[_Place]] = Memo()
_FILES: Memo[str, list[str]] = Memo()


def requests_below(program: Program, code: Span) -> tuple[Below, ...] | None:
    """The requests of a piece of code, in the order of their calls there, each call path once; None where too many files may make them. In a
    program of many files with calls, the files count that the one of the code imports, itself and through others."""
    return _FOUND.get(program, code, lambda: _find(program, code))


def _find(program: Program, code: Span) -> tuple[Below, ...] | None:
    requests = requests_of_program(program, code.path)
    if requests is None:
        requests = _IMPORTED.get(program, code.path, partial(_find_requests, program, code.path, files_below))
    if requests is None:
        return None
    places = _PLACES.get(program, code.path, partial(_places_of, requests))
    first, behind = (bisect_left(places, at, key=_start_of) for at in ((code.path, code.start), (code.path, code.end + 1)))
    lasts: dict[int, int] = {}
    for place in places[first:behind]:
        if place.span.end <= code.end:
            lasts[place.request] = min(place.number, lasts.get(place.request, place.number))
    found: dict[tuple[Span, ...], Below] = {}
    for number, last in sorted(lasts.items()):
        spans = _spans_of(requests[number])[: last + 1]
        found.setdefault(spans, Below(requests[number], spans))
    return tuple(sorted(found.values(), key=lambda each: [(span.path, span.start) for span in reversed(each.spans)]))


def _spans_of(request: Request) -> tuple[Span, ...]:
    return request.span, *(step.span for step in request.steps)


def _places_of(requests: Sequence[Request]) -> list[_Place]:
    """The calls and steps of some requests in the order of their places: each piece of code that is looked into has few of them."""
    places = [
        _Place(span, number, index) for number, request in enumerate(requests) for index, span in enumerate(_spans_of(request))
    ]
    return sorted(places, key=_start_of)


def _start_of(place: _Place) -> tuple[str, int]:
    return place.span.path, place.span.start


def requests_of_program(program: Program, path: str) -> tuple[Request, ...] | None:
    """The requests of the program that a file belongs to, without those of other files' tests; None where many files may make them."""
    return _REQUESTS.get(program, path, partial(_find_requests, program, path, _all_with_calls))


def _all_with_calls(program: Program, home: ModuleIndex) -> list[str]:
    return program.files_holding(tuple(GATES), home)


def files_below(program: Program, home: ModuleIndex) -> list[str]:
    """Those of the files with calls that a file imports, itself and through others; the file first."""
    return _FILES.get(program, home.path, partial(_imported_by, program, home))


def _imported_by(program: Program, home: ModuleIndex) -> list[str]:
    found = {home.path: home}
    ahead = [home]
    while ahead and len(found) <= _MOST_IMPORTED:
        module = ahead.pop()
        module.note_flows()
        imported = [each for each in module.named_facts.bindings if each.kind == "import"]
        names = {(each.module, each.level) for each in imported} | {
            (each.module, each.level) for each in module.facts.star_imports
        }
        names |= {(f"{each.module}.{each.member}".lstrip("."), each.level) for each in imported if each.member is not None}
        for other in (program.find_import(module, *name) for name in sorted(names)):
            if other is not None and other.path not in found:
                found[other.path] = other
                ahead.append(other)
    with_calls = {*_all_with_calls(program, home)}
    if ahead:
        return sorted(with_calls)  # Too many, of which no part will do.
    return [home.path, *sorted(path for path in found if path in with_calls and path != home.path)]


def _find_requests(program: Program, path: str, files: Callable[[Program, ModuleIndex], list[str]]) -> tuple[Request, ...] | None:
    home = program.module(path)
    paths = files(program, home) if home is not None else []
    if len(paths) > _MOST_FILES:
        return None
    found: list[Request] = []
    for each in paths:
        module = program.module(each)
        if module is not None and (each == path or not is_test_file(program, module)):
            sites = find_call_sites(program, each)
            # The rows of a batch are made there, and sent at another time.
            found += (request for site in sites for request in site.requests if not request.is_batch)
    return tuple(found)
