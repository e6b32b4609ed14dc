"""Whether iterations that take turns would get in each other's way: one sets state ahead of its LLM call, and reads it behind the call, when
others have set it too."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst

from llmlint.fixes.batch_flow import bound_by, is_label, local_names, own_nodes
from llmlint.fixes.batch_tree import Tree, bound_names, dotted, tail_of
from llmlint.link.names.effects import CHANGES

_LOOPS = (cst.For, cst.While)
_CHANGES = CHANGES | {"reset"}
# The last ones are of progress bars.
_ADDING = frozenset({"append", "extend", "add", "set_description", "set_description_str", "set_postfix", "set_postfix_str"})
# What belongs to the whole process.
_GLOBAL = frozenset({"chdir", "checkout", "setenv", "putenv"})


def disturbs(tree: Tree, within: cst.For | cst.FunctionDef, call: tuple[int, int]) -> bool:
    """Whether the body of a loop or function sets shared state ahead of a call and reads it behind the call."""
    nodes = list(own_nodes(within.body))
    if any(isinstance(each, (cst.Name, cst.Attribute)) and _last(each) in _GLOBAL for each in nodes):
        return True
    if any(_sets_environment(tree, each) for each in nodes):
        return True
    own = _own_names(within)
    own -= _aliases(nodes, own)
    if _depends_on_method(tree, nodes, call):
        return True
    first, last = _around_call(tree, within, call)
    early = {path for node in nodes if _start(tree, node) < last for path in _changed(node) if _is_shared(path, own)}
    if not early:
        return False
    late = {path for node in nodes if _start(tree, node) >= first for path in _read(tree, node, call)}
    return any(path == other or other.startswith(f"{path}.") for path in early for other in late)


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


def _depends_on_method(tree: Tree, nodes: list[cst.CSTNode], call: tuple[int, int]) -> bool:
    """Whether a method that runs behind the call sets what is read for the call: then a later iteration reads it."""
    early = {
        path for node in nodes if _start(tree, node) < call[1] for path in _read(tree, node, (0, 0)) if path.startswith("self.")
    }
    for node in nodes:
        if isinstance(node, cst.Call) and _start(tree, node) >= call[1] and (dotted(node.func) or "").startswith("self."):
            for function in tree.functions.get(tail_of(node.func), []):
                changed = {path for each in own_nodes(function.body) for path in _changed(each)}
                if any(path == other or other.startswith(f"{path}.") for path in changed for other in early):
                    return True
    return False


def _around_call(tree: Tree, within: cst.CSTNode, call: tuple[int, int]) -> tuple[int, int]:
    """From where on something may run behind the call, and up to where ahead of it: of an inner loop around it, all runs on both sides."""
    first, last = call[1], call[0]
    for node in own_nodes(within.body if isinstance(within, (cst.For, cst.FunctionDef)) else within):
        if isinstance(node, _LOOPS):
            start, end = tree.offsets.of(node)
            if start <= call[0] < end:
                first, last = min(first, start), max(last, end)
    return first, last


def _last(node: cst.Name | cst.Attribute) -> str:
    return node.attr.value if isinstance(node, cst.Attribute) else node.value


def _start(tree: Tree, node: cst.CSTNode) -> int:
    try:
        return tree.offsets.of(node)[0]
    except KeyError:
        return -1


def _is_shared(path: str, own: frozenset[str]) -> bool:
    root = path.split(".")[0]
    return root not in own


def _changed(node: cst.CSTNode) -> Iterator[str]:
    """The attributes that a node binds, and the attributes and objects that it changes in place."""
    target: cst.CSTNode | None = None
    if isinstance(node, (cst.AssignTarget, cst.AnnAssign)) and isinstance(node.target, cst.Attribute):
        target = node.target
    elif isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute) and tail_of(node.func) in _CHANGES:
        target = node.func.value
    path = dotted(target) if target is not None else None
    if path is not None:
        yield path


def _moves_bar(call: cst.Call) -> bool:
    """Whether a call is `bar.update(1)` of a progress bar: what a dict is updated with is no number."""
    return tail_of(call.func) == "update" and all(isinstance(each.value, cst.Integer) for each in call.args)


def _read(tree: Tree, node: cst.CSTNode, call: tuple[int, int]) -> Iterator[str]:
    """The objects that a node reads. What is an argument of the call is read ahead of it; what only adds to an object counts for nothing."""
    if not isinstance(node, (cst.Name, cst.Attribute)) or call[0] <= _start(tree, node) < call[1]:
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
