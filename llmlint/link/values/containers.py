"""Dicts and lists: displays, what happens to them before they are used, items taken out, and calls' arguments as a dict."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from llmlint.link.names.index import LOOPS
from llmlint.link.values import choice_rate, filled_later, iterations
from llmlint.link.values.binding import bind, receiver_parameter
from llmlint.link.values.place import Argument, Arguments
from llmlint.link.values.stability import shows_date, without_time
from llmlint.link.values.values import (
    MOST_ITEMS,
    Class,
    Entry,
    External,
    Function,
    Hole,
    Items,
    Known,
    Literal,
    Record,
    Stability,
    Text,
    Unknown,
    Value,
    among,
    choice_of,
    stability_of,
    with_choice,
)
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding
from llmlint.source import Span

if TYPE_CHECKING:
    from llmlint.link.values.evaluation import Evaluation
    from llmlint.link.values.place import Place


Find = Callable[[], tuple[Value, ...]]


def key_of(evaluator: Evaluation, expression: ex.Expr, place: Place) -> str | None:
    for value in evaluator.evaluate(expression, place):
        if isinstance(value, Text):
            return value.value
    return None


def record(evaluator: Evaluation, expression: ex.Mapping, place: Place) -> Record:
    """A dict display."""
    entries: dict[str, Entry] = {}
    is_open = False
    for key, item in expression.items:
        if key is None:
            before = Record(entries, place.span(expression), is_open)
            merged = merge(evaluator, before, evaluator.evaluate(item, place), place.span(item))
            entries, is_open = merged.entries, merged.is_open
            continue
        name = key_of(evaluator, key, place)
        if name is None:
            is_open = True
        else:
            entries[name] = Entry(partial(evaluator.evaluate, item, place), True, place.span(item))
    return Record(entries, place.span(expression), is_open)


def merge(evaluator: Evaluation, base: Record, others: tuple[Value, ...], at: Span) -> Record:
    """`{**base, **other}` for another that may be one of several."""
    records = [other for other in others if isinstance(other, Record)]
    is_open = base.is_open or len(records) < len([o for o in others if not isinstance(o, Literal)])
    entries = dict(base.entries)
    chosen = max([choice_of(others), *(other.stability for other in others if isinstance(other, Unknown))])
    for other in records:
        is_open = is_open or other.is_open
        for key, entry in other.entries.items():
            is_certain = entry.is_certain and len(others) == 1
            before = entries.get(key)
            if is_certain or before is None:
                entries[key] = entry.made(is_certain=is_certain)
            else:
                values = evaluator.kept(partial(_either, entry, before, chosen))
                entries[key] = Entry(values, before.is_certain, entry.at)
    escaped = base.has_escaped or any(other.has_escaped for other in records)
    return Record(entries, base.at if base.entries else at, is_open, escaped)


def _either(entry: Entry, other: Entry, chosen: Stability | Callable[[], Stability]) -> tuple[Value, ...]:
    return among((*entry.values, *other.values), chosen)


def items(evaluator: Evaluation, expression: ex.Sequence, place: Place) -> Items:
    """A list or tuple display; a `*spread` of unknown length ends what is known."""
    found: list[tuple[Value, ...]] = []
    for item in expression.items:
        if not isinstance(item, ex.Starred):
            found.append(evaluator.evaluate(item, place))
            continue
        spread = evaluator.evaluate(item.value, place)
        if len(spread) == 1 and isinstance(spread[0], Items) and len(found) + len(spread[0].items) <= MOST_ITEMS:
            found.extend(spread[0].items)
            if not spread[0].is_open:
                continue
        return Items(tuple(found), place.span(expression), is_open=True)
    return Items(tuple(found), place.span(expression))


def keys(value: Record) -> Items:
    """The keys of a dict: `list(LEVELS)`."""
    found = tuple((Text((Known(key, entry.at),), entry.at),) for key, entry in value.entries.items() if entry.is_certain)
    return Items(found, value.at, value.is_open or len(found) < len(value.entries), value.has_escaped)


def subscript(evaluator: Evaluation, expression: ex.Subscript, place: Place) -> Iterator[Value]:
    at = place.span(expression)
    indices = evaluator.narrowed(expression.index, place)
    for base in evaluator.evaluate(expression.value, place):
        if isinstance(base, Record):
            found = look_up(base, indices, at)
            filled = filled_later.how_often(base, expression.value, indices, place)
            if filled is None:
                yield from (with_choice(value, base.chosen) for value in found)
            else:
                kept = filled_later.objects_in(evaluator, expression, place)
                yield from among((*kept, *found, Unknown(filled, at, expression, place)), filled)
        elif (
            isinstance(base, Items)
            and len(indices) == 1
            and isinstance(indices[0], Literal)
            and isinstance(indices[0].value, int)
        ):
            index = indices[0].value
            if index < 0 and not base.is_open:
                index += len(base.items)
            if 0 <= index < len(base.items):
                yield from base.items[index]
            else:
                yield Unknown(Stability.VARYING, at, expression, place)
        elif isinstance(base, Class) or (isinstance(base, External) and _is_class(base.name)):
            yield base  # `Agent[Deps, Answer]`
        elif isinstance(base, External):
            yield Unknown(Stability.STABLE, at, expression, place)
        elif (pair := iterations.pair_of_comprehension(base)) is not None:
            _, item, there = pair
            yield from among(map(_of_some_key, evaluator.evaluate(item, there)), Stability.VARYING)
        else:
            worst = max(stability_of(base), *(stability_of(index) for index in indices))
            if isinstance(base, Unknown) and shows_date(place.module, place.point, expression, base.expression):
                worst = without_time(worst)
            yield Unknown(worst, at, expression, place)


def _is_class(name: str) -> bool:
    """Whether something outside the program is most likely a class: `pydantic_ai.Agent`, but neither `settings.MODELS` nor `typing.List`."""
    package, _, last = name.rpartition(".")
    return (
        last[:1].isupper() and not last.isupper() and package.partition(".")[0] not in ("typing", "typing_extensions", "builtins")
    )


def look_up(base: Record, keys: tuple[Value, ...], at: Span) -> Iterator[Value]:
    """`base[key]` for keys that are known; what is not known is an `Unknown`."""
    found: list[Value] = []
    for key in keys:
        entry = base.entries.get(key.value or "") if isinstance(key, Text) else None
        if entry is not None:
            found.extend(entry.values)
        others = by_unknown_key(base, key) or dispatched(base, key) if entry is None else ()
        if others:
            found += others
        elif entry is None or not entry.is_certain or base.has_escaped:
            found.append(Unknown(max(stability_of(key), Stability.UNKNOWN), at))
    yield from among(found, max((stability_of(key) for key in keys), default=Stability.STABLE))


def by_unknown_key(base: Record, key: Value) -> list[Value]:
    """What a dict can have by a key that the source does not tell, where it tells all that is stored in the dict."""
    if not base.further or base.has_escaped:
        return []
    others = () if isinstance(key, Text) and key.value is not None else base.entries.values()
    return [*map(_of_some_key, base.further), *(value for other in others for value in other.values)]


def dispatched(base: Record, key: Value) -> list[Value]:
    """What a table of classes, functions or objects of the program has by a key that the source does not tell: one of them.

    What functions return is chosen as often as the key: prompts that a table makes are not one constant text.
    """
    if base.is_open or base.has_escaped or (isinstance(key, Text) and key.value is not None):
        return []
    found: list[Value] = []
    for entry in base.entries.values():
        for value in entry.values:
            if not filled_later.is_dispatched(value):
                return []
            found.append(value)
    return [with_choice(value, stability_of(key)) for value in found] if len(base.entries) > 1 else found


def _of_some_key(value: Value) -> Value:
    """Of a text that a dict has by some key, what all such texts start with: what is behind a part that depends on the key is the same for
    all requests with that key, but not for others."""
    if not isinstance(value, Text):
        return value
    differs = next(
        (at for at, part in enumerate(value.parts) if isinstance(part, Hole) and part.stability >= Stability.VARYING), None
    )
    return value if differs is None else dataclasses.replace(value, parts=value.parts[: differs + 1])


def element(evaluator: Evaluation, binding: Binding, place: Place) -> Iterator[Value]:
    """What a loop variable can be: an item of a list that the source tells, else something that varies."""
    assert binding.value is not None
    given = iterations.given(binding, place)
    if given is not None:
        evaluator.read_from_frame()
        given = unpack(given, binding.path, place.span(binding.value))
        yield from given
        return
    expression, path = iterations.taken_from(binding.value, binding.path)
    made = iterations.made_by_view(evaluator, expression, place)
    if made is not None:
        yield from unpack(made, path, place.span(expression))
        return
    for iterable in evaluator.evaluate(expression, place):
        made = iterations.made_each_time(evaluator, iterable)
        if made is not None:
            yield from unpack(made, path, place.span(expression))
        else:
            yield Unknown(Stability.VARYING, Span(place.module.path, binding.start, binding.end))


def unpack(values: tuple[Value, ...], path: tuple[int, ...], at: Span) -> tuple[Value, ...]:
    """What an unpacking target takes: the item of a tuple, or of a tuple in it; the values themselves for a target that unpacks nothing."""
    for index in path:
        found: list[Value] = []
        for value in values:
            if isinstance(value, Items) and not value.is_open and 0 <= index < len(value.items):
                found.extend(value.items[index])
            else:
                found.append(Unknown(max(stability_of(value), Stability.UNKNOWN), at))
        # What differs among the tuples is chosen as often as one of them is.
        values = among(found, choice_of(values))
    return values


def with_entry(
    evaluator: Evaluation, value: Record, key: str, expression: ex.Expr, place: Place, is_certain: bool = True
) -> Record:
    """A dict with one more item, or with another value for one."""
    entry = Entry(partial(evaluator.evaluate, expression, place), is_certain, place.span(expression))
    before = value.entries.get(key)
    if before is not None and not is_certain:
        module = place.module
        blocks = module.conditions(place.point.block)
        while any(block.kind in LOOPS for block in blocks[1:]):
            blocks = blocks[1:]
        blocks = blocks[1:] if blocks and blocks[0].kind in LOOPS and len(blocks) > 1 else blocks
        chosen = partial(choice_rate.of_blocks, evaluator, module, blocks, place.frame)
        entry = Entry(evaluator.kept(partial(_either, before, entry, chosen)), before.is_certain, entry.at)
    return dataclasses.replace(value, entries={**value.entries, key: entry})


# A call's arguments


def arguments(
    evaluator: Evaluation, function: Function, call: ex.Call, place: Place, extra: dict[str, tuple[Value, ...]] | None = None
) -> Arguments:
    """What a call gives to a function's parameters, `extra` going before it."""
    receiver = receiver_parameter(function)
    known: dict[str, tuple[Value, ...]] = {}
    if receiver is not None and function.receiver is not None:
        known[receiver.name] = (function.receiver,)
    pending: dict[str, Find] = {}
    parameters = [each for each in function.module.scopes[function.scope].parameters if each is not receiver]
    named = {parameter.name for parameter in parameters if parameter.kind in ("positional", "keyword")}
    rest: list[Find] = []
    options: dict[str, Entry] = {}
    spread: Span | None = None
    is_open = False
    for argument, parameter, item in bind(function, call.args, partial(_length, evaluator, place)):
        at = place.span(argument.value)
        find = (
            Argument(evaluator.narrowed, argument.value, place)
            if item is None
            else partial(_item, evaluator, place, argument, item)
        )
        if argument.star == "**":
            splat = merge(evaluator, Record({}, at), find(), at)
            is_open = is_open or splat.is_open
            for key, entry in splat.entries.items():
                if key in named:
                    pending[key] = partial(_values_of, entry)
                else:
                    options[key] = entry
        elif argument.star and item is None:
            spread = at
        elif parameter is None:
            continue
        elif parameter.kind == "*":
            rest.append(find)
        elif parameter.kind == "**" and argument.keyword is not None:
            options[argument.keyword] = Entry(find, True, at)
        else:
            pending[parameter.name] = find
    at = place.span(call)
    for parameter in parameters:
        name = parameter.name
        if parameter.kind == "*":
            pending[name] = lambda: (Items(tuple(find() for find in rest), at, is_open=spread is not None),)
        elif parameter.kind == "**":
            known[name] = (Record(options, at, is_open),)
        elif name in pending:
            continue
        elif spread is not None and parameter.kind != "keyword":
            known[name] = (Unknown(Stability.VARYING, spread),)
        elif is_open and parameter.default is None:
            known[name] = (Unknown(Stability.VARYING, at),)
    known |= extra or {}
    return Arguments(known, pending)


def _length(evaluator: Evaluation, place: Place, spread: ex.Argument) -> int | None:
    """How many arguments a `*spread` is, where the source tells."""
    values = evaluator.evaluate(spread.value, place)
    is_known = len(values) == 1 and isinstance(values[0], Items) and not values[0].is_open
    return len(values[0].items) if is_known and isinstance(values[0], Items) else None


def _item(evaluator: Evaluation, place: Place, spread: ex.Argument, index: int) -> tuple[Value, ...]:
    [items] = evaluator.evaluate(spread.value, place)
    assert isinstance(items, Items)
    return items.items[index]


def _values_of(entry: Entry) -> tuple[Value, ...]:
    return entry.values
