"""How many items a loop goes over, where the source tells."""

from __future__ import annotations

import re
from collections.abc import Iterator

from llmlint.link.calls import runners
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.names.index import ModuleIndex
from llmlint.link.values import objects
from llmlint.link.values.place import Place
from llmlint.link.values.values import Class, Items, Literal, Record, Value
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block
from llmlint.source import Span

# Calls whose `default` is only what an option is where nobody passes another value.
_OPTIONS = frozenset({"add_argument", "option", "argument", "Option", "Argument", "Field"})
_FIRST = re.compile(r"\[\s*0?\s*:\s*(\d+)\s*\]$")


def known_items(evaluator: Evaluator, module: ModuleIndex, scope: int, loop: Block) -> int | None:
    """How many items a loop goes over at most, where the source tells. Where it can be one of several lists, the longest counts, and
    nothing is known if one of them is not."""
    if loop.head is None or loop.kind == "while":
        return None
    return _length(evaluator, loop.head, evaluator.place(module, scope, loop.parent or 0, loop.first))


def _length(evaluator: Evaluator, head: ex.Expr, place: Place) -> int | None:
    while isinstance(head, ex.Call) and head.args and _tail(head.func) in runners.WRAPPERS:
        head = head.args[0].value
    if isinstance(head, ex.Call) and head.args and not any(argument.star for argument in head.args):
        if ex.dotted_name(head.func) == "range":
            return _range(evaluator, [argument.value for argument in head.args], place)
        if _tail(head.func) == "zip":
            # The shortest ends it.
            lengths = (_length(evaluator, argument.value, place) for argument in head.args if argument.keyword is None)
            return min((length for length in lengths if length is not None), default=None)
    if isinstance(head, ex.Call) and isinstance(head.func, ex.Attribute) and head.func.attr in ("items", "keys", "values"):
        head = head.func.value
    if isinstance(head, ex.Subscript) and isinstance(head.index, ex.Other):
        sliced = _FIRST.search(evaluator.program.source(place.module.path).text[head.start : head.end])
        return int(sliced[1]) if sliced else None
    # An empty list is one that somebody else fills, or what stands in for a list that is not there.
    return _longest(_count(evaluator, value) for value in evaluator.evaluate(head, place)) or None


def _range(evaluator: Evaluator, bounds: list[ex.Expr], place: Place) -> int | None:
    if len(bounds) > 2:
        return None
    numbers = [_longest(_number(value) for value in evaluator.evaluate(bound, place)) for bound in bounds]
    if len(numbers) == 1:
        return numbers[0]
    first, last = numbers
    return None if first is None or last is None else max(last - first, 0)


def _number(value: Value) -> int | None:
    return value.value if isinstance(value, Literal) and isinstance(value.value, int) else None


def _longest(counts: Iterator[int | None]) -> int | None:
    """The largest of the alternatives, where all are known."""
    found = list(counts)
    known = [count for count in found if count is not None]
    return max(known) if known and len(known) == len(found) else None


def _count(evaluator: Evaluator, value: Value) -> int | None:
    if (
        isinstance(value, (Items, Record))
        and not value.is_open
        and not value.has_escaped
        and not _is_default(evaluator, value.at)
    ):
        return len(value.items if isinstance(value, Items) else value.entries)
    if isinstance(value, Class) and any(_is_enumeration(each) for each in objects.ancestry(evaluator, value)):
        members = value.module.members[value.scope].values()
        return sum(any(binding.kind == "assign" and binding.value is not None for binding in found) for found in members)
    return None


def _is_default(evaluator: Evaluator, at: Span) -> bool:
    """Whether a list is the default of an option, for which a user passes as many values as there are."""
    module = evaluator.program.module(at.path)
    facts = (fact for tail in _OPTIONS for fact in module.calls_by_tail.get(tail)) if module is not None else ()
    return any(fact.call.start <= at.start and at.end <= fact.call.end for fact in facts)


def _tail(func: ex.Expr) -> str:
    return (ex.dotted_name(func) or "").rpartition(".")[2]


def _is_enumeration(base: Class | str) -> bool:
    return isinstance(base, str) and base.rpartition(".")[2] in ("Enum", "StrEnum", "IntEnum")
