"""The arguments of one LLM call, wherever they are given: keywords, `**` splats, or a runner's arguments."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass

from llmlint.link.program.program import Program
from llmlint.link.values import containers
from llmlint.link.values.binding import bind_to, signature
from llmlint.link.values.evaluation import Evaluation
from llmlint.link.values.place import Place
from llmlint.link.values.values import Literal, Record, Value
from llmlint.scan.expressions import Argument, Expr
from llmlint.scan.facts import Parameter
from llmlint.source import Span


@dataclass(frozen=True, slots=True, eq=False)
class CallArguments:
    """`fields` are the arguments by name with all their values; `written` those written at the call itself."""

    place: Place
    site: Expr
    fields: Record
    written: dict[str, Argument]
    splats: tuple[Argument, ...]
    program: Program

    def source(self, span: Span) -> str:
        """The source text of a span, in whichever file of the program it lies."""
        return self.program.code(span)

    @property
    def is_in_loop(self) -> bool:
        """Whether a loop of its own function stands around the call."""
        return bool(self.place.module.loops(self.place.point.block))

    def is_in_function(self, at: Span) -> bool:
        """Whether something is written in the function that makes the call."""
        module = self.place.module
        scope = module.scopes[self.place.point.scope]
        inner = (each for each in module.scopes_in(scope.id) if each.start <= at.start < each.end)
        return at.path == module.path and scope.start <= at.start < scope.end and not any(inner)

    def parameter(self, name: str) -> Parameter | None:
        """A parameter of the function that makes the call, by its name."""
        return self.place.module.parameter(self.place.point.scope, name)

    @property
    def functions(self) -> tuple[str, ...]:
        """The names of the functions around the call, inside out."""
        module = self.place.module
        scope: int | None = self.place.point.scope
        names = []
        while scope is not None:
            if module.scopes[scope].kind == "function":
                names.append(module.scopes[scope].name)
            scope = module.scopes[scope].parent
        return tuple(names)

    def opened(self) -> CallArguments:
        """The same arguments, to which somebody else may add arguments."""
        return dataclasses.replace(self, fields=dataclasses.replace(self.fields, is_open=True))

    def values(self, name: str) -> tuple[Value, ...]:
        """What an argument can be; empty where it is not given."""
        entry = self.fields.entries.get(name)
        return entry.bounded if entry is not None else ()

    def has(self, name: str) -> bool:
        """Whether an argument is given and is not plainly None."""
        values = self.values(name)
        return bool(values) and not all(isinstance(value, Literal) and value.value is None for value in values)

    def is_true(self, name: str) -> bool:
        """Whether an argument is, on some path, the constant True."""
        return any(isinstance(value, Literal) and value.value is True for value in self.values(name))


def read_arguments(
    evaluator: Evaluation, site: Expr, given: Sequence[Argument], names: Sequence[str], place: Place
) -> CallArguments:
    """The request of a call. `names` are the positional parameters in order."""
    at = place.span(site)
    fields = Record({}, at)
    written: dict[str, Argument] = {}
    splats: list[Argument] = []
    for argument, parameter, _ in bind_to(signature(tuple(names)), given):
        span = place.span(argument.value)
        keyword = argument.keyword or (parameter.name if parameter is not None else None)
        if keyword is not None:
            written[keyword] = argument
            fields = containers.with_entry(evaluator, fields, keyword, argument.value, place)
        elif argument.star == "**":
            splats.append(argument)
            fields = containers.merge(evaluator, fields, evaluator.evaluate(argument.value, place), span)
        elif argument.star == "*":
            fields = Record(fields.entries, fields.at, True, fields.has_escaped)
    return CallArguments(
        place, site, Record(fields.entries, at, fields.is_open, fields.has_escaped), written, tuple(splats), evaluator.program
    )
