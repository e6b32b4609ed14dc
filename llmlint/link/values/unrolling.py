"""Loops and comprehensions over items that the source tells: which statements run in each iteration, and what comes of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from llmlint.link.values import feasible, iterations
from llmlint.link.values.values import Items, Value
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding, Block, CallFact, Store

if TYPE_CHECKING:
    from llmlint.link.names.index import ModuleIndex
    from llmlint.link.values.evaluation import Evaluation
    from llmlint.link.values.place import Place

# Blocks that run at most once in an iteration.
_PERHAPS = frozenset({"if", "else", "except"})

Statement = TypeVar("Statement", bound="Binding | Store | CallFact")


def unrolled(
    evaluator: Evaluation, loop: Block, statements: Sequence[Statement], place: Place
) -> tuple[list[tuple[Statement, Place]], bool] | None:
    """The statements of a loop's body as they run, each with its place in the iteration, and whether iterations may follow that the source does
    not tell; None where it does not tell which of them run."""
    found = perhaps_unrolled(evaluator, loop, statements, place)
    if found is None or not all(is_certain for _, _, is_certain in found[0]):
        return None
    return [(statement, there) for statement, there, _ in found[0]], found[1]


def perhaps_unrolled(
    evaluator: Evaluation, loop: Block, statements: Sequence[Statement], place: Place
) -> tuple[list[tuple[Statement, Place, bool]], bool] | None:
    """The same, where a statement may run or not by a test or an exception that the source does not determine: with whether it is certain to.
    What an exception handler leaves is not followed: the loop goes on where nothing fails."""
    found = iterations.places(evaluator, loop, place)
    if found is None:
        return None
    evaluator.read_from_frame()
    there, is_open = found
    runs: list[tuple[Statement, Place, bool]] = []
    exits = [
        leave
        for leave in place.module.exits_by_scope.get(loop.scope)
        if loop.first < leave.order < loop.last
        and not (leave.kind in ("break", "continue") and _is_nested(place, leave.block, loop))
        and not any(here.kind == "except" for here in _inside(place, leave.block, loop))
    ]
    for each in there:
        for statement in statements:
            happens = feasible.happens(evaluator, statement.block, statement.order, exits, loop, each)
            if happens is None and any(here.kind not in _PERHAPS for here in _inside(place, statement.block, loop)):
                return None
            if happens is not False:
                runs.append((statement, each.at(statement.scope, statement.block, statement.order), happens is True))
        for leave in exits:
            leaves = leave.kind != "continue" and feasible.happens(evaluator, leave.block, leave.order, exits, loop, each)
            if leaves is None or (leaves and leave.kind != "break"):
                return None
            if leaves:
                return runs, False
    return runs, is_open


def _inside(place: Place, block: int, loop: Block) -> Iterator[Block]:
    """The conditions around a block inside of a loop."""
    outside = {here.id for here in place.module.block_path(loop.id)}
    return (here for here in place.module.conditions(block) if here.id not in outside)


def _is_nested(place: Place, block: int, loop: Block) -> bool:
    """Whether a block lies in a loop inside of a loop."""
    return place.module.loops(block)[0].id != loop.id


def comprehension(evaluator: Evaluation, expression: ex.Comprehension, place: Place) -> Items | None:
    """The items of a list or generator; None where the source does not tell them."""
    if expression.kind not in ("list", "generator") or len(expression.iterables) != 1:
        return None
    loop = place.module.blocks[expression.block]
    found = iterations.places(evaluator, loop, place)
    if found is None:
        return None
    there, is_open = found
    items: list[tuple[Value, ...]] = []
    for each in there:
        inside = each.at(loop.scope, loop.id, loop.last)
        results = [feasible.truth(evaluator, condition, inside) for condition in expression.conditions]
        if False in results:
            continue
        if None in results:
            return None
        items.append(evaluator.evaluate(expression.element, inside))
    return Items(tuple(items), place.span(expression), is_open) if items or not is_open else None


def loop_before(module: ModuleIndex, bindings: Sequence[Binding], place: Place) -> Block | None:
    """The one `for` loop, passed before a place, in which some of the bindings that are seen there lie."""
    found: dict[int, Block] = {}
    for binding in bindings:
        if binding.scope != place.point.scope:
            return None
        loops = [each for each in module.loops(binding.block) if not module.is_inside(place.point.block, each.id)]
        found |= {each.id: each for each in loops}
    loop = next(iter(found.values()), None)
    return loop if len(found) == 1 and loop is not None and loop.kind == "for" and loop.last < place.point.order else None
