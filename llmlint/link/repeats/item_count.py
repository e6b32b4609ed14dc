"""How many items a loop goes over, where the source tells."""

from __future__ import annotations

from llmlint.link.calls import runners
from llmlint.link.names.index import ModuleIndex
from llmlint.link.values import objects
from llmlint.link.values.evaluate import Evaluator
from llmlint.link.values.values import Class, Items, Record
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block


def known_items(evaluator: Evaluator, module: ModuleIndex, scope: int, loop: Block) -> int | None:
    """How many items a loop goes over, where the source tells."""
    if loop.head is None or loop.kind == "while":
        return None
    head = loop.head
    while isinstance(head, ex.Call) and head.args and (ex.dotted_name(head.func) or "").split(".")[-1] in runners.WRAPPERS:
        head = head.args[0].value
    if isinstance(head, ex.Call) and ex.dotted_name(head.func) == "range" and len(head.args) == 1:
        value = head.args[0].value
        return value.value if isinstance(value, ex.Constant) and isinstance(value.value, int) else None
    if isinstance(head, ex.Call) and isinstance(head.func, ex.Attribute) and head.func.attr in ("items", "keys", "values"):
        head = head.func.value
    for iterable in evaluator.evaluate(head, evaluator.place(module, scope, loop.parent or 0, loop.first)):
        if isinstance(iterable, (Items, Record)) and not iterable.is_open and not iterable.has_escaped:
            return len(iterable.items if isinstance(iterable, Items) else iterable.entries)
        if isinstance(iterable, Class) and any(_is_enumeration(each) for each in objects.ancestry(evaluator, iterable)):
            members = iterable.module.members[iterable.scope].values()
            return sum(any(binding.kind == "assign" and binding.value is not None for binding in found) for found in members)
    return None


def _is_enumeration(base: Class | str) -> bool:
    return isinstance(base, str) and base.rpartition(".")[2] in ("Enum", "StrEnum", "IntEnum")
