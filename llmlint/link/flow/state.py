"""What a function keeps from one call to the next: a history in an attribute, a global list, an object that it was given."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from llmlint.link.flow import answers_by_key
from llmlint.link.flow.kept_in_files import is_kept_in_file
from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.names.keys import key_of, keys_in
from llmlint.link.program.memo import Memo
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block, CallFact

_GROWS = frozenset(
    {"append", "extend", "insert", "add", "add_message", "appendleft", "add_user_message", "add_assistant_message", "push"}
)
# Methods of a memory, a store or an index that keep what they are given.
_REMEMBERS = _GROWS | {
    "store", "remember", "save_context", "upsert", "add_texts", "add_documents", "add_memory", "save", "learn", "index", "ingest", "put", "record"
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class State:
    """State that requests are made from and that the call changes. `keys` are names as the function at hand sees them (`self.history`,
    `messages`); `is_global` where it is the module's own."""

    keys: frozenset[str] = frozenset()
    is_global: bool = False


_READ: Memo[tuple[int, int, bool, frozenset[str]], frozenset[str]] = Memo()
_MADE_OF: Memo[tuple[int, str], tuple[_Made, ...]] = Memo()


def read_keys(module: ModuleIndex, scope: int, sent: Iterable[ex.Expr], order: int, *, of_items: bool = True) -> frozenset[str]:
    """All names of a function that what is sent is made from; without `of_items`, not those whose items a loop around the call goes over."""
    named = frozenset(key for expression in sent for key in keys_in(module, expression))
    return _READ.get(module, (scope, order, of_items, named), lambda: _find_read(module, scope, named, order, of_items))


def _find_read(module: ModuleIndex, scope: int, named: frozenset[str], order: int, of_items: bool) -> frozenset[str]:
    found: set[str] = set()
    pending = sorted(named)
    steps = 0
    while pending and steps < 400:
        steps += 1
        key = pending.pop()
        if key in found:
            continue
        found.add(key)
        for made in _MADE_OF.get(module, (scope, key), partial(_made_of, module, scope, key)):
            if made.order < order and (of_items or made.loop is None or not made.loop.first < order < made.loop.last):
                pending += made.keys
    return frozenset(found)


class _Made(NamedTuple):
    """What something is made from, and where. `loop`: of whose items."""

    order: int
    keys: tuple[str, ...]
    loop: Block | None = None


def _made_of(module: ModuleIndex, scope: int, key: str) -> tuple[_Made, ...]:
    """All that something is made from in a function, found once for all requests of it."""
    if "." in key:
        # What a method of the object makes the prompt of.
        return (_Made(-1, tuple(sorted(inner for inner in _read_by_method(module, scope, key) if "." in inner))),)
    found = []
    for binding in module.bindings(scope, key):
        loop = module.blocks[binding.block] if binding.kind == "for" else None
        if binding.value is not None:
            found.append(_Made(binding.order, tuple(sorted(keys_in(module, binding.value))), loop))
    for fact in module.calls_by_root.get((scope, key)):
        if isinstance(fact.call.func, ex.Attribute) and fact.call.func.attr in _GROWS | {"update"}:
            keys = {inner for argument in fact.call.args for inner in keys_in(module, argument.value)}
            found.append(_Made(fact.order, tuple(sorted(keys))))
    for store in module.stores_by_root.get((scope, key)):
        if store.value is not None:
            found.append(_Made(store.order, tuple(sorted(keys_in(module, store.value)))))
    return tuple(found)


def _read_by_method(module: ModuleIndex, scope: int, key: str) -> set[str]:
    """What a method of the same object reads, where `self.method` names one."""
    owner = module.enclosing_class(scope)
    bindings = module.members[owner.id].get(key.split(".", 1)[1], ()) if owner is not None else ()
    methods = {binding.scope_id for binding in bindings if binding.kind == "def"}
    read: set[str] = set()
    for leave in (leave for method in methods if method is not None for leave in module.exits_by_scope.get(method)):
        if leave.value is not None:
            read |= keys_in(module, leave.value)
    values = (
        b.value for method in methods if method is not None for b in module.bindings_by_scope.get(method) if b.value is not None
    )
    return read.union(*(keys_in(module, value) for value in values))


def relevant_parameters(module: ModuleIndex, scope: int, sent: Iterable[ex.Expr], order: int) -> frozenset[str]:
    """The parameters of a function that reach what it sends."""
    return read_keys(module, scope, sent, order) & {parameter.name for parameter in module.scopes[scope].parameters}


def read_from_outside(module: ModuleIndex, scope: int, sent: Iterable[ex.Expr], order: int, use: CallFact) -> list[ex.Expr]:
    """What a function reads for its request without being given it, as expressions at a use of it: attributes of the object that both are
    methods of, and names of the function or module that it is used in."""
    found: list[ex.Expr] = []
    owner, user = module.enclosing_class(scope), module.enclosing_class(use.scope)
    for key in sorted(read_keys(module, scope, sent, order)):
        root, _, attribute = key.partition(".")
        name = ex.Name(use.call.start, use.call.end, root)
        if attribute:
            if owner is not None and owner is user and ex.root_name(use.call.func) == root:
                found.append(ex.Attribute(name.start, name.end, name, attribute))
        elif home_of(module, scope, key) == use.scope != scope:
            found.append(name)
    return found


def read_from_around(module: ModuleIndex, scope: int, sent: Iterable[ex.Expr], order: int, use: CallFact) -> list[ex.Expr]:
    """What a lambda or inner function reads of the function around it for its request: names of that, and its own defaults."""
    here = module.scopes[scope]
    found: list[ex.Expr] = []
    for key in sorted(read_keys(module, scope, sent, order)):
        parameter = module.parameter(scope, key)
        if parameter is not None and parameter.default is not None:
            found.append(parameter.default)
        elif "." not in key and home_of(module, scope, key) == here.parent:
            found.append(ex.Name(use.call.start, use.call.end, key))
    return found


def home_of(module: ModuleIndex, scope: int, name: str) -> int | None:
    """The function around a place, or the module, that binds a name."""
    current: int | None = scope
    while current is not None:
        if module.parameter(current, name) is not None or module.bindings(current, name):
            return current
        current = module.scopes[current].parent
    return None


def kept_state(module: ModuleIndex, scope: int, order: int, sent: Sequence[ex.Expr], source: ex.Expr | None = None) -> State:
    """The state that outlives a function and that its own requests are made from. `source` is the request, or the call that leads to it."""
    is_global = source is not None and is_kept_in_file(module, scope, order, sent, source)
    if scope == 0 or is_global:
        return State(frozenset(), is_global)
    keys: set[str] = set()
    parameters = {parameter.name for parameter in module.scopes[scope].parameters}
    read = read_keys(module, scope, sent, order, of_items=False)
    may_keep = source is not None and (
        bool(answers_by_key.fillings(module, scope) or module.stores_by_scope.get(scope))
        or any(binding.kind == "global" for binding in module.bindings_by_scope.get(scope))
    )
    names = answers_by_key.names_with(module, scope, source) if source is not None and may_keep else set[str]()
    sent_whole = _sent_whole(module, scope, order, sent, source, names) if source is not None and may_keep else set[str]()
    for key in read | {each for each in sent_whole if "." not in each}:
        takes = key in sent_whole or (source is not None and _takes_answer(module, scope, key, source, names))
        if key.startswith(("self.", "cls.")):
            if takes or _class_grows(module, scope, key):
                keys.add(key)
        elif key in parameters:
            is_given = not module.reaching(key, Point(scope, module.scopes[scope].block, order))
            if is_given and (takes or _grows(module, scope, key)):
                keys.add(key)
        else:
            is_global = is_global or _GLOBAL.get(module, (scope, key), partial(_is_of_module, module, scope, key))
            if source is not None and may_keep and not is_global:
                is_own_dict = takes and not module.bindings(scope, key) and is_module_list(module, key)
                is_global = is_own_dict or _is_set_for_all(module, scope, key, source, names)
    return State(frozenset(keys), is_global)


_GLOBAL: Memo[tuple[int, str], bool] = Memo()


def _is_of_module(module: ModuleIndex, scope: int, key: str) -> bool:
    """Whether a function adds to a list or dict of the module that it reads by a name, or by a function that it calls."""
    if not module.bindings(scope, key) and is_module_list(module, key) and _grows(module, scope, key):
        return True
    # A function reads from the memory that this one adds to.
    used = _used_by(module, key)
    return any(is_module_list(module, each) and _grows(module, scope, each, _REMEMBERS) for each in used)


def _sent_whole(
    module: ModuleIndex, scope: int, order: int, sent: Sequence[ex.Expr], source: ex.Expr, names: set[str]
) -> set[str]:
    """The dicts that a function puts answers into, and of which its request has more than one item. `names` hold an answer."""
    dicts = answers_by_key.filled(module, scope, source, names)
    if not dicts:
        return set()
    expressions = list(sent)
    for key in sorted(read_keys(module, scope, sent, order)):
        expressions += [b.value for b in module.bindings(scope, key) if b.value is not None and b.order < order]
        for function in _functions_named(module, scope, key):
            expressions += [leave.value for leave in module.exits_by_scope.get(function) if leave.value is not None]
            expressions += [b.value for b in module.bindings_by_scope.get(function) if b.value is not None]
    found = answers_by_key.has_whole(module, expressions, dicts)
    return {".".join(name.split(".")[: 2 if name.startswith(("self.", "cls.")) else 1]) for name in found}


def _functions_named(module: ModuleIndex, scope: int, key: str) -> list[int]:
    """The methods of the same object, or the function of the file, that a key names."""
    root, _, attribute = key.partition(".")
    owner = module.enclosing_class(scope) if attribute and root in ("self", "cls") else None
    bindings = module.members[owner.id].get(attribute, ()) if owner is not None else () if attribute else module.bindings(0, root)
    return [each.scope_id for each in bindings if each.kind == "def" and each.scope_id is not None]


def _is_set_for_all(module: ModuleIndex, scope: int, key: str, source: ex.Expr, names: set[str]) -> bool:
    """Whether a function sets a name of the module to something made from the answer: `global LABELS`, `LABELS = LABELS + [answer]`."""
    bindings = module.bindings(scope, key)
    return any(each.kind == "global" for each in bindings) and any(
        each.scope == scope and each.value is not None and answers_by_key.holds(module, each.value, source, names)
        for each in bindings
    )


def is_shared_default(module: ModuleIndex, scope: int, name: str, given: Iterable[tuple[str | None, ex.Expr]]) -> bool:
    """Whether a parameter that is not among the given ones is one list or dict for all calls: `def ask(text, history=[])`."""
    parameter = module.parameter(scope, name)
    is_given = any(each in (name, None) for each, _ in given)
    return parameter is not None and not is_given and isinstance(parameter.default, (ex.Sequence, ex.Mapping, ex.Call))


def _takes_answer(module: ModuleIndex, scope: int, key: str, source: ex.Expr, names: set[str]) -> bool:
    """Whether a function sets an attribute, or a fixed item, to the answer or to something made from it."""
    return any(
        store.value is not None
        and not store.operator
        and key_of(store.target) == key
        and _is_fixed(store.target)
        and answers_by_key.holds(module, store.value, source, names)
        for store in module.stores_by_root.get((scope, key.split(".")[0]))
    )


def _is_fixed(target: ex.Expr) -> bool:
    """Whether a target is the same place each time: `state.board`, `memory["last"]`, but not `rows[i]`."""
    while isinstance(target, (ex.Attribute, ex.Subscript)):
        if isinstance(target, ex.Subscript) and not isinstance(target.index, ex.Constant):
            return False
        target = target.value
    return True


def _used_by(module: ModuleIndex, function: str) -> set[str]:
    """The objects of which a function of the module calls methods."""
    scopes = (binding.scope_id for binding in module.bindings(0, function) if binding.kind == "def")
    facts = (fact for scope in scopes if scope is not None for fact in module.calls_by_scope.get(scope))
    roots = (ex.root_name(fact.call.func) for fact in facts if isinstance(fact.call.func, ex.Attribute))
    return {root for root in roots if root is not None}


def _grows(module: ModuleIndex, scope: int, key: str, methods: frozenset[str] = _GROWS) -> bool:
    """Whether a function adds to an object by name."""
    return any(_adds(fact, methods) and key_of(_receiver(fact)) == key for fact in module.calls_by_root.get((scope, key)))


def _adds(fact: CallFact, methods: frozenset[str] = _GROWS) -> bool:
    return isinstance(fact.call.func, ex.Attribute) and fact.call.func.attr in methods


def _receiver(fact: CallFact) -> ex.Expr:
    assert isinstance(fact.call.func, ex.Attribute)
    return fact.call.func.value


def is_module_list(module: ModuleIndex, key: str) -> bool:
    """Whether the module gives a name a list, a dict, or what a call makes."""
    return any(isinstance(b.value, (ex.Sequence, ex.Mapping, ex.Call)) for b in module.bindings(0, key))


def _class_grows(module: ModuleIndex, scope: int, key: str) -> bool:
    """Whether methods of the class add to an attribute, or make it anew from itself, outside its constructor."""
    owner = module.enclosing_class(scope)
    if owner is None:
        return False
    attribute = key.split(".", 1)[1]
    for fact in module.calls_on_member.get(attribute):
        if _adds(fact) and key_of(_receiver(fact)) == key and module.is_method_of(fact.scope, owner.id):
            return True
    for store in module.attribute_stores.get(attribute):
        if store.operator and module.is_method_of(store.scope, owner.id) and key_of(store.target) == key:
            return True
        if store.value is not None and key in keys_in(module, store.value) and module.scopes[store.scope].name != "__init__":
            return module.is_method_of(store.scope, owner.id)
    return False
