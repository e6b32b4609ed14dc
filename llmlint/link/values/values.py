"""What an expression can be, as far as the source tells."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from llmlint.request_data import Stability as Stability
from llmlint.scan.expressions import Call, Expr
from llmlint.source import Span

if TYPE_CHECKING:
    from dataclasses import dataclass

    from llmlint.link.names.index import ModuleIndex
    from llmlint.link.values.place import Place
else:
    from llmlint.performance.unfrozen import dataclass

MOST_ALTERNATIVES = 8
MOST_VARIANTS = 4
_MOST_NODES = 50_000
_DEEPEST_NESTING = 50
MOST_CHARACTERS = 400_000
MOST_ITEMS = 4_096
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
    """A string: known pieces and holes in order. `source` says how a constant got there (see `callsite.ModelValue.source`).

    `chosen`: where it is one of several values, how often the choice between them is made. `VOLATILE` is for the items of a loop, each of
    which has its turn once.
    """

    parts: tuple[Known | Hole, ...]
    at: Span
    source: str = "literal"
    chosen: Stability = Stability.STABLE

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


TESTED = "tested"
"""The source of a text that a value of unknown origin is compared with."""


@dataclass(frozen=True, slots=True)
class Literal:
    """A constant that is no string."""

    value: bytes | int | float | complex | bool | None
    at: Span


class Entry:
    """One item of a dict: what it can be, and whether it is there on all paths. `at` is the expression of its value.

    What it can be may be given as a function, which is called when somebody asks: most items of most dicts never matter. Its result is not kept
    here: while evaluation is at work, it may leave something out, and the evaluator remembers those that do not.
    """

    __slots__ = ("_bounded", "_values", "at", "is_certain")

    def __init__(self, values: tuple[Value, ...] | Callable[[], tuple[Value, ...]], is_certain: bool, at: Span) -> None:
        self._values = values
        self._bounded: tuple[Value, ...] | None = None
        self.is_certain = is_certain
        self.at = at

    @property
    def values(self) -> tuple[Value, ...]:
        return self._values if isinstance(self._values, tuple) else self._values()

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
    had it in hand and may have changed it. `chosen`: as for `Text`. `further` is what each item with such a key can be, where the source tells:
    `prompts[name] = prompt_of(name)`."""

    entries: dict[str, Entry]
    at: Span
    is_open: bool = False
    has_escaped: bool = False
    chosen: Stability = Stability.STABLE
    further: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Items:
    """A list or tuple. `is_open`: more may follow behind `items`. `has_escaped`: as for `Record`. `chosen`: as for `Text`. `further` is what each
    of those that may follow can be, where the source tells: a loop appends them."""

    items: tuple[tuple[Value, ...], ...]
    at: Span
    is_open: bool = False
    has_escaped: bool = False
    chosen: Stability = Stability.STABLE
    further: tuple[Value, ...] = ()


@dataclass(frozen=True, slots=True)
class Function:
    """A function, method or lambda of the program; `receiver` where it is bound to an object or class. `chosen`: as for `Text`."""

    module: ModuleIndex
    scope: int
    receiver: Value | None = None
    chosen: Stability = Stability.STABLE


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
        kind, start = type(value), _start_of(value) if found else None
        for other in found:
            # Most values that are told apart are written at different places, which is seen sooner than the rest.
            if value is other or (type(other) is kind and _start_of(other) == start and value == other):
                break
        else:
            if len(found) == MOST_ALTERNATIVES:
                found[-1] = Unknown(max(stability_of(found[-1]), stability_of(value), Stability.VARYING), _span_of(found[-1]))
                break
            found.append(value)
    return tuple(found)


def _start_of(value: Value) -> int | None:
    return getattr(getattr(value, "at", None), "start", None)


def _span_of(value: Value) -> Span:
    if isinstance(value, (Function, Class)):
        scope = value.module.scopes[value.scope]
        return Span(value.module.path, scope.start, scope.end)
    if isinstance(value, (Text, Literal, Record, Items, Unknown)):
        return value.at
    if isinstance(value, Object) and value.call is not None and value.place is not None:
        return value.place.span(value.call)
    return Span("", 0, 0)


def among(values: Iterable[Value], chosen: Stability | Callable[[], Stability]) -> tuple[Value, ...]:
    """Several values between which a choice is made as often as `chosen` says; it is asked only where that matters."""
    found = unique(values)
    if len(found) < 2 or not any(isinstance(value, (Text, Record, Items)) for value in found):
        return found
    how_often = chosen if isinstance(chosen, Stability) else chosen()
    return tuple(with_choice(value, how_often) for value in found)


def with_choice(value: Value, chosen: Stability) -> Value:
    """One of several values between which a choice is made as often as `chosen` says."""
    if chosen is Stability.STABLE:
        return value
    if not isinstance(value, (Text, Record, Items, Function)):
        return value
    return dataclasses.replace(value, chosen=max(value.chosen, chosen))


def choice_of(values: Iterable[Value]) -> Stability:
    """How often the choice between several values is made."""
    return max((value.chosen for value in values if isinstance(value, (Text, Record, Items))), default=Stability.STABLE)


def alone(value: Value) -> Value:
    """A value that turned out to be the only one."""
    if not isinstance(value, (Text, Record, Items)) or value.chosen is Stability.STABLE:
        return value
    return dataclasses.replace(value, chosen=Stability.STABLE)


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
        return dataclasses.replace(value, parts=tuple(parts), chosen=min(value.chosen, Stability.UNKNOWN))
    if isinstance(value, (Record, Items)):
        return dataclasses.replace(value, chosen=min(value.chosen, Stability.UNKNOWN))
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
    if not isinstance(value, (Text, Record, Items)):
        return Stability.STABLE
    own = min(value.chosen, Stability.VARYING)
    if isinstance(value, Text):
        return max([own, *(part.stability for part in value.parts if isinstance(part, Hole))])
    if id(value) not in known:
        groups = value.items if isinstance(value, Items) else (entry.values for entry in value.entries.values())
        own = Stability.VARYING if value.is_open or value.has_escaped else own
        known[id(value)] = max([own, *(_stability_of(each, known) for values in groups for each in values)])
    return known[id(value)]


def is_known(value: Value) -> bool:
    """Whether the source tells all of a value."""
    if isinstance(value, Text):
        return value.value is not None
    if isinstance(value, (Record, Items)):
        inner = [entry.values for entry in value.entries.values()] if isinstance(value, Record) else value.items
        is_closed = not value.is_open and not value.has_escaped
        return is_closed and all(len(each) == 1 and is_known(each[0]) for each in inner)
    return isinstance(value, Literal)
