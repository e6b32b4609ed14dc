"""One value for what may be several: what is the same whichever it is, or the richest where the choice is not made anew for each call."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from functools import partial

from llmlint.link.values.texts import as_text, either
from llmlint.link.values.values import (
    Entry,
    Items,
    Literal,
    Record,
    Stability,
    Text,
    Unknown,
    Value,
    among,
    choice_of,
    is_known,
    unique,
)
from llmlint.scan.expressions import Name

# Characters of a text that some models cache by itself.
_LONG = 2_000


def pick(values: Sequence[Value]) -> Value | None:
    """What a part of a request is, from one call to the next.

    A choice that is made once in a process gives the richest value, and so does one among values that are all known, or start with a long known
    text: each of them is sent again. Otherwise it is what the values have in common, and a hole for the rest.
    """
    given = _without_none(values)
    if len(given) < 2:
        return given[0] if given else None
    chosen = choice_of(given)
    if chosen <= Stability.UNKNOWN or (chosen < Stability.VOLATILE and all(map(_is_sent_again, given))):
        return richest(given)
    return _common(given, chosen) or richest(given)


def is_certain(values: Sequence[Value]) -> bool:
    """Whether `pick` gives what each call sends, or one of several values that are all known."""
    given = _without_none(values)
    return (
        len(given) < 2 or choice_of(given) > Stability.UNKNOWN or all(is_known(each) or _is_out_of_sight(each) for each in given)
    )


def _is_sent_again(value: Value) -> bool:
    """Whether the start of a value is long and the same each time that it is chosen."""
    return is_known(value) or (isinstance(value, Text) and len(value.stable_head) >= _LONG)


def _is_out_of_sight(value: Value) -> bool:
    """Whether a value stands for what callers may pass that are not in the program, next to those that are."""
    if not isinstance(value, Unknown) or value.stability is not Stability.UNKNOWN or value.place is None:
        return False
    name = value.expression
    return isinstance(name, Name) and value.place.module.parameter(value.place.point.scope, name.id) is not None


def richest(values: Iterable[Value]) -> Value | None:
    """Of several values, the one with the most known text at its start: one path that is worth a finding is enough."""
    best, length = None, -1
    for value in values:
        size = _head_length(value)
        if size > length and not (isinstance(value, Literal) and value.value is None):
            best, length = value, size
    return best


def _head_length(value: Value) -> int:
    if isinstance(value, Text):
        return len(value.stable_head)
    if isinstance(value, Record):
        return sum(_head_length(v) for entry in value.entries.values() for v in entry.values[:1])
    if isinstance(value, Items):
        return sum(_head_length(v) for alternatives in value.items for v in alternatives[:1])
    return 0


def _without_none(values: Sequence[Value]) -> list[Value]:
    return [value for value in values if not (isinstance(value, Literal) and value.value is None)]


def _common(values: Sequence[Value], chosen: Stability) -> Value | None:
    """What several values have in common; None where they are of different kinds."""
    texts = [value for value in values if isinstance(value, Text)]
    if texts and all(isinstance(value, (Text, Unknown, Literal)) for value in values):
        at = texts[0].at
        return either([as_text((value,), at) for value in values], at, chosen)
    records = [value for value in values if isinstance(value, Record)]
    if len(records) == len(values):
        return _common_record(records, chosen)
    lists = [value for value in values if isinstance(value, Items)]
    return _common_items(lists, chosen) if len(lists) == len(values) else None


def merged(values: Sequence[Record | Items], chosen: Stability) -> Record | Items:
    """One list or dict for those that branches of a statement make of it."""
    first = values[0]
    if isinstance(first, Record):
        records = [value for value in values if isinstance(value, Record)]
        entries = {}
        for key in dict.fromkeys(key for record in records for key in record.entries):
            held = [record.entries[key] for record in records if key in record.entries]
            is_sure = len(held) == len(records) and all(entry.is_certain for entry in held)
            is_one = all(entry is held[0] for entry in held)
            entries[key] = (
                held[0].made(is_certain=is_sure) if is_one else Entry(partial(_any_of, held, chosen), is_sure, held[0].at)
            )
        is_open = any(record.is_open for record in records)
        has_escaped = any(record.has_escaped for record in records)
        return dataclasses.replace(first, entries=entries, is_open=is_open, has_escaped=has_escaped, further=_further(records))
    lists = [value for value in values if isinstance(value, Items)]
    common = _common_items(lists, chosen)
    rest = (value for each in lists for alternatives in each.items[len(common.items) :] for value in alternatives)
    return dataclasses.replace(common, further=unique((*rest, *(value for each in lists for value in each.further))))


def _common_record(records: Sequence[Record], chosen: Stability) -> Record:
    first = records[0]
    entries = {}
    for key, entry in first.entries.items():
        others = [other.entries[key] for other in records if key in other.entries]
        is_sure = len(others) == len(records) and all(other.is_certain for other in others)
        entries[key] = Entry(partial(_any_of, others, chosen), is_sure, entry.at)
    is_open = any(other.is_open or other.entries.keys() != first.entries.keys() for other in records)
    has_escaped = any(other.has_escaped for other in records)
    return dataclasses.replace(first, entries=entries, is_open=is_open, has_escaped=has_escaped, further=())


def _further(records: Sequence[Record]) -> tuple[Value, ...]:
    """What items with unknown keys can be in one of several dicts; nothing where one of them does not tell."""
    is_told = all(each.further for each in records if each.is_open)
    return unique(value for each in records for value in each.further) if is_told else ()


def _any_of(entries: Sequence[Entry], chosen: Stability) -> tuple[Value, ...]:
    return among((value for entry in entries for value in entry.values), chosen)


def _common_items(lists: Sequence[Items], chosen: Stability) -> Items:
    found: list[tuple[Value, ...]] = []
    for several in zip(*(each.items for each in lists), strict=False):
        values = [value for alternatives in several for value in alternatives]
        roles = {str(role) for value in values if isinstance(value, Record) for role in _roles(value)}
        if len(roles) > 1:
            break
        found.append(among(values, chosen))
    is_open = any(each.is_open or len(each.items) > len(found) for each in lists)
    return dataclasses.replace(lists[0], items=tuple(found), is_open=is_open, has_escaped=any(each.has_escaped for each in lists))


def _roles(message: Record) -> list[str | None]:
    entry = message.entries.get("role")
    return [value.value for value in entry.values if isinstance(value, Text)] if entry is not None else [None]
