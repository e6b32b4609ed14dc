"""What a program says of the model that a call uses: names in records and logs."""

from __future__ import annotations

import ast
import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from llmlint.callsite import Request
from llmlint.findings import Edit
from llmlint.fixes.model.mentions import around, last_name, parsed
from llmlint.fixes.model.sharing import requests_by_place
from llmlint.link.program.memo import Memo
from llmlint.link.program.program import Program
from llmlint.request_data import ModelValue
from llmlint.source import Span, line_starts

_MOST_FILES = 40
_MOST_NAMED = 3
_KEY = re.compile(r"model|engine", re.IGNORECASE)
# Keys of what is sent to a model, or says how to: such a dict is no record of a call.
_OF_REQUEST = frozenset({"messages", "prompt", "system", "input", "temperature", "max_tokens", "max_completion_tokens", "tools"})
_RECORDS = re.compile(
    r"log|track|record|report|usage|cost|price|save|insert|emit|metric|meter|bill|info|debug|cache", re.IGNORECASE
)
_IS_TEST = re.compile(r"(?:^|/)(?:tests?/|test_|conftest)|_test\.py$")
_LABELS: Memo[tuple[str, str, str], tuple[_Label, ...]] = Memo()
_MODELS_AT: Memo[str, list[int]] = Memo()


class _Label(NamedTuple):
    """A name of a model in a record or a log, and the function around it."""

    start: int
    end: int
    line: int
    function: tuple[int, int] | None


def records_of(call: Request, value: ModelValue, new: str) -> tuple[list[Edit], list[str]]:
    """The names in records and logs (`{"model": "gpt-4o"}`, `log_usage("gpt-4o", cost)`): edits of those in the function of the call, whose model is
    written there, too; and the places of others that may be about it."""
    program = call.program
    edits: list[Edit] = []
    places = []
    for path in dict.fromkeys((call.span.path, value.at.path)):
        source = program.source(path)
        text = source.text
        if text.count(value.spelling) < 2:
            continue
        models = _MODELS_AT.get(program, path, partial(_models_at, program, path))
        for label in _LABELS.get(program, (path, text, value.spelling), partial(_labels, text, value.spelling)):
            at = Span(path, label.start, label.end)
            if _is_among(label.start, models) or at == value.at:
                continue
            first, end = label.function or (0, len(text))
            if call.is_in_function(at) and call.is_in_function(value.at):
                edits.append(Edit(at, text[label.start : label.end].replace(value.spelling, new)))
            elif label.function is None or set(models[bisect_left(models, first) : bisect_left(models, end)]) <= {value.at.start}:
                places.append(f"{path}:{label.line}")
    return edits, few(places)


def records_elsewhere(call: Request, value: ModelValue) -> list[str]:
    """The places of records and logs in other files that name the model, and are no model of a call."""
    program, home = call.program, call.place.module
    found = []
    for path in program.files_with(value.spelling.encode(), home)[:_MOST_FILES]:
        if (
            path in (call.span.path, value.at.path)
            or not path.endswith(".py")
            or program.module(path) is None
            or _IS_TEST.search(path)
        ):
            continue
        source = program.source(path)
        models = _models_at(program, path)
        labels = _LABELS.get(program, (path, source.text, value.spelling), partial(_labels, source.text, value.spelling))
        found += [f"{path}:{label.line}" for label in labels if not _is_among(label.start, models)]
    return found


def _models_at(program: Program, path: str) -> list[int]:
    """Where the models of the requests of a file are written in it, in order."""
    return sorted(at.start for at, requests in requests_by_place(program, path).items() if at.path == path and requests)


def _is_among(place: int, places: list[int]) -> bool:
    number = bisect_left(places, place)
    return number < len(places) and places[number] == place


def few(places: list[str]) -> list[str]:
    distinct = list(dict.fromkeys(places))
    return distinct[:_MOST_NAMED] + ([f"and {len(distinct) - _MOST_NAMED} more"] if len(distinct) > _MOST_NAMED else [])


def _labels(text: str, old: str) -> tuple[_Label, ...]:
    """The records and logs of a file that name a model."""
    tree = parsed(text)
    starts = line_starts(text)

    def offset(line: int, column: int) -> int:
        first = starts[line - 1]
        return first + len(text[first : first + column].encode()[:column].decode(errors="ignore"))

    found = []
    functions: list[tuple[int, int]] = []
    for node in around(tree, text, old) if tree is not None else ():
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            functions.append((offset(node.lineno, node.col_offset), offset(node.end_lineno or 0, node.end_col_offset or 0)))
        for each in _recorded_in(node):
            if isinstance(each, ast.Constant) and each.value == old:
                start, end = offset(each.lineno, each.col_offset), offset(each.end_lineno or 0, each.end_col_offset or 0)
                # The innermost comes last.
                inside = [(first, last) for first, last in functions if first <= start < last]
                found.append(_Label(start, end, each.lineno, inside[-1] if inside else None))
    return tuple(dict.fromkeys(found))


def _recorded_in(node: ast.AST) -> Iterator[ast.expr]:
    if isinstance(node, ast.Dict):
        keys = {key.value for key in node.keys if isinstance(key, ast.Constant) and isinstance(key.value, str)}
        if not keys & _OF_REQUEST:
            for key, item in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and isinstance(key.value, str) and _KEY.search(key.value):
                    yield item
    elif isinstance(node, ast.Call) and _RECORDS.search(last_name(node.func)):
        yield from (*node.args, *(keyword.value for keyword in node.keywords))
    elif isinstance(node, ast.Assign) and any(
        isinstance(target, ast.Subscript) and _is_model(target.slice) for target in node.targets
    ):
        yield node.value


def _is_model(key: ast.expr) -> bool:
    return isinstance(key, ast.Constant) and isinstance(key.value, str) and _KEY.search(key.value) is not None
