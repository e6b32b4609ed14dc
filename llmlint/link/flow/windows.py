"""Whether a list of messages is shortened from its start between turns, or its older messages are, by functions that get it or in place: no turn
then begins like the one before. A rewrite that leaves it far shorter than its limit (a summary) happens rarely, and is none."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.flow.list_changes import is_window
from llmlint.link.flow.message_lists import Sent, takers
from llmlint.link.flow.old_turns import rewrites_in_loop, rewrites_old_turns
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import key_of
from llmlint.link.program.memo import Memo
from llmlint.link.values.place import Place
from llmlint.link.values.values import Function, Literal
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block
from llmlint.source import Span

_DEEPEST = 2
# `del messages[0]`, `del messages[:-10]`, `del messages[1:3]`
_FIRST_ITEMS = r"\s*\[\s*(?:\d+\s*\]|\d*\s*:\s*[^\]\s])"
_DELETES = re.compile(r"\bdel\s")
_LAST = re.compile(r"\s*\[\s*-[^:]+:\s*\]")
# A list that is cut to less than this share of its limit is whole again for many turns.
_FAR_BELOW = 0.6
_KEEPS: Memo[tuple[str, int, str, int], bool] = Memo()
"""Whether a function keeps only the end of a list. Where functions call many others, each is reached on many paths."""


def is_trimmed(evaluator: Evaluator, key: str, sent: Sent) -> bool:
    """Whether a function shortens a list from its start, or passes it to one that does."""
    module, scope = sent.module, sent.scope
    taking = module.calls_by_scope.get(scope) if "." in key else module.calls_taking.get((scope, key))
    if (
        is_window(module, scope, key)
        or _drops_first(evaluator, module, scope, key)
        or rewrites_in_loop(evaluator.program, module, scope, key)
    ):
        return True
    if any(rewrites_old_turns(evaluator.program, module, method, key) for method in _methods_called(sent) if "." in key):
        return True
    return any(
        _keeps_end(evaluator, function, name, _DEEPEST)
        for fact in taking
        if fact.call is not sent.call
        for function, name in takers(evaluator, module, fact, key)
    )


def _methods_called(sent: Sent) -> Iterator[int]:
    """The methods of its own object that a function calls: `self._compact()`."""
    owner = sent.module.enclosing_class(sent.scope)
    members = sent.module.members[owner.id] if owner is not None else {}
    for fact in sent.module.calls_by_scope.get(sent.scope):
        func = fact.call.func
        if isinstance(func, ex.Attribute) and isinstance(func.value, ex.Name) and func.value.id in ("self", "cls"):
            bindings = members.get(func.attr, ())
            yield from (each.scope_id for each in bindings if each.kind == "def" and each.scope_id is not None)


def _keeps_end(evaluator: Evaluator, function: Function, name: str, depth: int) -> bool:
    """Whether a function returns or leaves only the end of what it gets."""
    key = function.module.path, function.scope, name, depth
    return _KEEPS.get(evaluator.program, key, lambda: _finds_end(evaluator, function, name, depth))


def _finds_end(evaluator: Evaluator, function: Function, name: str, depth: int) -> bool:
    module, scope = function.module, function.scope
    if _drops_first(evaluator, module, scope, name) or rewrites_old_turns(evaluator.program, module, scope, name):
        return True
    for leave in module.exits_by_scope.get(scope):
        if leave.kind == "return" and leave.value is not None:
            if any(_is_end(evaluator, function, name, node, leave.block, leave.order) for node in ex.walk(leave.value)):
                return True
    values = [(each.value, each.block, each.order) for each in module.bindings_by_scope.get(scope)]
    values += [(each.value, each.block, each.order) for each in module.stores_by_root.get((scope, name))]
    for value, block, order in values:
        if value is not None and any(_is_end(evaluator, function, name, node, block, order) for node in ex.walk(value)):
            return True
    return depth > 0 and any(
        _keeps_end(evaluator, inner, inner_name, depth - 1)
        for fact in module.calls_taking.get((scope, name))
        for inner, inner_name in takers(evaluator, module, fact, name)
    )


def _is_end(evaluator: Evaluator, function: Function, name: str, node: ex.Expr, block: int, order: int) -> bool:
    """`messages[-10:]`, unless a test lets the list become far longer than that."""
    if not isinstance(node, ex.Subscript) or not isinstance(node.index, ex.Other) or key_of(node.value) != name:
        return False
    module = function.module
    if not _LAST.match(evaluator.program.code(Span(module.path, node.value.end, node.end))):
        return False
    place = evaluator.place(module, function.scope, block, order)
    kept = _largest(evaluator, node.index.parts[:1], place)
    limits = [part for here in module.conditions(block) for part in _limits(here, name)]
    limit = _largest(evaluator, limits, place)
    return kept is None or limit is None or kept > limit * _FAR_BELOW


def _largest(evaluator: Evaluator, expressions: Iterable[ex.Expr], place: Place) -> float | None:
    numbers = [
        abs(value.value)
        for expression in expressions
        for node in ex.walk(expression)
        for value in evaluator.evaluate(node, place)
        if isinstance(value, Literal) and isinstance(value.value, (int, float))
    ]
    return max(numbers, default=None)


def _limits(block: Block, name: str) -> Iterator[ex.Expr]:
    """What the length of a list is compared with: `if len(messages) > 30`."""
    for node in ex.walk(block.head) if block.head is not None else ():
        children = node.children()
        if not isinstance(node, ex.Call) and any(_is_length(each, name) for each in children):
            yield from (each for each in children if not _is_length(each, name))


def _is_length(expression: ex.Expr, name: str) -> bool:
    return (
        isinstance(expression, ex.Call)
        and ex.dotted_name(expression.func) == "len"
        and any(key_of(argument.value) == name for argument in expression.args)
    )


def _drops_first(evaluator: Evaluator, module: ModuleIndex, scope: int, key: str) -> bool:
    """`while len(messages) > 20: messages.pop(0)`, `del messages[:-20]`."""
    here = module.scopes[scope]
    code = evaluator.program.code(Span(module.path, here.start, here.end)) if scope else ""
    # A pattern for each key is compiled anew again and again: first whether anything is deleted.
    if _DELETES.search(code) and re.search(rf"\bdel\s+{re.escape(key)}{_FIRST_ITEMS}", code) is not None:
        return True
    of_object = [fact for tail in ("pop", "popleft") for fact in module.calls_by_tail.get(tail)]
    for fact in of_object if "." in key else module.calls_by_root.get((scope, key)):
        func = fact.call.func
        if not isinstance(func, ex.Attribute) or key_of(func.value) != key or func.attr not in ("pop", "popleft"):
            continue
        first = fact.call.args[0].value if fact.call.args else None
        if func.attr == "popleft" or (isinstance(first, ex.Constant) and first.value in (0, 1)):
            if any(any(True for _ in _limits(here, key)) for here in module.conditions(fact.block)):
                return True
    return False
