"""Which names the text of a file compares with something, as far as its lines tell."""

from __future__ import annotations

import re
from collections.abc import Iterator

# One pattern each: `re` looks for a constant beginning much faster than for one of several.
_OPERATORS = tuple(map(re.compile, ("==", "!=", r" in\b")))
_LAST = re.compile(r"(?<![\w.])([^\W\d][\w.]*)\Z")
_NEXT = re.compile(r"\s*([^\W\d][\w.]*)")
_LONGEST = 100


def compared_names(text: str) -> frozenset[str]:
    """The names, dotted ones as a whole, that stand before or behind a comparison."""
    return frozenset(_found(text))


def _found(text: str) -> Iterator[str]:
    for operator in _OPERATORS:
        for found in operator.finditer(text):
            before = text[max(0, found.start() - _LONGEST) : found.start()].rstrip().removesuffix(" not").rsplit(None, 1)
            names = (_LAST.search(before[-1]) if before else None, _NEXT.match(text, found.end()))
            yield from (name[1] for name in names if name is not None)
