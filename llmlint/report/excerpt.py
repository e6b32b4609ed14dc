"""The line of source in which a span starts, numbered, with the span underlined."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING, NamedTuple

from llmlint.report.terminal import Palette, character_width, visible_character

if TYPE_CHECKING:
    pass

MAX_WIDTH = 120
"""Terminal columns of source in an excerpt; a longer line is cut around the span."""

_MORE = "…"
_REACH = 1000


class _Row(NamedTuple):
    """A line as it is printed, and the terminal columns at which the characters of interest start and end in it."""

    text: str
    start: int
    end: int


def excerpt(line: str, more: int, number: int, start: int, end: int, palette: Palette, width: int | None) -> list[str]:
    """One line, numbered, with the characters from `start` to `end` underlined; and how many `more` lines the span covers."""
    gutter = len(str(number))
    room = MAX_WIDTH if width is None else max(20, min(MAX_WIDTH, width - gutter - 3))
    row = _cut(line, start, end, room)
    bar = palette.gutter(f"{'':{gutter}} |")
    underline = " " * row.start + palette.error("^" * max(1, row.end - row.start))
    rest = f" and {more} more line{'' if more == 1 else 's'}" if more else ""
    return [f"{palette.gutter(f'{number} |')} {row.text}".rstrip(), f"{bar} {underline}{rest}"]


def _cut(line: str, start: int, end: int, width: int = MAX_WIDTH) -> _Row:
    """At most `width` columns of a line, as printed, with the characters from `start` to `end` as far as they fit."""
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
    if columns[-1] > width:
        # Two columns less, for the marks that say that there is more.
        room = width - 2
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
