"""What the body of a loop may not hold if it is to become a function."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from llmlint.fixes.batch.calls import loop_of
from llmlint.fixes.batch.first_items import FirstItems
from llmlint.fixes.edits.by_hand import TIMED, ByHand, measures_time
from llmlint.fixes.edits.tree import Tree

# What means another thing in a function inside the function.
_OF_FRAMES = frozenset({"super", "locals", "eval", "exec", "vars", "dir"})
_LEAVES: dict[type[cst.CSTNode], str] = {
    cst.Break: "break",
    cst.Return: "return",
    cst.Yield: "yield",
    cst.Global: "global",
    cst.Nonlocal: "nonlocal",
}


def check_body(tree: Tree, loop: cst.For, nodes: list[cst.CSTNode], first: FirstItems | None) -> list[cst.Continue]:
    """See to it that the nodes of a loop's body mean the same in a function; the statements that end an iteration. Those of a generator of the
    items stay as they are."""
    leaves = [each for each in _exits(tree, loop, nodes) if first is None or not first.holds(each)]
    for kind, word in _LEAVES.items():
        if any(isinstance(each, kind) for each in leaves):
            raise ByHand(f"the loop has a `{word}`")
    if measures_time(nodes):
        raise ByHand(TIMED)
    if any(_is_of_frame(each) for each in nodes):
        raise ByHand("the loop's body uses `super()`, `locals()` or their like")
    return [each for each in leaves if isinstance(each, cst.Continue)]


def _is_of_frame(node: cst.CSTNode) -> bool:
    if not isinstance(node, cst.Call) or not isinstance(node.func, cst.Name) or node.func.value not in _OF_FRAMES:
        return False
    return not node.args or node.func.value in ("eval", "exec")


def _exits(tree: Tree, loop: cst.For, nodes: list[cst.CSTNode]) -> Iterator[cst.CSTNode]:
    """What leaves the body of a loop or its function, or says whose names it binds."""
    for node in nodes:
        if isinstance(node, (cst.Return, cst.Yield, cst.Global, cst.Nonlocal)) or (
            isinstance(node, (cst.Break, cst.Continue)) and loop_of(tree, node) is loop
        ):
            yield node
