"""Cache breakpoints that each turn of a conversation adds to its history, while those of the turns before stay."""

from __future__ import annotations

import re
from collections.abc import Iterator

from llmlint.link.calls import argument_effects
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.flow.turns import Turn
from llmlint.link.names.effects import ADDS
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import key_of, keys_in
from llmlint.link.values.values import Items, Record, Value
from llmlint.scan import expressions as ex
from llmlint.source import Span

_FIELD = "cache_control"
# `block.pop("cache_control", None)`, `del block["cache_control"]`, `if key != "cache_control"`, `block["cache_control"] = None`.
_TAKEN_AWAY = re.compile(
    r"""(?:pop\(\s*|del\s[^\n]*|!=\s*|not in\s[^\n]*)["']cache_control["']|["']cache_control["']\]\s*=\s*None|["']cache_control["']\s*!="""
)
_DEEPEST = 4


def find_piling_breakpoint(evaluator: Evaluator, turn: Turn) -> Span | None:
    """The breakpoint that each turn adds; None where none is, where breakpoints are taken away again, or may be."""
    outermost = turn.path[-1]
    module = outermost.module
    if any(not isinstance(sent.expression, (ex.Name, ex.Attribute)) for sent in turn.path):
        return None  # What is sent is made from the history, and may be without its breakpoints.
    texts = {evaluator.program.source(sent.module.path).text for sent in turn.path}
    if any(_FIELD in text and _TAKEN_AWAY.search(text) for text in texts):
        return None
    for sent in turn.path:
        root = ex.root_name(sent.expression) or ""
        for fact in sent.module.calls_taking.get((sent.scope, root)):
            place = evaluator.place(sent.module, fact.scope, fact.block, fact.order)
            if fact.call is not sent.call and not argument_effects.is_harmless(evaluator, fact, root, place):
                return None
    for added, scope, block, order in _added(module, turn):
        if _is_in_each_turn(module, turn, block, order):
            for value in evaluator.evaluate(added, evaluator.place(module, scope, block, order)):
                found = _breakpoint_in(value, 0)
                if found is not None:
                    return found
    return _set_in_place(module, turn)


def _added(module: ModuleIndex, turn: Turn) -> Iterator[tuple[ex.Expr, int, int, int]]:
    """What is added to the history, and where."""
    scope, (root, _, attribute) = turn.path[-1].scope, turn.key.partition(".")
    owner = module.enclosing_class(scope)
    for fact in module.calls_on_member.get(attribute) if attribute else module.calls_by_root.get((scope, root)):
        func = fact.call.func
        if isinstance(func, ex.Attribute) and func.attr in ADDS and key_of(func.value) == turn.key:
            if fact.scope == scope or (attribute and module.enclosing_class(fact.scope) == owner):
                yield from ((argument.value, fact.scope, fact.block, fact.order) for argument in fact.call.args)
    for binding in module.bindings(scope, turn.key):
        if binding.operator == "+" and binding.value is not None:
            yield binding.value, binding.scope, binding.block, binding.order


def _is_in_each_turn(module: ModuleIndex, turn: Turn, block: int, order: int) -> bool:
    """Whether something is done on every turn, or on every turn of some kind: not only on the first one."""
    loop = turn.loop
    if loop is not None and not loop.first < order < loop.last:
        return False
    target = ex.names_in(loop.target) if loop is not None and loop.target else set()
    for here in module.block_path(block):
        if loop is not None and here.id == loop.id:
            break
        if here.kind in ("except", "else", "case"):
            return False
        if here.kind == "if" and (here.head is None or keys_in(module, here.head) & (target | {turn.key})):
            return False
    return True


def _breakpoint_in(value: Value, depth: int) -> Span | None:
    """A breakpoint that is surely in a message, or in one of its blocks."""
    if depth > _DEEPEST:
        return None
    if isinstance(value, Items):
        inside = [alternatives[0] for alternatives in value.items if len(alternatives) == 1]
    elif isinstance(value, Record):
        entry = value.entries.get(_FIELD)
        if entry is not None and entry.is_certain and all(isinstance(each, Record) for each in entry.values):
            return entry.at
        inside = [each.values[0] for each in value.entries.values() if each.is_certain and len(each.values) == 1]
    else:
        return None
    return next((found for each in inside if (found := _breakpoint_in(each, depth + 1)) is not None), None)


def _set_in_place(module: ModuleIndex, turn: Turn) -> Span | None:
    """`messages[-1]["content"][-1]["cache_control"] = …`."""
    scope = turn.path[-1].scope
    for store in module.stores_by_root.get((scope, turn.key.split(".")[0])):
        target = store.target
        is_breakpoint = (
            isinstance(target, ex.Subscript) and isinstance(target.index, ex.Constant) and target.index.value == _FIELD
        )
        if is_breakpoint and key_of(target) == turn.key and isinstance(store.value, (ex.Mapping, ex.Name)):
            if not _is_of_first(target) and _is_in_each_turn(module, turn, store.block, store.order):
                return Span(module.path, store.value.start, store.value.end)
    return None


def _is_of_first(target: ex.Expr) -> bool:
    """Whether the same message gets the breakpoint each time: `messages[0][…]`."""
    index: ex.Expr | None = None
    while isinstance(target, (ex.Subscript, ex.Attribute)):
        index = target.index if isinstance(target, ex.Subscript) else index
        target = target.value
    return isinstance(index, ex.Constant) and isinstance(index.value, int) and index.value >= 0
