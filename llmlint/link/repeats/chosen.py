"""Loops whose iterations are no independent calls: one item alone leads to a call (`if paper.id == chosen: ask(paper)`), or each item to another."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from llmlint.link.calls.uses import Use
from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.names.nodes import nodes_of
from llmlint.link.repeats.occurrences import Occurrence
from llmlint.link.values import guards
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding, Block

_EQUAL = {("==", True), ("is", True), ("!=", False), ("is not", False)}
# Which parts of an item tell it from the others, by what a loop goes over.
_IDENTITY_PATHS: dict[str, tuple[tuple[int, ...], ...]] = {"enumerate": ((0,), (1,)), "items": ((0,),)}
# What items of a list differ by.
_IDENTITIES = frozenset({"id", "_id", "uuid", "guid", "slug"})
# A day of any year, as `strftime` writes it.
_DAY_OF_YEAR = re.compile(r"(?=.*%m)(?=.*%d)(?!.*%[Yy])")


def needed_flags(here: Occurrence) -> frozenset[str]:
    """The parameters of a function that are true wherever a call in it is made, also those that it passes on to where that is tested."""
    module, point = here.module, Point(here.scope, here.block, here.order)
    tested = (
        test for each in guards.tests_before(module, point) for test, holds in _conjuncts(each.expression, each.holds) if holds
    )
    names = {each.id for each in (*tested, *here.flags) if isinstance(each, ex.Name)}
    return frozenset(
        name for name in names if module.parameter(here.scope, name) is not None and not module.bindings(here.scope, name)
    )


def is_of_one_item(module: ModuleIndex, loop: Block, point: Point, flags: Iterable[ex.Expr]) -> bool:
    """Whether what stands at a point inside a loop runs for one item of the loop. `flags` are true where it does."""
    items = [each for each in module.bindings_by_scope.get(point.scope) if each.kind == "for" and each.value is loop.head]
    if not items:
        return False
    tests = [(each.expression, each.holds) for each in guards.tests_before(module, point) if each.order > loop.first]
    tests += ((flag, True) for flag in flags)
    if loop.kind == "comprehension":
        tests += ((test, True) for test in conditions_of(module, loop))
    certain = [each for test in tests for each in _conjuncts(*test)]
    return any(_tells_one(module, loop, point, items, *each) for each in certain) or _is_anniversary(certain)


def conditions_of(module: ModuleIndex, loop: Block) -> Iterator[ex.Expr]:
    """The tests behind the `if`s of a comprehension."""
    for node in nodes_of(module, loop.scope):
        if isinstance(node, ex.Comprehension) and node.block == loop.id:
            yield from node.conditions


def chooses_function(use: Use, loop: Block) -> bool:
    """Whether the items of a loop are functions, or say which one of a table is called, and nothing else: each iteration does something
    else. `for step in STEPS: step(text)`, `for name in names: STEPS[name](text)`."""
    module = use.module
    if use.argument is not None or not isinstance(use.function, (ex.Name, ex.Subscript)):
        return False
    inside = [each for each in module.bindings_by_scope.get(use.fact.scope) if loop.first <= each.order <= use.fact.order]
    items = {each.name for each in inside if each.kind == "for" and each.value is loop.head}
    given = {name for argument in use.fact.call.args for name in ex.names_in(argument.value)}
    if isinstance(use.function, ex.Subscript):
        return bool(items & ex.names_in(use.function)) and not items & given
    chosen = [each for each in inside if each.name == use.function.id]
    if any(each.name in items for each in chosen):
        return True
    values = [each.value for each in chosen if isinstance(each.value, (ex.Subscript, ex.Call))]
    return any(items & ex.names_in(value) for value in values) and not items & given


def _conjuncts(test: ex.Expr, holds: bool) -> Iterator[tuple[ex.Expr, bool]]:
    """The tests that have come out one way for certain where the whole has."""
    if isinstance(test, ex.Operation) and test.operator == "not":
        yield from _conjuncts(test.operands[0], not holds)
    elif isinstance(test, ex.Operation) and test.operator == ("and" if holds else "or"):
        for each in test.operands:
            yield from _conjuncts(each, holds)
    else:
        yield test, holds


def _tells_one(module: ModuleIndex, loop: Block, point: Point, items: Sequence[Binding], test: ex.Expr, holds: bool) -> bool:
    """Whether a test holds for one item: it compares what items differ by with what is the same for all."""
    inside = [each for each in module.bindings_by_scope.get(point.scope) if loop.first <= each.order < point.order]
    if isinstance(test, ex.Name):
        made = [each.value for each in inside if each.name == test.id]
        return len(made) == 1 and made[0] is not None and holds and _is_equality(loop, inside, items, made[0], True)
    return _is_equality(loop, inside, items, test, holds)


def _is_anniversary(tests: Iterable[tuple[ex.Expr, bool]]) -> bool:
    """Whether tests hold on one day of the year: `if born.day == today.day and born.month == today.month`. Few items have the same one."""
    equal: set[str] = set()
    for test, holds in tests:
        if isinstance(test, ex.Operation) and (test.operator, holds) in _EQUAL and len(test.operands) == 2:
            left, right = map(list, map(_parts_of_date, test.operands))
            equal |= {one for one, other in zip(left, right, strict=False) if one == other}
    return {"month", "day"} <= equal


def _parts_of_date(expression: ex.Expr) -> Iterator[str]:
    """The parts of a date that an expression is: `born.month`, `(born.month, born.day)`, `born.strftime("%m-%d")`."""
    for each in expression.items if isinstance(expression, ex.Sequence) else (expression,):
        if isinstance(each, ex.Attribute):
            yield each.attr
        elif isinstance(each, ex.Call) and ex.last_name(each.func) == "strftime" and each.args:
            form = each.args[-1].value
            if isinstance(form, ex.Constant) and isinstance(form.value, str) and _DAY_OF_YEAR.match(form.value):
                yield from ("month", "day")


def _is_equality(loop: Block, inside: Sequence[Binding], items: Sequence[Binding], test: ex.Expr, holds: bool) -> bool:
    if not isinstance(test, ex.Operation) or (test.operator, holds) not in _EQUAL or len(test.operands) != 2:
        return False
    changing = {each.name for each in inside}
    pairs = (test.operands, test.operands[::-1])
    return any(_is_identity(loop, items, one) and _is_same(other, changing) for one, other in pairs)


def _is_same(expression: ex.Expr, changing: set[str]) -> bool:
    return not any(isinstance(node, ex.Call) for node in ex.walk(expression)) and changing.isdisjoint(ex.names_in(expression))


def _is_identity(loop: Block, items: Sequence[Binding], expression: ex.Expr) -> bool:
    """Whether an expression is an item itself, its place in a list, or what tells it from the others."""
    by = ex.last_name(loop.head.func) if isinstance(loop.head, ex.Call) else None
    if isinstance(expression, ex.Name):
        paths = {each.path for each in items if each.name == expression.id}
        return not paths.isdisjoint(_IDENTITY_PATHS.get(by or "", ((),))) or (bool(paths) and expression.id in _IDENTITIES)
    root = ex.root_name(expression)
    if root is None or all(each.name != root for each in items):
        return False
    key = ex.last_name(expression)
    if isinstance(expression, ex.Subscript) and isinstance(expression.index, ex.Constant):
        key = expression.index.value if isinstance(expression.index.value, str) else None
    return key in _IDENTITIES or key == f"{root}_id"
