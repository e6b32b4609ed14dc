"""What one loop holds: its bindings, stores and method calls, by what they read and what they change. All calls in the loop look at the same."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from heapq import heappop, heappush
from typing import Any

from llmlint.link.flow.slots import Slots
from llmlint.link.names.effects import ADDS
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import key_of, keys_in
from llmlint.link.program.memo import Memo
from llmlint.link.rests import Results, found_once
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding, Block, CallFact, Store

Writer = Binding | Store | CallFact


class LoopContents:
    """The flow of values through one loop, whichever call it is looked at from."""

    def __init__(self, module: ModuleIndex, loop: Block, scope: int) -> None:
        self.remembered: dict[object, Results[Any, Any]] = {}
        self._module = module
        inside = [b for b in module.bindings_by_scope.get(scope) if loop.first < b.order < loop.last and b.value is not None]
        self.bindings: list[Binding] = [b for b in inside if b.kind != "for" or b.block != loop.id]
        self.stores: list[Store] = [s for s in module.stores_by_scope.get(scope) if loop.first < s.order < loop.last]
        self.calls: list[CallFact] = [
            c
            for c in module.calls_by_scope.get(scope)
            if loop.first < c.order < loop.last and isinstance(c.call.func, ex.Attribute)
        ]
        self.writers: tuple[Writer, ...] = (*self.bindings, *self.stores, *self.calls)
        """By their numbers, below."""
        self._loop = loop
        self._scope = scope

    @found_once
    def readers(self) -> dict[str, list[int]]:
        """The writers of which the values or arguments read a name or attribute."""
        readers: dict[str, list[int]] = defaultdict(list)
        for number, writer in enumerate(self.writers):
            keys = [keys_in(self._module, value) for value in _values_of(writer)]
            for key in keys[0] if len(keys) == 1 else frozenset().union(*keys):
                readers[key].append(number)
        return dict(readers)

    @found_once
    def holders(self) -> dict[ex.Expr, list[int]]:
        """The writers of which the values or arguments hold an expression."""
        holders: dict[ex.Expr, list[int]] = defaultdict(list)
        for number, writer in enumerate(self.writers):
            for value in _values_of(writer):
                for node in ex.walk(value):
                    holders[node].append(number)
        return dict(holders)

    @found_once
    def readers_as_key(self) -> dict[str, list[int]]:
        """The writers that put something under a key made from a name or attribute: `counts[label] += 1`, `groups[label].append(text)`."""
        readers: dict[str, list[int]] = defaultdict(list)
        for number, writer in enumerate(self.writers):
            index = _index_of(writer)
            for key in keys_in(self._module, index) if index is not None else ():
                readers[key].append(number)
        return dict(readers)

    @found_once
    def holders_as_key(self) -> dict[ex.Expr, list[int]]:
        """The same for an expression: `counts[label_of(text)] += 1`."""
        holders: dict[ex.Expr, list[int]] = defaultdict(list)
        for number, writer in enumerate(self.writers):
            index = _index_of(writer)
            for node in ex.walk(index) if index is not None else ():
                holders[node].append(number)
        return dict(holders)

    @found_once
    def calls_on(self) -> dict[str, list[CallFact]]:
        """The method calls on a piece of state."""
        found: dict[str, list[CallFact]] = defaultdict(list)
        for fact in self.calls:
            assert isinstance(fact.call.func, ex.Attribute)
            key = key_of(fact.call.func.value)
            if key is not None:
                found[key].append(fact)
        return dict(found)

    @found_once
    def stores_of(self) -> dict[str, list[Store]]:
        """The stores to a piece of state."""
        found: dict[str, list[Store]] = defaultdict(list)
        for store in self.stores:
            key = key_of(store.target)
            if key is not None:
                found[key].append(store)
        return dict(found)

    @found_once
    def owners(self) -> dict[str, str | None]:
        """The list or dict of which a name is always the same item: `last = rows[-1]`."""
        found: dict[str, str | None] = {}
        for binding in self.bindings:
            value = binding.value
            if isinstance(value, ex.Subscript) and isinstance(value.index, ex.Constant) and not binding.path:
                found.setdefault(binding.name, key_of(value.value))
        return found

    @found_once
    def slots(self) -> Slots:
        """The places that each iteration has to itself, of which none is written yet."""
        module, loop = self._module, self._loop
        imported = {b.name for b in module.bindings_by_scope.get(0) if b.kind == "import"}
        inner = [each for each in module.blocks_of(self._scope) if each.kind == "for" and loop.first < each.first < loop.last]
        return Slots(loop, self.bindings, imported, inner)

    def moved_by(self, names: frozenset[str]) -> dict[str, int]:
        """The names that depend on some names, each with the order behind which it does: that of the last statement by which it does."""
        return _MOVED.get(self, names, lambda: self._find_moved(names))

    def _find_moved(self, names: frozenset[str]) -> dict[str, int]:
        known: dict[str, int] = {}
        pending = [(-1, name) for name in sorted(names)]
        while pending:
            since, name = heappop(pending)
            if name in known:
                continue
            known[name] = since
            for number in self.readers.get(name, ()):
                writer = self.writers[number]
                written = written_by(writer)
                if written is not None and written not in known:
                    heappush(pending, (max(since, writer.order), written))
        return known


_CONTENTS: Memo[tuple[int, int], LoopContents] = Memo()
_MOVED: Memo[frozenset[str], dict[str, int]] = Memo()


def contents_of(module: ModuleIndex, loop: Block, scope: int) -> LoopContents:
    return _CONTENTS.get(module, (loop.id, scope), lambda: LoopContents(module, loop, scope))


def written_by(writer: Writer) -> str | None:
    """The name or attribute that a binding or store sets, or on whose value a method is called."""
    if isinstance(writer, Binding):
        return writer.name
    if isinstance(writer, Store):
        return key_of(writer.target)
    return key_of(writer.call.func.value) if isinstance(writer.call.func, ex.Attribute) else None


def _values_of(writer: Writer) -> Iterator[ex.Expr]:
    if isinstance(writer, CallFact):
        yield from (argument.value for argument in writer.call.args)
    elif writer.value is not None:
        yield writer.value


def _index_of(writer: Writer) -> ex.Expr | None:
    """The key under which a store puts something, or a method adds it."""
    target = writer.target if isinstance(writer, Store) else None
    if isinstance(writer, CallFact) and isinstance(writer.call.func, ex.Attribute) and writer.call.func.attr in ADDS:
        target = writer.call.func.value
    return target.index if isinstance(target, ex.Subscript) and not isinstance(target.index, ex.Constant) else None
