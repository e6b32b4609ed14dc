"""Fields with defaults, and options of the command line."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.link.values.known.table import LibraryCall, known_tail
from llmlint.link.values.values import Function, Object, Stability, Value, with_source

# Nothing but the construction overrides these.
_PLAIN = frozenset({"field", "attrib", "ib"})


@known_tail("Field", "field", "Header", "Query", "Body", "Factor", "attrib", "ib")
def field(call: LibraryCall) -> Iterator[Value]:
    """`Field(default=…)` of pydantic, `field(default_factory=…)` of a dataclass."""
    if call.name != "builtins.field":
        yield from _default(call, "attribute")


@known_tail("Option", "Argument")
def option(call: LibraryCall) -> Iterator[Value]:
    """`typer.Option(…)`."""
    yield from _default(call, "option-default")


def _default(call: LibraryCall, source: str) -> Iterator[Value]:
    given = call.expression.value("default", 0)
    factory = call.expression.value("default_factory") or call.expression.value("factory")
    for value in call.values(given):
        yield with_source(value, source)
    for value in call.values(factory):
        yield from call.evaluator.returned(value, None, call.place) if isinstance(value, Function) else ()
    if call.tail not in _PLAIN or (given is None and factory is None):
        yield call.unknown(Stability.UNKNOWN)


@known_tail("parse_args", "parse_known_args")
def parsed_options(call: LibraryCall) -> Iterator[Value]:
    yield Object("argparse.Namespace", call.expression, call.place)
