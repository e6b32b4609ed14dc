"""What linking has seen of a file: all of it but the bodies of functions that nothing led into.

Facts of a function's body are there once somebody asks for the function, or for a name that it mentions (`scan/outline.py`). So a change of
bodies that nobody has looked into makes no difference to what was found, as long as they still mention none of the names that were asked for.
It only moves what stands behind them.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from llmlint.scan.facts import Mention, ModuleFacts

if TYPE_CHECKING:
    from llmlint.link.names.index import ModuleIndex
    from llmlint.scan.facts import GrowingFacts

Function = tuple[int, int, int]
"""Where a function starts, its body starts, and it ends."""


@dataclass(frozen=True)
class Look:
    """What was seen of one file.

    `functions` are those whose bodies can be left out, and `seen` the numbers of those whose bodies were not. `asked` are the names that were asked
    for, and how. `is_whole`: all of the text counts. `digest` stands for the text without the unseen bodies, once it is known.
    """

    functions: tuple[Function, ...]
    seen: frozenset[int]
    asked: frozenset[tuple[str, int]]
    is_whole: bool
    digest: str | None = None

    @classmethod
    def of(cls, module: ModuleIndex, slices: Iterable[tuple[int, int]], is_whole: bool) -> Look:
        """What was seen of a module, of whose text some `slices` were read, or all of it."""
        growing = module.growing
        if growing is None or is_whole:
            return cls((), frozenset(), frozenset(), True)
        look = cls(growing.functions, growing.seen, frozenset(module.asked_for), False)
        unseen = look.unseen()
        ends = [last for _, last in unseen]
        first_after = ((bisect_right(ends, start), end) for start, end in slices)
        if any(number < len(unseen) and unseen[number][0] < end for number, end in first_after):
            return cls((), frozenset(), frozenset(), True)
        return look

    def unseen(self) -> list[tuple[int, int]]:
        """The bodies that were not looked into, by their places."""
        return [(body, end) for number, (_, body, end) in enumerate(self.functions) if number not in self.seen]

    def with_other(self, other: Look) -> Look:
        """What was seen of the same text by two runs."""
        if self.is_whole or other.is_whole or self.functions != other.functions:
            return Look((), frozenset(), frozenset(), True)
        seen = self.seen | other.seen
        return replace(self, seen=seen, asked=self.asked | other.asked, digest=self.digest if seen == self.seen else None)

    def with_digest(self, text: Callable[[], str]) -> Look:
        """The same with the digest of the text that was looked at."""
        if self.is_whole or self.digest is not None:
            return self
        return replace(self, digest=_digest(text(), self.functions, self.seen))

    def after(self, facts: ModuleFacts | GrowingFacts, text: str) -> Look | None:
        """The same for a text of which these are the facts, where only bodies have changed that nobody has looked into; else None."""
        if self.is_whole or isinstance(facts, ModuleFacts) or len(facts.functions) != len(self.functions):
            return None
        functions = facts.functions
        if _digest(text, functions, self.seen) != self.digest:
            return None
        unseen = [(start, end) for number, (start, _, end) in enumerate(functions) if number not in self.seen]
        for name, how in self.asked:
            if any(_is_inside(at, unseen) for at in facts.mentions(name, Mention(how))):
                return None
        return replace(self, functions=functions)

    # As JSON has it

    def record(self) -> list[Any]:
        flat = [offset for function in self.functions for offset in function]
        return [flat, sorted(self.seen), sorted(self.asked), self.is_whole, self.digest]

    @classmethod
    def of_record(cls, record: Sequence[Any]) -> Look:
        flat, seen, asked, is_whole, digest = record
        functions = tuple((flat[at], flat[at + 1], flat[at + 2]) for at in range(0, len(flat), 3))
        return cls(functions, frozenset(seen), frozenset((name, how) for name, how in asked), bool(is_whole), digest)


class Moved:
    """Where the offsets of a text are after a change of bodies that nobody has looked into."""

    def __init__(self, before: Look, after: Look) -> None:
        self._before, self._after = before.unseen(), after.unseen()
        self._ends = [end for _, end in self._before]

    def offset(self, offset: int) -> int:
        """Raises ValueError for one inside of such a body."""
        number = bisect_right(self._ends, offset)
        if number < len(self._before) and offset > self._before[number][0]:
            raise ValueError("in code that nobody has looked at")
        return offset + (self._after[number - 1][1] - self._ends[number - 1] if number else 0)


def _digest(text: str, functions: Sequence[Function], seen: Collection[int]) -> str:
    """A name for a text without the bodies of some functions."""
    digest = hashlib.sha256()
    at = 0
    for number, (_, body, end) in enumerate(functions):
        if number not in seen:
            digest.update(f"{text[at:body]}\0".encode("utf-8", "surrogatepass"))
            at = end
    digest.update(text[at:].encode("utf-8", "surrogatepass"))
    return digest.hexdigest()[:32]


def _is_inside(at: int, places: Sequence[tuple[int, int]]) -> bool:
    number = bisect_right(places, (at, len(places) and places[-1][1] + 1)) - 1
    return number >= 0 and places[number][0] <= at < places[number][1]
