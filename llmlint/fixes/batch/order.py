"""The list that takes one result of each iteration, and the branches of an iteration."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from llmlint.fixes.batch.flow import own_nodes
from llmlint.fixes.batch.in_turn import Wait, is_ordered, parts_in_turn
from llmlint.fixes.batch.readers import is_read_elsewhere
from llmlint.fixes.edits.tree import Tree


def collected(tree: Tree, loop: cst.For) -> tuple[str, list[cst.SimpleStatementLine]] | None:
    """The list to which each iteration appends one item as the last that it does, and the statements that do so."""
    appends = [each for statement in loop.body.body for each in own_nodes(statement) if _appended(each) is not None]
    names = {_appended(each) for each in appends}
    uses = [each for each in own_nodes(loop.body) if isinstance(each, cst.Name) and each.value in names]
    name = next(iter(names), None)
    if len(names) != 1 or len(uses) != len(appends) or name is None:
        return None
    found: list[cst.SimpleStatementLine] = []
    is_whole = _ends_with_append(tree, loop.body.body, found)
    leaves = [
        each
        for each in own_nodes(loop.body)
        if isinstance(each, cst.Continue) and tree.enclosing(each, cst.For, cst.While) is loop
    ]
    for each in leaves:
        before = _statement_before(tree, each)
        if before is None or _appended(before) is None:
            return None
        if not any(before is other for other in found) and isinstance(before, cst.SimpleStatementLine):
            found.append(before)
    is_whole = is_whole and len(found) == len(appends)
    return (name, found) if is_whole and not is_read_elsewhere(tree, loop, name) else None


def collected_of_level(
    tree: Tree, loop: cst.For, waits: Sequence[Wait], depth: int
) -> tuple[str, list[cst.SimpleStatementLine]] | None:
    """The same of a loop in others that become functions, too, at a depth from the outside in: none where its items wait for those of the loops
    around it before they append, as the list is theirs, too."""
    found = collected(tree, loop)
    ordered = parts_in_turn(tree, waits, depth - 1)
    return None if found is not None and any(is_ordered(tree.offsets.of(each)[0], ordered) for each in found[1]) else found


def _appended(node: cst.CSTNode) -> str | None:
    """The list to which a statement appends an item: a name."""
    small = node.body[0] if isinstance(node, cst.SimpleStatementLine) and len(node.body) == 1 else None
    call = small.value if isinstance(small, cst.Expr) else None
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute) or call.func.attr.value != "append":
        return None
    if len(call.args) != 1 or call.args[0].star or call.args[0].keyword or not isinstance(call.func.value, cst.Name):
        return None
    return call.func.value.value


def _ends_with_append(tree: Tree, statements: Sequence[cst.CSTNode], found: list[cst.SimpleStatementLine]) -> bool:
    """Whether each way through statements ends with an append, an exception or `continue`."""
    last = statements[-1]
    if isinstance(last, cst.SimpleStatementLine):
        if _appended(last) is not None:
            found.append(last)
            return True
        return isinstance(last.body[-1], (cst.Raise, cst.Continue))
    if isinstance(last, cst.With):
        return _ends_with_append(tree, last.body.body, found)
    if isinstance(last, cst.If):
        branches: list[cst.BaseSuite] = []
        branch: cst.If | cst.Else | None = last
        while isinstance(branch, cst.If):
            branches.append(branch.body)
            branch = branch.orelse
        if branch is None:
            return False
        ends = [_ends_with_append(tree, each.body, found) for each in (*branches, branch.body)]
        return all(ends)
    if isinstance(last, cst.Try):
        parts = [*((last.orelse or last).body.body,), *(each.body.body for each in last.handlers)]
        ends = [_ends_with_append(tree, each, found) for each in parts]
        return bool(last.handlers) and last.finalbody is None and all(ends)
    return False


def _statement_before(tree: Tree, leaf: cst.Continue) -> cst.CSTNode | None:
    statement = tree.parents[leaf]
    block = tree.parents[statement]
    body = block.body if isinstance(block, cst.IndentedBlock) else ()
    index = next((index for index, each in enumerate(body) if each is statement), 0)
    return body[index - 1] if index else None


def is_other_branch(tree: Tree, node: cst.CSTNode, call: tuple[int, int]) -> bool:
    """Whether a node stands in the `else` of a branch that makes the call; handlers of exceptions run behind it."""
    for each in tree.ancestors(node):
        if isinstance(each, cst.Else):
            parent = tree.parents[each]
            if isinstance(parent, cst.If):
                start, end = tree.offsets.of(parent.body)
                if start <= call[0] < end:
                    return True
        if isinstance(each, cst.If) and isinstance(tree.parents[each], cst.If):
            # An `elif`.
            parent = tree.parents[each]
            assert isinstance(parent, cst.If)
            start, end = tree.offsets.of(parent.body)
            if parent.orelse is each and start <= call[0] < end:
                return True
    return False
