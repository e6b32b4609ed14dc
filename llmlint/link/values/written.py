"""Lists and dicts as text: `json.dumps(LEVELS)`, `f"one of {LEVELS}"`, `str(LEVELS)`, where the source determines all of them."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from llmlint.link.names.effects import CHANGES
from llmlint.link.program.memo import Memo
from llmlint.link.values.values import Items, Known, Literal, Record, Text, Value
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding, Store

if TYPE_CHECKING:
    from llmlint.link.names.index import ModuleIndex
    from llmlint.link.values.evaluation import Evaluation
    from llmlint.source import Span

_MOST_CHARACTERS = 100_000
_DEEPEST = 20


class _NotKnown(Exception):
    """Part of a value is not known, or may change."""


def as_json(evaluator: Evaluation, value: Value, at: Span, options: dict[str, Any]) -> Text | None:
    """What `json.dumps` makes of a value."""
    try:
        text = json.dumps(_constant(evaluator, value, at), **options)
    except (_NotKnown, TypeError, ValueError):
        return None
    return Text((Known(text, at),), at) if len(text) <= _MOST_CHARACTERS else None


def displayed(evaluator: Evaluation, values: Iterable[Value], at: Span) -> tuple[Value, ...]:
    """Values as an f-string writes them: a list or dict of which all is known as its text."""
    return tuple(_displayed(evaluator, value, at) if isinstance(value, (Items, Record)) else value for value in values)


def _displayed(evaluator: Evaluation, value: Items | Record, at: Span) -> Value:
    try:
        text = repr(_constant(evaluator, value, at))
    except (_NotKnown, ValueError):
        return value
    return Text((Known(text, at),), at) if len(text) <= _MOST_CHARACTERS else value


def _constant(evaluator: Evaluation, value: Value, at: Span) -> object:
    """The object that a value stands for. Its display is written in place, or is a constant of a module or class: one that a function is
    passed (`report({"name": "Ada"})`, often an example) is data of that call."""
    if isinstance(value, (Items, Record)) and not (value.at.path == at.path and at.start <= value.at.start < at.end):
        module = evaluator.program.module(value.at.path)
        holders = module.enclosing.statements(value.at.start) if module is not None else ()
        bindings = [each for each in holders if isinstance(each, Binding)]
        if module is None or not any(_is_constant(module, each, at) for each in bindings):
            raise _NotKnown
    return _plain(evaluator, value, 0)


def _is_constant(module: ModuleIndex, binding: Binding, at: Span) -> bool:
    """Whether a binding is a constant of a module or class, or stands in the function that writes the text."""
    scope = module.scopes[binding.scope]
    if scope.kind == "function":
        return module.path == at.path and scope.start <= at.start < scope.end
    return module.blocks[binding.block].kind == "scope"


def _plain(evaluator: Evaluation, value: Value, depth: int) -> object:
    if isinstance(value, Text) and value.value is not None:
        return value.value
    if isinstance(value, Literal):
        return value.value
    if depth > _DEEPEST or not isinstance(value, (Items, Record)) or value.is_open or value.has_escaped:
        raise _NotKnown
    display = _display(evaluator, value)
    if isinstance(value, Record):
        return {key: _only(evaluator, entry.values if entry.is_certain else (), depth) for key, entry in value.entries.items()}
    items = [_only(evaluator, alternatives, depth) for alternatives in value.items]
    return tuple(items) if isinstance(display, ex.Sequence) and display.kind == "tuple" else items


def _only(evaluator: Evaluation, values: tuple[Value, ...], depth: int) -> object:
    if len(values) != 1:
        raise _NotKnown
    return _plain(evaluator, values[0], depth + 1)


def _display(evaluator: Evaluation, value: Items | Record) -> ex.Expr | None:
    """The display that makes a list or dict, which nothing else in its file changes."""
    module = evaluator.program.module(value.at.path)
    around = module.enclosing.expressions(value.at.start) if module is not None else ()
    display = next((each for each in around if isinstance(each, (ex.Sequence, ex.Mapping)) and each.end == value.at.end), None)
    if module is None or display is None or (isinstance(display, ex.Sequence) and display.kind == "set"):
        raise _NotKnown
    for holder in module.enclosing.statements(value.at.start):
        if isinstance(holder, Store):
            raise _NotKnown
        if isinstance(holder, Binding) and module.scopes[holder.scope].kind != "function" and _is_changed(module, holder.name):
            raise _NotKnown
    return display


_CHANGED: Memo[str, bool] = Memo()


def _is_changed(module: ModuleIndex, name: str) -> bool:
    """Whether anything in a file changes what a name of its module or of a class holds: `LEVELS.append(x)`, `Config.LEVELS[0] = x`."""
    return _CHANGED.get(module, name, lambda: _find_changed(module, name))


def _find_changed(module: ModuleIndex, name: str) -> bool:
    module.lower_mentions(name)
    changing = (
        store.target.value for store in module.named_facts.stores if isinstance(store.target, (ex.Subscript, ex.Attribute))
    )
    called = (fact.call.func for fact in module.named_facts.calls)
    methods = (func.value for func in called if isinstance(func, ex.Attribute) and func.attr in CHANGES)
    is_augmented = any(each.name == name and each.kind == "augment" for each in module.named_facts.bindings)
    return is_augmented or any(_mentions(holder, name) for holders in (changing, methods) for holder in holders)


def _mentions(expression: ex.Expr, name: str) -> bool:
    while isinstance(expression, (ex.Attribute, ex.Subscript)):
        if isinstance(expression, ex.Attribute) and expression.attr == name:
            return True
        expression = expression.value
    return isinstance(expression, ex.Name) and expression.id == name
