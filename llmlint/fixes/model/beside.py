"""What would keep the old model beside a call that gets a new one: another call of its function, and an option that names results."""

from __future__ import annotations

import ast
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from functools import partial
from typing import NamedTuple

from llmlint.callsite import Request
from llmlint.catalog import Catalog, Model, ModelRef
from llmlint.fixes.model.hosts import is_on_azure
from llmlint.fixes.model.mentions import last_name, parsed
from llmlint.fixes.model.parameters import Unfit, fit_parameters
from llmlint.fixes.model.sharing import places_of_models, requests_by_place
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program
from llmlint.request_data import ModelValue
from llmlint.source import Span

_OPTIONS = frozenset({"add_argument", "option", "Option", "argument", "Argument"})
# How many models ahead of a call and behind it are looked at, for one of the same function.
_NEAR = 10
_PLACES: Memo[str, list[Span]] = Memo()
_DEFAULTS: Memo[tuple[str, str], tuple[_Default, ...]] = Memo()


class _Default(NamedTuple):
    """The default of an option, and the line in which it is written."""

    word: str
    line: int


def left_in_function(call: Request, value: ModelValue, reference: ModelRef, target: Model) -> int | None:
    """The line of another call of the same function that has the old model by a name of its own, and cannot get the new one; None if there is
    none. Often both are turns of one conversation."""
    program, path = call.program, call.span.path
    places = _PLACES.get(program, path, partial(_places_in, program, path))
    here = bisect_left(places, call.span.start, key=_start)
    for at in places[max(here - _NEAR, 0) : here + _NEAR]:
        if at == value.at or not call.is_in_function(at):
            continue
        for other in requests_by_place(program, path)[at]:
            is_same = any(each.at == at and each.spelling == value.spelling for each in other.models)
            if not is_same or other.span == call.span or not call.is_in_function(other.span):
                continue
            try:
                if is_on_azure(other) or not other.takes_fixes:
                    raise Unfit("")
                fit_parameters(other, reference.model, target, reference.platform)
            except Unfit:
                return program.source(path).location(at.start).line
    return None


def _places_in(program: Program, path: str) -> list[Span]:
    """Where in a file the models of its own requests are written, in order."""
    return sorted((at for at in requests_by_place(program, path) if at.path == path), key=_start)


def _start(at: Span) -> int:
    return at.start


def falls_back_on_limit(requests: Sequence[Request]) -> bool:
    """Whether a function tries both names of the limit of an answer, for older and newer models."""
    newer = [each for each in requests if each.has("max_completion_tokens")]
    older = [each for each in requests if each.has("max_tokens")] if newer else []
    return any(one.is_in_function(other.span) for one in older for other in newer if one.span != other.span)


def options_with(call: Request, value: ModelValue, old: Model) -> Iterator[str]:
    """The places of options, in the files of a call and of its model's name, whose default is the old model and goes to none of their calls: what a
    program then only says of itself, or calls its results by."""
    program = call.program
    for path in dict.fromkeys((call.span.path, value.at.path)):
        source = program.source(path)
        for default in _DEFAULTS.get(program, (path, source.text), partial(_defaults, source.text)):
            reference = Catalog.bundled().find(default.word)
            if reference is None or reference.model.id != old.id:
                continue
            line = source.location(value.at.start).line if path == value.at.path else None
            of_calls = {source.location(start).line for start in places_of_models(program, path)}
            if default.line != line and default.line not in of_calls:
                yield f"{path}:{default.line}"


def _defaults(text: str) -> tuple[_Default, ...]:
    tree = parsed(text)
    return tuple(_defaults_in(tree)) if tree is not None else ()


def _defaults_in(tree: ast.Module) -> Iterator[_Default]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and last_name(node.func) in _OPTIONS:
            for keyword in node.keywords:
                default = keyword.value
                if keyword.arg == "default" and isinstance(default, ast.Constant) and isinstance(default.value, str):
                    yield _Default(default.value, default.lineno)
