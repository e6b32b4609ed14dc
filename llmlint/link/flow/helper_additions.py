"""Which calls beside a request make its list of messages longer, through functions of the program: `record(messages, response)`."""

from __future__ import annotations

import re
from collections.abc import Iterator

from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.flow.list_changes import OF_LISTS, additions, is_after_failure
from llmlint.link.flow.message_lists import Sent, list_keys, members_sent, takers
from llmlint.link.names.effects import REMOVES
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import key_of
from llmlint.link.program.memo import Memo
from llmlint.link.values.values import Class, Function, Object
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding, Block, CallFact
from llmlint.source import Span

_DEEPEST = 2
_ADDS: Memo[tuple[str, int, str, frozenset[str], int], bool] = Memo()
"""Whether a function adds to a list. Where functions call many others, each is reached on many paths."""


def added_by_helpers(evaluator: Evaluator, key: str, sent: Sent, loop: Block | None = None) -> Iterator[CallFact]:
    """The calls in a function, or in one of its loops, of what makes a list of it longer in place, or returns it with more behind it."""
    module, scope = sent.module, sent.scope
    members = members_sent(evaluator, key, sent)
    returned = {id(call): binding for binding in module.bindings(scope, key) if (call := _call_of(binding)) is not None}
    for fact in module.calls_by_scope.get(scope):
        if fact.call is sent.call or (loop is not None and not loop.first < fact.order < loop.last):
            continue
        for function, name in takers(evaluator, module, fact, key):
            binding = returned.get(id(fact.call))
            if _adds(evaluator, function, name, members) or (
                binding is not None and _returns_longer(evaluator, function, name, binding)
            ):
                yield fact
        if _may_hold(fact, key) and any(
            _adds(evaluator, function, name, members if name == key else frozenset())
            for function in _functions(evaluator, module, fact)
            for name in _names_without_argument(module, scope, key, members, function)
        ):
            yield fact


def _call_of(binding: Binding) -> ex.Call | None:
    value = binding.value.value if isinstance(binding.value, ex.Await) else binding.value
    return value if isinstance(value, ex.Call) else None


def _may_hold(fact: CallFact, key: str) -> bool:
    """Whether a call can change a list that it is not passed: a method of the same object, or a function that sees the name of the list."""
    func = fact.call.func
    if isinstance(func, ex.Name):
        return "." not in key
    if not isinstance(func, ex.Attribute) or not isinstance(func.value, ex.Name) or func.value.id != key.split(".")[0]:
        return False
    # That is known to add, whatever it is a method of; to ask for its function would follow a parameter to all callers each time.
    return func.value.id != key or func.attr not in OF_LISTS


def _functions(evaluator: Evaluator, module: ModuleIndex, fact: CallFact) -> Iterator[Function]:
    place = evaluator.place(module, fact.scope, fact.block, fact.order)
    yield from (value for value in evaluator.evaluate(fact.call.func, place) if isinstance(value, Function))


def _names_without_argument(
    module: ModuleIndex, scope: int, key: str, members: frozenset[str], function: Function
) -> Iterator[str]:
    """What a function calls a list that another one has by `key` and does not pass."""
    inner, root = function.scope, key.split(".")[0]
    receiver = function.receiver
    if "." in key:
        if function.module.enclosing_class(inner) is not None and module.method_of_self(scope, root) is not None:
            yield key
    elif isinstance(receiver, (Object, Class)):
        yield from (f"self.{each}" for each in members)
    elif function.module is module and not module.has_own_name(inner, key):
        is_around = module.scopes[inner].parent == scope
        if is_around or not module.has_own_name(scope, key):
            yield key


def _adds(evaluator: Evaluator, function: Function, name: str, members: frozenset[str], depth: int = _DEEPEST) -> bool:
    """Whether a function makes a list longer in place, and takes nothing away from it."""
    key = function.module.path, function.scope, name, members, depth
    return _ADDS.get(
        evaluator.program, key, lambda: _finds_addition(evaluator, function.module, function.scope, name, members, depth)
    )


def _finds_addition(
    evaluator: Evaluator, module: ModuleIndex, scope: int, name: str, members: frozenset[str], depth: int
) -> bool:
    own = [each for each in module.bindings(scope, name) if each.scope == scope and each.kind not in ("augment", "global")]
    root = name.split(".")[0]
    if own or any(key_of(each.target) == name and not each.operator for each in module.stores_by_root.get((scope, root))):
        return False
    on_list = [fact.call.func for fact in module.calls_by_root.get((scope, root))]
    if any(isinstance(func, ex.Attribute) and func.attr in REMOVES and key_of(func.value) == name for func in on_list):
        return False
    here = module.scopes[scope]
    code = evaluator.program.code(Span(module.path, here.start, here.end))
    if re.search(rf"\bdel\s+{re.escape(name)}\b", code) is not None:
        return False
    if any(not is_after_failure(module, block) for _, block in additions(module, scope, name, members=members)):
        return True
    return depth > 0 and any(
        _adds(evaluator, inner, inner_name, members, depth - 1)
        for fact in module.calls_by_scope.get(scope)
        for inner, inner_name in takers(evaluator, module, fact, name)
        if not is_after_failure(module, fact.block)
    )


def _returns_longer(evaluator: Evaluator, function: Function, name: str, binding: Binding) -> bool:
    """`return [*messages, answer]`: whether a function returns a list that begins with the one that it is passed and has more behind it."""
    module, scope = function.module, function.scope
    for leave in module.exits_by_scope.get(scope):
        value = leave.value
        for step in binding.path:
            value = value.items[step] if isinstance(value, ex.Sequence) and step < len(value.items) else None
        if leave.kind == "return" and value is not None and name in _start(evaluator, module, scope, value):
            return True
    return False


def _start(evaluator: Evaluator, module: ModuleIndex, scope: int, expression: ex.Expr) -> set[str]:
    """The list with which a longer one begins: `messages + […]`, `[*messages, …]`."""
    first: ex.Expr | None = None
    if isinstance(expression, ex.Operation) and expression.operator == "+":
        first = expression.operands[0]
    elif isinstance(expression, ex.Sequence) and len(expression.items) > 1 and isinstance(expression.items[0], ex.Starred):
        first = expression.items[0].value
    return {key for key, is_list in list_keys(evaluator, module, scope, first) if is_list} if first is not None else set()
