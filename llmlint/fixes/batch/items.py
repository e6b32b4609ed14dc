"""Which names have another value for each item of a loop: what is kept by them, no other item asks for."""

from __future__ import annotations

import libcst as cst

from llmlint.fixes.batch.flow import own_nodes
from llmlint.fixes.edits.tree import Tree, bound_names, tail_of, walk

_KEEPS = frozenset({"sorted", "list", "tuple", "reversed", "tqdm", "trange", "track", "iter"})
_DISTINCT = frozenset(
    {"range", "count", "keys", "glob", "rglob", "iglob", "iterdir", "listdir", "scandir", "set", "frozenset", "fromkeys", "unique", "dict"}
)  # fmt: skip
_FIRST = frozenset({"enumerate", "items", "iterrows", "itertuples", "groupby"})
_TYPES = frozenset({"dict", "Dict", "set", "Set", "frozenset", "Mapping", "MutableMapping"})
_SAME = frozenset({"str", "repr", "Path", "resolve", "as_posix", "absolute", "relative_to", "basename"})
_PARTS = frozenset({"name", "stem", "path"})
_DEEPEST = 2


def distinct_names(tree: Tree, loop: cst.For) -> frozenset[str]:
    """The names with another value for each iteration, as far as what the loop goes over tells."""
    found = set(_targets(tree, loop, loop.target, loop.iter, _DEEPEST))
    for node in own_nodes(loop.body):
        if isinstance(node, cst.Assign) and names_each(node.value, frozenset(found)):
            found |= {name.value for target in node.targets for name in bound_names(target.target)}
    return frozenset(found)


def names_each(value: cst.BaseExpression, each: frozenset[str]) -> bool:
    """Whether an expression differs with a name that has another value for each item: `path.stem`, `f"{number}"`."""
    if isinstance(value, cst.Name):
        return value.value in each
    if isinstance(value, cst.Attribute):
        return value.attr.value in _PARTS and names_each(value.value, each)
    if isinstance(value, cst.Call) and tail_of(value.func) in _SAME:
        inner = [argument.value for argument in value.args]
        return any(
            names_each(part, each) for part in (*inner, *([value.func.value] if isinstance(value.func, cst.Attribute) else ()))
        )
    if isinstance(value, cst.FormattedString):
        return any(isinstance(part, cst.FormattedStringExpression) and names_each(part.expression, each) for part in value.parts)
    if isinstance(value, cst.Tuple):
        return any(names_each(element.value, each) for element in value.elements)
    return False


def _targets(tree: Tree, loop: cst.For, target: cst.BaseExpression, items: cst.BaseExpression, depth: int) -> set[str]:
    if isinstance(items, cst.Call):
        tail = tail_of(items.func)
        if tail in _KEEPS and items.args:
            return _targets(tree, loop, target, items.args[0].value, depth)
        if tail in _FIRST and isinstance(target, cst.Tuple):
            found = {name.value for name in bound_names(target.elements[0].value)}
            if tail == "enumerate" and items.args and len(target.elements) > 1:
                found |= _targets(tree, loop, target.elements[1].value, items.args[0].value, depth)
            return found
        if tail in (_DISTINCT | {"items"}):
            return {name.value for name in bound_names(target)} if not isinstance(target, cst.Tuple) else set()
        return set()
    if isinstance(items, (cst.Set, cst.SetComp, cst.Dict, cst.DictComp)):
        return {name.value for name in bound_names(target)}
    if isinstance(items, (cst.List, cst.Tuple)):
        codes = [tree.code(each.value) for each in items.elements]
        is_once = len(codes) == len({*codes}) and all(isinstance(each.value, cst.BaseString) for each in items.elements)
        return {name.value for name in bound_names(target)} if is_once else set()
    if isinstance(items, cst.Subscript):
        is_slice = len(items.slice) == 1 and isinstance(items.slice[0].slice, cst.Slice)
        return _targets(tree, loop, target, items.value, depth) if is_slice else set()
    if isinstance(items, (cst.ListComp, cst.GeneratorExp)) and isinstance(items.elt, cst.Name):
        source = items.for_in
        if items.elt.value in {name.value for name in bound_names(source.target)} and source.inner_for_in is None:
            inner = _targets(tree, loop, source.target, source.iter, depth)
            return {name.value for name in bound_names(target)} if items.elt.value in inner else set()
    return _named(tree, loop, target, items, depth) if isinstance(items, cst.Name) else set()


def _named(tree: Tree, loop: cst.For, target: cst.BaseExpression, items: cst.Name, depth: int) -> set[str]:
    """What a name says: by its annotation, or by the one value that its function or module gives it."""
    function = tree.function_of(loop)
    params = walk(function.params) if function is not None else ()
    for param in params:
        if isinstance(param, cst.Param) and param.name.value == items.value:
            annotation = param.annotation.annotation if param.annotation is not None else None
            kind = annotation.value if isinstance(annotation, cst.Subscript) else annotation
            is_set = isinstance(kind, (cst.Name, cst.Attribute)) and tail_of(kind) in _TYPES
            return {name.value for name in bound_names(target)} if is_set and isinstance(target, cst.Name) else set()
    if depth == 0:
        return set()
    values = []
    for node in own_nodes(function.body) if function is not None else tree.nodes:
        if isinstance(node, cst.Assign) and items.value in {
            name.value for each in node.targets for name in bound_names(each.target)
        }:
            values.append(node.value)
    return _targets(tree, loop, target, values[0], depth - 1) if len(values) == 1 else set()
