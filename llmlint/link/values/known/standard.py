"""Built-in functions, and functions of the standard library that return what they are given."""

from __future__ import annotations

import inspect
import textwrap
from collections.abc import Iterator

from llmlint.link.values import containers, objects, templates, written
from llmlint.link.values.known.table import LibraryCall, known, known_ending
from llmlint.link.values.values import (
    External,
    Items,
    Literal,
    Object,
    Record,
    Stability,
    Text,
    Value,
    with_source,
)
from llmlint.scan import expressions as ex
from llmlint.sdks import packages

_JSON_OPTIONS = frozenset({"indent", "ensure_ascii", "sort_keys"})


@known("os.getenv", "os.environ.get", "os.environ.setdefault", "environ.get", "decouple.config", "builtins.getenv")
@known_ending(".getenv", "environ.get")
def environment(call: LibraryCall) -> Iterator[Value]:
    for value in call.values(call.expression.value("default", 1)):
        if not isinstance(value, Literal):
            yield with_source(value, "env-default")
    yield call.unknown(Stability.STABLE)


@known(
    "copy.copy", "copy.deepcopy", "builtins.list", "builtins.tuple", "builtins.reversed", "types.MappingProxyType", "sys.intern",
    "pydantic.SecretStr", "asyncio.run",
)  # fmt: skip
def same(call: LibraryCall) -> Iterator[Value]:
    for value in call.values(call.first) if call.first is not None else (Items((), call.at),):
        is_keys = isinstance(value, Record) and call.tail in ("list", "tuple", "reversed")
        yield containers.keys(value) if is_keys and isinstance(value, Record) else value


@known("builtins.str", "builtins.repr")
def str_(call: LibraryCall) -> Iterator[Value]:
    if call.tail == "str" or any(isinstance(value, (Items, Record)) for value in call.values(call.first)):
        yield from written.displayed(call.evaluator, call.values(call.first), call.at)


@known("json.dumps")
def dumps(call: LibraryCall) -> Iterator[Value]:
    """The text of a list, dict or string of which all is known, with those options that are constants."""
    options = {each.keyword: each.value for each in call.expression.args[1:] if each.keyword is not None}
    given = {name: value.value for name, value in options.items() if isinstance(value, ex.Constant) and name in _JSON_OPTIONS}
    if len(given) == len(call.expression.args) - 1:
        found = [written.as_json(call.evaluator, value, call.at, given) for value in call.values(call.first)]
        yield from (text for text in found if text is not None and None not in found)


@known("builtins.next")
def next_(call: LibraryCall) -> Iterator[Value]:
    args = call.expression.args
    for value in call.values(call.first):
        if isinstance(value, Items) and value.items:
            yield from value.items[0]
        elif isinstance(value, Items) and not value.is_open and len(args) > 1:
            yield from call.values(args[1].value)
        else:
            yield call.result()


@known("typing.cast", "typing_extensions.cast")
def cast(call: LibraryCall) -> Iterator[Value]:
    args = call.expression.args
    yield from call.values(args[-1].value) if args else (Items((), call.at),)


@known("textwrap.dedent")
def dedent(call: LibraryCall) -> Iterator[Value]:
    for value in call.values(call.first):
        yield templates.transform(value, textwrap.dedent) if isinstance(value, Text) else value


@known("inspect.cleandoc")
def cleandoc(call: LibraryCall) -> Iterator[Value]:
    for value in call.values(call.first):
        yield templates.transform(value, inspect.cleandoc) if isinstance(value, Text) else value


@known("builtins.super")
def super_(call: LibraryCall) -> Iterator[Value]:
    yield from objects.bases_of_self(call.evaluator, call.place)


@known("builtins.dict")
def dict_(call: LibraryCall) -> Iterator[Value]:
    found = Record({}, call.at)
    for argument in call.expression.args:
        if argument.keyword is not None:
            found = containers.with_entry(call.evaluator, found, argument.keyword, argument.value, call.place)
        else:
            found = containers.merge(call.evaluator, found, call.values(argument.value), call.place.span(argument.value))
    yield Record(found.entries, call.at, found.is_open, found.has_escaped)


@known("builtins.getattr")
def getattr_(call: LibraryCall) -> Iterator[Value]:
    args = call.expression.args
    if len(args) < 2 or call.first is None:
        yield call.result()
        return
    name = containers.key_of(call.evaluator, args[1].value, call.place)
    bases = call.values(call.first) if name is not None else ()
    for base in bases:
        yield from objects.attribute(call.evaluator, base, name or "", call.expression, call.place)
    if not bases:
        yield call.result()
    if len(args) > 2 and not (bases and all(objects.always_has(call.evaluator, base, name or "") for base in bases)):
        for value in call.values(args[2].value):
            yield with_source(value, "default")


@known("importlib.import_module", "builtins.__import__")
def import_module(call: LibraryCall) -> Iterator[Value]:
    for value in call.values(call.first):
        written = value.value or "" if isinstance(value, Text) else ""
        name = written if call.tail == "import_module" else written.partition(".")[0]
        # Of other packages, it helps to know that nothing is known: a method is then looked for by its name.
        yield External(name) if name.startswith(packages()) else call.result()


@known("builtins.open", "io.open", "codecs.open")
def open_(call: LibraryCall) -> Iterator[Value]:
    yield Object(call.name, call.expression, call.place)
