"""Paths as text: `os.path` and `pathlib`, as far as programs use them to find their own files."""

from __future__ import annotations

import dataclasses
import os.path
from typing import TYPE_CHECKING

from llmlint.link.values import files
from llmlint.link.values.values import (
    Items,
    Known,
    Literal,
    Object,
    Stability,
    Text,
    Unknown,
    Value,
    among,
    choice_of,
    stability_of,
)
from llmlint.scan import expressions as ex
from llmlint.source import Span

if TYPE_CHECKING:
    from llmlint.link.values.evaluation import Evaluation
    from llmlint.link.values.place import Place

_JOINS = frozenset({"os.path.join", "posixpath.join", "pathlib.Path", "pathlib.PurePath", "pathlib.PosixPath"})
_SAME = frozenset({"os.path.abspath", "os.path.realpath", "os.path.normpath", "os.path.expanduser", "os.fspath"})
FUNCTIONS = (
    _JOINS
    | _SAME
    | {
        "os.path.dirname",
        "importlib.resources.files",
        "importlib.resources.read_text",
        "pkgutil.get_data",
        "pkg_resources.resource_filename",
    }
)
METHODS = frozenset(
    {"read_text", "read_bytes", "joinpath", "resolve", "absolute", "with_name", "open", "as_posix", "with_suffix", "expanduser"}
)
_MOST_PARENTS = 6


def call(evaluator: Evaluation, name: str, expression: ex.Call, place: Place) -> Value | None:
    """What a path function returns; None where it cannot be told."""
    at = place.span(expression)
    given = [_one(evaluator, argument.value, place) for argument in expression.args if argument.keyword is None]
    if name == "importlib.resources.files" and given and given[0] is not None:
        return _package_folder(evaluator, given[0], place, at)
    if name in ("importlib.resources.read_text", "pkgutil.get_data") and len(given) == 2 and None not in given:
        folder = _package_folder(evaluator, given[0] or "", place, at)
        return _read(evaluator, os.path.join(folder.value or "", given[1] or ""), place, at) if folder is not None else None
    parts = [part for part in given if part is not None]
    if not parts or len(parts) < len(given):
        return None
    if name == "pkg_resources.resource_filename" and len(parts) == 2:
        folder = _package_folder(evaluator, parts[0], place, at)
        return _text(os.path.join(folder.value or "", parts[1]), at) if folder is not None else None
    if name in _JOINS:
        return _text(os.path.join(*parts), at)
    if name in _SAME:
        return _text(os.path.normpath(parts[0]), at)
    if name == "os.path.dirname":
        return _text(os.path.dirname(parts[0]), at)
    return None


def method(evaluator: Evaluation, base: Text, name: str, expression: ex.Call, place: Place) -> Value | None:
    """What a method of a path returns."""
    at = place.span(expression)
    path = base.value
    if path is None:
        return None
    given = [_one(evaluator, argument.value, place) for argument in expression.args if argument.keyword is None]
    parts = [part for part in given if part is not None]
    if name in ("read_text", "read_bytes"):
        found = _read(evaluator, path, place, at)
        return dataclasses.replace(found, chosen=base.chosen) if found is not None else None
    if name == "open":
        return Object("pathlib.Path.open", expression, place)
    if name == "joinpath" and len(parts) == len(given):
        return _text(os.path.join(path, *parts), at)
    if name == "with_name" and parts:
        return _text(os.path.join(os.path.dirname(path), parts[0]), at)
    return base if name in ("resolve", "absolute", "as_posix", "expanduser") else None


def attribute(base: Text, name: str, at: Span) -> Value:
    """An attribute of a path."""
    path = base.value or ""
    if name == "parent":
        return _text(os.path.dirname(path) or ".", at)
    if name == "parents":
        folders = []
        for _ in range(_MOST_PARENTS):
            path = os.path.dirname(path)
            folders.append((_text(path or ".", at),))
        return Items(tuple(folders), at, is_open=True)
    last = os.path.basename(path)
    return _text(os.path.splitext(last)[0] if name == "stem" else last, at)


def joined(lefts: tuple[Value, ...], rights: tuple[Value, ...], at: Span) -> Value | None:
    """`folder / name`."""
    if len(lefts) == len(rights) == 1 and isinstance(lefts[0], Text) and isinstance(rights[0], Text):
        left, right = lefts[0].value, rights[0].value
        if left is not None and right is not None:
            return _text(os.path.join(left, right), at)
    return None


def contents(evaluator: Evaluation, path: ex.Expr, place: Place, at: Span) -> tuple[Value, ...]:
    """The content of the file that an expression names, or of each that it can name; nothing where none of them can be read."""
    names = [value for value in evaluator.evaluate(path, place) if not isinstance(value, Literal)]
    found: list[Value] = []
    for name in names:
        text = _read(evaluator, name.value, place, at) if isinstance(name, Text) and name.value is not None else None
        found.append(text or Unknown(max(stability_of(name), Stability.UNKNOWN), at))
    return among(found, choice_of(names)) if any(isinstance(each, Text) for each in found) else ()


def opened(evaluator: Evaluation, call: ex.Call, place: Place, at: Span) -> tuple[Value, ...]:
    """The content of a file that a call has opened: `open(path)` or `path.open()`."""
    if (
        isinstance(call.func, ex.Attribute)
        and call.func.attr == "open"
        and ex.dotted_name(call.func) not in ("io.open", "codecs.open")
    ):
        return contents(evaluator, call.func.value, place, at)
    return contents(evaluator, call.args[0].value, place, at) if call.args else ()


def of_template(evaluator: Evaluation, loader: Object, name: str, at: Span) -> Text | None:
    """The content of a template of a Jinja loader: `FileSystemLoader(folder)` or `PackageLoader(package, folder)`."""
    if loader.call is None or loader.place is None or not loader.call.args:
        return None
    given = [_one(evaluator, argument.value, loader.place) for argument in loader.call.args if argument.keyword is None]
    folder = given[0] if given else None
    if str(loader.of).endswith("PackageLoader") and folder is not None:
        package = _package_folder(evaluator, folder, loader.place, at)
        inside = given[1] if len(given) > 1 else "templates"
        folder = os.path.join(package.value or "", inside) if package is not None and inside is not None else None
    return _read(evaluator, os.path.join(folder, name), loader.place, at) if folder is not None else None


def _read(evaluator: Evaluation, path: str, place: Place, at: Span) -> Text | None:
    found = files.read_text(evaluator.program, place.module, path)
    return Text((Known(found, at),), at, "config") if found is not None else None


def _one(evaluator: Evaluation, expression: ex.Expr, place: Place) -> str | None:
    """The one string that an expression is."""
    values = [value for value in evaluator.evaluate(expression, place) if not isinstance(value, Literal)]
    return values[0].value if len(values) == 1 and isinstance(values[0], Text) else None


def _package_folder(evaluator: Evaluation, name: str, place: Place, at: Span) -> Text | None:
    own = place.module.path.removesuffix(".py").replace("/", ".")
    is_own = name in (own, own.removesuffix(".__init__"), own.rpartition(".")[0])
    module = place.module if is_own else evaluator.program.find_import(place.module, name, 0)
    return _text(os.path.dirname(evaluator.program.disk.absolute(module.path)), at) if module is not None else None


def _text(path: str, at: Span) -> Text:
    return Text((Known(path, at),), at)
