"""The order of what iterations leave behind: as functions of `batch_map`, those that make no LLM call end ahead of those that make one."""

from __future__ import annotations

from collections.abc import Sequence

import libcst as cst

from llmlint.fixes.batch_flow import bound_in, own_nodes
from llmlint.fixes.batch_tree import Tree, bound_names, dotted, tail_of

_ORDERED = frozenset({"append", "extend", "insert", "write", "writelines", "writerow", "put", "put_nowait", "appendleft"})
_BRANCHES = (cst.If, cst.Else, cst.Try, cst.ExceptHandler, cst.IfExp)


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
    return (name, found) if is_whole and len(found) == len(appends) else None


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


def may_change_order(tree: Tree, loop: cst.For, call: tuple[int, int], *, may_be_left_out: bool, is_further: bool) -> bool:
    """Whether something is added to the same list or file by iterations that do not make a call and by those that have made it.

    `may_be_left_out`: the functions that lead to the LLM call may return without it, as where they know the response already.
    `is_further`: it is not the first call of an iteration, which may end with an exception before.
    """
    early: set[str] = set()
    late: set[str] = set()
    for node in own_nodes(loop.body):
        path = (
            dotted(node.func.value)
            if isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and tail_of(node.func) in _ORDERED
            else None
        )
        if path is None:
            continue
        added = _what_is_added_to(tree, loop, node, path)
        start, end = tree.offsets.of(node)
        is_around = start <= call[0] and call[1] <= end  # `results.append(ask(row))`
        is_behind = is_around or (start >= call[1] and not is_other_branch(tree, node, call))
        if added is not None:
            (late if is_behind else early).add(added)
            if is_behind and is_further and tree.enclosing(node, cst.ExceptHandler) is not None:
                early.add(added)
    return bool(late if may_be_left_out else early & late)


def _what_is_added_to(tree: Tree, loop: cst.For, node: cst.CSTNode, path: str) -> str | None:
    """The list or file behind a name: the path of one that iterations share, or what a file is opened by; None for one that each has for
    itself."""
    own = bound_in([loop.body]) | {name.value for name in bound_names(loop.target)}
    if path not in own:
        return path
    for each in tree.ancestors(node):
        for item in each.items if isinstance(each, cst.With) else ():
            if item.asname is not None and path in {name.value for name in bound_names(item.asname.name)}:
                return None if tree.name_set([item.item]) & own else tree.code(item.item)
    return path


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
