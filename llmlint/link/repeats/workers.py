"""Loops without an end of their own that work off a queue: of items that a loop of the program has put there, or of messages from outside."""

from __future__ import annotations

from typing import TYPE_CHECKING

from llmlint.link.calls import awaiting, runners
from llmlint.link.flow.dependence import exits_of
from llmlint.link.names.index import ModuleIndex
from llmlint.link.names.keys import key_of
from llmlint.request_data import FanOutKind
from llmlint.scan import expressions as ex
from llmlint.scan.facts import Block, CallFact

if TYPE_CHECKING:
    from llmlint.link.calls.evaluator import Evaluator

# What takes from a queue and waits until there is something, and what does not wait.
_WAITS = frozenset({"get", "coro_get", "get_async", "async_get"})
_TAKES = frozenset({"get_nowait", "pop", "popleft", "next"})
_PUTS = frozenset({"put", "put_nowait", "coro_put", "put_async", "async_put", "sync_put"})
_MOST_USES = 8


def is_worklist(evaluator: Evaluator, module: ModuleIndex, scope: int, loop: Block) -> bool:
    """Whether a `while True` around a call takes its items from a list that ends, or from a queue that a loop of the program fills."""
    taken = [fact for fact in module.calls_by_scope.get(scope) if loop.first < fact.order < loop.last]
    if any(runners.tail_of(fact.call) in _TAKES for fact in taken) and exits_of(module, loop, ("break", "return")):
        return True
    queues = (fact.call.func.value for fact in taken if isinstance(fact.call.func, ex.Attribute) and _waits(fact))
    return any(_is_filled(evaluator, module, scope, key_of(queue)) for queue in queues)


def _waits(fact: CallFact) -> bool:
    """`jobs.get()`, and not `settings.get("name")`."""
    given = [argument for argument in fact.call.args if argument.keyword is None]
    return runners.tail_of(fact.call) in _WAITS and not given


def _is_filled(evaluator: Evaluator, module: ModuleIndex, scope: int, key: str | None) -> bool:
    if key is None:
        return False
    if _puts_in_loop(evaluator, module, key):
        return True
    if module.parameter(scope, key) is None:
        return False
    for use in evaluator.callers.uses(module, scope)[:_MOST_USES]:
        given = (node for argument in use.fact.call.args for node in ex.walk(argument.value))
        names = {found for node in given if isinstance(node, (ex.Name, ex.Attribute)) and (found := key_of(node)) is not None}
        if any(_puts_in_loop(evaluator, use.module, name) for name in names):
            return True
    return False


def _puts_in_loop(evaluator: Evaluator, module: ModuleIndex, key: str) -> bool:
    """Whether a loop puts item after item in a queue, itself or by a function that does."""
    puts = [
        fact
        for tail in sorted(_PUTS)
        for fact in module.calls_by_tail.get(tail)
        if isinstance(fact.call.func, ex.Attribute) and key_of(fact.call.func.value) == key and not _puts_sentinel(fact)
    ]
    if any(_is_in_loop(module, fact) for fact in puts):
        return True
    callers = (use for fact in puts if fact.scope for use in evaluator.callers.uses(module, fact.scope)[:_MOST_USES])
    return any(_is_in_loop(use.module, use.fact) for use in callers)


def _puts_sentinel(fact: CallFact) -> bool:
    """`jobs.put(None)` says that there is no more."""
    return all(isinstance(argument.value, ex.Constant) for argument in fact.call.args)


def _is_in_loop(module: ModuleIndex, fact: CallFact) -> bool:
    return any(loop.kind in ("for", "comprehension") for loop in module.loops(fact.block))


def runner_of(evaluator: Evaluator, module: ModuleIndex, scope: int) -> FanOutKind | None:
    """What runs a worker side by side with others, if anything does."""
    if scope == 0:
        return None
    for use in evaluator.callers.uses(module, scope)[:_MOST_USES]:
        tail = runners.tail_of(use.fact.call)
        found = runners.CONCURRENT.get(tail) if use.argument is not None else awaiting.runner_of(use.module, use.fact.call)
        if found is not None:
            return found
    return None
