"""What Ctrl-C does to items that wait for a batch: all of them are told, where before there was one call to end."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from llmlint.fixes.batch.calls import ItemCalls
from llmlint.fixes.batch.exits import ends_program
from llmlint.fixes.batch.flow import own_nodes
from llmlint.fixes.batch.frames import Frame, body_frame, frames_below
from llmlint.fixes.edits.by_hand import ByHand
from llmlint.fixes.edits.tree import Tree, dotted, holds, tail_of, tree_of
from llmlint.link.program.program import Program
from llmlint.source import Span

_WRITES = frozenset(
    {"write", "writelines", "writerow", "writerows", "write_text", "write_bytes", "dump", "save", "to_csv", "to_json", "to_excel",
     "to_parquet", "append_row", "append_rows", "execute", "commit", "insert_one", "update_one"}
)  # fmt: skip
_REASON = "`{}` around the call takes Ctrl-C, too: all items that wait for the batch would go on behind it, and write that they have failed"


def check_interrupts(program: Program, tree: Tree, body: cst.CSTNode, item: ItemCalls) -> None:
    """See to it that no item goes on behind Ctrl-C and writes something, which a later run would take for done: a handler around its call takes
    all there is, and its code writes a file or a row."""
    spans = {span for each in item.calls for span in each.spans}
    handler = next((found for span in spans for found in _takes_ctrl_c(program, span)), None)
    if handler is not None and _writes(body_frame(program, tree, body, frozenset())):
        raise ByHand(_REASON.format("except:" if handler.type is None else "except BaseException:"))


def _takes_ctrl_c(program: Program, span: Span) -> Iterator[cst.ExceptHandler]:
    """The handlers around a call, in its function, that take `KeyboardInterrupt` and go on."""
    tree = tree_of(program, span.path)
    node = tree.at(span.start, cst.Call, cst.Attribute) if tree is not None else None
    for each in tree.ancestors(node) if tree is not None and node is not None else ():
        if isinstance(each, (cst.FunctionDef, cst.Lambda)):
            return
        if tree is None or not isinstance(each, cst.Try) or not holds(tree, each.body, (span.start, span.end)):
            continue
        # The first handler that takes it is the one that does.
        taking = next((handler for handler in each.handlers if _takes(handler)), None)
        if taking is not None:
            inside = list(own_nodes(taking.body))
            # It may end the item: with an exception, or with the program.
            if not any(isinstance(inner, (cst.Raise, cst.Break)) for inner in inside) and not ends_program(program, tree, inside):
                yield taking
            return


def _takes(handler: cst.ExceptHandler) -> bool:
    kinds = handler.type.elements if isinstance(handler.type, cst.Tuple) else [handler.type]
    names = {dotted(each.value if isinstance(each, cst.Element) else each) for each in kinds if each is not None}
    return handler.type is None or not names.isdisjoint({"BaseException", "KeyboardInterrupt"})


def _writes(frame: Frame) -> bool:
    """Whether the code of an item writes something that stays."""
    calls = [each for each in frame.nodes if isinstance(each, cst.Call)]
    return any(_is_write(each) for each in calls) or any(
        isinstance(node, cst.Call) and _is_write(node)
        for each in calls
        for inner in frames_below(frame, each)
        for node in inner.nodes
    )


def _is_write(call: cst.Call) -> bool:
    return tail_of(call.func) in _WRITES and dotted(call.func) not in ("sys.stdout.write", "sys.stderr.write", "tqdm.write")
