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

    __slots__ = ("_values", "at", "is_certain")

    def __init__(self, values: tuple[Value, ...] | Callable[[], tuple[Value, ...]], is_certain: bool, at: Span) -> None:
        self._values = values
        self.is_certain = is_certain
        self.at = at

    @property
    def values(self) -> tuple[Value, ...]:
        if not isinstance(self._values, tuple):
            self._values = self._values()
        return self._values

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
    for text in texts:
        parts.extend(text.parts)
    return Text(tuple(parts), at)


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
    if isinstance(value, Unknown):
        return value.stability
    if isinstance(value, Text):
        return max((part.stability for part in value.parts if isinstance(part, Hole)), default=Stability.STABLE)
    if isinstance(value, Items):
        own = Stability.VARYING if value.is_open or value.has_escaped else Stability.STABLE
        return max((stability_of(v) for alternatives in value.items for v in alternatives), default=own)
    if isinstance(value, Record):
        own = Stability.VARYING if value.is_open or value.has_escaped else Stability.STABLE
        return max((stability_of(v) for entry in value.entries.values() for v in entry.values), default=own)
    return Stability.STABLE


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
