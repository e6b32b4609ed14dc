"""What is looked at in one file, as the graph of what results rest on has it: functions, names that are asked for, the rest of the file.

Of a function, its flow is looked at by everyone (which statements open blocks, and leave them). Beside that, somebody looks at what it says of a
name, at all of its facts of a kind, or at its text.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import TYPE_CHECKING

from llmlint.link.rests import Leaf, Rests
from llmlint.scan.facts import (
    Binding,
    CallFact,
    Exit,
    Facts,
    GrowingFacts,
    Mention,
    Reference,
    Row,
    Scope,
    StarImport,
    Store,
)

if TYPE_CHECKING:
    from llmlint.scan.facts import FactKind


class NodesOfModule:
    """The nodes of one file."""

    def __init__(self, rests: Rests, path: str, growing: GrowingFacts | None, scopes: Sequence[Scope]) -> None:
        self._rests, self._path, self._growing, self._scopes = rests, path, growing, scopes
        self._top = rests.leaf(("file", path))
        # The functions that scopes are, or lie in, by their numbers.
        self._numbers: dict[int, int | None] = {0: None}
        self._nodes: dict[tuple[int, str, str], int] = {}
        self._of_mentions: dict[tuple[str, Mention], int] = {}

    def on_flows(self) -> None:
        """Note that what is being found rests on the flow of all functions that somebody has looked into."""
        self._rests.note(("flows", self._path))

    def on_all_facts(self, kind: FactKind) -> None:
        """Note that it rests on all facts of a kind, of the functions that somebody has looked into, and outside of them."""
        self._rests.use(self._top)
        self._rests.note(("all facts", self._path, kind))

    def on_word(self, word: str) -> None:
        """Note that it rests on what these functions say where they have a word."""
        self._rests.note(("word", self._path, word))

    def on_flow(self, scope: int) -> None:
        """Note that it rests on the flow of the function that a scope is, or lies in; on the rest of the file where it lies in none."""
        self._on(scope, "flow", "")

    def on_facts(self, scope: int, kind: FactKind) -> None:
        """Note that it rests on all facts of a kind in that function."""
        self._on(scope, "facts", kind)

    def on_name(self, scope: int, name: str) -> None:
        """Note that it rests on what that function says of a name."""
        self._on(scope, "name", name)

    def _on(self, scope: int, kind: str, what: str) -> None:
        key = scope, kind, what
        node = self._nodes.get(key)
        if node is None:
            node = self._nodes[key] = self._find_node(*key)
        self._rests.use(node)

    def _find_node(self, scope: int, kind: str, what: str) -> int:
        number = self._number_of(scope)
        if number is None:
            return self._top
        flow: Leaf = ("flow", self._path, number)
        if kind == "flow":
            return self._rests.leaf(flow)
        self._rests.begin()
        self._rests.note(flow)
        self._rests.note((kind, self._path, number, what))
        return self._rests.end()

    def _number_of(self, scope: int) -> int | None:
        if scope not in self._numbers:
            number = self._growing.number_of(scope) if self._growing is not None else None
            parent = self._scopes[scope].parent
            self._numbers[scope] = number if number is not None or parent is None else self._number_of(parent)
        return self._numbers[scope]

    def on_mentions(self, name: str, how: Mention, growing: GrowingFacts) -> None:
        """See to it that the functions that mention a name in some way are among the facts, and note that it rests on which these are, and on what
        they say where they mention it."""
        key = (name, how)
        node = self._of_mentions.get(key)
        if node is not None:
            self._rests.use(node)
            return
        numbers = growing.mentioning(name, how)
        self._rests.begin()
        self._rests.note(("mention", self._path, name, int(how)))
        for number in numbers:
            self._rests.note(("flow", self._path, number))
        self._of_mentions[key] = self._rests.end()
        growing.lower_functions(numbers)

    def on_text(self, start: int, end: int) -> None:
        """Note that it rests on a piece of the text."""
        self._rests.use(self._top)
        functions = self._growing.functions if self._growing is not None else ()
        for number in range(max(_last_from(functions, start), 0), len(functions)):
            first, _, last = functions[number]
            if first >= end:
                break
            if last > start:
                self._rests.note(("function", self._path, number))


class NotedFacts:
    """The facts of a file for those who go through all of a kind, which is noted."""

    def __init__(self, facts: Facts, nodes: NodesOfModule) -> None:
        self._facts, self._nodes = facts, nodes
        self.path, self.scopes, self.blocks = facts.path, facts.scopes, facts.blocks

    @property
    def bindings(self) -> Sequence[Binding]:
        self._nodes.on_all_facts("bindings")
        return self._facts.bindings

    @property
    def stores(self) -> Sequence[Store]:
        self._nodes.on_all_facts("stores")
        return self._facts.stores

    @property
    def calls(self) -> Sequence[CallFact]:
        self._nodes.on_all_facts("calls")
        return self._facts.calls

    @property
    def exits(self) -> Sequence[Exit]:
        self._nodes.on_all_facts("exits")
        return self._facts.exits

    @property
    def references(self) -> Sequence[Reference]:
        self._nodes.on_all_facts("references")
        return self._facts.references

    @property
    def rows(self) -> Sequence[Row]:
        self._nodes.on_all_facts("rows")
        return self._facts.rows

    @property
    def star_imports(self) -> Sequence[StarImport]:
        return self._facts.star_imports


def _last_from(functions: Sequence[tuple[int, int, int]], at: int) -> int:
    """The last function that starts at an offset or before it; -1 if none does."""
    return bisect_right(functions, (at + 1,)) - 1
