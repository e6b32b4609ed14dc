"""Which expressions and statements of a file stand around an offset, and where names are used in them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from llmlint.link.names.tables import Gathered
from llmlint.scan.expressions import Attribute, Expr, Name, walk
from llmlint.scan.facts import Binding, CallFact, Exit, Facts, Store

Statement = Binding | Store | Exit


class Enclosing:
    """Look-ups by offset over the facts of one file; remembered as long as no facts are added."""

    def __init__(self, facts: Facts) -> None:
        self._statements = (facts.bindings, facts.stores, facts.exits)
        self._calls = facts.calls
        self._count = 0
        self._statements_at: dict[int, tuple[Statement, ...]] = {}
        self._expressions_at: dict[int, tuple[Expr, ...]] = {}
        places: dict[str, dict[int, None]] = defaultdict(dict)
        self._places = Gathered(places, _add_places, *self._statements, facts.calls)

    def statements(self, at: int) -> tuple[Statement, ...]:
        """What binds, stores or returns an expression around an offset."""
        self._forget_where_grown()
        if at not in self._statements_at:
            self._statements_at[at] = tuple(
                each for each in self._all_statements() if each.value is not None and each.value.start <= at < each.value.end
            )
        return self._statements_at[at]

    def expressions(self, at: int) -> tuple[Expr, ...]:
        """The expressions around an offset, inside out."""
        self._forget_where_grown()
        if at not in self._expressions_at:
            roots = [each.value for each in self.statements(at)]
            roots += [each.call for each in self._calls if each.call.start <= at < each.call.end]
            inside = (node for root in roots if root is not None for node in walk(root) if node.start <= at < node.end)
            found = dict.fromkeys(inside)
            self._expressions_at[at] = tuple(sorted(found, key=lambda node: (node.end - node.start, node.start)))
        return self._expressions_at[at]

    def places_of(self, name: str) -> tuple[int, ...]:
        """Where a name is used in an expression: the offset of a plain one, and that of the last character of an attribute."""
        return tuple(self._places.get().get(name, ()))

    def _all_statements(self) -> Iterator[Statement]:
        for facts in self._statements:
            yield from facts

    def _forget_where_grown(self) -> None:
        count = sum(map(len, self._statements)) + len(self._calls)
        if count != self._count:
            self._count = count
            self._statements_at.clear()
            self._expressions_at.clear()


def _add_places(places: dict[str, dict[int, None]], fact: Statement | CallFact) -> None:
    root = fact.call if isinstance(fact, CallFact) else fact.value
    for node in walk(root) if root is not None else ():
        if isinstance(node, Attribute):
            places[node.attr][node.end - 1] = None
        elif isinstance(node, Name):
            places[node.id][node.start] = None
