"""The table of library calls that evaluation sees through, and how a function enters it.

A function takes a `LibraryCall` and yields what the call can return; where it yields nothing, the call is judged by its name alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, NamedTuple

from llmlint.link.values.stability import stability_at
from llmlint.link.values.values import Stability, Unknown, Value

if TYPE_CHECKING:
    from llmlint.link.values.evaluation import Evaluation
    from llmlint.link.values.place import Place
    from llmlint.scan import expressions as ex
    from llmlint.source import Span


class LibraryCall(NamedTuple):
    """A call of something outside the program. `name` is its qualified name: `os.getenv`, `string.Template().substitute`."""

    evaluator: Evaluation
    name: str
    expression: ex.Call
    place: Place

    @property
    def at(self) -> Span:
        return self.place.span(self.expression)

    @property
    def tail(self) -> str:
        """The last part of its name."""
        return self.name.rpartition(".")[2]

    @property
    def made_by(self) -> str:
        """The class (or function) whose object or result has this method: `openai.OpenAI` of `openai.OpenAI().with_options`."""
        return self.name.rpartition("().")[0]

    @property
    def first(self) -> ex.Expr | None:
        """The first argument, if it is plain to see."""
        args = self.expression.args
        return args[0].value if args and not args[0].star else None

    def values(self, argument: ex.Expr | None) -> tuple[Value, ...]:
        """What an argument can be; nothing where it is not given."""
        return self.evaluator.evaluate(argument, self.place) if argument is not None else ()

    def result(self) -> Unknown:
        """The result of a call that cannot be seen through."""
        return Unknown(stability_at(self.place.module, self.place.point, self.expression), self.at, self.expression, self.place)

    def unknown(self, stability: Stability) -> Unknown:
        return Unknown(stability, self.at, self.expression, self.place)


Effect = Callable[[LibraryCall], Iterator[Value]]

_BY_NAME: dict[str, Effect] = {}
_ATTRIBUTES: dict[str, Effect] = {}
_BY_ENDING: dict[str, Effect] = {}
_BY_TAIL: dict[str, Effect] = {}


def known(*names: str) -> Callable[[Effect], Effect]:
    """Register the function for calls with one of some qualified names."""
    return _entering(_BY_NAME, names)


def known_ending(*endings: str) -> Callable[[Effect], Effect]:
    """The same for names that end in one of some strings, unless the whole name is known."""
    return _entering(_BY_ENDING, endings)


def known_tail(*tails: str) -> Callable[[Effect], Effect]:
    """The same for names with one of some last parts, in whatever package, unless more of the name is known."""
    return _entering(_BY_TAIL, tails)


def known_attribute(*names: str) -> Callable[[Effect], Effect]:
    """The same for an attribute of what a library makes, by its qualified name: `frontmatter.load().content`. It takes the call that made it."""
    return _entering(_ATTRIBUTES, names)


def attribute(name: str) -> Effect | None:
    """The function for an attribute of what a library makes."""
    return _ATTRIBUTES.get(name)


def _entering(table: dict[str, Effect], keys: tuple[str, ...]) -> Callable[[Effect], Effect]:
    def enter(effect: Effect) -> Effect:
        assert table.keys().isdisjoint(keys)
        table.update(dict.fromkeys(keys, effect))
        return effect

    return enter


def find(name: str) -> Effect | None:
    """The function for a qualified name."""
    by_name = _BY_NAME.get(name)
    if by_name is not None:
        return by_name
    if name.endswith(tuple(_BY_ENDING)):
        return next(effect for ending, effect in _BY_ENDING.items() if name.endswith(ending))
    return _BY_TAIL.get(name.rpartition(".")[2])
