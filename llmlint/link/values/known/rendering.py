"""Templates of Jinja and of the standard library."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.link.values import templates
from llmlint.link.values.known.table import LibraryCall, known_ending, known_tail
from llmlint.link.values.values import Object, Text, Value


@known_tail("Template")
def template(call: LibraryCall) -> Iterator[Value]:
    for value in call.values(call.first):
        yield Object(call.name, call.expression, call.place) if isinstance(value, Text) else call.result()


@known_tail("from_string", "get_template")
def template_of_environment(call: LibraryCall) -> Iterator[Value]:
    if "Environment()" in call.made_by + "()":
        yield Object(call.name, call.expression, call.place)


@known_ending(
    ".Template().render", ".Template().substitute", ".Template().safe_substitute", ".from_string().render", ".get_template().render"
)  # fmt: skip
def render(call: LibraryCall) -> Iterator[Value]:
    yield templates.rendered(call.evaluator, call.name, call.expression, call.place) or call.result()
