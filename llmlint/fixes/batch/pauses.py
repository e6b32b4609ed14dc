"""Pauses between the calls of a loop: a batch needs none of them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile

import libcst as cst

from llmlint.findings import Edit
from llmlint.fixes.batch.imports import without_import
from llmlint.fixes.edits.tree import Tree, dotted, walk

# How many lines of comment above a pause are taken to be about the pause alone.
_MOST_ABOVE = 3


def pauses_of(tree: Tree, loop: cst.For) -> list[cst.BaseStatement]:
    """The pauses between the calls of a loop, also those in branches, where something else is left of the block: not those ahead of another try,
    in handlers of exceptions and in loops inside."""
    found: list[cst.BaseStatement] = []
    pending = [loop.body]
    while pending:
        body = pending.pop()
        statements = [each for each in body.body if isinstance(each, cst.BaseStatement)]
        pauses = [each for each in statements if _is_pause(tree, each)]
        if body is loop.body or len(pauses) < len(statements):
            found += pauses
        for each in statements:
            if isinstance(each, (cst.If, cst.With, cst.Try)) and all(each is not pause for pause in pauses):
                pending += _blocks(each)
    return found


def _blocks(statement: cst.If | cst.With | cst.Try) -> Iterator[cst.BaseSuite]:
    yield statement.body
    other = None if isinstance(statement, cst.With) else statement.orelse
    if isinstance(other, cst.If):
        yield from _blocks(other)
    elif other is not None:
        yield other.body


def _is_pause(tree: Tree, statement: cst.CSTNode) -> bool:
    """`time.sleep(1)` between calls, which a batch needs none of, with what a comment says about it; also `if number < last: time.sleep(1)`."""
    if isinstance(statement, cst.If):
        is_plain = not any(isinstance(each, (cst.NamedExpr, cst.Await)) for each in walk(statement.test))
        calls = (each for each in walk(statement.test) if isinstance(each, cst.Call))
        is_plain = is_plain and all(dotted(each.func) == "len" for each in calls)
        return is_plain and all(_is_pause(tree, each) for block in _blocks(statement) for each in block.body)
    if not isinstance(statement, cst.SimpleStatementLine) or len(statement.body) != 1 or _comments_above(statement) > _MOST_ABOVE:
        return False
    [small] = statement.body
    value = small.value if isinstance(small, cst.Expr) else None
    value = value.expression if isinstance(value, cst.Await) else value
    if not isinstance(value, cst.Call) or dotted(value.func) not in ("time.sleep", "asyncio.sleep", "sleep"):
        return False
    root = (dotted(value.func) or "").split(".")[0]
    return any(isinstance(node, (cst.Import, cst.ImportFrom)) for node in tree.module_bindings_of.get(root, ()))


def _comments_above(statement: cst.SimpleStatementLine) -> int:
    """How many lines of comment stand right above a statement."""
    return sum(1 for _ in takewhile(lambda line: line.comment is not None, reversed(statement.leading_lines)))


def without_pauses(tree: Tree, pauses: list[cst.BaseStatement]) -> Iterator[Edit]:
    """Takes pauses away, with the comments about them."""
    for pause in pauses:
        start, end = tree.offsets.of(pause)
        first = tree.with_comments(tree.line_start(start))
        block = tree.parents[pause]
        if isinstance(block, cst.IndentedBlock) and pause is block.body[-1]:  # No empty line stays at the end of the body.
            first = tree.next_line(len(tree.source.text[:first].rstrip()))
        yield tree.edit(first, _without_second_gap(tree, first, tree.next_line(end)), "")
    if len(pauses) == 1:
        calls = [each for each in walk(pauses[0]) if isinstance(each, cst.Call) and dotted(each.func) != "len"]
        yield from without_import(tree, calls[0].func)


def _without_second_gap(tree: Tree, first: int, behind: int) -> int:
    """The end of what goes with some lines: where an empty line or a block's header stands above them, the empty lines behind them go, too."""
    text = tree.source.text
    above = text[tree.line_start(first - 1) : first].strip() if first else ""
    following = behind
    # Of a notebook, no line goes on behind its cell.
    while (line := text[following : tree.next_line(following)]) and not line.strip():
        following += len(line)
    return behind if above and not above.endswith(":") else following
