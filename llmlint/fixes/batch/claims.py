"""Whether items note in a store, ahead of their LLM call, that they have begun, and are passed over where that is noted: `if db.has(name): continue`,
`db.insert(name, "processing")`. In a batch all items are noted before the first response, so that a run that is stopped leaves all of them out when
it is started again."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from llmlint.fixes.batch.calls import leaves
from llmlint.fixes.batch.flow import bound_by, own_nodes
from llmlint.fixes.edits.by_hand import ByHand
from llmlint.fixes.edits.tree import Tree, dotted, walk

_NOTES = re.compile(
    r"^(?:create|insert|claim|start|begin|mark|register|reserve|upsert|put|save|add|set_status|update_status)(?:_|$)"
)


def check_claims_nothing(tree: Tree, body: cst.CSTNode, call: tuple[int, int]) -> None:
    """See to it that the code around a call notes nothing ahead of it in a store by which other items, or this one in a later run, are passed
    over."""
    statements = (each for each in own_nodes(body) if isinstance(each, cst.BaseStatement))
    early = [each for each in statements if tree.offsets.of(each)[1] <= call[0]]
    noted = {store for each in early if isinstance(each, cst.SimpleStatementLine) for store in _notes(tree, each)}
    asked = (
        {store for each in early if isinstance(each, cst.If) and leaves(each.body) for store in _asks(each, early)}
        if noted
        else set()
    )
    for store in sorted(noted & asked):
        raise ByHand(
            f"`{store}` says ahead of the call that an item has begun: a run that is stopped would leave out all of them the next time"
        )


def _notes(tree: Tree, statement: cst.SimpleStatementLine) -> Iterator[str]:
    block = tree.parents[statement]
    if not (isinstance(block, cst.IndentedBlock) and leaves(block)):
        yield from (store for store, method in _methods(statement) if _NOTES.match(method))


def _asks(branch: cst.If, early: list[cst.BaseStatement]) -> Iterator[str]:
    """The stores that are asked for what a test looks at."""
    yield from (store for store, _ in _methods(branch.test))
    names = {node.value for node in walk(branch.test) if isinstance(node, cst.Name)}
    for each in early:
        if isinstance(each, cst.SimpleStatementLine) and any(name in names for node in walk(each) for name in bound_by(node)):
            yield from (store for store, _ in _methods(each))


def _methods(node: cst.CSTNode) -> Iterator[tuple[str, str]]:
    """What methods are called on, by its name, and their names."""
    for each in walk(node):
        if isinstance(each, cst.Call) and isinstance(each.func, cst.Attribute):
            store = dotted(each.func.value)
            if store is not None:
                yield store, each.func.attr.value
