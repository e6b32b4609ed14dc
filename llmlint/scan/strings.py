"""String literals as they are written: where each piece of an implicit concatenation ends, and the holes of f-strings.

Before Python 3.12 the positions that `ast` gives inside f-strings are wrong, and it joins neighbouring constants in every version; so the
text is walked here. The text is known to be sound: Python has parsed it.
"""

from __future__ import annotations

import re
from ast import literal_eval
from collections.abc import Iterator
from dataclasses import dataclass

GAP = re.compile(r"(?:[\s\\]+|#[^\r\n]*)*")
"""What may stand between two tokens: space, line joins and comments."""

_OPENING = re.compile(r"([A-Za-z]{0,3})(\"\"\"|'''|\"|')")
_ENDS = {
    "'": re.compile(r"[^'\\]*(?:\\.[^'\\]*)*'", re.DOTALL),
    '"': re.compile(r'[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL),
    "'''": re.compile(r"[^'\\]*(?:(?:\\.|'(?!''))[^'\\]*)*'''", re.DOTALL),
    '"""': re.compile(r'[^"\\]*(?:(?:\\.|"(?!""))[^"\\]*)*"""', re.DOTALL),
}
_NEXT_IN_TEXT = re.compile(r"[{}\\'\"]")
_NEXT_IN_CODE = re.compile(r"[()\[\]{}'\"!:=<>#]")
_NEXT_IN_SPEC = re.compile(r"[{}]")
_COMMENT = re.compile(r"#[^\r\n]*")
_SPACE = re.compile(r"\s*")
_PREFIX = re.compile(r"(?<!\w)(?:[rbuft]|r[bft]|[bft]r)$", re.IGNORECASE)


class UnclearLiteral(Exception):
    """What is here was not understood as a string literal."""


@dataclass(frozen=True, slots=True)
class Hole:
    """One `{…}` of an f-string: where its expression starts and ends, whether more than it is there, and the text of its format."""

    start: int
    end: int
    is_plain: bool
    spec: str


@dataclass(frozen=True, slots=True)
class Piece:
    """One string literal of a concatenation. `parts` are the texts (values) and holes of an f-string, and None for other literals."""

    start: int
    end: int
    parts: tuple[str | Hole, ...] | None


def pieces(text: str, start: int, end: int) -> Iterator[Piece]:
    """The literals of which the string expression from `start` to `end` consists."""
    while True:
        piece = _literal_at(text, start)
        yield piece
        if piece.end >= end:
            break
        gap = GAP.match(text, piece.end)
        start = gap.end() if gap else piece.end
    if piece.end != end:
        raise UnclearLiteral


def value_of(code: str) -> str | bytes | int | float | complex | None:
    """The value of a literal; None for one that Python itself would refuse (a lone surrogate escape in bytes, say)."""
    try:
        value = literal_eval(code)
    except (ValueError, SyntaxError, MemoryError):
        return None
    return value if isinstance(value, (str, bytes, int, float, complex)) else None


def value_of_text(prefix: str, quotes: str, text: str) -> str:
    """What the text between the holes of an f-string with this prefix stands for."""
    text = text.replace("{{", "{").replace("}}", "}")
    if "\\" not in text:
        return text
    value = value_of(prefix.replace("f", "").replace("F", "") + quotes + text + quotes)
    return value if isinstance(value, str) else text


def end_of_literal(text: str, at: int) -> int:
    """Where the string literal that starts (with its prefix) at an offset ends."""
    return _literal_at(text, at).end


def _literal_at(text: str, at: int) -> Piece:
    opening = _OPENING.match(text, at)
    if opening is None:
        raise UnclearLiteral
    prefix, quotes = opening.groups()
    folded = prefix.lower()
    if "f" in folded or "t" in folded:
        parts, end = _formatted(text, opening.end(), prefix, quotes)
        return Piece(at, end, tuple(parts))
    closing = _ENDS[quotes].match(text, opening.end())
    if closing is None:
        raise UnclearLiteral
    return Piece(at, closing.end(), None)


def _formatted(text: str, at: int, prefix: str, quotes: str) -> tuple[list[str | Hole], int]:
    """The parts of an f-string whose opening quotes end at an offset, and where its closing quotes end."""
    is_raw = "r" in prefix.lower()
    parts: list[str | Hole] = []
    start = at
    while True:
        found = _NEXT_IN_TEXT.search(text, at)
        if found is None:
            raise UnclearLiteral
        at = found.start()
        character = text[at]
        following = text[at + 1 : at + 2]
        if character == "\\":
            # A brace behind a backslash is a brace all the same, except in the name of a character.
            if not is_raw and text.startswith("N{", at + 1):
                at = text.index("}", at) + 1
            else:
                at += 1 if following in "{}" else 2
        elif character in "{}" and following == character:
            at += 2
        elif character == "{":
            if at > start:
                parts.append(value_of_text(prefix, quotes, text[start:at]))
            hole, at = _hole(text, at + 1)
            parts.append(hole)
            start = at
        elif text.startswith(quotes, at):
            if at > start:
                parts.append(value_of_text(prefix, quotes, text[start:at]))
            return parts, at + len(quotes)
        else:
            at += 1


def _hole(text: str, start: int) -> tuple[Hole, int]:
    """The hole whose expression starts at an offset, and where its closing brace ends."""
    end = at = _end_of_code(text, start)
    is_plain = True
    spec: list[str] = []
    if text.startswith("=", at):
        is_plain = False
        at = _skip_space(text, at + 1)
    if text.startswith("!", at):
        is_plain = False
        at = _skip_space(text, _skip_space(text, at + 1) + 1)
    if text.startswith(":", at):
        is_plain = False
        at += 1
        while True:
            found = _NEXT_IN_SPEC.search(text, at)
            if found is None:
                raise UnclearLiteral
            spec.append(text[at : found.start()])
            at = found.start()
            if text[at] == "}":
                break
            at = _hole(text, at + 1)[1]
    if not text.startswith("}", at):
        raise UnclearLiteral
    return Hole(start, end, is_plain, "".join(spec)), at + 1


def _end_of_code(text: str, at: int) -> int:
    """Where the expression of a hole ends: before `=`, `!r`, `:` or `}` outside brackets."""
    start, depth = at, 0
    while True:
        found = _NEXT_IN_CODE.search(text, at)
        if found is None:
            raise UnclearLiteral
        at = found.start()
        character = text[at]
        if character in "'\"":
            prefix = _PREFIX.search(text[max(start, at - 3) : at])
            at = end_of_literal(text, at - (len(prefix.group()) if prefix else 0))
        elif character == "#":
            comment = _COMMENT.match(text, at)
            at = comment.end() if comment else at + 1
        elif character in "([{":
            depth += 1
            at += 1
        elif depth:
            depth -= character in ")]}"
            at += 1
        elif character in "=!<>" and text[at + 1 : at + 2] == "=":
            at += 2
        elif character in "<>":
            at += 1
        else:
            return at


def _skip_space(text: str, at: int) -> int:
    space = _SPACE.match(text, at)
    return space.end() if space else at
