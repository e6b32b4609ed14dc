"""Whether iterations that take turns would get in each other's way: one sets state ahead of its LLM call, and reads it behind the call, when
others have set it too."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import takewhile
from typing import NamedTuple

import libcst as cst

from llmlint.fixes.batch.flow import bound_by, is_label, local_names, own_nodes
from llmlint.fixes.batch.in_turn import Ordered, is_ordered
from llmlint.fixes.edits.tree import Tree, bound_names, dotted, kept_in_tree, tail_of
from llmlint.link.names.effects import CHANGES

_LOOPS = (cst.For, cst.While)
_CHANGES = CHANGES | {"reset"}
# The last ones are of progress bars.
_ADDING = frozenset({"append", "extend", "add", "set_description", "set_description_str", "set_postfix", "set_postfix_str"})
# What `update` of a progress bar is given.
_OF_BARS = frozenset({"advance", "completed", "description", "refresh"})
# What belongs to the whole process.
_GLOBAL = frozenset({"chdir", "checkout", "setenv", "putenv"})


class _Uses(NamedTuple):
    """What the body of a loop or function does with state, found once for all calls in it: each path with where it stands, -1 where that is not
    known; of changes, where their statement or call ends. `is_of_process`: it sets what belongs to the whole process. `own` are the last items
    of lists, each read where the iteration has just added it at another place. `called` are the methods that it calls, and `loops` its inner
    loops."""

    is_of_process: bool
    changed: list[tuple[int, str]]
    read: list[tuple[int, str]]
    own: dict[int, int]
    called: list[tuple[int, str]]
    loops: list[tuple[int, int]]


def disturbs(
    tree: Tree,
    within: cst.For | cst.FunctionDef,
    call: tuple[int, int],
    ordered: Ordered = (),
    inner: cst.For | None = None,
) -> bool:
    """Whether the body of a loop or function sets shared state ahead of a call and reads it behind the call. `ordered` are parts of it that run once
    all items ahead have ended, and `inner` is a loop inside that becomes a `batch_map`: all of its items wait for their calls first, and go on in
    their order."""
    uses = _uses_in(tree, within)
    if uses.is_of_process or _depends_on_method(tree, uses, call):
        return True
    first, last = _around_call(uses, call, tree.offsets.of(inner) if inner is not None else None)
    early = {path for end, path in uses.changed if end <= last and not is_ordered(end, ordered)}
    if not early:
        return False
    # What is an argument of the call is read ahead of it, and what was added behind it is the item's own.
    late = {
        path
        for start, path in uses.read
        if (start >= first or is_ordered(start, ordered))
        and not call[0] <= start < call[1]
        and not call[1] <= uses.own.get(start, -1)
    }
    return any(path == other or other.startswith(f"{path}.") for path in early for other in late)


@kept_in_tree
def _uses_in(tree: Tree, within: cst.For | cst.FunctionDef) -> _Uses:
    nodes = list(own_nodes(within.body))
    is_of_process = any(
        isinstance(each, (cst.Name, cst.Attribute)) and (_last(each) in _GLOBAL or _sets_environment(tree, each))
        for each in nodes
    )
    own = _own_names(within)
    own -= _aliases(nodes, own)
    return _Uses(
        is_of_process,
        [(_end(tree, each), path) for each in nodes for path in _changed(each) if _is_shared(path, own)],
        [(_start(tree, each), path) for each in nodes for path in _read(tree, each)],
        {_start(tree, each): added for each in nodes if (added := _added_ahead(tree, each)) is not None},
        [
            (_start(tree, each), tail_of(each.func))
            for each in nodes
            if isinstance(each, cst.Call) and (dotted(each.func) or "").startswith("self.")
        ],
        [tree.offsets.of(each) for each in nodes if isinstance(each, _LOOPS)],
    )


def _sets_environment(tree: Tree, node: cst.CSTNode) -> bool:
    """Whether a node is `os.environ` in `os.environ["KEY"] = …`, `os.environ.update(…)` and their like."""
    if not isinstance(node, (cst.Name, cst.Attribute)) or _last(node) != "environ":
        return False
    parent = tree.parents[node]
    if isinstance(parent, cst.Subscript):
        return isinstance(tree.parents[parent], (cst.AssignTarget, cst.AugAssign, cst.Del))
    return isinstance(parent, cst.Attribute) and parent.attr.value in _CHANGES


def _own_names(within: cst.For | cst.FunctionDef) -> frozenset[str]:
    """Names that each iteration, or each call of the function, has for itself: those of objects that it is given are not among them."""
    if isinstance(within, cst.FunctionDef):
        parameters = {each.name.value for each in own_nodes(within.params) if isinstance(each, cst.Param)}
        return local_names(within) - parameters
    bound = frozenset(name for node in own_nodes(within.body) for name in bound_by(node))
    return bound | {name.value for name in bound_names(within.target)}


def _aliases(nodes: list[cst.CSTNode], own: frozenset[str]) -> set[str]:
    """Names that stand for objects which others have, too: `messages = base`."""
    found: set[str] = set()
    for node in nodes:
        if isinstance(node, cst.Assign) and isinstance(node.value, (cst.Name, cst.Attribute)):
            path = dotted(node.value)
            if path is not None and path.split(".")[0] not in own:
                found |= {name.value for target in node.targets for name in bound_names(target.target)}
    return found


def _depends_on_method(tree: Tree, uses: _Uses, call: tuple[int, int]) -> bool:
    """Whether a method that runs behind the call sets what is read for the call: then a later iteration reads it."""
    early = {path for start, path in uses.read if start < call[1] and path.startswith("self.")}
    for name in dict.fromkeys(name for start, name in uses.called if start >= call[1] and early):
        for function in tree.functions.get(name, []):
            changed = {path for each in own_nodes(function.body) for path in _changed(each)}
            if any(path == other or other.startswith(f"{path}.") for path in changed for other in early):
                return True
    return False


def _around_call(uses: _Uses, call: tuple[int, int], mapped: tuple[int, int] | None) -> tuple[int, int]:
    """From where on something may run behind the call, and up to where ahead of it: of an inner loop around it, all runs on both sides, if it is not
    the one that is `mapped`."""
    around = [(start, end) for start, end in uses.loops if start <= call[0] < end and (start, end) != mapped]
    return min([call[1], *(start for start, _ in around)]), max([call[0], *(end for _, end in around)])


def _last(node: cst.Name | cst.Attribute) -> str:
    return node.attr.value if isinstance(node, cst.Attribute) else node.value


def _start(tree: Tree, node: cst.CSTNode) -> int:
    try:
        return tree.offsets.of(node)[0]
    except KeyError:
        return -1


def _end(tree: Tree, node: cst.CSTNode) -> int:
    """Where a change has been made: a call has its arguments by then, and an assignment its value."""
    whole = tree.parents[node] if isinstance(node, cst.AssignTarget) else node
    try:
        return tree.offsets.of(whole)[1]
    except KeyError:
        return -1


def _added_ahead(tree: Tree, node: cst.CSTNode) -> int | None:
    """Where the last item of a list is added that `rows[-1]` reads, if that is one of the statements ahead in the same block."""
    if not isinstance(node, cst.Subscript) or tree.code(node.slice[0]) != "-1":
        return None
    statement = tree.enclosing(node, cst.SimpleStatementLine)
    block = tree.parents[statement] if statement is not None else None
    if not isinstance(block, cst.IndentedBlock):
        return None
    ahead = takewhile(lambda each: each is not statement, block.body)
    added = [each for each in ahead if isinstance(each, cst.SimpleStatementLine) and _appends(each, dotted(node.value))]
    return tree.offsets.of(added[-1])[0] if added else None


def _appends(line: cst.SimpleStatementLine, path: str | None) -> bool:
    """`rows.append(row)`"""
    call = line.body[0].value if isinstance(line.body[0], cst.Expr) else None
    if not isinstance(call, cst.Call) or not isinstance(call.func, cst.Attribute) or path is None:
        return False
    return call.func.attr.value == "append" and dotted(call.func.value) == path


def _is_shared(path: str, own: frozenset[str]) -> bool:
    root = path.split(".")[0]
    return root not in own


def _changed(node: cst.CSTNode) -> Iterator[str]:
    """The attributes that a node binds, and the attributes and objects that it changes in place."""
    target: cst.CSTNode | None = None
    if isinstance(node, (cst.AssignTarget, cst.AnnAssign)) and isinstance(node.target, cst.Attribute):
        target = node.target
    elif isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and tail_of(node.func) in _CHANGES:
        target = node.func.value if not _moves_bar(node) else None
    path = dotted(target) if target is not None else None
    if path is not None:
        yield path


def _moves_bar(call: cst.Call) -> bool:
    """Whether a call is `bar.update(1)` of a progress bar, or `progress.update(task, advance=1)`: what a dict is updated with is no number."""
    is_named = any(each.keyword is not None and each.keyword.value in _OF_BARS for each in call.args)
    return tail_of(call.func) == "update" and (is_named or all(isinstance(each.value, cst.Integer) for each in call.args))


def _read(tree: Tree, node: cst.CSTNode) -> Iterator[str]:
    """The objects that a node reads. What only adds to an object counts for nothing."""
    if not isinstance(node, (cst.Name, cst.Attribute)):
        return
    parent = tree.parents[node]
    if isinstance(node, cst.Name) and is_label(tree, node):
        return
    if isinstance(parent, cst.Attribute) and parent.value is node:
        grand = tree.parents[parent]
        if isinstance(grand, cst.Call) and grand.func is parent and (parent.attr.value in _ADDING or _moves_bar(grand)):
            return
    if isinstance(parent, cst.Call) and parent.func is node and isinstance(node, cst.Attribute):
        return
    if isinstance(parent, (cst.AssignTarget, cst.AugAssign)) and parent.target is node:
        return
    path = dotted(node)
    if path is not None:
        yield path
