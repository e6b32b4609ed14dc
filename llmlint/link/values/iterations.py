"""Loops and comprehensions over items that the source tells: what each round makes, one after another."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from llmlint.link.values.values import Items, Known, Record, Text, Unknown, Value
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding, Block

if TYPE_CHECKING:
    from llmlint.link.values.evaluation import Evaluation
    from llmlint.link.values.place import Place

_MOST_ROUNDS = 40
_CONDITION = re.compile(r"\bif\b")


def places(evaluator: Evaluation, loop: Block, place: Place) -> list[Place] | None:
    """Where each round of a loop is evaluated; None where the source does not tell over what it goes."""
    if loop.head is None or loop.is_async:
        return None
    items = _items(evaluator, loop.head, place.at(loop.scope, loop.parent or 0, loop.first))
    if items is None or items.is_open or items.has_escaped or len(items.items) > _MOST_ROUNDS:
        return None
    return [place.in_round(loop.id, alternatives) for alternatives in items.items]


def given(binding: Binding, place: Place) -> tuple[Value, ...] | None:
    """What a loop's target is in the round at hand; None outside such rounds."""
    frame = place.frame
    while frame is not None:
        if frame.loop == binding.block and frame.module is place.module:
            return frame.item
        frame = frame.outer
    return None


def comprehension(evaluator: Evaluation, expression: ex.Comprehension, place: Place) -> Items | None:
    """The items of a list or generator; None where the source does not tell them."""
    module = place.module
    if expression.kind not in ("list", "generator") or len(expression.iterables) != 1:
        return None
    head = evaluator.program.source(module.path).text[expression.iterables[0].end : expression.end]
    loop = module.blocks[expression.block]
    there = places(evaluator, loop, place) if not _CONDITION.search(head) else None
    if there is None:
        return None
    items = (evaluator.evaluate(expression.element, each.at(loop.scope, loop.id, loop.last)) for each in there)
    return Items(tuple(items), place.span(expression))


def made_each_time(evaluator: Evaluation, value: Value) -> tuple[Value, ...] | None:
    """What each item is of a list or generator that a comprehension makes over items which the source does not tell."""
    if not isinstance(value, Unknown) or not isinstance(value.expression, ex.Comprehension) or value.place is None:
        return None
    expression, place = value.expression, value.place
    if expression.kind not in ("list", "generator"):
        return None
    loop = place.module.blocks[expression.block]
    return evaluator.evaluate(expression.element, place.at(loop.scope, loop.id, loop.last))


def _items(evaluator: Evaluation, head: ex.Expr, place: Place) -> Items | None:
    if isinstance(head, ex.Call) and isinstance(head.func, ex.Attribute) and head.func.attr in ("items", "values"):
        for value in evaluator.evaluate(head.func.value, place):
            if isinstance(value, Record) and all(entry.is_certain for entry in value.entries.values()):
                return _of_dict(value, head.func.attr == "items")
        return None
    values = evaluator.evaluate(head, place)
    return values[0] if len(values) == 1 and isinstance(values[0], Items) else None


def _of_dict(value: Record, with_keys: bool) -> Items:
    found = []
    for key, entry in value.entries.items():
        name = Text((Known(key, entry.at),), entry.at)
        found.append((Items(((name,), entry.values), entry.at),) if with_keys else entry.values)
    return Items(tuple(found), value.at, value.is_open, value.has_escaped)
