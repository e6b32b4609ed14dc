"""The lines of source that a finding covers, numbered, with the span underlined."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

from llmlint.report.terminal import Palette, character_width, visible_character

if TYPE_CHECKING:
    from collections.abc import Sequence

MAX_WIDTH = 120
"""Terminal columns of source in an excerpt; a longer line is cut around the span."""

FIRST_LINES, LAST_LINES = 5, 3
"""How many lines of a long span are shown before and after its elided middle."""

_MORE = "…"
_REACH = 1000


class _Row(NamedTuple):
    """A line as it is printed, and the terminal columns at which the characters of interest start and end in it."""

    text: str
    start: int
    end: int


def excerpt(lines: Sequence[str], first_line: int, start: int, end: int, palette: Palette) -> list[str]:
    """The printed excerpt, line by line.

    `lines` are the whole lines of the span, the first of them numbered `first_line`. `start` is the 0-based offset of the span in
    the first line, `end` its exclusive offset in the last.
    """
    if len(lines) > 1 and end == 0:
        # The span ends with a line break: there is nothing of it to show on the line after.
        lines = lines[:-1]
        end = len(lines[-1])
    if not lines:
        return []
    width = len(str(first_line + len(lines) - 1))
    blank = palette.gutter(f"{'':{width}} |")
    body = _one_line(lines[0], start, end, palette) if len(lines) == 1 else _many_lines(lines, start, end, palette)
    printed = [blank]
    for index, text in body:
        if index is None:
            gutter = blank
        elif index < 0:
            gutter = palette.gutter("...".ljust(width + 1) + "|")
        else:
            gutter = palette.gutter(f"{first_line + index:{width}} |")
        printed.append(f"{gutter} {text}".rstrip())
    return [*printed, blank]


_Body = list[tuple[int | None, str]]
"""Printed lines, each with the index of its source line: None for an underline, negative for the elided middle."""


def _one_line(line: str, start: int, end: int, palette: Palette) -> _Body:
    row = _cut(line, start, end)
    underline = " " * row.start + palette.error("^" * max(1, row.end - row.start))
    return [(0, row.text), (None, underline)]


def _many_lines(lines: Sequence[str], start: int, end: int, palette: Palette) -> _Body:
    bar = palette.error("|")
    first = _cut(lines[0], start, start + 1)
    last = _cut(lines[-1], max(0, end - 1), end)
    body: _Body
    if lines[0][:start].strip():
        body = [(0, f"  {first.text}"), (None, " " + palette.error("_" * (first.start + 1) + "^"))]
    else:
        # Nothing stands before the span, so that the corner can stand for the underline, as in ruff's output.
        body = [(0, f"{palette.error('/')} {first.text}")]
    between = range(1, len(lines) - 1)
    elided = range(FIRST_LINES, len(lines) - LAST_LINES)
    for index in between:
        if len(elided) < 2 or index not in elided:
            body.append((index, f"{bar} {_cut(lines[index], 0, 0).text}"))
        elif index == elided.start:
            body.append((-1, bar))
    underline = palette.error("|" + "_" * max(1, last.end) + "^")
    return [*body, (len(lines) - 1, f"{bar} {last.text}"), (None, underline)]


def _cut(line: str, start: int, end: int) -> _Row:
    """At most `MAX_WIDTH` columns of a line, as printed, with the characters from `start` to `end` as far as they fit."""
    start, end = min(start, len(line)), min(end, len(line))
    # Only what can be seen is measured: a generated file may hold megabytes in one line.
    skipped = max(0, start - _REACH)
    near = line[skipped : max(start, min(end, start + _REACH)) + _REACH]
    dropped = skipped + len(near) < len(line)
    start, end = start - skipped, min(end - skipped, len(near))
    printed = [visible_character(character) for character in near]
    columns = [0]
    for text in printed:
        columns.append(columns[-1] + sum(map(character_width, text)))
    first, last = 0, len(near)
    if columns[-1] > MAX_WIDTH:
        # Two columns less, for the marks that say that there is more.
        room = MAX_WIDTH - 2
        margin = max(0, room - (columns[end] - columns[start])) // 2
        left = max(0, min(columns[start] - margin, columns[-1] - room))
        # Of several characters at one column the last is the base of what follows; combining marks belong to what was cut off.
        first = bisect_right(columns, columns[bisect_left(columns, left)]) - 1
        last = bisect_right(columns, left + room) - 1
    before, after = _MORE if skipped or first else "", _MORE if dropped or last < len(near) else ""
    shift = len(before) - columns[first]
    return _Row(
        text=before + "".join(printed[first:last]) + after,
        start=columns[start] + shift,
        end=columns[min(end, last)] + shift,
    )
