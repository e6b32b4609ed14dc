"""Whether the list of messages that a call sends gets longer from one call to the next: a conversation, or the rounds of an agent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from llmlint.link.calls import argument_effects
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.calls.request import Request
from llmlint.link.calls.uses import Use
from llmlint.link.flow.state import kept_state
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import key_of, keys_in
from llmlint.link.values.binding import as_called, bind
from llmlint.link.values.values import Function
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block

_ADDS = frozenset({"append", "extend", "insert"})
_DEEPEST_CALLERS = 3
_DEEPEST_NAMES = 5
_MOST_USES = 8
# `messages[1:]` leaves the same messages out each time; `messages[-10:]` sends others first.
_SAME_START = re.compile(r"\[\s*\d*\s*:\s*\]$")


@dataclass(frozen=True, slots=True)
class _Sent:
    """An expression that gives the messages, and where it stands."""

    module: ModuleIndex
    expression: ex.Expr
    scope: int
    block: int
    order: int


@dataclass(frozen=True, slots=True)
class History:
    """`grows`: the messages get longer from call to call. `may_be_marked`: code that has them in hand may put cache marks on them."""

    grows: bool
    may_be_marked: bool


def read_history(evaluator: Evaluator, request: Request, names: tuple[str, ...]) -> History:
    """What happens to the messages of a request (the argument is one of `names`) between one call and the next."""
    module, point = request.place.module, request.place.point
    expressions = [argument.value for name in names if (argument := request.arguments.get(name)) is not None]
    if not expressions:
        keys = [key for splat in request.splats for key in _list_keys(evaluator, module, splat.value)]
        expressions = [found for key in keys for name in names for found in _items(module, point.scope, key, name)]
    for expression in expressions:
        sent = _Sent(module, expression, point.scope, point.block, point.order)
        if _grows(evaluator, sent, 0):
            return History(True, _may_be_marked(evaluator, sent, 0))
    return History(False, False)


def _may_be_marked(evaluator: Evaluator, sent: _Sent, depth: int) -> bool:
    """Whether a function around the messages, or one that it hands them to, speaks of marks or cannot be seen."""
    module = sent.module
    around = [scope for scope in module.scopes if scope.parent == 0 and scope.start <= sent.expression.start < scope.end]
    text = evaluator.program.source(module.path).text
    if any("cache_control" in text[scope.start : scope.end] for scope in around or [module.scopes[0]]):
        return True
    if any(_speaks_of_marks(evaluator, sent, node.func) for node in ex.walk(sent.expression) if isinstance(node, ex.Call)):
        return True
    for key in _lists(evaluator, sent):
        for fact in module.calls_taking.get((sent.scope, key)):
            place = evaluator.place(module, fact.scope, fact.block, fact.order)
            if not argument_effects.is_harmless(evaluator, fact, key, place):
                return True
        if depth < _DEEPEST_CALLERS and module.parameter(sent.scope, key) is not None:
            if any(_may_be_marked(evaluator, above, depth + 1) for above in _callers_of(evaluator, key, sent)):
                return True
    return False


def _speaks_of_marks(evaluator: Evaluator, sent: _Sent, function: ex.Expr) -> bool:
    """Whether a function of the program that the messages go through on their way puts marks on them."""
    place = evaluator.place(sent.module, sent.scope, sent.block, sent.order)
    found = [value for value in evaluator.evaluate(function, place) if isinstance(value, Function)]
    scopes = [(value.module.path, value.module.scopes[value.scope]) for value in found]
    return any("cache_control" in evaluator.program.source(path).text[scope.start : scope.end] for path, scope in scopes)


def _items(module: ModuleIndex, scope: int, name: str, item: str) -> Iterator[ex.Expr]:
    """What an item of a dict is, where the dict is made or the item is set."""
    for binding in module.bindings(scope, name):
        if isinstance(binding.value, ex.Mapping):
            yield from (value for key, value in binding.value.items if isinstance(key, ex.Constant) and key.value == item)
        elif isinstance(binding.value, ex.Call):
            yield from (argument.value for argument in binding.value.args if argument.keyword == item)
    for store in module.stores_by_root.get((scope, name)):
        target = store.target
        if (
            isinstance(target, ex.Subscript)
            and isinstance(target.index, ex.Constant)
            and target.index.value == item
            and store.value is not None
        ):
            yield store.value


def _grows(evaluator: Evaluator, sent: _Sent, depth: int) -> bool:
    module = sent.module
    loops = [loop for loop in module.loops(sent.block) if loop.kind != "comprehension" and loop.scope == sent.scope]
    parameters = {parameter.name for parameter in module.scopes[sent.scope].parameters}
    for key in _lists(evaluator, sent):
        if any(_grows_in(module, loop, key, sent) for loop in loops) or _is_kept(module, key, sent):
            return True
        if key in parameters and depth < _DEEPEST_CALLERS:
            if any(_grows(evaluator, above, depth + 1) for above in _callers_of(evaluator, key, sent)):
                return True
    return False


def _lists(evaluator: Evaluator, sent: _Sent) -> set[str]:
    """The lists that the messages are, or are copied or joined from, as the function at hand names them."""
    found: set[str] = set()
    pending = [(key, 0) for key in _list_keys(evaluator, sent.module, sent.expression)]
    while pending:
        key, depth = pending.pop()
        if key in found:
            continue
        found.add(key)
        for binding in sent.module.bindings(sent.scope, key):
            if (
                binding.value is not None
                and binding.kind in ("assign", "augment")
                and binding.order < sent.order
                and depth < _DEEPEST_NAMES
            ):
                pending.extend((inner, depth + 1) for inner in _list_keys(evaluator, sent.module, binding.value))
    return found


def _list_keys(evaluator: Evaluator, module: ModuleIndex, expression: ex.Expr) -> Iterator[str]:
    """The lists whose items an expression has, in their order and from the first one on."""
    if isinstance(expression, (ex.Name, ex.Attribute)):
        key = key_of(expression)
        if key is not None:
            yield key
    elif isinstance(expression, ex.Subscript):
        source = evaluator.program.source(module.path).text[expression.start : expression.end]
        if not isinstance(expression.index, ex.Other) or _SAME_START.search(source):
            yield from _list_keys(evaluator, module, expression.value)
    elif isinstance(expression, ex.Operation) and expression.operator in ("+", "or"):
        for operand in expression.operands:
            yield from _list_keys(evaluator, module, operand)
    elif isinstance(expression, ex.Sequence):
        for item in expression.items:
            if isinstance(item, ex.Starred):
                yield from _list_keys(evaluator, module, item.value)
    elif isinstance(expression, ex.Comprehension):
        yield from _list_keys(evaluator, module, expression.iterables[0])
    elif isinstance(expression, ex.Conditional):
        yield from _list_keys(evaluator, module, expression.body)
        yield from _list_keys(evaluator, module, expression.orelse)
    elif isinstance(expression, ex.Await):
        yield from _list_keys(evaluator, module, expression.value)
    elif isinstance(expression, ex.Call):
        # A copy or a conversion: `list(messages)`, `messages.copy()`, `self._to_wire(messages)`.
        if isinstance(expression.func, ex.Attribute) and expression.func.attr == "copy":
            yield from _list_keys(evaluator, module, expression.func.value)
        for argument in expression.args:
            if isinstance(argument.value, (ex.Name, ex.Attribute)):
                yield from _list_keys(evaluator, module, argument.value)


def _grows_in(module: ModuleIndex, loop: Block, key: str, sent: _Sent) -> bool:
    """Whether a loop around the call adds to a list that outlives its rounds."""
    added = [
        order
        for order, block in _additions(module, sent.scope, key)
        if loop.first < order < loop.last and not _is_fallback(module, block, loop)
    ]
    return bool(added) and not any(loop.first < order < sent.order for order in _fresh(module, sent.scope, key))


def _additions(module: ModuleIndex, scope: int, key: str) -> Iterator[tuple[int, int]]:
    """Where a function makes a list longer: order and block."""
    root = key.split(".")[0]
    for fact in module.calls_by_root.get((scope, root)):
        func = fact.call.func
        if isinstance(func, ex.Attribute) and func.attr in _ADDS and key_of(func.value) == key:
            yield fact.order, fact.block
    for binding in module.bindings(scope, key):
        if binding.value is not None and _makes_longer(module, key, binding.value, binding.operator):
            yield binding.order, binding.block
    for store in module.stores_by_root.get((scope, root)):
        if key_of(store.target) == key and store.value is not None and _makes_longer(module, key, store.value, store.operator):
            yield store.order, store.block


def _makes_longer(module: ModuleIndex, key: str, value: ex.Expr, operator: str) -> bool:
    """`messages += […]`, `messages = messages + […]`, `messages = [*messages, …]`."""
    if operator:
        return operator == "+" and not isinstance(value, (ex.Constant, ex.FormattedString))
    is_list = isinstance(value, ex.Sequence) or (isinstance(value, ex.Operation) and value.operator == "+")
    return is_list and key in keys_in(module, value)


def _fresh(module: ModuleIndex, scope: int, key: str) -> Iterator[int]:
    """Where a function starts a list anew."""
    for binding in module.bindings(scope, key):
        if binding.kind != "augment" and binding.value is not None and key not in keys_in(module, binding.value):
            yield binding.order
    for store in module.stores_by_root.get((scope, key.split(".")[0])):
        is_whole = isinstance(store.target, ex.Attribute) and key_of(store.target) == key
        if is_whole and not store.operator and store.value is not None and key not in keys_in(module, store.value):
            yield store.order


def _is_fallback(module: ModuleIndex, block: int, loop: Block) -> bool:
    """Whether something happens in a loop only after a failure."""
    return any(here.kind == "except" and here.first > loop.first for here in module.block_path(block))


def _is_kept(module: ModuleIndex, key: str, sent: _Sent) -> bool:
    """Whether a list outlives the function, which adds to it: an attribute, a global, or a parameter that gets the answer too."""
    if any(order < sent.order for order in _fresh(module, sent.scope, key)):
        return False
    root, _, attribute = key.partition(".")
    name: ex.Expr = ex.Name(sent.expression.start, sent.expression.end, root)
    if attribute:
        name = ex.Attribute(name.start, name.end, name, attribute)
    state = kept_state(module, sent.scope, sent.order, [name])
    if module.parameter(sent.scope, key) is not None and key in state.keys:
        return any(order > sent.order for order, _ in _additions(module, sent.scope, key))
    return key in state.keys or state.is_global


def _callers_of(evaluator: Evaluator, parameter: str, sent: _Sent) -> Iterator[_Sent]:
    """What the callers of a function hand over as one of its parameters."""
    for use in evaluator.callers.uses(sent.module, sent.scope)[:_MOST_USES]:
        place = evaluator.place(use.module, use.fact.scope, use.fact.block, use.fact.order)
        function = as_called(evaluator, use.function, place, Function(sent.module, sent.scope))
        given = _given(function, use, parameter)
        if given is not None:
            yield _Sent(use.module, given, use.fact.scope, use.fact.block, use.fact.order)


def _given(function: Function, use: Use, parameter: str) -> ex.Expr | None:
    """What a use of a function gives to one of its parameters."""
    if use.argument is not None:
        return None
    return next((bound.argument.value for bound in bind(function, use.given) if bound.name == parameter), None)
