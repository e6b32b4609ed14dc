"""The arguments of a request wherever they are given: at the call, in a dict or object that the call takes, or to what its client is."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Any

from llmlint.link.calls.arguments import CallArguments, read_arguments
from llmlint.link.values.evaluation import Evaluation
from llmlint.link.values.place import Place
from llmlint.link.values.values import Entry, Items, Known, Literal, Object, Record, Text, Unknown, Value
from llmlint.scan.expressions import Attribute, Call, Expr, Name
from llmlint.sdks.shape import Sdk
from llmlint.source import Span

_DEEPEST = 4


def completed(evaluator: Evaluation, sdk: Sdk, arguments: CallArguments, construction: Record | None) -> CallArguments:
    """The arguments with those inside others, and with those that the client was made with where the call has none of its own."""
    if sdk.renames:
        arguments = _renamed(arguments, sdk.renames)
        construction = _renamed_fields(construction, sdk.renames) if construction is not None else None
    fields = arguments.fields
    entries, is_open, has_escaped = dict(fields.entries), fields.is_open, fields.has_escaped
    if construction is not None:
        # What stands inside of these counts after what stands inside of the call's own arguments.
        construction = _with_inside(evaluator, sdk, construction)
    for name in sdk.roles.inside:
        # Also inside of an earlier one: the body of a `Request`.
        entry = entries.get(name)
        # Not as far as it goes: of a dict, no more than which items it has.
        records = [record_of(evaluator, value, 0, sdk.holders) for value in entry.values] if entry is not None else []
        given = arguments.written.get(name)
        if given is not None and not any(records):
            records = [_dumped(evaluator, given.value, arguments.place)]
        for record in records:
            if record is not None:
                entries = {**record.entries, **entries}
                is_open, has_escaped = is_open or record.is_open, has_escaped or record.has_escaped
            elif entry is not None:
                is_open = True
    if construction is not None:
        entries = {**construction.entries, **entries}
        is_open = is_open or construction.is_open
    if entries.keys() == fields.entries.keys() and is_open is fields.is_open:
        return arguments
    return dataclasses.replace(arguments, fields=Record(entries, fields.at, is_open, has_escaped))


def _with_inside(evaluator: Evaluation, sdk: Sdk, fields: Record) -> Record:
    """The arguments of a construction with those inside others."""
    entries, is_open = dict(fields.entries), fields.is_open
    for name in sdk.roles.inside:
        entry = fields.entries.get(name)
        for record in (record_of(evaluator, value) for value in entry.values) if entry is not None else ():
            is_open = is_open or record is None or record.is_open
            entries = {**record.entries, **entries} if record is not None else entries
    return dataclasses.replace(fields, entries=entries, is_open=is_open)


def _renamed(arguments: CallArguments, names: Mapping[str, str]) -> CallArguments:
    """The arguments by the names that other requests have for them."""
    written = {name: given for own, given in arguments.written.items() if (name := _new_name(own, names)) is not None}
    return dataclasses.replace(arguments, fields=_renamed_fields(arguments.fields, names), written=written)


def _renamed_fields(fields: Record, names: Mapping[str, str]) -> Record:
    entries = {name: entry for own, entry in fields.entries.items() if (name := _new_name(own, names)) is not None}
    return dataclasses.replace(fields, entries=entries)


def _new_name(own: str, names: Mapping[str, str]) -> str | None:
    """What an argument is called; None where its name means something else in other requests."""
    return names.get(own, None if own in names.values() else own)


def record_of(
    evaluator: Evaluation, value: Value, depth: int = 0, holders: Mapping[str, tuple[str, ...]] = MappingProxyType({})
) -> Record | None:
    """A dict, or the arguments of an object's construction: `types.GenerateContentConfig(tools=…)`, with the positional parameters of some."""
    if isinstance(value, Record):
        return value
    if isinstance(value, Text):
        return _parsed(value)
    if isinstance(value, Object) and value.call is not None and value.place is not None and isinstance(value.of, str):
        return read_arguments(evaluator, value.call, value.call.args, holders.get(value.of, ()), value.place).fields
    if isinstance(value, Unknown) and value.expression is not None and value.place is not None and depth < _DEEPEST:
        return _dumped(evaluator, value.expression, value.place, depth + 1)
    return None


def _parsed(text: Text) -> Record | None:
    """The dict that a constant JSON text stands for."""
    try:
        found = json.loads(text.value) if text.value is not None and text.value.lstrip().startswith("{") else None
        return _record(found, text.at) if isinstance(found, dict) else None
    except (ValueError, RecursionError):
        return None


def _record(found: dict[str, Any], at: Span) -> Record:
    return Record({key: Entry((_value(each, at),), True, at) for key, each in found.items()}, at)


def _value(found: Any, at: Span) -> Value:
    if isinstance(found, dict):
        return _record(found, at)
    if isinstance(found, list):
        return Items(tuple((_value(each, at),) for each in found), at)
    return Text((Known(found, at),), at) if isinstance(found, str) else Literal(found, at)


def _dumped(evaluator: Evaluation, expression: Expr, place: Place, depth: int = 0) -> Record | None:
    """The dict that `json.dumps(…)` makes a text of."""
    if not isinstance(expression, Call):
        return None
    func = expression.func
    tail = func.attr if isinstance(func, Attribute) else func.id if isinstance(func, Name) else ""
    if tail == "encode" and isinstance(func, Attribute):
        encoded = func.value
        if isinstance(encoded, Call):
            return _dumped(evaluator, encoded, place, depth)
        return next(_records(evaluator, evaluator.evaluate(encoded, place), depth), None)
    if tail != "dumps" or not expression.args or expression.args[0].star:
        return None
    return next(_records(evaluator, evaluator.evaluate(expression.args[0].value, place), depth), None)


def _records(evaluator: Evaluation, values: Iterable[Value], depth: int) -> Iterator[Record]:
    return (record for value in values if (record := record_of(evaluator, value, depth + 1)) is not None)
