"""Expressions in a small form: the part of Python's grammar that prompts, requests and clients are written in.

Offsets are characters in the file's text; the parentheses around an expression are part of it. Nodes compare by identity, so that each
can be a key.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
    from typing import Literal

    ComprehensionKind = Literal["list", "set", "dict", "generator"]
else:
    from llmlint.performance.unfrozen import dataclass


@dataclass(frozen=True, slots=True, eq=False)
class Expr:
    start: int
    end: int

    def children(self) -> tuple[Expr, ...]:
        return ()


@dataclass(frozen=True, slots=True, eq=False)
class Constant(Expr):
    value: str | bytes | int | float | complex | bool | None


@dataclass(frozen=True, slots=True, eq=False)
class FormattedValue(Expr):
    """One `{…}` of an f-string. `is_plain`: without a conversion or a format specification. `spec` is the latter where it has no holes."""

    value: Expr
    is_plain: bool
    spec: str = ""

    def children(self) -> tuple[Expr, ...]:
        return (self.value,)


@dataclass(frozen=True, slots=True, eq=False)
class FormattedString(Expr):
    """An f-string, or implicit concatenation with one in it: constants and holes in order."""

    parts: tuple[Constant | FormattedValue, ...]

    def children(self) -> tuple[Expr, ...]:
        return self.parts


@dataclass(frozen=True, slots=True, eq=False)
class Name(Expr):
    id: str


@dataclass(frozen=True, slots=True, eq=False)
class Attribute(Expr):
    value: Expr
    attr: str

    def children(self) -> tuple[Expr, ...]:
        return (self.value,)


@dataclass(frozen=True, slots=True, eq=False)
class Subscript(Expr):
    value: Expr
    index: Expr

    def children(self) -> tuple[Expr, ...]:
        return (self.value, self.index)


@dataclass(frozen=True, slots=True, eq=False)
class Argument(Expr):
    """An argument of a call. `star` is ``""``, `*` or `**`; the span covers the keyword too."""

    value: Expr
    keyword: str | None
    star: str

    def children(self) -> tuple[Expr, ...]:
        return (self.value,)


@dataclass(frozen=True, slots=True, eq=False)
class Call(Expr):
    func: Expr
    args: tuple[Argument, ...]

    def children(self) -> tuple[Expr, ...]:
        return (self.func, *self.args)

    def argument(self, keyword: str, position: int | None = None) -> Argument | None:
        """The argument given by keyword, or by position among arguments that come before any `*`."""
        for index, argument in enumerate(self.args):
            if argument.keyword == keyword:
                return argument
            if index == position and argument.keyword is None and not argument.star:
                return argument
            if argument.star == "*":
                position = None
        return None

    def value(self, keyword: str, position: int | None = None) -> Expr | None:
        found = self.argument(keyword, position)
        return found.value if found else None


@dataclass(frozen=True, slots=True, eq=False)
class Operation(Expr):
    """A unary, binary, boolean or comparison operator over its operands: `+`, `%`, `or`, `and`, `not`, `==`, `in` …"""

    operator: str
    operands: tuple[Expr, ...]

    def children(self) -> tuple[Expr, ...]:
        return self.operands


@dataclass(frozen=True, slots=True, eq=False)
class Conditional(Expr):
    test: Expr
    body: Expr
    orelse: Expr

    def children(self) -> tuple[Expr, ...]:
        return (self.test, self.body, self.orelse)


@dataclass(frozen=True, slots=True, eq=False)
class Sequence(Expr):
    """A list, tuple or set display; `kind` says which."""

    kind: str
    items: tuple[Expr, ...]

    def children(self) -> tuple[Expr, ...]:
        return self.items


@dataclass(frozen=True, slots=True, eq=False)
class Mapping(Expr):
    """A dict display: pairs of key and value; the key is None for `**value`."""

    items: tuple[tuple[Expr | None, Expr], ...]

    def children(self) -> tuple[Expr, ...]:
        return tuple(part for item in self.items for part in item if part is not None)


@dataclass(frozen=True, slots=True, eq=False)
class Starred(Expr):
    value: Expr

    def children(self) -> tuple[Expr, ...]:
        return (self.value,)


@dataclass(frozen=True, slots=True, eq=False)
class Lambda(Expr):
    """A lambda; its parameters and body are the scope `scope_id`, where the body is a `return`."""

    scope_id: int


COMPREHENSION_KINDS: dict[str, ComprehensionKind] = {
    "ListComp": "list",
    "SetComp": "set",
    "DictComp": "dict",
    "GeneratorExp": "generator",
}
"""By the classes of both kinds of syntax trees."""


@dataclass(frozen=True, slots=True, eq=False)
class Comprehension(Expr):
    """`iterables` has one entry a `for`; `block` is the innermost block of its body. `conditions`
    are the tests behind all its `if`s."""

    kind: ComprehensionKind
    element: Expr
    iterables: tuple[Expr, ...]
    block: int
    conditions: tuple[Expr, ...] = ()

    def children(self) -> tuple[Expr, ...]:
        return (*self.iterables, self.element)


@dataclass(frozen=True, slots=True, eq=False)
class Await(Expr):
    value: Expr

    def children(self) -> tuple[Expr, ...]:
        return (self.value,)


@dataclass(frozen=True, slots=True, eq=False)
class Walrus(Expr):
    target: Name
    value: Expr

    def children(self) -> tuple[Expr, ...]:
        return (self.target, self.value)


@dataclass(frozen=True, slots=True, eq=False)
class Other(Expr):
    """Anything else (slices, yields …): only what it is made of."""

    parts: tuple[Expr, ...]

    def children(self) -> tuple[Expr, ...]:
        return self.parts


def walk(expression: Expr) -> Iterator[Expr]:
    """The expression and everything in it, outside in, without entering lambdas."""
    pending = [expression]
    while pending:
        node = pending.pop()
        yield node
        pending.extend(reversed(node.children()))


def dotted_name(expression: Expr) -> str | None:
    """`a.b.c` for a chain of names, else None."""
    parts: list[str] = []
    while isinstance(expression, Attribute):
        parts.append(expression.attr)
        expression = expression.value
    if not isinstance(expression, Name):
        return None
    parts.append(expression.id)
    return ".".join(reversed(parts))


def names_in(expression: Expr) -> set[str]:
    """The names that stand in an expression, without those of attributes."""
    return {node.id for node in walk(expression) if isinstance(node, Name)}


def last_name(expression: Expr | None) -> str | None:
    """`c` for a chain of names `a.b.c`, and for what else `c` is an attribute of."""
    if isinstance(expression, Attribute):
        return expression.attr
    return expression.id if isinstance(expression, Name) else None


def root_name(expression: Expr) -> str | None:
    """The name at the left end of a chain of attributes, items and calls."""
    while isinstance(expression, (Attribute, Subscript, Call)):
        expression = expression.func if isinstance(expression, Call) else expression.value
    return expression.id if isinstance(expression, Name) else None
