"""What loops go over, and what each of their iterations is given."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from llmlint.link.values.values import (
    MOST_ALTERNATIVES,
    Class,
    Items,
    Known,
    Literal,
    Object,
    Record,
    Stability,
    Text,
    Unknown,
    Value,
    among,
    unique,
)
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding, Block
from llmlint.source import Span

if TYPE_CHECKING:
    from llmlint.link.values.evaluation import Evaluation
    from llmlint.link.values.place import Place

_MOST_ITERATIONS = 40
# Functions that give the items of what they are given, one by one.
_SAME_ITEMS = frozenset({"tqdm", "trange", "track", "sorted", "reversed", "list", "tuple", "iter"})


def places(evaluator: Evaluation, loop: Block, place: Place) -> tuple[list[Place], bool] | None:
    """Where each iteration of a loop is evaluated, and whether more may follow; None where the source does not tell over what it goes."""
    if loop.head is None or loop.is_async:
        return None
    items = _items(evaluator, loop.head, place.at(loop.scope, loop.parent or 0, loop.first))
    if items is None or items.has_escaped or len(items.items) > _MOST_ITERATIONS:
        return None
    return [place.in_round(loop.id, alternatives) for alternatives in items.items], items.is_open


def given(binding: Binding, place: Place) -> tuple[Value, ...] | None:
    """What a loop's target is in the iteration at hand; None outside of such."""
    frame = place.frame
    while frame is not None:
        if frame.loop == binding.block and frame.module is place.module:
            return frame.item
        frame = frame.outer
    return None


def taken_from(expression: ex.Expr, path: tuple[int, ...]) -> tuple[ex.Expr, tuple[int, ...]]:
    """Where the items of an iterable come from, and which part of them is taken: of `enumerate(items)`, `zip(items, others)`, `tqdm(items)`."""
    while isinstance(expression, ex.Call) and expression.args and not any(argument.star for argument in expression.args):
        name = ex.last_name(expression.func)
        given = [argument.value for argument in expression.args if argument.keyword is None]
        if name == "enumerate" and path[:1] == (1,):
            path = path[1:]
        elif name in ("zip", "zip_longest") and path and path[0] < len(given):
            given, path = given[path[0] :], path[1:]
        elif name not in _SAME_ITEMS or not given:
            break
        expression = given[0]
    return expression, path


def made_each_time(evaluator: Evaluation, value: Value) -> tuple[Value, ...] | None:
    """What each item of a list or generator can be; None where the source does not tell."""
    if isinstance(value, Items):
        is_told = not value.has_escaped and (value.further if value.is_open else len(value.items) <= MOST_ALTERNATIVES)
        if not is_told:
            return _any_of_classes(value)
        chosen = Stability.VOLATILE if value.items else Stability.VARYING
        return among((*(each for alternatives in value.items for each in alternatives), *value.further), chosen)
    if not isinstance(value, Unknown) or not isinstance(value.expression, ex.Comprehension) or value.place is None:
        return None
    expression, place = value.expression, value.place
    if expression.kind not in ("list", "generator"):
        return None
    loop = place.module.blocks[expression.block]
    return evaluator.evaluate(expression.element, place.at(loop.scope, loop.id, loop.last))


def _any_of_classes(value: Items) -> tuple[Value, ...] | None:
    """What each item of a long list of instances can be: some instance of one of their classes; None for a list with anything else."""
    if value.is_open or value.has_escaped:
        return None
    classes: dict[Class, None] = {}
    for alternatives in value.items:
        for each in alternatives:
            if not isinstance(each, Object) or not isinstance(each.of, Class):
                return None
            classes[each.of] = None
    return unique(Object(each, None, None) for each in classes)


def made_by_view(evaluator: Evaluation, view: ex.Expr, place: Place) -> tuple[Value, ...] | None:
    """What each item of `table.items()` or `table.values()` can be, for a dict display or comprehension; None where the source does not tell."""
    if not isinstance(view, ex.Call) or view.args or not isinstance(view.func, ex.Attribute):
        return None
    if view.func.attr not in ("items", "values"):
        return None
    found: list[Value] = []
    for value in evaluator.evaluate(view.func.value, place):
        made = _made_by_dict(evaluator, value, view.func.attr == "items")
        if made is None:
            return None
        found += made
    return among(found, Stability.VOLATILE)


def _made_by_dict(evaluator: Evaluation, value: Value, with_keys: bool) -> tuple[Value, ...] | None:
    if isinstance(value, Record) and value.entries and not value.is_open and not value.has_escaped:
        return tuple(each for alternatives in _of_dict(value, with_keys).items for each in alternatives)
    if isinstance(value, Record) and value.further and not value.has_escaped and not with_keys:
        return (*(each for entry in value.entries.values() for each in entry.values), *value.further)
    pair = pair_of_comprehension(value)
    if pair is None:
        return None
    key, item, there = pair
    made = evaluator.evaluate(item, there)
    return (Items((evaluator.evaluate(key, there), made), there.span(item)),) if with_keys else made


def pair_of_comprehension(value: Value) -> tuple[ex.Expr, ex.Expr, Place] | None:
    """The key and value of a dict comprehension, and where they are evaluated; None for another value."""
    if not isinstance(value, Unknown) or not isinstance(value.expression, ex.Comprehension) or value.place is None:
        return None
    element, place = value.expression.element, value.place
    if value.expression.kind != "dict" or not isinstance(element, ex.Mapping) or element.items[0][0] is None:
        return None
    loop = place.module.blocks[value.expression.block]
    return element.items[0][0], element.items[0][1], place.at(loop.scope, loop.id, loop.last)


def _items(evaluator: Evaluation, head: ex.Expr, place: Place) -> Items | None:
    if isinstance(head, ex.Call) and isinstance(head.func, ex.Attribute) and head.func.attr in ("items", "values"):
        for value in evaluator.evaluate(head.func.value, place):
            if isinstance(value, Record) and all(entry.is_certain for entry in value.entries.values()):
                return _of_dict(value, head.func.attr == "items")
        return None
    counted = head.args if isinstance(head, ex.Call) and isinstance(head.func, ex.Name) and head.func.id == "enumerate" else ()
    values = evaluator.evaluate(counted[0].value if counted else head, place)
    found = values[0] if len(values) == 1 and isinstance(values[0], Items) else None
    if found is None or not counted:
        return found
    starts = [argument.value for argument in counted[1:]]
    start = starts[0].value if starts and isinstance(starts[0], ex.Constant) else None if starts else 0
    return _counted(found, start if isinstance(start, int) else None, place.span(head))


def _counted(items: Items, start: int | None, at: Span) -> Items:
    """`enumerate(items)`."""
    pairs = []
    for number, each in enumerate(items.items):
        count = Unknown(Stability.VARYING, at) if start is None else Literal(start + number, at)
        pairs.append((Items(((count,), each), at),))
    return dataclasses.replace(items, items=tuple(pairs))


def _of_dict(value: Record, with_keys: bool) -> Items:
    found = []
    for key, entry in value.entries.items():
        name = Text((Known(key, entry.at),), entry.at)
        found.append((Items(((name,), entry.values), entry.at),) if with_keys else entry.values)
    return Items(tuple(found), value.at, value.is_open, value.has_escaped)
