"""What is looked at in one file, as the graph of what results rest on has it: functions, names that are asked for, the rest of the file."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from llmlint.link.rests import Rests
from llmlint.scan.facts import GrowingFacts, Mention, Scope


class NodesOfModule:
    """The nodes of one file."""

    def __init__(self, rests: Rests, path: str, growing: GrowingFacts | None, scopes: Sequence[Scope]) -> None:
        self._rests, self._path, self._growing, self._scopes = rests, path, growing, scopes
        self._top = rests.leaf(("file", path))
        self._of_scopes: dict[int, int] = {0: self._top}
        self._of_mentions: dict[tuple[str, Mention], int] = {}

    def on_all(self) -> None:
        """Note that what is being found rests on all functions that somebody has looked into."""
        self._rests.note(("functions", self._path))

    def on_scope(self, scope: int) -> None:
        """Note that it rests on the function that a scope is, or lies in; on the rest of the file where it lies in none."""
        node = self._of_scopes.get(scope)
        if node is None:
            node = self._of_scopes[scope] = self._find_node(scope)
        self._rests.use(node)

    def _find_node(self, scope: int) -> int:
        number = self._growing.number_of(scope) if self._growing is not None else None
        if number is not None:
            return self._rests.leaf(("function", self._path, number))
        parent = self._scopes[scope].parent
        return self._top if not parent else self._of_scopes.get(parent) or self._find_node(parent)

    def on_mentions(self, name: str, how: Mention, growing: GrowingFacts) -> None:
        """See to it that the functions that mention a name in some way are among the facts, and note that it rests on them, and on which they are."""
        key = (name, how)
        node = self._of_mentions.get(key)
        if node is not None:
            self._rests.use(node)
            return
        numbers = growing.mentioning(name, how)
        self._rests.begin()
        self._rests.note(("mention", self._path, name, int(how)))
        for number in numbers:
            self._rests.note(("function", self._path, number))
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


def _last_from(functions: Sequence[tuple[int, int, int]], at: int) -> int:
    """The last function that starts at an offset or before it; -1 if none does."""
    return bisect_right(functions, (at + 1,)) - 1
