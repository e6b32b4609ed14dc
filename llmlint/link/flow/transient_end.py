"""What a turn sends at the end of its messages and does not keep: documents around the question, a reminder.

The next request has another text there, so that an entry of the cache which ends with it is never read.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.flow.message_lists import Sent, list_keys, lists
from llmlint.link.flow.turns import Turn
from llmlint.link.names.effects import ADDS
from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.names.keys import key_of, keys_in
from llmlint.scan import expressions as ex
from llmlint.source import Span

_COPIES = frozenset({"dict", "copy", "deepcopy"})
# Methods and functions that only read a list.
_READS = frozenset({"len", "print", "sum", "str", "debug", "info", "count_tokens"})


def transient_end(evaluator: Evaluator, turn: Turn) -> Span | None:
    """A message at the end of the request that the history of a conversation does not get, where the function of the turn shows both."""
    sent = turn.path[-1]
    name = sent.expression.id if isinstance(sent.expression, ex.Name) else None
    for key in lists(evaluator, sent):
        changed = _changed_behind(sent, key)
        if changed is not None:
            return Span(sent.module.path, changed.start, changed.end)
        if key != name and not (name is not None and _is_kept_whole(sent, name)):
            found = _not_kept(evaluator, sent, key)
            if found is not None:
                return Span(sent.module.path, found.start, found.end)
    return None


def _not_kept(evaluator: Evaluator, sent: Sent, key: str) -> ex.Expr | None:
    """The last message behind those of a list, where the list gets one with another text."""
    items = list(_behind(evaluator, sent, key))
    if items and isinstance(items[-1], ex.Name):
        return items[-1] if _is_changed(sent, items[-1].id, key) else None
    last, content = (items[-1], _item(items[-1], "content")) if items else (None, None)
    if last is None or content is None or _role(last) == "assistant" or not _is_other_text(sent, content):
        return None
    added = [each for each in _added(sent.module, sent.scope, key) if _role(each) in ("user", None)]
    kept = [text for each in added if (text := _item(each, "content")) is not None]
    sources = {_source(evaluator, sent.module, each) for each in kept}
    return last if kept and len(kept) == len(added) and _source(evaluator, sent.module, content) not in sources else None


def _changed_behind(sent: Sent, key: str) -> ex.Expr | None:
    """The last message of a list that was sent, where it is changed behind the call: `history[-1] = …`, or by its name."""
    module, scope = sent.module, sent.scope
    added = list(_appended(module, scope, key))
    following = min((order for order, _ in added if order > sent.order), default=None)
    for store in module.stores_by_root.get((scope, key.split(".")[0])):
        if sent.order < store.order and (following is None or store.order < following) and _is_of_last(store.target, key):
            return store.target
    names = [item for order, item in added if order < sent.order][-1:]
    return next((each for each in names if isinstance(each, ex.Name) and _is_stored_behind(sent, each.id)), None)


def _is_of_last(target: ex.Expr, key: str) -> bool:
    """Whether something is the last item of a list, or a part of it."""
    while isinstance(target, (ex.Subscript, ex.Attribute)):
        if isinstance(target, ex.Subscript) and key_of(target.value) == key:
            return isinstance(target.index, ex.Constant) and target.index.value == -1
        target = target.value
    return False


def _is_stored_behind(sent: Sent, name: str) -> bool:
    """Whether something in an object is set behind the call, as long as a name stands for it."""
    module, scope = sent.module, sent.scope
    anew = min((each.order for each in module.bindings(scope, name) if each.order > sent.order), default=None)
    stores = (store.order for store in module.stores_by_root.get((scope, name)))
    return any(sent.order < order and (anew is None or order < anew) for order in stores)


def _is_changed(sent: Sent, name: str, key: str) -> bool:
    """Whether a list gets something else than a message that was sent by its name: `strip_images(message)`, or the message changed in place."""
    module, scope = sent.module, sent.scope
    added = [each for each in _added(module, scope, key) if name in keys_in(module, each)]
    if any(isinstance(each, ex.Name) for each in added):
        return _is_stored_behind(sent, name)
    return bool(added) and not any(isinstance(each, ex.Call) and ex.last_name(each.func) in _COPIES for each in added)


def _is_other_text(sent: Sent, content: ex.Expr) -> bool:
    """Whether a text is put together in the function, and not one that it is passed or that another name stands for."""
    if not isinstance(content, ex.Name):
        return not isinstance(content, (ex.Attribute, ex.Subscript))
    if sent.module.parameter(sent.scope, content.id) is not None:
        return False
    values = [each.value for each in sent.module.reaching(content.id, Point(sent.scope, sent.block, sent.order))]
    return any(isinstance(value, (ex.FormattedString, ex.Operation, ex.Call)) for value in values)


def _is_kept_whole(sent: Sent, name: str) -> bool:
    """Whether the list that is sent is kept or passed on as it is: `self.history = messages`, `return messages`."""
    module, scope = sent.module, sent.scope
    stored = (store.value for store in module.stores_by_scope.get(scope))
    bound = (each.value for each in module.bindings_by_scope.get(scope) if each.name != name)
    left = (leave.value for leave in module.exits_by_scope.get(scope))
    values = [value for value in (*stored, *bound, *left) if value is not None and name in keys_in(module, value)]
    if any(not any(node is sent.call for node in ex.walk(value)) and not isinstance(value, ex.Call) for value in values):
        return True
    taking = (fact for fact in module.calls_taking.get((scope, name)) if fact.call is not sent.call)
    return any(ex.last_name(fact.call.func) not in _READS for fact in taking)


def _behind(evaluator: Evaluator, sent: Sent, key: str) -> Iterator[ex.Expr]:
    """The messages that are sent behind those of a history, where they are written."""
    yield from _behind_in(evaluator, sent, sent.expression, key)
    if isinstance(sent.expression, ex.Name):
        name = sent.expression.id
        for binding in sent.module.bindings(sent.scope, name):
            if binding.value is not None and binding.order < sent.order:
                yield from _behind_in(evaluator, sent, binding.value, key)
        yield from (item for order, item in _appended(sent.module, sent.scope, name) if order < sent.order)


def _behind_in(evaluator: Evaluator, sent: Sent, expression: ex.Expr, key: str) -> Iterator[ex.Expr]:
    """`history + [message]`, `[*history, message]`."""
    parts: Sequence[ex.Expr] = ()
    if isinstance(expression, ex.Operation) and expression.operator == "+":
        parts = expression.operands
    elif isinstance(expression, ex.Sequence):
        parts = expression.items
    is_behind = False
    for part in parts:
        inner = part.value if isinstance(part, ex.Starred) else part
        if is_behind:
            yield from inner.items if isinstance(inner, ex.Sequence) else (inner,)
        is_joined = isinstance(part, ex.Starred) or isinstance(expression, ex.Operation)
        is_behind = is_behind or (
            is_joined and any(name == key for name, _ in list_keys(evaluator, sent.module, sent.scope, inner))
        )


def _appended(module: ModuleIndex, scope: int, key: str) -> Iterator[tuple[int, ex.Expr]]:
    """What a function adds to a list by a method: order and item."""
    for fact in module.calls_by_root.get((scope, key.split(".")[0])):
        func = fact.call.func
        if isinstance(func, ex.Attribute) and func.attr in ADDS and key_of(func.value) == key and fact.call.args:
            last = fact.call.args[-1].value
            for item in last.items if isinstance(last, ex.Sequence) else (last,):
                yield fact.order, item


def _added(module: ModuleIndex, scope: int, key: str) -> Iterator[ex.Expr]:
    """What a function adds to a list: by a method, or by `+=`."""
    yield from (item for _, item in _appended(module, scope, key))
    longer = [each.value for each in module.bindings(scope, key) if each.operator == "+"]
    longer += [
        store.value
        for store in module.stores_by_root.get((scope, key.split(".")[0]))
        if key_of(store.target) == key and store.operator == "+"
    ]
    for value in longer:
        if isinstance(value, ex.Sequence):
            yield from value.items


def _item(message: ex.Expr, name: str) -> ex.Expr | None:
    if isinstance(message, ex.Mapping):
        return next((value for key, value in message.items if isinstance(key, ex.Constant) and key.value == name), None)
    return message.value(name) if isinstance(message, ex.Call) else None


def _role(message: ex.Expr) -> str | None:
    role = _item(message, "role")
    return role.value if isinstance(role, ex.Constant) and isinstance(role.value, str) else None


def _source(evaluator: Evaluator, module: ModuleIndex, expression: ex.Expr) -> str:
    # The whole text is not read: a change of another function's body is to count for nothing.
    return "".join(evaluator.program.code(Span(module.path, expression.start, expression.end)).split())
