"""Which expressions and statements of a file stand around an offset, and where names are used in them."""

from __future__ import annotations

from bisect import bisect_right, insort
from collections import defaultdict
from collections.abc import Iterable, Iterator
from itertools import accumulate
from typing import Generic, TypeVar

from llmlint.link.names.tables import Gathered
from llmlint.scan.expressions import Attribute, Expr, Name, walk
from llmlint.scan.facts import Binding, CallFact, Exit, Facts, Scope, Store

Statement = Binding | Store | Exit
_Fact = TypeVar("_Fact")

# How many offsets are looked up one by one before statements are sorted for it: while facts are added, each look-up may be the last one.
_FEW = 16


class Enclosing:
    """Look-ups by offset over the facts of one file; remembered as long as no facts are added."""

    def __init__(self, facts: Facts) -> None:
        self._statements = (facts.bindings, facts.stores, facts.exits)
        self._calls = facts.calls
        self._count = 0
        self._statements_at: dict[int, tuple[Statement, ...]] = {}
        self._expressions_at: dict[int, tuple[Expr, ...]] = {}
        self._by_start: _ByStart[Statement] | None = None
        self._calls_by_start: _ByStart[CallFact] | None = None
        places: dict[str, dict[int, None]] = defaultdict(dict)
        self._places = Gathered(places, _add_places, *self._statements, facts.calls)
        self._scopes = facts.scopes
        starts: list[tuple[int, int]] = []
        self._functions = Gathered(starts, _add_function, facts.scopes)

    def function(self, at: int) -> int:
        """The innermost function around an offset; the module where there is none."""
        starts = self._functions.get()
        number = bisect_right(starts, (at, len(self._scopes))) - 1
        current = starts[number][1] if number >= 0 else None
        # What else holds the offset holds the function that starts last before it.
        while current is not None:
            scope = self._scopes[current]
            if scope.kind == "function" and scope.start <= at < scope.end:
                return current
            current = scope.parent
        return 0

    def statements(self, at: int) -> tuple[Statement, ...]:
        """What binds, stores or returns an expression around an offset."""
        self._forget_where_grown()
        if at not in self._statements_at:
            self._statements_at[at] = tuple(
                each for each in self._statements_near(at) if each.value is not None and each.value.start <= at < each.value.end
            )
        return self._statements_at[at]

    def expressions(self, at: int) -> tuple[Expr, ...]:
        """The expressions around an offset, inside out."""
        self._forget_where_grown()
        if at not in self._expressions_at:
            roots = [each.value for each in self.statements(at)]
            roots += [each.call for each in self._calls_near(at) if each.call.start <= at < each.call.end]
            inside = (node for root in roots if root is not None for node in walk(root) if node.start <= at < node.end)
            found = dict.fromkeys(inside)
            self._expressions_at[at] = tuple(sorted(found, key=lambda node: (node.end - node.start, node.start)))
        return self._expressions_at[at]

    def places_of(self, name: str) -> tuple[int, ...]:
        """Where a name is used in an expression: the offset of a plain one, and that of the last character of an attribute."""
        return tuple(self._places.get().get(name, ()))

    def _statements_near(self, at: int) -> Iterator[Statement]:
        """Those that may have a value around an offset, in the order of the facts."""
        if len(self._statements_at) < _FEW:
            for facts in self._statements:
                yield from facts
            return
        if self._by_start is None:
            statements = [each for facts in self._statements for each in facts]
            self._by_start = _ByStart((each, each.value.start, each.value.end) for each in statements if each.value is not None)
        yield from self._by_start.near(at)

    def _calls_near(self, at: int) -> Iterator[CallFact]:
        """Those that may stand around an offset, in the order of the facts."""
        if len(self._expressions_at) < _FEW:
            yield from self._calls
            return
        if self._calls_by_start is None:
            self._calls_by_start = _ByStart((each, each.call.start, each.call.end) for each in self._calls)
        yield from self._calls_by_start.near(at)

    def _forget_where_grown(self) -> None:
        count = sum(map(len, self._statements)) + len(self._calls)
        if count != self._count:
            self._count = count
            self._statements_at.clear()
            self._by_start = self._calls_by_start = None
            self._expressions_at.clear()


class _ByStart(Generic[_Fact]):
    """Facts by where their expressions start: each with its start and end."""

    def __init__(self, spans: Iterable[tuple[_Fact, int, int]]) -> None:
        self._facts: list[_Fact] = []
        places: list[tuple[int, int, int]] = []
        for number, (fact, start, end) in enumerate(spans):
            self._facts.append(fact)
            places.append((start, number, end))
        places.sort()
        self._starts = [start for start, _, _ in places]
        self._numbers = [number for _, number, _ in places]
        # Up to each fact, where the expression that reaches furthest ends.
        self._ends = list(accumulate((end for _, _, end in places), max))

    def near(self, at: int) -> Iterator[_Fact]:
        """Those that start ahead of an offset, as far back as one of them may reach it."""
        last = first = bisect_right(self._starts, at)
        while first and self._ends[first - 1] > at:
            first -= 1
        return map(self._facts.__getitem__, sorted(self._numbers[first:last]))


def _add_function(starts: list[tuple[int, int]], scope: Scope) -> None:
    if scope.kind == "function":
        insort(starts, (scope.start, scope.id))


def _add_places(places: dict[str, dict[int, None]], fact: Statement | CallFact) -> None:
    root = fact.call if isinstance(fact, CallFact) else fact.value
    for node in walk(root) if root is not None else ():
        if isinstance(node, Attribute):
            places[node.attr][node.end - 1] = None
        elif isinstance(node, Name):
            places[node.id][node.start] = None
