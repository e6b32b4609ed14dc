"""Which values of a name go with those that the tests ahead let another name have.

`client, model, kind = pick(provider)` and `model = MODELS[provider]` choose both names by one thing, so that behind `if kind == "openai":` or
`if provider == "openai":` the model is one that goes with it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from llmlint.link.names.index import Point
from llmlint.link.values import guards
from llmlint.link.values.values import Items, Record, Text, Value
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding

if TYPE_CHECKING:
    from llmlint.link.values.evaluation import Evaluation
    from llmlint.link.values.guards import Test
    from llmlint.link.values.place import Place


def of_returned_together(evaluator: Evaluation, values: tuple[Value, ...], binding: Binding, place: Place) -> tuple[Value, ...]:
    """Those of several tuples that one statement unpacks whose other items pass the tests ahead; all where none of them does."""
    module = place.module
    if len(values) < 2 or len(binding.path) != 1 or not guards.tests_before(module, place.point):
        return values
    beside = [
        each
        for each in module.bindings_by_scope.get(binding.scope)
        if each.value is binding.value and each is not binding and len(each.path) == 1
    ]
    kept = values
    for other in beside:
        tests = guards.tests_of(module, place.point, other.name)
        if tests and list(module.reaching(other.name, place.point)) == [other]:
            index = other.path[0]
            kept = tuple(each for each in kept if not _fails(evaluator, _item(each, index), other.name, tests, place))
    return kept or values


def _item(value: Value, index: int) -> Sequence[Value]:
    is_told = isinstance(value, Items) and not value.is_open and not value.has_escaped and index < len(value.items)
    return value.items[index] if isinstance(value, Items) and is_told else ()


def of_tested_key(evaluator: Evaluation, values: tuple[Value, ...], binding: Binding, place: Place) -> tuple[Value, ...]:
    """The values without those that a table in their expression has by keys which the tests ahead rule out; all where none is left."""
    module = place.module
    if len(values) < 2 or binding.value is None or not guards.tests_before(module, place.point):
        return values
    there = Point(binding.scope, binding.block, binding.order)
    kept = values
    for table, key in _looked_up(binding.value):
        tests = guards.tests_of(module, place.point, key)
        root = key.partition(".")[0]
        if not tests or list(module.reaching(root, place.point)) != list(module.reaching(root, there)):
            continue
        for held in evaluator.evaluate(table, place.at(binding.scope, binding.block, binding.order)):
            if isinstance(held, Record):
                failing = {name for name in held.entries if _is_ruled_out(evaluator, name, key, tests, place)}
                ends = {
                    name: {each.at for each in entry.values if isinstance(each, Text)} for name, entry in held.entries.items()
                }
                others = {at for name, spans in ends.items() if name not in failing for at in spans}
                excluded = {at for name, spans in ends.items() if name in failing for at in spans} - others
                kept = tuple(each for each in kept if not (isinstance(each, Text) and each.at in excluded))
    return kept or values


def _looked_up(expression: ex.Expr) -> Iterator[tuple[ex.Expr, str]]:
    """The tables in an expression that are looked up by a name, and that name: `MODELS[provider]`, `MODELS.get(provider, "")`."""
    for node in ex.walk(expression):
        if isinstance(node, ex.Subscript):
            table, key = node.value, node.index
        elif isinstance(node, ex.Call) and isinstance(node.func, ex.Attribute) and node.func.attr == "get" and node.args:
            table, key = node.func.value, node.args[0].value
        else:
            continue
        name = ex.dotted_name(key) if isinstance(key, (ex.Name, ex.Attribute)) else None
        if name is not None:
            yield table, name


def _fails(evaluator: Evaluation, values: Sequence[Value], name: str, tests: Sequence[Test], place: Place) -> bool:
    """Whether a name with one of some values, all of which are known, does not pass some tests."""
    texts = [value.value if isinstance(value, Text) else None for value in values]
    return bool(texts) and all(text is not None and _is_ruled_out(evaluator, text, name, tests, place) for text in texts)


def _is_ruled_out(evaluator: Evaluation, text: str, name: str, tests: Sequence[Test], place: Place) -> bool:
    return any(guards.holds(evaluator, test.expression, name, text, place) is (not test.holds) for test in tests)
