"""What reads a name of the code around a loop while that runs: functions of the file, and objects that hold what the name stands for.

A list that takes the results behind all items is empty until then: a function such as `save`, which an item calls, would read it so.
"""

from __future__ import annotations

from collections.abc import Iterable

import libcst as cst

from llmlint.fixes.batch.flow import is_label, local_names, readings_in
from llmlint.fixes.edits.cst_children import kept_by_node
from llmlint.fixes.edits.tree import Tree, tail_of, walk

_HOLDERS = (cst.Dict, cst.DictElement, cst.List, cst.Tuple, cst.Element, cst.Arg)


def is_read_elsewhere(tree: Tree, loop: cst.For, name: str) -> bool:
    """Whether the items of a loop may run another function, a lambda or a method that reads a name of the code around, or use an object that holds
    what it stands for."""
    around = list(tree.ancestors(loop))
    functions = [each for each in around if isinstance(each, (cst.FunctionDef, cst.Lambda))]
    owner = next((each for each in functions if name in local_names(each)), tree.module)
    if _is_in_another(tree, loop, name):
        return True
    readers: set[str] = set()
    for read in readings_in(tree, owner).get(name, ()):
        inner = [each for each in tree.ancestors(read) if isinstance(each, (cst.FunctionDef, cst.Lambda))]
        others = [each for each in inner if not any(each is other for other in functions)]
        if others and isinstance(others[-1], cst.Lambda):
            return True  # Nobody follows where a lambda is called.
        if any(isinstance(each, cst.FunctionDef) and _is_run_by_others(each) for each in others):
            return True
        readers |= {each.name.value for each in others if isinstance(each, cst.FunctionDef)}
    return bool(readers) and _may_run(tree, loop, _with_callers(tree, readers, around))


def _is_in_another(tree: Tree, loop: cst.For, name: str) -> bool:
    """Whether the body uses what holds the same object: `report = {"rows": rows}`, `report["rows"] = rows`, `table = Table(rows)`."""
    scope = tree.scope_of(loop)
    used = _mentioned(loop.body)
    for read in readings_in(tree, scope).get(name, ()):
        node: cst.CSTNode = read
        while isinstance(parent := tree.parents[node], _HOLDERS) or _makes_object(parent):
            node = parent
        targets = [each.target for each in parent.targets] if isinstance(parent, cst.Assign) else []
        targets += [parent.target] if isinstance(parent, cst.AnnAssign) else []
        if any((_mentioned(each) - {name}) & used for each in targets):
            return True
    return False


def _makes_object(node: cst.CSTNode) -> bool:
    """`Table(rows)`"""
    return isinstance(node, cst.Call) and tail_of(node.func)[:1].isupper()


def _is_run_by_others(function: cst.FunctionDef) -> bool:
    """Whether a function runs without a call by its name: one with a decorator, `__exit__`."""
    return bool(function.decorators) or function.name.value.startswith("__")


def _with_callers(tree: Tree, readers: set[str], around: Iterable[cst.CSTNode]) -> set[str]:
    """Functions, and those of the file that mention one of them, without those that a loop stands in."""
    mentions = {
        each: _mentioned(each)
        for functions in tree.functions.values()
        for each in functions
        if not any(each is other for other in around)
    }
    found, size = set(readers), 0
    while len(found) > size:
        size = len(found)
        found |= {each.name.value for each, names in mentions.items() if names & found}
    return found


@kept_by_node(2_000)
def _mentioned(node: cst.CSTNode) -> frozenset[str]:
    return frozenset(each.value for each in walk(node) if isinstance(each, cst.Name))


@kept_by_node(20)
def _mentions(module: cst.Module) -> dict[str, list[cst.Name]]:
    """Where a file mentions each name, found once for all of its loops."""
    found: dict[str, list[cst.Name]] = {}
    for each in walk(module):
        if isinstance(each, cst.Name):
            found.setdefault(each.value, []).append(each)
    return found


def _may_run(tree: Tree, loop: cst.For, names: set[str]) -> bool:
    """Whether a loop mentions one of some functions, or anything in the file passes one on."""
    if (_mentioned(loop.body) | _mentioned(loop.iter)) & names or any(each.startswith("__") for each in names):
        return True
    for each in (mention for name in names for mention in _mentions(tree.module).get(name, ())):
        parent = tree.parents[each]
        # `store.save` is mentioned by its last name.
        node = parent if isinstance(parent, cst.Attribute) and parent.attr is each else each
        call = tree.parents[node]
        is_called = isinstance(call, cst.Call) and call.func is node
        if not is_called and (node is not each or not is_label(tree, each)):
            return True
    return False
