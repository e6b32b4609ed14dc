"""Taking an item of a request away, such as a cache mark, or naming it anew: an item of a dict display, or a keyword argument."""

from __future__ import annotations

import re

from llmlint.callsite import CallSite, Mark
from llmlint.findings import Edit
from llmlint.source import Span

_REACH = 200
_LINE_END = re.compile(r"[ \t]*(?:\r\n|\n|\r|$)")


def remove_mark(call: CallSite, mark: Mark) -> Edit | None:
    """An edit that deletes a mark with its key; None where it is not written as `"cache_control": …` or `cache_control=…`."""
    return remove_named(call, "cache_control", mark.at)


def rename_named(call: CallSite, name: str, new: str, at: Span) -> Edit | None:
    """An edit that gives a value another key; None where it is not written as `"name": …` or `name=…`."""
    start = _start_of(call, name, at)
    text = call.request.program.source(at.path).text
    if start is None:
        return None
    start = text.index(name, start)
    return Edit(Span(at.path, start, start + len(name)), new)


def _start_of(call: CallSite, name: str, at: Span) -> int | None:
    """Where the key of a value starts."""
    first = max(0, at.start - _REACH)
    key = re.compile(rf"""(?:(?P<quote>["']){name}(?P=quote)\s*:|\b{name}\s*=)\s*$""")
    found = key.search(call.request.program.source(at.path).text[first : at.start])
    return first + found.start() if found is not None else None


def remove_named(call: CallSite, name: str, at: Span) -> Edit | None:
    """An edit that deletes a value with its key; None where it is not written as `"name": …` or `name=…`."""
    text = call.request.program.source(at.path).text
    start, end = _start_of(call, name, at), at.end
    if start is None:
        return None
    comma = re.match(r"\s*,", text[end:])
    if comma is not None:
        end += comma.end()
    line_start = max(text.rfind("\n", 0, start), text.rfind("\r", 0, start)) + 1
    rest = _LINE_END.match(text, end)
    if rest is not None and not text[line_start:start].strip():
        return Edit(Span(at.path, line_start, rest.end()), "")
    if comma is not None:
        return Edit(Span(at.path, start, end + len(re.match(r"[ \t]*", text[end:]).group())), "")  # type: ignore[union-attr]
    before = text[:start].rstrip()
    if before.endswith(","):
        return Edit(Span(at.path, len(before) - 1, end), "")
    return Edit(Span(at.path, start, end), "")
