"""What a later run has to look at again where some files have changed: the calls whose results rest on what is another one now."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from typing import TYPE_CHECKING

from llmlint.link.program.answers import Answers, Question
from llmlint.link.program.looks import Moved
from llmlint.link.rests import Leaf
from llmlint.scan.facts import GrowingFacts, Mention, ModuleFacts
from llmlint.source import Source, Span

if TYPE_CHECKING:
    LoadFile = Callable[[str], "tuple[Source, ModuleFacts | GrowingFacts] | None"]


class Stale(Exception):
    """Something lies in code that has changed."""


class Changes:
    """The files that have changed since a run with these answers, of which `others` are files with calls that had none, or the other way around.
    Notes in the answers how the files are made up now."""

    def __init__(self, answers: Answers, load: LoadFile, changed: Iterable[str], others: Collection[str]) -> None:
        self._answers = answers
        self._changed = frozenset(changed)
        self._leaves: dict[str, list[Leaf]] = {path: [] for path in self._changed}
        for leaf in answers.resting:
            if leaf[0] != "asked" and leaf[1] in self._leaves:
                self._leaves[leaf[1]].append(leaf)
        self._moved: dict[str, Moved] = {}
        self._stale: list[Leaf] = []
        for path in self._changed:
            self._stale += self._leaves[path] if path in others else self._stale_of(path, load)

    def affected(self, stale: Iterable[Question]) -> frozenset[str]:
        """The files with calls whose results rest on what has changed, some answers among it."""
        leaves = [*self._stale, *(("asked", *question) for question in stale)]
        resting = self._answers.resting
        return frozenset().union(*(resting[leaf] for leaf in leaves if leaf in resting))

    def place_now(self, span: Span) -> Span:
        """Where a place of the run before is now."""
        if span.path not in self._changed:
            return span
        by = self._moved.get(span.path)
        if by is None:
            raise Stale
        try:
            return Span(span.path, by.offset(span.start), by.offset(span.end))
        except ValueError:
            raise Stale from None

    def _stale_of(self, path: str, load: LoadFile) -> list[Leaf]:
        """What was looked at of a file and is another one now."""
        leaves, look = self._leaves[path], self._answers.looks.pop(path, None)
        loaded = load(path) if look is not None else None
        after = look.after(loaded[1], loaded[0].text) if look is not None and loaded is not None else None
        if look is None or loaded is None or after is None or isinstance(loaded[1], ModuleFacts):
            return leaves
        facts, changes = loaded[1], look.changes(after, loaded[0].text)
        self._answers.looks[path], self._moved[path] = after, Moved(look, after, changes)
        others = [number for number, change in changes.items() if change is None]
        # Functions that nobody looked into are none of those whose facts there were.
        plain = [change for change in changes.values() if change is not None]
        has_other_flow = not look.inside.keys().isdisjoint(others)

        def is_stale(leaf: Leaf) -> bool:
            kind = leaf[0]
            if kind == "function":
                return leaf[2] in changes
            if kind == "flow":
                return leaf[2] in others
            if kind == "flows":
                return has_other_flow
            if kind == "facts":
                change = changes.get(leaf[2])
                return change is not None and leaf[3] in change.kinds
            if kind == "all facts":
                return has_other_flow or any(leaf[2] in change.kinds for change in plain)
            if kind == "name":
                change = changes.get(leaf[2])
                return change is not None and leaf[3] in change.words
            if kind == "word":
                return has_other_flow or any(leaf[2] in change.words for change in plain)
            if kind == "mention":
                return any(leaf[2] in change.words for change in plain) or after.mentions(
                    facts, leaf[2], Mention(leaf[3]), others
                )
            return bool(kind != "file")

        return list(filter(is_stale, leaves))
