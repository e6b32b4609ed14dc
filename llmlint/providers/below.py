"""The requests of a whole program, and those that a piece of its code makes, itself and through the functions that it calls."""

from __future__ import annotations

from dataclasses import dataclass

from llmlint.callsite import Request
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program
from llmlint.link.program.tests import is_test_file
from llmlint.providers import find_call_sites
from llmlint.sdks import GATES
from llmlint.source import Span

_MOST_FILES = 100


@dataclass(frozen=True, slots=True)
class Below:
    """A request with the calls that lead to it, from the LLM call outwards, the last of which stands in the piece of code."""

    request: Request
    spans: tuple[Span, ...]


_FOUND: Memo[Span, tuple[Below, ...] | None] = Memo()
_REQUESTS: Memo[str, tuple[Request, ...] | None] = Memo()


def requests_below(program: Program, code: Span) -> tuple[Below, ...] | None:
    """The requests of a piece of code, in the order of their calls there, each call path once; None where too many files may make them."""
    return _FOUND.get(program, code, lambda: _find(program, code))


def _find(program: Program, code: Span) -> tuple[Below, ...] | None:
    requests = requests_of_program(program, code.path)
    if requests is None:
        return None
    found: dict[tuple[Span, ...], Below] = {}
    for request in requests:
        spans = (request.span, *(step.span for step in request.steps))
        last = next((index for index, span in enumerate(spans) if _holds(code, span)), None)
        if last is not None:
            found.setdefault(spans[: last + 1], Below(request, spans[: last + 1]))
    return tuple(sorted(found.values(), key=lambda each: [(span.path, span.start) for span in reversed(each.spans)]))


def requests_of_program(program: Program, path: str) -> tuple[Request, ...] | None:
    """The requests of the program that a file belongs to, without those of other files' tests; None where many files may make them."""
    return _REQUESTS.get(program, path, lambda: _find_requests(program, path))


def _find_requests(program: Program, path: str) -> tuple[Request, ...] | None:
    home = program.module(path)
    paths = program.files_holding(tuple(GATES), home) if home is not None else []
    if len(paths) > _MOST_FILES:
        return None
    program.answers.leads(path, paths)
    found: list[Request] = []
    for each in paths:
        module = program.module(each)
        if module is not None and (each == path or not is_test_file(program, module)):
            found += (request for site in find_call_sites(program, each) for request in site.requests)
    return tuple(found)


def _holds(code: Span, span: Span) -> bool:
    return span.path == code.path and code.start <= span.start and span.end <= code.end
