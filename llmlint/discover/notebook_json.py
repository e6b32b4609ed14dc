"""New cell texts in the raw JSON of a notebook, with every byte outside of them as it was."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_SPACE = re.compile(r"[ \t\r\n]*")
_ESCAPED_NON_ASCII = re.compile(r"\\u(?!00[0-7])[0-9a-fA-F]{4}")
_decode = json.JSONDecoder().raw_decode


def replace_sources(text: str, changed: Mapping[int, str]) -> str | None:
    """The JSON `text` of a notebook with new texts for some cells, by index; None where a cell has no source to replace."""
    spans: dict[int, tuple[int, int]] = {}
    top = _skip(text, 0)
    sheets = _member(text, top, "worksheets")
    key = "source" if sheets is None or _member(text, top, "cells") is not None else "input"
    for index, start in enumerate(_cells(text, top, sheets if key == "input" else None)):
        if index in changed:
            source = _member(text, start, key)
            if source is None:
                return None
            spans[index] = source
    if spans.keys() != changed.keys():
        return None
    is_escaped = text.isascii() and _ESCAPED_NON_ASCII.search(text) is not None
    for index in sorted(changed, reverse=True):
        start, end = spans[index]
        text = text[:start] + _rendered(text[start:end], changed[index], is_escaped) + text[end:]
    return text


def _rendered(old: str, code: str, is_escaped: bool) -> str:
    """A cell's text as JSON, in the form of its old JSON: one string, or a list of lines with the same space between them."""
    if not old.startswith("["):
        return json.dumps(code, ensure_ascii=is_escaped)
    items = list(_elements(old, 0))
    raw = {_decode(old, start)[0]: old[start:end] for start, end in items}
    # nbformat splits lines so too.
    lines = [raw.get(line) or json.dumps(line, ensure_ascii=is_escaped) for line in code.splitlines(keepends=True)]
    if not lines:
        return "[]"
    if not items:
        return "[" + ", ".join(lines) + "]"
    before = old[1 : items[0][0]]
    after = old[items[-1][1] : -1]
    between = old[items[0][1] : items[1][0]] if len(items) > 1 else "," + (before or " ")
    return "[" + before + between.join(lines) + after + "]"


def _cells(text: str, top: int, sheets: tuple[int, int] | None) -> Iterator[int]:
    """Where each cell starts: of the notebook itself, or in format 3 of its worksheets."""
    for parent in [top] if sheets is None else [start for start, _ in _elements(text, sheets[0])]:
        cells = _member(text, parent, "cells")
        if cells is not None:
            yield from (start for start, _ in _elements(text, cells[0]))


def _skip(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at


def _elements(text: str, at: int) -> Iterator[tuple[int, int]]:
    """Where each element of the array at `at` starts and ends."""
    at = _skip(text, at + 1)
    while text[at] != "]":
        _, end = _decode(text, at)
        yield at, end
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)


def _member(text: str, at: int, name: str) -> tuple[int, int] | None:
    """Where the value of a member of the object at `at` starts and ends; of the last if it is repeated, as in `json.loads`."""
    found = None
    at = _skip(text, at + 1)
    while text[at] != "}":
        key, end = _decode(text, at)
        start = _skip(text, _skip(text, end) + 1)
        _, end = _decode(text, start)
        if key == name:
            found = (start, end)
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found
