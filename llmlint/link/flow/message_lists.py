"""The lists that the messages of a call are, or are copied or joined from, as the functions on the way to it name them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.calls.uses import Use
from llmlint.link.flow.list_changes import member_of
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import key_of
from llmlint.link.values.binding import as_called, bind
from llmlint.link.values.values import Function
from llmlint.scan import expressions as ex
from llmlint.scan.facts import CallFact
from llmlint.source import Span

_DEEPEST_NAMES = 5
_MOST_USES = 8
# `messages[1:]` leaves the same messages out each time; `messages[-10:]` sends others first.
_SAME_START = re.compile(r"\[\s*\d*\s*:\s*\]$")
# Methods that give something that a dict or store holds.
TAKES_OUT = frozenset({"get", "setdefault"})


@dataclass(frozen=True, slots=True)
class Sent:
    """An expression that gives the messages, where it stands, and the call that takes it: `use` is that call, if it is one of a function of
    the program."""

    module: ModuleIndex
    expression: ex.Expr
    scope: int
    block: int
    order: int
    call: ex.Expr
    use: Use | None = None


def lists(evaluator: Evaluator, sent: Sent) -> dict[str, bool]:
    """The lists that the messages are, or are copied or joined from, as the function at hand names them, and whether they surely are lists:
    what is only an argument of a call on the way may be something else."""
    found: dict[str, bool] = {}
    pending = [(key, sure, 0) for key, sure in list_keys(evaluator, sent.module, sent.scope, sent.expression)]
    while pending:
        key, sure, depth = pending.pop(0)
        if key in found:
            found[key] |= sure
            continue
        found[key] = sure
        for binding in sent.module.bindings(sent.scope, key):
            if (
                binding.value is not None
                and binding.kind in ("assign", "augment", "walrus")
                and binding.order < sent.order
                and depth < _DEEPEST_NAMES
            ):
                inside = list_keys(evaluator, sent.module, sent.scope, binding.value)
                pending.extend((inner, sure and is_sure, depth + 1) for inner, is_sure in inside)
    return found


def list_keys(evaluator: Evaluator, module: ModuleIndex, scope: int, expression: ex.Expr) -> Iterator[tuple[str, bool]]:
    """The lists whose items an expression has, in their order and from the first one on."""

    def inside(inner: ex.Expr) -> Iterator[tuple[str, bool]]:
        return list_keys(evaluator, module, scope, inner)

    if isinstance(expression, (ex.Name, ex.Attribute)):
        key = key_of(expression)
        if key is not None:
            yield key, True
    elif isinstance(expression, ex.Subscript):
        source = evaluator.program.code(Span(module.path, expression.start, expression.end))
        if not isinstance(expression.index, ex.Other) or _SAME_START.search(source):
            yield from inside(expression.value)
    elif isinstance(expression, ex.Operation) and expression.operator in ("+", "or"):
        for operand in expression.operands:
            yield from inside(operand)
    elif isinstance(expression, ex.Sequence):
        for item in expression.items:
            if isinstance(item, ex.Starred):
                yield from inside(item.value)
    elif isinstance(expression, ex.Comprehension):
        yield from inside(expression.iterables[0])
    elif isinstance(expression, ex.Conditional):
        yield from inside(expression.body)
        yield from inside(expression.orelse)
    elif isinstance(expression, (ex.Await, ex.Walrus)):
        yield from inside(expression.value)
    elif isinstance(expression, ex.Call):
        yield from _keys_of_call(module, scope, expression)


def _keys_of_call(module: ModuleIndex, scope: int, call: ex.Call) -> Iterator[tuple[str, bool]]:
    """A copy or a conversion: `list(messages)`, `messages.copy()`, `self._to_wire(messages)`, `self.memory.messages()`."""
    if isinstance(call.func, ex.Attribute):
        owner = key_of(call.func.value)
        if owner in ("self", "cls"):
            yield from returned_by_method(module, scope, call.func.attr)
        elif owner is not None and (call.func.attr in TAKES_OUT or not call.args):
            yield owner, True
    for argument in call.args:
        if isinstance(argument.value, (ex.Name, ex.Attribute)):
            key = key_of(argument.value)
            if key is not None:
                yield key, False


def returned_by_method(module: ModuleIndex, scope: int, name: str) -> Iterator[tuple[str, bool]]:
    """The attributes of the same object whose items a method of it returns: `return [SYSTEM, *self.turns]`."""
    owner = module.enclosing_class(scope)
    bindings = module.members[owner.id].get(name, ()) if owner is not None else ()
    for method in (binding.scope_id for binding in bindings if binding.kind == "def"):
        for leave in module.exits_by_scope.get(method) if method is not None else ():
            if leave.kind == "return" and leave.value is not None:
                for part in _joined(leave.value):
                    key = key_of(part) if isinstance(part, ex.Attribute) else None
                    if key is not None and key.startswith(("self.", "cls.")):
                        yield key, True


def _joined(expression: ex.Expr) -> Iterator[ex.Expr]:
    """The lists that are joined in an expression, or the expression itself."""
    if isinstance(expression, ex.Operation) and expression.operator == "+":
        for operand in expression.operands:
            yield from _joined(operand)
    elif isinstance(expression, ex.Sequence):
        for item in expression.items:
            if isinstance(item, ex.Starred):
                yield from _joined(item.value)
    else:
        yield expression


def members_sent(evaluator: Evaluator, key: str, sent: Sent) -> frozenset[str]:
    """The attributes or items of an object `key` that hold what is sent: `chat.messages`, `state["messages"]`, `chat.as_list()`."""
    place = evaluator.place(sent.module, sent.scope, sent.block, sent.order)
    found: set[str] = set()
    for node in ex.walk(sent.expression):
        member = member_of(node, key) if isinstance(node, (ex.Attribute, ex.Subscript)) and key_of(node) == key else None
        if member is None:
            continue
        found.add(member)
        for method in evaluator.evaluate(node, place):
            if isinstance(method, Function):
                for leave in method.module.exits_by_scope.get(method.scope):
                    if leave.kind == "return" and leave.value is not None:
                        keys = list_keys(evaluator, method.module, method.scope, leave.value)
                        found |= {name.partition(".")[2] for name, _ in keys}
    return frozenset(found)


def callers_of(evaluator: Evaluator, parameter: str, sent: Sent) -> Iterator[Sent]:
    """What the callers of a function pass as one of its parameters."""
    for use in evaluator.callers.uses(sent.module, sent.scope)[:_MOST_USES]:
        given = given_by(evaluator, sent.module, sent.scope, use, parameter)
        if given is not None:
            yield Sent(use.module, given, use.fact.scope, use.fact.block, use.fact.order, use.fact.call, use)


def given_by(evaluator: Evaluator, module: ModuleIndex, scope: int, use: Use, parameter: str) -> ex.Expr | None:
    """What a use of a function gives to one of its parameters."""
    place = evaluator.place(use.module, use.fact.scope, use.fact.block, use.fact.order)
    function = as_called(evaluator, use.function, place, Function(module, scope))
    return next((bound.argument.value for bound in bind(function, use.given) if bound.name == parameter), None)


def functions_called(evaluator: Evaluator, call: ex.Call, sent: Sent) -> Iterator[tuple[ModuleIndex, int, set[str]]]:
    """The functions of the program that a call beside a request may call: module, scope, and the names of the parameters."""
    place = evaluator.place(sent.module, sent.scope, sent.block, sent.order)
    for value in evaluator.evaluate(call.func, place):
        if isinstance(value, Function):
            yield value.module, value.scope, {parameter.name for parameter in value.module.scopes[value.scope].parameters}


def takers(evaluator: Evaluator, module: ModuleIndex, fact: CallFact, key: str) -> Iterator[tuple[Function, str]]:
    """The functions of the program that a call may be of, and the parameter by which they get a list."""
    if not any(key_of(argument.value) == key for argument in fact.call.args):
        return
    place = evaluator.place(module, fact.scope, fact.block, fact.order)
    for value in evaluator.evaluate(fact.call.func, place):
        if isinstance(value, Function):
            function = as_called(evaluator, fact.call.func, place, value)
            for bound in bind(function, fact.call.args):
                if bound.name is not None and key_of(bound.argument.value) == key:
                    yield value, bound.name
