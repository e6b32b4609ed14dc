"""Where an item waits for those ahead of it by `in_turn()`: what it adds to lists and files behind that comes in their order, as in a loop.

Of loops in each other, all of which become functions, an item may wait for those ahead of it in several: `in_turn(2)`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple

import libcst as cst

from llmlint.fixes.batch.flow import own_nodes
from llmlint.fixes.edits.tree import Tree, holds, walk

_LOOPS = (cst.For, cst.While)
# Where the parts of a loop's body start and end that run once all items ahead have ended.
Ordered = Collection[tuple[int, int]]


class Wait(NamedTuple):
    """A statement ahead of which an item waits. `depth` is in how many of the loops it stands that become functions, less one, and `top` which of
    them, from the outside in, is the first whose items ahead it waits for."""

    statement: cst.BaseStatement
    depth: int
    top: int

    @property
    def levels(self) -> int:
        return self.depth - self.top + 1


class _Place(NamedTuple):
    """A statement of a block."""

    block: cst.IndentedBlock
    at: int

    @property
    def statement(self) -> cst.BaseStatement:
        return self.block.body[self.at]


def places_in_turn(
    tree: Tree,
    loop: cst.For,
    additions: Iterable[tuple[cst.CSTNode | None, bool]],
    calls: Sequence[tuple[int, int]],
    inner: Collection[cst.For] = (),
) -> list[cst.BaseStatement] | None:
    """The statements ahead of which an item is to wait; None where it may make an LLM call behind one of them, for which all items behind it would
    wait. Of each addition it is known whether that is one: what may be another change does no harm ahead of a call. `inner` are the loops inside
    that become functions, too."""
    finder = _Finder(tree, loop, calls, inner)
    found: dict[int, _Place] = {}
    for each, is_known in additions:
        place = finder.place_of(each) if each is not None else None
        if place is not None:
            found.setdefault(tree.offsets.of(place.statement)[0], place)
        elif is_known or (each is not None and not finder.goes_on_to_a_call(each)):
            return None
    return [found[start].statement for start in sorted(found)]


def parts_in_turn(tree: Tree, waits: Iterable[Wait], depth: int = 0) -> Ordered:
    """The parts of the body of one of the loops, from the outside in, that begin where an item waits for those ahead of it in that loop, and end
    with the blocks of these statements."""
    statements = (each.statement for each in waits if each.top <= depth)
    return [(tree.offsets.of(each)[0], tree.offsets.of(tree.parents[each])[1]) for each in statements]


def is_ordered(at: int, ordered: Ordered) -> bool:
    return any(start <= at <= end for start, end in ordered)


class _Finder:
    def __init__(self, tree: Tree, loop: cst.For, calls: Sequence[tuple[int, int]], inner: Collection[cst.For] = ()) -> None:
        self._tree, self._loop, self._calls = tree, loop, calls
        self._functions = (loop, *inner)

    def place_of(self, addition: cst.CSTNode) -> _Place | None:
        """Where an item waits ahead of something that it adds: as early as it makes no further call."""
        around = self._places_around(addition)
        if not around or self._makes_calls(around[0].statement) or self._goes_on_to_a_call(around):
            return None
        place = around[0]
        for number, (block, index) in enumerate(around):
            if number and (self._makes_calls(block.body[index]) or self._goes_on_to_a_call(around[number:])):
                break
            # Where a test reads what earlier items add, as in `if answer in rows: continue`, the item waits ahead of it.
            is_inner = self._is_in_inner_loop(around[number:])
            while index and not self._makes_calls(block.body[index - 1]) and not (is_inner and _may_leave(block.body[index - 1])):
                index -= 1
            place = _Place(block, index)
            if index:
                break
        before = place.block.body[place.at - 1] if place.at else None
        if before is not None and not self._makes_calls(before) and _reads_any(before, addition):
            return None
        return place

    def goes_on_to_a_call(self, addition: cst.CSTNode) -> bool:
        """Whether an item may make a call behind the statement in which it adds something."""
        around = self._places_around(addition)
        return bool(around) and not self._makes_calls(around[0].statement) and self._goes_on_to_a_call(around)

    def _places_around(self, node: cst.CSTNode) -> list[_Place]:
        """The statements of the loop's body that hold a node, from the inside out, from where the item can wait; none if it runs at another time."""
        found: list[_Place] = []
        child = node
        for each in self._tree.ancestors(node):
            if isinstance(each, (cst.FunctionDef, cst.Lambda)):
                return []
            if isinstance(each, cst.IndentedBlock):
                found.append(_Place(each, next(index for index, other in enumerate(each.body) if other is child)))
            if each is self._loop:
                # What a `with` statement opens is not to be held while the item waits.
                first = max((at for at, place in enumerate(found, 1) if self._is_of_no_call(place)), default=0)
                return found[first:]
            child = each
        return []

    def _is_of_no_call(self, place: _Place) -> bool:
        """Whether a block is that of a loop or `with` statement that makes no calls."""
        owner = self._tree.parents[place.block]
        return isinstance(owner, (*_LOOPS, cst.With)) and not self._makes_calls(owner)

    def _goes_on_to_a_call(self, around: Sequence[_Place]) -> bool:
        """Whether an item may make a call behind the first of some statements that hold each other."""
        breaks = False
        for number, (block, index) in enumerate(around):
            owner = self._tree.parents[block]
            if not breaks:
                rest = block.body[index + (number > 0) :]
                end = next((at for at, each in enumerate(rest) if _last(each) in (cst.Continue, cst.Break)), len(rest) - 1)
                if any(self._makes_calls(each) for each in rest[: end + 1]):
                    return True
                if rest and _last(rest[end]) is cst.Continue:
                    nearest = self._loop_around(around[number:])
                    if nearest is self._loop or not self._is_function(nearest):
                        return nearest is not self._loop
                breaks = bool(rest) and _last(rest[end]) in (cst.Break, cst.Continue)
            if isinstance(owner, (cst.Try, cst.TryStar)) and owner.body is block and self._makes_calls_behind_body(owner):
                return True
            if isinstance(owner, _LOOPS) and owner is not self._loop:
                if not breaks and not self._is_function(owner):
                    return True  # Of another try.
                breaks = False
        return False

    def _is_in_inner_loop(self, around: Sequence[_Place]) -> bool:
        """Whether the innermost of the loops around is one that runs again for the same item."""
        return not self._is_function(self._loop_around(around))

    def _loop_around(self, around: Sequence[_Place]) -> cst.CSTNode:
        owners = (self._tree.parents[each.block] for each in around)
        return next((each for each in owners if isinstance(each, _LOOPS)), self._loop)

    def _is_function(self, loop: cst.CSTNode) -> bool:
        return any(loop is each for each in self._functions)

    def _makes_calls_behind_body(self, node: cst.Try | cst.TryStar) -> bool:
        parts = (*node.handlers, *(each for each in (node.orelse, node.finalbody) if each is not None))
        return any(self._makes_calls(each.body) for each in parts)

    def _makes_calls(self, node: cst.CSTNode) -> bool:
        return any(holds(self._tree, node, each) for each in self._calls)


def _reads_any(statement: cst.CSTNode, addition: cst.CSTNode) -> bool:
    """Whether a statement reads a name that an addition names, too."""
    names = [{each.value for each in walk(node) if isinstance(each, cst.Name)} for node in (statement, addition)]
    return not names[0].isdisjoint(names[1])


def _may_leave(statement: cst.CSTNode) -> bool:
    """Whether a statement may go on to another try."""
    return any(isinstance(each, (cst.Continue, cst.Break)) for each in own_nodes(statement))


def _last(statement: cst.CSTNode) -> type[cst.CSTNode] | None:
    """The kind of the last statement of a line."""
    return type(statement.body[-1]) if isinstance(statement, cst.SimpleStatementLine) else None
