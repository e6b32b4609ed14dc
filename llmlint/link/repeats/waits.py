"""Whether a program waits between one call and the next for longer than its loop shows: in functions, generators, or for a computed time."""

from __future__ import annotations

from collections.abc import Iterator

from llmlint.link.calls.call_paths import CallPath
from llmlint.link.calls.evaluator import Evaluator
from llmlint.link.names.index import ModuleIndex, Point
from llmlint.link.values.place import Place
from llmlint.link.values.values import Class, Function, Literal, Object
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
        if _is_slowed_down(evaluator, module, point):
            return True
        loops = [loop for loop in module.loops(point.block) if loop.kind != "comprehension"]
        around = loops[0] if loops else module.blocks[module.scopes[point.scope].block]
        if _sleeps_long(evaluator, module, around, _DEEPEST):
            return True
        if loops:
            return _yields(module, loops[0])
    return False


def _sleeps_long(evaluator: Evaluator, module: ModuleIndex, around: Block, depth: int) -> bool:
    """Whether each run of a block passes a sleep that is not known to be short, also in functions that it calls."""
    key = (_sleeps_long, module, around.id, depth)
    return evaluator.once(key, lambda: any(_long_sleeps(evaluator, module, around, depth)))


def _long_sleeps(evaluator: Evaluator, module: ModuleIndex, around: Block, depth: int) -> Iterator[bool]:
    for fact in module.calls_by_scope.get(around.scope):
        if not around.first <= fact.order <= around.last or not _is_each_time(module, around, fact.block):
            continue
        if _is_sleep(module, fact):
            yield bool(fact.call.args) and not _is_short(evaluator, fact, module)
        elif depth and not _is_of_display(module, fact):
            place = evaluator.place(module, fact.scope, fact.block, fact.order)
            for value in evaluator.evaluate(fact.call.func, place) if isinstance(fact.call.func, (ex.Name, ex.Attribute)) else ():
                if isinstance(value, Function):
                    body = value.module.blocks[value.module.scopes[value.scope].block]
                    yield _sleeps_long(evaluator, value.module, body, depth - 1)


def _is_of_display(module: ModuleIndex, fact: CallFact) -> bool:
    """Whether a method of a list or dict is called, which is no function of the program: `messages.append(…)`. To evaluate each of many appends
    would take the square of their number."""
    func = fact.call.func
    if not isinstance(func, ex.Attribute) or not isinstance(func.value, ex.Name):
        return False
    bindings = module.bindings(fact.scope, func.value.id)
    values = [each.value if each.kind == "assign" and not each.path else None for each in bindings]
    return bool(values) and all(isinstance(each, (ex.Sequence, ex.Mapping)) for each in values)


def _is_sleep(module: ModuleIndex, fact: CallFact) -> bool:
    """Whether a call is one of `sleep`, by its own name or by that of an import: `from time import sleep as wait`."""
    func = fact.call.func
    if not isinstance(func, ex.Name):
        return ex.last_name(func) == "sleep"
    bindings = (*module.bindings(fact.scope, func.id), *module.bindings(0, func.id))
    return func.id == "sleep" or any(each.kind == "import" and each.member == "sleep" for each in bindings)


def _is_slowed_down(evaluator: Evaluator, module: ModuleIndex, point: Point | CallFact) -> bool:
    """Whether a decorator of the function of a place, or a context manager around the place, sleeps."""
    scope = module.scopes[point.scope]
    heads = [block.head for block in module.block_path(point.block) if block.kind == "with" and block.head is not None]
    decorators = [each.func if isinstance(each, ex.Call) else each for each in scope.decorators]
    place = evaluator.place(module, point.scope, point.block, point.order)
    outer = scope.parent or 0
    around = evaluator.place(module, outer, module.scopes[outer].block, module.blocks[scope.block].first)
    values = [*(value for head in heads for value in evaluator.evaluate(head, place))]
    values += [value for each in decorators for value in evaluator.evaluate(each, around)]
    for value in values:
        of = value.of if isinstance(value, Object) else value
        if isinstance(of, (Class, Function)) and any(
            not _is_short(evaluator, fact, of.module)
            for scope in _scopes_in(of.module, of.scope)
            for fact in of.module.calls_by_scope.get(scope)
            if fact.call.args and _is_sleep(of.module, fact)
        ):
            return True
    return False


def _scopes_in(module: ModuleIndex, scope: int) -> Iterator[int]:
    """A scope and those that lie in it."""
    outer = module.scopes[scope]
    yield from (each.id for each in module.scopes if outer.start <= each.start and each.end <= outer.end)


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
