"""Whether a list of messages outlives the function that sends it: state of an object or module, or what is stored where it came from."""

from __future__ import annotations

import re
from collections.abc import Iterator

from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.flow.helper_additions import added_by_helpers
from llmlint.link.flow.list_changes import additions, makes_longer
from llmlint.link.flow.message_lists import TAKES_OUT, Sent, members_sent
from llmlint.link.flow.state import is_module_list, kept_state
from llmlint.link.names.effects import ADDS
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import key_of, keys_in, path_of
from llmlint.link.values.known_calls import BUILTINS
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding

_SAVES = re.compile(r"^(save|store|append|add|insert|put|write|update|persist|record|push|set|create|execute|dump|rpush)")


def is_kept(evaluator: Evaluator, key: str, keys: dict[str, bool], sent: Sent) -> bool:
    """Whether a list outlives the function, which adds to it: an attribute, a global, a parameter that gets the answer too, or what is
    stored where it came from."""
    module, scope, order = sent.module, sent.scope, sent.order
    if _is_of_session(module, key, sent):
        return True
    bindings = [binding for binding in module.bindings(scope, key) if binding.kind != "global"]
    if "." not in key and any(binding.scope == scope for binding in bindings) and not _is_global(module, scope, key):
        parameter = module.parameter(scope, key)
        if parameter is None or any(binding.order < order and not _keeps(module, key, binding) for binding in bindings):
            return _is_fetched(module, key, sent) or _is_saved(module, key, sent)
    if any(at < order for at in _fresh_whole(module, scope, key)):
        return False
    root, _, attribute = key.partition(".")
    name: ex.Expr = ex.Name(sent.expression.start, sent.expression.end, root)
    if attribute:
        name = ex.Attribute(name.start, name.end, name, attribute)
    parameter = module.parameter(scope, key)
    aliases = [alias for alias in keys if alias != key and _is_alias(module, scope, alias, key)]
    changed = [
        at for each in (key, *aliases) for at, _ in additions(module, scope, each, members=members_sent(evaluator, each, sent))
    ]
    changed += list(_stored_longer(module, scope, key, [each for each, is_list in keys.items() if is_list]))
    changed += [fact.order for fact in added_by_helpers(evaluator, key, sent)]
    if parameter is not None:
        # A mutable default is made once and kept.
        if isinstance(parameter.default, (ex.Sequence, ex.Mapping)):
            return bool(changed)
        return any(at > order for at in changed)
    if "." in key:
        state = kept_state(module, scope, order, [name])
        return key in state.keys or bool(changed)
    if _is_global(module, scope, key) or (not bindings and is_module_list(module, key)):
        return bool(changed) or kept_state(module, scope, order, [name]).is_global
    return False


def _keeps(module: ModuleIndex, key: str, binding: Binding) -> bool:
    return binding.value is not None and (binding.kind == "augment" or key in keys_in(module, binding.value))


def _fresh_whole(module: ModuleIndex, scope: int, key: str) -> Iterator[int]:
    """Where a function starts a list anew, on all paths."""
    for binding in module.bindings(scope, key):
        is_own = binding.scope == scope and binding.kind not in ("augment", "global") and binding.value is not None
        if (
            is_own
            and binding.value is not None
            and key not in keys_in(module, binding.value)
            and not module.conditions(binding.block)
        ):
            yield binding.order
    for store in module.stores_by_root.get((scope, key.split(".")[0])):
        is_whole = isinstance(store.target, ex.Attribute) and key_of(store.target) == key
        if is_whole and not store.operator and store.value is not None and key not in keys_in(module, store.value):
            if not module.conditions(store.block):
                yield store.order


def _is_global(module: ModuleIndex, scope: int, key: str) -> bool:
    return scope != 0 and any(binding.kind == "global" for binding in module.bindings(scope, key))


def _is_alias(module: ModuleIndex, scope: int, alias: str, key: str) -> bool:
    """Whether a local name is the same object as something in `key`: `turns = sessions.setdefault(user, [])`, `turns = self.turns`."""
    for binding in module.bindings(scope, alias):
        value = binding.value
        if isinstance(value, ex.Operation) and value.operator == "or":
            value = value.operands[0]
        if isinstance(value, ex.Call) and isinstance(value.func, ex.Attribute) and value.func.attr in TAKES_OUT:
            value = value.func.value
        if isinstance(value, (ex.Name, ex.Attribute, ex.Subscript)) and key_of(value) == key and not binding.path:
            return not (isinstance(value, ex.Subscript) and isinstance(value.index, ex.Other))
    return False


def _stored_longer(module: ModuleIndex, scope: int, key: str, names: list[str]) -> Iterator[int]:
    """Where a function puts a list back with more in it: `sessions[user] = turns + [answer]`."""
    for store in module.stores_by_root.get((scope, key.split(".")[0])):
        if key_of(store.target) == key and store.value is not None:
            if any(makes_longer(module, name, store.value, store.operator) for name in names):
                yield store.order


def _is_of_session(module: ModuleIndex, key: str, sent: Sent) -> bool:
    """Whether the messages are held by an object of an imported module, and added to there: `st.session_state.messages`."""
    if not any(binding.kind == "import" for binding in module.bindings(0, key)):
        return False
    held = {
        path_of(node)
        for node in ex.walk(sent.expression)
        if isinstance(node, (ex.Attribute, ex.Subscript)) and key_of(node) == key
    }
    for fact in module.calls_by_root.get((sent.scope, key)):
        func = fact.call.func
        if isinstance(func, ex.Attribute) and func.attr in ADDS and len(path := path_of(func.value)) > 2 and path in held:
            return True
    return False


def _is_fetched(module: ModuleIndex, key: str, sent: Sent) -> bool:
    """Whether a local name is an object that is kept elsewhere and gets the answer: `session = find(id); … session.turns.append(answer)`."""
    scope = sent.scope
    makers = [
        binding.value for binding in module.bindings(scope, key) if binding.order < sent.order and binding.value is not None
    ]
    if not makers or not all(_takes_from_elsewhere(maker) for maker in makers):
        return False
    return any(
        fact.order > sent.order
        and isinstance(fact.call.func, ex.Attribute)
        and fact.call.func.attr in ADDS
        and isinstance(fact.call.func.value, ex.Attribute)
        and key_of(fact.call.func.value) == key
        for fact in module.calls_by_root.get((scope, key))
    )


def _takes_from_elsewhere(value: ex.Expr) -> bool:
    while isinstance(value, ex.Await):
        value = value.value
    if isinstance(value, ex.Subscript):
        return not isinstance(value.index, ex.Other)
    # A constructor makes a new one.
    return isinstance(value, ex.Call) and bool(value.args) and not (ex.last_name(value.func) or "X")[:1].isupper()


def _is_saved(module: ModuleIndex, key: str, sent: Sent) -> bool:
    """Whether messages that a function loads are saved again with the answer, in the place from which they came."""
    scope = sent.scope
    sources: set[str] = set()
    for binding in module.bindings(scope, key):
        if binding.value is not None and binding.order < sent.order:
            for node in ex.walk(binding.value):
                if isinstance(node, ex.Call):
                    sources |= _handles(module, scope, node)
    if not sources:
        return False
    is_longer = any(True for _ in additions(module, scope, key))
    for fact in module.calls_by_scope.get(scope):
        if fact.order <= sent.order or not _SAVES.match(ex.last_name(fact.call.func) or "") or fact.call is sent.call:
            continue
        if isinstance(fact.call.func, ex.Attribute) and key_of(fact.call.func.value) == key:
            continue
        nodes = [node for argument in fact.call.args for node in ex.walk(argument.value)]
        saves_list = is_longer and any(isinstance(node, ex.Name) and node.id == key for node in nodes)
        saves_answer = any(isinstance(node, ex.Constant) and node.value == "assistant" for node in nodes)
        if (saves_list or saves_answer) and sources & _handles(module, scope, fact.call):
            return True
    return False


def _handles(module: ModuleIndex, scope: int, call: ex.Call) -> set[str]:
    """What a call names the place by that it reads from or writes to: a store, a thread, a path; not modules."""
    found: set[str] = set()
    for name in keys_in(module, call):
        opened = [b.value for b in module.bindings(scope, name) if b.kind == "with" and b.value is not None]
        found |= {inner for value in opened for inner in keys_in(module, value)} if opened else {name}
    named = {binding.name for binding in module.bindings_by_scope.get(0) if binding.kind in ("def", "class")}
    imported = {
        binding.name for binding in module.bindings_by_scope.get(0) if binding.kind == "import" and binding.member is None
    }
    receiver = ex.dotted_name(call.func.value) if isinstance(call.func, ex.Attribute) else None
    if receiver is not None and "." in receiver:
        found.add(receiver)  # `cl.user_session`, which is an object of a module.
    return {name for name in found if name not in named | imported and name not in BUILTINS}
