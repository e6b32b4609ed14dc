"""Where one function makes a list longer, starts it anew, or keeps only its end."""

from __future__ import annotations

from collections.abc import Container, Iterator

from llmlint.link.names.effects import ADDS, ADDS_AT_START
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import key_of, keys_in
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding, Store

# What only lists have: other methods that add may be those of a set or a store.
OF_LISTS = frozenset({"append", "extend", "insert"})


def additions(
    module: ModuleIndex, scope: int, key: str, is_list: bool = True, members: Container[str] = ()
) -> Iterator[tuple[int, int]]:
    """Where a function makes a list longer: order and block. Where it may be something else, only methods that lists have count. `members`
    are the attributes or items of an object `key` that are the list, if they are known."""
    methods = ADDS - ADDS_AT_START if is_list else OF_LISTS
    root = key.split(".")[0]

    def is_list_itself(target: ex.Expr) -> bool:
        member = member_of(target, key) if members else None
        return key_of(target) == key and (member is None or member in members)

    for fact in module.calls_by_root.get((scope, root)):
        func = fact.call.func
        if isinstance(func, ex.Attribute) and func.attr in methods and is_list_itself(func.value):
            yield fact.order, fact.block
    for binding in module.bindings(scope, key):
        if binding.value is not None and binding.scope == scope and makes_longer(module, key, binding.value, binding.operator):
            yield binding.order, binding.block
    for store in module.stores_by_root.get((scope, root)):
        if store.value is not None and makes_longer(module, key, store.value, store.operator) and is_list_itself(store.target):
            yield store.order, store.block


def member_of(target: ex.Expr, key: str) -> str | None:
    """The attribute or item of an object `key` that a target is, or belongs to: `messages` of `chat.messages` and `chat["messages"][0]`."""
    steps: list[ex.Expr] = []
    while isinstance(target, (ex.Attribute, ex.Subscript)):
        steps.append(target)
        target = target.value
    # Of `self.chat` the first attribute is a part of the key.
    first = steps[-1 - key.count(".")] if len(steps) > key.count(".") else None
    if isinstance(first, ex.Subscript):
        return first.index.value if isinstance(first.index, ex.Constant) and isinstance(first.index.value, str) else None
    return first.attr if isinstance(first, ex.Attribute) else None


def makes_longer(module: ModuleIndex, key: str, value: ex.Expr, operator: str) -> bool:
    """`messages += […]`, `messages = messages + […]`, `messages = [*messages, …]`."""
    if operator:
        return operator == "+" and not isinstance(value, (ex.Constant, ex.FormattedString))
    is_list = isinstance(value, ex.Sequence) or (isinstance(value, ex.Operation) and value.operator == "+")
    return is_list and key in keys_in(module, value)


def is_after_failure(module: ModuleIndex, block: int, since: int = 0) -> bool:
    """Whether something happens only after a failure of what is behind a point of the source."""
    return any(here.kind == "except" and here.first > since for here in module.block_path(block))


def starts_anew(module: ModuleIndex, scope: int, key: str) -> Iterator[int]:
    """Where a function starts a list anew."""
    for binding in module.bindings(scope, key):
        if binding.kind not in ("augment", "global") and binding.value is not None and key not in keys_in(module, binding.value):
            yield binding.order
    for store in module.stores_by_root.get((scope, key.split(".")[0])):
        is_whole = isinstance(store.target, ex.Attribute) and key_of(store.target) == key
        if is_whole and not store.operator and store.value is not None and key not in keys_in(module, store.value):
            yield store.order


def is_window(module: ModuleIndex, scope: int, key: str) -> bool:
    """Whether only the last items of a list are kept: `turns = turns[-10:]`, `deque(maxlen=10)`."""
    root, _, attribute = key.partition(".")
    makers: list[Binding | Store] = [
        *module.bindings(scope, key),
        *(store for store in module.stores_by_root.get((scope, root)) if key_of(store.target) == key),
        *(module.attribute_stores.get(attribute) if attribute else ()),
        *(module.bindings(0, root) if not attribute else ()),
    ]
    return any(maker.value is not None and _keeps_last(key, maker.value) for maker in makers)


def _keeps_last(key: str, value: ex.Expr) -> bool:
    for node in ex.walk(value):
        if isinstance(node, ex.Call) and ex.last_name(node.func) == "deque" and node.value("maxlen", 1) is not None:
            return True
        if isinstance(node, ex.Subscript) and isinstance(node.index, ex.Other) and key_of(node.value) == key:
            if any(
                isinstance(part, ex.Constant) and isinstance(part.value, int) and part.value < 0 for part in node.index.parts[:1]
            ):
                return True
    return False
