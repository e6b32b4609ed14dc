"""Names to which the iterations of a loop add: `prompt = prompt + REMINDER` at its end, `messages = [*messages, answer]`.

What iterations pass on goes in a circle. A binding is evaluated for the end of the first iteration; where that value begins with the one ahead of
the loop, so do all later ones.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from typing import TYPE_CHECKING

from llmlint.link.names.keys import keys_in
from llmlint.link.values.texts import concatenate, starts_with
from llmlint.link.values.values import Hole, Items, Stability, Text, Unknown, Value
from llmlint.scan.facts import Binding
from llmlint.source import Span

if TYPE_CHECKING:
    from llmlint.link.names.index import ModuleIndex, Point
    from llmlint.link.values.evaluation import Evaluation
    from llmlint.link.values.place import Place

_MOST_STEPS = 3


def split(module: ModuleIndex, bindings: Sequence[Binding], here: Point) -> tuple[list[Binding], list[Binding], int]:
    """Which bindings a use sees from the iteration at hand or from ahead of the loop, which of them an earlier iteration passes on, and the
    innermost loop that does so."""
    earlier: list[Binding] = []
    carried: list[Binding] = []
    innermost = -1
    for binding in bindings:
        if binding.scope != here.scope or binding.order < here.order:
            earlier.append(binding)
            continue
        carried.append(binding)
        loop = next((each for each in module.loops(here.block) if module.is_inside(binding.block, each.id)), None)
        innermost = max(innermost, loop.id if loop is not None else -1)
    return earlier, carried, innermost


def is_circular(module: ModuleIndex, carried: Sequence[Binding], name: str) -> bool:
    """Whether what an iteration passes on under a name is made of the name: `prompt = prompt + error`, `new = prompt + error; prompt = new`."""
    return bool(carried) and all(
        each.kind == "assign" and each.value is not None and not each.path and _reads(module, each, name, _MOST_STEPS)
        for each in carried
    )


def _reads(module: ModuleIndex, binding: Binding, name: str, steps: int) -> bool:
    if binding.value is None:
        return False
    keys = keys_in(module, binding.value)
    return name in keys or (
        steps > 0
        and any(
            _reads(module, each, name, steps - 1)
            for key in sorted(keys)
            for each in module.bindings(binding.scope, key)
            if each.scope == binding.scope and each.order < binding.order and module.loops(each.block) and each.kind == "assign"
        )
    )


def grown(
    evaluator: Evaluation, first: Sequence[Value], carried: Sequence[Binding], place: Place, key: tuple[int, str]
) -> tuple[Value, ...] | None:
    """What iterations see, where all of them add to the end of what is `first` there; None where one does something else."""
    there = evaluator.once(("carried", place.module, key, place.frame), lambda: place.ahead_of(key))
    for binding in carried:
        assert binding.value is not None
        for value in evaluator.evaluate(binding.value, there.at(binding.scope, binding.block, binding.order)):
            if not any(_begins_with(value, start) for start in first):
                return None
    last = carried[0].value
    assert last is not None
    return tuple(_and_more(start, place.span(last)) for start in first)


def _begins_with(value: Value, start: Value) -> bool:
    if isinstance(value, Text) and isinstance(start, Text):
        return starts_with(value, start)
    if isinstance(value, Text) and isinstance(start, Unknown):
        return isinstance(value.parts[0], Hole) if value.parts else False
    return isinstance(value, Items) and isinstance(start, Items) and value.items[: len(start.items)] == start.items


def _and_more(start: Value, at: Span) -> Value:
    if isinstance(start, Text):
        return concatenate((start, Text((Hole(Stability.VARYING, at),), at)), start.at)
    return dataclasses.replace(start, is_open=True, further=()) if isinstance(start, Items) else start
