"""Paths, and what is read from files of the program."""

from __future__ import annotations

import re
from collections.abc import Iterator

from llmlint.link.values import files, paths, templates
from llmlint.link.values.known.table import LibraryCall, known, known_attribute
from llmlint.link.values.values import Items, Object, Record, Text, Value, among, choice_of
from llmlint.scan import expressions as ex
from llmlint.source import Span


@known(*sorted(paths.FUNCTIONS))
def path(call: LibraryCall) -> Iterator[Value]:
    yield paths.call(call.evaluator, call.name, call.expression, call.place) or call.result()


@known("builtins.open().read", "io.open().read", "codecs.open().read", "pathlib.Path.open().read")
def read(call: LibraryCall) -> Iterator[Value]:
    """`open(path).read()`, and `file.read()` of a file opened by a `with`."""
    assert isinstance(call.expression.func, ex.Attribute)
    for opened in call.values(call.expression.func.value):
        if isinstance(opened, Object) and opened.call is not None and opened.place is not None:
            found = paths.opened(call.evaluator, opened.call, opened.place, call.at)
            if found:
                yield from found
                return
    yield call.result()


@known("json.load", "json.loads")
def json(call: LibraryCall) -> Iterator[Value]:
    return _loaded(call, "json")


@known("yaml.safe_load", "yaml.load", "yaml.full_load")
def yaml(call: LibraryCall) -> Iterator[Value]:
    return _loaded(call, "yaml")


@known("toml.load", "toml.loads", "tomllib.load", "tomllib.loads", "tomli.load", "tomli.loads")
def toml(call: LibraryCall) -> Iterator[Value]:
    return _loaded(call, "toml")


# Between two lines of dashes at the start of a text: the keys of YAML, which are not part of it.
_FRONT_MATTER = re.compile(r"\s*---[ \t]*\n(?:.*?\n)?---[ \t]*(?:\n|$)", re.DOTALL)


@known("frontmatter.load", "frontmatter.loads", "frontmatter.parse")
def front_matter(call: LibraryCall) -> Iterator[Value]:
    if call.tail == "parse":
        yield Items(((Record({}, call.at, is_open=True),), tuple(_below_front_matter(call))), call.at)
    else:
        yield Object(call.name, call.expression, call.place)


@known_attribute("frontmatter.load().content", "frontmatter.loads().content")
def content(call: LibraryCall) -> Iterator[Value]:
    return _below_front_matter(call)


def _below_front_matter(call: LibraryCall) -> Iterator[Value]:
    """The text of a file, or of a string, without its front matter."""
    argument = call.first
    if argument is None:
        return
    for value in call.values(argument):
        texts: tuple[Value, ...] = (value,)
        if isinstance(value, Object) and value.call is not None and value.place is not None:
            texts = paths.opened(call.evaluator, value.call, value.place, call.at)
        elif call.tail == "load":
            texts = paths.contents(call.evaluator, argument, call.place, call.at)
        for text in texts or (call.result(),):
            yield templates.transform(text, _without_front_matter) if isinstance(text, Text) else text


def _without_front_matter(text: str) -> str:
    return _FRONT_MATTER.sub("", text, count=1).strip() if _FRONT_MATTER.match(text) else text.strip()


def _loaded(call: LibraryCall, kind: str) -> Iterator[Value]:
    """What `json.load(file)` or `json.loads(text)` and the like return for a file of the program."""
    argument = call.first
    if argument is None:
        return
    at = call.place.span(argument)
    for value in call.values(argument):
        texts: tuple[Value, ...] = (value,)
        if isinstance(value, Object) and value.call is not None and value.place is not None:
            texts = paths.opened(call.evaluator, value.call, value.place, at)
        elif kind == "toml" and isinstance(value, Text) and value.value is not None and value.value.endswith(".toml"):
            # `toml.load` takes a path too.
            texts = paths.contents(call.evaluator, argument, call.place, at)
        if any(isinstance(text, Text) and text.value is not None for text in texts):
            yield from among((_parsed(call, kind, text, at) for text in texts), choice_of(texts))
            return
    yield call.result()


def _parsed(call: LibraryCall, kind: str, text: Value, at: Span) -> Value:
    found = files.parse_data(kind, text.value, at) if isinstance(text, Text) and text.value is not None else None
    return found or call.result()
