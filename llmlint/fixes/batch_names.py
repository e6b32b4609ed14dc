"""Names that the body of a loop shares with the code around it, or with its own next iteration, when it becomes a function."""

from __future__ import annotations

import libcst as cst

from llmlint.fixes.batch_flow import Assignment, bound_by, bound_in, is_rebound_before, own_nodes, reads_in
from llmlint.fixes.batch_tree import Tree, bound_names, dotted, walk


def shared_names(tree: Tree, loop: cst.For, nodes: list[cst.CSTNode], call: tuple[int, int]) -> list[str] | None:
    """The names that the body binds for the code around it, or for its own next iteration; None where they cannot be shared by iterations
    that run at the same time."""
    scope = tree.scope_of(loop)
    start, end = tree.offsets.of(loop)
    targets = {name.value for name in bound_names(loop.target)}
    bound = bound_in(loop.body.body) | targets
    assignment = Assignment(tree, frozenset(bound))
    assignment.run(loop.body, set(targets))
    carried = {each.value for each in assignment.early}
    carried |= {
        each.target.value for each in nodes if isinstance(each, cst.AugAssign) and isinstance(each.target, cst.Name)
    } & carried
    outside = _bound_outside(tree, scope, start, end)
    read = {
        each.value
        for each in reads_in(tree, scope.body if isinstance(scope, cst.FunctionDef) else scope)
        if each.value in bound and _is_read_later(tree, scope, each, start, end)
    }
    shared = carried | read
    if shared & targets or shared - outside or _grows(tree, loop, nodes):
        return None
    region = region_of(tree, loop, call)
    if region is None:
        return None
    augmented = [each for each in nodes if isinstance(each, cst.AugAssign)]
    inner = [each for each in augmented if tree.offsets.of(each)[0] <= call[0] < tree.offsets.of(each)[1]]
    if any(_root(each.target) not in bound - shared for each in inner):
        return None  # `total += ask(row)` reads the total ahead of the call.
    if any(not _may_be_shared(tree, name, nodes, region) for name in shared):
        return None
    return sorted(shared)


def _grows(tree: Tree, loop: cst.For, nodes: list[cst.CSTNode]) -> bool:
    """Whether the body changes what the loop goes over."""
    items = {dotted(each) for each in walk(loop.iter) if isinstance(each, (cst.Name, cst.Attribute))}
    return any(
        isinstance(each, cst.Call)
        and isinstance(each.func, cst.Attribute)
        and each.func.attr.value in ("append", "extend", "insert", "pop", "remove", "clear", "add")
        and dotted(each.func.value) in items
        for each in nodes
    )


def _bound_outside(tree: Tree, scope: cst.CSTNode, start: int, end: int) -> set[str]:
    """What a function or module binds outside of the loop."""
    found: set[str] = set()
    if isinstance(scope, cst.FunctionDef):
        found |= {each.name.value for each in walk(scope.params) if isinstance(each, cst.Param)}
    body = scope.body if isinstance(scope, cst.FunctionDef) else scope
    pending: list[cst.CSTNode] = list(body.body) if isinstance(body, (cst.BaseSuite, cst.Module)) else []
    while pending:
        node = pending.pop()
        at = tree.offsets.of(node) if isinstance(node, (cst.BaseCompoundStatement, cst.SimpleStatementLine)) else None
        if at == (start, end):
            continue
        if at is not None and at[0] <= start and end <= at[1]:
            # The loop stands inside: its header counts, and what is beside the loop.
            found |= {
                name
                for child in own_nodes(node)
                if not isinstance(child, cst.BaseSuite)
                for name in _of_header(tree, child, start, end)
            }
            continue
        found |= bound_in([node])
    return found


def _of_header(tree: Tree, node: cst.CSTNode, start: int, end: int) -> set[str]:
    try:
        at = tree.offsets.of(node)
    except KeyError:
        return set()
    if start <= at[0] and at[1] <= end:
        return set()
    return set(bound_by(node))


def _is_read_later(tree: Tree, scope: cst.CSTNode, read: cst.Name, start: int, end: int) -> bool:
    """Whether something outside of the loop may read what the loop has bound."""
    at = tree.offsets.of(read)[0]
    if start <= at < end:
        return False
    if tree.scope_of(read) is not scope:
        return True  # A function, which may run at any time.
    return at >= end and not is_rebound_before(tree, read, end)


def region_of(tree: Tree, loop: cst.For, call: tuple[int, int]) -> tuple[int, int] | None:
    """The statement of the body that holds the call."""
    for statement in loop.body.body:
        first, last = tree.offsets.of(statement)
        if first <= call[0] and call[1] <= last:
            return first, last
    return None


def _may_be_shared(tree: Tree, name: str, nodes: list[cst.CSTNode], region: tuple[int, int]) -> bool:
    """Whether iterations may share a name though others run while one waits: it is only counted up or only bound, or all that is done with it
    is done ahead of the call, or all behind it."""
    uses = [each for each in nodes if isinstance(each, cst.Name) and each.value == name]
    if all(_is_only_written(tree, each) for each in uses):
        return True
    places = [tree.offsets.of(each)[0] for each in uses]
    return all(place < region[0] for place in places) or all(place >= region[1] for place in places)


def _is_only_written(tree: Tree, node: cst.Name) -> bool:
    parent = tree.parents[node]
    if isinstance(parent, cst.AugAssign):
        return parent.target is node
    if not isinstance(parent, cst.AssignTarget):
        return False
    statement = tree.parents[parent]
    return isinstance(statement, cst.Assign) and isinstance(statement.value, (cst.BaseString, cst.BaseNumber, cst.Name))


def _root(target: cst.CSTNode) -> str:
    while isinstance(target, (cst.Attribute, cst.Subscript)):
        target = target.value
    return target.value if isinstance(target, cst.Name) else ""
