"""Which values of a name go with those that the tests ahead let another name have.

`client, model, kind = pick(provider)` and `model = MODELS[provider]` choose both names by one thing, so that behind `if kind == "openai":` or
`if provider == "openai":` the model is one that goes with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING

from llmlint.link.names.index import Point
from llmlint.link.values import guards
from llmlint.link.values.values import Items, Record, Text, Value
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding

if TYPE_CHECKING:
    from llmlint.link.names.index import ModuleIndex
    from llmlint.link.values.evaluation import Evaluation
    from llmlint.link.values.guards import Test
    from llmlint.link.values.place import Place
    from llmlint.source import Span

# Tables in tables, as deep as settings of a provider mostly are.
_DEEPEST = 3


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
    for table, key, at in looked_up(module, binding.value, there):
        tests = guards.tests_of(module, place.point, key)
        if tests and are_bound_alike(module, key, place.point, at):
            kept = without_items(
                kept,
                evaluator.evaluate(table, place.at(at.scope, at.block, at.order)),
                partial(_is_ruled_out, evaluator, key, tests, place),
            )
    return kept or values


def are_bound_alike(module: ModuleIndex, name: str, one: Point, other: Point) -> bool:
    """Whether a name stands for the same at two points of a function."""
    root = name.partition(".")[0]
    return list(module.reaching(root, one)) == list(module.reaching(root, other))


def without_items(values: tuple[Value, ...], tables: Iterable[Value], is_ruled_out: Callable[[str], bool]) -> tuple[Value, ...]:
    """Values without those that stand in items of a table whose keys are ruled out, and in no other item."""
    kept = values
    for held in tables:
        if isinstance(held, Record):
            failing = {name for name in held.entries if is_ruled_out(name)}
            if failing:
                ends = {name: set(_spans_in(entry.values)) for name, entry in held.entries.items()}
                others = {at for name, spans in ends.items() if name not in failing for at in spans}
                excluded = {at for name in failing for at in ends[name]} - others
                kept = tuple(each for each in kept if not (isinstance(each, (Text, Record)) and each.at in excluded))
    return kept


def _spans_in(values: Iterable[Value], depth: int = _DEEPEST) -> Iterator[Span]:
    """Where the texts and tables among some values are written, and those in these tables."""
    for value in values:
        if isinstance(value, (Text, Record)):
            yield value.at
        if isinstance(value, Record) and depth:
            for entry in value.entries.values():
                yield from _spans_in(entry.values, depth - 1)


def looked_up(module: ModuleIndex, expression: ex.Expr, there: Point) -> Iterator[tuple[ex.Expr, str, Point]]:
    """The tables in an expression that are looked up by a name, that name, and where: `MODELS[provider]`, `MODELS.get(provider, "")`; also
    where a local name stands for what was found: `chosen = MODELS[provider]`, `chosen["name"]`."""
    for table, key in _lookups(expression):
        name = ex.dotted_name(key) if isinstance(key, (ex.Name, ex.Attribute)) else None
        if name is not None:
            yield table, name, there
        elif isinstance(table, ex.Name) and isinstance(key, ex.Constant):
            bindings = list(module.reaching(table.id, there))
            found = bindings[0] if len(bindings) == 1 and bindings[0].scope == there.scope else None
            if found is not None and found.value is not None and not found.path:
                at = Point(found.scope, found.block, found.order)
                for inner, inner_key in _lookups(found.value):
                    name = ex.dotted_name(inner_key) if isinstance(inner_key, (ex.Name, ex.Attribute)) else None
                    if name is not None:
                        yield inner, name, at


def _lookups(expression: ex.Expr) -> Iterator[tuple[ex.Expr, ex.Expr]]:
    """What is looked up in an expression, and by what."""
    for node in ex.walk(expression):
        if isinstance(node, ex.Subscript):
            yield node.value, node.index
        elif isinstance(node, ex.Call) and isinstance(node.func, ex.Attribute) and node.func.attr == "get" and node.args:
            yield node.func.value, node.args[0].value


def _fails(evaluator: Evaluation, values: Sequence[Value], name: str, tests: Sequence[Test], place: Place) -> bool:
    """Whether a name with one of some values, all of which are known, does not pass some tests."""
    texts = [value.value if isinstance(value, Text) else None for value in values]
    return bool(texts) and all(text is not None and _is_ruled_out(evaluator, name, tests, place, text) for text in texts)


def _is_ruled_out(evaluator: Evaluation, name: str, tests: Sequence[Test], place: Place, text: str) -> bool:
    return any(guards.holds(evaluator, test.expression, name, text, place) is (not test.holds) for test in tests)
