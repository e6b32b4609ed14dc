"""The items of a loop: names for them, and whether they can be gone through twice."""

from __future__ import annotations

import re
from collections.abc import Iterator

import libcst as cst

from llmlint.fixes.batch_tree import Tree, bound_names, dotted, tail_of, walk

_MADE_ANEW = frozenset({"enumerate", "zip", "range", "items", "keys", "values", "reversed"})
_GIVES_A_LIST = frozenset(
    {
        "sorted",
        "list",
        "tuple",
        "set",
        "dict",
        "split",
        "splitlines",
        "rsplit",
        "readlines",
        "tolist",
        "listdir",
        "to_dict",
        "findall",
    }
)
_LISTS = re.compile(
    r"(?:typing\.|t\.|collections\.abc\.|abc\.)?"
    r"(?:list|List|tuple|Tuple|dict|Dict|set|Set|frozenset|Sequence|Mapping|Collection|MutableSequence|str)\b"
)
_DISPLAYS = (cst.List, cst.Tuple, cst.Dict, cst.Set, cst.ListComp, cst.DictComp, cst.SetComp, cst.BaseString)


def is_repeatable(tree: Tree, items: cst.BaseExpression) -> bool:
    """Whether an expression gives the same items each time it is evaluated, at no great cost."""
    if isinstance(items, cst.Name):
        return _is_list(tree, items)
    if isinstance(items, cst.Call) and tail_of(items.func) in _MADE_ANEW:
        parts = [each.value for each in items.args]
        if isinstance(items.func, cst.Attribute):
            parts.append(items.func.value)
        return all(
            is_repeatable(tree, part) or isinstance(part, (cst.BaseNumber, cst.BaseString)) or _is_length(part) for part in parts
        )
    return False


def _is_length(node: cst.BaseExpression) -> bool:
    return isinstance(node, cst.Call) and tail_of(node.func) == "len"


def _is_list(tree: Tree, name: cst.Name) -> bool:
    """Whether everything that a name is bound to, in its function or else in the module, can be gone through again."""
    scope: cst.CSTNode | None = tree.scope_of(name)
    while scope is not None:
        found = list(_bindings(tree, scope, name.value))
        if found:
            return all(found)
        scope = tree.scope_of(scope) if scope is not tree.module else None
    return False


def _bindings(tree: Tree, scope: cst.CSTNode, name: str) -> Iterator[bool]:
    """For each binding of a name in a scope, whether it is one to a container."""
    if isinstance(scope, (cst.FunctionDef, cst.Lambda)):
        for parameter in walk(scope.params):
            if isinstance(parameter, cst.Param) and parameter.name.value == name:
                annotation = parameter.annotation
                text = tree.code(annotation.annotation).strip("\"'") if annotation is not None else ""
                yield _LISTS.match(text) is not None
    for each in walk(scope):
        if isinstance(each, cst.Name) and each.value == name and tree.scope_of(each) is scope and _is_bound_here(tree, each):
            yield _holds_list(tree, each)


def _is_bound_here(tree: Tree, name: cst.Name) -> bool:
    parent = tree.parents[name]
    if isinstance(parent, (cst.AssignTarget, cst.AnnAssign, cst.AugAssign, cst.For, cst.NamedExpr, cst.CompFor)):
        return parent.target is name
    if isinstance(parent, cst.AsName):
        return True
    holder: cst.CSTNode | None = parent
    while isinstance(holder, (cst.Element, cst.Tuple, cst.List)):
        holder = tree.parents.get(holder)
    return isinstance(parent, cst.Element) and isinstance(holder, (cst.AssignTarget, cst.For))


def _holds_list(tree: Tree, name: cst.Name) -> bool:
    parent = tree.parents[name]
    if isinstance(parent, cst.AugAssign):
        return True
    value: cst.BaseExpression | None = None
    if isinstance(parent, cst.AnnAssign):
        if _LISTS.match(tree.code(parent.annotation.annotation)) is not None:
            return True
        value = parent.value
    statement = tree.parents[parent]
    if isinstance(statement, cst.Assign):
        value = statement.value
    if isinstance(value, cst.Await):
        return False
    if isinstance(value, cst.Call):
        return tail_of(value.func) in _GIVES_A_LIST
    return isinstance(value, _DISPLAYS)


def name_for_items(tree: Tree, target: cst.BaseExpression, place: cst.CSTNode) -> str | None:
    """A new name for the list of what a target goes through: `pages` for `page`."""
    names = [plural(target.value)] if isinstance(target, cst.Name) and len(target.value) > 1 else []
    return tree.fresh(place, [*names, "items", "entries", "all_items"])


def plural(name: str) -> str:
    if re.search(r"[^aeiou]y$", name):
        return f"{name[:-1]}ies"
    return name + ("es" if name.endswith(("s", "x", "ch", "sh")) else "s")


def names_of_target(target: cst.CSTNode) -> list[str]:
    """The names that a loop target binds, in order; starred ones too."""
    if isinstance(target, (cst.Tuple, cst.List)):
        return [name for element in target.elements for name in names_of_target(element.value)]
    return [name.value for name in bound_names(target)]


def target_code(tree: Tree, target: cst.BaseExpression) -> str:
    """A loop target as a part of a larger one."""
    code = tree.code(target)
    return f"({code})" if isinstance(target, cst.Tuple) and not target.lpar else code


def side_by_side(tree: Tree, target: cst.BaseExpression, items: cst.BaseExpression, message: str, answers: str) -> str:
    """`page, message in zip(pages, answers)`; in a `zip` or `enumerate` of its own, as one would write that by hand."""
    if (
        isinstance(items, cst.Call)
        and isinstance(target, cst.Tuple)
        and not any(each.star or each.keyword for each in items.args)
    ):
        names = [tree.code(element.value) if not isinstance(element, cst.StarredElement) else "" for element in target.elements]
        values = [tree.code(each.value) for each in items.args]
        if dotted(items.func) == "zip" and len(names) == len(values) and all(names):
            return f"{', '.join(names)}, {message} in zip({', '.join(values)}, {answers})"
        if dotted(items.func) == "enumerate" and len(names) == 2 and all(names):
            start = "".join(f", {value}" for value in values[1:])
            inner = target_code(tree, target.elements[1].value)
            return f"{names[0]}, ({inner}, {message}) in enumerate(zip({values[0]}, {answers}){start})"
    if isinstance(items, cst.Call) and dotted(items.func) == "range" and len(items.args) == 1 and isinstance(target, cst.Name):
        return f"{target.value}, {message} in enumerate({answers})"
    return f"{target_code(tree, target)}, {message} in zip({tree.code(items)}, {answers})"


def without_counter(tree: Tree, target: cst.BaseExpression, items: cst.BaseExpression, used: set[str]) -> tuple[str, str]:
    """The target and the items of a comprehension: without an `enumerate` whose number is not used in it."""
    is_counted = isinstance(items, cst.Call) and dotted(items.func) == "enumerate" and len(items.args) in (1, 2)
    if is_counted and isinstance(items, cst.Call) and isinstance(target, cst.Tuple) and len(target.elements) == 2:
        counter, value = target.elements[0].value, target.elements[1].value
        if (
            not items.args[0].star
            and not isinstance(target.elements[1], cst.StarredElement)
            and not set(names_of_target(counter)) & used
        ):
            return tree.code(value), tree.code(items.args[0].value)
    return tree.code(target), tree.code(items)
