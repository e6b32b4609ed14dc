"""What items of an async loop wait for ahead of their LLM calls: as tasks they would ask other servers all at the same time."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from llmlint.fixes.batch.calls import ItemCalls
from llmlint.fixes.batch.checks import code_of_fan_out
from llmlint.fixes.batch.frames import Frame, body_frame, frames_below, next_frame
from llmlint.fixes.edits.by_hand import ByHand
from llmlint.fixes.edits.tree import Tree, place_of, tail_of
from llmlint.link.program.program import Program
from llmlint.request_data import FanOut
from llmlint.source import Span

# Methods of HTTP clients, browsers, databases and search indexes.
_ASKS = frozenset(
    {"get", "post", "request", "fetch", "download", "goto", "scrape", "crawl", "search", "query", "execute", "retrieve", "fetchall",
     "fetchrow", "aget", "asearch", "aretrieve", "get_relevant_documents", "urlopen"}
)  # fmt: skip


def check_awaits_ahead(program: Program, tree: Tree, fan_out: FanOut, item: ItemCalls) -> None:
    """See to it that no item asks another server ahead of its LLM call, in the functions on the way to it and those that they call."""
    node = code_of_fan_out(tree, fan_out.at)
    for each in item.calls if node is not None else ():
        frame: Frame | None = body_frame(program, tree, node, frozenset()) if node is not None else None
        for index in range(len(each.spans) - 1, -1, -1):
            if frame is None or each.spans[index].path != frame.tree.source.path:
                break
            asked = _asked_ahead(frame, each.spans[index])
            if asked:
                raise ByHand(f"`{asked}` is awaited ahead of the call, and would be for all items at the same time")
            frame = next_frame(frame, each.spans[index], each.spans[index - 1]) if index else None


def _asked_ahead(frame: Frame, call: Span) -> str:
    """What a frame asks another server ahead of a call; empty for nothing."""
    for node in frame.nodes:
        for awaited in _awaited(node):
            at = place_of(frame.tree, awaited)
            if at is None or at[1] > call.start:
                continue
            if tail_of(awaited.func) in _ASKS:
                return frame.tree.code(awaited.func)
            for inner in frames_below(frame, awaited):
                found = next((each.func for node in inner.nodes for each in _awaited(node) if tail_of(each.func) in _ASKS), None)
                if found is not None:
                    return inner.tree.code(found)
    return ""


def _awaited(node: cst.CSTNode) -> Iterator[cst.Call]:
    """The calls that a node waits for: `await page(url)`, `async with session.get(url) as response`."""
    if isinstance(node, cst.Await) and isinstance(node.expression, cst.Call):
        yield node.expression
    elif isinstance(node, cst.With) and node.asynchronous is not None:
        yield from (each.item for each in node.items if isinstance(each.item, cst.Call))
