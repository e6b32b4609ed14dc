"""Paths, and what is read from files of the program."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.link.values import files, paths
from llmlint.link.values.known.table import LibraryCall, known
from llmlint.link.values.values import Object, Text, Value
from llmlint.scan import expressions as ex


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
            if found is not None:
                yield found
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


def _loaded(call: LibraryCall, kind: str) -> Iterator[Value]:
    """What `json.load(file)` or `json.loads(text)` and the like return for a file of the program."""
    argument = call.first
    if argument is None:
        return
    at = call.place.span(argument)
    for value in call.values(argument):
        text = value.value if isinstance(value, Text) else None
        if isinstance(value, Object) and value.call is not None and value.place is not None:
            content = paths.opened(call.evaluator, value.call, value.place, at)
            text = content.value if content is not None else None
        elif kind == "toml" and text is not None and text.endswith(".toml"):
            # `toml.load` takes a path too.
            content = paths.content(call.evaluator, argument, call.place, at)
            text = content.value if content is not None else None
        if text is not None:
            yield files.parse_data(kind, text, at) or call.result()
            return
    yield call.result()
