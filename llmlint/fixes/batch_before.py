"""What stands ahead of a call in a loop or function: whether it can be run for all items first."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import libcst as cst

from llmlint.fixes.batch_effects import Effects, roots
from llmlint.fixes.batch_tree import Tree, bound_names, tail_of, walk

_NEVER = (
    cst.Return,
    cst.Yield,
    cst.Await,
    cst.Try,
    cst.TryStar,
    cst.While,
    cst.FunctionDef,
    cst.ClassDef,
    cst.Global,
    cst.Nonlocal,
    cst.Import,
    cst.ImportFrom,
    cst.Del,
    cst.Match,
)
_DISPLAYS = (cst.List, cst.Dict, cst.Set, cst.ListComp, cst.DictComp, cst.SetComp)
_NEW = frozenset({"dict", "list", "set", "copy", "deepcopy"})


def may_be_moved(tree: Tree, statements: Sequence[cst.CSTNode], effects: Effects, items: frozenset[str] = frozenset()) -> bool:
    """Whether statements only bind names and build objects that are new each time. `items` are names that the loop itself brings."""
    if effects.is_outside or any(isinstance(each, _NEVER) for statement in statements for each in walk(statement)):
        return False
    for name in roots(effects.changed):
        values = list(_values(statements, name))
        is_deep = any(_is_deep_change(each, name) for statement in statements for each in walk(statement))
        if name in items and not values and not is_deep:
            continue
        if not values or not all(_is_new(value, is_deep) for value in values):
            return False
    return True


def _values(statements: Sequence[cst.CSTNode], name: str) -> Iterator[cst.BaseExpression]:
    """What a name is bound to in the statements; `text += …` binds a new object too where it is text."""
    for statement in statements:
        for each in walk(statement):
            targets: list[cst.CSTNode] = []
            if isinstance(each, cst.Assign):
                targets = [target.target for target in each.targets]
            elif isinstance(each, cst.AnnAssign):
                targets = [each.target]
            if (
                isinstance(each, (cst.Assign, cst.AnnAssign))
                and each.value is not None
                and any(_binds(target, name) for target in targets)
            ):
                yield each.value


def _binds(target: cst.CSTNode, name: str) -> bool:
    return any(each.value == name for each in bound_names(target))


def _is_new(value: cst.BaseExpression, is_deep: bool) -> bool:
    if isinstance(value, cst.Call):
        return tail_of(value.func) == "deepcopy" or (not is_deep and tail_of(value.func) in _NEW)
    if isinstance(value, (cst.BaseString, cst.BaseNumber)):
        return True
    if not isinstance(value, _DISPLAYS):
        return False
    return not is_deep or not any(isinstance(each, (cst.Name, cst.Call, cst.Attribute)) for each in _parts(value))


def _parts(value: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    """What nested displays are made of."""
    if isinstance(value, cst.Dict):
        for item in value.elements:
            yield from _parts(item.value)
    elif isinstance(value, (cst.List, cst.Set)):
        for element in value.elements:
            yield from _parts(element.value)
    else:
        yield value


def _is_deep_change(node: cst.CSTNode, name: str) -> bool:
    """`name[0]["content"] = …` and `name[0].append(…)`: a part of the object is changed, which it may share with others."""
    target: cst.CSTNode | None = None
    if isinstance(node, (cst.AssignTarget, cst.AugAssign)) and isinstance(node.target, (cst.Subscript, cst.Attribute)):
        target = node.target.value
    elif isinstance(node, cst.Call) and isinstance(node.func, cst.Attribute):
        target = node.func.value
    if not isinstance(target, (cst.Subscript, cst.Attribute)):
        return False
    while isinstance(target, (cst.Subscript, cst.Attribute)):
        target = target.value
    return isinstance(target, cst.Name) and target.value == name
