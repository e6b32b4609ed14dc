"""Text → the same text without what its functions do, which Python's parser reads in a fraction of the time.

Each body becomes a `0` behind the colon of its header and as many line ends as it had, so that all that is left stands on its old line.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    from llmlint.performance.unfrozen import dataclass

_STRINGS = (
    r'"""(?:[^"\\]|\\.|"(?!""))*"""|' r"'''(?:[^'\\]|\\.|'(?!''))*'''|" r'"(?:[^"\\\n]|\\.)*"|' r"'(?:[^'\\\n]|\\.)*'|" r"#[^\n]*"
)
_DEFINITION = re.compile(rf"{_STRINGS}|^(?P<indent>[ \t]*)(?:async[ \t]+)?def[ \t]+\w+[ \t]*(?=[(\[])", re.DOTALL | re.MULTILINE)
_HEADER = re.compile(rf"{_STRINGS}|[()\[\]{{}}:]", re.DOTALL)
_END_OF_HEADER = re.compile(r"[ \t]*(?:#[^\n]*)?\n")
_NOT_A_LINE_END = re.compile(r"[^\n]+")


@dataclass(frozen=True, slots=True)
class Cut:
    """A body that was cut out: the column behind the colon of its header, in bytes, and the offset of its end in the whole text."""

    column: int
    end: int


@dataclass(frozen=True, slots=True)
class Skeleton:
    """The shortened text, and its cuts by line (from 1)."""

    text: str
    cuts: dict[int, Cut]


def skeleton(text: str) -> Skeleton | None:
    """None where it is not plain to see where functions end. A body that cannot be cut by looking at its lines alone stays."""
    if "\r" in text or "\f" in text or ("\n\t" in text and "\n " in text):
        return None
    parts: list[str] = []
    cuts: dict[int, Cut] = {}
    at = done = lines = 0
    while True:
        found = _DEFINITION.search(text, at)
        if found is None:
            break
        at = found.end()
        if found["indent"] is None:
            continue
        colon = _colon(text, at)
        if colon is None:
            return None
        header = _END_OF_HEADER.match(text, colon + 1)
        if header is None:
            at = colon + 1
            continue
        at = _end_of_body(text, header.end() - 1, len(found["indent"]))
        end = _last_character(text, header.end(), at)
        body = text[header.end() : end]
        if body.count('"""') % 2 or body.count("'''") % 2:
            return None
        # What binds names outside is not to be overlooked, and the end of a statement is before its comment or semicolon.
        if not body or "global" in text[found.start() : end] or "#" in body[body.rfind("\n") + 1 :] or body.endswith((";", "\\")):
            continue
        kept = text[done : colon + 1]
        lines += kept.count("\n")
        start = text.rfind("\n", 0, colon) + 1
        cuts[lines + 1] = Cut(len(text[start : colon + 1].encode()), end)
        ends = _NOT_A_LINE_END.sub("", text[colon + 1 : end])
        parts += [kept, " 0", ends]
        lines += len(ends)
        done = end
    parts.append(text[done:])
    return Skeleton("".join(parts), cuts)


def _colon(text: str, at: int) -> int | None:
    """Where a header ends whose parameters start at an offset."""
    depth = 0
    for found in _HEADER.finditer(text, at):
        token = found[0]
        if token in "([{":
            depth += 1
        elif token in ")]}":
            depth -= 1
        elif token == ":" and depth == 0:
            return found.start()
    return None


def _end_of_body(text: str, at: int, indent: int) -> int:
    """Where the next line that is indented no more than a header ends what came before it. Comments end nothing."""
    less = _LESS_INDENTED.get(indent)
    if less is None:
        less = _LESS_INDENTED[indent] = re.compile(rf"\n(?=[ \t]{{0,{indent}}}[^\s#])")
    found = less.search(text, at)
    return len(text) if found is None else found.start()


_LESS_INDENTED: dict[int, re.Pattern[str]] = {}


def _last_character(text: str, start: int, end: int) -> int:
    """The end of the last line that is neither blank nor a comment."""
    while start < end:
        end = start + len(text[start:end].rstrip())
        line = text.rfind("\n", start, end) + 1
        if not text[max(line, start) : end].lstrip().startswith("#"):
            return end
        end = max(line, start)
    return start
