"""The list that takes one result of each iteration, and the branches of an iteration."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import libcst as cst

from llmlint.findings import Edit
from llmlint.fixes.batch.flow import own_nodes
from llmlint.fixes.batch.frames import constant_of
from llmlint.fixes.batch.readers import is_read_elsewhere
from llmlint.fixes.edits.tree import Tree, bound_names, walk

# What adds to a list, a file or a writer of rows, and what takes all at once.
_TAKES = {
    "append": "extend",
    "extend": "extend",
    "writerow": "writerows",
    "writerows": "writerows",
    "write": "writelines",
    "writelines": "writelines",
}
_OF_ONE = frozenset({"append", "writerow", "write"})


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


@dataclass(frozen=True, slots=True)
class Apart:
    """The list or file of which each item is to have a list of its own, and the method by which it takes one of these at the end."""

    name: str
    takes: str


def list_for_each_item(tree: Tree, loop: cst.For, path: Sequence[str]) -> Apart | None:
    """How each item of a loop can have a list of its own in the place of a list, a file or a writer of rows, if the body only adds to it: of a name,
    or of an item of a dict by a constant key. A list must be made in the function, and neither a handler around the loop nor a function that
    an item calls may find what was added by then."""
    scope = tree.scope_of(loop)
    around = list(tree.ancestors(loop))
    root, *keys = path
    if len(keys) > 1 or any(isinstance(each, cst.Try) for each in around[: around.index(scope)]):
        return None
    name = root if not keys else next((tree.code(each) for each in walk(loop.body) if _is_item(each, root, keys[0])), "")
    uses = uses_of(tree, loop, name) if name else []
    if len(uses) != sum(each.value == root for each in tree.names(loop.body)):
        return None  # The whole dict is used, or its item is written in another way.
    inside = {id(each) for each in walk(loop)}
    nodes = list(own_nodes(scope.body if isinstance(scope, cst.FunctionDef) else scope))
    bound = [each for each in nodes if isinstance(each, (cst.Assign, cst.AnnAssign)) and root in set(_bound(each))]
    bound = [each for each in bound if id(each) in inside or tree.offsets.of(each)[0] < tree.offsets.of(loop)[0]]
    takes = {_TAKES.get(each) for each in {_method(tree, each) for each in uses} - {"flush"}}
    is_own = any(id(each) in inside for each in bound) or root in tree.name_set([loop.iter])
    if len(takes) != 1 or None in takes or is_own:
        return None
    # What else is a list there has been added to by the same methods.
    if (takes == {"extend"} or keys) and not any(_is_new_list(_item_of(each.value, keys)) for each in bound):
        return None
    if is_read_elsewhere(tree, loop, root):
        return None
    return Apart(name, next(each for each in takes if each is not None))


def _is_item(node: cst.CSTNode, root: str, key: str) -> bool:
    """`results["rows"]`"""
    is_of_root = isinstance(node, cst.Subscript) and isinstance(node.value, cst.Name) and node.value.value == root
    return is_of_root and isinstance(node, cst.Subscript) and constant_of(node) == key


def _item_of(value: cst.BaseExpression | None, keys: Sequence[str]) -> cst.BaseExpression | None:
    """What a new dict has at a key; without one, the value itself."""
    if not keys or not isinstance(value, cst.Dict):
        return value if not keys else None
    elements = (each for each in value.elements if isinstance(each, cst.DictElement))
    return next(
        (each.value for each in elements if isinstance(each.key, cst.SimpleString) and each.key.raw_value == keys[0]), None
    )


def _is_new_list(value: cst.BaseExpression | None) -> bool:
    return isinstance(value, cst.List) or (
        isinstance(value, cst.Call) and isinstance(value.func, cst.Name) and value.func.value == "list"
    )


def added_to_own(tree: Tree, loop: cst.For, apart: Apart, own: str) -> Iterator[Edit]:
    """Adds to the list that an item has for itself."""
    for each in uses_of(tree, loop, apart.name):
        method = _method(tree, each)
        if method in _TAKES:
            start, end = tree.offsets.of(tree.parents[each])
            yield tree.edit(start, end, f"{own}.{'append' if method in _OF_ONE else 'extend'}")


def uses_of(tree: Tree, loop: cst.For, name: str) -> list[cst.Name | cst.Subscript]:
    """Where the body of a loop uses a name, or an item of a dict."""
    if name.isidentifier():
        return [each for each in tree.names(loop.body) if each.value == name]
    return [each for each in walk(loop.body) if isinstance(each, cst.Subscript) and tree.code(each) == name]


def _bound(statement: cst.Assign | cst.AnnAssign) -> Iterator[str]:
    targets = [each.target for each in statement.targets] if isinstance(statement, cst.Assign) else [statement.target]
    return (found.value for target in targets for found in bound_names(target))


def _method(tree: Tree, name: cst.Name | cst.Subscript) -> str:
    """The method in `rows.append(row)`, as a statement; empty for other uses."""
    method = tree.parents[name]
    call = tree.parents[method]
    is_call = isinstance(method, cst.Attribute) and method.value is name and isinstance(call, cst.Call) and call.func is method
    is_plain = is_call and isinstance(tree.parents[call], cst.Expr) and isinstance(method, cst.Attribute)
    return method.attr.value if is_plain and isinstance(method, cst.Attribute) else ""


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
