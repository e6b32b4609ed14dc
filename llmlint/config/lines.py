"""In which line of a TOML file a key stands. The parser does not say, and only an error asks."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

_HEADER = re.compile(r"[ \t]*\[{1,2}([^\[\]#]+)\]{1,2}[ \t]*(?:#.*)?$")
_KEY = re.compile(r"""[ \t]*((?:[\w-]+|"[^"]*"|'[^']*')(?:[ \t]*\.[ \t]*(?:[\w-]+|"[^"]*"|'[^']*'))*)[ \t]*=""")
_PART = re.compile(r"""[\w-]+|"[^"]*"|'[^']*'""")
_MOST_BYTES = 200_000


def line_of(text: str, parses: Callable[[str], bool], key: Sequence[str], value: str | None = None) -> int | None:
    """The line of a key, named by the tables that it lies in and itself; of one of its values where that stands on a line of its own.

    `parses` tells whether a text is valid TOML: a line starts a statement where all above it is.
    """
    if len(text) > _MOST_BYTES:
        return None
    lines = text.splitlines(keepends=True)
    table: list[str] = []
    first: int | None = None
    for number, line in enumerate(lines):
        header, own = _HEADER.match(line), _KEY.match(line)
        if header is None and own is None:
            continue
        path = _parts(header[1]) if header else [*table, *_parts(own[1])] if own else []
        is_about_key = path[: len(key)] == list(key[: len(path)])
        is_wanted = first is None and is_about_key
        # A header, or the key after the one that is looked for, may be text inside of a value.
        if not (header or is_wanted or first is not None) or not parses("".join(lines[:number])):
            continue
        if first is not None and not is_about_key:
            return _line_of_value(lines, first, number, value)
        if header:
            table = path
        if is_wanted and (own or len(path) >= len(key)):
            first = number
            if len(path) < len(key):
                # The rest of the key stands in a table behind the equals sign.
                return _line_of_value(lines, first, len(lines), value or key[-1])
    return None if first is None else _line_of_value(lines, first, len(lines), value)


def _line_of_value(lines: Sequence[str], first: int, end: int, value: str | None) -> int:
    if value is not None:
        for number in range(first, end):
            if value in lines[number]:
                return number + 1
    return first + 1


def _parts(dotted: str) -> list[str]:
    return [part.strip("\"'") for part in _PART.findall(dotted)]
