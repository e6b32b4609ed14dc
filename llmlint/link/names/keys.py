"""What pieces of state are called: `messages`, `self.history`."""

from __future__ import annotations

from typing import Protocol

from llmlint.link.names.index import ModuleIndex
from llmlint.scan import expressions as ex


class _Slots(Protocol):
    """Places that are left out, as what an iteration writes to its own."""

    def is_own(self, key: str, chain: ex.Expr) -> bool: ...
    def is_looked_up(self, call: ex.Call) -> bool: ...
    def is_own_item(self, call: ex.Call) -> bool: ...
    def is_length(self, call: ex.Call) -> bool: ...
    def is_read_apart(self, iterable: ex.Expr, names: set[str], body: ex.Expr) -> bool: ...


def key_of(expression: ex.Expr) -> str | None:
    """What a piece of state is called: `messages`, `self.history`; items and deeper attributes belong to it."""
    parts: list[str] = []
    while isinstance(expression, (ex.Attribute, ex.Subscript)):
        if isinstance(expression, ex.Attribute):
            parts.append(expression.attr)
        expression = expression.value
    if not isinstance(expression, ex.Name):
        return None
    parts.append(expression.id)
    parts.reverse()
    return ".".join(parts[:2]) if parts[0] in ("self", "cls") else parts[0]


def path_of(expression: ex.Expr) -> tuple[object, ...]:
    """A name with its attributes and constant items, from left to right, the items in tuples of their own: `("rows", (0,), "text")` for
    `rows[0].text`. Empty for anything else."""
    steps: list[object] = []
    while isinstance(expression, (ex.Attribute, ex.Subscript)):
        if isinstance(expression, ex.Attribute):
            steps.append(expression.attr)
        elif isinstance(expression.index, ex.Constant):
            steps.append((expression.index.value,))
        else:
            return ()
        expression = expression.value
    return (expression.id, *reversed(steps)) if isinstance(expression, ex.Name) else ()


def keys_in(module: ModuleIndex, expression: ex.Expr, slots: _Slots | None = None) -> frozenset[str]:
    """The state that an expression reads, without what it reads of the places in `slots`."""
    if slots is not None:
        return frozenset(_keys_in(module, expression, slots))
    known = module.keys_read.get(expression)
    if known is None:
        known = module.keys_read[expression] = frozenset(_keys_in(module, expression, None))
    return known


def _keys_in(module: ModuleIndex, expression: ex.Expr, slots: _Slots | None) -> set[str]:
    found: set[str] = set()
    pending = [expression]
    while pending:
        node = pending.pop()
        if isinstance(node, ex.Lambda):
            pending.extend(leave.value for leave in module.exits_by_scope.get(node.scope_id) if leave.value is not None)
            continue
        if isinstance(node, ex.Comprehension):
            # Its own names are bound anew for each item.
            own = _targets_of(module, node)
            parts = [each for each in node.iterables if slots is None or not slots.is_read_apart(each, own, node.element)]
            found |= {key for part in (*parts, node.element) for key in _keys_in(module, part, slots) if key not in own}
            continue
        if isinstance(node, ex.Call) and slots is not None:
            pending.extend(node.args if not slots.is_length(node) else ())
            if not slots.is_looked_up(node) and not slots.is_own_item(node):
                pending.append(node.func.value if isinstance(node.func, ex.Attribute) else node.func)
            continue
        if isinstance(node, (ex.Attribute, ex.Subscript, ex.Name)):
            key = key_of(node)
            if key is not None:
                if slots is None or not slots.is_own(key, node):
                    found.add(key)
                while isinstance(node, (ex.Attribute, ex.Subscript)):
                    if isinstance(node, ex.Subscript):
                        pending.append(node.index)
                    node = node.value
                continue
        pending.extend(node.children())
    return found


def _targets_of(module: ModuleIndex, comprehension: ex.Comprehension) -> set[str]:
    blocks = (block for block in module.block_path(comprehension.block) if block.kind == "comprehension")
    inside = (block for block in blocks if comprehension.start <= block.start and block.end <= comprehension.end)
    targets = (block.target for block in inside if block.target is not None)
    return {node.id for target in targets for node in ex.walk(target) if isinstance(node, ex.Name)}
