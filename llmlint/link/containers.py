"""Dicts and lists: displays, what happens to them before they are used, items taken out, and calls' arguments as a dict."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from llmlint.link import mutation
from llmlint.link.values import (
    Class,
    Entry,
    External,
    Function,
    Items,
    Literal,
    Object,
    Record,
    Stability,
    Text,
    Unknown,
    Value,
    stability_of,
    unique,
)
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Binding, CallFact, Store
from llmlint.source import Span

if TYPE_CHECKING:
    from llmlint.link.evaluate import Evaluator, Place


def key_of(evaluator: Evaluator, expression: ex.Expr, place: Place) -> str | None:
    for value in evaluator.evaluate(expression, place):
        if isinstance(value, Text):
            return value.value
    return None


def record(evaluator: Evaluator, expression: ex.Mapping, place: Place) -> Record:
    """A dict display."""
    entries: dict[str, Entry] = {}
    is_open = False
    for key, item in expression.items:
        if key is None:
            merged = merge(Record(entries, place.span(expression), is_open), evaluator.evaluate(item, place), place.span(item))
            entries, is_open = merged.entries, merged.is_open
            continue
        name = key_of(evaluator, key, place)
        if name is None:
            is_open = True
        else:
            entries[name] = Entry(evaluator.evaluate(item, place), True, place.span(item))
    return Record(entries, place.span(expression), is_open)


def merge(base: Record, others: tuple[Value, ...], at: Span) -> Record:
    """`{**base, **other}` for another that may be one of several."""
    records = [other for other in others if isinstance(other, Record)]
    is_open = base.is_open or len(records) < len([o for o in others if not isinstance(o, Literal)])
    entries = dict(base.entries)
    for other in records:
        is_open = is_open or other.is_open
        for key, entry in other.entries.items():
            is_certain = entry.is_certain and len(others) == 1
            before = entries.get(key)
            if is_certain or before is None:
                entries[key] = dataclasses.replace(entry, is_certain=is_certain)
            else:
                entries[key] = Entry(unique((*entry.values, *before.values)), before.is_certain, entry.at)
    escaped = base.has_escaped or any(other.has_escaped for other in records)
    return Record(entries, base.at if base.entries else at, is_open, escaped)


def items(evaluator: Evaluator, expression: ex.Sequence, place: Place) -> Items:
    """A list or tuple display; a `*spread` of unknown length ends what is known."""
    found: list[tuple[Value, ...]] = []
    for item in expression.items:
        if not isinstance(item, ex.Starred):
            found.append(evaluator.evaluate(item, place))
            continue
        spread = evaluator.evaluate(item.value, place)
        if len(spread) == 1 and isinstance(spread[0], Items):
            found.extend(spread[0].items)
            if not spread[0].is_open:
                continue
        return Items(tuple(found), place.span(expression), is_open=True)
    return Items(tuple(found), place.span(expression))


def subscript(evaluator: Evaluator, expression: ex.Subscript, place: Place) -> Iterator[Value]:
    at = place.span(expression)
    indices = evaluator.evaluate(expression.index, place)
    for base in evaluator.evaluate(expression.value, place):
        if isinstance(base, Record):
            yield from look_up(base, indices, at)
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
        elif isinstance(base, External):
            yield Unknown(Stability.STABLE, at, expression, place)
        else:
            worst = max(stability_of(base), *(stability_of(index) for index in indices))
            yield Unknown(worst, at, expression, place)


def look_up(base: Record, keys: tuple[Value, ...], at: Span) -> Iterator[Value]:
    """`base[key]` for keys that are known; what is not known is an `Unknown`."""
    for key in keys:
        entry = base.entries.get(key.value or "") if isinstance(key, Text) else None
        if entry is not None:
            yield from entry.values
        if entry is None or not entry.is_certain or base.has_escaped:
            yield Unknown(max(stability_of(key), Stability.UNKNOWN), at)


def element(evaluator: Evaluator, binding: Binding, place: Place) -> Iterator[Value]:
    """What a loop variable can be: an item of a list that the source tells, else something that varies."""
    assert binding.value is not None
    for iterable in evaluator.evaluate(binding.value, place):
        if isinstance(iterable, Items) and not iterable.is_open and not binding.path and len(iterable.items) <= 8:
            for alternatives in iterable.items:
                yield from alternatives
        else:
            yield Unknown(Stability.VARYING, Span(place.module.path, binding.start, binding.end))


def unpack(values: tuple[Value, ...], index: int, at: Span) -> tuple[Value, ...]:
    """The item of a tuple that an unpacking target takes."""
    found: list[Value] = []
    for value in values:
        if isinstance(value, Items) and not value.is_open and 0 <= index < len(value.items):
            found.extend(value.items[index])
        else:
            found.append(Unknown(max(stability_of(value), Stability.UNKNOWN), at))
    return unique(found)


# What happens to a dict or list between the statement that binds it and its use


def with_changes(evaluator: Evaluator, value: Value, binding: Binding, place: Place) -> Value:
    """The value after the stores and method calls that lie between its binding and the use."""
    if not isinstance(value, (Record, Items)):
        return value
    module, name, scope = place.module, binding.name, binding.scope
    limit = place.point.order if place.point.scope == scope else module.blocks[module.scopes[scope].block].last
    loops = [loop for loop in module.loops(place.point.block) if not module.is_inside(binding.block, loop.id)]
    if loops:
        limit = max(limit, max(loop.last for loop in loops))
    changes: list[tuple[int, Store | CallFact]] = [
        (store.order, store) for store in module.stores_by_root.get((scope, name), ()) if binding.order < store.order < limit
    ]
    changes += [
        (fact.order, fact)
        for fact in module.calls_by_root.get((scope, name), ())
        if binding.order < fact.order < limit
        and isinstance(fact.call.func, ex.Attribute)
        and (isinstance(fact.call.func.value, ex.Name) or fact.call.func.attr in mutation.CHANGES)
    ]
    outer = {block.id for block in module.block_path(place.point.block)}
    bound_in = {block.id for block in module.block_path(binding.block)}
    for _, change in sorted(changes, key=lambda pair: pair[0]):
        conditions = [block for block in module.conditions(change.block) if block.id not in bound_in]
        is_certain = all(block.id in outer for block in conditions) and change.order < place.point.order
        repeats = any(block.kind in ("for", "while", "comprehension") for block in conditions)
        there = place.at(change.scope, change.block, change.order)
        if isinstance(change, Store):
            value = _stored(evaluator, value, change, there, is_certain)
        else:
            value = _called_inside(evaluator, value, change.call, there, is_certain, repeats)
    escapes = any(
        binding.order < fact.order < limit and not mutation.is_harmless(evaluator, fact, name, place)
        for fact in module.calls_taking.get((scope, name), ())
    )
    return dataclasses.replace(value, has_escaped=True) if escapes else value


def _stored(evaluator: Evaluator, value: Record | Items, store: Store, there: Place, is_certain: bool) -> Record | Items:
    target = store.target
    if not isinstance(target, ex.Subscript) or not isinstance(target.value, ex.Name):
        # Something inside one of its items changes: `params["system"][0]["cache_control"] = …`.
        return _stored_inside(evaluator, value, store, there)
    if isinstance(value, Items) or store.value is None or store.operator:
        return dataclasses.replace(value, has_escaped=True)
    key = key_of(evaluator, target.index, there)
    if key is None:
        return dataclasses.replace(value, is_open=True)
    return with_entry(value, key, evaluator.evaluate(store.value, there), is_certain, there.span(store.value))


def _stored_inside(evaluator: Evaluator, value: Record | Items, store: Store, there: Place) -> Record | Items:
    target: ex.Expr = store.target
    while isinstance(target, (ex.Subscript, ex.Attribute)) and not isinstance(target.value, ex.Name):
        target = target.value
    if isinstance(value, Record) and isinstance(target, ex.Subscript):
        key = key_of(evaluator, target.index, there)
        entry = value.entries.get(key or "")
        if key is not None and entry is not None:
            changed = tuple(
                dataclasses.replace(inner, has_escaped=True) if isinstance(inner, (Record, Items)) else inner
                for inner in entry.values
            )
            return dataclasses.replace(value, entries={**value.entries, key: dataclasses.replace(entry, values=changed)})
    return dataclasses.replace(value, has_escaped=True)


def _called_inside(
    evaluator: Evaluator, value: Record | Items, call: ex.Call, there: Place, is_certain: bool, repeats: bool
) -> Record | Items:
    """A method of the value itself, or of something inside it: `message["content"].append(…)`."""
    path: list[ex.Expr] = []
    target = call.func.value if isinstance(call.func, ex.Attribute) else call.func
    while isinstance(target, ex.Subscript):
        path.insert(0, target.index)
        target = target.value
    if not isinstance(target, ex.Name):
        return value

    def changed(inner: Value, steps: Sequence[ex.Expr]) -> Value:
        if not isinstance(inner, (Record, Items)):
            return inner
        if not steps:
            return _called(evaluator, inner, call, there, is_certain, repeats)
        key = key_of(evaluator, steps[0], there)
        if isinstance(inner, Record) and key in inner.entries:
            entry = inner.entries[key]
            values = tuple(changed(each, steps[1:]) for each in entry.values)
            return dataclasses.replace(inner, entries={**inner.entries, key: dataclasses.replace(entry, values=values)})
        index = next((each.value for each in evaluator.evaluate(steps[0], there) if isinstance(each, Literal)), None)
        if isinstance(inner, Items) and isinstance(index, int) and -len(inner.items) <= index < len(inner.items):
            items = list(inner.items)
            items[index] = tuple(changed(each, steps[1:]) for each in items[index])
            return dataclasses.replace(inner, items=tuple(items))
        return dataclasses.replace(inner, has_escaped=True)

    result = changed(value, path)
    assert isinstance(result, (Record, Items))
    return result


def with_entry(value: Record, key: str, values: tuple[Value, ...], is_certain: bool, at: Span) -> Record:
    before = value.entries.get(key)
    if before is not None and not is_certain:
        values = unique((*before.values, *values))
    entry = Entry(values, is_certain or (before is not None and before.is_certain), at)
    return dataclasses.replace(value, entries={**value.entries, key: entry})


def _called(
    evaluator: Evaluator, value: Record | Items, call: ex.Call, there: Place, is_certain: bool, repeats: bool
) -> Record | Items:
    assert isinstance(call.func, ex.Attribute)
    method = call.func.attr
    if isinstance(value, Record):
        if method == "update":
            return _updated(evaluator, value, call, there, is_certain)
        if method == "setdefault" and len(call.args) == 2:
            key = key_of(evaluator, call.args[0].value, there)
            if key is not None and key not in value.entries:
                return with_entry(
                    value, key, evaluator.evaluate(call.args[1].value, there), is_certain, there.span(call.args[1].value)
                )
        elif method == "pop" and call.args:
            key = key_of(evaluator, call.args[0].value, there)
            return dataclasses.replace(value, entries={k: e for k, e in value.entries.items() if k != key or not is_certain})
        return value
    if method == "append" and len(call.args) == 1 and not value.is_open:
        if is_certain and not repeats:
            return dataclasses.replace(value, items=(*value.items, evaluator.evaluate(call.args[0].value, there)))
        return dataclasses.replace(value, is_open=True)
    if method == "extend" and len(call.args) == 1 and not value.is_open:
        added = evaluator.evaluate(call.args[0].value, there)
        if is_certain and not repeats and len(added) == 1 and isinstance(added[0], Items):
            return dataclasses.replace(value, items=value.items + added[0].items, is_open=added[0].is_open)
        return dataclasses.replace(value, is_open=True)
    if method in ("append", "extend"):
        return dataclasses.replace(value, is_open=True)
    if method in ("insert", "pop", "remove", "clear", "sort", "reverse"):
        return dataclasses.replace(value, has_escaped=True)
    return value


def _updated(evaluator: Evaluator, value: Record, call: ex.Call, there: Place, is_certain: bool) -> Record:
    for argument in call.args:
        given = evaluator.evaluate(argument.value, there)
        if argument.keyword is not None:
            value = with_entry(value, argument.keyword, given, is_certain, there.span(argument.value))
        elif is_certain:
            value = merge(value, given, there.span(argument.value))
        else:
            softened = tuple(
                dataclasses.replace(g, entries={k: dataclasses.replace(e, is_certain=False) for k, e in g.entries.items()})
                if isinstance(g, Record)
                else g
                for g in given
            )
            value = merge(value, softened, there.span(argument.value))
    return value


# A call's arguments


def arguments(evaluator: Evaluator, function: Function, call: ex.Call, place: Place) -> dict[str, tuple[Value, ...]]:
    """The values that a call gives to a function's parameters, by name. Parameters left to their default are absent."""
    scope = function.module.scopes[function.scope]
    parameters = list(scope.parameters)
    given: dict[str, tuple[Value, ...]] = {}
    is_static = any(ex.dotted_name(decorator) == "staticmethod" for decorator in scope.decorators)
    if function.receiver is not None and not is_static and parameters and isinstance(function.receiver, (Object, Class)):
        given[parameters.pop(0).name] = (function.receiver,)
    positional = [parameter for parameter in parameters if parameter.kind == "positional"]
    named = {parameter.name for parameter in parameters if parameter.kind in ("positional", "keyword")}
    rest: list[tuple[Value, ...]] = []
    extra: dict[str, Entry] = {}
    is_open = False
    for argument in call.args:
        at = place.span(argument.value)
        if argument.star == "*":
            spread = evaluator.evaluate(argument.value, place)
            if len(spread) == 1 and isinstance(spread[0], Items) and not spread[0].is_open:
                for values in spread[0].items:
                    if positional:
                        given[positional.pop(0).name] = values
                    else:
                        rest.append(values)
                continue
            for parameter in positional:
                given[parameter.name] = (Unknown(Stability.VARYING, at),)
            positional = []
        elif argument.star == "**":
            splat = merge(Record({}, at), evaluator.evaluate(argument.value, place), at)
            is_open = is_open or splat.is_open
            for key, entry in splat.entries.items():
                if key in named:
                    given[key] = entry.values
                else:
                    extra[key] = entry
        elif argument.keyword is not None:
            values = evaluator.evaluate(argument.value, place)
            if argument.keyword in named:
                given[argument.keyword] = values
            else:
                extra[argument.keyword] = Entry(values, True, at)
        elif positional:
            given[positional.pop(0).name] = evaluator.evaluate(argument.value, place)
        else:
            rest.append(evaluator.evaluate(argument.value, place))
    at = place.span(call)
    for parameter in parameters:
        if parameter.kind == "*":
            given[parameter.name] = (Items(tuple(rest), at),)
        elif parameter.kind == "**":
            given[parameter.name] = (Record(extra, at, is_open),)
        elif is_open and parameter.name not in given and parameter.default is None:
            given[parameter.name] = (Unknown(Stability.VARYING, at),)
    return given
