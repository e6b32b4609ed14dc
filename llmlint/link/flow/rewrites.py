"""Whether the next request does not begin as this one: a new history is made from an old one (compaction), as in `messages = summary_of(messages)`,
or something is put ahead of it on each turn."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.flow.message_lists import Sent, functions_called
from llmlint.link.names.effects import REMOVES
from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.names.keys import key_of, keys_in
from llmlint.scan import expressions as ex

_DEEPEST = 3


def is_rewritten(evaluator: Evaluator, key: str, sent: Sent) -> bool:
    """Whether the answer takes the place of the messages that were sent for it."""
    module = sent.module
    made = {sent.call}
    around = {here.id for here in module.block_path(sent.block)}
    answers: set[str] = set()
    loops = module.loops(sent.block)
    # Behind the loop that sends it turn by turn, a history is only done with.
    if any(
        _is_clear(fact.call, key)
        and fact.order > sent.order
        and fact.block in around
        and module.loops(fact.block)[:1] == loops[:1]
        for fact in module.calls_by_root.get((sent.scope, key.split(".")[0]))
    ):
        return True
    for value, name, block, order in _set(module, sent.scope):
        if order < sent.order or value is None:
            continue
        plain = value.value if isinstance(value, ex.Await) else value
        if name == key and plain in made and isinstance(plain, ex.Call) and _returns_anew(evaluator, plain, sent, _DEEPEST):
            return True
        holds = any(node is sent.call for node in ex.walk(value)) or bool(answers & keys_in(module, value))
        if name == key and holds and block in around and _is_made(value) and key not in keys_in(module, value):
            return True
        if holds and name != key:
            answers.add(name)
    return False


def _is_clear(call: ex.Call, key: str) -> bool:
    return isinstance(call.func, ex.Attribute) and call.func.attr == "clear" and key_of(call.func.value) == key


def is_pushed_back(key: str, sent: Sent) -> bool:
    """Whether each turn puts a message ahead of those that are there, and leaves it: `messages.insert(0, {"role": "system", …})`."""
    module, loops = sent.module, sent.module.loops(sent.block)
    facts = [
        fact
        for fact in module.calls_by_root.get((sent.scope, key.split(".")[0]))
        if isinstance(fact.call.func, ex.Attribute) and key_of(fact.call.func.value) == key
    ]
    if any(isinstance(fact.call.func, ex.Attribute) and fact.call.func.attr in REMOVES for fact in facts):
        return False
    # One that a loop around the call does not run again is there once.
    return any(
        _is_at_start(fact.call) and module.is_inside(sent.block, fact.block) and module.loops(fact.block)[:1] == loops[:1]
        for fact in facts
    )


def _is_at_start(call: ex.Call) -> bool:
    first = call.args[0].value if call.args else None
    is_insert = isinstance(call.func, ex.Attribute) and call.func.attr == "insert"
    return is_insert and isinstance(first, ex.Constant) and first.value == 0 and len(call.args) == 2


def _set(module: ModuleIndex, scope: int) -> Iterator[tuple[ex.Expr | None, str, int, int]]:
    """What a function sets, in order: value, name, block and order."""
    own = (each for each in module.bindings_by_scope.get(scope) if each.kind in ("assign", "walrus") and not each.operator)
    found = [(each.value, each.name if not each.path else "", each.block, each.order) for each in own]
    for store in module.facts.stores:
        name = key_of(store.target)
        if store.scope == scope and name is not None and not store.operator and isinstance(store.target, ex.Attribute):
            found.append((store.value, name, store.block, store.order))
    yield from sorted(found, key=lambda each: each[3])


def _returns_anew(evaluator: Evaluator, call: ex.Call, sent: Sent, depth: int) -> bool:
    """Whether a function may return a list that it has made, without the items that it got."""
    for module, scope, names in functions_called(evaluator, call, sent):
        for leave in module.exits_by_scope.get(scope):
            if leave.kind != "return" or leave.value is None:
                continue
            for returned in _of_names(module, scope, leave.value, leave.block, leave.order):
                plain = returned.value if isinstance(returned, ex.Await) else returned
                if _is_made(plain) and not names & {key_of(each) for each in _whole_in(plain)}:
                    return True
                inner = Sent(module, plain, scope, leave.block, leave.order, plain)
                if depth and isinstance(plain, ex.Call) and _returns_anew(evaluator, plain, inner, depth - 1):
                    return True
    return False


def _of_names(module: ModuleIndex, scope: int, expression: ex.Expr, block: int, order: int) -> Iterator[ex.Expr]:
    """An expression, or what the name that it is was bound to."""
    if not isinstance(expression, ex.Name):
        yield expression
        return
    for binding in module.reaching(expression.id, Point(scope, block, order)):
        if binding.value is not None and binding.kind == "assign":
            yield binding.value


def _is_made(expression: ex.Expr) -> bool:
    if isinstance(expression, ex.Operation):
        return expression.operator == "+" and any(_is_made(each) for each in expression.operands)
    return isinstance(expression, ex.Sequence) and expression.kind == "list" and bool(expression.items)


def _whole_in(expression: ex.Expr) -> Iterator[ex.Expr]:
    """The lists of which all items are in an expression: `[*messages, …]`, `messages + […]`."""
    if isinstance(expression, ex.Operation):
        for operand in expression.operands:
            yield from _whole_in(operand)
    elif isinstance(expression, ex.Sequence):
        yield from (item.value for item in expression.items if isinstance(item, ex.Starred))
    elif isinstance(expression, (ex.Name, ex.Attribute)):
        yield expression
