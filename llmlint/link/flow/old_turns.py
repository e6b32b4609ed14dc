"""Whether the older messages of a list are rewritten on each turn, such as tool results that are cut once they are three turns old.

A request then differs from the one before as far from its end as the messages are left alone, and no cache entry is ever read again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import key_of, keys_in
from llmlint.link.names.nodes import nodes_of
from llmlint.link.program.program import Program
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block
from llmlint.source import Span

# `messages[:-3]`, `indices[1:-keep]`
_ALL_BUT_LAST = re.compile(r"\s*\[[^\[\]:]*:\s*-[^\[\]:]+\]")
# What makes a message anew with another content: `msg.model_copy(update={…})`, `replace(msg, content=…)`.
_COPIES = frozenset({"model_copy", "replace", "_replace", "evolve"})


def rewrites_old_turns(program: Program, module: ModuleIndex, scope: int, key: str) -> bool:
    """Whether a function changes the messages of a list that stand some places before its end, or makes others of them."""
    nodes = list(nodes_of(module, scope))
    found = [node for node in nodes if _is_before_end(program, module, node)]
    if not found:
        return False
    derived = _derived(module, scope, key)
    return any(derived & keys_in(module, node) for node in found) and _is_rewritten(module, scope, key, derived, nodes)


def rewrites_in_loop(program: Program, module: ModuleIndex, scope: int, key: str) -> bool:
    """The same for a function that does more than that: a loop over the messages before the end changes them."""
    loops = (loop for loop in module.blocks_of(scope) if loop.kind == "for" and loop.head is not None)
    return any(
        any(_is_before_end(program, module, node) and key in keys_in(module, node) for node in ex.walk(loop.head))
        and _changes_items(module, scope, loop, _targets(loop))
        for loop in loops
        if loop.head is not None
    )


def _is_before_end(program: Program, module: ModuleIndex, node: ex.Expr) -> bool:
    """Whether an expression takes what stands before the end of a list, or counts up to there: `messages[:-3]`, `len(messages) - 3`."""
    if isinstance(node, ex.Subscript):
        text = program.code(Span(module.path, node.value.end, node.end))
        return isinstance(node.index, ex.Other) and _ALL_BUT_LAST.match(text) is not None
    if isinstance(node, ex.Operation) and node.operator == "-" and len(node.operands) == 2:
        first, second = node.operands
        is_last = isinstance(second, ex.Constant) and second.value == 1
        return isinstance(first, ex.Call) and ex.dotted_name(first.func) == "len" and not is_last
    return False


def _derived(module: ModuleIndex, scope: int, key: str) -> set[str]:
    """The names of a function that are made from a list, or go over it."""
    found = {key}
    sources = [(each.name, each.value) for each in module.bindings_by_scope.get(scope) if each.value is not None]
    sources += [(name, loop.head) for loop in module.blocks_of(scope) if loop.head is not None for name in _targets(loop)]
    is_changed = True
    while is_changed:
        more = {name for name, value in sources if name not in found and found & keys_in(module, value)}
        is_changed = bool(more)
        found |= more
    return found


def _targets(loop: Block) -> set[str]:
    nodes = ex.walk(loop.target) if loop.target is not None and loop.kind in ("for", "comprehension") else ()
    return {node.id for node in nodes if isinstance(node, ex.Name)}


def _is_rewritten(module: ModuleIndex, scope: int, key: str, derived: set[str], nodes: list[ex.Expr]) -> bool:
    """Whether messages are changed, or made anew, in a loop or comprehension over the list or a part of it."""
    for loop in module.blocks_of(scope):
        if loop.kind not in ("for", "comprehension") or loop.head is None or not derived & keys_in(module, loop.head):
            continue
        targets = _targets(loop)
        if loop.kind == "for" and _changes_items(module, scope, loop, targets | {key}):
            return True
        inside = (node for node in nodes if loop.start <= node.start < loop.end)
        if any(_is_new_message(module, node, targets) for node in inside):
            return True
    return False


def _changes_items(module: ModuleIndex, scope: int, loop: Block, names: set[str]) -> bool:
    """Whether a loop sets items or attributes of some names: `message["content"] = …`, `messages[i] = …`."""
    return any(
        loop.first < store.order < loop.last and store.scope == scope and key_of(store.target) in names
        for store in module.stores_by_scope.get(scope)
    )


def _is_new_message(module: ModuleIndex, node: ex.Expr, names: set[str]) -> bool:
    """`{**message, "content": …}`, `message | {"content": …}`, `replace(message, content=…)`."""
    if isinstance(node, ex.Mapping):
        spread = [value for name, value in node.items if name is None]
        return len(node.items) > len(spread) and any(names & keys_in(module, value) for value in spread)
    if isinstance(node, ex.Operation) and node.operator == "|":
        return any(names & keys_in(module, each) for each in node.operands) and any(
            isinstance(each, ex.Mapping) for each in node.operands
        )
    if isinstance(node, ex.Call) and ex.last_name(node.func) in _COPIES:
        return any(names & keys_in(module, each) for each in _objects(node))
    return False


def _objects(call: ex.Call) -> Iterator[ex.Expr]:
    if isinstance(call.func, ex.Attribute):
        yield call.func.value
    if call.args:
        yield call.args[0].value
