"""Calls whose result the source tells: string methods, environment defaults, options, copies, constructors, functions of the program."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from llmlint.link.values import containers, filled_later, objects, paths, templates
from llmlint.link.values.known import clients, table
from llmlint.link.values.stability import stability_at
from llmlint.link.values.texts import as_text
from llmlint.link.values.values import (
    Class,
    External,
    Function,
    Items,
    Object,
    Record,
    Stability,
    Text,
    Unknown,
    Value,
    among,
    stability_of,
    with_choice,
    with_source,
)
from llmlint.scan import expressions as ex

if TYPE_CHECKING:
    from llmlint.link.values.evaluation import Evaluation
    from llmlint.link.values.place import Place

BUILTINS = frozenset(name for name in dir(builtins) if not name.startswith("_"))

_TEXT_METHODS: dict[str, Callable[[str], str]] = {
    "strip": str.strip,
    "lstrip": str.lstrip,
    "rstrip": str.rstrip,
    "lower": str.lower,
    "upper": str.upper,
    "title": str.title,
    "capitalize": str.capitalize,
    "expandtabs": str.expandtabs,
}


def call(evaluator: Evaluation, expression: ex.Call, place: Place) -> Iterator[Value]:
    """What a call can return."""
    func = expression.func
    if isinstance(func, ex.Attribute):
        for base in evaluator.evaluate(func.value, place):
            if isinstance(base, Text):
                yield from _text_method(evaluator, base, func.attr, expression, place)
            elif isinstance(base, Record) and func.attr in ("get", "copy", "pop", "setdefault"):
                found = _record_method(evaluator, base, func.attr, expression, place)
                yield from (with_choice(value, base.chosen) for value in found)
            elif isinstance(base, Items) and func.attr == "copy":
                yield base
            elif isinstance(base, Class) and func.attr == "remote":
                yield Object(base, expression, place)  # An actor of ray.
            else:
                for value in objects.attribute(evaluator, base, func.attr, func, place):
                    yield from _call_value(evaluator, value, expression, place)
        return
    for value in evaluator.evaluate(func, place):
        yield from _call_value(evaluator, value, expression, place)


def _call_value(evaluator: Evaluation, value: Value, expression: ex.Call, place: Place) -> Iterator[Value]:
    if isinstance(value, External):
        yield from external(evaluator, value.name, expression, place)
    elif isinstance(value, Class):
        yield Object(value, expression, place)
    elif isinstance(value, Function):
        if value.module.scopes[value.scope].name == "batching":
            # The project's own copy of the batching client.
            yield from clients.batching(table.LibraryCall(evaluator, "batching", expression, place))
            return
        returned = evaluator.returned(value, expression, place)
        yield from (with_choice(each, value.chosen) for each in returned or (_result(expression, place),))
    elif isinstance(value, Object) and isinstance(value.of, Class):
        method = objects.find_method(evaluator, value.of, "__call__")
        called = evaluator.returned(Function(method.module, method.scope, value), expression, place) if method is not None else ()
        yield from called or (_result(expression, place),)
    else:
        yield _result(expression, place)


def _result(expression: ex.Call, place: Place) -> Unknown:
    """The result of a call that cannot be seen through."""
    return Unknown(stability_at(place.module, place.point, expression), place.span(expression), expression, place)


def external(evaluator: Evaluation, name: str, expression: ex.Call, place: Place) -> Iterator[Value]:
    call = table.LibraryCall(evaluator, name, expression, place)
    effect = table.find(name)
    found = tuple(effect(call)) if effect is not None else ()
    yield from found or clients.made(call)


def _record_method(evaluator: Evaluation, base: Record, method: str, expression: ex.Call, place: Place) -> Iterator[Value]:
    if method == "copy":
        yield base
        return
    if not expression.args:
        return
    keys = evaluator.narrowed(expression.args[0].value, place)
    known = [key for key in keys if isinstance(key, Text) and key.value in base.entries]
    found = [value for key in known for value in base.entries[key.value or ""].values]
    if len(expression.args) > 1 and (len(known) < len(keys) or base.is_open):
        found += (with_source(value, "default") for value in evaluator.evaluate(expression.args[1].value, place))
    assert isinstance(expression.func, ex.Attribute)
    filled = filled_later.how_often(base, expression.func.value, keys, place)
    if filled is not None:
        kept = filled_later.objects_in(evaluator, expression, place)
        yield from among((*kept, *found, Unknown(filled, place.span(expression), expression, place)), filled)
        return
    others = [
        value
        for key in keys
        if key not in known
        for value in (containers.by_unknown_key(base, key) or containers.dispatched(base, key))
    ]
    if others:
        yield from among((*found, *others), max(stability_of(key) for key in keys))
        return
    yield from found
    if len(known) < len(keys):
        worst = max((stability_of(key) for key in keys), default=Stability.UNKNOWN)
        yield Unknown(max(worst, Stability.UNKNOWN), place.span(expression), expression, place)


def _text_method(evaluator: Evaluation, base: Text, method: str, expression: ex.Call, place: Place) -> Iterator[Value]:
    at = place.span(expression)
    arguments = [evaluator.evaluate(argument.value, place) for argument in expression.args]
    if method in _TEXT_METHODS and not arguments:
        yield templates.transform(base, _TEXT_METHODS[method])
    elif method in ("strip", "lstrip", "rstrip") and len(arguments) == 1:
        characters = as_text(arguments[0], at).value
        yield templates.transform(base, lambda text: getattr(str, method)(text, characters)) if characters else base
    elif method == "format":
        yield templates.format_call(evaluator, base, expression, place)
    elif method == "format_map" and arguments:
        fields = arguments[0][0]
        yield templates.format_text(evaluator, base, (), fields if isinstance(fields, Record) else None, at)
    elif method == "replace" and len(arguments) >= 2:
        yield templates.replace(base, as_text(arguments[0], at), as_text(arguments[1], at), at)
    elif method == "join" and arguments:
        for value in arguments[0]:
            yield from templates.join(base, value, at)
    elif method in ("removeprefix", "removesuffix") and len(arguments) == 1 and (affix := as_text(arguments[0], at).value):
        yield templates.transform(base, lambda text: getattr(str, method)(text, affix))
    elif method in templates.SPLITS and (pieces := templates.split(base, method, arguments, at)) is not None:
        yield pieces
    elif method in ("encode", "decode"):
        yield base
    elif method in paths.METHODS:
        yield paths.method(evaluator, base, method, expression, place) or Unknown(Stability.UNKNOWN, at, expression, place)
    else:
        worst = max((stability_of(value) for values in arguments for value in values), default=Stability.STABLE)
        yield Unknown(max(worst, stability_of(base)), at, expression, place)
