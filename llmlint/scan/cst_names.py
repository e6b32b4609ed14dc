"""Names out of libcst nodes: of imports and of `case` patterns."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

import libcst as cst


def python_name(node: cst.Name) -> str:
    """A name as Python compares it: `ﬁ` and `fi` are one (the language reference, Lexical analysis, Names)."""
    return node.value if node.value.isascii() else unicodedata.normalize("NFKC", node.value)


def captured_names(pattern: cst.CSTNode) -> Iterator[cst.Name]:
    """The names that a pattern binds."""
    for child in pattern.children:
        is_name = isinstance(pattern, (cst.MatchAs, cst.MatchStar)) and child is pattern.name
        if isinstance(child, cst.Name) and (is_name or (isinstance(pattern, cst.MatchMapping) and child is pattern.rest)):
            yield child
        elif not isinstance(child, cst.BaseExpression):
            yield from captured_names(child)


def dotted(node: cst.BaseExpression) -> str:
    """`a.b.c` of an import."""
    if isinstance(node, cst.Attribute):
        return f"{dotted(node.value)}.{python_name(node.attr)}"
    return python_name(node) if isinstance(node, cst.Name) else ""


def first_name(node: cst.BaseExpression) -> cst.Name:
    """The name at the left end of `a.b.c`."""
    while isinstance(node, cst.Attribute):
        node = node.value
    assert isinstance(node, cst.Name)
    return node
