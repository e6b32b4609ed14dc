"""Which values can reach a place behind tests: `if "claude" in model: … elif isinstance(config, Local): …`, and branches that leave early."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from llmlint.link.names.effects import LEAVES
from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.program.memo import Memo
from llmlint.link.values import objects
from llmlint.link.values.values import Class, Items, Object, Record, Text, Value
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block

if TYPE_CHECKING:
    from dataclasses import dataclass

    from llmlint.link.values.evaluation import Evaluation
    from llmlint.link.values.place import Place
else:
    from llmlint.performance.unfrozen import dataclass

_LEAVING = LEAVES | {"continue", "break"}
_BRANCHES = ("if", "else")


@dataclass(frozen=True, slots=True)
class Test:
    """A test that has come out one way where a place is reached; it was made at `order`."""

    expression: ex.Expr
    holds: bool
    order: int


_TESTS: Memo[tuple[int, int], tuple[Test, ...]] = Memo()
_EARLY_EXITS: Memo[tuple[int, int, int], tuple[tuple[int, Test], ...]] = Memo()
_TESTS_OF_NAMES: Memo[tuple[int, int, str], tuple[Test, ...]] = Memo()
_TESTS_BY_NAME: Memo[tuple[int, int], dict[str, list[Test]]] = Memo()
_NAMES_IN: Memo[tuple[int, int], frozenset[str]] = Memo()


def tests_before(module: ModuleIndex, point: Point) -> tuple[Test, ...]:
    """The tests of the function, known to hold or not at a point: of branches around it, and of branches before it that leave."""
    return _TESTS.get(module, (point.block, point.order), lambda: tuple(_find_tests(module, point)))


def _find_tests(module: ModuleIndex, point: Point) -> Iterator[Test]:
    for here in module.block_path(point.block):
        if here.kind in _BRANCHES:
            for branch in module.branches[here.group]:
                if branch.head is not None:
                    yield Test(branch.head, branch.id == here.id, branch.first)
                if branch.id == here.id:
                    break
        yield from _of_early_exits(module, here, point.order)


def _of_early_exits(module: ModuleIndex, around: Block, order: int) -> Iterator[Test]:
    key = (around.id, len(module.blocks), len(module.named_facts.exits))
    exits = _EARLY_EXITS.get(module, key, lambda: tuple(_find_early_exits(module, around)))
    return (test for last, test in exits if last < order)


def _find_early_exits(module: ModuleIndex, around: Block) -> Iterator[tuple[int, Test]]:
    """The tests of the branches right in a block that leave it, and where each of these branches ends."""
    for group in module.branches_in(around.id):
        for branch in module.branches[group]:
            if branch.head is None or not _leaves(module, branch):
                break
            yield branch.last, Test(branch.head, False, branch.first)


def _leaves(module: ModuleIndex, branch: Block) -> bool:
    return any(leave.kind in _LEAVING for leave in module.exits_by_block.get(branch.id))


def let_through(evaluator: Evaluation, expression: ex.Expr, place: Place, values: Iterable[Value]) -> Iterator[Value]:
    """The values of a name, or of an attribute of one, that the tests before a place let through."""
    name = ex.dotted_name(expression) if tests_before(place.module, place.point) else None
    tests = tests_of(place.module, place.point, name) if name is not None else ()
    if not tests:
        yield from values
        return
    for value in values:
        if not any(_come_out(evaluator, test.expression, name or "", value, place) is (not test.holds) for test in tests):
            yield value


def tests_of(module: ModuleIndex, point: Point, name: str) -> tuple[Test, ...]:
    """The tests before a point that mention a name which still has the value that they saw."""
    if not tests_before(module, point):
        return ()
    key = (point.block, point.order, name)
    return _TESTS_OF_NAMES.get(module, key, lambda: tuple(_find_tests_of(module, point, name)))


def _find_tests_of(module: ModuleIndex, point: Point, name: str) -> list[Test]:
    found = _tests_by_name(module, point).get(name)
    if found is None:
        return []
    root = name.partition(".")[0]
    changes = [binding.order for binding in module.bindings(point.scope, root)]
    changes += [store.order for store in module.stores_by_root.get((point.scope, root))]
    return [test for test in found if not any(test.order <= order < point.order for order in changes)]


def _tests_by_name(module: ModuleIndex, point: Point) -> dict[str, list[Test]]:
    """The tests before a point by the names that they mention, found once for all names that are looked at there."""

    def find() -> dict[str, list[Test]]:
        found: dict[str, list[Test]] = {}
        for test in tests_before(module, point):
            for name in _NAMES_IN.get(module, (test.expression.start, test.expression.end), partial(_names_in, test.expression)):
                found.setdefault(name, []).append(test)
        return found

    return _TESTS_BY_NAME.get(module, (point.block, point.order), find)


def _names_in(expression: ex.Expr) -> frozenset[str]:
    names = (ex.dotted_name(node) for node in ex.walk(expression) if isinstance(node, (ex.Name, ex.Attribute)))
    return frozenset(name for name in names if name is not None)


def tested_strings(module: ModuleIndex, point: Point, name: str) -> set[str]:
    """The strings that the tests around a place compare a name with, where they let it through: `elif model in ["deepseek-chat", …]`."""
    tests = [test.expression for test in _tests_by_name(module, point).get(name, ()) if test.holds]
    nodes = (node for test in tests for node in ex.walk(test))
    return {node.value for node in nodes if isinstance(node, ex.Constant) and isinstance(node.value, str)}


def excludes_constant(evaluator: Evaluation, place: Place, at: int) -> bool:
    """Whether a constant of the same function is chosen by tests that come out otherwise where a place is reached."""
    module, point = place.module, place.point
    here = [test for test in tests_before(module, point) if not has_changed(module, point, test)]
    chosen_by = _tests_of_constant(module, point, at) if here else ()
    return any(contradict(evaluator, place, one, other) for one in chosen_by for other in here)


def _tests_of_constant(module: ModuleIndex, point: Point, at: int) -> Iterator[Test]:
    for statement in module.enclosing.statements(at):
        if statement.scope == point.scope and statement.order < point.order:
            there = Point(point.scope, statement.block, statement.order)
            tests = [*tests_before(module, there)]
            for node in module.enclosing.expressions(at):
                if isinstance(node, ex.Conditional) and not node.test.start <= at < node.test.end:
                    tests.append(Test(node.test, node.body.start <= at < node.body.end, statement.order))
            yield from (test for test in tests if not has_changed(module, point, test))


def has_changed(module: ModuleIndex, point: Point, test: Test) -> bool:
    """Whether a name that a test asks about gets another value between the test and a point."""
    names = ex.names_in(test.expression)
    changes = [binding.order for name in names for binding in module.bindings(point.scope, name)]
    changes += [store.order for name in names for store in module.stores_by_root.get((point.scope, name))]
    return any(test.order < order < point.order for order in changes)


def contradict(evaluator: Evaluation, place: Place, one: Test, other: Test) -> bool:
    """Whether two tests of one function cannot both come out as they did: the same test, or comparisons of a name with other strings."""
    if are_written_alike(one.expression, other.expression):
        return one.holds is not other.holds
    for first, second in ((one, other), (other, one)):
        name = _compared_name(first.expression) if first.holds else None
        if name is not None and _is_denied(evaluator, first.expression, place, second, name, place):
            return True
    return False


def equals(evaluator: Evaluation, test: Test, name: str, place: Place) -> tuple[str, ...]:
    """The strings that a name is one of where a test has come out as it did; empty where that says no such thing."""
    return _equals(evaluator, test.expression, test.holds, name, place)


def _equals(evaluator: Evaluation, test: ex.Expr, is_true: bool, name: str, place: Place) -> tuple[str, ...]:
    if not isinstance(test, ex.Operation):
        return ()
    if test.operator == "not":
        return _equals(evaluator, test.operands[0], not is_true, name, place)
    if test.operator == ("and" if is_true else "or"):
        found = (_equals(evaluator, operand, is_true, name, place) for operand in test.operands)
        return next(filter(None, found), ())
    if test.operator not in (("==", "in") if is_true else ("!=", "not in")) or len(test.operands) != 2:
        return ()
    left, right = test.operands
    if "in" not in test.operator and ex.dotted_name(right) == name:
        left, right = right, left
    is_one = not isinstance(right, ex.Constant) or "in" not in test.operator
    return (_strings(evaluator, right, place) or ()) if ex.dotted_name(left) == name and is_one else ()


def are_opposed(evaluator: Evaluation, one: tuple[Test, str, Place], other: tuple[Test, str, Place]) -> bool:
    """Whether two tests of one value, each made at a place where it goes by a name, cannot both come out as they did."""
    for (first, name, place), (second, other_name, there) in ((one, other), (other, one)):
        if first.holds and _compared_name(first.expression) == name:
            if _is_denied(evaluator, first.expression, place, second, other_name, there):
                return True
    return False


def _is_denied(evaluator: Evaluation, compared: ex.Expr, place: Place, test: Test, name: str, there: Place) -> bool:
    """Whether a test of a name comes out otherwise for each of the strings with which it is `compared` elsewhere."""
    if not may_hold(test.expression, name):
        return False
    assert isinstance(compared, ex.Operation)
    strings = _strings(evaluator, compared.operands[1], place)
    return bool(strings) and all(
        holds(evaluator, test.expression, name, string, there) is (not test.holds) for string in strings or ()
    )


def _compared_name(test: ex.Expr) -> str | None:
    """The name in `name == "x"` and `name in ("x", "y")`."""
    if not isinstance(test, ex.Operation) or test.operator not in ("==", "in") or len(test.operands) != 2:
        return None
    return ex.dotted_name(_as_written(test.operands[0]))


def _as_written(expression: ex.Expr) -> ex.Expr:
    """What `name.lower()` and `name.strip()` are made of."""
    while isinstance(expression, ex.Call) and isinstance(expression.func, ex.Attribute) and not expression.args:
        if expression.func.attr not in ("lower", "strip"):
            break
        expression = expression.func.value
    return expression


def are_written_alike(one: ex.Expr, other: ex.Expr) -> bool:
    """Whether two expressions are the same names, attributes, items and constants, whatever calls would give."""
    if type(one) is not type(other) or len(one.children()) != len(other.children()):
        return False
    if any(getattr(one, field, None) != getattr(other, field, None) for field in ("id", "attr", "operator")):
        return False
    if isinstance(one, ex.Constant) and isinstance(other, ex.Constant):
        return type(one.value) is type(other.value) and one.value == other.value
    if isinstance(one, (ex.Call, ex.Await, ex.Walrus, ex.Other, ex.Lambda, ex.Comprehension)):
        return False
    return all(map(are_written_alike, one.children(), other.children()))


# What a test says of a value


def _come_out(evaluator: Evaluation, test: ex.Expr, name: str, value: Value, place: Place) -> bool | None:
    """What a test of `name` says for a value; None where it cannot be told."""
    if isinstance(value, Text) and value.value is not None:
        return holds(evaluator, test, name, value.value, place)
    if isinstance(value, Object) and isinstance(value.of, Class):
        return _is_instance(evaluator, test, name, value, place)
    return None


def _is_instance(evaluator: Evaluation, test: ex.Expr, name: str, value: Object, place: Place) -> bool | None:
    if isinstance(test, ex.Operation) and test.operator == "not":
        inner = _is_instance(evaluator, test.operands[0], name, value, place)
        return None if inner is None else not inner
    is_asked = isinstance(test, ex.Call) and ex.dotted_name(test.func) == "isinstance" and len(test.args) == 2
    if not is_asked or not isinstance(test, ex.Call) or ex.dotted_name(test.args[0].value) != name:
        return None
    kinds = test.args[1].value
    wanted = [evaluator.evaluate(each, place) for each in (kinds.items if isinstance(kinds, ex.Sequence) else (kinds,))]
    assert isinstance(value.of, Class)
    above = list(objects.ancestry(evaluator, value.of))
    if any(len(each) == 1 and each[0] in above for each in wanted):
        return True
    classes = [kind for each in wanted for kind in each if isinstance(kind, Class)]
    if len(classes) != len(wanted) or any(isinstance(each, str) and not each.startswith("builtins.") for each in above):
        return None
    # An object of which only a base class is known may be one of the class that is asked for.
    is_open = value.call is None and any(value.of in objects.ancestry(evaluator, kind) for kind in classes)
    return None if is_open else False


def holds(evaluator: Evaluation, test: ex.Expr, name: str, value: str, place: Place) -> bool | None:
    """What a test of `name` says for a string; None where it cannot be told."""
    if isinstance(test, ex.Operation):
        if test.operator in ("and", "or"):
            results = [holds(evaluator, operand, name, value, place) for operand in test.operands]
            decisive = test.operator == "or"
            if decisive in results:
                return decisive
            return None if None in results else not decisive
        if test.operator == "not":
            inner = holds(evaluator, test.operands[0], name, value, place)
            return None if inner is None else not inner
        if len(test.operands) == 2:
            return _compares(evaluator, test, name, value, place)
    if (
        isinstance(test, ex.Call)
        and isinstance(test.func, ex.Attribute)
        and test.func.attr in ("startswith", "endswith")
        and test.args
    ):
        subject, affixes = _subject(test.func.value, name, value), _strings(evaluator, test.args[0].value, place)
        if subject is not None and affixes is not None:
            return subject.startswith(affixes) if test.func.attr == "startswith" else subject.endswith(affixes)
    return None


def may_hold(test: ex.Expr, name: str) -> bool:
    """Whether `holds` can tell anything of `name`, by the form of a test alone: `if name:` and `name is None` say nothing of a string."""
    if isinstance(test, ex.Operation):
        if test.operator in ("and", "or", "not"):
            return any(may_hold(operand, name) for operand in test.operands)
        return len(test.operands) == 2 and any(
            _subject(one, name, "") is not None and (not isinstance(other, ex.Constant) or isinstance(other.value, str))
            for one, other in (test.operands, test.operands[::-1])
        )
    return isinstance(test, ex.Call) and isinstance(test.func, ex.Attribute) and _subject(test.func.value, name, "") is not None


def _compares(evaluator: Evaluation, test: ex.Operation, name: str, value: str, place: Place) -> bool | None:
    left, right = test.operands
    if test.operator in ("in", "not in"):
        subject = _subject(right, name, value)
        if subject is not None and isinstance(left, ex.Constant) and isinstance(left.value, str):
            return (left.value in subject) == (test.operator == "in")
        subject = _subject(left, name, value)
        choices = _strings(evaluator, right, place) if subject is not None and not isinstance(right, ex.Constant) else None
        return None if choices is None else (subject in choices) == (test.operator == "in")
    if test.operator in ("==", "!=", "is", "is not"):
        for one, other in ((left, right), (right, left)):
            subject = _subject(one, name, value)
            choices = _strings(evaluator, other, place) if subject is not None else None
            if choices is not None and len(choices) == 1 and not isinstance(other, ex.Sequence):
                return (subject == choices[0]) == (test.operator in ("==", "is"))
    return None


def _subject(expression: ex.Expr, name: str, value: str) -> str | None:
    """The value, as `name`, `name.value`, `name.lower()` or `name.strip()` gives it."""
    if isinstance(expression, ex.Call) and isinstance(expression.func, ex.Attribute) and not expression.args:
        inner = _subject(expression.func.value, name, value)
        if inner is None:
            return None
        if expression.func.attr == "strip":
            return inner.strip()
        return inner.lower() if expression.func.attr == "lower" else None
    return value if ex.dotted_name(expression) in (name, f"{name}.value") else None


def _strings(evaluator: Evaluation, expression: ex.Expr, place: Place) -> tuple[str, ...] | None:
    """The strings of a constant, a display, or what names and attributes stand for: a list, a set, the keys of a table, a member."""
    if isinstance(expression, ex.Call) and isinstance(expression.func, ex.Attribute) and expression.func.attr == "keys":
        expression = expression.func.value
    if isinstance(expression, ex.Constant):
        return (expression.value,) if isinstance(expression.value, str) else None
    if not isinstance(expression, (ex.Sequence, ex.Name, ex.Attribute, ex.Mapping)):
        return None
    values = evaluator.evaluate(expression, place)
    value = values[0] if len(values) == 1 else None
    if isinstance(value, Text):
        return (value.value,) if value.value is not None else None
    if isinstance(value, Record):
        return None if value.is_open or value.has_escaped else tuple(value.entries)
    if not isinstance(value, Items) or value.is_open or value.has_escaped:
        return None
    texts = [each[0].value for each in value.items if len(each) == 1 and isinstance(each[0], Text)]
    known = tuple(text for text in texts if text is not None)
    return known if len(known) == len(value.items) else None
