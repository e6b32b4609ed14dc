"""What an expression can be, as far as the source tells."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING

from llmlint.callsite import Stability as Stability
from llmlint.scan.expressions import Call, Expr
from llmlint.source import Span

if TYPE_CHECKING:
    from dataclasses import dataclass

    from llmlint.link.names.index import ModuleIndex
    from llmlint.link.values.place import Place
else:
    from llmlint.quick import dataclass

MOST_ALTERNATIVES = 8
MOST_VARIANTS = 4
_MOST_NODES = 50_000
_DEEPEST_NESTING = 50
MOST_CHARACTERS = 400_000
MOST_PARTS = 4_000
"""How large a list or dict may be, of how many values and how deep, and how much of a text is followed; what is beyond that is unknown. Values
that are made of the one before, twice each time, have no end."""


@dataclass(frozen=True, slots=True)
class Known:
    """A piece of text that the source tells in full."""

    text: str
    at: Span


@dataclass(frozen=True, slots=True)
class Hole:
    """A piece of text that the source does not tell."""

    stability: Stability
    at: Span


@dataclass(frozen=True, slots=True)
class Text:
    """A string: known pieces and holes in order. `source` says how a constant got there (see `callsite.ModelValue.source`)."""

    parts: tuple[Known | Hole, ...]
    at: Span
    source: str = "literal"

    @property
    def value(self) -> str | None:
        """The whole string where all of it is known."""
        if all(isinstance(part, Known) for part in self.parts):
            return "".join(part.text for part in self.parts if isinstance(part, Known))
        return None

    @property
    def stable_head(self) -> str:
        """What is known to come first, up to the first hole."""
        texts = []
        for part in self.parts:
            if not isinstance(part, Known):
                break
            texts.append(part.text)
        return "".join(texts)

    @property
    def known_length(self) -> int:
        return sum(len(part.text) for part in self.parts if isinstance(part, Known))


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant that is no string."""

    value: bytes | int | float | complex | bool | None
    at: Span


class Entry:
    """One item of a dict: what it can be, and whether it is there on all paths. `at` is the expression of its value.

    What it can be may be given as a function, which is called once somebody asks: most items of most dicts never matter.
    """

    __slots__ = ("_bounded", "_values", "at", "is_certain")

    def __init__(self, values: tuple[Value, ...] | Callable[[], tuple[Value, ...]], is_certain: bool, at: Span) -> None:
        self._values = values
        self._bounded: tuple[Value, ...] | None = None
        self.is_certain = is_certain
        self.at = at

    @property
    def values(self) -> tuple[Value, ...]:
        if not isinstance(self._values, tuple):
            self._values = self._values()
        return self._values

    @property
    def bounded(self) -> tuple[Value, ...]:
        """What the item can be, for those who look into all of it: what is too much for that is unknown."""
        if self._bounded is None:
            sizes: dict[int, int] = {}
            self._bounded = tuple(
                Unknown(Stability.UNKNOWN, self.at) if _size(value, sizes, 0) > _MOST_NODES else value for value in self.values
            )
        return self._bounded

    def made(self, *, is_certain: bool) -> Entry:
        """The same item, where it is more or less certain to be there."""
        return self if is_certain == self.is_certain else Entry(lambda: self.values, is_certain, self.at)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Entry):
            return NotImplemented
        return self.at == other.at and self.is_certain == other.is_certain and self.values == other.values


@dataclass(frozen=True, slots=True)
class Record:
    """A dict with string keys. `is_open`: it can have keys that the source does not tell. `has_escaped`: code that cannot be seen through
    had it in hand and may have changed it."""

    entries: dict[str, Entry]
    at: Span
    is_open: bool = False
    has_escaped: bool = False


@dataclass(frozen=True, slots=True)
class Items:
    """A list or tuple. `is_open`: more may follow behind `items`. `has_escaped`: as for `Record`."""

    items: tuple[tuple[Value, ...], ...]
    at: Span
    is_open: bool = False
    has_escaped: bool = False


@dataclass(frozen=True, slots=True)
class Function:
    """A function, method or lambda of the program; `receiver` where it is bound to an object or class."""

    module: ModuleIndex
    scope: int
    receiver: Value | None = None


@dataclass(frozen=True, slots=True)
class Class:
    """A class of the program."""

    module: ModuleIndex
    scope: int


@dataclass(frozen=True, slots=True)
class Object:
    """An instance: of a class of the program, or of one elsewhere by its qualified name. `call` and `place` are its construction.

    What `super()` stands for has the methods of one base `of` an object of another class, `seen_from`.
    """

    of: Class | str
    call: Call | None
    place: Place | None
    seen_from: Class | None = None


@dataclass(frozen=True, slots=True)
class Package:
    """A module of the program."""

    module: ModuleIndex


@dataclass(frozen=True, slots=True)
class External:
    """Something outside the program, by its qualified name: `openai`, `os.environ.get`, `anthropic.Anthropic`."""

    name: str


@dataclass(frozen=True, slots=True)
class Unknown:
    """Anything else. `expression` and `place` where it came from, if they help: an attribute chain, a call, a parameter."""

    stability: Stability
    at: Span
    expression: Expr | None = None
    place: Place | None = None


Value = Text | Literal | Record | Items | Function | Class | Object | Package | External | Unknown


def unique(values: Iterable[Value]) -> tuple[Value, ...]:
    """The values without repetition, in order, at most `MOST_ALTERNATIVES`; where there are more, the last stands for all that are left out."""
    found: list[Value] = []
    for value in values:
        if any(value is other or (type(value) is type(other) and value == other) for other in found):
            continue
        if len(found) == MOST_ALTERNATIVES:
            found[-1] = Unknown(max(stability_of(found[-1]), stability_of(value), Stability.VARYING), _span_of(found[-1]))
            break
        found.append(value)
    return tuple(found)


def _span_of(value: Value) -> Span:
    if isinstance(value, (Function, Class)):
        scope = value.module.scopes[value.scope]
        return Span(value.module.path, scope.start, scope.end)
    if isinstance(value, (Text, Literal, Record, Items, Unknown)):
        return value.at
    if isinstance(value, Object) and value.call is not None and value.place is not None:
        return value.place.span(value.call)
    return Span("", 0, 0)


def concatenate(texts: Sequence[Text], at: Span) -> Text:
    parts: list[Known | Hole] = []
    characters = 0
    for text in texts:
        parts.extend(text.parts)
        characters += text.known_length
        if characters > MOST_CHARACTERS or len(parts) > MOST_PARTS:
            return Text((*_head(parts), Hole(Stability.UNKNOWN, at)), at)
    return Text(tuple(parts), at)


def _head(parts: Sequence[Known | Hole]) -> list[Known | Hole]:
    """What of a text is followed, as whole parts."""
    kept: list[Known | Hole] = []
    left = MOST_CHARACTERS
    for part in parts[:MOST_PARTS]:
        left -= len(part.text) if isinstance(part, Known) else 0
        if left < 0:
            break
        kept.append(part)
    return kept


def with_source(value: Value, source: str) -> Value:
    """Say how a constant reached its use, unless something nearer to its origin has been said."""
    if isinstance(value, Text) and value.source in ("literal", "constant"):
        return dataclasses.replace(value, source=source)
    return value


def settled(value: Value) -> Value:
    """The value as an object keeps it from its construction on: what is not known of it stays the same, as far as the source tells."""
    if isinstance(value, Unknown):
        return dataclasses.replace(value, stability=min(value.stability, Stability.UNKNOWN))
    if isinstance(value, Text):
        parts = (
            part if isinstance(part, Known) else Hole(min(part.stability, Stability.UNKNOWN), part.at) for part in value.parts
        )
        return dataclasses.replace(value, parts=tuple(parts))
    return value


def stability_of(value: Value) -> Stability:
    """How often a value changes."""
    return _stability_of(value, {})


def _size(value: Value, known: dict[int, int], depth: int) -> int:
    """How many values a value is made of; one that is part of it in many places counts as often as somebody who looks will meet it."""
    if not isinstance(value, (Items, Record)):
        return 1
    if depth > _DEEPEST_NESTING:
        return _MOST_NODES + 1
    if id(value) not in known:
        groups = value.items if isinstance(value, Items) else (entry.values for entry in value.entries.values())
        known[id(value)] = 1 + sum(_size(each, known, depth + 1) for values in groups for each in values)
    return known[id(value)]


def _stability_of(value: Value, known: dict[int, Stability]) -> Stability:
    """The same, where one value may be part of another in many places: of each it is looked for once."""
    if isinstance(value, Unknown):
        return value.stability
    if isinstance(value, Text):
        return max((part.stability for part in value.parts if isinstance(part, Hole)), default=Stability.STABLE)
    if not isinstance(value, (Items, Record)):
        return Stability.STABLE
    if id(value) not in known:
        groups = value.items if isinstance(value, Items) else (entry.values for entry in value.entries.values())
        own = Stability.VARYING if value.is_open or value.has_escaped else Stability.STABLE
        known[id(value)] = max((_stability_of(each, known) for values in groups for each in values), default=own)
    return known[id(value)]


def texts_of(values: Sequence[Value], at: Span, most: int) -> list[Text]:
    """The texts among what a value can be, at most `most`; one hole where there are none."""
    texts = [value for value in values if isinstance(value, Text)]
    return texts[: max(most, 1)] or [as_text(values, at)]


def _said(literal: Literal) -> Known | Hole:
    try:
        return Known(str(literal.value), literal.at)
    except ValueError:  # Python refuses to write an integer of thousands of digits.
        return Hole(Stability.STABLE, literal.at)


def as_text(values: Sequence[Value], at: Span) -> Text:
    """One text for what may be several: the only one, or one hole."""
    if len(values) == 1 and isinstance(values[0], Text):
        return values[0]
    if len(values) == 1 and isinstance(values[0], Literal):
        return Text((_said(values[0]),), at)
    stability = max((stability_of(value) for value in values), default=Stability.UNKNOWN)
    return Text((Hole(stability, at),), at)
