"""Taking an item of a request away, such as a cache breakpoint, or naming it anew: an item of a dict display, or a keyword argument."""

from __future__ import annotations

import re
from collections.abc import Iterable

from llmlint.callsite import Request
from llmlint.findings import Edit
from llmlint.request_data import Breakpoint
from llmlint.source import Span

_REACH = 200
_COMMENT = r"[ \t]*#[^\r\n]*?(?:cach|breakpoint|ephemeral|\bttl\b|<-|←|one.line)[^\r\n]*(?:\r\n|\n|\r|$)"
_BESIDE = re.compile(rf"[ \t]*,?(?![^\r\n]*(?:noqa|type:|pragma|llmlint)){_COMMENT}", re.IGNORECASE)
_ABOVE = re.compile(rf"(?:^|[\r\n])({_COMMENT})\Z", re.IGNORECASE)
_LINE_END = re.compile(r"[ \t]*(?:\r\n|\n|\r|$)")


def remove_breakpoint(call: Request, breakpoint: Breakpoint) -> Edit | None:
    """An edit that deletes a breakpoint with its key, and comments of its own lines that are about caching; None where it is not written as
    `"cache_control": …` or `cache_control=…`."""
    removal = remove_named(call, "cache_control", breakpoint.at)
    if removal is None:
        return None
    text, start, end = call.program.source(breakpoint.at.path).text, removal.span.start, removal.span.end
    key = _start_of(call, "cache_control", breakpoint.at) or start
    line = _line_start(text, key)
    beside = _BESIDE.match(text, breakpoint.at.end)
    if beside is not None and not text[line:key].strip():
        start, end = line, beside.end()
    if start == _line_start(text, start) and text[:end].endswith(("\n", "\r")):
        above = _ABOVE.search(text, max(0, start - _REACH), start)
        start = above.start(1) if above is not None else start
    return Edit(Span(breakpoint.at.path, start, end), "")


def rename_named(call: Request, name: str, new: str, at: Span) -> Edit | None:
    """An edit that gives a value another key; None where it is not written as `"name": …` or `name=…`."""
    start = _start_of(call, name, at)
    text = call.program.source(at.path).text
    if start is None:
        return None
    start = text.index(name, start)
    return Edit(Span(at.path, start, start + len(name)), new)


def _start_of(call: Request, name: str, at: Span) -> int | None:
    """Where the key of a value starts."""
    first = max(0, at.start - _REACH)
    key = re.compile(rf"""(?:(?P<quote>["']){name}(?P=quote)\s*:|\b{name}\s*=)\s*$""")
    found = key.search(call.program.source(at.path).text[first : at.start])
    return first + found.start() if found is not None else None


def joined(call: Request, deletions: Iterable[Edit]) -> list[Edit]:
    """Deletions of several values of a request, those that touch as one.

    Those of the last two values overlap, as each takes the comma between them along; then what is left ends without its comma too.
    """
    kept: list[Edit] = []
    for edit in sorted(deletions, key=lambda edit: (edit.span.path, edit.span.start), reverse=True):
        path, start, end = edit.span.path, edit.span.start, edit.span.end
        following = kept[-1].span if kept else None
        if following is None or following.path != path or following.start > end:
            kept.append(edit)
            continue
        text = call.program.source(path).text
        before = text[:start].rstrip()
        if following.start < end and before.endswith(","):
            start = len(before) - 1
        kept[-1] = Edit(Span(path, *_with_line(text, start, max(end, following.end))), "")
    return kept[::-1]


def _line_start(text: str, at: int) -> int:
    return max(text.rfind("\n", 0, at), text.rfind("\r", 0, at)) + 1


def _with_line(text: str, start: int, end: int) -> tuple[int, int]:
    """A part of a text, with the whole of its line where nothing else stands there."""
    line_start = _line_start(text, start)
    rest = _LINE_END.match(text, end)
    return (line_start, rest.end()) if rest is not None and not text[line_start:start].strip() else (start, end)


def remove_named(call: Request, name: str, at: Span) -> Edit | None:
    """An edit that deletes a value with its key; None where it is not written as `"name": …` or `name=…`."""
    text = call.program.source(at.path).text
    start, end = _start_of(call, name, at), at.end
    if start is None:
        return None
    comma = re.match(r"\s*,", text[end:])
    if comma is not None:
        end += comma.end()
    whole = _with_line(text, start, end)
    if whole != (start, end):
        return Edit(Span(at.path, *whole), "")
    if comma is not None:
        return Edit(Span(at.path, start, end + len(re.match(r"[ \t]*", text[end:]).group())), "")  # type: ignore[union-attr]
    before = text[:start].rstrip()
    if before.endswith(","):
        return Edit(Span(at.path, len(before) - 1, end), "")
    return Edit(Span(at.path, start, end), "")
