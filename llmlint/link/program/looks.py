"""How a file was made up when it was looked at: its functions, and what stands outside of their bodies.

Facts of a function's body are there once somebody asks for the function, or for a name that it mentions (`scan/outline.py`). So a change of
bodies makes no difference to results that rest neither on these functions nor on a name that they mention now. It only moves what stands behind
them.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from llmlint.scan.facts import Mention, ModuleFacts

if TYPE_CHECKING:
    from llmlint.link.names.index import ModuleIndex
    from llmlint.scan.facts import GrowingFacts

Function = tuple[int, int, int]
"""Where a function starts, its body starts, and it ends."""


@dataclass(frozen=True)
class Look:
    """One file as it was.

    `functions` are those whose bodies can be left out. `outside` stands for the text without these bodies, and `inside` for the bodies of those
    on which results rest, by their numbers. `is_whole`: nothing is known of its functions.
    """

    functions: tuple[Function, ...]
    is_whole: bool = False
    outside: str | None = None
    inside: Mapping[int, str] = field(default_factory=dict)

    @classmethod
    def of(cls, module: ModuleIndex) -> Look:
        return cls((), True) if module.growing is None else cls(module.growing.functions)

    def with_other(self, other: Look) -> Look:
        """The same where two runs have looked at the same text."""
        if self.is_whole or other.is_whole or self.functions != other.functions:
            return Look((), True)
        return self if self.outside is not None else other

    def with_digests(self, find_text: Callable[[], str], numbers: Collection[int]) -> Look:
        """The same with what stands for its text, and for the bodies of some functions."""
        if self.is_whole or (self.outside is not None and self.inside.keys() >= {*numbers}):
            return self
        text = find_text()
        bodies = {number: self.functions[number] for number in numbers}
        inside = {number: _digest(text[body:end]) for number, (_, body, end) in bodies.items()}
        return replace(self, outside=_digest(*_outside(text, self.functions)), inside=inside)

    def after(self, facts: ModuleFacts | GrowingFacts, text: str) -> Look | None:
        """The same for a text of which these are the facts, where nothing but bodies of functions has changed; else None."""
        if self.is_whole or isinstance(facts, ModuleFacts) or len(facts.functions) != len(self.functions):
            return None
        now = Look(facts.functions).with_digests(lambda: text, self.inside)
        return now if now.outside == self.outside else None

    def changed(self, after: Look) -> list[int]:
        """The functions whose bodies may be others than before, by their numbers."""
        inside = self.inside
        return [number for number in range(len(self.functions)) if number not in inside or inside[number] != after.inside[number]]

    def mentions(self, facts: GrowingFacts, name: str, how: Mention, numbers: Sequence[int]) -> bool:
        """Whether some of the functions mention a name in some way."""
        places = [self.functions[number] for number in numbers]
        starts = [start for start, _, _ in places]
        for at in facts.mentions(name, how):
            number = bisect_right(starts, at) - 1
            if number >= 0 and at < places[number][2]:
                return True
        return False

    # As JSON has it

    def record(self) -> list[Any]:
        flat = [offset for function in self.functions for offset in function]
        return [flat, self.is_whole, self.outside, list(self.inside.items())]

    @classmethod
    def of_record(cls, record: Sequence[Any]) -> Look:
        flat, is_whole, outside, inside = record
        functions = tuple((flat[at], flat[at + 1], flat[at + 2]) for at in range(0, len(flat), 3))
        return cls(functions, bool(is_whole), outside, dict(inside))


class Moved:
    """Where the offsets of a text are after a change of the bodies of some functions."""

    def __init__(self, before: Look, after: Look) -> None:
        self._before, self._after = before.functions, after.functions
        self._changed = frozenset(before.changed(after))
        self._ends = [end for _, _, end in self._before]

    def offset(self, offset: int) -> int:
        """Raises ValueError for one inside of such a body."""
        number = bisect_right(self._ends, offset)
        if number < len(self._before) and offset > self._before[number][0]:
            _, body, _ = self._before[number]
            if offset > body and number in self._changed:
                raise ValueError("in code that has changed")
            return offset + self._after[number][0] - self._before[number][0]
        return offset + (self._after[number - 1][2] - self._ends[number - 1] if number else 0)


def _outside(text: str, functions: Sequence[Function]) -> Iterator[str]:
    at = 0
    for _, body, end in functions:
        yield text[at:body]
        at = end
    yield text[at:]


def _digest(*texts: str) -> str:
    digest = hashlib.blake2b(digest_size=16)
    for text in texts:
        digest.update(f"{text}\0".encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
