"""How a file is written: its quotes, its indentation and its line endings, for code that a fix adds to it."""

from __future__ import annotations

import io
import re
import tokenize
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache

from llmlint.source import Source, line_starts

# How many characters of a file tell its habits.
_SAMPLE = 200_000
# Strings, brackets, and the indentation of lines that hold code. What is between them, and brackets without any of them inside, is passed over.
_TOKENS = re.compile(
    r"(?:[^\"'#()\[\]{}\\\n]+|\([^\"'#()\[\]{}\\\n]*\)|\[[^\"'#()\[\]{}\\\n]*\]|#[^\n]*|\n[ \t\f]*(?=[#\n]|\Z)|\\[^\"'])*"
    r'(?:(?P<string>"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^\'\\]|\\.|\'(?!\'\'))*\'\'\'|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)*\')'
    r"|(?P<opening>[(\[{])|(?P<closing>[)\]}])|\n(?P<indent>[ \t\f]*)|.)",
    re.DOTALL,
)
# What tokenize raises for text that is newer, or more broken, than the running Python knows.
_BROKEN = (tokenize.TokenError, SyntaxError)


@dataclass(frozen=True, slots=True)
class Style:
    """`quote` is what most short strings stand in, `step` one level of indentation, `newline` what ends a line."""

    quote: str
    step: str
    newline: str

    def string(self, text: str) -> str:
        """A string literal. `text` holds neither quotes nor backslashes."""
        return f"{self.quote}{text}{self.quote}"

    @property
    def cache_control(self) -> str:
        """The value of a cache breakpoint: `{"type": "ephemeral"}`."""
        return f"{{{self.string('type')}: {self.string('ephemeral')}}}"

    @property
    def cache_control_item(self) -> str:
        """A cache breakpoint as an item of a dict display."""
        return f"{self.string('cache_control')}: {self.cache_control}"


def style_of(source: Source) -> Style:
    """The style of a file; double quotes and four spaces where nothing tells."""
    quote, step = _habits(source.text)
    return Style(quote, step, source.newline)


def is_in_string(source: Source, offset: int) -> bool:
    """Whether a place in a file lies in a string literal, as the holes of an f-string do."""
    strings = _strings(source.text)
    at = bisect_right(strings, (offset, len(source.text) + 1)) - 1
    return at >= 0 and offset < strings[at][1]


@lru_cache(maxsize=8)
def _strings(text: str) -> tuple[tuple[int, int], ...]:
    starts = line_starts(text)
    found: list[tuple[int, int]] = []
    openings: list[int] = []
    try:
        for token in tokenize.generate_tokens(io.StringIO(text, newline=None).readline):
            kind = tokenize.tok_name[token.type]
            start, end = (starts[row - 1] + column for row, column in (token.start, token.end))
            if kind == "STRING":
                found.append((start, end))
            elif kind == "FSTRING_START":
                openings.append(start)
            elif kind == "FSTRING_END":
                found.append((openings.pop(), end))
    except (*_BROKEN, IndexError):
        pass
    # Of strings within strings, as in the holes of an f-string, the outermost says enough.
    outermost: list[tuple[int, int]] = []
    for start, end in sorted(found, key=lambda each: (each[0], -each[1])):
        if not outermost or start >= outermost[-1][1]:
            outermost.append((start, end))
    return tuple(outermost)


@lru_cache(maxsize=32)
def _habits(text: str) -> tuple[str, str]:
    quotes: Counter[str] = Counter()
    steps: Counter[str] = Counter()
    # The indentation of the blocks around: how wide it is, and its text.
    indents = [(0, "")]
    depth = 0
    for token in _TOKENS.finditer(text[:_SAMPLE].replace("\r\n", "\n").replace("\r", "\n")):
        kind = token.lastgroup
        if kind == "string":
            opening = token["string"]
            # Long texts stand in double quotes everywhere, and the other quote in a text decides for this one.
            if opening[:3] not in ('"""', "'''") and "'" not in opening[1:-1] and '"' not in opening[1:-1]:
                quotes[opening[0]] += 1
        elif kind == "opening":
            depth += 1
        elif kind == "closing":
            depth -= 1
        elif kind == "indent" and depth <= 0:
            # Behind a form feed the columns are counted anew.
            indent = token["indent"].rpartition("\f")[2]
            if indent == indents[-1][1]:
                continue
            width = len(indent.expandtabs())
            if width > indents[-1][0]:
                steps[indent.removeprefix(indents[-1][1])] += 1
                indents.append((width, indent))
            while width < indents[-1][0]:
                indents.pop()
    return "'" if quotes["'"] > quotes['"'] else '"', min(steps, key=lambda step: (-steps[step], len(step)), default="    ")


def has_lone_returns(text: str) -> bool:
    """Whether lines end with `\\r` alone: codemods that write whole lines leave such a file alone."""
    return "\r" in text and re.search(r"\r(?!\n)", text) is not None
