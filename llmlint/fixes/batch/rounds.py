"""Loops around a fan-out that go over few things: a batch for each of them, one after another, is no long wait."""

from __future__ import annotations

import libcst as cst

from llmlint.fixes.batch.flow import bound_by, bound_in, local_names, own_nodes
from llmlint.fixes.edits.tree import Tree, dotted, tail_of
from llmlint.link.names.effects import CHANGES

_MOST = 5
# What goes over as many things as it is given.
_AS_MANY = frozenset({"enumerate", "list", "tuple", "set", "sorted", "reversed", "tqdm", "track"})
_VIEWS = frozenset({"items", "keys", "values"})
_DEEPEST = 4


def goes_over_few(tree: Tree, loop: cst.CSTNode) -> bool:
    """Whether a loop goes over at most five things: constants, or, where a user may choose, constants if they do not."""
    count = _count(tree, loop, loop.iter, _DEEPEST) if isinstance(loop, cst.For) else None
    return count is not None and count <= _MOST


def _count(tree: Tree, at: cst.CSTNode, items: cst.BaseExpression, depth: int) -> int | None:
    """How many things an expression has, that a loop goes over at a place; None where that is not known."""
    if isinstance(items, (cst.List, cst.Tuple, cst.Set, cst.Dict)):
        is_known = not any(isinstance(each, (cst.StarredElement, cst.StarredDictElement)) for each in items.elements)
        return len(items.elements) if is_known else None
    if isinstance(items, cst.IfExp):
        return _chosen(tree, at, (items.body, items.orelse), depth)
    if isinstance(items, cst.BooleanOperation) and isinstance(items.operator, cst.Or):
        return _chosen(tree, at, (items.left, items.right), depth)
    if isinstance(items, cst.Call):
        return _count_of_call(tree, at, items, depth)
    if isinstance(items, cst.Name) and depth:
        value = _value(tree, at, items.value)
        return _count(tree, at, value, depth - 1) if value is not None else None
    return None


def _chosen(tree: Tree, at: cst.CSTNode, ways: tuple[cst.BaseExpression, ...], depth: int) -> int | None:
    """`names.split(",") if names else NAMES`: what a user names there is some of them."""
    return max((count for way in ways if (count := _count(tree, at, way, depth)) is not None), default=None)


def _count_of_call(tree: Tree, at: cst.CSTNode, call: cst.Call, depth: int) -> int | None:
    given = [each.value for each in call.args if each.keyword is None and not each.star]
    tail = tail_of(call.func)
    if tail == "range" and given and all(isinstance(each, cst.Integer) for each in given):
        return len(range(*(int(each.evaluated_value) for each in given if isinstance(each, cst.Integer))))
    if tail in _AS_MANY and given:
        return _count(tree, at, given[0], depth)
    if isinstance(call.func, cst.Attribute) and tail in _VIEWS and not call.args:
        return _count(tree, at, call.func.value, depth)
    return None


def _value(tree: Tree, at: cst.CSTNode, name: str) -> cst.BaseExpression | None:
    """What a name is bound to at a place, in its function or the module, where that is one assignment and nothing changes it."""
    function = tree.function_of(at)
    if function is not None and name in local_names(function) and name not in bound_in([function.body]):
        return None  # A parameter.
    for scope in (function.body, tree.module) if function is not None else (tree.module,):
        nodes = list(own_nodes(scope))
        bound = [each for each in nodes if name in set(bound_by(each))]
        if not bound:
            continue
        statement = tree.parents[bound[0]]
        is_changed = any(
            isinstance(each, cst.Call)
            and isinstance(each.func, cst.Attribute)
            and each.func.attr.value in CHANGES
            and dotted(each.func.value) == name
            for each in tree.nodes
        )
        if len(bound) > 1 or is_changed:
            return None
        if isinstance(bound[0], cst.AnnAssign):
            return bound[0].value
        return statement.value if isinstance(statement, cst.Assign) and len(statement.targets) == 1 else None
    return None
