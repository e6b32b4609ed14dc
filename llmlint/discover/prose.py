"""What stands in the comments and long strings of a source, told from its bytes: nothing there is a call."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable

_TOKEN = re.compile(rb"[\"'#]")
_LINE_END = re.compile(rb"[\r\n]|\Z")
_SHORT = {quote: re.compile(rb"(?:[^\\\r\n%s]|\\.)*%s" % (quote, quote), re.DOTALL) for quote in (b'"', b"'")}
_MOST_UNCLEAR = 100


def has_code(data: bytes, places: Iterable[int]) -> bool:
    """Whether one of some offsets may be code, and lies in no comment or long string for certain."""
    unclear: list[int] = []
    for at in places:
        before = data[max(data.rfind(b"\n", 0, at), data.rfind(b"\r", 0, at)) + 1 : at]
        # In a string with holes there may be code behind a brace.
        if b"#" in before and not any(mark in before for mark in (b'"', b"'", b"{")):
            continue
        if data.count(b'"""', 0, at) % 2 == 0 and data.count(b"'''", 0, at) % 2 == 0:
            return True
        unclear.append(at)
        if len(unclear) > _MOST_UNCLEAR:
            return True
    if not unclear:
        return False
    starts, ends = _spans(data, max(unclear))
    found = ((at, bisect_right(starts, at) - 1) for at in unclear)
    return not all(span >= 0 and at < ends[span] for at, span in found)


def _spans(data: bytes, last: int) -> tuple[list[int], list[int]]:
    """Where comments and long strings start and end that start up to an offset; nothing beyond a string that does not end.

    Strings with code in them are left out.
    """
    starts: list[int] = []
    ends: list[int] = []
    found = _TOKEN.search(data)
    while found is not None and found.start() <= last:
        start = found.start()
        quote = found[0]
        end: int | None
        if quote == b"#":
            end = _LINE_END.search(data, start).start()  # type: ignore[union-attr]
        elif data.startswith(quote * 3, start):
            end = _end_of_long(data, start + 3, quote * 3)
        else:
            short = _SHORT[quote].match(data, start + 1)
            end = short.end() if short is not None else None
        if end is None:
            break
        is_long = quote == b"#" or end - start >= 6
        if is_long and not _may_hold_code(data[max(start - 2, 0) : start]):
            starts.append(start)
            ends.append(end)
        found = _TOKEN.search(data, end)
    return starts, ends


def _end_of_long(data: bytes, at: int, quotes: bytes) -> int | None:
    while True:
        at = data.find(quotes, at)
        if at < 0:
            return None
        slashes = at
        while data[slashes - 1 : slashes] == b"\\":
            slashes -= 1
        if (at - slashes) % 2 == 0:
            return at + 3
        at += 1


def _may_hold_code(prefix: bytes) -> bool:
    """Whether a string behind these bytes is one with holes: `f"…"`, `rf"…"`, `t"…"`."""
    return any(letter in prefix.lower() for letter in (b"f", b"t"))
