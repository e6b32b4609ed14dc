"""How a file was made up when it was looked at: its functions, and what stands outside of their bodies.

Facts of a function's body are there once somebody asks for the function, or for a name that it mentions (`scan/outline.py`). So a change of
bodies makes no difference to results that rest neither on these functions nor on a name that they mention now. It only moves what stands behind
them. Of functions that were looked into, a change of plain statements makes none where nobody asked for what these say (`body_changes.py`).
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from llmlint.link.program.body_changes import BodyChange, change_of_body
from llmlint.scan.facts import Mention, ModuleFacts

if TYPE_CHECKING:
    from llmlint.link.names.index import ModuleIndex
    from llmlint.scan.facts import GrowingFacts

Function = tuple[int, int, int]
"""Where a function starts, the first line of its body does, and it ends."""


@dataclass(frozen=True)
class Look:
    """One file as it was.

    `functions` are those whose bodies can be left out. `outside` stands for the text without these bodies, and `inside` has the bodies of those
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

    def with_text(self, find_text: Callable[[], str], numbers: Collection[int]) -> Look:
        """The same with what stands for its text, and with the bodies of some functions."""
        if self.is_whole or (self.outside is not None and self.inside.keys() >= {*numbers}):
            return self
        text = find_text()
        bodies = {number: self.functions[number] for number in numbers}
        inside = {number: text[body:end] for number, (_, body, end) in bodies.items()}
        return replace(self, outside=_digest(*_outside(text, self.functions)), inside=inside)

    def after(self, facts: ModuleFacts | GrowingFacts, text: str) -> Look | None:
        """The same for a text of which these are the facts, where nothing but bodies of functions has changed; else None."""
        if self.is_whole or isinstance(facts, ModuleFacts) or len(facts.functions) != len(self.functions):
            return None
        now = Look(facts.functions).with_text(lambda: text, self.inside)
        return now if now.outside == self.outside else None

    def changes(self, after: Look, text: str) -> dict[int, BodyChange | None]:
        """The functions whose bodies may be others than before, by their numbers, with how where that is known. `text` is that of the file now."""
        found: dict[int, BodyChange | None] = {}
        for number, (_, start, end) in enumerate(after.functions):
            before = self.inside.get(number)
            if before is None:
                found[number] = None
            elif before != text[start:end]:
                ahead = text[text.rfind("\n", 0, start) + 1 : start]
                found[number] = change_of_body(before, text[start:end], " " if ahead.strip() else ahead)
        return found

    def mentions(self, facts: GrowingFacts, name: str, how: Mention, numbers: Sequence[int]) -> bool:
        """Whether some of the functions mention a name in some way."""
        places = [self.functions[number] for number in numbers]
        starts = [start for start, _, _ in places]
        for at in facts.mentions(name, how) if places else ():
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
    """Where the offsets of a text are after changes of the bodies of some functions."""

    def __init__(self, before: Look, after: Look, changes: Mapping[int, BodyChange | None]) -> None:
        self._before, self._after, self._changes = before.functions, after.functions, changes
        self._ends = [end for _, _, end in self._before]

    def offset(self, offset: int) -> int:
        """Raises ValueError for one in code that has changed."""
        number = bisect_right(self._ends, offset)
        if number < len(self._before) and offset > self._before[number][0]:
            start, body, _ = self._before[number]
            if offset >= body and number in self._changes:
                change = self._changes[number]
                if change is None:
                    raise ValueError("in code that has changed")
                return self._after[number][1] + change.offset(offset - body)
            return offset + self._after[number][0] - start
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
