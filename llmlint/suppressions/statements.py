"""Where statements stand, line by line: which lines belong together, and which loops and functions are around them.

Found by the tokens alone, so that it holds for files that do not parse as a whole, and only for files with comments that need it.
"""

from __future__ import annotations

import io
import tokenize
from bisect import bisect_right
from collections.abc import Iterator
from typing import NamedTuple

_NO_CODE = frozenset({tokenize.COMMENT, tokenize.NL, tokenize.ENCODING, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER})
_LOOPS = frozenset({"for", "while"})
_DEFINITIONS = frozenset({"def", "class"})


class Statement(NamedTuple):
    """A statement without a body, or the header of one with a body: its lines from 1, its indentation, and the word that it begins with."""

    first: int
    last: int
    indent: int
    word: str


class Statements:
    """The statements of a text, in order."""

    def __init__(self, text: str) -> None:
        self._comments: set[int] = set()
        self._all = list(_statements(text, self._comments))
        self._firsts = [each.first for each in self._all]

    def at(self, line: int) -> int | None:
        """The number of the statement that a line belongs to."""
        number = bisect_right(self._firsts, line) - 1
        return number if number >= 0 and line <= self._all[number].last else None

    def below(self, line: int) -> int | None:
        """The number of the first statement below a line, with those that decorate it taken together: the last of them."""
        number = bisect_right(self._firsts, line)
        while number < len(self._all) and self._all[number].word == "@":
            number += 1
        return number if number < len(self._all) else None

    def is_directly_below(self, number: int, line: int) -> bool:
        """Whether nothing but lines of comments and decorators is between a line and a statement."""
        between = set(range(line + 1, self._all[number].first)) - self._comments
        decorated = {each for one in self._all[:number] if one.word == "@" for each in range(one.first, one.last + 1)}
        return between <= decorated

    def around(self, number: int) -> Iterator[int]:
        """The headers around a statement, inside out."""
        indent = self._all[number].indent
        for other in range(number - 1, -1, -1):
            if self._all[other].indent < indent:
                indent = self._all[other].indent
                yield other

    def loops(self, number: int) -> Iterator[int]:
        """The headers of the loops around a statement inside its function, inside out."""
        for other in self.around(number):
            if self._all[other].word in _DEFINITIONS:
                return
            if self._all[other].word in _LOOPS:
                yield other

    def functions(self, number: int) -> Iterator[int]:
        """The headers of the functions and classes around a statement, inside out."""
        return (other for other in self.around(number) if self._all[other].word in _DEFINITIONS)

    def lines(self, number: int) -> tuple[int, int]:
        return self._all[number].first, self._all[number].last


def _statements(text: str, comments: set[int]) -> Iterator[Statement]:
    """The statements of a text, as far as it has tokens; the lines of its comments go into a set."""
    first: tokenize.TokenInfo | None = None
    word = ""
    try:
        for token in tokenize.generate_tokens(io.StringIO(text).readline):
            if token.type == tokenize.NEWLINE and first is not None:
                yield Statement(first.start[0], token.start[0], first.start[1], word)
                first = None
            elif token.type == tokenize.COMMENT:
                comments.add(token.start[0])
            elif token.type not in _NO_CODE:
                if first is None:
                    first, word = token, token.string
                elif word == "async":
                    word = token.string
    except (tokenize.TokenError, SyntaxError, ValueError):
        return
