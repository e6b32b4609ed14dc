"""Whether a program waits between one call and the next for longer than its loop shows: in functions, generators, or for a computed time."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.link.calls.call_paths import CallPath
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.values.place import Place
from llmlint.link.values.values import Function, Literal
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block, CallFact

# Pauses in a loop itself whose length is known are counted elsewhere (`pace.py`); the cache keeps an entry for 300 seconds.
_SHORT = 240.0
_DEEPEST = 2
_UNCONDITIONAL = frozenset({"scope", "try", "with", "finally", "try-else", "loop-else"})


def may_be_long(evaluator: Evaluator, path: CallPath, place: Place) -> bool:
    """Whether between calls of a path a `sleep` runs that is not known to be short, or a generator passes the response on."""
    spots: list[tuple[ModuleIndex, Point | CallFact]] = [(place.module, place.point)]
    spots += [(hop.use.module, hop.use.fact) for hop in path.hops]
    for module, point in spots:
        loops = [loop for loop in module.loops(point.block) if loop.kind != "comprehension"]
        around = loops[0] if loops else module.blocks[module.scopes[point.scope].block]
        if any(not _is_short(evaluator, each, where) for each, where in _sleeps(evaluator, module, around, _DEEPEST)):
            return True
        if loops:
            return _yields(module, loops[0])
    return False


def _sleeps(evaluator: Evaluator, module: ModuleIndex, around: Block, depth: int) -> Iterator[tuple[CallFact, ModuleIndex]]:
    """The sleeps that each run of a block passes, also in functions that it calls."""
    for fact in module.calls_by_scope.get(around.scope):
        if not around.first <= fact.order <= around.last or not _is_each_time(module, around, fact.block):
            continue
        if ex.last_name(fact.call.func) == "sleep":
            if fact.call.args:
                yield fact, module
        elif depth:
            place = evaluator.place(module, fact.scope, fact.block, fact.order)
            for value in evaluator.evaluate(fact.call.func, place) if isinstance(fact.call.func, (ex.Name, ex.Attribute)) else ():
                if isinstance(value, Function):
                    body = value.module.blocks[value.module.scopes[value.scope].block]
                    yield from _sleeps(evaluator, value.module, body, depth - 1)


def _is_short(evaluator: Evaluator, fact: CallFact, module: ModuleIndex) -> bool:
    place = evaluator.place(module, fact.scope, fact.block, fact.order)
    values = list(evaluator.evaluate(fact.call.args[0].value, place))
    seconds = [value.value for value in values if isinstance(value, Literal) and isinstance(value.value, (int, float))]
    return bool(seconds) and max(seconds) < _SHORT


def _is_each_time(module: ModuleIndex, around: Block, block: int) -> bool:
    for here in module.block_path(block):
        if here.id == around.id:
            return True
        if here.kind not in _UNCONDITIONAL:
            return False
    return False


def _yields(module: ModuleIndex, loop: Block) -> bool:
    """Whether a loop passes something on to whoever goes over a generator, who may take any time."""
    return any(
        leave.kind == "yield" and loop.first <= leave.order <= loop.last for leave in module.exits_by_scope.get(loop.scope)
    )
