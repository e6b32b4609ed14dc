"""Moving a block that changes from call to call behind the blocks that stay the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise

from llmlint.callsite import Request
from llmlint.findings import Applicability, Edit, Fix
from llmlint.fixes.edits.dict_item import add_item
from llmlint.fixes.edits.style import style_of
from llmlint.fixes.prompt.cache_breakpoint import has_free_breakpoint
from llmlint.request_data import Segment
from llmlint.source import Source, Span

# A block on lines of its own: what stands behind it on its last line.
_REST_OF_LINE = re.compile(r"(?P<comma>,?)(?P<comment>[ \t]*(?:#[^\r\n]*)?)(?:\r\n|\n|\r)")
# A line right above a place that holds a comment and nothing else.
_COMMENT_LINE = re.compile(r"(?:\r\n|\n|\r)(?P<line>[ \t]*#[^\r\n]*(?:\r\n|\n|\r))\Z")


def move_block_last(call: Request, blocks: Sequence[Segment]) -> Fix | None:
    """A fix that moves the first of some blocks, which stand one after the other in one list, behind the others, and sets a breakpoint on the last of
    these; None where they are not written so."""
    spans = [block.block_at for block in blocks if block.block_at is not None]
    if len(spans) < max(2, len(blocks)) or len({span.path for span in spans}) > 1 or not has_free_breakpoint(call):
        return None
    source = call.program.source(spans[0].path)
    last = spans[-1]
    marked = source.text[last.start : last.end]
    if not blocks[-1].has_breakpoint:
        insertions = add_item(marked, style_of(source).cache_control_item)
        if insertions is None:
            return None
        for insertion in reversed(insertions):
            marked = marked[: insertion.start] + insertion.text + marked[insertion.start :]
    codes = [*(source.text[span.start : span.end] for span in spans[:-1]), marked]
    edits = _lines(source, spans, codes) or _items(source, spans, codes)
    return Fix(Applicability.UNSAFE, "Put the block that changes behind the static ones", edits) if edits else None


def _items(source: Source, spans: Sequence[Span], codes: Sequence[str]) -> tuple[Edit, ...]:
    """Blocks with nothing but commas between them."""
    if any(source.text[one.end : other.start].strip() != "," for one, other in pairwise(spans)):
        return ()
    return tuple(Edit(span, code) for span, code in zip(spans, [*codes[1:], codes[0]], strict=True))


def _lines(source: Source, spans: Sequence[Span], codes: Sequence[str]) -> tuple[Edit, ...]:
    """Blocks on lines of their own, which take their comments along."""
    groups: list[tuple[int, int, str]] = []
    for span, code in zip(spans, codes, strict=True):
        start = span.start - (source.location(span.start).column - 1)
        rest = _REST_OF_LINE.match(source.text, span.end)
        if source.text[start : span.start].strip() or rest is None or (groups and start < groups[-1][1]):
            return ()
        if not groups:
            while (comment := _COMMENT_LINE.search(source.text, 0, start)) is not None:
                start = comment.start("line")
        else:
            above = source.text[groups[-1][1] : start]
            if any(line.strip() and not line.lstrip().startswith("#") for line in above.splitlines()):
                return ()
            start = groups[-1][1]
        text = f"{source.text[start : span.start]}{code},{rest['comment']}{source.newline}"
        groups.append((start, rest.end(), text))
    path = spans[0].path
    moved = "".join(text for _, _, text in [*groups[1:], groups[0]])
    return (Edit(Span(path, groups[0][0], groups[-1][1]), moved),)
