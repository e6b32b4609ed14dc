"""The statements of a file that edits touch: whether a fix is sound can be judged by these alone, however long the file is."""

from __future__ import annotations

import ast
import warnings
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence

from llmlint.findings import Edit
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program
from llmlint.source import line_starts

_STARTS: Memo[tuple[str, str], list[int]] = Memo()


def touched_statements(program: Program, path: str, edits: Sequence[Edit]) -> Iterator[tuple[int, int, list[Edit]]]:
    """Pieces of the text from one top-level statement to the start of another, each with its edits. The whole text where Python cannot
    read it. All that is ahead of an import from `__future__` is in one piece with it."""
    text = program.source(path).text
    starts = _STARTS.get(program, (path, text), lambda: _starts(text))
    pieces: list[tuple[int, int, list[Edit]]] = []
    for edit in sorted(edits, key=lambda each: (each.span.start, each.span.end)):
        # What is inserted where a statement starts may go on with the one before it.
        first, last = max(bisect_left(starts, edit.span.start) - 1, 0), bisect_right(starts, edit.span.end)
        start, end = starts[first], starts[last] if last < len(starts) else len(text)
        if pieces and start < pieces[-1][1]:
            before, until, others = pieces.pop()
            pieces.append((before, max(until, end), [*others, edit]))
        else:
            pieces.append((start, end, [edit]))
    yield from pieces


def _starts(text: str) -> list[int]:
    """Where top-level statements start that have lines of their own; the first starts with the text."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return [0]
    lines = line_starts(text)
    starts = [0]
    future = max((node.lineno for node in body if isinstance(node, ast.ImportFrom) and node.module == "__future__"), default=0)
    ended = 0
    for node in body:
        line = min([node.lineno, *(each.lineno for each in getattr(node, "decorator_list", ()))])
        if line > max(ended, future) and line > 1:
            starts.append(lines[line - 1])
        ended = node.end_lineno or line
    return starts
