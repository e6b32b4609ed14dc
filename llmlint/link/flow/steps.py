"""Loops over the steps of a program: each iteration does the step that its item names, `if step == "collect": … elif step == "sum up": …`."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.link.names.index import ModuleIndex
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block

# What the actions that a model chooses are called in its response, and what they are given.
_ACTIONS = frozenset({"function", "function_name", "tool", "tool_name", "action", "action_type", "action_name", "command"})
_ARGUMENTS = frozenset({"args", "arguments", "parameters", "params", "kwargs", "tool_input", "action_input", "function_args"})


def is_step_of_list(module: ModuleIndex, loop: Block, block: int) -> bool:
    """Whether a place in a loop is reached by those of its items alone that are equal to some text. Where what is sent there has nothing of the
    item, the item only says which step comes next."""
    if loop.target is None:
        return False
    items = ex.names_in(loop.target)
    for here in module.block_path(block):
        if here.first <= loop.first:
            break
        branches = module.branches[here.group] if here.kind in ("if", "else", "case") else ()
        if any(branch.head is not None and _compares(branch.head, items) for branch in branches):
            return True
    return False


def is_chosen_action(module: ModuleIndex, loop: Block, block: int) -> bool:
    """Whether a place in a loop does one of the actions that a model has chosen: `name, args = item["function"], item["args"]`, and
    `elif name == "draw":`. Somebody, or the next action, waits for it."""
    if loop.kind != "for" or not isinstance(loop.target, ex.Name):
        return False
    branches = [
        branch.head
        for here in module.block_path(block)
        if loop.first < here.first and here.kind in ("if", "else", "case")
        for branch in module.branches[here.group]
        if branch.head is not None
    ]
    if not branches:
        return False
    item = loop.target.id
    bound = [
        each
        for each in module.bindings_by_scope.get(loop.scope)
        if each.value is not None and loop.first < each.order < loop.last
    ]
    keys = {each.name: set(_keys_of(each.value, item)) for each in bound if each.value is not None}
    given = [
        each.value
        for fact in module.calls_by_scope.get(loop.scope)
        if loop.first < fact.order < loop.last
        for each in fact.call.args
    ]
    all_keys = {key for found in keys.values() for key in found} | {key for each in given for key in _keys_of(each, item)}
    if all_keys.isdisjoint(_ARGUMENTS):
        return False
    names = {name for name, found in keys.items() if found & _ACTIONS}
    return any(
        _compares(head, names) or (_has_equality(head) and not _ACTIONS.isdisjoint(_keys_of(head, item))) for head in branches
    )


def _has_equality(test: ex.Expr) -> bool:
    return any(isinstance(node, ex.Operation) and node.operator in ("==", "in") for node in ex.walk(test))


def _keys_of(value: ex.Expr, item: str) -> Iterator[str]:
    """The fields of an item that an expression reads: `item["args"]`, `item.args`, `item.get("args")`."""
    for node in ex.walk(value):
        if isinstance(node, ex.Attribute) and isinstance(node.value, ex.Name) and node.value.id == item:
            yield node.attr
        index = node.index if isinstance(node, ex.Subscript) and ex.dotted_name(node.value) == item else None
        if isinstance(node, ex.Call) and node.args and ex.dotted_name(node.func) == f"{item}.get":
            index = node.args[0].value
        if isinstance(index, ex.Constant) and isinstance(index.value, str):
            yield index.value


def _compares(test: ex.Expr, items: set[str]) -> bool:
    """Whether a test compares an item, or a part of it, with a text."""
    for node in ex.walk(test):
        if isinstance(node, ex.Operation) and node.operator in ("==", "is", "in") and len(node.operands) == 2:
            texts = [each for each in node.operands if _is_text(each)]
            named = [each for each in node.operands if isinstance(each, (ex.Name, ex.Attribute, ex.Subscript))]
            if texts and any(ex.root_name(each) in items for each in named):
                return True
    return False


def _is_text(expression: ex.Expr) -> bool:
    items = expression.items if isinstance(expression, ex.Sequence) else (expression,)
    return all(isinstance(each, ex.Constant) and isinstance(each.value, str) for each in items)
