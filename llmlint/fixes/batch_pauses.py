"""Pauses between the calls of a loop: a batch needs none of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

import libcst as cst

from llmlint.findings import Edit
from llmlint.fixes.batch_imports import without_import
from llmlint.fixes.batch_tree import Tree, dotted, walk

# How many lines of comment above a pause are taken to be about the pause alone.
_MOST_ABOVE = 3


def is_pause(tree: Tree, statement: cst.CSTNode) -> bool:
    """`time.sleep(1)` between calls, which a batch needs none of, with what a comment says about it."""
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1 or _comments_above(statement) > _MOST_ABOVE:
        return False
    [small] = statement.body
    value = small.value if isinstance(small, cst.Expr) else None
    value = value.expression if isinstance(value, cst.Await) else value
    if not isinstance(value, cst.Call) or dotted(value.func) not in ("time.sleep", "asyncio.sleep", "sleep"):
        return False
    root = (dotted(value.func) or "").split(".")[0]
    return any(name == root and isinstance(node, (cst.Import, cst.ImportFrom)) for name, node in tree.module_bindings)


def _comments_above(statement: cst.SimpleStatementLine) -> int:
    """How many lines of comment stand right above a statement."""
    return sum(1 for _ in takewhile(lambda line: line.comment is not None, reversed(statement.leading_lines)))


def without_pauses(tree: Tree, loop: cst.For, pauses: list[cst.BaseStatement]) -> Iterator[Edit]:
    """Takes pauses away, with the comments about them."""
    for pause in pauses:
        start, end = tree.offsets.of(pause)
        first = tree.with_comments(tree.line_start(start))
        if pause is loop.body.body[-1]:  # No empty line stays at the end of the body.
            first = tree.next_line(len(tree.source.text[:first].rstrip()))
        yield tree.edit(first, tree.next_line(end), "")
    if len(pauses) == 1:
        call = next(each for each in walk(pauses[0]) if isinstance(each, cst.Call))
        yield from without_import(tree, call.func)
