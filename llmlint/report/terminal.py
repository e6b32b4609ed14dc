"""Text for a terminal: how wide characters are, characters that must not reach it as they are, and colours."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

from llmlint.unseen import BLANK, is_seen

TAB = " " * 4

# Controls, invisible ones (zero-width spaces and joiners, marks of direction), halves of a pair, and breaks of lines and paragraphs.
_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})


def visible_character(character: str) -> str:
    """What to print for one character of somebody's source.

    Control characters become their pictures, and what shows nothing, or could reorder or break a line, becomes U+FFFD: source code must
    not be able to send escape sequences to the terminal, or to look like something else than it is.
    """
    if character.isprintable():
        return "\ufffd" if BLANK.match(character) else character
    if character == "\t":
        return TAB
    code = ord(character)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    if unicodedata.category(character) in _UNSEEN:
        return "\ufffd"
    return character


def visible(text: str) -> str:
    """A text for one line of the terminal: line breaks and tabs become spaces, control characters their pictures."""
    if is_seen(text):
        return text
    flat = " ".join(text.splitlines()).replace("\t", " ")
    return "".join(map(visible_character, flat))


def visible_lines(text: str) -> str:
    """A text of several lines, with control characters as their pictures."""
    return "\n".join("".join(map(visible_character, line.removesuffix("\r"))) for line in text.split("\n"))


def character_width(character: str) -> int:
    """Terminal columns of one printed character: 2 for wide East Asian ones and emoji, 0 for combining marks, else 1."""
    if character.isascii():
        return 1
    if unicodedata.category(character) in ("Mn", "Me", "Cf"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def wrapped(text: str, width: int, indent: str) -> Iterator[str]:
    """A line, wrapped at words where the terminal is narrower; its further lines begin with `indent`. Escape sequences take no room."""
    if len(text) <= width:
        yield text
        return
    margin = text[: len(text) - len(text.lstrip(" "))]
    line, used = "", 0
    for word in text.lstrip(" ").split(" "):
        size = _columns(word)
        if not line:
            line, used = margin + word, len(margin) + size
        elif used + 1 + size > width:
            yield line
            line, used = indent + word, len(indent) + size
        else:
            line, used = f"{line} {word}", used + 1 + size
    yield line


def _columns(text: str) -> int:
    if "\x1b" not in text:
        return len(text)
    # Imported here, as only terminals are sent such sequences.
    import re

    return len(re.sub(r"\x1b(?:\[[\d;]*m|\]8;;.*?\x1b\\)", "", text))


class Palette(NamedTuple):
    """The colours of a report. Without `color` every method returns its text unchanged."""

    color: bool
    links: bool = False

    def link(self, text: str, address: str) -> str:
        """A text that leads to an address, where the terminal takes hyperlinks (OSC 8)."""
        return f"\x1b]8;;{address}\x1b\\{text}\x1b]8;;\x1b\\" if self.links else text

    def _paint(self, codes: str, text: str) -> str:
        return f"\x1b[{codes}m{text}\x1b[0m" if self.color and text else text

    def bold(self, text: str) -> str:
        return self._paint("1", text)

    def error(self, text: str) -> str:
        return self._paint("1;31", text)

    def gutter(self, text: str) -> str:
        return self._paint("1;34", text)

    def label(self, text: str) -> str:
        return self._paint("1;36", text)

    def good(self, text: str) -> str:
        return self._paint("1;32", text)
