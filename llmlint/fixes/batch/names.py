"""Names that the body of a loop shares with the code around it, or with its own next iteration, when it becomes a function."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import libcst as cst

from llmlint.findings import Edit
from llmlint.fixes.batch.flow import (
    Assignment,
    bindings_in,
    bound_by,
    bound_in,
    declared_by,
    is_rebound_before,
    own_nodes,
    readings_in,
)
from llmlint.fixes.batch.in_turn import Ordered, is_ordered
from llmlint.fixes.batch.stores import is_aside
from llmlint.fixes.edits.by_hand import ByHand, MayDepend
from llmlint.fixes.edits.cst_children import kept_by_node
from llmlint.fixes.edits.tree import Tree, bound_names, dotted, holds, kept_in_tree, root_of, tail_of, walk
from llmlint.link.names.effects import CHANGES

_PATHS = frozenset({"open", "Path", "join", "joinpath"})


def shared_names(
    tree: Tree,
    loop: cst.For,
    nodes: list[cst.CSTNode],
    call: tuple[int, int],
    keeps: Callable[[str], bool],
    ordered: Ordered = (),
) -> list[str]:
    """The names that the body binds for the code around it, or for its own next iteration, and that iterations can share. `keeps` says whether
    an item can keep what a name is for it, and `ordered` are the parts of the body that run once all items ahead have ended."""
    targets, bound, shared = _names_of(tree, loop)
    if _grows(loop):
        raise ByHand("the loop's body changes what the loop goes over")
    for name in sorted(shared & targets or (each for each in shared if not _is_bound_outside(tree, loop, each))):
        raise ByHand(f"`{name}` is read behind the loop, or by the next iteration")
    scope = tree.scope_of(loop)
    declared = declared_by(own_nodes(scope.body)) if shared and isinstance(scope, cst.FunctionDef) else frozenset()
    for name in sorted(shared & declared):
        raise ByHand(f"`{name}` is declared `global` or `nonlocal` in the function around the loop, and others may read it")
    region = region_of(tree, loop, call)
    if region is None:
        raise ByHand("the call is made elsewhere than in the loop's body")
    if any(
        root_of(each.target) not in bound - shared and not _can_be_split(tree, each) for each in sums_around(tree, loop, call)
    ):
        raise ByHand("a total is read ahead of the call, and added to behind it")
    for name in sorted(shared):
        if not _may_be_shared(tree, loop, name, nodes, call, ordered):
            if keeps(name):
                continue
            raise MayDepend(f"iterations share `{name}`, which is used ahead of the call and behind it")
        says_where = any(_says_where(tree, each, loop) for each in tree.names(loop.body) if each.value == name)
        if says_where and _is_counted(tree, nodes, name, call):
            raise ByHand(
                f"`{name}` is counted up behind the call and says where an answer goes: a failed call would shift all others"
            )
    return sorted(shared)


@kept_in_tree
def _names_of(tree: Tree, loop: cst.For) -> tuple[set[str], set[str], set[str]]:
    """The names that a loop goes over, those that it binds, and those of them that its next iteration or the code behind it reads. Found once
    for all calls in the loop."""
    scope = tree.scope_of(loop)
    start, end = tree.offsets.of(loop)
    targets = {name.value for name in bound_names(loop.target)}
    bound = bound_in(loop.body.body) | targets
    assignment = Assignment(tree, frozenset(bound))
    assignment.run(loop.body, set(targets))
    readings = readings_in(tree, scope)
    read = {name for name in bound if any(_is_read_later(tree, scope, each, start, end) for each in readings.get(name, ()))}
    return targets, bound, {each.value for each in assignment.early} | read


def _is_counted(tree: Tree, nodes: list[cst.CSTNode], name: str, call: tuple[int, int]) -> bool:
    """Whether each iteration goes on, behind its call, from what a name is: `at += 1`, `at = at + 1`."""
    for each in nodes:
        if isinstance(each, (cst.Assign, cst.AugAssign)) and tree.offsets.of(each)[1] > call[0] and name in bound_in([each]):
            sides = (each.value.left, each.value.right) if isinstance(each.value, cst.BinaryOperation) else ()
            if isinstance(each, cst.AugAssign) or any(isinstance(side, cst.Name) and side.value == name for side in sides):
                return True
    return False


def _says_where(tree: Tree, node: cst.Name, loop: cst.For) -> bool:
    """Whether a name says where something is or goes: `rows[at]`, `open(f"{at}.txt", "w")`."""
    for each in tree.ancestors(node):
        if each is loop or isinstance(each, cst.BaseSmallStatement):
            return False
        if isinstance(each, cst.SubscriptElement) or (isinstance(each, cst.Call) and tail_of(each.func) in _PATHS):
            return True
    return False


def sums_around(tree: Tree, loop: cst.For, call: tuple[int, int]) -> list[cst.AugAssign]:
    """The statements like `total += ask(row)` around a call in a loop: the total is read ahead of it."""
    return [each for each in _sums_in(loop) if holds(tree, each, call)]


@kept_by_node(2_000)
def _sums_in(loop: cst.For) -> list[cst.AugAssign]:
    return [each for statement in loop.body.body for each in own_nodes(statement) if isinstance(each, cst.AugAssign)]


def _can_be_split(tree: Tree, node: cst.AugAssign) -> bool:
    """Whether `total += ask(row)` can become `added = ask(row)` and `total += added`."""
    line = tree.parents[node]
    is_alone = isinstance(line, cst.SimpleStatementLine) and len(line.body) == 1 and not getattr(node.value, "lpar", ())
    return is_alone and isinstance(node.target, cst.Name) and node.target.value not in tree.name_set([node.value])


def split_sums(tree: Tree, loop: cst.For, sums: list[cst.AugAssign], shared: list[str]) -> Iterator[Edit]:
    """Makes two statements of each sum that iterations share, so that the total is read behind the call."""
    for node in sums:
        if not isinstance(node.target, cst.Name) or node.target.value not in shared:
            continue
        name = tree.fresh(loop, ["added", "addition", "part"]) or "added"
        start, end = tree.offsets.of(node)
        first, last = tree.offsets.of(node.value)
        yield tree.edit(start, first, f"{name} = ")
        yield tree.edit(last, end, f"\n{tree.indent_at(start)}{tree.source.text[start:first].rstrip()} {name}")


@kept_by_node(2_000)
def _grows(loop: cst.For) -> bool:
    """Whether the body changes what the loop goes over."""
    items = {dotted(each) for each in walk(loop.iter) if isinstance(each, (cst.Name, cst.Attribute))}
    return any(
        isinstance(each, cst.Call)
        and isinstance(each.func, cst.Attribute)
        and each.func.attr.value in CHANGES
        and dotted(each.func.value) in items
        for statement in loop.body.body
        for each in own_nodes(statement)
    )


def _is_bound_outside(tree: Tree, loop: cst.For, name: str) -> bool:
    """Whether a function or module binds a name outside of one of its loops. Where a statement holds the loop, its header counts, and what is
    beside the loop."""
    scope = tree.scope_of(loop)
    if isinstance(scope, cst.FunctionDef):
        if any(isinstance(each, cst.Param) and each.name.value == name for each in walk(scope.params)):
            return True
    start, end = tree.offsets.of(loop)
    body = scope.body if isinstance(scope, cst.FunctionDef) else scope
    for each in bindings_in(tree, scope).get(name, ()):
        statement = each
        while (parent := tree.parents.get(statement)) is not None and parent is not body:
            statement = parent
        at = tree.offsets.of(statement) if isinstance(statement, (cst.BaseCompoundStatement, cst.SimpleStatementLine)) else None
        if at is None or not (at[0] <= start and end <= at[1]):
            return True
        if at != (start, end) and _is_beside(tree, each, start, end):
            return True
    return False


def _is_beside(tree: Tree, node: cst.CSTNode, start: int, end: int) -> bool:
    try:
        at = tree.offsets.of(node)
    except KeyError:
        return False
    return not (start <= at[0] and at[1] <= end)


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


def _may_be_shared(
    tree: Tree, loop: cst.For, name: str, nodes: list[cst.CSTNode], call: tuple[int, int], ordered: Ordered
) -> bool:
    """Whether iterations may share a name though others run while one waits: it is only counted up or only bound, or all that is done with it
    is done ahead of the call, or all behind it, in branches that make the call or in parts that are `ordered`."""
    uses = [each for each in nodes if isinstance(each, cst.Name) and each.value == name]
    if all(_is_only_written(tree, each) for each in uses):
        return True
    first, last, branch = call[1], call[1], loop.body
    innermost = min((each for each in nodes if holds(tree, each, call)), key=lambda each: _length(tree, each), default=None)
    for each in tree.ancestors(innermost) if innermost is not None else ():
        if each is loop:
            break
        if isinstance(each, (cst.For, cst.While)) and _tries_again(each):
            first, last = tree.offsets.of(each)
        # Of a loop over items of its own, none may make a call.
        elif isinstance(each, (cst.If, cst.Else, cst.For)) and branch is loop.body:
            branch = each.body
    assigned = (cst.AssignTarget, cst.AnnAssign, cst.AugAssign)
    bound = [each for each in uses if isinstance(tree.parents[each], assigned) and last == call[1]]
    bound = [each for each in bound if getattr(tree.parents[each], "target", None) is each]
    late = [each for each in bound if holds(tree, tree.statement_of(each) or each, call)]
    late += [each for each in uses if is_ordered(tree.offsets.of(each)[0], ordered)]
    places = {each: tree.offsets.of(each)[0] if all(each is not other for other in late) else last for each in uses}
    if all(place < first for place in places.values()):
        return True
    is_behind = all(place >= last for place in places.values())
    others = (each for each in uses if not is_ordered(tree.offsets.of(each)[0], ordered))
    return is_behind and all(_is_within(tree, each, branch) or is_aside(tree, each, loop) for each in others)


def _tries_again(loop: cst.For | cst.While) -> bool:
    """Whether a loop in the body runs again for the same item, and does not become a `batch_map` itself."""
    return isinstance(loop, cst.While) or any(
        isinstance(each, (cst.Break, cst.Return, cst.Raise)) for each in own_nodes(loop.body)
    )


def _is_within(tree: Tree, node: cst.CSTNode, block: cst.BaseSuite) -> bool:
    return any(each is block for each in tree.ancestors(node))


def _length(tree: Tree, node: cst.CSTNode) -> int:
    start, end = tree.offsets.of(node)
    return end - start


def _is_only_written(tree: Tree, node: cst.Name) -> bool:
    parent = tree.parents[node]
    if isinstance(parent, cst.AugAssign):
        return parent.target is node
    if not isinstance(parent, cst.AssignTarget):
        return False
    statement = tree.parents[parent]
    return isinstance(statement, cst.Assign) and isinstance(statement.value, (cst.BaseString, cst.BaseNumber, cst.Name))


def bound_beside(nodes: list[cst.CSTNode], inside: cst.For) -> set[str]:
    """What nodes of a loop's body bind outside of a loop among them."""
    within = {id(each) for each in walk(inside)}
    return {name for each in nodes if id(each) not in within for name in bound_by(each)}


def declarations(tree: Tree, loop: cst.For, shared: list[str], outer: cst.For | None) -> list[str]:
    """The `nonlocal` and `global` statements that a function needs."""
    inside = bound_in(outer.body.body) if outer is not None else set()
    is_module = isinstance(tree.scope_of(loop), cst.Module)
    at_module = [name for name in shared if is_module and name not in inside]
    others = [name for name in shared if name not in at_module]
    lines = [f"global {', '.join(at_module)}"] if at_module else []
    return [*lines, f"nonlocal {', '.join(others)}"] if others else lines
